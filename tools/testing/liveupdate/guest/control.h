/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CONTROL_H
#define CONTROL_H

#include "compiler.h"

#define CONTROL_PORT		"/dev/ttyS1"
#define CONTROL_MAX_LINE	1024

int control_open(void);
int control_read(void);
char *control_line(void);
__printf(1, 2) void control_print(const char *format, ...);
void control_drain(void);

#endif /* CONTROL_H */
