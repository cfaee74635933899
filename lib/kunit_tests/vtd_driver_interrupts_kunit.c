// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: interrupt remapping by the VT-d driver on units in software
 *
 * The kernel's own driver enables interrupt remapping before DMA remapping, as at
 * boot. The MSIs of a PCI function go through PCI, the MSI layer and the driver to
 * an entry, by which the unit finds the vector that the kernel expects.
 */

#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/pci.h>

#include <asm/hw_irq.h>

#include <kunit/test.h>

#include "fake_kho.h"
#include "mock_kexec.h"
#include "vtd_machine_dma.h"
#include "vtd_machine_setups.h"

#define DEVICE		VTD_MACHINE_ENDPOINT
#define IOVA		VTD_MACHINE_IOVA
#define TARGET		VTD_MACHINE_TARGET

/* A message in the compatibility format (section 5.1.2.1) */
#define COMPATIBLE_ADDRESS	0xfee00000ULL
#define COMPATIBLE_DATA		0x31

static struct vtd_machine *boot(struct kunit *test, bool x2apic)
{
	struct vtd_machine_config config = vtd_machine_config_of(test);
	struct vtd_machine *machine;

	if (!(config.units[0].settings.ecap & VTD_ECAP_IR))
		kunit_skip(test, "the unit does not remap interrupts");
	config.interrupts = true;
	config.x2apic = x2apic;
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

static void boot_enables_remapping(struct kunit *test)
{
	const u32 bits = VTD_GCMD_IRE | VTD_GCMD_SIRTP | VTD_GCMD_QIE | VTD_GCMD_TE;
	struct vtd_machine *machine = boot(test, false);
	struct vtd_test_unit *unit = machine->units[0];
	struct vtd_interrupt result;

	KUNIT_EXPECT_EQ(test, bits, status_of(unit) & (bits | VTD_GCMD_CFI));
	KUNIT_EXPECT_FALSE(test, unit->unit.interrupt_table & VTD_IRTA_EIME);
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_INTERRUPT_TABLE),
			      VTD_PATTERN(VTD_EVENT_ROOT_TABLE));
	vtd_test_unit_interrupt(unit, vtd_machine_source_id(DEVICE),
				COMPATIBLE_ADDRESS, COMPATIBLE_DATA, &result);
	KUNIT_EXPECT_TRUE(test, result.blocked);
}

static void x2apic_is_used_if_cpus_have_it(struct kunit *test)
{
	struct vtd_machine *machine = boot(test, true);

	KUNIT_EXPECT_TRUE(test, status_of(machine->units[0]) & VTD_GCMD_IRE);
	KUNIT_EXPECT_TRUE(test, machine->units[0]->unit.interrupt_table & VTD_IRTA_EIME);
}

static void dma_is_remapped_along(struct kunit *test)
{
	struct vtd_machine *machine = boot(test, false);
	struct vtd_machine_domain *domain;

	domain = vtd_machine_start_dma(machine, DEVICE);
	vtd_machine_expect_reaches(machine, DEVICE, IOVA, TARGET);
	vtd_machine_forget(machine, DEVICE, IOVA);
	vtd_machine_detach(domain);
	vtd_machine_expect_blocked(machine, DEVICE, IOVA);
}

/* MSI of a function */

static irqreturn_t ignore(int irq, void *data)
{
	return IRQ_HANDLED;
}

static void free_vectors(void *data)
{
	pci_free_irq_vectors(data);
}

static void free_handler(void *data)
{
	free_irq(pci_irq_vector(data, 0), data);
}

/* Return the Linux interrupt number */
static unsigned int request_message(struct kunit *test, struct pci_dev *pdev)
{
	int irq;

	KUNIT_ASSERT_EQ(test, 1, pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_vectors, pdev));
	irq = pci_irq_vector(pdev, 0);
	KUNIT_ASSERT_GT(test, irq, 0);
	KUNIT_ASSERT_EQ(test, 0, request_irq(irq, ignore, 0, "vtd_driver", pdev));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_handler, pdev));
	return irq;
}

/* The function sends what its MSI capability says, as @source_id. */
static void send_message(struct vtd_machine *machine, struct pci_dev *pdev,
			 u16 source_id, struct vtd_interrupt *result)
{
	u32 low, high;
	u16 data;

	pci_read_config_dword(pdev, pdev->msi_cap + PCI_MSI_ADDRESS_LO, &low);
	pci_read_config_dword(pdev, pdev->msi_cap + PCI_MSI_ADDRESS_HI, &high);
	pci_read_config_word(pdev, pdev->msi_cap + PCI_MSI_DATA_64, &data);
	vtd_machine_ring_doorbell();
	vtd_test_unit_interrupt(machine->units[0], source_id, low | (u64)high << 32,
				data, result);
}

static void message_reaches_its_vector(struct kunit *test)
{
	struct vtd_machine *machine = boot(test, false);
	struct pci_dev *pdev = vtd_machine_pci(machine, DEVICE);
	unsigned int irq = request_message(test, pdev);
	struct irq_cfg *config = irqd_cfg(irq_get_irq_data(irq));
	struct vtd_interrupt result;

	send_message(machine, pdev, pci_dev_id(pdev), &result);
	KUNIT_EXPECT_FALSE(test, result.blocked);
	KUNIT_EXPECT_EQ(test, config->vector, result.vector);
	KUNIT_EXPECT_EQ(test, config->dest_apicid, result.destination);
	KUNIT_EXPECT_FALSE(test, result.posted);
}

static void message_of_another_function_is_blocked(struct kunit *test)
{
	struct vtd_machine *machine = boot(test, false);
	struct pci_dev *pdev = vtd_machine_pci(machine, DEVICE);
	struct vtd_interrupt result;

	request_message(test, pdev);
	send_message(machine, pdev, vtd_machine_source_id(VTD_MACHINE_OTHER), &result);
	KUNIT_EXPECT_TRUE(test, result.blocked);
}

static void message_of_a_bridge_is_that_of_those_behind_it(struct kunit *test)
{
	struct vtd_machine *machine = boot(test, false);
	struct pci_dev *pdev = vtd_machine_pci(machine, VTD_MACHINE_CONVENTIONAL);
	struct vtd_interrupt result;

	request_message(test, pdev);
	send_message(machine, pdev, VTD_MACHINE_ALIAS, &result);
	KUNIT_EXPECT_FALSE(test, result.blocked);
	send_message(machine, pdev, vtd_machine_source_id(DEVICE), &result);
	KUNIT_EXPECT_TRUE(test, result.blocked);
}

static void next_kernel_turns_remapping_off_and_on(struct kunit *test)
{
	struct vtd_machine *machine = boot(test, false);
	struct vtd_test_unit *unit = machine->units[0];
	u64 table = unit->unit.interrupt_table;

	vtd_machine_kexec(machine);
	mock_kexec(test);
	KUNIT_EXPECT_TRUE(test, status_of(unit) & VTD_GCMD_IRE);
	vtd_log_clear(unit);
	KUNIT_ASSERT_EQ(test, 0, vtd_machine_boot(machine));
	KUNIT_EXPECT_TRUE(test, status_of(unit) & VTD_GCMD_IRE);
	KUNIT_EXPECT_NE(test, table, unit->unit.interrupt_table);
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_STATUS),
			      VTD_PATTERN(VTD_EVENT_INTERRUPT_TABLE));
}

static struct kunit_case vtd_driver_interrupts_cases[] = {
	KUNIT_CASE_PARAM(boot_enables_remapping, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(x2apic_is_used_if_cpus_have_it, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(dma_is_remapped_along, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(message_reaches_its_vector, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(message_of_another_function_is_blocked, vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(message_of_a_bridge_is_that_of_those_behind_it,
			 vtd_machine_gen_setups),
	KUNIT_CASE_PARAM(next_kernel_turns_remapping_off_and_on, vtd_machine_gen_setups),
	{}
};

static struct kunit_suite vtd_driver_interrupts_suite = {
	.name = "vtd_driver_interrupts",
	.test_cases = vtd_driver_interrupts_cases,
};

kunit_test_suite(vtd_driver_interrupts_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of interrupt remapping by the VT-d driver");
