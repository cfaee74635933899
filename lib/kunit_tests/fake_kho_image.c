// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Images of the fake KHO
 *
 * A mock kexec stays in one boot. An image goes further: a test of a first boot
 * writes what it has preserved to a file of the host, and a test of a second
 * boot of the same kernel finds that memory waiting at the same physical
 * addresses. Everything else is what a fresh kernel has made of it, so nothing
 * of the first boot can leak through a pointer, a static variable or a cache.
 * Only UML can do this, as it can reach files of the host at any time.
 *
 * fake_kho_image.write=PATH lets fake_kho_write_image() write, and
 * fake_kho_image.read=PATH reads the file where a real handover reserves
 * preserved memory: in kho_memory_init(), after the last early allocation and
 * before memory goes to the page allocator. Only then UML has all its memory
 * mapped. fake_kho_read_image() gives what was read to a test, once.
 *
 * The file, which fake_kho_image_format.c describes, holds physical addresses, so both
 * boots must have the same memory size. Named subtrees are not in it: one address, the
 * start, leads a test to everything else. fake_kho_image_name_root() names what a
 * handover begins with, for who knows no test.
 *
 * fake_kho_image.kexec=DIR has each mock kexec write what it hands over, to a file that is
 * named after the case. Nobody reads these in this kernel: tools/testing/kho_abi/ judges
 * them.
 *
 * Unhappy paths: an image is checked as a whole before any memory is reserved.
 * If it is cut (-ENODATA), no image (-EINVAL), too large (-E2BIG), or has a
 * preservation that cannot be one (-ERANGE) or whose memory is in use (-EBUSY),
 * the kernel boots as without it, and fake_kho_read_image() returns that errno.
 */

#define pr_fmt(fmt) "fake_kho_image: " fmt

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include <kunit/test.h>
#include <kunit/visibility.h>

#include "fake_kho_image.h"
#include "fake_kho_internal.h"

static char *write_path;
module_param_named(write, write_path, charp, 0444);
MODULE_PARM_DESC(write, "file of the host that the image of this boot goes to");

static char *read_path;
module_param_named(read, read_path, charp, 0444);
MODULE_PARM_DESC(read, "file of the host with the image of the boot before");

static char *kexec_dir;
module_param_named(kexec, kexec_dir, charp, 0444);
MODULE_PARM_DESC(kexec, "directory of the host for an image of each mock kexec");

/* The image of the boot before, and whether there is one to give out */
static struct fake_kho_image_table boot_image;
static int boot_image_error = -ENOENT;

/* Writing */

/* What the next image begins with */
static struct {
	u64 phys;
	const char *name;
} roots[FAKE_KHO_IMAGE_ROOTS];
static unsigned int nr_roots;

/**
 * fake_kho_image_name_root - Name what a handover begins with, in the next image.
 * @phys: Physical address of a preservation.
 * @name: The name under which LUO would keep it, a constant.
 *
 * Context: Process context. Tests do not run at the same time.
 *
 * Return: 0 or -ENOSPC.
 */
int fake_kho_image_name_root(u64 phys, const char *name)
{
	if (nr_roots == ARRAY_SIZE(roots))
		return -ENOSPC;
	roots[nr_roots].phys = phys;
	roots[nr_roots++].name = name;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_image_name_root);

static void add_entry(unsigned long pfn, unsigned int order, void *data)
{
	struct fake_kho_image_entry *entry = fake_kho_image_add(data, pfn, order);

	entry->used = fake_kho_image_used_size(entry);
	for (unsigned int i = 0; i < nr_roots; i++)
		if (roots[i].phys == PFN_PHYS(pfn))
			strscpy(entry->root, roots[i].name);
}

/**
 * fake_kho_image_save - Write what is preserved for the next kernel.
 * @file: Where to.
 * @start: Address for the reader.
 *
 * Memory that was freed while it was preserved is not written, as with a mock
 * kexec.
 *
 * Context: Process context, in a test that called fake_kho_start().
 *
 * Return: 0, -ENOMEM, -E2BIG if that are more preservations than an image can have, or
 * what writing failed with.
 */
int fake_kho_image_save(struct fake_kho_image_file *file, u64 start)
{
	struct fake_kho *kho = fake_kho_current();
	struct fake_kho_image_table *table;
	struct fake_kho_ranges preserved;
	int err;

	mock_kexec_audit(kho);
	fake_kho_get_preserved(&preserved);
	if (preserved.count > FAKE_KHO_IMAGE_MAX)
		return -E2BIG;

	table = kvzalloc_obj(*table);
	if (!table)
		return -ENOMEM;
	fake_kho_image_begin(table, start);
	fake_kho_for_each(&kho->preserved, add_entry, table);
	nr_roots = 0;
	err = fake_kho_image_write(file, table);
	kvfree(table);
	return err;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_image_save);

static int save_as(const char *path, u64 start)
{
	struct fake_kho_image_file file;
	int err;

	err = fake_kho_host_open(&file, path, true);
	if (err)
		return err;

	err = fake_kho_image_save(&file, start);
	fake_kho_host_close(&file);
	return err;
}

/**
 * fake_kho_image_of_kexec - Write what a mock kexec is about to hand over.
 * @test: The test.
 *
 * Only if fake_kho_image.kexec names a directory. What cannot be written is told in the
 * log, where the log's judge sees it.
 *
 * Context: Process context, in mock_kexec().
 */
void fake_kho_image_of_kexec(struct kunit *test)
{
	static unsigned int nr_images;
	char *path;
	int err;

	if (!kexec_dir)
		return;

	/* Whoever counts allocations means those of the code under test. */
	CLASS(fail_nth_paused, nth)();
	path = kasprintf(GFP_KERNEL, "%s/%04u-%s", kexec_dir, nr_images++, test->name);
	err = path ? save_as(path, 0) : -ENOMEM;
	if (err)
		pr_err("no image of %s: %pe\n", test->name, ERR_PTR(err));
	kfree(path);
}

/* Reading */

static bool __init is_free_at_boot(phys_addr_t phys, phys_addr_t size)
{
	return memblock_is_region_memory(phys, size) &&
	       !memblock_is_region_reserved(phys, size);
}

/* Those before the n-th entry */
static void __init release_memory(const struct fake_kho_image_table *table,
				  u64 n)
{
	while (n--)
		memblock_phys_free(PFN_PHYS(table->entries[n].pfn),
				   fake_kho_image_entry_size(&table->entries[n]));
}

/*
 * As the real KHO does it: nobody else gets these pages, nor are they
 * PG_reserved. Each reservation may move memblock's list of them, to memory
 * that then is not free any more.
 */
static int __init reserve_memory(const struct fake_kho_image_table *table)
{
	memblock_allow_resize();
	for (u64 i = 0; i < table->header.nr_preservations; i++) {
		phys_addr_t phys = PFN_PHYS(table->entries[i].pfn);
		u64 size = fake_kho_image_entry_size(&table->entries[i]);

		if (!is_free_at_boot(phys, size)) {
			release_memory(table, i);
			return -EBUSY;
		}
		memblock_reserve(phys, size);
		memblock_reserved_mark_noinit(phys, size);
	}
	return 0;
}

static int __init load(struct fake_kho_image_file *file,
		       struct fake_kho_image_table *table)
{
	int err;

	err = fake_kho_image_read_table(file, table, is_free_at_boot);
	if (err)
		return err;

	err = reserve_memory(table);
	if (err)
		return err;

	err = fake_kho_image_read_bytes(file, table);
	if (err)
		release_memory(table, table->header.nr_preservations);
	return err;
}

void __init kho_memory_init(void)
{
	struct fake_kho_image_file file;

	if (!read_path)
		return;

	boot_image_error = fake_kho_host_open(&file, read_path, false);
	if (!boot_image_error) {
		boot_image_error = load(&file, &boot_image);
		fake_kho_host_close(&file);
	}
	if (boot_image_error)
		pr_err("%s is refused: %pe\n", read_path,
		       ERR_PTR(boot_image_error));
	else
		pr_info("%llu preservations from %s\n",
			boot_image.header.nr_preservations, read_path);
}

/* What tests see */

/**
 * fake_kho_image_may_write - Was a file named to write an image to.
 *
 * Context: Any.
 *
 * Return: true if so.
 */
bool fake_kho_image_may_write(void)
{
	return write_path;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_image_may_write);

/**
 * fake_kho_image_may_read - Was a file named to read an image from.
 *
 * Context: Any.
 *
 * Return: true if so, whether or not it could be read.
 */
bool fake_kho_image_may_read(void)
{
	return read_path;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_image_may_read);

/**
 * fake_kho_write_image - Write what is preserved to the file that was named.
 * @test: The test, which has called fake_kho_start(). It still has to
 *	unpreserve and free everything.
 * @start: Physical address that fake_kho_read_image() is to give the reader.
 *
 * Context: Process context. Nothing may write to preserved memory at the same
 * time.
 *
 * Return: 0, -ENOENT if no file was named, -EOPNOTSUPP if this is not UML, or
 * what the host refused to do.
 */
int fake_kho_write_image(struct kunit *test, u64 start)
{
	KUNIT_ASSERT_PTR_EQ(test, fake_kho_current()->test, test);

	if (!write_path)
		return -ENOENT;
	return save_as(write_path, start);
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_write_image);

/**
 * fake_kho_read_image - Find what the boot before preserved.
 * @test: The test, which has called fake_kho_start(). What it does not restore
 *	is reported as left over, and goes to the system when it ends.
 * @start: Filled in, the address that the writer gave.
 *
 * Afterwards everything is as after a mock kexec whose old kernel was the other
 * boot. The memory was not managed before: restoring it makes it so.
 *
 * Context: Process context.
 *
 * Return: 0, -ENOENT if there is no image or a test had it already, the errno
 * of an image that was refused at boot, or -ENOMEM.
 */
int fake_kho_read_image(struct kunit *test, u64 *start)
{
	struct fake_kho *kho = fake_kho_current();

	KUNIT_ASSERT_PTR_EQ(test, kho->test, test);

	if (boot_image_error)
		return boot_image_error;
	boot_image_error = -ENOENT;

	for (u64 i = 0; i < boot_image.header.nr_preservations; i++) {
		int err;

		err = fake_kho_await(kho, boot_image.entries[i].pfn,
				     boot_image.entries[i].order);
		if (err)
			return err;
	}

	kho->generation++;
	*start = boot_image.header.start;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_read_image);

/**
 * fake_kho_image_root - What the image of the boot before begins with.
 * @n: Number of it, from 0.
 * @phys: Set to its physical address.
 *
 * Context: Process context, after fake_kho_read_image().
 *
 * Return: the name under which LUO would keep it, NULL after the last.
 */
const char *fake_kho_image_root(unsigned int n, u64 *phys)
{
	for (u64 i = 0; i < boot_image.header.nr_preservations; i++) {
		const struct fake_kho_image_entry *entry = &boot_image.entries[i];

		if (!entry->root[0] || n--)
			continue;
		*phys = PFN_PHYS(entry->pfn);
		return entry->root;
	}
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(fake_kho_image_root);
