/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Initcalls run before main().
 */
#ifndef SHIM_LINUX_INIT_H
#define SHIM_LINUX_INIT_H

#include_next <linux/init.h>

#define core_initcall(fn)						\
	static void __attribute__((constructor)) initcall_##fn(void) { fn(); }

#endif /* SHIM_LINUX_INIT_H */
