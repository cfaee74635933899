// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: A test inside of a test
 *
 * That a double notices something wrong shows in a case that fails. Such a case
 * runs inside of another one, body and clean-up each in a thread of its own, as
 * KUnit does it, and the outer case looks at the verdict.
 *
 * What the inner case prints on failure is in the log of the outer one. An inner
 * case that dies has failed.
 */

#include <linux/jiffies.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "../kunit/try-catch-impl.h"
#include "vtd_inner_test.h"

/**
 * struct inner_test - A test inside of a test
 * @test: The test.
 * @body: What it does.
 */
struct inner_test {
	struct kunit test;
	void (*body)(struct kunit *inner);
};

static void run_body(void *data)
{
	struct inner_test *inner = container_of(data, struct inner_test, test);

	inner->body(&inner->test);
}

static void clean_up(void *data)
{
	kunit_cleanup(data);
}

static void note_death(void *data)
{
	kunit_set_failure(data);
}

static void run_in_thread(struct kunit *inner, void (*fn)(void *data))
{
	kunit_try_catch_init(&inner->try_catch, inner, fn, note_death, 30 * HZ);
	kunit_try_catch_run(&inner->try_catch, inner);
}

/**
 * vtd_inner_test_passes - Run a test inside of a test.
 * @test: The outer one.
 * @body: What the inner one does.
 *
 * Context: Process context.
 *
 * Return: true if the inner one did not fail.
 */
bool vtd_inner_test_passes(struct kunit *test, void (*body)(struct kunit *inner))
{
	struct inner_test *inner = kunit_kzalloc(test, sizeof(*inner), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, inner);
	inner->body = body;
	kunit_init_test(&inner->test, "inner", NULL);
	run_in_thread(&inner->test, run_body);
	run_in_thread(&inner->test, clean_up);
	return inner->test.status != KUNIT_FAILURE;
}
