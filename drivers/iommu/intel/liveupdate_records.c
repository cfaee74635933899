// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What the VT-d backend adds to the records
 *
 * The layout is in <linux/kho/abi/iommu.h>. A unit has a vendor chain with its
 * context tables, so that the next kernel knows each page of the shadow root
 * before it reads one.
 *
 * Happy path: each member has its range, and each address is preserved memory.
 *
 * Unhappy path: iommu_check_range() and its likes take down which member is wrong.
 * Whether the hardware agrees is another question, see liveupdate_adopt.c.
 */

#include <linux/bitfield.h>
#include <linux/init.h>

#include "liveupdate.h"

#define RTADDR_TTM	GENMASK_ULL(11, 10)
#define RTADDR_RESERVED	GENMASK_ULL(9, 0)

static unsigned int nth_context_table(const struct intel_preserved_unit *preserved,
				      u32 n)
{
	unsigned int index = 0;

	for (;; index++) {
		if (preserved->context[index] && !n--)
			return index;
	}
}

static void write_unit_entry(const struct iommu_liveupdate_unit *unit, u32 n,
			     void *entry)
{
	const struct intel_preserved_unit *preserved = to_preserved_unit(unit);
	unsigned int index = nth_context_table(preserved, n);

	*(struct iommu_vtd_context_table_ser *)entry =
		(struct iommu_vtd_context_table_ser){
			.table_pa = virt_to_phys(preserved->context[index]),
			.index = index,
		};
}

static int check_unit(const struct iommu_liveupdate_unit *unit,
		      struct iommu_record_check *check)
{
	const struct iommu_vtd_unit_ser *area = (const void *)unit->area;
	int ret;

	ret = iommu_check_range(check, "version", area->version,
				IOMMU_VTD_VERSION, IOMMU_VTD_VERSION) ?:
	      iommu_check_zero(check, "reserved", area->reserved,
			       sizeof(area->reserved)) ?:
	      iommu_check_known(check, "rtaddr", area->rtaddr,
				VTD_PAGE_MASK | DMA_RTADDR_SMT) ?:
	      iommu_check_memory(check, "rtaddr", area->rtaddr & VTD_PAGE_MASK,
				 PAGE_SIZE);
	if (ret || !area->interrupt_table_pa)
		return ret;
	return iommu_check_memory(check, "interrupt_table_pa",
				  area->interrupt_table_pa, SZ_1M);
}

static int check_unit_entry(const struct iommu_liveupdate_unit *unit, u32 n,
			    const void *entry, struct iommu_record_check *check)
{
	const struct iommu_vtd_unit_ser *area = (const void *)unit->area;
	const struct iommu_vtd_context_table_ser *table = entry;
	u32 max = IOMMU_VTD_MAX_CONTEXT_TABLES;

	if (!(area->rtaddr & DMA_RTADDR_SMT))
		max /= 2;
	return iommu_check_range(check, "index", table->index, n, max - 1) ?:
	       iommu_check_zero(check, "reserved", &table->reserved,
				sizeof(table->reserved)) ?:
	       iommu_check_memory(check, "table_pa", table->table_pa, PAGE_SIZE);
}

static int check_domain(const struct iommu_liveupdate_domain *domain,
			struct iommu_record_check *check)
{
	bool first_stage = domain->table.format == IOMMU_PT_FORMAT_X86_64;

	if (!first_stage)
		return iommu_check_range(check, "format", domain->table.format,
					 IOMMU_PT_FORMAT_VTDSS,
					 IOMMU_PT_FORMAT_VTDSS) ?:
		       iommu_check_range(check, "top_level",
					 domain->table.top_level, 2, 4) ?:
		       iommu_check_zero(check, "vendor", domain->area,
					sizeof(domain->area));
	return iommu_check_range(check, "top_level", domain->table.top_level, 3,
				 4) ?:
	       iommu_check_zero(check, "vendor", domain->area,
				sizeof(domain->area));
}

static int check_device(const struct iommu_liveupdate_device *device,
			struct iommu_record_check *check)
{
	const struct iommu_vtd_device_ser *area = (const void *)device->area;
	const struct iommu_vtd_unit_ser *unit = (const void *)device->unit->area;

	if (!(unit->rtaddr & DMA_RTADDR_SMT))
		return iommu_check_zero(check, "vendor", area, sizeof(*area));
	return iommu_check_zero(check, "reserved", area->reserved,
				sizeof(area->reserved)) ?:
	       iommu_check_memory(check, "directory_pa", area->directory_pa,
				  PAGE_SIZE) ?:
	       iommu_check_memory(check, "table_pa", area->table_pa, PAGE_SIZE);
}

static int check_attachment(const struct iommu_liveupdate_attachment *attachment,
			    struct iommu_record_check *check)
{
	return iommu_check_range(check, "hardware_id", attachment->hardware_id,
				 IOMMU_VTD_DOMAIN_ID_MIN,
				 IOMMU_VTD_DOMAIN_ID_MAX) ?:
	       iommu_check_zero(check, "vendor", attachment->area,
				sizeof(attachment->area));
}

const struct iommu_vendor_records intel_vendor_records = {
	.unit_type = IOMMU_UNIT_TYPE_INTEL_VTD,
	.unit_chain = {
		.entry_size = sizeof(struct iommu_vtd_context_table_ser),
		.version = IOMMU_VTD_VERSION,
	},
	.write_unit_entry = write_unit_entry,
	.check_unit = check_unit,
	.check_unit_entry = check_unit_entry,
	.check_domain = check_domain,
	.check_device = check_device,
	.check_attachment = check_attachment,
};

/* Before the records are read */
static int __init intel_liveupdate_register(void)
{
	return iommu_liveupdate_register_backend(&intel_vendor_records);
}
core_initcall(intel_liveupdate_register);
