// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Devices and domain IDs of an adopted VT-d unit
 *
 * Between the adoption of a unit and the first attach of a device, the device does
 * DMA by entries that this kernel has not written, with a domain ID that no domain
 * of this kernel has. The ID is taken in intel_iommu::domain_ida all the time, so
 * that no other domain can get it.
 *
 * Happy path: intel_attach_device() does what attaching means for the driver, apart
 * from writing entries. The first device of a domain gives the domain its ID, the
 * others share it. After it the device is like any other, and the ID goes when the
 * last device has gone, be it attached or not.
 *
 * Unhappy paths:
 *
 * * Attaching fails: all is as it was before, and DMA goes on.
 * * The device is released, or its probe fails, before it was attached:
 *   intel_release_device() clears its entry and waits until the hardware has
 *   forgotten it. Its tables stay with KHO.
 */

#define pr_fmt(fmt)	"DMAR: " fmt

#include <linux/slab.h>

#include "../liveupdate/pages.h"
#include "liveupdate.h"

static u16 requester_id(const struct device_domain_info *info)
{
	return PCI_DEVID(info->bus, info->devfn);
}

/**
 * intel_flush_all - Make a unit forget all entries
 * @iommu: The unit
 *
 * Context: Any. The driver can invalidate.
 */
void intel_flush_all(struct intel_iommu *iommu)
{
	iommu->flush.flush_context(iommu, 0, 0, 0, DMA_CCMD_GLOBAL_INVL);
	if (sm_supported(iommu))
		qi_flush_pasid_cache(iommu, 0, QI_PC_GLOBAL, 0);
	iommu->flush.flush_iotlb(iommu, 0, 0, 0, DMA_TLB_GLOBAL_FLUSH);
}

/**
 * intel_reserve_domain_id - Take a domain ID for one more adopted device
 * @iommu: The unit
 * @domain_id: Domain ID, below intel_iommu::max_domain_id
 *
 * Context: May sleep, intel_iommu::did_lock is held.
 * Return: 0, -EINVAL if a domain of this kernel has it, -ENOMEM.
 */
int intel_reserve_domain_id(struct intel_iommu *iommu, u16 domain_id)
{
	struct intel_adopted_id *id;
	int ret;

	lockdep_assert_held(&iommu->did_lock);
	id = xa_load(&iommu->adopted->ids, domain_id);
	if (id) {
		id->users++;
		return 0;
	}
	id = kzalloc_obj(*id);
	if (!id)
		return -ENOMEM;
	id->users = 1;
	ret = ida_alloc_range(&iommu->domain_ida, domain_id, domain_id, GFP_KERNEL);
	if (ret < 0) {
		ret = ret == -ENOSPC ? -EINVAL : ret;
		goto err_free;
	}
	ret = xa_insert(&iommu->adopted->ids, domain_id, id, GFP_KERNEL);
	if (ret)
		goto err_free_id;
	return 0;

err_free_id:
	ida_free(&iommu->domain_ida, domain_id);
err_free:
	kfree(id);
	return ret;
}

static void put_id(struct intel_iommu *iommu, u16 domain_id,
		   struct intel_adopted_id *id)
{
	if (id->users || id->attached)
		return;
	xa_erase(&iommu->adopted->ids, domain_id);
	ida_free(&iommu->domain_ida, domain_id);
	kfree(id);
}

/**
 * intel_release_domain_id - Undo intel_reserve_domain_id()
 * @iommu: The unit
 * @domain_id: Domain ID
 *
 * Context: May sleep, intel_iommu::did_lock is held.
 */
void intel_release_domain_id(struct intel_iommu *iommu, u16 domain_id)
{
	struct intel_adopted_id *id = xa_load(&iommu->adopted->ids, domain_id);

	lockdep_assert_held(&iommu->did_lock);
	id->users--;
	put_id(iommu, domain_id, id);
}

/**
 * intel_liveupdate_put_id - A domain does not need its domain ID any more
 * @iommu: The unit
 * @domain_id: Domain ID
 *
 * Context: intel_iommu::did_lock is held.
 * Return: false if the driver has to free the ID, as it has no other user.
 */
bool intel_liveupdate_put_id(struct intel_iommu *iommu, u16 domain_id)
{
	struct intel_adopted_id *id;

	id = iommu->adopted ? xa_load(&iommu->adopted->ids, domain_id) : NULL;
	if (!id)
		return false;
	id->attached = false;
	put_id(iommu, domain_id, id);
	return true;
}

/**
 * intel_alloc_domain - iommu_liveupdate_ops::alloc_domain of VT-d
 * @dev: A device that will be attached
 * @domain: What the previous kernel says of the domain
 *
 * Context: May sleep.
 * Return: the domain, or an ERR_PTR() of -EOPNOTSUPP or -ENOMEM.
 */
struct iommu_domain *intel_alloc_domain(struct device *dev,
					const struct iommu_liveupdate_domain *domain)
{
	bool first_stage = domain->table.format == IOMMU_PT_FORMAT_X86_64;

	if (!first_stage && domain->table.format != IOMMU_PT_FORMAT_VTDSS)
		return ERR_PTR(-EOPNOTSUPP);
	return intel_iommu_domain_alloc_stage(dev, first_stage);
}

/* Give a domain its ID at a unit, or count one more device with it. */
static int attach_id(struct intel_iommu *iommu, struct dmar_domain *domain,
		     u16 domain_id)
{
	struct iommu_domain_info *info = xa_load(&domain->iommu_array, iommu->seq_id);
	struct intel_adopted_id *id = xa_load(&iommu->adopted->ids, domain_id);
	int ret;

	if (info) {
		if (info->did != domain_id)
			return -EBUSY;
		info->refcnt++;
		return 0;
	}
	if (id->attached)
		return -EBUSY;
	info = kzalloc_obj(*info);
	if (!info)
		return -ENOMEM;
	info->refcnt = 1;
	info->did = domain_id;
	info->iommu = iommu;
	ret = xa_insert(&domain->iommu_array, iommu->seq_id, info, GFP_KERNEL);
	if (ret) {
		kfree(info);
		return ret;
	}
	id->attached = true;
	return 0;
}

static void link_device(struct dmar_domain *domain, struct device_domain_info *info)
{
	info->domain = domain;
	info->domain_attached = true;
	guard(spinlock_irqsave)(&domain->lock);
	list_add(&info->link, &domain->devices);
}

static void unlink_device(struct dmar_domain *domain, struct device_domain_info *info)
{
	info->domain = NULL;
	info->domain_attached = false;
	guard(spinlock_irqsave)(&domain->lock);
	list_del(&info->link);
}

/**
 * intel_adopted_device - A device that was taken over and is not attached
 * @iommu: The unit
 * @rid: Requester ID
 *
 * Context: Any. The caller knows that nobody attaches or releases it meanwhile.
 * Return: the device, or NULL.
 */
struct intel_adopted_device *intel_adopted_device(struct intel_iommu *iommu, u16 rid)
{
	return iommu->adopted ? xa_load(&iommu->adopted->devices, rid) : NULL;
}

static void clear_context(struct intel_iommu *iommu, u16 rid)
{
	struct context_entry *context;

	context = intel_live_context(iommu, rid, sm_supported(iommu));
	context_clear_present(context);
	__iommu_flush_cache(iommu, context, sizeof(*context));
	intel_flush_all(iommu);
	context_clear_entry(context);
	__iommu_flush_cache(iommu, context, sizeof(*context));
}

/* The tables of the device remain, for the domain that comes next. */
static void clear_pasid_entry(struct intel_iommu *iommu, u16 rid)
{
	struct pasid_entry *entry;

	entry = intel_live_pasid_entry(intel_live_context(iommu, rid, true));
	pasid_clear_present(entry);
	__iommu_flush_cache(iommu, entry, sizeof(*entry));
	intel_flush_all(iommu);
	pasid_clear_entry(entry);
	__iommu_flush_cache(iommu, entry, sizeof(*entry));
}

/* From here on nothing of it is special. */
static void forget_device(struct intel_iommu *iommu, u16 rid)
{
	struct intel_adopted_device *device;

	guard(mutex)(&iommu->did_lock);
	device = xa_erase(&iommu->adopted->devices, rid);
	intel_release_domain_id(iommu, device->domain_id);
	kfree(device);
}

/*
 * Until now the PASID directory and the PASID table are KHO's, so that they stay
 * where they are if the device goes.
 */
static int restore_pasid_tables(struct intel_iommu *iommu, u16 rid)
{
	struct pasid_dir_entry *directory = intel_adopted_device(iommu, rid)->directory;
	void *page;

	if (!directory)
		return 0;
	page = iommu_pages_restore(virt_to_phys(directory), SZ_4K);
	if (IS_ERR(page))
		return PTR_ERR(page);
	page = iommu_pages_restore(directory[0].val & VTD_PAGE_MASK, SZ_4K);
	return PTR_ERR_OR_ZERO(page);
}

/**
 * intel_release_requester - Cut off an adopted device that was not attached
 * @iommu: The unit
 * @rid: Requester ID
 *
 * Does nothing for any other requester.
 *
 * Context: May sleep.
 * Return: true if it was one.
 */
bool intel_release_requester(struct intel_iommu *iommu, u16 rid)
{
	if (!intel_adopted_device(iommu, rid))
		return false;
	pr_warn("%s: requester %04x loses its DMA, as it goes unattached\n",
		iommu->name, rid);
	clear_context(iommu, rid);
	forget_device(iommu, rid);
	return true;
}

/**
 * intel_release_device - iommu_liveupdate_ops::release_device of VT-d
 * @dev: The device
 *
 * Context: May sleep.
 */
void intel_release_device(struct device *dev)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);

	if (!intel_release_requester(info->iommu, requester_id(info)))
		return;
	kfree(info->pasid_table);
	info->pasid_table = NULL;
}

/**
 * intel_liveupdate_block - The driver attaches a device to something else
 * @dev: The device
 *
 * An adopted device that was not attached loses its DMA. It is like any device that
 * is blocked then.
 *
 * Context: May sleep.
 */
void intel_liveupdate_block(struct device *dev)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);
	struct intel_iommu *iommu = info->iommu;
	u16 rid = requester_id(info);

	if (!intel_adopted_device(iommu, rid))
		return;
	if (!info->pasid_table || restore_pasid_tables(iommu, rid)) {
		intel_release_device(dev);
		return;
	}
	dev_warn(dev, "loses its DMA, as it is attached to another domain\n");
	clear_pasid_entry(iommu, rid);
	forget_device(iommu, rid);
}

/**
 * intel_attach_device - iommu_liveupdate_ops::attach_device of VT-d
 * @dev: The device
 * @domain: Its domain, of intel_alloc_domain()
 * @attachment: As given to intel_adopt_attachment()
 *
 * Context: May sleep. The mutex of the device's group is held.
 * Return: 0, -ENOENT if the device was not adopted, -EBUSY if it is attached, or the
 * domain or the domain ID is in use otherwise, -ENOMEM.
 */
int intel_attach_device(struct device *dev, struct iommu_domain *domain,
			const struct iommu_liveupdate_attachment *attachment)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);
	struct dmar_domain *dmar_domain = to_dmar_domain(domain);
	struct intel_iommu *iommu = info->iommu;
	int ret;

	if (info->domain_attached)
		return -EBUSY;
	if (!intel_adopted_device(iommu, requester_id(info)))
		return -ENOENT;
	scoped_guard(mutex, &iommu->did_lock)
		ret = attach_id(iommu, dmar_domain, attachment->hardware_id);
	if (ret)
		return ret;
	link_device(dmar_domain, info);
	ret = cache_tag_assign_domain(dmar_domain, dev, IOMMU_NO_PASID);
	if (ret)
		goto err_unlink;
	ret = restore_pasid_tables(iommu, requester_id(info));
	if (ret)
		goto err_unassign;
	forget_device(iommu, requester_id(info));
	return 0;

err_unassign:
	cache_tag_unassign_domain(dmar_domain, dev, IOMMU_NO_PASID);
err_unlink:
	unlink_device(dmar_domain, info);
	domain_detach_iommu(dmar_domain, iommu);
	return ret;
}
