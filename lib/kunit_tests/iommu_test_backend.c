// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The test backend
 *
 * What the records of a backend without hardware look like. A unit has a root
 * table, and a stream table in parts, of which there are as many as it needs: they
 * are in its vendor chain. A device has a context of its own, or none, and a chain
 * of numbers. It is the pattern of a unit with two-level stream tables.
 *
 * Each member of an area has a range or is memory that was preserved, so that each
 * kind of damage can be done to it.
 */

#include <linux/mm.h>

#include "iommu_test_backend.h"

static void write_unit_entry(const struct iommu_liveupdate_unit *unit, u32 n,
			     void *entry)
{
	const struct test_unit *test_unit = container_of(unit, struct test_unit,
							 unit);

	*(struct test_unit_entry *)entry = (struct test_unit_entry){
		.table_pa = test_unit->parts[n],
		.part = n,
	};
}

static void write_device_entry(const struct iommu_liveupdate_device *device,
			       u32 n, void *entry)
{
	*(struct test_device_entry *)entry = (struct test_device_entry){
		.number = n,
	};
}

/* Words from @first on have no use */
static int check_rest(const u64 *area, size_t first, size_t words,
		      struct iommu_record_check *check)
{
	return iommu_check_zero(check, "vendor", area + first,
				(words - first) * sizeof(*area));
}

static int check_unit(const struct iommu_liveupdate_unit *unit,
		      struct iommu_record_check *check)
{
	return iommu_check_memory(check, "vendor", unit->area[TEST_UNIT_ROOT],
				  PAGE_SIZE) ?:
	       iommu_check_known(check, "vendor",
				 unit->area[TEST_UNIT_CAPABILITIES],
				 TEST_UNIT_CAPABILITIES_KNOWN) ?:
	       check_rest(unit->area, TEST_UNIT_CAPABILITIES + 1,
			  ARRAY_SIZE(unit->area), check);
}

static int check_unit_entry(const struct iommu_liveupdate_unit *unit, u32 n,
			    const void *entry,
			    struct iommu_record_check *check)
{
	const struct test_unit_entry *part = entry;

	return iommu_check_range(check, "vendor_chain", part->part, n, n) ?:
	       iommu_check_memory(check, "vendor_chain", part->table_pa,
				  PAGE_SIZE);
}

static int check_domain(const struct iommu_liveupdate_domain *domain,
			struct iommu_record_check *check)
{
	return iommu_check_range(check, "vendor",
				 domain->area[TEST_DOMAIN_STAGE], 1, 2) ?:
	       check_rest(domain->area, TEST_DOMAIN_STAGE + 1,
			  ARRAY_SIZE(domain->area), check);
}

static int check_device(const struct iommu_liveupdate_device *device,
			struct iommu_record_check *check)
{
	const u64 context = device->area[TEST_DEVICE_CONTEXT];
	int ret = 0;

	if (context)
		ret = iommu_check_memory(check, "vendor", context, PAGE_SIZE);
	return ret ?:
	       iommu_check_range(check, "vendor",
				 device->area[TEST_DEVICE_STREAM], 0,
				 TEST_STREAM_MAX) ?:
	       check_rest(device->area, TEST_DEVICE_STREAM + 1,
			  ARRAY_SIZE(device->area), check);
}

static int check_device_entry(const struct iommu_liveupdate_device *device,
			      u32 n, const void *entry,
			      struct iommu_record_check *check)
{
	const struct test_device_entry *number = entry;

	return iommu_check_range(check, "vendor_chain", number->number, n, n) ?:
	       iommu_check_known(check, "vendor_chain", number->flags, 0);
}

static int check_attachment(const struct iommu_liveupdate_attachment *attachment,
			    struct iommu_record_check *check)
{
	return iommu_check_range(check, "hardware_id", attachment->hardware_id,
				 TEST_HARDWARE_ID_MIN, TEST_HARDWARE_ID_MAX) ?:
	       check_rest(attachment->area, 0, ARRAY_SIZE(attachment->area),
			  check);
}

const struct iommu_vendor_records test_vendor_records = {
	.unit_type = IOMMU_UNIT_TYPE_TEST,
	.unit_chain = {
		.entry_size = sizeof(struct test_unit_entry),
		.version = 1,
	},
	.device_chain = {
		.entry_size = sizeof(struct test_device_entry),
		.version = 3,
	},
	.write_unit_entry = write_unit_entry,
	.write_device_entry = write_device_entry,
	.check_unit = check_unit,
	.check_unit_entry = check_unit_entry,
	.check_domain = check_domain,
	.check_device = check_device,
	.check_device_entry = check_device_entry,
	.check_attachment = check_attachment,
};

const struct iommu_vendor_records *const test_vendors[] = {
	&test_vendor_records, NULL,
};
