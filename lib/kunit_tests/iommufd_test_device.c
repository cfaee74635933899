// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Files of devices that are bound to an iommufd
 *
 * The least that a driver does which gives devices to user space: there is a file for
 * a device, and a handler that preserves it by what iommufd has for that. What the
 * handler of VFIO adds is about the device itself.
 *
 * Life cycle: iommufd_test_device_register() registers the handler for a case, and
 * iommufd_test_device_file() makes a file, which is closed when the case ends.
 *
 * Happy path: the record of a device repeats the token of its iommufd and the number
 * of its owner. In the next kernel the record is dropped when the session is finished.
 *
 * Unhappy path: what fails is undone.
 */

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/iommufd.h>
#include <linux/kexec_handover.h>
#include <linux/liveupdate.h>

#include <kunit/test.h>

#include "iommufd_test_device.h"

/**
 * struct record - A device as it is handed over
 * @token: Token of its iommufd.
 * @owner: Number of its owner.
 */
struct record {
	u64 token;
	u64 owner;
};

static const struct file_operations file_fops = { };

static bool can_preserve(struct liveupdate_file_handler *handler, struct file *file)
{
	return file->f_op == &file_fops;
}

static int preserve(struct liveupdate_file_op_args *args)
{
	struct iommufd_test_device *device = args->file->private_data;
	struct record *record;
	int ret;

	ret = iommufd_device_preserve(device->idev, args->file_set, &device->token,
				      &device->owner);
	if (ret)
		return ret;
	record = kho_alloc_preserve(sizeof(*record));
	if (IS_ERR(record)) {
		iommufd_device_unpreserve(device->idev);
		return PTR_ERR(record);
	}
	record->token = device->token;
	record->owner = device->owner;
	device->is_preserved = true;
	args->serialized_data = virt_to_phys(record);
	return 0;
}

static void unpreserve(struct liveupdate_file_op_args *args)
{
	struct iommufd_test_device *device = args->file->private_data;

	kho_unpreserve_free(phys_to_virt(args->serialized_data));
	iommufd_device_unpreserve(device->idev);
	device->is_preserved = false;
}

static int retrieve(struct liveupdate_file_op_args *args)
{
	return -EOPNOTSUPP;
}

static void finish(struct liveupdate_file_op_args *args)
{
	kho_restore_free(phys_to_virt(args->serialized_data));
}

static const struct liveupdate_file_ops file_ops = {
	.can_preserve = can_preserve,
	.preserve = preserve,
	.unpreserve = unpreserve,
	.retrieve = retrieve,
	.finish = finish,
	.owner = THIS_MODULE,
};

static struct liveupdate_file_handler handler = {
	.ops = &file_ops,
	.compatible = "iommufd-kunit-device-v1",
};

static void unregister(void *data)
{
	liveupdate_unregister_file_handler(&handler);
}

/**
 * iommufd_test_device_register - Have LUO know files of devices
 * @test: The case, after luo_kernel_start()
 *
 * Context: Process context, the thread of the case.
 */
void iommufd_test_device_register(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, 0, liveupdate_register_file_handler(&handler));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, unregister, NULL));
}

static void close_file(void *data)
{
	fput(data);
	flush_delayed_fput();
}

/**
 * iommufd_test_device_file - Open the file of a device
 * @test: The case
 * @device: The device, which outlives the file
 *
 * Context: Process context, the thread of the case.
 * Return: the file, which is closed when the case ends.
 */
struct file *iommufd_test_device_file(struct kunit *test,
				      struct iommufd_test_device *device)
{
	struct file *file = anon_inode_getfile("[iommufd_test_device]", &file_fops,
					       device, O_RDWR);

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, close_file, file));
	return file;
}
