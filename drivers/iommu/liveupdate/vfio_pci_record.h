/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_VFIO_PCI_RECORD_H
#define __IOMMU_LIVEUPDATE_VFIO_PCI_RECORD_H

#include <linux/iommu-liveupdate.h>
#include <linux/kho/abi/vfio_pci.h>

/**
 * struct vfio_pci_record - A PCI device whose file is handed over
 * @iommufd: Token of the iommufd that it is bound to.
 * @owner: Number of its owner, see iommufd_device_preserve().
 * @segment: PCI segment.
 * @rid: PCI requester ID.
 * @vendor: Vendor ID.
 * @device: Device ID.
 * @subsystem_vendor: Vendor ID of the subsystem.
 * @subsystem_device: Device ID of the subsystem.
 */
struct vfio_pci_record {
	u64 iommufd;
	u64 owner;
	u32 segment;
	u16 rid;
	u16 vendor;
	u16 device;
	u16 subsystem_vendor;
	u16 subsystem_device;
};

struct vfio_pci_device_ser *vfio_pci_record_alloc(void);
void vfio_pci_record_free(struct vfio_pci_device_ser *ser);
u64 vfio_pci_record_write(struct vfio_pci_device_ser *ser,
			  const struct vfio_pci_record *record);
int vfio_pci_record_read(struct vfio_pci_record *record, u64 ser_pa,
			 struct iommu_record_error *error);

#endif
