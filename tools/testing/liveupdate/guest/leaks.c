// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the kernel has lost.
 *
 *   leaks	have the kernel look for it, if it has kmemleak
 *
 * What it finds, it prints on the console, where the host takes it for a complaint as any
 * other.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "file.h"
#include "message.h"

#define KMEMLEAK	"/sys/kernel/debug/kmemleak"
#define VERBOSE		"/sys/module/kmemleak/parameters/verbose"

/* Younger memory may still be on its way to who will refer to it, to kmemleak. */
#define MIN_AGE_S	6

/* Only what has not changed since the scan before is reported. */
#define SCANS		2

static int look_for_leaks(void)
{
	unsigned int i;

	if (write_file(VERBOSE, "Y"))
		return failure(VERBOSE ": %m");
	sleep(MIN_AGE_S);
	for (i = 0; i < SCANS; i++) {
		if (write_file(KMEMLEAK, "scan"))
			return failure(KMEMLEAK ": %m");
	}
	printf("leaks were looked for\n");
	return 0;
}

int main(void)
{
	message_command("leaks");
	if (access(KMEMLEAK, F_OK) && errno == ENOENT)
		return EXIT_SUCCESS;
	return look_for_leaks() ? EXIT_FAILURE : EXIT_SUCCESS;
}
