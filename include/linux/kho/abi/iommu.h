/* SPDX-License-Identifier: GPL-2.0-only */

/**
 * DOC: IOMMU Live Update ABI
 *
 * What a kernel hands to its successor about the IOMMUs: the units that stay
 * enabled, the domains whose page tables are kept, the devices whose DMA goes
 * on, and which domain each of these is attached to.
 *
 * This interface is a contract. It is written by one kernel and read by another,
 * which somebody else has built at another time from other sources. A number
 * never changes its meaning, and what it meant is never reused.
 *
 * **Where it is.** One page holds &struct iommu_header_ser. It leads to four
 * chains of blocks (&struct kho_block_header_ser), one for each family of records:
 * units, domains, devices, attachments. Records name each other by index into the
 * chain of the other family, beginning with 0. A unit or a device may have a
 * vendor chain of its own for what is of variable length. No two chains share a
 * block, and no block or table belongs to two records.
 *
 * **Who writes when.** When something is preserved, the chains grow, which can
 * fail. The records are written in one go when user space is about to be frozen,
 * which cannot fail; if the update is cancelled and tried again, they are written
 * again. From then on nothing changes them.
 *
 * **Who reads.** The next kernel, which trusts nothing: each member has a range,
 * which is given with it, and each address is looked up before it is followed.
 * What a failure costs depends on where it is. Without the header or one of the
 * four chains nothing can be taken over. With a bad unit, that unit and its
 * devices are lost; with a bad domain, the devices that are attached to it; with
 * a bad device or attachment, that device. All others are taken over. Memory of
 * what is lost stays with KHO.
 *
 * **Layout.** Members are u8, u16, u32, u64 and arrays of these, in the byte order
 * of the machine, naturally aligned, without holes. Reserved members and unknown
 * flags are written as zero and refused otherwise. Nothing depends on the
 * configuration except the number of records in a block, which follows from
 * KHO_BLOCK_SIZE.
 *
 * **How a change is made.** One version holds for the whole image, but not for
 * vendor areas: each backend numbers its own. While IOMMU_ABI_VERSION_MAJOR is 0
 * the interface is a draft: it may change at will, and a kernel reads the images of
 * its own draft only, which iommu_header_ser::fingerprint tells. From the first
 * release on,
 *
 * * a reserved member or a flag may get a meaning, a type or format another number.
 *   That is a new IOMMU_ABI_VERSION_MINOR. An older kernel refuses just the
 *   records that make use of it;
 * * what an older kernel must not overlook, though each record looks good to it, is
 *   a bit in iommu_header_ser::incompatible, and a new minor version as well;
 * * anything else is a new IOMMU_ABI_VERSION_MAJOR, which an older kernel refuses
 *   as a whole.
 *
 * The name of the whole, IOMMU_LIVEUPDATE_COMPATIBLE, never changes: a kernel that
 * does not find it shall know that nothing was handed over, not that it was
 * handed over by another version. The layout is locked: see
 * drivers/iommu/liveupdate/abi_lock.c.
 */

#ifndef _LINUX_KHO_ABI_IOMMU_H
#define _LINUX_KHO_ABI_IOMMU_H

#include <linux/bits.h>
#include <linux/types.h>

/* The name under which LUO keeps the address of the header */
#define IOMMU_LIVEUPDATE_COMPATIBLE	"iommu"

#define IOMMU_ABI_MAGIC			0x756c756d6d6f692eULL
#define IOMMU_ABI_VERSION_MAJOR		0
#define IOMMU_ABI_VERSION_MINOR		1

/* The most records that an image may have */
#define IOMMU_ABI_MAX_UNITS		4096
#define IOMMU_ABI_MAX_DOMAINS		65536
#define IOMMU_ABI_MAX_DEVICES		65536
#define IOMMU_ABI_MAX_ATTACHMENTS	262144

/* The most entries of a vendor chain */
#define IOMMU_ABI_MAX_VENDOR_ENTRIES	65536

/* The most PCI functions on the path of a device: one on each bus of a segment */
#define IOMMU_ABI_MAX_PATH		256

/*
 * Bits of iommu_header_ser::incompatible, and flags of each family. None so far.
 */
#define IOMMU_ABI_INCOMPATIBLE_KNOWN	0
#define IOMMU_UNIT_FLAGS_KNOWN		0
#define IOMMU_DOMAIN_FLAGS_KNOWN	0
#define IOMMU_DEVICE_FLAGS_KNOWN	0
#define IOMMU_ATTACHMENT_FLAGS_KNOWN	0
#define IOMMU_PCI_FUNCTION_FLAGS_KNOWN	0

/*
 * Types of units, which say what the vendor areas of the unit, its domains, its
 * devices and their attachments hold. 0 is none.
 */
#define IOMMU_UNIT_TYPE_INTEL_VTD	1
#define IOMMU_UNIT_TYPE_AMD		2
#define IOMMU_UNIT_TYPE_ARM_SMMUV3	3
#define IOMMU_UNIT_TYPE_RISCV		4
#define IOMMU_UNIT_TYPE_TEST		0xff01 /* For KUnit only */

/*
 * Kinds of devices, which say how a device is named. 0 is none.
 */
#define IOMMU_DEVICE_TYPE_PCI		1 /* By segment and requester ID */

/* The greatest iommu_device_ser::rid of a PCI device */
#define IOMMU_PCI_RID_MAX		0xffff

/* Registers of the header of a PCI function, of 32 bits each */
#define IOMMU_PCI_HEADER_REGISTERS	16

/* iommu_attachment_ser::pasid: what the device does without a PASID */
#define IOMMU_ATTACHMENT_NO_PASID	0xffffffffU
/* The greatest PASID, of 20 bits */
#define IOMMU_PASID_MAX			0xfffff

/*
 * Formats of I/O page tables. 0 is none.
 */
#define IOMMU_PT_FORMAT_AMDV1		1 /* AMD IOMMU, host translation */
#define IOMMU_PT_FORMAT_X86_64		2 /* x86-64, 4 and 5 levels */
#define IOMMU_PT_FORMAT_VTDSS		3 /* VT-d second stage, 3 to 5 levels */
#define IOMMU_PT_FORMAT_RISCV_64	4 /* RISC-V Sv39, Sv48 and Sv57 */
#define IOMMU_PT_FORMAT_AMDV1_MOCK	0xff01 /* For the iommufd selftest only */

/* Limits of iommu_domain_ser for all formats */
#define IOMMU_PT_LEVEL_MAX		5
#define IOMMU_PT_WIDTH_MIN		12
#define IOMMU_PT_INPUT_WIDTH_MAX	64
#define IOMMU_PT_OUTPUT_WIDTH_MAX	56

/*
 * Properties of an I/O page table that its format does not imply.
 *
 * DYNAMIC_TOP: the table has no more levels than its highest mapping needs.
 * INCOHERENT: the IOMMU does not snoop CPU caches when it walks the table.
 * ENCRYPTED: pointers to tables carry the memory encryption bit of AMD.
 * FORCE_SNOOP: each leaf makes the access of the device snoop CPU caches.
 * FORCE_WRITEABLE: no leaf is read-only.
 * CONTIGUOUS_64K: leaves of 64 KiB may consist of 16 entries (RISC-V Svnapot).
 * MEMORY_TYPES: leaves may hold memory types (RISC-V Svpbmt).
 */
#define IOMMU_PT_FEATURE_DYNAMIC_TOP		BIT(0)
#define IOMMU_PT_FEATURE_INCOHERENT		BIT(1)
#define IOMMU_PT_FEATURE_ENCRYPTED		BIT(2)
#define IOMMU_PT_FEATURE_FORCE_SNOOP		BIT(3)
#define IOMMU_PT_FEATURE_FORCE_WRITEABLE	BIT(4)
#define IOMMU_PT_FEATURE_CONTIGUOUS_64K		BIT(5)
#define IOMMU_PT_FEATURE_MEMORY_TYPES		BIT(6)
#define IOMMU_PT_FEATURES_KNOWN			(BIT(7) - 1)

/* Words in the vendor area of each family */
#define IOMMU_UNIT_VENDOR_WORDS		8
#define IOMMU_DOMAIN_VENDOR_WORDS	2
#define IOMMU_DEVICE_VENDOR_WORDS	4
#define IOMMU_ATTACHMENT_VENDOR_WORDS	2

/**
 * struct iommu_chain_ser - Where a chain of blocks is, and what it holds
 * @head_pa: Physical address of the first block, 0 if there are no entries.
 *           Range: a preserved page, or 0
 * @count: Number of entries in all blocks. Range: 0 to the limit of the family
 * @entry_size: Size of an entry in bytes. Range: as in the tables below;
 *              0 without entries in a vendor chain
 * @version: Version of the entries. Range: 0 in the header, where
 *           iommu_header_ser::version_major holds; the backend's in a vendor
 *           chain
 */
struct iommu_chain_ser {
	u64 head_pa;
	u32 count;
	u16 entry_size;
	u16 version;
};

/**
 * struct iommu_header_ser - Where everything begins
 * @magic: Tells a header from other memory. Range: IOMMU_ABI_MAGIC
 * @version_major: Range: IOMMU_ABI_VERSION_MAJOR
 * @version_minor: Range: any; IOMMU_ABI_VERSION_MINOR in a draft
 * @reserved: Range: 0
 * @fingerprint: Fingerprint of the layout of a draft.
 *               Range: IOMMU_ABI_FINGERPRINT; 0 from the first release on
 * @incompatible: What a reader has to know. Range: bits of
 *                IOMMU_ABI_INCOMPATIBLE_KNOWN
 * @units: Records of &struct iommu_unit_ser. Range: up to IOMMU_ABI_MAX_UNITS
 * @domains: Records of &struct iommu_domain_ser.
 *           Range: up to IOMMU_ABI_MAX_DOMAINS
 * @devices: Records of &struct iommu_device_ser.
 *           Range: up to IOMMU_ABI_MAX_DEVICES
 * @attachments: Records of &struct iommu_attachment_ser.
 *               Range: up to IOMMU_ABI_MAX_ATTACHMENTS
 * @reserved2: Range: 0
 *
 * Alone in a page that is preserved as a folio of its own.
 */
struct iommu_header_ser {
	u64 magic;
	u16 version_major;
	u16 version_minor;
	u32 reserved;
	u64 fingerprint;
	u64 incompatible;
	struct iommu_chain_ser units;
	struct iommu_chain_ser domains;
	struct iommu_chain_ser devices;
	struct iommu_chain_ser attachments;
	u64 reserved2[4];
};

/**
 * struct iommu_unit_ser - A translation unit that stays enabled
 * @id: What the unit is known by, with @type: the physical address of its
 *      registers. Range: any, no two units have the same type and id
 * @type: Range: one of IOMMU_UNIT_TYPE_*
 * @flags: Range: bits of IOMMU_UNIT_FLAGS_KNOWN
 * @vendor_chain: What the backend keeps for the unit.
 *                Range: up to IOMMU_ABI_MAX_VENDOR_ENTRIES
 * @vendor: What the backend keeps for the unit. Range: the backend's
 */
struct iommu_unit_ser {
	u64 id;
	u32 type;
	u32 flags;
	struct iommu_chain_ser vendor_chain;
	u64 vendor[IOMMU_UNIT_VENDOR_WORDS];
};

/**
 * struct iommu_domain_ser - A domain whose page table is kept
 * @id: Number that the domain has in the records of other subsystems.
 *      Range: 1 to U64_MAX, no two domains have the same
 * @top_phys: Physical address of the top table.
 *            Range: preserved memory, no two domains have the same
 * @pgsize_bitmap: Bit n: pages of 2^n bytes can be mapped. Range: bits 12 to 63,
 *                 at least one
 * @aperture_start: First I/O virtual address that can be mapped.
 *                  Range: 0 to @aperture_last
 * @aperture_last: Last one. Range: below 2^@max_vasz_lg2, any if @sign_extend
 * @features: Range: bits of IOMMU_PT_FEATURES_KNOWN
 * @flags: Range: bits of IOMMU_DOMAIN_FLAGS_KNOWN
 * @unit_type: Whose domain it is. Range: one of IOMMU_UNIT_TYPE_*
 * @format: Range: one of IOMMU_PT_FORMAT_*
 * @top_level: Level of the top table, 0 is the level that has only leaves.
 *             Range: 0 to IOMMU_PT_LEVEL_MAX
 * @max_vasz_lg2: Width of the input address in bits.
 *                Range: IOMMU_PT_WIDTH_MIN to IOMMU_PT_INPUT_WIDTH_MAX
 * @max_oasz_lg2: Width of the output address in bits.
 *                Range: IOMMU_PT_WIDTH_MIN to IOMMU_PT_OUTPUT_WIDTH_MAX
 * @sign_extend: 1 if the top bit of the input address is sign extended.
 *               Range: 0 to 1
 * @reserved: Range: 0
 * @vendor: What the backend keeps for the domain. Range: the backend's
 */
struct iommu_domain_ser {
	u64 id;
	u64 top_phys;
	u64 pgsize_bitmap;
	u64 aperture_start;
	u64 aperture_last;
	u32 features;
	u32 flags;
	u32 unit_type;
	u16 format;
	u8 top_level;
	u8 max_vasz_lg2;
	u8 max_oasz_lg2;
	u8 sign_extend;
	u8 reserved[6];
	u64 vendor[IOMMU_DOMAIN_VENDOR_WORDS];
};

/**
 * struct iommu_device_ser - A device whose DMA goes on
 * @id: Name of a device that is not on PCI. Range: 0 with
 *      IOMMU_DEVICE_TYPE_PCI
 * @owner: Who owns the DMA of the device, a number that the records of other
 *         subsystems repeat. Range: 1 to U64_MAX
 * @type: Range: one of IOMMU_DEVICE_TYPE_*
 * @segment: PCI segment. Range: any
 * @rid: PCI requester ID. Range: 0 to IOMMU_PCI_RID_MAX; no two devices have the
 *       same type, segment, rid and id
 * @unit: Index of the unit that translates for the device.
 *        Range: below the number of units
 * @flags: Range: bits of IOMMU_DEVICE_FLAGS_KNOWN
 * @reserved: Range: 0
 * @path: Entries of &struct iommu_pci_function_ser: the device, and each bridge
 *        above it. Range: 1 to IOMMU_ABI_MAX_PATH
 * @vendor_chain: What the backend keeps for the device.
 *                Range: up to IOMMU_ABI_MAX_VENDOR_ENTRIES
 * @vendor: What the backend keeps for the device. Range: the backend's
 *
 * There is at least one attachment for each device.
 */
struct iommu_device_ser {
	u64 id;
	u64 owner;
	u32 type;
	u32 segment;
	u32 rid;
	u32 unit;
	u32 flags;
	u32 reserved;
	struct iommu_chain_ser path;
	struct iommu_chain_ser vendor_chain;
	u64 vendor[IOMMU_DEVICE_VENDOR_WORDS];
};

/**
 * struct iommu_pci_function_ser - A PCI function on the path of a device
 * @rid: PCI requester ID. Range: 0 to IOMMU_PCI_RID_MAX; that of the device in the
 *       first entry
 * @flags: Range: bits of IOMMU_PCI_FUNCTION_FLAGS_KNOWN
 * @header: The header in configuration space, as the function has it when the records
 *          are written (PCI Express Base Specification 7.5.1). Only what makes the
 *          function the same one is kept: IDs, class, kind of header, base address
 *          registers; of a bridge also its bus numbers and windows. Range: all else is
 *          0. There is a function; the first entry is no bridge, and each other one
 *          is, to the bus of the entry before.
 *
 * A requester ID names a device only as long as the bridges above it have the same bus
 * numbers. If the next kernel finds anything else there, the device is lost.
 */
struct iommu_pci_function_ser {
	u32 rid;
	u32 flags;
	u32 header[IOMMU_PCI_HEADER_REGISTERS];
};

/**
 * struct iommu_attachment_ser - A device is attached to a domain
 * @hardware_id: What the unit tags cached translations of the domain with (VT-d:
 *               domain ID). Range: the backend's; one for each domain on a unit,
 *               and no two domains on a unit have the same
 * @device: Index of the device. Range: below the number of devices
 * @domain: Index of the domain. Range: below the number of domains; of the type
 *          of the device's unit
 * @pasid: Range: IOMMU_ATTACHMENT_NO_PASID; 0 to IOMMU_PASID_MAX is set aside for
 *         single PASIDs
 * @flags: Range: bits of IOMMU_ATTACHMENT_FLAGS_KNOWN
 * @vendor: What the backend keeps for the attachment. Range: the backend's
 *
 * No two attachments have the same device and PASID.
 */
struct iommu_attachment_ser {
	u64 hardware_id;
	u32 device;
	u32 domain;
	u32 pasid;
	u32 flags;
	u64 vendor[IOMMU_ATTACHMENT_VENDOR_WORDS];
};

/*
 * What the VT-d backend keeps. IOMMU_VTD_VERSION is that of its vendor areas and
 * of its vendor chain.
 */
#define IOMMU_VTD_VERSION		1

/* Context tables of a unit: one for each bus, two in scalable mode */
#define IOMMU_VTD_MAX_CONTEXT_TABLES	512

/* Domain IDs: below the first one, they have a use of their own */
#define IOMMU_VTD_DOMAIN_ID_MIN		2
#define IOMMU_VTD_DOMAIN_ID_MAX		0xffff

/**
 * struct iommu_vtd_unit_ser - Vendor area of a unit of VT-d
 * @version: Range: IOMMU_VTD_VERSION
 * @rtaddr: Root Table Address register: address of the root table, a preserved
 *          page, and translation table mode. Range: legacy or scalable mode
 * @cap: Capability register. Range: any
 * @ecap: Extended Capability register. Range: any
 * @interrupt_table_pa: Physical address of the interrupt remapping table, whose
 *                      entries are not present. Range: preserved memory, or 0
 * @reserved: Range: 0
 *
 * The vendor chain has an entry for each context table.
 */
struct iommu_vtd_unit_ser {
	u64 version;
	u64 rtaddr;
	u64 cap;
	u64 ecap;
	u64 interrupt_table_pa;
	u64 reserved[3];
};

/**
 * struct iommu_vtd_context_table_ser - A context table of a unit of VT-d
 * @table_pa: Physical address. Range: a preserved page
 * @index: Bus; in scalable mode twice the bus, and one more for devices 16 to 31.
 *         Range: below IOMMU_VTD_MAX_CONTEXT_TABLES, half of it in legacy mode;
 *         greater than that of the entry before
 * @reserved: Range: 0
 */
struct iommu_vtd_context_table_ser {
	u64 table_pa;
	u32 index;
	u32 reserved;
};

/**
 * struct iommu_vtd_device_ser - Vendor area of a device behind a unit of VT-d
 * @directory_pa: Physical address of the PASID directory. Range: a preserved page;
 *                0 in legacy mode
 * @table_pa: Physical address of the PASID table, the only one. Range: a preserved
 *            page; 0 in legacy mode
 * @reserved: Range: 0
 */
struct iommu_vtd_device_ser {
	u64 directory_pa;
	u64 table_pa;
	u64 reserved[2];
};

#endif /* _LINUX_KHO_ABI_IOMMU_H */
