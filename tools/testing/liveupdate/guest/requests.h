/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef REQUESTS_H
#define REQUESTS_H

#include "compiler.h"

/**
 * struct request - What a process does when it is asked
 * @name: the word that asks for it
 * @call: does it, and prints what is to be said: 0, or -1 with a message
 */
struct request {
	const char *name;
	int (*call)(void *data);
};

int requests_open(void);
__noreturn void requests_serve(const struct request *requests, void *data);
int requests_ask(const char *name);

#endif /* REQUESTS_H */
