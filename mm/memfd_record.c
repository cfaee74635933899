// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The record of a memfd
 *
 * What is handed over of a memfd, written by the kernel that preserves it, and read by
 * the next one without trusting it. Nothing here knows an inode or a page cache: folios go
 * in, and page frames come out.
 *
 * Happy path:
 *
 * 1. memfd_record_create() takes down the folios, which are preserved and pinned, and
 *    memfd_record_write() the rest, as often as it changes.
 * 2. Meanwhile memfd_record_find_page() says which frame holds a page of the file.
 * 3. In the next kernel, memfd_record_read() checks everything. It takes nothing.
 * 4. memfd_record_next() gives one folio after the other, to be restored.
 * 5. memfd_record_free() gives the memory of the record back.
 *
 * Records of memfd-v2 are read, too, and never written.
 *
 * What is checked is each member against its range, the array of folios before an address
 * in it is followed, each folio against what KHO preserved, and that no page is named
 * twice: by two folios, or by a folio and the record itself.
 *
 * Unhappy paths:
 *
 * * The record is not written for lack of memory: nothing has changed.
 * * The record is bad: a line in the log says which member, its value, and why. All memory
 *   stays with KHO, which neither hands it out nor frees it in this kernel's life.
 * * There is no memory for the check: the same, and the call can be repeated.
 */

#define pr_fmt(fmt) "memfd live update: " fmt

#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/memfd.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <uapi/linux/fcntl.h>

#include "memfd_record.h"

static_assert(MEMFD_V3_SEALS_KNOWN == MEMFD_LUO_ALL_SEALS);
static_assert(MEMFD_V3_MODE_KNOWN == S_IALLUGO);
static_assert(sizeof(struct memfd_v3_folio_ser) == MEMFD_RECORD_ENTRY);
static_assert(sizeof(struct memfd_luo_folio_ser) == MEMFD_RECORD_ENTRY);
static_assert(PAGE_SIZE % MEMFD_RECORD_ENTRY == 0);
static_assert(sizeof(struct memfd_v3_ser) <= PAGE_SIZE);
static_assert(sizeof(struct memfd_luo_ser) <= PAGE_SIZE);

#define ENTRIES_PER_PAGE	(PAGE_SIZE / MEMFD_RECORD_ENTRY)

static u64 pages_of(u64 size)
{
	return DIV_ROUND_UP_ULL(size, PAGE_SIZE);
}

static int fail(struct memfd_record_error *error, int err, const char *member,
		u64 value, const char *reason)
{
	*error = (struct memfd_record_error){
		.err = err,
		.member = member,
		.value = value,
		.reason = reason,
	};
	return err;
}

/**
 * memfd_record_check_attributes - Check whether a memfd can be handed over as it is
 * @attributes: What it is like; what is written is checked as what is read
 * @error: What is wrong
 *
 * Context: Any.
 * Return: 0, -EOPNOTSUPP if a seal is unknown, -EFBIG if there are more pages than a
 * record can have, or -ERANGE.
 */
int memfd_record_check_attributes(const struct memfd_attributes *attributes,
				  struct memfd_record_error *error)
{
	if (attributes->seals & ~MEMFD_V3_SEALS_KNOWN)
		return fail(error, -EOPNOTSUPP, "seals", attributes->seals,
			    "has seals that are unknown");
	if (attributes->mode & ~MEMFD_V3_MODE_KNOWN)
		return fail(error, -EOPNOTSUPP, "mode", attributes->mode,
			    "has bits that are no permissions");
	if (attributes->pos > MAX_LFS_FILESIZE)
		return fail(error, -ERANGE, "pos", attributes->pos,
			    "is beyond the end of any file");
	if (attributes->size > MAX_LFS_FILESIZE)
		return fail(error, -ERANGE, "size", attributes->size,
			    "is greater than any file");
	if (pages_of(attributes->size) > MEMFD_V3_PAGES_MAX)
		return fail(error, -EFBIG, "size", attributes->size,
			    "has more pages than a record");
	return 0;
}

/* Writing */

static int create_array(struct memfd_record_out *out, struct folio **folios,
			u64 nr_folios, struct kho_vmalloc *array)
{
	int err;

	out->folios = vcalloc(nr_folios, sizeof(*out->folios));
	if (!out->folios)
		return -ENOMEM;

	for (u64 i = 0; i < nr_folios; i++) {
		out->folios[i].pfn = folio_pfn(folios[i]);
		out->folios[i].index = folios[i]->index;
		out->folios[i].order = folio_order(folios[i]);
	}

	err = kho_preserve_vmalloc(out->folios, array);
	if (err)
		vfree(out->folios);
	return err;
}

/**
 * memfd_record_create - Take down the folios of a memfd
 * @out: The record, filled in
 * @folios: The folios, in the order of the file, preserved and pinned
 * @nr_folios: Number of folios
 *
 * Context: May sleep.
 * Return: 0, or a negative errno if there is no memory; then there is no record.
 */
int memfd_record_create(struct memfd_record_out *out, struct folio **folios,
			u64 nr_folios)
{
	struct kho_vmalloc array = {};
	int err = 0;

	*out = (struct memfd_record_out){};
	out->ser = kho_alloc_preserve(sizeof(*out->ser));
	if (IS_ERR(out->ser))
		return PTR_ERR(out->ser);

	if (nr_folios)
		err = create_array(out, folios, nr_folios, &array);
	if (err) {
		kho_unpreserve_free(out->ser);
		return err;
	}

	*out->ser = (struct memfd_v3_ser){
		.magic = MEMFD_V3_MAGIC,
		.nr_folios = nr_folios,
		.array_pa = array.first.phys,
		.array_pages = array.total_pages,
		.array_flags = array.flags,
		.array_order = array.order,
	};
	return 0;
}

/**
 * memfd_record_write - Take down what is not content
 * @out: The record
 * @attributes: What memfd_record_check_attributes() has accepted
 *
 * Can be called again, and cannot fail.
 *
 * Context: Any.
 */
void memfd_record_write(const struct memfd_record_out *out,
			const struct memfd_attributes *attributes)
{
	out->ser->pos = attributes->pos;
	out->ser->size = attributes->size;
	out->ser->seals = attributes->seals;
	out->ser->mode = attributes->mode;
}

/**
 * memfd_record_destroy - Undo memfd_record_create()
 * @out: The record, which is not handed over
 *
 * Context: May sleep.
 */
void memfd_record_destroy(const struct memfd_record_out *out)
{
	struct kho_vmalloc array = {
		.first.phys = out->ser->array_pa,
		.total_pages = out->ser->array_pages,
		.flags = out->ser->array_flags,
		.order = out->ser->array_order,
	};

	if (out->folios) {
		kho_unpreserve_vmalloc(&array);
		vfree(out->folios);
	}
	kho_unpreserve_free(out->ser);
}

/* Find the last folio that begins at @index or before it. */
static const struct memfd_v3_folio_ser *
find_folio(const struct memfd_record_out *out, pgoff_t index)
{
	u64 low = 0, high = out->ser->nr_folios;

	while (low < high) {
		u64 middle = low + (high - low) / 2;

		if (out->folios[middle].index <= index)
			low = middle + 1;
		else
			high = middle;
	}

	return low ? &out->folios[low - 1] : NULL;
}

/**
 * memfd_record_find_page - Find out which frame holds a page of the file
 * @out: The record
 * @index: The page
 * @pfn: Set to the page frame
 * @nr_pages: Set to the number of pages that follow in frames that follow, this one
 *	included
 *
 * Context: Any.
 * Return: 0, or -ERANGE if no such page is preserved.
 */
int memfd_record_find_page(const struct memfd_record_out *out, pgoff_t index,
			   unsigned long *pfn, unsigned long *nr_pages)
{
	const struct memfd_v3_folio_ser *folio = find_folio(out, index);
	u64 end;

	if (!folio)
		return -ERANGE;

	/* A large folio may go on beyond the end of the file. */
	end = min(folio->index + BIT_ULL(folio->order), pages_of(out->ser->size));
	if (index >= end)
		return -ERANGE;

	*pfn = folio->pfn + (index - folio->index);
	*nr_pages = end - index;
	return 0;
}

/* Layouts */

static int read_v3(struct memfd_record *record, const void *mem)
{
	const struct memfd_v3_ser *ser = mem;
	const u8 *byte = memchr_inv(ser->reserved, 0, sizeof(ser->reserved));

	if (ser->magic != MEMFD_V3_MAGIC)
		return fail(&record->error, -EINVAL, "magic", ser->magic,
			    "is not that of a record");
	if (ser->flags & ~MEMFD_V3_FLAGS_KNOWN)
		return fail(&record->error, -EOPNOTSUPP, "flags", ser->flags,
			    "has unknown bits");
	if (ser->huge_page_shift)
		return fail(&record->error, -EOPNOTSUPP, "huge_page_shift",
			    ser->huge_page_shift, "is reserved");
	if (byte)
		return fail(&record->error, -EOPNOTSUPP, "reserved", *byte,
			    "is reserved");

	record->attributes = (struct memfd_attributes){
		.pos = ser->pos,
		.size = ser->size,
		.seals = ser->seals,
		.mode = ser->mode,
	};
	record->nr_folios = ser->nr_folios;
	record->array.first.phys = ser->array_pa;
	record->array.total_pages = ser->array_pages;
	record->array.flags = ser->array_flags;
	record->array.order = ser->array_order;
	return 0;
}

static int read_v3_folio(struct memfd_record *record, const void *mem,
			 struct memfd_record_folio *folio)
{
	const struct memfd_v3_folio_ser *ser = mem;

	if (ser->flags & ~MEMFD_V3_FOLIO_FLAGS_KNOWN)
		return fail(&record->error, -EOPNOTSUPP, "folio flags", ser->flags,
			    "has unknown bits");
	*folio = (struct memfd_record_folio){
		.pfn = ser->pfn,
		.index = ser->index,
		.order = ser->order,
	};
	return 0;
}

const struct memfd_record_format memfd_v3_format = {
	.name = MEMFD_V3_COMPATIBLE,
	.read = read_v3,
	.read_folio = read_v3_folio,
};

/*
 * memfd-v2 does not say the mode. F_SEAL_EXEC of an executable file implies the other
 * four, so whoever lacks one of them was not executable. With all of them nobody knows,
 * and it is executable, as memfds are by default: it cannot be written in any case.
 */
static u32 mode_of_seals(u32 seals)
{
	const u32 implied = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE |
			    F_SEAL_FUTURE_WRITE;

	if (seals & F_SEAL_EXEC && implied & ~seals)
		return 0666;
	return 0777;
}

static int read_v2(struct memfd_record *record, const void *mem)
{
	const struct memfd_luo_ser *ser = mem;

	if (ser->flags)
		return fail(&record->error, -EOPNOTSUPP, "flags", ser->flags,
			    "has unknown bits");

	record->attributes = (struct memfd_attributes){
		.pos = ser->pos,
		.size = ser->size,
		.seals = ser->seals,
		.mode = mode_of_seals(ser->seals),
	};
	record->nr_folios = ser->nr_folios;
	record->array = ser->folios;
	return 0;
}

/* Its writer sets both flags of all folios. The order is what KHO knows. */
static int read_v2_folio(struct memfd_record *record, const void *mem,
			 struct memfd_record_folio *folio)
{
	const u64 flags = MEMFD_LUO_FOLIO_DIRTY | MEMFD_LUO_FOLIO_UPTODATE;
	const struct memfd_luo_folio_ser *ser = mem;

	if (ser->flags != flags)
		return fail(&record->error, -EOPNOTSUPP, "folio flags", ser->flags,
			    "is not dirty and up to date");
	*folio = (struct memfd_record_folio){
		.pfn = ser->pfn,
		.index = ser->index,
		.order = max(kho_preserved_order(PFN_PHYS((u64)ser->pfn)), 0),
	};
	return 0;
}

const struct memfd_record_format memfd_v2_format = {
	.name = MEMFD_LUO_FH_COMPATIBLE,
	.read = read_v2,
	.read_folio = read_v2_folio,
};

/* Its array of folios */

static int check_counts(struct memfd_record *record)
{
	const u64 pages = pages_of(record->attributes.size);
	const struct kho_vmalloc *array = &record->array;
	struct memfd_record_error *error = &record->error;

	if (record->nr_folios > pages || !record->nr_folios != !pages)
		return fail(error, -ERANGE, "nr_folios", record->nr_folios,
			    "is not a number of folios for that size");
	if (array->total_pages != DIV_ROUND_UP_ULL(record->nr_folios, ENTRIES_PER_PAGE))
		return fail(error, -ERANGE, "array_pages", array->total_pages,
			    "is not what that many folios take");
	if (array->flags != (pages ? MEMFD_V3_ARRAY_FLAGS : 0))
		return fail(error, -EOPNOTSUPP, "array_flags", array->flags,
			    "is unknown");
	if (array->order)
		return fail(error, -EOPNOTSUPP, "array_order", array->order,
			    "is not supported");
	return 0;
}

static int check_page(struct memfd_record *record, const char *member, u64 pa)
{
	if (kho_preserved_order(pa) == 0)
		return 0;
	return fail(&record->error, -EINVAL, member, pa, "was not preserved as a page");
}

/* Check the pages of one chunk, whose address is good. */
static int check_chunk(struct memfd_record *record,
		       const struct kho_vmalloc_chunk *chunk, u64 *pages)
{
	int used, err;

	for (used = 0; used < KHO_VMALLOC_SIZE && chunk->phys[used]; used++) {
		if (++*pages > record->array.total_pages)
			return fail(&record->error, -EINVAL, "array_pages", *pages,
				    "has fewer pages than there are");
		err = check_page(record, "page of array", chunk->phys[used]);
		if (err)
			return err;
	}

	/* With this, a cycle has too many pages. */
	if (used < KHO_VMALLOC_SIZE && chunk->hdr.next.phys)
		return fail(&record->error, -EINVAL, "next chunk", chunk->hdr.next.phys,
			    "follows one that is not full");
	return 0;
}

/* Check the array as far as kho_restore_vmalloc() would follow it. */
static int check_array(struct memfd_record *record)
{
	const struct kho_vmalloc_chunk *chunk;
	u64 pages = 0;
	int err;

	for (u64 pa = record->array.first.phys; pa; pa = chunk->hdr.next.phys) {
		err = check_page(record, "chunk of array", pa);
		if (err)
			return err;
		chunk = phys_to_virt(pa);
		err = check_chunk(record, chunk, &pages);
		if (err)
			return err;
	}

	if (pages < record->array.total_pages)
		return fail(&record->error, -EINVAL, "array_pages",
			    record->array.total_pages, "has more pages than there are");
	return 0;
}

static const struct kho_vmalloc_chunk *chunk_at(u64 pa)
{
	return pa ? phys_to_virt(pa) : NULL;
}

/**
 * memfd_record_start - Begin with the first folio
 * @record: The record, which memfd_record_read() has accepted
 * @cursor: Filled in
 *
 * Context: Any.
 */
void memfd_record_start(const struct memfd_record *record,
			struct memfd_record_cursor *cursor)
{
	*cursor = (struct memfd_record_cursor){
		.chunk = chunk_at(record->array.first.phys),
		.entry = ENTRIES_PER_PAGE,
		.left = record->nr_folios,
	};
}

static void next_page(struct memfd_record_cursor *cursor)
{
	if (cursor->slot == KHO_VMALLOC_SIZE) {
		cursor->chunk = chunk_at(cursor->chunk->hdr.next.phys);
		cursor->slot = 0;
	}
	cursor->page = phys_to_virt(cursor->chunk->phys[cursor->slot++]);
	cursor->entry = 0;
}

/**
 * memfd_record_next - Get the next folio
 * @record: The record; if the folio cannot be read, its error is set
 * @cursor: Where it is, advanced
 * @folio: Filled in
 *
 * Context: Any.
 * Return: true if there is one.
 */
bool memfd_record_next(struct memfd_record *record,
		       struct memfd_record_cursor *cursor,
		       struct memfd_record_folio *folio)
{
	const void *ser;

	if (!cursor->left)
		return false;
	if (cursor->entry == ENTRIES_PER_PAGE)
		next_page(cursor);

	ser = cursor->page + cursor->entry++ * MEMFD_RECORD_ENTRY;
	cursor->left--;
	return !record->format->read_folio(record, ser, folio);
}

/* Its folios */

static int check_folio(struct memfd_record *record,
		       const struct memfd_record_folio *folio, u64 end)
{
	struct memfd_record_error *error = &record->error;

	if (folio->order > record->max_order)
		return fail(error, -EOPNOTSUPP, "order", folio->order,
			    "is more than the page cache of this kernel can have");
	if (folio->index != end)
		return fail(error, -EINVAL, "index", folio->index,
			    "is not where the folio before it ends");
	if (!IS_ALIGNED(folio->index, BIT_ULL(folio->order)))
		return fail(error, -EINVAL, "index", folio->index,
			    "is not a multiple of the size of the folio");
	if (folio->index >= pages_of(record->attributes.size))
		return fail(error, -ERANGE, "index", folio->index,
			    "is beyond the end of the file");
	if (folio->pfn > U64_MAX >> PAGE_SHIFT ||
	    kho_preserved_order(PFN_PHYS(folio->pfn)) != folio->order)
		return fail(error, -EINVAL, "pfn", folio->pfn,
			    "was not preserved as a folio of that order");
	return 0;
}

static int check_folios(struct memfd_record *record)
{
	struct memfd_record_cursor cursor;
	struct memfd_record_folio folio;
	u64 end = 0;
	int err;

	memfd_record_start(record, &cursor);
	while (memfd_record_next(record, &cursor, &folio)) {
		err = check_folio(record, &folio, end);
		if (err)
			return err;
		end = folio.index + BIT_ULL(folio.order);
		cond_resched();
	}

	if (!record->error.err && end < pages_of(record->attributes.size))
		return fail(&record->error, -EINVAL, "nr_folios", record->nr_folios,
			    "is too few for that size");
	return record->error.err;
}

/* Nothing is named twice */

/**
 * struct claims - The pages that a record names
 * @first: The first one.
 * @last: The last one.
 * @pages: A bit for each page from @first to @last, set if it was named; NULL as long as
 *	@first and @last are looked for.
 */
struct claims {
	u64 first;
	u64 last;
	unsigned long *pages;
};

static int claim(struct memfd_record *record, struct claims *claims,
		 const char *member, u64 pfn, unsigned int order)
{
	const u64 last = pfn + BIT_ULL(order) - 1;

	if (!claims->pages) {
		claims->first = min(claims->first, pfn);
		claims->last = max(claims->last, last);
		return 0;
	}

	for (; pfn <= last; pfn++)
		if (__test_and_set_bit(pfn - claims->first, claims->pages))
			return fail(&record->error, -EINVAL, member, pfn, "is named twice");
	return 0;
}

static int claim_chunk(struct memfd_record *record, struct claims *claims,
		       const struct kho_vmalloc_chunk *chunk)
{
	int err;

	err = claim(record, claims, "chunk of array", PHYS_PFN(virt_to_phys((void *)chunk)), 0);
	for (int i = 0; !err && i < KHO_VMALLOC_SIZE && chunk->phys[i]; i++)
		err = claim(record, claims, "page of array", PHYS_PFN(chunk->phys[i]), 0);
	return err;
}

static int claim_all(struct memfd_record *record, struct claims *claims)
{
	const struct kho_vmalloc_chunk *chunk;
	struct memfd_record_cursor cursor;
	struct memfd_record_folio folio;
	int err;

	err = claim(record, claims, "record", PHYS_PFN(record->pa), 0);
	for (chunk = chunk_at(record->array.first.phys); !err && chunk;
	     chunk = chunk_at(chunk->hdr.next.phys))
		err = claim_chunk(record, claims, chunk);

	memfd_record_start(record, &cursor);
	while (!err && memfd_record_next(record, &cursor, &folio)) {
		err = claim(record, claims, "pfn", folio.pfn, folio.order);
		cond_resched();
	}
	return err;
}

/*
 * KHO forgets what has been restored, so the second one who names a page would find
 * nothing there. But then the first one has it, and nobody knows which one is right.
 */
static int check_claims(struct memfd_record *record)
{
	struct claims claims = { .first = U64_MAX };
	int err;

	claim_all(record, &claims);
	claims.pages = kvcalloc(BITS_TO_LONGS(claims.last - claims.first + 1),
				sizeof(*claims.pages), GFP_KERNEL);
	if (!claims.pages)
		return -ENOMEM;

	err = claim_all(record, &claims);
	kvfree(claims.pages);
	return err;
}

/* All of it */

static int read_record(struct memfd_record *record)
{
	return check_page(record, "record", record->pa) ?:
	       record->format->read(record, phys_to_virt(record->pa)) ?:
	       memfd_record_check_attributes(&record->attributes, &record->error) ?:
	       check_counts(record) ?:
	       check_array(record) ?:
	       check_folios(record) ?:
	       check_claims(record);
}

/**
 * memfd_record_read - Read what the previous kernel has handed over of a memfd
 * @record: Filled in; only what is wrong with it, if there is something
 * @format: Its layout
 * @pa: Its physical address, untrusted
 * @max_order: The greatest order of a folio that can be used
 *
 * Takes nothing from KHO. What is wrong is named in the log.
 *
 * Context: May sleep.
 * Return: 0, or
 *
 * * -ENOMEM: no memory for the check, the call can be repeated.
 * * -EINVAL: there is no record, its folios do not make up a file, or memory was not
 *   preserved, or not for this record alone.
 * * -EOPNOTSUPP: something is unknown to this kernel, or reserved.
 * * -ERANGE, -EFBIG: a number is out of range.
 */
int memfd_record_read(struct memfd_record *record,
		      const struct memfd_record_format *format, u64 pa,
		      unsigned int max_order)
{
	const struct memfd_record_error *error = &record->error;
	int err;

	*record = (struct memfd_record){
		.format = format,
		.pa = pa,
		.max_order = max_order,
	};
	err = read_record(record);
	if (error->err)
		pr_err("%s at %#llx: %s %#llx %s (%pe)\n", format->name, pa,
		       error->member, error->value, error->reason, ERR_PTR(err));
	return err;
}

static void free_restored(u64 pa)
{
	struct page *page = kho_restore_pages(pa, 1);

	if (page)
		__free_page(page);
}

/**
 * memfd_record_free - Give the memory of a record back
 * @record: The record, which memfd_record_read() has accepted; it cannot be used any more
 *
 * This is what kho_restore_vmalloc() and vfree() do with the array, but it needs no
 * memory, and cannot fail half way.
 *
 * Context: May sleep.
 */
void memfd_record_free(const struct memfd_record *record)
{
	u64 next;

	for (u64 pa = record->array.first.phys; pa; pa = next) {
		const struct kho_vmalloc_chunk *chunk = phys_to_virt(pa);

		for (int i = 0; i < KHO_VMALLOC_SIZE && chunk->phys[i]; i++)
			free_restored(chunk->phys[i]);
		next = chunk->hdr.next.phys;
		free_restored(pa);
	}
	kho_restore_free(phys_to_virt(record->pa));
}
