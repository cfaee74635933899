/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ROOTS_H
#define ROOTS_H

#include "../../../drivers/iommu/liveupdate/deserialize.h"
#include "../../../drivers/iommu/liveupdate/iommufd_record.h"
#include "../../../drivers/iommu/liveupdate/vfio_pci_record.h"
#include "../../../mm/memfd_record.h"
#include "memory.h"

/* The most files of each kind */
#define MAX_FILES	64

/* The greatest order of a folio that an x86-64 kernel has in a file */
#define MAX_FILE_ORDER	9

/**
 * struct handover - What the kernel's readers make of an image
 * @iommu: What is handed over of the IOMMUs, if @nr_iommu is 1.
 * @iommufd: What is handed over of each iommufd.
 * @vfio_pci: What is handed over of each file of a PCI device.
 * @memfd: What is handed over of each memfd.
 * @nr_iommu: How many there are of each.
 * @nr_iommufd: The same.
 * @nr_vfio_pci: The same.
 * @nr_memfd: The same.
 */
struct handover {
	struct iommu_incoming iommu;
	struct iommufd_incoming iommufd[MAX_FILES];
	struct vfio_pci_record vfio_pci[MAX_FILES];
	struct memfd_record memfd[MAX_FILES];
	u32 nr_iommu;
	u32 nr_iommufd;
	u32 nr_vfio_pci;
	u32 nr_memfd;
};

/**
 * struct root - What a handover begins with
 * @name: The name under which LUO keeps it.
 * @layout: The struct that is there.
 * @magic: Constant that it begins with, NULL if there is none.
 * @read: Let the kernel's code read it: 0, or what it fails with. What it refuses is
 *	among the findings.
 */
struct root {
	const char *name;
	const char *layout;
	const char *magic;
	int (*read)(struct handover *handover, const char *where, u64 phys);
};

const struct root *root_find(const struct preservation *preservation);
void roots_guess(void);
void root_name(const struct preservation *preservation, char *buf, size_t size);

int handover_read(struct handover *handover);
void handover_release(struct handover *handover);
void handover_finish(struct handover *handover);

#endif /* ROOTS_H */
