// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: races of preserving an iommufd
 *
 * Two threads at a time, in an order that is fixed: see iommu_core_race.c. The first
 * one stops in the middle of a change of the IOAS, of a destruction, or of preserving;
 * the second one has to wait, or to be refused at once. Which of these must happen is
 * what a case is about.
 */

#include <linux/file.h>
#include <linux/iommu.h>
#include <linux/iommufd.h>
#include <linux/kthread.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommufd/iommufd_private.h"
#include "../../drivers/iommu/iommufd/liveupdate_preserved.h"
#include "iommu_core_expect.h"
#include "iommu_core_race.h"
#include "iommufd_changes.h"
#include "iommufd_guest.h"
#include "iommufd_machines.h"
#include "luo_kernel.h"

/* Where more is mapped */
#define MORE_IOVA	(IOMMUFD_GUEST_IOVA + SZ_512M)

/**
 * enum point - Where the first thread can stop
 * @POINT_MAP: Something is mapped in the page table.
 * @POINT_UNMAP: Something is unmapped in the page table.
 * @POINT_CHECK: What is mapped is compared with what is preserved.
 * @POINT_DIRTY: Dirty tracking was enabled.
 * @POINT_NOTIFY: A driver is told to unpin.
 */
enum point {
	POINT_MAP = RACE_SUITE,
	POINT_UNMAP,
	POINT_CHECK,
	POINT_DIRTY,
	POINT_NOTIFY,
};

/**
 * struct fixture - A guest whose files are being preserved
 * @guest: The guest.
 * @device: Its device.
 * @session: The session, in which its memory is preserved.
 * @race: The threads.
 * @ops: What the driver does to the domain of the guest.
 * @map_err: What mapping ends with, in the driver.
 * @hwpt: A second HWPT, if there is one.
 * @access: A driver that pins, if there is one.
 * @is_pinned: It has pinned the first page of the guest.
 */
struct fixture {
	struct iommufd_guest *guest;
	struct iommufd_guest_device *device;
	struct file *session;
	struct race *race;
	const struct iommu_domain_ops *ops;
	int map_err;
	u32 hwpt;
	struct iommufd_access *access;
	bool is_pinned;
};

static struct fixture *the_fixture;

/* The driver, where threads can stop */

static int sync_map(struct iommu_domain *domain, unsigned long iova, size_t size)
{
	race_pass(POINT_MAP);
	return the_fixture->map_err;
}

static void sync_unmap(struct iommu_domain *domain, struct iommu_iotlb_gather *gather)
{
	race_pass(POINT_UNMAP);
	the_fixture->ops->iotlb_sync(domain, gather);
}

static phys_addr_t find_mapped(struct iommu_domain *domain, dma_addr_t iova)
{
	race_pass(POINT_CHECK);
	return the_fixture->ops->iova_to_phys(domain, iova);
}

static int set_dirty(struct iommu_domain *domain, bool enabled)
{
	race_pass(POINT_DIRTY);
	return 0;
}

static struct iommu_domain_ops stopping_ops;
static struct iommu_dirty_ops stopping_dirty_ops;

static struct iommufd_hwpt_paging *hwpt_of(struct fixture *fixture)
{
	return iommufd_user_find_hwpt(fixture->guest->user, fixture->guest->hwpt);
}

static struct rw_semaphore *change_lock(struct fixture *fixture)
{
	return &hwpt_of(fixture)->ioas->iopt.liveupdate.change_rwsem;
}

static void stop_in_driver(struct fixture *fixture)
{
	struct iommu_domain *domain = hwpt_of(fixture)->common.domain;

	fixture->ops = domain->ops;
	stopping_ops = *domain->ops;
	stopping_ops.iotlb_sync_map = sync_map;
	stopping_ops.iotlb_sync = sync_unmap;
	stopping_ops.iova_to_phys = find_mapped;
	domain->ops = &stopping_ops;
	stopping_dirty_ops = iommufd_changes_dirty_ops;
	stopping_dirty_ops.set_dirty_tracking = set_dirty;
	domain->dirty_ops = &stopping_dirty_ops;
}

static struct fixture *start(struct kunit *test)
{
	struct fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);
	struct iommufd_guest *guest;

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	the_fixture = fixture;
	guest = iommufd_guest_start(test, 1);
	fixture->guest = guest;
	fixture->device = iommufd_guest_first(guest);
	fixture->race = race_begin(test, guest->core);
	stop_in_driver(fixture);
	fixture->session = iommufd_guest_session(guest);
	KUNIT_ASSERT_EQ(test, 0, iommufd_guest_preserve_memory(guest, fixture->session));
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_mark(guest->user, guest->hwpt, guest->hwpt_token));
	return fixture;
}

/* What threads do. They have the address space of the process. */

static int as_process(int (*act)(struct fixture *fixture))
{
	struct mm_struct *mm = the_fixture->guest->user->mm;
	int ret;

	kthread_use_mm(mm);
	ret = act(the_fixture);
	kthread_unuse_mm(mm);
	return ret;
}

static int do_map(struct fixture *fixture)
{
	return iommufd_user_map_file(fixture->guest->user, fixture->guest->ioas,
				     fixture->guest->memory, 0, PAGE_SIZE, MORE_IOVA);
}

static int do_map_process(struct fixture *fixture)
{
	return iommufd_user_map(fixture->guest->user, fixture->guest->ioas, MORE_IOVA);
}

static int do_unmap(struct fixture *fixture)
{
	return iommufd_user_unmap(fixture->guest->user, fixture->guest->ioas, MORE_IOVA,
				  PAGE_SIZE);
}

static int do_unmap_guest(struct fixture *fixture)
{
	return iommufd_user_unmap(fixture->guest->user, fixture->guest->ioas,
				  IOMMUFD_GUEST_IOVA, IOMMUFD_GUEST_SIZE);
}

static int do_mark(struct fixture *fixture)
{
	return iommufd_user_mark(fixture->guest->user, fixture->hwpt, 1);
}

static int do_destroy(struct fixture *fixture)
{
	return iommufd_user_destroy(fixture->guest->user, fixture->hwpt);
}

static int do_track(struct fixture *fixture)
{
	return iommufd_user_set_dirty_tracking(fixture->guest->user, fixture->guest->hwpt,
					       true);
}

static int do_change_process(struct fixture *fixture)
{
	return iommufd_user_change_process(fixture->guest->user);
}

#define PROCESS_ACT(_name)						\
static int _name(struct iommu_core_device *device)			\
{									\
	return as_process(do_##_name);					\
}

PROCESS_ACT(map)
PROCESS_ACT(map_process)
PROCESS_ACT(unmap)
PROCESS_ACT(unmap_guest)
PROCESS_ACT(mark)
PROCESS_ACT(destroy)
PROCESS_ACT(track)
PROCESS_ACT(change_process)

static int preserve(struct iommu_core_device *device)
{
	return iommufd_guest_preserve_iommufd(the_fixture->guest, the_fixture->session);
}

static int preserve_device(struct iommu_core_device *device)
{
	return iommufd_guest_preserve_device(the_fixture->device, the_fixture->session,
					     the_fixture->guest->device_token);
}

static int attach(struct iommu_core_device *device)
{
	return iommufd_guest_attach(the_fixture->device, the_fixture->guest->hwpt);
}

static int replace(struct iommu_core_device *device)
{
	u32 hwpt = the_fixture->hwpt;

	return iommufd_device_replace(the_fixture->device->test.idev, IOMMU_NO_PASID, &hwpt);
}

static int attach_pasid(struct iommu_core_device *device)
{
	u32 hwpt = the_fixture->hwpt;

	return iommufd_device_attach(the_fixture->device->test.idev, 5, &hwpt);
}

/* Cases */

static void run(struct fixture *fixture, unsigned int point, race_act first)
{
	race_first(fixture->race, point, NULL, first, NULL);
}

static void end(struct fixture *fixture, int first, int second)
{
	struct race *race = fixture->race;

	race_end(race);
	KUNIT_EXPECT_EQ(race->test, first, race->first.ret);
	KUNIT_EXPECT_EQ(race->test, second, race->second.ret);
}

/* The first thread stands still: whatever the case has done did not wait for it. */
static void expect_stopped(struct fixture *fixture)
{
	KUNIT_EXPECT_FALSE(fixture->race->test,
			   completion_done(&fixture->race->first.done));
}

static phys_addr_t mapped_at(struct fixture *fixture, u64 iova)
{
	return iommu_iova_to_phys(hwpt_of(fixture)->common.domain, iova);
}

static void add_hwpt(struct fixture *fixture)
{
	KUNIT_ASSERT_EQ(fixture->guest->test, 0,
			iommufd_user_alloc_hwpt(fixture->guest->user, fixture->device->id,
						fixture->guest->ioas, &fixture->hwpt));
}

/* Finding 139, Finding 77 */
static void mapping_that_has_begun_is_preserved(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_guest *guest = fixture->guest;

	run(fixture, POINT_MAP, map);
	race_second_waits_for(fixture->race, preserve, NULL, change_lock(fixture));
	/* Whoever comes now does not wait, and does not overtake. */
	KUNIT_EXPECT_EQ(test, -EBUSY, iommufd_user_map(guest->user, guest->ioas, SZ_1G));
	expect_stopped(fixture);
	end(fixture, 0, 0);
	KUNIT_EXPECT_EQ(test, PFN_PHYS(guest->pfns[0]), mapped_at(fixture, MORE_IOVA));
	KUNIT_EXPECT_EQ(test, -EBUSY, do_unmap(fixture));
	luo_kernel_close(fixture->session);
	KUNIT_EXPECT_EQ(test, 0, do_unmap(fixture));
}

/* Finding 139 */
static void mapping_that_has_begun_is_checked(struct kunit *test)
{
	struct fixture *fixture = start(test);

	run(fixture, POINT_MAP, map_process);
	race_second_waits_for(fixture->race, preserve, NULL, change_lock(fixture));
	end(fixture, 0, -EINVAL);
	KUNIT_EXPECT_EQ(test, 0, do_unmap(fixture));
	KUNIT_EXPECT_EQ(test, 0, preserve(NULL));
}

/* It holds what freezing needs: a mapping that never ends must not stop that for good. */
static void who_waits_for_a_mapping_can_be_killed(struct kunit *test)
{
	struct fixture *fixture = start(test);

	run(fixture, POINT_MAP, map);
	race_second_waits_for(fixture->race, preserve, NULL, change_lock(fixture));
	race_kill_second(fixture->race);
	end(fixture, 0, -EINTR);
	KUNIT_EXPECT_EQ(test, 0, do_unmap(fixture));
	KUNIT_EXPECT_EQ(test, 0, preserve(NULL));
}

/* Finding 152b */
static void mapping_that_fails_in_the_end_leaves_nothing(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct iommufd_guest *guest = fixture->guest;

	fixture->map_err = -EIO;
	run(fixture, POINT_MAP, map);
	race_second_waits_for(fixture->race, preserve, NULL, change_lock(fixture));
	end(fixture, -EIO, 0);
	fixture->map_err = 0;
	KUNIT_EXPECT_EQ(test, 0, mapped_at(fixture, MORE_IOVA));
	iommufd_guest_expect_reached(fixture->device);
	luo_kernel_close(fixture->session);
	KUNIT_EXPECT_EQ(test, 0, iommufd_user_map(guest->user, guest->ioas, MORE_IOVA));
}

/* Finding 139 */
static void unmapping_that_has_begun_is_waited_for(struct kunit *test)
{
	struct fixture *fixture = start(test);

	KUNIT_ASSERT_EQ(test, 0, do_map_process(fixture));
	run(fixture, POINT_UNMAP, unmap);
	race_second_waits_for(fixture->race, preserve, NULL, change_lock(fixture));
	end(fixture, 0, 0);
	KUNIT_EXPECT_EQ(test, 0, mapped_at(fixture, MORE_IOVA));
}

/* Finding 138, Finding 139 */
static void changes_are_refused_while_preserving(struct kunit *test)
{
	struct fixture *fixture = start(test);

	iommufd_changes_begin(fixture->guest);
	hwpt_of(fixture)->common.domain->dirty_ops = &stopping_dirty_ops;
	run(fixture, POINT_CHECK, preserve);
	for (unsigned int i = 0; i < iommufd_nr_changes; i++) {
		const struct iommufd_change *change = &iommufd_changes[i];

		if (!change->waits)
			KUNIT_EXPECT_EQ_MSG(test, -EBUSY, change->act(fixture->guest),
					    "%s", change->name);
	}
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommufd_user_destroy(fixture->guest->user, fixture->guest->hwpt));
	expect_stopped(fixture);
	end(fixture, 0, 0);
}

/* Finding 138 */
static void process_changes_before_or_after_preserving(struct kunit *test)
{
	struct fixture *fixture = start(test);

	run(fixture, POINT_CHECK, preserve);
	race_second_waits_for(fixture->race, change_process, NULL,
			      &hwpt_of(fixture)->ioas->iopt.iova_rwsem);
	end(fixture, 0, -EBUSY);
}

/* Finding 44 */
static void mark_waits_for_the_file(struct kunit *test)
{
	struct fixture *fixture = start(test);

	add_hwpt(fixture);
	run(fixture, POINT_CHECK, preserve);
	race_second_waits(fixture->race, mark, NULL);
	end(fixture, 0, -EBUSY);
	KUNIT_EXPECT_EQ(test, 1,
			iommufd_user_ctx(fixture->guest->user)->liveupdate.preserved->out.nr_hwpts);
}

/* Finding 124, Finding 125, Finding 127 */
static void marked_hwpt_goes_while_the_file_is_preserved(struct kunit *test)
{
	struct fixture *fixture = start(test);

	add_hwpt(fixture);
	KUNIT_ASSERT_EQ(test, 0, do_mark(fixture));
	run(fixture, POINT_CHECK, preserve);
	/* Nobody can find it any more, but its mark is still there. */
	race_second_waits(fixture->race, destroy, NULL);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			iommufd_user_unmark(fixture->guest->user, fixture->hwpt, 1));
	expect_stopped(fixture);
	end(fixture, 0, 0);
	KUNIT_EXPECT_EQ(test, 1,
			iommufd_user_ctx(fixture->guest->user)->liveupdate.preserved->out.nr_hwpts);
}

/* Finding 147 */
static void dirty_tracking_that_has_begun_is_noticed(struct kunit *test)
{
	struct fixture *fixture = start(test);

	run(fixture, POINT_DIRTY, track);
	race_second_waits_for(fixture->race, preserve, NULL, change_lock(fixture));
	end(fixture, 0, -EOPNOTSUPP);
}

/* Devices */

static void preserve_file(struct fixture *fixture)
{
	KUNIT_ASSERT_EQ(fixture->guest->test, 0, preserve(NULL));
}

/* Finding 149 */
static void device_that_is_being_attached_is_waited_for(struct kunit *test)
{
	struct fixture *fixture = start(test);

	iommufd_guest_detach(fixture->device);
	preserve_file(fixture);
	run(fixture, IOMMU_CORE_ATTACH, attach);
	race_second_waits(fixture->race, preserve_device, NULL);
	end(fixture, 0, 0);
	iommufd_guest_expect_reached(fixture->device);
}

/* Finding 63, Finding 149 */
static void device_that_is_being_preserved_is_not_replaced(struct kunit *test)
{
	struct fixture *fixture = start(test);

	add_hwpt(fixture);
	preserve_file(fixture);
	run(fixture, RACE_PRESERVE_DEVICE, preserve_device);
	race_second_waits(fixture->race, replace, NULL);
	end(fixture, 0, -EBUSY);
	iommufd_guest_expect_reached(fixture->device);
}

/* Finding 117 */
static void device_that_is_being_preserved_gets_no_pasid(struct kunit *test)
{
	struct fixture *fixture = start(test);

	add_hwpt(fixture);
	preserve_file(fixture);
	run(fixture, RACE_PRESERVE_DEVICE, preserve_device);
	race_second_waits(fixture->race, attach_pasid, NULL);
	end(fixture, 0, -EBUSY);
}

/* A driver that pins, and unpins when it is told to */

static void unmap_pinned(void *data, unsigned long iova, unsigned long length)
{
	race_pass(POINT_NOTIFY);
	if (!the_fixture->is_pinned)
		return;
	the_fixture->is_pinned = false;
	iommufd_access_unpin_pages(the_fixture->access, IOMMUFD_GUEST_IOVA, PAGE_SIZE);
}

static const struct iommufd_access_ops access_ops = {
	.needs_pin_pages = 1,
	.unmap = unmap_pinned,
};

static void destroy_access(void *data)
{
	iommufd_access_destroy(data);
	flush_delayed_fput();
}

static int pin(struct fixture *fixture, u64 iova)
{
	struct page *page;

	return iommufd_access_pin_pages(fixture->access, iova, PAGE_SIZE, &page, 0);
}

static void begin_access(struct fixture *fixture)
{
	struct kunit *test = fixture->guest->test;
	u32 id;

	fixture->access = iommufd_access_create(iommufd_user_ctx(fixture->guest->user),
						&access_ops, NULL, &id);
	KUNIT_ASSERT_FALSE(test, IS_ERR(fixture->access));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, destroy_access, fixture->access));
	KUNIT_ASSERT_EQ(test, 0, iommufd_access_attach(fixture->access, fixture->guest->ioas));
	KUNIT_ASSERT_EQ(test, 0, pin(fixture, IOMMUFD_GUEST_IOVA));
	fixture->is_pinned = true;
}

/*
 * The driver may hold a lock that its callback needs. So it must not wait for who waits
 * for the callback.
 */
static void pin_does_not_wait_for_an_unmapping(struct kunit *test)
{
	struct fixture *fixture = start(test);

	begin_access(fixture);
	KUNIT_ASSERT_EQ(test, 0, do_map(fixture));
	run(fixture, POINT_NOTIFY, unmap_guest);
	race_second_waits_for(fixture->race, preserve, NULL, change_lock(fixture));
	KUNIT_EXPECT_EQ(test, -EBUSY, pin(fixture, MORE_IOVA));
	expect_stopped(fixture);
	end(fixture, 0, 0);
}

static struct kunit_case iommufd_races_cases[] = {
	IOMMUFD_CASE(mapping_that_has_begun_is_preserved),
	IOMMUFD_CASE(mapping_that_has_begun_is_checked),
	IOMMUFD_CASE(who_waits_for_a_mapping_can_be_killed),
	IOMMUFD_CASE(mapping_that_fails_in_the_end_leaves_nothing),
	IOMMUFD_CASE(unmapping_that_has_begun_is_waited_for),
	IOMMUFD_CASE(changes_are_refused_while_preserving),
	IOMMUFD_CASE(process_changes_before_or_after_preserving),
	IOMMUFD_CASE(mark_waits_for_the_file),
	IOMMUFD_CASE(marked_hwpt_goes_while_the_file_is_preserved),
	IOMMUFD_CASE(dirty_tracking_that_has_begun_is_noticed),
	IOMMUFD_CASE(device_that_is_being_attached_is_waited_for),
	IOMMUFD_CASE(device_that_is_being_preserved_is_not_replaced),
	IOMMUFD_CASE(device_that_is_being_preserved_gets_no_pasid),
	IOMMUFD_CASE(pin_does_not_wait_for_an_unmapping),
	{}
};

static struct kunit_suite iommufd_races_suite = {
	.name = "iommufd_races",
	.test_cases = iommufd_races_cases,
};

kunit_test_suite(iommufd_races_suite);

MODULE_IMPORT_NS("IOMMUFD");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of races of preserving an iommufd");
