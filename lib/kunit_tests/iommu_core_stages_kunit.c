// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: a live update of IOMMUs that ends before its end
 *
 * What there is when user space, or either kernel, stops at each stage: nothing but
 * what was before in the old kernel, and in the next one devices that go on or are
 * cut off, and records that are given back when nobody depends on them any more, but
 * not earlier. Each allocation on the way fails once.
 */

#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/adopt.h"
#include "../../drivers/iommu/liveupdate/flb.h"
#include "../../drivers/iommu/liveupdate/kept.h"
#include "../../drivers/iommu/liveupdate/serialize.h"
#include "fake_kho_internal.h"
#include "iommu_conformance.h"
#include "iommu_core.h"
#include "iommu_core_expect.h"
#include "liveupdate_snapshot.h"
#include "luo_kernel.h"
#include "luo_test_file.h"

/* An address that all domains of iommu_machine_map() have mapped */
#define MAPPED		SZ_256M

#define OTHER_TOKEN	2

/* A file of another subsystem in the session of the core */
static struct luo_test_type other_type = LUO_TEST_TYPE("iommu-stages-kunit-other");

static void add_other_file(struct iommu_core *core)
{
	struct file *file = luo_test_file(core->test, &other_type, 0);

	KUNIT_ASSERT_EQ(core->test, 0,
			luo_kernel_preserve(core->session, OTHER_TOKEN, file));
}

/* Anybody can have it, and it goes where its new owner wants. */
static void expect_as_any(struct iommu_core_device *device)
{
	struct kunit *test = device->core->test;

	KUNIT_EXPECT_NULL(test, device->dev->iommu->incoming);
	KUNIT_EXPECT_EQ(test, IOMMU_DOMAIN_IDENTITY, iommu_core_domain_of(device)->type);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_claim(device, device->core));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_alloc_domain(device));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_attach(device));
	iommu_machine_start_dma(device->core->machine, device->dev);
	iommu_core_expect_reached(device);
}

/* The old kernel */

static void preserve_all(struct iommu_core *core)
{
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_open_session(core));
	iommu_core_preserve_all(core);
}

static struct iommu_core_device *first_device(struct iommu_core *core)
{
	return list_first_entry(&core->devices, struct iommu_core_device, node);
}

static void preserve_first_domain(struct iommu_core *core)
{
	struct iommu_core_device *device = first_device(core);

	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_open_session(core));
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_preserve_domain(device->domain));
}

static void preserve_first(struct iommu_core *core)
{
	preserve_first_domain(core);
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_preserve(first_device(core)));
}

static void preserve_nothing(struct iommu_core *core)
{
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_open_session(core));
}

static void freeze_all(struct iommu_core *core)
{
	preserve_all(core);
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_freeze(core));
	KUNIT_EXPECT_TRUE(core->test, iommu_liveupdate_is_written());
}

/* Another file of the session refuses, after that of the core was frozen. */
static void freeze_in_vain(struct iommu_core *core)
{
	preserve_all(core);
	add_other_file(core);
	other_type.errors[LUO_TEST_FREEZE] = -EIO;
	KUNIT_EXPECT_EQ(core->test, -EIO, iommu_core_freeze(core));
	KUNIT_EXPECT_FALSE(core->test, iommu_liveupdate_is_written());
	other_type.errors[LUO_TEST_FREEZE] = 0;
}

static void freeze_after_freeze_in_vain(struct iommu_core *core)
{
	freeze_in_vain(core);
	KUNIT_EXPECT_EQ(core->test, 0, iommu_core_freeze(core));
	KUNIT_EXPECT_TRUE(core->test, iommu_liveupdate_is_written());
}

static void unpreserve_one_after_freeze_in_vain(struct iommu_core *core)
{
	struct iommu_core_device *device = first_device(core);

	freeze_in_vain(core);
	iommu_core_unpreserve(device);
	iommu_core_unpreserve_domain(device->domain);
	KUNIT_EXPECT_FALSE(core->test, iommu_liveupdate_is_written());
}

static void (*const stages[])(struct iommu_core *core) = {
	preserve_nothing,
	preserve_first_domain,
	preserve_first,
	preserve_all,
	freeze_all,
	freeze_in_vain,
	freeze_after_freeze_in_vain,
	unpreserve_one_after_freeze_in_vain,
};

static void attach_another_domain(struct iommu_core_device *device)
{
	struct iommu_core_domain *old = device->domain;

	iommu_core_unwatch(device);
	iommu_core_detach(device);
	iommu_core_free_domain(old);
	device->domain = NULL;
	KUNIT_EXPECT_EQ(device->core->test, 0, iommu_core_alloc_domain(device));
	KUNIT_EXPECT_EQ(device->core->test, 0, iommu_core_attach(device));
	iommu_core_watch(device);
}

/* Finding 18, Finding 20, Finding 22 */
static void session_closed_at_any_stage_leaves_nothing(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 2);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 1, OTHER_BUS);
	struct liveupdate_snapshot before, after;

	luo_test_register(test, &other_type);
	iommu_core_watch(device);
	iommu_core_watch(other);
	for (unsigned int i = 0; i < ARRAY_SIZE(stages); i++) {
		liveupdate_snapshot_take(&before);
		stages[i](core);
		iommu_core_close_session(core);
		liveupdate_snapshot_take(&after);
		liveupdate_snapshot_expect_equal(test, &before, &after);
		KUNIT_EXPECT_FALSE(test, iommu_liveupdate_is_written());
		attach_another_domain(device);
	}
	iommu_core_live_update(core);
	iommu_core_expect_restored(device);
	iommu_core_expect_restored(other);
	iommu_core_finish(core);
}

static void update_goes_on_after_a_freeze_in_vain(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	luo_test_register(test, &other_type);
	iommu_core_watch(device);
	freeze_after_freeze_in_vain(core);
	iommu_core_kexec(core);
	iommu_core_expect_restored(device);
	iommu_core_finish(core);
}

static void device_unpreserved_after_a_freeze_is_not_handed_over(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 2);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 1, OTHER_BUS);

	luo_test_register(test, &other_type);
	iommu_core_watch(other);
	unpreserve_one_after_freeze_in_vain(core);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_freeze(core));
	iommu_core_kexec(core);
	KUNIT_EXPECT_FALSE(test, core->is_adopted[0]);
	iommu_core_expect_restored(other);
	iommu_core_expect_cut_off(device);
	expect_as_any(device);
	iommu_core_finish(core);
}

static void device_is_handed_over_by_the_last_of_two_freezes(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 2);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 1, OTHER_BUS);

	iommu_core_watch(device);
	iommu_core_watch(other);
	preserve_first(core);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_freeze(core));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve_domain(other->domain));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve(other));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_freeze(core));
	iommu_core_kexec(core);
	iommu_core_expect_restored(device);
	iommu_core_expect_restored(other);
	iommu_core_finish(core);
}

/* Finding 21 */
static void kexec_without_freeze_hands_nothing_over(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	iommu_core_expect_loss(core);
	preserve_all(core);
	/* What PCI does in a shutdown of anything that is not kept */
	pci_clear_master(to_pci_dev(device->dev));
	iommu_core_kexec(core);
	KUNIT_EXPECT_NULL(test, iommu_liveupdate_incoming());
	KUNIT_EXPECT_FALSE(test, core->is_adopted[0]);
	iommu_core_expect_cut_off(device);
	expect_as_any(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_open_session(core));
}

/* Bad records */

static void *first_record(struct iommu_outgoing *out, enum iommu_family family)
{
	struct kho_block_set_it it;

	kho_block_set_it_init(&it, &out->families[family].blocks);
	return kho_block_set_it_read_entry(&it);
}

static void damage_magic(struct iommu_outgoing *out)
{
	out->header->magic++;
}

static void damage_version(struct iommu_outgoing *out)
{
	out->header->version_major++;
}

static void damage_unit(struct iommu_outgoing *out)
{
	((struct iommu_unit_ser *)first_record(out, IOMMU_UNITS))->flags = ~0;
}

static void damage_domain(struct iommu_outgoing *out)
{
	((struct iommu_domain_ser *)first_record(out, IOMMU_DOMAINS))->flags = ~0;
}

static void damage_device(struct iommu_outgoing *out)
{
	((struct iommu_device_ser *)first_record(out, IOMMU_DEVICES))->flags = ~0;
}

static void damage_attachment(struct iommu_outgoing *out)
{
	((struct iommu_attachment_ser *)first_record(out, IOMMU_ATTACHMENTS))->flags = ~0;
}

/* The records are written, and differ from that when the next kernel reads them. */
static void update_with(struct iommu_core *core, void (*damage)(struct iommu_outgoing *out))
{
	struct iommu_outgoing *out;

	preserve_all(core);
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_freeze(core));
	out = iommu_flb_get_outgoing();
	KUNIT_ASSERT_FALSE(core->test, IS_ERR(out));
	damage(out);
	iommu_flb_put_outgoing();
	iommu_core_expect_loss(core);
	iommu_core_kexec(core);
}

/* No record of any device can be read: whoever translates is an orphan. */
static void expect_orphans(struct kunit *test, void (*damage)(struct iommu_outgoing *out))
{
	struct iommu_core *core = iommu_core_start(test, 2);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 1, OTHER_BUS);

	update_with(core, damage);
	KUNIT_EXPECT_FALSE(test, core->is_adopted[0]);
	KUNIT_EXPECT_FALSE(test, core->is_adopted[1]);
	iommu_core_expect_cut_off(device);
	iommu_core_expect_cut_off(other);
	expect_as_any(device);
	expect_as_any(other);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_core_open_session(core));
	iommu_core_finish(core);
	KUNIT_EXPECT_NULL(test, iommu_liveupdate_incoming());
	KUNIT_EXPECT_EQ(test, 0, iommu_core_open_session(core));
}

static void image_of_nobody_makes_orphans(struct kunit *test)
{
	expect_orphans(test, damage_magic);
}

static void image_of_another_version_makes_orphans(struct kunit *test)
{
	expect_orphans(test, damage_version);
}

/* The device of the record is cut off, and all others go on. */
static void expect_lost(struct kunit *test, bool is_adopted,
			void (*damage)(struct iommu_outgoing *out))
{
	struct iommu_core *core = iommu_core_start(test, 2);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 1, OTHER_BUS);

	iommu_core_watch(other);
	update_with(core, damage);
	KUNIT_EXPECT_EQ(test, is_adopted, core->is_adopted[0]);
	KUNIT_EXPECT_TRUE(test, core->is_adopted[1]);
	iommu_core_expect_cut_off(device);
	iommu_core_expect_owned(device);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_device_use_default_domain(device->dev));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_calls(device, IOMMU_CORE_RESTORE));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_attaches(device));
	iommu_core_expect_restored(other);
	iommu_core_finish(core);
	iommu_core_expect_owned(device);
	iommu_core_expect_reached(other);
}

/* Finding 57 */
static void devices_of_a_bad_unit_are_cut_off(struct kunit *test)
{
	expect_lost(test, false, damage_unit);
}

static void device_of_a_bad_domain_is_cut_off(struct kunit *test)
{
	expect_lost(test, true, damage_domain);
}

static void device_of_a_bad_record_is_cut_off(struct kunit *test)
{
	expect_lost(test, true, damage_device);
}

static void device_of_a_bad_attachment_is_cut_off(struct kunit *test)
{
	expect_lost(test, true, damage_attachment);
}

/* The next kernel */

static bool has_records(void)
{
	return iommu_liveupdate_incoming();
}

static void finish_session(struct iommu_core *core, const char *name)
{
	struct file *session = iommu_core_retrieve_session(core, name);

	KUNIT_EXPECT_EQ(core->test, 0, luo_kernel_finish(session));
	luo_kernel_close(session);
}

static void records_stay_while_nobody_retrieves_the_session(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	iommu_core_expect_loss(core);
	iommu_core_live_update(core);
	iommu_core_expect_restored(device);
	iommu_core_remove_device(device);
	KUNIT_EXPECT_TRUE(test, has_records());
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_core_open_session(core));
}

/* LUO finishes a session that is closed. */
static void records_go_when_the_session_is_closed(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct file *session;

	iommu_core_live_update(core);
	session = iommu_core_retrieve_session(core, IOMMU_CORE_SESSION);
	iommu_core_remove_device(device);
	KUNIT_EXPECT_TRUE(test, has_records());
	luo_kernel_close(session);
	KUNIT_EXPECT_FALSE(test, has_records());
	KUNIT_EXPECT_EQ(test, 0, iommu_core_open_session(core));
}

static void records_stay_if_finish_is_refused(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct file *session;

	luo_test_register(test, &other_type);
	iommu_core_watch(device);
	preserve_all(core);
	add_other_file(core);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(core));
	iommu_core_kexec(core);
	session = iommu_core_retrieve_session(core, IOMMU_CORE_SESSION);
	other_type.errors[LUO_TEST_CAN_FINISH] = -EBUSY;
	KUNIT_EXPECT_NE(test, 0, luo_kernel_finish(session));
	KUNIT_EXPECT_TRUE(test, has_records());
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_core_open_session(core));
	iommu_core_unwatch(device);
	iommu_core_remove_device(device);
	KUNIT_EXPECT_TRUE(test, has_records());
	other_type.errors[LUO_TEST_CAN_FINISH] = 0;
	KUNIT_EXPECT_EQ(test, 0, luo_kernel_finish(session));
	KUNIT_EXPECT_FALSE(test, has_records());
	luo_kernel_close(session);
}

/* Finding 65 */
static void records_go_with_the_last_device(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 0, SECOND);
	struct fake_kho_ranges before, after;

	iommu_core_live_update(core);
	iommu_core_finish(core);
	iommu_core_remove_device(device);
	KUNIT_EXPECT_TRUE(test, has_records());
	iommu_core_expect_reached(other);
	fake_kho_get_waiting(&before);
	iommu_core_remove_device(other);
	fake_kho_get_waiting(&after);
	KUNIT_EXPECT_FALSE(test, has_records());
	KUNIT_EXPECT_LT(test, after.count, before.count);
}

static void device_that_turns_up_after_finish_is_restored(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *late = iommu_core_add_device(core, 0, SECOND);

	iommu_core_watch(late);
	core->hold_probes = true;
	iommu_core_live_update(core);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_probe(device));
	iommu_core_finish(core);
	iommu_core_remove_device(device);
	KUNIT_EXPECT_TRUE(test, has_records());
	KUNIT_EXPECT_EQ(test, 0, iommu_core_probe(late));
	iommu_core_expect_restored(late);
	iommu_core_unwatch(late);
	iommu_core_remove_device(late);
	KUNIT_EXPECT_FALSE(test, has_records());
}

static void record_of_a_device_that_never_turns_up_stays(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *absent = iommu_core_add_device(core, 0, SECOND);

	iommu_core_expect_loss(core);
	core->hold_probes = true;
	iommu_core_live_update(core);
	/* PCI has lost it before the core had a look. */
	iommu_core_unplug(absent);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_probe(device));
	iommu_core_expect_restored(device);
	iommu_core_finish(core);
	iommu_core_remove_device(device);
	KUNIT_EXPECT_TRUE(test, has_records());
	/* That keeps nobody from the next update. */
	KUNIT_EXPECT_EQ(test, 0, iommu_core_open_session(core));
}

/* Two sessions, with a device in each */

static struct iommu_core_device *device_of[2];
static const char *const names[] = { "iommu-one", "iommu-two" };
static struct file *sessions[2];

static int one_device_op(enum luo_test_op op, struct liveupdate_file_op_args *args)
{
	struct iommu_core_device *device;

	if (op == LUO_TEST_FREEZE)
		iommu_liveupdate_freeze();
	if (op == LUO_TEST_UNFREEZE)
		iommu_liveupdate_unfreeze();
	if (op != LUO_TEST_UNPRESERVE)
		return 0;
	device = device_of[luo_test_value(args->file)];
	if (!device->is_preserved)
		return 0;
	iommu_core_unpreserve(device);
	iommu_core_unpreserve_domain(device->domain);
	return 0;
}

static struct luo_test_type one_device_type = LUO_TEST_TYPE("iommu-stages-kunit");

static void open_session_of(struct iommu_core *core, unsigned int n)
{
	struct kunit *test = core->test;

	sessions[n] = luo_kernel_session(test, names[n]);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, sessions[n]);
	KUNIT_ASSERT_EQ(test, 0,
			luo_kernel_preserve(sessions[n], 1,
					    luo_test_file(test, &one_device_type, n)));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve_domain(device_of[n]->domain));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve(device_of[n]));
}

static struct iommu_core *start_two_sessions(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);

	luo_test_register(test, &one_device_type);
	one_device_type.hook = one_device_op;
	KUNIT_ASSERT_EQ(test, 0,
			iommu_liveupdate_register_flb(&one_device_type.handler));
	device_of[0] = iommu_core_add_device(core, 0, FIRST);
	device_of[1] = iommu_core_add_device(core, 0, SECOND);
	open_session_of(core, 0);
	open_session_of(core, 1);
	return core;
}

static void session_closed_before_the_freeze_takes_its_device_only(struct kunit *test)
{
	struct iommu_core *core = start_two_sessions(test);

	iommu_core_watch(device_of[1]);
	luo_kernel_close(sessions[0]);
	KUNIT_EXPECT_FALSE(test, device_of[0]->is_preserved);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(core));
	iommu_core_kexec(core);
	iommu_core_expect_restored(device_of[1]);
	iommu_core_expect_cut_off(device_of[0]);
	expect_as_any(device_of[0]);
	finish_session(core, names[1]);
}

static void finish_two_sessions(struct kunit *test, unsigned int first)
{
	struct iommu_core *core = start_two_sessions(test);

	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(core));
	iommu_core_kexec(core);
	finish_session(core, names[first]);
	iommu_core_remove_device(device_of[first]);
	iommu_core_expect_restored(device_of[!first]);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_core_open_session(core));
	iommu_core_remove_device(device_of[!first]);
	KUNIT_EXPECT_TRUE(test, has_records());
	finish_session(core, names[!first]);
	KUNIT_EXPECT_FALSE(test, has_records());
}

static void records_stay_for_the_second_session(struct kunit *test)
{
	finish_two_sessions(test, 0);
}

static void records_stay_for_the_first_session(struct kunit *test)
{
	finish_two_sessions(test, 1);
}

/* Finding 36: what is handed over is a restored domain, and nobody has finished it. */
static void update_after_one_that_is_not_finished_is_refused(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	u64 id;

	iommu_core_expect_loss(core);
	iommu_core_watch(device);
	iommu_core_live_update(core);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_core_open_session(core));
	KUNIT_EXPECT_EQ(test, -ENOENT, iommu_preserve_domain(iommu_core_domain_of(device), &id));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			iommu_preserve_device(iommu_core_domain_of(device), device->dev, &id));
	/* A kexec all the same: nothing is handed over, and DMA stops. */
	iommu_core_unwatch(device);
	iommu_core_kexec(core);
	KUNIT_EXPECT_FALSE(test, core->is_adopted[0]);
	KUNIT_EXPECT_FALSE(test, has_records());
	iommu_core_expect_cut_off(device);
	expect_as_any(device);
}

/* Each allocation fails once */

static void unpreserve_first(struct iommu_core_device *device)
{
	iommu_core_unpreserve(device);
	iommu_core_unpreserve_domain(device->domain);
}

static void write_records(struct iommu_core_device *device)
{
	iommu_liveupdate_freeze();
}

static void expect_no_allocation(struct iommu_core_device *device,
				 void (*act)(struct iommu_core_device *device))
{
	fail_nth_exchange(1);
	act(device);
	KUNIT_EXPECT_EQ(device->core->test, 1, fail_nth_exchange(0));
}

/* Finding 23: what cannot be refused must not need memory. */
static void nothing_is_allocated_to_unpreserve_or_to_freeze(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	preserve_first(core);
	expect_no_allocation(device, unpreserve_first);
	iommu_core_preserve_all(core);
	expect_no_allocation(device, write_records);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_freeze(core));
	iommu_core_kexec(core);
	iommu_core_expect_restored(device);
	iommu_core_finish(core);
}

/* It reaches what it did, or nothing. */
static void expect_no_stray_dma(struct iommu_core_device *device)
{
	struct iommu_machine *machine = device->core->machine;

	if (machine->ops->translate(machine, device->unit, device->rid, MAPPED) ==
	    IOMMU_MACHINE_BLOCKED)
		iommu_core_expect_blocked(device);
	else
		iommu_core_expect_reached(device);
}

static void plug_again(struct iommu_core_device *device)
{
	struct iommu_core *core = device->core;

	device->dev = iommu_machine_find(core->machine, device->unit, device->rid);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(core->test, device->dev);
	iommu_machine_start_dma(core->machine, device->dev);
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_claim(device, core));
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_alloc_domain(device));
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_attach(device));
}

/* Returns whether there was an n-th allocation. */
static bool probe_with_failure(struct iommu_core_device *device, unsigned int nth)
{
	struct iommu_core *core = device->core;
	struct kunit *test = core->test;
	bool was_met;
	int ret;

	core->hold_probes = true;
	iommu_core_live_update(core);
	fail_nth_exchange(nth);
	ret = iommu_core_probe(device);
	was_met = !fail_nth_exchange(0);
	expect_no_stray_dma(device);
	if (ret) {
		KUNIT_EXPECT_TRUE(test, was_met);
		KUNIT_EXPECT_EQ(test, -ENOMEM, ret);
		KUNIT_EXPECT_NULL(test, device->dev->iommu_group);
		KUNIT_EXPECT_EQ(test, 0, iommu_core_probe(device));
		expect_no_stray_dma(device);
	}
	KUNIT_EXPECT_EQ(test, 0, iommu_core_attaches(device));
	iommu_core_expect_owned(device);
	iommu_core_finish(core);
	iommu_core_remove_device(device);
	KUNIT_EXPECT_FALSE(test, has_records());
	return was_met;
}

/* Finding 49, Finding 54a, Finding 54b */
static void probe_survives_each_failure(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	unsigned int nth = 1;

	/* Of a domain that was not restored */
	iommu_core_expect_loss(core);
	while (probe_with_failure(device, nth) && nth < 1000) {
		plug_again(device);
		nth++;
	}
	kunit_info(test, "probe of a device: %u points", nth - 1);
	KUNIT_EXPECT_GT(test, nth, 10);
	KUNIT_EXPECT_LT(test, nth, 1000);
	KUNIT_EXPECT_EQ(test, 1, iommu_core_calls(device, IOMMU_CORE_REATTACH));
}

/* Returns whether there was an n-th allocation. */
static bool read_with_failure(struct iommu_core *core, unsigned int nth)
{
	KUNIT_EXPECT_EQ(core->test, 0, luo_kernel_boot(core->test));
	fail_nth_exchange(nth);
	iommu_liveupdate_init();
	return !fail_nth_exchange(0);
}

static void register_unit(struct iommu_core *core)
{
	struct iommu_device *iommu = core->machine->ops->unit(core->machine, 0);
	struct kunit *test = core->test;

	KUNIT_ASSERT_EQ(test, 0, iommu_device_sysfs_add(iommu, NULL, NULL, "iommu_core0"));
	core->is_registered[0] = true;
	KUNIT_EXPECT_EQ(test, 0, iommu_device_register(iommu, &iommu_core_ops, NULL));
	core->is_running = true;
}

/* As iommu_core_kexec(), with a unit and a device */
static bool kexec_with_failure(struct iommu_core_device *device, unsigned int nth)
{
	struct iommu_core *core = device->core;
	struct iommu_machine *machine = core->machine;
	bool was_met;

	machine->ops->shutdown(machine, 0, true);
	iommu_core_end_kernel(core);
	mock_kexec(core->test);
	iommu_core_forget_calls(core);
	was_met = read_with_failure(core, nth);
	machine->ops->begin_kernel(machine);
	core->is_adopted[0] = machine->ops->init_unit(machine, 0);
	device->dev = iommu_machine_device(machine, device->unit, device->rid);
	register_unit(core);
	return was_met;
}

static bool boot_with_failure(struct iommu_core_device *device, unsigned int nth)
{
	struct iommu_core *core = device->core;
	struct kunit *test = core->test;
	bool was_met;

	iommu_core_preserve_all(core);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(core));
	was_met = kexec_with_failure(device, nth);
	if (core->is_adopted[0]) {
		iommu_core_expect_restored(device);
	} else {
		KUNIT_EXPECT_TRUE(test, was_met);
		iommu_core_expect_cut_off(device);
	}
	iommu_core_finish(core);
	iommu_core_remove_device(device);
	KUNIT_EXPECT_FALSE(test, has_records());
	return was_met;
}

static void boot_survives_each_failure(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	unsigned int nth = 1;

	iommu_core_expect_loss(core);
	while (boot_with_failure(device, nth) && nth < 1000) {
		plug_again(device);
		nth++;
	}
	kunit_info(test, "records of the previous kernel: %u points", nth - 1);
	KUNIT_EXPECT_GT(test, nth, 3);
	KUNIT_EXPECT_LT(test, nth, 1000);
	KUNIT_EXPECT_TRUE(test, core->is_adopted[0]);
}

#define STAGE_CASE(name)	KUNIT_CASE_PARAM(name, conformance_gen_machines)
#define STAGE_CASE_SLOW(name)					\
	KUNIT_CASE_PARAM_ATTR(name, conformance_gen_machines,	\
			      ((struct kunit_attributes){ .speed = KUNIT_SPEED_SLOW }))

static struct kunit_case iommu_stages_cases[] = {
	STAGE_CASE(session_closed_at_any_stage_leaves_nothing),
	STAGE_CASE(update_goes_on_after_a_freeze_in_vain),
	STAGE_CASE(device_unpreserved_after_a_freeze_is_not_handed_over),
	STAGE_CASE(device_is_handed_over_by_the_last_of_two_freezes),
	STAGE_CASE(kexec_without_freeze_hands_nothing_over),
	STAGE_CASE(image_of_nobody_makes_orphans),
	STAGE_CASE(image_of_another_version_makes_orphans),
	STAGE_CASE(devices_of_a_bad_unit_are_cut_off),
	STAGE_CASE(device_of_a_bad_domain_is_cut_off),
	STAGE_CASE(device_of_a_bad_record_is_cut_off),
	STAGE_CASE(device_of_a_bad_attachment_is_cut_off),
	STAGE_CASE(records_stay_while_nobody_retrieves_the_session),
	STAGE_CASE(records_go_when_the_session_is_closed),
	STAGE_CASE(records_stay_if_finish_is_refused),
	STAGE_CASE(records_go_with_the_last_device),
	STAGE_CASE(device_that_turns_up_after_finish_is_restored),
	STAGE_CASE(record_of_a_device_that_never_turns_up_stays),
	STAGE_CASE(session_closed_before_the_freeze_takes_its_device_only),
	STAGE_CASE(records_stay_for_the_second_session),
	STAGE_CASE(records_stay_for_the_first_session),
	STAGE_CASE(update_after_one_that_is_not_finished_is_refused),
	STAGE_CASE(nothing_is_allocated_to_unpreserve_or_to_freeze),
	STAGE_CASE_SLOW(probe_survives_each_failure),
	STAGE_CASE_SLOW(boot_survives_each_failure),
	{}
};

static struct kunit_suite iommu_stages_suite = {
	.name = "iommu_stages",
	.test_cases = iommu_stages_cases,
};

kunit_test_suite(iommu_stages_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of live updates of IOMMUs that end before their end");
