// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI configuration space, read from outside the guest.
 *
 * Through the memory-mapped window (ECAM): an access there is one command. The
 * pair of ports 0xcf8 and 0xcfc is the guest's, which may be between the two.
 */
#include <stdio.h>
#include <string.h>

#include <linux/bits.h>
#include <linux/bitfield.h>

#include "pci.h"

/* Where the firmware of QEMU's q35 machine puts the window */
#define ECAM_BASE		0xb0000000ull
#define Q35_HOST_BRIDGE		0x29c08086u

#define PCI_CAP_ID_EXP		0x10

/* So many fit behind the header: a list of more is a circle. */
#define PCI_MAX_CAPABILITIES	48

static u64 ecam(unsigned int bus, unsigned int device, unsigned int offset)
{
	return ECAM_BASE + (bus << 20) + (device << 15) + offset;
}

/* Guest-physical address of a register of the function. */
u64 pci_config(const struct pci_function *function, unsigned int offset)
{
	return ecam(function->bus, function->device, offset);
}

/* The same for the bridge above it, which must exist. */
u64 pci_bridge_config(const struct pci_function *function, unsigned int offset)
{
	return ecam(0, function->bridge, offset);
}

/* The requester's identity in the unit's tables and fault records. */
u16 pci_source_id(const struct pci_function *function)
{
	return function->bus << 8 | function->device << 3;
}

/* Find the function's bus, as the guest numbers it now: 0, or -1. */
int pci_locate(struct qtest *qtest, struct pci_function *function)
{
	u32 host_bridge = 0, buses = 0, id = 0;

	qtest_read32(qtest, ecam(0, 0, 0), &host_bridge);
	if (function->bridge >= 0)
		qtest_read32(qtest, pci_bridge_config(function, PCI_BUS_NUMBERS), &buses);
	if (qtest_run(qtest))
		return -1;
	if (host_bridge != Q35_HOST_BRIDGE) {
		fprintf(stderr, "the configuration window of PCI is not where it was expected\n");
		return -1;
	}
	function->bus = FIELD_GET(PCI_SECONDARY_BUS, buses);
	qtest_read32(qtest, pci_config(function, 0), &id);
	if (qtest_run(qtest))
		return -1;
	if (id == 0xffffffff || !id) {
		fprintf(stderr, "there is no PCI function %02x:%02x.0\n", function->bus,
			function->device);
		return -1;
	}
	return 0;
}

/* Guest-physical address of what the first base address register maps. */
int pci_memory_bar(struct qtest *qtest, const struct pci_function *function, u64 *address)
{
	u32 bar = 0;

	qtest_read32(qtest, pci_config(function, PCI_BASE_ADDRESS_0), &bar);
	if (qtest_run(qtest))
		return -1;
	if (bar & 1 || !(bar & ~0xfu)) {
		fprintf(stderr, "function %02x:%02x.0 has no memory at its first BAR: 0x%x\n",
			function->bus, function->device, bar);
		return -1;
	}
	*address = bar & ~0xfu;
	return 0;
}

/* Where the function's capability is in configuration space, 0 if nowhere: 0, or -1. */
int pci_find_capability(struct qtest *qtest, const struct pci_function *function,
			unsigned int id, u16 *position)
{
	unsigned int left = PCI_MAX_CAPABILITIES;
	u16 header;

	*position = 0;
	qtest_read16(qtest, pci_config(function, PCI_CAPABILITIES), position);
	while (!qtest_run(qtest)) {
		*position &= 0xfc;
		if (!*position || !left--)
			break;
		qtest_read16(qtest, pci_config(function, *position), &header);
		if (qtest_run(qtest))
			return -1;
		if ((header & 0xff) == id)
			return 0;
		*position = header >> 8;
	}
	*position = 0;
	return qtest->failed ? -1 : 0;
}

static const char *capability_name(unsigned int id)
{
	switch (id) {
	case 0x01: return "PM";
	case PCI_CAPABILITY_MSI: return "MSI";
	case PCI_CAP_ID_EXP: return "PCIe";
	case 0x11: return "MSI-X";
	case 0x13: return "AF";
	}
	return NULL;
}

/* The names of the function's capabilities, for people: 0, or -1. */
int pci_capabilities(struct qtest *qtest, const struct pci_function *function,
		     char *text, size_t size)
{
	unsigned int left = PCI_MAX_CAPABILITIES;
	u16 position = 0, header;
	size_t length = 0;
	u32 device = 0;

	text[0] = '\0';
	qtest_read16(qtest, pci_config(function, PCI_CAPABILITIES), &position);
	for (;;) {
		const char *name;

		if (qtest_run(qtest))
			return -1;
		position &= 0xfc;
		if (!position || !left-- || length + 16 > size)
			return 0;
		qtest_read16(qtest, pci_config(function, position), &header);
		qtest_read32(qtest, pci_config(function, position + 4), &device);
		if (qtest_run(qtest))
			return -1;
		name = capability_name(header & 0xff);
		if (name)
			length += snprintf(text + length, size - length, "%s%s",
					   length ? " " : "", name);
		/* Function Level Reset: PCIe base specification, section 7.5.3.3 */
		if ((header & 0xff) == PCI_CAP_ID_EXP && device & BIT(28))
			length += snprintf(text + length, size - length, " FLR");
		position = header >> 8;
	}
}
