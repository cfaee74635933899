// SPDX-License-Identifier: GPL-2.0-only

/*
 * What suites of the IOMMU core expect of a device, by what its group, its driver and
 * the hardware say.
 */

#include <linux/iommu.h>

#include <kunit/test.h>

#include "fake_kho.h"
#include "iommu_core.h"
#include "iommu_core_expect.h"

/**
 * iommu_core_domain_of - The domain of the group of a device
 * @device: The device
 *
 * Context: Any.
 * Return: the domain, or NULL.
 */
struct iommu_domain *iommu_core_domain_of(const struct iommu_core_device *device)
{
	return iommu_get_domain_for_dev(device->dev);
}

/**
 * iommu_core_expect_owned - Nobody can have a device
 * @device: The device
 *
 * Context: May sleep, the thread of the case.
 */
void iommu_core_expect_owned(struct iommu_core_device *device)
{
	struct kunit *test = device->core->test;
	struct iommu_group *group = device->dev->iommu_group;

	KUNIT_ASSERT_NOT_NULL(test, group);
	KUNIT_EXPECT_TRUE(test, iommu_group_dma_owner_claimed(group));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_claim_dma_owner(device->dev, test));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_group_claim_dma_owner(group, test));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_device_use_default_domain(device->dev));
}

/**
 * iommu_core_expect_restored - A device is attached to its restored domain
 * @device: The device
 *
 * It has been attached to nothing else, and reaches what the domain maps.
 *
 * Context: May sleep, the thread of the case.
 */
void iommu_core_expect_restored(struct iommu_core_device *device)
{
	struct iommu_domain *domain = iommu_core_domain_of(device);
	struct kunit *test = device->core->test;

	KUNIT_ASSERT_NOT_NULL(test, domain);
	KUNIT_EXPECT_EQ(test, 1, iommu_core_calls(device, IOMMU_CORE_REATTACH));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_attaches(device));
	KUNIT_EXPECT_EQ(test, IOMMU_DOMAIN_UNMANAGED, domain->type);
	KUNIT_EXPECT_TRUE(test, iommu_core_may_do_dma(device));
	iommu_core_expect_owned(device);
	iommu_core_expect_reached(device);
}

/**
 * iommu_core_expect_held - A device is attached to nothing
 * @device: The device. The entries that it had may still be there.
 *
 * Context: May sleep, the thread of the case.
 */
void iommu_core_expect_held(struct iommu_core_device *device)
{
	struct iommu_domain *domain = iommu_core_domain_of(device);
	struct kunit *test = device->core->test;

	KUNIT_ASSERT_NOT_NULL(test, domain);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_attaches(device));
	KUNIT_EXPECT_EQ(test, IOMMU_DOMAIN_BLOCKED, domain->type);
	iommu_core_expect_owned(device);
}

/**
 * iommu_core_expect_cut_off - A device reaches nothing, and makes no requests
 * @device: The device
 *
 * Context: May sleep, the thread of the case.
 */
void iommu_core_expect_cut_off(struct iommu_core_device *device)
{
	KUNIT_EXPECT_FALSE(device->core->test, iommu_core_may_do_dma(device));
	iommu_core_expect_blocked(device);
}

/**
 * iommu_core_expect_loss - Not all that waits for this kernel is taken
 * @core: The core
 *
 * Context: Process context, the thread of the case.
 */
void iommu_core_expect_loss(struct iommu_core *core)
{
	fake_kho_expect(core->test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
}
