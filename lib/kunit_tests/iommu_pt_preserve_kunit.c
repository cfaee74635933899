// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: preserving I/O page tables
 *
 * What happens to a page table before the kexec: it is preserved, stands still,
 * is let go again, and fails to be preserved at each of its pages. After each of
 * these the domain is as before, and can be used, preserved and freed.
 */

#include <kunit/test.h>
#include <linux/sizes.h>

#include "fake_kho.h"
#include "liveupdate_random.h"
#include "liveupdate_snapshot.h"
#include "mock_kexec.h"
#include "nth_failure.h"
#include "pt_domain.h"

struct preserve_test {
	struct pt_domain *domain;
	struct pt_mappings mappings;
	struct pt_iommu_description description;
};

static void start(struct kunit *test, struct preserve_test *on)
{
	fake_kho_start(test);
	on->domain = pt_domain_alloc(test, test->param_value);
	pt_domain_map_random(test, on->domain, liveupdate_random_start(test),
			     &on->mappings);
}

static void preserve(struct kunit *test, struct preserve_test *on)
{
	KUNIT_ASSERT_EQ(test, 0, pt_domain_preserve(on->domain,
						    &on->description));
}

static unsigned long preserved_pages(void)
{
	struct fake_kho_ranges preserved;

	fake_kho_get_preserved(&preserved);
	return preserved.count;
}

/* Each table page is preserved once, and nothing else is. */
static void preserves_each_table_once(struct kunit *test)
{
	struct liveupdate_snapshot empty, before, after;
	struct preserve_test on = {};

	fake_kho_start(test);
	liveupdate_snapshot_take(&empty);
	on.domain = pt_domain_alloc(test, test->param_value);
	pt_domain_map_random(test, on.domain, liveupdate_random_start(test),
			     &on.mappings);
	liveupdate_snapshot_take(&before);

	preserve(test, &on);
	liveupdate_snapshot_take(&after);
	KUNIT_EXPECT_EQ(test, after.preserved.count - empty.preserved.count,
			before.iommu_pages - empty.iommu_pages);
	KUNIT_EXPECT_EQ(test, before.memory.iommu_checksum,
			after.memory.iommu_checksum);
	pt_domain_unpreserve(on.domain);
}

/* Finding 77: from preserve on, the table stands still. */
static void preserved_domain_refuses_changes(struct kunit *test)
{
	struct liveupdate_snapshot before, after;
	struct preserve_test on = {};

	start(test, &on);
	preserve(test, &on);
	liveupdate_snapshot_take(&before);
	pt_domain_expect_immutable(test, on.domain, &on.mappings);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);

	pt_domain_unpreserve(on.domain);
	pt_domain_unmap(test, on.domain, &on.mappings);
}

/* Finding 72: a domain is preserved once. The second attempt changes nothing. */
static void second_preserve_is_busy(struct kunit *test)
{
	struct pt_iommu_description second = { .top_level = 77 };
	struct liveupdate_snapshot before, after;
	struct preserve_test on = {};

	start(test, &on);
	preserve(test, &on);
	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, -EBUSY, pt_domain_preserve(on.domain, &second));
	KUNIT_EXPECT_EQ(test, 77, second.top_level);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);

	pt_domain_unpreserve(on.domain);
	KUNIT_EXPECT_EQ(test, 0, preserved_pages());
}

/* Finding 18: preserved and cancelled many times, nothing is left behind. */
static void cancelled_and_repeated_100_times(struct kunit *test)
{
	struct liveupdate_snapshot before, after;
	struct preserve_test on = {};

	start(test, &on);
	liveupdate_snapshot_take(&before);
	for (unsigned int i = 0; i < 100; i++) {
		KUNIT_ASSERT_EQ(test, 0,
				pt_domain_preserve(on.domain, &on.description));
		KUNIT_ASSERT_GT(test, preserved_pages(), 4);
		pt_domain_unpreserve(on.domain);
		KUNIT_ASSERT_EQ(test, 0, preserved_pages());
	}
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	pt_domain_expect_mappings(test, on.domain, &on.mappings);
}

/* What is mapped after an update was cancelled is part of the next one. */
static void changes_after_a_cancel_are_preserved(struct kunit *test)
{
	const struct pt_domain_config *config = test->param_value;
	struct preserve_test on = {};
	unsigned long before;
	unsigned long hole;

	start(test, &on);
	preserve(test, &on);
	before = preserved_pages();
	pt_domain_unpreserve(on.domain);

	hole = on.domain->domain.geometry.aperture_end / 4 + 1;
	pt_domain_map(test, on.domain, hole, SZ_4G + SZ_4K, SZ_4K,
		      &on.mappings);
	preserve(test, &on);
	KUNIT_EXPECT_GT(test, preserved_pages(), before);

	pt_domain_end(test, on.domain);
	mock_kexec(test);
	on.domain = pt_domain_restore(test, config, &on.description);
	pt_domain_expect_mappings(test, on.domain, &on.mappings);
}

static int run_preserve(struct kunit *test, void *context)
{
	struct preserve_test *on = context;

	return pt_domain_preserve(on->domain, &on->description);
}

static void undo_preserve(struct kunit *test, void *context)
{
	struct preserve_test *on = context;

	pt_domain_unpreserve(on->domain);
}

static void expect_still_mutable(struct kunit *test, void *context)
{
	struct preserve_test *on = context;
	unsigned long iova = on->mappings.map[0].iova;

	/* Mapped already, so the table was looked at and did not change */
	KUNIT_EXPECT_EQ(test, -EADDRINUSE,
			iommu_map(&on->domain->domain, iova, 0, SZ_4K,
				  IOMMU_READ | IOMMU_WRITE, GFP_KERNEL));
}

/*
 * Finding 83: a failure at the k-th page, for each k, takes back the pages
 * before it and no other.
 */
static void failure_at_each_page_undoes_the_rest(struct kunit *test)
{
	struct preserve_test on = {};
	struct nth_failure_sweep sweep = {
		.name = "preserve",
		.run = run_preserve,
		.undo = undo_preserve,
		.check = expect_still_mutable,
		.context = &on,
	};

	start(test, &on);
	preserve(test, &on);
	sweep.minimum = preserved_pages();
	pt_domain_unpreserve(on.domain);

	nth_failure_sweep(test, &sweep);
	pt_domain_expect_mappings(test, on.domain, &on.mappings);
}

/*
 * Finding 92: after a failed preserve the pages are on no list. The domain can
 * be unmapped, mapped and freed.
 */
static void failed_preserve_leaves_a_usable_domain(struct kunit *test)
{
	struct preserve_test on = {};

	start(test, &on);
	for (unsigned int n = 1; n < 6; n++) {
		current->fail_nth = n;
		KUNIT_EXPECT_EQ(test, -ENOMEM,
				pt_domain_preserve(on.domain,
						   &on.description));
		KUNIT_EXPECT_EQ(test, 0, current->fail_nth);
		current->fail_nth = 0;
	}

	KUNIT_EXPECT_EQ(test, 0, preserved_pages());
	pt_domain_unmap(test, on.domain, &on.mappings);
	pt_domain_map(test, on.domain, SZ_2M, SZ_4G, SZ_2M, &on.mappings);
	pt_domain_expect_mappings(test, on.domain, &on.mappings);
}

/* Preserving a restored domain fails as any other, and leaves it complete. */
static void second_update_fails_at_each_page(struct kunit *test)
{
	const struct pt_domain_config *config = test->param_value;
	struct preserve_test on = {};
	struct nth_failure_sweep sweep = {
		.name = "preserve of a restored table",
		.run = run_preserve,
		.undo = undo_preserve,
		.context = &on,
	};

	start(test, &on);
	preserve(test, &on);
	sweep.minimum = preserved_pages();
	pt_domain_end(test, on.domain);
	mock_kexec(test);

	on.domain = pt_domain_restore(test, config, &on.description);
	/* The first attempt takes the tables back, whatever comes of it */
	KUNIT_EXPECT_EQ(test, 0, pt_domain_complete(on.domain));
	nth_failure_sweep(test, &sweep);
	pt_domain_expect_mappings(test, on.domain, &on.mappings);
}

/*
 * Whatever comes after a successful preserve needs no memory and cannot fail for
 * the lack of it: unpreserve, restore, complete and free.
 */
static void only_preserve_needs_memory(struct kunit *test)
{
	const struct pt_domain_config *config = test->param_value;
	const unsigned int armed = 1000000;
	struct preserve_test on = {};
	unsigned int left[4];

	start(test, &on);
	preserve(test, &on);
	current->fail_nth = armed;
	pt_domain_unpreserve(on.domain);
	left[0] = current->fail_nth;
	current->fail_nth = 0;

	preserve(test, &on);
	pt_domain_end(test, on.domain);
	mock_kexec(test);
	on.domain = pt_domain_alloc(test, config);
	current->fail_nth = armed;
	pt_domain_try_restore(on.domain, &on.description);
	left[1] = current->fail_nth;
	pt_domain_complete(on.domain);
	left[2] = current->fail_nth;
	pt_iommu_deinit(&on.domain->iommu);
	left[3] = current->fail_nth;
	current->fail_nth = 0;
	/* Nothing is left that the end of the test should deinit */
	on.domain->iommu.ops = NULL;

	for (unsigned int i = 0; i < ARRAY_SIZE(left); i++)
		KUNIT_EXPECT_EQ(test, left[i], armed);
}

/* A driver bug: the table is freed as if the update had been cancelled. */
static void free_of_a_preserved_domain_unpreserves_it(struct kunit *test)
{
	struct liveupdate_snapshot before, after;
	struct pt_iommu_description description;
	struct pt_domain *domain;

	fake_kho_start(test);
	liveupdate_snapshot_take(&before);
	domain = pt_domain_alloc(test, pt_domain_config_by_name("amdv1"));
	KUNIT_ASSERT_EQ(test, 0, pt_domain_preserve(domain, &description));
	kunit_warning_suppress(test) {
		domain->iommu.ops->deinit(&domain->iommu);
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
	/* Nothing is left that the end of the test should deinit */
	domain->iommu.ops = NULL;
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
}

#define PRESERVE_CASE(name) KUNIT_CASE_PARAM(name, pt_domain_gen_configs)

static struct kunit_case iommu_pt_preserve_cases[] = {
	PRESERVE_CASE(preserves_each_table_once),
	PRESERVE_CASE(preserved_domain_refuses_changes),
	PRESERVE_CASE(second_preserve_is_busy),
	PRESERVE_CASE(cancelled_and_repeated_100_times),
	PRESERVE_CASE(changes_after_a_cancel_are_preserved),
	PRESERVE_CASE(failure_at_each_page_undoes_the_rest),
	PRESERVE_CASE(failed_preserve_leaves_a_usable_domain),
	PRESERVE_CASE(second_update_fails_at_each_page),
	PRESERVE_CASE(only_preserve_needs_memory),
	KUNIT_CASE(free_of_a_preserved_domain_unpreserves_it),
	{}
};

static struct kunit_suite iommu_pt_preserve_suite = {
	.name = "iommu_pt_preserve",
	.test_cases = iommu_pt_preserve_cases,
};

kunit_test_suite(iommu_pt_preserve_suite);
