// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The VT-d unit in software: commands
 *
 * Everything that software asks for by a register, and waits for in a register:
 * GCMD with GSTS, CCMD and IOTLB with a bit that hardware clears, PMEN with a
 * status of its own.
 *
 * Life cycle of a command: the write checks it and notes it where software reads
 * that it is pending. vtd_start_command() starts the count of register reads, and
 * vtd_complete_commands() carries out all that is pending: an own bit of each
 * register tells whether it is, so that there is no queue of commands.
 *
 * Happy path: one command at a time, with the other bits of GCMD as they are in
 * GSTS.
 *
 * Unhappy paths: a command that the unit cannot do, that is not the only one, or
 * that comes too early has no effect, and is a misuse. An invalidation that cannot
 * be done reports a granularity of 0 instead, if the specification says so.
 */

#include <linux/kernel.h>

#include "vtd_unit_internal.h"

#define ONE_SHOT	(VTD_GCMD_SRTP | VTD_GCMD_SIRTP | VTD_GCMD_WBF)
#define LASTING		(VTD_GCMD_TE | VTD_GCMD_QIE | VTD_GCMD_IRE | \
			 VTD_GCMD_CFI)

static u32 global_status(const struct vtd_unit *unit)
{
	return vtd_register32(unit, VTD_GSTS);
}

static void set_global_status(struct vtd_unit *unit, u32 status)
{
	struct vtd_event event = {
		.type = VTD_EVENT_STATUS,
		.value = status,
		.previous = global_status(unit),
	};

	if (event.value == event.previous)
		return;
	vtd_set_register32(unit, VTD_GSTS, status);
	vtd_event(unit, &event);
}

/* The IOTLB register or the one before it, section 11.4.8 */
static u32 iotlb_register(const struct vtd_unit *unit, u32 which)
{
	return vtd_iotlb_offset(unit->settings.ecap) + which;
}

static bool context_command_is_pending(const struct vtd_unit *unit)
{
	return vtd_register(unit, VTD_CCMD) & VTD_CCMD_ICC;
}

static bool iotlb_invalidate_is_pending(const struct vtd_unit *unit)
{
	return vtd_register(unit, iotlb_register(unit, VTD_IOTLB)) &
	       VTD_IOTLB_IVT;
}

/**
 * vtd_start_command - Something has to be carried out.
 * @unit: The unit.
 *
 * Context: Any.
 */
void vtd_start_command(struct vtd_unit *unit)
{
	unit->wait = unit->settings.latency;
	if (!unit->wait)
		vtd_complete_commands(unit);
}

/* GCMD */

/* Root Table Address, TTM */
static const char *check_root_table(const struct vtd_unit *unit)
{
	const u64 ecap = unit->settings.ecap;
	const u64 root_table = vtd_register(unit, VTD_RTADDR);
	const u64 change = root_table ^ unit->root_table;

	switch (FIELD_GET(VTD_RTADDR_TTM, root_table)) {
	case VTD_TTM_LEGACY:
		break;
	case VTD_TTM_SCALABLE:
		if (!(ecap & VTD_ECAP_SMTS))
			return "the unit has no scalable mode";
		break;
	case VTD_TTM_ABORT:
		if (!(ecap & VTD_ECAP_ADMS))
			return "the unit has no abort-DMA mode";
		break;
	default:
		return "the translation mode of RTADDR is reserved";
	}
	if (global_status(unit) & VTD_GCMD_TE && change & VTD_RTADDR_TTM)
		return "the translation mode changes while translation is enabled";
	return NULL;
}

/* Section 6.5.2 */
static const char *check_queue(const struct vtd_unit *unit, bool enable)
{
	if (!(unit->settings.ecap & VTD_ECAP_QI))
		return "the unit has no queued invalidation";
	if (!enable)
		return vtd_queue_is_busy(unit) ?
		       "the invalidation queue is not empty" : NULL;
	if (context_command_is_pending(unit) ||
	    iotlb_invalidate_is_pending(unit))
		return "an invalidation by register is pending";
	if (vtd_register(unit, VTD_IQT))
		return "the tail of the invalidation queue is not 0";
	return NULL;
}

/* Global Command: what has to be there first */
static const char *check_command(const struct vtd_unit *unit, u32 command,
				 bool enable)
{
	const u32 status = global_status(unit);
	const u32 interrupts = VTD_GCMD_SIRTP | VTD_GCMD_IRE | VTD_GCMD_CFI;

	if (command & interrupts && !(unit->settings.ecap & VTD_ECAP_IR))
		return "the unit has no interrupt remapping";
	if (command == VTD_GCMD_WBF && !(unit->settings.cap & VTD_CAP_RWBF))
		return "the unit has no write buffers to flush";
	if (command == VTD_GCMD_SRTP)
		return check_root_table(unit);
	if (command == VTD_GCMD_QIE)
		return check_queue(unit, enable);
	if (command == VTD_GCMD_TE && enable && !(status & VTD_GCMD_SRTP))
		return "the root table pointer was not set";
	if (command == VTD_GCMD_IRE && enable && !(status & VTD_GCMD_SIRTP))
		return "the interrupt remapping table pointer was not set";
	return NULL;
}

/*
 * RTPS and IRTPS are clear and WBFS is set while the command is pending: Global
 * Status.
 */
static void note_command(struct vtd_unit *unit, u32 command, bool enable)
{
	const u32 status = global_status(unit);

	unit->pending = command;
	unit->pending_status = enable && command != VTD_GCMD_WBF ? command : 0;
	if (command == VTD_GCMD_WBF)
		set_global_status(unit, status | command);
	else if (command & ONE_SHOT)
		set_global_status(unit, status & ~command);
	vtd_start_command(unit);
}

/**
 * vtd_write_global_command - Software writes GCMD.
 * @unit: The unit.
 * @offset: VTD_GCMD.
 * @value: What it writes.
 *
 * Software changes one bit at a time, and repeats the status of all the others
 * but those that are no status: Global Command. To change nothing is no command.
 *
 * Context: Any.
 *
 * Return: NULL, or why software must not do that.
 */
const char *vtd_write_global_command(struct vtd_unit *unit, u32 offset,
				     u64 value)
{
	const u32 command = ((value ^ global_status(unit)) & LASTING) |
			    (value & ONE_SHOT);
	const bool enable = value & command;
	const char *why;

	if (!command)
		return NULL;
	if (unit->pending)
		return "another command is pending";
	if (command & (command - 1))
		return "more than one command";
	why = check_command(unit, command, enable);
	if (!why)
		note_command(unit, command, enable);
	return why;
}

/* The new table, and what hardware invalidates with it: section 6.6 */
static void set_root_table(struct vtd_unit *unit)
{
	struct vtd_event event = {
		.type = VTD_EVENT_ROOT_TABLE,
		.value = vtd_register(unit, VTD_RTADDR),
		.previous = unit->root_table,
	};

	unit->root_table = event.value;
	vtd_event(unit, &event);
	if (!(unit->settings.cap & VTD_CAP_ESRTPS))
		return;
	vtd_request_context(unit, VTD_GRANULARITY_GLOBAL, 0, 0, 0);
	if (unit->settings.ecap & VTD_ECAP_SMTS)
		vtd_request_pasid(unit, VTD_PASID_CACHE_GLOBAL, 0, 0);
	vtd_request_iotlb(unit, VTD_GRANULARITY_GLOBAL, 0, 0);
}

/* Section 6.7 */
static void set_interrupt_table(struct vtd_unit *unit)
{
	struct vtd_event event = {
		.type = VTD_EVENT_INTERRUPT_TABLE,
		.value = vtd_register(unit, VTD_IRTA),
		.previous = unit->interrupt_table,
	};

	unit->interrupt_table = event.value;
	vtd_event(unit, &event);
	if (unit->settings.cap & VTD_CAP_ESIRTPS)
		vtd_request_interrupts(unit, false, 0, 0);
}

static void carry_out(struct vtd_unit *unit, u32 command)
{
	switch (command) {
	case VTD_GCMD_SRTP:
		set_root_table(unit);
		break;
	case VTD_GCMD_SIRTP:
		set_interrupt_table(unit);
		break;
	case VTD_GCMD_WBF:
		vtd_flush_write_buffers(unit);
		break;
	case VTD_GCMD_QIE:
		vtd_queue_enabled(unit);
		break;
	}
}

/* Fault records are filled from the first one again after both: section 7.2.1 */
static void complete_global_command(struct vtd_unit *unit)
{
	const u32 command = unit->pending;
	u32 status;

	if (!command)
		return;
	carry_out(unit, command);
	status = (global_status(unit) & ~command) | unit->pending_status;
	unit->pending = 0;
	set_global_status(unit, status);
	if (!(status & (VTD_GCMD_TE | VTD_GCMD_IRE)))
		unit->next_record = 0;
}

/**
 * vtd_write_pointer - Software writes RTADDR, IQA or IRTA.
 * @unit: The unit.
 * @offset: The register.
 * @value: What it writes.
 *
 * Nothing follows it before the command that takes the pointer over. The queue is
 * where IQA says all the time that it is enabled: section 6.5.2.
 *
 * Context: Any.
 *
 * Return: NULL, or why software must not do that.
 */
const char *vtd_write_pointer(struct vtd_unit *unit, u32 offset, u64 value)
{
	u32 command = VTD_GCMD_SRTP;

	if (offset == VTD_IQA)
		command = VTD_GCMD_QIE;
	else if (offset == VTD_IRTA)
		command = VTD_GCMD_SIRTP;

	if (unit->pending & command)
		return "the pointer is being taken over";
	if (offset == VTD_IQA && global_status(unit) & VTD_GCMD_QIE)
		return "queued invalidation is enabled";
	vtd_set_register(unit, offset, value);
	return NULL;
}

/* CCMD and IOTLB */

/* Sections 6.5.1 and 6.5.2 */
static const char *check_invalidation(const struct vtd_unit *unit)
{
	if ((global_status(unit) | unit->pending) & VTD_GCMD_QIE)
		return "queued invalidation is enabled";
	if (vtd_is_scalable(unit))
		return "scalable mode needs queued invalidation";
	return NULL;
}

/**
 * vtd_write_context_command - Software writes CCMD.
 * @unit: The unit.
 * @offset: VTD_CCMD.
 * @value: What it writes; ICC makes it a command.
 *
 * Context: Any.
 *
 * Return: NULL, or why software must not do that.
 */
const char *vtd_write_context_command(struct vtd_unit *unit, u32 offset,
				      u64 value)
{
	const char *why = NULL;

	if (context_command_is_pending(unit))
		return "the invalidation before is pending";
	if (value & VTD_CCMD_ICC) {
		why = check_invalidation(unit);
		if (!why && !FIELD_GET(VTD_CCMD_CIRG, value))
			why = "the granularity is reserved";
	}
	if (why)
		return why;

	vtd_set_register(unit, VTD_CCMD, value);
	if (value & VTD_CCMD_ICC)
		vtd_start_command(unit);
	return NULL;
}

static void complete_context_command(struct vtd_unit *unit)
{
	u64 value = vtd_register(unit, VTD_CCMD);
	u8 granularity = FIELD_GET(VTD_CCMD_CIRG, value);

	if (!context_command_is_pending(unit))
		return;
	vtd_flush_write_buffers(unit);
	vtd_request_context(unit, granularity, FIELD_GET(VTD_CCMD_DID, value),
			    FIELD_GET(VTD_CCMD_SID, value),
			    FIELD_GET(VTD_CCMD_FM, value));

	value &= ~(VTD_CCMD_ICC | VTD_CCMD_CAIG);
	value |= FIELD_PREP(VTD_CCMD_CAIG, granularity);
	vtd_set_register(unit, VTD_CCMD, value);
}

/**
 * vtd_write_iotlb_address - Software writes the Invalidate Address register.
 * @unit: The unit.
 * @offset: The register.
 * @value: What it writes.
 *
 * Context: Any.
 *
 * Return: NULL, or why software must not do that.
 */
const char *vtd_write_iotlb_address(struct vtd_unit *unit, u32 offset,
				    u64 value)
{
	if (iotlb_invalidate_is_pending(unit))
		return "the invalidation before is pending";
	vtd_set_register(unit, offset, value);
	return NULL;
}

/**
 * vtd_write_iotlb_invalidate - Software writes the IOTLB Invalidate register.
 * @unit: The unit.
 * @offset: The register.
 * @value: What it writes; IVT makes it a command.
 *
 * Context: Any.
 *
 * Return: NULL, or why software must not do that.
 */
const char *vtd_write_iotlb_invalidate(struct vtd_unit *unit, u32 offset,
				       u64 value)
{
	const char *why = NULL;

	if (iotlb_invalidate_is_pending(unit))
		return "the invalidation before is pending";
	if (value & VTD_IOTLB_IVT) {
		why = check_invalidation(unit);
		if (!why && !FIELD_GET(VTD_IOTLB_IIRG, value))
			why = "the granularity is reserved";
	}
	if (why)
		return why;

	vtd_set_register(unit, offset, value);
	if (value & VTD_IOTLB_IVT)
		vtd_start_command(unit);
	return NULL;
}

static void complete_iotlb_invalidate(struct vtd_unit *unit)
{
	const u32 offset = iotlb_register(unit, VTD_IOTLB);
	u64 where = vtd_register(unit, iotlb_register(unit, VTD_IVA));
	u64 value = vtd_register(unit, offset);
	u8 granularity;

	if (!iotlb_invalidate_is_pending(unit))
		return;
	vtd_flush_write_buffers(unit);
	granularity = FIELD_GET(VTD_IOTLB_IIRG, value);
	granularity = vtd_request_iotlb(unit, granularity,
					FIELD_GET(VTD_IOTLB_DID, value), where);

	value &= ~(VTD_IOTLB_IVT | VTD_IOTLB_IAIG);
	value |= FIELD_PREP(VTD_IOTLB_IAIG, granularity);
	vtd_set_register(unit, offset, value);
}

/* Protected memory */

static bool protected_memory_is_pending(const struct vtd_unit *unit)
{
	const u32 value = vtd_register32(unit, VTD_PMEN);

	return !(value & VTD_PMEN_EPM) != !(value & VTD_PMEN_PRS);
}

/**
 * vtd_write_protected_enable - Software writes PMEN.
 * @unit: The unit.
 * @offset: VTD_PMEN.
 * @value: What it writes.
 *
 * Context: Any.
 *
 * Return: NULL, or why software must not do that.
 */
const char *vtd_write_protected_enable(struct vtd_unit *unit, u32 offset,
				       u64 value)
{
	const u32 status = vtd_register32(unit, VTD_PMEN) & VTD_PMEN_PRS;

	if (protected_memory_is_pending(unit))
		return "the change before is pending";
	vtd_set_register32(unit, VTD_PMEN, value | status);
	vtd_start_command(unit);
	return NULL;
}

/**
 * vtd_write_protected_range - Software writes PLMBASE, PLMLIMIT and so on.
 * @unit: The unit.
 * @offset: The register.
 * @value: What it writes.
 *
 * Context: Any.
 *
 * Return: NULL, or why software must not do that.
 */
const char *vtd_write_protected_range(struct vtd_unit *unit, u32 offset,
				      u64 value)
{
	if (vtd_register32(unit, VTD_PMEN))
		return "the protection is enabled";
	if (offset == VTD_PLMBASE || offset == VTD_PLMLIMIT)
		vtd_set_register32(unit, offset, value);
	else
		vtd_set_register(unit, offset, value);
	return NULL;
}

static void complete_protected_memory(struct vtd_unit *unit)
{
	bool enabled = vtd_register32(unit, VTD_PMEN) & VTD_PMEN_EPM;

	vtd_set_register32(unit, VTD_PMEN,
			   enabled ? VTD_PMEN_EPM | VTD_PMEN_PRS : 0);
}

/**
 * vtd_complete_commands - Carry out everything that is pending.
 * @unit: The unit.
 *
 * Context: Any.
 */
void vtd_complete_commands(struct vtd_unit *unit)
{
	unit->wait = 0;
	complete_protected_memory(unit);
	complete_context_command(unit);
	complete_iotlb_invalidate(unit);
	complete_global_command(unit);
	vtd_queue_run(unit);
}
