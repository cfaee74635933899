// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Memfds over a live update
 *
 * Real memfds are preserved by the handler that Linux has for them, cross a mock
 * kexec, and are retrieved with what was in them.
 *
 * What the old kernel counts and lists is followed through the kexec, and each
 * failure to preserve a memfd leaves everything as it was.
 */

#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "liveupdate_snapshot.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "mock_kexec.h"
#include "nth_failure.h"
#include "test_memfd.h"

#define TOKEN		7

static void preserve(struct kunit *test, struct file *session, u64 token,
		     struct file *file)
{
	KUNIT_ASSERT_EQ(test, luo_kernel_preserve(session, token, file), 0);
}

static struct file *retrieve(struct kunit *test, struct file *session)
{
	struct file *file;

	KUNIT_ASSERT_EQ(test, luo_kernel_retrieve(session, TOKEN, &file), 0);
	return file;
}

/* Over the kexec */

static void expect_sealed(struct kunit *test, struct file *file, u64 size)
{
	KUNIT_EXPECT_EQ(test, memfd_get_seals(file), TEST_MEMFD_SEALS);
	KUNIT_EXPECT_EQ(test, vfs_truncate(&file->f_path, size + 1), -EPERM);
	if (size)
		KUNIT_EXPECT_EQ(test, -EPERM,
				vfs_truncate(&file->f_path, size - 1));
	KUNIT_EXPECT_EQ(test, memfd_add_seals(file, F_SEAL_WRITE), -EPERM);
}

static void memfd_crosses_with_content_size_and_seals(struct kunit *test)
{
	const u64 size = test_memfd_size(test);
	struct file *a = luo_test_session(test, "a"), *file;

	file = test_memfd_filled(test, size, 1);
	file->f_pos = size / 2;
	preserve(test, a, TOKEN, file);
	luo_kernel_next(test);

	a = luo_test_retrieved(test, "a");
	file = retrieve(test, a);
	KUNIT_EXPECT_EQ(test, i_size_read(file_inode(file)), size);
	KUNIT_EXPECT_EQ(test, file->f_pos, size / 2);
	expect_sealed(test, file, size);
	test_memfd_expect_filled(test, file, size, 1);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	test_memfd_expect_filled(test, file, size, 1);
	luo_test_close(file);
}

static void last_page_is_zero_beyond_the_end(struct kunit *test)
{
	const u64 size = PAGE_SIZE + 123;
	struct file *a = luo_test_session(test, "a"), *file;
	const u8 *last;

	preserve(test, a, TOKEN, test_memfd_filled(test, size, 1));
	luo_kernel_next(test);

	file = retrieve(test, luo_test_retrieved(test, "a"));
	last = phys_to_virt(PFN_PHYS(test_memfd_pfn(file, 1)));
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(last, 0, 123));
	KUNIT_EXPECT_NULL(test, memchr_inv(last + 123, 0, PAGE_SIZE - 123));
	luo_test_close(file);
}

/* The frames are the same, and what is written to them goes on to the next. */
static void memfd_crosses_again(struct kunit *test)
{
	const u64 size = 5 * PAGE_SIZE;
	struct file *file = test_memfd_filled(test, size, 1);
	const unsigned long pfn = test_memfd_pfn(file, 2);

	preserve(test, luo_test_session(test, "a"), TOKEN, file);
	for (u8 generation = 1; generation <= 3; generation++) {
		struct file *a;

		luo_kernel_next(test);
		a = luo_test_retrieved(test, "a");
		file = retrieve(test, a);
		KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
		luo_kernel_close(a);

		KUNIT_EXPECT_EQ(test, test_memfd_pfn(file, 2), pfn);
		test_memfd_expect_filled(test, file, size, generation);
		test_memfd_fill(test, file, size, generation + 1);
		preserve(test, luo_test_session(test, "a"), TOKEN, file);
		luo_test_close(file);
	}
}

static void sparse_memfd_crosses_filled_with_zeroes(struct kunit *test)
{
	struct file *file = test_memfd_create(test, "sparse", 4 * PAGE_SIZE, 0);
	struct file *a = luo_test_session(test, "a");

	KUNIT_EXPECT_EQ(test, test_memfd_write(file, 2 * PAGE_SIZE, "x", 1), 0);
	KUNIT_EXPECT_EQ(test, test_memfd_pfn(file, 1), 0);
	preserve(test, a, TOKEN, file);
	KUNIT_EXPECT_NE(test, test_memfd_pfn(file, 1), 0);
	luo_kernel_next(test);

	file = retrieve(test, luo_test_retrieved(test, "a"));
	for (pgoff_t i = 0; i < 4; i++) {
		const u8 *page = phys_to_virt(PFN_PHYS(test_memfd_pfn(file, i)));

		KUNIT_EXPECT_EQ(test, page[0], i == 2 ? 'x' : 0);
		KUNIT_EXPECT_NULL(test, memchr_inv(page + 1, 0, PAGE_SIZE - 1));
	}
	luo_test_close(file);
}

static void memfd_that_nobody_retrieves_is_given_back(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file;
	struct liveupdate_snapshot before, after;

	liveupdate_snapshot_take(&before);
	file = test_memfd_filled(test, TEST_MEMFD_MANY_PAGES * PAGE_SIZE, 1);
	preserve(test, a, TOKEN, file);
	test_memfd_close(test, file);
	luo_kernel_next(test);

	a = luo_test_retrieved(test, "a");
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	luo_kernel_close(a);
	liveupdate_snapshot_take(&after);
	KUNIT_EXPECT_EQ(test, after.shmem_pages, before.shmem_pages);
	KUNIT_EXPECT_EQ(test, after.pins, before.pins);
}

/* What the kernel that ends leaves behind */

static long lru_pages(void)
{
	long sum = 0;

	for (int lru = NR_LRU_BASE; lru < NR_LRU_BASE + NR_LRU_LISTS; lru++)
		sum += liveupdate_node_state(lru);
	return sum;
}

/**
 * struct counters - What is counted of the pages of files.
 * @shmem: Pages of memfds.
 * @file: Pages of page caches.
 * @lru: Pages on LRU lists.
 * @pins: Pins.
 */
struct counters {
	long shmem;
	long file;
	long lru;
	long pins;
};

static struct counters count(void)
{
	liveupdate_drain();
	return (struct counters){
		.shmem = liveupdate_node_state(NR_SHMEM),
		.file = liveupdate_node_state(NR_FILE_PAGES),
		.lru = lru_pages(),
		.pins = liveupdate_node_state(NR_FOLL_PIN_ACQUIRED) -
			liveupdate_node_state(NR_FOLL_PIN_RELEASED),
	};
}

static void expect_more(struct kunit *test, struct counters before, long pages,
			long pins)
{
	struct counters now = count();

	KUNIT_EXPECT_EQ(test, now.shmem - before.shmem, pages);
	KUNIT_EXPECT_EQ(test, now.file - before.file, pages);
	KUNIT_EXPECT_EQ(test, now.lru - before.lru, pages);
	KUNIT_EXPECT_EQ(test, now.pins - before.pins, pins);
}

static void pages_are_counted_in_the_kernel_that_has_them(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file;
	struct counters before = count();

	file = test_memfd_filled(test, 40 * PAGE_SIZE, 1);
	preserve(test, a, TOKEN, file);
	expect_more(test, before, 40, 40);
	KUNIT_ASSERT_EQ(test, luo_kernel_freeze(), 0);
	luo_kernel_end(test);
	test_memfd_close(test, file);
	mock_kexec(test);
	expect_more(test, before, 0, 0);

	KUNIT_ASSERT_EQ(test, luo_kernel_boot(test), 0);
	KUNIT_ASSERT_EQ(test, luo_kernel_open(), 0);
	expect_more(test, before, 0, 0);
	a = luo_test_retrieved(test, "a");
	file = retrieve(test, a);
	expect_more(test, before, 40, 40);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	expect_more(test, before, 40, 0);
	luo_test_close(file);
	expect_more(test, before, 0, 0);
}

/* Nothing is said about the moment at which a process closes its files. */
static void memfd_of_the_old_kernel_has_no_pages_left(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *old, *file;
	struct counters before = count();

	old = test_memfd_filled(test, 40 * PAGE_SIZE, 1);
	preserve(test, a, TOKEN, old);
	luo_kernel_next(test);
	expect_more(test, before, 0, 0);
	for (pgoff_t i = 0; i < 40; i++)
		KUNIT_EXPECT_EQ(test, test_memfd_pfn(old, i), 0);

	file = retrieve(test, luo_test_retrieved(test, "a"));
	test_memfd_close(test, old);
	test_memfd_expect_filled(test, file, 40 * PAGE_SIZE, 1);
	expect_more(test, before, 40, 40);
	luo_test_close(file);
}

static void memfd_that_is_not_preserved_again_is_poisoned(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file;
	struct counters before = count();
	unsigned long pfn;

	preserve(test, a, TOKEN, test_memfd_filled(test, 4 * PAGE_SIZE, 1));
	luo_kernel_next(test);
	a = luo_test_retrieved(test, "a");
	file = retrieve(test, a);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	pfn = test_memfd_pfn(file, 3);
	luo_kernel_next(test);

	KUNIT_EXPECT_TRUE(test, mock_kexec_is_poisoned(phys_to_virt(PFN_PHYS(pfn)),
						       PAGE_SIZE));
	expect_more(test, before, 0, 0);
	luo_test_close(file);
}

/* Several pins of one page, as an iommufd has them besides LUO */
static void pins_of_others_end_with_their_kernel(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file;
	struct counters before = count();
	struct folio *folios[4];
	pgoff_t offset;

	file = test_memfd_filled(test, 4 * PAGE_SIZE, 1);
	preserve(test, a, TOKEN, file);
	for (int i = 0; i < 3; i++)
		KUNIT_ASSERT_EQ(test, 4,
				memfd_pin_folios(file, 0, 4 * PAGE_SIZE - 1,
						 folios, 4, &offset));
	expect_more(test, before, 4, 16);
	luo_kernel_next(test);

	expect_more(test, before, 0, 0);
	file = retrieve(test, luo_test_retrieved(test, "a"));
	test_memfd_expect_filled(test, file, 4 * PAGE_SIZE, 1);
	luo_test_close(file);
}

static void close_file(void *data)
{
	fput(data);
	flush_delayed_fput();
}

/* What a case has not closed when everything else of it is over */
static struct file *left_open;

static void close_left_open(void *data)
{
	if (left_open)
		close_file(left_open);
	left_open = NULL;
}

static void memfd_that_is_left_open_is_reported(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a");

	preserve(test, a, TOKEN, test_memfd_filled(test, 4 * PAGE_SIZE, 1));
	luo_kernel_next(test);
	left_open = retrieve(test, luo_test_retrieved(test, "a"));
	fake_kho_expect(test, FAKE_KHO_LEFT_ALLOCATED, 4);
}

/* Nothing is left */

static void closed_session_leaves_everything_as_before(struct kunit *test)
{
	struct file *file = test_memfd_filled(test, test_memfd_size(test), 1);
	struct liveupdate_snapshot before, after;
	struct file *a;

	liveupdate_snapshot_take(&before);
	a = luo_test_session(test, "a");
	preserve(test, a, TOKEN, file);
	luo_kernel_close(a);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	KUNIT_EXPECT_EQ(test, file_count(file), 1);
	test_memfd_expect_filled(test, file, test_memfd_size(test), 1);
}

/**
 * struct preservation - A memfd in a session of its own.
 * @session: The file of the session.
 * @file: The memfd, with all of its pages.
 */
struct preservation {
	struct file *session;
	struct file *file;
};

static int preserve_in_new_session(struct kunit *test, void *context)
{
	struct preservation *new = context;
	int err;

	new->session = luo_kernel_session(test, "new");
	if (IS_ERR(new->session))
		return PTR_ERR(new->session);

	err = luo_kernel_preserve(new->session, TOKEN, new->file);
	if (err)
		luo_kernel_close(new->session);
	return err;
}

static void close_new_session(struct kunit *test, void *context)
{
	struct preservation *new = context;

	luo_kernel_close(new->session);
}

/* It is frozen only as long as it is preserved. */
static void check_not_preserved(struct kunit *test, void *context)
{
	struct preservation *new = context;

	KUNIT_EXPECT_EQ(test, 0, vfs_fallocate(new->file, 0, 0, PAGE_SIZE));
}

static void each_failure_of_preserve_leaves_nothing(struct kunit *test)
{
	struct preservation new = {
		.file = test_memfd_filled(test, 4 * PAGE_SIZE, 1),
	};
	const struct nth_failure_sweep sweep = {
		.name = "preserve a memfd",
		.run = preserve_in_new_session,
		.undo = close_new_session,
		.check = check_not_preserved,
		.context = &new,
		.minimum = 20,
		.warns = true,
	};

	nth_failure_sweep(test, &sweep);
	KUNIT_EXPECT_EQ(test, file_count(new.file), 1);
	test_memfd_expect_filled(test, new.file, 4 * PAGE_SIZE, 1);
}

static int start(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, close_left_open, NULL));
	luo_kernel_start(test);
	return 0;
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(memfd_crosses_with_content_size_and_seals,
			 test_memfd_sizes),
	KUNIT_CASE(last_page_is_zero_beyond_the_end),
	KUNIT_CASE(memfd_crosses_again),
	KUNIT_CASE(sparse_memfd_crosses_filled_with_zeroes),
	KUNIT_CASE(memfd_that_nobody_retrieves_is_given_back),
	KUNIT_CASE(pages_are_counted_in_the_kernel_that_has_them),
	KUNIT_CASE(memfd_of_the_old_kernel_has_no_pages_left),
	KUNIT_CASE(memfd_that_is_not_preserved_again_is_poisoned),
	KUNIT_CASE(pins_of_others_end_with_their_kernel),
	KUNIT_CASE(memfd_that_is_left_open_is_reported),
	KUNIT_CASE_PARAM(closed_session_leaves_everything_as_before,
			 test_memfd_sizes),
	KUNIT_CASE(each_failure_of_preserve_leaves_nothing),
	{}
};

static struct kunit_suite luo_memfd_suite = {
	.name = "luo_memfd",
	.init = start,
	.test_cases = cases,
};

kunit_test_suite(luo_memfd_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of memfds over a live update");
