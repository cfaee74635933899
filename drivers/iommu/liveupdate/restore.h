/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_RESTORE_H
#define __IOMMU_LIVEUPDATE_RESTORE_H

#include <linux/types.h>

struct iommu_incoming;

void iommu_restore_begin(struct iommu_incoming *in);
u32 iommu_restored_devices(void);
bool iommu_restore_end(const struct iommu_incoming *in);

#endif
