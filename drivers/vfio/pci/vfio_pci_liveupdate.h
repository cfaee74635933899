/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __VFIO_PCI_LIVEUPDATE_H
#define __VFIO_PCI_LIVEUPDATE_H

#include <linux/vfio_pci_core.h>

#ifdef CONFIG_VFIO_PCI_LIVEUPDATE

void vfio_pci_liveupdate_init_dev(struct vfio_pci_core_device *vdev);
int vfio_pci_liveupdate_init(const struct vfio_device_ops *ops);
void vfio_pci_liveupdate_exit(void);

/* What user space does, refused if it would change what the next kernel relies on */
long vfio_pci_liveupdate_ioctl(struct vfio_device *core_vdev, unsigned int cmd,
			       unsigned long arg);
int vfio_pci_liveupdate_feature(struct vfio_device *core_vdev, u32 flags,
				void __user *arg, size_t argsz);
ssize_t vfio_pci_liveupdate_write(struct vfio_device *core_vdev, const char __user *buf,
				  size_t count, loff_t *ppos);
int vfio_pci_liveupdate_sriov_configure(struct vfio_pci_core_device *vdev, int nr_virtfn);

/**
 * vfio_pci_liveupdate_check_reset - Whether a set of devices may be reset
 * @dev_set: The devices, some of which may have other drivers
 *
 * Context: The lock of @dev_set is held.
 * Return: 0, or -EBUSY if one of them is preserved.
 */
static inline int vfio_pci_liveupdate_check_reset(struct vfio_device_set *dev_set)
{
	struct vfio_pci_core_device *vdev;

	lockdep_assert_held(&dev_set->lock);
	list_for_each_entry(vdev, &dev_set->device_list, vdev.dev_set_list) {
		if (vdev->preserved)
			return -EBUSY;
	}
	return 0;
}

#if IS_ENABLED(CONFIG_KUNIT)
extern struct liveupdate_file_handler vfio_pci_liveupdate_handler;
void vfio_pci_liveupdate_forget(struct vfio_pci_core_device *vdev);
u64 vfio_pci_liveupdate_address(struct vfio_pci_core_device *vdev);
#endif

#else

#define vfio_pci_liveupdate_ioctl	vfio_pci_core_ioctl
#define vfio_pci_liveupdate_feature	vfio_pci_core_ioctl_feature
#define vfio_pci_liveupdate_write	vfio_pci_core_write
#define vfio_pci_liveupdate_sriov_configure	vfio_pci_core_sriov_configure

static inline void vfio_pci_liveupdate_init_dev(struct vfio_pci_core_device *vdev) { }
static inline void vfio_pci_liveupdate_exit(void) { }

static inline int vfio_pci_liveupdate_init(const struct vfio_device_ops *ops)
{
	return 0;
}

static inline int vfio_pci_liveupdate_check_reset(struct vfio_device_set *dev_set)
{
	return 0;
}

#endif /* CONFIG_VFIO_PCI_LIVEUPDATE */

#endif
