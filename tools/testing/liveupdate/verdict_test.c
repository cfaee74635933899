// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of traces, verdicts and reports: verdict_test [DIRECTORY]
 *
 * Each *.trace of the directory ("traces" if none is given) says in a line
 * "# expect: VERDICT" what verdict_find() must find, or in a line
 * "# expect: error TEXT" with which message trace_load() must refuse it.
 */
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "report.h"
#include "syntax.h"
#include "tap.h"
#include "trace.h"
#include "verdict.h"

#define EXPECT			"# expect: "
#define EXPECT_ERROR		"error "

static FILE *need_file(FILE *file)
{
	if (!file)
		tap_die("a file cannot be opened");
	return file;
}

/* Whole contents of a file, with a zero at the end */
static char *read_file(const char *path)
{
	FILE *file = need_file(fopen(path, "r"));
	char *text = NULL;
	long size;

	if (!fseek(file, 0, SEEK_END)) {
		size = ftell(file);
		rewind(file);
		text = size < 0 ? NULL : calloc(1, size + 1);
		if (text && fread(text, 1, size, file) != (size_t)size)
			tap_die("a file cannot be read");
	}
	fclose(file);
	if (!text)
		tap_die("there is no memory for a file");
	return text;
}

/* Load a trace from a text; what is said about it is for the caller to free. */
static int load(struct trace *trace, const char *text, size_t length, char **message)
{
	FILE *file = need_file(fmemopen((void *)text, length, "r")), *messages;
	size_t size;
	int error;

	messages = need_file(open_memstream(message, &size));
	error = trace_load(trace, file, "text", messages);
	fclose(file);
	fclose(messages);
	return error;
}

static bool refused(const char *text, size_t length)
{
	struct trace trace;
	char *message = NULL;
	bool good = load(&trace, text, length, &message) < 0 && *message && !trace.runs;

	trace_free(&trace);
	free(message);
	return good;
}

static char *save(const struct trace *trace)
{
	char *text = NULL;
	size_t size;
	FILE *file = need_file(open_memstream(&text, &size));

	if (trace_save(trace, file))
		tap_die("a trace cannot be saved");
	fclose(file);
	return text;
}

static void copy_trace(struct trace *copy, const struct trace *trace)
{
	char *text = save(trace), *message = NULL;

	if (load(copy, text, strlen(text), &message)) {
		printf("# %s", message);
		tap_die("a trace that was saved cannot be loaded");
	}
	free(text);
	free(message);
}

static void test_round_trip(const char *name, const struct trace *trace)
{
	char *once = save(trace), *twice;
	struct trace copy;

	copy_trace(&copy, trace);
	twice = save(&copy);
	tap_result(!strcmp(once, twice), "round-trip.%s", name);
	trace_free(&copy);
	free(once);
	free(twice);
}

typedef int (*report_fn)(FILE *file, const struct trace *trace, const struct verdict *verdict);

static char *make_report(report_fn report, const struct trace *trace)
{
	struct verdict verdict;
	char *text = NULL;
	size_t size;
	FILE *file = need_file(open_memstream(&text, &size));

	verdict_find(trace, &verdict);
	if (report(file, trace, &verdict))
		tap_die("a report cannot be written");
	fclose(file);
	return text;
}

static bool fits_screen(const char *text)
{
	for (; *text; text += strcspn(text, "\n"), text += !!*text) {
		if (strcspn(text, "\n") > 80)
			return false;
	}
	return true;
}

static void test_reports(const char *name, const struct trace *trace)
{
	char *json = make_report(report_json, trace);
	char *svg = make_report(report_svg, trace);
	char *text = make_report(report_text, trace);
	struct verdict verdict;

	verdict_find(trace, &verdict);
	tap_result(is_json(json) && strstr(json, verdict_name(verdict.code)), "json.%s", name);
	tap_result(is_xml(svg) && strstr(svg, verdict_name(verdict.code)), "svg.%s", name);
	tap_result(fits_screen(text) && strstr(text, verdict_name(verdict.code)), "text.%s", name);
	free(json);
	free(svg);
	free(text);
}

/* What must change a verdict: each edits a copy of a trace that has it. */
typedef void (*mutate_fn)(struct trace *trace, const struct verdict *verdict);

static struct trace_run *failed_run(struct trace *trace, const struct verdict *verdict)
{
	return &trace->runs[verdict->devices[verdict->device].first_failed - trace->runs];
}

static struct hardware *failed_hardware(struct trace *trace, const struct verdict *verdict)
{
	return &failed_run(trace, verdict)->hardware;
}

static void toggle_bus_master(struct trace *trace, const struct verdict *verdict)
{
	failed_hardware(trace, verdict)->command ^= HARDWARE_BUS_MASTER;
}

static void toggle_bridge(struct trace *trace, const struct verdict *verdict)
{
	failed_hardware(trace, verdict)->bridges ^= HARDWARE_BUS_MASTER;
}

static void toggle_translation(struct trace *trace, const struct verdict *verdict)
{
	failed_hardware(trace, verdict)->status ^= HARDWARE_TRANSLATION;
}

static void toggle_stopped(struct trace *trace, const struct verdict *verdict)
{
	failed_hardware(trace, verdict)->stopped ^= true;
}

static void take_away(struct trace *trace, const struct verdict *verdict)
{
	failed_hardware(trace, verdict)->command = 0xffff;
}

static void bring_back(struct trace *trace, const struct verdict *verdict)
{
	failed_hardware(trace, verdict)->command = 0x0507;
}

static void start_kernel_earlier(struct trace *trace, const struct verdict *verdict)
{
	trace->mark_us[MARK_KERNEL] = failed_run(trace, verdict)->start_us;
}

static void start_kernel_later(struct trace *trace, const struct verdict *verdict)
{
	trace->mark_us[MARK_KERNEL] = failed_run(trace, verdict)->start_us + 1;
}

static void end_with(struct trace *trace, enum outcome outcome)
{
	trace->runs[trace->nr_runs - 1].outcome = outcome;
}

static void lose_last(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	end_with(trace, OUTCOME_LOST);
}

static void set_fates(struct trace *trace, enum fate fate)
{
	unsigned int i;

	for (i = 0; i < trace->nr_devices; i++)
		trace->device[i].fate = fate;
}

/* Everything must go on. */
static void keep_all(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	set_fates(trace, FATE_KEPT);
}

/* No device is among those that are preserved. */
static void leave_all(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	set_fates(trace, FATE_LEFT);
}

static void land_last(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	end_with(trace, OUTCOME_LANDED);
}

static void damage_last(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	end_with(trace, OUTCOME_DAMAGED);
}

static void count_one_less(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	trace->device[0].counted--;
}

static void count_all(struct trace *trace, const struct verdict *verdict)
{
	unsigned int i;

	for (i = 0; i < trace->nr_devices; i++)
		trace->device[i].counted = verdict->devices[i].totals.issued;
}

static void damage_canary(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	trace->canary_damaged = 1;
}

static void damage_guard(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	trace->guard_damaged = 1;
}

static void let_interrupt_arrive(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	trace->interrupts = (struct trace_interrupts) {
		.watched = true, .after = 1, .arrived = 1, .first_us = 9000000,
	};
}

static void ask_for_nothing(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	trace->interrupts = (struct trace_interrupts) { .watched = true };
}

static void disable_remapping(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	trace->interrupts = (struct trace_interrupts) {
		.watched = true, .after = 1, .open_us = 9000000,
	};
}

static void let_none_arrive(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	trace->interrupts = (struct trace_interrupts) { .watched = true, .after = 1 };
}

static void heal(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	trace->canary_damaged = 0;
	trace->guard_damaged = 0;
}

static void fail_run(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	snprintf(trace->failure, sizeof(trace->failure), "QEMU has ended");
}

static void freeze_at_once(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	trace->mark_us[MARK_FREEZE] = trace->mark_us[MARK_STREAM];
}

static void start_kernel_last(struct trace *trace, const struct verdict *verdict)
{
	(void)verdict;
	trace->mark_us[MARK_KERNEL] = trace->mark_us[MARK_END];
}

/* Any other verdict than the one there was, and any good one */
#define OTHER			NR_VERDICTS
#define GOOD			(NR_VERDICTS + 1)

static const struct mutation {
	enum verdict_code code;
	const char *name;
	mutate_fn mutate;
	enum verdict_code expected;
} mutations[] = {
	{ VERDICT_BUS_MASTER_CLEARED, "bus-master", toggle_bus_master, OTHER },
	{ VERDICT_BUS_MASTER_CLEARED, "stopped", toggle_stopped, VERDICT_DEVICE_RESET },
	{ VERDICT_BUS_MASTER_CLEARED, "gone", take_away, VERDICT_DEVICE_GONE },
	{ VERDICT_BRIDGE_BUS_MASTER_CLEARED, "bridge", toggle_bridge, OTHER },
	{ VERDICT_BRIDGE_BUS_MASTER_CLEARED, "bus-master", toggle_bus_master,
	  VERDICT_BUS_MASTER_CLEARED },
	{ VERDICT_TRANSLATION_OFF_BEFORE_JUMP, "bus-master", toggle_bus_master,
	  VERDICT_BUS_MASTER_CLEARED },
	{ VERDICT_TRANSLATION_OFF_BEFORE_JUMP, "bridge", toggle_bridge,
	  VERDICT_BRIDGE_BUS_MASTER_CLEARED },
	{ VERDICT_TRANSLATION_OFF_BEFORE_JUMP, "translation", toggle_translation,
	  VERDICT_TABLES_LOST },
	{ VERDICT_TRANSLATION_OFF_BEFORE_JUMP, "kernel-earlier", start_kernel_earlier,
	  VERDICT_TRANSLATION_OFF_AFTER_JUMP },
	{ VERDICT_TRANSLATION_OFF_AFTER_JUMP, "bus-master", toggle_bus_master,
	  VERDICT_BUS_MASTER_CLEARED },
	{ VERDICT_TRANSLATION_OFF_AFTER_JUMP, "bridge", toggle_bridge,
	  VERDICT_BRIDGE_BUS_MASTER_CLEARED },
	{ VERDICT_TRANSLATION_OFF_AFTER_JUMP, "translation", toggle_translation,
	  VERDICT_TABLES_LOST },
	{ VERDICT_TRANSLATION_OFF_AFTER_JUMP, "kernel-later", start_kernel_later,
	  VERDICT_TRANSLATION_OFF_BEFORE_JUMP },
	{ VERDICT_TABLES_LOST, "translation", toggle_translation, OTHER },
	{ VERDICT_TABLES_LOST, "bus-master", toggle_bus_master, VERDICT_BUS_MASTER_CLEARED },
	{ VERDICT_TABLES_LOST, "bridge", toggle_bridge, VERDICT_BRIDGE_BUS_MASTER_CLEARED },
	{ VERDICT_TABLES_LOST, "stopped", toggle_stopped, VERDICT_DEVICE_RESET },
	{ VERDICT_DEVICE_RESET, "stopped", toggle_stopped, OTHER },
	{ VERDICT_DEVICE_GONE, "answer", bring_back, OTHER },
	{ VERDICT_MEMORY_LOST, "counted", count_all, VERDICT_UNBROKEN },
	{ VERDICT_MEMORY_LOST, "canary", damage_canary, VERDICT_STRAY_WRITE },
	{ VERDICT_STRAY_WRITE, "healed", heal, GOOD },
	{ VERDICT_NOT_CUT_OFF, "kept", keep_all, OTHER },
	{ VERDICT_CUT_OFF, "kept", keep_all, VERDICT_BUS_MASTER_CLEARED },
	{ VERDICT_CUT_OFF, "earlier", leave_all, VERDICT_NOT_CUT_OFF },
	{ VERDICT_CUT_OFF, "landed", land_last, VERDICT_NOT_CUT_OFF },
	{ VERDICT_CUT_OFF, "damaged", damage_last, VERDICT_BUS_MASTER_CLEARED },
	{ VERDICT_CUT_OFF, "canary", damage_canary, VERDICT_STRAY_WRITE },
	{ VERDICT_CUT_OFF, "guard", damage_guard, VERDICT_STRAY_WRITE },
	{ VERDICT_CUT_OFF, "failure", fail_run, VERDICT_INCOMPLETE },
	{ VERDICT_UNBROKEN, "left", leave_all, VERDICT_NOT_CUT_OFF },
	{ VERDICT_UNBROKEN, "lost", lose_last, VERDICT_TABLES_LOST },
	{ VERDICT_UNBROKEN, "counted-less", count_one_less, VERDICT_MEMORY_LOST },
	{ VERDICT_UNBROKEN, "canary", damage_canary, VERDICT_STRAY_WRITE },
	{ VERDICT_UNBROKEN, "guard", damage_guard, VERDICT_STRAY_WRITE },
	{ VERDICT_STRAY_WRITE, "interrupt", let_interrupt_arrive, VERDICT_STRAY_WRITE },
	{ VERDICT_MEMORY_LOST, "interrupt", let_interrupt_arrive, VERDICT_INTERRUPT_ARRIVED },
	{ VERDICT_INTERRUPT_ARRIVED, "none", let_none_arrive, VERDICT_UNBROKEN },
	{ VERDICT_INTERRUPT_ARRIVED, "guard", damage_guard, VERDICT_STRAY_WRITE },
	{ VERDICT_INTERRUPT_ARRIVED, "lost", lose_last, VERDICT_TABLES_LOST },
	{ VERDICT_UNBROKEN, "interrupt", let_interrupt_arrive, VERDICT_INTERRUPT_ARRIVED },
	{ VERDICT_REMAPPING_DISABLED, "enabled", let_none_arrive, VERDICT_UNBROKEN },
	{ VERDICT_REMAPPING_DISABLED, "interrupt", let_interrupt_arrive,
	  VERDICT_INTERRUPT_ARRIVED },
	{ VERDICT_REMAPPING_DISABLED, "canary", damage_canary, VERDICT_STRAY_WRITE },
	{ VERDICT_MEMORY_LOST, "remapping", disable_remapping, VERDICT_REMAPPING_DISABLED },
	{ VERDICT_UNBROKEN, "remapping", disable_remapping, VERDICT_REMAPPING_DISABLED },
	{ VERDICT_UNBROKEN, "interrupt-refused", let_none_arrive, VERDICT_UNBROKEN },
	{ VERDICT_UNBROKEN, "no-request", ask_for_nothing, VERDICT_INCOMPLETE },
	{ VERDICT_UNBROKEN, "failure", fail_run, VERDICT_INCOMPLETE },
	{ VERDICT_UNBROKEN, "nothing-before", freeze_at_once, VERDICT_INCOMPLETE },
	{ VERDICT_UNBROKEN, "nothing-after", start_kernel_last, VERDICT_INCOMPLETE },
};

static void test_mutation(const char *name, const struct trace *trace,
			  const struct mutation *mutation)
{
	struct verdict before, after;
	struct trace copy;
	bool good;

	copy_trace(&copy, trace);
	verdict_find(&copy, &before);
	mutation->mutate(&copy, &before);
	verdict_find(&copy, &after);
	if (mutation->expected == GOOD)
		good = after.code <= VERDICT_CUT_OFF;
	else if (mutation->expected == OTHER)
		good = after.code != before.code;
	else
		good = after.code == mutation->expected;
	tap_result(good, "mutation.%s.%s: %s", name, mutation->name, verdict_name(after.code));
	trace_free(&copy);
}

/* The marks that a verdict needs */
static void test_no_marks(const char *name, const struct trace *trace)
{
	static const enum mark marks[] = {
		MARK_STREAM, MARK_FREEZE, MARK_USER_SPACE, MARK_END,
	};
	struct verdict verdict;
	struct trace copy;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(marks); i++) {
		copy = *trace;
		copy.mark_us[marks[i]] = 0;
		verdict_find(&copy, &verdict);
		tap_result(verdict.code == VERDICT_INCOMPLETE, "no-mark.%s.%s", name,
			   mark_name(marks[i]));
	}
}

static void test_mutations(const char *name, const struct trace *trace, enum verdict_code code)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mutations); i++) {
		if (mutations[i].code == code)
			test_mutation(name, trace, &mutations[i]);
	}
}

/* A file that ends early is refused, wherever that is. */
static void test_cut(const char *name, const struct trace *trace)
{
	char *text = save(trace);
	size_t length = strlen(text), cut;
	bool good = true;

	for (cut = 1; cut < length && good; cut++)
		good = refused(text, cut);
	tap_result(good, "cut.%s", name);
	free(text);
}

/*
 * Marks, parts, notes and interrupts may be left out and devices that have no runs;
 * notes may be twice.
 */
static bool may_be_left_out(const char *line, const struct trace *trace)
{
	return !strncmp(line, "mark ", 5) || !strncmp(line, "note ", 5) ||
	       !strncmp(line, "failure ", 8) || !strncmp(line, "interrupts ", 11) ||
	       !strncmp(line, "blackout ", 9) ||
	       (!strncmp(line, "device ", 7) && !trace->nr_runs);
}

/* A file with a line left out or doubled is refused. */
static void test_lines(const char *name, const struct trace *trace)
{
	char *text = save(trace), *other = malloc(2 * strlen(text) + 1), *line;
	bool without = true, twice = true;
	int length, before;

	if (!other)
		tap_die("there is no memory");
	for (line = text; *line; line += length) {
		length = strcspn(line, "\n") + 1;
		before = line - text;
		sprintf(other, "%.*s%s", before, text, line + length);
		if (!may_be_left_out(line, trace))
			without &= refused(other, strlen(other));
		sprintf(other, "%.*s%s", before + length, text, line);
		if (strncmp(line, "note ", 5))
			twice &= refused(other, strlen(other));
	}
	tap_result(without, "line-left-out.%s", name);
	tap_result(twice, "line-doubled.%s", name);
	free(text);
	free(other);
}

static void test_trace(const char *name, const struct trace *trace, const char *expect)
{
	struct verdict verdict;
	bool good;

	verdict_find(trace, &verdict);
	good = !strcmp(verdict_name(verdict.code), expect);
	if (!good)
		printf("# %s: %s\n", verdict_name(verdict.code), verdict.text);
	tap_result(good, "verdict.%s: %s", name, expect);
	test_round_trip(name, trace);
	test_reports(name, trace);
	test_lines(name, trace);
	test_no_marks(name, trace);
	if (good)
		test_mutations(name, trace, verdict.code);
}

static void test_refusal(const char *name, int error, const char *message, const char *expect)
{
	bool good = error && strstr(message, expect) && !strncmp(message, "text:", 5);

	if (!good)
		printf("# %s", *message ? message : "it was not refused\n");
	tap_result(good, "refused.%s: %s", name, expect);
}

static void test_text(const char *name, const char *text)
{
	const char *line = strstr(text, EXPECT);
	char *message = NULL, expect[200] = "";
	struct trace trace;
	int error;

	if (line)
		snprintf(expect, sizeof(expect), "%.*s", (int)strcspn(line + strlen(EXPECT), "\n"),
			 line + strlen(EXPECT));
	error = load(&trace, text, strlen(text), &message);
	if (!strncmp(expect, EXPECT_ERROR, strlen(EXPECT_ERROR))) {
		test_refusal(name, error, message, expect + strlen(EXPECT_ERROR));
	} else if (error) {
		printf("# %s", message);
		tap_result(false, "load.%s", name);
	} else {
		test_trace(name, &trace, expect);
	}
	trace_free(&trace);
	free(message);
}

static int is_trace(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return end && !strcmp(end, ".trace");
}

static void test_directory(const char *directory)
{
	struct dirent **entries;
	char path[4096], *text;
	int count = scandir(directory, &entries, is_trace, alphasort), i;

	if (count <= 0)
		tap_die("there are no traces: give their directory");
	for (i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, entries[i]->d_name);
		*strrchr(entries[i]->d_name, '.') = '\0';
		text = read_file(path);
		test_text(entries[i]->d_name, text);
		free(text);
		free(entries[i]);
	}
	free(entries);
}

static const struct hardware well = {
	.command = 0x0507, .bridges = 0xffff, .status = HARDWARE_TRANSLATION, .root = 0x1000,
};

/* An empty trace with devices */
static void make_trace(struct trace *trace, unsigned int devices)
{
	unsigned int i;

	*trace = (struct trace) { .kernel = "test", .mode = "legacy", .nr_devices = devices };
	for (i = 0; i < devices; i++)
		trace->device[i] = (struct trace_device) {
			.address = "0000:00:03.0", .model = "e1000", .place = "root",
		};
	trace_mark(trace, MARK_STREAM, 1000);
}

static void add(struct trace *trace, unsigned int device, u64 us, enum outcome outcome)
{
	if (trace_add(trace, device, us, outcome, &well))
		tap_die("there is no memory");
}

/* Each differs from the last one in one member. */
static const struct hardware changes[] = {
	{ .command = 0x0503, .bridges = 0xffff, .status = HARDWARE_TRANSLATION, .root = 0x1000 },
	{ .command = 0x0503, .bridges = 0xfffb, .status = HARDWARE_TRANSLATION, .root = 0x1000 },
	{ .command = 0x0503, .bridges = 0xfffb, .root = 0x1000 },
	{ .command = 0x0503, .bridges = 0xfffb, .root = 0x2000 },
	{ .command = 0x0503, .bridges = 0xfffb, .root = 0x2000, .fault_reason = 6 },
	{ .command = 0x0503, .bridges = 0xfffb, .root = 0x2000, .fault_reason = 6,
	  .stopped = true },
};

static void test_runs(void)
{
	const struct hardware *last = &changes[ARRAY_SIZE(changes) - 1];
	struct trace trace;
	unsigned int i;

	make_trace(&trace, 2);
	add(&trace, 0, 1000, OUTCOME_LANDED);
	add(&trace, 1, 1500, OUTCOME_LANDED);
	add(&trace, 0, 2000, OUTCOME_LANDED);
	tap_result(trace.nr_runs == 2 && trace.runs[0].count == 2 && trace.runs[0].end_us == 2000 &&
		   trace.runs[0].gap_us == 1000, "runs.extended over another device");
	add(&trace, 0, 3000, OUTCOME_LOST);
	add(&trace, 0, 4000, OUTCOME_LANDED);
	tap_result(trace.nr_runs == 4 && trace.runs[3].first == 3, "runs.parted by outcome");
	for (i = 0; i < ARRAY_SIZE(changes); i++)
		trace_add(&trace, 0, 4500 + i, OUTCOME_LANDED, &changes[i]);
	tap_result(trace.nr_runs == 4 + ARRAY_SIZE(changes), "runs.parted by hardware");
	trace_mark(&trace, MARK_FREEZE, 6000);
	trace_mark(&trace, MARK_FREEZE, 9000);
	trace_add(&trace, 0, 6000, OUTCOME_LANDED, last);
	tap_result(trace.nr_runs == 5 + ARRAY_SIZE(changes) && trace.mark_us[MARK_FREEZE] == 6000,
		   "runs.parted by a mark, which is kept");
	add(&trace, 1, 7000, OUTCOME_LANDED);
	tap_result(trace.last_run[1] == trace.nr_runs && trace.runs[trace.nr_runs - 1].first == 1,
		   "runs.parted by a mark, elsewhere");
	test_round_trip("runs", &trace);
	trace_free(&trace);
}

static void test_count(void)
{
	struct trace_totals totals;
	struct trace trace;
	unsigned int i;

	make_trace(&trace, 1);
	for (i = 1; i <= 100; i++) {
		if (i == 40)
			trace_mark(&trace, MARK_FREEZE, i * 1000);
		add(&trace, 0, i * 1000, i % 10 ? OUTCOME_LANDED : OUTCOME_ELSEWHERE);
	}
	trace_count(&trace, 0, 0, 40000, &totals);
	tap_result(totals.issued == 39 && totals.outcome[OUTCOME_LANDED] == 36 &&
		   totals.outcome[OUTCOME_ELSEWHERE] == 3, "count.before a mark");
	trace_count(&trace, 0, 40000, UINT64_MAX, &totals);
	tap_result(totals.issued == 61 && totals.outcome[OUTCOME_ELSEWHERE] == 7,
		   "count.from a mark");
	trace_free(&trace);
}

static bool has_gap(const struct trace *trace, u64 us, u64 start_us, bool open, u64 resolution_us)
{
	const struct verdict_device *device;
	struct verdict verdict;

	verdict_find(trace, &verdict);
	device = &verdict.devices[0];
	if (device->gap_us == us && device->gap_start_us == start_us &&
	    device->gap_open == open && device->resolution_us == resolution_us)
		return true;
	printf("# gap %llu from %llu, %s, resolution %llu\n", (unsigned long long)device->gap_us,
	       (unsigned long long)device->gap_start_us, device->gap_open ? "open" : "closed",
	       (unsigned long long)device->resolution_us);
	return false;
}

static void test_gaps(void)
{
	struct trace trace;

	make_trace(&trace, 1);
	tap_result(has_gap(&trace, 0, 0, false, 0), "gap.nothing issued");
	add(&trace, 0, 2000, OUTCOME_LANDED);
	tap_result(has_gap(&trace, 0, 0, false, 0), "gap.one DMA");
	add(&trace, 0, 3000, OUTCOME_LANDED);
	add(&trace, 0, 7000, OUTCOME_LANDED);
	add(&trace, 0, 8000, OUTCOME_LANDED);
	tap_result(has_gap(&trace, 4000, 3000, false, 4000), "gap.within a run");
	add(&trace, 0, 9000, OUTCOME_LOST);
	add(&trace, 0, 10000, OUTCOME_FAULTED);
	tap_result(has_gap(&trace, 4000, 3000, false, 4000), "gap.open and shorter");
	add(&trace, 0, 12500, OUTCOME_LANDED);
	tap_result(has_gap(&trace, 4500, 8000, false, 4000), "gap.over what was lost");
	trace_mark(&trace, MARK_END, 30000);
	tap_result(has_gap(&trace, 4500, 8000, false, 17500),
		   "gap.none at the end, but no resolution");
	add(&trace, 0, 25000, OUTCOME_LOST);
	tap_result(has_gap(&trace, 17500, 12500, true, 12500), "gap.open until the end");
	trace_free(&trace);
	make_trace(&trace, 1);
	add(&trace, 0, 2000, OUTCOME_LOST);
	add(&trace, 0, 5000, OUTCOME_LOST);
	tap_result(has_gap(&trace, 3000, 2000, true, 3000), "gap.nothing landed");
	trace_free(&trace);
}

/* Two devices that both fail: which is named, and with which verdict */
static void test_worst(void)
{
	struct hardware off = well;
	struct verdict verdict;
	struct trace trace;
	unsigned int mark;

	off.command &= ~HARDWARE_BUS_MASTER;
	make_trace(&trace, 2);
	for (mark = MARK_FREEZE; mark < NR_MARKS; mark++)
		trace_mark(&trace, mark, mark == MARK_END ? 9000 : 3000);
	add(&trace, 0, 2000, OUTCOME_LANDED);
	add(&trace, 1, 2500, OUTCOME_LANDED);
	trace_add(&trace, 1, 4000, OUTCOME_LOST, &off);
	add(&trace, 0, 4500, OUTCOME_LOST);
	verdict_find(&trace, &verdict);
	tap_result(verdict.device == 1 && verdict.code == VERDICT_BUS_MASTER_CLEARED,
		   "worst.the first that failed");
	add(&trace, 0, 5000, OUTCOME_ELSEWHERE);
	verdict_find(&trace, &verdict);
	tap_result(verdict.device == 0 && verdict.code == VERDICT_TABLES_LOST,
		   "worst.the one that strayed");
	tap_result(strstr(verdict.text, "1 reached the raw physical address"), "worst.says so");
	trace_free(&trace);
}

static void test_names(void)
{
	bool good = true;
	int i;

	for (i = 0; i < NR_VERDICTS; i++)
		good &= verdict_code_from_name(verdict_name(i)) == i && *verdict_meaning(i);
	tap_result(good && verdict_code_from_name("") == -1 &&
		   verdict_code_from_name("unbroken ") == -1, "names.there and back");
}

/* Texts that no format may take for its own; and the most there can be */
static void test_hostile(void)
{
	char note[200] = "";
	struct trace trace, copy;
	unsigned int i;

	make_trace(&trace, TRACE_MAX_DEVICES);
	snprintf(trace.kernel, sizeof(trace.kernel), "%s", "<&>\"'\\ %s \x01\xff\x7f");
	snprintf(trace.failure, sizeof(trace.failure), "%s", "]]> \\\" </text>\t\r");
	memset(note, '<', sizeof(note) - 1);
	for (i = 0; i < 2 * TRACE_MAX_NOTES; i++)
		trace_note(&trace, i % 2 ? note : "\n\"\\<&>");
	tap_result(trace.nr_notes == TRACE_MAX_NOTES &&
		   strstr(trace.note[TRACE_MAX_NOTES - 1], "left out"), "hostile.too many notes");
	for (i = 0; i < 5000; i++)
		add(&trace, i % TRACE_MAX_DEVICES, 1000 + i * 100,
		    i / TRACE_MAX_DEVICES % 2 ? OUTCOME_LANDED : OUTCOME_DAMAGED);
	copy_trace(&copy, &trace);
	test_round_trip("hostile", &copy);
	test_reports("hostile", &trace);
	trace_free(&copy);
	trace_free(&trace);
	make_trace(&trace, 0);
	*trace.kernel = '\0';
	test_round_trip("empty", &trace);
	test_reports("empty", &trace);
	trace_mark(&trace, MARK_END, 90000000);
	trace.mark_us[MARK_STREAM] = 0;
	test_reports("no-stream", &trace);
	trace_free(&trace);
}

static void test_full_disk(void)
{
	FILE *file = fopen("/dev/full", "w");
	struct verdict verdict;
	struct trace trace;

	if (!file)
		return;
	make_trace(&trace, 1);
	verdict_find(&trace, &verdict);
	tap_result(trace_save(&trace, file) && report_text(file, &trace, &verdict) &&
		   report_json(file, &trace, &verdict) && report_svg(file, &trace, &verdict),
		   "disk full");
	fclose(file);
}

int main(int argc, char **argv)
{
	const char *directory = argc > 1 ? argv[1] : "traces";
	struct trace trace;

	test_names();
	test_runs();
	test_count();
	test_gaps();
	test_worst();
	test_hostile();
	test_full_disk();
	make_trace(&trace, 2);
	add(&trace, 0, 2000, OUTCOME_LANDED);
	add(&trace, 1, 2500, OUTCOME_LOST);
	trace_note(&trace, "a note");
	test_cut("small", &trace);
	trace_free(&trace);
	test_directory(directory);
	return tap_end();
}
