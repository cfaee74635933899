// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Files for the tests of LUO
 *
 * A file of a test holds a number, and it may need another file, as a vfio
 * device needs its iommufd. Both are preserved: the number in memory of KHO, the
 * other file by the token that LUO's look-up gives. The next kernel gets the
 * number back, and the other file by its token.
 *
 * Life cycle: luo_test_register() registers the handler of a type, and
 * luo_test_file() makes files of it. Files that one opens are closed when the
 * test ends, if not earlier.
 *
 * Unhappy paths: a test makes any operation fail, or has it do more by a hook.
 */

#include <linux/anon_inodes.h>
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/refcount.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "fake_kho_internal.h"
#include "luo_kernel.h"
#include "luo_test_file.h"

/**
 * struct object - What a file is about.
 * @users: Files that are about it.
 * @type: Its type.
 * @value: The number that it holds.
 * @needs: The file that it needs, with a reference, or NULL.
 * @token: The token to record for what it needs, 0 to look it up.
 */
struct object {
	refcount_t users;
	struct luo_test_type *type;
	u64 value;
	struct file *needs;
	u64 token;
};

/**
 * struct record - An object as it is handed over.
 * @value: The number.
 * @needs: Token of the file that it needs, 0 for none.
 */
struct record {
	u64 value;
	u64 needs;
};

static atomic_t nr_objects;

/* Files */

static int release_file(struct inode *inode, struct file *file)
{
	struct object *object = file->private_data;

	if (!refcount_dec_and_test(&object->users))
		return 0;
	if (object->needs)
		fput(object->needs);
	kfree(object);
	atomic_dec(&nr_objects);
	return 0;
}

static const struct file_operations file_ops = {
	.release = release_file,
};

static struct file *file_of(struct object *object)
{
	return anon_inode_getfile("[luo_test]", &file_ops, object, O_RDWR);
}

static struct file *make_file(struct luo_test_type *type, u64 value)
{
	struct object *object = kzalloc_obj(*object);
	struct file *file;

	if (!object)
		return ERR_PTR(-ENOMEM);

	refcount_set(&object->users, 1);
	object->type = type;
	object->value = value;
	file = file_of(object);
	if (IS_ERR(file))
		kfree(object);
	else
		atomic_inc(&nr_objects);
	return file;
}

/* The handler */

static struct luo_test_type *type_of(struct liveupdate_file_handler *handler)
{
	return container_of(handler, struct luo_test_type, handler);
}

static int begin_op(enum luo_test_op op, struct liveupdate_file_op_args *args)
{
	struct luo_test_type *type = type_of(args->handler);

	type->calls[op]++;
	type->last_file = args->file;
	type->last_status = args->retrieve_status;
	if (type->errors[op])
		return type->errors[op];
	return type->hook ? type->hook(op, args) : 0;
}

static bool can_preserve(struct liveupdate_file_handler *handler,
			 struct file *file)
{
	struct object *object = file->private_data;

	return file->f_op == &file_ops && object->type == type_of(handler);
}

static int find_needed(struct liveupdate_file_op_args *args, u64 *token)
{
	struct object *object = args->file->private_data;

	*token = object->token;
	if (object->token || !object->needs)
		return 0;
	return liveupdate_get_token_outgoing(args->file_set, object->needs,
					     token);
}

static int preserve(struct liveupdate_file_op_args *args)
{
	struct object *object = args->file->private_data;
	struct record *record;
	u64 token;
	int err;

	err = begin_op(LUO_TEST_PRESERVE, args);
	if (!err)
		err = find_needed(args, &token);
	if (err)
		return err;

	record = kho_alloc_preserve(sizeof(*record));
	if (IS_ERR(record))
		return PTR_ERR(record);

	record->value = object->value;
	record->needs = token;
	args->serialized_data = virt_to_phys(record);
	return 0;
}

static void unpreserve(struct liveupdate_file_op_args *args)
{
	begin_op(LUO_TEST_UNPRESERVE, args);
	kho_unpreserve_free(phys_to_virt(args->serialized_data));
}

static int freeze(struct liveupdate_file_op_args *args)
{
	return begin_op(LUO_TEST_FREEZE, args);
}

static void unfreeze(struct liveupdate_file_op_args *args)
{
	begin_op(LUO_TEST_UNFREEZE, args);
}

static int retrieve(struct liveupdate_file_op_args *args)
{
	struct record *record = phys_to_virt(args->serialized_data);
	struct object *object;
	struct file *file;
	int err;

	err = begin_op(LUO_TEST_RETRIEVE, args);
	if (err)
		return err;

	file = make_file(type_of(args->handler), record->value);
	if (IS_ERR(file))
		return PTR_ERR(file);

	object = file->private_data;
	if (record->needs)
		err = liveupdate_get_file_incoming(args->file_set,
						   record->needs,
						   &object->needs);
	if (err)
		fput(file);
	else
		args->file = file;
	return err;
}

static bool can_finish(struct liveupdate_file_op_args *args)
{
	return !begin_op(LUO_TEST_CAN_FINISH, args);
}

static void finish(struct liveupdate_file_op_args *args)
{
	begin_op(LUO_TEST_FINISH, args);
	kho_restore_free(phys_to_virt(args->serialized_data));
}

static unsigned long get_id(struct file *file)
{
	return (unsigned long)file->private_data;
}

#define TEST_OPS				\
	.can_preserve = can_preserve,		\
	.preserve = preserve,			\
	.unpreserve = unpreserve,		\
	.freeze = freeze,			\
	.unfreeze = unfreeze,			\
	.retrieve = retrieve,			\
	.can_finish = can_finish,		\
	.finish = finish,			\
	.owner = THIS_MODULE

const struct liveupdate_file_ops luo_test_ops = {
	TEST_OPS,
};

const struct liveupdate_file_ops luo_test_object_ops = {
	TEST_OPS,
	.get_id = get_id,
};

/* The FLB: a page that only has to be there */

static struct luo_test_flb *test_flb(struct liveupdate_flb_op_args *args)
{
	return container_of(args->flb, struct luo_test_flb, flb);
}

static int flb_preserve(struct liveupdate_flb_op_args *args)
{
	struct luo_test_flb *flb = test_flb(args);
	void *page;

	if (flb->error)
		return flb->error;

	page = kho_alloc_preserve(PAGE_SIZE);
	if (IS_ERR(page))
		return PTR_ERR(page);

	args->data = virt_to_phys(page);
	args->obj = page;
	flb->preserved++;
	return 0;
}

static void flb_unpreserve(struct liveupdate_flb_op_args *args)
{
	test_flb(args)->unpreserved++;
	kho_unpreserve_free(args->obj);
}

static int flb_retrieve(struct liveupdate_flb_op_args *args)
{
	struct luo_test_flb *flb = test_flb(args);

	flb->retrieved++;
	if (flb->error)
		return flb->error;

	args->obj = phys_to_virt(args->data);
	return 0;
}

static void flb_finish(struct liveupdate_flb_op_args *args)
{
	test_flb(args)->finished++;
	kho_restore_free(args->obj);
}

const struct liveupdate_flb_ops luo_test_flb_ops = {
	.preserve = flb_preserve,
	.unpreserve = flb_unpreserve,
	.retrieve = flb_retrieve,
	.finish = flb_finish,
	.owner = THIS_MODULE,
};

/* What tests see */

static void unregister_type(void *data)
{
	struct luo_test_type *type = data;

	liveupdate_unregister_file_handler(&type->handler);
}

/**
 * luo_test_session - Begin a session, or fail the case.
 * @test: The test.
 * @name: Its name.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: the file of the session.
 */
struct file *luo_test_session(struct kunit *test, const char *name)
{
	struct file *file = luo_kernel_session(test, name);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	return file;
}

/**
 * luo_test_retrieved - Retrieve a session, or fail the case.
 * @test: The test.
 * @name: Its name.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: the file of the session.
 */
struct file *luo_test_retrieved(struct kunit *test, const char *name)
{
	struct file *file = luo_kernel_retrieve_session(test, name);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	return file;
}

/**
 * luo_test_register - Register the handler of a type until the test ends.
 * @test: The test, after luo_kernel_start().
 * @type: The type, of which nothing is left from an earlier test.
 *
 * Context: Process context.
 */
void luo_test_register(struct kunit *test, struct luo_test_type *type)
{
	memset(type->calls, 0, sizeof(type->calls));
	memset(type->errors, 0, sizeof(type->errors));
	type->hook = NULL;
	KUNIT_ASSERT_EQ(test, 0,
			liveupdate_register_file_handler(&type->handler));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, unregister_type, type));
}

/**
 * luo_test_register_flb - Bind an FLB to the files of a type.
 * @test: The test.
 * @type: The type, which is registered. The FLB goes with it.
 * @flb: The FLB.
 *
 * Context: Process context.
 */
void luo_test_register_flb(struct kunit *test, struct luo_test_type *type,
			   struct luo_test_flb *flb)
{
	flb->preserved = 0;
	flb->unpreserved = 0;
	flb->retrieved = 0;
	flb->finished = 0;
	flb->error = 0;
	KUNIT_ASSERT_EQ(test, 0,
			liveupdate_register_flb(&type->handler, &flb->flb));
}

/**
 * luo_test_flb_outgoing - How often an FLB is in use for the next kernel.
 * @flb: The FLB.
 *
 * Context: Process context.
 *
 * Return: LUO's count, by files and by those who got it.
 */
unsigned int luo_test_flb_outgoing(struct luo_test_flb *flb)
{
	return refcount_read(&ACCESS_PRIVATE(&flb->flb, private).outgoing.count);
}

/**
 * luo_test_flb_incoming - How often an FLB of the previous kernel is in use.
 * @flb: The FLB.
 *
 * Context: Process context.
 *
 * Return: LUO's count, by files and by those who got it.
 */
unsigned int luo_test_flb_incoming(struct luo_test_flb *flb)
{
	return refcount_read(&ACCESS_PRIVATE(&flb->flb, private).incoming.count);
}

static void close_file(void *data)
{
	fput(data);
	flush_delayed_fput();
}

/* The test has it open from here on. */
static struct file *opened(struct kunit *test, struct file *file)
{
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, close_file, file));
	return file;
}

/**
 * luo_test_file - Open a file.
 * @test: The test, at whose end the file is closed.
 * @type: The type of the file.
 * @value: The number that it holds.
 *
 * Context: Process context.
 *
 * Return: the file, never an error.
 */
struct file *luo_test_file(struct kunit *test, struct luo_test_type *type,
			   u64 value)
{
	return opened(test, make_file(type, value));
}

/**
 * luo_test_reopen - Open another file of the same object.
 * @test: The test, at whose end the new file is closed.
 * @file: The file.
 *
 * Context: Process context.
 *
 * Return: the new file, never an error.
 */
struct file *luo_test_reopen(struct kunit *test, struct file *file)
{
	struct object *object = file->private_data;
	struct file *again = file_of(object);

	if (!IS_ERR(again))
		refcount_inc(&object->users);
	return opened(test, again);
}

/**
 * luo_test_depend - Let a file need another one.
 * @file: The file.
 * @needs: What it needs, and keeps open.
 *
 * Context: Process context.
 */
void luo_test_depend(struct file *file, struct file *needs)
{
	struct object *object = file->private_data;

	object->needs = get_file(needs);
}

/**
 * luo_test_depend_on_token - Let the record of a file name any token.
 * @file: The file.
 * @token: What the next kernel will take for the token of what @file needs.
 *
 * Context: Any, before @file is preserved.
 */
void luo_test_depend_on_token(struct file *file, u64 token)
{
	struct object *object = file->private_data;

	object->token = token;
}

/**
 * luo_test_value - The number that a file holds.
 * @file: The file.
 *
 * Context: Any.
 *
 * Return: the number.
 */
u64 luo_test_value(struct file *file)
{
	struct object *object = file->private_data;

	return object->value;
}

/**
 * luo_test_needs - The file that a file needs.
 * @file: The file.
 *
 * Context: Any.
 *
 * Return: the file, without a reference of its own, or NULL.
 */
struct file *luo_test_needs(struct file *file)
{
	struct object *object = file->private_data;

	return object->needs;
}

/**
 * luo_test_close - Drop a reference to a file that LUO has given out.
 * @file: The file. Those that luo_test_file() opened are closed by the test.
 *
 * Context: Process context.
 */
void luo_test_close(struct file *file)
{
	close_file(file);
}

/**
 * luo_test_objects - How many objects there are, to find a file that leaked.
 *
 * Context: Process context.
 *
 * Return: the number of objects that some file is about.
 */
unsigned int luo_test_objects(void)
{
	flush_delayed_fput();
	return atomic_read(&nr_objects);
}
