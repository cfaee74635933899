/* SPDX-License-Identifier: GPL-2.0-only */
/* Paths of PCI devices that no PCI knows. */

#ifndef _LIB_KUNIT_TESTS_IOMMU_TEST_PATH_H
#define _LIB_KUNIT_TESTS_IOMMU_TEST_PATH_H

#include <linux/types.h>

struct iommu_pci_path;

int iommu_test_path_init(struct iommu_pci_path *path, u16 rid, u32 count);
bool iommu_test_path_matches(struct iommu_pci_path *path, u16 rid, u32 count);

#endif /* _LIB_KUNIT_TESTS_IOMMU_TEST_PATH_H */
