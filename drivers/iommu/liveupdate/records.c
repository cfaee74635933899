// SPDX-License-Identifier: GPL-2.0-only

/*
 * The families of records: one table that serialize, deserialize and the
 * checks go through.
 */

#include <linux/sort.h>
#include <linux/stddef.h>

#include "records.h"

#define key_to_record(node)	rb_entry(node, struct iommu_record, key)

static u64 unit_key(const struct iommu_record *record)
{
	return to_unit(record)->id;
}

static int compare_units(struct rb_node *a, const struct rb_node *b)
{
	const struct iommu_liveupdate_unit *x = to_unit(key_to_record(a));
	const struct iommu_liveupdate_unit *y = to_unit(key_to_record(b));

	return cmp_int(x->vendor->unit_type, y->vendor->unit_type) ?:
	       cmp_int(x->id, y->id);
}

static u64 domain_key(const struct iommu_record *record)
{
	return to_domain(record)->id;
}

static int compare_domains(struct rb_node *a, const struct rb_node *b)
{
	return cmp_int(domain_key(key_to_record(a)),
		       domain_key(key_to_record(b)));
}

static u64 device_key(const struct iommu_record *record)
{
	return to_device(record)->rid;
}

static int compare_devices(struct rb_node *a, const struct rb_node *b)
{
	const struct iommu_liveupdate_device *x = to_device(key_to_record(a));
	const struct iommu_liveupdate_device *y = to_device(key_to_record(b));

	return cmp_int(x->type, y->type) ?:
	       cmp_int(x->segment, y->segment) ?:
	       cmp_int(x->rid, y->rid) ?:
	       cmp_int(x->id, y->id);
}

static u64 attachment_key(const struct iommu_record *record)
{
	return to_attachment(record)->pasid;
}

static int compare_attachments(struct rb_node *a, const struct rb_node *b)
{
	const struct iommu_liveupdate_attachment *x = to_attachment(key_to_record(a));
	const struct iommu_liveupdate_attachment *y = to_attachment(key_to_record(b));

	return cmp_int(x->device, y->device) ?: cmp_int(x->pasid, y->pasid);
}

const struct iommu_family_info iommu_families[IOMMU_NR_FAMILIES] = {
	[IOMMU_UNITS] = {
		.name = "unit",
		.chain = offsetof(struct iommu_header_ser, units),
		.chain_name = "units",
		.max = IOMMU_ABI_MAX_UNITS,
		.record_size = sizeof(struct iommu_unit_ser),
		.object_size = sizeof(struct iommu_liveupdate_unit),
		.key = "id",
		.key_value = unit_key,
		.compare_keys = compare_units,
	},
	[IOMMU_DOMAINS] = {
		.name = "domain",
		.chain = offsetof(struct iommu_header_ser, domains),
		.chain_name = "domains",
		.max = IOMMU_ABI_MAX_DOMAINS,
		.record_size = sizeof(struct iommu_domain_ser),
		.object_size = sizeof(struct iommu_liveupdate_domain),
		.key = "id",
		.key_value = domain_key,
		.compare_keys = compare_domains,
	},
	[IOMMU_DEVICES] = {
		.name = "device",
		.chain = offsetof(struct iommu_header_ser, devices),
		.chain_name = "devices",
		.max = IOMMU_ABI_MAX_DEVICES,
		.record_size = sizeof(struct iommu_device_ser),
		.object_size = sizeof(struct iommu_liveupdate_device),
		.key = "rid",
		.key_value = device_key,
		.compare_keys = compare_devices,
	},
	[IOMMU_ATTACHMENTS] = {
		.name = "attachment",
		.chain = offsetof(struct iommu_header_ser, attachments),
		.chain_name = "attachments",
		.max = IOMMU_ABI_MAX_ATTACHMENTS,
		.record_size = sizeof(struct iommu_attachment_ser),
		.object_size = sizeof(struct iommu_liveupdate_attachment),
		.key = "pasid",
		.key_value = attachment_key,
		.compare_keys = compare_attachments,
	},
};
