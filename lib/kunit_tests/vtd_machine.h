/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine whose VT-d units are those in software: firmware table, PCI devices,
 * and the second copy of the VT-d driver, which boots, plugs, and shuts down.
 *
 * A suite about the driver includes this and nothing below it, see vtd_machine.c.
 */

#ifndef _LIB_KUNIT_TESTS_VTD_MACHINE_H
#define _LIB_KUNIT_TESTS_VTD_MACHINE_H

#include <linux/list.h>
#include <linux/pci.h>
#include <linux/types.h>

#include "vtd_test_unit.h"

struct vtd_machine_function;

/* PCI segment of a machine, in which nothing real is; nor is in the next one */
#define VTD_MACHINE_SEGMENT	0x5a5

#define VTD_MACHINE_MAX_UNITS	2

/**
 * enum vtd_machine_device - The PCI functions of the machine
 * @VTD_MACHINE_ENDPOINT: 00:01.0, integrated.
 * @VTD_MACHINE_OTHER: 00:02.0, integrated.
 * @VTD_MACHINE_PORT: 00:03.0, a root port.
 * @VTD_MACHINE_BEHIND_PORT: 01:00.0, behind @VTD_MACHINE_PORT.
 * @VTD_MACHINE_BRIDGE_PORT: 00:04.0, a root port.
 * @VTD_MACHINE_BRIDGE: 02:00.0, a bridge to conventional PCI behind it.
 * @VTD_MACHINE_CONVENTIONAL: 03:05.0, behind @VTD_MACHINE_BRIDGE, for which that
 *	bridge makes requests as %VTD_MACHINE_ALIAS.
 * @VTD_MACHINE_NR_DEVICES: Number of them.
 */
enum vtd_machine_device {
	VTD_MACHINE_ENDPOINT,
	VTD_MACHINE_OTHER,
	VTD_MACHINE_PORT,
	VTD_MACHINE_BEHIND_PORT,
	VTD_MACHINE_BRIDGE_PORT,
	VTD_MACHINE_BRIDGE,
	VTD_MACHINE_CONVENTIONAL,
	VTD_MACHINE_NR_DEVICES,
};

#define VTD_MACHINE_ALIAS	PCI_DEVID(3, 0)

/**
 * struct vtd_machine_unit_config - A unit of a machine
 * @settings: What it can do.
 * @devices: BIT() of the functions on the root bus that are in its scope, and
 *	with a root port what is behind it; 0 for all that are in no other scope.
 * @absent: It is not there before vtd_machine_insert_unit().
 */
struct vtd_machine_unit_config {
	struct vtd_settings settings;
	u32 devices;
	bool absent;
};

/**
 * struct vtd_machine_config - A machine
 * @nr_units: Number of units, at least 1.
 * @units: The units; the last one may be the one for all other functions.
 * @option: What follows "intel_iommu=" on the command line, or NULL.
 * @interrupts: The kernel enables interrupt remapping.
 * @x2apic: The CPUs have the x2APIC.
 * @displays: BIT() of the functions that are display controllers.
 * @reserved: RMRR: BIT() of the functions on the root bus that it is for, or 0.
 * @reserved_start: Its first address.
 * @reserved_size: Its bytes.
 */
struct vtd_machine_config {
	unsigned int nr_units;
	struct vtd_machine_unit_config units[VTD_MACHINE_MAX_UNITS];
	const char *option;
	bool interrupts;
	bool x2apic;
	u32 displays;
	u32 reserved;
	u64 reserved_start;
	u64 reserved_size;
};

/**
 * struct vtd_machine - A machine
 * @test: The case.
 * @config: What it is made of.
 * @segment: PCI segment, as firmware numbers it for the kernel that boots next.
 * @units: The units.
 * @address: Physical addresses of their registers, where nothing real is.
 * @present: They are there for the kernel.
 * @watched: The DMA oracles of the units know which functions do DMA.
 * @kdump: The kernel that boots next is one that dumps.
 * @failing_interrupts: BIT() of the units that get no interrupt, as the kernel
 *	numbers them.
 * @hidden: BIT() of the functions that a kernel does not find, whatever they do.
 * @booted: A kernel runs.
 * @ending: It ends, and does nothing to the hardware any more.
 * @stuck: A unit did not answer, at the offset of that register.
 * @table: The firmware's DMAR table, made anew whenever a kernel boots.
 * @sysdata: Of the root bus.
 * @bus: The root bus, when PCI has been scanned.
 * @functions: The PCI functions, whatever kernel runs.
 * @domains: Domains of the case, see vtd_machine_dma.h.
 */
struct vtd_machine {
	struct kunit *test;
	struct vtd_machine_config config;
	u16 segment;
	struct vtd_test_unit *units[VTD_MACHINE_MAX_UNITS];
	u64 address[VTD_MACHINE_MAX_UNITS];
	bool present[VTD_MACHINE_MAX_UNITS];
	bool watched;
	bool kdump;
	u32 failing_interrupts;
	u32 hidden;
	bool booted;
	bool ending;
	u32 stuck;
	struct acpi_table_dmar *table;
	struct pci_sysdata sysdata;
	struct pci_bus *bus;
	struct vtd_machine_function *functions;
	struct list_head domains;
};

struct vtd_machine *vtd_machine_create(struct kunit *test,
				       const struct vtd_machine_config *config);

int vtd_machine_boot(struct vtd_machine *machine);
void vtd_machine_shut_down(struct vtd_machine *machine);
int vtd_machine_suspend(void);
void vtd_machine_resume(void);
void vtd_machine_end_kernel(struct vtd_machine *machine);
void vtd_machine_kexec(struct vtd_machine *machine);

int vtd_machine_insert_unit(struct vtd_machine *machine, unsigned int index);
int vtd_machine_remove_unit(struct vtd_machine *machine, unsigned int index);

struct pci_dev *vtd_machine_pci(struct vtd_machine *machine,
				enum vtd_machine_device device);
struct device *vtd_machine_dev(struct vtd_machine *machine,
			       enum vtd_machine_device device);
void vtd_machine_remove_device(struct vtd_machine *machine,
			       enum vtd_machine_device device);
void vtd_machine_rescan(struct vtd_machine *machine);

u16 vtd_machine_source_id(enum vtd_machine_device device);
struct vtd_test_unit *vtd_machine_unit_of(struct vtd_machine *machine,
					  enum vtd_machine_device device);
struct vtd_request vtd_machine_request(enum vtd_machine_device device, u64 address);
void vtd_machine_translate(struct vtd_machine *machine,
			   enum vtd_machine_device device, u64 address,
			   struct vtd_result *result);
void vtd_machine_watch_masters(struct vtd_machine *machine);
void vtd_machine_set_master(struct vtd_machine *machine,
			    enum vtd_machine_device device, bool master);
bool vtd_machine_is_master(struct vtd_machine *machine,
			   enum vtd_machine_device device);
void vtd_machine_add_ats(struct vtd_machine *machine,
			 enum vtd_machine_device device);
void vtd_machine_add_reset(struct vtd_machine *machine,
			   enum vtd_machine_device device);

#endif /* _LIB_KUNIT_TESTS_VTD_MACHINE_H */
