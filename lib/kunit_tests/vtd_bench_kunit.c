// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Benchmark: a VT-d unit in software
 *
 * Prints how long the model of a unit takes for a translation, with and without
 * its caches, for each mode and number of levels, and for an invalidation with
 * many entries in the caches, and what the oracle takes at an ordering point. The
 * time of a walk is given as a ratio to that of a cached answer of the same run.
 *
 * Nothing is judged here: the figures tell what a suite that asks the model often
 * will cost, in a kernel without KASAN and lock debugging.
 */

#include <linux/bitfield.h>
#include <linux/ktime.h>
#include <linux/math64.h>

#include <kunit/test.h>

#include "vtd_oracle.h"
#include "vtd_tables.h"

#define ROUNDS		7
#define REPEATS		4096

/* Least time in ns of @REPEATS requests, with caches or without */
static u64 time_peeks(struct vtd_tables *tables, bool use_caches)
{
	struct vtd_request request = vtd_tables_request(tables);
	struct vtd_unit *unit = &tables->unit->unit;
	struct vtd_result result;
	u64 least = U64_MAX, begin;

	for (int i = 0; i < ROUNDS; i++) {
		begin = ktime_get_ns();
		for (int n = 0; n < REPEATS; n++)
			vtd_unit_peek(unit, &unit->view, &request, use_caches, &result);
		least = min(least, ktime_get_ns() - begin);
	}
	KUNIT_EXPECT_FALSE(tables->unit->test, result.blocked);
	KUNIT_EXPECT_EQ(tables->unit->test, use_caches, result.cached);
	return div_u64(least, REPEATS);
}

static void bench_translations(struct kunit *test)
{
	const struct vtd_tables_config *config = test->param_value;
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = kunit_kzalloc(test, sizeof(*tables), GFP_KERNEL);
	struct vtd_request request;
	struct vtd_result result;
	u64 cached, walk;

	KUNIT_ASSERT_NOT_NULL(test, tables);
	vtd_tables_build(tables, unit, config);
	vtd_tables_enable(tables);
	request = vtd_tables_request(tables);
	vtd_test_unit_translate(unit, &request, &result);
	cached = time_peeks(tables, true);
	walk = time_peeks(tables, false);
	kunit_info(test, "bench: vtd: %-24s walk %4llu ns, cached %4llu ns, ratio %llu.%llu\n",
		   config->name, walk, cached, div64_u64(walk, cached),
		   div64_u64(10 * walk, cached) % 10);
}

/* Tables with @count devices, each in a domain of its own */
static struct vtd_tables *build_devices(struct kunit *test, unsigned int count)
{
	static const struct vtd_tables_config config = {
		"", false, VTD_TT_UNTRANSLATED, 0, 4, 1
	};
	struct vtd_test_unit *unit = vtd_test_unit_create(test, &vtd_tables_settings);
	struct vtd_tables *tables = kunit_kzalloc(test, sizeof(*tables), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, tables);
	vtd_tables_build(tables, unit, &config);
	for (unsigned int i = 0; i < count; i++) {
		u64 *context = vtd_tables_add_device(tables, i);

		context[0] = tables->context[0];
		context[1] = FIELD_PREP(VTD_CONTEXT_1_AW, 2) |
			     FIELD_PREP(VTD_CONTEXT_1_DID, i + 1);
	}
	vtd_tables_enable(tables);
	return tables;
}

/* One page of each of @count devices is cached, and all is invalidated. */
static void bench_invalidation_of(struct kunit *test, unsigned int count)
{
	struct vtd_tables *tables = build_devices(test, count);
	struct vtd_request request = vtd_tables_request(tables);
	struct vtd_test_unit *unit = tables->unit;
	struct vtd_result result;
	u64 fill, begin;

	fill = ktime_get_ns();
	for (unsigned int i = 0; i < count; i++) {
		request.source_id = i;
		vtd_test_unit_translate(unit, &request, &result);
	}
	begin = ktime_get_ns();
	fill = begin - fill;
	vtd_test_unit_writeq(unit, 0xf8, VTD_IOTLB_IVT | 2ULL << 60 | 0xffffULL << 32);
	kunit_info(test, "bench: vtd: %4u devices: first translation %5llu ns each, invalidation of another domain %7llu ns\n",
		   count, div_u64(fill, count), ktime_get_ns() - begin);
}

static void bench_invalidation(struct kunit *test)
{
	bench_invalidation_of(test, 1);
	bench_invalidation_of(test, 64);
	bench_invalidation_of(test, 4096);
}

/* Each of @count devices is watched while one entry changes @words words. */
static void bench_oracle_of(struct kunit *test, unsigned int count, unsigned int words)
{
	struct vtd_tables *tables = build_devices(test, count);
	struct vtd_request request = vtd_tables_request(tables);
	struct vtd_oracle_figures before, after;
	u64 time;

	for (unsigned int i = 0; i < count; i++) {
		request.source_id = i;
		vtd_oracle_watch(tables->unit, &request, VTD_ORACLE_EITHER, tables->page);
	}
	vtd_oracle_get_figures(tables->unit, &before);
	time = ktime_get_ns();
	for (int n = 0; n < ROUNDS; n++) {
		/* An available bit of the entries on the way, which all share */
		for (unsigned int level = 1; level <= words; level++)
			*tables->second[level] ^= BIT_ULL(52);
		vtd_test_unit_barrier(tables->unit);
	}
	time = ktime_get_ns() - time;
	vtd_oracle_get_figures(tables->unit, &after);
	kunit_info(test, "bench: vtd: oracle, %2u requests watched, %u words changed: %4u walks and %7llu ns each point\n",
		   count, words, (after.walks - before.walks) / ROUNDS, div_u64(time, ROUNDS));
}

static void bench_oracle(struct kunit *test)
{
	bench_oracle_of(test, 1, 0);
	bench_oracle_of(test, 1, 4);
	bench_oracle_of(test, 64, 0);
	bench_oracle_of(test, 64, 4);
}

static struct kunit_case vtd_bench_cases[] = {
	KUNIT_CASE_PARAM(bench_translations, vtd_tables_gen_configs),
	KUNIT_CASE_SLOW(bench_invalidation),
	KUNIT_CASE(bench_oracle),
	{}
};

static struct kunit_suite vtd_bench_suite = {
	.name = "vtd_bench",
	.test_cases = vtd_bench_cases,
};

kunit_test_suite(vtd_bench_suite);

MODULE_DESCRIPTION("Benchmark of a VT-d unit in software");
MODULE_LICENSE("GPL");
