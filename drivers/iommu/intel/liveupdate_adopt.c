// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The shadow root in the next kernel
 *
 * A unit that is found with translation enabled and that has a record goes on with
 * the tables that it has: the shadow root of the previous kernel becomes the root
 * table of this one, in place, and the mode stays what the hardware is in.
 *
 * Happy path:
 *
 * 1. intel_adopt_unit() compares registers and root table with the record, then
 *    takes the root table and the context tables back from KHO.
 * 2. intel_adopt_attachment() compares the entries of each device with its record,
 *    and reserves its domain ID.
 * 3. intel_block_others() clears the entries that nobody has claimed.
 *
 * From here on the unit is like any other; devices that were not preserved get new
 * entries in the same tables.
 *
 * Unhappy paths:
 *
 * * The record of a unit differs from the hardware: nothing is taken. The unit is
 *   an orphan, see liveupdate_orphan.c.
 * * The record of a device differs: its tables stay with KHO, and step 3 clears its
 *   entry. That device loses its DMA, all others go on.
 * * Both calls can be made again: what is adopted stays adopted.
 */

#define pr_fmt(fmt)	"DMAR: " fmt

#include <linux/kho_block.h>
#include <linux/slab.h>

#include "../liveupdate/pages.h"
#include "liveupdate.h"

#define ROOT_WORDS	(SZ_4K / sizeof(u64))

static int differ(struct intel_iommu *iommu, const char *what, u64 hardware,
		  u64 record)
{
	if (hardware == record)
		return 0;
	pr_err("%s: %s is 0x%llx, the previous kernel says 0x%llx\n", iommu->name,
	       what, hardware, record);
	return -EINVAL;
}

static int compare_registers(struct intel_iommu *iommu,
			     const struct iommu_vtd_unit_ser *area)
{
	u32 status = readl(iommu->reg + DMAR_GSTS_REG);

	return differ(iommu, "translation enable", status & DMA_GSTS_TES,
		      DMA_GSTS_TES) ?:
	       differ(iommu, "RTADDR", readq(iommu->reg + DMAR_RTADDR_REG),
		      area->rtaddr) ?:
	       differ(iommu, "CAP", iommu->cap, area->cap) ?:
	       differ(iommu, "ECAP", iommu->ecap, area->ecap);
}

static struct root_entry *root_of(const struct iommu_vtd_unit_ser *area)
{
	return phys_to_virt(area->rtaddr & VTD_PAGE_MASK);
}

static bool is_scalable(const struct iommu_vtd_unit_ser *area)
{
	return area->rtaddr & DMA_RTADDR_SMT;
}

/* Each context table of the record is in the root table, and no other one. */
static int compare_root_table(struct intel_iommu *iommu,
			      struct iommu_liveupdate_unit *unit)
{
	const struct iommu_vtd_unit_ser *area = intel_unit_area(unit);
	const struct iommu_vtd_context_table_ser *table;
	struct root_entry *root = root_of(area);
	u64 *words = (u64 *)root;
	struct kho_block_set_it it;
	unsigned int used = 0;
	int ret;

	kho_block_set_it_init(&it, &unit->chain.blocks);
	for (u32 n = 0; n < unit->chain.count; n++) {
		table = kho_block_set_it_read_entry(&it);
		ret = differ(iommu, "root entry",
			     *intel_root_word(root, table->index, is_scalable(area)),
			     table->table_pa | 1);
		if (ret)
			return ret;
	}
	for (unsigned int i = 0; i < ROOT_WORDS; i++)
		used += !!words[i];
	return differ(iommu, "number of root entries", used, unit->chain.count);
}

static int restore_tables(struct iommu_liveupdate_unit *unit)
{
	const struct iommu_vtd_unit_ser *area = intel_unit_area(unit);
	const struct iommu_vtd_context_table_ser *table;
	struct kho_block_set_it it;
	void *page;

	page = iommu_pages_restore(area->rtaddr & VTD_PAGE_MASK, SZ_4K);
	if (IS_ERR(page))
		return PTR_ERR(page);
	kho_block_set_it_init(&it, &unit->chain.blocks);
	for (u32 n = 0; n < unit->chain.count; n++) {
		table = kho_block_set_it_read_entry(&it);
		page = iommu_pages_restore(table->table_pa, SZ_4K);
		if (IS_ERR(page))
			return PTR_ERR(page);
	}
	return 0;
}

/* Unless interrupt remapping goes on with it, nobody needs the old table. */
static void free_interrupt_table(struct intel_iommu *iommu,
				 const struct iommu_vtd_unit_ser *area)
{
	void *table;

	if (!area->interrupt_table_pa ||
	    (readq(iommu->reg + DMAR_IRTA_REG) & VTD_PAGE_MASK) == area->interrupt_table_pa)
		return;
	table = iommu_pages_restore(area->interrupt_table_pa, SZ_1M);
	if (!IS_ERR(table))
		iommu_free_pages(table);
}

/**
 * intel_adopt_unit - iommu_liveupdate_ops::adopt_unit of VT-d
 * @iommu_dev: The unit
 * @unit: What the previous kernel says of it
 *
 * Context: May sleep. The driver does not use the unit yet.
 * Return: 0, -EINVAL, which is logged, or -ENOMEM.
 */
int intel_adopt_unit(struct iommu_device *iommu_dev,
		     struct iommu_liveupdate_unit *unit)
{
	struct intel_iommu *iommu = to_intel_iommu(iommu_dev);
	const struct iommu_vtd_unit_ser *area = intel_unit_area(unit);
	struct intel_adopted_unit *adopted;
	int ret;

	if (iommu->adopted)
		return 0;
	ret = compare_registers(iommu, area) ?: compare_root_table(iommu, unit);
	if (ret)
		return ret;

	adopted = kzalloc_obj(*adopted);
	if (!adopted)
		return -ENOMEM;
	ret = restore_tables(unit);
	if (ret) {
		kfree(adopted);
		return ret;
	}
	xa_init(&adopted->devices);
	xa_init(&adopted->ids);
	free_interrupt_table(iommu, area);
	iommu->root_entry = root_of(area);
	iommu->adopted = adopted;
	return 0;
}

static const char *compare_directory(const struct iommu_vtd_device_ser *area)
{
	const struct pasid_dir_entry *directory = phys_to_virt(area->directory_pa);

	if (directory[0].val != (area->table_pa | PASID_PTE_PRESENT))
		return "PASID table";
	if (memchr_inv(&directory[1], 0, SZ_4K - sizeof(*directory)))
		return "PASID directory";
	return NULL;
}

static const char *compare_scalable(const struct context_entry *context,
				    const struct iommu_vtd_device_ser *area,
				    const struct intel_translation *translation)
{
	struct context_entry expected = intel_scalable_context(area->directory_pa);
	const struct pasid_entry *table = phys_to_virt(area->table_pa);
	const char *difference;

	if (memcmp(context, &expected, sizeof(expected)))
		return "context entry";
	difference = compare_directory(area);
	if (difference)
		return difference;
	if (memchr_inv(&table[1], 0, SZ_4K - sizeof(*table)))
		return "PASID table";
	return intel_compare_pasid_entry(table, translation);
}

static int compare_entries(struct intel_iommu *iommu, bool scalable,
			   const struct iommu_liveupdate_attachment *attachment)
{
	const struct iommu_vtd_device_ser *area = intel_device_area(attachment->device);
	struct intel_translation translation;
	const char *difference = "presence";
	struct context_entry *context;

	intel_translation_of(attachment, &translation);
	context = intel_live_context(iommu, attachment->device->rid, scalable);
	if (context)
		difference = scalable ? compare_scalable(context, area, &translation) :
					intel_compare_context(context, &translation);
	if (!difference)
		return 0;
	pr_err("%s: requester %04x: the previous kernel says another %s than the tables\n",
	       iommu->name, attachment->device->rid, difference);
	return -EINVAL;
}

static int take_device(struct intel_iommu *iommu, bool scalable,
		       const struct iommu_liveupdate_attachment *attachment)
{
	const struct iommu_vtd_device_ser *area = intel_device_area(attachment->device);
	struct intel_adopted_device *device;
	u16 rid = attachment->device->rid;
	int ret;

	device = kzalloc_obj(*device);
	if (!device)
		return -ENOMEM;
	device->domain_id = attachment->hardware_id;
	if (scalable)
		device->directory = phys_to_virt(area->directory_pa);
	ret = xa_insert(&iommu->adopted->devices, rid, device, GFP_KERNEL);
	if (ret)
		goto err_free;
	ret = intel_reserve_domain_id(iommu, device->domain_id);
	if (ret)
		goto err_erase;
	if (iommu_liveupdate_omits(IOMMU_OMIT_DOMAIN_IDS))
		ida_free(&iommu->domain_ida, device->domain_id);
	return 0;

err_erase:
	xa_erase(&iommu->adopted->devices, rid);
err_free:
	kfree(device);
	return ret;
}

/**
 * intel_adopt_attachment - iommu_liveupdate_ops::adopt_attachment of VT-d
 * @iommu_dev: The unit, which is adopted
 * @attachment: What the previous kernel says
 *
 * Context: May sleep. The driver does not use the unit yet.
 * Return: 0, -EINVAL or -ERANGE, which are logged, or -ENOMEM.
 */
int intel_adopt_attachment(struct iommu_device *iommu_dev,
			   const struct iommu_liveupdate_attachment *attachment)
{
	const struct iommu_vtd_unit_ser *area = intel_unit_area(attachment->device->unit);
	struct intel_iommu *iommu = to_intel_iommu(iommu_dev);
	bool scalable = is_scalable(area);
	int ret;

	guard(mutex)(&iommu->did_lock);
	if (intel_adopted_device(iommu, attachment->device->rid))
		return 0;
	if (attachment->hardware_id >= iommu->max_domain_id) {
		pr_err("%s: requester %04x: there is no domain ID %llu\n", iommu->name,
		       attachment->device->rid, attachment->hardware_id);
		return -ERANGE;
	}
	ret = compare_entries(iommu, scalable, attachment);
	return ret ?: take_device(iommu, scalable, attachment);
}

static bool block_table(struct intel_iommu *iommu, unsigned int index, bool scalable)
{
	u64 word = *intel_root_word(iommu->root_entry, index, scalable);
	unsigned int requesters = scalable ? 128 : 256;
	struct context_entry *table, *context;
	bool blocked = false;

	if (!word)
		return false;
	table = phys_to_virt(word & VTD_PAGE_MASK);
	for (unsigned int i = 0; i < requesters; i++) {
		context = intel_context_slot(table, i, scalable);
		if (!context_present(context) ||
		    intel_adopted_device(iommu, index * requesters + i))
			continue;
		pr_err("%s: requester %04x loses its DMA\n", iommu->name,
		       index * requesters + i);
		context_clear_present(context);
		__iommu_flush_cache(iommu, context, sizeof(*context));
		blocked = true;
	}
	return blocked;
}

/**
 * intel_block_others - iommu_liveupdate_ops::block_others of VT-d
 * @iommu_dev: The unit, which is adopted
 *
 * Context: May sleep. The driver can invalidate, but does not use the unit yet.
 */
void intel_block_others(struct iommu_device *iommu_dev)
{
	struct intel_iommu *iommu = to_intel_iommu(iommu_dev);
	bool scalable = intel_rtaddr_is_scalable(iommu);
	unsigned int tables = scalable ? IOMMU_VTD_MAX_CONTEXT_TABLES :
					 IOMMU_VTD_MAX_CONTEXT_TABLES / 2;
	bool blocked = false;

	guard(mutex)(&iommu->did_lock);
	for (unsigned int i = 0; i < tables; i++)
		blocked |= block_table(iommu, i, scalable);
	if (blocked)
		intel_flush_all(iommu);
}
