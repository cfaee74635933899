// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace and its verdict as text of 80 columns.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "blackout.h"
#include "report.h"

#define COLUMNS			80
/* With more devices, the timeline shows their sum. */
#define MOST_COLUMNS		3
#define MOST_CHANGES		40
#define LIVE_PERIOD_US		100000u

#define CLEAR_LINE		"\r\033[K"
#define GREEN			"\033[32m"
#define RED			"\033[31m"
#define PLAIN			"\033[0m"

static bool is_terminal(FILE *file)
{
	const char *term = getenv("TERM");

	return term && strcmp(term, "dumb") && isatty(fileno(file));
}

static enum mark origin(const struct trace *trace)
{
	return trace->mark_us[MARK_FREEZE] ? MARK_FREEZE : MARK_STREAM;
}

/* Name of what reports count their times from, the VM's start if there was nothing else */
const char *report_origin(const struct trace *trace)
{
	return trace->mark_us[origin(trace)] ? mark_name(origin(trace)) : "start";
}

/* Milliseconds since then */
double report_ms(const struct trace *trace, u64 us)
{
	return ((double)us - (double)trace->mark_us[origin(trace)]) / 1000;
}

static void print_totals(FILE *file, const struct trace *trace, const struct verdict *verdict)
{
	unsigned int i;

	fprintf(file, "%-29s %7s %7s %7s %9s %7s %7s\n", "device", "issued", "landed", "lost",
		"elsewhere", "faulted", "damaged");
	for (i = 0; i < trace->nr_devices; i++) {
		const struct trace_totals *totals = &verdict->devices[i].totals;
		const struct trace_device *device = &trace->device[i];
		char name[64];

		snprintf(name, sizeof(name), "%u %s %s %s", i, device->model,
			 *device->address ? device->address : "-", device->place);
		fprintf(file, "%-29s %7u %7u %7u %9u %7u %7u\n", name, totals->issued,
			totals->outcome[OUTCOME_LANDED], totals->outcome[OUTCOME_LOST],
			totals->outcome[OUTCOME_ELSEWHERE], totals->outcome[OUTCOME_FAULTED],
			totals->outcome[OUTCOME_DAMAGED]);
	}
}

static void print_gaps(FILE *file, const struct trace *trace, const struct verdict *verdict)
{
	bool open = false;
	unsigned int i;

	fprintf(file, "\n%-7s %12s %13s %14s  %s\n", "device", "longest gap", "from",
		"resolution", "second kernel found");
	for (i = 0; i < trace->nr_devices; i++) {
		const struct verdict_device *device = &verdict->devices[i];

		open |= device->gap_open;
		fprintf(file, "%-7u %9.1f ms%c %9.1f ms %11.1f ms  ", i, device->gap_us / 1000.0,
			device->gap_open ? '*' : ' ', report_ms(trace, device->gap_start_us),
			device->resolution_us / 1000.0);
		if (trace->device[i].counted < 0)
			fputs("unknown", file);
		else
			fprintf(file, "%ld", trace->device[i].counted);
		if (trace->device[i].fate != FATE_KEPT)
			fprintf(file, " (%s)", fate_name(trace->device[i].fate));
		fputc('\n', file);
	}
	if (open)
		fputs("* until the end of the stream: nothing landed any more\n", file);
}

static void print_memory(FILE *file, const struct trace *trace)
{
	fputc('\n', file);
	if (trace->canary_pages)
		fprintf(file, "canary pages of the second kernel: %ld of %ld changed\n",
			trace->canary_damaged, trace->canary_pages);
	else
		fputs("canary pages of the second kernel: none were watched\n", file);
	fprintf(file, "guard: %ld bytes changed that no DMA above accounts for\n",
		trace->guard_damaged);
}

static void print_interrupts(FILE *file, const struct trace *trace)
{
	const struct trace_interrupts *interrupts = &trace->interrupts;

	if (!interrupts->watched) {
		fputs("interrupt requests: none were sent\n", file);
		return;
	}
	fprintf(file, "interrupt requests: %ld before the second kernel, %ld after; ",
		interrupts->before, interrupts->after);
	fprintf(file, "%ld of them arrived\n", interrupts->arrived);
	if (interrupts->open_us)
		fputs("interrupt remapping was disabled for a time\n", file);
}

static void print_share(FILE *file, const struct trace_totals *totals)
{
	char text[32];

	snprintf(text, sizeof(text), "%u of %u", totals->outcome[OUTCOME_LANDED], totals->issued);
	fprintf(file, " %16s", totals->issued ? text : "-");
}

static void print_interval(FILE *file, const struct trace *trace, u64 from_us, u64 to_us)
{
	struct trace_totals totals, sum = {};
	unsigned int i;

	for (i = 0; i < trace->nr_devices; i++) {
		trace_count(trace, i, from_us, to_us, &totals);
		if (trace->nr_devices <= MOST_COLUMNS)
			print_share(file, &totals);
		sum.issued += totals.issued;
		sum.outcome[OUTCOME_LANDED] += totals.outcome[OUTCOME_LANDED];
	}
	if (trace->nr_devices > MOST_COLUMNS)
		print_share(file, &sum);
}

static void print_timeline(FILE *file, const struct trace *trace)
{
	enum mark marks[NR_MARKS];
	unsigned int count = trace_sort_marks(trace, marks), i;

	fprintf(file, "\nms since %-6s  event       landed until the next event\n",
		report_origin(trace));
	fprintf(file, "%27s", "");
	for (i = 0; i < trace->nr_devices && trace->nr_devices <= MOST_COLUMNS; i++)
		fprintf(file, "         device %u", i);
	if (trace->nr_devices > MOST_COLUMNS)
		fprintf(file, "%17s", "all devices");
	fputc('\n', file);
	for (i = 0; i < count; i++) {
		u64 us = trace->mark_us[marks[i]];

		fprintf(file, "%15.3f  ", report_ms(trace, us));
		if (i + 1 == count) {
			fprintf(file, "%s\n", mark_name(marks[i]));
			break;
		}
		fprintf(file, "%-10s", mark_name(marks[i]));
		print_interval(file, trace, us, trace->mark_us[marks[i + 1]]);
		fputc('\n', file);
	}
}

/* What the DMAs found last; what all devices share is kept once. */
struct changes {
	FILE *file;
	const struct trace *trace;
	const struct trace_run *run;
	struct hardware last[TRACE_MAX_DEVICES];
	struct hardware unit;
	bool seen[TRACE_MAX_DEVICES];
	unsigned int count;
};

/* Begin a line, unless there were too many: false then. */
static bool begin_change(struct changes *changes, bool unit)
{
	if (++changes->count > MOST_CHANGES)
		return false;
	fprintf(changes->file, "%15.3f  ", report_ms(changes->trace, changes->run->start_us));
	if (unit)
		fprintf(changes->file, "%-9s ", "unit");
	else
		fprintf(changes->file, "device %-2u ", changes->run->device);
	return true;
}

/* A change of one bit, as ": NAME off" or ": NAME on" */
static void print_bit(FILE *file, const char *name, u64 from, u64 to, u64 bit)
{
	if ((from ^ to) & bit)
		fprintf(file, ": %s %s", name, to & bit ? "on" : "off");
}

static void change_command(struct changes *changes, const char *name, u16 from, u16 to)
{
	if (from == to || !begin_change(changes, false))
		return;
	fprintf(changes->file, "%s 0x%04x -> 0x%04x", name, from, to);
	if (to == 0xffff)
		fputs(": no answer", changes->file);
	else
		print_bit(changes->file, "Bus Master Enable", from, to, HARDWARE_BUS_MASTER);
	fputc('\n', changes->file);
}

static void change_device(struct changes *changes, const struct hardware *from,
			  const struct hardware *to)
{
	change_command(changes, "command", from->command, to->command);
	change_command(changes, "bridges", from->bridges, to->bridges);
	if (from->fault_reason != to->fault_reason && begin_change(changes, false))
		fprintf(changes->file, "fault reason 0x%02x -> 0x%02x\n", from->fault_reason,
			to->fault_reason);
	if (from->stopped != to->stopped && begin_change(changes, false))
		fprintf(changes->file, "%s\n", to->stopped ? "leaves its orders alone" :
							     "follows its orders again");
}

static void change_unit(struct changes *changes, const struct hardware *from,
			const struct hardware *to)
{
	if (from->status != to->status && begin_change(changes, true)) {
		fprintf(changes->file, "status 0x%08x -> 0x%08x", from->status, to->status);
		print_bit(changes->file, "translation", from->status, to->status,
			  HARDWARE_TRANSLATION);
		fputc('\n', changes->file);
	}
	if (from->root != to->root && begin_change(changes, true))
		fprintf(changes->file, "root table 0x%llx -> 0x%llx\n",
			(unsigned long long)from->root, (unsigned long long)to->root);
}

static void print_changes(FILE *file, const struct trace *trace)
{
	struct changes changes = { .file = file, .trace = trace };
	size_t i;

	fprintf(file, "\nms since %-6s  what the DMAs found changed\n", report_origin(trace));
	for (i = 0; i < trace->nr_runs; i++) {
		const struct trace_run *run = &trace->runs[i];

		changes.run = run;
		if (changes.seen[run->device])
			change_device(&changes, &changes.last[run->device], &run->hardware);
		if (i)
			change_unit(&changes, &changes.unit, &run->hardware);
		changes.seen[run->device] = true;
		changes.last[run->device] = run->hardware;
		changes.unit = run->hardware;
	}
	if (!changes.count)
		fprintf(file, "%15s  nothing\n", "");
	if (changes.count > MOST_CHANGES)
		fprintf(file, "%15s  and %u changes more, see the trace\n", "",
			changes.count - MOST_CHANGES);
}

/* Break a text at its spaces. */
static void print_wrapped(FILE *file, const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (column && column + 1 + length > COLUMNS) {
			fputc('\n', file);
			column = 0;
		}
		fprintf(file, "%s%.*s", column ? " " : "", (int)length, text);
		column += length + !!column;
		text += length + (text[length] == ' ');
	}
	fputc('\n', file);
}

static void print_notes(FILE *file, const struct trace *trace)
{
	unsigned int i;

	if (trace->nr_notes)
		fputs("\nnotes\n", file);
	for (i = 0; i < trace->nr_notes; i++)
		fprintf(file, "    %.*s\n", COLUMNS - 4, trace->note[i]);
}

static void print_verdict(FILE *file, const struct verdict *verdict)
{
	bool colour = is_terminal(file);

	fprintf(file, "\n%sverdict: %s%s\n",
		!colour ? "" : verdict_is_good(verdict->code) ? GREEN : RED,
		verdict_name(verdict->code), colour ? PLAIN : "");
	print_wrapped(file, verdict->text);
}

/* Write tables, timeline and verdict for people. */
int report_text(FILE *file, const struct trace *trace, const struct verdict *verdict)
{
	if (is_terminal(file))
		fputs(CLEAR_LINE, file);
	fprintf(file, "live update of %s, %s mode\n\n", trace->kernel, trace->mode);
	print_totals(file, trace, verdict);
	print_gaps(file, trace, verdict);
	print_memory(file, trace);
	print_interrupts(file, trace);
	print_timeline(file, trace);
	blackout_text(file, trace);
	print_changes(file, trace);
	print_notes(file, trace);
	print_verdict(file, verdict);
	return fflush(file) || ferror(file) ? -1 : 0;
}

static const char *current_stage(const struct trace *trace)
{
	enum mark marks[NR_MARKS];
	unsigned int count = trace_sort_marks(trace, marks);

	return count ? mark_name(marks[count - 1]) : "";
}

/*
 * Show on a terminal, on a line that the next output overwrites, how it goes;
 * ten times a second at most. Does nothing elsewhere.
 */
void report_live(FILE *file, const struct trace *trace, u64 now_us)
{
	static u64 due_us;
	struct trace_totals totals;
	char line[COLUMNS];
	size_t length;
	unsigned int i;

	if (now_us < due_us || !is_terminal(file))
		return;
	due_us = now_us + LIVE_PERIOD_US;
	length = snprintf(line, sizeof(line), "%6.1f s %-10s", now_us / 1e6, current_stage(trace));
	for (i = 0; i < trace->nr_devices && length < sizeof(line); i++) {
		trace_count(trace, i, 0, UINT64_MAX, &totals);
		length += snprintf(line + length, sizeof(line) - length, "  %u: %u of %u", i,
				   totals.outcome[OUTCOME_LANDED], totals.issued);
	}
	fprintf(file, CLEAR_LINE "%s\r", line);
	fflush(file);
}
