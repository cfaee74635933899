// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: what each backend has to do
 *
 * The contract of struct iommu_liveupdate_ops, as cases that know no backend. A device
 * that is preserved reaches its memory at each moment, from one kernel to the next; a
 * device that is not is cut off; and what is cancelled leaves nothing behind. Each
 * case runs on each machine, see iommu_conformance.c.
 */

#include <linux/iommu.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/adopt.h"
#include "iommu_conformance.h"
#include "liveupdate_snapshot.h"
#include "nth_failure.h"

/* Both ends of buses, and of the halves that some hardware has */
static const u16 rids[] = { 0, 0x7f, 0x80, 0xff, 0x100, 0x17f, 0x8080, 0xffff };

static struct conformance_device *devices_of(struct conformance *c,
					     struct conformance_device *devices[],
					     unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		devices[i] = conformance_add_device(c, 0, rids[i], NULL);
	return devices[0];
}

/* DMA */

static void preserved_device_reaches_its_memory_at_each_moment(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);

	conformance_watch(c, device);
	conformance_preserve_all(c);
	conformance_expect_reached(c, device);
	conformance_switch_over(c);
	conformance_expect_reached(c, device);
	conformance_kexec(c);
	conformance_expect_reached(c, device);
	conformance_read(c);
	conformance_init_units(c);
	conformance_expect_reached(c, device);
	conformance_reattach_all(c);
	conformance_expect_reached(c, device);
	conformance_finish(c);
	conformance_expect_reached(c, device);
}

/* Finding 102 */
static void sibling_is_blocked_from_the_switch_on(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);
	struct conformance_device *sibling = conformance_add_device(c, 0, 0x11, NULL);
	struct conformance_device *other_bus = conformance_add_device(c, 0, 0x310,
								      NULL);

	KUNIT_ASSERT_EQ(test, 0, conformance_preserve_unit(c, 0));
	KUNIT_ASSERT_EQ(test, 0, conformance_preserve(c, device));
	conformance_watch(c, device);
	conformance_expect_reached(c, sibling);
	conformance_expect_reached(c, other_bus);

	conformance_switch_over(c);
	conformance_watch_blocked(c, sibling);
	conformance_watch_blocked(c, other_bus);
	conformance_kexec(c);
	conformance_read(c);
	conformance_init_units(c);
	conformance_reattach_all(c);
	conformance_probe(c, sibling);
	conformance_expect_blocked(c, sibling);

	conformance_unwatch(c, sibling);
	KUNIT_EXPECT_EQ(test, 0, conformance_attach(c, sibling));
	conformance_expect_reached(c, sibling);
	conformance_expect_blocked(c, other_bus);
	conformance_expect_reached(c, device);
	conformance_finish(c);
}

/* Finding 103: a whole table of entries may have to go. */
static void device_attached_after_preserving_is_cut_off(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);
	struct conformance_device *late[2];

	conformance_preserve_all(c);
	conformance_watch(c, device);
	late[0] = conformance_add_device(c, 0, 0x20, NULL);
	late[1] = conformance_add_device(c, 0, 0x2020, NULL);
	for (int i = 0; i < 2; i++)
		conformance_expect_reached(c, late[i]);
	conformance_switch_over(c);
	for (int i = 0; i < 2; i++)
		conformance_watch_blocked(c, late[i]);
	conformance_kexec(c);
	conformance_read(c);
	conformance_init_units(c);
	conformance_reattach_all(c);
	conformance_finish(c);
}

/*
 * Finding 100: tables are made for each bus, whenever a device needs one.
 * Finding 101: some hardware has two of them for each bus.
 */
static void requesters_of_all_buses_are_kept(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *devices[ARRAY_SIZE(rids)];

	devices_of(c, devices, ARRAY_SIZE(rids));
	for (int i = 0; i < ARRAY_SIZE(rids); i++)
		conformance_watch(c, devices[i]);
	conformance_preserve_all(c);
	conformance_live_update(c);
	for (int i = 0; i < ARRAY_SIZE(rids); i++)
		conformance_expect_reached(c, devices[i]);
}

static void many_devices_are_kept(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 2);
	struct conformance_domain *domains[8];
	struct conformance_device *device;

	for (int i = 0; i < ARRAY_SIZE(domains); i++)
		domains[i] = conformance_add_domain(c);
	for (int i = 0; i < 48; i++)
		conformance_add_device(c, i % 2, 0x1234 * (i + 1), domains[i % 8]);
	conformance_preserve_all(c);
	list_for_each_entry(device, &c->devices, node)
		conformance_watch(c, device);
	conformance_live_update(c);
	list_for_each_entry(device, &c->devices, node)
		conformance_expect_reached(c, device);
}

/* Finding 112 */
static void units_are_kept_one_by_one(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 3);
	struct conformance_device *devices[3];

	for (int i = 0; i < 3; i++)
		devices[i] = conformance_add_device(c, i, 0x100 * i, NULL);
	conformance_watch(c, devices[1]);
	KUNIT_ASSERT_EQ(test, 0, conformance_preserve_unit(c, 1));
	KUNIT_ASSERT_EQ(test, 0, conformance_preserve(c, devices[1]));

	conformance_switch_over(c);
	conformance_kexec(c);
	conformance_read(c);
	for (int i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, i == 1, c->ops->init_unit(c->machine, i));
	for (int i = 0; i < 3; i += 2) {
		KUNIT_EXPECT_FALSE(test, c->ops->may_do_dma(c->machine, i,
							    devices[i]->rid));
		conformance_expect_blocked(c, devices[i]);
		conformance_probe(c, devices[i]);
		KUNIT_EXPECT_EQ(test, 0, conformance_attach(c, devices[i]));
		conformance_expect_reached(c, devices[i]);
	}
	conformance_reattach_all(c);
	conformance_expect_reached(c, devices[1]);
	conformance_finish(c);
}

/* Preserved, but nobody uses it: nothing may be let through. */
static void unit_without_devices_is_kept(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);

	KUNIT_ASSERT_EQ(test, 0, conformance_preserve_unit(c, 0));
	conformance_switch_over(c);
	conformance_watch_blocked(c, device);
	conformance_kexec(c);
	conformance_read(c);
	conformance_init_units(c);
	KUNIT_EXPECT_TRUE(test, c->ops->is_enabled(c->machine, 0));
	conformance_finish(c);
}

/*
 * Finding 161: what needs memory at the end of a kernel may not get it. Only the
 * first pass of the sweep is a real one.
 */
static int switch_over_once(struct kunit *test, void *context)
{
	struct conformance *c = context;
	struct iommu_liveupdate_unit *unit = c->units[0];

	c->units[0] = NULL;
	return unit ? c->backend->switch_over(unit) : 0;
}

static void switch_over_allocates_nothing(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);
	struct nth_failure_result result;

	conformance_add_device(c, 0, 0x11, NULL);
	KUNIT_ASSERT_EQ(test, 0, conformance_preserve_unit(c, 0));
	KUNIT_ASSERT_EQ(test, 0, conformance_preserve(c, device));
	conformance_watch(c, device);
	c->header_pa = iommu_outgoing_write(&c->out);
	/* The tables change, which is no news. */
	nth_failure_run(test, &(struct nth_failure_sweep){
		.name = "switch_over",
		.run = switch_over_once,
		.context = c,
	}, &result);
	KUNIT_EXPECT_EQ(test, 0, result.points);
	KUNIT_EXPECT_EQ(test, 0, result.err);

	conformance_kexec(c);
	conformance_read(c);
	conformance_init_units(c);
	conformance_reattach_all(c);
	conformance_finish(c);
}

/* Domains */

/* What the backend says, if asked; the device is preserved by it. */
static u64 hardware_id(struct conformance *c, struct conformance_device *device)
{
	KUNIT_ASSERT_EQ(c->test, 0, conformance_preserve(c, device));
	return device->attachment.hardware_id;
}

/* Whether a few new devices at a unit include one with a hardware id */
static bool new_device_gets_id(struct conformance *c, unsigned int unit, u16 rid,
			       u64 id)
{
	struct conformance_device *device;
	bool found = false;

	KUNIT_ASSERT_EQ(c->test, 0, conformance_preserve_unit(c, unit));
	for (int i = 0; i < 8; i++) {
		device = conformance_add_device(c, unit, rid + i, NULL);
		found |= hardware_id(c, device) == id;
	}
	conformance_abort(c);
	return found;
}

static void devices_detach_in_order(struct kunit *test, bool backwards)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_domain *domain = conformance_add_domain(c);
	struct conformance_device *devices[2], *first, *last;
	u64 id;

	for (int i = 0; i < 2; i++)
		devices[i] = conformance_add_device(c, 0, 0x40 + i, domain);
	conformance_preserve_all(c);
	KUNIT_EXPECT_EQ(test, devices[0]->attachment.hardware_id,
			devices[1]->attachment.hardware_id);
	id = devices[0]->attachment.hardware_id;
	conformance_live_update(c);

	first = devices[backwards];
	last = devices[!backwards];
	conformance_detach(c, first);
	conformance_expect_blocked(c, first);
	conformance_expect_reached(c, last);
	KUNIT_EXPECT_EQ(test, 0, conformance_attach(c, first));
	conformance_expect_reached(c, first);
	conformance_detach(c, first);
	conformance_detach(c, last);
	conformance_expect_blocked(c, last);
	conformance_free_domain(c, domain);
	KUNIT_EXPECT_TRUE(test, new_device_gets_id(c, 0, 0x7000, id));
}

/* Finding 95 */
static void shared_domain_is_one_object(struct kunit *test)
{
	devices_detach_in_order(test, false);
}

/* Finding 97: the id is given back once, when nobody has it any more. */
static void shared_domain_goes_with_its_last_device(struct kunit *test)
{
	devices_detach_in_order(test, true);
}

static void shared_domain_outlives_a_device_that_was_not_attached(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_domain *domain = conformance_add_domain(c);
	struct conformance_device *devices[2];

	for (int i = 0; i < 2; i++)
		devices[i] = conformance_add_device(c, 0, 0x40 + i, domain);
	conformance_preserve_all(c);
	conformance_boot(c);
	KUNIT_ASSERT_EQ(test, 0, conformance_reattach(c, devices[0]));
	conformance_detach(c, devices[0]);
	conformance_expect_blocked(c, devices[0]);
	conformance_expect_reached(c, devices[1]);

	/* The other device still has the id of the domain. */
	devices[0]->domain = conformance_add_domain(c);
	KUNIT_ASSERT_EQ(test, 0, conformance_attach(c, devices[0]));
	KUNIT_ASSERT_EQ(test, 0, conformance_preserve_unit(c, 0));
	KUNIT_EXPECT_NE(test, hardware_id(c, devices[0]),
			conformance_record(c, devices[1])->hardware_id);
	conformance_abort(c);

	KUNIT_ASSERT_EQ(test, 0, conformance_reattach(c, devices[1]));
	conformance_expect_reached(c, devices[0]);
	conformance_expect_reached(c, devices[1]);
	conformance_finish(c);
}

/* Cancelled */

enum stage {
	UNIT_PRESERVED,
	SOME_PRESERVED,
	ALL_PRESERVED,
	WRITTEN,
	NR_STAGES,
};

static void preserve_until(struct conformance *c, enum stage stage)
{
	struct conformance_device *device;
	unsigned int count = 0;

	KUNIT_ASSERT_EQ(c->test, 0, conformance_preserve_unit(c, 0));
	list_for_each_entry(device, &c->devices, node) {
		if (stage == UNIT_PRESERVED || (stage == SOME_PRESERVED && count++ == 2))
			break;
		KUNIT_ASSERT_EQ(c->test, 0, conformance_preserve(c, device));
	}
	if (stage == WRITTEN)
		c->header_pa = iommu_outgoing_write(&c->out);
}

static void cancelled_update_leaves_nothing(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *devices[ARRAY_SIZE(rids)];
	struct liveupdate_snapshot before, after;

	devices_of(c, devices, ARRAY_SIZE(rids));
	for (int i = 0; i < ARRAY_SIZE(rids); i++)
		conformance_watch(c, devices[i]);
	liveupdate_snapshot_take(&before);
	for (int stage = 0; stage < NR_STAGES; stage++) {
		preserve_until(c, stage);
		conformance_abort(c);
		liveupdate_snapshot_take(&after);
		liveupdate_snapshot_expect_equal(test, &before, &after);
		for (int i = 0; i < ARRAY_SIZE(rids); i++)
			conformance_expect_reached(c, devices[i]);
	}
	conformance_preserve_all(c);
	conformance_live_update(c);
}

static void hundred_cancelled_updates_leave_nothing(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 2);
	struct conformance_device *devices[3];
	struct liveupdate_snapshot before, after;

	devices_of(c, devices, ARRAY_SIZE(devices));
	liveupdate_snapshot_take(&before);
	for (int i = 0; i < 100; i++) {
		conformance_preserve_all(c);
		c->header_pa = iommu_outgoing_write(&c->out);
		conformance_abort(c);
	}
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
}

static void single_device_is_taken_back(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *devices[5];

	devices_of(c, devices, ARRAY_SIZE(devices));
	conformance_preserve_all(c);
	/* One beside a preserved one, and one that is alone on its bus */
	conformance_unpreserve(c, devices[1]);
	conformance_unpreserve(c, devices[4]);
	conformance_boot(c);
	conformance_expect_blocked(c, devices[1]);
	conformance_expect_blocked(c, devices[4]);
	conformance_reattach_all(c);
	conformance_expect_reached(c, devices[0]);
	conformance_expect_reached(c, devices[2]);
	conformance_finish(c);
}

/* Taking over */

static void adopt_again(struct conformance *c)
{
	KUNIT_EXPECT_EQ(c->test, 0,
			iommu_liveupdate_adopt(c->ops->unit(c->machine, 0),
					       c->backend,
					       c->ops->unit_id(c->machine, 0)));
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		KUNIT_EXPECT_EQ(c->test, 0, c->in.lost[i]);
}

/* Finding 99 */
static void second_adopt_does_nothing(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *devices[3];
	struct liveupdate_snapshot before, after;

	devices_of(c, devices, ARRAY_SIZE(devices));
	conformance_preserve_all(c);
	for (int i = 0; i < ARRAY_SIZE(devices); i++)
		conformance_watch(c, devices[i]);
	conformance_boot(c);
	KUNIT_EXPECT_TRUE(test, iommu_liveupdate_is_incoming());
	liveupdate_snapshot_take(&before);
	conformance_init_units(c);
	adopt_again(c);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	conformance_reattach_all(c);
	/* Their entries are not those of the records any more. */
	adopt_again(c);
	conformance_finish(c);

	/* An id that was counted twice would still be in use. */
	for (int i = 0; i < ARRAY_SIZE(devices); i++) {
		conformance_unwatch(c, devices[i]);
		conformance_detach(c, devices[i]);
		conformance_expect_blocked(c, devices[i]);
	}
}

/* Finding 98 */
static void new_domain_gets_no_reserved_id(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *devices[4], *other;
	u64 id;

	devices_of(c, devices, ARRAY_SIZE(devices));
	conformance_preserve_all(c);
	conformance_boot(c);
	KUNIT_ASSERT_EQ(test, 0, conformance_preserve_unit(c, 0));
	for (int i = 0; i < 30; i++) {
		other = conformance_add_device(c, 0, 0x4000 + i, NULL);
		id = hardware_id(c, other);
		for (int k = 0; k < ARRAY_SIZE(devices); k++)
			KUNIT_EXPECT_NE(test, id,
					conformance_record(c, devices[k])->hardware_id);
	}
	conformance_abort(c);
	for (int i = 0; i < ARRAY_SIZE(devices); i++)
		conformance_expect_reached(c, devices[i]);
	conformance_reattach_all(c);
	conformance_finish(c);
}

/* Finding 94 */
static void id_is_reserved_at_the_unit_of_the_device_only(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 2);
	struct conformance_device *devices[3];
	u64 last;

	devices_of(c, devices, ARRAY_SIZE(devices));
	conformance_add_device(c, 1, 0x5000, NULL);
	conformance_preserve_all(c);
	conformance_boot(c);
	last = conformance_record(c, devices[2])->hardware_id;
	KUNIT_EXPECT_TRUE(test, new_device_gets_id(c, 1, 0x6000, last));
	KUNIT_EXPECT_FALSE(test, new_device_gets_id(c, 0, 0x7000, last));
	conformance_reattach_all(c);
	conformance_finish(c);
}

static void released_device_is_blocked_and_gives_its_id_back(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *devices[2];
	u64 id;

	devices_of(c, devices, ARRAY_SIZE(devices));
	conformance_preserve_all(c);
	conformance_boot(c);
	conformance_give_up(c);
	conformance_watch(c, devices[1]);
	id = conformance_record(c, devices[0])->hardware_id;
	conformance_probe(c, devices[0]);
	conformance_expect_reached(c, devices[0]);
	c->backend->release_device(devices[0]->dev);
	conformance_expect_blocked(c, devices[0]);
	/* There is nothing left to release. */
	c->backend->release_device(devices[0]->dev);
	KUNIT_EXPECT_EQ(test, -ENOENT, conformance_reattach(c, devices[0]));
	conformance_expect_blocked(c, devices[0]);

	KUNIT_EXPECT_TRUE(test, new_device_gets_id(c, 0, 0x7000, id));
	KUNIT_EXPECT_EQ(test, 0, conformance_reattach(c, devices[1]));
}

/* Finding 108 */
static void device_that_was_not_adopted_is_not_attached(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);
	struct conformance_device *sibling = conformance_add_device(c, 0, 0x11, NULL);

	KUNIT_ASSERT_EQ(test, 0, conformance_preserve_unit(c, 0));
	KUNIT_ASSERT_EQ(test, 0, conformance_preserve(c, device));
	conformance_boot(c);
	KUNIT_ASSERT_EQ(test, 0, conformance_reattach(c, device));
	conformance_probe(c, sibling);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			c->backend->attach_device(sibling->dev, device->domain->domain,
						  conformance_record(c, device)));
	conformance_expect_blocked(c, sibling);
	conformance_expect_reached(c, device);
	KUNIT_EXPECT_NE(test, 0, conformance_reattach(c, device));
	conformance_expect_reached(c, device);
	conformance_finish(c);
}

/* Attaching */

static void attach_writes_no_entry(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);
	u32 checksum;

	conformance_watch(c, device);
	conformance_preserve_all(c);
	conformance_boot(c);
	checksum = c->ops->checksum(c->machine, 0, device->rid);
	conformance_probe(c, device);
	conformance_restore_domain(c, device);
	KUNIT_EXPECT_EQ(test, 0, conformance_reattach(c, device));
	KUNIT_EXPECT_EQ(test, checksum, c->ops->checksum(c->machine, 0, device->rid));
	conformance_finish(c);
}

static void attached_device_is_like_any_other(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);
	struct conformance_domain *old = device->domain;

	conformance_preserve_all(c);
	conformance_live_update(c);
	conformance_detach(c, device);
	conformance_expect_blocked(c, device);

	/* Another domain, which can be changed */
	device->domain = conformance_add_domain(c);
	KUNIT_ASSERT_EQ(test, 0, conformance_attach(c, device));
	conformance_expect_reached(c, device);
	KUNIT_EXPECT_EQ(test, SZ_4K,
			iommu_unmap(device->domain->domain, SZ_256M, SZ_4K));
	KUNIT_EXPECT_EQ(test, 0,
			iommu_map(device->domain->domain, SZ_256M, SZ_8G, SZ_4K,
				  IOMMU_READ | IOMMU_WRITE, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, SZ_8G, c->ops->translate(c->machine, 0, 0x10, SZ_256M));
	conformance_detach(c, device);

	/* And the one that it had */
	device->domain = old;
	KUNIT_ASSERT_EQ(test, 0, conformance_attach(c, device));
	conformance_expect_reached(c, device);
	conformance_release(c, device);
	conformance_expect_blocked(c, device);
}

/* Nobody has asked to go on with it. */
static void adopted_device_can_get_another_domain(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *device = conformance_add_device(c, 0, 0x10, NULL);

	conformance_preserve_all(c);
	conformance_boot(c);
	conformance_give_up(c);
	conformance_probe(c, device);
	device->domain = conformance_add_domain(c);
	KUNIT_ASSERT_EQ(test, 0, conformance_attach(c, device));
	conformance_expect_reached(c, device);
	conformance_detach(c, device);
	conformance_expect_blocked(c, device);
}

/* Again */

static void unit_is_handed_over_again(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 2);
	struct conformance_device *devices[3], *late;

	for (int i = 0; i < ARRAY_SIZE(devices); i++) {
		devices[i] = conformance_add_device(c, i % 2, 0x100 * i + 1, NULL);
		conformance_watch(c, devices[i]);
	}
	conformance_preserve_all(c);
	conformance_live_update(c);

	late = conformance_add_device(c, 0, 0x90, devices[2]->domain);
	conformance_watch(c, late);
	conformance_preserve_all(c);
	conformance_live_update(c);
	for (int i = 0; i < ARRAY_SIZE(devices); i++)
		conformance_expect_reached(c, devices[i]);
	conformance_expect_reached(c, late);
}

static void each_update_can_lose_a_device(struct kunit *test)
{
	struct conformance *c = conformance_start(test, 1);
	struct conformance_device *devices[4];

	devices_of(c, devices, ARRAY_SIZE(devices));
	for (int i = ARRAY_SIZE(devices) - 1; i > 0; i--) {
		conformance_preserve_all(c);
		conformance_unpreserve(c, devices[i]);
		conformance_live_update(c);
		conformance_expect_blocked(c, devices[i]);
		for (int k = 0; k < i; k++)
			conformance_expect_reached(c, devices[k]);
	}
}

#define CASE(name)	KUNIT_CASE_PARAM(name, conformance_gen_machines)

static struct kunit_case iommu_conformance_cases[] = {
	CASE(preserved_device_reaches_its_memory_at_each_moment),
	CASE(sibling_is_blocked_from_the_switch_on),
	CASE(device_attached_after_preserving_is_cut_off),
	CASE(requesters_of_all_buses_are_kept),
	CASE(many_devices_are_kept),
	CASE(units_are_kept_one_by_one),
	CASE(unit_without_devices_is_kept),
	CASE(switch_over_allocates_nothing),
	CASE(shared_domain_is_one_object),
	CASE(shared_domain_goes_with_its_last_device),
	CASE(shared_domain_outlives_a_device_that_was_not_attached),
	CASE(cancelled_update_leaves_nothing),
	CASE(hundred_cancelled_updates_leave_nothing),
	CASE(single_device_is_taken_back),
	CASE(second_adopt_does_nothing),
	CASE(new_domain_gets_no_reserved_id),
	CASE(id_is_reserved_at_the_unit_of_the_device_only),
	CASE(released_device_is_blocked_and_gives_its_id_back),
	CASE(device_that_was_not_adopted_is_not_attached),
	CASE(attach_writes_no_entry),
	CASE(attached_device_is_like_any_other),
	CASE(adopted_device_can_get_another_domain),
	CASE(unit_is_handed_over_again),
	CASE(each_update_can_lose_a_device),
	{}
};

static struct kunit_suite iommu_conformance_suite = {
	.name = "iommu_conformance",
	.test_cases = iommu_conformance_cases,
};

kunit_test_suite(iommu_conformance_suite);

MODULE_DESCRIPTION("KUnit suite: what each IOMMU backend of live update has to do");
MODULE_LICENSE("GPL");
