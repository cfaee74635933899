/* SPDX-License-Identifier: GPL-2.0-only */
/* A test inside of a test, which may fail: for what doubles find wrong. */

#ifndef _LIB_KUNIT_TESTS_VTD_INNER_TEST_H
#define _LIB_KUNIT_TESTS_VTD_INNER_TEST_H

#include <linux/types.h>

struct kunit;

bool vtd_inner_test_passes(struct kunit *test, void (*body)(struct kunit *inner));

#endif /* _LIB_KUNIT_TESTS_VTD_INNER_TEST_H */
