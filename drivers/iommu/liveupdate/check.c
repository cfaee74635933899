// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Checks of single records
 *
 * Each member of a record has a range, which <linux/kho/abi/iommu.h> gives. The
 * checks below hold a record against it. They read the record and nothing else,
 * but for addresses, which are looked up with KHO and not followed. The first
 * member that is wrong is taken down, with its value and what was expected of it.
 *
 * What is written passes the same checks before it is accepted, so that a kernel
 * does not hand over what its successor refuses.
 *
 * What takes more than one record is checked by the reader in cross_check.c and
 * claims.c. For the writer, serialize.c sees to the keys; that ids of hardware and
 * memory are not given out twice is up to who gives them out.
 */

#define pr_fmt(fmt) "IOMMU live update: " fmt

#include <linux/iommu-liveupdate.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "check.h"
#include "records.h"

/**
 * iommu_record_fail - Take down what is wrong with a record
 * @error: Error of the record; if it has one already, that stays
 * @err: Negative errno
 * @member: Name of the member
 * @value: Its value
 * @reason: What is wrong
 *
 * Context: Any.
 * Return: @err.
 */
int iommu_record_fail(struct iommu_record_error *error, int err,
		      const char *member, u64 value, const char *reason)
{
	if (!error->err)
		*error = (struct iommu_record_error){
			.err = err,
			.member = member,
			.reason = reason,
			.value = value,
		};
	return err;
}

/**
 * iommu_record_describe - Put in words what is wrong with a record
 * @buf: Where to put it
 * @size: Size of @buf in bytes, IOMMU_RECORD_TEXT is enough
 * @what: The record
 * @error: What is wrong with it
 *
 * Context: Any.
 */
void iommu_record_describe(char *buf, size_t size, const char *what,
			   const struct iommu_record_error *error)
{
	if (error->max)
		scnprintf(buf, size, "%s: %s is %#llx, not in %#llx..%#llx (%pe)",
			  what, error->member, error->value, error->min,
			  error->max, ERR_PTR(error->err));
	else
		scnprintf(buf, size, "%s: %s %#llx %s (%pe)", what,
			  error->member, error->value, error->reason,
			  ERR_PTR(error->err));
}

/**
 * iommu_record_log - Say what is wrong with a record, in one line
 * @what: The record
 * @error: What is wrong with it
 *
 * Context: Any.
 */
void iommu_record_log(const char *what, const struct iommu_record_error *error)
{
	char text[IOMMU_RECORD_TEXT];

	iommu_record_describe(text, sizeof(text), what, error);
	pr_err("%s\n", text);
}

/**
 * iommu_check_range - Check that a member is in a range
 * @check: Check of its record
 * @member: Name of the member
 * @value: Its value
 * @min: The least legal value
 * @max: The greatest legal value
 *
 * Context: Any.
 * Return: 0 or -ERANGE.
 */
int iommu_check_range(struct iommu_record_check *check, const char *member,
		      u64 value, u64 min, u64 max)
{
	if (value >= min && value <= max)
		return 0;

	iommu_record_fail(check->error, -ERANGE, member, value,
			  "is out of range");
	check->error->min = min;
	check->error->max = max;
	return -ERANGE;
}

/**
 * iommu_check_known - Check that a member has no bits but known ones
 * @check: Check of its record
 * @member: Name of the member
 * @value: Its value
 * @known: All bits that this kernel knows
 *
 * Context: Any.
 * Return: 0 or -EOPNOTSUPP.
 */
int iommu_check_known(struct iommu_record_check *check, const char *member,
		      u64 value, u64 known)
{
	if (!(value & ~known))
		return 0;
	return iommu_record_fail(check->error, -EOPNOTSUPP, member, value,
				 "has unknown bits");
}

/**
 * iommu_check_zero - Check that reserved memory is zero
 * @check: Check of its record
 * @member: Name of the member
 * @mem: The member
 * @size: Its size in bytes
 *
 * Context: Any.
 * Return: 0 or -EOPNOTSUPP: it has a meaning that this kernel does not know.
 */
int iommu_check_zero(struct iommu_record_check *check, const char *member,
		     const void *mem, size_t size)
{
	const u8 *byte = memchr_inv(mem, 0, size);

	if (!byte)
		return 0;
	return iommu_record_fail(check->error, -EOPNOTSUPP, member, *byte,
				 "is reserved");
}

/**
 * iommu_check_memory - Check that memory was preserved, for this record only
 * @check: Check of the record
 * @member: Name of the member that holds the address
 * @phys: Physical address
 * @size: Size in bytes, of any size if 0
 *
 * Context: May sleep.
 * Return: 0, or -EINVAL if no memory of that size waits to be restored at @phys.
 * Whether another record names it as well is found out when all have been read.
 */
int iommu_check_memory(struct iommu_record_check *check, const char *member,
		       u64 phys, size_t size)
{
	int order;

	if (!check->claims)
		return 0;

	order = kho_preserved_order(phys);
	if (order < 0 || (size && order != get_order(size)))
		return iommu_record_fail(check->error, -EINVAL, member, phys,
					 "was not preserved");

	iommu_claims_add(check->claims, &(struct iommu_claim){
		.phys = phys,
		.member = member,
		.error = check->error,
		.rank = check->rank,
	});
	return 0;
}

/* As iommu_check_range(), for numbers of which a reader knows some */
static int check_type(struct iommu_record_check *check, const char *member,
		      u64 value, const u32 *known, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (value == known[i])
			return 0;
	return iommu_record_fail(check->error, -EOPNOTSUPP, member, value,
				 "is unknown");
}

/**
 * iommu_check_backends - Check that domain and unit are of one backend
 * @attachment: Attachment, its device and its domain are good
 * @check: Check of it
 *
 * Context: Any.
 * Return: 0 or -EINVAL.
 */
int iommu_check_backends(const struct iommu_liveupdate_attachment *attachment,
			 struct iommu_record_check *check)
{
	if (attachment->domain->vendor == attachment->device->unit->vendor)
		return 0;
	return iommu_record_fail(check->error, -EINVAL, "domain",
				 attachment->domain->record.index,
				 "is not of the backend of the device's unit");
}

static int check_version(const struct iommu_header_ser *header,
			 struct iommu_record_error *error)
{
	if (header->version_major != IOMMU_ABI_VERSION_MAJOR)
		return iommu_record_fail(error, -EOPNOTSUPP, "version_major",
					 header->version_major, "is unknown");
	if (!IOMMU_ABI_VERSION_MAJOR &&
	    header->version_minor != IOMMU_ABI_VERSION_MINOR)
		return iommu_record_fail(error, -EOPNOTSUPP, "version_minor",
					 header->version_minor,
					 "is another draft");
	if (header->fingerprint != iommu_abi_fingerprint())
		return iommu_record_fail(error, -EOPNOTSUPP, "fingerprint",
					 header->fingerprint,
					 "is another layout");
	return 0;
}

/**
 * iommu_check_header - Check the header, apart from the chains
 * @header: The header
 * @error: What is wrong
 *
 * Context: Any.
 * Return: 0, -EINVAL if it is no header, or -EOPNOTSUPP if it is of another
 * version, has an unknown incompatible feature, or a reserved member that is not
 * zero.
 */
int iommu_check_header(const struct iommu_header_ser *header,
		       struct iommu_record_error *error)
{
	struct iommu_record_check check = { .error = error };

	if (header->magic != IOMMU_ABI_MAGIC)
		return iommu_record_fail(error, -EINVAL, "magic", header->magic,
					 "is not that of a header");

	return check_version(header, error) ?:
	       iommu_check_known(&check, "incompatible", header->incompatible,
				 IOMMU_ABI_INCOMPATIBLE_KNOWN) ?:
	       iommu_check_zero(&check, "reserved", &header->reserved,
				sizeof(header->reserved)) ?:
	       iommu_check_zero(&check, "reserved2", header->reserved2,
				sizeof(header->reserved2));
}

/**
 * iommu_check_unit - Check a unit
 * @unit: The record
 * @check: Check of it
 *
 * Context: Any.
 * Return: 0 or -EOPNOTSUPP.
 */
int iommu_check_unit(const struct iommu_unit_ser *unit,
		     struct iommu_record_check *check)
{
	return iommu_check_known(check, "flags", unit->flags,
				 IOMMU_UNIT_FLAGS_KNOWN);
}

static int check_page_table(const struct iommu_domain_ser *domain,
			    struct iommu_record_check *check)
{
	static const u32 formats[] = {
		IOMMU_PT_FORMAT_AMDV1, IOMMU_PT_FORMAT_X86_64,
		IOMMU_PT_FORMAT_VTDSS, IOMMU_PT_FORMAT_RISCV_64,
		IOMMU_PT_FORMAT_AMDV1_MOCK,
	};

	return check_type(check, "format", domain->format, formats,
			  ARRAY_SIZE(formats)) ?:
	       iommu_check_known(check, "features", domain->features,
				 IOMMU_PT_FEATURES_KNOWN) ?:
	       iommu_check_range(check, "top_level", domain->top_level, 0,
				 IOMMU_PT_LEVEL_MAX) ?:
	       iommu_check_range(check, "max_vasz_lg2", domain->max_vasz_lg2,
				 IOMMU_PT_WIDTH_MIN, IOMMU_PT_INPUT_WIDTH_MAX) ?:
	       iommu_check_range(check, "max_oasz_lg2", domain->max_oasz_lg2,
				 IOMMU_PT_WIDTH_MIN, IOMMU_PT_OUTPUT_WIDTH_MAX) ?:
	       iommu_check_range(check, "sign_extend", domain->sign_extend, 0,
				 1) ?:
	       iommu_check_memory(check, "top_phys", domain->top_phys, 0);
}

/* The greatest I/O virtual address; call only if the width is good */
static u64 greatest_address(const struct iommu_domain_ser *domain)
{
	if (domain->sign_extend)
		return U64_MAX;
	return GENMASK_ULL(domain->max_vasz_lg2 - 1, 0);
}

static int check_aperture(const struct iommu_domain_ser *domain,
			  struct iommu_record_check *check)
{
	return iommu_check_range(check, "aperture_last", domain->aperture_last,
				 0, greatest_address(domain)) ?:
	       iommu_check_range(check, "aperture_start",
				 domain->aperture_start, 0,
				 domain->aperture_last);
}

static int check_page_sizes(const struct iommu_domain_ser *domain,
			    struct iommu_record_check *check)
{
	const u64 least = BIT_ULL(IOMMU_PT_WIDTH_MIN);

	return iommu_check_range(check, "pgsize_bitmap", domain->pgsize_bitmap,
				 least, U64_MAX) ?:
	       iommu_check_known(check, "pgsize_bitmap", domain->pgsize_bitmap,
				 ~(least - 1));
}

/**
 * iommu_check_domain - Check a domain, apart from its vendor area
 * @domain: The record
 * @check: Check of it
 *
 * Context: May sleep.
 * Return: 0, -EOPNOTSUPP if a number or bit is unknown, -ERANGE if a member is
 * out of its range, -EINVAL if there is no top table.
 */
int iommu_check_domain(const struct iommu_domain_ser *domain,
		       struct iommu_record_check *check)
{
	return iommu_check_known(check, "flags", domain->flags,
				 IOMMU_DOMAIN_FLAGS_KNOWN) ?:
	       iommu_check_zero(check, "reserved", domain->reserved,
				sizeof(domain->reserved)) ?:
	       iommu_check_range(check, "id", domain->id, 1, U64_MAX) ?:
	       check_page_sizes(domain, check) ?:
	       check_page_table(domain, check) ?:
	       check_aperture(domain, check);
}

/**
 * iommu_check_device - Check a device, apart from its vendor area
 * @device: The record
 * @check: Check of it
 *
 * Context: Any.
 * Return: 0, -EOPNOTSUPP if a number or bit is unknown, or -ERANGE if a member is
 * out of its range.
 */
int iommu_check_device(const struct iommu_device_ser *device,
		       struct iommu_record_check *check)
{
	static const u32 types[] = { IOMMU_DEVICE_TYPE_PCI };

	return iommu_check_known(check, "flags", device->flags,
				 IOMMU_DEVICE_FLAGS_KNOWN) ?:
	       iommu_check_zero(check, "reserved", &device->reserved,
				sizeof(device->reserved)) ?:
	       check_type(check, "type", device->type, types,
			  ARRAY_SIZE(types)) ?:
	       iommu_check_range(check, "rid", device->rid, 0,
				 IOMMU_PCI_RID_MAX) ?:
	       iommu_check_range(check, "path", device->path.count, 1,
				 IOMMU_ABI_MAX_PATH) ?:
	       iommu_check_range(check, "id", device->id, 0, 0) ?:
	       iommu_check_range(check, "owner", device->owner, 1, U64_MAX);
}

/**
 * iommu_check_pasid - Check the PASID of an attachment
 * @pasid: The member
 * @check: Check of its record
 *
 * Context: Any.
 * Return: 0, -EOPNOTSUPP if there is a PASID, or -ERANGE if the PASID is none.
 */
int iommu_check_pasid(u32 pasid, struct iommu_record_check *check)
{
	if (pasid == IOMMU_ATTACHMENT_NO_PASID)
		return 0;
	return iommu_check_range(check, "pasid", pasid, 0, IOMMU_PASID_MAX) ?:
	       iommu_record_fail(check->error, -EOPNOTSUPP, "pasid", pasid,
				 "is not supported yet");
}

/**
 * iommu_check_attachment - Check an attachment, apart from its vendor area
 * @attachment: The record
 * @check: Check of it
 *
 * Context: Any.
 * Return: 0, -EOPNOTSUPP if a flag is unknown or there is a PASID, or -ERANGE if
 * the PASID is none.
 */
int iommu_check_attachment(const struct iommu_attachment_ser *attachment,
			   struct iommu_record_check *check)
{
	return iommu_check_known(check, "flags", attachment->flags,
				 IOMMU_ATTACHMENT_FLAGS_KNOWN) ?:
	       iommu_check_pasid(attachment->pasid, check);
}
