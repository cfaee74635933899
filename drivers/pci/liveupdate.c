// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: PCI in a live update
 *
 * A device whose DMA goes on while the kernel is replaced must stay as it is, and so
 * must each bridge above it. Such functions are held: from when the device is preserved
 * in the old kernel, and from when the next kernel finds its record, until nothing of it
 * is handed over any more. The IOMMU core says when that is.
 *
 * Happy path:
 *
 * 1. pci_liveupdate_hold() when the device is preserved. From now on none of the
 *    functions is reset, and none is suspended at run time.
 * 2. The old kernel shuts down for kexec, and asks pci_liveupdate_keeps_master() for
 *    each function: the bus mastering of those that are kept is not disabled.
 * 3. The next kernel finds them set up, and leaves addresses and bus numbers alone. The
 *    IOMMU core compares these with what was handed over, see
 *    drivers/iommu/liveupdate/pci_path.c, and the device is held again.
 * 4. pci_liveupdate_unhold() when the device is given back.
 *
 * Unhappy paths:
 *
 * * It is no live update, but a reboot, a kexec with nothing written, or one for which
 *   the device was not preserved: bus mastering ends as ever.
 * * Somebody wants to reset a function: -EBUSY; or a bus with such a function: -ENOTTY,
 *   as for any bus that cannot be reset.
 * * A function is unplugged: that ends its DMA, and cannot be refused.
 *
 * A device that is held is not suspended, and by that no bridge above it. The count of
 * held devices is kept at each function, so that nobody has to go over a bus, whose lock
 * cannot be taken where the kernel shuts down.
 */

#include <linux/iommu.h>
#include <linux/iommu-liveupdate.h>
#include <linux/pci-liveupdate.h>
#include <linux/pm_runtime.h>

#include "../iommu/liveupdate/blackout.h"
#include "../iommu/liveupdate/faults.h"
#include "../iommu/liveupdate/kept.h"

/**
 * pci_liveupdate_hold - Leave a device alone, and the bridges above it
 * @pdev: The device
 *
 * Each call is undone by one of pci_liveupdate_unhold().
 *
 * Context: Any.
 */
void pci_liveupdate_hold(struct pci_dev *pdev)
{
	pm_runtime_get_noresume(&pdev->dev);
	for (; pdev; pdev = pci_upstream_bridge(pdev))
		atomic_inc(&pdev->liveupdate_holders);
}

/**
 * pci_liveupdate_unhold - Undo pci_liveupdate_hold()
 * @pdev: The device, which may have been unplugged
 *
 * Context: Any.
 */
void pci_liveupdate_unhold(struct pci_dev *pdev)
{
	struct pci_dev *function;

	for (function = pdev; function; function = pci_upstream_bridge(function))
		atomic_dec(&function->liveupdate_holders);
	pm_runtime_put(&pdev->dev);
}

/**
 * pci_liveupdate_is_held - Whether a function has to be left alone
 * @pdev: The function
 *
 * Context: Any.
 * Return: true if it is a device that is held, or a bridge above one.
 */
bool pci_liveupdate_is_held(struct pci_dev *pdev)
{
	return atomic_read(&pdev->liveupdate_holders);
}

static bool is_kept(struct pci_dev *pdev)
{
	const struct dev_iommu *iommu = pdev->dev.iommu;

	return iommu && iommu->preserved && iommu_record_kept(&iommu->preserved->record);
}

/**
 * pci_liveupdate_keeps_master - Whether bus mastering goes on in the next kernel
 * @pdev: The function, which is being shut down
 *
 * Without that of a bridge, nothing below it does DMA.
 *
 * Context: Any, the end of a kernel included.
 * Return: true if it must not be disabled.
 */
bool pci_liveupdate_keeps_master(struct pci_dev *pdev)
{
	guard(iommu_blackout)(&iommu_blackout_shutdown);
	if (iommu_liveupdate_omits(IOMMU_OMIT_STOP))
		return iommu_liveupdate_hands_over();
	if (iommu_liveupdate_omits(pci_is_bridge(pdev) ? IOMMU_OMIT_BRIDGES :
							 IOMMU_OMIT_BUS_MASTER))
		return false;
	if (pci_is_bridge(pdev))
		return pci_liveupdate_is_held(pdev) && iommu_liveupdate_hands_over();
	return is_kept(pdev);
}
