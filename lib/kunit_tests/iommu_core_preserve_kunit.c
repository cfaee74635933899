// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: preserving domains and devices
 *
 * What the IOMMU core preserves for the next kernel and what it refuses, on each
 * machine, and that nothing is left of what is unpreserved. DMA is watched all the
 * time: preserving changes nothing that the hardware reads.
 */

#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommu-priv.h"
#include "../../drivers/iommu/liveupdate/adopt.h"
#include "../../drivers/iommu/liveupdate/deserialize.h"
#include "../../drivers/iommu/liveupdate/flb.h"
#include "../../drivers/iommu/liveupdate/kept.h"
#include "../../drivers/iommu/liveupdate/serialize.h"
#include "iommu_conformance.h"
#include "iommu_core.h"
#include "iommu_core_expect.h"
#include "liveupdate_snapshot.h"
#include "nth_failure.h"

#define PASID		5
#define ROUNDS		100

static u32 count_outgoing(enum iommu_family family)
{
	struct iommu_outgoing *out = iommu_flb_get_outgoing();
	u32 count;

	if (IS_ERR(out))
		return 0;
	count = out->families[family].count;
	iommu_flb_put_outgoing();
	return count;
}

/* A device with a session in which its domain is preserved */
static struct iommu_core_device *start_with_domain(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	KUNIT_ASSERT_EQ(test, 0, iommu_core_open_session(core));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve_domain(device->domain));
	return device;
}

/* A device that is preserved */
static struct iommu_core_device *start_with_device(struct kunit *test)
{
	struct iommu_core_device *device = start_with_domain(test);

	KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve(device));
	return device;
}

/* Nothing is left */

/* Finding 18 */
static void unpreserved_device_leaves_nothing(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct liveupdate_snapshot before, after;

	iommu_core_watch(device);
	liveupdate_snapshot_take(&before);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_open_session(core));
	for (unsigned int i = 0; i < ROUNDS; i++) {
		KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve_domain(device->domain));
		KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve(device));
		iommu_core_unpreserve(device);
		iommu_core_unpreserve_domain(device->domain);
	}
	for (int family = 0; family < IOMMU_NR_FAMILIES; family++)
		KUNIT_EXPECT_EQ(test, 0, count_outgoing(family));
	iommu_core_close_session(core);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
}

static void closed_session_leaves_nothing(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 2);
	struct liveupdate_snapshot before, after;

	iommu_core_watch(iommu_core_add_device(core, 0, FIRST));
	iommu_core_watch(iommu_core_add_device(core, 0, SECOND));
	iommu_core_watch(iommu_core_add_device(core, 1, OTHER_BUS));
	liveupdate_snapshot_take(&before);
	iommu_core_preserve_all(core);
	KUNIT_EXPECT_EQ(test, 3, count_outgoing(IOMMU_ATTACHMENTS));
	iommu_core_close_session(core);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
}

static void cancelled_update_leaves_nothing(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct liveupdate_snapshot before, after;

	iommu_core_watch(device);
	liveupdate_snapshot_take(&before);
	iommu_core_preserve_all(core);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(core));
	KUNIT_EXPECT_TRUE(test, iommu_liveupdate_is_written());
	iommu_core_close_session(core);
	KUNIT_EXPECT_FALSE(test, iommu_liveupdate_is_written());
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	iommu_core_unwatch(device);
	iommu_core_detach(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_attach(device));
}

/* Domains */

static void domain_needs_a_file(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	KUNIT_EXPECT_EQ(test, -ENOENT, iommu_core_preserve_domain(device->domain));
	KUNIT_EXPECT_EQ(test, -ENOENT, iommu_core_preserve(device));
	iommu_core_expect_reached(device);
}

/* Finding 72 */
static void domain_is_preserved_once(struct kunit *test)
{
	struct iommu_core_device *device = start_with_domain(test);
	struct iommu_core_device *other;

	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_core_preserve_domain(device->domain));
	KUNIT_EXPECT_EQ(test, 1, count_outgoing(IOMMU_DOMAINS));
	other = iommu_core_add_device(device->core, 0, SECOND);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_preserve_domain(other->domain));
	KUNIT_EXPECT_NE(test, 0, device->domain->id);
	KUNIT_EXPECT_NE(test, 0, other->domain->id);
	KUNIT_EXPECT_NE(test, device->domain->id, other->domain->id);
}

static int set_no_pasid(struct iommu_domain *domain, struct device *dev, ioasid_t pasid,
			struct iommu_domain *old)
{
	return 0;
}

static const struct iommu_domain_ops pasid_domain_ops = {
	.set_dev_pasid = set_no_pasid,
};

/* Finding 73 */
static void domain_of_another_kind_is_refused(struct kunit *test)
{
	static const unsigned int types[] = {
		IOMMU_DOMAIN_BLOCKED, IOMMU_DOMAIN_IDENTITY, IOMMU_DOMAIN_DMA,
		IOMMU_DOMAIN_DMA_FQ, IOMMU_DOMAIN_SVA, IOMMU_DOMAIN_NESTED,
		IOMMU_DOMAIN_PLATFORM,
	};
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_domain *domain = device->domain->domain;
	const struct iommu_ops *owner = domain->owner;
	struct iommu_ops no_backend = {};

	KUNIT_ASSERT_EQ(test, 0, iommu_core_open_session(core));
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		domain->type = types[i];
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
				iommu_core_preserve_domain(device->domain));
	}
	domain->type = IOMMU_DOMAIN_UNMANAGED;
	domain->is_iommupt = false;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, iommu_core_preserve_domain(device->domain));
	domain->is_iommupt = true;
	domain->owner = &no_backend;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, iommu_core_preserve_domain(device->domain));
	domain->owner = owner;
	KUNIT_EXPECT_EQ(test, 0, count_outgoing(IOMMU_DOMAINS));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_preserve_domain(device->domain));
}

/* Devices */

/* Finding 62, Finding 71 */
static void device_comes_after_its_domain(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	KUNIT_ASSERT_EQ(test, 0, iommu_core_open_session(core));
	KUNIT_EXPECT_EQ(test, -EINVAL, iommu_core_preserve(device));
	KUNIT_EXPECT_EQ(test, 0, count_outgoing(IOMMU_UNITS));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve_domain(device->domain));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_preserve(device));
}

static void device_is_preserved_once(struct kunit *test)
{
	struct iommu_core_device *device = start_with_device(test);
	u64 owner = device->record_owner;

	KUNIT_EXPECT_NE(test, 0, owner);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_core_preserve(device));
	KUNIT_EXPECT_EQ(test, 1, count_outgoing(IOMMU_DEVICES));
	KUNIT_EXPECT_EQ(test, owner, device->record_owner);
	iommu_core_unpreserve(device);
	/* The second time it finds nothing to do. */
	iommu_unpreserve_device(device->dev);
	KUNIT_EXPECT_EQ(test, 0, count_outgoing(IOMMU_DEVICES));
}

/* Finding 50 */
static void owners_have_numbers_of_their_own(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 0, SECOND);
	u64 first;

	iommu_core_preserve_all(core);
	first = device->record_owner;
	KUNIT_EXPECT_NE(test, first, other->record_owner);
	iommu_core_unpreserve(device);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve(device));
	KUNIT_EXPECT_NE(test, first, device->record_owner);
	KUNIT_EXPECT_NE(test, other->record_owner, device->record_owner);
}

/* Finding 70 */
static void device_without_owner_is_refused(struct kunit *test)
{
	struct iommu_core_device *device = start_with_domain(test);
	struct iommu_core_device *other = iommu_core_find(device->core, 0, SECOND);

	other->domain = device->domain;
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_core_preserve(other));
	/* A driver of the kernel is no such owner. */
	KUNIT_ASSERT_EQ(test, 0, iommu_device_use_default_domain(other->dev));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_core_preserve(other));
	iommu_device_unuse_default_domain(other->dev);
	KUNIT_EXPECT_EQ(test, 0, count_outgoing(IOMMU_UNITS));
}

static void device_that_is_attached_to_another_domain_is_refused(struct kunit *test)
{
	struct iommu_core_device *device = start_with_domain(test);
	struct iommu_core_device *other = iommu_core_add_device(device->core, 0, SECOND);
	u64 owner;

	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommu_preserve_device(device->domain->domain, other->dev, &owner));
	iommu_core_detach(device);
	KUNIT_EXPECT_EQ(test, -EINVAL, iommu_core_preserve(device));
	KUNIT_EXPECT_EQ(test, 0, count_outgoing(IOMMU_UNITS));
}

/* Finding 67 */
static void device_that_is_not_alone_in_its_group_is_refused(struct kunit *test)
{
	struct iommu_core_device *device = start_with_domain(test);
	struct iommu_core_device *sibling;

	sibling = iommu_core_find(device->core, 0, FIRST_SIBLING);
	KUNIT_ASSERT_PTR_EQ(test, device->dev->iommu_group, sibling->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, iommu_core_preserve(device));
	KUNIT_EXPECT_EQ(test, 0, count_outgoing(IOMMU_UNITS));
	iommu_core_unplug(sibling);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_preserve(device));
}

static void device_that_is_not_on_pci_is_refused(struct kunit *test)
{
	struct iommu_core_device *device = start_with_domain(test);
	const struct bus_type *bus = device->dev->bus;
	struct platform_device *pdev;
	u64 owner;

	device->dev->bus = NULL;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, iommu_core_preserve(device));
	device->dev->bus = bus;
	pdev = platform_device_register_simple("iommu_core", PLATFORM_DEVID_NONE, NULL, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pdev);
	KUNIT_EXPECT_EQ(test, -ENODEV,
			iommu_preserve_device(device->domain->domain, &pdev->dev, &owner));
	iommu_unpreserve_device(&pdev->dev);
	platform_device_unregister(pdev);
	KUNIT_EXPECT_EQ(test, 0, count_outgoing(IOMMU_UNITS));
}

static void device_with_a_pasid_is_refused(struct kunit *test)
{
	struct iommu_domain domain = {
		.type = IOMMU_DOMAIN_UNMANAGED, .ops = &pasid_domain_ops,
		.owner = &iommu_core_ops,
	};
	struct iommu_core_device *device = start_with_domain(test);

	KUNIT_ASSERT_EQ(test, 0, iommu_attach_device_pasid(&domain, device->dev, PASID, NULL));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, iommu_core_preserve(device));
	KUNIT_EXPECT_EQ(test, 0, count_outgoing(IOMMU_UNITS));
	iommu_detach_device_pasid(&domain, device->dev, PASID);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_preserve(device));
	/* Finding 63 */
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_attach_device_pasid(&domain, device->dev, PASID, NULL));
}

static void device_that_the_backend_refuses_leaves_nothing(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_machine *machine = core->machine;
	struct liveupdate_snapshot before, after;
	unsigned int refusals = 0;

	KUNIT_ASSERT_EQ(test, 0, iommu_core_open_session(core));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve_domain(device->domain));
	while (machine->ops->refuse_device(machine, device->dev, refusals)) {
		liveupdate_snapshot_take(&before);
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, iommu_core_preserve(device));
		liveupdate_snapshot_take(&after);
		liveupdate_snapshot_expect_equal(test, &before, &after);
		machine->ops->accept(machine);
		refusals++;
	}
	machine->ops->accept(machine);
	KUNIT_EXPECT_GT(test, refusals, 0);
	KUNIT_EXPECT_EQ(test, 0, count_outgoing(IOMMU_UNITS));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_preserve(device));
}

/* Units */

/* Finding 75 */
static void unit_goes_with_its_last_device(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 2);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *same_unit = iommu_core_add_device(core, 0, SECOND);

	iommu_core_add_device(core, 1, OTHER_BUS);
	iommu_core_preserve_all(core);
	KUNIT_EXPECT_EQ(test, 2, count_outgoing(IOMMU_UNITS));
	iommu_core_unpreserve(device);
	KUNIT_EXPECT_EQ(test, 2, count_outgoing(IOMMU_UNITS));
	iommu_core_unpreserve(same_unit);
	KUNIT_EXPECT_EQ(test, 1, count_outgoing(IOMMU_UNITS));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve(same_unit));
	KUNIT_EXPECT_EQ(test, 2, count_outgoing(IOMMU_UNITS));
}

/* Finding 74 */
static void idle_unit_is_not_handed_over(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 2);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *idle = iommu_core_find(core, 1, OTHER_BUS);

	iommu_core_watch(device);
	iommu_core_live_update(core);
	KUNIT_EXPECT_TRUE(test, core->is_adopted[0]);
	KUNIT_EXPECT_FALSE(test, core->is_adopted[1]);
	KUNIT_EXPECT_EQ(test, 1, iommu_liveupdate_incoming()->count[IOMMU_UNITS]);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_claim(idle, core));
	iommu_core_finish(core);
}

/* Finding 15 */
static void other_devices_are_as_ever(struct kunit *test)
{
	struct iommu_core_device *device = start_with_device(test);
	struct iommu_core *core = device->core;
	struct iommu_core_device *other = iommu_core_add_device(core, 0, SECOND);

	iommu_core_detach(other);
	iommu_core_expect_blocked(other);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_attach(other));
	iommu_core_expect_reached(other);
	KUNIT_EXPECT_EQ(test, 0, iommu_map(other->domain->domain, SZ_2G, SZ_2G, SZ_4K,
					   IOMMU_READ, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, SZ_4K, iommu_unmap(other->domain->domain, SZ_2G, SZ_4K));
	iommu_core_release(other);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_claim(other, core));
	iommu_core_expect_reached(device);
}

/* A preserved device stays as it is */

/* Finding 63 */
static void preserved_device_is_attached_to_nothing_else(struct kunit *test)
{
	struct iommu_core_device *device = start_with_device(test);
	struct iommu_core_device *other = iommu_core_add_device(device->core, 0, SECOND);
	struct iommu_domain *domain = other->domain->domain;
	struct iommu_group *group = device->dev->iommu_group;
	struct iommu_attach_handle handle = { .domain = domain };

	iommu_core_watch(device);
	iommu_core_forget_calls(device->core);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_attach_group(domain, group));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_attach_device(domain, device->dev));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_replace_group_handle(group, domain, &handle));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_attaches(device));
	iommu_core_unwatch(device);
	iommu_core_unpreserve(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_replace_group_handle(group, domain, &handle));
	KUNIT_EXPECT_EQ(test, 1, iommu_core_attaches(device));
	iommu_detach_group_handle(domain, group);
	device->is_attached = false;
}

/* Finding 63, Finding 64 */
static void preserved_device_is_not_reset(struct kunit *test)
{
	struct iommu_core_device *device = start_with_device(test);
	struct pci_dev *pdev = to_pci_dev(device->dev);

	iommu_core_watch(device);
	KUNIT_EXPECT_EQ(test, -EBUSY, pci_dev_reset_iommu_prepare(pdev));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(device->core));
	KUNIT_EXPECT_EQ(test, -EBUSY, pci_dev_reset_iommu_prepare(pdev));
	iommu_core_close_session(device->core);
	KUNIT_EXPECT_EQ(test, 0, pci_dev_reset_iommu_prepare(pdev));
	pci_dev_reset_iommu_done(pdev);
}

/* Finding 68 */
static void nothing_joins_the_group_of_a_preserved_device(struct kunit *test)
{
	struct iommu_core_device *device = start_with_device(test);
	struct iommu_group *group = device->dev->iommu_group;
	struct iommu_core_device *sibling;
	struct platform_device *pdev;

	iommu_core_watch(device);
	sibling = iommu_core_find(device->core, 0, FIRST_SIBLING);
	KUNIT_EXPECT_NULL(test, sibling->dev->iommu_group);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_core_probe(sibling));
	pdev = platform_device_register_simple("iommu_core", PLATFORM_DEVID_NONE, NULL, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pdev);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_group_add_device(group, &pdev->dev));
	KUNIT_EXPECT_NULL(test, pdev->dev.iommu_group);
	platform_device_unregister(pdev);
	iommu_core_unpreserve(device);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_probe(sibling));
	KUNIT_EXPECT_PTR_EQ(test, group, sibling->dev->iommu_group);
}

/* What is unplugged */

static void unplug(struct iommu_core_device *device)
{
	iommu_core_unwatch(device);
	iommu_core_remove_device(device);
	KUNIT_EXPECT_EQ(device->core->test, 1, count_outgoing(IOMMU_DEVICES));
	KUNIT_EXPECT_EQ(device->core->test, 1, count_outgoing(IOMMU_ATTACHMENTS));
}

static void unplugged_device_is_not_handed_over(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 0, SECOND);

	iommu_core_watch(other);
	iommu_core_preserve_all(core);
	unplug(device);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(core));
	iommu_core_kexec(core);
	KUNIT_EXPECT_EQ(test, 1, iommu_liveupdate_incoming()->count[IOMMU_DEVICES]);
	KUNIT_EXPECT_PTR_EQ(test, NULL, device->dev);
	iommu_core_expect_blocked(device);
	iommu_core_finish(core);
	/* Nobody is left to restore the other domain. */
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
}

static void device_unplugged_after_the_freeze_is_not_handed_over(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct iommu_core_device *other = iommu_core_add_device(core, 0, SECOND);

	iommu_core_watch(other);
	iommu_core_preserve_all(core);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(core));
	unplug(device);
	iommu_core_kexec(core);
	KUNIT_EXPECT_EQ(test, 1, iommu_liveupdate_incoming()->count[IOMMU_DEVICES]);
	KUNIT_EXPECT_TRUE(test, core->is_adopted[0]);
	iommu_core_finish(core);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
}

static void unplugged_device_leaves_nothing(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	struct liveupdate_snapshot before, after;

	iommu_core_remove_device(device);
	iommu_core_free_domain(device->domain);
	liveupdate_snapshot_take(&before);
	device = iommu_core_add_device(core, 0, FIRST);
	iommu_core_preserve_all(core);
	iommu_core_remove_device(device);
	iommu_core_close_session(core);
	iommu_core_free_domain(device->domain);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
}

/* No memory */

static int run_domain(struct kunit *test, void *context)
{
	struct iommu_core_device *device = context;

	return iommu_core_preserve_domain(device->domain);
}

static void undo_domain(struct kunit *test, void *context)
{
	struct iommu_core_device *device = context;

	iommu_core_unpreserve_domain(device->domain);
}

static void domain_survives_each_failure(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	iommu_core_watch(device);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_open_session(core));
	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "iommu_preserve_domain",
		.run = run_domain,
		.undo = undo_domain,
		.context = device,
		.minimum = 3,
	});
}

static int run_device(struct kunit *test, void *context)
{
	return iommu_core_preserve(context);
}

static void undo_device(struct kunit *test, void *context)
{
	iommu_core_unpreserve(context);
}

static void device_survives_each_failure(struct kunit *test)
{
	struct iommu_core_device *device = start_with_domain(test);

	iommu_core_watch(device);
	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "iommu_preserve_device",
		.run = run_device,
		.undo = undo_device,
		.context = device,
		.minimum = 5,
	});
}

#define CASE(name)	KUNIT_CASE_PARAM(name, conformance_gen_machines)

static struct kunit_case iommu_preserve_cases[] = {
	CASE(unpreserved_device_leaves_nothing),
	CASE(closed_session_leaves_nothing),
	CASE(cancelled_update_leaves_nothing),
	CASE(domain_needs_a_file),
	CASE(domain_is_preserved_once),
	CASE(domain_of_another_kind_is_refused),
	CASE(device_comes_after_its_domain),
	CASE(device_is_preserved_once),
	CASE(owners_have_numbers_of_their_own),
	CASE(device_without_owner_is_refused),
	CASE(device_that_is_attached_to_another_domain_is_refused),
	CASE(device_that_is_not_alone_in_its_group_is_refused),
	CASE(device_that_is_not_on_pci_is_refused),
	CASE(device_with_a_pasid_is_refused),
	CASE(device_that_the_backend_refuses_leaves_nothing),
	CASE(unit_goes_with_its_last_device),
	CASE(idle_unit_is_not_handed_over),
	CASE(other_devices_are_as_ever),
	CASE(preserved_device_is_attached_to_nothing_else),
	CASE(preserved_device_is_not_reset),
	CASE(nothing_joins_the_group_of_a_preserved_device),
	CASE(unplugged_device_is_not_handed_over),
	CASE(device_unplugged_after_the_freeze_is_not_handed_over),
	CASE(unplugged_device_leaves_nothing),
	CASE(domain_survives_each_failure),
	CASE(device_survives_each_failure),
	{}
};

static struct kunit_suite iommu_preserve_suite = {
	.name = "iommu_preserve",
	.test_cases = iommu_preserve_cases,
};

kunit_test_suite(iommu_preserve_suite);

MODULE_IMPORT_NS("IOMMUFD_INTERNAL");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of preserving domains and devices of IOMMUs");
