// SPDX-License-Identifier: GPL-2.0-only
/*
 * Change an entry of a table: let it lead elsewhere, allow less or more, set
 * what is reserved or unsupported. Nothing leads a device to where tables are.
 */
#include <linux/bitfield.h>
#include <linux/kernel.h>

#include "edit.h"

/* Where no machine of this program has memory, within any address width */
#define NO_MEMORY		BIT_ULL(37)

/* An interrupt address that a page can begin with */
#define INTERRUPT_PAGE		(VTD_INTERRUPT_BASE + PAGE)

/* Fields where FIELD_PREP() cannot be used: of a context and of a PASID table entry */
#define TT(type)		((u64)(type) << 2)
#define AW(width)		((u64)(width) << 2)
#define PGTT(type)		((u64)(type) << 6)

/**
 * struct change - A kind of change
 * @what: for people
 * @word: of the entry
 * @clear: bits that are cleared
 * @set: bits that are set
 * @flip: bits that are inverted
 */
struct change {
	const char *what;
	unsigned int word;
	u64 clear;
	u64 set;
	u64 flip;
};

static const struct change root_changes[] = {
	{ .what = "present bit", .flip = VTD_ROOT_P },
	{ .what = "reserved bit 1", .flip = BIT_ULL(1) },
	{ .what = "reserved bit 11", .flip = BIT_ULL(11) },
	{ .what = "pointer beyond the address width", .flip = BIT_ULL(55) },
	{ .what = "no memory", .clear = VTD_ROOT_CTP, .set = NO_MEMORY },
};

static const struct change legacy_root_changes[] = {
	{ .what = "reserved word 1", .word = 1, .flip = BIT_ULL(40) },
};

static const struct change context_changes[] = {
	{ .what = "present bit", .flip = VTD_CONTEXT_0_P },
	{ .what = "FPD", .flip = VTD_CONTEXT_0_FPD },
	{ .what = "TT 1", .clear = VTD_CONTEXT_0_TT, .set = TT(1) },
	{ .what = "TT 2", .clear = VTD_CONTEXT_0_TT, .set = TT(2) },
	{ .what = "TT 3", .clear = VTD_CONTEXT_0_TT, .set = TT(3) },
	{ .what = "reserved bit 4", .flip = BIT_ULL(4) },
	{ .what = "reserved bit 11", .flip = BIT_ULL(11) },
	{ .what = "pointer beyond the address width", .flip = BIT_ULL(55) },
	{ .what = "no memory", .clear = VTD_CONTEXT_0_SSPTPTR, .set = NO_MEMORY },
	{ .what = "AW 0", .word = 1, .clear = VTD_CONTEXT_1_AW, .set = 0 },
	{ .what = "AW 3", .word = 1, .clear = VTD_CONTEXT_1_AW, .set = 3 },
	{ .what = "AW 7", .word = 1, .clear = VTD_CONTEXT_1_AW, .set = 7 },
	{ .what = "ignored bits", .word = 1, .flip = VTD_CONTEXT_1_IGNORED },
	{ .what = "reserved bit 71", .word = 1, .flip = BIT_ULL(7) },
	{ .what = "reserved bit 100", .word = 1, .flip = BIT_ULL(36) },
};

static const struct change sm_context_changes[] = {
	{ .what = "present bit", .flip = VTD_SM_CONTEXT_0_P },
	{ .what = "FPD", .flip = VTD_SM_CONTEXT_0_FPD },
	{ .what = "reserved bit 5", .flip = BIT_ULL(5) },
	{ .what = "PDTS", .flip = VTD_SM_CONTEXT_0_PDTS },
	{ .what = "pointer beyond the address width", .flip = BIT_ULL(55) },
	{ .what = "no memory", .clear = VTD_SM_CONTEXT_0_PASIDDIRPTR, .set = NO_MEMORY },
	{ .what = "reserved bit 85", .word = 1, .flip = BIT_ULL(21) },
	{ .what = "reserved word 2", .word = 2, .flip = BIT_ULL(3) },
	{ .what = "reserved word 3", .word = 3, .flip = BIT_ULL(63) },
};

static const struct change directory_changes[] = {
	{ .what = "present bit", .flip = VTD_PASID_DIR_P },
	{ .what = "FPD", .flip = VTD_PASID_DIR_FPD },
	{ .what = "no memory", .clear = VTD_PASID_DIR_SMPTBLPTR, .set = NO_MEMORY },
};

/*
 * Not first stage or nested: QEMU's unit has neither, and lets the second stage
 * translate instead.
 */
static const struct change pasid_changes[] = {
	{ .what = "present bit", .flip = VTD_PASID_0_P },
	{ .what = "FPD", .flip = VTD_PASID_0_FPD },
	{ .what = "AW 0", .clear = VTD_PASID_0_AW },
	{ .what = "AW 3", .clear = VTD_PASID_0_AW, .set = AW(3) },
	{ .what = "PGTT 0", .clear = VTD_PASID_0_PGTT },
	{ .what = "PGTT 4", .clear = VTD_PASID_0_PGTT, .set = PGTT(4) },
	{ .what = "PGTT 7", .clear = VTD_PASID_0_PGTT, .set = PGTT(7) },
	{ .what = "no memory", .clear = VTD_PASID_0_SSPTPTR, .set = NO_MEMORY },
};

static const struct change paging_changes[] = {
	{ .what = "read", .flip = VTD_SS_R },
	{ .what = "write", .flip = VTD_SS_W },
	{ .what = "neither read nor write", .clear = VTD_SS_R | VTD_SS_W },
	{ .what = "read and write", .set = VTD_SS_R | VTD_SS_W },
	{ .what = "TM", .flip = VTD_SS_TM },
	{ .what = "pointer beyond the address width", .flip = BIT_ULL(50) },
	{ .what = "no memory", .clear = VTD_SS_ADDR, .set = NO_MEMORY },
	{ .what = "ignored bits", .flip = GENMASK_ULL(61, 52) | BIT_ULL(63) | BIT_ULL(10) },
	{ .what = "bit 7", .flip = VTD_SS_PS },
	{ .what = "A and D", .flip = VTD_SS_A | VTD_SS_D },
};

static const struct change snoop_changes[] = {
	{ .what = "SNP", .flip = VTD_SS_SNP },
};

static const struct change large_changes[] = {
	{ .what = "reserved bit 12", .flip = BIT_ULL(12) },
	{ .what = "reserved bit 20", .flip = BIT_ULL(20) },
};

static const struct change small_changes[] = {
	{ .what = "an interrupt address", .clear = VTD_SS_ADDR, .set = INTERRUPT_PAGE },
};

enum kind {
	ROOT, LEGACY_ROOT, CONTEXT, SM_CONTEXT, DIRECTORY, PASID, PAGING, LARGE, SMALL, SNOOP,
};

static const struct {
	const struct change *list;
	unsigned int count;
} changes[] = {
	[ROOT] = { root_changes, ARRAY_SIZE(root_changes) },
	[LEGACY_ROOT] = { legacy_root_changes, ARRAY_SIZE(legacy_root_changes) },
	[CONTEXT] = { context_changes, ARRAY_SIZE(context_changes) },
	[SM_CONTEXT] = { sm_context_changes, ARRAY_SIZE(sm_context_changes) },
	[DIRECTORY] = { directory_changes, ARRAY_SIZE(directory_changes) },
	[PASID] = { pasid_changes, ARRAY_SIZE(pasid_changes) },
	[PAGING] = { paging_changes, ARRAY_SIZE(paging_changes) },
	[LARGE] = { large_changes, ARRAY_SIZE(large_changes) },
	[SMALL] = { small_changes, ARRAY_SIZE(small_changes) },
	[SNOOP] = { snoop_changes, ARRAY_SIZE(snoop_changes) },
};

static bool is_leaf(const struct tables *tables, const struct entry *entry)
{
	return entry->role == ROLE_PAGING &&
	       (entry->level == 1 ||
		(entry->level < 4 && memory_load(tables->memory, entry->address) & VTD_SS_PS));
}

/* Let a paging entry lead to other data. */
static struct change new_target(const struct tables *tables, const struct entry *entry)
{
	return (struct change) {
		.what = "another page", .clear = VTD_SS_ADDR,
		.set = tables_random_target(tables, entry->level),
	};
}

static enum kind paging_kind(const struct tables *tables, const struct entry *entry)
{
	struct random *random = tables->random;

	if (!is_leaf(tables, entry))
		return random_chance(random, 10) ? SNOOP : PAGING;
	if (entry->level > 1 && random_chance(random, 20))
		return LARGE;
	/* In scalable mode QEMU's unit takes it, with or without Snoop Control. */
	if (!tables->settings.scalable && random_chance(random, 10))
		return SNOOP;
	return entry->level == 1 && random_chance(random, 8) ? SMALL : PAGING;
}

static enum kind choose_kind(const struct tables *tables, const struct entry *entry)
{
	bool scalable = tables->settings.scalable;

	switch (entry->role) {
	case ROLE_ROOT:
		return !scalable && random_chance(tables->random, 15) ? LEGACY_ROOT : ROOT;
	case ROLE_CONTEXT:
		return scalable ? SM_CONTEXT : CONTEXT;
	case ROLE_DIRECTORY:
		return DIRECTORY;
	case ROLE_PASID:
		return PASID;
	default:
		return paging_kind(tables, entry);
	}
}

static struct change choose(const struct tables *tables, const struct entry *entry)
{
	enum kind kind;

	if (is_leaf(tables, entry) && random_chance(tables->random, 40))
		return new_target(tables, entry);
	kind = choose_kind(tables, entry);
	return changes[kind].list[random_below(tables->random, changes[kind].count)];
}

/* Change an entry in one word: whether it is another one now. */
bool edit_random(struct tables *tables, const struct entry *entry, struct edit *edit)
{
	struct change change = choose(tables, entry);
	u64 address = entry->address + 8 * change.word;
	u64 before = memory_load(tables->memory, address);

	*edit = (struct edit) {
		.entry = *entry, .address = address, .before = before,
		.after = ((before & ~change.clear) | change.set) ^ change.flip,
		.what = change.what,
	};
	memory_store(tables->memory, address, edit->after);
	return edit->after != before;
}

void edit_undo(struct tables *tables, const struct edit *edit)
{
	memory_store(tables->memory, edit->address, edit->before);
}
