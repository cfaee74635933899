// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: devices that the previous kernel has handed over
 *
 * From a device that is attached in one kernel to one that is attached in the next,
 * with the real IOMMU core and LUO, on each machine. DMA goes on all the time, or
 * stops where it must; nobody else gets the device, whatever fails.
 */

#include <linux/completion.h>
#include <linux/iommu.h>
#include <linux/kthread.h>
#include <linux/pci.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommu-priv.h"
#include "../../drivers/iommu/liveupdate/adopt.h"
#include "../../drivers/iommu/liveupdate/deserialize.h"
#include "iommu_conformance.h"
#include "iommu_core.h"
#include "iommu_core_expect.h"
#include "liveupdate_snapshot.h"

/* A device that was handed over; the core probes it when the case says so. */
static struct iommu_core_device *hand_over_and_hold(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	iommu_core_watch(device);
	core->hold_probes = true;
	iommu_core_live_update(core);
	KUNIT_ASSERT_NULL(test, device->dev->iommu_group);
	return device;
}

/* All goes well */

/* Finding 54, Finding 55 */
static void device_reaches_its_memory_at_each_moment(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	iommu_core_watch(device);
	iommu_core_live_update(core);
	KUNIT_EXPECT_TRUE(test, core->is_adopted[0]);
	iommu_core_expect_restored(device);
	iommu_core_finish(core);
	iommu_core_expect_restored(device);
}

static void devices_of_all_units_go_on(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 2);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 1, OTHER_BUS);

	iommu_core_watch(device);
	iommu_core_watch(other);
	iommu_core_live_update(core);
	iommu_core_expect_restored(device);
	iommu_core_expect_restored(other);
	KUNIT_EXPECT_PTR_NE(test, iommu_core_domain_of(device), iommu_core_domain_of(other));
	iommu_core_finish(core);
}

/* Finding 65, Finding 66: hotplug, not the boot, finds the device. */
static void device_that_is_found_late_is_restored(struct kunit *test)
{
	struct iommu_core_device *device = hand_over_and_hold(test);

	iommu_core_expect_reached(device);
	iommu_core_finish(device->core);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_probe(device));
	iommu_core_expect_restored(device);
}

static void device_that_was_not_preserved_is_as_any(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 0, SECOND);

	iommu_core_preserve_all(core);
	iommu_core_unpreserve(other);
	iommu_core_unpreserve_domain(other->domain);
	iommu_core_watch(device);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(core));
	iommu_core_kexec(core);
	iommu_core_expect_restored(device);
	iommu_core_expect_cut_off(other);
	KUNIT_EXPECT_EQ(test, IOMMU_DOMAIN_IDENTITY, iommu_core_domain_of(other)->type);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_claim(other, core));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_alloc_domain(other));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_attach(other));
	iommu_machine_start_dma(core->machine, other->dev);
	iommu_core_expect_reached(other);
	iommu_core_finish(core);
}

/* Owners */

/* Finding 50 */
static void owner_of_one_device_is_not_that_of_another(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 0, SECOND);

	iommu_core_live_update(core);
	KUNIT_ASSERT_NOT_NULL(test, device->dev->iommu->incoming);
	KUNIT_EXPECT_PTR_NE(test, device->dev->iommu->incoming, other->dev->iommu->incoming);
	KUNIT_EXPECT_EQ(test, -EPERM,
			iommu_device_claim_dma_owner(device->dev, other->dev->iommu->incoming));
	iommu_core_expect_owned(device);
	iommu_core_expect_owned(other);
	iommu_core_finish(core);
}

/* Finding 56 */
static void restored_device_is_attached_to_nothing_else(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other;
	struct iommu_attach_handle handle;

	iommu_core_watch(device);
	iommu_core_live_update(core);
	other = iommu_core_add_device(core, 0, SECOND);
	handle.domain = other->domain->domain;
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_attach_group(handle.domain, device->dev->iommu_group));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_replace_group_handle(device->dev->iommu_group,
						   handle.domain, &handle));
	KUNIT_EXPECT_EQ(test, -EBUSY, pci_dev_reset_iommu_prepare(to_pci_dev(device->dev)));
	KUNIT_EXPECT_NE(test, 0, iommu_map(iommu_core_domain_of(device), 0, 0, SZ_4K, IOMMU_READ,
					   GFP_KERNEL));
	iommu_core_expect_restored(device);
	iommu_core_finish(core);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_replace_group_handle(device->dev->iommu_group,
						   handle.domain, &handle));
	iommu_core_expect_restored(device);
}

/* Domains */

static unsigned long iommu_folios(void)
{
	struct mock_kexec_memory memory;

	mock_kexec_get_memory(&memory);
	return memory.iommu_folios;
}

static void unplug(struct iommu_core_device *device)
{
	iommu_core_unwatch(device);
	iommu_core_unplug(device);
	iommu_core_expect_cut_off(device);
}

static void share_domain(struct kunit *test, bool first_goes_first)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *first = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *second = iommu_core_add_sharing(first, SECOND);
	unsigned long folios;

	iommu_core_watch(first);
	iommu_core_watch(second);
	iommu_core_live_update(core);
	iommu_core_finish(core);
	iommu_core_expect_restored(first);
	iommu_core_expect_restored(second);
	KUNIT_EXPECT_PTR_EQ(test, iommu_core_domain_of(first), iommu_core_domain_of(second));
	KUNIT_EXPECT_EQ(test, 1, iommu_core_calls(first, IOMMU_CORE_RESTORE) +
				 iommu_core_calls(second, IOMMU_CORE_RESTORE));
	unplug(first_goes_first ? first : second);
	folios = iommu_folios();
	iommu_core_expect_restored(first_goes_first ? second : first);
	unplug(first_goes_first ? second : first);
	KUNIT_EXPECT_LT(test, iommu_folios(), folios);
	KUNIT_EXPECT_NULL(test, iommu_liveupdate_incoming());
}

/* Finding 61 */
static void shared_domain_goes_with_the_second_device(struct kunit *test)
{
	share_domain(test, true);
}

/* Finding 61 */
static void shared_domain_goes_with_the_first_device(struct kunit *test)
{
	share_domain(test, false);
}

/**
 * struct prober - A thread that probes a device
 * @device: The device.
 * @done: It has.
 * @ret: What came out.
 */
struct prober {
	struct iommu_core_device *device;
	struct completion done;
	int ret;
};

static int probe_in_thread(void *data)
{
	struct prober *prober = data;

	prober->ret = iommu_core_probe(prober->device);
	complete(&prober->done);
	return 0;
}

static DECLARE_COMPLETION(restoring);
static DECLARE_COMPLETION(go_on);

/* The first thread that restores waits for the case. */
static void wait_in_restore(struct iommu_core *core, enum iommu_core_call call,
			    struct device *dev)
{
	if (call != IOMMU_CORE_RESTORE || completion_done(&restoring))
		return;
	complete_all(&restoring);
	wait_for_completion(&go_on);
}

static void start_prober(struct kunit *test, struct prober *prober,
			 struct iommu_core_device *device)
{
	struct task_struct *task;

	prober->device = device;
	init_completion(&prober->done);
	task = kthread_run(probe_in_thread, prober, "iommu_restore");
	prober->ret = PTR_ERR_OR_ZERO(task);
	if (!prober->ret)
		return;
	complete(&prober->done);
	complete_all(&restoring);
}

/* Finding 54c */
static void two_probes_at_once_restore_one_domain(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *first = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *second = iommu_core_add_sharing(first, SECOND);
	struct prober one, two;

	iommu_core_watch(first);
	iommu_core_watch(second);
	core->hold_probes = true;
	iommu_core_live_update(core);
	reinit_completion(&restoring);
	reinit_completion(&go_on);
	core->on_call = wait_in_restore;
	start_prober(test, &one, first);
	wait_for_completion(&restoring);
	start_prober(test, &two, second);
	complete_all(&go_on);
	wait_for_completion(&one.done);
	wait_for_completion(&two.done);
	core->on_call = NULL;
	KUNIT_EXPECT_EQ(test, 0, one.ret);
	KUNIT_EXPECT_EQ(test, 0, two.ret);
	iommu_core_expect_restored(first);
	iommu_core_expect_restored(second);
	KUNIT_EXPECT_PTR_EQ(test, iommu_core_domain_of(first), iommu_core_domain_of(second));
	KUNIT_EXPECT_EQ(test, 1, iommu_core_calls(first, IOMMU_CORE_RESTORE) +
				 iommu_core_calls(second, IOMMU_CORE_RESTORE));
	iommu_core_finish(core);
}

/* The end of what was handed over */

/* Finding 57, Finding 59 */
static void finish_does_nothing_to_the_device(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	iommu_core_watch(device);
	iommu_core_live_update(core);
	iommu_core_finish(core);
	iommu_core_expect_restored(device);
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_claim_dma_owner(device->dev, test));
	KUNIT_EXPECT_NOT_NULL(test, iommu_liveupdate_incoming());
	unplug(device);
	KUNIT_EXPECT_NULL(test, iommu_liveupdate_incoming());
}

static void unplugged_device_comes_back_as_any(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *again;

	iommu_core_watch(device);
	iommu_core_live_update(core);
	unplug(device);
	again = iommu_core_add_device(core, 0, FIRST);
	iommu_core_expect_reached(again);
	KUNIT_EXPECT_PTR_EQ(test, again->domain->domain, iommu_core_domain_of(again));
	iommu_core_finish(core);
	KUNIT_EXPECT_NULL(test, iommu_liveupdate_incoming());
}

static void unit_that_goes_cuts_its_device_off(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_device *unit;

	iommu_core_watch(device);
	iommu_core_live_update(core);
	iommu_core_finish(core);
	iommu_core_unwatch(device);
	unit = core->machine->ops->unit(core->machine, 0);
	iommu_device_unregister(unit);
	KUNIT_EXPECT_NULL(test, device->dev->iommu_group);
	iommu_core_expect_cut_off(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_device_register(unit, &iommu_core_ops, NULL));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_claim(device, core));
}

/* Another live update */

/* The next kernel continues what this one has restored. */
static void hand_over_again(struct iommu_core_device *device)
{
	struct iommu_core *core = device->core;
	struct kunit *test = core->test;

	KUNIT_ASSERT_EQ(test, 0, iommu_core_open_session(core));
	device->domain->domain = iommu_core_domain_of(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_preserve_domain(device->domain));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_preserve(device));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_freeze(core));
	device->domain->domain = NULL;
	iommu_core_kexec(core);
}

static void restored_device_is_handed_over_again(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	iommu_core_watch(device);
	iommu_core_live_update(core);
	for (unsigned int i = 0; i < 3; i++) {
		iommu_core_finish(core);
		hand_over_again(device);
		iommu_core_expect_restored(device);
	}
	iommu_core_finish(core);
	/* The records of the first one, which the device depended on to its end */
	iommu_core_expect_loss(core);
}

static void restored_device_can_be_unplugged_while_it_is_preserved(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	iommu_core_watch(device);
	iommu_core_live_update(core);
	iommu_core_finish(core);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_open_session(core));
	device->domain->domain = iommu_core_domain_of(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_preserve_domain(device->domain));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_preserve(device));
	unplug(device);
	iommu_core_close_session(core);
	/* It was never the case's. */
	device->domain->domain = NULL;
	KUNIT_EXPECT_NULL(test, iommu_liveupdate_incoming());
}

static void second_update_waits_for_the_first(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct liveupdate_snapshot before, after;

	iommu_core_watch(device);
	iommu_core_live_update(core);
	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_core_open_session(core));
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	iommu_core_finish(core);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_open_session(core));
	iommu_core_close_session(core);
}

/* Something fails */

/* Finding 65 */
static void probe_that_fails_can_be_repeated(struct kunit *test)
{
	struct iommu_core_device *device = hand_over_and_hold(test);
	struct iommu_core *core = device->core;

	iommu_core_fail(core, IOMMU_CORE_PROBE, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, -ENOMEM, iommu_core_probe(device));
	KUNIT_EXPECT_NULL(test, device->dev->iommu);
	iommu_core_expect_reached(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_probe(device));
	iommu_core_expect_restored(device);
	iommu_core_finish(core);
}

static void device_without_a_group_is_cut_off(struct kunit *test)
{
	struct iommu_core_device *device = hand_over_and_hold(test);
	struct iommu_core *core = device->core;

	iommu_core_unwatch(device);
	iommu_core_fail(core, IOMMU_CORE_GROUP, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, -ENOMEM, iommu_core_probe(device));
	iommu_core_expect_cut_off(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_probe(device));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_calls(device, IOMMU_CORE_REATTACH));
	iommu_core_expect_held(device);
	iommu_core_expect_cut_off(device);
	iommu_core_finish(core);
	iommu_core_expect_loss(core);
}

/* One device that fails does not take the others with it, nor the unit. */
static void others_go_on_if_one_probe_fails_at_boot(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 0, SECOND);

	iommu_core_watch(device);
	iommu_core_watch(other);
	iommu_core_fail(core, IOMMU_CORE_PROBE, 1, -ENOMEM);
	iommu_core_live_update(core);
	iommu_core_expect_reached(device);
	iommu_core_expect_reached(other);
	KUNIT_EXPECT_EQ(test, 1, !!device->dev->iommu_group + !!other->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_probe(device));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_probe(other));
	iommu_core_expect_restored(device);
	iommu_core_expect_restored(other);
	iommu_core_finish(core);
}

/* Finding 49, Finding 54a, Finding 54b: something fails in the probe of @device. */
static void expect_closed(struct iommu_core_device *device, bool is_restored)
{
	struct iommu_core *core = device->core;
	unsigned long folios = iommu_folios();
	struct kunit *test = core->test;

	KUNIT_EXPECT_EQ(test, 0, iommu_core_probe(device));
	iommu_core_expect_held(device);
	KUNIT_EXPECT_TRUE(test, iommu_core_may_do_dma(device));
	iommu_core_expect_reached(device);
	iommu_core_finish(core);
	iommu_core_expect_held(device);
	iommu_core_expect_reached(device);
	unplug(device);
	/* Its page table goes if it was restored, and else stays with KHO. */
	KUNIT_EXPECT_LE(test, iommu_folios(), folios);
	KUNIT_EXPECT_EQ(test, is_restored, iommu_core_calls(device, IOMMU_CORE_REATTACH));
	iommu_core_expect_loss(core);
}

static void device_whose_domain_is_not_allocated_is_held(struct kunit *test)
{
	struct iommu_core_device *device = hand_over_and_hold(test);

	iommu_core_fail(device->core, IOMMU_CORE_RESTORE, 1, -ENOMEM);
	expect_closed(device, false);
}

/* Each record is good, but the page table is not what this kernel makes of it. */
static void device_whose_page_table_is_not_restored_is_held(struct kunit *test)
{
	struct iommu_core_device *device = hand_over_and_hold(test);

	iommu_liveupdate_incoming()->domains[0].table.max_oasz_lg2--;
	expect_closed(device, false);
	KUNIT_EXPECT_EQ(test, 1, iommu_core_calls(device, IOMMU_CORE_RESTORE));
}

static void device_that_is_not_attached_is_held(struct kunit *test)
{
	struct iommu_core_device *device = hand_over_and_hold(test);

	iommu_core_fail(device->core, IOMMU_CORE_REATTACH, 1, -ENOMEM);
	expect_closed(device, true);
}

static void device_goes_on_if_another_of_its_domain_fails(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *first = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *second = iommu_core_add_sharing(first, SECOND);

	iommu_core_watch(first);
	iommu_core_watch(second);
	core->hold_probes = true;
	iommu_core_live_update(core);
	iommu_core_fail(core, IOMMU_CORE_REATTACH, 1, -ENOMEM);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_probe(first));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_probe(second));
	iommu_core_expect_held(first);
	iommu_core_expect_reached(first);
	iommu_core_expect_restored(second);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_calls(second, IOMMU_CORE_RESTORE));
	iommu_core_finish(core);
	unplug(second);
	iommu_core_expect_reached(first);
	unplug(first);
	KUNIT_EXPECT_NULL(test, iommu_liveupdate_incoming());
	iommu_core_expect_loss(core);
}

/* Groups */

/* Finding 68, Finding 69 */
static void nothing_joins_the_group_of_a_restored_device(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *sibling;

	iommu_core_watch(device);
	iommu_core_live_update(core);
	sibling = iommu_core_find(core, 0, FIRST_SIBLING);
	KUNIT_EXPECT_NULL(test, sibling->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_core_probe(sibling));
	iommu_core_expect_restored(device);
	iommu_core_finish(core);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_core_probe(sibling));
	unplug(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_probe(sibling));
}

/* Finding 69 */
static void device_whose_group_has_another_is_cut_off(struct kunit *test)
{
	struct iommu_core_device *device = hand_over_and_hold(test);
	struct iommu_core *core = device->core;
	struct iommu_core_device *sibling = iommu_core_find(core, 0, FIRST_SIBLING);

	iommu_core_unwatch(device);
	KUNIT_ASSERT_NOT_NULL(test, sibling->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_core_probe(device));
	KUNIT_EXPECT_NULL(test, device->dev->iommu_group);
	iommu_core_expect_cut_off(device);
	iommu_core_finish(core);
	iommu_core_expect_loss(core);
}

/* Records */

static void damage_device(struct iommu_core *core)
{
	KUNIT_EXPECT_TRUE(core->test,
			  core->machine->ops->damage_device(core->machine, 0, FIRST, 0));
}

static void damage_unit(struct iommu_core *core)
{
	KUNIT_EXPECT_TRUE(core->test,
			  core->machine->ops->damage_unit(core->machine, 0, 0));
}

/* Finding 54b */
static void device_whose_record_is_lost_is_cut_off(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 0, SECOND);

	iommu_core_watch(other);
	core->before_init = damage_device;
	iommu_core_live_update(core);
	KUNIT_EXPECT_TRUE(test, core->is_adopted[0]);
	iommu_core_expect_held(device);
	iommu_core_expect_cut_off(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_calls(device, IOMMU_CORE_RESTORE));
	iommu_core_expect_restored(other);
	iommu_core_finish(core);
	iommu_core_expect_owned(device);
	iommu_core_expect_loss(core);
}

/* That cannot be refused, not even after the freeze. */
static void device_whose_domain_was_taken_away_is_cut_off(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 0, SECOND);

	iommu_core_watch(other);
	iommu_core_preserve_all(core);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(core));
	iommu_core_detach(device);
	iommu_core_watch_blocked(device);
	iommu_core_kexec(core);
	KUNIT_EXPECT_TRUE(test, core->is_adopted[0]);
	iommu_core_expect_held(device);
	iommu_core_expect_cut_off(device);
	iommu_core_expect_restored(other);
	iommu_core_finish(core);
	iommu_core_expect_loss(core);
}

static void devices_of_a_lost_unit_are_cut_off(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 2);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 1, OTHER_BUS);

	iommu_core_watch(other);
	core->before_init = damage_unit;
	iommu_core_live_update(core);
	KUNIT_EXPECT_FALSE(test, core->is_adopted[0]);
	KUNIT_EXPECT_TRUE(test, core->is_adopted[1]);
	iommu_core_expect_held(device);
	iommu_core_expect_cut_off(device);
	iommu_core_expect_restored(other);
	iommu_core_finish(core);
	iommu_core_expect_loss(core);
}

#define CASE(name)	KUNIT_CASE_PARAM(name, conformance_gen_machines)

static struct kunit_case iommu_restore_cases[] = {
	CASE(device_reaches_its_memory_at_each_moment),
	CASE(devices_of_all_units_go_on),
	CASE(device_that_is_found_late_is_restored),
	CASE(device_that_was_not_preserved_is_as_any),
	CASE(owner_of_one_device_is_not_that_of_another),
	CASE(restored_device_is_attached_to_nothing_else),
	CASE(shared_domain_goes_with_the_second_device),
	CASE(shared_domain_goes_with_the_first_device),
	CASE(two_probes_at_once_restore_one_domain),
	CASE(finish_does_nothing_to_the_device),
	CASE(unplugged_device_comes_back_as_any),
	CASE(unit_that_goes_cuts_its_device_off),
	CASE(restored_device_is_handed_over_again),
	CASE(restored_device_can_be_unplugged_while_it_is_preserved),
	CASE(second_update_waits_for_the_first),
	CASE(probe_that_fails_can_be_repeated),
	CASE(device_without_a_group_is_cut_off),
	CASE(others_go_on_if_one_probe_fails_at_boot),
	CASE(device_whose_domain_is_not_allocated_is_held),
	CASE(device_whose_page_table_is_not_restored_is_held),
	CASE(device_that_is_not_attached_is_held),
	CASE(device_goes_on_if_another_of_its_domain_fails),
	CASE(nothing_joins_the_group_of_a_restored_device),
	CASE(device_whose_group_has_another_is_cut_off),
	CASE(device_whose_record_is_lost_is_cut_off),
	CASE(device_whose_domain_was_taken_away_is_cut_off),
	CASE(devices_of_a_lost_unit_are_cut_off),
	{}
};

static struct kunit_suite iommu_restore_suite = {
	.name = "iommu_restore",
	.test_cases = iommu_restore_cases,
};

kunit_test_suite(iommu_restore_suite);

MODULE_IMPORT_NS("IOMMUFD_INTERNAL");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of devices that the previous kernel has handed over");
