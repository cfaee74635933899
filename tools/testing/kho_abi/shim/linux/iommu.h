/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nothing here has an IOMMU: these are only pointed to, or lie in something that is.
 */
#ifndef SHIM_LINUX_IOMMU_H
#define SHIM_LINUX_IOMMU_H

#include <linux/kernel.h>
#include <linux/types.h>

struct iommu_pages_list {
	void *unused;
};

struct iommu_device {
	void *unused;
};

#endif /* SHIM_LINUX_IOMMU_H */
