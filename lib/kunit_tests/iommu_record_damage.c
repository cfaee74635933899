// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Damaged images
 *
 * A test begins with a valid image in the next kernel. It changes some bytes, says
 * which records that must cost, and lets the reader be judged: the errno and the
 * member that it takes down, that what depends on the record is lost with it and
 * all else is kept with its right values, that neither the image nor anything else
 * was changed, and that there was no warning. Then the image is repaired, and read
 * as if nothing had been.
 *
 * What depends on what is computed from the numbers that the graph was generated
 * from.
 */

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/pfn.h>

#include <kunit/test.h>

#include "iommu_record_damage.h"
#include "liveupdate_snapshot.h"
#include "mock_kexec.h"

/* The image */

static void count_page(void *page, size_t used, void *data)
{
	struct record_damage *damage = data;

	damage->nr_pages++;
}

static void copy_page_of_image(void *page, size_t used, void *data)
{
	struct record_damage *damage = data;
	struct record_damage_page *copy = &damage->pages[damage->nr_pages++];

	copy->mem = page;
	copy->good = kunit_kmalloc(damage->test, PAGE_SIZE, GFP_KERNEL);
	copy->damaged = kunit_kmalloc(damage->test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(damage->test, copy->good);
	KUNIT_ASSERT_NOT_NULL(damage->test, copy->damaged);
	memcpy(copy->good, page, PAGE_SIZE);
}

static void copy_image(struct record_damage *damage)
{
	iommu_graph_walk_pages(damage->graph, count_page, damage);
	damage->pages = kunit_kcalloc(damage->test, damage->nr_pages,
				      sizeof(*damage->pages), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(damage->test, damage->pages);
	damage->nr_pages = 0;
	iommu_graph_walk_pages(damage->graph, copy_page_of_image, damage);
}

static void note_damaged_image(struct record_damage *damage)
{
	for (u32 i = 0; i < damage->nr_pages; i++)
		memcpy(damage->pages[i].damaged, damage->pages[i].mem,
		       PAGE_SIZE);
}

static void expect_image_unchanged(struct record_damage *damage,
				   const char *what)
{
	for (u32 i = 0; i < damage->nr_pages; i++)
		KUNIT_EXPECT_MEMEQ_MSG(damage->test, damage->pages[i].damaged,
				       damage->pages[i].mem, PAGE_SIZE,
				       "%s: page %u of the image", what, i);
}

static u64 alloc_spare(struct kunit *test, size_t size)
{
	void *mem = kho_alloc_preserve(size);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	return virt_to_phys(mem);
}

/**
 * record_damage_start - Hand a graph over.
 * @test: The test.
 * @spec: The graph.
 *
 * Context: Process context, after fake_kho_start().
 *
 * Return: the image in the next kernel, undamaged.
 */
struct record_damage *record_damage_start(struct kunit *test,
					  const struct iommu_graph_spec *spec)
{
	struct record_damage *damage;

	damage = kunit_kzalloc(test, sizeof(*damage), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, damage);
	KUNIT_ASSERT_LE(test, spec->devices, RECORD_DAMAGE_MAX_RECORDS);

	damage->test = test;
	damage->vendors = test_vendors;
	damage->stray = alloc_spare(test, PAGE_SIZE);
	damage->larger = alloc_spare(test, 2 * PAGE_SIZE);
	damage->graph = iommu_graph_handed_over(test, spec);

	damage->in_use = mock_kexec_alloc_folio(test, 0);
	damage->preserved = mock_kexec_alloc_folio(test, 0);
	KUNIT_ASSERT_EQ(test, 0, kho_preserve_folio(damage->preserved));
	copy_image(damage);
	return damage;
}

/* What is lost */

/**
 * record_damage_lose - Say that a record is lost, because it is damaged.
 * @damage: The image.
 * @family: Family of the record.
 * @index: Its index. The error of the first one is judged.
 *
 * Context: Any.
 */
void record_damage_lose(struct record_damage *damage, enum iommu_family family,
			u32 index)
{
	struct record_damage_losses *losses = &damage->losses;
	bool first = true;

	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		first &= bitmap_empty(losses->named[i],
				      RECORD_DAMAGE_MAX_RECORDS);
	if (first) {
		losses->first = index;
		losses->first_family = family;
	}
	set_bit(index, losses->named[family]);
}

/**
 * record_damage_lose_image - Say that nothing can be read.
 * @damage: The image.
 *
 * Context: Any.
 */
void record_damage_lose_image(struct record_damage *damage)
{
	damage->losses.image = true;
}

/**
 * record_damage_change - Say that a record is not what was handed over, but legal.
 * @damage: The image.
 * @family: Family of the record.
 * @index: Its index.
 *
 * Context: Any.
 */
void record_damage_change(struct record_damage *damage,
			  enum iommu_family family, u32 index)
{
	set_bit(index, damage->losses.changed[family]);
}

static bool loses_device(const struct record_damage *damage, u32 i)
{
	const struct record_damage_losses *losses = &damage->losses;
	const struct iommu_graph_spec *spec = &damage->graph->spec;

	return test_bit(i % spec->units, losses->named[IOMMU_UNITS]) ||
	       test_bit(i % spec->domains, losses->named[IOMMU_DOMAINS]) ||
	       test_bit(i, losses->named[IOMMU_DEVICES]) ||
	       test_bit(i, losses->named[IOMMU_ATTACHMENTS]);
}

/**
 * record_damage_propagate - Find all that is lost.
 * @damage: The image, record_damage_losses::lost is filled in.
 *
 * A device is lost with its unit, its domain and its attachment; and each device
 * has one attachment, which is lost with it.
 *
 * Context: Any.
 */
void record_damage_propagate(struct record_damage *damage)
{
	struct record_damage_losses *losses = &damage->losses;

	memcpy(losses->lost, losses->named, sizeof(losses->lost));
	for (u32 i = 0; i < damage->graph->spec.devices; i++) {
		if (!loses_device(damage, i))
			continue;
		set_bit(i, losses->lost[IOMMU_DEVICES]);
		set_bit(i, losses->lost[IOMMU_ATTACHMENTS]);
	}
}

/* The judgement */

static void judge_error(struct record_damage *damage, const char *what,
			const struct iommu_record_error *is,
			const struct record_damage_error *expected)
{
	struct kunit *test = damage->test;

	KUNIT_EXPECT_EQ_MSG(test, expected->err, is->err, "%s: errno", what);
	if (expected->member) {
		KUNIT_EXPECT_STREQ_MSG(test, expected->member,
				       is->member ?: "no member", "%s: member",
				       what);
		KUNIT_EXPECT_NOT_NULL_MSG(test, is->reason, "%s: reason", what);
	}
	if (expected->value)
		KUNIT_EXPECT_EQ_MSG(test, *expected->value, is->value,
				    "%s: value", what);
}

/* Nothing is left in what was filled in but the error. */
static void judge_image(struct record_damage *damage, const char *what,
			const struct record_damage_error *expected)
{
	const struct iommu_incoming *in = &damage->in;
	struct kunit *test = damage->test;

	judge_error(damage, what, &in->error, expected);
	KUNIT_EXPECT_NULL(test, in->units);
	KUNIT_EXPECT_NULL(test, in->domains);
	KUNIT_EXPECT_NULL(test, in->devices);
	KUNIT_EXPECT_NULL(test, in->attachments);
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++) {
		KUNIT_EXPECT_EQ(test, 0, in->count[i]);
		KUNIT_EXPECT_EQ(test, 0, in->lost[i]);
	}
}

static bool has_record(const struct record_damage *damage,
		       enum iommu_family family, u32 index)
{
	const struct iommu_graph *graph = damage->graph;
	const struct iommu_incoming *in = &damage->in;

	switch (family) {
	case IOMMU_UNITS:
		return iommu_graph_has_unit(graph, &in->units[index]);
	case IOMMU_DOMAINS:
		return iommu_graph_has_domain(graph, &in->domains[index]);
	case IOMMU_DEVICES:
		return iommu_graph_has_device(graph, &in->devices[index]);
	default:
		return iommu_graph_has_attachment(graph,
						  &in->attachments[index]);
	}
}

static void judge_record(struct record_damage *damage, const char *what,
			 enum iommu_family family, u32 index, int err)
{
	const struct iommu_record *record =
		iommu_incoming_record(&damage->in, family, index);
	const struct record_damage_losses *losses = &damage->losses;
	const bool lost = test_bit(index, losses->lost[family]);
	const char *name = iommu_families[family].name;
	struct kunit *test = damage->test;

	KUNIT_EXPECT_EQ_MSG(test, lost, !!record->error.err,
			    "%s: %s %u is lost", what, name, index);
	if (test_bit(index, losses->named[family]))
		KUNIT_EXPECT_EQ_MSG(test, err, record->error.err,
				    "%s: %s %u", what, name, index);
	if (lost || test_bit(index, losses->changed[family]))
		return;
	KUNIT_EXPECT_TRUE_MSG(test, has_record(damage, family, index),
			      "%s: %s %u is what was handed over", what, name,
			      index);
}

static void judge_records(struct record_damage *damage, const char *what,
			  const struct record_damage_error *expected)
{
	const struct record_damage_losses *losses = &damage->losses;
	const struct iommu_incoming *in = &damage->in;
	struct kunit *test = damage->test;
	const struct iommu_record *first;

	for (int f = 0; f < IOMMU_NR_FAMILIES; f++) {
		KUNIT_EXPECT_EQ_MSG(test, iommu_graph_chain(damage->graph, f)->count,
				    in->count[f], "%s: count", what);
		KUNIT_EXPECT_EQ_MSG(test,
				    bitmap_weight(losses->lost[f],
						  RECORD_DAMAGE_MAX_RECORDS),
				    in->lost[f], "%s: number of the lost", what);
		for (u32 i = 0; i < in->count[f]; i++)
			judge_record(damage, what, f, i, expected->err);
	}
	if (!expected->err)
		return;
	first = iommu_incoming_record(in, losses->first_family, losses->first);
	judge_error(damage, what, &first->error, expected);
}

static int read_image(struct record_damage *damage)
{
	return iommu_incoming_read(&damage->in, damage->graph->header_pa,
				   damage->vendors);
}

/* Read, and change nothing by it. */
static int read_damaged(struct record_damage *damage, const char *what)
{
	struct liveupdate_snapshot before, after;
	struct kunit *test = damage->test;
	int ret;

	note_damaged_image(damage);
	liveupdate_snapshot_take_undrained(&before);
	kunit_warning_suppress(test) {
		ret = read_image(damage);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
	}
	liveupdate_snapshot_take_undrained(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	expect_image_unchanged(damage, what);
	return ret;
}

/**
 * record_damage_repair - Undo all damage.
 * @damage: The image; it is read as a whole again.
 *
 * Context: Process context.
 */
void record_damage_repair(struct record_damage *damage)
{
	for (u32 i = 0; i < damage->nr_pages; i++)
		memcpy(damage->pages[i].mem, damage->pages[i].good, PAGE_SIZE);
	memset(&damage->losses, 0, sizeof(damage->losses));

	KUNIT_EXPECT_EQ(damage->test, 0, read_image(damage));
	iommu_graph_expect_read(damage->graph, &damage->in);
	iommu_incoming_release(&damage->in);
}

/**
 * record_damage_judge - Read a damaged image, judge the reader, and repair it.
 * @damage: The image, and what the damage has to cost.
 * @what: The damage, for messages.
 * @error: What the reader has to say.
 *
 * Context: Process context.
 */
void record_damage_judge(struct record_damage *damage, const char *what,
			 const struct record_damage_error *error)
{
	struct kunit *test = damage->test;
	int ret;

	record_damage_propagate(damage);
	ret = read_damaged(damage, what);
	KUNIT_EXPECT_EQ_MSG(test, damage->losses.image ? error->err : 0, ret,
			    "%s: return value", what);
	if (ret && damage->losses.image)
		judge_image(damage, what, error);
	else if (!ret && !damage->losses.image)
		judge_records(damage, what, error);
	if (!ret)
		iommu_incoming_release(&damage->in);
	record_damage_repair(damage);
}

/* The end */

/**
 * record_damage_free_spares - Free all memory that no record names.
 * @damage: The image.
 *
 * Context: Process context.
 */
void record_damage_free_spares(struct record_damage *damage)
{
	kho_unpreserve_folio(damage->preserved);
	kho_restore_free(phys_to_virt(damage->stray));
	kho_restore_free(phys_to_virt(damage->larger));
}

/**
 * record_damage_end - Take the repaired image back.
 * @damage: The image; nothing is left of it.
 *
 * Context: Process context.
 */
void record_damage_end(struct record_damage *damage)
{
	struct kunit *test = damage->test;
	struct fake_kho_ranges waiting;

	KUNIT_EXPECT_EQ(test, 0, read_image(damage));
	iommu_graph_expect_read(damage->graph, &damage->in);
	iommu_graph_take_back(damage->graph);
	iommu_incoming_finish(&damage->in);
	record_damage_free_spares(damage);

	fake_kho_get_waiting(&waiting);
	KUNIT_EXPECT_EQ(test, 0, waiting.count);
}
