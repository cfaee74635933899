// SPDX-License-Identifier: GPL-2.0-only
/*
 * Damage an image that is loaded, one member at a time, and see that the next kernel
 * refuses it as the ABI says: with which errno, and in the name of which member.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kho/abi/block.h>
#include <linux/kho/abi/iommu.h>
#include <linux/kho/abi/kexec_handover.h>
#include <linux/mm.h>

#include "bench.h"
#include "damage.h"
#include "findings.h"
#include "image.h"
#include "kernel.h"
#include "roots.h"
#include "rules.h"

#define MAX_PLACES	2000
#define MAX_BLOCKS	500

/* All structs and blocks of the image, as damage makes them unreachable */
static struct walk_place places[MAX_PLACES];
static u32 nr_places;
static struct block {
	char path[96];
	struct kho_block_header_ser *ser;
} blocks[MAX_BLOCKS];
static u32 nr_blocks;
static struct array {
	char path[96];
	struct kho_vmalloc_chunk *chunk;
} arrays[MAX_BLOCKS];
static u32 nr_arrays;

static struct damage_count *count;
static const char *output;
static bool verbose;

static void take_place(const struct walk_place *place, void *data)
{
	if (nr_places < MAX_PLACES)
		places[nr_places++] = *place;
}

static void take_block(const char *path, struct kho_block_header_ser *ser, void *data)
{
	struct block *block = &blocks[nr_blocks];

	if (nr_blocks == MAX_BLOCKS)
		return;
	snprintf(block->path, sizeof(block->path), "%s", path);
	block->ser = ser;
	nr_blocks++;
}

static void take_array(const char *path, struct kho_vmalloc_chunk *chunk, void *data)
{
	struct array *array = &arrays[nr_arrays];

	if (nr_arrays == MAX_BLOCKS)
		return;
	snprintf(array->path, sizeof(array->path), "%s", path);
	array->chunk = chunk;
	nr_arrays++;
}

static void find_all(void)
{
	const struct walk walk = {
		.on_struct = take_place,
		.on_area = take_place,
		.on_block = take_block,
		.on_array = take_array,
	};

	nr_places = 0;
	nr_blocks = 0;
	nr_arrays = 0;
	walk_image(&walk);
}

/* Trying */

/* What messages call a member that is not alone in having its name, or that leads on */
static bool is_called(const char *name, const char *member)
{
	static const char *const aliases[][2] = {
		{ "chunk of array", "array_pa" },
		{ "folio flags", "flags" },
		/* In memfd-v2, in which the order of a folio follows from its page frame */
		{ "chunk of array", "folios.first.phys" },
		{ "array_pages", "folios.total_pages" },
		{ "array_flags", "folios.flags" },
		{ "array_order", "folios.order" },
		{ "folio flags", "pfn" },
		{ "index", "pfn" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		if (!strcmp(name, aliases[i][0]) && !strcmp(member, aliases[i][1]))
			return true;
	return !strcmp(name, member);
}

static bool is_refused(int err, const char *member, bool area)
{
	const struct finding *finding;

	for (size_t i = 0; (finding = findings_nth(i)); i++) {
		if (finding->err != err)
			continue;
		if (!member || is_called(finding->member, member))
			return true;
		/* Where a mode has no use for the area, all of it is one member. */
		if (area && !strcmp(finding->member, "vendor"))
			return true;
	}
	return false;
}

static void save_damaged(void)
{
	char path[4096];

	if (!output)
		return;
	snprintf(path, sizeof(path), "%s/%05u", output, count->tried);
	if (image_save(path))
		perror(path);
}

/* Read what is damaged now: is it refused with this errno for this member? */
static void judge(const char *path, const char *what, u64 value, int err, const char *member,
		  bool area)
{
	static struct handover handover;
	bool good;

	count->tried++;
	verify(&handover);
	good = is_refused(err, member, area);
	handover_release(&handover);
	save_damaged();
	if (!good)
		count->missed++;
	if (verbose || !good)
		printf("%s: %s %s = %#llx: %s-%s\n", good ? "refused" : "NOT REFUSED", path,
		       what, (ullong)value, good ? "" : "should be ",
		       errno_name(err));
	if (!good)
		findings_print();
}

static void try_value(const struct rule_context *context, u32 n, const struct bad_value *bad)
{
	const struct walk_place *place = context->place;
	const u64 good = member_value(context->member, place->mem, n);

	member_set(context->member, place->mem, n, bad->value);
	judge(place->path, context->member->name, bad->value, bad->err,
	      context->member->name, strstr(place->layout->name, "_vtd_"));
	member_set(context->member, place->mem, n, good);
}

/* Chains */

struct chain_damage {
	const char *what;
	struct iommu_chain_ser bad;
	int err;
};

static void try_chain(const struct rule_context *context)
{
	struct iommu_chain_ser *chain = context->place->mem + context->member->offset;
	const struct iommu_chain_ser good = *chain;
	const struct chain_damage damages[] = {
		{ "head_pa", { good.head_pa + 8, good.count, good.entry_size, good.version },
		  -EINVAL },
		{ "head_pa", { 1ull << 50, good.count, good.entry_size, good.version }, -EINVAL },
		{ "head_pa", { 0, good.count, good.entry_size, good.version }, -ERANGE },
		{ "count", { good.head_pa, good.count + 1, good.entry_size, good.version },
		  -ERANGE },
		{ "count", { good.head_pa, U32_MAX, good.entry_size, good.version }, -ERANGE },
		{ "entry_size", { good.head_pa, good.count, good.entry_size + 1, good.version },
		  -EINVAL },
		{ "entry_size", { good.head_pa, good.count, 0, good.version }, -EINVAL },
		{ "version", { good.head_pa, good.count, good.entry_size, good.version + 1 },
		  -EOPNOTSUPP },
	};

	if (!good.head_pa)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		*chain = damages[i].bad;
		judge(context->place->path, damages[i].what, i, damages[i].err,
		      context->member->name, false);
		*chain = good;
	}
}

static void try_block(const struct block *block)
{
	struct kho_block_header_ser *ser = block->ser;
	const struct kho_block_header_ser good = *ser;
	const struct kho_block_header_ser damages[] = {
		{ good.next + 8, good.count },
		{ 1ull << 50, good.count },
		{ virt_to_phys(ser), good.count },
		{ good.next, 0 },
		{ good.next, KHO_BLOCK_SIZE },
		{ good.next, U64_MAX },
	};

	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		*ser = damages[i];
		judge(block->path, "block", i, -EINVAL, NULL, false);
		*ser = good;
	}
}

/* Pages of the array of a memfd */

static void try_slot(const struct array *array, u64 *slot, u64 bad)
{
	const u64 good = *slot;

	*slot = bad;
	judge(array->path, "array", bad, -EINVAL, NULL, false);
	*slot = good;
}

static void try_array(const struct array *array)
{
	struct kho_vmalloc_chunk *chunk = array->chunk;
	u64 *next = &chunk->hdr.next.phys;
	u32 used = 0;

	while (used < KHO_VMALLOC_SIZE && chunk->phys[used])
		used++;
	try_slot(array, next, *next + 8);
	try_slot(array, next, 1ull << 50);
	try_slot(array, next, virt_to_phys(chunk));
	for (u32 i = 0; i < used; i++) {
		try_slot(array, &chunk->phys[i], chunk->phys[i] + 8);
		try_slot(array, &chunk->phys[i], 1ull << 50);
		try_slot(array, &chunk->phys[i], 0);
	}
	if (used < KHO_VMALLOC_SIZE)
		try_slot(array, &chunk->phys[used], chunk->phys[0]);
}

/* Members */

static const void *sibling_of(u32 n)
{
	const size_t length = strcspn(places[n].path, "[");

	for (u32 i = n; i--;)
		if (places[i].layout == places[n].layout && places[i].depth == places[n].depth &&
		    !strncmp(places[i].path, places[n].path, length))
			return places[i].mem;
	return NULL;
}

static const struct walk_place *root_of(u32 n)
{
	while (n && places[n].depth)
		n--;
	return &places[n];
}

/* Of an array, one rule holds for each element. */
static void try_member(const struct rule_context *context)
{
	const bool first_only = !strcmp(context->member->name, "header");
	struct bad_values bad;

	if (member_is_chain(context->member)) {
		try_chain(context);
		return;
	}
	rules_apply(context, &bad);
	if (!bad.known) {
		count->unknown++;
		printf("NO RULE: %s.%s: %s\n", context->place->layout->name,
		       context->member->name, context->member->range);
	}
	for (u32 n = 0; n < (first_only ? 1 : context->member->count ?: 1); n++)
		for (u32 i = 0; i < bad.nr; i++)
			try_value(context, n, &bad.values[i]);
}

static void try_struct(u32 n)
{
	const struct walk_place *root = root_of(n);
	struct rule_context context = {
		.place = &places[n],
		.root = root->mem,
		.root_layout = root->layout,
		.sibling = sibling_of(n),
	};

	for (u32 i = 0; i < context.place->layout->nr_members; i++) {
		context.member = &context.place->layout->members[i];
		try_member(&context);
	}
}

/*
 * Damage the image that is loaded in each way, and repair it again. Damaged images go to
 * the directory, if there is one. 0 if each is refused as the ABI says.
 */
int damage_image(struct damage_count *result, bool print, const char *directory)
{
	count = result;
	verbose = print;
	output = directory;
	find_all();
	for (u32 i = 0; i < nr_places; i++)
		try_struct(i);
	for (u32 i = 0; i < nr_blocks; i++)
		try_block(&blocks[i]);
	for (u32 i = 0; i < nr_arrays; i++)
		try_array(&arrays[i]);
	return count->missed || count->unknown;
}
