/* SPDX-License-Identifier: GPL-2.0-only */
/* The real IOMMU core over a machine with IOMMUs, from one kernel to the next. */

#ifndef _LIB_KUNIT_TESTS_IOMMU_CORE_H
#define _LIB_KUNIT_TESTS_IOMMU_CORE_H

#include <linux/spinlock.h>

#include "iommu_machine.h"

#define IOMMU_CORE_MAX_UNITS	4
#define IOMMU_CORE_MAX_CALLS	512

/* The session whose file stands for all that is preserved */
#define IOMMU_CORE_SESSION	"iommu"

struct file;
struct iommu_domain;

/**
 * enum iommu_core_call - What the core asks the driver for
 * @IOMMU_CORE_PROBE: Probe a device.
 * @IOMMU_CORE_GROUP: Find the group of a device.
 * @IOMMU_CORE_ALLOC: Allocate a paging domain.
 * @IOMMU_CORE_ATTACH: Attach a device to a paging domain.
 * @IOMMU_CORE_BLOCK: Attach a device to the blocked domain.
 * @IOMMU_CORE_IDENTITY: Attach a device to the identity domain.
 * @IOMMU_CORE_RELEASE: Release a device.
 * @IOMMU_CORE_RESTORE: Allocate a domain to be restored.
 * @IOMMU_CORE_REATTACH: Attach an adopted device to its restored domain.
 * @IOMMU_CORE_NR_CALLS: Number of kinds.
 */
enum iommu_core_call {
	IOMMU_CORE_PROBE,
	IOMMU_CORE_GROUP,
	IOMMU_CORE_ALLOC,
	IOMMU_CORE_ATTACH,
	IOMMU_CORE_BLOCK,
	IOMMU_CORE_IDENTITY,
	IOMMU_CORE_RELEASE,
	IOMMU_CORE_RESTORE,
	IOMMU_CORE_REATTACH,
	IOMMU_CORE_NR_CALLS,
};

/**
 * struct iommu_core_entry - One call of the driver
 * @call: Which.
 * @unit: Number of the device's unit.
 * @rid: Requester ID of the device.
 * @domain: The domain that the device is attached to, or NULL.
 */
struct iommu_core_entry {
	enum iommu_core_call call;
	unsigned int unit;
	u16 rid;
	struct iommu_domain *domain;
};

/**
 * struct iommu_core_domain - A domain, in one kernel and in the next
 * @node: In iommu_core::domains.
 * @number: From 1. See iommu_machine_map().
 * @domain: The domain in the running kernel, or NULL.
 * @id: What the records know it by, if @is_preserved.
 * @is_preserved: It is handed over to the next kernel.
 */
struct iommu_core_domain {
	struct list_head node;
	unsigned int number;
	struct iommu_domain *domain;
	u64 id;
	bool is_preserved;
};

/**
 * struct iommu_core_device - A device, in one kernel and in the next
 * @node: In iommu_core::devices.
 * @core: The core.
 * @unit: Number of its unit.
 * @rid: Requester ID.
 * @dev: The device in the running kernel, or NULL.
 * @domain: Its domain, or NULL.
 * @owner: Who has claimed its DMA, or NULL.
 * @record_owner: What the records know its owner by, if @is_preserved.
 * @is_attached: Its group is attached to @domain, by iommu_core_attach().
 * @is_preserved: It is handed over to the next kernel.
 * @is_watched: Its DMA is watched.
 */
struct iommu_core_device {
	struct list_head node;
	struct iommu_core *core;
	unsigned int unit;
	u16 rid;
	struct device *dev;
	struct iommu_core_domain *domain;
	void *owner;
	u64 record_owner;
	bool is_attached;
	bool is_preserved;
	bool is_watched;
};

/**
 * struct iommu_core - The core over a machine
 * @test: The case.
 * @machine: The machine.
 * @devices: List of &struct iommu_core_device.
 * @domains: List of &struct iommu_core_domain.
 * @is_registered: By unit: the core knows it.
 * @is_adopted: By unit: this kernel has taken it over.
 * @is_running: A kernel runs.
 * @is_ending: It ends: the driver does nothing any more.
 * @session: The session of user space whose file stands for all that is preserved,
 *	or NULL.
 * @hold_probes: The units are registered, but no device is probed.
 * @end_owners: Called when the kernel ends, if not NULL, to have those go who own
 *	devices otherwise than by iommu_core_claim(). The driver does nothing any more.
 * @before_init: Called in the next kernel, if not NULL, before it touches any unit.
 * @lock: Protects what follows.
 * @failures: By call: how many calls it takes until one fails, and the errno.
 * @log: The calls since iommu_core_forget_calls().
 * @nr_calls: Number of them.
 * @on_call: Called for each call, if not NULL, before it does anything. May sleep.
 */
struct iommu_core {
	struct kunit *test;
	struct iommu_machine *machine;
	struct list_head devices;
	struct list_head domains;
	bool is_registered[IOMMU_CORE_MAX_UNITS];
	bool is_adopted[IOMMU_CORE_MAX_UNITS];
	bool is_running;
	bool is_ending;
	struct file *session;
	bool hold_probes;
	void (*end_owners)(struct iommu_core *core);
	void (*before_init)(struct iommu_core *core);
	spinlock_t lock; /* of failures and log */
	struct {
		unsigned int nth;
		int err;
	} failures[IOMMU_CORE_NR_CALLS];
	struct iommu_core_entry log[IOMMU_CORE_MAX_CALLS];
	unsigned int nr_calls;
	void (*on_call)(struct iommu_core *core, enum iommu_core_call call,
			struct device *dev);
};

/* What there is */
struct iommu_core *iommu_core_start(struct kunit *test, unsigned int units);
struct iommu_core_device *iommu_core_find(struct iommu_core *core, unsigned int unit,
					  u16 rid);
struct iommu_core_device *iommu_core_add_bridge(struct iommu_core *core,
						unsigned int unit, u16 rid,
						u8 secondary, u8 subordinate);
struct iommu_core_domain *iommu_core_add_domain(struct iommu_core *core);
struct iommu_core_device *iommu_core_add_device(struct iommu_core *core,
						unsigned int unit, u16 rid);
struct iommu_core_device *iommu_core_add_sharing(struct iommu_core_device *device, u16 rid);
void iommu_core_remove_device(struct iommu_core_device *device);
void iommu_core_unplug(struct iommu_core_device *device);

/* What the owner of a device does */
int iommu_core_claim(struct iommu_core_device *device, void *owner);
void iommu_core_disclaim(struct iommu_core_device *device);
int iommu_core_alloc_domain(struct iommu_core_device *device);
void iommu_core_free_domain(struct iommu_core_domain *domain);
int iommu_core_attach(struct iommu_core_device *device);
void iommu_core_detach(struct iommu_core_device *device);
void iommu_core_release(struct iommu_core_device *device);

/* Kernels */
void iommu_core_end_kernel(struct iommu_core *core);
void iommu_core_begin_kernel(struct iommu_core *core);
void iommu_core_begin_units(struct iommu_core *core);
int iommu_core_probe(struct iommu_core_device *device);

/* What the driver was asked for */
void iommu_core_fail(struct iommu_core *core, enum iommu_core_call call,
		     unsigned int nth, int err);
void iommu_core_forget_calls(struct iommu_core *core);
unsigned int iommu_core_calls(const struct iommu_core_device *device,
			      enum iommu_core_call call);
unsigned int iommu_core_attaches(const struct iommu_core_device *device);
struct iommu_domain *iommu_core_first_attached(const struct iommu_core_device *device);

/* What DMA does */
bool iommu_core_may_do_dma(const struct iommu_core_device *device);
void iommu_core_watch(struct iommu_core_device *device);
void iommu_core_watch_blocked(struct iommu_core_device *device);
void iommu_core_unwatch(struct iommu_core_device *device);
void iommu_core_expect_reached(const struct iommu_core_device *device);
void iommu_core_expect_blocked(const struct iommu_core_device *device);

/* A live update */
int iommu_core_open_session(struct iommu_core *core);
void iommu_core_close_session(struct iommu_core *core);
int iommu_core_preserve_domain(struct iommu_core_domain *domain);
void iommu_core_unpreserve_domain(struct iommu_core_domain *domain);
int iommu_core_preserve(struct iommu_core_device *device);
void iommu_core_unpreserve(struct iommu_core_device *device);
void iommu_core_preserve_all(struct iommu_core *core);
int iommu_core_freeze(struct iommu_core *core);
void iommu_core_kexec(struct iommu_core *core);
void iommu_core_live_update(struct iommu_core *core);
struct file *iommu_core_retrieve_session(struct iommu_core *core, const char *name);
void iommu_core_finish(struct iommu_core *core);

/* iommu_core_liveupdate.c, for the fixture itself */
void iommu_core_start_liveupdate(struct iommu_core *core);
void iommu_core_end_liveupdate(struct iommu_core *core);
void iommu_core_forget_preserved(struct iommu_core *core);
void iommu_core_read_records(struct iommu_core *core);

/* iommu_core_driver.c */
extern struct iommu_ops iommu_core_ops;
void iommu_core_set_driver(struct iommu_core *core);

#endif /* _LIB_KUNIT_TESTS_IOMMU_CORE_H */
