// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: the IOMMU core around the VT-d driver, over a live update
 *
 * A function that was handed over has a restored domain, and behind that a default
 * domain which is not attached. Whatever decides what the default domain is, and
 * whoever else wants the function: its DMA goes on, and the oracle watches that.
 */

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/mount.h>
#include <linux/pci-ats.h>
#include <linux/pci.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/adopt.h"
#include "../../drivers/iommu/liveupdate/deserialize.h"
#include "vtd_driver.h"
#include "vtd_machine_liveupdate.h"
#include "vtd_machine_setups.h"

#define DEVICE		VTD_MACHINE_ENDPOINT
#define OTHER		VTD_MACHINE_OTHER
#define BEHIND_PORT	VTD_MACHINE_BEHIND_PORT

#define IOVA		VTD_MACHINE_IOVA
#define TARGET		VTD_MACHINE_TARGET
#define NOWHERE		VTD_MACHINE_NOWHERE

/* Room for what the attribute says */
#define TYPE_SIZE	16

/* Of the functions of the machine, see vtd_machine_pci.c */
#define DEVICE_ID	0xfed9

/* A mode and a stage each, that is what default domains differ by */
static const void *gen_modes(struct kunit *test, const void *prev, char *desc)
{
	static const char * const names[] = {
		"legacy", "first stage, 4 levels", "second stage",
	};

	while (1) {
		prev = vtd_machine_gen_setups(test, prev, desc);
		if (!prev || match_string(names, ARRAY_SIZE(names), desc) >= 0)
			return prev;
	}
}

static struct vtd_live_update *boot(struct kunit *test)
{
	struct vtd_machine_config config = vtd_machine_config_of(test);
	struct vtd_live_update *update = vtd_live_update_create(test, &config);

	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(update->machine));
	vtd_machine_watch_masters(update->machine);
	return update;
}

/* A function that is owned does DMA, which is watched, and is preserved. */
static struct vtd_machine_domain *preserve(struct vtd_live_update *update,
					   enum vtd_machine_device device)
{
	struct vtd_machine *machine = update->machine;
	struct vtd_machine_domain *domain;

	vtd_live_update_claim(update, device);
	vtd_machine_set_master(machine, device, true);
	domain = vtd_machine_start_dma(machine, device);
	vtd_machine_watch(machine, device, NOWHERE, VTD_ORACLE_BLOCKED, 0);
	KUNIT_ASSERT_EQ(machine->test, 0,
			vtd_live_update_preserve(update, device, domain->domain));
	return domain;
}

/* Another function with the same domain */
static void preserve_with(struct vtd_live_update *update, enum vtd_machine_device device,
			  struct vtd_machine_domain *domain)
{
	struct vtd_machine *machine = update->machine;

	vtd_live_update_claim(update, device);
	vtd_machine_set_master(machine, device, true);
	vtd_machine_attach(domain, device);
	vtd_machine_ring_doorbell();
	vtd_machine_watch(machine, device, IOVA, VTD_ORACLE_REACHES, TARGET);
	KUNIT_ASSERT_EQ(machine->test, 0,
			vtd_live_update_preserve(update, device, domain->domain));
}

static void end_old_kernel(struct vtd_live_update *update)
{
	vtd_live_update_shut_down(update);
	vtd_live_update_kexec(update);
}

static void live_update(struct vtd_live_update *update)
{
	end_old_kernel(update);
	KUNIT_ASSERT_EQ(update->machine->test, 0, vtd_machine_boot(update->machine));
}

/* From now on it may be cut off, but not go elsewhere. */
static void expect_loss(struct vtd_live_update *update, enum vtd_machine_device device)
{
	vtd_machine_watch(update->machine, device, IOVA, VTD_ORACLE_EITHER, TARGET);
}

static void stop_dma(struct vtd_live_update *update, enum vtd_machine_device device)
{
	vtd_machine_forget(update->machine, device, IOVA);
	vtd_machine_forget(update->machine, device, NOWHERE);
	vtd_machine_set_master(update->machine, device, false);
}

/* A function was handed over, and the next kernel has booted. */
static struct vtd_live_update *hand_over(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);

	preserve(update, DEVICE);
	live_update(update);
	vtd_live_update_restored(update, DEVICE);
	return update;
}

/* The function goes on, and is attached to what it was. */
static void expect_undisturbed(struct vtd_live_update *update,
			       struct iommu_domain *restored)
{
	struct kunit *test = update->machine->test;

	KUNIT_EXPECT_PTR_EQ(test, restored, vtd_live_update_restored(update, DEVICE));
	KUNIT_EXPECT_TRUE(test, vtd_machine_is_master(update->machine, DEVICE));
	vtd_machine_ring_doorbell();
	vtd_machine_expect_reaches(update->machine, DEVICE, IOVA, TARGET);
}

static void end(struct vtd_live_update *update)
{
	vtd_live_update_finish(update);
	stop_dma(update, DEVICE);
}

/* The attribute "type" of a group */

static void unmount(void *mount)
{
	kern_unmount(mount);
}

static struct file *open_type(struct kunit *test, struct device *dev, int flags)
{
	struct file_system_type *sysfs = get_fs_type("sysfs");
	struct vfsmount *mount;
	struct path root;
	char name[64];

	KUNIT_ASSERT_NOT_NULL(test, sysfs);
	mount = kern_mount(sysfs);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mount);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unmount, mount));
	root = (struct path) { .mnt = mount, .dentry = mount->mnt_root };
	snprintf(name, sizeof(name), "kernel/iommu_groups/%d/type",
		 iommu_group_id(dev->iommu_group));
	return file_open_root(&root, name, flags, 0);
}

static const char *get_type(struct kunit *test, struct device *dev)
{
	struct file *file = open_type(test, dev, O_RDONLY);
	char *type = kunit_kzalloc(test, TYPE_SIZE, GFP_KERNEL);
	loff_t position = 0;

	KUNIT_ASSERT_NOT_NULL(test, type);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_EXPECT_GT(test, kernel_read(file, type, TYPE_SIZE - 1, &position), 0);
	fput(file);
	return strim(type);
}

static int set_type(struct kunit *test, struct device *dev, const char *type)
{
	struct file *file = open_type(test, dev, O_WRONLY);
	loff_t position = 0;
	ssize_t written;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	written = kernel_write(file, type, strlen(type), &position);
	fput(file);
	return min(written, 0);
}

/* What the default domain is */

static void reset_default(void *passthrough)
{
	if (passthrough)
		iommu_set_default_passthrough(false);
	else
		iommu_set_default_translated(false);
}

/* As a kernel with iommu.passthrough= on its command line */
static void set_default(struct kunit *test, bool passthrough)
{
	void *was = iommu_default_passthrough() ? test : NULL;

	KUNIT_ASSERT_EQ(test, 0, kunit_add_action(test, reset_default, was));
	if (passthrough)
		iommu_set_default_passthrough(true);
	else
		iommu_set_default_translated(true);
}

/* A default domain of that type exists, and is not what the function is attached to. */
static void expect_behind(struct vtd_live_update *update, const char *type)
{
	struct device *dev = vtd_machine_dev(update->machine, DEVICE);
	struct iommu_domain *restored = vtd_live_update_restored(update, DEVICE);
	struct kunit *test = update->machine->test;

	KUNIT_EXPECT_STREQ(test, type, get_type(test, dev));
	KUNIT_EXPECT_NOT_NULL(test, iommu_get_dma_domain(dev));
	KUNIT_EXPECT_PTR_NE(test, restored, iommu_get_dma_domain(dev));
	expect_undisturbed(update, restored);
}

/* Whatever this kernel was booted with: it is that of any other function. Finding 66 */
static void default_domain_is_behind_the_restored_one(struct kunit *test)
{
	struct vtd_live_update *update = hand_over(test);

	expect_behind(update, get_type(test, vtd_machine_dev(update->machine, OTHER)));
	end(update);
}

/* An identity mapping would let the function reach all memory. Finding 66 */
static void passthrough_is_behind_the_restored_domain(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;

	preserve(update, DEVICE);
	end_old_kernel(update);
	set_default(test, true);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	expect_behind(update, "identity");
	vtd_machine_expect_blocked(machine, DEVICE, NOWHERE);
	vtd_machine_expect_reaches(machine, OTHER, NOWHERE, NOWHERE);
	end(update);
}

/* Finding 66 */
static void translation_is_behind_the_restored_domain(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);

	preserve(update, DEVICE);
	end_old_kernel(update);
	set_default(test, false);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(update->machine));
	expect_behind(update, "DMA");
	end(update);
}

/* The old kernel's option is not the new one's. Finding 66 */
static void option_may_differ_from_that_of_the_old_kernel(struct kunit *test)
{
	struct vtd_live_update *update;

	set_default(test, true);
	update = boot(test);
	preserve(update, DEVICE);
	end_old_kernel(update);
	set_default(test, false);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(update->machine));
	expect_behind(update, "DMA");
	end(update);
}

/* Lazy or strict flushes are of the default domain, which nothing uses. Finding 66 */
static void flushes_can_become_lazy_behind_the_restored_domain(struct kunit *test)
{
	struct vtd_live_update *update;

	set_default(test, false);
	update = hand_over(test);
	KUNIT_EXPECT_EQ(test, 0,
			set_type(test, vtd_machine_dev(update->machine, DEVICE), "DMA-FQ"));
	expect_behind(update, "DMA-FQ");
	KUNIT_EXPECT_EQ(test, -EPERM,
			set_type(test, vtd_machine_dev(update->machine, DEVICE), "DMA"));
	expect_behind(update, "DMA-FQ");
	end(update);
}

/* Finding 66 */
static void type_of_an_owned_group_stays(struct kunit *test)
{
	static const char * const types[] = { "identity", "DMA", "auto" };
	struct vtd_live_update *update;

	set_default(test, false);
	update = hand_over(test);
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		KUNIT_EXPECT_EQ(test, -EPERM,
				set_type(test, vtd_machine_dev(update->machine, DEVICE),
					 types[i]));
		expect_behind(update, "DMA");
	}
	end(update);
}

/* The default domain is for whoever comes after the function was released. */
static void function_that_comes_again_gets_its_default_domain(struct kunit *test)
{
	struct vtd_live_update *update = hand_over(test);
	struct vtd_machine *machine = update->machine;
	struct device *dev;

	vtd_live_update_finish(update);
	stop_dma(update, DEVICE);
	vtd_machine_remove_device(machine, DEVICE);
	KUNIT_EXPECT_NULL(test, iommu_liveupdate_incoming());
	vtd_machine_rescan(machine);
	dev = vtd_machine_dev(machine, DEVICE);
	KUNIT_EXPECT_PTR_EQ(test, iommu_get_dma_domain(dev), iommu_get_domain_for_dev(dev));
	KUNIT_EXPECT_FALSE(test, iommu_group_dma_owner_claimed(dev->iommu_group));
	KUNIT_EXPECT_EQ(test, 0, iommu_device_use_default_domain(dev));
	iommu_device_unuse_default_domain(dev);
}

/* Who else wants the function */

static unsigned int times_probed;

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	if (PCI_DEVID(pdev->bus->number, pdev->devfn) !=
	    vtd_machine_source_id((enum vtd_machine_device)id->driver_data))
		return -ENODEV;
	times_probed++;
	return 0;
}

static const struct pci_device_id ids_of_device[] = {
	{ PCI_VDEVICE(REDHAT_QUMRANET, DEVICE_ID), .driver_data = DEVICE },
	{}
};

static const struct pci_device_id ids_of_other[] = {
	{ PCI_VDEVICE(REDHAT_QUMRANET, DEVICE_ID), .driver_data = OTHER },
	{}
};

static void unregister_driver(void *driver)
{
	pci_unregister_driver(driver);
}

/* Returns whether a driver has got the function, and unbinds it. */
static bool can_bind(struct kunit *test, struct vtd_live_update *update,
		     enum vtd_machine_device device, bool manages_dma)
{
	struct pci_dev *pdev = vtd_machine_pci(update->machine, device);
	struct pci_driver driver = {
		.name = "vtd_driver_core",
		.id_table = device == DEVICE ? ids_of_device : ids_of_other,
		.probe = probe,
		.driver_managed_dma = manages_dma,
	};
	bool bound;

	times_probed = 0;
	KUNIT_ASSERT_EQ(test, 0, pci_register_driver(&driver));
	bound = pdev->driver == &driver;
	unregister_driver(&driver);
	KUNIT_EXPECT_EQ(test, bound, times_probed);
	return bound;
}

static void driver_of_this_kernel_does_not_get_it(struct kunit *test)
{
	struct vtd_live_update *update = hand_over(test);
	struct iommu_domain *restored = vtd_live_update_restored(update, DEVICE);
	struct device *dev = vtd_machine_dev(update->machine, DEVICE);

	KUNIT_EXPECT_FALSE(test, can_bind(test, update, DEVICE, false));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_device_use_default_domain(dev));
	expect_undisturbed(update, restored);
	KUNIT_EXPECT_TRUE(test, can_bind(test, update, OTHER, false));
	end(update);
}

/* As vfio: it binds, but then has to claim the function. */
static void driver_that_manages_dma_gets_it_without_its_dma(struct kunit *test)
{
	struct vtd_live_update *update = hand_over(test);
	struct iommu_domain *restored = vtd_live_update_restored(update, DEVICE);

	KUNIT_EXPECT_TRUE(test, can_bind(test, update, DEVICE, true));
	expect_undisturbed(update, restored);
	end(update);
}

static void expect_refusals(struct vtd_live_update *update)
{
	struct device *dev = vtd_machine_dev(update->machine, DEVICE);
	struct kunit *test = update->machine->test;
	struct vtd_machine_domain *domain;

	domain = vtd_machine_add_domain(update->machine, DEVICE);
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_claim_dma_owner(dev, test));
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_group_claim_dma_owner(dev->iommu_group, test));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_attach_device(domain->domain, dev));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_attach_group(domain->domain, dev->iommu_group));
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_device_use_default_domain(dev));
	KUNIT_EXPECT_EQ(test, -EPERM, set_type(test, dev, "identity"));
}

static void nobody_else_can_own_it(struct kunit *test)
{
	struct vtd_live_update *update = hand_over(test);
	struct iommu_domain *restored = vtd_live_update_restored(update, DEVICE);

	expect_refusals(update);
	expect_undisturbed(update, restored);
	vtd_live_update_finish(update);
	expect_refusals(update);
	expect_undisturbed(update, restored);
	stop_dma(update, DEVICE);
}

/* The core would block the function while it is reset. */
static void reset(struct kunit *test, bool ats)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;

	preserve(update, DEVICE);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			pci_dev_reset_iommu_prepare(vtd_machine_pci(machine, DEVICE)));
	KUNIT_EXPECT_EQ(test, 0,
			pci_dev_reset_iommu_prepare(vtd_machine_pci(machine, OTHER)));
	pci_dev_reset_iommu_done(vtd_machine_pci(machine, OTHER));
	end_old_kernel(update);
	vtd_machine_add_reset(machine, DEVICE);
	if (ats)
		vtd_machine_add_ats(machine, DEVICE);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_EQ(test, ats, pci_ats_supported(vtd_machine_pci(machine, DEVICE)));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			pci_dev_reset_iommu_prepare(vtd_machine_pci(machine, DEVICE)));
	KUNIT_EXPECT_EQ(test, -EBUSY, pci_reset_function(vtd_machine_pci(machine, DEVICE)));
	expect_undisturbed(update, vtd_live_update_restored(update, DEVICE));
	end(update);
}

static void function_is_not_reset(struct kunit *test)
{
	reset(test, false);
}

static void function_with_ats_is_not_reset(struct kunit *test)
{
	reset(test, true);
}

/* How functions go */

static void unplugged_function_is_cut_off(struct kunit *test)
{
	struct vtd_live_update *update = hand_over(test);
	struct vtd_machine *machine = update->machine;

	vtd_live_update_finish(update);
	expect_loss(update, DEVICE);
	vtd_machine_remove_device(machine, DEVICE);
	vtd_machine_watch(machine, DEVICE, IOVA, VTD_ORACLE_BLOCKED, 0);
	KUNIT_EXPECT_FALSE(test, vtd_machine_is_master(machine, DEVICE));
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
	stop_dma(update, DEVICE);
}

static const struct iommu_domain *domain_kept(void)
{
	return iommu_liveupdate_incoming()->domains->restored;
}

static void release_in_order(struct kunit *test, enum vtd_machine_device first,
			     enum vtd_machine_device second)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;

	preserve_with(update, BEHIND_PORT, preserve(update, DEVICE));
	live_update(update);
	KUNIT_EXPECT_PTR_EQ(test, vtd_live_update_restored(update, DEVICE),
			    vtd_live_update_restored(update, BEHIND_PORT));
	KUNIT_EXPECT_PTR_EQ(test, vtd_live_update_restored(update, DEVICE), domain_kept());
	vtd_live_update_finish(update);

	stop_dma(update, first);
	vtd_machine_remove_device(machine, first);
	vtd_machine_expect_blocked(machine, first, IOVA);
	vtd_machine_expect_reaches(machine, second, IOVA, TARGET);
	KUNIT_EXPECT_NOT_NULL(test, domain_kept());
	stop_dma(update, second);
	vtd_machine_remove_device(machine, second);
	vtd_machine_expect_blocked(machine, second, IOVA);
	KUNIT_EXPECT_NULL(test, iommu_liveupdate_incoming());
}

static void shared_domain_goes_with_the_second_function(struct kunit *test)
{
	release_in_order(test, DEVICE, BEHIND_PORT);
}

static void shared_domain_goes_with_the_first_function(struct kunit *test)
{
	release_in_order(test, BEHIND_PORT, DEVICE);
}

/* The kernel finds the function when the unit is taken over, and then this fails. */
static void hold(struct kunit *test, struct vtd_live_update *update)
{
	struct vtd_machine *machine = update->machine;

	end_old_kernel(update);
	machine->hidden = BIT(DEVICE) | BIT(BEHIND_PORT);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	machine->hidden = BIT(BEHIND_PORT);
	vtd_driver_fail_restore(1);
	vtd_machine_rescan(machine);
	KUNIT_EXPECT_EQ(test, 0, vtd_driver_fail_restore(0));
	KUNIT_ASSERT_TRUE(test, vtd_live_update_is_held(update, DEVICE));
}

static void function_that_cannot_be_attached_goes_on(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;

	preserve(update, DEVICE);
	hold(test, update);
	KUNIT_EXPECT_TRUE(test, vtd_machine_is_master(machine, DEVICE));
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	expect_refusals(update);
	KUNIT_EXPECT_FALSE(test, can_bind(test, update, DEVICE, false));
	vtd_machine_ring_doorbell();
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);

	expect_loss(update, DEVICE);
	vtd_machine_remove_device(machine, DEVICE);
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
	KUNIT_EXPECT_FALSE(test, vtd_machine_is_master(machine, DEVICE));
	stop_dma(update, DEVICE);
	vtd_live_update_give_up(update);
}

static void function_with_the_same_domain_is_attached(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;

	preserve_with(update, BEHIND_PORT, preserve(update, DEVICE));
	hold(test, update);
	machine->hidden = 0;
	vtd_machine_rescan(machine);
	vtd_live_update_restored(update, BEHIND_PORT);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_machine_expect_reaches(machine, BEHIND_PORT, IOVA, TARGET);

	/* It has no domain, but its table is that of the other one. */
	stop_dma(update, BEHIND_PORT);
	vtd_machine_remove_device(machine, BEHIND_PORT);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	stop_dma(update, DEVICE);
	vtd_machine_remove_device(machine, DEVICE);
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
	vtd_live_update_give_up(update);
}

/* Functions that were not handed over */

static void other_functions_have_their_default_domain(struct kunit *test)
{
	struct vtd_live_update *update = hand_over(test);
	struct vtd_machine *machine = update->machine;

	for (int i = DEVICE + 1; i < VTD_MACHINE_NR_DEVICES; i++) {
		struct device *dev = vtd_machine_dev(machine, i);

		KUNIT_EXPECT_NOT_NULL(test, iommu_get_dma_domain(dev));
		KUNIT_EXPECT_PTR_EQ(test, iommu_get_dma_domain(dev),
				    iommu_get_domain_for_dev(dev));
		KUNIT_EXPECT_FALSE(test, iommu_group_dma_owner_claimed(dev->iommu_group));
		KUNIT_EXPECT_NULL(test, dev->iommu->incoming);
	}
	end(update);
}

/* Firmware may number segments otherwise: whose record it is, is not known. Finding 47 */
static void function_of_another_segment_is_another_one(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;
	struct device *dev;

	preserve(update, DEVICE);
	end_old_kernel(update);
	machine->segment++;
	expect_loss(update, DEVICE);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	dev = vtd_machine_dev(machine, DEVICE);
	KUNIT_EXPECT_NULL(test, dev->iommu->incoming);
	KUNIT_EXPECT_FALSE(test, iommu_group_dma_owner_claimed(dev->iommu_group));
	KUNIT_EXPECT_PTR_EQ(test, iommu_get_dma_domain(dev), iommu_get_domain_for_dev(dev));
	KUNIT_EXPECT_EQ(test, IOMMU_DEVICE_EXPECTED,
			iommu_liveupdate_incoming()->devices->state);
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
	stop_dma(update, DEVICE);
	vtd_live_update_give_up(update);
}

#define MODE(name)	KUNIT_CASE_PARAM(name, gen_modes)

static struct kunit_case vtd_driver_core_cases[] = {
	MODE(default_domain_is_behind_the_restored_one),
	MODE(passthrough_is_behind_the_restored_domain),
	MODE(translation_is_behind_the_restored_domain),
	MODE(option_may_differ_from_that_of_the_old_kernel),
	MODE(flushes_can_become_lazy_behind_the_restored_domain),
	MODE(type_of_an_owned_group_stays),
	MODE(function_that_comes_again_gets_its_default_domain),
	MODE(driver_of_this_kernel_does_not_get_it),
	MODE(driver_that_manages_dma_gets_it_without_its_dma),
	MODE(nobody_else_can_own_it),
	MODE(function_is_not_reset),
	MODE(function_with_ats_is_not_reset),
	MODE(unplugged_function_is_cut_off),
	MODE(shared_domain_goes_with_the_second_function),
	MODE(shared_domain_goes_with_the_first_function),
	MODE(function_that_cannot_be_attached_goes_on),
	MODE(function_with_the_same_domain_is_attached),
	MODE(other_functions_have_their_default_domain),
	MODE(function_of_another_segment_is_another_one),
	{}
};

static struct kunit_suite vtd_driver_core_suite = {
	.name = "vtd_driver_core",
	.test_cases = vtd_driver_core_cases,
};

kunit_test_suite(vtd_driver_core_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the IOMMU core around the VT-d driver");
