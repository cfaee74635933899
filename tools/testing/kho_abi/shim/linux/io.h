/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical memory is what memory.c has of an image.
 */
#ifndef SHIM_LINUX_IO_H
#define SHIM_LINUX_IO_H

#include <linux/kernel.h>
#include <linux/types.h>

void *phys_to_virt(u64 phys);
u64 virt_to_phys(const void *mem);

#endif /* SHIM_LINUX_IO_H */
