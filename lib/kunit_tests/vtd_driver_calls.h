/* SPDX-License-Identifier: GPL-2.0-only */
/* What a driver compiled with vtd_driver_world.h calls; it redefines nothing. */

#ifndef _LIB_KUNIT_TESTS_VTD_DRIVER_CALLS_H
#define _LIB_KUNIT_TESTS_VTD_DRIVER_CALLS_H

#include <linux/acpi.h>
#include <linux/interrupt.h>
#include <linux/types.h>
#include <linux/uuid.h>

struct bus_type;
struct device;
struct irq_domain;
struct notifier_block;
struct pci_dev;
struct syscore;

/* The only I/O APIC of the machine: its ID */
#define VTD_WORLD_IOAPIC	2

/* Reads of a status register after which a unit will never answer */
#define VTD_WORLD_READS		1000

/**
 * struct vtd_driver_option - An option of the command line
 * @string: Its name, with the "=".
 * @setup: Called with what follows.
 */
struct vtd_driver_option {
	const char *string;
	int (*setup)(char *value);
};

/**
 * struct vtd_driver_fixup - A quirk, which is never called
 * @vendor: Of the PCI function.
 * @device: Of the PCI function.
 * @hook: The quirk.
 */
struct vtd_driver_fixup {
	u32 vendor;
	u32 device;
	void (*hook)(struct pci_dev *pdev);
};

void vtd_world_set_strict(void);
void vtd_world_set_passthrough(bool command_line);
void vtd_world_request_acs(void);
void vtd_world_register_syscore(struct syscore *syscore);

acpi_status vtd_world_get_table(const char *signature, u32 instance,
				struct acpi_table_header **table);
void vtd_world_put_table(struct acpi_table_header *table);
bool vtd_world_check_dsm(acpi_handle handle, const guid_t *guid, u64 revision,
			 u64 functions);
union acpi_object *vtd_world_evaluate_dsm(acpi_handle handle, const guid_t *guid,
					  u64 revision, u64 function,
					  union acpi_object *arguments,
					  acpi_object_type type);
bool vtd_world_x2apic(void);
int vtd_world_ioapic_id(int index);
bool vtd_world_kdump(void);

void __iomem *vtd_world_map(phys_addr_t address, size_t size);
void vtd_world_unmap(void __iomem *registers);
void vtd_world_early_unmap(void __iomem *registers, size_t size);
bool vtd_world_request_region(phys_addr_t start, size_t size, const char *name);
void vtd_world_release_region(phys_addr_t start, size_t size);
void *vtd_world_zalloc(size_t size, size_t count, gfp_t gfp);
void vtd_world_free(const void *memory);

int vtd_world_alloc_irq(int id, int node, void *data);
void vtd_world_free_irq(int irq);
int vtd_world_request_irq(unsigned int irq, irq_handler_t handler,
			  unsigned long flags, const char *name, void *data);
int vtd_world_request_threaded_irq(unsigned int irq, irq_handler_t handler,
				   irq_handler_t thread, unsigned long flags,
				   const char *name, void *data);
void vtd_world_release_irq(unsigned int irq, void *data);
void vtd_world_set_msi_domain(struct device *dev, struct irq_domain *domain);

int vtd_world_register(const struct bus_type *bus, struct notifier_block *block);
int vtd_world_unregister(const struct bus_type *bus, struct notifier_block *block);

void vtd_world_stuck(const void __iomem *status_register);

#endif /* _LIB_KUNIT_TESTS_VTD_DRIVER_CALLS_H */
