// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Devices that the previous kernel has handed over
 *
 * When the driver of a unit has taken it over, each device that was handed over does
 * DMA by entries and a page table that this kernel knows, but that belong to nothing
 * yet. A device is given to the IOMMU core when it is probed: its domain is restored,
 * and is the first one of its group. The group is owned by somebody whom nobody can
 * claim to be, so that no driver of this kernel and no other user space gets it.
 *
 * Happy path:
 *
 * 1. iommu_liveupdate_get_record() looks the record of the device up, before the driver
 *    probes the device.
 * 2. iommu_liveupdate_first_domain() restores the domain, unless another device with
 *    the same domain came first, and attaches the device. No entry is written.
 * 3. iommu_liveupdate_released() frees the domain when the last of the devices that
 *    were handed over with it has gone.
 *
 * Unhappy paths:
 *
 * * The record of the device is lost: the driver has cut the device off when it took
 *   the unit over. Bus mastering ends as well. The group is owned, and the device is
 *   attached to nothing.
 * * It is another device, or PCI has it in another place: see pci_path.c. The same, and
 *   the backend cuts it off now.
 * * The device cannot be attached, for want of memory for instance: its DMA goes on by
 *   valid entries. The group is owned, and the device is attached to nothing else:
 *   any other domain would get DMA that is not meant for it. The page table stays.
 * * The probe fails before the driver is through with it: the record is found again the
 *   next time. If the driver has cut the device off, as that of VT-d does, it is
 *   attached to nothing then.
 * * The device is released without having been attached: the backend cuts it off. The
 *   record remains; when the device is probed again, it finds its entries gone, and
 *   is attached to nothing.
 * * Another device turns up in the group, or the group has one already: the IOMMU core
 *   refuses the one that comes second.
 *
 * "Attached to nothing" is a domain of its own, whose attach does nothing. It is not
 * the domain that blocks: attaching that one writes the entries, and what they are is
 * known to be right or to be gone.
 */

#define dev_fmt(fmt)	"liveupdate: " fmt

#include <linux/cleanup.h>
#include <linux/generic_pt/iommu.h>
#include <linux/iommu.h>
#include <linux/mutex.h>
#include <linux/pci-liveupdate.h>
#include <linux/pci.h>

#include "../iommu-priv.h"
#include "adopt.h"
#include "blackout.h"
#include "deserialize.h"
#include "flb.h"
#include "hooks.h"
#include "pci_path.h"
#include "restore.h"

/* Protects restored domains and states. Nests in the mutex of a group. */
static DEFINE_MUTEX(restore_lock);

static int leave_attached(struct iommu_domain *domain, struct device *dev,
			  struct iommu_domain *old)
{
	return 0;
}

static const struct iommu_domain_ops held_domain_ops = {
	.attach_dev = leave_attached,
};

static struct iommu_domain held_domain = {
	.type = IOMMU_DOMAIN_BLOCKED,
	.ops = &held_domain_ops,
};

/* Finding records */

static void add_keys(struct iommu_incoming *in, bool lost)
{
	struct iommu_liveupdate_device *device;

	for (u32 i = 0; i < in->count[IOMMU_DEVICES]; i++) {
		device = &in->devices[i];
		if (!!device->record.error.err == lost)
			rb_find_add(&device->record.key, &in->keys,
				    iommu_families[IOMMU_DEVICES].compare_keys);
	}
}

/**
 * iommu_restore_begin - Have devices find their records
 * @in: What the previous kernel has handed over
 *
 * If two records have the same key, one that is not lost is found.
 *
 * Context: Any. No device looks for its record yet.
 */
void iommu_restore_begin(struct iommu_incoming *in)
{
	struct iommu_liveupdate_attachment *attachment;

	add_keys(in, false);
	add_keys(in, true);
	for (u32 i = 0; i < in->count[IOMMU_ATTACHMENTS]; i++) {
		attachment = &in->attachments[i];
		if (!attachment->record.error.err)
			attachment->device->attachment = attachment;
	}
}

static int compare_key(const void *key, const struct rb_node *node)
{
	struct iommu_liveupdate_device *device = (void *)key;

	return iommu_families[IOMMU_DEVICES].compare_keys(&device->record.key, node);
}

static struct iommu_liveupdate_device *find_record(struct iommu_incoming *in,
						   struct pci_dev *pdev)
{
	const struct iommu_liveupdate_device key = {
		.type = IOMMU_DEVICE_TYPE_PCI,
		.segment = pci_domain_nr(pdev->bus),
		.rid = pci_dev_id(pdev),
	};
	struct iommu_liveupdate_device *device;
	struct rb_node *node;

	node = rb_find(&key, &in->keys, compare_key);
	if (!node)
		return NULL;
	device = to_device(rb_entry(node, struct iommu_record, key));
	return device->state == IOMMU_DEVICE_GONE ? NULL : device;
}

/**
 * iommu_liveupdate_get_record - Look up what the previous kernel says of a device
 * @dev: The device, which is about to be probed
 *
 * Context: May sleep. iommu_probe_device_lock is held.
 */
void iommu_liveupdate_get_record(struct device *dev)
{
	struct iommu_liveupdate_device *device;
	struct iommu_incoming *in;

	if (!dev_is_pci(dev))
		return;
	guard(iommu_blackout)(&iommu_blackout_take_over);
	guard(mutex)(&restore_lock);
	in = iommu_liveupdate_incoming();
	if (!in)
		return;
	device = find_record(in, to_pci_dev(dev));
	if (!device)
		return;
	device->found = true;
	dev->iommu->incoming = device;
	pci_liveupdate_hold(to_pci_dev(dev));
}

/**
 * iommu_liveupdate_put_record - Undo iommu_liveupdate_get_record()
 * @dev: The device, which has not been probed after all
 *
 * The next probe of the device finds the record again.
 *
 * Context: May sleep.
 */
void iommu_liveupdate_put_record(struct device *dev)
{
	if (!dev->iommu->incoming)
		return;
	scoped_guard(mutex, &restore_lock)
		dev->iommu->incoming->found = false;
	dev->iommu->incoming = NULL;
	pci_liveupdate_unhold(to_pci_dev(dev));
	iommu_flb_settle();
}

/* Domains */

static struct iommu_domain *
restore_domain(struct device *dev, const struct iommu_liveupdate_domain *record)
{
	const struct iommu_ops *ops = dev_iommu_ops(dev);
	struct iommu_domain *domain;
	struct pt_iommu *table;
	int ret;

	if (!ops->liveupdate ||
	    ops->liveupdate->records->unit_type != record->vendor->unit_type)
		return ERR_PTR(-EOPNOTSUPP);
	domain = ops->liveupdate->alloc_domain(dev, record);
	if (IS_ERR(domain))
		return domain;
	domain->type = IOMMU_DOMAIN_UNMANAGED;
	domain->owner = ops;
	table = iommupt_from_domain(domain);
	ret = table->ops->liveupdate->restore(table, &record->table);
	if (ret) {
		iommu_domain_free(domain);
		return ERR_PTR(ret);
	}
	return domain;
}

/* May the device go on by the page table of its domain, or come and do so? */
static bool uses_domain(const struct iommu_liveupdate_device *device)
{
	return !device->record.error.err && device->state <= IOMMU_DEVICE_HELD;
}

/* Returns the restored domain, if nothing needs it any more. */
static struct iommu_domain *put_domain(struct iommu_incoming *in,
				       struct iommu_liveupdate_domain *record)
{
	const struct iommu_liveupdate_attachment *attachment;
	struct iommu_domain *domain = record->restored;

	for (u32 i = 0; i < in->count[IOMMU_ATTACHMENTS]; i++) {
		attachment = &in->attachments[i];
		if (attachment->domain == record && attachment->device &&
		    uses_domain(attachment->device))
			return NULL;
	}
	record->restored = NULL;
	return domain;
}

/* Devices */

static int restore_device(struct device *dev,
			  const struct iommu_liveupdate_attachment *attachment)
{
	struct iommu_liveupdate_domain *record = attachment->domain;
	struct iommu_domain *domain = record->restored;

	if (!domain) {
		domain = restore_domain(dev, record);
		if (IS_ERR(domain))
			return PTR_ERR(domain);
		/* The hardware uses the table, whether it is attached or not. */
		record->restored = domain;
	}
	return dev_iommu_ops(dev)->liveupdate->attach_device(dev, domain, attachment);
}

static struct iommu_domain *hold(struct device *dev,
				 struct iommu_liveupdate_device *device, int err)
{
	if (device->record.error.err) {
		pci_clear_master(to_pci_dev(dev));
		dev_err(dev, "is cut off, as its record is lost, and attached to nothing\n");
	} else if (device->state == IOMMU_DEVICE_CUT_OFF) {
		dev_err(dev, "was cut off before, and is attached to nothing\n");
	} else {
		dev_err(dev, "cannot be attached to its domain: %pe\n", ERR_PTR(err));
	}
	device->state = IOMMU_DEVICE_HELD;
	return &held_domain;
}

/* What the unit does for the requester ID is meant for another device. */
static struct iommu_domain *refuse(struct device *dev,
				   struct iommu_liveupdate_device *device, int err)
{
	const struct iommu_liveupdate_ops *ops = dev_iommu_ops(dev)->liveupdate;
	struct iommu_incoming *in = iommu_liveupdate_incoming();
	struct iommu_domain *domain;

	iommu_incoming_lose(in, IOMMU_ATTACHMENTS, &device->attachment->record, err);
	iommu_incoming_lose(in, IOMMU_DEVICES, &device->record, err);
	domain = hold(dev, device, err);
	pci_wait_for_pending_transaction(to_pci_dev(dev));
	if (ops)
		ops->release_device(dev);
	return domain;
}

/**
 * iommu_liveupdate_first_domain - Attach a device that was handed over
 * @dev: The device, for which iommu_liveupdate_get_record() has found one
 *
 * Context: May sleep. The mutex of the group is held, which has no domain.
 * Return: the domain that the group has now: the restored one, or one that stands for
 * the device being attached to nothing.
 */
struct iommu_domain *iommu_liveupdate_first_domain(struct device *dev)
{
	struct iommu_liveupdate_device *device = dev->iommu->incoming;
	int ret;

	guard(iommu_blackout)(&iommu_blackout_take_over);
	guard(mutex)(&restore_lock);
	if (device->record.error.err || device->state != IOMMU_DEVICE_EXPECTED)
		return hold(dev, device, 0);
	ret = iommu_pci_path_compare(&device->path, to_pci_dev(dev));
	if (ret)
		return refuse(dev, device, ret);
	ret = restore_device(dev, device->attachment);
	if (ret)
		return hold(dev, device, ret);
	device->state = IOMMU_DEVICE_RESTORED;
	dev_info(dev, "continues with the domain of the previous kernel\n");
	return device->attachment->domain->restored;
}

/*
 * Without the driver, a device that comes back must not go on where it was. Its domain
 * may be preserved for the next kernel again.
 */
static void release(struct device *dev, struct iommu_liveupdate_device *device)
{
	struct iommu_domain *domain = NULL;

	scoped_guard(mutex, &restore_lock) {
		pci_clear_master(to_pci_dev(dev));
		if (device->state == IOMMU_DEVICE_RESTORED)
			device->state = IOMMU_DEVICE_GONE;
		else
			device->state = IOMMU_DEVICE_CUT_OFF;
		if (device->attachment)
			domain = put_domain(iommu_liveupdate_incoming(),
					    device->attachment->domain);
	}
	if (!domain)
		return;
	iommu_liveupdate_drop_domain(domain);
	iommu_domain_free(domain);
}

/**
 * iommu_liveupdate_released - The driver has released a device
 * @dev: The device, which need not have been handed over
 *
 * Context: May sleep.
 */
void iommu_liveupdate_released(struct device *dev)
{
	if (!dev->iommu->incoming)
		return;
	release(dev, dev->iommu->incoming);
	iommu_liveupdate_put_record(dev);
}

/**
 * iommu_restored_devices - How many devices are attached to their restored domains
 *
 * Context: May sleep.
 * Return: their number.
 */
u32 iommu_restored_devices(void)
{
	struct iommu_incoming *in;
	u32 count = 0;

	guard(mutex)(&restore_lock);
	in = iommu_liveupdate_incoming();
	for (u32 i = 0; in && i < in->count[IOMMU_DEVICES]; i++)
		count += in->devices[i].state == IOMMU_DEVICE_RESTORED;
	return count;
}

/**
 * iommu_restore_end - Have no device look for its record any more
 * @in: What the previous kernel has handed over
 *
 * Context: May sleep.
 * Return: false if any device that can be attached was not, or any that has a record
 * was not released. Nothing has changed then.
 */
bool iommu_restore_end(const struct iommu_incoming *in)
{
	const struct iommu_liveupdate_device *device;

	guard(mutex)(&restore_lock);
	for (u32 i = 0; i < in->count[IOMMU_DEVICES]; i++) {
		device = &in->devices[i];
		/* A group may be owned by a record that is lost. */
		if (uses_domain(device) || device->found)
			return false;
	}
	iommu_liveupdate_set_incoming(NULL);
	return true;
}
