/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's files call of KHO, which is memory.c.
 */
#ifndef SHIM_LINUX_KEXEC_HANDOVER_H
#define SHIM_LINUX_KEXEC_HANDOVER_H

#include <linux/err.h>
#include <linux/types.h>

void *kho_alloc_preserve(size_t size);
void kho_unpreserve_free(void *mem);
void kho_restore_free(void *mem);
int kho_preserved_order(phys_addr_t phys);

#endif /* SHIM_LINUX_KEXEC_HANDOVER_H */
