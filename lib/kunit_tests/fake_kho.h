/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fake KHO: what a test can see of it. The interface that the code under
 * test calls is <linux/kexec_handover.h>.
 */

#ifndef _LIB_KUNIT_TESTS_FAKE_KHO_H
#define _LIB_KUNIT_TESTS_FAKE_KHO_H

#include <linux/limits.h>
#include <linux/types.h>

struct kunit;

/**
 * enum fake_kho_kind - What the fake reports and the real KHO tolerates.
 * @FAKE_KHO_PRESERVED_TWICE: Preserved again with the same order.
 * @FAKE_KHO_OVERLAP: Preserved although another preservation has some of it.
 * @FAKE_KHO_UNPRESERVED_ABSENT: Unpreserved, but nothing was preserved there.
 * @FAKE_KHO_UNPRESERVED_OTHER_ORDER: Unpreserved with another order.
 * @FAKE_KHO_RESTORED_ABSENT: Restored, but nothing waits there.
 * @FAKE_KHO_FREED_PRESERVED: Freed while preserved for the next kernel.
 * @FAKE_KHO_FREED_WAITING: Freed, or its mark overwritten, instead of restored.
 * @FAKE_KHO_FREED_STALE: Memory of an ended kernel was freed by the next one.
 * @FAKE_KHO_LEFT_WAITING: Still waiting when its kernel ended.
 * @FAKE_KHO_LEFT_PRESERVED: Still preserved when the test ended.
 * @FAKE_KHO_LEFT_ALLOCATED: Pages of iommu-pages, or a folio that KHO handed
 *	out, not freed by the test that made them.
 * @FAKE_KHO_NR_KINDS: Number of kinds.
 *
 * Each is counted once per preservation (address and order) or folio, not per page.
 */
enum fake_kho_kind {
	FAKE_KHO_PRESERVED_TWICE,
	FAKE_KHO_OVERLAP,
	FAKE_KHO_UNPRESERVED_ABSENT,
	FAKE_KHO_UNPRESERVED_OTHER_ORDER,
	FAKE_KHO_RESTORED_ABSENT,
	FAKE_KHO_FREED_PRESERVED,
	FAKE_KHO_FREED_WAITING,
	FAKE_KHO_FREED_STALE,
	FAKE_KHO_LEFT_WAITING,
	FAKE_KHO_LEFT_PRESERVED,
	FAKE_KHO_LEFT_ALLOCATED,
	FAKE_KHO_NR_KINDS,
};

/* For fake_kho_expect(): any number of them, none included. */
#define FAKE_KHO_ANY	ULONG_MAX

/**
 * struct fake_kho_report - What the fake has to say about a test.
 * @count: How often each kind was seen.
 * @first_pfn: Page frame of the first of each kind, valid if its count is not 0.
 */
struct fake_kho_report {
	unsigned long count[FAKE_KHO_NR_KINDS];
	unsigned long first_pfn[FAKE_KHO_NR_KINDS];
};

/**
 * struct fake_kho_calls - Calls into KHO since the fake was started.
 * @preserve: Preservations made (one per address and order).
 * @unpreserve: Preservations taken back.
 * @restore: Preservations restored.
 * @query: Calls of kho_preserved_order().
 * @restored_pages: Pages in the restored preservations.
 */
struct fake_kho_calls {
	unsigned long preserve;
	unsigned long unpreserve;
	unsigned long restore;
	unsigned long query;
	unsigned long restored_pages;
};

/**
 * struct fake_kho_ranges - A set of (address, order) pairs, for comparison.
 * @count: Number of pairs.
 * @hash: Sum of a hash of each pair.
 */
struct fake_kho_ranges {
	unsigned long count;
	u64 hash;
};

void fake_kho_start(struct kunit *test);
void fake_kho_expect(struct kunit *test, enum fake_kho_kind kind,
		     unsigned long count);
void fake_kho_get_report(struct fake_kho_report *report);
const char *fake_kho_kind_name(enum fake_kho_kind kind);
int fake_kho_unexpected(const struct fake_kho_report *report,
			const unsigned long expected[FAKE_KHO_NR_KINDS]);

void fake_kho_get_calls(struct fake_kho_calls *calls);
void fake_kho_get_preserved(struct fake_kho_ranges *ranges);
void fake_kho_get_waiting(struct fake_kho_ranges *ranges);

#endif /* _LIB_KUNIT_TESTS_FAKE_KHO_H */
