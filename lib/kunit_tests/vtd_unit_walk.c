// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Requests of devices in the VT-d unit in software
 *
 * The way of a request (section 3.4): root entry by bus, context entry by device
 * and function, in scalable mode PASID directory and PASID table too, then one
 * or two stages of page tables. What each step has fetched is cached; a step
 * whose answer a cache has reads no memory. With translation disabled a request
 * goes where it says.
 *
 * Unhappy path: the first thing wrong blocks the request, for the reason that
 * section 7.1.3 gives it. A fault is recorded unless an entry on the way
 * disables that. In caching mode it is cached too.
 *
 * vtd_unit_peek() answers what would become of a request, with caches or
 * without, and changes nothing: no cache, no flag in a table, no fault record.
 * The view that it is given may be of tables that do not exist yet.
 *
 * Not here: page requests, and with them recoverable faults, requests of devices
 * with a TLB beyond what tables say of them, and TPH and other hints.
 */

#include <linux/kernel.h>
#include <linux/string.h>

#include "vtd_unit_walk.h"

/* Protected regions begin and end at multiples of it, see vtd_unit_fault.c. */
#define PROTECTED_GRANULE	0x200000ULL

/**
 * vtd_beyond_address_width - Bits of an address that lead beyond all memory
 * @unit: The unit.
 *
 * Return: Bits of a pointer in a table that are reserved.
 */
u64 vtd_beyond_address_width(const struct vtd_unit *unit)
{
	return ~((1ULL << unit->settings.address_width) - 1);
}

/**
 * vtd_walk_read - Fetch an entry of a table
 * @walk: The way.
 * @address: Of the entry.
 * @snoop: The access snoops.
 * @words: The entry.
 * @count: How many words it has.
 *
 * Return: 0, or -EFAULT if there is no such memory.
 */
int vtd_walk_read(struct vtd_walk *walk, u64 address, bool snoop, u64 *words,
		  unsigned int count)
{
	int ret;

	walk->memory_read = true;
	if (address & vtd_beyond_address_width(walk->unit))
		return -EFAULT;
	for (unsigned int i = 0; i < count; i++) {
		ret = walk->view->read(walk->view->context, address + 8 * i,
				       snoop, &words[i]);
		if (ret)
			return ret;
	}
	return 0;
}

/* Page tables */

static bool is_interrupt_address(u64 address)
{
	return address >= VTD_INTERRUPT_BASE && address <= VTD_INTERRUPT_LAST;
}

/*
 * What may be cached: a translation that was used, and in caching mode also that
 * there is none, which leaves no page whose size it could have.
 */
static bool may_cache(const struct vtd_walk *walk, enum vtd_fault fault,
		      const struct vtd_translation *translation)
{
	if (!walk->fill)
		return false;
	if (!fault && !vtd_check_access(walk, translation))
		return true;
	return walk->unit->settings.cap & VTD_CAP_CM &&
	       (fault || !(translation->read || translation->write));
}

static void cache_translation(struct vtd_walk *walk, struct vtd_cache_entry *entry,
			      const struct vtd_translation *translation)
{
	if (!may_cache(walk, entry->fault, translation))
		return;
	entry->key.shift = entry->fault ? 12 : translation->shift;
	entry->key.address = walk->request->address &
			     ~((1ULL << entry->key.shift) - 1);
	entry->domain = walk->domain;
	entry->quiet = walk->quiet;
	entry->translation = *translation;
	vtd_cache_add(walk->fill, entry);
}

static const struct vtd_cache_entry *find_translation(const struct vtd_walk *walk,
						      struct vtd_cache_key key)
{
	static const u8 shifts[] = { 12, 21, 30 };
	const struct vtd_cache_entry *entry;

	for (unsigned int i = 0; i < ARRAY_SIZE(shifts); i++) {
		key.shift = shifts[i];
		key.address = walk->request->address & ~((1ULL << key.shift) - 1);
		entry = vtd_cache_find(walk->unit, &key);
		if (entry)
			return entry;
	}
	return NULL;
}

/*
 * A write by way of a cached translation that was read only so far has to mark
 * the entry in memory (section 3.6.2): it is a miss.
 */
static bool needs_dirty_flag(const struct vtd_walk *walk, const struct vtd_cache_entry *entry)
{
	return !entry->fault && walk->request->write && entry->translation.write &&
	       !entry->translation.dirty;
}

/* No page may be where interrupt requests go (section 3.14). */
static enum vtd_fault check_page(const struct vtd_walk *walk,
				 const struct vtd_translation *translation)
{
	u64 offset = walk->request->address & ((1ULL << translation->shift) - 1);
	enum vtd_fault fault = vtd_check_access(walk, translation);

	if (fault || !is_interrupt_address(translation->address | offset))
		return fault;
	return walk->scalable ? VTD_FAULT_SM_INTERRUPT_ADDRESS : VTD_FAULT_INTERRUPT_ADDRESS;
}

static enum vtd_fault find_page(struct vtd_walk *walk, struct vtd_translation *translation)
{
	u8 stage = vtd_translation_stage(walk);
	struct vtd_cache_entry new = {
		.key = {
			.type = VTD_CACHE_IOTLB,
			.domain = walk->domain,
			.pasid = stage == 1 ? walk->pasid : VTD_NO_PASID,
			.stage = stage,
		},
	};
	const struct vtd_cache_entry *old;

	old = walk->use_caches ? find_translation(walk, new.key) : NULL;
	if (old && !needs_dirty_flag(walk, old)) {
		*translation = old->translation;
		return old->fault ? old->fault : check_page(walk, translation);
	}

	new.fault = stage == 1 ? vtd_first_stage(walk, translation) :
				 vtd_second_stage(walk, translation);
	cache_translation(walk, &new, translation);
	return new.fault ? new.fault : check_page(walk, translation);
}

/* Protected memory, for what no page table confines (registers PMEN ff.) */

static bool is_protected(const struct vtd_unit *unit, u64 address)
{
	u64 base, limit;

	if (!(vtd_register32(unit, VTD_PMEN) & VTD_PMEN_PRS))
		return false;
	base = vtd_register32(unit, VTD_PLMBASE);
	limit = vtd_register32(unit, VTD_PLMLIMIT) | (PROTECTED_GRANULE - 1);
	if (unit->settings.cap & VTD_CAP_PLMR && address >= base && address <= limit)
		return true;
	base = vtd_register(unit, VTD_PHMBASE);
	limit = vtd_register(unit, VTD_PHMLIMIT) | (PROTECTED_GRANULE - 1);
	return unit->settings.cap & VTD_CAP_PHMR && address >= base && address <= limit;
}

static void result_block(struct vtd_result *result, enum vtd_fault fault, bool quiet)
{
	*result = (struct vtd_result) {
		.blocked = true,
		.fault = fault,
		.quiet = quiet,
	};
}

/* The request goes where it says. */
static void result_pass(const struct vtd_walk *walk, struct vtd_result *result)
{
	u64 address = walk->request->address;

	if (is_protected(walk->unit, address)) {
		result_block(result, VTD_FAULT_NONE, false);
		return;
	}
	*result = (struct vtd_result) {
		.address = address,
		.size = 1ULL << 12,
		.write = true,
	};
}

static void result_page(const struct vtd_walk *walk, struct vtd_result *result,
			const struct vtd_translation *translation)
{
	u64 offset = (1ULL << translation->shift) - 1;

	*result = (struct vtd_result) {
		.address = translation->address | (walk->request->address & offset),
		.size = 1ULL << translation->shift,
		.write = translation->write,
		.snoop = translation->snoop,
		.cached = !walk->memory_read,
	};
}

/* What a page table answers a request that only asks: no fault, no page */
static bool is_recoverable(enum vtd_fault fault)
{
	switch (fault) {
	case VTD_FAULT_NO_READ:
	case VTD_FAULT_NO_WRITE:
	case VTD_FAULT_SM_SS_PERMISSION:
	case VTD_FAULT_SM_FS_NOT_PRESENT:
	case VTD_FAULT_SM_NO_WRITE:
	case VTD_FAULT_SM_NO_USER:
	case VTD_FAULT_SM_NO_EXECUTE:
		return true;
	default:
		return false;
	}
}

static void translate_page(struct vtd_walk *walk, struct vtd_result *result)
{
	struct vtd_translation translation = {};
	enum vtd_fault fault = find_page(walk, &translation);

	if (!fault) {
		result_page(walk, result, &translation);
		return;
	}
	if (walk->request->type == VTD_TRANSLATION_REQUEST && is_recoverable(fault))
		fault = VTD_FAULT_NONE;
	result_block(result, fault, walk->quiet);
}

static void pass_through(struct vtd_walk *walk, struct vtd_result *result,
			 enum vtd_fault beyond)
{
	if (walk->request->address & vtd_beyond_address_width(walk->unit))
		result_block(result, beyond, walk->quiet);
	else
		result_pass(walk, result);
}

static void translate_legacy(struct vtd_walk *walk, struct vtd_result *result)
{
	enum vtd_address_type type = walk->request->type;
	enum vtd_fault fault;
	u8 tt;

	if (walk->request->pasid != VTD_NO_PASID) {
		result_block(result, VTD_FAULT_SM_PASID_IN_LEGACY, false);
		return;
	}
	fault = vtd_find_context(walk);
	if (fault) {
		result_block(result, fault, walk->quiet);
		return;
	}
	tt = FIELD_GET(VTD_CONTEXT_0_TT, walk->context[0]);
	if (type != VTD_UNTRANSLATED && tt != VTD_TT_ALL)
		result_block(result, VTD_FAULT_TT_BLOCKS, walk->quiet);
	else if (type == VTD_TRANSLATED || tt == VTD_TT_PASS_THROUGH)
		pass_through(walk, result, VTD_FAULT_BEYOND_WIDTH);
	else
		translate_page(walk, result);
}

static enum vtd_fault prepare_scalable(struct vtd_walk *walk)
{
	enum vtd_fault fault = vtd_find_context(walk);

	if (fault)
		return fault;
	if (walk->request->type != VTD_UNTRANSLATED &&
	    !(walk->context[0] & VTD_SM_CONTEXT_0_DTE))
		return VTD_FAULT_SM_NO_DTE;
	fault = vtd_choose_pasid(walk);
	if (fault)
		return fault;
	fault = vtd_find_pasid_entry(walk);
	return fault ? fault : vtd_check_request_kind(walk);
}

static void translate_scalable(struct vtd_walk *walk, struct vtd_result *result)
{
	enum vtd_fault fault = prepare_scalable(walk);

	if (fault) {
		result_block(result, fault, walk->quiet);
		return;
	}
	walk->snoop_paging = walk->entry[1] & VTD_PASID_1_PWSNP;
	if (walk->request->type == VTD_TRANSLATED ||
	    FIELD_GET(VTD_PASID_0_PGTT, walk->entry[0]) == VTD_PGTT_PASS_THROUGH)
		pass_through(walk, result, VTD_FAULT_SM_BEYOND_HAW);
	else
		translate_page(walk, result);
}

/* With a PASID no request to the interrupt range is an interrupt request. */
static void translate_interrupt_address(struct vtd_walk *walk, struct vtd_result *result)
{
	if (walk->request->write && walk->request->pasid == VTD_NO_PASID)
		result_block(result, VTD_FAULT_NONE, false);
	else
		result_block(result, walk->scalable ? VTD_FAULT_SM_INTERRUPT_ADDRESS :
						      VTD_FAULT_INTERRUPT_ADDRESS, false);
}

static bool mode_is_known(const struct vtd_unit *unit)
{
	u8 mode = FIELD_GET(VTD_RTADDR_TTM, unit->root_table);

	return mode == VTD_TTM_LEGACY ||
	       (mode == VTD_TTM_SCALABLE && unit->settings.ecap & VTD_ECAP_SMTS);
}

static void translate(struct vtd_walk *walk, struct vtd_result *result)
{
	const struct vtd_unit *unit = walk->unit;

	walk->scalable = vtd_is_scalable(unit);
	walk->snoop_tables = unit->settings.ecap & VTD_ECAP_C;
	walk->snoop_paging = walk->snoop_tables;

	if (!(vtd_register32(unit, VTD_GSTS) & VTD_GCMD_TE)) {
		result_pass(walk, result);
		return;
	}
	/* In the abort-DMA mode nothing is even recorded (section 3.4.4). */
	if (FIELD_GET(VTD_RTADDR_TTM, unit->root_table) == VTD_TTM_ABORT)
		result_block(result, VTD_FAULT_NONE, true);
	else if (!mode_is_known(unit))
		result_block(result, VTD_FAULT_SM_TTM, false);
	else if (is_interrupt_address(walk->request->address))
		translate_interrupt_address(walk, result);
	else if (walk->scalable)
		translate_scalable(walk, result);
	else
		translate_legacy(walk, result);
}

/**
 * vtd_unit_translate - A device reads or writes
 * @unit: The unit.
 * @request: What the device asks.
 * @result: What becomes of it.
 *
 * Fills caches and marks entries as accessed; a fault is recorded. A write of a
 * device to the interrupt address range is no DMA: see vtd_unit_interrupt().
 */
void vtd_unit_translate(struct vtd_unit *unit, const struct vtd_request *request,
			struct vtd_result *result)
{
	struct vtd_walk walk = {
		.unit = unit,
		.fill = unit,
		.view = &unit->view,
		.request = request,
		.use_caches = true,
	};
	struct vtd_fault_info info = { .request = *request };
	struct vtd_event event = {
		.type = VTD_EVENT_FAULT,
		.source_id = request->source_id,
		.pasid = request->pasid,
		.address = request->address,
	};

	translate(&walk, result);
	if (!result->blocked)
		return;
	event.reason = result->fault;
	event.value = result->fault && !result->quiet;
	vtd_event(unit, &event);
	if (!event.value)
		return;
	info.reason = result->fault;
	vtd_record_fault(unit, &info);
}

/**
 * vtd_unit_peek - What would become of a request
 * @unit: The unit.
 * @view: How to read memory.
 * @request: What a device would ask.
 * @use_caches: Caches answer first, else only memory does.
 * @result: What would become of it.
 *
 * Changes nothing.
 */
void vtd_unit_peek(const struct vtd_unit *unit, const struct vtd_view *view,
		   const struct vtd_request *request, bool use_caches,
		   struct vtd_result *result)
{
	struct vtd_walk walk = {
		.unit = unit,
		.view = view,
		.request = request,
		.use_caches = use_caches,
	};

	translate(&walk, result);
}
