/* SPDX-License-Identifier: GPL-2.0-only */

/**
 * DOC: IOMMU Live Update ABI
 *
 * What a kernel hands to its successor about the IOMMUs. This interface is a
 * contract: the numbers below are written by one kernel and read by another
 * that was built from other sources. A number never changes its meaning, and
 * what it meant is never reused; new ones are added.
 *
 * The interface is a draft, without compatibility between builds, until the
 * first release freezes it.
 */

#ifndef _LINUX_KHO_ABI_IOMMU_H
#define _LINUX_KHO_ABI_IOMMU_H

#include <linux/bits.h>

/*
 * Formats of I/O page tables. 0 is none.
 */
#define IOMMU_PT_FORMAT_AMDV1		1 /* AMD IOMMU, host translation */
#define IOMMU_PT_FORMAT_X86_64		2 /* x86-64, 4 and 5 levels */
#define IOMMU_PT_FORMAT_VTDSS		3 /* VT-d second stage, 3 to 5 levels */
#define IOMMU_PT_FORMAT_RISCV_64	4 /* RISC-V Sv39, Sv48 and Sv57 */
#define IOMMU_PT_FORMAT_AMDV1_MOCK	0xff01 /* For the iommufd selftest only */

/*
 * Properties of an I/O page table that its format does not imply.
 *
 * DYNAMIC_TOP: the table has no more levels than its highest mapping needs.
 * INCOHERENT: the IOMMU does not snoop CPU caches when it walks the table.
 * ENCRYPTED: pointers to tables carry the memory encryption bit of AMD.
 * FORCE_SNOOP: each leaf makes the access of the device snoop CPU caches.
 * FORCE_WRITEABLE: no leaf is read-only.
 * CONTIGUOUS_64K: leaves of 64 KiB may consist of 16 entries (RISC-V Svnapot).
 * MEMORY_TYPES: leaves may hold memory types (RISC-V Svpbmt).
 */
#define IOMMU_PT_FEATURE_DYNAMIC_TOP		BIT(0)
#define IOMMU_PT_FEATURE_INCOHERENT		BIT(1)
#define IOMMU_PT_FEATURE_ENCRYPTED		BIT(2)
#define IOMMU_PT_FEATURE_FORCE_SNOOP		BIT(3)
#define IOMMU_PT_FEATURE_FORCE_WRITEABLE	BIT(4)
#define IOMMU_PT_FEATURE_CONTIGUOUS_64K		BIT(5)
#define IOMMU_PT_FEATURE_MEMORY_TYPES		BIT(6)
#define IOMMU_PT_FEATURES_KNOWN			(BIT(7) - 1)

#endif /* _LINUX_KHO_ABI_IOMMU_H */
