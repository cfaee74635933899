/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <stdbool.h>

int golden_list(void);
int golden_make(const char *name);
int golden_add_memfd(const char *name, bool v2);

#endif /* GOLDEN_H */
