// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: a second boot
 *
 * The first boot preserves folios, a chain of blocks, I/O page tables and the
 * records of IOMMUs, and writes an image of them, see fake_kho_image.c. The second
 * boot, which shares nothing else with the first one, restores and frees them.
 *
 * Both start from the contents, one preserved structure whose address is the
 * start of the image. A part is a member of it, with a function to write it, one
 * to take it back in the first boot, and one to restore it in the second.
 */

#include <linux/hash.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho_block.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "fake_kho.h"
#include "fake_kho_image.h"
#include "iommu_graph.h"
#include "kho_block_entries.h"
#include "liveupdate_random.h"
#include "liveupdate_snapshot.h"
#include "pt_domain.h"

static const unsigned int folio_orders[] = { 0, 1, 4, 9 };

#define ENTRY_SIZE	32
#define NR_ENTRIES	1000

#define MAX_DOMAINS	20

static const struct iommu_graph_spec records = {
	.units = 3, .domains = 60, .devices = 100, .segments = 2,
	.unit_entries = 2, .device_entries = 5, .bridges = 2,
};

#define MAX_PAGES	(3 * (1 + 2) + 60 + 100)

/* A preserved domain */
struct domain_record {
	char config[KUNIT_PARAM_DESC_SIZE];
	struct pt_iommu_description description;
};

/* What the second boot begins with */
struct contents {
	u64 folios[ARRAY_SIZE(folio_orders)];
	u64 blocks;
	u64 seed;
	u64 nr_domains;
	struct domain_record domains[MAX_DOMAINS];
	u64 records;
	u64 pages[MAX_PAGES];
};

/* The first boot, with what only lives there */
struct first_boot {
	struct contents *contents;
	struct kho_block_set blocks;
	struct pt_domain *domains[MAX_DOMAINS];
	struct iommu_graph *graph;
};

/* Folios, with a pattern that depends on the address */

static u64 pattern_at(const u64 *word)
{
	return hash_64_generic(virt_to_phys((void *)word), 64);
}

static void write_folio(struct kunit *test, unsigned int order, u64 *phys)
{
	u64 *mem = kho_alloc_preserve(PAGE_SIZE << order);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	for (u64 *word = mem; word < mem + (PAGE_SIZE << order) / sizeof(*mem);
	     word++)
		*word = pattern_at(word);
	*phys = virt_to_phys(mem);
}

static void write_folios(struct kunit *test, struct first_boot *boot)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(folio_orders); i++)
		write_folio(test, folio_orders[i], &boot->contents->folios[i]);
}

static void take_back_folios(struct kunit *test, struct first_boot *boot)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(folio_orders); i++)
		kho_unpreserve_free(phys_to_virt(boot->contents->folios[i]));
}

static void expect_pattern(struct kunit *test, struct folio *folio)
{
	const u64 *end = folio_address(folio) + folio_size(folio);
	const u64 *word = folio_address(folio);

	while (word < end && *word == pattern_at(word))
		word++;
	KUNIT_EXPECT_PTR_EQ(test, word, end);
}

static void restore_folio(struct kunit *test, unsigned int order, u64 phys)
{
	struct folio *folio;

	KUNIT_EXPECT_EQ(test, kho_preserved_order(phys), order);
	folio = kho_restore_folio(phys);
	KUNIT_ASSERT_NOT_NULL(test, folio);
	KUNIT_EXPECT_EQ(test, folio_order(folio), order);
	expect_pattern(test, folio);
	folio_put(folio);
}

static void restore_folios(struct kunit *test, struct contents *contents)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(folio_orders); i++)
		restore_folio(test, folio_orders[i], contents->folios[i]);
}

/* A chain of blocks */

static void write_blocks(struct kunit *test, struct first_boot *boot)
{
	kho_block_set_init(&boot->blocks, ENTRY_SIZE);
	boot->contents->blocks = kho_block_write_entries(test, &boot->blocks,
							 NR_ENTRIES);
}

static void take_back_blocks(struct kunit *test, struct first_boot *boot)
{
	kho_block_set_destroy(&boot->blocks);
}

static void restore_blocks(struct kunit *test, struct contents *contents)
{
	struct kho_block_set blocks;

	kho_block_set_init(&blocks, ENTRY_SIZE);
	KUNIT_EXPECT_EQ(test, kho_block_set_restore(&blocks, contents->blocks),
			0);
	KUNIT_EXPECT_EQ(test, blocks.nblocks,
			DIV_ROUND_UP(NR_ENTRIES, blocks.count_per_block));
	KUNIT_EXPECT_GT(test, blocks.nblocks, 1);
	kho_block_expect_entries(test, &blocks, NR_ENTRIES);
	kho_block_set_destroy(&blocks);
}

/* I/O page tables, of each configuration, whose mappings follow from the seed */

static void write_domain(struct kunit *test,
			 const struct pt_domain_config *config,
			 struct liveupdate_random *random,
			 struct first_boot *boot)
{
	u64 nr = boot->contents->nr_domains++;
	struct pt_mappings mappings = {};

	boot->domains[nr] = pt_domain_alloc(test, config);
	pt_domain_map_random(test, boot->domains[nr], random, &mappings);
	KUNIT_ASSERT_EQ(test, 0,
			pt_domain_preserve(boot->domains[nr],
					   &boot->contents->domains[nr].description));
}

static void write_domains(struct kunit *test, struct first_boot *boot)
{
	struct contents *contents = boot->contents;
	const struct pt_domain_config *config = NULL;
	struct liveupdate_random random;
	char name[KUNIT_PARAM_DESC_SIZE];

	contents->seed = liveupdate_random_u64(liveupdate_random_start(test));
	prandom_seed_state(&random.state, contents->seed);

	while ((config = pt_domain_gen_configs(test, config, name))) {
		KUNIT_ASSERT_LT(test, contents->nr_domains, MAX_DOMAINS);
		strscpy(contents->domains[contents->nr_domains].config, name);
		write_domain(test, config, &random, boot);
	}
}

static void take_back_domains(struct kunit *test, struct first_boot *boot)
{
	for (u64 i = 0; i < boot->contents->nr_domains; i++) {
		pt_domain_unpreserve(boot->domains[i]);
		pt_domain_free(test, boot->domains[i]);
	}
}

/* Map the same again in a domain that is of no use otherwise */
static void repeat_mappings(struct kunit *test,
			    const struct pt_domain_config *config,
			    struct liveupdate_random *random,
			    struct pt_mappings *mappings)
{
	struct pt_domain *domain = pt_domain_alloc(test, config);

	pt_domain_map_random(test, domain, random, mappings);
	pt_domain_free(test, domain);
}

static void restore_domain(struct kunit *test,
			   const struct domain_record *record,
			   struct liveupdate_random *random)
{
	const struct pt_domain_config *config;
	struct pt_mappings mappings = {};
	struct pt_domain *domain;

	config = pt_domain_config_by_name(record->config);
	KUNIT_ASSERT_NOT_NULL(test, config);
	repeat_mappings(test, config, random, &mappings);

	domain = pt_domain_restore(test, config, &record->description);
	pt_domain_expect_every_entry(test, domain, &mappings);
	pt_domain_free(test, domain);
}

static void restore_domains(struct kunit *test, struct contents *contents)
{
	struct liveupdate_random random;

	KUNIT_ASSERT_LE(test, contents->nr_domains, MAX_DOMAINS);
	KUNIT_EXPECT_GT(test, contents->nr_domains, 0);
	prandom_seed_state(&random.state, contents->seed);
	for (u64 i = 0; i < contents->nr_domains; i++)
		restore_domain(test, &contents->domains[i], &random);
}

/* Records, and the memory that they name */

static void write_records(struct kunit *test, struct first_boot *boot)
{
	struct contents *contents = boot->contents;

	boot->graph = iommu_graph_describe(test, &records);
	KUNIT_ASSERT_EQ(test, boot->graph->nr_pages, MAX_PAGES);
	KUNIT_ASSERT_EQ(test, 0, iommu_graph_add(boot->graph));
	contents->records = iommu_outgoing_write(&boot->graph->out);
	KUNIT_ASSERT_EQ(test, 0, fake_kho_image_name_root(contents->records,
							  IOMMU_LIVEUPDATE_COMPATIBLE));
	memcpy(contents->pages, boot->graph->pages, sizeof(contents->pages));
}

static void take_back_records(struct kunit *test, struct first_boot *boot)
{
	iommu_graph_remove(boot->graph);
	iommu_graph_discard(boot->graph);
}

static void restore_records(struct kunit *test, struct contents *contents)
{
	struct iommu_graph *graph = iommu_graph_recall(test, &records);
	struct iommu_incoming in;

	graph->header_pa = contents->records;
	memcpy(graph->pages, contents->pages, sizeof(contents->pages));

	KUNIT_EXPECT_EQ(test, 0, iommu_incoming_read(&in, graph->header_pa,
						     test_vendors));
	iommu_graph_expect_read(graph, &in);
	iommu_graph_take_back(graph);
	iommu_incoming_finish(&in);
}

/* All parts */

static const struct part {
	void (*write)(struct kunit *test, struct first_boot *boot);
	void (*take_back)(struct kunit *test, struct first_boot *boot);
	void (*restore)(struct kunit *test, struct contents *contents);
} parts[] = {
	{ write_folios, take_back_folios, restore_folios },
	{ write_blocks, take_back_blocks, restore_blocks },
	{ write_domains, take_back_domains, restore_domains },
	{ write_records, take_back_records, restore_records },
};

/* Writing the image takes nothing from the boot that writes it. */
static void image_is_written(struct kunit *test)
{
	struct liveupdate_snapshot before, after;
	struct first_boot *boot;

	if (!fake_kho_image_may_write())
		kunit_skip(test, "fake_kho_image.write names no file");

	boot = kunit_kzalloc(test, sizeof(*boot), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, boot);
	liveupdate_snapshot_take(&before);

	boot->contents = kho_alloc_preserve(sizeof(*boot->contents));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, boot->contents);
	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i].write(test, boot);

	KUNIT_EXPECT_EQ(test, 0,
			fake_kho_write_image(test, virt_to_phys(boot->contents)));

	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i].take_back(test, boot);
	kho_unpreserve_free(boot->contents);

	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
}

/* The memory of the image was reserved at boot, and is managed from now on. */
static void expect_all_restored(struct kunit *test,
				struct liveupdate_snapshot *before)
{
	struct liveupdate_snapshot after;
	struct fake_kho_calls calls;

	fake_kho_get_calls(&calls);
	KUNIT_EXPECT_GT(test, calls.restored_pages, 0);
	before->managed_pages += calls.restored_pages;

	liveupdate_snapshot_take(&after);
	KUNIT_EXPECT_EQ(test, after.waiting.count, 0);
	liveupdate_snapshot_expect_equal(test, before, &after);
}

/* Everything is there, is as it was, can be freed, and is there only once. */
static void image_is_restored(struct kunit *test)
{
	struct liveupdate_snapshot before;
	struct contents *contents;
	u64 start;

	if (!fake_kho_image_may_read())
		kunit_skip(test, "fake_kho_image.read names no image");

	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_FALSE(test, is_kho_boot());
	KUNIT_ASSERT_EQ(test, 0, fake_kho_read_image(test, &start));
	KUNIT_EXPECT_TRUE(test, is_kho_boot());

	KUNIT_ASSERT_EQ(test, kho_preserved_order(start),
			get_order(sizeof(*contents)));
	contents = phys_to_virt(start);
	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++)
		parts[i].restore(test, contents);
	kho_restore_free(contents);

	expect_all_restored(test, &before);
	KUNIT_EXPECT_EQ(test, -ENOENT, fake_kho_read_image(test, &start));
}

static int start_fake_kho(struct kunit *test)
{
	fake_kho_start(test);
	return 0;
}

static struct kunit_case second_boot_cases[] = {
	KUNIT_CASE(image_is_written),
	KUNIT_CASE(image_is_restored),
	{}
};

static struct kunit_suite second_boot_suite = {
	.name = "second_boot",
	.init = start_fake_kho,
	.test_cases = second_boot_cases,
};

kunit_test_suite(second_boot_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of a second boot");
