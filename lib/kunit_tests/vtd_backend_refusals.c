// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What the VT-d backend has to refuse
 *
 * Each reason for which a device or a unit is not preserved, as something that is
 * done to a device or unit that would be. A reason that is added to
 * drivers/iommu/intel/liveupdate_refuse.c is a line here.
 *
 * Happy path: a suite goes through the lines, has each refused, and undoes it.
 *
 * Unhappy path: a machine that ends with a reason in force undoes it first.
 */

#include <linux/device.h>
#include <linux/pci.h>

#include "vtd_backend_machine.h"

/* For a PASID that nothing else here has */
#define OTHER_PASID	5

#define TRANSLATION	BIT_ULL(32 + 31) /* TES of the word with Global Status */

static void refuse_bus(struct vtd_backend_machine *machine)
{
	machine->refused_dev->bus = NULL;
}

static void accept_bus(struct vtd_backend_machine *machine)
{
	machine->refused_dev->bus = &pci_bus_type;
}

/* What the backend has in place of pci_real_dma_dev() and pci_num_vf() */
static struct device *subdevice, *physical_function;

struct pci_dev *vtd_backend_real_dma_dev(struct pci_dev *pdev)
{
	return &pdev->dev == subdevice ? NULL : pdev;
}

int vtd_backend_num_vf(struct pci_dev *pdev)
{
	return &pdev->dev == physical_function;
}

static void refuse_subdevice(struct vtd_backend_machine *machine)
{
	subdevice = machine->refused_dev;
}

static void accept_subdevice(struct vtd_backend_machine *machine)
{
	subdevice = NULL;
}

static void refuse_virtual(struct vtd_backend_machine *machine)
{
	to_pci_dev(machine->refused_dev)->is_virtfn = 1;
}

static void accept_virtual(struct vtd_backend_machine *machine)
{
	to_pci_dev(machine->refused_dev)->is_virtfn = 0;
}

static void refuse_physical(struct vtd_backend_machine *machine)
{
	physical_function = machine->refused_dev;
}

static void accept_physical(struct vtd_backend_machine *machine)
{
	physical_function = NULL;
}

static void refuse_alias(struct vtd_backend_machine *machine)
{
	struct pci_dev *pdev = to_pci_dev(machine->refused_dev);

	pci_add_dma_alias(pdev, pdev->devfn ^ 1, 1);
}

/* PCI has no way to take an alias back, before the device goes. */
static void accept_alias(struct vtd_backend_machine *machine)
{
	struct pci_dev *pdev = to_pci_dev(machine->refused_dev);

	bitmap_free(pdev->dma_alias_mask);
	pdev->dma_alias_mask = NULL;
}

static void refuse_ats(struct vtd_backend_machine *machine)
{
	vtd_backend_set_feature(machine->refused_dev, VTD_BACKEND_ATS, true);
}

static void accept_ats(struct vtd_backend_machine *machine)
{
	vtd_backend_set_feature(machine->refused_dev, VTD_BACKEND_ATS, false);
}

static void refuse_page_requests(struct vtd_backend_machine *machine)
{
	vtd_backend_set_feature(machine->refused_dev, VTD_BACKEND_PAGE_REQUESTS, true);
}

static void accept_page_requests(struct vtd_backend_machine *machine)
{
	vtd_backend_set_feature(machine->refused_dev, VTD_BACKEND_PAGE_REQUESTS, false);
}

static void refuse_pasids(struct vtd_backend_machine *machine)
{
	vtd_backend_set_feature(machine->refused_dev, VTD_BACKEND_PASIDS, true);
}

static void accept_pasids(struct vtd_backend_machine *machine)
{
	vtd_backend_set_feature(machine->refused_dev, VTD_BACKEND_PASIDS, false);
}

static void refuse_pasid_in_use(struct vtd_backend_machine *machine)
{
	vtd_backend_set_pasid(machine->refused_dev, OTHER_PASID, true);
}

static void accept_pasid_in_use(struct vtd_backend_machine *machine)
{
	vtd_backend_set_pasid(machine->refused_dev, OTHER_PASID, false);
}

const struct vtd_backend_refusal vtd_backend_device_refusals[] = {
	{ "not on PCI", refuse_bus, accept_bus },
	{ "real-DMA subdevice", refuse_subdevice, accept_subdevice },
	{ "virtual function", refuse_virtual, accept_virtual },
	{ "virtual functions of its own", refuse_physical, accept_physical },
	{ "alias", refuse_alias, accept_alias },
	{ "ATS", refuse_ats, accept_ats },
	{ "page requests", refuse_page_requests, accept_page_requests },
	{ "PASIDs", refuse_pasids, accept_pasids },
	{ "PASID in use", refuse_pasid_in_use, accept_pasid_in_use, true },
	{}
};

static struct vtd_backend_unit *unit_of(struct vtd_backend_machine *machine)
{
	return machine->units[machine->refused_unit];
}

static void refuse_reserved(struct vtd_backend_machine *machine)
{
	vtd_backend_set_reserved(unit_of(machine), true);
}

static void accept_reserved(struct vtd_backend_machine *machine)
{
	vtd_backend_set_reserved(unit_of(machine), false);
}

static void refuse_copied(struct vtd_backend_machine *machine)
{
	vtd_backend_set_copied(unit_of(machine), true);
}

static void accept_copied(struct vtd_backend_machine *machine)
{
	vtd_backend_set_copied(unit_of(machine), false);
}

static void refuse_root(struct vtd_backend_machine *machine)
{
	vtd_backend_hide_root(unit_of(machine), true);
}

static void accept_root(struct vtd_backend_machine *machine)
{
	vtd_backend_hide_root(unit_of(machine), false);
}

static void flip_translation(struct vtd_backend_machine *machine)
{
	struct vtd_unit *unit = &machine->hardware[machine->refused_unit]->unit;

	unit->registers[VTD_GCMD / sizeof(u64)] ^= TRANSLATION;
}

const struct vtd_backend_refusal vtd_backend_unit_refusals[] = {
	{ "reserved regions", refuse_reserved, accept_reserved },
	{ "copied tables", refuse_copied, accept_copied },
	{ "no root table", refuse_root, accept_root },
	{ "no translation", flip_translation, flip_translation },
	{}
};
