/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An image that is damaged, read and repaired again, as often as a test likes, and
 * the judgement of what the reader makes of it.
 */

#ifndef _LIB_KUNIT_TESTS_IOMMU_RECORD_DAMAGE_H
#define _LIB_KUNIT_TESTS_IOMMU_RECORD_DAMAGE_H

#include <linux/bitmap.h>
#include <linux/types.h>

#include "iommu_graph.h"

struct folio;
struct kunit;

/* The most records of a family */
#define RECORD_DAMAGE_MAX_RECORDS	256

/**
 * struct record_damage_page - A page of the image.
 * @mem: The page.
 * @good: What the writer had written there.
 * @damaged: What the reader has been given.
 */
struct record_damage_page {
	void *mem;
	void *good;
	void *damaged;
};

/**
 * struct record_damage_losses - What a damage costs.
 * @image: Everything.
 * @first: Record whose error is judged.
 * @first_family: Its family.
 * @named: The records that are damaged, by family.
 * @lost: These, and all that depends on them.
 * @changed: The records that are legal, but not what was handed over.
 */
struct record_damage_losses {
	bool image;
	u32 first;
	enum iommu_family first_family;
	DECLARE_BITMAP(named[IOMMU_NR_FAMILIES], RECORD_DAMAGE_MAX_RECORDS);
	DECLARE_BITMAP(lost[IOMMU_NR_FAMILIES], RECORD_DAMAGE_MAX_RECORDS);
	DECLARE_BITMAP(changed[IOMMU_NR_FAMILIES], RECORD_DAMAGE_MAX_RECORDS);
};

/**
 * struct record_damage - An image to be damaged.
 * @test: The test.
 * @graph: The graph.
 * @vendors: The backends that the reader has.
 * @pages: The pages of the image.
 * @nr_pages: Number of these.
 * @in_use: A page of this kernel.
 * @preserved: A page that is preserved for the kernel after this one.
 * @stray: Address of a page that was handed over and that no record names.
 * @larger: Address of two pages that were handed over, and that no record names.
 * @losses: What the damage costs.
 * @in: What the reader makes of it.
 */
struct record_damage {
	struct kunit *test;
	struct iommu_graph *graph;
	const struct iommu_vendor_records *const *vendors;
	struct record_damage_page *pages;
	u32 nr_pages;
	struct folio *in_use;
	struct folio *preserved;
	u64 stray;
	u64 larger;
	struct record_damage_losses losses;
	struct iommu_incoming in;
};

/**
 * struct record_damage_error - What the reader has to say.
 * @err: The errno, 0 if the image is legal.
 * @member: The member, NULL for any.
 * @value: Its value, NULL for any.
 */
struct record_damage_error {
	int err;
	const char *member;
	const u64 *value;
};

struct record_damage *record_damage_start(struct kunit *test,
					  const struct iommu_graph_spec *spec);
void record_damage_lose(struct record_damage *damage, enum iommu_family family,
			u32 index);
void record_damage_lose_image(struct record_damage *damage);
void record_damage_change(struct record_damage *damage,
			  enum iommu_family family, u32 index);
void record_damage_judge(struct record_damage *damage, const char *what,
			 const struct record_damage_error *error);
void record_damage_propagate(struct record_damage *damage);
void record_damage_repair(struct record_damage *damage);
void record_damage_free_spares(struct record_damage *damage);
void record_damage_end(struct record_damage *damage);

#endif /* _LIB_KUNIT_TESTS_IOMMU_RECORD_DAMAGE_H */
