// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Random numbers of the live update suites
 *
 * Each case that needs random numbers has a stream of its own, made of the seed
 * and of the case's name and parameter. Cases that run alone, or in another
 * order, so see the same numbers. The seed is printed; the kernel argument
 * liveupdate_random.seed=N repeats it.
 */

#include <linux/jhash.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#include <kunit/test.h>
#include <kunit/visibility.h>

#include "liveupdate_random.h"

static unsigned long seed = 1;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "seed of the random numbers of live update suites");

/**
 * liveupdate_random_start - Begin the stream of a test case.
 * @test: The test, which prints the seed.
 *
 * Context: Process context.
 *
 * Return: the stream, which lives as long as the test.
 */
struct liveupdate_random *liveupdate_random_start(struct kunit *test)
{
	struct liveupdate_random *random;
	u32 hash;

	random = kunit_kzalloc(test, sizeof(*random), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, random);

	hash = jhash(test->name, strlen(test->name), test->param_index);
	prandom_seed_state(&random->state, (u64)hash << 32 ^ seed);
	kunit_info(test, "liveupdate_random.seed=%lu", seed);
	return random;
}
EXPORT_SYMBOL_IF_KUNIT(liveupdate_random_start);

/**
 * liveupdate_random_u32 - The next 32 bits.
 * @random: The stream.
 *
 * Context: Any, one caller at a time.
 *
 * Return: any value.
 */
u32 liveupdate_random_u32(struct liveupdate_random *random)
{
	return prandom_u32_state(&random->state);
}
EXPORT_SYMBOL_IF_KUNIT(liveupdate_random_u32);

/**
 * liveupdate_random_u64 - The next 64 bits.
 * @random: The stream.
 *
 * Context: Any, one caller at a time.
 *
 * Return: any value.
 */
u64 liveupdate_random_u64(struct liveupdate_random *random)
{
	u64 high = liveupdate_random_u32(random);

	return high << 32 | liveupdate_random_u32(random);
}
EXPORT_SYMBOL_IF_KUNIT(liveupdate_random_u64);

/**
 * liveupdate_random_below - A number in a range.
 * @random: The stream.
 * @ceiling: The first number that is too great, not 0.
 *
 * Context: Any, one caller at a time.
 *
 * Return: a value from 0 to @ceiling - 1.
 */
u32 liveupdate_random_below(struct liveupdate_random *random, u32 ceiling)
{
	return (u64)liveupdate_random_u32(random) * ceiling >> 32;
}
EXPORT_SYMBOL_IF_KUNIT(liveupdate_random_below);
