// SPDX-License-Identifier: GPL-2.0-only
/* Physical addresses of this process's memory */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "message.h"
#include "pagemap.h"

/* See Documentation/admin-guide/mm/pagemap.rst. */
#define PAGEMAP_PRESENT		0x8000000000000000ull
#define PAGEMAP_FRAME		0x007fffffffffffffull

/* A file descriptor for pagemap_physical(), or -1 with a message */
int pagemap_open(void)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return failure("/proc/self/pagemap: %m: the kernel needs CONFIG_PROC_PAGE_MONITOR");
	return fd;
}

/* Where @address, which must have been touched, is in physical memory: 0, or -1 with a message. */
int pagemap_physical(int pagemap, const void *address, __u64 *physical)
{
	off_t offset = (uintptr_t)address / PAGE_SIZE * sizeof(__u64);
	__u64 entry;

	errno = EIO;
	if (pread(pagemap, &entry, sizeof(entry), offset) != sizeof(entry))
		return failure("/proc/self/pagemap: %m");
	if (!(entry & PAGEMAP_PRESENT))
		return failure("a page is not present");
	if (!(entry & PAGEMAP_FRAME))
		return failure("/proc/self/pagemap tells no physical address: run this as root");
	*physical = (entry & PAGEMAP_FRAME) * PAGE_SIZE + (uintptr_t)address % PAGE_SIZE;
	return 0;
}
