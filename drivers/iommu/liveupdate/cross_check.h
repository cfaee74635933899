/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_CROSS_CHECK_H
#define __IOMMU_LIVEUPDATE_CROSS_CHECK_H

struct iommu_incoming;

int iommu_cross_check(struct iommu_incoming *in);

#endif
