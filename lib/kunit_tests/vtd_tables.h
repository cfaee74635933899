/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables for a VT-d unit in software that translate one page of one device, all
 * of whose entries are at hand, to be changed one by one.
 */

#ifndef _LIB_KUNIT_TESTS_VTD_TABLES_H
#define _LIB_KUNIT_TESTS_VTD_TABLES_H

#include "vtd_test_unit.h"

#define VTD_TABLES_MAX_LEVELS	5

/* The device: bus 0x12, device 0x14, function 5 */
#define VTD_TABLES_SOURCE_ID	0x12a5

/* The PASID of scalable mode, neither in the first table nor its first entry */
#define VTD_TABLES_PASID	0x145

#define VTD_TABLES_DOMAIN	0x23

#define VTD_TABLES_MAX_PAGES	64

/**
 * struct vtd_tables_config - Which tables
 * @name: Of the configuration.
 * @scalable: Scalable mode.
 * @type: PGTT in scalable mode, TT in legacy mode.
 * @first_levels: Of the first stage, 4 or 5, if it has one.
 * @second_levels: Of the second stage, 3 to 5, if it has one.
 * @leaf_level: Of the leaf, in each stage: 1, or 2 or 3 for a large page.
 */
struct vtd_tables_config {
	const char *name;
	bool scalable;
	u8 type;
	u8 first_levels;
	u8 second_levels;
	u8 leaf_level;
};

/**
 * struct vtd_tables - Tables, and the words of the entries on the way
 * @unit: The unit that they are for.
 * @config: How they were made.
 * @root: Root entry.
 * @context: Context entry.
 * @directory: PASID directory entry, in scalable mode.
 * @pasid: PASID table entry, in scalable mode.
 * @first: First-stage entries by level.
 * @second: Second-stage entries by level.
 * @page: Where the page is, the large one if it is one.
 * @iova: I/O virtual address that leads to @page.
 * @pages: All tables.
 * @nr_pages: Number of them.
 */
struct vtd_tables {
	struct vtd_test_unit *unit;
	struct vtd_tables_config config;
	u64 *root;
	u64 *context;
	u64 *directory;
	u64 *pasid;
	u64 *first[VTD_TABLES_MAX_LEVELS + 1];
	u64 *second[VTD_TABLES_MAX_LEVELS + 1];
	u64 page;
	u64 iova;
	void *pages[VTD_TABLES_MAX_PAGES];
	unsigned int nr_pages;
};

/* A unit that can do everything, but for caching mode and the like */
extern const struct vtd_settings vtd_tables_settings;

void vtd_tables_build(struct vtd_tables *tables, struct vtd_test_unit *unit,
		      const struct vtd_tables_config *config);
u64 *vtd_tables_map(struct vtd_tables *tables, u64 iova, u64 page);
u64 *vtd_tables_add_device(struct vtd_tables *tables, u16 source_id);
u64 *vtd_tables_add_pasid(struct vtd_tables *tables, u32 pasid);
void vtd_tables_set_root(const struct vtd_tables *tables, u32 lasting);
void vtd_tables_enable(struct vtd_tables *tables);
void vtd_tables_flush_all(struct vtd_tables *tables);
u64 vtd_tables_target(const struct vtd_tables *tables);
struct vtd_request vtd_tables_request(const struct vtd_tables *tables);

const void *vtd_tables_gen_configs(struct kunit *test, const void *prev,
				   char *desc);

#endif /* _LIB_KUNIT_TESTS_VTD_TABLES_H */
