// SPDX-License-Identifier: GPL-2.0-only
/*
 * Let libFuzzer look for an image that the kernel's readers do not survive, or that makes
 * them say what is not so:
 *
 * - what is called good depends on nothing that is lost, and shares no memory, and a memfd
 *   has all its pages;
 * - nothing of an image changes by reading, and it can be read again;
 * - without memory reading fails, and leaves nothing behind.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/kexec_handover.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "../../../lib/kunit_tests/fake_kho_image.h"
#include "bench.h"
#include "findings.h"
#include "fuzz.h"
#include "image.h"
#include "kernel.h"
#include "roots.h"

/* More would only take time. */
#define MAX_MEMORY	(2 * SZ_1M)

static struct handover handover;

static void expect(bool condition, const char *what)
{
	if (!condition)
		kernel_warning(what);
}

/* What is good */

static void check_attachments(const struct iommu_incoming *in)
{
	for (u32 i = 0; i < in->count[IOMMU_ATTACHMENTS]; i++) {
		const struct iommu_liveupdate_attachment *attachment = &in->attachments[i];

		if (attachment->record.error.err)
			continue;
		expect(attachment->device && !attachment->device->record.error.err,
		       "a good attachment has a good device");
		expect(attachment->domain && !attachment->domain->record.error.err,
		       "a good attachment has a good domain");
		expect(attachment->domain->vendor == attachment->device->unit->vendor,
		       "device and domain are of one backend");
	}
}

static void check_devices(const struct iommu_incoming *in)
{
	for (u32 i = 0; i < in->count[IOMMU_DEVICES]; i++) {
		const struct iommu_liveupdate_device *device = &in->devices[i];

		if (device->record.error.err)
			continue;
		expect(device->unit && !device->unit->record.error.err,
		       "a good device has a good unit");
		expect(device->owner && device->path.count && device->record.users,
		       "a good device has an owner, a path and an attachment");
	}
}

static void check_domains(const struct iommu_incoming *in)
{
	for (u32 i = 0; i < in->count[IOMMU_DOMAINS]; i++) {
		const struct iommu_liveupdate_domain *domain = &in->domains[i];

		if (domain->record.error.err)
			continue;
		expect(domain->vendor && domain->id, "a good domain has a backend and a number");
		expect(kho_preserved_order(domain->table.top_phys) >= 0,
		       "a good domain has a table");
		for (u32 n = 0; n < i; n++)
			expect(in->domains[n].record.error.err ||
			       (in->domains[n].id != domain->id &&
				in->domains[n].table.top_phys != domain->table.top_phys),
			       "good domains have nothing in common");
	}
}

static void check_iommufd(const struct iommufd_incoming *in)
{
	for (u32 i = 0; i < in->nr_devices; i++)
		expect(in->devices[i].hwpt >= in->hwpts &&
		       in->devices[i].hwpt < in->hwpts + in->nr_hwpts,
		       "a device has a HWPT");
}

/* Whoever restores it has each page of the file, once. */
static void check_memfd(struct memfd_record *record)
{
	struct memfd_record_cursor cursor;
	struct memfd_record_folio folio;
	u64 end = 0;

	memfd_record_start(record, &cursor);
	while (memfd_record_next(record, &cursor, &folio)) {
		expect(folio.index == end, "folios of a good memfd follow each other");
		expect(kho_preserved_order(PFN_PHYS(folio.pfn)) == (int)folio.order,
		       "a folio of a good memfd is there");
		end += BIT_ULL(folio.order);
	}
	expect(!record->error.err, "all folios of a good memfd can be read");
	expect(end * PAGE_SIZE >= record->attributes.size, "a good memfd is complete");
}

static void check_handover(void)
{
	if (handover.nr_iommu) {
		check_attachments(&handover.iommu);
		check_devices(&handover.iommu);
		check_domains(&handover.iommu);
	}
	for (u32 i = 0; i < handover.nr_iommufd; i++)
		check_iommufd(&handover.iommufd[i]);
	for (u32 i = 0; i < handover.nr_memfd; i++)
		check_memfd(&handover.memfd[i]);
}

/* Reading */

static u64 sum_of_memory(void)
{
	u64 sum = 0;

	for (size_t i = 0; i < memory_count(); i++) {
		const u64 *words = memory_nth(i)->mem;

		for (size_t n = 0; n < preservation_size(memory_nth(i)) / sizeof(*words); n++)
			sum = sum * 31 + words[n];
	}
	return sum;
}

/* The nth allocation fails: that is told, unless there are not as many. */
static void read_without_memory(unsigned long nth, int ret)
{
	int again;

	findings_begin();
	kernel_fail_alloc(nth);
	again = handover_read(&handover);
	expect(again == -ENOMEM || (again == ret && kernel_allocations() < nth) ||
	       (ret && again), "without memory, reading fails");
	kernel_fail_alloc(0);
	handover_release(&handover);
}

/* What is done with an image is always the same for the same image. */
static unsigned int random_of(const u8 *data, size_t size)
{
	u32 hash = 2166136261u;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 16777619u;
	return hash >> 8;
}

int fuzz_image(const u8 *data, size_t size)
{
	const unsigned int choice = random_of(data, size);
	u64 sum = 0;
	int ret;

	memory_reset();
	image_set_limit(MAX_MEMORY);
	if (image_load_bytes(data, size))
		return -1;
	/* verify() names what has no name, and what is read must not depend on that. */
	roots_guess();

	if (!(choice % 64))
		sum = sum_of_memory();
	findings_set_brief(choice % 64);
	findings_begin();
	ret = handover_read(&handover);
	check_handover();
	handover_release(&handover);
	if (!(choice % 64)) {
		verify(&handover);
		handover_release(&handover);
		expect(sum == sum_of_memory(), "reading changes nothing");
	}
	if (choice % 8 == 1)
		read_without_memory(1 + choice / 8 % 64, ret);

	findings_begin();
	expect(handover_read(&handover) == ret, "an image can be read again");
	handover_finish(&handover);
	memory_reset();
	findings_begin();
	return 0;
}

/* Mutation: that of libFuzzer knows no words, and no addresses. */

static u64 state;

static u64 random_below(u64 limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state % limit;
}

static u64 interesting(const struct fake_kho_image_entry *entries, u64 nr, u64 old)
{
	switch (random_below(8)) {
	case 0:
		return old ^ BIT_ULL(random_below(64));
	case 1:
		return old + 1;
	case 2:
		return old - 1;
	case 3:
		return random_below(8);
	case 4:
		return ~0ull;
	case 5:
		return BIT_ULL(random_below(64));
	default:
		return entries[random_below(nr)].pfn << PAGE_SHIFT;
	}
}

/* A member of 1, 2, 4 or 8 bytes in what is used of a preservation */
static void mutate_member(u8 *data, size_t size, const struct fake_kho_image_entry *entries,
			  u64 nr)
{
	const size_t begin = (u8 *)&entries[nr] - data;
	const size_t width = 1u << random_below(4);
	u64 value = 0;
	u8 *member;

	if (size < begin + sizeof(value))
		return;
	member = data + begin + random_below((size - begin) / width) * width;
	memcpy(&value, member, width);
	value = interesting(entries, nr, value);
	memcpy(member, &value, width);
}

/* A word is that of somewhere else in the image. */
static void copy_word(u8 *data, size_t size, const struct fake_kho_image_entry *entries, u64 nr)
{
	const size_t begin = (u8 *)&entries[nr] - data;
	const size_t words = size > begin ? (size - begin) / sizeof(u64) : 0;

	if (words)
		memcpy(data + begin + random_below(words) * sizeof(u64),
		       data + begin + random_below(words) * sizeof(u64), sizeof(u64));
}

static void mutate_entry(struct fake_kho_image_entry *entry)
{
	if (random_below(2))
		entry->order = random_below(3);
	else
		entry->root[random_below(sizeof(entry->root) - 1)] ^= BIT(random_below(8));
}

size_t fuzz_mutate(u8 *data, size_t size, size_t max_size, unsigned int seed)
{
	struct fake_kho_image_header *header = (void *)data;
	struct fake_kho_image_entry *entries = (void *)(header + 1);

	state = seed * 0x9e3779b97f4a7c15ull + 1;
	if (size < sizeof(*header) || !header->nr_preservations ||
	    header->nr_preservations > (size - sizeof(*header)) / sizeof(*entries) ||
	    !random_below(50))
		return fuzz_mutate_bytes(data, size, max_size);

	for (u64 n = 1 + random_below(4); n; n--) {
		if (!random_below(40))
			mutate_entry(&entries[random_below(header->nr_preservations)]);
		else if (!random_below(4))
			copy_word(data, size, entries, header->nr_preservations);
		else
			mutate_member(data, size, entries, header->nr_preservations);
	}
	return size;
}
