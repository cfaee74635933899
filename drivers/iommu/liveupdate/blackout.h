/* SPDX-License-Identifier: GPL-2.0-only */
/* How much of a live update's blackout is due to IOMMUs and their devices. */
#ifndef __IOMMU_LIVEUPDATE_BLACKOUT_H
#define __IOMMU_LIVEUPDATE_BLACKOUT_H

#include <linux/cleanup.h>
#include <linux/init.h>
#include <linux/spinlock.h>

/**
 * struct iommu_blackout - A part of the blackout
 * @lock: Protects the rest.
 * @users: Who is at work in it, each caller of a caller once more.
 * @since: When the first of them began, in ns.
 * @ns: How long anybody was, before that.
 */
struct iommu_blackout {
	raw_spinlock_t lock;
	unsigned int users;
	u64 since;
	u64 ns;
};

extern struct iommu_blackout iommu_blackout_freeze;
extern struct iommu_blackout iommu_blackout_shutdown;
extern struct iommu_blackout iommu_blackout_take_over;

void iommu_blackout_enter(struct iommu_blackout *part);
void iommu_blackout_leave(struct iommu_blackout *part);
void iommu_blackout_forget(struct iommu_blackout *part);
void iommu_blackout_log_shutdown(void);

/* Account the rest of a scope to a part: guard(iommu_blackout)(&part) */
DEFINE_GUARD(iommu_blackout, struct iommu_blackout *, iommu_blackout_enter(_T),
	     iommu_blackout_leave(_T))

#if IS_ENABLED(CONFIG_KUNIT)
u64 iommu_blackout_clock(void);
int iommu_blackout_log_take_over(void);
#endif

#endif
