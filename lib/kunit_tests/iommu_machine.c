// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What machines with IOMMUs share
 *
 * A device of a machine is a PCI function in memory. PCI finds it, the driver probes
 * it, and its bus master bit decides whether it may do DMA. This is the same for all
 * machines; what the driver does is in &struct iommu_machine_ops.
 *
 * Life cycle: iommu_machine_find(), iommu_machine_probe_device(),
 * iommu_machine_start_dma(), iommu_machine_release_device(), and
 * iommu_machine_unplug() for a function that is taken out. At the end of a kernel
 * iommu_machine_end_all() forgets all devices, and iommu_machine_scan() finds their
 * functions in the next one.
 *
 * Happy path: the IOMMU core calls the driver. A suite that has no core uses
 * iommu_machine_probe() and iommu_machine_release(), which stand in for it: the
 * device gets a dev_iommu and a group of its own.
 *
 * Unhappy paths: without memory, the device is not probed, and as before. What a case
 * has left is released by iommu_machine_release_all().
 */

#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "iommu_machine.h"

static struct test_pci_function *function_of(struct device *dev)
{
	struct test_pci *pci;

	return test_pci_function_of(dev, &pci);
}

/**
 * iommu_machine_of - The machine that a device belongs to
 * @dev: The device, on any bus
 *
 * Context: Any.
 * Return: the machine, or NULL.
 */
struct iommu_machine *iommu_machine_of(struct device *dev)
{
	struct test_pci *pci;

	if (!test_pci_function_of(dev, &pci))
		return NULL;
	return container_of(pci, struct iommu_machine, pci);
}

/**
 * iommu_machine_unit_of - The unit that a device is behind
 * @dev: The device, of a machine
 *
 * Context: Any.
 * Return: number of the unit.
 */
unsigned int iommu_machine_unit_of(struct device *dev)
{
	return function_of(dev)->unit;
}

/**
 * iommu_machine_rid_of - The requester ID of a device at its unit
 * @dev: The device, of a machine
 *
 * Context: Any.
 * Return: the requester ID.
 */
u16 iommu_machine_rid_of(struct device *dev)
{
	return function_of(dev)->rid;
}

static struct test_pci_function *plug_in(struct iommu_machine *machine, unsigned int n,
					 u16 rid)
{
	int ret = machine->ops->plug ? machine->ops->plug(machine, n, rid) : 0;

	if (ret)
		return ERR_PTR(ret);
	return test_pci_add(&machine->pci, n, rid) ?: ERR_PTR(-ENOSPC);
}

/**
 * iommu_machine_find - PCI finds a function, which is plugged in if need be
 * @machine: The machine
 * @n: Number of its unit
 * @rid: Requester ID
 *
 * Context: May sleep.
 * Return: the device, or an ERR_PTR() of -ENOSPC or -ENOMEM.
 */
struct device *iommu_machine_find(struct iommu_machine *machine, unsigned int n, u16 rid)
{
	struct test_pci_function *function = test_pci_function(&machine->pci, n, rid);
	int ret;

	if (!function)
		function = plug_in(machine, n, rid);
	if (IS_ERR(function))
		return ERR_CAST(function);
	ret = test_pci_scan(&machine->pci, function);
	return ret ? ERR_PTR(ret) : &function->pdev->dev;
}

/**
 * iommu_machine_find_bridge - PCI finds a bridge, which is plugged in
 * @machine: The machine, in which nothing is on that bus, or on one below the bridge
 * @n: Number of its unit
 * @rid: Requester ID
 * @secondary: Number of the bus that it leads to
 * @subordinate: The greatest number of a bus behind it
 *
 * Context: May sleep.
 * Return: the bridge, or an ERR_PTR() of -ENOSPC or -ENOMEM.
 */
struct device *iommu_machine_find_bridge(struct iommu_machine *machine, unsigned int n,
					 u16 rid, u8 secondary, u8 subordinate)
{
	struct test_pci_function *function = plug_in(machine, n, rid);

	if (IS_ERR(function))
		return ERR_CAST(function);
	test_pci_make_bridge(function, secondary, subordinate);
	return iommu_machine_find(machine, n, rid);
}

/**
 * iommu_machine_device - The device that the kernel has for a function
 * @machine: The machine
 * @n: Number of its unit
 * @rid: Requester ID
 *
 * Context: Any.
 * Return: the device, or NULL.
 */
struct device *iommu_machine_device(struct iommu_machine *machine, unsigned int n,
				    u16 rid)
{
	struct test_pci_function *function = test_pci_function(&machine->pci, n, rid);

	return function && function->pdev ? &function->pdev->dev : NULL;
}

/**
 * iommu_machine_start_dma - Let a device do DMA
 * @machine: The machine
 * @dev: The device
 *
 * Context: May sleep.
 */
void iommu_machine_start_dma(struct iommu_machine *machine, struct device *dev)
{
	pci_set_master(to_pci_dev(dev));
}

/**
 * iommu_machine_unplug - Take a function out of the machine
 * @machine: The machine
 * @dev: The device, which is gone then
 *
 * Context: May sleep.
 */
void iommu_machine_unplug(struct iommu_machine *machine, struct device *dev)
{
	struct test_pci_function *function = function_of(dev);

	test_pci_remove(function);
	test_pci_unplug(&machine->pci, function);
}

/**
 * iommu_machine_scan - PCI finds all functions that are there
 * @machine: The machine
 *
 * Context: May sleep, the thread of the case.
 */
void iommu_machine_scan(struct iommu_machine *machine)
{
	for (unsigned int i = 0; i < machine->pci.nr_functions; i++)
		KUNIT_ASSERT_EQ(machine->test, 0,
				test_pci_scan(&machine->pci, &machine->pci.functions[i]));
}

/* What the core does with the driver */

/**
 * iommu_machine_probe_device - The driver probes a device
 * @machine: The machine
 * @dev: The device
 *
 * Context: May sleep. iommu_probe_device_lock is held.
 * Return: 0 or an errno.
 */
int iommu_machine_probe_device(struct iommu_machine *machine, struct device *dev)
{
	int ret = machine->ops->probe_device(machine, dev);

	if (!ret)
		function_of(dev)->is_probed = true;
	return ret;
}

/**
 * iommu_machine_release_device - The driver releases a device
 * @machine: The machine
 * @dev: The device, which is attached to no domain
 *
 * Context: May sleep.
 */
void iommu_machine_release_device(struct iommu_machine *machine, struct device *dev)
{
	machine->ops->release_device(machine, dev);
	function_of(dev)->is_probed = false;
}

/**
 * iommu_machine_end_device - A device ends with its kernel
 * @machine: The machine
 * @dev: The device, whose entries stay as they are
 *
 * Context: May sleep.
 */
void iommu_machine_end_device(struct iommu_machine *machine, struct device *dev)
{
	machine->ops->end_device(machine, dev);
	function_of(dev)->is_probed = false;
}

/**
 * iommu_machine_attach_dev - iommu_domain_ops::attach_dev of domains of machines
 * @domain: The domain
 * @dev: The device
 * @old: What it is attached to
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int iommu_machine_attach_dev(struct iommu_domain *domain, struct device *dev,
			     struct iommu_domain *old)
{
	struct iommu_machine *machine = iommu_machine_of(dev);

	if (machine->attach_dev)
		return machine->attach_dev(machine, domain, dev, old);
	return machine->ops->attach(machine, dev, domain);
}

/* In place of the core */

static void leave_core(struct device *dev)
{
	if (dev->iommu_group)
		iommu_group_remove_device(dev);
	kfree(dev->iommu);
	dev->iommu = NULL;
}

static int enter_core(struct device *dev)
{
	struct iommu_group *group;
	int ret;

	dev->iommu = kzalloc_obj(*dev->iommu);
	if (!dev->iommu)
		return -ENOMEM;
	mutex_init(&dev->iommu->lock);
	group = iommu_group_alloc();
	if (IS_ERR(group)) {
		leave_core(dev);
		return PTR_ERR(group);
	}
	ret = iommu_group_add_device(group, dev);
	iommu_group_put(group);
	if (ret)
		leave_core(dev);
	return ret;
}

/**
 * iommu_machine_probe - A device is found, probed, and may do DMA
 * @machine: The machine
 * @n: Number of its unit
 * @rid: Requester ID
 *
 * Context: May sleep.
 * Return: the device, or an ERR_PTR().
 */
struct device *iommu_machine_probe(struct iommu_machine *machine, unsigned int n,
				   u16 rid)
{
	struct device *dev = iommu_machine_find(machine, n, rid);
	int ret;

	if (IS_ERR(dev))
		return dev;
	ret = enter_core(dev);
	if (ret)
		return ERR_PTR(ret);
	scoped_guard(mutex, &iommu_probe_device_lock)
		ret = iommu_machine_probe_device(machine, dev);
	if (ret) {
		leave_core(dev);
		return ERR_PTR(ret);
	}
	iommu_machine_start_dma(machine, dev);
	return dev;
}

/**
 * iommu_machine_release - Undo iommu_machine_probe(), but the device may do DMA
 * @machine: The machine
 * @dev: The device, which is attached to no domain
 *
 * Context: May sleep.
 */
void iommu_machine_release(struct iommu_machine *machine, struct device *dev)
{
	iommu_machine_release_device(machine, dev);
	leave_core(dev);
}

/* What machines share */

/**
 * iommu_machine_may_do_dma - iommu_machine_ops::may_do_dma of any machine
 * @machine: The machine
 * @n: Number of its unit
 * @rid: Requester ID
 *
 * Context: Any.
 * Return: true if the requester is there, and a bus master.
 */
bool iommu_machine_may_do_dma(struct iommu_machine *machine, unsigned int n, u16 rid)
{
	struct test_pci_function *function = test_pci_function(&machine->pci, n, rid);

	return function && test_pci_is_master(function);
}

/**
 * iommu_machine_release_all - Release the devices that a case has left
 * @machine: The machine
 *
 * Context: May sleep.
 */
void iommu_machine_release_all(struct iommu_machine *machine)
{
	struct test_pci_function *function;

	for (unsigned int i = 0; i < machine->pci.nr_functions; i++) {
		function = &machine->pci.functions[i];
		if (!function->is_probed)
			continue;
		machine->ops->detach(machine, &function->pdev->dev);
		iommu_machine_release(machine, &function->pdev->dev);
	}
}

/**
 * iommu_machine_end_all - All devices end with their kernel
 * @machine: The machine
 *
 * Context: May sleep.
 */
void iommu_machine_end_all(struct iommu_machine *machine)
{
	struct test_pci_function *function;

	/* What is below a bridge comes after it. */
	for (unsigned int i = machine->pci.nr_functions; i--;) {
		function = &machine->pci.functions[i];
		if (function->is_probed) {
			iommu_machine_end_device(machine, &function->pdev->dev);
			leave_core(&function->pdev->dev);
		}
		test_pci_remove(function);
	}
}
