// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: a frozen PCI device of VFIO
 *
 * User space runs on when its files are frozen. What it does then to a device must not
 * change what the next kernel relies on, and must not be refused for any other reason.
 * When the update is cancelled, everything can be done again.
 */

#include <linux/file.h>
#include <linux/pci.h>
#include <linux/vfio_pci_core.h>

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/blackout.h"
#include "../../drivers/vfio/pci/vfio_pci_liveupdate.h"
#include "iommu_core_expect.h"
#include "iommu_core_race.h"
#include "iommufd_guest.h"
#include "iommufd_machines.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "vfio_pci_user.h"

#define OTHER_TOKEN	0x77

/* More than one write of VFIO, up to the command register or beyond */
#define MANY_BYTES	16

/* Where a change is under way */
#define POINT_CHANGE	RACE_SUITE

static struct luo_test_type other_type = LUO_TEST_TYPE("vfio-pci-freeze-kunit-other");

/* A guest that is preserved with its device, and a file that is frozen after these */
struct fixture {
	struct kunit *test;
	struct iommufd_guest *guest;
	struct vfio_pci_user *user;
	struct file *session;
};

static struct fixture *start(struct kunit *test)
{
	struct fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);
	struct file *other;

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	fixture->test = test;
	fixture->user = vfio_pci_user_start(test);
	fixture->guest = fixture->user->guest;
	luo_test_register(test, &other_type);
	other = luo_test_file(test, &other_type, 0);
	fixture->session = iommufd_guest_session(fixture->guest);
	vfio_pci_user_preserve_all(fixture->user, fixture->session);
	KUNIT_ASSERT_EQ(test, 0, luo_kernel_preserve(fixture->session, OTHER_TOKEN, other));
	return fixture;
}

static void freeze(struct fixture *fixture)
{
	KUNIT_ASSERT_EQ(fixture->test, 0, luo_kernel_freeze());
}

/* A file after that of the device cannot be frozen, and so all are unfrozen. */
static void freeze_in_vain(struct fixture *fixture)
{
	other_type.errors[LUO_TEST_FREEZE] = -EIO;
	KUNIT_ASSERT_EQ(fixture->test, -EIO, luo_kernel_freeze());
	other_type.errors[LUO_TEST_FREEZE] = 0;
}

/* DMA */

static void dma_goes_on(struct kunit *test)
{
	struct fixture *fixture = start(test);

	freeze(fixture);
	vfio_pci_user_expect_dma(fixture->user);
}

/* What it takes */

static u64 ticks;

static u64 ticking_clock(void)
{
	return ++ticks;
}

/* An iommufd, which has that of the IOMMUs within it, and a device */
static void freeze_is_accounted(struct kunit *test)
{
	struct fixture *fixture = start(test);

	iommu_blackout_forget(&iommu_blackout_freeze);
	kunit_activate_static_stub(test, iommu_blackout_clock, ticking_clock);
	freeze(fixture);
	KUNIT_EXPECT_EQ(test, 3 + 1, iommu_blackout_freeze.ns);
	iommu_blackout_forget(&iommu_blackout_freeze);
}

/* When it can be frozen */

static void expect_not_frozen(struct fixture *fixture, int err)
{
	KUNIT_EXPECT_EQ(fixture->test, err, luo_kernel_freeze());
	KUNIT_EXPECT_EQ(fixture->test, 0, vfio_pci_user_set_irqs(fixture->user));
	vfio_pci_user_expect_dma(fixture->user);
}

/* There is no interrupt that could be enabled here. Finding 119 */
static void interrupts_have_to_be_disabled(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct vfio_pci_core_device *vdev = fixture->user->vdev;

	for (int type = VFIO_PCI_INTX_IRQ_INDEX; type <= VFIO_PCI_MSIX_IRQ_INDEX; type++) {
		vdev->irq_type = type;
		expect_not_frozen(fixture, -EBUSY);
	}
	vdev->irq_type = VFIO_PCI_NUM_IRQS;
	freeze(fixture);
	vfio_pci_user_expect_dma(fixture->user);
}

static void device_in_low_power_is_not_frozen(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct pci_dev *pdev = fixture->user->vdev->pdev;

	pdev->current_state = PCI_D3hot;
	expect_not_frozen(fixture, -EBUSY);
	pdev->current_state = PCI_D0;
	freeze(fixture);
}

static void device_with_low_power_entered_is_not_frozen(struct kunit *test)
{
	struct fixture *fixture = start(test);

	KUNIT_ASSERT_EQ(test, 0,
			vfio_pci_user_feature(fixture->user,
					      VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY));
	expect_not_frozen(fixture, -EBUSY);
	KUNIT_ASSERT_EQ(test, 0,
			vfio_pci_user_feature(fixture->user,
					      VFIO_DEVICE_FEATURE_LOW_POWER_EXIT));
	freeze(fixture);
}

/* What user space can do */

static void expect_calls(struct fixture *fixture, int set_irqs, int low_power)
{
	struct kunit *test = fixture->test;
	struct vfio_pci_user *user = fixture->user;

	KUNIT_EXPECT_EQ(test, set_irqs, vfio_pci_user_set_irqs(user));
	KUNIT_EXPECT_EQ(test, low_power,
			vfio_pci_user_feature(user, VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY));
	KUNIT_EXPECT_EQ(test, low_power,
			vfio_pci_user_feature(user, VFIO_DEVICE_FEATURE_LOW_POWER_EXIT));
	KUNIT_EXPECT_EQ(test, -EBUSY, vfio_pci_user_reset(user));
}

static void interrupts_power_and_reset_are_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);

	expect_calls(fixture, 0, 0);
	freeze(fixture);
	expect_calls(fixture, -EBUSY, -EBUSY);
	vfio_pci_user_expect_dma(fixture->user);
}

/* Finding 171 */
static void all_but_reset_is_possible_again_when_unfrozen(struct kunit *test)
{
	struct fixture *fixture = start(test);

	for (unsigned int i = 0; i < 3; i++) {
		freeze_in_vain(fixture);
		expect_calls(fixture, 0, 0);
		vfio_pci_user_expect_dma(fixture->user);
	}
	freeze(fixture);
	expect_calls(fixture, -EBUSY, -EBUSY);
	luo_kernel_close(fixture->session);
	KUNIT_EXPECT_EQ(test, 0, vfio_pci_user_set_irqs(fixture->user));
	KUNIT_EXPECT_EQ(test, -EINVAL, vfio_pci_user_reset(fixture->user));
	vfio_pci_user_expect_dma(fixture->user);
}

static void features_can_be_asked_for(struct kunit *test)
{
	struct fixture *fixture = start(test);

	freeze(fixture);
	KUNIT_EXPECT_EQ(test, 0,
			vfio_pci_user_probe_feature(fixture->user,
						    VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY));
	KUNIT_EXPECT_EQ(test, -ENOTTY,
			vfio_pci_user_feature(fixture->user, VFIO_DEVICE_FEATURE_MIGRATION));
}

/* Configuration space */

/**
 * struct bytes - Bytes of configuration space
 * @name: What they are.
 * @offset: The first one.
 * @size: How many.
 */
struct bytes {
	const char *name;
	unsigned int offset;
	unsigned int size;
};

static const struct bytes kept_bytes[] = {
	{ "command", PCI_COMMAND, 2 },
	{ "power management", VFIO_PCI_USER_PM + PCI_PM_CTRL, 2 },
	{ "MSI control", VFIO_PCI_USER_MSI + PCI_MSI_FLAGS, 2 },
	{ "MSI address", VFIO_PCI_USER_MSI + PCI_MSI_ADDRESS_LO, 4 },
	{ "MSI data", VFIO_PCI_USER_MSI + PCI_MSI_DATA_32, 2 },
	{ "MSI-X control", VFIO_PCI_USER_MSIX + PCI_MSIX_FLAGS, 2 },
	{ "device control", VFIO_PCI_USER_EXPRESS + PCI_EXP_DEVCTL, 2 },
	{ "AF control", VFIO_PCI_USER_AF + PCI_AF_CTRL, 1 },
};

static const struct bytes other_bytes[] = {
	{ "device ID", PCI_VENDOR_ID, 4 },
	{ "status", PCI_STATUS, 2 },
	{ "cache line size", PCI_CACHE_LINE_SIZE, 1 },
	{ "BAR", PCI_BASE_ADDRESS_0, 4 },
	{ "interrupt line", PCI_INTERRUPT_LINE, 1 },
	{ "device status", VFIO_PCI_USER_EXPRESS + PCI_EXP_DEVSTA, 2 },
	{ "link control", VFIO_PCI_USER_EXPRESS + PCI_EXP_LNKCTL, 2 },
	{ "vendor", VFIO_PCI_USER_VENDOR + 4, 4 },
};

static int write_zeroes(struct fixture *fixture, const struct bytes *bytes)
{
	static const u8 zeroes[MANY_BYTES];

	return vfio_pci_user_write_config(fixture->user, bytes->offset, zeroes, bytes->size);
}

static void bytes_that_are_kept_are_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);

	freeze(fixture);
	for (unsigned int i = 0; i < ARRAY_SIZE(kept_bytes); i++) {
		KUNIT_EXPECT_EQ_MSG(test, -EBUSY, write_zeroes(fixture, &kept_bytes[i]),
				    "%s", kept_bytes[i].name);
	}
	vfio_pci_user_expect_dma(fixture->user);
}

/* Each single byte of them, so that no width of a write gets through */
static void each_byte_that_is_kept_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct bytes byte = { .size = 1 };

	freeze(fixture);
	for (unsigned int i = 0; i < ARRAY_SIZE(kept_bytes); i++) {
		for (unsigned int j = 0; j < kept_bytes[i].size; j++) {
			byte.offset = kept_bytes[i].offset + j;
			KUNIT_EXPECT_EQ_MSG(test, -EBUSY, write_zeroes(fixture, &byte),
					    "%s, byte %u", kept_bytes[i].name, j);
		}
	}
	vfio_pci_user_expect_dma(fixture->user);
}

/* Only a part of them would be written otherwise. */
static void write_that_begins_before_them_writes_nothing(struct kunit *test)
{
	static const struct bytes header = { "header", PCI_VENDOR_ID, MANY_BYTES };
	static const u8 line_size = 0x10;
	struct fixture *fixture = start(test);
	u8 found = 0;

	KUNIT_ASSERT_EQ(test, 1,
			vfio_pci_user_write_config(fixture->user, PCI_CACHE_LINE_SIZE,
						   &line_size, 1));
	freeze(fixture);
	KUNIT_EXPECT_EQ(test, -EBUSY, write_zeroes(fixture, &header));
	KUNIT_EXPECT_EQ(test, 1,
			vfio_pci_user_read_config(fixture->user, PCI_CACHE_LINE_SIZE,
						  &found, 1));
	KUNIT_EXPECT_EQ(test, line_size, found);
	vfio_pci_user_expect_dma(fixture->user);
}

static void all_other_bytes_can_be_written(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct bytes extended = { "extended", PCI_CFG_SPACE_SIZE, 4 };

	freeze(fixture);
	for (unsigned int i = 0; i < ARRAY_SIZE(other_bytes); i++) {
		KUNIT_EXPECT_EQ_MSG(test, other_bytes[i].size,
				    write_zeroes(fixture, &other_bytes[i]), "%s",
				    other_bytes[i].name);
	}
	KUNIT_EXPECT_NE(test, -EBUSY, write_zeroes(fixture, &extended));
	vfio_pci_user_expect_dma(fixture->user);
}

static void configuration_can_be_read(struct kunit *test)
{
	struct fixture *fixture = start(test);
	u8 config[PCI_STD_HEADER_SIZEOF];

	freeze(fixture);
	KUNIT_EXPECT_EQ(test, sizeof(config),
			vfio_pci_user_read_config(fixture->user, 0, config,
						  sizeof(config)));
	KUNIT_EXPECT_TRUE(test, config[PCI_COMMAND] & PCI_COMMAND_MASTER);
}

/* The same writes, before it is frozen, and when it was unfrozen */
static void expect_writable(struct fixture *fixture)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(kept_bytes); i++) {
		KUNIT_EXPECT_EQ_MSG(fixture->test, kept_bytes[i].size,
				    write_zeroes(fixture, &kept_bytes[i]), "%s",
				    kept_bytes[i].name);
	}
	KUNIT_EXPECT_FALSE(fixture->test, vfio_pci_user_is_master(fixture->user));
	KUNIT_EXPECT_EQ(fixture->test, 0, vfio_pci_user_set_master(fixture->user, true));
	vfio_pci_user_expect_dma(fixture->user);
}

/* Finding 171 */
static void all_bytes_can_be_written_when_unfrozen(struct kunit *test)
{
	struct fixture *fixture = start(test);

	expect_writable(fixture);
	freeze_in_vain(fixture);
	expect_writable(fixture);
	freeze(fixture);
	luo_kernel_close(fixture->session);
	expect_writable(fixture);
}

/* Changes in flight */

static struct vfio_pci_core_device *changed;

/* As an operation of the file does, while it waits for its arguments */
static int change(struct iommu_core_device *device)
{
	guard(rwsem_read)(&changed->liveupdate_lock);
	race_pass(POINT_CHANGE);
	return changed->preserved ? 0 : -EBUSY;
}

static int freeze_all(struct iommu_core_device *device)
{
	return luo_kernel_freeze();
}

static struct race *start_change(struct fixture *fixture)
{
	struct race *race = race_begin(fixture->test, fixture->guest->core);

	changed = fixture->user->vdev;
	race_first(race, POINT_CHANGE, NULL, change, NULL);
	race_second_waits_for(race, freeze_all, NULL, &changed->liveupdate_lock);
	return race;
}

static void change_in_flight_is_waited_for(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct race *race = start_change(fixture);

	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_EQ(test, 0, race->second.ret);
	expect_calls(fixture, -EBUSY, -EBUSY);
	vfio_pci_user_expect_dma(fixture->user);
}

/* Its arguments may never come. */
static void who_waits_for_a_change_can_be_killed(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct race *race = start_change(fixture);

	race_kill_second(race);
	race_end(race);
	KUNIT_EXPECT_EQ(test, 0, race->first.ret);
	KUNIT_EXPECT_EQ(test, -EINTR, race->second.ret);
	expect_calls(fixture, 0, 0);
	freeze(fixture);
	vfio_pci_user_expect_dma(fixture->user);
}

static struct kunit_case vfio_pci_freeze_cases[] = {
	IOMMUFD_CASE(dma_goes_on),
	IOMMUFD_CASE(freeze_is_accounted),
	IOMMUFD_CASE(interrupts_have_to_be_disabled),
	IOMMUFD_CASE(device_in_low_power_is_not_frozen),
	IOMMUFD_CASE(device_with_low_power_entered_is_not_frozen),
	IOMMUFD_CASE(interrupts_power_and_reset_are_refused),
	IOMMUFD_CASE(all_but_reset_is_possible_again_when_unfrozen),
	IOMMUFD_CASE(features_can_be_asked_for),
	IOMMUFD_CASE(bytes_that_are_kept_are_refused),
	IOMMUFD_CASE(each_byte_that_is_kept_is_refused),
	IOMMUFD_CASE(write_that_begins_before_them_writes_nothing),
	IOMMUFD_CASE(all_other_bytes_can_be_written),
	IOMMUFD_CASE(configuration_can_be_read),
	IOMMUFD_CASE(all_bytes_can_be_written_when_unfrozen),
	IOMMUFD_CASE(change_in_flight_is_waited_for),
	IOMMUFD_CASE(who_waits_for_a_change_can_be_killed),
	{}
};

static struct kunit_suite vfio_pci_freeze_suite = {
	.name = "vfio_pci_freeze",
	.test_cases = vfio_pci_freeze_cases,
};

kunit_test_suite(vfio_pci_freeze_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of a frozen PCI device of VFIO");
