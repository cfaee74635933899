// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Benchmark: preserving and retrieving a memfd
 *
 * Prints what it takes to preserve a memfd and to call that off, as memfd-v2, by the code
 * of Linux, and as memfd-v3; to retrieve what was preserved; and what of that is the check
 * of the record. Whatever was handed over, it is retrieved by the code of this project, as
 * the other is not there any more. All of it for each folio, with the bytes of record.
 *
 * UML has no large folios in files, x86-64 has those of 2 MiB as well.
 *
 * Nothing is judged here. Times are the least of all rounds, but for those of what can be
 * done only once.
 */

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/liveupdate.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/shmem_fs.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "../../mm/memfd_record.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "test_memfd.h"

#define ROUNDS	3

/* SHMEM_HUGE_ALWAYS in mm/shmem.c: large folios wherever they fit */
#define HUGE_ALWAYS	1

/**
 * struct bench_memfd - A memfd to measure
 * @size: Its size in bytes.
 * @huge: It has folios of 2 MiB.
 */
struct bench_memfd {
	u64 size;
	bool huge;
};

static const struct bench_memfd memfds[] = {
	{ SZ_64M, false }, { SZ_256M, false }, { SZ_512M + SZ_256M, false },
	{ SZ_64M, true }, { SZ_256M, true }, { SZ_512M + SZ_256M, true },
};

static const char *folio_size_of(const struct bench_memfd *memfd)
{
	return memfd->huge ? "2 MiB" : "4 KiB";
}

static void memfd_desc(const struct bench_memfd *memfd, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%llu MiB of %s", memfd->size / SZ_1M,
		 folio_size_of(memfd));
}

KUNIT_ARRAY_PARAM(memfd, memfds, memfd_desc);

/* Only there for test_memfd_ops() */
static struct luo_test_type other = LUO_TEST_TYPE("luo-test-other-v1");

/* What all folios cost, times in ns */
struct bench_result {
	u64 preserve, unpreserve, check, retrieve;
	u64 folios;
};

static void take(u64 *least, u64 start)
{
	*least = min(*least, ktime_get_ns() - start);
}

static void preserve(struct kunit *test, const struct liveupdate_file_ops *ops,
		     struct liveupdate_file_op_args *args, struct bench_result *result)
{
	u64 begin = ktime_get_ns();

	KUNIT_ASSERT_EQ(test, 0, ops->preserve(args));
	take(&result->preserve, begin);
}

static void retrieve(struct kunit *test, const struct liveupdate_file_ops *ops,
		     const struct memfd_record_format *format, u64 pa,
		     struct bench_result *result)
{
	struct liveupdate_file_op_args args = { .serialized_data = pa };
	struct memfd_record record;
	u64 begin;

	begin = ktime_get_ns();
	KUNIT_ASSERT_EQ(test, 0, memfd_record_read(&record, format, pa, MAX_PAGE_ORDER));
	take(&result->check, begin);
	result->folios = record.nr_folios;
	begin = ktime_get_ns();
	KUNIT_ASSERT_EQ(test, 0, ops->retrieve(&args));
	take(&result->retrieve, begin);
	args.retrieve_status = 1;
	ops->finish(&args);
	luo_test_close(args.file);
}

/* All folios are there already, as those of a guest that runs. */
static struct file *create(struct kunit *test, const struct bench_memfd *memfd)
{
	struct file *file = test_memfd_create(test, "bench", memfd->size, 0);
	struct shmem_sb_info *sb = file_inode(file)->i_sb->s_fs_info;
	const unsigned char before = sb->huge;
	int err;

	if (memfd->huge)
		sb->huge = HUGE_ALWAYS;
	err = vfs_fallocate(file, 0, 0, memfd->size);
	sb->huge = before;
	KUNIT_ASSERT_EQ(test, 0, err);
	return file;
}

static void measure(struct kunit *test, const struct memfd_record_format *format,
		    const struct bench_memfd *memfd, struct bench_result *result)
{
	const struct liveupdate_file_ops *ops = test_memfd_ops(&other.handler, format->name);
	struct file *file = create(test, memfd);
	struct liveupdate_file_op_args args = { .file = file };
	u64 begin;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		preserve(test, ops, &args, result);
		begin = ktime_get_ns();
		ops->unpreserve(&args);
		take(&result->unpreserve, begin);
	}
	preserve(test, ops, &args, result);
	luo_kernel_next(test);
	test_memfd_close(test, file);
	retrieve(test, ops, format, args.serialized_data, result);
}

static void print_costs(struct kunit *test, const struct memfd_record_format *format,
			const struct bench_memfd *memfd)
{
	struct bench_result result = { U64_MAX, U64_MAX, U64_MAX, U64_MAX };

	measure(test, format, memfd, &result);
	kunit_info(test, "bench: memfd, %s, %llu MiB of %s: a folio: preserve %llu ns, undo %llu ns, check %llu ns, retrieve %llu ns, record %u bytes\n",
		   format->name, memfd->size / SZ_1M, folio_size_of(memfd),
		   div64_u64(result.preserve, result.folios),
		   div64_u64(result.unpreserve, result.folios),
		   div64_u64(result.check, result.folios),
		   div64_u64(result.retrieve, result.folios), MEMFD_RECORD_ENTRY);
}

static void bench_memfd(struct kunit *test)
{
	const struct bench_memfd *memfd = test->param_value;

	if (memfd->huge && !IS_ENABLED(CONFIG_TRANSPARENT_HUGEPAGE))
		kunit_skip(test, "files have no large folios here");
	print_costs(test, &memfd_v2_format, memfd);
	print_costs(test, &memfd_v3_format, memfd);
}

static int start(struct kunit *test)
{
	luo_kernel_start(test);
	luo_test_register(test, &other);
	return 0;
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM_ATTR(bench_memfd, memfd_gen_params,
			      { .speed = KUNIT_SPEED_VERY_SLOW }),
	{}
};

static struct kunit_suite memfd_bench_suite = {
	.name = "memfd_bench",
	.init = start,
	.test_cases = cases,
};

kunit_test_suite(memfd_bench_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Benchmark of preserving and retrieving a memfd");
