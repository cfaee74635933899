// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: marking HWPTs for a live update
 *
 * What the ioctl takes and refuses, by its numbers: objects, tokens, reserved members,
 * and what marks are when HWPTs, iommufds and sessions come and go.
 */

#include <linux/iommufd.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommufd/iommufd_private.h"
#include "iommu_core_expect.h"
#include "iommufd_guest.h"
#include "iommufd_machines.h"
#include "luo_kernel.h"

#define TOKEN		5

/* Another HWPT of a guest, of the same IOAS */
static u32 add_hwpt(struct iommufd_guest *guest)
{
	u32 hwpt;

	KUNIT_ASSERT_EQ(guest->test, 0,
			iommufd_user_alloc_hwpt(guest->user,
						iommufd_guest_first(guest)->id,
						guest->ioas, &hwpt));
	return hwpt;
}

static int call(struct iommufd_guest *guest, struct iommu_hwpt_liveupdate_mark *arg)
{
	return iommufd_user_ioctl(guest->user, IOMMU_HWPT_LIVEUPDATE_MARK, arg,
				  sizeof(*arg));
}

/* Tokens */

/* Finding 33 */
static void token_has_64_bits(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	u32 other = add_hwpt(guest);

	KUNIT_EXPECT_EQ(test, 0, iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
	KUNIT_EXPECT_EQ(test, 0,
			iommufd_user_mark(guest->user, other, BIT_ULL(32) | TOKEN));
}

/* Finding 143 */
static void each_token_can_be_used(struct kunit *test)
{
	static const u64 tokens[] = { 0, 1, U32_MAX, BIT_ULL(32), S64_MAX, BIT_ULL(63),
				      U64_MAX - 1, U64_MAX };
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);

	for (unsigned int i = 0; i < ARRAY_SIZE(tokens); i++) {
		KUNIT_EXPECT_EQ(test, 0,
				iommufd_user_mark(guest->user, guest->hwpt, tokens[i]));
		KUNIT_EXPECT_EQ(test, 0,
				iommufd_user_unmark(guest->user, guest->hwpt, tokens[i]));
	}
}

/* Finding 122 */
static void token_of_another_hwpt_is_refused(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	u32 other = add_hwpt(guest);

	KUNIT_ASSERT_EQ(test, 0, iommufd_user_mark(guest->user, guest->hwpt, U64_MAX));
	KUNIT_EXPECT_EQ(test, -EADDRINUSE,
			iommufd_user_mark(guest->user, other, U64_MAX));
	KUNIT_EXPECT_EQ(test, -ENOENT, iommufd_user_unmark(guest->user, other, U64_MAX));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_unmark(guest->user, guest->hwpt, U64_MAX));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_mark(guest->user, other, U64_MAX));
}

static void token_belongs_to_one_iommufd(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 2);
	struct iommufd_guest *other = iommufd_guest_add(guest->core, 1, OTHER_BUS);

	KUNIT_EXPECT_EQ(test, 0, iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_mark(other->user, other->hwpt, TOKEN));
}

/* Finding 122 */
static void hwpt_is_marked_once(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);

	KUNIT_ASSERT_EQ(test, 0, iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
	KUNIT_EXPECT_EQ(test, -EEXIST, iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
	KUNIT_EXPECT_EQ(test, -EEXIST,
			iommufd_user_mark(guest->user, guest->hwpt, TOKEN + 1));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_unmark(guest->user, guest->hwpt, TOKEN));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_mark(guest->user, guest->hwpt, TOKEN + 1));
}

/* Finding 123 */
static void mark_is_taken_away_by_its_token(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);

	KUNIT_EXPECT_EQ(test, -ENOENT,
			iommufd_user_unmark(guest->user, guest->hwpt, TOKEN));
	KUNIT_ASSERT_EQ(test, 0, iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommufd_user_unmark(guest->user, guest->hwpt, TOKEN + 1));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_unmark(guest->user, guest->hwpt, TOKEN));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			iommufd_user_unmark(guest->user, guest->hwpt, TOKEN));
}

/* Objects */

/* Finding 123, Finding 124 */
static void marked_hwpt_can_be_destroyed(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	u32 hwpt = add_hwpt(guest);

	KUNIT_ASSERT_EQ(test, 0, iommufd_user_mark(guest->user, hwpt, TOKEN));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_destroy(guest->user, hwpt));
	KUNIT_EXPECT_EQ(test, -ENOENT, iommufd_user_unmark(guest->user, hwpt, TOKEN));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
}

static void marked_iommufd_can_be_closed(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);

	KUNIT_EXPECT_EQ(test, 0, iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_mark(guest->user, add_hwpt(guest), TOKEN + 1));
}

static void only_hwpts_are_marked(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);

	KUNIT_EXPECT_EQ(test, -EINVAL, iommufd_user_mark(guest->user, guest->ioas, TOKEN));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommufd_user_mark(guest->user, iommufd_guest_first(guest)->id, TOKEN));
	KUNIT_EXPECT_EQ(test, -ENOENT, iommufd_user_mark(guest->user, 12345, TOKEN));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
}

/* Finding 142 */
static void hwpt_of_an_automatic_attach_is_refused(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_guest_device *device;
	u32 hwpt = guest->ioas;

	device = iommufd_guest_add_device(guest, 0, SECOND);
	KUNIT_ASSERT_EQ(test, 0, iommufd_device_attach(device->test.idev, IOMMU_NO_PASID,
						       &hwpt));
	device->is_attached = true;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, iommufd_user_mark(guest->user, hwpt, TOKEN));
	iommufd_guest_detach(device);
	KUNIT_EXPECT_EQ(test, -ENOENT, iommufd_user_mark(guest->user, hwpt, TOKEN));
}

/* Finding 147 */
static void hwpt_that_can_be_a_parent_is_refused(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_hwpt_paging *hwpt = iommufd_user_find_hwpt(guest->user, guest->hwpt);

	hwpt->nest_parent = true;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
	hwpt->nest_parent = false;
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
}

/* Finding 73, Finding 130 */
static void nested_hwpt_is_refused(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_hwpt_paging *hwpt = iommufd_user_find_hwpt(guest->user, guest->hwpt);

	hwpt->common.obj.type = IOMMUFD_OBJ_HWPT_NESTED;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
	hwpt->common.obj.type = IOMMUFD_OBJ_HWPT_PAGING;
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
}

/* Finding 130, Finding 141 */
static void hwpt_without_ioas_or_domain_is_refused(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_hwpt_paging *hwpt = iommufd_user_find_hwpt(guest->user, guest->hwpt);
	struct iommu_domain *domain = hwpt->common.domain;
	struct iommufd_ioas *ioas = hwpt->ioas;

	hwpt->ioas = NULL;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
	hwpt->ioas = ioas;
	hwpt->common.domain = NULL;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
	hwpt->common.domain = domain;
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
}

/* Finding 120 */
static void hwpt_that_reports_page_faults_is_refused(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommufd_hwpt_paging *hwpt = iommufd_user_find_hwpt(guest->user, guest->hwpt);
	struct iommufd_fault fault;

	hwpt->common.fault = &fault;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
	hwpt->common.fault = NULL;
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
}

/* The argument */

/* Finding 37, Finding 169 */
static void reserved_members_have_to_be_zero(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct iommu_hwpt_liveupdate_mark good = {
		.size = sizeof(good),
		.hwpt_id = guest->hwpt,
		.token = TOKEN,
	}, arg;

	for (unsigned int bit = 1; bit < 32; bit++) {
		arg = good;
		arg.flags = BIT(bit);
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, call(guest, &arg));
	}
	arg = good;
	arg.__reserved = 1;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, call(guest, &arg));
	arg = good;
	arg.__reserved2 = BIT_ULL(63);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, call(guest, &arg));
	KUNIT_EXPECT_EQ(test, 0, call(guest, &good));
}

static void argument_of_another_size_is_like_that_of_other_ioctls(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct {
		struct iommu_hwpt_liveupdate_mark mark;
		u64 more;
	} arg = {
		.mark.size = sizeof(arg),
		.mark.hwpt_id = guest->hwpt,
		.mark.token = TOKEN,
		.more = 1,
	};

	KUNIT_EXPECT_EQ(test, -E2BIG,
			iommufd_user_ioctl(guest->user, IOMMU_HWPT_LIVEUPDATE_MARK, &arg,
					   sizeof(arg)));
	arg.mark.size = offsetof(struct iommu_hwpt_liveupdate_mark, __reserved2);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommufd_user_ioctl(guest->user, IOMMU_HWPT_LIVEUPDATE_MARK, &arg,
					   sizeof(arg)));
	arg.mark.size = sizeof(arg);
	arg.more = 0;
	KUNIT_EXPECT_EQ(test, 0,
			iommufd_user_ioctl(guest->user, IOMMU_HWPT_LIVEUPDATE_MARK, &arg,
					   sizeof(arg)));
}

/* With a session */

/* Finding 44, Finding 122 */
static void marks_stay_while_the_file_is_preserved(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct file *session = iommufd_guest_session(guest);
	u32 other = add_hwpt(guest);

	iommufd_guest_preserve_all(guest, session);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_user_mark(guest->user, other, TOKEN));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommufd_user_unmark(guest->user, guest->hwpt, guest->hwpt_token));
	luo_kernel_close(session);
	KUNIT_EXPECT_EQ(test, -EEXIST, iommufd_user_mark(guest->user, guest->hwpt, TOKEN));
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_mark(guest->user, other, TOKEN));
	KUNIT_EXPECT_EQ(test, 0,
			iommufd_user_unmark(guest->user, guest->hwpt, guest->hwpt_token));
}

static struct kunit_case iommufd_mark_cases[] = {
	IOMMUFD_CASE(token_has_64_bits),
	IOMMUFD_CASE(each_token_can_be_used),
	IOMMUFD_CASE(token_of_another_hwpt_is_refused),
	IOMMUFD_CASE(token_belongs_to_one_iommufd),
	IOMMUFD_CASE(hwpt_is_marked_once),
	IOMMUFD_CASE(mark_is_taken_away_by_its_token),
	IOMMUFD_CASE(marked_hwpt_can_be_destroyed),
	IOMMUFD_CASE(marked_iommufd_can_be_closed),
	IOMMUFD_CASE(only_hwpts_are_marked),
	IOMMUFD_CASE(hwpt_of_an_automatic_attach_is_refused),
	IOMMUFD_CASE(hwpt_that_can_be_a_parent_is_refused),
	IOMMUFD_CASE(nested_hwpt_is_refused),
	IOMMUFD_CASE(hwpt_without_ioas_or_domain_is_refused),
	IOMMUFD_CASE(hwpt_that_reports_page_faults_is_refused),
	IOMMUFD_CASE(reserved_members_have_to_be_zero),
	IOMMUFD_CASE(argument_of_another_size_is_like_that_of_other_ioctls),
	IOMMUFD_CASE(marks_stay_while_the_file_is_preserved),
	{}
};

static struct kunit_suite iommufd_mark_suite = {
	.name = "iommufd_mark",
	.test_cases = iommufd_mark_cases,
};

kunit_test_suite(iommufd_mark_suite);

MODULE_IMPORT_NS("IOMMUFD");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of marking HWPTs for a live update");
