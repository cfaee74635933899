// SPDX-License-Identifier: GPL-2.0-only
/* Modules of the kernel, which are in a directory of the initramfs */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/syscall.h>

#include "file.h"
#include "module.h"

#define MODULES		"/modules"

/* Load a module, not those that it needs: 0, or an errno. */
int module_load(const char *name)
{
	char path[128];
	int fd, error;

	snprintf(path, sizeof(path), MODULES "/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	error = syscall(__NR_finit_module, fd, "", 0) ? errno : 0;
	close(fd);
	return error;
}

/* Unload a module, unless something uses it: 0, or an errno. */
int module_unload(const char *name)
{
	return syscall(__NR_delete_module, name, O_NONBLOCK) ? errno : 0;
}

/* How many use a module: other modules, open files and whoever else pins it; or -errno. */
int module_users(const char *name)
{
	char path[128], text[16];

	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", name);
	if (read_file(path, text, sizeof(text)) < 0)
		return -errno;
	return atoi(text);
}
