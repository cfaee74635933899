/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is preserved of the IOMMUs, as the running kernel describes it, and what
 * a backend adds. The form in which it is handed over is
 * <linux/kho/abi/iommu.h>.
 */

#ifndef _LINUX_IOMMU_LIVEUPDATE_H
#define _LINUX_IOMMU_LIVEUPDATE_H

#include <linux/generic_pt/liveupdate.h>
#include <linux/kho/abi/iommu.h>
#include <linux/kho_block.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct device;
struct iommu_device;
struct iommu_domain;
struct iommu_liveupdate_attachment;
struct iommu_record_check;
struct iommu_vendor_records;
struct liveupdate_file_handler;

/**
 * struct iommu_record_error - What is wrong with a record
 * @err: Negative errno, 0 if nothing is.
 * @inherited: Nothing, but what it depends on is lost.
 * @member: Name of the member, as in the ABI.
 * @reason: What is wrong with it, for the log.
 * @value: Its value.
 * @min: The least legal value, if it is a matter of range.
 * @max: The greatest legal value, 0 if it is not.
 */
struct iommu_record_error {
	int err;
	bool inherited;
	const char *member;
	const char *reason;
	u64 value;
	u64 min;
	u64 max;
};

/**
 * struct iommu_record - What the descriptions of all families have in common
 * @node: In the list of its family, of what is handed over.
 * @key: In the tree of the keys of that list.
 * @index: Index in its family, of what was read, or written last.
 * @users: Descriptions in the lists that point to this one.
 * @listed: In a list.
 * @error: Why a record of the previous kernel cannot be used.
 */
struct iommu_record {
	struct list_head node;
	struct rb_node key;
	u32 index;
	u32 users;
	bool listed;
	struct iommu_record_error error;
};

/**
 * struct iommu_vendor_chain - What a backend keeps of variable length
 * @blocks: The entries.
 * @count: Number of entries.
 */
struct iommu_vendor_chain {
	struct kho_block_set blocks;
	u32 count;
};

/**
 * struct iommu_pci_path - A PCI device and the bridges above it
 * @functions: Entries of &struct iommu_pci_function_ser.
 * @count: Number of entries.
 */
struct iommu_pci_path {
	struct kho_block_set functions;
	u32 count;
};

/**
 * struct iommu_liveupdate_unit - A translation unit that stays enabled
 * @record: What all families have.
 * @vendor: Backend of the unit, NULL if a record is of none that is known.
 * @id: Physical address of the registers.
 * @area: What the backend keeps, see &struct iommu_vendor_records.
 * @chain: What the backend keeps of variable length.
 * @adopted: Of what was handed over: this kernel has taken the unit over.
 */
struct iommu_liveupdate_unit {
	struct iommu_record record;
	const struct iommu_vendor_records *vendor;
	u64 id;
	u64 area[IOMMU_UNIT_VENDOR_WORDS];
	struct iommu_vendor_chain chain;
	bool adopted;
};

/**
 * struct iommu_liveupdate_domain - A domain whose page table is kept
 * @record: What all families have.
 * @vendor: Backend of the domain, NULL if a record is of none that is known.
 * @id: Number of the domain in the records of other subsystems, not 0.
 * @table: The page table.
 * @pgsize_bitmap: Page sizes, see iommu_domain::pgsize_bitmap.
 * @aperture_start: First I/O virtual address that can be mapped.
 * @aperture_last: Last I/O virtual address that can be mapped.
 * @area: What the backend keeps.
 * @restored: Of what was handed over: the domain that continues it, or NULL.
 */
struct iommu_liveupdate_domain {
	struct iommu_record record;
	const struct iommu_vendor_records *vendor;
	u64 id;
	struct pt_iommu_description table;
	u64 pgsize_bitmap;
	u64 aperture_start;
	u64 aperture_last;
	u64 area[IOMMU_DOMAIN_VENDOR_WORDS];
	struct iommu_domain *restored;
};

/**
 * enum iommu_liveupdate_state - What became of a device that was handed over
 * @IOMMU_DEVICE_EXPECTED: It was not attached to anything yet.
 * @IOMMU_DEVICE_RESTORED: It is attached to its restored domain.
 * @IOMMU_DEVICE_HELD: It could not be attached, and so it is to nothing.
 * @IOMMU_DEVICE_CUT_OFF: It was released, and had not been attached.
 * @IOMMU_DEVICE_GONE: It was released, and had been attached.
 */
enum iommu_liveupdate_state {
	IOMMU_DEVICE_EXPECTED,
	IOMMU_DEVICE_RESTORED,
	IOMMU_DEVICE_HELD,
	IOMMU_DEVICE_CUT_OFF,
	IOMMU_DEVICE_GONE,
};

/**
 * struct iommu_liveupdate_device - A device whose DMA goes on
 * @record: What all families have.
 * @unit: The unit that translates for the device.
 * @id: Name of a device that is not on PCI.
 * @owner: Who owns the DMA of the device, not 0.
 * @type: One of IOMMU_DEVICE_TYPE_*.
 * @segment: PCI segment.
 * @rid: PCI requester ID.
 * @path: What is on the way from the device to its unit.
 * @area: What the backend keeps.
 * @chain: What the backend keeps of variable length.
 * @attachment: Of what was handed over: the attachment of the device, if it is good.
 * @state: Of what was handed over: what became of the device.
 * @found: Of what was handed over: a device of this kernel refers to it.
 */
struct iommu_liveupdate_device {
	struct iommu_record record;
	struct iommu_liveupdate_unit *unit;
	u64 id;
	u64 owner;
	u32 type;
	u32 segment;
	u32 rid;
	struct iommu_pci_path path;
	u64 area[IOMMU_DEVICE_VENDOR_WORDS];
	struct iommu_vendor_chain chain;
	struct iommu_liveupdate_attachment *attachment;
	enum iommu_liveupdate_state state;
	bool found;
};

/**
 * struct iommu_liveupdate_attachment - A device is attached to a domain
 * @record: What all families have.
 * @device: The device.
 * @domain: The domain.
 * @hardware_id: What the unit tags cached translations of the domain with.
 * @pasid: IOMMU_ATTACHMENT_NO_PASID.
 * @area: What the backend keeps.
 */
struct iommu_liveupdate_attachment {
	struct iommu_record record;
	struct iommu_liveupdate_device *device;
	struct iommu_liveupdate_domain *domain;
	u64 hardware_id;
	u32 pasid;
	u64 area[IOMMU_ATTACHMENT_VENDOR_WORDS];
};

/**
 * struct iommu_vendor_chain_format - Entries of a vendor chain
 * @entry_size: Size in bytes, 0 if the backend has no such chain.
 * @version: Version, of which a backend reads one.
 */
struct iommu_vendor_chain_format {
	u16 entry_size;
	u16 version;
};

/**
 * struct iommu_vendor_records - What a backend adds to the records
 * @unit_type: One of IOMMU_UNIT_TYPE_*.
 * @unit_chain: The vendor chain of a unit.
 * @device_chain: The vendor chain of a device.
 *
 * A backend keeps what is of fixed length in the area of a description, and
 * checks there what another kernel has written. Members without use are 0, and
 * are refused otherwise. A check uses iommu_check_range() and its likes, which
 * take down what is wrong, and returns what these return.
 *
 * Each operation may be NULL, but what writes the entries of a chain only if there is
 * no such chain.
 */
struct iommu_vendor_records {
	u32 unit_type;
	struct iommu_vendor_chain_format unit_chain;
	struct iommu_vendor_chain_format device_chain;

	/**
	 * @write_unit_entry: Write an entry of the chain of a unit
	 * @unit: The unit
	 * @n: Number of the entry, below the count of the chain
	 * @entry: Where to write it, zero
	 *
	 * Cannot fail, and may be called again. Must not sleep.
	 */
	void (*write_unit_entry)(const struct iommu_liveupdate_unit *unit,
				 u32 n, void *entry);

	/** @write_device_entry: The same for a device */
	void (*write_device_entry)(const struct iommu_liveupdate_device *device,
				   u32 n, void *entry);

	/**
	 * @check_unit: Check the area of a unit
	 * @unit: The unit, its chain is not read yet
	 * @check: To be passed on
	 *
	 * Return: 0 or what iommu_check_range() and its likes return.
	 */
	int (*check_unit)(const struct iommu_liveupdate_unit *unit,
			  struct iommu_record_check *check);

	/**
	 * @check_unit_entry: Check an entry of the chain of a unit
	 * @unit: The unit, whose area is good
	 * @n: Number of the entry
	 * @entry: The entry
	 * @check: To be passed on
	 *
	 * Return: 0 or what iommu_check_range() and its likes return.
	 */
	int (*check_unit_entry)(const struct iommu_liveupdate_unit *unit, u32 n,
				const void *entry,
				struct iommu_record_check *check);

	/** @check_domain: Check the area of a domain, like @check_unit */
	int (*check_domain)(const struct iommu_liveupdate_domain *domain,
			    struct iommu_record_check *check);

	/** @check_device: Check the area of a device, like @check_unit */
	int (*check_device)(const struct iommu_liveupdate_device *device,
			    struct iommu_record_check *check);

	/** @check_device_entry: Check an entry, like @check_unit_entry */
	int (*check_device_entry)(const struct iommu_liveupdate_device *device,
				  u32 n, const void *entry,
				  struct iommu_record_check *check);

	/**
	 * @check_attachment: Check area and hardware id, like @check_unit
	 * @attachment: The attachment, its device and its domain are good
	 * @check: To be passed on
	 *
	 * Return: 0 or what iommu_check_range() and its likes return.
	 */
	int (*check_attachment)(const struct iommu_liveupdate_attachment *attachment,
				struct iommu_record_check *check);
};

/**
 * struct iommu_liveupdate_ops - What only a backend knows
 * @records: What the backend adds to the records.
 *
 * The operations of the old kernel are in the order in which they are called, then
 * those of the new one. The caller serializes all calls for one unit, except where
 * it says otherwise, and holds the descriptions. See backends.rst.
 */
struct iommu_liveupdate_ops {
	const struct iommu_vendor_records *records;

	/**
	 * @preserve_unit: Prepare a unit for the next kernel
	 * @iommu: The unit
	 *
	 * Preserves what all devices of the unit need. Nothing that the
	 * hardware reads may change. May sleep.
	 *
	 * Return: the description, whose vendor, id, area and chain are filled
	 * in, or an ERR_PTR(): -EOPNOTSUPP if the unit cannot be kept as it is,
	 * -EBUSY if it is preserved, -ENOMEM. Nothing has changed then.
	 */
	struct iommu_liveupdate_unit *(*preserve_unit)(struct iommu_device *iommu);

	/**
	 * @unpreserve_unit: Undo @preserve_unit
	 * @unit: The description, which is freed; no device of it is preserved
	 */
	void (*unpreserve_unit)(struct iommu_liveupdate_unit *unit);

	/**
	 * @describe_domain: Complete the description of a domain
	 * @domain: The domain
	 * @description: What is not the backend's is filled in, the area is 0
	 *
	 * May be NULL, if the area has no use. Called before any attachment of
	 * the domain is described. May sleep.
	 */
	void (*describe_domain)(struct iommu_domain *domain,
				struct iommu_liveupdate_domain *description);

	/**
	 * @preserve_device: Prepare a device of a unit that is preserved
	 * @dev: The device
	 * @attachment: To be completed: hardware id and area, and the area of its device
	 *
	 * The unit of the device is the one that translates for @dev. The domain,
	 * which is preserved, is the one that @dev is attached to. Nothing that
	 * the hardware reads may change. May sleep. The mutex of the group is
	 * held, in which the device is alone.
	 *
	 * Return: 0, or nothing has changed and
	 *
	 * * -EOPNOTSUPP: the device, or how it is used, is not supported.
	 * * -EINVAL: the hardware does not translate by that domain.
	 * * -EBUSY: the requester is preserved already.
	 * * -ENOMEM.
	 */
	int (*preserve_device)(struct device *dev,
			       struct iommu_liveupdate_attachment *attachment);

	/**
	 * @unpreserve_device: Undo @preserve_device
	 * @attachment: As completed by @preserve_device
	 */
	void (*unpreserve_device)(struct iommu_liveupdate_attachment *attachment);

	/**
	 * @switch_over: Leave only preserved devices at a unit, for the next kernel
	 * @unit: The unit, whose description was written
	 *
	 * The last thing that this kernel does to the unit: all other CPUs have
	 * stopped. Whoever is not preserved is cut off. A preserved device whose
	 * entries have changed since must not reach anything else than before;
	 * it may lose its DMA. Must not sleep, allocate, or take a lock that another CPU may
	 * hold, and ends within a time that is known. From the first to the last
	 * moment each preserved device reaches what its domain maps and nothing
	 * else.
	 *
	 * Return: 0, or -ETIMEDOUT if the hardware does not answer. The caller
	 * has to stop the DMA of its devices then.
	 */
	int (*switch_over)(struct iommu_liveupdate_unit *unit);

	/**
	 * @adopt_unit: Take a unit over that is found translating
	 * @iommu: The unit
	 * @unit: What the previous kernel says of it, whose records are good
	 *
	 * Compares the record with the hardware, and allocates what it needs,
	 * before it takes anything back from KHO. The tables stay where they
	 * are, and belong to this kernel from now on; none of their entries
	 * changes. Nothing is invalidated. May sleep.
	 *
	 * Return: 0, or the unit is an orphan and its memory stays with KHO:
	 *
	 * * -EINVAL: hardware and record differ.
	 * * -ENOMEM.
	 */
	int (*adopt_unit)(struct iommu_device *iommu,
			  struct iommu_liveupdate_unit *unit);

	/**
	 * @adopt_attachment: Take over the entries of a device
	 * @iommu: The unit, which is adopted
	 * @attachment: What the previous kernel says, whose records are good
	 *
	 * Compares the record with the entries, and reserves the hardware id:
	 * no other domain on the unit gets it as long as any device with it is
	 * adopted or attached. None of the entries changes, and nothing is
	 * invalidated. The device may not have been found yet. May sleep.
	 *
	 * Return: 0, or
	 *
	 * * -EINVAL: entries and record differ.
	 * * -ERANGE: the unit has no such hardware id.
	 * * -ENOMEM.
	 */
	int (*adopt_attachment)(struct iommu_device *iommu,
				const struct iommu_liveupdate_attachment *attachment);

	/**
	 * @block_others: Cut off who was not adopted
	 * @iommu: The unit, which is adopted
	 *
	 * Clears the entries that @adopt_attachment did not take over, and waits
	 * until the hardware has forgotten them. What they led to is leaked. May
	 * sleep.
	 */
	void (*block_others)(struct iommu_device *iommu);

	/**
	 * @alloc_domain: Make an empty domain of a recorded format
	 * @dev: A device that will be attached
	 * @domain: What the previous kernel says of it, whose record is good
	 *
	 * May sleep.
	 *
	 * Return: the domain, whose page table can be restored, or an ERR_PTR():
	 * -EOPNOTSUPP if the unit of @dev has no such format, -ENOMEM.
	 */
	struct iommu_domain *(*alloc_domain)(struct device *dev,
					     const struct iommu_liveupdate_domain *domain);

	/**
	 * @attach_device: Attach an adopted device to its restored domain
	 * @dev: The device
	 * @domain: Its domain
	 * @attachment: As given to @adopt_attachment
	 *
	 * Like the attach of any device, except that no entry is written. After
	 * it the device is like any other. On failure the entries are as they
	 * were, and DMA goes on. May sleep. A driver that attaches the device to
	 * anything else cuts it off first.
	 *
	 * Return: 0, -EBUSY if the device is attached, or the hardware id belongs
	 * to another domain, -ENOENT if the device was not adopted, -ENOMEM.
	 */
	int (*attach_device)(struct device *dev, struct iommu_domain *domain,
			     const struct iommu_liveupdate_attachment *attachment);

	/**
	 * @release_device: Cut off an adopted device that was not attached
	 * @dev: The device
	 *
	 * Clears its entries, waits until the hardware has forgotten them, and
	 * gives its hardware id back. What the entries led to is leaked. Does
	 * nothing for any other device. May sleep.
	 */
	void (*release_device)(struct device *dev);

	/**
	 * @abandon_unit: Stop DMA at a unit that cannot be adopted
	 * @iommu: The unit
	 *
	 * Bus mastering ends at each device behind the unit. Called before
	 * translation is disabled, on each path that does so. Does nothing for a
	 * unit that was not found translating, or where the driver has enabled
	 * translation itself since. May sleep.
	 */
	void (*abandon_unit)(struct iommu_device *iommu);
};

int iommu_liveupdate_register_backend(const struct iommu_vendor_records *records);

/* For who preserves files that stand for domains and devices */
int iommu_liveupdate_register_flb(struct liveupdate_file_handler *handler);
void iommu_liveupdate_unregister_flb(struct liveupdate_file_handler *handler);
int iommu_preserve_domain(struct iommu_domain *domain, u64 *id);
void iommu_unpreserve_domain(struct iommu_domain *domain);
int iommu_preserve_device(struct iommu_domain *domain, struct device *dev, u64 *owner);
void iommu_unpreserve_device(struct device *dev);
void iommu_liveupdate_freeze(void);
void iommu_liveupdate_unfreeze(void);

int iommu_check_range(struct iommu_record_check *check, const char *member,
		      u64 value, u64 min, u64 max);
int iommu_check_known(struct iommu_record_check *check, const char *member,
		      u64 value, u64 known);
int iommu_check_zero(struct iommu_record_check *check, const char *member,
		     const void *mem, size_t size);
int iommu_check_memory(struct iommu_record_check *check, const char *member,
		       u64 phys, size_t size);

#endif /* _LINUX_IOMMU_LIVEUPDATE_H */
