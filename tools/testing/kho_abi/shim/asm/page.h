/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Images have pages of 4 KiB.
 */
#ifndef SHIM_ASM_PAGE_H
#define SHIM_ASM_PAGE_H

#include <linux/bits.h>
#include <linux/log2.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	BIT(PAGE_SHIFT)
#define PAGE_ALIGNED(addr)	(!((addr) & (PAGE_SIZE - 1)))

static inline int get_order(unsigned long size)
{
	return size <= PAGE_SIZE ? 0 : ilog2(size - 1) - PAGE_SHIFT + 1;
}

#endif /* SHIM_ASM_PAGE_H */
