/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_CHECK_H
#define __IOMMU_LIVEUPDATE_CHECK_H

#include <linux/iommu-liveupdate.h>

#include "claims.h"

/* Room for what iommu_record_describe() has to say, in bytes */
#define IOMMU_RECORD_TEXT	160

/**
 * struct iommu_record_check - The check of one record
 * @error: Where the first thing that is wrong is taken down.
 * @claims: Memory that records name, NULL for what this kernel writes: its
 *          memory is known, and not looked up.
 * @rank: How much depends on the record.
 */
struct iommu_record_check {
	struct iommu_record_error *error;
	struct iommu_claims *claims;
	enum iommu_claim_rank rank;
};

int iommu_record_fail(struct iommu_record_error *error, int err,
		      const char *member, u64 value, const char *reason);
void iommu_record_describe(char *buf, size_t size, const char *what,
			   const struct iommu_record_error *error);
void iommu_record_log(const char *what, const struct iommu_record_error *error);

int iommu_check_header(const struct iommu_header_ser *header,
		       struct iommu_record_error *error);
int iommu_check_unit(const struct iommu_unit_ser *unit,
		     struct iommu_record_check *check);
int iommu_check_domain(const struct iommu_domain_ser *domain,
		       struct iommu_record_check *check);
int iommu_check_device(const struct iommu_device_ser *device,
		       struct iommu_record_check *check);
int iommu_check_pasid(u32 pasid, struct iommu_record_check *check);
int iommu_check_attachment(const struct iommu_attachment_ser *attachment,
			   struct iommu_record_check *check);
int iommu_check_backends(const struct iommu_liveupdate_attachment *attachment,
			 struct iommu_record_check *check);

#endif
