// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What file handlers rely on in LUO
 *
 * Files of a test go from kernel to kernel by LUO as it is. The cases say what
 * a handler and an FLB can count on: when they are called and with what, what a
 * failure leaves, and what LUO counts.
 */

#include <linux/anon_inodes.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>

#include <kunit/test.h>

#include "liveupdate_snapshot.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "mock_kexec.h"
#include "nth_failure.h"

static struct luo_test_type plain = LUO_TEST_TYPE("luo-test-plain-v1");
static struct luo_test_type named = LUO_TEST_OBJECT_TYPE("luo-test-named-v1");
static struct luo_test_flb flb = LUO_TEST_FLB("luo-test-flb-v1");
static struct luo_test_flb other_flb = LUO_TEST_FLB("luo-test-other-v1");

/* Preserve a new file that holds its token. */
static struct file *preserve(struct kunit *test, struct file *session,
			     u64 token)
{
	struct file *file = luo_test_file(test, &plain, token);

	KUNIT_ASSERT_EQ(test, luo_kernel_preserve(session, token, file), 0);
	return file;
}

/* One file with token 1 in session "a" was handed over. */
static struct file *hand_over_one(struct kunit *test)
{
	preserve(test, luo_test_session(test, "a"), 1);
	luo_kernel_next(test);
	return luo_test_retrieved(test, "a");
}

static void expect_retrieved(struct kunit *test, struct file *session,
			     u64 token)
{
	struct file *file;

	KUNIT_ASSERT_EQ(test, luo_kernel_retrieve(session, token, &file), 0);
	KUNIT_EXPECT_EQ(test, luo_test_value(file), token);
	luo_test_close(file);
}

/* Round trips */

static void files_come_back_by_session_and_token(struct kunit *test)
{
	/* The files of one session fill more than a block. */
	const u64 nr_files = 100;
	struct file *a = luo_test_session(test, "a"), *b = luo_test_session(test, "b");

	for (u64 token = 0; token < nr_files; token++)
		preserve(test, a, token);
	preserve(test, b, nr_files);
	luo_kernel_next(test);

	a = luo_test_retrieved(test, "a");
	b = luo_test_retrieved(test, "b");
	for (u64 token = nr_files; token--;)
		expect_retrieved(test, a, token);
	expect_retrieved(test, b, nr_files);
	KUNIT_EXPECT_EQ(test, plain.calls[LUO_TEST_RETRIEVE], nr_files + 1);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(b), 0);
	KUNIT_EXPECT_EQ(test, plain.calls[LUO_TEST_FINISH], nr_files + 1);
	KUNIT_EXPECT_EQ(test, plain.calls[LUO_TEST_UNPRESERVE], 0);
}

static void session_is_retrieved_once(struct kunit *test)
{
	struct file *file = hand_over_one(test);

	KUNIT_EXPECT_EQ(test, -EINVAL,
			PTR_ERR(luo_kernel_retrieve_session(test, "a")));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			PTR_ERR(luo_kernel_retrieve_session(test, "b")));
	luo_kernel_close(file);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			PTR_ERR(luo_kernel_retrieve_session(test, "a")));
}

static void first_kernel_finds_nothing(struct kunit *test)
{
	void *obj;

	luo_test_register_flb(test, &plain, &flb);
	KUNIT_EXPECT_EQ(test, luo_kernel_open(), 0);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			PTR_ERR(luo_kernel_retrieve_session(test, "a")));
	KUNIT_EXPECT_EQ(test, liveupdate_flb_get_incoming(&flb.flb, &obj),
			-ENODATA);
}

static void file_goes_through_a_second_kexec(struct kunit *test)
{
	struct file *first = hand_over_one(test), *file;

	KUNIT_ASSERT_EQ(test, luo_kernel_retrieve(first, 1, &file), 0);
	KUNIT_ASSERT_EQ(test, luo_kernel_finish(first), 0);
	luo_kernel_close(first);
	KUNIT_EXPECT_EQ(test, 0,
			luo_kernel_preserve(luo_test_session(test, "b"), 2, file));
	luo_test_close(file);
	luo_kernel_next(test);

	KUNIT_EXPECT_EQ(test, -ENOENT,
			PTR_ERR(luo_kernel_retrieve_session(test, "a")));
	first = luo_test_retrieved(test, "b");
	KUNIT_ASSERT_EQ(test, luo_kernel_retrieve(first, 2, &file), 0);
	KUNIT_EXPECT_EQ(test, luo_test_value(file), 1);
	luo_test_close(file);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(first), 0);
}

/* Preserving, and taking it back */

/* Finding 18 */
static void aborted_session_leaves_nothing(struct kunit *test)
{
	struct file *one = luo_test_file(test, &plain, 1);
	struct file *two = luo_test_file(test, &plain, 2);
	struct liveupdate_snapshot before, after;

	luo_test_register_flb(test, &plain, &flb);
	liveupdate_snapshot_take(&before);
	for (int i = 0; i < 100; i++) {
		struct file *a = luo_test_session(test, "a");

		KUNIT_ASSERT_EQ(test, luo_kernel_preserve(a, 1, one), 0);
		KUNIT_ASSERT_EQ(test, luo_kernel_preserve(a, 2, two), 0);
		luo_kernel_close(a);
	}
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	KUNIT_EXPECT_EQ(test, plain.calls[LUO_TEST_UNPRESERVE], 200);
	KUNIT_EXPECT_EQ(test, flb.unpreserved, 100);
	KUNIT_EXPECT_EQ(test, file_count(one), 1);
	KUNIT_EXPECT_EQ(test, luo_test_objects(), 2);
}

/* Finding 17 */
static void file_is_preserved_once(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *b = luo_test_session(test, "b");
	struct file *file = preserve(test, a, 1);
	struct file *other = luo_test_file(test, &plain, 2);

	KUNIT_EXPECT_EQ(test, luo_kernel_preserve(a, 2, file), -EBUSY);
	KUNIT_EXPECT_EQ(test, luo_kernel_preserve(b, 1, file), -EBUSY);
	KUNIT_EXPECT_EQ(test, luo_kernel_preserve(a, 1, other), -EEXIST);
	KUNIT_EXPECT_EQ(test, plain.calls[LUO_TEST_PRESERVE], 1);
	luo_kernel_close(a);
	KUNIT_EXPECT_EQ(test, luo_kernel_preserve(b, 1, file), 0);
}

/* Finding 17 */
static void object_is_preserved_once(struct kunit *test)
{
	struct file *file = luo_test_file(test, &named, 1);
	struct file *again = luo_test_reopen(test, file);
	struct file *a = luo_test_session(test, "a");

	KUNIT_EXPECT_EQ(test, luo_kernel_preserve(a, 1, file), 0);
	KUNIT_EXPECT_EQ(test, luo_kernel_preserve(a, 2, again), -EBUSY);
	luo_kernel_close(a);
	a = luo_test_session(test, "a");
	KUNIT_EXPECT_EQ(test, luo_kernel_preserve(a, 2, again), 0);
}

static const struct file_operations no_fops;

/* Finding 16 */
static void file_that_no_handler_has_is_refused(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file;
	struct liveupdate_snapshot before, after;

	file = anon_inode_getfile("[none]", &no_fops, NULL, O_RDWR);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, luo_kernel_preserve(a, 1, file), -ENOENT);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	luo_test_close(file);
}

static void failed_preserve_leaves_nothing(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a");
	struct file *file = luo_test_file(test, &plain, 1);
	struct liveupdate_snapshot before, after;

	luo_test_register_flb(test, &plain, &flb);
	liveupdate_snapshot_take(&before);
	plain.errors[LUO_TEST_PRESERVE] = -EIO;
	KUNIT_EXPECT_EQ(test, luo_kernel_preserve(a, 1, file), -EIO);
	plain.errors[LUO_TEST_PRESERVE] = 0;
	flb.error = -ENODEV;
	KUNIT_EXPECT_EQ(test, luo_kernel_preserve(a, 1, file), -ENODEV);
	flb.error = 0;
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	KUNIT_EXPECT_EQ(test, luo_test_flb_outgoing(&flb), 0);
	KUNIT_EXPECT_EQ(test, file_count(file), 1);
	KUNIT_EXPECT_EQ(test, luo_kernel_preserve(a, 1, file), 0);
}

/**
 * struct preservation - A file in a session of its own.
 * @session: The file of the session.
 * @file: The file.
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

	err = luo_kernel_preserve(new->session, 1, new->file);
	if (err)
		luo_kernel_close(new->session);
	return err;
}

static void close_new_session(struct kunit *test, void *context)
{
	struct preservation *new = context;

	luo_kernel_close(new->session);
}

static void each_failure_of_preserve_leaves_nothing(struct kunit *test)
{
	struct preservation new = {
		.file = luo_test_file(test, &plain, 1),
	};
	const struct nth_failure_sweep sweep = {
		.name = "preserve",
		.run = preserve_in_new_session,
		.undo = close_new_session,
		.context = &new,
		.minimum = 8,
	};

	luo_test_register_flb(test, &plain, &flb);
	nth_failure_sweep(test, &sweep);
	KUNIT_EXPECT_EQ(test, luo_test_flb_outgoing(&flb), 0);
	KUNIT_EXPECT_EQ(test, file_count(new.file), 1);
}

/* Freezing */

static void failed_freeze_unfreezes_what_was_frozen(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *b = luo_test_session(test, "b");
	struct file *bad = luo_test_file(test, &named, 3);
	struct liveupdate_snapshot before, after;

	preserve(test, a, 1);
	preserve(test, b, 2);
	KUNIT_ASSERT_EQ(test, luo_kernel_preserve(b, 3, bad), 0);
	preserve(test, b, 4);
	liveupdate_snapshot_take(&before);
	named.errors[LUO_TEST_FREEZE] = -EIO;
	KUNIT_EXPECT_EQ(test, luo_kernel_freeze(), -EIO);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	KUNIT_EXPECT_EQ(test, plain.calls[LUO_TEST_FREEZE], 2);
	KUNIT_EXPECT_EQ(test, plain.calls[LUO_TEST_UNFREEZE], 2);
	KUNIT_EXPECT_EQ(test, named.calls[LUO_TEST_UNFREEZE], 0);

	named.errors[LUO_TEST_FREEZE] = 0;
	luo_kernel_next(test);
	a = luo_test_retrieved(test, "a");
	b = luo_test_retrieved(test, "b");
	for (u64 token = 2; token <= 4; token++)
		expect_retrieved(test, b, token);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(b), 0);
}

/* Retrieving and finishing */

/* Finding 10 */
static void second_retrieve_gives_the_same_file(struct kunit *test)
{
	struct file *a = hand_over_one(test), *file, *again;

	KUNIT_ASSERT_EQ(test, luo_kernel_retrieve(a, 1, &file), 0);
	KUNIT_EXPECT_EQ(test, file_count(file), 2);
	KUNIT_ASSERT_EQ(test, luo_kernel_retrieve(a, 1, &again), 0);
	KUNIT_EXPECT_PTR_EQ(test, file, again);
	KUNIT_EXPECT_EQ(test, file_count(file), 3);
	KUNIT_EXPECT_EQ(test, plain.calls[LUO_TEST_RETRIEVE], 1);
	luo_test_close(again);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	KUNIT_EXPECT_EQ(test, file_count(file), 1);
	luo_test_close(file);
	KUNIT_EXPECT_EQ(test, luo_test_objects(), 1);
}

/* Finding 7 */
static void failed_retrieve_is_not_tried_again(struct kunit *test)
{
	struct file *a = hand_over_one(test), *file;

	plain.errors[LUO_TEST_RETRIEVE] = -EIO;
	KUNIT_EXPECT_EQ(test, luo_kernel_retrieve(a, 1, &file), -EIO);
	plain.errors[LUO_TEST_RETRIEVE] = 0;
	KUNIT_EXPECT_EQ(test, luo_kernel_retrieve(a, 1, &file), -EIO);
	KUNIT_EXPECT_EQ(test, plain.calls[LUO_TEST_RETRIEVE], 1);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	KUNIT_EXPECT_NULL(test, plain.last_file);
	KUNIT_EXPECT_EQ(test, plain.last_status, -EIO);
}

/* Finding 8 */
static void finish_comes_without_a_retrieve(struct kunit *test)
{
	struct file *a = hand_over_one(test);

	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
	KUNIT_EXPECT_EQ(test, plain.calls[LUO_TEST_RETRIEVE], 0);
	KUNIT_EXPECT_EQ(test, plain.calls[LUO_TEST_CAN_FINISH], 1);
	KUNIT_EXPECT_EQ(test, plain.calls[LUO_TEST_FINISH], 1);
	KUNIT_EXPECT_NULL(test, plain.last_file);
	KUNIT_EXPECT_EQ(test, plain.last_status, 0);
}

/* Finding 8, Finding 60 */
static void refused_finish_keeps_all_files(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *bad;
	struct liveupdate_snapshot before, after;

	preserve(test, a, 1);
	bad = luo_test_file(test, &named, 2);
	KUNIT_ASSERT_EQ(test, luo_kernel_preserve(a, 2, bad), 0);
	luo_kernel_next(test);

	a = luo_test_retrieved(test, "a");
	liveupdate_snapshot_take(&before);
	named.errors[LUO_TEST_CAN_FINISH] = -EBUSY;
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), -EBUSY);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	KUNIT_EXPECT_EQ(test, plain.calls[LUO_TEST_FINISH], 0);
	expect_retrieved(test, a, 1);
	expect_retrieved(test, a, 2);
	named.errors[LUO_TEST_CAN_FINISH] = 0;
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(a), 0);
}

/* The session's block stays, and the record of the file. */
static void session_that_cannot_finish_stays_when_it_is_closed(struct kunit *test)
{
	struct file *a = hand_over_one(test);

	plain.errors[LUO_TEST_CAN_FINISH] = -EBUSY;
	luo_kernel_close(a);
	KUNIT_EXPECT_EQ(test, plain.calls[LUO_TEST_FINISH], 0);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			PTR_ERR(luo_kernel_retrieve_session(test, "a")));
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, 2);
	luo_kernel_next(test);
	KUNIT_EXPECT_EQ(test, -ENOENT,
			PTR_ERR(luo_kernel_retrieve_session(test, "a")));
}

/* Finding 11a: the record of the file is lost, LUO's own memory is not. */
static void unknown_handler_fails_every_open(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a");

	preserve(test, a, 1);
	KUNIT_ASSERT_EQ(test, luo_kernel_freeze(), 0);
	luo_kernel_end(test);
	mock_kexec(test);
	KUNIT_ASSERT_EQ(test, luo_kernel_boot(test), 0);
	liveupdate_unregister_file_handler(&plain.handler);
	KUNIT_EXPECT_EQ(test, luo_kernel_open(), -ENOENT);
	KUNIT_EXPECT_EQ(test, liveupdate_register_file_handler(&plain.handler), 0);
	KUNIT_EXPECT_EQ(test, luo_kernel_open(), -ENOENT);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, 1);
}

/* FLBs */

static void flb_is_preserved_with_the_first_file(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *b = luo_test_session(test, "b");

	luo_test_register_flb(test, &plain, &flb);
	KUNIT_EXPECT_EQ(test, luo_test_flb_outgoing(&flb), 0);
	preserve(test, a, 1);
	KUNIT_EXPECT_EQ(test, flb.preserved, 1);
	preserve(test, b, 2);
	KUNIT_EXPECT_EQ(test, flb.preserved, 1);
	KUNIT_EXPECT_EQ(test, luo_test_flb_outgoing(&flb), 2);
	luo_kernel_close(a);
	KUNIT_EXPECT_EQ(test, flb.unpreserved, 0);
	luo_kernel_close(b);
	KUNIT_EXPECT_EQ(test, flb.unpreserved, 1);
	KUNIT_EXPECT_EQ(test, luo_test_flb_outgoing(&flb), 0);
}

/* Finding 20, Finding 22 */
static void flb_got_and_put_at_boot_is_finished_with_the_last_file(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a");
	void *obj;

	luo_test_register_flb(test, &plain, &flb);
	preserve(test, a, 1);
	preserve(test, a, 2);
	luo_kernel_next(test);

	KUNIT_ASSERT_EQ(test, liveupdate_flb_get_incoming(&flb.flb, &obj), 0);
	KUNIT_EXPECT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, luo_test_flb_incoming(&flb), 3);
	liveupdate_flb_put_incoming(&flb.flb);
	KUNIT_EXPECT_EQ(test, luo_test_flb_incoming(&flb), 2);
	KUNIT_EXPECT_EQ(test, flb.finished, 0);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(luo_test_retrieved(test, "a")), 0);
	KUNIT_EXPECT_EQ(test, flb.retrieved, 1);
	KUNIT_EXPECT_EQ(test, flb.finished, 1);
	KUNIT_EXPECT_EQ(test, liveupdate_flb_get_incoming(&flb.flb, &obj),
			-ENODATA);
}

/*
 * Finding 21: who gets the outgoing FLB and does not put it is counted as a file
 * that the next kernel will never finish.
 */
static void leaked_outgoing_flb_is_never_finished(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a");
	void *obj;

	luo_test_register_flb(test, &plain, &flb);
	KUNIT_EXPECT_EQ(test, liveupdate_flb_get_outgoing(&flb.flb, &obj),
			-ENOENT);
	preserve(test, a, 1);
	KUNIT_EXPECT_EQ(test, liveupdate_flb_get_outgoing(&flb.flb, &obj), 0);
	KUNIT_EXPECT_EQ(test, luo_test_flb_outgoing(&flb), 2);
	luo_kernel_next(test);

	KUNIT_ASSERT_EQ(test, liveupdate_flb_get_incoming(&flb.flb, &obj), 0);
	liveupdate_flb_put_incoming(&flb.flb);
	KUNIT_EXPECT_EQ(test, luo_kernel_finish(luo_test_retrieved(test, "a")), 0);
	KUNIT_EXPECT_EQ(test, luo_test_flb_incoming(&flb), 1);
	KUNIT_EXPECT_EQ(test, flb.finished, 0);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, 1);
}

/*
 * Finding 22: LUO learns the count of an FLB when it is retrieved. If nobody
 * does before the first file is finished, the count underflows and the FLB is
 * lost. That is why the FLB of the IOMMUs is retrieved at boot.
 */
static void flb_that_nobody_retrieves_is_never_finished(struct kunit *test)
{
	luo_test_register_flb(test, &plain, &flb);
	preserve(test, luo_test_session(test, "a"), 1);
	luo_kernel_next(test);

	kunit_warning_suppress(test) {
		KUNIT_EXPECT_EQ(test, 0,
				luo_kernel_finish(luo_test_retrieved(test, "a")));
		KUNIT_EXPECT_SUPPRESSED_WARNING_COUNT(test, 1);
	}
	KUNIT_EXPECT_EQ(test, flb.retrieved, 0);
	KUNIT_EXPECT_EQ(test, flb.finished, 0);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, 1);
}

static void flb_that_fails_to_retrieve_is_not_tried_again(struct kunit *test)
{
	void *obj;

	luo_test_register_flb(test, &plain, &flb);
	luo_test_register_flb(test, &plain, &other_flb);
	preserve(test, luo_test_session(test, "a"), 1);
	liveupdate_unregister_flb(&plain.handler, &other_flb.flb);
	luo_kernel_next(test);

	KUNIT_EXPECT_EQ(test, liveupdate_flb_get_incoming(&other_flb.flb, &obj),
			-ENOENT);
	flb.error = -EBADMSG;
	KUNIT_EXPECT_EQ(test, liveupdate_flb_get_incoming(&flb.flb, &obj),
			-EBADMSG);
	flb.error = 0;
	KUNIT_EXPECT_EQ(test, liveupdate_flb_get_incoming(&flb.flb, &obj),
			-EBADMSG);
	KUNIT_EXPECT_EQ(test, flb.retrieved, 1);
	/* The record of the file is given back, both FLBs are lost */
	kunit_warning_suppress(test) {
		luo_kernel_close(luo_test_retrieved(test, "a"));
	}
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
}

static int start(struct kunit *test)
{
	luo_kernel_start(test);
	luo_test_register(test, &plain);
	luo_test_register(test, &named);
	return 0;
}

static struct kunit_case cases[] = {
	KUNIT_CASE(files_come_back_by_session_and_token),
	KUNIT_CASE(session_is_retrieved_once),
	KUNIT_CASE(first_kernel_finds_nothing),
	KUNIT_CASE(file_goes_through_a_second_kexec),
	KUNIT_CASE(aborted_session_leaves_nothing),
	KUNIT_CASE(file_is_preserved_once),
	KUNIT_CASE(object_is_preserved_once),
	KUNIT_CASE(file_that_no_handler_has_is_refused),
	KUNIT_CASE(failed_preserve_leaves_nothing),
	KUNIT_CASE(each_failure_of_preserve_leaves_nothing),
	KUNIT_CASE(failed_freeze_unfreezes_what_was_frozen),
	KUNIT_CASE(second_retrieve_gives_the_same_file),
	KUNIT_CASE(failed_retrieve_is_not_tried_again),
	KUNIT_CASE(finish_comes_without_a_retrieve),
	KUNIT_CASE(refused_finish_keeps_all_files),
	KUNIT_CASE(session_that_cannot_finish_stays_when_it_is_closed),
	KUNIT_CASE(unknown_handler_fails_every_open),
	KUNIT_CASE(flb_is_preserved_with_the_first_file),
	KUNIT_CASE(flb_got_and_put_at_boot_is_finished_with_the_last_file),
	KUNIT_CASE(leaked_outgoing_flb_is_never_finished),
	KUNIT_CASE(flb_that_nobody_retrieves_is_never_finished),
	KUNIT_CASE(flb_that_fails_to_retrieve_is_not_tried_again),
	{}
};

static struct kunit_suite luo_kernel_suite = {
	.name = "luo_kernel",
	.init = start,
	.test_cases = cases,
};

kunit_test_suite(luo_kernel_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of what file handlers rely on in LUO");
