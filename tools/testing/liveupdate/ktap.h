/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The results of test programs, read from the KTAP that they print.
 *
 * The programs are the kernel's selftests and KUnit: what they print is a tree
 * of results, which becomes a flat list of cases with the whole path as name.
 */
#ifndef KTAP_H
#define KTAP_H

#include <stdbool.h>
#include <stddef.h>

#define KTAP_MAX_LEVELS	8

/* Exit status of a program of which it is not known how it ended */
#define KTAP_NO_STATUS	(-1)

/**
 * enum ktap_result - Result of one case
 * @KTAP_PASS: the test passed
 * @KTAP_FAIL: the test failed
 * @KTAP_SKIP: the test could not be run
 * @KTAP_XFAIL: the test failed, and says itself that it was to be expected
 * @KTAP_ERROR: no result of a test: the output is not whole, or makes no sense
 */
enum ktap_result {
	KTAP_PASS,
	KTAP_FAIL,
	KTAP_SKIP,
	KTAP_XFAIL,
	KTAP_ERROR,
	/* private: */
	NR_KTAP_RESULTS
};

/**
 * struct ktap_case - One case
 * @name: dotted path
 * @result: what came of it
 * @reason: what the test says about it, NULL if nothing
 */
struct ktap_case {
	char *name;
	enum ktap_result result;
	char *reason;
};

/**
 * struct ktap_level - One open level of nesting
 * @indent: number of blanks before its lines
 * @first_case: index of the first case of this level and of those below
 * @planned: whether @plan is known
 * @plan: number of results that are to come
 * @seen: number of results so far
 */
struct ktap_level {
	unsigned int indent;
	size_t first_case;
	bool planned;
	unsigned long plan;
	unsigned long seen;
};

/**
 * struct ktap - Cases of one or more programs
 * @cases: all cases so far
 * @nr_cases: entries in @cases
 * @program: name of the program that runs, for what concerns all of it
 * @first_case: index of its first case
 * @levels: the open levels of nesting, outermost first
 * @nr_levels: entries in @levels
 * @ktap_seen: the program has printed a line of KTAP
 * @bailed_out: the program gave up, and said so
 * @no_memory: something could not be stored
 */
struct ktap {
	struct ktap_case *cases;
	size_t nr_cases;
	const char *program;
	size_t first_case;
	struct ktap_level levels[KTAP_MAX_LEVELS];
	unsigned int nr_levels;
	bool ktap_seen;
	bool bailed_out;
	bool no_memory;
};

const char *ktap_result_name(enum ktap_result result);

void ktap_start(struct ktap *ktap, const char *program);
int ktap_line(struct ktap *ktap, const char *line);
int ktap_finish(struct ktap *ktap, int status);
size_t ktap_count(const struct ktap *ktap, enum ktap_result result);
void ktap_free(struct ktap *ktap);

#endif /* KTAP_H */
