// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The record of a PCI device of VFIO
 *
 * What is handed over of the file of a device is where the device is, what it is, and
 * the names of what has more: the iommufd, and the owner of its DMA. Nothing here knows
 * a device, or looks anything up.
 *
 * Happy path:
 *
 * 1. vfio_pci_record_alloc() allocates the record, when the file is preserved.
 * 2. vfio_pci_record_write() writes it, when nothing changes any more. It cannot fail,
 *    and may be called again.
 * 3. In the next kernel vfio_pci_record_read() makes a description of it again.
 *
 * Unhappy paths:
 *
 * * There is no memory: nothing has changed.
 * * A record of the previous kernel is bad: a line says which member, and its value.
 *   All memory stays with KHO, and the call can be repeated.
 */

#include <linux/err.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>

#include "check.h"
#include "records.h"
#include "vfio_pci_record.h"

/**
 * vfio_pci_record_alloc - Allocate a record
 *
 * Context: May sleep.
 * Return: the record, of zeroes, or what kho_alloc_preserve() failed with.
 */
struct vfio_pci_device_ser *vfio_pci_record_alloc(void)
{
	return kho_alloc_preserve(sizeof(struct vfio_pci_device_ser));
}
EXPORT_SYMBOL_GPL(vfio_pci_record_alloc);

/**
 * vfio_pci_record_free - Undo vfio_pci_record_alloc()
 * @ser: The record, which is not handed over
 *
 * Context: May sleep.
 */
void vfio_pci_record_free(struct vfio_pci_device_ser *ser)
{
	kho_unpreserve_free(ser);
}
EXPORT_SYMBOL_GPL(vfio_pci_record_free);

/**
 * vfio_pci_record_write - Write a record
 * @ser: The record
 * @record: What is handed over
 *
 * Cannot fail, and may be called again.
 *
 * Context: Any.
 * Return: the physical address that the next kernel passes to vfio_pci_record_read().
 */
u64 vfio_pci_record_write(struct vfio_pci_device_ser *ser,
			  const struct vfio_pci_record *record)
{
	*ser = (struct vfio_pci_device_ser){
		.magic = VFIO_PCI_ABI_MAGIC,
		.fingerprint = iommu_abi_fingerprint(),
		.iommufd = record->iommufd,
		.owner = record->owner,
		.segment = record->segment,
		.rid = record->rid,
		.vendor = record->vendor,
		.device = record->device,
		.subsystem_vendor = record->subsystem_vendor,
		.subsystem_device = record->subsystem_device,
	};
	return virt_to_phys(ser);
}
EXPORT_SYMBOL_GPL(vfio_pci_record_write);

static int check_record(const struct vfio_pci_device_ser *ser,
			struct iommu_record_check *check)
{
	if (ser->magic != VFIO_PCI_ABI_MAGIC)
		return iommu_record_fail(check->error, -EINVAL, "magic", ser->magic,
					 "is not that of a record");
	if (ser->fingerprint != iommu_abi_fingerprint())
		return iommu_record_fail(check->error, -EOPNOTSUPP, "fingerprint",
					 ser->fingerprint, "is another layout");
	return iommu_check_known(check, "flags", ser->flags,
				 VFIO_PCI_DEVICE_FLAGS_KNOWN) ?:
	       iommu_check_zero(check, "reserved", &ser->reserved,
				sizeof(ser->reserved)) ?:
	       iommu_check_zero(check, "reserved2", ser->reserved2,
				sizeof(ser->reserved2)) ?:
	       iommu_check_range(check, "owner", ser->owner, 1, U64_MAX) ?:
	       iommu_check_range(check, "rid", ser->rid, 0, IOMMU_PCI_RID_MAX);
}

static int read_record(struct vfio_pci_record *record, u64 ser_pa,
		       struct iommu_record_check *check)
{
	const struct vfio_pci_device_ser *ser;
	int ret;

	ret = iommu_check_memory(check, "record", ser_pa, sizeof(*ser)) ?:
	      iommu_claims_settle(check->claims) ?:
	      check->error->err;
	if (ret)
		return ret;
	ser = phys_to_virt(ser_pa);
	ret = check_record(ser, check);
	if (ret)
		return ret;
	*record = (struct vfio_pci_record){
		.iommufd = ser->iommufd,
		.owner = ser->owner,
		.segment = ser->segment,
		.rid = ser->rid,
		.vendor = ser->vendor,
		.device = ser->device,
		.subsystem_vendor = ser->subsystem_vendor,
		.subsystem_device = ser->subsystem_device,
	};
	return 0;
}

/**
 * vfio_pci_record_read - Read what the previous kernel has handed over of a device
 * @record: Filled in, if the record is good
 * @ser_pa: Physical address that vfio_pci_record_write() returned, untrusted
 * @error: Filled in: what is wrong with the record
 *
 * A record that is bad is named in the log.
 *
 * Context: May sleep.
 * Return: 0, or
 *
 * * -ENOMEM: no memory, the call can be repeated.
 * * -EINVAL: there is no record at @ser_pa.
 * * -EOPNOTSUPP: the layout is another one, or something in it is unknown.
 * * -ERANGE: a number is out of range.
 */
int vfio_pci_record_read(struct vfio_pci_record *record, u64 ser_pa,
			 struct iommu_record_error *error)
{
	struct iommu_claims claims = {};
	struct iommu_record_check check = {
		.error = error,
		.claims = &claims,
		.rank = IOMMU_CLAIM_IMAGE,
	};
	int ret;

	*error = (struct iommu_record_error){};
	ret = read_record(record, ser_pa, &check);
	iommu_claims_free(&claims);
	if (error->err)
		iommu_record_log("vfio-pci device", error);
	return ret;
}
EXPORT_SYMBOL_GPL(vfio_pci_record_read);
