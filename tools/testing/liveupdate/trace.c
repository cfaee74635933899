// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traces in memory: what the stream appends to and what verdicts count.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "trace.h"
#include "trace_internal.h"

#define FIRST_ROOM		64

static const char * const outcome_names[NR_OUTCOMES] = {
	[OUTCOME_LANDED] = "landed",
	[OUTCOME_LOST] = "lost",
	[OUTCOME_FAULTED] = "faulted",
	[OUTCOME_ELSEWHERE] = "elsewhere",
	[OUTCOME_DAMAGED] = "damaged",
};

static const char * const mark_names[NR_MARKS] = {
	[MARK_STREAM] = "stream",
	[MARK_FREEZE] = "freeze",
	[MARK_SHUTDOWN] = "shutdown",
	[MARK_JUMP] = "jump",
	[MARK_KERNEL] = "kernel",
	[MARK_UNITS_UP] = "units-up",
	[MARK_PROBED] = "probed",
	[MARK_USER_SPACE] = "user-space",
	[MARK_END] = "end",
};

static const char * const fate_names[NR_FATES] = {
	[FATE_KEPT] = "kept",
	[FATE_LEFT] = "left",
	[FATE_LOST] = "lost",
};

static const char * const part_names[NR_PARTS] = {
	[PART_FREEZE] = "freeze",
	[PART_SHUTDOWN] = "shutdown",
	[PART_TAKE_OVER] = "take-over",
};

/* The name of an outcome, as in files */
const char *outcome_name(enum outcome outcome)
{
	return outcome_names[outcome];
}

/* The name of a mark, as in files */
const char *mark_name(enum mark mark)
{
	return mark_names[mark];
}

/* The name of a fate, as in files and options */
const char *fate_name(enum fate fate)
{
	return fate_names[fate];
}

static int find_name(const char * const *names, int count, const char *name)
{
	int i;

	for (i = 0; i < count; i++) {
		if (!strcmp(names[i], name))
			return i;
	}
	return -1;
}

/* The outcome of that name, or -1 */
int outcome_from_name(const char *name)
{
	return find_name(outcome_names, NR_OUTCOMES, name);
}

/* The mark of that name, or -1 */
int mark_from_name(const char *name)
{
	return find_name(mark_names, NR_MARKS, name);
}

/* The fate of that name, or -1 */
int fate_from_name(const char *name)
{
	return find_name(fate_names, NR_FATES, name);
}

/* The part of the blackout of that name, or -1 */
int part_from_name(const char *name)
{
	return find_name(part_names, NR_PARTS, name);
}

/* The name of a part of the blackout, as in files */
const char *part_name(enum part part)
{
	return part_names[part];
}

bool trace_same_hardware(const struct hardware *a, const struct hardware *b)
{
	return a->command == b->command && a->bridges == b->bridges && a->status == b->status &&
	       a->root == b->root && a->fault_reason == b->fault_reason &&
	       a->stopped == b->stopped;
}

bool trace_mark_between(const struct trace *trace, u64 after_us, u64 until_us)
{
	unsigned int i;

	for (i = 0; i < NR_MARKS; i++) {
		if (trace->mark_us[i] > after_us && trace->mark_us[i] <= until_us)
			return true;
	}
	return false;
}

struct trace_run *trace_last_run(const struct trace *trace, unsigned int device)
{
	return trace->last_run[device] ? &trace->runs[trace->last_run[device] - 1] : NULL;
}

int trace_append_run(struct trace *trace, const struct trace_run *run)
{
	size_t room = trace->max_runs ? 2 * trace->max_runs : FIRST_ROOM;
	struct trace_run *runs;

	if (trace->nr_runs == trace->max_runs) {
		runs = realloc(trace->runs, room * sizeof(*runs));
		if (!runs)
			return -1;
		trace->runs = runs;
		trace->max_runs = room;
	}
	trace->runs[trace->nr_runs++] = *run;
	trace->last_run[run->device] = trace->nr_runs;
	return 0;
}

/* Add a DMA that was issued now: 0, or -1 if there is no memory for it. */
int trace_add(struct trace *trace, unsigned int device, u64 now_us, enum outcome outcome,
	      const struct hardware *hardware)
{
	struct trace_run *last = trace_last_run(trace, device);

	if (!last || last->outcome != outcome || !trace_same_hardware(&last->hardware, hardware) ||
	    trace_mark_between(trace, last->end_us, now_us)) {
		return trace_append_run(trace, &(struct trace_run) {
			.device = device, .outcome = outcome, .count = 1,
			.first = last ? last->first + last->count : 0,
			.start_us = now_us, .end_us = now_us, .gap_start_us = now_us,
			.hardware = *hardware,
		});
	}
	if (now_us - last->end_us > last->gap_us) {
		last->gap_us = now_us - last->end_us;
		last->gap_start_us = last->end_us;
	}
	last->end_us = now_us;
	last->count++;
	return 0;
}

/* Count the DMAs of a device that were issued from one time until before another. */
void trace_count(const struct trace *trace, unsigned int device, u64 from_us, u64 to_us,
		 struct trace_totals *totals)
{
	size_t i;

	*totals = (struct trace_totals) {};
	for (i = 0; i < trace->nr_runs; i++) {
		const struct trace_run *run = &trace->runs[i];

		if (run->device != device || run->start_us < from_us || run->start_us >= to_us)
			continue;
		totals->issued += run->count;
		totals->outcome[run->outcome] += run->count;
	}
}

/* A mark is passed; only the first time counts. */
void trace_mark(struct trace *trace, enum mark mark, u64 now_us)
{
	if (!trace->mark_us[mark])
		trace->mark_us[mark] = now_us;
}

/* A device has asked for an interrupt. */
void trace_interrupt(struct trace *trace, u64 now_us, bool arrived)
{
	struct trace_interrupts *interrupts = &trace->interrupts;

	if (trace->mark_us[MARK_KERNEL])
		interrupts->after++;
	else
		interrupts->before++;
	if (arrived && !interrupts->arrived++)
		interrupts->first_us = now_us;
}

/* The marks that were passed, in the order of time, which may be another: how many */
unsigned int trace_sort_marks(const struct trace *trace, enum mark *marks)
{
	unsigned int count = 0, at;
	enum mark mark;

	for (mark = MARK_STREAM; mark < NR_MARKS; mark++) {
		if (!trace->mark_us[mark])
			continue;
		for (at = count++; at && trace->mark_us[marks[at - 1]] > trace->mark_us[mark]; at--)
			marks[at] = marks[at - 1];
		marks[at] = mark;
	}
	return count;
}

void trace_copy_text(char *to, size_t size, const char *from)
{
	size_t i;

	for (i = 0; i + 1 < size && from[i]; i++)
		to[i] = trace_printable(from[i]);
	to[i] = '\0';
}

/* Keep a line for people; the last place says that there were more. */
void trace_note(struct trace *trace, const char *text)
{
	if (trace->nr_notes == TRACE_MAX_NOTES)
		return;
	if (trace->nr_notes == TRACE_MAX_NOTES - 1)
		text = "(further notes were left out)";
	trace_copy_text(trace->note[trace->nr_notes++], sizeof(trace->note[0]), text);
}

/* Free what a trace holds; it is empty then. */
void trace_free(struct trace *trace)
{
	free(trace->runs);
	*trace = (struct trace) {};
}
