// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The n-th failure sweep
 *
 * Runs an entry point again and again. In the first pass its first allocation
 * fails, in the second its second one, until it gets through a pass in which
 * there was nothing left to fail. So each error path runs, once for each point
 * that leads to it.
 *
 * A point is whatever asks fault injection: slab and page allocations, with
 * them those of vmalloc, xarrays and IDAs, and each call of the fake KHO that
 * can run out of memory. Only the calling task's are counted.
 *
 * Happy path: a pass fails with the expected errno and leaves the state as it
 * was, or gets through because the entry point tries again, and is undone. An
 * xarray does that.
 *
 * Some points come and go: a slab that is refilled, a stack that is recorded for
 * the first time. They shift the count of those behind them, one of which is
 * then left out. Rounds of passes are therefore made until two have gone alike.
 *
 * Unhappy paths: each has a verdict of its own. That nothing was injected is
 * one of them: such a sweep would prove nothing. An entry point that warns of each
 * failed allocation is run without a word in the log; a splat is noticed by what
 * else it leaves behind.
 */

#include <linux/debug_locks.h>
#include <linux/fault-inject.h>
#include <linux/jhash.h>
#include <linux/kconfig.h>
#include <linux/panic.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include <kunit/test.h>
#include <kunit/visibility.h>

#include "fake_kho_internal.h"
#include "liveupdate_snapshot.h"
#include "nth_failure.h"

#define DEFAULT_LIMIT	10000
#define MAX_ROUNDS	5

static const char *const verdict_names[] = {
	[NTH_FAILURE_PASSED] = "passed",
	[NTH_FAILURE_NOT_CONFIGURED] =
		"this kernel lacks FAIL_NTH_EVERY_ALLOCATION",
	[NTH_FAILURE_NOTHING_INJECTED] = "nothing was injected",
	[NTH_FAILURE_TOO_FEW_POINTS] = "too few points of failure",
	[NTH_FAILURE_WRONG_ERRNO] = "failed with a wrong errno",
	[NTH_FAILURE_FAILED_UNINJECTED] = "failed with nothing injected",
	[NTH_FAILURE_STATE_CHANGED] = "left something behind",
	[NTH_FAILURE_SPLAT] = "tainted the kernel or ended lockdep",
	[NTH_FAILURE_ENDLESS] = "no end of points",
};

/**
 * nth_failure_verdict_name - What a verdict is called in the log.
 * @verdict: The verdict.
 *
 * Context: Any.
 *
 * Return: the name.
 */
const char *nth_failure_verdict_name(enum nth_failure_verdict verdict)
{
	return verdict_names[verdict];
}
EXPORT_SYMBOL_IF_KUNIT(nth_failure_verdict_name);

/* Run with the n-th point failing; returns whether it was met. */
static bool run_armed(struct kunit *test, const struct nth_failure_sweep *sweep,
		      unsigned int nth, int *err)
{
	fail_nth_exchange(nth);
	*err = sweep->run(test, sweep->context);
	return !fail_nth_exchange(0);
}

/*
 * The same, without a word. A splat would go unnoticed, so what it leaves behind
 * besides its words is looked for.
 */
static bool run_unheard(struct kunit *test, const struct nth_failure_sweep *sweep,
			struct nth_failure_result *result)
{
	const unsigned long taint = get_taint();
	const bool lockdep = debug_locks;
	bool injected;

	suppress_printk = 1;
	injected = run_armed(test, sweep, result->at, &result->err);
	suppress_printk = 0;

	if (get_taint() != taint || debug_locks != lockdep)
		result->verdict = NTH_FAILURE_SPLAT;
	return injected;
}

/**
 * nth_failure_is_unheard - Does nothing that the kernel says get into the log.
 *
 * Context: Any.
 *
 * Return: true within a pass of a sweep that warns, false otherwise.
 */
bool nth_failure_is_unheard(void)
{
	return suppress_printk;
}
EXPORT_SYMBOL_IF_KUNIT(nth_failure_is_unheard);

/* Only if something differs it is worth to wait for what is under way. */
static const char *difference_to(const struct liveupdate_snapshot *before)
{
	struct liveupdate_snapshot now;

	liveupdate_snapshot_take_undrained(&now);
	if (!liveupdate_snapshot_difference(before, &now))
		return NULL;

	liveupdate_snapshot_take(&now);
	return liveupdate_snapshot_difference(before, &now);
}

/* Judge what the entry point returned, and take it back if it succeeded. */
static void judge_return(struct kunit *test,
			 const struct nth_failure_sweep *sweep, bool injected,
			 struct nth_failure_result *result)
{
	if (!result->err) {
		result->survived += injected;
		if (sweep->undo)
			sweep->undo(test, sweep->context);
		return;
	}

	if (!injected) {
		result->verdict = NTH_FAILURE_FAILED_UNINJECTED;
		return;
	}

	result->failed++;
	if (sweep->check)
		sweep->check(test, sweep->context);
	if (result->err != (sweep->expected_errno ?: -ENOMEM))
		result->verdict = NTH_FAILURE_WRONG_ERRNO;
}

/* One pass, and back to where it began; false ends the round. */
static bool one_pass(struct kunit *test, const struct nth_failure_sweep *sweep,
		     const struct liveupdate_snapshot *before,
		     struct nth_failure_result *result)
{
	bool injected;

	result->at++;
	if (sweep->warns)
		injected = run_unheard(test, sweep, result);
	else
		injected = run_armed(test, sweep, result->at, &result->err);
	result->points += injected;
	result->course = jhash_2words(result->err, injected, result->course);

	judge_return(test, sweep, injected, result);
	if (result->verdict != NTH_FAILURE_PASSED)
		return false;

	result->difference = difference_to(before);
	if (result->difference)
		result->verdict = NTH_FAILURE_STATE_CHANGED;
	return injected && !result->difference;
}

static enum nth_failure_verdict enough(const struct nth_failure_sweep *sweep,
				       const struct nth_failure_result *result)
{
	if (!result->points)
		return NTH_FAILURE_NOTHING_INJECTED;
	if (result->points < sweep->minimum)
		return NTH_FAILURE_TOO_FEW_POINTS;
	return NTH_FAILURE_PASSED;
}

static void one_round(struct kunit *test, const struct nth_failure_sweep *sweep,
		      const struct liveupdate_snapshot *before,
		      struct nth_failure_result *result)
{
	const unsigned int limit = sweep->limit ?: DEFAULT_LIMIT;

	*result = (struct nth_failure_result){};
	while (one_pass(test, sweep, before, result)) {
		if (result->at >= limit) {
			result->verdict = NTH_FAILURE_ENDLESS;
			return;
		}
	}

	if (result->verdict == NTH_FAILURE_PASSED)
		result->verdict = enough(sweep, result);
}

/**
 * nth_failure_run - Sweep, and say how it went.
 * @test: The test, which has called fake_kho_start().
 * @sweep: What to run.
 * @result: Filled in.
 *
 * Context: Process context.
 */
void nth_failure_run(struct kunit *test, const struct nth_failure_sweep *sweep,
		     struct nth_failure_result *result)
{
	struct liveupdate_snapshot before;
	u32 course;

	*result = (struct nth_failure_result){
		.verdict = NTH_FAILURE_NOT_CONFIGURED,
	};
	if (!IS_ENABLED(CONFIG_FAIL_NTH_EVERY_ALLOCATION))
		return;

	liveupdate_snapshot_take(&before);
	for (int round = 0; round < MAX_ROUNDS; round++) {
		course = result->course;
		one_round(test, sweep, &before, result);
		if (result->verdict != NTH_FAILURE_PASSED ||
		    result->course == course)
			return;
	}
}
EXPORT_SYMBOL_IF_KUNIT(nth_failure_run);

/**
 * nth_failure_sweep - Sweep, and fail the test unless all is well.
 * @test: The test, which has called fake_kho_start().
 * @sweep: What to run.
 *
 * Prints the number of points.
 *
 * Context: Process context.
 */
void nth_failure_sweep(struct kunit *test,
		       const struct nth_failure_sweep *sweep)
{
	struct nth_failure_result result;

	nth_failure_run(test, sweep, &result);

	kunit_info(test, "%s: %u points, %u failed, %u survived", sweep->name,
		   result.points, result.failed, result.survived);
	KUNIT_EXPECT_EQ_MSG(test, result.verdict, NTH_FAILURE_PASSED,
			    "%s: %s: %u points, at least %u expected; pass %u returned %pe, difference: %s",
			    sweep->name, verdict_names[result.verdict],
			    result.points, sweep->minimum, result.at,
			    ERR_PTR(result.err), result.difference ?: "none");
}
EXPORT_SYMBOL_IF_KUNIT(nth_failure_sweep);
