// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: PCI devices over a live update
 *
 * A device below two bridges does DMA in one kernel and in the next, with the real PCI
 * and the real IOMMU core, on each machine. The bridges are kept with it, nobody resets
 * or suspends any of them, and the next kernel refuses the device if PCI finds anything
 * on the way to it that was not there before.
 */

#include <linux/iommu.h>
#include <linux/pci-liveupdate.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/unaligned.h>

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/kept.h"
#include "../../drivers/iommu/liveupdate/pci_function.h"
#include "../../drivers/iommu/liveupdate/pci_path.h"
#include "iommu_conformance.h"
#include "iommu_core.h"
#include "iommu_core_expect.h"

/* Requester IDs, on buses that the kernel does not have */
#define ROOT_PORT	0x2100
#define SWITCH		0x2200
#define DEVICE		0x2300
#define NEIGHBOUR	0x2308
#define OTHER_DEVICE	0x2400

/**
 * struct tree - Some of PCI
 * @core: The core.
 * @root_port: A bridge on the root bus.
 * @upstream: A bridge below it.
 * @device: A device below that, which is attached.
 */
struct tree {
	struct iommu_core *core;
	struct iommu_core_device *root_port;
	struct iommu_core_device *upstream;
	struct iommu_core_device *device;
};

static struct pci_dev *pdev_of(const struct iommu_core_device *device)
{
	return to_pci_dev(device->dev);
}

static void plant(struct kunit *test, struct tree *tree)
{
	struct iommu_core *core = iommu_core_start(test, 1);

	tree->core = core;
	tree->root_port = iommu_core_add_bridge(core, 0, ROOT_PORT, PCI_BUS_NUM(SWITCH),
						PCI_BUS_NUM(OTHER_DEVICE));
	tree->upstream = iommu_core_add_bridge(core, 0, SWITCH, PCI_BUS_NUM(DEVICE),
					       PCI_BUS_NUM(DEVICE));
	tree->device = iommu_core_add_device(core, 0, DEVICE);
}

static void expect_held(struct tree *tree, bool held)
{
	struct kunit *test = tree->core->test;

	KUNIT_EXPECT_EQ(test, held, pci_liveupdate_is_held(pdev_of(tree->root_port)));
	KUNIT_EXPECT_EQ(test, held, pci_liveupdate_is_held(pdev_of(tree->upstream)));
}

static void expect_masters(struct tree *tree, bool masters)
{
	struct kunit *test = tree->core->test;

	KUNIT_EXPECT_EQ(test, masters, iommu_core_may_do_dma(tree->root_port));
	KUNIT_EXPECT_EQ(test, masters, iommu_core_may_do_dma(tree->upstream));
	KUNIT_EXPECT_EQ(test, masters, iommu_core_may_do_dma(tree->device));
}

static void unpreserve(struct iommu_core_device *device)
{
	iommu_core_unpreserve(device);
	iommu_core_unpreserve_domain(device->domain);
}

/* Holding */

/* Finding 157 */
static void bridges_are_held_as_long_as_a_device_below_them(struct kunit *test)
{
	struct iommu_core_device *neighbour;
	struct tree tree;

	plant(test, &tree);
	neighbour = iommu_core_add_device(tree.core, 0, NEIGHBOUR);
	expect_held(&tree, false);
	iommu_core_preserve_all(tree.core);
	expect_held(&tree, true);
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_is_held(pdev_of(tree.device)));

	iommu_core_unpreserve(tree.device);
	KUNIT_EXPECT_FALSE(test, pci_liveupdate_is_held(pdev_of(tree.device)));
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_is_held(pdev_of(neighbour)));
	expect_held(&tree, true);

	iommu_core_unpreserve(neighbour);
	expect_held(&tree, false);
	iommu_core_close_session(tree.core);
}

/* Finding 160: its DMA has ended, and that of the next kernel is none of ours. */
static void device_that_is_unplugged_holds_nothing(struct kunit *test)
{
	struct tree tree;

	plant(test, &tree);
	iommu_core_preserve_all(tree.core);
	iommu_core_remove_device(tree.device);
	expect_held(&tree, false);
	iommu_core_unpreserve_domain(tree.device->domain);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(tree.core));
	iommu_core_kexec(tree.core);
	KUNIT_EXPECT_FALSE(test, iommu_core_may_do_dma(tree.root_port));
	KUNIT_EXPECT_FALSE(test, iommu_core_may_do_dma(tree.upstream));
	iommu_core_finish(tree.core);
}

/* The kernel for x86-64 has none. */
static void need_power_management(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_PM))
		kunit_skip(test, "there is no runtime power management");
}

static void expect_suspended(struct kunit *test, struct pci_dev *pdev, bool suspends)
{
	pm_runtime_allow(&pdev->dev);
	/* To allow it is to begin with it. */
	KUNIT_EXPECT_EQ(test, suspends, pm_runtime_suspend(&pdev->dev) >= 0);
	KUNIT_EXPECT_EQ(test, suspends, pm_runtime_suspended(&pdev->dev));
	pm_runtime_forbid(&pdev->dev);
}

static void held_device_is_not_suspended(struct kunit *test)
{
	struct tree tree;

	need_power_management(test);
	plant(test, &tree);
	expect_suspended(test, pdev_of(tree.device), true);
	iommu_core_preserve_all(tree.core);
	expect_suspended(test, pdev_of(tree.device), false);
	iommu_core_close_session(tree.core);
	expect_suspended(test, pdev_of(tree.device), true);
	iommu_core_live_update(tree.core);
	expect_suspended(test, pdev_of(tree.device), false);
	iommu_core_finish(tree.core);
}

static void bridge_of_a_held_device_is_not_suspended(struct kunit *test)
{
	struct tree tree;
	struct device *dev;

	need_power_management(test);
	plant(test, &tree);
	iommu_core_live_update(tree.core);
	dev = tree.upstream->dev;
	pm_runtime_allow(dev);
	pm_runtime_allow(tree.device->dev);
	KUNIT_EXPECT_NE(test, 0, pm_runtime_suspend(dev));
	KUNIT_EXPECT_TRUE(test, pm_runtime_active(dev));
	pm_runtime_forbid(tree.device->dev);
	pm_runtime_forbid(dev);
	iommu_core_finish(tree.core);
}

/* Resets */

/* A function-level reset, which PCI has found the functions of a test not to have */
#define FUNCTION_LEVEL_RESET	3

static void expect_reset(struct kunit *test, struct pci_dev *pdev, int err)
{
	pdev->reset_methods[0] = FUNCTION_LEVEL_RESET;
	KUNIT_EXPECT_EQ(test, err, pci_reset_function(pdev));
	KUNIT_EXPECT_EQ(test, err, pci_try_reset_function(pdev));
	device_lock(&pdev->dev);
	KUNIT_EXPECT_EQ(test, err, pci_reset_function_locked(pdev));
	device_unlock(&pdev->dev);
	pdev->reset_methods[0] = 0;
}

/* Finding 159 */
static void held_functions_are_not_reset(struct kunit *test)
{
	struct iommu_core_device *neighbour;
	struct tree tree;

	plant(test, &tree);
	neighbour = iommu_core_find(tree.core, 0, NEIGHBOUR);
	expect_reset(test, pdev_of(tree.upstream), -ENOTTY);
	iommu_core_preserve_all(tree.core);
	iommu_core_watch(tree.device);
	expect_reset(test, pdev_of(tree.root_port), -EBUSY);
	expect_reset(test, pdev_of(tree.upstream), -EBUSY);
	expect_reset(test, pdev_of(tree.device), -EBUSY);
	expect_reset(test, pdev_of(neighbour), -ENOTTY);
	expect_masters(&tree, true);
	iommu_core_close_session(tree.core);
	iommu_core_unwatch(tree.device);
	expect_reset(test, pdev_of(tree.upstream), -ENOTTY);

	iommu_core_live_update(tree.core);
	expect_reset(test, pdev_of(tree.upstream), -EBUSY);
	expect_reset(test, pdev_of(tree.device), -EBUSY);
	expect_masters(&tree, true);
	iommu_core_finish(tree.core);
}

static void bus_of_a_held_device_is_not_reset(struct kunit *test)
{
	struct tree tree;

	plant(test, &tree);
	KUNIT_EXPECT_EQ(test, 0, pci_probe_reset_bus(pdev_of(tree.device)->bus));
	KUNIT_EXPECT_EQ(test, 0, pci_probe_reset_bus(pdev_of(tree.upstream)->bus));
	iommu_core_preserve_all(tree.core);
	KUNIT_EXPECT_EQ(test, -ENOTTY, pci_probe_reset_bus(pdev_of(tree.device)->bus));
	KUNIT_EXPECT_EQ(test, -ENOTTY, pci_probe_reset_bus(pdev_of(tree.upstream)->bus));
	KUNIT_EXPECT_EQ(test, -ENOTTY, pci_reset_bus(pdev_of(tree.device)));
	expect_masters(&tree, true);
	iommu_core_close_session(tree.core);
	KUNIT_EXPECT_EQ(test, 0, pci_probe_reset_bus(pdev_of(tree.upstream)->bus));
}

/* The end of a kernel */

static bool yes(void)
{
	return true;
}

static void shut_down(struct tree *tree)
{
	test_pci_shutdown(pdev_of(tree->device));
	test_pci_shutdown(pdev_of(tree->upstream));
	test_pci_shutdown(pdev_of(tree->root_port));
}

static void start_masters(struct tree *tree)
{
	pci_set_master(pdev_of(tree->root_port));
	pci_set_master(pdev_of(tree->upstream));
	pci_set_master(pdev_of(tree->device));
}

static void bus_mastering_ends_without_a_live_update(struct kunit *test)
{
	struct tree tree;

	plant(test, &tree);
	iommu_core_preserve_all(tree.core);
	kunit_activate_static_stub(test, iommu_is_kexec, yes);
	shut_down(&tree);
	expect_masters(&tree, false);
	kunit_deactivate_static_stub(test, iommu_is_kexec);

	/* No kexec is under way; only then does anybody ask. */
	start_masters(&tree);
	iommu_liveupdate_freeze();
	KUNIT_EXPECT_FALSE(test, pci_liveupdate_keeps_master(pdev_of(tree.device)));
	KUNIT_EXPECT_FALSE(test, pci_liveupdate_keeps_master(pdev_of(tree.upstream)));

	kunit_activate_static_stub(test, iommu_is_kexec, yes);
	shut_down(&tree);
	expect_masters(&tree, true);
	iommu_liveupdate_unfreeze();
	shut_down(&tree);
	expect_masters(&tree, false);
	kunit_deactivate_static_stub(test, iommu_is_kexec);
	iommu_core_close_session(tree.core);
}

static void only_kept_functions_stay_bus_masters(struct kunit *test)
{
	struct iommu_core_device *neighbour, *other_port, *other;
	struct tree tree;

	plant(test, &tree);
	other_port = iommu_core_add_bridge(tree.core, 0, SWITCH + 8, PCI_BUS_NUM(OTHER_DEVICE),
					   PCI_BUS_NUM(OTHER_DEVICE));
	neighbour = iommu_core_add_device(tree.core, 0, NEIGHBOUR);
	other = iommu_core_add_device(tree.core, 0, OTHER_DEVICE);
	iommu_core_preserve_all(tree.core);
	unpreserve(neighbour);
	unpreserve(other);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(tree.core));
	iommu_core_kexec(tree.core);
	expect_masters(&tree, true);
	KUNIT_EXPECT_FALSE(test, iommu_core_may_do_dma(neighbour));
	KUNIT_EXPECT_FALSE(test, iommu_core_may_do_dma(other));
	KUNIT_EXPECT_FALSE(test, iommu_core_may_do_dma(other_port));
	iommu_core_expect_restored(tree.device);
	iommu_core_finish(tree.core);
}

/* The next kernel */

static void device_below_bridges_goes_on(struct kunit *test)
{
	struct tree tree;

	plant(test, &tree);
	iommu_core_watch(tree.device);
	iommu_core_live_update(tree.core);
	iommu_core_expect_restored(tree.device);
	expect_masters(&tree, true);
	expect_held(&tree, true);
	KUNIT_EXPECT_TRUE(test, pci_liveupdate_is_held(pdev_of(tree.device)));
	iommu_core_finish(tree.core);
	/* Nothing has been given back: it goes on. */
	expect_held(&tree, true);
	iommu_core_unwatch(tree.device);
	iommu_core_unplug(tree.device);
	expect_held(&tree, false);
}

/* What the kernel before did not know of */
static void change_at(struct iommu_core *core, u16 rid, int where, u32 flip)
{
	u8 *word = &test_pci_function(&core->machine->pci, 0, rid)->config[where];

	put_unaligned_le32(get_unaligned_le32(word) ^ flip, word);
}

static void swap_device(struct iommu_core *core)
{
	change_at(core, DEVICE, PCI_VENDOR_ID, BIT(16));
}

static void move_window(struct iommu_core *core)
{
	change_at(core, ROOT_PORT, PCI_MEMORY_BASE, BIT(4) | BIT(20));
}

static void expect_refused(struct kunit *test, void (*change)(struct iommu_core *core))
{
	struct tree tree;

	plant(test, &tree);
	tree.core->before_init = change;
	iommu_core_live_update(tree.core);
	iommu_core_expect_held(tree.device);
	iommu_core_expect_cut_off(tree.device);
	/* Whoever makes it a bus master again finds its entries gone. */
	iommu_machine_start_dma(tree.core->machine, tree.device->dev);
	iommu_core_expect_blocked(tree.device);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_calls(tree.device, IOMMU_CORE_RESTORE));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_calls(tree.device, IOMMU_CORE_REATTACH));
	iommu_core_expect_loss(tree.core);
	iommu_core_finish(tree.core);
}

/* Finding 156 */
static void another_device_is_cut_off(struct kunit *test)
{
	expect_refused(test, swap_device);
}

/* Finding 156 */
static void device_below_another_window_is_cut_off(struct kunit *test)
{
	expect_refused(test, move_window);
}

/* What a configuration read gets where nothing is */
#define NO_VENDOR	(0xffff ^ PCI_VENDOR_ID_REDHAT_QUMRANET)

static void answer_again(struct iommu_core *core)
{
	change_at(core, DEVICE, PCI_VENDOR_ID, NO_VENDOR);
}

static void device_that_is_silent_when_it_is_frozen_is_cut_off(struct kunit *test)
{
	struct tree tree;

	plant(test, &tree);
	tree.core->before_init = answer_again;
	iommu_core_preserve_all(tree.core);
	change_at(tree.core, DEVICE, PCI_VENDOR_ID, NO_VENDOR);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(tree.core));
	iommu_core_kexec(tree.core);
	iommu_core_expect_held(tree.device);
	iommu_core_expect_cut_off(tree.device);
	iommu_core_expect_loss(tree.core);
	iommu_core_finish(tree.core);
}

static void what_changes_before_the_freeze_is_handed_over(struct kunit *test)
{
	struct tree tree;

	plant(test, &tree);
	iommu_core_preserve_all(tree.core);
	change_at(tree.core, DEVICE, PCI_BASE_ADDRESS_2, 0xfeed0000);
	change_at(tree.core, SWITCH, PCI_PREF_LIMIT_UPPER32, 0x12);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_freeze(tree.core));
	iommu_core_kexec(tree.core);
	iommu_core_expect_restored(tree.device);
	iommu_core_finish(tree.core);
}

/* Comparing */

/**
 * struct change - What PCI, firmware or somebody else has changed
 * @of_bridge: The function is the lower bridge, and not the device.
 * @where: Offset in configuration space.
 * @flip: The bits that change.
 * @is_seen: The device is another one by that, or elsewhere.
 */
struct change {
	bool of_bridge;
	int where;
	u32 flip;
	bool is_seen;
};

static const struct change changes[] = {
	{ false, PCI_VENDOR_ID, BIT(0), true },
	{ false, PCI_VENDOR_ID, BIT(31), true },
	{ false, PCI_COMMAND, PCI_COMMAND_MEMORY, false },
	{ false, PCI_COMMAND, PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE, false },
	{ false, PCI_COMMAND, PCI_STATUS_REC_MASTER_ABORT << 16, false },
	{ false, PCI_CLASS_REVISION, BIT(0), true },
	{ false, PCI_CLASS_REVISION, BIT(31), true },
	{ false, PCI_CACHE_LINE_SIZE, 0xffff, false },
	{ false, PCI_CACHE_LINE_SIZE, PCI_HEADER_TYPE_MFD << 16, true },
	{ false, PCI_BASE_ADDRESS_0, BIT(31), true },
	{ false, PCI_BASE_ADDRESS_1, BIT(0), true },
	{ false, PCI_BASE_ADDRESS_5, BIT(12), true },
	{ false, PCI_CARDBUS_CIS, BIT(0), false },
	{ false, PCI_SUBSYSTEM_VENDOR_ID, BIT(0), true },
	{ false, PCI_SUBSYSTEM_VENDOR_ID, BIT(31), true },
	{ false, PCI_ROM_ADDRESS, PCI_ROM_ADDRESS_ENABLE, false },
	{ false, PCI_INTERRUPT_LINE, 0xff, false },
	{ true, PCI_VENDOR_ID, BIT(16), true },
	{ true, PCI_COMMAND, PCI_COMMAND_SERR, false },
	{ true, PCI_CLASS_REVISION, BIT(8), true },
	{ true, PCI_BASE_ADDRESS_0, BIT(20), true },
	{ true, PCI_BASE_ADDRESS_1, BIT(31), true },
	{ true, PCI_PRIMARY_BUS, BIT(0), true },
	{ true, PCI_PRIMARY_BUS, BIT(8), true },
	{ true, PCI_PRIMARY_BUS, BIT(16), true },
	{ true, PCI_PRIMARY_BUS, BIT(24), false },
	{ true, PCI_IO_BASE, BIT(4), true },
	{ true, PCI_IO_BASE, BIT(15), true },
	{ true, PCI_IO_BASE, PCI_STATUS_REC_MASTER_ABORT << 16, false },
	{ true, PCI_MEMORY_BASE, BIT(4), true },
	{ true, PCI_MEMORY_BASE, BIT(31), true },
	{ true, PCI_PREF_MEMORY_BASE, BIT(20), true },
	{ true, PCI_PREF_BASE_UPPER32, BIT(0), true },
	{ true, PCI_PREF_LIMIT_UPPER32, BIT(31), true },
	{ true, PCI_IO_BASE_UPPER16, BIT(16), true },
	{ true, PCI_INTERRUPT_LINE, PCI_BRIDGE_CTL_MASTER_ABORT << 16, false },
};

/* Finding 156 */
static void each_change_that_matters_is_seen(struct kunit *test)
{
	const struct change *change;
	struct iommu_pci_path path;
	struct pci_dev *pdev;
	struct tree tree;

	plant(test, &tree);
	pdev = pdev_of(tree.device);
	KUNIT_ASSERT_EQ(test, 0, iommu_pci_path_describe(&path, pdev));
	KUNIT_EXPECT_EQ(test, 3, path.count);
	KUNIT_EXPECT_EQ(test, 0, iommu_pci_path_compare(&path, pdev));
	for (change = changes; change < changes + ARRAY_SIZE(changes); change++) {
		const u16 rid = change->of_bridge ? SWITCH : DEVICE;

		change_at(tree.core, rid, change->where, change->flip);
		KUNIT_EXPECT_EQ_MSG(test, change->is_seen ? -ENODEV : 0,
				    iommu_pci_path_compare(&path, pdev),
				    "%s at %#x, bits %#x",
				    change->of_bridge ? "bridge" : "device",
				    change->where, change->flip);
		change_at(tree.core, rid, change->where, change->flip);
	}
	KUNIT_EXPECT_EQ(test, 0, iommu_pci_path_compare(&path, pdev));
	/* One bridge more than there was */
	path.count--;
	KUNIT_EXPECT_EQ(test, -ENODEV, iommu_pci_path_compare(&path, pdev));
	path.count++;
	KUNIT_EXPECT_EQ(test, -ENODEV, iommu_pci_path_compare(&path, pdev_of(tree.upstream)));
	iommu_pci_path_destroy(&path);
}

static void other_places_are_seen(struct kunit *test)
{
	struct iommu_core_device *neighbour;
	struct iommu_pci_path path;
	struct tree tree;

	plant(test, &tree);
	neighbour = iommu_core_find(tree.core, 0, NEIGHBOUR);
	KUNIT_ASSERT_EQ(test, 0, iommu_pci_path_describe(&path, pdev_of(tree.device)));
	KUNIT_EXPECT_EQ(test, -ENODEV, iommu_pci_path_compare(&path, pdev_of(neighbour)));
	iommu_pci_path_destroy(&path);
}

/* Refused */

static void expect_not_preserved(struct kunit *test, struct tree *tree,
				 struct iommu_core_device *device, int err)
{
	KUNIT_EXPECT_EQ(test, err, iommu_core_preserve(device));
	KUNIT_EXPECT_FALSE(test, pci_liveupdate_is_held(pdev_of(device)));
	expect_held(tree, false);
}

static void bridge_is_not_preserved_by_itself(struct kunit *test)
{
	struct tree tree;

	plant(test, &tree);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_claim(tree.upstream, tree.core));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_alloc_domain(tree.upstream));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_attach(tree.upstream));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_open_session(tree.core));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve_domain(tree.upstream->domain));
	expect_not_preserved(test, &tree, tree.upstream, -EOPNOTSUPP);
	iommu_core_close_session(tree.core);
}

static void device_below_a_bridge_that_leads_elsewhere_is_refused(struct kunit *test)
{
	struct tree tree;

	plant(test, &tree);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_open_session(tree.core));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve_domain(tree.device->domain));
	change_at(tree.core, ROOT_PORT, PCI_PRIMARY_BUS, BIT(8));
	expect_not_preserved(test, &tree, tree.device, -EINVAL);
	change_at(tree.core, ROOT_PORT, PCI_PRIMARY_BUS, BIT(8));
	KUNIT_EXPECT_EQ(test, 0, iommu_core_preserve(tree.device));
	iommu_core_close_session(tree.core);
}

static void device_that_does_not_answer_is_refused(struct kunit *test)
{
	struct tree tree;

	plant(test, &tree);
	KUNIT_ASSERT_EQ(test, 0, iommu_core_open_session(tree.core));
	KUNIT_ASSERT_EQ(test, 0, iommu_core_preserve_domain(tree.device->domain));
	change_at(tree.core, SWITCH, PCI_VENDOR_ID, NO_VENDOR);
	expect_not_preserved(test, &tree, tree.device, -ENODEV);
	change_at(tree.core, SWITCH, PCI_VENDOR_ID, NO_VENDOR);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_preserve(tree.device));
	iommu_core_close_session(tree.core);
}

#define MACHINE_CASE(name)	KUNIT_CASE_PARAM(name, conformance_gen_machines)

static struct kunit_case iommu_pci_cases[] = {
	MACHINE_CASE(bridges_are_held_as_long_as_a_device_below_them),
	MACHINE_CASE(device_that_is_unplugged_holds_nothing),
	MACHINE_CASE(held_device_is_not_suspended),
	MACHINE_CASE(bridge_of_a_held_device_is_not_suspended),
	MACHINE_CASE(held_functions_are_not_reset),
	MACHINE_CASE(bus_of_a_held_device_is_not_reset),
	MACHINE_CASE(bus_mastering_ends_without_a_live_update),
	MACHINE_CASE(only_kept_functions_stay_bus_masters),
	MACHINE_CASE(device_below_bridges_goes_on),
	MACHINE_CASE(another_device_is_cut_off),
	MACHINE_CASE(device_below_another_window_is_cut_off),
	MACHINE_CASE(device_that_is_silent_when_it_is_frozen_is_cut_off),
	MACHINE_CASE(what_changes_before_the_freeze_is_handed_over),
	MACHINE_CASE(each_change_that_matters_is_seen),
	MACHINE_CASE(other_places_are_seen),
	MACHINE_CASE(bridge_is_not_preserved_by_itself),
	MACHINE_CASE(device_below_a_bridge_that_leads_elsewhere_is_refused),
	MACHINE_CASE(device_that_does_not_answer_is_refused),
	{}
};

static struct kunit_suite iommu_pci_suite = {
	.name = "iommu_pci",
	.test_cases = iommu_pci_cases,
};

kunit_test_suite(iommu_pci_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of PCI devices over a live update");
