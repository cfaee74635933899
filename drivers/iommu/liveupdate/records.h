/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_RECORDS_H
#define __IOMMU_LIVEUPDATE_RECORDS_H

#include <linux/iommu-liveupdate.h>

#include "abi_fingerprint.h"

/* What the header of an image of this version has to say about its layout */
static inline u64 iommu_abi_fingerprint(void)
{
	return IOMMU_ABI_VERSION_MAJOR ? 0 : IOMMU_ABI_FINGERPRINT;
}

/**
 * enum iommu_family - The families of records, in the order of the header
 * @IOMMU_UNITS: &struct iommu_unit_ser.
 * @IOMMU_DOMAINS: &struct iommu_domain_ser.
 * @IOMMU_DEVICES: &struct iommu_device_ser.
 * @IOMMU_ATTACHMENTS: &struct iommu_attachment_ser.
 */
enum iommu_family {
	IOMMU_UNITS,
	IOMMU_DOMAINS,
	IOMMU_DEVICES,
	IOMMU_ATTACHMENTS,
	/* private: */
	IOMMU_NR_FAMILIES,
};

/**
 * struct iommu_family_info - What distinguishes the families
 * @name: Name of one record, for the log.
 * @chain: Offset of the chain in &struct iommu_header_ser.
 * @chain_name: Name of that member.
 * @max: The most records.
 * @record_size: Size of a record in bytes.
 * @object_size: Size of a description in bytes.
 * @key: Member that names the record, for the log.
 * @key_value: The value of that member.
 * @compare_keys: Compare what no two records may have in common, by
 *                iommu_record::key.
 */
struct iommu_family_info {
	const char *name;
	size_t chain;
	const char *chain_name;
	u32 max;
	u16 record_size;
	size_t object_size;
	const char *key;
	u64 (*key_value)(const struct iommu_record *record);
	int (*compare_keys)(struct rb_node *a, const struct rb_node *b);
};

extern const struct iommu_family_info iommu_families[IOMMU_NR_FAMILIES];

#define to_unit(ptr)	container_of(ptr, struct iommu_liveupdate_unit, record)
#define to_domain(ptr)	container_of(ptr, struct iommu_liveupdate_domain, record)
#define to_device(ptr)	container_of(ptr, struct iommu_liveupdate_device, record)
#define to_attachment(ptr)	\
	container_of(ptr, struct iommu_liveupdate_attachment, record)

#endif
