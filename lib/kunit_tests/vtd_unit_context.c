// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Root, context and PASID tables in the VT-d unit in software
 *
 * From a requester to what translates its requests (sections 3.4.2 and 3.4.3).
 * In legacy mode that is a context entry. In scalable mode the context entry
 * leads to the PASID directory and a PASID table, each entry of which has a domain
 * and page tables of its own.
 *
 * Unhappy path: the first thing wrong is the answer. Whether an entry has fault
 * processing disabled counts even if it is not present. An entry that a cache
 * has was checked when it was fetched.
 */

#include <linux/kernel.h>
#include <linux/string.h>

#include "vtd_unit_walk.h"

/* Bits of a root entry that are 0, in both modes (sections 9.1 and 9.2) */
#define ROOT_RESERVED		GENMASK_ULL(11, 1)

/* Sections 9.3 to 9.6 */
#define CONTEXT_0_RESERVED	GENMASK_ULL(11, 4)
#define CONTEXT_1_RESERVED	(BIT_ULL(7) | GENMASK_ULL(63, 24))
#define SM_CONTEXT_0_RESERVED	GENMASK_ULL(8, 5)
#define SM_CONTEXT_1_RESERVED	GENMASK_ULL(63, 21)
#define PASID_DIR_RESERVED	GENMASK_ULL(11, 2)
#define PASID_0_RESERVED	(BIT_ULL(5) | GENMASK_ULL(11, 10))
#define PASID_1_RESERVED	GENMASK_ULL(22, 16)
#define PASID_2_RESERVED	GENMASK_ULL(11, 8)

/* PASIDs of an entry of the directory */
#define PASIDS_PER_TABLE	64

static bool width_is_supported(const struct vtd_unit *unit, u8 width)
{
	return width <= 4 &&
	       FIELD_GET(VTD_CAP_SAGAW, unit->settings.cap) & BIT(width);
}

/* Legacy mode */

static enum vtd_fault fetch_context_legacy(struct vtd_walk *walk)
{
	u64 beyond = vtd_beyond_address_width(walk->unit);
	u16 source_id = walk->request->source_id;
	u64 root[VTD_ROOT_ENTRY_WORDS];
	u64 address;

	address = (walk->unit->root_table & VTD_RTADDR_RTA) + (source_id >> 8) * sizeof(root);
	if (vtd_walk_read(walk, address, walk->snoop_tables, root, ARRAY_SIZE(root)))
		return VTD_FAULT_ROOT_ACCESS;
	if (!(root[0] & VTD_ROOT_P))
		return VTD_FAULT_ROOT_NOT_PRESENT;
	if (root[0] & (ROOT_RESERVED | beyond) || root[1])
		return VTD_FAULT_ROOT_RESERVED;

	address = (root[0] & VTD_ROOT_CTP) + (source_id & 0xff) * VTD_CONTEXT_WORDS * 8;
	if (vtd_walk_read(walk, address, walk->snoop_tables, walk->context, VTD_CONTEXT_WORDS))
		return VTD_FAULT_CONTEXT_ACCESS;
	return VTD_FAULT_NONE;
}

static bool context_is_valid(const struct vtd_walk *walk)
{
	u64 ecap = walk->unit->settings.ecap;

	if (!width_is_supported(walk->unit, FIELD_GET(VTD_CONTEXT_1_AW, walk->context[1])))
		return false;
	switch (FIELD_GET(VTD_CONTEXT_0_TT, walk->context[0])) {
	case VTD_TT_UNTRANSLATED:
		return true;
	case VTD_TT_ALL:
		return ecap & VTD_ECAP_DT;
	case VTD_TT_PASS_THROUGH:
		return ecap & VTD_ECAP_PT;
	default:
		return false;
	}
}

static enum vtd_fault check_context_legacy(struct vtd_walk *walk)
{
	u64 beyond = vtd_beyond_address_width(walk->unit);
	const u64 *words = walk->context;

	/* It counts whether or not the entry is present. */
	walk->quiet = words[0] & VTD_CONTEXT_0_FPD;
	walk->domain = 0;
	if (!(words[0] & VTD_CONTEXT_0_P))
		return VTD_FAULT_CONTEXT_NOT_PRESENT;
	walk->domain = FIELD_GET(VTD_CONTEXT_1_DID, words[1]);
	if (words[0] & (CONTEXT_0_RESERVED | beyond) || words[1] & CONTEXT_1_RESERVED ||
	    walk->domain >> vtd_domain_bits(walk->unit))
		return VTD_FAULT_CONTEXT_RESERVED;
	return context_is_valid(walk) ? VTD_FAULT_NONE : VTD_FAULT_CONTEXT_INVALID;
}

/* Scalable mode: half a bus has a context table of its own (section 9.2). */

static enum vtd_fault fetch_context_scalable(struct vtd_walk *walk)
{
	u64 beyond = vtd_beyond_address_width(walk->unit);
	u16 source_id = walk->request->source_id;
	u64 root, address;

	address = (walk->unit->root_table & VTD_RTADDR_RTA) + (source_id >> 7) * sizeof(root);
	if (vtd_walk_read(walk, address, walk->snoop_tables, &root, 1))
		return VTD_FAULT_SM_ROOT_ACCESS;
	if (!(root & VTD_ROOT_P))
		return VTD_FAULT_SM_ROOT_NOT_PRESENT;
	if (root & (ROOT_RESERVED | beyond))
		return VTD_FAULT_SM_ROOT_RESERVED;

	address = (root & VTD_ROOT_CTP) + (source_id & 0x7f) * VTD_SM_CONTEXT_WORDS * 8;
	if (vtd_walk_read(walk, address, walk->snoop_tables, walk->context,
			  VTD_SM_CONTEXT_WORDS))
		return VTD_FAULT_SM_CONTEXT_ACCESS;
	return VTD_FAULT_NONE;
}

/* What a unit without the capability has reserved (section 9.4) */
static u64 sm_context_0_reserved(const struct vtd_unit *unit)
{
	u64 ecap = unit->settings.ecap;
	u64 reserved = SM_CONTEXT_0_RESERVED;

	if (!(ecap & VTD_ECAP_DT))
		reserved |= VTD_SM_CONTEXT_0_DTE;
	if (!(ecap & VTD_ECAP_PASID))
		reserved |= VTD_SM_CONTEXT_0_PASIDE;
	if (!(ecap & VTD_ECAP_PRS))
		reserved |= VTD_SM_CONTEXT_0_PRE;
	return reserved | vtd_beyond_address_width(unit);
}

static u64 sm_context_1_reserved(const struct vtd_unit *unit)
{
	u64 reserved = SM_CONTEXT_1_RESERVED;

	if (!(unit->settings.ecap & VTD_ECAP_RPS))
		reserved |= VTD_SM_CONTEXT_1_RID_PASID;
	if (!(unit->settings.ecap & VTD_ECAP_SRS))
		reserved |= VTD_SM_CONTEXT_1_RID_PRIV;
	return reserved;
}

static enum vtd_fault check_context_scalable(struct vtd_walk *walk)
{
	const u64 *words = walk->context;

	walk->quiet = words[0] & VTD_SM_CONTEXT_0_FPD;
	if (!(words[0] & VTD_SM_CONTEXT_0_P))
		return VTD_FAULT_SM_CONTEXT_NOT_PRESENT;
	if (words[0] & sm_context_0_reserved(walk->unit) ||
	    words[1] & sm_context_1_reserved(walk->unit) || words[2] || words[3])
		return VTD_FAULT_SM_CONTEXT_RESERVED;
	/* Page requests come from devices with a TLB only. */
	if (words[0] & VTD_SM_CONTEXT_0_PRE && !(words[0] & VTD_SM_CONTEXT_0_DTE))
		return VTD_FAULT_SM_CONTEXT_INVALID;
	return VTD_FAULT_NONE;
}

/**
 * vtd_find_context - Fetch the context entry, or find it in the cache
 * @walk: The way; its entry, domain and quiet are set.
 *
 * Return: %VTD_FAULT_NONE, or what is wrong.
 */
enum vtd_fault vtd_find_context(struct vtd_walk *walk)
{
	struct vtd_cache_entry new = {
		.key = {
			.type = VTD_CACHE_CONTEXT,
			.source_id = walk->request->source_id,
		},
	};
	const struct vtd_cache_entry *old;

	old = walk->use_caches ? vtd_cache_find(walk->unit, &new.key) : NULL;
	if (old) {
		memcpy(walk->context, old->words, sizeof(walk->context));
		walk->domain = old->domain;
		walk->quiet = old->quiet;
		return old->fault;
	}

	new.fault = walk->scalable ? fetch_context_scalable(walk) : fetch_context_legacy(walk);
	if (!new.fault)
		new.fault = walk->scalable ? check_context_scalable(walk) :
					     check_context_legacy(walk);
	if (walk->fill && (!new.fault || walk->unit->settings.cap & VTD_CAP_CM)) {
		new.domain = new.fault ? 0 : walk->domain;
		new.quiet = walk->quiet;
		memcpy(new.words, walk->context, sizeof(walk->context));
		vtd_cache_add(walk->fill, &new);
	}
	return new.fault;
}

/* PASIDs (sections 9.5 and 9.6) */

/**
 * vtd_choose_pasid - Which PASID counts, and with which privilege
 * @walk: The way, with its context entry.
 *
 * A request without a PASID has that of its device (section 9.4, RID_PASID).
 *
 * Return: %VTD_FAULT_NONE, or what is wrong.
 */
enum vtd_fault vtd_choose_pasid(struct vtd_walk *walk)
{
	u64 pasids = PASIDS_PER_TABLE << (FIELD_GET(VTD_SM_CONTEXT_0_PDTS, walk->context[0]) + 7);
	const struct vtd_request *request = walk->request;

	if (request->pasid != VTD_NO_PASID) {
		if (!(walk->context[0] & VTD_SM_CONTEXT_0_PASIDE))
			return VTD_FAULT_SM_NO_PASIDE;
		walk->pasid = request->pasid;
		walk->privileged = request->privileged;
		return walk->pasid < pasids ? VTD_FAULT_NONE : VTD_FAULT_SM_PASID_TOO_LARGE;
	}
	walk->pasid = FIELD_GET(VTD_SM_CONTEXT_1_RID_PASID, walk->context[1]);
	walk->privileged = walk->context[1] & VTD_SM_CONTEXT_1_RID_PRIV;
	return walk->pasid < pasids ? VTD_FAULT_NONE : VTD_FAULT_SM_RID_PASID;
}

static enum vtd_fault fetch_pasid_entry(struct vtd_walk *walk)
{
	u64 beyond = vtd_beyond_address_width(walk->unit);
	u64 directory, address;

	address = (walk->context[0] & VTD_SM_CONTEXT_0_PASIDDIRPTR) +
		  walk->pasid / PASIDS_PER_TABLE * sizeof(directory);
	if (vtd_walk_read(walk, address, walk->snoop_tables, &directory, 1))
		return VTD_FAULT_SM_DIR_ACCESS;
	walk->quiet |= !!(directory & VTD_PASID_DIR_FPD);
	if (!(directory & VTD_PASID_DIR_P))
		return VTD_FAULT_SM_DIR_NOT_PRESENT;
	if (directory & (PASID_DIR_RESERVED | beyond))
		return VTD_FAULT_SM_DIR_RESERVED;

	address = (directory & VTD_PASID_DIR_SMPTBLPTR) +
		  walk->pasid % PASIDS_PER_TABLE * sizeof(walk->entry);
	if (vtd_walk_read(walk, address, walk->snoop_tables, walk->entry, VTD_PASID_WORDS))
		return VTD_FAULT_SM_PASID_ACCESS;
	walk->quiet |= !!(walk->entry[0] & VTD_PASID_0_FPD);
	return VTD_FAULT_NONE;
}

static bool uses_first_stage(u8 type)
{
	return type == VTD_PGTT_FIRST || type == VTD_PGTT_NESTED;
}

static bool uses_second_stage(u8 type)
{
	return type == VTD_PGTT_SECOND || type == VTD_PGTT_NESTED;
}

/* Pointers and flags of a stage that is not used are ignored. */
static bool pasid_entry_has_reserved(const struct vtd_walk *walk)
{
	u8 type = FIELD_GET(VTD_PASID_0_PGTT, walk->entry[0]);
	u64 beyond = vtd_beyond_address_width(walk->unit);
	u64 ecap = walk->unit->settings.ecap;
	const u64 *words = walk->entry;

	if (words[0] & PASID_0_RESERVED || words[1] & PASID_1_RESERVED ||
	    words[2] & PASID_2_RESERVED || memchr_inv(&words[3], 0, 5 * sizeof(*words)))
		return true;
	if (uses_second_stage(type) &&
	    (words[0] & beyond || (words[0] & VTD_PASID_0_SSADE && !(ecap & VTD_ECAP_SSADS))))
		return true;
	if (uses_first_stage(type) && words[2] & beyond)
		return true;
	if (words[1] & VTD_PASID_1_PWSNP && !(ecap & VTD_ECAP_SMPWC))
		return true;
	if (words[1] & VTD_PASID_1_PGSNP && !(ecap & VTD_ECAP_SC))
		return true;
	return FIELD_GET(VTD_PASID_1_DID, words[1]) >> vtd_domain_bits(walk->unit);
}

static bool first_stage_is_valid(const struct vtd_walk *walk)
{
	u64 word = walk->entry[2];
	u64 ecap = walk->unit->settings.ecap;

	if (word & VTD_PASID_2_SRE && !(ecap & VTD_ECAP_SRS))
		return false;
	if (word & VTD_PASID_2_ERE && !(ecap & VTD_ECAP_ERS))
		return false;
	if (word & VTD_PASID_2_EAFE && !(ecap & VTD_ECAP_EAFS))
		return false;
	switch (FIELD_GET(VTD_PASID_2_FSPM, word)) {
	case 0:
		return true;
	case 1:
		return walk->unit->settings.cap & VTD_CAP_FS5LP;
	default:
		return false;
	}
}

static bool pasid_entry_is_valid(const struct vtd_walk *walk)
{
	bool width = width_is_supported(walk->unit,
					FIELD_GET(VTD_PASID_0_AW, walk->entry[0]));
	u64 ecap = walk->unit->settings.ecap;

	switch (FIELD_GET(VTD_PASID_0_PGTT, walk->entry[0])) {
	case VTD_PGTT_FIRST:
		return ecap & VTD_ECAP_FSTS && first_stage_is_valid(walk);
	case VTD_PGTT_SECOND:
		return ecap & VTD_ECAP_SSTS && width;
	case VTD_PGTT_NESTED:
		return ecap & VTD_ECAP_NEST && width && first_stage_is_valid(walk);
	case VTD_PGTT_PASS_THROUGH:
		return ecap & VTD_ECAP_PT;
	default:
		return false;
	}
}

static enum vtd_fault check_pasid_entry(struct vtd_walk *walk)
{
	walk->domain = 0;
	if (!(walk->entry[0] & VTD_PASID_0_P))
		return VTD_FAULT_SM_PASID_NOT_PRESENT;
	walk->domain = FIELD_GET(VTD_PASID_1_DID, walk->entry[1]);
	if (pasid_entry_has_reserved(walk))
		return VTD_FAULT_SM_PASID_RESERVED;
	return pasid_entry_is_valid(walk) ? VTD_FAULT_NONE : VTD_FAULT_SM_PASID_INVALID;
}

/**
 * vtd_find_pasid_entry - Fetch the PASID table entry, or find it in the cache
 * @walk: The way; its entry, domain and quiet are set.
 *
 * Return: %VTD_FAULT_NONE, or what is wrong.
 */
enum vtd_fault vtd_find_pasid_entry(struct vtd_walk *walk)
{
	struct vtd_cache_entry new = {
		.key = {
			.type = VTD_CACHE_PASID,
			.source_id = walk->request->source_id,
			.pasid = walk->pasid,
		},
	};
	const struct vtd_cache_entry *old;

	old = walk->use_caches ? vtd_cache_find(walk->unit, &new.key) : NULL;
	if (old) {
		memcpy(walk->entry, old->words, sizeof(walk->entry));
		walk->domain = old->domain;
		walk->quiet |= old->quiet;
		return old->fault;
	}

	new.fault = fetch_pasid_entry(walk);
	if (!new.fault)
		new.fault = check_pasid_entry(walk);
	if (walk->fill && (!new.fault || walk->unit->settings.cap & VTD_CAP_CM)) {
		new.domain = new.fault ? 0 : walk->domain;
		new.quiet = walk->quiet;
		memcpy(new.words, walk->entry, sizeof(walk->entry));
		vtd_cache_add(walk->fill, &new);
	}
	return new.fault;
}

/**
 * vtd_check_request_kind - Does the entry take such requests? First stage only
 * @walk: The way, with its PASID table entry.
 *
 * Return: %VTD_FAULT_NONE, or what is wrong.
 */
enum vtd_fault vtd_check_request_kind(const struct vtd_walk *walk)
{
	if (!uses_first_stage(FIELD_GET(VTD_PASID_0_PGTT, walk->entry[0])))
		return VTD_FAULT_NONE;
	if (walk->request->execute && !(walk->entry[2] & VTD_PASID_2_ERE))
		return VTD_FAULT_SM_NO_ERE;
	if (walk->privileged && !(walk->entry[2] & VTD_PASID_2_SRE))
		return VTD_FAULT_SM_NO_SRE;
	return VTD_FAULT_NONE;
}
