// SPDX-License-Identifier: GPL-2.0-only
/* The memory that the devices stream to, and where it is */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "../stream_layout.h"
#include "file.h"
#include "memory.h"
#include "message.h"
#include "pagemap.h"

#define HUGE_MODE	"/sys/kernel/mm/transparent_hugepage/shmem_enabled"
#define SEALS		(F_SEAL_SEAL | F_SEAL_GROW | F_SEAL_SHRINK)

/* The mode counts at the time of allocation, for every memfd. */
static int allow_large_pages(bool allow)
{
	if (!write_file(HUGE_MODE, allow ? "always" : "never"))
		return 0;
	if (errno == ENOENT && !allow)
		return 0;
	return failure("%s: %m: the kernel needs CONFIG_TRANSPARENT_HUGEPAGE", HUGE_MODE);
}

/* Map @size bytes of the memfd @fd, which @memory then owns: 0 or -1 with a message. */
int memory_map(struct memory *memory, int fd, __u64 size)
{
	struct stat status;

	*memory = (struct memory) { .fd = fd, .size = size };
	if (fstat(fd, &status))
		return failure("fstat of a memfd: %m");
	if ((__u64)status.st_size != size)
		return failure("a memfd has %lld bytes instead of %llu: give the same --slots",
			       (long long)status.st_size, size);
	memory->start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			     fd, 0);
	if (memory->start == MAP_FAILED)
		return failure("mmap of a memfd: %m");
	return 0;
}

/*
 * Create one memfd that is sealed before it is mapped: 0, or -1 with a message.
 * All pages are allocated before the size is sealed: a page that is missing is
 * an error here and not a signal later.
 */
int memory_create_one(struct memory *memory, const char *name, __u64 size)
{
	int fd = memfd_create(name, MFD_ALLOW_SEALING | MFD_CLOEXEC);

	if (fd < 0)
		return failure("memfd_create: %m: the kernel needs CONFIG_MEMFD_CREATE");
	errno = posix_fallocate(fd, 0, size);
	if (errno)
		return failure("%llu bytes for memfd %s: %m: the machine needs more memory", size,
			       name);
	if (fcntl(fd, F_ADD_SEALS, SEALS))
		return failure("seals of memfd %s: %m", name);
	return memory_map(memory, fd, size);
}

/* Create both memfds of a device: 0, or -1 with a message. */
int memory_create(struct memory_pair *pair, unsigned int slots, bool large_pages)
{
	if (allow_large_pages(large_pages) ||
	    memory_create_one(&pair->large, "large", stream_large_size(slots)))
		return -1;
	if (allow_large_pages(false) ||
	    memory_create_one(&pair->small, "small", stream_small_size(slots)))
		return -1;
	return 0;
}

/**
 * struct run - Pages that follow each other in physical memory
 * @offset: of the first in the memfd
 * @physical: address of the first
 * @length: in bytes
 */
struct run {
	__u64 offset;
	__u64 physical;
	__u64 length;
};

/* Find the run that starts at run->offset, up to @limit bytes. */
static int find_run(const struct memory *memory, int pagemap, struct run *run, __u64 limit)
{
	const char *start = memory->start;
	__u64 end = run->offset + limit;
	__u64 physical;

	if (end > memory->size)
		end = memory->size;
	if (pagemap_physical(pagemap, start + run->offset, &run->physical))
		return -1;
	for (run->length = PAGE_SIZE; run->offset + run->length < end; run->length += PAGE_SIZE) {
		if (pagemap_physical(pagemap, start + run->offset + run->length, &physical))
			return -1;
		if (physical != run->physical + run->length)
			break;
	}
	return 0;
}

static int check_large(const struct memory *memory, int pagemap)
{
	struct run run = {};

	for (; run.offset < memory->size; run.offset += STREAM_LARGE_PAGE) {
		if (find_run(memory, pagemap, &run, STREAM_LARGE_PAGE))
			return -1;
		if (run.length != STREAM_LARGE_PAGE || run.physical % STREAM_LARGE_PAGE)
			return failure("a page is not a huge one: the machine needs more memory");
	}
	return 0;
}

/* Whether all of it is in pages of 2 MiB: 0, or -1 with a message. */
int memory_check_large(const struct memory *memory)
{
	int pagemap = pagemap_open();
	int ret;

	if (pagemap < 0)
		return -1;
	ret = check_large(memory, pagemap);
	close(pagemap);
	return ret;
}

/*
 * Tell the host where the memory is, which a device finds at @iova. Only right
 * once the pages are pinned: pinning may move them.
 */
int memory_print_extents(const struct memory *memory, unsigned int index, __u64 iova)
{
	struct run run = {};
	int pagemap = pagemap_open();
	int ret = 0;

	if (pagemap < 0)
		return -1;
	for (; !ret && run.offset < memory->size; run.offset += run.length) {
		ret = find_run(memory, pagemap, &run, memory->size);
		if (!ret)
			printf("extent %u 0x%llx 0x%llx 0x%llx\n", index, iova + run.offset,
			       run.physical, run.length);
	}
	close(pagemap);
	return ret;
}
