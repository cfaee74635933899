// SPDX-License-Identifier: GPL-2.0-only
/*
 * KHO for user space: what an image holds waits to be restored, and what is written by
 * the kernel's own code gets an address of its own.
 *
 * How far that is from the kernel: an address that is no preservation ends the program
 * when it is followed. The readers never do that.
 */
#include <stdlib.h>
#include <string.h>

#include <sanitizer/asan_interface.h>

#include <linux/errno.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/pfn.h>

#include "memory.h"

/*
 * Where the first preservation of a writer is. When UML boots with the memory that KUnit
 * gives it, nobody has what is there: so images of the corpus can be booted with.
 */
#define FIRST_PHYS	0x10000000ull

static struct preservation *all;
static size_t nr, capacity;
static u64 reader;
static u64 next_phys = FIRST_PHYS;

/*
 * Pages that were given back, for the next image: most of the fuzzer's time went to
 * allocating them. Until then, who looks at one is told.
 */
static void *pages[256];
static size_t nr_pages;

/* Make room for one more in a list. */
void *list_make_room(void *list, size_t nr_entries, size_t *room, size_t size)
{
	if (nr_entries < *room)
		return list;
	*room = *room ? 2 * *room : 64;
	list = reallocarray(list, *room, size);
	if (!list)
		abort();
	return list;
}

static void *alloc_memory(unsigned int order)
{
	void *mem;

	if (order || !nr_pages)
		return calloc(1, PAGE_SIZE << order);
	mem = pages[--nr_pages];
	ASAN_UNPOISON_MEMORY_REGION(mem, PAGE_SIZE);
	return memset(mem, 0, PAGE_SIZE);
}

static void free_memory(void *mem, unsigned int order)
{
	if (order || !mem || nr_pages == ARRAY_SIZE(pages)) {
		free(mem);
		return;
	}
	ASAN_POISON_MEMORY_REGION(mem, PAGE_SIZE);
	pages[nr_pages++] = mem;
}

size_t preservation_size(const struct preservation *preservation)
{
	return PAGE_SIZE << preservation->order;
}

/* The last one that begins at @phys or before, or NULL */
static struct preservation *find_before(u64 phys)
{
	size_t low = 0, high = nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (all[middle].phys <= phys)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &all[low - 1] : NULL;
}

/* The preservation that begins at @phys, or NULL */
struct preservation *memory_find(u64 phys)
{
	struct preservation *found = find_before(phys);

	return found && found->phys == phys && found->mem ? found : NULL;
}

struct preservation *memory_nth(size_t n)
{
	return &all[n];
}

size_t memory_count(void)
{
	return nr;
}

/* Add memory of zeroes, whose address is greater than all others. */
struct preservation *memory_add(u64 phys, unsigned int order)
{
	all = list_make_room(all, nr, &capacity, sizeof(*all));
	all[nr] = (struct preservation){
		.phys = phys,
		.order = order,
		.mem = alloc_memory(order),
	};
	if (!all[nr].mem)
		abort();
	next_phys = phys + (PAGE_SIZE << order);
	return &all[nr++];
}

/* Who asks for preservations from now on */
void memory_set_reader(unsigned int n)
{
	reader = 1ull << (n % 64);
}

/* Nobody has found anything so far. */
void memory_forget_readers(void)
{
	for (size_t i = 0; i < nr; i++)
		all[i].readers = 0;
}

void memory_reset(void)
{
	for (size_t i = 0; i < nr; i++)
		free_memory(all[i].mem, all[i].order);
	nr = 0;
	next_phys = FIRST_PHYS;
}

void *phys_to_virt(u64 phys)
{
	struct preservation *found = find_before(phys);

	if (!found || !found->mem || phys - found->phys >= preservation_size(found))
		kernel_warning("an address is followed that was not preserved");
	return found->mem + (phys - found->phys);
}

/* NULL if there is no such memory */
static struct preservation *find_mem(const void *mem)
{
	for (size_t i = 0; i < nr; i++)
		if (all[i].mem && mem >= all[i].mem &&
		    mem < all[i].mem + preservation_size(&all[i]))
			return &all[i];
	return NULL;
}

u64 virt_to_phys(const void *mem)
{
	struct preservation *found = find_mem(mem);

	if (!found)
		kernel_warning("memory has an address that was not preserved");
	return found->phys + (mem - found->mem);
}

int kho_preserved_order(phys_addr_t phys)
{
	struct preservation *found;

	if (!PAGE_ALIGNED(phys))
		return -EINVAL;
	found = memory_find(phys);
	if (!found)
		return -ENOENT;
	found->readers |= reader;
	return found->order;
}

void *kho_alloc_preserve(size_t size)
{
	const unsigned int order = get_order(size);

	return memory_add(ALIGN(next_phys, PAGE_SIZE << order), order)->mem;
}

/* The next image does not have it */
void kho_unpreserve_free(void *mem)
{
	struct preservation *found = find_mem(mem);

	free_memory(found->mem, found->order);
	memmove(found, found + 1, (&all[nr] - found - 1) * sizeof(*found));
	nr--;
}

/* Whoever has it now frees it. */
static void *restore(struct preservation *found)
{
	void *mem = found->mem;

	found->mem = NULL;
	return mem;
}

void kho_restore_free(void *mem)
{
	struct preservation *found = find_mem(mem);

	if (!found || found->mem != mem)
		kernel_warning("memory is given back that does not wait for it");
	free_memory(restore(found), found->order);
}

/* A page has the address of its memory. */
struct page *kho_restore_pages(phys_addr_t phys, unsigned long nr_pages)
{
	struct preservation *found = memory_find(phys);

	if (!found || preservation_size(found) != nr_pages * PAGE_SIZE)
		kernel_warning("pages are restored that do not wait for it");
	return restore(found);
}

void __free_page(struct page *page)
{
	free_memory(page, 0);
}
