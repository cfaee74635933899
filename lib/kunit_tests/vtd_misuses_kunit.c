// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: misuses of the VT-d unit
 *
 * What the specification forbids software, one thing at a time: the unit names the
 * register, where, how wide, the value and the reason, and nothing else happens.
 * Then the units that cannot be.
 */

#include <linux/string.h>

#include <kunit/test.h>

#include "vtd_register_cases.h"

/* Set the root table pointer, set the interrupt remapping table pointer */
#define SRTP	W32(0x018, 0x40000000)
#define SIRTP	W32(0x018, 0x01000000)

/**
 * struct misuse - What no unit would understand
 * @desc: What software does.
 * @without_cap: Capabilities to take away.
 * @without_ecap: The same for extended capabilities.
 * @latency: Register reads that commands take.
 * @before: Writes that come first.
 * @write: The misuse.
 * @text: What is said of it.
 */
struct misuse {
	const char *desc;
	u64 without_cap;
	u64 without_ecap;
	u8 latency;
	struct case_write before[3];
	struct case_write write;
	const char *text;
};

static const struct misuse misuses[] = {
	{ "two commands at once", .write = W32(0x018, 0x04800000),
	  .text = "GCMD (0x018): write of 0x4800000, 32 bits: more than one" },
	{ "a command and a one-shot command", .before = { SRTP },
	  .write = W32(0x018, 0xc0000000), .text = "more than one command" },
	{ "a one-shot command that forgets what is enabled",
	  .before = { SRTP, W32(0x018, 0x80000000) }, .write = SRTP,
	  .text = "more than one command" },
	{ "a command while another is pending", .latency = 3,
	  .before = { SRTP }, .write = W32(0x018, 0x04000000),
	  .text = "another command is pending" },
	{ "translation without a root table", .write = W32(0x018, 0x80000000),
	  .text = "the root table pointer was not set" },
	{ "a reserved translation mode", .before = { W64(0x020, 0x1800) },
	  .write = SRTP, .text = "the translation mode of RTADDR is reserved" },
	{ "scalable mode that the unit does not have",
	  .without_ecap = VTD_ECAP_SMTS, .before = { W64(0x020, 0x1400) },
	  .write = SRTP, .text = "the unit has no scalable mode" },
	{ "abort-DMA mode that the unit does not have",
	  .without_ecap = VTD_ECAP_ADMS, .before = { W64(0x020, 0x1c00) },
	  .write = SRTP, .text = "the unit has no abort-DMA mode" },
	{ "another translation mode while translation is enabled",
	  .before = { SRTP, W32(0x018, 0x80000000), W64(0x020, 0x1400) },
	  .write = W32(0x018, 0xc0000000), .text = "the translation mode changes" },
	{ "another root table while it is taken over", .latency = 3,
	  .before = { SRTP }, .write = W64(0x020, 0x1000),
	  .text = "RTADDR (0x020): write of 0x1000, 64 bits: the pointer" },
	{ "flushing write buffers that are not there",
	  .without_cap = VTD_CAP_RWBF, .write = W32(0x018, 0x08000000),
	  .text = "the unit has no write buffers" },
	{ "a queue that the unit does not have", .without_ecap = VTD_ECAP_QI |
	  VTD_ECAP_DT | VTD_ECAP_IR | VTD_ECAP_EIM | VTD_ECAP_SMTS,
	  .write = W32(0x018, 0x04000000),
	  .text = "the unit has no queued invalidation" },
	{ "a queue whose tail is not 0", .before = { W64(0x088, 0x10) },
	  .write = W32(0x018, 0x04000000), .text = "tail" },
	{ "a queue while contexts are invalidated", .latency = 3,
	  .before = { W64(0x028, 0xa000000000000000) },
	  .write = W32(0x018, 0x04000000),
	  .text = "an invalidation by register is pending" },
	{ "a queue while the IOTLB is invalidated", .latency = 3,
	  .before = { W64(0x508, 0x9000000000000000) },
	  .write = W32(0x018, 0x04000000),
	  .text = "an invalidation by register is pending" },
	{ "another queue while it is enabled",
	  .before = { W32(0x018, 0x04000000) }, .write = W64(0x090, 0x1000),
	  .text = "queued invalidation is enabled" },
	{ "another queue while it is about to be enabled", .latency = 3,
	  .before = { W32(0x018, 0x04000000) }, .write = W64(0x090, 0x1000),
	  .text = "the pointer is being taken over" },
	{ "remapping that the unit does not have",
	  .without_ecap = VTD_ECAP_IR | VTD_ECAP_EIM,
	  .write = W32(0x018, 0x02000000),
	  .text = "the unit has no interrupt remapping" },
	{ "an interrupt table that the unit does not have",
	  .without_ecap = VTD_ECAP_IR | VTD_ECAP_EIM, .write = SIRTP,
	  .text = "the unit has no interrupt remapping" },
	{ "compatibility format that the unit does not have",
	  .without_ecap = VTD_ECAP_IR | VTD_ECAP_EIM,
	  .write = W32(0x018, 0x00800000),
	  .text = "the unit has no interrupt remapping" },
	{ "remapping without a table", .write = W32(0x018, 0x02000000),
	  .text = "the interrupt remapping table pointer was not set" },
	{ "another interrupt table while it is taken over", .latency = 3,
	  .before = { SIRTP }, .write = W64(0x0b8, 0x1000),
	  .text = "the pointer is being taken over" },
	{ "extended interrupts that the unit does not have",
	  .without_ecap = VTD_ECAP_EIM, .write = W64(0x0b8, 0x1800),
	  .text = "reserved bits are set" },
	{ "wide descriptors that the unit does not have",
	  .without_ecap = VTD_ECAP_SMTS, .write = W64(0x090, 0x1800),
	  .text = "reserved bits are set" },
	{ "contexts by register beside the queue",
	  .before = { W32(0x018, 0x04000000) },
	  .write = W64(0x028, 0xa000000000000000),
	  .text = "CCMD (0x028): write of 0xa000000000000000, 64 bits: queued" },
	{ "translations by register beside the queue",
	  .before = { W32(0x018, 0x04000000) },
	  .write = W64(0x508, 0x9000000000000000),
	  .text = "queued invalidation is enabled" },
	{ "translations by register beside the queue, the upper half",
	  .before = { W32(0x018, 0x04000000) },
	  .write = W32(0x50c, 0x90000000),
	  .text = "IOTLB (0x50c): write of 0x90000000, 32 bits: queued" },
	{ "contexts by register in scalable mode",
	  .before = { W64(0x020, 0x1400), SRTP },
	  .write = W64(0x028, 0xa000000000000000),
	  .text = "scalable mode needs queued invalidation" },
	{ "translations by register in scalable mode",
	  .before = { W64(0x020, 0x1400), SRTP },
	  .write = W64(0x508, 0x9000000000000000),
	  .text = "scalable mode needs queued invalidation" },
	{ "contexts of no granularity", .write = W64(0x028, 0x8000000000000000),
	  .text = "the granularity is reserved" },
	{ "translations of no granularity",
	  .write = W64(0x508, 0x8000000000000000),
	  .text = "the granularity is reserved" },
	{ "contexts while contexts are invalidated", .latency = 3,
	  .before = { W64(0x028, 0xa000000000000000) },
	  .write = W64(0x028, 0xa000000000000000),
	  .text = "the invalidation before is pending" },
	{ "half of a context command while one is pending", .latency = 3,
	  .before = { W64(0x028, 0xa000000000000000) },
	  .write = W32(0x028, 0x1), .text = "the invalidation before" },
	{ "translations while translations are invalidated", .latency = 3,
	  .before = { W64(0x508, 0x9000000000000000) },
	  .write = W64(0x508, 0x9000000000000000),
	  .text = "the invalidation before is pending" },
	{ "an address while translations are invalidated", .latency = 3,
	  .before = { W64(0x508, 0x9000000000000000) },
	  .write = W64(0x500, 0x1000),
	  .text = "IVA (0x500): write of 0x1000, 64 bits: the invalidation" },
	{ "protection while it changes", .latency = 3,
	  .before = { W32(0x064, 0x80000000) }, .write = W32(0x064, 0),
	  .text = "the change before is pending" },
	{ "low memory while it is protected",
	  .before = { W32(0x064, 0x80000000) }, .write = W32(0x068, 0x200000),
	  .text = "PLMBASE (0x068): write of 0x200000, 32 bits: the protection" },
	{ "high memory while it is protected",
	  .before = { W32(0x064, 0x80000000) }, .write = W64(0x078, 0x200000),
	  .text = "the protection is enabled" },
	{ "high memory before it is no more protected", .latency = 3,
	  .before = { W32(0x064, 0x80000000) }, .write = W64(0x078, 0x200000),
	  .text = "the protection is enabled" },
};

static void misuse_desc(const struct misuse *misuse, char *desc)
{
	strscpy(desc, misuse->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(misuse, misuses, misuse_desc);

static void misuse_is_named_and_has_no_effect(struct kunit *test)
{
	const struct misuse *misuse = test->param_value;
	struct vtd_unit *before = kunit_kmalloc(test, sizeof(*before), GFP_KERNEL);
	struct vtd_test_unit *unit;
	struct vtd_event event;

	KUNIT_ASSERT_NOT_NULL(test, before);
	unit = case_unit(test, misuse->without_cap, misuse->without_ecap,
			 misuse->latency);
	for (int i = 0; i < ARRAY_SIZE(misuse->before); i++)
		case_write(unit, &misuse->before[i]);
	memcpy(before, &unit->unit, sizeof(*before));
	vtd_log_clear(unit);

	case_write(unit, &misuse->write);
	case_expect_misuse(unit, misuse->text);
	KUNIT_EXPECT_EQ(test, unit->unit.misuses, 1);
	KUNIT_EXPECT_FALSE(test, vtd_log_get(&unit->log, 1, &event));
	before->misuses = 1;
	KUNIT_EXPECT_MEMEQ(test, before, &unit->unit, sizeof(*before));
}

/* Units */

/**
 * struct impossible - A unit that cannot be
 * @desc: Why not.
 * @cap_mask: Field of the Capability register to change.
 * @cap: What it becomes.
 * @ecap_mask: The same for the Extended Capability register.
 * @ecap: What it becomes.
 * @address_width: If not 0, of the platform.
 */
struct impossible {
	const char *desc;
	u64 cap_mask;
	u64 cap;
	u64 ecap_mask;
	u64 ecap;
	u8 address_width;
};

static const struct impossible impossibles[] = {
	{ "fault records over fixed registers", 0x3ff000000, 0x00e000000 },
	{ "fault records beyond the page", 0x3ff000000, 0x0f9000000 },
	{ "more fault records than the page has", 0xff0000000000,
	  0xff0000000000 },
	{ "fault records up to the IOTLB registers and one more",
	  0x3ff000000, 0x049000000 },
	{ "IOTLB registers over fixed registers", 0, 0, 0x3ff00, 0x00e00 },
	{ "IOTLB registers beyond the page", 0, 0, 0x3ff00, 0x10000 },
	{ "IOTLB registers over fault records", 0, 0, 0x3ff00, 0x04700 },
	{ "35 bits of address", .address_width = 35 },
	{ "53 bits of address", .address_width = 53 },
	{ "no width of the second stage", 0x1f00, 0 },
	{ "an unknown width of the second stage", 0x1f00, 0x1000 },
	{ "2 levels", 0x1f00, 0x0100 },
	{ "a reserved number of domains", 0x7, 0x7 },
	{ "interrupt remapping without a queue", 0, 0,
	  VTD_ECAP_QI | VTD_ECAP_DT | VTD_ECAP_SMTS, 0 },
	{ "device TLBs without a queue", 0, 0,
	  VTD_ECAP_QI | VTD_ECAP_IR | VTD_ECAP_EIM | VTD_ECAP_SMTS, 0 },
	{ "scalable mode without a queue", 0, 0,
	  VTD_ECAP_QI | VTD_ECAP_IR | VTD_ECAP_EIM | VTD_ECAP_DT, 0 },
	{ "extended interrupts without remapping", 0, 0, VTD_ECAP_IR, 0 },
	{ "posted interrupts without remapping", VTD_CAP_PI, VTD_CAP_PI,
	  VTD_ECAP_IR | VTD_ECAP_EIM, 0 },
};

static void impossible_desc(const struct impossible *impossible, char *desc)
{
	strscpy(desc, impossible->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(impossible, impossibles, impossible_desc);

static int init_again(struct kunit *test, const struct vtd_settings *settings)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct vtd_unit *other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);
	int err;

	KUNIT_ASSERT_NOT_NULL(test, other);
	err = vtd_unit_init(other, settings, unit->unit.ops, &unit->unit.view,
			    unit);
	if (!err)
		vtd_unit_destroy(other);
	return err;
}

static void unit_that_cannot_be_is_refused(struct kunit *test)
{
	const struct impossible *impossible = test->param_value;
	struct vtd_settings settings = case_settings;

	settings.cap &= ~impossible->cap_mask;
	settings.cap |= impossible->cap;
	settings.ecap &= ~impossible->ecap_mask;
	settings.ecap |= impossible->ecap;
	if (impossible->address_width)
		settings.address_width = impossible->address_width;
	KUNIT_EXPECT_EQ(test, init_again(test, &settings), -EINVAL);
}

static void unit_at_the_limits_can_be(struct kunit *test)
{
	struct vtd_settings settings = case_settings;

	/* The last record ends where the IOTLB registers begin. */
	settings.cap = (settings.cap & ~0x3ff000000ULL) | 0x048000000ULL;
	settings.address_width = 52;
	KUNIT_EXPECT_EQ(test, init_again(test, &settings), 0);

	/* They end where the page ends, the IOTLB registers come first. */
	settings.cap = (settings.cap & ~0x3ff000000ULL) | 0x0f8000000ULL;
	settings.ecap = (settings.ecap & ~0x3ff00ULL) | 0x00f00ULL;
	settings.address_width = 36;
	KUNIT_EXPECT_EQ(test, init_again(test, &settings), 0);

	/* Without a second stage no width of it is needed. */
	settings.cap &= ~VTD_CAP_SAGAW;
	settings.ecap &= ~VTD_ECAP_SSTS;
	KUNIT_EXPECT_EQ(test, init_again(test, &settings), 0);
}

static void unit_without_a_world_is_refused(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct vtd_unit *other = kunit_kzalloc(test, sizeof(*other), GFP_KERNEL);
	const struct vtd_unit_ops *ops = unit->unit.ops;
	const struct vtd_view no_view = {};
	struct vtd_unit_ops some;

	KUNIT_ASSERT_NOT_NULL(test, other);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			vtd_unit_init(other, &case_settings, ops, &no_view, unit));
	some = *ops;
	some.update = NULL;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			vtd_unit_init(other, &case_settings, &some,
				      &unit->unit.view, unit));
	some = *ops;
	some.misused = NULL;
	KUNIT_EXPECT_EQ(test, -EINVAL,
			vtd_unit_init(other, &case_settings, &some,
				      &unit->unit.view, unit));
}

static struct kunit_case vtd_misuses_cases[] = {
	KUNIT_CASE_PARAM(misuse_is_named_and_has_no_effect, misuse_gen_params),
	KUNIT_CASE_PARAM(unit_that_cannot_be_is_refused, impossible_gen_params),
	KUNIT_CASE(unit_at_the_limits_can_be),
	KUNIT_CASE(unit_without_a_world_is_refused),
	{}
};

static struct kunit_suite vtd_misuses_suite = {
	.name = "vtd_misuses",
	.test_cases = vtd_misuses_cases,
};

kunit_test_suite(vtd_misuses_suite);

MODULE_DESCRIPTION("KUnit tests of misuses of the VT-d unit in software");
MODULE_LICENSE("GPL");
