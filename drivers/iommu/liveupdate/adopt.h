/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_ADOPT_H
#define __IOMMU_LIVEUPDATE_ADOPT_H

#include "records.h"

struct iommu_device;
struct iommu_incoming;
struct iommu_liveupdate_ops;

void iommu_liveupdate_set_incoming(struct iommu_incoming *in);
struct iommu_incoming *iommu_liveupdate_incoming(void);
bool iommu_liveupdate_is_incoming(void);
u32 iommu_adopted_units(void);
void iommu_incoming_lose(struct iommu_incoming *in, enum iommu_family family,
			 struct iommu_record *record, int err);
int iommu_liveupdate_adopt(struct iommu_device *iommu,
			   const struct iommu_liveupdate_ops *ops, u64 id);

#endif
