/* SPDX-License-Identifier: GPL-2.0-only */
/* What domains of suites map, and where the DMA of a requester goes. */

#ifndef _LIB_KUNIT_TESTS_IOMMU_MACHINE_DMA_H
#define _LIB_KUNIT_TESTS_IOMMU_MACHINE_DMA_H

#include <linux/types.h>

struct iommu_domain;
struct iommu_machine;

/* The number of a domain that is none: the requester reaches nothing. */
#define IOMMU_MACHINE_NO_DOMAIN	0

int iommu_machine_map(struct iommu_domain *domain, unsigned int number);
void iommu_machine_watch(struct iommu_machine *machine, unsigned int n, u16 rid,
			 unsigned int number);
void iommu_machine_unwatch(struct iommu_machine *machine, unsigned int n, u16 rid);
void iommu_machine_expect(struct iommu_machine *machine, unsigned int n, u16 rid,
			  unsigned int number);

#endif /* _LIB_KUNIT_TESTS_IOMMU_MACHINE_DMA_H */
