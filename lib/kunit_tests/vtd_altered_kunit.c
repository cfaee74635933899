// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: hardware and records that differ
 *
 * Each thing that the next kernel compares is altered, one at a time: what the
 * records say of VT-d, registers of the unit, and each bit of root table, context
 * table and PASID table entries. What depends on it is lost, a device or a unit, and
 * everything else goes on: a device behind the same unit, and one behind another.
 * Whatever is lost loses its DMA, and reaches nothing else.
 */

#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/kexec_handover.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/adopt.h"
#include "fake_kho.h"
#include "mock_kexec.h"
#include "vtd_backend_kinds.h"
#include "vtd_inner_test.h"
#include "vtd_oracle.h"

/* Requesters: to be altered, behind the same unit, behind another one */
#define ALTERED		0x0108
#define SAME_UNIT	0x0200
#define OTHER_UNIT	0x0110

#define ENTRY_BITS	64

#define OTHER_DOMAIN_ID	0x0d

/* What is lost */
enum tier {
	NOTHING,
	DEVICE,
	UNIT,
};

/**
 * struct alteration - Something that is altered
 * @name: What.
 * @tier: What is lost.
 * @alter: Does it, in the next kernel, before anything is read. Return: false if
 *	there are not so many bits.
 * @record: The record that it is in, if it is in one.
 * @offset: Where in the record.
 * @size: Bytes.
 * @bit: Which bit of it.
 */
struct alteration {
	const char *name;
	enum tier tier;
	bool (*alter)(struct vtd_handover *handover, unsigned int bit);
	void *(*record)(struct vtd_handover *handover);
	size_t offset;
	size_t size;
	unsigned int bit;
};

static const struct vtd_backend_kind *the_kind;
static struct alteration the_alteration;
static bool the_end;

static struct vtd_test_unit *unit_of(struct vtd_handover *handover)
{
	return handover->machine->hardware[0];
}

static void flip(u64 *word, unsigned int bit)
{
	vtd_backend_store(word, *word ^ BIT_ULL(bit));
}

/* Records: the header leads to the first block of each family */

static void *first_record(struct vtd_handover *handover, size_t chain)
{
	void *header = phys_to_virt(handover->header_pa);
	struct iommu_chain_ser *ser = header + chain;

	return phys_to_virt(ser->head_pa) + sizeof(struct kho_block_header_ser);
}

static void *unit_record(struct vtd_handover *handover)
{
	struct iommu_unit_ser *unit;

	unit = first_record(handover, offsetof(struct iommu_header_ser, units));
	return unit->vendor;
}

static void *table_record(struct vtd_handover *handover)
{
	struct iommu_unit_ser *unit;

	unit = first_record(handover, offsetof(struct iommu_header_ser, units));
	return phys_to_virt(unit->vendor_chain.head_pa) +
	       sizeof(struct kho_block_header_ser);
}

static void *device_record(struct vtd_handover *handover)
{
	struct iommu_device_ser *device;

	device = first_record(handover, offsetof(struct iommu_header_ser, devices));
	return device->vendor;
}

static void *attachment_record(struct vtd_handover *handover)
{
	return first_record(handover, offsetof(struct iommu_header_ser, attachments));
}

/* Of a member of a record: in a page, of its address, and beyond all memory */
static const u8 tried_bits[] = { 0, 1, 9, 10, 11, 12, 13, 15, 17, 20, 31, 47, 63 };

/* Memory that two records claim costs both, which is a matter of another suite. */
static bool is_of_another(const u8 *member)
{
	u64 value;

	if (the_alteration.size != sizeof(value))
		return false;
	memcpy(&value, member, sizeof(value));
	return kho_preserved_order(value & PAGE_MASK) >= 0;
}

static bool alter_record(struct vtd_handover *handover, unsigned int n)
{
	u8 *record = the_alteration.record(handover);
	unsigned int bit;

	if (n >= ARRAY_SIZE(tried_bits))
		return false;
	bit = tried_bits[n];
	if (bit >= BITS_PER_BYTE * the_alteration.size)
		return false;
	record += the_alteration.offset;
	record[bit / BITS_PER_BYTE] ^= BIT(bit % BITS_PER_BYTE);
	if (bit >= PAGE_SHIFT && is_of_another(record)) {
		record[bit / BITS_PER_BYTE] ^= BIT(bit % BITS_PER_BYTE);
		the_alteration.tier = NOTHING;
	}
	return true;
}

/* Registers */

/* Finding 163. */
static bool alter_rtaddr_register(struct vtd_handover *handover, unsigned int bit)
{
	/* Translation table mode, and what is reserved, is no matter of RTADDR. */
	if (bit + 12 >= ENTRY_BITS)
		return false;
	unit_of(handover)->unit.registers[VTD_RTADDR / sizeof(u64)] ^= BIT_ULL(bit + 12);
	return true;
}

/* Finding 111. */
static bool alter_cap_register(struct vtd_handover *handover, unsigned int bit)
{
	static const u64 caps[] = { VTD_CAP_ZLR, VTD_CAP_PI, VTD_CAP_FS1GP, VTD_CAP_PLMR };

	if (bit >= ARRAY_SIZE(caps))
		return false;
	unit_of(handover)->unit.registers[VTD_CAP / sizeof(u64)] ^= caps[bit];
	return true;
}

static bool alter_ecap_register(struct vtd_handover *handover, unsigned int bit)
{
	static const u64 ecaps[] = { VTD_ECAP_SRS, VTD_ECAP_ERS, VTD_ECAP_NWFS, VTD_ECAP_PT };

	if (bit >= ARRAY_SIZE(ecaps))
		return false;
	unit_of(handover)->unit.registers[VTD_ECAP / sizeof(u64)] ^= ecaps[bit];
	return true;
}

/* Tables. Finding 162. */

static bool alter_root(struct vtd_handover *handover, unsigned int bit)
{
	unsigned int word = vtd_backend_is_scalable(unit_of(handover)) ? ALTERED >> 7 :
								       2 * (ALTERED >> 8);

	if (bit >= ENTRY_BITS)
		return false;
	flip(&vtd_backend_hardware_root(unit_of(handover))[word], bit);
	return true;
}

static bool alter_other_root(struct vtd_handover *handover, unsigned int bit)
{
	if (bit >= ENTRY_BITS)
		return false;
	flip(&vtd_backend_hardware_root(unit_of(handover))[2 * 0xd3], bit);
	return true;
}

static bool alter_context(struct vtd_handover *handover, unsigned int bit)
{
	if (bit >= 2 * ENTRY_BITS)
		return false;
	flip(&vtd_backend_hardware_context(unit_of(handover), ALTERED)[bit / ENTRY_BITS],
	     bit % ENTRY_BITS);
	return true;
}

static u64 *directory_of(struct vtd_handover *handover)
{
	u64 *context = vtd_backend_hardware_context(unit_of(handover), ALTERED);

	return phys_to_virt(context[0] & GENMASK_ULL(63, 12));
}

static bool alter_directory(struct vtd_handover *handover, unsigned int bit)
{
	if (!vtd_backend_is_scalable(unit_of(handover)) || bit >= 2 * ENTRY_BITS)
		return false;
	flip(&directory_of(handover)[bit / ENTRY_BITS * 511], bit % ENTRY_BITS);
	return true;
}

/* Nothing depends on whether each access of the device snoops, PGSNP. */
static bool is_compared(unsigned int bit, bool first_stage)
{
	if (bit == ENTRY_BITS + 24)
		return false;
	/* Of the other stage */
	if (first_stage)
		return bit < 2 || bit > 4;
	return bit != 9;
}

static bool alter_pasid(struct vtd_handover *handover, unsigned int bit)
{
	u64 *entry;

	/* The entry, and a word of the next one */
	if (!vtd_backend_is_scalable(unit_of(handover)) || bit >= 9 * ENTRY_BITS)
		return false;
	if (!is_compared(bit, handover->machine->config.options.first_stage))
		the_alteration.tier = NOTHING;
	entry = vtd_backend_hardware_pasid(unit_of(handover), ALTERED);
	flip(&entry[bit / ENTRY_BITS], bit % ENTRY_BITS);
	return true;
}

#define RECORD(_tier, _record, type, member, bytes) {		\
	.name = #type " " #member,				\
	.tier = _tier,						\
	.alter = alter_record,					\
	.record = _record,					\
	.offset = offsetof(struct type, member),		\
	.size = bytes,						\
}

static const struct alteration alterations[] = {
	RECORD(UNIT, unit_record, iommu_vtd_unit_ser, version, 8),
	RECORD(UNIT, unit_record, iommu_vtd_unit_ser, rtaddr, 8),
	RECORD(UNIT, unit_record, iommu_vtd_unit_ser, cap, 8),
	RECORD(UNIT, unit_record, iommu_vtd_unit_ser, ecap, 8),
	RECORD(UNIT, unit_record, iommu_vtd_unit_ser, interrupt_table_pa, 8),
	RECORD(UNIT, unit_record, iommu_vtd_unit_ser, reserved[0], 8),
	RECORD(UNIT, unit_record, iommu_vtd_unit_ser, reserved[2], 8),
	RECORD(UNIT, table_record, iommu_vtd_context_table_ser, table_pa, 8),
	RECORD(UNIT, table_record, iommu_vtd_context_table_ser, index, 4),
	RECORD(UNIT, table_record, iommu_vtd_context_table_ser, reserved, 4),
	RECORD(DEVICE, device_record, iommu_vtd_device_ser, directory_pa, 8),
	RECORD(DEVICE, device_record, iommu_vtd_device_ser, table_pa, 8),
	RECORD(DEVICE, device_record, iommu_vtd_device_ser, reserved[0], 8),
	RECORD(DEVICE, device_record, iommu_vtd_device_ser, reserved[1], 8),
	/* Finding 93. */
	RECORD(DEVICE, attachment_record, iommu_attachment_ser, hardware_id, 8),
	RECORD(DEVICE, attachment_record, iommu_attachment_ser, vendor[0], 8),
	RECORD(DEVICE, attachment_record, iommu_attachment_ser, vendor[1], 8),
	{ "register: RTADDR", UNIT, alter_rtaddr_register },
	{ "register: CAP", UNIT, alter_cap_register },
	{ "register: ECAP", UNIT, alter_ecap_register },
	{ "table: root entry", UNIT, alter_root },
	{ "table: another root entry", UNIT, alter_other_root },
	{ "table: context entry", DEVICE, alter_context },
	{ "table: PASID directory", DEVICE, alter_directory },
	{ "table: PASID table", DEVICE, alter_pasid },
};

static bool is_lost(unsigned int i, enum tier tier)
{
	return tier == UNIT ? i < 2 : tier == DEVICE && i < 1;
}

static void lose(struct vtd_handover *handover, struct vtd_handover_device *device)
{
	vtd_handover_watch(handover, device, false);
	device->preserved = false;
}

static void expect_lost(struct vtd_handover *handover,
			struct vtd_handover_device *device, enum tier tier)
{
	struct kunit *test = handover->test;

	if (tier == UNIT)
		KUNIT_EXPECT_FALSE(test, handover->ops->may_do_dma(&handover->machine->machine,
								   0, device->rid));
	KUNIT_EXPECT_EQ(test, IOMMU_MACHINE_BLOCKED, vtd_handover_reaches(handover, device));
	KUNIT_EXPECT_EQ(test, -ENOENT, vtd_handover_try_attach(handover, device));
}

static void boot_altered(struct vtd_handover *handover, enum tier tier)
{
	struct iommu_machine *machine = &handover->machine->machine;

	for (unsigned int i = 0; i < handover->nr_devices; i++) {
		if (is_lost(i, tier))
			lose(handover, &handover->devices[i]);
	}
	KUNIT_EXPECT_EQ(handover->test, tier != UNIT, handover->ops->init_unit(machine, 0));
	KUNIT_EXPECT_TRUE(handover->test, handover->ops->init_unit(machine, 1));
	for (unsigned int i = 0; i < handover->nr_devices; i++) {
		if (is_lost(i, tier))
			expect_lost(handover, &handover->devices[i], tier);
	}
	vtd_handover_attach(handover);
	vtd_handover_finish(handover);
}

static void hand_altered_over(struct kunit *test)
{
	struct vtd_backend_config config = vtd_backend_config_of_kind(the_kind);
	struct vtd_handover *handover;

	config.options.interrupts = false;
	handover = vtd_handover_create(test, the_kind->ops, 2, &config);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
	vtd_handover_add(handover, 0, ALTERED);
	/* No bit makes one domain ID of the other. */
	vtd_backend_set_next_id(handover->machine->units[0], OTHER_DOMAIN_ID);
	vtd_handover_add(handover, 0, SAME_UNIT);
	vtd_handover_add(handover, 1, OTHER_UNIT);
	vtd_handover_preserve(handover);
	vtd_handover_switch(handover);
	vtd_handover_leave(handover);
	mock_kexec(test);
	/* A bit may make the entry of a device that does DMA another one. */
	vtd_handover_watch(handover, &handover->devices[0], false);
	if (the_alteration.tier == UNIT)
		vtd_handover_watch(handover, &handover->devices[1], false);
	the_end = !the_alteration.alter(handover, the_alteration.bit);
	if (the_end)
		the_alteration.tier = NOTHING;
	handover->ops->begin_kernel(&handover->machine->machine);
	vtd_handover_read(handover);
	boot_altered(handover, the_alteration.tier);
}

static void what_differs_is_lost_and_nothing_else(struct kunit *test)
{
	unsigned int altered = 0;

	if (!IS_ENABLED(CONFIG_UML))
		kunit_skip(test, "it takes minutes in an emulated machine");
	the_kind = test->param_value;
	for (unsigned int i = 0; i < ARRAY_SIZE(alterations); i++) {
		for (unsigned int bit = 0;; bit++) {
			the_alteration = alterations[i];
			the_alteration.bit = bit;
			KUNIT_EXPECT_TRUE_MSG(test, vtd_inner_test_passes(test, hand_altered_over),
					      "%s, bit %u", alterations[i].name, bit);
			if (the_end)
				break;
			altered++;
		}
	}
	kunit_info(test, "%u alterations\n", altered);
}

static struct kunit_case vtd_altered_cases[] = {
	KUNIT_CASE_PARAM_ATTR(what_differs_is_lost_and_nothing_else, vtd_backend_gen_basic,
			      {.speed = KUNIT_SPEED_SLOW}),
	{}
};

static struct kunit_suite vtd_altered_suite = {
	.name = "vtd_backend_altered",
	.test_cases = vtd_altered_cases,
};

kunit_test_suite(vtd_altered_suite);

MODULE_DESCRIPTION("KUnit tests of hardware and records of VT-d that differ");
MODULE_LICENSE("GPL");
