// SPDX-License-Identifier: GPL-2.0-only
/*
 * From the range that kernel-doc gives a member to values that are none of it, and to the
 * errno that the next kernel refuses these with. So the documentation of the ABI and the
 * checks of the readers are held against each other.
 *
 * A range that no rule knows needs a line of the table of exceptions. The tests fail if
 * it has none.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <linux/bits.h>
#include <linux/kho/abi/iommu.h>
#include <linux/kho/abi/memfd_v3.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "roots.h"
#include "rules.h"

/* An address that no image has, and that is aligned */
#define NO_ADDRESS	BIT_ULL(50)

static void add(struct bad_values *bad, u64 value, int err)
{
	if (bad->nr < MAX_VALUES)
		bad->values[bad->nr++] = (struct bad_value){ value, err };
}

static u64 greatest(const struct member *member)
{
	const u32 size = member_element_size(member);

	return size < sizeof(u64) ? (1ull << size * 8) - 1 : U64_MAX;
}

static bool begins_with(const char **text, const char *prefix)
{
	if (strncmp(*text, prefix, strlen(prefix)))
		return false;
	*text += strlen(prefix);
	return true;
}

/* A number, a constant, or a member of the same struct at the beginning of the text */
static bool parse_number(const struct rule_context *context, const char **text, u64 *value)
{
	const struct member *member;
	char name[64], *end;
	size_t length = 0;

	while (isalnum((*text)[length]) || strchr("@_", (*text)[length] ?: ' '))
		length++;
	if (!length || length >= sizeof(name))
		return false;
	memcpy(name, *text, length);
	name[length] = 0;
	*text += length;
	if (!strcmp(name, "U64_MAX")) {
		*value = U64_MAX;
		return true;
	}
	if (name[0] == '@') {
		member = member_find(context->place->layout, name + 1);
		if (member)
			*value = member_value(member, context->place->mem, 0);
		return member;
	}
	*value = strtoull(name, &end, 0);
	return !*end || constant_find(name, value);
}

/* Reserved members have a meaning that is not known, others a range of one number. */
static bool rule_zero(const struct rule_context *context, const char *text,
		      struct bad_values *bad)
{
	const bool reserved = !strncmp(context->member->name, "reserved", 8);

	if (!begins_with(&text, "0") || (*text && !begins_with(&text, " with ")))
		return false;
	add(bad, 1, reserved ? -EOPNOTSUPP : -ERANGE);
	add(bad, greatest(context->member), reserved ? -EOPNOTSUPP : -ERANGE);
	return true;
}

static bool rule_bits(const struct rule_context *context, const char *text,
		      struct bad_values *bad)
{
	const u64 good = member_value(context->member, context->place->mem, 0);
	u64 known;

	if (!begins_with(&text, "bits of ") || !parse_number(context, &text, &known))
		return false;
	for (u32 bit = 0; bit < 8 * member_element_size(context->member); bit++)
		if (!(known & 1ull << bit))
			add(bad, good | 1ull << bit, -EOPNOTSUPP);
	return true;
}

static bool rule_bit_numbers(const struct rule_context *context, const char *text,
			     struct bad_values *bad)
{
	const u64 good = member_value(context->member, context->place->mem, 0);
	u64 first, last;

	if (!begins_with(&text, "bits ") || !parse_number(context, &text, &first) ||
	    !begins_with(&text, " to ") || !parse_number(context, &text, &last))
		return false;
	for (u32 bit = 0; bit < 64; bit++)
		if (bit < first || bit > last)
			add(bad, good | 1ull << bit, -EOPNOTSUPP);
	if (begins_with(&text, ", at least one"))
		add(bad, 0, -ERANGE);
	return true;
}

static bool rule_range(const struct rule_context *context, const char *text,
		       struct bad_values *bad)
{
	u64 first, last;

	if (!parse_number(context, &text, &first) || !begins_with(&text, " to ") ||
	    !parse_number(context, &text, &last))
		return false;
	if (first)
		add(bad, first - 1, -ERANGE);
	if (last < greatest(context->member)) {
		add(bad, last + 1, -ERANGE);
		add(bad, greatest(context->member), -ERANGE);
	}
	return true;
}

static bool rule_one_of(const struct rule_context *context, const char *text,
			struct bad_values *bad)
{
	char prefix[64];

	if (!begins_with(&text, "one of ") || !strchr(text, '*'))
		return false;
	snprintf(prefix, sizeof(prefix), "%.*s", (int)strcspn(text, "*"), text);
	add(bad, 0, -EOPNOTSUPP);
	for (u64 value = 1; value < 0x10000; value++) {
		if (constant_name(prefix, value))
			continue;
		add(bad, value, -EOPNOTSUPP);
		break;
	}
	add(bad, greatest(context->member), -EOPNOTSUPP);
	return true;
}

/* Number of records of a family, as the header says */
static bool parse_family(const struct rule_context *context, const char *text, u64 *count)
{
	for (u32 i = 0; i < context->root_layout->nr_members; i++) {
		const struct member *member = &context->root_layout->members[i];
		const struct iommu_chain_ser *chain = context->root + member->offset;

		if (!member_is_chain(member) ||
		    strncasecmp(member->name, text, strlen(member->name)))
			continue;
		*count = chain->count;
		return true;
	}
	return false;
}

static bool rule_below(const struct rule_context *context, const char *text,
		       struct bad_values *bad)
{
	u64 limit;

	if (!begins_with(&text, "below "))
		return false;
	if (begins_with(&text, "the number of ")) {
		if (!parse_family(context, text, &limit))
			return false;
	} else if (!parse_number(context, &text, &limit)) {
		return false;
	}
	add(bad, limit, -ERANGE);
	add(bad, greatest(context->member), -ERANGE);
	return true;
}

/* Without any memory it may be that the mode has none. */
static bool rule_memory(const struct rule_context *context, const char *text,
			struct bad_values *bad)
{
	const u64 good = member_value(context->member, context->place->mem, 0);

	if (!begins_with(&text, "a preserved page") && !begins_with(&text, "preserved memory"))
		return false;
	if (!good)
		return true;
	add(bad, good + 8, -EINVAL);
	add(bad, good | 1ull << 63, -EINVAL);
	add(bad, NO_ADDRESS, -EINVAL);
	add(bad, U64_MAX, -EINVAL);
	return true;
}

static bool rule_constant(const struct rule_context *context, const char *text,
			  struct bad_values *bad)
{
	const size_t length = strlen(context->member->name);
	u64 value;

	if (!parse_number(context, &text, &value) &&
	    strncmp(context->member->range, "IOMMU_ABI_FINGERPRINT", 21))
		return false;
	if (!strncmp(text, " to ", 4))
		return false;
	value = member_value(context->member, context->place->mem, 0);
	add(bad, value + 1, length == 5 && !strcmp(context->member->name, "magic") ?
			    -EINVAL : -EOPNOTSUPP);
	return true;
}

static bool rule_any(const struct rule_context *context, const char *text,
		     struct bad_values *bad)
{
	return !strcmp(text, "any") || !strncmp(text, "any, ", 5) ||
	       !strncmp(text, "the backend's", 13);
}

/* Entries of an array, as many as there are pages at most, and what they take */
static bool rule_array(const struct rule_context *context, const char *text,
		       struct bad_values *bad)
{
	const u64 good = member_value(context->member, context->place->mem, 0);
	const struct member *size = member_find(context->place->layout, "size");
	u64 bytes;

	if (begins_with(&text, "0 if @size is 0, else 1 to the pages of @size")) {
		bytes = member_value(size, context->place->mem, 0);
		add(bad, DIV_ROUND_UP_ULL(bytes, PAGE_SIZE) + 1, -ERANGE);
	} else if (!begins_with(&text, "as many as @nr_folios entries take")) {
		return false;
	}
	add(bad, good ? 0 : 1, -ERANGE);
	add(bad, greatest(context->member), -ERANGE);
	return true;
}

/* What no two records of the family have */
static void add_sibling(const struct rule_context *context, struct bad_values *bad)
{
	const char *range = context->member->range;

	if (context->sibling && (strstr(range, ", no two ") || strstr(range, " by no other ")))
		add(bad, member_value(context->member, context->sibling, 0), -EINVAL);
}

/* Ranges that take more than a rule, and where the errno is another. */
static const struct exception {
	const char *layout;
	const char *member;
	struct bad_value values[6];
} exceptions[] = {
	{ "iommu_header_ser", "version_minor",
	  { { IOMMU_ABI_VERSION_MINOR + 1, -EOPNOTSUPP } } },
	{ "iommu_attachment_ser", "hardware_id",
	  { { 0, -ERANGE }, { 1, -ERANGE }, { 0x10000, -ERANGE }, { U64_MAX, -ERANGE } } },
	{ "iommu_attachment_ser", "pasid",
	  { { 0, -EOPNOTSUPP }, { IOMMU_PASID_MAX, -EOPNOTSUPP },
	    { IOMMU_PASID_MAX + 1, -ERANGE }, { U32_MAX - 1, -ERANGE } } },
	{ "iommufd_device_ser", "pasid",
	  { { 0, -EOPNOTSUPP }, { IOMMU_PASID_MAX, -EOPNOTSUPP },
	    { IOMMU_PASID_MAX + 1, -ERANGE }, { U32_MAX - 1, -ERANGE } } },
	/* The first word: vendor and device ID */
	{ "iommu_pci_function_ser", "header",
	  { { U32_MAX, -ENODEV }, { 0xffff, -ENODEV } } },
	{ "memfd_v3_ser", "pos", { { 1ull << 63, -ERANGE }, { U64_MAX, -ERANGE } } },
	{ "memfd_v3_ser", "size",
	  { { 1ull << 63, -ERANGE }, { U64_MAX, -ERANGE },
	    { (MEMFD_V3_PAGES_MAX + 1ull) << PAGE_SHIFT, -EFBIG } } },
	{ "memfd_v3_ser", "huge_page_shift", { { 1, -EOPNOTSUPP }, { U32_MAX, -EOPNOTSUPP } } },
	{ "memfd_v3_ser", "array_order", { { 1, -EOPNOTSUPP }, { 0xffff, -EOPNOTSUPP } } },
	{ "memfd_luo_ser", "pos", { { 1ull << 63, -ERANGE }, { U64_MAX, -ERANGE } } },
	{ "memfd_luo_ser", "size",
	  { { 1ull << 63, -ERANGE }, { U64_MAX, -ERANGE },
	    { (MEMFD_V3_PAGES_MAX + 1ull) << PAGE_SHIFT, -EFBIG } } },
	{ "memfd_luo_ser", "folios.order", { { 1, -EOPNOTSUPP }, { 0xffff, -EOPNOTSUPP } } },
	{ "memfd_luo_folio_ser", "pfn",
	  { { 0, -EOPNOTSUPP }, { 7ull << 52, -EOPNOTSUPP }, { 3ull << 52, -EINVAL },
	    { 3ull << 52 | NO_ADDRESS >> PAGE_SHIFT, -EINVAL }, { U64_MAX, -EOPNOTSUPP } } },
	{ "memfd_luo_folio_ser", "index", { { 1 << 30, -EINVAL }, { U64_MAX, -EINVAL } } },
	{ "memfd_v3_folio_ser", "pfn",
	  { { 0, -EINVAL }, { NO_ADDRESS >> PAGE_SHIFT, -EINVAL }, { U64_MAX, -EINVAL } } },
	{ "memfd_v3_folio_ser", "index", { { 1 << 30, -EINVAL }, { U32_MAX, -EINVAL } } },
	{ "memfd_v3_folio_ser", "order",
	  { { MAX_FILE_ORDER + 1, -EOPNOTSUPP }, { 0xffff, -EOPNOTSUPP } } },
	{ "iommu_vtd_unit_ser", "version", { { 0, -ERANGE }, { 2, -ERANGE } } },
	{ "iommu_vtd_unit_ser", "rtaddr",
	  { { 1, -EOPNOTSUPP }, { 1 << 11, -EOPNOTSUPP }, { NO_ADDRESS, -EINVAL } } },
};

static bool rule_exception(const struct rule_context *context, struct bad_values *bad)
{
	for (size_t i = 0; i < ARRAY_SIZE(exceptions); i++) {
		const struct exception *exception = &exceptions[i];

		if (strcmp(exception->layout, context->place->layout->name) ||
		    strcmp(exception->member, context->member->name))
			continue;
		for (size_t n = 0; exception->values[n].err; n++)
			add(bad, exception->values[n].value, exception->values[n].err);
		return true;
	}
	return false;
}

/* Below two to the power of another member, unless a third one is set */
static bool rule_aperture(const struct rule_context *context, const char *text,
			  struct bad_values *bad)
{
	u64 width, any;

	if (!begins_with(&text, "below 2^") || !parse_number(context, &text, &width) ||
	    !begins_with(&text, ", any if ") || !parse_number(context, &text, &any))
		return false;
	if (!any && width < 64)
		add(bad, 1ull << width, -ERANGE);
	return true;
}

/* Find what is no value of a member that is not a chain. */
void rules_apply(const struct rule_context *context, struct bad_values *bad)
{
	typedef bool (*rule_fn)(const struct rule_context *, const char *, struct bad_values *);
	static const rule_fn rules[] = {
		rule_zero, rule_bits, rule_bit_numbers, rule_range, rule_one_of, rule_aperture,
		rule_below, rule_memory, rule_any, rule_array, rule_constant,
	};

	bad->nr = 0;
	bad->known = rule_exception(context, bad);
	for (size_t i = 0; !bad->known && i < ARRAY_SIZE(rules); i++)
		bad->known = rules[i](context, context->member->range, bad);
	add_sibling(context, bad);
}
