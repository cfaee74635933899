// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What a VT-d driver finds in a machine with units in software
 *
 * The functions that the driver's second copy calls instead of those that would
 * map registers, get interrupts or register with a bus, see vtd_driver_world.h;
 * those of the firmware are in vtd_machine_firmware.c. This file is not compiled
 * so, and calls the real ones.
 *
 * Happy path: addresses of registers are mapped to those of the units of the
 * running case. Memory that the driver hands to a unit is known to all units.
 * Interrupts have numbers that mean nothing elsewhere, and never come.
 *
 * Unhappy paths: what the machine does not have cannot be mapped or requested. A
 * unit that never answers is noted, which fails the case.
 */

#include <linux/device/bus.h>
#include <linux/notifier.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/syscore_ops.h>

#include <kunit/test.h>

#include "vtd_driver_calls.h"
#include "vtd_machine_internal.h"
#include "vtd_pages.h"

/* Of buses with notifiers of the driver, one each */
#define MAX_NOTIFIERS	4

/* Interrupts of units: far from those that the machine has */
#define FIRST_IRQ	0x10000

/**
 * struct world_notifier - A notifier of the driver
 * @bus: The bus that it is registered with.
 * @block: The driver's, or NULL.
 */
static struct world_notifier {
	const struct bus_type *bus;
	struct notifier_block *block;
} notifiers[MAX_NOTIFIERS];

/* What the driver does when the machine suspends */
static struct syscore *driver_syscore;

/* The next interrupt that is handed out */
static int next_irq = FIRST_IRQ;

/* Registers */

static struct vtd_test_unit *unit_at(phys_addr_t address, size_t size)
{
	struct vtd_machine *machine = vtd_machine_current();

	for (unsigned int i = 0; machine && i < machine->config.nr_units; i++) {
		if (machine->address[i] == address && size <= VTD_REGISTERS_SIZE)
			return machine->units[i];
	}
	return NULL;
}

/**
 * vtd_world_map - As ioremap().
 * @address: Where the registers are.
 * @size: Bytes of them.
 *
 * Context: Any.
 *
 * Return: the registers of a unit, or NULL.
 */
void __iomem *vtd_world_map(phys_addr_t address, size_t size)
{
	struct vtd_test_unit *unit = unit_at(address, size);

	return unit ? unit->registers : NULL;
}

/**
 * vtd_world_unmap - As iounmap().
 * @registers: What was mapped.
 *
 * Context: Any.
 */
void vtd_world_unmap(void __iomem *registers)
{
}

/**
 * vtd_world_early_unmap - As early_iounmap().
 * @registers: What was mapped.
 * @size: Bytes of it.
 *
 * Context: Any.
 */
void vtd_world_early_unmap(void __iomem *registers, size_t size)
{
}

/**
 * vtd_world_request_region - As request_mem_region().
 * @start: First address.
 * @size: Bytes.
 * @name: Of who asks.
 *
 * Context: Any.
 *
 * Return: true if a unit is there.
 */
bool vtd_world_request_region(phys_addr_t start, size_t size, const char *name)
{
	return unit_at(start, size);
}

/**
 * vtd_world_release_region - As release_mem_region().
 * @start: First address.
 * @size: Bytes.
 *
 * Context: Any.
 */
void vtd_world_release_region(phys_addr_t start, size_t size)
{
}

/* Memory */

/**
 * vtd_world_zalloc - Allocate zeroed memory that units know.
 * @size: Bytes of an object.
 * @count: Number of objects.
 * @gfp: As of kcalloc().
 *
 * Context: Any in which kcalloc() may be called so.
 *
 * Return: the memory or NULL.
 */
void *vtd_world_zalloc(size_t size, size_t count, gfp_t gfp)
{
	size_t bytes = round_up(size_mul(size, count), sizeof(u64));
	void *memory = kzalloc(bytes, gfp);

	if (memory)
		vtd_test_units_add(memory, bytes);
	return memory;
}

/**
 * vtd_world_free - As kfree().
 * @memory: The memory, which units know or not, or NULL.
 *
 * Context: Any in which kfree() may be called.
 */
void vtd_world_free(const void *memory)
{
	if (!ZERO_OR_NULL_PTR(memory))
		vtd_test_units_remove(memory, ksize(memory));
	kfree(memory);
}

/* Interrupts */

/**
 * vtd_world_alloc_irq - As dmar_alloc_hwirq().
 * @id: Of the unit.
 * @node: Of the unit.
 * @data: The driver's.
 *
 * Context: Process context.
 *
 * Return: a number, or 0 if there is none for this unit.
 */
int vtd_world_alloc_irq(int id, int node, void *data)
{
	struct vtd_machine *machine = vtd_machine_current();

	if (machine && machine->failing_interrupts & BIT(id))
		return 0;
	return next_irq++;
}

/**
 * vtd_world_free_irq - As dmar_free_hwirq().
 * @irq: The number.
 *
 * Context: Process context.
 */
void vtd_world_free_irq(int irq)
{
}

/**
 * vtd_world_request_irq - As request_irq().
 * @irq: A number that was handed out.
 * @handler: Never called.
 * @flags: Not looked at.
 * @name: Not looked at.
 * @data: The driver's.
 *
 * Context: Process context.
 *
 * Return: 0, or -EINVAL if it was not.
 */
int vtd_world_request_irq(unsigned int irq, irq_handler_t handler,
			  unsigned long flags, const char *name, void *data)
{
	return irq >= FIRST_IRQ && irq < next_irq ? 0 : -EINVAL;
}

/**
 * vtd_world_request_threaded_irq - As request_threaded_irq().
 * @irq: A number that was handed out.
 * @handler: Never called.
 * @thread: Never called.
 * @flags: Not looked at.
 * @name: Not looked at.
 * @data: The driver's.
 *
 * Context: Process context.
 *
 * Return: 0, or -EINVAL if it was not.
 */
int vtd_world_request_threaded_irq(unsigned int irq, irq_handler_t handler,
				   irq_handler_t thread, unsigned long flags,
				   const char *name, void *data)
{
	return vtd_world_request_irq(irq, thread, flags, name, data);
}

/**
 * vtd_world_release_irq - As free_irq().
 * @irq: The number.
 * @data: The driver's.
 *
 * Context: Process context.
 */
void vtd_world_release_irq(unsigned int irq, void *data)
{
}

/**
 * vtd_world_set_msi_domain - As dev_set_msi_domain().
 * @dev: A PCI function; if it is none of the machine, nothing is done.
 * @domain: Of a unit.
 *
 * Context: Process context.
 */
void vtd_world_set_msi_domain(struct device *dev, struct irq_domain *domain)
{
	struct vtd_machine *machine = vtd_machine_current();

	if (machine && pci_domain_nr(to_pci_dev(dev)->bus) == machine->segment)
		dev_set_msi_domain(dev, domain);
}

/* Buses */

/**
 * vtd_world_register - As bus_register_notifier().
 * @bus: The bus.
 * @block: The driver's.
 *
 * Context: Process context.
 *
 * Return: 0 or an errno.
 */
int vtd_world_register(const struct bus_type *bus, struct notifier_block *block)
{
	for (int i = 0; i < MAX_NOTIFIERS; i++) {
		if (notifiers[i].block)
			continue;
		notifiers[i].bus = bus;
		notifiers[i].block = block;
		return bus_register_notifier(bus, block);
	}
	return -ENOSPC;
}

/**
 * vtd_world_unregister - As bus_unregister_notifier().
 * @bus: The bus.
 * @block: The driver's.
 *
 * Context: Process context.
 *
 * Return: 0 or an errno.
 */
int vtd_world_unregister(const struct bus_type *bus, struct notifier_block *block)
{
	for (int i = 0; i < MAX_NOTIFIERS; i++) {
		if (notifiers[i].block == block)
			notifiers[i].block = NULL;
	}
	return bus_unregister_notifier(bus, block);
}

/**
 * vtd_world_leave - A kernel has ended: none of its functions may be called.
 *
 * Context: Process context.
 */
void vtd_world_leave(void)
{
	for (int i = 0; i < MAX_NOTIFIERS; i++) {
		if (notifiers[i].block)
			vtd_world_unregister(notifiers[i].bus, notifiers[i].block);
	}
}

/* What a kernel has once: it stays as it is. */

/**
 * vtd_world_set_strict - As iommu_set_dma_strict(). It is strict already.
 *
 * Context: Process context.
 */
void vtd_world_set_strict(void)
{
}

/**
 * vtd_world_set_passthrough - As iommu_set_default_passthrough().
 * @command_line: The user asked for it.
 *
 * Context: Process context.
 */
void vtd_world_set_passthrough(bool command_line)
{
}

/**
 * vtd_world_request_acs - As pci_request_acs(). Firmware has enabled it.
 *
 * Context: Process context.
 */
void vtd_world_request_acs(void)
{
}

/**
 * vtd_world_register_syscore - As register_syscore().
 * @syscore: The driver's.
 *
 * Context: Process context.
 */
void vtd_world_register_syscore(struct syscore *syscore)
{
	driver_syscore = syscore;
}

/**
 * vtd_machine_suspend - The machine suspends to memory; units lose nothing.
 *
 * Context: Process context. A kernel runs.
 *
 * Return: 0, -EOPNOTSUPP if the driver cannot, or what it returned.
 */
int vtd_machine_suspend(void)
{
	if (!driver_syscore)
		return -EOPNOTSUPP;
	return driver_syscore->ops->suspend(driver_syscore->data);
}

/**
 * vtd_machine_resume - It resumes.
 *
 * Context: Process context, after vtd_machine_suspend().
 */
void vtd_machine_resume(void)
{
	driver_syscore->ops->resume(driver_syscore->data);
}

/**
 * vtd_world_stuck - A unit does not answer.
 * @status_register: The register that was read.
 *
 * Context: Any.
 */
void vtd_world_stuck(const void __iomem *status_register)
{
	struct vtd_machine *machine = vtd_machine_current();
	u32 offset;

	if (machine && !machine->stuck && vtd_test_unit_at(status_register, &offset))
		machine->stuck = offset;
}
