// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: damaged records
 *
 * Each member of each record is damaged, one at a time: beyond both ends of its
 * range, in each reserved bit, with the address of all kinds of memory that is not
 * the record's, with what another record has. The table below has a line for each
 * damage, and each of its members is a parameter. A line says which errno the reader
 * takes down; which member it names and what is lost follows from where the damage
 * is. Values at the ends of a range are accepted.
 *
 * A case fails if any byte of any record is in no line.
 */

#include <linux/kho/abi/block.h>

#include <kunit/test.h>

#include <uapi/linux/pci_regs.h>

#include "fake_kho.h"
#include "iommu_member_damage.h"

#define UNITS_PER_BLOCK		IOMMU_GRAPH_PER_BLOCK(struct iommu_unit_ser)
#define DOMAINS_PER_BLOCK	IOMMU_GRAPH_PER_BLOCK(struct iommu_domain_ser)
#define DEVICES_PER_BLOCK	IOMMU_GRAPH_PER_BLOCK(struct iommu_device_ser)
#define ATTACHMENTS_PER_BLOCK	IOMMU_GRAPH_PER_BLOCK(struct iommu_attachment_ser)
#define UNIT_ENTRIES_PER_BLOCK	IOMMU_GRAPH_PER_BLOCK(struct test_unit_entry)
#define DEVICE_ENTRIES_PER_BLOCK IOMMU_GRAPH_PER_BLOCK(struct test_device_entry)
#define FUNCTIONS_PER_BLOCK	IOMMU_GRAPH_PER_BLOCK(struct iommu_pci_function_ser)

/*
 * On each unit, some domains have one attachment and some have two: devices 0 and
 * 12, on unit 0, are both attached to domain 0.
 */
static const struct iommu_graph_spec shared = {
	.units = 3, .domains = 4, .devices = 15, .segments = 2,
	.unit_entries = 2, .device_entries = 3, .bridges = 2,
};

/* Of the register that has the bus numbers of a bridge */
static u64 another_bus(u64 good)
{
	return good ^ BIT(8);
}

/*
 * Lines of one member stand together.
 *
 * Finding 37: all reserved members and unknown bits are refused. Finding 43: all
 * counts, ranges and addresses are checked.
 */
static const struct damage damages[] = {
	BAD(IN_HEADER, 0, magic, 0, -EINVAL),
	BAD(IN_HEADER, 0, magic, U64_MAX, -EINVAL),
	BAD_IF(IN_HEADER, 0, magic, one_more, -EINVAL),
	BAD_IF(IN_HEADER, 0, magic, one_less, -EINVAL),
	/* Finding 26, Finding 42: another version is refused, whatever it may mean */
	BAD_IF(IN_HEADER, 0, version_major, one_more, -EOPNOTSUPP),
	BAD(IN_HEADER, 0, version_major, U16_MAX, -EOPNOTSUPP),
	BAD_IF(IN_HEADER, 0, version_minor, one_more, -EOPNOTSUPP),
	BAD_IF(IN_HEADER, 0, version_minor, one_less, -EOPNOTSUPP),
	BAD(IN_HEADER, 0, version_minor, U16_MAX, -EOPNOTSUPP),
	RESERVED(IN_HEADER, 0, reserved),
	/* Finding 42: so is another layout of the same version */
	BAD(IN_HEADER, 0, fingerprint, 0, -EOPNOTSUPP),
	BAD_IF(IN_HEADER, 0, fingerprint, one_more, -EOPNOTSUPP),
	BAD_IF(IN_HEADER, 0, fingerprint, inverted, -EOPNOTSUPP),
	BITS(IN_HEADER, 0, incompatible, IOMMU_ABI_INCOMPATIBLE_KNOWN),

	BAD(IN_HEADER, 0, units.head_pa, 0, -ERANGE, .said = "units"),
	ADDRESSES(IN_HEADER, 0, units.head_pa, TO_LINKS),
	BAD(IN_HEADER, 0, units.count, 0, -ERANGE),
	BAD_IF(IN_HEADER, 0, units.count, one_more, -ERANGE),
	BAD_IF(IN_HEADER, 0, units.count, one_less, -ERANGE),
	BAD(IN_HEADER, 0, units.count, IOMMU_ABI_MAX_UNITS, -ERANGE),
	BAD(IN_HEADER, 0, units.count, IOMMU_ABI_MAX_UNITS + 1, -ERANGE),
	BAD(IN_HEADER, 0, units.count, U32_MAX, -ERANGE),
	BAD(IN_HEADER, 0, units.entry_size, 0, -EINVAL),
	BAD_IF(IN_HEADER, 0, units.entry_size, one_more, -EINVAL),
	BAD_IF(IN_HEADER, 0, units.entry_size, one_less, -EINVAL),
	BAD(IN_HEADER, 0, units.entry_size, U16_MAX, -EINVAL),
	BAD(IN_HEADER, 0, units.version, 1, -EOPNOTSUPP),
	BAD(IN_HEADER, 0, units.version, U16_MAX, -EOPNOTSUPP),

	BAD(IN_HEADER, 0, domains.head_pa, 0, -ERANGE, .said = "domains"),
	ADDRESSES(IN_HEADER, 0, domains.head_pa, TO_LINKS),
	BAD(IN_HEADER, 0, domains.count, 0, -ERANGE),
	BAD_IF(IN_HEADER, 0, domains.count, one_more, -ERANGE),
	BAD_IF(IN_HEADER, 0, domains.count, one_less, -ERANGE),
	BAD(IN_HEADER, 0, domains.count, IOMMU_ABI_MAX_DOMAINS, -ERANGE),
	BAD(IN_HEADER, 0, domains.count, IOMMU_ABI_MAX_DOMAINS + 1, -ERANGE),
	BAD(IN_HEADER, 0, domains.count, U32_MAX, -ERANGE),
	BAD(IN_HEADER, 0, domains.entry_size, 0, -EINVAL),
	BAD_IF(IN_HEADER, 0, domains.entry_size, one_more, -EINVAL),
	BAD_IF(IN_HEADER, 0, domains.entry_size, one_less, -EINVAL),
	BAD(IN_HEADER, 0, domains.entry_size, U16_MAX, -EINVAL),
	BAD(IN_HEADER, 0, domains.version, 1, -EOPNOTSUPP),
	BAD(IN_HEADER, 0, domains.version, U16_MAX, -EOPNOTSUPP),

	BAD(IN_HEADER, 0, devices.head_pa, 0, -ERANGE, .said = "devices"),
	ADDRESSES(IN_HEADER, 0, devices.head_pa, TO_LINKS),
	BAD(IN_HEADER, 0, devices.count, 0, -ERANGE),
	BAD_IF(IN_HEADER, 0, devices.count, one_more, -ERANGE),
	BAD_IF(IN_HEADER, 0, devices.count, one_less, -ERANGE),
	BAD(IN_HEADER, 0, devices.count, IOMMU_ABI_MAX_DEVICES, -ERANGE),
	BAD(IN_HEADER, 0, devices.count, IOMMU_ABI_MAX_DEVICES + 1, -ERANGE),
	BAD(IN_HEADER, 0, devices.count, U32_MAX, -ERANGE),
	BAD(IN_HEADER, 0, devices.entry_size, 0, -EINVAL),
	BAD_IF(IN_HEADER, 0, devices.entry_size, one_more, -EINVAL),
	BAD_IF(IN_HEADER, 0, devices.entry_size, one_less, -EINVAL),
	BAD(IN_HEADER, 0, devices.entry_size, U16_MAX, -EINVAL),
	BAD(IN_HEADER, 0, devices.version, 1, -EOPNOTSUPP),
	BAD(IN_HEADER, 0, devices.version, U16_MAX, -EOPNOTSUPP),

	BAD(IN_HEADER, 0, attachments.head_pa, 0, -ERANGE,
	    .said = "attachments"),
	ADDRESSES(IN_HEADER, 0, attachments.head_pa, TO_LINKS),
	BAD(IN_HEADER, 0, attachments.count, 0, -ERANGE),
	BAD_IF(IN_HEADER, 0, attachments.count, one_more, -ERANGE),
	BAD_IF(IN_HEADER, 0, attachments.count, one_less, -ERANGE),
	BAD(IN_HEADER, 0, attachments.count, IOMMU_ABI_MAX_ATTACHMENTS, -ERANGE),
	BAD(IN_HEADER, 0, attachments.count, IOMMU_ABI_MAX_ATTACHMENTS + 1,
	    -ERANGE),
	BAD(IN_HEADER, 0, attachments.count, U32_MAX, -ERANGE),
	BAD(IN_HEADER, 0, attachments.entry_size, 0, -EINVAL),
	BAD_IF(IN_HEADER, 0, attachments.entry_size, one_more, -EINVAL),
	BAD_IF(IN_HEADER, 0, attachments.entry_size, one_less, -EINVAL),
	BAD(IN_HEADER, 0, attachments.entry_size, U16_MAX, -EINVAL),
	BAD(IN_HEADER, 0, attachments.version, 1, -EOPNOTSUPP),
	BAD(IN_HEADER, 0, attachments.version, U16_MAX, -EOPNOTSUPP),
	RESERVED(IN_HEADER, 0, reserved2),

	GOOD(IN_UNIT, 1, id, 0),
	GOOD(IN_UNIT, 1, id, U64_MAX),
	SAME(IN_UNIT, 1, id, 2),
	BAD(IN_UNIT, 1, type, 0, -EOPNOTSUPP),
	BAD(IN_UNIT, 1, type, IOMMU_UNIT_TYPE_INTEL_VTD, -EOPNOTSUPP),
	BAD(IN_UNIT, 1, type, IOMMU_UNIT_TYPE_AMD, -EOPNOTSUPP),
	BAD(IN_UNIT, 1, type, IOMMU_UNIT_TYPE_ARM_SMMUV3, -EOPNOTSUPP),
	BAD(IN_UNIT, 1, type, IOMMU_UNIT_TYPE_RISCV, -EOPNOTSUPP),
	BAD(IN_UNIT, 1, type, IOMMU_UNIT_TYPE_TEST - 1, -EOPNOTSUPP),
	BAD(IN_UNIT, 1, type, IOMMU_UNIT_TYPE_TEST + 1, -EOPNOTSUPP),
	BAD(IN_UNIT, 1, type, U32_MAX, -EOPNOTSUPP),
	BITS(IN_UNIT, 1, flags, IOMMU_UNIT_FLAGS_KNOWN),
	BAD(IN_UNIT, 2, vendor_chain.head_pa, 0, -ERANGE,
	    .said = "vendor_chain"),
	ADDRESSES(IN_UNIT, 2, vendor_chain.head_pa, TO_LINKS),
	OTHERS(IN_UNIT, 1, vendor_chain.head_pa, 2, -ERANGE,
	       .said = "vendor_chain"),
	BAD(IN_UNIT, 0, vendor_chain.head_pa, PAGE_SIZE, -EINVAL),
	BAD(IN_UNIT, 2, vendor_chain.count, 0, -EINVAL, .said = "vendor_chain"),
	BAD_IF(IN_UNIT, 2, vendor_chain.count, one_more, -ERANGE),
	BAD_IF(IN_UNIT, 2, vendor_chain.count, one_less, -ERANGE),
	BAD(IN_UNIT, 2, vendor_chain.count, IOMMU_ABI_MAX_VENDOR_ENTRIES,
	    -ERANGE),
	BAD(IN_UNIT, 2, vendor_chain.count, IOMMU_ABI_MAX_VENDOR_ENTRIES + 1,
	    -ERANGE),
	BAD(IN_UNIT, 2, vendor_chain.count, U32_MAX, -ERANGE),
	BAD(IN_UNIT, 0, vendor_chain.count, 1, -EOPNOTSUPP,
	    .said = "vendor_chain"),
	BAD(IN_UNIT, 2, vendor_chain.entry_size, 0, -EINVAL),
	BAD_IF(IN_UNIT, 2, vendor_chain.entry_size, one_more, -EINVAL),
	BAD_IF(IN_UNIT, 2, vendor_chain.entry_size, one_less, -EINVAL),
	BAD(IN_UNIT, 2, vendor_chain.entry_size, U16_MAX, -EINVAL),
	BAD(IN_UNIT, 0, vendor_chain.entry_size, sizeof(struct test_unit_entry),
	    -EINVAL, .said = "vendor_chain"),
	BAD(IN_UNIT, 2, vendor_chain.version, 0, -EOPNOTSUPP),
	BAD_IF(IN_UNIT, 2, vendor_chain.version, one_more, -EOPNOTSUPP),
	BAD(IN_UNIT, 2, vendor_chain.version, U16_MAX, -EOPNOTSUPP),
	BAD(IN_UNIT, 0, vendor_chain.version, 1, -EINVAL,
	    .said = "vendor_chain"),
	SAME(IN_UNIT, 1, vendor_chain, 2, .said = "vendor_chain"),
	BAD(IN_UNIT, 1, vendor[TEST_UNIT_ROOT], 0, -EINVAL),
	ADDRESSES(IN_UNIT, 1, vendor[TEST_UNIT_ROOT], TO_ADDRESSES),
	SAME(IN_UNIT, 1, vendor[TEST_UNIT_ROOT], 0),
	GOOD(IN_UNIT, 1, vendor[TEST_UNIT_CAPABILITIES],
	     TEST_UNIT_CAPABILITIES_KNOWN),
	BITS(IN_UNIT, 1, vendor[TEST_UNIT_CAPABILITIES],
	     TEST_UNIT_CAPABILITIES_KNOWN),
	RESERVED(IN_UNIT, 1, vendor[2]),
	RESERVED(IN_UNIT, 1, vendor[3]),
	RESERVED(IN_UNIT, 1, vendor[4]),
	RESERVED(IN_UNIT, 1, vendor[5]),
	RESERVED(IN_UNIT, 1, vendor[6]),
	RESERVED(IN_UNIT, 1, vendor[7]),

	BAD(IN_DOMAIN, 1, id, 0, -ERANGE),
	GOOD(IN_DOMAIN, 3, id, 1ULL << 33),
	GOOD(IN_DOMAIN, 1, id, U64_MAX),
	SAME(IN_DOMAIN, 1, id, 2),
	/* Finding 84: an address that cannot be restored is an errno */
	BAD(IN_DOMAIN, 1, top_phys, 0, -EINVAL),
	ADDRESSES(IN_DOMAIN, 1, top_phys, TO_TABLES),
	SAME(IN_DOMAIN, 1, top_phys, 0),
	BAD(IN_DOMAIN, 1, pgsize_bitmap, 0, -ERANGE),
	BAD(IN_DOMAIN, 1, pgsize_bitmap, BIT_ULL(11), -ERANGE),
	BAD(IN_DOMAIN, 1, pgsize_bitmap, BIT_ULL(12) - 1, -ERANGE),
	GOOD(IN_DOMAIN, 1, pgsize_bitmap, BIT_ULL(12)),
	GOOD(IN_DOMAIN, 1, pgsize_bitmap, BIT_ULL(63)),
	GOOD(IN_DOMAIN, 1, pgsize_bitmap, GENMASK_ULL(63, 12)),
	BITS(IN_DOMAIN, 1, pgsize_bitmap, GENMASK_ULL(63, 12)),
	BAD(IN_DOMAIN, 1, pgsize_bitmap, U64_MAX, -EOPNOTSUPP),
	GOOD(IN_DOMAIN, 1, aperture_start, 0),
	GOOD(IN_DOMAIN, 0, aperture_start, BIT_ULL(38) - 1),
	BAD(IN_DOMAIN, 0, aperture_start, BIT_ULL(38), -ERANGE),
	BAD(IN_DOMAIN, 1, aperture_start, U64_MAX, -ERANGE),
	GOOD(IN_DOMAIN, 0, aperture_last, 0),
	GOOD(IN_DOMAIN, 0, aperture_last, BIT_ULL(48) - 1),
	BAD(IN_DOMAIN, 0, aperture_last, BIT_ULL(48), -ERANGE),
	BAD(IN_DOMAIN, 0, aperture_last, U64_MAX, -ERANGE),
	BAD(IN_DOMAIN, 1, aperture_last, 0, -ERANGE, .said = "aperture_start"),
	GOOD(IN_DOMAIN, 1, aperture_last, U64_MAX), /* Sign extended */
	GOOD(IN_DOMAIN, 2, aperture_last, U64_MAX), /* 64 bits */
	GOOD(IN_DOMAIN, 1, features, IOMMU_PT_FEATURES_KNOWN),
	BITS(IN_DOMAIN, 1, features, IOMMU_PT_FEATURES_KNOWN),
	BITS(IN_DOMAIN, 1, flags, IOMMU_DOMAIN_FLAGS_KNOWN),
	BAD(IN_DOMAIN, 1, unit_type, 0, -EOPNOTSUPP),
	BAD(IN_DOMAIN, 1, unit_type, IOMMU_UNIT_TYPE_INTEL_VTD, -EOPNOTSUPP),
	BAD(IN_DOMAIN, 1, unit_type, IOMMU_UNIT_TYPE_TEST - 1, -EOPNOTSUPP),
	BAD(IN_DOMAIN, 1, unit_type, IOMMU_UNIT_TYPE_TEST + 1, -EOPNOTSUPP),
	BAD(IN_DOMAIN, 1, unit_type, U32_MAX, -EOPNOTSUPP),
	BAD(IN_DOMAIN, 1, format, 0, -EOPNOTSUPP),
	GOOD(IN_DOMAIN, 1, format, IOMMU_PT_FORMAT_AMDV1),
	GOOD(IN_DOMAIN, 0, format, IOMMU_PT_FORMAT_X86_64),
	GOOD(IN_DOMAIN, 1, format, IOMMU_PT_FORMAT_VTDSS),
	GOOD(IN_DOMAIN, 1, format, IOMMU_PT_FORMAT_RISCV_64),
	BAD(IN_DOMAIN, 1, format, IOMMU_PT_FORMAT_RISCV_64 + 1, -EOPNOTSUPP),
	BAD(IN_DOMAIN, 1, format, IOMMU_PT_FORMAT_AMDV1_MOCK - 1, -EOPNOTSUPP),
	GOOD(IN_DOMAIN, 1, format, IOMMU_PT_FORMAT_AMDV1_MOCK),
	BAD(IN_DOMAIN, 1, format, IOMMU_PT_FORMAT_AMDV1_MOCK + 1, -EOPNOTSUPP),
	BAD(IN_DOMAIN, 1, format, U16_MAX, -EOPNOTSUPP),
	GOOD(IN_DOMAIN, 1, top_level, 0),
	GOOD(IN_DOMAIN, 1, top_level, IOMMU_PT_LEVEL_MAX),
	BAD(IN_DOMAIN, 1, top_level, IOMMU_PT_LEVEL_MAX + 1, -ERANGE),
	BAD(IN_DOMAIN, 1, top_level, U8_MAX, -ERANGE),
	BAD(IN_DOMAIN, 1, max_vasz_lg2, 0, -ERANGE),
	BAD(IN_DOMAIN, 1, max_vasz_lg2, IOMMU_PT_WIDTH_MIN - 1, -ERANGE),
	GOOD(IN_DOMAIN, 1, max_vasz_lg2, IOMMU_PT_WIDTH_MIN),
	GOOD(IN_DOMAIN, 1, max_vasz_lg2, IOMMU_PT_INPUT_WIDTH_MAX),
	BAD(IN_DOMAIN, 1, max_vasz_lg2, IOMMU_PT_INPUT_WIDTH_MAX + 1, -ERANGE),
	BAD(IN_DOMAIN, 1, max_vasz_lg2, U8_MAX, -ERANGE),
	GOOD(IN_DOMAIN, 0, max_vasz_lg2, 38),
	BAD(IN_DOMAIN, 0, max_vasz_lg2, 37, -ERANGE, .said = "aperture_last"),
	BAD(IN_DOMAIN, 1, max_oasz_lg2, 0, -ERANGE),
	BAD(IN_DOMAIN, 1, max_oasz_lg2, IOMMU_PT_WIDTH_MIN - 1, -ERANGE),
	GOOD(IN_DOMAIN, 1, max_oasz_lg2, IOMMU_PT_WIDTH_MIN),
	GOOD(IN_DOMAIN, 1, max_oasz_lg2, IOMMU_PT_OUTPUT_WIDTH_MAX),
	BAD(IN_DOMAIN, 1, max_oasz_lg2, IOMMU_PT_OUTPUT_WIDTH_MAX + 1, -ERANGE),
	BAD(IN_DOMAIN, 1, max_oasz_lg2, U8_MAX, -ERANGE),
	/* Finding 35: a whole byte, of which each value but two is refused */
	GOOD(IN_DOMAIN, 0, sign_extend, 1),
	GOOD(IN_DOMAIN, 1, sign_extend, 0),
	BAD(IN_DOMAIN, 1, sign_extend, 2, -ERANGE),
	BAD(IN_DOMAIN, 1, sign_extend, U8_MAX, -ERANGE),
	RESERVED(IN_DOMAIN, 1, reserved),
	BAD(IN_DOMAIN, 1, vendor[TEST_DOMAIN_STAGE], 0, -ERANGE),
	GOOD(IN_DOMAIN, 1, vendor[TEST_DOMAIN_STAGE], 1),
	GOOD(IN_DOMAIN, 0, vendor[TEST_DOMAIN_STAGE], 2),
	BAD(IN_DOMAIN, 1, vendor[TEST_DOMAIN_STAGE], 3, -ERANGE),
	BAD(IN_DOMAIN, 1, vendor[TEST_DOMAIN_STAGE], U64_MAX, -ERANGE),
	RESERVED(IN_DOMAIN, 1, vendor[1]),

	BAD(IN_DEVICE, 1, id, 1, -ERANGE),
	BAD(IN_DEVICE, 1, id, U64_MAX, -ERANGE),
	BAD(IN_DEVICE, 1, owner, 0, -ERANGE),
	GOOD(IN_DEVICE, 1, owner, 1),
	GOOD(IN_DEVICE, 1, owner, U64_MAX),
	BAD(IN_DEVICE, 1, type, 0, -EOPNOTSUPP),
	BAD(IN_DEVICE, 1, type, IOMMU_DEVICE_TYPE_PCI + 1, -EOPNOTSUPP),
	BAD(IN_DEVICE, 1, type, U32_MAX, -EOPNOTSUPP),
	/* Finding 47, Finding 48: in this segment there is one with the same rid */
	SAME(IN_DEVICE, 1, segment, 0, .said = "rid"),
	GOOD(IN_DEVICE, 1, segment, U32_MAX),
	/* The path is that of another device then. */
	OTHERS(IN_DEVICE, 1, rid, 3, -EINVAL, .said = "rid"),
	BAD(IN_DEVICE, 1, rid, IOMMU_PCI_RID_MAX, -EINVAL, .said = "rid"),
	BAD(IN_DEVICE, 1, rid, IOMMU_PCI_RID_MAX + 1, -ERANGE),
	BAD(IN_DEVICE, 1, rid, U32_MAX, -ERANGE),
	GOOD(IN_DEVICE, 0, unit, 1), /* Nothing tells that it is another one */
	BAD(IN_DEVICE, 1, unit, shared.units, -ERANGE),
	BAD(IN_DEVICE, 1, unit, U32_MAX, -ERANGE),
	BITS(IN_DEVICE, 1, flags, IOMMU_DEVICE_FLAGS_KNOWN),
	RESERVED(IN_DEVICE, 1, reserved),
	BAD(IN_DEVICE, 2, path.head_pa, 0, -ERANGE, .said = "path"),
	ADDRESSES(IN_DEVICE, 2, path.head_pa, TO_LINKS),
	OTHERS(IN_DEVICE, 1, path.head_pa, 2, -ERANGE, .said = "path"),
	/* As many functions, and all of them good, but of another device */
	OTHERS(IN_DEVICE, 1, path.head_pa, 4, -EINVAL, .said = "rid"),
	BAD(IN_DEVICE, 2, path.count, 0, -ERANGE),
	BAD_IF(IN_DEVICE, 2, path.count, one_more, -ERANGE),
	BAD_IF(IN_DEVICE, 2, path.count, one_less, -ERANGE),
	BAD(IN_DEVICE, 2, path.count, IOMMU_ABI_MAX_PATH, -ERANGE),
	BAD(IN_DEVICE, 2, path.count, IOMMU_ABI_MAX_PATH + 1, -ERANGE),
	BAD(IN_DEVICE, 2, path.count, U32_MAX, -ERANGE),
	BAD(IN_DEVICE, 2, path.entry_size, 0, -EINVAL),
	BAD_IF(IN_DEVICE, 2, path.entry_size, one_more, -EINVAL),
	BAD_IF(IN_DEVICE, 2, path.entry_size, one_less, -EINVAL),
	BAD(IN_DEVICE, 2, path.entry_size, U16_MAX, -EINVAL),
	BAD(IN_DEVICE, 2, path.version, 1, -EOPNOTSUPP),
	BAD(IN_DEVICE, 2, path.version, U16_MAX, -EOPNOTSUPP),
	BAD(IN_DEVICE, 2, vendor_chain.head_pa, 0, -ERANGE,
	    .said = "vendor_chain"),
	ADDRESSES(IN_DEVICE, 2, vendor_chain.head_pa, TO_LINKS),
	OTHERS(IN_DEVICE, 1, vendor_chain.head_pa, 2, -ERANGE,
	       .said = "vendor_chain"),
	/* As many entries, and all of them good: whose are they? */
	SAME(IN_DEVICE, 1, vendor_chain.head_pa, 5),
	BAD(IN_DEVICE, 0, vendor_chain.head_pa, PAGE_SIZE, -EINVAL),
	BAD(IN_DEVICE, 2, vendor_chain.count, 0, -EINVAL,
	    .said = "vendor_chain"),
	BAD_IF(IN_DEVICE, 2, vendor_chain.count, one_more, -ERANGE),
	BAD_IF(IN_DEVICE, 2, vendor_chain.count, one_less, -ERANGE),
	BAD(IN_DEVICE, 2, vendor_chain.count, IOMMU_ABI_MAX_VENDOR_ENTRIES,
	    -ERANGE),
	BAD(IN_DEVICE, 2, vendor_chain.count, IOMMU_ABI_MAX_VENDOR_ENTRIES + 1,
	    -ERANGE),
	BAD(IN_DEVICE, 2, vendor_chain.count, U32_MAX, -ERANGE),
	BAD(IN_DEVICE, 0, vendor_chain.count, 1, -EOPNOTSUPP,
	    .said = "vendor_chain"),
	BAD(IN_DEVICE, 2, vendor_chain.entry_size, 0, -EINVAL),
	BAD_IF(IN_DEVICE, 2, vendor_chain.entry_size, one_more, -EINVAL),
	BAD_IF(IN_DEVICE, 2, vendor_chain.entry_size, one_less, -EINVAL),
	BAD(IN_DEVICE, 2, vendor_chain.entry_size, U16_MAX, -EINVAL),
	BAD(IN_DEVICE, 0, vendor_chain.entry_size,
	    sizeof(struct test_device_entry), -EINVAL, .said = "vendor_chain"),
	BAD(IN_DEVICE, 2, vendor_chain.version, 0, -EOPNOTSUPP),
	BAD_IF(IN_DEVICE, 2, vendor_chain.version, one_more, -EOPNOTSUPP),
	BAD_IF(IN_DEVICE, 2, vendor_chain.version, one_less, -EOPNOTSUPP),
	BAD(IN_DEVICE, 0, vendor_chain.version, 3, -EINVAL,
	    .said = "vendor_chain"),
	SAME(IN_DEVICE, 1, vendor_chain, 2, .said = "vendor_chain"),
	GOOD(IN_DEVICE, 1, vendor[TEST_DEVICE_CONTEXT], 0),
	ADDRESSES(IN_DEVICE, 1, vendor[TEST_DEVICE_CONTEXT], TO_ADDRESSES),
	SAME(IN_DEVICE, 1, vendor[TEST_DEVICE_CONTEXT], 5),
	GOOD(IN_DEVICE, 1, vendor[TEST_DEVICE_STREAM], TEST_STREAM_MAX),
	BAD(IN_DEVICE, 1, vendor[TEST_DEVICE_STREAM], TEST_STREAM_MAX + 1,
	    -ERANGE),
	BAD(IN_DEVICE, 1, vendor[TEST_DEVICE_STREAM], U64_MAX, -ERANGE),
	RESERVED(IN_DEVICE, 1, vendor[2]),
	RESERVED(IN_DEVICE, 1, vendor[3]),

	BAD(IN_ATTACHMENT, 3, hardware_id, 0, -ERANGE),
	BAD(IN_ATTACHMENT, 3, hardware_id, TEST_HARDWARE_ID_MIN - 1, -ERANGE),
	GOOD(IN_ATTACHMENT, 3, hardware_id, TEST_HARDWARE_ID_MAX),
	BAD(IN_ATTACHMENT, 3, hardware_id, TEST_HARDWARE_ID_MAX + 1, -ERANGE),
	BAD(IN_ATTACHMENT, 3, hardware_id, U64_MAX, -ERANGE),
	/* The domain of another attachment on this unit has it */
	SAME(IN_ATTACHMENT, 3, hardware_id, 6),
	/* The domain has another one on this unit */
	BAD(IN_ATTACHMENT, 0, hardware_id, TEST_HARDWARE_ID_MAX, -EINVAL,
	    .also = BIT(12)),
	/* Both */
	OTHERS(IN_ATTACHMENT, 0, hardware_id, 3, -EINVAL,
	       .also = BIT(3) | BIT(12)),
	BAD(IN_ATTACHMENT, 1, device, shared.devices, -ERANGE),
	BAD(IN_ATTACHMENT, 1, device, U32_MAX, -ERANGE),
	/* Finding 48: two attachments of one device, and a device without */
	SAME(IN_ATTACHMENT, 1, device, 2, .said = "pasid"),
	BAD(IN_ATTACHMENT, 1, domain, shared.domains, -ERANGE),
	BAD(IN_ATTACHMENT, 1, domain, U32_MAX, -ERANGE),
	SAME(IN_ATTACHMENT, 3, domain, 6, .said = "hardware_id"),
	OTHERS(IN_ATTACHMENT, 0, domain, 3, -EINVAL, .said = "hardware_id",
	       .also = BIT(3) | BIT(12)),
	BAD(IN_ATTACHMENT, 1, pasid, 0, -EOPNOTSUPP),
	BAD(IN_ATTACHMENT, 1, pasid, IOMMU_PASID_MAX, -EOPNOTSUPP),
	BAD(IN_ATTACHMENT, 1, pasid, IOMMU_PASID_MAX + 1, -ERANGE),
	BAD(IN_ATTACHMENT, 1, pasid, IOMMU_ATTACHMENT_NO_PASID - 1, -ERANGE),
	BITS(IN_ATTACHMENT, 1, flags, IOMMU_ATTACHMENT_FLAGS_KNOWN),
	RESERVED(IN_ATTACHMENT, 1, vendor[0]),
	RESERVED(IN_ATTACHMENT, 1, vendor[1]),

	/* Finding 29: links and counts of chains */
	ADDRESSES(IN_UNITS_BLOCK, 0, next, TO_LINKS),
	BAD(IN_UNITS_BLOCK, 0, count, 0, -EINVAL),
	BAD_IF(IN_UNITS_BLOCK, 0, count, one_more, -ERANGE),
	BAD_IF(IN_UNITS_BLOCK, 0, count, one_less, -ERANGE),
	BAD(IN_UNITS_BLOCK, 0, count, UNITS_PER_BLOCK, -ERANGE),
	BAD(IN_UNITS_BLOCK, 0, count, UNITS_PER_BLOCK + 1, -EINVAL),
	BAD(IN_UNITS_BLOCK, 0, count, U64_MAX, -EINVAL),
	ADDRESSES(IN_DOMAINS_BLOCK, 0, next, TO_LINKS),
	BAD(IN_DOMAINS_BLOCK, 0, count, 0, -EINVAL),
	BAD_IF(IN_DOMAINS_BLOCK, 0, count, one_more, -ERANGE),
	BAD_IF(IN_DOMAINS_BLOCK, 0, count, one_less, -ERANGE),
	BAD(IN_DOMAINS_BLOCK, 0, count, DOMAINS_PER_BLOCK + 1, -EINVAL),
	BAD(IN_DOMAINS_BLOCK, 0, count, U64_MAX, -EINVAL),
	ADDRESSES(IN_DEVICES_BLOCK, 0, next, TO_LINKS),
	BAD(IN_DEVICES_BLOCK, 0, count, 0, -EINVAL),
	BAD_IF(IN_DEVICES_BLOCK, 0, count, one_more, -ERANGE),
	BAD_IF(IN_DEVICES_BLOCK, 0, count, one_less, -ERANGE),
	BAD(IN_DEVICES_BLOCK, 0, count, DEVICES_PER_BLOCK + 1, -EINVAL),
	BAD(IN_DEVICES_BLOCK, 0, count, U64_MAX, -EINVAL),
	ADDRESSES(IN_ATTACHMENTS_BLOCK, 0, next, TO_LINKS),
	BAD(IN_ATTACHMENTS_BLOCK, 0, count, 0, -EINVAL),
	BAD_IF(IN_ATTACHMENTS_BLOCK, 0, count, one_more, -ERANGE),
	BAD_IF(IN_ATTACHMENTS_BLOCK, 0, count, one_less, -ERANGE),
	BAD(IN_ATTACHMENTS_BLOCK, 0, count, ATTACHMENTS_PER_BLOCK + 1, -EINVAL),
	BAD(IN_ATTACHMENTS_BLOCK, 0, count, U64_MAX, -EINVAL),
	ADDRESSES(IN_UNIT_CHAIN, 2, next, TO_LINKS),
	BAD(IN_UNIT_CHAIN, 2, count, 0, -EINVAL),
	BAD_IF(IN_UNIT_CHAIN, 2, count, one_more, -ERANGE),
	BAD_IF(IN_UNIT_CHAIN, 2, count, one_less, -ERANGE),
	BAD(IN_UNIT_CHAIN, 2, count, UNIT_ENTRIES_PER_BLOCK + 1, -EINVAL),
	BAD(IN_UNIT_CHAIN, 2, count, U64_MAX, -EINVAL),
	ADDRESSES(IN_DEVICE_CHAIN, 2, next, TO_LINKS),
	BAD(IN_DEVICE_CHAIN, 2, count, 0, -EINVAL),
	BAD_IF(IN_DEVICE_CHAIN, 2, count, one_more, -ERANGE),
	BAD_IF(IN_DEVICE_CHAIN, 2, count, one_less, -ERANGE),
	BAD(IN_DEVICE_CHAIN, 2, count, DEVICE_ENTRIES_PER_BLOCK + 1, -EINVAL),
	BAD(IN_DEVICE_CHAIN, 2, count, U64_MAX, -EINVAL),

	BAD(IN_UNIT_ENTRY, 1, table_pa, 0, -EINVAL),
	ADDRESSES(IN_UNIT_ENTRY, 1, table_pa, TO_ADDRESSES),
	BAD(IN_UNIT_ENTRY, 2, part, 1, -ERANGE),
	BAD(IN_UNIT_ENTRY, 2, part, U64_MAX, -ERANGE),
	BAD(IN_DEVICE_ENTRY, 2, number, 1, -ERANGE),
	BAD(IN_DEVICE_ENTRY, 2, number, U32_MAX, -ERANGE),
	BITS(IN_DEVICE_ENTRY, 2, flags, 0),

	ADDRESSES(IN_DEVICE_PATH, 2, next, TO_LINKS),
	BAD(IN_DEVICE_PATH, 2, count, 0, -EINVAL),
	BAD_IF(IN_DEVICE_PATH, 2, count, one_more, -ERANGE),
	BAD_IF(IN_DEVICE_PATH, 2, count, one_less, -ERANGE),
	BAD(IN_DEVICE_PATH, 2, count, FUNCTIONS_PER_BLOCK + 1, -EINVAL),
	BAD(IN_DEVICE_PATH, 2, count, U64_MAX, -EINVAL),

	/* Finding 156 */
	BAD_IF(IN_PATH_DEVICE, 2, rid, one_more, -EINVAL),
	BAD(IN_PATH_DEVICE, 2, rid, IOMMU_PCI_RID_MAX + 1, -ERANGE),
	BITS(IN_PATH_DEVICE, 2, flags, IOMMU_PCI_FUNCTION_FLAGS_KNOWN),
	/* Only what makes it the same function is kept. */
	GOOD(IN_PATH_DEVICE, 2, header[0], 0),
	BAD(IN_PATH_DEVICE, 2, header[0], U32_MAX, -ENODEV),
	BAD(IN_PATH_DEVICE, 2, header[0], 0x1234ffff, -ENODEV),
	BITS(IN_PATH_DEVICE, 2, header[1], 0),
	ANY(IN_PATH_DEVICE, 2, header[2], U32_MAX),
	BITS(IN_PATH_DEVICE, 2, header[3], 0xffff0000),
	BAD(IN_PATH_DEVICE, 2, header[3], 0xff000000, -EOPNOTSUPP),
	GOOD(IN_PATH_DEVICE, 2, header[3], PCI_HEADER_TYPE_MFD << 16),
	BAD(IN_PATH_DEVICE, 2, header[3], PCI_HEADER_TYPE_BRIDGE << 16, -EOPNOTSUPP),
	ANY(IN_PATH_DEVICE, 2, header[4], 0),
	ANY(IN_PATH_DEVICE, 2, header[5], U32_MAX),
	ANY(IN_PATH_DEVICE, 2, header[6], U32_MAX),
	ANY(IN_PATH_DEVICE, 2, header[7], U32_MAX),
	ANY(IN_PATH_DEVICE, 2, header[8], U32_MAX),
	ANY(IN_PATH_DEVICE, 2, header[9], U32_MAX),
	BITS(IN_PATH_DEVICE, 2, header[10], 0),
	ANY(IN_PATH_DEVICE, 2, header[11], U32_MAX),
	BITS(IN_PATH_DEVICE, 2, header[12], 0),
	BITS(IN_PATH_DEVICE, 2, header[13], 0),
	BITS(IN_PATH_DEVICE, 2, header[14], 0),
	BITS(IN_PATH_DEVICE, 2, header[15], 0),

	/* The bridge above it does not lead there. */
	BAD(IN_PATH_BRIDGE, 2, rid, 0x1234, -EINVAL, .said = "header"),
	BAD(IN_PATH_BRIDGE, 2, rid, IOMMU_PCI_RID_MAX + 1, -ERANGE),
	BITS(IN_PATH_BRIDGE, 2, flags, IOMMU_PCI_FUNCTION_FLAGS_KNOWN),
	GOOD(IN_PATH_BRIDGE, 2, header[0], 0),
	BAD(IN_PATH_BRIDGE, 2, header[0], U32_MAX, -ENODEV),
	BITS(IN_PATH_BRIDGE, 2, header[1], 0),
	ANY(IN_PATH_BRIDGE, 2, header[2], U32_MAX),
	BAD(IN_PATH_BRIDGE, 2, header[3], 0, -EOPNOTSUPP),
	BAD(IN_PATH_BRIDGE, 2, header[3], PCI_HEADER_TYPE_CARDBUS << 16, -EOPNOTSUPP),
	ANY(IN_PATH_BRIDGE, 2, header[4], U32_MAX),
	ANY(IN_PATH_BRIDGE, 2, header[5], U32_MAX),
	BAD_IF(IN_PATH_BRIDGE, 2, header[6], another_bus, -EINVAL),
	BITS(IN_PATH_BRIDGE, 2, header[6], 0x00ffffff),
	BITS(IN_PATH_BRIDGE, 2, header[7], 0x0000ffff),
	ANY(IN_PATH_BRIDGE, 2, header[8], U32_MAX),
	ANY(IN_PATH_BRIDGE, 2, header[9], U32_MAX),
	ANY(IN_PATH_BRIDGE, 2, header[10], U32_MAX),
	ANY(IN_PATH_BRIDGE, 2, header[11], U32_MAX),
	ANY(IN_PATH_BRIDGE, 2, header[12], U32_MAX),
	BITS(IN_PATH_BRIDGE, 2, header[13], 0),
	BITS(IN_PATH_BRIDGE, 2, header[14], 0),
	BITS(IN_PATH_BRIDGE, 2, header[15], 0),
};

/* The cases */

static const struct damage *next_member(const struct damage *damage)
{
	const struct damage *next = damage;

	while (++next < damages + ARRAY_SIZE(damages))
		if (!member_damage_is_of_same(damage, next))
			return next;
	return NULL;
}

static const void *member_gen_params(struct kunit *test, const void *prev,
				     char *desc)
{
	const struct damage *damage = prev ? next_member(prev) : damages;

	if (damage)
		snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s: %.*s",
			 places[damage->where].name,
			 (int)strcspn(damage->member, "["), damage->member);
	return damage;
}

static void damaged_member_costs_what_depends_on_it(struct kunit *test)
{
	const struct damage *first = test->param_value;
	const struct damage *damage = first;
	struct record_damage *image = record_damage_start(test, &shared);

	do {
		member_damage_try(image, damage++);
	} while (damage < damages + ARRAY_SIZE(damages) &&
		 member_damage_is_of_same(first, damage));
	record_damage_end(image);
}

/* Largest of the structures */
#define MAX_SIZE	sizeof(struct iommu_header_ser)

/* Finding 34: there is no byte of a record that nobody looks at. */
static void each_byte_has_a_damage(struct kunit *test)
{
	DECLARE_BITMAP(bytes, MAX_SIZE);
	unsigned long missed;

	for (int place = 0; place < NR_PLACES; place++) {
		bitmap_zero(bytes, MAX_SIZE);
		for (int i = 0; i < ARRAY_SIZE(damages); i++)
			if (damages[i].where == place &&
			    (damages[i].err || damages[i].is_any))
				bitmap_set(bytes, damages[i].offset,
					   damages[i].size);
		missed = find_first_zero_bit(bytes, places[place].size);
		KUNIT_EXPECT_EQ_MSG(test, places[place].size, missed,
				    "%s: byte %lu", places[place].name, missed);
	}
}

static int start_fake_kho(struct kunit *test)
{
	fake_kho_start(test);
	return 0;
}

static struct kunit_case iommu_record_damage_cases[] = {
	KUNIT_CASE_PARAM(damaged_member_costs_what_depends_on_it,
			 member_gen_params),
	KUNIT_CASE(each_byte_has_a_damage),
	{}
};

static struct kunit_suite iommu_record_damage_suite = {
	.name = "iommu_record_damage",
	.init = start_fake_kho,
	.test_cases = iommu_record_damage_cases,
};

kunit_test_suite(iommu_record_damage_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of damaged records of IOMMUs");
