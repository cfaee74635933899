/* SPDX-License-Identifier: GPL-2.0-only */

/**
 * DOC: memfd Live Update ABI, version 3
 *
 * What a kernel hands to its successor about one memfd: its size, position, seals and
 * mode, and the page frames that hold its content.
 *
 * This interface is a contract. The layout is locked with that of the IOMMUs: see
 * drivers/iommu/liveupdate/abi_lock.c. Its version is in MEMFD_V3_COMPATIBLE, as that of
 * its predecessor in <linux/kho/abi/memfd.h> is: a change that an older kernel must not
 * overlook is another number there. What is reserved is zero, and anything else is refused.
 *
 * **Where it is.** &struct memfd_v3_ser is in a page of its own, whose address the Live
 * Update Orchestrator keeps with the file. It leads to an array of
 * &struct memfd_v3_folio_ser, one for each folio, in memory that kho_preserve_vmalloc()
 * preserves page by page. No entry crosses a page.
 *
 * **What is complete.** The folios follow each other in the file without a gap, from its
 * beginning to its end: what had no page got one of zeroes when the file was preserved.
 * The last folio may go on beyond the end of the file. All of them are up to date, and
 * dirty.
 *
 * **Who writes when.** The folios are written when the file is preserved, and do not
 * change any more. The other members are written then, and again when user space is
 * frozen: until then a seal can be added, and mode and position can be changed.
 *
 * **What is new.** memfd-v2 has no mode. A memfd that was not executable comes back from
 * it executable, and F_SEAL_EXEC of an executable file implies the seals against writing.
 */

#ifndef _LINUX_KHO_ABI_MEMFD_V3_H
#define _LINUX_KHO_ABI_MEMFD_V3_H

#include <linux/types.h>

/* The name of the file handler in LUO */
#define MEMFD_V3_COMPATIBLE	"memfd-v3"

#define MEMFD_V3_MAGIC		0x33762d64666d656dULL

/* The seals of user space, F_SEAL_*, that can be handed over: one bit each, below */
#define MEMFD_V3_SEALS_KNOWN	0x3f

/* The bits of a mode that can be handed over: permissions, set-ID and sticky */
#define MEMFD_V3_MODE_KNOWN	0xfff

/* Flags of a memfd, and of a folio: none so far */
#define MEMFD_V3_FLAGS_KNOWN		0
#define MEMFD_V3_FOLIO_FLAGS_KNOWN	0

/* The greatest number of pages in a memfd, that of the end of a folio included */
#define MEMFD_V3_PAGES_MAX	0xffffffffU

/* Memory of kho_preserve_vmalloc() that is from vmalloc() and has pages of order 0 */
#define MEMFD_V3_ARRAY_FLAGS	1

/**
 * struct memfd_v3_ser - A memfd that is handed over
 * @magic: Tells a record from other memory. Range: MEMFD_V3_MAGIC
 * @pos: Position of the file. Range: 0 to MAX_LFS_FILESIZE
 * @size: Size in bytes. Range: 0 to MAX_LFS_FILESIZE, and MEMFD_V3_PAGES_MAX pages
 * @seals: Its seals, F_SEAL_*. Range: bits of MEMFD_V3_SEALS_KNOWN
 * @mode: Permissions of the inode. Range: bits of MEMFD_V3_MODE_KNOWN
 * @flags: Range: bits of MEMFD_V3_FLAGS_KNOWN
 * @huge_page_shift: Reserved for memfds of huge pages. Range: 0
 * @nr_folios: Number of folios. Range: 0 if @size is 0, else 1 to the pages of @size
 * @array_pa: Physical address of the first &struct kho_vmalloc_chunk of the array.
 *            Range: a preserved page; 0 without folios
 * @array_pages: Pages of the array. Range: as many as @nr_folios entries take
 * @array_flags: Flags of &struct kho_vmalloc. Range: MEMFD_V3_ARRAY_FLAGS; 0 without folios
 * @array_order: Order of the pages of the array. Range: 0
 * @reserved: Range: 0
 *
 * Alone in a page that is preserved as a folio of its own.
 */
struct memfd_v3_ser {
	u64 magic;
	u64 pos;
	u64 size;
	u32 seals;
	u32 mode;
	u32 flags;
	u32 huge_page_shift;
	u64 nr_folios;
	u64 array_pa;
	u32 array_pages;
	u16 array_flags;
	u16 array_order;
	u64 reserved[4];
};

/**
 * struct memfd_v3_folio_ser - A folio of a memfd that is handed over
 * @pfn: Its first page frame. Range: preserved as one folio of @order, and by no other
 *       entry or record
 * @index: Its first page in the file. Range: where the folio before it ends, 0 for the
 *         first, and a multiple of its size
 * @order: Its size is 1 << @order pages. Range: orders that the page cache can have
 * @flags: Range: bits of MEMFD_V3_FOLIO_FLAGS_KNOWN
 */
struct memfd_v3_folio_ser {
	u64 pfn;
	u32 index;
	u16 order;
	u16 flags;
};

#endif /* _LINUX_KHO_ABI_MEMFD_V3_H */
