/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages, of which nothing but the size is known.
 */
#ifndef SHIM_LINUX_MM_H
#define SHIM_LINUX_MM_H

#include <linux/align.h>
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/sizes.h>
#include <linux/types.h>

#include <asm/page.h>

#endif /* SHIM_LINUX_MM_H */
