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
 *
 * Here are the preservations of folios and pages. The report and the life cycle
 * are in fake_kho_report.c.
 */

#include <linux/bitops.h>
#include <linux/count_zeros.h>
#include <linux/fault-inject.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/log2.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>

#include "../../mm/internal.h"
#include "fake_kho_internal.h"

static DECLARE_FAULT_ATTR(fail_kho);

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

	fake_kho_count(kho, &kho->calls.preserve, 1);
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

	fake_kho_count(kho, &kho->calls.unpreserve, 1);
	if (fake_kho_forget(&kho->preserved, pfn, order))
		return;

	fake_kho_note(kho, overlaps(kho, pfn, order) ?
		      FAKE_KHO_UNPRESERVED_OTHER_ORDER :
		      FAKE_KHO_UNPRESERVED_ABSENT, pfn);
}

/**
 * fake_kho_await - Let memory wait that a kernel before this boot preserved.
 * @kho: The KHO of a test.
 * @pfn: The first page frame, whose pages nobody else has.
 * @order: The order.
 *
 * Context: Process context.
 *
 * Return: 0 or -ENOMEM.
 */
int fake_kho_await(struct fake_kho *kho, unsigned long pfn, unsigned int order)
{
	int err = set_orders_at(&kho->waiting, pfn, BIT(order));

	if (!err)
		mock_kexec_await(pfn, order);
	return err;
}

/**
 * fake_kho_next_generation - Turn what is outgoing into what is incoming.
 * @kho: The KHO.
 *
 * Of several preservations of one page, the one with the smallest order is the
 * last that the real KHO marks, so it is the one that waits.
 *
 * Context: Process context.
 */
void fake_kho_next_generation(struct fake_kho *kho)
{
	unsigned long pfn;
	void *entry;

	xa_destroy(&kho->waiting);
	xa_for_each(&kho->preserved, pfn, entry)
		set_orders_at(&kho->waiting, pfn,
			      BIT(__ffs(xa_to_value(entry))));
	xa_destroy(&kho->preserved);

	fake_kho_next_subtrees(kho);
	kho->generation++;
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
	struct fake_kho *kho = fake_kho_current();
	union fake_kho_page_info info;
	struct page *page;

	fake_kho_count(kho, &kho->calls.query, 1);
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

	fake_kho_count(kho, &kho->calls.restore, 1);
	fake_kho_count(kho, &kho->calls.restored_pages, BIT(info.order));
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
