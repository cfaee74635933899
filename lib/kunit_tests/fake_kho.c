// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The fake KHO
 *
 * Stands in for kexec handover in kernels that run KUnit suites and have no
 * KEXEC_HANDOVER. It has the interface of <linux/kexec_handover.h>, so that the
 * code under test is compiled and runs as it is.
 *
 * What it returns, and what it tolerates, is what the real KHO returns and
 * tolerates: the suite kho_contract runs against both. What it sees is kept in
 * a report that is stricter: memory preserved twice, unpreserved or restored
 * though it was not preserved, freed behind KHO's back, left over.
 *
 * Life cycle: there is always a KHO, for callers at boot. fake_kho_start()
 * gives a test one of its own, empty, and puts it away when the test ends,
 * however it ends. Anything in the report that the test did not declare with
 * fake_kho_expect() then fails the test, and all memory goes back to the
 * system. In between, mock_kexec() ends one kernel and begins the next one.
 *
 * Unhappy paths: each call that can run out of memory asks the fault attribute
 * fail_kho, and so meets the n-th failure sweep. Memory that the doubles
 * allocate for themselves is no point of failure.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitops.h>
#include <linux/count_zeros.h>
#include <linux/fault-inject.h>
#include <linux/hash.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/log2.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/test.h>
#include <kunit/visibility.h>

#include "../../mm/internal.h"
#include "fake_kho_internal.h"
#include "liveupdate_snapshot.h"
#include "mock_kexec.h"

#define FAKE_KHO_INIT(name) {						\
	.lock = __MUTEX_INITIALIZER((name).lock),			\
	.preserved = XARRAY_INIT((name).preserved, 0),			\
	.waiting = XARRAY_INIT((name).waiting, 0),			\
	.outgoing = LIST_HEAD_INIT((name).outgoing),			\
	.incoming = LIST_HEAD_INIT((name).incoming),			\
	.vmalloc_areas = LIST_HEAD_INIT((name).vmalloc_areas),		\
	.report_lock = __SPIN_LOCK_UNLOCKED((name).report_lock),	\
}

static struct fake_kho boot_kho = FAKE_KHO_INIT(boot_kho);
static struct fake_kho test_kho = FAKE_KHO_INIT(test_kho);

static DECLARE_FAULT_ATTR(fail_kho);

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
 * fake_kho_should_fail - Is this call the one that has to fail.
 *
 * Context: Any.
 *
 * Return: true if the caller must fail with -ENOMEM.
 */
bool fake_kho_should_fail(void)
{
	return should_fail_ex(&fail_kho, 1, FAULT_NOWARN);
}

#define fake_kho_count(kho, member, by) do {				\
	guard(spinlock_irqsave)(&(kho)->report_lock);			\
	(kho)->calls.member += (by);					\
} while (0)

/* Sets of preservations */

static unsigned long orders_at(struct xarray *ranges, unsigned long pfn)
{
	void *entry = xa_load(ranges, pfn);

	return entry ? xa_to_value(entry) : 0;
}

static int set_orders_at(struct xarray *ranges, unsigned long pfn,
			 unsigned long orders)
{
	CLASS(fail_nth_paused, nth)();

	if (!orders) {
		xa_erase(ranges, pfn);
		return 0;
	}
	return xa_err(xa_store(ranges, pfn, xa_mk_value(orders), GFP_KERNEL));
}

/* Does another preservation than (pfn, order) itself have some of its pages? */
static bool overlaps(struct fake_kho *kho, unsigned long pfn,
		     unsigned int order)
{
	unsigned long index = pfn;

	if (orders_at(&kho->preserved, pfn) & ~BIT(order))
		return true;
	if (order && xa_find_after(&kho->preserved, &index,
				   pfn + BIT(order) - 1, XA_PRESENT))
		return true;

	for (unsigned int above = order + 1; above <= kho->max_order; above++) {
		if (orders_at(&kho->preserved, pfn & ~(BIT(above) - 1)) &
		    BIT(above))
			return true;
	}
	return false;
}

/**
 * fake_kho_for_each - Call a function for each preservation of a set.
 * @ranges: The set, which @fn may change.
 * @fn: The function.
 * @data: Passed to @fn.
 *
 * In the order in which the real KHO walks its tree at boot, at least for
 * preservations that begin at the same page: the greatest order first.
 *
 * Context: Process context.
 */
void fake_kho_for_each(struct xarray *ranges, fake_kho_range_fn fn, void *data)
{
	unsigned long pfn;
	void *entry;

	xa_for_each(ranges, pfn, entry) {
		unsigned long orders = xa_to_value(entry);

		while (orders) {
			unsigned int order = __fls(orders);

			fn(pfn, order, data);
			orders &= ~BIT(order);
		}
	}
}

/**
 * fake_kho_forget - Take a preservation out of a set.
 * @ranges: The set.
 * @pfn: Its first page frame.
 * @order: Its order.
 *
 * Context: Any but interrupts. Does not sleep: it only makes the set smaller.
 *
 * Return: true if it was in the set.
 */
bool fake_kho_forget(struct xarray *ranges, unsigned long pfn,
		     unsigned int order)
{
	unsigned long orders = orders_at(ranges, pfn);

	if (!(orders & BIT(order)))
		return false;

	set_orders_at(ranges, pfn, orders & ~BIT(order));
	return true;
}

static int preserve_range(struct fake_kho *kho, unsigned long pfn,
			  unsigned int order)
{
	unsigned long orders;

	might_sleep();
	if (fake_kho_should_fail())
		return -ENOMEM;

	guard(mutex)(&kho->lock);

	fake_kho_count(kho, preserve, 1);
	mock_kexec_represerved(pfn);

	orders = orders_at(&kho->preserved, pfn);
	if (orders & BIT(order)) {
		fake_kho_note(kho, FAKE_KHO_PRESERVED_TWICE, pfn);
		return 0;
	}
	if (overlaps(kho, pfn, order))
		fake_kho_note(kho, FAKE_KHO_OVERLAP, pfn);

	kho->max_order = max(kho->max_order, order);
	return set_orders_at(&kho->preserved, pfn, orders | BIT(order));
}

static void unpreserve_range(struct fake_kho *kho, unsigned long pfn,
			     unsigned int order)
{
	might_sleep();
	guard(mutex)(&kho->lock);

	fake_kho_count(kho, unpreserve, 1);
	if (fake_kho_forget(&kho->preserved, pfn, order))
		return;

	fake_kho_note(kho, overlaps(kho, pfn, order) ?
		      FAKE_KHO_UNPRESERVED_OTHER_ORDER :
		      FAKE_KHO_UNPRESERVED_ABSENT, pfn);
}

/* The interface of <linux/kexec_handover.h> */

bool kho_is_enabled(void)
{
	return true;
}
EXPORT_SYMBOL_GPL(kho_is_enabled);

bool is_kho_boot(void)
{
	return fake_kho_current()->generation;
}
EXPORT_SYMBOL_GPL(is_kho_boot);

int kho_preserve_folio(struct folio *folio)
{
	return preserve_range(fake_kho_current(), folio_pfn(folio),
			      folio_order(folio));
}
EXPORT_SYMBOL_GPL(kho_preserve_folio);

void kho_unpreserve_folio(struct folio *folio)
{
	unpreserve_range(fake_kho_current(), folio_pfn(folio),
			 folio_order(folio));
}
EXPORT_SYMBOL_GPL(kho_unpreserve_folio);

/* The greatest naturally aligned piece at the start, all on one node */
static unsigned int piece_order(unsigned long pfn, unsigned long end_pfn)
{
	unsigned int order = min(count_trailing_zeros(pfn),
				 ilog2(end_pfn - pfn));

	while (pfn_to_nid(pfn) != pfn_to_nid(pfn + BIT(order) - 1))
		order--;

	return order;
}

static void unpreserve_pfns(unsigned long pfn, unsigned long end_pfn)
{
	while (pfn < end_pfn) {
		unsigned int order = piece_order(pfn, end_pfn);

		unpreserve_range(fake_kho_current(), pfn, order);
		pfn += BIT(order);
	}
}

int kho_preserve_pages(struct page *page, unsigned long nr_pages)
{
	const unsigned long start_pfn = page_to_pfn(page);
	const unsigned long end_pfn = start_pfn + nr_pages;
	unsigned long pfn = start_pfn;

	while (pfn < end_pfn) {
		unsigned int order = piece_order(pfn, end_pfn);
		int err;

		err = preserve_range(fake_kho_current(), pfn, order);
		if (err) {
			unpreserve_pfns(start_pfn, pfn);
			return err;
		}
		pfn += BIT(order);
	}

	return 0;
}
EXPORT_SYMBOL_GPL(kho_preserve_pages);

void kho_unpreserve_pages(struct page *page, unsigned long nr_pages)
{
	const unsigned long pfn = page_to_pfn(page);

	unpreserve_pfns(pfn, pfn + nr_pages);
}
EXPORT_SYMBOL_GPL(kho_unpreserve_pages);

void *kho_alloc_preserve(size_t size)
{
	struct folio *folio;
	int order, err;

	if (!size)
		return ERR_PTR(-EINVAL);

	order = get_order(size);
	if (order > MAX_PAGE_ORDER)
		return ERR_PTR(-E2BIG);

	folio = folio_alloc(GFP_KERNEL | __GFP_ZERO, order);
	if (!folio)
		return ERR_PTR(-ENOMEM);

	err = kho_preserve_folio(folio);
	if (err) {
		folio_put(folio);
		return ERR_PTR(err);
	}

	mock_kexec_hand_out(folio);
	return folio_address(folio);
}
EXPORT_SYMBOL_GPL(kho_alloc_preserve);

void kho_unpreserve_free(void *mem)
{
	struct folio *folio;

	if (!mem)
		return;

	folio = virt_to_folio(mem);
	kho_unpreserve_folio(folio);
	folio_put(folio);
}
EXPORT_SYMBOL_GPL(kho_unpreserve_free);

int kho_preserved_order(phys_addr_t phys)
{
	union fake_kho_page_info info;
	struct page *page;

	fake_kho_count(fake_kho_current(), query, 1);
	if (!PAGE_ALIGNED(phys))
		return -EINVAL;

	page = pfn_to_online_page(PHYS_PFN(phys));
	if (!page)
		return -ENOENT;

	info.page_private = READ_ONCE(page->private);
	if (info.magic != FAKE_KHO_PAGE_MAGIC ||
	    info.order >= BITS_PER_LONG - PAGE_SHIFT)
		return -ENOENT;

	return info.order;
}
EXPORT_SYMBOL_GPL(kho_preserved_order);

static void init_restored(struct page *page, unsigned int order, bool is_folio)
{
	for (unsigned long i = 0; i < BIT(order); i++)
		set_page_count(page + i, i == 0 || !is_folio);

	if (is_folio && order)
		prep_compound_page(page, order);
	adjust_managed_page_count(page, BIT(order));
}

static struct page *restore_page(phys_addr_t phys, bool is_folio)
{
	struct fake_kho *kho = fake_kho_current();
	struct page *page = pfn_to_online_page(PHYS_PFN(phys));
	union fake_kho_page_info info;

	if (!page) {
		fake_kho_note(kho, FAKE_KHO_RESTORED_ABSENT, PHYS_PFN(phys));
		return NULL;
	}

	info.page_private = page->private;
	if (info.magic != FAKE_KHO_PAGE_MAGIC)
		fake_kho_note(kho, FAKE_KHO_RESTORED_ABSENT, PHYS_PFN(phys));
	if (WARN_ON_ONCE(info.magic != FAKE_KHO_PAGE_MAGIC))
		return NULL;

	fake_kho_count(kho, restore, 1);
	fake_kho_count(kho, restored_pages, BIT(info.order));
	if (!fake_kho_forget(&kho->waiting, PHYS_PFN(phys), info.order))
		fake_kho_note(kho, FAKE_KHO_RESTORED_ABSENT, PHYS_PFN(phys));

	page->private = 0;
	init_restored(page, info.order, is_folio);
	mock_kexec_restored(page, BIT(info.order));
	return page;
}

struct folio *kho_restore_folio(phys_addr_t phys)
{
	struct page *page = restore_page(phys, true);

	if (!page)
		return NULL;

	mock_kexec_hand_out(page_folio(page));
	return page_folio(page);
}
EXPORT_SYMBOL_GPL(kho_restore_folio);

struct page *kho_restore_pages(phys_addr_t phys, unsigned long nr_pages)
{
	const unsigned long start_pfn = PHYS_PFN(phys);
	const unsigned long end_pfn = start_pfn + nr_pages;
	unsigned long pfn = start_pfn;

	while (pfn < end_pfn) {
		unsigned int order = min(count_trailing_zeros(pfn),
					 ilog2(end_pfn - pfn));

		if (!restore_page(PFN_PHYS(pfn), false))
			return NULL;
		pfn += BIT(order);
	}

	return pfn_to_page(start_pfn);
}
EXPORT_SYMBOL_GPL(kho_restore_pages);

void kho_restore_free(void *mem)
{
	struct folio *folio;

	if (!mem)
		return;

	folio = kho_restore_folio(__pa(mem));
	if (!WARN_ON(!folio))
		folio_put(folio);
}
EXPORT_SYMBOL_GPL(kho_restore_free);

/* Subtrees */

/**
 * struct fake_kho_subtree - A named blob.
 * @list: Entry in the list of subtrees.
 * @phys: Physical address of the blob.
 * @size: Its size in bytes.
 * @name: Its name.
 */
struct fake_kho_subtree {
	struct list_head list;
	phys_addr_t phys;
	size_t size;
	char name[];
};

static struct fake_kho_subtree *find_subtree(struct list_head *subtrees,
					     const char *name)
{
	struct fake_kho_subtree *subtree;

	list_for_each_entry(subtree, subtrees, list) {
		if (!strcmp(subtree->name, name))
			return subtree;
	}
	return NULL;
}

static void free_subtrees(struct list_head *subtrees)
{
	struct fake_kho_subtree *subtree, *next;

	list_for_each_entry_safe(subtree, next, subtrees, list)
		kfree(subtree);
	INIT_LIST_HEAD(subtrees);
}

static struct fake_kho_subtree *alloc_subtree(const char *name)
{
	CLASS(fail_nth_paused, nth)();
	struct fake_kho_subtree *subtree;

	subtree = kzalloc_flex(*subtree, name, strlen(name) + 1);
	if (subtree)
		strscpy(subtree->name, name, strlen(name) + 1);
	return subtree;
}

int kho_add_subtree(const char *name, void *blob, size_t size)
{
	struct fake_kho *kho = fake_kho_current();
	struct fake_kho_subtree *subtree;

	guard(mutex)(&kho->lock);

	if (fake_kho_should_fail())
		return -ENOMEM;
	if (find_subtree(&kho->outgoing, name))
		return -EEXIST;

	subtree = alloc_subtree(name);
	if (!subtree)
		return -ENOMEM;

	subtree->phys = virt_to_phys(blob);
	subtree->size = size;
	list_add(&subtree->list, &kho->outgoing);
	return 0;
}
EXPORT_SYMBOL_GPL(kho_add_subtree);

void kho_remove_subtree(void *blob)
{
	struct fake_kho *kho = fake_kho_current();
	struct fake_kho_subtree *subtree;

	guard(mutex)(&kho->lock);

	list_for_each_entry(subtree, &kho->outgoing, list) {
		if (subtree->phys == virt_to_phys(blob)) {
			list_del(&subtree->list);
			kfree(subtree);
			return;
		}
	}
}
EXPORT_SYMBOL_GPL(kho_remove_subtree);

int kho_retrieve_subtree(const char *name, phys_addr_t *phys, size_t *size)
{
	struct fake_kho *kho = fake_kho_current();
	struct fake_kho_subtree *subtree;

	if (!kho->generation)
		return -ENOENT;
	if (!phys)
		return -EINVAL;

	guard(mutex)(&kho->lock);

	subtree = find_subtree(&kho->incoming, name);
	if (!subtree)
		return -ENOENT;

	*phys = subtree->phys;
	if (size)
		*size = subtree->size;
	return 0;
}
EXPORT_SYMBOL_GPL(kho_retrieve_subtree);

/**
 * fake_kho_next_generation - Turn what is outgoing into what is incoming.
 * @kho: The KHO. Its waiting set is empty.
 *
 * Context: Process context.
 */
void fake_kho_next_generation(struct fake_kho *kho)
{
	unsigned long pfn;
	void *entry;

	xa_destroy(&kho->waiting);
	xa_for_each(&kho->preserved, pfn, entry)
		set_orders_at(&kho->waiting, pfn, xa_to_value(entry));
	xa_destroy(&kho->preserved);

	free_subtrees(&kho->incoming);
	list_splice_init(&kho->outgoing, &kho->incoming);
	kho->generation++;
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
		if (expected[kind] != FAKE_KHO_ANY &&
		    expected[kind] != report->count[kind])
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
	int kind;

	for (kind = 0; kind < FAKE_KHO_NR_KINDS; kind++) {
		if (kho->expected[kind] == FAKE_KHO_ANY ||
		    kho->expected[kind] == kho->report.count[kind])
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
	free_subtrees(&kho->outgoing);
	free_subtrees(&kho->incoming);
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
