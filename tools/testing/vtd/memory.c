// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of the machine, shared with QEMU.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory.h"

/* Create it, all zero: 0, or -1 with a message. QEMU inherits the descriptor. */
int memory_create(struct memory *memory)
{
	void *bytes = MAP_FAILED;

	memory->fd = memfd_create("memory", 0);
	if (memory->fd >= 0 && !ftruncate(memory->fd, MEMORY_SIZE))
		bytes = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_NORESERVE, memory->fd, 0);
	if (bytes == MAP_FAILED) {
		perror("the memory of the machine");
		if (memory->fd >= 0)
			close(memory->fd);
		return -1;
	}
	memory->bytes = bytes;
	return 0;
}

void memory_destroy(struct memory *memory)
{
	munmap(memory->bytes, MEMORY_SIZE);
	close(memory->fd);
}

/* Whether there is memory at all those addresses. */
bool memory_has(u64 address, size_t size)
{
	return address < MEMORY_SIZE && size <= MEMORY_SIZE - address;
}

/* The word at an address where there is memory. */
u64 memory_load(const struct memory *memory, u64 address)
{
	u64 value;

	memcpy(&value, memory->bytes + address, sizeof(value));
	return value;
}

void memory_store(struct memory *memory, u64 address, u64 value)
{
	memcpy(memory->bytes + address, &value, sizeof(value));
}

void memory_clear(struct memory *memory, u64 address, size_t size)
{
	memset(memory->bytes + address, 0, size);
}

/* Address of one of the pages that translations lead to. */
u64 data_page(unsigned int index)
{
	return DATA_BASE + index / DATA_PAGES_EACH * 2 * MIB + index % DATA_PAGES_EACH * PAGE;
}

/* Which of them an address is in, or -1. */
int data_index(u64 address)
{
	u64 offset = address - DATA_BASE;

	if (address < DATA_BASE || offset >= DATA_LARGE_PAGES * 2 * MIB ||
	    offset % (2 * MIB) >= DATA_PAGES_EACH * PAGE)
		return -1;
	return offset / (2 * MIB) * DATA_PAGES_EACH + offset % (2 * MIB) / PAGE;
}
