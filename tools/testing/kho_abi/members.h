/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the headers of the handover ABI declare, and what their kernel-doc says of it.
 */
#ifndef MEMBERS_H
#define MEMBERS_H

#include <stdbool.h>

#include <linux/types.h>

/**
 * struct member - A member of a struct of the ABI
 * @name: Name.
 * @type: Type, of an element if it is an array.
 * @offset: Where it is, in bytes.
 * @size: Size in bytes.
 * @count: Number of elements, 0 if it is no array.
 * @range: Its range, as kernel-doc has it.
 * @entries: Name of the struct that its entries are, if it is a chain; or empty.
 */
struct member {
	const char *name;
	const char *type;
	u32 offset;
	u32 size;
	u32 count;
	const char *range;
	const char *entries;
};

/**
 * struct layout - A struct of the ABI
 * @name: Name.
 * @size: Size in bytes.
 * @members: The members.
 * @nr_members: Number of members.
 */
struct layout {
	const char *name;
	u32 size;
	struct member *members;
	u32 nr_members;
};

const struct layout *layout_find(const char *name);
const struct layout *layout_nth(u32 n);
const struct member *member_find(const struct layout *layout, const char *name);
bool member_is_chain(const struct member *member);
u32 member_element_size(const struct member *member);
u64 member_value(const struct member *member, const void *mem, u32 n);

bool constant_find(const char *name, u64 *value);
const char *constant_name(const char *prefix, u64 value);

#endif /* MEMBERS_H */
