// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What a mock kexec hands over
 *
 * Preserved memory crosses with its contents, in the state that the real KHO
 * leaves it in; everything else is poison afterwards. One kernel follows the
 * other any number of times.
 */

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "fake_kho.h"
#include "liveupdate_snapshot.h"
#include "mock_kexec.h"

static void order_desc(const unsigned int *order, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "order %u", *order);
}

static const unsigned int orders[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
KUNIT_ARRAY_PARAM(order, orders, order_desc);

static unsigned int order_param(struct kunit *test)
{
	return *(const unsigned int *)test->param_value;
}

/* A pattern that differs from page to page, from page @first on */
static u32 pattern(unsigned long first, size_t i)
{
	return (first * PAGE_SIZE / sizeof(u32) + i) * 2654435761U + 1;
}

static void fill(void *mem, size_t size)
{
	u32 *word = mem;

	for (size_t i = 0; i < size / sizeof(*word); i++)
		word[i] = pattern(0, i);
}

static bool is_filled_from(unsigned long first, const void *mem, size_t size)
{
	const u32 *word = mem;

	for (size_t i = 0; i < size / sizeof(*word); i++) {
		if (word[i] != pattern(first, i))
			return false;
	}
	return true;
}

static bool is_filled(const void *mem, size_t size)
{
	return is_filled_from(0, mem, size);
}

static struct folio *filled_folio(struct kunit *test, unsigned int order)
{
	struct folio *folio = mock_kexec_alloc_folio(test, order);

	fill(folio_address(folio), folio_size(folio));
	return folio;
}

static phys_addr_t folio_phys(struct folio *folio)
{
	return PFN_PHYS(folio_pfn(folio));
}

static void preserved_folio_survives(struct kunit *test)
{
	struct folio *folio = filled_folio(test, order_param(test));
	const size_t size = folio_size(folio);
	phys_addr_t phys = folio_phys(folio);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	mock_kexec(test);

	KUNIT_EXPECT_EQ(test, kho_preserved_order(phys), order_param(test));
	folio = kho_restore_folio(phys);
	KUNIT_ASSERT_NOT_NULL(test, folio);
	KUNIT_EXPECT_EQ(test, folio_order(folio), order_param(test));
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);
	KUNIT_EXPECT_TRUE(test, is_filled(folio_address(folio), size));
	KUNIT_EXPECT_EQ(test, kho_preserved_order(phys), -ENOENT);
	folio_put(folio);
}

static void memory_that_is_not_preserved_is_poisoned(struct kunit *test)
{
	const size_t size = PAGE_SIZE << order_param(test);
	struct folio *folio = filled_folio(test, order_param(test));
	void *table = iommu_alloc_pages_sz(GFP_KERNEL, size);
	void *mem = kho_alloc_preserve(size);

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	kho_unpreserve_folio(virt_to_folio(mem));
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	kho_unpreserve_folio(folio);
	mock_kexec(test);

	KUNIT_EXPECT_TRUE(test, mock_kexec_is_poisoned(page_address(&folio->page),
						       size));
	KUNIT_EXPECT_TRUE(test, mock_kexec_is_poisoned(table, size));
	KUNIT_EXPECT_TRUE(test, mock_kexec_is_poisoned(mem, size));
	KUNIT_EXPECT_EQ(test, kho_preserved_order(virt_to_phys(table)),
			-ENOENT);
}

static void restored_and_not_preserved_again_is_poisoned(struct kunit *test)
{
	struct folio *folio = filled_folio(test, 2);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	mock_kexec(test);
	KUNIT_EXPECT_PTR_EQ(test, kho_restore_folio(folio_phys(folio)), folio);
	mock_kexec(test);
	KUNIT_EXPECT_TRUE(test, mock_kexec_is_poisoned(page_address(&folio->page),
						       4 * PAGE_SIZE));
}

static void freed_memory_is_left_alone(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 0);
	void *table = iommu_alloc_pages_sz(GFP_KERNEL, PAGE_SIZE);
	void *mem = kho_alloc_preserve(PAGE_SIZE);
	struct mock_kexec_memory memory;

	KUNIT_ASSERT_NOT_NULL(test, table);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	folio_put(folio);
	iommu_free_pages(table);
	kho_unpreserve_free(mem);

	mock_kexec_get_memory(&memory);
	KUNIT_EXPECT_EQ(test, memory.iommu_folios, 0);
	KUNIT_EXPECT_EQ(test, memory.kho_folios, 0);
	mock_kexec(test);
	mock_kexec_get_memory(&memory);
	KUNIT_EXPECT_EQ(test, memory.quarantined_pages, 0);
}

/* The allocator hands out first what was freed last, on the same CPU. */
static void *reallocate(void *mem)
{
	void *found = NULL, *pages[16];

	for (int i = 0; i < ARRAY_SIZE(pages); i++)
		pages[i] = (void *)get_zeroed_page(GFP_KERNEL);
	for (int i = 0; i < ARRAY_SIZE(pages); i++) {
		if (pages[i] == mem)
			found = mem;
		else
			free_page((unsigned long)pages[i]);
	}
	return found;
}

static void memory_goes_with_its_last_owner(struct kunit *test)
{
	void *mem = kho_alloc_preserve(PAGE_SIZE), *again;
	phys_addr_t phys;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	phys = virt_to_phys(mem);
	migrate_disable();
	kho_unpreserve_free(mem);
	again = reallocate(mem);
	migrate_enable();
	KUNIT_ASSERT_PTR_EQ(test, again, mem);

	KUNIT_EXPECT_EQ(test, kho_preserve_pages(virt_to_page(again), 1), 0);
	fill(again, PAGE_SIZE);
	mock_kexec(test);
	KUNIT_EXPECT_EQ(test, kho_preserved_order(phys), 0);
	KUNIT_EXPECT_TRUE(test, is_filled(again, PAGE_SIZE));
	kho_restore_free(again);
}

static void poisoned_memory_is_not_handed_out_again(struct kunit *test)
{
	struct folio *lost = mock_kexec_alloc_folio(test, 0);
	struct folio *folio;

	mock_kexec(test);
	for (int i = 0; i < 512; i++) {
		folio = mock_kexec_alloc_folio(test, 0);
		KUNIT_EXPECT_PTR_NE(test, folio, lost);
	}
	KUNIT_EXPECT_TRUE(test, mock_kexec_is_poisoned(page_address(&lost->page),
						       PAGE_SIZE));
}

/* What memmap_init() makes of a page that nobody has used yet */
static void expect_fresh(struct kunit *test, struct page *page)
{
	const unsigned long links =
		(ZONES_MASK << ZONES_PGSHIFT) | (NODES_MASK << NODES_PGSHIFT) |
		(SECTIONS_MASK << SECTIONS_PGSHIFT) |
		(LAST_CPUPID_MASK << LAST_CPUPID_PGSHIFT) |
		(KASAN_TAG_MASK << KASAN_TAG_PGSHIFT);

	KUNIT_EXPECT_EQ(test, page->flags.f & ~links, 0);
	KUNIT_EXPECT_NULL(test, page->mapping);
	KUNIT_EXPECT_EQ(test, page->__folio_index, 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&page->lru));
	KUNIT_EXPECT_EQ(test, page->page_type, UINT_MAX);
	KUNIT_EXPECT_FALSE(test, PageCompound(page));
	KUNIT_EXPECT_FALSE(test, PageReserved(page));
#ifdef CONFIG_MEMCG
	KUNIT_EXPECT_EQ(test, page->memcg_data, 0);
#endif
}

static void struct_pages_are_scrubbed(struct kunit *test)
{
	struct folio *folio = filled_folio(test, order_param(test));
	struct page *page = &folio->page;
	const int nid = page_to_nid(page);
	const enum zone_type zone = page_zonenum(page);

	folio_mark_uptodate(folio);
	folio_set_dirty(folio);
	folio->mapping = (void *)folio_address(folio);
	folio->index = 17;
	INIT_LIST_HEAD(&folio->lru);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	mock_kexec(test);

	for (unsigned int i = 0; i < 1 << order_param(test); i++) {
		expect_fresh(test, page + i);
		KUNIT_EXPECT_EQ(test, page_to_nid(page + i), nid);
		KUNIT_EXPECT_EQ(test, page_zonenum(page + i), zone);
	}
	kho_restore_free(page_address(page));
}

static void waiting_pages_are_marked_as_by_kho(struct kunit *test)
{
	const unsigned int nr_pages = 1 << order_param(test);
	struct folio *folio = filled_folio(test, order_param(test));
	struct page *page = &folio->page;
	phys_addr_t phys = folio_phys(folio);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	mock_kexec(test);

	KUNIT_EXPECT_EQ(test, page->private,
			0x4b484f50UL << 32 | order_param(test));
	KUNIT_EXPECT_EQ(test, kho_preserved_order(phys), order_param(test));
	KUNIT_EXPECT_EQ(test, kho_preserved_order(phys + 1), -EINVAL);
	for (unsigned int i = 0; i < nr_pages; i++)
		KUNIT_EXPECT_EQ(test, page_ref_count(page + i), 1);
	for (unsigned int i = 1; i < nr_pages; i++) {
		KUNIT_EXPECT_EQ(test, page[i].private, 0);
		KUNIT_EXPECT_EQ(test, kho_preserved_order(phys + i * PAGE_SIZE),
				-ENOENT);
	}
	kho_restore_free(page_address(page));
}

static void waiting_pages_are_not_managed(struct kunit *test)
{
	struct folio *folio = mock_kexec_alloc_folio(test, 3);
	struct liveupdate_snapshot before, waiting, restored;

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	liveupdate_snapshot_take(&before);
	mock_kexec(test);
	liveupdate_snapshot_take(&waiting);
	kho_restore_free(page_address(&folio->page));
	liveupdate_snapshot_take(&restored);

	KUNIT_EXPECT_EQ(test, waiting.managed_pages + 8, before.managed_pages);
	KUNIT_EXPECT_EQ(test, restored.managed_pages, before.managed_pages);
}

static void next_kernel_has_no_iommu_pages(struct kunit *test)
{
	struct liveupdate_snapshot none, some, next;
	void *lost, *kept;

	liveupdate_snapshot_take(&none);
	lost = iommu_alloc_pages_sz(GFP_KERNEL, 4 * PAGE_SIZE);
	kept = iommu_alloc_pages_sz(GFP_KERNEL, 2 * PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, lost);
	KUNIT_ASSERT_NOT_NULL(test, kept);
	liveupdate_snapshot_take(&some);
	KUNIT_EXPECT_EQ(test, some.iommu_pages - none.iommu_pages, 6);
	KUNIT_EXPECT_EQ(test, some.secondary_pagetable -
			none.secondary_pagetable, 6);
	KUNIT_EXPECT_EQ(test, some.memory.iommu_folios, 2);
	KUNIT_EXPECT_EQ(test, some.memory.iommu_pages, 6);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(virt_to_folio(kept)), 0);
	mock_kexec(test);
	liveupdate_snapshot_take(&next);
	KUNIT_EXPECT_EQ(test, next.iommu_pages, none.iommu_pages);
	KUNIT_EXPECT_EQ(test, next.secondary_pagetable,
			none.secondary_pagetable);
	KUNIT_EXPECT_EQ(test, next.memory.iommu_folios, 0);
	KUNIT_EXPECT_EQ(test, next.memory.quarantined_pages, 4);
	kho_restore_free(kept);
}

/* Pages 3 to 3 + @nr - 1 of 16 cross, and come back as single pages. */
static void expect_range_survives(struct kunit *test, unsigned int nr)
{
	struct folio *folio = filled_folio(test, 4);
	struct page *page = folio_page(folio, 3);
	void *mem = folio_address(folio);

	KUNIT_EXPECT_EQ(test, kho_preserve_pages(page, nr), 0);
	mock_kexec(test);
	KUNIT_EXPECT_PTR_EQ(test, kho_restore_pages(page_to_phys(page), nr),
			    page);

	KUNIT_EXPECT_TRUE(test, mock_kexec_is_poisoned(mem, 3 * PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, is_filled_from(3, mem + 3 * PAGE_SIZE,
					       nr * PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, mock_kexec_is_poisoned(mem + (3 + nr) * PAGE_SIZE,
						       (13 - nr) * PAGE_SIZE));

	for (unsigned int i = 0; i < nr; i++) {
		KUNIT_EXPECT_EQ(test, page_ref_count(page + i), 1);
		KUNIT_EXPECT_FALSE(test, PageCompound(page + i));
		__free_page(page + i);
	}
}

/* kho_preserve_pages() cuts a range in pieces that are naturally aligned. */
static void any_range_of_pages_survives(struct kunit *test)
{
	for (unsigned int nr = 1; nr <= 13; nr++)
		expect_range_survives(test, nr);
}

static void contents_cross_three_generations(struct kunit *test)
{
	struct folio *folio = filled_folio(test, 3);
	phys_addr_t phys = folio_phys(folio);

	for (unsigned int generation = 1; generation <= 3; generation++) {
		KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
		mock_kexec(test);

		KUNIT_EXPECT_EQ(test, mock_kexec_generation(), generation);
		KUNIT_EXPECT_PTR_EQ(test, kho_restore_folio(phys), folio);
		KUNIT_EXPECT_EQ(test, folio_order(folio), 3);
		KUNIT_EXPECT_TRUE(test, is_filled(folio_address(folio),
						  folio_size(folio)));
	}
	folio_put(folio);
}

static void each_generation_adds_to_what_is_preserved(struct kunit *test)
{
	struct folio *first = filled_folio(test, 1), *second;

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(first), 0);
	mock_kexec(test);
	KUNIT_EXPECT_PTR_EQ(test, kho_restore_folio(folio_phys(first)), first);
	second = filled_folio(test, 4);
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(first), 0);
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(second), 0);
	mock_kexec(test);

	KUNIT_EXPECT_PTR_EQ(test, kho_restore_folio(folio_phys(first)), first);
	KUNIT_EXPECT_PTR_EQ(test, kho_restore_folio(folio_phys(second)), second);
	KUNIT_EXPECT_TRUE(test, is_filled(folio_address(first),
					  folio_size(first)));
	KUNIT_EXPECT_TRUE(test, is_filled(folio_address(second),
					  folio_size(second)));
	folio_put(first);
	folio_put(second);
}

static void waiting_memory_is_lost_in_the_second_kexec(struct kunit *test)
{
	struct folio *folio = filled_folio(test, 2);
	phys_addr_t phys = folio_phys(folio);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	mock_kexec(test);
	KUNIT_EXPECT_EQ(test, kho_preserved_order(phys), 2);
	mock_kexec(test);
	KUNIT_EXPECT_EQ(test, kho_preserved_order(phys), -ENOENT);
	KUNIT_EXPECT_TRUE(test, mock_kexec_is_poisoned(page_address(&folio->page),
						       4 * PAGE_SIZE));
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, 1);
}

/*
 * Not compound, a waiting folio looks like a single page: that is what is
 * preserved if it was not restored before.
 */
static void waiting_folio_is_preserved_as_a_single_page(struct kunit *test)
{
	struct folio *folio = filled_folio(test, 2);
	void *mem = folio_address(folio);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	mock_kexec(test);
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(page_folio(virt_to_page(mem))),
			0);
	mock_kexec(test);

	KUNIT_EXPECT_EQ(test, kho_preserved_order(virt_to_phys(mem)), 0);
	KUNIT_EXPECT_TRUE(test, is_filled(mem, PAGE_SIZE));
	KUNIT_EXPECT_TRUE(test, mock_kexec_is_poisoned(mem + PAGE_SIZE,
						       3 * PAGE_SIZE));
	kho_restore_free(mem);
}

static void subtrees_are_handed_over_once(struct kunit *test)
{
	void *one = kho_alloc_preserve(PAGE_SIZE);
	void *two = kho_alloc_preserve(PAGE_SIZE);
	phys_addr_t phys;
	size_t size;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, one);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, two);
	KUNIT_EXPECT_EQ(test, kho_add_subtree("one", one, 111), 0);
	KUNIT_EXPECT_EQ(test, kho_add_subtree("two", two, 222), 0);
	KUNIT_EXPECT_FALSE(test, is_kho_boot());
	mock_kexec(test);

	KUNIT_EXPECT_TRUE(test, is_kho_boot());
	KUNIT_EXPECT_EQ(test, kho_retrieve_subtree("one", &phys, &size), 0);
	KUNIT_EXPECT_EQ(test, phys, virt_to_phys(one));
	KUNIT_EXPECT_EQ(test, size, 111);
	KUNIT_EXPECT_EQ(test, kho_retrieve_subtree("two", &phys, NULL), 0);
	KUNIT_EXPECT_EQ(test, phys, virt_to_phys(two));
	KUNIT_EXPECT_EQ(test, kho_retrieve_subtree("two", NULL, &size),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, kho_retrieve_subtree("three", &phys, &size),
			-ENOENT);
	kho_restore_free(one);
	kho_restore_free(two);

	mock_kexec(test);
	KUNIT_EXPECT_EQ(test, kho_retrieve_subtree("one", &phys, &size),
			-ENOENT);
}

static void removed_subtree_is_not_handed_over(struct kunit *test)
{
	void *mem = kho_alloc_preserve(PAGE_SIZE);
	phys_addr_t phys;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	KUNIT_EXPECT_EQ(test, kho_add_subtree("removed", mem, 1), 0);
	kho_remove_subtree(mem);
	mock_kexec(test);
	KUNIT_EXPECT_EQ(test, kho_retrieve_subtree("removed", &phys, NULL),
			-ENOENT);
	kho_restore_free(mem);
}

/* More pages than one record of KHO's has room for */
static void vmalloc_area_survives(struct kunit *test)
{
	const size_t size = (KHO_VMALLOC_SIZE + 100) * PAGE_SIZE;
	struct kho_vmalloc record;
	void *area = vmalloc(size);

	KUNIT_ASSERT_NOT_NULL(test, area);
	fill(area, size);

	for (int generation = 0; generation < 2; generation++) {
		KUNIT_EXPECT_EQ(test, kho_preserve_vmalloc(area, &record), 0);
		mock_kexec(test);

		KUNIT_EXPECT_FALSE(test, is_vmalloc_addr(area) &&
				   vmalloc_to_page(area));
		area = kho_restore_vmalloc(&record);
		KUNIT_ASSERT_NOT_NULL(test, area);
		KUNIT_EXPECT_TRUE(test, is_filled(area, size));
	}
	vfree(area);
}

static void unpreserved_vmalloc_area_is_still_usable(struct kunit *test)
{
	const size_t size = 20 * PAGE_SIZE;
	struct liveupdate_snapshot before, after;
	struct kho_vmalloc record;
	void *area = vmalloc(size);

	KUNIT_ASSERT_NOT_NULL(test, area);
	fill(area, size);
	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, kho_preserve_vmalloc(area, &record), 0);
	kho_unpreserve_vmalloc(&record);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	mock_kexec(test);
	KUNIT_EXPECT_TRUE(test, is_filled(area, size));
	vfree(area);
}

static int start_fake_kho(struct kunit *test)
{
	fake_kho_start(test);
	return 0;
}

static struct kunit_case mock_kexec_cases[] = {
	KUNIT_CASE_PARAM(preserved_folio_survives, order_gen_params),
	KUNIT_CASE_PARAM(memory_that_is_not_preserved_is_poisoned,
			 order_gen_params),
	KUNIT_CASE(restored_and_not_preserved_again_is_poisoned),
	KUNIT_CASE(freed_memory_is_left_alone),
	KUNIT_CASE(memory_goes_with_its_last_owner),
	KUNIT_CASE(poisoned_memory_is_not_handed_out_again),
	KUNIT_CASE_PARAM(struct_pages_are_scrubbed, order_gen_params),
	KUNIT_CASE_PARAM(waiting_pages_are_marked_as_by_kho, order_gen_params),
	KUNIT_CASE(waiting_pages_are_not_managed),
	KUNIT_CASE(next_kernel_has_no_iommu_pages),
	KUNIT_CASE(any_range_of_pages_survives),
	KUNIT_CASE(contents_cross_three_generations),
	KUNIT_CASE(each_generation_adds_to_what_is_preserved),
	KUNIT_CASE(waiting_memory_is_lost_in_the_second_kexec),
	KUNIT_CASE(waiting_folio_is_preserved_as_a_single_page),
	KUNIT_CASE(subtrees_are_handed_over_once),
	KUNIT_CASE(removed_subtree_is_not_handed_over),
	KUNIT_CASE(vmalloc_area_survives),
	KUNIT_CASE(unpreserved_vmalloc_area_is_still_usable),
	{}
};

static struct kunit_suite mock_kexec_suite = {
	.name = "mock_kexec",
	.init = start_fake_kho,
	.test_cases = mock_kexec_cases,
};

kunit_test_suite(mock_kexec_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of what a mock kexec hands over");
