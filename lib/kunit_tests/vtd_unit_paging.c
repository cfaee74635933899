// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Page tables in the VT-d unit in software
 *
 * The second stage has 3, 4 or 5 levels (section 3.7), the first one 4 or 5
 * (section 3.6). With nested translation (section 3.8) all that the first stage
 * names, its tables included, are addresses that the second one translates.
 *
 * A walk ends at a leaf, or where the permissions met so far no longer allow the
 * request; what it says of the page is then checked by vtd_check_access(), as if
 * it came from the IOTLB. Everything else that is wrong with an entry ends the
 * walk with a fault. Accessed and dirty flags are set once the request is known
 * to be allowed, and only for a real one.
 *
 * Caches for entries that lead to tables (section 6.2.5) are an option, as QEMU's
 * unit has none: the walk then begins at the lowest table that is known.
 */

#include <linux/kernel.h>

#include "vtd_unit_walk.h"

#define BITS_PER_LEVEL		9
#define MAX_LEVELS		5

/* Where large pages can be, and how their size reads */
#define LEVEL_2M		2
#define LEVEL_1G		3

/* PAT of a large page of the first stage is in bit 12 (section 9.7). */
#define FS_PAT_LARGE		BIT_ULL(12)

/**
 * struct second_stage - A second stage as an entry describes it
 * @table: Address of the top table.
 * @levels: How many.
 * @set_flags: Accessed and dirty flags are set.
 */
struct second_stage {
	u64 table;
	unsigned int levels;
	bool set_flags;
};

static unsigned int level_shift(unsigned int level)
{
	return 12 + BITS_PER_LEVEL * (level - 1);
}

static u64 entry_address(u64 table, u64 input, unsigned int level)
{
	return table + (input >> level_shift(level) & 0x1ff) * 8;
}

/* Set flags of an entry in memory: 0, or -EFAULT */
static int set_flags(struct vtd_walk *walk, u64 address, u64 flags)
{
	if (!walk->fill)
		return 0;
	return walk->fill->ops->update(walk->fill->context, address, 0, flags);
}

/* Caches for paging structures */

static struct vtd_cache_key paging_key(const struct vtd_walk *walk, u64 input,
				       unsigned int level, u8 stage)
{
	return (struct vtd_cache_key) {
		.type = VTD_CACHE_PAGING,
		.domain = walk->domain,
		.pasid = stage == 1 ? walk->pasid : VTD_NO_PASID,
		.address = input & ~((1ULL << level_shift(level)) - 1),
		.shift = level_shift(level),
		.stage = stage,
	};
}

/* The level of the table to begin with, whose address and permissions are known */
static unsigned int find_table(const struct vtd_walk *walk, u64 input, unsigned int levels,
			       u8 stage, u64 *table, struct vtd_translation *translation)
{
	const struct vtd_cache_entry *entry;
	struct vtd_cache_key key;

	if (!walk->use_caches || !walk->unit->settings.paging_structure_caches)
		return levels;
	for (unsigned int level = 2; level <= levels; level++) {
		key = paging_key(walk, input, level, stage);
		entry = vtd_cache_find(walk->unit, &key);
		if (!entry)
			continue;
		*table = entry->translation.address;
		*translation = entry->translation;
		return level - 1;
	}
	return levels;
}

static void remember_table(struct vtd_walk *walk, u64 input, unsigned int level, u8 stage,
			   u64 table, const struct vtd_translation *translation)
{
	struct vtd_cache_entry entry = {
		.key = paging_key(walk, input, level, stage),
		.domain = walk->domain,
		.translation = *translation,
	};

	entry.translation.address = table;
	if (walk->fill && walk->unit->settings.paging_structure_caches)
		vtd_cache_add(walk->fill, &entry);
}

/* The second stage */

static struct second_stage second_stage_of(const struct vtd_walk *walk)
{
	if (!walk->scalable)
		return (struct second_stage) {
			.table = walk->context[0] & VTD_CONTEXT_0_SSPTPTR,
			.levels = FIELD_GET(VTD_CONTEXT_1_AW, walk->context[1]) + 2,
		};
	return (struct second_stage) {
		.table = walk->entry[0] & VTD_PASID_0_SSPTPTR,
		.levels = FIELD_GET(VTD_PASID_0_AW, walk->entry[0]) + 2,
		.set_flags = walk->entry[0] & VTD_PASID_0_SSADE,
	};
}

static bool is_beyond_width(const struct vtd_walk *walk, u64 input)
{
	unsigned int mgaw = FIELD_GET(VTD_CAP_MGAW, walk->unit->settings.cap) + 1;
	unsigned int width = level_shift(second_stage_of(walk).levels + 1);

	return input >> min(width, mgaw);
}

static bool ss_is_leaf(u64 entry, unsigned int level)
{
	return level == 1 ||
	       (level <= LEVEL_1G && entry & VTD_SS_PS);
}

static bool ss_has_large_pages(const struct vtd_unit *unit, unsigned int level)
{
	u8 sizes = FIELD_GET(VTD_CAP_SSLPS, unit->settings.cap);

	return (level == LEVEL_2M && sizes & VTD_SSLPS_2M) ||
	       (level == LEVEL_1G && sizes & VTD_SSLPS_1G);
}

/* Section 9.8. In an entry that leads to a table bits 6:3 are ignored. */
static u64 ss_reserved(const struct vtd_unit *unit, u64 entry, unsigned int level)
{
	u64 reserved = vtd_beyond_address_width(unit) & VTD_SS_ADDR;
	u64 ecap = unit->settings.ecap;

	if (!ss_is_leaf(entry, level))
		return reserved | VTD_SS_SNP | VTD_SS_TM |
		       (level > LEVEL_1G ? VTD_SS_PS : 0);
	if (level > 1) {
		reserved |= ((1ULL << level_shift(level)) - 1) & VTD_SS_ADDR;
		if (!ss_has_large_pages(unit, level))
			reserved |= VTD_SS_PS;
	}
	if (!(ecap & VTD_ECAP_SC))
		reserved |= VTD_SS_SNP;
	if (!(ecap & VTD_ECAP_DT))
		reserved |= VTD_SS_TM;
	return reserved;
}

static enum vtd_fault ss_access_fault(const struct vtd_walk *walk, bool top)
{
	if (!walk->scalable)
		return VTD_FAULT_PAGING_ACCESS;
	return top ? VTD_FAULT_SM_SS_POINTER : VTD_FAULT_SM_SS_ACCESS;
}

/* Section 3.7.2: with flags enabled, unset ones are set by an atomic access. */
static enum vtd_fault ss_set_flags(struct vtd_walk *walk, u64 address, u64 entry, u64 flags)
{
	if (!(flags & ~entry))
		return VTD_FAULT_NONE;
	if (!walk->snoop_paging)
		return VTD_FAULT_SM_SS_AD_NO_SNOOP;
	return set_flags(walk, address, flags) ? VTD_FAULT_SM_SS_ACCESS : VTD_FAULT_NONE;
}

static void set_leaf(struct vtd_translation *translation, u64 address, unsigned int level)
{
	translation->shift = level_shift(level);
	translation->address = address & ~((1ULL << translation->shift) - 1);
}

/* What the second stage says of @input; permissions short of a write or read end it. */
static enum vtd_fault ss_walk(struct vtd_walk *walk, u64 input, bool write,
			      struct vtd_translation *translation)
{
	struct second_stage stage = second_stage_of(walk);
	u64 table = stage.table, address, entry, flags;
	enum vtd_fault fault;
	unsigned int level;

	*translation = (struct vtd_translation) {
		.shift = 12, .read = true, .write = true, .user = true, .execute = true,
	};
	level = find_table(walk, input, stage.levels, 2, &table, translation);
	for (;; level--) {
		address = entry_address(table, input, level);
		if (vtd_walk_read(walk, address, walk->snoop_paging, &entry, 1))
			return ss_access_fault(walk, level == stage.levels);
		translation->read &= !!(entry & VTD_SS_R);
		translation->write &= !!(entry & VTD_SS_W);
		if (write ? !translation->write : !translation->read)
			return VTD_FAULT_NONE;
		if (entry & ss_reserved(walk->unit, entry, level))
			return walk->scalable ? VTD_FAULT_SM_SS_RESERVED :
						VTD_FAULT_PAGING_RESERVED;
		flags = VTD_SS_A | (write && ss_is_leaf(entry, level) ? VTD_SS_D : 0);
		fault = stage.set_flags ? ss_set_flags(walk, address, entry, flags) :
					  VTD_FAULT_NONE;
		if (fault)
			return fault;
		table = entry & VTD_SS_ADDR;
		if (ss_is_leaf(entry, level))
			break;
		remember_table(walk, input, level, 2, table, translation);
	}
	set_leaf(translation, table, level);
	translation->dirty = write || !stage.set_flags || entry & VTD_SS_D;
	translation->snoop = entry & VTD_SS_SNP;
	return VTD_FAULT_NONE;
}

/**
 * vtd_second_stage - Translate by the second stage alone
 * @walk: The way, with its context or PASID table entry.
 * @translation: What the tables say, with permissions that may not do.
 *
 * Return: %VTD_FAULT_NONE, or what is wrong with an entry.
 */
enum vtd_fault vtd_second_stage(struct vtd_walk *walk, struct vtd_translation *translation)
{
	u64 input = walk->request->address;
	enum vtd_fault fault;

	if (is_beyond_width(walk, input))
		return walk->scalable ? VTD_FAULT_SM_SS_BEYOND_WIDTH : VTD_FAULT_BEYOND_WIDTH;
	fault = ss_walk(walk, input, walk->request->write, translation);
	if (walk->scalable && walk->entry[1] & VTD_PASID_1_PGSNP)
		translation->snoop = true;
	return fault;
}

/* The first stage */

/**
 * struct first_stage - A walk of the first stage
 * @walk: The way.
 * @input: Address to translate.
 * @levels: How many.
 * @nested: What it names is translated by the second stage.
 * @entries: Entries on the way, from the top.
 * @addresses: Where they are.
 * @count: How many.
 */
struct first_stage {
	struct vtd_walk *walk;
	u64 input;
	unsigned int levels;
	bool nested;
	u64 entries[MAX_LEVELS];
	u64 addresses[MAX_LEVELS];
	unsigned int count;
};

static bool is_canonical(u64 address, unsigned int levels)
{
	unsigned int width = level_shift(levels + 1);
	s64 high = (s64)address >> (width - 1);

	return high == 0 || high == -1;
}

/* Where an entry of the first stage is in memory */
static enum vtd_fault fs_locate(struct first_stage *stage, u64 *address, bool write)
{
	struct vtd_translation translation;
	enum vtd_fault fault;

	if (!stage->nested)
		return VTD_FAULT_NONE;
	if (is_beyond_width(stage->walk, *address))
		return VTD_FAULT_SM_FS_BEYOND_WIDTH;
	fault = ss_walk(stage->walk, *address, write, &translation);
	if (fault)
		return fault;
	if (write && !translation.write)
		return VTD_FAULT_SM_FS_NO_WRITE;
	if (!translation.read)
		return stage->count ? VTD_FAULT_SM_FS_NO_READ : VTD_FAULT_SM_FS_TOP_NO_READ;
	*address = translation.address | (*address & ((1ULL << translation.shift) - 1));
	return VTD_FAULT_NONE;
}

static bool fs_is_leaf(u64 entry, unsigned int level)
{
	return level == 1 || (level <= LEVEL_1G && entry & VTD_FS_PS);
}

/* Section 9.7 */
static u64 fs_reserved(const struct vtd_walk *walk, u64 entry, unsigned int level)
{
	u64 reserved = vtd_beyond_address_width(walk->unit) & VTD_FS_ADDR;

	if (!(walk->entry[2] & VTD_PASID_2_NXE))
		reserved |= VTD_FS_XD;
	if (level > LEVEL_1G)
		reserved |= VTD_FS_PS;
	if (level == LEVEL_1G && !(walk->unit->settings.cap & VTD_CAP_FS1GP))
		reserved |= VTD_FS_PS;
	if (level > 1 && fs_is_leaf(entry, level))
		reserved |= ((1ULL << level_shift(level)) - 1) & VTD_FS_ADDR & ~FS_PAT_LARGE;
	return reserved;
}

/* Fetch the next entry of the way. */
static enum vtd_fault fs_fetch(struct first_stage *stage, u64 table, unsigned int level)
{
	u64 address = entry_address(table, stage->input, level);
	enum vtd_fault fault = fs_locate(stage, &address, false);
	u64 *entry = &stage->entries[stage->count];

	if (fault)
		return fault;
	if (vtd_walk_read(stage->walk, address, stage->walk->snoop_paging, entry, 1))
		return level == stage->levels ? VTD_FAULT_SM_FS_TOP_ACCESS :
						VTD_FAULT_SM_FS_ACCESS;
	if (!(*entry & VTD_FS_P))
		return VTD_FAULT_SM_FS_NOT_PRESENT;
	if (*entry & fs_reserved(stage->walk, *entry, level))
		return VTD_FAULT_SM_FS_RESERVED;
	stage->addresses[stage->count++] = entry_address(table, stage->input, level);
	return VTD_FAULT_NONE;
}

static enum vtd_fault fs_walk(struct first_stage *stage, struct vtd_translation *translation)
{
	u64 table = stage->walk->entry[2] & VTD_PASID_2_FSPTPTR;
	enum vtd_fault fault;
	unsigned int level;
	u64 entry;

	level = find_table(stage->walk, stage->input, stage->levels, 1, &table, translation);
	for (;; level--) {
		fault = fs_fetch(stage, table, level);
		if (fault)
			return fault;
		entry = stage->entries[stage->count - 1];
		translation->write &= !!(entry & VTD_FS_RW);
		translation->user &= !!(entry & VTD_FS_US);
		translation->execute &= !(entry & VTD_FS_XD);
		table = entry & VTD_FS_ADDR;
		if (fs_is_leaf(entry, level))
			break;
		remember_table(stage->walk, stage->input, level, 1, table, translation);
	}
	set_leaf(translation, table, level);
	translation->dirty = entry & VTD_FS_D;
	return VTD_FAULT_NONE;
}

/* Sections 3.6.2 and 3.8: flags of the first stage are always kept. */
static enum vtd_fault fs_set_flags(struct first_stage *stage)
{
	u64 accessed = VTD_FS_A;
	enum vtd_fault fault;

	if (stage->walk->entry[2] & VTD_PASID_2_EAFE)
		accessed |= VTD_FS_EA;
	for (unsigned int i = 0; i < stage->count; i++) {
		bool leaf = i == stage->count - 1;
		u64 flags = accessed | (leaf && stage->walk->request->write ? VTD_FS_D : 0);
		u64 address = stage->addresses[i];

		if (!(flags & ~stage->entries[i]))
			continue;
		if (!stage->walk->snoop_paging)
			return VTD_FAULT_SM_FS_AD_NO_SNOOP;
		fault = fs_locate(stage, &address, true);
		if (fault)
			return fault;
		if (set_flags(stage->walk, address, flags))
			return VTD_FAULT_SM_FS_AD_ACCESS;
	}
	return VTD_FAULT_NONE;
}

/* Let the second stage translate the page that the first one has found. */
static enum vtd_fault fs_nest(struct first_stage *stage, struct vtd_translation *translation)
{
	u64 offset = stage->input & ((1ULL << translation->shift) - 1);
	u64 input = translation->address | offset;
	struct vtd_translation second;
	enum vtd_fault fault;

	if (is_beyond_width(stage->walk, input))
		return VTD_FAULT_SM_FS_BEYOND_WIDTH;
	fault = ss_walk(stage->walk, input, stage->walk->request->write, &second);
	if (fault)
		return fault;
	if (stage->walk->request->write ? !second.write : !second.read)
		return VTD_FAULT_SM_SS_PERMISSION;
	/* The smaller page counts; the larger one gives the bits between. */
	offset = input & ((1ULL << second.shift) - 1);
	translation->shift = min(translation->shift, second.shift);
	translation->address = (second.address | offset) & ~((1ULL << translation->shift) - 1);
	translation->read = second.read;
	translation->write &= second.write;
	translation->dirty &= second.dirty;
	translation->snoop = second.snoop;
	return VTD_FAULT_NONE;
}

/**
 * vtd_first_stage - Translate by the first stage, and the second one if nested
 * @walk: The way, with its PASID table entry.
 * @translation: What the tables say, with permissions that may not do.
 *
 * Return: %VTD_FAULT_NONE, or what is wrong with an entry.
 */
enum vtd_fault vtd_first_stage(struct vtd_walk *walk, struct vtd_translation *translation)
{
	struct first_stage stage = {
		.walk = walk,
		.input = walk->request->address,
		.levels = FIELD_GET(VTD_PASID_2_FSPM, walk->entry[2]) + 4,
		.nested = FIELD_GET(VTD_PASID_0_PGTT, walk->entry[0]) == VTD_PGTT_NESTED,
	};
	enum vtd_fault fault;

	*translation = (struct vtd_translation) {
		.shift = 12, .read = true, .write = true, .user = true, .execute = true,
	};
	if (!is_canonical(stage.input, stage.levels))
		return VTD_FAULT_SM_NOT_CANONICAL;
	fault = fs_walk(&stage, translation);
	if (fault || vtd_check_access(walk, translation))
		return fault;
	fault = fs_set_flags(&stage);
	if (fault)
		return fault;
	translation->dirty |= walk->request->write;
	if (stage.nested)
		fault = fs_nest(&stage, translation);
	if (walk->entry[1] & VTD_PASID_1_PGSNP)
		translation->snoop = true;
	return fault;
}

static enum vtd_fault check_first_stage(const struct vtd_walk *walk,
					const struct vtd_translation *translation)
{
	bool write_protected = !walk->privileged || walk->entry[2] & VTD_PASID_2_WPE;

	if (!walk->privileged && !translation->user)
		return VTD_FAULT_SM_NO_USER;
	if (walk->request->execute &&
	    (!translation->execute ||
	     (walk->privileged && translation->user && walk->entry[2] & VTD_PASID_2_SMEP)))
		return VTD_FAULT_SM_NO_EXECUTE;
	if (walk->request->write && !translation->write && write_protected)
		return VTD_FAULT_SM_NO_WRITE;
	return walk->request->write || translation->read ? VTD_FAULT_NONE : VTD_FAULT_SM_NO_READ;
}

/**
 * vtd_check_access - Do the permissions of a page allow the request?
 * @walk: The way.
 * @translation: What the tables say of the page, or said when it was cached.
 *
 * Return: %VTD_FAULT_NONE, or what the page does not allow.
 */
enum vtd_fault vtd_check_access(const struct vtd_walk *walk,
				const struct vtd_translation *translation)
{
	bool write = walk->request->write;

	if (vtd_translation_stage(walk) == 1)
		return check_first_stage(walk, translation);
	if (write ? translation->write : translation->read)
		return VTD_FAULT_NONE;
	if (walk->scalable)
		return VTD_FAULT_SM_SS_PERMISSION;
	return write ? VTD_FAULT_NO_WRITE : VTD_FAULT_NO_READ;
}

/**
 * vtd_translation_stage - How a translation is cached (section 6.2.1)
 * @walk: The way.
 *
 * Return: 1 if a first stage takes part, so that the PASID counts, else 2.
 */
u8 vtd_translation_stage(const struct vtd_walk *walk)
{
	if (!walk->scalable)
		return 2;
	return FIELD_GET(VTD_PASID_0_PGTT, walk->entry[0]) == VTD_PGTT_SECOND ? 2 : 1;
}
