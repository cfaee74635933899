// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: PCI functions of a machine with VT-d units in software
 *
 * A root bus in a segment of its own, whose configuration space is memory:
 * integrated endpoints, an endpoint behind a root port, and a conventional device
 * behind a bridge behind a root port, see enum vtd_machine_device. Bus numbers are
 * set up as firmware does. No function has BARs or a driver, and nothing of the
 * machine that the test runs on is near.
 *
 * Life cycle: vtd_machine_build_pci() resets the functions, vtd_machine_scan() and
 * vtd_machine_remove_bus() are what a kernel does, as often as kernels boot.
 *
 * Happy path: PCI finds the functions, and the IOMMU core their groups. The bus
 * master bit of each is told to the DMA oracle of its unit.
 *
 * Unhappy path: a read where no function is returns all ones, as on a real bus;
 * a write to what is not implemented does nothing.
 */

#include <linux/pci.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <linux/vmalloc.h>

#include <kunit/test.h>

#include "vtd_machine_internal.h"
#include "vtd_oracle.h"

#define CONFIG_SIZE		4096

/* Of the capabilities: PCI Express, MSI, ACS of root ports, ATS of endpoints */
#define EXPRESS			0x40
#define MSI			0x80
#define ACS			0x100
#define ATS			0x100

/* IDs for which there is neither a driver nor a quirk */
#define VENDOR_ID		PCI_VENDOR_ID_REDHAT_QUMRANET
#define DEVICE_ID		0xfed9

/* PCI Express capability: version 2 */
#define EXPRESS_VERSION		2
#define CONVENTIONAL		0xff

#define ACS_ALL		(PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)

/**
 * struct place - A function of the machine
 * @source_id: Bus, device, function.
 * @type: PCI_EXP_TYPE_*, or %CONVENTIONAL.
 * @on_root_bus: The function on the root bus that it is, or is behind.
 * @secondary: Of a bridge: bus behind it.
 * @subordinate: Of a bridge: last bus behind it.
 */
struct place {
	u16 source_id;
	u8 type;
	enum vtd_machine_device on_root_bus;
	u8 secondary;
	u8 subordinate;
};

static const struct place places[VTD_MACHINE_NR_DEVICES] = {
	[VTD_MACHINE_ENDPOINT] = {
		PCI_DEVID(0, PCI_DEVFN(1, 0)), PCI_EXP_TYPE_RC_END,
		VTD_MACHINE_ENDPOINT },
	[VTD_MACHINE_OTHER] = {
		PCI_DEVID(0, PCI_DEVFN(2, 0)), PCI_EXP_TYPE_RC_END,
		VTD_MACHINE_OTHER },
	[VTD_MACHINE_PORT] = {
		PCI_DEVID(0, PCI_DEVFN(3, 0)), PCI_EXP_TYPE_ROOT_PORT,
		VTD_MACHINE_PORT, 1, 1 },
	[VTD_MACHINE_BEHIND_PORT] = {
		PCI_DEVID(1, PCI_DEVFN(0, 0)), PCI_EXP_TYPE_ENDPOINT,
		VTD_MACHINE_PORT },
	[VTD_MACHINE_BRIDGE_PORT] = {
		PCI_DEVID(0, PCI_DEVFN(4, 0)), PCI_EXP_TYPE_ROOT_PORT,
		VTD_MACHINE_BRIDGE_PORT, 2, 3 },
	[VTD_MACHINE_BRIDGE] = {
		PCI_DEVID(2, PCI_DEVFN(0, 0)), PCI_EXP_TYPE_PCI_BRIDGE,
		VTD_MACHINE_BRIDGE_PORT, 3, 3 },
	[VTD_MACHINE_CONVENTIONAL] = {
		PCI_DEVID(3, PCI_DEVFN(5, 0)), CONVENTIONAL,
		VTD_MACHINE_BRIDGE_PORT },
};

/**
 * struct vtd_machine_function - A function
 * @config: Its configuration space.
 */
struct vtd_machine_function {
	u8 config[CONFIG_SIZE];
};

static struct vtd_machine *machine_of(struct pci_bus *bus)
{
	return container_of(to_pci_sysdata(bus), struct vtd_machine, sysdata);
}

/* The function at a place, or %VTD_MACHINE_NR_DEVICES */
static enum vtd_machine_device device_at(u16 source_id)
{
	enum vtd_machine_device device = 0;

	while (device < VTD_MACHINE_NR_DEVICES &&
	       places[device].source_id != source_id)
		device++;
	return device;
}

/* Configuration space */

static u8 writable_bits(const struct place *place, int where)
{
	switch (where) {
	case PCI_COMMAND:
	case PCI_COMMAND + 1:
	case PCI_CACHE_LINE_SIZE:
	case PCI_INTERRUPT_LINE:
		return U8_MAX;
	case PCI_PRIMARY_BUS:
	case PCI_SECONDARY_BUS:
	case PCI_SUBORDINATE_BUS:
	case PCI_BRIDGE_CONTROL:
		return place->secondary ? U8_MAX : 0;
	case EXPRESS + PCI_EXP_DEVCTL:
	case EXPRESS + PCI_EXP_DEVCTL + 1:
		return place->type != CONVENTIONAL ? U8_MAX : 0;
	case MSI + PCI_MSI_FLAGS:
		return place->secondary ? 0 : PCI_MSI_FLAGS_ENABLE;
	case MSI + PCI_MSI_ADDRESS_LO ... MSI + PCI_MSI_DATA_64 + 1:
		return place->secondary ? 0 : U8_MAX;
	default:
		return 0;
	}
}

static bool is_master(const struct vtd_machine_function *function)
{
	return function->config[PCI_COMMAND] & PCI_COMMAND_MASTER;
}

static void tell_oracle(struct vtd_machine *machine, enum vtd_machine_device device)
{
	struct vtd_test_unit *unit = vtd_machine_unit_of(machine, device);

	if (is_master(&machine->functions[device]))
		vtd_oracle_mastering(unit, places[device].source_id);
	else
		vtd_oracle_quiet(unit, places[device].source_id);
}

static int read_config(struct pci_bus *bus, unsigned int devfn, int where, int size,
		       u32 *value)
{
	struct vtd_machine *machine = machine_of(bus);
	enum vtd_machine_device device = device_at(PCI_DEVID(bus->number, devfn));
	__le32 bytes = 0;

	if (device == VTD_MACHINE_NR_DEVICES || machine->hidden & BIT(device) ||
	    where + size > CONFIG_SIZE) {
		PCI_SET_ERROR_RESPONSE(value);
		return PCIBIOS_DEVICE_NOT_FOUND;
	}
	memcpy(&bytes, &machine->functions[device].config[where], size);
	*value = le32_to_cpu(bytes);
	return PCIBIOS_SUCCESSFUL;
}

static int write_config(struct pci_bus *bus, unsigned int devfn, int where, int size,
			u32 value)
{
	struct vtd_machine *machine = machine_of(bus);
	enum vtd_machine_device device = device_at(PCI_DEVID(bus->number, devfn));
	struct vtd_machine_function *function;
	bool was_master;

	if (device == VTD_MACHINE_NR_DEVICES || where + size > CONFIG_SIZE)
		return PCIBIOS_DEVICE_NOT_FOUND;

	if (machine->ending)
		return PCIBIOS_SUCCESSFUL;

	function = &machine->functions[device];
	was_master = is_master(function);
	for (int i = 0; i < size; i++, value >>= 8) {
		u8 bits = writable_bits(&places[device], where + i);
		u8 *byte = &function->config[where + i];

		*byte = (*byte & ~bits) | (value & bits);
	}
	if (machine->watched && was_master != is_master(function))
		tell_oracle(machine, device);
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops pci_ops = {
	.read = read_config,
	.write = write_config,
};

static void reset_bridge(u8 *config, const struct place *place)
{
	config[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_BRIDGE;
	put_unaligned_le16(PCI_CLASS_BRIDGE_PCI, &config[PCI_CLASS_DEVICE]);
	config[PCI_PRIMARY_BUS] = PCI_BUS_NUM(place->source_id);
	config[PCI_SECONDARY_BUS] = place->secondary;
	config[PCI_SUBORDINATE_BUS] = place->subordinate;
	/* No window: its base is above its limit. */
	put_unaligned_le16(PCI_MEMORY_RANGE_MASK & 0xffff, &config[PCI_MEMORY_BASE]);
}

static void reset_interrupts(u8 *config)
{
	config[MSI] = PCI_CAP_ID_MSI;
	put_unaligned_le16(PCI_MSI_FLAGS_64BIT, &config[MSI + PCI_MSI_FLAGS]);
}

static void reset_function(u8 *config, const struct place *place)
{
	put_unaligned_le16(VENDOR_ID, &config[PCI_VENDOR_ID]);
	put_unaligned_le16(DEVICE_ID, &config[PCI_DEVICE_ID]);
	put_unaligned_le16(PCI_CLASS_NOT_DEFINED, &config[PCI_CLASS_DEVICE]);
	put_unaligned_le16(PCI_STATUS_CAP_LIST, &config[PCI_STATUS]);
	config[PCI_CAPABILITY_LIST] = place->type == CONVENTIONAL ? MSI : EXPRESS;
	if (place->secondary)
		reset_bridge(config, place);
	else
		reset_interrupts(config);
	if (place->type == CONVENTIONAL)
		return;

	config[EXPRESS] = PCI_CAP_ID_EXP;
	config[EXPRESS + 1] = place->secondary ? 0 : MSI;
	put_unaligned_le16(EXPRESS_VERSION | place->type << 4,
			   &config[EXPRESS + PCI_EXP_FLAGS]);
	if (place->type != PCI_EXP_TYPE_ROOT_PORT)
		return;

	/* Firmware has enabled it, so that each endpoint has its own group. */
	put_unaligned_le32(PCI_EXT_CAP_ID_ACS | 1 << 16, &config[ACS]);
	put_unaligned_le16(ACS_ALL, &config[ACS + PCI_ACS_CAP]);
	put_unaligned_le16(ACS_ALL, &config[ACS + PCI_ACS_CTRL]);
}

static void free_functions(void *functions)
{
	vfree(functions);
}

/**
 * vtd_machine_build_pci - Give a machine its PCI functions.
 * @machine: The machine.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: 0 or -ENOMEM.
 */
int vtd_machine_build_pci(struct vtd_machine *machine)
{
	machine->functions = vcalloc(VTD_MACHINE_NR_DEVICES,
				     sizeof(*machine->functions));
	if (!machine->functions)
		return -ENOMEM;

	machine->sysdata.node = NUMA_NO_NODE;
	for (int i = 0; i < VTD_MACHINE_NR_DEVICES; i++) {
		reset_function(machine->functions[i].config, &places[i]);
		if (machine->config.displays & BIT(i))
			put_unaligned_le16(PCI_CLASS_DISPLAY_OTHER,
					   &machine->functions[i].config[PCI_CLASS_DEVICE]);
	}
	return kunit_add_action_or_reset(machine->test, free_functions,
					 machine->functions);
}

/* What a kernel does */

/**
 * vtd_machine_scan - The kernel looks for PCI functions.
 * @machine: The machine.
 *
 * Context: Process context.
 *
 * Return: 0 or -ENOMEM.
 */
int vtd_machine_scan(struct vtd_machine *machine)
{
	LIST_HEAD(windows);

	machine->sysdata.domain = machine->segment;
	pci_lock_rescan_remove();
	machine->bus = pci_scan_root_bus(NULL, 0, &pci_ops, &machine->sysdata,
					 &windows);
	if (machine->bus)
		pci_bus_add_devices(machine->bus);
	pci_unlock_rescan_remove();
	return machine->bus ? 0 : -ENOMEM;
}

/**
 * vtd_machine_remove_bus - The kernel forgets all PCI functions.
 * @machine: The machine.
 *
 * Context: Process context.
 */
void vtd_machine_remove_bus(struct vtd_machine *machine)
{
	if (!machine->bus)
		return;

	pci_lock_rescan_remove();
	pci_stop_root_bus(machine->bus);
	pci_remove_root_bus(machine->bus);
	pci_unlock_rescan_remove();
	machine->bus = NULL;
}

/**
 * vtd_machine_remove_device - The kernel forgets a function, which stays there.
 * @machine: The machine.
 * @device: The function, and all behind it.
 *
 * Context: Process context.
 */
void vtd_machine_remove_device(struct vtd_machine *machine,
			       enum vtd_machine_device device)
{
	pci_stop_and_remove_bus_device_locked(vtd_machine_pci(machine, device));
}

/**
 * vtd_machine_rescan - The kernel looks for functions that it does not know.
 * @machine: The machine.
 *
 * Context: Process context.
 */
void vtd_machine_rescan(struct vtd_machine *machine)
{
	pci_lock_rescan_remove();
	pci_scan_child_bus(machine->bus);
	pci_bus_add_devices(machine->bus);
	pci_unlock_rescan_remove();
}

/* What a case asks */

/**
 * vtd_machine_source_id - Requester ID of a function.
 * @device: The function.
 *
 * Context: Any.
 *
 * Return: its ID.
 */
u16 vtd_machine_source_id(enum vtd_machine_device device)
{
	return places[device].source_id;
}

/**
 * vtd_machine_is_bridge - Is there a bus behind a function?
 * @device: The function.
 *
 * Context: Any.
 *
 * Return: true if there is.
 */
bool vtd_machine_is_bridge(enum vtd_machine_device device)
{
	return places[device].secondary;
}

/**
 * vtd_machine_is_on_root_bus - Is a function on the root bus?
 * @device: The function.
 *
 * Context: Any.
 *
 * Return: true if it is.
 */
bool vtd_machine_is_on_root_bus(enum vtd_machine_device device)
{
	return places[device].on_root_bus == device;
}

/**
 * vtd_machine_pci - What the kernel has for a function.
 * @machine: The machine, whose kernel has booted.
 * @device: The function.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: the function, never NULL, valid until it is removed.
 */
struct pci_dev *vtd_machine_pci(struct vtd_machine *machine,
				enum vtd_machine_device device)
{
	u16 source_id = places[device].source_id;
	struct pci_dev *pdev;

	pdev = pci_get_domain_bus_and_slot(machine->sysdata.domain,
					   PCI_BUS_NUM(source_id),
					   source_id & 0xff);
	KUNIT_ASSERT_NOT_NULL(machine->test, pdev);
	/* The bus has a reference as well. */
	pci_dev_put(pdev);
	return pdev;
}

/**
 * vtd_machine_dev - The same as a device.
 * @machine: The machine, whose kernel has booted.
 * @device: The function.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: the device, never NULL.
 */
struct device *vtd_machine_dev(struct vtd_machine *machine,
			       enum vtd_machine_device device)
{
	return &vtd_machine_pci(machine, device)->dev;
}

/**
 * vtd_machine_unit_index - Which unit a function is behind.
 * @machine: The machine.
 * @device: The function.
 *
 * Context: Any.
 *
 * Return: the index of the unit.
 */
unsigned int vtd_machine_unit_index(struct vtd_machine *machine,
				    enum vtd_machine_device device)
{
	unsigned int other = 0;

	for (unsigned int i = 0; i < machine->config.nr_units; i++) {
		u32 devices = machine->config.units[i].devices;

		if (devices & BIT(places[device].on_root_bus))
			return i;
		if (!devices)
			other = i;
	}
	return other;
}

/**
 * vtd_machine_watch_masters - Have the DMA oracles know which functions do DMA.
 * @machine: The machine. From now on the bus master bits are followed.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_machine_watch_masters(struct vtd_machine *machine)
{
	struct vtd_oracle_figures figures;

	/* Memory for the oracle is there before a configuration write needs it. */
	for (unsigned int i = 0; i < machine->config.nr_units; i++)
		vtd_oracle_get_figures(machine->units[i], &figures);
	machine->watched = true;
	for (int i = 0; i < VTD_MACHINE_NR_DEVICES; i++) {
		if (is_master(&machine->functions[i]))
			tell_oracle(machine, i);
	}
}

/**
 * vtd_machine_set_master - Somebody sets or clears the bus master bit.
 * @machine: The machine, with a kernel or without.
 * @device: The function.
 * @master: The bit.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_machine_set_master(struct vtd_machine *machine,
			    enum vtd_machine_device device, bool master)
{
	u8 *command = &machine->functions[device].config[PCI_COMMAND];

	if (!!(*command & PCI_COMMAND_MASTER) == master)
		return;
	*command ^= PCI_COMMAND_MASTER;
	if (machine->watched)
		tell_oracle(machine, device);
}

/**
 * vtd_machine_is_master - Is the bus master bit of a function set?
 * @machine: The machine.
 * @device: The function.
 *
 * Context: Any.
 *
 * Return: true if it is.
 */
bool vtd_machine_is_master(struct vtd_machine *machine,
			   enum vtd_machine_device device)
{
	return is_master(&machine->functions[device]);
}

/**
 * vtd_machine_add_ats - Give a function the capability of address translation.
 * @machine: The machine, on which no kernel runs.
 * @device: The function, an endpoint.
 *
 * Context: Any.
 */
void vtd_machine_add_ats(struct vtd_machine *machine,
			 enum vtd_machine_device device)
{
	u8 *config = machine->functions[device].config;

	put_unaligned_le32(PCI_EXT_CAP_ID_ATS | 1 << 16, &config[ATS]);
}

/**
 * vtd_machine_add_reset - Give a function the capability of a function level reset.
 * @machine: The machine, on which no kernel runs.
 * @device: The function, an endpoint.
 *
 * Context: Any.
 */
void vtd_machine_add_reset(struct vtd_machine *machine,
			   enum vtd_machine_device device)
{
	u8 *config = machine->functions[device].config;

	put_unaligned_le32(PCI_EXP_DEVCAP_FLR, &config[EXPRESS + PCI_EXP_DEVCAP]);
}
