/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: The world of the VT-d backend that is compiled a second time
 *
 * Each file of the backend, drivers/iommu/intel/liveupdate*.c, is compiled a second
 * time with "-include vtd_backend_world.h", as it is. Its registers, barriers and
 * flushes are those of units in software, see vtd_seam.h; what it needs of the
 * driver is a small driver in vtd_backend_driver.c and vtd_backend_devices.c. UML
 * has no VT-d driver at all, and gets the driver's structures by the options here.
 *
 * What is not here is the real thing: PCI, groups, page tables, memory, records.
 *
 * Names do not clash with those of the first compile: all files become one object
 * in which only vtd_backend_* is global, see the Makefile.
 */

#ifndef _LIB_KUNIT_TESTS_VTD_BACKEND_WORLD_H
#define _LIB_KUNIT_TESTS_VTD_BACKEND_WORLD_H

#ifndef CONFIG_DMAR_TABLE
#define CONFIG_DMAR_TABLE	1
#endif
#ifndef CONFIG_INTEL_IOMMU
#define CONFIG_INTEL_IOMMU	1
#endif
#ifndef CONFIG_IRQ_REMAP
#define CONFIG_IRQ_REMAP	1
#endif

#include <linux/delay.h>
#include <linux/iopoll.h>
#include <linux/pci.h>

#include "vtd_seam.h"
#include "vtd_backend_driver.h"

/* Time passes for the units, and for nothing else. */
#undef udelay
#define udelay(usecs)		vtd_seam_delay(usecs)

/* The only variable of the backend that a machine refers to */
#define intel_liveupdate_ops	vtd_backend_liveupdate_ops

/* No kexec is under way when a case ends a kernel, but that it says so. */
#define iommu_liveupdate_kept	vtd_backend_kept

/* What a function is, the machine says. */
#define pci_real_dma_dev	vtd_backend_real_dma_dev
#define pci_num_vf		vtd_backend_num_vf

/* Most files define these, see the Makefile for the others. */
#ifndef VTD_BACKEND_HAS_NO_PR_FMT
#undef pr_fmt
#endif
#ifdef VTD_BACKEND_HAS_DEV_FMT
#undef dev_fmt
#endif

#endif /* _LIB_KUNIT_TESTS_VTD_BACKEND_WORLD_H */
