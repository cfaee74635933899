// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: PCI functions behind VT-d units in software
 *
 * Functions are integrated endpoints on buses of their own, whose configuration
 * space is memory. PCI finds them as any other, and the backend too, when it goes
 * over all of PCI. Requester IDs may be the same at two units, which two PCI
 * segments would allow; as not every architecture has segments, a bus has one number
 * for the kernel and another one at the unit.
 *
 * Life cycle: vtd_backend_add_function() puts a function into the machine, where it
 * stays; vtd_backend_scan() and vtd_backend_remove_pdev() are what kernels do, one
 * after the other. The end of the case removes functions and buses.
 *
 * Happy path: the bus master bit of each function is told to the DMA oracle of its
 * unit.
 *
 * Unhappy path: a read where no function is returns all ones, as on a real bus; a
 * write to what is not implemented does nothing.
 */

#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include <kunit/test.h>

#include "vtd_backend_machine.h"
#include "vtd_oracle.h"

/* Where there are segments, nothing real is in this one. */
#define SEGMENT		0x5a6

/* Numbers of the buses for the kernel; UML's own PCI bus is 0. */
#define FIRST_BUS	0x20
#define MAX_BUSES	64

/* Of the PCI Express capability */
#define EXPRESS		0x40
#define EXPRESS_VERSION	2

/* IDs for which there is neither a driver nor a quirk */
#define VENDOR_ID	PCI_VENDOR_ID_REDHAT_QUMRANET
#define DEVICE_ID	0xfed8

/**
 * struct sysdata - What the architecture, and this file, know of a bus
 * @arch: What the architecture knows, if it does.
 * @bus: The bus.
 */
struct sysdata {
#ifdef CONFIG_PCI_DOMAINS
	struct pci_sysdata arch;
#endif
	struct vtd_backend_bus *bus;
};

static struct vtd_backend_bus *bus_of(struct pci_bus *bus)
{
	return ((struct sysdata *)bus->sysdata)->bus;
}

/**
 * vtd_backend_function - Find a function.
 * @machine: The machine.
 * @unit: The unit that it is behind.
 * @rid: Its requester ID.
 *
 * Context: Any.
 *
 * Return: the function or NULL.
 */
struct vtd_backend_function *
vtd_backend_function(struct vtd_backend_machine *machine, unsigned int unit, u16 rid)
{
	for (unsigned int i = 0; i < machine->nr_functions; i++) {
		if (machine->functions[i].unit == unit && machine->functions[i].rid == rid)
			return &machine->functions[i];
	}
	return NULL;
}

/**
 * vtd_backend_function_of - Find the function of a device.
 * @machine: The machine.
 * @dev: The device.
 *
 * Context: Any.
 *
 * Return: the function or NULL.
 */
struct vtd_backend_function *
vtd_backend_function_of(struct vtd_backend_machine *machine, struct device *dev)
{
	for (unsigned int i = 0; i < machine->nr_functions; i++) {
		if (machine->functions[i].pdev && &machine->functions[i].pdev->dev == dev)
			return &machine->functions[i];
	}
	return NULL;
}

/* Configuration space */

static bool is_writable(int where)
{
	switch (where) {
	case PCI_COMMAND:
	case PCI_COMMAND + 1:
	case PCI_CACHE_LINE_SIZE:
	case PCI_INTERRUPT_LINE:
	case EXPRESS + PCI_EXP_DEVCTL:
	case EXPRESS + PCI_EXP_DEVCTL + 1:
		return true;
	default:
		return false;
	}
}

/**
 * vtd_backend_is_master - Is the bus master bit of a function set?
 * @function: The function.
 *
 * Context: Any.
 *
 * Return: true if it is.
 */
bool vtd_backend_is_master(const struct vtd_backend_function *function)
{
	return function->config[PCI_COMMAND] & PCI_COMMAND_MASTER;
}

static struct vtd_backend_function *function_at(struct pci_bus *pci_bus,
						unsigned int devfn)
{
	struct vtd_backend_bus *bus = bus_of(pci_bus);

	return vtd_backend_function(bus->machine, bus->unit,
				    PCI_DEVID(bus->number, devfn));
}

static int read_config(struct pci_bus *bus, unsigned int devfn, int where, int size,
		       u32 *value)
{
	struct vtd_backend_function *function = function_at(bus, devfn);
	__le32 bytes = 0;

	if (!function || where + size > VTD_BACKEND_CONFIG_SIZE) {
		PCI_SET_ERROR_RESPONSE(value);
		return PCIBIOS_DEVICE_NOT_FOUND;
	}
	memcpy(&bytes, &function->config[where], size);
	*value = le32_to_cpu(bytes);
	return PCIBIOS_SUCCESSFUL;
}

static void tell_oracle(struct vtd_backend_machine *machine,
			const struct vtd_backend_function *function)
{
	struct vtd_test_unit *unit = machine->hardware[function->unit];

	if (vtd_backend_is_master(function))
		vtd_oracle_mastering(unit, function->rid);
	else
		vtd_oracle_quiet(unit, function->rid);
}

static int write_config(struct pci_bus *bus, unsigned int devfn, int where, int size,
			u32 value)
{
	struct vtd_backend_function *function = function_at(bus, devfn);
	bool was_master;

	if (!function || where + size > VTD_BACKEND_CONFIG_SIZE)
		return PCIBIOS_DEVICE_NOT_FOUND;
	was_master = vtd_backend_is_master(function);
	for (int i = 0; i < size; i++, value >>= 8) {
		if (is_writable(where + i))
			function->config[where + i] = value;
	}
	if (was_master != vtd_backend_is_master(function))
		tell_oracle(bus_of(bus)->machine, function);
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops pci_ops = {
	.read = read_config,
	.write = write_config,
};

static void reset_function(u8 *config)
{
	put_unaligned_le16(VENDOR_ID, &config[PCI_VENDOR_ID]);
	put_unaligned_le16(DEVICE_ID, &config[PCI_DEVICE_ID]);
	put_unaligned_le16(PCI_CLASS_NOT_DEFINED, &config[PCI_CLASS_DEVICE]);
	put_unaligned_le16(PCI_STATUS_CAP_LIST, &config[PCI_STATUS]);
	config[PCI_CAPABILITY_LIST] = EXPRESS;
	config[EXPRESS] = PCI_CAP_ID_EXP;
	put_unaligned_le16(EXPRESS_VERSION | PCI_EXP_TYPE_RC_END << 4,
			   &config[EXPRESS + PCI_EXP_FLAGS]);
}

/**
 * vtd_backend_add_function - Put a function into the machine.
 * @machine: The machine.
 * @unit: The unit that it is behind.
 * @rid: Its requester ID, which no function behind that unit has.
 *
 * Context: Process context.
 *
 * Return: the function, or NULL if there is no room.
 */
struct vtd_backend_function *
vtd_backend_add_function(struct vtd_backend_machine *machine, unsigned int unit, u16 rid)
{
	struct vtd_backend_function *function;

	if (machine->nr_functions == VTD_BACKEND_MAX_FUNCTIONS)
		return NULL;
	function = &machine->functions[machine->nr_functions++];
	*function = (struct vtd_backend_function){ .unit = unit, .rid = rid };
	reset_function(function->config);
	return function;
}

/* What a kernel does */

static void free_bus(struct vtd_backend_bus *bus, struct sysdata *sysdata)
{
	kfree(sysdata);
	kfree(bus->range);
}

static struct vtd_backend_bus *create_bus(struct vtd_backend_machine *machine,
					  unsigned int unit, u8 number)
{
	struct vtd_backend_bus *bus = &machine->buses[machine->nr_buses];
	struct sysdata *sysdata = kzalloc_obj(*sysdata);
	LIST_HEAD(windows);

	*bus = (struct vtd_backend_bus){ .machine = machine, .unit = unit,
					 .number = number };
	bus->range = kzalloc_obj(*bus->range);
	if (!sysdata || !bus->range)
		goto err_free;
#ifdef CONFIG_PCI_DOMAINS
	sysdata->arch.domain = SEGMENT;
	sysdata->arch.node = NUMA_NO_NODE;
#endif
	sysdata->bus = bus;
	bus->range->name = "vtd_backend";
	bus->range->start = FIRST_BUS + machine->nr_buses;
	bus->range->end = bus->range->start;
	bus->range->flags = IORESOURCE_BUS;
	pci_add_resource(&windows, bus->range);
	bus->bus = pci_create_root_bus(NULL, bus->range->start, &pci_ops, sysdata,
				       &windows);
	if (!bus->bus) {
		pci_free_resource_list(&windows);
		goto err_free;
	}
	machine->nr_buses++;
	return bus;

err_free:
	free_bus(bus, sysdata);
	return NULL;
}

static struct vtd_backend_bus *find_bus(struct vtd_backend_machine *machine,
					unsigned int unit, u8 number)
{
	for (unsigned int i = 0; i < machine->nr_buses; i++) {
		if (machine->buses[i].unit == unit && machine->buses[i].number == number)
			return &machine->buses[i];
	}
	if (machine->nr_buses == MAX_BUSES)
		return NULL;
	return create_bus(machine, unit, number);
}

/**
 * vtd_backend_scan - The kernel finds a function.
 * @machine: The machine.
 * @function: The function.
 *
 * Context: Process context.
 *
 * Return: 0 or -ENOMEM.
 */
int vtd_backend_scan(struct vtd_backend_machine *machine,
		     struct vtd_backend_function *function)
{
	struct vtd_backend_bus *bus;

	if (function->pdev)
		return 0;
	pci_lock_rescan_remove();
	bus = find_bus(machine, function->unit, PCI_BUS_NUM(function->rid));
	if (bus)
		function->pdev = pci_scan_single_device(bus->bus, function->rid & 0xff);
	if (function->pdev)
		pci_bus_add_device(function->pdev);
	pci_unlock_rescan_remove();
	return function->pdev ? 0 : -ENOMEM;
}

/**
 * vtd_backend_remove_pdev - The kernel forgets a function, which stays there.
 * @function: The function.
 *
 * Context: Process context.
 */
void vtd_backend_remove_pdev(struct vtd_backend_function *function)
{
	if (!function->pdev)
		return;
	pci_stop_and_remove_bus_device_locked(function->pdev);
	function->pdev = NULL;
}

/* For the backend, which asks for each function of the machine that runs the test */
struct vtd_backend_unit *vtd_backend_unit_of(struct pci_dev *pdev)
{
	struct vtd_backend_bus *bus;

	if (pdev->bus->ops != &pci_ops)
		return NULL;
	bus = bus_of(pdev->bus);
	return bus->machine->units[bus->unit];
}

static void remove_bus(struct vtd_backend_bus *bus)
{
	struct sysdata *sysdata = bus->bus->sysdata;

	pci_lock_rescan_remove();
	pci_stop_root_bus(bus->bus);
	pci_remove_root_bus(bus->bus);
	pci_unlock_rescan_remove();
	free_bus(bus, sysdata);
}

static void end_pci(void *data)
{
	struct vtd_backend_machine *machine = data;

	for (unsigned int i = 0; i < machine->nr_functions; i++)
		vtd_backend_remove_pdev(&machine->functions[i]);
	for (unsigned int i = 0; i < machine->nr_buses; i++)
		remove_bus(&machine->buses[i]);
	kvfree(machine->functions);
	kvfree(machine->buses);
}

/**
 * vtd_backend_init_pci - Give a machine room for PCI functions.
 * @machine: The machine.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: 0 or -ENOMEM.
 */
int vtd_backend_init_pci(struct vtd_backend_machine *machine)
{
	machine->functions = kvcalloc(VTD_BACKEND_MAX_FUNCTIONS,
				      sizeof(*machine->functions), GFP_KERNEL);
	machine->buses = kvcalloc(MAX_BUSES, sizeof(*machine->buses), GFP_KERNEL);
	if (!machine->functions || !machine->buses) {
		kvfree(machine->functions);
		kvfree(machine->buses);
		return -ENOMEM;
	}
	return kunit_add_action_or_reset(machine->machine.test, end_pci, machine);
}
