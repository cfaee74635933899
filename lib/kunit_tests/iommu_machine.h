/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine with IOMMUs for the conformance suite of backends: the hardware, or a
 * model of it, and the least of a driver that a backend works with.
 */

#ifndef _LIB_KUNIT_TESTS_IOMMU_MACHINE_H
#define _LIB_KUNIT_TESTS_IOMMU_MACHINE_H

#include <linux/iommu-liveupdate.h>
#include <linux/types.h>

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
 * @end_kernel: The run-time objects of the driver go, those of devices and domains
 *	too. The hardware and its tables stay as they are. mock_kexec() comes next.
 * @begin_kernel: The next kernel finds the units; it has not touched them.
 * @init_unit: What the driver does with a unit at boot: take it over by
 *	iommu_liveupdate_adopt(), or abandon it and set it up anew.
 *	Returns true if it was taken over.
 * @unit: Unit @n of the running kernel.
 * @unit_id: See iommu_liveupdate_unit::id.
 * @probe: A device behind unit @n is found, and the driver probes it. It may do
 *	DMA. Returns the device, or an ERR_PTR().
 * @release: The driver releases a device; any domain was detached before.
 * @alloc_domain: Returns an empty paging domain for a device, as any driver's.
 * @free_domain: Free a domain.
 * @attach: Attach a device to a domain, as for any device. Returns 0 or an errno.
 * @detach: Detach a device from its domain; it is blocked then.
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
	void (*end_kernel)(struct iommu_machine *machine);
	void (*begin_kernel)(struct iommu_machine *machine);
	bool (*init_unit)(struct iommu_machine *machine, unsigned int n);
	struct iommu_device *(*unit)(struct iommu_machine *machine,
				     unsigned int n);
	u64 (*unit_id)(struct iommu_machine *machine, unsigned int n);
	struct device *(*probe)(struct iommu_machine *machine, unsigned int n,
				u16 rid);
	void (*release)(struct iommu_machine *machine, struct device *dev);
	struct iommu_domain *(*alloc_domain)(struct iommu_machine *machine,
					     struct device *dev);
	void (*free_domain)(struct iommu_machine *machine,
			    struct iommu_domain *domain);
	int (*attach)(struct iommu_machine *machine, struct device *dev,
		      struct iommu_domain *domain);
	void (*detach)(struct iommu_machine *machine, struct device *dev);
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
 */
struct iommu_machine {
	const struct iommu_machine_ops *ops;
	struct kunit *test;
	unsigned int units;
};

/* The machines that the suite runs on */
extern const struct iommu_machine_ops iommu_test_machine_ops;
extern const struct iommu_machine_ops vtd_legacy_machine_ops;
extern const struct iommu_machine_ops vtd_second_stage_machine_ops;
extern const struct iommu_machine_ops vtd_first_stage_machine_ops;

#endif /* _LIB_KUNIT_TESTS_IOMMU_MACHINE_H */
