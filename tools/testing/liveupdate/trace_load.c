// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traces read from files.
 *
 * A file is text, an item a line, words separated by one space, in this order:
 *
 *	trace 1
 *	kernel TEXT
 *	mode legacy|scalable
 *	device INDEX MODEL ADDRESS port|root counted=COUNT|unknown [fate=left|lost]
 *	mark NAME TIME
 *	blackout PART TIME
 *	canary PAGES DAMAGED
 *	guard DAMAGED
 *	interrupts BEFORE AFTER ARRIVED FIRST OPEN
 *	note TEXT
 *	failure TEXT
 *	run DEVICE OUTCOME FIRST COUNT START END GAP GAP-START command=HEX
 *		bridges=HEX status=HEX root=HEX reason=HEX stopped=0|1
 *	end RUNS
 *
 * (a run is one line, too). Devices, marks, parts of the blackout, notes and runs
 * may be many or none, interrupts stands there if any were watched, failure if there
 * was one. Times are in seconds since the VM's start with six digits after the point.
 * "-" stands for an empty text. Lines that begin with "#" are comments. A file that
 * says anything else, leaves something out, or contradicts itself is refused.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include <linux/kernel.h>

#include "trace.h"
#include "trace_internal.h"

#define MOST_SECONDS		1000000000ull

struct parser {
	struct trace *trace;
	const char *name;
	unsigned int line;
	char *rest;		/* what is left of the line, NULL if nothing */
	int item;		/* index of the last line's item, -1 before the first */
	FILE *messages;
};

static int __printf(2, 3)
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
	trace_copy_text(text, size, strcmp(parser->rest, "-") ? parser->rest : "");
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
	trace_copy_text(text, size, strcmp(word, "-") ? word : "");
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

static int load_version(struct parser *parser)
{
	u64 version;

	if (load_number(parser, "version", UINT32_MAX, &version))
		return -1;
	if (version != TRACE_VERSION)
		return refuse(parser, "version %llu is not known, only %d is",
			      (unsigned long long)version, TRACE_VERSION);
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

static int load_fate(struct parser *parser, enum fate *fate)
{
	const char *text;
	int value;

	*fate = FATE_KEPT;
	if (!parser->rest)
		return 0;
	if (load_value(parser, "fate", &text))
		return -1;
	value = fate_from_name(text);
	if (value < 0 || value == FATE_KEPT)
		return refuse(parser, "fate is %s, expected is left or lost", text);
	*fate = value;
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
	    load_counted(parser, &device->counted) || load_fate(parser, &device->fate))
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
	mark = mark_from_name(name);
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

static bool later_part(const struct trace *trace, int part)
{
	for (; part < NR_PARTS; part++) {
		if (trace->part_us[part])
			return true;
	}
	return false;
}

static int load_blackout(struct parser *parser)
{
	struct trace *trace = parser->trace;
	const char *name;
	int part;
	u64 us;

	if (need_word(parser, "part", &name))
		return -1;
	part = part_from_name(name);
	if (part < 0)
		return refuse(parser, "there is no part %s of the blackout", name);
	if (later_part(trace, part))
		return refuse(parser, "part %s of the blackout is not in order", name);
	if (load_time(parser, "time", &us))
		return -1;
	if (!us)
		return refuse(parser, "part %s of the blackout has no time", name);
	trace->part_us[part] = us;
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

static int load_interrupts(struct parser *parser)
{
	struct trace_interrupts *interrupts = &parser->trace->interrupts;

	if (load_count(parser, "before", &interrupts->before) ||
	    load_count(parser, "after", &interrupts->after) ||
	    load_count(parser, "arrived", &interrupts->arrived) ||
	    load_time(parser, "time", &interrupts->first_us) ||
	    load_time(parser, "second time", &interrupts->open_us))
		return -1;
	if (interrupts->arrived > interrupts->before + interrupts->after)
		return refuse(parser, "more interrupts arrived than were asked for");
	if (!interrupts->arrived != !interrupts->first_us)
		return refuse(parser, "%ld interrupts arrived, but not at that time",
			      interrupts->arrived);
	interrupts->watched = true;
	return need_end(parser);
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
	const struct trace_run *last = trace_last_run(parser->trace, run->device);
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
	if (run->outcome == last->outcome && trace_same_hardware(&run->hardware, &last->hardware) &&
	    !trace_mark_between(parser->trace, last->end_us, run->start_us))
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
	if (run->end_us && trace_mark_between(trace, run->start_us, run->end_us - 1))
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
	outcome = outcome_from_name(name);
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
	return trace_append_run(parser->trace, &run) ?
	       refuse(parser, "there is no memory for it") : 0;
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
	{ "blackout", load_blackout, .many = true },
	{ "canary", load_canary, .needed = true },
	{ "guard", load_guard, .needed = true },
	{ .name = "interrupts", .load = load_interrupts },
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
