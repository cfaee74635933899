// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: devices of a preserved iommufd
 *
 * What whoever has bound a device is told when it preserves it, and what happens to the
 * attachment of the device meanwhile.
 */

#include <linux/iommu.h>
#include <linux/iommufd.h>
#include <linux/liveupdate.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommufd/iommufd_private.h"
#include "../../drivers/iommu/iommufd/liveupdate_preserved.h"
#include "../../kernel/liveupdate/luo_internal.h"
#include "iommu_core_expect.h"
#include "iommufd_guest.h"
#include "iommufd_machines.h"
#include "liveupdate_snapshot.h"
#include "luo_kernel.h"
#include "luo_test_file.h"

#define PASID	5

/* A guest whose memory and iommufd are preserved */
struct fixture {
	struct iommufd_guest *guest;
	struct iommufd_guest_device *device;
	struct file *session;
};

static void preserve_file(struct fixture *fixture)
{
	struct iommufd_guest *guest = fixture->guest;

	KUNIT_ASSERT_EQ(guest->test, 0,
			iommufd_user_mark(guest->user, guest->hwpt, guest->hwpt_token));
	KUNIT_ASSERT_EQ(guest->test, 0,
			iommufd_guest_preserve_memory(guest, fixture->session));
	KUNIT_ASSERT_EQ(guest->test, 0,
			iommufd_guest_preserve_iommufd(guest, fixture->session));
}

static struct fixture *start_without_file(struct kunit *test)
{
	struct fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	fixture->guest = iommufd_guest_start(test, 1);
	fixture->device = iommufd_guest_first(fixture->guest);
	fixture->session = iommufd_guest_session(fixture->guest);
	return fixture;
}

static struct fixture *start(struct kunit *test)
{
	struct fixture *fixture = start_without_file(test);

	preserve_file(fixture);
	return fixture;
}

static int preserve(struct fixture *fixture)
{
	return iommufd_guest_preserve_device(fixture->device, fixture->session,
					     fixture->guest->device_token);
}

static void expect_refused(struct fixture *fixture, int err)
{
	struct kunit *test = fixture->guest->test;
	struct liveupdate_snapshot before, after;

	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, err, preserve(fixture));
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	KUNIT_EXPECT_FALSE(test, iommufd_device_is_preserved(fixture->device->test.idev));
}

static void expect_accepted(struct fixture *fixture)
{
	KUNIT_EXPECT_EQ(fixture->guest->test, 0, preserve(fixture));
	KUNIT_EXPECT_TRUE(fixture->guest->test,
			  iommufd_device_is_preserved(fixture->device->test.idev));
	iommufd_guest_expect_reached(fixture->device);
}

/* Another HWPT of the same IOAS, which is not marked */
static u32 add_hwpt(struct fixture *fixture)
{
	u32 hwpt;

	KUNIT_ASSERT_EQ(fixture->guest->test, 0,
			iommufd_user_alloc_hwpt(fixture->guest->user, fixture->device->id,
						fixture->guest->ioas, &hwpt));
	return hwpt;
}

/* What is preserved */

static void preserved_device_is_known_by_token_and_owner(struct kunit *test)
{
	struct fixture *fixture = start(test);

	expect_accepted(fixture);
	KUNIT_EXPECT_EQ(test, fixture->guest->token, fixture->device->test.token);
	KUNIT_EXPECT_NE(test, 0, fixture->device->test.owner);
}

/* Finding 3 */
static void device_needs_a_preserved_iommufd(struct kunit *test)
{
	struct fixture *fixture = start_without_file(test);

	expect_refused(fixture, -ENOENT);
	preserve_file(fixture);
	expect_accepted(fixture);
}

/* Finding 2 */
static void device_needs_an_iommufd_of_its_session(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct file *session = fixture->session;

	fixture->session = luo_test_session(test, "other");
	expect_refused(fixture, -ENOENT);
	fixture->session = session;
	expect_accepted(fixture);
}

/* Finding 48 */
static void device_is_preserved_once(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_test_device again = { .idev = fixture->device->test.idev };
	struct file *file = iommufd_test_device_file(test, &again);

	expect_accepted(fixture);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			luo_kernel_preserve(fixture->session, 0x99, fixture->device->file));
	KUNIT_EXPECT_EQ(test, -EBUSY, luo_kernel_preserve(fixture->session, 0x99, file));
	KUNIT_EXPECT_TRUE(test, iommufd_device_is_preserved(again.idev));
}

/* Attachments */

/* Finding 150 */
static void device_that_is_not_attached_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);

	iommufd_guest_detach(fixture->device);
	expect_refused(fixture, -ENOENT);
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_guest_attach(fixture->device, fixture->guest->hwpt));
	expect_accepted(fixture);
}

/* Finding 140, Finding 150 */
static void device_of_an_unmarked_hwpt_is_refused(struct kunit *test)
{
	struct fixture *fixture = start_without_file(test);
	u32 hwpt = add_hwpt(fixture);

	preserve_file(fixture);
	iommufd_guest_detach(fixture->device);
	KUNIT_ASSERT_EQ(test, 0, iommufd_guest_attach(fixture->device, hwpt));
	expect_refused(fixture, -EINVAL);
	iommufd_guest_detach(fixture->device);
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_guest_attach(fixture->device, fixture->guest->hwpt));
	expect_accepted(fixture);
}

/* Finding 67, Finding 151 */
static void failure_of_the_core_leaves_nothing(struct kunit *test)
{
	const struct iommu_liveupdate_ops *ops = iommu_core_ops.liveupdate;
	struct fixture *fixture = start(test);
	struct iommufd_ctx *ictx = iommufd_user_ctx(fixture->guest->user);

	iommu_core_ops.liveupdate = NULL;
	expect_refused(fixture, -EOPNOTSUPP);
	iommu_core_ops.liveupdate = ops;
	KUNIT_EXPECT_EQ(test, 0, ictx->liveupdate.preserved->out.nr_devices);
	expect_accepted(fixture);
	KUNIT_EXPECT_EQ(test, 1, ictx->liveupdate.preserved->out.nr_devices);
}

/* Finding 63, Finding 149 */
static void preserved_device_stays_attached(struct kunit *test)
{
	struct fixture *fixture = start_without_file(test);
	struct iommufd_device *idev = fixture->device->test.idev;
	u32 other = add_hwpt(fixture), same = fixture->guest->hwpt;

	preserve_file(fixture);
	expect_accepted(fixture);
	iommufd_guest_watch(fixture->device);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_device_replace(idev, IOMMU_NO_PASID, &other));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_device_replace(idev, IOMMU_NO_PASID, &same));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_device_attach(idev, IOMMU_NO_PASID, &same));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_device_attach(idev, IOMMU_NO_PASID, &other));
	iommufd_guest_expect_reached(fixture->device);
	iommufd_guest_unwatch(fixture->device);
	luo_kernel_close(fixture->session);
	KUNIT_EXPECT_EQ(test, 0, iommufd_device_replace(idev, IOMMU_NO_PASID, &other));
	KUNIT_EXPECT_EQ(test, 0, iommufd_device_replace(idev, IOMMU_NO_PASID, &same));
}

/* Whoever has bound it has to ask before. Finding 63 */
static void preserved_device_is_not_detached(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_device *idev = fixture->device->test.idev;

	expect_accepted(fixture);
	kunit_warning_suppress(test) {
		iommufd_device_detach(idev, IOMMU_NO_PASID);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
	iommufd_guest_expect_reached(fixture->device);
	KUNIT_EXPECT_TRUE(test, iommufd_device_is_preserved(idev));
	luo_kernel_close(fixture->session);
	KUNIT_EXPECT_FALSE(test, iommufd_device_is_preserved(idev));
}

/* PASIDs */

static struct iommu_domain_ops pasid_ops;

static int set_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
		     struct iommu_domain *old)
{
	return 0;
}

/* A HWPT that can be attached to a PASID, beside one that allows that */
static u32 add_pasid_hwpt(struct fixture *fixture)
{
	struct iommufd_user *user = fixture->guest->user;
	struct iommufd_hwpt_paging *hwpt;
	u32 id = add_hwpt(fixture);

	iommufd_user_find_hwpt(user, fixture->guest->hwpt)->common.pasid_compat = true;
	hwpt = iommufd_user_find_hwpt(user, id);
	hwpt->common.pasid_compat = true;
	pasid_ops = *hwpt->common.domain->ops;
	pasid_ops.set_dev_pasid = set_pasid;
	hwpt->common.domain->ops = &pasid_ops;
	return id;
}

/* Finding 117, Finding 150, Finding 165 */
static void device_with_a_pasid_is_refused(struct kunit *test)
{
	struct fixture *fixture = start_without_file(test);
	struct iommufd_device *idev = fixture->device->test.idev;
	u32 hwpt = add_pasid_hwpt(fixture);

	preserve_file(fixture);
	KUNIT_ASSERT_EQ(test, 0, iommufd_device_attach(idev, PASID, &hwpt));
	expect_refused(fixture, -EOPNOTSUPP);
	iommufd_device_detach(idev, PASID);
	expect_accepted(fixture);
}

/* Finding 117 */
static void preserved_device_gets_no_pasid(struct kunit *test)
{
	struct fixture *fixture = start_without_file(test);
	struct iommufd_device *idev = fixture->device->test.idev;
	u32 hwpt = add_pasid_hwpt(fixture);

	preserve_file(fixture);
	expect_accepted(fixture);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_device_attach(idev, PASID, &hwpt));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_device_replace(idev, PASID, &hwpt));
	luo_kernel_close(fixture->session);
	KUNIT_EXPECT_EQ(test, 0, iommufd_device_attach(idev, PASID, &hwpt));
	iommufd_device_detach(idev, PASID);
}

/* Orders */

static void unpreserve_file(struct fixture *fixture)
{
	struct luo_session *session = fixture->session->private_data;
	struct iommufd_ctx *ictx = iommufd_user_ctx(fixture->guest->user);
	struct liveupdate_file_op_args args = {
		.handler = &iommufd_liveupdate_handler,
		.file = fixture->guest->user->file,
		.private_data = ictx->liveupdate.preserved,
		.file_set = &session->file_set,
	};

	iommufd_liveupdate_handler.ops->unpreserve(&args);
}

static void file_is_not_unpreserved_before_its_devices(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_ctx *ictx = iommufd_user_ctx(fixture->guest->user);

	expect_accepted(fixture);
	kunit_warning_suppress(test) {
		unpreserve_file(fixture);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
	KUNIT_EXPECT_NOT_NULL(test, ictx->liveupdate.preserved);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommufd_user_map(fixture->guest->user, fixture->guest->ioas, SZ_1G));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommufd_user_destroy(fixture->guest->user, fixture->guest->hwpt));
	iommufd_guest_expect_reached(fixture->device);
	/* What keeps the iommufd for good is none of this case. */
	iommufd_ctx_put(ictx);
}

static struct kunit_case iommufd_device_cases[] = {
	IOMMUFD_CASE(preserved_device_is_known_by_token_and_owner),
	IOMMUFD_CASE(device_needs_a_preserved_iommufd),
	IOMMUFD_CASE(device_needs_an_iommufd_of_its_session),
	IOMMUFD_CASE(device_is_preserved_once),
	IOMMUFD_CASE(device_that_is_not_attached_is_refused),
	IOMMUFD_CASE(device_of_an_unmarked_hwpt_is_refused),
	IOMMUFD_CASE(failure_of_the_core_leaves_nothing),
	IOMMUFD_CASE(preserved_device_stays_attached),
	IOMMUFD_CASE(preserved_device_is_not_detached),
	IOMMUFD_CASE(device_with_a_pasid_is_refused),
	IOMMUFD_CASE(preserved_device_gets_no_pasid),
	IOMMUFD_CASE(file_is_not_unpreserved_before_its_devices),
	{}
};

static struct kunit_suite iommufd_device_suite = {
	.name = "iommufd_device",
	.test_cases = iommufd_device_cases,
};

kunit_test_suite(iommufd_device_suite);

MODULE_IMPORT_NS("IOMMUFD");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of devices of a preserved iommufd");
