// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The report of the fake KHO, tested
 *
 * Each kind of misuse that the real KHO tolerates is noticed, once, at the
 * right address, and nothing else is. A test whose report holds what it did not
 * declare fails; a test that dies leaves the next one a clean KHO.
 */

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "../kunit/try-catch-impl.h"
#include "fake_kho.h"
#include "liveupdate_snapshot.h"
#include "mock_kexec.h"

/* The report has one entry, of this kind and this address. */
static void expect_only(struct kunit *test, enum fake_kho_kind kind,
			unsigned long pfn)
{
	struct fake_kho_report report;

	fake_kho_get_report(&report);
	for (int i = 0; i < FAKE_KHO_NR_KINDS; i++)
		KUNIT_EXPECT_EQ_MSG(test, report.count[i], i == kind, "%s",
				    fake_kho_kind_name(i));
	KUNIT_EXPECT_EQ(test, report.first_pfn[kind], pfn);
	fake_kho_expect(test, kind, 1);
}

static void correct_use_reports_nothing(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 2);
	struct fake_kho_report report;
	void *mem = kho_alloc_preserve(PAGE_SIZE);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	mock_kexec(test);

	KUNIT_EXPECT_PTR_EQ(test, folio,
			    kho_restore_folio(PFN_PHYS(folio_pfn(folio))));
	folio_put(folio);
	kho_restore_free(mem);

	fake_kho_get_report(&report);
	for (int i = 0; i < FAKE_KHO_NR_KINDS; i++)
		KUNIT_EXPECT_EQ_MSG(test, report.count[i], 0, "%s",
				    fake_kho_kind_name(i));
}

static void preserving_twice_is_noticed(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 1);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	expect_only(test, FAKE_KHO_PRESERVED_TWICE, folio_pfn(folio));
	kho_unpreserve_folio(folio);
}

static void preserving_again_after_unpreserving_is_correct(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 1);
	struct fake_kho_report report;

	for (int i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
		kho_unpreserve_folio(folio);
	}
	fake_kho_get_report(&report);
	KUNIT_EXPECT_EQ(test, report.count[FAKE_KHO_PRESERVED_TWICE], 0);
}

static void smaller_order_inside_is_noticed(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 3);
	struct page *inner = folio_page(folio, 5);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	KUNIT_EXPECT_EQ(test, kho_preserve_pages(inner, 1), 0);
	expect_only(test, FAKE_KHO_OVERLAP, page_to_pfn(inner));
	kho_unpreserve_pages(inner, 1);
	kho_unpreserve_folio(folio);
}

static void greater_order_around_is_noticed(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 3);
	struct page *inner = folio_page(folio, 5);

	KUNIT_EXPECT_EQ(test, kho_preserve_pages(inner, 1), 0);
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	expect_only(test, FAKE_KHO_OVERLAP, folio_pfn(folio));
	kho_unpreserve_pages(inner, 1);
	kho_unpreserve_folio(folio);
}

static void other_order_at_the_same_page_is_noticed(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 3);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	KUNIT_EXPECT_EQ(test, kho_preserve_pages(folio_page(folio, 0), 1), 0);
	expect_only(test, FAKE_KHO_OVERLAP, folio_pfn(folio));
	kho_unpreserve_pages(folio_page(folio, 0), 1);
	kho_unpreserve_folio(folio);
}

static void neighbours_do_not_overlap(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 3);
	struct fake_kho_report report;

	for (unsigned int i = 0; i < 8; i += 2)
		KUNIT_EXPECT_EQ(test, 0,
				kho_preserve_pages(folio_page(folio, i), 2));
	fake_kho_get_report(&report);
	KUNIT_EXPECT_EQ(test, report.count[FAKE_KHO_OVERLAP], 0);
	for (unsigned int i = 0; i < 8; i += 2)
		kho_unpreserve_pages(folio_page(folio, i), 2);
}

static void unpreserving_what_is_not_preserved_is_noticed(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 1);

	kho_unpreserve_folio(folio);
	expect_only(test, FAKE_KHO_UNPRESERVED_ABSENT, folio_pfn(folio));
}

static void unpreserving_with_another_order_is_noticed(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 1);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	kho_unpreserve_pages(folio_page(folio, 1), 1);
	expect_only(test, FAKE_KHO_UNPRESERVED_OTHER_ORDER,
		    folio_pfn(folio) + 1);
	kho_unpreserve_folio(folio);
}

static void restoring_what_does_not_wait_is_noticed(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 0);

	kunit_warning_suppress(test)
		KUNIT_EXPECT_NULL(test,
				  kho_restore_folio(PFN_PHYS(folio_pfn(folio))));
	expect_only(test, FAKE_KHO_RESTORED_ABSENT, folio_pfn(folio));
}

static void restoring_twice_is_noticed(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 2);
	phys_addr_t phys = PFN_PHYS(folio_pfn(folio));

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	mock_kexec(test);

	KUNIT_EXPECT_PTR_EQ(test, kho_restore_folio(phys), folio);
	kunit_warning_suppress(test)
		KUNIT_EXPECT_NULL(test, kho_restore_folio(phys));
	expect_only(test, FAKE_KHO_RESTORED_ABSENT, folio_pfn(folio));
	folio_put(folio);
}

static void freeing_a_preserved_folio_is_noticed(struct kunit *test)
{
	void *mem = kho_alloc_preserve(4 * PAGE_SIZE);
	unsigned long pfn;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	pfn = folio_pfn(virt_to_folio(mem));
	folio_put(virt_to_folio(mem));
	expect_only(test, FAKE_KHO_FREED_PRESERVED, pfn);
}

static void freeing_a_preserved_table_is_noticed(struct kunit *test)
{
	void *table = iommu_alloc_pages_sz(GFP_KERNEL, PAGE_SIZE);
	unsigned long pfn;

	KUNIT_ASSERT_NOT_NULL(test, table);
	pfn = folio_pfn(virt_to_folio(table));
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(virt_to_folio(table)), 0);
	iommu_free_pages(table);
	expect_only(test, FAKE_KHO_FREED_PRESERVED, pfn);
}

static void freed_while_preserved_is_not_handed_over(struct kunit *test)
{
	void *mem = kho_alloc_preserve(PAGE_SIZE);
	unsigned long pfn;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	pfn = folio_pfn(virt_to_folio(mem));
	folio_put(virt_to_folio(mem));
	mock_kexec(test);

	KUNIT_EXPECT_EQ(test, kho_preserved_order(PFN_PHYS(pfn)), -ENOENT);
	expect_only(test, FAKE_KHO_FREED_PRESERVED, pfn);
}

static void plain_put_of_a_waiting_page_is_noticed(struct kunit *test)
{
	void *mem = kho_alloc_preserve(PAGE_SIZE);
	unsigned long pfn;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	pfn = folio_pfn(virt_to_folio(mem));
	mock_kexec(test);

	folio_put(virt_to_folio(mem));
	expect_only(test, FAKE_KHO_FREED_WAITING, pfn);
}

static void table_freed_while_waiting_is_noticed(struct kunit *test)
{
	void *table = iommu_alloc_pages_sz(GFP_KERNEL, PAGE_SIZE);
	struct liveupdate_snapshot before, after;
	unsigned long pfn;

	KUNIT_ASSERT_NOT_NULL(test, table);
	pfn = folio_pfn(virt_to_folio(table));
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(virt_to_folio(table)), 0);
	mock_kexec(test);

	liveupdate_snapshot_take(&before);
	iommu_free_pages(table);
	liveupdate_snapshot_take(&after);
	KUNIT_EXPECT_EQ(test, before.iommu_pages, after.iommu_pages);
	KUNIT_EXPECT_EQ(test, before.secondary_pagetable,
			after.secondary_pagetable);
	expect_only(test, FAKE_KHO_FREED_WAITING, pfn);
}

static void overwritten_mark_is_noticed(struct kunit *test)
{
	void *mem = kho_alloc_preserve(PAGE_SIZE);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	mock_kexec(test);

	virt_to_page(mem)->private = 0;
	expect_only(test, FAKE_KHO_FREED_WAITING, page_to_pfn(virt_to_page(mem)));
	/* The fake has given up the page: who knows whose it is now. */
	folio_put(virt_to_folio(mem));
}

static void free_by_an_ended_kernel_is_noticed(struct kunit *test)
{
	void *table = iommu_alloc_pages_sz(GFP_KERNEL, 4 * PAGE_SIZE);
	struct liveupdate_snapshot before, after;
	unsigned long pfn;

	KUNIT_ASSERT_NOT_NULL(test, table);
	pfn = folio_pfn(virt_to_folio(table));
	mock_kexec(test);

	liveupdate_snapshot_take(&before);
	iommu_free_pages(table);
	expect_only(test, FAKE_KHO_FREED_STALE, pfn);

	/* It is still in quarantine. */
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	KUNIT_EXPECT_TRUE(test, mock_kexec_is_poisoned(table, 4 * PAGE_SIZE));
}

static void left_waiting_is_noticed(struct kunit *test)
{
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, kho_alloc_preserve(PAGE_SIZE));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, kho_alloc_preserve(4 * PAGE_SIZE));
	mock_kexec(test);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, 2);
}

static void left_preserved_is_noticed(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 0);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	fake_kho_expect(test, FAKE_KHO_LEFT_PRESERVED, 1);
}

static void left_allocated_is_noticed(struct kunit *test)
{
	void *mem = kho_alloc_preserve(PAGE_SIZE);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	kho_unpreserve_folio(virt_to_folio(mem));
	KUNIT_EXPECT_NOT_NULL(test, iommu_alloc_pages_sz(GFP_KERNEL,
							 2 * PAGE_SIZE));
	fake_kho_expect(test, FAKE_KHO_LEFT_ALLOCATED, 2);
}

static void calls_are_counted(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 2);
	phys_addr_t phys = PFN_PHYS(folio_pfn(folio));
	struct fake_kho_calls calls;

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	kho_unpreserve_folio(folio);
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	mock_kexec(test);
	KUNIT_EXPECT_EQ(test, kho_preserved_order(phys), 2);
	KUNIT_EXPECT_PTR_EQ(test, kho_restore_folio(phys), folio);
	folio_put(folio);

	fake_kho_get_calls(&calls);
	KUNIT_EXPECT_EQ(test, calls.preserve, 2);
	KUNIT_EXPECT_EQ(test, calls.unpreserve, 1);
	KUNIT_EXPECT_EQ(test, calls.query, 1);
	KUNIT_EXPECT_EQ(test, calls.restore, 1);
	KUNIT_EXPECT_EQ(test, calls.restored_pages, 4);
}

static void undeclared_report_is_unexpected(struct kunit *test)
{
	unsigned long expected[FAKE_KHO_NR_KINDS] = {};
	struct fake_kho_report report = {};

	KUNIT_EXPECT_EQ(test, fake_kho_unexpected(&report, expected), -ENOENT);
	for (int kind = 0; kind < FAKE_KHO_NR_KINDS; kind++) {
		report.count[kind] = 2;
		KUNIT_EXPECT_EQ(test, fake_kho_unexpected(&report, expected),
				kind);
		expected[kind] = 1;
		KUNIT_EXPECT_EQ(test, fake_kho_unexpected(&report, expected),
				kind);
		expected[kind] = FAKE_KHO_ANY;
		KUNIT_EXPECT_EQ(test, fake_kho_unexpected(&report, expected),
				-ENOENT);
		expected[kind] = 2;
		KUNIT_EXPECT_EQ(test, fake_kho_unexpected(&report, expected),
				-ENOENT);
	}
}

static int start_fake_kho(struct kunit *test)
{
	fake_kho_start(test);
	return 0;
}

static struct kunit_case fake_kho_cases[] = {
	KUNIT_CASE(correct_use_reports_nothing),
	KUNIT_CASE(preserving_twice_is_noticed),
	KUNIT_CASE(preserving_again_after_unpreserving_is_correct),
	KUNIT_CASE(smaller_order_inside_is_noticed),
	KUNIT_CASE(greater_order_around_is_noticed),
	KUNIT_CASE(other_order_at_the_same_page_is_noticed),
	KUNIT_CASE(neighbours_do_not_overlap),
	KUNIT_CASE(unpreserving_what_is_not_preserved_is_noticed),
	KUNIT_CASE(unpreserving_with_another_order_is_noticed),
	KUNIT_CASE(restoring_what_does_not_wait_is_noticed),
	KUNIT_CASE(restoring_twice_is_noticed),
	KUNIT_CASE(freeing_a_preserved_folio_is_noticed),
	KUNIT_CASE(freeing_a_preserved_table_is_noticed),
	KUNIT_CASE(freed_while_preserved_is_not_handed_over),
	KUNIT_CASE(plain_put_of_a_waiting_page_is_noticed),
	KUNIT_CASE(table_freed_while_waiting_is_noticed),
	KUNIT_CASE(overwritten_mark_is_noticed),
	KUNIT_CASE(free_by_an_ended_kernel_is_noticed),
	KUNIT_CASE(left_waiting_is_noticed),
	KUNIT_CASE(left_preserved_is_noticed),
	KUNIT_CASE(left_allocated_is_noticed),
	KUNIT_CASE(calls_are_counted),
	KUNIT_CASE(undeclared_report_is_unexpected),
	{}
};

static struct kunit_suite fake_kho_suite = {
	.name = "fake_kho",
	.init = start_fake_kho,
	.test_cases = fake_kho_cases,
};

/* A test inside of a test: it may fail, and it may die. */

static void note_death(void *data)
{
}

/* As KUnit runs a case and its clean-up: each in a thread of its own */
static void run_in_thread(struct kunit *inner, void (*fn)(void *data))
{
	kunit_try_catch_init(&inner->try_catch, inner, fn, note_death, 30 * HZ);
	kunit_try_catch_run(&inner->try_catch, inner);
}

static void clean_up_inner(void *data)
{
	kunit_cleanup(data);
}

static enum kunit_status run_inner(struct kunit *test, void (*body)(void *data))
{
	struct kunit *inner = kunit_kzalloc(test, sizeof(*inner), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, inner);
	kunit_init_test(inner, "inner", NULL);
	run_in_thread(inner, body);
	run_in_thread(inner, clean_up_inner);
	return inner->status;
}

/* Leave something of everything behind, over two generations. */
static void leave_everything(struct kunit *inner)
{
	struct folio *folio;
	void *mem;

	fake_kho_start(inner);
	for (int i = 0; i < 2; i++) {
		iommu_alloc_pages_sz(GFP_KERNEL, 2 * PAGE_SIZE);
		mem = kho_alloc_preserve(4 * PAGE_SIZE);
		kho_add_subtree("inner", mem, PAGE_SIZE);
		folio = mock_kexec_alloc_folio(inner, 3);
		kho_preserve_folio(folio);
		mock_kexec(inner);
	}
	kho_alloc_preserve(PAGE_SIZE);
	iommu_alloc_pages_sz(GFP_KERNEL, PAGE_SIZE);
}

static void leave_and_fail(void *data)
{
	leave_everything(data);
}

static void leave_and_die(void *data)
{
	struct kunit *inner = data;

	leave_everything(inner);
	kunit_try_catch_throw(&inner->try_catch);
}

static void declare_and_leave(void *data)
{
	leave_everything(data);
	fake_kho_expect(data, FAKE_KHO_LEFT_WAITING, 4);
	fake_kho_expect(data, FAKE_KHO_LEFT_PRESERVED, 1);
	fake_kho_expect(data, FAKE_KHO_LEFT_ALLOCATED, FAKE_KHO_ANY);
}

static void declare_too_much(void *data)
{
	fake_kho_start(data);
	fake_kho_expect(data, FAKE_KHO_LEFT_WAITING, 1);
}

static void do_nothing(void *data)
{
	fake_kho_start(data);
}

/* The next case finds a KHO as if nothing had happened. */
static void expect_clean(struct kunit *test,
			 const struct liveupdate_snapshot *before)
{
	struct liveupdate_snapshot after;
	struct fake_kho_report report;
	phys_addr_t phys;

	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, before, &after);

	fake_kho_start(test);
	fake_kho_get_report(&report);
	for (int i = 0; i < FAKE_KHO_NR_KINDS; i++)
		KUNIT_EXPECT_EQ(test, report.count[i], 0);
	KUNIT_EXPECT_EQ(test, mock_kexec_generation(), 0);
	KUNIT_EXPECT_FALSE(test, is_kho_boot());
	mock_kexec(test);
	KUNIT_EXPECT_EQ(test, kho_retrieve_subtree("inner", &phys, NULL),
			-ENOENT);
}

static void undeclared_report_fails_the_test(struct kunit *test)
{
	struct liveupdate_snapshot before;

	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, run_inner(test, leave_and_fail), KUNIT_FAILURE);
	expect_clean(test, &before);
}

static void test_that_dies_leaves_the_next_clean(struct kunit *test)
{
	struct liveupdate_snapshot before;

	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, run_inner(test, leave_and_die), KUNIT_FAILURE);
	expect_clean(test, &before);
}

static void declared_report_passes_the_test(struct kunit *test)
{
	struct liveupdate_snapshot before;

	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, run_inner(test, declare_and_leave), KUNIT_SUCCESS);
	expect_clean(test, &before);
}

static void declared_and_not_seen_fails_the_test(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, run_inner(test, declare_too_much), KUNIT_FAILURE);
	KUNIT_EXPECT_EQ(test, run_inner(test, do_nothing), KUNIT_SUCCESS);
}

static struct kunit_case fake_kho_life_cycle_cases[] = {
	KUNIT_CASE(undeclared_report_fails_the_test),
	KUNIT_CASE(test_that_dies_leaves_the_next_clean),
	KUNIT_CASE(declared_report_passes_the_test),
	KUNIT_CASE(declared_and_not_seen_fails_the_test),
	{}
};

static struct kunit_suite fake_kho_life_cycle_suite = {
	.name = "fake_kho_life_cycle",
	.test_cases = fake_kho_life_cycle_cases,
};

kunit_test_suites(&fake_kho_suite, &fake_kho_life_cycle_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the report of the fake KHO");
