/* SPDX-License-Identifier: GPL-2.0-only */

/**
 * DOC: iommufd Live Update ABI
 *
 * What a kernel hands to its successor about one iommufd: the HWPTs that user space
 * has marked, by the tokens that it knows them by, and the devices that are attached
 * to these. What the IOMMUs have for them is in the records of <linux/kho/abi/iommu.h>,
 * which this names by numbers: a HWPT stands for a domain, a device for an owner.
 *
 * This interface is a contract, like that of the IOMMUs, and by the same rules. The
 * layout of both is locked together: see drivers/iommu/liveupdate/abi_lock.c. In a
 * draft, the fingerprint tells whether an image is one of this kernel's own. From the
 * first release on, a change that an older kernel must not overlook is another number
 * in IOMMUFD_LIVEUPDATE_COMPATIBLE, and so is a major version of the IOMMUs' records.
 *
 * **Where it is.** One page for each file holds &struct iommufd_header_ser; the Live
 * Update Orchestrator keeps its address with the file. It leads to two chains of
 * blocks (&struct kho_block_header_ser).
 *
 * **Who writes when.** The chains grow when the file, or a device, is preserved. The
 * records are written when user space is about to be frozen, and again if the update
 * is tried again.
 *
 * **What is not in it.** Mappings: they are in the page table of the domain, and what
 * they lead to is in the memfds of the same session. User space maps these anew, in
 * an IOAS that the next kernel knows, before it lets go of a HWPT.
 */

#ifndef _LINUX_KHO_ABI_IOMMUFD_H
#define _LINUX_KHO_ABI_IOMMUFD_H

#include <linux/bits.h>
#include <linux/kho/abi/iommu.h>
#include <linux/types.h>

/* The name of the file handler in LUO */
#define IOMMUFD_LIVEUPDATE_COMPATIBLE	"iommufd-v1"

#define IOMMUFD_ABI_MAGIC		0x756c64666d6d6f69ULL

/* The most records that an image may have */
#define IOMMUFD_ABI_MAX_HWPTS		65536
#define IOMMUFD_ABI_MAX_DEVICES		65536

/* Flags of the header and of devices: none so far */
#define IOMMUFD_ABI_FLAGS_KNOWN		0
#define IOMMUFD_DEVICE_FLAGS_KNOWN	0

/*
 * Flags of a HWPT.
 *
 * CACHE_COHERENCY: all DMA is coherent, whatever the device asks for.
 * PASID_COMPATIBLE: devices that use PASIDs may be attached.
 */
#define IOMMUFD_HWPT_CACHE_COHERENCY	BIT(0)
#define IOMMUFD_HWPT_PASID_COMPATIBLE	BIT(1)
#define IOMMUFD_HWPT_FLAGS_KNOWN	(BIT(2) - 1)

/**
 * struct iommufd_header_ser - What is handed over of an iommufd
 * @magic: Tells a header from other memory. Range: IOMMUFD_ABI_MAGIC
 * @fingerprint: Fingerprint of the layout of a draft.
 *               Range: IOMMU_ABI_FINGERPRINT; 0 from the first release on
 * @flags: Range: bits of IOMMUFD_ABI_FLAGS_KNOWN
 * @reserved: Range: 0
 * @hwpts: Records of &struct iommufd_hwpt_ser. Range: up to IOMMUFD_ABI_MAX_HWPTS
 * @devices: Records of &struct iommufd_device_ser.
 *           Range: up to IOMMUFD_ABI_MAX_DEVICES
 * @reserved2: Range: 0
 *
 * Alone in a page that is preserved as a folio of its own.
 */
struct iommufd_header_ser {
	u64 magic;
	u64 fingerprint;
	u32 flags;
	u32 reserved;
	struct iommu_chain_ser hwpts;
	struct iommu_chain_ser devices;
	u64 reserved2[4];
};

/**
 * struct iommufd_hwpt_ser - A HWPT that user space has marked
 * @token: What user space knows it by. Range: any, no two HWPTs have the same
 * @domain: Its domain, by iommu_domain_ser::id.
 *          Range: 1 to U64_MAX, no two HWPTs have the same
 * @flags: Range: bits of IOMMUFD_HWPT_FLAGS_KNOWN
 * @reserved: Range: 0
 * @reserved2: Range: 0
 */
struct iommufd_hwpt_ser {
	u64 token;
	u64 domain;
	u32 flags;
	u32 reserved;
	u64 reserved2;
};

/**
 * struct iommufd_device_ser - A device that is attached to a HWPT
 * @owner: Who owns its DMA, by iommu_device_ser::owner; if no device has that owner,
 *         it was unplugged. Range: 1 to U64_MAX, no two devices have the same
 * @hwpt: Index of the HWPT. Range: below the number of HWPTs
 * @pasid: Range: IOMMU_ATTACHMENT_NO_PASID; 0 to IOMMU_PASID_MAX is set aside for
 *         single PASIDs
 * @flags: Range: bits of IOMMUFD_DEVICE_FLAGS_KNOWN
 * @reserved: Range: 0
 */
struct iommufd_device_ser {
	u64 owner;
	u32 hwpt;
	u32 pasid;
	u32 flags;
	u32 reserved;
};

#endif /* _LINUX_KHO_ABI_IOMMUFD_H */
