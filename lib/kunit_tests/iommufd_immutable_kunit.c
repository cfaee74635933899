// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: an IOAS that holds still
 *
 * Each change of an IOAS works before a HWPT of it is preserved, is refused as long as
 * one is, and works again afterwards. What has nothing to do with the preserved HWPT
 * goes on all the time.
 */

#include <linux/iommufd.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommufd/iommufd_private.h"
#include "../../drivers/iommu/iommufd/liveupdate_preserved.h"
#include "iommu_core_expect.h"
#include "iommufd_changes.h"
#include "iommufd_guest.h"
#include "iommufd_machines.h"
#include "luo_kernel.h"
#include "luo_test_file.h"

static struct luo_test_type other_type = LUO_TEST_TYPE("iommufd-immutable-kunit-other");

/* Try all changes, and take them back. */
static void expect_mutable(struct iommufd_guest *guest)
{
	const struct iommufd_change *change;
	int ret;

	for (unsigned int i = 0; i < iommufd_nr_changes; i++) {
		change = &iommufd_changes[i];
		ret = change->act(guest);
		KUNIT_EXPECT_EQ_MSG(guest->test, change->err, ret, "%s", change->name);
		if (!ret && change->undo)
			change->undo(guest);
	}
}

static void expect_immutable(struct iommufd_guest *guest)
{
	const struct iommufd_change *change;
	int ret;

	for (unsigned int i = 0; i < iommufd_nr_changes; i++) {
		change = &iommufd_changes[i];
		ret = change->act(guest);
		KUNIT_EXPECT_EQ_MSG(guest->test, -EBUSY, ret, "%s", change->name);
		if (!ret && change->undo)
			change->undo(guest);
	}
}

static unsigned int immutable_of(struct iommufd_guest *guest)
{
	return iommufd_user_find_hwpt(guest->user, guest->hwpt)->ioas->iopt.liveupdate.immutable;
}

static u32 mark_another_hwpt(struct iommufd_guest *guest, u64 token)
{
	u32 hwpt;

	KUNIT_ASSERT_EQ(guest->test, 0,
			iommufd_user_alloc_hwpt(guest->user, iommufd_guest_first(guest)->id,
						guest->ioas, &hwpt));
	KUNIT_ASSERT_EQ(guest->test, 0, iommufd_user_mark(guest->user, hwpt, token));
	return hwpt;
}

/* Finding 56, Finding 77, Finding 138, Finding 152c */
static void each_change_is_refused_while_preserved(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_guest_device *device = iommufd_guest_first(guest);
	struct file *session;

	iommufd_changes_begin(guest);
	expect_mutable(guest);
	session = iommufd_guest_session(guest);
	iommufd_guest_preserve_all(guest, session);
	iommufd_guest_watch(device);
	expect_immutable(guest);
	iommufd_guest_expect_reached(device);
	KUNIT_EXPECT_EQ(test, 1, immutable_of(guest));
	iommufd_guest_unwatch(device);
	luo_kernel_close(session);
	KUNIT_EXPECT_EQ(test, 0, immutable_of(guest));
	expect_mutable(guest);
}

/* A frozen update that is cancelled is as it was before the freeze. Finding 171 */
static void each_change_is_refused_after_a_freeze_in_vain(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct file *session = iommufd_guest_session(guest);

	iommufd_changes_begin(guest);
	luo_test_register(test, &other_type);
	iommufd_guest_preserve_all(guest, session);
	KUNIT_ASSERT_EQ(test, 0,
			luo_kernel_preserve(session, 0x77,
					    luo_test_file(test, &other_type, 0)));
	other_type.errors[LUO_TEST_FREEZE] = -EIO;
	KUNIT_EXPECT_EQ(test, -EIO, luo_kernel_freeze());
	other_type.errors[LUO_TEST_FREEZE] = 0;
	expect_immutable(guest);
	luo_kernel_close(session);
	expect_mutable(guest);
}

/* Finding 129, Finding 152a */
static void each_hwpt_lifts_its_own(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_ioas *ioas = iommufd_user_find_hwpt(guest->user, guest->hwpt)->ioas;
	struct file *session = iommufd_guest_session(guest);

	iommufd_changes_begin(guest);
	mark_another_hwpt(guest, 1);
	mark_another_hwpt(guest, 2);
	KUNIT_ASSERT_EQ(test, 0, iopt_make_immutable(&ioas->iopt));
	iommufd_guest_preserve_all(guest, session);
	KUNIT_EXPECT_EQ(test, 4, ioas->iopt.liveupdate.immutable);
	luo_kernel_close(session);
	KUNIT_EXPECT_EQ(test, 1, ioas->iopt.liveupdate.immutable);
	expect_immutable(guest);
	iopt_make_mutable(&ioas->iopt);
	expect_mutable(guest);
}

/* Finding 15, Finding 129 */
static void other_iommufd_changes_as_ever(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 2);
	struct iommufd_guest *other = iommufd_guest_add(guest->core, 1, OTHER_BUS);
	struct file *session = iommufd_guest_session(guest);

	/* Its device is of the first unit, as the IOMMU core has no other there. */
	iommufd_changes_begin(other);
	iommufd_guest_preserve_all(guest, session);
	expect_mutable(other);
	KUNIT_EXPECT_EQ(test, 1, immutable_of(guest));
	KUNIT_EXPECT_EQ(test, 0, immutable_of(other));
}

/* Finding 15 */
static void other_ioas_changes_as_ever(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct file *session = iommufd_guest_session(guest);
	u32 ioas = iommufd_user_alloc_ioas(guest->user);

	iommufd_guest_preserve_all(guest, session);
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_map(guest->user, ioas, 0));
	KUNIT_EXPECT_EQ(test, 0,
			iommufd_user_copy(guest->user, guest->ioas, IOMMUFD_GUEST_IOVA,
					  ioas, IOMMUFD_GUEST_IOVA, IOMMUFD_GUEST_SIZE));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_unmap(guest->user, ioas, 0, U64_MAX));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_set_huge_pages(guest->user, ioas, false));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_destroy(guest->user, ioas));
}

/* A device that is not preserved comes and goes, at the HWPT of one that is. Finding 15 */
static void other_device_is_attached_as_ever(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_guest_device *other = iommufd_guest_add_device(guest, 0, SECOND);
	struct file *session = iommufd_guest_session(guest);

	iommufd_guest_preserve_all(guest, session);
	iommufd_guest_watch(iommufd_guest_first(guest));
	KUNIT_EXPECT_EQ(test, 0, iommufd_guest_attach(other, guest->hwpt));
	iommufd_guest_expect_reached(other);
	iommufd_guest_detach(other);
	iommufd_guest_expect_reached(iommufd_guest_first(guest));
	iommufd_guest_unwatch(iommufd_guest_first(guest));
}

/* Finding 124 */
static void preserved_objects_are_not_destroyed(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct file *session = iommufd_guest_session(guest);
	u32 hwpt = mark_another_hwpt(guest, 1);

	iommufd_guest_preserve_all(guest, session);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_user_destroy(guest->user, hwpt));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_user_destroy(guest->user, guest->hwpt));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_user_destroy(guest->user, guest->ioas));
	luo_kernel_close(session);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_user_destroy(guest->user, guest->hwpt));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_destroy(guest->user, hwpt));
}

/* The domain that goes is not the one that is preserved. */
static void unmarked_hwpt_of_the_ioas_can_go(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct file *session = iommufd_guest_session(guest);
	u32 hwpt;

	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_alloc_hwpt(guest->user, iommufd_guest_first(guest)->id,
						guest->ioas, &hwpt));
	iommufd_guest_preserve_all(guest, session);
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_destroy(guest->user, hwpt));
	iommufd_guest_expect_reached(iommufd_guest_first(guest));
	luo_kernel_close(session);
	iommufd_guest_expect_reached(iommufd_guest_first(guest));
}

#ifdef CONFIG_IRQ_MSI_IOMMU
/* Finding 148 */
static void page_for_interrupts_is_not_mapped(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_hwpt_paging *hwpt = iommufd_user_find_hwpt(guest->user, guest->hwpt);
	struct iommufd_ctx *ictx = iommufd_user_ctx(guest->user);
	struct file *session = iommufd_guest_session(guest);
	struct iommufd_preserved_hwpt preserved = {};
	struct iommufd_sw_msi_map page = {
		.sw_msi_start = SZ_2G,
		.msi_addr = PFN_PHYS(guest->pfns[0]),
	};

	/* Between the check and the domain, whose page table then refuses it as well */
	mutex_lock(&ictx->sw_msi_lock);
	hwpt->liveupdate.preserved = &preserved;
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_sw_msi_install(ictx, hwpt, &page));
	hwpt->liveupdate.preserved = NULL;
	mutex_unlock(&ictx->sw_msi_lock);

	iommufd_guest_preserve_all(guest, session);
	mutex_lock(&ictx->sw_msi_lock);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_sw_msi_install(ictx, hwpt, &page));
	mutex_unlock(&ictx->sw_msi_lock);
	KUNIT_EXPECT_EQ(test, 0, iommu_iova_to_phys(hwpt->common.domain, SZ_2G));
}
#endif

static struct kunit_case iommufd_immutable_cases[] = {
	IOMMUFD_CASE(each_change_is_refused_while_preserved),
	IOMMUFD_CASE(each_change_is_refused_after_a_freeze_in_vain),
	IOMMUFD_CASE(each_hwpt_lifts_its_own),
	IOMMUFD_CASE(other_iommufd_changes_as_ever),
	IOMMUFD_CASE(other_ioas_changes_as_ever),
	IOMMUFD_CASE(other_device_is_attached_as_ever),
	IOMMUFD_CASE(preserved_objects_are_not_destroyed),
	IOMMUFD_CASE(unmarked_hwpt_of_the_ioas_can_go),
#ifdef CONFIG_IRQ_MSI_IOMMU
	IOMMUFD_CASE(page_for_interrupts_is_not_mapped),
#endif
	{}
};

static struct kunit_suite iommufd_immutable_suite = {
	.name = "iommufd_immutable",
	.test_cases = iommufd_immutable_cases,
};

kunit_test_suite(iommufd_immutable_suite);

MODULE_IMPORT_NS("IOMMUFD");
MODULE_IMPORT_NS("IOMMUFD_INTERNAL");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of an IOAS that holds still over a live update");
