// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: A shadow root for the next kernel
 *
 * The next kernel finds a second root table, the shadow root, whose context tables
 * hold the entries of preserved devices and nothing else. It is built here while
 * the unit goes on with the tables that it has, which are never touched: whatever
 * happens until the switch at shutdown, undoing it is a matter of memory.
 *
 * In scalable mode each device gets a PASID directory and a PASID table of its own
 * below the shadow root, with the entry of requests without PASID. A device with
 * PASIDs is refused, so that no other entry is in use; and what becomes of the
 * device's own directory, which may have any size, does not matter any more.
 *
 * Happy path:
 *
 * 1. intel_preserve_unit() makes the root table, and an invalidation queue for the
 *    last moment; it preserves the interrupt remapping table.
 * 2. intel_preserve_device() compares the entries of a device with its domain, and
 *    copies them below the shadow root.
 * 3. intel_switch_over() of liveupdate_shutdown.c hands the shadow root to the
 *    hardware.
 *
 * Unhappy paths:
 *
 * * The update is cancelled: intel_unpreserve_device() and
 *   intel_unpreserve_unit() free what was made, a context table with its last
 *   entry.
 * * What cannot be preserved is refused with a reason, see liveupdate_refuse.c.
 */

#define pr_fmt(fmt)	"DMAR: " fmt
#define dev_fmt(fmt)	pr_fmt(fmt)

#include <linux/bitfield.h>
#include <linux/slab.h>

#include "../liveupdate/pages.h"
#include "../liveupdate/serialize.h"
#include "liveupdate.h"

static void *alloc_preserved_page(struct intel_iommu *iommu)
{
	void *page = iommu_alloc_pages_node_sz(iommu->node, GFP_KERNEL, SZ_4K);

	if (!page)
		return NULL;
	if (iommu_pages_preserve(page)) {
		iommu_free_pages(page);
		return NULL;
	}
	__iommu_flush_cache(iommu, page, SZ_4K);
	return page;
}

static void free_preserved_page(void *page)
{
	if (!page)
		return;
	iommu_pages_unpreserve(page);
	iommu_free_pages(page);
}

static int preserve_interrupt_table(struct intel_preserved_unit *preserved)
{
#ifdef CONFIG_IRQ_REMAP
	struct ir_table *table = preserved->iommu->ir_table;
	int ret;

	if (!table)
		return 0;
	ret = iommu_pages_preserve(table->base);
	if (ret)
		return ret;
	intel_unit_area(&preserved->unit)->interrupt_table_pa =
		virt_to_phys(table->base);
#endif
	return 0;
}

static void unpreserve_interrupt_table(struct intel_preserved_unit *preserved)
{
	u64 table_pa = intel_unit_area(&preserved->unit)->interrupt_table_pa;

	if (table_pa)
		iommu_pages_unpreserve(phys_to_virt(table_pa));
}

static void describe_unit(struct intel_preserved_unit *preserved)
{
	struct iommu_vtd_unit_ser *area = intel_unit_area(&preserved->unit);
	struct intel_iommu *iommu = preserved->iommu;

	preserved->unit.vendor = &intel_vendor_records;
	preserved->unit.id = iommu->reg_phys;
	area->version = IOMMU_VTD_VERSION;
	area->rtaddr = virt_to_phys(preserved->root) |
		       (preserved->scalable ? DMA_RTADDR_SMT : 0);
	area->cap = iommu->cap;
	area->ecap = iommu->ecap;
}

/**
 * intel_preserve_unit - iommu_liveupdate_ops::preserve_unit of VT-d
 * @iommu_dev: The unit
 *
 * Context: May sleep.
 * Return: the description, or an ERR_PTR() of -EOPNOTSUPP, which is logged, or
 * -ENOMEM.
 */
struct iommu_liveupdate_unit *intel_preserve_unit(struct iommu_device *iommu_dev)
{
	struct intel_iommu *iommu = to_intel_iommu(iommu_dev);
	struct intel_preserved_unit *preserved;
	int ret;

	if (iommu->preserved)
		return ERR_PTR(-EBUSY);
	ret = intel_refuse_unit(iommu);
	if (ret)
		return ERR_PTR(ret);

	preserved = kzalloc_obj(*preserved);
	if (!preserved)
		return ERR_PTR(-ENOMEM);
	preserved->iommu = iommu;
	preserved->scalable = intel_rtaddr_is_scalable(iommu);
	INIT_LIST_HEAD(&preserved->devices);
	iommu_vendor_chain_init(&preserved->unit.chain,
				&intel_vendor_records.unit_chain);

	ret = -ENOMEM;
	preserved->queue = iommu_alloc_pages_node_sz(iommu->node, GFP_KERNEL,
						     SZ_4K);
	if (!preserved->queue)
		goto err_free;
	preserved->root = alloc_preserved_page(iommu);
	if (!preserved->root)
		goto err_free_queue;
	ret = preserve_interrupt_table(preserved);
	if (ret)
		goto err_free_root;

	describe_unit(preserved);
	iommu->preserved = preserved;
	return &preserved->unit;

err_free_root:
	free_preserved_page(preserved->root);
err_free_queue:
	iommu_free_pages(preserved->queue);
err_free:
	kfree(preserved);
	return ERR_PTR(ret);
}

/**
 * intel_unpreserve_unit - iommu_liveupdate_ops::unpreserve_unit of VT-d
 * @unit: The description
 *
 * Context: May sleep.
 */
void intel_unpreserve_unit(struct iommu_liveupdate_unit *unit)
{
	struct intel_preserved_unit *preserved = to_preserved_unit(unit);

	if (WARN_ON_ONCE(!list_empty(&preserved->devices)))
		return;
	preserved->iommu->preserved = NULL;
	unpreserve_interrupt_table(preserved);
	free_preserved_page(preserved->root);
	iommu_free_pages(preserved->queue);
	kfree(preserved);
}

/* The context entry of a requester below the shadow root; there is a table for it */
static struct context_entry *shadow_context(struct intel_preserved_unit *preserved,
					    u16 rid)
{
	unsigned int index = intel_context_table_index(rid, preserved->scalable);

	return intel_context_slot(preserved->context[index], rid, preserved->scalable);
}

/**
 * intel_clear_shadow - Let nothing of a requester through below the shadow root
 * @preserved: The unit
 * @rid: Requester ID of a preserved device
 *
 * Context: Any, as long as the hardware does not use the shadow root.
 */
void intel_clear_shadow(struct intel_preserved_unit *preserved, u16 rid)
{
	struct context_entry *shadow = shadow_context(preserved, rid);

	context_clear_entry(shadow);
	__iommu_flush_cache(preserved->iommu, shadow, sizeof(*shadow));
}

static int add_context_table(struct intel_preserved_unit *preserved, u16 rid)
{
	unsigned int index = intel_context_table_index(rid, preserved->scalable);
	struct iommu_vendor_chain *chain = &preserved->unit.chain;
	struct intel_iommu *iommu = preserved->iommu;
	u64 *word = intel_root_word(preserved->root, index, preserved->scalable);
	void *table;
	int ret;

	if (preserved->context[index])
		return 0;
	table = alloc_preserved_page(iommu);
	if (!table)
		return -ENOMEM;
	ret = iommu_vendor_chain_resize(chain, chain->count + 1);
	if (ret) {
		free_preserved_page(table);
		return ret;
	}
	preserved->context[index] = table;
	*word = virt_to_phys(table) | 1;
	__iommu_flush_cache(iommu, word, sizeof(*word));
	return 0;
}

/* A context table goes with the last device that has an entry in it. */
static void put_context_table(struct intel_preserved_unit *preserved, u16 rid)
{
	unsigned int index = intel_context_table_index(rid, preserved->scalable);
	struct iommu_vendor_chain *chain = &preserved->unit.chain;
	struct intel_preserved_device *device;
	u64 *word;

	list_for_each_entry(device, &preserved->devices, node) {
		if (intel_context_table_index(device->rid, preserved->scalable) == index)
			return;
	}
	word = intel_root_word(preserved->root, index, preserved->scalable);
	*word = 0;
	__iommu_flush_cache(preserved->iommu, word, sizeof(*word));
	free_preserved_page(preserved->context[index]);
	preserved->context[index] = NULL;
	iommu_vendor_chain_resize(chain, chain->count - 1);
}

/* What the entries say, if there are any that are present */
static u16 live_domain_id(struct context_entry *context, bool scalable)
{
	struct pasid_entry *entry;

	if (!context || !context_present(context))
		return 0;
	if (!scalable)
		return context_domain_id(context);
	entry = intel_live_pasid_entry(context);
	return entry ? pasid_get_domain_id(entry) : 0;
}

/*
 * Find the domain ID that the hardware uses, and whether the rest of the entries
 * is what the domain needs.
 */
static int read_domain_id(struct intel_preserved_unit *preserved,
			  struct device *dev, u16 rid,
			  struct iommu_liveupdate_attachment *attachment)
{
	struct intel_translation translation;
	struct context_entry *context;
	const char *difference;

	intel_translation_of(attachment, &translation);
	context = intel_live_context(preserved->iommu, rid, preserved->scalable);
	translation.domain_id = live_domain_id(context, preserved->scalable);
	difference = intel_compare_live(context, preserved->scalable, &translation);
	if (difference) {
		dev_err(dev, "cannot be preserved: the hardware has another %s\n",
			difference);
		return -EINVAL;
	}
	if (translation.domain_id < IOMMU_VTD_DOMAIN_ID_MIN) {
		dev_err(dev, "cannot be preserved: domain ID %u is reserved\n",
			translation.domain_id);
		return -EINVAL;
	}
	if (preserved->scalable && intel_live_pasid_in_use(context)) {
		dev_err(dev, "cannot be preserved: it has a PASID\n");
		return -EOPNOTSUPP;
	}
	attachment->hardware_id = translation.domain_id;
	return 0;
}

static int make_pasid_tables(struct intel_preserved_unit *preserved,
			     struct intel_preserved_device *device)
{
	struct iommu_vtd_device_ser *area =
		intel_device_area(device->attachment->device);
	struct intel_iommu *iommu = preserved->iommu;

	device->directory = alloc_preserved_page(iommu);
	if (!device->directory)
		return -ENOMEM;
	device->table = alloc_preserved_page(iommu);
	if (!device->table) {
		free_preserved_page(device->directory);
		return -ENOMEM;
	}
	device->table[0] = *intel_live_pasid_entry(intel_live_context(iommu, device->rid, true));
	device->directory[0].val = virt_to_phys(device->table) | PASID_PTE_PRESENT;
	__iommu_flush_cache(iommu, device->table, sizeof(device->table[0]));
	__iommu_flush_cache(iommu, device->directory, sizeof(device->directory[0]));
	area->directory_pa = virt_to_phys(device->directory);
	area->table_pa = virt_to_phys(device->table);
	return 0;
}

static void write_shadow_context(struct intel_preserved_unit *preserved,
				 const struct intel_preserved_device *device)
{
	struct context_entry *shadow = shadow_context(preserved, device->rid);

	*shadow = preserved->scalable ?
		  intel_scalable_context(virt_to_phys(device->directory)) :
		  *intel_live_context(preserved->iommu, device->rid, false);
	__iommu_flush_cache(preserved->iommu, shadow, sizeof(*shadow));
}

static int build_shadow(struct intel_preserved_unit *preserved,
			struct intel_preserved_device *device)
{
	int ret;

	ret = add_context_table(preserved, device->rid);
	if (ret)
		return ret;
	if (context_present(shadow_context(preserved, device->rid)))
		return -EBUSY;
	if (preserved->scalable) {
		ret = make_pasid_tables(preserved, device);
		if (ret) {
			put_context_table(preserved, device->rid);
			return ret;
		}
	}
	write_shadow_context(preserved, device);
	return 0;
}

/**
 * intel_preserve_device - iommu_liveupdate_ops::preserve_device of VT-d
 * @dev: The device
 * @attachment: To be completed
 *
 * Context: May sleep.
 * Return: 0, -EOPNOTSUPP or -EINVAL, which are logged, -EBUSY or -ENOMEM.
 */
int intel_preserve_device(struct device *dev,
			  struct iommu_liveupdate_attachment *attachment)
{
	struct intel_preserved_unit *preserved =
		to_preserved_unit(attachment->device->unit);
	struct device_domain_info *info = dev_iommu_priv_get(dev);
	struct intel_preserved_device *device;
	u16 rid = PCI_DEVID(info->bus, info->devfn);
	int ret;

	if (info->iommu != preserved->iommu || rid != attachment->device->rid)
		return -EINVAL;
	ret = intel_refuse_device(dev) ?:
	      read_domain_id(preserved, dev, rid, attachment);
	if (ret)
		return ret;

	device = kzalloc_obj(*device);
	if (!device)
		return -ENOMEM;
	device->dev = dev;
	device->rid = rid;
	device->attachment = attachment;
	ret = build_shadow(preserved, device);
	if (ret) {
		kfree(device);
		return ret;
	}
	list_add_tail(&device->node, &preserved->devices);
	return 0;
}

static struct intel_preserved_device *
find_device(struct intel_preserved_unit *preserved,
	    const struct iommu_liveupdate_attachment *attachment)
{
	struct intel_preserved_device *device;

	list_for_each_entry(device, &preserved->devices, node) {
		if (device->attachment == attachment)
			return device;
	}
	return NULL;
}

/**
 * intel_unpreserve_device - iommu_liveupdate_ops::unpreserve_device of VT-d
 * @attachment: As completed by intel_preserve_device()
 *
 * Context: May sleep.
 */
void intel_unpreserve_device(struct iommu_liveupdate_attachment *attachment)
{
	struct intel_preserved_unit *preserved =
		to_preserved_unit(attachment->device->unit);
	struct intel_preserved_device *device = find_device(preserved, attachment);

	if (WARN_ON_ONCE(!device))
		return;
	intel_clear_shadow(preserved, device->rid);
	free_preserved_page(device->table);
	free_preserved_page(device->directory);
	list_del(&device->node);
	put_context_table(preserved, device->rid);
	kfree(device);
}
