/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace and its verdict, for people and for programs.
 *
 * What writes a file returns 0, or -1 if that did not work.
 */
#ifndef REPORT_H
#define REPORT_H

#include "trace.h"
#include "verdict.h"

int report_text(FILE *file, const struct trace *trace, const struct verdict *verdict);
int report_json(FILE *file, const struct trace *trace, const struct verdict *verdict);
int report_svg(FILE *file, const struct trace *trace, const struct verdict *verdict);
void report_live(FILE *file, const struct trace *trace, u64 now_us);
const char *report_origin(const struct trace *trace);
double report_ms(const struct trace *trace, u64 us);

#endif /* REPORT_H */
