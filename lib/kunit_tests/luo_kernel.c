// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: LUO in the kernels of a test
 *
 * Suites use the Live Update Orchestrator as it is: sessions, files and FLBs
 * are its own, and so are the calls of the handlers under test. What is missing
 * in KUnit is around it: the process that has the sessions open, the reboot, and
 * the boot of the next kernel. That is here.
 *
 * Life cycle: LUO has booted with the machine that runs the tests.
 * luo_kernel_start() takes it down there and boots it in a KHO of the test. A
 * test then registers its handlers, preserves files in sessions, and freezes.
 * luo_kernel_end() drops LUO's objects, the test drops its own and calls
 * mock_kexec(), and luo_kernel_boot() has LUO read what was handed over. When
 * the test ends, LUO is set up again for the machine.
 *
 * Unhappy paths: sessions that a test leaves open, because it died or because
 * that is what it tests, are closed before the handlers that it has registered
 * since luo_kernel_start() go. A session that cannot be finished when it is
 * closed stays with LUO, and goes with its kernel. Preserved memory that this
 * loses is in the report of the fake KHO.
 */

#include <linux/fcntl.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/liveupdate.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "../../kernel/liveupdate/luo_internal.h"
#include "fake_kho_internal.h"
#include "liveupdate_snapshot.h"
#include "luo_kernel.h"
#include "mock_kexec.h"

/**
 * struct open_session - A session that the process of this kernel has open.
 * @list: In open_sessions, or in lost_sessions once it cannot be finished.
 * @file: Its file.
 * @session: What the file stands for.
 */
struct open_session {
	struct list_head list;
	struct file *file;
	struct luo_session *session;
};

static LIST_HEAD(open_sessions);
static LIST_HEAD(lost_sessions);

/* What any test may do while LUO runs in the kernels of another one: nothing. */
static struct kunit *luo_kernel_test;

/* The process and its files */

static struct luo_session *session_of(struct file *file)
{
	return file->private_data;
}

static struct open_session *find_open(struct file *file)
{
	struct open_session *open;

	list_for_each_entry(open, &open_sessions, list) {
		if (open->file == file)
			return open;
	}
	return NULL;
}

/* LUO keeps a session, though it has no file any more, if it refused to finish */
static bool is_lost(const char *name)
{
	struct file *file;

	return luo_session_retrieve(name, &file) == -EINVAL;
}

static void close_session(struct open_session *open)
{
	bool incoming = open->session->retrieved;
	char name[LIVEUPDATE_SESSION_NAME_LENGTH];

	strscpy(name, open->session->name);
	list_del(&open->list);
	__fput_sync(open->file);
	flush_delayed_fput();

	if (incoming && is_lost(name))
		list_add(&open->list, &lost_sessions);
	else
		kfree(open);
}

static void close_session_action(void *data)
{
	struct open_session *open = find_open(data);

	luo_session_kunit_unlock();
	if (open)
		close_session(open);
}

/* Remember that it is open; it is closed if that fails. */
static int track_session(struct kunit *test, struct file *file)
{
	CLASS(fail_nth_paused, nth)();
	struct open_session *open = kzalloc_obj(*open);

	if (!open) {
		__fput_sync(file);
		return -ENOMEM;
	}

	open->file = file;
	open->session = session_of(file);
	list_add(&open->list, &open_sessions);
	return kunit_add_action_or_reset(test, close_session_action, file);
}

/* A process preserves what it has a descriptor of. */
static int install_file(struct file *file)
{
	CLASS(fail_nth_paused, nth)();
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd >= 0)
		fd_install(fd, get_file(file));
	return fd;
}

/* What tests see */

/**
 * luo_kernel_session - Create a session, to be handed over to the next kernel.
 * @test: The test.
 * @name: Its name.
 *
 * Context: Process context.
 *
 * Return: the file of the session, for luo_kernel_close(), or an ERR_PTR().
 */
struct file *luo_kernel_session(struct kunit *test, const char *name)
{
	struct file *file;
	int err;

	err = luo_session_create(name, &file);
	if (!err)
		err = track_session(test, file);
	return err ? ERR_PTR(err) : file;
}

/**
 * luo_kernel_retrieve_session - Retrieve a session of the previous kernel.
 * @test: The test.
 * @name: Its name.
 *
 * Context: Process context, after luo_kernel_open().
 *
 * Return: the file of the session, for luo_kernel_close(), or an ERR_PTR():
 * -ENOENT if there is none of that name, -EINVAL if it was retrieved already.
 */
struct file *luo_kernel_retrieve_session(struct kunit *test, const char *name)
{
	struct file *file;
	int err;

	err = luo_session_retrieve(name, &file);
	if (!err)
		err = track_session(test, file);
	return err ? ERR_PTR(err) : file;
}

/**
 * luo_kernel_close - Close a session.
 * @session: Its file. That of a kernel that has ended is closed already, and
 *	nothing happens.
 *
 * What was preserved in it is unpreserved, what was retrieved from it is
 * finished. Returns when all that is over.
 *
 * Context: Process context.
 */
void luo_kernel_close(struct file *session)
{
	struct open_session *open = find_open(session);

	if (open)
		close_session(open);
}

/**
 * luo_kernel_preserve - Preserve a file.
 * @session: The file of a session.
 * @token: The token to preserve it under.
 * @file: The file to preserve.
 *
 * Context: Process context.
 *
 * Return: what luo_preserve_file() returns.
 */
int luo_kernel_preserve(struct file *session, u64 token, struct file *file)
{
	struct luo_session *luo = session_of(session);
	int fd = install_file(file);
	int err;

	if (fd < 0)
		return fd;

	scoped_guard(mutex, &luo->mutex)
		err = luo_preserve_file(&luo->file_set, token, fd);

	close_fd(fd);
	flush_delayed_fput();
	return err;
}

/**
 * luo_kernel_freeze - Do what reboot() does before a kexec.
 *
 * LUO then locks all sessions for good, until the kernel is no more. Here it
 * does not: a test that dies has to close them.
 *
 * Context: Process context.
 *
 * Return: what liveupdate_reboot() returns. After 0, nothing may be done in this
 * kernel but luo_kernel_end(), or closing its sessions.
 */
int luo_kernel_freeze(void)
{
	int err = liveupdate_reboot();

	luo_session_kunit_unlock();
	return err;
}

/**
 * luo_kernel_retrieve - Retrieve a file.
 * @session: The file of a session that was retrieved.
 * @token: The token of the file.
 * @file: Set to the file, with a reference for the caller.
 *
 * Context: Process context.
 *
 * Return: what luo_retrieve_file() returns.
 */
int luo_kernel_retrieve(struct file *session, u64 token, struct file **file)
{
	struct luo_session *luo = session_of(session);

	guard(mutex)(&luo->mutex);

	return luo_retrieve_file(&luo->file_set, token, file);
}

/**
 * luo_kernel_finish - Finish all files of a session.
 * @session: The file of a session that was retrieved.
 *
 * Context: Process context.
 *
 * Return: what luo_file_finish() returns.
 */
int luo_kernel_finish(struct file *session)
{
	struct luo_session *luo = session_of(session);
	int err;

	scoped_guard(mutex, &luo->mutex)
		err = luo_file_finish(&luo->file_set);

	flush_delayed_fput();
	return err;
}

/**
 * luo_kernel_open - Open /dev/liveupdate.
 *
 * The first time in a kernel, that deserializes what was handed over.
 *
 * Context: Process context.
 *
 * Return: 0, or the negative errno that makes the open fail with -EIO.
 */
int luo_kernel_open(void)
{
	return luo_session_deserialize();
}

/* The kernel and its life */

/**
 * luo_kernel_boot - LUO boots in the kernel that mock_kexec() has begun.
 * @test: The test.
 *
 * Context: Process context.
 *
 * Return: 0, or the negative errno for which a real kernel panics if it comes
 * from what was handed over.
 */
int luo_kernel_boot(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, luo_kernel_test, test);
	return luo_kunit_boot();
}

/**
 * luo_kernel_end - The kernel ends, as far as LUO is concerned.
 * @test: The test. It drops its own objects afterwards, without what they would
 *	do to preserved memory, and calls mock_kexec().
 *
 * All sessions are gone, and their files are closed. No handler is called, but
 * LUO's references to files are dropped: a test that must not see the release of
 * a file yet holds a reference itself.
 *
 * Context: Process context.
 */
void luo_kernel_end(struct kunit *test)
{
	struct open_session *open, *next;

	KUNIT_EXPECT_PTR_EQ(test, luo_kernel_test, test);
	luo_kunit_end();
	list_for_each_entry_safe(open, next, &open_sessions, list)
		close_session(open);
	list_for_each_entry_safe(open, next, &lost_sessions, list) {
		list_del(&open->list);
		mutex_destroy(&open->session->mutex);
		kfree(open->session);
		kfree(open);
	}
	liveupdate_drain();
}

/**
 * luo_kernel_next - From a kernel to the next one, when nothing goes wrong.
 * @test: The test, which has no objects of its own to drop in between.
 *
 * Freezes, ends the kernel, has the next one boot and open /dev/liveupdate.
 *
 * Context: Process context.
 */
void luo_kernel_next(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, luo_kernel_freeze(), 0);
	luo_kernel_end(test);
	mock_kexec(test);
	KUNIT_ASSERT_EQ(test, luo_kernel_boot(test), 0);
	KUNIT_ASSERT_EQ(test, luo_kernel_open(), 0);
}

/* Back to the KHO of the machine */
static void boot_machine(void *data)
{
	struct kunit *test = data;

	luo_kernel_test = NULL;
	KUNIT_EXPECT_EQ(test, luo_kunit_boot(), 0);
}

static void stop(void *data)
{
	luo_kunit_shutdown();
	luo_kernel_end(data);
}

/**
 * luo_kernel_start - Give a test a KHO of its own, and boot LUO in it.
 * @test: The test. It registers its handlers afterwards, by
 *	liveupdate_register_file_handler(), with an action that unregisters them.
 *
 * Context: Process context.
 */
void luo_kernel_start(struct kunit *test)
{
	KUNIT_ASSERT_NULL_MSG(test, luo_kernel_test,
			      "LUO runs in the kernels of another test");
	luo_kernel_test = test;
	luo_kunit_shutdown();
	luo_kunit_end();
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, boot_machine,
							test), 0);
	fake_kho_start(test);
	KUNIT_ASSERT_EQ(test, kunit_add_action_or_reset(test, stop, test), 0);
	KUNIT_ASSERT_EQ(test, luo_kernel_boot(test), 0);
}
