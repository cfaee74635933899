// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Devices of a preserved iommufd
 *
 * Whoever has bound a device to an iommufd preserves it there with its own file: that
 * it is attached to a preserved HWPT, and that its DMA is owned. Only iommufd knows
 * both.
 *
 * Happy path: iommufd_device_preserve(), after the iommufd was preserved in the same
 * session, and iommufd_device_unpreserve() before it is unpreserved. In between the
 * device stays attached to what it is attached to.
 *
 * Unhappy paths:
 *
 * * The device cannot be preserved: an errno and a line in the log say why, and nothing
 *   has changed.
 * * The attachment of a preserved device is to be changed: -EBUSY. It cannot be
 *   refused to detach a device; whoever has bound it asks
 *   iommufd_device_is_preserved() first, and otherwise the device stays attached.
 *
 * Only the attachment without a PASID is preserved. A device with any other is refused,
 * as its DMA with that PASID would end, and user space could not know.
 */

#define dev_fmt(fmt) "iommufd: liveupdate: " fmt

#include <linux/device.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/iommu-liveupdate.h>
#include <linux/iommufd.h>
#include <linux/liveupdate.h>
#include <linux/slab.h>

#include "iommufd_private.h"
#include "liveupdate_preserved.h"

static int refuse(struct iommufd_device *idev, int err, const char *reason)
{
	dev_warn(idev->dev, "cannot be preserved: %s (%pe)\n", reason, ERR_PTR(err));
	return err;
}

/* The HWPT that the device is attached to, or why it cannot be preserved */
static struct iommufd_preserved_hwpt *find_hwpt(struct iommufd_device *idev)
{
	struct iommufd_group *igroup = idev->igroup;
	unsigned long pasid = IOMMU_NO_PASID;
	struct iommufd_hwpt_paging *hwpt_paging;
	struct iommufd_attach *attach;

	if (xa_find_after(&igroup->pasid_attach, &pasid, UINT_MAX, XA_PRESENT))
		return ERR_PTR(refuse(idev, -EOPNOTSUPP, "a PASID of it is attached"));
	attach = xa_load(&igroup->pasid_attach, IOMMU_NO_PASID);
	if (!attach)
		return ERR_PTR(refuse(idev, -ENOENT, "it is not attached"));
	if (attach->hwpt->obj.type == IOMMUFD_OBJ_HWPT_PAGING) {
		hwpt_paging = to_hwpt_paging(attach->hwpt);
		if (hwpt_paging->liveupdate.preserved)
			return hwpt_paging->liveupdate.preserved;
	}
	return ERR_PTR(refuse(idev, -EINVAL, "its HWPT is not preserved"));
}

static int hand_over_device(struct iommufd_preserved *preserved,
			    struct iommufd_preserved_hwpt *hwpt,
			    struct iommufd_preserved_device *device)
{
	struct device *dev = device->idev->dev;
	int ret;

	ret = iommu_preserve_device(hwpt->hwpt_paging->common.domain, dev,
				    &device->record.owner);
	if (ret)
		return ret;
	ret = iommufd_outgoing_add_device(&preserved->out, &device->record);
	if (ret)
		iommu_unpreserve_device(dev);
	return ret;
}

static int preserve(struct iommufd_device *idev, u64 *owner)
{
	struct iommufd_preserved *preserved = idev->ictx->liveupdate.preserved;
	struct iommufd_preserved_device *device;
	struct iommufd_preserved_hwpt *hwpt;
	int ret;

	guard(mutex)(&idev->igroup->lock);
	if (idev->igroup->liveupdate.preserved)
		return refuse(idev, -EBUSY, "it is preserved");
	hwpt = find_hwpt(idev);
	if (IS_ERR(hwpt))
		return PTR_ERR(hwpt);
	device = kzalloc_obj(*device);
	if (!device)
		return -ENOMEM;
	device->idev = idev;
	device->record.hwpt = &hwpt->record;
	ret = hand_over_device(preserved, hwpt, device);
	if (ret) {
		kfree(device);
		return ret;
	}
	idev->igroup->liveupdate.preserved = device;
	*owner = device->record.owner;
	return 0;
}

/**
 * iommufd_device_preserve - Preserve a device and its attachment
 * @idev: The device
 * @file_set: The files of the session that the caller's file is in
 * @token: Set to the token of the iommufd in this session
 * @owner: Set to the number of the owner of the device's DMA in what is handed over
 *
 * For who has bound the device, to be recorded with its own file.
 *
 * Context: May sleep. By the preserve operation of a file handler.
 * Return: 0, or nothing has changed and
 *
 * * -ENOENT: the session has not preserved the iommufd, or the device is not attached.
 * * -EOPNOTSUPP: a PASID of the device is attached, or see iommu_preserve_device().
 * * -EINVAL: the HWPT that the device is attached to is not preserved.
 * * -EBUSY: the device is preserved.
 * * -ENODEV, -ENOSPC, -ENOMEM and others: see iommu_preserve_device().
 */
int iommufd_device_preserve(struct iommufd_device *idev, struct luo_file_set *file_set,
			    u64 *token, u64 *owner)
{
	struct iommufd_ctx *ictx = idev->ictx;
	int ret;

	guard(mutex)(&ictx->liveupdate.lock);
	ret = liveupdate_get_token_outgoing(file_set, ictx->file, token);
	if (ret)
		return refuse(idev, ret, "its iommufd is not, in this session");
	return preserve(idev, owner);
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_preserve, "IOMMUFD");

/**
 * iommufd_device_unpreserve - Undo iommufd_device_preserve()
 * @idev: The device, which is preserved
 *
 * Context: May sleep.
 */
void iommufd_device_unpreserve(struct iommufd_device *idev)
{
	struct iommufd_ctx *ictx = idev->ictx;
	struct iommufd_preserved_device *device;

	guard(mutex)(&ictx->liveupdate.lock);
	guard(mutex)(&idev->igroup->lock);
	device = idev->igroup->liveupdate.preserved;
	if (WARN_ON_ONCE(!device))
		return;
	iommufd_outgoing_remove_device(&ictx->liveupdate.preserved->out, &device->record);
	iommu_unpreserve_device(idev->dev);
	idev->igroup->liveupdate.preserved = NULL;
	kfree(device);
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_unpreserve, "IOMMUFD");

/**
 * iommufd_device_is_preserved - Whether a device has to stay attached
 * @idev: The device
 *
 * Context: May sleep. The caller makes sure that the device is not being preserved or
 * unpreserved.
 * Return: true if it is preserved.
 */
bool iommufd_device_is_preserved(struct iommufd_device *idev)
{
	guard(mutex)(&idev->igroup->lock);
	return idev->igroup->liveupdate.preserved;
}
EXPORT_SYMBOL_NS_GPL(iommufd_device_is_preserved, "IOMMUFD");

/**
 * iommufd_group_liveupdate_check - Whether attachments of a group may change
 * @igroup: The group
 *
 * Context: The lock of the group is held.
 * Return: 0, or -EBUSY if its device is preserved.
 */
int iommufd_group_liveupdate_check(struct iommufd_group *igroup)
{
	lockdep_assert_held(&igroup->lock);
	return igroup->liveupdate.preserved ? -EBUSY : 0;
}
