/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files, of which nothing but the greatest size is known.
 */
#ifndef SHIM_LINUX_FS_H
#define SHIM_LINUX_FS_H

#include <linux/limits.h>
#include <linux/types.h>

#define MAX_LFS_FILESIZE	((s64)(~0ull >> 1))

#endif /* SHIM_LINUX_FS_H */
