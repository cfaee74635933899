/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI devices whose DMA goes on while the kernel is replaced. */

#ifndef _LINUX_PCI_LIVEUPDATE_H
#define _LINUX_PCI_LIVEUPDATE_H

#include <linux/pci.h>

#if defined(CONFIG_IOMMU_LIVEUPDATE) && defined(CONFIG_PCI)

void pci_liveupdate_hold(struct pci_dev *pdev);
void pci_liveupdate_unhold(struct pci_dev *pdev);
bool pci_liveupdate_is_held(struct pci_dev *pdev);
bool pci_liveupdate_keeps_master(struct pci_dev *pdev);

#else

static inline void pci_liveupdate_hold(struct pci_dev *pdev) { }
static inline void pci_liveupdate_unhold(struct pci_dev *pdev) { }

static inline bool pci_liveupdate_is_held(struct pci_dev *pdev)
{
	return false;
}

static inline bool pci_liveupdate_keeps_master(struct pci_dev *pdev)
{
	return false;
}

#endif

#endif /* _LINUX_PCI_LIVEUPDATE_H */
