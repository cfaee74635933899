/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PAGEMAP_H
#define PAGEMAP_H

#include <linux/types.h>

#define PAGE_SIZE		4096u

int pagemap_open(void);
int pagemap_physical(int pagemap, const void *address, __u64 *physical);

#endif /* PAGEMAP_H */
