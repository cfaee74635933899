// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a handover begins with, and which code of the kernel reads it. A new family of
 * records is a line of the table and a function.
 */
#include <stdio.h>
#include <string.h>

#include <linux/err.h>
#include <linux/kho/abi/memfd.h>

#include "backends.h"
#include "findings.h"
#include "members.h"
#include "roots.h"

static void refuse_records(const struct iommu_incoming *in, const char *where)
{
	char what[32];

	for (int family = 0; family < IOMMU_NR_FAMILIES; family++) {
		for (u32 i = 0; i < in->count[family]; i++) {
			const struct iommu_record *record =
				iommu_incoming_record(in, family, i);

			/* One that is lost with its device or domain is no news. */
			if (!record->error.err || (family == IOMMU_ATTACHMENTS &&
						   record->error.inherited))
				continue;
			snprintf(what, sizeof(what), "%s %u", iommu_families[family].name, i);
			findings_refuse(where, what, &record->error);
		}
	}
}

static int read_iommu(struct handover *handover, const char *where, u64 phys)
{
	struct iommu_incoming *in = &handover->iommu;
	int ret;

	if (handover->nr_iommu) {
		findings_add(FINDING_STRICT, "%s: another handover has this name", where);
		return 0;
	}
	ret = iommu_incoming_read(in, phys, backends());
	if (in->error.err)
		findings_refuse(where, "header", &in->error);
	if (ret)
		return ret;
	handover->nr_iommu = 1;
	refuse_records(in, where);
	return 0;
}

static int read_iommufd(struct handover *handover, const char *where, u64 phys)
{
	struct iommufd_incoming *in = &handover->iommufd[handover->nr_iommufd];
	int ret;

	if (handover->nr_iommufd == MAX_FILES)
		return -ENOSPC;
	ret = iommufd_incoming_read(in, phys);
	if (in->error.err)
		findings_refuse(where, in->record, &in->error);
	if (!ret)
		handover->nr_iommufd++;
	return ret;
}

static int read_vfio_pci(struct handover *handover, const char *where, u64 phys)
{
	struct vfio_pci_record *record = &handover->vfio_pci[handover->nr_vfio_pci];
	struct iommu_record_error error;
	int ret;

	if (handover->nr_vfio_pci == MAX_FILES)
		return -ENOSPC;
	ret = vfio_pci_record_read(record, phys, &error);
	if (error.err)
		findings_refuse(where, "vfio-pci device", &error);
	if (!ret)
		handover->nr_vfio_pci++;
	return ret;
}

static int read_memfd(struct handover *handover, const char *where, u64 phys,
		      const struct memfd_record_format *format)
{
	struct memfd_record *record = &handover->memfd[handover->nr_memfd];
	int ret;

	if (handover->nr_memfd == MAX_FILES)
		return -ENOSPC;
	ret = memfd_record_read(record, format, phys, MAX_FILE_ORDER);
	if (record->error.err)
		findings_refuse_memfd(where, &record->error);
	if (!ret)
		handover->nr_memfd++;
	return ret;
}

static int read_memfd_v3(struct handover *handover, const char *where, u64 phys)
{
	return read_memfd(handover, where, phys, &memfd_v3_format);
}

static int read_memfd_v2(struct handover *handover, const char *where, u64 phys)
{
	return read_memfd(handover, where, phys, &memfd_v2_format);
}

static const struct root roots[] = {
	{ IOMMU_LIVEUPDATE_COMPATIBLE, "iommu_header_ser", "IOMMU_ABI_MAGIC", read_iommu },
	{ IOMMUFD_LIVEUPDATE_COMPATIBLE, "iommufd_header_ser", "IOMMUFD_ABI_MAGIC",
	  read_iommufd },
	{ VFIO_PCI_LIVEUPDATE_COMPATIBLE, "vfio_pci_device_ser", "VFIO_PCI_ABI_MAGIC",
	  read_vfio_pci },
	{ MEMFD_V3_COMPATIBLE, "memfd_v3_ser", "MEMFD_V3_MAGIC", read_memfd_v3 },
	{ MEMFD_LUO_FH_COMPATIBLE, "memfd_luo_ser", NULL, read_memfd_v2 },
};

/* What begins with this preservation, or NULL */
const struct root *root_find(const struct preservation *preservation)
{
	for (size_t i = 0; i < ARRAY_SIZE(roots); i++)
		if (!strcmp(roots[i].name, preservation->root))
			return &roots[i];
	return NULL;
}

/* Name memory that begins as one of these do. */
static void guess(struct preservation *preservation)
{
	u64 magic;

	for (size_t i = 0; !preservation->order && i < ARRAY_SIZE(roots); i++)
		if (roots[i].magic && constant_find(roots[i].magic, &magic) &&
		    !memcmp(preservation->mem, &magic, sizeof(magic)))
			strcpy(preservation->root, roots[i].name);
}

/* Images of memory alone have no names: a header is known by its magic. */
void roots_guess(void)
{
	for (size_t i = 0; i < memory_count(); i++)
		if (memory_nth(i)->root[0])
			return;
	for (size_t i = 0; i < memory_count(); i++)
		guess(memory_nth(i));
}

/* What it is called in messages */
void root_name(const struct preservation *preservation, char *buf, size_t size)
{
	snprintf(buf, size, "%s@%#llx", preservation->root,
		 (ullong)preservation->phys);
}

/* Let the kernel's code read all that is handed over: 0 or the first failure. */
int handover_read(struct handover *handover)
{
	char where[48];
	int ret = 0;

	memset(handover, 0, sizeof(*handover));
	memory_forget_readers();
	for (size_t i = 0; i < memory_count(); i++) {
		const struct preservation *preservation = memory_nth(i);
		const struct root *root = root_find(preservation);

		if (!root)
			continue;
		memory_set_reader(i);
		root_name(preservation, where, sizeof(where));
		ret = root->read(handover, where, preservation->phys) ?: ret;
	}
	return ret;
}

/* Forget what was read. All memory stays as it is. */
void handover_release(struct handover *handover)
{
	if (handover->nr_iommu)
		iommu_incoming_release(&handover->iommu);
	for (u32 i = 0; i < handover->nr_iommufd; i++)
		iommufd_incoming_release(&handover->iommufd[i]);
}

/* What another memfd has given back in the meantime is not there any more. */
static void finish_memfd(struct memfd_record *record)
{
	if (!memfd_record_read(record, record->format, record->pa, record->max_order))
		memfd_record_free(record);
}

/* Forget what was read, and give the records back, as a kernel does. */
void handover_finish(struct handover *handover)
{
	if (handover->nr_iommu)
		iommu_incoming_finish(&handover->iommu);
	for (u32 i = 0; i < handover->nr_iommufd; i++)
		iommufd_incoming_release(&handover->iommufd[i]);
	for (u32 i = 0; i < handover->nr_memfd; i++)
		finish_memfd(&handover->memfd[i]);
}
