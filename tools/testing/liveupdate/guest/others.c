// SPDX-License-Identifier: GPL-2.0-only
/*
 * What others may do with devices that the previous kernel has handed over, while their
 * DMA goes on: nothing.
 *
 *   others DEVICE...	try to take each of them, by its address in sysfs
 *
 * Each line of the output says what was tried with which device, and what came of it.
 * The program fails if anything is not refused as it must be.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include <linux/vfio.h>

#include "file.h"
#include "message.h"
#include "vfio.h"

/* Any driver that does DMA on its own account */
#define OTHER_DRIVER	"serial"

/* More than it takes to suspend a device that is idle */
#define SUSPEND_US	200000

/* How @ret, with errno, compares with what must come of it */
static int expect(const char *what, int index, int ret, int expected)
{
	const int error = ret < 0 ? errno : 0;

	if (error != expected)
		return failure("%s %d: %s, and not %s", what, index, strerrorname_np(error),
			       strerrorname_np(expected));
	printf("refused %s %d %s\n", what, index, strerrorname_np(error));
	return 0;
}

static int try_driver(const char *address, int index)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override", address);
	if (write_file(path, OTHER_DRIVER))
		return failure("%s: %m", path);
	return expect("driver", index,
		      write_file("/sys/bus/pci/drivers/" OTHER_DRIVER "/bind", address), EBUSY);
}

static int try_iommufd(const struct vfio_device *device, int index)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind) };
	int ret;

	bind.iommufd = iommufd_open();
	if (bind.iommufd < 0)
		return -1;
	ret = expect("iommufd", index, ioctl(device->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind), EPERM);
	close(bind.iommufd);
	return ret;
}

/* The group of a device, opened */
static int open_group(const char *address)
{
	char path[128], target[PATH_MAX];
	ssize_t length;
	int group;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", address);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return failure("%s: %m", path);
	target[length] = '\0';
	snprintf(path, sizeof(path), "/dev/vfio/%s", strrchr(target, '/') + 1);
	group = open(path, O_RDWR | O_CLOEXEC);
	return group < 0 ? failure("%s: %m: the kernel needs CONFIG_VFIO_GROUP", path) : group;
}

/* Finding 154: the group can be opened, and its DMA is not to be had. */
static int try_container(const struct vfio_device *device, int index)
{
	int group, container, ret;

	group = open_group(device->address);
	if (group < 0)
		return -1;
	container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	if (container < 0)
		ret = failure("/dev/vfio/vfio: %m: the kernel needs CONFIG_VFIO_CONTAINER");
	else
		ret = expect("group", index, ioctl(group, VFIO_GROUP_SET_CONTAINER, &container),
			     EPERM);
	close(container);
	close(group);
	return ret;
}

/* vfio-pci has a device suspended, by another thread, that nobody has opened. */
static int check_power(const char *address, int index)
{
	char path[128], state[32];

	usleep(SUSPEND_US);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/power_state", address);
	if (read_file(path, state, sizeof(state)) < 0)
		return failure("%s: %m", path);
	if (strcmp(state, "D0"))
		return failure("device %d is in %s", index, state);
	return 0;
}

/* To give it to vfio-pci and to open it is no harm. */
static int try_vfio(const char *address, int index)
{
	struct vfio_device device = {};
	int ret;

	snprintf(device.address, sizeof(device.address), "%s", address);
	if (vfio_open(&device))
		return -1;
	printf("bound vfio-pci %d\n", index);
	ret = check_power(address, index);
	if (!ret)
		ret = try_iommufd(&device, index);
	close(device.fd);
	return ret ? ret : try_container(&device, index);
}

int main(int argc, char **argv)
{
	int i;

	message_command("others");
	if (argc < 2) {
		failure("usage: others DEVICE...");
		return EXIT_FAILURE;
	}
	for (i = 1; i < argc; i++) {
		if (try_driver(argv[i], i - 1) || try_vfio(argv[i], i - 1))
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
