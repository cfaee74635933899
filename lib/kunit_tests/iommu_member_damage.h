/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Damage to single members of an image, as lines of a table.
 */

#ifndef _LIB_KUNIT_TESTS_IOMMU_MEMBER_DAMAGE_H
#define _LIB_KUNIT_TESTS_IOMMU_MEMBER_DAMAGE_H

#include <linux/kho/abi/block.h>

#include "iommu_record_damage.h"

/* What a member is in */

enum place {
	IN_HEADER,
	IN_UNIT,
	IN_DOMAIN,
	IN_DEVICE,
	IN_ATTACHMENT,
	IN_UNITS_BLOCK,
	IN_DOMAINS_BLOCK,
	IN_DEVICES_BLOCK,
	IN_ATTACHMENTS_BLOCK,
	IN_UNIT_CHAIN,
	IN_DEVICE_CHAIN,
	IN_UNIT_ENTRY,
	IN_DEVICE_ENTRY,
	IN_DEVICE_PATH,
	IN_PATH_DEVICE,
	IN_PATH_BRIDGE,
	NR_PLACES,
};

#define TYPE_IN_HEADER			struct iommu_header_ser
#define TYPE_IN_UNIT			struct iommu_unit_ser
#define TYPE_IN_DOMAIN			struct iommu_domain_ser
#define TYPE_IN_DEVICE			struct iommu_device_ser
#define TYPE_IN_ATTACHMENT		struct iommu_attachment_ser
#define TYPE_IN_UNITS_BLOCK		struct kho_block_header_ser
#define TYPE_IN_DOMAINS_BLOCK		struct kho_block_header_ser
#define TYPE_IN_DEVICES_BLOCK		struct kho_block_header_ser
#define TYPE_IN_ATTACHMENTS_BLOCK	struct kho_block_header_ser
#define TYPE_IN_UNIT_CHAIN		struct kho_block_header_ser
#define TYPE_IN_DEVICE_CHAIN		struct kho_block_header_ser
#define TYPE_IN_UNIT_ENTRY		struct test_unit_entry
#define TYPE_IN_DEVICE_ENTRY		struct test_device_entry
#define TYPE_IN_DEVICE_PATH		struct kho_block_header_ser
#define TYPE_IN_PATH_DEVICE		struct iommu_pci_function_ser
#define TYPE_IN_PATH_BRIDGE		struct iommu_pci_function_ser

enum place_kind {
	PLACE_HEADER,
	PLACE_RECORD,
	PLACE_BLOCK,		/* Of the chain of a family */
	PLACE_VENDOR_BLOCK,	/* Of the vendor chain of a record */
	PLACE_VENDOR_ENTRY,
	PLACE_PATH_BLOCK,	/* Of the path of a device */
	PLACE_PATH_DEVICE,
	PLACE_PATH_BRIDGE,	/* The lowest one */
};

/**
 * struct place_info - A structure of the image.
 * @name: Its name, for descriptions.
 * @size: Its size in bytes.
 * @kind: What it is.
 * @family: The family it belongs to.
 */
struct place_info {
	const char *name;
	size_t size;
	enum place_kind kind;
	enum iommu_family family;
};

extern const struct place_info places[NR_PLACES];

/* What is done to a member */

enum damage_kind {
	TO_VALUE,	/* Another value */
	TO_OTHERS,	/* That of another record of the family */
	TO_BITS,	/* Each bit that is not in the value is set */
	TO_BYTES,	/* Each byte is not zero */
	TO_ADDRESSES,	/* Each of bad_addresses, as the address of a page */
	TO_TABLES,	/* The same, of memory of any size */
	TO_LINKS,	/* The same, of a block */
};

/**
 * struct damage - A line of the table.
 * @where: What the member is in.
 * @index: Index of the record, as far as there are several.
 * @member: Name of the member.
 * @offset: Where it is.
 * @size: Its size in bytes.
 * @kind: What is done to it.
 * @value: What it becomes, or the known bits.
 * @find: The same, if it follows from what it is.
 * @err: The errno, 0 if the value is legal.
 * @is_any: Each value is.
 * @said: Member that the reader names instead, its value is any.
 * @other: TO_OTHERS: Index of the other record.
 * @both: The other record is lost as well.
 * @also: Bitmap of records of the family that are lost as well.
 */
struct damage {
	enum place where;
	u32 index;
	const char *member;
	u16 offset;
	u16 size;
	enum damage_kind kind;
	u64 value;
	u64 (*find)(u64 good);
	int err;
	bool is_any;
	const char *said;
	u32 other;
	bool both;
	u32 also;
};

u64 one_more(u64 good);
u64 one_less(u64 good);
u64 inverted(u64 good);

/* The last argument is the member. */
#define MEMBER(where_, index_, ...)					\
	.where = where_, .index = index_, .member = #__VA_ARGS__,	\
	.offset = offsetof(TYPE_##where_, __VA_ARGS__),			\
	.size = sizeof_field(TYPE_##where_, __VA_ARGS__)

/* A legal value */
#define GOOD(where_, index_, member_, value_)				\
	{ MEMBER(where_, index_, member_), .value = value_ }

/* A legal value of a member of which each is: it is compared with the hardware */
#define ANY(where_, index_, member_, value_)				\
	{ MEMBER(where_, index_, member_), .value = value_, .is_any = true }

/* A value that is refused with an errno; optionally more members of the line */
#define BAD(where_, index_, member_, value_, err_, ...)			\
	{ MEMBER(where_, index_, member_), .value = value_,		\
	  .err = err_, ##__VA_ARGS__ }

#define BAD_IF(where_, index_, member_, find_, err_, ...)		\
	{ MEMBER(where_, index_, member_), .find = find_,		\
	  .err = err_, ##__VA_ARGS__ }

/* What another record has */
#define OTHERS(where_, index_, member_, other_, err_, ...)		\
	{ MEMBER(where_, index_, member_), .kind = TO_OTHERS,		\
	  .other = other_, .err = err_, ##__VA_ARGS__ }

/* What no two records may have: both are lost */
#define SAME(where_, index_, member_, other_, ...)			\
	OTHERS(where_, index_, member_, other_, -EINVAL,		\
	       .both = true, ##__VA_ARGS__)

#define BITS(where_, index_, member_, known_)				\
	{ MEMBER(where_, index_, member_), .kind = TO_BITS,		\
	  .value = known_, .err = -EOPNOTSUPP }

#define RESERVED(where_, index_, member_)				\
	{ MEMBER(where_, index_, member_), .kind = TO_BYTES,		\
	  .err = -EOPNOTSUPP }

#define ADDRESSES(where_, index_, member_, kind_)			\
	{ MEMBER(where_, index_, member_), .kind = kind_, .err = -EINVAL }

void member_damage_try(struct record_damage *image,
		       const struct damage *damage);
bool member_damage_is_of_same(const struct damage *a, const struct damage *b);

#endif /* _LIB_KUNIT_TESTS_IOMMU_MEMBER_DAMAGE_H */
