// SPDX-License-Identifier: GPL-2.0-only
/*
 * Give memory to a device, and hand both over to the next kernel, which is loaded:
 *
 *   iommufd-example /dev/vfio/devices/vfio0
 *
 * A VMM does the same with more memory and more devices. What fails is said with its
 * reason, and leaves everything as it was.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/reboot.h>

#include <linux/iommufd.h>
#include <linux/liveupdate.h>
#include <linux/reboot.h>
#include <linux/vfio.h>

#define SIZE	(64ull << 20)
#define IOVA	(4ull << 30)
#define SEALS	(F_SEAL_SEAL | F_SEAL_GROW | F_SEAL_SHRINK)

/* What the next kernel knows the files of the session by, and the HWPT of the iommufd */
enum { MEMORY_TOKEN = 1, IOMMUFD_TOKEN, DEVICE_TOKEN };
enum { HWPT_TOKEN = 1 };

/**
 * struct guest - What is handed over
 * @memory: The memfd.
 * @iommufd: The iommufd.
 * @device: The device.
 * @session: The session that holds these files.
 * @ioas: Object ID of the IOAS that maps the memory.
 * @hwpt: Object ID of the HWPT that the device is attached to.
 */
struct guest {
	int memory;
	int iommufd;
	int device;
	int session;
	__u32 ioas;
	__u32 hwpt;
};

/* The reason, where the errno of a call has one that has to do with live update */
static const struct {
	const char *call;
	int error;
	const char *reason;
} reasons[] = {
	{ "mark", ENOTTY, "this kernel cannot preserve iommufds" },
	{ "mark", EOPNOTSUPP, "a HWPT of this kind cannot be preserved" },
	{ "mark", EEXIST, "it is marked already, by somebody who knows its token" },
	{ "mark", EADDRINUSE, "another HWPT has this token" },
	{ "mark", EBUSY, "the iommufd is preserved: until it is not, marks stay" },
	{ "mark", ENOENT, "there is no such object" },
	{ "mark", EINVAL, "the object is no HWPT" },
	{ "/dev/liveupdate", ENOENT, "boot with kho=on liveupdate=on" },
	{ "/dev/liveupdate", EBUSY, "another process has it open" },
	{ "/dev/liveupdate", EIO, "what was handed over to this kernel cannot be read" },
	{ "create session", EEXIST, "there is a session of this name" },
	{ "preserve memory", ENOENT, "no memfd, or one of huge pages" },
	{ "preserve memory", EBUSY, "it is preserved, in this session or another" },
	{ "preserve iommufd", ENOENT, "no mark, or a memfd is not in this session yet" },
	{ "preserve iommufd", EINVAL, "of no memfd, sealed too late, or a hole was punched" },
	{ "preserve iommufd", EOPNOTSUPP, "a dma-buf, dirty tracking, or this IOMMU cannot" },
	{ "preserve iommufd", EBUSY, "pinned, preserved, or an update is not finished" },
	{ "preserve device", ENOENT, "it is not attached, or its driver cannot" },
	{ "preserve device", EINVAL, "it is attached to a HWPT that is not marked" },
	{ "preserve device", EOPNOTSUPP, "it uses PASIDs, or its IOMMU cannot" },
	{ "preserve device", EBUSY, "it is preserved, or being reset" },
	{ "reboot", EINVAL, "no kernel is loaded" },
};

/* Say what a call failed with. Which HWPT, IOVA or device it is, is in the kernel's log. */
static int explain(const char *call)
{
	int error = errno;

	fprintf(stderr, "%s: %s\n", call, strerror(error));
	for (unsigned int i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		if (reasons[i].error == error && !strcmp(reasons[i].call, call))
			fprintf(stderr, "\t%s\n", reasons[i].reason);
	}
	return -1;
}

static int call(int fd, unsigned long request, void *arg, const char *name)
{
	return ioctl(fd, request, arg) ? explain(name) : 0;
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0 ? explain(path) : fd;
}

/* Sealed before it is mapped: seals that are added later do not count. */
static int create_memory(struct guest *guest)
{
	guest->memory = memfd_create("memory", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	if (guest->memory < 0)
		return explain("memfd_create");
	errno = posix_fallocate(guest->memory, 0, SIZE);
	if (errno)
		return explain("posix_fallocate");
	return fcntl(guest->memory, F_ADD_SEALS, SEALS) ? explain("seals") : 0;
}

/* By its file: what is mapped by its address (IOMMU_IOAS_MAP) cannot be preserved. */
static int map_memory(struct guest *guest)
{
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	struct iommu_ioas_map_file map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.fd = guest->memory,
		.length = SIZE,
		.iova = IOVA,
	};

	guest->iommufd = open_file("/dev/iommu");
	if (guest->iommufd < 0 ||
	    call(guest->iommufd, IOMMU_IOAS_ALLOC, &alloc, "allocate IOAS"))
		return -1;
	guest->ioas = alloc.out_ioas_id;
	map.ioas_id = guest->ioas;
	return call(guest->iommufd, IOMMU_IOAS_MAP_FILE, &map, "map");
}

/* To a HWPT of its own: one that comes from attaching to the IOAS cannot be preserved. */
static int attach_device(struct guest *guest, const char *path)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind) };
	struct iommu_hwpt_alloc alloc = { .size = sizeof(alloc), .pt_id = guest->ioas };
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach) };

	guest->device = open_file(path);
	bind.iommufd = guest->iommufd;
	if (guest->device < 0 ||
	    call(guest->device, VFIO_DEVICE_BIND_IOMMUFD, &bind, "bind"))
		return -1;
	alloc.dev_id = bind.out_devid;
	if (call(guest->iommufd, IOMMU_HWPT_ALLOC, &alloc, "allocate HWPT"))
		return -1;
	guest->hwpt = alloc.out_hwpt_id;
	attach.pt_id = guest->hwpt;
	return call(guest->device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach, "attach");
}

static int mark_hwpt(struct guest *guest)
{
	struct iommu_hwpt_liveupdate_mark mark = {
		.size = sizeof(mark),
		.hwpt_id = guest->hwpt,
		.token = HWPT_TOKEN,
	};

	return call(guest->iommufd, IOMMU_HWPT_LIVEUPDATE_MARK, &mark, "mark");
}

static int create_session(struct guest *guest)
{
	struct liveupdate_ioctl_create_session create = {
		.size = sizeof(create),
		.name = "example",
	};
	int ret, device = open_file("/dev/liveupdate");

	if (device < 0)
		return -1;
	ret = call(device, LIVEUPDATE_IOCTL_CREATE_SESSION, &create, "create session");
	guest->session = create.fd;
	close(device);
	return ret;
}

static int preserve(struct guest *guest, int fd, __u64 token, const char *name)
{
	struct liveupdate_session_preserve_fd preserve = {
		.size = sizeof(preserve),
		.fd = fd,
		.token = token,
	};

	return call(guest->session, LIVEUPDATE_SESSION_PRESERVE_FD, &preserve, name);
}

/* Each file comes after those that it needs. */
static int preserve_all(struct guest *guest)
{
	return preserve(guest, guest->memory, MEMORY_TOKEN, "preserve memory") ||
	       preserve(guest, guest->iommufd, IOMMUFD_TOKEN, "preserve iommufd") ||
	       preserve(guest, guest->device, DEVICE_TOKEN, "preserve device");
}

int main(int argc, char **argv)
{
	struct guest guest = {};

	if (argc != 2 || create_memory(&guest) || map_memory(&guest) ||
	    attach_device(&guest, argv[1]) || mark_hwpt(&guest) || create_session(&guest))
		return EXIT_FAILURE;
	/* The guest runs. From here on its mappings do not change. */
	if (!preserve_all(&guest)) {
		sync();
		reboot(LINUX_REBOOT_CMD_KEXEC);
		explain("reboot");
	}
	/* The update is called off. The guest runs, and its mappings may change again. */
	close(guest.session);
	return EXIT_FAILURE;
}
