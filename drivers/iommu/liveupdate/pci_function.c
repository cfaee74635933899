// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Records of PCI functions
 *
 * The record of a device has a path: the device itself, and each bridge between it and
 * the root bus, from below. Of each of them the header in configuration space is kept,
 * as far as it makes the function the same one. Nothing here knows a device: who does
 * is in pci_path.c.
 *
 * Happy path: the path is allocated when the device is preserved, and filled in until
 * the records are written. The next kernel checks each entry by itself, and against the
 * one below it.
 *
 * Unhappy paths: there is no memory, and nothing has changed; or an entry is bad, and
 * the device is lost.
 */

#include <uapi/linux/pci_regs.h>

#include "check.h"
#include "pci_function.h"

#define VENDOR(function)	((function)->header[PCI_VENDOR_ID / 4] & 0xffff)
/* What is read where nothing is */
#define NO_VENDOR		0xffff

/* The kind of header, without the bit that tells of other functions */
#define HEADER_TYPE(function)	\
	(((function)->header[PCI_HEADER_TYPE / 4] >> 16) & PCI_HEADER_TYPE_MASK)
#define SECONDARY_BUS(function)	(((function)->header[PCI_PRIMARY_BUS / 4] >> 8) & 0xff)

/* Bits of registers of which others are not kept */
#define HEADER_TYPE_BITS	0x00ff0000
#define BUS_NUMBER_BITS		0x00ffffff
#define IO_WINDOW_BITS		0x0000ffff

static const u32 kept_of_device[IOMMU_PCI_HEADER_REGISTERS] = {
	[PCI_VENDOR_ID / 4] = U32_MAX,
	[PCI_CLASS_REVISION / 4] = U32_MAX,
	[PCI_HEADER_TYPE / 4] = HEADER_TYPE_BITS,
	[PCI_BASE_ADDRESS_0 / 4 ... PCI_BASE_ADDRESS_5 / 4] = U32_MAX,
	[PCI_SUBSYSTEM_VENDOR_ID / 4] = U32_MAX,
};

static const u32 kept_of_bridge[IOMMU_PCI_HEADER_REGISTERS] = {
	[PCI_VENDOR_ID / 4] = U32_MAX,
	[PCI_CLASS_REVISION / 4] = U32_MAX,
	[PCI_HEADER_TYPE / 4] = HEADER_TYPE_BITS,
	[PCI_BASE_ADDRESS_0 / 4 ... PCI_BASE_ADDRESS_1 / 4] = U32_MAX,
	[PCI_PRIMARY_BUS / 4] = BUS_NUMBER_BITS,
	[PCI_IO_BASE / 4] = IO_WINDOW_BITS,
	[PCI_MEMORY_BASE / 4] = U32_MAX,
	[PCI_PREF_MEMORY_BASE / 4] = U32_MAX,
	[PCI_PREF_BASE_UPPER32 / 4] = U32_MAX,
	[PCI_PREF_LIMIT_UPPER32 / 4] = U32_MAX,
	[PCI_IO_BASE_UPPER16 / 4] = U32_MAX,
};

/**
 * iommu_pci_kept_bits - Which bits of a register make a function the same one
 * @is_bridge: The function is a bridge
 * @reg: Number of the register, below IOMMU_PCI_HEADER_REGISTERS
 *
 * Context: Any.
 * Return: the bits, 0 if none of them does.
 */
u32 iommu_pci_kept_bits(bool is_bridge, unsigned int reg)
{
	return is_bridge ? kept_of_bridge[reg] : kept_of_device[reg];
}

/**
 * iommu_pci_path_init - Allocate the path of a device
 * @path: To be initialized
 * @count: Number of functions, from 1
 *
 * Context: May sleep.
 * Return: 0, or what kho_block_set_grow() fails with.
 */
int iommu_pci_path_init(struct iommu_pci_path *path, u32 count)
{
	kho_block_set_init(&path->functions, sizeof(struct iommu_pci_function_ser));
	path->count = count;
	return kho_block_set_grow(&path->functions, count);
}

/**
 * iommu_pci_path_destroy - Undo iommu_pci_path_init()
 * @path: The path of a device that is not handed over
 *
 * Context: May sleep.
 */
void iommu_pci_path_destroy(struct iommu_pci_path *path)
{
	kho_block_set_shrink(&path->functions, 0);
	path->count = 0;
}

static int check_header(const struct iommu_pci_function_ser *function, bool is_bridge,
			struct iommu_record_check *check)
{
	int ret = 0;

	for (unsigned int i = 0; !ret && i < IOMMU_PCI_HEADER_REGISTERS; i++)
		ret = iommu_check_known(check, "header", function->header[i],
					iommu_pci_kept_bits(is_bridge, i));
	return ret;
}

/* To which bus the function leads */
static int check_link(const struct iommu_pci_function_ser *function,
		      const struct iommu_pci_function_ser *below, u32 rid,
		      struct iommu_record_check *check)
{
	if (!below && function->rid != rid)
		return iommu_record_fail(check->error, -EINVAL, "rid", function->rid,
					 "is another device");
	if (below && SECONDARY_BUS(function) != below->rid >> 8)
		return iommu_record_fail(check->error, -EINVAL, "header",
					 function->header[PCI_PRIMARY_BUS / 4],
					 "is no bridge to the function below it");
	return 0;
}

/* @below is the entry before it, which is good, or NULL if it is the first one. */
static int check_function(const struct iommu_pci_function_ser *function,
			  const struct iommu_pci_function_ser *below, u32 rid,
			  struct iommu_record_check *check)
{
	const u8 type = below ? PCI_HEADER_TYPE_BRIDGE : PCI_HEADER_TYPE_NORMAL;

	if (VENDOR(function) == NO_VENDOR)
		return iommu_record_fail(check->error, -ENODEV, "header",
					 function->header[PCI_VENDOR_ID / 4],
					 "is no function");
	if (HEADER_TYPE(function) != type)
		return iommu_record_fail(check->error, -EOPNOTSUPP, "header",
					 function->header[PCI_HEADER_TYPE / 4],
					 "is another kind of function");
	return iommu_check_known(check, "flags", function->flags,
				 IOMMU_PCI_FUNCTION_FLAGS_KNOWN) ?:
	       iommu_check_range(check, "rid", function->rid, 0, IOMMU_PCI_RID_MAX) ?:
	       check_header(function, below, check) ?:
	       check_link(function, below, rid, check);
}

/**
 * iommu_check_pci_path - Check the path of a device
 * @path: The path
 * @rid: Requester ID of the device
 * @check: Check of the device
 *
 * Context: Any.
 * Return: 0, -ENODEV if there was no function, -EOPNOTSUPP if a flag, a kind of header,
 * or a bit of it is unknown, -ERANGE if a member is out of its range, -EINVAL if an entry
 * does not belong there.
 */
int iommu_check_pci_path(struct iommu_pci_path *path, u32 rid,
			 struct iommu_record_check *check)
{
	const struct iommu_pci_function_ser *function, *below = NULL;
	struct kho_block_set_it it;
	int ret = 0;

	kho_block_set_it_init(&it, &path->functions);
	for (u32 n = 0; !ret && n < path->count; n++, below = function) {
		function = kho_block_set_it_read_entry(&it);
		ret = check_function(function, below, rid, check);
	}
	return ret;
}
