// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Checks of records against each other
 *
 * Each record may be good by itself, and still not all of them can be true. When
 * all are read, this is left to check:
 *
 * * No two records of a family have the same key. Which one is wrong is unknown,
 *   so both are lost.
 * * On a unit, one hardware id stands for one domain, and a domain has one
 *   hardware id. If two domains shared one, cached translations of the one would
 *   serve the other. All attachments that contradict each other are lost.
 * * What depends on something that is lost is lost as well: a device with its unit,
 *   an attachment with its domain or its device, a device with its attachment.
 * * A device without an attachment has nothing that could be kept.
 *
 * A record that is lost already is compared with nothing, so that a damaged record
 * cannot take a good one with it.
 */

#include <linux/slab.h>
#include <linux/sort.h>

#include "check.h"
#include "cross_check.h"
#include "deserialize.h"

/* All good records of a family, for sorting. NULL if there is no memory. */
static struct iommu_record **good_records(const struct iommu_incoming *in,
					  enum iommu_family family, u32 *count)
{
	struct iommu_record **array, *record;

	array = kvmalloc_array(max(in->count[family], 1), sizeof(*array),
			       GFP_KERNEL);
	if (!array)
		return NULL;

	*count = 0;
	for (u32 i = 0; i < in->count[family]; i++) {
		record = iommu_incoming_record(in, family, i);
		if (!record->error.err)
			array[(*count)++] = record;
	}
	return array;
}

static int compare_keys(const void *a, const void *b, const void *priv)
{
	const struct iommu_family_info *info = priv;

	return info->compare_keys(&(*(struct iommu_record *const *)a)->key,
				  &(*(struct iommu_record *const *)b)->key);
}

static void fail_duplicate(const struct iommu_family_info *info,
			   struct iommu_record *record)
{
	iommu_record_fail(&record->error, -EINVAL, info->key,
			  info->key_value(record), "is in two records");
}

static int check_keys(struct iommu_incoming *in, enum iommu_family family)
{
	const struct iommu_family_info *info = &iommu_families[family];
	struct iommu_record **array;
	u32 count;

	array = good_records(in, family, &count);
	if (!array)
		return -ENOMEM;

	sort_r(array, count, sizeof(*array), compare_keys, NULL, info);
	for (u32 i = 1; i < count; i++) {
		if (compare_keys(&array[i - 1], &array[i], info))
			continue;
		fail_duplicate(info, array[i - 1]);
		fail_duplicate(info, array[i]);
	}
	kvfree(array);
	return 0;
}

/* What depends on what */

static void lose(struct iommu_record *record, const struct iommu_record *by,
		 const char *member)
{
	if (record->error.err)
		return;
	iommu_record_fail(&record->error, by->error.err, member, by->index,
			  "is lost");
	record->error.inherited = true;
}

static void lose_devices_of_units(struct iommu_incoming *in)
{
	struct iommu_liveupdate_device *device;

	for (u32 i = 0; i < in->count[IOMMU_DEVICES]; i++) {
		device = &in->devices[i];
		if (device->unit && device->unit->record.error.err)
			lose(&device->record, &device->unit->record, "unit");
	}
}

static void lose_attachments(struct iommu_incoming *in)
{
	struct iommu_liveupdate_attachment *attachment;

	for (u32 i = 0; i < in->count[IOMMU_ATTACHMENTS]; i++) {
		attachment = &in->attachments[i];
		if (attachment->device && attachment->device->record.error.err)
			lose(&attachment->record, &attachment->device->record,
			     "device");
		if (attachment->domain && attachment->domain->record.error.err)
			lose(&attachment->record, &attachment->domain->record,
			     "domain");
	}
}

static void lose_devices_of_attachments(struct iommu_incoming *in)
{
	struct iommu_liveupdate_attachment *attachment;

	for (u32 i = 0; i < in->count[IOMMU_ATTACHMENTS]; i++) {
		attachment = &in->attachments[i];
		if (!attachment->record.error.err || !attachment->device)
			continue;
		if (attachment->record.error.inherited && attachment->domain)
			lose(&attachment->device->record,
			     &attachment->domain->record, "domain");
		else
			lose(&attachment->device->record, &attachment->record,
			     "attachment");
	}
}

/* Uses iommu_record::users, which counts nothing else in what was read */
static void lose_devices_without_attachment(struct iommu_incoming *in)
{
	struct iommu_record *record;

	for (u32 i = 0; i < in->count[IOMMU_ATTACHMENTS]; i++)
		if (in->attachments[i].device)
			in->attachments[i].device->record.users++;

	for (u32 i = 0; i < in->count[IOMMU_DEVICES]; i++) {
		record = &in->devices[i].record;
		if (!record->users)
			iommu_record_fail(&record->error, -EINVAL, "device", i,
					  "has no attachment");
	}
}

/* Hardware ids */

static int compare_hardware_ids(const void *a, const void *b)
{
	const struct iommu_liveupdate_attachment *x, *y;

	x = to_attachment(*(struct iommu_record *const *)a);
	y = to_attachment(*(struct iommu_record *const *)b);
	return cmp_int(x->device->unit, y->device->unit) ?:
	       cmp_int(x->hardware_id, y->hardware_id);
}

static int compare_domains_of_units(const void *a, const void *b)
{
	const struct iommu_liveupdate_attachment *x, *y;

	x = to_attachment(*(struct iommu_record *const *)a);
	y = to_attachment(*(struct iommu_record *const *)b);
	return cmp_int(x->device->unit, y->device->unit) ?:
	       cmp_int(x->domain, y->domain);
}

static bool agree(const struct iommu_record *a, const struct iommu_record *b)
{
	return to_attachment(a)->domain == to_attachment(b)->domain &&
	       to_attachment(a)->hardware_id == to_attachment(b)->hardware_id;
}

static bool all_agree(struct iommu_record **record, u32 count)
{
	for (u32 i = 1; i < count; i++)
		if (!agree(record[0], record[i]))
			return false;
	return true;
}

/* Sort, and compare what is equal in sorting with each other. */
static void check_agreement(struct iommu_record **array, u32 nr, cmp_func_t cmp)
{
	u32 count;

	sort(array, nr, sizeof(*array), cmp, NULL);
	for (u32 i = 0; i < nr; i += count) {
		for (count = 1; i + count < nr; count++)
			if (cmp(&array[i], &array[i + count]))
				break;
		if (all_agree(&array[i], count))
			continue;
		for (u32 j = i; j < i + count; j++)
			iommu_record_fail(&array[j]->error, -EINVAL,
					  "hardware_id",
					  to_attachment(array[j])->hardware_id,
					  "is not of one domain on this unit");
	}
}

static int check_hardware_ids(struct iommu_incoming *in)
{
	struct iommu_record **array;
	u32 count;

	array = good_records(in, IOMMU_ATTACHMENTS, &count);
	if (!array)
		return -ENOMEM;

	check_agreement(array, count, compare_hardware_ids);
	check_agreement(array, count, compare_domains_of_units);
	kvfree(array);
	return 0;
}

static void count_lost(struct iommu_incoming *in)
{
	for (int family = 0; family < IOMMU_NR_FAMILIES; family++)
		for (u32 i = 0; i < in->count[family]; i++)
			if (iommu_incoming_record(in, family, i)->error.err)
				in->lost[family]++;
}

/**
 * iommu_cross_check - Check all records against each other
 * @in: What was handed over; each record has been checked by itself
 *
 * Context: May sleep.
 * Return: 0, and what is wrong is in iommu_record::error, or -ENOMEM.
 */
int iommu_cross_check(struct iommu_incoming *in)
{
	int ret;

	for (int family = 0; family < IOMMU_NR_FAMILIES; family++) {
		ret = check_keys(in, family);
		if (ret)
			return ret;
	}

	lose_devices_of_units(in);
	lose_attachments(in);
	ret = check_hardware_ids(in);
	if (ret)
		return ret;

	lose_devices_without_attachment(in);
	lose_devices_of_attachments(in);
	lose_attachments(in);
	count_lost(in);
	return 0;
}
