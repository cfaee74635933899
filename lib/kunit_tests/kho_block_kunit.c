// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Serialization blocks over a mock kexec
 *
 * A block set that one kernel filled is read by the next one. Then the chain is
 * damaged, one link or count at a time: each damage is refused with its errno,
 * nothing is freed, and the chain can be restored once it is repaired.
 */

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/block.h>
#include <linux/kho_block.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "fake_kho.h"
#include "kho_block_entries.h"
#include "liveupdate_snapshot.h"
#include "mock_kexec.h"
#include "nth_failure.h"

/* KHO_MAX_BLOCKS of kho_block.c */
#define MAX_BLOCKS	10000

#define ENTRY_SIZE	32
#define PER_BLOCK	((KHO_BLOCK_SIZE - sizeof(struct kho_block_header_ser)) / ENTRY_SIZE)

static void size_desc(const size_t *size, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%zu bytes", *size);
}

static const size_t entry_sizes[] = { 8, ENTRY_SIZE, 100, 2040, 4080 };
KUNIT_ARRAY_PARAM(entry_size, entry_sizes, size_desc);

/* One kernel writes a chain, the next one finds it. */
static u64 hand_over(struct kunit *test, size_t entry_size, unsigned int count)
{
	struct kho_block_set bs;
	u64 head_pa;

	kho_block_set_init(&bs, entry_size);
	head_pa = kho_block_write_entries(test, &bs, count);
	kho_block_set_forget(&bs);
	mock_kexec(test);
	return head_pa;
}

/* Read the chain and give its blocks back. */
static void expect_restored(struct kunit *test, u64 head_pa, size_t entry_size,
			    unsigned int count)
{
	struct fake_kho_ranges waiting;
	struct kho_block_set bs;

	kho_block_set_init(&bs, entry_size);
	KUNIT_EXPECT_EQ(test, kho_block_set_restore(&bs, head_pa), 0);
	KUNIT_EXPECT_EQ(test, bs.nblocks,
			DIV_ROUND_UP(count, bs.count_per_block));
	KUNIT_EXPECT_TRUE(test, bs.incoming);
	kho_block_expect_entries(test, &bs, count);
	kho_block_set_destroy(&bs);

	fake_kho_get_waiting(&waiting);
	KUNIT_EXPECT_EQ(test, waiting.count, 0);
}

/* Refused, and everything is as it was. */
static void expect_refused(struct kunit *test, u64 head_pa, int err)
{
	struct liveupdate_snapshot before, after;
	struct kho_block_set bs;

	kho_block_set_init(&bs, ENTRY_SIZE);
	liveupdate_snapshot_take(&before);
	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, kho_block_set_restore(&bs, head_pa), err);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
	}
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);

	KUNIT_EXPECT_TRUE(test, kho_block_set_is_empty(&bs));
	KUNIT_EXPECT_EQ(test, bs.nblocks, 0);
	KUNIT_EXPECT_EQ(test, kho_block_set_head_pa(&bs), 0);
}

static struct kho_block_header_ser *block_at(u64 pa)
{
	return phys_to_virt(pa);
}

/* The n-th block of a chain, 0 is the head */
static struct kho_block_header_ser *nth_block(u64 pa, unsigned int n)
{
	while (n--)
		pa = block_at(pa)->next;
	return block_at(pa);
}

/* Round trips */

static void empty_chain_gives_an_empty_set(struct kunit *test)
{
	mock_kexec(test);
	expect_refused(test, 0, 0);
}

/* Finding 29 */
static void entries_cross_block_boundaries(struct kunit *test)
{
	const size_t entry_size = *(const size_t *)test->param_value;
	struct kho_block_set bs;
	u64 per_block;

	kho_block_set_init(&bs, entry_size);
	per_block = bs.count_per_block;

	const unsigned int counts[] = {
		1, per_block, per_block + 1, 2 * per_block, 5 * per_block + 1,
	};

	for (int i = 0; i < ARRAY_SIZE(counts); i++) {
		u64 head_pa = hand_over(test, entry_size, counts[i]);

		expect_restored(test, head_pa, entry_size, counts[i]);
	}
}

static void restored_chain_is_only_there_once(struct kunit *test)
{
	u64 head_pa = hand_over(test, ENTRY_SIZE, 3 * PER_BLOCK);

	expect_restored(test, head_pa, ENTRY_SIZE, 3 * PER_BLOCK);
	expect_refused(test, head_pa, -EINVAL);
}

static void restoring_keeps_blocks_until_they_are_destroyed(struct kunit *test)
{
	u64 head_pa = hand_over(test, ENTRY_SIZE, 3 * PER_BLOCK);
	struct fake_kho_ranges waiting;
	struct kho_block_set bs;

	kho_block_set_init(&bs, ENTRY_SIZE);
	KUNIT_EXPECT_EQ(test, kho_block_set_restore(&bs, head_pa), 0);
	fake_kho_get_waiting(&waiting);
	KUNIT_EXPECT_EQ(test, waiting.count, 3);
	kho_block_set_destroy(&bs);
	fake_kho_get_waiting(&waiting);
	KUNIT_EXPECT_EQ(test, waiting.count, 0);
}

static void shrinking_gives_preservations_back(struct kunit *test)
{
	struct fake_kho_ranges preserved;
	struct kho_block_set bs;

	kho_block_set_init(&bs, ENTRY_SIZE);
	kho_block_write_entries(test, &bs, 4 * PER_BLOCK);
	fake_kho_get_preserved(&preserved);
	KUNIT_EXPECT_EQ(test, preserved.count, 4);

	kho_block_set_shrink(&bs, PER_BLOCK + 1);
	fake_kho_get_preserved(&preserved);
	KUNIT_EXPECT_EQ(test, preserved.count, 2);
	kho_block_set_destroy(&bs);
	fake_kho_get_preserved(&preserved);
	KUNIT_EXPECT_EQ(test, preserved.count, 0);
}

/* Damage. Finding 29, Finding 43 are about all of it. */

/**
 * struct bad_links - Addresses at which no block waits.
 * @pa: The addresses, 0 at the end.
 * @two_pages: A waiting folio of order 1.
 * @outgoing: A folio that is preserved for the next kernel.
 */
struct bad_links {
	u64 pa[16];
	void *two_pages;
	void *outgoing;
};

/* Hand over a chain of @nr_blocks blocks, and find addresses to damage it. */
static u64 hand_over_with_bad_links(struct kunit *test, unsigned int nr_blocks,
				    struct bad_links *bad)
{
	struct folio *unused;
	u64 head_pa;
	int n = 0;

	bad->two_pages = kho_alloc_preserve(2 * PAGE_SIZE);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, bad->two_pages);
	head_pa = hand_over(test, ENTRY_SIZE, nr_blocks * PER_BLOCK);
	bad->outgoing = kho_alloc_preserve(PAGE_SIZE);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, bad->outgoing);
	unused = mock_kexec_alloc_folio(test, 0);

	bad->pa[n++] = head_pa + 1;
	bad->pa[n++] = head_pa + sizeof(u64);
	bad->pa[n++] = head_pa + PAGE_SIZE - 1;
	bad->pa[n++] = 1;
	bad->pa[n++] = PAGE_SIZE - 1;
	bad->pa[n++] = U64_MAX;
	bad->pa[n++] = U64_MAX & PAGE_MASK;
	bad->pa[n++] = BIT_ULL(63);
	bad->pa[n++] = BIT_ULL(51);
	bad->pa[n++] = head_pa | BIT_ULL(52);
	bad->pa[n++] = PFN_PHYS(folio_pfn(unused));
	bad->pa[n++] = virt_to_phys(bad->outgoing);
	bad->pa[n++] = virt_to_phys(bad->two_pages);
	bad->pa[n++] = virt_to_phys(bad->two_pages) + PAGE_SIZE;
	bad->pa[n++] = 0;
	return head_pa;
}

static void give_back_bad_links(struct bad_links *bad)
{
	kho_unpreserve_free(bad->outgoing);
	kho_restore_free(bad->two_pages);
}

/* Finding 43 */
static void bad_head_is_refused(struct kunit *test)
{
	struct bad_links bad;
	u64 head_pa = hand_over_with_bad_links(test, 2, &bad);

	for (const u64 *pa = bad.pa; *pa; pa++)
		expect_refused(test, *pa, -EINVAL);

	give_back_bad_links(&bad);
	expect_restored(test, head_pa, ENTRY_SIZE, 2 * PER_BLOCK);
}

/* Finding 29 */
static void bad_link_of_any_block_is_refused(struct kunit *test)
{
	struct bad_links bad;
	u64 head_pa = hand_over_with_bad_links(test, 4, &bad);

	for (unsigned int n = 0; n < 4; n++) {
		struct kho_block_header_ser *block = nth_block(head_pa, n);
		const u64 next = block->next;

		for (const u64 *pa = bad.pa; *pa; pa++) {
			block->next = *pa;
			expect_refused(test, head_pa, -EINVAL);
		}
		block->next = next;
	}

	give_back_bad_links(&bad);
	expect_restored(test, head_pa, ENTRY_SIZE, 4 * PER_BLOCK);
}

/* Finding 29 */
static void cycle_is_refused(struct kunit *test)
{
	u64 head_pa = hand_over(test, ENTRY_SIZE, 5 * PER_BLOCK);

	for (unsigned int from = 0; from < 5; from++) {
		struct kho_block_header_ser *block = nth_block(head_pa, from);
		const u64 next = block->next;

		for (unsigned int to = 0; to <= from; to++) {
			block->next = virt_to_phys(nth_block(head_pa, to));
			expect_refused(test, head_pa, -EINVAL);
		}
		block->next = next;
	}
	expect_restored(test, head_pa, ENTRY_SIZE, 5 * PER_BLOCK);
}

/* Finding 43 */
static void bad_count_of_any_block_is_refused(struct kunit *test)
{
	const u64 bad_counts[] = {
		0, PER_BLOCK + 1, BIT_ULL(32) | 1, BIT_ULL(63), U64_MAX,
	};
	u64 head_pa = hand_over(test, ENTRY_SIZE, 3 * PER_BLOCK);

	for (unsigned int n = 0; n < 3; n++) {
		struct kho_block_header_ser *block = nth_block(head_pa, n);

		for (int i = 0; i < ARRAY_SIZE(bad_counts); i++) {
			block->count = bad_counts[i];
			expect_refused(test, head_pa, -EINVAL);
		}
		block->count = PER_BLOCK;
	}
	expect_restored(test, head_pa, ENTRY_SIZE, 3 * PER_BLOCK);
}

static void least_and_greatest_count_are_read(struct kunit *test)
{
	u64 head_pa = hand_over(test, ENTRY_SIZE, PER_BLOCK);

	block_at(head_pa)->count = 1;
	expect_restored(test, head_pa, ENTRY_SIZE, 1);

	head_pa = hand_over(test, ENTRY_SIZE, 1);
	block_at(head_pa)->count = PER_BLOCK;
	memset(block_at(head_pa) + 1, 0, PER_BLOCK * ENTRY_SIZE);
	for (u64 i = 0; i < PER_BLOCK; i++)
		*(u64 *)((void *)(block_at(head_pa) + 1) + i * ENTRY_SIZE) = i;
	expect_restored(test, head_pa, ENTRY_SIZE, PER_BLOCK);
}

/* A chain that ends too early is a chain: its other blocks stay with KHO. */
static void cut_chain_leaves_the_rest_waiting(struct kunit *test)
{
	u64 head_pa = hand_over(test, ENTRY_SIZE, 3 * PER_BLOCK);
	struct kho_block_set bs;

	block_at(head_pa)->next = 0;
	kho_block_set_init(&bs, ENTRY_SIZE);
	KUNIT_EXPECT_EQ(test, kho_block_set_restore(&bs, head_pa), 0);
	kho_block_expect_entries(test, &bs, PER_BLOCK);
	kho_block_set_destroy(&bs);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, 2);
}

/* Finding 29 */
static void set_grows_up_to_its_limit(struct kunit *test)
{
	struct kho_block_set bs;

	/* One entry in each block */
	kho_block_set_init(&bs, 4080);
	KUNIT_EXPECT_EQ(test, kho_block_set_grow(&bs, MAX_BLOCKS), 0);
	KUNIT_EXPECT_EQ(test, kho_block_set_grow(&bs, MAX_BLOCKS + 1), -ENOSPC);
	KUNIT_EXPECT_EQ(test, bs.nblocks, MAX_BLOCKS);
	kho_block_set_destroy(&bs);
}

/* Finding 29 */
static void chain_beyond_the_limit_is_refused(struct kunit *test)
{
	struct kho_block_header_ser *last, *extra;
	struct kho_block_set bs;
	u64 head_pa;

	kho_block_set_init(&bs, 4080);
	head_pa = kho_block_write_entries(test, &bs, MAX_BLOCKS);
	last = list_last_entry(&bs.blocks, struct kho_block, list)->ser;
	kho_block_set_forget(&bs);
	extra = kho_alloc_preserve(KHO_BLOCK_SIZE);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, extra);
	extra->count = 1;
	last->next = virt_to_phys(extra);
	mock_kexec(test);

	kho_block_set_init(&bs, 4080);
	KUNIT_EXPECT_EQ(test, kho_block_set_restore(&bs, head_pa), -EINVAL);
	KUNIT_EXPECT_TRUE(test, kho_block_set_is_empty(&bs));
	KUNIT_EXPECT_EQ(test, kho_preserved_order(head_pa), 0);
	KUNIT_EXPECT_EQ(test, kho_preserved_order(virt_to_phys(extra)), 0);

	last->next = 0;
	kho_restore_free(extra);
	expect_restored(test, head_pa, 4080, MAX_BLOCKS);
}

/* Sweeps */

/**
 * struct block_sweep - What the sweeps work on.
 * @bs: The set.
 * @head_pa: Head of the chain to restore.
 * @count: Entries before.
 */
struct block_sweep {
	struct kho_block_set bs;
	u64 head_pa;
	unsigned int count;
};

static int restore_run(struct kunit *test, void *context)
{
	struct block_sweep *sweep = context;

	return kho_block_set_restore(&sweep->bs, sweep->head_pa);
}

static void restore_undo(struct kunit *test, void *context)
{
	struct block_sweep *sweep = context;

	kho_block_set_forget(&sweep->bs);
}

static void restore_check(struct kunit *test, void *context)
{
	struct block_sweep *sweep = context;

	KUNIT_EXPECT_TRUE(test, kho_block_set_is_empty(&sweep->bs));
	KUNIT_EXPECT_EQ(test, sweep->bs.nblocks, 0);
	KUNIT_EXPECT_EQ(test, kho_block_set_head_pa(&sweep->bs), 0);
}

static void each_failure_of_restore_keeps_the_chain(struct kunit *test)
{
	struct block_sweep context = {
		.head_pa = hand_over(test, ENTRY_SIZE, 4 * PER_BLOCK),
	};

	kho_block_set_init(&context.bs, ENTRY_SIZE);
	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "kho_block_set_restore",
		.run = restore_run,
		.undo = restore_undo,
		.check = restore_check,
		.context = &context,
		.minimum = 4,
	});
	expect_restored(test, context.head_pa, ENTRY_SIZE, 4 * PER_BLOCK);
}

static int grow_run(struct kunit *test, void *context)
{
	struct block_sweep *sweep = context;

	return kho_block_set_grow(&sweep->bs, sweep->count + 3 * PER_BLOCK);
}

static void grow_undo(struct kunit *test, void *context)
{
	struct block_sweep *sweep = context;

	kho_block_set_shrink(&sweep->bs, sweep->count);
}

static void grow_check(struct kunit *test, void *context)
{
	struct block_sweep *sweep = context;

	KUNIT_EXPECT_EQ(test, sweep->bs.nblocks,
			DIV_ROUND_UP(sweep->count, PER_BLOCK));
	kho_block_expect_entries(test, &sweep->bs, sweep->count);
}

static void each_failure_of_grow_keeps_the_set(struct kunit *test)
{
	struct block_sweep context = {};

	kho_block_set_init(&context.bs, ENTRY_SIZE);
	for (int i = 0; i < 2; i++) {
		nth_failure_sweep(test, &(struct nth_failure_sweep){
			.name = "kho_block_set_grow",
			.run = grow_run,
			.undo = grow_undo,
			.check = grow_check,
			.context = &context,
			/* Folio, preservation and list entry of each block */
			.minimum = 9,
		});
		/* And once more for a set that holds something */
		context.count = PER_BLOCK + 1;
		kho_block_write_entries(test, &context.bs, context.count);
	}
	kho_block_set_destroy(&context.bs);
}

static int start_fake_kho(struct kunit *test)
{
	fake_kho_start(test);
	return 0;
}

static struct kunit_case kho_block_cases[] = {
	KUNIT_CASE(empty_chain_gives_an_empty_set),
	KUNIT_CASE_PARAM(entries_cross_block_boundaries, entry_size_gen_params),
	KUNIT_CASE(restored_chain_is_only_there_once),
	KUNIT_CASE(restoring_keeps_blocks_until_they_are_destroyed),
	KUNIT_CASE(shrinking_gives_preservations_back),
	KUNIT_CASE(bad_head_is_refused),
	KUNIT_CASE(bad_link_of_any_block_is_refused),
	KUNIT_CASE(cycle_is_refused),
	KUNIT_CASE(bad_count_of_any_block_is_refused),
	KUNIT_CASE(least_and_greatest_count_are_read),
	KUNIT_CASE(cut_chain_leaves_the_rest_waiting),
	KUNIT_CASE_SLOW(set_grows_up_to_its_limit),
	KUNIT_CASE_SLOW(chain_beyond_the_limit_is_refused),
	KUNIT_CASE(each_failure_of_restore_keeps_the_chain),
	KUNIT_CASE(each_failure_of_grow_keeps_the_set),
	{}
};

static struct kunit_suite kho_block_suite = {
	.name = "kho_block",
	.init = start_fake_kho,
	.test_cases = kho_block_cases,
};

kunit_test_suite(kho_block_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of kexec handover serialization blocks");
