// SPDX-License-Identifier: GPL-2.0-only
/*
 * Images as text, for what is checked in: a change of a word is a line of a diff.
 *
 *	KHO image, version 2
 *	0x100000 order 0 iommu
 *	000 0x756c756d6d6f692e 0x10000
 *
 * Each preservation has a line, and one for each four words of which not all are zero:
 * the offset, and the words up to the last that is not zero.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../../lib/kunit_tests/fake_kho_image.h"
#include "memory.h"
#include "text.h"

#define WORDS	4

static void print_words(FILE *file, const u64 *words, size_t offset)
{
	unsigned int used = WORDS;

	while (used && !words[used - 1])
		used--;
	if (!used)
		return;
	fprintf(file, "%03zx", offset);
	for (unsigned int i = 0; i < used; i++)
		fprintf(file, " %#llx", (ullong)words[i]);
	fputc('\n', file);
}

/* Write the image that is loaded. */
void text_print(FILE *file)
{
	fprintf(file, "KHO image, version %d\n", FAKE_KHO_IMAGE_VERSION);
	for (size_t i = 0; i < memory_count(); i++) {
		const struct preservation *preservation = memory_nth(i);
		const size_t size = preservation_size(preservation);

		fprintf(file, "%#llx order %u%s%s\n", (ullong)preservation->phys,
			preservation->order, *preservation->root ? " " : "",
			preservation->root);
		for (size_t offset = 0; offset < size; offset += WORDS * sizeof(u64))
			print_words(file, preservation->mem + offset, offset);
	}
}

static int read_preservation(const char *line)
{
	struct preservation *preservation;
	unsigned int order;
	char root[16] = "";
	unsigned long long phys;

	if (sscanf(line, "0x%llx order %u %15s", &phys, &order, root) < 2 ||
	    order > 18)
		return -EINVAL;
	preservation = memory_add(phys, order);
	strcpy(preservation->root, root);
	return 0;
}

static int read_words(const char *line)
{
	struct preservation *preservation;
	size_t offset;
	char *end;

	if (!memory_count())
		return -EINVAL;
	preservation = memory_nth(memory_count() - 1);
	offset = strtoul(line, &end, 16);
	for (; *end == ' '; offset += sizeof(u64)) {
		const u64 word = strtoull(end, &end, 0);

		if (offset > preservation_size(preservation) - sizeof(u64))
			return -ERANGE;
		memcpy(preservation->mem + offset, &word, sizeof(word));
	}
	return *end == '\n' ? 0 : -EINVAL;
}

bool text_is_image(const void *bytes, size_t size)
{
	static const char magic[] = "KHO image, version ";

	return size >= strlen(magic) && !memcmp(bytes, magic, strlen(magic));
}

/* Load an image that is text: 0 or what is wrong. */
int text_load(const void *bytes, size_t size)
{
	FILE *file = fmemopen((void *)bytes, size, "r");
	unsigned int version;
	char line[256];
	int ret = 0;

	if (!file)
		return -errno;
	if (fscanf(file, "KHO image, version %u\n", &version) != 1 ||
	    version != FAKE_KHO_IMAGE_VERSION)
		ret = -EINVAL;
	while (!ret && fgets(line, sizeof(line), file))
		ret = strstr(line, " order ") ? read_preservation(line) : read_words(line);
	fclose(file);
	return ret;
}
