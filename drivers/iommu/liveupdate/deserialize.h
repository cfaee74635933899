/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_DESERIALIZE_H
#define __IOMMU_LIVEUPDATE_DESERIALIZE_H

#include <linux/iommu-liveupdate.h>

#include "records.h"

/**
 * struct iommu_incoming - What the previous kernel has handed over
 * @header_pa: Physical address of the header.
 * @blocks: The records, which stay with KHO.
 * @units: The units.
 * @domains: The domains.
 * @devices: The devices.
 * @attachments: The attachments.
 * @count: Number of descriptions in each of these.
 * @lost: How many of them cannot be used: those whose iommu_record::error is set.
 * @keys: The devices by their keys, see iommu_restore_begin().
 * @error: Why nothing can be used.
 */
struct iommu_incoming {
	u64 header_pa;
	struct kho_block_set blocks[IOMMU_NR_FAMILIES];
	struct iommu_liveupdate_unit *units;
	struct iommu_liveupdate_domain *domains;
	struct iommu_liveupdate_device *devices;
	struct iommu_liveupdate_attachment *attachments;
	u32 count[IOMMU_NR_FAMILIES];
	u32 lost[IOMMU_NR_FAMILIES];
	struct rb_root keys;
	struct iommu_record_error error;
};

int iommu_incoming_read(struct iommu_incoming *in, u64 header_pa,
			const struct iommu_vendor_records *const vendors[]);
void iommu_incoming_log(const struct iommu_incoming *in);
void iommu_incoming_release(struct iommu_incoming *in);
void iommu_incoming_finish(struct iommu_incoming *in);

struct iommu_record *iommu_incoming_record(const struct iommu_incoming *in,
					   enum iommu_family family, u32 index);

#endif
