// SPDX-License-Identifier: GPL-2.0-only
/*
 * The session in which the devices of a stream are preserved: memory, iommufd and
 * devices, in this order. It can be given up after each of them, and everything can
 * then be changed as before.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/iommufd.h>
#include <linux/vfio.h>

#include "../stream_layout.h"
#include "compiler.h"
#include "message.h"
#include "preserve.h"
#include "session.h"
#include "stream_tokens.h"

/* Two memfds and the file of each device, and the iommufd */
#define MAX_FILES	(3 * STREAM_MAX_DEVICES + 1)

struct preserved_file {
	const char *what;
	unsigned int index;
	int fd;
	__u64 token;
};

/* Whether it was done; a refusal is told to the host. */
static bool tell(int ret, const char *what, unsigned int index)
{
	if (!ret) {
		printf("preserved %s %u\n", what, index);
		return true;
	}
	printf("refused %s %u %s\n", what, index, errno_name(errno));
	return false;
}

/* The files of the session in their order: how many there are */
static unsigned int list_files(const struct stream_devices *devices, struct preserved_file *files)
{
	unsigned int count = 0, i;

	for (i = 0; i < devices->count; i++) {
		const struct memory_pair *memory = &devices->device[i].memory;

		files[count++] = (struct preserved_file) {
			"small", i, memory->small.fd, TOKEN_SMALL(i)
		};
		files[count++] = (struct preserved_file) {
			"large", i, memory->large.fd, TOKEN_LARGE(i)
		};
	}
	files[count++] = (struct preserved_file) {
		"iommufd", 0, devices->iommufd, TOKEN_IOMMUFD
	};
	for (i = 0; i < devices->count; i++) {
		if (!devices->device[i].left)
			files[count++] = (struct preserved_file) {
				"cdev", i, devices->device[i].vfio.fd, TOKEN_CDEV(i)
			};
	}
	return count;
}

static int open_session(struct stream_devices *devices)
{
	devices->session = session_create(SESSION_NAME);
	if (devices->session < 0)
		return failure("/dev/liveupdate: create a session: %m: boot with liveupdate=on");
	return 0;
}

/* Mark the page tables of the devices that are to be preserved, once. */
void preserve_mark(struct stream_devices *devices)
{
	unsigned int i;

	if (devices->marked)
		return;
	devices->marked = true;
	for (i = 0; i < devices->count; i++) {
		if (!devices->device[i].left)
			tell(iommufd_mark(devices->iommufd, devices->device[i].vfio.page_table,
					  TOKEN_PAGE_TABLE(i), 0), "mark", i);
	}
}

/* A kernel that refuses the iommufd and the devices is what is to be tested. */
int preserve_all(struct stream_devices *devices)
{
	struct preserved_file files[MAX_FILES];
	unsigned int count = list_files(devices, files), i;

	if (open_session(devices))
		return -1;
	for (i = 0; i < count; i++) {
		if (!tell(session_preserve_file(devices->session, files[i].fd, files[i].token),
			  files[i].what, files[i].index) && files[i].token != TOKEN_IOMMUFD &&
		    strcmp(files[i].what, "cdev"))
			return failure("the memory cannot be preserved");
	}
	return 0;
}

/* Where the device has nothing mapped */
static __u64 free_iova(const struct stream_device *device)
{
	return device->iova + STREAM_STRIDE - STREAM_LARGE_PAGE;
}

/* Map a page and unmap it again: 0, or -1 with errno. */
static int change_mappings(const struct stream_devices *devices, unsigned int index)
{
	static char page[STREAM_SMALL_PAGE] __aligned(STREAM_SMALL_PAGE);
	const struct stream_device *device = &devices->device[index];
	const int iommufd = device->left ? devices->other_iommufd : devices->iommufd;
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE,
		.ioas_id = device->vfio.ioas,
		.user_va = (unsigned long)page,
		.length = sizeof(page),
		.iova = free_iova(device),
	};
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = device->vfio.ioas,
		.iova = map.iova,
		.length = map.length,
	};

	if (ioctl(iommufd, IOMMU_IOAS_MAP, &map))
		return -1;
	return ioctl(iommufd, IOMMU_IOAS_UNMAP, &unmap);
}

/* Enable or disable the interrupts of all devices: 0, or -1 with a message. */
int preserve_interrupts(const struct stream_devices *devices, bool on)
{
	static int event = -1;
	unsigned int i;

	if (event < 0)
		event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event < 0)
		return failure("eventfd: %m");
	for (i = 0; i < devices->count; i++) {
		if (vfio_set_interrupt(&devices->device[i].vfio, VFIO_PCI_INTX_IRQ_INDEX,
				       on ? event : -1))
			return -1;
	}
	return 0;
}

/* All that user space can change can be changed again: 0, or -1 with a message. */
static int check_mutable(const struct stream_devices *devices)
{
	unsigned int i;

	for (i = 0; i < devices->count; i++) {
		if (change_mappings(devices, i))
			return failure("%s: mappings cannot be changed: %m",
				       devices->device[i].vfio.address);
		if (vfio_enable(&devices->device[i].vfio))
			return -1;
	}
	return preserve_interrupts(devices, true) ?: preserve_interrupts(devices, false);
}

/* While the iommufd is preserved, what it maps does not change. */
static int check_held(const struct stream_devices *devices)
{
	unsigned int i;

	for (i = 0; i < devices->count; i++) {
		if (devices->device[i].left)
			continue;
		if (!change_mappings(devices, i) || errno != EBUSY)
			return failure("%s: the mappings of a preserved iommufd can be changed",
				       devices->device[i].vfio.address);
	}
	return 0;
}

/* Close the session: 0 if all is as before, or -1 with a message. */
int preserve_abandon(struct stream_devices *devices)
{
	if (close(devices->session))
		return failure("close the session: %m");
	devices->session = -1;
	return check_mutable(devices);
}

static int abort_after(struct stream_devices *devices, const struct preserved_file *files,
		       unsigned int count)
{
	bool held = false;
	unsigned int i;

	if (open_session(devices))
		return -1;
	for (i = 0; i < count; i++) {
		if (session_preserve_file(devices->session, files[i].fd, files[i].token))
			return failure("preserve %s %u: %m", files[i].what, files[i].index);
		held |= files[i].token == TOKEN_IOMMUFD;
	}
	if (held && check_held(devices))
		return -1;
	return preserve_abandon(devices);
}

/* Give up after each file, the last one included: 0, or -1 with a message. */
int preserve_abort_each(struct stream_devices *devices)
{
	struct preserved_file files[MAX_FILES];
	unsigned int count = list_files(devices, files), stage;

	for (stage = 0; stage <= count; stage++) {
		if (abort_after(devices, files, stage))
			return -1;
	}
	printf("given up at %u stages, all can be changed\n", stage);
	return 0;
}
