// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: the catalogue of the handover ABI
 *
 * The running kernel tells each name, constant and struct that the lock of the ABI has,
 * with the value that it has there, and nothing else, as JSON that a program can read.
 */

#include <linux/ctype.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/abi_fingerprint.h"
#include "../../drivers/iommu/liveupdate/catalogue.h"

#define SIZE	SZ_64K

static const char *catalogue(struct kunit *test)
{
	struct seq_file m = { .size = SIZE };

	m.buf = kunit_kzalloc(test, SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m.buf);
	iommu_abi_catalogue_show(&m);
	KUNIT_ASSERT_FALSE(test, seq_has_overflowed(&m));
	m.buf[m.count] = 0;
	return m.buf;
}

/* A line that begins so, after which there may be a comma */
static void expect_line(struct kunit *test, const char *text, const char *line)
{
	const char *found = strstr(text, line);

	KUNIT_ASSERT_NOT_NULL_MSG(test, found, "%s", line);
	found += strlen(line);
	KUNIT_EXPECT_TRUE_MSG(test, *found == ',' || *found == '\n', "%s", line);
}

static void expect_number(struct kunit *test, const char *text, const char *name, u64 value)
{
	char line[96];

	snprintf(line, sizeof(line), "\n  \"%s\": %llu", name, value);
	expect_line(test, text, line);
}

static void expect_string(struct kunit *test, const char *text, const char *name,
			  const char *value)
{
	char line[96];

	snprintf(line, sizeof(line), "\n  \"%s\": \"%s\"", name, value);
	expect_line(test, text, line);
}

static unsigned int members_of(const char *text)
{
	unsigned int count = 0;

	while ((text = strstr(text, "\n  \""))) {
		count++;
		text++;
	}
	return count;
}

/* Lines of abi_layout.h, which is checked in and compared with what the compiler has */
#define ABI_CONSTANT(name, value)	(expect_number(test, text, #name, value), count++)
#define ABI_STRUCT(name, size)		(expect_number(test, text, #name, size), count++)
#define ABI_STRING(name, value)		(expect_string(test, text, #name, value), count++)
#define ABI_MEMBER(...)			do { } while (0)
#define ABI_ARRAY(...)			do { } while (0)

static void catalogue_is_what_is_locked(struct kunit *test)
{
	const char *text = catalogue(test);
	unsigned int count = 0;

#include "../../drivers/iommu/liveupdate/abi_layout.h"

	KUNIT_EXPECT_GT(test, count, 0);
	/* And the name of what is only read */
	expect_line(test, text, "\n  \"memfd-v2\"");
	KUNIT_EXPECT_EQ(test, members_of(text), count + 1);
}

static void catalogue_has_the_fingerprint(struct kunit *test)
{
	char line[64];

	snprintf(line, sizeof(line), "\n \"fingerprint\": \"%016llx\"", IOMMU_ABI_FINGERPRINT);
	expect_line(test, catalogue(test), line);
}

/* JSON, as far as the catalogue has it */

static const char *skip_value(const char *text);

static const char *skip_string(const char *text)
{
	if (!text || *text != '"')
		return NULL;
	text = strpbrk(text + 1, "\"\\\n");
	return text && *text == '"' ? skip_spaces(text + 1) : NULL;
}

static const char *skip_number(const char *text)
{
	if (!isdigit(*text))
		return NULL;
	while (isdigit(*text))
		text++;
	return skip_spaces(text);
}

static const char *skip_member(const char *text)
{
	text = skip_string(text);
	return text && *text == ':' ? skip_value(text + 1) : NULL;
}

static const char *skip_list(const char *text, char end)
{
	do {
		text = skip_spaces(text + 1);
		text = end == '}' ? skip_member(text) : skip_value(text);
	} while (text && *text == ',');
	return text && *text == end ? skip_spaces(text + 1) : NULL;
}

static const char *skip_value(const char *text)
{
	text = skip_spaces(text);
	switch (*text) {
	case '{':
		return skip_list(text, '}');
	case '[':
		return skip_list(text, ']');
	case '"':
		return skip_string(text);
	default:
		return skip_number(text);
	}
}

static void catalogue_is_json(struct kunit *test)
{
	const char *end = skip_value(catalogue(test));

	KUNIT_ASSERT_NOT_NULL(test, end);
	KUNIT_EXPECT_STREQ(test, end, "");
}

static struct kunit_case iommu_catalogue_cases[] = {
	KUNIT_CASE(catalogue_is_what_is_locked),
	KUNIT_CASE(catalogue_has_the_fingerprint),
	KUNIT_CASE(catalogue_is_json),
	{}
};

static struct kunit_suite iommu_catalogue_suite = {
	.name = "iommu_catalogue",
	.test_cases = iommu_catalogue_cases,
};

kunit_test_suite(iommu_catalogue_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the catalogue of the handover ABI");
