/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_IMAGE_H
#define __IOMMU_LIVEUPDATE_IMAGE_H

struct dentry;

#ifdef CONFIG_IOMMU_LIVEUPDATE_IMAGE
void iommu_liveupdate_image_init(struct dentry *dir);
#else
static inline void iommu_liveupdate_image_init(struct dentry *dir)
{
}
#endif

#endif
