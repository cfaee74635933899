/* SPDX-License-Identifier: GPL-2.0-only */
/* Random numbers that a later run can repeat. */

#ifndef _LIB_KUNIT_TESTS_LIVEUPDATE_RANDOM_H
#define _LIB_KUNIT_TESTS_LIVEUPDATE_RANDOM_H

#include <linux/prandom.h>
#include <linux/types.h>

struct kunit;

/**
 * struct liveupdate_random - A stream of random numbers for one test case.
 * @state: State of the generator.
 */
struct liveupdate_random {
	struct rnd_state state;
};

struct liveupdate_random *liveupdate_random_start(struct kunit *test);
u32 liveupdate_random_u32(struct liveupdate_random *random);
u64 liveupdate_random_u64(struct liveupdate_random *random);
u32 liveupdate_random_below(struct liveupdate_random *random, u32 ceiling);

#endif /* _LIB_KUNIT_TESTS_LIVEUPDATE_RANDOM_H */
