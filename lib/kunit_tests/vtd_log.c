// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What happened at a VT-d unit, in order
 *
 * What a driver does to hardware is right or wrong by its order. The log has
 * everything that a unit did and was done to, together with what a unit cannot
 * know: flushes of the CPU's caches and barriers.
 *
 * Life cycle: vtd_log_init(), any number of events from any context, then what
 * the case has to say: vtd_log_expect() for what must have happened,
 * vtd_log_expect_not() for what must not, vtd_log_expect_before() for the order.
 * Each has a function that returns a bool and fails nothing, for cases about the
 * log itself. vtd_log_destroy() at the end.
 *
 * Unhappy paths: an expectation that is not met fails the case and prints the
 * whole log, an event a line. Without memory events are lost, which is a
 * finding.
 */

#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/test.h>
#include <kunit/visibility.h>

#include "fake_kho_internal.h"
#include "vtd_log.h"

/* The events */

/**
 * vtd_log_init - Begin, with no events.
 * @log: The log.
 * @test: The case.
 *
 * Context: Any.
 */
void vtd_log_init(struct vtd_log *log, struct kunit *test)
{
	memset(log, 0, sizeof(*log));
	log->test = test;
	log->lost.what = "no memory for the log";
	raw_spin_lock_init(&log->lock);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_log_init);

/**
 * vtd_log_destroy - Free the events.
 * @log: The log, which nobody uses any more.
 *
 * Context: Any in which kfree() may be called.
 */
void vtd_log_destroy(struct vtd_log *log)
{
	for (int i = 0; i < VTD_LOG_CHUNKS; i++)
		kfree(log->chunks[i]);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_log_destroy);

/* See to it that there is room, as nothing can be allocated under the lock. */
static void allocate_ahead(struct vtd_log *log)
{
	unsigned int next = (READ_ONCE(log->count) + 1) / VTD_LOG_CHUNK_EVENTS;
	struct vtd_event *chunk;

	if (next >= VTD_LOG_CHUNKS || READ_ONCE(log->chunks[next]))
		return;

	CLASS(fail_nth_paused, nth)();
	chunk = kzalloc_objs(*chunk, VTD_LOG_CHUNK_EVENTS, GFP_ATOMIC);
	if (chunk && cmpxchg(&log->chunks[next], NULL, chunk))
		kfree(chunk);
}

/**
 * vtd_log_add - Something happened.
 * @log: The log.
 * @event: What.
 *
 * Context: Any in which kmalloc(GFP_ATOMIC) may be called.
 */
void vtd_log_add(struct vtd_log *log, const struct vtd_event *event)
{
	unsigned int chunk;

	allocate_ahead(log);

	guard(raw_spinlock_irqsave)(&log->lock);
	chunk = log->count / VTD_LOG_CHUNK_EVENTS;
	if (chunk >= VTD_LOG_CHUNKS || !log->chunks[chunk]) {
		vtd_finding_note(&log->lost, "after %u events", log->count);
		return;
	}
	log->chunks[chunk][log->count++ % VTD_LOG_CHUNK_EVENTS] = *event;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_log_add);

/**
 * vtd_log_empty - Forget what happened so far.
 * @log: The log.
 *
 * Context: Any.
 */
void vtd_log_empty(struct vtd_log *log)
{
	guard(raw_spinlock_irqsave)(&log->lock);
	log->count = 0;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_log_empty);

/**
 * vtd_log_get - One event.
 * @log: The log.
 * @index: Which, from 0 on.
 * @event: Filled in.
 *
 * Context: Any.
 *
 * Return: false if there are no more.
 */
bool vtd_log_get(struct vtd_log *log, unsigned int index, struct vtd_event *event)
{
	guard(raw_spinlock_irqsave)(&log->lock);
	if (index >= log->count)
		return false;
	*event = log->chunks[index / VTD_LOG_CHUNK_EVENTS]
			    [index % VTD_LOG_CHUNK_EVENTS];
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_log_get);

/* As a text */

static const char * const event_names[VTD_NR_EVENTS] = {
	[VTD_EVENT_WRITE] = "register written",
	[VTD_EVENT_STATUS] = "global status",
	[VTD_EVENT_ROOT_TABLE] = "root table taken over",
	[VTD_EVENT_INTERRUPT_TABLE] = "interrupt table taken over",
	[VTD_EVENT_WRITE_BUFFER_FLUSH] = "write buffers flushed",
	[VTD_EVENT_CONTEXT_INVALIDATION] = "context cache invalidated",
	[VTD_EVENT_PASID_INVALIDATION] = "PASID cache invalidated",
	[VTD_EVENT_IOTLB_INVALIDATION] = "IOTLB invalidated",
	[VTD_EVENT_PASID_IOTLB_INVALIDATION] = "IOTLB of PASID invalidated",
	[VTD_EVENT_DEVICE_TLB_INVALIDATION] = "device TLB invalidated",
	[VTD_EVENT_INTERRUPT_INVALIDATION] = "interrupt cache invalidated",
	[VTD_EVENT_WAIT] = "waited for",
	[VTD_EVENT_FAULT] = "request blocked",
	[VTD_EVENT_MESSAGE] = "interrupt sent",
	[VTD_EVENT_FLUSH] = "CPU flushes",
	[VTD_EVENT_BARRIER] = "CPU orders",
	[VTD_EVENT_MARK] = "mark",
};

/* The members of an event but its type, for all that treats them alike */
enum member {
	OFFSET,
	GRANULARITY,
	REASON,
	SOURCE_ID,
	DOMAIN,
	PASID,
	ADDRESS,
	SIZE,
	VALUE,
	PREVIOUS,
	NR_MEMBERS,
};

static u64 member_of(const struct vtd_event *event, enum member member)
{
	const u64 values[NR_MEMBERS] = {
		[OFFSET] = event->offset,
		[GRANULARITY] = event->granularity,
		[REASON] = event->reason,
		[SOURCE_ID] = event->source_id,
		[DOMAIN] = event->domain,
		[PASID] = event->pasid,
		[ADDRESS] = event->address,
		[SIZE] = event->size,
		[VALUE] = event->value,
		[PREVIOUS] = event->previous,
	};

	return values[member];
}

/**
 * struct event_field - How a member of an event is written out
 * @format: For printf(), with the value as its only argument.
 * @types: Event types that it means something for.
 */
struct event_field {
	const char *format;
	u32 types;
};

#define TYPE(name)	BIT(VTD_EVENT_##name)

static const struct event_field fields[NR_MEMBERS] = {
	[OFFSET] = { " at %#05llx", TYPE(WRITE) },
	[GRANULARITY] = { " granularity %llu", TYPE(CONTEXT_INVALIDATION) |
		TYPE(PASID_INVALIDATION) | TYPE(IOTLB_INVALIDATION) |
		TYPE(PASID_IOTLB_INVALIDATION) | TYPE(INTERRUPT_INVALIDATION) },
	[REASON] = { " reason %#04llx", TYPE(FAULT) },
	[SOURCE_ID] = { " source %#06llx", TYPE(CONTEXT_INVALIDATION) |
		TYPE(DEVICE_TLB_INVALIDATION) | TYPE(FAULT) },
	[DOMAIN] = { " domain %llu", TYPE(CONTEXT_INVALIDATION) |
		TYPE(PASID_INVALIDATION) | TYPE(IOTLB_INVALIDATION) |
		TYPE(PASID_IOTLB_INVALIDATION) },
	[PASID] = { " PASID %#llx", TYPE(PASID_INVALIDATION) |
		TYPE(PASID_IOTLB_INVALIDATION) | TYPE(FAULT) },
	[ADDRESS] = { " address %#llx", TYPE(IOTLB_INVALIDATION) |
		TYPE(PASID_IOTLB_INVALIDATION) | TYPE(INTERRUPT_INVALIDATION) |
		TYPE(WAIT) | TYPE(FAULT) | TYPE(MESSAGE) | TYPE(FLUSH) },
	[SIZE] = { " size %#llx", TYPE(WRITE) | TYPE(IOTLB_INVALIDATION) |
		TYPE(PASID_IOTLB_INVALIDATION) | TYPE(INTERRUPT_INVALIDATION) |
		TYPE(FLUSH) },
	[VALUE] = { " value %#llx", TYPE(WRITE) | TYPE(STATUS) | TYPE(ROOT_TABLE) |
		TYPE(INTERRUPT_TABLE) | TYPE(CONTEXT_INVALIDATION) |
		TYPE(WAIT) | TYPE(FAULT) | TYPE(MESSAGE) | TYPE(MARK) },
	[PREVIOUS] = { " was %#llx", TYPE(STATUS) | TYPE(ROOT_TABLE) | TYPE(INTERRUPT_TABLE) },
};

/**
 * vtd_log_format - Write an event out.
 * @event: The event.
 * @line: Its text, no newline.
 * @size: Of @line.
 *
 * Context: Any.
 *
 * Return: length of the text.
 */
int vtd_log_format(const struct vtd_event *event, char *line, size_t size)
{
	int length;

	length = scnprintf(line, size, "%s", event->type < VTD_NR_EVENTS ?
			   event_names[event->type] : "unknown");
	for (int i = 0; i < NR_MEMBERS; i++) {
		if (fields[i].types & BIT(event->type))
			length += scnprintf(line + length, size - length,
					    fields[i].format, member_of(event, i));
	}
	return length;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_log_format);

/**
 * vtd_log_print - Print all events.
 * @log: The log.
 *
 * Context: Process context.
 */
void vtd_log_print(struct vtd_log *log)
{
	char line[VTD_LOG_LINE];
	struct vtd_event event;

	for (unsigned int i = 0; vtd_log_get(log, i, &event); i++) {
		vtd_log_format(&event, line, sizeof(line));
		kunit_info(log->test, "%4u %s", i, line);
	}
}
EXPORT_SYMBOL_IF_KUNIT(vtd_log_print);

/* What is looked for */

/**
 * vtd_log_matches - Is an event like that.
 * @event: The event.
 * @pattern: The pattern.
 *
 * Context: Any.
 *
 * Return: true if its type and each member that counts are the same.
 */
bool vtd_log_matches(const struct vtd_event *event,
		     const struct vtd_pattern *pattern)
{
	if (event->type != pattern->low.type)
		return false;
	for (int i = 0; i < NR_MEMBERS; i++) {
		u64 wanted = member_of(&pattern->low, i);

		if (wanted == member_of(&pattern->high, i) &&
		    wanted != member_of(event, i))
			return false;
	}
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_log_matches);

/**
 * vtd_log_number - How many such events happened.
 * @log: The log.
 * @pattern: The pattern.
 *
 * Context: Any.
 *
 * Return: their number.
 */
unsigned int vtd_log_number(struct vtd_log *log, const struct vtd_pattern *pattern)
{
	struct vtd_event event;
	unsigned int number = 0;

	for (unsigned int i = 0; vtd_log_get(log, i, &event); i++)
		number += vtd_log_matches(&event, pattern);
	return number;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_log_number);

/**
 * vtd_log_has - Did such an event happen.
 * @log: The log.
 * @pattern: The pattern.
 *
 * Context: Any.
 *
 * Return: true if one did.
 */
bool vtd_log_has(struct vtd_log *log, const struct vtd_pattern *pattern)
{
	return vtd_log_number(log, pattern);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_log_has);

/**
 * vtd_log_has_before - Did one thing happen before another, see
 * vtd_log_expect_before().
 * @log: The log.
 * @first: What comes first.
 * @second: What comes second.
 *
 * Context: Any.
 *
 * Return: true if both are there, in that order.
 */
bool vtd_log_has_before(struct vtd_log *log, const struct vtd_pattern *first,
			const struct vtd_pattern *second)
{
	struct vtd_event event;
	bool seen = false;

	for (unsigned int i = 0; vtd_log_get(log, i, &event); i++) {
		/* An event that is both does not come before itself */
		if (vtd_log_matches(&event, second))
			return seen;
		seen |= vtd_log_matches(&event, first);
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_log_has_before);

/* What a case has to say */

/**
 * vtd_log_must - Fail the case if no such event happened.
 * @log: The log, printed on failure.
 * @pattern: The pattern.
 *
 * Context: Process context.
 */
void vtd_log_must(struct vtd_log *log, const struct vtd_pattern *pattern)
{
	if (vtd_log_has(log, pattern))
		return;
	KUNIT_FAIL(log->test, "must happen: %s", pattern->text);
	vtd_log_print(log);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_log_must);

/**
 * vtd_log_must_not - Fail the case if such an event happened.
 * @log: The log, printed on failure.
 * @pattern: The pattern.
 *
 * Context: Process context.
 */
void vtd_log_must_not(struct vtd_log *log, const struct vtd_pattern *pattern)
{
	if (!vtd_log_has(log, pattern))
		return;
	KUNIT_FAIL(log->test, "must not happen: %s", pattern->text);
	vtd_log_print(log);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_log_must_not);

/**
 * vtd_log_must_before - Fail the case if things did not happen in this order.
 * @log: The log, printed on failure.
 * @first: What comes first.
 * @second: What comes second.
 *
 * Context: Process context.
 */
void vtd_log_must_before(struct vtd_log *log, const struct vtd_pattern *first,
			 const struct vtd_pattern *second)
{
	if (vtd_log_has_before(log, first, second))
		return;
	KUNIT_FAIL(log->test, "must happen: %s, and only then: %s", first->text,
		   second->text);
	vtd_log_print(log);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_log_must_before);
