/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of devices that are bound to an iommufd, and the handler that preserves them. */

#ifndef _LIB_KUNIT_TESTS_IOMMUFD_TEST_DEVICE_H
#define _LIB_KUNIT_TESTS_IOMMUFD_TEST_DEVICE_H

#include <linux/types.h>

struct file;
struct iommufd_device;
struct kunit;

/**
 * struct iommufd_test_device - What a file of a device stands for
 * @idev: The device, bound to an iommufd.
 * @token: Once it is preserved: token of the iommufd.
 * @owner: Once it is preserved: number of its owner.
 * @is_preserved: It is preserved.
 */
struct iommufd_test_device {
	struct iommufd_device *idev;
	u64 token;
	u64 owner;
	bool is_preserved;
};

void iommufd_test_device_register(struct kunit *test);
struct file *iommufd_test_device_file(struct kunit *test,
				      struct iommufd_test_device *device);

#endif /* _LIB_KUNIT_TESTS_IOMMUFD_TEST_DEVICE_H */
