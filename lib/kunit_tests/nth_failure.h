/* SPDX-License-Identifier: GPL-2.0-only */
/* The n-th failure sweep: each allocation of a function fails once. */

#ifndef _LIB_KUNIT_TESTS_NTH_FAILURE_H
#define _LIB_KUNIT_TESTS_NTH_FAILURE_H

#include <linux/types.h>

struct kunit;

/**
 * struct nth_failure_sweep - One entry point, and how to judge it.
 * @name: Name of the entry point, for the log.
 * @run: Calls the entry point. Runs with the failure armed, so it must do
 *	nothing else that allocates (no kunit_kzalloc(), no KUNIT_EXPECT).
 *	Returns 0 or a negative errno.
 * @undo: Takes back what a successful @run did. Runs unarmed, after each
 *	success, the last one included. May be NULL if there is nothing to undo.
 * @check: Looks at the state after a failing @run, unarmed. May be NULL. The
 *	snapshot is compared in any case.
 * @context: Passed to @run, @undo and @check.
 * @expected_errno: What @run must return when it fails; 0 means -ENOMEM.
 * @minimum: The least number of failures that must have been injected.
 * @limit: Passes after which the sweep gives up; 0 means 10000.
 * @warns: Somebody in @run warns of each allocation that fails, as vmalloc() does
 *	with a call trace. Nothing that @run prints is printed then. What taints
 *	the kernel meanwhile, or ends lockdep, is noticed nevertheless.
 *
 * @run, once @undo or a failure took it back, must leave the snapshot of
 * liveupdate_snapshot.h as it was.
 */
struct nth_failure_sweep {
	const char *name;
	int (*run)(struct kunit *test, void *context);
	void (*undo)(struct kunit *test, void *context);
	void (*check)(struct kunit *test, void *context);
	void *context;
	int expected_errno;
	unsigned int minimum;
	unsigned int limit;
	bool warns;
};

/**
 * enum nth_failure_verdict - What came out of a sweep.
 * @NTH_FAILURE_PASSED: All is well.
 * @NTH_FAILURE_NOT_CONFIGURED: This kernel cannot inject every failure.
 * @NTH_FAILURE_NOTHING_INJECTED: The entry point met no point of failure.
 * @NTH_FAILURE_TOO_FEW_POINTS: It met fewer than the stated minimum.
 * @NTH_FAILURE_WRONG_ERRNO: It failed with another errno than the stated one.
 * @NTH_FAILURE_FAILED_UNINJECTED: It failed although nothing was injected.
 * @NTH_FAILURE_STATE_CHANGED: A failure, or a success and its undo, left
 *	something behind.
 * @NTH_FAILURE_SPLAT: It tainted the kernel or ended lockdep, and nobody heard it.
 * @NTH_FAILURE_ENDLESS: There was still something to inject at the limit.
 */
enum nth_failure_verdict {
	NTH_FAILURE_PASSED,
	NTH_FAILURE_NOT_CONFIGURED,
	NTH_FAILURE_NOTHING_INJECTED,
	NTH_FAILURE_TOO_FEW_POINTS,
	NTH_FAILURE_WRONG_ERRNO,
	NTH_FAILURE_FAILED_UNINJECTED,
	NTH_FAILURE_STATE_CHANGED,
	NTH_FAILURE_SPLAT,
	NTH_FAILURE_ENDLESS,
};

/**
 * struct nth_failure_result - How a sweep went.
 * @verdict: The verdict.
 * @points: Passes with an injected failure, in the last round of passes.
 * @failed: Passes of these in which the entry point failed.
 * @survived: Passes of these in which it got through, by trying again.
 * @course: Hash of what each pass of the last round returned.
 * @at: The pass that decided the verdict, if it was a single one.
 * @err: What the entry point returned in that pass.
 * @difference: What was different in the snapshot after that pass, or NULL.
 */
struct nth_failure_result {
	enum nth_failure_verdict verdict;
	unsigned int points;
	unsigned int failed;
	unsigned int survived;
	u32 course;
	unsigned int at;
	int err;
	const char *difference;
};

void nth_failure_run(struct kunit *test, const struct nth_failure_sweep *sweep,
		     struct nth_failure_result *result);
void nth_failure_sweep(struct kunit *test,
		       const struct nth_failure_sweep *sweep);
bool nth_failure_is_unheard(void);
const char *nth_failure_verdict_name(enum nth_failure_verdict verdict);

#endif /* _LIB_KUNIT_TESTS_NTH_FAILURE_H */
