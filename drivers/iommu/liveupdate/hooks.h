/* SPDX-License-Identifier: GPL-2.0-only */
/* What the IOMMU core calls, where the life of a device or of a group goes on. */
#ifndef __IOMMU_LIVEUPDATE_HOOKS_H
#define __IOMMU_LIVEUPDATE_HOOKS_H

#include <linux/iommu.h>

#ifdef CONFIG_IOMMU_LIVEUPDATE
#include <linux/iommu-liveupdate.h>

#include "adopt.h"

/* preserve.c */
int iommu_liveupdate_preserve_device(struct iommu_domain *domain, struct device *dev,
				     u64 *owner);
void iommu_liveupdate_unpreserve_device(struct device *dev);
void iommu_liveupdate_drop_domain(struct iommu_domain *domain);

/* restore.c */
void iommu_liveupdate_get_record(struct device *dev);
void iommu_liveupdate_put_record(struct device *dev);
struct iommu_domain *iommu_liveupdate_first_domain(struct device *dev);
void iommu_liveupdate_released(struct device *dev);

/**
 * iommu_liveupdate_owner - Who owns the DMA of a device that was handed over
 * @dev: The device, which is being probed or was
 *
 * Nobody else has that pointer, so that nobody else can claim the device.
 *
 * Context: The mutex of the group is held, or the device is in none yet.
 * Return: the owner, or NULL if the device was not handed over.
 */
static inline void *iommu_liveupdate_owner(struct device *dev)
{
	return dev->iommu ? dev->iommu->incoming : NULL;
}

/**
 * iommu_liveupdate_holds - Whether a device has to be left alone
 * @dev: The device
 *
 * Context: As for iommu_liveupdate_owner().
 * Return: true if it is preserved for the next kernel, or was handed over by the
 * previous one and has not been given back.
 */
static inline bool iommu_liveupdate_holds(struct device *dev)
{
	return dev->iommu && (dev->iommu->preserved || dev->iommu->incoming);
}

#else

static inline void iommu_liveupdate_unpreserve_device(struct device *dev) { }
static inline void iommu_liveupdate_get_record(struct device *dev) { }
static inline void iommu_liveupdate_put_record(struct device *dev) { }
static inline void iommu_liveupdate_released(struct device *dev) { }

static inline bool iommu_liveupdate_is_incoming(void)
{
	return false;
}

static inline struct iommu_domain *iommu_liveupdate_first_domain(struct device *dev)
{
	return NULL;
}

static inline void *iommu_liveupdate_owner(struct device *dev)
{
	return NULL;
}

static inline bool iommu_liveupdate_holds(struct device *dev)
{
	return false;
}

#endif /* CONFIG_IOMMU_LIVEUPDATE */

#endif
