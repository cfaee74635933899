/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ROUND_H
#define ROUND_H

#include "commands.h"
#include "statistics.h"

/**
 * struct round - Which round of which run
 * @seed: of the run
 * @machine: number of the machine's configuration
 * @number: of the round
 * @repeat: options that run it alone
 * @verbose: print the tables and all answers
 */
struct round {
	u64 seed;
	unsigned int machine;
	unsigned int number;
	const char *repeat;
	bool verbose;
};

int round_run(struct units *units, const struct round *round, struct statistics *statistics);

#endif /* ROUND_H */
