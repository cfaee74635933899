/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices behind VT-d units that are handed over, step by step, to be disturbed. */

#ifndef _LIB_KUNIT_TESTS_VTD_HANDOVER_H
#define _LIB_KUNIT_TESTS_VTD_HANDOVER_H

#include "../../drivers/iommu/liveupdate/deserialize.h"
#include "../../drivers/iommu/liveupdate/serialize.h"
#include "vtd_backend_machine.h"

/* Where each device does DMA, and the first address that it must reach */
#define VTD_HANDOVER_IOVA	0x123456000ULL
#define VTD_HANDOVER_PAGE	0x345678000ULL

/**
 * struct vtd_handover_device - A device on its way
 * @unit: The unit that it is behind.
 * @rid: Its requester ID.
 * @page: Where its DMA must go.
 * @dev: The device, in the kernel that runs, or NULL.
 * @domain: Its domain there, or NULL.
 * @preserved: It is handed over.
 * @left: It is not, or no more.
 * @device: Its description.
 * @domain_description: The description of its domain.
 * @attachment: The description of its attachment.
 */
struct vtd_handover_device {
	unsigned int unit;
	u16 rid;
	u64 page;
	struct device *dev;
	struct iommu_domain *domain;
	bool preserved;
	bool left;
	struct iommu_liveupdate_device device;
	struct iommu_liveupdate_domain domain_description;
	struct iommu_liveupdate_attachment attachment;
};

/**
 * struct vtd_handover - What is handed over
 * @test: The case.
 * @machine: The machine.
 * @ops: How it works.
 * @backend: The operations under test.
 * @units: Descriptions of the units that are preserved, or NULL.
 * @devices: The devices.
 * @nr_devices: Number of them.
 * @out: For the next kernel.
 * @header_pa: Where it is.
 * @in: From the previous kernel.
 * @reading: @in is in use.
 */
struct vtd_handover {
	struct kunit *test;
	struct vtd_backend_machine *machine;
	const struct iommu_machine_ops *ops;
	const struct iommu_liveupdate_ops *backend;
	struct iommu_liveupdate_unit *units[VTD_BACKEND_MAX_UNITS];
	struct vtd_handover_device *devices;
	unsigned int nr_devices;
	struct iommu_outgoing out;
	u64 header_pa;
	struct iommu_incoming in;
	bool reading;
};

struct vtd_handover *vtd_handover_create(struct kunit *test,
					 const struct iommu_machine_ops *ops,
					 unsigned int units,
					 const struct vtd_backend_config *config);
struct vtd_handover_device *vtd_handover_add(struct vtd_handover *handover,
					     unsigned int unit, u16 rid);
struct vtd_test_unit *vtd_handover_hardware(struct vtd_handover *handover,
					    const struct vtd_handover_device *device);
u64 vtd_handover_reaches(struct vtd_handover *handover,
			 const struct vtd_handover_device *device);
void vtd_handover_watch(struct vtd_handover *handover,
			const struct vtd_handover_device *device, bool watched);

int vtd_handover_try_preserve_unit(struct vtd_handover *handover, unsigned int n);
int vtd_handover_try_preserve(struct vtd_handover *handover,
			      struct vtd_handover_device *device);
void vtd_handover_unpreserve(struct vtd_handover *handover,
			     struct vtd_handover_device *device);
void vtd_handover_unpreserve_unit(struct vtd_handover *handover, unsigned int n);
void vtd_handover_preserve(struct vtd_handover *handover);
void vtd_handover_cancel(struct vtd_handover *handover);

void vtd_handover_switch(struct vtd_handover *handover);
void vtd_handover_leave(struct vtd_handover *handover);
void vtd_handover_kexec(struct vtd_handover *handover);
void vtd_handover_read(struct vtd_handover *handover);
void vtd_handover_boot(struct vtd_handover *handover);
int vtd_handover_try_attach(struct vtd_handover *handover,
			    struct vtd_handover_device *device);
void vtd_handover_attach(struct vtd_handover *handover);
void vtd_handover_detach(struct vtd_handover *handover,
			 struct vtd_handover_device *device);
void vtd_handover_finish(struct vtd_handover *handover);
void vtd_handover_all(struct vtd_handover *handover);

#endif /* _LIB_KUNIT_TESTS_VTD_HANDOVER_H */
