// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the second kernel tells of the handover goes from its memory to files: see
 * guest/handover.c. Others judge these.
 */
#include <stdio.h>
#include <string.h>

#include <linux/types.h>

#include "handover.h"
#include "qtest.h"

#define PAGE_SIZE	4096

static int append(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "ab");
	size_t written;

	if (!file)
		return -1;
	written = fwrite(bytes, 1, size, file);
	return fclose(file) || written != size ? -1 : 0;
}

/*
 * Append what a line says the place of to the file that it names: 0, 1 if it is another
 * line, or -1 if it is not understood, or what is there cannot be read or written.
 */
int handover_keep(struct qtest *qtest, const char *directory, const char *line)
{
	static const char begin[] = "handover ";
	char name[16], path[512], end;
	unsigned long long address;
	u8 bytes[PAGE_SIZE];
	size_t size;

	if (strncmp(line, begin, strlen(begin)))
		return 1;
	if (sscanf(line, "handover %15[a-z] 0x%llx %zu%c", name, &address, &size, &end) != 3 ||
	    !size || size > sizeof(bytes) || address % PAGE_SIZE)
		return -1;
	qtest_read_bytes(qtest, address, bytes, size);
	if (qtest_run(qtest))
		return -1;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return append(path, bytes, size);
}
