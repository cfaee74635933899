/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random tables of a unit: root, context and PASID tables, second-stage tables.
 */
#ifndef TABLES_H
#define TABLES_H

#include "machine.h"
#include "memory.h"
#include "random.h"
#include "vtd_spec.h"

#define NR_DOMAINS		2u
#define MAX_MAPPINGS		8u
/* Root, context, directory, PASID, four levels */
#define MAX_PATH		8u

/**
 * enum role - What an entry of a table is
 * @ROLE_ROOT: root entry
 * @ROLE_CONTEXT: context entry
 * @ROLE_DIRECTORY: PASID directory entry
 * @ROLE_PASID: PASID table entry
 * @ROLE_PAGING: second-stage paging entry
 */
enum role {
	ROLE_ROOT,
	ROLE_CONTEXT,
	ROLE_DIRECTORY,
	ROLE_PASID,
	ROLE_PAGING
};

/**
 * struct entry - An entry of a table
 * @role: what it is
 * @level: of a paging entry, 1 for that of a small page
 * @address: where it is
 * @words: how many it has
 */
struct entry {
	enum role role;
	unsigned int level;
	u64 address;
	unsigned int words;
};

/**
 * struct domain - A domain and what it maps
 * @id: its ID
 * @levels: of its paging tables
 * @top: address of the topmost one
 * @pages: first addresses of pages with a mapping
 * @nr_pages: how many
 */
struct domain {
	u16 id;
	unsigned int levels;
	u64 top;
	u64 pages[MAX_MAPPINGS];
	unsigned int nr_pages;
};

/**
 * struct tables_settings - What the unit can do
 * @scalable: scalable mode
 * @sagaw: widths, as in the Capability register
 * @width: address width of the platform
 * @pass_through: is possible
 */
struct tables_settings {
	bool scalable;
	u8 sagaw;
	unsigned int width;
	bool pass_through;
};

/**
 * struct tables - All tables of a round
 * @settings: what the unit can do
 * @memory: where they are
 * @random: what chooses
 * @next: first page that is free
 * @root: address of the root table
 * @domains: the domains
 * @domain: which of them each device is in
 * @source_ids: the devices
 */
struct tables {
	struct tables_settings settings;
	struct memory *memory;
	struct random *random;
	u64 next;
	u64 root;
	struct domain domains[NR_DOMAINS];
	unsigned int domain[NR_REQUESTERS];
	u16 source_ids[NR_REQUESTERS];
};

void tables_settings(struct tables_settings *settings, u64 cap, u64 ecap, bool scalable);
void tables_create(struct tables *tables);
void tables_destroy(struct tables *tables);

u64 tables_new_page(struct tables *tables);
u64 tables_random_address(const struct tables *tables, unsigned int leaf_level);
u64 tables_random_question_page(const struct tables *tables, unsigned int requester);
u64 tables_random_target(const struct tables *tables, unsigned int level);
bool tables_share_domain(const struct tables *tables);
unsigned int tables_path(const struct tables *tables, unsigned int requester, u64 page,
			 struct entry *path);

static inline unsigned int level_shift(unsigned int level)
{
	return 3 + 9 * level;
}

const char *entry_text(const struct memory *memory, const struct entry *entry, char *text,
		       size_t size);

#endif /* TABLES_H */
