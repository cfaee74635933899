// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Images of the fake KHO, tested
 *
 * An image is written to a buffer and read back in the same boot. Then it is
 * damaged: each damage is refused with its errno. What a second boot does with
 * an image is in second_boot_kunit.c.
 */

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "fake_kho.h"
#include "fake_kho_image.h"
#include "mock_kexec.h"

#define START	0x1234000ULL

static const unsigned int orders[] = { 0, 2, 1 };

/* Header, entries, and the bytes of 7 pages */
#define BUFFER_SIZE	(8 * PAGE_SIZE)

struct buffer {
	struct fake_kho_image_file file;
	u8 *mem;
	struct fake_kho_image_table *table;
};

/* The beginning of the buffer as an image has it */
struct image {
	struct fake_kho_image_header header;
	struct fake_kho_image_entry entries[ARRAY_SIZE(orders)];
};

static struct image *image_of(struct buffer *buffer)
{
	return (struct image *)buffer->mem;
}

static int buffer_read(struct fake_kho_image_file *file, void *buf, size_t size,
		       u64 offset)
{
	struct buffer *buffer = container_of(file, struct buffer, file);

	if (offset + size > file->size)
		return -EIO;
	memcpy(buf, buffer->mem + offset, size);
	return 0;
}

static int buffer_write(struct fake_kho_image_file *file, const void *buf,
			size_t size, u64 offset)
{
	struct buffer *buffer = container_of(file, struct buffer, file);

	if (offset + size > BUFFER_SIZE)
		return -ENOSPC;
	memcpy(buffer->mem + offset, buf, size);
	file->size = offset + size;
	return 0;
}

static bool all_is_free(phys_addr_t phys, phys_addr_t size)
{
	return true;
}

static bool nothing_is_free(phys_addr_t phys, phys_addr_t size)
{
	return false;
}

static int read_buffer(struct buffer *buffer)
{
	return fake_kho_image_read_table(&buffer->file, buffer->table,
					 all_is_free);
}

static void preserve_folio(struct kunit *test, unsigned int order)
{
	struct folio *folio = mock_kexec_alloc_folio(test, order);

	memset(folio_address(folio), 'a' + order, folio_size(folio));
	KUNIT_ASSERT_EQ(test, kho_preserve_folio(folio), 0);
}

static struct buffer *start(struct kunit *test)
{
	struct buffer *buffer = kunit_kzalloc(test, sizeof(*buffer), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buffer);
	buffer->file.read = buffer_read;
	buffer->file.write = buffer_write;
	buffer->mem = kunit_kzalloc(test, BUFFER_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buffer->mem);
	buffer->table = kunit_kzalloc(test, sizeof(*buffer->table), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buffer->table);

	fake_kho_start(test);
	/* An image takes nothing away, so what was preserved still is. */
	fake_kho_expect(test, FAKE_KHO_LEFT_PRESERVED, FAKE_KHO_ANY);
	return buffer;
}

static struct buffer *start_with_image(struct kunit *test)
{
	struct buffer *buffer = start(test);

	for (unsigned int i = 0; i < ARRAY_SIZE(orders); i++)
		preserve_folio(test, orders[i]);
	KUNIT_ASSERT_EQ(test, fake_kho_image_save(&buffer->file, START), 0);
	KUNIT_ASSERT_EQ(test, read_buffer(buffer), 0);
	return buffer;
}

static void image_holds_what_is_preserved(struct kunit *test)
{
	struct buffer *buffer = start_with_image(test);
	u8 *bytes = buffer->mem + sizeof(struct image);

	KUNIT_EXPECT_EQ(test, buffer->table->header.start, START);
	KUNIT_ASSERT_EQ(test, buffer->table->header.nr_preservations,
			ARRAY_SIZE(orders));
	for (unsigned int i = 0; i < ARRAY_SIZE(orders); i++) {
		u64 order = buffer->table->entries[i].order;
		u64 pfn = buffer->table->entries[i].pfn;

		kho_unpreserve_folio(pfn_folio(pfn));
		KUNIT_EXPECT_NULL(test, memchr_inv(bytes, 'a' + order,
						   PAGE_SIZE << order));
		bytes += PAGE_SIZE << order;
	}
	KUNIT_EXPECT_PTR_EQ(test, bytes, buffer->mem + buffer->file.size);
	KUNIT_EXPECT_EQ(test, fake_kho_image_size(buffer->table), buffer->file.size);
}

static void image_of_nothing_is_read(struct kunit *test)
{
	struct buffer *buffer = start(test);

	KUNIT_EXPECT_EQ(test, fake_kho_image_save(&buffer->file, START), 0);
	KUNIT_EXPECT_EQ(test, read_buffer(buffer), 0);
	KUNIT_EXPECT_EQ(test, buffer->table->header.nr_preservations, 0);
}

static void zeroes_at_the_end_are_not_written(struct kunit *test)
{
	struct buffer *buffer = start(test);
	struct folio *folio = mock_kexec_alloc_folio(test, 0);
	u64 *words = folio_address(folio);

	memset(words, 0, PAGE_SIZE);
	words[2] = 1;
	KUNIT_ASSERT_EQ(test, kho_preserve_folio(folio), 0);
	KUNIT_ASSERT_EQ(test, fake_kho_image_save(&buffer->file, START), 0);
	KUNIT_ASSERT_EQ(test, read_buffer(buffer), 0);
	KUNIT_EXPECT_EQ(test, buffer->table->entries[0].used, 3 * sizeof(*words));

	memset(words, 0xff, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, 0, fake_kho_image_read_bytes(&buffer->file, buffer->table));
	KUNIT_EXPECT_EQ(test, words[2], 1);
	words[2] = 0;
	KUNIT_EXPECT_NULL(test, memchr_inv(words, 0, PAGE_SIZE));
	kho_unpreserve_folio(folio);
}

/* As of content of files in the image of a real handover */
static void bytes_that_are_left_out_are_zero(struct kunit *test)
{
	struct buffer *buffer = start_with_image(test);
	struct fake_kho_image_entry *left_out = &buffer->table->entries[1];
	void *mem = phys_to_virt(PFN_PHYS(left_out->pfn));
	const size_t size = PAGE_SIZE << left_out->order;

	KUNIT_EXPECT_EQ(test, left_out->used, size);
	left_out->used = 0;
	KUNIT_EXPECT_EQ(test, 0, fake_kho_image_write(&buffer->file, buffer->table));
	KUNIT_EXPECT_EQ(test, 0, read_buffer(buffer));
	KUNIT_EXPECT_NOT_NULL(test, memchr_inv(mem, 0, size));
	KUNIT_EXPECT_EQ(test, 0, fake_kho_image_read_bytes(&buffer->file, buffer->table));
	KUNIT_EXPECT_NULL(test, memchr_inv(mem, 0, size));
}

static void image_has_room_for_so_many(struct kunit *test)
{
	struct buffer *buffer = start(test);

	fake_kho_image_begin(buffer->table, START);
	for (u64 i = 0; i < FAKE_KHO_IMAGE_MAX; i++) {
		struct fake_kho_image_entry *entry = fake_kho_image_add(buffer->table, i, 0);

		KUNIT_ASSERT_PTR_EQ(test, entry, &buffer->table->entries[i]);
		KUNIT_EXPECT_EQ(test, entry->used, 0);
	}
	KUNIT_EXPECT_NULL(test, fake_kho_image_add(buffer->table, FAKE_KHO_IMAGE_MAX, 0));
	KUNIT_EXPECT_EQ(test, buffer->table->header.nr_preservations, FAKE_KHO_IMAGE_MAX);
}

static void roots_have_names(struct kunit *test)
{
	struct buffer *buffer = start(test);
	struct folio *folio = mock_kexec_alloc_folio(test, 0);

	KUNIT_ASSERT_EQ(test, kho_preserve_folio(folio), 0);
	for (unsigned int i = 0; i < FAKE_KHO_IMAGE_ROOTS; i++)
		KUNIT_EXPECT_EQ(test, 0,
				fake_kho_image_name_root(PFN_PHYS(folio_pfn(folio)), "root"));
	KUNIT_EXPECT_EQ(test, -ENOSPC, fake_kho_image_name_root(0, "root"));
	KUNIT_EXPECT_EQ(test, fake_kho_image_save(&buffer->file, START), 0);
	KUNIT_EXPECT_EQ(test, read_buffer(buffer), 0);
	KUNIT_EXPECT_STREQ(test, buffer->table->entries[0].root, "root");

	KUNIT_EXPECT_EQ(test, fake_kho_image_save(&buffer->file, START), 0);
	KUNIT_EXPECT_EQ(test, read_buffer(buffer), 0);
	KUNIT_EXPECT_STREQ(test, buffer->table->entries[0].root, "");
	kho_unpreserve_folio(folio);
}

static void full_disk_is_told(struct kunit *test)
{
	struct buffer *buffer = start(test);

	preserve_folio(test, get_order(BUFFER_SIZE));
	KUNIT_EXPECT_EQ(test, fake_kho_image_save(&buffer->file, START),
			-ENOSPC);
}

static void image_of_another_size_is_refused(struct kunit *test)
{
	struct buffer *buffer = start_with_image(test);
	u64 size = buffer->file.size;

	for (u64 cut = 0; cut <= sizeof(struct image); cut++) {
		buffer->file.size = cut;
		KUNIT_EXPECT_EQ(test, read_buffer(buffer), -ENODATA);
	}
	buffer->file.size = size - 1;
	KUNIT_EXPECT_EQ(test, read_buffer(buffer), -ENODATA);
	buffer->file.size = size + 1;
	KUNIT_EXPECT_EQ(test, read_buffer(buffer), -ENODATA);
	buffer->file.size = size;
	KUNIT_EXPECT_EQ(test, read_buffer(buffer), 0);
}

static void other_files_are_refused(struct kunit *test)
{
	struct buffer *buffer = start_with_image(test);
	struct image *image = image_of(buffer);

	image->header.magic++;
	KUNIT_EXPECT_EQ(test, read_buffer(buffer), -EINVAL);
	image->header.magic--;
	image->header.version++;
	KUNIT_EXPECT_EQ(test, read_buffer(buffer), -EINVAL);
}

static void wrong_count_is_refused(struct kunit *test)
{
	struct buffer *buffer = start_with_image(test);
	struct image *image = image_of(buffer);

	image->header.nr_preservations--;
	KUNIT_EXPECT_EQ(test, read_buffer(buffer), -ENODATA);
	image->header.nr_preservations = FAKE_KHO_IMAGE_MAX;
	KUNIT_EXPECT_EQ(test, read_buffer(buffer), -ENODATA);
	image->header.nr_preservations++;
	KUNIT_EXPECT_EQ(test, read_buffer(buffer), -E2BIG);
	image->header.nr_preservations = U64_MAX;
	KUNIT_EXPECT_EQ(test, read_buffer(buffer), -E2BIG);
}

/* No preservation: unaligned, beyond the memory, greater than any address */
static void impossible_preservation_is_refused(struct kunit *test)
{
	static const struct fake_kho_image_entry impossible[] = {
		{ .pfn = 1, .order = 1 },
		{ .pfn = 0, .order = BITS_PER_LONG - PAGE_SHIFT - 1 },
		{ .pfn = 0, .order = BITS_PER_LONG - PAGE_SHIFT },
		{ .pfn = 0, .order = U64_MAX },
		{ .pfn = PHYS_PFN(PHYS_ADDR_MAX), .order = 0 },
		{ .pfn = U64_MAX, .order = 0 },
		{ .pfn = 0, .order = 0, .used = PAGE_SIZE + 1 },
		{ .pfn = 0, .order = 0, .root = "no end of a name" },
	};
	struct buffer *buffer = start_with_image(test);

	for (unsigned int i = 0; i < ARRAY_SIZE(impossible); i++) {
		image_of(buffer)->entries[0] = impossible[i];
		KUNIT_EXPECT_EQ(test, read_buffer(buffer), -ERANGE);
	}
}

static void memory_in_use_is_refused(struct kunit *test)
{
	struct buffer *buffer = start_with_image(test);

	KUNIT_EXPECT_EQ(test, -EBUSY,
			fake_kho_image_read_table(&buffer->file, buffer->table,
						  nothing_is_free));
}

static void overlapping_preservations_are_refused(struct kunit *test)
{
	struct buffer *buffer = start_with_image(test);
	struct fake_kho_image_entry *entries = image_of(buffer)->entries;

	entries[1] = entries[0];
	KUNIT_EXPECT_EQ(test, read_buffer(buffer), -EBUSY);
}

/* A test that is given the image of the boot before would take it away */
static void boot_without_image_has_none(struct kunit *test)
{
	u64 address;

	if (fake_kho_image_may_read())
		kunit_skip(test, "there is an image");

	fake_kho_start(test);
	KUNIT_EXPECT_EQ(test, -ENOENT, fake_kho_read_image(test, &address));
	KUNIT_EXPECT_FALSE(test, is_kho_boot());
}

static struct kunit_case fake_kho_image_cases[] = {
	KUNIT_CASE(image_holds_what_is_preserved),
	KUNIT_CASE(image_of_nothing_is_read),
	KUNIT_CASE(zeroes_at_the_end_are_not_written),
	KUNIT_CASE(bytes_that_are_left_out_are_zero),
	KUNIT_CASE(image_has_room_for_so_many),
	KUNIT_CASE(roots_have_names),
	KUNIT_CASE(full_disk_is_told),
	KUNIT_CASE(image_of_another_size_is_refused),
	KUNIT_CASE(other_files_are_refused),
	KUNIT_CASE(wrong_count_is_refused),
	KUNIT_CASE(impossible_preservation_is_refused),
	KUNIT_CASE(memory_in_use_is_refused),
	KUNIT_CASE(overlapping_preservations_are_refused),
	KUNIT_CASE(boot_without_image_has_none),
	{}
};

static struct kunit_suite fake_kho_image_suite = {
	.name = "fake_kho_image",
	.test_cases = fake_kho_image_cases,
};

kunit_test_suite(fake_kho_image_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of images of the fake KHO");
