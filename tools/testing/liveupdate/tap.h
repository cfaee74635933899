/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

#include <linux/compiler.h>

void __printf(2, 3) tap_result(bool good, const char *format, ...);
void tap_die(const char *what);
int tap_end(void);

void tap_capture(void);
const char *tap_captured(void);

unsigned int tap_now_ms(void);
unsigned int tap_open_files(void);
void tap_close_inherited_files(void);

#endif /* TAP_H */
