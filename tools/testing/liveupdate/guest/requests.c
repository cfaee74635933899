// SPDX-License-Identifier: GPL-2.0-only
/*
 * One process asks another that has the devices: by a word, over a pair of named
 * pipes. What the other one prints meanwhile is the answer; its last line says whether
 * that was done.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>

#include "file.h"
#include "message.h"
#include "requests.h"

#define REQUESTS	"/tmp/requests"
#define ANSWERS		"/tmp/answers"

#define LAST_LINE	"answered "

/* Make the pipes: 0, or -1 with a message. */
int requests_open(void)
{
	if (mkfifo(REQUESTS, 0600) || mkfifo(ANSWERS, 0600))
		return failure("mkfifo: %m");
	return 0;
}

static int answer(const char *name, const struct request *requests, void *data)
{
	for (; requests->name; requests++) {
		if (!strcmp(name, requests->name))
			return requests->call(data);
	}
	return failure("there is no request %s", name);
}

/* Answer one request, with standard output in the hands of who asks. */
static void serve_one(const char *name, const struct request *requests, void *data)
{
	const int output = dup(STDOUT_FILENO);
	const int answers = open(ANSWERS, O_WRONLY | O_CLOEXEC);
	int ret;

	fflush(stdout);
	dup2(answers, STDOUT_FILENO);
	close(answers);
	ret = answer(name, requests, data);
	printf(LAST_LINE "%d\n", ret ? EXIT_FAILURE : EXIT_SUCCESS);
	fflush(stdout);
	dup2(output, STDOUT_FILENO);
	close(output);
}

/* Answer requests as long as the process lives. */
void requests_serve(const struct request *requests, void *data)
{
	char name[64];

	for (;;) {
		/* Waits for somebody who asks. */
		if (read_file(REQUESTS, name, sizeof(name)) > 0)
			serve_one(name, requests, data);
	}
}

/* Copy an answer to standard output: its status, or -1 if its end is missing. */
static int copy_answer(FILE *answers)
{
	char line[256];
	int status;

	while (fgets(line, sizeof(line), answers)) {
		if (sscanf(line, LAST_LINE "%d", &status) == 1)
			return status;
		fputs(line, stdout);
	}
	return -1;
}

/* Ask the process that serves: 0 if that was done, or -1. */
int requests_ask(const char *name)
{
	FILE *answers;
	int status;

	if (write_file(REQUESTS, name))
		return failure("ask for %s: %m", name);
	answers = fopen(ANSWERS, "r");
	if (!answers)
		return failure("ask for %s: %m", name);
	status = copy_answer(answers);
	fclose(answers);
	if (status < 0)
		return failure("%s has no answer", name);
	return status ? -1 : 0;
}
