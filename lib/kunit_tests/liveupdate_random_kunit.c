// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The random numbers of the live update suites
 *
 * What a later run has to be able to repeat: the same case sees the same
 * numbers, another case sees others, and each is in its range.
 */

#include <kunit/test.h>

#include "liveupdate_random.h"

static void case_can_be_repeated(struct kunit *test)
{
	struct liveupdate_random *first = liveupdate_random_start(test);
	struct liveupdate_random *second = liveupdate_random_start(test);

	for (int i = 0; i < 100; i++) {
		KUNIT_EXPECT_EQ(test, liveupdate_random_u64(first),
				liveupdate_random_u64(second));
	}
}

static void each_case_has_its_own_numbers(struct kunit *test)
{
	struct liveupdate_random *mine = liveupdate_random_start(test);
	struct liveupdate_random *others;
	const char *name = test->name;
	unsigned int equal = 0;

	test->name = "another_case";
	others = liveupdate_random_start(test);
	test->name = name;

	for (int i = 0; i < 100; i++)
		equal += liveupdate_random_u32(mine) ==
			 liveupdate_random_u32(others);
	KUNIT_EXPECT_LE(test, equal, 1);
}

static void each_parameter_has_its_own_numbers(struct kunit *test)
{
	struct liveupdate_random *mine = liveupdate_random_start(test);
	struct liveupdate_random *others;
	unsigned int equal = 0;

	test->param_index++;
	others = liveupdate_random_start(test);
	test->param_index--;

	for (int i = 0; i < 100; i++)
		equal += liveupdate_random_u32(mine) ==
			 liveupdate_random_u32(others);
	KUNIT_EXPECT_LE(test, equal, 1);
}

static void numbers_reach_all_of_their_range(struct kunit *test)
{
	struct liveupdate_random *random = liveupdate_random_start(test);
	unsigned int seen = 0;

	for (int i = 0; i < 1000; i++) {
		u32 number = liveupdate_random_below(random, 10);

		KUNIT_EXPECT_LT(test, number, 10);
		seen |= BIT(number % 32);
	}
	KUNIT_EXPECT_EQ(test, seen, 0x3ff);

	for (int i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, liveupdate_random_below(random, 1), 0);
}

static struct kunit_case liveupdate_random_cases[] = {
	KUNIT_CASE(case_can_be_repeated),
	KUNIT_CASE(each_case_has_its_own_numbers),
	KUNIT_CASE(each_parameter_has_its_own_numbers),
	KUNIT_CASE(numbers_reach_all_of_their_range),
	{}
};

static struct kunit_suite liveupdate_random_suite = {
	.name = "liveupdate_random",
	.test_cases = liveupdate_random_cases,
};

kunit_test_suite(liveupdate_random_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the random numbers of live update suites");
