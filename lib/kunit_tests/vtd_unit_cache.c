// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Caches of the VT-d unit in software
 *
 * Hardware may cache what it has read (section 6.2), and may forget it at any
 * time. A driver that forgets to invalidate goes unnoticed if the hardware
 * forgets too, so these caches never forget: what was once read is the answer
 * until an invalidation of the right kind, domain and address comes.
 *
 * Each cache drops exactly what the specification says that an invalidation
 * drops, and no more. All of them are in one hash table: an entry is found by
 * its key, and an invalidation goes through all entries, of which there are as
 * many as a test has asked for.
 *
 * Entries that are not present, or wrong, are kept in caching mode only (section
 * 6.1), with domain 0 if their domain is not known.
 *
 * An entry for which there is no memory is not cached, which is what a unit with
 * a smaller cache does.
 */

#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vtd_unit_internal.h"

#define PAGE_4K_SHIFT	12

static u32 cache_hash(const struct vtd_cache_key *key)
{
	u64 address = key->address >> key->shift;
	u64 tags = (u64)key->type << 56 | (u64)key->stage << 52 |
		   (u64)key->source_id << 36 | (u64)key->domain << 20;

	return hash_64(address ^ tags ^ key->pasid, VTD_CACHE_BITS);
}

static bool same_key(const struct vtd_cache_key *a, const struct vtd_cache_key *b)
{
	return a->type == b->type && a->source_id == b->source_id &&
	       a->domain == b->domain && a->pasid == b->pasid &&
	       a->address == b->address && a->shift == b->shift &&
	       a->stage == b->stage;
}

/**
 * vtd_cache_find - Look into a cache
 * @unit: The unit.
 * @key: What to find.
 *
 * Return: The entry, which is valid until the next change, or %NULL.
 */
const struct vtd_cache_entry *vtd_cache_find(const struct vtd_unit *unit,
					     const struct vtd_cache_key *key)
{
	const struct vtd_cache_entry *entry;

	hlist_for_each_entry(entry, &unit->cache[cache_hash(key)], node) {
		if (same_key(&entry->key, key))
			return entry;
	}
	return NULL;
}

static void cache_drop(struct vtd_cache_entry *entry)
{
	hash_del(&entry->node);
	kfree(entry);
}

/**
 * vtd_cache_add - Remember something
 * @unit: The unit.
 * @entry: What; it is copied, and replaces one with the same key.
 */
void vtd_cache_add(struct vtd_unit *unit, const struct vtd_cache_entry *entry)
{
	struct vtd_cache_entry *old, *new;

	old = (struct vtd_cache_entry *)vtd_cache_find(unit, &entry->key);
	if (old)
		cache_drop(old);
	new = kmalloc_obj(*new, GFP_ATOMIC);
	if (!new)
		return;
	*new = *entry;
	hlist_add_head(&new->node, &unit->cache[cache_hash(&new->key)]);
}

/* Which entries an invalidation drops */
struct selection {
	enum vtd_cache_type type;
	bool by_domain;
	u16 domain;
	bool by_source;
	u16 source_id;
	u16 source_mask;
	bool by_pasid;
	u32 pasid;
	bool by_stage;
	u8 stage;
	bool by_address;
	u64 address;
	u64 last;
};

static bool overlaps(const struct vtd_cache_key *key, const struct selection *selection)
{
	u64 last = key->address + ((1ULL << key->shift) - 1);

	return key->address <= selection->last && last >= selection->address;
}

static bool is_selected(const struct vtd_cache_entry *entry,
			const struct selection *selection)
{
	const struct vtd_cache_key *key = &entry->key;

	if (key->type != selection->type)
		return false;
	if (selection->by_domain && entry->domain != selection->domain)
		return false;
	if (selection->by_source &&
	    (key->source_id ^ selection->source_id) & selection->source_mask)
		return false;
	if (selection->by_pasid && key->pasid != selection->pasid)
		return false;
	if (selection->by_stage && key->stage != selection->stage)
		return false;
	return !selection->by_address || overlaps(key, selection);
}

static void cache_invalidate(struct vtd_unit *unit, const struct selection *selection)
{
	struct vtd_cache_entry *entry;
	struct hlist_node *next;
	unsigned int bucket;

	hash_for_each_safe(unit->cache, bucket, next, entry, node) {
		if (is_selected(entry, selection))
			cache_drop(entry);
	}
}

/**
 * vtd_cache_clear - Forget everything
 * @unit: The unit.
 */
void vtd_cache_clear(struct vtd_unit *unit)
{
	struct vtd_cache_entry *entry;
	struct hlist_node *next;
	unsigned int bucket;

	hash_for_each_safe(unit->cache, bucket, next, entry, node)
		cache_drop(entry);
}

/**
 * vtd_invalidate_context - Invalidate the context cache
 * @unit: The unit.
 * @granularity: VTD_GRANULARITY_*.
 * @domain: For all but the global one.
 * @source_id: For that of devices.
 * @function_mask: FM, for that of devices.
 *
 * In scalable mode entries have no domain, as a device has several: they are
 * invalidated by device or all together (sections 6.2.1 and 6.5.2.1).
 */
void vtd_invalidate_context(struct vtd_unit *unit, u8 granularity, u16 domain,
			    u16 source_id, u8 function_mask)
{
	bool scalable = vtd_is_scalable(unit);
	struct selection selection = {
		.type = VTD_CACHE_CONTEXT,
		.by_domain = granularity != VTD_GRANULARITY_GLOBAL && !scalable,
		.domain = domain,
		.by_source = granularity == VTD_GRANULARITY_DEVICE,
		.source_id = source_id,
		.source_mask = ~vtd_ignored_function_bits(function_mask),
	};

	cache_invalidate(unit, &selection);
}

/**
 * vtd_invalidate_pasid - Invalidate the PASID cache (section 6.5.2.2)
 * @unit: The unit.
 * @granularity: VTD_PASID_CACHE_*.
 * @domain: For all but the global one.
 * @pasid: For that of a PASID.
 */
void vtd_invalidate_pasid(struct vtd_unit *unit, u8 granularity, u16 domain,
			  u32 pasid)
{
	struct selection selection = {
		.type = VTD_CACHE_PASID,
		.by_domain = granularity != VTD_PASID_CACHE_GLOBAL,
		.domain = domain,
		.by_pasid = granularity == VTD_PASID_CACHE_PASID,
		.pasid = pasid,
	};

	cache_invalidate(unit, &selection);
}

/* The naturally aligned range that address and mask select */
static void select_pages(struct selection *selection, u64 address, u8 mask)
{
	unsigned int shift = PAGE_4K_SHIFT + mask;
	u64 offset = shift < 64 ? (1ULL << shift) - 1 : ~0ULL;

	selection->by_address = true;
	selection->address = address & ~offset;
	selection->last = address | offset;
}

static void invalidate_translations(struct vtd_unit *unit,
				    struct selection *selection, bool leaf_only)
{
	selection->type = VTD_CACHE_IOTLB;
	cache_invalidate(unit, selection);
	if (leaf_only)
		return;
	selection->type = VTD_CACHE_PAGING;
	cache_invalidate(unit, selection);
}

/**
 * vtd_invalidate_iotlb - Invalidate the IOTLB (sections 6.5.1.2, 6.5.2.3)
 * @unit: The unit.
 * @granularity: VTD_GRANULARITY_*.
 * @domain: For all but the global one.
 * @address: For that of pages.
 * @mask: For that of pages: log2 of their number.
 * @leaf_only: Hint that no entry that leads to a table was changed; for that of
 *	pages.
 *
 * That of pages is of the second stage, and leaves alone what a first stage took
 * part in.
 */
void vtd_invalidate_iotlb(struct vtd_unit *unit, u8 granularity, u16 domain,
			  u64 address, u8 mask, bool leaf_only)
{
	struct selection selection = {
		.by_domain = granularity != VTD_GRANULARITY_GLOBAL,
		.domain = domain,
		.by_stage = granularity == VTD_GRANULARITY_PAGE,
		.stage = 2,
	};

	if (granularity == VTD_GRANULARITY_PAGE)
		select_pages(&selection, address, mask);
	else
		leaf_only = false;
	invalidate_translations(unit, &selection, leaf_only);
}

/**
 * vtd_invalidate_pasid_iotlb - Invalidate translations of a PASID
 * @unit: The unit.
 * @granularity: VTD_PASID_IOTLB_*.
 * @domain: Domain ID.
 * @pasid: PASID.
 * @address: For that of pages.
 * @mask: For that of pages: log2 of their number.
 * @leaf_only: As for vtd_invalidate_iotlb().
 *
 * They are those that a first stage took part in (section 6.5.2.4).
 */
void vtd_invalidate_pasid_iotlb(struct vtd_unit *unit, u8 granularity,
				u16 domain, u32 pasid, u64 address, u8 mask,
				bool leaf_only)
{
	struct selection selection = {
		.by_domain = true,
		.domain = domain,
		.by_pasid = true,
		.pasid = pasid,
		.by_stage = true,
		.stage = 1,
	};

	if (granularity == VTD_PASID_IOTLB_PAGE)
		select_pages(&selection, address, mask);
	else
		leaf_only = false;
	invalidate_translations(unit, &selection, leaf_only);
}

/**
 * vtd_invalidate_interrupts - Invalidate the interrupt entry cache
 * @unit: The unit.
 * @selective: By index, not all (section 6.5.2.7).
 * @index: First index, if @selective.
 * @mask: log2 of the number of indices, if @selective.
 */
void vtd_invalidate_interrupts(struct vtd_unit *unit, bool selective, u16 index,
			       u8 mask)
{
	u32 offset = (1U << mask) - 1;
	struct selection selection = {
		.type = VTD_CACHE_INTERRUPT,
		.by_address = selective,
		.address = index & ~offset,
		.last = index | offset,
	};

	cache_invalidate(unit, &selection);
}
