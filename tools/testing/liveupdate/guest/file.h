/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FILE_H
#define FILE_H

#include <stddef.h>
#include <sys/types.h>

int write_file(const char *path, const char *text);
ssize_t read_file(const char *path, char *text, size_t size);

#endif /* FILE_H */
