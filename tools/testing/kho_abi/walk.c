// SPDX-License-Identifier: GPL-2.0-only
/*
 * Find all structs of an image, from what a handover begins with: the headers' kernel-doc
 * says what the entries of a chain are, and the kernel's own code follows its blocks.
 */
#include <stdio.h>
#include <string.h>

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho_block.h>
#include <linux/kho/abi/iommu.h>
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

	if (!walk->on_page)
		return;
	list_for_each_entry(block, &blocks->blocks, list)
		walk->on_page(path, block->ser, sizeof(*block->ser) +
			      block->ser->count * blocks->entry_size, walk->data);
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
		if (walk->on_page)
			walk->on_page(place.path, place.mem, place.layout->size, walk->data);
	}
}
