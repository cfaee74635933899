// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The VT-d unit in software: fault records and event interrupts
 *
 * Primary fault logging (section 7.2.1) and the two event interrupts (section
 * 7.3), of faults and of completed invalidations.
 *
 * Life cycle: vtd_record_fault() fills the record that is next. Software reads it,
 * clears its F bit, and clears the other bits of Fault Status.
 *
 * Happy path: the first thing to report sends a message. What follows sends none
 * before software has cleared everything, as software looks at everything when it
 * gets a message.
 *
 * Unhappy paths: when the next record still waits for software, the fault is lost,
 * PFO says so, and nothing is recorded until software has cleared that. A message
 * that is masked is kept as IP: unmasking sends it, unless software has cleared
 * all that it stands for.
 */

#include <linux/kernel.h>

#include "vtd_unit_internal.h"

/* What causes a fault event: Fault Event Control, IP */
#define FAULT_CONDITIONS	(VTD_FSTS_PFO | VTD_FSTS_PPF | VTD_FSTS_IQE | \
				 VTD_FSTS_ICE | VTD_FSTS_ITE)

/* The other registers of an event, from its control register */
#define EVENT_DATA		0x4
#define EVENT_ADDRESS		0x8
#define EVENT_UPPER_ADDRESS	0xc

static unsigned int nr_records(const struct vtd_unit *unit)
{
	return vtd_nr_fault_records(unit->settings.cap);
}

static u32 record_offset(const struct vtd_unit *unit, unsigned int index)
{
	return vtd_fault_records_offset(unit->settings.cap) +
	       index * VTD_FRCD_SIZE;
}

static bool record_is_in_use(const struct vtd_unit *unit, unsigned int index)
{
	return vtd_register(unit, record_offset(unit, index) + 8) &
	       VTD_FRCD_1_F;
}

static u32 fault_status(const struct vtd_unit *unit)
{
	return vtd_register32(unit, VTD_FSTS);
}

/* Event interrupts */

static void send_message(struct vtd_unit *unit, u32 control)
{
	struct vtd_event event = {
		.type = VTD_EVENT_MESSAGE,
		.address = vtd_register32(unit, control + EVENT_ADDRESS),
		.value = vtd_register32(unit, control + EVENT_DATA),
	};

	event.address |= (u64)vtd_register32(unit,
					     control + EVENT_UPPER_ADDRESS) << 32;
	vtd_event(unit, &event);
	if (unit->ops->message)
		unit->ops->message(unit->context, event.address, event.value);
}

/**
 * vtd_raise_event - There is something new to interrupt software for.
 * @unit: The unit.
 * @control: VTD_FECTL or VTD_IECTL.
 *
 * Context: Any.
 */
void vtd_raise_event(struct vtd_unit *unit, u32 control)
{
	const u32 value = vtd_register32(unit, control);

	if (value & VTD_EVENT_CONTROL_IM)
		vtd_set_register32(unit, control, value | VTD_EVENT_CONTROL_IP);
	else
		send_message(unit, control);
}

/**
 * vtd_event_serviced - Software has cleared all that the event stands for.
 * @unit: The unit.
 * @control: VTD_FECTL or VTD_IECTL.
 *
 * Context: Any.
 */
void vtd_event_serviced(struct vtd_unit *unit, u32 control)
{
	vtd_set_register32(unit, control, vtd_register32(unit, control) &
			   ~VTD_EVENT_CONTROL_IP);
}

/**
 * vtd_write_event_control - Software masks or unmasks an event.
 * @unit: The unit.
 * @offset: VTD_FECTL or VTD_IECTL.
 * @value: What it writes.
 *
 * Context: Any.
 *
 * Return: NULL: software may do that.
 */
const char *vtd_write_event_control(struct vtd_unit *unit, u32 offset,
				    u64 value)
{
	const u32 pending = vtd_register32(unit, offset) & VTD_EVENT_CONTROL_IP;

	if (!pending || value & VTD_EVENT_CONTROL_IM) {
		vtd_set_register32(unit, offset, value | pending);
		return NULL;
	}
	vtd_set_register32(unit, offset, value);
	send_message(unit, offset);
	return NULL;
}

/* Fault Status */

/* Only the first of several conditions is a reason to interrupt. */
static void set_condition(struct vtd_unit *unit, u32 condition)
{
	const u32 status = fault_status(unit);

	vtd_set_register32(unit, VTD_FSTS, status | condition);
	if (!(status & FAULT_CONDITIONS))
		vtd_raise_event(unit, VTD_FECTL);
}

static void clear_conditions(struct vtd_unit *unit, u32 conditions)
{
	const u32 status = fault_status(unit) & ~conditions;

	vtd_set_register32(unit, VTD_FSTS, status);
	if (!(status & FAULT_CONDITIONS))
		vtd_event_serviced(unit, VTD_FECTL);
}

/**
 * vtd_write_fault_status - Software clears bits of Fault Status.
 * @unit: The unit.
 * @offset: VTD_FSTS.
 * @value: The bits to clear.
 *
 * The invalidation queue goes on when its error is cleared: section 6.5.2.10.
 *
 * Context: Any.
 *
 * Return: NULL: software may do that.
 */
const char *vtd_write_fault_status(struct vtd_unit *unit, u32 offset, u64 value)
{
	const bool resume = value & fault_status(unit) & VTD_FSTS_IQE;

	clear_conditions(unit, value);
	if (resume) {
		vtd_set_register(unit, VTD_IQERCD, 0);
		vtd_start_command(unit);
	}
	return NULL;
}

/**
 * vtd_set_queue_error - The invalidation queue stops.
 * @unit: The unit.
 * @error: Why.
 *
 * Context: Any.
 */
void vtd_set_queue_error(struct vtd_unit *unit, enum vtd_queue_error error)
{
	vtd_set_register(unit, VTD_IQERCD,
			 FIELD_PREP(VTD_IQERCD_IQEI, error));
	set_condition(unit, VTD_FSTS_IQE);
}

/* Fault records */

static void update_pending_fault(struct vtd_unit *unit)
{
	for (unsigned int i = 0; i < nr_records(unit); i++) {
		if (record_is_in_use(unit, i))
			return;
	}
	clear_conditions(unit, VTD_FSTS_PPF);
}

/**
 * vtd_write_fault_record - Software clears the F bit of a fault record.
 * @unit: The unit.
 * @offset: Of the upper word.
 * @value: The bits to clear.
 *
 * Context: Any.
 *
 * Return: NULL: software may do that.
 */
const char *vtd_write_fault_record(struct vtd_unit *unit, u32 offset, u64 value)
{
	vtd_set_register(unit, offset, vtd_register(unit, offset) & ~value);
	update_pending_fault(unit);
	return NULL;
}

/* Fault Recording: some fields are there for requests with PASID only. */
static u64 upper_word(const struct vtd_fault_info *info)
{
	const struct vtd_request *request = &info->request;
	u64 word = VTD_FRCD_1_F;

	word |= FIELD_PREP(VTD_FRCD_1_SID, request->source_id);
	word |= FIELD_PREP(VTD_FRCD_1_FR, info->reason);
	word |= FIELD_PREP(VTD_FRCD_1_AT, request->type);
	if (!request->write)
		word |= VTD_FRCD_1_T1;
	if (request->pasid == VTD_NO_PASID)
		return word;

	word |= VTD_FRCD_1_PP | FIELD_PREP(VTD_FRCD_1_PV, request->pasid);
	if (request->execute)
		word |= VTD_FRCD_1_EXE;
	if (request->privileged)
		word |= VTD_FRCD_1_PRIV;
	return word;
}

/* FRI stays on the record that made PPF change: Fault Status */
static void set_pending_fault(struct vtd_unit *unit, unsigned int index)
{
	u32 status = fault_status(unit);

	if (status & VTD_FSTS_PPF)
		return;
	status &= ~VTD_FSTS_FRI;
	status |= FIELD_PREP(VTD_FSTS_FRI, index);
	vtd_set_register32(unit, VTD_FSTS, status);
	set_condition(unit, VTD_FSTS_PPF);
}

/* Section 7.2.1 */
static bool can_record(const struct vtd_unit *unit)
{
	return !(fault_status(unit) & VTD_FSTS_PFO) &&
	       !record_is_in_use(unit, unit->next_record);
}

static void record(struct vtd_unit *unit, const struct vtd_fault_info *info)
{
	const unsigned int index = unit->next_record;
	const u32 offset = record_offset(unit, index);

	vtd_set_register(unit, offset, info->request.address & VTD_FRCD_0_FI);
	vtd_set_register(unit, offset + 8, upper_word(info));
	unit->next_record = (index + 1) % nr_records(unit);
	set_pending_fault(unit, index);
}

/**
 * vtd_record_fault - A request was blocked, and that is to be reported.
 * @unit: The unit.
 * @info: What a record tells of it.
 *
 * Context: Any.
 */
void vtd_record_fault(struct vtd_unit *unit, const struct vtd_fault_info *info)
{
	if (can_record(unit))
		record(unit, info);
	else
		set_condition(unit, VTD_FSTS_PFO);
}
