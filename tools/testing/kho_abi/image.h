/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IMAGE_H
#define IMAGE_H

#include <stddef.h>

#include <linux/types.h>

void image_set_limit(u64 size);
int image_load(const char *path);
int image_load_bytes(const void *bytes, size_t size);
int image_save(const char *path);

#endif /* IMAGE_H */
