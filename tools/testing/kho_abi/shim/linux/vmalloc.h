/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Areas of pages that kho_preserve_vmalloc() can find: see vmalloc.c.
 */
#ifndef SHIM_LINUX_VMALLOC_H
#define SHIM_LINUX_VMALLOC_H

#include <linux/types.h>

void *vcalloc(size_t count, size_t size);
void vfree(const void *mem);

#endif /* SHIM_LINUX_VMALLOC_H */
