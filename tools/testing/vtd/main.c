// SPDX-License-Identifier: GPL-2.0-only
/*
 * vtd_differential: ask the VT-d unit in software and that of QEMU the same, and
 * say where their answers differ.
 *
 * Exit status: 0 if they do not, 1 if they do, 2 if they could not be asked. With
 * a sabotaged unit 0 means that it was noticed.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "leniency.h"
#include "round.h"

#define NOT_ASKED		2

/* So many say enough. */
#define MAX_DIFFERENCES		20u

/**
 * struct configuration - A machine
 * @name: for people and --machine
 * @unit: properties of QEMU's unit
 * @scalable: it is used in scalable mode
 * @share: of the rounds, in percent
 */
struct configuration {
	const char *name;
	const char *unit;
	bool scalable;
	unsigned int share;
};

static const struct configuration configurations[] = {
	{ "legacy-39", "intel-iommu,intremap=off,aw-bits=39", false, 25 },
	{ "legacy-48", "intel-iommu,intremap=off,aw-bits=48", false, 25 },
	{ "caching", "intel-iommu,intremap=off,aw-bits=48,caching-mode=on", false, 15 },
	{ "scalable", "intel-iommu,intremap=off,aw-bits=48,x-scalable-mode=on", true, 35 },
};

static const char *const sabotages[NR_SABOTAGES] = {
	[SABOTAGE_STORE] = "store",
	[SABOTAGE_INVALIDATION] = "invalidation",
	[SABOTAGE_PERMISSION] = "permission",
	[SABOTAGE_REASON] = "reason",
	[SABOTAGE_TARGET] = "target",
};

/**
 * struct options - What the command line says
 * @qemu: QEMU's program
 * @logs: what the names of logs start with
 * @machine: the only configuration, or %NULL
 * @seed: of the random choice
 * @rounds: of all machines together
 * @round: the only one, or -1
 * @sabotage: what is wrong with the unit in software, on purpose
 * @verbose: print every answer
 */
struct options {
	const char *qemu;
	const char *logs;
	const char *machine;
	u64 seed;
	unsigned int rounds;
	long round;
	enum sabotage sabotage;
	bool verbose;
};

static void usage(FILE *file)
{
	fputs("vtd_differential [OPTION]...\n"
	      "  --seed N         of the random choice (1)\n"
	      "  --rounds N       of all machines together (10000)\n"
	      "  --machine NAME   legacy-39, legacy-48, caching or scalable, only (all)\n"
	      "  --round N        this one only; --machine says of which\n"
	      "  --verbose        every question with its tables and answers\n"
	      "  --sabotage WHAT  store, invalidation, permission, reason or target: a wrong\n"
	      "                   unit in software, which has to be noticed\n"
	      "  --known          where QEMU is known to differ, and no more\n"
	      "  --qemu FILE      QEMU's program (qemu-system-x86_64)\n"
	      "  --logs PREFIX    of what QEMU says (./)\n", file);
}

enum { SEED = 1, ROUNDS, MACHINE, ROUND, VERBOSE, SABOTAGE, KNOWN, QEMU, LOGS };

static const struct option names[] = {
	{ "seed", required_argument, NULL, SEED },
	{ "rounds", required_argument, NULL, ROUNDS },
	{ "machine", required_argument, NULL, MACHINE },
	{ "round", required_argument, NULL, ROUND },
	{ "verbose", no_argument, NULL, VERBOSE },
	{ "sabotage", required_argument, NULL, SABOTAGE },
	{ "known", no_argument, NULL, KNOWN },
	{ "qemu", required_argument, NULL, QEMU },
	{ "logs", required_argument, NULL, LOGS },
	{ }
};

static int parse_number(const char *text, u64 limit, u64 *value)
{
	char *end;

	*value = strtoull(text, &end, 0);
	if (*text >= '0' && *text <= '9' && !*end && *value <= limit)
		return 0;
	fprintf(stderr, "%s: expected is a number up to %llu\n", text,
		(unsigned long long)limit);
	return -1;
}

static int parse_sabotage(const char *text, enum sabotage *sabotage)
{
	for (unsigned int i = 1; i < NR_SABOTAGES; i++) {
		if (!strcmp(text, sabotages[i])) {
			*sabotage = i;
			return 0;
		}
	}
	fprintf(stderr, "--sabotage %s is not known\n", text);
	return -1;
}

static int parse_machine(const char *text, const char **machine)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(configurations); i++) {
		if (!strcmp(text, configurations[i].name)) {
			*machine = text;
			return 0;
		}
	}
	fprintf(stderr, "--machine %s is not known\n", text);
	return -1;
}

static int parse_option(struct options *options, int option)
{
	u64 value;
	int error;

	switch (option) {
	case SEED:
		return parse_number(optarg, ~0ull, &options->seed);
	case ROUNDS:
		error = parse_number(optarg, 100000000, &value);
		options->rounds = value;
		return error;
	case ROUND:
		error = parse_number(optarg, 100000000, &value);
		options->round = value;
		return error;
	case MACHINE:
		return parse_machine(optarg, &options->machine);
	case SABOTAGE:
		return parse_sabotage(optarg, &options->sabotage);
	case VERBOSE:
		options->verbose = true;
		return 0;
	case KNOWN:
		lenience_list();
		exit(EXIT_SUCCESS);
	case QEMU:
		options->qemu = optarg;
		return 0;
	case LOGS:
		options->logs = optarg;
		return 0;
	}
	return -1;
}

static int parse_options(struct options *options, int argc, char **argv)
{
	int option;

	*options = (struct options) {
		.qemu = "qemu-system-x86_64", .logs = "./", .seed = 1, .rounds = 10000,
		.round = -1,
	};
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (parse_option(options, option))
			return -1;
	}
	if (optind < argc) {
		fprintf(stderr, "%s: what is this?\n", argv[optind]);
		return -1;
	}
	if (options->round >= 0 && !options->machine) {
		fprintf(stderr, "--round needs --machine\n");
		return -1;
	}
	return 0;
}

static unsigned int nr_rounds(const struct options *options,
			      const struct configuration *configuration)
{
	if (options->machine)
		return options->rounds;
	return (u64)options->rounds * configuration->share / 100;
}

static int run_rounds(const struct options *options, const struct configuration *configuration,
		      struct units *units, struct statistics *statistics)
{
	struct round round = {
		.seed = options->seed, .machine = configuration - configurations,
		.verbose = options->verbose,
	};
	unsigned int first = 0, end = nr_rounds(options, configuration);
	char repeat[128];

	if (options->round >= 0) {
		first = options->round;
		end = first + 1;
	}
	round.repeat = repeat;
	for (round.number = first; round.number < end; round.number++) {
		snprintf(repeat, sizeof(repeat), "--machine %s --seed %llu --round %u",
			 configuration->name, (unsigned long long)options->seed, round.number);
		if (round_run(units, &round, statistics)) {
			fprintf(stderr, "in the round %s\n", repeat);
			return -1;
		}
		if (statistics->differences >= MAX_DIFFERENCES) {
			printf("%s: stopped after so many differences\n", configuration->name);
			break;
		}
	}
	return 0;
}

/* Compare with one machine: the number of differences, or -1 with a message. */
static int run_machine(const struct options *options, const struct configuration *configuration)
{
	struct statistics statistics = {};
	struct machine machine;
	struct model model;
	struct units units = {
		.machine = &machine, .model = &model, .scalable = configuration->scalable,
	};
	char logs[512];
	int error = -1;

	snprintf(logs, sizeof(logs), "%s%s-", options->logs, configuration->name);
	if (machine_start(&machine, options->qemu, configuration->unit, logs))
		return -1;
	if (!model_create(&model, &machine.memory, machine.cap, machine.ecap)) {
		model.sabotage = options->sabotage;
		error = run_rounds(options, configuration, &units, &statistics);
		model_destroy(&model);
	}
	machine_stop(&machine);
	statistics_print(&statistics, configuration->name);
	return error ? -1 : (int)statistics.differences;
}

int main(int argc, char **argv)
{
	int differences = 0, found;
	struct options options;

	if (parse_options(&options, argc, argv)) {
		usage(stderr);
		return NOT_ASKED;
	}
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(configurations); i++) {
		if (options.machine && strcmp(options.machine, configurations[i].name))
			continue;
		found = run_machine(&options, &configurations[i]);
		if (found < 0)
			return NOT_ASKED;
		differences += found;
	}
	if (options.sabotage) {
		printf("sabotaged %s: %s\n", sabotages[options.sabotage],
		       differences ? "noticed" : "NOT noticed");
		return differences ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	return differences ? EXIT_FAILURE : EXIT_SUCCESS;
}
