// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Tables for a VT-d unit in software
 *
 * vtd_tables_build() makes root, context, PASID and page tables that translate
 * one page of one device, in any mode and number of levels, and keeps pointers to
 * the words of each entry on the way. A case changes one of them, and asks the
 * unit again. With nested translation the second stage maps each table of the
 * first one to itself.
 *
 * vtd_tables_enable() flushes what was built, and brings the unit up as software
 * does: root table address, set root table pointer, translation enable.
 *
 * The tables are memory of the unit, which frees it at the end of the case. A
 * table that cannot be built ends the case.
 */

#include <linux/bitfield.h>
#include <linux/io.h>

#include <kunit/test.h>

#include "vtd_tables.h"

#define TABLE_SIZE	4096

/* Aligned to a large page of each size; in no memory, as nothing goes there */
#define PAGE_LEVEL_1	0x345678000ULL
#define PAGE_LEVEL_2	0x345600000ULL
#define PAGE_LEVEL_3	0x340000000ULL

/* PDTS of a directory of one page: 512 entries */
#define DIRECTORY_SIZE	2

/* Coherent, without caching mode, and without latency */
const struct vtd_settings vtd_tables_settings = {
	.cap = FIELD_PREP_CONST(VTD_CAP_ND, 6) | VTD_CAP_PLMR | VTD_CAP_PHMR |
	       FIELD_PREP_CONST(VTD_CAP_SAGAW, VTD_SAGAW_3_LEVELS | VTD_SAGAW_4_LEVELS |
						VTD_SAGAW_5_LEVELS) |
	       FIELD_PREP_CONST(VTD_CAP_MGAW, 56) | FIELD_PREP_CONST(VTD_CAP_FRO, 0x22) |
	       FIELD_PREP_CONST(VTD_CAP_SSLPS, VTD_SSLPS_2M | VTD_SSLPS_1G) | VTD_CAP_PSI |
	       FIELD_PREP_CONST(VTD_CAP_NFR, 3) | FIELD_PREP_CONST(VTD_CAP_MAMV, 18) |
	       VTD_CAP_DWD | VTD_CAP_DRD | VTD_CAP_FS1GP | VTD_CAP_PI | VTD_CAP_FS5LP,
	.ecap = VTD_ECAP_C | VTD_ECAP_QI | VTD_ECAP_DT | VTD_ECAP_IR | VTD_ECAP_EIM |
		VTD_ECAP_PT | VTD_ECAP_SC | FIELD_PREP_CONST(VTD_ECAP_IRO, 0xf) |
		FIELD_PREP_CONST(VTD_ECAP_MHMV, 15) | VTD_ECAP_NEST | VTD_ECAP_PRS |
		VTD_ECAP_ERS | VTD_ECAP_SRS | VTD_ECAP_EAFS |
		FIELD_PREP_CONST(VTD_ECAP_PSS, 19) | VTD_ECAP_PASID | VTD_ECAP_SMTS |
		VTD_ECAP_SSADS | VTD_ECAP_SSTS | VTD_ECAP_FSTS | VTD_ECAP_SMPWC |
		VTD_ECAP_RPS | VTD_ECAP_ADMS,
	.address_width = 48,
};

static const struct vtd_tables_config configs[] = {
	{ "legacy, 3 levels", false, VTD_TT_UNTRANSLATED, 0, 3, 1 },
	{ "legacy, 4 levels", false, VTD_TT_UNTRANSLATED, 0, 4, 1 },
	{ "legacy, 5 levels", false, VTD_TT_UNTRANSLATED, 0, 5, 1 },
	{ "legacy, 2 MiB", false, VTD_TT_UNTRANSLATED, 0, 4, 2 },
	{ "legacy, 1 GiB", false, VTD_TT_UNTRANSLATED, 0, 4, 3 },
	{ "second stage, 3 levels", true, VTD_PGTT_SECOND, 0, 3, 1 },
	{ "second stage, 4 levels", true, VTD_PGTT_SECOND, 0, 4, 1 },
	{ "second stage, 5 levels", true, VTD_PGTT_SECOND, 0, 5, 1 },
	{ "second stage, 2 MiB", true, VTD_PGTT_SECOND, 0, 4, 2 },
	{ "second stage, 1 GiB", true, VTD_PGTT_SECOND, 0, 4, 3 },
	{ "first stage, 4 levels", true, VTD_PGTT_FIRST, 4, 0, 1 },
	{ "first stage, 5 levels", true, VTD_PGTT_FIRST, 5, 0, 1 },
	{ "first stage, 2 MiB", true, VTD_PGTT_FIRST, 4, 0, 2 },
	{ "first stage, 1 GiB", true, VTD_PGTT_FIRST, 4, 0, 3 },
	{ "nested, 4 in 3 levels", true, VTD_PGTT_NESTED, 4, 3, 1 },
	{ "nested, 5 in 4 levels", true, VTD_PGTT_NESTED, 5, 4, 1 },
	{ "nested, 2 MiB", true, VTD_PGTT_NESTED, 4, 4, 2 },
};

/**
 * vtd_tables_gen_configs - Give a parameterized case the next configuration
 * @test: The test.
 * @prev: Previous configuration, or %NULL.
 * @desc: Filled with its name.
 *
 * Those that translate pages: pass-through is not one.
 *
 * Return: The configuration, or %NULL.
 */
const void *vtd_tables_gen_configs(struct kunit *test, const void *prev,
				   char *desc)
{
	const struct vtd_tables_config *config = prev;

	config = config ? config + 1 : configs;
	if (config == configs + ARRAY_SIZE(configs))
		return NULL;
	strscpy(desc, config->name, KUNIT_PARAM_DESC_SIZE);
	return config;
}

static u64 *add_table(struct vtd_tables *tables)
{
	u64 *table = vtd_test_unit_alloc(tables->unit, TABLE_SIZE);

	KUNIT_ASSERT_NOT_NULL(tables->unit->test, table);
	KUNIT_ASSERT_LT(tables->unit->test, tables->nr_pages, VTD_TABLES_MAX_PAGES);
	tables->pages[tables->nr_pages++] = table;
	return table;
}

/* The table that a field of @entry points to, made if there is none. */
static u64 *next_table(struct vtd_tables *tables, u64 *entry, u64 flags)
{
	if (!(*entry & GENMASK_ULL(63, 12)))
		*entry = virt_to_phys(add_table(tables)) | flags;
	return phys_to_virt(*entry & GENMASK_ULL(51, 12));
}

static unsigned int level_shift(unsigned int level)
{
	return 12 + 9 * (level - 1);
}

/* Map @page at @input; the words of the entries on the way go to @entries. */
static void map(struct vtd_tables *tables, u64 *pointer, unsigned int levels,
		unsigned int leaf_level, u64 input, u64 page, u64 flags,
		u64 **entries)
{
	u64 *table = next_table(tables, pointer, 0);

	for (unsigned int level = levels; level >= leaf_level; level--) {
		u64 *entry = &table[input >> level_shift(level) & 0x1ff];

		entries[level] = entry;
		if (level > leaf_level)
			table = next_table(tables, entry, flags);
		else
			*entry = page | flags | (level > 1 ? VTD_SS_PS : 0);
	}
}

static u64 *second_stage_pointer(struct vtd_tables *tables)
{
	return tables->config.scalable ? &tables->pasid[0] : &tables->context[0];
}

static void map_second(struct vtd_tables *tables, u64 input, u64 page, unsigned int leaf_level,
		       u64 **entries)
{
	map(tables, second_stage_pointer(tables), tables->config.second_levels, leaf_level,
	    input, page, VTD_SS_R | VTD_SS_W, entries);
}

/**
 * vtd_tables_map - Map one more page of 4 KiB
 * @tables: Tables of one stage.
 * @iova: Where.
 * @page: Address of the page.
 *
 * With nested translation it is the second stage that maps.
 *
 * Context: Process context.
 *
 * Return: The entry.
 */
u64 *vtd_tables_map(struct vtd_tables *tables, u64 iova, u64 page)
{
	u64 *entries[VTD_TABLES_MAX_LEVELS + 1];

	if (tables->config.second_levels)
		map_second(tables, iova, page, 1, entries);
	else
		map(tables, &tables->pasid[2], tables->config.first_levels, 1, iova, page,
		    VTD_FS_P | VTD_FS_RW | VTD_FS_US, entries);
	return entries[1];
}

/* No two levels of the address have the same index, and none has 0. */
static u64 iova_of(unsigned int levels)
{
	switch (levels) {
	case 3:
		return 0x0000001a4b2c3000ULL;
	case 4:
		return 0x000059a64b2c3000ULL;
	default:
		return 0x00d359a64b2c3000ULL;
	}
}

static u64 page_of_level(unsigned int level)
{
	static const u64 pages[] = { 0, PAGE_LEVEL_1, PAGE_LEVEL_2, PAGE_LEVEL_3 };

	return pages[level];
}

/* The second stage maps the tables of the first one to where they are. */
static void map_first_stage_tables(struct vtd_tables *tables, unsigned int first)
{
	u64 *entries[VTD_TABLES_MAX_LEVELS + 1];
	unsigned int last = tables->nr_pages;

	for (unsigned int i = first; i < last; i++) {
		u64 address = virt_to_phys(tables->pages[i]);

		map_second(tables, address, address, 1, entries);
	}
}

static void build_stages(struct vtd_tables *tables)
{
	const struct vtd_tables_config *config = &tables->config;
	u64 input = iova_of(config->second_levels);
	unsigned int first = tables->nr_pages;
	u64 page = page_of_level(config->leaf_level);

	tables->page = page;
	if (config->first_levels) {
		tables->iova = iova_of(config->first_levels);
		input &= ~((1ULL << level_shift(config->leaf_level)) - 1);
		map(tables, &tables->pasid[2], config->first_levels, config->leaf_level,
		    tables->iova, config->second_levels ? input : page,
		    VTD_FS_P | VTD_FS_RW | VTD_FS_US, tables->first);
	} else {
		tables->iova = input;
	}
	if (config->first_levels && config->second_levels)
		map_first_stage_tables(tables, first);
	if (config->second_levels)
		map_second(tables, input, page, config->leaf_level, tables->second);
}

/**
 * vtd_tables_add_device - Give one more device a context entry
 * @tables: The tables.
 * @source_id: The device.
 *
 * Context: Process context.
 *
 * Return: The entry's words, all 0 but for a device that has been there.
 */
u64 *vtd_tables_add_device(struct vtd_tables *tables, u16 source_id)
{
	u64 *root = tables->pages[0], *table;

	if (tables->config.scalable) {
		tables->root = &root[source_id >> 7];
		table = next_table(tables, tables->root, VTD_ROOT_P);
		return &table[(source_id & 0x7f) * VTD_SM_CONTEXT_WORDS];
	}
	tables->root = &root[(source_id >> 8) * VTD_ROOT_ENTRY_WORDS];
	table = next_table(tables, tables->root, VTD_ROOT_P);
	return &table[(source_id & 0xff) * VTD_CONTEXT_WORDS];
}

/**
 * vtd_tables_add_pasid - Give the device's PASID table one more entry
 * @tables: Tables of scalable mode.
 * @pasid: PASID.
 *
 * Context: Process context.
 *
 * Return: The entry's words, all 0 but for one that has been there.
 */
u64 *vtd_tables_add_pasid(struct vtd_tables *tables, u32 pasid)
{
	u64 *table = next_table(tables, &tables->context[0], 0);

	tables->directory = &table[pasid / 64];
	table = next_table(tables, tables->directory, VTD_PASID_DIR_P);
	return &table[pasid % 64 * VTD_PASID_WORDS];
}

static void build_legacy(struct vtd_tables *tables)
{
	const struct vtd_tables_config *config = &tables->config;

	build_stages(tables);
	tables->context[0] |= VTD_CONTEXT_0_P | FIELD_PREP(VTD_CONTEXT_0_TT, config->type);
	tables->context[1] = FIELD_PREP(VTD_CONTEXT_1_AW, config->second_levels - 2) |
			     FIELD_PREP(VTD_CONTEXT_1_DID, VTD_TABLES_DOMAIN);
}

static void build_scalable(struct vtd_tables *tables)
{
	const struct vtd_tables_config *config = &tables->config;

	tables->pasid = vtd_tables_add_pasid(tables, VTD_TABLES_PASID);
	if (config->first_levels || config->second_levels)
		build_stages(tables);
	tables->context[0] |= VTD_SM_CONTEXT_0_P | VTD_SM_CONTEXT_0_PASIDE |
			      FIELD_PREP(VTD_SM_CONTEXT_0_PDTS, DIRECTORY_SIZE);
	tables->context[1] = FIELD_PREP(VTD_SM_CONTEXT_1_RID_PASID, VTD_TABLES_PASID);
	tables->pasid[0] |= VTD_PASID_0_P | FIELD_PREP(VTD_PASID_0_PGTT, config->type);
	if (config->second_levels)
		tables->pasid[0] |= FIELD_PREP(VTD_PASID_0_AW, config->second_levels - 2);
	tables->pasid[1] = FIELD_PREP(VTD_PASID_1_DID, VTD_TABLES_DOMAIN) |
			   (tables->unit->unit.settings.ecap & VTD_ECAP_SMPWC ?
			    VTD_PASID_1_PWSNP : 0);
	if (config->first_levels)
		tables->pasid[2] |= FIELD_PREP(VTD_PASID_2_FSPM, config->first_levels - 4);
}

/**
 * vtd_tables_build - Make the tables
 * @tables: To fill.
 * @unit: The unit.
 * @config: How.
 *
 * Context: Process context.
 */
void vtd_tables_build(struct vtd_tables *tables, struct vtd_test_unit *unit,
		      const struct vtd_tables_config *config)
{
	*tables = (struct vtd_tables) { .unit = unit, .config = *config };
	add_table(tables); /* the root table */
	tables->context = vtd_tables_add_device(tables, VTD_TABLES_SOURCE_ID);
	if (config->scalable)
		build_scalable(tables);
	else
		build_legacy(tables);
}

/**
 * vtd_tables_flush_all - Let a unit that does not snoop see all tables
 * @tables: The tables.
 *
 * Context: Any.
 */
void vtd_tables_flush_all(struct vtd_tables *tables)
{
	for (unsigned int i = 0; i < tables->nr_pages; i++)
		vtd_test_unit_flush(tables->unit, tables->pages[i], TABLE_SIZE);
}

/**
 * vtd_tables_set_root - Let the unit take the root table over
 * @tables: The tables.
 * @lasting: VTD_GCMD_* of what is enabled.
 *
 * Context: Any.
 */
void vtd_tables_set_root(const struct vtd_tables *tables, u32 lasting)
{
	u8 mode = tables->config.scalable ? VTD_TTM_SCALABLE : VTD_TTM_LEGACY;
	struct vtd_test_unit *unit = tables->unit;

	vtd_test_unit_writeq(unit, VTD_RTADDR, virt_to_phys(tables->pages[0]) |
			     FIELD_PREP(VTD_RTADDR_TTM, mode));
	vtd_test_unit_writel(unit, VTD_GCMD, lasting | VTD_GCMD_SRTP);
}

/**
 * vtd_tables_enable - Let the unit use the tables
 * @tables: The tables.
 *
 * Context: Any.
 */
void vtd_tables_enable(struct vtd_tables *tables)
{
	struct vtd_test_unit *unit = tables->unit;

	vtd_tables_flush_all(tables);
	vtd_tables_set_root(tables, 0);
	vtd_test_unit_writel(unit, VTD_GCMD, VTD_GCMD_TE);
	KUNIT_ASSERT_TRUE(unit->test, vtd_test_unit_readl(unit, VTD_GSTS) & VTD_GCMD_TE);
}

/**
 * vtd_tables_target - Where the request of vtd_tables_request() goes
 * @tables: The tables.
 *
 * Return: The address, which is within the page if that is a large one.
 */
u64 vtd_tables_target(const struct vtd_tables *tables)
{
	u64 offset = (1ULL << level_shift(tables->config.leaf_level)) - 1;

	return tables->page + (tables->iova & offset);
}

/**
 * vtd_tables_request - The request that the tables translate
 * @tables: The tables.
 *
 * Return: A read of the first byte of the page, with the PASID in scalable mode.
 */
struct vtd_request vtd_tables_request(const struct vtd_tables *tables)
{
	return (struct vtd_request) {
		.address = tables->iova,
		.pasid = tables->config.scalable ? VTD_TABLES_PASID : VTD_NO_PASID,
		.source_id = VTD_TABLES_SOURCE_ID,
	};
}
