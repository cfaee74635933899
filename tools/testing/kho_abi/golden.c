// SPDX-License-Identifier: GPL-2.0-only
/*
 * Good images, which the kernel's own writers write from a few numbers: each value is a
 * function of an index. The memory that records name is there, and empty.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "../../../drivers/iommu/liveupdate/iommufd_record.h"
#include "../../../drivers/iommu/liveupdate/pci_function.h"
#include "../../../drivers/iommu/liveupdate/serialize.h"
#include "../../../drivers/iommu/liveupdate/vfio_pci_record.h"
#include "../../../lib/kunit_tests/iommu_test_backend.h"
#include "../../../lib/kunit_tests/iommu_test_path.h"
#include "golden.h"
#include "intel/liveupdate.h"
#include "kernel.h"
#include "memory.h"

#define MAX_RECORDS	128
#define MAX_ENTRIES	4

enum backend { TEST, VTD_LEGACY, VTD_SCALABLE };

/**
 * struct golden - What is made
 * @name: Name of the image.
 * @backend: Backend of all units.
 * @units: Number of units.
 * @domains: Number of domains.
 * @devices: Number of devices, each with one attachment.
 * @bridges: The most bridges above a device.
 * @entries: The most entries of a vendor chain of the test backend.
 * @interrupts: The first unit remaps interrupts.
 * @files: An iommufd has all domains, and each device has a file.
 * @memfd: Name of a memfd that is handed over.
 * @old_memfd: It is handed over as memfd-v2, without any IOMMU.
 */
struct golden {
	const char *name;
	enum backend backend;
	u32 units;
	u32 domains;
	u32 devices;
	u32 bridges;
	u32 entries;
	bool interrupts;
	bool files;
	const char *memfd;
	bool old_memfd;
};

static const struct golden goldens[] = {
	{ .name = "empty" },
	{ "test", TEST, .units = 3, .domains = 4, .devices = 5, .bridges = 2, .entries = 3 },
	{ "test-blocks", TEST, .units = 40, .domains = 50, .devices = 120, .bridges = 2,
	  .entries = 2 },
	{ "vtd-legacy", VTD_LEGACY, .units = 1, .domains = 2, .devices = 3, .bridges = 1,
	  .interrupts = true },
	{ "vtd-scalable", VTD_SCALABLE, .units = 2, .domains = 3, .devices = 4, .bridges = 2 },
	{ "vtd-files", VTD_SCALABLE, .units = 2, .domains = 4, .devices = 4, .bridges = 1,
	  .files = true, .memfd = "memfd" },
	{ .name = "memfd", .memfd = "memfd" },
	{ .name = "memfd-empty", .memfd = "memfd-empty" },
	{ .name = "memfd-huge", .memfd = "memfd-huge" },
	{ .name = "memfd-300", .memfd = "memfd-300" },
	{ .name = "memfd-v2", .memfd = "memfd", .old_memfd = true },
	{ .name = "memfd-v2-empty", .memfd = "memfd-empty", .old_memfd = true },
};

/* All objects of the kernel that writes, of which nothing is left in the next one */
static struct world {
	const struct golden *golden;
	struct iommu_outgoing out;
	struct test_unit test_units[MAX_RECORDS];
	struct intel_preserved_unit intel_units[MAX_RECORDS];
	struct iommu_liveupdate_domain domains[MAX_RECORDS];
	struct iommu_liveupdate_device devices[MAX_RECORDS];
	struct iommu_liveupdate_attachment attachments[MAX_RECORDS];
	u64 parts[MAX_RECORDS][MAX_ENTRIES];

	struct iommufd_outgoing iommufd;
	struct iommufd_record_hwpt hwpts[MAX_RECORDS];
	struct iommufd_record_device iommufd_devices[MAX_RECORDS];
} world;

static u64 preserve(size_t size)
{
	return virt_to_phys(kho_alloc_preserve(size));
}

static u16 rid_of(u32 device)
{
	return (device + 1) << 8;
}

static u32 unit_of(u32 device)
{
	return device % world.golden->units;
}

static struct iommu_liveupdate_unit *unit(u32 i)
{
	return world.golden->backend == TEST ? &world.test_units[i].unit :
					       &world.intel_units[i].unit;
}

/* Units */

static int describe_test_unit(u32 i)
{
	struct test_unit *this = &world.test_units[i];
	const u32 count = i % (world.golden->entries + 1);

	this->unit.vendor = &test_vendor_records;
	this->unit.area[TEST_UNIT_ROOT] = preserve(SZ_4K);
	this->unit.area[TEST_UNIT_CAPABILITIES] = i & TEST_UNIT_CAPABILITIES_KNOWN;
	this->parts = world.parts[i];
	for (u32 n = 0; n < count; n++)
		world.parts[i][n] = preserve(SZ_4K);
	iommu_vendor_chain_init(&this->unit.chain, &test_vendor_records.unit_chain);
	return iommu_vendor_chain_resize(&this->unit.chain, count);
}

static int describe_intel_unit(u32 i)
{
	struct intel_preserved_unit *this = &world.intel_units[i];
	struct iommu_vtd_unit_ser *area = intel_unit_area(&this->unit);
	const bool scalable = world.golden->backend == VTD_SCALABLE;
	u32 count = 0;

	this->unit.vendor = &intel_vendor_records;
	*area = (struct iommu_vtd_unit_ser){
		.version = IOMMU_VTD_VERSION,
		.rtaddr = preserve(SZ_4K) | (scalable ? DMA_RTADDR_SMT : 0),
		.cap = 0xd2008c40660462ull,
		.ecap = scalable ? 0x8f00f0efull : 0xf020deull,
		.interrupt_table_pa = !i && world.golden->interrupts ? preserve(SZ_1M) : 0,
	};
	for (u32 n = i; n < world.golden->devices; n += world.golden->units, count++)
		this->context[(rid_of(n) >> 8) << scalable] = kho_alloc_preserve(SZ_4K);
	iommu_vendor_chain_init(&this->unit.chain, &intel_vendor_records.unit_chain);
	return iommu_vendor_chain_resize(&this->unit.chain, count);
}

static int add_unit(u32 i)
{
	int ret = world.golden->backend == TEST ? describe_test_unit(i) : describe_intel_unit(i);

	unit(i)->id = 0xfed90000ull + i * SZ_4K;
	return ret ?: iommu_outgoing_add_unit(&world.out, unit(i));
}

/* Domains */

static struct pt_iommu_description table_of(u32 i)
{
	static const struct pt_iommu_description tables[] = {
		{ .format = IOMMU_PT_FORMAT_VTDSS, .features = IOMMU_PT_FEATURE_INCOHERENT,
		  .top_level = 3, .max_vasz_lg2 = 48, .max_oasz_lg2 = 52 },
		{ .format = IOMMU_PT_FORMAT_X86_64, .top_level = 4, .max_vasz_lg2 = 57,
		  .max_oasz_lg2 = 52, .sign_extend = 1 },
		{ .format = IOMMU_PT_FORMAT_AMDV1, .features = IOMMU_PT_FEATURE_DYNAMIC_TOP,
		  .top_level = 2, .max_vasz_lg2 = 64, .max_oasz_lg2 = 52 },
		{ .format = IOMMU_PT_FORMAT_RISCV_64, .top_level = 2, .max_vasz_lg2 = 39,
		  .features = IOMMU_PT_FEATURE_CONTIGUOUS_64K, .max_oasz_lg2 = 56 },
	};
	static const u32 kinds[] = {
		[TEST] = ARRAY_SIZE(tables), [VTD_LEGACY] = 1, [VTD_SCALABLE] = 2,
	};
	struct pt_iommu_description table = tables[i % kinds[world.golden->backend]];

	table.top_phys = preserve(SZ_4K);
	return table;
}

static int add_domain(u32 i)
{
	struct iommu_liveupdate_domain *domain = &world.domains[i];

	domain->vendor = unit(0)->vendor;
	domain->id = i + 1;
	domain->table = table_of(i);
	domain->pgsize_bitmap = SZ_4K | SZ_2M | SZ_1G;
	domain->aperture_start = (u64)i * SZ_4K;
	domain->aperture_last = (1ull << 38) - 1;
	if (world.golden->backend == TEST)
		domain->area[TEST_DOMAIN_STAGE] = 1 + i % 2;
	return iommu_outgoing_add_domain(&world.out, domain);
}

/* Devices */

static void fill_device_area(struct iommu_liveupdate_device *device, u32 i)
{
	switch (world.golden->backend) {
	case TEST:
		device->area[TEST_DEVICE_CONTEXT] = i & 1 ? preserve(SZ_4K) : 0;
		device->area[TEST_DEVICE_STREAM] = i;
		break;
	case VTD_SCALABLE:
		*intel_device_area(device) = (struct iommu_vtd_device_ser){
			.directory_pa = preserve(SZ_4K),
			.table_pa = preserve(SZ_4K),
		};
		break;
	default:
		break;
	}
}

static int add_attachment(u32 i)
{
	struct iommu_liveupdate_attachment *attachment = &world.attachments[i];
	const u32 domain = i % world.golden->domains;

	attachment->device = &world.devices[i];
	attachment->domain = &world.domains[domain];
	attachment->hardware_id = IOMMU_VTD_DOMAIN_ID_MIN + domain;
	attachment->pasid = IOMMU_ATTACHMENT_NO_PASID;
	return iommu_outgoing_add_attachment(&world.out, attachment);
}

static int add_device(u32 i)
{
	struct iommu_liveupdate_device *device = &world.devices[i];
	int ret;

	device->unit = unit(unit_of(i));
	device->owner = 0x100000000ull + i;
	device->type = IOMMU_DEVICE_TYPE_PCI;
	device->segment = i % 2;
	device->rid = rid_of(i);
	fill_device_area(device, i);
	ret = iommu_test_path_init(&device->path, device->rid,
				   1 + i % (world.golden->bridges + 1));
	if (!ret && world.golden->entries) {
		iommu_vendor_chain_init(&device->chain, &test_vendor_records.device_chain);
		ret = iommu_vendor_chain_resize(&device->chain, i % (world.golden->entries + 1));
	}
	return ret ?: iommu_outgoing_add_device(&world.out, device) ?: add_attachment(i);
}

/* Files */

static int add_hwpt(u32 i)
{
	struct iommufd_record_hwpt *hwpt = &world.hwpts[i];

	hwpt->token = 0x1000 + i;
	hwpt->domain = world.domains[i].id;
	hwpt->flags = i & IOMMUFD_HWPT_FLAGS_KNOWN;
	return iommufd_outgoing_add_hwpt(&world.iommufd, hwpt);
}

static int add_iommufd_device(u32 i)
{
	struct iommufd_record_device *device = &world.iommufd_devices[i];

	device->hwpt = &world.hwpts[i % world.golden->domains];
	device->owner = world.devices[i].owner;
	return iommufd_outgoing_add_device(&world.iommufd, device);
}

static void name_root(u64 phys, const char *name)
{
	strcpy(memory_find(phys)->root, name);
}

static int write_vfio_pci(u32 i)
{
	struct vfio_pci_device_ser *ser = vfio_pci_record_alloc();
	const struct vfio_pci_record record = {
		.iommufd = 1,
		.owner = world.devices[i].owner,
		.segment = world.devices[i].segment,
		.rid = world.devices[i].rid,
		.vendor = 0x1af4,
		.device = 0xfe00,
	};

	name_root(vfio_pci_record_write(ser, &record), VFIO_PCI_LIVEUPDATE_COMPATIBLE);
	return 0;
}

static int write_files(void)
{
	int ret = iommufd_outgoing_init(&world.iommufd);

	for (u32 i = 0; !ret && i < world.golden->domains; i++)
		ret = add_hwpt(i);
	for (u32 i = 0; !ret && i < world.golden->devices; i++)
		ret = add_iommufd_device(i) ?: write_vfio_pci(i);
	if (!ret)
		name_root(iommufd_outgoing_write(&world.iommufd), IOMMUFD_LIVEUPDATE_COMPATIBLE);
	kho_block_set_forget(&world.iommufd.hwpt_blocks);
	kho_block_set_forget(&world.iommufd.device_blocks);
	return ret;
}

/* All */

static int describe(void)
{
	const struct golden *golden = world.golden;
	int ret = iommu_outgoing_init(&world.out);

	for (u32 i = 0; !ret && i < golden->units; i++)
		ret = add_unit(i);
	for (u32 i = 0; !ret && i < golden->domains; i++)
		ret = add_domain(i);
	for (u32 i = 0; !ret && i < golden->devices; i++)
		ret = add_device(i);
	return ret;
}

/* The kernel that wrote ends: what it has preserved stays. */
static void end_world(void)
{
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		kho_block_set_forget(&world.out.families[i].blocks);
	for (u32 i = 0; i < world.golden->units; i++)
		kho_block_set_forget(&unit(i)->chain.blocks);
	for (u32 i = 0; i < world.golden->devices; i++) {
		kho_block_set_forget(&world.devices[i].path.functions);
		if (world.golden->entries)
			kho_block_set_forget(&world.devices[i].chain.blocks);
	}
}

/* Print the names of the images that can be made. */
int golden_list(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++)
		puts(goldens[i].name);
	return 0;
}

/* Make one of them the memory: 0 or what failed. */
int golden_make(const char *name)
{
	int ret;

	memset(&world, 0, sizeof(world));
	for (size_t i = 0; i < ARRAY_SIZE(goldens); i++)
		if (!strcmp(goldens[i].name, name))
			world.golden = &goldens[i];
	if (!world.golden)
		return -ENOENT;

	if (world.golden->old_memfd)
		return golden_add_memfd(world.golden->memfd, true);
	ret = describe();
	if (!ret)
		name_root(iommu_outgoing_write(&world.out), IOMMU_LIVEUPDATE_COMPATIBLE);
	if (!ret && world.golden->files)
		ret = write_files();
	if (!ret && world.golden->memfd)
		ret = golden_add_memfd(world.golden->memfd, false);
	end_world();
	return ret;
}
