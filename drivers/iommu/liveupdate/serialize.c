// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Writing the records
 *
 * What is preserved of the IOMMUs is described in lists, while user space may
 * still change its mind. The records are written from these lists, in one go, when
 * nothing can change any more.
 *
 * Happy path:
 *
 * 1. iommu_outgoing_init() allocates the header.
 * 2. Units, domains, devices and attachments are added, each after what it points
 *    to. Each makes the chain of its family grow, so that there is room for its
 *    record. A backend gives its vendor chains room with
 *    iommu_vendor_chain_resize().
 * 3. iommu_outgoing_write() numbers the descriptions, writes all records and the
 *    header, and returns the address for the next kernel.
 *
 * Unhappy paths:
 *
 * * A description is refused, or there is no memory for its record: it is not in
 *   the list, and nothing has changed. What a reader would refuse is not accepted.
 * * Something is not preserved after all: it is removed, in reverse order, and its
 *   room is given back.
 * * The update is cancelled after the records were written: they are written again,
 *   as a whole, the next time.
 *
 * Writing has no way to fail: it neither allocates nor sleeps. Records are in the
 * order in which the descriptions were added, so that the same lists give the same
 * records.
 */

#include <linux/io.h>
#include <linux/kexec_handover.h>

#include "chain.h"
#include "check.h"
#include "serialize.h"

/**
 * iommu_outgoing_init - Begin with nothing to hand over
 * @out: To be initialized
 *
 * Context: May sleep.
 * Return: 0 or what kho_alloc_preserve() failed with.
 */
int iommu_outgoing_init(struct iommu_outgoing *out)
{
	*out = (struct iommu_outgoing){};
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++) {
		INIT_LIST_HEAD(&out->families[i].records);
		kho_block_set_init(&out->families[i].blocks,
				   iommu_families[i].record_size);
	}

	out->header = kho_alloc_preserve(sizeof(*out->header));
	return PTR_ERR_OR_ZERO(out->header);
}

/**
 * iommu_outgoing_destroy - Hand nothing over
 * @out: All descriptions have been removed
 *
 * Context: May sleep.
 */
void iommu_outgoing_destroy(struct iommu_outgoing *out)
{
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		WARN_ON_ONCE(out->families[i].count);
	kho_unpreserve_free(out->header);
	out->header = NULL;
}

/* Add a description to its list, unless it was found to be bad */
static int add_record(struct iommu_outgoing *out, enum iommu_family which,
		      struct iommu_record *record,
		      const struct iommu_record_error *error)
{
	struct iommu_outgoing_family *family = &out->families[which];
	int ret;

	if (error->err) {
		iommu_record_log(iommu_families[which].name, error);
		return error->err;
	}
	if (family->count == iommu_families[which].max)
		return -ENOSPC;
	if (record->listed || rb_find_add(&record->key, &family->keys,
					  iommu_families[which].compare_keys))
		return -EBUSY;

	ret = kho_block_set_grow(&family->blocks, family->count + 1);
	if (ret) {
		rb_erase(&record->key, &family->keys);
		return ret;
	}

	list_add_tail(&record->node, &family->records);
	family->count++;
	record->listed = true;
	return 0;
}

static bool remove_record(struct iommu_outgoing *out, enum iommu_family which,
			  struct iommu_record *record)
{
	struct iommu_outgoing_family *family = &out->families[which];

	if (WARN_ON_ONCE(!record->listed || record->users))
		return false;

	list_del(&record->node);
	rb_erase(&record->key, &family->keys);
	record->listed = false;
	kho_block_set_shrink(&family->blocks, --family->count);
	return true;
}

/* Descriptions to records */

static void encode_unit(struct iommu_unit_ser *ser,
			struct iommu_liveupdate_unit *unit)
{
	*ser = (struct iommu_unit_ser){
		.id = unit->id,
		.type = unit->vendor->unit_type,
		.vendor_chain = iommu_chain_encode(&unit->chain.blocks,
						   unit->chain.count,
						   unit->vendor->unit_chain.version),
	};
	memcpy(ser->vendor, unit->area, sizeof(ser->vendor));
}

static void encode_domain(struct iommu_domain_ser *ser,
			  const struct iommu_liveupdate_domain *domain)
{
	const struct pt_iommu_description *table = &domain->table;

	*ser = (struct iommu_domain_ser){
		.id = domain->id,
		.top_phys = table->top_phys,
		.pgsize_bitmap = domain->pgsize_bitmap,
		.aperture_start = domain->aperture_start,
		.aperture_last = domain->aperture_last,
		.features = table->features,
		.unit_type = domain->vendor->unit_type,
		.format = table->format,
		.top_level = table->top_level,
		.max_vasz_lg2 = table->max_vasz_lg2,
		.max_oasz_lg2 = table->max_oasz_lg2,
		.sign_extend = table->sign_extend,
	};
	memcpy(ser->vendor, domain->area, sizeof(ser->vendor));
}

static void encode_device(struct iommu_device_ser *ser,
			  struct iommu_liveupdate_device *device)
{
	const struct iommu_vendor_records *vendor = device->unit->vendor;

	*ser = (struct iommu_device_ser){
		.id = device->id,
		.owner = device->owner,
		.type = device->type,
		.segment = device->segment,
		.rid = device->rid,
		.unit = device->unit->record.index,
		.path = iommu_chain_encode_records(&device->path.functions,
						   device->path.count),
		.vendor_chain = iommu_chain_encode(&device->chain.blocks,
						   device->chain.count,
						   vendor->device_chain.version),
	};
	memcpy(ser->vendor, device->area, sizeof(ser->vendor));
}

static void encode_attachment(struct iommu_attachment_ser *ser,
			      const struct iommu_liveupdate_attachment *attachment)
{
	*ser = (struct iommu_attachment_ser){
		.hardware_id = attachment->hardware_id,
		.device = attachment->device->record.index,
		.domain = attachment->domain->record.index,
		.pasid = attachment->pasid,
	};
	memcpy(ser->vendor, attachment->area, sizeof(ser->vendor));
}

/* Lists */

/**
 * iommu_outgoing_add_unit - Hand over a unit
 * @out: What is handed over
 * @unit: Description, stays in use until it is removed
 *
 * Context: May sleep. The caller serializes all calls on @out.
 * Return: 0, -EBUSY if there is a unit with this type and id, -ENOSPC if there
 * are as many as an image can have, what the backend's check returns, or
 * -ENOMEM.
 */
int iommu_outgoing_add_unit(struct iommu_outgoing *out,
			    struct iommu_liveupdate_unit *unit)
{
	struct iommu_record_error error = {};
	struct iommu_record_check check = { .error = &error };
	struct iommu_unit_ser ser;

	encode_unit(&ser, unit);
	if (!iommu_check_unit(&ser, &check) && unit->vendor->check_unit)
		unit->vendor->check_unit(unit, &check);
	return add_record(out, IOMMU_UNITS, &unit->record, &error);
}

/**
 * iommu_outgoing_add_domain - Hand over a domain
 * @out: What is handed over
 * @domain: Description, stays in use until it is removed
 *
 * Context: May sleep. The caller serializes all calls on @out.
 * Return: 0, -EBUSY if there is a domain with this id, -ENOSPC if there are as
 * many as an image can have, what iommu_check_domain() or the backend's check
 * returns, or -ENOMEM.
 */
int iommu_outgoing_add_domain(struct iommu_outgoing *out,
			      struct iommu_liveupdate_domain *domain)
{
	struct iommu_record_error error = {};
	struct iommu_record_check check = { .error = &error };
	struct iommu_domain_ser ser;

	encode_domain(&ser, domain);
	if (!iommu_check_domain(&ser, &check) && domain->vendor->check_domain)
		domain->vendor->check_domain(domain, &check);
	return add_record(out, IOMMU_DOMAINS, &domain->record, &error);
}

/**
 * iommu_outgoing_add_device - Hand over a device
 * @out: What is handed over
 * @device: Description, stays in use until it is removed
 *
 * Context: May sleep. The caller serializes all calls on @out.
 * Return: 0, -ENOENT if its unit is not handed over, -EBUSY if there is a device
 * with this name, -ENOSPC if there are as many as an image can have, what
 * iommu_check_device() or the backend's check returns, or -ENOMEM.
 */
int iommu_outgoing_add_device(struct iommu_outgoing *out,
			      struct iommu_liveupdate_device *device)
{
	const struct iommu_vendor_records *vendor = device->unit->vendor;
	struct iommu_record_error error = {};
	struct iommu_record_check check = { .error = &error };
	struct iommu_device_ser ser;
	int ret;

	if (!device->unit->record.listed)
		return -ENOENT;

	encode_device(&ser, device);
	if (!iommu_check_device(&ser, &check) && vendor->check_device)
		vendor->check_device(device, &check);
	ret = add_record(out, IOMMU_DEVICES, &device->record, &error);
	if (!ret)
		device->unit->record.users++;
	return ret;
}

static void check_attachment(const struct iommu_liveupdate_attachment *attachment,
			     struct iommu_record_check *check)
{
	const struct iommu_liveupdate_unit *unit = attachment->device->unit;
	struct iommu_attachment_ser ser;

	encode_attachment(&ser, attachment);
	if (iommu_check_attachment(&ser, check) ||
	    iommu_check_backends(attachment, check))
		return;
	if (unit->vendor->check_attachment)
		unit->vendor->check_attachment(attachment, check);
}

/**
 * iommu_outgoing_add_attachment - Hand over that a device is attached
 * @out: What is handed over
 * @attachment: Description, stays in use until it is removed
 *
 * Context: May sleep. The caller serializes all calls on @out.
 * Return: 0, -ENOENT if its device or its domain is not handed over, -EINVAL if
 * these are of different backends, -EBUSY if the device has an attachment with
 * this PASID, -ENOSPC if there are as many as an image can have, what
 * iommu_check_attachment() or the backend's check returns, or -ENOMEM.
 */
int iommu_outgoing_add_attachment(struct iommu_outgoing *out,
				  struct iommu_liveupdate_attachment *attachment)
{
	struct iommu_record_error error = {};
	struct iommu_record_check check = { .error = &error };
	int ret;

	if (!attachment->device->record.listed ||
	    !attachment->domain->record.listed)
		return -ENOENT;

	check_attachment(attachment, &check);
	ret = add_record(out, IOMMU_ATTACHMENTS, &attachment->record, &error);
	if (ret)
		return ret;

	attachment->device->record.users++;
	attachment->domain->record.users++;
	return 0;
}

/**
 * iommu_outgoing_remove_unit - Undo iommu_outgoing_add_unit()
 * @out: What is handed over
 * @unit: No device of it is handed over any more
 *
 * Context: May sleep. The caller serializes all calls on @out.
 */
void iommu_outgoing_remove_unit(struct iommu_outgoing *out,
				struct iommu_liveupdate_unit *unit)
{
	remove_record(out, IOMMU_UNITS, &unit->record);
}

/**
 * iommu_outgoing_remove_domain - Undo iommu_outgoing_add_domain()
 * @out: What is handed over
 * @domain: No attachment to it is handed over any more
 *
 * Context: May sleep. The caller serializes all calls on @out.
 */
void iommu_outgoing_remove_domain(struct iommu_outgoing *out,
				  struct iommu_liveupdate_domain *domain)
{
	remove_record(out, IOMMU_DOMAINS, &domain->record);
}

/**
 * iommu_outgoing_remove_device - Undo iommu_outgoing_add_device()
 * @out: What is handed over
 * @device: No attachment of it is handed over any more
 *
 * Context: May sleep. The caller serializes all calls on @out.
 */
void iommu_outgoing_remove_device(struct iommu_outgoing *out,
				  struct iommu_liveupdate_device *device)
{
	if (remove_record(out, IOMMU_DEVICES, &device->record))
		device->unit->record.users--;
}

/**
 * iommu_outgoing_remove_attachment - Undo iommu_outgoing_add_attachment()
 * @out: What is handed over
 * @attachment: Description
 *
 * Context: May sleep. The caller serializes all calls on @out.
 */
void iommu_outgoing_remove_attachment(struct iommu_outgoing *out,
				      struct iommu_liveupdate_attachment *attachment)
{
	if (!remove_record(out, IOMMU_ATTACHMENTS, &attachment->record))
		return;
	attachment->device->record.users--;
	attachment->domain->record.users--;
}

/**
 * iommu_vendor_chain_init - Begin with no entry
 * @chain: To be initialized
 * @format: Of the backend, with an entry size that is not 0
 *
 * Context: Any.
 */
void iommu_vendor_chain_init(struct iommu_vendor_chain *chain,
			     const struct iommu_vendor_chain_format *format)
{
	kho_block_set_init(&chain->blocks, format->entry_size);
	chain->count = 0;
}

/**
 * iommu_vendor_chain_resize - Make room for the entries of a backend
 * @chain: The chain
 * @count: Number of entries, 0 gives all memory back
 *
 * Context: May sleep. The caller serializes all calls on the description.
 * Return: 0, -ENOSPC if that is more than a chain can have, or -ENOMEM: then the
 * number of entries is what it was.
 */
int iommu_vendor_chain_resize(struct iommu_vendor_chain *chain, u32 count)
{
	int ret;

	if (count > IOMMU_ABI_MAX_VENDOR_ENTRIES)
		return -ENOSPC;

	ret = kho_block_set_grow(&chain->blocks, count);
	if (ret)
		return ret;
	kho_block_set_shrink(&chain->blocks, count);
	chain->count = count;
	return 0;
}

/* Writing */

static void number(struct iommu_outgoing_family *family)
{
	struct iommu_record *record;
	u32 index = 0;

	list_for_each_entry(record, &family->records, node)
		record->index = index++;
}

static void write_unit_chain(struct iommu_liveupdate_unit *unit)
{
	struct iommu_vendor_chain *chain = &unit->chain;
	struct kho_block_set_it it;

	kho_block_set_clear(&chain->blocks);
	kho_block_set_it_init(&it, &chain->blocks);
	for (u32 n = 0; n < chain->count; n++)
		unit->vendor->write_unit_entry(unit, n,
					       kho_block_set_it_reserve_entry(&it));
}

static void write_device_chain(struct iommu_liveupdate_device *device)
{
	const struct iommu_vendor_records *vendor = device->unit->vendor;
	struct iommu_vendor_chain *chain = &device->chain;
	struct kho_block_set_it it;

	kho_block_set_clear(&chain->blocks);
	kho_block_set_it_init(&it, &chain->blocks);
	for (u32 n = 0; n < chain->count; n++)
		vendor->write_device_entry(device, n,
					   kho_block_set_it_reserve_entry(&it));
}

static void write_record(enum iommu_family family, struct iommu_record *record,
			 void *ser)
{
	switch (family) {
	case IOMMU_UNITS:
		if (to_unit(record)->chain.count)
			write_unit_chain(to_unit(record));
		encode_unit(ser, to_unit(record));
		break;
	case IOMMU_DOMAINS:
		encode_domain(ser, to_domain(record));
		break;
	case IOMMU_DEVICES:
		if (to_device(record)->chain.count)
			write_device_chain(to_device(record));
		encode_device(ser, to_device(record));
		break;
	default:
		encode_attachment(ser, to_attachment(record));
		break;
	}
}

static void write_family(struct iommu_outgoing *out, enum iommu_family which)
{
	struct iommu_outgoing_family *family = &out->families[which];
	struct iommu_record *record;
	struct kho_block_set_it it;

	kho_block_set_clear(&family->blocks);
	kho_block_set_it_init(&it, &family->blocks);
	list_for_each_entry(record, &family->records, node)
		write_record(which, record, kho_block_set_it_reserve_entry(&it));
}

static struct iommu_chain_ser encode_family(struct iommu_outgoing *out,
					    enum iommu_family which)
{
	struct iommu_outgoing_family *family = &out->families[which];

	return iommu_chain_encode_records(&family->blocks, family->count);
}

/**
 * iommu_outgoing_write - Write all records
 * @out: What is handed over
 *
 * Cannot fail, and may be called again, whatever was added or removed since.
 *
 * Context: Any. Nothing of @out may change meanwhile.
 * Return: the physical address that the next kernel passes to
 * iommu_incoming_read().
 */
u64 iommu_outgoing_write(struct iommu_outgoing *out)
{
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		number(&out->families[i]);
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		write_family(out, i);

	*out->header = (struct iommu_header_ser){
		.magic = IOMMU_ABI_MAGIC,
		.version_major = IOMMU_ABI_VERSION_MAJOR,
		.version_minor = IOMMU_ABI_VERSION_MINOR,
		.fingerprint = iommu_abi_fingerprint(),
		.units = encode_family(out, IOMMU_UNITS),
		.domains = encode_family(out, IOMMU_DOMAINS),
		.devices = encode_family(out, IOMMU_DEVICES),
		.attachments = encode_family(out, IOMMU_ATTACHMENTS),
	};
	return virt_to_phys(out->header);
}
