// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Memfds for tests
 *
 * A memfd of a test is one as user space has it: its pages are in the page cache,
 * its seals are checked, and LUO preserves it by the handler of memfds. Only the
 * calls are those of the kernel, as there is no user space.
 *
 * Life cycle: test_memfd_create() opens a memfd, which has no pages before
 * something is written, mapped or preserved. It is closed when the test ends, if
 * not earlier. One that LUO has retrieved is used by the same functions, and is
 * closed by luo_test_close().
 *
 * Unhappy paths: what the file refuses, because of a seal for instance, is what
 * the functions return. A read or write that ends early is -EIO.
 */

#include <linux/err.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/list_private.h>
#include <linux/liveupdate.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pagemap.h>
#include <uapi/linux/memfd.h>

#include <kunit/test.h>

#include "test_memfd.h"

/* Sizes with and without an end within a page */
static const u64 sizes[] = {
	0, 1, PAGE_SIZE, 5 * PAGE_SIZE, 5 * PAGE_SIZE + 123,
	TEST_MEMFD_MANY_PAGES * PAGE_SIZE,
};

static void size_desc(const u64 *size, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%llu bytes", *size);
}

KUNIT_ARRAY_PARAM(size, sizes, size_desc);

/**
 * test_memfd_sizes - Sizes of memfds, as parameters of a case.
 * @test: The test.
 * @prev: The parameter before.
 * @desc: Filled in with its name.
 *
 * Context: As KUnit calls it.
 *
 * Return: the next parameter, NULL after the last.
 */
const void *test_memfd_sizes(struct kunit *test, const void *prev, char *desc)
{
	return size_gen_params(test, prev, desc);
}

/**
 * test_memfd_size - The size that a case has got.
 * @test: The test, a case with test_memfd_sizes().
 *
 * Context: Any.
 *
 * Return: the size in bytes.
 */
u64 test_memfd_size(struct kunit *test)
{
	return *(const u64 *)test->param_value;
}

static void close_memfd(void *data)
{
	fput(data);
	flush_delayed_fput();
}

/**
 * test_memfd_create - Open a memfd, or fail the case.
 * @test: The test, at whose end it is closed.
 * @name: Its name.
 * @size: Its size in bytes.
 * @seals: Its seals, F_SEAL_*.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: the file, never an error.
 */
struct file *test_memfd_create(struct kunit *test, const char *name, u64 size,
			       unsigned int seals)
{
	struct file *file = memfd_alloc_file(name, MFD_ALLOW_SEALING);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, file);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, close_memfd, file));
	KUNIT_ASSERT_EQ(test, 0, vfs_truncate(&file->f_path, size));
	KUNIT_ASSERT_EQ(test, 0, memfd_add_seals(file, seals));
	return file;
}

/**
 * test_memfd_close - Close a memfd before the test ends.
 * @test: The test.
 * @file: What test_memfd_create() returned.
 *
 * Context: Process context.
 */
void test_memfd_close(struct kunit *test, struct file *file)
{
	kunit_release_action(test, close_memfd, file);
}

static int all_or_nothing(ssize_t done, size_t len)
{
	if (done < 0)
		return done;
	return done == len ? 0 : -EIO;
}

/**
 * test_memfd_write - Write to a memfd, as write() does.
 * @file: The file.
 * @pos: Where to.
 * @data: The bytes.
 * @len: How many.
 *
 * Context: Process context.
 *
 * Return: 0, or a negative errno: -EPERM if a seal forbids it.
 */
int test_memfd_write(struct file *file, u64 pos, const void *data, size_t len)
{
	loff_t offset = pos;

	return all_or_nothing(kernel_write(file, data, len, &offset), len);
}

/**
 * test_memfd_read - Read from a memfd, as read() does.
 * @file: The file.
 * @pos: Where from.
 * @data: Filled in.
 * @len: How many bytes.
 *
 * Context: Process context.
 *
 * Return: 0, or a negative errno: -EIO beyond the end.
 */
int test_memfd_read(struct file *file, u64 pos, void *data, size_t len)
{
	loff_t offset = pos;

	return all_or_nothing(kernel_read(file, data, len, &offset), len);
}

/* Content of the page @index, of the generation @seed */
static void fill_page(u8 *page, pgoff_t index, u8 seed)
{
	memset(page, seed + index, PAGE_SIZE);
	memcpy(page, &index, sizeof(index));
}

static u8 *page_buffer(struct kunit *test)
{
	u8 *page = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, page);
	return page;
}

static size_t len_at(u64 size, pgoff_t index)
{
	return min_t(u64, PAGE_SIZE, size - index * PAGE_SIZE);
}

static void fill_every_second(struct kunit *test, struct file *file, u64 size,
			      pgoff_t first, u8 seed)
{
	u8 *page = page_buffer(test);

	for (pgoff_t i = first; i < test_memfd_pages(size); i += 2) {
		fill_page(page, i, seed);
		KUNIT_ASSERT_EQ(test, 0, test_memfd_write(file, i * PAGE_SIZE, page,
							  len_at(size, i)));
	}
	kunit_kfree(test, page);
}

/**
 * test_memfd_fill - Write all of a memfd, or fail the case.
 * @test: The test.
 * @file: The file.
 * @size: Its size in bytes.
 * @seed: Makes the content of a page differ from what it was before.
 *
 * Every second page comes first, so that the frames do not follow each other.
 *
 * Context: Process context, the thread of the case.
 */
void test_memfd_fill(struct kunit *test, struct file *file, u64 size, u8 seed)
{
	fill_every_second(test, file, size, 0, seed);
	fill_every_second(test, file, size, 1, seed);
}

/**
 * test_memfd_expect_filled - Expect what test_memfd_fill() has written.
 * @test: The test.
 * @file: The file.
 * @size: Its size in bytes.
 * @seed: As it was written.
 *
 * Context: Process context, the thread of the case.
 */
void test_memfd_expect_filled(struct kunit *test, struct file *file, u64 size,
			      u8 seed)
{
	u8 *want = page_buffer(test), *found = page_buffer(test);

	for (pgoff_t i = 0; i < test_memfd_pages(size); i++) {
		fill_page(want, i, seed);
		KUNIT_ASSERT_EQ(test, 0, test_memfd_read(file, i * PAGE_SIZE, found,
							 len_at(size, i)));
		KUNIT_ASSERT_MEMEQ(test, want, found, len_at(size, i));
	}
	kunit_kfree(test, want);
	kunit_kfree(test, found);
}

/**
 * test_memfd_filled - Open a memfd of which all is written, or fail the case.
 * @test: The test, at whose end it is closed.
 * @size: Its size in bytes. It is sealed with TEST_MEMFD_SEALS.
 * @seed: As for test_memfd_fill().
 *
 * Context: Process context, the thread of the case.
 *
 * Return: the file, never an error.
 */
struct file *test_memfd_filled(struct kunit *test, u64 size, u8 seed)
{
	struct file *file = test_memfd_create(test, "memfd", size, TEST_MEMFD_SEALS);

	test_memfd_fill(test, file, size, seed);
	return file;
}

/**
 * test_memfd_punch - Punch a hole into a memfd.
 * @file: The file.
 * @pos: Where it begins.
 * @len: Its length in bytes.
 *
 * Context: Process context.
 *
 * Return: 0, or a negative errno: -EPERM if a seal or a preservation forbids it.
 */
int test_memfd_punch(struct file *file, u64 pos, u64 len)
{
	return vfs_fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			     pos, len);
}

/**
 * test_memfd_pfn - In which page frame a page of a memfd is.
 * @file: The file.
 * @index: The page.
 *
 * Context: Process context.
 *
 * Return: the page frame that is in the page cache, or 0 if there is none.
 */
unsigned long test_memfd_pfn(struct file *file, pgoff_t index)
{
	struct folio *folio = filemap_get_folio(file->f_mapping, index);
	unsigned long pfn;

	if (IS_ERR(folio))
		return 0;

	pfn = page_to_pfn(folio_file_page(folio, index));
	folio_put(folio);
	return pfn;
}

/**
 * test_memfd_map - Map the first page of a memfd, shared and writable, as mmap() does.
 * @test: The test.
 * @file: The file.
 *
 * Nothing is mapped afterwards.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: 0, or a negative errno: -EPERM if a seal forbids it.
 */
int test_memfd_map(struct kunit *test, struct file *file)
{
	unsigned long address;

	KUNIT_ASSERT_EQ(test, kunit_attach_mm(), 0);
	address = vm_mmap(file, 0, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	if (IS_ERR_VALUE(address))
		return address;
	KUNIT_EXPECT_EQ(test, vm_munmap(address, PAGE_SIZE), 0);
	return 0;
}

/**
 * test_memfd_ops - Find a handler of memfds.
 * @registered: A handler that a test has registered, after those of the kernel.
 * @compatible: The name of one that exists.
 *
 * Context: Process context.
 *
 * Return: its operations.
 */
const struct liveupdate_file_ops *
test_memfd_ops(struct liveupdate_file_handler *registered, const char *compatible)
{
	struct liveupdate_file_handler *handler = registered;

	do {
		handler = list_private_entry(ACCESS_PRIVATE(handler, list).prev,
					     struct liveupdate_file_handler, list);
	} while (strcmp(handler->compatible, compatible));

	return handler->ops;
}
