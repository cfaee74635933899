// SPDX-License-Identifier: GPL-2.0-only
/*
 * Valid tables, chosen at random: what is wrong with them is for edit.c.
 *
 * Addresses are taken from few values at each level, so that mappings share
 * tables and a question often meets one.
 */
#include <stdio.h>

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/kernel.h>

#include "tables.h"

/* PASID of requests that have none */
#define RID_PASID		0

/* What the random choice needs to know of a unit with those capabilities */
void tables_settings(struct tables_settings *settings, u64 cap, u64 ecap, bool scalable)
{
	*settings = (struct tables_settings) {
		.scalable = scalable,
		.sagaw = FIELD_GET(VTD_CAP_SAGAW, cap),
		.width = FIELD_GET(VTD_CAP_MGAW, cap) + 1,
		.pass_through = ecap & VTD_ECAP_PT,
	};
}

/* An empty table */
u64 tables_new_page(struct tables *tables)
{
	u64 page = tables->next;

	tables->next += PAGE;
	return page;
}

static u64 index_of(u64 address, unsigned int level)
{
	return address >> level_shift(level) & 0x1ff;
}

/* An address whose translation by an entry of that level leads to a data page */
u64 tables_random_address(const struct tables *tables, unsigned int leaf_level)
{
	static const u64 fourths[] = { 0, 0, 0, 1, 255, 256, 511 };
	/* Not 1: there is the control page. */
	static const u64 thirds[] = { 0, 0, 2, 511 };
	static const u64 seconds[] = { 0, 16, 17, 511 };
	static const u64 data[] = { DATA_BASE >> 21, (DATA_BASE >> 21) + 1 };
	struct random *random = tables->random;
	u64 address;

	address = thirds[random_below(random, ARRAY_SIZE(thirds))] << level_shift(3);
	if (tables->settings.sagaw & VTD_SAGAW_4_LEVELS)
		address |= fourths[random_below(random, ARRAY_SIZE(fourths))] << level_shift(4);
	if (leaf_level == 3)
		address |= data[random_below(random, ARRAY_SIZE(data))] << level_shift(2);
	else
		address |= seconds[random_below(random, ARRAY_SIZE(seconds))] << level_shift(2);
	return address | (u64)random_below(random, DATA_PAGES_EACH) << level_shift(1);
}

/* Where an entry of that level may lead */
u64 tables_random_target(const struct tables *tables, unsigned int level)
{
	if (level == 3)
		return 0;
	if (level == 2)
		return DATA_BASE + random_below(tables->random, DATA_LARGE_PAGES) * 2 * MIB;
	return data_page(random_below(tables->random, DATA_PAGES));
}

/* The table that an entry leads to, created if there is none */
static u64 next_table(struct tables *tables, u64 entry)
{
	u64 word = memory_load(tables->memory, entry);

	if (!word) {
		word = tables_new_page(tables) | VTD_SS_R | VTD_SS_W;
		memory_store(tables->memory, entry, word);
	}
	return word & VTD_SS_ADDR;
}

/* Where the entry of that level for @address is, or 0 if a large page is above. */
static u64 make_entry(struct tables *tables, const struct domain *domain, u64 address,
		      unsigned int leaf_level)
{
	u64 table = domain->top;

	for (unsigned int level = domain->levels; ; level--) {
		u64 entry = table + index_of(address, level) * 8;

		if (level == leaf_level)
			return entry;
		if (memory_load(tables->memory, entry) & VTD_SS_PS)
			return 0;
		table = next_table(tables, entry);
	}
}

static void map_control(struct tables *tables, const struct domain *domain)
{
	memory_store(tables->memory, make_entry(tables, domain, CONTROL, 1),
		     CONTROL | VTD_SS_R | VTD_SS_W);
}

static void map_random(struct tables *tables, struct domain *domain)
{
	static const u64 permissions[] = {
		VTD_SS_R | VTD_SS_W, VTD_SS_R | VTD_SS_W, VTD_SS_R | VTD_SS_W,
		VTD_SS_R, VTD_SS_W,
	};
	static const unsigned int levels[] = { 1, 1, 1, 1, 2, 2, 3 };
	unsigned int level = levels[random_below(tables->random, ARRAY_SIZE(levels))];
	u64 allowed = permissions[random_below(tables->random, ARRAY_SIZE(permissions))];
	u64 address = tables_random_address(tables, level);
	u64 entry = 0, word;

	if (!(address >> level_shift(domain->levels + 1)))
		entry = make_entry(tables, domain, address, level);
	/* There may be a smaller or a larger page. */
	if (!entry || memory_load(tables->memory, entry))
		return;
	word = tables_random_target(tables, level) | allowed;
	if (level > 1)
		word |= VTD_SS_PS;
	memory_store(tables->memory, entry, word);
	domain->pages[domain->nr_pages++] = address;
}

static void create_domain(struct tables *tables, struct domain *domain, u16 id)
{
	bool four = tables->settings.sagaw & VTD_SAGAW_4_LEVELS;
	bool three = tables->settings.sagaw & VTD_SAGAW_3_LEVELS;

	*domain = (struct domain) { .id = id, .levels = four ? 4 : 3 };
	if (four && three && random_chance(tables->random, 40))
		domain->levels = 3;
	domain->top = tables_new_page(tables);
	map_control(tables, domain);
	for (unsigned int i = 0; i < MAX_MAPPINGS; i++)
		map_random(tables, domain);
}

/* Legacy mode, sections 9.1 and 9.3 */
static void create_context(struct tables *tables, unsigned int requester, u64 table)
{
	const struct domain *domain = &tables->domains[tables->domain[requester]];
	u64 entry = table + (tables->source_ids[requester] & 0xff) * 16;
	u64 type = VTD_TT_UNTRANSLATED;

	if (tables->settings.pass_through && random_chance(tables->random, 8))
		type = VTD_TT_PASS_THROUGH;
	memory_store(tables->memory, entry, domain->top | VTD_CONTEXT_0_P |
		     FIELD_PREP(VTD_CONTEXT_0_TT, type));
	memory_store(tables->memory, entry + 8, FIELD_PREP(VTD_CONTEXT_1_DID, domain->id) |
		     FIELD_PREP(VTD_CONTEXT_1_AW, domain->levels - 2));
}

static void create_pasid_entry(struct tables *tables, const struct domain *domain, u64 entry)
{
	u64 type = VTD_PGTT_SECOND;

	if (tables->settings.pass_through && random_chance(tables->random, 8))
		type = VTD_PGTT_PASS_THROUGH;
	memory_store(tables->memory, entry, domain->top | VTD_PASID_0_P |
		     FIELD_PREP(VTD_PASID_0_AW, domain->levels - 2) |
		     FIELD_PREP(VTD_PASID_0_PGTT, type));
	memory_store(tables->memory, entry + 8, FIELD_PREP(VTD_PASID_1_DID, domain->id));
}

/* Scalable mode, sections 9.4 to 9.6 */
static void create_sm_context(struct tables *tables, unsigned int requester, u64 table)
{
	const struct domain *domain = &tables->domains[tables->domain[requester]];
	u64 entry = table + (tables->source_ids[requester] & 0x7f) * 32;
	u64 directory = tables_new_page(tables), pasids = tables_new_page(tables);

	memory_store(tables->memory, entry, directory | VTD_SM_CONTEXT_0_P);
	memory_store(tables->memory, entry + 8,
		     FIELD_PREP(VTD_SM_CONTEXT_1_RID_PASID, RID_PASID));
	memory_store(tables->memory, directory, pasids | VTD_PASID_DIR_P);
	create_pasid_entry(tables, domain, pasids);
}

/* Create tables with two domains and two devices, of which all is known to work. */
void tables_create(struct tables *tables)
{
	u64 contexts;

	tables->next = TABLES_BASE;
	tables->root = tables_new_page(tables);
	contexts = tables_new_page(tables);
	memory_store(tables->memory, tables->root, contexts | VTD_ROOT_P);
	for (unsigned int i = 0; i < NR_DOMAINS; i++)
		create_domain(tables, &tables->domains[i],
			      1 + 100 * i + random_below(tables->random, 100));
	for (unsigned int i = 0; i < NR_REQUESTERS; i++) {
		tables->domain[i] = random_below(tables->random, NR_DOMAINS);
		if (tables->settings.scalable)
			create_sm_context(tables, i, contexts);
		else
			create_context(tables, i, contexts);
	}
}

/* Make their memory zero again. */
void tables_destroy(struct tables *tables)
{
	memory_clear(tables->memory, TABLES_BASE, tables->next - TABLES_BASE);
}

bool tables_share_domain(const struct tables *tables)
{
	return tables->domain[0] == tables->domain[1];
}

/* A page to ask about: often one that is mapped, or one beside it */
u64 tables_random_question_page(const struct tables *tables, unsigned int requester)
{
	const struct domain *domain = &tables->domains[tables->domain[requester]];
	struct random *random = tables->random;
	unsigned int chance = random_below(random, 100);
	u64 page = tables_random_address(tables, 1 + random_below(random, 3));

	if (chance < 75 && domain->nr_pages)
		page = domain->pages[random_below(random, domain->nr_pages)];
	else if (chance < 82)
		page = data_page(random_below(random, DATA_PAGES));
	else if (chance < 92)
		page |= 1ull << (39 + random_below(random, 25));
	if (random_chance(random, 25))
		page ^= (u64)random_below(random, DATA_PAGES_EACH) << level_shift(1);
	return page;
}

static bool is_table(const struct tables *tables, u64 address)
{
	return address >= TABLES_BASE && address < tables->next;
}

struct path {
	const struct tables *tables;
	struct entry *entries;
	unsigned int count;
};

/* Add an entry to the path, if it is in a table: whether it is, and its words. */
static bool add_entry(struct path *path, enum role role, unsigned int level, u64 address,
		      unsigned int count, u64 *words)
{
	if (!is_table(path->tables, address))
		return false;
	path->entries[path->count++] = (struct entry) {
		.role = role, .level = level, .address = address, .words = count,
	};
	for (unsigned int i = 0; i < count; i++)
		words[i] = memory_load(path->tables->memory, address + 8 * i);
	return true;
}

static void add_paging(struct path *path, u64 table, unsigned int levels, u64 page)
{
	u64 word;

	for (unsigned int level = levels; level; level--) {
		if (!add_entry(path, ROLE_PAGING, level, table + index_of(page, level) * 8, 1,
			       &word))
			return;
		if (level > 1 && level < 4 && word & VTD_SS_PS)
			return;
		table = word & VTD_SS_ADDR;
	}
}

/* None if the unit does not support the width */
static unsigned int levels_of(const struct path *path, u64 width)
{
	return path->tables->settings.sagaw & BIT(width) ? width + 2 : 0;
}

static void add_legacy(struct path *path, u16 source_id, u64 page)
{
	u64 words[2];

	if (!add_entry(path, ROLE_ROOT, 0, path->tables->root, 2, words) ||
	    !add_entry(path, ROLE_CONTEXT, 0, (words[0] & VTD_ROOT_CTP) + (source_id & 0xff) * 16,
		       2, words))
		return;
	add_paging(path, words[0] & VTD_CONTEXT_0_SSPTPTR,
		   levels_of(path, FIELD_GET(VTD_CONTEXT_1_AW, words[1])), page);
}

static void add_scalable(struct path *path, u16 source_id, u64 page)
{
	u64 words[VTD_PASID_WORDS];

	if (!add_entry(path, ROLE_ROOT, 0, path->tables->root, 2, words) ||
	    !add_entry(path, ROLE_CONTEXT, 0, (words[0] & VTD_ROOT_CTP) + (source_id & 0x7f) * 32,
		       VTD_SM_CONTEXT_WORDS, words) ||
	    !add_entry(path, ROLE_DIRECTORY, 0, words[0] & VTD_SM_CONTEXT_0_PASIDDIRPTR, 1,
		       words) ||
	    !add_entry(path, ROLE_PASID, 0, words[0] & VTD_PASID_DIR_SMPTBLPTR, VTD_PASID_WORDS,
		       words))
		return;
	add_paging(path, words[0] & VTD_PASID_0_SSPTPTR,
		   levels_of(path, FIELD_GET(VTD_PASID_0_AW, words[0])), page);
}

/*
 * The entries on the way of a request as far as they are in memory of tables, right
 * or wrong: how many.
 */
unsigned int tables_path(const struct tables *tables, unsigned int requester, u64 page,
			 struct entry *entries)
{
	struct path path = { .tables = tables, .entries = entries };
	u16 source_id = tables->source_ids[requester];

	if (tables->settings.scalable)
		add_scalable(&path, source_id, page);
	else
		add_legacy(&path, source_id, page);
	return path.count;
}

static const char *const role_names[] = {
	[ROLE_ROOT] = "root entry",
	[ROLE_CONTEXT] = "context entry",
	[ROLE_DIRECTORY] = "PASID directory entry",
	[ROLE_PASID] = "PASID table entry",
	[ROLE_PAGING] = "paging entry",
};

const char *entry_text(const struct memory *memory, const struct entry *entry, char *text,
		       size_t size)
{
	int length = snprintf(text, size, "%s", role_names[entry->role]);

	if (entry->role == ROLE_PAGING)
		length += snprintf(text + length, size - length, " of level %u", entry->level);
	length += snprintf(text + length, size - length, " at 0x%llx:",
			   (unsigned long long)entry->address);
	for (unsigned int i = 0; i < entry->words; i++)
		length += snprintf(text + length, size - length, " 0x%llx",
				   (unsigned long long)memory_load(memory, entry->address + 8 * i));
	return text;
}
