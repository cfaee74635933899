// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What domains of suites map
 *
 * Each domain of a suite has a number, from 1. All of them map the same addresses,
 * each to memory of its own, so that the address that DMA goes to tells the domain.
 *
 * Happy path: iommu_machine_map() fills a domain; from iommu_machine_watch() to
 * iommu_machine_unwatch() the DMA of a requester goes there, whenever the hardware
 * looks; iommu_machine_expect() looks once.
 *
 * Unhappy path: DMA that goes anywhere else fails the case.
 */

#include <linux/iommu.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "iommu_machine.h"
#include "iommu_machine_dma.h"

static const struct {
	u64 iova;
	u64 offset;
	u64 len;
} mappings[] = {
	{ SZ_256M, 0, SZ_4K },
	{ SZ_1G, SZ_2M, SZ_2M },
	{ 5ULL * SZ_1G - SZ_8K, SZ_64K, SZ_16K },
};

static const u64 holes[] = {
	0, SZ_256M - SZ_4K, SZ_256M + SZ_4K, SZ_1G + SZ_2M, 9ULL * SZ_1G,
};

/* No memory is needed there: nobody reads what the DMA has written. */
static u64 target(unsigned int number, unsigned int mapping)
{
	if (number == IOMMU_MACHINE_NO_DOMAIN)
		return IOMMU_MACHINE_BLOCKED;
	return SZ_4G + number * (u64)SZ_16M + mappings[mapping].offset;
}

/**
 * iommu_machine_map - Fill a domain
 * @domain: The domain, which is empty
 * @number: Its number
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int iommu_machine_map(struct iommu_domain *domain, unsigned int number)
{
	int ret = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(mappings) && !ret; i++)
		ret = iommu_map(domain, mappings[i].iova, target(number, i),
				mappings[i].len, IOMMU_READ | IOMMU_WRITE,
				GFP_KERNEL);
	return ret;
}

/**
 * iommu_machine_watch - From now on a requester reaches what a domain maps
 * @machine: The machine
 * @n: Number of its unit
 * @rid: Requester ID
 * @number: Number of the domain, or %IOMMU_MACHINE_NO_DOMAIN
 *
 * Context: May sleep, the thread of the case.
 */
void iommu_machine_watch(struct iommu_machine *machine, unsigned int n, u16 rid,
			 unsigned int number)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(mappings); i++)
		machine->ops->watch(machine, n, rid, mappings[i].iova,
				    target(number, i));
	for (unsigned int i = 0; i < ARRAY_SIZE(holes); i++)
		machine->ops->watch(machine, n, rid, holes[i],
				    IOMMU_MACHINE_BLOCKED);
}

/**
 * iommu_machine_unwatch - What a requester reaches may change
 * @machine: The machine
 * @n: Number of its unit
 * @rid: Requester ID, which is watched
 *
 * Context: May sleep, the thread of the case.
 */
void iommu_machine_unwatch(struct iommu_machine *machine, unsigned int n, u16 rid)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(mappings); i++)
		machine->ops->unwatch(machine, n, rid, mappings[i].iova);
	for (unsigned int i = 0; i < ARRAY_SIZE(holes); i++)
		machine->ops->unwatch(machine, n, rid, holes[i]);
}

static void expect_address(struct iommu_machine *machine, unsigned int n, u16 rid,
			   u64 iova, u64 pa)
{
	KUNIT_EXPECT_EQ_MSG(machine->test, pa,
			    machine->ops->translate(machine, n, rid, iova),
			    "requester %04x, address %#llx", rid, iova);
}

/**
 * iommu_machine_expect - A requester reaches what a domain maps, and no more
 * @machine: The machine
 * @n: Number of its unit
 * @rid: Requester ID
 * @number: Number of the domain, or %IOMMU_MACHINE_NO_DOMAIN
 *
 * Context: May sleep, the thread of the case.
 */
void iommu_machine_expect(struct iommu_machine *machine, unsigned int n, u16 rid,
			  unsigned int number)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(mappings); i++) {
		const u64 last = mappings[i].len - 1;
		u64 pa = target(number, i);

		expect_address(machine, n, rid, mappings[i].iova, pa);
		if (pa != IOMMU_MACHINE_BLOCKED)
			expect_address(machine, n, rid, mappings[i].iova + last,
				       pa + last);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(holes); i++)
		expect_address(machine, n, rid, holes[i], IOMMU_MACHINE_BLOCKED);
}
