/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEXT_H
#define TEXT_H

#include <stdbool.h>
#include <stdio.h>

void text_print(FILE *file);
bool text_is_image(const void *bytes, size_t size);
int text_load(const void *bytes, size_t size);

#endif /* TEXT_H */
