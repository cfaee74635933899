// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: what of an iommufd can be preserved
 *
 * Which memory, HWPTs and orders of files are accepted and which are refused, with
 * which errno, and that after each refusal all is as before and the right way works.
 */

#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/iommufd.h>
#include <linux/mm.h>
#include <linux/memfd.h> /* after <linux/mm.h>, which it needs */

#include <kunit/test.h>

#include "../../drivers/iommu/iommufd/iommufd_private.h"
#include "../../drivers/iommu/iommufd/iommufd_test.h"
#include "iommu_core_expect.h"
#include "iommufd_changes.h"
#include "iommufd_guest.h"
#include "iommufd_machines.h"
#include "liveupdate_snapshot.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "nth_failure.h"
#include "test_memfd.h"

/* Where more is mapped */
#define MORE_IOVA	(IOMMUFD_GUEST_IOVA + SZ_256M)

#define MORE_TOKEN	0x55

/* A case: a guest whose memory is preserved, and whose HWPT is marked */
struct fixture {
	struct iommufd_guest *guest;
	struct file *session;
	struct liveupdate_snapshot before;
};

static struct fixture *start(struct kunit *test)
{
	struct fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	fixture->guest = iommufd_guest_start(test, 1);
	fixture->session = iommufd_guest_session(fixture->guest);
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_guest_preserve_memory(fixture->guest, fixture->session));
	KUNIT_ASSERT_EQ(test, 0, iommufd_user_mark(fixture->guest->user,
						   fixture->guest->hwpt,
						   fixture->guest->hwpt_token));
	return fixture;
}

static int preserve(struct fixture *fixture)
{
	return iommufd_guest_preserve_iommufd(fixture->guest, fixture->session);
}

/* Refused for this reason, with nothing left of the try. */
static void expect_refused(struct fixture *fixture, int err)
{
	struct kunit *test = fixture->guest->test;
	struct liveupdate_snapshot before, after;
	struct iommufd_hwpt_paging *hwpt;

	hwpt = iommufd_user_find_hwpt(fixture->guest->user, fixture->guest->hwpt);
	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, err, preserve(fixture));
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	KUNIT_EXPECT_NULL(test, iommufd_user_ctx(fixture->guest->user)->liveupdate.preserved);
	KUNIT_EXPECT_NULL(test, hwpt->liveupdate.preserved);
	KUNIT_EXPECT_EQ(test, 0, hwpt->ioas->iopt.liveupdate.immutable);
	KUNIT_EXPECT_EQ(test, 2, refcount_read(&hwpt->common.obj.users));
	iommufd_guest_expect_reached(iommufd_guest_first(fixture->guest));
}

static void expect_accepted(struct fixture *fixture)
{
	KUNIT_EXPECT_EQ(fixture->guest->test, 0, preserve(fixture));
	iommufd_guest_expect_reached(iommufd_guest_first(fixture->guest));
}

/* Map more, with what is needed to be preserved or without */
static struct file *map_memfd(struct fixture *fixture, unsigned int seals)
{
	struct iommufd_guest *guest = fixture->guest;
	struct file *file = test_memfd_create(guest->test, "more", IOMMUFD_GUEST_SIZE, seals);

	KUNIT_ASSERT_EQ(guest->test, 0,
			iommufd_user_map_file(guest->user, guest->ioas, file, 0,
					      IOMMUFD_GUEST_SIZE, MORE_IOVA));
	return file;
}

static void preserve_more(struct fixture *fixture, struct file *file)
{
	KUNIT_ASSERT_EQ(fixture->guest->test, 0,
			luo_kernel_preserve(fixture->session, MORE_TOKEN, file));
}

static void unmap_more(struct fixture *fixture)
{
	KUNIT_ASSERT_EQ(fixture->guest->test, 0,
			iommufd_user_unmap(fixture->guest->user, fixture->guest->ioas,
					   MORE_IOVA, IOMMUFD_GUEST_SIZE));
}

/* Sessions and files */

static void sealed_and_preserved_memory_is_accepted(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct file *more = map_memfd(fixture, IOMMUFD_GUEST_SEALS);

	preserve_more(fixture, more);
	expect_accepted(fixture);
}

/* Finding 3, Finding 136 */
static void memory_is_preserved_before_the_iommufd(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct file *more = map_memfd(fixture, IOMMUFD_GUEST_SEALS);

	expect_refused(fixture, -ENOENT);
	preserve_more(fixture, more);
	expect_accepted(fixture);
}

/* Finding 2, Finding 136 */
static void memory_of_another_session_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct file *more = map_memfd(fixture, IOMMUFD_GUEST_SEALS);
	struct file *other = luo_test_session(test, "other");

	KUNIT_ASSERT_EQ(test, 0, luo_kernel_preserve(other, MORE_TOKEN, more));
	expect_refused(fixture, -ENOENT);
	luo_kernel_close(other);
	preserve_more(fixture, more);
	expect_accepted(fixture);
}

/* Finding 121 */
static void iommufd_without_a_mark_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_guest *guest = fixture->guest;

	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_unmark(guest->user, guest->hwpt, guest->hwpt_token));
	expect_refused(fixture, -ENOENT);
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_mark(guest->user, guest->hwpt, guest->hwpt_token));
	expect_accepted(fixture);
}

/* Finding 17, Finding 72 */
static void iommufd_is_preserved_once(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct file *other = luo_test_session(test, "other");
	struct file *file = fixture->guest->user->file;

	expect_accepted(fixture);
	KUNIT_EXPECT_EQ(test, -EBUSY, luo_kernel_preserve(fixture->session, 0x66, file));
	KUNIT_EXPECT_EQ(test, -EBUSY, luo_kernel_preserve(other, 0x66, file));
	luo_kernel_close(fixture->session);
	KUNIT_EXPECT_EQ(test, -ENOENT, luo_kernel_preserve(other, 0x66, file));
}

/* Finding 16 */
static void other_files_are_not_taken_for_an_iommufd(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct file *file = iommufd_guest_first(fixture->guest)->file;

	KUNIT_EXPECT_EQ(test, -ENOENT, luo_kernel_preserve(fixture->session, 0x66,
							   fixture->session));
	KUNIT_EXPECT_EQ(test, -ENOENT, luo_kernel_preserve(fixture->session, 0x66, file));
	expect_accepted(fixture);
}

/* Finding 18 */
static void nothing_is_left_after_many_sessions(struct kunit *test)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);
	struct liveupdate_snapshot before, after;
	struct file *session;

	iommufd_guest_watch(iommufd_guest_first(guest));
	liveupdate_snapshot_take(&before);
	for (unsigned int i = 0; i < 100; i++) {
		session = iommufd_guest_session(guest);
		iommufd_guest_preserve_all(guest, session);
		luo_kernel_close(session);
	}
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	iommufd_guest_unwatch(iommufd_guest_first(guest));
}

/* Finding 131 */
static void closed_iommufd_stays_with_its_session(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_guest *guest = fixture->guest;
	struct iommufd_guest_device *device = iommufd_guest_first(guest);

	expect_accepted(fixture);
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_guest_preserve_device(device, fixture->session,
						      guest->device_token));
	iommufd_user_close(guest->user);
	iommufd_guest_expect_reached(device);
	luo_kernel_close(fixture->session);
	iommufd_guest_expect_reached(device);
}

/* Seals */

/* Finding 135, Finding 133 */
static void each_missing_seal_is_refused(struct kunit *test)
{
	static const unsigned int seals[] = { F_SEAL_SEAL, F_SEAL_GROW, F_SEAL_SHRINK };
	struct fixture *fixture = start(test);
	struct file *more;

	for (unsigned int i = 0; i < ARRAY_SIZE(seals); i++) {
		more = map_memfd(fixture, IOMMUFD_GUEST_SEALS & ~seals[i]);
		KUNIT_ASSERT_EQ(test, 0,
				luo_kernel_preserve(fixture->session, MORE_TOKEN + i, more));
		expect_refused(fixture, -EINVAL);
		unmap_more(fixture);
	}
	expect_accepted(fixture);
}

/* Finding 133, Finding 134 */
static void memory_sealed_after_it_was_mapped_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct file *more = map_memfd(fixture, 0);

	KUNIT_ASSERT_EQ(test, 0, memfd_add_seals(more, IOMMUFD_GUEST_SEALS));
	preserve_more(fixture, more);
	expect_refused(fixture, -EINVAL);
	/* The same memory, mapped anew */
	unmap_more(fixture);
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_map_file(fixture->guest->user, fixture->guest->ioas,
					      more, 0, IOMMUFD_GUEST_SIZE, MORE_IOVA));
	expect_accepted(fixture);
}

/* The size is what it was, and the pages are others. Finding 133 */
static void memory_shrunk_and_grown_and_sealed_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct file *more = map_memfd(fixture, 0);
	unsigned long pfn = test_memfd_pfn(more, 0);

	KUNIT_ASSERT_EQ(test, 0, vfs_truncate(&more->f_path, 0));
	KUNIT_ASSERT_EQ(test, 0, vfs_truncate(&more->f_path, IOMMUFD_GUEST_SIZE));
	KUNIT_ASSERT_EQ(test, 0, memfd_add_seals(more, IOMMUFD_GUEST_SEALS));
	preserve_more(fixture, more);
	KUNIT_EXPECT_NE(test, pfn, test_memfd_pfn(more, 0));
	expect_refused(fixture, -EINVAL);
}

static void more_seals_than_needed_are_accepted(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct file *more = map_memfd(fixture, IOMMUFD_GUEST_SEALS | F_SEAL_FUTURE_WRITE);

	preserve_more(fixture, more);
	expect_accepted(fixture);
}

/* Page frames */

/* A hole that was punched before the file was preserved. */
static void memory_with_a_hole_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct file *more = map_memfd(fixture, IOMMUFD_GUEST_SEALS);

	KUNIT_ASSERT_EQ(test, 0, test_memfd_punch(more, 3 * PAGE_SIZE, PAGE_SIZE));
	preserve_more(fixture, more);
	expect_refused(fixture, -EINVAL);
	unmap_more(fixture);
	expect_accepted(fixture);
}

static void memory_with_a_page_in_place_of_a_hole_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct file *more = map_memfd(fixture, IOMMUFD_GUEST_SEALS);
	const u64 word = 1;

	KUNIT_ASSERT_EQ(test, 0, test_memfd_punch(more, IOMMUFD_GUEST_SIZE - PAGE_SIZE,
						  PAGE_SIZE));
	KUNIT_ASSERT_EQ(test, 0, test_memfd_write(more, IOMMUFD_GUEST_SIZE - PAGE_SIZE,
						  &word, sizeof(word)));
	preserve_more(fixture, more);
	expect_refused(fixture, -EINVAL);
}

static void hole_that_is_not_mapped_is_accepted(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_guest *guest = fixture->guest;
	struct file *more = test_memfd_create(test, "more", IOMMUFD_GUEST_SIZE,
					      IOMMUFD_GUEST_SEALS);

	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_map_file(guest->user, guest->ioas, more,
					      2 * PAGE_SIZE, 3 * PAGE_SIZE, MORE_IOVA));
	KUNIT_ASSERT_EQ(test, 0, test_memfd_punch(more, PAGE_SIZE, PAGE_SIZE));
	KUNIT_ASSERT_EQ(test, 0, test_memfd_punch(more, 5 * PAGE_SIZE, PAGE_SIZE));
	preserve_more(fixture, more);
	expect_accepted(fixture);
}

static void memory_mapped_in_parts_is_accepted(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_guest *guest = fixture->guest;

	for (unsigned int i = 0; i < IOMMUFD_GUEST_PAGES; i++)
		KUNIT_ASSERT_EQ(test, 0,
				iommufd_user_map_file(guest->user, guest->ioas, guest->memory,
						      i * PAGE_SIZE, PAGE_SIZE,
						      MORE_IOVA + (7 - i) * PAGE_SIZE));
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_copy(guest->user, guest->ioas,
					  IOMMUFD_GUEST_IOVA + PAGE_SIZE, guest->ioas,
					  MORE_IOVA + SZ_1M, 2 * PAGE_SIZE));
	expect_accepted(fixture);
}

static void page_of_each_hwpt_is_compared(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_guest *guest = fixture->guest;
	struct iommufd_hwpt_paging *hwpt;
	u32 other;

	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_alloc_hwpt(guest->user, iommufd_guest_first(guest)->id,
						guest->ioas, &other));
	KUNIT_ASSERT_EQ(test, 0, iommufd_user_mark(guest->user, other, MORE_TOKEN));
	hwpt = iommufd_user_find_hwpt(guest->user, other);
	/* Nobody does so; it is to show that it would be noticed. */
	KUNIT_ASSERT_EQ(test, PAGE_SIZE,
			iommu_unmap(hwpt->common.domain, IOMMUFD_GUEST_IOVA, PAGE_SIZE));
	expect_refused(fixture, -EINVAL);
	KUNIT_ASSERT_EQ(test, 0,
			iommu_map(hwpt->common.domain, IOMMUFD_GUEST_IOVA,
				  PFN_PHYS(guest->pfns[0]), PAGE_SIZE,
				  IOMMU_READ | IOMMU_WRITE | IOMMU_CACHE, GFP_KERNEL));
	expect_accepted(fixture);
}

/* Other memory */

/* Finding 137 */
static void memory_of_a_process_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_guest *guest = fixture->guest;

	KUNIT_ASSERT_EQ(test, 0, iommufd_user_map(guest->user, guest->ioas, MORE_IOVA));
	expect_refused(fixture, -EINVAL);
	KUNIT_ASSERT_EQ(test, 0, iommufd_user_unmap(guest->user, guest->ioas, MORE_IOVA,
						    PAGE_SIZE));
	expect_accepted(fixture);
}

/* Finding 137 */
static void dma_buf_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_guest *guest = fixture->guest;
	struct iommu_test_cmd arg = {
		.size = sizeof(arg),
		.op = IOMMU_TEST_OP_DMABUF_GET,
		.dmabuf_get.length = PAGE_SIZE,
	};
	struct file *file;
	int fd;

	fd = iommufd_user_ioctl(guest->user, IOMMU_TEST_CMD, &arg, sizeof(arg));
	KUNIT_ASSERT_GE(test, fd, 0);
	file = fget(fd);
	close_fd(fd);
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_map_file(guest->user, guest->ioas, file, 0,
						       PAGE_SIZE, MORE_IOVA));
	fput(file);
	expect_refused(fixture, -EOPNOTSUPP);
	KUNIT_ASSERT_EQ(test, 0, iommufd_user_unmap(guest->user, guest->ioas, MORE_IOVA,
						    PAGE_SIZE));
	flush_delayed_fput();
	expect_accepted(fixture);
}

/* Finding 137 */
static void pinned_memory_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);

	iommufd_changes_begin(fixture->guest);
	KUNIT_ASSERT_EQ(test, 0, iommufd_change_pin.act(fixture->guest));
	expect_refused(fixture, -EBUSY);
	iommufd_change_pin.undo(fixture->guest);
	expect_accepted(fixture);
}

static void ioas_without_memory_is_accepted(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_guest *guest = fixture->guest;

	KUNIT_ASSERT_EQ(test, 0, iommufd_user_unmap(guest->user, guest->ioas, 0, U64_MAX));
	KUNIT_EXPECT_EQ(test, 0, preserve(fixture));
}

/* HWPTs */

/* Finding 147 */
static void dirty_tracking_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_guest *guest = fixture->guest;

	iommufd_changes_begin(guest);
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_set_dirty_tracking(guest->user, guest->hwpt, true));
	expect_refused(fixture, -EOPNOTSUPP);
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_set_dirty_tracking(guest->user, guest->hwpt, false));
	expect_accepted(fixture);
}

/* Finding 148 */
static void page_for_interrupts_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_hwpt_paging *hwpt;

	hwpt = iommufd_user_find_hwpt(fixture->guest->user, fixture->guest->hwpt);
	set_bit(63, hwpt->present_sw_msi.bitmap);
	expect_refused(fixture, -EOPNOTSUPP);
	clear_bit(63, hwpt->present_sw_msi.bitmap);
	expect_accepted(fixture);
}

/* Finding 73 */
static void domain_that_its_driver_cannot_preserve_is_refused(struct kunit *test)
{
	const struct iommu_liveupdate_ops *ops = iommu_core_ops.liveupdate;
	struct fixture *fixture = start(test);

	iommu_core_ops.liveupdate = NULL;
	expect_refused(fixture, -EOPNOTSUPP);
	iommu_core_ops.liveupdate = ops;
	expect_accepted(fixture);
}

/* Three HWPTs, each with an IOAS of its own, all of which are marked */
static void add_hwpts(struct fixture *fixture, u32 *ioas, u32 *hwpts)
{
	struct iommufd_guest *guest = fixture->guest;
	struct kunit *test = guest->test;

	ioas[0] = guest->ioas;
	hwpts[0] = guest->hwpt;
	for (unsigned int i = 1; i < 3; i++) {
		ioas[i] = iommufd_user_alloc_ioas(guest->user);
		KUNIT_ASSERT_EQ(test, 0,
				iommufd_user_map_file(guest->user, ioas[i], guest->memory, 0,
						      IOMMUFD_GUEST_SIZE,
						      IOMMUFD_GUEST_IOVA));
		KUNIT_ASSERT_EQ(test, 0,
				iommufd_user_alloc_hwpt(guest->user,
							iommufd_guest_first(guest)->id,
							ioas[i], &hwpts[i]));
		KUNIT_ASSERT_EQ(test, 0, iommufd_user_mark(guest->user, hwpts[i], i));
	}
}

static void expect_all_mutable(struct fixture *fixture, const u32 *hwpts)
{
	struct iommufd_hwpt_paging *hwpt;

	for (unsigned int i = 0; i < 3; i++) {
		hwpt = iommufd_user_find_hwpt(fixture->guest->user, hwpts[i]);
		KUNIT_EXPECT_EQ(fixture->guest->test, 0, hwpt->ioas->iopt.liveupdate.immutable);
		KUNIT_EXPECT_NULL(fixture->guest->test, hwpt->liveupdate.preserved);
		KUNIT_EXPECT_EQ(fixture->guest->test, i ? 1 : 2,
				refcount_read(&hwpt->common.obj.users));
	}
}

/* Finding 126, Finding 128, Finding 144, Finding 152a */
static void failure_of_each_of_three_hwpts_leaves_nothing(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_guest *guest = fixture->guest;
	u32 ioas[3], hwpts[3];

	add_hwpts(fixture, ioas, hwpts);
	for (unsigned int i = 0; i < 3; i++) {
		KUNIT_ASSERT_EQ(test, 0, iommufd_user_map(guest->user, ioas[i], MORE_IOVA));
		expect_refused(fixture, -EINVAL);
		expect_all_mutable(fixture, hwpts);
		KUNIT_ASSERT_EQ(test, 0, iommufd_user_unmap(guest->user, ioas[i], MORE_IOVA,
							    PAGE_SIZE));
	}
	expect_accepted(fixture);
	luo_kernel_close(fixture->session);
	expect_all_mutable(fixture, hwpts);
}

/* Memory runs out */

/* All files of the guest in a session of their own, which is closed if one fails */
static int run_preserve(struct kunit *test, void *context)
{
	struct fixture *fixture = context;
	struct iommufd_guest *guest = fixture->guest;
	int ret;

	fixture->session = luo_kernel_session(test, "sweep");
	if (IS_ERR(fixture->session))
		return PTR_ERR(fixture->session);
	ret = iommufd_guest_preserve_memory(guest, fixture->session) ?:
	      iommufd_guest_preserve_iommufd(guest, fixture->session) ?:
	      iommufd_guest_preserve_device(iommufd_guest_first(guest), fixture->session,
					    guest->device_token);
	if (ret)
		luo_kernel_close(fixture->session);
	return ret;
}

static void undo_preserve(struct kunit *test, void *context)
{
	struct fixture *fixture = context;

	luo_kernel_close(fixture->session);
}

/* Finding 28, Finding 19 */
static void guest_survives_each_failure(struct kunit *test)
{
	struct fixture *fixture = start(test);
	u32 ioas[3], hwpts[3];

	luo_kernel_close(fixture->session);
	add_hwpts(fixture, ioas, hwpts);
	iommufd_guest_watch(iommufd_guest_first(fixture->guest));
	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "preserve memory, iommufd with three HWPTs, device",
		.run = run_preserve,
		.undo = undo_preserve,
		.context = fixture,
		.minimum = 30,
		.warns = true,
	});
	expect_all_mutable(fixture, hwpts);
	iommufd_guest_unwatch(iommufd_guest_first(fixture->guest));
}

/* The handler */

static int run_init(struct kunit *test, void *context)
{
	return iommufd_liveupdate_init();
}

static void undo_init(struct kunit *test, void *context)
{
	iommufd_liveupdate_exit();
}

static void init_again(void *data)
{
	iommufd_liveupdate_init();
}

/* Each step is undone when the next one fails: it can be registered again. Finding 1 */
static void handler_survives_each_failure(struct kunit *test)
{
	luo_kernel_start(test);
	iommufd_liveupdate_exit();
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, init_again, NULL));
	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "register the handler",
		.run = run_init,
		.undo = undo_init,
		.minimum = 1,
	});
}

static void iommufd_without_a_handler_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);

	iommufd_liveupdate_exit();
	KUNIT_EXPECT_EQ(test, -ENOENT, preserve(fixture));
	KUNIT_EXPECT_EQ(test, 0, iommufd_liveupdate_init());
	expect_accepted(fixture);
}

static struct kunit_case iommufd_preserve_cases[] = {
	IOMMUFD_CASE(sealed_and_preserved_memory_is_accepted),
	IOMMUFD_CASE(memory_is_preserved_before_the_iommufd),
	IOMMUFD_CASE(memory_of_another_session_is_refused),
	IOMMUFD_CASE(iommufd_without_a_mark_is_refused),
	IOMMUFD_CASE(iommufd_is_preserved_once),
	IOMMUFD_CASE(other_files_are_not_taken_for_an_iommufd),
	IOMMUFD_CASE(nothing_is_left_after_many_sessions),
	IOMMUFD_CASE(closed_iommufd_stays_with_its_session),
	IOMMUFD_CASE(each_missing_seal_is_refused),
	IOMMUFD_CASE(memory_sealed_after_it_was_mapped_is_refused),
	IOMMUFD_CASE(memory_shrunk_and_grown_and_sealed_is_refused),
	IOMMUFD_CASE(more_seals_than_needed_are_accepted),
	IOMMUFD_CASE(memory_with_a_hole_is_refused),
	IOMMUFD_CASE(memory_with_a_page_in_place_of_a_hole_is_refused),
	IOMMUFD_CASE(hole_that_is_not_mapped_is_accepted),
	IOMMUFD_CASE(memory_mapped_in_parts_is_accepted),
	IOMMUFD_CASE(page_of_each_hwpt_is_compared),
	IOMMUFD_CASE(memory_of_a_process_is_refused),
	IOMMUFD_CASE(dma_buf_is_refused),
	IOMMUFD_CASE(pinned_memory_is_refused),
	IOMMUFD_CASE(ioas_without_memory_is_accepted),
	IOMMUFD_CASE(dirty_tracking_is_refused),
	IOMMUFD_CASE(page_for_interrupts_is_refused),
	IOMMUFD_CASE(domain_that_its_driver_cannot_preserve_is_refused),
	IOMMUFD_CASE(failure_of_each_of_three_hwpts_leaves_nothing),
	IOMMUFD_CASE(guest_survives_each_failure),
	KUNIT_CASE(handler_survives_each_failure),
	IOMMUFD_CASE(iommufd_without_a_handler_is_refused),
	{}
};

static struct kunit_suite iommufd_preserve_suite = {
	.name = "iommufd_preserve",
	.test_cases = iommufd_preserve_cases,
};

kunit_test_suite(iommufd_preserve_suite);

MODULE_IMPORT_NS("IOMMUFD");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of preserving iommufds over a live update");
