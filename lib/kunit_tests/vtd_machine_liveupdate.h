/* SPDX-License-Identifier: GPL-2.0-only */
/* A live update of a machine with VT-d units in software, by the real driver. */

#ifndef _LIB_KUNIT_TESTS_VTD_MACHINE_LIVEUPDATE_H
#define _LIB_KUNIT_TESTS_VTD_MACHINE_LIVEUPDATE_H

#include <linux/iommu-liveupdate.h>
#include <linux/types.h>

#include "vtd_machine_dma.h"

struct file;

/**
 * struct vtd_updated_function - A function of the machine in a live update
 * @claimed: The case owns its DMA.
 * @domain: The domain that it is preserved with for the next kernel, or NULL.
 * @owner: Number of its owner in what is handed over.
 */
struct vtd_updated_function {
	bool claimed;
	struct iommu_domain *domain;
	u64 owner;
};

/**
 * struct vtd_live_update - What user space has of a live update
 * @machine: The machine.
 * @ops: The backend in the driver's second copy.
 * @session: The session of the kernel that runs, or NULL.
 * @functions: The functions.
 */
struct vtd_live_update {
	struct vtd_machine *machine;
	const struct iommu_liveupdate_ops *ops;
	struct file *session;
	struct vtd_updated_function functions[VTD_MACHINE_NR_DEVICES];
};

struct vtd_live_update *
vtd_live_update_create(struct kunit *test, const struct vtd_machine_config *config);

void vtd_live_update_claim(struct vtd_live_update *update,
			   enum vtd_machine_device device);
int vtd_live_update_preserve(struct vtd_live_update *update,
			     enum vtd_machine_device device,
			     struct iommu_domain *domain);
void vtd_live_update_abort(struct vtd_live_update *update);
void vtd_live_update_shut_down(struct vtd_live_update *update);
void vtd_live_update_shut_down_otherwise(struct vtd_live_update *update,
					 bool written, bool kexec);
void vtd_live_update_kexec(struct vtd_live_update *update);

struct iommu_domain *vtd_live_update_restored(struct vtd_live_update *update,
					      enum vtd_machine_device device);
bool vtd_live_update_is_held(struct vtd_live_update *update,
			     enum vtd_machine_device device);
void vtd_live_update_finish(struct vtd_live_update *update);
void vtd_live_update_give_up(struct vtd_live_update *update);

#endif /* _LIB_KUNIT_TESTS_VTD_MACHINE_LIVEUPDATE_H */
