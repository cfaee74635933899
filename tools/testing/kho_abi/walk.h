/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef WALK_H
#define WALK_H

#include "memory.h"
#include "members.h"

struct kho_block_header_ser;
struct kho_vmalloc_chunk;

/**
 * struct walk_place - A struct of an image
 * @path: Where it is, such as "iommu devices[2] path[0]".
 * @layout: What it is.
 * @mem: The struct.
 * @depth: Number of chains that lead to it.
 */
struct walk_place {
	char path[96];
	const struct layout *layout;
	void *mem;
	unsigned int depth;
};

/**
 * struct walk - Called for what is found
 * @on_struct: For each struct, before what it leads to.
 * @on_area: For a struct that is the vendor area of one that was found before.
 * @on_page: For each page, after what is in it: how much of it is taken.
 * @on_block: For each page of a chain, after what is in it.
 * @on_array: For each page with the addresses of an array's pages, before these.
 * @on_chain: For each chain that cannot be followed.
 * @data: The caller's.
 *
 * Each may be NULL.
 */
struct walk {
	void (*on_struct)(const struct walk_place *place, void *data);
	void (*on_area)(const struct walk_place *place, void *data);
	void (*on_page)(const char *path, const void *page, size_t used, void *data);
	void (*on_block)(const char *path, struct kho_block_header_ser *ser, void *data);
	void (*on_array)(const char *path, struct kho_vmalloc_chunk *chunk, void *data);
	void (*on_chain)(const struct walk_place *place, const struct member *member,
			 void *data);
	void *data;
};

void walk_image(const struct walk *walk);
u32 walk_used_slots(const struct kho_vmalloc_chunk *chunk);

#endif /* WALK_H */
