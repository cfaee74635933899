/* SPDX-License-Identifier: GPL-2.0-only */
/* Memfds, for suites that preserve or map them. */

#ifndef _LIB_KUNIT_TESTS_TEST_MEMFD_H
#define _LIB_KUNIT_TESTS_TEST_MEMFD_H

#include <linux/fcntl.h>
#include <linux/mm.h>
#include <linux/types.h>

struct file;
struct kunit;
struct liveupdate_file_handler;
struct liveupdate_file_ops;

/* The seals of a memfd that is filled: those that an iommufd asks for */
#define TEST_MEMFD_SEALS	(F_SEAL_SEAL | F_SEAL_GROW | F_SEAL_SHRINK)

/* More pages than records fit into a page */
#define TEST_MEMFD_MANY_PAGES	300

/**
 * test_memfd_pages - Pages that a memfd of this size has.
 * @size: The size in bytes.
 *
 * Context: Any.
 *
 * Return: the number of pages.
 */
static inline unsigned long test_memfd_pages(u64 size)
{
	return DIV_ROUND_UP_ULL(size, PAGE_SIZE);
}

const void *test_memfd_sizes(struct kunit *test, const void *prev, char *desc);
u64 test_memfd_size(struct kunit *test);
struct file *test_memfd_create(struct kunit *test, const char *name, u64 size,
			       unsigned int seals);
void test_memfd_close(struct kunit *test, struct file *file);
int test_memfd_write(struct file *file, u64 pos, const void *data, size_t len);
int test_memfd_read(struct file *file, u64 pos, void *data, size_t len);
void test_memfd_fill(struct kunit *test, struct file *file, u64 size, u8 seed);
void test_memfd_expect_filled(struct kunit *test, struct file *file, u64 size,
			      u8 seed);
struct file *test_memfd_filled(struct kunit *test, u64 size, u8 seed);
int test_memfd_punch(struct file *file, u64 pos, u64 len);
int test_memfd_map(struct kunit *test, struct file *file);
unsigned long test_memfd_pfn(struct file *file, pgoff_t index);
const struct liveupdate_file_ops *
test_memfd_ops(struct liveupdate_file_handler *registered, const char *compatible);

#endif /* _LIB_KUNIT_TESTS_TEST_MEMFD_H */
