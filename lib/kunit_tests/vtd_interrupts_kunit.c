// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: interrupt requests at the VT-d unit
 *
 * Requests in both formats, remapped and posted, and what blocks them. Entries,
 * descriptors and messages are numbers, typed in as the figures of sections
 * 5.1.2 and 9.10 to 9.12 of the specification have them.
 */

#include <linux/bitfield.h>
#include <linux/io.h>

#include <kunit/test.h>

#include "vtd_tables.h"

/* The table has 2^(S + 1) = 16 entries. */
#define TABLE_SIZE_FIELD	3
#define TABLE_ENTRIES		16

#define SOURCE_ID		0x12a5

/* Section 5.1.2.2: remappable format with the handle 5, without subhandle */
#define HANDLE_5		0xfee000b0ULL
#define HANDLE_5_SUBHANDLE	0xfee000b8ULL

/* Section 9.10: present; vector 0x41, fixed; destination 0x37 in xAPIC format */
#define REMAPPED_LOW		0x0000370000410001ULL
/* The source is SOURCE_ID, all of it is verified. */
#define REMAPPED_HIGH		0x00000000000412a5ULL

/* Section 9.11: present, posted, virtual vector 0x83; the address is added. */
#define POSTED_LOW		0x0000000000838001ULL

/**
 * struct interrupts - A unit with interrupt remapping
 * @unit: The unit.
 * @table: The interrupt remapping table.
 * @descriptor: A posted-interrupt descriptor.
 */
struct interrupts {
	struct vtd_test_unit *unit;
	u64 *table;
	u64 *descriptor;
};

static void set_table(struct interrupts *interrupts, bool extended)
{
	vtd_test_unit_writeq(interrupts->unit, VTD_IRTA, virt_to_phys(interrupts->table) |
			     (extended ? BIT(11) : 0) | TABLE_SIZE_FIELD);
	vtd_test_unit_writel(interrupts->unit, VTD_GCMD, BIT(24)); /* SIRTP */
	vtd_test_unit_writel(interrupts->unit, VTD_GCMD, BIT(25)); /* IRE */
	KUNIT_ASSERT_TRUE(interrupts->unit->test,
			  vtd_test_unit_readl(interrupts->unit, VTD_GSTS) & BIT(25));
}

static struct interrupts *prepare(struct kunit *test, u64 cap, u64 no_cap, bool extended)
{
	struct interrupts *interrupts = kunit_kzalloc(test, sizeof(*interrupts), GFP_KERNEL);
	struct vtd_settings settings = vtd_tables_settings;

	KUNIT_ASSERT_NOT_NULL(test, interrupts);
	settings.cap = (settings.cap | cap) & ~no_cap;
	interrupts->unit = vtd_test_unit_create(test, &settings);
	interrupts->table = vtd_test_unit_alloc(interrupts->unit, 4096);
	interrupts->descriptor = vtd_test_unit_alloc(interrupts->unit, 4096);
	set_table(interrupts, extended);
	return interrupts;
}

static void set_entry(struct interrupts *interrupts, unsigned int index, u64 low, u64 high)
{
	interrupts->table[2 * index] = low;
	interrupts->table[2 * index + 1] = high;
	vtd_test_unit_barrier(interrupts->unit);
}

static struct vtd_interrupt request(struct interrupts *interrupts, u16 source_id, u64 address,
				    u32 data)
{
	struct vtd_interrupt result;

	vtd_log_clear(interrupts->unit);
	vtd_test_unit_interrupt(interrupts->unit, source_id, address, data, &result);
	return result;
}

static void expect_blocked(struct interrupts *interrupts, u64 address, u32 data, u8 reason)
{
	struct vtd_interrupt result = request(interrupts, SOURCE_ID, address, data);

	KUNIT_EXPECT_TRUE(interrupts->unit->test, result.blocked);
	KUNIT_EXPECT_EQ(interrupts->unit->test, reason, result.fault);
	vtd_log_expect(interrupts->unit, VTD_EVENT_FAULT, .reason = reason);
}

static void expect_vector(struct interrupts *interrupts, u64 address, u32 data, u8 vector)
{
	struct vtd_interrupt result = request(interrupts, SOURCE_ID, address, data);

	KUNIT_EXPECT_FALSE(interrupts->unit->test, result.blocked);
	KUNIT_EXPECT_EQ(interrupts->unit->test, vector, result.vector);
}

static void without_remapping_requests_are_delivered_as_they_are(struct kunit *test)
{
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_interrupt result;

	/* Section 5.1.2.1: destination 0x5a, logical; level, lowest priority, 0x31 */
	vtd_test_unit_interrupt(unit, SOURCE_ID, 0xfee5a004, 0x8131, &result);
	KUNIT_EXPECT_FALSE(test, result.blocked);
	KUNIT_EXPECT_EQ(test, 0x31, result.vector);
	KUNIT_EXPECT_EQ(test, 0x5a, result.destination);
	KUNIT_EXPECT_EQ(test, 1, result.delivery);
	KUNIT_EXPECT_TRUE(test, result.logical);
	KUNIT_EXPECT_TRUE(test, result.level);
	vtd_log_expect_not(unit, VTD_EVENT_FAULT);
}

static void remapped_request_is_what_the_entry_says(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, 0, 0, false);
	struct vtd_interrupt result;

	set_entry(interrupts, 5, REMAPPED_LOW, REMAPPED_HIGH);
	result = request(interrupts, SOURCE_ID, HANDLE_5, 0);
	KUNIT_EXPECT_FALSE(test, result.blocked);
	KUNIT_EXPECT_EQ(test, 5, result.index);
	KUNIT_EXPECT_EQ(test, 0x41, result.vector);
	KUNIT_EXPECT_EQ(test, 0x37, result.destination);
	KUNIT_EXPECT_EQ(test, 0, result.delivery);
	KUNIT_EXPECT_FALSE(test, result.logical);
	KUNIT_EXPECT_FALSE(test, result.level);
	KUNIT_EXPECT_FALSE(test, result.posted);
	/* Logical, level, NMI; redirection hint and available bits do not show. */
	set_entry(interrupts, 6, REMAPPED_LOW | 0xf9c, REMAPPED_HIGH);
	result = request(interrupts, SOURCE_ID, HANDLE_5 + BIT(5), 0);
	KUNIT_EXPECT_FALSE(test, result.blocked);
	KUNIT_EXPECT_EQ(test, 4, result.delivery);
	KUNIT_EXPECT_TRUE(test, result.logical);
	KUNIT_EXPECT_TRUE(test, result.level);
}

static void extended_mode_has_destinations_of_32_bits(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, 0, 0, true);
	struct vtd_interrupt result;

	set_entry(interrupts, 5, 0x89abcdef00410001ULL, REMAPPED_HIGH);
	result = request(interrupts, SOURCE_ID, HANDLE_5, 0);
	KUNIT_EXPECT_FALSE(test, result.blocked);
	KUNIT_EXPECT_EQ(test, 0x89abcdef, result.destination);
}

static void subhandle_is_added_if_valid(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, 0, 0, false);

	set_entry(interrupts, 5, REMAPPED_LOW, REMAPPED_HIGH);
	set_entry(interrupts, 7, REMAPPED_LOW + 0x10000, REMAPPED_HIGH);
	expect_vector(interrupts, HANDLE_5_SUBHANDLE, 0, 0x41);
	expect_vector(interrupts, HANDLE_5_SUBHANDLE, 2, 0x42);
	expect_vector(interrupts, HANDLE_5, 2, 0x41);
}

static void index_is_of_16_bits(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, 0, 0, false);

	expect_blocked(interrupts, 0xfee00010ULL | TABLE_ENTRIES << 5, 0, 0x21);
	/* Bit 15 of the handle is bit 2 of the address. */
	expect_blocked(interrupts, HANDLE_5 | BIT(2), 0, 0x21);
	KUNIT_EXPECT_EQ(test, 0x8005000000000000ULL,
			vtd_test_unit_readq(interrupts->unit, 0x230));
	/* Handle and subhandle do not wrap around. */
	expect_blocked(interrupts, 0xfeeffffcULL, 6, 0x21);
	/* The last entry of the table is one. */
	set_entry(interrupts, TABLE_ENTRIES - 1, REMAPPED_LOW, REMAPPED_HIGH);
	expect_vector(interrupts, 0xfee00010ULL | (TABLE_ENTRIES - 1) << 5, 0, 0x41);
}

/**
 * struct wrong_entry - An entry that blocks requests
 * @name: What is wrong.
 * @low: Its low word.
 * @high: Its high word.
 * @reason: Why it blocks.
 * @extended: In extended interrupt mode.
 */
struct wrong_entry {
	const char *name;
	u64 low;
	u64 high;
	u8 reason;
	bool extended;
};

static const struct wrong_entry wrong_entries[] = {
	{ "not present", REMAPPED_LOW & ~1ULL, REMAPPED_HIGH, 0x22 },
	{ "reserved 12", REMAPPED_LOW | BIT(12), REMAPPED_HIGH, 0x24 },
	{ "reserved 14", REMAPPED_LOW | BIT(14), REMAPPED_HIGH, 0x24 },
	{ "reserved 24", REMAPPED_LOW | BIT(24), REMAPPED_HIGH, 0x24 },
	{ "reserved 31", REMAPPED_LOW | BIT(31), REMAPPED_HIGH, 0x24 },
	{ "reserved 31, extended", REMAPPED_LOW | BIT(31), REMAPPED_HIGH, 0x24, true },
	{ "destination 0, not extended", REMAPPED_LOW | BIT_ULL(32), REMAPPED_HIGH, 0x24 },
	{ "destination 16, not extended", REMAPPED_LOW | BIT_ULL(48), REMAPPED_HIGH, 0x24 },
	{ "delivery mode 3", REMAPPED_LOW | 3 << 5, REMAPPED_HIGH, 0x24 },
	{ "delivery mode 6", REMAPPED_LOW | 6 << 5, REMAPPED_HIGH, 0x24 },
	{ "source validation 3", REMAPPED_LOW, REMAPPED_HIGH | 0xc0000, 0x24 },
	{ "reserved 84", REMAPPED_LOW, REMAPPED_HIGH | BIT(20), 0x24 },
	{ "reserved 127", REMAPPED_LOW, REMAPPED_HIGH | BIT_ULL(63), 0x24 },
	{ "other source", REMAPPED_LOW, REMAPPED_HIGH ^ BIT(8), 0x26 },
	{ "posted, reserved 2", POSTED_LOW | BIT(2), REMAPPED_HIGH, 0x24 },
	{ "posted, reserved 7", POSTED_LOW | BIT(7), REMAPPED_HIGH, 0x24 },
	{ "posted, reserved 13", POSTED_LOW | BIT(13), REMAPPED_HIGH, 0x24 },
	{ "posted, reserved 24", POSTED_LOW | BIT(24), REMAPPED_HIGH, 0x24 },
	{ "posted, reserved 37", POSTED_LOW | BIT_ULL(37), REMAPPED_HIGH, 0x24 },
	{ "posted, reserved 84", POSTED_LOW, REMAPPED_HIGH | BIT(20), 0x24 },
	{ "posted, reserved 95", POSTED_LOW, REMAPPED_HIGH | BIT(31), 0x24 },
	{ "posted, other source", POSTED_LOW, REMAPPED_HIGH ^ BIT(0), 0x26 },
};

KUNIT_ARRAY_PARAM_DESC(wrong_entry, wrong_entries, name);

static void wrong_entry_blocks(struct kunit *test)
{
	const struct wrong_entry *wrong = test->param_value;
	struct interrupts *interrupts = prepare(test, 0, 0, wrong->extended);

	set_entry(interrupts, 5, wrong->low, wrong->high);
	expect_blocked(interrupts, HANDLE_5, 0, wrong->reason);
	KUNIT_EXPECT_EQ(test, 0x0005000000000000ULL,
			vtd_test_unit_readq(interrupts->unit, 0x220));
	set_entry(interrupts, 5, wrong->extended ? 0x3700410001ULL : REMAPPED_LOW, REMAPPED_HIGH);
	if (wrong->reason == 0x26) /* a good entry, only not for this source */
		expect_blocked(interrupts, HANDLE_5, 0, wrong->reason);
	else /* nothing of it was cached */
		expect_vector(interrupts, HANDLE_5, 0, 0x41);
}

static void wrong_entry_with_fpd_blocks_silently(struct kunit *test)
{
	const struct wrong_entry *wrong = test->param_value;
	struct interrupts *interrupts = prepare(test, 0, 0, wrong->extended);
	struct vtd_interrupt result;

	set_entry(interrupts, 5, wrong->low | BIT(1), wrong->high);
	result = request(interrupts, SOURCE_ID, HANDLE_5, 0);
	KUNIT_EXPECT_TRUE(test, result.blocked);
	KUNIT_EXPECT_EQ(test, wrong->reason, result.fault);
	KUNIT_EXPECT_EQ(test, 0, vtd_test_unit_readl(interrupts->unit, VTD_FSTS));
}

static void reserved_data_blocks(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, 0, 0, false);

	set_entry(interrupts, 5, REMAPPED_LOW | BIT(1), REMAPPED_HIGH);
	expect_blocked(interrupts, HANDLE_5_SUBHANDLE, BIT(16), 0x20);
	/* No entry disables that. */
	KUNIT_EXPECT_EQ(test, BIT(1), vtd_test_unit_readl(interrupts->unit, VTD_FSTS));
}

static void table_not_in_memory_blocks(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, 0, 0, false);

	vtd_memory_expect_stray(&interrupts->unit->memory, 1);
	interrupts->unit->unit.interrupt_table = 0x0000765432100000ULL | TABLE_SIZE_FIELD;
	expect_blocked(interrupts, HANDLE_5, 0, 0x23);
}

static void compatibility_format_needs_to_be_allowed(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, 0, 0, false);

	expect_blocked(interrupts, 0xfee5a000, 0x31, 0x25);
	vtd_test_unit_writel(interrupts->unit, VTD_GCMD, BIT(25) | BIT(23)); /* CFI */
	expect_vector(interrupts, 0xfee5a000, 0x31, 0x31);
}

static void compatibility_format_does_not_fit_extended_mode(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, 0, 0, true);

	vtd_test_unit_writel(interrupts->unit, VTD_GCMD, BIT(25) | BIT(23));
	expect_blocked(interrupts, 0xfee5a000, 0x31, 0x25);
}

/* Section 9.10: SVT in bits 19:18, SQ in bits 17:16 */
static void source_is_validated_as_the_entry_says(struct kunit *test)
{
	static const struct {
		u64 high;
		u16 source_id;
		bool allowed;
	} sources[] = {
		{ 0x000012a5, 0x4321, true },	/* none */
		{ 0x000412a5, 0x12a5, true },	/* all bits */
		{ 0x000412a5, 0x12a4, false },
		{ 0x000412a5, 0x13a5, false },
		{ 0x000512a5, 0x12a1, true },	/* but for bit 2 */
		{ 0x000512a5, 0x12a7, false },
		{ 0x000612a5, 0x12a3, true },	/* but for bits 2:1 */
		{ 0x000612a5, 0x12a4, false },
		{ 0x000712a5, 0x12a0, true },	/* but for bits 2:0 */
		{ 0x000712a5, 0x12ad, false },
		{ 0x00081214, 0x1100, false },	/* buses 0x12 to 0x14 */
		{ 0x00081214, 0x12ff, true },
		{ 0x00081214, 0x1400, true },
		{ 0x00081214, 0x1500, false },
	};
	struct interrupts *interrupts;
	struct vtd_interrupt result;

	for (int i = 0; i < ARRAY_SIZE(sources); i++) {
		interrupts = prepare(test, 0, 0, false);
		set_entry(interrupts, 5, REMAPPED_LOW, sources[i].high);
		result = request(interrupts, sources[i].source_id, HANDLE_5, 0);
		KUNIT_EXPECT_EQ_MSG(test, !sources[i].allowed, result.blocked, "%d", i);
		KUNIT_EXPECT_EQ(test, sources[i].allowed ? 0 : 0x26, result.fault);
	}
}

/* Posted interrupts */

static u64 posted_low(const struct interrupts *interrupts)
{
	return POSTED_LOW | (virt_to_phys(interrupts->descriptor) & 0xffffffc0) << 32;
}

static u64 posted_high(const struct interrupts *interrupts)
{
	return REMAPPED_HIGH | (virt_to_phys(interrupts->descriptor) & ~0xffffffffULL);
}

static void post_entry(struct interrupts *interrupts, u64 flags)
{
	set_entry(interrupts, 5, posted_low(interrupts) | flags, posted_high(interrupts));
}

static void posted_request_is_noted_and_notified(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, 0, 0, false);
	struct vtd_interrupt result;

	/* Section 9.12: notification vector 0xf2, destination 0x37 */
	interrupts->descriptor[4] = 0x0000370000f20000ULL;
	post_entry(interrupts, 0);
	result = request(interrupts, SOURCE_ID, HANDLE_5, 0);
	KUNIT_EXPECT_TRUE(test, result.posted);
	KUNIT_EXPECT_TRUE(test, result.notified);
	KUNIT_EXPECT_EQ(test, virt_to_phys(interrupts->descriptor), result.descriptor);
	KUNIT_EXPECT_EQ(test, 0xf2, result.vector);
	KUNIT_EXPECT_EQ(test, 0x37, result.destination);
	/* Request 0x83 is bit 3 of word 2; ON is bit 0 of word 4. */
	KUNIT_EXPECT_EQ(test, 0, interrupts->descriptor[0]);
	KUNIT_EXPECT_EQ(test, 0, interrupts->descriptor[1]);
	KUNIT_EXPECT_EQ(test, BIT(3), interrupts->descriptor[2]);
	KUNIT_EXPECT_EQ(test, 0, interrupts->descriptor[3]);
	KUNIT_EXPECT_EQ(test, 0x0000370000f20001ULL, interrupts->descriptor[4]);
}

static void posted_request_is_notified_once(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, 0, 0, false);
	struct vtd_interrupt result;

	post_entry(interrupts, 0);
	result = request(interrupts, SOURCE_ID, HANDLE_5, 0);
	KUNIT_EXPECT_TRUE(test, result.notified);
	interrupts->descriptor[2] = 0;
	result = request(interrupts, SOURCE_ID, HANDLE_5, 0);
	KUNIT_EXPECT_TRUE(test, result.posted);
	KUNIT_EXPECT_FALSE(test, result.notified);
	KUNIT_EXPECT_EQ(test, BIT(3), interrupts->descriptor[2]);
}

static void suppressed_notification_is_sent_if_urgent(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, 0, 0, false);
	struct vtd_interrupt result;

	interrupts->descriptor[4] = BIT(1); /* SN */
	post_entry(interrupts, 0);
	result = request(interrupts, SOURCE_ID, HANDLE_5, 0);
	KUNIT_EXPECT_TRUE(test, result.posted);
	KUNIT_EXPECT_FALSE(test, result.notified);
	KUNIT_EXPECT_EQ(test, BIT(1), interrupts->descriptor[4]);

	interrupts = prepare(test, 0, 0, false);
	interrupts->descriptor[4] = BIT(1);
	post_entry(interrupts, BIT(14)); /* URG */
	result = request(interrupts, SOURCE_ID, HANDLE_5, 0);
	KUNIT_EXPECT_TRUE(test, result.notified);
	KUNIT_EXPECT_EQ(test, BIT(1) | BIT(0), interrupts->descriptor[4]);
}

static void wrong_descriptor_blocks(struct kunit *test)
{
	static const struct {
		u8 word;
		u64 bits;
	} wrong[] = {
		{ 4, BIT(2) }, { 4, BIT(15) }, { 4, BIT(24) }, { 4, BIT(31) },
		{ 4, BIT_ULL(32) }, { 4, BIT_ULL(48) }, /* not in xAPIC format */
		{ 5, BIT(0) }, { 7, BIT_ULL(63) },
	};

	for (int i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct interrupts *interrupts = prepare(test, 0, 0, false);

		interrupts->descriptor[wrong[i].word] = wrong[i].bits;
		post_entry(interrupts, 0);
		expect_blocked(interrupts, HANDLE_5, 0, 0x28);
		KUNIT_EXPECT_EQ(test, 0, interrupts->descriptor[2]);
	}
}

static void descriptor_not_in_memory_blocks(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, 0, 0, false);

	vtd_memory_expect_stray(&interrupts->unit->memory, 1);
	set_entry(interrupts, 5, POSTED_LOW | 0x3210004000000000ULL,
		  REMAPPED_HIGH | 0x0000765400000000ULL);
	expect_blocked(interrupts, HANDLE_5, 0, 0x27);
}

static void posting_needs_the_capability(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, 0, VTD_CAP_PI, false);

	post_entry(interrupts, 0);
	expect_blocked(interrupts, HANDLE_5, 0, 0x24);
}

/* The interrupt entry cache (sections 6.4 and 6.5.2.7) */

static void submit(struct interrupts *interrupts, u64 low)
{
	u64 *queue = vtd_test_unit_alloc(interrupts->unit, 4096);

	vtd_test_unit_writel(interrupts->unit, VTD_GCMD, BIT(25));
	vtd_test_unit_writeq(interrupts->unit, VTD_IQT, 0);
	vtd_test_unit_writeq(interrupts->unit, VTD_IQA, virt_to_phys(queue));
	queue[0] = low;
	vtd_test_unit_writel(interrupts->unit, VTD_GCMD, BIT(25) | BIT(26)); /* QIE */
	vtd_test_unit_writeq(interrupts->unit, VTD_IQT, 16);
}

static void entry_is_kept_until_invalidated(struct kunit *test)
{
	/* Global; by index in bits 47:32 with bit 4, and mask in bits 31:27 */
	static const struct {
		u64 descriptor;
		bool dropped;
	} invalidations[] = {
		{ 0x0000000000000004ULL, true },
		{ 0x0000000500000014ULL, true },
		{ 0x0000000400000014ULL, false },
		{ 0x0000000600000014ULL, false },
		{ 0x0000000408000014ULL, true },  /* 4 and 5 */
		{ 0x0000000608000014ULL, false }, /* 6 and 7 */
		{ 0x0000000718000014ULL, true },  /* 0 to 7 */
		{ 0x0000000818000014ULL, false }, /* 8 to 15 */
	};

	for (int i = 0; i < ARRAY_SIZE(invalidations); i++) {
		struct interrupts *interrupts = prepare(test, 0, 0, false);

		set_entry(interrupts, 5, REMAPPED_LOW, REMAPPED_HIGH);
		expect_vector(interrupts, HANDLE_5, 0, 0x41);
		set_entry(interrupts, 5, REMAPPED_LOW + 0x10000, REMAPPED_HIGH);
		expect_vector(interrupts, HANDLE_5, 0, 0x41);
		submit(interrupts, invalidations[i].descriptor);
		expect_vector(interrupts, HANDLE_5, 0, invalidations[i].dropped ? 0x42 : 0x41);
	}
}

static void caching_mode_keeps_absent_entries(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, VTD_CAP_CM, 0, false);

	expect_blocked(interrupts, HANDLE_5, 0, 0x22);
	set_entry(interrupts, 5, REMAPPED_LOW, REMAPPED_HIGH);
	expect_blocked(interrupts, HANDLE_5, 0, 0x22);
	submit(interrupts, 0x0000000500000014ULL);
	expect_vector(interrupts, HANDLE_5, 0, 0x41);
}

/* Section 6.7: only a unit that says so invalidates by itself. */
static void new_table_counts_once_the_cache_is_invalidated(struct kunit *test)
{
	for (int supported = 0; supported < 2; supported++) {
		struct interrupts *interrupts = prepare(test, supported ? VTD_CAP_ESIRTPS : 0, 0,
							false);

		set_entry(interrupts, 5, REMAPPED_LOW, REMAPPED_HIGH);
		expect_vector(interrupts, HANDLE_5, 0, 0x41);
		interrupts->table = vtd_test_unit_alloc(interrupts->unit, 4096);
		set_entry(interrupts, 5, REMAPPED_LOW + 0x10000, REMAPPED_HIGH);
		vtd_test_unit_writeq(interrupts->unit, VTD_IRTA,
				     virt_to_phys(interrupts->table) | TABLE_SIZE_FIELD);
		vtd_test_unit_writel(interrupts->unit, VTD_GCMD, BIT(25) | BIT(24));
		expect_vector(interrupts, HANDLE_5, 0, supported ? 0x42 : 0x41);
		submit(interrupts, 0x0000000000000004ULL);
		expect_vector(interrupts, HANDLE_5, 0, 0x42);
	}
}

static void translation_off_does_not_stop_remapping(struct kunit *test)
{
	struct interrupts *interrupts = prepare(test, 0, 0, false);

	set_entry(interrupts, 5, REMAPPED_LOW, REMAPPED_HIGH);
	KUNIT_EXPECT_EQ(test, 0, vtd_test_unit_readl(interrupts->unit, VTD_GSTS) & BIT(31));
	expect_vector(interrupts, HANDLE_5, 0, 0x41);
	expect_blocked(interrupts, HANDLE_5 + BIT(5), 0, 0x22);
}

static void unflushed_entry_is_not_seen(struct kunit *test)
{
	struct vtd_settings settings = vtd_tables_settings;
	struct interrupts interrupts = {};

	settings.ecap &= ~(VTD_ECAP_C | VTD_ECAP_SMPWC);
	interrupts.unit = vtd_test_unit_create(test, &settings);
	interrupts.table = vtd_test_unit_alloc(interrupts.unit, 4096);
	vtd_test_unit_flush(interrupts.unit, interrupts.table, 4096);
	set_table(&interrupts, false);
	set_entry(&interrupts, 5, REMAPPED_LOW, REMAPPED_HIGH);
	expect_blocked(&interrupts, HANDLE_5, 0, 0x22);
	vtd_test_unit_flush(interrupts.unit, &interrupts.table[10], 16);
	expect_vector(&interrupts, HANDLE_5, 0, 0x41);
}

static struct kunit_case vtd_interrupts_cases[] = {
	KUNIT_CASE(without_remapping_requests_are_delivered_as_they_are),
	KUNIT_CASE(remapped_request_is_what_the_entry_says),
	KUNIT_CASE(extended_mode_has_destinations_of_32_bits),
	KUNIT_CASE(subhandle_is_added_if_valid),
	KUNIT_CASE(index_is_of_16_bits),
	KUNIT_CASE_PARAM(wrong_entry_blocks, wrong_entry_gen_params),
	KUNIT_CASE_PARAM(wrong_entry_with_fpd_blocks_silently, wrong_entry_gen_params),
	KUNIT_CASE(reserved_data_blocks),
	KUNIT_CASE(table_not_in_memory_blocks),
	KUNIT_CASE(compatibility_format_needs_to_be_allowed),
	KUNIT_CASE(compatibility_format_does_not_fit_extended_mode),
	KUNIT_CASE(source_is_validated_as_the_entry_says),
	KUNIT_CASE(posted_request_is_noted_and_notified),
	KUNIT_CASE(posted_request_is_notified_once),
	KUNIT_CASE(suppressed_notification_is_sent_if_urgent),
	KUNIT_CASE(wrong_descriptor_blocks),
	KUNIT_CASE(descriptor_not_in_memory_blocks),
	KUNIT_CASE(posting_needs_the_capability),
	KUNIT_CASE(entry_is_kept_until_invalidated),
	KUNIT_CASE(caching_mode_keeps_absent_entries),
	KUNIT_CASE(new_table_counts_once_the_cache_is_invalidated),
	KUNIT_CASE(translation_off_does_not_stop_remapping),
	KUNIT_CASE(unflushed_entry_is_not_seen),
	{}
};

static struct kunit_suite vtd_interrupts_suite = {
	.name = "vtd_interrupts",
	.test_cases = vtd_interrupts_cases,
};

kunit_test_suite(vtd_interrupts_suite);

MODULE_DESCRIPTION("KUnit tests of interrupt requests at a VT-d unit");
MODULE_LICENSE("GPL");
