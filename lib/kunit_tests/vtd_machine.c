// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: A machine whose VT-d units are those in software
 *
 * What a suite needs to have the real VT-d driver boot on units in software: a
 * firmware table, PCI functions in a segment of their own, and the driver's second
 * copy, see vtd_driver_boot.c. The IOMMU core, PCI, the DMA API and page tables are
 * those of the kernel that runs the test; the devices of the machine that it runs
 * on are in another segment, and stay without an IOMMU.
 *
 * Life cycle: vtd_machine_create(), then vtd_machine_boot(). In between, the case
 * may do to units and functions what firmware or another kernel would have done:
 * tables, registers, bus master bits. Kernels follow each other in two ways:
 *
 * - vtd_machine_end_kernel() has the driver itself remove its devices and units,
 *   and the end of the case does so by itself.
 * - vtd_machine_kexec() leaves units, tables and functions as they are. Whatever a
 *   kernel does in its shutdown is for the case to do before, as
 *   vtd_machine_shut_down() does. mock_kexec() may follow, which takes the memory
 *   of the old kernel's tables; without it they stay. vtd_machine_boot() begins
 *   the next kernel, whose variables are those of a kernel just loaded, however
 *   many the driver has: its data is one image, which is copied back.
 *
 * Happy path: each boot returns 0, the units report no misuse, and no oracle finds
 * anything.
 *
 * Unhappy paths: a boot that fails returns what the driver returned, and its kernel
 * is abandoned as in a kexec when it ends. A unit that does not answer fails the
 * case. Domains that a case has attached must be detached before their kernel ends;
 * a kexec has the core forget those of vtd_machine_dma.h, and leaves their tables.
 *
 * What the driver registers outside of its own variables must be taken back when its
 * kernel ends, or the next one begins with a list whose members are gone: that is
 * what vtd_world_leave() does for buses. A hook of the driver that registers with
 * something else needs the same there.
 */

#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <kunit/test.h>

#include "vtd_driver.h"
#include "vtd_machine_dma.h"
#include "vtd_machine_internal.h"

/* Physical address of the registers of the first unit */
#define FIRST_ADDRESS	0xfed90000ULL

/* Bytes of "intel_iommu=" */
#define OPTION_SIZE	64

/* The machine of the case that runs */
static struct vtd_machine *current_machine;

/* The variables of a driver that was never booted */
static void *pristine;

/**
 * vtd_machine_current - The machine of the case that runs.
 *
 * Context: Any.
 *
 * Return: the machine or NULL.
 */
struct vtd_machine *vtd_machine_current(void)
{
	return READ_ONCE(current_machine);
}

static int renew_driver(void)
{
	size_t size;
	void *image = vtd_driver_image(&size);

	if (!pristine) {
		pristine = vmalloc(size);
		if (!pristine)
			return -ENOMEM;
		memcpy(pristine, image, size);
	}
	memcpy(image, pristine, size);
	return 0;
}

/* A boot */

static void set_option(const char *option)
{
	char line[OPTION_SIZE];

	if (!option)
		return;
	strscpy(line, option);
	vtd_driver_set_option(line);
}

static int boot_driver(struct vtd_machine *machine)
{
	int err;

	set_option(machine->config.option);
	if (!vtd_driver_detect())
		return -ENODEV;
	if (machine->config.interrupts) {
		err = vtd_driver_enable_interrupts();
		if (err < 0)
			return err;
	}
	err = vtd_machine_scan(machine);
	return err ?: vtd_driver_init();
}

/**
 * vtd_machine_boot - A kernel boots.
 * @machine: The machine, on which none runs.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: 0 or what the driver returned.
 */
int vtd_machine_boot(struct vtd_machine *machine)
{
	int err = renew_driver();

	err = err ?: vtd_machine_build_table(machine);
	if (err)
		return err;
	for (unsigned int i = 0; i < machine->config.nr_units; i++)
		machine->present[i] = !machine->config.units[i].absent;
	machine->booted = true;
	return boot_driver(machine);
}

/**
 * vtd_machine_shut_down - The kernel shuts IOMMUs down, as before a kexec.
 * @machine: The machine.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_machine_shut_down(struct vtd_machine *machine)
{
	vtd_driver_shutdown();
}

/* The end of a kernel */

static int abandon_function(struct pci_dev *pdev, void *data)
{
	vtd_driver_abandon_device(&pdev->dev);
	return 0;
}

/* The core forgets domains of the case; by now, the driver is not asked. */
static void abandon_domains(struct vtd_machine *machine)
{
	struct vtd_machine_domain *domain;

	list_for_each_entry(domain, &machine->domains, node) {
		if (!domain->domain)
			continue;
		vtd_machine_detach(domain);
		vtd_driver_abandon_domain(domain->domain);
		iommu_domain_free(domain->domain);
		domain->domain = NULL;
	}
}

/**
 * vtd_machine_abandon - From now on, the kernel does nothing to the hardware.
 * @machine: The machine. vtd_machine_kexec() follows.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_machine_abandon(struct vtd_machine *machine)
{
	machine->ending = true;
	vtd_driver_abandon();
	if (machine->bus)
		pci_walk_bus(machine->bus, abandon_function, NULL);
}

/**
 * vtd_machine_kexec - The kernel ends, and nothing is done to the hardware.
 * @machine: The machine.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_machine_kexec(struct vtd_machine *machine)
{
	vtd_machine_abandon(machine);
	abandon_domains(machine);
	vtd_machine_remove_bus(machine);
	vtd_driver_unregister();
	vtd_world_leave();
	machine->booted = false;
	machine->ending = false;
}

/**
 * vtd_machine_end_kernel - The driver removes its devices and units.
 * @machine: The machine. If no kernel runs, nothing is done.
 *
 * Context: Process context, also in an action of the case.
 */
void vtd_machine_end_kernel(struct vtd_machine *machine)
{
	if (!machine->booted)
		return;
	if (!vtd_driver_is_enabled()) {
		vtd_machine_kexec(machine);
		return;
	}

	vtd_machine_remove_bus(machine);
	for (unsigned int i = 0; i < machine->config.nr_units; i++) {
		if (machine->present[i])
			KUNIT_EXPECT_EQ(machine->test, 0,
					vtd_machine_remove_unit(machine, i));
	}
	vtd_world_leave();
	machine->booted = false;
}

/* Units */

/**
 * vtd_machine_insert_unit - A unit is plugged.
 * @machine: The machine.
 * @index: The unit.
 *
 * Context: Process context.
 *
 * Return: 0 or what the driver returned.
 */
int vtd_machine_insert_unit(struct vtd_machine *machine, unsigned int index)
{
	int err = vtd_driver_insert_unit(&machine->present[index]);

	if (!err)
		machine->present[index] = true;
	return err;
}

/**
 * vtd_machine_remove_unit - A unit is unplugged.
 * @machine: The machine.
 * @index: The unit.
 *
 * Context: Process context.
 *
 * Return: 0 or what the driver returned.
 */
int vtd_machine_remove_unit(struct vtd_machine *machine, unsigned int index)
{
	int err = vtd_driver_remove_unit(&machine->present[index]);

	if (!err)
		machine->present[index] = false;
	return err;
}

/**
 * vtd_machine_unit_of - The unit that a function is behind.
 * @machine: The machine.
 * @device: The function.
 *
 * Context: Any.
 *
 * Return: the unit.
 */
struct vtd_test_unit *vtd_machine_unit_of(struct vtd_machine *machine,
					  enum vtd_machine_device device)
{
	return machine->units[vtd_machine_unit_index(machine, device)];
}

/**
 * vtd_machine_request - What a function asks for.
 * @device: The function.
 * @address: Where it writes.
 *
 * Context: Any.
 *
 * Return: the request, without a PASID.
 */
struct vtd_request vtd_machine_request(enum vtd_machine_device device, u64 address)
{
	return (struct vtd_request) {
		.address = address,
		.pasid = VTD_NO_PASID,
		.source_id = vtd_machine_source_id(device),
		.write = true,
	};
}

/**
 * vtd_machine_translate - A function writes to memory.
 * @machine: The machine.
 * @device: The function.
 * @address: Where to.
 * @result: What becomes of it.
 *
 * Context: Any.
 */
void vtd_machine_translate(struct vtd_machine *machine,
			   enum vtd_machine_device device, u64 address,
			   struct vtd_result *result)
{
	struct vtd_request request = vtd_machine_request(device, address);

	vtd_test_unit_translate(vtd_machine_unit_of(machine, device), &request,
				result);
}

/* Life cycle */

static void end_machine(void *data)
{
	struct vtd_machine *machine = data;

	/* What the case has said about DMA ends before its devices do. */
	machine->watched = false;
	for (unsigned int i = 0; i < machine->config.nr_units; i++)
		vtd_test_unit_observe(machine->units[i], NULL);
	vtd_machine_end_kernel(machine);
	if (machine->stuck)
		KUNIT_FAIL(machine->test, "a unit did not answer, register %#x",
			   machine->stuck);
	WRITE_ONCE(current_machine, NULL);
}

/**
 * vtd_machine_create - Give a case a machine, on which no kernel runs.
 * @test: The case.
 * @config: What the machine is made of.
 *
 * Context: Process context, the thread of @test.
 *
 * Return: the machine, never NULL.
 */
struct vtd_machine *vtd_machine_create(struct kunit *test,
				       const struct vtd_machine_config *config)
{
	struct vtd_machine *machine;

	KUNIT_ASSERT_NULL(test, vtd_machine_current());
	machine = kunit_kzalloc(test, sizeof(*machine), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, machine);
	machine->test = test;
	machine->config = *config;
	machine->segment = VTD_MACHINE_SEGMENT;
	INIT_LIST_HEAD(&machine->domains);
	for (unsigned int i = 0; i < config->nr_units; i++) {
		machine->units[i] = vtd_test_unit_create(test, &config->units[i].settings);
		machine->address[i] = FIRST_ADDRESS + i * VTD_REGISTERS_SIZE;
	}
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_build_pci(machine));
	WRITE_ONCE(current_machine, machine);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end_machine, machine));
	return machine;
}
