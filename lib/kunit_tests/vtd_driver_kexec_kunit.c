// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: one kernel's VT-d driver after another's
 *
 * Kernels follow each other on the same units, which stay as they are in between:
 * shutdown, kexec, and boot with translation found enabled, in a kernel that dumps
 * and in one that does not. What a live update changes is in the suites
 * vtd_driver_orphan and vtd_driver_liveupdate.
 */

#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "fake_kho.h"
#include "mock_kexec.h"
#include "vtd_machine_dma.h"
#include "vtd_machine_setups.h"
#include "vtd_tables.h"

#define DEVICE		VTD_MACHINE_ENDPOINT
#define IOVA		VTD_MACHINE_IOVA
#define TARGET		VTD_MACHINE_TARGET

/* A kernel on a machine whose memory a mock kexec can take */
static struct vtd_machine *boot(struct kunit *test)
{
	struct vtd_machine_config config = vtd_machine_config_of(test);
	struct vtd_machine *machine;

	fake_kho_start(test);
	machine = vtd_machine_create(test, &config);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	return machine;
}

static u32 status_of(struct vtd_test_unit *unit)
{
	vtd_unit_settle(&unit->unit);
	return vtd_test_unit_readl(unit, VTD_GSTS);
}

static bool is_enabled(struct vtd_machine *machine)
{
	return status_of(machine->units[0]) & VTD_GCMD_TE;
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

/* Shutdown */

static void shutdown_turns_translation_off(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);

	vtd_machine_watch_masters(machine);
	pci_set_master(vtd_machine_pci(machine, DEVICE));
	KUNIT_EXPECT_TRUE(test, vtd_machine_is_master(machine, DEVICE));
	pci_clear_master(vtd_machine_pci(machine, DEVICE));
	KUNIT_EXPECT_FALSE(test, vtd_machine_is_master(machine, DEVICE));

	KUNIT_EXPECT_TRUE(test, is_enabled(machine));
	vtd_machine_shut_down(machine);
	KUNIT_EXPECT_FALSE(test, is_enabled(machine));
	KUNIT_EXPECT_EQ(test, 1, times_disabled(machine->units[0]));
}

static void shutdown_under_dma_is_seen(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);

	vtd_machine_watch_masters(machine);
	pci_set_master(vtd_machine_pci(machine, DEVICE));
	vtd_oracle_expect_violation(machine->units[0]);
	vtd_machine_shut_down(machine);
}

/* Kexec */

static void kexec_leaves_units_and_tables(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);

	vtd_machine_watch_masters(machine);
	vtd_machine_set_master(machine, DEVICE, true);
	vtd_machine_start_dma(machine, DEVICE);
	vtd_log_clear(machine->units[0]);
	vtd_machine_kexec(machine);
	vtd_machine_ring_doorbell();
	vtd_log_expect_not(machine->units[0], VTD_EVENT_WRITE);
	vtd_log_expect_not(machine->units[0], VTD_EVENT_FLUSH);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	KUNIT_EXPECT_TRUE(test, vtd_machine_is_master(machine, DEVICE));
	vtd_machine_forget(machine, DEVICE, IOVA);
	mock_kexec(test);
}

/* Who has not preserved tables finds that they are no tables any more. */
static void mock_kexec_takes_the_tables(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);
	struct vtd_result result;

	vtd_machine_start_dma(machine, DEVICE);
	vtd_machine_forget(machine, DEVICE, IOVA);
	vtd_machine_kexec(machine);
	mock_kexec(test);
	vtd_memory_expect_stray(&machine->units[0]->memory, VTD_ANY_NUMBER);
	vtd_machine_translate(machine, DEVICE, IOVA, &result);
	KUNIT_EXPECT_TRUE(test, result.blocked || result.address != TARGET);
}

static void next_kernel_turns_translation_off_and_on(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);
	struct vtd_test_unit *unit = machine->units[0];

	vtd_machine_start_dma(machine, DEVICE);
	vtd_machine_forget(machine, DEVICE, IOVA);
	vtd_machine_kexec(machine);
	mock_kexec(test);
	KUNIT_EXPECT_TRUE(test, is_enabled(machine));

	vtd_log_clear(unit);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_EQ(test, 1, times_disabled(unit));
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_STATUS),
			      VTD_PATTERN(VTD_EVENT_ROOT_TABLE));
	KUNIT_EXPECT_TRUE(test, is_enabled(machine));
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
}

static void next_kernel_begins_afresh(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);

	for (int i = 0; i < 3; i++) {
		vtd_machine_start_dma(machine, DEVICE);
		vtd_machine_start_dma(machine, VTD_MACHINE_CONVENTIONAL);
		vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
		vtd_machine_forget(machine, DEVICE, IOVA);
		vtd_machine_forget(machine, VTD_MACHINE_CONVENTIONAL, IOVA);
		vtd_machine_kexec(machine);
		mock_kexec(test);
		KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
		vtd_machine_expect_blocked(machine, DEVICE, IOVA);
		vtd_machine_expect_blocked(machine, VTD_MACHINE_CONVENTIONAL, IOVA);
	}
}

static void kernel_after_a_shutdown_finds_translation_off(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);

	vtd_machine_shut_down(machine);
	vtd_machine_kexec(machine);
	mock_kexec(test);
	vtd_log_clear(machine->units[0]);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_EQ(test, 0, times_disabled(machine->units[0]));
	KUNIT_EXPECT_TRUE(test, is_enabled(machine));
}

/* A kernel that dumps, in memory of its own: nobody takes the tables. */

static void dumping_kernel_lets_dma_go_on(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);
	struct vtd_test_unit *unit = machine->units[0];

	vtd_machine_watch_masters(machine);
	vtd_machine_set_master(machine, DEVICE, true);
	vtd_machine_start_dma(machine, DEVICE);
	vtd_machine_kexec(machine);
	machine->kdump = true;
	vtd_log_clear(unit);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_EQ(test, 0, times_disabled(unit));
	KUNIT_EXPECT_EQ(test, 1, vtd_log_count(unit, VTD_EVENT_ROOT_TABLE));
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);

	vtd_machine_forget(machine, DEVICE, IOVA);
	vtd_machine_kexec(machine);
	mock_kexec(test);
}

static void dumping_kernel_maps_for_its_driver(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);
	void *buffer = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	dma_addr_t address;
	struct device *dev;

	KUNIT_ASSERT_NOT_NULL(test, buffer);
	vtd_machine_start_dma(machine, DEVICE);
	vtd_machine_kexec(machine);
	machine->kdump = true;
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));

	/*
	 * Its driver has reset the device. The DMA API attaches it only where
	 * the running kernel dumps, which this one does not.
	 */
	vtd_machine_forget(machine, DEVICE, IOVA);
	dev = vtd_machine_dev(machine, DEVICE);
	KUNIT_EXPECT_EQ(test, 0, iommu_deferred_attach(dev, iommu_get_domain_for_dev(dev)));
	address = dma_map_single(dev, buffer, PAGE_SIZE, DMA_BIDIRECTIONAL);
	KUNIT_EXPECT_FALSE(test, dma_mapping_error(dev, address));
	vtd_machine_ring_doorbell();
	vtd_machine_expect_reaches(machine, DEVICE, address, virt_to_phys(buffer));
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
	vtd_machine_kexec(machine);
	mock_kexec(test);
}

/* Tables of whoever was there before: firmware, or a kernel of another kind */

static void foreign_tables_are_replaced(struct kunit *test)
{
	const struct vtd_machine_config config = {
		.nr_units = 1,
		.units = { { .settings = vtd_tables_settings } },
		.option = "sm_off",
	};
	const struct vtd_tables_config *tables_config = test->param_value;
	struct vtd_machine_config changed = config;
	struct vtd_request request;
	struct vtd_machine *machine;
	struct vtd_tables tables;
	struct vtd_result result;

	changed.units[0].settings.ecap &= ~VTD_ECAP_PRS;
	machine = vtd_machine_create(test, &changed);
	vtd_tables_build(&tables, machine->units[0], tables_config);
	vtd_tables_enable(&tables);
	request = vtd_tables_request(&tables);
	vtd_test_unit_translate(machine->units[0], &request, &result);
	KUNIT_EXPECT_FALSE(test, result.blocked);

	vtd_log_clear(machine->units[0]);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_EQ(test, 1, times_disabled(machine->units[0]));
	vtd_test_unit_translate(machine->units[0], &request, &result);
	KUNIT_EXPECT_TRUE(test, result.blocked);
}

static struct kunit_case vtd_driver_kexec_cases[] = {
	KUNIT_CASE_PARAM(shutdown_turns_translation_off, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(shutdown_under_dma_is_seen, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(kexec_leaves_units_and_tables, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(mock_kexec_takes_the_tables, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(next_kernel_turns_translation_off_and_on,
			 vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(next_kernel_begins_afresh, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(kernel_after_a_shutdown_finds_translation_off,
			 vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(dumping_kernel_lets_dma_go_on, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(dumping_kernel_maps_for_its_driver, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(foreign_tables_are_replaced, vtd_tables_gen_configs),
	{}
};

static struct kunit_suite vtd_driver_kexec_suite = {
	.name = "vtd_driver_kexec",
	.test_cases = vtd_driver_kexec_cases,
};

kunit_test_suite(vtd_driver_kexec_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of one kernel's VT-d driver after another's");
