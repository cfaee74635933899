// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Files of the host, for images of the fake KHO
 *
 * UML is a process of its host, and can open a file there before it has any
 * memory management of its own.
 */

#include <linux/limits.h>
#include <linux/minmax.h>

#include <os.h>

#include "fake_kho_image.h"
#include "fake_kho_internal.h"

static int host_read(struct fake_kho_image_file *file, void *buf, size_t size,
		     u64 offset)
{
	while (size) {
		int done = os_pread_file(file->fd, buf, min(size, INT_MAX),
					 offset);

		if (done < 0)
			return done;
		if (!done)
			return -ENODATA;
		buf += done;
		size -= done;
		offset += done;
	}
	return 0;
}

static int host_write(struct fake_kho_image_file *file, const void *buf,
		      size_t size, u64 offset)
{
	while (size) {
		int done = os_pwrite_file(file->fd, buf, min(size, INT_MAX),
					  offset);

		if (done < 0)
			return done;
		buf += done;
		size -= done;
		offset += done;
	}
	return 0;
}

/**
 * fake_kho_host_open - Open a file of the host.
 * @file: Filled in.
 * @path: Its name.
 * @create: true to write a new file, false to read one.
 *
 * Context: Any but interrupts, from early boot on.
 *
 * Return: 0 or what the host refused.
 */
int fake_kho_host_open(struct fake_kho_image_file *file, const char *path,
		       bool create)
{
	struct openflags flags = OPENFLAGS();
	unsigned long long size = 0;
	int fd, err;

	flags = create ? of_trunc(of_create(of_write(flags))) : of_read(flags);
	fd = os_open_file(path, of_cloexec(flags), 0644);
	if (fd < 0)
		return fd;

	err = create ? 0 : os_file_size(path, &size);
	if (err) {
		os_close_file(fd);
		return err;
	}

	*file = (struct fake_kho_image_file){
		.read = host_read,
		.write = host_write,
		.size = size,
		.fd = fd,
	};
	return 0;
}

/**
 * fake_kho_host_close - Close a file of the host.
 * @file: The file.
 *
 * Context: Any but interrupts.
 */
void fake_kho_host_close(struct fake_kho_image_file *file)
{
	os_close_file(file->fd);
}
