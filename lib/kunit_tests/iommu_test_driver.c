// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The driver of the test backend
 *
 * The least that a driver of a translation unit is made of: tables, hardware ids,
 * domains, and a device that is attached to one of them or to none. All of it would
 * be there without live update, apart from two counts: a hardware id may be in use
 * by devices that were adopted and are not attached yet.
 *
 * Happy path:
 *
 * 1. test_iommu_begin() finds the unit, test_iommu_setup() enables it with an empty
 *    root table.
 * 2. test_domain_attach() takes a hardware id for the first device of a domain at a
 *    unit, and writes the entry of the device.
 * 3. test_domain_detach() clears the entry, makes the unit forget it, and gives the
 *    id back with the last device.
 *
 * Unhappy path: no memory, or no hardware id is left. Then nothing has changed, but a
 * part of the stream table that was allocated stays.
 */

#include <linux/slab.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "iommu_machine.h"
#include "iommu_test_driver.h"

PT_IOMMU_CHECK_DOMAIN(struct test_domain, iommu, domain);
PT_IOMMU_CHECK_DOMAIN(struct test_domain, riscv_64.iommu, domain);

static u32 max_id(const struct test_iommu *iommu)
{
	return BIT(iommu->hardware->registers.capabilities & TEST_CAPABILITY_IDS) - 1;
}

/**
 * test_iommu_begin - Find a unit
 * @iommu: To be initialized
 * @hardware: The unit
 *
 * Context: Any.
 */
void test_iommu_begin(struct test_iommu *iommu, struct test_hardware *hardware)
{
	*iommu = (struct test_iommu){
		.hardware = hardware,
		.found_enabled = hardware->registers.enabled,
	};
	xa_init_flags(&iommu->ids, XA_FLAGS_ALLOC);
	xa_init(&iommu->adopted);
	INIT_LIST_HEAD(&iommu->domains);
}

static void forget_preserved(struct test_iommu *iommu)
{
	if (!iommu->preserved)
		return;
	kho_block_set_forget(&iommu->preserved->unit.unit.chain.blocks);
	kfree(iommu->preserved);
	iommu->preserved = NULL;
}

/**
 * test_iommu_end - Forget a unit, which goes on, with its domains
 * @iommu: The unit
 *
 * Context: Any.
 */
void test_iommu_end(struct test_iommu *iommu)
{
	struct test_domain *domain, *next;
	struct test_id *id;
	unsigned long i;

	forget_preserved(iommu);
	list_for_each_entry_safe(domain, next, &iommu->domains, node) {
		list_del(&domain->node);
		kfree(domain);
	}
	xa_for_each(&iommu->ids, i, id)
		kfree(id);
	xa_destroy(&iommu->ids);
	xa_destroy(&iommu->adopted);
	iommu->root = NULL;
}

/**
 * test_iommu_setup - Enable a unit with nothing attached
 * @iommu: The unit. Nothing behind it may do DMA while it is disabled.
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int test_iommu_setup(struct test_iommu *iommu)
{
	u64 *root = iommu_alloc_pages_node_sz(NUMA_NO_NODE, GFP_KERNEL, PAGE_SIZE);

	if (!root)
		return -ENOMEM;
	test_hardware_enable(iommu->hardware, false);
	test_hardware_set_root(iommu->hardware, virt_to_phys(root));
	test_hardware_invalidate(iommu->hardware);
	test_hardware_enable(iommu->hardware, true);
	iommu->root = root;
	iommu->found_enabled = false;
	return 0;
}

/**
 * test_iommu_free_tables - Give the tables of a unit back
 * @iommu: The unit, which nothing uses any more
 *
 * Context: May sleep.
 */
void test_iommu_free_tables(struct test_iommu *iommu)
{
	if (!iommu->root)
		return;
	for (unsigned int i = 0; i < TEST_BUSES; i++) {
		if (iommu->root[i])
			iommu_free_pages(phys_to_virt(iommu->root[i] & ~TEST_PRESENT));
	}
	iommu_free_pages(iommu->root);
	iommu->root = NULL;
}

static int alloc_part(struct test_iommu *iommu, u16 rid)
{
	u64 *word = &iommu->root[rid / TEST_STREAMS];
	void *part;

	if (*word)
		return 0;
	part = iommu_alloc_pages_node_sz(NUMA_NO_NODE, GFP_KERNEL, PAGE_SIZE);
	if (!part)
		return -ENOMEM;
	test_hardware_write(iommu->hardware, word, virt_to_phys(part) | TEST_PRESENT);
	return 0;
}

/**
 * test_iommu_clear_entry - Block a requester
 * @iommu: The unit
 * @rid: Requester ID, which has an entry
 *
 * Context: Any.
 */
void test_iommu_clear_entry(struct test_iommu *iommu, u16 rid)
{
	struct test_entry *entry = test_hardware_entry(iommu->hardware, rid);

	test_hardware_write(iommu->hardware, &entry->table, 0);
	test_hardware_write(iommu->hardware, &entry->id, 0);
	test_hardware_invalidate(iommu->hardware);
}

/**
 * test_iommu_has_id - Whether a hardware id is one that the unit has
 * @iommu: The unit
 * @id: Hardware id
 *
 * Context: Any.
 * Return: true if so.
 */
bool test_iommu_has_id(const struct test_iommu *iommu, u64 id)
{
	return id >= TEST_HARDWARE_ID_MIN && id <= max_id(iommu);
}

/**
 * test_iommu_get_id - Find a hardware id, or begin to use it
 * @iommu: The unit
 * @id: Hardware id
 *
 * Context: May sleep.
 * Return: the id, which is to be counted, or NULL if there is no memory.
 */
struct test_id *test_iommu_get_id(struct test_iommu *iommu, u32 id)
{
	struct test_id *used = xa_load(&iommu->ids, id);

	if (used)
		return used;
	used = kzalloc_obj(*used);
	if (!used)
		return NULL;
	if (xa_insert(&iommu->ids, id, used, GFP_KERNEL)) {
		kfree(used);
		return NULL;
	}
	return used;
}

/**
 * test_iommu_put_id - Stop using a hardware id, unless something has it
 * @iommu: The unit
 * @id: Hardware id, which is in use
 *
 * Context: Any.
 */
void test_iommu_put_id(struct test_iommu *iommu, u32 id)
{
	struct test_id *used = xa_load(&iommu->ids, id);

	if (!used->attached)
		used->domain = NULL;
	if (used->attached || used->adopted)
		return;
	xa_erase(&iommu->ids, id);
	kfree(used);
}

/* The hardware id that a domain has at a unit, or a new one */
static int id_of_domain(struct test_iommu *iommu, struct test_domain *domain, u32 *id)
{
	struct test_id *used;
	unsigned long i;
	int ret;

	xa_for_each(&iommu->ids, i, used) {
		if (used->domain != domain)
			continue;
		*id = i;
		used->attached++;
		return 0;
	}
	used = kzalloc_obj(*used);
	if (!used)
		return -ENOMEM;
	used->domain = domain;
	used->attached = 1;
	ret = xa_alloc(&iommu->ids, id, used,
		       XA_LIMIT(TEST_HARDWARE_ID_MIN, max_id(iommu)), GFP_KERNEL);
	if (ret)
		kfree(used);
	return ret;
}

static void sync_iotlb(struct iommu_domain *domain,
		       struct iommu_iotlb_gather *gather)
{
	iommu_put_pages_list(&gather->freelist);
}

static void free_domain(struct iommu_domain *domain)
{
	test_domain_free(to_test_domain(domain));
}

static const struct iommu_domain_ops test_domain_ops = {
	IOMMU_PT_DOMAIN_OPS(riscv_64),
	.attach_dev = iommu_machine_attach_dev,
	.iotlb_sync = sync_iotlb,
	.free = free_domain,
};

/**
 * test_domain_alloc - Allocate a domain without any mapping
 * @iommu: A unit that it will be used with
 *
 * Context: May sleep.
 * Return: the domain, or NULL if there is no memory.
 */
struct test_domain *test_domain_alloc(struct test_iommu *iommu)
{
	const struct pt_iommu_riscv_64_cfg cfg = {
		.common = {
			.features = BIT(PT_FEAT_SIGN_EXTEND) |
				    BIT(PT_FEAT_FLUSH_RANGE) |
				    BIT(PT_FEAT_DETAILED_GATHER),
			.hw_max_vasz_lg2 = 39,
			.hw_max_oasz_lg2 = 56,
		},
	};
	struct test_domain *domain;

	domain = kzalloc_obj(*domain);
	if (!domain)
		return NULL;
	domain->domain.type = IOMMU_DOMAIN_UNMANAGED;
	domain->domain.ops = &test_domain_ops;
	domain->iommu.nid = NUMA_NO_NODE;
	if (pt_iommu_riscv_64_init(&domain->riscv_64, &cfg, GFP_KERNEL)) {
		kfree(domain);
		return NULL;
	}
	list_add_tail(&domain->node, &iommu->domains);
	return domain;
}

/**
 * test_domain_free - Free a domain with its page table
 * @domain: The domain, which no device is attached to
 *
 * Context: May sleep.
 */
void test_domain_free(struct test_domain *domain)
{
	list_del(&domain->node);
	pt_iommu_deinit(&domain->iommu);
	kfree(domain);
}

/**
 * test_domain_attach - Attach a device
 * @domain: The domain
 * @device: The device, which is attached to none
 *
 * Context: May sleep.
 * Return: 0, -EBUSY if there is no hardware id, -ENOMEM.
 */
int test_domain_attach(struct test_domain *domain, struct test_device *device)
{
	struct test_iommu *iommu = device->iommu;
	struct pt_iommu_riscv_64_hw_info info;
	struct test_entry *entry;
	int ret;

	ret = alloc_part(iommu, device->rid) ?:
	      id_of_domain(iommu, domain, &device->id);
	if (ret)
		return ret;
	pt_iommu_riscv_64_hw_info(&domain->riscv_64, &info);
	entry = test_hardware_entry(iommu->hardware, device->rid);
	test_hardware_write(iommu->hardware, &entry->id, device->id);
	test_hardware_write(iommu->hardware, &entry->table,
			    PFN_PHYS(info.ppn) | TEST_PRESENT);
	device->domain = domain;
	return 0;
}

/**
 * test_domain_detach - Detach a device from its domain, if any; it is blocked then
 * @device: The device
 *
 * Context: May sleep.
 */
void test_domain_detach(struct test_device *device)
{
	struct test_id *id;

	if (!device->domain)
		return;
	id = xa_load(&device->iommu->ids, device->id);
	test_iommu_clear_entry(device->iommu, device->rid);
	device->domain = NULL;
	id->attached--;
	test_iommu_put_id(device->iommu, device->id);
}
