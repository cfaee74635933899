// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: vmalloc areas in the fake KHO
 *
 * The records are those of the KHO ABI: a chain of pages, each preserved, that
 * holds the addresses of the pages of the area. kho_preserve_vmalloc() writes
 * them, kho_restore_vmalloc() maps the pages again and gives the chain back.
 *
 * The mapping itself does not survive a kexec. The mock kexec takes it away
 * without freeing the pages, so that whoever still uses it faults.
 *
 * Unhappy paths are those of the real KHO: an address that is no vmalloc area
 * is -EINVAL, an area that cannot be built again is -EOPNOTSUPP, and what a
 * failing preserve did is undone. A failing restore leaks what it did not get
 * to, and what it did.
 */

#include <linux/io.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../../mm/vmalloc.h"
#include "fake_kho_internal.h"

#define SUPPORTED_FLAGS	(VM_ALLOC | VM_ALLOW_HUGE_VMAP)

/* The bits of struct kho_vmalloc.flags */
#define RECORD_ALLOC		0x0001
#define RECORD_HUGE_VMAP	0x0002

/**
 * struct preserved_area - An area that was preserved and is still mapped.
 * @list: Entry in fake_kho.vmalloc_areas.
 * @addr: Address of the area.
 * @first: Physical address of its first record.
 */
struct preserved_area {
	struct list_head list;
	void *addr;
	u64 first;
};

static void remember_area(void *addr, u64 first)
{
	CLASS(fail_nth_paused, nth)();
	struct fake_kho *kho = fake_kho_current();
	struct preserved_area *area;

	area = kmalloc_obj(*area, GFP_KERNEL | __GFP_NOFAIL);
	area->addr = addr;
	area->first = first;

	guard(mutex)(&kho->lock);

	list_add(&area->list, &kho->vmalloc_areas);
}

static void forget_area(u64 first)
{
	struct fake_kho *kho = fake_kho_current();
	struct preserved_area *area, *next;

	guard(mutex)(&kho->lock);

	list_for_each_entry_safe(area, next, &kho->vmalloc_areas, list) {
		if (area->first == first) {
			list_del(&area->list);
			kfree(area);
		}
	}
}

/* Take a mapping away and leave its pages alone */
static void unmap_area(void *addr)
{
	struct vm_struct *vm = find_vm_area(addr);

	if (!vm)
		return;

	vm->nr_pages = 0;
	vfree(addr);
}

/**
 * fake_kho_forget_vmalloc - End what a kernel knew about its preserved areas.
 * @kho: The KHO.
 * @unmap: Take their mappings away, as the pages go to the next kernel.
 *
 * Context: Process context.
 */
void fake_kho_forget_vmalloc(struct fake_kho *kho, bool unmap)
{
	struct preserved_area *area, *next;

	list_for_each_entry_safe(area, next, &kho->vmalloc_areas, list) {
		if (unmap)
			unmap_area(area->addr);
		list_del(&area->list);
		kfree(area);
	}
}

static unsigned short flags_to_record(unsigned long vm_flags)
{
	return (vm_flags & VM_ALLOC ? RECORD_ALLOC : 0) |
	       (vm_flags & VM_ALLOW_HUGE_VMAP ? RECORD_HUGE_VMAP : 0);
}

static unsigned long flags_from_record(unsigned short flags)
{
	return (flags & RECORD_ALLOC ? VM_ALLOC : 0) |
	       (flags & RECORD_HUGE_VMAP ? VM_ALLOW_HUGE_VMAP : 0);
}

static struct kho_vmalloc_chunk *add_chunk(struct kho_vmalloc_chunk *last)
{
	struct kho_vmalloc_chunk *chunk;

	chunk = (struct kho_vmalloc_chunk *)get_zeroed_page(GFP_KERNEL);
	if (!chunk)
		return NULL;

	if (kho_preserve_pages(virt_to_page(chunk), 1)) {
		free_page((unsigned long)chunk);
		return NULL;
	}

	if (last)
		KHOSER_STORE_PTR(last->hdr.next, chunk);
	return chunk;
}

static int fill_chunks(struct vm_struct *vm, struct kho_vmalloc_chunk *chunk,
		       unsigned long nr_contiguous)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < vm->nr_pages; i += nr_contiguous) {
		int err = kho_preserve_pages(vm->pages[i], nr_contiguous);

		if (err)
			return err;

		chunk->phys[used++] = page_to_phys(vm->pages[i]);
		if (used == ARRAY_SIZE(chunk->phys)) {
			chunk = add_chunk(chunk);
			if (!chunk)
				return -ENOMEM;
			used = 0;
		}
	}

	return 0;
}

int kho_preserve_vmalloc(void *ptr, struct kho_vmalloc *preservation)
{
	struct vm_struct *vm = find_vm_area(ptr);
	struct kho_vmalloc_chunk *chunk;
	int err;

	if (!vm)
		return -EINVAL;
	if (vm->flags & ~SUPPORTED_FLAGS)
		return -EOPNOTSUPP;

	chunk = add_chunk(NULL);
	if (!chunk)
		return -ENOMEM;

	KHOSER_STORE_PTR(preservation->first, chunk);
	preservation->total_pages = vm->nr_pages;
	preservation->flags = flags_to_record(vm->flags);
	preservation->order = get_vm_area_page_order(vm);

	err = fill_chunks(vm, chunk, BIT(preservation->order));
	if (err) {
		kho_unpreserve_vmalloc(preservation);
		return err;
	}

	remember_area(ptr, preservation->first.phys);
	return 0;
}
EXPORT_SYMBOL_GPL(kho_preserve_vmalloc);

void kho_unpreserve_vmalloc(struct kho_vmalloc *preservation)
{
	struct kho_vmalloc_chunk *chunk = KHOSER_LOAD_PTR(preservation->first);
	const unsigned long nr_contiguous = BIT(preservation->order);

	forget_area(preservation->first.phys);
	while (chunk) {
		struct kho_vmalloc_chunk *next = KHOSER_LOAD_PTR(chunk->hdr.next);

		kho_unpreserve_pages(virt_to_page(chunk), 1);
		for (int i = 0; i < ARRAY_SIZE(chunk->phys) && chunk->phys[i]; i++)
			kho_unpreserve_pages(phys_to_page(chunk->phys[i]),
					     nr_contiguous);
		free_page((unsigned long)chunk);
		chunk = next;
	}
}
EXPORT_SYMBOL_GPL(kho_unpreserve_vmalloc);

/* Restore the pages of one chunk, then the chunk itself; returns the pages. */
static long restore_chunk(struct kho_vmalloc_chunk *chunk, struct page **pages,
			  unsigned long room, unsigned long nr_contiguous)
{
	unsigned long used = 0;
	struct page *page;

	for (int i = 0; i < ARRAY_SIZE(chunk->phys) && chunk->phys[i]; i++) {
		if (used + nr_contiguous > room)
			return -EINVAL;

		page = kho_restore_pages(chunk->phys[i], nr_contiguous);
		if (!page)
			return -EINVAL;

		for (unsigned long j = 0; j < nr_contiguous; j++)
			pages[used++] = page + j;
	}

	return kho_restore_pages(virt_to_phys(chunk), 1) ? used : -EINVAL;
}

static int restore_chunks(const struct kho_vmalloc *preservation,
			  struct page **pages)
{
	struct kho_vmalloc_chunk *chunk = KHOSER_LOAD_PTR(preservation->first);
	unsigned long used = 0;

	while (chunk) {
		struct kho_vmalloc_chunk *next;
		long added;

		added = restore_chunk(chunk, pages + used,
				      preservation->total_pages - used,
				      BIT(preservation->order));
		if (added < 0)
			return added;

		used += added;
		next = KHOSER_LOAD_PTR(chunk->hdr.next);
		free_page((unsigned long)chunk);
		chunk = next;
	}

	return used == preservation->total_pages ? 0 : -EINVAL;
}

void *kho_restore_vmalloc(const struct kho_vmalloc *preservation)
{
	unsigned long total_pages = preservation->total_pages;
	struct page **pages;
	void *addr;

	pages = kvmalloc_objs(*pages, total_pages);
	if (!pages)
		return NULL;

	if (restore_chunks(preservation, pages))
		goto err_free_pages;

	/* An area that vfree() frees, and that looks as if vmalloc() made it */
	addr = vmap(pages, total_pages, VM_MAP | VM_MAP_PUT_PAGES, PAGE_KERNEL);
	if (!addr)
		goto err_free_pages;

	find_vm_area(addr)->flags = flags_from_record(preservation->flags);
	return addr;

err_free_pages:
	kvfree(pages);
	return NULL;
}
EXPORT_SYMBOL_GPL(kho_restore_vmalloc);
