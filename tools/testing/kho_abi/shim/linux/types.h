/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * That of tools/include, with more of the kernel's types: those of functions that sort()
 * takes, and what headers of KHO need.
 */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include_next <linux/types.h>

#include <linux/bitops.h>

#define pgoff_t	unsigned long

#ifndef DECLARE_BITMAP
#define DECLARE_BITMAP(name, bits)	unsigned long name[BITS_TO_LONGS(bits)]
#endif

typedef void (*swap_r_func_t)(void *a, void *b, int size, const void *priv);
typedef void (*swap_func_t)(void *a, void *b, int size);
typedef int (*cmp_r_func_t)(const void *a, const void *b, const void *priv);
typedef int (*cmp_func_t)(const void *a, const void *b);

#endif /* SHIM_LINUX_TYPES_H */
