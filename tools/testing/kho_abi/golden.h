/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GOLDEN_H
#define GOLDEN_H

int golden_list(void);
int golden_make(const char *name);

#endif /* GOLDEN_H */
