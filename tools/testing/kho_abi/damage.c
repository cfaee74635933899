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
#include <linux/io.h>
#include <linux/mm.h>

#include "../../../lib/kunit_tests/image_damage.h"
#include "bench.h"
#include "damage.h"
#include "findings.h"
#include "image.h"
#include "kernel.h"
#include "roots.h"
#include "rules.h"

/**
 * struct chained_page - A page that leads on to others
 * @path: Of which chain or array it is.
 * @mem: The page.
 * @try: Damages it.
 */
struct chained_page {
	char path[96];
	void *mem;
	void (*try)(const char *path, void *mem);
};

/* All of these, and all structs of the image, as damage makes them unreachable */
static struct walk_place *places;
static size_t room_for_places;
static u32 nr_places;
static struct chained_page *pages;
static size_t room_for_pages;
static u32 nr_pages;

static struct damage_count *count;
static const struct damage_output *output;

static void take_place(const struct walk_place *place, void *data)
{
	places = list_make_room(places, nr_places, &room_for_places, sizeof(*places));
	places[nr_places++] = *place;
}

static void take_page(const char *path, void *mem, void (*try)(const char *path, void *mem))
{
	struct chained_page *page;

	pages = list_make_room(pages, nr_pages, &room_for_pages, sizeof(*pages));
	page = &pages[nr_pages++];
	snprintf(page->path, sizeof(page->path), "%s", path);
	page->mem = mem;
	page->try = try;
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

/* The check that has fired, if it is one that should have */
static const struct finding *refusal(int err, const char *member, bool area)
{
	const struct finding *finding;

	for (size_t i = 0; (finding = findings_nth(i)); i++) {
		if (finding->kind != FINDING_REFUSED || finding->err != err)
			continue;
		if (!member || is_called(finding->member, member))
			return finding;
		/* Where a mode has no use for the area, all of it is one member. */
		if (area && !strcmp(finding->member, "vendor"))
			return finding;
	}
	return NULL;
}

static void save_damaged(void)
{
	char path[4096];

	if (!output->directory)
		return;
	snprintf(path, sizeof(path), "%s/%05u", output->directory, count->tried);
	if (image_save(path))
		perror(path);
}

/**
 * struct change - One damage
 * @path: Which struct it is.
 * @what: What of it.
 * @at: Where that is.
 * @size: Its size.
 * @value: What it has.
 * @err: What the next kernel refuses it with.
 * @member: The member that it names, NULL for any.
 * @area: It may name the area that it is in.
 */
struct change {
	const char *path;
	const char *what;
	void *at;
	u32 size;
	u64 value;
	int err;
	const char *member;
	bool area;
};

static void list_damage(const struct change *change, const struct finding *finding)
{
	struct image_damage damage = {
		.phys = virt_to_phys(change->at),
		.value = change->value,
		.size = change->size,
		.err = finding->err,
	};

	if (!output->list)
		return;
	strcpy(damage.member, finding->member);
	if (fwrite(&damage, sizeof(damage), 1, output->list) != 1)
		perror("the list of damages");
}

/* Read what is damaged now: is it refused with this errno for this member? */
static void judge(const struct change *change)
{
	static struct handover handover;
	const struct finding *finding;

	count->tried++;
	verify(&handover);
	finding = refusal(change->err, change->member, change->area);
	handover_release(&handover);
	save_damaged();
	if (output->verbose || !finding)
		printf("%s: %s %s = %#llx: %s-%s %s\n", finding ? "refused" : "NOT REFUSED",
		       change->path, change->what, (ullong)change->value,
		       finding ? "" : "should be ", errno_name(change->err),
		       finding ? finding->member : "");
	if (finding) {
		list_damage(change, finding);
	} else {
		count->missed++;
		findings_print();
	}
}

static void try_change(const struct change *change)
{
	u64 good;

	memcpy(&good, change->at, change->size);
	memcpy(change->at, &change->value, change->size);
	judge(change);
	memcpy(change->at, &good, change->size);
}

static void try_value(const struct rule_context *context, u32 n, const struct bad_value *bad)
{
	const struct walk_place *place = context->place;
	const struct member *member = context->member;
	const u32 size = member_element_size(member);
	const struct change change = {
		.path = place->path,
		.what = member->name,
		.at = place->mem + member->offset + n * size,
		.size = min_t(u32, size, sizeof(bad->value)),
		.value = bad->value,
		.err = bad->err,
		.member = member->name,
		.area = strstr(place->layout->name, "_vtd_"),
	};

	try_change(&change);
}

/* Chains */

static void try_chain(const struct rule_context *context)
{
	struct iommu_chain_ser *chain = context->place->mem + context->member->offset;
	const struct chain_damage {
		const char *what;
		void *at;
		u32 size;
		u64 bad;
		int err;
	} damages[] = {
		{ "head_pa", &chain->head_pa, sizeof(chain->head_pa), chain->head_pa + 8, -EINVAL },
		{ "head_pa", &chain->head_pa, sizeof(chain->head_pa), 1ull << 50, -EINVAL },
		{ "head_pa", &chain->head_pa, sizeof(chain->head_pa), 0, -ERANGE },
		{ "count", &chain->count, sizeof(chain->count), chain->count + 1, -ERANGE },
		{ "count", &chain->count, sizeof(chain->count), U32_MAX, -ERANGE },
		{ "entry_size", &chain->entry_size, sizeof(chain->entry_size),
		  chain->entry_size + 1, -EINVAL },
		{ "entry_size", &chain->entry_size, sizeof(chain->entry_size), 0, -EINVAL },
		{ "version", &chain->version, sizeof(chain->version), chain->version + 1,
		  -EOPNOTSUPP },
	};

	if (!chain->head_pa)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++)
		try_change(&(struct change){
			.path = context->place->path,
			.what = damages[i].what,
			.at = damages[i].at,
			.size = damages[i].size,
			.value = damages[i].bad,
			.err = damages[i].err,
			.member = context->member->name,
		});
}

/* Pages of chains, and of the array of a memfd: a word of no member that has a range */

static void try_word(const char *path, const char *what, void *word, u64 bad)
{
	try_change(&(struct change){
		.path = path,
		.what = what,
		.at = word,
		.size = sizeof(bad),
		.value = bad,
		.err = -EINVAL,
	});
}

static void try_block(const char *path, void *mem)
{
	const struct kho_block_header_ser *ser = mem;
	void *next = mem + offsetof(struct kho_block_header_ser, next);
	void *entries = mem + offsetof(struct kho_block_header_ser, count);

	try_word(path, "next block", next, ser->next + 8);
	try_word(path, "next block", next, 1ull << 50);
	try_word(path, "next block", next, virt_to_phys(ser));
	try_word(path, "entries of block", entries, 0);
	try_word(path, "entries of block", entries, KHO_BLOCK_SIZE);
	try_word(path, "entries of block", entries, U64_MAX);
}

static void try_slot(const char *path, u64 *slot)
{
	try_word(path, "page of array", slot, *slot + 8);
	try_word(path, "page of array", slot, 1ull << 50);
	try_word(path, "page of array", slot, 0);
}

static void try_chunk(const char *path, void *mem)
{
	struct kho_vmalloc_chunk *chunk = mem;
	const u32 used = walk_used_slots(chunk);
	u64 *next = &chunk->hdr.next.phys;

	try_word(path, "next chunk", next, *next + 8);
	try_word(path, "next chunk", next, 1ull << 50);
	try_word(path, "next chunk", next, virt_to_phys(chunk));
	for (u32 i = 0; i < used; i++)
		try_slot(path, &chunk->phys[i]);
	if (used < KHO_VMALLOC_SIZE)
		try_word(path, "page of array", &chunk->phys[used], chunk->phys[0]);
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

static void take_block(const char *path, struct kho_block_header_ser *ser, void *data)
{
	take_page(path, ser, try_block);
}

static void take_chunk(const char *path, struct kho_vmalloc_chunk *chunk, void *data)
{
	take_page(path, chunk, try_chunk);
}

static void find_all(void)
{
	const struct walk walk = {
		.on_struct = take_place,
		.on_area = take_place,
		.on_block = take_block,
		.on_array = take_chunk,
	};

	nr_places = 0;
	nr_pages = 0;
	walk_image(&walk);
}

/*
 * Damage the image that is loaded in each way, and repair it again: 0 if each is refused as
 * the ABI says.
 */
int damage_image(struct damage_count *result, const struct damage_output *to)
{
	count = result;
	output = to;
	find_all();
	for (u32 i = 0; i < nr_places; i++)
		try_struct(i);
	for (u32 i = 0; i < nr_pages; i++)
		pages[i].try(pages[i].path, pages[i].mem);
	return count->missed || count->unknown;
}
