/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of an image: preservations at physical addresses, each in memory of its own,
 * so that an access beyond its end is seen.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>

#include <linux/types.h>

/**
 * struct preservation - Memory that one kernel has preserved for the next one
 * @phys: Physical address.
 * @order: Order.
 * @mem: The memory, NULL when it has been given back.
 * @readers: Bit n: reader n has found it, see memory_set_reader().
 * @root: What a handover begins with: its name, or empty.
 */
struct preservation {
	u64 phys;
	unsigned int order;
	void *mem;
	u64 readers;
	char root[16];
};

struct preservation *memory_add(u64 phys, unsigned int order);
struct preservation *memory_find(u64 phys);
struct preservation *memory_nth(size_t n);
size_t memory_count(void);
void memory_set_reader(unsigned int n);
void memory_forget_readers(void);
void memory_reset(void);

size_t preservation_size(const struct preservation *preservation);
void *list_make_room(void *list, size_t nr_entries, size_t *room, size_t size);

#endif /* MEMORY_H */
