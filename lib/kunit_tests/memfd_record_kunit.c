// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: the record of a memfd
 *
 * What is written of a memfd is what the next kernel reads, of no page and of many, of 4 KiB
 * and of 2 MiB, and as memfd-v2 as well. Nothing is taken from KHO by reading, and what is
 * given back afterwards is the record, without the folios.
 */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/memfd.h>
#include <linux/mm.h>
#include <linux/stat.h>
#include <uapi/linux/fcntl.h>

#include <kunit/test.h>

#include "fake_kho.h"
#include "liveupdate_snapshot.h"
#include "memfd_handover.h"
#include "mock_kexec.h"
#include "nth_failure.h"

#define SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)

KUNIT_ARRAY_PARAM_DESC(example, memfd_examples, name);

static void expect_read(struct kunit *test, const struct memfd_handover *handover)
{
	memfd_handover_expect_read(test, handover, handover->example->attributes.mode);
}

/* The right way */

static void record_crosses_a_kexec(struct kunit *test)
{
	struct memfd_handover *handover = memfd_hand_over(test, test->param_value);

	expect_read(test, handover);
	/* Nothing was taken: it can be read again. */
	expect_read(test, handover);
}

static u32 v2_mode(u32 seals)
{
	return seals & F_SEAL_EXEC && seals != MEMFD_V3_SEALS_KNOWN ? 0666 : 0777;
}

/* Finding 42 */
static void record_of_memfd_v2_crosses_a_kexec(struct kunit *test)
{
	const struct memfd_example *example = test->param_value;
	struct memfd_handover *handover = memfd_hand_over_v2(test, example);

	memfd_handover_expect_read(test, handover, v2_mode(example->attributes.seals));
	memfd_handover_expect_read(test, handover, v2_mode(example->attributes.seals));
}

/* Finding 41a: what it was not is known if one of the seals is missing that it implies. */
static void mode_of_memfd_v2_follows_from_the_seals(struct kunit *test)
{
	const u32 implied = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
	struct memfd_handover *handover = memfd_hand_over_v2(test, memfd_mixed_example);
	struct memfd_luo_ser *ser = phys_to_virt(handover->pa);
	struct memfd_record record;

	for (u32 seals = 0; seals <= MEMFD_V3_SEALS_KNOWN; seals++) {
		bool known = seals & F_SEAL_EXEC && (seals & implied) != implied;

		ser->seals = seals;
		KUNIT_ASSERT_EQ(test, 0, memfd_handover_read(handover, &record));
		KUNIT_EXPECT_EQ(test, record.attributes.mode, known ? 0666 : 0777);
		KUNIT_EXPECT_EQ(test, record.attributes.seals, seals);
	}
}

static void attributes_can_be_written_again(struct kunit *test)
{
	struct memfd_handover *handover = memfd_handover_start(test, memfd_mixed_example);
	struct memfd_attributes other = {
		.pos = 1,
		.size = 15 * PAGE_SIZE,
		.seals = MEMFD_V3_SEALS_KNOWN,
	};
	struct memfd_record_out out;

	memfd_handover_make_folios(test, handover);
	KUNIT_ASSERT_EQ(test, 0, memfd_record_create(&out, handover->folios,
						     memfd_mixed_example->nr_folios));
	memfd_record_write(&out, &other);
	memfd_record_write(&out, &memfd_mixed_example->attributes);
	handover->pa = virt_to_phys(out.ser);
	mock_kexec(test);
	expect_read(test, handover);
}

/* As many pages of records as there are, and those that list them */
static u32 pages_of_record(const struct memfd_example *example)
{
	const u32 pages = DIV_ROUND_UP(example->nr_folios * MEMFD_RECORD_ENTRY, PAGE_SIZE);

	return 1 + pages + !!pages;
}

static void record_is_given_back_and_folios_are_not(struct kunit *test)
{
	const struct memfd_example *example = test->param_value;
	struct memfd_handover *handover = memfd_hand_over(test, example);
	struct fake_kho_ranges waiting;
	struct memfd_record record;

	fake_kho_get_waiting(&waiting);
	KUNIT_EXPECT_EQ(test, waiting.count, example->nr_folios + pages_of_record(example));
	KUNIT_ASSERT_EQ(test, 0, memfd_handover_read(handover, &record));
	memfd_record_free(&record);
	fake_kho_get_waiting(&waiting);
	KUNIT_EXPECT_EQ(test, waiting.count, example->nr_folios);
	for (u32 i = 0; i < example->nr_folios; i++)
		KUNIT_EXPECT_EQ(test, kho_preserved_order(PFN_PHYS(handover->pfns[i])),
				memfd_example_order(example, i));
}

static void record_that_is_not_handed_over_leaves_nothing(struct kunit *test)
{
	const struct memfd_example *example = test->param_value;
	struct memfd_handover *handover = memfd_handover_start(test, example);
	struct liveupdate_snapshot before, after;
	struct memfd_record_out out;

	memfd_handover_make_folios(test, handover);
	liveupdate_snapshot_take(&before);
	KUNIT_ASSERT_EQ(test, 0, memfd_record_create(&out, handover->folios,
						     example->nr_folios));
	memfd_record_destroy(&out);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	for (u32 i = 0; i < example->nr_folios; i++)
		kho_unpreserve_folio(handover->folios[i]);
}

static void each_page_is_found(struct kunit *test)
{
	const struct memfd_example *example = test->param_value;
	const u64 pages = DIV_ROUND_UP_ULL(example->attributes.size, PAGE_SIZE);
	struct memfd_handover *handover = memfd_handover_start(test, example);
	unsigned long pfn, nr_pages;
	struct memfd_record_out out;
	u64 index = 0;

	memfd_handover_make_folios(test, handover);
	KUNIT_ASSERT_EQ(test, 0, memfd_record_create(&out, handover->folios,
						     example->nr_folios));
	memfd_record_write(&out, &example->attributes);
	for (u32 i = 0; i < example->nr_folios; i++) {
		const u64 size = BIT(memfd_example_order(example, i));

		for (u64 n = 0; n < size && index < pages; n++, index++) {
			KUNIT_ASSERT_EQ(test, 0, memfd_record_find_page(&out, index, &pfn,
									&nr_pages));
			KUNIT_EXPECT_EQ(test, pfn, handover->pfns[i] + n);
			KUNIT_EXPECT_EQ(test, nr_pages, min(size - n, pages - index));
		}
	}
	KUNIT_EXPECT_EQ(test, index, pages);
	KUNIT_EXPECT_EQ(test, -ERANGE, memfd_record_find_page(&out, pages, &pfn, &nr_pages));
	KUNIT_EXPECT_EQ(test, -ERANGE, memfd_record_find_page(&out, ULONG_MAX, &pfn,
							      &nr_pages));
	memfd_record_destroy(&out);
	for (u32 i = 0; i < example->nr_folios; i++)
		kho_unpreserve_folio(handover->folios[i]);
}

/* What cannot be handed over */

static const struct refusal {
	struct memfd_attributes attributes;
	const char *member;
	int err;
} refusals[] = {
	{ { .seals = MEMFD_V3_SEALS_KNOWN + 1 }, "seals", -EOPNOTSUPP },
	{ { .seals = BIT(31) | SEALS }, "seals", -EOPNOTSUPP },
	{ { .mode = S_IALLUGO + 1 }, "mode", -EOPNOTSUPP },
	{ { .mode = S_IFREG | 0777 }, "mode", -EOPNOTSUPP },
	{ { .pos = MAX_LFS_FILESIZE + 1ULL }, "pos", -ERANGE },
	{ { .size = MAX_LFS_FILESIZE + 1ULL }, "size", -ERANGE },
	{ { .size = U64_MAX }, "size", -ERANGE },
	{ { .size = MAX_LFS_FILESIZE }, "size", -EFBIG },
	{ { .size = MEMFD_V3_PAGES_MAX * PAGE_SIZE + 1 }, "size", -EFBIG },
};

/* Finding 39 */
static void what_no_record_can_have_is_refused(struct kunit *test)
{
	const struct memfd_attributes great = { .size = MEMFD_V3_PAGES_MAX * PAGE_SIZE };
	struct memfd_record_error error = {};

	KUNIT_EXPECT_EQ(test, 0, memfd_record_check_attributes(&great, &error));
	for (int i = 0; i < ARRAY_SIZE(memfd_examples); i++) {
		const struct memfd_attributes *good = &memfd_examples[i].attributes;

		KUNIT_EXPECT_EQ(test, 0, memfd_record_check_attributes(good, &error));
	}
	KUNIT_EXPECT_EQ(test, 0, error.err);
	for (int i = 0; i < ARRAY_SIZE(refusals); i++) {
		const struct refusal *refusal = &refusals[i];

		KUNIT_EXPECT_EQ(test, refusal->err,
				memfd_record_check_attributes(&refusal->attributes, &error));
		KUNIT_EXPECT_EQ(test, refusal->err, error.err);
		KUNIT_EXPECT_STREQ(test, refusal->member, error.member);
	}
}

/* Memory runs out */

/**
 * struct swept - What is swept
 * @handover: What is handed over.
 * @out: The record.
 */
struct swept {
	struct memfd_handover *handover;
	struct memfd_record_out out;
};

static int run_create(struct kunit *test, void *context)
{
	struct swept *swept = context;

	return memfd_record_create(&swept->out, swept->handover->folios,
				   swept->handover->example->nr_folios);
}

static void undo_create(struct kunit *test, void *context)
{
	struct swept *swept = context;

	memfd_record_destroy(&swept->out);
}

/* Finding 28 */
static void each_failure_to_create_leaves_nothing(struct kunit *test)
{
	struct swept swept = { .handover = memfd_handover_start(test, memfd_mixed_example) };

	memfd_handover_make_folios(test, swept.handover);
	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "memfd_record_create",
		.run = run_create,
		.undo = undo_create,
		.context = &swept,
		.minimum = 6,
		.warns = true,
	});
	for (u32 i = 0; i < memfd_mixed_example->nr_folios; i++)
		kho_unpreserve_folio(swept.handover->folios[i]);
}

static int run_read(struct kunit *test, void *context)
{
	struct memfd_record record;

	return memfd_handover_read(context, &record);
}

static void each_failure_to_read_leaves_all_in_place(struct kunit *test)
{
	struct memfd_handover *handover = memfd_hand_over(test, memfd_mixed_example);

	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "memfd_record_read",
		.run = run_read,
		.context = handover,
		.minimum = 1,
	});
	expect_read(test, handover);
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(record_crosses_a_kexec, example_gen_params),
	KUNIT_CASE_PARAM(record_of_memfd_v2_crosses_a_kexec, example_gen_params),
	KUNIT_CASE(mode_of_memfd_v2_follows_from_the_seals),
	KUNIT_CASE(attributes_can_be_written_again),
	KUNIT_CASE_PARAM(record_is_given_back_and_folios_are_not, example_gen_params),
	KUNIT_CASE_PARAM(record_that_is_not_handed_over_leaves_nothing, example_gen_params),
	KUNIT_CASE_PARAM(each_page_is_found, example_gen_params),
	KUNIT_CASE(what_no_record_can_have_is_refused),
	KUNIT_CASE(each_failure_to_create_leaves_nothing),
	KUNIT_CASE(each_failure_to_read_leaves_all_in_place),
	{}
};

static struct kunit_suite memfd_record_suite = {
	.name = "memfd_record",
	.test_cases = cases,
};

kunit_test_suite(memfd_record_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the record of a memfd");
