/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * That of tools/include has none for constants.
 */
#ifndef SHIM_LINUX_LOG2_H
#define SHIM_LINUX_LOG2_H

#include_next <linux/log2.h>

#define const_ilog2(n)	(63 - __builtin_clzll(n))

#endif /* SHIM_LINUX_LOG2_H */
