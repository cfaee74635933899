// SPDX-License-Identifier: GPL-2.0-only
/*
 * A virtual machine with an emulated VT-d unit, started and stopped.
 *
 * QEMU inherits one end of a socket for each serial port and for qtest, so that
 * nothing has a name in the file system, and dies with this program, whichever
 * way that ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <linux/kernel.h>

#include "vm.h"

#define ANSWER_TIMEOUT_MS	10000
#define SEND_BUFFER		(64 << 20)

enum { QTEST, CONSOLE, CONTROL, NR_SOCKETS };

static u64 monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000ull + now.tv_nsec / 1000;
}

/* Microseconds since the start of the virtual machine. */
u64 vm_now_us(const struct vm *vm)
{
	return monotonic_us() - vm->start_us;
}

struct arguments {
	const char *word[VM_MAX_ARGUMENTS];
	unsigned int count;
};

static void add(struct arguments *arguments, const char *word)
{
	if (arguments->count < VM_MAX_ARGUMENTS - 1)
		arguments->word[arguments->count++] = word;
}

/*
 * Where KVM is not backed by hardware a stock kernel dies early, and the
 * interpreter is fast enough: it is chosen by name.
 */
static const char *const fixed_arguments[] = {
	"-accel", "tcg",
	"-cpu", "max",
	"-machine", "q35,kernel-irqchip=split",
	"-nodefaults", "-no-reboot",
	"-display", "none",
	"-qtest", "chardev:qtest", "-qtest-log", "/dev/null",
};

static unsigned int nr_sockets(const struct vm_settings *settings)
{
	return settings->kernel ? NR_SOCKETS : QTEST + 1;
}

static void add_unit(struct arguments *arguments, const struct vm_settings *settings)
{
	static const char *const units[2][2] = {
		{ "intel-iommu,intremap=on", "intel-iommu,intremap=on,x-scalable-mode=on" },
		{ "intel-iommu,intremap=off", "intel-iommu,intremap=off,x-scalable-mode=on" },
	};

	add(arguments, "-device");
	add(arguments, settings->unit ? settings->unit :
					units[settings->no_intremap][settings->scalable]);
}

static void add_kernel(struct arguments *arguments, const struct vm_settings *settings)
{
	add(arguments, "-serial");
	add(arguments, "chardev:console");
	add(arguments, "-serial");
	add(arguments, "chardev:control");
	add(arguments, "-kernel");
	add(arguments, settings->kernel);
	add(arguments, "-initrd");
	add(arguments, settings->initramfs);
	add(arguments, "-append");
	add(arguments, settings->command_line);
}

static void run_qemu(const struct vm_settings *settings, const int *fds)
{
	static const char *const names[] = { "qtest", "console", "control" };
	static char chardevs[NR_SOCKETS][64], memory[16], cpus[16];
	struct arguments arguments = {};
	unsigned int i;

	add(&arguments, settings->qemu);
	for (i = 0; i < nr_sockets(settings); i++) {
		snprintf(chardevs[i], sizeof(chardevs[i]), "socket,id=%s,fd=%d", names[i], fds[i]);
		add(&arguments, "-chardev");
		add(&arguments, chardevs[i]);
	}
	for (i = 0; i < ARRAY_SIZE(fixed_arguments); i++)
		add(&arguments, fixed_arguments[i]);
	add_unit(&arguments, settings);
	snprintf(memory, sizeof(memory), "%uM", settings->memory);
	snprintf(cpus, sizeof(cpus), "%u", settings->cpus);
	add(&arguments, "-m");
	add(&arguments, memory);
	add(&arguments, "-smp");
	add(&arguments, cpus);
	if (settings->kernel)
		add_kernel(&arguments, settings);
	else
		add(&arguments, "-S");
	for (i = 0; settings->arguments && settings->arguments[i]; i++)
		add(&arguments, settings->arguments[i]);
	execvp(settings->qemu, (char *const *)arguments.word);
	fprintf(stderr, "%s: %s: install qemu-system-x86\n", settings->qemu, strerror(errno));
	_exit(127);
}

/* In a process group of its own, as Ctrl-C is for this program to handle. */
static void become_qemu(const struct vm_settings *settings, int *fds, pid_t parent)
{
	unsigned int i;
	char log[512];
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	for (i = 0; i < nr_sockets(settings); i++)
		fcntl(fds[i], F_SETFD, 0);
	snprintf(log, sizeof(log), "%sqemu.log", settings->logs);
	dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
	dup2(open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), STDERR_FILENO);
	run_qemu(settings, fds);
}

/*
 * QEMU writes what a guest says letter by letter, and throws away what there is no room for.
 * Each takes 768 bytes of the buffer: by default there is room for 278, which on a busy host
 * is less than what is said before somebody reads it.
 */
static void enlarge_send_buffer(int fd)
{
	const int size = SEND_BUFFER;

	/* Root gets it; others get what the system allows. */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

/* Those that the machine has not are -1. */
static int open_sockets(int (*pairs)[2], unsigned int count)
{
	unsigned int i;

	memset(pairs, -1, NR_SOCKETS * sizeof(*pairs));
	for (i = 0; i < count; i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pairs[i])) {
			perror("socketpair");
			return -1;
		}
		enlarge_send_buffer(pairs[i][1]);
	}
	return 0;
}

static void close_sockets(int (*pairs)[2], unsigned int end)
{
	unsigned int i;

	for (i = 0; i < NR_SOCKETS; i++) {
		if (pairs[i][end] >= 0)
			close(pairs[i][end]);
	}
}

static int open_log(struct vm *vm, const struct vm_settings *settings)
{
	char name[512];

	snprintf(name, sizeof(name), "%sconsole.log", settings->logs);
	vm->console.log = fopen(name, "we");
	if (!vm->console.log)
		perror(name);
	return vm->console.log ? 0 : -1;
}

/* Start QEMU with what @settings name: 0, or -1 with a message. */
int vm_start(struct vm *vm, const struct vm_settings *settings)
{
	int pairs[NR_SOCKETS][2], ends[NR_SOCKETS];
	pid_t parent = getpid();
	unsigned int i;

	*vm = (struct vm) { .console.fd = -1, .control.fd = -1, .qtest.fd = -1 };
	if (settings->kernel && open_log(vm, settings))
		return -1;
	if (open_sockets(pairs, nr_sockets(settings)))
		goto err_sockets;
	fflush(NULL);
	vm->start_us = monotonic_us();
	vm->pid = fork();
	if (vm->pid < 0) {
		perror("fork");
		goto err_sockets;
	}
	for (i = 0; i < NR_SOCKETS; i++)
		ends[i] = pairs[i][1];
	if (!vm->pid)
		become_qemu(settings, ends, parent);

	close_sockets(pairs, 1);
	qtest_open(&vm->qtest, pairs[QTEST][0], ANSWER_TIMEOUT_MS);
	vm->console.fd = pairs[CONSOLE][0];
	vm->control.fd = pairs[CONTROL][0];
	if (settings->kernel) {
		fcntl(vm->console.fd, F_SETFL, O_NONBLOCK);
		fcntl(vm->control.fd, F_SETFL, O_NONBLOCK);
	}
	return 0;

err_sockets:
	close_sockets(pairs, 0);
	close_sockets(pairs, 1);
	vm_stop(vm);
	return -1;
}

/* Whether QEMU has ended by itself. */
bool vm_died(struct vm *vm)
{
	if (vm->pid > 0 && waitpid(vm->pid, NULL, WNOHANG) == vm->pid)
		vm->pid = 0;
	return vm->pid <= 0;
}

/* What was said last is the most interesting, and nobody may have read it. */
static void log_rest(struct serial *serial)
{
	ssize_t length;

	for (;;) {
		length = read(serial->fd, serial->buffer, sizeof(serial->buffer));
		if (length <= 0)
			return;
		fwrite(serial->buffer, length, 1, serial->log);
	}
}

/* Stop QEMU and free what vm_start() took. */
void vm_stop(struct vm *vm)
{
	if (vm->pid > 0) {
		kill(vm->pid, SIGKILL);
		waitpid(vm->pid, NULL, 0);
	}
	qtest_close(&vm->qtest);
	if (vm->console.fd >= 0) {
		log_rest(&vm->console);
		close(vm->console.fd);
	}
	if (vm->control.fd >= 0)
		close(vm->control.fd);
	if (vm->console.log)
		fclose(vm->console.log);
	*vm = (struct vm) { .console.fd = -1, .control.fd = -1, .qtest.fd = -1 };
}

static bool has_buffered(const struct serial *serial)
{
	return serial->next < serial->end;
}

/* Sleep until a serial port has something to read, or until that moment. */
int vm_wait(struct vm *vm, u64 until_us)
{
	struct pollfd fds[] = {
		{ .fd = vm->console.fd, .events = POLLIN },
		{ .fd = vm->control.fd, .events = POLLIN },
	};
	u64 now = vm_now_us(vm);
	struct timespec timeout = {};

	if (until_us > now && !has_buffered(&vm->console) && !has_buffered(&vm->control)) {
		timeout.tv_sec = (until_us - now) / 1000000;
		timeout.tv_nsec = (until_us - now) % 1000000 * 1000;
	}
	return ppoll(fds, ARRAY_SIZE(fds), &timeout, NULL);
}

/* Send one line: 0, or -1 with a message. */
int serial_send(struct serial *serial, const char *format, ...)
{
	char line[VM_MAX_LINE];
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (length >= (int)sizeof(line) - 1) {
		fprintf(stderr, "a command to the guest is too long\n");
		return -1;
	}
	line[length++] = '\n';
	if (write(serial->fd, line, length) != length) {
		fprintf(stderr, "the guest takes no command: %s\n", strerror(errno));
		return -1;
	}
	return 0;
}

static void read_more(struct serial *serial)
{
	ssize_t length = read(serial->fd, serial->buffer, sizeof(serial->buffer));

	if (length <= 0)
		return;
	if (serial->log)
		fwrite(serial->buffer, length, 1, serial->log);
	serial->next = 0;
	serial->end = length;
}

/*
 * The next complete line without its end, or %NULL when there is none yet. It
 * is valid until the next call. A line that is too long is cut. One call reads
 * at most once, so that it returns even if the line never ends.
 */
const char *serial_line(struct serial *serial)
{
	static char line[VM_MAX_LINE];
	char c;

	if (serial->next == serial->end)
		read_more(serial);
	while (serial->next < serial->end) {
		c = serial->buffer[serial->next++];
		if (c == '\r')
			continue;
		if (c != '\n') {
			if (serial->length < sizeof(serial->line) - 1)
				serial->line[serial->length++] = c;
			continue;
		}
		memcpy(line, serial->line, serial->length);
		line[serial->length] = '\0';
		serial->length = 0;
		return line;
	}
	return NULL;
}
