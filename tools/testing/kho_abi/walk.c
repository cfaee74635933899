// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find all structs of an image, from what a handover begins with: the headers' kernel-doc
 * says what the entries of a chain are, and the kernel's own code follows its blocks, and
 * the array of a memfd.
 */
#include <stdio.h>
#include <string.h>

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho_block.h>
#include <linux/kho/abi/iommu.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/mm.h>

#include "roots.h"
#include "walk.h"

/* Vendor areas, and entries of vendor chains: no kernel-doc says which struct that is. */
static const struct vendor_layout {
	u32 unit_type;
	const char *record;
	const char *member;
	const char *layout;
} vendor_layouts[] = {
	{ IOMMU_UNIT_TYPE_INTEL_VTD, "iommu_unit_ser", "vendor", "iommu_vtd_unit_ser" },
	{ IOMMU_UNIT_TYPE_INTEL_VTD, "iommu_unit_ser", "vendor_chain",
	  "iommu_vtd_context_table_ser" },
	{ IOMMU_UNIT_TYPE_INTEL_VTD, "iommu_device_ser", "vendor", "iommu_vtd_device_ser" },
};

/* Types of the units so far, as devices have the vendor areas of their unit's type */
static u32 unit_types[IOMMU_ABI_MAX_UNITS];
static u32 nr_units;

static u32 unit_type_of(const struct walk_place *place)
{
	const struct iommu_device_ser *device = place->mem;
	const struct iommu_unit_ser *unit = place->mem;

	if (!strcmp(place->layout->name, "iommu_unit_ser"))
		return unit->type;
	if (!strcmp(place->layout->name, "iommu_device_ser") && device->unit < nr_units)
		return unit_types[device->unit];
	return 0;
}

static const struct layout *vendor_layout(const struct walk_place *place,
					  const struct member *member)
{
	const u32 type = unit_type_of(place);

	for (size_t i = 0; i < ARRAY_SIZE(vendor_layouts); i++)
		if (vendor_layouts[i].unit_type == type &&
		    !strcmp(vendor_layouts[i].record, place->layout->name) &&
		    !strcmp(vendor_layouts[i].member, member->name))
			return layout_find(vendor_layouts[i].layout);
	return NULL;
}

static void walk_struct(const struct walk *walk, const struct walk_place *place);

static void walk_entries(const struct walk *walk, const struct walk_place *parent,
			 const struct member *member, struct kho_block_set *blocks,
			 const struct layout *layout)
{
	struct walk_place place = { .layout = layout, .depth = parent->depth + 1 };
	struct kho_block_set_it it;

	kho_block_set_it_init(&it, blocks);
	for (u32 n = 0; (place.mem = kho_block_set_it_read_entry(&it)); n++) {
		snprintf(place.path, sizeof(place.path), "%.60s %s[%u]", parent->path,
			 member->name, n);
		walk_struct(walk, &place);
	}
}

static void walk_pages(const struct walk *walk, const char *path,
		       const struct kho_block_set *blocks)
{
	const struct kho_block *block;

	list_for_each_entry(block, &blocks->blocks, list) {
		if (walk->on_block)
			walk->on_block(path, block->ser, walk->data);
		if (walk->on_page)
			walk->on_page(path, block->ser, sizeof(*block->ser) +
				      block->ser->count * blocks->entry_size, walk->data);
	}
}

static bool is_possible(const struct iommu_chain_ser *chain, const struct layout *layout)
{
	if (layout)
		return chain->entry_size == layout->size;
	return chain->entry_size &&
	       chain->entry_size <= KHO_BLOCK_SIZE - sizeof(struct kho_block_header_ser);
}

static void walk_chain(const struct walk *walk, const struct walk_place *place,
		       const struct member *member)
{
	const struct iommu_chain_ser *chain = place->mem + member->offset;
	const struct layout *layout = layout_find(member->entries) ?:
				      vendor_layout(place, member);
	struct kho_block_set blocks;

	if (!chain->head_pa)
		return;
	if (is_possible(chain, layout))
		kho_block_set_init(&blocks, chain->entry_size);
	if (!is_possible(chain, layout) || kho_block_set_restore(&blocks, chain->head_pa)) {
		if (walk->on_chain)
			walk->on_chain(place, member, walk->data);
		return;
	}
	if (layout)
		walk_entries(walk, place, member, &blocks, layout);
	walk_pages(walk, place->path, &blocks);
	kho_block_set_forget(&blocks);
}

static void walk_area(const struct walk *walk, const struct walk_place *parent,
		      const struct member *member)
{
	struct walk_place place = {
		.layout = vendor_layout(parent, member),
		.mem = parent->mem + member->offset,
		.depth = parent->depth + 1,
	};

	if (!place.layout || !walk->on_area)
		return;
	snprintf(place.path, sizeof(place.path), "%.60s %s", parent->path, member->name);
	walk->on_area(&place, walk->data);
}

static void walk_struct(const struct walk *walk, const struct walk_place *place)
{
	const struct iommu_unit_ser *unit = place->mem;

	if (!strcmp(place->layout->name, "iommu_unit_ser") && nr_units < IOMMU_ABI_MAX_UNITS)
		unit_types[nr_units++] = unit->type;
	if (walk->on_struct)
		walk->on_struct(place, walk->data);
	for (u32 i = 0; i < place->layout->nr_members; i++) {
		const struct member *member = &place->layout->members[i];

		if (member_is_chain(member))
			walk_chain(walk, place, member);
		else
			walk_area(walk, place, member);
	}
}

/* Memfds */

#define ENTRIES_PER_PAGE	(PAGE_SIZE / MEMFD_RECORD_ENTRY)

/**
 * struct folios - The entries of a memfd
 * @record: The memfd, as the kernel's reader has read it.
 * @layout: What an entry is.
 * @path: Where the memfd is.
 */
struct folios {
	struct memfd_record record;
	const struct layout *layout;
	const char *path;
};

static u32 entries_in_page(const struct folios *folios, u64 page)
{
	const u64 begin = page * ENTRIES_PER_PAGE;

	if (folios->record.nr_folios <= begin)
		return 0;
	return min_t(u64, folios->record.nr_folios - begin, ENTRIES_PER_PAGE);
}

static void walk_array_page(const struct walk *walk, const struct folios *folios, void *page,
			    u64 nth)
{
	struct walk_place place = { .layout = folios->layout, .depth = 1 };
	const u32 entries = entries_in_page(folios, nth);

	for (u32 n = 0; walk->on_struct && n < entries; n++) {
		place.mem = page + n * MEMFD_RECORD_ENTRY;
		snprintf(place.path, sizeof(place.path), "%.60s folios[%llu]", folios->path,
			 (ullong)(nth * ENTRIES_PER_PAGE + n));
		walk->on_struct(&place, walk->data);
	}
	if (walk->on_page)
		walk->on_page(folios->path, page, entries * MEMFD_RECORD_ENTRY, walk->data);
}

/* How many pages a chunk of an array has */
u32 walk_used_slots(const struct kho_vmalloc_chunk *chunk)
{
	u32 used = 0;

	while (used < KHO_VMALLOC_SIZE && chunk->phys[used])
		used++;
	return used;
}

/* The kernel's reader has followed it, so each address is good. */
static void walk_array(const struct walk *walk, const struct folios *folios)
{
	u64 page = 0, next;

	for (u64 phys = folios->record.array.first.phys; phys; phys = next) {
		struct kho_vmalloc_chunk *chunk = phys_to_virt(phys);
		const u32 used = walk_used_slots(chunk);

		next = chunk->hdr.next.phys;
		if (walk->on_array)
			walk->on_array(folios->path, chunk, walk->data);
		for (u32 i = 0; i < used; i++)
			walk_array_page(walk, folios, phys_to_virt(chunk->phys[i]), page++);
		if (walk->on_page)
			walk->on_page(folios->path, chunk, (1 + used) * sizeof(u64), walk->data);
	}
}

static const struct memfd_layout {
	const char *record;
	const char *folio;
	const struct memfd_record_format *format;
} memfd_layouts[] = {
	{ "memfd_v3_ser", "memfd_v3_folio_ser", &memfd_v3_format },
	{ "memfd_luo_ser", "memfd_luo_folio_ser", &memfd_v2_format },
};

static void walk_memfd(const struct walk *walk, const struct walk_place *place)
{
	struct folios folios = { .path = place->path };

	for (size_t i = 0; i < ARRAY_SIZE(memfd_layouts); i++) {
		const struct memfd_layout *layout = &memfd_layouts[i];

		if (strcmp(place->layout->name, layout->record) ||
		    memfd_record_read(&folios.record, layout->format,
				      virt_to_phys(place->mem), MAX_FILE_ORDER))
			continue;
		folios.layout = layout_find(layout->folio);
		walk_array(walk, &folios);
	}
}

/* Find all structs of the image that is loaded. */
void walk_image(const struct walk *walk)
{
	for (size_t i = 0; i < memory_count(); i++) {
		const struct preservation *preservation = memory_nth(i);
		const struct root *root = root_find(preservation);
		struct walk_place place = { .mem = preservation->mem };

		if (!root || preservation->order)
			continue;
		nr_units = 0;
		place.layout = layout_find(root->layout);
		root_name(preservation, place.path, sizeof(place.path));
		walk_struct(walk, &place);
		walk_memfd(walk, &place);
		if (walk->on_page)
			walk->on_page(place.path, place.mem, place.layout->size, walk->data);
	}
}
