// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Records of memfds for tests
 *
 * A record needs folios, and these need not be in a file: so they can be larger than those
 * of this machine's page cache. They are written into a record, of memfd-v3 or of memfd-v2,
 * and the kernel ends.
 */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/memfd.h>
#include <linux/mm.h>
#include <linux/stat.h>
#include <linux/vmalloc.h>
#include <uapi/linux/fcntl.h>

#include <kunit/test.h>

#include "fake_kho.h"
#include "liveupdate_snapshot.h"
#include "memfd_handover.h"
#include "mock_kexec.h"

#define HUGE_ORDER	9
#define HUGE_PAGES	BIT(HUGE_ORDER)

#define SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)

static const u8 huge[] = { HUGE_ORDER, HUGE_ORDER };
static const u8 mixed[] = { 0, 0, 1, 2, 3, 0 };

/* In the last folio of the mixed ones is the end of the file, 3 bytes into it. */
const struct memfd_example memfd_examples[MEMFD_NR_EXAMPLES] = {
	{ "nothing", { .pos = 0, .seals = 0, .mode = 0 }, 0 },
	{ "nothing, all attributes", {
		.pos = MAX_LFS_FILESIZE,
		.seals = MEMFD_V3_SEALS_KNOWN,
		.mode = S_IALLUGO,
	}, 0 },
	{ "a byte", { .size = 1, .seals = SEALS, .mode = 0600 }, 1 },
	{ "a page", { .size = PAGE_SIZE, .seals = SEALS, .mode = 0666 }, 1 },
	{ "a page and a byte", { .size = PAGE_SIZE + 1, .pos = 7, .mode = 0777 }, 2 },
	{ "two pages of records", { .size = MEMFD_MAX_FOLIOS * PAGE_SIZE, .mode = 0640 },
	  MEMFD_MAX_FOLIOS },
	{ "2 MiB folios", { .size = 2 * HUGE_PAGES * PAGE_SIZE, .mode = 0666 },
	  ARRAY_SIZE(huge), huge },
	{ "2 MiB folios, the end in the second",
	  { .size = (HUGE_PAGES + 5) * PAGE_SIZE, .mode = 0666 },
	  ARRAY_SIZE(huge), huge },
	{ "folios of all sizes", { .size = 16 * PAGE_SIZE + 3, .mode = 0666 },
	  ARRAY_SIZE(mixed), mixed },
};

/**
 * memfd_example_order - The order of a folio of an example.
 * @example: The example.
 * @i: The folio.
 *
 * Context: Any.
 *
 * Return: the order.
 */
unsigned int memfd_example_order(const struct memfd_example *example, u32 i)
{
	return example->orders ? example->orders[i] : 0;
}

/**
 * memfd_handover_start - Begin with the kernel that hands over.
 * @test: The test, which calls fake_kho_start() by this.
 * @example: What is to be handed over.
 *
 * Context: Process context.
 *
 * Return: the handover, of which nothing is there yet.
 */
struct memfd_handover *memfd_handover_start(struct kunit *test,
					    const struct memfd_example *example)
{
	struct memfd_handover *handover;

	handover = kunit_kzalloc(test, sizeof(*handover), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, handover);
	handover->example = example;
	handover->format = &memfd_v3_format;
	fake_kho_start(test);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
	return handover;
}

/**
 * memfd_handover_make_folios - Allocate the folios, and preserve them.
 * @test: The test.
 * @handover: The handover.
 *
 * They are pinned by nobody, but it makes no difference here.
 *
 * Context: Process context.
 */
void memfd_handover_make_folios(struct kunit *test, struct memfd_handover *handover)
{
	pgoff_t index = 0;

	for (u32 i = 0; i < handover->example->nr_folios; i++) {
		unsigned int order = memfd_example_order(handover->example, i);
		struct folio *folio = mock_kexec_alloc_folio(test, order);

		folio->index = index;
		index += BIT(order);
		handover->folios[i] = folio;
		handover->pfns[i] = folio_pfn(folio);
		KUNIT_ASSERT_EQ(test, 0, kho_preserve_folio(folio));
	}
}

/**
 * memfd_hand_over - Write a record, and begin the next kernel.
 * @test: The test.
 * @example: What is handed over.
 *
 * Context: Process context.
 *
 * Return: the handover, of which there is only the record from here on.
 */
struct memfd_handover *memfd_hand_over(struct kunit *test,
				       const struct memfd_example *example)
{
	struct memfd_handover *handover = memfd_handover_start(test, example);
	struct memfd_record_out out;

	memfd_handover_make_folios(test, handover);
	KUNIT_ASSERT_EQ(test, 0, memfd_record_create(&out, handover->folios,
						     example->nr_folios));
	memfd_record_write(&out, &example->attributes);
	handover->pa = virt_to_phys(out.ser);
	mock_kexec(test);
	return handover;
}

/**
 * memfd_hand_over_v2 - The same as memfd-v2.
 * @test: The test.
 * @example: What is handed over.
 *
 * Context: Process context.
 *
 * Return: the handover.
 */
struct memfd_handover *memfd_hand_over_v2(struct kunit *test,
					  const struct memfd_example *example)
{
	struct memfd_handover *handover = memfd_handover_start(test, example);
	struct memfd_luo_folio_ser *folios;
	struct memfd_luo_ser *ser;

	handover->format = &memfd_v2_format;
	memfd_handover_make_folios(test, handover);
	ser = kho_alloc_preserve(sizeof(*ser));
	KUNIT_ASSERT_FALSE(test, IS_ERR(ser));
	ser->pos = example->attributes.pos;
	ser->size = example->attributes.size;
	ser->seals = example->attributes.seals;
	ser->nr_folios = example->nr_folios;
	if (example->nr_folios) {
		folios = vcalloc(example->nr_folios, sizeof(*folios));
		KUNIT_ASSERT_NOT_NULL(test, folios);
		for (u32 i = 0; i < example->nr_folios; i++) {
			folios[i].pfn = handover->pfns[i];
			folios[i].flags = MEMFD_LUO_FOLIO_DIRTY | MEMFD_LUO_FOLIO_UPTODATE;
			folios[i].index = handover->folios[i]->index;
		}
		KUNIT_ASSERT_EQ(test, 0, kho_preserve_vmalloc(folios, &ser->folios));
	}
	handover->pa = virt_to_phys(ser);
	mock_kexec(test);
	return handover;
}

/**
 * memfd_handover_read - Read the record.
 * @handover: The handover.
 * @record: Filled in.
 *
 * Context: Process context.
 *
 * Return: what memfd_record_read() returns.
 */
int memfd_handover_read(const struct memfd_handover *handover, struct memfd_record *record)
{
	return memfd_record_read(record, handover->format, handover->pa, MAX_PAGE_ORDER);
}

static void expect_folios(struct kunit *test, const struct memfd_handover *handover,
			  struct memfd_record *record)
{
	struct memfd_record_cursor cursor;
	struct memfd_record_folio folio;
	u64 index = 0;
	u32 i = 0;

	memfd_record_start(record, &cursor);
	while (memfd_record_next(record, &cursor, &folio)) {
		KUNIT_ASSERT_LT(test, i, handover->example->nr_folios);
		KUNIT_EXPECT_EQ(test, folio.pfn, handover->pfns[i]);
		KUNIT_EXPECT_EQ(test, folio.order, memfd_example_order(handover->example, i));
		KUNIT_EXPECT_EQ(test, folio.index, index);
		index += BIT(folio.order);
		i++;
	}
	KUNIT_EXPECT_EQ(test, i, handover->example->nr_folios);
}

/**
 * memfd_handover_expect_read - Expect that what is read is what was written.
 * @test: The test.
 * @handover: The handover, of which nothing is taken.
 * @mode: The mode that is read.
 *
 * Context: Process context.
 */
void memfd_handover_expect_read(struct kunit *test, const struct memfd_handover *handover,
				u32 mode)
{
	const struct memfd_attributes *attributes = &handover->example->attributes;
	struct liveupdate_snapshot before, after;
	struct memfd_record record;

	liveupdate_snapshot_take(&before);
	KUNIT_ASSERT_EQ(test, 0, memfd_handover_read(handover, &record));
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	KUNIT_EXPECT_EQ(test, record.error.err, 0);
	KUNIT_EXPECT_EQ(test, record.attributes.pos, attributes->pos);
	KUNIT_EXPECT_EQ(test, record.attributes.size, attributes->size);
	KUNIT_EXPECT_EQ(test, record.attributes.seals, attributes->seals);
	KUNIT_EXPECT_EQ(test, record.attributes.mode, mode);
	expect_folios(test, handover, &record);
}
