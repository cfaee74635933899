// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Page frames of preserved memfds
 *
 * What maps a memfd asks LUO in which page frames its pages are preserved: the answer is
 * compared with the page cache, page by page, also where a hole was punched after somebody
 * had mapped the page. Who asks for what is not preserved in the same session is told so.
 */

#include <linux/cleanup.h>
#include <linux/cred.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kho/abi/memfd_v3.h>
#include <linux/liveupdate.h>
#include <linux/mm.h>

#include <kunit/test.h>

#include "../../kernel/liveupdate/luo_internal.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "mock_kexec.h"
#include "test_memfd.h"

/* Another handler, that knows no page frames. It asks, too. */
static struct luo_test_type other = LUO_TEST_TYPE("luo-test-other-v1");

#define TOKEN		7

static void preserve(struct kunit *test, struct file *session, u64 token,
		     struct file *file)
{
	KUNIT_ASSERT_EQ(test, luo_kernel_preserve(session, token, file), 0);
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
	const u64 size = test_memfd_size(test);
	struct file *file = test_memfd_filled(test, size, 1);
	struct file *a = luo_test_session(test, "a");

	if (size > PAGE_SIZE)
		KUNIT_EXPECT_GT(test, frames_apart(file, test_memfd_pages(size)), 0);
	preserve(test, a, TOKEN, file);
	for (pgoff_t i = 0; i < test_memfd_pages(size); i++)
		expect_frames(test, file, i, ask(a, file, i));
}

static void answers_lead_from_the_first_page_to_the_end(struct kunit *test)
{
	const u64 size = test_memfd_size(test);
	struct file *file = test_memfd_filled(test, size, 1);
	struct file *a = luo_test_session(test, "a");
	struct answer answer;
	pgoff_t index = 0;

	preserve(test, a, TOKEN, file);
	for (answer = ask(a, file, 0); !answer.err; answer = ask(a, file, index)) {
		expect_frames(test, file, index, answer);
		index += answer.nr_pages;
	}
	KUNIT_EXPECT_EQ(test, answer.err, -ERANGE);
	KUNIT_EXPECT_EQ(test, index, test_memfd_pages(size));
}

static void nothing_is_preserved_beyond_the_end(struct kunit *test)
{
	const u64 size = test_memfd_size(test);
	struct file *file = test_memfd_filled(test, size, 1);
	struct file *a = luo_test_session(test, "a");
	const pgoff_t beyond[] = {
		test_memfd_pages(size), test_memfd_pages(size) + 1, S32_MAX, U32_MAX + 1UL,
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

	test_memfd_fill(test, file, 4 * PAGE_SIZE, 1);
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

	test_memfd_fill(test, file, 4 * PAGE_SIZE, 1);
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
	struct file *file = test_memfd_filled(test, 4 * PAGE_SIZE, 1);
	struct file *a = luo_test_session(test, "a");

	KUNIT_EXPECT_EQ(test, ask(a, file, 0).err, -ENOENT);
	preserve(test, a, TOKEN, test_memfd_filled(test, PAGE_SIZE, 1));
	KUNIT_EXPECT_EQ(test, ask(a, file, 0).err, -ENOENT);
	preserve(test, a, TOKEN + 1, file);
	KUNIT_EXPECT_EQ(test, ask(a, file, 0).err, 0);
	luo_kernel_close(a);
	a = luo_test_session(test, "a");
	KUNIT_EXPECT_EQ(test, ask(a, file, 0).err, -ENOENT);
}

static void memfd_of_another_session_is_not_found(struct kunit *test)
{
	struct file *file = test_memfd_filled(test, 4 * PAGE_SIZE, 1);
	struct file *a = luo_test_session(test, "a"), *b = luo_test_session(test, "b");

	preserve(test, a, TOKEN, file);
	KUNIT_EXPECT_EQ(test, ask(b, file, 0).err, -ENOENT);
	KUNIT_EXPECT_EQ(test, ask(a, file, 0).err, 0);
}

static void retrieved_memfd_is_not_found(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file;

	preserve(test, a, TOKEN, test_memfd_filled(test, 4 * PAGE_SIZE, 1));
	luo_kernel_next(test);
	a = luo_test_retrieved(test, "a");
	KUNIT_ASSERT_EQ(test, luo_kernel_retrieve(a, TOKEN, &file), 0);
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

static void close_file(void *data)
{
	fput(data);
	flush_delayed_fput();
}

static void other_file_of_the_memfd_is_found(struct kunit *test)
{
	struct file *file = test_memfd_filled(test, 4 * PAGE_SIZE, 1), *again;
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
	struct file *file = test_memfd_filled(test, 4 * PAGE_SIZE, 1);

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

static int start(struct kunit *test)
{
	luo_kernel_start(test);
	luo_test_register(test, &other);
	return 0;
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(each_page_is_in_the_frame_of_the_page_cache,
			 test_memfd_sizes),
	KUNIT_CASE_PARAM(answers_lead_from_the_first_page_to_the_end,
			 test_memfd_sizes),
	KUNIT_CASE_PARAM(nothing_is_preserved_beyond_the_end, test_memfd_sizes),
	KUNIT_CASE(punched_hole_is_seen),
	KUNIT_CASE(preserved_memfd_keeps_its_frames),
	KUNIT_CASE(memfd_that_is_not_preserved_is_not_found),
	KUNIT_CASE(memfd_of_another_session_is_not_found),
	KUNIT_CASE(retrieved_memfd_is_not_found),
	KUNIT_CASE(handler_without_page_frames_is_not_asked),
	KUNIT_CASE(other_file_of_the_memfd_is_found),
	KUNIT_CASE(operations_of_another_file_ask),
	KUNIT_CASE(pages_of_large_folios_are_found),
	{}
};

static struct kunit_suite luo_memfd_frames_suite = {
	.name = "luo_memfd_frames",
	.init = start,
	.test_cases = cases,
};

kunit_test_suite(luo_memfd_frames_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of page frames of preserved memfds");
