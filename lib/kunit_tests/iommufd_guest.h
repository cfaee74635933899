/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A virtual machine as user space has it: memory, an iommufd that maps it, devices
 * that do DMA to it, and a session that preserves all that. The IOMMU core, iommufd,
 * memfds and LUO are the real ones.
 */

#ifndef _LIB_KUNIT_TESTS_IOMMUFD_GUEST_H
#define _LIB_KUNIT_TESTS_IOMMUFD_GUEST_H

#include <linux/fcntl.h>
#include <linux/list.h>
#include <linux/sizes.h>

#include "iommu_core.h"
#include "iommufd_test_device.h"
#include "iommufd_user.h"

/* The memory, and where devices see it */
#define IOMMUFD_GUEST_PAGES	8
#define IOMMUFD_GUEST_SIZE	(IOMMUFD_GUEST_PAGES * PAGE_SIZE)
#define IOMMUFD_GUEST_IOVA	SZ_256M

/* The seals that memory needs to be preserved */
#define IOMMUFD_GUEST_SEALS	(F_SEAL_SEAL | F_SEAL_GROW | F_SEAL_SHRINK)

/* The session that cases preserve a guest in */
#define IOMMUFD_GUEST_SESSION	"guest"

struct file;
struct iommufd_guest;

/**
 * struct iommufd_guest_device - A device of a guest
 * @node: In iommufd_guest::devices.
 * @guest: The guest.
 * @device: The device.
 * @file: The file that stands for it.
 * @test: What that file stands for: the device, bound to the iommufd.
 * @id: Its object ID.
 * @is_attached: It is attached.
 */
struct iommufd_guest_device {
	struct list_head node;
	struct iommufd_guest *guest;
	struct iommu_core_device *device;
	struct file *file;
	struct iommufd_test_device test;
	u32 id;
	bool is_attached;
};

/**
 * struct iommufd_guest - A guest
 * @node: In the list of all guests.
 * @test: The case.
 * @core: The IOMMU core.
 * @user: The iommufd.
 * @memory: The memory.
 * @pfns: Its page frames.
 * @ioas: Object ID of the IOAS that maps it.
 * @hwpt: Object ID of the HWPT.
 * @devices: List of &struct iommufd_guest_device. The first one is attached to @hwpt.
 * @released: The same, of devices that are not bound any more.
 * @memory_token: Token of @memory in a session.
 * @token: Token of the iommufd in a session.
 * @hwpt_token: Token of @hwpt.
 * @device_token: Token of the first device in a session.
 * @end_devices: Called when the kernel ends, if not NULL, to have those go who have
 *	bound devices otherwise than by iommufd_guest_add_device().
 * @end_data: For that.
 */
struct iommufd_guest {
	struct list_head node;
	struct kunit *test;
	struct iommu_core *core;
	struct iommufd_user *user;
	struct file *memory;
	unsigned long pfns[IOMMUFD_GUEST_PAGES];
	u32 ioas;
	u32 hwpt;
	struct list_head devices;
	struct list_head released;
	u64 memory_token;
	u64 token;
	u64 hwpt_token;
	u64 device_token;
	void (*end_devices)(struct iommufd_guest *guest);
	void *end_data;
};

/* What there is */
struct iommufd_guest *iommufd_guest_start(struct kunit *test, unsigned int units);
struct iommufd_guest *iommufd_guest_add(struct iommu_core *core, unsigned int unit,
					u16 rid);
struct iommufd_guest *iommufd_guest_add_without_device(struct iommu_core *core);
struct iommufd_guest_device *iommufd_guest_add_device(struct iommufd_guest *guest,
						      unsigned int unit, u16 rid);
struct iommufd_guest_device *iommufd_guest_first(struct iommufd_guest *guest);
void iommufd_guest_note_memory(struct iommufd_guest *guest);
struct iommu_core *iommufd_guest_core(struct kunit *test, unsigned int units);
void iommufd_guest_isolate_interrupts(struct iommu_core_device *device);

/* Attachments */
int iommufd_guest_attach(struct iommufd_guest_device *device, u32 hwpt);
void iommufd_guest_detach(struct iommufd_guest_device *device);

/* DMA */
void iommufd_guest_watch(struct iommufd_guest_device *device);
void iommufd_guest_unwatch(struct iommufd_guest_device *device);
void iommufd_guest_expect_reached_by(struct iommufd_guest *guest,
				     struct iommu_core_device *device);
void iommufd_guest_expect_reached(struct iommufd_guest_device *device);

/* A live update */
struct file *iommufd_guest_session(struct iommufd_guest *guest);
int iommufd_guest_preserve_memory(struct iommufd_guest *guest, struct file *session);
int iommufd_guest_preserve_iommufd(struct iommufd_guest *guest, struct file *session);
int iommufd_guest_preserve_device(struct iommufd_guest_device *device,
				  struct file *session, u64 token);
void iommufd_guest_preserve_all(struct iommufd_guest *guest, struct file *session);
void iommufd_guest_kexec(struct iommu_core *core);

#endif /* _LIB_KUNIT_TESTS_IOMMUFD_GUEST_H */
