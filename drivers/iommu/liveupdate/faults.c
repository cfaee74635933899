// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: A live update that goes wrong on purpose
 *
 * For tests on a virtual machine, and never for a kernel that is in use: what the
 * command line names is left out of a live update, or is damaged in what is handed
 * over. So it is seen that each piece is necessary, and that the next kernel stops the
 * DMA of what it cannot trust::
 *
 *	iommu_liveupdate_faults=omit-bus-master,damage-device-rid
 *
 * Happy path:
 *
 * 1. The names are read before anything is preserved or adopted.
 * 2. Whoever does a piece asks iommu_liveupdate_omits() before.
 * 3. When the records are written, iommu_liveupdate_damage() changes one bit of each
 *    member that is named, in the first record of its family.
 *
 * Unhappy path: a name is not known. It is said, and nothing comes of it.
 *
 * The kernel is tainted, whether anything is named or not.
 */

#define pr_fmt(fmt)	"iommu: liveupdate: " fmt

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kho_block.h>
#include <linux/panic.h>
#include <linux/string.h>

#include "faults.h"
#include "serialize.h"

static const char * const omissions[IOMMU_NR_OMISSIONS] = {
	[IOMMU_OMIT_BUS_MASTER] = "omit-bus-master",
	[IOMMU_OMIT_BRIDGES] = "omit-bridges",
	[IOMMU_OMIT_STOP] = "omit-stop",
	[IOMMU_OMIT_TRANSLATION] = "omit-translation",
	[IOMMU_OMIT_SHADOW_ROOT] = "omit-shadow-root",
	[IOMMU_OMIT_INVALIDATION] = "omit-invalidation",
	[IOMMU_OMIT_INTERRUPT_TABLE] = "omit-interrupt-table",
	[IOMMU_OMIT_TABLE_PAGES] = "omit-table-pages",
	[IOMMU_OMIT_DOMAIN_IDS] = "omit-domain-ids",
};

/* Where a bit is changed; records without a family are the header */
static const struct damage {
	const char *name;
	enum iommu_family family;
	size_t offset;
	u8 mask;
} damages[] = {
	{ "damage-magic", IOMMU_NR_FAMILIES, offsetof(struct iommu_header_ser, magic), 1 },
	{ "damage-version", IOMMU_NR_FAMILIES,
	  offsetof(struct iommu_header_ser, version_major), 1 },
	{ "damage-incompatible", IOMMU_NR_FAMILIES,
	  offsetof(struct iommu_header_ser, incompatible), 1 },
	{ "damage-unit-id", IOMMU_UNITS, offsetof(struct iommu_unit_ser, id) + 1, 0x10 },
	{ "damage-unit-type", IOMMU_UNITS, offsetof(struct iommu_unit_ser, type), 0x40 },
	{ "damage-domain-top", IOMMU_DOMAINS,
	  offsetof(struct iommu_domain_ser, top_phys) + 1, 0x10 },
	{ "damage-domain-format", IOMMU_DOMAINS,
	  offsetof(struct iommu_domain_ser, format), 0x40 },
	{ "damage-device-rid", IOMMU_DEVICES, offsetof(struct iommu_device_ser, rid), 0x10 },
	{ "damage-device-path", IOMMU_DEVICES,
	  offsetof(struct iommu_device_ser, path.head_pa) + 1, 0x10 },
	{ "damage-attachment-id", IOMMU_ATTACHMENTS,
	  offsetof(struct iommu_attachment_ser, hardware_id), 0x10 },
};

static bool omitted[IOMMU_NR_OMISSIONS] __ro_after_init;
static bool damaged[ARRAY_SIZE(damages)] __ro_after_init;

static bool __init find_omission(const char *name)
{
	int i = match_string(omissions, ARRAY_SIZE(omissions), name);

	if (i < 0)
		return false;
	omitted[i] = true;
	return true;
}

static bool __init find_damage(const char *name)
{
	for (int i = 0; i < ARRAY_SIZE(damages); i++) {
		if (strcmp(damages[i].name, name))
			continue;
		damaged[i] = true;
		return true;
	}
	return false;
}

static int __init parse_faults(char *names)
{
	const char *name;

	while ((name = strsep(&names, ","))) {
		if (find_omission(name) || find_damage(name))
			pr_warn("goes wrong on purpose: %s\n", name);
		else
			pr_err("there is no fault %s\n", name);
	}
	return 0;
}
early_param("iommu_liveupdate_faults", parse_faults);

static int __init taint(void)
{
	add_taint(TAINT_TEST, LOCKDEP_STILL_OK);
	return 0;
}
early_initcall(taint);

/**
 * iommu_liveupdate_omits - Whether a piece is to be left out
 * @omission: The piece
 *
 * Context: Any.
 * Return: true if it is.
 */
bool iommu_liveupdate_omits(enum iommu_omission omission)
{
	return omitted[omission];
}

static u8 *first_record(struct iommu_outgoing *out, enum iommu_family family)
{
	struct kho_block_set_it it;

	if (family == IOMMU_NR_FAMILIES)
		return (u8 *)out->header;
	kho_block_set_it_init(&it, &out->families[family].blocks);
	return kho_block_set_it_read_entry(&it);
}

/**
 * iommu_liveupdate_damage - Damage what was written
 * @out: What is handed over
 *
 * Context: Any. Nothing of @out may change meanwhile.
 */
void iommu_liveupdate_damage(struct iommu_outgoing *out)
{
	u8 *record;

	for (int i = 0; i < ARRAY_SIZE(damages); i++) {
		if (!damaged[i])
			continue;
		record = first_record(out, damages[i].family);
		if (record)
			record[damages[i].offset] ^= damages[i].mask;
	}
}
