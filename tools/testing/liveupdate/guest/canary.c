// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the running kernel that nobody but a stray DMA writes to.
 *
 *   canary plant MIB	write a file of that size to the root file system, in memory
 *   canary check	verify it: "canary PAGES DAMAGED", and of the first damaged
 *			pages "damaged PAGE PHYSICAL"
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "message.h"
#include "pagemap.h"

#define CANARY			"/canary"
#define MAX_MIB			1048576
#define MAX_PRINTED		16
#define WORDS_PER_PAGE		(PAGE_SIZE / sizeof(__u64))

/* No two words are equal: the finalizer of splitmix64 is a bijection. */
static __u64 word_at(__u64 number)
{
	number += 0x9e3779b97f4a7c15;
	number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9;
	number = (number ^ number >> 27) * 0x94d049bb133111eb;
	return number ^ number >> 31;
}

static void fill_page(__u64 *words, __u64 page)
{
	unsigned int i;

	for (i = 0; i < WORDS_PER_PAGE; i++)
		words[i] = word_at(page * WORDS_PER_PAGE + i);
}

static int write_pages(int fd, __u64 pages)
{
	__u64 words[WORDS_PER_PAGE];
	__u64 page;

	for (page = 0; page < pages; page++) {
		fill_page(words, page);
		errno = ENOSPC;
		if (write(fd, words, sizeof(words)) != sizeof(words))
			return failure("page %llu of " CANARY ": %m: plant less", page);
	}
	return 0;
}

static int plant(const char *size)
{
	char *end;
	long mib;
	int fd, ret;

	mib = strtol(size, &end, 10);
	if (*end || mib < 1 || mib > MAX_MIB)
		return failure("%s is no number of MiB", size);
	fd = open(CANARY, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return failure(CANARY ": %m");
	ret = write_pages(fd, ((__u64)mib << 20) / PAGE_SIZE);
	close(fd);
	if (ret)
		unlink(CANARY);
	return ret;
}

static int check_pages(const __u64 *start, __u64 pages)
{
	__u64 damaged[MAX_PRINTED], count = 0, page, physical, i;
	__u64 words[WORDS_PER_PAGE];
	int pagemap;

	for (page = 0; page < pages; page++) {
		fill_page(words, page);
		if (!memcmp(words, start + page * WORDS_PER_PAGE, sizeof(words)))
			continue;
		if (count < MAX_PRINTED)
			damaged[count] = page;
		count++;
	}
	printf("canary %llu %llu\n", pages, count);
	if (!count)
		return 0;
	pagemap = pagemap_open();
	if (pagemap < 0)
		return -1;
	for (i = 0; i < count && i < MAX_PRINTED; i++) {
		if (pagemap_physical(pagemap, start + damaged[i] * WORDS_PER_PAGE, &physical))
			break;
		printf("damaged %llu 0x%llx\n", damaged[i], physical);
	}
	close(pagemap);
	return i < count && i < MAX_PRINTED ? -1 : 0;
}

static int check(void)
{
	struct stat status;
	__u64 *start;
	int fd, ret;

	fd = open(CANARY, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return failure(CANARY ": %m: plant it first");
	start = MAP_FAILED;
	if (!fstat(fd, &status))
		start = mmap(NULL, status.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (start == MAP_FAILED)
		return failure("map " CANARY ": %m");
	ret = check_pages(start, status.st_size / PAGE_SIZE);
	munmap(start, status.st_size);
	return ret;
}

int main(int argc, char **argv)
{
	message_command("canary");
	if (argc == 3 && !strcmp(argv[1], "plant"))
		return plant(argv[2]) ? EXIT_FAILURE : EXIT_SUCCESS;
	if (argc == 2 && !strcmp(argv[1], "check"))
		return check() ? EXIT_FAILURE : EXIT_SUCCESS;
	failure("usage: canary plant MIB | canary check");
	return EXIT_FAILURE;
}
