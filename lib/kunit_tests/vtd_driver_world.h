/* SPDX-License-Identifier: GPL-2.0-only */
/**
 * DOC: The world of a VT-d driver that is compiled a second time
 *
 * Each file of drivers/iommu/intel/ is compiled a second time, as it is, with this
 * header included before all others. Beside the registers, barriers and flushes,
 * see vtd_seam.h, everything goes through here by which a booting driver would
 * find or change the machine that the test runs on: firmware tables, addresses of
 * registers, interrupts, hooks of the architecture, options, sections of code.
 *
 * Why one object and not names of its own for each global symbol: a list of some
 * hundred names would have to follow the driver, and one that is missing from it
 * would have the two copies share a variable. Here nothing is shared by default,
 * and since the linker puts all variables in one place, a kernel begins by copying
 * what they were back, whichever the driver has.
 *
 * What is not here is the real thing: the IOMMU core, PCI, DMA API, page tables,
 * memory. The driver's second copy is one more IOMMU driver for them.
 *
 * Names do not clash with those of the first compile: all files become one object
 * in which only vtd_driver_* is global, see the Makefile. A new file of the driver
 * is in it as soon as the driver's Makefile names it.
 */

#ifndef _LIB_KUNIT_TESTS_VTD_DRIVER_WORLD_H
#define _LIB_KUNIT_TESTS_VTD_DRIVER_WORLD_H

#include <linux/acpi.h>
#include <linux/crash_dump.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/iommu.h>
#include <linux/ioport.h>
#include <linux/syscore_ops.h>

#include <asm/apic.h>
#include <asm/io_apic.h>
#include <asm/x86_init.h>

#include "vtd_seam.h"
#include "vtd_driver_calls.h"

/* The options and hooks that the kernel has once; here they are the copy's. */
#define iommu_detected		vtd_driver_iommu_detected
#define no_iommu		vtd_driver_no_iommu
#define x86_init		vtd_driver_x86_init
#define x86_platform		vtd_driver_x86_platform
#define irq_remapping_enabled	vtd_driver_irq_remapping_enabled
#define irq_remap_broken	vtd_driver_irq_remap_broken
#define no_x2apic_optout	vtd_driver_no_x2apic_optout

extern int vtd_driver_iommu_detected;
extern int vtd_driver_no_iommu;
extern struct x86_init_ops vtd_driver_x86_init;
extern struct x86_platform_ops vtd_driver_x86_platform;

#define iommu_set_dma_strict		vtd_world_set_strict
#define iommu_set_default_passthrough	vtd_world_set_passthrough
#define pci_request_acs			vtd_world_request_acs
#define register_syscore		vtd_world_register_syscore

/* Firmware */
#define acpi_get_table			vtd_world_get_table
#define acpi_put_table			vtd_world_put_table
#define acpi_check_dsm			vtd_world_check_dsm
#define acpi_evaluate_dsm_typed		vtd_world_evaluate_dsm
#undef x2apic_supported
#define x2apic_supported		vtd_world_x2apic
#define x2apic_enabled			vtd_world_x2apic
#define nr_ioapics			1
#define mpc_ioapic_id			vtd_world_ioapic_id
#undef is_kdump_kernel
#define is_kdump_kernel			vtd_world_kdump

/* Registers, and memory that a unit writes */
#undef ioremap
#undef iounmap
#undef request_mem_region
#undef release_mem_region
#define ioremap				vtd_world_map
#define iounmap				vtd_world_unmap
#define early_ioremap			vtd_world_map
#define early_iounmap			vtd_world_early_unmap
#define request_mem_region		vtd_world_request_region
#define release_mem_region		vtd_world_release_region

#undef kzalloc_objs
#define kzalloc_objs(P, COUNT, ...)					\
	((typeof(P) *)vtd_world_zalloc(sizeof(typeof(P)), COUNT,	\
				       default_gfp(__VA_ARGS__)))
#define kfree				vtd_world_free

/* Time passes with what is done to the units. */
#undef udelay
#define udelay				vtd_seam_delay

/* The operations are those of the driver, but a case can have them fail. */
#define iommu_device_register		vtd_driver_register

/* Interrupts of the units */
#define dmar_alloc_hwirq		vtd_world_alloc_irq
#define dmar_free_hwirq			vtd_world_free_irq
#define request_irq			vtd_world_request_irq
#define request_threaded_irq		vtd_world_request_threaded_irq
#define free_irq			vtd_world_release_irq
#define dev_set_msi_domain		vtd_world_set_msi_domain

/* The driver leaves the bus when its kernel ends. */
#define bus_register_notifier		vtd_world_register
#define bus_unregister_notifier		vtd_world_unregister

/* A boot, whenever it is */
#define system_state		SYSTEM_SCHEDULING
#undef __init
#undef __initdata
#undef __ref
#define __init
#define __initdata
#define __ref

/*
 * Functions that nobody calls but a case, if anyone. The options of the command
 * line are the only ones that have a name.
 */
#undef __setup
#undef core_initcall
#undef late_initcall
#undef rootfs_initcall
#undef DECLARE_PCI_FIXUP_HEADER
#define __setup(string, function)					\
	const struct vtd_driver_option vtd_driver_option_##function = {	\
		string, function }
#define late_initcall(function)						\
	static const initcall_t __UNIQUE_ID(initcall) __maybe_unused = function
#define core_initcall(function)		late_initcall(function)
#define rootfs_initcall(function)	late_initcall(function)
#define DECLARE_PCI_FIXUP_HEADER(vendor, device, function)		\
	static const struct vtd_driver_fixup __UNIQUE_ID(fixup)		\
		__maybe_unused = { vendor, device, function }

extern const struct vtd_driver_option vtd_driver_option_intel_iommu_setup;

int vtd_driver_register(struct iommu_device *iommu, const struct iommu_ops *ops,
			struct device *hwdev);

/* Of the linker: all variables of the copy */
extern char vtd_driver_image_start[], vtd_driver_image_end[];

#include "../../drivers/iommu/intel/iommu.h"

/*
 * A unit that never answers ends the case, not the kernel. It is given reads
 * instead of time, of which the machine that runs the test may have any.
 */
#undef IOMMU_WAIT_OP
#define IOMMU_WAIT_OP(iommu, offset, op, cond, sts)			\
do {									\
	void __iomem *status_register = (iommu)->reg + (offset);	\
	unsigned int reads_left = VTD_WORLD_READS;			\
									\
	while (1) {							\
		sts = op(status_register);				\
		if (cond)						\
			break;						\
		if (!reads_left--) {					\
			vtd_world_stuck(status_register);		\
			break;						\
		}							\
		cpu_relax();						\
	}								\
} while (0)

/* Most files of the driver define these, see the Makefile for the others. */
#ifndef VTD_DRIVER_HAS_NO_PR_FMT
#undef pr_fmt
#endif
#ifdef VTD_DRIVER_HAS_DEV_FMT
#undef dev_fmt
#endif

#endif /* _LIB_KUNIT_TESTS_VTD_DRIVER_WORLD_H */
