// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: User space of an iommufd
 *
 * Suites use iommufd as a process does: by the operations of its file, with arguments
 * in the memory of a process. That process is the thread of the case, to which KUnit
 * gives an address space.
 *
 * Life cycle: iommufd_user_open() opens an iommufd, which is closed by
 * iommufd_user_close(), or when the case ends.
 *
 * Happy path: a function for each ioctl, which returns what that returns.
 *
 * Unhappy path: what only prepares a case fails it.
 */

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/iommufd.h>
#include <linux/mman.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommufd/iommufd_private.h"
#include "fake_kho_internal.h"
#include "iommufd_user.h"

/* The second half of the buffer is for what an argument points to. */
#define ARRAY	(PAGE_SIZE / 2)

static void close_action(void *data)
{
	iommufd_user_close(data);
}

static unsigned long map_memory(struct kunit *test)
{
	unsigned long address = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE,
					      PROT_READ | PROT_WRITE,
					      MAP_ANONYMOUS | MAP_PRIVATE, 0);

	KUNIT_ASSERT_NE(test, 0, address);
	KUNIT_ASSERT_LT(test, address, TASK_SIZE);
	return address;
}

/**
 * iommufd_user_open - Open an iommufd
 * @test: The case
 *
 * Context: Process context, the thread of the case.
 * Return: the iommufd, which is closed when the case ends.
 */
struct iommufd_user *iommufd_user_open(struct kunit *test)
{
	struct iommufd_user *user = kunit_kzalloc(test, sizeof(*user), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, user);
	user->test = test;
	user->buffer = (void __user *)map_memory(test);
	user->memory = map_memory(test);
	user->mm = current->mm;
	user->file = anon_inode_getfile("[iommufd]", &iommufd_fops, NULL, O_RDWR);
	KUNIT_ASSERT_FALSE(test, IS_ERR(user->file));
	/* As opening the device node would have done */
	KUNIT_ASSERT_EQ(test, 0, iommufd_fops.open(file_inode(user->file), user->file));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, close_action, user));
	return user;
}

/**
 * iommufd_user_close - Close an iommufd, unless it is closed
 * @user: The iommufd. A session may still hold it
 *
 * Context: Process context.
 */
void iommufd_user_close(struct iommufd_user *user)
{
	struct file *file = user->file;

	if (!file)
		return;
	user->file = NULL;
	fput(file);
	flush_delayed_fput();
}

/**
 * iommufd_user_ctx - The iommufd inside the kernel
 * @user: The iommufd, open
 *
 * Context: Any.
 * Return: the context.
 */
struct iommufd_ctx *iommufd_user_ctx(struct iommufd_user *user)
{
	return user->file->private_data;
}

/**
 * iommufd_user_find_hwpt - A HWPT inside the kernel
 * @user: The iommufd
 * @id: Its object ID
 *
 * Context: Process context, the thread of the case.
 * Return: the HWPT, without a reference.
 */
struct iommufd_hwpt_paging *iommufd_user_find_hwpt(struct iommufd_user *user, u32 id)
{
	struct iommufd_object *obj;

	obj = iommufd_get_object(iommufd_user_ctx(user), id, IOMMUFD_OBJ_HWPT_PAGING);
	KUNIT_ASSERT_FALSE(user->test, IS_ERR(obj));
	iommufd_put_object(iommufd_user_ctx(user), obj);
	return container_of(obj, struct iommufd_hwpt_paging, common.obj);
}

/**
 * iommufd_user_ioctl - Call an ioctl
 * @user: The iommufd, open
 * @cmd: Number of the ioctl
 * @arg: Its argument, which it may change
 * @size: Size of that in bytes, half a page at most
 *
 * Context: Process context, with the address space of the process.
 * Return: what the ioctl returns.
 */
int iommufd_user_ioctl(struct iommufd_user *user, unsigned int cmd, void *arg,
		       size_t size)
{
	int ret;

	if (copy_to_user(user->buffer, arg, size))
		return -EFAULT;
	ret = iommufd_fops.unlocked_ioctl(user->file, cmd, (unsigned long)user->buffer);
	if (copy_from_user(arg, user->buffer, size))
		return -EFAULT;
	return ret;
}

/* Each argument begins with its size. */
static int call(struct iommufd_user *user, unsigned int cmd, void *arg)
{
	const u32 *size = arg;

	return iommufd_user_ioctl(user, cmd, arg, *size);
}

/* Objects */

/**
 * iommufd_user_alloc_ioas - IOMMU_IOAS_ALLOC
 * @user: The iommufd
 *
 * Context: Process context, the thread of the case.
 * Return: the object ID.
 */
u32 iommufd_user_alloc_ioas(struct iommufd_user *user)
{
	struct iommu_ioas_alloc arg = { .size = sizeof(arg) };

	KUNIT_ASSERT_EQ(user->test, 0, call(user, IOMMU_IOAS_ALLOC, &arg));
	return arg.out_ioas_id;
}

/**
 * iommufd_user_alloc_hwpt - IOMMU_HWPT_ALLOC
 * @user: The iommufd
 * @device: Object ID of a device
 * @ioas: Object ID of an IOAS
 * @hwpt: Set to the object ID
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int iommufd_user_alloc_hwpt(struct iommufd_user *user, u32 device, u32 ioas, u32 *hwpt)
{
	struct iommu_hwpt_alloc arg = {
		.size = sizeof(arg),
		.dev_id = device,
		.pt_id = ioas,
	};
	int ret = call(user, IOMMU_HWPT_ALLOC, &arg);

	*hwpt = arg.out_hwpt_id;
	return ret;
}

/**
 * iommufd_user_destroy - IOMMU_DESTROY
 * @user: The iommufd
 * @id: Object ID
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int iommufd_user_destroy(struct iommufd_user *user, u32 id)
{
	struct iommu_destroy arg = { .size = sizeof(arg), .id = id };

	return call(user, IOMMU_DESTROY, &arg);
}

/* Mappings */

/* A process maps what it has a descriptor of. */
static int install_file(struct file *file)
{
	CLASS(fail_nth_paused, nth)();
	int fd = get_unused_fd_flags(O_CLOEXEC);

	if (fd >= 0)
		fd_install(fd, get_file(file));
	return fd;
}

/**
 * iommufd_user_map_file - IOMMU_IOAS_MAP_FILE, at a fixed IOVA
 * @user: The iommufd
 * @ioas: Object ID of an IOAS
 * @file: The file
 * @start: Offset in the file in bytes
 * @length: Number of bytes
 * @iova: The IOVA
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int iommufd_user_map_file(struct iommufd_user *user, u32 ioas, struct file *file,
			  u64 start, u64 length, u64 iova)
{
	struct iommu_ioas_map_file arg = {
		.size = sizeof(arg),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = ioas,
		.fd = install_file(file),
		.start = start,
		.length = length,
		.iova = iova,
	};
	int ret;

	if (arg.fd < 0)
		return arg.fd;
	ret = call(user, IOMMU_IOAS_MAP_FILE, &arg);
	close_fd(arg.fd);
	flush_delayed_fput();
	return ret;
}

/**
 * iommufd_user_map - IOMMU_IOAS_MAP, of the page iommufd_user::memory
 * @user: The iommufd
 * @ioas: Object ID of an IOAS
 * @iova: The IOVA
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int iommufd_user_map(struct iommufd_user *user, u32 ioas, u64 iova)
{
	struct iommu_ioas_map arg = {
		.size = sizeof(arg),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = ioas,
		.user_va = user->memory,
		.length = PAGE_SIZE,
		.iova = iova,
	};

	return call(user, IOMMU_IOAS_MAP, &arg);
}

/**
 * iommufd_user_unmap - IOMMU_IOAS_UNMAP
 * @user: The iommufd
 * @ioas: Object ID of an IOAS
 * @iova: First IOVA
 * @length: Number of bytes
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int iommufd_user_unmap(struct iommufd_user *user, u32 ioas, u64 iova, u64 length)
{
	struct iommu_ioas_unmap arg = {
		.size = sizeof(arg),
		.ioas_id = ioas,
		.iova = iova,
		.length = length,
	};

	return call(user, IOMMU_IOAS_UNMAP, &arg);
}

/**
 * iommufd_user_copy - IOMMU_IOAS_COPY, to a fixed IOVA
 * @user: The iommufd
 * @from: Object ID of the IOAS to copy from
 * @from_iova: First IOVA there
 * @to: Object ID of the IOAS to copy to
 * @to_iova: First IOVA there
 * @length: Number of bytes
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int iommufd_user_copy(struct iommufd_user *user, u32 from, u64 from_iova, u32 to,
		      u64 to_iova, u64 length)
{
	struct iommu_ioas_copy arg = {
		.size = sizeof(arg),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.dst_ioas_id = to,
		.src_ioas_id = from,
		.length = length,
		.dst_iova = to_iova,
		.src_iova = from_iova,
	};

	return call(user, IOMMU_IOAS_COPY, &arg);
}

/* The rest of what changes an IOAS */

/**
 * iommufd_user_allow - IOMMU_IOAS_ALLOW_IOVAS, one range
 * @user: The iommufd
 * @ioas: Object ID of an IOAS
 * @first: First IOVA
 * @last: Last IOVA, no range at all is allowed if it is 0
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int iommufd_user_allow(struct iommufd_user *user, u32 ioas, u64 first, u64 last)
{
	struct iommu_iova_range range = { .start = first, .last = last };
	struct iommu_ioas_allow_iovas arg = {
		.size = sizeof(arg),
		.ioas_id = ioas,
		.num_iovas = last ? 1 : 0,
		.allowed_iovas = (unsigned long)user->buffer + ARRAY,
	};

	if (copy_to_user(user->buffer + ARRAY, &range, sizeof(range)))
		return -EFAULT;
	return call(user, IOMMU_IOAS_ALLOW_IOVAS, &arg);
}

/**
 * iommufd_user_set_huge_pages - IOMMU_OPTION_HUGE_PAGES
 * @user: The iommufd
 * @ioas: Object ID of an IOAS
 * @enable: Map large pages
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int iommufd_user_set_huge_pages(struct iommufd_user *user, u32 ioas, bool enable)
{
	struct iommu_option arg = {
		.size = sizeof(arg),
		.option_id = IOMMU_OPTION_HUGE_PAGES,
		.op = IOMMU_OPTION_OP_SET,
		.object_id = ioas,
		.val64 = enable,
	};

	return call(user, IOMMU_OPTION, &arg);
}

/**
 * iommufd_user_change_process - IOMMU_IOAS_CHANGE_PROCESS
 * @user: The iommufd
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int iommufd_user_change_process(struct iommufd_user *user)
{
	struct iommu_ioas_change_process arg = { .size = sizeof(arg) };

	return call(user, IOMMU_IOAS_CHANGE_PROCESS, &arg);
}

/**
 * iommufd_user_set_dirty_tracking - IOMMU_HWPT_SET_DIRTY_TRACKING
 * @user: The iommufd
 * @hwpt: Object ID of a HWPT
 * @enable: Track
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int iommufd_user_set_dirty_tracking(struct iommufd_user *user, u32 hwpt, bool enable)
{
	struct iommu_hwpt_set_dirty_tracking arg = {
		.size = sizeof(arg),
		.flags = enable ? IOMMU_HWPT_DIRTY_TRACKING_ENABLE : 0,
		.hwpt_id = hwpt,
	};

	return call(user, IOMMU_HWPT_SET_DIRTY_TRACKING, &arg);
}

/**
 * iommufd_user_get_dirty_bitmap - IOMMU_HWPT_GET_DIRTY_BITMAP
 * @user: The iommufd
 * @hwpt: Object ID of a HWPT
 * @iova: First IOVA
 * @length: Number of bytes, the bitmap of which fits in half a page
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int iommufd_user_get_dirty_bitmap(struct iommufd_user *user, u32 hwpt, u64 iova,
				  u64 length)
{
	struct iommu_hwpt_get_dirty_bitmap arg = {
		.size = sizeof(arg),
		.hwpt_id = hwpt,
		.iova = iova,
		.length = length,
		.page_size = PAGE_SIZE,
		.data = (unsigned long)user->buffer + ARRAY,
	};

	return call(user, IOMMU_HWPT_GET_DIRTY_BITMAP, &arg);
}

/* A live update */

/**
 * iommufd_user_mark - IOMMU_HWPT_LIVEUPDATE_MARK
 * @user: The iommufd
 * @hwpt: Object ID of a HWPT
 * @token: The token
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int iommufd_user_mark(struct iommufd_user *user, u32 hwpt, u64 token)
{
	struct iommu_hwpt_liveupdate_mark arg = {
		.size = sizeof(arg),
		.hwpt_id = hwpt,
		.token = token,
	};

	return call(user, IOMMU_HWPT_LIVEUPDATE_MARK, &arg);
}

/**
 * iommufd_user_unmark - IOMMU_HWPT_LIVEUPDATE_MARK, to take a mark away
 * @user: The iommufd
 * @hwpt: Object ID of a HWPT
 * @token: The token
 *
 * Context: Process context.
 * Return: 0 or an errno.
 */
int iommufd_user_unmark(struct iommufd_user *user, u32 hwpt, u64 token)
{
	struct iommu_hwpt_liveupdate_mark arg = {
		.size = sizeof(arg),
		.flags = IOMMU_HWPT_LIVEUPDATE_UNMARK,
		.hwpt_id = hwpt,
		.token = token,
	};

	return call(user, IOMMU_HWPT_LIVEUPDATE_MARK, &arg);
}
