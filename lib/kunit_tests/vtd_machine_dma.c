// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: DMA of the functions of a machine with VT-d units in software
 *
 * What most cases about a VT-d driver do: have a domain, map pages, attach a
 * function, and say what must become of its requests from then on. Domains are
 * those of the IOMMU core; what is watched is watched by the DMA oracle.
 *
 * Life cycle: vtd_machine_add_domain() while a kernel runs. At the end of the case
 * the domain is detached and freed; a kexec makes it one of a kernel that has
 * ended, which nobody touches any more.
 *
 * Happy path: vtd_machine_start_dma() has a function attached, mapped and watched.
 * Before a case says that a request reaches its target, the stores of the driver
 * must have been ordered, which vtd_machine_ring_doorbell() does: so does the
 * register write by which a driver tells its device to begin.
 *
 * Unhappy path: what cannot be allocated, mapped or attached ends the case.
 */

#include <linux/iommu.h>
#include <linux/list.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "vtd_machine_dma.h"

#define PROTECTION	(IOMMU_READ | IOMMU_WRITE)

static void end_domain(void *data)
{
	struct vtd_machine_domain *domain = data;

	list_del(&domain->node);
	vtd_machine_detach(domain);
	if (domain->domain)
		iommu_domain_free(domain->domain);
}

static struct vtd_machine_domain *
take_domain(struct vtd_machine *machine, struct iommu_domain *iommu_domain)
{
	struct kunit *test = machine->test;
	struct vtd_machine_domain *domain;

	domain = kunit_kzalloc(test, sizeof(*domain), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, domain);
	domain->machine = machine;
	domain->domain = iommu_domain;
	list_add(&domain->node, &machine->domains);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end_domain, domain));
	return domain;
}

/**
 * vtd_machine_add_domain - Have a domain.
 * @machine: The machine, whose kernel has booted.
 * @device: The function that it is for.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: the domain, never NULL.
 */
struct vtd_machine_domain *vtd_machine_add_domain(struct vtd_machine *machine,
						  enum vtd_machine_device device)
{
	struct iommu_domain *domain;

	domain = iommu_paging_domain_alloc(vtd_machine_dev(machine, device));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(machine->test, domain);
	return take_domain(machine, domain);
}

/**
 * vtd_machine_map - Map a page.
 * @domain: The domain.
 * @iova: I/O virtual address.
 * @target: Where it goes.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_machine_map(struct vtd_machine_domain *domain, u64 iova, u64 target)
{
	KUNIT_ASSERT_EQ(domain->machine->test, 0,
			iommu_map(domain->domain, iova, target, PAGE_SIZE,
				  PROTECTION, GFP_KERNEL));
}

/**
 * vtd_machine_unmap - Unmap a page.
 * @domain: The domain.
 * @iova: I/O virtual address.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_machine_unmap(struct vtd_machine_domain *domain, u64 iova)
{
	KUNIT_ASSERT_EQ(domain->machine->test, PAGE_SIZE,
			iommu_unmap(domain->domain, iova, PAGE_SIZE));
}

/**
 * vtd_machine_attach - Attach a function, and all in its group.
 * @domain: The domain.
 * @device: The function. Only the last one is detached by itself.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_machine_attach(struct vtd_machine_domain *domain,
			enum vtd_machine_device device)
{
	struct device *dev = vtd_machine_dev(domain->machine, device);

	KUNIT_ASSERT_EQ(domain->machine->test, 0,
			iommu_attach_group(domain->domain, dev->iommu_group));
	domain->group = dev->iommu_group;
}

/**
 * vtd_machine_detach - Detach it for the default domain.
 * @domain: The domain, which may be not attached.
 *
 * Context: Process context.
 */
void vtd_machine_detach(struct vtd_machine_domain *domain)
{
	if (domain->group)
		iommu_detach_group(domain->domain, domain->group);
	domain->group = NULL;
}

/**
 * vtd_machine_start_dma - A function writes to %VTD_MACHINE_IOVA from now on.
 * @machine: The machine, whose kernel has booted.
 * @device: The function, attached to a domain of its own. The oracle watches
 *	that it reaches %VTD_MACHINE_TARGET.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: the domain, never NULL.
 */
struct vtd_machine_domain *vtd_machine_start_dma(struct vtd_machine *machine,
						 enum vtd_machine_device device)
{
	struct vtd_machine_domain *domain = vtd_machine_add_domain(machine, device);

	vtd_machine_map(domain, VTD_MACHINE_IOVA, VTD_MACHINE_TARGET);
	vtd_machine_watch(machine, device, VTD_MACHINE_IOVA, VTD_ORACLE_EITHER,
			  VTD_MACHINE_TARGET);
	vtd_machine_attach(domain, device);
	vtd_machine_ring_doorbell();
	vtd_machine_watch(machine, device, VTD_MACHINE_IOVA, VTD_ORACLE_REACHES,
			  VTD_MACHINE_TARGET);
	return domain;
}

/**
 * vtd_machine_ring_doorbell - A driver tells its device to do something.
 *
 * All stores before are ordered, and oracles look.
 *
 * Context: Any.
 */
void vtd_machine_ring_doorbell(void)
{
	vtd_test_units_barrier();
}

/**
 * vtd_machine_watch - From now on, this must become of what a function writes.
 * @machine: The machine.
 * @device: The function.
 * @iova: Where it writes.
 * @expectation: As of vtd_oracle_watch().
 * @target: As of vtd_oracle_watch().
 *
 * Context: Process context, the thread of the case.
 */
void vtd_machine_watch(struct vtd_machine *machine, enum vtd_machine_device device,
		       u64 iova, enum vtd_oracle_expectation expectation, u64 target)
{
	struct vtd_request request = vtd_machine_request(device, iova);

	vtd_oracle_watch(vtd_machine_unit_of(machine, device), &request,
			 expectation, target);
}

/**
 * vtd_machine_forget - A function does not write there any more.
 * @machine: The machine.
 * @device: The function.
 * @iova: Where it wrote.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_machine_forget(struct vtd_machine *machine, enum vtd_machine_device device,
			u64 iova)
{
	struct vtd_request request = vtd_machine_request(device, iova);

	vtd_oracle_forget(vtd_machine_unit_of(machine, device), &request);
}

/**
 * vtd_machine_expect_reaches - What a function writes now goes there.
 * @machine: The machine.
 * @device: The function.
 * @iova: Where it writes.
 * @target: Where it must go.
 *
 * Context: Any.
 */
void vtd_machine_expect_reaches(struct vtd_machine *machine,
				enum vtd_machine_device device, u64 iova, u64 target)
{
	struct vtd_result result;

	vtd_machine_translate(machine, device, iova, &result);
	KUNIT_EXPECT_FALSE(machine->test, result.blocked);
	KUNIT_EXPECT_EQ(machine->test, target, result.address);
}

/**
 * vtd_machine_expect_blocked - What a function writes now goes nowhere.
 * @machine: The machine.
 * @device: The function.
 * @iova: Where it writes.
 *
 * Context: Any.
 */
void vtd_machine_expect_blocked(struct vtd_machine *machine,
				enum vtd_machine_device device, u64 iova)
{
	struct vtd_result result;

	vtd_machine_translate(machine, device, iova, &result);
	KUNIT_EXPECT_TRUE(machine->test, result.blocked);
}
