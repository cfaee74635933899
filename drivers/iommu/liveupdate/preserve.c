// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Preserving domains and devices
 *
 * Whoever preserves a file of user space says here which domains and which devices
 * the file stands for. All that is needed of the IOMMUs for that is found out from
 * there: a unit is preserved with the first of its devices, and as long as it has any.
 *
 * Happy path:
 *
 * 1. iommu_preserve_domain() for each domain, whose mappings cannot change any more.
 *    It is given a number, by which the records of other subsystems name it.
 * 2. iommu_preserve_device() for each device that is attached to one of these, by who
 *    owns its DMA. The owner is given a number, too.
 * 3. iommu_liveupdate_freeze() writes the records.
 *
 * Unhappy paths:
 *
 * * Something cannot be preserved: an errno and a line in the log say why, and nothing
 *   has changed.
 * * User space changes its mind: the same is undone in reverse order. After it the
 *   domain and the device are as before.
 * * The update is cancelled after the records were written:
 *   iommu_liveupdate_unfreeze(). They are written again the next time.
 * * A preserved device is unplugged: it is dropped from what is handed over, even if
 *   that was written, and iommu_unpreserve_device() finds nothing to do.
 *
 * A preserved device stays as it is: the IOMMU core lets no other device into its
 * group, and attaches it to nothing else. PCI does not reset it, nor any bridge above.
 * Only taking a domain away cannot be refused; then the backend leaves the device out
 * when it switches over.
 */

#define pr_fmt(fmt)	"iommu: liveupdate: " fmt
#define dev_fmt(fmt)	"liveupdate: " fmt

#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/generic_pt/iommu.h>
#include <linux/iommu.h>
#include <linux/mutex.h>
#include <linux/pci-liveupdate.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "../iommu-priv.h"
#include "blackout.h"
#include "faults.h"
#include "flb.h"
#include "hooks.h"
#include "kept.h"
#include "pci_function.h"
#include "pci_path.h"
#include "preserve.h"
#include "serialize.h"

/**
 * struct preserved_domain - A domain that is preserved
 * @description: What is handed over of it.
 * @table: Its page table.
 */
struct preserved_domain {
	struct iommu_liveupdate_domain description;
	struct pt_iommu *table;
};

/**
 * struct preserved_unit - A unit that is preserved
 * @description: What is handed over of it, by the backend.
 * @ops: The backend.
 *
 * It goes when no preserved device points to the description any more.
 */
struct preserved_unit {
	struct iommu_liveupdate_unit *description;
	const struct iommu_liveupdate_ops *ops;
};

/**
 * struct preserved_device - A device that is preserved
 * @description: What is handed over of it.
 * @attachment: What is handed over of its attachment.
 * @ops: The backend.
 * @dev: The device.
 */
struct preserved_device {
	struct iommu_liveupdate_device description;
	struct iommu_liveupdate_attachment attachment;
	const struct iommu_liveupdate_ops *ops;
	struct device *dev;
};

/* Protects all below, and what is handed over. Nests in the mutex of a group. */
static DEFINE_MUTEX(preserve_lock);

/* The above by the address of what they preserve */
static DEFINE_XARRAY(preserved_domains);
static DEFINE_XARRAY(preserved_units);

/* Numbers are not used again, not even in another update. */
static u64 last_domain_id;
static u64 last_owner_id;

static struct preserved_device *to_preserved(struct iommu_liveupdate_device *device)
{
	return container_of(device, struct preserved_device, description);
}

/* What was written would name memory that is not preserved any more. */
static void write_again(struct iommu_outgoing *out)
{
	if (iommu_liveupdate_is_written())
		iommu_outgoing_write(out);
}

/* Domains */

static int check_domain(const struct iommu_domain *domain)
{
	if (domain->type != IOMMU_DOMAIN_UNMANAGED) {
		pr_warn("a domain of type %#x cannot be preserved\n", domain->type);
		return -EOPNOTSUPP;
	}
	if (!domain->is_iommupt || !domain->owner->liveupdate) {
		pr_warn("the driver cannot preserve its domains\n");
		return -EOPNOTSUPP;
	}
	return 0;
}

static void describe_domain(struct preserved_domain *preserved,
			    struct iommu_domain *domain)
{
	const struct iommu_liveupdate_ops *ops = domain->owner->liveupdate;
	struct iommu_liveupdate_domain *description = &preserved->description;

	description->vendor = ops->records;
	description->id = last_domain_id + 1;
	description->pgsize_bitmap = domain->pgsize_bitmap;
	description->aperture_start = domain->geometry.aperture_start;
	description->aperture_last = domain->geometry.aperture_end;
	if (ops->describe_domain)
		ops->describe_domain(domain, description);
}

static int preserve_domain(struct iommu_outgoing *out, struct iommu_domain *domain)
{
	struct pt_iommu *table = iommupt_from_domain(domain);
	struct preserved_domain *preserved;
	int ret;

	preserved = kzalloc_obj(*preserved);
	if (!preserved)
		return -ENOMEM;
	preserved->table = table;
	ret = xa_insert(&preserved_domains, (unsigned long)domain, preserved, GFP_KERNEL);
	if (ret)
		goto err_free;
	ret = table->ops->liveupdate->preserve(table, &preserved->description.table);
	if (ret)
		goto err_erase;
	describe_domain(preserved, domain);
	ret = iommu_outgoing_add_domain(out, &preserved->description);
	if (ret)
		goto err_unpreserve;
	last_domain_id++;
	return 0;

err_unpreserve:
	table->ops->liveupdate->unpreserve(table);
err_erase:
	xa_erase(&preserved_domains, (unsigned long)domain);
err_free:
	kfree(preserved);
	return ret;
}

/**
 * iommu_preserve_domain - Preserve a domain for the next kernel
 * @domain: The domain. Nobody maps or unmaps anything in it, until it is unpreserved
 * @id: Number of the domain in what is handed over, not 0
 *
 * The memory that the domain maps is not preserved by this.
 *
 * Context: May sleep. By an operation of a file handler with which
 * iommu_liveupdate_register_flb() was called, or while one of its files is preserved.
 * Return: 0, or nothing has changed and
 *
 * * -EOPNOTSUPP: it is no unmanaged paging domain, its driver has no backend, or live
 *   update is off.
 * * -EBUSY: it is preserved.
 * * -ENOENT: no file is preserved that depends on the IOMMUs.
 * * -EINVAL: the domain was handed over by the previous kernel, and is damaged.
 * * -ENOSPC: there are too many domains.
 * * -ENOMEM, or what KHO fails with.
 */
int iommu_preserve_domain(struct iommu_domain *domain, u64 *id)
{
	struct iommu_outgoing *out;
	int ret;

	ret = check_domain(domain);
	if (ret)
		return ret;
	out = iommu_flb_get_outgoing();
	if (IS_ERR(out))
		return PTR_ERR(out);
	scoped_guard(mutex, &preserve_lock) {
		ret = preserve_domain(out, domain);
		if (!ret)
			*id = last_domain_id;
	}
	iommu_flb_put_outgoing();
	return ret;
}
EXPORT_SYMBOL_GPL(iommu_preserve_domain);

static void unpreserve_domain(struct iommu_outgoing *out, struct iommu_domain *domain)
{
	struct preserved_domain *preserved;

	preserved = xa_load(&preserved_domains, (unsigned long)domain);
	if (!preserved || WARN_ON_ONCE(preserved->description.record.users))
		return;
	xa_erase(&preserved_domains, (unsigned long)domain);
	iommu_outgoing_remove_domain(out, &preserved->description);
	preserved->table->ops->liveupdate->unpreserve(preserved->table);
	kfree(preserved);
	write_again(out);
}

/**
 * iommu_unpreserve_domain - Undo iommu_preserve_domain()
 * @domain: The domain, no device of which is preserved. Nothing happens if it came
 *	from the previous kernel, and is gone with its last device
 *
 * Context: May sleep.
 */
void iommu_unpreserve_domain(struct iommu_domain *domain)
{
	struct iommu_outgoing *out = iommu_flb_get_outgoing();

	if (WARN_ON_ONCE(IS_ERR(out)))
		return;
	scoped_guard(mutex, &preserve_lock)
		unpreserve_domain(out, domain);
	iommu_flb_put_outgoing();
}
EXPORT_SYMBOL_GPL(iommu_unpreserve_domain);

/**
 * iommu_liveupdate_drop_domain - Do not hand a domain over that is about to go
 * @domain: The domain, preserved or not, no device of which is preserved
 *
 * Context: May sleep.
 */
void iommu_liveupdate_drop_domain(struct iommu_domain *domain)
{
	if (xa_load(&preserved_domains, (unsigned long)domain))
		iommu_unpreserve_domain(domain);
}

/* Units */

static struct preserved_unit *preserve_unit(struct iommu_outgoing *out,
					    struct iommu_device *iommu)
{
	struct preserved_unit *unit;
	int ret;

	unit = kzalloc_obj(*unit);
	if (!unit)
		return ERR_PTR(-ENOMEM);
	unit->ops = iommu->ops->liveupdate;
	ret = xa_insert(&preserved_units, (unsigned long)iommu, unit, GFP_KERNEL);
	if (ret)
		goto err_free;
	unit->description = unit->ops->preserve_unit(iommu);
	if (IS_ERR(unit->description)) {
		ret = PTR_ERR(unit->description);
		goto err_erase;
	}
	ret = iommu_outgoing_add_unit(out, unit->description);
	if (ret)
		goto err_unpreserve;
	return unit;

err_unpreserve:
	unit->ops->unpreserve_unit(unit->description);
err_erase:
	xa_erase(&preserved_units, (unsigned long)iommu);
err_free:
	kfree(unit);
	return ERR_PTR(ret);
}

/* The unit for one more device, which does not point to it yet */
static struct preserved_unit *get_unit(struct iommu_outgoing *out,
				       struct iommu_device *iommu)
{
	struct preserved_unit *unit = xa_load(&preserved_units, (unsigned long)iommu);

	return unit ?: preserve_unit(out, iommu);
}

static void put_unit(struct iommu_outgoing *out, struct iommu_device *iommu)
{
	struct preserved_unit *unit = xa_load(&preserved_units, (unsigned long)iommu);

	if (unit->description->record.users)
		return;
	xa_erase(&preserved_units, (unsigned long)iommu);
	iommu_outgoing_remove_unit(out, unit->description);
	unit->ops->unpreserve_unit(unit->description);
	kfree(unit);
}

/* Devices */

static void describe_device(struct preserved_device *preserved, struct device *dev,
			    struct iommu_liveupdate_unit *unit,
			    struct iommu_liveupdate_domain *domain)
{
	struct pci_dev *pdev = to_pci_dev(dev);

	preserved->dev = dev;
	preserved->ops = dev_iommu_ops(dev)->liveupdate;
	preserved->description = (struct iommu_liveupdate_device){
		.unit = unit,
		.owner = last_owner_id + 1,
		.type = IOMMU_DEVICE_TYPE_PCI,
		.segment = pci_domain_nr(pdev->bus),
		.rid = pci_dev_id(pdev),
	};
	if (preserved->ops->records->device_chain.entry_size)
		iommu_vendor_chain_init(&preserved->description.chain,
					&preserved->ops->records->device_chain);
	preserved->attachment = (struct iommu_liveupdate_attachment){
		.device = &preserved->description,
		.domain = domain,
		.pasid = IOMMU_ATTACHMENT_NO_PASID,
	};
}

static int add_device(struct iommu_outgoing *out, struct preserved_device *preserved)
{
	int ret;

	ret = preserved->ops->preserve_device(preserved->dev, &preserved->attachment);
	if (ret)
		return ret;
	ret = iommu_pci_path_describe(&preserved->description.path,
				      to_pci_dev(preserved->dev));
	if (ret)
		goto err_unpreserve;
	ret = iommu_outgoing_add_device(out, &preserved->description);
	if (ret)
		goto err_path;
	ret = iommu_outgoing_add_attachment(out, &preserved->attachment);
	if (ret)
		goto err_remove;
	return 0;

err_remove:
	iommu_outgoing_remove_device(out, &preserved->description);
err_path:
	iommu_pci_path_destroy(&preserved->description.path);
err_unpreserve:
	preserved->ops->unpreserve_device(&preserved->attachment);
	return ret;
}

static void remove_device(struct iommu_outgoing *out, struct preserved_device *preserved)
{
	iommu_outgoing_remove_attachment(out, &preserved->attachment);
	iommu_outgoing_remove_device(out, &preserved->description);
	iommu_pci_path_destroy(&preserved->description.path);
	preserved->ops->unpreserve_device(&preserved->attachment);
}

static int preserve_device(struct iommu_outgoing *out, struct preserved_domain *domain,
			   struct device *dev)
{
	struct iommu_device *iommu = dev->iommu->iommu_dev;
	struct preserved_device *preserved;
	struct preserved_unit *unit;
	int ret;

	preserved = kzalloc_obj(*preserved);
	if (!preserved)
		return -ENOMEM;
	unit = get_unit(out, iommu);
	if (IS_ERR(unit)) {
		ret = PTR_ERR(unit);
		goto err_free;
	}
	describe_device(preserved, dev, unit->description, &domain->description);
	ret = add_device(out, preserved);
	if (ret)
		goto err_unit;
	last_owner_id++;
	dev->iommu->preserved = &preserved->description;
	pci_liveupdate_hold(to_pci_dev(dev));
	return 0;

err_unit:
	put_unit(out, iommu);
err_free:
	kfree(preserved);
	return ret;
}

static int check_device(struct device *dev)
{
	if (dev->iommu->preserved)
		return -EBUSY;
	if (dev_is_pci(dev) && dev_iommu_ops(dev)->liveupdate)
		return 0;
	dev_warn(dev, "cannot be preserved: %s\n",
		 dev_is_pci(dev) ? "its IOMMU cannot" : "it is not on PCI");
	return -EOPNOTSUPP;
}

/**
 * iommu_liveupdate_preserve_device - Preserve a device and its attachment
 * @domain: The domain that the device is attached to
 * @dev: The device, which is alone in its group
 * @owner: Number of its owner in what is handed over, not 0
 *
 * The part of iommu_preserve_device() that does not depend on the group.
 *
 * Context: May sleep. The mutex of the group is held.
 * Return: See iommu_preserve_device().
 */
int iommu_liveupdate_preserve_device(struct iommu_domain *domain, struct device *dev,
				     u64 *owner)
{
	struct preserved_domain *preserved;
	struct iommu_outgoing *out;
	int ret;

	ret = check_device(dev);
	if (ret)
		return ret;
	out = iommu_flb_get_outgoing();
	if (IS_ERR(out))
		return PTR_ERR(out);
	scoped_guard(mutex, &preserve_lock) {
		preserved = xa_load(&preserved_domains, (unsigned long)domain);
		if (preserved)
			ret = preserve_device(out, preserved, dev);
		else
			ret = -EINVAL;
		if (!ret)
			*owner = last_owner_id;
	}
	iommu_flb_put_outgoing();
	if (!preserved)
		dev_warn(dev, "cannot be preserved: its domain is not\n");
	return ret;
}

/**
 * iommu_liveupdate_unpreserve_device - Undo iommu_liveupdate_preserve_device()
 * @dev: The device. Nothing happens if it is not preserved
 *
 * Context: May sleep. The mutex of the group is held.
 */
void iommu_liveupdate_unpreserve_device(struct device *dev)
{
	struct preserved_device *preserved;
	struct iommu_outgoing *out;

	if (!dev->iommu->preserved)
		return;
	preserved = to_preserved(dev->iommu->preserved);
	out = iommu_flb_get_outgoing();
	if (WARN_ON_ONCE(IS_ERR(out)))
		return;
	scoped_guard(mutex, &preserve_lock) {
		remove_device(out, preserved);
		put_unit(out, dev->iommu->iommu_dev);
		write_again(out);
	}
	dev->iommu->preserved = NULL;
	pci_liveupdate_unhold(to_pci_dev(dev));
	kfree(preserved);
	iommu_flb_put_outgoing();
}

/* All of it */

/* User space may have had PCI change something since a device was preserved. */
static void write_paths(struct iommu_outgoing *out)
{
	struct preserved_device *preserved;
	struct iommu_record *record;

	list_for_each_entry(record, &out->families[IOMMU_DEVICES].records, node) {
		preserved = to_preserved(to_device(record));
		iommu_pci_path_write(&preserved->description.path,
				     to_pci_dev(preserved->dev));
	}
}

/**
 * iommu_liveupdate_freeze - Write what is handed over
 *
 * May be called again, by each file for instance: everything is written each time.
 *
 * Context: May sleep. By an operation of a file handler with which
 * iommu_liveupdate_register_flb() was called. Nothing is preserved or unpreserved any
 * more, until all files are unfrozen.
 */
void iommu_liveupdate_freeze(void)
{
	struct iommu_outgoing *out;

	guard(iommu_blackout)(&iommu_blackout_freeze);
	out = iommu_flb_get_outgoing();
	if (WARN_ON_ONCE(IS_ERR(out)))
		return;
	/* A device that is unplugged from now on has the records written again. */
	scoped_guard(mutex, &preserve_lock) {
		write_paths(out);
		iommu_outgoing_write(out);
		iommu_liveupdate_damage(out);
		iommu_liveupdate_set_written(true);
	}
	iommu_flb_put_outgoing();
}
EXPORT_SYMBOL_GPL(iommu_liveupdate_freeze);

/**
 * iommu_liveupdate_unfreeze - Undo iommu_liveupdate_freeze()
 *
 * Context: Any. The update is cancelled, for all files.
 */
void iommu_liveupdate_unfreeze(void)
{
	iommu_liveupdate_set_written(false);
	iommu_blackout_forget(&iommu_blackout_freeze);
}
EXPORT_SYMBOL_GPL(iommu_liveupdate_unfreeze);

#if IS_ENABLED(CONFIG_KUNIT)
/* The kernel of a test ends: see iommu_liveupdate_forget(). */
void iommu_preserve_forget(struct iommu_outgoing *out)
{
	struct preserved_device *device;
	struct iommu_record *record, *next;
	unsigned long i;
	void *entry;

	if (!out->header)
		return;
	list_for_each_entry_safe(record, next, &out->families[IOMMU_DEVICES].records, node) {
		device = to_preserved(to_device(record));
		kho_block_set_forget(&device->description.path.functions);
		if (device->description.chain.count)
			kho_block_set_forget(&device->description.chain.blocks);
		device->dev->iommu->preserved = NULL;
		pci_liveupdate_unhold(to_pci_dev(device->dev));
		kfree(device);
	}
	for (int family = 0; family < IOMMU_NR_FAMILIES; family++)
		kho_block_set_forget(&out->families[family].blocks);
	xa_for_each(&preserved_domains, i, entry)
		kfree(entry);
	xa_destroy(&preserved_domains);
	xa_for_each(&preserved_units, i, entry)
		kfree(entry);
	xa_destroy(&preserved_units);
	out->header = NULL;
}
#endif
