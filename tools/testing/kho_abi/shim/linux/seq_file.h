/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file of the kernel is one of user space.
 */
#ifndef SHIM_LINUX_SEQ_FILE_H
#define SHIM_LINUX_SEQ_FILE_H

#include <stdio.h>

struct seq_file {
	FILE *file;
};

#define seq_printf(m, ...)	fprintf((m)->file, __VA_ARGS__)
#define seq_puts(m, text)	fputs(text, (m)->file)

#endif /* SHIM_LINUX_SEQ_FILE_H */
