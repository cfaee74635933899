// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: memory of IOMMUs over a live update
 *
 * Allocations of iommu-pages, of one page and of many, are preserved, come back
 * from a mock kexec as the allocator itself would have made them, and are freed.
 */

#include <kunit/test.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "../../drivers/iommu/liveupdate/pages.h"
#include "fake_kho.h"
#include "liveupdate_snapshot.h"
#include "mock_kexec.h"
#include "nth_failure.h"

/* A PASID directory, the interrupt remapping table of VT-d: more than a page */
static const size_t sizes[] = { SZ_4K, SZ_8K, SZ_64K, SZ_1M };

static void *alloc_filled(struct kunit *test, size_t size)
{
	void *virt = iommu_alloc_pages_sz(GFP_KERNEL, size);

	KUNIT_ASSERT_NOT_NULL(test, virt);
	memset(virt, 0xa5, size);
	return virt;
}

static void free_pages_action(void *virt)
{
	iommu_free_pages(virt);
}

/* Finding 88: an allocation of any order is preserved and comes back whole. */
static void allocation_comes_back_whole(struct kunit *test)
{
	fake_kho_start(test);
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *virt = alloc_filled(test, sizes[i]);
		phys_addr_t phys = virt_to_phys(virt);

		KUNIT_ASSERT_EQ(test, 0, iommu_pages_preserve(virt));
		mock_kexec(test);
		KUNIT_EXPECT_EQ(test, get_order(sizes[i]),
				kho_preserved_order(phys));

		virt = iommu_pages_restore(phys, sizes[i]);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, virt);
		KUNIT_EXPECT_EQ(test, get_order(sizes[i]),
				folio_order(virt_to_folio(virt)));
		KUNIT_EXPECT_NULL(test, memchr_inv(virt, 0xa5, sizes[i]));
		KUNIT_EXPECT_EQ(test, -ENOENT, kho_preserved_order(phys));
		iommu_free_pages(virt);
	}
}

/* Finding 80: restored memory is counted, so that a free does not underflow. */
static void restored_memory_is_counted(struct kunit *test)
{
	struct liveupdate_snapshot before, after;

	fake_kho_start(test);
	liveupdate_snapshot_take(&before);
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		void *virt = alloc_filled(test, sizes[i]);
		phys_addr_t phys = virt_to_phys(virt);

		KUNIT_ASSERT_EQ(test, 0, iommu_pages_preserve(virt));
		mock_kexec(test);
		virt = iommu_pages_restore(phys, sizes[i]);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, virt);
		liveupdate_snapshot_take(&after);
		KUNIT_EXPECT_EQ(test, after.iommu_pages - before.iommu_pages,
				sizes[i] / PAGE_SIZE);
		KUNIT_EXPECT_EQ(test, after.secondary_pagetable -
				      before.secondary_pagetable,
				sizes[i] / PAGE_SIZE);
		iommu_free_pages(virt);
	}
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
}

/*
 * Finding 81: restored memory is coherent, as far as the allocator knows, whatever
 * it was in the old kernel.
 */
static void restored_memory_is_coherent(struct kunit *test)
{
	phys_addr_t phys;
	void *virt;

	fake_kho_start(test);
	virt = alloc_filled(test, SZ_4K);
	phys = virt_to_phys(virt);
	virt_to_ioptdesc(virt)->incoherent = true;
	KUNIT_ASSERT_EQ(test, 0, iommu_pages_preserve(virt));
	mock_kexec(test);

	/* KHO makes no promise about this part of struct page */
	((struct ioptdesc *)phys_to_page(phys))->incoherent = true;
	virt = iommu_pages_restore(phys, SZ_4K);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, virt);
	KUNIT_EXPECT_FALSE(test, virt_to_ioptdesc(virt)->incoherent);
	iommu_free_pages(virt);
}

/* Finding 82: preserve and unpreserve are in balance. */
static void unpreserve_undoes_preserve(struct kunit *test)
{
	struct liveupdate_snapshot before, after;
	void *virt;

	fake_kho_start(test);
	virt = alloc_filled(test, SZ_64K);
	liveupdate_snapshot_take(&before);
	KUNIT_ASSERT_EQ(test, 0, iommu_pages_preserve(virt));
	liveupdate_snapshot_take(&after);
	KUNIT_EXPECT_EQ(test, 1, after.preserved.count);
	iommu_pages_unpreserve(virt);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	iommu_free_pages(virt);
}

/* Finding 84: memory that is not there is an errno without a warning. */
static void wrong_address_is_refused(struct kunit *test)
{
	struct liveupdate_snapshot before, after;
	phys_addr_t phys, in_use;
	void *virt;

	fake_kho_start(test);
	virt = alloc_filled(test, SZ_8K);
	phys = virt_to_phys(virt);
	KUNIT_ASSERT_EQ(test, 0, iommu_pages_preserve(virt));
	mock_kexec(test);
	virt = alloc_filled(test, SZ_8K);
	in_use = virt_to_phys(virt);
	liveupdate_snapshot_take(&before);

	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EINVAL),
			    iommu_pages_restore(0, SZ_8K));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EINVAL),
			    iommu_pages_restore(PHYS_ADDR_MAX, SZ_8K));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EINVAL),
			    iommu_pages_restore(phys + 8, SZ_8K));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EINVAL),
			    iommu_pages_restore(phys + SZ_4K, SZ_8K));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EINVAL),
			    iommu_pages_restore(phys, SZ_4K));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EINVAL),
			    iommu_pages_restore(phys, SZ_16K));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EINVAL),
			    iommu_pages_restore(in_use, SZ_8K));
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	iommu_free_pages(virt);

	virt = iommu_pages_restore(phys, SZ_8K);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, virt);
	iommu_free_pages(virt);
}

/* What was taken once cannot be taken again. */
static void memory_comes_back_once(struct kunit *test)
{
	phys_addr_t phys;
	void *virt;

	fake_kho_start(test);
	virt = alloc_filled(test, SZ_4K);
	phys = virt_to_phys(virt);
	KUNIT_ASSERT_EQ(test, 0, iommu_pages_preserve(virt));
	mock_kexec(test);
	virt = iommu_pages_restore(phys, SZ_4K);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, virt);
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EINVAL),
			    iommu_pages_restore(phys, SZ_4K));
	iommu_free_pages(virt);
}

static void unpreserved_memory_is_lost(struct kunit *test)
{
	void *virt;

	fake_kho_start(test);
	virt = alloc_filled(test, SZ_4K);
	mock_kexec(test);
	KUNIT_EXPECT_TRUE(test, mock_kexec_is_poisoned(virt, SZ_4K));
	KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EINVAL),
			    iommu_pages_restore(virt_to_phys(virt), SZ_4K));
}

static int run_preserve(struct kunit *test, void *virt)
{
	return iommu_pages_preserve(virt);
}

static void undo_preserve(struct kunit *test, void *virt)
{
	iommu_pages_unpreserve(virt);
}

static void preserve_can_fail_and_be_repeated(struct kunit *test)
{
	struct nth_failure_sweep sweep = {
		.name = "iommu_pages_preserve",
		.run = run_preserve,
		.undo = undo_preserve,
		.minimum = 1,
	};

	fake_kho_start(test);
	sweep.context = alloc_filled(test, SZ_64K);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, free_pages_action,
						  sweep.context));
	nth_failure_sweep(test, &sweep);
}

static struct kunit_case iommu_pages_liveupdate_cases[] = {
	KUNIT_CASE(allocation_comes_back_whole),
	KUNIT_CASE(restored_memory_is_counted),
	KUNIT_CASE(restored_memory_is_coherent),
	KUNIT_CASE(unpreserve_undoes_preserve),
	KUNIT_CASE(wrong_address_is_refused),
	KUNIT_CASE(memory_comes_back_once),
	KUNIT_CASE(unpreserved_memory_is_lost),
	KUNIT_CASE(preserve_can_fail_and_be_repeated),
	{}
};

static struct kunit_suite iommu_pages_liveupdate_suite = {
	.name = "iommu_pages_liveupdate",
	.test_cases = iommu_pages_liveupdate_cases,
};

kunit_test_suite(iommu_pages_liveupdate_suite);
