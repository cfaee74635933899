/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __GENERIC_PT_LIVEUPDATE_H
#define __GENERIC_PT_LIVEUPDATE_H

#include <linux/iommu.h>
#include <linux/types.h>

struct pt_iommu;

/**
 * struct pt_iommu_description - What another kernel needs to use a page table
 * @top_phys: Physical address of the top table, aligned to its size.
 * @features: Any of IOMMU_PT_FEATURE_*.
 * @format: One of IOMMU_PT_FORMAT_*.
 * @top_level: Level of the top table, 0 is the level that has only leaves.
 *             Below 6, less where the format has fewer levels.
 * @max_vasz_lg2: Width of the input address in bits, at most 64, including the
 *                sign bit if there is one.
 * @max_oasz_lg2: Width of the output address in bits, at most 56.
 * @sign_extend: 1 if the top bit of the input address is sign extended, else 0.
 *
 * The description is all that the two kernels share about a table, apart from
 * its memory. A reader trusts none of it.
 */
struct pt_iommu_description {
	u64 top_phys;
	u32 features;
	u16 format;
	u8 top_level;
	u8 max_vasz_lg2;
	u8 max_oasz_lg2;
	u8 sign_extend;
};

/**
 * struct pt_iommu_liveupdate - Where a page table stands in a live update
 * @lower_tables: Tables below the top that KHO has given back, only valid if
 *                @complete.
 * @nr_lost: Number of entries of a restored table that lead to no table, only
 *           valid if @complete.
 * @preserved: All tables are preserved for the next kernel.
 * @restored: The table comes from the previous kernel.
 * @complete: KHO has given back all tables of a restored table.
 *
 * A table that is preserved or restored is immutable.
 */
struct pt_iommu_liveupdate {
	struct iommu_pages_list lower_tables;
	unsigned long nr_lost;
	bool preserved;
	bool restored;
	bool complete;
};

/**
 * struct pt_iommu_liveupdate_ops - Carry a page table over to another kernel
 *
 * The range lock of all of the table has to be held for writing over each of
 * these, see struct pt_iommu_ops. All of them may sleep.
 */
struct pt_iommu_liveupdate_ops {
	/**
	 * @preserve: Preserve all tables and describe them
	 * @iommu_table: Table to preserve, immutable from now on
	 * @description: Filled in on success
	 *
	 * A restored table is completed first.
	 *
	 * Return: 0, -EBUSY if the table is preserved already, -EINVAL if it
	 * is a restored one with damage, or what KHO failed with. Nothing is
	 * preserved on failure.
	 */
	int (*preserve)(struct pt_iommu *iommu_table,
			struct pt_iommu_description *description);

	/**
	 * @unpreserve: Undo @preserve
	 * @iommu_table: Table that is preserved
	 */
	void (*unpreserve)(struct pt_iommu *iommu_table);

	/**
	 * @restore: Continue the table of the previous kernel
	 * @iommu_table: Table without any mapping, of the recorded format
	 * @description: What the previous kernel has written, untrusted
	 *
	 * Reads the top table only, whatever the size of the table: everything
	 * below stays with KHO until the table is freed or preserved again.
	 * Until then the memory of the lower tables is not counted.
	 *
	 * Return: 0, or nothing has changed and
	 *
	 * * -EBUSY: @iommu_table has mappings, is preserved or restored.
	 * * -EOPNOTSUPP: a feature is unknown.
	 * * -ERANGE: a level is outside of what the format has.
	 * * -EINVAL: another member does not fit to @iommu_table, or no table
	 *   of that size was preserved at pt_iommu_description::top_phys.
	 */
	int (*restore)(struct pt_iommu *iommu_table,
		       const struct pt_iommu_description *description);

	/**
	 * @complete: Take all tables back that are still with KHO
	 * @iommu_table: Table that is restored
	 *
	 * Takes time and memory accesses in proportion to the number of
	 * tables. Entries that lead to no table which the previous kernel
	 * preserved are left alone, with everything below them.
	 *
	 * Return: 0, or -EINVAL if there is any such entry.
	 */
	int (*complete)(struct pt_iommu *iommu_table);
};

#endif
