/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PCI_H
#define PCI_H

#include <linux/types.h>

#include "qtest.h"

/* Offsets in configuration space; PCI Local Bus 3.0, section 6.1 */
#define PCI_COMMAND		0x04
#define PCI_BASE_ADDRESS_0	0x10
#define PCI_BUS_NUMBERS		0x18
#define  PCI_SECONDARY_BUS	0x0000ff00u
#define PCI_CAPABILITIES	0x34
#define  PCI_CAPABILITY_MSI	0x05

/* Of that capability, if its addresses have 64 bits; section 6.8.1 */
#define PCI_MSI_CONTROL		2
#define  PCI_MSI_ENABLE		0x0001u
#define  PCI_MSI_64_BITS	0x0080u
#define PCI_MSI_ADDRESS		4
#define PCI_MSI_DATA		12

/**
 * struct pci_function - A function by its place, as bus numbers may change
 * @bridge: device number of the root port above it on bus 0, or -1
 * @device: its device number
 * @bus: its bus number, as found by pci_locate()
 */
struct pci_function {
	int bridge;
	unsigned int device;
	unsigned int bus;
};

int pci_locate(struct qtest *qtest, struct pci_function *function);
u64 pci_config(const struct pci_function *function, unsigned int offset);
u64 pci_bridge_config(const struct pci_function *function, unsigned int offset);
u16 pci_source_id(const struct pci_function *function);
int pci_memory_bar(struct qtest *qtest, const struct pci_function *function, u64 *address);
int pci_find_capability(struct qtest *qtest, const struct pci_function *function,
			unsigned int id, u16 *position);
int pci_capabilities(struct qtest *qtest, const struct pci_function *function,
		     char *text, size_t size);

#endif /* PCI_H */
