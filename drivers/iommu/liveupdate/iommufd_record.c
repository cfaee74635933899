// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The records of an iommufd
 *
 * What is handed over of an iommufd is short: by which token user space knows a HWPT,
 * and which domain and which owners it stands for. The domains and the owners have
 * records of their own. As these, the records of an iommufd are described in lists
 * first, and written when nothing can change any more.
 *
 * Happy path:
 *
 * 1. iommufd_outgoing_init() allocates the header.
 * 2. HWPTs, and devices that are attached to these, are added. Each makes its chain
 *    grow.
 * 3. iommufd_outgoing_write() writes all records and the header, and returns the
 *    address for the next kernel. It cannot fail, and may be called again.
 * 4. In the next kernel iommufd_incoming_read() makes descriptions of it again.
 *
 * Unhappy paths:
 *
 * * There is no memory, or there are too many: nothing has changed.
 * * A record of the previous kernel is bad: nothing of this iommufd is used, as it
 *   is one file. A line says which record, which member, and its value.
 *   All memory stays with KHO, and the call can be repeated.
 *
 * Nothing here knows an iommufd, or looks a domain or an owner up.
 */

#include <linux/export.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/sort.h> /* cmp_int() */

#include "chain.h"
#include "check.h"
#include "iommufd_record.h"
#include "records.h"

/* Writing */

/**
 * iommufd_outgoing_init - Begin with nothing to hand over
 * @out: To be initialized
 *
 * Context: May sleep.
 * Return: 0 or what kho_alloc_preserve() failed with.
 */
int iommufd_outgoing_init(struct iommufd_outgoing *out)
{
	*out = (struct iommufd_outgoing){};
	INIT_LIST_HEAD(&out->hwpts);
	INIT_LIST_HEAD(&out->devices);
	kho_block_set_init(&out->hwpt_blocks, sizeof(struct iommufd_hwpt_ser));
	kho_block_set_init(&out->device_blocks, sizeof(struct iommufd_device_ser));
	out->header = kho_alloc_preserve(sizeof(*out->header));
	return PTR_ERR_OR_ZERO(out->header);
}
EXPORT_SYMBOL_GPL(iommufd_outgoing_init);

/**
 * iommufd_outgoing_destroy - Hand nothing over
 * @out: All descriptions have been removed
 *
 * Context: May sleep.
 */
void iommufd_outgoing_destroy(struct iommufd_outgoing *out)
{
	WARN_ON_ONCE(out->nr_hwpts || out->nr_devices);
	kho_unpreserve_free(out->header);
	out->header = NULL;
}
EXPORT_SYMBOL_GPL(iommufd_outgoing_destroy);

/**
 * iommufd_outgoing_add_hwpt - Hand over a HWPT
 * @out: What is handed over
 * @hwpt: Description, stays in use until it is removed; neither its token nor its
 *	domain is that of another one
 *
 * Context: May sleep. The caller serializes all calls on @out.
 * Return: 0, -ENOSPC if there are as many as an image can have, or -ENOMEM.
 */
int iommufd_outgoing_add_hwpt(struct iommufd_outgoing *out,
			      struct iommufd_record_hwpt *hwpt)
{
	int ret;

	if (out->nr_hwpts == IOMMUFD_ABI_MAX_HWPTS)
		return -ENOSPC;
	ret = kho_block_set_grow(&out->hwpt_blocks, out->nr_hwpts + 1);
	if (ret)
		return ret;
	list_add_tail(&hwpt->node, &out->hwpts);
	out->nr_hwpts++;
	return 0;
}
EXPORT_SYMBOL_GPL(iommufd_outgoing_add_hwpt);

/**
 * iommufd_outgoing_remove_hwpt - Undo iommufd_outgoing_add_hwpt()
 * @out: What is handed over
 * @hwpt: No device of it is handed over any more
 *
 * Context: May sleep. The caller serializes all calls on @out.
 */
void iommufd_outgoing_remove_hwpt(struct iommufd_outgoing *out,
				  struct iommufd_record_hwpt *hwpt)
{
	list_del(&hwpt->node);
	kho_block_set_shrink(&out->hwpt_blocks, --out->nr_hwpts);
}
EXPORT_SYMBOL_GPL(iommufd_outgoing_remove_hwpt);

/**
 * iommufd_outgoing_add_device - Hand over a device
 * @out: What is handed over
 * @device: Description, stays in use until it is removed; its HWPT is in @out, and
 *	no other device has its owner
 *
 * Context: May sleep. The caller serializes all calls on @out.
 * Return: 0, -ENOSPC if there are as many as an image can have, or -ENOMEM.
 */
int iommufd_outgoing_add_device(struct iommufd_outgoing *out,
				struct iommufd_record_device *device)
{
	int ret;

	if (out->nr_devices == IOMMUFD_ABI_MAX_DEVICES)
		return -ENOSPC;
	ret = kho_block_set_grow(&out->device_blocks, out->nr_devices + 1);
	if (ret)
		return ret;
	list_add_tail(&device->node, &out->devices);
	out->nr_devices++;
	return 0;
}
EXPORT_SYMBOL_GPL(iommufd_outgoing_add_device);

/**
 * iommufd_outgoing_remove_device - Undo iommufd_outgoing_add_device()
 * @out: What is handed over
 * @device: Description
 *
 * Context: May sleep. The caller serializes all calls on @out.
 */
void iommufd_outgoing_remove_device(struct iommufd_outgoing *out,
				    struct iommufd_record_device *device)
{
	list_del(&device->node);
	kho_block_set_shrink(&out->device_blocks, --out->nr_devices);
}
EXPORT_SYMBOL_GPL(iommufd_outgoing_remove_device);

static void write_hwpts(struct iommufd_outgoing *out)
{
	struct iommufd_record_hwpt *hwpt;
	struct iommufd_hwpt_ser *ser;
	struct kho_block_set_it it;
	u32 index = 0;

	kho_block_set_clear(&out->hwpt_blocks);
	kho_block_set_it_init(&it, &out->hwpt_blocks);
	list_for_each_entry(hwpt, &out->hwpts, node) {
		hwpt->index = index++;
		ser = kho_block_set_it_reserve_entry(&it);
		*ser = (struct iommufd_hwpt_ser){
			.token = hwpt->token,
			.domain = hwpt->domain,
			.flags = hwpt->flags,
		};
	}
}

static void write_devices(struct iommufd_outgoing *out)
{
	struct iommufd_record_device *device;
	struct iommufd_device_ser *ser;
	struct kho_block_set_it it;

	kho_block_set_clear(&out->device_blocks);
	kho_block_set_it_init(&it, &out->device_blocks);
	list_for_each_entry(device, &out->devices, node) {
		ser = kho_block_set_it_reserve_entry(&it);
		*ser = (struct iommufd_device_ser){
			.owner = device->owner,
			.hwpt = device->hwpt->index,
			.pasid = IOMMU_ATTACHMENT_NO_PASID,
		};
	}
}

/**
 * iommufd_outgoing_write - Write all records
 * @out: What is handed over
 *
 * Cannot fail, and may be called again, whatever was added or removed since.
 *
 * Context: Any. Nothing of @out may change meanwhile.
 * Return: the physical address that the next kernel passes to
 * iommufd_incoming_read().
 */
u64 iommufd_outgoing_write(struct iommufd_outgoing *out)
{
	write_hwpts(out);
	write_devices(out);
	*out->header = (struct iommufd_header_ser){
		.magic = IOMMUFD_ABI_MAGIC,
		.fingerprint = iommu_abi_fingerprint(),
		.hwpts = iommu_chain_encode_records(&out->hwpt_blocks, out->nr_hwpts),
		.devices = iommu_chain_encode_records(&out->device_blocks,
						      out->nr_devices),
	};
	return virt_to_phys(out->header);
}
EXPORT_SYMBOL_GPL(iommufd_outgoing_write);

/* Reading */

/* Which record it is that is checked next, should it be bad */
static void begin_record(struct iommufd_incoming *in, const char *what, u32 index)
{
	snprintf(in->record, sizeof(in->record), "iommufd %s %u", what, index);
}

static int check_header(const struct iommufd_header_ser *header,
			struct iommu_record_check *check)
{
	if (header->magic != IOMMUFD_ABI_MAGIC)
		return iommu_record_fail(check->error, -EINVAL, "magic",
					 header->magic, "is not that of a header");
	if (header->fingerprint != iommu_abi_fingerprint())
		return iommu_record_fail(check->error, -EOPNOTSUPP, "fingerprint",
					 header->fingerprint, "is another layout");
	return iommu_check_known(check, "flags", header->flags,
				 IOMMUFD_ABI_FLAGS_KNOWN) ?:
	       iommu_check_zero(check, "reserved", &header->reserved,
				sizeof(header->reserved)) ?:
	       iommu_check_zero(check, "reserved2", header->reserved2,
				sizeof(header->reserved2));
}

static int check_hwpt(const struct iommufd_hwpt_ser *ser,
		      struct iommu_record_check *check)
{
	return iommu_check_known(check, "flags", ser->flags,
				 IOMMUFD_HWPT_FLAGS_KNOWN) ?:
	       iommu_check_zero(check, "reserved", &ser->reserved,
				sizeof(ser->reserved)) ?:
	       iommu_check_zero(check, "reserved2", &ser->reserved2,
				sizeof(ser->reserved2)) ?:
	       iommu_check_range(check, "domain", ser->domain, 1, U64_MAX);
}

static int check_device(const struct iommufd_device_ser *ser, u32 nr_hwpts,
			struct iommu_record_check *check)
{
	int ret;

	ret = iommu_check_known(check, "flags", ser->flags,
				IOMMUFD_DEVICE_FLAGS_KNOWN) ?:
	      iommu_check_zero(check, "reserved", &ser->reserved,
			       sizeof(ser->reserved)) ?:
	      iommu_check_range(check, "owner", ser->owner, 1, U64_MAX) ?:
	      iommu_check_pasid(ser->pasid, check);
	if (ret || ser->hwpt < nr_hwpts)
		return ret;
	return iommu_record_fail(check->error, -ERANGE, "hwpt", ser->hwpt,
				 "is beyond the last record");
}

static int compare_tokens(struct rb_node *a, const struct rb_node *b)
{
	return cmp_int(rb_entry(a, struct iommufd_record_hwpt, token_key)->token,
		       rb_entry(b, struct iommufd_record_hwpt, token_key)->token);
}

static int compare_domains(struct rb_node *a, const struct rb_node *b)
{
	return cmp_int(rb_entry(a, struct iommufd_record_hwpt, domain_key)->domain,
		       rb_entry(b, struct iommufd_record_hwpt, domain_key)->domain);
}

static int compare_owners(struct rb_node *a, const struct rb_node *b)
{
	return cmp_int(rb_entry(a, struct iommufd_record_device, owner_key)->owner,
		       rb_entry(b, struct iommufd_record_device, owner_key)->owner);
}

/* Add the key of a record to those of the others, none of which may have the same. */
static int add_key(struct rb_node *key, struct rb_root *keys,
		   int (*compare)(struct rb_node *a, const struct rb_node *b),
		   const char *member, u64 value, struct iommu_record_check *check)
{
	if (!rb_find_add(key, keys, compare))
		return 0;
	return iommu_record_fail(check->error, -EINVAL, member, value,
				 "is that of another record");
}

static int read_hwpts(struct iommufd_incoming *in, struct iommu_record_check *check)
{
	struct rb_root domains = RB_ROOT, tokens = RB_ROOT;
	struct kho_block_set_it it;
	int ret = 0;

	kho_block_set_it_init(&it, &in->hwpt_blocks);
	for (u32 i = 0; !ret && i < in->nr_hwpts; i++) {
		const struct iommufd_hwpt_ser *ser = kho_block_set_it_read_entry(&it);
		struct iommufd_record_hwpt *hwpt = &in->hwpts[i];

		begin_record(in, "HWPT", i);
		*hwpt = (struct iommufd_record_hwpt){
			.token = ser->token,
			.domain = ser->domain,
			.flags = ser->flags,
			.index = i,
		};
		ret = check_hwpt(ser, check) ?:
		      add_key(&hwpt->token_key, &tokens, compare_tokens, "token",
			      ser->token, check) ?:
		      add_key(&hwpt->domain_key, &domains, compare_domains, "domain",
			      ser->domain, check);
	}
	return ret;
}

static int read_devices(struct iommufd_incoming *in, struct iommu_record_check *check)
{
	struct rb_root owners = RB_ROOT;
	struct kho_block_set_it it;
	int ret = 0;

	kho_block_set_it_init(&it, &in->device_blocks);
	for (u32 i = 0; !ret && i < in->nr_devices; i++) {
		const struct iommufd_device_ser *ser = kho_block_set_it_read_entry(&it);
		struct iommufd_record_device *device = &in->devices[i];

		begin_record(in, "device", i);
		ret = check_device(ser, in->nr_hwpts, check);
		if (ret)
			break;
		*device = (struct iommufd_record_device){
			.hwpt = &in->hwpts[ser->hwpt],
			.owner = ser->owner,
		};
		ret = add_key(&device->owner_key, &owners, compare_owners, "owner",
			      ser->owner, check);
	}
	return ret;
}

static int restore_chains(struct iommufd_incoming *in,
			  const struct iommufd_header_ser *header,
			  struct iommu_record_check *check)
{
	int ret;

	ret = iommu_chain_restore_records(&in->hwpt_blocks, &header->hwpts,
					  sizeof(struct iommufd_hwpt_ser),
					  IOMMUFD_ABI_MAX_HWPTS, "hwpts", check) ?:
	      iommu_chain_restore_records(&in->device_blocks, &header->devices,
					  sizeof(struct iommufd_device_ser),
					  IOMMUFD_ABI_MAX_DEVICES, "devices", check);
	if (ret)
		return ret;
	in->nr_hwpts = header->hwpts.count;
	in->nr_devices = header->devices.count;
	return 0;
}

static int alloc_descriptions(struct iommufd_incoming *in)
{
	in->hwpts = kvzalloc_objs(*in->hwpts, in->nr_hwpts);
	in->devices = kvzalloc_objs(*in->devices, in->nr_devices);
	return in->hwpts && in->devices ? 0 : -ENOMEM;
}

static int read_image(struct iommufd_incoming *in, u64 header_pa,
		      struct iommu_record_check *check)
{
	const struct iommufd_header_ser *header;
	int ret;

	strscpy(in->record, "iommufd header");
	ret = iommu_check_memory(check, "header", header_pa, sizeof(*header));
	if (ret)
		return ret;

	header = phys_to_virt(header_pa);
	return check_header(header, check) ?:
	       restore_chains(in, header, check) ?:
	       iommu_claims_settle(check->claims) ?:
	       in->error.err ?:
	       alloc_descriptions(in) ?:
	       read_hwpts(in, check) ?:
	       read_devices(in, check);
}

static void empty(struct iommufd_incoming *in)
{
	*in = (struct iommufd_incoming){};
	kho_block_set_init(&in->hwpt_blocks, sizeof(struct iommufd_hwpt_ser));
	kho_block_set_init(&in->device_blocks, sizeof(struct iommufd_device_ser));
}

/**
 * iommufd_incoming_read - Read what the previous kernel has handed over
 * @in: Filled in; on failure, only with the error
 * @header_pa: Physical address that iommufd_outgoing_write() returned, untrusted
 *
 * Changes nothing but @in. A record that is bad is named in the log.
 *
 * Context: May sleep.
 * Return: 0, or
 *
 * * -ENOMEM: no memory, the call can be repeated.
 * * -EINVAL: there is no header at @header_pa, a chain is damaged, or two records
 *   have the same token, domain or owner.
 * * -EOPNOTSUPP: the layout is another one, or something in it is unknown.
 * * -ERANGE: a number is out of range.
 */
int iommufd_incoming_read(struct iommufd_incoming *in, u64 header_pa)
{
	struct iommu_claims claims = {};
	struct iommu_record_check check = {
		.error = &in->error,
		.claims = &claims,
		.rank = IOMMU_CLAIM_IMAGE,
	};
	int ret;

	empty(in);
	ret = read_image(in, header_pa, &check);
	iommu_claims_free(&claims);
	if (!ret)
		return 0;
	if (in->error.err)
		iommu_record_log(in->record, &in->error);
	iommufd_incoming_release(in);
	return ret;
}
EXPORT_SYMBOL_GPL(iommufd_incoming_read);

/**
 * iommufd_incoming_release - Forget what was read
 * @in: What was handed over; iommufd_incoming::error stays, and which record has it
 *
 * All memory that was handed over stays with KHO, and can be read again.
 *
 * Context: May sleep.
 */
void iommufd_incoming_release(struct iommufd_incoming *in)
{
	kho_block_set_forget(&in->hwpt_blocks);
	kho_block_set_forget(&in->device_blocks);
	kvfree(in->hwpts);
	kvfree(in->devices);
	in->hwpts = NULL;
	in->devices = NULL;
	in->nr_hwpts = 0;
	in->nr_devices = 0;
}
EXPORT_SYMBOL_GPL(iommufd_incoming_release);

#if IS_ENABLED(CONFIG_KUNIT)
/* The kernel of a test ends: what it has preserved stays. */
void iommufd_outgoing_forget(struct iommufd_outgoing *out)
{
	kho_block_set_forget(&out->hwpt_blocks);
	kho_block_set_forget(&out->device_blocks);
	out->header = NULL;
}
EXPORT_SYMBOL_GPL(iommufd_outgoing_forget);
#endif
