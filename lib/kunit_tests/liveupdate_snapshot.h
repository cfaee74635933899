/* SPDX-License-Identifier: GPL-2.0-only */
/* A snapshot of the state that a function must leave as it was. */

#ifndef _LIB_KUNIT_TESTS_LIVEUPDATE_SNAPSHOT_H
#define _LIB_KUNIT_TESTS_LIVEUPDATE_SNAPSHOT_H

#include <linux/mmzone.h>
#include <linux/types.h>

#include "fake_kho.h"
#include "mock_kexec.h"

struct kunit;

/**
 * struct liveupdate_snapshot - State to compare before and after.
 * @preserved: What is preserved for the next kernel.
 * @waiting: What the previous kernel preserved and this one did not restore.
 * @memory: The memory that the mock kexec looks after, table bytes included.
 * @iommu_pages: NR_IOMMU_PAGES of all nodes, exact on SMP.
 * @secondary_pagetable: NR_SECONDARY_PAGETABLE of all nodes, exact on SMP.
 * @shmem_pages: NR_SHMEM of all nodes, exact on SMP: pages of memfds and of tmpfs.
 * @pins: Pins of pages that were not given back.
 * @managed_pages: Managed pages of all zones.
 */
struct liveupdate_snapshot {
	struct fake_kho_ranges preserved;
	struct fake_kho_ranges waiting;
	struct mock_kexec_memory memory;
	long iommu_pages;
	long secondary_pagetable;
	long shmem_pages;
	long pins;
	unsigned long managed_pages;
};

void liveupdate_drain(void);
long liveupdate_node_state(enum node_stat_item item);
void liveupdate_snapshot_take(struct liveupdate_snapshot *snapshot);
void liveupdate_snapshot_take_undrained(struct liveupdate_snapshot *snapshot);
const char *liveupdate_snapshot_difference(const struct liveupdate_snapshot *a,
					   const struct liveupdate_snapshot *b);
void liveupdate_snapshot_expect_equal(struct kunit *test,
				      const struct liveupdate_snapshot *before,
				      const struct liveupdate_snapshot *after);

#endif /* _LIB_KUNIT_TESTS_LIVEUPDATE_SNAPSHOT_H */
