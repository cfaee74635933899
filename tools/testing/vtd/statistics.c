// SPDX-License-Identifier: GPL-2.0-only
/*
 * One line for each machine.
 */
#include <stdio.h>

#include <linux/kernel.h>

#include "statistics.h"

static void print_faults(const struct statistics *statistics)
{
	const char *separator = "";

	printf("faults");
	for (unsigned int i = 0; i < ARRAY_SIZE(statistics->reasons); i++) {
		if (!statistics->reasons[i])
			continue;
		printf("%s 0x%02x: %u", separator, i, statistics->reasons[i]);
		separator = ",";
	}
}

static void print_leniences(const struct statistics *statistics)
{
	const char *separator = "";

	printf("known");
	for (unsigned int i = 0; i < nr_leniences; i++) {
		printf("%s %s: %u", separator, leniences[i].name, statistics->leniences[i]);
		separator = ",";
	}
}

void statistics_print(const struct statistics *statistics, const char *name)
{
	printf("%s: %u rounds, %u questions, %u landed; ", name, statistics->rounds,
	       statistics->questions, statistics->landed);
	print_faults(statistics);
	printf(", overflows: %u; stale %u kept, %u dropped; ", statistics->overflows,
	       statistics->kept, statistics->dropped);
	print_leniences(statistics);
	printf("; %u differences\n", statistics->differences);
}
