// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Memfds over a live update
 *
 * Real memfds are preserved by the handler that Linux has for them, cross a mock
 * kexec, and are retrieved with what was in them. What maps a memfd asks LUO in
 * which page frames its pages are preserved: the answer is compared with the page
 * cache, page by page, also where a hole was punched after somebody had mapped
 * the page.
 *
 * What the old kernel counts and lists is followed through the kexec, and each
 * failure to preserve a memfd leaves everything as it was.
 */

#include <linux/anon_inodes.h>
#include <linux/cleanup.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kho/abi/memfd_v3.h>
#include <linux/liveupdate.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "../../kernel/liveupdate/luo_internal.h"
#include "liveupdate_snapshot.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "mock_kexec.h"
#include "nth_failure.h"
#include "test_memfd.h"

/* Another handler, that knows no page frames. It asks, too. */
static struct luo_test_type other = LUO_TEST_TYPE("luo-test-other-v1");

#define TOKEN		7
#define SEALS		(F_SEAL_SEAL | F_SEAL_GROW | F_SEAL_SHRINK)

/* More pages than records fit into a page */
#define MANY_PAGES	300

static unsigned long pages_of(u64 size)
{
	return DIV_ROUND_UP_ULL(size, PAGE_SIZE);
}

/* Content of the page @index, of the generation @seed */
static void fill_page(u8 *page, pgoff_t index, u8 seed)
{
	memset(page, seed + index, PAGE_SIZE);
	memcpy(page, &index, sizeof(index));
}

static u8 *page_buffer(struct kunit *test)
{
	u8 *page = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	return page;
}

static size_t len_at(u64 size, pgoff_t index)
{
	return min_t(u64, PAGE_SIZE, size - index * PAGE_SIZE);
}

static void fill_every_second(struct kunit *test, struct file *file, u64 size,
			      pgoff_t first, u8 seed)
{
	u8 *page = page_buffer(test);

	for (pgoff_t i = first; i < pages_of(size); i += 2) {
		fill_page(page, i, seed);
		KUNIT_ASSERT_EQ(test, 0, test_memfd_write(file, i * PAGE_SIZE, page,
							  len_at(size, i)));
	}
	kunit_kfree(test, page);
}

/* In this order, so that the frames of the pages do not follow each other */
static void fill(struct kunit *test, struct file *file, u64 size, u8 seed)
{
	fill_every_second(test, file, size, 0, seed);
	fill_every_second(test, file, size, 1, seed);
}

static void expect_filled(struct kunit *test, struct file *file, u64 size,
			  u8 seed)
{
	u8 *want = page_buffer(test), *found = page_buffer(test);

	for (pgoff_t i = 0; i < pages_of(size); i++) {
		fill_page(want, i, seed);
		KUNIT_ASSERT_EQ(test, 0, test_memfd_read(file, i * PAGE_SIZE, found,
							 len_at(size, i)));
		KUNIT_ASSERT_MEMEQ(test, want, found, len_at(size, i));
	}
	kunit_kfree(test, want);
	kunit_kfree(test, found);
}

static struct file *filled_memfd(struct kunit *test, u64 size, u8 seed)
{
	struct file *file = test_memfd_create(test, "luo_memfd", size, SEALS);

	fill(test, file, size, seed);
	return file;
}

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

/**
 * struct answer - What LUO answered.
 * @err: What the look-up returned.
 * @pfn: The page frame.
 * @nr_pages: For how many pages it goes on.
 */
struct answer {
	int err;
	unsigned long pfn;
	unsigned long nr_pages;
};

static struct answer get_pfn(struct luo_file_set *file_set, struct file *file,
			     pgoff_t index)
{
	struct answer answer = {};

	answer.err = liveupdate_get_pfn_outgoing(file_set, file, index,
						 &answer.pfn, &answer.nr_pages);
	return answer;
}

/* Ask with the mutex of the session held, as it is in each operation. */
static struct answer ask(struct file *session, struct file *file, pgoff_t index)
{
	struct luo_session *luo = session->private_data;

	guard(mutex)(&luo->mutex);

	return get_pfn(&luo->file_set, file, index);
}

/* Sizes */

static const u64 sizes[] = {
	0, 1, PAGE_SIZE, 5 * PAGE_SIZE, 5 * PAGE_SIZE + 123,
	MANY_PAGES * PAGE_SIZE,
};

static void size_desc(const u64 *size, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%llu bytes", *size);
}

KUNIT_ARRAY_PARAM(size, sizes, size_desc);

static u64 size_param(struct kunit *test)
{
	return *(const u64 *)test->param_value;
}

/* Over the kexec */

static void expect_sealed(struct kunit *test, struct file *file, u64 size)
{
	KUNIT_EXPECT_EQ(test, memfd_get_seals(file), SEALS);
	KUNIT_EXPECT_EQ(test, vfs_truncate(&file->f_path, size + 1), -EPERM);
	if (size)
		KUNIT_EXPECT_EQ(test, -EPERM,
				vfs_truncate(&file->f_path, size - 1));
	KUNIT_EXPECT_EQ(test, memfd_add_seals(file, F_SEAL_WRITE), -EPERM);
}

static void memfd_crosses_with_content_size_and_seals(struct kunit *test)
{
	const u64 size = size_param(test);
	struct file *a = luo_test_session(test, "a"), *file;

	file = filled_memfd(test, size, 1);
	file->f_pos = size / 2;
	preserve(test, a, TOKEN, file);
	luo_kernel_next(test);

	a = luo_test_retrieved(test, "a");
	file = retrieve(test, a);
	KUNIT_EXPECT_EQ(test, i_size_read(file_inode(file)), size);
	KUNIT_EXPECT_EQ(test, file->f_pos, size / 2);
	expect_sealed(test, file, size);
	expect_filled(test, file, size, 1);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	expect_filled(test, file, size, 1);
	luo_test_close(file);
}

static void last_page_is_zero_beyond_the_end(struct kunit *test)
{
	const u64 size = PAGE_SIZE + 123;
	struct file *a = luo_test_session(test, "a"), *file;
	const u8 *last;

	preserve(test, a, TOKEN, filled_memfd(test, size, 1));
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
	struct file *file = filled_memfd(test, size, 1);
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
		expect_filled(test, file, size, generation);
		fill(test, file, size, generation + 1);
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
	file = filled_memfd(test, MANY_PAGES * PAGE_SIZE, 1);
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

	file = filled_memfd(test, 40 * PAGE_SIZE, 1);
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

	old = filled_memfd(test, 40 * PAGE_SIZE, 1);
	preserve(test, a, TOKEN, old);
	luo_kernel_next(test);
	expect_more(test, before, 0, 0);
	for (pgoff_t i = 0; i < 40; i++)
		KUNIT_EXPECT_EQ(test, test_memfd_pfn(old, i), 0);

	file = retrieve(test, luo_test_retrieved(test, "a"));
	test_memfd_close(test, old);
	expect_filled(test, file, 40 * PAGE_SIZE, 1);
	expect_more(test, before, 40, 40);
	luo_test_close(file);
}

static void memfd_that_is_not_preserved_again_is_poisoned(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file;
	struct counters before = count();
	unsigned long pfn;

	preserve(test, a, TOKEN, filled_memfd(test, 4 * PAGE_SIZE, 1));
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

	file = filled_memfd(test, 4 * PAGE_SIZE, 1);
	preserve(test, a, TOKEN, file);
	for (int i = 0; i < 3; i++)
		KUNIT_ASSERT_EQ(test, 4,
				memfd_pin_folios(file, 0, 4 * PAGE_SIZE - 1,
						 folios, 4, &offset));
	expect_more(test, before, 4, 16);
	luo_kernel_next(test);

	expect_more(test, before, 0, 0);
	file = retrieve(test, luo_test_retrieved(test, "a"));
	expect_filled(test, file, 4 * PAGE_SIZE, 1);
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

	preserve(test, a, TOKEN, filled_memfd(test, 4 * PAGE_SIZE, 1));
	luo_kernel_next(test);
	left_open = retrieve(test, luo_test_retrieved(test, "a"));
	fake_kho_expect(test, FAKE_KHO_LEFT_ALLOCATED, 4);
}

/* In which frames the pages are */

static unsigned long frames_apart(struct file *file, unsigned long nr_pages)
{
	unsigned long apart = 0;

	for (pgoff_t i = 1; i < nr_pages; i++)
		apart += test_memfd_pfn(file, i) != test_memfd_pfn(file, i - 1) + 1;
	return apart;
}

static void expect_frames(struct kunit *test, struct file *file, pgoff_t index,
			  struct answer answer)
{
	KUNIT_ASSERT_EQ(test, answer.err, 0);
	KUNIT_ASSERT_GE(test, answer.nr_pages, 1);
	for (unsigned long i = 0; i < answer.nr_pages; i++)
		KUNIT_ASSERT_EQ(test, answer.pfn + i,
				test_memfd_pfn(file, index + i));
}

static void each_page_is_in_the_frame_of_the_page_cache(struct kunit *test)
{
	const u64 size = size_param(test);
	struct file *file = filled_memfd(test, size, 1);
	struct file *a = luo_test_session(test, "a");

	if (size > PAGE_SIZE)
		KUNIT_EXPECT_GT(test, frames_apart(file, pages_of(size)), 0);
	preserve(test, a, TOKEN, file);
	for (pgoff_t i = 0; i < pages_of(size); i++)
		expect_frames(test, file, i, ask(a, file, i));
}

static void answers_lead_from_the_first_page_to_the_end(struct kunit *test)
{
	const u64 size = size_param(test);
	struct file *file = filled_memfd(test, size, 1);
	struct file *a = luo_test_session(test, "a");
	struct answer answer;
	pgoff_t index = 0;

	preserve(test, a, TOKEN, file);
	for (answer = ask(a, file, 0); !answer.err; answer = ask(a, file, index)) {
		expect_frames(test, file, index, answer);
		index += answer.nr_pages;
	}
	KUNIT_EXPECT_EQ(test, answer.err, -ERANGE);
	KUNIT_EXPECT_EQ(test, index, pages_of(size));
}

static void nothing_is_preserved_beyond_the_end(struct kunit *test)
{
	const u64 size = size_param(test);
	struct file *file = filled_memfd(test, size, 1);
	struct file *a = luo_test_session(test, "a");
	const pgoff_t beyond[] = {
		pages_of(size), pages_of(size) + 1, S32_MAX, U32_MAX + 1UL,
		ULONG_MAX - 1, ULONG_MAX,
	};

	preserve(test, a, TOKEN, file);
	for (int i = 0; i < ARRAY_SIZE(beyond); i++)
		KUNIT_EXPECT_EQ_MSG(test, ask(a, file, beyond[i]).err, -ERANGE,
				    "page %lu", beyond[i]);
}

/*
 * What maps a page keeps its frame. If the page is then punched out of the file,
 * the frame of the file is another one, written or not.
 */
static void punched_hole_is_seen(struct kunit *test)
{
	struct file *file = test_memfd_create(test, "punched", 4 * PAGE_SIZE, 0);
	struct file *a = luo_test_session(test, "a");
	unsigned long pfn[4];

	fill(test, file, 4 * PAGE_SIZE, 1);
	for (pgoff_t i = 0; i < 4; i++) {
		pfn[i] = test_memfd_pfn(file, i);
		get_page(pfn_to_page(pfn[i]));
	}
	KUNIT_EXPECT_EQ(test, 0, test_memfd_punch(file, PAGE_SIZE, 2 * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, test_memfd_write(file, PAGE_SIZE, "x", 1), 0);
	KUNIT_EXPECT_EQ(test, luo_kernel_preserve(a, TOKEN, file), 0);

	for (pgoff_t i = 0; i < 4; i++) {
		struct answer answer = ask(a, file, i);

		KUNIT_EXPECT_EQ(test, answer.err, 0);
		KUNIT_EXPECT_EQ(test, answer.pfn, test_memfd_pfn(file, i));
		KUNIT_EXPECT_EQ(test, answer.pfn != pfn[i], i == 1 || i == 2);
		put_page(pfn_to_page(pfn[i]));
	}
}

/* The answer holds as long as the memfd is preserved. */
static void preserved_memfd_keeps_its_frames(struct kunit *test)
{
	struct file *file = test_memfd_create(test, "frozen", 4 * PAGE_SIZE, 0);
	struct file *a = luo_test_session(test, "a");
	struct answer answer;

	fill(test, file, 4 * PAGE_SIZE, 1);
	preserve(test, a, TOKEN, file);
	answer = ask(a, file, 1);
	KUNIT_EXPECT_EQ(test, test_memfd_punch(file, 0, 4 * PAGE_SIZE), -EPERM);
	KUNIT_EXPECT_EQ(test, -EPERM, test_memfd_write(file, 4 * PAGE_SIZE, "x", 1));
	KUNIT_EXPECT_EQ(test, test_memfd_write(file, PAGE_SIZE, "x", 1), 0);
	KUNIT_EXPECT_EQ(test, ask(a, file, 1).pfn, answer.pfn);
	KUNIT_EXPECT_EQ(test, test_memfd_pfn(file, 1), answer.pfn);

	luo_kernel_close(a);
	KUNIT_EXPECT_EQ(test, test_memfd_punch(file, 0, 4 * PAGE_SIZE), 0);
}

/* Who is asked */

static void memfd_that_is_not_preserved_is_not_found(struct kunit *test)
{
	struct file *file = filled_memfd(test, 4 * PAGE_SIZE, 1);
	struct file *a = luo_test_session(test, "a");

	KUNIT_EXPECT_EQ(test, ask(a, file, 0).err, -ENOENT);
	preserve(test, a, TOKEN, filled_memfd(test, PAGE_SIZE, 1));
	KUNIT_EXPECT_EQ(test, ask(a, file, 0).err, -ENOENT);
	preserve(test, a, TOKEN + 1, file);
	KUNIT_EXPECT_EQ(test, ask(a, file, 0).err, 0);
	luo_kernel_close(a);
	a = luo_test_session(test, "a");
	KUNIT_EXPECT_EQ(test, ask(a, file, 0).err, -ENOENT);
}

static void memfd_of_another_session_is_not_found(struct kunit *test)
{
	struct file *file = filled_memfd(test, 4 * PAGE_SIZE, 1);
	struct file *a = luo_test_session(test, "a"), *b = luo_test_session(test, "b");

	preserve(test, a, TOKEN, file);
	KUNIT_EXPECT_EQ(test, ask(b, file, 0).err, -ENOENT);
	KUNIT_EXPECT_EQ(test, ask(a, file, 0).err, 0);
}

static void retrieved_memfd_is_not_found(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file;

	preserve(test, a, TOKEN, filled_memfd(test, 4 * PAGE_SIZE, 1));
	luo_kernel_next(test);
	a = luo_test_retrieved(test, "a");
	file = retrieve(test, a);
	KUNIT_EXPECT_EQ(test, ask(a, file, 0).err, -ENOENT);
	luo_test_close(file);
}

static void handler_without_page_frames_is_not_asked(struct kunit *test)
{
	struct file *file = luo_test_file(test, &other, 1);
	struct file *a = luo_test_session(test, "a");

	preserve(test, a, TOKEN, file);
	KUNIT_EXPECT_EQ(test, ask(a, file, 0).err, -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, other.calls[LUO_TEST_PRESERVE], 1);
}

static void other_file_of_the_memfd_is_found(struct kunit *test)
{
	struct file *file = filled_memfd(test, 4 * PAGE_SIZE, 1), *again;
	struct file *a = luo_test_session(test, "a");

	again = dentry_open(&file->f_path, O_RDWR, current_cred());
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, again);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, close_file, again));
	preserve(test, a, TOKEN, file);
	expect_frames(test, file, 2, ask(a, again, 2));
}

/**
 * struct question - A look-up that an operation of another file makes.
 * @op: The operation.
 * @file: The memfd.
 * @answer: The answer.
 */
static struct question {
	enum luo_test_op op;
	struct file *file;
	struct answer answer;
} question;

static int ask_in_operation(enum luo_test_op op,
			    struct liveupdate_file_op_args *args)
{
	if (op == question.op)
		question.answer = get_pfn(args->file_set, question.file, 3);
	return 0;
}

static void operations_of_another_file_ask(struct kunit *test)
{
	static const enum luo_test_op ops[] = {
		LUO_TEST_PRESERVE, LUO_TEST_FREEZE, LUO_TEST_UNPRESERVE,
	};
	struct file *file = filled_memfd(test, 4 * PAGE_SIZE, 1);

	other.hook = ask_in_operation;
	for (int i = 0; i < ARRAY_SIZE(ops); i++) {
		struct file *a = luo_test_session(test, "a");

		question = (struct question){
			.op = ops[i],
			.file = file,
			.answer.err = -EINVAL,
		};
		preserve(test, a, TOKEN, file);
		preserve(test, a, TOKEN + 1, luo_test_file(test, &other, 1));
		KUNIT_EXPECT_EQ(test, luo_kernel_freeze(), 0);
		luo_kernel_close(a);
		expect_frames(test, file, 3, question.answer);
	}
}

/* Records of large folios, as memfds do not have them on each architecture */

/**
 * struct layout - A folio of a memfd that is made up.
 * @index: Its first page in the file.
 * @order: Its order.
 */
struct layout {
	pgoff_t index;
	unsigned int order;
};

/* In the fifth page of the last folio is the end of the file. */
static const struct layout layouts[] = {
	{ .index = 0, .order = 0 }, { .index = 1, .order = 0 },
	{ .index = 4, .order = 2 }, { .index = 8, .order = 3 },
	{ .index = 16, .order = 0 }, { .index = 24, .order = 3 },
};

#define LAYOUT_PAGES	29

static const struct layout *layout_at(pgoff_t index)
{
	for (int i = 0; i < ARRAY_SIZE(layouts); i++) {
		const struct layout *layout = &layouts[i];

		if (index >= layout->index && index < LAYOUT_PAGES &&
		    index < layout->index + BIT(layout->order))
			return layout;
	}
	return NULL;
}

/**
 * struct made_up - A memfd of which there are only records.
 * @ser: What is handed over of the memfd.
 * @records: What is handed over of its folios.
 */
struct made_up {
	struct memfd_v3_ser ser;
	struct memfd_v3_folio_ser records[ARRAY_SIZE(layouts)];
};

static struct made_up *make_up(struct kunit *test)
{
	struct made_up *memfd = kunit_kzalloc(test, sizeof(*memfd), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, memfd);
	memfd->ser.size = (LAYOUT_PAGES - 1) * PAGE_SIZE + 1;
	memfd->ser.nr_folios = ARRAY_SIZE(layouts);
	for (int i = 0; i < ARRAY_SIZE(layouts); i++) {
		struct folio *folio;

		folio = mock_kexec_alloc_folio(test, layouts[i].order);
		memfd->records[i].pfn = folio_pfn(folio);
		memfd->records[i].index = layouts[i].index;
		memfd->records[i].order = layouts[i].order;
	}
	return memfd;
}

static struct answer ask_made_up(struct made_up *memfd, pgoff_t index)
{
	struct liveupdate_file_op_args args = {
		.serialized_data = virt_to_phys(&memfd->ser),
		.private_data = memfd->records,
	};
	const struct liveupdate_file_ops *ops;
	struct answer answer = {};

	ops = test_memfd_ops(&other.handler, MEMFD_V3_COMPATIBLE);
	answer.err = ops->get_pfn(&args, index, &answer.pfn, &answer.nr_pages);
	return answer;
}

static void pages_of_large_folios_are_found(struct kunit *test)
{
	struct made_up *memfd = make_up(test);

	for (pgoff_t i = 0; i < LAYOUT_PAGES + 8; i++) {
		const struct layout *layout = layout_at(i);
		struct answer answer = ask_made_up(memfd, i);
		pgoff_t end;

		KUNIT_EXPECT_EQ_MSG(test, answer.err, layout ? 0 : -ERANGE,
				    "page %lu", i);
		if (!layout)
			continue;

		end = layout->index + BIT(layout->order);
		KUNIT_EXPECT_EQ(test, answer.nr_pages,
				min(end, LAYOUT_PAGES) - i);
		KUNIT_EXPECT_EQ(test, answer.pfn,
				memfd->records[layout - layouts].pfn + i -
				layout->index);
	}
}

/* Nothing is left */

static void closed_session_leaves_everything_as_before(struct kunit *test)
{
	struct file *file = filled_memfd(test, size_param(test), 1);
	struct liveupdate_snapshot before, after;
	struct file *a;

	liveupdate_snapshot_take(&before);
	a = luo_test_session(test, "a");
	preserve(test, a, TOKEN, file);
	luo_kernel_close(a);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	KUNIT_EXPECT_EQ(test, file_count(file), 1);
	expect_filled(test, file, size_param(test), 1);
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
		.file = filled_memfd(test, 4 * PAGE_SIZE, 1),
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
	expect_filled(test, new.file, 4 * PAGE_SIZE, 1);
}

static int start(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, close_left_open, NULL));
	luo_kernel_start(test);
	luo_test_register(test, &other);
	return 0;
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(memfd_crosses_with_content_size_and_seals,
			 size_gen_params),
	KUNIT_CASE(last_page_is_zero_beyond_the_end),
	KUNIT_CASE(memfd_crosses_again),
	KUNIT_CASE(sparse_memfd_crosses_filled_with_zeroes),
	KUNIT_CASE(memfd_that_nobody_retrieves_is_given_back),
	KUNIT_CASE(pages_are_counted_in_the_kernel_that_has_them),
	KUNIT_CASE(memfd_of_the_old_kernel_has_no_pages_left),
	KUNIT_CASE(memfd_that_is_not_preserved_again_is_poisoned),
	KUNIT_CASE(pins_of_others_end_with_their_kernel),
	KUNIT_CASE(memfd_that_is_left_open_is_reported),
	KUNIT_CASE_PARAM(each_page_is_in_the_frame_of_the_page_cache,
			 size_gen_params),
	KUNIT_CASE_PARAM(answers_lead_from_the_first_page_to_the_end,
			 size_gen_params),
	KUNIT_CASE_PARAM(nothing_is_preserved_beyond_the_end, size_gen_params),
	KUNIT_CASE(punched_hole_is_seen),
	KUNIT_CASE(preserved_memfd_keeps_its_frames),
	KUNIT_CASE(memfd_that_is_not_preserved_is_not_found),
	KUNIT_CASE(memfd_of_another_session_is_not_found),
	KUNIT_CASE(retrieved_memfd_is_not_found),
	KUNIT_CASE(handler_without_page_frames_is_not_asked),
	KUNIT_CASE(other_file_of_the_memfd_is_found),
	KUNIT_CASE(operations_of_another_file_ask),
	KUNIT_CASE(pages_of_large_folios_are_found),
	KUNIT_CASE_PARAM(closed_session_leaves_everything_as_before,
			 size_gen_params),
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
