// SPDX-License-Identifier: GPL-2.0-only
/*
 * A trace and its verdict as JSON. Times are in microseconds since the VM's
 * start, null if there was none; registers are texts in hexadecimal.
 */
#include <string.h>

#include "blackout.h"
#include "report.h"

static void write_string(FILE *file, const char *text)
{
	fputc('"', file);
	for (; *text; text++) {
		char c = trace_printable(*text);

		if (c == '"' || c == '\\')
			fputc('\\', file);
		fputc(c, file);
	}
	fputc('"', file);
}

static void write_member(FILE *file, const char *name, const char *text)
{
	fprintf(file, "\"%s\": ", name);
	write_string(file, text);
}

static void write_number(FILE *file, const char *name, u64 number)
{
	fprintf(file, "\"%s\": %llu", name, (unsigned long long)number);
}

static void write_time(FILE *file, const char *name, u64 us)
{
	if (us)
		write_number(file, name, us);
	else
		fprintf(file, "\"%s\": null", name);
}

static const char *separator(size_t index)
{
	return index ? "," : "";
}

static void write_verdict(FILE *file, const struct verdict *verdict)
{
	fputs("  \"verdict\": { ", file);
	write_member(file, "code", verdict_name(verdict->code));
	if (verdict->device < 0)
		fputs(", \"device\": null, ", file);
	else
		fprintf(file, ", \"device\": %d, ", verdict->device);
	write_member(file, "text", verdict->text);
	fputs(" },\n", file);
}

static void write_figures(FILE *file, const struct verdict_device *device)
{
	unsigned int i;

	fputs("\"first_failure\": ", file);
	if (device->first_failed) {
		fputs("{ ", file);
		write_member(file, "code", verdict_name(device->code));
		fprintf(file, ", \"dma\": %u, ", device->first_failed->first);
		write_number(file, "us", device->first_failed->start_us);
		fputs(" },\n      ", file);
	} else {
		fputs("null,\n      ", file);
	}
	write_number(file, "issued", device->totals.issued);
	for (i = 0; i < NR_OUTCOMES; i++) {
		fputs(", ", file);
		write_number(file, outcome_name(i), device->totals.outcome[i]);
	}
	fputs(",\n      \"gap\": { ", file);
	write_number(file, "us", device->gap_us);
	fputs(", ", file);
	write_number(file, "start_us", device->gap_start_us);
	fprintf(file, ", \"open\": %s }, ", device->gap_open ? "true" : "false");
	write_number(file, "resolution_us", device->resolution_us);
}

static void write_device(FILE *file, const struct trace_device *device)
{
	write_member(file, "model", device->model);
	fputs(", ", file);
	write_member(file, "address", device->address);
	fputs(", ", file);
	write_member(file, "place", device->place);
	fputs(", ", file);
	write_member(file, "fate", fate_name(device->fate));
	if (device->counted < 0)
		fputs(", \"counted\": null,\n      ", file);
	else
		fprintf(file, ", \"counted\": %ld,\n      ", device->counted);
}

static void write_devices(FILE *file, const struct trace *trace, const struct verdict *verdict)
{
	unsigned int i;

	fputs("  \"devices\": [", file);
	for (i = 0; i < trace->nr_devices; i++) {
		fprintf(file, "%s\n    { ", separator(i));
		write_device(file, &trace->device[i]);
		write_figures(file, &verdict->devices[i]);
		fputs(" }", file);
	}
	fputs("\n  ],\n", file);
}

static void write_marks(FILE *file, const struct trace *trace)
{
	enum mark mark;

	fputs("  \"marks_us\": {", file);
	for (mark = MARK_STREAM; mark < NR_MARKS; mark++) {
		fprintf(file, "%s\n    ", separator(mark));
		write_time(file, mark_name(mark), trace->mark_us[mark]);
	}
	fputs("\n  },\n", file);
}

static void write_memory(FILE *file, const struct trace *trace)
{
	fprintf(file, "  \"canary\": { \"pages\": %ld, \"damaged\": %ld },\n",
		trace->canary_pages, trace->canary_damaged);
	fprintf(file, "  \"guard\": { \"damaged\": %ld },\n", trace->guard_damaged);
}

static void write_interrupts(FILE *file, const struct trace_interrupts *interrupts)
{
	if (!interrupts->watched) {
		fputs("  \"interrupts\": null,\n", file);
		return;
	}
	fprintf(file, "  \"interrupts\": { \"before\": %ld, \"after\": %ld, \"arrived\": %ld, ",
		interrupts->before, interrupts->after, interrupts->arrived);
	write_time(file, "first_us", interrupts->first_us);
	fputs(", ", file);
	write_time(file, "open_us", interrupts->open_us);
	fputs(" },\n", file);
}

static void write_notes(FILE *file, const struct trace *trace)
{
	unsigned int i;

	fputs("  \"notes\": [", file);
	for (i = 0; i < trace->nr_notes; i++) {
		fprintf(file, "%s\n    ", separator(i));
		write_string(file, trace->note[i]);
	}
	fputs("\n  ],\n", file);
}

static void write_run(FILE *file, const struct trace_run *run)
{
	const struct hardware *hardware = &run->hardware;

	fprintf(file, "{ \"device\": %u, ", run->device);
	write_member(file, "outcome", outcome_name(run->outcome));
	fprintf(file, ", \"first\": %u, \"count\": %u, ", run->first, run->count);
	write_number(file, "start_us", run->start_us);
	fputs(", ", file);
	write_number(file, "end_us", run->end_us);
	fputs(", ", file);
	write_number(file, "gap_us", run->gap_us);
	fputs(", ", file);
	write_number(file, "gap_start_us", run->gap_start_us);
	fprintf(file, ",\n      \"command\": \"0x%04x\", \"bridges\": \"0x%04x\", ",
		hardware->command, hardware->bridges);
	fprintf(file, "\"status\": \"0x%08x\", \"root\": \"0x%llx\", ", hardware->status,
		(unsigned long long)hardware->root);
	fprintf(file, "\"fault_reason\": \"0x%02x\", \"stopped\": %s }", hardware->fault_reason,
		hardware->stopped ? "true" : "false");
}

static void write_runs(FILE *file, const struct trace *trace)
{
	size_t i;

	fputs("  \"runs\": [", file);
	for (i = 0; i < trace->nr_runs; i++) {
		fprintf(file, "%s\n    ", separator(i));
		write_run(file, &trace->runs[i]);
	}
	fputs("\n  ]\n", file);
}

/* Write everything that is known, for programs. */
int report_json(FILE *file, const struct trace *trace, const struct verdict *verdict)
{
	fputs("{\n  ", file);
	write_member(file, "kernel", trace->kernel);
	fputs(",\n  ", file);
	write_member(file, "mode", trace->mode);
	fputs(",\n", file);
	write_verdict(file, verdict);
	write_devices(file, trace, verdict);
	write_marks(file, trace);
	blackout_json(file, trace);
	write_memory(file, trace);
	write_interrupts(file, &trace->interrupts);
	write_notes(file, trace);
	if (*trace->failure) {
		fputs("  ", file);
		write_member(file, "failure", trace->failure);
		fputs(",\n", file);
	} else {
		fputs("  \"failure\": null,\n", file);
	}
	write_runs(file, trace);
	fputs("}\n", file);
	return fflush(file) || ferror(file) ? -1 : 0;
}
