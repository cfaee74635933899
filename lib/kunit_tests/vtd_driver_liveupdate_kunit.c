// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: the VT-d driver over a live update, on units in software
 *
 * The kernel's own driver, the IOMMU core, LUO and the backend, from one kernel
 * through kexec into the next one. The oracle watches that the DMA of a preserved function
 * never stops and never strays, whatever hardware has seen of what the CPU stored,
 * and that no unit stops translating while a function behind it does DMA.
 */

#include <linux/bitfield.h>
#include <linux/iommu.h>
#include <linux/pci-ats.h>
#include <linux/pci.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/adopt.h"
#include "../../drivers/iommu/liveupdate/deserialize.h"
#include "fake_kho.h"
#include "vtd_driver.h"
#include "vtd_machine_liveupdate.h"
#include "vtd_machine_setups.h"

#define DEVICE		VTD_MACHINE_ENDPOINT
#define OTHER		VTD_MACHINE_OTHER
#define BEHIND_PORT	VTD_MACHINE_BEHIND_PORT

#define IOVA		VTD_MACHINE_IOVA
#define TARGET		VTD_MACHINE_TARGET
#define NOWHERE		VTD_MACHINE_NOWHERE

/* More allocations than the driver makes to probe or to attach a function */
#define MANY_ALLOCATIONS	100

static struct vtd_live_update *boot_config(struct kunit *test,
					   const struct vtd_machine_config *config)
{
	struct vtd_live_update *update = vtd_live_update_create(test, config);

	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(update->machine));
	vtd_machine_watch_masters(update->machine);
	return update;
}

static struct vtd_live_update *boot(struct kunit *test)
{
	struct vtd_machine_config config = vtd_machine_config_of(test);

	return boot_config(test, &config);
}

/* Unit 0 has @devices, unit 1 the others. */
static struct vtd_machine_config two_units(struct kunit *test, u32 devices)
{
	struct vtd_machine_config config = vtd_machine_config_of(test);

	config.nr_units = 2;
	config.units[1] = config.units[0];
	config.units[0].devices = devices;
	return config;
}

static bool is_enabled(struct vtd_test_unit *unit)
{
	vtd_unit_settle(&unit->unit);
	return vtd_test_unit_readl(unit, VTD_GSTS) & VTD_GCMD_TE;
}

/* How often bits of Global Status were cleared, since the log was */
static unsigned int times_cleared(struct vtd_test_unit *unit, u64 bits)
{
	struct vtd_event event;
	unsigned int times = 0;

	for (unsigned int i = 0; vtd_log_get(&unit->log, i, &event); i++) {
		times += event.type == VTD_EVENT_STATUS &&
			 event.previous & ~event.value & bits;
	}
	return times;
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

/* The watched DMA of a function ends. */
static void stop_dma(struct vtd_live_update *update, enum vtd_machine_device device)
{
	vtd_machine_forget(update->machine, device, IOVA);
	vtd_machine_forget(update->machine, device, NOWHERE);
	vtd_machine_set_master(update->machine, device, false);
}

/* From now on it may be cut off, but not go elsewhere. */
static void expect_loss(struct vtd_live_update *update, enum vtd_machine_device device)
{
	vtd_machine_watch(update->machine, device, IOVA, VTD_ORACLE_EITHER, TARGET);
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

/* The way of a function that is preserved */

static void dma_goes_on_over_a_live_update(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;
	struct vtd_test_unit *unit = machine->units[0];

	vtd_log_clear(unit);
	preserve(update, DEVICE);
	live_update(update);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_live_update_restored(update, DEVICE);
	vtd_live_update_finish(update);
	vtd_machine_ring_doorbell();
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	KUNIT_EXPECT_TRUE(test, vtd_machine_is_master(machine, DEVICE));
	KUNIT_EXPECT_EQ(test, 0, times_cleared(unit, VTD_GCMD_TE));

	/* When it comes again, it is a function like any other. */
	stop_dma(update, DEVICE);
	vtd_machine_remove_device(machine, DEVICE);
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
	vtd_machine_rescan(machine);
	vtd_machine_start_dma(machine, DEVICE);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_machine_forget(machine, DEVICE, IOVA);
}

static void functions_that_are_not_preserved_are_blocked(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;

	preserve(update, DEVICE);
	vtd_machine_start_dma(machine, OTHER);
	vtd_machine_start_dma(machine, BEHIND_PORT);
	expect_loss(update, OTHER);
	expect_loss(update, BEHIND_PORT);
	vtd_live_update_shut_down(update);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	for (int i = DEVICE + 1; i < VTD_MACHINE_NR_DEVICES; i++) {
		vtd_machine_watch(machine, i, IOVA, VTD_ORACLE_BLOCKED, 0);
		vtd_machine_expect_blocked(machine, i, IOVA);
	}
	vtd_live_update_kexec(update);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	for (int i = DEVICE + 1; i < VTD_MACHINE_NR_DEVICES; i++)
		vtd_machine_expect_blocked(machine, i, IOVA);

	vtd_machine_start_dma(machine, OTHER);
	vtd_machine_start_dma(machine, BEHIND_PORT);
	vtd_machine_expect_reaches(machine, OTHER, IOVA, TARGET);
	vtd_machine_expect_reaches(machine, BEHIND_PORT, IOVA, TARGET);
	vtd_live_update_restored(update, DEVICE);
	vtd_live_update_finish(update);
	for (int i = 0; i < VTD_MACHINE_NR_DEVICES; i++)
		vtd_machine_forget(machine, i, IOVA);
	stop_dma(update, DEVICE);
}

static void domain_of_two_functions_goes_on(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;
	struct vtd_machine_domain *domain = preserve(update, DEVICE);

	vtd_live_update_claim(update, BEHIND_PORT);
	vtd_machine_attach(domain, BEHIND_PORT);
	vtd_machine_ring_doorbell();
	vtd_machine_watch(machine, BEHIND_PORT, IOVA, VTD_ORACLE_REACHES, TARGET);
	KUNIT_ASSERT_EQ(test, 0,
			vtd_live_update_preserve(update, BEHIND_PORT, domain->domain));
	live_update(update);
	KUNIT_EXPECT_PTR_EQ(test, vtd_live_update_restored(update, DEVICE),
			    vtd_live_update_restored(update, BEHIND_PORT));
	vtd_live_update_finish(update);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_machine_expect_reaches(machine, BEHIND_PORT, IOVA, TARGET);

	/* One of them leaves the domain, which goes on. */
	stop_dma(update, DEVICE);
	vtd_machine_remove_device(machine, DEVICE);
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
	vtd_machine_expect_reaches(machine, BEHIND_PORT, IOVA, TARGET);
	stop_dma(update, BEHIND_PORT);
}

static void second_live_update_is_like_the_first(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;
	struct iommu_domain *domain;

	preserve(update, DEVICE);
	live_update(update);
	domain = vtd_live_update_restored(update, DEVICE);
	vtd_live_update_finish(update);
	KUNIT_ASSERT_EQ(test, 0, vtd_live_update_preserve(update, DEVICE, domain));
	preserve(update, BEHIND_PORT);
	live_update(update);
	vtd_live_update_restored(update, DEVICE);
	vtd_live_update_restored(update, BEHIND_PORT);
	vtd_live_update_finish(update);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_machine_expect_reaches(machine, BEHIND_PORT, IOVA, TARGET);
	stop_dma(update, DEVICE);
	stop_dma(update, BEHIND_PORT);
}

static void unit_without_preserved_functions_is_disabled(struct kunit *test)
{
	struct vtd_machine_config config = two_units(test, BIT(OTHER));
	struct vtd_live_update *update = boot_config(test, &config);
	struct vtd_machine *machine = update->machine;

	preserve(update, DEVICE);
	vtd_live_update_shut_down(update);
	KUNIT_EXPECT_FALSE(test, is_enabled(machine->units[0]));
	KUNIT_EXPECT_TRUE(test, is_enabled(machine->units[1]));
	vtd_live_update_kexec(update);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_TRUE(test, is_enabled(machine->units[0]));
	vtd_live_update_restored(update, DEVICE);
	vtd_live_update_finish(update);
	stop_dma(update, DEVICE);
}

/* Updates that do not take place */

static void update_that_is_aborted_changes_nothing(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;
	struct vtd_test_unit *unit = machine->units[0];
	u64 root_table = unit->unit.root_table;

	vtd_machine_start_dma(machine, OTHER);
	vtd_log_clear(unit);
	preserve(update, DEVICE);
	vtd_log_clear(unit);
	vtd_live_update_abort(update);
	vtd_log_expect_not(unit, VTD_EVENT_WRITE);
	KUNIT_EXPECT_EQ(test, root_table, unit->unit.root_table);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_machine_expect_reaches(machine, OTHER, IOVA, TARGET);

	/* The driver shuts down as ever: whoever does DMA was stopped. */
	vtd_machine_forget(machine, OTHER, IOVA);
	stop_dma(update, DEVICE);
	vtd_live_update_shut_down(update);
	KUNIT_EXPECT_FALSE(test, is_enabled(unit));
}

static void shut_down_without_update(struct kunit *test, bool written, bool kexec)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;

	preserve(update, DEVICE);
	stop_dma(update, DEVICE);
	vtd_live_update_shut_down_otherwise(update, written, kexec);
	KUNIT_EXPECT_FALSE(test, is_enabled(machine->units[0]));
	vtd_live_update_kexec(update);
	vtd_live_update_give_up(update);
	KUNIT_EXPECT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_TRUE(test, is_enabled(machine->units[0]));
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
}

static void kexec_without_records_disables_translation(struct kunit *test)
{
	shut_down_without_update(test, false, true);
}

static void reboot_disables_translation(struct kunit *test)
{
	shut_down_without_update(test, true, false);
}

/* What the next kernel finds */

static void events_are_masked_at_the_end(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_test_unit *unit = update->machine->units[0];

	preserve(update, DEVICE);
	vtd_test_unit_writel(unit, VTD_FECTL, 0);
	vtd_live_update_shut_down(update);
	KUNIT_EXPECT_TRUE(test, vtd_test_unit_readl(unit, VTD_FECTL) & VTD_EVENT_CONTROL_IM);
	vtd_live_update_kexec(update);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(update->machine));
	vtd_live_update_restored(update, DEVICE);
	vtd_live_update_finish(update);
	stop_dma(update, DEVICE);
}

static u64 mode_of(struct vtd_test_unit *unit)
{
	return FIELD_GET(VTD_RTADDR_TTM, unit->unit.root_table);
}

/* The command line is about units that were not found translating. */
static void unit_stays_in_its_mode(struct kunit *test)
{
	bool scalable = vtd_machine_setup_of(test)->scalable;
	struct vtd_machine_config config = two_units(test, BIT(OTHER));
	struct vtd_live_update *update = boot_config(test, &config);
	struct vtd_machine *machine = update->machine;
	u64 mode = mode_of(machine->units[1]);

	preserve(update, DEVICE);
	machine->config.option = scalable ? "sm_off" : "sm_on";
	live_update(update);
	KUNIT_EXPECT_EQ(test, mode, mode_of(machine->units[1]));
	if (scalable)
		KUNIT_EXPECT_EQ(test, VTD_TTM_LEGACY, mode_of(machine->units[0]));
	vtd_machine_start_dma(machine, OTHER);
	vtd_machine_start_dma(machine, BEHIND_PORT);
	vtd_machine_expect_reaches(machine, OTHER, IOVA, TARGET);
	vtd_machine_expect_reaches(machine, BEHIND_PORT, IOVA, TARGET);
	vtd_live_update_restored(update, DEVICE);
	vtd_live_update_finish(update);
	vtd_machine_forget(machine, OTHER, IOVA);
	vtd_machine_forget(machine, BEHIND_PORT, IOVA);
	stop_dma(update, DEVICE);
}

static void domain_id_stays_with_its_domain(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;
	struct device *dev = vtd_machine_dev(machine, DEVICE);
	struct vtd_machine_domain *domain = preserve(update, DEVICE);
	int id = vtd_driver_domain_id(dev, domain->domain);
	struct iommu_domain *restored;

	live_update(update);
	for (int i = OTHER; i <= BEHIND_PORT; i++) {
		dev = vtd_machine_dev(machine, i);
		domain = vtd_machine_add_domain(machine, i);
		KUNIT_ASSERT_EQ(test, 0, iommu_attach_group(domain->domain, dev->iommu_group));
		domain->group = dev->iommu_group;
		KUNIT_EXPECT_NE(test, id,
				vtd_driver_domain_id(dev, domain->domain));
	}
	restored = vtd_live_update_restored(update, DEVICE);
	dev = vtd_machine_dev(machine, DEVICE);
	KUNIT_EXPECT_EQ(test, id, vtd_driver_domain_id(dev, restored));
	vtd_live_update_finish(update);
	stop_dma(update, DEVICE);
}

static void second_adoption_does_nothing(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;
	struct iommu_incoming *in;
	struct iommu_device *iommu;

	preserve(update, DEVICE);
	end_old_kernel(update);
	machine->hidden = BIT(DEVICE);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	in = iommu_liveupdate_incoming();
	iommu = vtd_driver_unit(machine->address[0]);
	KUNIT_ASSERT_NOT_NULL(test, iommu);
	vtd_log_clear(machine->units[0]);
	KUNIT_EXPECT_EQ(test, 0, update->ops->adopt_unit(iommu, in->units));
	KUNIT_EXPECT_EQ(test, 0, update->ops->adopt_attachment(iommu, in->attachments));
	vtd_log_expect_not(machine->units[0], VTD_EVENT_WRITE);
	machine->hidden = 0;
	vtd_machine_rescan(machine);
	vtd_live_update_restored(update, DEVICE);
	vtd_log_clear(machine->units[0]);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_liveupdate_adopt(iommu, update->ops, in->units->id));
	vtd_log_expect_not(machine->units[0], VTD_EVENT_WRITE);
	vtd_live_update_finish(update);
	stop_dma(update, DEVICE);
}

static void plugged_unit_is_taken_over(struct kunit *test)
{
	struct vtd_machine_config config = two_units(test, BIT(OTHER));
	struct vtd_live_update *update = boot_config(test, &config);
	struct vtd_machine *machine = update->machine;
	struct vtd_test_unit *unit = machine->units[0];

	preserve(update, OTHER);
	vtd_log_clear(unit);
	machine->config.units[0].absent = true;
	end_old_kernel(update);
	machine->hidden = BIT(OTHER);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	vtd_machine_expect_reaches(machine, OTHER, IOVA, TARGET);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_insert_unit(machine, 0));
	vtd_machine_expect_reaches(machine, OTHER, IOVA, TARGET);
	machine->hidden = 0;
	vtd_machine_rescan(machine);
	vtd_live_update_restored(update, OTHER);
	vtd_live_update_finish(update);
	vtd_machine_expect_reaches(machine, OTHER, IOVA, TARGET);
	KUNIT_EXPECT_EQ(test, 0, times_cleared(unit, VTD_GCMD_TE));
	stop_dma(update, OTHER);
}

static void unit_that_cannot_be_initialized_costs_no_other(struct kunit *test)
{
	struct vtd_machine_config config = two_units(test, BIT(OTHER));
	struct vtd_live_update *update = boot_config(test, &config);
	struct vtd_machine *machine = update->machine;

	preserve(update, DEVICE);
	preserve(update, OTHER);
	vtd_live_update_give_up(update);
	fake_kho_expect(test, FAKE_KHO_LEFT_ALLOCATED, FAKE_KHO_ANY);
	end_old_kernel(update);
	vtd_machine_forget(machine, OTHER, IOVA);
	vtd_machine_forget(machine, OTHER, NOWHERE);
	machine->failing_interrupts = BIT(0);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_FALSE(test, is_enabled(machine->units[0]));
	KUNIT_EXPECT_FALSE(test, vtd_machine_is_master(machine, OTHER));
	KUNIT_EXPECT_TRUE(test, is_enabled(machine->units[1]));
	KUNIT_EXPECT_TRUE(test, vtd_machine_is_master(machine, DEVICE));
	vtd_live_update_restored(update, DEVICE);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	stop_dma(update, DEVICE);
	vtd_live_update_kexec(update);
}

/* Functions that do not get as far as to their domain */

static void function_that_is_released_is_blocked(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;

	preserve(update, DEVICE);
	preserve(update, BEHIND_PORT);
	live_update(update);
	expect_loss(update, DEVICE);
	vtd_machine_remove_device(machine, DEVICE);
	vtd_machine_watch(machine, DEVICE, IOVA, VTD_ORACLE_BLOCKED, 0);
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
	vtd_machine_expect_reaches(machine, BEHIND_PORT, IOVA, TARGET);
	vtd_machine_rescan(machine);
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
	vtd_machine_start_dma(machine, DEVICE);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_live_update_restored(update, BEHIND_PORT);
	stop_dma(update, DEVICE);
	stop_dma(update, BEHIND_PORT);
	vtd_live_update_give_up(update);
}

/* The kernel finds the function when the unit is taken over, and then this fails. */
static void restore_with_failure(struct kunit *test, struct vtd_live_update *update,
				 unsigned int nth)
{
	update->machine->hidden = BIT(DEVICE);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(update->machine));
	update->machine->hidden = 0;
	vtd_driver_fail_restore(nth);
	vtd_machine_rescan(update->machine);
	vtd_machine_expect_reaches(update->machine, DEVICE, IOVA, TARGET);
}

/* The core does not do it, but the driver does not rely on that. */
static void function_that_is_attached_elsewhere_is_cut_off_first(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;
	struct vtd_machine_domain *domain;
	struct device *dev;

	preserve(update, DEVICE);
	end_old_kernel(update);
	restore_with_failure(test, update, 1);
	KUNIT_ASSERT_TRUE(test, vtd_live_update_is_held(update, DEVICE));
	dev = vtd_machine_dev(machine, DEVICE);
	domain = vtd_machine_add_domain(machine, DEVICE);
	vtd_machine_map(domain, NOWHERE, TARGET + PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, -EPERM, iommu_device_claim_dma_owner(dev, test));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_attach_group(domain->domain, dev->iommu_group));
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	expect_loss(update, DEVICE);
	vtd_machine_watch(machine, DEVICE, NOWHERE, VTD_ORACLE_EITHER, TARGET + PAGE_SIZE);
	KUNIT_ASSERT_EQ(test, 0,
			domain->domain->ops->attach_dev(domain->domain, dev, NULL));
	vtd_machine_ring_doorbell();
	vtd_machine_watch(machine, DEVICE, IOVA, VTD_ORACLE_BLOCKED, 0);
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
	vtd_machine_expect_reaches(machine, DEVICE, NOWHERE, TARGET + PAGE_SIZE);
	stop_dma(update, DEVICE);
	vtd_machine_remove_device(machine, DEVICE);
	vtd_live_update_give_up(update);
}

/* Returns whether an allocation failed, and counts in @refused if it mattered. */
static bool probe_with_failure(struct kunit *test, struct vtd_live_update *update,
			       unsigned int nth, unsigned int *refused)
{
	struct vtd_machine *machine = update->machine;

	machine->hidden = BIT(DEVICE);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	expect_loss(update, DEVICE);
	machine->hidden = 0;
	vtd_driver_fail(nth);
	vtd_machine_rescan(machine);
	if (vtd_driver_fail(0))
		return false;
	/* The allocator may have found another way. */
	if (vtd_machine_dev(machine, DEVICE)->iommu_group) {
		vtd_live_update_restored(update, DEVICE);
		vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
		return true;
	}
	(*refused)++;
	vtd_machine_watch(machine, DEVICE, IOVA, VTD_ORACLE_BLOCKED, 0);
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
	return true;
}

static void function_whose_probe_fails_is_blocked(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;
	unsigned int refused = 0;
	unsigned int nth = 0;
	bool failed;

	vtd_live_update_give_up(update);
	do {
		preserve(update, DEVICE);
		end_old_kernel(update);
		failed = probe_with_failure(test, update, ++nth, &refused);
		stop_dma(update, DEVICE);
		vtd_live_update_kexec(update);
		KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	} while (failed && nth < MANY_ALLOCATIONS);
	KUNIT_EXPECT_FALSE(test, failed);
	KUNIT_EXPECT_GT(test, refused, 0);
}

static void attach_that_fails_leaves_dma_alone(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;
	unsigned int held = 0;
	unsigned int nth = 0;
	bool failed;

	vtd_live_update_give_up(update);
	do {
		preserve(update, DEVICE);
		end_old_kernel(update);
		restore_with_failure(test, update, ++nth);
		failed = !vtd_driver_fail_restore(0);
		/* The allocator may have found another way. */
		if (vtd_live_update_is_held(update, DEVICE)) {
			KUNIT_EXPECT_TRUE(test, failed);
			held++;
		}
		KUNIT_EXPECT_TRUE(test, vtd_machine_is_master(machine, DEVICE));
		stop_dma(update, DEVICE);
		vtd_live_update_kexec(update);
		KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	} while (failed && nth < MANY_ALLOCATIONS);
	KUNIT_EXPECT_FALSE(test, failed);
	KUNIT_EXPECT_GT(test, held, 1);
}

/* What the driver does not enable, as the entries do not allow it */
static void adopted_function_has_no_ats(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;

	preserve(update, DEVICE);
	end_old_kernel(update);
	vtd_machine_add_ats(machine, DEVICE);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	vtd_live_update_restored(update, DEVICE);
	vtd_live_update_finish(update);
	KUNIT_EXPECT_TRUE(test, pci_ats_supported(vtd_machine_pci(machine, DEVICE)));
	KUNIT_EXPECT_FALSE(test, vtd_machine_pci(machine, DEVICE)->ats_enabled);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	stop_dma(update, DEVICE);
}

static void adopted_unit_suspends_and_resumes(struct kunit *test)
{
	struct vtd_live_update *update = boot(test);
	struct vtd_machine *machine = update->machine;

	preserve(update, DEVICE);
	live_update(update);
	vtd_live_update_restored(update, DEVICE);
	vtd_live_update_finish(update);
	/* Its driver has stopped it. */
	stop_dma(update, DEVICE);
	if (vtd_machine_suspend() == -EOPNOTSUPP)
		kunit_skip(test, "this kernel does not suspend");
	KUNIT_EXPECT_FALSE(test, is_enabled(machine->units[0]));
	vtd_machine_resume();
	KUNIT_EXPECT_TRUE(test, is_enabled(machine->units[0]));
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_machine_expect_blocked(machine, OTHER, IOVA);
}

/* Interrupts */

static void interrupt_remapping_stays_enabled(struct kunit *test)
{
	struct vtd_machine_config config = vtd_machine_config_of(test);
	struct vtd_live_update *update;
	struct vtd_interrupt result;
	struct vtd_test_unit *unit;
	u64 table;

	if (!(config.units[0].settings.ecap & VTD_ECAP_IR))
		kunit_skip(test, "the unit does not remap interrupts");
	config.interrupts = true;
	update = boot_config(test, &config);
	unit = update->machine->units[0];
	vtd_log_clear(unit);
	table = unit->unit.interrupt_table & PAGE_MASK;
	preserve(update, DEVICE);
	vtd_live_update_shut_down(update);
	KUNIT_EXPECT_NULL(test, memchr_inv(phys_to_virt(table), 0, SZ_1M));
	vtd_test_unit_interrupt(unit, vtd_machine_source_id(DEVICE), 0xfee00010, 0,
				&result);
	KUNIT_EXPECT_TRUE(test, result.blocked);
	vtd_live_update_kexec(update);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(update->machine));
	vtd_unit_settle(&unit->unit);
	KUNIT_EXPECT_TRUE(test, vtd_test_unit_readl(unit, VTD_GSTS) & VTD_GCMD_IRE);
	KUNIT_EXPECT_NE(test, table, unit->unit.interrupt_table & PAGE_MASK);
	KUNIT_EXPECT_EQ(test, 0, times_cleared(unit, VTD_GCMD_IRE | VTD_GCMD_TE));
	vtd_live_update_restored(update, DEVICE);
	vtd_live_update_finish(update);
	stop_dma(update, DEVICE);
}

#define KIND(name)	KUNIT_CASE_PARAM(name, vtd_machine_gen_setups)

static struct kunit_case vtd_driver_liveupdate_cases[] = {
	KIND(dma_goes_on_over_a_live_update),
	KIND(functions_that_are_not_preserved_are_blocked),
	KIND(domain_of_two_functions_goes_on),
	KIND(second_live_update_is_like_the_first),
	KIND(unit_without_preserved_functions_is_disabled),
	KIND(update_that_is_aborted_changes_nothing),
	KIND(kexec_without_records_disables_translation),
	KIND(reboot_disables_translation),
	KIND(events_are_masked_at_the_end),
	KIND(unit_stays_in_its_mode),
	KIND(domain_id_stays_with_its_domain),
	KIND(second_adoption_does_nothing),
	KIND(plugged_unit_is_taken_over),
	KIND(unit_that_cannot_be_initialized_costs_no_other),
	KIND(function_that_is_released_is_blocked),
	KIND(function_that_is_attached_elsewhere_is_cut_off_first),
	KIND(function_whose_probe_fails_is_blocked),
	KIND(attach_that_fails_leaves_dma_alone),
	KIND(adopted_function_has_no_ats),
	KIND(adopted_unit_suspends_and_resumes),
	KIND(interrupt_remapping_stays_enabled),
	{}
};

static struct kunit_suite vtd_driver_liveupdate_suite = {
	.name = "vtd_driver_liveupdate",
	.test_cases = vtd_driver_liveupdate_cases,
};

kunit_test_suite(vtd_driver_liveupdate_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the VT-d driver over a live update");
