// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts that the kernel did not expect.
 *
 *   interrupts
 *
 * Those that it has counted since its start as spurious, as misrouted, or as errors of
 * an APIC, on all CPUs. The output is "unexpected COUNT".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

#define INTERRUPTS	"/proc/interrupts"

/* The sum of what a line has for each CPU, 0 if it is of other interrupts */
static unsigned long count_line(const char *line)
{
	unsigned long sum = 0, count;
	char name[8];
	int length;

	if (sscanf(line, " %7[A-Z]:%n", name, &length) != 1)
		return 0;
	if (strcmp(name, "SPU") && strcmp(name, "MIS") && strcmp(name, "ERR"))
		return 0;
	for (line += length; sscanf(line, "%lu%n", &count, &length) == 1; line += length)
		sum += count;
	return sum;
}

int main(void)
{
	FILE *file = fopen(INTERRUPTS, "re");
	unsigned long sum = 0;
	char line[512];

	message_command("interrupts");
	if (!file) {
		failure("%s: %m", INTERRUPTS);
		return EXIT_FAILURE;
	}
	while (fgets(line, sizeof(line), file))
		sum += count_line(line);
	fclose(file);
	printf("unexpected %lu\n", sum);
	return EXIT_SUCCESS;
}
