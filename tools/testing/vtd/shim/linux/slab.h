/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory as the unit in software allocates it, from the C library.
 *
 * How far that is from the kernel: the flags mean nothing, so nothing sleeps and
 * nothing is charged to anyone. That of tools/include needs a library and the
 * pthreads of its test programs.
 */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <stdlib.h>

#include <linux/gfp.h>
#include <linux/types.h>

#define kmalloc(size, flags)	((void)(flags), malloc(size))
#define kzalloc(size, flags)	((void)(flags), calloc(1, size))

/* The kernel's take flags as a second argument, which may be left out. */
#define kmalloc_obj(object, ...) ((typeof(object) *)malloc(sizeof(object)))
#define kzalloc_obj(object, ...) ((typeof(object) *)calloc(1, sizeof(object)))

static inline void kfree(const void *object)
{
	free((void *)object);
}

#endif /* SHIM_LINUX_SLAB_H */
