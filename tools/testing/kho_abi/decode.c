// SPDX-License-Identifier: GPL-2.0-only
/* Print each record of an image, member by member. */
#include <stdio.h>
#include <string.h>

#include <linux/kho/abi/iommu.h>
#include <linux/mm.h>

#include "bench.h"
#include "walk.h"

#define VALUE_WIDTH	42

/* The constant that a member is, if its range says of which these are */
static const char *name_of(const struct member *member, u64 value)
{
	static const char one_of[] = "one of ";
	const size_t length = strlen(member->range);
	char prefix[64];

	if (strncmp(member->range, one_of, strlen(one_of)) || !length ||
	    member->range[length - 1] != '*')
		return NULL;
	snprintf(prefix, sizeof(prefix), "%.*s", (int)(length - strlen(one_of) - 1),
		 member->range + strlen(one_of));
	return constant_name(prefix, value);
}

static u32 used_elements(const struct member *member, const void *mem)
{
	u32 n = member->count;

	while (n && !member_value(member, mem, n - 1))
		n--;
	return n;
}

static void format_array(char *buf, size_t size, const struct member *member, const void *mem)
{
	const u32 used = used_elements(member, mem);
	size_t length = 0;

	for (u32 n = 0; n < used && length < size; n++)
		length += snprintf(buf + length, size - length, "%s%#llx", n ? " " : "",
				   (ullong)member_value(member, mem, n));
	if (used < member->count && length < size)
		snprintf(buf + length, size - length, "%s%u zero", used ? ", " : "",
			 member->count - used);
}

static void format_chain(char *buf, size_t size, const struct iommu_chain_ser *chain)
{
	snprintf(buf, size, "head_pa %#llx count %u entry_size %u version %u",
		 (ullong)chain->head_pa, chain->count, chain->entry_size,
		 chain->version);
}

static void format_member(char *buf, size_t size, const struct member *member,
			  const void *mem)
{
	const u64 value = member_value(member, mem, 0);

	if (member_is_chain(member))
		format_chain(buf, size, mem + member->offset);
	else if (member->count)
		format_array(buf, size, member, mem);
	else
		snprintf(buf, size, "%#llx %s", (ullong)value,
			 name_of(member, value) ?: "");
}

static void print_struct(const struct walk_place *place, void *data)
{
	const int indent = 2 * place->depth;
	char value[512];

	printf("%*s%s: struct %s\n", indent, "", place->path, place->layout->name);
	for (u32 i = 0; i < place->layout->nr_members; i++) {
		const struct member *member = &place->layout->members[i];

		format_member(value, sizeof(value), member, place->mem);
		printf("%*s%4u  %-20s %-*s  %s\n", indent, "", member->offset, member->name,
		       VALUE_WIDTH, value, member->range);
	}
}

static void print_broken(const struct walk_place *place, const struct member *member,
			 void *data)
{
	printf("%*s%s %s: no such chain\n", 2 * place->depth, "", place->path, member->name);
}

static void print_preservations(void)
{
	u64 pages = 0;

	for (size_t i = 0; i < memory_count(); i++)
		pages += preservation_size(memory_nth(i)) / PAGE_SIZE;
	printf("%zu preservations, %llu pages\n", memory_count(), (ullong)pages);
}

/* Print what the image that is loaded has. */
void decode_print(void)
{
	const struct walk walk = {
		.on_struct = print_struct,
		.on_area = print_struct,
		.on_chain = print_broken,
	};

	print_preservations();
	walk_image(&walk);
}
