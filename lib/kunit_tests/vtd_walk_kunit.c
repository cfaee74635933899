// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: walks of the VT-d unit
 *
 * Tables of each mode and number of levels translate a page; then something is
 * wrong at one place, and the request is blocked for the reason that section
 * 7.1.3 of the specification gives. Bits are written as numbers, from the figures
 * of chapter 9, not by the names that the model has for them.
 */

#include <linux/io.h>

#include <kunit/test.h>

#include "vtd_tables.h"

/* Where something is wrong */
enum place {
	NOWHERE,
	ROOT,
	CONTEXT,
	DIRECTORY,
	PASID,
	FIRST,
	SECOND,
};

#define LEGACY(levels)	{ "", false, 0, 0, levels, 1 }
#define PASS		{ "", false, 2, 0, 4, 1 }
#define SECOND_OF(levels)	{ "", true, 2, 0, levels, 1 }
#define SECOND_2M		{ "", true, 2, 0, 4, 2 }
#define FIRST_OF(levels)	{ "", true, 1, levels, 0, 1 }
#define FIRST_2M		{ "", true, 1, 4, 0, 2 }
#define FIRST_1G		{ "", true, 1, 4, 0, 3 }
#define NESTED		{ "", true, 3, 4, 4, 1 }
#define SM_PASS		{ "", true, 4, 0, 0, 1 }

/* A page of no memory that a table could be in, within 48 bits */
#define NO_MEMORY	0x0000765432100000ULL
#define ADDRESS_BITS	0x0000fffffffff000ULL

/**
 * struct damage - Something wrong
 * @name: What.
 * @config: Tables that are good otherwise.
 * @place: Entry.
 * @level: Of a paging entry.
 * @word: Of the entry.
 * @clear: Bits taken away.
 * @set: Bits added.
 * @enable: Bits of word 2 of the PASID table entry that are no damage.
 * @no_cap: Capabilities that the unit has not.
 * @no_ecap: Extended capabilities that the unit has not.
 * @request: How the request differs: its address is added, its PASID, if not 0,
 *	replaces that of the tables.
 * @reason: Why it is blocked.
 */
struct damage {
	const char *name;
	struct vtd_tables_config config;
	enum place place;
	u8 level;
	u8 word;
	u64 clear;
	u64 set;
	u64 enable;
	u64 no_cap;
	u64 no_ecap;
	struct vtd_request request;
	u8 reason;
};

static const struct damage damages[] = {
	/* Legacy mode */
	{ "root entry not present", LEGACY(4), ROOT, .clear = 0x1, .reason = 0x01 },
	{ "context entry not present", LEGACY(4), CONTEXT, .clear = 0x1, .reason = 0x02 },
	{ "translation type 3", LEGACY(4), CONTEXT, .set = 0xc, .reason = 0x03 },
	{ "translation type 1, no device TLBs", LEGACY(4), CONTEXT, .set = 0x4,
	  .no_ecap = BIT(2), .reason = 0x03 },
	{ "pass-through, not supported", LEGACY(4), CONTEXT, .set = 0x8,
	  .no_ecap = BIT(6), .reason = 0x03 },
	{ "width 4", LEGACY(4), CONTEXT, .word = 1, .clear = 7, .set = 4, .reason = 0x03 },
	{ "width 0", LEGACY(4), CONTEXT, .word = 1, .clear = 7, .reason = 0x03 },
	{ "width of 5 levels, not supported", LEGACY(5), .no_cap = BIT(11), .reason = 0x03 },
	{ "address beyond 3 levels", LEGACY(3), .request.address = BIT_ULL(39),
	  .reason = 0x04 },
	{ "address beyond 4 levels", LEGACY(4), .request.address = BIT_ULL(48),
	  .reason = 0x04 },
	{ "address beyond 5 levels", LEGACY(5), .request.address = BIT_ULL(57),
	  .reason = 0x04 },
	{ "address beyond MGAW", LEGACY(4), .no_cap = 17ULL << 16, .reason = 0x04 },
	{ "passed through beyond the platform", PASS, .request.address = BIT_ULL(48),
	  .reason = 0x04 },
	{ "page not writable", LEGACY(4), SECOND, 1, .clear = 0x2, .request.write = true,
	  .reason = 0x05 },
	{ "table not writable", LEGACY(4), SECOND, 3, .clear = 0x2, .request.write = true,
	  .reason = 0x05 },
	{ "page not present, write", LEGACY(3), SECOND, 1, .clear = 0x3,
	  .request.write = true, .reason = 0x05 },
	{ "page not readable", LEGACY(4), SECOND, 1, .clear = 0x1, .reason = 0x06 },
	{ "top table not readable", LEGACY(5), SECOND, 5, .clear = 0x1, .reason = 0x06 },
	{ "page not present, read", LEGACY(5), SECOND, 1, .clear = 0x3, .reason = 0x06 },
	{ "top table not in memory", LEGACY(4), CONTEXT, .clear = ADDRESS_BITS,
	  .set = NO_MEMORY, .reason = 0x07 },
	{ "last table not in memory", LEGACY(4), SECOND, 2, .clear = ADDRESS_BITS,
	  .set = NO_MEMORY, .reason = 0x07 },
	{ "context table not in memory", LEGACY(4), ROOT, .clear = ADDRESS_BITS,
	  .set = NO_MEMORY, .reason = 0x09 },
	{ "root entry, bit 4", LEGACY(4), ROOT, .set = 0x10, .reason = 0x0a },
	{ "context entry, bit 5", LEGACY(4), CONTEXT, .set = 0x20, .reason = 0x0b },
	{ "domain beyond those of the unit", LEGACY(4), CONTEXT, .word = 1,
	  .set = 0x0400ULL << 8, .no_cap = 0x4, .reason = 0x0b },
	{ "page table entry, beyond 48 bits", LEGACY(4), SECOND, 1, .set = BIT_ULL(48),
	  .reason = 0x0c },
	{ "large page, not supported", LEGACY(4), SECOND, 2, .set = BIT(7),
	  .no_cap = BIT_ULL(34), .reason = 0x0c },
	{ "translation request, not enabled", LEGACY(4), .request.type = 1, .reason = 0x0d },
	{ "translated request, not enabled", LEGACY(4), .request.type = 2, .reason = 0x0d },
	{ "translation request, pass-through", PASS, .request.type = 1, .reason = 0x0d },
	{ "page of interrupts", LEGACY(4), SECOND, 1, .clear = ADDRESS_BITS,
	  .set = 0xfee00000, .reason = 0x0e },

	/* Scalable mode: root, context, PASID */
	{ "PASID in legacy mode", LEGACY(4), .request.pasid = 1, .reason = 0x31 },
	{ "SM root entry not present", SECOND_OF(4), ROOT, .clear = 0x1, .reason = 0x39 },
	{ "SM root entry, bit 11", SECOND_OF(4), ROOT, .set = BIT(11), .reason = 0x3a },
	{ "SM context table not in memory", SECOND_OF(4), ROOT, .clear = ADDRESS_BITS,
	  .set = NO_MEMORY, .reason = 0x40 },
	{ "SM context entry not present", SECOND_OF(4), CONTEXT, .clear = 0x1, .reason = 0x41 },
	{ "SM context entry, bit 6", SECOND_OF(4), CONTEXT, .set = BIT(6), .reason = 0x42 },
	{ "SM context entry, DTE, no device TLBs", SECOND_OF(4), CONTEXT, .set = BIT(2),
	  .no_ecap = BIT(2), .reason = 0x42 },
	{ "SM context entry, PRE, no page requests", SECOND_OF(4), CONTEXT, .set = BIT(2) | BIT(4),
	  .no_ecap = BIT(29), .reason = 0x42 },
	{ "SM context entry, word 3", SECOND_OF(4), CONTEXT, .word = 3, .set = BIT_ULL(63),
	  .reason = 0x42 },
	{ "SM page requests without device TLB", SECOND_OF(4), CONTEXT, .set = BIT(4),
	  .reason = 0x43 },
	{ "SM translation request without DTE", SECOND_OF(4), .request.type = 1, .reason = 0x44 },
	{ "SM translated request without DTE", SECOND_OF(4), .request.type = 2, .reason = 0x44 },
	{ "SM PASIDs not enabled", SECOND_OF(4), CONTEXT, .clear = BIT(3), .reason = 0x45 },
	{ "SM PASID beyond the directory", SECOND_OF(4), .request.pasid = BIT(15), .reason = 0x46 },
	{ "SM RID_PASID beyond the directory", SECOND_OF(4), CONTEXT, .word = 1, .set = BIT(15),
	  .request.pasid = VTD_NO_PASID, .reason = 0x48 },
	{ "SM directory not in memory", SECOND_OF(4), CONTEXT, .clear = ADDRESS_BITS,
	  .set = NO_MEMORY, .reason = 0x50 },
	{ "SM directory entry not present", SECOND_OF(4), DIRECTORY, .clear = 0x1, .reason = 0x51 },
	{ "SM directory entry, bit 2", SECOND_OF(4), DIRECTORY, .set = BIT(2), .reason = 0x52 },
	{ "SM PASID table not in memory", SECOND_OF(4), DIRECTORY, .clear = ADDRESS_BITS,
	  .set = NO_MEMORY, .reason = 0x58 },
	{ "SM PASID entry not present", SECOND_OF(4), PASID, .clear = 0x1, .reason = 0x59 },
	{ "SM other PASID of the same table", SECOND_OF(4), .request.pasid = VTD_TABLES_PASID + 1,
	  .reason = 0x59 },
	{ "SM PASID entry, word 3", SECOND_OF(4), PASID, .word = 3, .set = 1, .reason = 0x5a },
	{ "SM PASID entry, word 7", SECOND_OF(4), PASID, .word = 7, .set = BIT_ULL(63),
	  .reason = 0x5a },
	{ "SM flags of second stage, not supported", SECOND_OF(4), PASID, .set = BIT(9),
	  .no_ecap = BIT_ULL(45), .reason = 0x5a },
	{ "SM snooping walks, not supported", SECOND_OF(4), PASID, .word = 1, .set = BIT(23),
	  .no_ecap = BIT_ULL(48), .reason = 0x5a },
	{ "SM snooping pages, not supported", SECOND_OF(4), PASID, .word = 1, .set = BIT(24),
	  .no_ecap = BIT(7), .reason = 0x5a },
	{ "SM translation type 0", SECOND_OF(4), PASID, .clear = 0x1c0, .reason = 0x5b },
	{ "SM translation type 5", SECOND_OF(4), PASID, .clear = 0x1c0, .set = 0x140,
	  .reason = 0x5b },
	{ "SM second stage, not supported", SECOND_OF(4), .no_ecap = BIT_ULL(46), .reason = 0x5b },
	{ "SM first stage, not supported", FIRST_OF(4), .no_ecap = BIT_ULL(47), .reason = 0x5b },
	{ "SM nested, not supported", NESTED, .no_ecap = BIT(26), .reason = 0x5b },
	{ "SM pass-through, not supported", SM_PASS, .no_ecap = BIT(6), .reason = 0x5b },
	{ "SM width 0", SECOND_OF(4), PASID, .clear = 0x1c, .reason = 0x5b },
	{ "SM first stage of 5 levels, not supported", FIRST_OF(5), .no_cap = BIT_ULL(60),
	  .reason = 0x5b },
	{ "SM first stage, mode 2", FIRST_OF(4), PASID, .word = 2, .set = 0x8, .reason = 0x5b },
	{ "SM supervisors, not supported", FIRST_OF(4), PASID, .word = 2, .set = 0x1,
	  .no_ecap = BIT(31), .reason = 0x5b },
	{ "SM execute request, not enabled", FIRST_OF(4), .request.execute = true, .reason = 0x5c },
	{ "SM supervisor request, not enabled", FIRST_OF(4), .request.privileged = true,
	  .reason = 0x5d },

	/* First stage */
	{ "FS last table not in memory", FIRST_OF(4), FIRST, 2, .clear = ADDRESS_BITS,
	  .set = NO_MEMORY, .reason = 0x70 },
	{ "FS page not present", FIRST_OF(4), FIRST, 1, .clear = 0x1, .reason = 0x71 },
	{ "FS top entry not present", FIRST_OF(5), FIRST, 5, .clear = 0x1, .reason = 0x71 },
	{ "FS page, beyond 48 bits", FIRST_OF(4), FIRST, 1, .set = BIT_ULL(48), .reason = 0x72 },
	{ "FS top entry, bit 7", FIRST_OF(5), FIRST, 5, .set = BIT(7), .reason = 0x72 },
	{ "FS not executable, not enabled", FIRST_OF(4), FIRST, 1, .set = BIT_ULL(63),
	  .reason = 0x72 },
	{ "FS 1 GiB, not supported", FIRST_1G, .no_cap = BIT_ULL(56), .reason = 0x72 },
	{ "FS 2 MiB, bit 13", FIRST_2M, FIRST, 2, .set = BIT(13), .reason = 0x72 },
	{ "FS top table not in memory", FIRST_OF(4), PASID, .word = 2, .clear = ADDRESS_BITS,
	  .set = NO_MEMORY, .reason = 0x73 },
	{ "FS address not canonical, 4 levels", FIRST_OF(4), .request.address = BIT_ULL(48),
	  .reason = 0x80 },
	{ "FS address not canonical, 5 levels", FIRST_OF(5), .request.address = BIT_ULL(57),
	  .reason = 0x80 },
	{ "FS supervisor page", FIRST_OF(4), FIRST, 1, .clear = 0x4, .reason = 0x81 },
	{ "FS supervisor table", FIRST_OF(5), FIRST, 4, .clear = 0x4, .reason = 0x81 },
	{ "FS page not executable", FIRST_OF(4), FIRST, 1, .set = BIT_ULL(63),
	  .enable = BIT(1) | BIT(5), /* ERE, NXE */
	  .request.execute = true, .reason = 0x82 },
	{ "FS page not writable", FIRST_OF(4), FIRST, 1, .clear = 0x2, .request.write = true,
	  .reason = 0x85 },
	{ "FS table not writable", FIRST_OF(4), FIRST, 3, .clear = 0x2, .request.write = true,
	  .reason = 0x85 },
	{ "FS flags without snooping", FIRST_OF(4), PASID, .word = 1, .clear = BIT(23),
	  .reason = 0x90 },

	/* Nested */
	{ "nested table beyond the second stage", NESTED, FIRST, 2, .clear = ADDRESS_BITS,
	  .set = 0x0000600000000000ULL, .no_cap = 18ULL << 16, .reason = 0x74 },
	{ "nested top table not readable", NESTED, PASID, .word = 2, .clear = ADDRESS_BITS,
	  .set = 0x0000123456789000ULL, .reason = 0x75 },
	{ "nested table not readable", NESTED, FIRST, 4, .clear = ADDRESS_BITS,
	  .set = 0x0000123456789000ULL, .reason = 0x76 },
	{ "nested page not present in second stage", NESTED, SECOND, 1, .clear = 0x3,
	  .reason = 0x79 },

	/* Second stage in scalable mode */
	{ "SS last table not in memory", SECOND_OF(4), SECOND, 2, .clear = ADDRESS_BITS,
	  .set = NO_MEMORY, .reason = 0x78 },
	{ "SS page not present", SECOND_OF(4), SECOND, 1, .clear = 0x3, .reason = 0x79 },
	{ "SS page not writable", SECOND_OF(5), SECOND, 1, .clear = 0x2, .request.write = true,
	  .reason = 0x79 },
	{ "SS table not writable", SECOND_OF(3), SECOND, 3, .clear = 0x2, .request.write = true,
	  .reason = 0x79 },
	{ "SS 2 MiB, bit 12", SECOND_2M, SECOND, 2, .set = BIT(12), .reason = 0x7a },
	{ "SS snooping, not supported", SECOND_OF(4), SECOND, 1, .set = BIT(11), .no_ecap = BIT(7),
	  .reason = 0x7a },
	{ "SS transient mapping, no device TLBs", SECOND_OF(4), SECOND, 1, .set = BIT_ULL(62),
	  .no_ecap = BIT(2), .reason = 0x7a },
	{ "SS top table not in memory", SECOND_OF(4), PASID, .clear = ADDRESS_BITS,
	  .set = NO_MEMORY, .reason = 0x7b },
	{ "SM passed through beyond the platform", SM_PASS,
	  .request.address = BIT_ULL(48), .reason = 0x83 },
	{ "SS address beyond 3 levels", SECOND_OF(3), .request.address = BIT_ULL(39),
	  .reason = 0x84 },
	{ "SS page of interrupts", SECOND_OF(4), SECOND, 1, .clear = ADDRESS_BITS,
	  .set = 0xfee00000, .reason = 0x87 },
	{ "FS page of interrupts", FIRST_OF(4), FIRST, 1, .clear = ADDRESS_BITS,
	  .set = 0xfee00000, .reason = 0x87 },
};

KUNIT_ARRAY_PARAM_DESC(damage, damages, name);

/* Other cases of this suite provoke them. */
static const u8 reasons_of_other_cases[] = {
	0x08, 0x30, 0x38, 0x77, 0x7c, 0x86, 0x91,
};

static u64 *place_of(const struct vtd_tables *tables, enum place place, u8 level)
{
	switch (place) {
	case ROOT:
		return tables->root;
	case CONTEXT:
		return tables->context;
	case DIRECTORY:
		return tables->directory;
	case PASID:
		return tables->pasid;
	case FIRST:
		return tables->first[level];
	case SECOND:
		return tables->second[level];
	default:
		return NULL;
	}
}

static struct vtd_test_unit *create_unit(struct kunit *test, u64 no_cap, u64 no_ecap)
{
	struct vtd_settings settings = vtd_tables_settings;

	settings.cap &= ~no_cap;
	settings.ecap &= ~no_ecap;
	return vtd_test_unit_create(test, &settings);
}

static void damage_request(const struct damage *damage, struct vtd_request *request)
{
	request->address += damage->request.address;
	request->write = damage->request.write;
	request->execute = damage->request.execute;
	request->privileged = damage->request.privileged;
	request->type = damage->request.type;
	if (damage->request.pasid)
		request->pasid = damage->request.pasid;
}

static void expect_blocked(struct vtd_test_unit *unit, const struct vtd_request *request,
			   u8 reason)
{
	struct vtd_result result;

	vtd_log_clear(unit);
	vtd_test_unit_translate(unit, request, &result);
	KUNIT_EXPECT_TRUE(unit->test, result.blocked);
	KUNIT_EXPECT_EQ(unit->test, reason, result.fault);
	vtd_log_expect(unit, VTD_EVENT_FAULT, .reason = reason);
}

static void expect_passed(struct vtd_test_unit *unit, const struct vtd_request *request,
			  u64 address)
{
	struct vtd_result result;

	vtd_test_unit_translate(unit, request, &result);
	KUNIT_EXPECT_FALSE(unit->test, result.blocked);
	KUNIT_EXPECT_EQ(unit->test, VTD_FAULT_NONE, result.fault);
	KUNIT_EXPECT_EQ(unit->test, address, result.address);
}

static struct vtd_tables *build(struct kunit *test, struct vtd_test_unit *unit,
				const struct vtd_tables_config *config)
{
	struct vtd_tables *tables = kunit_kzalloc(test, sizeof(*tables), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tables);
	vtd_tables_build(tables, unit, config);
	return tables;
}

static void page_is_translated(struct kunit *test)
{
	const struct vtd_tables_config *config = test->param_value;
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, config);
	struct vtd_request request = vtd_tables_request(tables);
	u64 size = 4096ULL << 9 * (config->leaf_level - 1);
	u64 target = vtd_tables_target(tables);
	struct vtd_result result;

	vtd_tables_enable(tables);
	expect_passed(unit, &request, target);
	request.address += 0xabc;
	expect_passed(unit, &request, target + 0xabc);
	request.write = true;
	expect_passed(unit, &request, target + 0xabc);

	vtd_test_unit_translate(unit, &request, &result);
	KUNIT_EXPECT_EQ(test, size, result.size);
	KUNIT_EXPECT_TRUE(test, result.write);
	vtd_log_expect_not(unit, VTD_EVENT_FAULT);
}

static void pages_around_are_not_present(struct kunit *test)
{
	const struct vtd_tables_config *config = test->param_value;
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, config);
	u64 size = 4096ULL << 9 * (config->leaf_level - 1);
	struct vtd_request request = vtd_tables_request(tables);
	u8 reason = !config->scalable ? 0x06 : config->first_levels ? 0x71 : 0x79;

	vtd_tables_enable(tables);
	request.address = (tables->iova & ~(size - 1)) + size;
	expect_blocked(unit, &request, reason);
	request.address -= size + 1;
	expect_blocked(unit, &request, reason);
	request.address += 1;
	expect_passed(unit, &request, tables->page);
}

static void other_devices_have_no_entry(struct kunit *test)
{
	const struct vtd_tables_config *config = test->param_value;
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, config);
	struct vtd_request request = vtd_tables_request(tables);

	vtd_tables_enable(tables);
	request.source_id = VTD_TABLES_SOURCE_ID ^ 0x1; /* another function */
	expect_blocked(unit, &request, config->scalable ? 0x41 : 0x02);
	request.source_id = VTD_TABLES_SOURCE_ID ^ 0x100; /* another bus */
	expect_blocked(unit, &request, config->scalable ? 0x39 : 0x01);
	request.source_id = VTD_TABLES_SOURCE_ID ^ 0x80; /* the other half of the bus */
	expect_blocked(unit, &request, config->scalable ? 0x39 : 0x02);
}

static void damage_blocks_for_its_reason(struct kunit *test)
{
	const struct damage *damage = test->param_value;
	struct vtd_test_unit *unit = create_unit(test, damage->no_cap, damage->no_ecap);
	struct vtd_tables *tables = build(test, unit, &damage->config);
	struct vtd_request request = vtd_tables_request(tables);
	u64 *words = place_of(tables, damage->place, damage->level);

	if (damage->enable)
		tables->pasid[2] |= damage->enable;
	damage_request(damage, &request);
	if (words)
		words[damage->word] = (words[damage->word] & ~damage->clear) | damage->set;
	vtd_memory_expect_stray(&unit->memory, damage->set == NO_MEMORY ? 2 : 0);
	vtd_tables_enable(tables);
	expect_blocked(unit, &request, damage->reason);
	/* It is recorded, and nothing of it was cached. */
	KUNIT_EXPECT_EQ(test, BIT(1), vtd_test_unit_readl(unit, VTD_FSTS) & BIT(1));
	KUNIT_EXPECT_EQ(test, damage->reason, vtd_test_unit_readq(unit, 0x228) >> 32 & 0xff);
	expect_blocked(unit, &request, damage->reason);
}

static bool is_passed(const struct vtd_tables_config *config)
{
	return config->type == (config->scalable ? VTD_PGTT_PASS_THROUGH : VTD_TT_PASS_THROUGH);
}

static void damage_is_all_that_blocks(struct kunit *test)
{
	const struct damage *damage = test->param_value;
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &damage->config);
	struct vtd_request request = vtd_tables_request(tables);

	vtd_tables_enable(tables);
	request.write = damage->request.write;
	expect_passed(unit, &request, is_passed(&damage->config) ? request.address :
		      vtd_tables_target(tables));
	vtd_log_expect_not(unit, VTD_EVENT_FAULT);
}

static bool has_case(u8 reason)
{
	for (int i = 0; i < ARRAY_SIZE(damages); i++) {
		if (damages[i].reason == reason)
			return true;
	}
	return memchr(reasons_of_other_cases, reason, sizeof(reasons_of_other_cases));
}

static void every_reason_has_a_case(struct kunit *test)
{
	/* First and last of each group of section 7.1.3 */
	static const u8 groups[][2] = {
		{ 0x01, 0x0e }, { 0x30, 0x31 }, { 0x38, 0x3a }, { 0x40, 0x46 },
		{ 0x48, 0x48 }, { 0x50, 0x52 }, { 0x58, 0x5d }, { 0x70, 0x7c },
		{ 0x80, 0x87 }, { 0x90, 0x91 },
	};

	for (int i = 0; i < ARRAY_SIZE(groups); i++) {
		for (u8 reason = groups[i][0]; reason <= groups[i][1]; reason++)
			KUNIT_EXPECT_TRUE_MSG(test, has_case(reason), "reason 0x%02x", reason);
	}
}

static void root_table_not_in_memory_blocks(struct kunit *test)
{
	static const struct vtd_tables_config modes[] = { LEGACY(4), SECOND_OF(4) };

	for (int i = 0; i < ARRAY_SIZE(modes); i++) {
		struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
		struct vtd_tables *tables = build(test, unit, &modes[i]);
		struct vtd_request request = vtd_tables_request(tables);

		vtd_memory_expect_stray(&unit->memory, true);
		vtd_tables_enable(tables);
		vtd_test_unit_writeq(unit, VTD_RTADDR, NO_MEMORY | i << 10);
		vtd_test_unit_writel(unit, VTD_GCMD, BIT(31) | BIT(30));
		expect_blocked(unit, &request, i ? 0x38 : 0x08);
	}
}

/* Hardware that was left in a mode that it does not have */
static void unknown_mode_blocks(struct kunit *test)
{
	static const struct vtd_tables_config config = LEGACY(4);
	struct vtd_test_unit *unit = create_unit(test, 0, BIT_ULL(43));
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);

	vtd_tables_enable(tables);
	expect_passed(unit, &request, tables->page);
	unit->unit.root_table |= BIT(10);
	expect_blocked(unit, &request, 0x30);
}

static void abort_mode_blocks_silently(struct kunit *test)
{
	static const struct vtd_tables_config config = LEGACY(4);
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);
	struct vtd_result result;

	vtd_test_unit_writeq(unit, VTD_RTADDR, virt_to_phys(tables->pages[0]) | 3 << 10);
	vtd_test_unit_writel(unit, VTD_GCMD, BIT(30));
	vtd_test_unit_writel(unit, VTD_GCMD, BIT(31));
	vtd_test_unit_translate(unit, &request, &result);
	KUNIT_EXPECT_TRUE(test, result.blocked);
	KUNIT_EXPECT_EQ(test, 0, vtd_test_unit_readl(unit, VTD_FSTS));
}

static void pass_through_changes_nothing(struct kunit *test)
{
	static const struct vtd_tables_config modes[] = { PASS, SM_PASS };

	for (int i = 0; i < ARRAY_SIZE(modes); i++) {
		struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
		struct vtd_tables *tables = build(test, unit, &modes[i]);
		struct vtd_request request = vtd_tables_request(tables);

		vtd_tables_enable(tables);
		request.address = 0x0000fedcba987654ULL;
		request.write = true;
		expect_passed(unit, &request, 0x0000fedcba987654ULL);
		/* Where interrupt requests go is no memory even so. */
		request.address = 0xfee12344;
		request.write = false;
		request.pasid = VTD_NO_PASID;
		expect_blocked(unit, &request, i ? 0x87 : 0x0e);
	}
}

static void disabled_translation_lets_all_pass(struct kunit *test)
{
	static const struct vtd_tables_config config = LEGACY(4);
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);

	expect_passed(unit, &request, request.address);
	vtd_tables_enable(tables);
	expect_passed(unit, &request, tables->page);
	vtd_test_unit_writel(unit, VTD_GCMD, 0);
	expect_passed(unit, &request, request.address);
}

static void requests_without_pasid_have_that_of_the_device(struct kunit *test)
{
	static const struct vtd_tables_config config = SECOND_OF(4);
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);
	struct vtd_result result;

	vtd_tables_enable(tables);
	request.pasid = VTD_NO_PASID;
	expect_passed(unit, &request, tables->page);
	tables->context[1] = 0x144;
	vtd_test_unit_barrier(unit);
	vtd_unit_peek(&unit->unit, &unit->unit.view, &request, false, &result);
	KUNIT_EXPECT_EQ(test, 0x59, result.fault);
}

static void read_only_page_can_be_read(struct kunit *test)
{
	const struct vtd_tables_config *config = test->param_value;
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, config);
	struct vtd_request request = vtd_tables_request(tables);
	u64 **entries = config->first_levels ? tables->first : tables->second;
	struct vtd_result result;

	*entries[config->leaf_level] &= ~2ULL;
	vtd_tables_enable(tables);
	vtd_test_unit_translate(unit, &request, &result);
	KUNIT_EXPECT_FALSE(test, result.blocked);
	KUNIT_EXPECT_FALSE(test, result.write);
	request.write = true;
	expect_blocked(unit, &request,
		       !config->scalable ? 0x05 : config->first_levels ? 0x85 : 0x79);
}

static void supervisor_may_write_unless_protected(struct kunit *test)
{
	static const struct vtd_tables_config config = FIRST_OF(4);
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);
	struct vtd_result result;

	*tables->first[1] &= ~6ULL; /* neither writable nor a user's */
	tables->pasid[2] |= BIT(0); /* SRE */
	vtd_tables_enable(tables);
	request.privileged = true;
	request.write = true;
	expect_passed(unit, &request, tables->page);
	tables->pasid[2] |= BIT(4); /* WPE */
	vtd_test_unit_barrier(unit);
	vtd_unit_peek(&unit->unit, &unit->unit.view, &request, false, &result);
	KUNIT_EXPECT_EQ(test, 0x85, result.fault);
}

static void supervisor_may_not_execute_user_pages(struct kunit *test)
{
	static const struct vtd_tables_config config = FIRST_OF(4);
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);

	tables->pasid[2] |= BIT(0) | BIT(1) | BIT(6); /* SRE, ERE, SMEP */
	vtd_tables_enable(tables);
	request.execute = true;
	expect_passed(unit, &request, tables->page);
	request.privileged = true;
	expect_blocked(unit, &request, 0x82);
}

static void first_stage_marks_entries(struct kunit *test)
{
	static const struct vtd_tables_config config = FIRST_OF(4);
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);

	vtd_tables_enable(tables);
	expect_passed(unit, &request, tables->page);
	for (int level = 1; level <= 4; level++)
		KUNIT_EXPECT_EQ(test, BIT(5), *tables->first[level] & (BIT(5) | BIT(6)));
	/* A write marks the page, although its translation is cached. */
	request.write = true;
	expect_passed(unit, &request, tables->page);
	KUNIT_EXPECT_EQ(test, BIT(5) | BIT(6), *tables->first[1] & (BIT(5) | BIT(6)));
	KUNIT_EXPECT_EQ(test, BIT(5), *tables->first[2] & (BIT(5) | BIT(6)));
}

static void extended_accessed_flag_is_set_if_enabled(struct kunit *test)
{
	static const struct vtd_tables_config config = FIRST_OF(5);
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);

	tables->pasid[2] |= BIT(7);
	vtd_tables_enable(tables);
	expect_passed(unit, &request, tables->page);
	for (int level = 1; level <= 5; level++)
		KUNIT_EXPECT_EQ(test, BIT(5) | BIT(10), *tables->first[level] & (BIT(5) | BIT(10)));
}

static void second_stage_marks_entries_if_enabled(struct kunit *test)
{
	static const struct vtd_tables_config config = SECOND_OF(4);

	for (int enabled = 0; enabled < 2; enabled++) {
		struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
		struct vtd_tables *tables = build(test, unit, &config);
		struct vtd_request request = vtd_tables_request(tables);

		tables->pasid[0] |= enabled << 9;
		request.write = true;
		vtd_tables_enable(tables);
		expect_passed(unit, &request, tables->page);
		KUNIT_EXPECT_EQ(test, enabled ? 0x300 : 0, *tables->second[1] & 0x300);
		KUNIT_EXPECT_EQ(test, enabled ? 0x100 : 0, *tables->second[2] & 0x300);
	}
}

static void blocked_request_marks_nothing(struct kunit *test)
{
	static const struct vtd_tables_config config = FIRST_OF(4);
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);

	*tables->first[1] &= ~2ULL;
	vtd_tables_enable(tables);
	request.write = true;
	expect_blocked(unit, &request, 0x85);
	for (int level = 1; level <= 4; level++)
		KUNIT_EXPECT_EQ(test, 0, *tables->first[level] & (BIT(5) | BIT(6)));
}

static void second_stage_flags_without_snooping_block(struct kunit *test)
{
	static const struct vtd_tables_config config = SECOND_OF(4);
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);

	tables->pasid[0] |= BIT(9); /* SSADE */
	tables->pasid[1] &= ~BIT_ULL(23); /* PWSNP */
	vtd_tables_enable(tables);
	expect_blocked(unit, &request, 0x7c);
	/* Flags that are set already need no access. */
	for (int level = 1; level <= 4; level++)
		*tables->second[level] |= BIT(8);
	vtd_tables_flush_all(tables);
	expect_passed(unit, &request, tables->page);
}

static void nested_flags_need_a_writable_table(struct kunit *test)
{
	static const struct vtd_tables_config config = NESTED;
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);
	u64 top = virt_to_phys(tables->first[4]) & ~0xfffULL;

	*vtd_tables_map(tables, top, top) &= ~2ULL;
	vtd_tables_enable(tables);
	expect_blocked(unit, &request, 0x77);
}

static int refuse_update(void *context, u64 address, u64 clear, u64 set)
{
	return -EFAULT;
}

static void flags_that_cannot_be_set_block(struct kunit *test)
{
	static const struct vtd_tables_config config = FIRST_OF(4);
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);
	struct vtd_unit_ops ops = *unit->unit.ops;

	vtd_tables_enable(tables);
	ops.update = refuse_update;
	unit->unit.ops = &ops;
	expect_blocked(unit, &request, 0x91);
}

/* A write-only page of the second stage, cached by a write, cannot be read. */
static void cached_write_only_page_cannot_be_read(struct kunit *test)
{
	static const struct vtd_tables_config config = NESTED;
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);

	*tables->second[1] &= ~1ULL;
	vtd_tables_enable(tables);
	request.write = true;
	expect_passed(unit, &request, tables->page);
	request.write = false;
	expect_blocked(unit, &request, 0x86);
}

static void fault_processing_can_be_disabled(struct kunit *test)
{
	static const struct {
		struct vtd_tables_config config;
		enum place place;
		u8 reason;
	} disabled[] = {
		{ LEGACY(4), CONTEXT, 0x06 },
		{ SECOND_OF(4), CONTEXT, 0x79 },
		{ SECOND_OF(4), DIRECTORY, 0x79 },
		{ SECOND_OF(4), PASID, 0x79 },
	};

	for (int i = 0; i < ARRAY_SIZE(disabled); i++) {
		struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
		struct vtd_tables *tables = build(test, unit, &disabled[i].config);
		struct vtd_request request = vtd_tables_request(tables);

		place_of(tables, disabled[i].place, 0)[0] |= BIT(1);
		*tables->second[1] = 0;
		vtd_tables_enable(tables);
		expect_blocked(unit, &request, disabled[i].reason);
		KUNIT_EXPECT_EQ(test, 0, vtd_test_unit_readl(unit, VTD_FSTS));
	}
}

/* It counts in an entry that is not present too (section 9.3). */
static void fault_processing_of_absent_context_can_be_disabled(struct kunit *test)
{
	static const struct vtd_tables_config config = LEGACY(4);
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);

	tables->context[0] = BIT(1);
	vtd_tables_enable(tables);
	expect_blocked(unit, &request, 0x02);
	KUNIT_EXPECT_EQ(test, 0, vtd_test_unit_readl(unit, VTD_FSTS));
}

static void interrupt_range_is_no_memory(struct kunit *test)
{
	static const struct vtd_tables_config modes[] = { LEGACY(4), SECOND_OF(4) };

	for (int i = 0; i < ARRAY_SIZE(modes); i++) {
		struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
		struct vtd_tables *tables = build(test, unit, &modes[i]);
		struct vtd_request request = vtd_tables_request(tables);
		struct vtd_result result;

		vtd_tables_map(tables, 0xfee00000, tables->page);
		vtd_tables_enable(tables);
		request.address = 0xfee00000;
		request.pasid = VTD_NO_PASID;
		expect_blocked(unit, &request, i ? 0x87 : 0x0e);
		/* A write is an interrupt request, and not a fault. */
		request.write = true;
		vtd_test_unit_translate(unit, &request, &result);
		KUNIT_EXPECT_TRUE(test, result.blocked);
		KUNIT_EXPECT_EQ(test, VTD_FAULT_NONE, result.fault);
	}
}

static void translation_request_of_absent_page_is_no_fault(struct kunit *test)
{
	static const struct vtd_tables_config config = LEGACY(4);
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = build(test, unit, &config);
	struct vtd_request request = vtd_tables_request(tables);
	struct vtd_result result;

	tables->context[0] |= 1 << 2; /* TT: all */
	vtd_tables_enable(tables);
	request.type = VTD_TRANSLATION_REQUEST;
	expect_passed(unit, &request, tables->page);
	request.address += 4096;
	vtd_test_unit_translate(unit, &request, &result);
	KUNIT_EXPECT_TRUE(test, result.blocked);
	KUNIT_EXPECT_EQ(test, 0, vtd_test_unit_readl(unit, VTD_FSTS));
	request.type = VTD_TRANSLATED;
	expect_passed(unit, &request, request.address);
}

static void protected_memory_is_out_of_reach(struct kunit *test)
{
	static const struct {
		u64 address;
		bool blocked;
	} accesses[] = {
		{ 0x001ffff8, false }, { 0x00200000, true }, { 0x005ffff8, true },
		{ 0x00600000, false }, { 0x0fffffff8ULL, false }, { 0x100000000ULL, true },
		{ 0x1001ffff8ULL, true }, { 0x100200000ULL, false },
	};
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_request request = { .pasid = VTD_NO_PASID };
	struct vtd_result result;

	vtd_test_unit_writel(unit, VTD_PLMBASE, 0x00200000);
	vtd_test_unit_writel(unit, VTD_PLMLIMIT, 0x00400000);
	vtd_test_unit_writeq(unit, VTD_PHMBASE, 0x100000000ULL);
	vtd_test_unit_writeq(unit, VTD_PHMLIMIT, 0x100000000ULL);
	for (int enabled = 0; enabled < 2; enabled++) {
		for (int i = 0; i < ARRAY_SIZE(accesses); i++) {
			request.address = accesses[i].address;
			vtd_test_unit_translate(unit, &request, &result);
			KUNIT_EXPECT_EQ_MSG(test, enabled && accesses[i].blocked, result.blocked,
					    "0x%llx", request.address);
		}
		vtd_test_unit_writel(unit, VTD_PMEN, BIT(31));
	}
	/* It is no fault of DMA remapping. */
	KUNIT_EXPECT_EQ(test, 0, vtd_test_unit_readl(unit, VTD_FSTS));
}

static struct kunit_case vtd_walk_cases[] = {
	KUNIT_CASE_PARAM(page_is_translated, vtd_tables_gen_configs),
	KUNIT_CASE_PARAM(pages_around_are_not_present, vtd_tables_gen_configs),
	KUNIT_CASE_PARAM(other_devices_have_no_entry, vtd_tables_gen_configs),
	KUNIT_CASE_PARAM(read_only_page_can_be_read, vtd_tables_gen_configs),
	KUNIT_CASE_PARAM(damage_blocks_for_its_reason, damage_gen_params),
	KUNIT_CASE_PARAM(damage_is_all_that_blocks, damage_gen_params),
	KUNIT_CASE(every_reason_has_a_case),
	KUNIT_CASE(root_table_not_in_memory_blocks),
	KUNIT_CASE(unknown_mode_blocks),
	KUNIT_CASE(abort_mode_blocks_silently),
	KUNIT_CASE(pass_through_changes_nothing),
	KUNIT_CASE(disabled_translation_lets_all_pass),
	KUNIT_CASE(requests_without_pasid_have_that_of_the_device),
	KUNIT_CASE(supervisor_may_write_unless_protected),
	KUNIT_CASE(supervisor_may_not_execute_user_pages),
	KUNIT_CASE(first_stage_marks_entries),
	KUNIT_CASE(extended_accessed_flag_is_set_if_enabled),
	KUNIT_CASE(second_stage_marks_entries_if_enabled),
	KUNIT_CASE(blocked_request_marks_nothing),
	KUNIT_CASE(second_stage_flags_without_snooping_block),
	KUNIT_CASE(nested_flags_need_a_writable_table),
	KUNIT_CASE(flags_that_cannot_be_set_block),
	KUNIT_CASE(cached_write_only_page_cannot_be_read),
	KUNIT_CASE(fault_processing_can_be_disabled),
	KUNIT_CASE(fault_processing_of_absent_context_can_be_disabled),
	KUNIT_CASE(interrupt_range_is_no_memory),
	KUNIT_CASE(translation_request_of_absent_page_is_no_fault),
	KUNIT_CASE(protected_memory_is_out_of_reach),
	{}
};

static struct kunit_suite vtd_walk_suite = {
	.name = "vtd_walk",
	.test_cases = vtd_walk_cases,
};

kunit_test_suite(vtd_walk_suite);

MODULE_DESCRIPTION("KUnit tests of the walks of a VT-d unit");
MODULE_LICENSE("GPL");
