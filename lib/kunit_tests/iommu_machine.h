/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine with IOMMUs for suites of backends and of the IOMMU core: the hardware,
 * or a model of it, and the least of a driver that a backend works with.
 */

#ifndef _LIB_KUNIT_TESTS_IOMMU_MACHINE_H
#define _LIB_KUNIT_TESTS_IOMMU_MACHINE_H

#include <linux/iommu-liveupdate.h>
#include <linux/types.h>

#include "test_pci.h"

struct device;
struct iommu_domain;
struct iommu_machine;
struct kunit;

/* Where DMA that is blocked goes */
#define IOMMU_MACHINE_BLOCKED	(~0ULL)

/**
 * struct iommu_machine_ops - What the suite needs of a machine
 * @name: Backend and mode, for the names of cases.
 * @backend: The operations under test.
 * @create: Make a machine with @units units, and its first kernel, whose driver
 *	has enabled each unit. No device was probed. It ends with the test.
 * @plug: Optional. A function is plugged in, which PCI has not found yet: the hardware
 *	gets to know requester @rid at unit @n. Returns 0 or -ENOMEM.
 * @end_kernel: The run-time objects of the driver go, those of devices and domains
 *	too. The hardware and its tables stay as they are. mock_kexec() comes next.
 * @begin_kernel: The next kernel finds the units and the PCI functions; it has not
 *	touched them.
 * @init_unit: What the driver does with a unit at boot: take it over by
 *	iommu_liveupdate_adopt(), or abandon it and set it up anew.
 *	Returns true if it was taken over.
 * @unit: Unit @n of the running kernel.
 * @unit_id: See iommu_liveupdate_unit::id.
 * @probe_device: The driver probes a device, whose dev_iommu is there. It sets the
 *	private data there. Returns 0 or an errno. iommu_probe_device_lock is held.
 * @release_device: The driver releases a device. It is attached to no domain, but may
 *	have been adopted, and is cut off then.
 * @end_device: What the driver has for a device goes, and its entries stay as they
 *	are.
 * @is_adopted: Returns whether a device does DMA as the previous kernel let it.
 * @alloc_domain: Returns an empty paging domain for a device, as any driver's, whose
 *	attach_dev is iommu_machine_attach_dev().
 * @free_domain: Free a domain.
 * @attach: Attach a device to a domain, as for any device; it is detached first.
 *	Returns 0 or an errno.
 * @detach: Detach a device from what it is attached to, if anything; it is blocked
 *	then.
 * @shutdown: What the driver does with unit @n as the last thing of a kernel: the unit
 *	goes on if there is a kexec with all records written, and it has a preserved
 *	device; else translation is disabled.
 * @translate: Returns where DMA of requester @rid at unit @n goes now, or
 *	%IOMMU_MACHINE_BLOCKED.
 * @watch: From now on DMA of a requester must reach @pa, or be blocked if @pa is
 *	%IOMMU_MACHINE_BLOCKED, whenever the hardware looks: else the case fails.
 * @unwatch: That may change now.
 * @checksum: Returns a checksum over all words of the entries that lead from the unit
 *	to the page table of a requester.
 * @is_enabled: Returns whether unit @n translates.
 * @may_do_dma: Returns whether requester @rid at unit @n may do DMA at all (on PCI:
 *	bus mastering). The case fails if translation is disabled at a unit behind
 *	which any may.
 * @damage_unit: In the next kernel, before @init_unit: make the @k-th thing differ
 *	of what a unit's record is compared with. Returns false if there are not so
 *	many.
 * @damage_device: The same for the entries of a requester.
 * @refuse_device: Make a device one that the backend refuses, by its @k-th reason.
 *	Returns false if there are not so many.
 * @refuse_unit: The same for a unit.
 * @accept: Undo @refuse_device and @refuse_unit.
 *
 * All run in the thread of the test.
 */
struct iommu_machine_ops {
	const char *name;
	const struct iommu_liveupdate_ops *backend;
	struct iommu_machine *(*create)(struct kunit *test, unsigned int units);
	int (*plug)(struct iommu_machine *machine, unsigned int n, u16 rid);
	void (*end_kernel)(struct iommu_machine *machine);
	void (*begin_kernel)(struct iommu_machine *machine);
	bool (*init_unit)(struct iommu_machine *machine, unsigned int n);
	struct iommu_device *(*unit)(struct iommu_machine *machine,
				     unsigned int n);
	u64 (*unit_id)(struct iommu_machine *machine, unsigned int n);
	int (*probe_device)(struct iommu_machine *machine, struct device *dev);
	void (*release_device)(struct iommu_machine *machine, struct device *dev);
	void (*end_device)(struct iommu_machine *machine, struct device *dev);
	bool (*is_adopted)(struct iommu_machine *machine, struct device *dev);
	struct iommu_domain *(*alloc_domain)(struct iommu_machine *machine,
					     struct device *dev);
	void (*free_domain)(struct iommu_machine *machine,
			    struct iommu_domain *domain);
	int (*attach)(struct iommu_machine *machine, struct device *dev,
		      struct iommu_domain *domain);
	void (*detach)(struct iommu_machine *machine, struct device *dev);
	void (*shutdown)(struct iommu_machine *machine, unsigned int n, bool kexec);
	u64 (*translate)(struct iommu_machine *machine, unsigned int n, u16 rid,
			 u64 iova);
	void (*watch)(struct iommu_machine *machine, unsigned int n, u16 rid,
		      u64 iova, u64 pa);
	void (*unwatch)(struct iommu_machine *machine, unsigned int n, u16 rid,
			u64 iova);
	u32 (*checksum)(struct iommu_machine *machine, unsigned int n, u16 rid);
	bool (*is_enabled)(struct iommu_machine *machine, unsigned int n);
	bool (*may_do_dma)(struct iommu_machine *machine, unsigned int n,
			   u16 rid);
	bool (*damage_unit)(struct iommu_machine *machine, unsigned int n,
			    unsigned int k);
	bool (*damage_device)(struct iommu_machine *machine, unsigned int n,
			      u16 rid, unsigned int k);
	bool (*refuse_device)(struct iommu_machine *machine, struct device *dev,
			      unsigned int k);
	bool (*refuse_unit)(struct iommu_machine *machine, unsigned int n,
			    unsigned int k);
	void (*accept)(struct iommu_machine *machine);
};

/**
 * struct iommu_machine - A machine
 * @ops: How it works. Private data of the implementation is around it.
 * @test: The case.
 * @units: Number of units.
 * @pci: Its PCI functions. A requester may do DMA if its function is a bus master.
 * @attach_dev: What attach_dev of a domain is, if not iommu_machine_ops::attach.
 */
struct iommu_machine {
	const struct iommu_machine_ops *ops;
	struct kunit *test;
	unsigned int units;
	struct test_pci pci;
	int (*attach_dev)(struct iommu_machine *machine, struct iommu_domain *domain,
			  struct device *dev, struct iommu_domain *old);
};

/* The machines that the suite runs on */
extern const struct iommu_machine_ops iommu_test_machine_ops;
extern const struct iommu_machine_ops vtd_legacy_machine_ops;
extern const struct iommu_machine_ops vtd_second_stage_machine_ops;
extern const struct iommu_machine_ops vtd_first_stage_machine_ops;

/* Of a device that is a PCI function of a machine */
struct iommu_machine *iommu_machine_of(struct device *dev);
unsigned int iommu_machine_unit_of(struct device *dev);
u16 iommu_machine_rid_of(struct device *dev);

/* What PCI does */
struct device *iommu_machine_find(struct iommu_machine *machine, unsigned int n, u16 rid);
struct device *iommu_machine_find_bridge(struct iommu_machine *machine, unsigned int n,
					 u16 rid, u8 secondary, u8 subordinate);
struct device *iommu_machine_device(struct iommu_machine *machine, unsigned int n,
				    u16 rid);
void iommu_machine_start_dma(struct iommu_machine *machine, struct device *dev);
void iommu_machine_unplug(struct iommu_machine *machine, struct device *dev);
void iommu_machine_scan(struct iommu_machine *machine);

/* What the IOMMU core does with the driver */
int iommu_machine_probe_device(struct iommu_machine *machine, struct device *dev);
void iommu_machine_release_device(struct iommu_machine *machine, struct device *dev);
void iommu_machine_end_device(struct iommu_machine *machine, struct device *dev);
int iommu_machine_attach_dev(struct iommu_domain *domain, struct device *dev,
			     struct iommu_domain *old);

/* The same where there is no core */
struct device *iommu_machine_probe(struct iommu_machine *machine, unsigned int n,
				   u16 rid);
void iommu_machine_release(struct iommu_machine *machine, struct device *dev);

/* What machines share */
bool iommu_machine_may_do_dma(struct iommu_machine *machine, unsigned int n, u16 rid);
void iommu_machine_release_all(struct iommu_machine *machine);
void iommu_machine_end_all(struct iommu_machine *machine);

#endif /* _LIB_KUNIT_TESTS_IOMMU_MACHINE_H */
