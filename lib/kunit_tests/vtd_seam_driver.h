/* SPDX-License-Identifier: GPL-2.0-only */
/* A few steps of a VT-d driver, made of the macros and inlines of the real one. */

#ifndef _LIB_KUNIT_TESTS_VTD_SEAM_DRIVER_H
#define _LIB_KUNIT_TESTS_VTD_SEAM_DRIVER_H

#include <linux/types.h>

struct intel_iommu;
struct kunit;

struct intel_iommu *vtd_seam_driver_create(struct kunit *test,
					   void __iomem *registers);
u64 vtd_seam_driver_capability(struct intel_iommu *iommu);
void vtd_seam_driver_set_root_table(struct intel_iommu *iommu, u64 root_table);
void vtd_seam_driver_enable_translation(struct intel_iommu *iommu);
void vtd_seam_driver_invalidate_context(struct intel_iommu *iommu);
void vtd_seam_driver_set_context(struct intel_iommu *iommu, u64 *words,
				 u64 table, u16 domain);
void vtd_seam_driver_clear_context(struct intel_iommu *iommu, u64 *words);
void vtd_seam_driver_set_pasid(struct intel_iommu *iommu, u64 *words, u64 table,
			       u16 domain);
void vtd_seam_driver_write_halves(struct intel_iommu *iommu, u32 offset, u64 value);
u64 vtd_seam_driver_read_halves(struct intel_iommu *iommu, u32 offset);
u64 vtd_seam_driver_exchange(void __iomem *address, u64 value);

#endif /* _LIB_KUNIT_TESTS_VTD_SEAM_DRIVER_H */
