/* SPDX-License-Identifier: GPL-2.0-only */

/**
 * DOC: VFIO PCI Live Update ABI
 *
 * What a kernel hands to its successor about one open file of a PCI device: which
 * device it is, and what its DMA belongs to. The translation of that DMA is in the
 * records of <linux/kho/abi/iommu.h>, and what user space knows of it in those of
 * <linux/kho/abi/iommufd.h>, both of which this names by numbers.
 *
 * This interface is a contract, like that of the IOMMUs, and by the same rules. The
 * layout of all of them is locked together: see drivers/iommu/liveupdate/abi_lock.c.
 * In a draft, the fingerprint tells whether a record is one of this kernel's own. From
 * the first release on, a change that an older kernel must not overlook is another
 * number in VFIO_PCI_LIVEUPDATE_COMPATIBLE.
 *
 * **Where it is.** One page for each file holds &struct vfio_pci_device_ser; the Live
 * Update Orchestrator keeps its address with the file.
 *
 * **Who writes when.** The page is allocated when the file is preserved. It is written
 * when user space is about to be frozen, and again if the update is tried again.
 *
 * **What is not in it.** The state of the device, which goes on as it is, but for its
 * interrupts: user space has disabled these before, and sets them up again.
 */

#ifndef _LINUX_KHO_ABI_VFIO_PCI_H
#define _LINUX_KHO_ABI_VFIO_PCI_H

#include <linux/kho/abi/iommu.h>
#include <linux/types.h>

/* The name of the file handler in LUO */
#define VFIO_PCI_LIVEUPDATE_COMPATIBLE	"vfio-pci-v1"

#define VFIO_PCI_ABI_MAGIC		0x756c696370766676ULL

/* Flags of a device: none so far */
#define VFIO_PCI_DEVICE_FLAGS_KNOWN	0

/**
 * struct vfio_pci_device_ser - A PCI device whose file is handed over
 * @magic: Tells a record from other memory. Range: VFIO_PCI_ABI_MAGIC
 * @fingerprint: Fingerprint of the layout of a draft.
 *               Range: IOMMU_ABI_FINGERPRINT; 0 from the first release on
 * @iommufd: Token, in the same session, of the iommufd that the device is bound to.
 *           Range: any
 * @owner: Who owns its DMA, by iommu_device_ser::owner. Range: 1 to U64_MAX
 * @flags: Range: bits of VFIO_PCI_DEVICE_FLAGS_KNOWN
 * @segment: PCI segment. Range: any
 * @rid: PCI requester ID. Range: 0 to IOMMU_PCI_RID_MAX
 * @vendor: Vendor ID in configuration space. Range: any
 * @device: Device ID in configuration space. Range: any
 * @subsystem_vendor: Vendor ID of the subsystem. Range: any
 * @subsystem_device: Device ID of the subsystem. Range: any
 * @reserved: Range: 0
 * @reserved2: Range: 0
 *
 * Alone in a page that is preserved as a folio of its own.
 */
struct vfio_pci_device_ser {
	u64 magic;
	u64 fingerprint;
	u64 iommufd;
	u64 owner;
	u32 flags;
	u32 segment;
	u32 rid;
	u16 vendor;
	u16 device;
	u16 subsystem_vendor;
	u16 subsystem_device;
	u32 reserved;
	u64 reserved2[4];
};

#endif /* _LINUX_KHO_ABI_VFIO_PCI_H */
