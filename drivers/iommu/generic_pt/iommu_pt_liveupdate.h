/* SPDX-License-Identifier: GPL-2.0-only */

/**
 * DOC: I/O page tables over a live update
 *
 * A page table that is carried over to another kernel stays where it is: an
 * IOMMU goes on walking it while no kernel is in control. What has to be done is
 * to keep each of its pages from being used for something else, and to tell the
 * next kernel where the top is.
 *
 * This is compiled for each format, like iommu_pt.h that includes it, and goes
 * over table pages only. Leaf entries are not read.
 *
 * Happy path:
 *
 * 1. preserve: all tables are preserved with KHO, from the top down. From here
 *    on the table is immutable. The description goes into a record.
 * 2. kexec. All tables belong to KHO.
 * 3. restore: a domain of the same format is allocated, checked against the
 *    description, and gets the old top table instead of its own. Only the top
 *    is taken back and counted. What this does per domain does not grow with
 *    the memory that the table maps.
 * 4. The table translates as before. It remains immutable: nothing may be added
 *    to a table whose other pages still belong to KHO.
 * 5. deinit: once no device uses the table, one walk takes each lower table back
 *    and frees all.
 *
 * At every moment the pages that are counted and the pages that wait with KHO
 * are together the pages of the table.
 *
 * Unhappy paths:
 *
 * * KHO fails while preserving: a second walk undoes exactly what was done.
 * * The update is cancelled: unpreserve, and the table can change again.
 * * The description is damaged: restore fails before anything is taken.
 * * A table is damaged: each address is checked with KHO before it is followed.
 *   An entry that leads to no preserved table, be it to memory in use, to a
 *   table above or to one that another entry has led to, is counted and left
 *   alone. What was below it is leaked.
 * * A second update: preserve first takes all tables back, as deinit does.
 */
#ifndef __GENERIC_PT_IOMMU_PT_LIVEUPDATE_H
#define __GENERIC_PT_IOMMU_PT_LIVEUPDATE_H

#include "pt_iter.h"

#include <linux/iommu.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/iommu.h>
#include "../iommu-pages.h"
#include "../liveupdate/page_table.h"
#include "../liveupdate/pages.h"

#ifdef CONFIG_IOMMU_LIVEUPDATE

static const struct pt_iommu_ops NS(ops);
static const struct pt_iommu_ops NS(immutable_ops);
static void NS(get_info)(struct pt_iommu *iommu_table,
			 struct pt_iommu_info *info);
static void NS(deinit)(struct pt_iommu *iommu_table);

/* How the format is numbered in records */
#if defined(AMDV1_IOMMUFD_SELFTEST)
#define PT_RECORDED_FORMAT	IOMMU_PT_FORMAT_AMDV1_MOCK
#elif defined(__GENERIC_PT_FMT_AMDV1_H)
#define PT_RECORDED_FORMAT	IOMMU_PT_FORMAT_AMDV1
#elif defined(__GENERIC_PT_FMT_RISCV_H)
#define PT_RECORDED_FORMAT	IOMMU_PT_FORMAT_RISCV_64
#elif defined(__GENERIC_PT_FMT_VTDSS_H)
#define PT_RECORDED_FORMAT	IOMMU_PT_FORMAT_VTDSS
#elif defined(__GENERIC_PT_FMT_X86_64_H)
#define PT_RECORDED_FORMAT	IOMMU_PT_FORMAT_X86_64
#endif

/* How each of its features is numbered in records */
static const struct {
	unsigned int feature;
	u32 recorded;
} NS(recorded_features)[] = {
	{ PT_FEAT_DYNAMIC_TOP, IOMMU_PT_FEATURE_DYNAMIC_TOP },
	{ PT_FEAT_DMA_INCOHERENT, IOMMU_PT_FEATURE_INCOHERENT },
#if defined(__GENERIC_PT_FMT_AMDV1_H)
	{ PT_FEAT_AMDV1_ENCRYPT_TABLES, IOMMU_PT_FEATURE_ENCRYPTED },
	{ PT_FEAT_AMDV1_FORCE_COHERENCE, IOMMU_PT_FEATURE_FORCE_SNOOP },
#elif defined(__GENERIC_PT_FMT_RISCV_H)
	{ PT_FEAT_RISCV_SVNAPOT_64K, IOMMU_PT_FEATURE_CONTIGUOUS_64K },
	{ PT_FEAT_RISCV_SVPBMT, IOMMU_PT_FEATURE_MEMORY_TYPES },
#elif defined(__GENERIC_PT_FMT_VTDSS_H)
	{ PT_FEAT_VTDSS_FORCE_COHERENCE, IOMMU_PT_FEATURE_FORCE_SNOOP },
	{ PT_FEAT_VTDSS_FORCE_WRITEABLE, IOMMU_PT_FEATURE_FORCE_WRITEABLE },
#elif defined(__GENERIC_PT_FMT_X86_64_H)
	{ PT_FEAT_X86_64_AMD_ENCRYPT_TABLES, IOMMU_PT_FEATURE_ENCRYPTED },
#endif
};

/* Features about how a change is flushed have no meaning for a table at rest */
#define PT_FEATURES_OF_CHANGES						\
	(BIT(PT_FEAT_FLUSH_RANGE) | BIT(PT_FEAT_FLUSH_RANGE_NO_GAPS) |	\
	 BIT(PT_FEAT_DETAILED_GATHER))

static bool NS(is_immutable)(struct pt_iommu *iommu_table)
{
	return iommu_table->liveupdate.preserved ||
	       iommu_table->liveupdate.restored;
}

static void NS(describe)(struct pt_common *common,
			 struct pt_iommu_description *description)
{
	struct pt_range range = pt_top_range(common);

	*description = (struct pt_iommu_description){
		.top_phys = virt_to_phys(range.top_table),
		.format = PT_RECORDED_FORMAT,
		.top_level = range.top_level,
		.max_vasz_lg2 = common->max_vasz_lg2,
		.max_oasz_lg2 = common->max_oasz_lg2,
		.sign_extend = pt_feature(common, PT_FEAT_SIGN_EXTEND),
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(NS(recorded_features)); i++)
		if (pt_feature(common, NS(recorded_features)[i].feature))
			description->features |=
				NS(recorded_features)[i].recorded;
}

/* Size in bytes of each table that the entries of @pts may point to */
static inline size_t pt_lower_table_size(const struct pt_state *pts)
{
	struct pt_state child = pt_init(pts->range, pts->level - 1, NULL);

	return log2_to_int(pt_num_items_lg2(&child) + ilog2(PT_ITEM_WORD_SIZE));
}

/*
 * AMDv1 entries tell the level that they lead to, by the number that the AMD
 * IOMMU specification gives it (section 2.2.3). No other format has a way to
 * see from a table which level it belongs to.
 */
static inline bool pt_leads_to_lower_level(const struct pt_state *pts)
{
#ifdef __GENERIC_PT_FMT_AMDV1_H
	return FIELD_GET(AMDV1PT_FMT_NEXT_LEVEL, pts->entry) == pts->level;
#else
	return true;
#endif
}

struct pt_preserve_args {
	/* Tables that are preserved */
	unsigned long count;
};

static __always_inline int
__do_preserve_tables(struct pt_range *range, void *arg, unsigned int level,
		     struct pt_table_p *table, pt_level_fn_t descend_fn)
{
	struct pt_state pts = pt_init(range, level, table);
	struct pt_preserve_args *preserve = arg;
	int ret;

	if (!pt_can_have_table(&pts))
		return 0;

	for_each_pt_level_entry(&pts) {
		if (pts.type != PT_ENTRY_TABLE)
			continue;
		ret = iommu_pages_preserve(pts.table_lower);
		if (ret)
			return ret;
		preserve->count++;
		ret = pt_descend(&pts, arg, descend_fn);
		if (ret)
			return ret;
	}
	return 0;
}

PT_MAKE_LEVELS(__preserve_tables, __do_preserve_tables);

/* Goes the same way as __preserve_tables(), as far as that got */
static int __unpreserve_tables(struct pt_range *range, void *arg,
			       unsigned int level, struct pt_table_p *table)
{
	struct pt_state pts = pt_init(range, level, table);
	struct pt_preserve_args *preserve = arg;
	int ret;

	if (!pt_can_have_table(&pts))
		return 0;

	for_each_pt_level_entry(&pts) {
		if (pts.type != PT_ENTRY_TABLE)
			continue;
		if (!preserve->count)
			return -ENOENT;
		iommu_pages_unpreserve(pts.table_lower);
		preserve->count--;
		ret = pt_descend(&pts, arg, __unpreserve_tables);
		if (ret)
			return ret;
	}
	return 0;
}

static void NS(unpreserve_tables)(struct pt_range *range,
				  struct pt_preserve_args *preserve)
{
	iommu_pages_unpreserve(range->top_table);
	pt_walk_range(range, __unpreserve_tables, preserve);
}

static int NS(preserve_tables)(struct pt_common *common)
{
	struct pt_range range = pt_all_range(common);
	struct pt_preserve_args preserve = {};
	int ret;

	ret = iommu_pages_preserve(range.top_table);
	if (ret)
		return ret;

	ret = pt_walk_range(&range, __preserve_tables, &preserve);
	if (ret) {
		range = pt_all_range(common);
		NS(unpreserve_tables)(&range, &preserve);
	}
	return ret;
}

/*
 * Once an address was taken back it is no longer one that KHO preserves: a
 * table that is found a second time, as in a cycle, is not entered again.
 */
static int __complete_tables(struct pt_range *range, void *arg,
			     unsigned int level, struct pt_table_p *table)
{
	struct pt_state pts = pt_init(range, level, table);
	struct pt_iommu_liveupdate *liveupdate = arg;
	void *lower;

	if (!pt_can_have_table(&pts))
		return 0;

	for_each_pt_level_entry(&pts) {
		if (pts.type != PT_ENTRY_TABLE)
			continue;
		lower = ERR_PTR(-EINVAL);
		if (pt_leads_to_lower_level(&pts))
			lower = iommu_pages_restore(pt_table_pa(&pts),
						    pt_lower_table_size(&pts));
		if (IS_ERR(lower)) {
			liveupdate->nr_lost++;
			continue;
		}
		iommu_pages_list_add(&liveupdate->lower_tables, lower);
		pt_descend(&pts, arg, __complete_tables);
	}
	return 0;
}

static int NS(complete)(struct pt_iommu *iommu_table)
{
	struct pt_iommu_liveupdate *liveupdate = &iommu_table->liveupdate;
	struct pt_range range = pt_all_range(common_from_iommu(iommu_table));

	if (WARN_ON_ONCE(!liveupdate->restored))
		return -EINVAL;

	if (!liveupdate->complete) {
		pt_walk_range(&range, __complete_tables, liveupdate);
		liveupdate->complete = true;
		if (liveupdate->nr_lost)
			pr_err("Restored page table: %lu entries lead to no preserved table, what is below them is leaked\n",
			       liveupdate->nr_lost);
	}
	return liveupdate->nr_lost ? -EINVAL : 0;
}

static int NS(preserve)(struct pt_iommu *iommu_table,
			struct pt_iommu_description *description)
{
	struct pt_common *common = common_from_iommu(iommu_table);
	int ret;

	if (iommu_table->liveupdate.preserved)
		return -EBUSY;

	if (iommu_table->liveupdate.restored) {
		ret = NS(complete)(iommu_table);
		if (ret)
			return ret;
	}

	ret = NS(preserve_tables)(common);
	if (ret)
		return ret;

	NS(describe)(common, description);
	iommu_table->liveupdate.preserved = true;
	iommu_table->ops = &NS(immutable_ops);
	return 0;
}

static void NS(unpreserve)(struct pt_iommu *iommu_table)
{
	struct pt_range range = pt_all_range(common_from_iommu(iommu_table));
	struct pt_preserve_args all = { .count = ULONG_MAX };

	if (WARN_ON_ONCE(!iommu_table->liveupdate.preserved))
		return;

	NS(unpreserve_tables)(&range, &all);
	iommu_table->liveupdate.preserved = false;
	if (!iommu_table->liveupdate.restored)
		iommu_table->ops = &NS(ops);
}

static bool NS(is_empty)(struct pt_common *common)
{
	struct pt_range range = pt_all_range(common);
	struct pt_state pts = pt_init_top(&range);

	for_each_pt_level_entry(&pts)
		if (pts.type != PT_ENTRY_EMPTY)
			return false;
	return true;
}

/* Whether @top, as far as it tells its level, is at @level */
static bool NS(is_at_level)(struct pt_common *common, struct pt_table_p *top,
			    unsigned int level)
{
	struct pt_range range = _pt_top_range(common, _pt_top_set(top, level));
	struct pt_state pts = pt_init_top(&range);

	for_each_pt_level_entry(&pts)
		if (pts.type == PT_ENTRY_TABLE &&
		    !pt_leads_to_lower_level(&pts))
			return false;
	return true;
}

/* Take the top table that @description names, if it is one */
static struct pt_table_p *
NS(restore_top)(struct pt_common *common,
		const struct pt_iommu_description *description)
{
	const phys_addr_t phys = description->top_phys;
	const unsigned int level = description->top_level;
	const uintptr_t unset_top = _pt_top_set(NULL, level);
	size_t size = log2_to_int(pt_top_memsize_lg2(common, unset_top));

	if (phys & ~PT_TOP_PHYS_MASK ||
	    kho_preserved_order(phys) != get_order(size)) {
		pr_err("IOMMU page table: %zu bytes were not preserved at top_phys %pa\n",
		       size, &phys);
		return ERR_PTR(-EINVAL);
	}

	if (!NS(is_at_level)(common, phys_to_virt(phys), level)) {
		pr_err("IOMMU page table: the table at %pa is not one of top_level %u\n",
		       &phys, level);
		return ERR_PTR(-EINVAL);
	}

	return iommu_pages_restore(phys, size);
}

static int NS(restore)(struct pt_iommu *iommu_table,
		       const struct pt_iommu_description *description)
{
	struct pt_common *common = common_from_iommu(iommu_table);
	struct pt_range fresh = pt_top_range(common);
	struct pt_iommu_description own;
	struct pt_table_p *top;
	int ret;

	if (NS(is_immutable)(iommu_table) || !NS(is_empty)(common))
		return -EBUSY;

	NS(describe)(common, &own);
	ret = pt_iommu_check_description(description, &own, PT_MAX_TOP_LEVEL);
	if (ret)
		return ret;

	top = NS(restore_top)(common, description);
	if (IS_ERR(top))
		return PTR_ERR(top);

	pt_top_set(common, top, description->top_level);
	common->features &= ~PT_FEATURES_OF_CHANGES;
	iommu_table->liveupdate = (struct pt_iommu_liveupdate){
		.restored = true,
	};
	INIT_LIST_HEAD(&iommu_table->liveupdate.lower_tables.pages);
	iommu_table->ops = &NS(immutable_ops);
	iommu_pages_free_incoherent(fresh.top_table, iommu_table->iommu_device);
	return 0;
}

static const struct pt_iommu_liveupdate_ops NS(liveupdate_ops) = {
	.preserve = NS(preserve),
	.unpreserve = NS(unpreserve),
	.restore = NS(restore),
	.complete = NS(complete),
};

static int NS(refuse_map_range)(struct pt_iommu *iommu_table, dma_addr_t iova,
				phys_addr_t paddr, dma_addr_t len,
				unsigned int prot, gfp_t gfp, size_t *mapped)
{
	return -EBUSY;
}

static size_t NS(refuse_unmap_range)(struct pt_iommu *iommu_table,
				     dma_addr_t iova, dma_addr_t len,
				     struct iommu_iotlb_gather *iotlb_gather)
{
	return 0;
}

static int NS(refuse_set_dirty)(struct pt_iommu *iommu_table, dma_addr_t iova)
{
	return -EBUSY;
}

static void NS(deinit_immutable)(struct pt_iommu *iommu_table)
{
	struct pt_iommu_liveupdate *liveupdate = &iommu_table->liveupdate;
	struct pt_range range = pt_top_range(common_from_iommu(iommu_table));

	/* KHO would preserve the memory of whoever gets it next */
	if (WARN_ON_ONCE(liveupdate->preserved))
		NS(unpreserve)(iommu_table);

	if (!liveupdate->restored) {
		NS(deinit)(iommu_table);
		return;
	}

	NS(complete)(iommu_table);
	iommu_put_pages_list(&liveupdate->lower_tables);
	iommu_free_pages(range.top_table);
}

/*
 * The operations of a table that stands still. One that may change has others,
 * and so does not have to ask on each map and unmap.
 */
static const struct pt_iommu_ops NS(immutable_ops) = {
	.map_range = NS(refuse_map_range),
	.unmap_range = NS(refuse_unmap_range),
	.set_dirty = NS(refuse_set_dirty),
	.get_info = NS(get_info),
	.deinit = NS(deinit_immutable),
	.liveupdate = &NS(liveupdate_ops),
};

static __always_inline int
__do_restored_iova_to_phys(struct pt_range *range, void *arg,
			   unsigned int level, struct pt_table_p *table,
			   pt_level_fn_t descend_fn)
{
	struct pt_state pts = pt_init(range, level, table);
	pt_oaddr_t *res = arg;

	switch (pt_load_single_entry(&pts)) {
	case PT_ENTRY_EMPTY:
		return -ENOENT;
	case PT_ENTRY_TABLE:
		if (kho_preserved_order(pt_table_pa(&pts)) !=
		    get_order(pt_lower_table_size(&pts)))
			return -EINVAL;
		return pt_descend(&pts, arg, descend_fn);
	case PT_ENTRY_OA:
		*res = pt_entry_oa_exact(&pts);
		return 0;
	}
	return -ENOENT;
}

PT_MAKE_LEVELS(__restored_iova_to_phys, __do_restored_iova_to_phys);

/* True if no walk has seen all tables, or if one has seen damage */
static bool NS(has_unchecked_tables)(struct pt_iommu *iommu_table)
{
	const struct pt_iommu_liveupdate *liveupdate = &iommu_table->liveupdate;

	return liveupdate->restored &&
	       (!liveupdate->complete || liveupdate->nr_lost);
}

/* What iova_to_phys does in a table with pointers that may lead anywhere */
static int NS(unchecked_iova_to_phys)(struct pt_range *range, pt_oaddr_t *res)
{
	return pt_walk_range(range, __restored_iova_to_phys, res);
}

#else

static inline bool NS(is_immutable)(struct pt_iommu *iommu_table)
{
	return false;
}

static inline bool NS(has_unchecked_tables)(struct pt_iommu *iommu_table)
{
	return false;
}

static inline int NS(unchecked_iova_to_phys)(struct pt_range *range,
					     pt_oaddr_t *res)
{
	return -EINVAL;
}

#endif

#endif
