/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages, which memory.c has, and folios, of which only that is known which a record has.
 */
#ifndef SHIM_LINUX_MM_H
#define SHIM_LINUX_MM_H

#include <linux/align.h>
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/math.h>
#include <linux/pfn.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include <asm/page.h>

struct page;
void __free_page(struct page *page);

struct folio {
	u64 pfn;
	pgoff_t index;
	unsigned int order;
};

#define folio_pfn(folio)	((folio)->pfn)
#define folio_order(folio)	((folio)->order)

#define DIV_ROUND_UP_ULL(n, d)	DIV_ROUND_UP((u64)(n), (u64)(d))

#endif /* SHIM_LINUX_MM_H */
