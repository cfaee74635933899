/* SPDX-License-Identifier: GPL-2.0-only */
/* What the suites about registers of the VT-d unit share. */

#ifndef _LIB_KUNIT_TESTS_VTD_REGISTER_CASES_H
#define _LIB_KUNIT_TESTS_VTD_REGISTER_CASES_H

#include "vtd_test_unit.h"

/* Where the registers without a fixed place are, typed as everything else here */
#define CASE_FAULT_RECORDS	0x400
#define CASE_NR_FAULT_RECORDS	8
#define CASE_IVA		0x500
#define CASE_IOTLB		0x508

/**
 * struct case_write - A write of a register
 * @offset: Where.
 * @size: Bytes, 0 for no write.
 * @value: What.
 */
struct case_write {
	u32 offset;
	u8 size;
	u64 value;
};

#define W32(offset, value)	{ (offset), 4, (value) }
#define W64(offset, value)	{ (offset), 8, (value) }

extern const struct vtd_settings case_settings;

struct vtd_test_unit *case_unit(struct kunit *test, u64 without_cap,
				u64 without_ecap, u8 latency);
void case_write(struct vtd_test_unit *unit, const struct case_write *write);
u64 case_read(struct vtd_test_unit *unit, u32 offset, unsigned int size);
void case_expect_misuse(struct vtd_test_unit *unit, const char *text);
void case_expect_event(struct vtd_test_unit *unit, unsigned int index,
		       const struct vtd_event *expected);

#endif /* _LIB_KUNIT_TESTS_VTD_REGISTER_CASES_H */
