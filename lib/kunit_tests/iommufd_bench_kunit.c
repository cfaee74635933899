// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Benchmark: preserving an iommufd
 *
 * Prints what it takes to preserve the memory of a guest, and then the iommufd that maps
 * it, for each page of 4 KiB; and the size of what is handed over of the iommufd. The
 * memory is preserved by 7.3's handler of memfds, so that the ratio tells what is added
 * by comparing page frames and preserving the page table.
 *
 * Nothing is judged here. Times are the least of all rounds.
 */

#include <linux/file.h>
#include <linux/kho/abi/iommufd.h>
#include <linux/ktime.h>
#include <linux/math64.h>

#include <kunit/test.h>

#include "iommu_core_expect.h"
#include "iommufd_guest.h"
#include "luo_kernel.h"
#include "test_memfd.h"

#define ROUNDS	3

struct bench_config {
	const struct iommu_machine_ops *ops;
	const char *name;
	u64 size;
};

static const struct bench_config bench_configs[] = {
	{ &iommu_test_machine_ops, "test,  4 MiB", SZ_4M },
	{ &iommu_test_machine_ops, "test, 64 MiB", SZ_64M },
	{ &vtd_legacy_machine_ops, "VT-d, 64 MiB", SZ_64M },
};

KUNIT_ARRAY_PARAM_DESC(bench, bench_configs, name);

/* What all pages cost, times in ns */
struct bench_result {
	u64 memory, iommufd;
};

static void take(u64 *least, u64 start)
{
	*least = min(*least, ktime_get_ns() - start);
}

/* A guest that maps as much as wanted, in place of what it has mapped */
static struct iommufd_guest *start(struct kunit *test, const struct bench_config *config)
{
	struct iommufd_guest *guest = iommufd_guest_start(test, 1);

	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_unmap(guest->user, guest->ioas, 0, U64_MAX));
	test_memfd_close(test, guest->memory);
	guest->memory = test_memfd_create(test, "memory", config->size, IOMMUFD_GUEST_SEALS);
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_map_file(guest->user, guest->ioas, guest->memory, 0,
					      config->size, IOMMUFD_GUEST_IOVA));
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_mark(guest->user, guest->hwpt, guest->hwpt_token));
	return guest;
}

static void measure(struct iommufd_guest *guest, struct bench_result *result)
{
	struct file *session = iommufd_guest_session(guest);
	u64 begin;

	begin = ktime_get_ns();
	KUNIT_ASSERT_EQ(guest->test, 0, iommufd_guest_preserve_memory(guest, session));
	take(&result->memory, begin);
	begin = ktime_get_ns();
	KUNIT_ASSERT_EQ(guest->test, 0, iommufd_guest_preserve_iommufd(guest, session));
	take(&result->iommufd, begin);
	luo_kernel_close(session);
}

static void bench_preserve(struct kunit *test)
{
	const struct bench_config *config = test->param_value;
	struct bench_result result = { U64_MAX, U64_MAX };
	struct iommufd_guest *guest = start(test, config);
	const u64 pages = config->size / PAGE_SIZE;

	for (unsigned int i = 0; i < ROUNDS; i++)
		measure(guest, &result);
	kunit_info(test, "bench: iommufd, %s: a page: memfd %llu ns, iommufd %llu ns; ratio 0.%03llu; bytes of record: %zu and %zu a HWPT\n",
		   config->name, div64_u64(result.memory, pages),
		   div64_u64(result.iommufd, pages),
		   div64_u64(result.iommufd * 1000, result.memory),
		   sizeof(struct iommufd_header_ser), sizeof(struct iommufd_hwpt_ser));
}

static struct kunit_case iommufd_bench_cases[] = {
	KUNIT_CASE_PARAM_ATTR(bench_preserve, bench_gen_params,
			      { .speed = KUNIT_SPEED_VERY_SLOW }),
	{}
};

static struct kunit_suite iommufd_bench_suite = {
	.name = "iommufd_bench",
	.test_cases = iommufd_bench_cases,
};

kunit_test_suite(iommufd_bench_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Benchmark of preserving an iommufd");
