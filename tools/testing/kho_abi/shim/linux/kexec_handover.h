/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's files call of KHO, which is memory.c, and vmalloc.c.
 */
#ifndef SHIM_LINUX_KEXEC_HANDOVER_H
#define SHIM_LINUX_KEXEC_HANDOVER_H

#include <linux/err.h>
#include <linux/types.h>

struct kho_vmalloc;
struct page;

void *kho_alloc_preserve(size_t size);
void kho_unpreserve_free(void *mem);
void kho_restore_free(void *mem);
int kho_preserved_order(phys_addr_t phys);
struct page *kho_restore_pages(phys_addr_t phys, unsigned long nr_pages);

int kho_preserve_vmalloc(void *mem, struct kho_vmalloc *preservation);
void kho_unpreserve_vmalloc(struct kho_vmalloc *preservation);

#endif /* SHIM_LINUX_KEXEC_HANDOVER_H */
