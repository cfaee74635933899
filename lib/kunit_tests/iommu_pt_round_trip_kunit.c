// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: I/O page tables in the next kernel
 *
 * Page tables of each format are preserved, go through a mock kexec in which
 * their run-time objects are freed and all memory that was not preserved is
 * poisoned, and are continued by a fresh domain. What they translate, what they
 * refuse, what they count and what they free is compared with what was asked of
 * the old domain.
 */

#include <kunit/test.h>
#include <linux/kho/abi/iommu.h>
#include <linux/sizes.h>

#include "fake_kho.h"
#include "liveupdate_random.h"
#include "liveupdate_snapshot.h"
#include "mock_kexec.h"
#include "pt_domain.h"

/* A domain with random mappings, and its description once it is preserved */
struct round_trip {
	const struct pt_domain_config *config;
	struct pt_domain *domain;
	struct pt_mappings mappings;
	struct pt_iommu_description description;
};

static void map_domain(struct kunit *test, struct round_trip *trip)
{
	trip->config = test->param_value;
	trip->domain = pt_domain_alloc(test, trip->config);
	pt_domain_map_random(test, trip->domain, liveupdate_random_start(test),
			     &trip->mappings);
}

static void start(struct kunit *test, struct round_trip *trip)
{
	fake_kho_start(test);
	map_domain(test, trip);
}

static void preserve(struct kunit *test, struct round_trip *trip)
{
	KUNIT_ASSERT_EQ(test, 0, pt_domain_preserve(trip->domain,
						    &trip->description));
}

/* A preserved table waits in the next kernel, which has not looked at it yet */
static void start_in_next_kernel(struct kunit *test, struct round_trip *trip)
{
	start(test, trip);
	preserve(test, trip);
	pt_domain_end(test, trip->domain);
	mock_kexec(test);
}

/* The old kernel ends, the next one continues the domain */
static void kexec(struct kunit *test, struct round_trip *trip)
{
	pt_domain_end(test, trip->domain);
	mock_kexec(test);
	trip->domain = pt_domain_restore(test, trip->config,
					 &trip->description);
}

static unsigned long counted_pages(void)
{
	struct liveupdate_snapshot now;

	liveupdate_snapshot_take(&now);
	return now.secondary_pagetable;
}

static unsigned long waiting_pages(void)
{
	struct fake_kho_ranges waiting;

	fake_kho_get_waiting(&waiting);
	return waiting.count;
}

static struct pt_common *common_of(struct pt_domain *domain)
{
	switch (domain->config->format) {
	case IOMMU_PT_FORMAT_AMDV1:
		return &domain->amdv1.amdpt.common;
	case IOMMU_PT_FORMAT_RISCV_64:
		return &domain->riscv_64.riscv_64pt.common;
	case IOMMU_PT_FORMAT_VTDSS:
		return &domain->vtdss.vtdss_pt.common;
	default:
		return &domain->x86_64.x86_64_pt.common;
	}
}

/* Finding 90: each address translates to the same one before and after. */
static void translates_as_before(struct kunit *test)
{
	struct round_trip trip = {};

	start(test, &trip);
	pt_domain_expect_every_entry(test, trip.domain, &trip.mappings);
	preserve(test, &trip);
	pt_domain_expect_every_entry(test, trip.domain, &trip.mappings);
	kexec(test, &trip);
	pt_domain_expect_every_entry(test, trip.domain, &trip.mappings);
	pt_domain_free(test, trip.domain);
}

/* Finding 90, for many tables, each of them freed in the next kernel. */
static void many_tables_translate_as_before(struct kunit *test)
{
	struct liveupdate_random *random = liveupdate_random_start(test);
	struct round_trip trip = { .config = test->param_value };

	fake_kho_start(test);
	for (unsigned int round = 0; round < 50; round++) {
		trip.mappings.count = 0;
		trip.domain = pt_domain_alloc(test, trip.config);
		pt_domain_map_random(test, trip.domain, random, &trip.mappings);
		preserve(test, &trip);
		kexec(test, &trip);
		pt_domain_expect_mappings(test, trip.domain, &trip.mappings);
		pt_domain_free(test, trip.domain);
		KUNIT_ASSERT_EQ(test, 0, waiting_pages());
	}
}

/*
 * Finding 86: level, widths and sign extension are part of the description, and
 * the restored domain has them, its aperture and its page sizes.
 */
static void has_the_shape_of_before(struct kunit *test)
{
	struct iommu_domain_geometry geometry;
	struct pt_iommu_description again;
	struct round_trip trip = {};
	unsigned long page_sizes;

	start(test, &trip);
	geometry = trip.domain->domain.geometry;
	page_sizes = trip.domain->domain.pgsize_bitmap;
	preserve(test, &trip);
	KUNIT_EXPECT_EQ(test, trip.description.format, trip.config->format);
	KUNIT_EXPECT_GE(test, trip.description.top_level,
			trip.config->starting_level);
	KUNIT_EXPECT_EQ(test, trip.description.max_vasz_lg2,
			trip.config->cfg.hw_max_vasz_lg2);
	KUNIT_EXPECT_EQ(test, trip.description.max_oasz_lg2,
			trip.config->cfg.hw_max_oasz_lg2);
	KUNIT_EXPECT_EQ(test, trip.description.sign_extend,
			pt_domain_sign_extends(trip.config));
	KUNIT_EXPECT_EQ(test, trip.description.features, trip.config->recorded);
	kexec(test, &trip);

	KUNIT_EXPECT_MEMEQ(test, &geometry, &trip.domain->domain.geometry,
			   sizeof(geometry));
	KUNIT_EXPECT_EQ(test, page_sizes, trip.domain->domain.pgsize_bitmap);
	KUNIT_EXPECT_EQ(test, 0, pt_domain_preserve(trip.domain, &again));
	KUNIT_EXPECT_MEMEQ(test, &again, &trip.description, sizeof(again));
	pt_domain_unpreserve(trip.domain);
}

/* Finding 86: a top that has grown comes back at the level it has grown to. */
static void top_that_has_grown_comes_back(struct kunit *test)
{
	struct round_trip trip = {
		.config = pt_domain_config_by_name("amdv1"),
	};

	fake_kho_start(test);
	trip.domain = pt_domain_alloc(test, trip.config);
	pt_domain_map(test, trip.domain, SZ_2M, SZ_4G, SZ_2M, &trip.mappings);
	preserve(test, &trip);
	KUNIT_EXPECT_EQ(test, 0, trip.domain->tops_changed);
	KUNIT_EXPECT_EQ(test, trip.description.top_level,
			trip.config->starting_level);
	pt_domain_unpreserve(trip.domain);

	pt_domain_map(test, trip.domain, 1UL << 60, SZ_8G, SZ_2M,
		      &trip.mappings);
	KUNIT_ASSERT_GT(test, trip.domain->tops_changed, 0);
	preserve(test, &trip);
	KUNIT_EXPECT_GT(test, trip.description.top_level,
			trip.config->starting_level);
	kexec(test, &trip);
	pt_domain_expect_mappings(test, trip.domain, &trip.mappings);
}

/* Finding 56: nothing can be mapped, unmapped or made dirty in a restored one. */
static void restored_domain_refuses_changes(struct kunit *test)
{
	struct liveupdate_snapshot before, after;
	struct round_trip trip = {};

	start(test, &trip);
	preserve(test, &trip);
	kexec(test, &trip);

	liveupdate_snapshot_take(&before);
	pt_domain_expect_immutable(test, trip.domain, &trip.mappings);
	KUNIT_EXPECT_EQ(test, 0, pt_domain_complete(trip.domain));
	pt_domain_expect_immutable(test, trip.domain, &trip.mappings);
	liveupdate_snapshot_take(&after);
	KUNIT_EXPECT_EQ(test, before.secondary_pagetable + before.waiting.count,
			after.secondary_pagetable + after.waiting.count);
}

/* Finding 87: what a table says about how changes are flushed is forgotten. */
static void features_of_changes_are_forgotten(struct kunit *test)
{
	const unsigned int of_changes = BIT(PT_FEAT_FLUSH_RANGE) |
					BIT(PT_FEAT_FLUSH_RANGE_NO_GAPS) |
					BIT(PT_FEAT_DETAILED_GATHER);
	struct round_trip trip = {};
	unsigned int features;

	start(test, &trip);
	features = common_of(trip.domain)->features;
	KUNIT_ASSERT_NE(test, 0, features & of_changes);
	preserve(test, &trip);
	kexec(test, &trip);
	KUNIT_EXPECT_EQ(test, features & ~of_changes,
			common_of(trip.domain)->features);
}

/*
 * Finding 80: pages that come back are counted as pages that are allocated, no
 * sooner and no later than KHO gives them up.
 */
static void counted_and_waiting_are_all_tables(struct kunit *test)
{
	struct round_trip trip = {};
	unsigned long tables, base;

	fake_kho_start(test);
	base = counted_pages();
	map_domain(test, &trip);
	tables = counted_pages() - base;
	KUNIT_ASSERT_GT(test, tables, 4);
	preserve(test, &trip);
	KUNIT_EXPECT_EQ(test, tables, counted_pages() - base);

	pt_domain_end(test, trip.domain);
	mock_kexec(test);
	KUNIT_EXPECT_EQ(test, base, counted_pages());
	KUNIT_EXPECT_EQ(test, tables, waiting_pages());

	trip.domain = pt_domain_restore(test, trip.config, &trip.description);
	KUNIT_EXPECT_EQ(test, 1, counted_pages() - base);
	KUNIT_EXPECT_EQ(test, tables - 1, waiting_pages());

	KUNIT_EXPECT_EQ(test, 0, pt_domain_complete(trip.domain));
	KUNIT_EXPECT_EQ(test, tables, counted_pages() - base);
	KUNIT_EXPECT_EQ(test, 0, waiting_pages());

	pt_domain_free(test, trip.domain);
	KUNIT_EXPECT_EQ(test, base, counted_pages());
}

/* Finding 91: freeing a restored domain leaves nothing with KHO or in use. */
static void free_leaves_nothing(struct kunit *test)
{
	struct liveupdate_snapshot before, after;
	struct round_trip trip = {};

	start_in_next_kernel(test, &trip);

	liveupdate_snapshot_take(&before);
	trip.domain = pt_domain_restore(test, trip.config, &trip.description);
	pt_domain_free(test, trip.domain);
	liveupdate_snapshot_take(&after);

	KUNIT_EXPECT_EQ(test, 0, after.waiting.count);
	KUNIT_EXPECT_EQ(test, after.managed_pages - before.managed_pages,
			before.waiting.count);
	KUNIT_EXPECT_EQ(test, after.iommu_pages, before.iommu_pages);
	KUNIT_EXPECT_EQ(test, after.secondary_pagetable,
			before.secondary_pagetable);
	KUNIT_EXPECT_EQ(test, after.memory.iommu_folios,
			before.memory.iommu_folios);
}

/* Finding 85: the top of the fresh domain is freed, once, when it is replaced. */
static void fresh_top_is_freed_once(struct kunit *test)
{
	struct liveupdate_snapshot before, after;
	struct round_trip trip = {};

	start_in_next_kernel(test, &trip);

	trip.domain = pt_domain_alloc(test, trip.config);
	liveupdate_snapshot_take(&before);
	KUNIT_ASSERT_EQ(test, 0, pt_domain_try_restore(trip.domain,
						       &trip.description));
	liveupdate_snapshot_take(&after);
	KUNIT_EXPECT_EQ(test, before.iommu_pages, after.iommu_pages);
	KUNIT_EXPECT_EQ(test, before.memory.iommu_folios,
			after.memory.iommu_folios);
	KUNIT_EXPECT_NE(test, before.memory.iommu_checksum,
			after.memory.iommu_checksum);
}

/* Finding 89: what a restore does is the same for one table and for many. */
static void restore_touches_the_top_only(struct kunit *test)
{
	struct fake_kho_calls before, after;
	struct round_trip trip = {};

	start_in_next_kernel(test, &trip);

	fake_kho_get_calls(&before);
	KUNIT_ASSERT_GT(test, waiting_pages(), 4);
	trip.domain = pt_domain_restore(test, trip.config, &trip.description);
	fake_kho_get_calls(&after);
	KUNIT_EXPECT_EQ(test, 1, after.restore - before.restore);
	KUNIT_EXPECT_EQ(test, 1, after.restored_pages - before.restored_pages);
	KUNIT_EXPECT_LE(test, after.query - before.query, 2);
}

/* Finding 167: a restored domain is preserved again, before it was freed. */
static void domain_survives_three_updates(struct kunit *test)
{
	struct pt_iommu_description first;
	struct round_trip trip = {};

	start(test, &trip);
	preserve(test, &trip);
	first = trip.description;
	for (unsigned int generation = 1; generation <= 3; generation++) {
		kexec(test, &trip);
		KUNIT_EXPECT_EQ(test, mock_kexec_generation(), generation);
		pt_domain_expect_mappings(test, trip.domain, &trip.mappings);
		preserve(test, &trip);
		pt_domain_expect_immutable(test, trip.domain, &trip.mappings);
		KUNIT_EXPECT_MEMEQ(test, &first, &trip.description,
				   sizeof(first));
	}
	kexec(test, &trip);
	pt_domain_free(test, trip.domain);
	KUNIT_EXPECT_EQ(test, 0, waiting_pages());
}

/* A restored domain whose second update is cancelled is still a restored one. */
static void cancelled_second_update_stays_immutable(struct kunit *test)
{
	struct round_trip trip = {};

	start(test, &trip);
	preserve(test, &trip);
	kexec(test, &trip);
	preserve(test, &trip);
	pt_domain_unpreserve(trip.domain);
	pt_domain_expect_immutable(test, trip.domain, &trip.mappings);
	preserve(test, &trip);
	kexec(test, &trip);
	pt_domain_expect_mappings(test, trip.domain, &trip.mappings);
}

static void domain_without_mappings_comes_back(struct kunit *test)
{
	struct round_trip trip = { .config = test->param_value };

	fake_kho_start(test);
	trip.domain = pt_domain_alloc(test, trip.config);
	preserve(test, &trip);
	kexec(test, &trip);
	KUNIT_EXPECT_EQ(test, 0, waiting_pages());
	KUNIT_EXPECT_EQ(test, 0,
			iommu_iova_to_phys(&trip.domain->domain, SZ_2M));
	pt_domain_expect_immutable(test, trip.domain, &trip.mappings);
	/* Empty, but not unused */
	KUNIT_EXPECT_EQ(test, -EBUSY,
			pt_domain_try_restore(trip.domain, &trip.description));
}

static void domain_with_emptied_tables_comes_back(struct kunit *test)
{
	struct round_trip trip = {};

	start(test, &trip);
	pt_domain_unmap(test, trip.domain, &trip.mappings);
	preserve(test, &trip);
	kexec(test, &trip);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_iova_to_phys(&trip.domain->domain, SZ_2M));
	pt_domain_free(test, trip.domain);
	KUNIT_EXPECT_EQ(test, 0, waiting_pages());
}

/* Freeing one of two domains takes nothing of the other. */
static void two_domains_do_not_share_tables(struct kunit *test)
{
	struct pt_iommu_description description;
	struct round_trip one = {};
	struct pt_mappings *mappings;
	struct pt_domain *other;

	start(test, &one);
	preserve(test, &one);
	mappings = kunit_kzalloc(test, sizeof(*mappings), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mappings);
	other = pt_domain_alloc(test, one.config);
	pt_domain_map(test, other, SZ_2M, SZ_4G, SZ_64K, mappings);
	KUNIT_ASSERT_EQ(test, 0, pt_domain_preserve(other, &description));

	pt_domain_end(test, one.domain);
	pt_domain_end(test, other);
	mock_kexec(test);
	one.domain = pt_domain_restore(test, one.config, &one.description);
	other = pt_domain_restore(test, one.config, &description);
	pt_domain_free(test, one.domain);
	KUNIT_EXPECT_GT(test, waiting_pages(), 0);
	pt_domain_expect_mappings(test, other, mappings);
	pt_domain_free(test, other);
	KUNIT_EXPECT_EQ(test, 0, waiting_pages());
}

/* Finding 61: one table is one domain. A second one of it is refused. */
static void one_top_makes_one_domain(struct kunit *test)
{
	struct round_trip trip = {};
	struct pt_domain *second;

	start(test, &trip);
	preserve(test, &trip);
	kexec(test, &trip);

	second = pt_domain_alloc(test, trip.config);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			pt_domain_try_restore(second, &trip.description));
	pt_domain_map(test, second, SZ_2M, SZ_4G, SZ_2M, NULL);
	pt_domain_free(test, second);
	pt_domain_expect_mappings(test, trip.domain, &trip.mappings);
	pt_domain_free(test, trip.domain);
	KUNIT_EXPECT_EQ(test, 0, waiting_pages());
}

static void restore_wants_an_unused_domain(struct kunit *test)
{
	struct round_trip trip = {};
	struct pt_domain *used;

	start(test, &trip);
	preserve(test, &trip);
	kexec(test, &trip);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			pt_domain_try_restore(trip.domain, &trip.description));

	used = pt_domain_alloc(test, trip.config);
	pt_domain_map(test, used, SZ_2M, SZ_4G, SZ_4K, NULL);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			pt_domain_try_restore(used, &trip.description));
	KUNIT_EXPECT_EQ(test, SZ_4K,
			iommu_unmap(&used->domain, SZ_2M, SZ_4K));
	pt_domain_expect_mappings(test, trip.domain, &trip.mappings);
}

#define ROUND_TRIP_CASE(name) KUNIT_CASE_PARAM(name, pt_domain_gen_configs)

static struct kunit_case iommu_pt_round_trip_cases[] = {
	ROUND_TRIP_CASE(translates_as_before),
	KUNIT_CASE_PARAM_ATTR(many_tables_translate_as_before,
			      pt_domain_gen_configs, { .speed = KUNIT_SPEED_SLOW }),
	ROUND_TRIP_CASE(has_the_shape_of_before),
	KUNIT_CASE(top_that_has_grown_comes_back),
	ROUND_TRIP_CASE(restored_domain_refuses_changes),
	ROUND_TRIP_CASE(features_of_changes_are_forgotten),
	ROUND_TRIP_CASE(counted_and_waiting_are_all_tables),
	ROUND_TRIP_CASE(free_leaves_nothing),
	ROUND_TRIP_CASE(fresh_top_is_freed_once),
	ROUND_TRIP_CASE(restore_touches_the_top_only),
	ROUND_TRIP_CASE(domain_survives_three_updates),
	ROUND_TRIP_CASE(cancelled_second_update_stays_immutable),
	ROUND_TRIP_CASE(domain_without_mappings_comes_back),
	ROUND_TRIP_CASE(domain_with_emptied_tables_comes_back),
	ROUND_TRIP_CASE(two_domains_do_not_share_tables),
	ROUND_TRIP_CASE(one_top_makes_one_domain),
	ROUND_TRIP_CASE(restore_wants_an_unused_domain),
	{}
};

static struct kunit_suite iommu_pt_round_trip_suite = {
	.name = "iommu_pt_round_trip",
	.test_cases = iommu_pt_round_trip_cases,
};

kunit_test_suite(iommu_pt_round_trip_suite);

MODULE_DESCRIPTION("KUnit tests of I/O page tables over a live update");
MODULE_LICENSE("GPL");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_IMPORT_NS("GENERIC_PT_IOMMU");
