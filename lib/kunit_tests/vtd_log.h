/* SPDX-License-Identifier: GPL-2.0-only */
/* What happened at a VT-d unit, in order, and what a case has to say to it. */

#ifndef _LIB_KUNIT_TESTS_VTD_LOG_H
#define _LIB_KUNIT_TESTS_VTD_LOG_H

#include <linux/compiler.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "vtd_finding.h"
#include "vtd_unit.h"

struct kunit;

#define VTD_LOG_CHUNK_EVENTS	64
#define VTD_LOG_CHUNKS		1024

/* Characters of an event that is written out */
#define VTD_LOG_LINE		160

/**
 * struct vtd_log - The events, the oldest first
 * @test: The case.
 * @lock: Protects all of it; taken with interrupts off, in any context.
 * @chunks: Arrays of %VTD_LOG_CHUNK_EVENTS events, allocated ahead.
 * @count: Number of events.
 * @lost: Events for which there was no memory.
 */
struct vtd_log {
	struct kunit *test;
	raw_spinlock_t lock;
	struct vtd_event *chunks[VTD_LOG_CHUNKS];
	unsigned int count;
	struct vtd_finding lost;
};

/**
 * struct vtd_pattern - What an event has to be like
 * @low: Its type and the members that count, the others 0.
 * @high: The members that count, the others with all bits set: a member counts
 *	if it is the same in both.
 * @text: The pattern as it was written down.
 */
struct vtd_pattern {
	struct vtd_event low;
	struct vtd_event high;
	const char *text;
};

/*
 * A member that counts overrides the one here, which is the point, but not one
 * for sparse or -Woverride-init.
 */
#ifdef __CHECKER__
#define VTD_PATTERN_ONES
#else
__diag_ignore_all("-Woverride-init", "a pattern overrides what does not count");
#define VTD_PATTERN_ONES						\
	.granularity = U8_MAX,						\
	.reason = U8_MAX,						\
	.source_id = U16_MAX,						\
	.domain = U16_MAX,						\
	.pasid = U32_MAX,						\
	.offset = U32_MAX,						\
	.value = U64_MAX,						\
	.previous = U64_MAX,						\
	.address = U64_MAX,						\
	.size = U64_MAX,
#endif

/**
 * VTD_PATTERN() - An event of a type, with the members that are given.
 * @event_type: The type.
 * @...: Members, such as ".domain = 5, .size = 0". A member that is not given
 *	does not count. Evaluated twice.
 *
 * Return: a struct vtd_pattern pointer.
 */
#define VTD_PATTERN(event_type, ...)					\
	(&(const struct vtd_pattern) {					\
		.low = { .type = (event_type), ##__VA_ARGS__ },		\
		.high = { VTD_PATTERN_ONES __VA_ARGS__ },		\
		.text = #event_type " " #__VA_ARGS__,			\
	})

void vtd_log_init(struct vtd_log *log, struct kunit *test);
void vtd_log_destroy(struct vtd_log *log);
void vtd_log_add(struct vtd_log *log, const struct vtd_event *event);
void vtd_log_empty(struct vtd_log *log);
bool vtd_log_get(struct vtd_log *log, unsigned int index, struct vtd_event *event);
int vtd_log_format(const struct vtd_event *event, char *line, size_t size);
void vtd_log_print(struct vtd_log *log);

bool vtd_log_matches(const struct vtd_event *event,
		     const struct vtd_pattern *pattern);
unsigned int vtd_log_number(struct vtd_log *log, const struct vtd_pattern *pattern);
bool vtd_log_has(struct vtd_log *log, const struct vtd_pattern *pattern);
bool vtd_log_has_before(struct vtd_log *log, const struct vtd_pattern *first,
			const struct vtd_pattern *second);

void vtd_log_must(struct vtd_log *log, const struct vtd_pattern *pattern);
void vtd_log_must_not(struct vtd_log *log, const struct vtd_pattern *pattern);
void vtd_log_must_before(struct vtd_log *log, const struct vtd_pattern *first,
			 const struct vtd_pattern *second);

/**
 * vtd_log_expect() - Such an event must have happened.
 * @unit: Anything with a log.
 * @event_type: Its type.
 * @...: Its members that count, as of VTD_PATTERN().
 *
 * If not, the case fails and prints the log. Context: Process context.
 */
#define vtd_log_expect(unit, event_type, ...)				\
	vtd_log_must(&(unit)->log, VTD_PATTERN(event_type, ##__VA_ARGS__))

/**
 * vtd_log_expect_not() - No such event may have happened.
 * @unit: As of vtd_log_expect().
 * @event_type: As of vtd_log_expect().
 * @...: As of vtd_log_expect().
 */
#define vtd_log_expect_not(unit, event_type, ...)			\
	vtd_log_must_not(&(unit)->log, VTD_PATTERN(event_type, ##__VA_ARGS__))

/**
 * vtd_log_expect_before() - One thing must have happened before another.
 * @unit: As of vtd_log_expect().
 * @first: A VTD_PATTERN().
 * @second: A VTD_PATTERN().
 *
 * Both must be there, and the first occurrence of @first comes before the first
 * one of @second: nothing like @second happens until something like @first has.
 */
#define vtd_log_expect_before(unit, first, second)			\
	vtd_log_must_before(&(unit)->log, first, second)

/**
 * vtd_log_count() - How many such events happened.
 * @unit: As of vtd_log_expect().
 * @event_type: As of vtd_log_expect().
 * @...: As of vtd_log_expect().
 *
 * Return: their number.
 */
#define vtd_log_count(unit, event_type, ...)				\
	vtd_log_number(&(unit)->log, VTD_PATTERN(event_type, ##__VA_ARGS__))

/**
 * vtd_log_clear() - Forget what happened so far.
 * @unit: As of vtd_log_expect().
 */
#define vtd_log_clear(unit)	vtd_log_empty(&(unit)->log)

/**
 * vtd_log_mark() - Note where the case stands, as VTD_EVENT_MARK.
 * @unit: As of vtd_log_expect().
 * @number: vtd_event::value of the mark.
 */
#define vtd_log_mark(unit, number)					\
	vtd_log_add(&(unit)->log, &(const struct vtd_event) {		\
		.type = VTD_EVENT_MARK, .value = (number) })

#endif /* _LIB_KUNIT_TESTS_VTD_LOG_H */
