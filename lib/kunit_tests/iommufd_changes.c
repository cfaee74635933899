// SPDX-License-Identifier: GPL-2.0-only

/*
 * What changes an IOAS, one by one: each ioctl, and what drivers in the kernel do. All
 * of it has to be refused while the IOAS is immutable.
 */

#include <linux/file.h>
#include <linux/iommu.h>
#include <linux/iommufd.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommufd/iommufd_private.h"
#include "iommu_core_expect.h"
#include "iommufd_changes.h"
#include "iommufd_guest.h"

/* An IOVA at which nothing is mapped */
#define FREE_IOVA	(IOMMUFD_GUEST_IOVA + SZ_256M)

static struct iommufd_ioas *ioas_of(struct iommufd_guest *guest)
{
	return iommufd_user_find_hwpt(guest->user, guest->hwpt)->ioas;
}

/* Mappings */

static int map_file(struct iommufd_guest *guest)
{
	return iommufd_user_map_file(guest->user, guest->ioas, guest->memory, 0,
				     PAGE_SIZE, FREE_IOVA);
}

static int map_memory(struct iommufd_guest *guest)
{
	return iommufd_user_map(guest->user, guest->ioas, FREE_IOVA);
}

static int copy(struct iommufd_guest *guest)
{
	return iommufd_user_copy(guest->user, guest->ioas, IOMMUFD_GUEST_IOVA,
				 guest->ioas, FREE_IOVA, PAGE_SIZE);
}

static void unmap_free(struct iommufd_guest *guest)
{
	KUNIT_EXPECT_EQ(guest->test, 0,
			iommufd_user_unmap(guest->user, guest->ioas, FREE_IOVA, PAGE_SIZE));
}

static int unmap(struct iommufd_guest *guest)
{
	return iommufd_user_unmap(guest->user, guest->ioas, IOMMUFD_GUEST_IOVA,
				  IOMMUFD_GUEST_SIZE);
}

static int unmap_all(struct iommufd_guest *guest)
{
	return iommufd_user_unmap(guest->user, guest->ioas, 0, U64_MAX);
}

static void map_again(struct iommufd_guest *guest)
{
	KUNIT_EXPECT_EQ(guest->test, 0,
			iommufd_user_map_file(guest->user, guest->ioas, guest->memory, 0,
					      IOMMUFD_GUEST_SIZE, IOMMUFD_GUEST_IOVA));
}

/* As VFIO's containers do before they unmap a part; large pages are mapped here. */
static int cut(struct iommufd_guest *guest)
{
	unsigned long iova = IOMMUFD_GUEST_IOVA + PAGE_SIZE - 1;

	return iopt_cut_iova(&ioas_of(guest)->iopt, &iova, 1);
}

/* Ranges, options, processes */

static int allow(struct iommufd_guest *guest)
{
	return iommufd_user_allow(guest->user, guest->ioas, SZ_1M, SZ_2G);
}

static void allow_nothing(struct iommufd_guest *guest)
{
	KUNIT_EXPECT_EQ(guest->test, 0,
			iommufd_user_allow(guest->user, guest->ioas, 0, 0));
}

static int disable_huge_pages(struct iommufd_guest *guest)
{
	return iommufd_user_set_huge_pages(guest->user, guest->ioas, false);
}

static int enable_huge_pages(struct iommufd_guest *guest)
{
	return iommufd_user_set_huge_pages(guest->user, guest->ioas, true);
}

static int change_process(struct iommufd_guest *guest)
{
	return iommufd_user_change_process(guest->user);
}

/* Domains */

static u32 other_hwpt;

static int alloc_hwpt(struct iommufd_guest *guest)
{
	return iommufd_user_alloc_hwpt(guest->user, iommufd_guest_first(guest)->id,
				       guest->ioas, &other_hwpt);
}

static void destroy_hwpt(struct iommufd_guest *guest)
{
	KUNIT_EXPECT_EQ(guest->test, 0, iommufd_user_destroy(guest->user, other_hwpt));
}

static struct iommufd_guest_device *last_device(struct iommufd_guest *guest)
{
	return list_last_entry(&guest->devices, struct iommufd_guest_device, node);
}

static int attach_automatically(struct iommufd_guest *guest)
{
	return iommufd_guest_attach(last_device(guest), guest->ioas);
}

static void detach(struct iommufd_guest *guest)
{
	iommufd_guest_detach(last_device(guest));
}

/* Dirty tracking, of a domain that can do it */

static int set_dirty(struct iommu_domain *domain, bool enabled)
{
	return 0;
}

static int read_and_clear_dirty(struct iommu_domain *domain, unsigned long iova,
				size_t size, unsigned long flags,
				struct iommu_dirty_bitmap *dirty)
{
	return 0;
}

const struct iommu_dirty_ops iommufd_changes_dirty_ops = {
	.set_dirty_tracking = set_dirty,
	.read_and_clear_dirty = read_and_clear_dirty,
};

static int enable_dirty_tracking(struct iommufd_guest *guest)
{
	return iommufd_user_set_dirty_tracking(guest->user, guest->hwpt, true);
}

static void stop_dirty_tracking(struct iommufd_guest *guest)
{
	KUNIT_EXPECT_EQ(guest->test, 0,
			iommufd_user_set_dirty_tracking(guest->user, guest->hwpt, false));
}

static int disable_dirty_tracking(struct iommufd_guest *guest)
{
	return iommufd_user_set_dirty_tracking(guest->user, guest->hwpt, false);
}

static int read_dirty_bitmap(struct iommufd_guest *guest)
{
	return iommufd_user_get_dirty_bitmap(guest->user, guest->hwpt, IOMMUFD_GUEST_IOVA,
					     IOMMUFD_GUEST_SIZE);
}

/* Pins of a driver */

static struct iommufd_access *the_access;

static void unmap_pinned(void *data, unsigned long iova, unsigned long length)
{
}

static const struct iommufd_access_ops access_ops = {
	.needs_pin_pages = 1,
	.unmap = unmap_pinned,
};

static int pin(struct iommufd_guest *guest)
{
	struct page *page;

	return iommufd_access_pin_pages(the_access, IOMMUFD_GUEST_IOVA, PAGE_SIZE, &page,
					IOMMUFD_ACCESS_RW_WRITE);
}

static void unpin(struct iommufd_guest *guest)
{
	iommufd_access_unpin_pages(the_access, IOMMUFD_GUEST_IOVA, PAGE_SIZE);
}

static void destroy_access(void *data)
{
	iommufd_access_destroy(the_access);
	flush_delayed_fput();
	the_access = NULL;
}

/**
 * iommufd_changes_begin - Give a guest what is needed for all of its changes
 * @guest: The guest, whose file is not closed before the end of the case
 *
 * That is a device that is not attached, a driver that pins pages, and a domain with
 * dirty tracking.
 *
 * Context: May sleep, the thread of the case.
 */
void iommufd_changes_begin(struct iommufd_guest *guest)
{
	struct kunit *test = guest->test;
	u32 id;

	iommufd_guest_add_device(guest, 0, SECOND);
	iommufd_user_find_hwpt(guest->user, guest->hwpt)->common.domain->dirty_ops =
		&iommufd_changes_dirty_ops;
	the_access = iommufd_access_create(iommufd_user_ctx(guest->user), &access_ops,
					   guest, &id);
	KUNIT_ASSERT_FALSE(test, IS_ERR(the_access));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, destroy_access, NULL));
	KUNIT_ASSERT_EQ(test, 0, iommufd_access_attach(the_access, guest->ioas));
}

#define PIN	{ "pin", pin, unpin }

const struct iommufd_change iommufd_change_pin = PIN;

const struct iommufd_change iommufd_changes[] = {
	{ "map a file", map_file, unmap_free },
	{ "map memory", map_memory, unmap_free },
	{ "copy", copy, unmap_free },
	{ "unmap", unmap, map_again },
	{ "unmap all", unmap_all, map_again },
	{ "cut", cut, NULL, -EINVAL },
	{ "allow a range", allow, allow_nothing },
	{ "disable large pages", disable_huge_pages, NULL, -EINVAL },
	{ "enable large pages", enable_huge_pages },
	{ "change the process", change_process, .waits = true },
	{ "allocate a HWPT", alloc_hwpt, destroy_hwpt },
	{ "attach automatically", attach_automatically, detach, .waits = true },
	{ "enable dirty tracking", enable_dirty_tracking, stop_dirty_tracking },
	{ "disable dirty tracking", disable_dirty_tracking },
	{ "read the dirty bitmap", read_dirty_bitmap },
	PIN,
};

const unsigned int iommufd_nr_changes = ARRAY_SIZE(iommufd_changes);
