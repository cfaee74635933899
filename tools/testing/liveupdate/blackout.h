/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much of the time in which no guest runs is due to IOMMUs and their devices.
 */
#ifndef BLACKOUT_H
#define BLACKOUT_H

#include <stdbool.h>
#include <stdio.h>

#include "trace.h"

/* What both kernels together should stay below */
#define BLACKOUT_AIM_US		5000u
#define BLACKOUT_AIM_PERCENT	1

/**
 * struct blackout - The blackout of one live update
 * @us: from freeze to user space, 0 if one of these is missing
 * @ours_us: the parts that the kernels told, added up
 * @complete: they told all of them
 * @aim: it is complete, and below the aim
 */
struct blackout {
	u64 us;
	u64 ours_us;
	bool complete;
	bool aim;
};

void blackout_console(struct trace *trace, const char *text);
bool blackout_find(const struct trace *trace, struct blackout *blackout);
void blackout_sentence(const struct trace *trace, char *text, size_t size);
void blackout_text(FILE *file, const struct trace *trace);
void blackout_json(FILE *file, const struct trace *trace);

#endif /* BLACKOUT_H */
