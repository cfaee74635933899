// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Firmware of a machine with VT-d units in software
 *
 * The DMAR table of the machine (sections 8.1, 8.3 and 8.4), which lists the units
 * that are there when it boots with the functions in their scopes, and the one of
 * reserved memory; and the _DSM that describes a unit that is plugged (section
 * 8.8). The driver's second copy asks for both here instead of ACPI.
 *
 * Happy path: vtd_machine_build_table() as a kernel boots, which reads what it wants.
 * A unit's ACPI handle is the address of its vtd_machine::present.
 *
 * Unhappy path: no other table and no other function of the _DSM exists.
 */

#include <linux/acpi.h>
#include <linux/dmar.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "vtd_driver_calls.h"
#include "vtd_machine_internal.h"

#define TABLE_SIZE	1024

/* The function of the _DSM that describes units (section 8.8) */
#define DSM_UNITS	1

/* Bit 0 of the flags of a unit: all functions in no other scope */
#define INCLUDE_ALL	1

/* Room for the scopes of all functions and of the I/O APIC */
#define SCOPE_SIZE	(sizeof(struct acpi_dmar_device_scope) +	\
			 sizeof(struct acpi_dmar_pci_path))
#define UNIT_SIZE	(sizeof(struct acpi_dmar_hardware_unit) +	\
			 (VTD_MACHINE_NR_DEVICES + 1) * SCOPE_SIZE)

/* Where the I/O APIC makes its requests: 00:1f.0 */
#define IOAPIC_DEVICE	0x1f

static void *add_scope(void *position, u8 type, u8 id, u8 device, u8 function)
{
	struct acpi_dmar_device_scope *scope = position;
	struct acpi_dmar_pci_path *path = (void *)(scope + 1);

	scope->entry_type = type;
	scope->length = SCOPE_SIZE;
	scope->enumeration_id = id;
	path->device = device;
	path->function = function;
	return position + SCOPE_SIZE;
}

static void *add_scopes(void *position, u32 devices)
{
	for (int i = 0; i < VTD_MACHINE_NR_DEVICES; i++) {
		u16 source_id = vtd_machine_source_id(i);
		u8 type = vtd_machine_is_bridge(i) ? ACPI_DMAR_SCOPE_TYPE_BRIDGE :
						     ACPI_DMAR_SCOPE_TYPE_ENDPOINT;

		if (devices & BIT(i) && vtd_machine_is_on_root_bus(i))
			position = add_scope(position, type, 0,
					     PCI_SLOT(source_id & 0xff),
					     PCI_FUNC(source_id & 0xff));
	}
	return position;
}

/* Return the end of the structure */
static void *add_unit(void *position, struct vtd_machine *machine, unsigned int index)
{
	struct acpi_dmar_hardware_unit *unit = position;
	u32 devices = machine->config.units[index].devices;

	unit->header.type = ACPI_DMAR_TYPE_HARDWARE_UNIT;
	unit->flags = devices ? 0 : INCLUDE_ALL;
	unit->segment = machine->segment;
	unit->address = machine->address[index];
	position = add_scopes(unit + 1, devices);
	if (!index)
		position = add_scope(position, ACPI_DMAR_SCOPE_TYPE_IOAPIC,
				     VTD_WORLD_IOAPIC, IOAPIC_DEVICE, 0);
	unit->header.length = position - (void *)unit;
	return position;
}

static void *add_reserved(void *position, const struct vtd_machine *machine)
{
	const struct vtd_machine_config *config = &machine->config;
	struct acpi_dmar_reserved_memory *reserved = position;

	reserved->header.type = ACPI_DMAR_TYPE_RESERVED_MEMORY;
	reserved->segment = machine->segment;
	reserved->base_address = config->reserved_start;
	reserved->end_address = config->reserved_start + config->reserved_size - 1;
	position = add_scopes(reserved + 1, config->reserved);
	reserved->header.length = position - (void *)reserved;
	return position;
}

static u8 least_address_width(const struct vtd_machine_config *config)
{
	u8 width = U8_MAX;

	for (unsigned int i = 0; i < config->nr_units; i++)
		width = min(width, config->units[i].settings.address_width);
	return width;
}

/**
 * vtd_machine_build_table - Make the DMAR table of a machine.
 * @machine: The machine, of which the units are set.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: 0 or -ENOMEM.
 */
int vtd_machine_build_table(struct vtd_machine *machine)
{
	struct acpi_table_dmar *table;
	void *position;

	table = kunit_kzalloc(machine->test, TABLE_SIZE, GFP_KERNEL);
	if (!table)
		return -ENOMEM;

	memcpy(table->header.signature, ACPI_SIG_DMAR, ACPI_NAMESEG_SIZE);
	table->width = least_address_width(&machine->config) - 1;
	table->flags = machine->config.interrupts ? DMAR_INTR_REMAP : 0;
	position = table + 1;
	for (unsigned int i = 0; i < machine->config.nr_units; i++) {
		if (!machine->config.units[i].absent)
			position = add_unit(position, machine, i);
	}
	if (machine->config.reserved)
		position = add_reserved(position, machine);
	table->header.length = position - (void *)table;
	machine->table = table;
	return 0;
}

/* What the driver asks */

/**
 * vtd_world_get_table - As acpi_get_table().
 * @signature: Of the table.
 * @instance: Which of several.
 * @table: Set to the table.
 *
 * Context: Process context.
 *
 * Return: AE_OK, or AE_NOT_FOUND for any table but the one.
 */
acpi_status vtd_world_get_table(const char *signature, u32 instance,
				struct acpi_table_header **table)
{
	struct vtd_machine *machine = vtd_machine_current();

	*table = NULL;
	if (!machine || instance || strcmp(signature, ACPI_SIG_DMAR))
		return AE_NOT_FOUND;
	*table = &machine->table->header;
	return AE_OK;
}

/**
 * vtd_world_put_table - As acpi_put_table(): it stays.
 * @table: The table.
 *
 * Context: Process context.
 */
void vtd_world_put_table(struct acpi_table_header *table)
{
}

/**
 * vtd_world_check_dsm - As acpi_check_dsm().
 * @handle: Of a unit.
 * @guid: Not looked at.
 * @revision: Not looked at.
 * @functions: BIT() of functions.
 *
 * Context: Process context.
 *
 * Return: true for the one that describes units.
 */
bool vtd_world_check_dsm(acpi_handle handle, const guid_t *guid, u64 revision,
			 u64 functions)
{
	return functions == BIT(DSM_UNITS);
}

/**
 * vtd_world_evaluate_dsm - As acpi_evaluate_dsm_typed().
 * @handle: Of a unit.
 * @guid: Not looked at.
 * @revision: Not looked at.
 * @function: The one that describes units.
 * @arguments: None.
 * @type: A buffer.
 *
 * Context: Process context.
 *
 * Return: a buffer with the structure of the unit, or NULL.
 */
union acpi_object *vtd_world_evaluate_dsm(acpi_handle handle, const guid_t *guid,
					  u64 revision, u64 function,
					  union acpi_object *arguments,
					  acpi_object_type type)
{
	struct vtd_machine *machine = vtd_machine_current();
	unsigned int index = (bool *)handle - machine->present;
	union acpi_object *object;
	void *unit;

	object = kzalloc(sizeof(*object) + UNIT_SIZE, GFP_KERNEL);
	if (!object)
		return NULL;
	unit = object + 1;
	object->type = type;
	object->buffer.pointer = unit;
	object->buffer.length = add_unit(unit, machine, index) - unit;
	return object;
}

/**
 * vtd_world_x2apic - Do the CPUs have the x2APIC?
 *
 * Context: Any.
 *
 * Return: true if they have.
 */
bool vtd_world_x2apic(void)
{
	return vtd_machine_current()->config.x2apic;
}

/**
 * vtd_world_ioapic_id - As mpc_ioapic_id().
 * @index: Of the I/O APIC.
 *
 * Context: Any.
 *
 * Return: the ID of the only one.
 */
int vtd_world_ioapic_id(int index)
{
	return VTD_WORLD_IOAPIC;
}

/**
 * vtd_world_kdump - As is_kdump_kernel().
 *
 * Context: Any.
 *
 * Return: true if the kernel is one that dumps.
 */
bool vtd_world_kdump(void)
{
	return vtd_machine_current()->kdump;
}
