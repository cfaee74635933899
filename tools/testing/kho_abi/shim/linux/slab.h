/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory as the kernel's files allocate it: kernel_alloc() can be told to fail. Flags
 * mean nothing, so nothing sleeps.
 */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/overflow.h>
#include <linux/types.h>

void *kernel_alloc(size_t count, size_t size);
void *kernel_realloc(const void *mem, size_t size);
void kernel_free(const void *mem);

#define kfree(mem)			kernel_free(mem)
#define kvfree(mem)			kernel_free(mem)

static inline void *kvcalloc(size_t count, size_t size, gfp_t flags)
{
	return kernel_alloc(count, size);
}

static inline void *kvmalloc_array(size_t count, size_t size, gfp_t flags)
{
	return kernel_alloc(count, size);
}

static inline void *kvrealloc(const void *mem, size_t size, gfp_t flags)
{
	return kernel_realloc(mem, size);
}

/* The kernel's take flags as a last argument, which may be left out. */
#define kzalloc_obj(object, ...)					\
	((typeof(object) *)kernel_alloc(1, sizeof(object)))
#define kvzalloc_objs(object, count, ...)				\
	((typeof(object) *)kernel_alloc(count, sizeof(object)))

#define array_size(count, size)						\
	({ size_t size_; check_mul_overflow((size_t)(count), (size_t)(size), &size_) ? \
	   SIZE_MAX : size_; })

#endif /* SHIM_LINUX_SLAB_H */
