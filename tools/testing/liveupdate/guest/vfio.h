/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUEST_VFIO_H
#define GUEST_VFIO_H

#include <linux/types.h>

/**
 * struct vfio_device - A PCI device in the hands of user space
 * @address: as in sysfs
 * @fd: the vfio device
 * @id: ID of the device in the iommufd
 * @ioas: ID of its I/O address space
 * @page_table: ID of its page table
 * @interrupt: event that its interrupt is told by
 */
struct vfio_device {
	char address[16];
	int fd;
	__u32 id;
	__u32 ioas;
	__u32 page_table;
	int interrupt;
};

int iommufd_open(void);
int vfio_open(struct vfio_device *device);
int vfio_attach(struct vfio_device *device, int iommufd);
int vfio_forbid_large_pages(const struct vfio_device *device, int iommufd);
int vfio_map(const struct vfio_device *device, int iommufd, int memfd, __u64 size, __u64 iova);
int vfio_enable(const struct vfio_device *device);
int vfio_has_interrupt(const struct vfio_device *device);
int vfio_set_interrupt(const struct vfio_device *device, __u32 index, int event);
int vfio_enable_interrupt(struct vfio_device *device);
int vfio_disable_interrupt(const struct vfio_device *device);
int iommufd_mark(int iommufd, __u32 page_table, __u64 token, __u32 flags);

#endif /* GUEST_VFIO_H */
