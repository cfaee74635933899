// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Chains of serialization blocks with numbered entries
 *
 * What one kernel writes and the next one must find: entry n begins with n.
 */

#include <linux/kho_block.h>

#include <kunit/test.h>

#include "kho_block_entries.h"

/**
 * kho_block_write_entries - Fill a set.
 * @test: The test.
 * @bs: The set, empty, with entries of 8 bytes at least.
 * @count: Number of entries.
 *
 * Context: Process context.
 *
 * Return: the physical address of the first block.
 */
u64 kho_block_write_entries(struct kunit *test, struct kho_block_set *bs,
			    unsigned int count)
{
	struct kho_block_set_it it;

	KUNIT_EXPECT_EQ(test, kho_block_set_grow(bs, count), 0);
	kho_block_set_it_init(&it, bs);
	for (unsigned int i = 0; i < count; i++) {
		u64 *entry = kho_block_set_it_reserve_entry(&it);

		KUNIT_EXPECT_NOT_NULL(test, entry);
		if (!entry)
			break;
		*entry = i;
	}
	return kho_block_set_head_pa(bs);
}

/**
 * kho_block_expect_entries - Expect what kho_block_write_entries() wrote.
 * @test: The test.
 * @bs: The set.
 * @count: Number of entries.
 *
 * Context: Process context.
 */
void kho_block_expect_entries(struct kunit *test, struct kho_block_set *bs,
			      unsigned int count)
{
	struct kho_block_set_it it;

	kho_block_set_it_init(&it, bs);
	for (unsigned int i = 0; i < count; i++) {
		const u64 *entry = kho_block_set_it_read_entry(&it);

		KUNIT_EXPECT_NOT_NULL(test, entry);
		if (!entry)
			return;
		KUNIT_EXPECT_EQ(test, *entry, i);
	}
	KUNIT_EXPECT_NULL(test, kho_block_set_it_read_entry(&it));
}
