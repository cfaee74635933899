// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Memfds over a live update
 *
 * The handler of memfds in the Live Update Orchestrator: it preserves them as memfd-v3,
 * and retrieves what was preserved as memfd-v2 or memfd-v3. The record itself is that of
 * memfd_record.c. Memory of a VM is in a memfd, and devices write to it all the while.
 *
 * Happy path:
 *
 * 1. When a memfd is preserved, its folios are allocated, pinned and preserved, and the
 *    inode is frozen: no page of it can come or go. What can still change - position,
 *    seals and mode - is taken down again when user space is frozen.
 * 2. In the next kernel all of the record is checked, before anything is done.
 * 3. Then there is a new inode. It gets the mode, the content, the size and the position,
 *    and at last the seals, so that none is in the way of what comes before it. They are
 *    set, not added: F_SEAL_EXEC does not bring other seals with it, and nothing can
 *    refuse them.
 * 4. Its folios stay pinned and the inode frozen until the session finishes. Until then
 *    somebody who has the file may not take away what an iommufd of the same session, not
 *    yet retrieved, still maps.
 *
 * Unhappy paths:
 *
 * * A memfd cannot be preserved: nothing has changed. Memory of hugetlbfs is refused, and
 *   so is secret memory, which must not be found by another kernel.
 * * The record is bad, or there is no memory to check it: it cannot be retrieved, not in a
 *   second attempt either, as LUO remembers the first. All memory stays with KHO.
 * * Memory runs out when part of the folios are in the file: the file goes and the folios
 *   stay, pinned and not used by anybody, as a device may be writing to them. The rest of
 *   them stays with KHO.
 * * Nobody retrieves the memfd: when the session finishes its memory is freed, unless the
 *   record is bad.
 *
 * What is not freed is lost until the next boot. A line in the log says so.
 */

#define pr_fmt(fmt) "memfd live update: " fmt

#include <linux/err.h>
#include <linux/file.h>
#include <linux/hugetlb.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/liveupdate.h>
#include <linux/memcontrol.h>
#include <linux/memfd.h>
#include <linux/module.h>
#include <linux/pagemap.h>
#include <linux/secretmem.h>
#include <linux/shmem_fs.h>
#include <linux/stat.h>
#include <linux/swap.h>
#include <uapi/linux/memfd.h>

#include "internal.h"
#include "memfd_liveupdate.h"
#include "memfd_record.h"

/* Without it the page cache has no place for a large folio. */
#define MEMFD_MAX_ORDER	(IS_ENABLED(CONFIG_XARRAY_MULTI) ? MAX_PAGECACHE_ORDER : 0)

/* Preserve */

static bool is_secret(struct file *file)
{
	return secretmem_mapping(file->f_mapping);
}

/* Files that are refused are taken as well: an errno tells more than that nobody knows them. */
static bool memfd_liveupdate_can_preserve(struct liveupdate_file_handler *handler,
					  struct file *file)
{
	if (is_secret(file))
		return true;
	return (shmem_file(file) || is_file_hugepages(file)) && !file_inode(file)->i_nlink;
}

static int check_kind(struct file *file)
{
	if (is_file_hugepages(file)) {
		pr_warn("memory of hugetlbfs cannot be preserved\n");
		return -EOPNOTSUPP;
	}
	if (is_secret(file)) {
		pr_warn("secret memory cannot be preserved\n");
		return -EPERM;
	}
	return 0;
}

/* What the file is like now, its inode being locked; an error if it cannot be preserved. */
static int get_attributes(struct file *file, struct memfd_attributes *attributes)
{
	struct inode *inode = file_inode(file);
	struct memfd_record_error error;
	int err;

	*attributes = (struct memfd_attributes){
		.pos = file->f_pos,
		.size = i_size_read(inode),
		.seals = SHMEM_I(inode)->seals,
		.mode = inode->i_mode & S_IALLUGO,
	};
	err = memfd_record_check_attributes(attributes, &error);
	if (err)
		pr_warn("a memfd cannot be preserved: %s %#llx %s (%pe)\n",
			error.member, error.value, error.reason, ERR_PTR(err));
	return err;
}

static void unpreserve_folios(struct folio **folios, long nr_folios)
{
	while (nr_folios--)
		kho_unpreserve_folio(folios[nr_folios]);
}

static int preserve_folios(struct memfd_record_out *out, struct folio **folios,
			   long nr_folios)
{
	long i;
	int err;

	for (i = 0; i < nr_folios; i++) {
		err = memfd_luo_preserve_folio(folios[i]);
		if (err)
			goto err_unpreserve;
	}

	err = memfd_record_create(out, folios, nr_folios);
	if (err)
		goto err_unpreserve;
	return 0;

err_unpreserve:
	unpreserve_folios(folios, i);
	return err;
}

static int preserve_content(struct memfd_record_out *out, struct file *file)
{
	struct folio **folios;
	long nr_folios;
	int err;

	nr_folios = memfd_luo_pin_folios(file, &folios);
	if (nr_folios < 0)
		return nr_folios;

	err = preserve_folios(out, folios, nr_folios);
	if (err)
		unpin_folios(folios, nr_folios);
	kvfree(folios);
	return err;
}

static int preserve(struct memfd_record_out *out, struct file *file)
{
	struct memfd_attributes attributes;
	int err;

	err = get_attributes(file, &attributes);
	if (err)
		return err;

	err = preserve_content(out, file);
	if (err)
		return err;

	memfd_record_write(out, &attributes);
	return 0;
}

static int memfd_liveupdate_preserve(struct liveupdate_file_op_args *args)
{
	struct inode *inode = file_inode(args->file);
	struct memfd_record_out out;
	int err;

	err = check_kind(args->file);
	if (err)
		return err;

	inode_lock(inode);
	shmem_freeze(inode, true);
	err = preserve(&out, args->file);
	if (err)
		shmem_freeze(inode, false);
	inode_unlock(inode);
	if (err)
		return err;

	args->private_data = out.folios;
	args->serialized_data = virt_to_phys(out.ser);
	return 0;
}

static struct memfd_record_out record_of(struct liveupdate_file_op_args *args)
{
	return (struct memfd_record_out){
		.ser = phys_to_virt(args->serialized_data),
		.folios = args->private_data,
	};
}

/* A seal that was added, or a mode that was changed, must not be lost. */
static int memfd_liveupdate_freeze(struct liveupdate_file_op_args *args)
{
	const struct memfd_record_out out = record_of(args);
	struct inode *inode = file_inode(args->file);
	struct memfd_attributes attributes;
	int err;

	inode_lock(inode);
	err = get_attributes(args->file, &attributes);
	if (!err)
		memfd_record_write(&out, &attributes);
	inode_unlock(inode);
	return err;
}

static void memfd_liveupdate_unpreserve(struct liveupdate_file_op_args *args)
{
	const struct memfd_record_out out = record_of(args);
	struct inode *inode = file_inode(args->file);

	inode_lock(inode);
	for (u64 i = 0; i < out.ser->nr_folios; i++) {
		struct folio *folio = pfn_folio(out.folios[i].pfn);

		kho_unpreserve_folio(folio);
		unpin_folio(folio);
	}
	memfd_record_destroy(&out);
	shmem_freeze(inode, false);
	inode_unlock(inode);
}

static int memfd_liveupdate_get_pfn(struct liveupdate_file_op_args *args,
				    pgoff_t index, unsigned long *pfn,
				    unsigned long *nr_pages)
{
	const struct memfd_record_out out = record_of(args);

	return memfd_record_find_page(&out, index, pfn, nr_pages);
}

static unsigned long memfd_liveupdate_get_id(struct file *file)
{
	return (unsigned long)file_inode(file);
}

/* Retrieve */

/* Put a folio, which is locked and whose reference is the caller's, into the file. */
static int add_to_file(struct inode *inode, struct folio *folio, pgoff_t index)
{
	struct address_space *mapping = inode->i_mapping;
	const gfp_t gfp = mapping_gfp_mask(mapping);
	const long nr_pages = folio_nr_pages(folio);
	int err;

	err = mem_cgroup_charge(folio, NULL, gfp);
	if (err)
		return err;

	err = shmem_add_to_page_cache(folio, mapping, index, NULL, gfp);
	if (err)
		return err;

	folio_mark_uptodate(folio);
	folio_mark_dirty(folio);
	err = shmem_inode_acct_blocks(inode, nr_pages);
	if (err) {
		filemap_remove_folio(folio);
		return err;
	}

	shmem_recalc_inode(inode, nr_pages, 0);
	folio_add_lru(folio);
	return 0;
}

/*
 * The pin comes first: whatever fails from there on, the folio is not freed. What it is
 * taken with is the reference that the file gets in the end.
 */
static int restore_folio(struct inode *inode, const struct memfd_record_folio *record)
{
	struct folio *folio = kho_restore_folio(PFN_PHYS(record->pfn));
	int err;

	/* It waited when the record was checked. */
	if (WARN_ON_ONCE(!folio))
		return -EIO;

	err = try_grab_folio(folio, 1, FOLL_PIN);
	if (err)
		return err;

	__folio_set_locked(folio);
	__folio_set_swapbacked(folio);
	err = add_to_file(inode, folio, record->index);
	folio_unlock(folio);
	folio_put(folio);
	return err;
}

static int restore_content(struct inode *inode, struct memfd_record *record)
{
	struct memfd_record_cursor cursor;
	struct memfd_record_folio folio;
	int err;

	memfd_record_start(record, &cursor);
	while (memfd_record_next(record, &cursor, &folio)) {
		err = restore_folio(inode, &folio);
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static void set_mode(struct inode *inode, u32 mode)
{
	inode->i_mode = (inode->i_mode & ~S_IALLUGO) | mode;
}

/* Of a file that nobody else has, and that has no mapping */
static void set_seals(struct file *file, u32 seals)
{
	SHMEM_I(file_inode(file))->seals = seals;
	if (seals & F_SEAL_WRITE)
		WARN_ON_ONCE(mapping_deny_writable(file->f_mapping));
}

static struct file *restore_file(struct memfd_record *record)
{
	const struct memfd_attributes *attributes = &record->attributes;
	struct file *file = memfd_alloc_file("", MFD_ALLOW_SEALING);
	struct inode *inode;
	int err;

	if (IS_ERR(file))
		return file;

	inode = file_inode(file);
	set_mode(inode, attributes->mode);
	err = restore_content(inode, record);
	if (err) {
		/* The folios are pinned: they outlive it. */
		fput(file);
		return ERR_PTR(err);
	}

	i_size_write(inode, attributes->size);
	vfs_setpos(file, attributes->pos, MAX_LFS_FILESIZE);
	shmem_freeze(inode, true);
	set_seals(file, attributes->seals);
	return file;
}

static void report_loss(const struct memfd_record_format *format, u64 pa, int err)
{
	pr_err("%s at %#llx: its memory is lost until the next boot (%pe)\n",
	       format->name, pa, ERR_PTR(err));
}

/**
 * memfd_liveupdate_retrieve - Retrieve a memfd
 * @args: As the operation of a file handler gets them
 * @format: The layout of its record
 *
 * Context: May sleep.
 * Return: 0, what memfd_record_read() or memfd_alloc_file() return, or -ENOMEM or -ENOSPC
 * if the content cannot be added to the file. What failed does not succeed later.
 */
int memfd_liveupdate_retrieve(struct liveupdate_file_op_args *args,
			      const struct memfd_record_format *format)
{
	struct memfd_record record;
	struct file *file;
	int err;

	err = memfd_record_read(&record, format, args->serialized_data, MEMFD_MAX_ORDER);
	if (err)
		goto err_report;

	file = restore_file(&record);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto err_report;
	}

	memfd_record_free(&record);
	args->file = file;
	return 0;

err_report:
	report_loss(format, args->serialized_data, err);
	return err;
}

/* Finish */

/* It has the folios that it was given, as it was frozen. */
static void unpin_content(struct inode *inode)
{
	struct address_space *mapping = inode->i_mapping;
	struct folio_batch batch;
	pgoff_t index = 0;

	folio_batch_init(&batch);
	while (filemap_get_folios(mapping, &index, ULONG_MAX, &batch)) {
		unpin_folios(batch.folios, folio_batch_count(&batch));
		folio_batch_release(&batch);
		cond_resched();
	}
}

static void let_go(struct inode *inode)
{
	inode_lock(inode);
	unpin_content(inode);
	shmem_freeze(inode, false);
	inode_unlock(inode);
}

static void free_content(struct memfd_record *record)
{
	struct memfd_record_cursor cursor;
	struct memfd_record_folio folio;

	memfd_record_start(record, &cursor);
	while (memfd_record_next(record, &cursor, &folio)) {
		struct folio *restored = kho_restore_folio(PFN_PHYS(folio.pfn));

		if (!WARN_ON_ONCE(!restored))
			folio_put(restored);
		cond_resched();
	}
}

/* Memory that anybody can have who wants it is memory of a good record. */
static void discard(u64 pa, const struct memfd_record_format *format)
{
	struct memfd_record record;
	int err;

	err = memfd_record_read(&record, format, pa, MAX_PAGE_ORDER);
	if (err) {
		report_loss(format, pa, err);
		return;
	}
	free_content(&record);
	memfd_record_free(&record);
}

/**
 * memfd_liveupdate_finish - The session of a memfd finishes
 * @args: As the operation of a file handler gets them
 * @format: The layout of its record
 *
 * Context: May sleep.
 */
void memfd_liveupdate_finish(struct liveupdate_file_op_args *args,
			     const struct memfd_record_format *format)
{
	if (args->retrieve_status > 0)
		let_go(file_inode(args->file));
	else if (!args->retrieve_status)
		discard(args->serialized_data, format);
}

static int retrieve_v3(struct liveupdate_file_op_args *args)
{
	return memfd_liveupdate_retrieve(args, &memfd_v3_format);
}

static void finish_v3(struct liveupdate_file_op_args *args)
{
	memfd_liveupdate_finish(args, &memfd_v3_format);
}

static const struct liveupdate_file_ops memfd_liveupdate_ops = {
	.can_preserve = memfd_liveupdate_can_preserve,
	.preserve = memfd_liveupdate_preserve,
	.freeze = memfd_liveupdate_freeze,
	.unpreserve = memfd_liveupdate_unpreserve,
	.retrieve = retrieve_v3,
	.finish = finish_v3,
	.get_id = memfd_liveupdate_get_id,
	.get_pfn = memfd_liveupdate_get_pfn,
	.owner = THIS_MODULE,
};

static struct liveupdate_file_handler memfd_liveupdate_handler = {
	.ops = &memfd_liveupdate_ops,
	.compatible = MEMFD_V3_COMPATIBLE,
};

static int __init memfd_liveupdate_init(void)
{
	int err = liveupdate_register_file_handler(&memfd_liveupdate_handler);

	if (err == -EOPNOTSUPP)
		return 0;
	if (err)
		pr_err("no handler is registered (%pe)\n", ERR_PTR(err));
	return err;
}
late_initcall(memfd_liveupdate_init);
