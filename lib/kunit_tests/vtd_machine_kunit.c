// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: a machine whose VT-d units are those in software
 *
 * What the fixture of suites about the VT-d driver does when something is wrong: a
 * unit that does not answer, a boot that fails, addresses where nothing is.
 */

#include <linux/pci.h>

#include <kunit/test.h>

#include "vtd_driver_calls.h"
#include "vtd_inner_test.h"
#include "vtd_machine_dma.h"
#include "vtd_tables.h"

#define DEVICE		VTD_MACHINE_ENDPOINT

/* A slot of the root bus that has no function */
#define NO_DEVICE	PCI_DEVFN(0x1e, 0)

static struct vtd_machine *machine_with(struct kunit *test, const char *option)
{
	struct vtd_machine_config config = {
		.nr_units = 1,
		.units = { { .settings = vtd_tables_settings } },
		.option = option,
	};

	config.units[0].settings.ecap &= ~VTD_ECAP_PRS;
	return vtd_machine_create(test, &config);
}

static void place_without_a_function_reads_all_ones(struct kunit *test)
{
	struct vtd_machine *machine = machine_with(test, NULL);
	u32 value = 0;

	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_EQ(test, PCIBIOS_DEVICE_NOT_FOUND,
			pci_bus_read_config_dword(machine->bus, NO_DEVICE,
						  PCI_VENDOR_ID, &value));
	KUNIT_EXPECT_EQ(test, ~0U, value);
}

static void functions_keep_their_state_without_a_kernel(struct kunit *test)
{
	struct vtd_machine *machine = machine_with(test, NULL);
	u16 command;

	vtd_machine_set_master(machine, DEVICE, true);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	pci_read_config_word(vtd_machine_pci(machine, DEVICE), PCI_COMMAND, &command);
	KUNIT_EXPECT_TRUE(test, command & PCI_COMMAND_MASTER);
	pci_clear_master(vtd_machine_pci(machine, DEVICE));
	vtd_machine_end_kernel(machine);
	KUNIT_EXPECT_FALSE(test, vtd_machine_is_master(machine, DEVICE));
}

static void address_without_a_unit_is_not_mapped(struct kunit *test)
{
	struct vtd_machine *machine = machine_with(test, NULL);
	u64 address = machine->address[0];

	KUNIT_EXPECT_PTR_EQ(test, machine->units[0]->registers,
			    vtd_world_map(address, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, !vtd_world_map(address + PAGE_SIZE, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, !vtd_world_map(address, 2 * PAGE_SIZE));
	KUNIT_EXPECT_FALSE(test, vtd_world_request_region(address + 1, PAGE_SIZE, "x"));
}

static void driver_that_is_off_turns_translation_off(struct kunit *test)
{
	const struct vtd_tables_config config = { .second_levels = 4, .leaf_level = 1 };
	struct vtd_machine *machine = machine_with(test, "off");
	struct vtd_test_unit *unit = machine->units[0];
	struct vtd_tables tables;

	vtd_tables_build(&tables, unit, &config);
	vtd_tables_enable(&tables);
	KUNIT_EXPECT_EQ(test, -ENODEV, vtd_machine_boot(machine));
	KUNIT_EXPECT_FALSE(test, vtd_test_unit_readl(unit, VTD_GSTS) & VTD_GCMD_TE);
	KUNIT_EXPECT_NULL(test, vtd_machine_dev(machine, DEVICE)->iommu_group);

	/* The next kernel may have it on: nothing of this one is left. */
	vtd_machine_end_kernel(machine);
	machine->config.option = NULL;
	KUNIT_EXPECT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_NOT_NULL(test, vtd_machine_dev(machine, DEVICE)->iommu_group);
}

static void wait_for_a_dead_unit(struct kunit *inner)
{
	struct vtd_machine *machine = machine_with(inner, NULL);

	vtd_world_stuck(machine->units[0]->registers + VTD_GSTS);
}

static void shut_down_under_dma(struct kunit *inner)
{
	struct vtd_machine *machine = machine_with(inner, NULL);

	KUNIT_ASSERT_EQ(inner, 0, vtd_machine_boot(machine));
	vtd_machine_watch_masters(machine);
	pci_set_master(vtd_machine_pci(machine, DEVICE));
	vtd_machine_shut_down(machine);
}

static void say_what_is_not_so(struct kunit *inner)
{
	struct vtd_machine *machine = machine_with(inner, NULL);

	KUNIT_ASSERT_EQ(inner, 0, vtd_machine_boot(machine));
	vtd_machine_watch(machine, DEVICE, VTD_MACHINE_IOVA, VTD_ORACLE_REACHES,
			  VTD_MACHINE_TARGET);
	vtd_machine_ring_doorbell();
}

static void boot_and_end(struct kunit *inner)
{
	KUNIT_ASSERT_EQ(inner, 0, vtd_machine_boot(machine_with(inner, NULL)));
}

static void what_is_wrong_fails_the_case(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, vtd_inner_test_passes(test, boot_and_end));
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, wait_for_a_dead_unit));
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, shut_down_under_dma));
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, say_what_is_not_so));
	KUNIT_EXPECT_TRUE(test, vtd_inner_test_passes(test, boot_and_end));
}

static struct kunit_case vtd_machine_cases[] = {
	KUNIT_CASE(place_without_a_function_reads_all_ones),
	KUNIT_CASE(functions_keep_their_state_without_a_kernel),
	KUNIT_CASE(address_without_a_unit_is_not_mapped),
	KUNIT_CASE(driver_that_is_off_turns_translation_off),
	KUNIT_CASE(what_is_wrong_fails_the_case),
	{}
};

static struct kunit_suite vtd_machine_suite = {
	.name = "vtd_machine",
	.test_cases = vtd_machine_cases,
};

kunit_test_suite(vtd_machine_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of a machine with VT-d units in software");
