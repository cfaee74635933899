// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Benchmark: I/O page tables over a live update
 *
 * Prints what it costs to carry over page tables that map 1, 8 and 64 GiB, with
 * pages of 4 KiB and of 2 MiB, for each format. Nothing is judged here: figures
 * of one run are compared with each other, in a kernel without KASAN and lock
 * debugging. KHO is the fake, whose call is the floor that preserve is held
 * against.
 */

#include <kunit/test.h>
#include <linux/kexec_handover.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/sort.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "fake_kho.h"
#include "liveupdate_snapshot.h"
#include "mock_kexec.h"
#include "pt_domain.h"

#define ROUNDS	7

/**
 * struct bench_size - What is mapped.
 * @name: For the figures.
 * @bytes: Memory that is mapped.
 * @page: Size of each page.
 */
struct bench_size {
	const char *name;
	u64 bytes;
	size_t page;
};

static const struct bench_size bench_sizes[] = {
	{ " 1 GiB of 4 KiB", SZ_1G, SZ_4K },
	{ " 8 GiB of 4 KiB", SZ_8G, SZ_4K },
	{ "64 GiB of 4 KiB", SZ_64G, SZ_4K },
	{ " 1 GiB of 2 MiB", SZ_1G, SZ_2M },
	{ " 8 GiB of 2 MiB", SZ_8G, SZ_2M },
	{ "64 GiB of 2 MiB", SZ_64G, SZ_2M },
};

static const char * const bench_configs[] = {
	"vtdss_4_levels", "x86_64_4_levels", "amdv1", "riscv_sv48",
};

/**
 * struct bench_result - Figures of one format and size, times in ns.
 * @tables: Table pages.
 * @preserve: Median time of a preserve.
 * @floor: Median time of as many calls of kho_preserve_folio().
 * @restore: Median time of a restore.
 * @eager: Time of a restore that takes all tables back.
 * @calls: KHO calls of a restore.
 * @pages: Pages that a restore takes back.
 */
struct bench_result {
	unsigned long tables;
	u64 preserve;
	u64 floor;
	u64 restore;
	u64 eager;
	unsigned long calls;
	unsigned long pages;
};

static int compare_u64(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static u64 median(u64 times[ROUNDS])
{
	sort(times, ROUNDS, sizeof(*times), compare_u64, NULL);
	return times[ROUNDS / 2];
}

static struct pt_domain *map_all(struct kunit *test,
				 const struct pt_domain_config *config,
				 const struct bench_size *size)
{
	struct pt_domain *domain = pt_domain_alloc(test, config);

	/* Let no format find a larger page for the range */
	domain->domain.pgsize_bitmap = size->page;
	pt_domain_map(test, domain, SZ_4G, SZ_4G, size->bytes, NULL);
	return domain;
}

static void bench_preserve(struct kunit *test, struct pt_domain *domain,
			   struct pt_iommu_description *description,
			   struct bench_result *result)
{
	struct fake_kho_ranges preserved;
	u64 times[ROUNDS];

	for (unsigned int i = 0; i < ROUNDS; i++) {
		u64 begin = ktime_get_ns();

		KUNIT_ASSERT_EQ(test, 0, pt_domain_preserve(domain,
							    description));
		times[i] = ktime_get_ns() - begin;
		fake_kho_get_preserved(&preserved);
		pt_domain_unpreserve(domain);
	}
	result->tables = preserved.count;
	result->preserve = median(times);
}

/* The bare call, on as many pages that lie in memory as table pages do */
static void bench_floor(struct kunit *test, struct bench_result *result)
{
	struct iommu_pages_list list = IOMMU_PAGES_LIST_INIT(list);
	struct ioptdesc *iopt;
	u64 times[ROUNDS];

	for (unsigned long i = 0; i < result->tables; i++) {
		void *virt = iommu_alloc_pages_sz(GFP_KERNEL, SZ_4K);

		if (virt)
			iommu_pages_list_add(&list, virt);
	}

	for (unsigned int i = 0; i < ROUNDS; i++) {
		u64 begin = ktime_get_ns();
		int ret = 0;

		list_for_each_entry(iopt, &list.pages, iopt_freelist_elm)
			ret |= kho_preserve_folio(ioptdesc_folio(iopt));
		times[i] = ktime_get_ns() - begin;
		KUNIT_EXPECT_EQ(test, 0, ret);

		list_for_each_entry(iopt, &list.pages, iopt_freelist_elm)
			kho_unpreserve_folio(ioptdesc_folio(iopt));
	}
	iommu_put_pages_list(&list);
	/* The clock is coarse, and the time a divisor */
	result->floor = max(median(times), 1);
}

static void bench_restore(struct kunit *test, struct pt_domain *domain,
			  struct pt_iommu_description *description,
			  struct bench_result *result)
{
	const struct pt_domain_config *config = domain->config;
	struct fake_kho_calls before, after;
	u64 times[ROUNDS], begin;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		KUNIT_ASSERT_EQ(test, 0, pt_domain_preserve(domain,
							    description));
		pt_domain_end(test, domain);
		mock_kexec(test);
		domain = pt_domain_alloc(test, config);

		fake_kho_get_calls(&before);
		begin = ktime_get_ns();
		KUNIT_ASSERT_EQ(test, 0, pt_domain_try_restore(domain,
							       description));
		times[i] = ktime_get_ns() - begin;
		fake_kho_get_calls(&after);

		KUNIT_ASSERT_EQ(test, 0, pt_domain_complete(domain));
		result->eager = ktime_get_ns() - begin;
	}
	result->restore = median(times);
	result->calls = after.restore - before.restore +
			after.query - before.query;
	result->pages = after.restored_pages - before.restored_pages;
	pt_domain_free(test, domain);
}

static void bench_one(struct kunit *test, const struct bench_size *size,
		      const struct pt_domain_config *config)
{
	struct pt_iommu_description description;
	struct bench_result result = {};
	struct pt_domain *domain;

	domain = map_all(test, config, size);
	bench_preserve(test, domain, &description, &result);
	bench_floor(test, &result);
	bench_restore(test, domain, &description, &result);

	kunit_info(test,
		   "bench: %-16s %s: %6lu tables, preserve %4llu ns each, bare KHO call %4llu ns, ratio %llu.%02llu, restore %6llu ns with %lu KHO calls and %lu page, eager %9llu ns\n",
		   config->name, size->name, result.tables,
		   result.preserve / result.tables,
		   result.floor / result.tables,
		   result.preserve / result.floor,
		   result.preserve * 100 / result.floor % 100,
		   result.restore, result.calls, result.pages, result.eager);
}

static void costs_of_a_live_update(struct kunit *test)
{
	fake_kho_start(test);
	for (unsigned int i = 0; i < ARRAY_SIZE(bench_configs); i++) {
		const struct pt_domain_config *config =
			pt_domain_config_by_name(bench_configs[i]);

		KUNIT_ASSERT_NOT_NULL(test, config);
		for (unsigned int j = 0; j < ARRAY_SIZE(bench_sizes); j++)
			bench_one(test, &bench_sizes[j], config);
	}
}

static struct kunit_case iommu_pt_bench_cases[] = {
	KUNIT_CASE_SLOW(costs_of_a_live_update),
	{}
};

static struct kunit_suite iommu_pt_bench_suite = {
	.name = "iommu_pt_bench",
	.test_cases = iommu_pt_bench_cases,
};

kunit_test_suite(iommu_pt_bench_suite);
