/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_KEPT_H
#define __IOMMU_LIVEUPDATE_KEPT_H

#include <linux/types.h>

struct iommu_record;
struct iommu_liveupdate_unit;

void iommu_liveupdate_set_written(bool written);
bool iommu_liveupdate_is_written(void);
bool iommu_liveupdate_hands_over(void);
bool iommu_record_kept(const struct iommu_record *record);
bool iommu_liveupdate_kept(const struct iommu_liveupdate_unit *unit);

#if IS_ENABLED(CONFIG_KUNIT)
bool iommu_is_kexec(void);
#endif

#endif
