/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * That of tools/include, whose strscpy() has no end.
 */
#ifndef SHIM_LINUX_STRING_H
#define SHIM_LINUX_STRING_H

#include_next <linux/string.h>

#include <stdio.h>

#undef strscpy
#define strscpy(to, from)	((void)snprintf(to, sizeof(to), "%s", from))

#endif /* SHIM_LINUX_STRING_H */
