// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: A live update of a machine with VT-d units in software
 *
 * The part of the IOMMU core in a live update, for cases in which the real driver
 * boots, shuts down and boots again: it describes what a function and its domain
 * are, writes and reads the records, and restores domains.
 *
 * Life cycle: vtd_live_update_create() while a kernel runs. One of them lasts for
 * all kernels of the case.
 *
 * Happy path:
 *
 * 1. vtd_live_update_preserve() for each function that is to be preserved.
 * 2. vtd_live_update_shut_down() writes the records, and the driver shuts down.
 * 3. vtd_live_update_kexec() ends the kernel and reads the records in the next one.
 * 4. vtd_machine_boot(), by the case.
 * 5. vtd_live_update_restore() and vtd_live_update_attach() for each function.
 * 6. vtd_live_update_finish() gives the records back to KHO.
 *
 * Unhappy paths: vtd_live_update_abort() instead of step 2;
 * vtd_live_update_give_up() instead of step 6, if something was lost.
 */

#include <linux/err.h>
#include <linux/generic_pt/iommu.h>
#include <linux/iommu.h>
#include <linux/irqflags.h>
#include <linux/kho_block.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/adopt.h"
#include "../../drivers/iommu/liveupdate/kept.h"
#include "fake_kho.h"
#include "mock_kexec.h"
#include "vtd_driver.h"
#include "vtd_machine_internal.h"
#include "vtd_machine_liveupdate.h"

static struct pt_iommu *page_table(struct vtd_machine_domain *domain)
{
	return container_of(domain->domain, struct pt_iommu, domain);
}

/* The kernel that ran has ended, or the case has. */
static void end_update(void *data)
{
	struct vtd_live_update *update = data;

	if (update->out.header)
		iommu_outgoing_destroy(&update->out);
	iommu_liveupdate_set_incoming(NULL);
	iommu_liveupdate_set_written(false);
	if (update->has_read)
		iommu_incoming_release(&update->in);
}

/**
 * vtd_live_update_create - Have what the core has of a live update.
 * @machine: The machine. The fake KHO was started before.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: the live update, never NULL.
 */
struct vtd_live_update *vtd_live_update_create(struct vtd_machine *machine)
{
	struct kunit *test = machine->test;
	struct vtd_live_update *update;

	update = kunit_kzalloc(test, sizeof(*update), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, update);
	update->machine = machine;
	update->ops = vtd_driver_liveupdate_ops();
	KUNIT_ASSERT_EQ(test, 0, iommu_outgoing_init(&update->out));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end_update, update));
	return update;
}

/* In the old kernel */

static int preserve_unit(struct vtd_live_update *update, unsigned int index)
{
	struct iommu_device *iommu = vtd_driver_unit(update->machine->address[index]);
	struct iommu_liveupdate_unit *unit;
	int err;

	if (update->units[index])
		return 0;
	unit = update->ops->preserve_unit(iommu);
	if (IS_ERR(unit))
		return PTR_ERR(unit);
	err = iommu_outgoing_add_unit(&update->out, unit);
	if (err)
		update->ops->unpreserve_unit(unit);
	else
		update->units[index] = unit;
	return err;
}

static void unpreserve_unit(struct vtd_live_update *update, unsigned int index)
{
	if (!update->units[index])
		return;
	iommu_outgoing_remove_unit(&update->out, update->units[index]);
	update->ops->unpreserve_unit(update->units[index]);
	update->units[index] = NULL;
}

/* What another function with that domain has described, or NULL */
static struct iommu_liveupdate_domain *
find_description(struct vtd_live_update *update, struct vtd_machine_domain *domain)
{
	for (int i = 0; i < VTD_MACHINE_NR_DEVICES; i++) {
		struct vtd_preserved_function *function = &update->functions[i];

		if (function->preserved && function->domain == domain)
			return function->attachment.domain;
	}
	return NULL;
}

static int preserve_domain(struct vtd_live_update *update,
			   struct vtd_preserved_function *function, u64 id)
{
	struct iommu_domain *iommu_domain = function->domain->domain;
	struct pt_iommu *table = page_table(function->domain);
	struct iommu_liveupdate_domain *description = &function->domain_description;
	int err;

	*description = (struct iommu_liveupdate_domain) {
		.vendor = update->ops->records,
		.id = id,
		.pgsize_bitmap = iommu_domain->pgsize_bitmap,
		.aperture_start = iommu_domain->geometry.aperture_start,
		.aperture_last = iommu_domain->geometry.aperture_end,
	};
	err = table->ops->liveupdate->preserve(table, &description->table);
	if (err)
		return err;
	err = iommu_outgoing_add_domain(&update->out, description);
	if (err)
		table->ops->liveupdate->unpreserve(table);
	return err;
}

static void unpreserve_domain(struct vtd_live_update *update,
			      struct vtd_preserved_function *function)
{
	struct pt_iommu *table = page_table(function->domain);

	if (function->attachment.domain != &function->domain_description)
		return;
	iommu_outgoing_remove_domain(&update->out, &function->domain_description);
	table->ops->liveupdate->unpreserve(table);
}

static void describe_function(struct vtd_live_update *update,
			      enum vtd_machine_device device,
			      struct iommu_liveupdate_domain *domain)
{
	struct vtd_preserved_function *function = &update->functions[device];
	unsigned int index = vtd_machine_unit_index(update->machine, device);

	function->description = (struct iommu_liveupdate_device) {
		.unit = update->units[index],
		.owner = 1,
		.type = IOMMU_DEVICE_TYPE_PCI,
		.segment = VTD_MACHINE_SEGMENT,
		.rid = vtd_machine_source_id(device),
	};
	function->attachment = (struct iommu_liveupdate_attachment) {
		.device = &function->description,
		.domain = domain,
		.pasid = IOMMU_ATTACHMENT_NO_PASID,
	};
}

static int add_records(struct vtd_live_update *update,
		       struct vtd_preserved_function *function)
{
	int err;

	err = iommu_outgoing_add_device(&update->out, &function->description);
	if (err)
		return err;
	err = iommu_outgoing_add_attachment(&update->out, &function->attachment);
	if (err)
		iommu_outgoing_remove_device(&update->out, &function->description);
	return err;
}

static int preserve_function(struct vtd_live_update *update,
			     enum vtd_machine_device device)
{
	struct vtd_preserved_function *function = &update->functions[device];
	struct device *dev = vtd_machine_dev(update->machine, device);
	int err;

	err = update->ops->preserve_device(dev, &function->attachment);
	if (err)
		return err;
	err = add_records(update, function);
	if (err)
		update->ops->unpreserve_device(&function->attachment);
	return err;
}

/**
 * vtd_live_update_preserve - Preserve a function, with its unit and its domain.
 * @update: The live update.
 * @device: The function.
 * @domain: The domain that it is attached to.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: 0 or an errno. On failure a unit that was preserved for it stays so.
 */
int vtd_live_update_preserve(struct vtd_live_update *update,
			     enum vtd_machine_device device,
			     struct vtd_machine_domain *domain)
{
	struct vtd_preserved_function *function = &update->functions[device];
	struct iommu_liveupdate_domain *description;
	int err;

	err = preserve_unit(update, vtd_machine_unit_index(update->machine, device));
	if (err)
		return err;
	description = find_description(update, domain);
	function->domain = domain;
	if (!description) {
		err = preserve_domain(update, function, device + 1);
		if (err)
			return err;
	}
	describe_function(update, device, description ?: &function->domain_description);
	err = preserve_function(update, device);
	if (err)
		unpreserve_domain(update, function);
	else
		function->preserved = true;
	return err;
}

/**
 * vtd_live_update_abort - Preserve nothing.
 * @update: The live update.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_live_update_abort(struct vtd_live_update *update)
{
	for (int i = VTD_MACHINE_NR_DEVICES; i--;) {
		struct vtd_preserved_function *function = &update->functions[i];

		if (!function->preserved)
			continue;
		iommu_outgoing_remove_attachment(&update->out, &function->attachment);
		iommu_outgoing_remove_device(&update->out, &function->description);
		update->ops->unpreserve_device(&function->attachment);
		unpreserve_domain(update, function);
		function->preserved = false;
	}
	for (unsigned int i = 0; i < VTD_MACHINE_MAX_UNITS; i++)
		unpreserve_unit(update, i);
}

static bool kexec_is_under_way(void)
{
	return true;
}

static bool kexec_is_not_under_way(void)
{
	return false;
}

/**
 * vtd_live_update_shut_down_otherwise - The driver shuts down.
 * @update: The live update.
 * @written: The records are written.
 * @kexec: What is under way is a kexec.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_live_update_shut_down_otherwise(struct vtd_live_update *update,
					 bool written, bool kexec)
{
	struct kunit *test = update->machine->test;
	unsigned long flags;

	if (written)
		update->header_pa = iommu_outgoing_write(&update->out);
	iommu_liveupdate_set_written(written);
	if (kexec)
		kunit_activate_static_stub(test, iommu_is_kexec, kexec_is_under_way);
	else
		kunit_activate_static_stub(test, iommu_is_kexec, kexec_is_not_under_way);
	/* The only CPU that still runs must not sleep. */
	local_irq_save(flags);
	vtd_machine_shut_down(update->machine);
	local_irq_restore(flags);
	kunit_deactivate_static_stub(test, iommu_is_kexec);
}

/**
 * vtd_live_update_shut_down - The driver shuts down for a kexec with a live update.
 * @update: The live update.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_live_update_shut_down(struct vtd_live_update *update)
{
	vtd_live_update_shut_down_otherwise(update, true, true);
}

/* What was of the old kernel ends with it. */
static void forget_all(struct vtd_live_update *update)
{
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		kho_block_set_forget(&update->out.families[i].blocks);
	memset(&update->out, 0, sizeof(update->out));
	memset(update->units, 0, sizeof(update->units));
	memset(update->functions, 0, sizeof(update->functions));
	iommu_liveupdate_set_written(false);
	if (!update->has_read)
		return;
	iommu_liveupdate_set_incoming(NULL);
	iommu_incoming_release(&update->in);
	update->has_read = false;
}

/**
 * vtd_live_update_kexec - The kernel ends, and the next one reads the records.
 * @update: The live update. If nothing was written, there is nothing to read.
 *
 * Context: Process context, the thread of the case. No kernel runs afterwards.
 */
void vtd_live_update_kexec(struct vtd_live_update *update)
{
	const struct iommu_vendor_records *const vendors[] = {
		update->ops->records, NULL,
	};
	struct kunit *test = update->machine->test;

	vtd_machine_kexec(update->machine);
	forget_all(update);
	mock_kexec(test);
	KUNIT_ASSERT_EQ(test, 0, iommu_outgoing_init(&update->out));
	if (!update->header_pa)
		return;
	KUNIT_ASSERT_EQ(test, 0,
			iommu_incoming_read(&update->in, update->header_pa, vendors));
	update->header_pa = 0;
	update->has_read = true;
	iommu_liveupdate_set_incoming(&update->in);
}

/* In the new kernel */

/**
 * vtd_live_update_record - What the previous kernel says of a function.
 * @update: The live update.
 * @device: The function.
 *
 * Context: Any.
 *
 * Return: its attachment, good or not, or NULL if there is none.
 */
const struct iommu_liveupdate_attachment *
vtd_live_update_record(struct vtd_live_update *update,
		       enum vtd_machine_device device)
{
	const struct iommu_liveupdate_attachment *attachment;

	for (u32 i = 0; i < update->in.count[IOMMU_ATTACHMENTS]; i++) {
		attachment = &update->in.attachments[i];
		if (attachment->device &&
		    attachment->device->rid == vtd_machine_source_id(device))
			return attachment;
	}
	return NULL;
}

/**
 * vtd_live_update_restore - Restore the domain of a function.
 * @update: The live update.
 * @device: The function, which was probed.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: the domain, to which nothing is attached, never NULL.
 */
struct vtd_machine_domain *
vtd_live_update_restore(struct vtd_live_update *update,
			enum vtd_machine_device device)
{
	const struct iommu_liveupdate_attachment *record;
	struct kunit *test = update->machine->test;
	struct vtd_machine_domain *domain;
	struct iommu_domain *iommu_domain;
	struct pt_iommu *table;

	record = vtd_live_update_record(update, device);
	KUNIT_ASSERT_NOT_NULL(test, record);
	iommu_domain = update->ops->alloc_domain(vtd_machine_dev(update->machine, device),
						 record->domain);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(iommu_domain));
	domain = vtd_machine_take_domain(update->machine, iommu_domain);
	table = page_table(domain);
	KUNIT_ASSERT_EQ(test, 0,
			table->ops->liveupdate->restore(table, &record->domain->table));
	return domain;
}

/**
 * vtd_live_update_attach - Attach a function to its restored domain.
 * @update: The live update.
 * @device: The function.
 * @domain: Of vtd_live_update_restore(), for it or for one that shares the domain.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: 0 or an errno.
 */
int vtd_live_update_attach(struct vtd_live_update *update,
			   enum vtd_machine_device device,
			   struct vtd_machine_domain *domain)
{
	struct device *dev = vtd_machine_dev(update->machine, device);
	int err;

	err = vtd_driver_attach_restored(dev, domain->domain,
					 vtd_live_update_record(update, device));
	if (!err)
		domain->group = dev->iommu_group;
	return err;
}

/**
 * vtd_live_update_finish - All that was handed over is in use.
 * @update: The live update.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_live_update_finish(struct vtd_live_update *update)
{
	iommu_liveupdate_set_incoming(NULL);
	iommu_incoming_finish(&update->in);
	update->has_read = false;
}

/**
 * vtd_live_update_give_up - Leave what was handed over to KHO.
 * @update: The live update, in which something was lost.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_live_update_give_up(struct vtd_live_update *update)
{
	fake_kho_expect(update->machine->test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
}
