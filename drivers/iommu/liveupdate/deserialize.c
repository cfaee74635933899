// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Reading the records
 *
 * What the previous kernel has written becomes descriptions again, or a reason why
 * not. Nothing is believed before it is checked, and nothing is taken: the records
 * and all that they name stay with KHO, so that a failed call leaves no trace and
 * can be repeated.
 *
 * Happy path:
 *
 * 1. iommu_incoming_read() checks the header, restores the chains of the four
 *    families, reads each record into a description, and checks what takes more
 *    than one of them.
 * 2. Descriptions without an error are used, for as long as it takes.
 * 3. iommu_incoming_finish() gives header and blocks back to the system.
 *
 * Unhappy paths, by what is lost:
 *
 * * Everything: the header or a chain is bad, or there is no memory for the
 *   descriptions. iommu_incoming_read() fails. What to do about units that are
 *   still enabled is the caller's business.
 * * A unit with its devices, a domain with the devices that are attached to it, or
 *   a device: iommu_record::error of the description says why, and all else is
 *   good. A device is lost with its attachments, and with it if one of them is.
 * * iommu_incoming_release() forgets the descriptions without touching the memory.
 *   iommu_incoming_finish() leaves the chains of records that are lost with KHO:
 *   nobody knows whose memory that is.
 *
 * iommu_incoming_log() says for each lost record in one line which member it was,
 * its value, and what was expected.
 */

#define pr_fmt(fmt) "IOMMU live update: " fmt

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/slab.h>

#include "chain.h"
#include "check.h"
#include "cross_check.h"
#include "deserialize.h"
#include "pci_function.h"

/**
 * struct iommu_reader - What reading takes, apart from its result
 * @in: The result.
 * @vendors: The backends, NULL after the last.
 * @claims: Memory that the records name.
 */
struct iommu_reader {
	struct iommu_incoming *in;
	const struct iommu_vendor_records *const *vendors;
	struct iommu_claims claims;
};

static struct iommu_record_check begin_check(struct iommu_reader *reader,
					     struct iommu_record_error *error,
					     enum iommu_claim_rank rank)
{
	return (struct iommu_record_check){
		.error = error,
		.claims = &reader->claims,
		.rank = rank,
	};
}

static const struct iommu_vendor_records *
find_vendor(const struct iommu_reader *reader, u32 unit_type,
	    const char *member, struct iommu_record_check *check)
{
	for (int i = 0; reader->vendors[i]; i++)
		if (reader->vendors[i]->unit_type == unit_type)
			return reader->vendors[i];

	iommu_record_fail(check->error, -EOPNOTSUPP, member, unit_type,
			  "has no backend in this kernel");
	return NULL;
}

/* Chains */

static int restore_family(struct iommu_reader *reader, enum iommu_family family,
			  const struct iommu_header_ser *header)
{
	const struct iommu_family_info *info = &iommu_families[family];
	const struct iommu_chain_ser *chain = (void *)header + info->chain;
	struct iommu_incoming *in = reader->in;
	struct iommu_record_check check = begin_check(reader, &in->error,
						      IOMMU_CLAIM_IMAGE);
	int ret;

	ret = iommu_chain_restore_records(&in->blocks[family], chain,
					  info->record_size, info->max,
					  info->chain_name, &check);
	if (!ret)
		in->count[family] = chain->count;
	return ret;
}

static int check_vendor_chain(const struct iommu_chain_ser *chain,
			      const struct iommu_vendor_chain_format *format,
			      struct iommu_record_check *check)
{
	if (chain->version != format->version)
		return iommu_record_fail(check->error, -EOPNOTSUPP,
					 "vendor_chain", chain->version,
					 "is an unknown version");
	if (!format->entry_size || chain->entry_size != format->entry_size)
		return iommu_record_fail(check->error, -EINVAL, "vendor_chain",
					 chain->entry_size,
					 "is another size of entries");
	return 0;
}

static int restore_vendor_chain(struct iommu_vendor_chain *chain,
				const struct iommu_chain_ser *ser,
				const struct iommu_vendor_chain_format *format,
				struct iommu_record_check *check)
{
	int ret;

	if (!memchr_inv(ser, 0, sizeof(*ser)))
		return 0;
	if (!ser->count)
		return iommu_record_fail(check->error, -EINVAL, "vendor_chain",
					 ser->head_pa, "has no entries");

	ret = check_vendor_chain(ser, format, check) ?:
	      iommu_chain_restore(&chain->blocks, ser, IOMMU_ABI_MAX_VENDOR_ENTRIES,
				  "vendor_chain", check);
	if (!ret)
		chain->count = ser->count;
	return ret;
}

/* Records to descriptions */

/* Find what a record points to, or take down that there is no such thing. */
static struct iommu_record *look_up(struct iommu_incoming *in,
				    enum iommu_family family, u32 index,
				    const char *member,
				    struct iommu_record_check *check)
{
	if (index < in->count[family])
		return iommu_incoming_record(in, family, index);

	iommu_record_fail(check->error, -ERANGE, member, index,
			  "is beyond the last record");
	return NULL;
}

static void check_unit_entries(struct iommu_liveupdate_unit *unit,
			       struct iommu_record_check *check)
{
	struct kho_block_set_it it;

	/* Without entries, the chain has not even been initialized. */
	if (!unit->chain.count || !unit->vendor->check_unit_entry)
		return;
	kho_block_set_it_init(&it, &unit->chain.blocks);
	for (u32 n = 0; n < unit->chain.count; n++)
		if (unit->vendor->check_unit_entry(unit, n,
						   kho_block_set_it_read_entry(&it),
						   check))
			return;
}

static int read_unit(struct iommu_reader *reader, struct iommu_record *record,
		     const void *entry)
{
	struct iommu_record_check check = begin_check(reader, &record->error,
						      IOMMU_CLAIM_UNIT);
	struct iommu_liveupdate_unit *unit = to_unit(record);
	const struct iommu_unit_ser *ser = entry;
	int ret;

	unit->id = ser->id;
	memcpy(unit->area, ser->vendor, sizeof(unit->area));
	unit->vendor = find_vendor(reader, ser->type, "type", &check);
	if (!unit->vendor || iommu_check_unit(ser, &check))
		return 0;
	if (unit->vendor->check_unit && unit->vendor->check_unit(unit, &check))
		return 0;

	ret = restore_vendor_chain(&unit->chain, &ser->vendor_chain,
				   &unit->vendor->unit_chain, &check);
	if (!ret)
		check_unit_entries(unit, &check);
	return ret == -ENOMEM ? ret : 0;
}

static void decode_domain(struct iommu_liveupdate_domain *domain,
			  const struct iommu_domain_ser *ser)
{
	domain->id = ser->id;
	domain->table = (struct pt_iommu_description){
		.top_phys = ser->top_phys,
		.features = ser->features,
		.format = ser->format,
		.top_level = ser->top_level,
		.max_vasz_lg2 = ser->max_vasz_lg2,
		.max_oasz_lg2 = ser->max_oasz_lg2,
		.sign_extend = ser->sign_extend,
	};
	domain->pgsize_bitmap = ser->pgsize_bitmap;
	domain->aperture_start = ser->aperture_start;
	domain->aperture_last = ser->aperture_last;
	memcpy(domain->area, ser->vendor, sizeof(domain->area));
}

static int read_domain(struct iommu_reader *reader, struct iommu_record *record,
		       const void *entry)
{
	struct iommu_record_check check = begin_check(reader, &record->error,
						      IOMMU_CLAIM_DOMAIN);
	struct iommu_liveupdate_domain *domain = to_domain(record);
	const struct iommu_domain_ser *ser = entry;

	decode_domain(domain, ser);
	domain->vendor = find_vendor(reader, ser->unit_type, "unit_type",
				     &check);
	if (!domain->vendor || iommu_check_domain(ser, &check))
		return 0;
	if (domain->vendor->check_domain)
		domain->vendor->check_domain(domain, &check);
	return 0;
}

static void check_device_entries(struct iommu_liveupdate_device *device,
				 struct iommu_record_check *check)
{
	const struct iommu_vendor_records *vendor = device->unit->vendor;
	struct kho_block_set_it it;

	if (!device->chain.count || !vendor->check_device_entry)
		return;
	kho_block_set_it_init(&it, &device->chain.blocks);
	for (u32 n = 0; n < device->chain.count; n++)
		if (vendor->check_device_entry(device, n,
					       kho_block_set_it_read_entry(&it),
					       check))
			return;
}

static int read_path(struct iommu_liveupdate_device *device,
		     const struct iommu_device_ser *ser,
		     struct iommu_record_check *check)
{
	int ret;

	ret = iommu_chain_restore_records(&device->path.functions, &ser->path,
					  sizeof(struct iommu_pci_function_ser),
					  IOMMU_ABI_MAX_PATH, "path", check);
	if (ret)
		return ret;
	device->path.count = ser->path.count;
	iommu_check_pci_path(&device->path, device->rid, check);
	return 0;
}

/* What of a device only its backend can read; the unit is good */
static int read_device_vendor(struct iommu_liveupdate_device *device,
			      const struct iommu_device_ser *ser,
			      struct iommu_record_check *check)
{
	const struct iommu_vendor_records *vendor = device->unit->vendor;
	int ret;

	if (vendor->check_device && vendor->check_device(device, check))
		return 0;

	ret = restore_vendor_chain(&device->chain, &ser->vendor_chain,
				   &vendor->device_chain, check);
	if (!ret)
		check_device_entries(device, check);
	return ret;
}

static int read_device(struct iommu_reader *reader, struct iommu_record *record,
		       const void *entry)
{
	struct iommu_record_check check = begin_check(reader, &record->error,
						      IOMMU_CLAIM_DEVICE);
	struct iommu_liveupdate_device *device = to_device(record);
	const struct iommu_device_ser *ser = entry;
	struct iommu_record *unit;
	int ret;

	device->id = ser->id;
	device->owner = ser->owner;
	device->type = ser->type;
	device->segment = ser->segment;
	device->rid = ser->rid;
	memcpy(device->area, ser->vendor, sizeof(device->area));

	unit = look_up(reader->in, IOMMU_UNITS, ser->unit, "unit", &check);
	if (!unit || iommu_check_device(ser, &check))
		return 0;
	device->unit = to_unit(unit);
	if (unit->error.err)
		return 0;
	ret = read_path(device, ser, &check);
	if (!ret && !record->error.err)
		ret = read_device_vendor(device, ser, &check);
	return ret == -ENOMEM ? ret : 0;
}

/* What an attachment points to, or an error that says what is missing */
static void resolve_attachment(struct iommu_incoming *in,
			       struct iommu_liveupdate_attachment *attachment,
			       const struct iommu_attachment_ser *ser,
			       struct iommu_record_check *check)
{
	struct iommu_record *device, *domain;

	device = look_up(in, IOMMU_DEVICES, ser->device, "device", check);
	if (device)
		attachment->device = to_device(device);
	domain = look_up(in, IOMMU_DOMAINS, ser->domain, "domain", check);
	if (domain)
		attachment->domain = to_domain(domain);
}

static int read_attachment(struct iommu_reader *reader,
			   struct iommu_record *record, const void *entry)
{
	struct iommu_record_check check = begin_check(reader, &record->error,
						      IOMMU_CLAIM_DEVICE);
	struct iommu_liveupdate_attachment *attachment = to_attachment(record);
	const struct iommu_attachment_ser *ser = entry;
	const struct iommu_vendor_records *vendor;

	attachment->hardware_id = ser->hardware_id;
	attachment->pasid = ser->pasid;
	memcpy(attachment->area, ser->vendor, sizeof(attachment->area));

	resolve_attachment(reader->in, attachment, ser, &check);
	if (record->error.err || iommu_check_attachment(ser, &check))
		return 0;
	/* A good device may have a unit that is lost, and of no backend */
	if (attachment->device->record.error.err ||
	    attachment->device->unit->record.error.err ||
	    attachment->domain->record.error.err ||
	    iommu_check_backends(attachment, &check))
		return 0;

	vendor = attachment->domain->vendor;
	if (vendor->check_attachment)
		vendor->check_attachment(attachment, &check);
	return 0;
}

typedef int (*iommu_read_fn)(struct iommu_reader *reader,
			     struct iommu_record *record, const void *entry);

static const iommu_read_fn read_record[IOMMU_NR_FAMILIES] = {
	[IOMMU_UNITS] = read_unit,
	[IOMMU_DOMAINS] = read_domain,
	[IOMMU_DEVICES] = read_device,
	[IOMMU_ATTACHMENTS] = read_attachment,
};

static int read_family(struct iommu_reader *reader, enum iommu_family family)
{
	struct iommu_incoming *in = reader->in;
	struct kho_block_set_it it;
	int ret = 0;

	kho_block_set_it_init(&it, &in->blocks[family]);
	for (u32 i = 0; !ret && i < in->count[family]; i++) {
		struct iommu_record *record = iommu_incoming_record(in, family,
								    i);

		record->index = i;
		ret = read_record[family](reader, record,
					  kho_block_set_it_read_entry(&it));
	}
	return ret;
}

/* The image */

static int read_header(struct iommu_reader *reader)
{
	struct iommu_incoming *in = reader->in;
	struct iommu_record_check check = begin_check(reader, &in->error,
						      IOMMU_CLAIM_IMAGE);
	const struct iommu_header_ser *header;
	int ret;

	ret = iommu_check_memory(&check, "header", in->header_pa,
				 sizeof(*header));
	if (ret)
		return ret;

	header = phys_to_virt(in->header_pa);
	ret = iommu_check_header(header, &in->error);
	for (int i = 0; !ret && i < IOMMU_NR_FAMILIES; i++)
		ret = restore_family(reader, i, header);
	return ret;
}

static int alloc_descriptions(struct iommu_incoming *in)
{
	void **const array[IOMMU_NR_FAMILIES] = {
		[IOMMU_UNITS] = (void **)&in->units,
		[IOMMU_DOMAINS] = (void **)&in->domains,
		[IOMMU_DEVICES] = (void **)&in->devices,
		[IOMMU_ATTACHMENTS] = (void **)&in->attachments,
	};

	for (int i = 0; i < IOMMU_NR_FAMILIES; i++) {
		if (!in->count[i])
			continue;
		*array[i] = kvcalloc(in->count[i],
				     iommu_families[i].object_size, GFP_KERNEL);
		if (!*array[i])
			return -ENOMEM;
	}
	return 0;
}

static void empty(struct iommu_incoming *in)
{
	*in = (struct iommu_incoming){};
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		kho_block_set_init(&in->blocks[i], iommu_families[i].record_size);
}

static int read_image(struct iommu_reader *reader)
{
	struct iommu_incoming *in = reader->in;
	int ret;

	ret = read_header(reader) ?: alloc_descriptions(in);
	for (int i = 0; !ret && i < IOMMU_NR_FAMILIES; i++)
		ret = read_family(reader, i);

	return ret ?:
	       iommu_claims_settle(&reader->claims) ?:
	       in->error.err ?:
	       iommu_cross_check(in);
}

/**
 * iommu_incoming_read - Read what the previous kernel has handed over
 * @in: Filled in; on failure, only with the error
 * @header_pa: Physical address that iommu_outgoing_write() returned, untrusted
 * @vendors: The backends that this kernel has, NULL after the last
 *
 * Changes nothing but @in.
 *
 * Context: May sleep.
 * Return: 0, and iommu_record::error tells which descriptions cannot be used, or
 *
 * * -ENOMEM: no memory, the call can be repeated.
 * * -EINVAL: there is no header at @header_pa, or a chain is damaged.
 * * -EOPNOTSUPP: the version, or something that the header announces, is unknown.
 * * -ERANGE: a number of records is out of range, or not that of the chain.
 */
int iommu_incoming_read(struct iommu_incoming *in, u64 header_pa,
			const struct iommu_vendor_records *const vendors[])
{
	struct iommu_reader reader = { .in = in, .vendors = vendors };
	int ret;

	empty(in);
	in->header_pa = header_pa;
	ret = read_image(&reader);
	iommu_claims_free(&reader.claims);
	if (ret)
		iommu_incoming_release(in);
	return ret;
}

/**
 * iommu_incoming_record - A description by family and index
 * @in: What was handed over
 * @family: The family
 * @index: Index, below the number of the family
 *
 * Context: Any.
 * Return: what the description has in common with the others.
 */
struct iommu_record *iommu_incoming_record(const struct iommu_incoming *in,
					   enum iommu_family family, u32 index)
{
	switch (family) {
	case IOMMU_UNITS:
		return &in->units[index].record;
	case IOMMU_DOMAINS:
		return &in->domains[index].record;
	case IOMMU_DEVICES:
		return &in->devices[index].record;
	default:
		return &in->attachments[index].record;
	}
}

/* An attachment that is lost with its device or domain is no news. */
static void log_family(const struct iommu_incoming *in,
		       enum iommu_family family)
{
	const struct iommu_record *record;
	char what[32];

	for (u32 i = 0; i < in->count[family]; i++) {
		record = iommu_incoming_record(in, family, i);
		if (!record->error.err ||
		    (family == IOMMU_ATTACHMENTS && record->error.inherited))
			continue;
		snprintf(what, sizeof(what), "%s %u",
			 iommu_families[family].name, i);
		iommu_record_log(what, &record->error);
	}
}

/**
 * iommu_incoming_log - Say what is lost
 * @in: What was handed over, after iommu_incoming_read(), whatever it returned
 *
 * One line for each record that is lost, and none if nothing is. Attachments have
 * one only if it is by them that a device is lost.
 *
 * Context: Any.
 */
void iommu_incoming_log(const struct iommu_incoming *in)
{
	if (in->error.err)
		iommu_record_log("header", &in->error);
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		log_family(in, i);
}

typedef void (*iommu_chain_fn)(struct kho_block_set *blocks, bool lost);

/* Call @fn for each chain of a record, and whether the record is lost */
static void walk_chains(struct iommu_incoming *in, iommu_chain_fn fn)
{
	for (u32 i = 0; in->units && i < in->count[IOMMU_UNITS]; i++)
		if (in->units[i].chain.count)
			fn(&in->units[i].chain.blocks,
			   in->units[i].record.error.err);

	for (u32 i = 0; in->devices && i < in->count[IOMMU_DEVICES]; i++) {
		if (in->devices[i].path.count)
			fn(&in->devices[i].path.functions,
			   in->devices[i].record.error.err);
		if (in->devices[i].chain.count)
			fn(&in->devices[i].chain.blocks,
			   in->devices[i].record.error.err);
	}
}

static void forget_chain(struct kho_block_set *blocks, bool lost)
{
	kho_block_set_forget(blocks);
}

static void free_chain(struct kho_block_set *blocks, bool lost)
{
	if (!lost)
		kho_block_set_destroy(blocks);
}

/**
 * iommu_incoming_release - Forget what was read
 * @in: What was handed over, after iommu_incoming_read(), whatever it returned;
 *      iommu_incoming::error stays
 *
 * All memory that was handed over stays with KHO, and can be read again.
 *
 * Context: May sleep.
 */
void iommu_incoming_release(struct iommu_incoming *in)
{
	const struct iommu_record_error error = in->error;

	walk_chains(in, forget_chain);
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		kho_block_set_forget(&in->blocks[i]);
	kvfree(in->units);
	kvfree(in->domains);
	kvfree(in->devices);
	kvfree(in->attachments);
	empty(in);
	in->error = error;
}

/**
 * iommu_incoming_finish - Give the records back to the system
 * @in: What was handed over, after iommu_incoming_read() succeeded
 *
 * Frees the header, all records, and the chains of what is not lost. What
 * the records name is not touched: it belongs to whoever has taken it over, or
 * stays with KHO.
 *
 * Context: May sleep.
 */
void iommu_incoming_finish(struct iommu_incoming *in)
{
	walk_chains(in, free_chain);
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		kho_block_set_destroy(&in->blocks[i]);
	kho_restore_free(phys_to_virt(in->header_pa));
	iommu_incoming_release(in);
}
