// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: the IOMMU core over machines with IOMMUs
 *
 * What the suites of the core rely on, without a live update: the core probes the
 * devices of each machine, groups them, and lets their owners attach domains; nothing
 * is left behind; and a kernel that knows nothing of the one before stops the DMA of
 * its devices.
 */

#include <linux/iommu.h>
#include <linux/platform_device.h>

#include <kunit/test.h>

#include "iommu_conformance.h"
#include "iommu_core.h"
#include "iommu_core_expect.h"
#include "liveupdate_snapshot.h"

static void device_is_probed_and_blocked(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_find(core, 0, FIRST);

	KUNIT_ASSERT_NOT_NULL(test, device->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, IOMMU_DOMAIN_IDENTITY, iommu_core_domain_of(device)->type);
	iommu_machine_start_dma(core->machine, device->dev);
	iommu_core_expect_blocked(device);
	KUNIT_EXPECT_EQ(test, 1, iommu_core_calls(device, IOMMU_CORE_PROBE));
	KUNIT_EXPECT_EQ(test, 1, iommu_core_calls(device, IOMMU_CORE_GROUP));
	KUNIT_EXPECT_EQ(test, 1, iommu_core_calls(device, IOMMU_CORE_IDENTITY));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_calls(device, IOMMU_CORE_ATTACH));
}

static void owner_attaches_and_detaches(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	KUNIT_EXPECT_PTR_EQ(test, device->domain->domain, iommu_core_domain_of(device));
	iommu_core_watch(device);
	iommu_core_unwatch(device);
	iommu_core_detach(device);
	KUNIT_EXPECT_EQ(test, IOMMU_DOMAIN_BLOCKED, iommu_core_domain_of(device)->type);
	iommu_core_expect_blocked(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_attach(device));
	iommu_core_expect_reached(device);
	iommu_core_release(device);
	KUNIT_EXPECT_EQ(test, IOMMU_DOMAIN_IDENTITY, iommu_core_domain_of(device)->type);
	iommu_core_expect_blocked(device);
	KUNIT_EXPECT_EQ(test, 2, iommu_core_calls(device, IOMMU_CORE_ATTACH));
}

static void another_owner_is_refused(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_claim_dma_owner(device->dev, test));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_device_use_default_domain(device->dev));
	iommu_core_release(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_device_use_default_domain(device->dev));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_core_claim(device, core));
	iommu_device_unuse_default_domain(device->dev);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_claim(device, core));
}

static void devices_share_a_domain(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 2);
	struct iommu_core_device *one = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *same_unit = iommu_core_find(core, 0, SECOND);
	struct iommu_core_device *other_unit = iommu_core_add_device(core, 1, OTHER_BUS);

	same_unit->domain = one->domain;
	iommu_machine_start_dma(core->machine, same_unit->dev);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_claim(same_unit, core));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_attach(same_unit));
	iommu_core_expect_reached(same_unit);
	iommu_core_expect_reached(other_unit);
	iommu_core_release(one);
	iommu_core_expect_blocked(one);
	iommu_core_expect_reached(same_unit);
	KUNIT_EXPECT_PTR_NE(test, one->dev->iommu_group, same_unit->dev->iommu_group);
}

static void functions_of_a_slot_share_a_group(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_find(core, 0, FIRST);
	struct iommu_core_device *sibling = iommu_core_find(core, 0, FIRST_SIBLING);
	struct iommu_core_device *other = iommu_core_find(core, 0, SECOND);

	KUNIT_EXPECT_PTR_EQ(test, device->dev->iommu_group, sibling->dev->iommu_group);
	KUNIT_EXPECT_PTR_NE(test, device->dev->iommu_group, other->dev->iommu_group);
	iommu_machine_start_dma(core->machine, device->dev);
	iommu_machine_start_dma(core->machine, sibling->dev);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_claim(device, core));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_claim(sibling, core));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_alloc_domain(device));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommu_attach_device(device->domain->domain, device->dev));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_attach(device));
	sibling->domain = device->domain;
	iommu_core_expect_reached(device);
	iommu_core_expect_reached(sibling);
}

static void unplugged_device_comes_back(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *again;

	iommu_core_remove_device(device);
	KUNIT_EXPECT_EQ(test, 1, iommu_core_calls(device, IOMMU_CORE_RELEASE));
	KUNIT_EXPECT_FALSE(test, core->machine->ops->may_do_dma(core->machine, 0, FIRST));
	iommu_core_expect_blocked(device);
	again = iommu_core_add_device(core, 0, FIRST);
	iommu_core_expect_reached(again);
}

static void device_of_nobody_is_not_probed(struct kunit *test)
{
	struct platform_device *pdev;

	iommu_core_start(test, 1);
	pdev = platform_device_register_simple("iommu_core", PLATFORM_DEVID_NONE, NULL, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pdev);
	KUNIT_EXPECT_NULL(test, pdev->dev.iommu_group);
	KUNIT_EXPECT_NULL(test, pdev->dev.iommu);
	platform_device_unregister(pdev);
}

static void expect_probe_to_fail(struct iommu_core *core, enum iommu_core_call call,
				 u16 rid)
{
	struct iommu_core_device *device;

	iommu_core_fail(core, call, 1, -ENOMEM);
	device = iommu_core_find(core, 0, rid);
	KUNIT_EXPECT_NULL(core->test, device->dev->iommu_group);
	KUNIT_EXPECT_NULL(core->test, device->dev->iommu);
	KUNIT_EXPECT_EQ(core->test, 0, iommu_core_probe(device));
	KUNIT_EXPECT_NOT_NULL(core->test, device->dev->iommu_group);
}

static void driver_that_fails_can_be_asked_again(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_find(core, 0, OTHER_BUS);

	expect_probe_to_fail(core, IOMMU_CORE_PROBE, FIRST);
	expect_probe_to_fail(core, IOMMU_CORE_GROUP, SECOND);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_claim(device, core));
	iommu_core_fail(core, IOMMU_CORE_ALLOC, 1, -ENOSPC);
	KUNIT_EXPECT_EQ(test, -ENOSPC, iommu_core_alloc_domain(device));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_alloc_domain(device));
	iommu_machine_start_dma(core->machine, device->dev);
	iommu_core_fail(core, IOMMU_CORE_ATTACH, 2, -EIO);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_attach(device));
	iommu_core_detach(device);
	KUNIT_EXPECT_EQ(test, -EIO, iommu_core_attach(device));
	iommu_core_expect_blocked(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_attach(device));
	iommu_core_expect_reached(device);
}

static void come_and_go(struct iommu_core *core)
{
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	iommu_core_expect_reached(device);
	iommu_core_remove_device(device);
	iommu_core_free_domain(device->domain);
}

static void device_that_goes_leaves_nothing(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct liveupdate_snapshot before, after;

	/* The tables of the bus stay. */
	come_and_go(core);
	liveupdate_snapshot_take(&before);
	come_and_go(core);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
}

static void begin_next_kernel(struct iommu_core *core)
{
	iommu_core_end_kernel(core);
	mock_kexec(core->test);
	iommu_core_begin_kernel(core);
}

static void next_kernel_stops_dma_that_it_does_not_know(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 2);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 1, OTHER_BUS);

	begin_next_kernel(core);
	KUNIT_EXPECT_FALSE(test, core->is_adopted[0]);
	KUNIT_EXPECT_FALSE(test, core->is_adopted[1]);
	KUNIT_EXPECT_FALSE(test, core->machine->ops->may_do_dma(core->machine, 0, FIRST));
	KUNIT_ASSERT_NOT_NULL(test, device->dev->iommu_group);
	KUNIT_ASSERT_NOT_NULL(test, other->dev->iommu_group);
	iommu_machine_start_dma(core->machine, device->dev);
	iommu_core_expect_blocked(device);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_claim(device, core));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_alloc_domain(device));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_attach(device));
	iommu_core_expect_reached(device);
	KUNIT_EXPECT_PTR_EQ(test, device->domain->domain,
			    iommu_core_first_attached(device));
}

static void end_of_a_kernel_leaves_the_hardware_alone(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	iommu_core_watch(device);
	iommu_core_end_kernel(core);
	iommu_core_expect_reached(device);
	iommu_core_unwatch(device);
	mock_kexec(test);
	iommu_core_begin_kernel(core);
}

static void device_is_probed_when_the_case_says_so(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	core->hold_probes = true;
	begin_next_kernel(core);
	KUNIT_EXPECT_NULL(test, device->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_probe(device));
	KUNIT_EXPECT_NOT_NULL(test, device->dev->iommu_group);
}

static struct kunit_case iommu_core_cases[] = {
	KUNIT_CASE_PARAM(device_is_probed_and_blocked, conformance_gen_machines),
	KUNIT_CASE_PARAM(owner_attaches_and_detaches, conformance_gen_machines),
	KUNIT_CASE_PARAM(another_owner_is_refused, conformance_gen_machines),
	KUNIT_CASE_PARAM(devices_share_a_domain, conformance_gen_machines),
	KUNIT_CASE_PARAM(functions_of_a_slot_share_a_group, conformance_gen_machines),
	KUNIT_CASE_PARAM(unplugged_device_comes_back, conformance_gen_machines),
	KUNIT_CASE_PARAM(device_of_nobody_is_not_probed, conformance_gen_machines),
	KUNIT_CASE_PARAM(driver_that_fails_can_be_asked_again, conformance_gen_machines),
	KUNIT_CASE_PARAM(device_that_goes_leaves_nothing, conformance_gen_machines),
	KUNIT_CASE_PARAM(next_kernel_stops_dma_that_it_does_not_know,
			 conformance_gen_machines),
	KUNIT_CASE_PARAM(end_of_a_kernel_leaves_the_hardware_alone,
			 conformance_gen_machines),
	KUNIT_CASE_PARAM(device_is_probed_when_the_case_says_so,
			 conformance_gen_machines),
	{}
};

static struct kunit_suite iommu_core_suite = {
	.name = "iommu_core",
	.test_cases = iommu_core_cases,
};

kunit_test_suite(iommu_core_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the IOMMU core over machines with IOMMUs");
