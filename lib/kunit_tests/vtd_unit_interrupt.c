// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Interrupt requests in the VT-d unit in software
 *
 * A device's write of four bytes to the interrupt address range (section 3.14)
 * is an interrupt request. With remapping enabled, one in remappable format names
 * an entry of the remapping table, which may be cached; the entry tells which
 * interrupt is delivered, or in which descriptor it is posted (sections 5.1 and
 * 5.2). One in compatibility format is delivered as it is, if that is allowed.
 * Without remapping every request is in compatibility format.
 *
 * Unhappy path: the first thing wrong blocks the request. What is wrong with an
 * entry that has fault processing disabled is not recorded.
 */

#include <linux/kernel.h>
#include <linux/string.h>

#include "vtd_unit_walk.h"

/* Sections 9.10 to 9.12 */
#define REMAPPED_0_RESERVED	(GENMASK_ULL(14, 12) | GENMASK_ULL(31, 24))
#define REMAPPED_1_RESERVED	GENMASK_ULL(63, 20)
#define POSTED_0_RESERVED	(GENMASK_ULL(7, 2) | GENMASK_ULL(13, 12) | GENMASK_ULL(37, 24))
#define POSTED_1_RESERVED	GENMASK_ULL(31, 20)
#define PID_4_RESERVED		(GENMASK_ULL(15, 2) | GENMASK_ULL(31, 24))

/* Word of the descriptor with everything but the requests */
#define PID_CONTROL		4

static bool has_extended_ids(const struct vtd_unit *unit)
{
	return unit->interrupt_table & VTD_IRTA_EIME;
}

static u32 apic_id(const struct vtd_unit *unit, u32 destination)
{
	return has_extended_ids(unit) ? destination : destination >> 8 & 0xff;
}

/* Section 5.1.2.1 */
static void deliver_compatible(u64 address, u32 data, struct vtd_interrupt *result)
{
	result->vector = FIELD_GET(VTD_MSI_DATA_VECTOR, data);
	result->destination = FIELD_GET(VTD_MSI_DESTINATION, address);
	result->delivery = FIELD_GET(GENMASK(10, 8), data);
	result->logical = address & BIT(2);
	result->level = data & BIT(15);
}

static enum vtd_fault compatibility_format(const struct vtd_unit *unit, u64 address, u32 data,
					   struct vtd_interrupt *result)
{
	if (!(vtd_register32(unit, VTD_GSTS) & VTD_GCMD_CFI) || has_extended_ids(unit))
		return VTD_FAULT_IR_COMPATIBILITY;
	deliver_compatible(address, data, result);
	return VTD_FAULT_NONE;
}

/* Which entry a request names (section 5.1.3) */
static enum vtd_fault find_index(const struct vtd_unit *unit, u64 address, u32 data,
				 struct vtd_interrupt *result)
{
	u32 entries = 2 << FIELD_GET(VTD_IRTA_S, unit->interrupt_table);
	u32 index = FIELD_GET(VTD_MSI_HANDLE_LOW, address) |
		    FIELD_GET(VTD_MSI_HANDLE_HIGH, address) << 15;

	if (address & VTD_MSI_SHV)
		index += FIELD_GET(VTD_MSI_DATA_SUBHANDLE, data);
	result->index = index;
	if (data & VTD_MSI_DATA_RESERVED)
		return VTD_FAULT_IR_REQUEST_RESERVED;
	return index < entries ? VTD_FAULT_NONE : VTD_FAULT_IR_INDEX;
}

static bool remapped_has_reserved(const struct vtd_unit *unit, const u64 *words)
{
	u8 delivery = FIELD_GET(VTD_IRTE_0_DLM, words[0]);

	if (words[0] & REMAPPED_0_RESERVED || words[1] & REMAPPED_1_RESERVED)
		return true;
	if (!has_extended_ids(unit) && words[0] & VTD_IRTE_0_DST & ~VTD_IRTE_0_DST_XAPIC)
		return true;
	return delivery == 3 || delivery == 6;
}

static enum vtd_fault check_entry(const struct vtd_unit *unit, const u64 *words)
{
	bool reserved;

	if (!(words[0] & VTD_IRTE_0_P))
		return VTD_FAULT_IR_NOT_PRESENT;
	if (words[0] & VTD_IRTE_0_IM)
		reserved = !(unit->settings.cap & VTD_CAP_PI) ||
			   words[0] & POSTED_0_RESERVED || words[1] & POSTED_1_RESERVED;
	else
		reserved = remapped_has_reserved(unit, words);
	if (reserved || FIELD_GET(VTD_IRTE_1_SVT, words[1]) > VTD_SVT_BUS)
		return VTD_FAULT_IR_RESERVED;
	return VTD_FAULT_NONE;
}

/* Fetch or find the entry; one that cannot be fetched is never cached. */
static enum vtd_fault find_entry(struct vtd_walk *walk, struct vtd_interrupt *result, u64 *words)
{
	struct vtd_unit *unit = walk->fill;
	struct vtd_cache_entry new = {
		.key = { .type = VTD_CACHE_INTERRUPT, .address = result->index },
	};
	const struct vtd_cache_entry *old = vtd_cache_find(unit, &new.key);
	u64 address;

	if (old) {
		memcpy(words, old->words, VTD_IRTE_WORDS * sizeof(*words));
		result->quiet = old->quiet;
		return old->fault;
	}
	address = (unit->interrupt_table & VTD_IRTA_IRTA) +
		  result->index * VTD_IRTE_WORDS * sizeof(*words);
	if (vtd_walk_read(walk, address, walk->snoop_tables, words, VTD_IRTE_WORDS))
		return VTD_FAULT_IR_ACCESS;
	/* It counts whether or not the entry is present. */
	result->quiet = words[0] & VTD_IRTE_0_FPD;
	new.quiet = result->quiet;
	new.fault = check_entry(unit, words);
	memcpy(new.words, words, VTD_IRTE_WORDS * sizeof(*words));
	if (!new.fault || unit->settings.cap & VTD_CAP_CM)
		vtd_cache_add(unit, &new);
	return new.fault;
}

/* Section 9.10, SVT and SQ */
static bool source_is_allowed(u64 word, u16 source_id)
{
	u16 sid = FIELD_GET(VTD_IRTE_1_SID, word);
	u16 ignored = vtd_ignored_function_bits(FIELD_GET(VTD_IRTE_1_SQ, word));
	u8 bus = source_id >> 8;

	switch (FIELD_GET(VTD_IRTE_1_SVT, word)) {
	case VTD_SVT_SID:
		return !((sid ^ source_id) & ~ignored);
	case VTD_SVT_BUS:
		return bus >= sid >> 8 && bus <= (sid & 0xff);
	default:
		return true;
	}
}

static void deliver_remapped(const struct vtd_unit *unit, u64 word, struct vtd_interrupt *result)
{
	result->vector = FIELD_GET(VTD_IRTE_0_V, word);
	result->destination = apic_id(unit, FIELD_GET(VTD_IRTE_0_DST, word));
	result->delivery = FIELD_GET(VTD_IRTE_0_DLM, word);
	result->logical = word & VTD_IRTE_0_DM;
	result->level = word & VTD_IRTE_0_TM;
}

static bool pid_has_reserved(const struct vtd_unit *unit, const u64 *words)
{
	u64 control = words[PID_CONTROL];

	if (control & PID_4_RESERVED || words[5] || words[6] || words[7])
		return true;
	return !has_extended_ids(unit) && control & VTD_PID_4_NDST & ~VTD_PID_4_NDST_XAPIC;
}

/* Section 5.2.3: note the vector, and notify unless that is pending or suppressed. */
static enum vtd_fault post(struct vtd_walk *walk, const u64 *entry, struct vtd_interrupt *result)
{
	u8 vector = FIELD_GET(VTD_IRTE_0_V, entry[0]);
	struct vtd_unit *unit = walk->fill;
	u64 words[VTD_PID_WORDS], control;
	bool notify;

	result->descriptor = FIELD_GET(VTD_IRTE_1_PDA_HIGH, entry[1]) << 32 |
			     FIELD_GET(VTD_IRTE_0_PDA_LOW, entry[0]) << 6;
	if (vtd_walk_read(walk, result->descriptor, true, words, VTD_PID_WORDS))
		return VTD_FAULT_IR_PID_ACCESS;
	if (pid_has_reserved(unit, words))
		return VTD_FAULT_IR_PID_RESERVED;
	control = words[PID_CONTROL];
	notify = !(control & VTD_PID_4_ON) &&
		 (!(control & VTD_PID_4_SN) || entry[0] & VTD_IRTE_0_URG);

	if (unit->ops->update(unit->context, result->descriptor + vector / 64 * 8, 0,
			      BIT_ULL(vector % 64)))
		return VTD_FAULT_IR_PID_ACCESS;
	result->posted = true;
	if (!notify)
		return VTD_FAULT_NONE;
	if (unit->ops->update(unit->context, result->descriptor + PID_CONTROL * 8, 0,
			      VTD_PID_4_ON))
		return VTD_FAULT_IR_PID_ACCESS;
	result->notified = true;
	result->vector = FIELD_GET(VTD_PID_4_NV, control);
	result->destination = apic_id(unit, FIELD_GET(VTD_PID_4_NDST, control));
	return VTD_FAULT_NONE;
}

static enum vtd_fault remappable_format(struct vtd_walk *walk, u16 source_id, u64 address,
					u32 data, struct vtd_interrupt *result)
{
	enum vtd_fault fault = find_index(walk->unit, address, data, result);
	u64 entry[VTD_IRTE_WORDS];

	if (fault)
		return fault;
	fault = find_entry(walk, result, entry);
	if (fault)
		return fault;
	if (!source_is_allowed(entry[1], source_id))
		return VTD_FAULT_IR_SOURCE;
	if (entry[0] & VTD_IRTE_0_IM)
		return post(walk, entry, result);
	deliver_remapped(walk->unit, entry[0], result);
	return VTD_FAULT_NONE;
}

static void block(struct vtd_unit *unit, u16 source_id, struct vtd_interrupt *result)
{
	u64 index = FIELD_PREP(VTD_FRCD_0_INDEX, result->index);
	struct vtd_fault_info info = {
		.reason = result->fault,
		.request = {
			.address = index,
			.pasid = VTD_NO_PASID,
			.source_id = source_id,
			.write = true,
		},
	};
	struct vtd_event event = {
		.type = VTD_EVENT_FAULT,
		.reason = result->fault,
		.source_id = source_id,
		.pasid = VTD_NO_PASID,
		.address = index,
		.value = !result->quiet,
	};

	result->blocked = true;
	vtd_event(unit, &event);
	if (!result->quiet)
		vtd_record_fault(unit, &info);
}

/**
 * vtd_unit_interrupt - A device requests an interrupt
 * @unit: The unit.
 * @source_id: Requester.
 * @address: In the interrupt address range.
 * @data: What is written there, four bytes.
 * @result: What becomes of it.
 */
void vtd_unit_interrupt(struct vtd_unit *unit, u16 source_id, u64 address,
			u32 data, struct vtd_interrupt *result)
{
	struct vtd_walk walk = {
		.unit = unit,
		.fill = unit,
		.view = &unit->view,
		.snoop_tables = unit->settings.ecap & VTD_ECAP_C,
	};

	*result = (struct vtd_interrupt) {};
	if (!(vtd_register32(unit, VTD_GSTS) & VTD_GCMD_IRE)) {
		deliver_compatible(address, data, result);
		return;
	}
	if (address & VTD_MSI_REMAPPABLE)
		result->fault = remappable_format(&walk, source_id, address, data, result);
	else
		result->fault = compatibility_format(unit, address, data, result);
	if (result->fault)
		block(unit, source_id, result);
}
