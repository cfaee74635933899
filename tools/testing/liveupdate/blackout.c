// SPDX-License-Identifier: GPL-2.0-only
/*
 * How much of the time in which no guest runs is due to IOMMUs and their devices: the
 * kernels measure that themselves, and say so in two lines. See
 * drivers/iommu/liveupdate/blackout.c.
 */
#include <string.h>

#include <linux/kernel.h>

#include "blackout.h"

#define PREFIX			"iommu: liveupdate: "

static void tell(struct trace *trace, enum part part, unsigned long long us)
{
	if (!trace->part_us[part])
		trace->part_us[part] = us;
}

/* Take in a line of the console, which may be any. */
void blackout_console(struct trace *trace, const char *text)
{
	unsigned long long first, second;
	int end = 0;

	text = strstr(text, PREFIX);
	if (!text)
		return;
	if (sscanf(text, PREFIX "freeze took %llu us, shutdown %llu us%n", &first, &second,
		   &end) == 2 && end && !text[end]) {
		tell(trace, PART_FREEZE, first);
		tell(trace, PART_SHUTDOWN, second);
	}
	end = 0;
	if (sscanf(text, PREFIX "took over %*u units and %*u devices in %llu us%n", &first,
		   &end) == 1 && end && !text[end])
		tell(trace, PART_TAKE_OVER, first);
}

/* Add up what is known: false if no kernel told anything, or there was no blackout. */
bool blackout_find(const struct trace *trace, struct blackout *blackout)
{
	u64 from = trace->mark_us[MARK_FREEZE], to = trace->mark_us[MARK_USER_SPACE];
	enum part part;

	*blackout = (struct blackout) { .complete = true };
	for (part = PART_FREEZE; part < NR_PARTS; part++) {
		blackout->ours_us += trace->part_us[part];
		blackout->complete &= !!trace->part_us[part];
	}
	if (from && to > from)
		blackout->us = to - from;
	blackout->aim = blackout->complete && blackout->ours_us < BLACKOUT_AIM_US &&
			blackout->ours_us * 100 < blackout->us * BLACKOUT_AIM_PERCENT;
	return blackout->ours_us && blackout->us;
}

static double percent(const struct blackout *blackout, u64 us)
{
	return 100.0 * us / blackout->us;
}

/* One sentence for a picture, empty if there is nothing to say */
void blackout_sentence(const struct trace *trace, char *text, size_t size)
{
	struct blackout blackout;

	*text = '\0';
	if (blackout_find(trace, &blackout))
		snprintf(text, size, "blackout %.1f ms, ours %s%.1f ms, %.2f %%",
			 blackout.us / 1000.0, blackout.complete ? "" : "at least ",
			 blackout.ours_us / 1000.0, percent(&blackout, blackout.ours_us));
}

static void print_part(FILE *file, const struct blackout *blackout, const char *name, u64 us)
{
	fprintf(file, "%15.3f  %-12s %7.2f %%", us / 1000.0, name, percent(blackout, us));
}

/* Write a table of the parts for people. */
void blackout_text(FILE *file, const struct trace *trace)
{
	struct blackout blackout;
	enum part part;

	if (!blackout_find(trace, &blackout))
		return;
	fprintf(file, "\n%15s  of the blackout, from %s to %s, are ours\n", "ms",
		mark_name(MARK_FREEZE), mark_name(MARK_USER_SPACE));
	print_part(file, &blackout, "blackout", blackout.us);
	fputc('\n', file);
	for (part = PART_FREEZE; part < NR_PARTS; part++) {
		if (trace->part_us[part])
			print_part(file, &blackout, part_name(part), trace->part_us[part]);
		else
			fprintf(file, "%15s  %-12s was not told", "-", part_name(part));
		fputc('\n', file);
	}
	print_part(file, &blackout, "ours", blackout.ours_us);
	fprintf(file, "  aim: below %u ms and %u %%, %s\n", BLACKOUT_AIM_US / 1000,
		BLACKOUT_AIM_PERCENT, blackout.aim ? "reached" : "not reached");
}

static void write_us(FILE *file, const char *name, u64 us)
{
	if (us)
		fprintf(file, "\"%s\": %llu, ", name, (unsigned long long)us);
	else
		fprintf(file, "\"%s\": null, ", name);
}

/* Write the same for programs, as a member of an object. */
void blackout_json(FILE *file, const struct trace *trace)
{
	struct blackout blackout;
	enum part part;

	blackout_find(trace, &blackout);
	fputs("  \"blackout_us\": { ", file);
	write_us(file, "all", blackout.us);
	for (part = PART_FREEZE; part < NR_PARTS; part++)
		write_us(file, part_name(part), trace->part_us[part]);
	write_us(file, "ours", blackout.ours_us);
	fprintf(file, "\"aim\": %s },\n", blackout.aim ? "true" : "false");
}
