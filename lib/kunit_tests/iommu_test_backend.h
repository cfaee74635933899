/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The least that a backend adds to the records: the second user, beside the
 * hardware's, that keeps the cores from knowing any hardware.
 */

#ifndef _LIB_KUNIT_TESTS_IOMMU_TEST_BACKEND_H
#define _LIB_KUNIT_TESTS_IOMMU_TEST_BACKEND_H

#include <linux/iommu-liveupdate.h>

/* Words of iommu_liveupdate_unit::area; the others are 0 */
#define TEST_UNIT_ROOT		0 /* Physical address of the root table */
#define TEST_UNIT_CAPABILITIES	1 /* Any of TEST_UNIT_CAPABILITIES_KNOWN */

#define TEST_UNIT_CAPABILITIES_KNOWN	0xffULL

/* Words of iommu_liveupdate_device::area; the others are 0 */
#define TEST_DEVICE_CONTEXT	0 /* Physical address of its context, or 0 */
#define TEST_DEVICE_STREAM	1 /* 0 to TEST_STREAM_MAX */

#define TEST_STREAM_MAX		0xffffffULL

/* Words of iommu_liveupdate_domain::area; the others are 0 */
#define TEST_DOMAIN_STAGE	0 /* 1 or 2 */

/* iommu_liveupdate_attachment::hardware_id; its area is 0 */
#define TEST_HARDWARE_ID_MIN	2
#define TEST_HARDWARE_ID_MAX	0xffff

/**
 * struct test_unit_entry - A part of the stream table of a unit
 * @table_pa: Physical address of the part, a page.
 * @part: Which part, in ascending order.
 */
struct test_unit_entry {
	u64 table_pa;
	u64 part;
};

/**
 * struct test_device_entry - What a device does under a number
 * @number: From 0, without a gap.
 * @flags: 0.
 */
struct test_device_entry {
	u32 number;
	u32 flags;
};

/**
 * struct test_unit - A unit of the test backend
 * @unit: The unit.
 * @parts: Physical addresses of the parts of its stream table.
 */
struct test_unit {
	struct iommu_liveupdate_unit unit;
	const u64 *parts;
};

extern const struct iommu_vendor_records test_vendor_records;
extern const struct iommu_vendor_records *const test_vendors[];

#endif /* _LIB_KUNIT_TESTS_IOMMU_TEST_BACKEND_H */
