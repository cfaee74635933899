// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Devices and domains of a small VT-d driver
 *
 * The other half of vtd_backend_driver.c: a device is probed, which in scalable mode
 * gives it a PASID directory; a domain of either stage gets a domain ID at each unit
 * that it is used at; a device is attached to it by an entry that is written and
 * made present in the order that the specification wants, and detached by clearing
 * and invalidating it. The backend is called where the driver calls it.
 *
 * Life cycle: vtd_backend_probe(), vtd_backend_alloc_domain(), vtd_backend_attach(),
 * and the same backwards; or vtd_backend_end_device() and vtd_backend_end_domains(),
 * after which nothing of them exists but their tables.
 *
 * Happy path: a device that was handed over keeps its entries until it is attached
 * by the backend, or to something else.
 *
 * Unhappy path: without memory nothing changes, and the caller gets -ENOMEM.
 */

#define pr_fmt(fmt)	"vtd_backend: " fmt

#include <linux/log2.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "iommu_machine.h"
#include "vtd_backend_internal.h"

/* PDTS of a directory with as many entries: 2^(7 + PDTS) */
#define LEAST_DIRECTORY_BITS	7

/* PASIDs of a directory of one page */
#define LEAST_PASIDS		((SZ_4K / sizeof(struct pasid_dir_entry)) << PASID_PDE_SHIFT)

/**
 * struct vtd_backend_domain - A domain
 * @domain: What the backend knows of it.
 * @node: In the list of all domains.
 */
struct vtd_backend_domain {
	struct dmar_domain domain;
	struct list_head node;
};

/* All domains of the kernel that runs */
static LIST_HEAD(domains);

static u16 requester_id(const struct device_domain_info *info)
{
	return PCI_DEVID(info->bus, info->devfn);
}

/* Entries */

/* An entry became present, section 6.5.3.3: what was cached may be that it was not */
static void flush_new_entry(struct device_domain_info *info)
{
	if (cap_caching_mode(info->iommu->cap))
		intel_flush_all(info->iommu);
	else
		vtd_backend_flush_write_buffers(info->iommu);
}

static struct context_entry *make_context(struct device_domain_info *info)
{
	struct intel_iommu *iommu = info->iommu;
	bool scalable = sm_supported(iommu);
	u16 rid = requester_id(info);
	u64 *word = intel_root_word(iommu->root_entry,
				    intel_context_table_index(rid, scalable), scalable);
	void *table;

	if (!(*word & 1)) {
		table = iommu_alloc_pages_node_sz(iommu->node, GFP_KERNEL, SZ_4K);
		if (!table)
			return NULL;
		__iommu_flush_cache(iommu, table, SZ_4K);
		WRITE_ONCE(*word, virt_to_phys(table) | 1);
		__iommu_flush_cache(iommu, word, sizeof(*word));
		vtd_backend_flush_write_buffers(iommu);
	}
	return intel_live_context(iommu, rid, scalable);
}

static void set_legacy_context(struct device_domain_info *info,
			       struct dmar_domain *domain,
			       struct context_entry *context)
{
	struct pt_iommu_vtdss_hw_info table;

	pt_iommu_vtdss_hw_info(&domain->sspt, &table);
	context_clear_entry(context);
	context_set_domain_id(context, domain_id_iommu(domain, info->iommu));
	context_set_address_width(context, table.aw);
	context_set_address_root(context, table.ssptptr);
	context_set_translation_type(context, CONTEXT_TT_MULTI_LEVEL);
	context_set_fault_enable(context);
	context_set_present(context);
	__iommu_flush_cache(info->iommu, context, sizeof(*context));
	flush_new_entry(info);
}

static void clear_legacy_context(struct device_domain_info *info)
{
	struct context_entry *context;

	context = intel_live_context(info->iommu, requester_id(info), false);
	context_clear_present(context);
	__iommu_flush_cache(info->iommu, context, sizeof(*context));
	intel_flush_all(info->iommu);
	context_clear_entry(context);
	__iommu_flush_cache(info->iommu, context, sizeof(*context));
}

static struct pasid_entry *make_pasid_entry(struct device_domain_info *info, u32 pasid)
{
	struct pasid_dir_entry *directory = info->pasid_table->table;
	struct pasid_dir_entry *word = &directory[pasid >> PASID_PDE_SHIFT];
	struct intel_iommu *iommu = info->iommu;
	void *table;

	if (!pasid_pde_is_present(word)) {
		table = iommu_alloc_pages_node_sz(iommu->node, GFP_KERNEL, SZ_4K);
		if (!table)
			return NULL;
		__iommu_flush_cache(iommu, table, SZ_4K);
		WRITE_ONCE(word->val, virt_to_phys(table) | PASID_PTE_PRESENT);
		__iommu_flush_cache(iommu, word, sizeof(*word));
	}
	return &get_pasid_table_from_pde(word)[pasid & PASID_PTE_MASK];
}

static void set_first_stage(struct dmar_domain *domain, struct pasid_entry *entry)
{
	struct pt_iommu_x86_64_hw_info table;

	pt_iommu_x86_64_hw_info(&domain->fspt, &table);
	pasid_set_flptr(entry, table.gcr3_pt);
	if (table.levels == 5)
		pasid_set_flpm(entry, 1);
	pasid_set_translation_type(entry, PASID_ENTRY_PGTT_FL_ONLY);
}

static void set_second_stage(struct dmar_domain *domain, struct pasid_entry *entry)
{
	struct pt_iommu_vtdss_hw_info table;

	pt_iommu_vtdss_hw_info(&domain->sspt, &table);
	pasid_set_slptr(entry, table.ssptptr);
	pasid_set_address_width(entry, table.aw);
	pasid_set_translation_type(entry, PASID_ENTRY_PGTT_SL_ONLY);
}

static void set_pasid_entry(struct device_domain_info *info, struct dmar_domain *domain,
			    struct pasid_entry *entry)
{
	struct intel_iommu *iommu = info->iommu;

	pasid_clear_entry(entry);
	if (to_backend_unit(iommu)->options.first_stage)
		set_first_stage(domain, entry);
	else
		set_second_stage(domain, entry);
	pasid_set_domain_id(entry, domain_id_iommu(domain, iommu));
	pasid_set_page_snoop(entry, ecap_smpwc(iommu->ecap));
	pasid_set_present(entry);
	__iommu_flush_cache(iommu, entry, sizeof(*entry));
	flush_new_entry(info);
}

static void clear_pasid_entry(struct device_domain_info *info, u32 pasid)
{
	struct pasid_entry *entry = make_pasid_entry(info, pasid);

	pasid_clear_present(entry);
	__iommu_flush_cache(info->iommu, entry, sizeof(*entry));
	intel_flush_all(info->iommu);
	pasid_clear_entry(entry);
	__iommu_flush_cache(info->iommu, entry, sizeof(*entry));
}

/* Devices */

static int alloc_directory(struct device_domain_info *info)
{
	struct vtd_backend_unit *unit = to_backend_unit(info->iommu);
	u32 pasids = max_t(u32, unit->options.max_pasid, LEAST_PASIDS);
	size_t size = (pasids >> PASID_PDE_SHIFT) * sizeof(struct pasid_dir_entry);

	info->pasid_table = kzalloc_obj(*info->pasid_table);
	if (!info->pasid_table)
		return -ENOMEM;
	info->pasid_table->table = iommu_alloc_pages_node_sz(info->iommu->node,
							     GFP_KERNEL, size);
	if (!info->pasid_table->table) {
		kfree(info->pasid_table);
		info->pasid_table = NULL;
		return -ENOMEM;
	}
	info->pasid_table->max_pasid = pasids;
	__iommu_flush_cache(info->iommu, info->pasid_table->table, size);
	return 0;
}

static void free_directory(struct device_domain_info *info)
{
	struct pasid_dir_entry *directory;
	struct pasid_entry *table;

	if (!info->pasid_table)
		return;
	directory = info->pasid_table->table;
	for (u32 i = 0; i < info->pasid_table->max_pasid >> PASID_PDE_SHIFT; i++) {
		table = get_pasid_table_from_pde(&directory[i]);
		if (table)
			iommu_free_pages(table);
	}
	iommu_free_pages(directory);
	kfree(info->pasid_table);
	info->pasid_table = NULL;
}

static int set_scalable_context(struct device_domain_info *info)
{
	struct vtd_backend_unit *unit = to_backend_unit(info->iommu);
	u32 entries = info->pasid_table->max_pasid >> PASID_PDE_SHIFT;
	struct context_entry *context = make_context(info);

	if (!context)
		return -ENOMEM;
	context_clear_entry(context);
	context->lo = virt_to_phys(info->pasid_table->table) |
		      context_pdts(ilog2(entries) - LEAST_DIRECTORY_BITS);
	if (unit->options.page_requests) {
		context_set_sm_dte(context);
		context_set_pasid(context);
		context_set_sm_pre(context);
	}
	context_set_present(context);
	__iommu_flush_cache(info->iommu, context, sizeof(*context));
	flush_new_entry(info);
	return 0;
}

static void clear_scalable_context(struct device_domain_info *info)
{
	struct context_entry *context;

	context = intel_live_context(info->iommu, requester_id(info), true);
	context_clear_present(context);
	__iommu_flush_cache(info->iommu, context, sizeof(*context));
	intel_flush_all(info->iommu);
	context_clear_entry(context);
	__iommu_flush_cache(info->iommu, context, sizeof(*context));
}

static int prepare_device(struct device_domain_info *info)
{
	int ret = intel_liveupdate_probe(info);

	if (ret)
		return min(ret, 0);
	if (!sm_supported(info->iommu))
		return 0;
	ret = alloc_directory(info);
	if (ret)
		return ret;
	ret = set_scalable_context(info);
	if (ret)
		free_directory(info);
	return ret;
}

/**
 * vtd_backend_probe - A device is found.
 * @unit: The unit that translates for it.
 * @dev: The PCI function, with a dev_iommu.
 * @rid: Its requester ID at the unit.
 *
 * Context: Process context. iommu_probe_device_lock is held.
 *
 * Return: 0 or -ENOMEM.
 */
int vtd_backend_probe(struct vtd_backend_unit *unit, struct device *dev, u16 rid)
{
	struct device_domain_info *info = kzalloc_obj(*info);
	int ret = -ENOMEM;

	if (!info)
		goto err_lose;
	info->dev = dev;
	info->iommu = &unit->iommu;
	info->bus = PCI_BUS_NUM(rid);
	info->devfn = rid & 0xff;
	dev_iommu_priv_set(dev, info);
	ret = prepare_device(info);
	if (ret)
		goto err_lose;
	return 0;

err_lose:
	intel_liveupdate_lose(&unit->iommu, rid);
	dev_iommu_priv_set(dev, NULL);
	kfree(info);
	return ret;
}

/**
 * vtd_backend_release - A device goes.
 * @dev: The device, which is attached to no domain.
 *
 * Context: Process context.
 */
void vtd_backend_release(struct device *dev)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);

	intel_liveupdate_release(dev);
	if (info->pasid_table)
		clear_scalable_context(info);
	free_directory(info);
	vtd_backend_end_device(dev);
}

/**
 * vtd_backend_end_device - A device ends with its kernel.
 * @dev: The device, whose entries stay as they are.
 *
 * Context: Process context.
 */
void vtd_backend_end_device(struct device *dev)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);

	kfree(info->pasid_table);
	kfree(info);
}

/**
 * vtd_backend_is_adopted - Does a device go on with the entries that it came with?
 * @dev: The device.
 *
 * Context: Any.
 *
 * Return: true if so.
 */
bool vtd_backend_is_adopted(struct device *dev)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);

	return intel_adopted_device(info->iommu, requester_id(info));
}

/**
 * vtd_backend_set_feature - Have a device use a feature.
 * @dev: The device.
 * @feature: The feature.
 * @in_use: It is in use.
 *
 * Context: Any.
 */
void vtd_backend_set_feature(struct device *dev, enum vtd_backend_feature feature,
			     bool in_use)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);

	switch (feature) {
	case VTD_BACKEND_ATS:
		info->ats_supported = in_use;
		break;
	case VTD_BACKEND_PAGE_REQUESTS:
		info->pri_enabled = in_use;
		break;
	default:
		info->pasid_enabled = in_use;
		break;
	}
}

/* Domains */

int domain_attach_iommu(struct dmar_domain *domain, struct intel_iommu *iommu)
{
	struct iommu_domain_info *info;
	int id, ret;

	guard(mutex)(&iommu->did_lock);
	info = xa_load(&domain->iommu_array, iommu->seq_id);
	if (info) {
		info->refcnt++;
		return 0;
	}
	info = kzalloc_obj(*info);
	if (!info)
		return -ENOMEM;
	id = ida_alloc_range(&iommu->domain_ida, to_backend_unit(iommu)->next_id,
			     iommu->max_domain_id - 1, GFP_KERNEL);
	if (id < 0) {
		kfree(info);
		return id;
	}
	info->refcnt = 1;
	info->did = id;
	info->iommu = iommu;
	ret = xa_insert(&domain->iommu_array, iommu->seq_id, info, GFP_KERNEL);
	if (ret) {
		ida_free(&iommu->domain_ida, id);
		kfree(info);
	}
	return ret;
}

void domain_detach_iommu(struct dmar_domain *domain, struct intel_iommu *iommu)
{
	struct iommu_domain_info *info;

	guard(mutex)(&iommu->did_lock);
	info = xa_load(&domain->iommu_array, iommu->seq_id);
	if (--info->refcnt)
		return;
	if (!intel_liveupdate_put_id(iommu, info->did))
		ida_free(&iommu->domain_ida, info->did);
	xa_erase(&domain->iommu_array, iommu->seq_id);
	kfree(info);
}

int cache_tag_assign_domain(struct dmar_domain *domain, struct device *dev,
			    ioasid_t pasid)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);
	struct cache_tag *tag = kzalloc_obj(*tag);

	if (!tag)
		return -ENOMEM;
	tag->iommu = info->iommu;
	tag->dev = dev;
	tag->pasid = pasid;
	tag->domain_id = domain_id_iommu(domain, info->iommu);
	guard(spinlock_irqsave)(&domain->cache_lock);
	list_add_tail(&tag->node, &domain->cache_tags);
	return 0;
}

void cache_tag_unassign_domain(struct dmar_domain *domain, struct device *dev,
			       ioasid_t pasid)
{
	struct cache_tag *tag, *next;

	guard(spinlock_irqsave)(&domain->cache_lock);
	list_for_each_entry_safe(tag, next, &domain->cache_tags, node) {
		if (tag->dev != dev)
			continue;
		list_del(&tag->node);
		kfree(tag);
	}
}

static void flush_domain(struct iommu_domain *domain)
{
	struct dmar_domain *dmar_domain = to_dmar_domain(domain);
	struct cache_tag *tag;

	guard(spinlock_irqsave)(&dmar_domain->cache_lock);
	list_for_each_entry(tag, &dmar_domain->cache_tags, node)
		tag->iommu->flush.flush_iotlb(tag->iommu, tag->domain_id, 0, 0,
					      DMA_TLB_DSI_FLUSH);
}

static void sync_domain(struct iommu_domain *domain, struct iommu_iotlb_gather *gather)
{
	flush_domain(domain);
	iommu_put_pages_list(&gather->freelist);
}

static int sync_map(struct iommu_domain *domain, unsigned long iova, size_t size)
{
	struct dmar_domain *dmar_domain = to_dmar_domain(domain);
	struct cache_tag *tag;

	if (!dmar_domain->iotlb_sync_map)
		return 0;
	flush_domain(domain);
	guard(spinlock_irqsave)(&dmar_domain->cache_lock);
	list_for_each_entry(tag, &dmar_domain->cache_tags, node)
		vtd_backend_flush_write_buffers(tag->iommu);
	return 0;
}

static void end_domain(struct vtd_backend_domain *domain)
{
	struct iommu_domain_info *info;
	unsigned long index;
	struct cache_tag *tag, *next;

	list_for_each_entry_safe(tag, next, &domain->domain.cache_tags, node)
		kfree(tag);
	xa_for_each(&domain->domain.iommu_array, index, info)
		kfree(info);
	xa_destroy(&domain->domain.iommu_array);
	list_del(&domain->node);
	kfree(domain);
}

static void free_domain(struct iommu_domain *domain)
{
	struct dmar_domain *dmar_domain = to_dmar_domain(domain);

	pt_iommu_deinit(&dmar_domain->iommu);
	end_domain(container_of(dmar_domain, struct vtd_backend_domain, domain));
}

static const struct iommu_domain_ops first_stage_ops = {
	IOMMU_PT_DOMAIN_OPS(x86_64),
	.iotlb_sync_map = sync_map,
	.flush_iotlb_all = flush_domain,
	.iotlb_sync = sync_domain,
	.attach_dev = iommu_machine_attach_dev,
	.free = free_domain,
};

static const struct iommu_domain_ops second_stage_ops = {
	IOMMU_PT_DOMAIN_OPS(vtdss),
	.iotlb_sync_map = sync_map,
	.flush_iotlb_all = flush_domain,
	.iotlb_sync = sync_domain,
	.attach_dev = iommu_machine_attach_dev,
	.free = free_domain,
};

/* The width, and the level of the top table */
static unsigned int first_stage_width(struct intel_iommu *iommu, unsigned int *top_level)
{
	unsigned int width = cap_mgaw(iommu->cap);

	*top_level = width > 48 && cap_fl5lp_support(iommu->cap) ? 4 : 3;
	return min(width, *top_level == 4 ? 57 : 48);
}

static unsigned int second_stage_width(struct intel_iommu *iommu, unsigned int *top_level)
{
	unsigned int levels = fls(cap_sagaw(iommu->cap) & GENMASK(3, 1)) + 1;

	*top_level = levels - 1;
	return min_t(unsigned int, cap_mgaw(iommu->cap), 12 + 9 * levels);
}

static int init_first_stage(struct dmar_domain *domain, struct intel_iommu *iommu)
{
	struct pt_iommu_x86_64_cfg cfg = {
		.common.features = BIT(PT_FEAT_SIGN_EXTEND) | BIT(PT_FEAT_FLUSH_RANGE),
		.common.hw_max_oasz_lg2 = 52,
	};

	cfg.common.hw_max_vasz_lg2 = first_stage_width(iommu, &cfg.top_level);
	if (!ecap_smpwc(iommu->ecap))
		cfg.common.features |= BIT(PT_FEAT_DMA_INCOHERENT);
	domain->domain.ops = &first_stage_ops;
	return pt_iommu_x86_64_init(&domain->fspt, &cfg, GFP_KERNEL);
}

static bool is_coherent(struct intel_iommu *iommu)
{
	return sm_supported(iommu) ? ecap_smpwc(iommu->ecap) : ecap_coherent(iommu->ecap);
}

static int init_second_stage(struct dmar_domain *domain, struct intel_iommu *iommu)
{
	struct pt_iommu_vtdss_cfg cfg = {
		.common.features = BIT(PT_FEAT_FLUSH_RANGE),
		.common.hw_max_oasz_lg2 = 52,
	};

	cfg.common.hw_max_vasz_lg2 = second_stage_width(iommu, &cfg.top_level);
	if (!is_coherent(iommu))
		cfg.common.features |= BIT(PT_FEAT_DMA_INCOHERENT);
	domain->domain.ops = &second_stage_ops;
	return pt_iommu_vtdss_init(&domain->sspt, &cfg, GFP_KERNEL);
}

static void init_domain(struct dmar_domain *domain, struct device *dev)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);
	u64 cap = info->iommu->cap;

	INIT_LIST_HEAD(&domain->devices);
	INIT_LIST_HEAD(&domain->dev_pasids);
	INIT_LIST_HEAD(&domain->cache_tags);
	spin_lock_init(&domain->lock);
	spin_lock_init(&domain->cache_lock);
	xa_init(&domain->iommu_array);
	domain->domain.type = IOMMU_DOMAIN_UNMANAGED;
	domain->iommu.iommu_device = dev;
	domain->iommu.nid = NUMA_NO_NODE;
	domain->iotlb_sync_map = cap_rwbf(cap) || cap_caching_mode(cap);
}

struct iommu_domain *intel_iommu_domain_alloc_stage(struct device *dev, bool first_stage)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);
	struct intel_iommu *iommu = info->iommu;
	struct vtd_backend_domain *domain;
	int ret;

	if (first_stage ? !sm_supported(iommu) || !ecap_flts(iommu->ecap) :
			  sm_supported(iommu) && !ecap_slts(iommu->ecap))
		return ERR_PTR(-EOPNOTSUPP);
	domain = kzalloc_obj(*domain);
	if (!domain)
		return ERR_PTR(-ENOMEM);
	init_domain(&domain->domain, dev);
	ret = first_stage ? init_first_stage(&domain->domain, iommu) :
			    init_second_stage(&domain->domain, iommu);
	if (ret) {
		kfree(domain);
		return ERR_PTR(ret);
	}
	list_add_tail(&domain->node, &domains);
	return &domain->domain.domain;
}

/**
 * vtd_backend_alloc_domain - Make a domain of the stage that the driver uses.
 * @dev: A device that will be attached to it.
 *
 * Context: Process context.
 *
 * Return: the domain, or an ERR_PTR().
 */
struct iommu_domain *vtd_backend_alloc_domain(struct device *dev)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);
	struct vtd_backend_unit *unit = to_backend_unit(info->iommu);

	return intel_iommu_domain_alloc_stage(dev, unit->options.first_stage);
}

/**
 * vtd_backend_end_domains - All domains end with their kernel.
 *
 * Their tables stay as they are.
 *
 * Context: Process context.
 */
void vtd_backend_end_domains(void)
{
	struct vtd_backend_domain *domain, *next;

	list_for_each_entry_safe(domain, next, &domains, node)
		end_domain(domain);
}

static int write_entries(struct device_domain_info *info, struct dmar_domain *domain)
{
	struct context_entry *context;
	struct pasid_entry *entry;

	if (sm_supported(info->iommu)) {
		if (!info->pasid_table)
			return -ENODEV;
		entry = make_pasid_entry(info, IOMMU_NO_PASID);
		if (!entry)
			return -ENOMEM;
		set_pasid_entry(info, domain, entry);
		return 0;
	}
	context = make_context(info);
	if (!context)
		return -ENOMEM;
	set_legacy_context(info, domain, context);
	return 0;
}

/**
 * vtd_backend_attach - Attach a device to a domain.
 * @dev: The device, attached to none, or handed over.
 * @domain: The domain.
 *
 * Context: Process context.
 *
 * Return: 0 or an errno.
 */
int vtd_backend_attach(struct device *dev, struct iommu_domain *domain)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);
	struct dmar_domain *dmar_domain = to_dmar_domain(domain);
	int ret;

	intel_liveupdate_block(dev);
	ret = domain_attach_iommu(dmar_domain, info->iommu);
	if (ret)
		return ret;
	ret = cache_tag_assign_domain(dmar_domain, dev, IOMMU_NO_PASID);
	if (ret)
		goto err_detach;
	ret = write_entries(info, dmar_domain);
	if (ret)
		goto err_unassign;
	info->domain = dmar_domain;
	info->domain_attached = true;
	list_add(&info->link, &dmar_domain->devices);
	return 0;

err_unassign:
	cache_tag_unassign_domain(dmar_domain, dev, IOMMU_NO_PASID);
err_detach:
	domain_detach_iommu(dmar_domain, info->iommu);
	return ret;
}

/**
 * vtd_backend_detach - Detach a device from its domain, if it has one.
 * @dev: The device, which is blocked from now on.
 *
 * Context: Process context.
 */
void vtd_backend_detach(struct device *dev)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);

	intel_liveupdate_block(dev);
	if (!info->domain_attached)
		return;
	if (sm_supported(info->iommu))
		clear_pasid_entry(info, IOMMU_NO_PASID);
	else
		clear_legacy_context(info);
	list_del(&info->link);
	cache_tag_unassign_domain(info->domain, dev, IOMMU_NO_PASID);
	domain_detach_iommu(info->domain, info->iommu);
	info->domain = NULL;
	info->domain_attached = false;
}

/**
 * vtd_backend_set_pasid - Attach a PASID of a device to the device's domain.
 * @dev: The device, attached, in scalable mode.
 * @pasid: The PASID.
 * @present: It is attached, or detached again.
 *
 * Context: Process context.
 *
 * Return: 0 or -ENOMEM.
 */
int vtd_backend_set_pasid(struct device *dev, u32 pasid, bool present)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);
	struct pasid_entry *entry = make_pasid_entry(info, pasid);

	if (!entry)
		return -ENOMEM;
	if (present)
		set_pasid_entry(info, info->domain, entry);
	else
		clear_pasid_entry(info, pasid);
	return 0;
}

/**
 * vtd_backend_domain_id - The domain ID of a device's domain.
 * @dev: The device, attached.
 *
 * Context: Any.
 *
 * Return: the ID.
 */
u16 vtd_backend_domain_id(struct device *dev)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);

	return domain_id_iommu(info->domain, info->iommu);
}

/**
 * vtd_backend_context_of - The context entry that the driver has for a device.
 * @dev: The device.
 *
 * Context: Any.
 *
 * Return: its words, or NULL if there is no table.
 */
u64 *vtd_backend_context_of(struct device *dev)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);

	return (u64 *)intel_live_context(info->iommu, requester_id(info),
					 sm_supported(info->iommu));
}

/**
 * vtd_backend_pasid_of - The PASID table entry for requests without PASID.
 * @dev: The device, attached, in scalable mode.
 *
 * Context: Any.
 *
 * Return: its words.
 */
u64 *vtd_backend_pasid_of(struct device *dev)
{
	struct device_domain_info *info = dev_iommu_priv_get(dev);

	return (u64 *)make_pasid_entry(info, IOMMU_NO_PASID);
}
