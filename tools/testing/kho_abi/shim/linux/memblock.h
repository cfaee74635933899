/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much memory there is.
 */
#ifndef SHIM_LINUX_MEMBLOCK_H
#define SHIM_LINUX_MEMBLOCK_H

#include <linux/bits.h>

/* All that an image may have */
#define max_pfn			BIT(40)

#endif /* SHIM_LINUX_MEMBLOCK_H */
