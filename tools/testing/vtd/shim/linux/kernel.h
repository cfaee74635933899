/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * That of tools/include, with what the kernel's <linux/limits.h> has and it has
 * not. No difference is known.
 */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include_next <linux/kernel.h>

#include <linux/types.h>

#define U16_MAX		((u16)~0U)
#define U32_MAX		((u32)~0U)
#define U64_MAX		((u64)~0ULL)

#endif /* SHIM_LINUX_KERNEL_H */
