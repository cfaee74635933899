/* SPDX-License-Identifier: GPL-2.0-only */
/* What a file that is compiled with vtd_seam.h calls; it redefines nothing. */

#ifndef _LIB_KUNIT_TESTS_VTD_SEAM_CALLS_H
#define _LIB_KUNIT_TESTS_VTD_SEAM_CALLS_H

#include <linux/types.h>

u32 vtd_seam_readl(const void __iomem *address);
u64 vtd_seam_readq(const void __iomem *address);
u64 vtd_seam_lo_hi_readq(const void __iomem *address);
void vtd_seam_writel(u32 value, void __iomem *address);
void vtd_seam_writeq(u64 value, void __iomem *address);
void vtd_seam_lo_hi_writeq(u64 value, void __iomem *address);
void vtd_seam_barrier(void);
void vtd_seam_flush(void *address, unsigned int size);
void vtd_seam_delay(unsigned long usecs);

#endif /* _LIB_KUNIT_TESTS_VTD_SEAM_CALLS_H */
