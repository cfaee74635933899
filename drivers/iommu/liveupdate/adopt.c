// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Taking units over
 *
 * The order in which a unit is taken over, and what a failure costs, is the same for
 * all backends. A driver asks for it as soon as it can invalidate, and before it
 * would change anything that the unit reads.
 *
 * Happy path, iommu_liveupdate_adopt():
 *
 * 1. The record of the unit is looked up by type and address.
 * 2. iommu_liveupdate_ops::adopt_unit takes the tables of the unit over.
 * 3. iommu_liveupdate_ops::adopt_attachment takes each attachment over that is
 *    good.
 * 4. iommu_liveupdate_ops::block_others clears what is left.
 *
 * Unhappy paths:
 *
 * * Nothing was handed over, or not this unit, or its record is bad: an errno. The
 *   driver abandons the unit if it translates.
 * * The hardware differs from the record of the unit: the same, and the unit's
 *   record is marked as lost.
 * * It differs from the records of a device: these are marked as lost, and step 4
 *   cuts the device off.
 * * A second call for the same unit, after a unit was removed and added again for
 *   instance, does nothing: its devices are no longer what the records say.
 */

#define pr_fmt(fmt)	"iommu: liveupdate: " fmt

#include <linux/cleanup.h>
#include <linux/mutex.h>

#include "adopt.h"
#include "blackout.h"
#include "check.h"
#include "deserialize.h"

/* Protects the pointer, while a unit is being taken over. */
static DEFINE_MUTEX(adopt_lock);
static struct iommu_incoming *incoming;

/**
 * iommu_liveupdate_set_incoming - Say what the previous kernel has handed over
 * @in: What was read, or NULL. It stays with the caller.
 *
 * Context: May sleep. Waits until a unit is taken over.
 */
void iommu_liveupdate_set_incoming(struct iommu_incoming *in)
{
	guard(mutex)(&adopt_lock);
	WRITE_ONCE(incoming, in);
}

/**
 * iommu_liveupdate_incoming - What the previous kernel has handed over
 *
 * Context: Any.
 * Return: what was read, good or not, or NULL.
 */
struct iommu_incoming *iommu_liveupdate_incoming(void)
{
	return READ_ONCE(incoming);
}

/**
 * iommu_liveupdate_is_incoming - Whether the previous kernel has handed units over
 *
 * Context: Any.
 * Return: true if there are any, good or not.
 */
bool iommu_liveupdate_is_incoming(void)
{
	const struct iommu_incoming *in = iommu_liveupdate_incoming();

	return in && in->count[IOMMU_UNITS];
}

/**
 * iommu_adopted_units - How many units were taken over
 *
 * Context: May sleep.
 * Return: their number.
 */
u32 iommu_adopted_units(void)
{
	u32 count = 0;

	guard(mutex)(&adopt_lock);
	for (u32 i = 0; incoming && i < incoming->count[IOMMU_UNITS]; i++)
		count += incoming->units[i].adopted;
	return count;
}

static struct iommu_liveupdate_unit *find_unit(struct iommu_incoming *in, u32 type,
					       u64 id)
{
	struct iommu_liveupdate_unit *unit;

	for (u32 i = 0; i < in->count[IOMMU_UNITS]; i++) {
		unit = &in->units[i];
		if (!unit->record.error.err && unit->vendor->unit_type == type &&
		    unit->id == id)
			return unit;
	}
	return NULL;
}

/**
 * iommu_incoming_lose - Mark a record as lost, as the hardware differs from it
 * @in: What was handed over
 * @family: Family of the record
 * @record: The record; nothing happens if it is lost already
 * @err: Negative errno
 *
 * Context: Any. The caller serializes all calls for one record.
 */
void iommu_incoming_lose(struct iommu_incoming *in, enum iommu_family family,
			 struct iommu_record *record, int err)
{
	if (record->error.err)
		return;
	iommu_record_fail(&record->error, err, iommu_families[family].key,
			  iommu_families[family].key_value(record),
			  "is not what the hardware has");
	in->lost[family]++;
}

static void lose_unit(struct iommu_incoming *in, struct iommu_liveupdate_unit *unit,
		      int err)
{
	struct iommu_liveupdate_attachment *attachment;

	iommu_incoming_lose(in, IOMMU_UNITS, &unit->record, err);
	for (u32 i = 0; i < in->count[IOMMU_ATTACHMENTS]; i++) {
		attachment = &in->attachments[i];
		if (attachment->record.error.err || attachment->device->unit != unit)
			continue;
		iommu_incoming_lose(in, IOMMU_ATTACHMENTS, &attachment->record, err);
		iommu_incoming_lose(in, IOMMU_DEVICES, &attachment->device->record, err);
	}
}

static bool is_good(const struct iommu_liveupdate_attachment *attachment)
{
	return !attachment->record.error.err &&
	       !attachment->device->record.error.err &&
	       !attachment->domain->record.error.err;
}

static void adopt_attachments(struct iommu_incoming *in, struct iommu_device *iommu,
			      const struct iommu_liveupdate_ops *ops,
			      struct iommu_liveupdate_unit *unit)
{
	struct iommu_liveupdate_attachment *attachment;
	int ret;

	for (u32 i = 0; i < in->count[IOMMU_ATTACHMENTS]; i++) {
		attachment = &in->attachments[i];
		if (!is_good(attachment) || attachment->device->unit != unit)
			continue;
		ret = ops->adopt_attachment(iommu, attachment);
		if (!ret)
			continue;
		iommu_incoming_lose(in, IOMMU_ATTACHMENTS, &attachment->record, ret);
		iommu_incoming_lose(in, IOMMU_DEVICES, &attachment->device->record, ret);
	}
}

/**
 * iommu_liveupdate_adopt - Take a unit over from the previous kernel
 * @iommu: The unit; the driver can invalidate
 * @ops: Operations of the backend
 * @id: What the unit is known by, see iommu_liveupdate_unit::id
 *
 * Context: May sleep.
 * Return: 0; -ENOENT if no unit of this kind and id was handed over; or what
 * iommu_liveupdate_ops::adopt_unit has returned.
 */
int iommu_liveupdate_adopt(struct iommu_device *iommu,
			   const struct iommu_liveupdate_ops *ops, u64 id)
{
	struct iommu_liveupdate_unit *unit;
	int ret;

	guard(iommu_blackout)(&iommu_blackout_take_over);
	guard(mutex)(&adopt_lock);
	if (!incoming || incoming->error.err)
		return -ENOENT;
	unit = find_unit(incoming, ops->records->unit_type, id);
	if (!unit)
		return -ENOENT;
	if (unit->adopted)
		return 0;
	ret = ops->adopt_unit(iommu, unit);
	if (ret) {
		lose_unit(incoming, unit, ret);
		return ret;
	}
	unit->adopted = true;
	adopt_attachments(incoming, iommu, ops, unit);
	ops->block_others(iommu);
	return 0;
}
