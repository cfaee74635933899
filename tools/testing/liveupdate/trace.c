// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traces in memory and in files.
 *
 * A file is text, an item a line, words separated by one space, in this order:
 *
 *	trace 1
 *	kernel TEXT
 *	mode legacy|scalable
 *	device INDEX MODEL ADDRESS port|root counted=COUNT|unknown
 *	mark NAME TIME
 *	canary PAGES DAMAGED
 *	guard DAMAGED
 *	note TEXT
 *	failure TEXT
 *	run DEVICE OUTCOME FIRST COUNT START END GAP GAP-START command=HEX
 *		bridges=HEX status=HEX root=HEX reason=HEX stopped=0|1
 *	end RUNS
 *
 * (a run is one line, too). Devices, marks, notes and runs may be many or none,
 * failure stands there if there was one. Times are in seconds since the VM's
 * start with six digits after the point. "-" stands for an empty text. Lines that
 * begin with "#" are comments. A file that says anything else, leaves something
 * out, or contradicts itself is refused.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <linux/kernel.h>

#include "trace.h"

#define VERSION			1
#define FIRST_ROOM		64
#define MOST_SECONDS		1000000000ull
#define US_PER_SECOND		1000000ull

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

static bool hardware_equal(const struct hardware *a, const struct hardware *b)
{
	return a->command == b->command && a->bridges == b->bridges && a->status == b->status &&
	       a->root == b->root && a->fault_reason == b->fault_reason &&
	       a->stopped == b->stopped;
}

static bool mark_between(const struct trace *trace, u64 after_us, u64 until_us)
{
	unsigned int i;

	for (i = 0; i < NR_MARKS; i++) {
		if (trace->mark_us[i] > after_us && trace->mark_us[i] <= until_us)
			return true;
	}
	return false;
}

static struct trace_run *last_run(const struct trace *trace, unsigned int device)
{
	return trace->last_run[device] ? &trace->runs[trace->last_run[device] - 1] : NULL;
}

static int append_run(struct trace *trace, const struct trace_run *run)
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
	struct trace_run *last = last_run(trace, device);

	if (!last || last->outcome != outcome || !hardware_equal(&last->hardware, hardware) ||
	    mark_between(trace, last->end_us, now_us)) {
		return append_run(trace, &(struct trace_run) {
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

static void copy_text(char *to, size_t size, const char *from)
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
	copy_text(trace->note[trace->nr_notes++], sizeof(trace->note[0]), text);
}

/* Free what a trace holds; it is empty then. */
void trace_free(struct trace *trace)
{
	free(trace->runs);
	*trace = (struct trace) {};
}

static void save_text(FILE *file, const char *item, const char *text)
{
	fprintf(file, "%s ", item);
	if (!*text)
		fputc('-', file);
	for (; *text; text++)
		fputc(trace_printable(*text), file);
	fputc('\n', file);
}

static void save_time(FILE *file, u64 us)
{
	fprintf(file, " %llu.%06llu", (unsigned long long)(us / US_PER_SECOND),
		(unsigned long long)(us % US_PER_SECOND));
}

static void save_device(const struct trace *trace, unsigned int index, FILE *file)
{
	const struct trace_device *device = &trace->device[index];

	fprintf(file, "device %u %s %s %s counted=", index, device->model,
		*device->address ? device->address : "-", device->place);
	if (device->counted < 0)
		fputs("unknown\n", file);
	else
		fprintf(file, "%ld\n", device->counted);
}

static void save_run(const struct trace_run *run, FILE *file)
{
	const struct hardware *hardware = &run->hardware;

	fprintf(file, "run %u %s %u %u", run->device, outcome_name(run->outcome), run->first,
		run->count);
	save_time(file, run->start_us);
	save_time(file, run->end_us);
	save_time(file, run->gap_us);
	save_time(file, run->gap_start_us);
	fprintf(file, " command=0x%04x bridges=0x%04x status=0x%08x root=0x%llx", hardware->command,
		hardware->bridges, hardware->status, (unsigned long long)hardware->root);
	fprintf(file, " reason=0x%02x stopped=%d\n", hardware->fault_reason, hardware->stopped);
}

/* Write a trace to a file: 0, or -1 if that did not work. */
int trace_save(const struct trace *trace, FILE *file)
{
	unsigned int i;
	size_t run;

	fprintf(file, "trace %d\n", VERSION);
	save_text(file, "kernel", trace->kernel);
	save_text(file, "mode", trace->mode);
	for (i = 0; i < trace->nr_devices; i++)
		save_device(trace, i, file);
	for (i = 0; i < NR_MARKS; i++) {
		if (!trace->mark_us[i])
			continue;
		fprintf(file, "mark %s", mark_name(i));
		save_time(file, trace->mark_us[i]);
		fputc('\n', file);
	}
	fprintf(file, "canary %ld %ld\n", trace->canary_pages, trace->canary_damaged);
	fprintf(file, "guard %ld\n", trace->guard_damaged);
	for (i = 0; i < trace->nr_notes; i++)
		save_text(file, "note", trace->note[i]);
	if (*trace->failure)
		save_text(file, "failure", trace->failure);
	for (run = 0; run < trace->nr_runs; run++)
		save_run(&trace->runs[run], file);
	fprintf(file, "end %zu\n", trace->nr_runs);
	return fflush(file) || ferror(file) ? -1 : 0;
}

struct parser {
	struct trace *trace;
	const char *name;
	unsigned int line;
	char *rest;		/* what is left of the line, NULL if nothing */
	int item;		/* index of the last line's item, -1 before the first */
	FILE *messages;
};

static int __attribute__((format(printf, 2, 3)))
refuse(const struct parser *parser, const char *format, ...)
{
	va_list arguments;

	fprintf(parser->messages, "%s:%u: ", parser->name, parser->line);
	va_start(arguments, format);
	vfprintf(parser->messages, format, arguments);
	va_end(arguments);
	fputc('\n', parser->messages);
	return -1;
}

static const char *next_word(struct parser *parser)
{
	const char *word = parser->rest;
	char *space = word ? strchr(word, ' ') : NULL;

	if (space)
		*space++ = '\0';
	parser->rest = space;
	return word;
}

static int need_word(struct parser *parser, const char *what, const char **word)
{
	*word = next_word(parser);
	return *word && **word ? 0 : refuse(parser, "%s is missing", what);
}

static int need_end(const struct parser *parser)
{
	return parser->rest ? refuse(parser, "\"%s\" is too much", parser->rest) : 0;
}

static int load_text(struct parser *parser, const char *what, char *text, size_t size)
{
	if (!parser->rest || !*parser->rest)
		return refuse(parser, "%s is missing", what);
	if (strlen(parser->rest) >= size)
		return refuse(parser, "%s is longer than %zu characters", what, size - 1);
	copy_text(text, size, strcmp(parser->rest, "-") ? parser->rest : "");
	parser->rest = NULL;
	return 0;
}

static int load_word(struct parser *parser, const char *what, char *text, size_t size)
{
	const char *word;

	if (need_word(parser, what, &word))
		return -1;
	if (strlen(word) >= size)
		return refuse(parser, "%s is longer than %zu characters", what, size - 1);
	copy_text(text, size, strcmp(word, "-") ? word : "");
	return 0;
}

static int read_number(const struct parser *parser, const char *what, const char *text, u64 most,
		       u64 *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (isdigit((unsigned char)*text) && !*end && !errno && *value <= most)
		return 0;
	return refuse(parser, "%s is %s, expected is a number up to %llu", what, text,
		      (unsigned long long)most);
}

static int load_number(struct parser *parser, const char *what, u64 most, u64 *value)
{
	const char *word;

	return need_word(parser, what, &word) ? -1 : read_number(parser, what, word, most, value);
}

static int load_count(struct parser *parser, const char *what, long *value)
{
	u64 number;

	if (load_number(parser, what, INT32_MAX, &number))
		return -1;
	*value = number;
	return 0;
}

static bool all_digits(const char *text, size_t count)
{
	return strspn(text, "0123456789") == count && !text[count];
}

static int load_time(struct parser *parser, const char *what, u64 *us)
{
	u64 seconds = 0, fraction = 0;
	const char *word, *point;

	if (need_word(parser, what, &word))
		return -1;
	point = strchr(word, '.');
	if (point && point > word && point - word < 11 && all_digits(point + 1, 6) &&
	    strspn(word, "0123456789") == (size_t)(point - word)) {
		seconds = strtoull(word, NULL, 10);
		fraction = strtoull(point + 1, NULL, 10);
	} else {
		seconds = MOST_SECONDS;
	}
	if (seconds >= MOST_SECONDS)
		return refuse(parser, "%s is %s, expected is SECONDS.MICROSECONDS", what, word);
	*us = seconds * US_PER_SECOND + fraction;
	return 0;
}

/* A word "NAME=VALUE" */
static int load_value(struct parser *parser, const char *name, const char **value)
{
	size_t length = strlen(name);
	const char *word;

	if (need_word(parser, name, &word))
		return -1;
	if (strncmp(word, name, length) || word[length] != '=')
		return refuse(parser, "\"%s\" stands where %s= belongs", word, name);
	*value = word + length + 1;
	return 0;
}

static int load_hex(struct parser *parser, const char *name, u64 most, u64 *value)
{
	const char *text;
	char *end;

	if (load_value(parser, name, &text))
		return -1;
	errno = 0;
	*value = strtoull(text, &end, 16);
	if (!strncmp(text, "0x", 2) && isxdigit((unsigned char)text[2]) && !*end && !errno &&
	    *value <= most)
		return 0;
	return refuse(parser, "%s is %s, expected is a number from 0x0 to 0x%llx", name, text,
		      (unsigned long long)most);
}

static int find_name(const char * const *names, unsigned int count, const char *name)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (!strcmp(names[i], name))
			return i;
	}
	return -1;
}

static int load_version(struct parser *parser)
{
	u64 version;

	if (load_number(parser, "version", UINT32_MAX, &version))
		return -1;
	if (version != VERSION)
		return refuse(parser, "version %llu is not known, only %d is",
			      (unsigned long long)version, VERSION);
	return need_end(parser);
}

static int load_kernel(struct parser *parser)
{
	return load_text(parser, "kernel", parser->trace->kernel, sizeof(parser->trace->kernel));
}

static int load_mode(struct parser *parser)
{
	char *mode = parser->trace->mode;

	if (load_word(parser, "mode", mode, sizeof(parser->trace->mode)))
		return -1;
	if (strcmp(mode, "legacy") && strcmp(mode, "scalable"))
		return refuse(parser, "mode is %s, expected is legacy or scalable", mode);
	return need_end(parser);
}

static bool is_address(const char *text)
{
	static const char form[] = "xxxx:xx:xx.x";
	size_t i;

	for (i = 0; form[i]; i++) {
		if (form[i] == 'x' ? !isxdigit((unsigned char)text[i]) : text[i] != form[i])
			return false;
	}
	return !text[i];
}

static int load_counted(struct parser *parser, long *counted)
{
	const char *text;
	u64 number;

	if (load_value(parser, "counted", &text))
		return -1;
	*counted = -1;
	if (!strcmp(text, "unknown"))
		return 0;
	if (read_number(parser, "counted", text, INT32_MAX, &number))
		return -1;
	*counted = number;
	return 0;
}

static int load_device(struct parser *parser)
{
	struct trace *trace = parser->trace;
	struct trace_device *device = &trace->device[trace->nr_devices];
	u64 index;

	if (load_number(parser, "device", TRACE_MAX_DEVICES - 1, &index))
		return -1;
	if (index != trace->nr_devices)
		return refuse(parser, "device %llu stands where device %u belongs",
			      (unsigned long long)index, trace->nr_devices);
	if (load_word(parser, "model", device->model, sizeof(device->model)) ||
	    load_word(parser, "address", device->address, sizeof(device->address)) ||
	    load_word(parser, "place", device->place, sizeof(device->place)) ||
	    load_counted(parser, &device->counted))
		return -1;
	if (*device->address && !is_address(device->address))
		return refuse(parser, "address is %s, expected is DDDD:BB:DD.F", device->address);
	if (strcmp(device->place, "port") && strcmp(device->place, "root"))
		return refuse(parser, "place is %s, expected is port or root", device->place);
	trace->nr_devices++;
	return need_end(parser);
}

static bool later_mark(const struct trace *trace, int mark)
{
	for (mark++; mark < NR_MARKS; mark++) {
		if (trace->mark_us[mark])
			return true;
	}
	return false;
}

static int load_mark(struct parser *parser)
{
	struct trace *trace = parser->trace;
	const char *name;
	int mark;
	u64 us;

	if (need_word(parser, "mark", &name))
		return -1;
	mark = find_name(mark_names, NR_MARKS, name);
	if (mark < 0)
		return refuse(parser, "there is no mark %s", name);
	if (trace->mark_us[mark] || later_mark(trace, mark))
		return refuse(parser, "mark %s is not in order", name);
	if (load_time(parser, "time", &us))
		return -1;
	if (!us)
		return refuse(parser, "mark %s has no time", name);
	trace->mark_us[mark] = us;
	return need_end(parser);
}

static int load_canary(struct parser *parser)
{
	struct trace *trace = parser->trace;

	if (load_count(parser, "pages", &trace->canary_pages) ||
	    load_count(parser, "damaged", &trace->canary_damaged))
		return -1;
	if (trace->canary_damaged > trace->canary_pages)
		return refuse(parser, "%ld of %ld canary pages are damaged", trace->canary_damaged,
			      trace->canary_pages);
	return need_end(parser);
}

static int load_guard(struct parser *parser)
{
	return load_count(parser, "damaged", &parser->trace->guard_damaged) || need_end(parser) ?
	       -1 : 0;
}

static int load_note(struct parser *parser)
{
	struct trace *trace = parser->trace;

	if (trace->nr_notes == TRACE_MAX_NOTES)
		return refuse(parser, "there are more than %d notes", TRACE_MAX_NOTES);
	if (load_text(parser, "note", trace->note[trace->nr_notes], sizeof(trace->note[0])))
		return -1;
	trace->nr_notes++;
	return 0;
}

static int load_failure(struct parser *parser)
{
	return load_text(parser, "failure", parser->trace->failure, sizeof(parser->trace->failure));
}

static int load_hardware(struct parser *parser, struct hardware *hardware)
{
	u64 command, bridges, status, reason, stopped;
	const char *text;

	if (load_hex(parser, "command", UINT16_MAX, &command) ||
	    load_hex(parser, "bridges", UINT16_MAX, &bridges) ||
	    load_hex(parser, "status", UINT32_MAX, &status) ||
	    load_hex(parser, "root", UINT64_MAX, &hardware->root) ||
	    load_hex(parser, "reason", UINT8_MAX, &reason) ||
	    load_value(parser, "stopped", &text) ||
	    read_number(parser, "stopped", text, 1, &stopped))
		return -1;
	hardware->command = command;
	hardware->bridges = bridges;
	hardware->status = status;
	hardware->fault_reason = reason;
	hardware->stopped = stopped;
	return 0;
}

/* What a run says of itself */
static int check_run(const struct parser *parser, const struct trace_run *run)
{
	u64 length = run->end_us - run->start_us;

	if (!run->count)
		return refuse(parser, "count is 0");
	if (run->end_us < run->start_us)
		return refuse(parser, "the run ends before it starts");
	if (run->count == 1 && length)
		return refuse(parser, "a run of one DMA has a length");
	if (run->gap_us > length || run->gap_us * (run->count - 1ull) < length)
		return refuse(parser, "%u DMAs have no such gap", run->count);
	if (run->gap_start_us < run->start_us || run->gap_start_us + run->gap_us > run->end_us)
		return refuse(parser, "the gap is not within the run");
	if (run->outcome == OUTCOME_FAULTED && !run->hardware.fault_reason)
		return refuse(parser, "the run faulted without a reason");
	return 0;
}

/* What it says beside the run of the same device before it */
static int check_next(const struct parser *parser, const struct trace_run *run)
{
	const struct trace_run *last = last_run(parser->trace, run->device);
	u32 first = last ? last->first + last->count : 0;

	if (run->first != first)
		return refuse(parser, "first is %u, but device %u is at DMA %u", run->first,
			      run->device, first);
	if (run->count > UINT32_MAX - first)
		return refuse(parser, "there are more than %u DMAs", UINT32_MAX);
	if (!last)
		return 0;
	if (run->start_us < last->end_us)
		return refuse(parser, "the run starts before the last one of device %u has ended",
			      run->device);
	if (run->outcome == last->outcome && hardware_equal(&run->hardware, &last->hardware) &&
	    !mark_between(parser->trace, last->end_us, run->start_us))
		return refuse(parser, "nothing parts the run from the last one of device %u",
			      run->device);
	return 0;
}

static int check_times(const struct parser *parser, const struct trace_run *run)
{
	const struct trace *trace = parser->trace;

	if (trace->nr_runs && run->start_us < trace->runs[trace->nr_runs - 1].start_us)
		return refuse(parser, "the run starts before the one above");
	if (!trace->mark_us[MARK_STREAM] || run->start_us < trace->mark_us[MARK_STREAM])
		return refuse(parser, "the run starts before the stream");
	if (trace->mark_us[MARK_END] && run->end_us > trace->mark_us[MARK_END])
		return refuse(parser, "the run ends after the stream");
	if (run->end_us && mark_between(trace, run->start_us, run->end_us - 1))
		return refuse(parser, "there is a mark within the run");
	return 0;
}

static int load_run(struct parser *parser)
{
	struct trace_run run = {};
	u64 device, first, count;
	const char *name;
	int outcome;

	if (load_number(parser, "device", UINT32_MAX, &device))
		return -1;
	if (device >= parser->trace->nr_devices)
		return refuse(parser, "there is no device %llu", (unsigned long long)device);
	if (need_word(parser, "outcome", &name))
		return -1;
	outcome = find_name(outcome_names, NR_OUTCOMES, name);
	if (outcome < 0)
		return refuse(parser, "there is no outcome %s", name);
	if (load_number(parser, "first", UINT32_MAX, &first) ||
	    load_number(parser, "count", UINT32_MAX, &count) ||
	    load_time(parser, "start", &run.start_us) || load_time(parser, "end", &run.end_us) ||
	    load_time(parser, "gap", &run.gap_us) ||
	    load_time(parser, "start of the gap", &run.gap_start_us) ||
	    load_hardware(parser, &run.hardware) || need_end(parser))
		return -1;
	run.device = device;
	run.outcome = outcome;
	run.first = first;
	run.count = count;
	if (check_run(parser, &run) || check_next(parser, &run) || check_times(parser, &run))
		return -1;
	return append_run(parser->trace, &run) ? refuse(parser, "there is no memory for it") : 0;
}

static int load_end(struct parser *parser)
{
	u64 runs;

	if (load_number(parser, "runs", UINT32_MAX, &runs))
		return -1;
	if (runs != parser->trace->nr_runs)
		return refuse(parser, "there are %zu runs, but the end says %llu",
			      parser->trace->nr_runs, (unsigned long long)runs);
	return need_end(parser);
}

static const struct item {
	const char *name;
	int (*load)(struct parser *parser);
	bool needed;
	bool many;
} items[] = {
	{ "trace", load_version, .needed = true },
	{ "kernel", load_kernel, .needed = true },
	{ "mode", load_mode, .needed = true },
	{ "device", load_device, .many = true },
	{ "mark", load_mark, .many = true },
	{ "canary", load_canary, .needed = true },
	{ "guard", load_guard, .needed = true },
	{ "note", load_note, .many = true },
	{ .name = "failure", .load = load_failure },
	{ "run", load_run, .many = true },
	{ "end", load_end, .needed = true },
};

#define NR_ITEMS		((int)ARRAY_SIZE(items))

static int load_item(struct parser *parser)
{
	const char *name;
	int item, i;

	if (need_word(parser, "the item", &name))
		return -1;
	for (item = 0; item < NR_ITEMS && strcmp(items[item].name, name); item++)
		;
	if (item == NR_ITEMS)
		return refuse(parser, "there is no item %s", name);
	if (item < parser->item || (item == parser->item && !items[item].many))
		return refuse(parser, "%s stands after %s", name, items[parser->item].name);
	for (i = parser->item + 1; i < item; i++) {
		if (items[i].needed)
			return refuse(parser, "there is no %s before %s", items[i].name, name);
	}
	parser->item = item;
	return items[item].load(parser);
}

static int load_line(struct parser *parser, char *line, size_t length)
{
	size_t i;

	parser->line++;
	if (line[length - 1] != '\n')
		return refuse(parser, "the line is cut");
	line[length - 1] = '\0';
	if (*line == '#')
		return 0;
	for (i = 0; i + 1 < length; i++) {
		if (trace_printable(line[i]) != line[i])
			return refuse(parser, "character %zu is not printable ASCII", i + 1);
	}
	parser->rest = line;
	return load_item(parser);
}

static int load_lines(struct parser *parser, FILE *file)
{
	size_t room = 0;
	char *line = NULL;
	ssize_t length;
	int error = 0;

	while (!error && (length = getline(&line, &room, file)) > 0)
		error = load_line(parser, line, length);
	free(line);
	if (error)
		return error;
	if (ferror(file))
		return refuse(parser, "the file cannot be read");
	if (parser->item != NR_ITEMS - 1)
		return refuse(parser, "the file is cut: it has no end");
	return 0;
}

/*
 * Read a trace from a file, which has a name for messages: 0, or -1 with a
 * message and an empty trace.
 */
int trace_load(struct trace *trace, FILE *file, const char *name, FILE *messages)
{
	struct parser parser = {
		.trace = trace, .name = name, .item = -1, .messages = messages,
	};

	*trace = (struct trace) {};
	if (!load_lines(&parser, file))
		return 0;
	trace_free(trace);
	return -1;
}
