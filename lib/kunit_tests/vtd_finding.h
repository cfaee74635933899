/* SPDX-License-Identifier: GPL-2.0-only */
/* What a double of a VT-d unit finds wrong, and what its case says about it. */

#ifndef _LIB_KUNIT_TESTS_VTD_FINDING_H
#define _LIB_KUNIT_TESTS_VTD_FINDING_H

#include <linux/compiler_attributes.h>
#include <linux/limits.h>
#include <linux/types.h>

struct kunit;

/* vtd_finding::expected: any number of them, none included. */
#define VTD_ANY_NUMBER		UINT_MAX

#define VTD_FINDING_TEXT	160

/**
 * struct vtd_finding - One kind of thing that is wrong
 * @what: The kind.
 * @count: How often it was seen.
 * @expected: How often the case expects it, or %VTD_ANY_NUMBER.
 * @first: The first one that was not expected.
 */
struct vtd_finding {
	const char *what;
	unsigned int count;
	unsigned int expected;
	char first[VTD_FINDING_TEXT];
};

void __printf(2, 3) vtd_finding_note(struct vtd_finding *finding,
				     const char *format, ...);
bool vtd_finding_is_expected(const struct vtd_finding *finding);
bool vtd_finding_judge(struct kunit *test, const struct vtd_finding *finding);

#endif /* _LIB_KUNIT_TESTS_VTD_FINDING_H */
