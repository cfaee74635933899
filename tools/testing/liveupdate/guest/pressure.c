// SPDX-License-Identifier: GPL-2.0-only
/*
 * More memory than there is.
 *
 *   pressure MIB	have the kernel swap about that much, and compact what is left
 *
 * Pages move and go away all over memory, but for those that are not the kernel's to
 * move. What was written must be read again. The output is "pressure SWAPPED MOVED", in
 * pages. Swap is in compressed memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/swap.h>

#include <linux/types.h>

#include "file.h"
#include "message.h"
#include "pagemap.h"

#define ZRAM		"/dev/zram0"
#define SWAP_MAGIC	"SWAPSPACE2"
#define MAX_MIB		4096
#define MIB		1048576ul

/* Older pages than ours are swapped first, and may not be compressible. */
#define SWAP_RATIO	4

/* The first page of a swap area, as far as swapon() looks at it */
struct swap_header {
	char boot[1024];
	__u32 version;
	__u32 last_page;
	__u32 nr_bad_pages;
};

static int write_header(int fd, unsigned long pages)
{
	char page[PAGE_SIZE] = {};
	struct swap_header *header = (void *)page;

	header->version = 1;
	header->last_page = pages - 1;
	memcpy(page + PAGE_SIZE - strlen(SWAP_MAGIC), SWAP_MAGIC, strlen(SWAP_MAGIC));
	errno = EIO;
	return write(fd, page, sizeof(page)) == sizeof(page) ? 0 : -1;
}

static int add_swap(unsigned long mib)
{
	char size[32];
	int fd, ret;

	snprintf(size, sizeof(size), "%luM", mib);
	if (write_file("/sys/block/zram0/disksize", size))
		return failure("/sys/block/zram0/disksize: %m: the kernel needs CONFIG_ZRAM");
	fd = open(ZRAM, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return failure(ZRAM ": %m");
	ret = write_header(fd, mib * MIB / PAGE_SIZE);
	close(fd);
	if (ret || swapon(ZRAM, 0))
		return failure("swap on " ZRAM ": %m: the kernel needs CONFIG_SWAP");
	return 0;
}

/* The number behind a name in a file of /proc */
static long read_number(const char *path, const char *name)
{
	char text[16384], *line;

	if (read_file(path, text, sizeof(text)) < 0)
		return failure("%s: %m", path);
	line = strstr(text, name);
	return line ? strtol(line + strlen(name), NULL, 10) :
		      failure("%s: no %s: the kernel needs CONFIG_VM_EVENT_COUNTERS", path,
			      name + (*name == '\n'));
}

static __u64 word_of(unsigned long page)
{
	return page * 0x9e3779b97f4a7c15ul;
}

/* Each second page goes away, and the others move together. */
static int compact(char *memory, unsigned long pages)
{
	unsigned long i;

	for (i = 1; i < pages; i += 2) {
		if (madvise(memory + i * PAGE_SIZE, PAGE_SIZE, MADV_DONTNEED))
			return failure("madvise: %m: the kernel needs CONFIG_ADVISE_SYSCALLS");
	}
	if (write_file("/proc/sys/vm/compact_memory", "1"))
		return failure("compact_memory: %m: the kernel needs CONFIG_COMPACTION");
	return 0;
}

static int use_memory(unsigned long size)
{
	const unsigned long pages = size / PAGE_SIZE;
	unsigned long i, wrong = 0;
	char *memory;
	int ret;

	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return failure("%lu MiB of memory: %m", size / MIB);
	/* Without huge pages, each page can move by itself. */
	madvise(memory, size, MADV_NOHUGEPAGE);
	for (i = 0; i < pages; i++)
		*(__u64 *)(memory + i * PAGE_SIZE) = word_of(i);
	ret = compact(memory, pages);
	for (i = 0; !ret && i < pages; i += 2)
		wrong += *(__u64 *)(memory + i * PAGE_SIZE) != word_of(i);
	munmap(memory, size);
	if (ret || !wrong)
		return ret;
	return failure("%lu pages of %lu are not as written", wrong, pages / 2);
}

static int press(unsigned long mib)
{
	const long available = read_number("/proc/meminfo", "MemAvailable:");
	long swapped, moved;

	if (available < 0 || add_swap(SWAP_RATIO * mib))
		return -1;
	if (use_memory(available * 1024ul / PAGE_SIZE * PAGE_SIZE + mib * MIB))
		return -1;
	swapped = read_number("/proc/vmstat", "\npswpout ");
	moved = read_number("/proc/vmstat", "\npgmigrate_success ");
	if (swapped < 0 || moved < 0)
		return -1;
	if (!swapped || !moved)
		return failure("%ld pages were swapped, and %ld have moved", swapped, moved);
	printf("pressure %ld %ld\n", swapped, moved);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned long mib;
	char *end;

	message_command("pressure");
	mib = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
	if (!mib || *end || mib > MAX_MIB) {
		failure("usage: pressure MIB");
		return EXIT_FAILURE;
	}
	return press(mib) ? EXIT_FAILURE : EXIT_SUCCESS;
}
