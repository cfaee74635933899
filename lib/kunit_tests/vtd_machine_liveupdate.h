/* SPDX-License-Identifier: GPL-2.0-only */
/* A live update of a machine with VT-d units in software, by the real driver. */

#ifndef _LIB_KUNIT_TESTS_VTD_MACHINE_LIVEUPDATE_H
#define _LIB_KUNIT_TESTS_VTD_MACHINE_LIVEUPDATE_H

#include <linux/iommu-liveupdate.h>
#include <linux/types.h>

#include "../../drivers/iommu/liveupdate/deserialize.h"
#include "../../drivers/iommu/liveupdate/serialize.h"
#include "vtd_machine_dma.h"

/**
 * struct vtd_preserved_function - A function of the machine in a live update
 * @domain: Its domain in the kernel that runs, or NULL.
 * @domain_description: Of its domain, unless another function has described it.
 * @description: Of the function.
 * @attachment: Of both.
 * @preserved: It is preserved for the next kernel.
 */
struct vtd_preserved_function {
	struct vtd_machine_domain *domain;
	struct iommu_liveupdate_domain domain_description;
	struct iommu_liveupdate_device description;
	struct iommu_liveupdate_attachment attachment;
	bool preserved;
};

/**
 * struct vtd_live_update - What the IOMMU core has of a live update
 * @machine: The machine.
 * @ops: The backend in the driver's second copy.
 * @out: What is handed over to the next kernel.
 * @in: What the previous kernel has handed over, if @has_read.
 * @has_read: It was read.
 * @header_pa: Physical address of what was written.
 * @units: The units that are preserved.
 * @functions: The functions.
 */
struct vtd_live_update {
	struct vtd_machine *machine;
	const struct iommu_liveupdate_ops *ops;
	struct iommu_outgoing out;
	struct iommu_incoming in;
	bool has_read;
	u64 header_pa;
	struct iommu_liveupdate_unit *units[VTD_MACHINE_MAX_UNITS];
	struct vtd_preserved_function functions[VTD_MACHINE_NR_DEVICES];
};

struct vtd_live_update *vtd_live_update_create(struct vtd_machine *machine);

int vtd_live_update_preserve(struct vtd_live_update *update,
			     enum vtd_machine_device device,
			     struct vtd_machine_domain *domain);
void vtd_live_update_abort(struct vtd_live_update *update);
void vtd_live_update_shut_down(struct vtd_live_update *update);
void vtd_live_update_shut_down_otherwise(struct vtd_live_update *update,
					 bool written, bool kexec);
void vtd_live_update_kexec(struct vtd_live_update *update);

const struct iommu_liveupdate_attachment *
vtd_live_update_record(struct vtd_live_update *update,
		       enum vtd_machine_device device);
struct vtd_machine_domain *
vtd_live_update_restore(struct vtd_live_update *update,
			enum vtd_machine_device device);
int vtd_live_update_attach(struct vtd_live_update *update,
			   enum vtd_machine_device device,
			   struct vtd_machine_domain *domain);
void vtd_live_update_finish(struct vtd_live_update *update);
void vtd_live_update_give_up(struct vtd_live_update *update);

#endif /* _LIB_KUNIT_TESTS_VTD_MACHINE_LIVEUPDATE_H */
