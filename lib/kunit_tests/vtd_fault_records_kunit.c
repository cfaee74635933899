// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: fault records of the VT-d unit
 *
 * Records with every field, typed in by hand from the figure of the register; what
 * happens when there is no free one; which write clears what; and when the fault
 * event interrupts, waits for software, or is never sent.
 */

#include <kunit/test.h>

#include "vtd_register_cases.h"
#include "vtd_unit_internal.h"

#define FSTS		0x034
#define FSTS_PFO	0x01
#define FSTS_PPF	0x02
#define FECTL		0x038

/* The upper word of a record: its F bit is in the last of four pieces. */
#define RECORD(index)		(CASE_FAULT_RECORDS + 16 * (index))
#define RECORD_F		0x80000000

static void fault(struct vtd_test_unit *unit, u16 source_id)
{
	const struct vtd_fault_info info = {
		.reason = VTD_FAULT_NO_READ,
		.request = {
			.address = 0x1000,
			.pasid = VTD_NO_PASID,
			.source_id = source_id,
		},
	};

	guard(vtd_test_unit)(unit);
	vtd_record_fault(&unit->unit, &info);
}

static u32 status(struct vtd_test_unit *unit)
{
	return vtd_test_unit_readl(unit, FSTS);
}

/* The requester in a record, -1 if it is free */
static int source_of(struct vtd_test_unit *unit, int index)
{
	u64 word = vtd_test_unit_readq(unit, RECORD(index) + 8);

	return word >> 63 ? (u16)word : -1;
}

static void clear_record(struct vtd_test_unit *unit, int index)
{
	vtd_test_unit_writel(unit, RECORD(index) + 12, RECORD_F);
}

static void clear_all(struct vtd_test_unit *unit)
{
	for (int i = 0; i < CASE_NR_FAULT_RECORDS; i++)
		clear_record(unit, i);
	vtd_test_unit_writel(unit, FSTS, FSTS_PFO);
}

static void unmask(struct vtd_test_unit *unit)
{
	vtd_test_unit_writel(unit, 0x03c, 0x4021);
	vtd_test_unit_writel(unit, 0x040, 0xfee01000);
	vtd_test_unit_writel(unit, 0x044, 0x7);
	vtd_test_unit_writel(unit, FECTL, 0);
}

static unsigned int messages(struct vtd_test_unit *unit)
{
	return vtd_log_count(unit, VTD_EVENT_MESSAGE);
}

/* Records */

/**
 * struct record_case - A fault and its record
 * @desc: What it is.
 * @info: The fault.
 * @words: The record.
 */
struct record_case {
	const char *desc;
	struct vtd_fault_info info;
	u64 words[2];
};

#define FAULT(_reason, ...) {					\
	.reason = (_reason),					\
	.request = { .source_id = 0x1234, ##__VA_ARGS__ },	\
}

#define NO_PASID	.pasid = VTD_NO_PASID

static const struct record_case record_cases[] = {
	{ "a read", FAULT(0x06, NO_PASID, .address = 0x7654321fed),
	  { 0x0000007654321000, 0xc000000600001234 } },
	{ "a write", FAULT(0x05, NO_PASID, .address = 0x7654321fed,
			   .write = true),
	  { 0x0000007654321000, 0x8000000500001234 } },
	{ "all bits of the address", FAULT(0x80, NO_PASID, .address = ~0ULL),
	  { 0xfffffffffffff000, 0xc000008000001234 } },
	{ "a PASID", FAULT(0x85, .pasid = 0xfedcb, .write = true),
	  { 0, 0x8fedcb8580001234 } },
	{ "PASID 0", FAULT(0x86, .pasid = 0), { 0, 0xc000008680001234 } },
	{ "an execute request", FAULT(0x82, .pasid = 0xfedcb, .execute = true),
	  { 0, 0xcfedcb82c0001234 } },
	{ "a privileged request", FAULT(0x5d, .pasid = 0xfedcb,
					.privileged = true),
	  { 0, 0xcfedcb5da0001234 } },
	{ "execute and privileged without PASID",
	  FAULT(0x06, NO_PASID, .execute = true, .privileged = true),
	  { 0, 0xc000000600001234 } },
	{ "a translation request", FAULT(0x0d, NO_PASID,
					 .type = VTD_TRANSLATION_REQUEST),
	  { 0, 0xd000000d00001234 } },
	{ "a translated request", FAULT(0x0d, NO_PASID, .write = true,
					.type = VTD_TRANSLATED),
	  { 0, 0xa000000d00001234 } },
	{ "an interrupt", FAULT(0x22, NO_PASID, .write = true,
				.address = 0xbeef000000000000),
	  { 0xbeef000000000000, 0x8000002200001234 } },
};

static void record_desc(const struct record_case *record, char *desc)
{
	strscpy(desc, record->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(record, record_cases, record_desc);

static void record_tells_everything_of_the_fault(struct kunit *test)
{
	const struct record_case *record = test->param_value;
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	scoped_guard(vtd_test_unit, unit)
		vtd_record_fault(&unit->unit, &record->info);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readq(unit, 0x400),
			record->words[0]);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readq(unit, 0x408),
			record->words[1]);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, 0x40c),
			record->words[1] >> 32);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readq(unit, 0x418), 0);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PPF);
}

static void records_are_filled_in_order(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	for (int i = 0; i < 3; i++)
		fault(unit, i);
	for (int i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, source_of(unit, i), i);
	KUNIT_EXPECT_EQ(test, source_of(unit, 3), -1);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PPF);
}

static void index_tells_which_record_came_first(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	for (int i = 0; i < 3; i++)
		fault(unit, i);
	clear_all(unit);
	fault(unit, 3);
	fault(unit, 4);
	KUNIT_EXPECT_EQ(test, status(unit), 3 << 8 | FSTS_PPF);

	/* It stays as long as anything is pending. */
	clear_record(unit, 3);
	KUNIT_EXPECT_EQ(test, status(unit), 3 << 8 | FSTS_PPF);
}

static void next_record_follows_the_last_one(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	for (int i = 0; i < 3 * CASE_NR_FAULT_RECORDS; i++) {
		int index = i % CASE_NR_FAULT_RECORDS;

		fault(unit, i);
		KUNIT_EXPECT_EQ(test, source_of(unit, index), i);
		KUNIT_EXPECT_EQ(test, status(unit), index << 8 | FSTS_PPF);
		clear_record(unit, index);
		KUNIT_EXPECT_EQ(test, status(unit) & 0xff, 0);
	}
}

static void single_record_is_used_again(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, VTD_CAP_NFR, 0, 0);

	fault(unit, 1);
	fault(unit, 2);
	KUNIT_EXPECT_EQ(test, source_of(unit, 0), 1);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PPF | FSTS_PFO);
	clear_record(unit, 0);
	vtd_test_unit_writel(unit, FSTS, FSTS_PFO);
	fault(unit, 3);
	KUNIT_EXPECT_EQ(test, source_of(unit, 0), 3);
}

/* Section 7.2.1: when neither is enabled, the first record is next. */
static void records_start_again_when_all_is_disabled(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	vtd_test_unit_writel(unit, 0x018, 0x40000000);
	vtd_test_unit_writel(unit, 0x018, 0x80000000);
	vtd_test_unit_writel(unit, 0x018, 0x81000000);
	vtd_test_unit_writel(unit, 0x018, 0x82000000);
	fault(unit, 1);
	vtd_test_unit_writel(unit, 0x018, 0x02000000);
	fault(unit, 2);
	KUNIT_EXPECT_EQ(test, source_of(unit, 1), 2);
	clear_all(unit);
	vtd_test_unit_writel(unit, 0x018, 0);
	fault(unit, 3);
	KUNIT_EXPECT_EQ(test, source_of(unit, 0), 3);
	KUNIT_EXPECT_EQ(test, source_of(unit, 2), -1);
}

/* Overflow */

static void fault_without_a_free_record_is_an_overflow(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	for (int i = 0; i < CASE_NR_FAULT_RECORDS; i++)
		fault(unit, i);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PPF);
	fault(unit, 0xbad);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PPF | FSTS_PFO);
	for (int i = 0; i < CASE_NR_FAULT_RECORDS; i++)
		KUNIT_EXPECT_EQ(test, source_of(unit, i), i);
}

static void nothing_is_recorded_until_the_overflow_is_cleared(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	for (int i = 0; i <= CASE_NR_FAULT_RECORDS; i++)
		fault(unit, i);
	for (int i = 0; i < CASE_NR_FAULT_RECORDS; i++)
		clear_record(unit, i);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PFO);
	fault(unit, 0xbad);
	KUNIT_EXPECT_EQ(test, source_of(unit, 0), -1);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PFO);

	vtd_test_unit_writel(unit, FSTS, FSTS_PFO);
	KUNIT_EXPECT_EQ(test, status(unit), 0);
	fault(unit, 0x600d);
	KUNIT_EXPECT_EQ(test, source_of(unit, 0), 0x600d);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PPF);
}

static void overflow_comes_again_if_no_record_was_cleared(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	for (int i = 0; i <= CASE_NR_FAULT_RECORDS; i++)
		fault(unit, i);
	vtd_test_unit_writel(unit, FSTS, FSTS_PFO);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PPF);
	fault(unit, 0xbad);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PPF | FSTS_PFO);
}

/* A record that was cleared out of order is not the next one. */
static void free_record_that_is_not_next_does_not_help(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	for (int i = 0; i < CASE_NR_FAULT_RECORDS; i++)
		fault(unit, i);
	clear_record(unit, 3);
	fault(unit, 0xbad);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PPF | FSTS_PFO);
	KUNIT_EXPECT_EQ(test, source_of(unit, 3), -1);
}

/* Clearing */

static void pending_fault_is_there_until_the_last_is_cleared(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	for (int i = 0; i < 3; i++)
		fault(unit, i);
	clear_record(unit, 0);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PPF);
	clear_record(unit, 2);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PPF);
	clear_record(unit, 1);
	KUNIT_EXPECT_EQ(test, status(unit), 0);
}

static void clearing_leaves_the_rest_of_a_record(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	fault(unit, 0x1234);
	vtd_test_unit_writeq(unit, 0x408, U64_MAX);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readq(unit, 0x400), 0x1000);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readq(unit, 0x408),
			0x4000000600001234);
}

static void record_is_cleared_by_a_one_only(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	fault(unit, 0x1234);
	vtd_test_unit_writel(unit, 0x40c, 0x7fffffff);
	vtd_test_unit_writel(unit, 0x408, 0xffffffff);
	vtd_test_unit_writeq(unit, 0x408, 0);
	KUNIT_EXPECT_EQ(test, source_of(unit, 0), 0x1234);
	vtd_test_unit_writel(unit, 0x40c, 0x80000000);
	KUNIT_EXPECT_EQ(test, source_of(unit, 0), -1);
}

static void pending_fault_is_not_cleared_in_the_status(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	fault(unit, 1);
	vtd_test_unit_writel(unit, FSTS, 0xfff3);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PPF);
}

/* No device TLB of the model is ever late, but drivers clear these. */
static void errors_of_device_tlbs_are_cleared_one_by_one(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	vtd_set_register32(&unit->unit, FSTS, 0x61);
	vtd_test_unit_writel(unit, FSTS, 0x20);
	KUNIT_EXPECT_EQ(test, status(unit), 0x41);
	vtd_test_unit_writel(unit, FSTS, 0);
	KUNIT_EXPECT_EQ(test, status(unit), 0x41);
	vtd_test_unit_writel(unit, FSTS, 0x40);
	KUNIT_EXPECT_EQ(test, status(unit), 0x01);
}

/* The event */

static void first_fault_interrupts(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	unmask(unit);
	KUNIT_EXPECT_EQ(test, messages(unit), 0);
	fault(unit, 1);
	vtd_log_expect(unit, VTD_EVENT_MESSAGE, .address = 0x7fee01000,
		       .value = 0x4021);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, FECTL), 0);

	/* Neither more faults nor an overflow are news. */
	for (int i = 0; i <= CASE_NR_FAULT_RECORDS; i++)
		fault(unit, i);
	KUNIT_EXPECT_EQ(test, status(unit), FSTS_PPF | FSTS_PFO);
	KUNIT_EXPECT_EQ(test, messages(unit), 1);
}

static void fault_after_all_is_cleared_interrupts_again(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	unmask(unit);
	fault(unit, 1);
	fault(unit, 2);
	clear_record(unit, 0);
	fault(unit, 3);
	KUNIT_EXPECT_EQ(test, messages(unit), 1);
	clear_all(unit);
	KUNIT_EXPECT_EQ(test, messages(unit), 1);
	fault(unit, 4);
	KUNIT_EXPECT_EQ(test, messages(unit), 2);
}

static void overflow_that_stays_keeps_the_event_from_coming(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	unmask(unit);
	for (int i = 0; i <= CASE_NR_FAULT_RECORDS; i++)
		fault(unit, i);
	for (int i = 0; i < CASE_NR_FAULT_RECORDS; i++)
		clear_record(unit, i);
	fault(unit, 1);
	KUNIT_EXPECT_EQ(test, messages(unit), 1);
}

static void masked_event_waits_until_it_is_unmasked(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	fault(unit, 1);
	fault(unit, 2);
	KUNIT_EXPECT_EQ(test, messages(unit), 0);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, FECTL), 0xc0000000);
	vtd_test_unit_writel(unit, FECTL, 0x80000000);
	KUNIT_EXPECT_EQ(test, messages(unit), 0);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, FECTL), 0xc0000000);

	unmask(unit);
	KUNIT_EXPECT_EQ(test, messages(unit), 1);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, FECTL), 0);
	unmask(unit);
	KUNIT_EXPECT_EQ(test, messages(unit), 1);
}

static void masked_event_that_was_cleared_is_not_sent(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	fault(unit, 1);
	clear_all(unit);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, FECTL), 0x80000000);
	unmask(unit);
	KUNIT_EXPECT_EQ(test, messages(unit), 0);
}

static void masked_event_stays_while_anything_is_left(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	for (int i = 0; i <= CASE_NR_FAULT_RECORDS; i++)
		fault(unit, i);
	for (int i = 0; i < CASE_NR_FAULT_RECORDS; i++)
		clear_record(unit, i);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, FECTL), 0xc0000000);
	vtd_test_unit_writel(unit, FSTS, FSTS_PFO);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, FECTL), 0x80000000);
}

static void completion_does_not_touch_the_fault_event(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	fault(unit, 1);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, 0x0a0), 0x80000000);
	vtd_test_unit_writel(unit, 0x0a0, 0);
	KUNIT_EXPECT_EQ(test, messages(unit), 0);
	vtd_test_unit_writel(unit, 0x09c, 1);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, FECTL), 0xc0000000);
}

static struct kunit_case vtd_fault_records_cases[] = {
	KUNIT_CASE_PARAM(record_tells_everything_of_the_fault,
			 record_gen_params),
	KUNIT_CASE(records_are_filled_in_order),
	KUNIT_CASE(index_tells_which_record_came_first),
	KUNIT_CASE(next_record_follows_the_last_one),
	KUNIT_CASE(single_record_is_used_again),
	KUNIT_CASE(records_start_again_when_all_is_disabled),
	KUNIT_CASE(fault_without_a_free_record_is_an_overflow),
	KUNIT_CASE(nothing_is_recorded_until_the_overflow_is_cleared),
	KUNIT_CASE(overflow_comes_again_if_no_record_was_cleared),
	KUNIT_CASE(free_record_that_is_not_next_does_not_help),
	KUNIT_CASE(pending_fault_is_there_until_the_last_is_cleared),
	KUNIT_CASE(clearing_leaves_the_rest_of_a_record),
	KUNIT_CASE(record_is_cleared_by_a_one_only),
	KUNIT_CASE(pending_fault_is_not_cleared_in_the_status),
	KUNIT_CASE(errors_of_device_tlbs_are_cleared_one_by_one),
	KUNIT_CASE(first_fault_interrupts),
	KUNIT_CASE(fault_after_all_is_cleared_interrupts_again),
	KUNIT_CASE(overflow_that_stays_keeps_the_event_from_coming),
	KUNIT_CASE(masked_event_waits_until_it_is_unmasked),
	KUNIT_CASE(masked_event_that_was_cleared_is_not_sent),
	KUNIT_CASE(masked_event_stays_while_anything_is_left),
	KUNIT_CASE(completion_does_not_touch_the_fault_event),
	{}
};

static struct kunit_suite vtd_fault_records_suite = {
	.name = "vtd_fault_records",
	.test_cases = vtd_fault_records_cases,
};

kunit_test_suite(vtd_fault_records_suite);

MODULE_DESCRIPTION("KUnit tests of the fault records of the VT-d unit in software");
MODULE_LICENSE("GPL");
