// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What callers of KHO rely on
 *
 * The return values of <linux/kexec_handover.h>, and the misuse that it
 * tolerates, as far as no kexec is needed to see them. The suite knows nothing
 * of the implementation: it runs on the real KHO and on the fake one, and so
 * keeps the second like the first.
 *
 * Whether misuse warns is not part of the contract, and the real KHO warns
 * about some of it once per boot only. Such calls are made with warnings
 * suppressed.
 */

#include <linux/kexec_handover.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include <kunit/test.h>

KUNIT_DEFINE_ACTION_WRAPPER(put_folio, folio_put, struct folio *);
KUNIT_DEFINE_ACTION_WRAPPER(vfree_area, vfree, const void *);
KUNIT_DEFINE_ACTION_WRAPPER(vunmap_area, vunmap, const void *);

static struct folio *contract_folio(struct kunit *test, unsigned int order)
{
	struct folio *folio = folio_alloc(GFP_KERNEL, order);

	KUNIT_ASSERT_NOT_NULL(test, folio);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, put_folio, folio));
	return folio;
}

static void order_desc(const unsigned int *order, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "order %u", *order);
}

static const unsigned int orders[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
KUNIT_ARRAY_PARAM(order, orders, order_desc);

static void folio_is_preserved_and_unpreserved(struct kunit *test)
{
	const unsigned int order = *(const unsigned int *)test->param_value;
	struct folio *folio = contract_folio(test, order);

	for (int i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
		kho_unpreserve_folio(folio);
	}
}

static void preserving_takes_no_reference(struct kunit *test)
{
	struct folio *folio = contract_folio(test, 2);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);
	kho_unpreserve_folio(folio);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);
}

static void preserving_twice_succeeds(struct kunit *test)
{
	struct folio *folio = contract_folio(test, 0);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	kho_unpreserve_folio(folio);
}

static void overlapping_orders_are_preserved(struct kunit *test)
{
	struct folio *folio = contract_folio(test, 2);
	struct page *page = folio_page(folio, 0);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	KUNIT_EXPECT_EQ(test, kho_preserve_pages(page + 1, 1), 0);
	KUNIT_EXPECT_EQ(test, kho_preserve_pages(page, 1), 0);
	kho_unpreserve_pages(page, 1);
	kho_unpreserve_pages(page + 1, 1);
	kho_unpreserve_folio(folio);
}

static void unpreserving_what_is_not_preserved_is_accepted(struct kunit *test)
{
	struct folio *folio = contract_folio(test, 1);

	kunit_warning_suppress(test) {
		kho_unpreserve_folio(folio);
		kho_unpreserve_pages(folio_page(folio, 0), 2);
	}
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);
}

static void unpreserving_with_another_order_is_accepted(struct kunit *test)
{
	struct folio *folio = contract_folio(test, 3);

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	kunit_warning_suppress(test)
		kho_unpreserve_pages(folio_page(folio, 0), 1);
	kho_unpreserve_folio(folio);
}

static void any_range_of_pages_is_preserved(struct kunit *test)
{
	struct folio *folio = contract_folio(test, 4);

	for (unsigned int first = 0; first < 4; first++) {
		struct page *page = folio_page(folio, first);

		for (unsigned int nr = 0; nr <= 12; nr++) {
			KUNIT_EXPECT_EQ(test, kho_preserve_pages(page, nr), 0);
			kho_unpreserve_pages(page, nr);
		}
	}
}

static void alloc_preserve_gives_zeroed_memory(struct kunit *test)
{
	const size_t size = 3 * PAGE_SIZE;
	void *mem = kho_alloc_preserve(size);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	KUNIT_EXPECT_NULL(test, memchr_inv(mem, 0, 4 * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, folio_order(virt_to_folio(mem)), get_order(size));
	KUNIT_EXPECT_EQ(test, folio_ref_count(virt_to_folio(mem)), 1);
	kho_unpreserve_free(mem);
}

/* Finding 28 */
static void alloc_preserve_fails_with_an_error_pointer(struct kunit *test)
{
	const size_t most = PAGE_SIZE << MAX_PAGE_ORDER;

	KUNIT_EXPECT_EQ(test, PTR_ERR(kho_alloc_preserve(0)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(kho_alloc_preserve(most + 1)), -E2BIG);
	KUNIT_EXPECT_EQ(test, PTR_ERR(kho_alloc_preserve(most * 2)), -E2BIG);
}

static void freeing_nothing_is_accepted(struct kunit *test)
{
	kho_unpreserve_free(NULL);
	kho_restore_free(NULL);
}

static void restoring_what_does_not_wait_gives_null(struct kunit *test)
{
	struct folio *folio = contract_folio(test, 0);
	phys_addr_t phys = PFN_PHYS(folio_pfn(folio));

	kunit_warning_suppress(test) {
		KUNIT_EXPECT_NULL(test, kho_restore_folio(phys));
		KUNIT_EXPECT_NULL(test, kho_restore_pages(phys, 1));
	}
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);
}

static void preserved_for_the_next_kernel_is_not_restored(struct kunit *test)
{
	struct folio *folio = contract_folio(test, 0);
	phys_addr_t phys = PFN_PHYS(folio_pfn(folio));

	KUNIT_EXPECT_EQ(test, kho_preserve_folio(folio), 0);
	KUNIT_EXPECT_EQ(test, kho_preserved_order(phys), -ENOENT);
	kunit_warning_suppress(test)
		KUNIT_EXPECT_NULL(test, kho_restore_folio(phys));
	kho_unpreserve_folio(folio);
}

static void restoring_beyond_memory_gives_null_silently(struct kunit *test)
{
	const phys_addr_t beyond = BIT_ULL(51);

	kunit_warning_suppress(test) {
		KUNIT_EXPECT_NULL(test, kho_restore_folio(beyond));
		KUNIT_EXPECT_NULL(test, kho_restore_pages(beyond, 1));
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
	}
}

static void query_never_warns(struct kunit *test)
{
	struct folio *folio = contract_folio(test, 1);
	phys_addr_t phys = PFN_PHYS(folio_pfn(folio));

	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, kho_preserved_order(phys), -ENOENT);
		KUNIT_EXPECT_EQ(test, kho_preserved_order(phys + PAGE_SIZE),
				-ENOENT);
		KUNIT_EXPECT_EQ(test, kho_preserved_order(phys + 8), -EINVAL);
		KUNIT_EXPECT_EQ(test, kho_preserved_order(phys - 1), -EINVAL);
		KUNIT_EXPECT_EQ(test, kho_preserved_order(BIT_ULL(51)),
				-ENOENT);
		KUNIT_EXPECT_EQ(test, kho_preserved_order(BIT_ULL(63)),
				-ENOENT);
		KUNIT_EXPECT_EQ(test, kho_preserved_order(PAGE_MASK), -ENOENT);
		KUNIT_EXPECT_EQ(test, kho_preserved_order(U64_MAX), -EINVAL);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 0);
	}
}

static void subtree_names_are_unique(struct kunit *test)
{
	void *mem = kho_alloc_preserve(PAGE_SIZE);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	KUNIT_EXPECT_EQ(test, kho_add_subtree("contract", mem, 8), 0);
	KUNIT_EXPECT_EQ(test, kho_add_subtree("contract", mem, 8), -EEXIST);
	kho_remove_subtree(mem);
	KUNIT_EXPECT_EQ(test, kho_add_subtree("contract", mem, 8), 0);
	kho_remove_subtree(mem);
	kho_remove_subtree(mem);
	kho_unpreserve_free(mem);
}

static void added_subtree_is_not_for_this_kernel(struct kunit *test)
{
	void *mem = kho_alloc_preserve(PAGE_SIZE);
	phys_addr_t phys = 1;
	size_t size = 2;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mem);
	KUNIT_EXPECT_EQ(test, kho_add_subtree("contract-out", mem, 8), 0);
	KUNIT_EXPECT_EQ(test, kho_retrieve_subtree("contract-out", &phys, &size),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, phys, 1);
	KUNIT_EXPECT_EQ(test, size, 2);
	kho_remove_subtree(mem);
	kho_unpreserve_free(mem);
}

static void *contract_vmalloc(struct kunit *test, unsigned int nr_pages)
{
	void *area = vmalloc(nr_pages * PAGE_SIZE);

	KUNIT_ASSERT_NOT_NULL(test, area);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, vfree_area, area));
	return area;
}

static void vmalloc_area_is_preserved_and_unpreserved(struct kunit *test)
{
	const unsigned int nr_pages[] = { 1, 7, 600 };

	for (int i = 0; i < ARRAY_SIZE(nr_pages); i++) {
		void *area = contract_vmalloc(test, nr_pages[i]);
		struct kho_vmalloc record = {};

		KUNIT_EXPECT_EQ(test, kho_preserve_vmalloc(area, &record), 0);
		KUNIT_EXPECT_EQ(test, record.total_pages, nr_pages[i]);
		KUNIT_EXPECT_NE(test, record.first.phys, 0);
		kho_unpreserve_vmalloc(&record);
	}
}

static void only_vmalloc_areas_are_preserved_as_such(struct kunit *test)
{
	struct folio *folio = contract_folio(test, 0);
	struct page *page = folio_page(folio, 0);
	struct kho_vmalloc record = {};
	void *mapped;

	mapped = vmap(&page, 1, VM_MAP, PAGE_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mapped);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, vunmap_area, mapped));

	KUNIT_EXPECT_EQ(test, kho_preserve_vmalloc(mapped, &record),
			-EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, kho_preserve_vmalloc(folio_address(folio),
						   &record), -EINVAL);
}

static int kho_contract_init(struct kunit *test)
{
	if (!kho_is_enabled())
		kunit_skip(test, "kexec handover is disabled: boot with kho=on");
	return 0;
}

static struct kunit_case kho_contract_cases[] = {
	KUNIT_CASE_PARAM(folio_is_preserved_and_unpreserved, order_gen_params),
	KUNIT_CASE(preserving_takes_no_reference),
	KUNIT_CASE(preserving_twice_succeeds),
	KUNIT_CASE(overlapping_orders_are_preserved),
	KUNIT_CASE(unpreserving_what_is_not_preserved_is_accepted),
	KUNIT_CASE(unpreserving_with_another_order_is_accepted),
	KUNIT_CASE(any_range_of_pages_is_preserved),
	KUNIT_CASE(alloc_preserve_gives_zeroed_memory),
	KUNIT_CASE(alloc_preserve_fails_with_an_error_pointer),
	KUNIT_CASE(freeing_nothing_is_accepted),
	KUNIT_CASE(restoring_what_does_not_wait_gives_null),
	KUNIT_CASE(preserved_for_the_next_kernel_is_not_restored),
	KUNIT_CASE(restoring_beyond_memory_gives_null_silently),
	KUNIT_CASE(query_never_warns),
	KUNIT_CASE(subtree_names_are_unique),
	KUNIT_CASE(added_subtree_is_not_for_this_kernel),
	KUNIT_CASE(vmalloc_area_is_preserved_and_unpreserved),
	KUNIT_CASE(only_vmalloc_areas_are_preserved_as_such),
	{}
};

static struct kunit_suite kho_contract_suite = {
	.name = "kho_contract",
	.init = kho_contract_init,
	.test_cases = kho_contract_cases,
};

kunit_test_suite(kho_contract_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of what callers of kexec handover rely on");
