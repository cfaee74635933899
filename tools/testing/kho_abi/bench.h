/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdio.h>

struct handover;

void decode_print(void);
bool verify(struct handover *handover);
void graph_print(const struct handover *handover);
void graph_svg(const struct handover *handover, FILE *file);

#endif /* BENCH_H */
