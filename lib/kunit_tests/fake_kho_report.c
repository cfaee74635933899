// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The report of the fake KHO
 *
 * What the fake sees that the real KHO tolerates is counted, by kind, with the
 * first page of each. fake_kho_start() begins with an empty report; when the
 * test ends, what is left over is added, and each count that the test did not
 * declare with fake_kho_expect() fails it.
 *
 * This runs as an action of the test, so that a test that dies is no exception:
 * everything it left goes back to the system, and the next test finds a KHO as
 * if nothing had happened.
 */

#include <linux/hash.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <kunit/test.h>
#include <kunit/visibility.h>

#include "fake_kho_internal.h"
#include "liveupdate_snapshot.h"

/* Callers at boot have one, too, of which nobody asks for a report. */
static struct fake_kho boot_kho = {
	.lock = __MUTEX_INITIALIZER(boot_kho.lock),
	.preserved = XARRAY_INIT(boot_kho.preserved, 0),
	.waiting = XARRAY_INIT(boot_kho.waiting, 0),
	.outgoing = LIST_HEAD_INIT(boot_kho.outgoing),
	.incoming = LIST_HEAD_INIT(boot_kho.incoming),
	.vmalloc_areas = LIST_HEAD_INIT(boot_kho.vmalloc_areas),
	.report_lock = __SPIN_LOCK_UNLOCKED(boot_kho.report_lock),
};

static struct fake_kho test_kho = {
	.lock = __MUTEX_INITIALIZER(test_kho.lock),
	.preserved = XARRAY_INIT(test_kho.preserved, 0),
	.waiting = XARRAY_INIT(test_kho.waiting, 0),
	.outgoing = LIST_HEAD_INIT(test_kho.outgoing),
	.incoming = LIST_HEAD_INIT(test_kho.incoming),
	.vmalloc_areas = LIST_HEAD_INIT(test_kho.vmalloc_areas),
	.report_lock = __SPIN_LOCK_UNLOCKED(test_kho.report_lock),
};

static const char *const kind_names[FAKE_KHO_NR_KINDS] = {
	[FAKE_KHO_PRESERVED_TWICE] = "preserved twice",
	[FAKE_KHO_OVERLAP] = "preserved with overlapping orders",
	[FAKE_KHO_UNPRESERVED_ABSENT] = "unpreserved though not preserved",
	[FAKE_KHO_UNPRESERVED_OTHER_ORDER] = "unpreserved with another order",
	[FAKE_KHO_RESTORED_ABSENT] = "restored though not preserved",
	[FAKE_KHO_FREED_PRESERVED] = "freed while preserved",
	[FAKE_KHO_FREED_WAITING] = "freed while waiting to be restored",
	[FAKE_KHO_FREED_STALE] = "freed by a kernel that had ended",
	[FAKE_KHO_LEFT_WAITING] = "still waiting at the end",
	[FAKE_KHO_LEFT_PRESERVED] = "still preserved at the end",
	[FAKE_KHO_LEFT_ALLOCATED] = "still allocated at the end",
};

/**
 * fake_kho_current - The KHO that calls go to.
 *
 * Context: Any.
 *
 * Return: that of the running test, or that of the boot.
 */
struct fake_kho *fake_kho_current(void)
{
	return READ_ONCE(test_kho.test) ? &test_kho : &boot_kho;
}

/**
 * fake_kho_note - Add to the report.
 * @kho: The KHO.
 * @kind: What was seen.
 * @pfn: Where.
 *
 * Context: Any.
 */
void fake_kho_note(struct fake_kho *kho, enum fake_kho_kind kind,
		   unsigned long pfn)
{
	guard(spinlock_irqsave)(&kho->report_lock);

	if (!kho->report.count[kind]++)
		kho->report.first_pfn[kind] = pfn;
}

/**
 * fake_kho_count - Count a call.
 * @kho: The KHO.
 * @counter: One of its counters.
 * @by: What to add.
 *
 * Context: Any.
 */
void fake_kho_count(struct fake_kho *kho, unsigned long *counter,
		    unsigned long by)
{
	guard(spinlock_irqsave)(&kho->report_lock);

	*counter += by;
}

/* What tests see */

/**
 * fake_kho_kind_name - What a kind of report is called in the log.
 * @kind: The kind.
 *
 * Context: Any.
 *
 * Return: the name.
 */
const char *fake_kho_kind_name(enum fake_kho_kind kind)
{
	return kind_names[kind];
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_kind_name);

static bool is_expected(unsigned long count, unsigned long expected)
{
	return expected == FAKE_KHO_ANY || expected == count;
}

/**
 * fake_kho_unexpected - Compare a report with what was declared.
 * @report: The report.
 * @expected: The declared count of each kind, or FAKE_KHO_ANY.
 *
 * Context: Any.
 *
 * Return: the first kind whose count differs, or -ENOENT.
 */
int fake_kho_unexpected(const struct fake_kho_report *report,
			const unsigned long expected[FAKE_KHO_NR_KINDS])
{
	for (int kind = 0; kind < FAKE_KHO_NR_KINDS; kind++) {
		if (!is_expected(report->count[kind], expected[kind]))
			return kind;
	}
	return -ENOENT;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_unexpected);

/**
 * fake_kho_get_report - What there is to report up to now.
 * @report: Filled in. What is left over is only counted when it is over: the
 *	kinds FAKE_KHO_LEFT_*.
 *
 * Context: Process context, in a test that called fake_kho_start().
 */
void fake_kho_get_report(struct fake_kho_report *report)
{
	struct fake_kho *kho = fake_kho_current();

	mock_kexec_audit(kho);
	*report = kho->report;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_get_report);

/**
 * fake_kho_expect - Declare what the report of this test will hold.
 * @test: The test.
 * @kind: The kind.
 * @count: How often, at the end of the test; FAKE_KHO_ANY if that may vary.
 *
 * Context: Process context, after fake_kho_start().
 */
void fake_kho_expect(struct kunit *test, enum fake_kho_kind kind,
		     unsigned long count)
{
	KUNIT_ASSERT_PTR_EQ(test, test_kho.test, test);
	test_kho.expected[kind] = count;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_expect);

/**
 * fake_kho_get_calls - How often the code under test called KHO.
 * @calls: Filled in.
 *
 * Context: Any.
 */
void fake_kho_get_calls(struct fake_kho_calls *calls)
{
	struct fake_kho *kho = fake_kho_current();

	guard(spinlock_irqsave)(&kho->report_lock);

	*calls = kho->calls;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_get_calls);

static void sum_range(unsigned long pfn, unsigned int order, void *data)
{
	struct fake_kho_ranges *ranges = data;

	ranges->count++;
	ranges->hash += hash_64_generic((u64)pfn << 6 | order, 64);
}

/**
 * fake_kho_get_preserved - What is preserved for the next kernel.
 * @ranges: Filled in.
 *
 * Context: Process context.
 */
void fake_kho_get_preserved(struct fake_kho_ranges *ranges)
{
	*ranges = (struct fake_kho_ranges){};
	fake_kho_for_each(&fake_kho_current()->preserved, sum_range, ranges);
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_get_preserved);

/**
 * fake_kho_get_waiting - What waits to be restored.
 * @ranges: Filled in.
 *
 * Context: Process context.
 */
void fake_kho_get_waiting(struct fake_kho_ranges *ranges)
{
	*ranges = (struct fake_kho_ranges){};
	fake_kho_for_each(&fake_kho_current()->waiting, sum_range, ranges);
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_get_waiting);

/* Life cycle */

static void note_left_preserved(unsigned long pfn, unsigned int order,
				void *data)
{
	fake_kho_note(data, FAKE_KHO_LEFT_PRESERVED, pfn);
}

static void judge(struct kunit *test, struct fake_kho *kho)
{
	for (int kind = 0; kind < FAKE_KHO_NR_KINDS; kind++) {
		if (is_expected(kho->report.count[kind], kho->expected[kind]))
			continue;
		KUNIT_FAIL(test, "KHO: %s: %lu times, %lu expected, first at pfn %#lx",
			   kind_names[kind], kho->report.count[kind],
			   kho->expected[kind], kho->report.first_pfn[kind]);
	}
}

static void fake_kho_stop(void *data)
{
	struct fake_kho *kho = &test_kho;
	struct kunit *test = data;

	liveupdate_drain();
	mock_kexec_audit(kho);
	fake_kho_for_each(&kho->preserved, note_left_preserved, kho);
	mock_kexec_end(kho);
	judge(test, kho);

	xa_destroy(&kho->preserved);
	xa_destroy(&kho->waiting);
	fake_kho_free_subtrees(kho);
	fake_kho_forget_vmalloc(kho, false);
	kho->max_order = 0;
	kho->generation = 0;
	kho->report = (struct fake_kho_report){};
	kho->calls = (struct fake_kho_calls){};
	memset(kho->expected, 0, sizeof(kho->expected));
	WRITE_ONCE(kho->test, NULL);
}

/**
 * fake_kho_start - Give a test a KHO of its own.
 * @test: The test.
 *
 * Call it before anything that KHO or iommu-pages memory belongs to is set up:
 * what is registered with kunit_add_action() later is undone earlier. When the
 * test ends, its report is judged and all memory goes back to the system.
 *
 * Context: Process context.
 */
void fake_kho_start(struct kunit *test)
{
	KUNIT_ASSERT_NULL_MSG(test, test_kho.test,
			      "another test has not put away its KHO");
	KUNIT_ASSERT_EQ(test, mock_kexec_begin(&test_kho), 0);
	WRITE_ONCE(test_kho.test, test);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, fake_kho_stop,
							   test));
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_start);
