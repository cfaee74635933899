// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The n-th failure sweep, tested
 *
 * The failures of each kind of allocation are really injected, each verdict is
 * given when it has to be, and a leak of each kind that the snapshot covers is
 * noticed in an entry point that was broken on purpose.
 */

#include <linux/idr.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/mm.h>
#include <linux/panic.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "fake_kho.h"
#include "mock_kexec.h"
#include "nth_failure.h"

#define NR_ALLOCATIONS	3

/* Entry points that are right */

/**
 * struct allocations - What the entry points here allocate.
 * @mem: Memory of any kind.
 * @xa: An xarray.
 * @ida: An IDA.
 * @folio: A folio to preserve.
 * @area: A vmalloc area to preserve.
 * @record: The record of @area.
 * @checks: How often the check after a failure ran.
 */
struct allocations {
	void *mem[NR_ALLOCATIONS];
	struct xarray xa;
	struct ida ida;
	struct folio *folio;
	void *area;
	struct kho_vmalloc record;
	unsigned int checks;
};

static int allocate_each(struct allocations *all, void *(*alloc)(void),
			 void (*release)(const void *mem))
{
	for (int i = 0; i < NR_ALLOCATIONS; i++) {
		all->mem[i] = alloc();
		if (!all->mem[i]) {
			while (i--)
				release(all->mem[i]);
			return -ENOMEM;
		}
	}
	return 0;
}

static void release_each(struct allocations *all,
			 void (*release)(const void *mem))
{
	for (int i = 0; i < NR_ALLOCATIONS; i++)
		release(all->mem[i]);
}

static void *slab_alloc(void)
{
	return kmalloc(64, GFP_KERNEL);
}

static int slab_run(struct kunit *test, void *context)
{
	return allocate_each(context, slab_alloc, kfree);
}

static void slab_undo(struct kunit *test, void *context)
{
	release_each(context, kfree);
}

static void *page_alloc(void)
{
	return (void *)get_zeroed_page(GFP_KERNEL);
}

static void page_release(const void *mem)
{
	free_page((unsigned long)mem);
}

static int page_run(struct kunit *test, void *context)
{
	return allocate_each(context, page_alloc, page_release);
}

static void page_undo(struct kunit *test, void *context)
{
	release_each(context, page_release);
}

static void *vmalloc_alloc(void)
{
	return __vmalloc(2 * PAGE_SIZE, GFP_KERNEL | __GFP_NOWARN);
}

static int vmalloc_run(struct kunit *test, void *context)
{
	return allocate_each(context, vmalloc_alloc, vfree);
}

static void vmalloc_undo(struct kunit *test, void *context)
{
	release_each(context, vfree);
}

static void *table_alloc(void)
{
	return iommu_alloc_pages_sz(GFP_KERNEL, PAGE_SIZE);
}

static void table_release(const void *mem)
{
	iommu_free_pages((void *)mem);
}

static int table_run(struct kunit *test, void *context)
{
	return allocate_each(context, table_alloc, table_release);
}

static void table_undo(struct kunit *test, void *context)
{
	release_each(context, table_release);
}

/* An xarray tries again with GFP_KERNEL what it first tries under its lock. */
static int xarray_run(struct kunit *test, void *context)
{
	struct allocations *all = context;

	return xa_err(xa_store(&all->xa, 1UL << 20, all, GFP_KERNEL));
}

static void xarray_undo(struct kunit *test, void *context)
{
	struct allocations *all = context;

	xa_destroy(&all->xa);
}

static int ida_run(struct kunit *test, void *context)
{
	struct allocations *all = context;
	int id = ida_alloc_min(&all->ida, 5000, GFP_KERNEL);

	return min(id, 0);
}

static void ida_undo(struct kunit *test, void *context)
{
	struct allocations *all = context;

	ida_destroy(&all->ida);
}

static int kho_folio_run(struct kunit *test, void *context)
{
	struct allocations *all = context;

	return kho_preserve_folio(all->folio);
}

static void kho_folio_undo(struct kunit *test, void *context)
{
	struct allocations *all = context;

	kho_unpreserve_folio(all->folio);
}

/* Pages 1, 2 to 3, 4 to 6: four pieces */
static int kho_pages_run(struct kunit *test, void *context)
{
	struct allocations *all = context;

	return kho_preserve_pages(folio_page(all->folio, 1), 6);
}

static void kho_pages_undo(struct kunit *test, void *context)
{
	struct allocations *all = context;

	kho_unpreserve_pages(folio_page(all->folio, 1), 6);
}

static int kho_alloc_run(struct kunit *test, void *context)
{
	struct allocations *all = context;

	all->mem[0] = kho_alloc_preserve(PAGE_SIZE);
	return PTR_ERR_OR_ZERO(all->mem[0]);
}

static void kho_alloc_undo(struct kunit *test, void *context)
{
	struct allocations *all = context;

	kho_unpreserve_free(all->mem[0]);
}

static int kho_subtree_run(struct kunit *test, void *context)
{
	struct allocations *all = context;

	return kho_add_subtree("sweep", folio_address(all->folio), PAGE_SIZE);
}

static void kho_subtree_undo(struct kunit *test, void *context)
{
	struct allocations *all = context;

	kho_remove_subtree(folio_address(all->folio));
}

static int kho_vmalloc_run(struct kunit *test, void *context)
{
	struct allocations *all = context;

	return kho_preserve_vmalloc(all->area, &all->record);
}

static void kho_vmalloc_undo(struct kunit *test, void *context)
{
	struct allocations *all = context;

	kho_unpreserve_vmalloc(&all->record);
}

/**
 * struct injected_kind - A kind of allocation, and what a sweep over it finds.
 * @name: What it is called.
 * @run: The entry point.
 * @undo: Undoes @run.
 * @points: The least number of points.
 * @failed: The least number of points that made @run fail.
 * @survived: The least number of points that it survived.
 */
struct injected_kind {
	const char *name;
	int (*run)(struct kunit *test, void *context);
	void (*undo)(struct kunit *test, void *context);
	unsigned int points;
	unsigned int failed;
	unsigned int survived;
};

static const struct injected_kind injected_kinds[] = {
	{ "slab", slab_run, slab_undo, 3, 3, 0 },
	{ "page", page_run, page_undo, 3, 3, 0 },
	/* A failure is survived where an area comes from a pool, or pages singly. */
	{ "vmalloc", vmalloc_run, vmalloc_undo, 9, 6, 0 },
	{ "iommu-pages", table_run, table_undo, 3, 3, 0 },
	{ "xarray", xarray_run, xarray_undo, 3, 0, 3 },
	{ "IDA", ida_run, ida_undo, 2, 0, 2 },
	{ "kho_preserve_folio", kho_folio_run, kho_folio_undo, 1, 1, 0 },
	{ "kho_preserve_pages", kho_pages_run, kho_pages_undo, 4, 4, 0 },
	{ "kho_alloc_preserve", kho_alloc_run, kho_alloc_undo, 2, 2, 0 },
	{ "kho_add_subtree", kho_subtree_run, kho_subtree_undo, 1, 1, 0 },
	{ "kho_preserve_vmalloc", kho_vmalloc_run, kho_vmalloc_undo, 4, 4, 0 },
};

static void kind_desc(const struct injected_kind *kind, char *desc)
{
	strscpy(desc, kind->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kind, injected_kinds, kind_desc);

KUNIT_DEFINE_ACTION_WRAPPER(vfree_area, vfree, const void *);

static struct allocations *start_allocations(struct kunit *test)
{
	struct allocations *all;

	all = kunit_kzalloc(test, sizeof(*all), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, all);
	xa_init(&all->xa);
	ida_init(&all->ida);
	all->folio = mock_kexec_alloc_folio(test, 3);
	all->area = vmalloc(2 * PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, all->area);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, vfree_area, all->area));
	return all;
}

static void each_failure_is_injected(struct kunit *test)
{
	const struct injected_kind *kind = test->param_value;
	struct nth_failure_sweep sweep = {
		.name = kind->name,
		.run = kind->run,
		.undo = kind->undo,
		.context = start_allocations(test),
		.minimum = kind->points,
	};
	struct nth_failure_result result;

	nth_failure_run(test, &sweep, &result);

	KUNIT_EXPECT_STREQ(test, nth_failure_verdict_name(result.verdict),
			   nth_failure_verdict_name(NTH_FAILURE_PASSED));
	KUNIT_EXPECT_GE(test, result.points, kind->points);
	KUNIT_EXPECT_GE(test, result.failed, kind->failed);
	KUNIT_EXPECT_GE(test, result.survived, kind->survived);
	KUNIT_EXPECT_EQ(test, result.points, result.failed + result.survived);
	kunit_info(test, "%u points, %u failed, %u survived", result.points,
		   result.failed, result.survived);
}

/* Verdicts */

static enum nth_failure_verdict verdict_of(struct kunit *test,
					   const struct nth_failure_sweep *sweep)
{
	struct nth_failure_result result;

	nth_failure_run(test, sweep, &result);
	return result.verdict;
}

static int empty_run(struct kunit *test, void *context)
{
	return 0;
}

static void nothing_injected_is_a_failure(struct kunit *test)
{
	struct nth_failure_sweep sweep = { .run = empty_run };

	KUNIT_EXPECT_EQ(test, verdict_of(test, &sweep),
			NTH_FAILURE_NOTHING_INJECTED);
}

static void too_few_points_are_a_failure(struct kunit *test)
{
	struct nth_failure_sweep sweep = {
		.run = kho_folio_run,
		.undo = kho_folio_undo,
		.context = start_allocations(test),
		.minimum = 2,
	};

	KUNIT_EXPECT_EQ(test, verdict_of(test, &sweep),
			NTH_FAILURE_TOO_FEW_POINTS);
	sweep.minimum = 1;
	KUNIT_EXPECT_EQ(test, verdict_of(test, &sweep), NTH_FAILURE_PASSED);
}

static int io_error_run(struct kunit *test, void *context)
{
	return kho_folio_run(test, context) ? -EIO : 0;
}

static void wrong_errno_is_a_failure(struct kunit *test)
{
	struct nth_failure_sweep sweep = {
		.run = io_error_run,
		.undo = kho_folio_undo,
		.context = start_allocations(test),
	};

	KUNIT_EXPECT_EQ(test, verdict_of(test, &sweep),
			NTH_FAILURE_WRONG_ERRNO);
	sweep.expected_errno = -EIO;
	KUNIT_EXPECT_EQ(test, verdict_of(test, &sweep), NTH_FAILURE_PASSED);
}

static int invalid_run(struct kunit *test, void *context)
{
	int err = kho_folio_run(test, context);

	if (err)
		return err;
	kho_folio_undo(test, context);
	return -EINVAL;
}

static void failure_without_injection_is_a_failure(struct kunit *test)
{
	struct nth_failure_sweep sweep = {
		.run = invalid_run,
		.context = start_allocations(test),
	};

	KUNIT_EXPECT_EQ(test, verdict_of(test, &sweep),
			NTH_FAILURE_FAILED_UNINJECTED);
}

static int warn_of_vmalloc(struct kunit *test, void *context)
{
	void *mem = vmalloc(PAGE_SIZE);

	vfree(mem);
	return mem ? 0 : -ENOMEM;
}

/* Otherwise there is a call trace in the log, which the gate does not allow. */
static void warning_of_vmalloc_is_not_printed(struct kunit *test)
{
	struct nth_failure_sweep sweep = {
		.run = warn_of_vmalloc,
		.minimum = 2,
		.warns = true,
	};

	KUNIT_EXPECT_EQ(test, verdict_of(test, &sweep), NTH_FAILURE_PASSED);
	KUNIT_EXPECT_FALSE(test, nth_failure_is_unheard());
}

static int taint_and_fail(struct kunit *test, void *context)
{
	void *mem = kmalloc(64, GFP_KERNEL);

	if (!mem)
		add_taint(TAINT_AUX, LOCKDEP_STILL_OK);
	kfree(mem);
	return mem ? 0 : -ENOMEM;
}

static void splat_that_nobody_hears_is_a_failure(struct kunit *test)
{
	struct nth_failure_sweep sweep = {
		.run = taint_and_fail,
		.warns = true,
	};

	if (test_taint(TAINT_AUX))
		kunit_skip(test, "this kernel is tainted by the same");
	KUNIT_EXPECT_EQ(test, verdict_of(test, &sweep), NTH_FAILURE_SPLAT);
	KUNIT_EXPECT_FALSE(test, nth_failure_is_unheard());
}

static void sweep_ends_at_its_limit(struct kunit *test)
{
	struct nth_failure_sweep sweep = {
		.run = slab_run,
		.undo = slab_undo,
		.context = start_allocations(test),
		.limit = 2,
	};

	KUNIT_EXPECT_EQ(test, verdict_of(test, &sweep), NTH_FAILURE_ENDLESS);
}

static void count_call(struct kunit *test, void *context)
{
	struct allocations *all = context;

	all->checks++;
}

static void check_runs_after_each_failure(struct kunit *test)
{
	struct allocations *all = start_allocations(test);
	struct nth_failure_sweep sweep = {
		.run = kho_pages_run,
		.undo = kho_pages_undo,
		.check = count_call,
		.context = all,
	};
	struct nth_failure_result result;

	nth_failure_run(test, &sweep, &result);
	KUNIT_EXPECT_EQ(test, result.verdict, NTH_FAILURE_PASSED);
	KUNIT_EXPECT_EQ(test, result.failed, 4);
	/* The result is that of the last round, and there are at least two */
	KUNIT_EXPECT_GE(test, all->checks, 2 * result.failed);
	KUNIT_EXPECT_EQ(test, 0, all->checks % result.failed);
}

/**
 * struct passing_point - An entry point with a point that comes and goes.
 * @calls: How often it was called.
 * @leaked: Its broken error path ran.
 */
struct passing_point {
	unsigned int calls;
	void *leaked;
};

/*
 * Pages, as the slab allocator has points of its own: if it cannot get a large
 * slab it takes a small one.
 */
static int passing_point_run(struct kunit *test, void *context)
{
	struct passing_point *point = context;
	unsigned long first, second;

	first = __get_free_page(GFP_KERNEL);
	if (!first)
		return -ENOMEM;

	/* The second pass meets this instead of what follows. */
	if (++point->calls == 1)
		free_page(__get_free_page(GFP_KERNEL));

	second = __get_free_page(GFP_KERNEL);
	if (!second)
		point->leaked = iommu_alloc_pages_sz(GFP_KERNEL, PAGE_SIZE);
	free_page(first);
	if (!second)
		return -ENOMEM;
	free_page(second);
	return 0;
}

static void point_that_comes_and_goes_hides_nothing(struct kunit *test)
{
	struct passing_point point = {};
	struct nth_failure_sweep sweep = {
		.run = passing_point_run,
		.context = &point,
	};

	KUNIT_EXPECT_EQ(test, verdict_of(test, &sweep),
			NTH_FAILURE_STATE_CHANGED);
	iommu_free_pages(point.leaked);
}

static void nothing_is_armed_after_a_sweep(struct kunit *test)
{
	struct nth_failure_sweep sweep = {
		.run = slab_run,
		.undo = slab_undo,
		.context = start_allocations(test),
		.limit = 1,
	};

	verdict_of(test, &sweep);
	for (int i = 0; i < 100; i++)
		kho_unpreserve_free(kho_alloc_preserve(PAGE_SIZE));
#ifdef CONFIG_FAULT_INJECTION
	KUNIT_EXPECT_EQ(test, current->fail_nth, 0);
#endif
}

/* Entry points that are broken on purpose */

/**
 * struct leak - Something that a broken entry point leaves behind.
 * @name: What it is called.
 * @make: Leaves it behind, once.
 * @difference: What the snapshot has to call it.
 */
struct leak {
	const char *name;
	void (*make)(struct allocations *all);
	const char *difference;
};

static void leak_preservation(struct allocations *all)
{
	WARN_ON(kho_preserve_folio(all->folio));
}

static void leak_other_order(struct allocations *all)
{
	kho_unpreserve_free(all->mem[1]);
	all->mem[1] = kho_alloc_preserve(4 * PAGE_SIZE);
}

static void leak_kho_folio(struct allocations *all)
{
	all->mem[0] = kho_alloc_preserve(PAGE_SIZE);
	kho_unpreserve_folio(virt_to_folio(all->mem[0]));
}

static void leak_table(struct allocations *all)
{
	all->mem[0] = iommu_alloc_pages_sz(GFP_KERNEL, PAGE_SIZE);
}

static void lose_table(struct allocations *all)
{
	iommu_free_pages(all->mem[2]);
	all->mem[2] = NULL;
}

static void change_table(struct allocations *all)
{
	*((u8 *)all->mem[2] + 4095) ^= 1;
}

static void free_table_uncounted(struct allocations *all)
{
	mod_node_page_state(page_pgdat(virt_to_page(all->mem[2])),
			    NR_IOMMU_PAGES, 1);
}

static void uncount_secondary(struct allocations *all)
{
	lruvec_stat_mod_folio(virt_to_folio(all->mem[2]),
			      NR_SECONDARY_PAGETABLE, -1);
}

static void lose_waiting(struct allocations *all)
{
	kho_restore_free(folio_address(all->folio));
}

static void count_shmem(struct allocations *all)
{
	lruvec_stat_mod_folio(virt_to_folio(all->mem[2]), NR_SHMEM, 1);
}

static void leak_pin(struct allocations *all)
{
	mod_node_page_state(page_pgdat(virt_to_page(all->mem[2])),
			    NR_FOLL_PIN_ACQUIRED, 1);
}

static void change_managed(struct allocations *all)
{
	adjust_managed_page_count(virt_to_page(all->mem[2]), 1);
}

static const struct leak leaks[] = {
	{ "preservation", leak_preservation, "number of preservations" },
	{ "preservation of another order", leak_other_order,
	  "addresses of preservations" },
	{ "folio of KHO", leak_kho_folio, "folios that KHO handed out" },
	{ "table", leak_table, "folios of iommu-pages" },
	{ "table freed too early", lose_table, "folios of iommu-pages" },
	{ "one bit in a table", change_table, "bytes in iommu-pages" },
	{ "count of iommu pages", free_table_uncounted, "NR_IOMMU_PAGES" },
	{ "count of secondary page tables", uncount_secondary,
	  "NR_SECONDARY_PAGETABLE" },
	{ "waiting memory restored and freed", lose_waiting,
	  "number of waiting preservations" },
	{ "page of a memfd", count_shmem, "NR_SHMEM" },
	{ "pin", leak_pin, "pins of pages" },
	{ "managed pages", change_managed, "managed pages" },
};

static void leak_desc(const struct leak *leak, char *desc)
{
	strscpy(desc, leak->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(leak, leaks, leak_desc);

/**
 * struct broken - An entry point with one leak.
 * @all: What it works on.
 * @leak: The leak.
 * @on_success: It leaks when it is undone, not on its error path.
 */
struct broken {
	struct allocations *all;
	const struct leak *leak;
	bool on_success;
};

static int broken_run(struct kunit *test, void *context)
{
	struct broken *broken = context;
	void *mem = kmalloc(64, GFP_KERNEL);

	if (!mem && !broken->on_success)
		broken->leak->make(broken->all);
	if (!mem)
		return -ENOMEM;
	kfree(mem);
	return 0;
}

static void broken_undo(struct kunit *test, void *context)
{
	struct broken *broken = context;

	if (broken->on_success)
		broken->leak->make(broken->all);
}

static void fix_counts(struct broken *broken)
{
	struct allocations *all = broken->all;

	if (broken->leak->make == free_table_uncounted)
		mod_node_page_state(page_pgdat(virt_to_page(all->mem[2])),
				    NR_IOMMU_PAGES, -1);
	if (broken->leak->make == uncount_secondary)
		lruvec_stat_mod_folio(virt_to_folio(all->mem[2]),
				      NR_SECONDARY_PAGETABLE, 1);
	if (broken->leak->make == count_shmem)
		lruvec_stat_mod_folio(virt_to_folio(all->mem[2]), NR_SHMEM, -1);
	if (broken->leak->make == leak_pin)
		mod_node_page_state(page_pgdat(virt_to_page(all->mem[2])),
				    NR_FOLL_PIN_ACQUIRED, -1);
	if (broken->leak->make == change_managed)
		adjust_managed_page_count(virt_to_page(all->mem[2]), -1);
}

static void expect_leak_noticed(struct kunit *test, bool on_success)
{
	struct broken broken = {
		.all = start_allocations(test),
		.leak = test->param_value,
		.on_success = on_success,
	};
	struct nth_failure_sweep sweep = {
		.run = broken_run,
		.undo = broken_undo,
		.context = &broken,
	};
	struct nth_failure_result result;

	for (int kind = 0; kind < FAKE_KHO_NR_KINDS; kind++)
		fake_kho_expect(test, kind, FAKE_KHO_ANY);

	/* A kernel that found something and made something of its own */
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(broken.all->folio), 0);
	mock_kexec(test);
	if (broken.leak->make == leak_preservation)
		broken.all->folio = mock_kexec_alloc_folio(test, 3);
	broken.all->mem[1] = kho_alloc_preserve(PAGE_SIZE);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, broken.all->mem[1]);
	broken.all->mem[2] = iommu_alloc_pages_sz(GFP_KERNEL, PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, broken.all->mem[2]);

	nth_failure_run(test, &sweep, &result);
	fix_counts(&broken);

	KUNIT_EXPECT_STREQ(test, nth_failure_verdict_name(result.verdict),
			   nth_failure_verdict_name(NTH_FAILURE_STATE_CHANGED));
	KUNIT_EXPECT_STREQ(test, result.difference, broken.leak->difference);
	KUNIT_EXPECT_EQ(test, result.at, on_success ? 2 : 1);
}

static void leak_of_a_failure_is_noticed(struct kunit *test)
{
	expect_leak_noticed(test, false);
}

static void leak_of_a_success_is_noticed(struct kunit *test)
{
	expect_leak_noticed(test, true);
}

/* What is still under way is no leak */

/**
 * struct deferred_free - Frees a table later.
 * @work: As a work item.
 * @rcu: Or after a grace period.
 * @table: The table.
 * @by_rcu: Which of them.
 */
struct deferred_free {
	struct work_struct work;
	struct rcu_head rcu;
	void *table;
	bool by_rcu;
};

static void free_by_work(struct work_struct *work)
{
	iommu_free_pages(container_of(work, struct deferred_free, work)->table);
}

static void free_by_rcu(struct rcu_head *rcu)
{
	iommu_free_pages(container_of(rcu, struct deferred_free, rcu)->table);
}

static int deferred_run(struct kunit *test, void *context)
{
	struct deferred_free *deferred = context;

	deferred->table = iommu_alloc_pages_sz(GFP_KERNEL, PAGE_SIZE);
	return deferred->table ? 0 : -ENOMEM;
}

static void deferred_undo(struct kunit *test, void *context)
{
	struct deferred_free *deferred = context;

	if (deferred->by_rcu)
		call_rcu(&deferred->rcu, free_by_rcu);
	else
		schedule_work(&deferred->work);
}

static void what_is_under_way_is_no_leak(struct kunit *test)
{
	struct deferred_free *deferred;
	struct nth_failure_sweep sweep = {
		.run = deferred_run,
		.undo = deferred_undo,
	};

	deferred = kunit_kzalloc(test, sizeof(*deferred), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, deferred);
	INIT_WORK(&deferred->work, free_by_work);
	sweep.context = deferred;

	for (int by_rcu = 0; by_rcu < 2; by_rcu++) {
		deferred->by_rcu = by_rcu;
		KUNIT_EXPECT_EQ(test, verdict_of(test, &sweep),
				NTH_FAILURE_PASSED);
	}
}

static int start_fake_kho(struct kunit *test)
{
	fake_kho_start(test);
	return 0;
}

static struct kunit_case nth_failure_cases[] = {
	KUNIT_CASE_PARAM(each_failure_is_injected, kind_gen_params),
	KUNIT_CASE(nothing_injected_is_a_failure),
	KUNIT_CASE(too_few_points_are_a_failure),
	KUNIT_CASE(wrong_errno_is_a_failure),
	KUNIT_CASE(failure_without_injection_is_a_failure),
	KUNIT_CASE(warning_of_vmalloc_is_not_printed),
	KUNIT_CASE(splat_that_nobody_hears_is_a_failure),
	KUNIT_CASE(sweep_ends_at_its_limit),
	KUNIT_CASE(check_runs_after_each_failure),
	KUNIT_CASE(point_that_comes_and_goes_hides_nothing),
	KUNIT_CASE(nothing_is_armed_after_a_sweep),
	KUNIT_CASE_PARAM(leak_of_a_failure_is_noticed, leak_gen_params),
	KUNIT_CASE_PARAM(leak_of_a_success_is_noticed, leak_gen_params),
	KUNIT_CASE(what_is_under_way_is_no_leak),
	{}
};

static struct kunit_suite nth_failure_suite = {
	.name = "nth_failure",
	.init = start_fake_kho,
	.test_cases = nth_failure_cases,
};

kunit_test_suite(nth_failure_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the n-th failure sweep");
