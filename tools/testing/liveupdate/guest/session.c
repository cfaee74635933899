// SPDX-License-Identifier: GPL-2.0-only
/* Sessions of the Live Update Orchestrator. All of this fails by -1 with errno. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/ioctl.h>

#include <linux/liveupdate.h>

#include "session.h"

static int open_device(void)
{
	return open("/dev/liveupdate", O_RDWR | O_CLOEXEC);
}

/* The device can be open once only: it is given back right away. */
static int close_device(int device, int ret)
{
	int error = errno;

	close(device);
	errno = error;
	return ret;
}

/* Make a session, which lives as long as its file descriptor. */
int session_create(const char *name)
{
	struct liveupdate_ioctl_create_session create = { .size = sizeof(create) };
	int device = open_device();

	if (device < 0)
		return -1;
	snprintf((char *)create.name, sizeof(create.name), "%s", name);
	if (ioctl(device, LIVEUPDATE_IOCTL_CREATE_SESSION, &create))
		return close_device(device, -1);
	return close_device(device, create.fd);
}

/* Take over a session of the previous kernel. */
int session_retrieve(const char *name)
{
	struct liveupdate_ioctl_retrieve_session retrieve = { .size = sizeof(retrieve) };
	int device = open_device();

	if (device < 0)
		return -1;
	snprintf((char *)retrieve.name, sizeof(retrieve.name), "%s", name);
	if (ioctl(device, LIVEUPDATE_IOCTL_RETRIEVE_SESSION, &retrieve))
		return close_device(device, -1);
	return close_device(device, retrieve.fd);
}

int session_preserve_file(int session, int fd, __u64 token)
{
	struct liveupdate_session_preserve_fd preserve = {
		.size = sizeof(preserve),
		.fd = fd,
		.token = token,
	};

	return ioctl(session, LIVEUPDATE_SESSION_PRESERVE_FD, &preserve);
}

/* The file that was preserved with @token */
int session_retrieve_file(int session, __u64 token)
{
	struct liveupdate_session_retrieve_fd retrieve = {
		.size = sizeof(retrieve),
		.token = token,
	};

	if (ioctl(session, LIVEUPDATE_SESSION_RETRIEVE_FD, &retrieve))
		return -1;
	return retrieve.fd;
}

int session_finish(int session)
{
	struct liveupdate_session_finish finish = { .size = sizeof(finish) };

	return ioctl(session, LIVEUPDATE_SESSION_FINISH, &finish);
}
