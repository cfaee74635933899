/* SPDX-License-Identifier: GPL-2.0-only */
/* What suites of the IOMMU core expect of a device that was handed over, or was not. */

#ifndef _LIB_KUNIT_TESTS_IOMMU_CORE_EXPECT_H
#define _LIB_KUNIT_TESTS_IOMMU_CORE_EXPECT_H

struct iommu_core;
struct iommu_core_device;
struct iommu_domain;

/* Requester IDs. The bus numbers are those of no bus that the kernel has. */
#define FIRST		0x2100
#define FIRST_SIBLING	0x2101
#define SECOND		0x2108
#define OTHER_BUS	0x2200

struct iommu_domain *iommu_core_domain_of(const struct iommu_core_device *device);
void iommu_core_expect_owned(struct iommu_core_device *device);
void iommu_core_expect_restored(struct iommu_core_device *device);
void iommu_core_expect_held(struct iommu_core_device *device);
void iommu_core_expect_cut_off(struct iommu_core_device *device);
void iommu_core_expect_loss(struct iommu_core *core);

#endif /* _LIB_KUNIT_TESTS_IOMMU_CORE_EXPECT_H */
