// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The IOMMU core over a machine with IOMMUs
 *
 * The fixture of suites that have the real IOMMU core, drivers/iommu/iommu.c, over
 * the machines of iommu_machine.h: units are registered, PCI functions come and go,
 * and the core probes them, groups them, and attaches what their owners want.
 *
 * Life cycle: iommu_core_start() makes the machine of the parameter of the case, and
 * its first kernel. Between iommu_core_end_kernel() and iommu_core_begin_kernel()
 * there is hardware, but no kernel; mock_kexec() is called there. When the case ends,
 * devices are released, domains freed, and units unregistered. What hands devices
 * over is in iommu_core_liveupdate.c.
 *
 * Happy path: iommu_core_add_device() does what the owner of a device does: it claims
 * the DMA of the group, and attaches a domain with mappings.
 *
 * Unhappy paths: iommu_core_fail() has the driver fail in a call of the core.
 */

#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "iommu_core.h"
#include "iommu_machine_dma.h"
#include "luo_kernel.h"

/* Units */

static int register_unit(struct iommu_core *core, unsigned int n)
{
	struct iommu_device *iommu = core->machine->ops->unit(core->machine, n);
	int ret;

	ret = iommu_device_sysfs_add(iommu, NULL, NULL, "iommu_core%u", n);
	if (ret)
		return ret;
	core->is_registered[n] = true;
	ret = iommu_device_register(iommu, &iommu_core_ops, NULL);
	if (!ret)
		return 0;
	core->is_registered[n] = false;
	iommu_device_sysfs_remove(iommu);
	return ret;
}

static void register_units(struct iommu_core *core)
{
	for (unsigned int n = 0; n < core->machine->units; n++)
		KUNIT_EXPECT_EQ(core->test, 0, register_unit(core, n));
	core->is_running = true;
}

static void unregister_units(struct iommu_core *core)
{
	struct iommu_device *iommu;

	for (unsigned int n = core->machine->units; n--;) {
		if (!core->is_registered[n])
			continue;
		iommu = core->machine->ops->unit(core->machine, n);
		iommu_device_unregister(iommu);
		iommu_device_sysfs_remove(iommu);
		core->is_registered[n] = false;
	}
	core->is_running = false;
}

/* What there is */

/* Undo all, in whatever state it is. Runs when the case has ended. */
static void end_core(void *data)
{
	struct iommu_core_device *device, *next_device;
	struct iommu_core_domain *domain, *next_domain;
	struct iommu_core *core = data;

	memset(core->failures, 0, sizeof(core->failures));
	list_for_each_entry(device, &core->devices, node)
		iommu_core_unwatch(device);
	list_for_each_entry_safe(device, next_device, &core->devices, node) {
		if (core->is_running)
			iommu_core_release(device);
		kfree(device);
	}
	list_for_each_entry_safe(domain, next_domain, &core->domains, node) {
		if (core->is_running)
			iommu_core_free_domain(domain);
		kfree(domain);
	}
	if (core->is_running)
		unregister_units(core);
	iommu_core_end_liveupdate(core);
	iommu_core_set_driver(NULL);
}

/**
 * iommu_core_start - Make a machine of the parameter of the case
 * @test: The case
 * @units: Number of units
 *
 * Context: May sleep.
 * Return: the core, in its first kernel.
 */
struct iommu_core *iommu_core_start(struct kunit *test, unsigned int units)
{
	const struct iommu_machine_ops *const *ops = test->param_value;
	struct iommu_core *core;

	KUNIT_ASSERT_LE(test, units, IOMMU_CORE_MAX_UNITS);
	luo_kernel_start(test);
	core = kunit_kzalloc(test, sizeof(*core), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, core);
	core->test = test;
	INIT_LIST_HEAD(&core->devices);
	INIT_LIST_HEAD(&core->domains);
	spin_lock_init(&core->lock);
	core->machine = (*ops)->create(test, units);
	iommu_core_set_driver(core);
	iommu_core_start_liveupdate(core);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end_core, core));
	register_units(core);
	return core;
}

static struct iommu_core_device *add_found(struct iommu_core *core, unsigned int unit,
					   u16 rid, struct device *dev)
{
	struct iommu_core_device *device;

	/* The case frees what it has before end_core() is called. */
	device = kzalloc_obj(*device);
	KUNIT_ASSERT_NOT_NULL(core->test, device);
	device->core = core;
	device->unit = unit;
	device->rid = rid;
	list_add_tail(&device->node, &core->devices);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(core->test, dev);
	device->dev = dev;
	KUNIT_ASSERT_EQ(core->test, rid, pci_dev_id(to_pci_dev(dev)));
	return device;
}

/**
 * iommu_core_find - PCI finds a function, which is plugged in
 * @core: The core
 * @unit: Number of its unit
 * @rid: Requester ID, on a bus that no other unit has
 *
 * The core probes it, or fails to.
 *
 * Context: May sleep.
 * Return: the device. It has no domain, and does no DMA.
 */
struct iommu_core_device *iommu_core_find(struct iommu_core *core, unsigned int unit,
					  u16 rid)
{
	return add_found(core, unit, rid, iommu_machine_find(core->machine, unit, rid));
}

/**
 * iommu_core_add_bridge - PCI finds a bridge, which is plugged in and does DMA
 * @core: The core
 * @unit: Number of its unit
 * @rid: Requester ID, on a bus that nothing is on yet, or below another bridge
 * @secondary: Number of the bus that it leads to
 * @subordinate: The greatest number of a bus behind it
 *
 * Context: May sleep.
 * Return: the bridge. It has no domain of a user.
 */
struct iommu_core_device *iommu_core_add_bridge(struct iommu_core *core,
						unsigned int unit, u16 rid,
						u8 secondary, u8 subordinate)
{
	struct device *dev = iommu_machine_find_bridge(core->machine, unit, rid,
						       secondary, subordinate);
	struct iommu_core_device *bridge = add_found(core, unit, rid, dev);

	iommu_machine_start_dma(core->machine, bridge->dev);
	return bridge;
}

/**
 * iommu_core_add_domain - Add a domain
 * @core: The core
 *
 * Context: May sleep.
 * Return: the domain, which iommu_core_alloc_domain() allocates.
 */
struct iommu_core_domain *iommu_core_add_domain(struct iommu_core *core)
{
	struct iommu_core_domain *domain;

	domain = kzalloc_obj(*domain);
	KUNIT_ASSERT_NOT_NULL(core->test, domain);
	domain->number = list_count_nodes(&core->domains) + 1;
	list_add_tail(&domain->node, &core->domains);
	return domain;
}

/**
 * iommu_core_add_device - Add a device that does DMA
 * @core: The core
 * @unit: Number of its unit
 * @rid: Requester ID, on a bus that no other unit has
 *
 * Context: May sleep.
 * Return: the device. @core owns its group, which is attached to a domain of its own.
 */
struct iommu_core_device *iommu_core_add_device(struct iommu_core *core,
						unsigned int unit, u16 rid)
{
	struct iommu_core_device *device = iommu_core_find(core, unit, rid);

	iommu_machine_start_dma(core->machine, device->dev);
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_claim(device, core));
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_alloc_domain(device));
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_attach(device));
	return device;
}

/**
 * iommu_core_add_sharing - Add a device that is attached to the domain of another
 * @device: The other device
 * @rid: Requester ID of the new one, at the same unit
 *
 * Context: May sleep, the thread of the case.
 * Return: the device.
 */
struct iommu_core_device *iommu_core_add_sharing(struct iommu_core_device *device, u16 rid)
{
	struct iommu_core *core = device->core;
	struct iommu_core_device *other = iommu_core_find(core, device->unit, rid);

	other->domain = device->domain;
	iommu_machine_start_dma(core->machine, other->dev);
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_claim(other, core));
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_attach(other));
	return other;
}

/**
 * iommu_core_unplug - Take a device out of the machine, whoever uses it
 * @device: The device
 *
 * Context: May sleep.
 */
void iommu_core_unplug(struct iommu_core_device *device)
{
	iommu_machine_unplug(device->core->machine, device->dev);
	device->dev = NULL;
	device->owner = NULL;
	device->is_attached = false;
	device->is_preserved = false;
}

/**
 * iommu_core_remove_device - The owner lets a device go, and it is unplugged
 * @device: The device
 *
 * Context: May sleep.
 */
void iommu_core_remove_device(struct iommu_core_device *device)
{
	iommu_core_release(device);
	iommu_core_unplug(device);
}

/* What the owner of a device does */

/**
 * iommu_core_claim - Claim the DMA of a device
 * @device: The device
 * @owner: Who claims it
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int iommu_core_claim(struct iommu_core_device *device, void *owner)
{
	int ret = iommu_device_claim_dma_owner(device->dev, owner);

	if (!ret)
		device->owner = owner;
	return ret;
}

/**
 * iommu_core_disclaim - Undo iommu_core_claim()
 * @device: The device
 *
 * Context: May sleep.
 */
void iommu_core_disclaim(struct iommu_core_device *device)
{
	iommu_device_release_dma_owner(device->dev);
	device->owner = NULL;
}

/**
 * iommu_core_alloc_domain - Allocate the domain of a device, with its mappings
 * @device: The device. It gets a domain of its own, if it has none.
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int iommu_core_alloc_domain(struct iommu_core_device *device)
{
	struct iommu_domain *domain;
	int ret;

	if (!device->domain)
		device->domain = iommu_core_add_domain(device->core);
	if (device->domain->domain)
		return 0;
	domain = iommu_paging_domain_alloc(device->dev);
	if (IS_ERR(domain))
		return PTR_ERR(domain);
	ret = iommu_machine_map(domain, device->domain->number);
	if (ret) {
		iommu_domain_free(domain);
		return ret;
	}
	device->domain->domain = domain;
	return 0;
}

/**
 * iommu_core_free_domain - Free a domain, if there is one
 * @domain: The domain, which no device is attached to
 *
 * Context: May sleep.
 */
void iommu_core_free_domain(struct iommu_core_domain *domain)
{
	if (domain->domain)
		iommu_domain_free(domain->domain);
	domain->domain = NULL;
}

/**
 * iommu_core_attach - Attach the group of a device to the device's domain
 * @device: The device, whose domain is allocated
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int iommu_core_attach(struct iommu_core_device *device)
{
	int ret;

	ret = iommu_attach_group(device->domain->domain, device->dev->iommu_group);
	device->is_attached |= !ret;
	return ret;
}

/**
 * iommu_core_detach - Detach the group of a device
 * @device: The device, which is attached
 *
 * Context: May sleep.
 */
void iommu_core_detach(struct iommu_core_device *device)
{
	iommu_detach_group(device->domain->domain, device->dev->iommu_group);
	device->is_attached = false;
}

/**
 * iommu_core_release - The owner of a device lets it go
 * @device: The device, with an owner or without
 *
 * Context: May sleep.
 */
void iommu_core_release(struct iommu_core_device *device)
{
	if (device->is_attached)
		iommu_core_detach(device);
	if (device->owner)
		iommu_core_disclaim(device);
}

/* Kernels */

/**
 * iommu_core_end_kernel - The kernel ends, and the hardware goes on
 * @core: The core
 *
 * Context: May sleep.
 */
void iommu_core_end_kernel(struct iommu_core *core)
{
	struct iommu_core_device *device;
	struct iommu_core_domain *domain;

	core->is_ending = true;
	iommu_core_forget_preserved(core);
	if (core->end_owners)
		core->end_owners(core);
	list_for_each_entry(device, &core->devices, node) {
		if (device->owner)
			iommu_core_disclaim(device);
		device->is_attached = false;
		device->dev = NULL;
	}
	unregister_units(core);
	core->machine->ops->end_kernel(core->machine);
	list_for_each_entry(domain, &core->domains, node)
		domain->domain = NULL;
	core->is_ending = false;
}

/**
 * iommu_core_begin_kernel - The next kernel boots, after mock_kexec()
 * @core: The core
 *
 * Units are taken over or set up, and registered. The devices are probed then, unless
 * iommu_core::hold_probes is set: iommu_core_probe() does that one by one.
 *
 * Context: May sleep.
 */
void iommu_core_begin_kernel(struct iommu_core *core)
{
	iommu_core_read_records(core);
	iommu_core_begin_units(core);
}

/**
 * iommu_core_begin_units - The part of iommu_core_begin_kernel() after the records
 * @core: The core, in a kernel that has read the records, or that has none
 *
 * Context: May sleep.
 */
void iommu_core_begin_units(struct iommu_core *core)
{
	struct iommu_machine *machine = core->machine;
	struct iommu_core_device *device;

	iommu_core_forget_calls(core);
	machine->ops->begin_kernel(machine);
	if (core->before_init)
		core->before_init(core);
	for (unsigned int n = 0; n < machine->units; n++)
		core->is_adopted[n] = machine->ops->init_unit(machine, n);
	list_for_each_entry(device, &core->devices, node)
		device->dev = iommu_machine_device(machine, device->unit, device->rid);
	register_units(core);
	core->hold_probes = false;
}

/**
 * iommu_core_probe - The core probes a device that was held back
 * @device: The device
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int iommu_core_probe(struct iommu_core_device *device)
{
	return iommu_probe_device(device->dev);
}

/* What the driver was asked for */

/**
 * iommu_core_fail - Have the driver fail once
 * @core: The core
 * @call: In which call. Those that attach to a static domain and the release
 *	cannot fail.
 * @nth: In the n-th of them from now on, from 1; 0 for none
 * @err: With this errno
 *
 * Context: Any.
 */
void iommu_core_fail(struct iommu_core *core, enum iommu_core_call call,
		     unsigned int nth, int err)
{
	guard(spinlock)(&core->lock);
	core->failures[call].nth = nth;
	core->failures[call].err = err;
}

/**
 * iommu_core_forget_calls - Empty the log
 * @core: The core
 *
 * Context: Any.
 */
void iommu_core_forget_calls(struct iommu_core *core)
{
	guard(spinlock)(&core->lock);
	core->nr_calls = 0;
}

static bool is_of(const struct iommu_core_entry *entry,
		  const struct iommu_core_device *device, enum iommu_core_call call)
{
	return entry->call == call && entry->unit == device->unit &&
	       entry->rid == device->rid;
}

/**
 * iommu_core_calls - Count calls for a device
 * @device: The device
 * @call: Which
 *
 * Context: The thread of the case.
 * Return: how many there are in the log.
 */
unsigned int iommu_core_calls(const struct iommu_core_device *device,
			      enum iommu_core_call call)
{
	const struct iommu_core *core = device->core;
	unsigned int count = 0;

	KUNIT_EXPECT_LT(core->test, core->nr_calls, IOMMU_CORE_MAX_CALLS);
	for (unsigned int i = 0; i < core->nr_calls; i++)
		count += is_of(&core->log[i], device, call);
	return count;
}

/**
 * iommu_core_attaches - Count what a device was attached to, or taken from
 * @device: The device
 *
 * Context: The thread of the case.
 * Return: how many calls there are in the log that write its entries.
 */
unsigned int iommu_core_attaches(const struct iommu_core_device *device)
{
	return iommu_core_calls(device, IOMMU_CORE_ATTACH) +
	       iommu_core_calls(device, IOMMU_CORE_BLOCK) +
	       iommu_core_calls(device, IOMMU_CORE_IDENTITY);
}

/**
 * iommu_core_first_attached - What a device was attached to first
 * @device: The device
 *
 * Context: The thread of the case.
 * Return: the first paging domain in the log, or NULL. It may be freed.
 */
struct iommu_domain *iommu_core_first_attached(const struct iommu_core_device *device)
{
	const struct iommu_core *core = device->core;

	for (unsigned int i = 0; i < core->nr_calls; i++) {
		if (is_of(&core->log[i], device, IOMMU_CORE_ATTACH))
			return core->log[i].domain;
	}
	return NULL;
}

/* What DMA does */

/**
 * iommu_core_may_do_dma - Whether a device may do DMA at all
 * @device: The device
 *
 * Context: Any.
 * Return: true if it is a bus master.
 */
bool iommu_core_may_do_dma(const struct iommu_core_device *device)
{
	struct iommu_machine *machine = device->core->machine;

	return machine->ops->may_do_dma(machine, device->unit, device->rid);
}

static void watch(struct iommu_core_device *device, unsigned int number)
{
	struct iommu_machine *machine = device->core->machine;

	iommu_machine_expect(machine, device->unit, device->rid, number);
	iommu_machine_watch(machine, device->unit, device->rid, number);
	device->is_watched = true;
}

/**
 * iommu_core_watch - From now on a device reaches what its domain maps
 * @device: The device
 *
 * Context: May sleep.
 */
void iommu_core_watch(struct iommu_core_device *device)
{
	watch(device, device->domain->number);
}

/**
 * iommu_core_watch_blocked - From now on a device reaches nothing
 * @device: The device
 *
 * Context: May sleep.
 */
void iommu_core_watch_blocked(struct iommu_core_device *device)
{
	watch(device, IOMMU_MACHINE_NO_DOMAIN);
}

/**
 * iommu_core_unwatch - What a device reaches may change
 * @device: The device, watched or not
 *
 * Context: May sleep.
 */
void iommu_core_unwatch(struct iommu_core_device *device)
{
	if (device->is_watched)
		iommu_machine_unwatch(device->core->machine, device->unit, device->rid);
	device->is_watched = false;
}

/**
 * iommu_core_expect_reached - A device reaches what its domain maps, and no more
 * @device: The device
 *
 * Context: May sleep.
 */
void iommu_core_expect_reached(const struct iommu_core_device *device)
{
	iommu_machine_expect(device->core->machine, device->unit, device->rid,
			     device->domain->number);
}

/**
 * iommu_core_expect_blocked - A device reaches nothing
 * @device: The device
 *
 * Context: May sleep.
 */
void iommu_core_expect_blocked(const struct iommu_core_device *device)
{
	iommu_machine_expect(device->core->machine, device->unit, device->rid,
			     IOMMU_MACHINE_NO_DOMAIN);
}
