/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MESSAGE_H
#define MESSAGE_H

#include "compiler.h"

void message_command(const char *name);
const char *errno_name(int error);
__printf(1, 2) int failure(const char *format, ...);

#endif /* MESSAGE_H */
