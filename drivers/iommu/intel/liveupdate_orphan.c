// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Units that nobody has a record of
 *
 * A unit that this kernel finds with translation enabled, but cannot adopt, is an
 * orphan: there is no live update, its record is bad, this kernel does not want the
 * unit, or there is no memory. Its tables are in memory that this kernel is about
 * to use. Without translation, its devices would reach any memory.
 *
 * Happy path: intel_abandon_unit() ends bus mastering at each PCI function behind
 * the unit, and waits for what is under way. Then the driver disables translation
 * as it always did. It is called from the one function that does so,
 * iommu_disable_translation(), and so by each path that leads there.
 *
 * Unhappy path: none; a driver that wants its device to do DMA enables bus
 * mastering again when it probes it.
 */

#define pr_fmt(fmt)	"DMAR: " fmt

#include <linux/pci.h>

#include "../liveupdate/blackout.h"
#include "liveupdate.h"

/**
 * intel_stop_device - Stop the DMA of a PCI function
 * @dev: The function
 *
 * Context: Any in which PCI configuration space can be accessed.
 */
void intel_stop_device(struct device *dev)
{
	pci_clear_master(to_pci_dev(dev));
	pci_wait_for_pending_transaction(to_pci_dev(dev));
}

static bool is_behind(struct pci_dev *pdev, struct intel_iommu *iommu)
{
	struct dmar_drhd_unit *drhd = dmar_find_matched_drhd_unit(pdev);

	return drhd && drhd->iommu == iommu;
}

/* What the mode of the hardware has decided is up to the command line again. */
static void forget_mode(struct intel_iommu *iommu)
{
	iommu->flags &= ~VTD_FLAG_FOUND_ENABLED;
	/* Tables that were taken over are still to be freed, in their mode. */
	if (iommu->adopted)
		return;
	iommu->flags &= ~(VTD_FLAG_FOUND_MODE | VTD_FLAG_FOUND_SCALABLE);
	if (iommu->drhd->ignored)
		return;
	iommu->agaw = iommu_calculate_agaw(iommu);
	iommu->msagaw = iommu_calculate_max_sagaw(iommu);
	iommu->iommu.max_pasids = 0;
	if (!pasid_supported(iommu))
		return;
	iommu->iommu.max_pasids = 2UL << ecap_pss(iommu->ecap);
	intel_pasid_max_id = min_t(u32, intel_pasid_max_id, iommu->iommu.max_pasids);
}

/**
 * intel_abandon_unit - iommu_liveupdate_ops::abandon_unit of VT-d
 * @iommu_dev: The unit
 *
 * Context: May sleep.
 */
void intel_abandon_unit(struct iommu_device *iommu_dev)
{
	struct intel_iommu *iommu = to_intel_iommu(iommu_dev);
	struct pci_dev *pdev = NULL;

	if (!(iommu->flags & VTD_FLAG_FOUND_ENABLED))
		return;
	guard(iommu_blackout)(&iommu_blackout_take_over);
	pr_warn("%s: is not taken over: DMA of all devices behind it stops\n",
		iommu->name);
	for_each_pci_dev(pdev) {
		if (is_behind(pdev, iommu))
			intel_stop_device(&pdev->dev);
	}
	forget_mode(iommu);
}
