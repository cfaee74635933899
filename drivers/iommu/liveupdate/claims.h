/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_CLAIMS_H
#define __IOMMU_LIVEUPDATE_CLAIMS_H

#include <linux/types.h>

struct iommu_record_error;

/**
 * enum iommu_claim_rank - How much depends on memory, the most first
 * @IOMMU_CLAIM_IMAGE: Everything.
 * @IOMMU_CLAIM_UNIT: A unit and its devices.
 * @IOMMU_CLAIM_DOMAIN: The devices that are attached to a domain.
 * @IOMMU_CLAIM_DEVICE: A device.
 */
enum iommu_claim_rank {
	IOMMU_CLAIM_IMAGE,
	IOMMU_CLAIM_UNIT,
	IOMMU_CLAIM_DOMAIN,
	IOMMU_CLAIM_DEVICE,
};

/**
 * struct iommu_claim - A record says that memory is its own
 * @phys: Where the memory begins.
 * @member: Member of the record that says so.
 * @error: The error of the record.
 * @rank: How much depends on the record.
 */
struct iommu_claim {
	u64 phys;
	const char *member;
	struct iommu_record_error *error;
	enum iommu_claim_rank rank;
};

/**
 * struct iommu_claims - All memory that records name
 * @array: The claims.
 * @count: Number of claims.
 * @capacity: Number of claims that @array has room for.
 * @err: -ENOMEM if a claim could not be added, else 0.
 */
struct iommu_claims {
	struct iommu_claim *array;
	size_t count;
	size_t capacity;
	int err;
};

void iommu_claims_add(struct iommu_claims *claims,
		      const struct iommu_claim *claim);
int iommu_claims_settle(struct iommu_claims *claims);
void iommu_claims_free(struct iommu_claims *claims);

#endif
