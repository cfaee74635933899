// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traces written to files, of which trace_load.c describes the format.
 */
#include <string.h>

#include <linux/compiler.h>

#include "trace.h"
#include "trace_internal.h"

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
		fputs("unknown", file);
	else
		fprintf(file, "%ld", device->counted);
	if (device->fate != FATE_KEPT)
		fprintf(file, " fate=%s", fate_name(device->fate));
	fputc('\n', file);
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

static void save_interrupts(const struct trace_interrupts *interrupts, FILE *file)
{
	if (!interrupts->watched)
		return;
	fprintf(file, "interrupts %ld %ld %ld", interrupts->before, interrupts->after,
		interrupts->arrived);
	save_time(file, interrupts->first_us);
	save_time(file, interrupts->open_us);
	fputc('\n', file);
}

/* Write a trace to a file: 0, or -1 if that did not work. */
int trace_save(const struct trace *trace, FILE *file)
{
	unsigned int i;
	size_t run;

	fprintf(file, "trace %d\n", TRACE_VERSION);
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
	for (i = 0; i < NR_PARTS; i++) {
		if (!trace->part_us[i])
			continue;
		fprintf(file, "blackout %s", part_name(i));
		save_time(file, trace->part_us[i]);
		fputc('\n', file);
	}
	fprintf(file, "canary %ld %ld\n", trace->canary_pages, trace->canary_damaged);
	fprintf(file, "guard %ld\n", trace->guard_damaged);
	save_interrupts(&trace->interrupts, file);
	for (i = 0; i < trace->nr_notes; i++)
		save_text(file, "note", trace->note[i]);
	if (*trace->failure)
		save_text(file, "failure", trace->failure);
	for (run = 0; run < trace->nr_runs; run++)
		save_run(&trace->runs[run], file);
	fprintf(file, "end %zu\n", trace->nr_runs);
	return fflush(file) || ferror(file) ? -1 : 0;
}
