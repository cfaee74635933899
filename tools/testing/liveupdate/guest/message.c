// SPDX-License-Identifier: GPL-2.0-only
/* How a program of the guest tells the host what went wrong */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "message.h"

static const char *command = "guest";

/* The name that failures are reported with, or %NULL for a test that prints TAP */
void message_command(const char *name)
{
	command = name;
}

/* Print one line "error COMMAND TEXT", or "# TEXT"; %m is errno. Always -1. */
int failure(const char *format, ...)
{
	int error = errno;
	va_list args;

	if (command)
		printf("error %s ", command);
	else
		printf("# ");
	va_start(args, format);
	errno = error;
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
	return -1;
}

/* Its name; some errors of the kernel have none in user space. */
const char *errno_name(int error)
{
	static char number[16];
	const char *name = strerrorname_np(error);

	if (name)
		return name;
	snprintf(number, sizeof(number), "%d", error);
	return number;
}
