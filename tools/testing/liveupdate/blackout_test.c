// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of how much of the blackout is ours: what the kernels say, and what is made of it.
 */
#include <stdlib.h>
#include <string.h>

#include "blackout.h"
#include "tap.h"

#define OLD_KERNEL	"iommu: liveupdate: freeze took 1165 us, shutdown 945 us"
#define NEW_KERNEL	"iommu: liveupdate: took over 1 units and 2 devices in 2496 us"

static bool has_parts(const struct trace *trace, u64 freeze, u64 shutdown, u64 take_over)
{
	return trace->part_us[PART_FREEZE] == freeze &&
	       trace->part_us[PART_SHUTDOWN] == shutdown &&
	       trace->part_us[PART_TAKE_OVER] == take_over;
}

static void test_console(void)
{
	static const char * const others[] = {
		"", "iommu: liveupdate: ", "freeze took 1165 us, shutdown 945 us",
		"iommu: liveupdate: freeze took 1165 us, shutdown 945",
		"iommu: liveupdate: freeze took 1165 us, shutdown 945 us or so",
		"iommu: liveupdate: freeze took much, shutdown 945 us",
		"iommu: liveupdate: took over 1 units and 2 devices in 24",
		"iommu: liveupdate: took over 1 units and 2 devices in 24 us or so",
		"iommu: liveupdate: took over all devices in 24 us",
	};
	struct trace trace = {};
	unsigned int i;

	for (i = 0; i < sizeof(others) / sizeof(*others); i++)
		blackout_console(&trace, others[i]);
	tap_result(has_parts(&trace, 0, 0, 0), "console.other lines");
	blackout_console(&trace, "[    7.351822] " OLD_KERNEL);
	tap_result(has_parts(&trace, 1165, 945, 0), "console.old kernel");
	blackout_console(&trace, NEW_KERNEL);
	tap_result(has_parts(&trace, 1165, 945, 2496), "console.new kernel");
	blackout_console(&trace, "iommu: liveupdate: freeze took 1 us, shutdown 2 us");
	blackout_console(&trace, "iommu: liveupdate: took over 0 units and 0 devices in 3 us");
	tap_result(has_parts(&trace, 1165, 945, 2496), "console.the first counts");
}

static void make_trace(struct trace *trace, u64 from_us, u64 to_us)
{
	*trace = (struct trace) {};
	trace_mark(trace, MARK_FREEZE, from_us);
	trace_mark(trace, MARK_USER_SPACE, to_us);
	blackout_console(trace, OLD_KERNEL);
	blackout_console(trace, NEW_KERNEL);
}

static bool is_ours(const struct trace *trace, u64 us, u64 ours_us, bool complete, bool aim)
{
	struct blackout blackout;

	return blackout_find(trace, &blackout) && blackout.us == us &&
	       blackout.ours_us == ours_us && blackout.complete == complete &&
	       blackout.aim == aim;
}

static void test_sum(void)
{
	struct blackout blackout;
	struct trace trace;

	make_trace(&trace, 1000000, 3000000);
	tap_result(is_ours(&trace, 2000000, 4606, true, true), "sum.below the aim");
	make_trace(&trace, 1000000, 1460600);
	tap_result(is_ours(&trace, 460600, 4606, true, false), "sum.as much as 1 %%");
	make_trace(&trace, 1000000, 3000000);
	trace.part_us[PART_FREEZE] += BLACKOUT_AIM_US - 4606;
	tap_result(is_ours(&trace, 2000000, 5000, true, false), "sum.as much as 5 ms");
	make_trace(&trace, 1000000, 3000000);
	trace.part_us[PART_SHUTDOWN] = 0;
	tap_result(is_ours(&trace, 2000000, 3661, false, false), "sum.a part is missing");
	make_trace(&trace, 1000000, 0);
	tap_result(!blackout_find(&trace, &blackout) && !blackout.aim, "sum.no user space");
	trace = (struct trace) {};
	trace_mark(&trace, MARK_FREEZE, 1000000);
	trace_mark(&trace, MARK_USER_SPACE, 2000000);
	tap_result(!blackout_find(&trace, &blackout) && !blackout.aim &&
		   blackout.us == 1000000, "sum.no kernel tells");
}

static char *written(void (*write)(FILE *file, const struct trace *trace),
		     const struct trace *trace)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		tap_die("there is no memory");
	write(file, trace);
	fclose(file);
	return text;
}

static bool writes(void (*write)(FILE *file, const struct trace *trace),
		   const struct trace *trace, const char *wanted)
{
	char *text = written(write, trace);
	bool good = *wanted ? !!strstr(text, wanted) : !*text;

	if (!good)
		printf("# %s\n", text);
	free(text);
	return good;
}

static void test_reports(void)
{
	char sentence[80];
	struct trace trace;

	make_trace(&trace, 1000000, 3000000);
	tap_result(writes(blackout_text, &trace, " 4.606  ours            0.23 %  aim: below ") &&
		   writes(blackout_text, &trace, " 5 ms and 1 %, reached\n"), "text.aim reached");
	tap_result(writes(blackout_text, &trace, " 2.496  take-over       0.12 %\n"),
		   "text.part");
	tap_result(writes(blackout_json, &trace, "{ \"all\": 2000000, \"freeze\": 1165, ") &&
		   writes(blackout_json, &trace, ", \"shutdown\": 945, \"take-over\": 2496, ") &&
		   writes(blackout_json, &trace, ", \"ours\": 4606, \"aim\": true },\n"),
		   "json.all told");
	blackout_sentence(&trace, sentence, sizeof(sentence));
	tap_result(!strcmp(sentence, "blackout 2000.0 ms, ours 4.6 ms, 0.23 %"),
		   "sentence.all told");
	trace.part_us[PART_TAKE_OVER] = 0;
	tap_result(writes(blackout_text, &trace, "take-over    was not told\n") &&
		   writes(blackout_text, &trace, "not reached"), "text.part is missing");
	blackout_sentence(&trace, sentence, sizeof(sentence));
	tap_result(strstr(sentence, "ours at least 2.1 ms"), "sentence.part is missing");
	memset(trace.part_us, 0, sizeof(trace.part_us));
	tap_result(writes(blackout_text, &trace, ""), "text.nothing told");
	tap_result(writes(blackout_json, &trace, "\"take-over\": null, \"ours\": null, ") &&
		   writes(blackout_json, &trace, "\"aim\": false"), "json.nothing told");
	blackout_sentence(&trace, sentence, sizeof(sentence));
	tap_result(!*sentence, "sentence.nothing told");
}

int main(void)
{
	test_console();
	test_sum();
	test_reports();
	return tap_end();
}
