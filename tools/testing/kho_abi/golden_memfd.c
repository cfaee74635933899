// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memfds of good images. Their content is zeroes. Records of memfd-v3 are written by the
 * kernel's writer; that of memfd-v2 is gone, so these are put together here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/err.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/memfd.h>
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "../../../mm/memfd_record.h"
#include "golden.h"
#include "memory.h"

static const u8 mixed[] = { 0, 0, 1, 2, 3, 0 };
static const u8 huge[] = { 9, 9 };

/**
 * struct example - A memfd
 * @name: Name of the image.
 * @attributes: What it is like.
 * @nr_folios: Number of folios.
 * @orders: Their orders, all 0 if NULL.
 */
struct example {
	const char *name;
	struct memfd_attributes attributes;
	u32 nr_folios;
	const u8 *orders;
};

static const struct example examples[] = {
	{ "memfd-empty", { .seals = MEMFD_V3_SEALS_KNOWN, .mode = 0777 }, 0, NULL },
	{ "memfd", { .size = 16 * PAGE_SIZE + 3, .pos = 7, .mode = 0666 },
	  ARRAY_SIZE(mixed), mixed },
	{ "memfd-huge", { .size = 514 * PAGE_SIZE, .seals = MEMFD_V3_SEALS_KNOWN & ~1,
	  .mode = 0600 }, ARRAY_SIZE(huge), huge },
	/* Two pages of entries */
	{ "memfd-300", { .size = 300 * PAGE_SIZE, .mode = 0640 }, 300, NULL },
};

static struct folio *make_folios(const struct example *example)
{
	struct folio *folios = calloc(example->nr_folios ?: 1, sizeof(*folios));
	pgoff_t index = 0;

	if (!folios)
		abort();
	for (u32 i = 0; i < example->nr_folios; i++) {
		const unsigned int order = example->orders ? example->orders[i] : 0;
		const u64 phys = virt_to_phys(kho_alloc_preserve(PAGE_SIZE << order));

		folios[i] = (struct folio){
			.pfn = PHYS_PFN(phys), .index = index, .order = order,
		};
		index += 1ul << order;
	}
	return folios;
}

static int write_v3(const struct example *example, struct folio *folios)
{
	struct folio **list = calloc(example->nr_folios ?: 1, sizeof(*list));
	struct memfd_record_out out;
	int ret;

	if (!list)
		return -ENOMEM;
	for (u32 i = 0; i < example->nr_folios; i++)
		list[i] = &folios[i];
	ret = memfd_record_create(&out, list, example->nr_folios);
	free(list);
	if (ret)
		return ret;
	memfd_record_write(&out, &example->attributes);
	strcpy(memory_find(virt_to_phys(out.ser))->root, MEMFD_V3_COMPATIBLE);
	/* What is preserved of it stays. */
	vfree(out.folios);
	return 0;
}

static int write_v2_folios(const struct example *example, const struct folio *folios,
			   struct kho_vmalloc *array)
{
	struct memfd_luo_folio_ser *entries = vcalloc(example->nr_folios, sizeof(*entries));
	int ret;

	if (!entries)
		return -ENOMEM;
	for (u32 i = 0; i < example->nr_folios; i++) {
		entries[i].pfn = folios[i].pfn;
		entries[i].index = folios[i].index;
		entries[i].flags = MEMFD_LUO_FOLIO_DIRTY | MEMFD_LUO_FOLIO_UPTODATE;
	}
	ret = kho_preserve_vmalloc(entries, array);
	vfree(entries);
	return ret;
}

static int write_v2(const struct example *example, const struct folio *folios)
{
	struct memfd_luo_ser *ser = kho_alloc_preserve(sizeof(*ser));
	struct kho_vmalloc array = {};
	int ret = 0;

	strcpy(memory_find(virt_to_phys(ser))->root, MEMFD_LUO_FH_COMPATIBLE);
	if (example->nr_folios)
		ret = write_v2_folios(example, folios, &array);
	*ser = (struct memfd_luo_ser){
		.pos = example->attributes.pos,
		.size = example->attributes.size,
		.seals = example->attributes.seals,
		.nr_folios = example->nr_folios,
		.folios = array,
	};
	return ret;
}

/* Add the memfd that has this name to the image: 0 or what failed. */
int golden_add_memfd(const char *name, bool v2)
{
	struct folio *folios;
	int ret;

	for (size_t i = 0; i < ARRAY_SIZE(examples); i++) {
		if (strcmp(examples[i].name, name))
			continue;
		folios = make_folios(&examples[i]);
		ret = v2 ? write_v2(&examples[i], folios) : write_v3(&examples[i], folios);
		free(folios);
		return ret;
	}
	return -ENOENT;
}
