/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_FAULTS_H
#define __IOMMU_LIVEUPDATE_FAULTS_H

#include <linux/types.h>

struct iommu_outgoing;

/**
 * enum iommu_omission - A piece of a live update that can be left out
 * @IOMMU_OMIT_BUS_MASTER: Bus mastering of preserved devices goes on.
 * @IOMMU_OMIT_BRIDGES: That of the bridges above them does.
 * @IOMMU_OMIT_STOP: Bus mastering of all other devices ends.
 * @IOMMU_OMIT_TRANSLATION: Translation stays enabled.
 * @IOMMU_OMIT_SHADOW_ROOT: The hardware gets the shadow root.
 * @IOMMU_OMIT_INVALIDATION: It forgets what it knows of the tables before.
 * @IOMMU_OMIT_INTERRUPT_TABLE: The interrupt remapping table is cleared.
 * @IOMMU_OMIT_TABLE_PAGES: The memory of all tables is preserved.
 * @IOMMU_OMIT_DOMAIN_IDS: The next kernel gives no domain ID away that is in use.
 */
enum iommu_omission {
	IOMMU_OMIT_BUS_MASTER,
	IOMMU_OMIT_BRIDGES,
	IOMMU_OMIT_STOP,
	IOMMU_OMIT_TRANSLATION,
	IOMMU_OMIT_SHADOW_ROOT,
	IOMMU_OMIT_INVALIDATION,
	IOMMU_OMIT_INTERRUPT_TABLE,
	IOMMU_OMIT_TABLE_PAGES,
	IOMMU_OMIT_DOMAIN_IDS,
	/* private: */
	IOMMU_NR_OMISSIONS
};

#ifdef CONFIG_IOMMU_LIVEUPDATE_FAULTS

bool iommu_liveupdate_omits(enum iommu_omission omission);
void iommu_liveupdate_damage(struct iommu_outgoing *out);

#else

static inline bool iommu_liveupdate_omits(enum iommu_omission omission)
{
	return false;
}

static inline void iommu_liveupdate_damage(struct iommu_outgoing *out)
{
}

#endif

#endif
