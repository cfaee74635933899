/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_CHAIN_H
#define __IOMMU_LIVEUPDATE_CHAIN_H

#include <linux/kho/abi/iommu.h>
#include <linux/kho_block.h>

struct iommu_record_check;

struct iommu_chain_ser iommu_chain_encode(struct kho_block_set *blocks, u32 count,
					  u16 version);
struct iommu_chain_ser iommu_chain_encode_records(struct kho_block_set *blocks,
						  u32 count);
int iommu_chain_restore(struct kho_block_set *blocks,
			const struct iommu_chain_ser *chain, u32 max,
			const char *member, struct iommu_record_check *check);
int iommu_chain_restore_records(struct kho_block_set *blocks,
				const struct iommu_chain_ser *chain, u16 record_size,
				u32 max, const char *member,
				struct iommu_record_check *check);

#endif
