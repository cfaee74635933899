/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The real Live Update Orchestrator in the kernels of a test, which follow each
 * other by mock_kexec(). luo_kernel_start() calls fake_kho_start().
 */

#ifndef _LIB_KUNIT_TESTS_LUO_KERNEL_H
#define _LIB_KUNIT_TESTS_LUO_KERNEL_H

#include <linux/types.h>

struct file;
struct kunit;

void luo_kernel_start(struct kunit *test);

struct file *luo_kernel_session(struct kunit *test, const char *name);
int luo_kernel_preserve(struct file *session, u64 token, struct file *file);
int luo_kernel_freeze(void);
void luo_kernel_close(struct file *session);
void luo_kernel_end(struct kunit *test);

int luo_kernel_boot(struct kunit *test);
int luo_kernel_open(void);
void luo_kernel_next(struct kunit *test);
struct file *luo_kernel_retrieve_session(struct kunit *test, const char *name);
int luo_kernel_retrieve(struct file *session, u64 token, struct file **file);
int luo_kernel_finish(struct file *session);

#endif /* _LIB_KUNIT_TESTS_LUO_KERNEL_H */
