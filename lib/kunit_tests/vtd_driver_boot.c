// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The second copy of the VT-d driver
 *
 * This file is a part of the object that the second compile of the driver makes,
 * see vtd_driver_world.h, and the only one that has names outside of it. It calls
 * the driver as the kernel does when it boots, plugs units and shuts down. The
 * fixture that uses it is vtd_machine.c.
 *
 * Life cycle: all variables of the copy are one image. As long as nobody has
 * booted the driver, it is that of a kernel just loaded; the fixture keeps that,
 * and copies it back whenever a kernel begins. vtd_driver_set_option(),
 * vtd_driver_detect(), vtd_driver_enable_interrupts() or not, and
 * vtd_driver_init() are a boot.
 *
 * Live update: the IOMMU core preserves and restores by the operations of the copy,
 * as it does by those of the driver. vtd_driver_fail() and
 * vtd_driver_fail_restore() let an allocation fail in them.
 *
 * Happy path of its end: each unit is removed by vtd_driver_remove_unit(), and
 * the driver itself frees what it has.
 *
 * Other paths: the kernel ends in a kexec, or its boot failed. From
 * vtd_driver_abandon() on, the IOMMU core gets no further than to functions here
 * that do nothing, so that units and tables stay as they are while it forgets the
 * devices; vtd_driver_unregister() has it forget the units. What the driver had
 * allocated is lost then, as in a kexec.
 */

#include <linux/irqdomain.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "../../drivers/iommu/dma-iommu.h"
#include "../../drivers/iommu/intel/liveupdate.h"
#include "../../drivers/iommu/irq_remapping.h"
#include "vtd_driver.h"

/* What the kernel has once */
int vtd_driver_iommu_detected;
int vtd_driver_no_iommu;
struct x86_init_ops vtd_driver_x86_init;
struct x86_platform_ops vtd_driver_x86_platform;
int vtd_driver_irq_remapping_enabled;
int vtd_driver_irq_remap_broken;
int vtd_driver_no_x2apic_optout;

/**
 * vtd_driver_image - Where the variables of the copy are.
 * @size: Set to their size in bytes.
 *
 * Context: Any.
 *
 * Return: the first of them.
 */
void *vtd_driver_image(size_t *size)
{
	*size = vtd_driver_image_end - vtd_driver_image_start;
	return vtd_driver_image_start;
}

/* A boot */

/**
 * vtd_driver_set_option - Have an option on the command line.
 * @option: What follows "intel_iommu=".
 *
 * Context: Process context.
 */
void vtd_driver_set_option(char *option)
{
	vtd_driver_option_intel_iommu_setup.setup(option);
}

/**
 * vtd_driver_detect - Look for the firmware's table.
 *
 * Context: Process context.
 *
 * Return: true if there is one that the driver accepts.
 */
bool vtd_driver_detect(void)
{
	detect_intel_iommu();
	return vtd_driver_x86_init.iommu.iommu_init;
}

/**
 * vtd_driver_enable_interrupts - Enable interrupt remapping.
 *
 * Context: Process context.
 *
 * Return: the mode, %IRQ_REMAP_XAPIC_MODE or %IRQ_REMAP_X2APIC_MODE, or an errno.
 */
int vtd_driver_enable_interrupts(void)
{
	int err = intel_irq_remap_ops.prepare();

	return err ?: intel_irq_remap_ops.enable();
}

/**
 * vtd_driver_init - Initialize DMA remapping.
 *
 * Context: Process context.
 *
 * Return: 0 or what the driver returned.
 */
int vtd_driver_init(void)
{
	return vtd_driver_x86_init.iommu.iommu_init();
}

/**
 * vtd_driver_is_enabled - Has the driver booted?
 *
 * Context: Any.
 *
 * Return: true if it has.
 */
bool vtd_driver_is_enabled(void)
{
	return intel_iommu_enabled;
}

/**
 * vtd_driver_shutdown - The kernel shuts down, or begins a kexec.
 *
 * Context: Process context.
 */
void vtd_driver_shutdown(void)
{
	vtd_driver_x86_platform.iommu_shutdown();
}

/**
 * vtd_driver_insert_unit - The firmware says that a unit is there now.
 * @handle: Its ACPI object.
 *
 * Context: Process context.
 *
 * Return: 0 or what the driver returned.
 */
int vtd_driver_insert_unit(acpi_handle handle)
{
	return dmar_device_add(handle);
}

/**
 * vtd_driver_remove_unit - The firmware says that a unit is to be removed.
 * @handle: Its ACPI object.
 *
 * Context: Process context.
 *
 * Return: 0 or what the driver returned.
 */
int vtd_driver_remove_unit(acpi_handle handle)
{
	return dmar_device_remove(handle);
}

/* Failures */

/* The number of the allocation that fails in the next probe, or 0 */
static unsigned int failing_allocation;

/* The same for the next domain that is restored, up to its attach */
static unsigned int failing_restore;

static unsigned int exchange_failure(unsigned int nth)
{
#ifdef CONFIG_FAULT_INJECTION
	swap(current->fail_nth, nth);
#endif
	return nth;
}

static struct iommu_device *probe_device(struct device *dev)
{
	struct iommu_device *iommu;

	exchange_failure(failing_allocation);
	iommu = intel_iommu_ops.probe_device(dev);
	failing_allocation = exchange_failure(0);
	return iommu;
}

static struct iommu_domain *
alloc_restored(struct device *dev, const struct iommu_liveupdate_domain *record)
{
	struct iommu_domain *domain;

	/* What follows until the attach allocates in this thread as well. */
	exchange_failure(failing_restore);
	failing_restore = 0;
	domain = intel_liveupdate_ops.alloc_domain(dev, record);
	if (IS_ERR(domain))
		failing_restore = exchange_failure(0);
	return domain;
}

static int attach_restored(struct device *dev, struct iommu_domain *domain,
			   const struct iommu_liveupdate_attachment *attachment)
{
	int err;

	if (failing_restore)
		exchange_failure(failing_restore);
	err = intel_liveupdate_ops.attach_device(dev, domain, attachment);
	failing_restore = exchange_failure(0);
	return err;
}

/**
 * vtd_driver_fail - Let an allocation fail in the next probe.
 * @nth: The number of the allocation, or 0 for none.
 *
 * Context: Process context. A kernel runs.
 *
 * Return: 0, or what is left of the previous number: it has not failed.
 */
unsigned int vtd_driver_fail(unsigned int nth)
{
	swap(failing_allocation, nth);
	return nth;
}

/**
 * vtd_driver_fail_restore - Let an allocation fail when a device is restored next.
 * @nth: The number of the allocation, from that of the domain on, or 0 for none.
 *
 * Context: Process context. A kernel runs.
 *
 * Return: 0, or what is left of the previous number: it has not failed.
 */
unsigned int vtd_driver_fail_restore(unsigned int nth)
{
	swap(failing_restore, nth);
	return nth;
}

/* Those of the driver, apart from that */
static struct iommu_ops registered_ops;
static struct iommu_liveupdate_ops registered_liveupdate_ops;

#undef iommu_device_register

/**
 * vtd_driver_register - As iommu_device_register().
 * @iommu: The unit.
 * @ops: The driver's operations.
 * @hwdev: As there.
 *
 * A case can let allocations fail in some of the operations.
 *
 * Context: Process context.
 *
 * Return: 0 or what the core returned.
 */
int vtd_driver_register(struct iommu_device *iommu, const struct iommu_ops *ops,
			struct device *hwdev)
{
	registered_liveupdate_ops = *ops->liveupdate;
	registered_liveupdate_ops.alloc_domain = alloc_restored;
	registered_liveupdate_ops.attach_device = attach_restored;
	registered_ops = *ops;
	registered_ops.probe_device = probe_device;
	registered_ops.liveupdate = &registered_liveupdate_ops;
	return iommu_device_register(iommu, &registered_ops, hwdev);
}

/**
 * vtd_driver_liveupdate_ops - The backend of live update in the copy.
 *
 * Context: Any.
 *
 * Return: its operations.
 */
const struct iommu_liveupdate_ops *vtd_driver_liveupdate_ops(void)
{
	return &intel_liveupdate_ops;
}

/**
 * vtd_driver_unit - A unit, as the IOMMU core knows it.
 * @address: Of its registers.
 *
 * Context: Process context.
 *
 * Return: the unit, or NULL.
 */
struct iommu_device *vtd_driver_unit(u64 address)
{
	struct dmar_drhd_unit *drhd;

	list_for_each_entry(drhd, &dmar_drhd_units, list) {
		if (drhd->reg_base_addr == address)
			return drhd->iommu ? &drhd->iommu->iommu : NULL;
	}
	return NULL;
}

/**
 * vtd_driver_domain_id - The domain ID of a domain at the unit of a device.
 * @dev: A device that is attached to it.
 * @domain: The domain, of the copy.
 *
 * Context: Process context.
 *
 * Return: the ID.
 */
int vtd_driver_domain_id(struct device *dev, struct iommu_domain *domain)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);

	return domain_id_iommu(to_dmar_domain(domain), info->iommu);
}

/* The end of a kernel */

static void release_nothing(struct device *dev)
{
	kfree(dev_iommu_priv_get(dev));
}

static int attach_nothing(struct iommu_domain *domain, struct device *dev,
			  struct iommu_domain *old)
{
	return 0;
}

static void free_domain(struct iommu_domain *domain)
{
	struct dmar_domain *dmar_domain = to_dmar_domain(domain);

	kfree(dmar_domain->qi_batch);
	kfree(dmar_domain);
}

/* Of units and domains whose kernel has ended: hardware is not touched. */
static const struct iommu_ops abandoned_ops = {
	.release_device = release_nothing,
};

static const struct iommu_domain_ops abandoned_domain_ops = {
	.attach_dev = attach_nothing,
	.free = free_domain,
};

/* The same for those that the driver has once */
static const struct iommu_domain_ops abandoned_static_ops = {
	.attach_dev = attach_nothing,
};

/**
 * vtd_driver_abandon - From now on the IOMMU core does nothing to the units.
 *
 * Context: Process context.
 */
void vtd_driver_abandon(void)
{
	struct dmar_drhd_unit *drhd;

	list_for_each_entry(drhd, &dmar_drhd_units, list) {
		if (drhd->iommu && drhd->iommu->iommu.ops)
			drhd->iommu->iommu.ops = &abandoned_ops;
	}
	intel_iommu_ops.blocked_domain->ops = &abandoned_static_ops;
	intel_iommu_ops.identity_domain->ops = &abandoned_static_ops;
}

/**
 * vtd_driver_abandon_domain - The same for a domain.
 * @domain: The domain, of the copy. When it is freed, its tables are not.
 *
 * Context: Process context.
 */
void vtd_driver_abandon_domain(struct iommu_domain *domain)
{
	domain->ops = &abandoned_domain_ops;
}

/**
 * vtd_driver_abandon_device - The same for the default domain of a device.
 * @dev: The device.
 *
 * Context: Process context.
 */
void vtd_driver_abandon_device(struct device *dev)
{
	struct iommu_domain *domain;

	if (!dev->iommu_group)
		return;
	domain = iommu_get_dma_domain(dev);
	if (domain && domain->type & __IOMMU_DOMAIN_PAGING)
		vtd_driver_abandon_domain(domain);
}

static void remove_interrupts(struct intel_iommu *iommu)
{
	struct fwnode_handle *node;

	if (!iommu->ir_domain)
		return;
	node = iommu->ir_domain->fwnode;
	irq_domain_remove(iommu->ir_domain);
	irq_domain_free_fwnode(node);
}

/**
 * vtd_driver_unregister - The IOMMU core forgets the units.
 *
 * vtd_driver_abandon() was called, and all devices are gone.
 *
 * Context: Process context.
 */
void vtd_driver_unregister(void)
{
	struct dmar_drhd_unit *drhd;

	list_for_each_entry(drhd, &dmar_drhd_units, list) {
		struct intel_iommu *iommu = drhd->iommu;

		if (!iommu)
			continue;
		if (iommu->iommu.ops) {
			iommu_device_unregister(&iommu->iommu);
			iommu_device_sysfs_remove(&iommu->iommu);
		}
		iopf_queue_free(iommu->iopf_queue);
		remove_interrupts(iommu);
	}
}
