// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The file of an image
 *
 * An image is a file in the byte order of the machine, for pages of its size:
 *
 * ============  ====================================================================
 * what          how
 * ============  ====================================================================
 * the header    &struct fake_kho_image_header
 * the entries   one &struct fake_kho_image_entry for each preservation, in ascending
 *               order of addresses
 * the bytes     of each preservation, in the same order: its first
 *               fake_kho_image_entry::used bytes. The rest of it is zero.
 * ============  ====================================================================
 *
 * Nothing follows. An entry has a name if the preservation is what a handover begins
 * with: that under which LUO keeps its address, as in <linux/kho/abi/>.
 *
 * Nothing here knows KUnit or UML: tools/testing/kho_abi/ reads and writes
 * images with this file, in user space, and drivers/iommu/liveupdate/image.c those of real
 * handovers.
 */

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include "fake_kho_image.h"

static u64 table_size(u64 nr_preservations)
{
	return sizeof(struct fake_kho_image_header) +
	       nr_preservations * sizeof(struct fake_kho_image_entry);
}

/**
 * fake_kho_image_entry_size - Size of a preservation.
 * @entry: Its entry, which is good.
 *
 * Context: Any.
 *
 * Return: the size in bytes.
 */
u64 fake_kho_image_entry_size(const struct fake_kho_image_entry *entry)
{
	return (u64)PAGE_SIZE << entry->order;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_image_entry_size);

static void *memory_of(const struct fake_kho_image_entry *entry)
{
	return phys_to_virt(PFN_PHYS(entry->pfn));
}

/**
 * fake_kho_image_used_size - How much of a preservation is not zero.
 * @entry: Its entry, which is good.
 *
 * Context: Any. Nothing may write to the preservation.
 *
 * Return: the bytes up to the last word that is not zero.
 */
u64 fake_kho_image_used_size(const struct fake_kho_image_entry *entry)
{
	u64 words = fake_kho_image_entry_size(entry) / sizeof(u64);
	const u64 *mem = memory_of(entry);

	while (words && !mem[words - 1])
		words--;
	return words * sizeof(u64);
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_image_used_size);

/**
 * fake_kho_image_begin - Begin an image in which nothing is preserved.
 * @table: Filled in, its entries are left alone.
 * @start: Address for the reader.
 *
 * Context: Any.
 */
void fake_kho_image_begin(struct fake_kho_image_table *table, u64 start)
{
	table->header = (struct fake_kho_image_header){
		.magic = FAKE_KHO_IMAGE_MAGIC,
		.version = FAKE_KHO_IMAGE_VERSION,
		.start = start,
	};
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_image_begin);

/**
 * fake_kho_image_add - Add a preservation to an image.
 * @table: The image, which fake_kho_image_begin() has begun.
 * @pfn: First page frame, after all that is in the image already.
 * @order: Its order.
 *
 * Context: Any.
 *
 * Return: its entry, without a name and none of its bytes, or NULL if there is no room.
 */
struct fake_kho_image_entry *
fake_kho_image_add(struct fake_kho_image_table *table, u64 pfn, u64 order)
{
	struct fake_kho_image_entry *entry;

	if (table->header.nr_preservations == FAKE_KHO_IMAGE_MAX)
		return NULL;
	entry = &table->entries[table->header.nr_preservations++];
	*entry = (struct fake_kho_image_entry){ .pfn = pfn, .order = order };
	return entry;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_image_add);

/**
 * fake_kho_image_size - Size of an image.
 * @table: The image, whose entries are good.
 *
 * Context: Any.
 *
 * Return: the size of its file in bytes.
 */
u64 fake_kho_image_size(const struct fake_kho_image_table *table)
{
	u64 size = table_size(table->header.nr_preservations);

	for (u64 i = 0; i < table->header.nr_preservations; i++)
		size += table->entries[i].used;
	return size;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_image_size);

/**
 * fake_kho_image_write - Write an image.
 * @file: Where to.
 * @table: What is preserved, in ascending order, and how much of it is to be in the file.
 *
 * Context: Any that @file can be written in. Nothing may write to what is preserved.
 *
 * Return: 0 or what writing failed with.
 */
int fake_kho_image_write(struct fake_kho_image_file *file,
			 const struct fake_kho_image_table *table)
{
	const u64 nr = table->header.nr_preservations;
	u64 offset = table_size(nr);
	int err;

	err = file->write(file, &table->header, sizeof(table->header), 0);
	if (!err && nr)
		err = file->write(file, table->entries,
				  table_size(nr) - table_size(0), table_size(0));
	for (u64 i = 0; !err && i < nr; i++) {
		if (table->entries[i].used)
			err = file->write(file, memory_of(&table->entries[i]),
					  table->entries[i].used, offset);
		offset += table->entries[i].used;
	}
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_image_write);

static int read_header(struct fake_kho_image_file *file,
		       struct fake_kho_image_header *header)
{
	int err;

	if (file->size < sizeof(*header))
		return -ENODATA;

	err = file->read(file, header, sizeof(*header), 0);
	if (err)
		return err;
	if (header->magic != FAKE_KHO_IMAGE_MAGIC ||
	    header->version != FAKE_KHO_IMAGE_VERSION)
		return -EINVAL;
	if (header->nr_preservations > FAKE_KHO_IMAGE_MAX)
		return -E2BIG;
	if (file->size < table_size(header->nr_preservations))
		return -ENODATA;
	return 0;
}

/* A preservation of pages, not of a folio, may be greater than any folio. */
static bool is_range_of_memory(const struct fake_kho_image_entry *entry)
{
	return entry->order < BITS_PER_LONG - PAGE_SHIFT &&
	       IS_ALIGNED(entry->pfn, BIT(entry->order)) &&
	       entry->pfn < max_pfn &&
	       BIT(entry->order) <= max_pfn - entry->pfn;
}

static bool is_preservation(const struct fake_kho_image_entry *entry)
{
	return is_range_of_memory(entry) &&
	       entry->used <= fake_kho_image_entry_size(entry) &&
	       strnlen(entry->root, sizeof(entry->root)) < sizeof(entry->root);
}

static int check_entries(const struct fake_kho_image_table *table, u64 file_size,
			 fake_kho_image_free_fn is_free)
{
	u64 next_pfn = 0;

	for (u64 i = 0; i < table->header.nr_preservations; i++) {
		const struct fake_kho_image_entry *entry = &table->entries[i];

		if (!is_preservation(entry))
			return -ERANGE;
		if (entry->pfn < next_pfn ||
		    !is_free(PFN_PHYS(entry->pfn), fake_kho_image_entry_size(entry)))
			return -EBUSY;
		next_pfn = entry->pfn + BIT(entry->order);
	}

	return fake_kho_image_size(table) == file_size ? 0 : -ENODATA;
}

/**
 * fake_kho_image_read_table - Read all of an image but the bytes.
 * @file: Where from.
 * @table: Filled in.
 * @is_free: Tells which memory a preservation may lie in.
 *
 * Context: Any that @file can be read in.
 *
 * Return: 0, or a negative errno for an image that cannot be used.
 */
int fake_kho_image_read_table(struct fake_kho_image_file *file,
			      struct fake_kho_image_table *table,
			      fake_kho_image_free_fn is_free)
{
	int err;

	err = read_header(file, &table->header);
	if (err)
		return err;

	err = file->read(file, table->entries,
			 table_size(table->header.nr_preservations) -
			 table_size(0), table_size(0));
	if (err)
		return err;

	return check_entries(table, file->size, is_free);
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_image_read_table);

/**
 * fake_kho_image_read_bytes - Read the bytes of an image to where they belong.
 * @file: Where from.
 * @table: What fake_kho_image_read_table() has read; all of it is the caller's.
 *
 * Context: Any that @file can be read in.
 *
 * Return: 0 or what reading failed with.
 */
int fake_kho_image_read_bytes(struct fake_kho_image_file *file,
			      const struct fake_kho_image_table *table)
{
	u64 offset = table_size(table->header.nr_preservations);

	for (u64 i = 0; i < table->header.nr_preservations; i++) {
		const struct fake_kho_image_entry *entry = &table->entries[i];
		void *mem = memory_of(entry);
		int err;

		err = file->read(file, mem, entry->used, offset);
		if (err)
			return err;
		memset(mem + entry->used, 0,
		       fake_kho_image_entry_size(entry) - entry->used);
		offset += entry->used;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_image_read_bytes);
