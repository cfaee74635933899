// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: the log of a VT-d unit
 *
 * Events stay in order, a pattern fits what it says and nothing else, and an
 * expectation that is not met fails the case.
 */

#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <kunit/test.h>

#include "vtd_inner_test.h"
#include "vtd_log.h"

/**
 * struct log_context - As much of a unit as the log needs
 * @log: The log.
 */
struct log_context {
	struct vtd_log log;
};

static void add_event(struct log_context *context, enum vtd_event_type type,
		      u64 value)
{
	struct vtd_event event = { .type = type, .value = value };

	vtd_log_add(&context->log, &event);
}

static void events_stay_in_order(struct kunit *test)
{
	struct log_context *context = test->priv;
	const unsigned int count = 3 * VTD_LOG_CHUNK_EVENTS + 1;
	struct vtd_event event;

	for (unsigned int i = 0; i < count; i++)
		add_event(context, VTD_EVENT_WRITE, i);
	for (unsigned int i = 0; i < count; i++) {
		KUNIT_ASSERT_TRUE(test, vtd_log_get(&context->log, i, &event));
		KUNIT_EXPECT_EQ(test, i, event.value);
	}
	KUNIT_EXPECT_FALSE(test, vtd_log_get(&context->log, count, &event));
	KUNIT_EXPECT_EQ(test, count, vtd_log_count(context, VTD_EVENT_WRITE));
}

static void cleared_log_is_empty(struct kunit *test)
{
	struct log_context *context = test->priv;

	add_event(context, VTD_EVENT_WRITE, 1);
	vtd_log_clear(context);
	KUNIT_EXPECT_EQ(test, 0, vtd_log_count(context, VTD_EVENT_WRITE));
	vtd_log_mark(context, 7);
	vtd_log_expect(context, VTD_EVENT_MARK, .value = 7);
	vtd_log_expect_not(context, VTD_EVENT_WRITE);
}

static void only_the_members_given_count(struct kunit *test)
{
	const struct vtd_event event = {
		.type = VTD_EVENT_FAULT, .granularity = 1, .reason = 2,
		.source_id = 3, .domain = 4, .pasid = 5, .offset = 6,
		.value = 7, .previous = 8, .address = 9, .size = 10,
	};
	const struct vtd_pattern *fitting[] = {
		VTD_PATTERN(VTD_EVENT_FAULT),
		VTD_PATTERN(VTD_EVENT_FAULT, .domain = 4),
		VTD_PATTERN(VTD_EVENT_FAULT, .size = 10, .reason = 2),
	};
	const struct vtd_pattern *others[] = {
		VTD_PATTERN(VTD_EVENT_WAIT),
		VTD_PATTERN(VTD_EVENT_FAULT, .size = 10, .reason = 1),
		VTD_PATTERN(VTD_EVENT_FAULT, .size = 11, .reason = 2),
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(fitting); i++)
		KUNIT_EXPECT_TRUE(test, vtd_log_matches(&event, fitting[i]));
	for (unsigned int i = 0; i < ARRAY_SIZE(others); i++)
		KUNIT_EXPECT_FALSE(test, vtd_log_matches(&event, others[i]));
}

/* 0 and all bits set are what a pattern is filled with. */
static void member_of_any_value_counts(struct kunit *test)
{
	const struct vtd_event zero = { .type = VTD_EVENT_WRITE };
	const struct vtd_event ones = {
		.type = VTD_EVENT_WRITE, .domain = U16_MAX, .value = U64_MAX,
	};
	const struct vtd_pattern *wants_zero =
		VTD_PATTERN(VTD_EVENT_WRITE, .domain = 0, .value = 0);
	const struct vtd_pattern *wants_ones =
		VTD_PATTERN(VTD_EVENT_WRITE, .domain = U16_MAX, .value = U64_MAX);

	KUNIT_EXPECT_TRUE(test, vtd_log_matches(&zero, wants_zero));
	KUNIT_EXPECT_FALSE(test, vtd_log_matches(&ones, wants_zero));
	KUNIT_EXPECT_TRUE(test, vtd_log_matches(&ones, wants_ones));
	KUNIT_EXPECT_FALSE(test, vtd_log_matches(&zero, wants_ones));
}

static void each_member_makes_a_difference(struct kunit *test)
{
	const struct vtd_event none = { .type = VTD_EVENT_WRITE };
	const struct vtd_pattern *patterns[] = {
		VTD_PATTERN(VTD_EVENT_WRITE, .granularity = 1),
		VTD_PATTERN(VTD_EVENT_WRITE, .reason = 1),
		VTD_PATTERN(VTD_EVENT_WRITE, .source_id = 1),
		VTD_PATTERN(VTD_EVENT_WRITE, .domain = 1),
		VTD_PATTERN(VTD_EVENT_WRITE, .pasid = 1),
		VTD_PATTERN(VTD_EVENT_WRITE, .offset = 1),
		VTD_PATTERN(VTD_EVENT_WRITE, .value = 1),
		VTD_PATTERN(VTD_EVENT_WRITE, .previous = 1),
		VTD_PATTERN(VTD_EVENT_WRITE, .address = 1),
		VTD_PATTERN(VTD_EVENT_WRITE, .size = 1),
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(patterns); i++) {
		for (unsigned int k = 0; k < ARRAY_SIZE(patterns); k++)
			KUNIT_EXPECT_EQ(test, i == k,
					vtd_log_matches(&patterns[i]->low, patterns[k]));
		KUNIT_EXPECT_FALSE(test, vtd_log_matches(&none, patterns[i]));
	}
}

static bool has_before(struct log_context *context)
{
	return vtd_log_has_before(&context->log, VTD_PATTERN(VTD_EVENT_FLUSH),
				  VTD_PATTERN(VTD_EVENT_WRITE));
}

static void order_is_of_the_first_occurrences(struct kunit *test)
{
	struct log_context *context = test->priv;

	add_event(context, VTD_EVENT_FLUSH, 0);
	KUNIT_EXPECT_FALSE(test, has_before(context));
	add_event(context, VTD_EVENT_WRITE, 0);
	KUNIT_EXPECT_TRUE(test, has_before(context));
	add_event(context, VTD_EVENT_FLUSH, 0);
	KUNIT_EXPECT_TRUE(test, has_before(context));

	vtd_log_clear(context);
	KUNIT_EXPECT_FALSE(test, has_before(context));
	add_event(context, VTD_EVENT_WRITE, 0);
	KUNIT_EXPECT_FALSE(test, has_before(context));
	add_event(context, VTD_EVENT_FLUSH, 0);
	add_event(context, VTD_EVENT_WRITE, 0);
	KUNIT_EXPECT_FALSE(test, has_before(context));
}

static void event_is_not_before_itself(struct kunit *test)
{
	struct log_context *context = test->priv;
	const struct vtd_pattern *pattern = VTD_PATTERN(VTD_EVENT_WRITE);

	add_event(context, VTD_EVENT_WRITE, 0);
	KUNIT_EXPECT_FALSE(test, vtd_log_has_before(&context->log, pattern, pattern));
}

static void event_is_one_readable_line(struct kunit *test)
{
	char line[VTD_LOG_LINE];
	struct vtd_event event = {
		.type = VTD_EVENT_FLUSH, .address = 0x1000, .size = 64,
		.domain = 3,
	};

	vtd_log_format(&event, line, sizeof(line));
	KUNIT_EXPECT_STREQ(test, line, "CPU flushes address 0x1000 size 0x40");

	for (int type = 0; type < VTD_NR_EVENTS; type++) {
		memset(&event, 0xff, sizeof(event));
		event.type = type;
		/* The longest there is, with room to spare */
		KUNIT_EXPECT_LT(test, vtd_log_format(&event, line, sizeof(line)),
				VTD_LOG_LINE - 1);
		KUNIT_EXPECT_NULL(test, strstr(line, "null"));
	}
	event.type = VTD_NR_EVENTS;
	vtd_log_format(&event, line, sizeof(line));
	KUNIT_EXPECT_STREQ(test, line, "unknown");
}

static void full_log_is_found(struct kunit *test)
{
	struct log_context *context = test->priv;
	const unsigned int room = VTD_LOG_CHUNKS * VTD_LOG_CHUNK_EVENTS;

	for (unsigned int i = 0; i < room; i++)
		add_event(context, VTD_EVENT_WRITE, i);
	KUNIT_EXPECT_EQ(test, 0, context->log.lost.count);
	add_event(context, VTD_EVENT_WRITE, room);
	KUNIT_EXPECT_EQ(test, 1, context->log.lost.count);
	KUNIT_EXPECT_EQ(test, room, context->log.count);
}

/* Cases that fail */

static struct log_context *new_context(struct kunit *test);

static void expect_what_is_not_there(struct kunit *inner)
{
	struct log_context *context = new_context(inner);

	add_event(context, VTD_EVENT_WRITE, 1);
	vtd_log_expect(context, VTD_EVENT_WRITE, .value = 2);
}

static void expect_not_what_is_there(struct kunit *inner)
{
	struct log_context *context = new_context(inner);

	add_event(context, VTD_EVENT_WRITE, 1);
	vtd_log_expect_not(context, VTD_EVENT_WRITE);
}

static void expect_the_wrong_order(struct kunit *inner)
{
	struct log_context *context = new_context(inner);

	add_event(context, VTD_EVENT_WRITE, 1);
	add_event(context, VTD_EVENT_WRITE, 2);
	vtd_log_expect_before(context, VTD_PATTERN(VTD_EVENT_WRITE, .value = 2),
			      VTD_PATTERN(VTD_EVENT_WRITE, .value = 1));
}

static void expect_what_is_so(struct kunit *inner)
{
	struct log_context *context = new_context(inner);

	add_event(context, VTD_EVENT_WRITE, 1);
	add_event(context, VTD_EVENT_WRITE, 2);
	vtd_log_expect(context, VTD_EVENT_WRITE, .value = 2);
	vtd_log_expect_not(context, VTD_EVENT_WRITE, .value = 3);
	vtd_log_expect_before(context, VTD_PATTERN(VTD_EVENT_WRITE, .value = 1),
			      VTD_PATTERN(VTD_EVENT_WRITE, .value = 2));
}

static void expectation_not_met_fails_the_case(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, expect_what_is_not_there));
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, expect_not_what_is_there));
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, expect_the_wrong_order));
	KUNIT_EXPECT_TRUE(test, vtd_inner_test_passes(test, expect_what_is_so));
}

static void free_context(void *data)
{
	struct log_context *context = data;

	vtd_log_destroy(&context->log);
	vfree(context);
}

static struct log_context *new_context(struct kunit *test)
{
	struct log_context *context = vzalloc(sizeof(*context));

	KUNIT_ASSERT_NOT_NULL(test, context);
	vtd_log_init(&context->log, test);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_context,
							   context));
	return context;
}

static int log_case_init(struct kunit *test)
{
	test->priv = new_context(test);
	return 0;
}

static struct kunit_case vtd_log_cases[] = {
	KUNIT_CASE(events_stay_in_order),
	KUNIT_CASE(cleared_log_is_empty),
	KUNIT_CASE(only_the_members_given_count),
	KUNIT_CASE(member_of_any_value_counts),
	KUNIT_CASE(each_member_makes_a_difference),
	KUNIT_CASE(order_is_of_the_first_occurrences),
	KUNIT_CASE(event_is_not_before_itself),
	KUNIT_CASE(event_is_one_readable_line),
	KUNIT_CASE(full_log_is_found),
	KUNIT_CASE(expectation_not_met_fails_the_case),
	{}
};

static struct kunit_suite vtd_log_suite = {
	.name = "vtd_log",
	.init = log_case_init,
	.test_cases = vtd_log_cases,
};

kunit_test_suite(vtd_log_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the log of a VT-d unit");
