// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Benchmark: records of IOMMUs over a live update
 *
 * Prints what a record costs for 1, 64 and 4096 devices: time to add it, to write
 * it and to read it, and memory. A device comes with its domain and its
 * attachment. Nothing is judged here: figures of one run are compared with each
 * other, in a kernel without KASAN and lock debugging.
 */

#include <linux/kho/abi/block.h>
#include <linux/ktime.h>

#include <kunit/test.h>

#include "fake_kho.h"
#include "iommu_graph.h"

#define ROUNDS	7

/* Few records are gone through several times, as the clock is coarse. */
#define RECORDS_PER_ROUND	4096

/**
 * struct bench_result - Figures of one size, times in ns.
 * @records: Number of records.
 * @repeats: How often all are gone through in a round.
 * @bytes: Bytes of all records and the header.
 * @pages: Pages that are preserved for them.
 * @add: Least time of a round of adding all.
 * @write: Least time of a round of writing all.
 * @read: Least time of a round of reading all.
 */
struct bench_result {
	u32 records;
	u32 repeats;
	u64 bytes;
	u64 pages;
	u64 add;
	u64 write;
	u64 read;
};

static void count_records(struct iommu_graph *graph,
			  struct bench_result *result)
{
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++) {
		const struct iommu_outgoing_family *family =
			&graph->out.families[i];

		result->records += family->count;
		result->bytes += family->count * iommu_families[i].record_size;
		result->pages += family->blocks.nblocks;
	}
	result->bytes += sizeof(struct iommu_header_ser);
	result->pages++;
	result->repeats = DIV_ROUND_UP(RECORDS_PER_ROUND, result->records);
}

static void bench_add(struct iommu_graph *graph, struct bench_result *result)
{
	for (u32 i = 0; i < ROUNDS; i++) {
		u64 time = 0;

		for (u32 n = 0; n < result->repeats; n++) {
			iommu_graph_remove(graph);
			time -= ktime_get_ns();
			KUNIT_ASSERT_EQ(graph->test, 0, iommu_graph_add(graph));
			time += ktime_get_ns();
		}
		result->add = min(result->add, time);
	}
}

static void bench_write(struct iommu_graph *graph, struct bench_result *result)
{
	for (u32 i = 0; i < ROUNDS; i++) {
		u64 begin = ktime_get_ns();

		for (u32 n = 0; n < result->repeats; n++)
			iommu_outgoing_write(&graph->out);
		result->write = min(result->write, ktime_get_ns() - begin);
	}
}

static void bench_read(struct iommu_graph *graph, struct bench_result *result)
{
	struct iommu_incoming in;

	KUNIT_ASSERT_EQ(graph->test, 0,
			iommu_incoming_read(&in, graph->header_pa,
					    test_vendors));
	for (u32 i = 0; i < ROUNDS; i++) {
		u64 time = 0;

		for (u32 n = 0; n < result->repeats; n++) {
			iommu_incoming_release(&in);
			time -= ktime_get_ns();
			KUNIT_ASSERT_EQ(graph->test, 0,
					iommu_incoming_read(&in, graph->header_pa,
							    test_vendors));
			time += ktime_get_ns();
		}
		result->read = min(result->read, time);
	}
	iommu_graph_take_back(graph);
	iommu_incoming_finish(&in);
}

static u64 per_record(const struct bench_result *result, u64 time)
{
	return time / result->repeats / result->records;
}

static void bench_one(struct kunit *test, u32 devices)
{
	const struct iommu_graph_spec spec = {
		.units = DIV_ROUND_UP(devices, 256), .domains = devices,
		.devices = devices, .segments = 1,
	};
	struct bench_result result = {
		.add = U64_MAX, .write = U64_MAX, .read = U64_MAX,
	};
	struct iommu_graph *graph = iommu_graph_describe(test, &spec);

	KUNIT_ASSERT_EQ(test, 0, iommu_graph_add(graph));
	count_records(graph, &result);
	bench_add(graph, &result);
	bench_write(graph, &result);
	iommu_graph_hand_over(graph);
	bench_read(graph, &result);

	kunit_info(test,
		   "bench: %4u devices: %5u records, %3llu bytes each, %3llu pages; ns a record: add %4llu, write %3llu, read %4llu\n",
		   devices, result.records, result.bytes / result.records,
		   result.pages, per_record(&result, result.add),
		   per_record(&result, result.write),
		   per_record(&result, result.read));
}

static void costs_of_records(struct kunit *test)
{
	const u32 sizes[] = { 1, 64, 4096 };

	fake_kho_start(test);
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
		bench_one(test, sizes[i]);
}

static struct kunit_case iommu_record_bench_cases[] = {
	KUNIT_CASE_SLOW(costs_of_records),
	{}
};

static struct kunit_suite iommu_record_bench_suite = {
	.name = "iommu_record_bench",
	.test_cases = iommu_record_bench_cases,
};

kunit_test_suite(iommu_record_bench_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Benchmark of the records of IOMMUs over a live update");
