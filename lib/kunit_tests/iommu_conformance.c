// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: A live update of a machine with IOMMUs, step by step
 *
 * The conformance suite of backends plays the role of the IOMMU core. Its steps are
 * here; they know neither the backend nor the machine. Between two steps a case looks
 * where the DMA of each device goes, or alters something.
 *
 * Life cycle: conformance_start() makes a machine. When the test ends, devices are
 * detached and released, and domains are freed, in whatever state they are.
 *
 * Happy path, of which conformance_live_update() is all but the first:
 *
 * 1. conformance_add_device() attaches a device to a domain with mappings.
 * 2. conformance_preserve_unit() and conformance_preserve() describe units, domains,
 *    devices and attachments.
 * 3. conformance_kexec() writes the records, lets the backend switch over, and ends
 *    the kernel.
 * 4. conformance_boot() begins the next one, which reads the records and takes its
 *    units over.
 * 5. conformance_reattach() restores the domain of a device and attaches it.
 * 6. conformance_finish() gives the records back.
 *
 * Unhappy paths: conformance_abort() instead of step 3; conformance_give_up() instead
 * of step 6, if something was lost.
 */

#include <linux/err.h>
#include <linux/generic_pt/iommu.h>
#include <linux/iommu.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/adopt.h"
#include "../../drivers/iommu/liveupdate/pci_function.h"
#include "fake_kho.h"
#include "iommu_conformance.h"
#include "iommu_machine_dma.h"
#include "iommu_test_path.h"
#include "mock_kexec.h"

/* A machine that is added here meets all cases of the suite. */
static const struct iommu_machine_ops *const machines[] = {
	&iommu_test_machine_ops,
	&vtd_legacy_machine_ops,
	&vtd_second_stage_machine_ops,
	&vtd_first_stage_machine_ops,
};

static struct pt_iommu *page_table(struct conformance_domain *domain)
{
	return container_of(domain->domain, struct pt_iommu, domain);
}

/**
 * conformance_gen_machines - Go over all machines, for KUNIT_CASE_PARAM()
 * @test: The case
 * @prev: The machine before, or NULL
 * @desc: Where the name goes
 *
 * Context: Any.
 * Return: the next machine, or NULL.
 */
const void *conformance_gen_machines(struct kunit *test, const void *prev,
				     char *desc)
{
	const struct iommu_machine_ops *const *next = prev;

	next = next ? next + 1 : machines;
	if (next == machines + ARRAY_SIZE(machines))
		return NULL;
	strscpy(desc, (*next)->name, KUNIT_PARAM_DESC_SIZE);
	return next;
}

/* Undo all, in whatever state it is. Runs when the test has ended. */
static void conformance_end(void *data)
{
	struct conformance_device *device, *next_device;
	struct conformance_domain *domain, *next_domain;
	struct conformance *c = data;

	list_for_each_entry(device, &c->devices, node)
		conformance_unwatch(c, device);
	if (c->out.header) {
		conformance_abort(c);
		iommu_outgoing_destroy(&c->out);
	}
	list_for_each_entry_safe(device, next_device, &c->devices, node) {
		if (device->dev)
			conformance_release(c, device);
		kfree(device);
	}
	list_for_each_entry_safe(domain, next_domain, &c->domains, node) {
		conformance_free_domain(c, domain);
		kfree(domain);
	}
	iommu_liveupdate_set_incoming(NULL);
	if (c->is_updated)
		iommu_incoming_release(&c->in);
}

/**
 * conformance_start - Make a machine of the parameter of the case
 * @test: The case
 * @units: Number of units
 *
 * Context: May sleep.
 * Return: the machine, in its first kernel.
 */
struct conformance *conformance_start(struct kunit *test, unsigned int units)
{
	const struct iommu_machine_ops *const *ops = test->param_value;
	struct conformance *c;

	fake_kho_start(test);
	c = kunit_kzalloc(test, sizeof(*c), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, c);
	c->test = test;
	c->ops = *ops;
	c->backend = c->ops->backend;
	INIT_LIST_HEAD(&c->domains);
	INIT_LIST_HEAD(&c->devices);
	c->machine = c->ops->create(test, units);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, conformance_end, c));
	KUNIT_ASSERT_EQ(test, 0, iommu_outgoing_init(&c->out));
	return c;
}

/**
 * conformance_add_domain - Add a domain
 * @c: The machine
 *
 * It is allocated when it is needed.
 *
 * Context: May sleep.
 * Return: the domain.
 */
struct conformance_domain *conformance_add_domain(struct conformance *c)
{
	struct conformance_domain *domain;

	/* The case frees what it has before conformance_end() is called. */
	domain = kzalloc_obj(*domain);
	KUNIT_ASSERT_NOT_NULL(c->test, domain);
	domain->number = list_count_nodes(&c->domains) + 1;
	list_add_tail(&domain->node, &c->domains);
	return domain;
}

/* Leaves @domain without one if it fails. */
static void alloc_domain(struct conformance *c, struct conformance_domain *domain,
			 struct device *dev)
{
	struct iommu_domain *iommu_domain = c->ops->alloc_domain(c->machine, dev);

	KUNIT_ASSERT_FALSE(c->test, IS_ERR_OR_NULL(iommu_domain));
	domain->domain = iommu_domain;
	KUNIT_ASSERT_EQ(c->test, 0, iommu_machine_map(iommu_domain, domain->number));
}

/**
 * conformance_probe - Let the driver probe a device
 * @c: The machine
 * @device: The device
 *
 * Context: May sleep.
 */
void conformance_probe(struct conformance *c, struct conformance_device *device)
{
	struct device *dev = iommu_machine_probe(c->machine, device->unit, device->rid);

	KUNIT_ASSERT_FALSE(c->test, IS_ERR_OR_NULL(dev));
	device->dev = dev;
}

/**
 * conformance_attach - Attach a device to its domain, as any device
 * @c: The machine
 * @device: The device, which was probed. Its domain is allocated first if need be.
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int conformance_attach(struct conformance *c, struct conformance_device *device)
{
	int ret;

	if (!device->domain->domain)
		alloc_domain(c, device->domain, device->dev);
	ret = c->ops->attach(c->machine, device->dev, device->domain->domain);
	device->is_attached = !ret;
	return ret;
}

/**
 * conformance_detach - Detach a device, as any device
 * @c: The machine
 * @device: The device, which is attached
 *
 * Context: May sleep.
 */
void conformance_detach(struct conformance *c, struct conformance_device *device)
{
	c->ops->detach(c->machine, device->dev);
	device->is_attached = false;
}

/**
 * conformance_release - Let the driver release a device
 * @c: The machine
 * @device: The device
 *
 * Context: May sleep.
 */
void conformance_release(struct conformance *c, struct conformance_device *device)
{
	if (device->is_attached)
		conformance_detach(c, device);
	iommu_machine_release(c->machine, device->dev);
	device->dev = NULL;
}

/**
 * conformance_free_domain - Free a domain, if there is one
 * @c: The machine
 * @domain: The domain, which no device is attached to
 *
 * Context: May sleep.
 */
void conformance_free_domain(struct conformance *c, struct conformance_domain *domain)
{
	if (domain->domain)
		c->ops->free_domain(c->machine, domain->domain);
	domain->domain = NULL;
}

/**
 * conformance_add_device - Add a device that is attached
 * @c: The machine
 * @unit: Number of its unit
 * @rid: Requester ID, which no device of any unit has
 * @domain: Its domain, or NULL for one of its own
 *
 * Context: May sleep.
 * Return: the device.
 */
struct conformance_device *
conformance_add_device(struct conformance *c, unsigned int unit, u16 rid,
		       struct conformance_domain *domain)
{
	struct conformance_device *device;

	device = kzalloc_obj(*device);
	KUNIT_ASSERT_NOT_NULL(c->test, device);
	device->unit = unit;
	device->rid = rid;
	device->domain = domain ?: conformance_add_domain(c);
	list_add_tail(&device->node, &c->devices);
	conformance_probe(c, device);
	KUNIT_ASSERT_EQ(c->test, 0, conformance_attach(c, device));
	return device;
}

/* In the old kernel */

/**
 * conformance_preserve_unit - Preserve a unit
 * @c: The machine
 * @n: Its number
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int conformance_preserve_unit(struct conformance *c, unsigned int n)
{
	struct iommu_liveupdate_unit *unit;
	int ret;

	unit = c->backend->preserve_unit(c->ops->unit(c->machine, n));
	if (IS_ERR(unit))
		return PTR_ERR(unit);
	ret = iommu_outgoing_add_unit(&c->out, unit);
	if (ret)
		c->backend->unpreserve_unit(unit);
	else
		c->units[n] = unit;
	return ret;
}

/**
 * conformance_unpreserve_unit - Undo conformance_preserve_unit()
 * @c: The machine
 * @n: Its number
 *
 * Context: May sleep.
 */
void conformance_unpreserve_unit(struct conformance *c, unsigned int n)
{
	iommu_outgoing_remove_unit(&c->out, c->units[n]);
	c->backend->unpreserve_unit(c->units[n]);
	c->units[n] = NULL;
}

static void describe_domain(struct conformance *c, struct conformance_domain *domain)
{
	struct iommu_liveupdate_domain *description = &domain->description;
	const struct iommu_domain *iommu_domain = domain->domain;

	description->vendor = c->backend->records;
	description->id = domain->number;
	description->pgsize_bitmap = iommu_domain->pgsize_bitmap;
	description->aperture_start = iommu_domain->geometry.aperture_start;
	description->aperture_last = iommu_domain->geometry.aperture_end;
	if (c->backend->describe_domain)
		c->backend->describe_domain(domain->domain, description);
}

/**
 * conformance_preserve_domain - Preserve a domain for one more device
 * @c: The machine
 * @domain: The domain
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int conformance_preserve_domain(struct conformance *c,
				struct conformance_domain *domain)
{
	struct pt_iommu *table = page_table(domain);
	int ret;

	if (domain->users++)
		return 0;
	domain->description = (struct iommu_liveupdate_domain){};
	ret = table->ops->liveupdate->preserve(table, &domain->description.table);
	if (ret)
		goto err_users;
	describe_domain(c, domain);
	ret = iommu_outgoing_add_domain(&c->out, &domain->description);
	if (ret)
		goto err_unpreserve;
	return 0;

err_unpreserve:
	table->ops->liveupdate->unpreserve(table);
err_users:
	domain->users--;
	return ret;
}

/**
 * conformance_unpreserve_domain - Undo conformance_preserve_domain()
 * @c: The machine
 * @domain: The domain
 *
 * Context: May sleep.
 */
void conformance_unpreserve_domain(struct conformance *c,
				   struct conformance_domain *domain)
{
	struct pt_iommu *table = page_table(domain);

	if (--domain->users)
		return;
	iommu_outgoing_remove_domain(&c->out, &domain->description);
	table->ops->liveupdate->unpreserve(table);
}

static void describe_device(struct conformance *c, struct conformance_device *device)
{
	device->description = (struct iommu_liveupdate_device){
		.unit = c->units[device->unit],
		.owner = 1,
		.type = IOMMU_DEVICE_TYPE_PCI,
		.rid = device->rid,
	};
	if (c->backend->records->device_chain.entry_size)
		iommu_vendor_chain_init(&device->description.chain,
					&c->backend->records->device_chain);
	device->attachment = (struct iommu_liveupdate_attachment){
		.device = &device->description,
		.domain = &device->domain->description,
		.pasid = IOMMU_ATTACHMENT_NO_PASID,
	};
}

static int add_records(struct conformance *c, struct conformance_device *device)
{
	int ret;

	ret = iommu_outgoing_add_device(&c->out, &device->description);
	if (ret)
		return ret;
	ret = iommu_outgoing_add_attachment(&c->out, &device->attachment);
	if (ret)
		iommu_outgoing_remove_device(&c->out, &device->description);
	return ret;
}

/**
 * conformance_preserve - Preserve a device, with its domain
 * @c: The machine
 * @device: The device, whose unit is preserved
 *
 * Context: May sleep.
 * Return: 0, or an errno and nothing has changed.
 */
int conformance_preserve(struct conformance *c, struct conformance_device *device)
{
	int ret;

	ret = conformance_preserve_domain(c, device->domain);
	if (ret)
		return ret;
	describe_device(c, device);
	ret = iommu_test_path_init(&device->description.path, device->rid, 1);
	if (ret)
		goto err_domain;
	ret = c->backend->preserve_device(device->dev, &device->attachment);
	if (ret)
		goto err_path;
	ret = add_records(c, device);
	if (ret)
		goto err_device;
	device->is_preserved = true;
	return 0;

err_device:
	c->backend->unpreserve_device(&device->attachment);
err_path:
	iommu_pci_path_destroy(&device->description.path);
err_domain:
	conformance_unpreserve_domain(c, device->domain);
	return ret;
}

/**
 * conformance_unpreserve - Undo conformance_preserve()
 * @c: The machine
 * @device: The device
 *
 * Context: May sleep.
 */
void conformance_unpreserve(struct conformance *c, struct conformance_device *device)
{
	iommu_outgoing_remove_attachment(&c->out, &device->attachment);
	iommu_outgoing_remove_device(&c->out, &device->description);
	c->backend->unpreserve_device(&device->attachment);
	iommu_pci_path_destroy(&device->description.path);
	conformance_unpreserve_domain(c, device->domain);
	device->is_preserved = false;
}

/**
 * conformance_preserve_all - Preserve all units and all attached devices
 * @c: The machine
 *
 * Context: May sleep.
 */
void conformance_preserve_all(struct conformance *c)
{
	struct conformance_device *device;

	for (unsigned int n = 0; n < c->machine->units; n++)
		KUNIT_ASSERT_EQ(c->test, 0, conformance_preserve_unit(c, n));
	list_for_each_entry(device, &c->devices, node) {
		if (device->is_attached)
			KUNIT_ASSERT_EQ(c->test, 0,
					conformance_preserve(c, device));
	}
}

/**
 * conformance_abort - Preserve nothing, in reverse order
 * @c: The machine
 *
 * Context: May sleep.
 */
void conformance_abort(struct conformance *c)
{
	struct conformance_device *device;

	list_for_each_entry_reverse(device, &c->devices, node) {
		if (device->is_preserved)
			conformance_unpreserve(c, device);
	}
	for (unsigned int n = c->machine->units; n--;) {
		if (c->units[n])
			conformance_unpreserve_unit(c, n);
	}
}

/**
 * conformance_switch_over - Write the records and switch all preserved units over
 * @c: The machine
 *
 * Context: The last thing that a kernel does.
 */
void conformance_switch_over(struct conformance *c)
{
	c->header_pa = iommu_outgoing_write(&c->out);
	for (unsigned int n = 0; n < c->machine->units; n++) {
		if (c->units[n])
			KUNIT_ASSERT_EQ(c->test, 0,
					c->backend->switch_over(c->units[n]));
	}
}

/* What the suite has in the role of the IOMMU core ends with its kernel, too. */
static void forget_all(struct conformance *c)
{
	struct conformance_device *device;
	struct conformance_domain *domain;

	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		kho_block_set_forget(&c->out.families[i].blocks);
	list_for_each_entry(device, &c->devices, node) {
		if (device->description.path.count)
			kho_block_set_forget(&device->description.path.functions);
		if (device->description.chain.count)
			kho_block_set_forget(&device->description.chain.blocks);
		device->dev = NULL;
		device->is_attached = false;
		device->is_preserved = false;
	}
	list_for_each_entry(domain, &c->domains, node) {
		domain->domain = NULL;
		domain->users = 0;
	}
	memset(c->units, 0, sizeof(c->units));
	memset(&c->out, 0, sizeof(c->out));
}

/**
 * conformance_kexec - End a kernel, after conformance_switch_over()
 * @c: The machine, which the next kernel has not looked at
 *
 * Context: May sleep.
 */
void conformance_kexec(struct conformance *c)
{
	KUNIT_ASSERT_FALSE(c->test, c->is_updated);
	c->ops->end_kernel(c->machine);
	forget_all(c);
	mock_kexec(c->test);
	c->ops->begin_kernel(c->machine);
	KUNIT_ASSERT_EQ(c->test, 0, iommu_outgoing_init(&c->out));
}

/* In the new kernel */

/**
 * conformance_read - Read the records
 * @c: The machine
 *
 * Context: May sleep.
 */
void conformance_read(struct conformance *c)
{
	const struct iommu_vendor_records *const vendors[] = {
		c->backend->records, NULL,
	};

	KUNIT_ASSERT_EQ(c->test, 0, iommu_incoming_read(&c->in, c->header_pa, vendors));
	c->is_updated = true;
	iommu_liveupdate_set_incoming(&c->in);
}

/**
 * conformance_init_units - Let the driver take over all units of the record
 * @c: The machine
 *
 * Context: May sleep.
 */
void conformance_init_units(struct conformance *c)
{
	for (unsigned int n = 0; n < c->machine->units; n++)
		KUNIT_EXPECT_TRUE(c->test, c->ops->init_unit(c->machine, n));
}

/**
 * conformance_boot - Switch over, kexec, and take over all units
 * @c: The machine, all units of which are preserved
 *
 * Context: May sleep.
 */
void conformance_boot(struct conformance *c)
{
	conformance_switch_over(c);
	conformance_kexec(c);
	conformance_read(c);
	conformance_init_units(c);
}

/**
 * conformance_finish - The live update is over
 * @c: The machine, whose devices are attached
 *
 * Context: May sleep.
 */
void conformance_finish(struct conformance *c)
{
	iommu_liveupdate_set_incoming(NULL);
	iommu_incoming_finish(&c->in);
	c->is_updated = false;
}

/**
 * conformance_give_up - Leave what was handed over to KHO
 * @c: The machine, which was not taken over as a whole
 *
 * Context: May sleep.
 */
void conformance_give_up(struct conformance *c)
{
	fake_kho_expect(c->test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
}

/**
 * conformance_record - What the previous kernel says of a device
 * @c: The machine
 * @device: The device
 *
 * Context: Any.
 * Return: its attachment, good or not, or NULL if there is none.
 */
const struct iommu_liveupdate_attachment *
conformance_record(struct conformance *c, const struct conformance_device *device)
{
	const struct iommu_liveupdate_attachment *attachment;

	for (u32 i = 0; i < c->in.count[IOMMU_ATTACHMENTS]; i++) {
		attachment = &c->in.attachments[i];
		if (attachment->device && attachment->device->rid == device->rid)
			return attachment;
	}
	return NULL;
}

/**
 * conformance_restore_domain - Restore the domain of a device, unless it was
 * @c: The machine
 * @device: The device, which was probed
 *
 * Context: May sleep.
 */
void conformance_restore_domain(struct conformance *c,
				struct conformance_device *device)
{
	const struct iommu_liveupdate_attachment *record =
		conformance_record(c, device);
	struct iommu_domain *domain;
	struct pt_iommu *table;

	if (device->domain->domain)
		return;
	domain = c->backend->alloc_domain(device->dev, record->domain);
	KUNIT_ASSERT_FALSE(c->test, IS_ERR_OR_NULL(domain));
	device->domain->domain = domain;
	table = page_table(device->domain);
	KUNIT_ASSERT_EQ(c->test, 0,
			table->ops->liveupdate->restore(table, &record->domain->table));
}

/**
 * conformance_reattach - Attach an adopted device to its restored domain
 * @c: The machine
 * @device: The device; it is probed, and its domain restored, if need be
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int conformance_reattach(struct conformance *c, struct conformance_device *device)
{
	int ret;

	if (!device->dev)
		conformance_probe(c, device);
	conformance_restore_domain(c, device);
	ret = c->backend->attach_device(device->dev, device->domain->domain,
					conformance_record(c, device));
	device->is_attached |= !ret;
	return ret;
}

/**
 * conformance_reattach_all - Attach all devices that have a record
 * @c: The machine
 *
 * Context: May sleep.
 */
void conformance_reattach_all(struct conformance *c)
{
	struct conformance_device *device;

	list_for_each_entry(device, &c->devices, node) {
		if (conformance_record(c, device))
			KUNIT_ASSERT_EQ(c->test, 0,
					conformance_reattach(c, device));
	}
}

/**
 * conformance_live_update - From preserved devices to attached ones
 * @c: The machine, all units of which are preserved
 *
 * Context: May sleep.
 */
void conformance_live_update(struct conformance *c)
{
	conformance_boot(c);
	conformance_reattach_all(c);
	conformance_finish(c);
}

/* What DMA does */

static void watch(struct conformance *c, struct conformance_device *device,
		  unsigned int number)
{
	iommu_machine_watch(c->machine, device->unit, device->rid, number);
	device->is_watched = true;
}

/**
 * conformance_watch - From now on a device reaches what its domain maps
 * @c: The machine
 * @device: The device
 *
 * Context: May sleep.
 */
void conformance_watch(struct conformance *c, struct conformance_device *device)
{
	conformance_expect_reached(c, device);
	watch(c, device, device->domain->number);
}

/**
 * conformance_watch_blocked - From now on a device reaches nothing
 * @c: The machine
 * @device: The device
 *
 * Context: May sleep.
 */
void conformance_watch_blocked(struct conformance *c,
			       struct conformance_device *device)
{
	conformance_expect_blocked(c, device);
	watch(c, device, IOMMU_MACHINE_NO_DOMAIN);
}

/**
 * conformance_unwatch - What a device reaches may change
 * @c: The machine
 * @device: The device
 *
 * Context: May sleep.
 */
void conformance_unwatch(struct conformance *c, struct conformance_device *device)
{
	if (!device->is_watched)
		return;
	iommu_machine_unwatch(c->machine, device->unit, device->rid);
	device->is_watched = false;
}

/**
 * conformance_expect_reached - A device reaches what its domain maps, and no more
 * @c: The machine
 * @device: The device
 *
 * Context: May sleep.
 */
void conformance_expect_reached(struct conformance *c,
				const struct conformance_device *device)
{
	iommu_machine_expect(c->machine, device->unit, device->rid,
			     device->domain->number);
}

/**
 * conformance_expect_blocked - A device reaches nothing
 * @c: The machine
 * @device: The device
 *
 * Context: May sleep.
 */
void conformance_expect_blocked(struct conformance *c,
				const struct conformance_device *device)
{
	iommu_machine_expect(c->machine, device->unit, device->rid,
			     IOMMU_MACHINE_NO_DOMAIN);
}
