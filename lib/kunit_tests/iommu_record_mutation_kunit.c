// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: random mutations of records
 *
 * Valid images are changed at random, and read. Whatever the change was, the reader
 * either refuses the image, or each record that it keeps is one that this kernel
 * would write in the same way; it touches nothing, in the image or outside, and does
 * not warn. The random numbers are those of liveupdate_random.seed, and each failure
 * names its round.
 */

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/pci_function.h"
#include "fake_kho.h"
#include "iommu_graph.h"
#include "liveupdate_random.h"
#include "liveupdate_snapshot.h"
#include "mock_kexec.h"

/* QEMU's interpreter is ten times slower than UML. */
static unsigned int rounds = IS_ENABLED(CONFIG_UML) ? 100000 : 5000;
module_param(rounds, uint, 0444);
MODULE_PARM_DESC(rounds, "Mutations of all images together");

#define MAX_PAGES	32
#define MAX_WORDS	3
#define MAX_RECORDS	8
#define MAX_PARTS	1024

static const struct iommu_graph_spec specs[] = {
	{ "one of each", .units = 1, .domains = 1, .devices = 1, .segments = 1 },
	{ "own domains", .units = 2, .domains = MAX_RECORDS,
	  .devices = MAX_RECORDS, .segments = 1 },
	{ "shared domains", .units = 3, .domains = 4, .devices = 7,
	  .segments = 2, .unit_entries = 2, .device_entries = 2, .bridges = 2 },
	{ "vendor chains of two blocks", .units = 2, .domains = 2, .devices = 4,
	  .segments = 2, .unit_entries = 300, .device_entries = 3, .bridges = 2 },
};

static void spec_desc(const struct iommu_graph_spec *spec, char *desc)
{
	strscpy(desc, spec->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(spec, specs, spec_desc);

/**
 * struct image_page - A page of the image.
 * @words: The page.
 * @count: Number of words that the writer has used.
 * @pristine: What it had written there.
 */
struct image_page {
	u64 *words;
	u32 count;
	u64 *pristine;
};

/**
 * struct mutation_test - What a case works on.
 * @test: The test.
 * @random: Random numbers.
 * @graph: The graph.
 * @pages: The pages of its image.
 * @nr_pages: Number of these.
 * @round: Number of the round, for messages.
 * @refused: Rounds in which the whole image was refused.
 * @partly: Rounds in which something was lost.
 * @whole: Rounds in which all was kept.
 */
struct mutation_test {
	struct kunit *test;
	struct liveupdate_random *random;
	struct iommu_graph *graph;
	struct image_page pages[MAX_PAGES];
	u32 nr_pages;
	u32 round;
	u32 refused;
	u32 partly;
	u32 whole;
};

/* The image */

static void add_page(void *mem, size_t used, void *data)
{
	struct mutation_test *mutation = data;
	struct image_page *page = &mutation->pages[mutation->nr_pages++];

	KUNIT_ASSERT_LE(mutation->test, mutation->nr_pages, MAX_PAGES);
	page->words = mem;
	page->count = used / sizeof(u64);
	page->pristine = kunit_kmalloc(mutation->test, used, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(mutation->test, page->pristine);
	memcpy(page->pristine, mem, used);
}

static struct image_page *random_page(struct mutation_test *mutation)
{
	return &mutation->pages[liveupdate_random_below(mutation->random,
							mutation->nr_pages)];
}

/* Another word of the image: an address, an id or a count of something else */
static u64 word_of_image(struct mutation_test *mutation)
{
	const struct image_page *page = random_page(mutation);

	return page->pristine[liveupdate_random_below(mutation->random,
						      page->count)];
}

static u64 mutate_word(struct mutation_test *mutation, u64 word)
{
	struct liveupdate_random *random = mutation->random;
	const u32 shift = 8 * liveupdate_random_below(random, sizeof(u64));

	switch (liveupdate_random_below(random, 8)) {
	case 0:
	case 1:
		return word ^ BIT_ULL(liveupdate_random_below(random, 64));
	case 2:
		return word ^ ((u64)(liveupdate_random_u32(random) & 0xff) << shift);
	case 3:
		return word + BIT_ULL(shift);
	case 4:
		return word - BIT_ULL(shift);
	case 5:
		return word_of_image(mutation);
	case 6:
		return liveupdate_random_below(random, 2) ? 0 : U64_MAX;
	default:
		return virt_to_phys(random_page(mutation)->words);
	}
}

static void mutate(struct mutation_test *mutation)
{
	const u32 words = 1 + liveupdate_random_below(mutation->random,
						      MAX_WORDS);

	for (u32 i = 0; i < words; i++) {
		struct image_page *page = random_page(mutation);
		u64 *word = &page->words[liveupdate_random_below(mutation->random,
								 page->count)];

		*word = mutate_word(mutation, *word);
	}
}

static void repair(struct mutation_test *mutation)
{
	for (u32 i = 0; i < mutation->nr_pages; i++)
		memcpy(mutation->pages[i].words, mutation->pages[i].pristine,
		       mutation->pages[i].count * sizeof(u64));
}

static u64 hash_image(const struct mutation_test *mutation)
{
	u64 hash = 0;

	for (u32 i = 0; i < mutation->nr_pages; i++)
		for (u32 n = 0; n < mutation->pages[i].count; n++)
			hash = hash * 31 + mutation->pages[i].words[n];
	return hash;
}

/* Writing again what was kept */

/**
 * struct rewrite - What was read, as this kernel would hand it over.
 * @out: What is handed over.
 * @in: What was read.
 * @units: The units.
 * @parts: Parts of the stream tables of all units.
 * @domains: The domains.
 * @devices: The devices.
 * @attachments: The attachments.
 */
struct rewrite {
	struct iommu_outgoing out;
	struct iommu_incoming in;
	struct test_unit units[MAX_RECORDS];
	u64 parts[MAX_PARTS];
	struct iommu_liveupdate_domain domains[MAX_RECORDS];
	struct iommu_liveupdate_device devices[MAX_RECORDS];
	struct iommu_liveupdate_attachment attachments[MAX_RECORDS];
};

/* A new description for the record of an old one */
static void renew(struct iommu_record *record)
{
	*record = (struct iommu_record){};
}

static int rewrite_unit(struct rewrite *rewrite, u32 i, u64 **parts)
{
	const struct iommu_liveupdate_unit *old = &rewrite->in.units[i];
	struct test_unit *unit = &rewrite->units[i];
	struct kho_block_set_it it;
	int ret;

	unit->unit = *old;
	unit->parts = *parts;
	renew(&unit->unit.record);
	iommu_vendor_chain_init(&unit->unit.chain,
				&test_vendor_records.unit_chain);
	kho_block_set_it_init(&it, (struct kho_block_set *)&old->chain.blocks);
	for (u32 n = 0; n < old->chain.count; n++) {
		const struct test_unit_entry *entry =
			kho_block_set_it_read_entry(&it);

		*(*parts)++ = entry->table_pa;
	}

	ret = iommu_vendor_chain_resize(&unit->unit.chain, old->chain.count);
	return ret ?: iommu_outgoing_add_unit(&rewrite->out, &unit->unit);
}

static int rewrite_domain(struct rewrite *rewrite, u32 i)
{
	struct iommu_liveupdate_domain *domain = &rewrite->domains[i];

	*domain = rewrite->in.domains[i];
	renew(&domain->record);
	return iommu_outgoing_add_domain(&rewrite->out, domain);
}

static int rewrite_path(struct iommu_liveupdate_device *device,
			const struct iommu_liveupdate_device *old)
{
	struct kho_block_set *functions = (struct kho_block_set *)&old->path.functions;
	struct kho_block_set_it from, to;
	int ret;

	ret = iommu_pci_path_init(&device->path, old->path.count);
	if (ret)
		return ret;
	kho_block_set_it_init(&from, functions);
	kho_block_set_it_init(&to, &device->path.functions);
	for (u32 n = 0; n < old->path.count; n++)
		memcpy(kho_block_set_it_reserve_entry(&to),
		       kho_block_set_it_read_entry(&from),
		       sizeof(struct iommu_pci_function_ser));
	return 0;
}

static int rewrite_device(struct rewrite *rewrite, u32 i)
{
	const struct iommu_liveupdate_device *old = &rewrite->in.devices[i];
	struct iommu_liveupdate_device *device = &rewrite->devices[i];
	int ret;

	*device = *old;
	renew(&device->record);
	device->unit = &rewrite->units[old->unit->record.index].unit;
	iommu_vendor_chain_init(&device->chain,
				&test_vendor_records.device_chain);
	ret = rewrite_path(device, old) ?:
	      iommu_vendor_chain_resize(&device->chain, old->chain.count);
	return ret ?: iommu_outgoing_add_device(&rewrite->out, device);
}

static int rewrite_attachment(struct rewrite *rewrite, u32 i)
{
	const struct iommu_liveupdate_attachment *old =
		&rewrite->in.attachments[i];
	struct iommu_liveupdate_attachment *attachment =
		&rewrite->attachments[i];

	*attachment = *old;
	renew(&attachment->record);
	attachment->device = &rewrite->devices[old->device->record.index];
	attachment->domain = &rewrite->domains[old->domain->record.index];
	return iommu_outgoing_add_attachment(&rewrite->out, attachment);
}

static int rewrite_kept(struct rewrite *rewrite)
{
	const struct iommu_incoming *in = &rewrite->in;
	u64 *parts = rewrite->parts;
	int ret = 0;

	memset(rewrite->units, 0, sizeof(rewrite->units));
	memset(rewrite->devices, 0, sizeof(rewrite->devices));
	for (u32 i = 0; !ret && i < in->count[IOMMU_UNITS]; i++)
		if (!in->units[i].record.error.err)
			ret = rewrite_unit(rewrite, i, &parts);
	for (u32 i = 0; !ret && i < in->count[IOMMU_DOMAINS]; i++)
		if (!in->domains[i].record.error.err)
			ret = rewrite_domain(rewrite, i);
	for (u32 i = 0; !ret && i < in->count[IOMMU_DEVICES]; i++)
		if (!in->devices[i].record.error.err)
			ret = rewrite_device(rewrite, i);
	for (u32 i = 0; !ret && i < in->count[IOMMU_ATTACHMENTS]; i++)
		if (!in->attachments[i].record.error.err)
			ret = rewrite_attachment(rewrite, i);
	return ret;
}

/* The end of this kernel, or of this attempt */
static void forget_rewrite(struct rewrite *rewrite)
{
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		kho_block_set_forget(&rewrite->out.families[i].blocks);
	for (u32 i = 0; i < rewrite->in.count[IOMMU_UNITS]; i++)
		if (rewrite->units[i].unit.record.listed)
			kho_block_set_forget(&rewrite->units[i].unit.chain.blocks);
	for (u32 i = 0; i < rewrite->in.count[IOMMU_DEVICES]; i++)
		if (rewrite->devices[i].record.listed) {
			kho_block_set_forget(&rewrite->devices[i].path.functions);
			kho_block_set_forget(&rewrite->devices[i].chain.blocks);
		}
}

static void cancel_rewrite(struct rewrite *rewrite)
{
	struct iommu_outgoing *out = &rewrite->out;

	for (u32 i = rewrite->in.count[IOMMU_ATTACHMENTS]; i--;)
		if (!rewrite->in.attachments[i].record.error.err)
			iommu_outgoing_remove_attachment(out,
							 &rewrite->attachments[i]);
	for (u32 i = rewrite->in.count[IOMMU_DEVICES]; i--;) {
		if (rewrite->in.devices[i].record.error.err)
			continue;
		iommu_outgoing_remove_device(out, &rewrite->devices[i]);
		iommu_vendor_chain_resize(&rewrite->devices[i].chain, 0);
		iommu_pci_path_destroy(&rewrite->devices[i].path);
	}
	for (u32 i = rewrite->in.count[IOMMU_DOMAINS]; i--;)
		if (!rewrite->in.domains[i].record.error.err)
			iommu_outgoing_remove_domain(out, &rewrite->domains[i]);
	for (u32 i = rewrite->in.count[IOMMU_UNITS]; i--;) {
		if (rewrite->in.units[i].record.error.err)
			continue;
		iommu_outgoing_remove_unit(out, &rewrite->units[i].unit);
		iommu_vendor_chain_resize(&rewrite->units[i].unit.chain, 0);
	}
	iommu_outgoing_destroy(out);
}

/* Comparing what is written with what was read */

/* A chain is elsewhere, and holds the same. */
static bool same_chain(struct iommu_chain_ser *new,
		       const struct iommu_chain_ser *old)
{
	for (u32 i = 0; i < old->count; i++)
		if (memcmp(iommu_chain_entry(new, i), iommu_chain_entry(old, i),
			   old->entry_size))
			return false;
	new->head_pa = old->head_pa;
	return true;
}

static bool same_unit(struct iommu_unit_ser *new,
		      const struct iommu_unit_ser *old)
{
	return same_chain(&new->vendor_chain, &old->vendor_chain) &&
	       !memcmp(new, old, sizeof(*old));
}

/* If something is lost, what comes after it has another index. */
static bool same_device(struct iommu_device_ser *new,
			const struct iommu_device_ser *old,
			const struct iommu_liveupdate_device *device)
{
	if (new->unit != device->unit->record.index)
		return false;
	new->unit = old->unit;
	return same_chain(&new->path, &old->path) &&
	       same_chain(&new->vendor_chain, &old->vendor_chain) &&
	       !memcmp(new, old, sizeof(*old));
}

static bool same_attachment(struct iommu_attachment_ser *new,
			    const struct iommu_attachment_ser *old,
			    const struct iommu_liveupdate_attachment *attachment)
{
	if (new->device != attachment->device->record.index ||
	    new->domain != attachment->domain->record.index)
		return false;
	new->device = old->device;
	new->domain = old->domain;
	return !memcmp(new, old, sizeof(*old));
}

static bool same_record(struct rewrite *rewrite, enum iommu_family family,
			u32 index, void *new, const void *old)
{
	switch (family) {
	case IOMMU_UNITS:
		return same_unit(new, old);
	case IOMMU_DOMAINS:
		return !memcmp(new, old, sizeof(struct iommu_domain_ser));
	case IOMMU_DEVICES:
		return same_device(new, old, &rewrite->devices[index]);
	default:
		return same_attachment(new, old, &rewrite->attachments[index]);
	}
}

static bool same_family(struct mutation_test *mutation, struct rewrite *rewrite,
			enum iommu_family family)
{
	struct iommu_incoming *in = &rewrite->in;
	struct kho_block_set_it new, old;

	kho_block_set_it_init(&new, &rewrite->out.families[family].blocks);
	kho_block_set_it_init(&old, &in->blocks[family]);
	for (u32 i = 0; i < in->count[family]; i++) {
		const void *was = kho_block_set_it_read_entry(&old);

		if (iommu_incoming_record(in, family, i)->error.err)
			continue;
		if (!same_record(rewrite, family, i,
				 kho_block_set_it_read_entry(&new), was))
			return false;
	}
	return true;
}

static void expect_written_the_same(struct mutation_test *mutation,
				    struct rewrite *rewrite)
{
	struct kunit *test = mutation->test;

	KUNIT_ASSERT_EQ(test, 0, iommu_outgoing_init(&rewrite->out));
	KUNIT_ASSERT_EQ_MSG(test, 0, rewrite_kept(rewrite), "round %u",
			    mutation->round);
	iommu_outgoing_write(&rewrite->out);
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		KUNIT_EXPECT_TRUE_MSG(test, same_family(mutation, rewrite, i),
				      "round %u: %ss", mutation->round,
				      iommu_families[i].name);
}

/* Cases */

static struct mutation_test *start(struct kunit *test)
{
	struct mutation_test *mutation = kunit_kzalloc(test, sizeof(*mutation),
						       GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, mutation);
	mutation->test = test;
	mutation->random = liveupdate_random_start(test);
	return mutation;
}

/* A valid image, in the next kernel */
static void hand_over(struct mutation_test *mutation)
{
	mutation->graph = iommu_graph_handed_over(mutation->test,
						  mutation->test->param_value);
	mutation->nr_pages = 0;
	iommu_graph_walk_pages(mutation->graph, add_page, mutation);
}

static struct rewrite *alloc_rewrite(struct kunit *test)
{
	struct rewrite *rewrite = kunit_kzalloc(test, sizeof(*rewrite),
						GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, rewrite);
	return rewrite;
}

static bool anything_lost(const struct iommu_incoming *in)
{
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		if (in->lost[i])
			return true;
	return false;
}

/* Mutate and read; true if something was kept */
static bool read_mutated(struct mutation_test *mutation, struct rewrite *rewrite)
{
	struct kunit *test = mutation->test;
	u64 hash;
	int ret;

	mutate(mutation);
	hash = hash_image(mutation);
	ret = iommu_incoming_read(&rewrite->in, mutation->graph->header_pa,
				  test_vendors);
	KUNIT_EXPECT_EQ_MSG(test, hash, hash_image(mutation), "round %u",
			    mutation->round);
	KUNIT_EXPECT_EQ_MSG(test, ret, rewrite->in.error.err, "round %u",
			    mutation->round);
	if (ret)
		mutation->refused++;
	else if (anything_lost(&rewrite->in))
		mutation->partly++;
	else
		mutation->whole++;
	return !ret;
}

/* All three come about, so that something is shown about each. */
static void expect_all_outcomes(struct mutation_test *mutation)
{
	const u32 few = mutation->round / 1000;
	struct kunit *test = mutation->test;

	kunit_info(test, "%u rounds: %u refused, %u partly lost, %u whole\n",
		   mutation->round, mutation->refused, mutation->partly,
		   mutation->whole);
	KUNIT_EXPECT_GT(test, mutation->refused, few);
	KUNIT_EXPECT_GT(test, mutation->partly, few);
	KUNIT_EXPECT_GT(test, mutation->whole, few);
}

/* Finding 43 */
static void mutated_image_is_refused_or_good(struct kunit *test)
{
	struct rewrite *rewrite = alloc_rewrite(test);
	struct mutation_test *mutation = start(test);
	struct liveupdate_snapshot before, after;

	hand_over(mutation);
	liveupdate_snapshot_take(&before);
	for (; mutation->round < rounds / ARRAY_SIZE(specs); mutation->round++) {
		if (read_mutated(mutation, rewrite)) {
			expect_written_the_same(mutation, rewrite);
			cancel_rewrite(rewrite);
			iommu_incoming_release(&rewrite->in);
		}
		repair(mutation);
	}
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	expect_all_outcomes(mutation);

	KUNIT_EXPECT_EQ(test, 0, iommu_incoming_read(&rewrite->in,
						     mutation->graph->header_pa,
						     test_vendors));
	iommu_graph_expect_read(mutation->graph, &rewrite->in);
	iommu_graph_take_back(mutation->graph);
	iommu_incoming_finish(&rewrite->in);
}

static void preserve_page(struct kunit *test, u64 phys)
{
	struct page *page = pfn_to_page(PHYS_PFN(phys));

	if (phys)
		KUNIT_EXPECT_EQ(test, 0, kho_preserve_folio(page_folio(page)));
}

/*
 * Hand over again what the kept records name, as the owner of each page would. By
 * its mutation a record may name a page that it did not name at first.
 */
static void preserve_again(struct kunit *test, const struct rewrite *rewrite)
{
	const struct iommu_incoming *in = &rewrite->in;
	const u64 *part = rewrite->parts;

	for (u32 i = 0; i < in->count[IOMMU_UNITS]; i++) {
		if (in->units[i].record.error.err)
			continue;
		preserve_page(test, in->units[i].area[TEST_UNIT_ROOT]);
		for (u32 n = 0; n < in->units[i].chain.count; n++)
			preserve_page(test, *part++);
	}
	for (u32 i = 0; i < in->count[IOMMU_DOMAINS]; i++)
		if (!in->domains[i].record.error.err)
			preserve_page(test, in->domains[i].table.top_phys);
	for (u32 i = 0; i < in->count[IOMMU_DEVICES]; i++)
		if (!in->devices[i].record.error.err)
			preserve_page(test,
				      in->devices[i].area[TEST_DEVICE_CONTEXT]);
}

static void expect_all_kept(struct mutation_test *mutation,
			    const struct rewrite *rewrite,
			    const struct iommu_incoming *in)
{
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++) {
		KUNIT_EXPECT_EQ_MSG(mutation->test, 0, in->lost[i], "round %u",
				    mutation->round);
		KUNIT_EXPECT_EQ(mutation->test, in->count[i],
				rewrite->in.count[i] - rewrite->in.lost[i]);
	}
}

/* A mock kexec takes longer than a mutation */
#define MUTATIONS_PER_UPDATE	2000

/*
 * What was kept of a mutated image goes through another update: the next kernel
 * finds all of it, and nothing to object to.
 */
static void kept_records_pass_another_update(struct kunit *test)
{
	struct rewrite *rewrite = alloc_rewrite(test);
	struct mutation_test *mutation = start(test);
	struct iommu_incoming in;
	u64 header_pa;

	for (; mutation->round < rounds / MUTATIONS_PER_UPDATE; mutation->round++) {
		hand_over(mutation);
		if (!read_mutated(mutation, rewrite))
			continue;
		expect_written_the_same(mutation, rewrite);
		header_pa = iommu_outgoing_write(&rewrite->out);
		preserve_again(test, rewrite);
		forget_rewrite(rewrite);
		mock_kexec(test);

		KUNIT_EXPECT_EQ_MSG(test, 0,
				    iommu_incoming_read(&in, header_pa,
							test_vendors),
				    "round %u", mutation->round);
		expect_all_kept(mutation, rewrite, &in);
		iommu_incoming_finish(&in);
		iommu_incoming_release(&rewrite->in);
	}
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
}

static int start_fake_kho(struct kunit *test)
{
	fake_kho_start(test);
	return 0;
}

static struct kunit_case iommu_record_mutation_cases[] = {
	KUNIT_CASE_PARAM_ATTR(mutated_image_is_refused_or_good, spec_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE_PARAM_ATTR(kept_records_pass_another_update, spec_gen_params,
			      { .speed = KUNIT_SPEED_SLOW }),
	{}
};

static struct kunit_suite iommu_record_mutation_suite = {
	.name = "iommu_record_mutation",
	.init = start_fake_kho,
	.test_cases = iommu_record_mutation_cases,
};

kunit_test_suite(iommu_record_mutation_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of randomly changed records of IOMMUs");
