// SPDX-License-Identifier: GPL-2.0-only
/* The change to the next kernel, which is told how many there were before it */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/reboot.h>
#include <sys/syscall.h>

#include <linux/reboot.h>

#include "compiler.h"
#include "control.h"
#include "file.h"
#include "kexec.h"
#include "message.h"

#define NEXT_KERNEL		"/kernel"
#define NEXT_INITRAMFS		"/initramfs"

/* COMMAND_LINE_SIZE of x86, with the end of the string */
#define COMMAND_LINE_SIZE	2048

/* kexec_file_load() keeps room for a parameter of its own. */
#define COMMAND_LINE_LIMIT	(COMMAND_LINE_SIZE - 31)

/* Which kernel this is, counted from 1: the last parameter counts. */
int kexec_stage(void)
{
	char command_line[COMMAND_LINE_SIZE + 1];
	char *parameter = command_line;
	int stage = 1;

	if (read_file("/proc/cmdline", command_line, sizeof(command_line)) < 0)
		return -1;
	while ((parameter = strstr(parameter, STAGE_PARAMETER))) {
		parameter += strlen(STAGE_PARAMETER);
		stage = atoi(parameter);
	}
	return stage;
}

/* The command line of this kernel, and @parameters */
static int make_command_line(char *command_line, char **parameters)
{
	/* one byte more for the end of the line */
	char now[COMMAND_LINE_SIZE + 1];
	int length;

	if (read_file("/proc/cmdline", now, sizeof(now)) < 0) {
		control_print("error kexec /proc/cmdline: %m\n");
		return -1;
	}
	length = snprintf(command_line, COMMAND_LINE_SIZE, "%s " STAGE_PARAMETER "%d", now,
			  kexec_stage() + 1);
	for (; *parameters && length < COMMAND_LINE_LIMIT; parameters++)
		length += snprintf(command_line + length, COMMAND_LINE_SIZE - length, " %s",
				   *parameters);
	if (length >= COMMAND_LINE_LIMIT) {
		control_print("error kexec the command line takes %d of %d bytes: shorten it\n",
			      length + 1, COMMAND_LINE_LIMIT);
		return -1;
	}
	return 0;
}

static int open_image(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		control_print("error kexec %s: %m: it must be in this kernel's initramfs\n", path);
	return fd;
}

static int load_images(int kernel, int initramfs, char **parameters)
{
	char command_line[COMMAND_LINE_SIZE];

	if (make_command_line(command_line, parameters))
		return -1;
	if (!syscall(__NR_kexec_file_load, kernel, initramfs, strlen(command_line) + 1,
		     command_line, 0ul))
		return 0;
	control_print("error kexec kexec_file_load: %m: see the console\n");
	return -1;
}

static int load(char **parameters)
{
	int kernel, initramfs, ret = -1;

	kernel = open_image(NEXT_KERNEL);
	if (kernel < 0)
		return -1;
	initramfs = open_image(NEXT_INITRAMFS);
	if (initramfs >= 0) {
		ret = load_images(kernel, initramfs, parameters);
		close(initramfs);
	}
	close(kernel);
	return ret;
}

/* Have the kernel print each device that it shuts down. */
static int log_shutdown(void)
{
	static const char * const settings[][2] = {
		{ "/sys/module/kernel/parameters/initcall_debug", "Y" },
		{ "/proc/sys/kernel/printk", "7" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		if (write_file(settings[i][0], settings[i][1])) {
			control_print("error kexec %s: %m\n", settings[i][0]);
			return -1;
		}
	}
	return 0;
}

/*
 * Start the next kernel, with more words of its command line. Returns only when that
 * fails, which was then said.
 */
void kexec_next_kernel(char **parameters)
{
	if (load(parameters) || log_shutdown())
		return;
	control_print("kexec\n");
	control_drain();
	reboot(LINUX_REBOOT_CMD_KEXEC);
	control_print("error kexec reboot: %m: see the console\n");
}

/* Have the kernel refuse to start the next one, and say why it did. */
void kexec_refused(void)
{
	char *end = NULL;

	if (load(&end))
		return;
	reboot(LINUX_REBOOT_CMD_KEXEC);
	control_print("refused kexec %s\n", errno_name(errno));
}
