/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: How a driver meets a VT-d unit in software
 *
 * A file of a driver is compiled a second time with "-include vtd_seam.h". The
 * headers that declare what is redefined here come first, as they are; after that
 * each access to a register, each barrier and each flush of the file goes to a
 * function, which asks the units first and does the real thing then. The first
 * compile, the product, has neither a line nor an instruction for it.
 *
 * Why not another way:
 *
 * - A page of RAM as registers has no side effects: the driver's IOMMU_WAIT_OP()
 *   panics when it has waited for long enough for a status bit.
 * - Accessor helpers in the driver with KUnit's static stubs: the stubs follow the
 *   thread of the test, not work items, interrupts or other threads; and the
 *   driver has to be edited.
 * - A table of functions in struct intel_iommu: the product pays an indirect call
 *   for each access, and again is edited.
 * - The linker's --wrap sees calls of functions, and readl(), clflush() and all
 *   barriers are inline.
 * - UML's logic_iomem is where the memory of devices is emulated already, but x86
 *   has no such thing, and the driver is for x86.
 *
 * What orders only loads (rmb() and its like) is left as it is: it orders nothing
 * that a unit sees. smp_wmb() and smp_mb() count like wmb(), since they do on x86.
 * Registers of VT-d have 4 or 8 bytes; other accessors are not redefined, and the
 * poison at the address of the registers shows if one is used.
 */

#ifndef _LIB_KUNIT_TESTS_VTD_SEAM_H
#define _LIB_KUNIT_TESTS_VTD_SEAM_H

/* All that drivers/iommu/intel/ includes and that uses what is redefined here */
#include <linux/cpu.h>
#include <linux/dmar.h>
#include <linux/dma-direct.h>
#include <linux/dma-mapping.h>
#include <linux/generic_pt/iommu.h>
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/iommu.h>
#include <linux/iova.h>
#include <linux/irq.h>
#include <linux/irqdomain.h>
#include <linux/memory.h>
#include <linux/mmu_notifier.h>
#include <linux/msi.h>
#include <linux/pci.h>
#include <linux/pci-ats.h>
#include <linux/perf_event.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/tboot.h>
#include <linux/timex.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include <asm/iommu.h>

/* Its flush is observed by itself, see iommu_pages_observe_flush(). */
#include "../../drivers/iommu/iommu-pages.h"

#include "vtd_seam_calls.h"

#undef readl
#undef readq
#undef writel
#undef writeq
#define readl			vtd_seam_readl
#define readq			vtd_seam_readq
#define writel			vtd_seam_writel
#define writeq			vtd_seam_writeq

#undef readl_relaxed
#undef readq_relaxed
#undef writel_relaxed
#undef writeq_relaxed
#define readl_relaxed		vtd_seam_readl
#define readq_relaxed		vtd_seam_readq
#define writel_relaxed		vtd_seam_writel
#define writeq_relaxed		vtd_seam_writeq

#define lo_hi_readq		vtd_seam_lo_hi_readq
#define lo_hi_writeq		vtd_seam_lo_hi_writeq
#define lo_hi_readq_relaxed	vtd_seam_lo_hi_readq
#define lo_hi_writeq_relaxed	vtd_seam_lo_hi_writeq

#undef mb
#undef wmb
#undef smp_mb
#undef smp_wmb
#undef dma_mb
#undef dma_wmb
#define mb			vtd_seam_barrier
#define wmb			vtd_seam_barrier
#define smp_mb			vtd_seam_barrier
#define smp_wmb			vtd_seam_barrier
#define dma_mb			vtd_seam_barrier
#define dma_wmb			vtd_seam_barrier

#undef clflush_cache_range
#define clflush_cache_range	vtd_seam_flush

/* UML has no time stamp counter to wait by: it waits for ever. */
#ifdef CONFIG_UML
#undef DMAR_OPERATION_TIMEOUT
#define DMAR_OPERATION_TIMEOUT	((cycles_t)~0ULL)
#endif

#endif /* _LIB_KUNIT_TESTS_VTD_SEAM_H */
