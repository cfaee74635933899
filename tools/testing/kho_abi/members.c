// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables are made of lines that are generated at build: structs, members and
 * constants by the script of the ABI's lock, so that nothing is missing here that is
 * locked; ranges by documentation.py.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/kho/abi/memfd.h>
#include <linux/stddef.h>

#include "abi_headers.h"
#include "members.h"

static struct layout layouts[64];
static u32 nr_layouts;
static struct { const char *name; u64 value; } constants[512];
static u32 nr_constants;

static void add_struct(const char *name, u32 size)
{
	if (nr_layouts == ARRAY_SIZE(layouts))
		abort();
	layouts[nr_layouts++] = (struct layout){ .name = name, .size = size };
}

static void add_member(const char *type, const char *place, u32 offset, u32 size, u32 count)
{
	struct layout *layout = &layouts[nr_layouts - 1];

	layout->members = realloc(layout->members,
				  (layout->nr_members + 1) * sizeof(*layout->members));
	if (!layout->members)
		abort();
	layout->members[layout->nr_members++] = (struct member){
		.name = strstr(place, ", ") + 2,
		.type = type,
		.offset = offset,
		.size = size,
		.count = count,
		.range = "",
		.entries = "",
	};
}

static void add_constant(const char *name, u64 value)
{
	if (nr_constants == ARRAY_SIZE(constants))
		abort();
	constants[nr_constants].name = name;
	constants[nr_constants++].value = value;
}

static void add_documentation(const char *name, const char *member, const char *range,
			      const char *entries)
{
	struct member *found = (void *)member_find(layout_find(name), member);

	if (!found)
		return;
	found->range = range;
	found->entries = entries;
}

#define ABI_STRUCT(name)	add_struct(#name, sizeof(struct name))
#define ABI_MEMBER(type, ...)						\
	add_member(#type, #__VA_ARGS__, offsetof(__VA_ARGS__), sizeof_field(__VA_ARGS__), 0)
#define ABI_ARRAY(type, ...)						\
	add_member(#type, #__VA_ARGS__, offsetof(__VA_ARGS__), sizeof_field(__VA_ARGS__), \
		   sizeof_field(__VA_ARGS__) / sizeof(type))
#define ABI_CONSTANT(name)	add_constant(#name, name)
#define ABI_STRING(name)
#define ABI_DOC(name, member, range, entries)				\
	add_documentation(#name, #member, range, entries)

static void __attribute__((constructor)) fill_tables(void)
{
#include "abi_entries.h"
#include "abi_documentation.h"
#include "memfd_v2.h"
}

/* By name, or NULL */
const struct layout *layout_find(const char *name)
{
	for (u32 i = 0; i < nr_layouts; i++)
		if (!strcmp(layouts[i].name, name))
			return &layouts[i];
	return NULL;
}

/* In the order of the headers, NULL after the last */
const struct layout *layout_nth(u32 n)
{
	return n < nr_layouts ? &layouts[n] : NULL;
}

/* By name, or NULL; also if there is no layout */
const struct member *member_find(const struct layout *layout, const char *name)
{
	for (u32 i = 0; layout && i < layout->nr_members; i++)
		if (!strcmp(layout->members[i].name, name))
			return &layout->members[i];
	return NULL;
}

bool member_is_chain(const struct member *member)
{
	return !strcmp(member->type, "struct iommu_chain_ser");
}

u32 member_element_size(const struct member *member)
{
	return member->size / (member->count ?: 1);
}

/* Of the nth element, if it is an array; @mem is the struct */
u64 member_value(const struct member *member, const void *mem, u32 n)
{
	const u32 size = member_element_size(member);
	u64 value = 0;

	/* Little-endian, as all machines of 64 bits that can run it */
	memcpy(&value, mem + member->offset + n * size, min_t(u32, size, sizeof(value)));
	return value;
}

bool constant_find(const char *name, u64 *value)
{
	for (u32 i = 0; i < nr_constants; i++) {
		if (strcmp(constants[i].name, name))
			continue;
		*value = constants[i].value;
		return true;
	}
	return false;
}

/* The constant that has this value, of those whose names begin so; or NULL */
const char *constant_name(const char *prefix, u64 value)
{
	for (u32 i = 0; i < nr_constants; i++)
		if (constants[i].value == value &&
		    !strncmp(constants[i].name, prefix, strlen(prefix)))
			return constants[i].name;
	return NULL;
}
