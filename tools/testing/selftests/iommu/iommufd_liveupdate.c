// SPDX-License-Identifier: GPL-2.0-only
/*
 * A selftest of an iommufd and a device of vfio-pci over a live update.
 *
 *   iommufd_liveupdate -s 1 BDF	before the kexec
 *   iommufd_liveupdate -s 2 BDF	after it
 *
 * BDF is a device that the machine can do without, as in /sys/bus/pci/devices. It is given
 * to vfio-pci, and does not come back before the machine is booted in another way.
 *
 * Stage 1 tries each order in which files can be preserved, and leaves a process behind
 * that holds them in the right one. Stage 2 expects that the device goes on, and that
 * nobody gets it: neither this process, nor another iommufd, nor a driver.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <linux/iommufd.h>
#include <linux/memfd.h>
#include <linux/vfio.h>

#include <libliveupdate.h>

/* Not every C library knows these. */
#ifndef F_ADD_SEALS
#define F_ADD_SEALS	1033
#define F_SEAL_SEAL	0x0001
#define F_SEAL_SHRINK	0x0002
#define F_SEAL_GROW	0x0004
#endif

#define SESSION_NAME	"iommufd-liveupdate"
#define OTHER_NAME	"iommufd-liveupdate-other"
#define STATE_NAME	"iommufd_liveupdate_state"
#define STATE_TOKEN	996

#define TOKEN_MEMORY	1
#define TOKEN_IOMMUFD	2
#define TOKEN_DEVICE	3
#define TOKEN_SPARE	4
#define TOKEN_MARK	0xfedcba9876543210ull

#define SIZE		0x200000ull
#define IOVA		0x10000000ull
#define FREE_IOVA	0x20000000ull

/* Closed, and preserved again */
#define ROUNDS		10

#define RESULTS_STAGE_1	16
#define RESULTS_STAGE_2	10

/* No driver has such a name. */
#define NO_DRIVER	"-"

/**
 * struct guest - What is handed over
 * @iommufd: with a page table that maps the memory
 * @device: the file of the device, which is attached to that page table
 * @memory: a memfd; it begins with the name of the driver that the device had
 * @ioas: ID of the address space
 * @hwpt: ID of the page table
 */
struct guest {
	int iommufd;
	int device;
	int memory;
	__u32 ioas;
	__u32 hwpt;
};

static const char *bdf;

/* The errno of a call that returns -1 then, or 0 */
static int error_of(int ret)
{
	return ret < 0 ? errno : 0;
}

static void expect(const char *name, int error, int expected)
{
	if (error != expected)
		ksft_print_msg("%s: %s, and not %s\n", name, strerror(error),
			       strerror(expected));
	ksft_test_result(error == expected, "%s\n", name);
}

/* The device in sysfs */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return errno;
	error = write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return error;
}

static void attribute(char *path, const char *name)
{
	snprintf(path, PATH_MAX, "/sys/bus/pci/devices/%s/%s", bdf, name);
}

/* The last part of what a link of the device leads to */
static bool read_link(const char *name, char *last)
{
	char path[PATH_MAX], target[PATH_MAX];
	ssize_t length;

	attribute(path, name);
	length = readlink(path, target, sizeof(target) - 1);
	if (length < 0)
		return false;
	target[length] = '\0';
	snprintf(last, NAME_MAX + 1, "%s", strrchr(target, '/') + 1);
	return true;
}

/* 0 or an errno */
static int bind_vfio(void)
{
	char path[PATH_MAX], driver[NAME_MAX + 1];
	int error;

	attribute(path, "driver_override");
	error = write_file(path, "vfio-pci");
	if (error)
		return error;
	if (read_link("driver", driver)) {
		if (!strcmp(driver, "vfio-pci"))
			return 0;
		attribute(path, "driver/unbind");
		error = write_file(path, bdf);
		if (error)
			return error;
	}
	error = write_file("/sys/bus/pci/drivers_probe", bdf);
	if (error)
		return error;
	return read_link("driver", driver) && !strcmp(driver, "vfio-pci") ? 0 : ENODEV;
}

/* The only directory that there is has the name of the file: its descriptor, or -1 */
static int open_device(void)
{
	char path[PATH_MAX], name[NAME_MAX + sizeof("/dev/vfio/devices/")] = "";
	struct dirent *entry;
	DIR *directory;

	attribute(path, "vfio-dev");
	directory = opendir(path);
	if (!directory)
		return -1;
	while ((entry = readdir(directory))) {
		if (!strncmp(entry->d_name, "vfio", 4))
			snprintf(name, sizeof(name), "/dev/vfio/devices/%s", entry->d_name);
	}
	closedir(directory);
	return open(name, O_RDWR | O_CLOEXEC);
}

/* The guest */

static int map_at(const struct guest *guest, __u64 iova)
{
	struct iommu_ioas_map_file map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = guest->ioas,
		.fd = guest->memory,
		.length = SIZE,
		.iova = iova,
	};

	return error_of(ioctl(guest->iommufd, IOMMU_IOAS_MAP_FILE, &map));
}

static int unmap_at(const struct guest *guest, __u64 iova)
{
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = guest->ioas,
		.iova = iova,
		.length = SIZE,
	};

	return error_of(ioctl(guest->iommufd, IOMMU_IOAS_UNMAP, &unmap));
}

static int bind_iommufd(int device, int iommufd, __u32 *id)
{
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommufd };
	int error = error_of(ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &bind));

	*id = bind.out_devid;
	return error;
}

static int attach(const struct guest *guest)
{
	struct vfio_device_attach_iommufd_pt attach = {
		.argsz = sizeof(attach),
		.pt_id = guest->hwpt,
	};

	return error_of(ioctl(guest->device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach));
}

static int detach(const struct guest *guest)
{
	struct vfio_device_detach_iommufd_pt detach = { .argsz = sizeof(detach) };

	return error_of(ioctl(guest->device, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach));
}

static int mark(const struct guest *guest)
{
	struct iommu_hwpt_liveupdate_mark mark = {
		.size = sizeof(mark),
		.hwpt_id = guest->hwpt,
		.token = TOKEN_MARK,
	};

	return error_of(ioctl(guest->iommufd, IOMMU_HWPT_LIVEUPDATE_MARK, &mark));
}

static void make_memory(struct guest *guest, const char *driver)
{
	guest->memory = memfd_create(SESSION_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (guest->memory < 0)
		fail_exit("memfd_create");
	if (ftruncate(guest->memory, SIZE) ||
	    pwrite(guest->memory, driver, strlen(driver) + 1, 0) < 0)
		fail_exit("memory of %s", SESSION_NAME);
	if (fcntl(guest->memory, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW))
		fail_exit("F_ADD_SEALS");
}

static void make_page_table(struct guest *guest, __u32 id)
{
	struct iommu_hwpt_alloc hwpt = { .size = sizeof(hwpt), .dev_id = id };
	struct iommu_ioas_alloc ioas = { .size = sizeof(ioas) };

	if (ioctl(guest->iommufd, IOMMU_IOAS_ALLOC, &ioas))
		fail_exit("IOMMU_IOAS_ALLOC");
	guest->ioas = ioas.out_ioas_id;
	hwpt.pt_id = guest->ioas;
	if (ioctl(guest->iommufd, IOMMU_HWPT_ALLOC, &hwpt))
		fail_exit("IOMMU_HWPT_ALLOC");
	guest->hwpt = hwpt.out_hwpt_id;
	errno = map_at(guest, IOVA);
	if (errno)
		fail_exit("IOMMU_IOAS_MAP_FILE");
	errno = attach(guest);
	if (errno)
		fail_exit("VFIO_DEVICE_ATTACH_IOMMUFD_PT");
}

static void make_guest(struct guest *guest)
{
	char driver[NAME_MAX + 1] = NO_DRIVER;
	__u32 id;

	guest->iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (guest->iommufd < 0)
		ksft_exit_skip("/dev/iommu: %s\n", strerror(errno));
	read_link("driver", driver);
	errno = bind_vfio();
	if (errno)
		ksft_exit_skip("%s cannot be given to vfio-pci: %s\n", bdf, strerror(errno));
	guest->device = open_device();
	if (guest->device < 0)
		ksft_exit_skip("%s has no character device: %s\n", bdf, strerror(errno));
	errno = bind_iommufd(guest->device, guest->iommufd, &id);
	if (errno)
		fail_exit("VFIO_DEVICE_BIND_IOMMUFD");
	make_memory(guest, driver);
	make_page_table(guest, id);
}

/* Sessions. The calls return 0 or an errno. */

static int preserve(int session, int fd, __u64 token)
{
	return -luo_session_preserve_fd(session, fd, token);
}

static int preserve_memory(int session, const struct guest *guest)
{
	return preserve(session, guest->memory, TOKEN_MEMORY);
}

static int preserve_iommufd(int session, const struct guest *guest)
{
	return preserve(session, guest->iommufd, TOKEN_IOMMUFD);
}

static int preserve_device(int session, const struct guest *guest)
{
	return preserve(session, guest->device, TOKEN_DEVICE);
}

static int preserve_all(int session, const struct guest *guest)
{
	int error = preserve_memory(session, guest);

	if (!error)
		error = preserve_iommufd(session, guest);
	if (!error)
		error = preserve_device(session, guest);
	return error;
}

static int create(int luo_fd, const char *name)
{
	int session = luo_create_session(luo_fd, name);

	if (session < 0)
		fail_exit("session %s", name);
	return session;
}

/* Stage 1 */

static void try_wrong_orders(int luo_fd, const struct guest *guest)
{
	int session = create(luo_fd, SESSION_NAME);
	int other = create(luo_fd, OTHER_NAME);

	expect("iommufd_before_its_memory", preserve_iommufd(session, guest), ENOENT);
	expect("memory", preserve_memory(session, guest), 0);
	expect("iommufd_in_another_session_than_its_memory", preserve_iommufd(other, guest),
	       ENOENT);
	expect("device_before_its_iommufd", preserve_device(session, guest), ENOENT);
	expect("iommufd", preserve_iommufd(session, guest), 0);
	expect("device_in_another_session_than_its_iommufd", preserve_device(other, guest),
	       ENOENT);
	expect("device", preserve_device(session, guest), 0);
	expect("device_that_is_preserved", preserve(session, guest->device, TOKEN_SPARE), EBUSY);
	close(other);

	expect("map_while_preserved", map_at(guest, FREE_IOVA), EBUSY);
	expect("detach_while_preserved", detach(guest), EBUSY);
	expect("reset_while_preserved", error_of(ioctl(guest->device, VFIO_DEVICE_RESET)), EBUSY);
	close(session);
}

/* All that was refused is possible again. */
static int change(const struct guest *guest)
{
	int error = map_at(guest, FREE_IOVA);

	if (!error)
		error = unmap_at(guest, FREE_IOVA);
	if (!error)
		error = detach(guest);
	if (!error)
		error = attach(guest);
	return error;
}

static int close_and_repeat(int luo_fd, const struct guest *guest)
{
	int session, error = 0;
	unsigned int i;

	for (i = 0; !error && i < ROUNDS; i++) {
		session = create(luo_fd, SESSION_NAME);
		error = preserve_all(session, guest);
		close(session);
		if (!error)
			error = change(guest);
	}
	return error;
}

static void run_stage_1(int luo_fd)
{
	struct guest guest;
	int session, error;

	make_guest(&guest);
	session = create(luo_fd, SESSION_NAME);
	error = preserve_memory(session, &guest) ?: preserve_iommufd(session, &guest);
	close(session);
	if (mark(&guest) == ENOTTY)
		ksft_exit_skip("this kernel does not preserve an iommufd\n");

	ksft_print_header();
	ksft_set_plan(RESULTS_STAGE_1);
	expect("iommufd_without_a_mark", error, ENOENT);
	expect("mark_again", mark(&guest), EEXIST);
	try_wrong_orders(luo_fd, &guest);
	expect("change_after_close", change(&guest), 0);
	expect("close_and_repeat", close_and_repeat(luo_fd, &guest), 0);

	session = create(luo_fd, SESSION_NAME);
	expect("right_order", preserve_all(session, &guest), 0);
	create_state_file(luo_fd, STATE_NAME, STATE_TOKEN, 2);
	ksft_print_cnts();
	if (ksft_get_fail_cnt())
		exit(KSFT_FAIL);
	close(luo_fd);
	daemonize_and_wait();
}

/* Stage 2 */

static bool check_memory(int session, char *driver)
{
	int fd = luo_session_retrieve_fd(session, TOKEN_MEMORY);
	ssize_t length;

	if (fd < 0) {
		ksft_print_msg("the memory cannot be retrieved: %s\n", strerror(-fd));
		return false;
	}
	length = pread(fd, driver, NAME_MAX, 0);
	close(fd);
	driver[length < 0 ? 0 : length] = '\0';
	return length > 0 && driver[0];
}

static void try_driver(const char *driver)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/bind", driver);
	if (!strcmp(driver, NO_DRIVER) || !strcmp(driver, "vfio-pci") || access(path, F_OK)) {
		ksft_print_msg("%s had no driver of the kernel, or it is not loaded\n", bdf);
		ksft_test_result_skip("driver_of_the_kernel\n");
		return;
	}
	expect("driver_of_the_kernel", write_file(path, bdf), EBUSY);
}

static void try_iommufd(void)
{
	int iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	int device = open_device();
	__u32 id;

	expect("open_device", error_of(device), 0);
	expect("another_iommufd", bind_iommufd(device, iommufd, &id), EPERM);
	close(device);
	close(iommufd);
}

static void try_group(void)
{
	char group[NAME_MAX + 1], path[PATH_MAX];
	int container = open("/dev/vfio/vfio", O_RDWR | O_CLOEXEC);
	int fd = -1;

	if (read_link("iommu_group", group)) {
		snprintf(path, sizeof(path), "/dev/vfio/%s", group);
		fd = open(path, O_RDWR | O_CLOEXEC);
	}
	if (fd < 0 || container < 0) {
		ksft_print_msg("this kernel has no groups of VFIO\n");
		ksft_test_result_skip("container\n");
	} else {
		expect("container", error_of(ioctl(fd, VFIO_GROUP_SET_CONTAINER, &container)),
		       EPERM);
	}
	close(fd);
	close(container);
}

static void run_stage_2(int luo_fd, int state_session)
{
	char driver[NAME_MAX + 1] = NO_DRIVER;
	int session, stage;

	restore_and_read_stage(state_session, STATE_TOKEN, &stage);
	if (stage != 2)
		fail_exit("stage %d is expected, and not 2", stage);
	session = luo_retrieve_session(luo_fd, SESSION_NAME);
	if (session < 0)
		fail_exit("session %s", SESSION_NAME);

	ksft_print_header();
	ksft_set_plan(RESULTS_STAGE_2);
	ksft_test_result(check_memory(session, driver), "memory_is_retrieved\n");
	expect("iommufd_is_not_retrieved", -luo_session_retrieve_fd(session, TOKEN_IOMMUFD),
	       EOPNOTSUPP);
	expect("device_is_not_retrieved", -luo_session_retrieve_fd(session, TOKEN_DEVICE),
	       EOPNOTSUPP);
	expect("session_is_not_finished", -luo_session_finish(session), EBUSY);
	try_driver(driver);
	expect("vfio_pci_is_bound", bind_vfio(), 0);
	try_iommufd();
	try_group();
	expect("session_is_still_not_finished", -luo_session_finish(session), EBUSY);
	luo_session_finish(state_session);
	ksft_finished();
}

int main(int argc, char *argv[])
{
	/* The last argument; luo_test() reads those before it. */
	if (argc < 2 || !strchr(argv[argc - 1], ':'))
		ksft_exit_skip("name a device: %s -s STAGE BDF\n", argv[0]);
	bdf = argv[argc - 1];
	return luo_test(argc - 1, argv, STATE_NAME, run_stage_1, run_stage_2);
}
