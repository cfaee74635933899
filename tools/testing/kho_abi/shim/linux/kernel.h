/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * That of tools/include, with what the kernel's own has from other headers, and with
 * messages.
 */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include_next <linux/kernel.h>

#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/string.h>

#endif /* SHIM_LINUX_KERNEL_H */
