/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BACKENDS_H
#define BACKENDS_H

struct iommu_vendor_records;

const struct iommu_vendor_records *const *backends(void);

#endif /* BACKENDS_H */
