/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * User space has this header for other things.
 */
#ifndef SHIM_LINUX_STDDEF_H
#define SHIM_LINUX_STDDEF_H

#include_next <linux/stddef.h>

#include <stddef.h>

/* The last argument is the member. */
#define sizeof_field(type, ...)	sizeof(((type *)0)->__VA_ARGS__)

#endif /* SHIM_LINUX_STDDEF_H */
