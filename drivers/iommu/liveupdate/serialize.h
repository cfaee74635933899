/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_SERIALIZE_H
#define __IOMMU_LIVEUPDATE_SERIALIZE_H

#include <linux/iommu-liveupdate.h>

#include "records.h"

/**
 * struct iommu_outgoing_family - The records of one family for the next kernel
 * @records: List of &struct iommu_record.
 * @keys: The same by their keys.
 * @count: Number of records in the list.
 * @blocks: Room for as many.
 */
struct iommu_outgoing_family {
	struct list_head records;
	struct rb_root keys;
	u32 count;
	struct kho_block_set blocks;
};

/**
 * struct iommu_outgoing - What is handed over to the next kernel
 * @header: The header, in preserved memory.
 * @families: The records.
 */
struct iommu_outgoing {
	struct iommu_header_ser *header;
	struct iommu_outgoing_family families[IOMMU_NR_FAMILIES];
};

int iommu_outgoing_init(struct iommu_outgoing *out);
void iommu_outgoing_destroy(struct iommu_outgoing *out);

int iommu_outgoing_add_unit(struct iommu_outgoing *out,
			    struct iommu_liveupdate_unit *unit);
int iommu_outgoing_add_domain(struct iommu_outgoing *out,
			      struct iommu_liveupdate_domain *domain);
int iommu_outgoing_add_device(struct iommu_outgoing *out,
			      struct iommu_liveupdate_device *device);
int iommu_outgoing_add_attachment(struct iommu_outgoing *out,
				  struct iommu_liveupdate_attachment *attachment);

void iommu_outgoing_remove_unit(struct iommu_outgoing *out,
				struct iommu_liveupdate_unit *unit);
void iommu_outgoing_remove_domain(struct iommu_outgoing *out,
				  struct iommu_liveupdate_domain *domain);
void iommu_outgoing_remove_device(struct iommu_outgoing *out,
				  struct iommu_liveupdate_device *device);
void iommu_outgoing_remove_attachment(struct iommu_outgoing *out,
				      struct iommu_liveupdate_attachment *attachment);

void iommu_vendor_chain_init(struct iommu_vendor_chain *chain,
			     const struct iommu_vendor_chain_format *format);
int iommu_vendor_chain_resize(struct iommu_vendor_chain *chain, u32 count);

u64 iommu_outgoing_write(struct iommu_outgoing *out);

#endif
