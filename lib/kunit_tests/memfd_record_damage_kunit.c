// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: damaged records of memfds
 *
 * A record is damaged: each member by a value that is wrong in its own way, each bit of all
 * of it, and words at random. It is refused for the right reason, or it is one that could
 * have been written. Nothing is taken from KHO by that, and what has been repaired can be
 * read.
 */

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/memfd.h>
#include <linux/mm.h>
#include <linux/stat.h>
#include <uapi/linux/fcntl.h>

#include <kunit/test.h>

#include "fake_kho.h"
#include "liveupdate_random.h"
#include "liveupdate_snapshot.h"
#include "log_reader.h"
#include "memfd_handover.h"
#include "mock_kexec.h"

#define ROUNDS		2000

static void expect_read(struct kunit *test, const struct memfd_handover *handover)
{
	memfd_handover_expect_read(test, handover, handover->example->attributes.mode);
}

static struct memfd_v3_ser *ser_of(const struct memfd_handover *handover)
{
	return phys_to_virt(handover->pa);
}

static struct kho_vmalloc_chunk *chunk_of(const struct memfd_handover *handover)
{
	if (handover->format == &memfd_v2_format)
		return phys_to_virt(((struct memfd_luo_ser *)ser_of(handover))->folios.first.phys);
	return phys_to_virt(ser_of(handover)->array_pa);
}

static struct memfd_v3_folio_ser *folios_of(const struct memfd_handover *handover)
{
	return phys_to_virt(chunk_of(handover)->phys[0]);
}

/* A page frame that nobody has preserved */
static u64 other_pfn(const struct memfd_handover *handover)
{
	u64 pfn = handover->pfns[0];

	while (kho_preserved_order(PFN_PHYS(pfn)) != -ENOENT)
		pfn++;
	return pfn;
}

/* The statement has the record, its folios, the chunk and a page frame of nobody. */
#define DAMAGE(_name, _statement)					\
static void damage_##_name(const struct memfd_handover *handover)	\
{									\
	struct memfd_v3_ser *ser __maybe_unused = ser_of(handover);	\
	struct kho_vmalloc_chunk *chunk __maybe_unused =		\
		chunk_of(handover);					\
	struct memfd_v3_folio_ser *folios __maybe_unused =		\
		folios_of(handover);					\
	const u64 other __maybe_unused = other_pfn(handover);		\
									\
	_statement;							\
}

DAMAGE(magic, ser->magic++)
DAMAGE(pos, ser->pos = MAX_LFS_FILESIZE + 1ULL)
DAMAGE(greatest_pos, ser->pos = U64_MAX)
DAMAGE(size_none, ser->size = 0)
DAMAGE(size_page_more, ser->size += 8 * PAGE_SIZE)
DAMAGE(size_pages_less, ser->size = 5 * PAGE_SIZE)
DAMAGE(size_page_before_last, ser->size = 16 * PAGE_SIZE)
DAMAGE(size_no_file, ser->size = MAX_LFS_FILESIZE + 1ULL)
DAMAGE(size_wraps, ser->size = U64_MAX)
DAMAGE(size_many_pages, ser->size = MEMFD_V3_PAGES_MAX * PAGE_SIZE + 1)
DAMAGE(seals, ser->seals |= MEMFD_V3_SEALS_KNOWN + 1)
DAMAGE(last_seal, ser->seals |= BIT(31))
DAMAGE(mode, ser->mode |= S_IFREG)
DAMAGE(last_mode, ser->mode |= BIT(31))
DAMAGE(flags, ser->flags = 1)
DAMAGE(last_flag, ser->flags = BIT(31))
DAMAGE(huge_page_shift, ser->huge_page_shift = 21)
DAMAGE(no_folios, ser->nr_folios = 0)
DAMAGE(folio_less, ser->nr_folios--)
DAMAGE(folio_more, ser->nr_folios++)
DAMAGE(folios_many, ser->nr_folios = 18)
DAMAGE(folios_overflow, ser->nr_folios = BIT_ULL(60) + 6)
DAMAGE(array_none, ser->array_pa = 0)
DAMAGE(array_between, ser->array_pa += 8)
DAMAGE(array_other, ser->array_pa = PFN_PHYS(other))
DAMAGE(array_huge, ser->array_pa = PFN_PHYS(handover->pfns[4]))
DAMAGE(array_folio, ser->array_pa = PFN_PHYS(handover->pfns[0]))
DAMAGE(array_itself, ser->array_pa = handover->pa)
DAMAGE(array_top, ser->array_pa = U64_MAX << PAGE_SHIFT)
DAMAGE(array_pages_none, ser->array_pages = 0)
DAMAGE(array_pages_more, ser->array_pages++)
DAMAGE(array_pages_all, ser->array_pages = U32_MAX)
DAMAGE(array_flags_none, ser->array_flags = 0)
DAMAGE(array_flags_more, ser->array_flags |= 2)
DAMAGE(array_order, ser->array_order = 1)
DAMAGE(array_order_all, ser->array_order = U16_MAX)
DAMAGE(reserved, ser->reserved[0] = 1)
DAMAGE(last_reserved, ser->reserved[3] = BIT_ULL(63))
DAMAGE(next_chunk, chunk->hdr.next.phys = ser->array_pa)
DAMAGE(next_chunk_other, chunk->hdr.next.phys = PFN_PHYS(other))
DAMAGE(no_page, chunk->phys[0] = 0)
DAMAGE(page_between, chunk->phys[0] += MEMFD_RECORD_ENTRY)
DAMAGE(page_other, chunk->phys[0] = PFN_PHYS(other))
DAMAGE(page_huge, chunk->phys[0] = PFN_PHYS(handover->pfns[4]))
DAMAGE(page_more, chunk->phys[1] = PFN_PHYS(handover->pfns[0]))
DAMAGE(pfn_none, folios[0].pfn = 0)
DAMAGE(pfn_other, folios[0].pfn = other)
DAMAGE(pfn_inside, folios[2].pfn++)
DAMAGE(pfn_wraps, folios[0].pfn += BIT_ULL(52))
DAMAGE(pfn_all, folios[0].pfn = U64_MAX)
DAMAGE(pfn_twice, folios[1].pfn = folios[0].pfn)
DAMAGE(pfn_of_record, folios[1].pfn = PHYS_PFN(handover->pa))
DAMAGE(pfn_of_chunk, folios[1].pfn = PHYS_PFN(ser->array_pa))
DAMAGE(pfn_of_array, folios[1].pfn = PHYS_PFN(chunk->phys[0]))
DAMAGE(index_later, folios[1].index++)
DAMAGE(index_same, folios[1].index--)
DAMAGE(index_first, folios[0].index = 1)
DAMAGE(index_last, folios[5].index = U32_MAX)
DAMAGE(swapped, swap(folios[0], folios[1]))
DAMAGE(order_more, folios[2].order++)
DAMAGE(order_less, folios[2].order--)
DAMAGE(order_great, folios[2].order = MAX_PAGE_ORDER + 1)
DAMAGE(order_all, folios[2].order = U16_MAX)
DAMAGE(folio_flags, folios[5].flags = 1)
DAMAGE(last_folio_flag, folios[0].flags = BIT(15))

/**
 * struct damage - What is wrong with a record
 * @apply: Make it so.
 * @member: Which member is named.
 * @err: What reading returns.
 */
struct damage {
	void (*apply)(const struct memfd_handover *handover);
	const char *member;
	int err;
};

static const struct damage damages[] = {
	{ damage_magic, "magic", -EINVAL },
	{ damage_pos, "pos", -ERANGE },
	{ damage_greatest_pos, "pos", -ERANGE },
	{ damage_size_none, "nr_folios", -ERANGE },
	{ damage_size_page_more, "nr_folios", -EINVAL },
	{ damage_size_pages_less, "nr_folios", -ERANGE },
	{ damage_size_page_before_last, "index", -ERANGE },
	{ damage_size_no_file, "size", -ERANGE },
	{ damage_size_wraps, "size", -ERANGE },
	{ damage_size_many_pages, "size", -EFBIG },
	{ damage_seals, "seals", -EOPNOTSUPP },
	{ damage_last_seal, "seals", -EOPNOTSUPP },
	{ damage_mode, "mode", -EOPNOTSUPP },
	{ damage_last_mode, "mode", -EOPNOTSUPP },
	{ damage_flags, "flags", -EOPNOTSUPP },
	{ damage_last_flag, "flags", -EOPNOTSUPP },
	{ damage_huge_page_shift, "huge_page_shift", -EOPNOTSUPP },
	{ damage_no_folios, "nr_folios", -ERANGE },
	{ damage_folio_less, "nr_folios", -EINVAL },
	{ damage_folio_more, "index", -EINVAL },
	{ damage_folios_many, "nr_folios", -ERANGE },
	{ damage_folios_overflow, "nr_folios", -ERANGE },
	{ damage_array_none, "array_pages", -EINVAL },
	{ damage_array_between, "chunk of array", -EINVAL },
	{ damage_array_other, "chunk of array", -EINVAL },
	{ damage_array_huge, "chunk of array", -EINVAL },
	{ damage_array_folio, "array_pages", -EINVAL },
	{ damage_array_itself, "next chunk", -EINVAL },
	{ damage_array_top, "chunk of array", -EINVAL },
	{ damage_array_pages_none, "array_pages", -ERANGE },
	{ damage_array_pages_more, "array_pages", -ERANGE },
	{ damage_array_pages_all, "array_pages", -ERANGE },
	{ damage_array_flags_none, "array_flags", -EOPNOTSUPP },
	{ damage_array_flags_more, "array_flags", -EOPNOTSUPP },
	{ damage_array_order, "array_order", -EOPNOTSUPP },
	{ damage_array_order_all, "array_order", -EOPNOTSUPP },
	{ damage_reserved, "reserved", -EOPNOTSUPP },
	{ damage_last_reserved, "reserved", -EOPNOTSUPP },
	{ damage_next_chunk, "next chunk", -EINVAL },
	{ damage_next_chunk_other, "next chunk", -EINVAL },
	{ damage_no_page, "array_pages", -EINVAL },
	{ damage_page_between, "page of array", -EINVAL },
	{ damage_page_other, "page of array", -EINVAL },
	{ damage_page_huge, "page of array", -EINVAL },
	{ damage_page_more, "array_pages", -EINVAL },
	{ damage_pfn_none, "pfn", -EINVAL },
	{ damage_pfn_other, "pfn", -EINVAL },
	{ damage_pfn_inside, "pfn", -EINVAL },
	{ damage_pfn_wraps, "pfn", -EINVAL },
	{ damage_pfn_all, "pfn", -EINVAL },
	{ damage_pfn_twice, "pfn", -EINVAL },
	{ damage_pfn_of_record, "pfn", -EINVAL },
	{ damage_pfn_of_chunk, "pfn", -EINVAL },
	{ damage_pfn_of_array, "pfn", -EINVAL },
	{ damage_index_later, "index", -EINVAL },
	{ damage_index_same, "index", -EINVAL },
	{ damage_index_first, "index", -EINVAL },
	{ damage_index_last, "index", -EINVAL },
	{ damage_swapped, "index", -EINVAL },
	{ damage_order_more, "index", -EINVAL },
	{ damage_order_less, "pfn", -EINVAL },
	{ damage_order_great, "order", -EOPNOTSUPP },
	{ damage_order_all, "order", -EOPNOTSUPP },
	{ damage_folio_flags, "folio flags", -EOPNOTSUPP },
	{ damage_last_folio_flag, "folio flags", -EOPNOTSUPP },
};

/**
 * struct pristine - The pages of a record as they were written
 * @mem: Where they are.
 * @copy: What they had.
 */
struct pristine {
	void *mem[3];
	void *copy[3];
};

static struct pristine *keep(struct kunit *test, const struct memfd_handover *handover)
{
	struct pristine *pristine = kunit_kzalloc(test, sizeof(*pristine), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pristine);
	pristine->mem[0] = ser_of(handover);
	pristine->mem[1] = chunk_of(handover);
	pristine->mem[2] = folios_of(handover);
	for (int i = 0; i < ARRAY_SIZE(pristine->mem); i++) {
		pristine->copy[i] = kunit_kmalloc(test, PAGE_SIZE, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, pristine->copy[i]);
		memcpy(pristine->copy[i], pristine->mem[i], PAGE_SIZE);
	}
	return pristine;
}

static void repair(const struct pristine *pristine)
{
	for (int i = 0; i < ARRAY_SIZE(pristine->mem); i++)
		memcpy(pristine->mem[i], pristine->copy[i], PAGE_SIZE);
}

static void expect_refused(struct kunit *test, const struct memfd_handover *handover,
			   const char *member, int err)
{
	struct liveupdate_snapshot before, after;
	struct memfd_record record;

	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ_MSG(test, err, memfd_handover_read(handover, &record), "%s", member);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	KUNIT_EXPECT_EQ(test, err, record.error.err);
	KUNIT_EXPECT_STREQ(test, record.error.member ?: "none", member);
}

/* Finding 39, Finding 41 */
static void each_damaged_member_is_refused(struct kunit *test)
{
	struct memfd_handover *handover = memfd_hand_over(test, memfd_mixed_example);
	struct pristine *pristine = keep(test, handover);

	for (int i = 0; i < ARRAY_SIZE(damages); i++) {
		damages[i].apply(handover);
		expect_refused(test, handover, damages[i].member, damages[i].err);
		repair(pristine);
	}
	expect_read(test, handover);
}

static void address_of_no_record_is_refused(struct kunit *test)
{
	struct memfd_handover *handover = memfd_hand_over(test, memfd_mixed_example);
	const u64 good = handover->pa;
	const u64 bad[] = {
		0, 8, good + 8, PFN_PHYS(other_pfn(handover)),
		PFN_PHYS(handover->pfns[4]), ~0ULL,
	};

	for (int i = 0; i < ARRAY_SIZE(bad); i++) {
		handover->pa = bad[i];
		expect_refused(test, handover, "record", -EINVAL);
	}
	/* A page that was preserved, but for another record */
	handover->pa = ser_of(&(struct memfd_handover){ .pa = good })->array_pa;
	expect_refused(test, handover, "magic", -EINVAL);
	handover->pa = good;
	expect_read(test, handover);
}

/* Another layout, by the name that LUO has for it. Finding 42 */
static void record_of_the_other_layout_is_refused(struct kunit *test)
{
	struct memfd_handover *handover = memfd_hand_over_v2(test, memfd_mixed_example);

	handover->format = &memfd_v3_format;
	expect_refused(test, handover, "magic", -EINVAL);
}

static void order_beyond_that_of_the_page_cache_is_refused(struct kunit *test)
{
	struct memfd_handover *handover = memfd_hand_over(test, memfd_mixed_example);
	struct memfd_record record;

	KUNIT_EXPECT_EQ(test, 0, memfd_record_read(&record, handover->format,
						   handover->pa, 3));
	for (unsigned int order = 0; order < 3; order++) {
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
				memfd_record_read(&record, handover->format, handover->pa,
						  order));
		KUNIT_EXPECT_STREQ(test, record.error.member, "order");
	}
}

/**
 * struct field - Bits of a record that can be either way
 * @offset: Their first byte.
 * @mask: The bits, in 64.
 */
struct field {
	size_t offset;
	u64 mask;
};

/* With another size the end of the file is elsewhere in the same page. */
static const struct field free_bits[] = {
	{ offsetof(struct memfd_v3_ser, pos), MAX_LFS_FILESIZE },
	{ offsetof(struct memfd_v3_ser, size), PAGE_SIZE - 1 },
	{ offsetof(struct memfd_v3_ser, seals),
	  MEMFD_V3_SEALS_KNOWN | (u64)S_IALLUGO << 32 },
};

static bool is_free(size_t bit)
{
	for (int i = 0; i < ARRAY_SIZE(free_bits); i++) {
		size_t first = free_bits[i].offset * BITS_PER_BYTE;

		if (bit >= first && bit < first + 64)
			return free_bits[i].mask & BIT_ULL(bit - first);
	}
	return false;
}

static void flip(void *mem, size_t bit)
{
	((u8 *)mem)[bit / BITS_PER_BYTE] ^= BIT(bit % BITS_PER_BYTE);
}

static void flip_each_bit(struct kunit *test, const struct memfd_handover *handover, void *mem,
			  size_t size, bool is_record)
{
	struct memfd_record record;

	for (size_t bit = 0; bit < size * BITS_PER_BYTE; bit++) {
		bool good = is_record && is_free(bit);

		log_wait_for_reader(bit);
		flip(mem, bit);
		KUNIT_EXPECT_EQ_MSG(test, good, !memfd_handover_read(handover, &record),
				    "bit %zu of %zu bytes", bit, size);
		flip(mem, bit);
	}
}

/* Those that say where the file is, what it is sealed against and who may open it are free. */
static void each_wrong_bit_is_noticed(struct kunit *test)
{
	struct memfd_handover *handover = memfd_hand_over(test, memfd_mixed_example);

	flip_each_bit(test, handover, ser_of(handover), sizeof(struct memfd_v3_ser), true);
	flip_each_bit(test, handover, chunk_of(handover), 2 * sizeof(u64), false);
	flip_each_bit(test, handover, folios_of(handover),
		      memfd_mixed_example->nr_folios * MEMFD_RECORD_ENTRY, false);
	expect_read(test, handover);
}

static void each_wrong_bit_in_memfd_v2_is_noticed(struct kunit *test)
{
	struct memfd_handover *handover = memfd_hand_over_v2(test, memfd_mixed_example);
	struct memfd_luo_ser *ser = phys_to_virt(handover->pa);

	flip_each_bit(test, handover, &ser->flags, sizeof(*ser) -
		      offsetof(struct memfd_luo_ser, flags), false);
	flip_each_bit(test, handover, chunk_of(handover), 2 * sizeof(u64), false);
	flip_each_bit(test, handover, folios_of(handover),
		      memfd_mixed_example->nr_folios * MEMFD_RECORD_ENTRY, false);
	memfd_handover_expect_read(test, handover, 0777);
}

/* An array of many pages, which is listed in more than one chunk */

/**
 * struct long_array - An array whose entries are all zero
 * @pa: The record.
 * @chunks: Its chunks.
 */
struct long_array {
	u64 pa;
	struct kho_vmalloc_chunk *chunks[2];
};

#define LONG_PAGES	(KHO_VMALLOC_SIZE + 1)

static void *preserved_page(struct kunit *test)
{
	void *page = kho_alloc_preserve(PAGE_SIZE);

	KUNIT_ASSERT_FALSE(test, IS_ERR(page));
	return page;
}

static void make_long_array(struct kunit *test, struct long_array *array)
{
	struct memfd_v3_ser *ser = preserved_page(test);

	for (int i = 0; i < ARRAY_SIZE(array->chunks); i++)
		array->chunks[i] = preserved_page(test);
	array->chunks[0]->hdr.next.phys = virt_to_phys(array->chunks[1]);
	for (int i = 0; i < KHO_VMALLOC_SIZE; i++)
		array->chunks[0]->phys[i] = virt_to_phys(preserved_page(test));
	array->chunks[1]->phys[0] = virt_to_phys(preserved_page(test));

	ser->magic = MEMFD_V3_MAGIC;
	ser->nr_folios = LONG_PAGES * (PAGE_SIZE / MEMFD_RECORD_ENTRY);
	ser->size = ser->nr_folios * PAGE_SIZE;
	ser->array_pa = virt_to_phys(array->chunks[0]);
	ser->array_pages = LONG_PAGES;
	ser->array_flags = MEMFD_V3_ARRAY_FLAGS;
	array->pa = virt_to_phys(ser);
}

/* Where the array is good, the first of its entries is found to be bad. */
static void array_of_many_pages_is_followed_and_checked(struct kunit *test)
{
	struct memfd_handover *handover = memfd_handover_start(test, &memfd_examples[0]);
	struct kho_vmalloc_chunk *first, *last;
	struct long_array array;
	u64 good;

	make_long_array(test, &array);
	mock_kexec(test);
	handover->pa = array.pa;
	first = array.chunks[0];
	last = array.chunks[1];
	expect_refused(test, handover, "pfn", -EINVAL);

	good = first->hdr.next.phys;
	first->hdr.next.phys = 0;
	expect_refused(test, handover, "array_pages", -EINVAL);
	first->hdr.next.phys = array.pa + PAGE_SIZE / 2;
	expect_refused(test, handover, "chunk of array", -EINVAL);
	first->hdr.next.phys = virt_to_phys(first);
	expect_refused(test, handover, "array_pages", -EINVAL);
	first->hdr.next.phys = good;

	good = last->phys[0];
	last->phys[0]++;
	expect_refused(test, handover, "page of array", -EINVAL);
	last->phys[0] = 0;
	expect_refused(test, handover, "array_pages", -EINVAL);
	last->phys[0] = good;
	last->phys[1] = first->phys[0];
	expect_refused(test, handover, "array_pages", -EINVAL);
	last->phys[1] = 0;
	last->hdr.next.phys = virt_to_phys(first);
	expect_refused(test, handover, "next chunk", -EINVAL);
	last->hdr.next.phys = 0;
	expect_refused(test, handover, "pfn", -EINVAL);
}

/* Damage at random */

static u64 mutate_word(struct liveupdate_random *random, const struct pristine *pristine,
		       u64 word)
{
	const u32 shift = 8 * liveupdate_random_below(random, sizeof(u64));
	const u64 *page = pristine->copy[liveupdate_random_below(random, 3)];

	switch (liveupdate_random_below(random, 6)) {
	case 0:
		return word ^ BIT_ULL(liveupdate_random_below(random, 64));
	case 1:
		return word + BIT_ULL(shift);
	case 2:
		return word - BIT_ULL(shift);
	case 3:
		return page[liveupdate_random_below(random, 12)];
	case 4:
		return liveupdate_random_below(random, 2) ? 0 : U64_MAX;
	default:
		return virt_to_phys(pristine->mem[liveupdate_random_below(random, 3)]);
	}
}

static void mutate(struct liveupdate_random *random, const struct pristine *pristine)
{
	u32 words = 1 + liveupdate_random_below(random, 3);

	while (words--) {
		u64 *page = pristine->mem[liveupdate_random_below(random, 3)];
		u64 *word = &page[liveupdate_random_below(random, 12)];

		*word = mutate_word(random, pristine, *word);
	}
}

/* Whoever restores this, and then frees the record, gets each page once, and all of a file. */
static void expect_sane(struct kunit *test, struct memfd_record *record, u32 round)
{
	struct memfd_record_cursor cursor;
	struct memfd_record_folio folio;
	u64 pages = 0, pfns[8];
	u32 count = 0;

	memfd_record_start(record, &cursor);
	while (memfd_record_next(record, &cursor, &folio)) {
		KUNIT_ASSERT_LT_MSG(test, count, ARRAY_SIZE(pfns), "round %u", round);
		KUNIT_EXPECT_EQ_MSG(test, folio.index, pages, "round %u", round);
		KUNIT_EXPECT_EQ_MSG(test, folio.order,
				    kho_preserved_order(PFN_PHYS(folio.pfn)), "round %u", round);
		for (u32 i = 0; i < count; i++)
			KUNIT_EXPECT_NE_MSG(test, pfns[i], folio.pfn, "round %u", round);
		KUNIT_EXPECT_NE_MSG(test, folio.pfn, PHYS_PFN(record->pa), "round %u", round);
		pfns[count++] = folio.pfn;
		pages += BIT_ULL(folio.order);
	}
	KUNIT_EXPECT_GE_MSG(test, pages * PAGE_SIZE, record->attributes.size, "round %u", round);
}

static void mutate_and_read(struct kunit *test, struct memfd_handover *handover, u32 mode)
{
	struct liveupdate_random *random = liveupdate_random_start(test);
	struct pristine *pristine = keep(test, handover);
	struct fake_kho_calls before, after;
	struct memfd_record record;
	u32 refused = 0;

	fake_kho_get_calls(&before);
	for (u32 round = 0; round < ROUNDS; round++) {
		log_wait_for_reader(round);
		mutate(random, pristine);
		if (memfd_handover_read(handover, &record))
			refused++;
		else
			expect_sane(test, &record, round);
		repair(pristine);
	}
	fake_kho_get_calls(&after);
	KUNIT_EXPECT_EQ(test, before.restore, after.restore);
	memfd_handover_expect_read(test, handover, mode);
	kunit_info(test, "%u of %u refused\n", refused, ROUNDS);
	KUNIT_EXPECT_GT(test, refused, ROUNDS / 4);
	KUNIT_EXPECT_LT(test, refused, ROUNDS);
}

static void mutated_record_is_refused_or_sane(struct kunit *test)
{
	mutate_and_read(test, memfd_hand_over(test, memfd_mixed_example),
			memfd_mixed_example->attributes.mode);
}

static void mutated_record_of_memfd_v2_is_refused_or_sane(struct kunit *test)
{
	mutate_and_read(test, memfd_hand_over_v2(test, memfd_mixed_example), 0777);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(each_damaged_member_is_refused),
	KUNIT_CASE(address_of_no_record_is_refused),
	KUNIT_CASE(record_of_the_other_layout_is_refused),
	KUNIT_CASE(order_beyond_that_of_the_page_cache_is_refused),
	KUNIT_CASE(each_wrong_bit_is_noticed),
	KUNIT_CASE(each_wrong_bit_in_memfd_v2_is_noticed),
	KUNIT_CASE(array_of_many_pages_is_followed_and_checked),
	KUNIT_CASE(mutated_record_is_refused_or_sane),
	KUNIT_CASE(mutated_record_of_memfd_v2_is_refused_or_sane),
	{}
};

static struct kunit_suite memfd_record_damage_suite = {
	.name = "memfd_record_damage",
	.test_cases = cases,
};

kunit_test_suite(memfd_record_damage_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of damaged records of memfds");
