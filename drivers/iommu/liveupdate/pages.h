/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_PAGES_H
#define __IOMMU_LIVEUPDATE_PAGES_H

#include <linux/memcontrol.h>
#include <linux/types.h>
#include <linux/vmstat.h>

#include "../iommu-pages.h"

/**
 * iommu_pages_account - Count pages as iommu-pages does
 * @folio: The folio that holds the pages
 * @nr_pages: Number of pages in @folio, negative if they go out of use
 *
 * What comes back from another kernel has to be counted exactly as what
 * iommu_alloc_pages_node_sz() hands out, or freeing it lets the counters go
 * below zero.
 */
static inline void iommu_pages_account(struct folio *folio, long nr_pages)
{
	mod_node_page_state(folio_pgdat(folio), NR_IOMMU_PAGES, nr_pages);
	lruvec_stat_mod_folio(folio, NR_SECONDARY_PAGETABLE, nr_pages);
}

int iommu_pages_preserve(void *virt);
void iommu_pages_unpreserve(void *virt);
void *iommu_pages_restore(phys_addr_t phys, size_t size);

#endif
