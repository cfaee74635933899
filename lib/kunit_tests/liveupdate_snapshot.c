// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: State snapshots
 *
 * A function that fails must leave everything as it was, and so must a function
 * together with the one that undoes it. A snapshot holds what can be left
 * behind: memory, preservations, page counters, the contents of page tables.
 *
 * Two snapshots are taken, before and after, and compared. What is still under
 * way is waited for first: delayed fputs, RCU callbacks, work items, pages that a
 * CPU holds back from the LRU lists.
 */

#include <linux/file.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/rcupdate.h>
#include <linux/stddef.h>
#include <linux/swap.h>
#include <linux/vmstat.h>
#include <linux/workqueue.h>

#include <kunit/test.h>
#include <kunit/visibility.h>

#include "liveupdate_snapshot.h"

/**
 * struct snapshot_member - A member of struct liveupdate_snapshot.
 * @name: What it is called in the log.
 * @offset: Where it is.
 */
struct snapshot_member {
	const char *name;
	size_t offset;
};

#define SNAPSHOT_MEMBER(member, text) {					\
	.name = text,							\
	.offset = offsetof(struct liveupdate_snapshot, member),		\
}

static const struct snapshot_member members[] = {
	SNAPSHOT_MEMBER(preserved.count, "number of preservations"),
	SNAPSHOT_MEMBER(preserved.hash, "addresses of preservations"),
	SNAPSHOT_MEMBER(waiting.count, "number of waiting preservations"),
	SNAPSHOT_MEMBER(waiting.hash, "addresses of waiting preservations"),
	SNAPSHOT_MEMBER(memory.iommu_folios, "folios of iommu-pages"),
	SNAPSHOT_MEMBER(memory.iommu_pages, "pages of iommu-pages"),
	SNAPSHOT_MEMBER(memory.iommu_checksum, "bytes in iommu-pages"),
	SNAPSHOT_MEMBER(memory.kho_folios, "folios that KHO handed out"),
	SNAPSHOT_MEMBER(memory.quarantined_pages, "quarantined pages"),
	SNAPSHOT_MEMBER(iommu_pages, "NR_IOMMU_PAGES"),
	SNAPSHOT_MEMBER(secondary_pagetable, "NR_SECONDARY_PAGETABLE"),
	SNAPSHOT_MEMBER(shmem_pages, "NR_SHMEM"),
	SNAPSHOT_MEMBER(pins, "pins of pages"),
	SNAPSHOT_MEMBER(managed_pages, "managed pages"),
};

/* All members are in the table, and all are compared as u64. */
static_assert(sizeof(struct liveupdate_snapshot) ==
	      ARRAY_SIZE(members) * sizeof(u64));

static u64 member_value(const struct liveupdate_snapshot *snapshot,
			const struct snapshot_member *member)
{
	return *(const u64 *)((const char *)snapshot + member->offset);
}

/**
 * liveupdate_drain - Wait for what previous calls have left under way.
 *
 * Context: Process context, in a task that no work item waits for.
 */
void liveupdate_drain(void)
{
	flush_delayed_fput();
	/* flush_workqueue() refuses these queues, for reasons of drivers. */
	__flush_workqueue(system_percpu_wq);
	__flush_workqueue(system_dfl_wq);
	rcu_barrier();
	lru_add_drain_all();
}
EXPORT_SYMBOL_IF_KUNIT(liveupdate_drain);

static long sum_node_state(enum node_stat_item item)
{
	struct pglist_data *pgdat;
	long sum = 0;
	int cpu;

	for_each_online_pgdat(pgdat) {
		sum += atomic_long_read(&pgdat->vm_stat[item]);
		for_each_possible_cpu(cpu)
			sum += per_cpu_ptr(pgdat->per_cpu_nodestats,
					   cpu)->vm_node_stat_diff[item];
	}
	return sum;
}

/**
 * liveupdate_node_state - The exact value of a counter of all nodes.
 * @item: The counter.
 *
 * Context: Any. Nothing is counted at the same time.
 *
 * Return: the value, with what the CPUs have not added to it yet.
 */
long liveupdate_node_state(enum node_stat_item item)
{
	long sum = sum_node_state(item), last;

	/*
	 * What another CPU adds to its node just now is in neither place for a
	 * moment. Each CPU does that about once a second.
	 */
	do {
		last = sum;
		sum = sum_node_state(item);
	} while (sum != last);
	return sum;
}
EXPORT_SYMBOL_IF_KUNIT(liveupdate_node_state);

static unsigned long all_managed_pages(void)
{
	unsigned long sum = 0;
	struct zone *zone;

	for_each_populated_zone(zone)
		sum += zone_managed_pages(zone);
	return sum;
}

/**
 * liveupdate_snapshot_take_undrained - Take a snapshot at once.
 * @snapshot: Filled in.
 *
 * If it equals an earlier one, nothing that was under way can have been missed
 * but what would make it differ again.
 *
 * Context: Process context.
 */
void liveupdate_snapshot_take_undrained(struct liveupdate_snapshot *snapshot)
{
	fake_kho_get_preserved(&snapshot->preserved);
	fake_kho_get_waiting(&snapshot->waiting);
	mock_kexec_get_memory(&snapshot->memory);
	snapshot->iommu_pages = liveupdate_node_state(NR_IOMMU_PAGES);
	snapshot->secondary_pagetable =
		liveupdate_node_state(NR_SECONDARY_PAGETABLE);
	snapshot->shmem_pages = liveupdate_node_state(NR_SHMEM);
	snapshot->pins = liveupdate_node_state(NR_FOLL_PIN_ACQUIRED) -
			 liveupdate_node_state(NR_FOLL_PIN_RELEASED);
	snapshot->managed_pages = all_managed_pages();
}
EXPORT_SYMBOL_IF_KUNIT(liveupdate_snapshot_take_undrained);

/**
 * liveupdate_snapshot_take - Take a snapshot.
 * @snapshot: Filled in.
 *
 * Context: Process context. Waits for what is under way.
 */
void liveupdate_snapshot_take(struct liveupdate_snapshot *snapshot)
{
	liveupdate_drain();
	liveupdate_snapshot_take_undrained(snapshot);
}
EXPORT_SYMBOL_IF_KUNIT(liveupdate_snapshot_take);

/**
 * liveupdate_snapshot_difference - Compare two snapshots.
 * @a: One.
 * @b: The other.
 *
 * Context: Any.
 *
 * Return: the name of the first difference, or NULL if they are equal.
 */
const char *liveupdate_snapshot_difference(const struct liveupdate_snapshot *a,
					   const struct liveupdate_snapshot *b)
{
	for (int i = 0; i < ARRAY_SIZE(members); i++) {
		if (member_value(a, &members[i]) != member_value(b, &members[i]))
			return members[i].name;
	}
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(liveupdate_snapshot_difference);

/**
 * liveupdate_snapshot_expect_equal - Fail the test for each difference.
 * @test: The test.
 * @before: Snapshot from before.
 * @after: Snapshot from after.
 *
 * Context: Process context.
 */
void liveupdate_snapshot_expect_equal(struct kunit *test,
				      const struct liveupdate_snapshot *before,
				      const struct liveupdate_snapshot *after)
{
	for (int i = 0; i < ARRAY_SIZE(members); i++)
		KUNIT_EXPECT_EQ_MSG(test, member_value(before, &members[i]),
				    member_value(after, &members[i]),
				    "%s before and after", members[i].name);
}
EXPORT_SYMBOL_IF_KUNIT(liveupdate_snapshot_expect_equal);
