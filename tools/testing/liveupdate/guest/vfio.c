// SPDX-License-Identifier: GPL-2.0-only
/*
 * PCI devices assigned to this process, with an I/O page table of their own.
 * All of this fails by -1 with a message.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>

#include <linux/iommufd.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>

#include "file.h"
#include "message.h"
#include "vfio.h"

#define PCI_DEVICES	"/sys/bus/pci/devices"

static int write_attribute(const struct vfio_device *device, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/%s", device->address, name);
	if (write_file(path, text))
		return failure("%s: %m: is there such a device?", path);
	return 0;
}

/* Name of the driver, empty if there is none */
static void find_driver(const struct vfio_device *device, char *name, size_t size)
{
	char path[128], target[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), PCI_DEVICES "/%s/driver", device->address);
	length = readlink(path, target, sizeof(target) - 1);
	target[length < 0 ? 0 : length] = '\0';
	snprintf(name, size, "%s", strrchr(target, '/') ? strrchr(target, '/') + 1 : "");
}

static int bind_driver(const struct vfio_device *device)
{
	char driver[32];

	find_driver(device, driver, sizeof(driver));
	if (!strcmp(driver, "vfio-pci"))
		return 0;
	if (write_attribute(device, "driver_override", "vfio-pci"))
		return -1;
	if (driver[0] && write_attribute(device, "driver/unbind", device->address))
		return -1;
	if (write_file("/sys/bus/pci/drivers_probe", device->address))
		return failure("/sys/bus/pci/drivers_probe %s: %m", device->address);
	find_driver(device, driver, sizeof(driver));
	if (strcmp(driver, "vfio-pci"))
		return failure("%s is not bound to vfio-pci: the kernel needs CONFIG_VFIO_PCI",
			       device->address);
	return 0;
}

/* Copy the name of the only directory "vfio..." in @path. */
static int find_node(const char *path, char *name)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (!directory)
		return failure("%s: %m: the kernel needs CONFIG_VFIO_DEVICE_CDEV", path);
	do {
		entry = readdir(directory);
	} while (entry && strncmp(entry->d_name, "vfio", 4));
	if (entry)
		snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
	closedir(directory);
	return entry ? 0 : failure("%s is empty", path);
}

/* Bind the device to vfio-pci and open it. */
int vfio_open(struct vfio_device *device)
{
	char directory[128], name[NAME_MAX + 1], path[NAME_MAX + 32];

	if (bind_driver(device))
		return -1;
	snprintf(directory, sizeof(directory), PCI_DEVICES "/%s/vfio-dev", device->address);
	if (find_node(directory, name))
		return -1;
	snprintf(path, sizeof(path), "/dev/vfio/devices/%s", name);
	device->fd = open(path, O_RDWR | O_CLOEXEC);
	if (device->fd < 0)
		return failure("%s: %m", path);
	return 0;
}

/* The iommufd that all devices share */
int iommufd_open(void)
{
	int fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return failure("/dev/iommu: %m: the kernel needs CONFIG_IOMMUFD");
	return fd;
}

/* Give the device to the iommufd, which gives it an ID. */
static int bind_iommufd(struct vfio_device *device, int iommufd)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommufd };

	if (!ioctl(device->fd, VFIO_DEVICE_BIND_IOMMUFD, &bind)) {
		device->id = bind.out_devid;
		return 0;
	}
	if (errno == EPERM)
		return failure("%s: bind to iommufd: %m: interrupt remapping must be on",
			       device->address);
	return failure("%s: bind to iommufd: %m", device->address);
}

/* Give the device a page table of its own, which is still empty. */
int vfio_attach(struct vfio_device *device, int iommufd)
{
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach) };
	struct iommu_hwpt_alloc page_table = { .size = sizeof(page_table) };
	struct iommu_ioas_alloc space = { .size = sizeof(space) };

	if (bind_iommufd(device, iommufd))
		return -1;
	if (ioctl(iommufd, IOMMU_IOAS_ALLOC, &space))
		return failure("%s: IOMMU_IOAS_ALLOC: %m", device->address);
	device->ioas = space.out_ioas_id;
	page_table.dev_id = device->id;
	page_table.pt_id = device->ioas;
	if (ioctl(iommufd, IOMMU_HWPT_ALLOC, &page_table))
		return failure("%s: IOMMU_HWPT_ALLOC: %m", device->address);
	device->page_table = page_table.out_hwpt_id;
	attach.pt_id = device->page_table;
	if (ioctl(device->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		return failure("%s: attach to page table: %m", device->address);
	return 0;
}

/* Memory that happens to be contiguous must not be mapped by larger pages. */
int vfio_forbid_large_pages(const struct vfio_device *device, int iommufd)
{
	struct iommu_option option = {
		.size = sizeof(option),
		.option_id = IOMMU_OPTION_HUGE_PAGES,
		.op = IOMMU_OPTION_OP_SET,
		.object_id = device->ioas,
		.val64 = 0,
	};

	if (ioctl(iommufd, IOMMU_OPTION, &option))
		return failure("%s: IOMMU_OPTION_HUGE_PAGES: %m", device->address);
	return 0;
}

/* Map a memfd, readable and writable by the device. */
int vfio_map(const struct vfio_device *device, int iommufd, int memfd, __u64 size, __u64 iova)
{
	struct iommu_ioas_map_file map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = device->ioas,
		.fd = memfd,
		.length = size,
		.iova = iova,
	};

	if (ioctl(iommufd, IOMMU_IOAS_MAP_FILE, &map))
		return failure("%s: map %#llx bytes at %#llx: %m", device->address, size, iova);
	return 0;
}

/* Switch memory decoding and bus mastering on. */
int vfio_enable(const struct vfio_device *device)
{
	const __u16 wanted = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	struct vfio_region_info config = {
		.argsz = sizeof(config),
		.index = VFIO_PCI_CONFIG_REGION_INDEX,
	};
	__u16 command;
	off_t offset;

	if (ioctl(device->fd, VFIO_DEVICE_GET_REGION_INFO, &config))
		return failure("%s: VFIO_DEVICE_GET_REGION_INFO: %m", device->address);
	offset = config.offset + PCI_COMMAND;
	errno = EIO;
	if (pread(device->fd, &command, sizeof(command), offset) != sizeof(command))
		return failure("%s: read the command register: %m", device->address);
	command |= wanted;
	errno = EIO;
	if (pwrite(device->fd, &command, sizeof(command), offset) != sizeof(command) ||
	    pread(device->fd, &command, sizeof(command), offset) != sizeof(command))
		return failure("%s: write the command register: %m", device->address);
	if ((command & wanted) != wanted)
		return failure("%s: the command register stays %#x", device->address, command);
	return 0;
}

/* Whether the device can send one as a message (MSI): 1, 0, or -1 */
int vfio_has_interrupt(const struct vfio_device *device)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = VFIO_PCI_MSI_IRQ_INDEX };

	if (ioctl(device->fd, VFIO_DEVICE_GET_IRQ_INFO, &info))
		return failure("%s: VFIO_DEVICE_GET_IRQ_INFO: %m", device->address);
	return info.count > 0;
}

/*
 * Have the first interrupt of an index of VFIO tell an event, or disable all of them if
 * @event is -1.
 */
int vfio_set_interrupt(const struct vfio_device *device, __u32 index, int event)
{
	struct {
		struct vfio_irq_set set;
		__s32 event;
	} irqs = {
		.set = {
			.argsz = sizeof(irqs),
			.flags = VFIO_IRQ_SET_ACTION_TRIGGER |
				 (event < 0 ? VFIO_IRQ_SET_DATA_NONE : VFIO_IRQ_SET_DATA_EVENTFD),
			.index = index,
			.count = event < 0 ? 0 : 1,
		},
		.event = event,
	};

	if (ioctl(device->fd, VFIO_DEVICE_SET_IRQS, &irqs))
		return failure("%s: VFIO_DEVICE_SET_IRQS: %m", device->address);
	return 0;
}

/* Have the first message (MSI) tell an event of its own. */
int vfio_enable_interrupt(struct vfio_device *device)
{
	device->interrupt = eventfd(0, EFD_CLOEXEC);
	if (device->interrupt < 0)
		return failure("eventfd: %m: the kernel needs CONFIG_EVENTFD");
	return vfio_set_interrupt(device, VFIO_PCI_MSI_IRQ_INDEX, device->interrupt);
}

/* A device that has any enabled is not handed over. */
int vfio_disable_interrupt(const struct vfio_device *device)
{
	return vfio_set_interrupt(device, VFIO_PCI_MSI_IRQ_INDEX, -1);
}

/* Have a page table preserved with its iommufd, or not any more: 0, or -1 with errno. */
int iommufd_mark(int iommufd, __u32 page_table, __u64 token, __u32 flags)
{
	struct iommu_hwpt_liveupdate_mark mark = {
		.size = sizeof(mark),
		.flags = flags,
		.hwpt_id = page_table,
		.token = token,
	};

	return ioctl(iommufd, IOMMU_HWPT_LIVEUPDATE_MARK, &mark);
}
