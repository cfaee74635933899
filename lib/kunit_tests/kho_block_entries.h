/* SPDX-License-Identifier: GPL-2.0-only */
/* Chains of serialization blocks with numbered entries. */

#ifndef _LIB_KUNIT_TESTS_KHO_BLOCK_ENTRIES_H
#define _LIB_KUNIT_TESTS_KHO_BLOCK_ENTRIES_H

#include <linux/types.h>

struct kho_block_set;
struct kunit;

u64 kho_block_write_entries(struct kunit *test, struct kho_block_set *bs,
			    unsigned int count);
void kho_block_expect_entries(struct kunit *test, struct kho_block_set *bs,
			      unsigned int count);

#endif /* _LIB_KUNIT_TESTS_KHO_BLOCK_ENTRIES_H */
