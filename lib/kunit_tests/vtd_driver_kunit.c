// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: the VT-d driver on units in software
 *
 * The kernel's own driver, compiled a second time, boots on units of each kind,
 * attaches devices, follows another kernel and is followed by one. The oracle
 * watches what becomes of DMA all the while. What the driver does that a live
 * update must not do is a case here as well, and says so.
 */

#include <linux/bitfield.h>
#include <linux/dma-mapping.h>
#include <linux/iommu.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommu-priv.h"
#include "vtd_machine_dma.h"
#include "vtd_machine_setups.h"
#include "vtd_tables.h"

#define DEVICE		VTD_MACHINE_ENDPOINT
#define OTHER		VTD_MACHINE_OTHER
#define BEHIND_PORT	VTD_MACHINE_BEHIND_PORT

#define IOVA		VTD_MACHINE_IOVA
#define TARGET		VTD_MACHINE_TARGET
#define NOWHERE		VTD_MACHINE_NOWHERE

/* Another page of a domain, in the same tables */
#define OTHER_IOVA	(IOVA + PAGE_SIZE)
#define OTHER_TARGET	(TARGET + PAGE_SIZE)

/* Reserved by firmware on each PC, as RMRRs have to be: the BIOS */
#define RESERVED	0xf0000ULL

static struct vtd_machine *boot_config(struct kunit *test,
				       const struct vtd_machine_config *config)
{
	struct vtd_machine *machine = vtd_machine_create(test, config);

	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	return machine;
}

/* A machine with a unit of the kind that the case runs with, and a kernel */
static struct vtd_machine *boot(struct kunit *test)
{
	struct vtd_machine_config config = vtd_machine_config_of(test);

	return boot_config(test, &config);
}

static u32 status_of(struct vtd_test_unit *unit)
{
	vtd_unit_settle(&unit->unit);
	return vtd_test_unit_readl(unit, VTD_GSTS);
}

/* Boot */

static void boot_enables_translation(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);
	struct vtd_test_unit *unit = machine->units[0];
	u64 root_table = unit->unit.root_table;
	u64 mode = FIELD_GET(VTD_RTADDR_TTM, root_table);

	KUNIT_EXPECT_EQ(test, VTD_GCMD_TE | VTD_GCMD_SRTP,
			status_of(unit) & (VTD_GCMD_TE | VTD_GCMD_SRTP));
	KUNIT_EXPECT_EQ(test, root_table, vtd_test_unit_readq(unit, VTD_RTADDR));
	KUNIT_EXPECT_EQ(test, mode, vtd_machine_setup_of(test)->scalable ?
				    VTD_TTM_SCALABLE : VTD_TTM_LEGACY);
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_ROOT_TABLE),
			      VTD_PATTERN(VTD_EVENT_CONTEXT_INVALIDATION));
	KUNIT_EXPECT_EQ(test, 1, vtd_log_count(unit, VTD_EVENT_ROOT_TABLE));
	for (int i = 0; i < VTD_MACHINE_NR_DEVICES; i++)
		vtd_machine_expect_blocked(machine, i, NOWHERE);
}

static void queue_is_used_if_there_is_one(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);
	struct vtd_test_unit *unit = machine->units[0];
	bool has_queue = unit->unit.settings.ecap & VTD_ECAP_QI;

	vtd_machine_remove_device(machine, DEVICE);
	KUNIT_EXPECT_EQ(test, has_queue, !!(status_of(unit) & VTD_GCMD_QIE));
	KUNIT_EXPECT_EQ(test, has_queue, vtd_log_count(unit, VTD_EVENT_WAIT) > 0);
}

static void devices_of_this_machine_have_no_iommu(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);
	struct pci_dev *pdev = NULL;
	int ours = 0;

	for_each_pci_dev(pdev) {
		bool is_ours = pci_domain_nr(pdev->bus) == VTD_MACHINE_SEGMENT;

		KUNIT_EXPECT_EQ(test, is_ours, !!pdev->dev.iommu_group);
		ours += is_ours;
	}
	KUNIT_EXPECT_EQ(test, VTD_MACHINE_NR_DEVICES, ours);
	KUNIT_EXPECT_NOT_NULL(test, machine->bus);
}

/* Devices */

/*
 * The DMA API, in the default domain: there before it returns, gone after it is
 * asked to be; with strict invalidation, which the configuration has.
 */
static void dma_goes_where_the_dma_api_says(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);
	struct device *dev = vtd_machine_dev(machine, DEVICE);
	void *buffer = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	dma_addr_t address;

	KUNIT_ASSERT_NOT_NULL(test, buffer);
	vtd_machine_watch(machine, DEVICE, NOWHERE, VTD_ORACLE_BLOCKED, 0);
	vtd_machine_watch(machine, OTHER, NOWHERE, VTD_ORACLE_BLOCKED, 0);
	address = dma_map_single(dev, buffer, PAGE_SIZE, DMA_BIDIRECTIONAL);
	KUNIT_ASSERT_FALSE(test, dma_mapping_error(dev, address));
	vtd_machine_ring_doorbell();
	vtd_machine_watch(machine, OTHER, address, VTD_ORACLE_BLOCKED, 0);
	vtd_machine_watch(machine, DEVICE, address, VTD_ORACLE_REACHES,
			  virt_to_phys(buffer));
	vtd_machine_ring_doorbell();
	vtd_machine_expect_reaches(machine, DEVICE, address, virt_to_phys(buffer));

	vtd_machine_watch(machine, DEVICE, address, VTD_ORACLE_EITHER,
			  virt_to_phys(buffer));
	dma_unmap_single(dev, address, PAGE_SIZE, DMA_BIDIRECTIONAL);
	vtd_machine_watch(machine, DEVICE, address, VTD_ORACLE_BLOCKED, 0);
	vtd_machine_ring_doorbell();
	vtd_machine_expect_blocked(machine, DEVICE, address);
}

static void mapped_page_is_reached_while_others_change(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);
	struct vtd_machine_domain *domain;

	vtd_machine_watch(machine, DEVICE, NOWHERE, VTD_ORACLE_BLOCKED, 0);
	domain = vtd_machine_start_dma(machine, DEVICE);
	vtd_machine_watch(machine, DEVICE, OTHER_IOVA, VTD_ORACLE_EITHER, OTHER_TARGET);
	vtd_machine_map(domain, OTHER_IOVA, OTHER_TARGET);
	vtd_machine_ring_doorbell();
	vtd_machine_watch(machine, DEVICE, OTHER_IOVA, VTD_ORACLE_REACHES, OTHER_TARGET);
	vtd_machine_expect_reaches(machine, DEVICE, OTHER_IOVA, OTHER_TARGET);

	vtd_machine_watch(machine, DEVICE, OTHER_IOVA, VTD_ORACLE_EITHER, OTHER_TARGET);
	vtd_machine_unmap(domain, OTHER_IOVA);
	vtd_machine_watch(machine, DEVICE, OTHER_IOVA, VTD_ORACLE_BLOCKED, 0);
	vtd_machine_ring_doorbell();
	vtd_machine_expect_blocked(machine, DEVICE, OTHER_IOVA);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_machine_forget(machine, DEVICE, IOVA);
}

static void domain_is_left_for_the_default_one(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);
	struct vtd_machine_domain *domain = vtd_machine_start_dma(machine, DEVICE);

	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_machine_expect_blocked(machine, OTHER, IOVA);
	vtd_machine_watch(machine, DEVICE, IOVA, VTD_ORACLE_EITHER, TARGET);
	vtd_machine_detach(domain);
	vtd_machine_watch(machine, DEVICE, IOVA, VTD_ORACLE_BLOCKED, 0);
	vtd_machine_ring_doorbell();
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
}

static void two_devices_share_a_domain(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);
	struct vtd_machine_domain *domain = vtd_machine_start_dma(machine, DEVICE);

	vtd_machine_watch(machine, BEHIND_PORT, IOVA, VTD_ORACLE_EITHER, TARGET);
	vtd_machine_attach(domain, BEHIND_PORT);
	vtd_machine_ring_doorbell();
	vtd_machine_watch(machine, BEHIND_PORT, IOVA, VTD_ORACLE_REACHES, TARGET);
	vtd_machine_ring_doorbell();
	vtd_machine_watch(machine, BEHIND_PORT, IOVA, VTD_ORACLE_EITHER, TARGET);
	vtd_machine_detach(domain);
	vtd_machine_ring_doorbell();
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_machine_expect_blocked(machine, BEHIND_PORT, IOVA);

	domain->group = vtd_machine_dev(machine, DEVICE)->iommu_group;
	vtd_machine_forget(machine, DEVICE, IOVA);
}

static void attach_static(struct vtd_machine *machine, struct iommu_domain *domain)
{
	struct device *dev = vtd_machine_dev(machine, DEVICE);

	KUNIT_ASSERT_EQ(machine->test, 0, iommu_attach_group(domain, dev->iommu_group));
}

static void detach_static(struct vtd_machine *machine, struct iommu_domain *domain)
{
	struct device *dev = vtd_machine_dev(machine, DEVICE);

	iommu_detach_group(domain, dev->iommu_group);
}

static void identity_domain_translates_nothing(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);
	struct device *dev = vtd_machine_dev(machine, DEVICE);
	struct iommu_domain *domain = dev_iommu_ops(dev)->identity_domain;

	vtd_machine_watch(machine, DEVICE, NOWHERE, VTD_ORACLE_EITHER, NOWHERE);
	attach_static(machine, domain);
	vtd_machine_ring_doorbell();
	vtd_machine_watch(machine, DEVICE, NOWHERE, VTD_ORACLE_REACHES, NOWHERE);
	vtd_machine_ring_doorbell();
	vtd_machine_expect_reaches(machine, DEVICE, NOWHERE, NOWHERE);
	vtd_machine_expect_blocked(machine, OTHER, NOWHERE);

	vtd_machine_watch(machine, DEVICE, NOWHERE, VTD_ORACLE_EITHER, NOWHERE);
	detach_static(machine, domain);
	vtd_machine_expect_blocked(machine, DEVICE, NOWHERE);
}

static void blocked_domain_blocks(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);
	struct device *dev = vtd_machine_dev(machine, DEVICE);
	struct iommu_domain *domain = dev_iommu_ops(dev)->blocked_domain;
	struct vtd_machine_domain *mapped = vtd_machine_start_dma(machine, DEVICE);

	vtd_machine_watch(machine, DEVICE, IOVA, VTD_ORACLE_EITHER, TARGET);
	vtd_machine_detach(mapped);
	vtd_machine_watch(machine, DEVICE, IOVA, VTD_ORACLE_BLOCKED, 0);
	attach_static(machine, domain);
	vtd_machine_ring_doorbell();
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
	detach_static(machine, domain);
}

static void removed_device_is_blocked(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);

	vtd_machine_watch(machine, BEHIND_PORT, NOWHERE, VTD_ORACLE_BLOCKED, 0);
	vtd_machine_remove_device(machine, BEHIND_PORT);
	vtd_machine_expect_blocked(machine, BEHIND_PORT, NOWHERE);

	vtd_machine_rescan(machine);
	KUNIT_EXPECT_NOT_NULL(test, vtd_machine_dev(machine, BEHIND_PORT)->iommu_group);
	vtd_machine_start_dma(machine, BEHIND_PORT);
	vtd_machine_expect_reaches(machine, BEHIND_PORT, IOVA, TARGET);
	vtd_machine_forget(machine, BEHIND_PORT, IOVA);
}

static void reserved_memory_is_reached(struct kunit *test)
{
	struct vtd_machine_config config = vtd_machine_config_of(test);
	struct vtd_machine *machine;

	config.reserved = BIT(OTHER);
	config.reserved_start = RESERVED;
	config.reserved_size = PAGE_SIZE;
	machine = boot_config(test, &config);
	vtd_machine_expect_reaches(machine, OTHER, RESERVED, RESERVED);
	vtd_machine_expect_blocked(machine, OTHER, RESERVED + PAGE_SIZE);
	vtd_machine_expect_blocked(machine, DEVICE, RESERVED);
}

/* In scalable mode, the driver sets nothing up for the alias. */
static void bridge_makes_requests_of_those_behind_it(struct kunit *test)
{
	struct vtd_machine *machine = boot(test);
	struct vtd_request request;
	struct vtd_result result;

	vtd_machine_start_dma(machine, VTD_MACHINE_CONVENTIONAL);
	request = vtd_machine_request(VTD_MACHINE_CONVENTIONAL, IOVA);
	request.source_id = VTD_MACHINE_ALIAS;
	vtd_test_unit_translate(machine->units[0], &request, &result);
	KUNIT_EXPECT_EQ(test, vtd_machine_setup_of(test)->scalable, result.blocked);
	vtd_machine_forget(machine, VTD_MACHINE_CONVENTIONAL, IOVA);
}

/* Units */

static struct vtd_machine_config two_units(struct kunit *test)
{
	struct vtd_machine_config config = vtd_machine_config_of(test);

	config.nr_units = 2;
	config.units[1] = config.units[0];
	config.units[0].devices = BIT(OTHER) | BIT(VTD_MACHINE_PORT);
	return config;
}

static void each_unit_has_the_devices_of_its_scope(struct kunit *test)
{
	struct vtd_machine_config config = two_units(test);
	struct vtd_machine *machine = boot_config(test, &config);

	KUNIT_EXPECT_PTR_EQ(test, machine->units[0],
			    vtd_machine_unit_of(machine, BEHIND_PORT));
	KUNIT_EXPECT_PTR_EQ(test, machine->units[1], vtd_machine_unit_of(machine, DEVICE));
	vtd_machine_start_dma(machine, BEHIND_PORT);
	vtd_machine_start_dma(machine, DEVICE);
	vtd_machine_expect_reaches(machine, BEHIND_PORT, IOVA, TARGET);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_machine_forget(machine, BEHIND_PORT, IOVA);
	vtd_machine_forget(machine, DEVICE, IOVA);
}

static void unit_is_plugged_before_its_devices(struct kunit *test)
{
	struct vtd_machine_config config = two_units(test);
	struct vtd_machine *machine;
	struct vtd_test_unit *unit;

	config.units[0].devices = BIT(OTHER);
	config.units[0].absent = true;
	config.units[1].devices = 0;
	machine = vtd_machine_create(test, &config);
	unit = machine->units[0];
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	vtd_log_expect_not(unit, VTD_EVENT_WRITE);
	vtd_machine_remove_device(machine, OTHER);

	KUNIT_ASSERT_EQ(test, 0, vtd_machine_insert_unit(machine, 0));
	KUNIT_EXPECT_TRUE(test, status_of(unit) & VTD_GCMD_TE);
	vtd_machine_rescan(machine);
	vtd_machine_start_dma(machine, OTHER);
	vtd_machine_expect_reaches(machine, OTHER, IOVA, TARGET);
	vtd_machine_forget(machine, OTHER, IOVA);
}

static void unit_is_unplugged_after_its_devices(struct kunit *test)
{
	struct vtd_machine_config config = two_units(test);
	struct vtd_machine *machine;

	config.units[0].devices = BIT(OTHER);
	machine = boot_config(test, &config);
	KUNIT_EXPECT_EQ(test, -EBUSY, vtd_machine_remove_unit(machine, 0));
	KUNIT_EXPECT_TRUE(test, status_of(machine->units[0]) & VTD_GCMD_TE);

	vtd_machine_remove_device(machine, OTHER);
	KUNIT_EXPECT_EQ(test, 0, vtd_machine_remove_unit(machine, 0));
	KUNIT_EXPECT_FALSE(test, status_of(machine->units[0]) & VTD_GCMD_TE);
	KUNIT_EXPECT_TRUE(test, status_of(machine->units[1]) & VTD_GCMD_TE);
}

static struct kunit_case vtd_driver_cases[] = {
	KUNIT_CASE_PARAM(boot_enables_translation, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(queue_is_used_if_there_is_one, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(devices_of_this_machine_have_no_iommu, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(dma_goes_where_the_dma_api_says, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(mapped_page_is_reached_while_others_change,
			 vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(domain_is_left_for_the_default_one, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(two_devices_share_a_domain, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(identity_domain_translates_nothing, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(blocked_domain_blocks, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(removed_device_is_blocked, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(reserved_memory_is_reached, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(bridge_makes_requests_of_those_behind_it,
			 vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(each_unit_has_the_devices_of_its_scope, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(unit_is_plugged_before_its_devices, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(unit_is_unplugged_after_its_devices, vtd_machine_gen_setups),
	{}
};

static struct kunit_suite vtd_driver_suite = {
	.name = "vtd_driver",
	.test_cases = vtd_driver_cases,
};

kunit_test_suite(vtd_driver_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the VT-d driver on units in software");
