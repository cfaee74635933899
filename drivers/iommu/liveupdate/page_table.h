/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_PAGE_TABLE_H
#define __IOMMU_LIVEUPDATE_PAGE_TABLE_H

struct pt_iommu_description;

int pt_iommu_check_description(const struct pt_iommu_description *given,
			       const struct pt_iommu_description *own,
			       unsigned int max_top_level);

#endif
