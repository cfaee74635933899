// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generator: a counter whose values are mixed (splitmix64).
 */
#include "random.h"

static u64 mix(u64 value)
{
	value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9ull;
	value = (value ^ value >> 27) * 0x94d049bb133111ebull;
	return value ^ value >> 31;
}

/* Each round has a sequence of its own, which no other round changes. */
void random_seed(struct random *random, u64 seed, u64 machine, u64 round)
{
	random->state = mix(mix(mix(seed) + machine) + round);
}

u64 random_u64(struct random *random)
{
	random->state += 0x9e3779b97f4a7c15ull;
	return mix(random->state);
}

/* A number from 0 to @limit - 1 */
unsigned int random_below(struct random *random, unsigned int limit)
{
	return (random_u64(random) >> 32) * limit >> 32;
}

bool random_chance(struct random *random, unsigned int percent)
{
	return random_below(random, 100) < percent;
}
