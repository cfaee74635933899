/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_IOMMUFD_RECORD_H
#define __IOMMU_LIVEUPDATE_IOMMUFD_RECORD_H

#include <linux/iommu-liveupdate.h>
#include <linux/kho/abi/iommufd.h>
#include <linux/kho_block.h>
#include <linux/list.h>
#include <linux/rbtree.h>

/**
 * struct iommufd_record_hwpt - A HWPT that is handed over
 * @node: In iommufd_outgoing::hwpts.
 * @token_key: Of what was read: in the tree of tokens.
 * @domain_key: Of what was read: in the tree of domains.
 * @token: What user space knows it by.
 * @domain: Number of its domain, see iommu_preserve_domain().
 * @flags: Bits of IOMMUFD_HWPT_*.
 * @index: Index among the HWPTs, of what was read, or written last.
 */
struct iommufd_record_hwpt {
	struct list_head node;
	struct rb_node token_key;
	struct rb_node domain_key;
	u64 token;
	u64 domain;
	u32 flags;
	u32 index;
};

/**
 * struct iommufd_record_device - A device that is handed over
 * @node: In iommufd_outgoing::devices.
 * @owner_key: Of what was read: in the tree of owners.
 * @hwpt: The HWPT that it is attached to.
 * @owner: Number of its owner, see iommu_preserve_device().
 */
struct iommufd_record_device {
	struct list_head node;
	struct rb_node owner_key;
	const struct iommufd_record_hwpt *hwpt;
	u64 owner;
};

/**
 * struct iommufd_outgoing - What is handed over of an iommufd
 * @header: The header, in preserved memory.
 * @hwpts: List of &struct iommufd_record_hwpt.
 * @devices: List of &struct iommufd_record_device.
 * @nr_hwpts: Number of HWPTs.
 * @nr_devices: Number of devices.
 * @hwpt_blocks: Room for as many records.
 * @device_blocks: Room for as many records.
 */
struct iommufd_outgoing {
	struct iommufd_header_ser *header;
	struct list_head hwpts;
	struct list_head devices;
	u32 nr_hwpts;
	u32 nr_devices;
	struct kho_block_set hwpt_blocks;
	struct kho_block_set device_blocks;
};

/**
 * struct iommufd_incoming - What the previous kernel has handed over of an iommufd
 * @hwpts: The HWPTs.
 * @devices: The devices.
 * @nr_hwpts: Number of HWPTs.
 * @nr_devices: Number of devices.
 * @hwpt_blocks: The records, which stay with KHO.
 * @device_blocks: The records, which stay with KHO.
 * @record: The record with the error, for the log.
 * @error: Why it cannot be used.
 */
struct iommufd_incoming {
	struct iommufd_record_hwpt *hwpts;
	struct iommufd_record_device *devices;
	u32 nr_hwpts;
	u32 nr_devices;
	struct kho_block_set hwpt_blocks;
	struct kho_block_set device_blocks;
	char record[32];
	struct iommu_record_error error;
};

int iommufd_outgoing_init(struct iommufd_outgoing *out);
void iommufd_outgoing_destroy(struct iommufd_outgoing *out);
int iommufd_outgoing_add_hwpt(struct iommufd_outgoing *out,
			      struct iommufd_record_hwpt *hwpt);
void iommufd_outgoing_remove_hwpt(struct iommufd_outgoing *out,
				  struct iommufd_record_hwpt *hwpt);
int iommufd_outgoing_add_device(struct iommufd_outgoing *out,
				struct iommufd_record_device *device);
void iommufd_outgoing_remove_device(struct iommufd_outgoing *out,
				    struct iommufd_record_device *device);
u64 iommufd_outgoing_write(struct iommufd_outgoing *out);

int iommufd_incoming_read(struct iommufd_incoming *in, u64 header_pa);
void iommufd_incoming_release(struct iommufd_incoming *in);

#if IS_ENABLED(CONFIG_KUNIT)
void iommufd_outgoing_forget(struct iommufd_outgoing *out);
#endif

#endif
