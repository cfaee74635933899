// SPDX-License-Identifier: GPL-2.0-only
/* The small files of proc and sysfs */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file.h"

/* Write all of @text at once: 0, or -1 with errno. */
int write_file(const char *path, const char *text)
{
	size_t length = strlen(text);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t written;
	int error = 0;

	if (fd < 0)
		return -1;
	written = write(fd, text, length);
	if (written < 0)
		error = errno;
	else if ((size_t)written != length)
		error = EIO;
	close(fd);
	errno = error;
	return error ? -1 : 0;
}

/*
 * Read a file that must fit into @size bytes, with an end of string and without
 * the end of the last line: its length, or -1 with errno.
 */
ssize_t read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t part = 1;
	size_t length = 0;
	int error;

	if (fd < 0)
		return -1;
	while (part > 0 && length < size) {
		part = read(fd, text + length, size - length);
		if (part > 0)
			length += part;
	}
	error = part < 0 ? errno : length == size ? EFBIG : 0;
	close(fd);
	if (error) {
		errno = error;
		return -1;
	}
	if (length && text[length - 1] == '\n')
		length--;
	text[length] = '\0';
	return length;
}
