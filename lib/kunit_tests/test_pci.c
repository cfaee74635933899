// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: PCI functions in memory
 *
 * Functions are integrated endpoints on root buses of their own, or endpoints below
 * bridges, and their configuration space is memory. PCI finds them as any other, and so
 * does a backend that goes over all of PCI. Requester IDs may be the same at two units,
 * which two PCI segments would allow; as not every architecture has segments, a bus has
 * one number for the kernel and another one at the unit. They are the same if no other
 * bus has that.
 *
 * Each function says that its slot may have more. There is no ACS but at bridges, so
 * functions in one slot share an IOMMU group. A bridge is set up, as firmware would
 * have done, and nobody sets it up again; buses below it have one number only.
 *
 * Life cycle: test_pci_add() puts a function into the machine, where it stays until
 * test_pci_unplug(); test_pci_scan() and test_pci_remove() are what kernels do, one
 * after the other. The end of the case removes functions and buses.
 *
 * Happy path: whoever has made the machine is told of each change of a bus master
 * bit.
 *
 * Unhappy path: a read where no function is returns all ones, as on a real bus; a
 * write to what is not implemented does nothing.
 */

#include <linux/bitfield.h>
#include <linux/kexec.h>
#include <linux/pci-liveupdate.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include <kunit/test.h>

#include "test_pci.h"

/* Where there are segments, nothing real is in this one. */
#ifdef CONFIG_PCI_DOMAINS
#define SEGMENT		0x5a6
#else
#define SEGMENT		0
#endif

/* Numbers of buses for the kernel, if they cannot have that of the unit */
#define FIRST_BUS	0x20
#define LAST_BUS	0xff
#define MAX_BUSES	64

/* Of the header type: there may be other functions in the slot. */
#define MULTIFUNCTION	0x80

/* Of the PCI Express capability */
#define EXPRESS		0x40
#define EXPRESS_VERSION	2

/* Extended configuration space: the ACS capability, all of which is enabled */
#define ACS			PCI_CFG_SPACE_SIZE
#define ACS_ENABLED		(PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF)

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
	struct test_pci_bus *bus;
};

static struct test_pci_bus *bus_of(struct pci_bus *bus)
{
	return ((struct sysdata *)bus->sysdata)->bus;
}

/* The number of a bus at the unit, which the kernel has by another number */
static u8 number_of(struct pci_bus *pci_bus)
{
	struct test_pci_bus *bus = bus_of(pci_bus);

	return bus->number + pci_bus->number - bus->range->start;
}

static bool is_bridge(const struct test_pci_function *function)
{
	return function->config[PCI_HEADER_TYPE] == PCI_HEADER_TYPE_BRIDGE;
}

static struct test_pci_function *find_function(struct test_pci *pci, unsigned int unit,
					       u16 rid)
{
	const unsigned int last = READ_ONCE(pci->last);
	struct test_pci_function *function;

	/* Most often it is the same as before, or the next one. */
	for (unsigned int i = 0; i < pci->nr_functions; i++) {
		function = &pci->functions[(last + i) % pci->nr_functions];
		if (function->unit != unit || function->rid != rid)
			continue;
		WRITE_ONCE(pci->last, function - pci->functions);
		return function;
	}
	return NULL;
}

/**
 * test_pci_function - Find a function
 * @pci: The functions
 * @unit: The unit that it is behind
 * @rid: Its requester ID
 *
 * Context: Any.
 * Return: the function, or NULL.
 */
struct test_pci_function *test_pci_function(struct test_pci *pci, unsigned int unit,
					    u16 rid)
{
	struct test_pci_function *function = find_function(pci, unit, rid);

	return function && !function->is_unplugged ? function : NULL;
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
 * test_pci_is_master - Is the bus master bit of a function set?
 * @function: The function
 *
 * Context: Any.
 * Return: true if it is.
 */
bool test_pci_is_master(const struct test_pci_function *function)
{
	return function->config[PCI_COMMAND] & PCI_COMMAND_MASTER;
}

static struct test_pci_function *function_at(struct pci_bus *pci_bus,
					     unsigned int devfn)
{
	struct test_pci_bus *bus = bus_of(pci_bus);

	return test_pci_function(bus->pci, bus->unit, PCI_DEVID(number_of(pci_bus), devfn));
}

static u32 read_extended(const struct test_pci_function *function, int where)
{
	if (!is_bridge(function))
		return 0;
	switch (where) {
	case ACS:
		return PCI_EXT_CAP_ID_ACS | 1 << 16;
	case ACS + PCI_ACS_CAP:
		return ACS_ENABLED | ACS_ENABLED << 16;
	case ACS + PCI_ACS_CTRL:
		return ACS_ENABLED;
	default:
		return 0;
	}
}

static int read_config(struct pci_bus *bus, unsigned int devfn, int where, int size,
		       u32 *value)
{
	struct test_pci_function *function = function_at(bus, devfn);
	__le32 bytes = 0;

	if (!function) {
		PCI_SET_ERROR_RESPONSE(value);
		return PCIBIOS_DEVICE_NOT_FOUND;
	}
	if (where + size > TEST_PCI_CONFIG_SIZE) {
		*value = read_extended(function, where);
		return PCIBIOS_SUCCESSFUL;
	}
	memcpy(&bytes, &function->config[where], size);
	*value = le32_to_cpu(bytes);
	return PCIBIOS_SUCCESSFUL;
}

static int write_config(struct pci_bus *bus, unsigned int devfn, int where, int size,
			u32 value)
{
	struct test_pci_function *function = function_at(bus, devfn);
	bool was_master;

	if (!function || where + size > TEST_PCI_CONFIG_SIZE)
		return PCIBIOS_DEVICE_NOT_FOUND;
	if (bus_of(bus)->pci->is_cut_off)
		return PCIBIOS_SUCCESSFUL;
	was_master = test_pci_is_master(function);
	for (int i = 0; i < size; i++, value >>= 8) {
		if (is_writable(where + i))
			function->config[where + i] = value;
	}
	if (was_master != test_pci_is_master(function))
		bus_of(bus)->pci->mastering(bus_of(bus)->pci, function);
	return PCIBIOS_SUCCESSFUL;
}

static struct pci_ops pci_ops = {
	.read = read_config,
	.write = write_config,
};

/* The bridge that leads to the bus of a function, or NULL */
static const struct test_pci_function *find_bridge(const struct test_pci *pci,
						   const struct test_pci_function *below)
{
	const struct test_pci_function *function;

	for (unsigned int i = 0; i < pci->nr_functions; i++) {
		function = &pci->functions[i];
		if (function->unit == below->unit && is_bridge(function) &&
		    function->config[PCI_SECONDARY_BUS] == PCI_BUS_NUM(below->rid))
			return function;
	}
	return NULL;
}

static void reset_function(u8 *config, bool is_below_bridge)
{
	const u8 type = is_below_bridge ? PCI_EXP_TYPE_ENDPOINT : PCI_EXP_TYPE_RC_END;

	put_unaligned_le16(VENDOR_ID, &config[PCI_VENDOR_ID]);
	put_unaligned_le16(DEVICE_ID, &config[PCI_DEVICE_ID]);
	put_unaligned_le16(PCI_CLASS_NOT_DEFINED, &config[PCI_CLASS_DEVICE]);
	put_unaligned_le16(PCI_STATUS_CAP_LIST, &config[PCI_STATUS]);
	config[PCI_HEADER_TYPE] = MULTIFUNCTION;
	config[PCI_CAPABILITY_LIST] = EXPRESS;
	config[EXPRESS] = PCI_CAP_ID_EXP;
	put_unaligned_le16(EXPRESS_VERSION | type << 4,
			   &config[EXPRESS + PCI_EXP_FLAGS]);
}

/**
 * test_pci_function_of - The function that the kernel has a device for
 * @dev: The device, on any bus
 * @pci: Set to the functions, if it is one of them
 *
 * Context: Any, also while PCI finds the device.
 * Return: the function, or NULL.
 */
struct test_pci_function *test_pci_function_of(struct device *dev, struct test_pci **pci)
{
	struct pci_dev *pdev;

	if (!dev_is_pci(dev))
		return NULL;
	pdev = to_pci_dev(dev);
	if (pdev->bus->ops != &pci_ops)
		return NULL;
	*pci = bus_of(pdev->bus)->pci;
	return find_function(*pci, bus_of(pdev->bus)->unit,
			     PCI_DEVID(number_of(pdev->bus), pdev->devfn));
}

/**
 * test_pci_add - Put a function into the machine
 * @pci: The functions
 * @unit: The unit that it is behind
 * @rid: Its requester ID, which no function behind that unit has
 *
 * Context: Process context.
 * Return: the function, or NULL if there is no room.
 */
struct test_pci_function *test_pci_add(struct test_pci *pci, unsigned int unit, u16 rid)
{
	struct test_pci_function *function = find_function(pci, unit, rid);

	if (!function) {
		if (pci->nr_functions == TEST_PCI_MAX_FUNCTIONS)
			return NULL;
		function = &pci->functions[pci->nr_functions++];
	}
	*function = (struct test_pci_function){ .unit = unit, .rid = rid };
	reset_function(function->config, find_bridge(pci, function));
	return function;
}

/**
 * test_pci_make_bridge - Make a function a bridge
 * @function: The function, which no kernel has found yet
 * @secondary: Number of the bus that it leads to
 * @subordinate: The greatest number of a bus behind it
 *
 * All bridges on a root bus are made before any kernel looks at that bus. They come
 * before what is below them.
 *
 * Context: Process context.
 */
void test_pci_make_bridge(struct test_pci_function *function, u8 secondary, u8 subordinate)
{
	u8 *config = function->config;
	const u16 flags = get_unaligned_le16(&config[EXPRESS + PCI_EXP_FLAGS]);
	u8 type = PCI_EXP_TYPE_ROOT_PORT;

	if (FIELD_GET(PCI_EXP_FLAGS_TYPE, flags) == PCI_EXP_TYPE_ENDPOINT)
		type = PCI_EXP_TYPE_UPSTREAM;
	put_unaligned_le16(PCI_CLASS_BRIDGE_PCI, &config[PCI_CLASS_DEVICE]);
	config[PCI_HEADER_TYPE] = PCI_HEADER_TYPE_BRIDGE;
	config[PCI_PRIMARY_BUS] = PCI_BUS_NUM(function->rid);
	config[PCI_SECONDARY_BUS] = secondary;
	config[PCI_SUBORDINATE_BUS] = subordinate;
	put_unaligned_le16(EXPRESS_VERSION | type << 4, &config[EXPRESS + PCI_EXP_FLAGS]);
}

/**
 * test_pci_unplug - Take a function out of the machine
 * @pci: The functions
 * @function: The function, which the kernel has forgotten
 *
 * Context: Process context.
 */
void test_pci_unplug(struct test_pci *pci, struct test_pci_function *function)
{
	function->is_unplugged = true;
	if (!test_pci_is_master(function))
		return;
	function->config[PCI_COMMAND] &= ~PCI_COMMAND_MASTER;
	pci->mastering(pci, function);
}

/* What a kernel does */

static void free_bus(struct test_pci_bus *bus, struct sysdata *sysdata)
{
	kfree(sysdata);
	kfree(bus->range);
}

/* The number of the last bus below a root bus, if there are bridges on it */
static u8 last_number(const struct test_pci *pci, unsigned int unit, u8 number)
{
	const struct test_pci_function *function;
	u8 last = number;

	for (unsigned int i = 0; i < pci->nr_functions; i++) {
		function = &pci->functions[i];
		if (function->unit == unit && is_bridge(function) &&
		    PCI_BUS_NUM(function->rid) == number)
			last = max(last, function->config[PCI_SUBORDINATE_BUS]);
	}
	return last;
}

static bool are_free(unsigned int first, unsigned int last)
{
	for (unsigned int number = first; number <= last; number++) {
		if (pci_find_bus(SEGMENT, number))
			return false;
	}
	return true;
}

/* Returns 0, which is not for us, if there is none. */
static unsigned int free_number(unsigned int wanted, unsigned int last)
{
	if (wanted && are_free(wanted, last))
		return wanted;
	/* What a bridge says could not be the truth for both. */
	if (wanted != last)
		return 0;
	for (unsigned int number = FIRST_BUS; number <= LAST_BUS; number++) {
		if (!pci_find_bus(SEGMENT, number))
			return number;
	}
	return 0;
}

static struct test_pci_bus *create_bus(struct test_pci *pci, unsigned int unit, u8 number)
{
	const u8 last = last_number(pci, unit, number);
	struct test_pci_bus *bus = &pci->buses[pci->nr_buses];
	struct sysdata *sysdata = kzalloc_obj(*sysdata);
	LIST_HEAD(windows);

	*bus = (struct test_pci_bus){ .pci = pci, .unit = unit, .number = number };
	bus->range = kzalloc_obj(*bus->range);
	if (!sysdata || !bus->range)
		goto err_free;
#ifdef CONFIG_PCI_DOMAINS
	sysdata->arch.domain = SEGMENT;
	sysdata->arch.node = NUMA_NO_NODE;
#endif
	sysdata->bus = bus;
	bus->range->name = "test_pci";
	bus->range->start = free_number(number, last);
	bus->range->end = bus->range->start + last - number;
	bus->range->flags = IORESOURCE_BUS;
	pci_add_resource(&windows, bus->range);
	bus->bus = pci_create_root_bus(NULL, bus->range->start, &pci_ops, sysdata,
				       &windows);
	if (!bus->bus) {
		pci_free_resource_list(&windows);
		goto err_free;
	}
	pci->nr_buses++;
	return bus;

err_free:
	free_bus(bus, sysdata);
	return NULL;
}

static struct test_pci_bus *find_bus(struct test_pci *pci, unsigned int unit, u8 number)
{
	struct test_pci_bus *bus;

	for (unsigned int i = 0; i < pci->nr_buses; i++) {
		bus = &pci->buses[i];
		if (bus->unit == unit && number >= bus->number &&
		    number - bus->number < resource_size(bus->range))
			return bus;
	}
	if (pci->nr_buses == MAX_BUSES)
		return NULL;
	return create_bus(pci, unit, number);
}

/* What pci_scan_bridge() does with a bridge that is set up, on each architecture */
static int add_secondary_bus(struct pci_dev *pdev, const struct test_pci_function *function)
{
	const u8 secondary = function->config[PCI_SECONDARY_BUS];
	struct pci_bus *bus;

	if (pdev->subordinate)
		return 0;
	bus = pci_add_new_bus(pdev->bus, pdev, secondary);
	if (!bus)
		return -ENOMEM;
	pci_bus_insert_busn_res(bus, secondary, function->config[PCI_SUBORDINATE_BUS]);
	return 0;
}

static struct pci_dev *scan(struct test_pci_bus *bus, struct test_pci_function *function)
{
	const u8 number = bus->range->start + PCI_BUS_NUM(function->rid) - bus->number;
	struct pci_bus *pci_bus = pci_find_bus(SEGMENT, number);
	struct pci_dev *pdev;

	pdev = pci_bus ? pci_scan_single_device(pci_bus, function->rid & 0xff) : NULL;
	if (!pdev)
		return NULL;
	if (is_bridge(function) && add_secondary_bus(pdev, function)) {
		pci_stop_and_remove_bus_device(pdev);
		return NULL;
	}
	pci_bus_add_device(pdev);
	return pdev;
}

/**
 * test_pci_scan - The kernel finds a function
 * @pci: The functions
 * @function: The function
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int test_pci_scan(struct test_pci *pci, struct test_pci_function *function)
{
	struct test_pci_bus *bus;

	if (function->pdev || function->is_unplugged)
		return 0;
	pci_lock_rescan_remove();
	bus = find_bus(pci, function->unit, PCI_BUS_NUM(function->rid));
	if (bus)
		function->pdev = scan(bus, function);
	pci_unlock_rescan_remove();
	return function->pdev ? 0 : -ENOMEM;
}

/**
 * test_pci_shutdown - PCI shuts a function down, as a kernel does that ends by kexec
 * @pdev: The function
 *
 * Context: Process context.
 */
void test_pci_shutdown(struct pci_dev *pdev)
{
#ifdef CONFIG_KEXEC_CORE
	kexec_in_progress = true;
	pdev->dev.bus->shutdown(&pdev->dev);
	kexec_in_progress = false;
#else
	/* There is no kexec that PCI could ask for. */
	if (!pci_liveupdate_keeps_master(pdev))
		pci_clear_master(pdev);
#endif
}

/**
 * test_pci_remove - The kernel forgets a function, which stays there
 * @function: The function
 *
 * Context: Process context.
 */
void test_pci_remove(struct test_pci_function *function)
{
	if (!function->pdev)
		return;
	pci_stop_and_remove_bus_device_locked(function->pdev);
	function->pdev = NULL;
}

static void remove_bus(struct test_pci_bus *bus)
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
	struct test_pci *pci = data;

	/* What is below a bridge comes after it. */
	for (unsigned int i = pci->nr_functions; i--;)
		test_pci_remove(&pci->functions[i]);
	for (unsigned int i = 0; i < pci->nr_buses; i++)
		remove_bus(&pci->buses[i]);
	kvfree(pci->functions);
	kvfree(pci->buses);
}

/**
 * test_pci_init - Make room for functions, until the case ends
 * @pci: To be initialized
 * @test: The case
 * @mastering: See &struct test_pci
 *
 * Context: Process context, the thread of the case.
 * Return: 0 or -ENOMEM.
 */
int test_pci_init(struct test_pci *pci, struct kunit *test,
		  void (*mastering)(struct test_pci *pci,
				    const struct test_pci_function *function))
{
	pci->mastering = mastering;
	pci->functions = kvcalloc(TEST_PCI_MAX_FUNCTIONS, sizeof(*pci->functions),
				  GFP_KERNEL);
	pci->buses = kvcalloc(MAX_BUSES, sizeof(*pci->buses), GFP_KERNEL);
	if (!pci->functions || !pci->buses) {
		kvfree(pci->functions);
		kvfree(pci->buses);
		return -ENOMEM;
	}
	return kunit_add_action_or_reset(test, end_pci, pci);
}
