// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Look-ups of files in their session
 *
 * Files that need one another, as a vfio device needs its iommufd and that needs
 * its memfds, are preserved and retrieved in each order. A file finds what it
 * needs in its own session and nowhere else, never itself, and what fails on the
 * way leaves everything as it was.
 */

#include <linux/anon_inodes.h>
#include <linux/bits.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>

#include <kunit/test.h>

#include "liveupdate_snapshot.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "mock_kexec.h"
#include "nth_failure.h"

#include "../../kernel/liveupdate/luo_internal.h"

static struct luo_test_type memfd = LUO_TEST_OBJECT_TYPE("luo-test-memfd-v1");
static struct luo_test_type iommufd = LUO_TEST_TYPE("luo-test-iommufd-v1");
static struct luo_test_type vfio = LUO_TEST_TYPE("luo-test-vfio-v1");

/* Tokens that are different only if all of their bits are looked at */
#define MEMFD_TOKEN	1ULL
#define IOMMUFD_TOKEN	(BIT_ULL(32) | 1)
#define VFIO_TOKEN	(BIT_ULL(63) | 1)

/**
 * struct chain - Files of which each needs the one before.
 * @files: A memfd, the iommufd that needs it, and the vfio device that needs
 *	that.
 */
struct chain {
	struct file *files[3];
};

static const u64 tokens[] = { MEMFD_TOKEN, IOMMUFD_TOKEN, VFIO_TOKEN };

static void make_chain(struct kunit *test, struct chain *chain)
{
	chain->files[0] = luo_test_file(test, &memfd, 10);
	chain->files[1] = luo_test_file(test, &iommufd, 20);
	chain->files[2] = luo_test_file(test, &vfio, 30);
	luo_test_depend(chain->files[1], chain->files[0]);
	luo_test_depend(chain->files[2], chain->files[1]);
}

static void preserve(struct kunit *test, struct file *session, u64 token,
		     struct file *file)
{
	KUNIT_ASSERT_EQ(test, luo_kernel_preserve(session, token, file), 0);
}

static void preserve_chain(struct kunit *test, struct file *session,
			   const struct chain *chain)
{
	for (int i = 0; i < ARRAY_SIZE(tokens); i++)
		preserve(test, session, tokens[i], chain->files[i]);
}

static struct luo_file_set *files_of(struct file *session)
{
	struct luo_session *luo = session->private_data;

	return &luo->file_set;
}

/* What a hook does, and what comes out of it */

/**
 * struct question - A look-up that an operation makes.
 * @op: The operation.
 * @outgoing: Look up the token of @file, or else the file of @token.
 * @file: The file to look up, NULL for that of the operation; or the answer,
 *	with a reference.
 * @token: The token to look up, or the answer.
 * @file_set: The files of the session that the operation was given.
 * @err: What the look-up returned.
 * @asked: How often it was made.
 */
static struct question {
	enum luo_test_op op;
	bool outgoing;
	struct file *file;
	u64 token;
	struct luo_file_set *file_set;
	int err;
	unsigned int asked;
} question;

static int ask(enum luo_test_op op, struct liveupdate_file_op_args *args)
{
	struct question *q = &question;

	if (op != q->op)
		return 0;

	q->asked++;
	q->file_set = args->file_set;
	if (!args->file_set)
		return 0;
	if (q->outgoing)
		q->err = liveupdate_get_token_outgoing(args->file_set,
						       q->file ?: args->file,
						       &q->token);
	else
		q->err = liveupdate_get_file_incoming(args->file_set, q->token,
						      &q->file);
	return 0;
}

static void ask_for_token(struct luo_test_type *type, enum luo_test_op op,
			  struct file *file)
{
	question = (struct question){
		.op = op,
		.outgoing = true,
		.file = file,
	};
	type->hook = ask;
}

static void ask_for_file(struct luo_test_type *type, enum luo_test_op op,
			 u64 token)
{
	question = (struct question){
		.op = op,
		.token = token,
	};
	type->hook = ask;
}

static void expect_answer(struct kunit *test, int err)
{
	KUNIT_EXPECT_EQ(test, question.asked, 1);
	KUNIT_EXPECT_EQ(test, question.err, err);
}

/* Files that need one another */

static void chain_comes_back_whichever_is_retrieved_first(struct kunit *test)
{
	const int first = *(const int *)test->param_value;
	struct file *files[3], *a = luo_test_session(test, "a");
	struct chain chain;

	make_chain(test, &chain);
	preserve_chain(test, a, &chain);
	luo_kernel_next(test);

	a = luo_test_retrieved(test, "a");
	for (int i = 0; i < ARRAY_SIZE(files); i++) {
		int n = (first + i) % ARRAY_SIZE(files);

		KUNIT_ASSERT_EQ(test, 0,
				luo_kernel_retrieve(a, tokens[n], &files[n]));
		KUNIT_EXPECT_EQ(test, luo_test_value(files[n]), 10 * (n + 1));
	}
	KUNIT_EXPECT_NULL(test, luo_test_needs(files[0]));
	KUNIT_EXPECT_PTR_EQ(test, luo_test_needs(files[1]), files[0]);
	KUNIT_EXPECT_PTR_EQ(test, luo_test_needs(files[2]), files[1]);
	KUNIT_EXPECT_EQ(test, memfd.calls[LUO_TEST_RETRIEVE], 1);
	KUNIT_EXPECT_EQ(test, iommufd.calls[LUO_TEST_RETRIEVE], 1);
	KUNIT_EXPECT_EQ(test, vfio.calls[LUO_TEST_RETRIEVE], 1);

	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	/* One of the test, one of the iommufd */
	KUNIT_EXPECT_EQ(test, file_count(files[0]), 2);
	for (int i = 0; i < ARRAY_SIZE(files); i++)
		luo_test_close(files[i]);
	KUNIT_EXPECT_EQ(test, luo_test_objects(), 3);
}

static const int firsts[] = { 0, 1, 2 };

static void first_desc(const int *first, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "file %d first", *first);
}

KUNIT_ARRAY_PARAM(first, firsts, first_desc);

/**
 * struct order - A wrong order to preserve a chain in.
 * @files: Indices in the chain.
 * @good: How many of them can be preserved in this order.
 */
struct order {
	int files[3];
	int good;
};

static const struct order orders[] = {
	{ .files = { 0, 2, 1 }, .good = 1 },
	{ .files = { 1, 0, 2 }, .good = 0 },
	{ .files = { 1, 2, 0 }, .good = 0 },
	{ .files = { 2, 0, 1 }, .good = 0 },
	{ .files = { 2, 1, 0 }, .good = 0 },
};

static void order_desc(const struct order *order, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "files %d, %d, %d",
		 order->files[0], order->files[1], order->files[2]);
}

KUNIT_ARRAY_PARAM(order, orders, order_desc);

/* Finding 3 */
static void wrong_order_is_refused_and_leaves_nothing(struct kunit *test)
{
	const struct order *order = test->param_value;
	struct liveupdate_snapshot before, after;
	struct file *a = luo_test_session(test, "a");
	struct chain chain;
	int bad;

	make_chain(test, &chain);
	for (int i = 0; i < order->good; i++)
		preserve(test, a, tokens[order->files[i]],
			 chain.files[order->files[i]]);

	bad = order->files[order->good];
	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			luo_kernel_preserve(a, tokens[bad], chain.files[bad]));
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);

	/* Nothing stands in the way of the right order. */
	luo_kernel_close(a);
	preserve_chain(test, luo_test_session(test, "a"), &chain);
}

/* Finding 2 */
static void file_of_another_session_is_not_found(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *b = luo_test_session(test, "b");
	struct chain chain;

	make_chain(test, &chain);
	preserve(test, a, MEMFD_TOKEN, chain.files[0]);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			luo_kernel_preserve(b, IOMMUFD_TOKEN, chain.files[1]));
	KUNIT_EXPECT_EQ(test, 0,
			luo_kernel_preserve(a, IOMMUFD_TOKEN, chain.files[1]));
}

/* Finding 2 */
static void token_of_another_session_is_not_found(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *b = luo_test_session(test, "b"), *file;
	struct file *one = luo_test_file(test, &memfd, 1);
	struct file *two = luo_test_file(test, &iommufd, 2);

	preserve(test, a, MEMFD_TOKEN, one);
	preserve(test, b, IOMMUFD_TOKEN, two);
	luo_kernel_next(test);

	a = luo_test_retrieved(test, "a");
	b = luo_test_retrieved(test, "b");
	ask_for_file(&iommufd, LUO_TEST_RETRIEVE, MEMFD_TOKEN);
	KUNIT_ASSERT_EQ(test, luo_kernel_retrieve(b, IOMMUFD_TOKEN, &file), 0);
	expect_answer(test, -ENOENT);
	KUNIT_EXPECT_EQ(test, memfd.calls[LUO_TEST_RETRIEVE], 0);
	luo_test_close(file);
}

static void unpreserved_file_is_not_found(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a");
	struct chain chain;

	make_chain(test, &chain);
	preserve_chain(test, a, &chain);
	luo_kernel_close(a);
	a = luo_test_session(test, "a");
	KUNIT_EXPECT_EQ(test, -ENOENT,
			luo_kernel_preserve(a, IOMMUFD_TOKEN, chain.files[1]));
}

/* Finding 6 */
static void file_is_not_found_while_it_is_preserved(struct kunit *test)
{
	struct file *file = luo_test_file(test, &memfd, 1);

	ask_for_token(&memfd, LUO_TEST_PRESERVE, NULL);
	preserve(test, luo_test_session(test, "a"), MEMFD_TOKEN, file);
	expect_answer(test, -ENOENT);
}

static void file_is_found_while_it_is_frozen(struct kunit *test)
{
	struct file *file = luo_test_file(test, &memfd, 1);

	preserve(test, luo_test_session(test, "a"), MEMFD_TOKEN, file);
	ask_for_token(&memfd, LUO_TEST_FREEZE, NULL);
	KUNIT_EXPECT_EQ(test, luo_kernel_freeze(), 0);
	expect_answer(test, 0);
	KUNIT_EXPECT_EQ(test, question.token, MEMFD_TOKEN);
}

static void other_file_of_the_object_is_found(struct kunit *test)
{
	struct file *file = luo_test_file(test, &memfd, 1);
	struct file *a = luo_test_session(test, "a");

	preserve(test, a, MEMFD_TOKEN, file);
	ask_for_token(&iommufd, LUO_TEST_PRESERVE, luo_test_reopen(test, file));
	preserve(test, a, IOMMUFD_TOKEN, luo_test_file(test, &iommufd, 2));
	expect_answer(test, 0);
	KUNIT_EXPECT_EQ(test, question.token, MEMFD_TOKEN);
}

static void other_object_is_not_found(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a");

	preserve(test, a, MEMFD_TOKEN, luo_test_file(test, &memfd, 1));
	ask_for_token(&iommufd, LUO_TEST_PRESERVE,
		      luo_test_file(test, &memfd, 1));
	preserve(test, a, IOMMUFD_TOKEN, luo_test_file(test, &iommufd, 2));
	expect_answer(test, -ENOENT);
}

/* The handler says that two files are two things: it has no get_id(). */
static void other_file_is_not_found_without_ids(struct kunit *test)
{
	struct file *file = luo_test_file(test, &iommufd, 1);
	struct file *a = luo_test_session(test, "a");

	preserve(test, a, IOMMUFD_TOKEN, file);
	ask_for_token(&vfio, LUO_TEST_PRESERVE, luo_test_reopen(test, file));
	preserve(test, a, VFIO_TOKEN, luo_test_file(test, &vfio, 2));
	expect_answer(test, -ENOENT);
}

static const struct file_operations foreign_fops;

/* What a handler takes for an id may mean something else in a foreign file. */
static void id_of_a_foreign_file_is_not_asked_for(struct kunit *test)
{
	struct file *file = luo_test_file(test, &memfd, 1), *foreign;
	struct file *a = luo_test_session(test, "a");

	foreign = anon_inode_getfile("[foreign]", &foreign_fops,
				     file->private_data, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, foreign);
	preserve(test, a, MEMFD_TOKEN, file);
	ask_for_token(&iommufd, LUO_TEST_PRESERVE, foreign);
	preserve(test, a, IOMMUFD_TOKEN, luo_test_file(test, &iommufd, 2));
	expect_answer(test, -ENOENT);
	luo_test_close(foreign);
}

/* Operations and their session */

static void outgoing_operations_are_told_their_session(struct kunit *test)
{
	static const enum luo_test_op ops[] = {
		LUO_TEST_PRESERVE, LUO_TEST_FREEZE, LUO_TEST_UNFREEZE,
		LUO_TEST_UNPRESERVE,
	};

	for (int i = 0; i < ARRAY_SIZE(ops); i++) {
		struct file *a = luo_test_session(test, "a");
		struct luo_file_set *file_set = files_of(a);

		ask_for_token(&memfd, ops[i], NULL);
		iommufd.errors[LUO_TEST_FREEZE] = -EIO;
		preserve(test, a, 1, luo_test_file(test, &memfd, 1));
		preserve(test, a, 2, luo_test_file(test, &iommufd, 2));
		KUNIT_EXPECT_EQ(test, luo_kernel_freeze(), -EIO);
		luo_kernel_close(a);
		KUNIT_EXPECT_EQ(test, question.asked, 1);
		KUNIT_EXPECT_PTR_EQ(test, question.file_set, file_set);
	}
}

static void incoming_operations_are_told_their_session(struct kunit *test)
{
	static const enum luo_test_op ops[] = {
		LUO_TEST_RETRIEVE, LUO_TEST_CAN_FINISH, LUO_TEST_FINISH,
	};

	for (int i = 0; i < ARRAY_SIZE(ops); i++) {
		struct file *a = luo_test_session(test, "a"), *file;

		preserve(test, a, 1, luo_test_file(test, &memfd, 1));
		luo_kernel_next(test);
		a = luo_test_retrieved(test, "a");
		ask_for_file(&memfd, ops[i], 2);
		KUNIT_ASSERT_EQ(test, luo_kernel_retrieve(a, 1, &file), 0);
		luo_test_close(file);
		KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
		expect_answer(test, -ENOENT);
		KUNIT_EXPECT_PTR_EQ(test, question.file_set, files_of(a));
	}
}

/* Nobody has retrieve() called on a file that is there. */
static void preserved_file_is_no_incoming_file(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a");

	preserve(test, a, MEMFD_TOKEN, luo_test_file(test, &memfd, 1));
	ask_for_file(&iommufd, LUO_TEST_PRESERVE, MEMFD_TOKEN);
	preserve(test, a, IOMMUFD_TOKEN, luo_test_file(test, &iommufd, 2));
	expect_answer(test, -ENOENT);
	KUNIT_EXPECT_EQ(test, memfd.calls[LUO_TEST_RETRIEVE], 0);
}

/* Two files were handed over that do not need each other. */
static struct file *hand_over_two(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a");

	preserve(test, a, MEMFD_TOKEN, luo_test_file(test, &memfd, 1));
	preserve(test, a, IOMMUFD_TOKEN, luo_test_file(test, &iommufd, 2));
	luo_kernel_next(test);
	return luo_test_retrieved(test, "a");
}

static void retrieved_file_is_no_outgoing_file(struct kunit *test)
{
	struct file *a = hand_over_two(test), *file, *other;

	KUNIT_ASSERT_EQ(test, luo_kernel_retrieve(a, MEMFD_TOKEN, &file), 0);
	ask_for_token(&iommufd, LUO_TEST_RETRIEVE, file);
	KUNIT_ASSERT_EQ(test, luo_kernel_retrieve(a, IOMMUFD_TOKEN, &other), 0);
	expect_answer(test, -ENOENT);
	luo_test_close(other);
	luo_test_close(file);
}

static void incoming_file_comes_with_a_reference(struct kunit *test)
{
	struct file *a = hand_over_two(test), *file;

	ask_for_file(&iommufd, LUO_TEST_RETRIEVE, MEMFD_TOKEN);
	KUNIT_ASSERT_EQ(test, luo_kernel_retrieve(a, IOMMUFD_TOKEN, &file), 0);
	expect_answer(test, 0);
	KUNIT_EXPECT_EQ(test, file_count(question.file), 2);
	luo_test_close(file);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	KUNIT_EXPECT_EQ(test, file_count(question.file), 1);
	KUNIT_EXPECT_EQ(test, luo_test_value(question.file), 1);
	luo_test_close(question.file);
}

/* Finishing begins with the last file, so the first one is still there. */
static void file_is_retrieved_while_another_one_finishes(struct kunit *test)
{
	struct file *a = hand_over_two(test);

	ask_for_file(&iommufd, LUO_TEST_FINISH, MEMFD_TOKEN);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	expect_answer(test, 0);
	KUNIT_EXPECT_EQ(test, luo_test_value(question.file), 1);
	KUNIT_EXPECT_EQ(test, file_count(question.file), 1);
	luo_test_close(question.file);
}

/* Finding 8 */
static void finished_file_is_not_found(struct kunit *test)
{
	struct file *a = hand_over_two(test);

	ask_for_file(&memfd, LUO_TEST_FINISH, IOMMUFD_TOKEN);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	expect_answer(test, -ENOENT);
}

/* Files that need themselves */

/* Finding 5 */
static void file_that_needs_itself_is_refused(struct kunit *test)
{
	struct file *bad = luo_test_file(test, &iommufd, 1);
	struct file *a = luo_test_session(test, "a"), *file;

	luo_test_depend_on_token(bad, IOMMUFD_TOKEN);
	preserve(test, a, IOMMUFD_TOKEN, bad);
	luo_kernel_next(test);

	a = luo_test_retrieved(test, "a");
	KUNIT_EXPECT_EQ(test, -EDEADLK,
			luo_kernel_retrieve(a, IOMMUFD_TOKEN, &file));
	KUNIT_EXPECT_EQ(test, -EDEADLK,
			luo_kernel_retrieve(a, IOMMUFD_TOKEN, &file));
	KUNIT_EXPECT_EQ(test, iommufd.calls[LUO_TEST_RETRIEVE], 1);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	KUNIT_EXPECT_EQ(test, luo_test_objects(), 1);
}

/* Finding 5 */
static void files_that_need_each_other_are_refused(struct kunit *test)
{
	struct file *one = luo_test_file(test, &iommufd, 1);
	struct file *two = luo_test_file(test, &vfio, 2);
	struct file *a = luo_test_session(test, "a"), *file;

	luo_test_depend_on_token(one, VFIO_TOKEN);
	luo_test_depend_on_token(two, IOMMUFD_TOKEN);
	preserve(test, a, MEMFD_TOKEN, luo_test_file(test, &memfd, 3));
	preserve(test, a, IOMMUFD_TOKEN, one);
	preserve(test, a, VFIO_TOKEN, two);
	luo_kernel_next(test);

	a = luo_test_retrieved(test, "a");
	KUNIT_EXPECT_EQ(test, -EDEADLK,
			luo_kernel_retrieve(a, IOMMUFD_TOKEN, &file));
	KUNIT_EXPECT_EQ(test, -EDEADLK,
			luo_kernel_retrieve(a, VFIO_TOKEN, &file));
	KUNIT_ASSERT_EQ(test, luo_kernel_retrieve(a, MEMFD_TOKEN, &file), 0);
	luo_test_close(file);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	KUNIT_EXPECT_EQ(test, luo_test_objects(), 3);
}

/* Finding 5 */
static void finishing_file_does_not_get_itself(struct kunit *test)
{
	static const enum luo_test_op ops[] = {
		LUO_TEST_CAN_FINISH, LUO_TEST_FINISH,
	};

	for (int i = 0; i < ARRAY_SIZE(ops); i++) {
		struct file *a = hand_over_two(test);

		ask_for_file(&memfd, ops[i], MEMFD_TOKEN);
		KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
		expect_answer(test, -EDEADLK);
	}
	KUNIT_EXPECT_EQ(test, memfd.calls[LUO_TEST_RETRIEVE], 0);
}

/* Failures */

/* Finding 7 */
static void failure_of_what_is_needed_is_passed_on(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file;
	struct chain chain;

	make_chain(test, &chain);
	preserve_chain(test, a, &chain);
	luo_kernel_next(test);

	a = luo_test_retrieved(test, "a");
	memfd.errors[LUO_TEST_RETRIEVE] = -EIO;
	KUNIT_EXPECT_EQ(test, luo_kernel_retrieve(a, VFIO_TOKEN, &file), -EIO);
	memfd.errors[LUO_TEST_RETRIEVE] = 0;
	for (int i = 0; i < ARRAY_SIZE(tokens); i++)
		KUNIT_EXPECT_EQ(test, -EIO,
				luo_kernel_retrieve(a, tokens[i], &file));
	KUNIT_EXPECT_EQ(test, memfd.calls[LUO_TEST_RETRIEVE], 1);
	KUNIT_EXPECT_EQ(test, luo_test_objects(), 3);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
}

/**
 * struct new_session - A chain in a session of its own.
 * @session: The file of the session.
 * @chain: The chain.
 */
struct new_session {
	struct file *session;
	struct chain chain;
};

static int preserve_in_new_session(struct kunit *test, void *context)
{
	struct new_session *new = context;
	int err = 0;

	new->session = luo_kernel_session(test, "new");
	if (IS_ERR(new->session))
		return PTR_ERR(new->session);

	for (int i = 0; !err && i < ARRAY_SIZE(tokens); i++)
		err = luo_kernel_preserve(new->session, tokens[i],
					  new->chain.files[i]);
	if (err)
		luo_kernel_close(new->session);
	return err;
}

static void close_new_session(struct kunit *test, void *context)
{
	struct new_session *new = context;

	luo_kernel_close(new->session);
}

static void each_failure_to_preserve_leaves_nothing(struct kunit *test)
{
	struct new_session new = {};
	const struct nth_failure_sweep sweep = {
		.name = "preserve files that need one another",
		.run = preserve_in_new_session,
		.undo = close_new_session,
		.context = &new,
		.minimum = 12,
	};

	make_chain(test, &new.chain);
	nth_failure_sweep(test, &sweep);
	/* One of the test, one of the iommufd */
	KUNIT_EXPECT_EQ(test, file_count(new.chain.files[0]), 2);
	KUNIT_EXPECT_EQ(test, luo_test_objects(), 3);
}

/**
 * struct retrieval - Files that are retrieved one after the other.
 * @session: Their session.
 * @next: Number of the next iommufd, that of its memfd is one less.
 * @file: The iommufd retrieved last.
 * @objects: Objects before it was.
 */
struct retrieval {
	struct file *session;
	u64 next;
	struct file *file;
	unsigned int objects;
};

/* A failure is remembered, so each pass has files of its own. */
#define NR_PAIRS	200

static int retrieve_next(struct kunit *test, void *context)
{
	struct retrieval *retrieval = context;

	retrieval->objects = luo_test_objects();
	return luo_kernel_retrieve(retrieval->session, retrieval->next,
				   &retrieval->file);
}

static void close_retrieved(struct kunit *test, void *context)
{
	struct retrieval *retrieval = context;

	luo_test_close(retrieval->file);
	retrieval->next += 2;
}

/* The memfd is all that may have been made. */
static void check_failed_retrieve(struct kunit *test, void *context)
{
	struct retrieval *retrieval = context;
	unsigned int more = luo_test_objects() - retrieval->objects;

	KUNIT_EXPECT_LE(test, more, 1);
	KUNIT_EXPECT_EQ(test, -ENOMEM,
			luo_kernel_retrieve(retrieval->session, retrieval->next,
					    &retrieval->file));
	retrieval->next += 2;
}

static void each_failure_to_retrieve_leaves_nothing_half_made(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a");
	struct retrieval retrieval = { .next = 1 };
	const struct nth_failure_sweep sweep = {
		.name = "retrieve a file that needs another one",
		.run = retrieve_next,
		.undo = close_retrieved,
		.check = check_failed_retrieve,
		.context = &retrieval,
		.minimum = 4,
		.limit = NR_PAIRS / 5,
	};

	for (int i = 0; i < NR_PAIRS; i++) {
		struct file *one = luo_test_file(test, &memfd, i);
		struct file *two = luo_test_file(test, &iommufd, i);

		luo_test_depend(two, one);
		preserve(test, a, 2 * i, one);
		preserve(test, a, 2 * i + 1, two);
	}
	luo_kernel_next(test);

	retrieval.session = luo_test_retrieved(test, "a");
	nth_failure_sweep(test, &sweep);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(retrieval.session), 0);
	KUNIT_EXPECT_EQ(test, memfd.calls[LUO_TEST_FINISH], NR_PAIRS);
	KUNIT_EXPECT_EQ(test, iommufd.calls[LUO_TEST_FINISH], NR_PAIRS);
	KUNIT_EXPECT_EQ(test, luo_test_objects(), 2 * NR_PAIRS);
}

static int start(struct kunit *test)
{
	luo_kernel_start(test);
	luo_test_register(test, &memfd);
	luo_test_register(test, &iommufd);
	luo_test_register(test, &vfio);
	return 0;
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(chain_comes_back_whichever_is_retrieved_first,
			 first_gen_params),
	KUNIT_CASE_PARAM(wrong_order_is_refused_and_leaves_nothing,
			 order_gen_params),
	KUNIT_CASE(file_of_another_session_is_not_found),
	KUNIT_CASE(token_of_another_session_is_not_found),
	KUNIT_CASE(unpreserved_file_is_not_found),
	KUNIT_CASE(file_is_not_found_while_it_is_preserved),
	KUNIT_CASE(file_is_found_while_it_is_frozen),
	KUNIT_CASE(other_file_of_the_object_is_found),
	KUNIT_CASE(other_object_is_not_found),
	KUNIT_CASE(other_file_is_not_found_without_ids),
	KUNIT_CASE(id_of_a_foreign_file_is_not_asked_for),
	KUNIT_CASE(outgoing_operations_are_told_their_session),
	KUNIT_CASE(incoming_operations_are_told_their_session),
	KUNIT_CASE(preserved_file_is_no_incoming_file),
	KUNIT_CASE(retrieved_file_is_no_outgoing_file),
	KUNIT_CASE(incoming_file_comes_with_a_reference),
	KUNIT_CASE(file_is_retrieved_while_another_one_finishes),
	KUNIT_CASE(finished_file_is_not_found),
	KUNIT_CASE(file_that_needs_itself_is_refused),
	KUNIT_CASE(files_that_need_each_other_are_refused),
	KUNIT_CASE(finishing_file_does_not_get_itself),
	KUNIT_CASE(failure_of_what_is_needed_is_passed_on),
	KUNIT_CASE(each_failure_to_preserve_leaves_nothing),
	KUNIT_CASE(each_failure_to_retrieve_leaves_nothing_half_made),
	{}
};

static struct kunit_suite luo_lookup_suite = {
	.name = "luo_lookup",
	.init = start,
	.test_cases = cases,
};

kunit_test_suite(luo_lookup_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of LUO's look-ups of files in their session");
