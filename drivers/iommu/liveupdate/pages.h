/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_PAGES_H
#define __IOMMU_LIVEUPDATE_PAGES_H

#include <linux/types.h>

int iommu_pages_preserve(void *virt);
void iommu_pages_unpreserve(void *virt);
void *iommu_pages_restore(phys_addr_t phys, size_t size);

#endif
