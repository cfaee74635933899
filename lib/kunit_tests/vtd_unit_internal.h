/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the VT-d unit in software share, and nobody else uses. */

#ifndef _LIB_KUNIT_TESTS_VTD_UNIT_INTERNAL_H
#define _LIB_KUNIT_TESTS_VTD_UNIT_INTERNAL_H

#include <linux/bitfield.h>
#include <linux/errno.h>

#include "vtd_unit.h"

/* vtd_unit.c: what the others say */
void __printf(2, 3) vtd_misused(struct vtd_unit *unit, const char *format, ...);
void vtd_event(struct vtd_unit *unit, const struct vtd_event *event);

/* Contents of a register, without what a read by software does */
static inline u64 vtd_register(const struct vtd_unit *unit, u32 offset)
{
	return unit->registers[offset / 8];
}

static inline u32 vtd_register32(const struct vtd_unit *unit, u32 offset)
{
	return vtd_register(unit, offset) >> (offset % 8 * 8);
}

static inline void vtd_set_register(struct vtd_unit *unit, u32 offset, u64 value)
{
	unit->registers[offset / 8] = value;
}

static inline void vtd_set_register32(struct vtd_unit *unit, u32 offset, u32 value)
{
	unsigned int shift = offset % 8 * 8;
	u64 *word = &unit->registers[offset / 8];

	*word = (*word & ~(0xffffffffULL << shift)) | (u64)value << shift;
}

/* Where the registers are whose place is a capability (CAP.FRO, ECAP.IRO) */

static inline u32 vtd_nr_fault_records(u64 cap)
{
	return FIELD_GET(VTD_CAP_NFR, cap) + 1;
}

static inline u32 vtd_fault_records_offset(u64 cap)
{
	return FIELD_GET(VTD_CAP_FRO, cap) * 16;
}

static inline u32 vtd_iotlb_offset(u64 ecap)
{
	return FIELD_GET(VTD_ECAP_IRO, ecap) * 16;
}

/* Width of the unit's domain IDs (CAP.ND) */
static inline u32 vtd_domain_bits(const struct vtd_unit *unit)
{
	return 4 + 2 * FIELD_GET(VTD_CAP_ND, unit->settings.cap);
}

/*
 * Bits of a requester's function that do not count: @count of them from bit 2
 * downwards, for FM of the context cache and SQ of an interrupt entry alike.
 */
static inline u16 vtd_ignored_function_bits(u8 count)
{
	return 0x7 & ~(0x7 >> count);
}

static inline bool vtd_is_scalable(const struct vtd_unit *unit)
{
	return FIELD_GET(VTD_RTADDR_TTM, unit->root_table) == VTD_TTM_SCALABLE;
}

/*
 * Writes of registers: @offset is the register's, @value all of it with the bits
 * that were written. They return NULL, or why software must not do that.
 */

/* vtd_unit_command.c: GCMD, CCMD, IOTLB registers, and protected memory */
const char *vtd_write_global_command(struct vtd_unit *unit, u32 offset,
				     u64 value);
const char *vtd_write_context_command(struct vtd_unit *unit, u32 offset,
				      u64 value);
const char *vtd_write_iotlb_address(struct vtd_unit *unit, u32 offset,
				    u64 value);
const char *vtd_write_iotlb_invalidate(struct vtd_unit *unit, u32 offset,
				       u64 value);
const char *vtd_write_pointer(struct vtd_unit *unit, u32 offset, u64 value);
const char *vtd_write_protected_enable(struct vtd_unit *unit, u32 offset,
				       u64 value);
const char *vtd_write_protected_range(struct vtd_unit *unit, u32 offset,
				      u64 value);
void vtd_start_command(struct vtd_unit *unit);
void vtd_complete_commands(struct vtd_unit *unit);

/* vtd_unit_invalidate.c: what CCMD, IOTLB and descriptors ask for */
void vtd_flush_write_buffers(struct vtd_unit *unit);
void vtd_request_context(struct vtd_unit *unit, u8 granularity, u16 domain,
			 u16 source_id, u8 function_mask);
void vtd_request_pasid(struct vtd_unit *unit, u8 granularity, u16 domain,
		       u32 pasid);
u8 vtd_request_iotlb(struct vtd_unit *unit, u8 granularity, u16 domain,
		     u64 where);
u8 vtd_request_pasid_iotlb(struct vtd_unit *unit, u8 granularity, u16 domain,
			   u32 pasid, u64 where);
bool vtd_request_interrupts(struct vtd_unit *unit, bool selective, u16 index,
			    u8 mask);

/* vtd_unit_queue.c: the invalidation queue */
const char *vtd_write_queue_tail(struct vtd_unit *unit, u32 offset, u64 value);
const char *vtd_write_completion_status(struct vtd_unit *unit, u32 offset,
					u64 value);
void vtd_queue_enabled(struct vtd_unit *unit);
void vtd_queue_run(struct vtd_unit *unit);
bool vtd_queue_is_busy(const struct vtd_unit *unit);

/* vtd_unit_fault.c: fault records and event interrupts */
const char *vtd_write_fault_status(struct vtd_unit *unit, u32 offset,
				   u64 value);
const char *vtd_write_fault_record(struct vtd_unit *unit, u32 offset,
				   u64 value);
const char *vtd_write_event_control(struct vtd_unit *unit, u32 offset,
				    u64 value);
void vtd_record_fault(struct vtd_unit *unit, const struct vtd_fault_info *info);
void vtd_raise_event(struct vtd_unit *unit, u32 control);
void vtd_event_serviced(struct vtd_unit *unit, u32 control);
void vtd_set_queue_error(struct vtd_unit *unit, enum vtd_queue_error error);

/**
 * enum vtd_cache_type - The caches of section 6.2 and 6.4
 * @VTD_CACHE_CONTEXT: Context entries; key is the requester.
 * @VTD_CACHE_PASID: PASID table entries; key is requester and PASID.
 * @VTD_CACHE_IOTLB: Translations; key is domain, PASID and page.
 * @VTD_CACHE_PAGING: Entries that lead to a table; key as for translations.
 * @VTD_CACHE_INTERRUPT: Interrupt remapping table entries; key is the index.
 */
enum vtd_cache_type {
	VTD_CACHE_CONTEXT,
	VTD_CACHE_PASID,
	VTD_CACHE_IOTLB,
	VTD_CACHE_PAGING,
	VTD_CACHE_INTERRUPT,
};

/**
 * struct vtd_cache_key - How an entry is found
 * @type: The cache.
 * @source_id: Requester, else 0.
 * @domain: Domain ID of translations, else 0.
 * @pasid: PASID, %VTD_NO_PASID for second-stage translations.
 * @address: First address of what a translation or pointer stands for, or the
 *	index of an interrupt entry, else 0.
 * @shift: log2 of the bytes that it stands for, else 0.
 * @stage: 1 if a first stage takes part, else 2; 0 where there is none.
 */
struct vtd_cache_key {
	enum vtd_cache_type type;
	u16 source_id;
	u16 domain;
	u32 pasid;
	u64 address;
	u8 shift;
	u8 stage;
};

/**
 * struct vtd_translation - What page tables say of a page
 * @address: Where the address leads.
 * @shift: log2 of the bytes of the page.
 * @read: Allowed.
 * @write: Allowed.
 * @user: Allowed, first stage.
 * @execute: Allowed, first stage.
 * @dirty: The page's entry is marked as written to, or need not be.
 * @snoop: Accesses snoop.
 */
struct vtd_translation {
	u64 address;
	u8 shift;
	bool read;
	bool write;
	bool user;
	bool execute;
	bool dirty;
	bool snoop;
};

/**
 * struct vtd_cache_entry - What a cache knows
 * @node: In vtd_unit::cache.
 * @key: How it is found.
 * @domain: What invalidations by domain look for: 0 for a context or PASID
 *	table entry that is not present.
 * @fault: Caching mode keeps faults too (section 6.1).
 * @quiet: Fault processing is disabled.
 * @words: Of a context, PASID or interrupt entry: as fetched.
 * @translation: Of a page; or of an entry that leads to a table, with the address
 *	of that and what was allowed on the way.
 */
struct vtd_cache_entry {
	struct hlist_node node;
	struct vtd_cache_key key;
	u16 domain;
	enum vtd_fault fault;
	bool quiet;
	u64 words[VTD_PASID_WORDS];
	struct vtd_translation translation;
};

/* vtd_unit_cache.c: the caches and what invalidates them */
const struct vtd_cache_entry *vtd_cache_find(const struct vtd_unit *unit,
					     const struct vtd_cache_key *key);
void vtd_cache_add(struct vtd_unit *unit, const struct vtd_cache_entry *entry);
void vtd_cache_clear(struct vtd_unit *unit);
void vtd_invalidate_context(struct vtd_unit *unit, u8 granularity, u16 domain,
			    u16 source_id, u8 function_mask);
void vtd_invalidate_pasid(struct vtd_unit *unit, u8 granularity, u16 domain,
			  u32 pasid);
void vtd_invalidate_iotlb(struct vtd_unit *unit, u8 granularity, u16 domain,
			  u64 address, u8 mask, bool leaf_only);
void vtd_invalidate_pasid_iotlb(struct vtd_unit *unit, u8 granularity,
				u16 domain, u32 pasid, u64 address, u8 mask,
				bool leaf_only);
void vtd_invalidate_interrupts(struct vtd_unit *unit, bool selective, u16 index,
			       u8 mask);

#endif /* _LIB_KUNIT_TESTS_VTD_UNIT_INTERNAL_H */
