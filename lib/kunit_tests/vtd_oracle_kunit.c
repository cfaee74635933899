// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: the DMA oracle
 *
 * Tables are changed in ways that are right, and the oracle is silent; then in the
 * same ways with one thing left out or in the wrong order, and it is not.
 */

#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "vtd_inner_test.h"
#include "vtd_oracle.h"
#include "vtd_tables.h"

#define OTHER_PAGE	0x2468ace000ULL

static const struct vtd_tables_config legacy = {
	.second_levels = 4, .leaf_level = 1,
};

static const struct vtd_tables_config legacy_5_levels = {
	.second_levels = 5, .leaf_level = 1,
};

static const struct vtd_tables_config second_stage = {
	.scalable = true, .type = VTD_PGTT_SECOND, .second_levels = 4,
	.leaf_level = 1,
};

static const struct vtd_tables_config first_stage = {
	.scalable = true, .type = VTD_PGTT_FIRST, .first_levels = 5,
	.leaf_level = 1,
};

static const struct vtd_tables_config nested_5_in_3 = {
	.scalable = true, .type = VTD_PGTT_NESTED, .first_levels = 5,
	.second_levels = 3, .leaf_level = 1,
};

static const struct vtd_tables_config nested = {
	.scalable = true, .type = VTD_PGTT_NESTED, .first_levels = 4,
	.second_levels = 4, .leaf_level = 1,
};

/* Kinds of units: what a store has to go through until it is seen */
enum unit_kind {
	COHERENT,
	NOT_COHERENT,
	WRITE_BUFFERS,
};

/* One that invalidates with a new root table, for which scalable mode needs a queue */
static struct vtd_test_unit *create_unit(struct kunit *test, enum unit_kind kind)
{
	struct vtd_settings settings = vtd_tables_settings;

	settings.cap |= VTD_CAP_ESRTPS;
	if (kind == NOT_COHERENT)
		settings.ecap &= ~(VTD_ECAP_C | VTD_ECAP_SMPWC);
	if (kind == WRITE_BUFFERS)
		settings.cap |= VTD_CAP_RWBF;
	return vtd_test_unit_create(test, &settings);
}

/* A unit that translates, and tables that it does not use, if they are wanted */
static struct vtd_test_unit *start(struct kunit *test, enum unit_kind kind,
				   const struct vtd_tables_config *config,
				   struct vtd_tables *tables,
				   struct vtd_tables *shadow)
{
	struct vtd_test_unit *unit = create_unit(test, kind);

	vtd_tables_build(tables, unit, config);
	if (shadow) {
		vtd_tables_build(shadow, unit, config);
		vtd_tables_flush_all(shadow);
	}
	vtd_tables_flush_all(tables);
	if (kind == WRITE_BUFFERS)
		vtd_test_unit_writel(unit, VTD_GCMD, VTD_GCMD_WBF);
	vtd_tables_enable(tables);
	return unit;
}

/* Accessed and dirty flags of a first stage need a walk that snoops */
static enum unit_kind least_kind(const struct vtd_tables_config *config)
{
	return config->first_levels ? COHERENT : NOT_COHERENT;
}

static void watch_page(struct vtd_tables *tables,
		       enum vtd_oracle_expectation expectation)
{
	struct vtd_request request = vtd_tables_request(tables);

	vtd_oracle_watch(tables->unit, &request, expectation, vtd_tables_target(tables));
}

static struct vtd_oracle_figures figures_of(struct vtd_test_unit *unit)
{
	struct vtd_oracle_figures figures;

	vtd_oracle_get_figures(unit, &figures);
	return figures;
}

static unsigned int violations_of(struct vtd_test_unit *unit)
{
	return figures_of(unit).violations;
}

/* The driver's part: stores, and what makes them seen */

static void store(u64 *word, u64 value)
{
	WRITE_ONCE(*word, value);
}

static void push(struct vtd_test_unit *unit, enum unit_kind kind, void *start,
		 size_t size)
{
	if (kind == NOT_COHERENT)
		vtd_test_unit_flush(unit, start, size);
	else
		vtd_test_unit_barrier(unit);
	if (kind == WRITE_BUFFERS)
		vtd_test_unit_writel(unit, VTD_GCMD, VTD_GCMD_TE | VTD_GCMD_WBF);
}

static void invalidate(struct vtd_test_unit *unit)
{
	u32 registers = FIELD_GET(VTD_ECAP_IRO, unit->unit.settings.ecap) * 16;

	vtd_test_unit_writeq(unit, VTD_CCMD, VTD_CCMD_ICC |
			     FIELD_PREP(VTD_CCMD_CIRG, VTD_GRANULARITY_GLOBAL));
	vtd_test_unit_writeq(unit, registers + VTD_IOTLB, VTD_IOTLB_IVT |
			     VTD_IOTLB_DR | VTD_IOTLB_DW |
			     FIELD_PREP(VTD_IOTLB_IIRG, VTD_GRANULARITY_GLOBAL));
}

static void translate_page(struct vtd_tables *tables)
{
	struct vtd_request request = vtd_tables_request(tables);
	struct vtd_result result;

	vtd_test_unit_translate(tables->unit, &request, &result);
	KUNIT_EXPECT_FALSE(tables->unit->test, result.blocked);
	KUNIT_EXPECT_EQ(tables->unit->test, vtd_tables_target(tables), result.address);
}

static void tables_that_stay_pass(struct kunit *test)
{
	const struct vtd_tables_config *config = test->param_value;
	struct vtd_oracle_figures figures;
	struct vtd_test_unit *unit;
	struct vtd_tables tables;

	unit = start(test, least_kind(config), config, &tables, NULL);
	watch_page(&tables, VTD_ORACLE_REACHES);
	translate_page(&tables);
	vtd_test_unit_barrier(unit);
	vtd_tables_flush_all(&tables);

	/* A barrier is one point, a flush two; each has two walks */
	figures = figures_of(unit);
	KUNIT_EXPECT_EQ(test, 1 + 2 * tables.nr_pages, figures.points);
	KUNIT_EXPECT_EQ(test, 2 * figures.points, figures.walks);
	KUNIT_EXPECT_EQ(test, 0, figures.violations);
	KUNIT_EXPECT_EQ(test, 0, figures.most_words);
}

/*
 * Two page tables with as many levels as their context entries say, both of which
 * map the page; the entry that is there is replaced by the other one.
 */
static struct vtd_test_unit *start_replacement(struct kunit *test,
					       enum unit_kind kind,
					       struct vtd_tables *tables,
					       u64 *words)
{
	struct vtd_test_unit *unit;
	struct vtd_tables other;

	unit = start(test, kind, &legacy, tables, NULL);
	vtd_tables_build(&other, unit, &legacy_5_levels);
	vtd_tables_map(&other, tables->iova, tables->page);
	vtd_tables_flush_all(&other);
	if (kind == WRITE_BUFFERS)
		vtd_test_unit_writel(unit, VTD_GCMD, VTD_GCMD_TE | VTD_GCMD_WBF);
	words[0] = other.context[0];
	words[1] = other.context[1];
	return unit;
}

static void torn_context_entry_is_found(struct kunit *test)
{
	struct vtd_test_unit *unit;
	struct vtd_tables tables;
	u64 words[2];

	unit = start_replacement(test, COHERENT, &tables, words);
	watch_page(&tables, VTD_ORACLE_REACHES);
	vtd_oracle_expect_violation(unit);
	store(&tables.context[1], words[1]);
	store(&tables.context[0], words[0]);
	vtd_test_unit_barrier(unit);
	KUNIT_EXPECT_EQ(test, 2, violations_of(unit));

	/* Both words are there now */
	vtd_test_unit_barrier(unit);
	KUNIT_EXPECT_EQ(test, 2, violations_of(unit));
}

static void torn_pasid_entry_is_found(struct kunit *test)
{
	struct vtd_tables tables, other;
	struct vtd_test_unit *unit;

	unit = start(test, COHERENT, &second_stage, &tables, NULL);
	vtd_tables_build(&other, unit, &first_stage);
	vtd_tables_map(&other, tables.iova, tables.page);
	watch_page(&tables, VTD_ORACLE_REACHES);
	vtd_test_unit_barrier(unit);
	KUNIT_EXPECT_EQ(test, 0, violations_of(unit));

	vtd_oracle_expect_violation(unit);
	store(&tables.pasid[2], other.pasid[2]);
	store(&tables.pasid[0], other.pasid[0]);
	vtd_test_unit_barrier(unit);
	KUNIT_EXPECT_EQ(test, 2, violations_of(unit));
}

static void replace_in_the_right_order(struct vtd_test_unit *unit,
				       enum unit_kind kind, u64 *entry, u64 *words)
{
	store(&entry[0], 0);
	push(unit, kind, entry, 16);
	invalidate(unit);
	store(&entry[1], words[1]);
	push(unit, kind, entry, 16);
	store(&entry[0], words[0]);
	push(unit, kind, entry, 16);
	invalidate(unit);
}

static const enum unit_kind kinds[] = { COHERENT, NOT_COHERENT, WRITE_BUFFERS };

static void kind_desc(const enum unit_kind *kind, char *desc)
{
	static const char * const names[] = {
		"coherent", "not coherent", "write buffers",
	};

	strscpy(desc, names[*kind], KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, kinds, kind_desc);

static void entry_replaced_in_the_right_order_passes(struct kunit *test)
{
	const enum unit_kind kind = *(const enum unit_kind *)test->param_value;
	struct vtd_test_unit *unit;
	struct vtd_tables tables;
	u64 words[2];

	unit = start_replacement(test, kind, &tables, words);
	translate_page(&tables);
	watch_page(&tables, VTD_ORACLE_EITHER);
	replace_in_the_right_order(unit, kind, tables.context, words);
	watch_page(&tables, VTD_ORACLE_REACHES);
	vtd_test_unit_barrier(unit);
	KUNIT_EXPECT_EQ(test, 0, violations_of(unit));
	KUNIT_EXPECT_EQ(test, words[0], tables.context[0]);
}

/*
 * A new last table, in memory that has been one before, replaces the one that is
 * there. What it had for the page must not be seen once the new table is.
 */
static void replace_last_table(struct vtd_tables *tables, enum unit_kind kind,
			       bool push_contents)
{
	struct vtd_test_unit *unit = tables->unit;
	u64 *table = vtd_test_unit_alloc(unit, PAGE_SIZE);
	u64 *entry = &table[tables->iova >> 12 & 0x1ff];

	store(entry, OTHER_PAGE | VTD_SS_R | VTD_SS_W);
	push(unit, kind, table, PAGE_SIZE);

	store(entry, *tables->second[1]);
	if (push_contents)
		push(unit, kind, entry, 8);
	store(tables->second[2], virt_to_phys(table) | VTD_SS_R | VTD_SS_W);
	push(unit, kind, tables->second[2], 8);
}

static void table_seen_before_its_contents_is_found(struct kunit *test)
{
	const enum unit_kind kind = *(const enum unit_kind *)test->param_value;
	struct vtd_test_unit *unit;
	struct vtd_tables tables;

	unit = start(test, kind, &legacy, &tables, NULL);
	watch_page(&tables, VTD_ORACLE_REACHES);
	vtd_oracle_expect_violation(unit);
	replace_last_table(&tables, kind, false);
	KUNIT_EXPECT_NE(test, 0, violations_of(unit));
}

static void table_seen_after_its_contents_passes(struct kunit *test)
{
	const enum unit_kind kind = *(const enum unit_kind *)test->param_value;
	struct vtd_test_unit *unit;
	struct vtd_tables tables;

	unit = start(test, kind, &legacy, &tables, NULL);
	watch_page(&tables, VTD_ORACLE_REACHES);
	replace_last_table(&tables, kind, true);
	KUNIT_EXPECT_EQ(test, 0, violations_of(unit));
}

/* A barrier is no flush, and neither of them flushes write buffers. */
static void less_than_the_unit_needs_is_found(struct kunit *test)
{
	struct vtd_test_unit *unit;
	struct vtd_tables tables;

	for (enum unit_kind kind = NOT_COHERENT; kind <= WRITE_BUFFERS; kind++) {
		unit = start(test, kind, &legacy, &tables, NULL);
		watch_page(&tables, VTD_ORACLE_REACHES);
		vtd_oracle_expect_violation(unit);
		store(tables.second[1], 0);
		vtd_test_unit_barrier(unit);
		watch_page(&tables, VTD_ORACLE_BLOCKED);
		KUNIT_EXPECT_EQ(test, 2, violations_of(unit));
		vtd_test_unit_barrier(unit);
		KUNIT_EXPECT_EQ(test, 4, violations_of(unit));
	}
}

static void unmapped_without_invalidation_is_found(struct kunit *test)
{
	struct vtd_test_unit *unit;
	struct vtd_tables tables;

	unit = start(test, COHERENT, &legacy, &tables, NULL);
	translate_page(&tables);
	store(tables.second[1], 0);
	vtd_test_unit_barrier(unit);
	watch_page(&tables, VTD_ORACLE_BLOCKED);
	vtd_oracle_expect_violation(unit);
	vtd_test_unit_barrier(unit);
	/* With the caches, not without them */
	KUNIT_EXPECT_EQ(test, 1, violations_of(unit));
}

static void unmapped_and_invalidated_passes(struct kunit *test)
{
	struct vtd_test_unit *unit;
	struct vtd_tables tables;

	unit = start(test, COHERENT, &legacy, &tables, NULL);
	translate_page(&tables);
	store(tables.second[1], 0);
	vtd_test_unit_barrier(unit);
	invalidate(unit);
	watch_page(&tables, VTD_ORACLE_BLOCKED);
	vtd_test_unit_barrier(unit);
	KUNIT_EXPECT_EQ(test, 0, violations_of(unit));
}

/* Devices that do DMA */

static void translation_off_under_dma_is_found(struct kunit *test)
{
	struct vtd_test_unit *unit;
	struct vtd_tables tables;

	unit = start(test, COHERENT, &legacy, &tables, NULL);
	vtd_oracle_mastering(unit, VTD_TABLES_SOURCE_ID);
	vtd_test_unit_writel(unit, VTD_GCMD, VTD_GCMD_TE);
	KUNIT_EXPECT_EQ(test, 0, violations_of(unit));

	vtd_oracle_expect_violation(unit);
	vtd_test_unit_writel(unit, VTD_GCMD, 0);
	KUNIT_EXPECT_EQ(test, 1, violations_of(unit));
}

static void mode_changed_under_dma_is_found(struct kunit *test)
{
	struct vtd_tables tables, other;
	struct vtd_test_unit *unit;

	unit = start(test, COHERENT, &legacy, &tables, NULL);
	vtd_tables_build(&other, unit, &second_stage);
	vtd_test_unit_writel(unit, VTD_GCMD, 0);
	vtd_oracle_mastering(unit, VTD_TABLES_SOURCE_ID);
	vtd_tables_set_root(&tables, 0);
	KUNIT_EXPECT_EQ(test, 0, violations_of(unit));

	vtd_oracle_expect_violation(unit);
	vtd_tables_set_root(&other, 0);
	KUNIT_EXPECT_EQ(test, 1, violations_of(unit));
}

static void quiet_device_allows_everything(struct kunit *test)
{
	struct vtd_tables tables, other;
	struct vtd_test_unit *unit;

	unit = start(test, COHERENT, &legacy, &tables, NULL);
	vtd_tables_build(&other, unit, &second_stage);
	vtd_oracle_mastering(unit, VTD_TABLES_SOURCE_ID);
	vtd_oracle_quiet(unit, VTD_TABLES_SOURCE_ID);
	vtd_test_unit_writel(unit, VTD_GCMD, 0);
	vtd_tables_set_root(&other, 0);
	KUNIT_EXPECT_EQ(test, 0, violations_of(unit));
}

static void translation_off_reaches_another_address(struct kunit *test)
{
	struct vtd_test_unit *unit;
	struct vtd_tables tables;

	unit = start(test, COHERENT, &second_stage, &tables, NULL);
	watch_page(&tables, VTD_ORACLE_EITHER);
	vtd_oracle_expect_violation(unit);
	vtd_test_unit_writel(unit, VTD_GCMD, 0);
	KUNIT_EXPECT_NE(test, 0, violations_of(unit));
}

static void root_of_an_equal_shadow_passes(struct kunit *test)
{
	const struct vtd_tables_config *config = test->param_value;
	struct vtd_tables tables, shadow;
	struct vtd_test_unit *unit;

	unit = start(test, least_kind(config), config, &tables, &shadow);
	vtd_oracle_mastering(unit, VTD_TABLES_SOURCE_ID);
	watch_page(&tables, VTD_ORACLE_REACHES);
	translate_page(&tables);
	vtd_log_clear(unit);
	vtd_tables_set_root(&shadow, VTD_GCMD_TE);
	translate_page(&tables);
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_ROOT_TABLE),
			      VTD_PATTERN(VTD_EVENT_IOTLB_INVALIDATION));
	KUNIT_EXPECT_EQ(test, 0, violations_of(unit));
}

static void root_of_another_translation_is_found(struct kunit *test)
{
	struct vtd_tables tables, shadow;
	struct vtd_test_unit *unit;

	unit = start(test, COHERENT, &legacy, &tables, &shadow);
	store(shadow.second[1], OTHER_PAGE | VTD_SS_R | VTD_SS_W);
	vtd_test_unit_barrier(unit);
	watch_page(&tables, VTD_ORACLE_REACHES);
	vtd_test_unit_barrier(unit);
	KUNIT_EXPECT_EQ(test, 0, violations_of(unit));

	vtd_oracle_expect_violation(unit);
	vtd_tables_set_root(&shadow, VTD_GCMD_TE);
	KUNIT_EXPECT_NE(test, 0, violations_of(unit));
}

/* A shadow that the unit may still find incomplete */
static void root_of_a_shadow_not_flushed_is_found(struct kunit *test)
{
	struct vtd_tables tables, shadow;
	struct vtd_test_unit *unit;

	unit = start(test, NOT_COHERENT, &legacy, &tables, NULL);
	vtd_tables_build(&shadow, unit, &legacy);
	watch_page(&tables, VTD_ORACLE_REACHES);
	vtd_oracle_expect_violation(unit);
	vtd_tables_set_root(&shadow, VTD_GCMD_TE);
	KUNIT_EXPECT_NE(test, 0, violations_of(unit));
}

/* What is tried */

static void only_words_on_the_way_are_tried(struct kunit *test)
{
	struct vtd_oracle_figures figures;
	struct vtd_test_unit *unit;
	struct vtd_tables tables;

	unit = start(test, COHERENT, &legacy, &tables, NULL);
	watch_page(&tables, VTD_ORACLE_REACHES);
	/* Entries of all other devices of the bus, and of other pages */
	for (unsigned int i = 0; i < 2 * 0x40; i++)
		store(&((u64 *)phys_to_virt(*tables.root & PAGE_MASK))[i], 1);
	store(tables.second[1] + 1, 3);
	vtd_test_unit_barrier(unit);
	figures = figures_of(unit);
	KUNIT_EXPECT_EQ(test, 2, figures.walks);
	KUNIT_EXPECT_EQ(test, 0, figures.most_words);
}

static void each_combination_is_tried(struct kunit *test)
{
	struct vtd_oracle_figures figures;
	struct vtd_test_unit *unit;
	struct vtd_tables tables;

	unit = start(test, COHERENT, &legacy, &tables, NULL);
	watch_page(&tables, VTD_ORACLE_REACHES);
	/* An ignored bit of an entry of each level */
	for (unsigned int level = 1; level <= 4; level++)
		store(tables.second[level], *tables.second[level] | BIT_ULL(52));
	vtd_test_unit_barrier(unit);
	figures = figures_of(unit);
	KUNIT_EXPECT_EQ(test, 2 * 16, figures.walks);
	KUNIT_EXPECT_EQ(test, 4, figures.most_words);
}

/* A nested walk reads the top entries of the second stage for each table. */
static void word_keeps_its_value_within_a_walk(struct kunit *test)
{
	struct vtd_oracle_figures figures;
	struct vtd_test_unit *unit;
	struct vtd_tables tables;
	u64 *table;

	unit = start(test, COHERENT, &nested, &tables, NULL);
	watch_page(&tables, VTD_ORACLE_REACHES);
	table = phys_to_virt(tables.pasid[0] & GENMASK_ULL(51, 12));
	for (unsigned int i = 0; i < 512; i++)
		store(&table[i], table[i] ? table[i] | BIT_ULL(52) : 0);
	vtd_test_unit_barrier(unit);
	figures = figures_of(unit);
	/* The tables of the first stage, and the page, are not in one entry */
	KUNIT_EXPECT_LE(test, figures.most_words, 2);
	KUNIT_EXPECT_GE(test, figures.most_words, 1);
	KUNIT_EXPECT_EQ(test, 2 << figures.most_words, figures.walks);
	KUNIT_EXPECT_EQ(test, 0, figures.violations);
}

/* Change 14 words on the way of a nested request, all without effect. */
static void change_many_words(struct vtd_tables *tables)
{
	store(&tables->context[0], tables->context[0] | VTD_SM_CONTEXT_0_FPD);
	store(&tables->context[1], tables->context[1] ^ 1);
	store(tables->directory, *tables->directory | VTD_PASID_DIR_FPD);
	store(&tables->pasid[0], tables->pasid[0] | VTD_PASID_0_FPD);
	store(&tables->pasid[1], tables->pasid[1] ^ 1);
	store(&tables->pasid[2], tables->pasid[2] | VTD_PASID_2_SMEP);
	for (unsigned int level = 1; level <= 5; level++)
		store(tables->first[level], *tables->first[level] | BIT_ULL(53));
	for (unsigned int level = 1; level <= 3; level++)
		store(tables->second[level], *tables->second[level] | BIT_ULL(53));
}

static void more_words_than_can_be_tried_are_sampled(struct kunit *test)
{
	struct vtd_oracle_figures figures;
	struct vtd_test_unit *unit;
	struct vtd_tables tables;

	unit = start(test, COHERENT, &nested_5_in_3, &tables, NULL);
	watch_page(&tables, VTD_ORACLE_REACHES);
	change_many_words(&tables);
	vtd_test_unit_barrier(unit);
	figures = figures_of(unit);
	KUNIT_EXPECT_EQ(test, 14, figures.most_words);
	KUNIT_EXPECT_EQ(test, 2 << VTD_ORACLE_WORDS, figures.walks);
	KUNIT_EXPECT_EQ(test, figures.walks, figures.sampled);
	KUNIT_EXPECT_EQ(test, 0, figures.violations);
}

static void word_beyond_those_tried_is_found(struct kunit *test)
{
	struct vtd_test_unit *unit;
	struct vtd_tables tables;

	unit = start(test, COHERENT, &nested_5_in_3, &tables, NULL);
	watch_page(&tables, VTD_ORACLE_REACHES);
	vtd_oracle_expect_violation(unit);
	change_many_words(&tables);
	store(tables.second[1], OTHER_PAGE | VTD_SS_R | VTD_SS_W);
	vtd_test_unit_barrier(unit);
	KUNIT_EXPECT_EQ(test, 2, violations_of(unit));
}

static void forgotten_request_is_not_asked(struct kunit *test)
{
	struct vtd_test_unit *unit;
	struct vtd_tables tables;
	struct vtd_request request;

	unit = start(test, COHERENT, &legacy, &tables, NULL);
	watch_page(&tables, VTD_ORACLE_BLOCKED);
	request = vtd_tables_request(&tables);
	vtd_oracle_forget(unit, &request);
	vtd_test_unit_barrier(unit);
	KUNIT_EXPECT_EQ(test, 1, figures_of(unit).points);
	KUNIT_EXPECT_EQ(test, 0, figures_of(unit).walks);
}

/* Cases that fail */

static void violate(struct kunit *inner)
{
	struct vtd_test_unit *unit;
	struct vtd_tables *tables;

	tables = kunit_kzalloc(inner, sizeof(*tables), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(inner, tables);
	unit = start(inner, COHERENT, &legacy, tables, NULL);
	watch_page(tables, VTD_ORACLE_REACHES);
	store(tables->second[1], 0);
	vtd_test_unit_barrier(unit);
}

static void expect_and_violate(struct kunit *inner)
{
	struct vtd_test_unit *unit;
	struct vtd_tables *tables;

	tables = kunit_kzalloc(inner, sizeof(*tables), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(inner, tables);
	unit = start(inner, COHERENT, &legacy, tables, NULL);
	vtd_oracle_mastering(unit, VTD_TABLES_SOURCE_ID);
	vtd_oracle_expect_violation(unit);
	vtd_test_unit_writel(unit, VTD_GCMD, 0);
}

static void violate_under_dma(struct kunit *inner)
{
	struct vtd_test_unit *unit;
	struct vtd_tables *tables;

	tables = kunit_kzalloc(inner, sizeof(*tables), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(inner, tables);
	unit = start(inner, COHERENT, &legacy, tables, NULL);
	vtd_oracle_mastering(unit, VTD_TABLES_SOURCE_ID);
	vtd_test_unit_writel(unit, VTD_GCMD, 0);
}

static void expect_and_do_not_violate(struct kunit *inner)
{
	struct vtd_test_unit *unit = create_unit(inner, COHERENT);

	vtd_oracle_expect_violation(unit);
	vtd_test_unit_barrier(unit);
}

static void violation_fails_the_case(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, violate));
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, violate_under_dma));
	KUNIT_EXPECT_TRUE(test, vtd_inner_test_passes(test, expect_and_violate));
}

static void violation_expected_and_missing_fails_the_case(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, expect_and_do_not_violate));
}

static struct kunit_case vtd_oracle_cases[] = {
	KUNIT_CASE_PARAM(tables_that_stay_pass, vtd_tables_gen_configs),
	KUNIT_CASE(torn_context_entry_is_found),
	KUNIT_CASE(torn_pasid_entry_is_found),
	KUNIT_CASE_PARAM(entry_replaced_in_the_right_order_passes, kind_gen_params),
	KUNIT_CASE_PARAM(table_seen_before_its_contents_is_found, kind_gen_params),
	KUNIT_CASE_PARAM(table_seen_after_its_contents_passes, kind_gen_params),
	KUNIT_CASE(less_than_the_unit_needs_is_found),
	KUNIT_CASE(unmapped_without_invalidation_is_found),
	KUNIT_CASE(unmapped_and_invalidated_passes),
	KUNIT_CASE(translation_off_under_dma_is_found),
	KUNIT_CASE(mode_changed_under_dma_is_found),
	KUNIT_CASE(quiet_device_allows_everything),
	KUNIT_CASE(translation_off_reaches_another_address),
	KUNIT_CASE_PARAM(root_of_an_equal_shadow_passes, vtd_tables_gen_configs),
	KUNIT_CASE(root_of_another_translation_is_found),
	KUNIT_CASE(root_of_a_shadow_not_flushed_is_found),
	KUNIT_CASE(only_words_on_the_way_are_tried),
	KUNIT_CASE(each_combination_is_tried),
	KUNIT_CASE(word_keeps_its_value_within_a_walk),
	KUNIT_CASE(more_words_than_can_be_tried_are_sampled),
	KUNIT_CASE(word_beyond_those_tried_is_found),
	KUNIT_CASE(forgotten_request_is_not_asked),
	KUNIT_CASE(violation_fails_the_case),
	KUNIT_CASE(violation_expected_and_missing_fails_the_case),
	{}
};

static struct kunit_suite vtd_oracle_suite = {
	.name = "vtd_oracle",
	.test_cases = vtd_oracle_cases,
};

kunit_test_suite(vtd_oracle_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the DMA oracle");
