// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The operations of the test backend
 *
 * The smallest backend that there is, for those who write the next one. The records
 * are in iommu_test_backend.c, the hardware is in iommu_test_hardware.c, and what
 * any driver has is in iommu_test_driver.c.
 *
 * The tables stay where they are: what is preserved is the root table and those
 * parts of the stream table that have the entry of a preserved device. A shadow of
 * the tables, which is what the VT-d backend makes, costs memory but needs no
 * clearing at the end.
 *
 * Happy path:
 *
 * 1. test_preserve_unit() preserves the root table, test_preserve_device() a part of
 *    the stream table, unless another device has done so.
 * 2. test_switch_over() clears what does not belong to a preserved device.
 * 3. test_adopt_unit() compares registers and root table with the record, and takes
 *    the tables back from KHO. test_adopt_attachment() compares an entry, and
 *    reserves its hardware id. test_block_others() clears all other entries.
 * 4. test_attach_device() turns the reservation into an attached device.
 *
 * Unhappy paths:
 *
 * * Something differs, or there is no memory: an errno, and nothing has changed.
 * * An adopted device goes: test_release_device() clears its entry.
 * * A unit cannot be adopted: test_abandon_unit() stops the DMA behind it.
 */

#include <linux/kho_block.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "../../drivers/iommu/liveupdate/pages.h"
#include "../../drivers/iommu/liveupdate/serialize.h"
#include "iommu_test_driver.h"

static struct test_preserved_unit *
to_preserved(struct iommu_liveupdate_unit *unit)
{
	return container_of(unit, struct test_preserved_unit, unit.unit);
}

static u64 part_pa(const struct test_iommu *iommu, unsigned int bus)
{
	return iommu->root[bus] & ~TEST_PRESENT;
}

/* In the old kernel */

static struct iommu_liveupdate_unit *test_preserve_unit(struct iommu_device *iommu_dev)
{
	struct test_iommu *iommu = to_test_iommu(iommu_dev);
	const struct test_registers *registers = &iommu->hardware->registers;
	struct test_preserved_unit *preserved;
	int ret;

	if (!registers->enabled ||
	    registers->capabilities & ~TEST_UNIT_CAPABILITIES_KNOWN)
		return ERR_PTR(-EOPNOTSUPP);

	preserved = kzalloc_obj(*preserved);
	if (!preserved)
		return ERR_PTR(-ENOMEM);
	ret = iommu_pages_preserve(iommu->root);
	if (ret) {
		kfree(preserved);
		return ERR_PTR(ret);
	}
	preserved->iommu = iommu;
	preserved->unit.parts = preserved->parts;
	preserved->unit.unit.vendor = &test_vendor_records;
	preserved->unit.unit.id = iommu->hardware->id;
	preserved->unit.unit.area[TEST_UNIT_ROOT] = registers->root;
	preserved->unit.unit.area[TEST_UNIT_CAPABILITIES] = registers->capabilities;
	iommu_vendor_chain_init(&preserved->unit.unit.chain,
				&test_vendor_records.unit_chain);
	iommu->preserved = preserved;
	return &preserved->unit.unit;
}

static void test_unpreserve_unit(struct iommu_liveupdate_unit *unit)
{
	struct test_preserved_unit *preserved = to_preserved(unit);

	iommu_pages_unpreserve(preserved->iommu->root);
	preserved->iommu->preserved = NULL;
	kfree(preserved);
}

static void test_describe_domain(struct iommu_domain *domain,
				 struct iommu_liveupdate_domain *description)
{
	description->area[TEST_DOMAIN_STAGE] = 1;
}

/* The next kernel finds the parts in the order of the root table. */
static void number_parts(struct test_preserved_unit *preserved)
{
	unsigned int n = 0;

	for (unsigned int bus = 0; bus < TEST_BUSES; bus++) {
		if (preserved->users[bus])
			preserved->parts[n++] = part_pa(preserved->iommu, bus);
	}
}

static int preserve_part(struct test_preserved_unit *preserved, unsigned int bus)
{
	struct iommu_vendor_chain *chain = &preserved->unit.unit.chain;
	void *part = phys_to_virt(part_pa(preserved->iommu, bus));
	int ret;

	if (preserved->users[bus])
		return 0;
	ret = iommu_pages_preserve(part);
	if (ret)
		return ret;
	ret = iommu_vendor_chain_resize(chain, chain->count + 1);
	if (ret)
		iommu_pages_unpreserve(part);
	return ret;
}

static int test_preserve_device(struct device *dev,
				struct iommu_liveupdate_attachment *attachment)
{
	struct test_preserved_unit *preserved =
		to_preserved(attachment->device->unit);
	struct test_device *device = dev_iommu_priv_get(dev);
	const struct test_entry *entry;
	int ret;

	if (device->has_aliases || device->has_pasids)
		return -EOPNOTSUPP;
	entry = test_hardware_entry(preserved->iommu->hardware, device->rid);
	if (!entry || entry->table !=
		      (attachment->domain->table.top_phys | TEST_PRESENT))
		return -EINVAL;
	if (test_bit(device->rid, preserved->rids))
		return -EBUSY;
	ret = preserve_part(preserved, device->rid / TEST_STREAMS);
	if (ret)
		return ret;

	set_bit(device->rid, preserved->rids);
	preserved->users[device->rid / TEST_STREAMS]++;
	number_parts(preserved);
	attachment->hardware_id = entry->id;
	attachment->device->area[TEST_DEVICE_STREAM] = device->rid;
	return 0;
}

static void test_unpreserve_device(struct iommu_liveupdate_attachment *attachment)
{
	struct test_preserved_unit *preserved =
		to_preserved(attachment->device->unit);
	struct iommu_vendor_chain *chain = &preserved->unit.unit.chain;
	const u16 rid = attachment->device->area[TEST_DEVICE_STREAM];
	const unsigned int bus = rid / TEST_STREAMS;

	clear_bit(rid, preserved->rids);
	if (--preserved->users[bus])
		return;
	iommu_pages_unpreserve(phys_to_virt(part_pa(preserved->iommu, bus)));
	/* It becomes smaller, which cannot fail. */
	iommu_vendor_chain_resize(chain, chain->count - 1);
	number_parts(preserved);
}

/* The unit forgets them when it is told to. */
static void clear_entries(struct test_iommu *iommu, unsigned int bus,
			  bool (*is_kept)(struct test_iommu *iommu, u16 rid))
{
	struct test_entry *part = phys_to_virt(part_pa(iommu, bus));

	for (unsigned int i = 0; i < TEST_STREAMS; i++) {
		if (part[i].table && !is_kept(iommu, bus * TEST_STREAMS + i))
			test_hardware_write(iommu->hardware, &part[i].table, 0);
	}
}

static bool is_preserved(struct test_iommu *iommu, u16 rid)
{
	return test_bit(rid, iommu->preserved->rids);
}

static int test_switch_over(struct iommu_liveupdate_unit *unit)
{
	struct test_preserved_unit *preserved = to_preserved(unit);
	struct test_iommu *iommu = preserved->iommu;

	for (unsigned int bus = 0; bus < TEST_BUSES; bus++) {
		if (preserved->users[bus])
			clear_entries(iommu, bus, is_preserved);
		else
			test_hardware_write(iommu->hardware, &iommu->root[bus], 0);
	}
	test_hardware_invalidate(iommu->hardware);
	return 0;
}

/* In the new kernel */

/* The n-th part of the record is the n-th of the root table, and there is no more. */
static bool is_root_table(const u64 *root, struct iommu_liveupdate_unit *unit)
{
	const struct test_unit_entry *part;
	struct kho_block_set_it it;
	unsigned int n = 0;

	kho_block_set_it_init(&it, &unit->chain.blocks);
	for (unsigned int bus = 0; bus < TEST_BUSES; bus++) {
		if (!root[bus])
			continue;
		if (n++ == unit->chain.count)
			return false;
		part = kho_block_set_it_read_entry(&it);
		if (root[bus] != (part->table_pa | TEST_PRESENT))
			return false;
	}
	return n == unit->chain.count;
}

/* All of it was found to be preserved when the record was checked. */
static u64 *restore_tables(u64 root_pa)
{
	u64 *root = iommu_pages_restore(root_pa, PAGE_SIZE);

	for (unsigned int bus = 0; !IS_ERR(root) && bus < TEST_BUSES; bus++) {
		if (root[bus] && IS_ERR(iommu_pages_restore(root[bus] & ~TEST_PRESENT,
							    PAGE_SIZE)))
			return ERR_PTR(-EINVAL);
	}
	return root;
}

static int test_adopt_unit(struct iommu_device *iommu_dev,
			   struct iommu_liveupdate_unit *unit)
{
	struct test_iommu *iommu = to_test_iommu(iommu_dev);
	const struct test_registers *registers = &iommu->hardware->registers;
	u64 *root;

	if (iommu->is_adopted)
		return 0;
	if (!registers->enabled ||
	    registers->root != unit->area[TEST_UNIT_ROOT] ||
	    registers->capabilities != unit->area[TEST_UNIT_CAPABILITIES] ||
	    !is_root_table(phys_to_virt(registers->root), unit))
		return -EINVAL;

	root = restore_tables(registers->root);
	if (IS_ERR(root))
		return PTR_ERR(root);
	iommu->root = root;
	iommu->is_adopted = true;
	iommu->found_enabled = false;
	return 0;
}

static int reserve_id(struct test_iommu *iommu, u16 rid, u32 nr)
{
	struct test_id *id = test_iommu_get_id(iommu, nr);
	int ret;

	if (!id)
		return -ENOMEM;
	/* A domain of this kernel has it. */
	if (id->domain && !id->adopted)
		return -EINVAL;
	ret = xa_insert(&iommu->adopted, rid, xa_mk_value(nr), GFP_KERNEL);
	if (ret)
		test_iommu_put_id(iommu, nr);
	else
		id->adopted++;
	return ret;
}

static int test_adopt_attachment(struct iommu_device *iommu_dev,
				 const struct iommu_liveupdate_attachment *attachment)
{
	const u16 rid = attachment->device->area[TEST_DEVICE_STREAM];
	struct test_iommu *iommu = to_test_iommu(iommu_dev);
	const struct test_entry *entry;

	if (xa_load(&iommu->adopted, rid))
		return 0;
	if (!test_iommu_has_id(iommu, attachment->hardware_id))
		return -ERANGE;
	entry = test_hardware_entry(iommu->hardware, rid);
	if (rid != attachment->device->rid || !entry ||
	    entry->table != (attachment->domain->table.top_phys | TEST_PRESENT) ||
	    entry->id != attachment->hardware_id)
		return -EINVAL;
	return reserve_id(iommu, rid, entry->id);
}

static bool is_adopted(struct test_iommu *iommu, u16 rid)
{
	return xa_load(&iommu->adopted, rid);
}

static void test_block_others(struct iommu_device *iommu_dev)
{
	struct test_iommu *iommu = to_test_iommu(iommu_dev);

	for (unsigned int bus = 0; bus < TEST_BUSES; bus++) {
		if (iommu->root[bus])
			clear_entries(iommu, bus, is_adopted);
	}
	test_hardware_invalidate(iommu->hardware);
}

static struct iommu_domain *test_alloc_domain(struct device *dev,
					      const struct iommu_liveupdate_domain *recorded)
{
	struct test_device *device = dev_iommu_priv_get(dev);
	struct test_domain *domain;

	/* Whether the rest of it fits is for the page table to say. */
	if (recorded->table.format != IOMMU_PT_FORMAT_RISCV_64)
		return ERR_PTR(-EOPNOTSUPP);
	domain = test_domain_alloc(device->iommu);
	return domain ? &domain->domain : ERR_PTR(-ENOMEM);
}

static int test_attach_device(struct device *dev, struct iommu_domain *domain,
			      const struct iommu_liveupdate_attachment *attachment)
{
	struct test_device *device = dev_iommu_priv_get(dev);
	struct test_iommu *iommu = device->iommu;
	struct test_id *id;

	if (device->domain)
		return -EBUSY;
	if (!xa_load(&iommu->adopted, device->rid))
		return -ENOENT;
	id = xa_load(&iommu->ids, attachment->hardware_id);
	if (id->domain && id->domain != to_test_domain(domain))
		return -EBUSY;

	xa_erase(&iommu->adopted, device->rid);
	id->adopted--;
	id->attached++;
	id->domain = to_test_domain(domain);
	device->domain = id->domain;
	device->id = attachment->hardware_id;
	return 0;
}

static void test_release_device(struct device *dev)
{
	struct test_device *device = dev_iommu_priv_get(dev);
	struct test_iommu *iommu = device->iommu;
	struct test_id *id;
	void *value;
	u32 nr;

	value = xa_erase(&iommu->adopted, device->rid);
	if (!value)
		return;
	nr = xa_to_value(value);
	test_iommu_clear_entry(iommu, device->rid);
	id = xa_load(&iommu->ids, nr);
	id->adopted--;
	test_iommu_put_id(iommu, nr);
}

static void test_abandon_unit(struct iommu_device *iommu_dev)
{
	struct test_iommu *iommu = to_test_iommu(iommu_dev);
	struct pci_dev *pdev = NULL;

	if (!iommu->found_enabled)
		return;
	for_each_pci_dev(pdev) {
		if (test_hardware_of(pdev) == iommu->hardware)
			pci_clear_master(pdev);
	}
	iommu->found_enabled = false;
}

const struct iommu_liveupdate_ops test_liveupdate_ops = {
	.records = &test_vendor_records,
	.preserve_unit = test_preserve_unit,
	.unpreserve_unit = test_unpreserve_unit,
	.describe_domain = test_describe_domain,
	.preserve_device = test_preserve_device,
	.unpreserve_device = test_unpreserve_device,
	.switch_over = test_switch_over,
	.adopt_unit = test_adopt_unit,
	.adopt_attachment = test_adopt_attachment,
	.block_others = test_block_others,
	.alloc_domain = test_alloc_domain,
	.attach_device = test_attach_device,
	.release_device = test_release_device,
	.abandon_unit = test_abandon_unit,
};
