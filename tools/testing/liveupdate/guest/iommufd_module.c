// SPDX-License-Identifier: GPL-2.0-only
/*
 * A test of iommufd as a module: what keeps it from being unloaded. That it is
 * known to the Live Update Orchestrator does not, and neither does a mark; an
 * iommufd that is preserved does, until its session is closed.
 *
 * Each case is a process of its own, and loads what it needs. When the process
 * has ended, with all its files, every module can be unloaded.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <linux/iommufd.h>
#include <linux/vfio.h>

/* The host reads the results, and why a case fails, in one place. */
#define TH_LOG_STREAM stdout
#include "kselftest_harness.h"

#include "file.h"
#include "memory.h"
#include "message.h"
#include "module.h"
#include "session.h"
#include "vfio.h"

#define ROUNDS		100
#define USED_ROUNDS	10
#define TIMEOUT_S	120

#define SESSION_NAME	"iommufd-module"
#define TOKEN_MEMORY	1
#define TOKEN_IOMMUFD	2
/* It does not fit into 32 bits. */
#define TOKEN_MARK	0xfedcba9876543210ull

#define IOVA		0x10000000ull
#define FREE_IOVA	0x20000000ull
#define SIZE		0x200000ull

#define CLASS_ETHERNET	"0x020000"

/* Each needs those before it, and vfio needs iommufd. */
static const char *const vfio_modules[] = { "irqbypass", "vfio", "vfio_pci_core", "vfio_pci" };

/* Load all but iommufd, or nothing: 0, or an errno. */
static int load_vfio(void)
{
	unsigned int i;
	int error;

	for (i = 0; i < ARRAY_SIZE(vfio_modules); i++) {
		error = module_load(vfio_modules[i]);
		if (error)
			return error;
	}
	return 0;
}

/* Unload what is loaded of them: 0, or an errno. */
static int unload_vfio(void)
{
	unsigned int i;
	int error;

	for (i = ARRAY_SIZE(vfio_modules); i; i--) {
		error = module_unload(vfio_modules[i - 1]);
		if (error && error != ENOENT)
			return error;
	}
	return 0;
}

static int unload_all(void)
{
	int error = unload_vfio();

	if (error)
		return error;
	error = module_unload("iommufd");
	return error == ENOENT ? 0 : error;
}

/* The calls return 0 or an errno, so that a case that fails tells it. */

static int error_of(int ret)
{
	return ret < 0 ? errno : 0;
}

static int mark_call(int iommufd, __u32 id, __u64 token, __u32 flags)
{
	return error_of(iommufd_mark(iommufd, id, token, flags));
}

static int mark(int iommufd, __u32 id, __u64 token)
{
	return mark_call(iommufd, id, token, 0);
}

static int unmark(int iommufd, __u32 id, __u64 token)
{
	return mark_call(iommufd, id, token, IOMMU_HWPT_LIVEUPDATE_UNMARK);
}

static int destroy(int iommufd, __u32 id)
{
	struct iommu_destroy destroy = { .size = sizeof(destroy), .id = id };

	return error_of(ioctl(iommufd, IOMMU_DESTROY, &destroy));
}

static int unmap(int iommufd, __u32 ioas, __u64 iova, __u64 length)
{
	struct iommu_ioas_unmap unmap = {
		.size = sizeof(unmap),
		.ioas_id = ioas,
		.iova = iova,
		.length = length,
	};

	return error_of(ioctl(iommufd, IOMMU_IOAS_UNMAP, &unmap));
}

static int map(int iommufd, __u32 ioas, void *start)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE,
		.ioas_id = ioas,
		.user_va = (uintptr_t)start,
		.length = SIZE,
		.iova = FREE_IOVA,
	};

	return error_of(ioctl(iommufd, IOMMU_IOAS_MAP, &map));
}

static int map_file(int iommufd, __u32 ioas, int memfd)
{
	struct iommu_ioas_map_file map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE,
		.ioas_id = ioas,
		.fd = memfd,
		.length = SIZE,
		.iova = FREE_IOVA,
	};

	return error_of(ioctl(iommufd, IOMMU_IOAS_MAP_FILE, &map));
}

/* A page table that no device is attached to */
static int alloc_page_table(int iommufd, const struct vfio_device *device, __u32 *id)
{
	struct iommu_hwpt_alloc alloc = {
		.size = sizeof(alloc),
		.dev_id = device->id,
		.pt_id = device->ioas,
	};
	int error = error_of(ioctl(iommufd, IOMMU_HWPT_ALLOC, &alloc));

	*id = alloc.out_hwpt_id;
	return error;
}

/* Attach the device to an IOAS or a page table: *id is the latter then. */
static int attach(const struct vfio_device *device, __u32 *id)
{
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach), .pt_id = *id };
	int error = error_of(ioctl(device->fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach));

	*id = attach.pt_id;
	return error;
}

static int detach(const struct vfio_device *device)
{
	struct vfio_device_detach_iommufd_pt detach = { .argsz = sizeof(detach) };

	return error_of(ioctl(device->fd, VFIO_DEVICE_DETACH_IOMMUFD_PT, &detach));
}

static int preserve(int session, int fd, __u64 token)
{
	return error_of(session_preserve_file(session, fd, token));
}

/* What a process beside this one does again and again; not 0 ends it. */
typedef int (*work_fn)(int session);

static pid_t start_beside(work_fn work)
{
	int session, error;
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	session = session_create(SESSION_NAME "-beside");
	error = error_of(session);
	while (!error)
		error = work(session);
	_exit(error);
}

/* 0, or the errno by which it has ended before. */
static int stop_beside(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

/* No handler knows an eventfd, so that each of them is asked. */
static int offer_eventfd(int session)
{
	int fd = eventfd(0, EFD_CLOEXEC);
	int error;

	if (fd < 0)
		return errno;
	error = preserve(session, fd, TOKEN_IOMMUFD);
	close(fd);
	return error == ENOENT ? 0 : error ?: EPROTO;
}

/* The handler refuses an iommufd without marks by the same errno. */
static int offer_iommufd(int session)
{
	int fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	int error;

	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? 0 : errno;
	error = preserve(session, fd, TOKEN_IOMMUFD);
	close(fd);
	return error == ENOENT ? 0 : error ?: EPROTO;
}

/* The module alone */

FIXTURE(iommufd_module)
{
};

FIXTURE_SETUP(iommufd_module)
{
	ASSERT_EQ(0, unload_all());
	ASSERT_EQ(-ENOENT, module_users("iommufd"));
}

/* In the parent, when all files of the case are closed */
FIXTURE_TEARDOWN_PARENT(iommufd_module)
{
	EXPECT_EQ(0, unload_all());
	EXPECT_EQ(-ENOENT, module_users("iommufd"));
}

TEST_F_TIMEOUT(iommufd_module, loads_and_unloads_many_times, TIMEOUT_S)
{
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, module_load("iommufd"));
		ASSERT_EQ(0, module_users("iommufd"));
		ASSERT_EQ(0, module_unload("iommufd"));
		ASSERT_EQ(-ENOENT, module_users("iommufd"));
	}
}

TEST_F(iommufd_module, device_node_goes_with_it)
{
	ASSERT_EQ(0, module_load("iommufd"));
	EXPECT_EQ(0, access("/dev/iommu", F_OK));
	ASSERT_EQ(0, module_unload("iommufd"));
	EXPECT_EQ(ENOENT, error_of(access("/dev/iommu", F_OK)));
}

TEST_F(iommufd_module, open_files_pin_it)
{
	int first, second;

	ASSERT_EQ(0, module_load("iommufd"));
	first = iommufd_open();
	ASSERT_LE(0, first);
	EXPECT_EQ(1, module_users("iommufd"));
	second = iommufd_open();
	ASSERT_LE(0, second);
	EXPECT_EQ(2, module_users("iommufd"));
	EXPECT_EQ(EAGAIN, module_unload("iommufd"));
	close(first);
	EXPECT_EQ(EAGAIN, module_unload("iommufd"));
	close(second);
	EXPECT_EQ(0, module_users("iommufd"));
	EXPECT_EQ(0, module_unload("iommufd"));
}

TEST_F(iommufd_module, session_with_a_memfd_does_not_pin_it)
{
	struct memory memory;
	int session, i;

	ASSERT_EQ(0, memory_create_one(&memory, "module", SIZE));
	session = session_create(SESSION_NAME);
	ASSERT_EQ(0, error_of(session));
	ASSERT_EQ(0, preserve(session, memory.fd, TOKEN_MEMORY));
	for (i = 0; i < USED_ROUNDS; i++) {
		ASSERT_EQ(0, module_load("iommufd"));
		EXPECT_EQ(0, module_users("iommufd"));
		ASSERT_EQ(0, module_unload("iommufd"));
	}
}

TEST_F(iommufd_module, vfio_pins_it_until_unloaded)
{
	ASSERT_EQ(0, module_load("iommufd"));
	ASSERT_EQ(0, load_vfio());
	EXPECT_LT(0, module_users("iommufd"));
	EXPECT_EQ(EAGAIN, module_unload("iommufd"));
	EXPECT_EQ(0, unload_vfio());
	EXPECT_EQ(0, module_users("iommufd"));
	EXPECT_EQ(0, module_unload("iommufd"));
}

TEST_F_TIMEOUT(iommufd_module, unloads_while_handlers_are_asked, TIMEOUT_S)
{
	pid_t beside = start_beside(offer_eventfd);
	unsigned int i;

	ASSERT_LT(0, beside);
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, module_load("iommufd"));
		ASSERT_EQ(0, module_unload("iommufd"));
	}
	EXPECT_EQ(0, stop_beside(beside));
}

/*
 * A file can be offered as soon as it can be opened: all of the handler must be
 * registered by then. It takes this many rounds to meet a kernel where it is not.
 */
TEST_F_TIMEOUT(iommufd_module, unloads_while_files_are_offered, TIMEOUT_S)
{
	pid_t beside = start_beside(offer_iommufd);
	unsigned int i;
	int error;

	ASSERT_LT(0, beside);
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(0, module_load("iommufd"));
		do {
			error = module_unload("iommufd");
		} while (error == EAGAIN);
		ASSERT_EQ(0, error);
	}
	EXPECT_EQ(0, stop_beside(beside));
}

/* With a device, which has a page table that maps a sealed memfd */

FIXTURE(iommufd_device)
{
	struct vfio_device vfio;
	struct memory memory;
	__u32 spare;
	int iommufd;
	int session;
	int users;
};

/* The address of a device that the machine does not need: 0, or an errno. */
static int find_device(char *address, size_t size)
{
	DIR *devices = opendir("/sys/bus/pci/devices");
	char path[PATH_MAX], class[16];
	struct dirent *entry;
	int error = ENODEV;

	if (!devices)
		return errno;
	while (error && (entry = readdir(devices))) {
		snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/class", entry->d_name);
		if (read_file(path, class, sizeof(class)) < 0 || strcmp(class, CLASS_ETHERNET))
			continue;
		snprintf(address, size, "%.*s", (int)size - 1, entry->d_name);
		error = 0;
	}
	closedir(devices);
	return error;
}

/* All that can be preserved, and one page table more: 0, or -1 with a message. */
static int prepare(struct _test_data_iommufd_device *self)
{
	self->iommufd = iommufd_open();
	if (self->iommufd < 0 || vfio_open(&self->vfio) ||
	    vfio_attach(&self->vfio, self->iommufd) ||
	    memory_create_one(&self->memory, "module", SIZE) ||
	    vfio_map(&self->vfio, self->iommufd, self->memory.fd, SIZE, IOVA))
		return -1;
	errno = alloc_page_table(self->iommufd, &self->vfio, &self->spare);
	if (errno)
		return failure("IOMMU_HWPT_ALLOC: %m");
	self->session = session_create(SESSION_NAME);
	return self->session < 0 ? failure("create a session: %m") : 0;
}

static void close_all(struct _test_data_iommufd_device *self)
{
	munmap(self->memory.start, SIZE);
	close(self->memory.fd);
	close(self->session);
	close(self->vfio.fd);
	close(self->iommufd);
}

/* As user space does: mark, then the memory, then the iommufd: 0, or an errno. */
static int preserve_all(const struct _test_data_iommufd_device *self)
{
	int error = mark(self->iommufd, self->vfio.page_table, TOKEN_MARK);

	if (!error)
		error = preserve(self->session, self->memory.fd, TOKEN_MEMORY);
	if (!error)
		error = preserve(self->session, self->iommufd, TOKEN_IOMMUFD);
	return error;
}

FIXTURE_SETUP(iommufd_device)
{
	ASSERT_EQ(0, unload_all());
	ASSERT_EQ(0, module_load("iommufd"));
	ASSERT_EQ(0, load_vfio());
	if (find_device(self->vfio.address, sizeof(self->vfio.address)))
		SKIP(return, "the machine has no Ethernet device to give away");
	ASSERT_EQ(0, prepare(self));
	self->users = module_users("iommufd");
	ASSERT_LT(0, self->users);
}

FIXTURE_TEARDOWN_PARENT(iommufd_device)
{
	EXPECT_EQ(0, unload_all());
	EXPECT_EQ(-ENOENT, module_users("iommufd"));
}

TEST_F(iommufd_device, mark_does_not_pin_the_module)
{
	ASSERT_EQ(0, mark(self->iommufd, self->vfio.page_table, TOKEN_MARK));
	EXPECT_EQ(self->users, module_users("iommufd"));
}

TEST_F(iommufd_device, preserving_pins_the_module_once)
{
	ASSERT_EQ(0, preserve_all(self));
	EXPECT_EQ(self->users + 1, module_users("iommufd"));
	EXPECT_EQ(EAGAIN, module_unload("iommufd"));
	EXPECT_EQ(EBUSY, preserve(self->session, self->iommufd, TOKEN_IOMMUFD + 1));
	EXPECT_EQ(EEXIST, preserve(self->session, self->iommufd, TOKEN_IOMMUFD));
	EXPECT_EQ(self->users + 1, module_users("iommufd"));
}

TEST_F(iommufd_device, iommufd_before_its_memory_leaves_nothing)
{
	ASSERT_EQ(0, mark(self->iommufd, self->vfio.page_table, TOKEN_MARK));
	EXPECT_EQ(ENOENT, preserve(self->session, self->iommufd, TOKEN_IOMMUFD));
	EXPECT_EQ(self->users, module_users("iommufd"));
	EXPECT_EQ(0, map_file(self->iommufd, self->vfio.ioas, self->memory.fd));
	EXPECT_EQ(0, unmap(self->iommufd, self->vfio.ioas, FREE_IOVA, SIZE));
	/* The token is free, and so is the iommufd. */
	EXPECT_EQ(0, preserve(self->session, self->memory.fd, TOKEN_MEMORY));
	EXPECT_EQ(0, preserve(self->session, self->iommufd, TOKEN_IOMMUFD));
}

TEST_F(iommufd_device, iommufd_without_a_mark_leaves_nothing)
{
	ASSERT_EQ(0, preserve(self->session, self->memory.fd, TOKEN_MEMORY));
	EXPECT_EQ(ENOENT, preserve(self->session, self->iommufd, TOKEN_IOMMUFD));
	EXPECT_EQ(self->users, module_users("iommufd"));
}

TEST_F(iommufd_device, memory_sealed_after_mapping_leaves_nothing)
{
	int late = memfd_create("late", MFD_ALLOW_SEALING | MFD_CLOEXEC);

	ASSERT_LE(0, late);
	ASSERT_EQ(0, ftruncate(late, SIZE));
	ASSERT_EQ(0, map_file(self->iommufd, self->vfio.ioas, late));
	ASSERT_EQ(0, fcntl(late, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_GROW | F_SEAL_SHRINK));
	ASSERT_EQ(0, preserve(self->session, late, TOKEN_MEMORY + 2));
	EXPECT_EQ(EINVAL, preserve_all(self));
	EXPECT_EQ(self->users, module_users("iommufd"));
	EXPECT_EQ(0, unmap(self->iommufd, self->vfio.ioas, FREE_IOVA, SIZE));
	EXPECT_EQ(0, preserve(self->session, self->iommufd, TOKEN_IOMMUFD));
}

TEST_F(iommufd_device, preserved_iommufd_maps_nothing)
{
	ASSERT_EQ(0, preserve_all(self));
	EXPECT_EQ(EBUSY, map(self->iommufd, self->vfio.ioas, self->memory.start));
	EXPECT_EQ(EBUSY, map_file(self->iommufd, self->vfio.ioas, self->memory.fd));
}

TEST_F(iommufd_device, preserved_iommufd_unmaps_nothing)
{
	ASSERT_EQ(0, preserve_all(self));
	EXPECT_EQ(EBUSY, unmap(self->iommufd, self->vfio.ioas, IOVA, SIZE));
	EXPECT_EQ(EBUSY, unmap(self->iommufd, self->vfio.ioas, 0, UINT64_MAX));
}

TEST_F(iommufd_device, preserved_iommufd_gets_no_page_table)
{
	__u32 id;

	ASSERT_EQ(0, preserve_all(self));
	EXPECT_EQ(EBUSY, alloc_page_table(self->iommufd, &self->vfio, &id));
}

TEST_F(iommufd_device, preserved_page_table_is_not_destroyed)
{
	ASSERT_EQ(0, detach(&self->vfio));
	ASSERT_EQ(0, preserve_all(self));
	EXPECT_EQ(EBUSY, destroy(self->iommufd, self->vfio.page_table));
	EXPECT_EQ(EBUSY, destroy(self->iommufd, self->vfio.ioas));
	/* One that is not marked is not preserved. */
	EXPECT_EQ(0, destroy(self->iommufd, self->spare));
	close(self->session);
	EXPECT_EQ(0, destroy(self->iommufd, self->vfio.page_table));
	EXPECT_EQ(0, destroy(self->iommufd, self->vfio.ioas));
}

TEST_F(iommufd_device, preserved_iommufd_keeps_its_marks)
{
	ASSERT_EQ(0, preserve_all(self));
	EXPECT_EQ(EBUSY, mark(self->iommufd, self->spare, TOKEN_MARK + 1));
	EXPECT_EQ(EBUSY, mark(self->iommufd, self->vfio.page_table, TOKEN_MARK));
	EXPECT_EQ(EBUSY, unmark(self->iommufd, self->vfio.page_table, TOKEN_MARK));
}

TEST_F(iommufd_device, closing_the_session_undoes_all)
{
	ASSERT_EQ(0, preserve_all(self));
	close(self->session);
	EXPECT_EQ(self->users, module_users("iommufd"));
	EXPECT_EQ(0, map(self->iommufd, self->vfio.ioas, self->memory.start));
	EXPECT_EQ(0, unmap(self->iommufd, self->vfio.ioas, 0, UINT64_MAX));
	EXPECT_EQ(0, map_file(self->iommufd, self->vfio.ioas, self->memory.fd));
	EXPECT_EQ(0, mark(self->iommufd, self->spare, TOKEN_MARK + 1));
	EXPECT_EQ(0, unmark(self->iommufd, self->vfio.page_table, TOKEN_MARK));
}

TEST_F(iommufd_device, session_pins_the_module_without_other_files)
{
	ASSERT_EQ(0, preserve_all(self));
	close(self->vfio.fd);
	close(self->iommufd);
	EXPECT_EQ(self->users + 1, module_users("iommufd"));
	EXPECT_EQ(0, unload_vfio());
	EXPECT_EQ(2, module_users("iommufd"));
	EXPECT_EQ(EAGAIN, module_unload("iommufd"));
	close(self->session);
	EXPECT_EQ(0, module_users("iommufd"));
	EXPECT_EQ(0, module_unload("iommufd"));
}

/* The process ends with all files open; the teardown unloads all modules. */
TEST_F(iommufd_device, process_that_ends_leaves_nothing)
{
	ASSERT_EQ(0, preserve_all(self));
}

TEST_F_TIMEOUT(iommufd_device, preserves_again_after_reload, TIMEOUT_S)
{
	unsigned int i;

	for (i = 0; i < USED_ROUNDS; i++) {
		ASSERT_EQ(0, preserve_all(self));
		close_all(self);
		ASSERT_EQ(0, unload_all());
		ASSERT_EQ(0, module_load("iommufd"));
		ASSERT_EQ(0, load_vfio());
		ASSERT_EQ(0, prepare(self));
		ASSERT_EQ(self->users, module_users("iommufd"));
	}
}

/* What user space is told about marks */

TEST_F(iommufd_device, mark_takes_any_token)
{
	EXPECT_EQ(0, mark(self->iommufd, self->vfio.page_table, 0));
	EXPECT_EQ(0, mark(self->iommufd, self->spare, UINT64_MAX));
	EXPECT_EQ(0, unmark(self->iommufd, self->spare, UINT64_MAX));
	EXPECT_EQ(0, mark(self->iommufd, self->spare, TOKEN_MARK));
}

TEST_F(iommufd_device, mark_with_a_used_token_is_refused)
{
	ASSERT_EQ(0, mark(self->iommufd, self->vfio.page_table, TOKEN_MARK));
	EXPECT_EQ(EADDRINUSE, mark(self->iommufd, self->spare, TOKEN_MARK));
	/* All of its 64 bits count. */
	EXPECT_EQ(0, mark(self->iommufd, self->spare, (__u32)TOKEN_MARK));
}

TEST_F(iommufd_device, second_mark_is_refused)
{
	ASSERT_EQ(0, mark(self->iommufd, self->vfio.page_table, TOKEN_MARK));
	EXPECT_EQ(EEXIST, mark(self->iommufd, self->vfio.page_table, TOKEN_MARK));
	EXPECT_EQ(EEXIST, mark(self->iommufd, self->vfio.page_table, TOKEN_MARK + 1));
}

TEST_F(iommufd_device, what_is_not_there_is_not_marked)
{
	EXPECT_EQ(ENOENT, mark(self->iommufd, UINT32_MAX, TOKEN_MARK));
	EXPECT_EQ(ENOENT, unmark(self->iommufd, self->spare, TOKEN_MARK));
}

TEST_F(iommufd_device, other_objects_are_not_marked)
{
	EXPECT_EQ(EINVAL, mark(self->iommufd, self->vfio.ioas, TOKEN_MARK));
	EXPECT_EQ(EINVAL, mark(self->iommufd, self->vfio.id, TOKEN_MARK));
}

TEST_F(iommufd_device, unmark_with_another_token_is_refused)
{
	ASSERT_EQ(0, mark(self->iommufd, self->spare, TOKEN_MARK));
	EXPECT_EQ(EINVAL, unmark(self->iommufd, self->spare, (__u32)TOKEN_MARK));
	EXPECT_EQ(0, unmark(self->iommufd, self->spare, TOKEN_MARK));
}

TEST_F(iommufd_device, mark_goes_with_its_page_table)
{
	ASSERT_EQ(0, mark(self->iommufd, self->spare, TOKEN_MARK));
	ASSERT_EQ(0, destroy(self->iommufd, self->spare));
	EXPECT_EQ(0, mark(self->iommufd, self->vfio.page_table, TOKEN_MARK));
}

TEST_F(iommufd_device, automatic_page_table_is_not_marked)
{
	__u32 id = self->vfio.ioas;

	ASSERT_EQ(0, destroy(self->iommufd, self->spare));
	ASSERT_EQ(0, detach(&self->vfio));
	ASSERT_EQ(0, destroy(self->iommufd, self->vfio.page_table));
	ASSERT_EQ(0, attach(&self->vfio, &id));
	EXPECT_EQ(EOPNOTSUPP, mark(self->iommufd, id, TOKEN_MARK));
}

TEST_F(iommufd_device, reserved_members_of_a_mark_are_refused)
{
	struct iommu_hwpt_liveupdate_mark cmd = {
		.size = sizeof(cmd),
		.hwpt_id = self->spare,
	};

	cmd.__reserved = 1;
	EXPECT_EQ(EOPNOTSUPP, error_of(ioctl(self->iommufd, IOMMU_HWPT_LIVEUPDATE_MARK, &cmd)));
	cmd.__reserved = 0;
	cmd.__reserved2 = 1ull << 63;
	EXPECT_EQ(EOPNOTSUPP, error_of(ioctl(self->iommufd, IOMMU_HWPT_LIVEUPDATE_MARK, &cmd)));
	EXPECT_EQ(EOPNOTSUPP, mark_call(self->iommufd, self->spare, TOKEN_MARK, 1u << 1));
	EXPECT_EQ(EOPNOTSUPP, mark_call(self->iommufd, self->spare, TOKEN_MARK, 1u << 31));
	EXPECT_EQ(ENOENT, unmark(self->iommufd, self->spare, 0));
}

TEST_F(iommufd_device, size_of_a_mark_is_checked)
{
	struct {
		struct iommu_hwpt_liveupdate_mark known;
		__u64 unknown;
	} cmd = {
		.known = { .size = sizeof(cmd), .hwpt_id = self->spare },
		.unknown = 1,
	};

	EXPECT_EQ(E2BIG, error_of(ioctl(self->iommufd, IOMMU_HWPT_LIVEUPDATE_MARK, &cmd)));
	cmd.known.size = sizeof(cmd.known) - 1;
	EXPECT_EQ(EINVAL, error_of(ioctl(self->iommufd, IOMMU_HWPT_LIVEUPDATE_MARK, &cmd)));
	/* What is longer, but has nothing unknown in it, is of a newer program. */
	cmd.known.size = sizeof(cmd);
	cmd.unknown = 0;
	EXPECT_EQ(0, error_of(ioctl(self->iommufd, IOMMU_HWPT_LIVEUPDATE_MARK, &cmd)));
}

int main(int argc, char **argv)
{
	message_command(NULL);
	return test_harness_run(argc, argv);
}
