/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_PRESERVE_H
#define __IOMMU_LIVEUPDATE_PRESERVE_H

struct iommu_outgoing;

#if IS_ENABLED(CONFIG_KUNIT)
void iommu_preserve_forget(struct iommu_outgoing *out);
#endif

#endif
