/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Of the VT-d driver, what its records take: its constants are the driver's own, see the
 * Makefile. The rest is declared, and not used.
 */
#ifndef SHIM_INTEL_IOMMU_H
#define SHIM_INTEL_IOMMU_H

#include <linux/bits.h>
#include <linux/iommu.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>

#include "constants.h"

struct intel_iommu {
	void *reg;
	struct iommu_device iommu;
};

#define readq(address)	(*(u64 *)(address))

#endif /* SHIM_INTEL_IOMMU_H */
