/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A live update of a machine with IOMMUs, step by step: what the IOMMU core does with
 * a backend, for the conformance suite.
 */

#ifndef _LIB_KUNIT_TESTS_IOMMU_CONFORMANCE_H
#define _LIB_KUNIT_TESTS_IOMMU_CONFORMANCE_H

#include "../../drivers/iommu/liveupdate/deserialize.h"
#include "../../drivers/iommu/liveupdate/serialize.h"
#include "iommu_machine.h"

#define CONFORMANCE_MAX_UNITS	4

struct iommu_domain;

/**
 * struct conformance_domain - A domain, in one kernel and in the next
 * @node: In conformance::domains.
 * @number: From 1. Each domain maps the same addresses to memory of its own.
 * @domain: The domain in the running kernel, or NULL.
 * @description: What is handed over of it.
 * @users: Devices that are preserved with it.
 */
struct conformance_domain {
	struct list_head node;
	unsigned int number;
	struct iommu_domain *domain;
	struct iommu_liveupdate_domain description;
	unsigned int users;
};

/**
 * struct conformance_device - A device, in one kernel and in the next
 * @node: In conformance::devices.
 * @unit: Number of its unit.
 * @rid: Requester ID.
 * @dev: The device in the running kernel, or NULL if it was not probed.
 * @domain: Its domain.
 * @is_attached: It is attached to that in the running kernel.
 * @is_preserved: It is handed over to the next kernel.
 * @is_watched: Its DMA is watched.
 * @description: What is handed over of it.
 * @attachment: What is handed over of its attachment.
 */
struct conformance_device {
	struct list_head node;
	unsigned int unit;
	u16 rid;
	struct device *dev;
	struct conformance_domain *domain;
	bool is_attached;
	bool is_preserved;
	bool is_watched;
	struct iommu_liveupdate_device description;
	struct iommu_liveupdate_attachment attachment;
};

/**
 * struct conformance - A machine, and what is handed over
 * @test: The case.
 * @machine: The machine.
 * @ops: How it works.
 * @backend: The operations under test.
 * @domains: List of &struct conformance_domain.
 * @devices: List of &struct conformance_device.
 * @units: Descriptions of the units that are preserved, or NULL.
 * @out: What is handed over to the next kernel.
 * @in: What the previous kernel has handed over, if @is_updated.
 * @header_pa: Where that is.
 * @is_updated: It is there.
 */
struct conformance {
	struct kunit *test;
	struct iommu_machine *machine;
	const struct iommu_machine_ops *ops;
	const struct iommu_liveupdate_ops *backend;
	struct list_head domains;
	struct list_head devices;
	struct iommu_liveupdate_unit *units[CONFORMANCE_MAX_UNITS];
	struct iommu_outgoing out;
	struct iommu_incoming in;
	u64 header_pa;
	bool is_updated;
};

const void *conformance_gen_machines(struct kunit *test, const void *prev,
				     char *desc);

/* What there is */
struct conformance *conformance_start(struct kunit *test, unsigned int units);
struct conformance_domain *conformance_add_domain(struct conformance *c);
struct conformance_device *
conformance_add_device(struct conformance *c, unsigned int unit, u16 rid,
		       struct conformance_domain *domain);

/* What any driver does */
void conformance_probe(struct conformance *c, struct conformance_device *device);
int conformance_attach(struct conformance *c, struct conformance_device *device);
void conformance_detach(struct conformance *c, struct conformance_device *device);
void conformance_release(struct conformance *c, struct conformance_device *device);
void conformance_free_domain(struct conformance *c, struct conformance_domain *domain);

/* In the old kernel */
int conformance_preserve_unit(struct conformance *c, unsigned int n);
void conformance_unpreserve_unit(struct conformance *c, unsigned int n);
int conformance_preserve_domain(struct conformance *c,
				struct conformance_domain *domain);
void conformance_unpreserve_domain(struct conformance *c,
				   struct conformance_domain *domain);
int conformance_preserve(struct conformance *c, struct conformance_device *device);
void conformance_unpreserve(struct conformance *c, struct conformance_device *device);
void conformance_preserve_all(struct conformance *c);
void conformance_abort(struct conformance *c);
void conformance_switch_over(struct conformance *c);
void conformance_kexec(struct conformance *c);

/* In the new kernel */
void conformance_read(struct conformance *c);
void conformance_init_units(struct conformance *c);
void conformance_boot(struct conformance *c);
void conformance_finish(struct conformance *c);
void conformance_give_up(struct conformance *c);
const struct iommu_liveupdate_attachment *
conformance_record(struct conformance *c, const struct conformance_device *device);
void conformance_restore_domain(struct conformance *c,
				struct conformance_device *device);
int conformance_reattach(struct conformance *c, struct conformance_device *device);
void conformance_reattach_all(struct conformance *c);
void conformance_live_update(struct conformance *c);

/* What DMA does */
void conformance_watch(struct conformance *c, struct conformance_device *device);
void conformance_watch_blocked(struct conformance *c,
			       struct conformance_device *device);
void conformance_unwatch(struct conformance *c, struct conformance_device *device);
void conformance_expect_reached(struct conformance *c,
				const struct conformance_device *device);
void conformance_expect_blocked(struct conformance *c,
				const struct conformance_device *device);

#endif /* _LIB_KUNIT_TESTS_IOMMU_CONFORMANCE_H */
