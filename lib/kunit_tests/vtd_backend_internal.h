/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the small driver around the VT-d backend share. */

#ifndef _LIB_KUNIT_TESTS_VTD_BACKEND_INTERNAL_H
#define _LIB_KUNIT_TESTS_VTD_BACKEND_INTERNAL_H

#include "../../drivers/iommu/intel/iommu.h"
#include "../../drivers/iommu/intel/liveupdate.h"
#include "../../drivers/iommu/intel/pasid.h"
#include "vtd_backend_driver.h"

/**
 * struct vtd_backend_unit - A unit, as the driver has it
 * @iommu: What the backend knows of it.
 * @drhd: Its firmware table entry.
 * @hardware: The unit in software.
 * @options: How it is used.
 * @table: Interrupt remapping table.
 * @queue: Invalidation queue, a page, and one for its status, or NULL.
 * @tail: Where the next descriptor goes.
 * @root: The root table, while it is hidden from the backend.
 * @reserved: A device behind it has reserved memory regions.
 * @next_id: Least domain ID that is handed out.
 */
struct vtd_backend_unit {
	struct intel_iommu iommu;
	struct dmar_drhd_unit drhd;
	struct vtd_test_unit *hardware;
	struct vtd_backend_options options;
	struct ir_table table;
	void *queue;
	u32 tail;
	struct root_entry *root;
	bool reserved;
	u32 next_id;
};

static inline struct vtd_backend_unit *to_backend_unit(struct intel_iommu *iommu)
{
	return container_of(iommu, struct vtd_backend_unit, iommu);
}

void vtd_backend_flush_write_buffers(struct intel_iommu *iommu);

#endif /* _LIB_KUNIT_TESTS_VTD_BACKEND_INTERNAL_H */
