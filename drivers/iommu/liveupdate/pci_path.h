/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_PCI_PATH_H
#define __IOMMU_LIVEUPDATE_PCI_PATH_H

struct iommu_pci_path;
struct pci_dev;

int iommu_pci_path_describe(struct iommu_pci_path *path, struct pci_dev *pdev);
void iommu_pci_path_write(struct iommu_pci_path *path, struct pci_dev *pdev);
int iommu_pci_path_compare(struct iommu_pci_path *path, struct pci_dev *pdev);

#endif
