/* SPDX-License-Identifier: GPL-2.0-only */
/* What a request meets on its way through the tables of a VT-d unit. */

#ifndef _LIB_KUNIT_TESTS_VTD_UNIT_WALK_H
#define _LIB_KUNIT_TESTS_VTD_UNIT_WALK_H

#include "vtd_unit_internal.h"

/**
 * struct vtd_walk - The way of one request
 * @unit: The unit.
 * @fill: The same if caches are filled and flags in tables set, else %NULL.
 * @view: How memory is read.
 * @request: The request.
 * @use_caches: Look into caches first.
 * @memory_read: Something was read from memory.
 * @scalable: In scalable mode.
 * @snoop_tables: Root, context and PASID tables are read with snooping.
 * @snoop_paging: So are page tables.
 * @quiet: Fault processing is disabled in an entry on the way.
 * @privileged: The request counts as a supervisor's.
 * @context: Context entry.
 * @pasid: PASID that counts, in scalable mode.
 * @entry: PASID table entry, in scalable mode.
 * @domain: Domain ID.
 */
struct vtd_walk {
	const struct vtd_unit *unit;
	struct vtd_unit *fill;
	const struct vtd_view *view;
	const struct vtd_request *request;
	bool use_caches;
	bool memory_read;
	bool scalable;
	bool snoop_tables;
	bool snoop_paging;
	bool quiet;
	bool privileged;
	u64 context[VTD_SM_CONTEXT_WORDS];
	u32 pasid;
	u64 entry[VTD_PASID_WORDS];
	u16 domain;
};

/* vtd_unit_walk.c */
int vtd_walk_read(struct vtd_walk *walk, u64 address, bool snoop, u64 *words,
		  unsigned int count);
u64 vtd_beyond_address_width(const struct vtd_unit *unit);

/* vtd_unit_context.c */
enum vtd_fault vtd_find_context(struct vtd_walk *walk);
enum vtd_fault vtd_choose_pasid(struct vtd_walk *walk);
enum vtd_fault vtd_find_pasid_entry(struct vtd_walk *walk);
enum vtd_fault vtd_check_request_kind(const struct vtd_walk *walk);

/* vtd_unit_paging.c */
enum vtd_fault vtd_second_stage(struct vtd_walk *walk,
				struct vtd_translation *translation);
enum vtd_fault vtd_first_stage(struct vtd_walk *walk,
			       struct vtd_translation *translation);
enum vtd_fault vtd_check_access(const struct vtd_walk *walk,
				const struct vtd_translation *translation);
u8 vtd_translation_stage(const struct vtd_walk *walk);

#endif /* _LIB_KUNIT_TESTS_VTD_UNIT_WALK_H */
