// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: units that the VT-d driver finds enabled, and has no record of
 *
 * Another kernel has left translation enabled, and its devices do DMA. Whichever
 * way the driver takes to disable it, each PCI function behind the unit must have
 * lost bus mastering before. The oracle watches that: it knows who does DMA.
 */

#include <linux/bitfield.h>
#include <linux/iommu.h>
#include <linux/pci.h>

#include <kunit/test.h>

#include "fake_kho.h"
#include "mock_kexec.h"
#include "vtd_machine_dma.h"
#include "vtd_machine_setups.h"

#define DEVICE		VTD_MACHINE_ENDPOINT
#define OTHER		VTD_MACHINE_OTHER
#define IOVA		VTD_MACHINE_IOVA
#define TARGET		VTD_MACHINE_TARGET

static void watch_everybody(struct vtd_machine *machine)
{
	vtd_machine_watch_masters(machine);
	for (int i = 0; i < VTD_MACHINE_NR_DEVICES; i++)
		vtd_machine_set_master(machine, i, true);
}

static void forget_everybody(struct vtd_machine *machine)
{
	for (int i = 0; i < VTD_MACHINE_NR_DEVICES; i++)
		vtd_machine_set_master(machine, i, false);
}

/* All units translate, all functions do DMA, and no kernel runs. */
static struct vtd_machine *orphan(struct kunit *test,
				  const struct vtd_machine_config *config)
{
	struct vtd_machine *machine;

	fake_kho_start(test);
	machine = vtd_machine_create(test, config);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	vtd_machine_kexec(machine);
	mock_kexec(test);
	watch_everybody(machine);
	for (unsigned int i = 0; i < config->nr_units; i++)
		vtd_log_clear(machine->units[i]);
	return machine;
}

static struct vtd_machine *orphan_of(struct kunit *test)
{
	struct vtd_machine_config config = vtd_machine_config_of(test);

	return orphan(test, &config);
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

static u64 mode_of(struct vtd_test_unit *unit)
{
	return FIELD_GET(VTD_RTADDR_TTM, unit->unit.root_table);
}

/* How often translation was switched off, since the log was cleared */
static unsigned int times_disabled(struct vtd_test_unit *unit)
{
	struct vtd_event event;
	unsigned int times = 0;

	for (unsigned int i = 0; vtd_log_get(&unit->log, i, &event); i++) {
		times += event.type == VTD_EVENT_STATUS &&
			 event.previous & VTD_GCMD_TE && !(event.value & VTD_GCMD_TE);
	}
	return times;
}

/* The functions behind unit @index do DMA, or not. */
static void expect_masters(struct vtd_machine *machine, unsigned int index, bool master)
{
	for (int i = 0; i < VTD_MACHINE_NR_DEVICES; i++) {
		if (vtd_machine_unit_of(machine, i) != machine->units[index])
			continue;
		KUNIT_EXPECT_EQ_MSG(machine->test, master,
				    vtd_machine_is_master(machine, i), "function %d", i);
	}
}

static void end(struct vtd_machine *machine)
{
	forget_everybody(machine);
	vtd_machine_end_kernel(machine);
	mock_kexec(machine->test);
}

static void unit_is_disabled_when_dma_has_stopped(struct kunit *test)
{
	struct vtd_machine *machine = orphan_of(test);
	struct vtd_test_unit *unit = machine->units[0];

	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_EQ(test, 1, times_disabled(unit));
	KUNIT_EXPECT_TRUE(test, is_enabled(unit));
	expect_masters(machine, 0, false);
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
	end(machine);
}

/* The oracle is not blind: without bus mastering ended, it sees the same. */
static void unit_disabled_under_dma_is_seen(struct kunit *test)
{
	struct vtd_machine_config config = vtd_machine_config_of(test);
	struct vtd_machine *machine;

	fake_kho_start(test);
	machine = vtd_machine_create(test, &config);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	watch_everybody(machine);
	vtd_oracle_expect_violation(machine->units[0]);
	vtd_machine_shut_down(machine);
}

static void functions_of_other_units_go_on(struct kunit *test)
{
	struct vtd_machine_config config = two_units(test, BIT(OTHER));
	struct vtd_machine *machine = orphan(test, &config);

	/* Whoever was there before has disabled unit 1 itself. */
	forget_everybody(machine);
	vtd_test_unit_writel(machine->units[1], VTD_GCMD,
			     vtd_test_unit_readl(machine->units[1], VTD_GSTS) &
			     ~(VTD_GCMD_TE | VTD_GCMD_SRTP));
	KUNIT_ASSERT_FALSE(test, is_enabled(machine->units[1]));
	watch_everybody(machine);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	expect_masters(machine, 0, false);
	expect_masters(machine, 1, true);
	end(machine);
}

static void driver_that_is_off_stops_dma_first(struct kunit *test)
{
	struct vtd_machine *machine = orphan_of(test);

	machine->config.option = "off";
	KUNIT_EXPECT_EQ(test, -ENODEV, vtd_machine_boot(machine));
	KUNIT_EXPECT_EQ(test, 1, times_disabled(machine->units[0]));
	KUNIT_EXPECT_FALSE(test, is_enabled(machine->units[0]));
	expect_masters(machine, 0, false);
	end(machine);
}

static void ignored_unit_is_disabled_when_dma_has_stopped(struct kunit *test)
{
	struct vtd_machine_config config = two_units(test, BIT(OTHER));
	struct vtd_machine *machine;

	config.displays = BIT(OTHER);
	machine = orphan(test, &config);
	machine->config.option = "igfx_off";
	KUNIT_EXPECT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_EQ(test, 1, times_disabled(machine->units[0]));
	KUNIT_EXPECT_FALSE(test, is_enabled(machine->units[0]));
	KUNIT_EXPECT_TRUE(test, is_enabled(machine->units[1]));
	expect_masters(machine, 0, false);
	expect_masters(machine, 1, false);
	end(machine);
}

/* Whichever of them fails, all are disabled: nothing was handed over. */
static void fail_interrupts(struct kunit *test, u32 failing)
{
	struct vtd_machine_config config = two_units(test, BIT(OTHER));
	struct vtd_machine *machine = orphan(test, &config);

	machine->failing_interrupts = failing;
	KUNIT_EXPECT_NE(test, 0, vtd_machine_boot(machine));
	for (unsigned int i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, 1, times_disabled(machine->units[i]));
		KUNIT_EXPECT_FALSE(test, is_enabled(machine->units[i]));
		expect_masters(machine, i, false);
	}
	end(machine);
}

static void unit_without_interrupt_is_disabled_when_dma_has_stopped(struct kunit *test)
{
	fail_interrupts(test, BIT(0));
}

static void units_before_one_that_fails_are_disabled_when_dma_has_stopped(struct kunit *test)
{
	fail_interrupts(test, BIT(1));
}

/* A unit that is plugged: another kernel has used it before. */
static struct vtd_machine *plug(struct kunit *test)
{
	struct vtd_machine_config config = two_units(test, BIT(OTHER));
	struct vtd_machine *machine = orphan(test, &config);

	machine->config.units[0].absent = true;
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_TRUE(test, is_enabled(machine->units[0]));
	KUNIT_EXPECT_EQ(test, 0, times_disabled(machine->units[0]));
	KUNIT_EXPECT_TRUE(test, is_enabled(machine->units[1]));
	/* What is plugged with a unit has not been found yet. */
	vtd_machine_remove_device(machine, OTHER);
	return machine;
}

static void plugged_unit_is_disabled_and_enabled(struct kunit *test)
{
	struct vtd_machine *machine = plug(test);

	KUNIT_EXPECT_EQ(test, 0, vtd_machine_insert_unit(machine, 0));
	KUNIT_EXPECT_EQ(test, 1, times_disabled(machine->units[0]));
	KUNIT_EXPECT_TRUE(test, is_enabled(machine->units[0]));
	expect_masters(machine, 0, false);
	vtd_machine_rescan(machine);
	vtd_machine_start_dma(machine, OTHER);
	vtd_machine_expect_reaches(machine, OTHER, IOVA, TARGET);
	vtd_machine_forget(machine, OTHER, IOVA);
	vtd_machine_kexec(machine);
	mock_kexec(test);
}

static void plugged_unit_that_fails_is_disabled(struct kunit *test)
{
	struct vtd_machine *machine = plug(test);

	machine->failing_interrupts = ~0;
	KUNIT_EXPECT_NE(test, 0, vtd_machine_insert_unit(machine, 0));
	KUNIT_EXPECT_FALSE(test, is_enabled(machine->units[0]));
	expect_masters(machine, 0, false);
	vtd_machine_kexec(machine);
	mock_kexec(test);
}

/* A kernel that dumps copies the tables. */
static void dumping_kernel_stops_nobody(struct kunit *test)
{
	struct vtd_machine_config config = vtd_machine_config_of(test);
	struct vtd_machine *machine;

	fake_kho_start(test);
	machine = vtd_machine_create(test, &config);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	watch_everybody(machine);
	vtd_machine_start_dma(machine, DEVICE);
	vtd_machine_kexec(machine);
	machine->kdump = true;
	vtd_log_clear(machine->units[0]);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_EQ(test, 0, times_disabled(machine->units[0]));
	expect_masters(machine, 0, true);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_machine_forget(machine, DEVICE, IOVA);
	vtd_machine_kexec(machine);
	mock_kexec(test);
}

/* In its mode, too: what was found says nothing about what this kernel does. */
static void next_mode_is_that_of_the_option(struct kunit *test)
{
	struct vtd_machine_config config = vtd_machine_config_of(test);
	struct vtd_test_unit *unit;
	struct vtd_machine *machine;

	if (!vtd_machine_setup_of(test)->scalable)
		kunit_skip(test, "the unit has one mode");
	machine = orphan(test, &config);
	unit = machine->units[0];
	machine->config.option = "sm_off";
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_EQ(test, VTD_TTM_LEGACY, mode_of(unit));
	vtd_machine_start_dma(machine, DEVICE);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_machine_forget(machine, DEVICE, IOVA);
	vtd_machine_kexec(machine);
	mock_kexec(test);
	machine->config.option = NULL;
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_EQ(test, VTD_TTM_SCALABLE, mode_of(unit));
	end(machine);
}

static struct kunit_case vtd_driver_orphan_cases[] = {
	KUNIT_CASE_PARAM(unit_is_disabled_when_dma_has_stopped, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(unit_disabled_under_dma_is_seen, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(functions_of_other_units_go_on, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(driver_that_is_off_stops_dma_first, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(ignored_unit_is_disabled_when_dma_has_stopped,
			 vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(unit_without_interrupt_is_disabled_when_dma_has_stopped,
			 vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(units_before_one_that_fails_are_disabled_when_dma_has_stopped,
			 vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(plugged_unit_is_disabled_and_enabled,
			 vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(plugged_unit_that_fails_is_disabled,
			 vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(dumping_kernel_stops_nobody, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(next_mode_is_that_of_the_option, vtd_machine_gen_setups),
	{}
};

static struct kunit_suite vtd_driver_orphan_suite = {
	.name = "vtd_driver_orphan",
	.test_cases = vtd_driver_orphan_cases,
};

kunit_test_suite(vtd_driver_orphan_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of units that the VT-d driver finds enabled");
