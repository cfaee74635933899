// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parser of KTAP, see Documentation/dev-tools/ktap.rst.
 *
 * The output of a test is not trusted to be whole: a plan that is not kept, a
 * number that is left out, a level that is not closed and an end without the
 * exit status that fits are entries of their own, which no list can expect.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <linux/compiler.h>
#include <linux/kernel.h>

#include "ktap.h"

/* Exit statuses of the kernel's selftests, and what a shell makes of a signal */
#define STATUS_SKIP	4
#define STATUS_SIGNAL	128

static const char * const result_names[NR_KTAP_RESULTS] = {
	[KTAP_PASS] = "pass",
	[KTAP_FAIL] = "fail",
	[KTAP_SKIP] = "skip",
	[KTAP_XFAIL] = "xfail",
	[KTAP_ERROR] = "error",
};

/* The word for a result, as a list of expected cases has it. */
const char *ktap_result_name(enum ktap_result result)
{
	return result_names[result];
}

static char *text_copy(struct ktap *ktap, const char *text, size_t length)
{
	char *copy = strndup(text, length);

	if (!copy)
		ktap->no_memory = true;
	return copy;
}

static void add_case(struct ktap *ktap, enum ktap_result result,
		     const char *name, size_t name_length, const char *reason)
{
	struct ktap_case *cases, *new;

	cases = realloc(ktap->cases, (ktap->nr_cases + 1) * sizeof(*cases));
	if (!cases) {
		ktap->no_memory = true;
		return;
	}
	ktap->cases = cases;
	new = &cases[ktap->nr_cases];
	new->result = result;
	new->name = text_copy(ktap, name, name_length);
	new->reason = NULL;
	if (reason && *reason)
		new->reason = text_copy(ktap, reason, strlen(reason));
	if (new->name)
		ktap->nr_cases++;
	else
		free(new->reason);
}

static __printf(3, 4) void
add_error(struct ktap *ktap, const char *name, const char *format, ...)
{
	char reason[160];
	va_list args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	add_case(ktap, KTAP_ERROR, name, strlen(name), reason);
}

static struct ktap_level *top_level(struct ktap *ktap)
{
	return &ktap->levels[ktap->nr_levels - 1];
}

static struct ktap_level *open_level(struct ktap *ktap, unsigned int indent)
{
	if (ktap->nr_levels == KTAP_MAX_LEVELS) {
		add_error(ktap, ktap->program, "nested deeper than %d levels",
			  KTAP_MAX_LEVELS);
		return top_level(ktap);
	}
	ktap->levels[ktap->nr_levels++] = (struct ktap_level) {
		.indent = indent,
		.first_case = ktap->nr_cases,
	};
	return top_level(ktap);
}

static void check_plan(struct ktap *ktap, const struct ktap_level *level,
		       const char *name)
{
	if (level->planned && level->seen != level->plan)
		add_error(ktap, name, "%lu results of %lu that were planned",
			  level->seen, level->plan);
}

/* Close the levels inside of a line that is no result of the level around. */
static void abandon_levels(struct ktap *ktap, unsigned int indent)
{
	while (ktap->nr_levels > 1 && top_level(ktap)->indent > indent) {
		check_plan(ktap, top_level(ktap), ktap->program);
		add_error(ktap, ktap->program, "results without that of their parent");
		ktap->nr_levels--;
	}
}

/* The level to which a line with this indentation belongs. */
static struct ktap_level *find_level(struct ktap *ktap, unsigned int indent)
{
	abandon_levels(ktap, indent);
	if (!ktap->nr_levels || indent > top_level(ktap)->indent)
		return open_level(ktap, indent);
	return top_level(ktap);
}

static void prefix_name(struct ktap *ktap, struct ktap_case *child,
			const char *parent, size_t parent_length)
{
	size_t size = parent_length + strlen(child->name) + 2;
	char *name = malloc(size);

	if (!name) {
		ktap->no_memory = true;
		return;
	}
	snprintf(name, size, "%.*s.%s", (int)parent_length, parent, child->name);
	free(child->name);
	child->name = name;
}

/*
 * Close the levels inside of a result, which names what was collected there.
 * Return the index of the first of those cases.
 */
static size_t close_levels(struct ktap *ktap, unsigned int indent,
			   const char *parent, size_t parent_length)
{
	size_t first = ktap->nr_cases, i;

	while (ktap->nr_levels > 1 && top_level(ktap)->indent > indent) {
		const struct ktap_level *level = top_level(ktap);

		check_plan(ktap, level, "plan");
		first = level->first_case;
		ktap->nr_levels--;
		if (ktap->nr_levels > 1 && top_level(ktap)->indent > indent)
			add_error(ktap, "plan", "results without that of their parent");
	}
	for (i = first; i < ktap->nr_cases; i++)
		prefix_name(ktap, &ktap->cases[i], parent, parent_length);
	return first;
}

static bool all_good(const struct ktap *ktap, size_t first)
{
	size_t i;

	for (i = first; i < ktap->nr_cases; i++) {
		if (ktap->cases[i].result == KTAP_FAIL ||
		    ktap->cases[i].result == KTAP_ERROR)
			return false;
	}
	return true;
}

static bool take_word(const char **text, const char *word)
{
	size_t length = strlen(word);

	if (strncasecmp(*text, word, length) || isalnum((unsigned char)(*text)[length]))
		return false;
	*text += length;
	*text += strspn(*text, " \t:");
	return true;
}

/* Read what follows the "#" of a result, and leave its text in *text. */
static enum ktap_result read_directive(const char **text, enum ktap_result result)
{
	if (take_word(text, "SKIP"))
		return KTAP_SKIP;
	if (take_word(text, "XFAIL") || take_word(text, "TODO"))
		return KTAP_XFAIL;
	if (take_word(text, "XPASS"))
		return KTAP_PASS;
	if (take_word(text, "ERROR"))
		return KTAP_FAIL;
	return result;
}

static void check_number(struct ktap *ktap, const struct ktap_level *level,
			 unsigned long number, const char *name, size_t name_length)
{
	char reason[80];

	if (number == level->seen)
		return;
	snprintf(reason, sizeof(reason), "result number %lu, not %lu: lines are missing",
		 number, level->seen);
	add_case(ktap, KTAP_ERROR, name, name_length, reason);
}

/*
 * A result that stands for others is no case: they are. Still it must not be
 * worse than they are.
 */
static void add_result(struct ktap *ktap, struct ktap_level *level,
		       unsigned int indent, enum ktap_result result,
		       const char *name, size_t name_length, const char *reason)
{
	size_t first = close_levels(ktap, indent, name, name_length);

	if (first == ktap->nr_cases ||
	    (result == KTAP_FAIL && all_good(ktap, first)))
		add_case(ktap, result, name, name_length, reason);
	level->seen++;
}

/* The level of a result, with the levels inside of it still open. */
static struct ktap_level *result_level(struct ktap *ktap, unsigned int indent)
{
	unsigned int i;

	for (i = ktap->nr_levels; i > 0; i--) {
		if (ktap->levels[i - 1].indent == indent)
			return &ktap->levels[i - 1];
	}
	return find_level(ktap, indent);
}

/* "[not ]ok NUMBER [NAME] [# [DIRECTIVE] [REASON]]", text is after the "ok" */
static void parse_result(struct ktap *ktap, unsigned int indent,
			 enum ktap_result result, const char *text)
{
	struct ktap_level *level = result_level(ktap, indent);
	unsigned long number = level->seen + 1;
	const char *reason, *name;
	size_t name_length;
	char *end;

	text += strspn(text, " ");
	if (isdigit((unsigned char)*text)) {
		number = strtoul(text, &end, 10);
		text = end;
	}
	name = text + strspn(text, " -");
	name_length = strcspn(name, "#");
	reason = name + name_length;
	if (*reason)
		reason += 1 + strspn(reason + 1, " ");
	while (name_length && name[name_length - 1] == ' ')
		name_length--;
	result = read_directive(&reason, result);
	/* Selftests that skip a case print its name in place of the reason. */
	if (!name_length) {
		name = *reason ? reason : "unnamed";
		name_length = strlen(name);
		reason = NULL;
	}
	add_result(ktap, level, indent, result, name, name_length, reason);
	check_number(ktap, level, number, name, name_length);
	level->seen = number;
}

/*
 * The lines that mean something. Their parsers get what follows the start, and
 * tell whether the line is KTAP indeed.
 */

static bool parse_ok(struct ktap *ktap, unsigned int indent, const char *text)
{
	if (*text && *text != ' ')
		return false;
	parse_result(ktap, indent, KTAP_PASS, text);
	return true;
}

static bool parse_not_ok(struct ktap *ktap, unsigned int indent, const char *text)
{
	if (*text && *text != ' ')
		return false;
	parse_result(ktap, indent, KTAP_FAIL, text);
	return true;
}

/* "1..N", or "1..0 # SKIP REASON" of a program that skips all */
static bool parse_plan(struct ktap *ktap, unsigned int indent, const char *text)
{
	struct ktap_level *level;
	const char *reason;

	if (!isdigit((unsigned char)*text))
		return false;
	level = find_level(ktap, indent);
	if (level->planned)
		add_error(ktap, ktap->program, "a second plan");
	level->planned = true;
	level->plan = strtoul(text, NULL, 10);
	reason = strchr(text, '#');
	if (level->plan || !reason || ktap->nr_levels > 1)
		return true;
	reason += 1 + strspn(reason + 1, " ");
	if (take_word(&reason, "SKIP"))
		add_case(ktap, KTAP_SKIP, ktap->program, strlen(ktap->program), reason);
	return true;
}

/* A version starts a level, or a further document on the outermost one. */
static bool parse_version(struct ktap *ktap, unsigned int indent, const char *text)
{
	struct ktap_level *level;

	if (!isdigit((unsigned char)*text))
		return false;
	level = find_level(ktap, indent);
	if (!level->planned && !level->seen)
		return true;
	check_plan(ktap, level, ktap->program);
	if (ktap->nr_levels > 1)
		add_error(ktap, ktap->program, "results without that of their parent");
	*level = (struct ktap_level) {
		.indent = indent,
		.first_case = ktap->nr_cases,
	};
	return true;
}

static bool parse_bail_out(struct ktap *ktap, unsigned int indent __maybe_unused,
			   const char *text)
{
	text += strspn(text, " ");
	add_error(ktap, ktap->program, "bailed out: %s", *text ? text : "no reason given");
	ktap->bailed_out = true;
	return true;
}

static const struct {
	const char *start;
	bool (*parse)(struct ktap *ktap, unsigned int indent, const char *text);
} line_kinds[] = {
	{ "ok", parse_ok },
	{ "not ok", parse_not_ok },
	{ "1..", parse_plan },
	{ "KTAP version ", parse_version },
	{ "TAP version ", parse_version },
	{ "Bail out!", parse_bail_out },
};

/* Every other line is a diagnostic, or of someone else. */
static void parse_text(struct ktap *ktap, unsigned int indent, const char *text)
{
	size_t i, length;

	for (i = 0; i < ARRAY_SIZE(line_kinds); i++) {
		length = strlen(line_kinds[i].start);
		if (!strncmp(text, line_kinds[i].start, length) &&
		    line_kinds[i].parse(ktap, indent, text + length))
			ktap->ktap_seen = true;
	}
}

/* The time, and maybe the CPU or task, before a line of a kernel's log. */
static const char *skip_log_prefix(const char *line)
{
	const char *end;

	while (*line == '[') {
		end = line + 1 + strspn(line + 1, " 0123456789.CT");
		if (*end != ']')
			break;
		line = end + 1;
	}
	return line;
}

/* Start with a program's output; its name must live as long as ktap. */
void ktap_start(struct ktap *ktap, const char *program)
{
	ktap->program = program;
	ktap->first_case = ktap->nr_cases;
	ktap->nr_levels = 0;
	ktap->ktap_seen = false;
	ktap->bailed_out = false;
}

/* Take one line, with or without its end: 0, or -1 if there is no memory. */
int ktap_line(struct ktap *ktap, const char *line)
{
	const char *start = skip_log_prefix(line);
	unsigned int indent;
	char *text;

	/* Between the time and the text the kernel prints one blank. */
	if (start != line && *start == ' ')
		start++;
	indent = strspn(start, " ");
	text = text_copy(ktap, start + indent, strcspn(start + indent, "\r\n"));
	if (!text)
		return -1;
	if (!ktap->bailed_out)
		parse_text(ktap, indent, text);
	free(text);
	return ktap->no_memory ? -1 : 0;
}

/* A program that prints no KTAP is one case, of which its exit status tells. */
static void judge_by_status(struct ktap *ktap, int status)
{
	enum ktap_result result = KTAP_PASS;
	char reason[40] = "";

	if (status == STATUS_SKIP)
		result = KTAP_SKIP;
	else if (status)
		result = KTAP_FAIL;
	if (status)
		snprintf(reason, sizeof(reason), "exit status %d", status);
	add_case(ktap, result, ktap->program, strlen(ktap->program), reason);
}

static void check_status(struct ktap *ktap, int status)
{
	if (status == KTAP_NO_STATUS)
		add_error(ktap, ktap->program, "the output is cut: it did not end");
	else if (status > STATUS_SIGNAL)
		add_error(ktap, ktap->program, "killed by signal %d",
			  status - STATUS_SIGNAL);
	else if (!ktap->ktap_seen)
		judge_by_status(ktap, status);
	else if (status && status != STATUS_SKIP && all_good(ktap, ktap->first_case))
		add_error(ktap, ktap->program,
			  "exit status %d, though no case failed", status);
	else if (ktap->nr_cases == ktap->first_case)
		add_error(ktap, ktap->program, "no case ran");
}

/*
 * End a program's output. The status is its exit status, 128 and the number of
 * the signal that killed it, or KTAP_NO_STATUS. 0, or -1 if there is no memory.
 */
int ktap_finish(struct ktap *ktap, int status)
{
	if (!ktap->bailed_out) {
		abandon_levels(ktap, 0);
		if (ktap->nr_levels)
			check_plan(ktap, top_level(ktap), ktap->program);
		check_status(ktap, status);
	}
	ktap->nr_levels = 0;
	return ktap->no_memory ? -1 : 0;
}

/* How many cases have this result. */
size_t ktap_count(const struct ktap *ktap, enum ktap_result result)
{
	size_t count = 0, i;

	for (i = 0; i < ktap->nr_cases; i++)
		count += ktap->cases[i].result == result;
	return count;
}

/* Free all cases; what is left can be started with again. */
void ktap_free(struct ktap *ktap)
{
	size_t i;

	for (i = 0; i < ktap->nr_cases; i++) {
		free(ktap->cases[i].name);
		free(ktap->cases[i].reason);
	}
	free(ktap->cases);
	*ktap = (struct ktap) {};
}
