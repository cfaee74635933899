/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's numbers: user space has this header for others.
 */
#ifndef SHIM_LINUX_LIMITS_H
#define SHIM_LINUX_LIMITS_H

#include_next <linux/limits.h>

#include <linux/types.h>

#define U32_MAX		((u32)~0U)
#define U64_MAX		((u64)~0ULL)

#endif /* SHIM_LINUX_LIMITS_H */
