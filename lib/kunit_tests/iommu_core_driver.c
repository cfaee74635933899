// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: A driver for the IOMMU core, over any machine
 *
 * The operations that the core wants of a driver, on top of those that a machine of
 * iommu_machine.h has. All of them are taken down, and each can be made to fail.
 *
 * Life cycle: iommu_core_set_driver() chooses the machine; the core calls from
 * iommu_device_register() to iommu_device_unregister().
 *
 * Happy path: a device of the machine is probed, gets its group from PCI, and is
 * attached and detached. A device that was adopted keeps its entries until something
 * is attached. The hardware has no identity translation: whoever is attached to the
 * identity domain, which is the default, is blocked.
 *
 * Unhappy paths: a device of no machine, or of a unit that is not registered, is not
 * the driver's. At the end of a kernel the driver does nothing to the hardware, and
 * only forgets its devices.
 */

#include <linux/err.h>
#include <linux/iommu.h>

#include <kunit/test.h>

#include "iommu_core.h"

static struct iommu_core *the_core;

static void take_down(struct iommu_core *core, enum iommu_core_call call,
		      struct device *dev, struct iommu_domain *domain)
{
	if (core->nr_calls == IOMMU_CORE_MAX_CALLS)
		return;
	core->log[core->nr_calls++] = (struct iommu_core_entry){
		.call = call,
		.unit = iommu_machine_unit_of(dev),
		.rid = iommu_machine_rid_of(dev),
		.domain = domain,
	};
}

/* Returns the errno that the call has to fail with, or 0. */
static int begin_call(enum iommu_core_call call, struct device *dev,
		      struct iommu_domain *domain)
{
	struct iommu_core *core = the_core;
	int ret = 0;

	if (core->is_ending)
		return 0;
	scoped_guard(spinlock, &core->lock) {
		take_down(core, call, dev, domain);
		if (core->failures[call].nth && !--core->failures[call].nth)
			ret = core->failures[call].err;
	}
	if (core->on_call)
		core->on_call(core, call, dev);
	return ret;
}

static bool is_ours(struct device *dev)
{
	return the_core && !the_core->hold_probes &&
	       iommu_machine_of(dev) == the_core->machine &&
	       the_core->is_registered[iommu_machine_unit_of(dev)];
}

/* iommufd binds no device without. */
static bool is_capable(struct device *dev, enum iommu_cap cap)
{
	return cap == IOMMU_CAP_CACHE_COHERENCY;
}

static struct iommu_device *probe_device(struct device *dev)
{
	struct iommu_machine *machine;
	int ret;

	if (!is_ours(dev))
		return ERR_PTR(-ENODEV);
	machine = the_core->machine;
	ret = begin_call(IOMMU_CORE_PROBE, dev, NULL) ?:
	      iommu_machine_probe_device(machine, dev);
	if (ret)
		return ERR_PTR(ret);
	return machine->ops->unit(machine, iommu_machine_unit_of(dev));
}

static void release_device(struct device *dev)
{
	begin_call(IOMMU_CORE_RELEASE, dev, NULL);
	if (the_core->is_ending)
		iommu_machine_end_device(the_core->machine, dev);
	else
		iommu_machine_release_device(the_core->machine, dev);
}

static struct iommu_group *device_group(struct device *dev)
{
	int ret = begin_call(IOMMU_CORE_GROUP, dev, NULL);

	return ret ? ERR_PTR(ret) : pci_device_group(dev);
}

static bool is_attach_deferred(struct device *dev)
{
	return the_core->machine->ops->is_adopted(the_core->machine, dev);
}

/* The kernel has one default everywhere, with CONFIG_IOMMU_DMA and without. */
static int def_domain_type(struct device *dev)
{
	return IOMMU_DOMAIN_IDENTITY;
}

static struct iommu_domain *domain_alloc_paging(struct device *dev)
{
	int ret = begin_call(IOMMU_CORE_ALLOC, dev, NULL);

	if (ret)
		return ERR_PTR(ret);
	return the_core->machine->ops->alloc_domain(the_core->machine, dev);
}

static int attach_paging(struct iommu_machine *machine, struct iommu_domain *domain,
			 struct device *dev, struct iommu_domain *old)
{
	int ret = begin_call(IOMMU_CORE_ATTACH, dev, domain);

	if (ret || the_core->is_ending)
		return ret;
	return machine->ops->attach(machine, dev, domain);
}

static void block(struct device *dev)
{
	if (!the_core->is_ending)
		the_core->machine->ops->detach(the_core->machine, dev);
}

static int attach_blocked(struct iommu_domain *domain, struct device *dev,
			  struct iommu_domain *old)
{
	begin_call(IOMMU_CORE_BLOCK, dev, NULL);
	block(dev);
	return 0;
}

static int attach_identity(struct iommu_domain *domain, struct device *dev,
			   struct iommu_domain *old)
{
	begin_call(IOMMU_CORE_IDENTITY, dev, NULL);
	block(dev);
	return 0;
}

/* For devices that were handed over */

static struct iommu_domain *
restore_domain(struct device *dev, const struct iommu_liveupdate_domain *record)
{
	int ret = begin_call(IOMMU_CORE_RESTORE, dev, NULL);

	if (ret)
		return ERR_PTR(ret);
	return the_core->machine->ops->backend->alloc_domain(dev, record);
}

static int reattach(struct device *dev, struct iommu_domain *domain,
		    const struct iommu_liveupdate_attachment *attachment)
{
	int ret = begin_call(IOMMU_CORE_REATTACH, dev, domain);

	if (ret)
		return ret;
	return the_core->machine->ops->backend->attach_device(dev, domain, attachment);
}

/* No device has PASIDs; the core attaches domains to them nevertheless. */
static int set_no_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
			struct iommu_domain *old)
{
	return 0;
}

static struct iommu_domain blocked_domain = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &(const struct iommu_domain_ops){
		.attach_dev = attach_blocked,
		.set_dev_pasid = set_no_pasid,
	},
};

static struct iommu_domain identity_domain = {
	.type = IOMMU_DOMAIN_IDENTITY,
	.ops = &(const struct iommu_domain_ops){ .attach_dev = attach_identity },
};

/* The backend of the machine, with some of its operations taken down */
static struct iommu_liveupdate_ops liveupdate_ops;

struct iommu_ops iommu_core_ops = {
	.capable = is_capable,
	.probe_device = probe_device,
	.release_device = release_device,
	.device_group = device_group,
	.is_attach_deferred = is_attach_deferred,
	.def_domain_type = def_domain_type,
	.domain_alloc_paging = domain_alloc_paging,
	.blocked_domain = &blocked_domain,
	.identity_domain = &identity_domain,
	.release_domain = &blocked_domain,
	.owner = THIS_MODULE,
	.liveupdate = &liveupdate_ops,
};

/**
 * iommu_core_set_driver - Choose what the driver drives
 * @core: The core, or NULL for nothing. No unit is registered.
 *
 * Context: The thread of the case.
 */
void iommu_core_set_driver(struct iommu_core *core)
{
	the_core = core;
	if (!core)
		return;
	core->machine->attach_dev = attach_paging;
	liveupdate_ops = *core->machine->ops->backend;
	liveupdate_ops.alloc_domain = restore_domain;
	liveupdate_ops.attach_device = reattach;
}
