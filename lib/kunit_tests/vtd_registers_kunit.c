// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: registers of the VT-d unit
 *
 * Every register with every bit of it, from a table that was typed in by hand:
 * after a reset, written, by halves, and what is refused. Then each handshake with
 * several latencies, and what the commands do.
 */

#include <linux/string.h>

#include <kunit/test.h>

#include "vtd_register_cases.h"

/**
 * struct register_case - A register
 * @name: Its name in a misuse.
 * @offset: Where it is.
 * @size: Bytes.
 * @reset: What it reads first.
 * @rw: Bits that keep what is written, but for @trigger.
 * @w1c: Bits that a 1 clears.
 * @ro: Read-only bits beside others that are not.
 * @trigger: Bits that start something.
 * @hidden: Bits that cannot be read.
 */
struct register_case {
	const char *name;
	u32 offset;
	u8 size;
	u64 reset;
	u64 rw;
	u64 w1c;
	u64 ro;
	u64 trigger;
	u64 hidden;
};

/* Memory has 46 bits of address here. */
static const struct register_case register_cases[] = {
	{ "VER", 0x000, 4, 0x60 },
	/* RWBF, ESRTPS, ESIRTPS; FRO 0x40, NFR 7, MAMV 18, MGAW 47, ND 6 */
	{ "CAP", 0x008, 8, 0xc0120780402f0476 },
	{ "ECAP", 0x010, 8, 0x0010cf980080505f },
	{ "GCMD", 0x018, 4, 0, .trigger = 0xcf800000, .hidden = ~0ULL },
	{ "GSTS", 0x01c, 4, 0 },
	{ "RTADDR", 0x020, 8, 0, .rw = 0x00003ffffffffc00 },
	{ "CCMD", 0x028, 8, 0, .rw = 0x60000003ffffffff,
	  .ro = 0x1800000000000000, .trigger = 0x8000000000000000,
	  .hidden = 0x00000003ffff0000 },
	{ "FSTS", 0x034, 4, 0, .w1c = 0x71, .ro = 0xff82 },
	{ "FECTL", 0x038, 4, 0x80000000, .rw = 0x80000000, .ro = 0x40000000 },
	{ "FEDATA", 0x03c, 4, 0, .rw = 0xffffffff },
	{ "FEADDR", 0x040, 4, 0, .rw = 0xfffffffc },
	{ "FEUADDR", 0x044, 4, 0, .rw = 0xffffffff },
	{ "PMEN", 0x064, 4, 0, .trigger = 0x80000000, .ro = 0x00000001 },
	{ "PLMBASE", 0x068, 4, 0, .rw = 0xffe00000, .ro = 0x001fffff },
	{ "PLMLIMIT", 0x06c, 4, 0, .rw = 0xffe00000, .ro = 0x001fffff },
	{ "PHMBASE", 0x070, 8, 0, .rw = 0x00003fffffe00000,
	  .ro = 0xffffc000001fffff },
	{ "PHMLIMIT", 0x078, 8, 0, .rw = 0x00003fffffe00000,
	  .ro = 0xffffc000001fffff },
	{ "IQH", 0x080, 8, 0 },
	{ "IQT", 0x088, 8, 0, .rw = 0x000000000007fff0 },
	{ "IQA", 0x090, 8, 0, .rw = 0x00003ffffffff807 },
	{ "ICS", 0x09c, 4, 0, .w1c = 0x1 },
	{ "IECTL", 0x0a0, 4, 0x80000000, .rw = 0x80000000, .ro = 0x40000000 },
	{ "IEDATA", 0x0a4, 4, 0, .rw = 0xffffffff },
	{ "IEADDR", 0x0a8, 4, 0, .rw = 0xfffffffc },
	{ "IEUADDR", 0x0ac, 4, 0, .rw = 0xffffffff },
	{ "IQERCD", 0x0b0, 8, 0 },
	{ "IRTA", 0x0b8, 8, 0, .rw = 0x00003ffffffff80f },
	{ "FRCD 63:0", 0x400, 8, 0 },
	{ "FRCD 127:64", 0x408, 8, 0, .w1c = 0x8000000000000000,
	  .ro = 0x7fffffffffffffff },
	{ "FRCD 63:0", 0x470, 8, 0 },
	{ "FRCD 127:64", 0x478, 8, 0, .w1c = 0x8000000000000000,
	  .ro = 0x7fffffffffffffff },
	{ "IVA", 0x500, 8, 0, .rw = 0xfffffffffffff07f, .hidden = ~0ULL },
	{ "IOTLB", 0x508, 8, 0, .rw = 0x3003ffff00000000,
	  .ro = 0x0600000000000000, .trigger = 0x8000000000000000 },
};

static void register_desc(const struct register_case *reg, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s at 0x%03x", reg->name,
		 reg->offset);
}

KUNIT_ARRAY_PARAM(register, register_cases, register_desc);

static bool is_read_only(const struct register_case *reg)
{
	return !reg->rw && !reg->w1c && !reg->trigger;
}

static u64 all_bits(unsigned int size)
{
	return size == 8 ? U64_MAX : U32_MAX;
}

/* Read it, and expect the misuse that this is if nothing of it can be read. */
static u64 read_case(struct vtd_test_unit *unit, const struct register_case *reg)
{
	u64 value = case_read(unit, reg->offset, reg->size);

	if (reg->hidden == U64_MAX)
		case_expect_misuse(unit, "write-only");
	return value;
}

static void write_case(struct vtd_test_unit *unit,
		       const struct register_case *reg, u64 value)
{
	const struct case_write write = { reg->offset, reg->size, value };

	case_write(unit, &write);
}

/* Each register */

static void register_reads_its_reset_value(struct kunit *test)
{
	const struct register_case *reg = test->param_value;
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	KUNIT_EXPECT_EQ(test, read_case(unit, reg), reg->reset);
}

static void register_keeps_what_is_written(struct kunit *test)
{
	const struct register_case *reg = test->param_value;
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	const u64 readable = reg->rw & ~reg->hidden;

	if (is_read_only(reg))
		return;
	for (int bit = 0; bit < reg->size * 8; bit++) {
		if (!(reg->rw & BIT_ULL(bit)))
			continue;
		write_case(unit, reg, BIT_ULL(bit));
		KUNIT_EXPECT_EQ(test, read_case(unit, reg),
				BIT_ULL(bit) & readable);
	}
	write_case(unit, reg, reg->rw | reg->w1c | reg->ro);
	KUNIT_EXPECT_EQ(test, read_case(unit, reg), readable);
	write_case(unit, reg, 0);
	KUNIT_EXPECT_EQ(test, read_case(unit, reg), 0);
}

static void register_refuses_reserved_bits(struct kunit *test)
{
	const struct register_case *reg = test->param_value;
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	const u64 known = reg->rw | reg->w1c | reg->ro | reg->trigger;

	if (is_read_only(reg))
		return;
	for (int bit = 0; bit < reg->size * 8; bit++) {
		if (known & BIT_ULL(bit))
			continue;
		write_case(unit, reg, reg->rw | BIT_ULL(bit));
		case_expect_misuse(unit, "reserved bits are set");
		KUNIT_EXPECT_EQ(test, read_case(unit, reg), reg->reset);
	}
}

static void register_that_is_read_only_refuses_any_value(struct kunit *test)
{
	const struct register_case *reg = test->param_value;
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	char text[64];

	if (!is_read_only(reg))
		return;
	snprintf(text, sizeof(text), "%s (0x%03x): write of 0x0, %u bits: ",
		 reg->name, reg->offset, reg->size * 8);
	write_case(unit, reg, 0);
	case_expect_misuse(unit, text);
	write_case(unit, reg, all_bits(reg->size));
	case_expect_misuse(unit, "the register is read-only");
	KUNIT_EXPECT_EQ(test, read_case(unit, reg), reg->reset);
}

static void register_of_64_bits_is_written_by_halves(struct kunit *test)
{
	const struct register_case *reg = test->param_value;
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	const u64 readable = reg->rw & ~reg->hidden;
	const u32 low = reg->offset, high = reg->offset + 4;

	if (reg->size != 8 || !reg->rw)
		return;
	vtd_test_unit_writel(unit, low, lower_32_bits(reg->rw));
	KUNIT_EXPECT_EQ(test, read_case(unit, reg), (u32)readable);
	vtd_test_unit_writel(unit, high, upper_32_bits(reg->rw));
	KUNIT_EXPECT_EQ(test, read_case(unit, reg), readable);
	vtd_test_unit_writel(unit, low, 0);
	KUNIT_EXPECT_EQ(test, read_case(unit, reg), readable >> 32 << 32);
}

static void register_of_64_bits_is_read_by_halves(struct kunit *test)
{
	const struct register_case *reg = test->param_value;
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	if (reg->size != 8 || reg->hidden == U64_MAX)
		return;
	KUNIT_EXPECT_EQ(test, case_read(unit, reg->offset, 4), (u32)reg->reset);
	KUNIT_EXPECT_EQ(test, case_read(unit, reg->offset + 4, 4),
			reg->reset >> 32);
}

static void expect_no_such_access(struct vtd_test_unit *unit, u32 offset,
				  unsigned int size)
{
	const struct case_write write = { offset, size, 0 };
	const size_t all = sizeof(unit->unit.registers);
	void *before = kunit_kmalloc(unit->test, all, GFP_KERNEL);
	char text[64];

	KUNIT_ASSERT_NOT_NULL(unit->test, before);
	memcpy(before, unit->unit.registers, all);
	snprintf(text, sizeof(text), "no register (0x%03x): read of %u bits",
		 offset, size * 8);
	KUNIT_EXPECT_EQ(unit->test, case_read(unit, offset, size),
			all_bits(size));
	case_expect_misuse(unit, text);

	snprintf(text, sizeof(text), "no register (0x%03x): write of 0x0, %u bits",
		 offset, size * 8);
	case_write(unit, &write);
	case_expect_misuse(unit, text);
	KUNIT_EXPECT_MEMEQ(unit->test, before, unit->unit.registers, all);
}

static void register_is_accessed_in_no_other_width(struct kunit *test)
{
	const struct register_case *reg = test->param_value;
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	expect_no_such_access(unit, reg->offset, 1);
	expect_no_such_access(unit, reg->offset, 2);
	expect_no_such_access(unit, reg->offset, 16);
	expect_no_such_access(unit, reg->offset + 2, 4);
	if (reg->size == 8)
		expect_no_such_access(unit, reg->offset + 4, 8);
	else
		expect_no_such_access(unit, reg->offset, 8);
}

static void offsets_without_a_register_are_refused(struct kunit *test)
{
	static const u32 offsets[] = {
		0x004, 0x030, 0x048, 0x058, 0x060, 0x098, 0x0c0, 0x0ec, 0x100,
		0x3fc, 0x480, 0x4fc, 0x510, 0xffc, 0x1000, 0x1020,
	};
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	for (int i = 0; i < ARRAY_SIZE(offsets); i++)
		expect_no_such_access(unit, offsets[i], 4);
}

/* Registers of something that the unit does not have: read as 0, stay 0 */
static void absent_registers_are_reserved(struct kunit *test)
{
	static const u32 offsets[] = {
		0x064, 0x068, 0x06c, 0x070, 0x078, 0x080, 0x088, 0x090, 0x09c,
		0x0a0, 0x0a4, 0x0a8, 0x0ac, 0x0b0, 0x0b8,
	};
	struct vtd_test_unit *unit;

	unit = case_unit(test, VTD_CAP_PLMR | VTD_CAP_PHMR, VTD_ECAP_QI |
			 VTD_ECAP_DT | VTD_ECAP_IR | VTD_ECAP_EIM |
			 VTD_ECAP_SMTS, 0);
	for (int i = 0; i < ARRAY_SIZE(offsets); i++) {
		KUNIT_EXPECT_EQ(test, case_read(unit, offsets[i], 4), 0);
		vtd_test_unit_writel(unit, offsets[i], 0);
		vtd_test_unit_writel(unit, offsets[i], 0x80000000);
		case_expect_misuse(unit, "reserved bits are set");
		KUNIT_EXPECT_EQ(test, case_read(unit, offsets[i], 4), 0);
	}
}

/* Handshakes */

/**
 * struct handshake - A command, and where software sees that it is done
 * @desc: What it does.
 * @before: Writes that come first, all carried out.
 * @command: The command.
 * @offset: The register that shows it.
 * @size: Its bytes.
 * @pending: What it reads until the command is carried out.
 * @done: What it reads then.
 */
struct handshake {
	const char *desc;
	struct case_write before[4];
	struct case_write command;
	u32 offset;
	u8 size;
	u64 pending;
	u64 done;
};

#define SRTP	W32(0x018, 0x40000000)
#define SIRTP	W32(0x018, 0x01000000)

static const struct handshake handshakes[] = {
	{ "set the root table pointer", {}, SRTP, 0x01c, 4, 0, 0x40000000 },
	{ "set it again", { SRTP }, SRTP, 0x01c, 4, 0, 0x40000000 },
	{ "enable translation", { SRTP }, W32(0x018, 0x80000000),
	  0x01c, 4, 0x40000000, 0xc0000000 },
	{ "disable translation", { SRTP, W32(0x018, 0x80000000) },
	  W32(0x018, 0), 0x01c, 4, 0xc0000000, 0x40000000 },
	{ "flush write buffers", {}, W32(0x018, 0x08000000),
	  0x01c, 4, 0x08000000, 0 },
	{ "enable the queue", {}, W32(0x018, 0x04000000),
	  0x01c, 4, 0, 0x04000000 },
	{ "disable the queue", { W32(0x018, 0x04000000) }, W32(0x018, 0),
	  0x01c, 4, 0x04000000, 0 },
	{ "set the interrupt remapping table pointer", {}, SIRTP,
	  0x01c, 4, 0, 0x01000000 },
	{ "enable interrupt remapping", { SIRTP }, W32(0x018, 0x02000000),
	  0x01c, 4, 0x01000000, 0x03000000 },
	{ "disable interrupt remapping", { SIRTP, W32(0x018, 0x02000000) },
	  W32(0x018, 0), 0x01c, 4, 0x03000000, 0x01000000 },
	{ "enable compatibility format", {}, W32(0x018, 0x00800000),
	  0x01c, 4, 0, 0x00800000 },
	{ "disable compatibility format", { W32(0x018, 0x00800000) },
	  W32(0x018, 0), 0x01c, 4, 0x00800000, 0 },
	{ "one of several that stay", { SRTP, SIRTP, W32(0x018, 0x80000000),
	  W32(0x018, 0x82000000) }, W32(0x018, 0x86000000),
	  0x01c, 4, 0xc3000000, 0xc7000000 },
	{ "invalidate contexts", {}, W64(0x028, 0xa000000000000000),
	  0x028, 8, 0xa000000000000000, 0x2800000000000000 },
	{ "invalidate the IOTLB", {}, W64(0x508, 0x9000000000000000),
	  0x508, 8, 0x9000000000000000, 0x1200000000000000 },
	{ "protect memory", {}, W32(0x064, 0x80000000),
	  0x064, 4, 0x80000000, 0x80000001 },
	{ "protect it no more", { W32(0x064, 0x80000000) }, W32(0x064, 0),
	  0x064, 4, 0x00000001, 0 },
};

static void handshake_desc(const struct handshake *handshake, char *desc)
{
	strscpy(desc, handshake->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(handshake, handshakes, handshake_desc);

static void start_handshake(struct vtd_test_unit *unit,
			    const struct handshake *handshake)
{
	for (int i = 0; i < ARRAY_SIZE(handshake->before); i++) {
		case_write(unit, &handshake->before[i]);
		vtd_unit_settle(&unit->unit);
	}
	case_write(unit, &handshake->command);
}

static void command_takes_as_many_reads_as_it_is_told(struct kunit *test)
{
	const struct handshake *handshake = test->param_value;

	for (u8 latency = 0; latency < 4; latency++) {
		struct vtd_test_unit *unit = case_unit(test, 0, 0, latency);

		start_handshake(unit, handshake);
		for (int reads = 1; reads < latency; reads++)
			KUNIT_EXPECT_EQ(test, case_read(unit, handshake->offset,
							handshake->size),
					handshake->pending);
		KUNIT_EXPECT_EQ(test, case_read(unit, handshake->offset,
						handshake->size),
				handshake->done);
	}
}

static void command_is_carried_out_at_once_by_settling(struct kunit *test)
{
	const struct handshake *handshake = test->param_value;
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 200);

	start_handshake(unit, handshake);
	KUNIT_EXPECT_EQ(test, case_read(unit, handshake->offset,
					handshake->size), handshake->pending);
	vtd_unit_settle(&unit->unit);
	KUNIT_EXPECT_EQ(test, case_read(unit, handshake->offset,
					handshake->size), handshake->done);
}

static void reads_of_any_register_let_time_pass(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 3);

	vtd_test_unit_writel(unit, 0x018, 0x40000000);
	case_read(unit, 0x000, 4);
	case_read(unit, 0x008, 8);
	KUNIT_EXPECT_EQ(test, case_read(unit, 0x01c, 4), 0x40000000);
}

static void the_last_command_starts_the_time_again(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 2);

	vtd_test_unit_writel(unit, 0x018, 0x40000000);
	KUNIT_EXPECT_EQ(test, case_read(unit, 0x01c, 4), 0);
	vtd_test_unit_writel(unit, 0x064, 0x80000000);
	KUNIT_EXPECT_EQ(test, case_read(unit, 0x01c, 4), 0);
	KUNIT_EXPECT_EQ(test, case_read(unit, 0x01c, 4), 0x40000000);
	KUNIT_EXPECT_EQ(test, case_read(unit, 0x064, 4), 0x80000001);
}

static void repeating_the_status_is_no_command(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 3);

	vtd_test_unit_writel(unit, 0x018, 0x40000000);
	vtd_unit_settle(&unit->unit);
	vtd_test_unit_writel(unit, 0x018, 0x80000000);
	vtd_unit_settle(&unit->unit);
	vtd_log_clear(unit);
	vtd_test_unit_writel(unit, 0x018, 0x80000000);
	KUNIT_EXPECT_EQ(test, unit->unit.pending, 0);
	KUNIT_EXPECT_EQ(test, unit->unit.wait, 0);
	vtd_log_expect_not(unit, VTD_EVENT_STATUS);
}

/* What the commands do */

static void root_table_is_taken_over_by_the_command_only(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, VTD_CAP_ESRTPS, 0, 2);

	vtd_test_unit_writeq(unit, 0x020, 0x12345400);
	case_read(unit, 0x01c, 4);
	case_read(unit, 0x01c, 4);
	KUNIT_EXPECT_EQ(test, unit->unit.root_table, 0);

	vtd_test_unit_writel(unit, 0x018, 0x40000000);
	case_read(unit, 0x01c, 4);
	KUNIT_EXPECT_EQ(test, unit->unit.root_table, 0);
	vtd_log_expect_not(unit, VTD_EVENT_ROOT_TABLE);
	case_read(unit, 0x01c, 4);
	KUNIT_EXPECT_EQ(test, unit->unit.root_table, 0x12345400);
	vtd_log_expect(unit, VTD_EVENT_ROOT_TABLE, .value = 0x12345400,
		       .previous = 0);
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_ROOT_TABLE),
			      VTD_PATTERN(VTD_EVENT_STATUS, .value = 0x40000000));
	vtd_log_expect_not(unit, VTD_EVENT_CONTEXT_INVALIDATION);
	vtd_log_expect_not(unit, VTD_EVENT_PASID_INVALIDATION);
	vtd_log_expect_not(unit, VTD_EVENT_IOTLB_INVALIDATION);
}

static void root_table_invalidates_everything_with_esrtps(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	vtd_test_unit_writel(unit, 0x018, 0x40000000);
	vtd_log_expect(unit, VTD_EVENT_CONTEXT_INVALIDATION, .granularity = 1);
	vtd_log_expect(unit, VTD_EVENT_PASID_INVALIDATION, .granularity = 3);
	vtd_log_expect(unit, VTD_EVENT_IOTLB_INVALIDATION, .granularity = 1);
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_ROOT_TABLE),
			      VTD_PATTERN(VTD_EVENT_IOTLB_INVALIDATION));
	vtd_log_expect_not(unit, VTD_EVENT_INTERRUPT_INVALIDATION);
}

static void interrupt_table_is_taken_over_by_the_command_only(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, VTD_CAP_ESIRTPS, 0, 2);

	vtd_test_unit_writeq(unit, 0x0b8, 0x2345680f);
	case_read(unit, 0x01c, 4);
	case_read(unit, 0x01c, 4);
	KUNIT_EXPECT_EQ(test, unit->unit.interrupt_table, 0);

	vtd_test_unit_writel(unit, 0x018, 0x01000000);
	case_read(unit, 0x01c, 4);
	KUNIT_EXPECT_EQ(test, unit->unit.interrupt_table, 0);
	case_read(unit, 0x01c, 4);
	KUNIT_EXPECT_EQ(test, unit->unit.interrupt_table, 0x2345680f);
	vtd_log_expect(unit, VTD_EVENT_INTERRUPT_TABLE, .value = 0x2345680f,
		       .previous = 0);
	vtd_log_expect_not(unit, VTD_EVENT_INTERRUPT_INVALIDATION);
}

static void interrupt_table_invalidates_entries_with_esirtps(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	vtd_test_unit_writel(unit, 0x018, 0x01000000);
	vtd_log_expect(unit, VTD_EVENT_INTERRUPT_INVALIDATION,
		       .granularity = 0);
	vtd_log_expect_not(unit, VTD_EVENT_IOTLB_INVALIDATION);
}

static void write_buffers_are_flushed_when_asked(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 2);

	vtd_test_unit_writel(unit, 0x018, 0x08000000);
	case_read(unit, 0x01c, 4);
	vtd_log_expect_not(unit, VTD_EVENT_WRITE_BUFFER_FLUSH);
	case_read(unit, 0x01c, 4);
	KUNIT_EXPECT_EQ(test, 1,
			vtd_log_count(unit, VTD_EVENT_WRITE_BUFFER_FLUSH));
}

static void invalidations_flush_write_buffers_first(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	vtd_test_unit_writeq(unit, 0x028, 0xa000000000000000);
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_WRITE_BUFFER_FLUSH),
			      VTD_PATTERN(VTD_EVENT_CONTEXT_INVALIDATION));
	vtd_log_clear(unit);
	vtd_test_unit_writeq(unit, 0x508, 0x9000000000000000);
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_WRITE_BUFFER_FLUSH),
			      VTD_PATTERN(VTD_EVENT_IOTLB_INVALIDATION));
}

/**
 * struct invalidation - An invalidation by register
 * @desc: What it does.
 * @without_cap: Capabilities to take away.
 * @address: What the invalidate address register gets.
 * @command: The write that starts it.
 * @done: What the register reads when it is done.
 * @event: What happened; nothing if it has no type.
 */
struct invalidation {
	const char *desc;
	u64 without_cap;
	u64 address;
	struct case_write command;
	u64 done;
	struct vtd_event event;
};

static const struct invalidation invalidations[] = {
	{ "all contexts", .command = W64(0x028, 0xa0000002abcd1234),
	  .done = 0x2800000000001234,
	  .event = { VTD_EVENT_CONTEXT_INVALIDATION, .granularity = 1 } },
	{ "contexts of a domain", .command = W64(0x028, 0xc0000002abcd1234),
	  .done = 0x5000000000001234,
	  .event = { VTD_EVENT_CONTEXT_INVALIDATION, .granularity = 2,
		     .domain = 0x1234 } },
	{ "context of a device", .command = W64(0x028, 0xe0000002abcd1234),
	  .done = 0x7800000000001234,
	  .event = { VTD_EVENT_CONTEXT_INVALIDATION, .granularity = 3,
		     .domain = 0x1234, .source_id = 0xabcd, .value = 2 } },
	{ "all translations", .address = 0x7654321000,
	  .command = W64(0x508, 0x9000123400000000),
	  .done = 0x1200123400000000,
	  .event = { VTD_EVENT_IOTLB_INVALIDATION, .granularity = 1 } },
	{ "translations of a domain", .address = 0x7654321000,
	  .command = W64(0x508, 0xa000123400000000),
	  .done = 0x2400123400000000,
	  .event = { VTD_EVENT_IOTLB_INVALIDATION, .granularity = 2,
		     .domain = 0x1234 } },
	{ "a page", .address = 0x7654321000,
	  .command = W64(0x508, 0xb003123400000000),
	  .done = 0x3603123400000000,
	  .event = { VTD_EVENT_IOTLB_INVALIDATION, .granularity = 3,
		     .domain = 0x1234, .address = 0x7654321000,
		     .size = 0x1000 } },
	{ "pages of the largest mask, address cut",
	  .address = 0x7654321052, .command = W64(0x508, 0xb000123400000000),
	  .done = 0x3600123400000000,
	  .event = { VTD_EVENT_IOTLB_INVALIDATION, .granularity = 3,
		     .domain = 0x1234, .address = 0x7640000000,
		     .size = 0x40000000 } },
	{ "a mask that is too large does nothing", .address = 0x7654321013,
	  .command = W64(0x508, 0xb000123400000000),
	  .done = 0x3000123400000000 },
	{ "all contexts, by the upper half", .command = W32(0x02c, 0xa0000000),
	  .done = 0x2800000000000000,
	  .event = { VTD_EVENT_CONTEXT_INVALIDATION, .granularity = 1 } },
	{ "all translations, by the upper half",
	  .command = W32(0x50c, 0x90000000), .done = 0x1200000000000000,
	  .event = { VTD_EVENT_IOTLB_INVALIDATION, .granularity = 1 } },
};

static void invalidation_desc(const struct invalidation *invalidation,
			      char *desc)
{
	strscpy(desc, invalidation->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(invalidation, invalidations, invalidation_desc);

static void expect_invalidation(struct kunit *test,
				const struct invalidation *invalidation,
				u64 without_ecap)
{
	struct vtd_test_unit *unit;
	struct vtd_event event;

	unit = case_unit(test, VTD_CAP_RWBF | invalidation->without_cap,
			 without_ecap, 0);
	vtd_test_unit_writeq(unit, 0x500, invalidation->address);
	vtd_log_clear(unit);
	case_write(unit, &invalidation->command);
	KUNIT_EXPECT_EQ(test, invalidation->done,
			case_read(unit, invalidation->command.offset & ~7U, 8));
	if (invalidation->event.type)
		case_expect_event(unit, 1, &invalidation->event);
	else
		KUNIT_EXPECT_FALSE(test, vtd_log_get(&unit->log, 1, &event));
	KUNIT_EXPECT_FALSE(test, vtd_log_get(&unit->log, 2, &event));
}

static void invalidation_does_what_is_asked(struct kunit *test)
{
	expect_invalidation(test, test->param_value, 0);
}

static void pages_become_a_domain_without_psi(struct kunit *test)
{
	static const struct invalidation page = {
		.without_cap = VTD_CAP_PSI, .address = 0x7654321000,
		.command = W64(0x508, 0xb000123400000000),
		.done = 0x3400123400000000,
		.event = { VTD_EVENT_IOTLB_INVALIDATION, .granularity = 2,
			   .domain = 0x1234 },
	};

	expect_invalidation(test, &page, VTD_ECAP_SMTS);
}

static void upper_half_uses_what_the_lower_half_got(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	vtd_test_unit_writel(unit, 0x028, 0xabcd1234);
	vtd_log_expect_not(unit, VTD_EVENT_CONTEXT_INVALIDATION);
	vtd_test_unit_writel(unit, 0x02c, 0xe0000003);
	vtd_log_expect(unit, VTD_EVENT_CONTEXT_INVALIDATION, .granularity = 3,
		       .domain = 0x1234, .source_id = 0xabcd, .value = 3);
	KUNIT_EXPECT_EQ(test, 1,
			vtd_log_count(unit, VTD_EVENT_CONTEXT_INVALIDATION));
}

static void domain_is_cut_to_the_width_of_the_unit(struct kunit *test)
{
	/* ND 2: 8 bits */
	struct vtd_test_unit *unit = case_unit(test, 0x4, 0, 0);

	vtd_test_unit_writeq(unit, 0x028, 0xc0000000000000ff);
	vtd_log_expect(unit, VTD_EVENT_CONTEXT_INVALIDATION, .domain = 0xff);
	vtd_test_unit_writeq(unit, 0x028, 0xc000000000000134);
	case_expect_misuse(unit, "domain ID 0x134: the unit has 8 bits");
	vtd_log_expect(unit, VTD_EVENT_CONTEXT_INVALIDATION, .domain = 0x34);
}

static void translation_mode_changes_while_translation_is_disabled(struct kunit *test)
{
	static const u64 modes[] = { 0x1400, 0x1c00, 0x1000 };
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	for (int i = 0; i < ARRAY_SIZE(modes); i++) {
		vtd_test_unit_writeq(unit, 0x020, modes[i]);
		vtd_test_unit_writel(unit, 0x018, 0x40000000);
		KUNIT_EXPECT_EQ(test, unit->unit.root_table, modes[i]);
	}
}

static void root_table_changes_while_translation_is_enabled(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);

	vtd_test_unit_writel(unit, 0x018, 0x40000000);
	vtd_test_unit_writel(unit, 0x018, 0x80000000);
	vtd_test_unit_writeq(unit, 0x020, 0x2000);
	vtd_test_unit_writel(unit, 0x018, 0xc0000000);
	KUNIT_EXPECT_EQ(test, unit->unit.root_table, 0x2000);
	KUNIT_EXPECT_EQ(test, case_read(unit, 0x01c, 4), 0xc0000000);
}

/* Every write is in the log, before what it does. */
static void writes_are_told_before_their_effect(struct kunit *test)
{
	static const struct vtd_event events[] = {
		{ VTD_EVENT_WRITE, .offset = 0x018, .size = 4,
		  .value = 0x40000000 },
		{ VTD_EVENT_ROOT_TABLE },
		{ VTD_EVENT_STATUS, .value = 0x40000000 },
	};
	struct vtd_test_unit *unit = case_unit(test, VTD_CAP_ESRTPS, 0, 0);

	vtd_test_unit_writel(unit, 0x018, 0x40000000);
	for (int i = 0; i < ARRAY_SIZE(events); i++)
		case_expect_event(unit, i, &events[i]);
}

static struct kunit_case vtd_registers_cases[] = {
	KUNIT_CASE_PARAM(register_reads_its_reset_value, register_gen_params),
	KUNIT_CASE_PARAM(register_keeps_what_is_written, register_gen_params),
	KUNIT_CASE_PARAM(register_refuses_reserved_bits, register_gen_params),
	KUNIT_CASE_PARAM(register_that_is_read_only_refuses_any_value,
			 register_gen_params),
	KUNIT_CASE_PARAM(register_of_64_bits_is_written_by_halves,
			 register_gen_params),
	KUNIT_CASE_PARAM(register_of_64_bits_is_read_by_halves,
			 register_gen_params),
	KUNIT_CASE_PARAM(register_is_accessed_in_no_other_width,
			 register_gen_params),
	KUNIT_CASE(offsets_without_a_register_are_refused),
	KUNIT_CASE(absent_registers_are_reserved),
	KUNIT_CASE_PARAM(command_takes_as_many_reads_as_it_is_told,
			 handshake_gen_params),
	KUNIT_CASE_PARAM(command_is_carried_out_at_once_by_settling,
			 handshake_gen_params),
	KUNIT_CASE(reads_of_any_register_let_time_pass),
	KUNIT_CASE(the_last_command_starts_the_time_again),
	KUNIT_CASE(repeating_the_status_is_no_command),
	KUNIT_CASE(root_table_is_taken_over_by_the_command_only),
	KUNIT_CASE(root_table_invalidates_everything_with_esrtps),
	KUNIT_CASE(interrupt_table_is_taken_over_by_the_command_only),
	KUNIT_CASE(interrupt_table_invalidates_entries_with_esirtps),
	KUNIT_CASE(write_buffers_are_flushed_when_asked),
	KUNIT_CASE(invalidations_flush_write_buffers_first),
	KUNIT_CASE_PARAM(invalidation_does_what_is_asked,
			 invalidation_gen_params),
	KUNIT_CASE(pages_become_a_domain_without_psi),
	KUNIT_CASE(upper_half_uses_what_the_lower_half_got),
	KUNIT_CASE(domain_is_cut_to_the_width_of_the_unit),
	KUNIT_CASE(translation_mode_changes_while_translation_is_disabled),
	KUNIT_CASE(root_table_changes_while_translation_is_enabled),
	KUNIT_CASE(writes_are_told_before_their_effect),
	{}
};

static struct kunit_suite vtd_registers_suite = {
	.name = "vtd_registers",
	.test_cases = vtd_registers_cases,
};

kunit_test_suite(vtd_registers_suite);

MODULE_DESCRIPTION("KUnit tests of the registers of the VT-d unit in software");
MODULE_LICENSE("GPL");
