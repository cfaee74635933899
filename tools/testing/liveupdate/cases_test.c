// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the parser of results and of their comparison with a list.
 *
 * A program's output goes in as text, the cases come out as text: a line each,
 * "name result" and what is said about it in parentheses.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "expected.h"
#include "ktap.h"
#include "tap.h"

/* Print a text as diagnostic lines. */
static void diagnose(const char *title, const char *text)
{
	const char *line;
	size_t length;

	printf("# %s:\n", title);
	for (line = text; *line; line += length + (line[length] == '\n')) {
		length = strcspn(line, "\n");
		printf("#   %.*s\n", (int)length, line);
	}
}

static bool same_text(const char *text, const char *wanted)
{
	if (!strcmp(text, wanted))
		return true;
	diagnose("wanted", wanted);
	diagnose("got", text);
	return false;
}

static void feed(struct ktap *ktap, const char *program, const char *output, int status)
{
	char line[200];
	size_t length;

	ktap_start(ktap, program);
	for (; *output; output += length) {
		length = strcspn(output, "\n");
		length += output[length] == '\n';
		snprintf(line, sizeof(line), "%.*s", (int)length, output);
		if (ktap_line(ktap, line))
			tap_die("no memory");
	}
	if (ktap_finish(ktap, status))
		tap_die("no memory");
}

static char *cases_text(const struct ktap *ktap)
{
	char *text = NULL;
	size_t size, i;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		tap_die("no memory");
	for (i = 0; i < ktap->nr_cases; i++) {
		const struct ktap_case *ran = &ktap->cases[i];

		fprintf(file, "%s %s", ran->name, ktap_result_name(ran->result));
		if (ran->reason)
			fprintf(file, " (%s)", ran->reason);
		fputc('\n', file);
	}
	if (fclose(file))
		tap_die("no memory");
	return text;
}

static const struct {
	const char *name;
	const char *output;
	int status;
	const char *cases;
} parser_tests[] = {
	{
		.name = "selftest",
		.output =
			"TAP version 13\n"
			"1..5\n"
			"# Starting 5 tests from 1 test cases.\n"
			"#  RUN           f.a ...\n"
			"ok 1 f.a\n"
			"# a.c:7:b:Expected 0 (0) == 1 (1)\n"
			"not ok 2 f.b\n"
			"ok 3 f.c # SKIP no such device\n"
			"ok 4 f.d # XFAIL known\n"
			"ok 5 f.e #  said\r\n"
			"# Totals: pass:2 fail:1 xfail:1 xpass:0 skip:1 error:0\n",
		.status = 1,
		.cases =
			"f.a pass\n"
			"f.b fail\n"
			"f.c skip (no such device)\n"
			"f.d xfail (known)\n"
			"f.e pass (said)\n",
	}, {
		.name = "directive_before_the_name",
		.output = "1..3\nok 1 # SKIP first\nnot ok 2 # error second\nok 3 # XPASS third\n",
		.status = 1,
		.cases = "first skip\nsecond fail\nthird pass\n",
	}, {
		.name = "nested",
		.output =
			"KTAP version 1\n"
			"1..2\n"
			"    KTAP version 1\n"
			"    # Subtest: suite\n"
			"    1..2\n"
			"        KTAP version 1\n"
			"        # Subtest: params\n"
			"        ok 1 one\n"
			"        not ok 2 two\n"
			"    # params: pass:1 fail:1 skip:0 total:2\n"
			"    not ok 1 params\n"
			"    ok 2 plain\n"
			"not ok 1 suite\n"
			"ok 2 other # SKIP not here\n",
		.status = 1,
		.cases =
			"suite.params.one pass\n"
			"suite.params.two fail\n"
			"suite.plain pass\n"
			"other skip (not here)\n",
	}, {
		.name = "nested_in_a_kernel_log",
		.output =
			"[    0.000000] Linux version 7.3.4\n"
			"KTAP version 1\n"
			"[    1.234568] 1..1\n"
			"[    1.234569][    T1]     KTAP version 1\n"
			"[    1.234570][    T1]     # Subtest: suite\n"
			"[    1.234571]     1..1\n"
			"[    1.300000] ok-ish message of a driver\n"
			"[   12.234572]     ok 1 first\n"
			"[   12.234573] ok 1 suite\n"
			"[   13.000000] reboot: System halted\n",
		.cases = "suite.first pass\n",
	}, {
		.name = "parent_fails_alone",
		.output = "1..1\n  1..1\n  ok 1 a\nnot ok 1 suite\n",
		.status = 1,
		.cases = "suite.a pass\nsuite fail\n",
	}, {
		.name = "skips_all",
		.output = "TAP version 13\n1..0 # SKIP no /dev/iommu\n",
		.status = 4,
		.cases = "program skip (no /dev/iommu)\n",
	}, {
		.name = "several_documents",
		.output = "KTAP version 1\n1..1\nok 1 a\nKTAP version 1\n1..2\nok 1 b\nok 2 c\n",
		.cases = "a pass\nb pass\nc pass\n",
	}, {
		.name = "bails_out",
		.output = "1..3\nok 1 a\nBail out! cannot open it\n# Totals: pass:1\nok 2 b\n",
		.status = 1,
		.cases = "a pass\nprogram error (bailed out: cannot open it)\n",
	}, {
		.name = "cut",
		.output = "1..3\nok 1 a\n#  RUN           b ...\n",
		.status = KTAP_NO_STATUS,
		.cases =
			"a pass\n"
			"program error (1 results of 3 that were planned)\n"
			"program error (the output is cut: it did not end)\n",
	}, {
		.name = "killed",
		.output = "1..2\nok 1 a\n",
		.status = 128 + 11,
		.cases =
			"a pass\n"
			"program error (1 results of 2 that were planned)\n"
			"program error (killed by signal 11)\n",
	}, {
		.name = "cut_in_a_subtest",
		.output = "1..1\n    1..2\n    ok 1 a\n",
		.status = KTAP_NO_STATUS,
		.cases =
			"a pass\n"
			"program error (1 results of 2 that were planned)\n"
			"program error (results without that of their parent)\n"
			"program error (0 results of 1 that were planned)\n"
			"program error (the output is cut: it did not end)\n",
	}, {
		.name = "subtest_short_of_its_plan",
		.output = "1..1\n  1..2\n  ok 1 a\nok 1 suite\n",
		.cases =
			"suite.a pass\n"
			"suite.plan error (1 results of 2 that were planned)\n",
	}, {
		.name = "lost_line",
		.output = "1..3\nok 1 a\nok 3 c\n",
		.cases =
			"a pass\n"
			"c pass\n"
			"c error (result number 3, not 2: lines are missing)\n",
	}, {
		.name = "more_than_planned",
		.output = "1..1\nok 1 a\nok 2 b\n",
		.cases =
			"a pass\n"
			"b pass\n"
			"program error (2 results of 1 that were planned)\n",
	}, {
		.name = "plans_twice",
		.output = "1..1\nok 1 a\n1..1\n",
		.cases = "a pass\nprogram error (a second plan)\n",
	}, {
		.name = "fails_without_a_case",
		.output = "1..1\nok 1 a\n",
		.status = 1,
		.cases = "a pass\nprogram error (exit status 1, though no case failed)\n",
	}, {
		.name = "runs_nothing",
		.output = "TAP version 13\n1..0\n",
		.cases = "program error (no case ran)\n",
	}, {
		.name = "no_ktap_and_good",
		.output = "# [STAGE 1] Preserving\n\n--- TEST PASSED ---\n",
		.cases = "program pass\n",
	}, {
		.name = "no_ktap_and_bad",
		.output = "cannot start\n",
		.status = 2,
		.cases = "program fail (exit status 2)\n",
	}, {
		.name = "no_ktap_and_killed",
		.output = "",
		.status = 128 + 9,
		.cases = "program error (killed by signal 9)\n",
	}, {
		.name = "too_deep",
		.output =
			"1..1\n 1..1\n  1..1\n   1..1\n    1..1\n     1..1\n      1..1\n"
			"       1..1\n        ok 1 a\n       ok 1 b\n      ok 1 c\n     ok 1 d\n"
			"    ok 1 e\n   ok 1 f\n  ok 1 g\n ok 1 h\nok 1 i\n",
		.cases =
			"i.h.g.f.e.d.c.program error (nested deeper than 8 levels)\n"
			"i.h.g.f.e.d.c.a pass\n"
			"i.h.g.f.e.d.c.b pass\n"
			"i.h.g.f.e.d.c.b error (result number 1, not 2: lines are missing)\n",
	},
};

static void test_parser(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parser_tests); i++) {
		struct ktap ktap = {};
		char *cases;

		feed(&ktap, "program", parser_tests[i].output, parser_tests[i].status);
		cases = cases_text(&ktap);
		tap_result(same_text(cases, parser_tests[i].cases), "parser.%s",
			   parser_tests[i].name);
		free(cases);
		ktap_free(&ktap);
	}
}

static void test_several_programs(void)
{
	struct ktap ktap = {};
	char *cases;

	feed(&ktap, "stage_1", "# said\n", 0);
	feed(&ktap, "stage_2", "1..1\nnot ok 1 a\n", 1);
	feed(&ktap, "stage_3", "1..1\nok 1 b\n", 1);
	cases = cases_text(&ktap);
	tap_result(same_text(cases,
			     "stage_1 pass\n"
			     "a fail\n"
			     "b pass\n"
			     "stage_3 error (exit status 1, though no case failed)\n") &&
		   ktap_count(&ktap, KTAP_PASS) == 2 && ktap_count(&ktap, KTAP_FAIL) == 1,
		   "parser.several_programs");
	free(cases);
	ktap_free(&ktap);
}

/* "LIST" in the texts stands for the path of the list. */
static const struct {
	const char *name;
	const char *list;
	const char *output;
	int status;
	int differences;
	const char *told;
} comparison_tests[] = {
	{
		.name = "all_as_expected",
		.list =
			"# words\n\n"
			"a: pass\nb: fail  # broken\nc: skip  # absent\nd: xfail  # said\n",
		.output = "1..4\nok 1 a\nnot ok 2 b\nok 3 c # SKIP\nok 4 d # XFAIL\n",
		.status = 1,
		.told = "",
	}, {
		.name = "name_with_separators",
		.list = "a: b: pass: fail  # broken: yes  # indeed\nc: pass\n",
		.output = "1..2\nnot ok 1 a: b: pass\nok 2 c\n",
		.status = 1,
		.told = "",
	}, {
		.name = "failure",
		.list = "a: pass\nb: pass\n",
		.output = "1..2\nnot ok 1 a # said\nok 2 b\n",
		.status = 1,
		.differences = 1,
		.told = "a: fail, not pass (said)\n",
	}, {
		.name = "failure_that_passes_now",
		.list = "a: fail  # broken\nb: pass\n",
		.output = "1..2\nok 1 a\nok 2 b\n",
		.differences = 1,
		.told = "a: passes now: write that down in LIST, which says fail (broken)\n",
	}, {
		.name = "skip_that_fails_now",
		.list = "a: skip  # absent\nb: pass\n",
		.output = "1..2\nnot ok 1 a\nok 2 b\n",
		.status = 1,
		.differences = 1,
		.told = "a: fail, not skip\n",
	}, {
		.name = "all_skipped",
		.list = "a: pass\nb: pass\n",
		.output = "1..2\nok 1 a # SKIP root\nok 2 b # SKIP root\n",
		.differences = 3,
		.told = "no case passed\na: skip, not pass (root)\nb: skip, not pass (root)\n",
	}, {
		.name = "all_skipped_and_listed",
		.list = "a: skip  # root\n",
		.output = "1..1\nok 1 a # SKIP root\n",
		.differences = 1,
		.told = "no case passed\n",
	}, {
		.name = "missing_case",
		.list = "a: pass\nb: fail  # broken\n",
		.output = "1..1\nok 1 a\n",
		.differences = 1,
		.told = "b: did not run\n",
	}, {
		.name = "new_case",
		.list = "a: pass\n",
		.output = "1..2\nok 1 a\nok 2 b\n",
		.differences = 1,
		.told = "b: pass, but is not in LIST: check it and add it\n",
	}, {
		.name = "case_twice",
		.list = "a: pass\n",
		.output = "1..2\nok 1 a\nok 2 a\n",
		.differences = 1,
		.told = "a: 2 results have this name\n",
	}, {
		.name = "cut_output",
		.list = "a: pass\nb: pass\n",
		.output = "1..2\nok 1 a\n",
		.status = KTAP_NO_STATUS,
		.differences = 3,
		.told =
			"program: 1 results of 2 that were planned\n"
			"program: the output is cut: it did not end\n"
			"b: did not run\n",
	}, {
		.name = "no_output",
		.list = "a: pass\n",
		.output = "",
		.status = KTAP_NO_STATUS,
		.differences = 3,
		.told =
			"program: the output is cut: it did not end\n"
			"no case passed\n"
			"a: did not run\n",
	}, {
		.name = "failure_without_a_reason",
		.list = "a: fail\n",
		.output = "1..1\nnot ok 1 a\n",
		.status = 1,
		.differences = -1,
		.told = "LIST:1: not \"CASE: pass\", or fail, skip or xfail with \"  # REASON\"\n",
	}, {
		.name = "words_in_the_list",
		.list = "a: pass\n\nb: good\nc\na: pass\n",
		.output = "1..1\nok 1 a\n",
		.differences = -1,
		.told =
			"LIST:3: not \"CASE: pass\", or fail, skip or xfail with \"  # REASON\"\n"
			"LIST:4: not \"CASE: pass\", or fail, skip or xfail with \"  # REASON\"\n"
			"LIST:5: this case is in the list already\n",
	}, {
		.name = "no_list",
		.output = "1..1\nok 1 a\n",
		.differences = -1,
		.told = "LIST: No such file or directory: --update writes it\n",
	},
};

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file))
		tap_die("the temporary directory cannot be written to");
}

static char *read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 4096);

	if (!text)
		tap_die("no memory");
	if (file) {
		text[fread(text, 1, 4095, file)] = '\0';
		fclose(file);
	}
	return text;
}

/* Put "LIST" for every path. */
static char *hide_path(const char *text, const char *path)
{
	char *hidden = calloc(1, strlen(text) + 1), *end = hidden;
	size_t length = strlen(path);

	if (!hidden)
		tap_die("no memory");
	while (*text) {
		if (strncmp(text, path, length)) {
			*end++ = *text++;
			continue;
		}
		end = stpcpy(end, "LIST");
		text += length;
	}
	return hidden;
}

typedef int (*list_function)(const struct ktap *ktap, const char *path, FILE *out);

/* Run a function on what a program printed; what it tells is to be freed. */
static int run(list_function function, const char *path, const char *output, int status,
	       char **told)
{
	struct ktap ktap = {};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret;

	if (!out)
		tap_die("no memory");
	feed(&ktap, "program", output, status);
	ret = function(&ktap, path, out);
	if (fclose(out))
		tap_die("no memory");
	*told = hide_path(text, path);
	free(text);
	ktap_free(&ktap);
	return ret;
}

static void test_comparison(const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(comparison_tests); i++) {
		char *told;
		int ret;

		if (comparison_tests[i].list)
			write_text(path, comparison_tests[i].list);
		else
			unlink(path);
		ret = run(expected_compare, path, comparison_tests[i].output,
			  comparison_tests[i].status, &told);
		if (ret != comparison_tests[i].differences)
			printf("# returned %d, not %d\n", ret, comparison_tests[i].differences);
		tap_result(same_text(told, comparison_tests[i].told) &&
			   ret == comparison_tests[i].differences,
			   "comparison.%s", comparison_tests[i].name);
		free(told);
	}
}

#define HEADER	"# What each case must do; --update writes this, reasons are kept.\n"

static const struct {
	const char *name;
	const char *list;
	const char *output;
	int status;
	int ret;
	const char *told;
	const char *new_list;
} update_tests[] = {
	{
		.name = "new_list",
		.output = "1..3\nok 1 a # said\nok 2 b # SKIP absent\nnot ok 3 c\n",
		.status = 1,
		.told = "c: fail: write the reason behind \"  # \" in LIST\n",
		.new_list = HEADER "a: pass\nb: skip  # absent\nc: fail\n",
	}, {
		.name = "reasons_are_kept",
		.list = "a: fail  # broken\nb: skip  # mine\nc: fail  # gone\nd: pass\ne: fail\n",
		.output = "1..4\nnot ok 1 a\nok 2 b # SKIP said\nok 3 c\nok 4 f\n",
		.status = 1,
		.told = "",
		.new_list = HEADER "a: fail  # broken\nb: skip  # mine\nc: pass\nf: pass\n",
	}, {
		.name = "other_result_other_reason",
		.list = "a: fail  # broken\nb: pass\n",
		.output = "1..2\nok 1 a # SKIP absent\nok 2 b\n",
		.told = "",
		.new_list = HEADER "a: skip  # absent\nb: pass\n",
	}, {
		.name = "cut_output_changes_nothing",
		.list = "a: pass\nb: pass\n",
		.output = "1..2\nok 1 a\n",
		.status = 128 + 9,
		.ret = -1,
		.told =
			"program: 1 results of 2 that were planned\n"
			"program: killed by signal 9\n"
			"LIST: left as it is: the results are not whole\n",
		.new_list = "a: pass\nb: pass\n",
	},
};

static void test_update(const char *path)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(update_tests); i++) {
		char *told, *list;
		int ret;

		if (update_tests[i].list)
			write_text(path, update_tests[i].list);
		else
			unlink(path);
		ret = run(expected_update, path, update_tests[i].output,
			  update_tests[i].status, &told);
		list = read_text(path);
		tap_result(same_text(told, update_tests[i].told) &&
			   same_text(list, update_tests[i].new_list) &&
			   ret == update_tests[i].ret, "update.%s", update_tests[i].name);
		free(list);
		free(told);
	}
}

static void test_update_without_directory(void)
{
	const char *path = "/nowhere/at/all";
	char *told;
	int ret;

	ret = run(expected_update, path, "1..1\nok 1 a\n", 0, &told);
	tap_result(same_text(told, "LIST.new: No such file or directory\n") && ret == -1,
		   "update.no_directory");
	free(told);
}

int main(void)
{
	char path[] = "/tmp/cases_test.XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0)
		tap_die("no temporary file can be made in /tmp");
	close(fd);
	test_parser();
	test_several_programs();
	test_comparison(path);
	test_update(path);
	test_update_without_directory();
	unlink(path);
	return tap_end();
}
