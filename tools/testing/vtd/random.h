/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers that look random and are the same for the same seed everywhere.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdbool.h>

#include <linux/types.h>

/**
 * struct random - A sequence
 * @state: where it stands
 */
struct random {
	u64 state;
};

void random_seed(struct random *random, u64 seed, u64 machine, u64 round);
u64 random_u64(struct random *random);
unsigned int random_below(struct random *random, unsigned int limit);
bool random_chance(struct random *random, unsigned int percent);

#endif /* RANDOM_H */
