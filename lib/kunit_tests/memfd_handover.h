/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of memfds that are in no file, for suites that write, read or damage them. */

#ifndef _LIB_KUNIT_TESTS_MEMFD_HANDOVER_H
#define _LIB_KUNIT_TESTS_MEMFD_HANDOVER_H

#include <linux/types.h>

#include "../../mm/memfd_record.h"

struct folio;
struct kunit;

/* More folios than there is room for in one page of records */
#define MEMFD_MAX_FOLIOS	300

#define MEMFD_NR_EXAMPLES	9

/**
 * struct memfd_example - A memfd to hand over
 * @name: What it is.
 * @attributes: What it is like.
 * @nr_folios: Number of folios.
 * @orders: Their orders, all 0 if NULL.
 */
struct memfd_example {
	const char *name;
	struct memfd_attributes attributes;
	u32 nr_folios;
	const u8 *orders;
};

extern const struct memfd_example memfd_examples[MEMFD_NR_EXAMPLES];

/* The one to damage: it has more than one folio of two sizes */
#define memfd_mixed_example	(&memfd_examples[MEMFD_NR_EXAMPLES - 1])

/**
 * struct memfd_handover - A record, and what is in it
 * @example: What was handed over.
 * @folios: In the old kernel, the folios.
 * @pfns: Their page frames.
 * @pa: Where the record is.
 * @format: Its layout.
 */
struct memfd_handover {
	const struct memfd_example *example;
	struct folio *folios[MEMFD_MAX_FOLIOS];
	u64 pfns[MEMFD_MAX_FOLIOS];
	u64 pa;
	const struct memfd_record_format *format;
};

unsigned int memfd_example_order(const struct memfd_example *example, u32 i);
struct memfd_handover *memfd_handover_start(struct kunit *test,
					    const struct memfd_example *example);
void memfd_handover_make_folios(struct kunit *test, struct memfd_handover *handover);
struct memfd_handover *memfd_hand_over(struct kunit *test,
				       const struct memfd_example *example);
struct memfd_handover *memfd_hand_over_v2(struct kunit *test,
					  const struct memfd_example *example);
int memfd_handover_read(const struct memfd_handover *handover, struct memfd_record *record);
void memfd_handover_expect_read(struct kunit *test, const struct memfd_handover *handover,
				u32 mode);

#endif /* _LIB_KUNIT_TESTS_MEMFD_HANDOVER_H */
