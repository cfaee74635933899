/* SPDX-License-Identifier: GPL-2.0-only */
/* What iommufd knows of a live update, and where it asks. */
#ifndef __IOMMUFD_LIVEUPDATE_H
#define __IOMMUFD_LIVEUPDATE_H

#include <linux/cleanup.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/types.h>

struct file;
struct io_pagetable;
struct iommufd_ctx;
struct iommufd_group;
struct iommufd_hwpt_paging;
struct iommufd_preserved;
struct iommufd_preserved_device;
struct iommufd_preserved_hwpt;
struct iommufd_ucmd;
struct iopt_pages;
struct luo_file_set;

#ifdef CONFIG_IOMMU_LIVEUPDATE

/**
 * struct iommufd_ctx_liveupdate - An iommufd in a live update
 * @lock: Protects marks, and what is preserved. Outermost of iommufd's locks.
 * @marked: List of the HWPTs that are marked, in the order in which they were.
 * @preserved: What is handed over of the file, or NULL.
 */
struct iommufd_ctx_liveupdate {
	struct mutex lock; /* of marks, and of what is preserved */
	struct list_head marked;
	struct iommufd_preserved *preserved;
};

/**
 * struct iommufd_hwpt_liveupdate - A HWPT in a live update
 * @node: In iommufd_ctx_liveupdate::marked, if @is_marked.
 * @ictx: Its iommufd, if @is_marked.
 * @token: What user space knows it by, if @is_marked.
 * @is_marked: It is preserved with its file.
 * @is_dirty_tracking: Dirty tracking is enabled. Protected by the mutex of the IOAS.
 * @preserved: What is handed over of it, or NULL. Written with
 *	iommufd_ctx::sw_msi_lock held, too.
 */
struct iommufd_hwpt_liveupdate {
	struct list_head node;
	struct iommufd_ctx *ictx;
	u64 token;
	bool is_marked;
	bool is_dirty_tracking;
	struct iommufd_preserved_hwpt *preserved;
};

/**
 * struct iommufd_group_liveupdate - A group in a live update
 * @preserved: What is handed over of its only device, or NULL. Written with the lock
 *	of the group and iommufd_ctx_liveupdate::lock held.
 */
struct iommufd_group_liveupdate {
	struct iommufd_preserved_device *preserved;
};

/**
 * struct iopt_liveupdate - An IOAS in a live update
 * @change_rwsem: Held for reading by who changes the IOAS, from the first to the last
 *	moment. Outermost of the locks of an IOAS, and only tried for reading.
 * @immutable: How many preserved HWPTs depend on the IOAS. Written with the above and
 *	iova_rwsem held for writing.
 */
struct iopt_liveupdate {
	struct rw_semaphore change_rwsem;
	unsigned int immutable;
};

/**
 * struct iopt_pages_liveupdate - Memory of an IOAS in a live update
 * @seals: Seals that the file had before anything of it was mapped, 0 without any.
 */
struct iopt_pages_liveupdate {
	unsigned int seals;
};

/* liveupdate.c */
int iommufd_liveupdate_init(void);
void iommufd_liveupdate_exit(void);
void iommufd_ctx_liveupdate_init(struct iommufd_ctx *ictx);
void iommufd_ctx_liveupdate_destroy(struct iommufd_ctx *ictx);

/* liveupdate_mark.c */
int iommufd_hwpt_liveupdate_mark(struct iommufd_ucmd *ucmd);
void iommufd_hwpt_liveupdate_destroy(struct iommufd_hwpt_paging *hwpt_paging);

/* liveupdate_ioas.c */
void iopt_liveupdate_init(struct io_pagetable *iopt);
struct io_pagetable *iopt_begin_change(struct io_pagetable *iopt);
void iopt_end_change(struct io_pagetable *iopt);
bool iopt_is_immutable(struct io_pagetable *iopt);
void iopt_end_copy(struct io_pagetable *iopt, struct list_head *pages_list);
void iopt_pages_liveupdate_init(struct iopt_pages *pages, struct file *file);
void iommufd_dirty_tracking_begin(struct iommufd_hwpt_paging *hwpt_paging);
void iommufd_dirty_tracking_end(struct iommufd_hwpt_paging *hwpt_paging, bool enable,
				int rc);

/* The same, for the files of live update */
int iopt_make_immutable(struct io_pagetable *iopt);
void iopt_make_mutable(struct io_pagetable *iopt);
int iommufd_hwpt_liveupdate_check(struct iommufd_hwpt_paging *hwpt_paging,
				  struct luo_file_set *file_set);

/* liveupdate_device.c */
int iommufd_group_liveupdate_check(struct iommufd_group *igroup);

#else /* CONFIG_IOMMU_LIVEUPDATE */

struct iommufd_ctx_liveupdate { };
struct iommufd_hwpt_liveupdate { };
struct iommufd_group_liveupdate { };
struct iopt_liveupdate { };
struct iopt_pages_liveupdate { };

static inline int iommufd_liveupdate_init(void)
{
	return 0;
}

static inline void iommufd_liveupdate_exit(void) { }
static inline void iommufd_ctx_liveupdate_init(struct iommufd_ctx *ictx) { }
static inline void iommufd_ctx_liveupdate_destroy(struct iommufd_ctx *ictx) { }
static inline void
iommufd_hwpt_liveupdate_destroy(struct iommufd_hwpt_paging *hwpt_paging) { }
static inline void iopt_liveupdate_init(struct io_pagetable *iopt) { }

static inline struct io_pagetable *iopt_begin_change(struct io_pagetable *iopt)
{
	return NULL;
}

static inline void iopt_end_change(struct io_pagetable *iopt) { }

static inline bool iopt_is_immutable(struct io_pagetable *iopt)
{
	return false;
}

static inline void iopt_end_copy(struct io_pagetable *iopt,
				 struct list_head *pages_list) { }
static inline void iopt_pages_liveupdate_init(struct iopt_pages *pages,
					      struct file *file) { }
static inline void
iommufd_dirty_tracking_begin(struct iommufd_hwpt_paging *hwpt_paging) { }
static inline void iommufd_dirty_tracking_end(struct iommufd_hwpt_paging *hwpt_paging,
					      bool enable, int rc) { }

static inline int iommufd_group_liveupdate_check(struct iommufd_group *igroup)
{
	return 0;
}

#endif /* CONFIG_IOMMU_LIVEUPDATE */

/*
 * CLASS(iopt_change, change)(iopt): the IOAS changes until the end of the scope.
 * IS_ERR() is true of it if the IOAS is immutable, or is about to be.
 */
DEFINE_CLASS(iopt_change, struct io_pagetable *, iopt_end_change(_T),
	     iopt_begin_change(iopt), struct io_pagetable *iopt)

#endif
