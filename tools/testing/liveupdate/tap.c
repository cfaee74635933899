// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tests of the virtual machine's host side share.
 */
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>

#include "tap.h"

static unsigned int nr_tests, nr_failed;

/* The copy of standard error while it is captured, and what it is captured in */
static int standard_error = -1, messages = -1;

/* Print the result of one test, which has that name. */
void tap_result(bool good, const char *format, ...)
{
	va_list arguments;

	printf("%sok %u ", good ? "" : "not ", ++nr_tests);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
	nr_failed += !good;
}

/* Give up, when the tests themselves do not work. */
void tap_die(const char *what)
{
	printf("Bail out! %s\n", what);
	fflush(stdout);
	_exit(EXIT_FAILURE);
}

/* Print the plan: the exit status. */
int tap_end(void)
{
	printf("1..%u\n", nr_tests);
	return nr_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Keep what is written to standard error, for tap_captured(). */
void tap_capture(void)
{
	fflush(stderr);
	standard_error = dup(STDERR_FILENO);
	messages = memfd_create("messages", MFD_CLOEXEC);
	if (standard_error < 0 || messages < 0 || dup2(messages, STDERR_FILENO) < 0)
		tap_die("standard error cannot be captured");
}

/* Stop that: what was written since, valid until the next call. */
const char *tap_captured(void)
{
	static char text[128 * 1024];
	ssize_t length;

	fflush(stderr);
	dup2(standard_error, STDERR_FILENO);
	length = pread(messages, text, sizeof(text) - 1, 0);
	text[length < 0 ? 0 : length] = '\0';
	close(standard_error);
	close(messages);
	return text;
}

/* Milliseconds on a clock that is never set. */
unsigned int tap_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* How many files this program has open. */
unsigned int tap_open_files(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned int count = 0;

	if (!directory)
		tap_die("/proc/self/fd cannot be read");
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* The script that stands in for QEMU needs small file descriptors. */
void tap_close_inherited_files(void)
{
	closefrom(STDERR_FILENO + 1);
}
