// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: a virtual machine over a live update
 *
 * From a session of user space to a device that goes on in the next kernel, with the
 * real LUO, memfd, iommufd and IOMMU core, on each machine: the right way, each wrong
 * order, an end at each stage, more than one guest, and what the next kernel lets user
 * space do. DMA is watched all the time.
 */

#include <linux/file.h>
#include <linux/iommu.h>
#include <linux/iommufd.h>
#include <linux/liveupdate.h>
#include <linux/pci.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommufd/iommufd_private.h"
#include "../../drivers/iommu/iommufd/liveupdate_preserved.h"
#include "../../drivers/iommu/liveupdate/adopt.h"
#include "../../drivers/iommu/liveupdate/deserialize.h"
#include "../../drivers/iommu/liveupdate/kept.h"
#include "fake_kho_internal.h"
#include "iommu_conformance.h"
#include "iommu_core_expect.h"
#include "iommufd_guest.h"
#include "iommufd_machines.h"
#include "liveupdate_snapshot.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "test_memfd.h"

#define OTHER_TOKEN	0x77

static const char text[] = "what the guest had in its memory";

static struct luo_test_type other_type = LUO_TEST_TYPE("iommufd-stages-kunit-other");

static void write_memory(struct iommufd_guest *guest)
{
	for (unsigned int i = 0; i < IOMMUFD_GUEST_PAGES; i++)
		KUNIT_ASSERT_EQ(guest->test, 0,
				test_memfd_write(guest->memory, i * PAGE_SIZE, text,
						 sizeof(text)));
}

static void expect_memory(struct kunit *test, struct file *memory)
{
	char read[sizeof(text)];

	for (unsigned int i = 0; i < IOMMUFD_GUEST_PAGES; i++) {
		KUNIT_EXPECT_EQ(test, 0,
				test_memfd_read(memory, i * PAGE_SIZE, read, sizeof(read)));
		KUNIT_EXPECT_STREQ(test, read, text);
	}
}

/* In the next kernel */

/* The device goes on with its guest's memory, and belongs to nobody here. */
static void expect_restored(struct iommufd_guest_device *device)
{
	struct iommu_core_device *core_device = device->device;
	struct kunit *test = device->guest->test;
	struct iommu_domain *domain = iommu_core_domain_of(core_device);

	KUNIT_ASSERT_NOT_NULL(test, domain);
	KUNIT_EXPECT_EQ(test, 1, iommu_core_calls(core_device, IOMMU_CORE_REATTACH));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_attaches(core_device));
	KUNIT_EXPECT_EQ(test, IOMMU_DOMAIN_UNMANAGED, domain->type);
	KUNIT_EXPECT_TRUE(test, iommu_core_may_do_dma(core_device));
	iommu_core_expect_owned(core_device);
	iommufd_guest_expect_reached(device);
}

/* No iommufd of this kernel gets the device. */
static void expect_refused_to_others(struct iommufd_guest_device *device)
{
	struct kunit *test = device->guest->test;
	struct iommufd_user *user = iommufd_user_open(test);
	struct iommufd_device *idev;
	u32 id;

	iommufd_guest_isolate_interrupts(device->device);
	idev = iommufd_device_bind(iommufd_user_ctx(user), device->device->dev, &id);
	KUNIT_EXPECT_PTR_EQ(test, idev, ERR_PTR(-EPERM));
	iommufd_user_close(user);
	iommufd_guest_expect_reached(device);
}

/* A device that was not handed over is anybody's. */
static void expect_free(struct iommu_core_device *device)
{
	struct kunit *test = device->core->test;
	struct iommufd_user *user = iommufd_user_open(test);
	struct iommufd_device *idev;
	u32 id;

	iommufd_guest_isolate_interrupts(device);
	idev = iommufd_device_bind(iommufd_user_ctx(user), device->dev, &id);
	KUNIT_EXPECT_FALSE(test, IS_ERR(idev));
	if (!IS_ERR(idev))
		iommufd_device_unbind(idev);
	iommufd_user_close(user);
}

static void update(struct iommu_core *core)
{
	KUNIT_ASSERT_EQ(core->test, 0, luo_kernel_freeze());
	iommu_core_expect_loss(core);
	iommufd_guest_kexec(core);
}

/* The right way */

static void guest_goes_on(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_guest_device *device = iommufd_guest_first(guest);
	struct file *session, *memory, *none;

	write_memory(guest);
	iommufd_guest_watch(device);
	session = iommufd_guest_session(guest);
	iommufd_guest_preserve_all(guest, session);
	iommufd_guest_expect_reached(device);
	update(guest->core);
	expect_restored(device);
	expect_refused_to_others(device);

	session = iommu_core_retrieve_session(guest->core, IOMMUFD_GUEST_SESSION);
	KUNIT_ASSERT_EQ(test, 0, luo_kernel_retrieve(session, guest->memory_token, &memory));
	expect_memory(test, memory);
	KUNIT_EXPECT_EQ(test, guest->pfns[1], test_memfd_pfn(memory, 1));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			luo_kernel_retrieve(session, guest->token, &none));
	expect_restored(device);
	fput(memory);
	flush_delayed_fput();
	/* The session cannot finish without the iommufd, and until then it is pinned. */
	fake_kho_expect(test, FAKE_KHO_LEFT_ALLOCATED, IOMMUFD_GUEST_PAGES);
}

/* Finding 145, Finding 7, Finding 10 */
static void iommufd_is_not_given_back_yet(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_guest_device *device = iommufd_guest_first(guest);
	struct file *session, *none;

	iommufd_guest_preserve_all(guest, iommufd_guest_session(guest));
	update(guest->core);
	session = iommu_core_retrieve_session(guest->core, IOMMUFD_GUEST_SESSION);
	for (unsigned int i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
				luo_kernel_retrieve(session, guest->token, &none));
		KUNIT_EXPECT_EQ(test, -EBUSY, luo_kernel_finish(session));
	}
	luo_kernel_close(session);
	expect_restored(device);
}

/* Finding 8, Finding 57, Finding 58, Finding 60 */
static void session_is_not_finished_without_the_iommufd(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_guest_device *device = iommufd_guest_first(guest);
	struct file *session;

	iommufd_guest_preserve_all(guest, iommufd_guest_session(guest));
	update(guest->core);
	session = iommu_core_retrieve_session(guest->core, IOMMUFD_GUEST_SESSION);
	KUNIT_EXPECT_EQ(test, -EBUSY, luo_kernel_finish(session));
	expect_restored(device);
	expect_refused_to_others(device);
}

/* What one kernel has not given back is not handed over once more. Finding 167 */
static void second_update_is_refused_meanwhile(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 2);
	struct iommufd_guest *other;
	struct file *session;

	iommufd_guest_preserve_all(guest, iommufd_guest_session(guest));
	update(guest->core);
	other = iommufd_guest_add(guest->core, 1, OTHER_BUS);
	session = luo_test_session(test, "second");
	KUNIT_ASSERT_EQ(test, 0, iommufd_user_mark(other->user, other->hwpt, 1));
	KUNIT_ASSERT_EQ(test, 0, iommufd_guest_preserve_memory(other, session));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_guest_preserve_iommufd(other, session));
}

/* The record */

static void expect_record(struct iommufd_guest *guest, u64 record, u64 owner)
{
	struct iommufd_incoming in;
	struct kunit *test = guest->test;
	struct iommu_incoming *image = iommu_liveupdate_incoming();

	KUNIT_ASSERT_EQ(test, 0, iommufd_incoming_read(&in, record));
	KUNIT_EXPECT_EQ(test, 1, in.nr_hwpts);
	KUNIT_EXPECT_EQ(test, 1, in.nr_devices);
	if (in.nr_hwpts == 1 && in.nr_devices == 1) {
		KUNIT_EXPECT_EQ(test, guest->hwpt_token, in.hwpts[0].token);
		KUNIT_EXPECT_EQ(test, image->domains[0].id, in.hwpts[0].domain);
		KUNIT_EXPECT_EQ(test, IOMMUFD_HWPT_PASID_COMPATIBLE, in.hwpts[0].flags);
		KUNIT_EXPECT_EQ(test, owner, in.devices[0].owner);
		KUNIT_EXPECT_EQ(test, image->devices[0].owner, in.devices[0].owner);
		KUNIT_EXPECT_PTR_EQ(test, &in.hwpts[0], in.devices[0].hwpt);
	}
	iommufd_incoming_release(&in);
}

/* It has what giving the iommufd back will take. Finding 45, Finding 50 */
static void record_leads_to_domain_and_owner(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_guest_device *device = iommufd_guest_first(guest);
	struct iommufd_ctx *ictx = iommufd_user_ctx(guest->user);
	u64 record;

	iommufd_user_find_hwpt(guest->user, guest->hwpt)->common.pasid_compat = true;
	iommufd_guest_preserve_all(guest, iommufd_guest_session(guest));
	KUNIT_EXPECT_EQ(test, guest->token, device->test.token);
	KUNIT_EXPECT_NE(test, 0, device->test.owner);
	record = virt_to_phys(ictx->liveupdate.preserved->out.header);
	update(guest->core);
	expect_record(guest, record, device->test.owner);
}

/* Stages of the old kernel */

static void memory_only(struct iommufd_guest *guest, struct file *session)
{
	KUNIT_ASSERT_EQ(guest->test, 0, iommufd_guest_preserve_memory(guest, session));
}

static void without_device(struct iommufd_guest *guest, struct file *session)
{
	int ret = iommufd_user_mark(guest->user, guest->hwpt, guest->hwpt_token);

	KUNIT_ASSERT_TRUE(guest->test, !ret || ret == -EEXIST);
	memory_only(guest, session);
	KUNIT_ASSERT_EQ(guest->test, 0, iommufd_guest_preserve_iommufd(guest, session));
}

static void with_device(struct iommufd_guest *guest, struct file *session)
{
	iommufd_guest_preserve_all(guest, session);
}

static void frozen(struct iommufd_guest *guest, struct file *session)
{
	iommufd_guest_preserve_all(guest, session);
	KUNIT_ASSERT_EQ(guest->test, 0, luo_kernel_freeze());
	KUNIT_EXPECT_TRUE(guest->test, iommu_liveupdate_is_written());
}

static void frozen_in_vain(struct iommufd_guest *guest, struct file *session)
{
	struct file *file = luo_test_file(guest->test, &other_type, 0);

	iommufd_guest_preserve_all(guest, session);
	KUNIT_ASSERT_EQ(guest->test, 0, luo_kernel_preserve(session, OTHER_TOKEN, file));
	other_type.errors[LUO_TEST_FREEZE] = -EIO;
	KUNIT_EXPECT_EQ(guest->test, -EIO, luo_kernel_freeze());
	KUNIT_EXPECT_FALSE(guest->test, iommu_liveupdate_is_written());
	other_type.errors[LUO_TEST_FREEZE] = 0;
}

static void frozen_after_that(struct iommufd_guest *guest, struct file *session)
{
	frozen_in_vain(guest, session);
	KUNIT_ASSERT_EQ(guest->test, 0, luo_kernel_freeze());
}

static void (*const stages[])(struct iommufd_guest *guest, struct file *session) = {
	memory_only,
	without_device,
	with_device,
	frozen,
	frozen_in_vain,
	frozen_after_that,
};

/* Map and unmap, attach something else and come back */
static void expect_as_any(struct iommufd_guest *guest)
{
	struct iommufd_guest_device *device = iommufd_guest_first(guest);
	struct kunit *test = guest->test;
	u32 hwpt;

	KUNIT_EXPECT_EQ(test, 0, iommufd_user_map(guest->user, guest->ioas, SZ_1G));
	KUNIT_EXPECT_EQ(test, 0,
			iommufd_user_unmap(guest->user, guest->ioas, SZ_1G, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_alloc_hwpt(guest->user, device->id,
							 guest->ioas, &hwpt));
	iommufd_guest_detach(device);
	KUNIT_EXPECT_EQ(test, 0, iommufd_guest_attach(device, hwpt));
	iommufd_guest_expect_reached(device);
	iommufd_guest_detach(device);
	KUNIT_EXPECT_EQ(test, 0, iommufd_guest_attach(device, guest->hwpt));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_destroy(guest->user, hwpt));
}

/* Finding 18, Finding 171 */
static void session_closed_at_any_stage_leaves_nothing(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_guest_device *device = iommufd_guest_first(guest);
	struct liveupdate_snapshot before, after;
	struct file *session;

	luo_test_register(test, &other_type);
	write_memory(guest);
	for (unsigned int i = 0; i < ARRAY_SIZE(stages); i++) {
		iommufd_guest_watch(device);
		liveupdate_snapshot_take(&before);
		session = iommufd_guest_session(guest);
		stages[i](guest, session);
		iommufd_guest_expect_reached(device);
		luo_kernel_close(session);
		liveupdate_snapshot_take(&after);
		liveupdate_snapshot_expect_equal(test, &before, &after);
		iommufd_guest_unwatch(device);
		expect_as_any(guest);
	}
	iommufd_guest_preserve_all(guest, iommufd_guest_session(guest));
	update(guest->core);
	expect_restored(device);
}

/* What cannot be refused must not need memory. Finding 161 */
static void nothing_is_allocated_to_freeze(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct file *session = iommufd_guest_session(guest);

	iommufd_guest_preserve_all(guest, session);
	fail_nth_exchange(1);
	KUNIT_EXPECT_EQ(test, 0, luo_kernel_freeze());
	KUNIT_EXPECT_EQ(test, 1, fail_nth_exchange(0));
	luo_kernel_close(session);
	expect_as_any(guest);
}

/* User space closes the iommufd, or the memory, when it wants to. Finding 131 */
static void files_closed_at_any_stage_are_handed_over(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_guest_device *device = iommufd_guest_first(guest);

	iommufd_guest_preserve_all(guest, iommufd_guest_session(guest));
	/* The session, and what the IOAS has mapped, still hold the memory. */
	test_memfd_close(test, guest->memory);
	iommufd_guest_expect_reached(device);
	update(guest->core);
	expect_restored(device);
}

/* Orders */

/* Finding 3, Finding 71 */
static void each_wrong_order_is_refused(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_guest_device *device = iommufd_guest_first(guest);
	struct file *session = iommufd_guest_session(guest);
	struct liveupdate_snapshot before, after;

	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_mark(guest->user, guest->hwpt, guest->hwpt_token));
	iommufd_guest_watch(device);
	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			iommufd_guest_preserve_device(device, session, guest->device_token));
	KUNIT_EXPECT_EQ(test, -ENOENT, iommufd_guest_preserve_iommufd(guest, session));
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);

	KUNIT_EXPECT_EQ(test, 0, iommufd_guest_preserve_memory(guest, session));
	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			iommufd_guest_preserve_device(device, session, guest->device_token));
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);

	KUNIT_EXPECT_EQ(test, 0, iommufd_guest_preserve_iommufd(guest, session));
	KUNIT_EXPECT_EQ(test, 0,
			iommufd_guest_preserve_device(device, session, guest->device_token));
	iommufd_guest_unwatch(device);
}

/* More than one guest */

static void two_guests_of_one_session_go_on(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 2);
	struct iommufd_guest *other = iommufd_guest_add(guest->core, 1, OTHER_BUS);
	struct iommufd_guest_device *device = iommufd_guest_first(guest);
	struct iommufd_guest_device *other_device = iommufd_guest_first(other);
	struct file *session = iommufd_guest_session(guest);

	iommufd_guest_watch(device);
	iommufd_guest_watch(other_device);
	iommufd_guest_preserve_all(guest, session);
	iommufd_guest_preserve_all(other, session);
	KUNIT_EXPECT_NE(test, device->test.owner, other_device->test.owner);
	update(guest->core);
	expect_restored(device);
	expect_restored(other_device);
	expect_refused_to_others(device);
	expect_refused_to_others(other_device);
}

/* Finding 129 */
static void session_of_one_guest_is_closed_the_other_goes_on(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 2);
	struct iommufd_guest *other = iommufd_guest_add(guest->core, 1, OTHER_BUS);
	struct iommufd_guest_device *device = iommufd_guest_first(guest);
	struct iommufd_guest_device *other_device = iommufd_guest_first(other);
	struct file *second = luo_test_session(test, "other");

	iommufd_guest_watch(device);
	iommufd_guest_preserve_all(other, second);
	iommufd_guest_preserve_all(guest, iommufd_guest_session(guest));
	luo_kernel_close(second);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_user_map(guest->user, guest->ioas, SZ_1G));
	expect_as_any(other);
	update(guest->core);
	expect_restored(device);
	iommu_core_expect_cut_off(other_device->device);
	expect_free(other_device->device);
}

/* Finding 61, Finding 15 */
static void devices_of_one_hwpt_go_on_one_stays_behind(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_guest_device *device = iommufd_guest_first(guest);
	struct iommufd_guest_device *sharing = iommufd_guest_add_device(guest, 0, SECOND);
	struct iommufd_guest_device *last = iommufd_guest_add_device(guest, 0, SECOND + 8);
	struct file *session = iommufd_guest_session(guest);

	KUNIT_ASSERT_EQ(test, 0, iommufd_guest_attach(sharing, guest->hwpt));
	iommufd_guest_watch(device);
	iommufd_guest_watch(sharing);
	iommufd_guest_preserve_all(guest, session);
	KUNIT_ASSERT_EQ(test, 0, iommufd_guest_attach(last, guest->hwpt));
	update(guest->core);
	expect_restored(device);
	expect_restored(sharing);
	KUNIT_EXPECT_PTR_EQ(test, iommu_core_domain_of(device->device),
			    iommu_core_domain_of(sharing->device));
	iommu_core_expect_cut_off(last->device);
	expect_free(last->device);
}

static struct kunit_case iommufd_stages_cases[] = {
	IOMMUFD_CASE_ALL(guest_goes_on),
	IOMMUFD_CASE(iommufd_is_not_given_back_yet),
	IOMMUFD_CASE(session_is_not_finished_without_the_iommufd),
	IOMMUFD_CASE(second_update_is_refused_meanwhile),
	IOMMUFD_CASE(record_leads_to_domain_and_owner),
	IOMMUFD_CASE_ALL(session_closed_at_any_stage_leaves_nothing),
	IOMMUFD_CASE(nothing_is_allocated_to_freeze),
	IOMMUFD_CASE(files_closed_at_any_stage_are_handed_over),
	IOMMUFD_CASE(each_wrong_order_is_refused),
	IOMMUFD_CASE_ALL(two_guests_of_one_session_go_on),
	IOMMUFD_CASE_ALL(session_of_one_guest_is_closed_the_other_goes_on),
	IOMMUFD_CASE_ALL(devices_of_one_hwpt_go_on_one_stays_behind),
	{}
};

static struct kunit_suite iommufd_stages_suite = {
	.name = "iommufd_stages",
	.test_cases = iommufd_stages_cases,
};

kunit_test_suite(iommufd_stages_suite);

MODULE_IMPORT_NS("IOMMUFD");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of a virtual machine over a live update");
