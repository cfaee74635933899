// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Paths of PCI devices that no PCI knows
 *
 * What the IOMMU core would ask PCI for, made of a requester ID and of a number of
 * functions: for suites that take the core's part, or that have records only.
 *
 * Happy path: iommu_test_path_init() in one kernel, iommu_test_path_matches() in the
 * next one.
 *
 * Unhappy path: there is no memory, and nothing to be freed.
 */

#include <linux/iommu-liveupdate.h>

#include <uapi/linux/pci_regs.h>

#include "../../drivers/iommu/liveupdate/pci_function.h"
#include "iommu_test_path.h"

#define VENDOR_ID	0x1af4
#define FIRST_DEVICE_ID	0xfe00
#define FIRST_ADDRESS	0xe0000000
#define LAST_BUS	0xff

static u32 bus_of(u16 rid)
{
	return rid >> 8;
}

/*
 * The bus of the n-th function counts down to the root bus, and begins again: a path
 * that is longer than there are buses is no less legal for a reader.
 */
static u16 rid_of(u16 rid, u32 n)
{
	return n ? ((bus_of(rid) - n) & LAST_BUS) << 8 | (n & 0xff) : rid;
}

static struct iommu_pci_function_ser function_of(u16 rid, u32 n)
{
	struct iommu_pci_function_ser function = { .rid = rid_of(rid, n) };

	function.header[PCI_VENDOR_ID / 4] = (FIRST_DEVICE_ID + n) << 16 | VENDOR_ID;
	if (!n) {
		function.header[PCI_BASE_ADDRESS_0 / 4] = FIRST_ADDRESS + (rid << 12);
		return function;
	}
	function.header[PCI_HEADER_TYPE / 4] = PCI_HEADER_TYPE_BRIDGE << 16;
	function.header[PCI_PRIMARY_BUS / 4] = LAST_BUS << 16 |
					       bus_of(rid_of(rid, n - 1)) << 8 |
					       bus_of(function.rid);
	function.header[PCI_MEMORY_BASE / 4] = FIRST_ADDRESS | FIRST_ADDRESS >> 16;
	return function;
}

/**
 * iommu_test_path_init - Make the path of a device
 * @path: To be initialized
 * @rid: Requester ID of the device
 * @count: Number of functions, from 1
 *
 * Context: May sleep.
 * Return: 0, or what kho_block_set_grow() fails with.
 */
int iommu_test_path_init(struct iommu_pci_path *path, u16 rid, u32 count)
{
	struct iommu_pci_function_ser *function;
	struct kho_block_set_it it;
	int ret;

	ret = iommu_pci_path_init(path, count);
	if (ret)
		return ret;
	kho_block_set_it_init(&it, &path->functions);
	for (u32 n = 0; n < count; n++) {
		function = kho_block_set_it_reserve_entry(&it);
		*function = function_of(rid, n);
	}
	return 0;
}

/**
 * iommu_test_path_matches - Is this the path that was made?
 * @path: What was read
 * @rid: Requester ID of the device
 * @count: Number of functions
 *
 * Context: Any.
 * Return: true if each value is right.
 */
bool iommu_test_path_matches(struct iommu_pci_path *path, u16 rid, u32 count)
{
	struct iommu_pci_function_ser expected, *function;
	struct kho_block_set_it it;

	if (path->count != count)
		return false;
	kho_block_set_it_init(&it, &path->functions);
	for (u32 n = 0; n < count; n++) {
		expected = function_of(rid, n);
		function = kho_block_set_it_read_entry(&it);
		if (!function || memcmp(function, &expected, sizeof(expected)))
			return false;
	}
	return true;
}
