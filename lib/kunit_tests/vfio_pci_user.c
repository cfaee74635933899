// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: User space of a PCI device of VFIO
 *
 * Suites use a device as a process does: by the operations of its file, with arguments
 * in the memory of the process that has the iommufd open, see iommufd_user.c. The driver
 * is the real vfio-pci, and the function is one in memory, see test_pci.c.
 *
 * Life cycle: vfio_pci_user_open() binds the driver and opens the file, which is closed
 * by vfio_pci_user_close(), when the kernel ends, or when the case ends.
 *
 * Happy path: vfio_pci_user_start() does all that a virtual machine monitor does until
 * the device reaches the memory of the guest.
 *
 * Unhappy path: when a kernel ends, the function goes on. What VFIO still does to it, as
 * it stops DMA when a file is closed, does not reach it.
 */

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/pci.h>
#include <linux/uaccess.h>
#include <linux/unaligned.h>
#include <linux/vfio.h>
#include <linux/vfio_pci_core.h>

#include <kunit/test.h>

#include "../../drivers/vfio/pci/vfio_pci_liveupdate.h"
#include "../../drivers/vfio/vfio.h"
#include "iommu_core_expect.h"
#include "iommufd_guest.h"
#include "luo_kernel.h"
#include "test_pci.h"
#include "vfio_pci_user.h"

#define DRIVER	"vfio-pci"

/* Of the end of a list of capabilities */
#define NONE	0

static struct kunit *test_of(struct vfio_pci_user *user)
{
	return user->guest->test;
}

/* The function */

static struct test_pci_function *function_of(struct vfio_pci_user *user)
{
	return test_pci_function(&user->device->core->machine->pci, user->device->unit,
				 user->device->rid);
}

static void add_capability(u8 *config, u8 where, u8 id, u8 next)
{
	config[where] = id;
	config[where + PCI_CAP_LIST_NEXT] = next;
}

/* The kernel has found the function without them, and does not use them itself. */
static void add_capabilities(u8 *config)
{
	config[VFIO_PCI_USER_EXPRESS + PCI_CAP_LIST_NEXT] = VFIO_PCI_USER_PM;
	add_capability(config, VFIO_PCI_USER_PM, PCI_CAP_ID_PM, VFIO_PCI_USER_MSI);
	add_capability(config, VFIO_PCI_USER_MSI, PCI_CAP_ID_MSI, VFIO_PCI_USER_MSIX);
	add_capability(config, VFIO_PCI_USER_MSIX, PCI_CAP_ID_MSIX, VFIO_PCI_USER_AF);
	add_capability(config, VFIO_PCI_USER_AF, PCI_CAP_ID_AF, VFIO_PCI_USER_VENDOR);
	config[VFIO_PCI_USER_AF + PCI_AF_LENGTH] = PCI_CAP_AF_SIZEOF;
	add_capability(config, VFIO_PCI_USER_VENDOR, PCI_CAP_ID_VNDR, NONE);
	config[VFIO_PCI_USER_VENDOR + 2] = 8;
}

/* The driver */

static void bind_driver(struct vfio_pci_user *user)
{
	struct device *dev = user->device->dev;
	struct kunit *test = test_of(user);

	KUNIT_ASSERT_EQ(test, 0, device_set_driver_override(dev, DRIVER));
	KUNIT_ASSERT_EQ(test, 1, device_attach(dev));
	user->vdev = dev_get_drvdata(dev);
}

static void unbind_driver(struct vfio_pci_user *user)
{
	if (!user->vdev)
		return;
	user->vdev = NULL;
	device_release_driver(user->device->dev);
	device_set_driver_override(user->device->dev, NULL);
}

/* The file */

/* As opening the device node would have done */
static struct file *open_file(struct vfio_pci_user *user)
{
	struct kunit *test = test_of(user);
	struct inode *node = kunit_kzalloc(test, sizeof(*node), GFP_KERNEL);
	struct file *file;

	KUNIT_ASSERT_NOT_NULL(test, node);
	node->i_cdev = &user->vdev->vdev.cdev;
	file = anon_inode_getfile("[vfio]", &vfio_device_fops, NULL, O_RDWR);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_ASSERT_EQ(test, 0, vfio_device_fops.open(node, file));
	return file;
}

/**
 * vfio_pci_user_close - Close the file and unbind the driver, unless that is done
 * @user: The device. No session holds the file
 *
 * Context: Process context.
 */
void vfio_pci_user_close(struct vfio_pci_user *user)
{
	struct file *file = user->file;

	if (file) {
		user->file = NULL;
		fput(file);
		flush_delayed_fput();
	}
	unbind_driver(user);
}

static void close_action(void *data)
{
	vfio_pci_user_close(data);
}

/* The kernel ends: what it had goes, the function stays. */
static void end_devices(struct iommufd_guest *guest)
{
	struct test_pci *pci = &guest->core->machine->pci;
	struct vfio_pci_user *user = guest->end_data;

	if (!user->vdev)
		return;
	vfio_pci_liveupdate_forget(user->vdev);
	pci->is_cut_off = true;
	vfio_pci_user_close(user);
	pci->is_cut_off = false;
}

/**
 * vfio_pci_user_open - Give a device to vfio-pci, and open its file
 * @guest: The guest that it is for, which has no other
 * @device: The device
 *
 * Context: Process context, the thread of the case.
 * Return: the device, which is closed when the case ends.
 */
struct vfio_pci_user *vfio_pci_user_open(struct iommufd_guest *guest,
					 struct iommu_core_device *device)
{
	struct kunit *test = guest->test;
	struct vfio_pci_user *user = kunit_kzalloc(test, sizeof(*user), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, user);
	user->guest = guest;
	user->device = device;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, close_action, user));
	guest->end_devices = end_devices;
	guest->end_data = user;
	iommufd_guest_isolate_interrupts(device);
	add_capabilities(function_of(user)->config);
	bind_driver(user);
	user->file = open_file(user);
	return user;
}

static void close_again(void *data)
{
	fput(data);
	flush_delayed_fput();
}

/**
 * vfio_pci_user_open_again - Open another file of a device
 * @user: The device
 *
 * Context: Process context, the thread of the case.
 * Return: the file, through which the device is not bound, until the case ends.
 */
struct file *vfio_pci_user_open_again(struct vfio_pci_user *user)
{
	struct file *file = open_file(user);

	KUNIT_ASSERT_EQ(test_of(user), 0,
			kunit_add_action_or_reset(test_of(user), close_again, file));
	return file;
}

/* What it can be asked for. Arguments begin with their size. */

static int call(struct vfio_pci_user *user, unsigned int cmd, void *arg)
{
	void __user *buffer = user->guest->user->buffer;
	const u32 *size = arg;
	const u32 bytes = *size;
	int ret;

	if (copy_to_user(buffer, arg, bytes))
		return -EFAULT;
	ret = vfio_device_fops.unlocked_ioctl(user->file, cmd, (unsigned long)buffer);
	if (copy_from_user(arg, buffer, bytes))
		return -EFAULT;
	return ret;
}

/**
 * vfio_pci_user_bind - VFIO_DEVICE_BIND_IOMMUFD, to the iommufd of the guest
 * @user: The device
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int vfio_pci_user_bind(struct vfio_pci_user *user)
{
	struct vfio_device_bind_iommufd arg = { .argsz = sizeof(arg) };
	int fd, ret;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	fd_install(fd, get_file(user->guest->user->file));
	arg.iommufd = fd;
	ret = call(user, VFIO_DEVICE_BIND_IOMMUFD, &arg);
	user->id = arg.out_devid;
	close_fd(fd);
	return ret;
}

/**
 * vfio_pci_user_attach - VFIO_DEVICE_ATTACH_IOMMUFD_PT
 * @user: The device, bound
 * @pt_id: Object ID of a HWPT or an IOAS
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int vfio_pci_user_attach(struct vfio_pci_user *user, u32 pt_id)
{
	struct vfio_device_attach_iommufd_pt arg = {
		.argsz = sizeof(arg),
		.pt_id = pt_id,
	};

	return call(user, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &arg);
}

/**
 * vfio_pci_user_detach - VFIO_DEVICE_DETACH_IOMMUFD_PT
 * @user: The device, bound
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int vfio_pci_user_detach(struct vfio_pci_user *user)
{
	struct vfio_device_detach_iommufd_pt arg = { .argsz = sizeof(arg) };

	return call(user, VFIO_DEVICE_DETACH_IOMMUFD_PT, &arg);
}

/**
 * vfio_pci_user_reset - VFIO_DEVICE_RESET
 * @user: The device, bound
 *
 * Context: Process context.
 * Return: an errno, which is -EINVAL if it may be reset, as it cannot be.
 */
int vfio_pci_user_reset(struct vfio_pci_user *user)
{
	u32 nothing = sizeof(nothing);

	return call(user, VFIO_DEVICE_RESET, &nothing);
}

/**
 * vfio_pci_user_set_irqs - VFIO_DEVICE_SET_IRQS, of one that needs no hardware
 * @user: The device, bound
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int vfio_pci_user_set_irqs(struct vfio_pci_user *user)
{
	struct {
		struct vfio_irq_set set;
		s32 eventfd;
	} arg = {
		.set = {
			.argsz = sizeof(arg),
			.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			.index = VFIO_PCI_REQ_IRQ_INDEX,
			.count = 1,
		},
		.eventfd = -1,
	};

	return call(user, VFIO_DEVICE_SET_IRQS, &arg);
}

static int call_feature(struct vfio_pci_user *user, u32 flags)
{
	struct vfio_device_feature arg = { .argsz = sizeof(arg), .flags = flags };

	return call(user, VFIO_DEVICE_FEATURE, &arg);
}

/**
 * vfio_pci_user_feature - VFIO_DEVICE_FEATURE, to set one without an argument
 * @user: The device, bound
 * @feature: Number of the feature
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int vfio_pci_user_feature(struct vfio_pci_user *user, u32 feature)
{
	return call_feature(user, feature | VFIO_DEVICE_FEATURE_SET);
}

/**
 * vfio_pci_user_probe_feature - VFIO_DEVICE_FEATURE, to ask whether one can be set
 * @user: The device, bound
 * @feature: Number of the feature
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int vfio_pci_user_probe_feature(struct vfio_pci_user *user, u32 feature)
{
	return call_feature(user, feature | VFIO_DEVICE_FEATURE_SET |
				  VFIO_DEVICE_FEATURE_PROBE);
}

/* Configuration space */

static loff_t position(unsigned int offset)
{
	return VFIO_PCI_INDEX_TO_OFFSET(VFIO_PCI_CONFIG_REGION_INDEX) + offset;
}

/**
 * vfio_pci_user_read_config - Read configuration space
 * @user: The device, bound
 * @offset: From where
 * @buf: What is read
 * @size: How many bytes
 *
 * Context: Process context.
 * Return: the number of bytes, or an errno.
 */
int vfio_pci_user_read_config(struct vfio_pci_user *user, unsigned int offset, void *buf,
			      size_t size)
{
	void __user *buffer = user->guest->user->buffer;
	loff_t pos = position(offset);
	int ret;

	ret = vfio_device_fops.read(user->file, buffer, size, &pos);
	if (ret > 0 && copy_from_user(buf, buffer, ret))
		return -EFAULT;
	return ret;
}

/**
 * vfio_pci_user_write_config - Write configuration space
 * @user: The device, bound
 * @offset: Where
 * @buf: What to write
 * @size: How many bytes
 *
 * Context: Process context.
 * Return: the number of bytes, or an errno.
 */
int vfio_pci_user_write_config(struct vfio_pci_user *user, unsigned int offset,
			       const void *buf, size_t size)
{
	void __user *buffer = user->guest->user->buffer;
	loff_t pos = position(offset);

	if (copy_to_user(buffer, buf, size))
		return -EFAULT;
	return vfio_device_fops.write(user->file, buffer, size, &pos);
}

/**
 * vfio_pci_user_set_master - Have a device do DMA, or not
 * @user: The device, bound
 * @enable: It does
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int vfio_pci_user_set_master(struct vfio_pci_user *user, bool enable)
{
	const __le16 command = cpu_to_le16(enable ? PCI_COMMAND_MASTER : 0);
	int ret = vfio_pci_user_write_config(user, PCI_COMMAND, &command, sizeof(command));

	return ret < 0 ? ret : 0;
}

/**
 * vfio_pci_user_start - Make a machine of the parameter of the case, and a guest in it
 * @test: The case
 *
 * Context: Process context, the thread of the case.
 * Return: the device of the guest, which does DMA. It is attached to a HWPT that is
 * marked.
 */
struct vfio_pci_user *vfio_pci_user_start(struct kunit *test)
{
	struct iommu_core *core = iommufd_guest_core(test, 1);
	struct iommufd_guest *guest = iommufd_guest_add_without_device(core);
	struct vfio_pci_user *user;

	user = vfio_pci_user_open(guest, iommu_core_find(core, 0, FIRST));
	KUNIT_ASSERT_EQ(test, 0, vfio_pci_user_bind(user));
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_alloc_hwpt(guest->user, user->id, guest->ioas,
						&guest->hwpt));
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_mark(guest->user, guest->hwpt, guest->hwpt_token));
	KUNIT_ASSERT_EQ(test, 0, vfio_pci_user_attach(user, guest->hwpt));
	iommufd_guest_note_memory(guest);
	KUNIT_ASSERT_EQ(test, 0, vfio_pci_user_set_master(user, true));
	return user;
}

/**
 * vfio_pci_user_is_master - Whether the function may do DMA
 * @user: The device
 *
 * Context: Any, in any kernel.
 * Return: true if its bus master bit is set.
 */
bool vfio_pci_user_is_master(struct vfio_pci_user *user)
{
	return test_pci_is_master(function_of(user));
}

/**
 * vfio_pci_user_expect_dma - A device does DMA, to all memory of its guest, and no more
 * @user: The device
 *
 * Context: May sleep, in any kernel.
 */
void vfio_pci_user_expect_dma(struct vfio_pci_user *user)
{
	iommufd_guest_expect_reached_by(user->guest, user->device);
	KUNIT_EXPECT_TRUE(test_of(user), vfio_pci_user_is_master(user));
}

/* A live update */

/**
 * vfio_pci_user_preserve - Preserve a device
 * @user: The device
 * @session: The file of a session
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int vfio_pci_user_preserve(struct vfio_pci_user *user, struct file *session)
{
	return luo_kernel_preserve(session, user->guest->device_token, user->file);
}

/**
 * vfio_pci_user_preserve_guest - Preserve all of a guest but the device
 * @user: The device
 * @session: The file of a session
 *
 * Context: May sleep, the thread of the case.
 */
void vfio_pci_user_preserve_guest(struct vfio_pci_user *user, struct file *session)
{
	struct kunit *test = test_of(user);

	KUNIT_ASSERT_EQ(test, 0, iommufd_guest_preserve_memory(user->guest, session));
	KUNIT_ASSERT_EQ(test, 0, iommufd_guest_preserve_iommufd(user->guest, session));
}

/**
 * vfio_pci_user_preserve_all - Preserve a guest: memory, iommufd, device
 * @user: The device
 * @session: The file of a session
 *
 * Context: May sleep, the thread of the case.
 */
void vfio_pci_user_preserve_all(struct vfio_pci_user *user, struct file *session)
{
	vfio_pci_user_preserve_guest(user, session);
	KUNIT_ASSERT_EQ(test_of(user), 0, vfio_pci_user_preserve(user, session));
}

/**
 * vfio_pci_user_kexec - The kernel ends, and the next one boots
 * @user: The device, all of whose sessions are frozen
 *
 * The files of the guest are gone then.
 *
 * Context: May sleep.
 */
void vfio_pci_user_kexec(struct vfio_pci_user *user)
{
	/* PCI asks which devices go on. */
	user->device->is_preserved = user->vdev->preserved;
	iommufd_guest_kexec(user->guest->core);
}
