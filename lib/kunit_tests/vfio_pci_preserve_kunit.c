// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: preserving a PCI device of VFIO
 *
 * What user space is told when it preserves the file of a device: in the right order, in
 * each wrong one, of a device that cannot be preserved, and when memory runs out. The
 * ioctls, vfio-pci, iommufd, the IOMMU core and LUO are the real ones. The device does
 * DMA all the time.
 */

#include <linux/file.h>
#include <linux/iommufd.h>
#include <linux/liveupdate.h>
#include <linux/pci.h>
#include <linux/vfio_pci_core.h>

#include <kunit/test.h>

#include "../../drivers/pci/pci.h"
#include "../../drivers/vfio/pci/vfio_pci_liveupdate.h"
#include "../../drivers/vfio/vfio.h"
#include "../../kernel/liveupdate/luo_internal.h"
#include "iommu_core_expect.h"
#include "iommufd_guest.h"
#include "iommufd_machines.h"
#include "liveupdate_snapshot.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "nth_failure.h"
#include "vfio_pci_user.h"

/* A guest with a device that does DMA */
struct fixture {
	struct kunit *test;
	struct iommufd_guest *guest;
	struct vfio_pci_user *user;
	struct file *session;
};

static struct fixture *start(struct kunit *test)
{
	struct fixture *fixture = kunit_kzalloc(test, sizeof(*fixture), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fixture);
	fixture->test = test;
	fixture->user = vfio_pci_user_start(test);
	fixture->guest = fixture->user->guest;
	fixture->session = iommufd_guest_session(fixture->guest);
	return fixture;
}

/* All but the device is preserved. */
static struct fixture *start_with_iommufd(struct kunit *test)
{
	struct fixture *fixture = start(test);

	vfio_pci_user_preserve_guest(fixture->user, fixture->session);
	return fixture;
}

static void expect_preserved(struct fixture *fixture, bool is_preserved)
{
	struct vfio_pci_core_device *vdev = fixture->user->vdev;

	KUNIT_EXPECT_EQ(fixture->test, is_preserved, !!vdev->preserved);
	KUNIT_EXPECT_EQ(fixture->test, is_preserved,
			iommufd_device_is_preserved(vdev->vdev.iommufd_device));
}

static void expect_refused(struct fixture *fixture, int err)
{
	struct liveupdate_snapshot before, after;

	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(fixture->test, err,
			vfio_pci_user_preserve(fixture->user, fixture->session));
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(fixture->test, &before, &after);
	KUNIT_EXPECT_NULL(fixture->test, fixture->user->vdev->preserved);
}

static void expect_accepted(struct fixture *fixture)
{
	KUNIT_EXPECT_EQ(fixture->test, 0,
			vfio_pci_user_preserve(fixture->user, fixture->session));
	expect_preserved(fixture, true);
	vfio_pci_user_expect_dma(fixture->user);
}

/* Orders */

static void memory_iommufd_and_device_are_preserved(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);

	vfio_pci_user_expect_dma(fixture->user);
	expect_accepted(fixture);
	luo_kernel_close(fixture->session);
	expect_preserved(fixture, false);
	vfio_pci_user_expect_dma(fixture->user);
}

/* Finding 3 */
static void device_before_its_iommufd_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);

	expect_refused(fixture, -ENOENT);
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_guest_preserve_memory(fixture->guest, fixture->session));
	expect_refused(fixture, -ENOENT);
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_guest_preserve_iommufd(fixture->guest, fixture->session));
	expect_accepted(fixture);
}

static void iommufd_before_its_memory_is_refused(struct kunit *test)
{
	struct fixture *fixture = start(test);

	KUNIT_EXPECT_EQ(test, -ENOENT,
			iommufd_guest_preserve_iommufd(fixture->guest, fixture->session));
	expect_refused(fixture, -ENOENT);
	vfio_pci_user_preserve_all(fixture->user, fixture->session);
	expect_preserved(fixture, true);
}

/* Finding 2 */
static void iommufd_of_another_session_is_refused(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);
	struct file *session = fixture->session;

	fixture->session = luo_test_session(test, "other");
	expect_refused(fixture, -ENOENT);
	fixture->session = session;
	expect_accepted(fixture);
}

/* Finding 48 */
static void device_is_preserved_once(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);

	expect_accepted(fixture);
	KUNIT_EXPECT_EQ(test, -EBUSY,
			luo_kernel_preserve(fixture->session, 0x99, fixture->user->file));
	expect_preserved(fixture, true);
}

/* Finding 18 */
static void closed_sessions_leave_nothing(struct kunit *test)
{
	struct fixture *fixture = start(test);
	struct liveupdate_snapshot before, after;

	luo_kernel_close(fixture->session);
	liveupdate_snapshot_take(&before);
	for (unsigned int i = 0; i < 3; i++) {
		fixture->session = iommufd_guest_session(fixture->guest);
		vfio_pci_user_preserve_all(fixture->user, fixture->session);
		luo_kernel_close(fixture->session);
		expect_preserved(fixture, false);
	}
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	vfio_pci_user_expect_dma(fixture->user);
}

/* Files */

static void second_file_of_a_device_is_refused(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);
	struct file *again = vfio_pci_user_open_again(fixture->user);

	KUNIT_EXPECT_EQ(test, -ENOENT, luo_kernel_preserve(fixture->session, 0x99, again));
	expect_accepted(fixture);
	KUNIT_EXPECT_EQ(test, -ENOENT, luo_kernel_preserve(fixture->session, 0x99, again));
	expect_preserved(fixture, true);
}

static void device_that_is_not_bound_is_refused(struct kunit *test)
{
	struct iommu_core *core = iommufd_guest_core(test, 1);
	struct iommufd_guest *guest = iommufd_guest_add_without_device(core);
	struct vfio_pci_user *user;

	user = vfio_pci_user_open(guest, iommu_core_find(core, 0, FIRST));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			vfio_pci_user_preserve(user, iommufd_guest_session(guest)));
	KUNIT_EXPECT_EQ(test, 0, vfio_pci_user_bind(user));
}

static void file_of_a_group_is_refused(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);
	struct vfio_device_file *df = fixture->user->file->private_data;

	df->group = fixture->user->vdev->vdev.group;
	expect_refused(fixture, -EOPNOTSUPP);
	df->group = NULL;
	expect_accepted(fixture);
}

/* Devices that cannot be preserved yet */

/* Finding 150 */
static void device_that_is_not_attached_is_refused(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);

	KUNIT_ASSERT_EQ(test, 0, vfio_pci_user_detach(fixture->user));
	expect_refused(fixture, -ENOENT);
	KUNIT_ASSERT_EQ(test, 0,
			vfio_pci_user_attach(fixture->user, fixture->guest->hwpt));
	expect_accepted(fixture);
}

static void device_of_another_driver_is_refused(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);
	struct vfio_device *core_vdev = &fixture->user->vdev->vdev;
	const struct vfio_device_ops *own = core_vdev->ops;
	struct vfio_device_ops variant = *own;

	core_vdev->ops = &variant;
	expect_refused(fixture, -EOPNOTSUPP);
	core_vdev->ops = own;
	expect_accepted(fixture);
}

static void virtual_function_is_refused(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);
	struct pci_dev *pdev = fixture->user->vdev->pdev;

	pdev->is_virtfn = 1;
	expect_refused(fixture, -EOPNOTSUPP);
	pdev->is_virtfn = 0;
	expect_accepted(fixture);
}

/* As many as there can be, or none: nothing else of it is looked at. */
static void device_with_virtual_functions_is_refused(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);
	struct pci_dev *pdev = fixture->user->vdev->pdev;
	struct pci_sriov sriov;

	memset(&sriov, 0xff, sizeof(sriov));
	pdev->is_physfn = 1;
	pdev->sriov = &sriov;
	expect_refused(fixture, -EOPNOTSUPP);
	memset(&sriov, 0, sizeof(sriov));
	expect_accepted(fixture);
	pdev->is_physfn = 0;
	pdev->sriov = NULL;
}

/* Another function of its slot, from which nothing isolates it */
static void device_that_shares_its_group_is_refused(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);
	struct iommu_core_device *neighbour;

	neighbour = iommu_core_find(fixture->guest->core, 0, FIRST_SIBLING);
	expect_refused(fixture, -EOPNOTSUPP);
	iommu_core_unplug(neighbour);
	expect_accepted(fixture);
}

/* Finding 155 */
static void intel_graphics_is_refused(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);
	struct pci_dev *pdev = fixture->user->vdev->pdev;
	const unsigned short vendor = pdev->vendor;
	const unsigned int class = pdev->class;

	pdev->class = PCI_CLASS_DISPLAY_VGA << 8;
	pdev->vendor = PCI_VENDOR_ID_INTEL;
	expect_refused(fixture, -EOPNOTSUPP);
	pdev->class = class;
	expect_accepted(fixture);
	pdev->vendor = vendor;
}

/* Somebody else's file, and none of a device */
static void other_files_have_no_handler(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);
	const struct file_operations *fops = fixture->user->file->f_op;
	struct liveupdate_file_handler *handler = &vfio_pci_liveupdate_handler;
	struct file *file = fixture->user->file;

	KUNIT_EXPECT_TRUE(test, handler->ops->can_preserve(handler, file));
	file->f_op = fixture->guest->user->file->f_op;
	KUNIT_EXPECT_FALSE(test, handler->ops->can_preserve(handler, file));
	file->f_op = fops;
	KUNIT_EXPECT_FALSE(test, handler->ops->can_preserve(handler,
							    fixture->guest->user->file));
}

/* What is preserved holds still */

/* Finding 63, Finding 149 */
static void preserved_device_stays_attached(struct kunit *test)
{
	struct fixture *fixture = start(test);
	u32 other;

	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_alloc_hwpt(fixture->guest->user, fixture->user->id,
						fixture->guest->ioas, &other));
	vfio_pci_user_preserve_all(fixture->user, fixture->session);
	KUNIT_EXPECT_EQ(test, -EBUSY, vfio_pci_user_detach(fixture->user));
	KUNIT_EXPECT_EQ(test, -EBUSY, vfio_pci_user_attach(fixture->user, other));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			vfio_pci_user_attach(fixture->user, fixture->guest->hwpt));
	vfio_pci_user_expect_dma(fixture->user);
	luo_kernel_close(fixture->session);
	KUNIT_EXPECT_EQ(test, 0, vfio_pci_user_attach(fixture->user, other));
	KUNIT_EXPECT_EQ(test, 0, vfio_pci_user_detach(fixture->user));
}

/* That it could not be reset here anyway shows who has refused it. Finding 159 */
static void preserved_device_is_not_reset(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);

	KUNIT_EXPECT_EQ(test, -EINVAL, vfio_pci_user_reset(fixture->user));
	expect_accepted(fixture);
	KUNIT_EXPECT_EQ(test, -EBUSY, vfio_pci_user_reset(fixture->user));
	vfio_pci_user_expect_dma(fixture->user);
	luo_kernel_close(fixture->session);
	KUNIT_EXPECT_EQ(test, -EINVAL, vfio_pci_user_reset(fixture->user));
}

static int check_reset(struct fixture *fixture)
{
	struct vfio_device_set *dev_set = fixture->user->vdev->vdev.dev_set;

	guard(mutex)(&dev_set->lock);
	return vfio_pci_liveupdate_check_reset(dev_set);
}

static void bus_of_a_preserved_device_is_not_reset(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);

	KUNIT_EXPECT_EQ(test, 0, check_reset(fixture));
	expect_accepted(fixture);
	KUNIT_EXPECT_EQ(test, -EBUSY, check_reset(fixture));
	luo_kernel_close(fixture->session);
	KUNIT_EXPECT_EQ(test, 0, check_reset(fixture));
}

/* As sysfs does. The function has none to enable. */
static int enable_virtual_functions(struct fixture *fixture)
{
	guard(device)(fixture->user->device->dev);
	return vfio_pci_liveupdate_sriov_configure(fixture->user->vdev, 1);
}

static void preserved_device_gets_no_virtual_functions(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);

	KUNIT_EXPECT_NE(test, -EBUSY, enable_virtual_functions(fixture));
	expect_accepted(fixture);
	KUNIT_EXPECT_EQ(test, -EBUSY, enable_virtual_functions(fixture));
	luo_kernel_close(fixture->session);
	KUNIT_EXPECT_NE(test, -EBUSY, enable_virtual_functions(fixture));
}

/* Before it is frozen */
static void preserved_device_is_set_up_as_ever(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);

	expect_accepted(fixture);
	KUNIT_EXPECT_EQ(test, 0, vfio_pci_user_set_irqs(fixture->user));
	KUNIT_EXPECT_EQ(test, 0, vfio_pci_user_set_master(fixture->user, false));
	KUNIT_EXPECT_FALSE(test, vfio_pci_user_is_master(fixture->user));
	KUNIT_EXPECT_EQ(test, 0, vfio_pci_user_set_master(fixture->user, true));
	vfio_pci_user_expect_dma(fixture->user);
}

/* Memory runs out */

/* What LUO calls for the file, without what it allocates itself */
static struct liveupdate_file_op_args swept;

static int run_preserve(struct kunit *test, void *context)
{
	struct fixture *fixture = context;
	struct luo_session *session = fixture->session->private_data;

	guard(mutex)(&session->mutex);
	return vfio_pci_liveupdate_handler.ops->preserve(&swept);
}

static void undo_preserve(struct kunit *test, void *context)
{
	struct fixture *fixture = context;
	struct luo_session *session = fixture->session->private_data;

	guard(mutex)(&session->mutex);
	vfio_pci_liveupdate_handler.ops->unpreserve(&swept);
}

static void check_preserve(struct kunit *test, void *context)
{
	struct fixture *fixture = context;

	expect_preserved(fixture, false);
	vfio_pci_user_expect_dma(fixture->user);
}

/* Finding 67, Finding 151 */
static void each_failure_leaves_nothing(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);
	struct luo_session *session = fixture->session->private_data;

	swept = (struct liveupdate_file_op_args){
		.handler = &vfio_pci_liveupdate_handler,
		.file = fixture->user->file,
		.file_set = &session->file_set,
	};
	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "preserve a device of VFIO",
		.run = run_preserve,
		.undo = undo_preserve,
		.check = check_preserve,
		.context = fixture,
		.minimum = 5,
	});
	expect_accepted(fixture);
}

/* Finding 1 */
static void device_without_a_handler_is_refused(struct kunit *test)
{
	struct fixture *fixture = start_with_iommufd(test);

	vfio_pci_liveupdate_exit();
	expect_refused(fixture, -ENOENT);
	KUNIT_EXPECT_EQ(test, 0,
			vfio_pci_liveupdate_init(fixture->user->vdev->vdev.ops));
	expect_accepted(fixture);
}

static struct kunit_case vfio_pci_preserve_cases[] = {
	IOMMUFD_CASE(memory_iommufd_and_device_are_preserved),
	IOMMUFD_CASE(device_before_its_iommufd_is_refused),
	IOMMUFD_CASE(iommufd_before_its_memory_is_refused),
	IOMMUFD_CASE(iommufd_of_another_session_is_refused),
	IOMMUFD_CASE(device_is_preserved_once),
	IOMMUFD_CASE(closed_sessions_leave_nothing),
	IOMMUFD_CASE(second_file_of_a_device_is_refused),
	IOMMUFD_CASE(device_that_is_not_bound_is_refused),
	IOMMUFD_CASE(file_of_a_group_is_refused),
	IOMMUFD_CASE(device_that_is_not_attached_is_refused),
	IOMMUFD_CASE(device_of_another_driver_is_refused),
	IOMMUFD_CASE(virtual_function_is_refused),
	IOMMUFD_CASE(device_with_virtual_functions_is_refused),
	IOMMUFD_CASE(device_that_shares_its_group_is_refused),
	IOMMUFD_CASE(intel_graphics_is_refused),
	IOMMUFD_CASE(other_files_have_no_handler),
	IOMMUFD_CASE(preserved_device_stays_attached),
	IOMMUFD_CASE(preserved_device_is_not_reset),
	IOMMUFD_CASE(bus_of_a_preserved_device_is_not_reset),
	IOMMUFD_CASE(preserved_device_gets_no_virtual_functions),
	IOMMUFD_CASE(preserved_device_is_set_up_as_ever),
	IOMMUFD_CASE(each_failure_leaves_nothing),
	IOMMUFD_CASE(device_without_a_handler_is_refused),
	{}
};

static struct kunit_suite vfio_pci_preserve_suite = {
	.name = "vfio_pci_preserve",
	.test_cases = vfio_pci_preserve_cases,
};

kunit_test_suite(vfio_pci_preserve_suite);

MODULE_IMPORT_NS("IOMMUFD");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of preserving a PCI device of VFIO");
