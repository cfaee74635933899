/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VT-d unit in software as a test case has it: with memory, a log, and
 * registers that code compiled with vtd_seam.h reaches.
 */

#ifndef _LIB_KUNIT_TESTS_VTD_TEST_UNIT_H
#define _LIB_KUNIT_TESTS_VTD_TEST_UNIT_H

#include <linux/cleanup.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include "vtd_log.h"
#include "vtd_memory.h"
#include "vtd_unit.h"

struct kunit;
struct vtd_test_unit;

/**
 * struct vtd_test_observer - Somebody who looks whenever hardware could
 * @ordering_point: Before and after what may make a difference to hardware: a
 *	register is written, the CPU flushes or orders, the unit has invalidated
 *	something or changed its status or root table.
 * @event: Something happened at the unit.
 *
 * Both are called under the lock of the unit, and either may be NULL.
 */
struct vtd_test_observer {
	void (*ordering_point)(struct vtd_test_unit *unit);
	void (*event)(struct vtd_test_unit *unit, const struct vtd_event *event);
};

/**
 * struct vtd_test_unit - A unit of a test case
 * @test: The case.
 * @node: In the list of all units.
 * @lock: Protects all of it; taken with interrupts off, in any context.
 * @unit: The unit.
 * @memory: The memory that the unit's tables are in.
 * @log: What happened.
 * @registers: Where its registers are, for code that is compiled with
 *	vtd_seam.h. Nothing else may go there.
 * @misuses: What no unit would understand.
 * @observer: Who looks, or NULL.
 * @stuck: The unit carries no command out, if it has a latency.
 */
struct vtd_test_unit {
	struct kunit *test;
	struct list_head node;
	raw_spinlock_t lock;
	struct vtd_unit unit;
	struct vtd_memory memory;
	struct vtd_log log;
	void __iomem *registers;
	struct vtd_finding misuses;
	const struct vtd_test_observer *observer;
	bool stuck;
};

/**
 * struct vtd_omission - Something that software is made to have forgotten
 * @nth: Which one, from 1, of all flushes, barriers, invalidations and flushes of
 *	write buffers; 0 for none.
 * @count: How many there were so far.
 * @type: What it was, if there were so many: %VTD_EVENT_FLUSH and the like.
 * @size: Bytes of a flush.
 */
struct vtd_omission {
	unsigned int nth;
	unsigned int count;
	enum vtd_event_type type;
	size_t size;
};

struct vtd_test_unit *vtd_test_unit_create(struct kunit *test,
					   const struct vtd_settings *settings);
void *vtd_test_unit_alloc(struct vtd_test_unit *unit, size_t size);
struct vtd_test_unit *vtd_test_unit_at(const void __iomem *address,
				       u32 *offset);
void vtd_test_unit_observe(struct vtd_test_unit *unit,
			   const struct vtd_test_observer *observer);
bool vtd_test_unit_judge(struct vtd_test_unit *unit);

u32 vtd_test_unit_readl(struct vtd_test_unit *unit, u32 offset);
u64 vtd_test_unit_readq(struct vtd_test_unit *unit, u32 offset);
void vtd_test_unit_writel(struct vtd_test_unit *unit, u32 offset, u32 value);
void vtd_test_unit_writeq(struct vtd_test_unit *unit, u32 offset, u64 value);
void vtd_test_unit_flush(struct vtd_test_unit *unit, const void *start,
			 size_t size);
void vtd_test_unit_barrier(struct vtd_test_unit *unit);
void vtd_test_units_flush(const void *start, size_t size);
void vtd_test_units_barrier(void);
void vtd_test_units_delay(void);
void vtd_test_units_add(void *virt, size_t size);
void vtd_test_units_remove(const void *virt, size_t size);
void vtd_test_units_delay(void);
void vtd_test_units_omit(struct vtd_omission *omission);

void vtd_test_unit_translate(struct vtd_test_unit *unit,
			     const struct vtd_request *request,
			     struct vtd_result *result);
void vtd_test_unit_interrupt(struct vtd_test_unit *unit, u16 source_id,
			     u64 address, u32 data,
			     struct vtd_interrupt *result);
void vtd_test_unit_expect_misuses(struct vtd_test_unit *unit,
				  unsigned int count);

unsigned long vtd_test_unit_lock(raw_spinlock_t *lock);
void vtd_test_unit_unlock(raw_spinlock_t *lock, unsigned long flags);

DEFINE_LOCK_GUARD_1(vtd_test_unit, struct vtd_test_unit,
		    _T->flags = vtd_test_unit_lock(&_T->lock->lock),
		    vtd_test_unit_unlock(&_T->lock->lock, _T->flags),
		    unsigned long flags)

#endif /* _LIB_KUNIT_TESTS_VTD_TEST_UNIT_H */
