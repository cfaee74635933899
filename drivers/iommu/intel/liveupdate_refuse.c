// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What the VT-d backend does not preserve
 *
 * Each reason is a line of a table, with the words for the log. All of them are
 * -EOPNOTSUPP: nothing is wrong, and nothing silent happens. Each can be lifted by
 * itself, by carrying over what it needs.
 *
 * Happy path: no line matches.
 *
 * Unhappy path: the first line that matches is logged with the name of the device
 * or unit. Nothing was changed.
 */

#define pr_fmt(fmt)	"DMAR: " fmt
#define dev_fmt(fmt)	pr_fmt(fmt)

#include <linux/iommu.h>
#include <linux/pci.h>

#include "liveupdate.h"

static bool has_no_translation(struct intel_iommu *iommu)
{
	return !(readl(iommu->reg + DMAR_GSTS_REG) & DMA_GSTS_TES);
}

static bool has_copied_tables(struct intel_iommu *iommu)
{
	return iommu->copied_tables;
}

static bool has_no_root_table(struct intel_iommu *iommu)
{
	return !iommu->root_entry;
}

/**
 * intel_refuse_unit - Whether a unit cannot be preserved
 * @iommu: The unit
 *
 * Context: May sleep.
 * Return: 0 if it can, or -EOPNOTSUPP, which is logged.
 */
int intel_refuse_unit(struct intel_iommu *iommu)
{
	static const struct {
		bool (*applies)(struct intel_iommu *iommu);
		const char *reason;
	} reasons[] = {
		{ has_no_root_table, "it has no root table" },
		{ has_no_translation, "translation is not enabled" },
		{ has_copied_tables, "its tables are copies of a crashed kernel's" },
		{ intel_iommu_has_reserved_regions,
		  "a device behind it has reserved memory regions" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (!reasons[i].applies(iommu))
			continue;
		pr_err("%s: cannot be preserved: %s\n", iommu->name,
		       reasons[i].reason);
		return -EOPNOTSUPP;
	}
	return 0;
}

static bool is_not_pci(struct device *dev)
{
	return !dev_is_pci(dev);
}

static bool is_real_dma_subdevice(struct device *dev)
{
	return dev_is_real_dma_subdevice(dev);
}

static bool is_virtual_function(struct device *dev)
{
	return to_pci_dev(dev)->is_virtfn;
}

static bool has_virtual_functions(struct device *dev)
{
	return pci_num_vf(to_pci_dev(dev));
}

/* In legacy mode, the entry of a device that can have a TLB says so. */
static bool has_device_tlb(struct device *dev)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);

	return info->ats_supported || info->ats_enabled;
}

static bool has_page_requests(struct device *dev)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);

	return info->pri_enabled || info->iopf_refcount;
}

static bool has_pasids(struct device *dev)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);

	return info->pasid_enabled;
}

struct requesters {
	struct device *own;
	unsigned int others;
};

/* A bridge may put another requester ID on the requests, or take its own. */
static int count_others(struct pci_dev *pdev, u16 alias, void *data)
{
	struct requesters *requesters = data;

	if (&pdev->dev != requesters->own || alias != pci_dev_id(pdev))
		requesters->others++;
	return 0;
}

static bool has_aliases(struct device *dev)
{
	struct requesters requesters = { .own = dev };

	pci_for_each_dma_alias(to_pci_dev(dev), count_others, &requesters);
	return requesters.others;
}

/**
 * intel_refuse_device - Whether a device cannot be preserved
 * @dev: The device, which the driver has probed
 *
 * Context: May sleep.
 * Return: 0 if it can, or -EOPNOTSUPP, which is logged.
 */
int intel_refuse_device(struct device *dev)
{
	static const struct {
		bool (*applies)(struct device *dev);
		const char *reason;
	} reasons[] = {
		{ is_not_pci, "it is not on PCI" },
		{ is_real_dma_subdevice, "another device does its DMA" },
		{ is_virtual_function, "it is a virtual function" },
		{ has_virtual_functions, "it has virtual functions" },
		{ has_aliases, "it has DMA aliases" },
		{ has_device_tlb, "ATS is in use" },
		{ has_page_requests, "page requests are in use" },
		{ has_pasids, "PASIDs are enabled" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (!reasons[i].applies(dev))
			continue;
		dev_err(dev, "cannot be preserved: %s\n", reasons[i].reason);
		return -EOPNOTSUPP;
	}
	return 0;
}
