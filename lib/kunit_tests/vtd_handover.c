// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Devices behind VT-d units that are handed over
 *
 * The steps of a live update for suites of the VT-d backend: devices with a domain
 * each, that do DMA to one page all the time, watched by the oracle. A case may do
 * anything between two steps, and the oracle says what became of the DMA.
 *
 * Happy path, vtd_handover_all(): preserve, switch over, leave the kernel, mock
 * kexec, read the records, boot, attach, detach, free.
 *
 * Unhappy paths: a step that must not fail ends the case. What a case leaves half
 * done is undone when it ends, kernels included.
 */

#include <linux/generic_pt/iommu.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/adopt.h"
#include "../../drivers/iommu/liveupdate/kept.h"
#include "../../drivers/iommu/liveupdate/pci_function.h"
#include "fake_kho.h"
#include "iommu_test_path.h"
#include "mock_kexec.h"
#include "vtd_handover.h"

/* In the records: any that is not 0 */
#define OWNER		0x77

/* The most devices */
#define MAX_DEVICES	128

static struct iommu_machine *base_of(struct vtd_handover *handover)
{
	return &handover->machine->machine;
}

/**
 * vtd_handover_hardware - The unit that a device is behind.
 * @handover: What is handed over.
 * @device: The device.
 *
 * Context: Any.
 *
 * Return: the unit.
 */
struct vtd_test_unit *vtd_handover_hardware(struct vtd_handover *handover,
					    const struct vtd_handover_device *device)
{
	return handover->machine->hardware[device->unit];
}

/**
 * vtd_handover_reaches - Where the DMA of a device goes.
 * @handover: What is handed over.
 * @device: The device.
 *
 * Context: Any.
 *
 * Return: the address, or %IOMMU_MACHINE_BLOCKED.
 */
u64 vtd_handover_reaches(struct vtd_handover *handover,
			 const struct vtd_handover_device *device)
{
	return handover->ops->translate(base_of(handover), device->unit, device->rid,
					VTD_HANDOVER_IOVA);
}

/**
 * vtd_handover_watch - Have the oracle watch the DMA of a device.
 * @handover: What is handed over.
 * @device: The device.
 * @watched: From now on it must reach its page, or anything may become of it.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_handover_watch(struct vtd_handover *handover,
			const struct vtd_handover_device *device, bool watched)
{
	if (watched)
		handover->ops->watch(base_of(handover), device->unit, device->rid,
				     VTD_HANDOVER_IOVA, device->page);
	else
		handover->ops->unwatch(base_of(handover), device->unit, device->rid,
				       VTD_HANDOVER_IOVA);
}

/**
 * vtd_handover_add - A device begins to do DMA.
 * @handover: What is handed over.
 * @unit: The unit that it is behind.
 * @rid: Its requester ID.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: the device, never NULL, attached to a domain of its own.
 */
struct vtd_handover_device *vtd_handover_add(struct vtd_handover *handover,
					     unsigned int unit, u16 rid)
{
	struct vtd_handover_device *device = &handover->devices[handover->nr_devices];
	struct iommu_machine *base = base_of(handover);
	struct kunit *test = handover->test;

	KUNIT_ASSERT_LT(test, handover->nr_devices, MAX_DEVICES);
	device->unit = unit;
	device->rid = rid;
	device->page = VTD_HANDOVER_PAGE + handover->nr_devices * SZ_1M;
	device->dev = iommu_machine_probe(base, unit, rid);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, device->dev);
	handover->nr_devices++;
	device->domain = handover->ops->alloc_domain(base, device->dev);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, device->domain);
	KUNIT_ASSERT_EQ(test, 0, iommu_map(device->domain, VTD_HANDOVER_IOVA,
					   device->page, SZ_4K,
					   IOMMU_READ | IOMMU_WRITE, GFP_KERNEL));
	KUNIT_ASSERT_EQ(test, 0, handover->ops->attach(base, device->dev, device->domain));
	KUNIT_ASSERT_EQ(test, device->page, vtd_handover_reaches(handover, device));
	vtd_handover_watch(handover, device, true);
	return device;
}

/* The old kernel */

/**
 * vtd_handover_try_preserve_unit - Preserve a unit.
 * @handover: What is handed over.
 * @n: The unit.
 *
 * Context: Process context.
 *
 * Return: 0 or an errno.
 */
int vtd_handover_try_preserve_unit(struct vtd_handover *handover, unsigned int n)
{
	struct iommu_device *iommu = handover->ops->unit(base_of(handover), n);
	struct iommu_liveupdate_unit *unit;
	int ret;

	unit = handover->backend->preserve_unit(iommu);
	if (IS_ERR(unit))
		return PTR_ERR(unit);
	ret = iommu_outgoing_add_unit(&handover->out, unit);
	if (ret) {
		handover->backend->unpreserve_unit(unit);
		return ret;
	}
	handover->units[n] = unit;
	return 0;
}

/**
 * vtd_handover_unpreserve_unit - Undo vtd_handover_try_preserve_unit().
 * @handover: What is handed over.
 * @n: The unit.
 *
 * Context: Process context.
 */
void vtd_handover_unpreserve_unit(struct vtd_handover *handover, unsigned int n)
{
	iommu_outgoing_remove_unit(&handover->out, handover->units[n]);
	handover->backend->unpreserve_unit(handover->units[n]);
	handover->units[n] = NULL;
}

static int preserve_domain(struct vtd_handover *handover,
			   struct vtd_handover_device *device)
{
	struct iommu_liveupdate_domain *description = &device->domain_description;
	struct iommu_domain *domain = device->domain;
	struct pt_iommu *table = iommupt_from_domain(domain);
	int ret;

	ret = table->ops->liveupdate->preserve(table, &description->table);
	if (ret)
		return ret;
	description->vendor = handover->backend->records;
	description->id = device - handover->devices + 1;
	description->pgsize_bitmap = domain->pgsize_bitmap;
	description->aperture_start = domain->geometry.aperture_start;
	description->aperture_last = domain->geometry.aperture_end;
	ret = iommu_outgoing_add_domain(&handover->out, description);
	if (ret)
		table->ops->liveupdate->unpreserve(table);
	return ret;
}

static void unpreserve_domain(struct vtd_handover *handover,
			      struct vtd_handover_device *device)
{
	struct pt_iommu *table = iommupt_from_domain(device->domain);

	iommu_outgoing_remove_domain(&handover->out, &device->domain_description);
	table->ops->liveupdate->unpreserve(table);
}

static void describe(struct vtd_handover *handover, struct vtd_handover_device *device)
{
	device->device.unit = handover->units[device->unit];
	device->device.owner = OWNER;
	device->device.type = IOMMU_DEVICE_TYPE_PCI;
	device->device.segment = device->unit;
	device->device.rid = device->rid;
	device->attachment.device = &device->device;
	device->attachment.domain = &device->domain_description;
	device->attachment.pasid = IOMMU_ATTACHMENT_NO_PASID;
}

static int add_device(struct vtd_handover *handover, struct vtd_handover_device *device)
{
	int ret;

	ret = iommu_outgoing_add_device(&handover->out, &device->device);
	if (ret)
		return ret;
	ret = iommu_outgoing_add_attachment(&handover->out, &device->attachment);
	if (ret)
		iommu_outgoing_remove_device(&handover->out, &device->device);
	return ret;
}

/**
 * vtd_handover_try_preserve - Preserve a device and its domain.
 * @handover: What is handed over.
 * @device: The device, whose unit is preserved.
 *
 * Context: Process context.
 *
 * Return: 0 or an errno.
 */
int vtd_handover_try_preserve(struct vtd_handover *handover,
			      struct vtd_handover_device *device)
{
	int ret;

	ret = preserve_domain(handover, device);
	if (ret)
		return ret;
	describe(handover, device);
	ret = iommu_test_path_init(&device->device.path, device->rid, 1);
	if (ret)
		goto err_domain;
	ret = handover->backend->preserve_device(device->dev, &device->attachment);
	if (ret)
		goto err_path;
	ret = add_device(handover, device);
	if (ret)
		goto err_device;
	device->preserved = true;
	return 0;

err_device:
	handover->backend->unpreserve_device(&device->attachment);
err_path:
	iommu_pci_path_destroy(&device->device.path);
err_domain:
	unpreserve_domain(handover, device);
	return ret;
}

/**
 * vtd_handover_unpreserve - Undo vtd_handover_try_preserve().
 * @handover: What is handed over.
 * @device: The device.
 *
 * Context: Process context.
 */
void vtd_handover_unpreserve(struct vtd_handover *handover,
			     struct vtd_handover_device *device)
{
	iommu_outgoing_remove_attachment(&handover->out, &device->attachment);
	iommu_outgoing_remove_device(&handover->out, &device->device);
	handover->backend->unpreserve_device(&device->attachment);
	iommu_pci_path_destroy(&device->device.path);
	unpreserve_domain(handover, device);
	device->preserved = false;
}

/**
 * vtd_handover_preserve - Preserve all units, and all devices that are not left out.
 * @handover: What is handed over.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_handover_preserve(struct vtd_handover *handover)
{
	for (unsigned int n = 0; n < base_of(handover)->units; n++)
		KUNIT_ASSERT_EQ(handover->test, 0,
				vtd_handover_try_preserve_unit(handover, n));
	for (unsigned int i = 0; i < handover->nr_devices; i++) {
		if (!handover->devices[i].left)
			KUNIT_ASSERT_EQ(handover->test, 0,
					vtd_handover_try_preserve(handover,
								  &handover->devices[i]));
	}
}

/**
 * vtd_handover_cancel - Undo vtd_handover_preserve().
 * @handover: What is handed over.
 *
 * Context: Process context.
 */
void vtd_handover_cancel(struct vtd_handover *handover)
{
	for (unsigned int i = handover->nr_devices; i--;) {
		if (handover->devices[i].preserved)
			vtd_handover_unpreserve(handover, &handover->devices[i]);
	}
	for (unsigned int n = base_of(handover)->units; n--;) {
		if (handover->units[n])
			vtd_handover_unpreserve_unit(handover, n);
	}
}

/**
 * vtd_handover_switch - Switch all units over to what is preserved.
 * @handover: What is handed over, written from now on.
 *
 * Devices that are left out are not watched any more.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_handover_switch(struct vtd_handover *handover)
{
	handover->header_pa = iommu_outgoing_write(&handover->out);
	for (unsigned int i = 0; i < handover->nr_devices; i++) {
		if (!handover->devices[i].preserved)
			vtd_handover_watch(handover, &handover->devices[i], false);
	}
	for (unsigned int n = 0; n < base_of(handover)->units; n++) {
		if (handover->units[n])
			KUNIT_EXPECT_EQ(handover->test, 0,
					handover->backend->switch_over(handover->units[n]));
	}
}

static void forget_outgoing(struct vtd_handover *handover)
{
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		kho_block_set_forget(&handover->out.families[i].blocks);
	handover->out.header = NULL;
}

static void forget_device(struct vtd_handover_device *device)
{
	if (device->device.path.count)
		kho_block_set_forget(&device->device.path.functions);
	device->dev = NULL;
	device->domain = NULL;
	memset(&device->device, 0, sizeof(device->device));
	memset(&device->domain_description, 0, sizeof(device->domain_description));
	memset(&device->attachment, 0, sizeof(device->attachment));
}

/**
 * vtd_handover_leave - The run-time objects of the kernel go.
 * @handover: What is handed over.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_handover_leave(struct vtd_handover *handover)
{
	forget_outgoing(handover);
	handover->ops->end_kernel(base_of(handover));
	memset(handover->units, 0, sizeof(handover->units));
	for (unsigned int i = 0; i < handover->nr_devices; i++)
		forget_device(&handover->devices[i]);
}

/* The next kernel */

/**
 * vtd_handover_read - Read what was handed over.
 * @handover: What was handed over.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_handover_read(struct vtd_handover *handover)
{
	const struct iommu_vendor_records *const vendors[] = {
		handover->backend->records, NULL,
	};

	KUNIT_ASSERT_EQ(handover->test, 0,
			iommu_incoming_read(&handover->in, handover->header_pa, vendors));
	handover->reading = true;
	iommu_liveupdate_set_incoming(&handover->in);
}

/**
 * vtd_handover_kexec - One kernel follows another, which reads the records.
 * @handover: What is handed over.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_handover_kexec(struct vtd_handover *handover)
{
	vtd_handover_leave(handover);
	mock_kexec(handover->test);
	handover->ops->begin_kernel(base_of(handover));
	vtd_handover_read(handover);
}

/**
 * vtd_handover_boot - The driver initializes all units.
 * @handover: What is handed over.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_handover_boot(struct vtd_handover *handover)
{
	for (unsigned int n = 0; n < base_of(handover)->units; n++)
		KUNIT_EXPECT_TRUE(handover->test,
				  handover->ops->init_unit(base_of(handover), n));
}

static struct iommu_liveupdate_attachment *
incoming_attachment(struct vtd_handover *handover,
		    const struct vtd_handover_device *device)
{
	struct iommu_liveupdate_attachment *attachment;

	for (u32 i = 0; i < handover->in.count[IOMMU_ATTACHMENTS]; i++) {
		attachment = &handover->in.attachments[i];
		if (!attachment->record.error.err &&
		    attachment->device->rid == device->rid &&
		    attachment->device->segment == device->unit)
			return attachment;
	}
	return NULL;
}

static int attach_restored(struct vtd_handover *handover,
			   struct vtd_handover_device *device,
			   const struct iommu_liveupdate_attachment *attachment)
{
	struct iommu_domain *domain;
	struct pt_iommu *table;
	int ret;

	domain = handover->backend->alloc_domain(device->dev, attachment->domain);
	if (IS_ERR(domain))
		return PTR_ERR(domain);
	table = iommupt_from_domain(domain);
	ret = table->ops->liveupdate->restore(table, &attachment->domain->table) ?:
	      handover->backend->attach_device(device->dev, domain, attachment);
	if (ret) {
		handover->ops->free_domain(base_of(handover), domain);
		return ret;
	}
	device->domain = domain;
	return 0;
}

/**
 * vtd_handover_try_attach - Probe a device and attach it to its restored domain.
 * @handover: What is handed over.
 * @device: The device.
 *
 * Context: Process context.
 *
 * Return: 0, -ENOENT if it has no good record, or another errno.
 */
int vtd_handover_try_attach(struct vtd_handover *handover,
			    struct vtd_handover_device *device)
{
	struct iommu_liveupdate_attachment *attachment;

	if (!device->dev)
		device->dev = iommu_machine_probe(base_of(handover), device->unit,
						  device->rid);
	if (IS_ERR(device->dev))
		return PTR_ERR(device->dev);
	attachment = incoming_attachment(handover, device);
	return attachment ? attach_restored(handover, device, attachment) : -ENOENT;
}

/**
 * vtd_handover_attach - Attach all devices that were handed over.
 * @handover: What is handed over.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_handover_attach(struct vtd_handover *handover)
{
	for (unsigned int i = 0; i < handover->nr_devices; i++) {
		if (!handover->devices[i].preserved)
			continue;
		KUNIT_EXPECT_EQ(handover->test, 0,
				vtd_handover_try_attach(handover, &handover->devices[i]));
		KUNIT_EXPECT_EQ(handover->test, handover->devices[i].page,
				vtd_handover_reaches(handover, &handover->devices[i]));
	}
}

/**
 * vtd_handover_detach - A device ends its DMA, and goes.
 * @handover: What is handed over.
 * @device: The device.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_handover_detach(struct vtd_handover *handover,
			 struct vtd_handover_device *device)
{
	struct iommu_machine *base = base_of(handover);

	if (!device->dev)
		return;
	vtd_handover_watch(handover, device, false);
	if (device->domain) {
		handover->ops->detach(base, device->dev);
		handover->ops->free_domain(base, device->domain);
	}
	iommu_machine_release(base, device->dev);
	device->domain = NULL;
	device->dev = NULL;
}

/**
 * vtd_handover_finish - The records are not needed any more.
 * @handover: What is handed over.
 *
 * Context: Process context.
 */
void vtd_handover_finish(struct vtd_handover *handover)
{
	if (!handover->reading)
		return;
	iommu_liveupdate_set_incoming(NULL);
	iommu_incoming_finish(&handover->in);
	handover->reading = false;
	for (unsigned int i = 0; i < handover->nr_devices; i++)
		handover->devices[i].preserved = false;
}

/**
 * vtd_handover_all - All steps, which must not disturb the DMA of any device.
 * @handover: What is handed over.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_handover_all(struct vtd_handover *handover)
{
	vtd_handover_preserve(handover);
	vtd_handover_switch(handover);
	vtd_handover_kexec(handover);
	vtd_handover_boot(handover);
	vtd_handover_attach(handover);
	vtd_handover_finish(handover);
}

/* Life cycle */

static void end_handover(void *data)
{
	struct vtd_handover *handover = data;

	for (unsigned int n = 0; n < base_of(handover)->units; n++)
		vtd_test_unit_observe(handover->machine->hardware[n], NULL);
	iommu_liveupdate_set_written(false);
	if (handover->out.header)
		vtd_handover_cancel(handover);
	vtd_handover_finish(handover);
	for (unsigned int i = 0; i < handover->nr_devices; i++)
		vtd_handover_detach(handover, &handover->devices[i]);
	if (handover->out.header)
		iommu_outgoing_destroy(&handover->out);
	kvfree(handover->devices);
}

/**
 * vtd_handover_create - Begin with a machine without devices.
 * @test: The case.
 * @ops: The machine.
 * @units: Number of units.
 * @config: What the machine is made of, NULL for what @ops makes of it.
 *
 * Context: Process context, the thread of @test.
 *
 * Return: what is handed over, never NULL.
 */
struct vtd_handover *vtd_handover_create(struct kunit *test,
					 const struct iommu_machine_ops *ops,
					 unsigned int units,
					 const struct vtd_backend_config *config)
{
	struct vtd_backend_config usual = vtd_backend_config_of(ops);
	struct vtd_handover *handover;

	fake_kho_start(test);
	handover = kunit_kzalloc(test, sizeof(*handover), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, handover);
	handover->test = test;
	handover->ops = ops;
	handover->backend = ops->backend;
	handover->machine = vtd_backend_machine_create(test, ops, units,
						       config ?: &usual);
	handover->devices = kvcalloc(MAX_DEVICES,
				     sizeof(*handover->devices), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, handover->devices);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end_handover, handover));
	KUNIT_ASSERT_EQ(test, 0, iommu_outgoing_init(&handover->out));
	return handover;
}
