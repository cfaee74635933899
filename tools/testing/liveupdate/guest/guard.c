// SPDX-License-Identifier: GPL-2.0-only
/*
 * The copy of a device's memory at the physical addresses that equal its I/O
 * virtual addresses
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "../stream_layout.h"
#include "guard.h"
#include "message.h"

/* One entry of /proc/iomem, which indents what is inside another */
static bool line_reserves(const char *line, __u64 first, __u64 last)
{
	unsigned long long from, to;

	return line[0] != ' ' && strstr(line, " : Reserved") &&
	       sscanf(line, "%llx-%llx", &from, &to) == 2 && from <= first && last <= to;
}

/* Nothing must be written over: the kernel was told not to use that memory. */
static int check_reserved(__u64 address)
{
	FILE *file = fopen("/proc/iomem", "re");
	bool reserved = false;
	char line[256];

	if (!file)
		return failure("/proc/iomem: %m");
	while (!reserved && fgets(line, sizeof(line), file))
		reserved = line_reserves(line, address, address + STREAM_STRIDE - 1);
	fclose(file);
	if (!reserved)
		return failure("0x%llx is no reserved memory: boot with memmap=%lluM$0x%llx",
			       address, STREAM_STRIDE >> 20, address);
	return 0;
}

static char *map_physical(__u64 address)
{
	int fd = open("/dev/mem", O_RDWR | O_CLOEXEC);
	char *start;

	if (fd < 0) {
		failure("/dev/mem: %m: the kernel needs CONFIG_DEVMEM");
		return MAP_FAILED;
	}
	start = mmap(NULL, STREAM_STRIDE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, address);
	if (start == MAP_FAILED)
		failure("/dev/mem at %#llx: %m", address);
	close(fd);
	return start;
}

/* Write the guard of the device whose memory @pair is: 0, or -1 with a message. */
int guard_write(__u64 address, const struct memory_pair *pair)
{
	char *start;

	if (check_reserved(address))
		return -1;
	start = map_physical(address);
	if (start == MAP_FAILED)
		return -1;
	memset(start, 0, STREAM_STRIDE);
	memcpy(start, pair->small.start, pair->small.size);
	memcpy(start + STREAM_LARGE_OFFSET, pair->large.start, pair->large.size);
	munmap(start, STREAM_STRIDE);
	return 0;
}
