/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_FLB_H
#define __IOMMU_LIVEUPDATE_FLB_H

struct iommu_outgoing;
struct iommu_vendor_records;

struct iommu_outgoing *iommu_flb_get_outgoing(void);
void iommu_flb_put_outgoing(void);
void iommu_flb_settle(void);

#if IS_ENABLED(CONFIG_KUNIT)
int iommu_liveupdate_init(void);
void iommu_liveupdate_forget_outgoing(void);
void iommu_liveupdate_forget(void);
void iommu_liveupdate_unregister_backend(const struct iommu_vendor_records *records);
#endif

#endif
