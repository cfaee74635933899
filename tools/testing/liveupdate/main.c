// SPDX-License-Identifier: GPL-2.0-only
/*
 * liveupdate_vm: replace a VM's kernel while its devices do DMA, and say what
 * became of every DMA.
 *
 * Exit status: 0 if the verdict is the expected one, 1 if it is another, 2 if
 * there is none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "live_update.h"
#include "options.h"
#include "report.h"
#include "verdict.h"

#define NO_VERDICT		2

typedef int (*report_fn)(FILE *file, const struct trace *trace, const struct verdict *verdict);

static int save_trace(FILE *file, const struct trace *trace, const struct verdict *verdict)
{
	fprintf(file, "# expect: %s\n", verdict_name(verdict->code));
	return trace_save(trace, file);
}

static int write_file(const struct options *options, const char *name, report_fn report,
		      const struct trace *trace, const struct verdict *verdict)
{
	char path[512];
	FILE *file;
	int error;

	snprintf(path, sizeof(path), "%s/%s", options->results, name);
	file = fopen(path, "w");
	if (!file) {
		perror(path);
		return -1;
	}
	error = report(file, trace, verdict);
	if (fclose(file) || error) {
		fprintf(stderr, "%s could not be written\n", path);
		return -1;
	}
	return 0;
}

static int write_reports(const struct options *options, const struct trace *trace,
			 const struct verdict *verdict)
{
	int error = report_text(stdout, trace, verdict);

	error |= write_file(options, "report.txt", report_text, trace, verdict);
	error |= write_file(options, "report.json", report_json, trace, verdict);
	error |= write_file(options, "report.svg", report_svg, trace, verdict);
	error |= write_file(options, "trace", save_trace, trace, verdict);
	return error;
}

static int conclude(const struct options *options, const struct verdict *verdict)
{
	const char *found = verdict_name(verdict->code);
	const char *expected = options->expect ? options->expect : "unbroken";

	if (!strcmp(found, expected)) {
		if (options->expect)
			printf("as expected: %s\n", found);
		return EXIT_SUCCESS;
	}
	printf("the verdict is %s, but %s was expected\n", found, expected);
	return verdict->code == VERDICT_INCOMPLETE ? NO_VERDICT : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	struct options options;
	struct verdict verdict;
	struct trace trace;
	int status = NO_VERDICT;

	if (options_parse(&options, argc, argv)) {
		options_usage(stderr);
		return NO_VERDICT;
	}
	guest_block_signals();
	if (!live_update_run(&options, &trace)) {
		verdict_find(&trace, &verdict);
		if (!write_reports(&options, &trace, &verdict))
			status = conclude(&options, &verdict);
	}
	trace_free(&trace);
	return status;
}
