// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Kept or cut off
 *
 * Whoever shuts a piece of hardware down asks here whether the next kernel goes on
 * with it. One answer for all, so that no two of them can disagree: a device must
 * not keep bus mastering behind a unit that stops translating.
 *
 * Happy path: the record is in what is handed over, the records have been written,
 * and what is under way is a kexec. Then the hardware is kept.
 *
 * Unhappy paths, in all of which it is shut down as ever:
 *
 * * A reboot or a halt, with a session open: nothing was written.
 * * A kexec without the Live Update Orchestrator: nothing was written.
 * * A kexec that failed, after which the system went on and rebooted: what was
 *   written is taken back by iommu_liveupdate_set_written().
 * * A second kexec while the session of the first is not finished: what came from
 *   the previous kernel is not in what is handed over to the next one.
 */

#include <linux/iommu-liveupdate.h>
#include <linux/kexec.h>

#include <kunit/static_stub.h>
#include <kunit/visibility.h>

#include "kept.h"

static bool records_written;

/* A test says so. */
VISIBLE_IF_KUNIT bool iommu_is_kexec(void)
{
	KUNIT_STATIC_STUB_REDIRECT(iommu_is_kexec);
	return kexec_in_progress;
}

/**
 * iommu_liveupdate_set_written - Note whether the records are written
 * @written: They are; or the update was cancelled
 *
 * Context: Any. Called before kexec shuts devices down, or after it has failed.
 */
void iommu_liveupdate_set_written(bool written)
{
	WRITE_ONCE(records_written, written);
}

/**
 * iommu_liveupdate_is_written - Whether the records are written
 *
 * Context: Any.
 * Return: true if they are.
 */
bool iommu_liveupdate_is_written(void)
{
	return READ_ONCE(records_written);
}

/**
 * iommu_liveupdate_hands_over - Whether this kernel ends, and hands over what is preserved
 *
 * Context: Any, the end of a kernel included.
 * Return: true if it does.
 */
bool iommu_liveupdate_hands_over(void)
{
	return iommu_liveupdate_is_written() && iommu_is_kexec();
}

/**
 * iommu_record_kept - Whether the next kernel goes on with something
 * @record: Its record, or NULL if it has none
 *
 * Context: Any, the end of a kernel included.
 * Return: true if it is kept.
 */
bool iommu_record_kept(const struct iommu_record *record)
{
	return record && record->listed && iommu_liveupdate_hands_over();
}

/**
 * iommu_liveupdate_kept - Whether the next kernel goes on with a unit
 * @unit: Its description
 *
 * Context: Any, the end of a kernel included.
 * Return: true if it is kept.
 */
bool iommu_liveupdate_kept(const struct iommu_liveupdate_unit *unit)
{
	return iommu_record_kept(&unit->record);
}
