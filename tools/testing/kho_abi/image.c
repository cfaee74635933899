// SPDX-License-Identifier: GPL-2.0-only
/* Images as files and as bytes, by the kernel's own code for that format. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/container_of.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sizes.h>

#include "../../../lib/kunit_tests/fake_kho_image.h"
#include "image.h"
#include "memory.h"
#include "text.h"

/* The most memory that an image may take here */
static u64 limit = SZ_1G;

static struct fake_kho_image_table table;
static u64 memory_left;

/* An image in memory: it is read from there, or grows. */
struct bytes {
	struct fake_kho_image_file file;
	u8 *mem;
};

static int bytes_read(struct fake_kho_image_file *file, void *buf, size_t size, u64 offset)
{
	struct bytes *bytes = container_of(file, struct bytes, file);

	if (offset > file->size || size > file->size - offset)
		return -ENODATA;
	memcpy(buf, bytes->mem + offset, size);
	return 0;
}

static int bytes_write(struct fake_kho_image_file *file, const void *buf, size_t size,
		       u64 offset)
{
	struct bytes *bytes = container_of(file, struct bytes, file);

	if (offset + size > file->size) {
		bytes->mem = realloc(bytes->mem, offset + size);
		if (!bytes->mem)
			return -ENOMEM;
		file->size = offset + size;
	}
	memcpy(bytes->mem + offset, buf, size);
	return 0;
}

static bool has_room(phys_addr_t phys, phys_addr_t size)
{
	if (size > memory_left)
		return false;
	memory_left -= size;
	return true;
}

void image_set_limit(u64 size)
{
	limit = size;
}

/* Make the bytes of an image the memory of the next kernel: 0 or what is wrong. */
int image_load_bytes(const void *mem, size_t size)
{
	struct bytes bytes = {
		.file = { .read = bytes_read, .size = size },
		.mem = (u8 *)mem,
	};
	int err;

	memory_left = limit;
	err = fake_kho_image_read_table(&bytes.file, &table, has_room);
	if (err)
		return err;

	for (u64 i = 0; i < table.header.nr_preservations; i++) {
		struct fake_kho_image_entry *entry = &table.entries[i];

		strcpy(memory_add(PFN_PHYS(entry->pfn), entry->order)->root, entry->root);
	}
	return fake_kho_image_read_bytes(&bytes.file, &table);
}

static int read_file(FILE *file, struct bytes *bytes)
{
	char part[1 << 16];
	size_t size;

	while ((size = fread(part, 1, sizeof(part), file)))
		if (bytes_write(&bytes->file, part, size, bytes->file.size))
			return -ENOMEM;
	return ferror(file) ? -EIO : 0;
}

/* The same for a file, "-" for the standard input */
int image_load(const char *path)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	struct bytes bytes = {};
	int err;

	if (!file)
		return -errno;
	err = read_file(file, &bytes);
	if (!err && text_is_image(bytes.mem, bytes.file.size))
		err = text_load(bytes.mem, bytes.file.size);
	else if (!err)
		err = image_load_bytes(bytes.mem, bytes.file.size);
	free(bytes.mem);
	if (file != stdin)
		fclose(file);
	return err;
}

static int describe_memory(void)
{
	fake_kho_image_begin(&table, 0);
	for (size_t i = 0; i < memory_count(); i++) {
		const struct preservation *preservation = memory_nth(i);
		struct fake_kho_image_entry *entry;

		entry = fake_kho_image_add(&table, PHYS_PFN(preservation->phys),
					   preservation->order);
		if (!entry)
			return -E2BIG;
		entry->used = fake_kho_image_used_size(entry);
		strcpy(entry->root, preservation->root);
	}
	return 0;
}

/* Write the memory as an image: 0 or what went wrong. */
int image_save(const char *path)
{
	struct bytes bytes = { .file.write = bytes_write };
	FILE *file;
	int err;

	err = describe_memory() ?: fake_kho_image_write(&bytes.file, &table);
	file = err ? NULL : fopen(path, "wb");
	if (!file)
		err = err ?: -errno;
	else if (fwrite(bytes.mem, 1, bytes.file.size, file) != bytes.file.size || fclose(file))
		err = -EIO;
	free(bytes.mem);
	return err;
}
