/* SPDX-License-Identifier: GPL-2.0-only */
/* What user space does with an iommufd, by its ioctls. */

#ifndef _LIB_KUNIT_TESTS_IOMMUFD_USER_H
#define _LIB_KUNIT_TESTS_IOMMUFD_USER_H

#include <linux/types.h>

struct file;
struct iommufd_ctx;
struct iommufd_hwpt_paging;
struct kunit;
struct mm_struct;

/**
 * struct iommufd_user - An iommufd that is open
 * @test: The case.
 * @file: The file, NULL once it is closed.
 * @mm: The address space of the process.
 * @buffer: Memory of the process, for the arguments of ioctls.
 * @memory: Memory of the process, to be mapped, of one page.
 */
struct iommufd_user {
	struct kunit *test;
	struct file *file;
	struct mm_struct *mm;
	void __user *buffer;
	unsigned long memory;
};

struct iommufd_user *iommufd_user_open(struct kunit *test);
void iommufd_user_close(struct iommufd_user *user);
struct iommufd_ctx *iommufd_user_ctx(struct iommufd_user *user);
struct iommufd_hwpt_paging *iommufd_user_find_hwpt(struct iommufd_user *user, u32 id);
int iommufd_user_ioctl(struct iommufd_user *user, unsigned int cmd, void *arg,
		       size_t size);

/* Objects */
u32 iommufd_user_alloc_ioas(struct iommufd_user *user);
int iommufd_user_alloc_hwpt(struct iommufd_user *user, u32 device, u32 ioas, u32 *hwpt);
int iommufd_user_destroy(struct iommufd_user *user, u32 id);

/* Mappings */
int iommufd_user_map_file(struct iommufd_user *user, u32 ioas, struct file *file,
			  u64 start, u64 length, u64 iova);
int iommufd_user_map(struct iommufd_user *user, u32 ioas, u64 iova);
int iommufd_user_unmap(struct iommufd_user *user, u32 ioas, u64 iova, u64 length);
int iommufd_user_copy(struct iommufd_user *user, u32 from, u64 from_iova, u32 to,
		      u64 to_iova, u64 length);

/* The rest of what changes an IOAS */
int iommufd_user_allow(struct iommufd_user *user, u32 ioas, u64 first, u64 last);
int iommufd_user_set_huge_pages(struct iommufd_user *user, u32 ioas, bool enable);
int iommufd_user_change_process(struct iommufd_user *user);
int iommufd_user_set_dirty_tracking(struct iommufd_user *user, u32 hwpt, bool enable);
int iommufd_user_get_dirty_bitmap(struct iommufd_user *user, u32 hwpt, u64 iova,
				  u64 length);

/* A live update */
int iommufd_user_mark(struct iommufd_user *user, u32 hwpt, u64 token);
int iommufd_user_unmark(struct iommufd_user *user, u32 hwpt, u64 token);

#endif /* _LIB_KUNIT_TESTS_IOMMUFD_USER_H */
