/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VT-d over a live update: what the files of the backend share, and what the driver
 * calls. See Documentation/driver-api/iommu-liveupdate/vtd.rst.
 */
#ifndef __INTEL_LIVEUPDATE_H
#define __INTEL_LIVEUPDATE_H

#include <linux/types.h>

struct device;
struct device_domain_info;
struct intel_iommu;

#ifdef CONFIG_IOMMU_LIVEUPDATE
#include <linux/iommu-liveupdate.h>
#include <linux/xarray.h>

#include "../liveupdate/faults.h"
#include "iommu.h"
#include "pasid.h"

/**
 * struct intel_preserved_unit - A unit that is handed over to the next kernel
 * @unit: The description.
 * @iommu: The unit.
 * @devices: List of &struct intel_preserved_device.
 * @root: The shadow root table, which nothing but preserved devices is in.
 * @context: Its context tables, numbered as in
 *	&struct iommu_vtd_context_table_ser.
 * @queue: Invalidation queue for the last moment, a page. It is not preserved.
 * @scalable: In scalable mode.
 */
struct intel_preserved_unit {
	struct iommu_liveupdate_unit unit;
	struct intel_iommu *iommu;
	struct list_head devices;
	struct root_entry *root;
	struct context_entry *context[IOMMU_VTD_MAX_CONTEXT_TABLES];
	struct qi_desc *queue;
	bool scalable;
};

/**
 * struct intel_preserved_device - A device that is handed over
 * @node: In intel_preserved_unit::devices.
 * @dev: The device.
 * @rid: Its requester ID.
 * @attachment: Its domain, and what the next kernel has to know.
 * @directory: Its PASID directory below the shadow root, in scalable mode.
 * @table: Its PASID table below the shadow root, in scalable mode.
 */
struct intel_preserved_device {
	struct list_head node;
	struct device *dev;
	u16 rid;
	struct iommu_liveupdate_attachment *attachment;
	struct pasid_dir_entry *directory;
	struct pasid_entry *table;
};

/**
 * struct intel_adopted_unit - A unit that was taken over from the previous kernel
 * @devices: The &struct intel_adopted_device that are not attached yet, by
 *	requester ID.
 * @ids: The &struct intel_adopted_id by domain ID.
 *
 * intel_iommu::did_lock protects both.
 */
struct intel_adopted_unit {
	struct xarray devices;
	struct xarray ids;
};

/**
 * struct intel_adopted_device - A device whose entries were taken over
 * @domain_id: Domain ID.
 * @directory: Its PASID directory, a page, in scalable mode.
 */
struct intel_adopted_device {
	u16 domain_id;
	struct pasid_dir_entry *directory;
};

/**
 * struct intel_adopted_id - A domain ID that was taken over
 * @users: Devices in intel_adopted_unit::devices with it.
 * @attached: A domain has it too, and devices are attached to that.
 */
struct intel_adopted_id {
	unsigned int users;
	bool attached;
};

/**
 * struct intel_translation - How requests without PASID of a device translate
 * @top_phys: Physical address of the top table.
 * @levels: Levels of the page table.
 * @first_stage: It is a first-stage table.
 * @snoop: The table is in memory that hardware has to snoop.
 * @domain_id: Domain ID.
 */
struct intel_translation {
	u64 top_phys;
	u8 levels;
	bool first_stage;
	bool snoop;
	u16 domain_id;
};

extern const struct iommu_liveupdate_ops intel_liveupdate_ops;
extern const struct iommu_vendor_records intel_vendor_records;

#define to_preserved_unit(ptr)	\
	container_of(ptr, struct intel_preserved_unit, unit)

static inline struct intel_iommu *to_intel_iommu(struct iommu_device *iommu_dev)
{
	return container_of(iommu_dev, struct intel_iommu, iommu);
}

/* The mode that the hardware is in */
static inline bool intel_rtaddr_is_scalable(struct intel_iommu *iommu)
{
	return readq(iommu->reg + DMAR_RTADDR_REG) & DMA_RTADDR_SMT;
}

static inline struct iommu_vtd_unit_ser *
intel_unit_area(struct iommu_liveupdate_unit *unit)
{
	static_assert(sizeof(struct iommu_vtd_unit_ser) == sizeof(unit->area));
	return (struct iommu_vtd_unit_ser *)unit->area;
}

static inline struct iommu_vtd_device_ser *
intel_device_area(struct iommu_liveupdate_device *device)
{
	static_assert(sizeof(struct iommu_vtd_device_ser) == sizeof(device->area));
	return (struct iommu_vtd_device_ser *)device->area;
}

/* liveupdate_entries.c */
unsigned int intel_context_table_index(u16 rid, bool scalable);
u64 *intel_root_word(struct root_entry *root, unsigned int index, bool scalable);
struct context_entry *intel_context_slot(struct context_entry *table, u16 rid,
					 bool scalable);
struct context_entry *intel_live_context(struct intel_iommu *iommu, u16 rid,
					 bool scalable);
struct pasid_entry *intel_live_pasid_entry(const struct context_entry *context);
bool intel_live_pasid_in_use(const struct context_entry *context);
void intel_translation_of(const struct iommu_liveupdate_attachment *attachment,
			  struct intel_translation *translation);
const char *intel_compare_context(const struct context_entry *context,
				  const struct intel_translation *translation);
const char *intel_compare_pasid_entry(const struct pasid_entry *entry,
				      const struct intel_translation *translation);
const char *intel_compare_live(const struct context_entry *context, bool scalable,
			       const struct intel_translation *translation);
struct context_entry intel_scalable_context(u64 directory_pa);

/* liveupdate_preserve.c */
struct iommu_liveupdate_unit *intel_preserve_unit(struct iommu_device *iommu_dev);
void intel_unpreserve_unit(struct iommu_liveupdate_unit *unit);
int intel_preserve_device(struct device *dev,
			  struct iommu_liveupdate_attachment *attachment);
void intel_unpreserve_device(struct iommu_liveupdate_attachment *attachment);
void intel_clear_shadow(struct intel_preserved_unit *preserved, u16 rid);

/* liveupdate_refuse.c */
int intel_refuse_unit(struct intel_iommu *iommu);
int intel_refuse_device(struct device *dev);

/* liveupdate_shutdown.c */
int intel_switch_over(struct iommu_liveupdate_unit *unit);

/* liveupdate_adopt.c */
int intel_adopt_unit(struct iommu_device *iommu_dev,
		     struct iommu_liveupdate_unit *unit);
int intel_adopt_attachment(struct iommu_device *iommu_dev,
			   const struct iommu_liveupdate_attachment *attachment);
void intel_block_others(struct iommu_device *iommu_dev);

/* liveupdate_attach.c */
struct intel_adopted_device *intel_adopted_device(struct intel_iommu *iommu, u16 rid);
int intel_reserve_domain_id(struct intel_iommu *iommu, u16 domain_id);
void intel_release_domain_id(struct intel_iommu *iommu, u16 domain_id);
struct iommu_domain *intel_alloc_domain(struct device *dev,
					const struct iommu_liveupdate_domain *domain);
int intel_attach_device(struct device *dev, struct iommu_domain *domain,
			const struct iommu_liveupdate_attachment *attachment);
bool intel_release_requester(struct intel_iommu *iommu, u16 rid);
void intel_release_device(struct device *dev);
void intel_flush_all(struct intel_iommu *iommu);

/* liveupdate_orphan.c */
void intel_abandon_unit(struct iommu_device *iommu_dev);
void intel_stop_device(struct device *dev);

/* What the backend needs of the driver */
struct iommu_domain *intel_iommu_domain_alloc_stage(struct device *dev,
						    bool first_stage);
bool intel_iommu_has_reserved_regions(struct intel_iommu *iommu);
bool intel_iommu_rwbf_required(struct intel_iommu *iommu);

/* What the driver calls */
void intel_liveupdate_found(struct intel_iommu *iommu);
void intel_liveupdate_enabled(struct intel_iommu *iommu);
bool intel_liveupdate_is_incoming(void);
bool intel_liveupdate_adopt(struct intel_iommu *iommu);
bool intel_liveupdate_adopted(struct intel_iommu *iommu);
void intel_liveupdate_forget(struct intel_iommu *iommu);
void intel_liveupdate_stop_dma(struct intel_iommu *iommu);
int intel_liveupdate_probe(struct device_domain_info *info);
void intel_liveupdate_lose(struct intel_iommu *iommu, u16 rid);
void intel_liveupdate_block(struct device *dev);
void intel_liveupdate_release(struct device *dev);
bool intel_liveupdate_put_id(struct intel_iommu *iommu, u16 domain_id);
bool intel_liveupdate_shutdown(struct intel_iommu *iommu);
void intel_liveupdate_shutdown_done(void);
bool intel_liveupdate_keep_remapping(struct intel_iommu *iommu);

#else

static inline void intel_liveupdate_found(struct intel_iommu *iommu) { }
static inline void intel_liveupdate_enabled(struct intel_iommu *iommu) { }
static inline void intel_liveupdate_forget(struct intel_iommu *iommu) { }
static inline void intel_liveupdate_stop_dma(struct intel_iommu *iommu) { }
static inline void intel_liveupdate_lose(struct intel_iommu *iommu, u16 rid) { }
static inline void intel_liveupdate_block(struct device *dev) { }
static inline void intel_liveupdate_release(struct device *dev) { }
static inline void intel_liveupdate_shutdown_done(void) { }

static inline bool intel_liveupdate_is_incoming(void)
{
	return false;
}

static inline bool intel_liveupdate_adopt(struct intel_iommu *iommu)
{
	return false;
}

static inline bool intel_liveupdate_adopted(struct intel_iommu *iommu)
{
	return false;
}

static inline int intel_liveupdate_probe(struct device_domain_info *info)
{
	return 0;
}

static inline bool intel_liveupdate_put_id(struct intel_iommu *iommu,
					   u16 domain_id)
{
	return false;
}

static inline bool intel_liveupdate_shutdown(struct intel_iommu *iommu)
{
	return false;
}

static inline bool intel_liveupdate_keep_remapping(struct intel_iommu *iommu)
{
	return false;
}

#endif /* CONFIG_IOMMU_LIVEUPDATE */

#endif
