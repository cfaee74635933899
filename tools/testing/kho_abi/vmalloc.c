// SPDX-License-Identifier: GPL-2.0-only
/*
 * Areas of vmalloc() as KHO preserves them: a chain of pages has the addresses of theirs.
 *
 * How far that is from the kernel: the pages of an area get an address when it is
 * preserved, and have what was in it then. What is written to it later is lost.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/container_of.h>
#include <linux/kernel.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

/* Those of struct kho_vmalloc: memory of vmalloc() */
#define AREA_FLAGS	1

/**
 * struct area - What vcalloc() has given away
 * @size: Size in bytes, of whole pages.
 * @mem: The memory.
 */
struct area {
	size_t size;
	u8 mem[] __aligned(16);
};

void *vcalloc(size_t count, size_t size)
{
	const size_t bytes = array_size(count, size);
	struct area *area;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	area = kernel_alloc(1, sizeof(*area) + ALIGN(bytes, PAGE_SIZE));
	if (!area)
		return NULL;
	area->size = ALIGN(bytes, PAGE_SIZE);
	return area->mem;
}

void vfree(const void *mem)
{
	if (mem)
		kernel_free(container_of(mem, struct area, mem));
}

static struct kho_vmalloc_chunk *add_chunk(struct kho_vmalloc_chunk *last)
{
	struct kho_vmalloc_chunk *chunk = kho_alloc_preserve(sizeof(*chunk));

	if (last)
		last->hdr.next.phys = virt_to_phys(chunk);
	return chunk;
}

static u64 preserve_page(const void *from)
{
	void *page = kho_alloc_preserve(PAGE_SIZE);

	memcpy(page, from, PAGE_SIZE);
	return virt_to_phys(page);
}

/* As KHO's, it begins another chunk as soon as one is full. */
int kho_preserve_vmalloc(void *mem, struct kho_vmalloc *preservation)
{
	const struct area *area = container_of(mem, struct area, mem);
	struct kho_vmalloc_chunk *chunk = add_chunk(NULL);
	unsigned int used = 0;

	*preservation = (struct kho_vmalloc){
		.first.phys = virt_to_phys(chunk),
		.total_pages = area->size / PAGE_SIZE,
		.flags = AREA_FLAGS,
	};
	for (size_t offset = 0; offset < area->size; offset += PAGE_SIZE) {
		chunk->phys[used++] = preserve_page(area->mem + offset);
		if (used < KHO_VMALLOC_SIZE)
			continue;
		chunk = add_chunk(chunk);
		used = 0;
	}
	return 0;
}

void kho_unpreserve_vmalloc(struct kho_vmalloc *preservation)
{
	u64 next;

	for (u64 phys = preservation->first.phys; phys; phys = next) {
		struct kho_vmalloc_chunk *chunk = phys_to_virt(phys);

		for (size_t i = 0; i < KHO_VMALLOC_SIZE && chunk->phys[i]; i++)
			kho_unpreserve_free(phys_to_virt(chunk->phys[i]));
		next = chunk->hdr.next.phys;
		kho_unpreserve_free(chunk);
	}
}
