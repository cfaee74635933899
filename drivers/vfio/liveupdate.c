// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Files of VFIO over a live update
 *
 * What a driver that preserves its devices needs to know of the file of one. Only VFIO
 * itself knows how a device was opened.
 *
 * Happy path: the file is that of a character device, and the device was bound to an
 * iommufd through it.
 *
 * Unhappy paths: the device was opened through its group, where no iommufd names it, or
 * it is not bound through this file. Either is refused, and nothing has changed.
 */

#include <linux/errno.h>
#include <linux/export.h>
#include <linux/fs.h>

#include "liveupdate.h"
#include "vfio.h"

/**
 * vfio_liveupdate_device - The device of a file
 * @file: The file, any
 *
 * Context: Any.
 * Return: the device, or NULL if it is not the file of one.
 */
struct vfio_device *vfio_liveupdate_device(struct file *file)
{
	struct vfio_device_file *df = file->private_data;

	return file->f_op == &vfio_device_fops ? df->device : NULL;
}
EXPORT_SYMBOL_GPL(vfio_liveupdate_device);

/**
 * vfio_liveupdate_check_file - Whether a file is one whose device can be preserved
 * @file: The file of a device
 *
 * Context: The lock of the device set is held.
 * Return: 0, or
 *
 * * -EOPNOTSUPP: the device was opened through its group.
 * * -ENOENT: the device is not bound to an iommufd through this file.
 */
int vfio_liveupdate_check_file(struct file *file)
{
	struct vfio_device_file *df = file->private_data;

	lockdep_assert_held(&df->device->dev_set->lock);
	if (df->group)
		return -EOPNOTSUPP;
	return df->access_granted ? 0 : -ENOENT;
}
EXPORT_SYMBOL_GPL(vfio_liveupdate_check_file);
