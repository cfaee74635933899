/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of the machine, which QEMU and this program share, and where what
 * lies in it. A store is one for both: no copy can be wrong.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#define MIB			(1024ull * 1024)
#define PAGE			4096ull

/* Nothing is above it; only what was touched takes memory. */
#define MEMORY_SIZE		(1536 * MIB)

/* The tables of a round; see tables.h */
#define TABLES_BASE		(16 * MIB)
#define TABLES_SIZE		(8 * MIB)

/* The invalidation queue, and the status that a wait descriptor writes */
#define QUEUE_BASE		(24 * MIB)
#define QUEUE_STATUS		(25 * MIB)

/*
 * Where translations lead: the first pages of two large pages. Every page holds,
 * at the same offsets, two descriptors whose length tells the page and of which
 * the second asks for a report, and room for a packet.
 */
#define DATA_BASE		(32 * MIB)
#define DATA_LARGE_PAGES	2u
#define DATA_PAGES_EACH		32u
#define DATA_PAGES		(DATA_LARGE_PAGES * DATA_PAGES_EACH)
#define DATA_SILENT		0x100u
#define DATA_REPORT		0x200u
#define DATA_PACKET		0x300u

/*
 * Rings and packets that a device needs besides what is asked. Its address is
 * mapped to itself in each domain, under an entry of its own at the third level.
 */
#define CONTROL			(1024 * MIB)
#define CONTROL_TX_RING		(CONTROL + 0x000)
#define CONTROL_RX_RING		(CONTROL + 0x400)
#define CONTROL_PACKET		(CONTROL + 0x800)

/**
 * struct memory - Memory from address 0
 * @fd: of the shared memory
 * @bytes: where it is mapped
 */
struct memory {
	int fd;
	u8 *bytes;
};

int memory_create(struct memory *memory);
void memory_destroy(struct memory *memory);

bool memory_has(u64 address, size_t size);
u64 memory_load(const struct memory *memory, u64 address);
void memory_store(struct memory *memory, u64 address, u64 value);
void memory_clear(struct memory *memory, u64 address, size_t size);

u64 data_page(unsigned int index);
int data_index(u64 address);

#endif /* MEMORY_H */
