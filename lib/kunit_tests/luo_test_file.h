/* SPDX-License-Identifier: GPL-2.0-only */
/* Files, file handlers and FLBs that are there for the tests of LUO. */

#ifndef _LIB_KUNIT_TESTS_LUO_TEST_FILE_H
#define _LIB_KUNIT_TESTS_LUO_TEST_FILE_H

#include <linux/liveupdate.h>
#include <linux/types.h>

struct file;
struct kunit;

/**
 * enum luo_test_op - An operation of a file handler.
 * @LUO_TEST_PRESERVE: preserve().
 * @LUO_TEST_UNPRESERVE: unpreserve().
 * @LUO_TEST_FREEZE: freeze().
 * @LUO_TEST_UNFREEZE: unfreeze().
 * @LUO_TEST_RETRIEVE: retrieve().
 * @LUO_TEST_CAN_FINISH: can_finish().
 * @LUO_TEST_FINISH: finish().
 * @LUO_TEST_NR_OPS: Number of operations.
 */
enum luo_test_op {
	LUO_TEST_PRESERVE,
	LUO_TEST_UNPRESERVE,
	LUO_TEST_FREEZE,
	LUO_TEST_UNFREEZE,
	LUO_TEST_RETRIEVE,
	LUO_TEST_CAN_FINISH,
	LUO_TEST_FINISH,
	LUO_TEST_NR_OPS,
};

/**
 * struct luo_test_type - A kind of file, and the handler that preserves it.
 * @handler: The handler. LUO_TEST_TYPE() initializes it.
 * @calls: How often each operation was called since it was registered.
 * @errors: What an operation returns before it does anything; for
 *	LUO_TEST_CAN_FINISH, any error refuses.
 * @hook: If not NULL, called at the start of each operation; what it returns is
 *	what the operation fails with, if it can.
 * @last_file: The file that the operation called last was given.
 * @last_status: The retrieve_status that it was given.
 */
struct luo_test_type {
	struct liveupdate_file_handler handler;
	unsigned int calls[LUO_TEST_NR_OPS];
	int errors[LUO_TEST_NR_OPS];
	int (*hook)(enum luo_test_op op, struct liveupdate_file_op_args *args);
	struct file *last_file;
	int last_status;
};

extern const struct liveupdate_file_ops luo_test_ops;
extern const struct liveupdate_file_ops luo_test_object_ops;

/**
 * LUO_TEST_TYPE - Initialize a type each file of which is a thing of its own.
 * @_compatible: The name of the handler.
 */
#define LUO_TEST_TYPE(_compatible) {					\
	.handler = {							\
		.ops = &luo_test_ops,					\
		.compatible = _compatible,				\
	},								\
}

/**
 * LUO_TEST_OBJECT_TYPE - Initialize a type whose files are names of objects.
 * @_compatible: The name of the handler.
 *
 * Files that luo_test_reopen() made stand for one object.
 */
#define LUO_TEST_OBJECT_TYPE(_compatible) {				\
	.handler = {							\
		.ops = &luo_test_object_ops,				\
		.compatible = _compatible,				\
	},								\
}

/**
 * struct luo_test_flb - An FLB.
 * @flb: What LUO knows of it. LUO_TEST_FLB() initializes it.
 * @preserved: Calls of preserve() that succeeded.
 * @unpreserved: Calls of unpreserve().
 * @retrieved: Calls of retrieve().
 * @finished: Calls of finish().
 * @error: What preserve() and retrieve() return.
 */
struct luo_test_flb {
	struct liveupdate_flb flb;
	unsigned int preserved;
	unsigned int unpreserved;
	unsigned int retrieved;
	unsigned int finished;
	int error;
};

extern const struct liveupdate_flb_ops luo_test_flb_ops;

/**
 * LUO_TEST_FLB - Initialize an FLB.
 * @_compatible: Its name.
 */
#define LUO_TEST_FLB(_compatible) {					\
	.flb = {							\
		.ops = &luo_test_flb_ops,				\
		.compatible = _compatible,				\
	},								\
}

struct file *luo_test_session(struct kunit *test, const char *name);
struct file *luo_test_retrieved(struct kunit *test, const char *name);

void luo_test_register(struct kunit *test, struct luo_test_type *type);
void luo_test_register_flb(struct kunit *test, struct luo_test_type *type,
			   struct luo_test_flb *flb);
unsigned int luo_test_flb_outgoing(struct luo_test_flb *flb);
unsigned int luo_test_flb_incoming(struct luo_test_flb *flb);

struct file *luo_test_file(struct kunit *test, struct luo_test_type *type,
			   u64 value);
struct file *luo_test_reopen(struct kunit *test, struct file *file);
void luo_test_depend(struct file *file, struct file *needs);
void luo_test_depend_on_token(struct file *file, u64 token);
u64 luo_test_value(struct file *file);
struct file *luo_test_needs(struct file *file);
void luo_test_close(struct file *file);
unsigned int luo_test_objects(void);

#endif /* _LIB_KUNIT_TESTS_LUO_TEST_FILE_H */
