// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: races of a live update in the IOMMU core
 *
 * Two threads at a time, in an order that is fixed: the first one stops inside an
 * operation of the driver or of a file handler, the second one begins. Either it waits
 * for a mutex that the first one holds, or it gets through while the first one stands
 * still; which of them must happen is what a case is about. Then the first one goes
 * on, and both end. No time is measured; what does not happen for a long time fails.
 */

#include <linux/iommu.h>
#include <linux/pci.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommu-priv.h"
#include "../../drivers/iommu/liveupdate/adopt.h"
#include "../../drivers/iommu/liveupdate/flb.h"
#include "../../drivers/iommu/liveupdate/serialize.h"
#include "fake_kho.h"
#include "iommu_conformance.h"
#include "iommu_core_expect.h"
#include "iommu_core_race.h"
#include "iommu_machine_dma.h"
#include "luo_kernel.h"

/* What threads do */

static int plug_sibling(struct iommu_core_device *device)
{
	struct device *dev = iommu_machine_find(device->core->machine, device->unit,
						device->rid + 1);

	return PTR_ERR_OR_ZERO(dev);
}

static int plug_again(struct iommu_core_device *device)
{
	struct device *dev = iommu_machine_find(device->core->machine, device->unit,
						device->rid);

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	device->dev = dev;
	return 0;
}

static int unpreserve(struct iommu_core_device *device)
{
	iommu_core_unpreserve(device);
	return 0;
}

static int remove(struct iommu_core_device *device)
{
	iommu_core_remove_device(device);
	return 0;
}

static int reset(struct iommu_core_device *device)
{
	return pci_dev_reset_iommu_prepare(to_pci_dev(device->dev));
}

static int claim_for_another(struct iommu_core_device *device)
{
	return iommu_device_claim_dma_owner(device->dev, device);
}

static int claim_group(struct iommu_core_device *device)
{
	return iommu_group_claim_dma_owner(device->dev->iommu_group, device);
}

static int bind_driver(struct iommu_core_device *device)
{
	return iommu_device_use_default_domain(device->dev);
}

static int freeze(struct iommu_core_device *device)
{
	return iommu_core_freeze(device->core);
}

static int freeze_records(struct iommu_core_device *device)
{
	iommu_liveupdate_freeze();
	return 0;
}

/* The driver of the unit comes later than the others'. */
static int register_unit_again(struct iommu_core_device *device)
{
	struct iommu_machine *machine = device->core->machine;
	struct iommu_device *iommu = machine->ops->unit(machine, device->unit);

	iommu_device_unregister(iommu);
	return iommu_device_register(iommu, &iommu_core_ops, NULL);
}

static int adopt(struct iommu_core_device *device)
{
	struct iommu_machine *machine = device->core->machine;

	return iommu_liveupdate_adopt(machine->ops->unit(machine, device->unit),
				      iommu_core_ops.liveupdate,
				      machine->ops->unit_id(machine, device->unit));
}

static struct file *retrieved_session;

static int finish(struct iommu_core_device *device)
{
	return luo_kernel_finish(retrieved_session);
}

/* What cases begin with */

/* All but the device is preserved. */
static void prepare_to_preserve(struct iommu_core_device *device)
{
	struct kunit *test = device->core->test;

	if (!device->core->session)
		KUNIT_ASSERT_EQ(test, 0, iommu_core_open_session(device->core));
	if (!device->domain->is_preserved)
		KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve_domain(device->domain));
}

/* The next kernel, which has not probed any device */
static void update_without_probes(struct race *race)
{
	struct iommu_core *core = race->core;

	iommu_core_preserve_all(core);
	race_add_file(race);
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_freeze(core));
	core->hold_probes = true;
	iommu_core_kexec(core);
}

static void update(struct race *race)
{
	struct iommu_core_device *device;

	update_without_probes(race);
	list_for_each_entry(device, &race->core->devices, node)
		KUNIT_ASSERT_EQ(race->test, 0, iommu_core_probe(device));
}

static void retrieve_session(struct iommu_core *core)
{
	retrieved_session = iommu_core_retrieve_session(core, IOMMU_CORE_SESSION);
}

static void finish_update(struct iommu_core *core)
{
	retrieve_session(core);
	KUNIT_EXPECT_EQ(core->test, 0, luo_kernel_finish(retrieved_session));
	luo_kernel_close(retrieved_session);
}

static u32 outgoing(enum iommu_family family)
{
	struct iommu_outgoing *out = iommu_flb_get_outgoing();
	u32 count;

	if (IS_ERR(out))
		return 0;
	count = out->families[family].count;
	iommu_flb_put_outgoing();
	return count;
}

/* The record of the only device is damaged, after it was written. */
static void damage_device_record(struct kunit *test)
{
	struct iommu_outgoing *out = iommu_flb_get_outgoing();
	struct iommu_device_ser *record;
	struct kho_block_set_it it;

	KUNIT_ASSERT_FALSE(test, IS_ERR(out));
	kho_block_set_it_init(&it, &out->families[IOMMU_DEVICES].blocks);
	record = kho_block_set_it_read_entry(&it);
	if (record)
		record->flags = ~0;
	iommu_flb_put_outgoing();
	KUNIT_EXPECT_NOT_NULL(test, record);
}

static unsigned long waiting(void)
{
	struct fake_kho_ranges ranges;

	fake_kho_get_waiting(&ranges);
	return ranges.count;
}

/* Preserving against a sibling. Finding 67, Finding 68 */

static void sibling_that_comes_during_preserve_is_refused(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);

	prepare_to_preserve(device);
	iommu_core_watch(device);
	race_first(race, RACE_PRESERVE_DEVICE, device->dev, iommu_core_preserve, device);
	race_second_waits(race, plug_sibling, device);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_EQ(test, 0, race->second.ret);
	KUNIT_EXPECT_NULL(test, iommu_machine_device(core->machine, 0, FIRST_SIBLING)
				->iommu_group);
}

static void sibling_that_has_no_group_yet_does_not_stop_preserve(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);

	prepare_to_preserve(device);
	race_first(race, IOMMU_CORE_GROUP, NULL, plug_sibling, device);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_preserve(device));
	race_end(race);
	KUNIT_EXPECT_NULL(test, iommu_machine_device(core->machine, 0, FIRST_SIBLING)
				->iommu_group);
}

static void device_with_a_sibling_that_joins_is_not_preserved(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);
	struct device *sibling;

	prepare_to_preserve(device);
	race_first(race, IOMMU_CORE_ATTACH, NULL, plug_sibling, device);
	race_second_waits(race, iommu_core_preserve, device);
	race_end(race);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, race->second.ret);
	KUNIT_EXPECT_EQ(test, 0, outgoing(IOMMU_DEVICES));
	sibling = iommu_machine_device(core->machine, 0, FIRST_SIBLING);
	KUNIT_EXPECT_PTR_EQ(test, device->dev->iommu_group, sibling->iommu_group);
}

/* Preserving against an attach. Finding 64 */

static int detach_and_attach(struct iommu_core_device *device)
{
	iommu_core_detach(device);
	return iommu_core_attach(device);
}

/* To the domain that the case has for it, without being blocked in between */
static struct iommu_domain *replacement;
static struct iommu_attach_handle replacement_handle;

static int replace(struct iommu_core_device *device)
{
	return iommu_replace_group_handle(device->dev->iommu_group, replacement,
					  &replacement_handle);
}

static void free_replacement(void *data)
{
	iommu_domain_free(replacement);
}

static void alloc_replacement(struct iommu_core_device *device)
{
	struct kunit *test = device->core->test;

	replacement = iommu_paging_domain_alloc(device->dev);
	KUNIT_ASSERT_FALSE(test, IS_ERR(replacement));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, free_replacement, NULL));
}

static void domain_is_not_replaced_during_preserve(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);

	alloc_replacement(device);
	prepare_to_preserve(device);
	iommu_core_watch(device);
	race_first(race, RACE_PRESERVE_DEVICE, device->dev, iommu_core_preserve, device);
	race_second_waits(race, replace, device);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_EQ(test, -EBUSY, race->second.ret);
	KUNIT_EXPECT_PTR_EQ(test, device->domain->domain, iommu_core_domain_of(device));
	iommu_core_expect_reached(device);
}

static void device_whose_domain_is_replaced_is_not_preserved(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);

	alloc_replacement(device);
	prepare_to_preserve(device);
	race_first(race, IOMMU_CORE_ATTACH, device->dev, replace, device);
	race_second_waits(race, iommu_core_preserve, device);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_EQ(test, -EINVAL, race->second.ret);
	KUNIT_EXPECT_PTR_EQ(test, replacement, iommu_core_domain_of(device));
	KUNIT_EXPECT_EQ(test, 0, outgoing(IOMMU_DEVICES));
	iommu_detach_group_handle(replacement, device->dev->iommu_group);
	device->is_attached = false;
}

static void device_that_is_being_attached_is_preserved_then(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);

	prepare_to_preserve(device);
	race_first(race, IOMMU_CORE_ATTACH, device->dev, detach_and_attach, device);
	race_second_waits(race, iommu_core_preserve, device);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_EQ(test, 0, race->second.ret);
	iommu_core_watch(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_freeze(core));
	iommu_core_kexec(core);
	KUNIT_EXPECT_EQ(test, 1, iommu_core_calls(device, IOMMU_CORE_REATTACH));
	iommu_core_finish(core);
}

/* Preserving against unplug */

static void device_that_goes_during_preserve_leaves_no_record(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);

	prepare_to_preserve(device);
	race_first(race, RACE_PRESERVE_DEVICE, device->dev, iommu_core_preserve, device);
	race_second_waits(race, remove, device);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	device->is_preserved = false;
	KUNIT_EXPECT_EQ(test, 0, outgoing(IOMMU_DEVICES));
	KUNIT_EXPECT_EQ(test, 0, outgoing(IOMMU_UNITS));
}

static void device_that_is_going_is_not_preserved(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);
	struct device *dev = get_device(device->dev);

	prepare_to_preserve(device);
	race_first(race, IOMMU_CORE_RELEASE, dev, remove, device);
	race_second_waits(race, iommu_core_preserve, device);
	race_end(race);
	KUNIT_EXPECT_EQ(test, -ENODEV, race->second.ret);
	KUNIT_EXPECT_EQ(test, 0, outgoing(IOMMU_DEVICES));
	KUNIT_EXPECT_EQ(test, 0, outgoing(IOMMU_UNITS));
	put_device(dev);
}

/* The group stays, with the sibling in it. */
static void device_that_leaves_its_sibling_is_not_preserved(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *sibling = iommu_core_find(core, 0, FIRST_SIBLING);
	struct race *race = race_begin(test, core);
	struct device *dev = get_device(device->dev);

	KUNIT_ASSERT_EQ(test, 0, iommu_core_claim(sibling, core));
	sibling->domain = device->domain;
	prepare_to_preserve(device);
	race_first(race, IOMMU_CORE_RELEASE, dev, remove, device);
	race_second_waits(race, iommu_core_preserve, device);
	race_end(race);
	KUNIT_EXPECT_EQ(test, -ENODEV, race->second.ret);
	KUNIT_EXPECT_EQ(test, 0, outgoing(IOMMU_DEVICES));
	put_device(dev);
}

static void device_that_is_unpreserved_can_go(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);

	iommu_core_preserve_all(core);
	race_first(race, RACE_UNPRESERVE_DEVICE, NULL, unpreserve, device);
	race_second_waits(race, remove, device);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, outgoing(IOMMU_DEVICES));
	KUNIT_EXPECT_EQ(test, 0, outgoing(IOMMU_UNITS));
}

static void device_that_is_going_is_unpreserved_once(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);
	struct device *dev = get_device(device->dev);

	iommu_core_preserve_all(core);
	race_first(race, RACE_UNPRESERVE_DEVICE, NULL, remove, device);
	race_second_waits(race, unpreserve, device);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, outgoing(IOMMU_DEVICES));
	KUNIT_EXPECT_EQ(test, 0, outgoing(IOMMU_UNITS));
	put_device(dev);
}

/* Preserving against a reset */

#ifdef CONFIG_PCI_ATS

static void drop_ats(void *data)
{
	struct iommu_core_device *device = data;

	if (device->dev)
		to_pci_dev(device->dev)->ats_cap = 0;
}

/* The core blocks a device while it is reset, if that may have translations. */
static void pretend_ats(struct iommu_core_device *device)
{
	struct kunit *test = device->core->test;

	to_pci_dev(device->dev)->ats_cap = PCI_CFG_SPACE_SIZE;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, drop_ats, device));
}

#else

static void pretend_ats(struct iommu_core_device *device)
{
	kunit_skip(device->core->test, "PCI_ATS is off");
}

#endif

/* Finding 63 */
static void device_is_not_reset_during_preserve(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);

	pretend_ats(device);
	prepare_to_preserve(device);
	iommu_core_watch(device);
	iommu_core_forget_calls(core);
	race_first(race, RACE_PRESERVE_DEVICE, device->dev, iommu_core_preserve, device);
	race_second_waits(race, reset, device);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_EQ(test, -EBUSY, race->second.ret);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_calls(device, IOMMU_CORE_BLOCK));
}

static void device_that_is_being_reset_is_not_preserved(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);

	pretend_ats(device);
	prepare_to_preserve(device);
	race_first(race, IOMMU_CORE_BLOCK, device->dev, reset, device);
	race_second_waits(race, iommu_core_preserve, device);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_EQ(test, -EBUSY, race->second.ret);
	KUNIT_EXPECT_EQ(test, 0, outgoing(IOMMU_DEVICES));
	pci_dev_reset_iommu_done(to_pci_dev(device->dev));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_preserve(device));
	iommu_core_expect_reached(device);
}

/* Preserving two devices */

static void expect_one_to_go_on(struct iommu_core_device *gone,
				struct iommu_core_device *kept)
{
	struct iommu_core *core = kept->core;

	iommu_core_unpreserve(gone);
	KUNIT_EXPECT_EQ(core->test, 1, outgoing(IOMMU_UNITS));
	KUNIT_EXPECT_EQ(core->test, 1, outgoing(IOMMU_DEVICES));
	KUNIT_EXPECT_EQ(core->test, 0, iommu_core_freeze(core));
	iommu_core_kexec(core);
	KUNIT_EXPECT_EQ(core->test, 1, iommu_core_calls(kept, IOMMU_CORE_REATTACH));
	iommu_core_expect_reached(kept);
	iommu_core_expect_blocked(gone);
	iommu_core_finish(core);
}

static void two_devices_preserve_their_unit_once(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *one = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *two = iommu_core_add_sharing(one, SECOND);
	struct race *race = race_begin(test, core);

	prepare_to_preserve(one);
	race_first(race, RACE_PRESERVE_UNIT, NULL, iommu_core_preserve, one);
	race_second_waits(race, iommu_core_preserve, two);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_EQ(test, 0, race->second.ret);
	KUNIT_EXPECT_NE(test, one->record_owner, two->record_owner);
	KUNIT_EXPECT_EQ(test, 1, outgoing(IOMMU_UNITS));
	KUNIT_EXPECT_EQ(test, 2, outgoing(IOMMU_DEVICES));
	expect_one_to_go_on(one, two);
}

/* The unit is not unpreserved with the one, when the other is not counted yet. */
static void unit_stays_preserved_for_the_next_device(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *one = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *two = iommu_core_add_sharing(one, SECOND);
	struct race *race = race_begin(test, core);

	prepare_to_preserve(one);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve(one));
	race_first(race, RACE_PRESERVE_DEVICE, two->dev, iommu_core_preserve, two);
	race_second_waits(race, unpreserve, one);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_EQ(test, 1, outgoing(IOMMU_UNITS));
	KUNIT_EXPECT_EQ(test, 1, outgoing(IOMMU_DEVICES));
	iommu_core_unpreserve(two);
	KUNIT_EXPECT_EQ(test, 0, outgoing(IOMMU_UNITS));
}

/* Freezing against unplug */

static void expect_only(struct iommu_core_device *kept)
{
	struct iommu_core *core = kept->core;

	iommu_core_kexec(core);
	KUNIT_EXPECT_TRUE(core->test, core->is_adopted[0]);
	KUNIT_EXPECT_EQ(core->test, 1, iommu_core_calls(kept, IOMMU_CORE_REATTACH));
	KUNIT_EXPECT_EQ(core->test, 1, iommu_liveupdate_incoming()->count[IOMMU_DEVICES]);
	KUNIT_EXPECT_EQ(core->test, 0, iommu_liveupdate_incoming()->lost[IOMMU_DEVICES]);
	iommu_core_expect_reached(kept);
	finish_update(core);
}

static void device_that_goes_while_all_is_frozen_leaves_no_record(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *kept = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *gone = iommu_core_add_sharing(kept, SECOND);
	struct race *race = race_begin(test, core);

	iommu_core_watch(kept);
	iommu_core_preserve_all(core);
	race_add_file(race);
	race_first(race, RACE_FREEZE, NULL, freeze, kept);
	iommu_core_remove_device(gone);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	expect_only(kept);
}

static void freeze_waits_for_a_device_that_goes(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *kept = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *gone = iommu_core_add_sharing(kept, SECOND);
	struct race *race = race_begin(test, core);

	iommu_core_watch(kept);
	iommu_core_preserve_all(core);
	race_add_file(race);
	race_first(race, RACE_UNPRESERVE_DEVICE, NULL, remove, gone);
	race_second_waits(race, freeze_records, kept);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_freeze(core));
	expect_only(kept);
}

/* The first attach in the next kernel */

/* Finding 54c: groups of boot get their domain without the lock of probes. */
static void domain_is_restored_once_at_boot_and_for_hot_plug(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 2);
	struct iommu_core_device *one = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *two = iommu_core_add_sharing(one, SECOND);
	struct race *race = race_begin(test, core);

	update_without_probes(race);
	iommu_core_unplug(two);
	race_first(race, IOMMU_CORE_RESTORE, one->dev, register_unit_again, one);
	race_second_waits(race, plug_again, two);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_ASSERT_EQ(test, 0, race->second.ret);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_calls(two, IOMMU_CORE_RESTORE));
	KUNIT_EXPECT_PTR_EQ(test, iommu_core_domain_of(one), iommu_core_domain_of(two));
	iommu_core_expect_reached(one);
	finish_update(core);
}

static void expect_waits_and_refused(struct kunit *test, int err, race_act act)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);

	iommu_core_watch(device);
	update_without_probes(race);
	race_first(race, IOMMU_CORE_REATTACH, device->dev, iommu_core_probe, device);
	race_second_waits(race, act, device);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_EQ(test, err, race->second.ret);
	KUNIT_EXPECT_EQ(test, IOMMU_DOMAIN_UNMANAGED, iommu_core_domain_of(device)->type);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_calls(device, IOMMU_CORE_BLOCK));
	iommu_core_expect_reached(device);
	finish_update(core);
}

static void device_is_not_claimed_during_its_first_attach(struct kunit *test)
{
	expect_waits_and_refused(test, -EPERM, claim_for_another);
}

static void group_is_not_claimed_during_its_first_attach(struct kunit *test)
{
	expect_waits_and_refused(test, -EPERM, claim_group);
}

static void driver_is_not_bound_during_the_first_attach(struct kunit *test)
{
	expect_waits_and_refused(test, -EBUSY, bind_driver);
}

/* At boot there are groups for a while that have no domain. Finding 54 */
static void device_is_not_taken_before_its_first_attach(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *one = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *two = iommu_core_add_device(core, 0, SECOND);
	struct race *race = race_begin(test, core);

	iommu_core_watch(one);
	iommu_core_watch(two);
	update_without_probes(race);
	race_first(race, IOMMU_CORE_PROBE, two->dev, register_unit_again, two);
	KUNIT_EXPECT_NOT_NULL(test, one->dev->iommu_group);
	KUNIT_EXPECT_NULL(test, iommu_core_domain_of(one));
	KUNIT_EXPECT_EQ(test, -EBUSY, claim_for_another(one));
	KUNIT_EXPECT_EQ(test, -EBUSY, claim_group(one));
	KUNIT_EXPECT_EQ(test, -EPROBE_DEFER, bind_driver(one));
	race_end(race);
	KUNIT_EXPECT_EQ(test, 1, iommu_core_calls(one, IOMMU_CORE_REATTACH));
	KUNIT_EXPECT_EQ(test, 1, iommu_core_calls(two, IOMMU_CORE_REATTACH));
	KUNIT_EXPECT_EQ(test, -EPERM, claim_for_another(one));
	KUNIT_EXPECT_EQ(test, -EBUSY, bind_driver(one));
	finish_update(core);
}

/* Against the end of the update */

static void records_outlive_a_device_that_is_going(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);
	unsigned long before;

	update(race);
	retrieve_session(core);
	race_first(race, IOMMU_CORE_RELEASE, device->dev, remove, device);
	KUNIT_EXPECT_EQ(test, 0, luo_kernel_finish(retrieved_session));
	luo_kernel_close(retrieved_session);
	KUNIT_EXPECT_NOT_NULL(test, iommu_liveupdate_incoming());
	before = waiting();
	race_end(race);
	KUNIT_EXPECT_NULL(test, iommu_liveupdate_incoming());
	KUNIT_EXPECT_LT(test, waiting(), before);
}

static void records_outlive_the_devices_until_finish(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);
	unsigned long before;

	update(race);
	retrieve_session(core);
	race_first(race, RACE_FINISH, NULL, finish, device);
	iommu_core_remove_device(device);
	KUNIT_EXPECT_NOT_NULL(test, iommu_liveupdate_incoming());
	before = waiting();
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_NULL(test, iommu_liveupdate_incoming());
	KUNIT_EXPECT_LT(test, waiting(), before);
	luo_kernel_close(retrieved_session);
}

static void record_outlives_the_probe_of_its_device(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);
	unsigned long before;

	iommu_core_watch(device);
	update_without_probes(race);
	retrieve_session(core);
	race_first(race, IOMMU_CORE_PROBE, device->dev, iommu_core_probe, device);
	KUNIT_EXPECT_EQ(test, 0, luo_kernel_finish(retrieved_session));
	luo_kernel_close(retrieved_session);
	KUNIT_EXPECT_NOT_NULL(test, iommu_liveupdate_incoming());
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_EQ(test, 1, iommu_core_calls(device, IOMMU_CORE_REATTACH));
	iommu_core_unwatch(device);
	before = waiting();
	iommu_core_remove_device(device);
	KUNIT_EXPECT_NULL(test, iommu_liveupdate_incoming());
	KUNIT_EXPECT_LT(test, waiting(), before);
}

/* A record that is lost keeps nothing, except while somebody looks at it. */
static void lost_record_outlives_the_probe_of_its_device(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);

	iommu_core_preserve_all(core);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(core));
	damage_device_record(test);
	core->hold_probes = true;
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
	iommu_core_kexec(core);
	retrieve_session(core);
	race_first(race, IOMMU_CORE_PROBE, device->dev, iommu_core_probe, device);
	KUNIT_EXPECT_EQ(test, 0, luo_kernel_finish(retrieved_session));
	luo_kernel_close(retrieved_session);
	KUNIT_EXPECT_NOT_NULL(test, iommu_liveupdate_incoming());
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_FALSE(test, core->machine->ops->may_do_dma(core->machine, 0, FIRST));
	KUNIT_EXPECT_EQ(test, -EPERM, claim_for_another(device));
	iommu_core_remove_device(device);
	KUNIT_EXPECT_NULL(test, iommu_liveupdate_incoming());
}

static void nothing_is_preserved_while_an_update_is_finished(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct race *race = race_begin(test, core);

	update(race);
	retrieve_session(core);
	race_first(race, RACE_FINISH, NULL, finish, device);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_core_open_session(core));
	race_end(race);
	luo_kernel_close(retrieved_session);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_open_session(core));
}

/* The unit stays as it was found. */
static bool init_later(struct iommu_machine *machine, unsigned int n)
{
	return false;
}

/* Other drivers do more before they take a unit over. */
static const struct iommu_machine_ops *const test_machine = &iommu_test_machine_ops;

static void records_outlive_the_adoption_of_a_unit(struct kunit *test)
{
	struct iommu_machine_ops ops = iommu_test_machine_ops;
	const struct iommu_machine_ops *real_machine_ops;
	struct iommu_core_device *device;
	struct iommu_core *core;
	struct race *race;

	test->param_value = &test_machine;
	core = iommu_core_start(test, 1);
	device = iommu_core_add_device(core, 0, FIRST);
	race = race_begin(test, core);
	iommu_core_preserve_all(core);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(core));
	damage_device_record(test);
	core->hold_probes = true;
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
	real_machine_ops = core->machine->ops;
	ops.init_unit = init_later;
	core->machine->ops = &ops;
	iommu_core_kexec(core);
	core->machine->ops = real_machine_ops;
	retrieve_session(core);
	race_first(race, RACE_ADOPT_UNIT, NULL, adopt, device);
	race_second_waits(race, finish, device);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_EQ(test, 0, race->second.ret);
	KUNIT_EXPECT_NULL(test, iommu_liveupdate_incoming());
	luo_kernel_close(retrieved_session);
	iommu_core_expect_blocked(device);
}

#define RACE_CASE(name)	KUNIT_CASE_PARAM(name, conformance_gen_machines)

static struct kunit_case iommu_races_cases[] = {
	RACE_CASE(sibling_that_comes_during_preserve_is_refused),
	RACE_CASE(sibling_that_has_no_group_yet_does_not_stop_preserve),
	RACE_CASE(device_with_a_sibling_that_joins_is_not_preserved),
	RACE_CASE(domain_is_not_replaced_during_preserve),
	RACE_CASE(device_whose_domain_is_replaced_is_not_preserved),
	RACE_CASE(device_that_is_being_attached_is_preserved_then),
	RACE_CASE(device_that_goes_during_preserve_leaves_no_record),
	RACE_CASE(device_that_is_going_is_not_preserved),
	RACE_CASE(device_that_leaves_its_sibling_is_not_preserved),
	RACE_CASE(device_that_is_unpreserved_can_go),
	RACE_CASE(device_that_is_going_is_unpreserved_once),
	RACE_CASE(device_is_not_reset_during_preserve),
	RACE_CASE(device_that_is_being_reset_is_not_preserved),
	RACE_CASE(two_devices_preserve_their_unit_once),
	RACE_CASE(unit_stays_preserved_for_the_next_device),
	RACE_CASE(device_that_goes_while_all_is_frozen_leaves_no_record),
	RACE_CASE(freeze_waits_for_a_device_that_goes),
	RACE_CASE(domain_is_restored_once_at_boot_and_for_hot_plug),
	RACE_CASE(device_is_not_claimed_during_its_first_attach),
	RACE_CASE(group_is_not_claimed_during_its_first_attach),
	RACE_CASE(driver_is_not_bound_during_the_first_attach),
	RACE_CASE(device_is_not_taken_before_its_first_attach),
	RACE_CASE(records_outlive_a_device_that_is_going),
	RACE_CASE(records_outlive_the_devices_until_finish),
	RACE_CASE(record_outlives_the_probe_of_its_device),
	RACE_CASE(lost_record_outlives_the_probe_of_its_device),
	RACE_CASE(nothing_is_preserved_while_an_update_is_finished),
	KUNIT_CASE(records_outlive_the_adoption_of_a_unit),
	{}
};

static struct kunit_suite iommu_races_suite = {
	.name = "iommu_races",
	.test_cases = iommu_races_cases,
};

kunit_test_suite(iommu_races_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of races in the IOMMU core over a live update");
