/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files share that make, write and read traces.
 */
#ifndef TRACE_INTERNAL_H
#define TRACE_INTERNAL_H

#include "trace.h"

/* Of the file format */
#define TRACE_VERSION		1

#define US_PER_SECOND		1000000ull

bool trace_same_hardware(const struct hardware *a, const struct hardware *b);
bool trace_mark_between(const struct trace *trace, u64 after_us, u64 until_us);
struct trace_run *trace_last_run(const struct trace *trace, unsigned int device);
int trace_append_run(struct trace *trace, const struct trace_run *run);
void trace_copy_text(char *to, size_t size, const char *from);

#endif /* TRACE_INTERNAL_H */
