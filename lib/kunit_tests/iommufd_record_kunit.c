// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: the records of an iommufd
 *
 * What is written of HWPTs and devices is what the next kernel reads, across blocks and
 * with each value that a member can have. Each member of each record is damaged: the
 * record is refused, for the right reason, nothing is taken, and what has been repaired
 * can be read. No iommufd is needed for that.
 */

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/iommufd_record.h"
#include "../../drivers/iommu/liveupdate/records.h"
#include "fake_kho.h"
#include "liveupdate_random.h"
#include "liveupdate_snapshot.h"
#include "mock_kexec.h"
#include "nth_failure.h"

/* Enough for several blocks */
#define MANY		400

/* QEMU's interpreter is ten times slower than UML. */
#define ROUNDS		(IS_ENABLED(CONFIG_UML) ? 20000 : 2000)

/**
 * struct image - Records in the making, or as they were read
 * @test: The case.
 * @out: The records in the old kernel.
 * @hwpts: The HWPTs.
 * @devices: The devices.
 * @nr_hwpts: Number of HWPTs.
 * @nr_devices: Number of devices.
 * @address: What the next kernel is told.
 */
struct image {
	struct kunit *test;
	struct iommufd_outgoing out;
	struct iommufd_record_hwpt *hwpts;
	struct iommufd_record_device *devices;
	u32 nr_hwpts;
	u32 nr_devices;
	u64 address;
};

/* Tokens begin with the extremes. */
static u64 token_of(u32 i)
{
	return i % 2 ? U64_MAX - i / 2 : i / 2;
}

static u64 domain_of(u32 i)
{
	return i % 2 ? i + 1 : U64_MAX - i;
}

static void end_image(void *data)
{
	struct image *image = data;

	if (!image->out.header)
		return;
	for (u32 i = image->nr_devices; i--;)
		iommufd_outgoing_remove_device(&image->out, &image->devices[i]);
	for (u32 i = image->nr_hwpts; i--;)
		iommufd_outgoing_remove_hwpt(&image->out, &image->hwpts[i]);
	iommufd_outgoing_destroy(&image->out);
}

static void add_hwpts(struct image *image, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		image->hwpts[i].token = token_of(i);
		image->hwpts[i].domain = domain_of(i);
		image->hwpts[i].flags = i & IOMMUFD_HWPT_FLAGS_KNOWN;
		KUNIT_ASSERT_EQ(image->test, 0,
				iommufd_outgoing_add_hwpt(&image->out, &image->hwpts[i]));
		image->nr_hwpts++;
	}
}

static void add_devices(struct image *image, u32 count)
{
	for (u32 i = 0; i < count; i++) {
		image->devices[i].owner = U64_MAX - i;
		image->devices[i].hwpt = &image->hwpts[i % image->nr_hwpts];
		KUNIT_ASSERT_EQ(image->test, 0,
				iommufd_outgoing_add_device(&image->out,
							    &image->devices[i]));
		image->nr_devices++;
	}
}

/* In the old kernel, with all that is written */
static struct image *start(struct kunit *test, u32 hwpts, u32 devices)
{
	struct image *image = kunit_kzalloc(test, sizeof(*image), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, image);
	fake_kho_start(test);
	image->test = test;
	/* They outlive what end_image() does. */
	image->hwpts = kunit_kcalloc(test, hwpts, sizeof(*image->hwpts), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, image->hwpts);
	image->devices = kunit_kcalloc(test, devices, sizeof(*image->devices), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, image->devices);
	KUNIT_ASSERT_EQ(test, 0, iommufd_outgoing_init(&image->out));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end_image, image));
	add_hwpts(image, hwpts);
	add_devices(image, devices);
	image->address = iommufd_outgoing_write(&image->out);
	return image;
}

/* From here on there are only the records, which stay with KHO. */
static void next_kernel(struct image *image)
{
	fake_kho_expect(image->test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
	iommufd_outgoing_forget(&image->out);
	mock_kexec(image->test);
}

static void expect_read(struct image *image)
{
	struct kunit *test = image->test;
	struct iommufd_incoming in;

	KUNIT_ASSERT_EQ(test, 0, iommufd_incoming_read(&in, image->address));
	KUNIT_EXPECT_EQ(test, image->nr_hwpts, in.nr_hwpts);
	KUNIT_EXPECT_EQ(test, image->nr_devices, in.nr_devices);
	for (u32 i = 0; i < in.nr_hwpts; i++) {
		KUNIT_EXPECT_EQ(test, token_of(i), in.hwpts[i].token);
		KUNIT_EXPECT_EQ(test, domain_of(i), in.hwpts[i].domain);
		KUNIT_EXPECT_EQ(test, i & IOMMUFD_HWPT_FLAGS_KNOWN, in.hwpts[i].flags);
		KUNIT_EXPECT_EQ(test, i, in.hwpts[i].index);
	}
	for (u32 i = 0; i < in.nr_devices; i++) {
		KUNIT_EXPECT_EQ(test, U64_MAX - i, in.devices[i].owner);
		KUNIT_EXPECT_PTR_EQ(test, &in.hwpts[i % in.nr_hwpts], in.devices[i].hwpt);
	}
	iommufd_incoming_release(&in);
}

/* The right way */

static void records_cross_a_kexec(struct kunit *test)
{
	struct image *image = start(test, 3, 5);

	next_kernel(image);
	expect_read(image);
	/* Nothing was taken: it can be read again. */
	expect_read(image);
}

/* Finding 30 */
static void records_of_many_blocks_cross_a_kexec(struct kunit *test)
{
	struct image *image = start(test, MANY, MANY + 1);

	next_kernel(image);
	expect_read(image);
}

static void hwpt_without_device_crosses_a_kexec(struct kunit *test)
{
	struct image *image = start(test, 1, 0);

	next_kernel(image);
	expect_read(image);
}

/* After the update was cancelled. Finding 46 */
static void what_was_removed_is_not_written_again(struct kunit *test)
{
	struct image *image = start(test, 4, 4);

	iommufd_outgoing_remove_device(&image->out, &image->devices[3]);
	iommufd_outgoing_remove_hwpt(&image->out, &image->hwpts[3]);
	image->nr_devices = 3;
	image->nr_hwpts = 3;
	KUNIT_EXPECT_EQ(test, image->address, iommufd_outgoing_write(&image->out));
	next_kernel(image);
	expect_read(image);
}

static void more_than_an_image_can_have_is_refused(struct kunit *test)
{
	struct image *image = start(test, 1, 1);
	struct iommufd_record_device device = { .hwpt = image->hwpts, .owner = 1 };
	struct iommufd_record_hwpt hwpt = { .domain = 1 };

	image->out.nr_hwpts = IOMMUFD_ABI_MAX_HWPTS;
	KUNIT_EXPECT_EQ(test, -ENOSPC, iommufd_outgoing_add_hwpt(&image->out, &hwpt));
	image->out.nr_hwpts = 1;
	image->out.nr_devices = IOMMUFD_ABI_MAX_DEVICES;
	KUNIT_EXPECT_EQ(test, -ENOSPC, iommufd_outgoing_add_device(&image->out, &device));
	image->out.nr_devices = 1;
}

/* Damage */

static struct iommufd_header_ser *header_of(struct image *image)
{
	return phys_to_virt(image->address);
}

static void *first_entry(const struct iommu_chain_ser *chain)
{
	struct kho_block_header_ser *block = phys_to_virt(chain->head_pa);

	return block + 1;
}

static struct iommufd_hwpt_ser *hwpt_of(struct image *image)
{
	return first_entry(&header_of(image)->hwpts);
}

static struct iommufd_device_ser *device_of(struct image *image)
{
	return first_entry(&header_of(image)->devices);
}

static u64 devices_of(struct image *image)
{
	return header_of(image)->devices.head_pa;
}

#define DAMAGE(_name, _member, _value)					\
static void damage_##_name(struct image *image)				\
{									\
	(_member) = _value;						\
}

DAMAGE(magic, header_of(image)->magic, IOMMU_ABI_MAGIC)
DAMAGE(fingerprint, header_of(image)->fingerprint, IOMMU_ABI_FINGERPRINT + 1)
DAMAGE(flags, header_of(image)->flags, BIT(31))
DAMAGE(reserved, header_of(image)->reserved, 1)
DAMAGE(reserved2, header_of(image)->reserved2[3], BIT_ULL(63))
DAMAGE(hwpts_head, header_of(image)->hwpts.head_pa, 0)
DAMAGE(hwpts_odd_head, header_of(image)->hwpts.head_pa, image->address + 8)
DAMAGE(hwpts_own_head, header_of(image)->hwpts.head_pa, image->address)
DAMAGE(hwpts_shared_head, header_of(image)->hwpts.head_pa, devices_of(image))
DAMAGE(hwpts_count, header_of(image)->hwpts.count, 2)
DAMAGE(hwpts_many, header_of(image)->hwpts.count, IOMMUFD_ABI_MAX_HWPTS + 1)
DAMAGE(hwpts_size, header_of(image)->hwpts.entry_size, 24)
DAMAGE(hwpts_version, header_of(image)->hwpts.version, 1)
DAMAGE(devices_head, header_of(image)->devices.head_pa, ~7ULL)
DAMAGE(devices_count, header_of(image)->devices.count, 4)
DAMAGE(devices_many, header_of(image)->devices.count, IOMMUFD_ABI_MAX_DEVICES + 1)
DAMAGE(devices_size, header_of(image)->devices.entry_size, 32)
DAMAGE(devices_version, header_of(image)->devices.version, U16_MAX)
DAMAGE(token, hwpt_of(image)->token, token_of(2))
DAMAGE(domain, hwpt_of(image)->domain, domain_of(2))
DAMAGE(no_domain, hwpt_of(image)->domain, 0)
DAMAGE(hwpt_flags, hwpt_of(image)->flags, IOMMUFD_HWPT_FLAGS_KNOWN + 1)
DAMAGE(hwpt_reserved, hwpt_of(image)->reserved, BIT(31))
DAMAGE(hwpt_reserved2, hwpt_of(image)->reserved2, 1)
DAMAGE(owner, device_of(image)->owner, U64_MAX - 1)
DAMAGE(no_owner, device_of(image)->owner, 0)
DAMAGE(hwpt, device_of(image)->hwpt, 3)
DAMAGE(last_hwpt, device_of(image)->hwpt, U32_MAX)
DAMAGE(pasid, device_of(image)->pasid, 0)
DAMAGE(great_pasid, device_of(image)->pasid, IOMMU_PASID_MAX + 1)
DAMAGE(device_flags, device_of(image)->flags, 1)
DAMAGE(device_reserved, device_of(image)->reserved, 1)

/**
 * struct damage - What is wrong with an image of three HWPTs and three devices
 * @apply: Make it so.
 * @record: Which record is named.
 * @member: Which member, NULL if it may be another one that is as good.
 * @err: What reading returns.
 */
struct damage {
	void (*apply)(struct image *image);
	const char *record;
	const char *member;
	int err;
};

static const struct damage damages[] = {
	{ damage_magic, "iommufd header", "magic", -EINVAL },
	{ damage_fingerprint, "iommufd header", "fingerprint", -EOPNOTSUPP },
	{ damage_flags, "iommufd header", "flags", -EOPNOTSUPP },
	{ damage_reserved, "iommufd header", "reserved", -EOPNOTSUPP },
	{ damage_reserved2, "iommufd header", "reserved2", -EOPNOTSUPP },
	{ damage_hwpts_head, "iommufd header", "hwpts", -ERANGE },
	{ damage_hwpts_odd_head, "iommufd header", "hwpts", -EINVAL },
	{ damage_hwpts_own_head, "iommufd header", "hwpts", -EINVAL },
	{ damage_hwpts_shared_head, "iommufd header", NULL, -EINVAL },
	{ damage_hwpts_count, "iommufd header", "hwpts", -ERANGE },
	{ damage_hwpts_many, "iommufd header", "hwpts", -ERANGE },
	{ damage_hwpts_size, "iommufd header", "hwpts", -EINVAL },
	{ damage_hwpts_version, "iommufd header", "hwpts", -EOPNOTSUPP },
	{ damage_devices_head, "iommufd header", "devices", -EINVAL },
	{ damage_devices_count, "iommufd header", "devices", -ERANGE },
	{ damage_devices_many, "iommufd header", "devices", -ERANGE },
	{ damage_devices_size, "iommufd header", "devices", -EINVAL },
	{ damage_devices_version, "iommufd header", "devices", -EOPNOTSUPP },
	{ damage_token, "iommufd HWPT 2", "token", -EINVAL },
	{ damage_domain, "iommufd HWPT 2", "domain", -EINVAL },
	{ damage_no_domain, "iommufd HWPT 0", "domain", -ERANGE },
	{ damage_hwpt_flags, "iommufd HWPT 0", "flags", -EOPNOTSUPP },
	{ damage_hwpt_reserved, "iommufd HWPT 0", "reserved", -EOPNOTSUPP },
	{ damage_hwpt_reserved2, "iommufd HWPT 0", "reserved2", -EOPNOTSUPP },
	{ damage_owner, "iommufd device 1", "owner", -EINVAL },
	{ damage_no_owner, "iommufd device 0", "owner", -ERANGE },
	{ damage_hwpt, "iommufd device 0", "hwpt", -ERANGE },
	{ damage_last_hwpt, "iommufd device 0", "hwpt", -ERANGE },
	{ damage_pasid, "iommufd device 0", "pasid", -EOPNOTSUPP },
	{ damage_great_pasid, "iommufd device 0", "pasid", -ERANGE },
	{ damage_device_flags, "iommufd device 0", "flags", -EOPNOTSUPP },
	{ damage_device_reserved, "iommufd device 0", "reserved", -EOPNOTSUPP },
};

/* What the header and the first records were */
struct pristine {
	struct iommufd_header_ser header;
	struct iommufd_hwpt_ser hwpt;
	struct iommufd_device_ser device;
};

static void save(struct image *image, struct pristine *pristine)
{
	pristine->header = *header_of(image);
	pristine->hwpt = *hwpt_of(image);
	pristine->device = *device_of(image);
}

static void repair(struct image *image, const struct pristine *pristine)
{
	*header_of(image) = pristine->header;
	*hwpt_of(image) = pristine->hwpt;
	*device_of(image) = pristine->device;
}

static void expect_refused(struct image *image, const struct damage *damage)
{
	struct liveupdate_snapshot before, after;
	struct kunit *test = image->test;
	struct iommufd_incoming in;

	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, damage->err, iommufd_incoming_read(&in, image->address));
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	KUNIT_EXPECT_EQ(test, damage->err, in.error.err);
	KUNIT_EXPECT_STREQ(test, in.record, damage->record);
	if (damage->member)
		KUNIT_EXPECT_STREQ(test, in.error.member ?: "none", damage->member);
	KUNIT_EXPECT_NULL(test, in.hwpts);
	KUNIT_EXPECT_NULL(test, in.devices);
}

/* Finding 37, Finding 43, Finding 26, Finding 34 */
static void each_damaged_member_is_refused(struct kunit *test)
{
	struct image *image = start(test, 3, 3);
	struct pristine pristine;

	next_kernel(image);
	save(image, &pristine);
	for (unsigned int i = 0; i < ARRAY_SIZE(damages); i++) {
		damages[i].apply(image);
		expect_refused(image, &damages[i]);
		repair(image, &pristine);
		expect_read(image);
	}
}

/* Finding 43 */
static void address_of_no_header_is_refused(struct kunit *test)
{
	struct image *image = start(test, 3, 3);
	const u64 address = image->address;
	const u64 bad[] = { 0, 8, address + 8, address ^ PAGE_SIZE << 9, ~0ULL,
			    header_of(image)->hwpts.head_pa };
	struct iommufd_incoming in;

	next_kernel(image);
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL, iommufd_incoming_read(&in, bad[i]),
				    "%#llx", bad[i]);
	expect_read(image);
}

/* Whatever it was: what is read is what this kernel could have written. */
static void expect_sane(struct image *image, const struct iommufd_incoming *in, u32 round)
{
	struct kunit *test = image->test;

	for (u32 i = 0; i < in->nr_hwpts; i++) {
		KUNIT_EXPECT_NE_MSG(test, 0, in->hwpts[i].domain, "round %u", round);
		KUNIT_EXPECT_EQ_MSG(test, 0, in->hwpts[i].flags & ~IOMMUFD_HWPT_FLAGS_KNOWN,
				    "round %u", round);
	}
	for (u32 i = 0; i < in->nr_devices; i++) {
		KUNIT_EXPECT_NE_MSG(test, 0, in->devices[i].owner, "round %u", round);
		KUNIT_EXPECT_LT_MSG(test, in->devices[i].hwpt - in->hwpts, in->nr_hwpts,
				    "round %u", round);
	}
}

static void flip_bits(struct image *image, struct liveupdate_random *random)
{
	void *const parts[] = { header_of(image), hwpt_of(image), device_of(image) };
	const u32 sizes[] = { sizeof(struct iommufd_header_ser),
			      3 * sizeof(struct iommufd_hwpt_ser),
			      3 * sizeof(struct iommufd_device_ser) };
	u32 part = liveupdate_random_below(random, ARRAY_SIZE(parts));
	u32 count = 1 + liveupdate_random_below(random, 3);

	while (count--)
		__change_bit(liveupdate_random_below(random, sizes[part] * BITS_PER_BYTE),
			     parts[part]);
}

static void mutated_records_are_refused_or_sane(struct kunit *test)
{
	struct liveupdate_random *random = liveupdate_random_start(test);
	struct image *image = start(test, 3, 3);
	struct iommufd_hwpt_ser hwpts[3];
	struct iommufd_device_ser devices[3];
	struct iommufd_incoming in;
	struct pristine pristine;
	u32 refused = 0;

	next_kernel(image);
	save(image, &pristine);
	memcpy(hwpts, hwpt_of(image), sizeof(hwpts));
	memcpy(devices, device_of(image), sizeof(devices));
	for (u32 round = 0; round < ROUNDS; round++) {
		flip_bits(image, random);
		if (iommufd_incoming_read(&in, image->address))
			refused++;
		else
			expect_sane(image, &in, round);
		iommufd_incoming_release(&in);
		repair(image, &pristine);
		memcpy(hwpt_of(image), hwpts, sizeof(hwpts));
		memcpy(device_of(image), devices, sizeof(devices));
	}
	expect_read(image);
	kunit_info(test, "%u of %u refused\n", refused, ROUNDS);
	KUNIT_EXPECT_GT(test, refused, ROUNDS / 4);
	KUNIT_EXPECT_LT(test, refused, ROUNDS);
}

/* Memory runs out */

static int run_write(struct kunit *test, void *context)
{
	struct image *image = context;
	int ret;

	ret = iommufd_outgoing_init(&image->out);
	if (ret)
		return ret;
	ret = iommufd_outgoing_add_hwpt(&image->out, image->hwpts);
	if (ret)
		goto err_destroy;
	ret = iommufd_outgoing_add_device(&image->out, image->devices);
	if (ret)
		goto err_remove;
	iommufd_outgoing_write(&image->out);
	return 0;

err_remove:
	iommufd_outgoing_remove_hwpt(&image->out, image->hwpts);
err_destroy:
	iommufd_outgoing_destroy(&image->out);
	return ret;
}

static void undo_write(struct kunit *test, void *context)
{
	struct image *image = context;

	iommufd_outgoing_remove_device(&image->out, image->devices);
	iommufd_outgoing_remove_hwpt(&image->out, image->hwpts);
	iommufd_outgoing_destroy(&image->out);
}

/* Finding 28 */
static void each_failure_to_write_leaves_nothing(struct kunit *test)
{
	struct image *image = start(test, 1, 1);

	undo_write(test, image);
	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "records of an iommufd",
		.run = run_write,
		.undo = undo_write,
		.context = image,
		.minimum = 5,
	});
}

static struct iommufd_incoming read_in;

static int run_read(struct kunit *test, void *context)
{
	struct image *image = context;

	return iommufd_incoming_read(&read_in, image->address);
}

static void undo_read(struct kunit *test, void *context)
{
	iommufd_incoming_release(&read_in);
}

static void each_failure_to_read_leaves_all_in_place(struct kunit *test)
{
	struct image *image = start(test, MANY, MANY);

	next_kernel(image);
	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "iommufd_incoming_read",
		.run = run_read,
		.undo = undo_read,
		.context = image,
		.minimum = 5,
	});
	expect_read(image);
}

static struct kunit_case iommufd_record_cases[] = {
	KUNIT_CASE(records_cross_a_kexec),
	KUNIT_CASE(records_of_many_blocks_cross_a_kexec),
	KUNIT_CASE(hwpt_without_device_crosses_a_kexec),
	KUNIT_CASE(what_was_removed_is_not_written_again),
	KUNIT_CASE(more_than_an_image_can_have_is_refused),
	KUNIT_CASE(each_damaged_member_is_refused),
	KUNIT_CASE(address_of_no_header_is_refused),
	KUNIT_CASE_SLOW(mutated_records_are_refused_or_sane),
	KUNIT_CASE(each_failure_to_write_leaves_nothing),
	KUNIT_CASE(each_failure_to_read_leaves_all_in_place),
	{}
};

static struct kunit_suite iommufd_record_suite = {
	.name = "iommufd_record",
	.test_cases = iommufd_record_cases,
};

kunit_test_suite(iommufd_record_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the records of an iommufd");
