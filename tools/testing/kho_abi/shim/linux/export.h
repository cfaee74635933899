/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No symbol is exported.
 */
#ifndef SHIM_LINUX_EXPORT_H
#define SHIM_LINUX_EXPORT_H

#include_next <linux/export.h>

#include <linux/kernel.h>

#endif /* SHIM_LINUX_EXPORT_H */
