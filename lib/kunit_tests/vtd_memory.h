/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory as a VT-d unit sees it: what has reached it, and in which order. */

#ifndef _LIB_KUNIT_TESTS_VTD_MEMORY_H
#define _LIB_KUNIT_TESTS_VTD_MEMORY_H

#include <linux/hashtable.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "vtd_finding.h"

/* Each byte of a line that was never flushed, as a unit without snooping sees it */
#define VTD_MEMORY_POISON	0xadadadadadadadadULL

/* Buckets of vtd_memory::extents: 2 to this power */
#define VTD_MEMORY_BITS		10

/**
 * struct vtd_memory - The memory that the tables of a unit are in
 * @lock: Protects all of it; taken with interrupts off, in any context.
 * @extents: What is known of it, by page frame.
 * @write_buffers: Stores wait in the chipset until its buffers are flushed
 *	(CAP.RWBF, section 6.8).
 * @strays: Accesses of the unit to memory that is not known.
 * @unflushed: Reads of a line that was never flushed, by a unit that does not
 *	snoop.
 * @unknown: Memory could not be made known: the double is out of memory.
 */
struct vtd_memory {
	raw_spinlock_t lock;
	DECLARE_HASHTABLE(extents, VTD_MEMORY_BITS);
	bool write_buffers;
	struct vtd_finding strays;
	struct vtd_finding unflushed;
	struct vtd_finding unknown;
};

/**
 * struct vtd_memory_word - What a unit may find in a 64-bit word
 * @was: The value that has reached it for certain.
 * @is: The one that the CPU has stored since then, or the same.
 */
struct vtd_memory_word {
	u64 was;
	u64 is;
};

void vtd_memory_init(struct vtd_memory *memory, bool write_buffers);
void vtd_memory_destroy(struct vtd_memory *memory);

int vtd_memory_add(struct vtd_memory *memory, void *virt, size_t size);
void vtd_memory_remove(struct vtd_memory *memory, const void *virt, size_t size);
void vtd_memory_settle(struct vtd_memory *memory, const void *virt, size_t size);

bool vtd_memory_flush(struct vtd_memory *memory, const void *virt, size_t size);
void vtd_memory_order(struct vtd_memory *memory);
void vtd_memory_flush_write_buffers(struct vtd_memory *memory);

int vtd_memory_read(void *context, u64 address, bool snoop, u64 *value);
int vtd_memory_update(struct vtd_memory *memory, u64 address, u64 clear, u64 set);
int vtd_memory_peek(struct vtd_memory *memory, u64 address, bool snoop,
		    struct vtd_memory_word *word);

void vtd_memory_expect_stray(struct vtd_memory *memory, unsigned int count);
void vtd_memory_expect_unflushed(struct vtd_memory *memory, unsigned int count);
bool vtd_memory_judge(struct kunit *test, const struct vtd_memory *memory);

#endif /* _LIB_KUNIT_TESTS_VTD_MEMORY_H */
