// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The way of a PCI device to its unit
 *
 * An IOMMU knows a device by its requester ID only. That names the same device in the
 * next kernel if all bridges above it have the same bus numbers; its DMA, and what
 * others do with its registers, goes the same way if windows and base addresses are the
 * same. PCI leaves all of that alone when it finds it set up, but nobody promises that.
 *
 * Happy path:
 *
 * 1. iommu_pci_path_describe() when the device is preserved, and iommu_pci_path_write()
 *    again when the records are written.
 * 2. In the next kernel, iommu_pci_path_compare() before the device is attached.
 *
 * Unhappy paths:
 *
 * * A function cannot be described, a CardBus bridge for instance: the device cannot be
 *   preserved, and the log says why.
 * * The next kernel finds another device, other bridges, or other addresses: the log
 *   names function and register, and the device is lost.
 */

#define dev_fmt(fmt)	"liveupdate: " fmt

#include <linux/pci.h>

#include "check.h"
#include "pci_function.h"
#include "pci_path.h"

static u32 count_functions(struct pci_dev *pdev)
{
	u32 count = 0;

	for (; pdev; pdev = pci_upstream_bridge(pdev))
		count++;
	return count;
}

static u32 read_kept_bits(struct pci_dev *pdev, unsigned int reg)
{
	const u32 kept = iommu_pci_kept_bits(pci_is_bridge(pdev), reg);
	u32 value;

	if (!kept)
		return 0;
	pci_read_config_dword(pdev, reg * sizeof(value), &value);
	return value & kept;
}

/**
 * iommu_pci_path_write - Fill in what PCI has above a device
 * @path: What iommu_pci_path_describe() has allocated for the device
 * @pdev: The device
 *
 * Context: Any in which PCI configuration space can be accessed.
 */
void iommu_pci_path_write(struct iommu_pci_path *path, struct pci_dev *pdev)
{
	struct iommu_pci_function_ser *function;
	struct kho_block_set_it it;

	kho_block_set_clear(&path->functions);
	kho_block_set_it_init(&it, &path->functions);
	for (; pdev; pdev = pci_upstream_bridge(pdev)) {
		function = kho_block_set_it_reserve_entry(&it);
		*function = (struct iommu_pci_function_ser){ .rid = pci_dev_id(pdev) };
		for (unsigned int i = 0; i < IOMMU_PCI_HEADER_REGISTERS; i++)
			function->header[i] = read_kept_bits(pdev, i);
	}
}

static int check_path(struct iommu_pci_path *path, struct pci_dev *pdev)
{
	struct iommu_record_error error = {};
	struct iommu_record_check check = { .error = &error };
	int ret;

	ret = iommu_check_pci_path(path, pci_dev_id(pdev), &check);
	if (ret)
		iommu_record_log(pci_name(pdev), &error);
	return ret;
}

/**
 * iommu_pci_path_describe - Describe the way of a device to its unit
 * @path: To be initialized. Call iommu_pci_path_destroy() to free it
 * @pdev: The device
 *
 * Context: May sleep.
 * Return: 0, or nothing has changed and
 *
 * * -ENODEV: the device does not answer any more.
 * * -EOPNOTSUPP: the device is a bridge itself, or below one that is not of PCI.
 * * -EINVAL: a bridge does not lead to the bus below it.
 * * -ENOMEM, or what KHO fails with.
 */
int iommu_pci_path_describe(struct iommu_pci_path *path, struct pci_dev *pdev)
{
	int ret;

	ret = iommu_pci_path_init(path, count_functions(pdev));
	if (ret)
		return ret;
	iommu_pci_path_write(path, pdev);
	ret = check_path(path, pdev);
	if (ret)
		iommu_pci_path_destroy(path);
	return ret;
}

static int compare_function(const struct iommu_pci_function_ser *function,
			    struct pci_dev *pdev)
{
	u32 value;

	if (function->rid != pci_dev_id(pdev)) {
		pci_err(pdev, "its requester ID was %#x\n", function->rid);
		return -ENODEV;
	}
	for (unsigned int i = 0; i < IOMMU_PCI_HEADER_REGISTERS; i++) {
		value = read_kept_bits(pdev, i);
		if (value == function->header[i])
			continue;
		pci_err(pdev, "its header at %#zx is %#x, and was %#x\n",
			i * sizeof(value), value, function->header[i]);
		return -ENODEV;
	}
	return 0;
}

/**
 * iommu_pci_path_compare - Whether a device is the one that it was, and where it was
 * @path: What the previous kernel says, whose entries are good
 * @pdev: The device
 *
 * Context: Any in which PCI configuration space can be accessed.
 * Return: 0, or -ENODEV, and the log says what differs.
 */
int iommu_pci_path_compare(struct iommu_pci_path *path, struct pci_dev *pdev)
{
	const u32 count = count_functions(pdev);
	struct kho_block_set_it it;
	int ret = 0;

	if (count != path->count) {
		pci_err(pdev, "there are %u bridges above it, and were %u\n", count - 1,
			path->count - 1);
		return -ENODEV;
	}
	kho_block_set_it_init(&it, &path->functions);
	for (; !ret && pdev; pdev = pci_upstream_bridge(pdev))
		ret = compare_function(kho_block_set_it_read_entry(&it), pdev);
	return ret;
}
