// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Chains of blocks in the records
 *
 * What is of variable length is in chains of blocks, which are KHO's. A record names
 * such a chain by &struct iommu_chain_ser.
 *
 * Happy path: who writes fills the blocks, and iommu_chain_encode() says where they
 * are. Who reads finds them by iommu_chain_restore(), and reads them entry by entry.
 *
 * Unhappy path: the chain is damaged, or has not as many entries as it says. What is
 * wrong is taken down, and its memory stays with KHO.
 */

#include <linux/io.h>

#include "chain.h"
#include "check.h"

/**
 * iommu_chain_encode - Say where a chain is, and what it holds
 * @blocks: Its blocks, which are written
 * @count: Number of entries
 * @version: Version of the entries
 *
 * Context: Any.
 * Return: what a record says of it; all zero without entries.
 */
struct iommu_chain_ser iommu_chain_encode(struct kho_block_set *blocks, u32 count,
					  u16 version)
{
	if (!count)
		return (struct iommu_chain_ser){};
	return (struct iommu_chain_ser){
		.head_pa = kho_block_set_head_pa(blocks),
		.count = count,
		.entry_size = blocks->entry_size,
		.version = version,
	};
}

/**
 * iommu_chain_encode_records - The same for a chain that a header names
 * @blocks: Its blocks, which are written
 * @count: Number of records
 *
 * Context: Any.
 * Return: what the header says of it; it has an entry size without records, too.
 */
struct iommu_chain_ser iommu_chain_encode_records(struct kho_block_set *blocks,
						  u32 count)
{
	struct iommu_chain_ser chain = iommu_chain_encode(blocks, count, 0);

	chain.entry_size = blocks->entry_size;
	return chain;
}

static u64 count_entries(const struct kho_block_set *blocks)
{
	const struct kho_block *block;
	u64 count = 0;

	list_for_each_entry(block, &blocks->blocks, list)
		count += block->ser->count;
	return count;
}

static void claim_blocks(const struct kho_block_set *blocks,
			 const char *member, struct iommu_record_check *check)
{
	const struct kho_block *block;

	list_for_each_entry(block, &blocks->blocks, list)
		iommu_check_memory(check, member, virt_to_phys(block->ser),
				   KHO_BLOCK_SIZE);
}

/**
 * iommu_chain_restore - Find a chain of the previous kernel
 * @blocks: Filled in. The memory stays with KHO
 * @chain: What a record says of it, whose entry size and version are good
 * @max: The most entries
 * @member: Name of the member that is @chain
 * @check: Check of the record
 *
 * Context: May sleep.
 * Return: 0 or
 *
 * * -ENOMEM: no memory. This is no error of the record.
 * * -EINVAL: the chain is damaged.
 * * -ERANGE: the number of entries is out of range, or not that of the chain.
 */
int iommu_chain_restore(struct kho_block_set *blocks,
			const struct iommu_chain_ser *chain, u32 max,
			const char *member, struct iommu_record_check *check)
{
	int ret;

	kho_block_set_init(blocks, chain->entry_size);
	ret = iommu_check_range(check, member, chain->count, 0, max);
	if (ret)
		return ret;

	ret = kho_block_set_restore(blocks, chain->head_pa);
	if (ret == -ENOMEM)
		return ret;
	if (ret)
		return iommu_record_fail(check->error, ret, member,
					 chain->head_pa, "is a damaged chain");
	if (count_entries(blocks) != chain->count) {
		kho_block_set_forget(blocks);
		return iommu_record_fail(check->error, -ERANGE, member,
					 chain->count,
					 "is not the number of entries");
	}

	claim_blocks(blocks, member, check);
	return 0;
}

/**
 * iommu_chain_restore_records - The same for a chain that a header names
 * @blocks: Filled in. The memory stays with KHO
 * @chain: What the header says of it
 * @record_size: Size of a record in bytes
 * @max: The most records
 * @member: Name of the member that is @chain
 * @check: Check of the header
 *
 * Context: May sleep.
 * Return: what iommu_chain_restore() returns; -EINVAL also if records have another
 * size, -EOPNOTSUPP if they have a version of their own.
 */
int iommu_chain_restore_records(struct kho_block_set *blocks,
				const struct iommu_chain_ser *chain, u16 record_size,
				u32 max, const char *member,
				struct iommu_record_check *check)
{
	if (chain->entry_size != record_size)
		return iommu_record_fail(check->error, -EINVAL, member,
					 chain->entry_size,
					 "is another size of records");
	if (chain->version)
		return iommu_record_fail(check->error, -EOPNOTSUPP, member,
					 chain->version, "is an unknown version");
	return iommu_chain_restore(blocks, chain, max, member, check);
}
