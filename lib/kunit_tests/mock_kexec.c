// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The mock kexec
 *
 * mock_kexec() ends the kernel that a test has run so far, and begins the next
 * one in the same memory. The next kernel finds what the real one would find:
 * preserved memory with its contents, marked by KHO, and the named subtrees.
 *
 * Everything else is lost, as far as the mock kexec knows of it: each folio
 * that iommu-pages handed out, and each folio that the fake KHO or
 * mock_kexec_alloc_folio() handed out. If it was not preserved it is filled
 * with MOCK_KEXEC_POISON and put into quarantine until the test ends. A stale
 * pointer then reads poison, and the memory cannot come back as something else.
 * Each struct page is scrubbed, and the accounting of the old kernel is undone.
 *
 * A preserved folio of a file is in a page cache and on an LRU list, charged and
 * pinned. It leaves all of them before it is scrubbed, because the lists and the
 * counters are those of the kernel that runs the tests. So a file of the old
 * kernel that is closed afterwards has no pages left that it could free. Pins are
 * taken back whoever has taken them: they are given back before mock_kexec(), or
 * never.
 *
 * How a page is found: one bit per page frame, in one map per state. The maps
 * need no allocation and no lock, because iommu-pages reports from any context.
 * Folios that anyone may free with a plain folio_put() carry a mark in
 * folio->private as well, which the page allocator clears.
 *
 * Unhappy paths: memory that was freed while it was preserved is not handed
 * over, memory that was freed while it waited is not given back a second time;
 * both are reported. Memory that the old kernel's objects free after their end
 * is reported and stays in quarantine.
 *
 * What the old kernel did not allocate through these allocators is not taken
 * away: a test frees its old objects itself, before or after mock_kexec(), but
 * without what they would do to preserved memory.
 */

#include <linux/bitmap.h>
#include <linux/jhash.h>
#include <linux/memblock.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pfn.h>
#include <linux/pgalloc_tag.h>
#include <linux/string.h>
#include <linux/swap.h>
#include <linux/vmalloc.h>

#include <kunit/test.h>
#include <kunit/visibility.h>

#include "../../drivers/iommu/liveupdate/pages.h"
#include "../../mm/internal.h"
#include "fake_kho_internal.h"
#include "mock_kexec.h"
#include "vtd_pages.h"

/*
 * The marks in folio->private of a folio that is in use. They cannot be taken
 * for KHO's own mark.
 */
#define MARK_HANDED_OUT		0x68616e6465640000UL
#define MARK_TEST_OWNED		0x7465737466000000UL

/**
 * struct page_maps - The state of each page frame, all zero between tests.
 * @iommu: First page of a folio that iommu-pages handed out.
 * @handed_out: First page of a folio that carries a mark, unless it was freed.
 * @freed: First page of a preservation that was freed while it was preserved.
 * @waiting: Page that waits to be restored.
 * @quarantined: Poisoned page of a kernel that ended.
 * @covered: Page of the preservations that a mock kexec hands over.
 * @nr_bits: Bits in each map.
 */
static struct page_maps {
	unsigned long *iommu;
	unsigned long *handed_out;
	unsigned long *freed;
	unsigned long *waiting;
	unsigned long *quarantined;
	unsigned long *covered;
	unsigned long nr_bits;
} maps;

/* Is a test running whose memory is looked after? */
static bool mock_kexec_active(void)
{
	return READ_ONCE(maps.nr_bits) && fake_kho_current()->test;
}

static unsigned long *alloc_map(unsigned long nr_bits)
{
	return vcalloc(BITS_TO_LONGS(nr_bits), sizeof(long));
}

/**
 * mock_kexec_begin - Get ready for a test.
 * @kho: The KHO of the test.
 *
 * The maps are allocated once and stay.
 *
 * Context: Process context.
 *
 * Return: 0 or -ENOMEM.
 */
int mock_kexec_begin(struct fake_kho *kho)
{
	unsigned long **map[] = {
		&maps.iommu, &maps.handed_out, &maps.freed,
		&maps.waiting, &maps.quarantined, &maps.covered,
	};

	for (int i = 0; i < ARRAY_SIZE(map); i++) {
		if (!*map[i])
			*map[i] = alloc_map(max_pfn);
		if (!*map[i])
			return -ENOMEM;
	}

	WRITE_ONCE(maps.nr_bits, max_pfn);
	return 0;
}

/* Folios in use */

static bool is_marked(struct page *page)
{
	return page->private == MARK_HANDED_OUT ||
	       page->private == MARK_TEST_OWNED;
}

static void mark_folio(struct folio *folio, unsigned long mark)
{
	if (!mock_kexec_active())
		return;

	folio->private = (void *)mark;
	set_bit(folio_pfn(folio), maps.handed_out);
}

static void unmark_folio(struct folio *folio)
{
	if (!test_and_clear_bit(folio_pfn(folio), maps.handed_out))
		return;
	if (is_marked(&folio->page))
		folio->private = NULL;
}

/**
 * mock_kexec_hand_out - KHO hands a folio out.
 * @folio: The folio.
 *
 * Context: Any.
 */
void mock_kexec_hand_out(struct folio *folio)
{
	mark_folio(folio, MARK_HANDED_OUT);
}

static void observe_free(struct fake_kho *kho, struct folio *folio,
			 long nr_pages)
{
	unsigned long pfn = folio_pfn(folio);

	if (test_and_clear_bit(pfn, maps.iommu)) {
		if (xa_load(&kho->preserved, pfn)) {
			fake_kho_note(kho, FAKE_KHO_FREED_PRESERVED, pfn);
			set_bit(pfn, maps.freed);
		}
		return;
	}

	/*
	 * These were uncounted when their kernel ended: take back what
	 * iommu-pages has just uncounted a second time.
	 */
	if (test_bit(pfn, maps.quarantined) || test_bit(pfn, maps.waiting))
		iommu_pages_account(folio, nr_pages);
}

/**
 * iommu_pages_observe - iommu-pages counted a folio.
 * @folio: The folio.
 * @in_use: true if it came into use, false if it is about to be freed.
 *
 * Folios from before fake_kho_start() are not known and not looked at.
 *
 * Context: Any.
 */
void iommu_pages_observe(struct folio *folio, bool in_use)
{
	struct fake_kho *kho = fake_kho_current();

	vtd_pages_observe(folio, in_use);
	if (!mock_kexec_active())
		return;

	if (!in_use) {
		observe_free(kho, folio, folio_nr_pages(folio));
		return;
	}

	unmark_folio(folio);
	set_bit(folio_pfn(folio), maps.iommu);
}
EXPORT_SYMBOL_GPL(iommu_pages_observe);

/**
 * iommu_pages_observe_flush - iommu-pages flushed the CPU's caches.
 * @virt: First address.
 * @size: Bytes.
 *
 * Context: Any.
 */
void iommu_pages_observe_flush(const void *virt, size_t size)
{
	vtd_pages_flushed(virt, size);
}
EXPORT_SYMBOL_GPL(iommu_pages_observe_flush);

/**
 * mock_kexec_represerved - Memory is preserved, maybe after it was freed.
 * @pfn: Its first page frame.
 *
 * If the mark is gone, the folio that was handed out has been freed, and this is
 * what somebody else got.
 *
 * Context: Any.
 */
void mock_kexec_represerved(unsigned long pfn)
{
	if (!mock_kexec_active())
		return;

	clear_bit(pfn, maps.freed);
	if (!is_marked(pfn_to_page(pfn)))
		clear_bit(pfn, maps.handed_out);
}

/**
 * mock_kexec_restored - Memory does not wait any more.
 * @page: Its first page.
 * @nr_pages: Number of pages.
 *
 * Context: Any.
 */
void mock_kexec_restored(struct page *page, unsigned long nr_pages)
{
	if (mock_kexec_active())
		bitmap_clear(maps.waiting, page_to_pfn(page), nr_pages);
}

/* Audit: what was freed behind KHO's back */

static void audit_preserved(unsigned long pfn, unsigned int order, void *data)
{
	struct page *page = pfn_to_page(pfn);
	struct fake_kho *kho = data;

	if (test_and_clear_bit(pfn, maps.freed)) {
		fake_kho_forget(&kho->preserved, pfn, order);
		return;
	}

	if (page_count(page) &&
	    (!test_bit(pfn, maps.handed_out) || is_marked(page)))
		return;

	fake_kho_note(kho, FAKE_KHO_FREED_PRESERVED, pfn);
	fake_kho_forget(&kho->preserved, pfn, order);
}

static unsigned long waiting_mark(unsigned int order)
{
	union fake_kho_page_info info = {
		.order = order,
		.magic = FAKE_KHO_PAGE_MAGIC,
	};

	return info.page_private;
}

static void audit_waiting(unsigned long pfn, unsigned int order, void *data)
{
	struct page *page = pfn_to_page(pfn);
	struct fake_kho *kho = data;

	if (page_count(page) == 1 && page->private == waiting_mark(order))
		return;

	/* Who knows who has its pages now: they are not ours any more. */
	fake_kho_note(kho, FAKE_KHO_FREED_WAITING, pfn);
	fake_kho_forget(&kho->waiting, pfn, order);
	bitmap_clear(maps.waiting, pfn, BIT(order));
	adjust_managed_page_count(page, BIT(order));
}

static void audit_handed_out(void)
{
	unsigned long pfn;

	for_each_set_bit(pfn, maps.handed_out, maps.nr_bits) {
		if (!is_marked(pfn_to_page(pfn)))
			clear_bit(pfn, maps.handed_out);
	}
}

/* Two references: one of the dead owner, one of the quarantine */
#define QUARANTINE_REFS	2

static void audit_quarantined(struct fake_kho *kho)
{
	unsigned long pfn;

	for_each_set_bit(pfn, maps.quarantined, maps.nr_bits) {
		struct page *page = pfn_to_page(pfn);

		if (page_count(page) >= QUARANTINE_REFS)
			continue;
		fake_kho_note(kho, FAKE_KHO_FREED_STALE, pfn);
		if (page_count(page))
			set_page_count(page, QUARANTINE_REFS);
		else
			clear_bit(pfn, maps.quarantined);
	}
}

/**
 * mock_kexec_audit - Look for memory that was freed and must not have been.
 * @kho: The KHO of the test.
 *
 * Context: Process context.
 */
void mock_kexec_audit(struct fake_kho *kho)
{
	fake_kho_for_each(&kho->preserved, audit_preserved, kho);
	fake_kho_for_each(&kho->waiting, audit_waiting, kho);
	audit_handed_out();
	audit_quarantined(kho);
}

/* The jump */

static void scrub_page(struct page *page)
{
	const enum zone_type zone = page_zonenum(page);
	const unsigned long pfn = page_to_pfn(page);
	const int nid = page_to_nid(page);

	mm_zero_struct_page(page);
	set_page_links(page, zone, nid, pfn);
	init_page_count(page);
	atomic_set(&page->_mapcount, -1);
	page_cpupid_reset_last(page);
	page_kasan_tag_reset(page);
	INIT_LIST_HEAD(&page->lru);
#ifdef WANT_PAGE_VIRTUAL
	set_page_address(page, __va(PFN_PHYS(pfn)));
#endif
}

static void quarantine_page(struct page *page)
{
	set_bit(page_to_pfn(page), maps.quarantined);
	set_page_count(page, QUARANTINE_REFS);
	memset(page_address(page), MOCK_KEXEC_POISON, PAGE_SIZE);
	vtd_pages_lost(page_address(page), PAGE_SIZE);
}

static void await_page(struct page *page)
{
	set_bit(page_to_pfn(page), maps.waiting);
	adjust_managed_page_count(page, -1);
}

/* A file of the old kernel may be open. It goes on without the folio. */
static void leave_page_cache(struct folio *folio)
{
	struct address_space *mapping;

	folio_get(folio);
	folio_lock(folio);
	mapping = folio_mapping(folio);
	if (mapping)
		truncate_inode_folio(mapping, folio);
	folio_unlock(folio);
	folio_put(folio);
}

/* Whoever has pinned it is gone. This way, pins remain counted in pairs. */
static void drop_pins(struct folio *folio)
{
	while (folio_maybe_dma_pinned(folio))
		unpin_folio(folio);
}

/*
 * A folio of a file has to be unlinked from what outlives the mock kexec: the
 * list would lead through memory of another kernel, and its charge and its place
 * in the statistics would never be given back. All such folios are on an LRU list
 * once the CPUs have put there what they hold back.
 */
static void leave_file(struct folio *folio)
{
	if (!folio_test_lru(folio) && !folio_maybe_dma_pinned(folio))
		return;

	folio_get(folio);
	leave_page_cache(folio);
	drop_pins(folio);
	if (folio_test_lru(folio) && folio_isolate_lru(folio))
		folio_put(folio);
	mem_cgroup_uncharge(folio);
}

/* The kernel that had this folio ended. */
static void take_folio(struct folio *folio)
{
	const unsigned long nr_pages = folio_nr_pages(folio);
	const unsigned long pfn = folio_pfn(folio);

	leave_file(folio);
	memcg_kmem_uncharge_page(&folio->page, folio_order(folio));
	clear_bit(pfn, maps.handed_out);

	for (unsigned long i = pfn; i < pfn + nr_pages; i++) {
		struct page *page = pfn_to_page(i);

		scrub_page(page);
		clear_page_tag_ref(page);
		if (test_bit(i, maps.covered))
			await_page(page);
		else
			quarantine_page(page);
	}
}

static void cover_range(unsigned long pfn, unsigned int order, void *data)
{
	bitmap_set(maps.covered, pfn, BIT(order));
}

static void mark_waiting(unsigned long pfn, unsigned int order, void *data)
{
	pfn_to_page(pfn)->private = waiting_mark(order);
}

static void end_waiting(unsigned long pfn, unsigned int order, void *data)
{
	struct fake_kho *kho = data;

	pfn_to_page(pfn)->private = 0;
	if (!test_bit(pfn, maps.covered))
		fake_kho_note(kho, FAKE_KHO_LEFT_WAITING, pfn);
}

static void take_iommu_folios(void)
{
	unsigned long pfn;

	for_each_set_bit(pfn, maps.iommu, maps.nr_bits) {
		struct folio *folio = pfn_folio(pfn);

		clear_bit(pfn, maps.iommu);
		iommu_pages_account(folio, -folio_nr_pages(folio));
		take_folio(folio);
	}
}

static void take_handed_out_folios(void)
{
	unsigned long pfn;

	for_each_set_bit(pfn, maps.handed_out, maps.nr_bits)
		take_folio(pfn_folio(pfn));
}

/* Preserved memory that came from elsewhere, the buddy allocator for example */
static void take_other_covered(void)
{
	unsigned long pfn;

	for_each_set_bit(pfn, maps.covered, maps.nr_bits) {
		if (!test_bit(pfn, maps.waiting))
			take_folio(pfn_folio(pfn));
	}
}

static void quarantine_not_covered(void)
{
	unsigned long pfn;

	for_each_set_bit(pfn, maps.waiting, maps.nr_bits) {
		if (test_bit(pfn, maps.covered))
			continue;
		clear_bit(pfn, maps.waiting);
		adjust_managed_page_count(pfn_to_page(pfn), 1);
		quarantine_page(pfn_to_page(pfn));
	}
}

/**
 * mock_kexec - End this kernel, begin the next one.
 * @test: The test, which has called fake_kho_start().
 *
 * Memory that is preserved waits to be restored afterwards. Memory that waited
 * and was neither restored nor preserved again is lost, and reported as left
 * over. Can be called any number of times.
 *
 * Context: Process context. Nothing may use preserved or handed out memory at
 * the same time.
 */
void mock_kexec(struct kunit *test)
{
	struct fake_kho *kho = fake_kho_current();

	KUNIT_ASSERT_PTR_EQ(test, kho->test, test);

	fake_kho_forget_vmalloc(kho, true);
	lru_add_drain_all();
	mock_kexec_audit(kho);
	fake_kho_image_of_kexec(test);

	bitmap_zero(maps.covered, maps.nr_bits);
	fake_kho_for_each(&kho->preserved, cover_range, NULL);
	fake_kho_for_each(&kho->waiting, end_waiting, kho);

	quarantine_not_covered();
	take_iommu_folios();
	take_handed_out_folios();
	take_other_covered();

	fake_kho_next_generation(kho);
	fake_kho_for_each(&kho->waiting, mark_waiting, NULL);
}
EXPORT_SYMBOL_IF_KUNIT(mock_kexec);

/**
 * mock_kexec_await - Memory waits that no kernel of this test preserved.
 * @pfn: Its first page frame. The pages are as they are at boot: nobody has
 *	them, and they are not managed.
 * @order: Its order.
 *
 * Context: Process context, in a test.
 */
void mock_kexec_await(unsigned long pfn, unsigned int order)
{
	bitmap_set(maps.waiting, pfn, BIT(order));
	mark_waiting(pfn, order, NULL);
}

/* The end of a test */

static void note_left_waiting(unsigned long pfn, unsigned int order, void *data)
{
	fake_kho_note(data, FAKE_KHO_LEFT_WAITING, pfn);
}

static void release_iommu_folios(struct fake_kho *kho)
{
	unsigned long pfn;

	for_each_set_bit(pfn, maps.iommu, maps.nr_bits) {
		fake_kho_note(kho, FAKE_KHO_LEFT_ALLOCATED, pfn);
		clear_bit(pfn, maps.iommu);
		iommu_pages_account(pfn_folio(pfn),
				    -folio_nr_pages(pfn_folio(pfn)));
		folio_put(pfn_folio(pfn));
	}
}

/*
 * The reference that was handed out, or those of the page cache that got it. Pins may be
 * all that is left of a folio that was leaked.
 */
static void release_folio(struct folio *folio)
{
	const bool in_use = folio_test_lru(folio) || !folio_maybe_dma_pinned(folio);

	folio_get(folio);
	drop_pins(folio);
	if (folio_test_lru(folio))
		leave_page_cache(folio);
	else if (in_use)
		folio_put(folio);
	folio_put(folio);
}

static void release_handed_out_folios(struct fake_kho *kho)
{
	unsigned long pfn;

	for_each_set_bit(pfn, maps.handed_out, maps.nr_bits) {
		if (pfn_to_page(pfn)->private == MARK_HANDED_OUT)
			fake_kho_note(kho, FAKE_KHO_LEFT_ALLOCATED, pfn);
		unmark_folio(pfn_folio(pfn));
		release_folio(pfn_folio(pfn));
	}
}

static void release_waiting(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);

	clear_bit(pfn, maps.waiting);
	page->private = 0;
	adjust_managed_page_count(page, 1);
	__free_page(page);
}

static void release_quarantined(unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);

	clear_bit(pfn, maps.quarantined);
	put_page(page);
	__free_page(page);
}

/**
 * mock_kexec_end - Give all memory back to the system.
 * @kho: The KHO of the test, after mock_kexec_audit(). What is still there
 *	is noted in its report.
 *
 * Context: Process context.
 */
void mock_kexec_end(struct fake_kho *kho)
{
	unsigned long pfn;

	fake_kho_for_each(&kho->waiting, note_left_waiting, kho);
	for_each_set_bit(pfn, maps.waiting, maps.nr_bits)
		release_waiting(pfn);
	for_each_set_bit(pfn, maps.quarantined, maps.nr_bits)
		release_quarantined(pfn);

	release_iommu_folios(kho);
	release_handed_out_folios(kho);
	bitmap_zero(maps.freed, maps.nr_bits);
}

/* What tests see */

/**
 * mock_kexec_alloc_folio - Allocate a zeroed folio that a mock kexec takes away.
 * @test: The test. It may put the folio; if it does not, the end of the test
 *	does.
 * @order: Order of the folio.
 *
 * Context: Process context.
 *
 * Return: the folio, never NULL.
 */
struct folio *mock_kexec_alloc_folio(struct kunit *test, unsigned int order)
{
	struct folio *folio = folio_alloc(GFP_KERNEL | __GFP_ZERO, order);

	KUNIT_ASSERT_NOT_NULL(test, folio);
	mark_folio(folio, MARK_TEST_OWNED);
	return folio;
}
EXPORT_SYMBOL_IF_KUNIT(mock_kexec_alloc_folio);

/**
 * mock_kexec_is_poisoned - Is this memory of a kernel that ended.
 * @mem: The memory.
 * @size: Its size in bytes.
 *
 * Context: Any.
 *
 * Return: true if all of it is poison.
 */
bool mock_kexec_is_poisoned(const void *mem, size_t size)
{
	return !memchr_inv(mem, MOCK_KEXEC_POISON, size);
}
EXPORT_SYMBOL_IF_KUNIT(mock_kexec_is_poisoned);

/**
 * mock_kexec_generation - Which kernel of the test is this.
 *
 * Context: Any.
 *
 * Return: the number of mock kexecs so far.
 */
unsigned int mock_kexec_generation(void)
{
	return fake_kho_current()->generation;
}
EXPORT_SYMBOL_IF_KUNIT(mock_kexec_generation);

/**
 * mock_kexec_beyond_memory - An address where no memory is.
 *
 * Context: Any.
 *
 * Return: a physical address of a page.
 */
phys_addr_t mock_kexec_beyond_memory(void)
{
	return PFN_PHYS(max_pfn + 1);
}
EXPORT_SYMBOL_IF_KUNIT(mock_kexec_beyond_memory);

static u64 folio_checksum(struct folio *folio)
{
	u32 low = jhash(folio_address(folio), folio_size(folio),
			(u32)folio_pfn(folio));

	return (u64)low << 32 | jhash_2words(low, (u32)folio_pfn(folio), 0);
}

/**
 * mock_kexec_get_memory - What memory is in use.
 * @memory: Filled in; all zero if no test has started.
 *
 * Context: Process context. Folios must not be freed at the same time.
 */
void mock_kexec_get_memory(struct mock_kexec_memory *memory)
{
	unsigned long pfn;

	*memory = (struct mock_kexec_memory){};
	if (!mock_kexec_active())
		return;

	for_each_set_bit(pfn, maps.iommu, maps.nr_bits) {
		struct folio *folio = pfn_folio(pfn);

		memory->iommu_folios++;
		memory->iommu_pages += folio_nr_pages(folio);
		memory->iommu_checksum += folio_checksum(folio);
	}

	audit_handed_out();
	memory->kho_folios = bitmap_weight(maps.handed_out, maps.nr_bits);
	memory->quarantined_pages = bitmap_weight(maps.quarantined,
						  maps.nr_bits);
}
EXPORT_SYMBOL_IF_KUNIT(mock_kexec_get_memory);
