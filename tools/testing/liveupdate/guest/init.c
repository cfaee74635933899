// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first process of the virtual machine: it runs what the host asks for.
 *
 * Commands come as lines on the second serial port and are done one after the
 * other:
 *
 *   run PROGRAM ARG...		run it, then answer "done STATUS"
 *   spawn PROGRAM ARG...	start it and go on; when it ends, "died PROGRAM STATUS"
 *   kexec PARAMETER...		start /kernel with /initramfs, with more parameters
 *   kexec-refused		try to; answer "refused kexec ERRNO"
 *   poweroff
 *
 * STATUS is the exit code, or 128 and the signal. What a program writes to its
 * standard output goes to that port too; the rest is on the console. Any command
 * that fails is answered by "error COMMAND TEXT".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <linux/reboot.h>

#include "compiler.h"
#include "control.h"
#include "kexec.h"

#define MAX_ARGUMENTS		64
#define MAX_SPAWNED		16

/**
 * struct program - A program that was started
 * @pid: its process, 0 if the entry is free
 * @name: what the host called it
 */
struct program {
	pid_t pid;
	char name[64];
};

static struct program spawned[MAX_SPAWNED];
static pid_t running;		/* the program that the next command waits for */
static int control;

static const struct {
	const char *type;
	const char *directory;
	const char *option;
} mounts[] = {
	{ "proc", "/proc", "PROC_FS" },
	{ "sysfs", "/sys", "SYSFS" },
	{ "devtmpfs", "/dev", "DEVTMPFS" },
	{ "debugfs", "/sys/kernel/debug", "DEBUG_FS" },
	{ "tmpfs", "/tmp", "TMPFS" },
	{ "tmpfs", "/dev/shm", "TMPFS" },
};

/* Nobody can be told by the control port: the host reads it on the console. */
static __printf(1, 2) __noreturn void give_up(const char *format, ...)
{
	va_list args;

	fputs("init: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	reboot(LINUX_REBOOT_CMD_RESTART);
	for (;;)
		pause();
}

static void mount_all(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(mounts); i++) {
		mkdir(mounts[i].directory, 0755);
		if (mount(mounts[i].type, mounts[i].directory, mounts[i].type, 0, NULL))
			give_up("%s: %m: the kernel needs CONFIG_%s", mounts[i].directory,
				mounts[i].option);
	}
}

static int open_or_give_up(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		give_up("%s: %m", path);
	return fd;
}

static void open_files(void)
{
	int null, console, fd;

	null = open_or_give_up("/dev/null");
	console = open_or_give_up("/dev/console");
	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(fd == STDIN_FILENO ? null : console, fd);
	control = control_open();
	if (control < 0)
		give_up("%s: %m: the machine needs a second serial port", CONTROL_PORT);
}

static void child_signal(int signal)
{
	(void)signal;
}

/* SIGCHLD only ever arrives in ppoll(), and ends it. */
static void watch_children(sigset_t *while_waiting)
{
	struct sigaction action = { .sa_handler = child_signal };
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigprocmask(SIG_BLOCK, &signals, while_waiting);
	sigdelset(while_waiting, SIGCHLD);
	sigaction(SIGCHLD, &action, NULL);
}

/* posix_spawn() tells of a failing exec, too: 0 or an errno. */
static int start_program(char **arguments, pid_t *pid)
{
	static char * const environment[] = { "PATH=/bin", "HOME=/", NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char path[CONTROL_MAX_LINE + 8];
	sigset_t none;
	int error;

	snprintf(path, sizeof(path), "%s%s", *arguments[0] == '/' ? "" : "/bin/", arguments[0]);
	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, control, STDOUT_FILENO);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
	error = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static void run_program(char **arguments)
{
	int error;

	if (!arguments[0]) {
		control_print("error run which program?\n");
		return;
	}
	error = start_program(arguments, &running);
	if (error) {
		running = 0;
		control_print("error run %s: %s\n", arguments[0], strerror(error));
	}
}

static struct program *find_spawned(pid_t pid)
{
	unsigned int i;

	for (i = 0; i < MAX_SPAWNED; i++) {
		if (spawned[i].pid == pid)
			return &spawned[i];
	}
	return NULL;
}

static void spawn_program(char **arguments)
{
	struct program *program = find_spawned(0);
	int error;

	if (!arguments[0]) {
		control_print("error spawn which program?\n");
		return;
	}
	if (!program) {
		control_print("error spawn %s: %u programs are alive already\n", arguments[0],
			      MAX_SPAWNED);
		return;
	}
	error = start_program(arguments, &program->pid);
	if (error) {
		program->pid = 0;
		control_print("error spawn %s: %s\n", arguments[0], strerror(error));
		return;
	}
	snprintf(program->name, sizeof(program->name), "%s", arguments[0]);
}

static void next_kernel(char **arguments)
{
	kexec_next_kernel(arguments);
}

static void refused_kernel(char **arguments)
{
	if (arguments[0])
		control_print("error kexec-refused takes no argument\n");
	else
		kexec_refused();
}

static void power_off(char **arguments)
{
	if (arguments[0]) {
		control_print("error poweroff takes no argument\n");
		return;
	}
	control_drain();
	reboot(LINUX_REBOOT_CMD_POWER_OFF);
	control_print("error poweroff %m\n");
}

static const struct {
	const char *name;
	void (*call)(char **arguments);
} commands[] = {
	{ "run", run_program },
	{ "spawn", spawn_program },
	{ "kexec", next_kernel },
	{ "kexec-refused", refused_kernel },
	{ "poweroff", power_off },
};

static void obey(char *line)
{
	char *words[MAX_ARGUMENTS + 2] = {};
	unsigned int count = 0, i;
	char *word;

	for (word = strtok(line, " \t\r"); word; word = strtok(NULL, " \t\r")) {
		if (count > MAX_ARGUMENTS) {
			control_print("error %s more than %u words\n", words[0], MAX_ARGUMENTS);
			return;
		}
		words[count++] = word;
	}
	if (!count)
		return;
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(words[0], commands[i].name)) {
			commands[i].call(words + 1);
			return;
		}
	}
	control_print("error %s unknown command\n", words[0]);
}

static void child_ended(pid_t pid, int wait_status)
{
	int status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) :
					      128 + WTERMSIG(wait_status);
	struct program *program = find_spawned(pid);

	if (pid == running) {
		running = 0;
		control_print("done %d\n", status);
	} else if (program) {
		program->pid = 0;
		control_print("died %s %d\n", program->name, status);
	}
}

static void reap_children(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		child_ended(pid, status);
}

static __noreturn void serve(const sigset_t *while_waiting)
{
	struct pollfd port = { .events = POLLIN };
	char *line;

	for (;;) {
		reap_children();
		while (!running && (line = control_line()))
			obey(line);
		/* Until a program has ended, the next command waits in the tty. */
		port.fd = running ? -1 : control;
		if (ppoll(&port, 1, NULL, while_waiting) > 0 && control_read())
			give_up("%s: %m", CONTROL_PORT);
	}
}

int main(void)
{
	sigset_t while_waiting;
	int stage;

	mount_all();
	open_files();
	stage = kexec_stage();
	if (stage < 0)
		give_up("/proc/cmdline: %m");
	watch_children(&while_waiting);
	control_print("init %d\n", stage);
	serve(&while_waiting);
}
