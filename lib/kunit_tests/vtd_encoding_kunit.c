// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: encodings of VT-d's tables
 *
 * Each case is an image of memory, byte by byte as the figures of chapter 9 of
 * the specification have it, and what becomes of a request that meets it. No name
 * of a field is used here: a wrong one in the model would not show otherwise.
 *
 * Descriptors and registers have their bytes in vtd_queue, vtd_registers and
 * vtd_fault_records, interrupt entries in vtd_interrupts.
 */

#include <linux/hex.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "vtd_unit.h"

/* Everything is below it. */
#define MEMORY_SIZE	0x9000

/* Bus 0x12, device 0x14, function 5, and an address whose indices differ */
#define SOURCE_ID	0x12a5
#define IOVA		0x000059a64b2c3000ULL
#define PAGE		0x0000000345678000ULL

/* A unit that can do everything: figures of the Capability registers */
#define CAP		0x19d2038c22380e66ULL
#define ECAP		0x3e99ce4f00fdfULL

/**
 * struct piece - Bytes of memory
 * @address: Where.
 * @bytes: In hexadecimal, in the order of memory, with a space after each eight;
 *	what follows is 0. %NULL ends a list.
 */
struct piece {
	u64 address;
	const char *bytes;
};

/* Section 9.1: root entry of bus 0x12. 9.3: context entry. 9.8: four levels */
static const struct piece legacy_memory[] = {
	{ 0x1120, "0120000000000000" },
	{ 0x2a50, "0130000000000000 0223000000000000" },
	{ 0x3598, "0340000000000000" },
	{ 0x44c8, "0350000000000000" },
	{ 0x52c8, "0360000000000000" },
	{ 0x6618, "0380674503000000" },
	{}
};

/* Section 9.2: upper half of the bus. 9.4; 9.5: PASIDs from 0x140. 9.6; 9.8 */
static const struct piece second_stage_memory[] = {
	{ 0x1120, "0000000000000000 0120000000000000" },
	{ 0x24a0, "0934000000000000 4501000000000000" },
	{ 0x3028, "0140000000000000" },
	{ 0x4140, "8950000000000000 2300000000000000" },
	{ 0x5598, "0360000000000000" },
	{ 0x64c8, "0370000000000000" },
	{ 0x72c8, "0380000000000000" },
	{ 0x8618, "0380674503000000" },
	{}
};

/* Section 9.7, with accessed and dirty flags set */
static const struct piece first_stage_memory[] = {
	{ 0x1120, "0000000000000000 0120000000000000" },
	{ 0x24a0, "0934000000000000 4501000000000000" },
	{ 0x3028, "0140000000000000" },
	{ 0x4140, "4100000000000000 2300800000000000 0050000000000000" },
	{ 0x5598, "2760000000000000" },
	{ 0x64c8, "2770000000000000" },
	{ 0x72c8, "2780000000000000" },
	{ 0x8618, "6780674503000000" },
	{}
};

/**
 * struct encoding - An encoding and what it means
 * @name: What is encoded.
 * @memory: The tables.
 * @piece: What is different in them.
 * @source_id: Of the request, 0 for the usual one.
 * @pasid: Of the request, 0 for none.
 * @write: The request is a write.
 * @privileged: The request is a supervisor's.
 * @execute: The request is to execute.
 * @translate: The request is for a translation.
 * @target: Where it goes, 0 if it is blocked.
 * @fault: Why it is blocked.
 */
struct encoding {
	const char *name;
	const struct piece *memory;
	struct piece piece;
	u16 source_id;
	u32 pasid;
	bool write;
	bool privileged;
	bool execute;
	bool translate;
	u64 target;
	u8 fault;
};

static const struct encoding encodings[] = {
	/* Section 9.1 */
	{ "root entry", legacy_memory, .target = PAGE },
	{ "root entry: P", legacy_memory,
	  { 0x1120, "0020000000000000" }, .fault = 0x01 },
	{ "root entry: reserved 1", legacy_memory,
	  { 0x1120, "0320000000000000" }, .fault = 0x0a },
	{ "root entry: reserved 11", legacy_memory,
	  { 0x1120, "0128000000000000" }, .fault = 0x0a },
	{ "root entry: CTP beyond the platform", legacy_memory,
	  { 0x1120, "0120000000000100" }, .fault = 0x0a },
	{ "root entry: reserved 64", legacy_memory,
	  { 0x1120, "0120000000000000 0100000000000000" }, .fault = 0x0a },
	{ "root entry: reserved 127", legacy_memory,
	  { 0x1120, "0120000000000000 0000000000000080" }, .fault = 0x0a },
	{ "root entry of another bus", legacy_memory, .source_id = 0x13a5, .fault = 0x01 },

	/* Section 9.3 */
	{ "context entry: P", legacy_memory,
	  { 0x2a50, "0030000000000000 0223000000000000" }, .fault = 0x02 },
	{ "context entry: TT 1", legacy_memory,
	  { 0x2a50, "0530000000000000 0223000000000000" }, .translate = true,
	  .target = PAGE },
	{ "context entry: TT 0", legacy_memory, .translate = true, .fault = 0x0d },
	{ "context entry: TT 2", legacy_memory,
	  { 0x2a50, "0930000000000000 0223000000000000" }, .target = IOVA },
	{ "context entry: TT 3", legacy_memory,
	  { 0x2a50, "0d30000000000000 0223000000000000" }, .fault = 0x03 },
	{ "context entry: reserved 4", legacy_memory,
	  { 0x2a50, "1130000000000000 0223000000000000" }, .fault = 0x0b },
	{ "context entry: reserved 11", legacy_memory,
	  { 0x2a50, "0138000000000000 0223000000000000" }, .fault = 0x0b },
	{ "context entry: SSPTPTR", legacy_memory,
	  { 0x2a50, "0140000000000000 0223000000000000" }, .fault = 0x06 },
	{ "context entry: AW of 3 levels", legacy_memory,
	  { 0x2a50, "0130000000000000 0123000000000000" }, .fault = 0x04 },
	{ "context entry: AW of 5 levels", legacy_memory,
	  { 0x2a50, "0130000000000000 0323000000000000" }, .fault = 0x06 },
	{ "context entry: AW of 6 levels", legacy_memory,
	  { 0x2a50, "0130000000000000 0423000000000000" }, .fault = 0x03 },
	{ "context entry: ignored 67 to 70", legacy_memory,
	  { 0x2a50, "0130000000000000 7a23000000000000" }, .target = PAGE },
	{ "context entry: reserved 71", legacy_memory,
	  { 0x2a50, "0130000000000000 8223000000000000" }, .fault = 0x0b },
	{ "context entry: DID of 16 bits", legacy_memory,
	  { 0x2a50, "0130000000000000 02ffff0000000000" }, .target = PAGE },
	{ "context entry: reserved 88", legacy_memory,
	  { 0x2a50, "0130000000000000 0223000100000000" }, .fault = 0x0b },
	{ "context entry of another function", legacy_memory, .source_id = 0x12a4,
	  .fault = 0x02 },

	/* Section 9.8 */
	{ "second stage: R", legacy_memory, { 0x6618, "0280674503000000" }, .fault = 0x06 },
	{ "second stage: W", legacy_memory, { 0x6618, "0180674503000000" }, .write = true,
	  .fault = 0x05 },
	{ "second stage: R alone", legacy_memory, { 0x6618, "0180674503000000" },
	  .target = PAGE },
	{ "second stage: W alone", legacy_memory, { 0x6618, "0280674503000000" },
	  .write = true, .target = PAGE },
	{ "second stage: table without W", legacy_memory, { 0x44c8, "0150000000000000" },
	  .write = true, .fault = 0x05 },
	{ "second stage: ignored 2 to 6 of a table", legacy_memory,
	  { 0x3598, "7f40000000000000" }, .target = PAGE },
	{ "second stage: ignored 8 to 10 of a table", legacy_memory,
	  { 0x3598, "0347000000000000" }, .target = PAGE },
	{ "second stage: reserved 7 of level 4", legacy_memory,
	  { 0x3598, "8340000000000000" }, .fault = 0x0c },
	{ "second stage: reserved 11 of a table", legacy_memory,
	  { 0x52c8, "0368000000000000" }, .fault = 0x0c },
	{ "second stage: reserved 48 of a table", legacy_memory,
	  { 0x52c8, "0360000000000100" }, .fault = 0x0c },
	{ "second stage: ignored 52 to 61, 63", legacy_memory,
	  { 0x52c8, "036000000000f0bf" }, .target = PAGE },
	{ "second stage: reserved 62 of a table", legacy_memory,
	  { 0x52c8, "0360000000000040" }, .fault = 0x0c },
	{ "second stage: PS of 2 MiB", legacy_memory, { 0x52c8, "8300604503000000" },
	  .target = 0x3456c3000ULL },
	{ "second stage: reserved 20 of 2 MiB", legacy_memory,
	  { 0x52c8, "8300704503000000" }, .fault = 0x0c },
	{ "second stage: PS of 1 GiB", legacy_memory, { 0x44c8, "8300004003000000" },
	  .target = 0x34b2c3000ULL },
	{ "second stage: reserved 29 of 1 GiB", legacy_memory,
	  { 0x44c8, "8300002003000000" }, .fault = 0x0c },
	{ "second stage: SNP", legacy_memory, { 0x6618, "0388674503000000" }, .target = PAGE },
	{ "second stage: TM", legacy_memory, { 0x6618, "0380674503000040" }, .target = PAGE },
	{ "second stage: ADDR of 48 bits", legacy_memory, { 0x6618, "03f0ffffffff0000" },
	  .target = 0xfffffffff000ULL },
	{ "second stage: reserved 51", legacy_memory, { 0x6618, "0380674503000800" },
	  .fault = 0x0c },

	/* Section 9.2 */
	{ "SM root entry", second_stage_memory, .pasid = 0x145, .target = PAGE },
	{ "SM root entry: UP", second_stage_memory,
	  { 0x1120, "0120000000000000 0020000000000000" }, .fault = 0x39 },
	{ "SM root entry: LP", second_stage_memory,
	  { 0x1120, "0120000000000000" }, .source_id = 0x1225,
	  .target = PAGE },
	{ "SM root entry: lower half", second_stage_memory, .source_id = 0x1225,
	  .fault = 0x39 },
	{ "SM root entry: reserved 65", second_stage_memory,
	  { 0x1120, "0000000000000000 0320000000000000" }, .fault = 0x3a },

	/* Section 9.4 */
	{ "SM context entry: P", second_stage_memory,
	  { 0x24a0, "0834000000000000 4501000000000000" }, .fault = 0x41 },
	{ "SM context entry: DTE", second_stage_memory,
	  { 0x24a0, "0d34000000000000 4501000000000000" }, .translate = true,
	  .target = PAGE },
	{ "SM context entry: PASIDE", second_stage_memory,
	  { 0x24a0, "0134000000000000 4501000000000000" }, .pasid = 0x145, .fault = 0x45 },
	{ "SM context entry: PRE", second_stage_memory,
	  { 0x24a0, "1d34000000000000 4501000000000000" }, .target = PAGE },
	{ "SM context entry: reserved 5", second_stage_memory,
	  { 0x24a0, "2934000000000000 4501000000000000" }, .fault = 0x42 },
	{ "SM context entry: reserved 8", second_stage_memory,
	  { 0x24a0, "0935000000000000 4501000000000000" }, .fault = 0x42 },
	{ "SM context entry: PDTS", second_stage_memory,
	  { 0x24a0, "0930000000000000 4501000000000000" }, .pasid = 0x2000, .fault = 0x46 },
	{ "SM context entry: PDTS one larger", second_stage_memory,
	  { 0x24a0, "0932000000000000 4501000000000000" }, .pasid = 0x2000, .fault = 0x51 },
	{ "SM context entry: RID_PASID", second_stage_memory,
	  { 0x24a0, "0934000000000000 4401000000000000" }, .fault = 0x59 },
	{ "SM context entry: RID_PASID of 20 bits", second_stage_memory,
	  { 0x24a0, "0934000000000000 ffff0f0000000000" }, .fault = 0x48 },
	{ "SM context entry: RID_PRIV", first_stage_memory,
	  { 0x24a0, "0934000000000000 4501100000000000" }, .fault = 0x5d },
	{ "SM context entry: reserved 85", second_stage_memory,
	  { 0x24a0, "0934000000000000 4501200000000000" }, .fault = 0x42 },
	{ "SM context entry: reserved 128", second_stage_memory,
	  { 0x24b0, "0100000000000000" }, .fault = 0x42 },
	{ "SM context entry: reserved 255", second_stage_memory,
	  { 0x24b8, "0000000000000080" }, .fault = 0x42 },

	/* Section 9.5 */
	{ "PASID directory entry: P", second_stage_memory, { 0x3028, "0040000000000000" },
	  .fault = 0x51 },
	{ "PASID directory entry: reserved 2", second_stage_memory,
	  { 0x3028, "0540000000000000" }, .fault = 0x52 },
	{ "PASID directory entry: reserved 11", second_stage_memory,
	  { 0x3028, "0148000000000000" }, .fault = 0x52 },
	{ "PASID directory entry of other PASIDs", second_stage_memory, .pasid = 0x185,
	  .fault = 0x51 },

	/* Section 9.6 */
	{ "PASID entry: P", second_stage_memory,
	  { 0x4140, "8850000000000000 2300000000000000" }, .fault = 0x59 },
	{ "PASID entry: AW of 3 levels", second_stage_memory,
	  { 0x4140, "8550000000000000 2300000000000000" }, .fault = 0x84 },
	{ "PASID entry: AW of 5 levels", second_stage_memory,
	  { 0x4140, "8d50000000000000 2300000000000000" }, .fault = 0x79 },
	{ "PASID entry: reserved 5", second_stage_memory,
	  { 0x4140, "a950000000000000 2300000000000000" }, .fault = 0x5a },
	{ "PASID entry: PGTT 4", second_stage_memory,
	  { 0x4140, "0951000000000000 2300000000000000" }, .target = IOVA },
	{ "PASID entry: PGTT 5", second_stage_memory,
	  { 0x4140, "4951000000000000 2300000000000000" }, .fault = 0x5b },
	{ "PASID entry: SSADE", second_stage_memory,
	  { 0x4140, "8952000000000000 2300000000000000" }, .fault = 0x7c },
	{ "PASID entry: reserved 10", second_stage_memory,
	  { 0x4140, "8954000000000000 2300000000000000" }, .fault = 0x5a },
	{ "PASID entry: reserved 11", second_stage_memory,
	  { 0x4140, "8958000000000000 2300000000000000" }, .fault = 0x5a },
	{ "PASID entry: SSPTPTR", second_stage_memory,
	  { 0x4140, "8960000000000000 2300000000000000" }, .fault = 0x79 },
	{ "PASID entry: DID of 16 bits", second_stage_memory,
	  { 0x4148, "ffff000000000000" }, .target = PAGE },
	{ "PASID entry: reserved 80", second_stage_memory, { 0x4148, "2300010000000000" },
	  .fault = 0x5a },
	{ "PASID entry: reserved 86", second_stage_memory, { 0x4148, "2300400000000000" },
	  .fault = 0x5a },
	{ "PASID entry: PWSNP", first_stage_memory, { 0x4148, "2300000000000000" },
	  .target = PAGE },
	{ "PASID entry: PGSNP to PAT", second_stage_memory, { 0x4148, "230000ffffffffff" },
	  .target = PAGE },
	{ "PASID entry: SRE", first_stage_memory, { 0x4150, "0150000000000000" },
	  .pasid = 0x145, .privileged = true, .target = PAGE },
	{ "PASID entry: ERE", first_stage_memory, { 0x4150, "0250000000000000" },
	  .pasid = 0x145, .execute = true, .target = PAGE },
	{ "PASID entry: FSPM 1", first_stage_memory, { 0x4150, "0450000000000000" },
	  .fault = 0x71 },
	{ "PASID entry: FSPM 2", first_stage_memory, { 0x4150, "0850000000000000" },
	  .fault = 0x5b },
	{ "PASID entry: EAFE", first_stage_memory,
	  { 0x4140, "4100000000000000 2300000000000000 8050000000000000" }, .fault = 0x90 },
	{ "PASID entry: reserved 136", first_stage_memory, { 0x4150, "0051000000000000" },
	  .fault = 0x5a },
	{ "PASID entry: reserved 139", first_stage_memory, { 0x4150, "0058000000000000" },
	  .fault = 0x5a },
	{ "PASID entry: FSPTPTR", first_stage_memory, { 0x4150, "0060000000000000" },
	  .fault = 0x71 },
	{ "PASID entry: reserved 192", second_stage_memory, { 0x4158, "0100000000000000" },
	  .fault = 0x5a },
	{ "PASID entry: reserved 511", second_stage_memory, { 0x4178, "0000000000000080" },
	  .fault = 0x5a },

	/* Section 9.7 */
	{ "first stage", first_stage_memory, .target = PAGE },
	{ "first stage: P", first_stage_memory, { 0x8618, "6680674503000000" },
	  .fault = 0x71 },
	{ "first stage: R/W", first_stage_memory, { 0x8618, "6580674503000000" },
	  .write = true, .fault = 0x85 },
	{ "first stage: U/S", first_stage_memory, { 0x8618, "6380674503000000" },
	  .fault = 0x81 },
	{ "first stage: PWT, PCD, ignored 9, 11", first_stage_memory,
	  { 0x8618, "7f8a674503000000" }, .target = PAGE },
	{ "first stage: PAT and G of a page", first_stage_memory,
	  { 0x8618, "e781674503000000" }, .target = PAGE },
	{ "first stage: reserved 7 of level 4", first_stage_memory,
	  { 0x5598, "a760000000000000" }, .fault = 0x72 },
	{ "first stage: PS of 2 MiB", first_stage_memory, { 0x72c8, "e700604503000000" },
	  .target = 0x3456c3000ULL },
	{ "first stage: PAT of 2 MiB", first_stage_memory, { 0x72c8, "e710604503000000" },
	  .target = 0x3456c3000ULL },
	{ "first stage: reserved 13 of 2 MiB", first_stage_memory,
	  { 0x72c8, "e720604503000000" }, .fault = 0x72 },
	{ "first stage: PS of 1 GiB", first_stage_memory, { 0x64c8, "e700004003000000" },
	  .target = 0x34b2c3000ULL },
	{ "first stage: reserved 29 of 1 GiB", first_stage_memory,
	  { 0x64c8, "e700002003000000" }, .fault = 0x72 },
	{ "first stage: reserved 48", first_stage_memory, { 0x8618, "6780674503000100" },
	  .fault = 0x72 },
	{ "first stage: ignored 52 to 62", first_stage_memory,
	  { 0x8618, "678067450300f07f" }, .target = PAGE },
	{ "first stage: XD", first_stage_memory, { 0x8618, "6780674503000080" },
	  .fault = 0x72 },
};

KUNIT_ARRAY_PARAM_DESC(encoding, encodings, name);

/**
 * struct byte_memory - Memory of a case
 * @bytes: From address 0.
 * @misuses: How often the unit was misused.
 */
struct byte_memory {
	u8 bytes[MEMORY_SIZE];
	unsigned int misuses;
};

static int byte_read(void *context, u64 address, bool snoop, u64 *value)
{
	struct byte_memory *memory = context;

	if (address + 8 > MEMORY_SIZE)
		return -EFAULT;
	*value = 0;
	for (int i = 7; i >= 0; i--)
		*value = *value << 8 | memory->bytes[address + i];
	return 0;
}

static int byte_update(void *context, u64 address, u64 clear, u64 set)
{
	struct byte_memory *memory = context;

	if (address + 8 > MEMORY_SIZE)
		return -EFAULT;
	for (int i = 0; i < 8; i++) {
		memory->bytes[address + i] &= ~(clear >> 8 * i);
		memory->bytes[address + i] |= set >> 8 * i;
	}
	return 0;
}

static void byte_misused(void *context, const char *what)
{
	struct byte_memory *memory = context;

	memory->misuses++;
}

static const struct vtd_unit_ops byte_ops = {
	.update = byte_update,
	.misused = byte_misused,
};

static void fill(struct kunit *test, struct byte_memory *memory, const struct piece *piece)
{
	u8 *bytes = &memory->bytes[piece->address];
	const char *word = piece->bytes;

	for (;; word += 2 * sizeof(u64) + 1, bytes += sizeof(u64)) {
		KUNIT_ASSERT_EQ(test, 0, hex2bin(bytes, word, sizeof(u64)));
		if (!word[2 * sizeof(u64)])
			break;
	}
}

static void destroy(void *unit)
{
	vtd_unit_destroy(unit);
}

static struct vtd_unit *create(struct kunit *test, const struct encoding *encoding)
{
	static const struct vtd_settings settings = {
		.cap = CAP,
		.ecap = ECAP,
		.address_width = 48,
	};
	struct byte_memory *memory = kunit_kzalloc(test, sizeof(*memory), GFP_KERNEL);
	struct vtd_unit *unit = kunit_kzalloc(test, sizeof(*unit), GFP_KERNEL);
	struct vtd_view view = { byte_read, memory };

	KUNIT_ASSERT_NOT_NULL(test, memory);
	KUNIT_ASSERT_NOT_NULL(test, unit);
	for (const struct piece *piece = encoding->memory; piece->bytes; piece++)
		fill(test, memory, piece);
	if (encoding->piece.bytes)
		fill(test, memory, &encoding->piece);

	KUNIT_ASSERT_EQ(test, 0, vtd_unit_init(unit, &settings, &byte_ops, &view, memory));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, destroy, unit));
	vtd_unit_write(unit, 0x20, 8, encoding->memory == legacy_memory ? 0x1000 : 0x1400);
	vtd_unit_write(unit, 0x18, 4, 0x40000000);
	vtd_unit_write(unit, 0x18, 4, 0x80000000);
	KUNIT_ASSERT_EQ(test, 0xc0000000, vtd_unit_read(unit, 0x1c, 4));
	KUNIT_ASSERT_EQ(test, 0, memory->misuses);
	return unit;
}

static void encoding_means(struct kunit *test)
{
	const struct encoding *encoding = test->param_value;
	struct vtd_unit *unit = create(test, encoding);
	struct vtd_request request = {
		.address = IOVA,
		.source_id = encoding->source_id ?: SOURCE_ID,
		.pasid = encoding->pasid ?: VTD_NO_PASID,
		.type = encoding->translate ? VTD_TRANSLATION_REQUEST : VTD_UNTRANSLATED,
		.write = encoding->write,
		.privileged = encoding->privileged,
		.execute = encoding->execute,
	};
	struct vtd_result result;

	vtd_unit_translate(unit, &request, &result);
	KUNIT_EXPECT_EQ(test, !encoding->target, result.blocked);
	KUNIT_EXPECT_EQ(test, encoding->fault, result.fault);
	KUNIT_EXPECT_EQ(test, encoding->target, result.address);
}

/* Which access snoops: SNP of a page, PGSNP of a PASID */
static void snooping_is_what_the_entries_say(struct kunit *test)
{
	static const struct {
		struct encoding encoding;
		bool snoop;
	} cases[] = {
		{ { .memory = legacy_memory }, false },
		{ { .memory = legacy_memory, .piece = { 0x6618, "0388674503000000" } }, true },
		{ { .memory = second_stage_memory }, false },
		{ { .memory = second_stage_memory,
		    .piece = { 0x4148, "2300000100000000" } }, true },
		{ { .memory = first_stage_memory }, false },
		{ { .memory = first_stage_memory,
		    .piece = { 0x4148, "2300800100000000" } }, true },
	};
	struct vtd_request request = {
		.address = IOVA,
		.source_id = SOURCE_ID,
		.pasid = VTD_NO_PASID,
	};

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct vtd_unit *unit = create(test, &cases[i].encoding);
		struct vtd_result result;

		vtd_unit_translate(unit, &request, &result);
		KUNIT_EXPECT_FALSE(test, result.blocked);
		KUNIT_EXPECT_EQ(test, cases[i].snoop, result.snoop);
	}
}

/* Bytes of the entries whose flags a first stage sets: A in bit 5, D in bit 6 */
static void flags_are_set_where_they_are(struct kunit *test)
{
	static const struct encoding encoding = {
		.memory = first_stage_memory,
		.piece = { 0x8618, "0780674503000000" },
	};
	struct vtd_unit *unit = create(test, &encoding);
	struct byte_memory *memory = unit->view.context;
	struct vtd_request request = {
		.address = IOVA,
		.source_id = SOURCE_ID,
		.pasid = VTD_NO_PASID,
	};
	struct vtd_result result;

	vtd_unit_translate(unit, &request, &result);
	KUNIT_EXPECT_EQ(test, 0x27, memory->bytes[0x8618]);
	request.write = true;
	vtd_unit_translate(unit, &request, &result);
	KUNIT_EXPECT_EQ(test, 0x67, memory->bytes[0x8618]);
}

/*
 * Domain 0x0023 of the entries above: an invalidation of that domain drops the
 * page, one of another domain does not. The first descriptor of a queue at address
 * 0 is of the other one (section 6.5.2.3).
 */
static void domain_is_where_it_is(struct kunit *test)
{
	static const struct piece descriptors[] = {
		{ 0x000, "2200002300000000" }, { 0x020, "2200230000000000" },
	};
	static const struct piece changed[] = {
		{ 0x6618, "0390674503000000" }, { 0x8618, "0390674503000000" },
	};
	static const struct encoding tables[] = {
		{ .memory = legacy_memory }, { .memory = second_stage_memory },
	};
	struct vtd_request request = {
		.address = IOVA,
		.source_id = SOURCE_ID,
		.pasid = VTD_NO_PASID,
	};
	struct vtd_result result;

	for (int i = 0; i < ARRAY_SIZE(tables); i++) {
		struct vtd_unit *unit = create(test, &tables[i]);
		struct byte_memory *memory = unit->view.context;

		for (int n = 0; n < ARRAY_SIZE(descriptors); n++)
			fill(test, memory, &descriptors[n]);
		vtd_unit_write(unit, 0x90, 8, 0x800); /* descriptors of 256 bits */
		vtd_unit_write(unit, 0x18, 4, 0x84000000);
		vtd_unit_translate(unit, &request, &result);
		fill(test, memory, &changed[i]);

		vtd_unit_write(unit, 0x88, 8, 0x20);
		vtd_unit_translate(unit, &request, &result);
		KUNIT_EXPECT_EQ(test, PAGE, result.address);
		vtd_unit_write(unit, 0x88, 8, 0x40);
		vtd_unit_translate(unit, &request, &result);
		KUNIT_EXPECT_EQ(test, PAGE + 0x1000, result.address);
		KUNIT_EXPECT_EQ(test, 0, memory->misuses);
		KUNIT_EXPECT_EQ(test, 0, vtd_unit_read(unit, 0x34, 4));
	}
}

static struct kunit_case vtd_encoding_cases[] = {
	KUNIT_CASE_PARAM(encoding_means, encoding_gen_params),
	KUNIT_CASE(snooping_is_what_the_entries_say),
	KUNIT_CASE(flags_are_set_where_they_are),
	KUNIT_CASE(domain_is_where_it_is),
	{}
};

static struct kunit_suite vtd_encoding_suite = {
	.name = "vtd_encoding",
	.test_cases = vtd_encoding_cases,
};

kunit_test_suite(vtd_encoding_suite);

MODULE_DESCRIPTION("KUnit tests of the encodings of VT-d's tables");
MODULE_LICENSE("GPL");
