// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: the record of a PCI device of VFIO
 *
 * What is written of a device is what the next kernel reads, with the extremes of each
 * member. Each member is damaged: the record is refused, for the right reason, nothing is
 * taken, and what has been repaired can be read. No device is needed for that.
 */

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/records.h"
#include "../../drivers/iommu/liveupdate/vfio_pci_record.h"
#include "fake_kho.h"
#include "liveupdate_random.h"
#include "liveupdate_snapshot.h"
#include "mock_kexec.h"
#include "nth_failure.h"

/* QEMU's interpreter is ten times slower than UML. */
#define ROUNDS		(IS_ENABLED(CONFIG_UML) ? 20000 : 2000)

/* In the first one, no two members have the same value, nor a byte of it. */
static const struct example {
	const char *name;
	struct vfio_pci_record record;
} examples[] = {
	{ "some", {
		.iommufd = 0x0102030405060708,
		.owner = 0x1112131415161718,
		.segment = 0x21222324,
		.rid = 0x3132,
		.vendor = 0x4142,
		.device = 0x5152,
		.subsystem_vendor = 0x6162,
		.subsystem_device = 0x7172,
	} },
	{ "greatest", {
		.iommufd = U64_MAX,
		.owner = U64_MAX,
		.segment = U32_MAX,
		.rid = U16_MAX,
		.vendor = U16_MAX,
		.device = U16_MAX,
		.subsystem_vendor = U16_MAX,
		.subsystem_device = U16_MAX,
	} },
	{ "least", { .owner = 1 } },
};

KUNIT_ARRAY_PARAM_DESC(example, examples, name);

static const struct vfio_pci_record *const some_record = &examples[0].record;

/* In the old kernel */
static struct vfio_pci_device_ser *start(struct kunit *test)
{
	struct vfio_pci_device_ser *ser;

	fake_kho_start(test);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
	ser = vfio_pci_record_alloc();
	KUNIT_ASSERT_FALSE(test, IS_ERR(ser));
	return ser;
}

/* In the old kernel, written; from here on there is only the record, with KHO. */
static u64 hand_over(struct kunit *test, const struct vfio_pci_record *record)
{
	const u64 address = vfio_pci_record_write(start(test), record);

	mock_kexec(test);
	return address;
}

static void expect_read(struct kunit *test, u64 address,
			const struct vfio_pci_record *record)
{
	struct iommu_record_error error;
	struct vfio_pci_record read;

	memset(&read, 0x5a, sizeof(read));
	KUNIT_ASSERT_EQ(test, 0, vfio_pci_record_read(&read, address, &error));
	KUNIT_EXPECT_EQ(test, 0, error.err);
	KUNIT_EXPECT_EQ(test, record->iommufd, read.iommufd);
	KUNIT_EXPECT_EQ(test, record->owner, read.owner);
	KUNIT_EXPECT_EQ(test, record->segment, read.segment);
	KUNIT_EXPECT_EQ(test, record->rid, read.rid);
	KUNIT_EXPECT_EQ(test, record->vendor, read.vendor);
	KUNIT_EXPECT_EQ(test, record->device, read.device);
	KUNIT_EXPECT_EQ(test, record->subsystem_vendor, read.subsystem_vendor);
	KUNIT_EXPECT_EQ(test, record->subsystem_device, read.subsystem_device);
}

/* The right way */

static void record_crosses_a_kexec(struct kunit *test)
{
	const struct example *example = test->param_value;
	const u64 address = hand_over(test, &example->record);

	expect_read(test, address, &example->record);
	/* Nothing was taken: it can be read again. */
	expect_read(test, address, &example->record);
}

/* After the update was cancelled. Finding 46 */
static void record_can_be_written_again(struct kunit *test)
{
	struct vfio_pci_device_ser *ser = start(test);
	u64 address;

	address = vfio_pci_record_write(ser, &examples[1].record);
	KUNIT_EXPECT_EQ(test, address, vfio_pci_record_write(ser, some_record));
	mock_kexec(test);
	expect_read(test, address, some_record);
}

static void record_that_is_not_handed_over_is_freed(struct kunit *test)
{
	struct liveupdate_snapshot before, after;
	struct vfio_pci_device_ser *ser;

	fake_kho_start(test);
	liveupdate_snapshot_take(&before);
	ser = vfio_pci_record_alloc();
	KUNIT_ASSERT_FALSE(test, IS_ERR(ser));
	vfio_pci_record_free(ser);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
}

/* Damage */

#define DAMAGE(_name, _member, _value)					\
static void damage_##_name(struct vfio_pci_device_ser *ser)		\
{									\
	(_member) = _value;						\
}

DAMAGE(magic, ser->magic, VFIO_PCI_ABI_MAGIC + 1)
DAMAGE(fingerprint, ser->fingerprint, IOMMU_ABI_FINGERPRINT + 1)
DAMAGE(owner, ser->owner, 0)
DAMAGE(flags, ser->flags, VFIO_PCI_DEVICE_FLAGS_KNOWN + 1)
DAMAGE(last_flag, ser->flags, BIT(31))
DAMAGE(rid, ser->rid, IOMMU_PCI_RID_MAX + 1)
DAMAGE(great_rid, ser->rid, U32_MAX)
DAMAGE(reserved, ser->reserved, BIT(31))
DAMAGE(reserved2, ser->reserved2[0], 1)
DAMAGE(last_reserved2, ser->reserved2[3], BIT_ULL(63))

/**
 * struct damage - What is wrong with a record
 * @apply: Make it so.
 * @member: Which member is named.
 * @err: What reading returns.
 */
struct damage {
	void (*apply)(struct vfio_pci_device_ser *ser);
	const char *member;
	int err;
};

static const struct damage damages[] = {
	{ damage_magic, "magic", -EINVAL },
	{ damage_fingerprint, "fingerprint", -EOPNOTSUPP },
	{ damage_owner, "owner", -ERANGE },
	{ damage_flags, "flags", -EOPNOTSUPP },
	{ damage_last_flag, "flags", -EOPNOTSUPP },
	{ damage_rid, "rid", -ERANGE },
	{ damage_great_rid, "rid", -ERANGE },
	{ damage_reserved, "reserved", -EOPNOTSUPP },
	{ damage_reserved2, "reserved2", -EOPNOTSUPP },
	{ damage_last_reserved2, "reserved2", -EOPNOTSUPP },
};

static void expect_refused(struct kunit *test, u64 address, const char *member, int err)
{
	struct liveupdate_snapshot before, after;
	struct vfio_pci_record read, untouched;
	struct iommu_record_error error;

	memset(&read, 0x5a, sizeof(read));
	untouched = read;
	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, err, vfio_pci_record_read(&read, address, &error));
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	KUNIT_EXPECT_EQ(test, err, error.err);
	KUNIT_EXPECT_STREQ(test, error.member ?: "none", member);
	KUNIT_EXPECT_MEMEQ(test, &read, &untouched, sizeof(read));
}

/* Finding 37, Finding 43, Finding 26, Finding 34 */
static void each_damaged_member_is_refused(struct kunit *test)
{
	const u64 address = hand_over(test, some_record);
	struct vfio_pci_device_ser *ser = phys_to_virt(address);
	const struct vfio_pci_device_ser good = *ser;

	for (unsigned int i = 0; i < ARRAY_SIZE(damages); i++) {
		damages[i].apply(ser);
		expect_refused(test, address, damages[i].member, damages[i].err);
		*ser = good;
		expect_read(test, address, some_record);
	}
}

/* Finding 43 */
static void address_of_no_record_is_refused(struct kunit *test)
{
	const u64 address = hand_over(test, some_record);
	const u64 bad[] = { 0, 8, address + 8, address ^ PAGE_SIZE << 9, ~0ULL };

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		expect_refused(test, bad[i], "record", -EINVAL);
	expect_read(test, address, some_record);
}

static void mutated_record_is_refused_or_sane(struct kunit *test)
{
	struct liveupdate_random *random = liveupdate_random_start(test);
	const u64 address = hand_over(test, some_record);
	struct vfio_pci_device_ser *ser = phys_to_virt(address);
	const struct vfio_pci_device_ser good = *ser;
	struct iommu_record_error error;
	struct vfio_pci_record read;
	u32 refused = 0;

	for (u32 round = 0; round < ROUNDS; round++) {
		u32 count = 1 + liveupdate_random_below(random, 3);

		while (count--)
			__change_bit(liveupdate_random_below(random, sizeof(*ser) *
							     BITS_PER_BYTE),
				     (unsigned long *)ser);
		if (vfio_pci_record_read(&read, address, &error))
			refused++;
		else
			KUNIT_EXPECT_NE_MSG(test, 0, read.owner, "round %u", round);
		*ser = good;
	}
	expect_read(test, address, some_record);
	kunit_info(test, "%u of %u refused\n", refused, ROUNDS);
	KUNIT_EXPECT_GT(test, refused, ROUNDS / 4);
	KUNIT_EXPECT_LT(test, refused, ROUNDS);
}

/* Memory runs out */

static struct vfio_pci_device_ser *swept;

static int run_alloc(struct kunit *test, void *context)
{
	swept = vfio_pci_record_alloc();
	return PTR_ERR_OR_ZERO(swept);
}

static void undo_alloc(struct kunit *test, void *context)
{
	vfio_pci_record_free(swept);
}

/* Finding 28 */
static void each_failure_to_allocate_leaves_nothing(struct kunit *test)
{
	fake_kho_start(test);
	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "record of a device",
		.run = run_alloc,
		.undo = undo_alloc,
		.minimum = 1,
	});
}

static int run_read(struct kunit *test, void *context)
{
	struct iommu_record_error error;
	const u64 *address = context;
	struct vfio_pci_record read;

	return vfio_pci_record_read(&read, *address, &error);
}

static void each_failure_to_read_leaves_all_in_place(struct kunit *test)
{
	u64 address = hand_over(test, some_record);

	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "vfio_pci_record_read",
		.run = run_read,
		.context = &address,
		.minimum = 1,
	});
	expect_read(test, address, some_record);
}

static struct kunit_case vfio_pci_record_cases[] = {
	KUNIT_CASE_PARAM(record_crosses_a_kexec, example_gen_params),
	KUNIT_CASE(record_can_be_written_again),
	KUNIT_CASE(record_that_is_not_handed_over_is_freed),
	KUNIT_CASE(each_damaged_member_is_refused),
	KUNIT_CASE(address_of_no_record_is_refused),
	KUNIT_CASE(mutated_record_is_refused_or_sane),
	KUNIT_CASE(each_failure_to_allocate_leaves_nothing),
	KUNIT_CASE(each_failure_to_read_leaves_all_in_place),
	{}
};

static struct kunit_suite vfio_pci_record_suite = {
	.name = "vfio_pci_record",
	.test_cases = vfio_pci_record_cases,
};

kunit_test_suite(vfio_pci_record_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the record of a PCI device of VFIO");
