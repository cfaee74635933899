// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: caches of the VT-d unit
 *
 * A translation is asked for once, so that it is cached; then an entry that it
 * went by is changed. The old answer stands until an invalidation of the right
 * cache, granularity, domain, PASID and address comes, by register or by queue,
 * and no other one makes a difference.
 */

#include <linux/bitfield.h>
#include <linux/io.h>

#include <kunit/test.h>

#include "vtd_tables.h"

#define QUEUE_SIZE	4096

/* How far the new page is from the old one */
#define NEW_PAGE	0x40000000ULL

/* The IOTLB registers of vtd_tables_settings */
#define IVA		0xf0
#define IOTLB		0xf8

/* What an invalidation is of */
enum target {
	CONTEXT_CACHE,
	PASID_CACHE,
	TRANSLATIONS,
	PASID_TRANSLATIONS,
};

/* What is changed behind the caches */
enum changed {
	LEAF,
	CONTEXT_ENTRY,
	PASID_ENTRY,
};

#define LEGACY	{ "", false, VTD_TT_UNTRANSLATED, 0, 4, 1 }
#define SECOND	{ "", true, VTD_PGTT_SECOND, 0, 4, 1 }
#define FIRST	{ "", true, VTD_PGTT_FIRST, 4, 0, 1 }
#define NESTED	{ "", true, VTD_PGTT_NESTED, 4, 4, 1 }
#define LARGE	{ "", false, VTD_TT_UNTRANSLATED, 0, 4, 2 }

/**
 * struct invalidation - An invalidation
 * @target: Of what.
 * @granularity: As its descriptor has it.
 * @domain: Added to that of the tables.
 * @source_id: Added to that of the device.
 * @pasid: Added to that of the tables.
 * @mask: Function mask, or address mask.
 * @leaf_only: The invalidation hint.
 * @address: Added to that of the page.
 */
struct invalidation {
	enum target target;
	u8 granularity;
	int domain;
	int source_id;
	int pasid;
	u8 mask;
	bool leaf_only;
	s64 address;
};

/**
 * struct setup - A unit, tables, and a queue
 * @unit: The unit.
 * @tables: What it uses.
 * @queue: The invalidation queue, or %NULL.
 * @tail: Where the next descriptor goes, bytes.
 */
struct setup {
	struct vtd_test_unit *unit;
	struct vtd_tables tables;
	u64 *queue;
	u32 tail;
};

/* Scalable mode has no invalidation by register. */
static void enable_queue(struct setup *setup)
{
	bool scalable = setup->tables.config.scalable;

	if (setup->queue)
		return;
	setup->queue = vtd_test_unit_alloc(setup->unit, QUEUE_SIZE);
	vtd_test_unit_writeq(setup->unit, VTD_IQT, 0);
	vtd_test_unit_writeq(setup->unit, VTD_IQA, virt_to_phys(setup->queue) |
			     (scalable ? VTD_IQA_DW : 0));
	vtd_test_unit_writel(setup->unit, VTD_GCMD, VTD_GCMD_TE | VTD_GCMD_QIE);
}

static struct setup *prepare(struct kunit *test, const struct vtd_settings *settings,
			     const struct vtd_tables_config *config)
{
	struct setup *setup = kunit_kzalloc(test, sizeof(*setup), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, setup);
	setup->unit = vtd_test_unit_create(test, settings);
	vtd_tables_build(&setup->tables, setup->unit, config);
	vtd_tables_enable(&setup->tables);
	if (config->scalable)
		enable_queue(setup);
	return setup;
}

/* Submission */

static void submit(struct setup *setup, u64 low, u64 high)
{
	bool wide = setup->tables.config.scalable;
	u64 *descriptor = &setup->queue[setup->tail / 8];

	memset(descriptor, 0, wide ? 32 : 16);
	descriptor[0] = low;
	descriptor[1] = high;
	setup->tail = (setup->tail + (wide ? 32 : 16)) % QUEUE_SIZE;
	vtd_test_unit_writeq(setup->unit, VTD_IQT, setup->tail);
}

static void invalidate_by_queue(struct setup *setup, const struct invalidation *invalidation)
{
	u64 granularity = invalidation->granularity;
	u64 domain = VTD_TABLES_DOMAIN + invalidation->domain;
	u64 source_id = VTD_TABLES_SOURCE_ID + invalidation->source_id;
	u64 pasid = VTD_TABLES_PASID + invalidation->pasid;
	u64 address = setup->tables.iova + invalidation->address;

	switch (invalidation->target) {
	case CONTEXT_CACHE:
		submit(setup, VTD_QI_CONTEXT | granularity << 4 | domain << 16 |
		       source_id << 32 | (u64)invalidation->mask << 48, 0);
		break;
	case PASID_CACHE:
		submit(setup, VTD_QI_PASID | granularity << 4 | domain << 16 | pasid << 32, 0);
		break;
	case TRANSLATIONS:
		submit(setup, VTD_QI_IOTLB | granularity << 4 | domain << 16,
		       granularity == VTD_GRANULARITY_PAGE ?
		       address | (u64)invalidation->leaf_only << 6 | invalidation->mask : 0);
		break;
	case PASID_TRANSLATIONS:
		submit(setup, VTD_QI_PASID_IOTLB | granularity << 4 | domain << 16 | pasid << 32,
		       granularity == VTD_PASID_IOTLB_PAGE ?
		       address | (u64)invalidation->leaf_only << 6 | invalidation->mask : 0);
		break;
	}
}

static void invalidate_by_register(struct setup *setup, const struct invalidation *invalidation)
{
	u64 granularity = invalidation->granularity;
	u64 domain = VTD_TABLES_DOMAIN + invalidation->domain;
	u64 source_id = VTD_TABLES_SOURCE_ID + invalidation->source_id;
	u64 address = setup->tables.iova + invalidation->address;
	struct kunit *test = setup->unit->test;
	u64 done;

	if (invalidation->target == CONTEXT_CACHE) {
		vtd_test_unit_writeq(setup->unit, VTD_CCMD, VTD_CCMD_ICC | granularity << 61 |
				     (u64)invalidation->mask << 32 | source_id << 16 | domain);
		done = FIELD_GET(VTD_CCMD_CAIG, vtd_test_unit_readq(setup->unit, VTD_CCMD));
		KUNIT_EXPECT_EQ(test, granularity, done);
		return;
	}
	KUNIT_ASSERT_EQ(test, TRANSLATIONS, invalidation->target);
	vtd_test_unit_writeq(setup->unit, IVA, address | (u64)invalidation->leaf_only << 6 |
			     invalidation->mask);
	vtd_test_unit_writeq(setup->unit, IOTLB, VTD_IOTLB_IVT | granularity << 60 | domain << 32);
	done = FIELD_GET(VTD_IOTLB_IAIG, vtd_test_unit_readq(setup->unit, IOTLB));
	KUNIT_EXPECT_EQ(test, granularity, done);
}

static void invalidate(struct setup *setup, const struct invalidation *invalidation)
{
	if (setup->queue)
		invalidate_by_queue(setup, invalidation);
	else
		invalidate_by_register(setup, invalidation);
}

static struct vtd_result ask(struct setup *setup, s64 offset)
{
	struct vtd_request request = vtd_tables_request(&setup->tables);
	struct vtd_result result;

	request.address += offset;
	vtd_test_unit_translate(setup->unit, &request, &result);
	return result;
}

static void expect_page(struct setup *setup, u64 page)
{
	struct vtd_result result = ask(setup, 0);

	KUNIT_EXPECT_FALSE(setup->unit->test, result.blocked);
	KUNIT_EXPECT_EQ(setup->unit->test, page, result.address);
}

/* The entry of the last level that counts */
static u64 *leaf_of(const struct vtd_tables *tables)
{
	u8 level = tables->config.leaf_level;

	return tables->config.second_levels ? tables->second[level] : tables->first[level];
}

/* An entry like the present one, but for its domain, that leads to the new page */
static void change_entry(struct setup *setup, enum changed changed)
{
	struct vtd_tables *tables = &setup->tables, other;

	if (changed == LEAF) {
		*leaf_of(tables) += NEW_PAGE;
	} else {
		vtd_tables_build(&other, setup->unit, &tables->config);
		*leaf_of(&other) += NEW_PAGE;
		if (!tables->config.scalable) {
			tables->context[0] = other.context[0];
			tables->context[1] += 0x100;
		} else if (changed == CONTEXT_ENTRY) {
			other.pasid[1]++;
			tables->context[0] = other.context[0];
		} else {
			memcpy(tables->pasid, other.pasid, VTD_PASID_WORDS * sizeof(u64));
			tables->pasid[1]++;
		}
	}
	vtd_test_unit_barrier(setup->unit);
}

/**
 * struct effect - What an invalidation does
 * @name: Which.
 * @config: Tables.
 * @changed: What was changed.
 * @invalidation: The invalidation.
 * @dropped: It drops what was cached of the change.
 */
struct effect {
	const char *name;
	struct vtd_tables_config config;
	enum changed changed;
	struct invalidation invalidation;
	bool dropped;
};

/* By register or queue alike: sections 6.5.1 and 6.5.2 */
static const struct effect legacy_effects[] = {
	{ "page: IOTLB, all", LEGACY, LEAF, { TRANSLATIONS, 1 }, true },
	{ "page: IOTLB, domain", LEGACY, LEAF, { TRANSLATIONS, 2 }, true },
	{ "page: IOTLB, other domain", LEGACY, LEAF, { TRANSLATIONS, 2, .domain = 1 }, false },
	{ "page: IOTLB, page", LEGACY, LEAF, { TRANSLATIONS, 3 }, true },
	{ "page: IOTLB, page of other domain", LEGACY, LEAF,
	  { TRANSLATIONS, 3, .domain = 1 }, false },
	{ "page: IOTLB, page after it", LEGACY, LEAF,
	  { TRANSLATIONS, 3, .address = 0x1000 }, false },
	{ "page: IOTLB, page before it", LEGACY, LEAF,
	  { TRANSLATIONS, 3, .address = -0x1000 }, false },
	{ "page: IOTLB, pages around it", LEGACY, LEAF,
	  { TRANSLATIONS, 3, .address = -0x3000, .mask = 2 }, true },
	{ "page: IOTLB, 4 pages after it", LEGACY, LEAF,
	  { TRANSLATIONS, 3, .address = 0x1000, .mask = 2 }, false },
	{ "page: IOTLB, page, hint", LEGACY, LEAF, { TRANSLATIONS, 3, .leaf_only = true }, true },
	{ "page: IOTLB, largest range", LEGACY, LEAF,
	  { TRANSLATIONS, 3, .address = -0x2c3000, .mask = 18 }, true },
	{ "page: context cache", LEGACY, LEAF, { CONTEXT_CACHE, 1 }, false },
	{ "large page: IOTLB, a page in it", LARGE, LEAF, { TRANSLATIONS, 3 }, true },
	{ "large page: IOTLB, its first page", LARGE, LEAF,
	  { TRANSLATIONS, 3, .address = -0xc3000 }, true },
	{ "large page: IOTLB, page after it", LARGE, LEAF,
	  { TRANSLATIONS, 3, .address = 0x13d000 }, false },
	{ "context entry: all", LEGACY, CONTEXT_ENTRY, { CONTEXT_CACHE, 1 }, true },
	{ "context entry: domain", LEGACY, CONTEXT_ENTRY, { CONTEXT_CACHE, 2 }, true },
	{ "context entry: its new domain", LEGACY, CONTEXT_ENTRY,
	  { CONTEXT_CACHE, 2, .domain = 1 }, false },
	{ "context entry: device", LEGACY, CONTEXT_ENTRY, { CONTEXT_CACHE, 3 }, true },
	{ "context entry: device, other domain", LEGACY, CONTEXT_ENTRY,
	  { CONTEXT_CACHE, 3, .domain = 1 }, false },
	{ "context entry: other device", LEGACY, CONTEXT_ENTRY,
	  { CONTEXT_CACHE, 3, .source_id = 8 }, false },
	{ "context entry: function 1", LEGACY, CONTEXT_ENTRY,
	  { CONTEXT_CACHE, 3, .source_id = -4 }, false },
	{ "context entry: function 1, bit 2 masked", LEGACY, CONTEXT_ENTRY,
	  { CONTEXT_CACHE, 3, .source_id = -4, .mask = 1 }, true },
	{ "context entry: function 3, bit 2 masked", LEGACY, CONTEXT_ENTRY,
	  { CONTEXT_CACHE, 3, .source_id = -2, .mask = 1 }, false },
	{ "context entry: function 3, bits 2:1 masked", LEGACY, CONTEXT_ENTRY,
	  { CONTEXT_CACHE, 3, .source_id = -2, .mask = 2 }, true },
	{ "context entry: function 4, bits 2:1 masked", LEGACY, CONTEXT_ENTRY,
	  { CONTEXT_CACHE, 3, .source_id = -1, .mask = 2 }, false },
	{ "context entry: function 4, all masked", LEGACY, CONTEXT_ENTRY,
	  { CONTEXT_CACHE, 3, .source_id = -1, .mask = 3 }, true },
	{ "context entry: IOTLB", LEGACY, CONTEXT_ENTRY, { TRANSLATIONS, 1 }, false },
};

KUNIT_ARRAY_PARAM_DESC(legacy_effect, legacy_effects, name);

/* By queue: section 6.5.2 */
static const struct effect scalable_effects[] = {
	{ "second stage: IOTLB, all", SECOND, LEAF, { TRANSLATIONS, 1 }, true },
	{ "second stage: IOTLB, domain", SECOND, LEAF, { TRANSLATIONS, 2 }, true },
	{ "second stage: IOTLB, page", SECOND, LEAF, { TRANSLATIONS, 3 }, true },
	{ "second stage: IOTLB, other page", SECOND, LEAF,
	  { TRANSLATIONS, 3, .address = 0x1000 }, false },
	{ "second stage: IOTLB of a PASID", SECOND, LEAF, { PASID_TRANSLATIONS, 2 }, false },
	{ "second stage: PASID cache", SECOND, LEAF, { PASID_CACHE, 3 }, false },
	{ "first stage: IOTLB, all", FIRST, LEAF, { TRANSLATIONS, 1 }, true },
	{ "first stage: IOTLB, domain", FIRST, LEAF, { TRANSLATIONS, 2 }, true },
	{ "first stage: IOTLB, other domain", FIRST, LEAF,
	  { TRANSLATIONS, 2, .domain = 1 }, false },
	{ "first stage: IOTLB, page", FIRST, LEAF, { TRANSLATIONS, 3 }, false },
	{ "first stage: PASID", FIRST, LEAF, { PASID_TRANSLATIONS, 2 }, true },
	{ "first stage: other PASID", FIRST, LEAF, { PASID_TRANSLATIONS, 2, .pasid = 1 }, false },
	{ "first stage: PASID of other domain", FIRST, LEAF,
	  { PASID_TRANSLATIONS, 2, .domain = 1 }, false },
	{ "first stage: page of the PASID", FIRST, LEAF, { PASID_TRANSLATIONS, 3 }, true },
	{ "first stage: other page of the PASID", FIRST, LEAF,
	  { PASID_TRANSLATIONS, 3, .address = -0x1000 }, false },
	{ "first stage: pages of the PASID", FIRST, LEAF,
	  { PASID_TRANSLATIONS, 3, .address = -0x3000, .mask = 2 }, true },
	{ "first stage: page of other PASID", FIRST, LEAF,
	  { PASID_TRANSLATIONS, 3, .pasid = -1 }, false },
	{ "nested: IOTLB, domain", NESTED, LEAF, { TRANSLATIONS, 2 }, true },
	{ "nested: IOTLB, page", NESTED, LEAF, { TRANSLATIONS, 3 }, false },
	{ "nested: PASID", NESTED, LEAF, { PASID_TRANSLATIONS, 2 }, true },
	{ "PASID entry: all", SECOND, PASID_ENTRY, { PASID_CACHE, 3 }, true },
	{ "PASID entry: domain", SECOND, PASID_ENTRY, { PASID_CACHE, 0 }, true },
	{ "PASID entry: its new domain", SECOND, PASID_ENTRY,
	  { PASID_CACHE, 0, .domain = 1 }, false },
	{ "PASID entry: PASID", SECOND, PASID_ENTRY, { PASID_CACHE, 1 }, true },
	{ "PASID entry: other PASID", SECOND, PASID_ENTRY, { PASID_CACHE, 1, .pasid = 1 }, false },
	{ "PASID entry: PASID of other domain", SECOND, PASID_ENTRY,
	  { PASID_CACHE, 1, .domain = 1 }, false },
	{ "PASID entry: context cache", SECOND, PASID_ENTRY, { CONTEXT_CACHE, 1 }, false },
	{ "PASID entry: IOTLB", SECOND, PASID_ENTRY, { TRANSLATIONS, 1 }, false },
	{ "PASID entry of first stage: PASID", FIRST, PASID_ENTRY, { PASID_CACHE, 1 }, true },
};

KUNIT_ARRAY_PARAM_DESC(scalable_effect, scalable_effects, name);

static void check_effect(struct setup *setup, const struct effect *effect)
{
	u64 old = vtd_tables_target(&setup->tables);

	expect_page(setup, old);
	change_entry(setup, effect->changed);
	expect_page(setup, old);
	invalidate(setup, &effect->invalidation);
	expect_page(setup, effect->dropped ? old + NEW_PAGE : old);
}

static void register_invalidation_drops_what_it_names(struct kunit *test)
{
	const struct effect *effect = test->param_value;

	check_effect(prepare(test, &vtd_tables_settings, &effect->config), effect);
}

static void queued_invalidation_drops_the_same(struct kunit *test)
{
	const struct effect *effect = test->param_value;
	struct setup *setup = prepare(test, &vtd_tables_settings, &effect->config);

	enable_queue(setup);
	check_effect(setup, effect);
}

static void queued_invalidation_drops_what_it_names(struct kunit *test)
{
	const struct effect *effect = test->param_value;
	struct setup *setup = prepare(test, &vtd_tables_settings, &effect->config);

	enable_queue(setup);
	check_effect(setup, effect);
}

/* In scalable mode the context entry leads to another directory. */
static void context_invalidation_needs_that_of_pasids(struct kunit *test)
{
	static const struct vtd_tables_config config = SECOND;
	static const struct invalidation context = { CONTEXT_CACHE, 3 };
	static const struct invalidation other_device = { CONTEXT_CACHE, 3, .source_id = 8 };
	static const struct invalidation pasids = { PASID_CACHE, 3 };
	struct setup *setup = prepare(test, &vtd_tables_settings, &config);
	u64 old = setup->tables.page;

	enable_queue(setup);
	expect_page(setup, old);
	change_entry(setup, CONTEXT_ENTRY);
	invalidate(setup, &pasids);
	expect_page(setup, old);
	invalidate(setup, &context);
	expect_page(setup, old);
	invalidate(setup, &pasids);
	expect_page(setup, old + NEW_PAGE);
	/* One that is of no use does no harm. */
	invalidate(setup, &other_device);
	expect_page(setup, old + NEW_PAGE);
}

static void page_is_kept_until_invalidated(struct kunit *test)
{
	const struct vtd_tables_config *config = test->param_value;
	static const struct invalidation all = { TRANSLATIONS, VTD_GRANULARITY_GLOBAL };
	struct setup *setup = prepare(test, &vtd_tables_settings, config);
	struct vtd_request request = vtd_tables_request(&setup->tables);
	u64 old = vtd_tables_target(&setup->tables);
	struct vtd_result result;

	expect_page(setup, old);
	*leaf_of(&setup->tables) = 0;
	vtd_test_unit_barrier(setup->unit);
	expect_page(setup, old);
	vtd_unit_peek(&setup->unit->unit, &setup->unit->unit.view, &request, false, &result);
	KUNIT_EXPECT_TRUE(test, result.blocked);
	vtd_unit_peek(&setup->unit->unit, &setup->unit->unit.view, &request, true, &result);
	KUNIT_EXPECT_EQ(test, old, result.address);
	KUNIT_EXPECT_TRUE(test, result.cached);

	invalidate(setup, &all);
	result = ask(setup, 0);
	KUNIT_EXPECT_TRUE(test, result.blocked);
}

static void permissions_are_kept_until_invalidated(struct kunit *test)
{
	static const struct vtd_tables_config config = LEGACY;
	static const struct invalidation page = { TRANSLATIONS, VTD_GRANULARITY_PAGE };
	struct setup *setup = prepare(test, &vtd_tables_settings, &config);
	struct vtd_request request = vtd_tables_request(&setup->tables);
	struct vtd_result result;

	*leaf_of(&setup->tables) &= ~VTD_SS_W;
	vtd_test_unit_barrier(setup->unit);
	expect_page(setup, setup->tables.page);
	*leaf_of(&setup->tables) |= VTD_SS_W;
	vtd_test_unit_barrier(setup->unit);
	request.write = true;
	vtd_test_unit_translate(setup->unit, &request, &result);
	KUNIT_EXPECT_EQ(test, VTD_FAULT_NO_WRITE, result.fault);
	invalidate(setup, &page);
	vtd_test_unit_translate(setup->unit, &request, &result);
	KUNIT_EXPECT_FALSE(test, result.blocked);
}

static void faults_are_not_cached(struct kunit *test)
{
	const struct vtd_tables_config *config = test->param_value;
	struct setup *setup = prepare(test, &vtd_tables_settings, config);
	u64 leaf = *leaf_of(&setup->tables), context = setup->tables.context[0];
	struct vtd_result result;

	*leaf_of(&setup->tables) = 0;
	setup->tables.context[0] = 0;
	vtd_test_unit_barrier(setup->unit);
	result = ask(setup, 0);
	KUNIT_EXPECT_TRUE(test, result.blocked);
	setup->tables.context[0] = context;
	vtd_test_unit_barrier(setup->unit);
	result = ask(setup, 0);
	KUNIT_EXPECT_TRUE(test, result.blocked);
	*leaf_of(&setup->tables) = leaf;
	vtd_test_unit_barrier(setup->unit);
	expect_page(setup, vtd_tables_target(&setup->tables));
}

static struct vtd_settings caching_mode_settings(void)
{
	struct vtd_settings settings = vtd_tables_settings;

	settings.cap |= VTD_CAP_CM;
	return settings;
}

static void caching_mode_keeps_absent_pages(struct kunit *test)
{
	const struct vtd_tables_config *config = test->param_value;
	static const struct invalidation others = {
		TRANSLATIONS, VTD_GRANULARITY_DOMAIN, .domain = 1
	};
	static const struct invalidation domain = { TRANSLATIONS, VTD_GRANULARITY_DOMAIN };
	struct vtd_settings settings = caching_mode_settings();
	struct setup *setup = prepare(test, &settings, config);
	u64 leaf = *leaf_of(&setup->tables);
	struct vtd_result result;

	*leaf_of(&setup->tables) = 0;
	vtd_test_unit_barrier(setup->unit);
	result = ask(setup, 0);
	KUNIT_EXPECT_TRUE(test, result.blocked);
	*leaf_of(&setup->tables) = leaf;
	vtd_test_unit_barrier(setup->unit);
	result = ask(setup, 0);
	KUNIT_EXPECT_TRUE(test, result.blocked);
	invalidate(setup, &others);
	result = ask(setup, 0);
	KUNIT_EXPECT_TRUE(test, result.blocked);
	invalidate(setup, &domain);
	expect_page(setup, vtd_tables_target(&setup->tables));
}

/* Section 6.1: an entry that is not present has the domain 0. */
static void caching_mode_keeps_absent_entries(struct kunit *test)
{
	static const struct vtd_tables_config configs[] = { LEGACY, SECOND };
	static const struct invalidation own[] = {
		{ CONTEXT_CACHE, VTD_GRANULARITY_DOMAIN },
		{ PASID_CACHE, VTD_PASID_CACHE_DOMAIN },
	};
	static const struct invalidation zero[] = {
		{ CONTEXT_CACHE, VTD_GRANULARITY_DOMAIN, .domain = -VTD_TABLES_DOMAIN },
		{ PASID_CACHE, VTD_PASID_CACHE_DOMAIN, .domain = -VTD_TABLES_DOMAIN },
	};
	struct vtd_settings settings = caching_mode_settings();

	for (int i = 0; i < ARRAY_SIZE(configs); i++) {
		struct setup *setup = prepare(test, &settings, &configs[i]);
		u64 *entry = i ? setup->tables.pasid : setup->tables.context;

		enable_queue(setup);
		*entry &= ~1ULL;
		vtd_test_unit_barrier(setup->unit);
		KUNIT_EXPECT_EQ(test, i ? 0x59 : 0x02, ask(setup, 0).fault);
		*entry |= 1;
		vtd_test_unit_barrier(setup->unit);
		KUNIT_EXPECT_EQ(test, i ? 0x59 : 0x02, ask(setup, 0).fault);
		invalidate(setup, &own[i]);
		KUNIT_EXPECT_EQ(test, i ? 0x59 : 0x02, ask(setup, 0).fault);
		invalidate(setup, &zero[i]);
		expect_page(setup, setup->tables.page);
	}
}

/* An absent page has no reason of its own: a read and a write have theirs. */
static void caching_mode_knows_reads_from_writes(struct kunit *test)
{
	static const struct vtd_tables_config config = LEGACY;
	struct vtd_settings settings = caching_mode_settings();
	struct setup *setup = prepare(test, &settings, &config);
	struct vtd_request request = vtd_tables_request(&setup->tables);
	struct vtd_result result;

	*leaf_of(&setup->tables) = 0;
	vtd_test_unit_barrier(setup->unit);
	KUNIT_EXPECT_EQ(test, VTD_FAULT_NO_READ, ask(setup, 0).fault);
	request.write = true;
	vtd_test_unit_translate(setup->unit, &request, &result);
	KUNIT_EXPECT_EQ(test, VTD_FAULT_NO_WRITE, result.fault);
}

/* Page and next page have the same table; the table is replaced. */
static void replace_last_table(struct setup *setup)
{
	struct vtd_tables other;

	vtd_tables_build(&other, setup->unit, &setup->tables.config);
	*vtd_tables_map(&other, setup->tables.iova + 4096, 0) += NEW_PAGE;
	if (setup->tables.config.second_levels)
		*setup->tables.second[2] = *other.second[2];
	else
		*setup->tables.first[2] = *other.first[2];
	vtd_test_unit_barrier(setup->unit);
}

static void table_pointers_are_kept_until_invalidated(struct kunit *test)
{
	static const struct vtd_tables_config configs[] = { LEGACY, SECOND, FIRST };
	static const struct invalidation hint[] = {
		{ TRANSLATIONS, VTD_GRANULARITY_PAGE, .leaf_only = true },
		{ TRANSLATIONS, VTD_GRANULARITY_PAGE, .leaf_only = true },
		{ PASID_TRANSLATIONS, VTD_PASID_IOTLB_PAGE, .leaf_only = true },
	};
	static const struct invalidation page[] = {
		{ TRANSLATIONS, VTD_GRANULARITY_PAGE },
		{ TRANSLATIONS, VTD_GRANULARITY_PAGE },
		{ PASID_TRANSLATIONS, VTD_PASID_IOTLB_PAGE },
	};
	struct vtd_settings settings = vtd_tables_settings;

	settings.paging_structure_caches = true;
	for (int i = 0; i < ARRAY_SIZE(configs); i++) {
		struct setup *setup = prepare(test, &settings, &configs[i]);

		enable_queue(setup);
		expect_page(setup, setup->tables.page);
		replace_last_table(setup);
		KUNIT_EXPECT_TRUE(test, ask(setup, 4096).blocked);
		invalidate(setup, &hint[i]);
		KUNIT_EXPECT_TRUE(test, ask(setup, 4096).blocked);
		invalidate(setup, &page[i]);
		KUNIT_EXPECT_EQ(test, NEW_PAGE, ask(setup, 4096).address);
	}
}

static void table_pointers_are_read_without_their_caches(struct kunit *test)
{
	static const struct vtd_tables_config config = LEGACY;
	struct setup *setup = prepare(test, &vtd_tables_settings, &config);

	expect_page(setup, setup->tables.page);
	replace_last_table(setup);
	KUNIT_EXPECT_EQ(test, NEW_PAGE, ask(setup, 4096).address);
}

static void set_root_table(struct setup *setup, const struct vtd_tables *tables)
{
	vtd_tables_set_root(tables, VTD_GCMD_TE | (setup->queue ? VTD_GCMD_QIE : 0));
}

/* Section 6.6: only a unit that says so invalidates by itself. */
static void new_root_table_counts_once_caches_are_invalidated(struct kunit *test)
{
	static const struct vtd_tables_config configs[] = { LEGACY, SECOND };
	static const struct invalidation contexts = { CONTEXT_CACHE, 1 };
	static const struct invalidation pasids = { PASID_CACHE, 3 };
	static const struct invalidation translations = { TRANSLATIONS, 1 };
	struct vtd_tables other;

	for (int i = 0; i < ARRAY_SIZE(configs); i++) {
		struct setup *setup = prepare(test, &vtd_tables_settings, &configs[i]);
		u64 old = setup->tables.page;

		enable_queue(setup);
		expect_page(setup, old);
		vtd_tables_build(&other, setup->unit, &configs[i]);
		*leaf_of(&other) += NEW_PAGE;
		set_root_table(setup, &other);
		expect_page(setup, old);
		invalidate(setup, &contexts);
		expect_page(setup, old);
		if (i)
			invalidate(setup, &pasids);
		expect_page(setup, old);
		invalidate(setup, &translations);
		expect_page(setup, old + NEW_PAGE);
	}
}

static void new_root_table_counts_at_once_if_supported(struct kunit *test)
{
	static const struct vtd_tables_config configs[] = { LEGACY, SECOND };
	struct vtd_settings settings = vtd_tables_settings;
	struct vtd_tables other;

	settings.cap |= VTD_CAP_ESRTPS;
	for (int i = 0; i < ARRAY_SIZE(configs); i++) {
		struct setup *setup = prepare(test, &settings, &configs[i]);

		expect_page(setup, setup->tables.page);
		vtd_tables_build(&other, setup->unit, &configs[i]);
		*leaf_of(&other) += NEW_PAGE;
		set_root_table(setup, &other);
		expect_page(setup, setup->tables.page + NEW_PAGE);
	}
}

/* Section 6.2.1: translations belong to domains, not to devices. */
static void devices_of_a_domain_share_translations(struct kunit *test)
{
	static const struct vtd_tables_config config = LEGACY;
	struct setup *setup = prepare(test, &vtd_tables_settings, &config);
	struct vtd_request request = vtd_tables_request(&setup->tables);
	struct vtd_tables other;
	struct vtd_result result;

	vtd_tables_build(&other, setup->unit, &config);
	*leaf_of(&other) += NEW_PAGE;
	for (int i = 0; i < 2; i++) {
		u16 source_id = VTD_TABLES_SOURCE_ID + 8 * (i + 1);
		u64 *context = vtd_tables_add_device(&setup->tables, source_id);

		context[0] = other.context[0];
		context[1] = other.context[1] + 0x100 * i;
	}
	vtd_test_unit_barrier(setup->unit);
	expect_page(setup, setup->tables.page);
	request.source_id = VTD_TABLES_SOURCE_ID + 8;
	vtd_test_unit_translate(setup->unit, &request, &result);
	KUNIT_EXPECT_EQ(test, setup->tables.page, result.address);
	request.source_id = VTD_TABLES_SOURCE_ID + 16;
	vtd_test_unit_translate(setup->unit, &request, &result);
	KUNIT_EXPECT_EQ(test, setup->tables.page + NEW_PAGE, result.address);
}

/* PASIDs of a domain share a second stage, and have first stages of their own. */
static void pasids_share_second_stage_only(struct kunit *test)
{
	static const struct vtd_tables_config configs[] = { SECOND, FIRST };

	for (int i = 0; i < ARRAY_SIZE(configs); i++) {
		struct setup *setup = prepare(test, &vtd_tables_settings, &configs[i]);
		struct vtd_request request = vtd_tables_request(&setup->tables);
		struct vtd_tables other;
		struct vtd_result result;

		vtd_tables_build(&other, setup->unit, &configs[i]);
		*leaf_of(&other) += NEW_PAGE;
		memcpy(vtd_tables_add_pasid(&setup->tables, VTD_TABLES_PASID + 1), other.pasid,
		       VTD_PASID_WORDS * sizeof(u64));
		vtd_test_unit_barrier(setup->unit);
		expect_page(setup, setup->tables.page);
		request.pasid++;
		vtd_test_unit_translate(setup->unit, &request, &result);
		KUNIT_EXPECT_EQ(test, setup->tables.page + (i ? NEW_PAGE : 0), result.address);
	}
}

static void reading_entries_changes_nothing(struct kunit *test)
{
	const struct vtd_tables_config *config = test->param_value;
	struct setup *setup = prepare(test, &vtd_tables_settings, config);
	struct vtd_request request = vtd_tables_request(&setup->tables);
	u64 before = *leaf_of(&setup->tables);
	struct vtd_result result;

	vtd_unit_peek(&setup->unit->unit, &setup->unit->unit.view, &request, true, &result);
	KUNIT_EXPECT_FALSE(test, result.blocked);
	KUNIT_EXPECT_FALSE(test, result.cached);
	KUNIT_EXPECT_EQ(test, before, *leaf_of(&setup->tables));
	vtd_unit_peek(&setup->unit->unit, &setup->unit->unit.view, &request, true, &result);
	KUNIT_EXPECT_FALSE(test, result.cached);
	request.address ^= 0x100000000000ULL;
	vtd_unit_peek(&setup->unit->unit, &setup->unit->unit.view, &request, true, &result);
	KUNIT_EXPECT_TRUE(test, result.blocked);
	KUNIT_EXPECT_EQ(test, 0, vtd_test_unit_readl(setup->unit, VTD_FSTS));
}

/* A unit that does not snoop sees what has left the CPU's caches. */
static void check_unflushed(struct kunit *test, const struct vtd_tables_config *config)
{
	static const struct invalidation all = { TRANSLATIONS, VTD_GRANULARITY_GLOBAL };
	struct vtd_settings settings = vtd_tables_settings;
	struct vtd_tables *tables;
	struct setup *setup;
	u64 old;

	settings.ecap &= ~(VTD_ECAP_C | VTD_ECAP_SMPWC);
	setup = prepare(test, &settings, config);
	tables = &setup->tables;
	old = vtd_tables_target(tables);
	*leaf_of(tables) += NEW_PAGE;
	vtd_test_unit_barrier(setup->unit);
	expect_page(setup, old);

	invalidate(setup, &all);
	expect_page(setup, old);
	vtd_test_unit_flush(setup->unit, leaf_of(tables), sizeof(u64));
	expect_page(setup, old); /* from the IOTLB now */
	invalidate(setup, &all);
	expect_page(setup, old + NEW_PAGE);
}

/* First stages need snooping for their flags: see vtd_walk. */
static void unflushed_store_is_not_seen(struct kunit *test)
{
	static const struct vtd_tables_config configs[] = { LEGACY, LARGE, SECOND };

	for (int i = 0; i < ARRAY_SIZE(configs); i++)
		check_unflushed(test, &configs[i]);
}

static struct kunit_case vtd_cache_cases[] = {
	KUNIT_CASE_PARAM(register_invalidation_drops_what_it_names, legacy_effect_gen_params),
	KUNIT_CASE_PARAM(queued_invalidation_drops_the_same, legacy_effect_gen_params),
	KUNIT_CASE_PARAM(queued_invalidation_drops_what_it_names, scalable_effect_gen_params),
	KUNIT_CASE(context_invalidation_needs_that_of_pasids),
	KUNIT_CASE_PARAM(page_is_kept_until_invalidated, vtd_tables_gen_configs),
	KUNIT_CASE(permissions_are_kept_until_invalidated),
	KUNIT_CASE_PARAM(faults_are_not_cached, vtd_tables_gen_configs),
	KUNIT_CASE_PARAM(caching_mode_keeps_absent_pages, vtd_tables_gen_configs),
	KUNIT_CASE(caching_mode_keeps_absent_entries),
	KUNIT_CASE(caching_mode_knows_reads_from_writes),
	KUNIT_CASE(table_pointers_are_kept_until_invalidated),
	KUNIT_CASE(table_pointers_are_read_without_their_caches),
	KUNIT_CASE(new_root_table_counts_once_caches_are_invalidated),
	KUNIT_CASE(new_root_table_counts_at_once_if_supported),
	KUNIT_CASE(devices_of_a_domain_share_translations),
	KUNIT_CASE(pasids_share_second_stage_only),
	KUNIT_CASE_PARAM(reading_entries_changes_nothing, vtd_tables_gen_configs),
	KUNIT_CASE(unflushed_store_is_not_seen),
	{}
};

static struct kunit_suite vtd_cache_suite = {
	.name = "vtd_cache",
	.test_cases = vtd_cache_cases,
};

kunit_test_suite(vtd_cache_suite);

MODULE_DESCRIPTION("KUnit tests of the caches of a VT-d unit");
MODULE_LICENSE("GPL");
