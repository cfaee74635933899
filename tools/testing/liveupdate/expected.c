// SPDX-License-Identifier: GPL-2.0-only
/*
 * Comparison of the results of a test program with the list of those that are
 * expected. Not only a case that fails is a difference: so is one that did not
 * run, one that nobody knows, and one that passes though the list says that it
 * cannot.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/compiler.h>
#include <linux/kernel.h>

#include "expected.h"

#define REASON_MARK	"  # "

struct expected_case {
	char *name;
	enum ktap_result result;
	const char *reason;	/* inside of name */
	bool seen;
};

struct expected {
	struct expected_case *cases;
	size_t nr_cases;
};

static const enum ktap_result listed_results[] = {
	KTAP_PASS, KTAP_FAIL, KTAP_SKIP, KTAP_XFAIL,
};

static void expected_free(struct expected *expected)
{
	size_t i;

	for (i = 0; i < expected->nr_cases; i++)
		free(expected->cases[i].name);
	free(expected->cases);
	*expected = (struct expected) {};
}

static struct expected_case *find_case(const struct expected *expected, const char *name)
{
	size_t i;

	for (i = 0; i < expected->nr_cases; i++) {
		if (!strcmp(expected->cases[i].name, name))
			return &expected->cases[i];
	}
	return NULL;
}

static bool parse_result(const char *text, enum ktap_result *result)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(listed_results); i++) {
		if (!strcmp(text, ktap_result_name(listed_results[i]))) {
			*result = listed_results[i];
			return true;
		}
	}
	return false;
}

/* The last ": " ends the name, which may hold others. */
static char *find_separator(char *line)
{
	char *found = NULL, *next = line;

	while ((next = strstr(next, ": ")) != NULL) {
		found = next;
		next += 2;
	}
	return found;
}

/* Cut a line into the fields of a case; false if it is none. */
static bool parse_line(char *line, struct expected_case *new)
{
	char *separator, *mark = strstr(line, REASON_MARK);

	*new = (struct expected_case) { .name = line };
	if (mark) {
		*mark = '\0';
		new->reason = mark + strlen(REASON_MARK);
	}
	separator = find_separator(line);
	if (!separator || !parse_result(separator + 2, &new->result))
		return false;
	*separator = '\0';
	return new->result == KTAP_PASS || (new->reason && *new->reason);
}

static int add_line(struct expected *expected, const char *line)
{
	struct expected_case *cases, new;
	char *copy;

	cases = realloc(expected->cases, (expected->nr_cases + 1) * sizeof(*cases));
	if (!cases)
		return -ENOMEM;
	expected->cases = cases;
	copy = strdup(line);
	if (!copy)
		return -ENOMEM;
	if (!parse_line(copy, &new)) {
		free(copy);
		return -EINVAL;
	}
	if (find_case(expected, new.name)) {
		free(copy);
		return -EEXIST;
	}
	cases[expected->nr_cases++] = new;
	return 0;
}

static void tell_line_error(const char *path, unsigned int number, int err, FILE *out)
{
	const char *text = "no memory";

	if (err == -EINVAL)
		text = "not \"CASE: pass\", or fail, skip or xfail with \"  # REASON\"";
	else if (err == -EEXIST)
		text = "this case is in the list already";
	fprintf(out, "%s:%u: %s\n", path, number, text);
}

/*
 * Read the lines of a list. A line that is wrong is told; with lenient, as for
 * a list that is to be written anew, it is left out.
 */
static int load_lines(struct expected *expected, FILE *file, const char *path,
		      bool lenient, FILE *out)
{
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	int err, ret = 0;

	while (getline(&line, &size, file) >= 0) {
		number++;
		line[strcspn(line, "\r\n")] = '\0';
		if (!*line || *line == '#')
			continue;
		err = add_line(expected, line);
		if (!err || (lenient && err != -ENOMEM))
			continue;
		tell_line_error(path, number, err, out);
		ret = -1;
	}
	if (ferror(file)) {
		fprintf(out, "%s: cannot be read\n", path);
		ret = -1;
	}
	free(line);
	return ret;
}

static size_t count_name(const struct ktap *ktap, const char *name)
{
	size_t count = 0, i;

	for (i = 0; i < ktap->nr_cases; i++)
		count += !strcmp(ktap->cases[i].name, name);
	return count;
}

static bool is_first_of_name(const struct ktap *ktap, size_t index)
{
	size_t i;

	for (i = 0; i < index; i++) {
		if (!strcmp(ktap->cases[i].name, ktap->cases[index].name))
			return false;
	}
	return true;
}

/* What is wrong with the results, whatever the list says. */
static int check_results(const struct ktap *ktap, FILE *out)
{
	int differences = 0;
	size_t count, i;

	for (i = 0; i < ktap->nr_cases; i++) {
		const struct ktap_case *ran = &ktap->cases[i];

		if (ran->result == KTAP_ERROR) {
			fprintf(out, "%s: %s\n", ran->name, ran->reason ?: "error");
			differences++;
			continue;
		}
		count = count_name(ktap, ran->name);
		if (count > 1 && is_first_of_name(ktap, i)) {
			fprintf(out, "%s: %zu results have this name\n", ran->name, count);
			differences++;
		}
	}
	if (!ktap_count(ktap, KTAP_PASS)) {
		fprintf(out, "no case passed\n");
		differences++;
	}
	return differences;
}

static void tell_difference(const struct ktap_case *ran, const struct expected_case *listed,
			    const char *path, FILE *out)
{
	const char *result = ktap_result_name(ran->result);

	fprintf(out, "%s: ", ran->name);
	if (!listed)
		fprintf(out, "%s, but is not in %s: check it and add it", result, path);
	else if (ran->result == KTAP_PASS)
		fprintf(out, "passes now: write that down in %s, which says %s (%s)", path,
			ktap_result_name(listed->result), listed->reason);
	else
		fprintf(out, "%s, not %s", result, ktap_result_name(listed->result));
	if (ran->reason && ran->result != KTAP_PASS)
		fprintf(out, " (%s)", ran->reason);
	fputc('\n', out);
}

static int compare_cases(const struct ktap *ktap, struct expected *expected,
			 const char *path, FILE *out)
{
	int differences = 0;
	size_t i;

	for (i = 0; i < ktap->nr_cases; i++) {
		const struct ktap_case *ran = &ktap->cases[i];
		struct expected_case *listed;

		if (ran->result == KTAP_ERROR)
			continue;
		listed = find_case(expected, ran->name);
		if (listed)
			listed->seen = true;
		if (listed && listed->result == ran->result)
			continue;
		tell_difference(ran, listed, path, out);
		differences++;
	}
	for (i = 0; i < expected->nr_cases; i++) {
		if (!expected->cases[i].seen) {
			fprintf(out, "%s: did not run\n", expected->cases[i].name);
			differences++;
		}
	}
	return differences;
}

/*
 * Name every difference between the results and the list in path. Return how
 * many there are, or -1 if the list cannot be used.
 */
int expected_compare(const struct ktap *ktap, const char *path, FILE *out)
{
	struct expected expected = {};
	FILE *file = fopen(path, "r");
	int ret;

	if (!file) {
		fprintf(out, "%s: %s%s\n", path, strerror(errno),
			errno == ENOENT ? ": --update writes it" : "");
		return -1;
	}
	ret = load_lines(&expected, file, path, false, out);
	fclose(file);
	if (!ret)
		ret = check_results(ktap, out) + compare_cases(ktap, &expected, path, out);
	expected_free(&expected);
	return ret;
}

/* The reason that stands in the old list, else that of the test. */
static const char *choose_reason(const struct ktap_case *ran, const struct expected *old)
{
	const struct expected_case *listed = find_case(old, ran->name);

	if (listed && listed->result == ran->result)
		return listed->reason;
	return ran->result == KTAP_PASS ? NULL : ran->reason;
}

static void write_cases(const struct ktap *ktap, const struct expected *old, FILE *file)
{
	size_t i;

	fputs("# What each case must do; --update writes this, reasons are kept.\n", file);
	for (i = 0; i < ktap->nr_cases; i++) {
		const struct ktap_case *ran = &ktap->cases[i];
		const char *reason = choose_reason(ran, old);

		fprintf(file, "%s: %s", ran->name, ktap_result_name(ran->result));
		if (reason)
			fprintf(file, "%s%s", REASON_MARK, reason);
		fputc('\n', file);
	}
}

/* Cases that cannot be listed before somebody has said why they do not pass. */
static void tell_unexplained(const struct ktap *ktap, const struct expected *old,
			     const char *path, FILE *out)
{
	size_t i;

	for (i = 0; i < ktap->nr_cases; i++) {
		const struct ktap_case *ran = &ktap->cases[i];

		if (ran->result != KTAP_PASS && !choose_reason(ran, old))
			fprintf(out, "%s: %s: write the reason behind \"%s\" in %s\n",
				ran->name, ktap_result_name(ran->result), REASON_MARK, path);
	}
}

static int replace_file(const struct ktap *ktap, const struct expected *old,
			const char *path, FILE *out)
{
	char new_path[4096];
	bool written;
	FILE *file;

	if (snprintf(new_path, sizeof(new_path), "%s.new", path) >= (int)sizeof(new_path)) {
		fprintf(out, "%s: the name is too long\n", path);
		return -1;
	}
	file = fopen(new_path, "w");
	if (!file) {
		fprintf(out, "%s: %s\n", new_path, strerror(errno));
		return -1;
	}
	write_cases(ktap, old, file);
	written = !ferror(file);
	if (fclose(file) || !written || rename(new_path, path)) {
		fprintf(out, "%s: cannot be written: %s\n", path, strerror(errno));
		unlink(new_path);
		return -1;
	}
	return 0;
}

/*
 * Write the list in path from the results, and keep the reasons that stand
 * there: 0, or -1 if the results are none to write down or it cannot be done.
 */
int expected_update(const struct ktap *ktap, const char *path, FILE *out)
{
	struct expected old = {};
	FILE *file;
	int ret = 0;

	if (check_results(ktap, out)) {
		fprintf(out, "%s: left as it is: the results are not whole\n", path);
		return -1;
	}
	file = fopen(path, "r");
	if (file) {
		ret = load_lines(&old, file, path, true, out);
		fclose(file);
	} else if (errno != ENOENT) {
		fprintf(out, "%s: %s\n", path, strerror(errno));
		ret = -1;
	}
	if (!ret)
		ret = replace_file(ktap, &old, path, out);
	if (!ret)
		tell_unexplained(ktap, &old, path, out);
	expected_free(&old);
	return ret;
}
