/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>

#include <linux/types.h>

/**
 * struct memory - A memfd that a device does DMA to
 * @fd: the memfd
 * @start: where it is mapped
 * @size: in bytes
 */
struct memory {
	int fd;
	void *start;
	__u64 size;
};

/* Of one device, as stream_layout.h wants it */
struct memory_pair {
	struct memory small;
	struct memory large;
};

int memory_create_one(struct memory *memory, const char *name, __u64 size);
int memory_create(struct memory_pair *pair, unsigned int slots, bool large_pages);
int memory_map(struct memory *memory, int fd, __u64 size);
int memory_check_large(const struct memory *memory);
int memory_print_extents(const struct memory *memory, unsigned int index, __u64 iova);

#endif /* MEMORY_H */
