// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: what each backend has to survive
 *
 * What the hardware has is not what the record says; the record is missing or bad;
 * something is not supported; there is no memory. What is lost is as little as can
 * be, and none of it can be reached by DMA any more. Each case runs on each machine,
 * see iommu_conformance.c.
 */

#include <linux/err.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/adopt.h"
#include "fake_kho_internal.h"
#include "iommu_conformance.h"
#include "iommu_graph.h"
#include "liveupdate_snapshot.h"
#include "nth_failure.h"

/* A new domain for a device that has lost its DMA */
static void expect_starts_anew(struct conformance *c,
			       struct conformance_device *device)
{
	if (!device->dev)
		conformance_probe(c, device);
	conformance_expect_blocked(c, device);
	device->domain = conformance_add_domain(c);
	KUNIT_EXPECT_EQ(c->test, 0, conformance_attach(c, device));
	conformance_expect_reached(c, device);
}

static void expect_goes_on(struct conformance *c, struct conformance_device *device)
{
	conformance_expect_reached(c, device);
	KUNIT_EXPECT_EQ(c->test, 0, conformance_reattach(c, device));
	conformance_expect_reached(c, device);
}

/* A unit is an orphan: DMA of its devices stops before translation does. */
static void expect_orphan(struct conformance *c, unsigned int n)
{
	struct conformance_device *device;

	KUNIT_EXPECT_FALSE(c->test, c->ops->init_unit(c->machine, n));
	list_for_each_entry(device, &c->devices, node) {
		if (device->unit == n)
			KUNIT_EXPECT_FALSE(c->test,
					   c->ops->may_do_dma(c->machine, n,
							      device->rid));
	}
	KUNIT_EXPECT_TRUE(c->test, c->ops->is_enabled(c->machine, n));
	list_for_each_entry(device, &c->devices, node) {
		if (device->unit == n)
			expect_starts_anew(c, device);
	}
}

static void kexec_and_read(struct conformance *c)
{
	conformance_switch_over(c);
	conformance_kexec(c);
	conformance_read(c);
}

/* Hardware */

/*
 * One live update for each thing in which hardware and record can differ.
 * Finding 163: the root table is one of them.
 */
static void unit_that_differs_is_an_orphan(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 2);
	struct conformance_device *other = conformance_add_device(c, 1, 0x210, NULL);
	unsigned int k;

	conformance_add_device(c, 0, 0x10, NULL);
	conformance_add_device(c, 0, 0x111, NULL);
	conformance_watch(c, other);
	conformance_give_up(c);
	for (k = 0;; k++) {
		conformance_preserve_all(c);
		kexec_and_read(c);
		if (!c->ops->damage_unit(c->machine, 0, k))
			break;
		expect_orphan(c, 0);
		KUNIT_EXPECT_EQ(test, 1, c->in.lost[IOMMU_UNITS]);
		KUNIT_EXPECT_EQ(test, 2, c->in.lost[IOMMU_DEVICES]);
		KUNIT_EXPECT_TRUE(test, c->ops->init_unit(c->machine, 1));
		expect_goes_on(c, other);
		conformance_finish(c);
	}
	KUNIT_EXPECT_GT(test, k, 1);
	conformance_init_units(c);
	conformance_reattach_all(c);
	conformance_finish(c);
}

#define MAX_DIFFERENCES	32

/* Finding 162: each device has another thing that differs. */
static void device_that_differs_is_blocked(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 2);
	struct conformance_device *devices[MAX_DIFFERENCES], *good[3];
	unsigned int k;

	for (int i = 0; i < ARRAY_SIZE(good); i++)
		good[i] = conformance_add_device(c, i % 2, 0x111 * i + 1, NULL);
	for (int i = 0; i < MAX_DIFFERENCES; i++)
		devices[i] = conformance_add_device(c, 0, 0x3f0 + i, NULL);
	for (int i = 0; i < ARRAY_SIZE(good); i++)
		conformance_watch(c, good[i]);
	conformance_preserve_all(c);
	kexec_and_read(c);
	for (k = 0; k < MAX_DIFFERENCES; k++) {
		/* It is cached, too. */
		conformance_expect_reached(c, devices[k]);
		if (!c->ops->damage_device(c->machine, 0, devices[k]->rid, k))
			break;
	}
	KUNIT_ASSERT_GT(test, k, 1);
	conformance_init_units(c);
	KUNIT_EXPECT_EQ(test, 0, c->in.lost[IOMMU_UNITS]);
	KUNIT_EXPECT_EQ(test, k, c->in.lost[IOMMU_DEVICES]);

	conformance_give_up(c);
	for (int i = 0; i < MAX_DIFFERENCES; i++) {
		if (i < k)
			expect_starts_anew(c, devices[i]);
		else
			expect_goes_on(c, devices[i]);
	}
	for (int i = 0; i < ARRAY_SIZE(good); i++)
		expect_goes_on(c, good[i]);
}

/* Finding 96: an id that the unit does not have cannot be reserved. */
static void id_that_the_unit_has_not_is_refused(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);
	struct iommu_device *unit;
	struct iommu_liveupdate_attachment record;

	conformance_watch(c, device);
	conformance_preserve_all(c);
	kexec_and_read(c);
	unit = c->ops->unit(c->machine, 0);
	KUNIT_ASSERT_EQ(test, 0, c->backend->adopt_unit(unit, c->in.units));
	record = *conformance_record(c, device);
	record.hardware_id = U16_MAX + 1;
	KUNIT_EXPECT_EQ(test, -ERANGE, c->backend->adopt_attachment(unit, &record));
	KUNIT_EXPECT_EQ(test, 0, c->backend->adopt_attachment(unit, c->in.attachments));
	conformance_init_units(c);
	conformance_reattach_all(c);
	conformance_finish(c);
}

/* Records */

/* Finding 110: whoever finds a unit enabled may have no record at all. */
static void unit_is_an_orphan_without_records(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);

	conformance_add_device(c, 0, 0x10, NULL);
	conformance_add_device(c, 0, 0x320, NULL);
	conformance_preserve_all(c);
	conformance_switch_over(c);
	conformance_kexec(c);
	conformance_give_up(c);
	KUNIT_EXPECT_FALSE(test, iommu_liveupdate_is_incoming());
	expect_orphan(c, 0);
}

static void unit_is_an_orphan_if_the_image_is_bad(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	const struct iommu_vendor_records *const vendors[] = {
		c->backend->records, NULL,
	};
	struct iommu_header_ser *header;

	conformance_add_device(c, 0, 0x10, NULL);
	conformance_preserve_all(c);
	conformance_switch_over(c);
	conformance_kexec(c);
	conformance_give_up(c);
	header = phys_to_virt(c->header_pa);
	header->magic++;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommu_incoming_read(&c->in, c->header_pa, vendors));
	iommu_liveupdate_set_incoming(&c->in);
	c->is_updated = true;
	expect_orphan(c, 0);
}

static void *record_of(struct conformance *c, enum iommu_family family, u32 index)
{
	void *header = phys_to_virt(c->header_pa);

	return iommu_chain_entry(header + iommu_families[family].chain, index);
}

static void unit_is_an_orphan_if_its_record_is_bad(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 2);
	struct conformance_device *other = conformance_add_device(c, 1, 0x210, NULL);
	struct iommu_unit_ser *unit;

	conformance_add_device(c, 0, 0x10, NULL);
	conformance_preserve_all(c);
	conformance_watch(c, other);
	conformance_switch_over(c);
	conformance_kexec(c);
	conformance_give_up(c);
	unit = record_of(c, IOMMU_UNITS, 0);
	unit->flags = 1;
	conformance_read(c);
	expect_orphan(c, 0);
	KUNIT_EXPECT_TRUE(test, c->ops->init_unit(c->machine, 1));
	expect_goes_on(c, other);
}

static void device_is_blocked_if_its_record_is_bad(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *devices[3];
	struct iommu_device_ser *device;

	for (int i = 0; i < ARRAY_SIZE(devices); i++)
		devices[i] = conformance_add_device(c, 0, 0x81 * i, NULL);
	conformance_preserve_all(c);
	conformance_watch(c, devices[0]);
	conformance_watch(c, devices[2]);
	conformance_switch_over(c);
	conformance_kexec(c);
	conformance_give_up(c);
	device = record_of(c, IOMMU_DEVICES, 1);
	device->owner = 0;
	conformance_read(c);
	KUNIT_EXPECT_EQ(test, 1, c->in.lost[IOMMU_DEVICES]);
	conformance_init_units(c);
	expect_goes_on(c, devices[0]);
	expect_goes_on(c, devices[2]);
	expect_starts_anew(c, devices[1]);
}

static void devices_are_blocked_if_their_domain_is_bad(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_domain *shared = conformance_add_domain(c);
	struct conformance_device *devices[3];
	struct iommu_domain_ser *domain;

	for (int i = 0; i < ARRAY_SIZE(devices); i++)
		devices[i] = conformance_add_device(c, 0, 0x10 + i, i ? shared : NULL);
	conformance_preserve_all(c);
	conformance_watch(c, devices[0]);
	conformance_switch_over(c);
	conformance_kexec(c);
	conformance_give_up(c);
	domain = record_of(c, IOMMU_DOMAINS, 1);
	domain->flags = 1;
	conformance_read(c);
	KUNIT_EXPECT_EQ(test, 2, c->in.lost[IOMMU_DEVICES]);
	conformance_init_units(c);
	expect_goes_on(c, devices[0]);
	expect_starts_anew(c, devices[1]);
	expect_starts_anew(c, devices[2]);
}

/* A format that this kernel's driver does not have */
static void domain_of_another_format_is_refused(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);
	struct iommu_liveupdate_domain record;

	conformance_preserve_all(c);
	conformance_boot(c);
	conformance_probe(c, device);
	record = *conformance_record(c, device)->domain;
	record.table.format = IOMMU_PT_FORMAT_AMDV1;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			PTR_ERR(c->backend->alloc_domain(device->dev, &record)));
	expect_goes_on(c, device);
	conformance_finish(c);
}

/* Refused */

static void unit_that_is_refused_leaves_nothing(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct liveupdate_snapshot before, after;
	unsigned int k;

	conformance_add_device(c, 0, 0x10, NULL);
	for (k = 0;; k++) {
		liveupdate_snapshot_take(&before);
		if (!c->ops->refuse_unit(c->machine, 0, k))
			break;
		KUNIT_EXPECT_EQ_MSG(test, -EOPNOTSUPP,
				    conformance_preserve_unit(c, 0), "reason %u", k);
		c->ops->accept(c->machine);
		liveupdate_snapshot_take(&after);
		liveupdate_snapshot_expect_equal(test, &before, &after);
		KUNIT_EXPECT_EQ(test, 0, conformance_preserve_unit(c, 0));
		conformance_abort(c);
	}
	c->ops->accept(c->machine);
	KUNIT_EXPECT_GT(test, k, 0);
	conformance_preserve_all(c);
	conformance_live_update(c);
}

/* Finding 165: PASIDs are a reason of each backend. */
static void device_that_is_refused_leaves_nothing(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);
	struct conformance_device *other = conformance_add_device(c, 0, 0x11, NULL);
	struct liveupdate_snapshot before, after;
	unsigned int k;

	KUNIT_ASSERT_EQ(test, 0, conformance_preserve_unit(c, 0));
	KUNIT_ASSERT_EQ(test, 0, conformance_preserve(c, other));
	for (k = 0;; k++) {
		liveupdate_snapshot_take(&before);
		if (!c->ops->refuse_device(c->machine, device->dev, k))
			break;
		KUNIT_EXPECT_EQ_MSG(test, -EOPNOTSUPP,
				    conformance_preserve(c, device), "reason %u", k);
		c->ops->accept(c->machine);
		liveupdate_snapshot_take(&after);
		liveupdate_snapshot_expect_equal(test, &before, &after);
		KUNIT_EXPECT_EQ(test, 0, conformance_preserve(c, device));
		conformance_unpreserve(c, device);
		conformance_expect_reached(c, device);
	}
	c->ops->accept(c->machine);
	KUNIT_EXPECT_GT(test, k, 0);
	KUNIT_EXPECT_EQ(test, 0, conformance_preserve(c, device));
	conformance_live_update(c);
}

static void domain_that_is_not_the_devices_is_refused(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);
	struct conformance_device *other = conformance_add_device(c, 0, 0x11, NULL);
	struct conformance_domain *own = device->domain;

	KUNIT_ASSERT_EQ(test, 0, conformance_preserve_unit(c, 0));
	device->domain = other->domain;
	KUNIT_EXPECT_EQ(test, -EINVAL, conformance_preserve(c, device));
	device->domain = own;
	conformance_detach(c, device);
	KUNIT_EXPECT_EQ(test, -EINVAL, conformance_preserve(c, device));
	KUNIT_ASSERT_EQ(test, 0, conformance_attach(c, device));
	KUNIT_EXPECT_EQ(test, 0, conformance_preserve(c, device));
}

static void device_is_preserved_once(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);
	struct liveupdate_snapshot before, after;
	struct iommu_liveupdate_device again;
	struct iommu_liveupdate_attachment attachment;

	conformance_preserve_all(c);
	again = device->description;
	attachment = device->attachment;
	attachment.device = &again;
	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			c->backend->preserve_device(device->dev, &attachment));
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	conformance_live_update(c);
}

/* No memory */

static int run_preserve_unit(struct kunit *test, void *context)
{
	return conformance_preserve_unit(context, 0);
}

static void undo_preserve_unit(struct kunit *test, void *context)
{
	conformance_unpreserve_unit(context, 0);
}

static void preserve_unit_survives_each_failure(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);

	conformance_watch(c, device);
	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "preserve_unit",
		.run = run_preserve_unit,
		.undo = undo_preserve_unit,
		.context = c,
		.minimum = 2,
	});
	conformance_expect_reached(c, device);
}

static struct conformance_device *first_device(struct conformance *c)
{
	return list_first_entry(&c->devices, struct conformance_device, node);
}

/*
 * The unit goes, too: what it has made for a bus may stay as long as it is preserved.
 */
static int run_preserve_device(struct kunit *test, void *context)
{
	struct conformance *c = context;
	int ret;

	ret = conformance_preserve_unit(c, 0);
	if (ret)
		return ret;
	ret = conformance_preserve(c, first_device(c));
	if (ret)
		conformance_unpreserve_unit(c, 0);
	return ret;
}

static void undo_preserve_device(struct kunit *test, void *context)
{
	conformance_abort(context);
}

static void preserve_device_survives_each_failure(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);

	conformance_watch(c, device);
	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "preserve_device",
		.run = run_preserve_device,
		.undo = undo_preserve_device,
		.context = c,
		.minimum = 6,
	});
	conformance_expect_reached(c, device);
}

#define MAX_POINTS	1000

/*
 * What cannot be undone is called again and again, with one failure later each time,
 * until it gets through. A failure must leave everything as it was.
 */
static void until_it_gets_through(struct conformance *c,
				  int (*run)(struct conformance *c))
{
	struct liveupdate_snapshot before, after;
	unsigned int nth = 0;
	int ret;

	liveupdate_snapshot_take(&before);
	do {
		fail_nth_exchange(++nth);
		ret = run(c);
		fail_nth_exchange(0);
		if (!ret)
			return;
		KUNIT_EXPECT_EQ(c->test, -ENOMEM, ret);
		liveupdate_snapshot_take(&after);
		liveupdate_snapshot_expect_equal(c->test, &before, &after);
	} while (nth < MAX_POINTS);
	KUNIT_FAIL(c->test, "no end of failures");
}

static int run_adopt_unit(struct conformance *c)
{
	return c->backend->adopt_unit(c->ops->unit(c->machine, 0), c->in.units);
}

static int run_adopt_attachment(struct conformance *c)
{
	return c->backend->adopt_attachment(c->ops->unit(c->machine, 0),
					    c->in.attachments);
}

static void adopt_survives_each_failure(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);

	conformance_watch(c, device);
	conformance_preserve_all(c);
	kexec_and_read(c);
	until_it_gets_through(c, run_adopt_unit);
	until_it_gets_through(c, run_adopt_attachment);
	conformance_init_units(c);
	conformance_reattach_all(c);
	conformance_finish(c);
}

static int run_alloc_domain(struct kunit *test, void *context)
{
	struct conformance *c = context;
	struct conformance_device *device = first_device(c);
	struct iommu_domain *domain;

	domain = c->backend->alloc_domain(device->dev, c->in.attachments[0].domain);
	if (IS_ERR(domain))
		return PTR_ERR(domain);
	device->domain->domain = domain;
	return 0;
}

static void undo_alloc_domain(struct kunit *test, void *context)
{
	conformance_free_domain(context, first_device(context)->domain);
}

static void alloc_domain_survives_each_failure(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);

	conformance_watch(c, device);
	conformance_preserve_all(c);
	conformance_boot(c);
	conformance_probe(c, device);
	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "alloc_domain",
		.run = run_alloc_domain,
		.undo = undo_alloc_domain,
		.context = c,
		.minimum = 2,
	});
	conformance_reattach_all(c);
	conformance_finish(c);
}

static int run_attach_device(struct conformance *c)
{
	return conformance_reattach(c, first_device(c));
}

/* Finding 109: a failure leaves the entries alone, and can be tried again. */
static void attach_survives_each_failure(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);

	conformance_watch(c, device);
	conformance_preserve_all(c);
	conformance_boot(c);
	conformance_probe(c, device);
	conformance_restore_domain(c, device);
	until_it_gets_through(c, run_attach_device);
	conformance_expect_reached(c, device);
	conformance_unwatch(c, device);
	conformance_finish(c);
	conformance_detach(c, device);
	conformance_expect_blocked(c, device);
}

#define CASE(name)	KUNIT_CASE_PARAM(name, conformance_gen_machines)

static struct kunit_case iommu_conformance_damage_cases[] = {
	CASE(unit_that_differs_is_an_orphan),
	CASE(device_that_differs_is_blocked),
	CASE(id_that_the_unit_has_not_is_refused),
	CASE(unit_is_an_orphan_without_records),
	CASE(unit_is_an_orphan_if_the_image_is_bad),
	CASE(unit_is_an_orphan_if_its_record_is_bad),
	CASE(device_is_blocked_if_its_record_is_bad),
	CASE(devices_are_blocked_if_their_domain_is_bad),
	CASE(domain_of_another_format_is_refused),
	CASE(unit_that_is_refused_leaves_nothing),
	CASE(device_that_is_refused_leaves_nothing),
	CASE(domain_that_is_not_the_devices_is_refused),
	CASE(device_is_preserved_once),
	CASE(preserve_unit_survives_each_failure),
	CASE(preserve_device_survives_each_failure),
	CASE(adopt_survives_each_failure),
	CASE(alloc_domain_survives_each_failure),
	CASE(attach_survives_each_failure),
	{}
};

static struct kunit_suite iommu_conformance_damage_suite = {
	.name = "iommu_conformance_damage",
	.test_cases = iommu_conformance_damage_cases,
};

kunit_test_suite(iommu_conformance_damage_suite);

MODULE_DESCRIPTION("KUnit suite: what each IOMMU backend of live update has to survive");
MODULE_LICENSE("GPL");
