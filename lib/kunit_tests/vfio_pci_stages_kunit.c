// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: a PCI device of VFIO over a live update
 *
 * From a session of user space to a device that goes on in the next kernel, on each
 * machine: what that kernel finds of it, and what it lets user space and drivers do. DMA
 * is watched all the time.
 */

#include <linux/file.h>
#include <linux/iommu.h>
#include <linux/liveupdate.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/vfio_pci_core.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/vfio_pci_record.h"
#include "../../drivers/vfio/pci/vfio_pci_liveupdate.h"
#include "iommu_conformance.h"
#include "iommu_core_expect.h"
#include "iommufd_guest.h"
#include "iommufd_machines.h"
#include "liveupdate_snapshot.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "vfio_pci_user.h"

/* To the next kernel, in which the files of the guest are gone */
static void update(struct vfio_pci_user *user)
{
	struct kunit *test = user->guest->test;

	vfio_pci_user_preserve_all(user, iommufd_guest_session(user->guest));
	vfio_pci_user_expect_dma(user);
	KUNIT_ASSERT_EQ(test, 0, luo_kernel_freeze());
	iommu_core_expect_loss(user->guest->core);
	vfio_pci_user_kexec(user);
	vfio_pci_user_expect_dma(user);
}

/* The device is open in the next kernel, for another guest. */
static struct vfio_pci_user *open_in_next_kernel(struct vfio_pci_user *user)
{
	struct iommufd_guest *guest;

	guest = iommufd_guest_add_without_device(user->guest->core);
	return vfio_pci_user_open(guest, user->device);
}

/* Finding 57, Finding 60 */
static void other_iommufd_does_not_get_the_device(struct kunit *test)
{
	struct vfio_pci_user *user = vfio_pci_user_start(test), *other;

	update(user);
	other = open_in_next_kernel(user);
	vfio_pci_user_expect_dma(user);
	KUNIT_EXPECT_EQ(test, -EPERM, vfio_pci_user_bind(other));
	vfio_pci_user_expect_dma(user);
	vfio_pci_user_close(other);
	vfio_pci_user_expect_dma(user);
}

/* Its iommufd alone would keep the session from being finished. Finding 8 */
/* vfio-pci has its idle devices suspended as soon as it is bound. */
static void device_is_not_suspended_when_vfio_is_bound(struct kunit *test)
{
	struct vfio_pci_user *user = vfio_pci_user_start(test);
	struct device *dev;

	update(user);
	open_in_next_kernel(user);
	dev = user->device->dev;
	KUNIT_EXPECT_LT(test, pm_runtime_suspend(dev), 0);
	KUNIT_EXPECT_TRUE(test, pm_runtime_active(dev));
	vfio_pci_user_expect_dma(user);
}

static void file_is_not_given_back_yet(struct kunit *test)
{
	const struct liveupdate_file_ops *ops = vfio_pci_liveupdate_handler.ops;
	struct liveupdate_file_op_args args = { .handler = &vfio_pci_liveupdate_handler };
	struct vfio_pci_user *user = vfio_pci_user_start(test);
	struct file *session, *none;

	update(user);
	session = iommu_core_retrieve_session(user->guest->core, IOMMUFD_GUEST_SESSION);
	for (unsigned int i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
				luo_kernel_retrieve(session, user->guest->device_token,
						    &none));
		KUNIT_EXPECT_EQ(test, -EBUSY, luo_kernel_finish(session));
	}
	KUNIT_EXPECT_FALSE(test, ops->can_finish(&args));
	luo_kernel_close(session);
	vfio_pci_user_expect_dma(user);
}

/* Finding 45, Finding 50 */
static void record_names_device_iommufd_and_owner(struct kunit *test)
{
	struct vfio_pci_user *user = vfio_pci_user_start(test);
	struct pci_dev *pdev = user->vdev->pdev;
	const u32 segment = pci_domain_nr(pdev->bus);
	struct iommu_record_error error;
	struct vfio_pci_record record;
	u64 address;

	vfio_pci_user_preserve_all(user, iommufd_guest_session(user->guest));
	KUNIT_ASSERT_EQ(test, 0, luo_kernel_freeze());
	address = vfio_pci_liveupdate_address(user->vdev);
	iommu_core_expect_loss(user->guest->core);
	vfio_pci_user_kexec(user);
	KUNIT_ASSERT_EQ(test, 0, vfio_pci_record_read(&record, address, &error));
	pdev = to_pci_dev(user->device->dev);
	KUNIT_EXPECT_EQ(test, user->guest->token, record.iommufd);
	KUNIT_EXPECT_NE(test, 0, record.owner);
	KUNIT_EXPECT_EQ(test, segment, record.segment);
	KUNIT_EXPECT_EQ(test, FIRST, record.rid);
	KUNIT_EXPECT_EQ(test, pdev->vendor, record.vendor);
	KUNIT_EXPECT_EQ(test, pdev->device, record.device);
	KUNIT_EXPECT_EQ(test, pdev->subsystem_vendor, record.subsystem_vendor);
	KUNIT_EXPECT_EQ(test, pdev->subsystem_device, record.subsystem_device);
}

/* A driver that lets the kernel map DMA for it. Finding 158 */
static void driver_of_the_kernel_does_not_get_the_device(struct kunit *test)
{
	struct vfio_pci_user *user = vfio_pci_user_start(test);

	update(user);
	KUNIT_EXPECT_EQ(test, -EBUSY, iommu_device_use_default_domain(user->device->dev));
	vfio_pci_user_expect_dma(user);
}

/* Closed before it is frozen, the session leaves nothing to the next kernel. */
static void device_of_a_closed_session_is_anybodys(struct kunit *test)
{
	struct vfio_pci_user *user = vfio_pci_user_start(test), *other;
	struct file *session = iommufd_guest_session(user->guest);

	vfio_pci_user_preserve_all(user, session);
	luo_kernel_close(session);
	KUNIT_ASSERT_EQ(test, 0, luo_kernel_freeze());
	vfio_pci_user_kexec(user);
	KUNIT_EXPECT_FALSE(test, vfio_pci_user_is_master(user));
	other = open_in_next_kernel(user);
	KUNIT_EXPECT_EQ(test, 0, vfio_pci_user_bind(other));
}

static struct kunit_case vfio_pci_stages_cases[] = {
	IOMMUFD_CASE_ALL(other_iommufd_does_not_get_the_device),
	IOMMUFD_CASE_ALL(device_is_not_suspended_when_vfio_is_bound),
	IOMMUFD_CASE_ALL(file_is_not_given_back_yet),
	IOMMUFD_CASE_ALL(record_names_device_iommufd_and_owner),
	IOMMUFD_CASE_ALL(driver_of_the_kernel_does_not_get_the_device),
	IOMMUFD_CASE_ALL(device_of_a_closed_session_is_anybodys),
	{}
};

static struct kunit_suite vfio_pci_stages_suite = {
	.name = "vfio_pci_stages",
	.test_cases = vfio_pci_stages_cases,
};

kunit_test_suite(vfio_pci_stages_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of a PCI device of VFIO over a live update");
