// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Damaged members
 *
 * Do to a member what a line of a table says, and let the reader be judged. What is
 * lost follows from where the member is, and from who else names the same memory:
 * of two records the one on which more depends keeps it, and among equals both are
 * lost.
 */

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pfn.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/claims.h"
#include "iommu_member_damage.h"
#include "mock_kexec.h"

/* The structures of an image */

#define PLACE(where_, name_, kind_, family_)				\
	[where_] = {							\
		.name = name_,						\
		.size = sizeof(TYPE_##where_),				\
		.kind = kind_,						\
		.family = family_,					\
	}

const struct place_info places[NR_PLACES] = {
	PLACE(IN_HEADER, "header", PLACE_HEADER, 0),
	PLACE(IN_UNIT, "unit", PLACE_RECORD, IOMMU_UNITS),
	PLACE(IN_DOMAIN, "domain", PLACE_RECORD, IOMMU_DOMAINS),
	PLACE(IN_DEVICE, "device", PLACE_RECORD, IOMMU_DEVICES),
	PLACE(IN_ATTACHMENT, "attachment", PLACE_RECORD, IOMMU_ATTACHMENTS),
	PLACE(IN_UNITS_BLOCK, "block of units", PLACE_BLOCK, IOMMU_UNITS),
	PLACE(IN_DOMAINS_BLOCK, "block of domains", PLACE_BLOCK, IOMMU_DOMAINS),
	PLACE(IN_DEVICES_BLOCK, "block of devices", PLACE_BLOCK, IOMMU_DEVICES),
	PLACE(IN_ATTACHMENTS_BLOCK, "block of attachments", PLACE_BLOCK,
	      IOMMU_ATTACHMENTS),
	PLACE(IN_UNIT_CHAIN, "vendor chain of unit", PLACE_VENDOR_BLOCK,
	      IOMMU_UNITS),
	PLACE(IN_DEVICE_CHAIN, "vendor chain of device", PLACE_VENDOR_BLOCK,
	      IOMMU_DEVICES),
	PLACE(IN_UNIT_ENTRY, "vendor entry of unit", PLACE_VENDOR_ENTRY,
	      IOMMU_UNITS),
	PLACE(IN_DEVICE_ENTRY, "vendor entry of device", PLACE_VENDOR_ENTRY,
	      IOMMU_DEVICES),
	PLACE(IN_DEVICE_PATH, "path of device", PLACE_PATH_BLOCK, IOMMU_DEVICES),
	PLACE(IN_PATH_DEVICE, "function of device", PLACE_PATH_DEVICE,
	      IOMMU_DEVICES),
	PLACE(IN_PATH_BRIDGE, "bridge above device", PLACE_PATH_BRIDGE,
	      IOMMU_DEVICES),
};

static void *find_place(const struct iommu_graph *graph, enum place where,
			u32 index)
{
	const struct place_info *place = &places[where];
	const struct iommu_chain_ser *chain;

	switch (place->kind) {
	case PLACE_HEADER:
		return iommu_graph_header(graph);
	case PLACE_RECORD:
		return iommu_graph_record(graph, place->family, index);
	case PLACE_BLOCK:
		chain = iommu_graph_chain(graph, place->family);
		return phys_to_virt(chain->head_pa);
	case PLACE_VENDOR_BLOCK:
		chain = iommu_graph_vendor_chain(graph, place->family, index);
		return phys_to_virt(chain->head_pa);
	case PLACE_VENDOR_ENTRY:
		chain = iommu_graph_vendor_chain(graph, place->family, index);
		return iommu_chain_entry(chain, 0);
	case PLACE_PATH_BLOCK:
		return phys_to_virt(iommu_graph_path(graph, index)->head_pa);
	default:
		return iommu_chain_entry(iommu_graph_path(graph, index),
					 place->kind - PLACE_PATH_DEVICE);
	}
}

/* Without the header or the chains of the families there is nothing. */
static bool costs_everything(enum place where)
{
	return places[where].kind == PLACE_HEADER ||
	       places[where].kind == PLACE_BLOCK;
}

static enum iommu_claim_rank rank_of(enum place where)
{
	if (costs_everything(where))
		return IOMMU_CLAIM_IMAGE;
	switch (places[where].family) {
	case IOMMU_UNITS:
		return IOMMU_CLAIM_UNIT;
	case IOMMU_DOMAINS:
		return IOMMU_CLAIM_DOMAIN;
	default:
		return IOMMU_CLAIM_DEVICE;
	}
}

/**
 * one_more - One more than it is.
 * @good: What it is.
 *
 * Context: Any.
 *
 * Return: what it becomes.
 */
u64 one_more(u64 good)
{
	return good + 1;
}

/**
 * one_less - One less than it is.
 * @good: What it is.
 *
 * Context: Any.
 *
 * Return: what it becomes.
 */
u64 one_less(u64 good)
{
	return good - 1;
}

/**
 * inverted - Each bit is wrong.
 * @good: What it is.
 *
 * Context: Any.
 *
 * Return: what it becomes.
 */
u64 inverted(u64 good)
{
	return ~good;
}

/* Doing it */

/**
 * struct damage_run - A damage that is being done.
 * @image: The image.
 * @damage: The line of the table.
 * @mem: The member.
 * @good: Its value.
 */
struct damage_run {
	struct record_damage *image;
	const struct damage *damage;
	void *mem;
	u64 good;
};

static void start_run(struct damage_run *run, struct record_damage *image,
		      const struct damage *damage)
{
	*run = (struct damage_run){
		.image = image,
		.damage = damage,
		.mem = find_place(image->graph, damage->where, damage->index) +
		       damage->offset,
	};
	/* Little-endian, as all 64-bit machines that can run it */
	memcpy(&run->good, run->mem, min(damage->size, sizeof(run->good)));
}

static void set_member(const struct damage_run *run, u64 value)
{
	memcpy(run->mem, &value, run->damage->size);
}

/* The member in whose name the reader refuses this one */
static void name_said(const struct damage *damage, char *name, size_t size)
{
	const struct place_info *place = &places[damage->where];
	const char *said = damage->said ?: damage->member;

	if (place->kind == PLACE_BLOCK)
		said = iommu_families[place->family].chain_name;
	else if (place->kind == PLACE_VENDOR_BLOCK || place->kind == PLACE_VENDOR_ENTRY)
		said = "vendor_chain";
	else if (place->kind == PLACE_PATH_BLOCK)
		said = "path";
	strscpy(name, said, min(size, strcspn(said, ".[") + 1));
}

/* What is lost with a bad value, or what is not as it was with a legal one */
static void mark_record(const struct damage_run *run, bool bad)
{
	const struct damage *damage = run->damage;
	const struct place_info *place = &places[damage->where];
	const unsigned long also = damage->also;
	unsigned int i;

	if (!bad) {
		record_damage_change(run->image, place->family, damage->index);
		return;
	}
	if (costs_everything(damage->where)) {
		record_damage_lose_image(run->image);
		return;
	}
	record_damage_lose(run->image, place->family, damage->index);
	if (damage->both)
		record_damage_lose(run->image, place->family, damage->other);
	for_each_set_bit(i, &also, BITS_PER_BYTE * sizeof(damage->also))
		record_damage_lose(run->image, place->family, i);
}

static void judge(const struct damage_run *run, int err, const u64 *value,
		  const char *how)
{
	const struct damage *damage = run->damage;
	const enum place_kind kind = places[damage->where].kind;
	char what[80], said[32];

	snprintf(what, sizeof(what), "%s %u, %s %s", places[damage->where].name,
		 damage->index, damage->member, how);
	name_said(damage, said, sizeof(said));
	record_damage_judge(run->image, what, &(struct record_damage_error){
		.err = err,
		.member = err ? said : NULL,
		.value = !err || damage->said || kind == PLACE_BLOCK ||
			 kind == PLACE_VENDOR_BLOCK ||
			 kind == PLACE_PATH_BLOCK ? NULL : value,
	});
}

static void try_value(const struct damage_run *run, u64 value)
{
	const int err = run->damage->err;
	char how[24];

	snprintf(how, sizeof(how), "is %#llx", value);
	set_member(run, value);
	mark_record(run, err);
	judge(run, err, &value, how);
}

static void try_others(const struct damage_run *run)
{
	const struct damage *damage = run->damage;
	const void *other = find_place(run->image->graph, damage->where,
				       damage->other) + damage->offset;
	char how[24];
	u64 value;

	snprintf(how, sizeof(how), "is that of %u", damage->other);
	memcpy(run->mem, other, damage->size);
	memcpy(&value, other, sizeof(value));
	if (damage->size < sizeof(value))
		value &= BIT_ULL(BITS_PER_BYTE * damage->size) - 1;
	mark_record(run, true);
	judge(run, damage->err, &value, how);
}

static void try_bits(const struct damage_run *run)
{
	const struct damage *damage = run->damage;

	for (int bit = 0; bit < BITS_PER_BYTE * damage->size; bit++)
		if (!(damage->value & BIT_ULL(bit)))
			try_value(run, run->good | BIT_ULL(bit));
}

static void try_bytes(const struct damage_run *run)
{
	const struct damage *damage = run->damage;
	char how[24];
	u64 value;

	for (u16 i = 0; i < damage->size; i++) {
		value = BIT(i % BITS_PER_BYTE);
		snprintf(how, sizeof(how), "byte %u is %#llx", i, value);
		((u8 *)run->mem)[i] = value;
		mark_record(run, true);
		judge(run, damage->err, &value, how);
	}
}

/* Addresses */

/**
 * struct bad_address - Memory that is not what a record says.
 * @name: What it is.
 * @find: Its address.
 * @owner: The record whose it is, IN_HEADER for the image.
 * @index: Index of that record.
 * @owned: There is one.
 * @block: It is a good block.
 * @larger: It was preserved, but is no page.
 */
struct bad_address {
	const char *name;
	u64 (*find)(const struct damage_run *run);
	enum place owner;
	u32 index;
	bool owned;
	bool block;
	bool larger;
};

static u64 unaligned(const struct damage_run *run)
{
	return run->good + sizeof(u64);
}

static u64 top_bit_set(const struct damage_run *run)
{
	return run->good | BIT_ULL(63);
}

static u64 beyond_memory(const struct damage_run *run)
{
	return mock_kexec_beyond_memory();
}

static u64 the_greatest(const struct damage_run *run)
{
	return U64_MAX;
}

static u64 page_in_use(const struct damage_run *run)
{
	return PFN_PHYS(folio_pfn(run->image->in_use));
}

static u64 preserved_page(const struct damage_run *run)
{
	return PFN_PHYS(folio_pfn(run->image->preserved));
}

static u64 larger_memory(const struct damage_run *run)
{
	return run->image->larger;
}

static u64 the_header(const struct damage_run *run)
{
	return run->image->graph->header_pa;
}

static u64 block_of_family(const struct damage_run *run)
{
	const enum iommu_family family = places[run->damage->where].family;

	return iommu_graph_chain(run->image->graph, family)->head_pa;
}

static u64 root_of_unit(const struct damage_run *run)
{
	const struct iommu_unit_ser *unit =
		iommu_graph_record(run->image->graph, IOMMU_UNITS, 0);

	return unit->vendor[TEST_UNIT_ROOT];
}

static u64 block_of_unit(const struct damage_run *run)
{
	return iommu_graph_vendor_chain(run->image->graph, IOMMU_UNITS,
					2)->head_pa;
}

static u64 top_of_domain(const struct damage_run *run)
{
	const struct iommu_domain_ser *domain =
		iommu_graph_record(run->image->graph, IOMMU_DOMAINS, 2);

	return domain->top_phys;
}

static u64 context_of_device(const struct damage_run *run)
{
	const struct iommu_device_ser *device =
		iommu_graph_record(run->image->graph, IOMMU_DEVICES, 3);

	return device->vendor[TEST_DEVICE_CONTEXT];
}

static const struct bad_address bad_addresses[] = {
	{ "is not aligned", unaligned },
	{ "has its top bit set", top_bit_set },
	{ "is beyond memory", beyond_memory },
	{ "is the greatest", the_greatest },
	{ "is in use", page_in_use },
	{ "is preserved for the next kernel", preserved_page },
	{ "is of another order", larger_memory, .larger = true },
	{ "is the header", the_header, .owned = true },
	{ "is a block of its family", block_of_family, .owned = true,
	  .block = true },
	{ "is a block of a unit", block_of_unit, IN_UNIT, 2, .owned = true,
	  .block = true },
	{ "is the root of a unit", root_of_unit, IN_UNIT, 0, .owned = true },
	{ "is the top of a domain", top_of_domain, IN_DOMAIN, 2,
	  .owned = true },
	{ "is the context of a device", context_of_device, IN_DEVICE, 3,
	  .owned = true },
};

/* A link to a block, which is good but not this one, is a line of its own. */
static void try_link(const struct damage_run *run,
		     const struct bad_address *address)
{
	const u64 value = address->find(run);

	if (address->block)
		return;
	set_member(run, value);
	mark_record(run, true);
	judge(run, -EINVAL, &value, address->name);
}

/* Of two that claim memory the one has it on which more depends, or none. */
static void try_address(const struct damage_run *run,
			const struct bad_address *address)
{
	const struct damage *damage = run->damage;
	const bool any_size = damage->kind == TO_TABLES;
	const enum iommu_claim_rank rank = rank_of(damage->where);
	const enum iommu_claim_rank other = rank_of(address->owner);
	const bool keeps = address->owned ? rank < other :
			   any_size && address->larger;
	const u64 value = address->find(run);
	const bool takes = address->owned && rank <= other;

	set_member(run, value);
	mark_record(run, !keeps);
	if (takes)
		record_damage_lose(run->image, places[address->owner].family,
				   address->index);
	if (keeps && takes)
		record_damage_judge(run->image, address->name,
				    &(struct record_damage_error){
			.err = -EINVAL,
			.value = &value,
		});
	else
		judge(run, keeps ? 0 : -EINVAL, &value, address->name);
}

/**
 * member_damage_try - Damage a member in all ways that a line names.
 * @image: The image, repaired after each.
 * @damage: The line.
 *
 * Context: Process context.
 */
void member_damage_try(struct record_damage *image, const struct damage *damage)
{
	struct damage_run run;

	start_run(&run, image, damage);
	switch (damage->kind) {
	case TO_VALUE:
		try_value(&run, damage->find ? damage->find(run.good) :
			  damage->value);
		break;
	case TO_OTHERS:
		try_others(&run);
		break;
	case TO_BITS:
		try_bits(&run);
		break;
	case TO_BYTES:
		try_bytes(&run);
		break;
	case TO_ADDRESSES:
	case TO_TABLES:
		for (int i = 0; i < ARRAY_SIZE(bad_addresses); i++)
			try_address(&run, &bad_addresses[i]);
		break;
	case TO_LINKS:
		for (int i = 0; i < ARRAY_SIZE(bad_addresses); i++)
			try_link(&run, &bad_addresses[i]);
		break;
	}
}

/**
 * member_damage_is_of_same - Are two lines about one member?
 * @a: One.
 * @b: The other.
 *
 * Context: Any.
 *
 * Return: true if they are, or about words of one array.
 */
bool member_damage_is_of_same(const struct damage *a, const struct damage *b)
{
	const size_t length = strcspn(a->member, "[");

	return a->where == b->where && length == strcspn(b->member, "[") &&
	       !strncmp(a->member, b->member, length);
}
