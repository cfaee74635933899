/* SPDX-License-Identifier: GPL-2.0-only */
/* DMA of the functions of a machine: what a case attaches, watches and expects. */

#ifndef _LIB_KUNIT_TESTS_VTD_MACHINE_DMA_H
#define _LIB_KUNIT_TESTS_VTD_MACHINE_DMA_H

#include <linux/types.h>

#include "vtd_machine.h"
#include "vtd_oracle.h"

/* An I/O virtual address within 3 levels, and where it goes */
#define VTD_MACHINE_IOVA	0x12345000ULL
#define VTD_MACHINE_TARGET	0x345678000ULL

/* An address that no case maps */
#define VTD_MACHINE_NOWHERE	0x6789a000ULL

struct iommu_domain;
struct iommu_group;

/**
 * struct vtd_machine_domain - A domain of a case
 * @machine: The machine.
 * @node: In vtd_machine::domains.
 * @domain: The domain, or NULL when its kernel has ended.
 * @group: The group that it is attached to, or NULL.
 */
struct vtd_machine_domain {
	struct vtd_machine *machine;
	struct list_head node;
	struct iommu_domain *domain;
	struct iommu_group *group;
};

struct vtd_machine_domain *vtd_machine_add_domain(struct vtd_machine *machine,
						  enum vtd_machine_device device);
void vtd_machine_map(struct vtd_machine_domain *domain, u64 iova, u64 target);
void vtd_machine_unmap(struct vtd_machine_domain *domain, u64 iova);
void vtd_machine_attach(struct vtd_machine_domain *domain,
			enum vtd_machine_device device);
void vtd_machine_detach(struct vtd_machine_domain *domain);
struct vtd_machine_domain *vtd_machine_start_dma(struct vtd_machine *machine,
						 enum vtd_machine_device device);

void vtd_machine_ring_doorbell(void);
void vtd_machine_watch(struct vtd_machine *machine, enum vtd_machine_device device,
		       u64 iova, enum vtd_oracle_expectation expectation,
		       u64 target);
void vtd_machine_forget(struct vtd_machine *machine, enum vtd_machine_device device,
			u64 iova);
void vtd_machine_expect_reaches(struct vtd_machine *machine,
				enum vtd_machine_device device, u64 iova,
				u64 target);
void vtd_machine_expect_blocked(struct vtd_machine *machine,
				enum vtd_machine_device device, u64 iova);

#endif /* _LIB_KUNIT_TESTS_VTD_MACHINE_DMA_H */
