// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: How long it takes
 *
 * No guest runs from when user space is frozen until that of the next kernel is up. What
 * IOMMUs and their devices add to that is accounted by whoever is called by the rest of
 * the kernel, in three parts: freeze and shutdown of the old kernel, and taking over by
 * the new one. Each kernel says once, when its parts are over, how long they took.
 *
 * Happy path:
 *
 * 1. A scope begins with guard(iommu_blackout)(). Time counts once, however many scopes
 *    are within each other, or run on other CPUs.
 * 2. The driver of the units, when it has shut down all of them, calls
 *    iommu_blackout_log_shutdown().
 * 3. The next kernel says the same of itself when it has booted.
 *
 * Unhappy paths:
 *
 * * It is no live update: nothing is said.
 * * The update is cancelled: the time of the freeze is forgotten.
 * * A device is probed later: its time is not told.
 *
 * The clock is sched_clock(): it takes no lock, and needs neither timekeeping, which
 * comes later, nor ticks, which have ended. ktime_get() would wait for ever for a CPU that
 * was stopped while it kept the time, and local_clock() goes on for one tick at most. It
 * may differ between CPUs.
 */

#define pr_fmt(fmt)	"iommu: liveupdate: " fmt

#include <linux/init.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/sched/clock.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "adopt.h"
#include "blackout.h"
#include "kept.h"
#include "restore.h"

/* A lock each: a CPU that was stopped can't hold that of a part which comes later. */
#define BLACKOUT(part)	{ .lock = __RAW_SPIN_LOCK_UNLOCKED((part).lock) }

struct iommu_blackout iommu_blackout_freeze = BLACKOUT(iommu_blackout_freeze);
EXPORT_SYMBOL_GPL(iommu_blackout_freeze);

struct iommu_blackout iommu_blackout_shutdown = BLACKOUT(iommu_blackout_shutdown);
struct iommu_blackout iommu_blackout_take_over = BLACKOUT(iommu_blackout_take_over);

/* A test makes time pass. */
VISIBLE_IF_KUNIT u64 iommu_blackout_clock(void)
{
	KUNIT_STATIC_STUB_REDIRECT(iommu_blackout_clock);
	return sched_clock();
}

/**
 * iommu_blackout_enter - Begin to account time to a part of the blackout
 * @part: The part
 *
 * Context: Any, the end of a kernel included.
 */
void iommu_blackout_enter(struct iommu_blackout *part)
{
	u64 now = iommu_blackout_clock();

	guard(raw_spinlock_irqsave)(&part->lock);
	if (!part->users++)
		part->since = now;
}
EXPORT_SYMBOL_GPL(iommu_blackout_enter);

/**
 * iommu_blackout_leave - Undo iommu_blackout_enter()
 * @part: The part
 *
 * Context: Any, the end of a kernel included.
 */
void iommu_blackout_leave(struct iommu_blackout *part)
{
	u64 now = iommu_blackout_clock();

	guard(raw_spinlock_irqsave)(&part->lock);
	if (!--part->users)
		part->ns += max_t(s64, now - part->since, 0);
}
EXPORT_SYMBOL_GPL(iommu_blackout_leave);

/**
 * iommu_blackout_forget - Have nothing accounted to a part
 * @part: The part
 *
 * Context: Any.
 */
void iommu_blackout_forget(struct iommu_blackout *part)
{
	guard(raw_spinlock_irqsave)(&part->lock);
	part->ns = 0;
}

static u64 microseconds(struct iommu_blackout *part)
{
	guard(raw_spinlock_irqsave)(&part->lock);
	return div_u64(part->ns, NSEC_PER_USEC);
}

/**
 * iommu_blackout_log_shutdown - Say what the end of this kernel took
 *
 * Context: The end of a kernel, all units are left to the next one.
 */
void iommu_blackout_log_shutdown(void)
{
	if (iommu_liveupdate_hands_over())
		pr_info("freeze took %llu us, shutdown %llu us\n",
			microseconds(&iommu_blackout_freeze),
			microseconds(&iommu_blackout_shutdown));
}

/* Whoever was found while booting has been taken over. */
VISIBLE_IF_KUNIT int iommu_blackout_log_take_over(void)
{
	if (iommu_liveupdate_incoming())
		pr_info("took over %u units and %u devices in %llu us\n",
			iommu_adopted_units(), iommu_restored_devices(),
			microseconds(&iommu_blackout_take_over));
	return 0;
}
late_initcall_sync(iommu_blackout_log_take_over);
