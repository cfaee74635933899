/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __MM_MEMFD_RECORD_H
#define __MM_MEMFD_RECORD_H

#include <linux/kho/abi/kexec_handover.h>
#include <linux/kho/abi/memfd_v3.h>
#include <linux/types.h>

struct folio;
struct memfd_record;

/**
 * struct memfd_attributes - What is handed over of a memfd besides its content
 * @pos: Position of the file.
 * @size: Size in bytes.
 * @seals: Its seals, F_SEAL_*.
 * @mode: Permissions of the inode, bits of S_IALLUGO.
 */
struct memfd_attributes {
	u64 pos;
	u64 size;
	u32 seals;
	u32 mode;
};

/**
 * struct memfd_record_error - What is wrong with a record
 * @err: Negative errno, 0 if nothing is wrong.
 * @member: Name of the member that is wrong.
 * @value: Its value.
 * @reason: What is wrong with it.
 */
struct memfd_record_error {
	int err;
	const char *member;
	u64 value;
	const char *reason;
};

int memfd_record_check_attributes(const struct memfd_attributes *attributes,
				  struct memfd_record_error *error);

/* Writing */

/**
 * struct memfd_record_out - A record for the next kernel
 * @ser: The record, in preserved memory.
 * @folios: Its folios, in memory of vmalloc() that is preserved; NULL without any.
 */
struct memfd_record_out {
	struct memfd_v3_ser *ser;
	struct memfd_v3_folio_ser *folios;
};

int memfd_record_create(struct memfd_record_out *out, struct folio **folios,
			u64 nr_folios);
void memfd_record_write(const struct memfd_record_out *out,
			const struct memfd_attributes *attributes);
void memfd_record_destroy(const struct memfd_record_out *out);
int memfd_record_find_page(const struct memfd_record_out *out, pgoff_t index,
			   unsigned long *pfn, unsigned long *nr_pages);

/* Reading */

/**
 * struct memfd_record_folio - A folio that is handed over
 * @pfn: Its first page frame.
 * @index: Its first page in the file.
 * @order: Its order.
 */
struct memfd_record_folio {
	u64 pfn;
	u64 index;
	unsigned int order;
};

/**
 * struct memfd_record_format - A layout in which a memfd can be handed over
 * @name: By which LUO knows it.
 * @read: Fill in a record, and check what no other layout has. Returns 0 or a negative
 *	errno.
 * @read_folio: The same with a folio, of MEMFD_RECORD_ENTRY bytes.
 */
struct memfd_record_format {
	const char *name;
	int (*read)(struct memfd_record *record, const void *ser);
	int (*read_folio)(struct memfd_record *record, const void *ser,
			  struct memfd_record_folio *folio);
};

extern const struct memfd_record_format memfd_v2_format;
extern const struct memfd_record_format memfd_v3_format;

/* Size of the record of a folio, in each layout */
#define MEMFD_RECORD_ENTRY	16

/**
 * struct memfd_record - A record of the previous kernel
 * @format: Its layout.
 * @pa: Where it is.
 * @attributes: What it says besides the content.
 * @nr_folios: Number of folios.
 * @array: Where these are.
 * @max_order: The greatest order that a folio may have.
 * @error: What is wrong with it.
 */
struct memfd_record {
	const struct memfd_record_format *format;
	u64 pa;
	struct memfd_attributes attributes;
	u64 nr_folios;
	struct kho_vmalloc array;
	unsigned int max_order;
	struct memfd_record_error error;
};

/**
 * struct memfd_record_cursor - A place in the folios of a record
 * @chunk: Addresses of pages of the array.
 * @slot: The page after the current one, in @chunk.
 * @page: The current page of the array.
 * @entry: The next folio, in @page.
 * @left: Folios from there on.
 */
struct memfd_record_cursor {
	const struct kho_vmalloc_chunk *chunk;
	unsigned int slot;
	const void *page;
	unsigned int entry;
	u64 left;
};

int memfd_record_read(struct memfd_record *record,
		      const struct memfd_record_format *format, u64 pa,
		      unsigned int max_order);
void memfd_record_start(const struct memfd_record *record,
			struct memfd_record_cursor *cursor);
bool memfd_record_next(struct memfd_record *record,
		       struct memfd_record_cursor *cursor,
		       struct memfd_record_folio *folio);
void memfd_record_free(const struct memfd_record *record);

#endif
