// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: VT-d over a live update
 *
 * What the driver calls, and the operations of the backend. The work is done
 * elsewhere:
 *
 * - liveupdate_preserve.c and liveupdate_refuse.c, in the old kernel, while it runs;
 * - liveupdate_shutdown.c at its end;
 * - liveupdate_adopt.c and liveupdate_attach.c in the new kernel;
 * - liveupdate_orphan.c where it cannot take a unit over;
 * - liveupdate_entries.c and liveupdate_records.c on both sides.
 *
 * Happy path of a boot: intel_liveupdate_found() notes that a unit translates and
 * in which mode; interrupt remapping stays enabled with a new table;
 * intel_liveupdate_adopt() takes the unit over before the driver would disable it;
 * intel_liveupdate_probe() lets the driver use the PASID directory of a device.
 *
 * Unhappy paths: each path of the driver that disables translation comes through
 * intel_liveupdate_stop_dma(), as long as the driver has not enabled it itself; a
 * device that goes before it was attached comes through
 * intel_liveupdate_release().
 */

#define pr_fmt(fmt)	"DMAR: " fmt

#include <linux/crash_dump.h>
#include <linux/slab.h>

#include "../liveupdate/adopt.h"
#include "../liveupdate/blackout.h"
#include "../liveupdate/kept.h"
#include "liveupdate.h"

/* The PASIDs that a directory of one page has entries for */
#define ADOPTED_MAX_PASID	((SZ_4K / sizeof(struct pasid_dir_entry)) << PASID_PDE_SHIFT)

const struct iommu_liveupdate_ops intel_liveupdate_ops = {
	.records = &intel_vendor_records,
	.preserve_unit = intel_preserve_unit,
	.unpreserve_unit = intel_unpreserve_unit,
	.preserve_device = intel_preserve_device,
	.unpreserve_device = intel_unpreserve_device,
	.switch_over = intel_switch_over,
	.adopt_unit = intel_adopt_unit,
	.adopt_attachment = intel_adopt_attachment,
	.block_others = intel_block_others,
	.alloc_domain = intel_alloc_domain,
	.attach_device = intel_attach_device,
	.release_device = intel_release_device,
	.abandon_unit = intel_abandon_unit,
};

/**
 * intel_liveupdate_found - Note how a unit is found at boot, or when it is added
 * @iommu: The unit, whose registers are mapped
 *
 * The mode of a unit that translates cannot be changed, section 11.4.5: it decides
 * from here on, and not the command line. A kdump kernel copies tables instead.
 *
 * Context: May sleep.
 */
void intel_liveupdate_found(struct intel_iommu *iommu)
{
	guard(iommu_blackout)(&iommu_blackout_take_over);
	if (!(readl(iommu->reg + DMAR_GSTS_REG) & DMA_GSTS_TES) ||
	    is_kdump_kernel())
		return;
	iommu->flags |= VTD_FLAG_FOUND_ENABLED | VTD_FLAG_FOUND_MODE;
	if (intel_rtaddr_is_scalable(iommu))
		iommu->flags |= VTD_FLAG_FOUND_SCALABLE;
}

/**
 * intel_liveupdate_enabled - The driver has enabled translation
 * @iommu: The unit
 *
 * From here on, disabling it is a matter of the driver as it always was.
 *
 * Context: Any.
 */
void intel_liveupdate_enabled(struct intel_iommu *iommu)
{
	iommu->flags &= ~VTD_FLAG_FOUND_ENABLED;
}

/**
 * intel_liveupdate_is_incoming - Whether any unit was handed over
 *
 * Context: Any.
 * Return: true if so.
 */
bool intel_liveupdate_is_incoming(void)
{
	return iommu_liveupdate_is_incoming();
}

/**
 * intel_liveupdate_adopted - Whether a unit was taken over
 * @iommu: The unit
 *
 * Context: Any.
 * Return: true if its tables are those of the previous kernel.
 */
bool intel_liveupdate_adopted(struct intel_iommu *iommu)
{
	return iommu->adopted;
}

/**
 * intel_liveupdate_adopt - Take a unit over from the previous kernel
 * @iommu: The unit; the driver can invalidate
 *
 * A unit that was found enabled and cannot be taken over is abandoned.
 *
 * Context: May sleep.
 * Return: true if the unit goes on translating by its tables, which are the
 * driver's now.
 */
bool intel_liveupdate_adopt(struct intel_iommu *iommu)
{
	if (iommu->adopted)
		return true;
	if (is_kdump_kernel())
		return false;
	guard(iommu_blackout)(&iommu_blackout_take_over);
	if (!iommu_liveupdate_adopt(&iommu->iommu, &intel_liveupdate_ops,
				    iommu->reg_phys)) {
		pr_info("%s: goes on with the tables of the previous kernel\n",
			iommu->name);
		return true;
	}
	intel_abandon_unit(&iommu->iommu);
	return false;
}

/**
 * intel_liveupdate_stop_dma - Translation is about to be disabled
 * @iommu: The unit
 *
 * Context: May sleep if the unit was found enabled and the driver has not enabled
 * it itself since; any otherwise.
 */
void intel_liveupdate_stop_dma(struct intel_iommu *iommu)
{
	intel_abandon_unit(&iommu->iommu);
}

/**
 * intel_liveupdate_forget - The driver gives up a unit
 * @iommu: The unit
 *
 * Context: May sleep.
 */
void intel_liveupdate_forget(struct intel_iommu *iommu)
{
	struct intel_adopted_device *device;
	unsigned long rid;

	if (!iommu->adopted)
		return;
	intel_liveupdate_stop_dma(iommu);
	scoped_guard(mutex, &iommu->did_lock) {
		xa_for_each(&iommu->adopted->devices, rid, device) {
			xa_erase(&iommu->adopted->devices, rid);
			intel_release_domain_id(iommu, device->domain_id);
			kfree(device);
		}
	}
	kfree(iommu->adopted);
	iommu->adopted = NULL;
}

/**
 * intel_liveupdate_probe - Use the PASID directory of an adopted device
 * @info: The device, which the driver probes
 *
 * The directory has one page. What needs more stays disabled for this device.
 *
 * Context: May sleep.
 * Return: 1 if the device was adopted, whose entries may not be written; 0 if it
 * was not; -ENOMEM.
 */
int intel_liveupdate_probe(struct device_domain_info *info)
{
	struct intel_adopted_device *device;

	guard(iommu_blackout)(&iommu_blackout_take_over);
	device = intel_adopted_device(info->iommu, PCI_DEVID(info->bus, info->devfn));
	if (!device)
		return 0;
	info->ats_supported = 0;
	info->pri_supported = 0;
	info->pasid_supported = 0;
	if (!device->directory)
		return 1;
	info->pasid_table = kzalloc_obj(*info->pasid_table);
	if (!info->pasid_table)
		return -ENOMEM;
	info->pasid_table->table = device->directory;
	info->pasid_table->max_pasid = ADOPTED_MAX_PASID;
	return 1;
}

/**
 * intel_liveupdate_lose - The driver cannot probe a device
 * @iommu: Its unit
 * @rid: Its requester ID
 *
 * Context: May sleep.
 */
void intel_liveupdate_lose(struct intel_iommu *iommu, u16 rid)
{
	intel_release_requester(iommu, rid);
}

/**
 * intel_liveupdate_release - The driver releases a device
 * @dev: The device
 *
 * Context: May sleep.
 */
void intel_liveupdate_release(struct device *dev)
{
	intel_release_device(dev);
}

/* The last resort: the hardware did not answer. */
static void stop_devices(struct intel_preserved_unit *preserved)
{
	struct intel_preserved_device *device;

	pr_emerg("%s: does not answer: DMA of preserved devices stops\n",
		 preserved->iommu->name);
	list_for_each_entry(device, &preserved->devices, node)
		intel_stop_device(device->dev);
}

/**
 * intel_liveupdate_shutdown - Leave a unit to the next kernel
 * @iommu: The unit
 *
 * Context: The only CPU that still runs, interrupts off.
 * Return: false if the driver has to disable translation.
 */
bool intel_liveupdate_shutdown(struct intel_iommu *iommu)
{
	struct intel_preserved_unit *preserved = iommu->preserved;

	guard(iommu_blackout)(&iommu_blackout_shutdown);
	if (!preserved || list_empty(&preserved->devices) ||
	    !iommu_liveupdate_kept(&preserved->unit) ||
	    iommu_liveupdate_omits(IOMMU_OMIT_TRANSLATION))
		return false;
	if (!intel_switch_over(&preserved->unit))
		return true;
	stop_devices(preserved);
	return false;
}

/**
 * intel_liveupdate_shutdown_done - All units are shut down, or left to the next kernel
 *
 * Whatever is said here comes after it, as a console may never return.
 *
 * Context: The only CPU that still runs, interrupts off.
 */
void intel_liveupdate_shutdown_done(void)
{
	iommu_blackout_log_shutdown();
}

/**
 * intel_liveupdate_keep_remapping - Whether interrupt remapping has to stay enabled
 * @iommu: The unit, where interrupt remapping is found enabled
 *
 * A device that does DMA can interrupt too, by writing to where interrupts are.
 *
 * Context: Any.
 * Return: true if the unit was found translating: the table is changed with
 * interrupt remapping enabled.
 */
bool intel_liveupdate_keep_remapping(struct intel_iommu *iommu)
{
	return iommu->flags & VTD_FLAG_FOUND_ENABLED;
}
