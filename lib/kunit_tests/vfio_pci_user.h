/* SPDX-License-Identifier: GPL-2.0-only */
/* What user space does with a PCI device of VFIO, by its file. */

#ifndef _LIB_KUNIT_TESTS_VFIO_PCI_USER_H
#define _LIB_KUNIT_TESTS_VFIO_PCI_USER_H

#include <linux/types.h>

struct file;
struct iommu_core_device;
struct iommufd_guest;
struct kunit;
struct vfio_pci_core_device;

/* Where capabilities are in configuration space, each of which VFIO knows */
#define VFIO_PCI_USER_EXPRESS	0x40
#define VFIO_PCI_USER_PM	0x80
#define VFIO_PCI_USER_MSI	0x90
#define VFIO_PCI_USER_MSIX	0xb0
#define VFIO_PCI_USER_AF	0xc0
#define VFIO_PCI_USER_VENDOR	0xd0

/**
 * struct vfio_pci_user - A device of vfio-pci, whose file is open
 * @guest: The guest that it is for.
 * @device: The device.
 * @vdev: What VFIO has for it.
 * @file: The file, NULL once it is closed.
 * @id: Object ID of the device in the iommufd that it is bound to.
 */
struct vfio_pci_user {
	struct iommufd_guest *guest;
	struct iommu_core_device *device;
	struct vfio_pci_core_device *vdev;
	struct file *file;
	u32 id;
};

struct vfio_pci_user *vfio_pci_user_open(struct iommufd_guest *guest,
					 struct iommu_core_device *device);
struct file *vfio_pci_user_open_again(struct vfio_pci_user *user);
void vfio_pci_user_close(struct vfio_pci_user *user);
struct vfio_pci_user *vfio_pci_user_start(struct kunit *test);

int vfio_pci_user_bind(struct vfio_pci_user *user);
int vfio_pci_user_attach(struct vfio_pci_user *user, u32 pt_id);
int vfio_pci_user_detach(struct vfio_pci_user *user);
int vfio_pci_user_reset(struct vfio_pci_user *user);
int vfio_pci_user_set_irqs(struct vfio_pci_user *user);
int vfio_pci_user_feature(struct vfio_pci_user *user, u32 feature);
int vfio_pci_user_probe_feature(struct vfio_pci_user *user, u32 feature);

int vfio_pci_user_read_config(struct vfio_pci_user *user, unsigned int offset, void *buf,
			      size_t size);
int vfio_pci_user_write_config(struct vfio_pci_user *user, unsigned int offset,
			       const void *buf, size_t size);
int vfio_pci_user_set_master(struct vfio_pci_user *user, bool enable);
bool vfio_pci_user_is_master(struct vfio_pci_user *user);
void vfio_pci_user_expect_dma(struct vfio_pci_user *user);

int vfio_pci_user_preserve(struct vfio_pci_user *user, struct file *session);
void vfio_pci_user_preserve_guest(struct vfio_pci_user *user, struct file *session);
void vfio_pci_user_preserve_all(struct vfio_pci_user *user, struct file *session);
void vfio_pci_user_kexec(struct vfio_pci_user *user);

#endif /* _LIB_KUNIT_TESTS_VFIO_PCI_USER_H */
