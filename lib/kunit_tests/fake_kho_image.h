/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Images of the fake KHO: what a test of one boot preserved, in a file, for a
 * test of a second boot.
 */

#ifndef _LIB_KUNIT_TESTS_FAKE_KHO_IMAGE_H
#define _LIB_KUNIT_TESTS_FAKE_KHO_IMAGE_H

#include <linux/types.h>

struct kunit;

#define FAKE_KHO_IMAGE_MAGIC	0x4547414d494f484bULL
#define FAKE_KHO_IMAGE_VERSION	2

/* Preservations in an image, at most */
#define FAKE_KHO_IMAGE_MAX	4096

/* Names that tests give to these, at most */
#define FAKE_KHO_IMAGE_ROOTS	16

/* Room for a name, with its end */
#define FAKE_KHO_IMAGE_NAME	16

/**
 * struct fake_kho_image_header - The beginning of an image.
 * @magic: FAKE_KHO_IMAGE_MAGIC.
 * @version: FAKE_KHO_IMAGE_VERSION.
 * @start: Physical address that the writer gave, where the reader begins.
 * @nr_preservations: Number of entries that follow.
 */
struct fake_kho_image_header {
	u64 magic;
	u64 version;
	u64 start;
	u64 nr_preservations;
};

/**
 * struct fake_kho_image_entry - One preservation.
 * @pfn: Its first page frame.
 * @order: Its order.
 * @used: Bytes of it that are in the file, the rest is zero.
 * @root: What a handover begins with: the name under which LUO keeps the address; empty
 *	otherwise.
 */
struct fake_kho_image_entry {
	u64 pfn;
	u64 order;
	u64 used;
	char root[FAKE_KHO_IMAGE_NAME];
};

/**
 * struct fake_kho_image_table - An image without its bytes.
 * @header: Its beginning.
 * @entries: The preservations in ascending order.
 */
struct fake_kho_image_table {
	struct fake_kho_image_header header;
	struct fake_kho_image_entry entries[FAKE_KHO_IMAGE_MAX];
};

/**
 * struct fake_kho_image_file - Where an image is.
 * @read: Reads all of a range, or returns a negative errno.
 * @write: Writes all of a range, or returns a negative errno.
 * @size: Size of the file in bytes, valid when it is read.
 * @fd: File descriptor of the host, if it is a file there.
 */
struct fake_kho_image_file {
	int (*read)(struct fake_kho_image_file *file, void *buf, size_t size,
		    u64 offset);
	int (*write)(struct fake_kho_image_file *file, const void *buf,
		     size_t size, u64 offset);
	u64 size;
	int fd;
};

/**
 * typedef fake_kho_image_free_fn - Is all of this range memory that is free.
 * @phys: First physical address.
 * @size: Size in bytes.
 */
typedef bool (*fake_kho_image_free_fn)(phys_addr_t phys, phys_addr_t size);

u64 fake_kho_image_entry_size(const struct fake_kho_image_entry *entry);
u64 fake_kho_image_used_size(const struct fake_kho_image_entry *entry);
void fake_kho_image_begin(struct fake_kho_image_table *table, u64 start);
struct fake_kho_image_entry *
fake_kho_image_add(struct fake_kho_image_table *table, u64 pfn, u64 order);
u64 fake_kho_image_size(const struct fake_kho_image_table *table);
int fake_kho_image_write(struct fake_kho_image_file *file,
			 const struct fake_kho_image_table *table);
int fake_kho_image_save(struct fake_kho_image_file *file, u64 start);
int fake_kho_image_read_table(struct fake_kho_image_file *file,
			      struct fake_kho_image_table *table,
			      fake_kho_image_free_fn is_free);
int fake_kho_image_read_bytes(struct fake_kho_image_file *file,
			      const struct fake_kho_image_table *table);

int fake_kho_image_name_root(u64 phys, const char *name);
bool fake_kho_image_may_write(void);
bool fake_kho_image_may_read(void);
int fake_kho_write_image(struct kunit *test, u64 start);
int fake_kho_read_image(struct kunit *test, u64 *start);
const char *fake_kho_image_root(unsigned int n, u64 *phys);

#endif /* _LIB_KUNIT_TESTS_FAKE_KHO_IMAGE_H */
