/* SPDX-License-Identifier: GPL-2.0-only */
/* Memfds, for suites that preserve or map them. */

#ifndef _LIB_KUNIT_TESTS_TEST_MEMFD_H
#define _LIB_KUNIT_TESTS_TEST_MEMFD_H

#include <linux/types.h>

struct file;
struct kunit;
struct liveupdate_file_handler;
struct liveupdate_file_ops;

struct file *test_memfd_create(struct kunit *test, const char *name, u64 size,
			       unsigned int seals);
void test_memfd_close(struct kunit *test, struct file *file);
int test_memfd_write(struct file *file, u64 pos, const void *data, size_t len);
int test_memfd_read(struct file *file, u64 pos, void *data, size_t len);
int test_memfd_punch(struct file *file, u64 pos, u64 len);
int test_memfd_map(struct kunit *test, struct file *file);
unsigned long test_memfd_pfn(struct file *file, pgoff_t index);
const struct liveupdate_file_ops *
test_memfd_ops(struct liveupdate_file_handler *registered, const char *compatible);

#endif /* _LIB_KUNIT_TESTS_TEST_MEMFD_H */
