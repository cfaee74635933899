/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_PCI_FUNCTION_H
#define __IOMMU_LIVEUPDATE_PCI_FUNCTION_H

#include <linux/iommu-liveupdate.h>

int iommu_pci_path_init(struct iommu_pci_path *path, u32 count);
void iommu_pci_path_destroy(struct iommu_pci_path *path);

u32 iommu_pci_kept_bits(bool is_bridge, unsigned int reg);
int iommu_check_pci_path(struct iommu_pci_path *path, u32 rid,
			 struct iommu_record_check *check);

#endif
