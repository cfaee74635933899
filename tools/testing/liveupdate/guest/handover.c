// SPDX-License-Identifier: GPL-2.0-only
/*
 * What this kernel tells of live updates: its catalogue, and the image of what was handed
 * over to it, for the host to judge.
 *
 *   handover	say where files of debugfs are, as lines "handover NAME ADDRESS SIZE"
 *
 * The serial port is too slow for an image. So its bytes are copied to a file in memory,
 * which stays when the program ends, and the host reads them from the physical addresses of
 * its pages. A file that the kernel does not have is left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "compiler.h"
#include "message.h"
#include "pagemap.h"

#define FROM	"/sys/kernel/debug/iommu_liveupdate"
#define TO	"/tmp"

static const char * const names[] = { "catalogue", "image" };

static int open_in(const char *directory, const char *name, int flags)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return open(path, flags | O_CLOEXEC, 0600);
}

/* Its size, or -1 with a message */
static ssize_t copy_file(int from, int to)
{
	char buffer[1 << 16];
	ssize_t size, total = 0;

	while ((size = read(from, buffer, sizeof(buffer))) > 0) {
		if (write(to, buffer, size) != size)
			return failure(TO ": %m");
		total += size;
	}
	return size < 0 ? failure(FROM ": %m") : total;
}

static int print_pages(const char *name, const char *bytes, size_t size, int pagemap)
{
	__u64 physical;

	for (size_t offset = 0; offset < size; offset += PAGE_SIZE) {
		if (pagemap_physical(pagemap, bytes + offset, &physical))
			return -1;
		printf("handover %s %#llx %zu\n", name, (unsigned long long)physical,
		       size - offset < PAGE_SIZE ? size - offset : PAGE_SIZE);
	}
	return 0;
}

static int print_copy(const char *name, int from, int to, int pagemap)
{
	const ssize_t size = copy_file(from, to);
	char *bytes;

	if (size <= 0)
		return size;
	bytes = mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_POPULATE, to, 0);
	if (bytes == MAP_FAILED)
		return failure(TO "/%s: %m", name);
	return print_pages(name, bytes, size, pagemap);
}

static int print_file(const char *name, int pagemap)
{
	int from = open_in(FROM, name, O_RDONLY), to, ret;

	if (from < 0)
		return errno == ENOENT ? 0 : failure(FROM "/%s: %m", name);
	to = open_in(TO, name, O_RDWR | O_CREAT);
	if (to < 0)
		return failure(TO "/%s: %m", name);
	ret = print_copy(name, from, to, pagemap);
	close(from);
	close(to);
	return ret;
}

int main(void)
{
	int pagemap;

	message_command("handover");
	pagemap = pagemap_open();
	if (pagemap < 0)
		return EXIT_FAILURE;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (print_file(names[i], pagemap))
			return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
