// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of starting and stopping QEMU, and of waiting for what the guest says,
 * with a script in QEMU's place.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <linux/kernel.h>

#include "guest.h"
#include "tap.h"
#include "vm.h"

#define FAKE			"./fake_qemu.sh"
#define SECOND			1000000u
/* More than a socket takes by default, if each is written by itself */
#define LETTERS			"500"
/* Far less than the time for which the waits would last */
#define QUICK_MS		2000

/* The logs are in a directory of their own. */
static char directory[32], logs[64];

static struct vm vm;
static struct guest guest;

static int start_program(const char *program, const char *behavior)
{
	static const char *const arguments[] = { "-device", "e1000,addr=0x3", NULL };
	const struct vm_settings settings = {
		.qemu = program, .kernel = "a kernel", .initramfs = "an archive",
		.command_line = "a=1 b=2", .memory = 777, .cpus = 3, .logs = logs,
		.scalable = true, .arguments = arguments,
	};

	setenv("FAKE_QEMU", behavior, 1);
	guest = (struct guest) { .vm = &vm };
	return vm_start(&vm, &settings);
}

static void start(const char *behavior)
{
	if (start_program(FAKE, behavior))
		tap_die("the script in QEMU's place cannot be run");
}

static bool gone(pid_t pid)
{
	return kill(pid, 0) && errno == ESRCH;
}

/* Whether a line of a log has that start; what follows goes to @rest. */
static bool log_has(const char *log, const char *begin, char *rest, size_t size)
{
	char path[128], line[1024];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s%s", logs, log);
	file = fopen(path, "r");
	while (file && !found && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		found = !strncmp(line, begin, strlen(begin));
	}
	if (found && rest)
		snprintf(rest, size, "%s", line + strlen(begin));
	if (file)
		fclose(file);
	return found;
}

static bool qemu_log_has(const char *begin)
{
	return log_has("qemu.log", begin, NULL, 0);
}

/* Wait for a line: whether it does not come, for that reason, within that time. */
static bool fails(const char *text, unsigned int timeout_us, const char *error,
		  unsigned int most_ms)
{
	unsigned int begin = tap_now_ms(), took;
	int result = guest_wait_for(&guest, text, timeout_us);
	bool good;

	took = tap_now_ms() - begin;
	good = result == -1 && strstr(guest.error, error) && took <= most_ms;
	if (!good)
		printf("# returned %d after %u ms: %s\n", result, took, guest.error);
	return good;
}

static bool comes(const char *text)
{
	int result = guest_wait_for(&guest, text, 10 * SECOND);

	if (result)
		printf("# returned %d: %s\n", result, guest.error);
	return !result;
}

static void test_start_and_stop(const char *behavior)
{
	unsigned int files = tap_open_files(), begin = tap_now_ms();
	pid_t pid;

	start(behavior);
	pid = vm.pid;
	tap_result(pid > 0 && !gone(pid) && !vm_died(&vm) && comes("init 1"), "start.%s", behavior);
	vm_stop(&vm);
	tap_result(gone(pid) && waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
		   "stop.%s.no process is left", behavior);
	tap_result(tap_open_files() == files, "stop.%s.no file is left", behavior);
	tap_result(tap_now_ms() - begin < 2000 && vm_died(&vm), "stop.%s.is quick", behavior);
	vm_stop(&vm);
	tap_result(tap_open_files() == files, "stop.%s.twice", behavior);
}

static void test_arguments(void)
{
	static const char *const wanted[] = {
		"tcg", "q35,kernel-irqchip=split", "-no-reboot",
		"intel-iommu,intremap=on,x-scalable-mode=on", "chardev:qtest", "777M", "3",
		"a kernel", "an archive", "a=1 b=2", "e1000,addr=0x3",
	};
	char line[100];
	unsigned int i;
	bool good;

	start("init");
	good = comes("init 1");
	tap_result(getpgid(vm.pid) == vm.pid, "start.in a process group of its own");
	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		snprintf(line, sizeof(line), "argument %s", wanted[i]);
		if (!qemu_log_has(line)) {
			printf("# there is no %s\n", line);
			good = false;
		}
	}
	tap_result(good, "start.arguments");
	vm_stop(&vm);
}

/* Nothing but the qtest socket, and what the caller asks for */
static void test_without_kernel(void)
{
	static const char *const arguments[] = { "-device", "e1000e,addr=0x4", NULL };
	const struct vm_settings settings = {
		.qemu = FAKE, .memory = 5, .cpus = 1, .logs = logs, .arguments = arguments,
		.unit = "intel-iommu,aw-bits=48",
	};
	unsigned int files = tap_open_files();
	bool refused;
	u32 value;

	setenv("FAKE_QEMU", "refuse-qtest", 1);
	if (vm_start(&vm, &settings))
		tap_die("the script in QEMU's place cannot be run");
	qtest_read32(&vm.qtest, 0, &value);
	tap_capture();
	refused = qtest_run(&vm.qtest) == -1;
	tap_result(refused && strstr(tap_captured(), "FAIL as told"), "no kernel.qtest");
	tap_result(qemu_log_has("argument -S") && qemu_log_has("argument intel-iommu,aw-bits=48") &&
		   qemu_log_has("argument e1000e,addr=0x4") && !qemu_log_has("argument -kernel") &&
		   !qemu_log_has("argument -serial"), "no kernel.arguments");
	vm_stop(&vm);
	tap_result(tap_open_files() == files, "no kernel.no file is left");
}

static unsigned int open_files_of(pid_t pid)
{
	unsigned int i, count = 0;
	char path[64], target;

	for (i = 0; i < 64; i++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%u", pid, i);
		count += readlink(path, &target, 1) > 0;
	}
	return count;
}

/* QEMU has three standard files and three sockets, and opens others for moments. */
static void test_inherited_files(void)
{
	unsigned int begin = tap_now_ms();
	bool good;

	start("init");
	good = comes("init 1");
	while (open_files_of(vm.pid) != 6 && tap_now_ms() - begin < QUICK_MS)
		usleep(1000);
	tap_result(good && open_files_of(vm.pid) == 6, "start.no other file is inherited");
	vm_stop(&vm);
}

static void test_no_qemu(void)
{
	unsigned int files = tap_open_files();

	tap_result(!start_program("./no_such_qemu", "") &&
		   fails("init 1", 10 * SECOND, "QEMU has ended: see qemu.log", QUICK_MS),
		   "no QEMU.ends the wait");
	tap_result(qemu_log_has("./no_such_qemu: No such file or directory: install "),
		   "no QEMU.is told");
	vm_stop(&vm);
	tap_result(tap_open_files() == files, "no QEMU.no file is left");
}

static void test_no_directory(void)
{
	unsigned int files = tap_open_files();
	char good_logs[sizeof(logs)];
	int error;

	memcpy(good_logs, logs, sizeof(logs));
	snprintf(logs, sizeof(logs), "/no/such/directory/");
	tap_capture();
	error = start_program(FAKE, "silent");
	tap_result(strstr(tap_captured(), "/no/such/directory/console.log: No such file") &&
		   error == -1 && vm.pid <= 0, "no directory.is told");
	memcpy(logs, good_logs, sizeof(logs));
	vm_stop(&vm);
	tap_result(tap_open_files() == files, "no directory.no file is left");
}

static void test_exit(void)
{
	start("exit");
	tap_result(fails("init 1", 10 * SECOND, "QEMU has ended: see qemu.log", QUICK_MS),
		   "exit.ends the wait");
	tap_result(vm_died(&vm) && vm_died(&vm), "exit.is seen");
	tap_result(fails("init 1", 10 * SECOND, "QEMU has ended", QUICK_MS), "exit.and again");
	tap_result(guest_pass(&guest, 10 * SECOND) == -1 && strstr(guest.error, "QEMU has ended"),
		   "exit.ends a pause");
	tap_capture();
	tap_result(guest_send(&guest, "kexec") == -1 &&
		   strstr(tap_captured(), "the guest takes no command: Broken pipe") &&
		   strstr(guest.error, "the command was not sent: kexec"), "exit.no command");
	vm_stop(&vm);
}

static const struct bad {
	const char *behavior;
	const char *error;
} bads[] = {
	{ "panic", "Kernel panic - not syncing: a fake" },
	{ "gives-up", "the guest gives up: init: /sys: No such device" },
	{ "error", "the guest says: error run something" },
	{ "died", "the guest says: died x 1" },
};

static void test_bad(const struct bad *bad)
{
	start(bad->behavior);
	tap_result(fails("init 1", 10 * SECOND, bad->error, QUICK_MS), "error.%s", bad->behavior);
	vm_stop(&vm);
	start(bad->behavior);
	tap_result(guest_pass(&guest, 10 * SECOND) == -1 && strstr(guest.error, bad->error),
		   "error.%s.ends a pause", bad->behavior);
	vm_stop(&vm);
	start(bad->behavior);
	tap_result(guest_run(&guest, 10 * SECOND, NULL, NULL, "x") == -1 &&
		   strstr(guest.error, bad->error), "error.%s.ends a program", bad->behavior);
	vm_stop(&vm);
}

/* While something else takes time, QEMU says why it ends, and ends. */
static u64 slow(void *data)
{
	struct timespec pause = { .tv_nsec = 300000000 };

	(void)data;
	nanosleep(&pause, NULL);
	return vm_now_us(&vm) + SECOND;
}

static void test_last_words(void)
{
	struct timespec pause = { .tv_nsec = 300000000 };

	start("last-words");
	guest.between = slow;
	tap_result(fails("init 1", 10 * SECOND, "not syncing: last words", 2000),
		   "last words.are the reason");
	vm_stop(&vm);
	start("last-words");
	nanosleep(&pause, NULL);
	vm_stop(&vm);
	tap_result(log_has("console.log", "[    1.5] Kernel panic - not syncing: last words", NULL,
			   0), "last words.are in the log");
}

/* Nobody reads while they are said. */
static void test_letters(void)
{
	unsigned int begin = tap_now_ms();
	bool said = false;

	setenv("FAKE_QEMU_LETTERS", LETTERS, 1);
	start("letters");
	while (!said && tap_now_ms() - begin < QUICK_MS) {
		usleep(1000);
		said = qemu_log_has("all is said");
	}
	tap_result(said, "letters.there is room until they are read");
	vm_stop(&vm);
}

static void test_splat(void)
{
	start("warning");
	tap_result(comes("init 1") && !guest_pass(&guest, 100000), "splat.is no error");
	tap_result(!strcmp(guest.splat, "[    1.5] WARNING: CPU: 0 at fake.c:1"),
		   "splat.the first is kept");
	vm_stop(&vm);
	start("lock");
	tap_result(comes("init 1") && !guest_pass(&guest, 100000) && guest.splat[0],
		   "splat.of lockdep");
	vm_stop(&vm);
	start("on-console");
	tap_result(fails("init 1", 200000, "no init 1 within 0 s", QUICK_MS),
		   "console.is not user space");
	vm_stop(&vm);
}

static void test_timeout(void)
{
	unsigned int begin = tap_now_ms(), took;

	start("silent");
	tap_result(fails("init 1", 300000, "no init 1 within 0 s", QUICK_MS), "timeout.not late");
	took = tap_now_ms() - begin;
	tap_result(took >= 300, "timeout.not early");
	begin = tap_now_ms();
	tap_result(!guest_pass(&guest, 200000), "pause.no error");
	took = tap_now_ms() - begin;
	tap_result(took >= 200 && took < 1000, "pause.as long as told");
	vm_stop(&vm);
	start("flood");
	tap_result(fails("init 1", 300000, "no init 1 within", QUICK_MS), "timeout.flood of lines");
	tap_result(!guest_pass(&guest, 100000), "pause.flood of lines");
	vm_stop(&vm);
	start("endless-line");
	tap_result(fails("init 1", 300000, "no init 1 within", QUICK_MS), "timeout.endless line");
	vm_stop(&vm);
}

static void test_signal(int number, const char *name)
{
	struct timespec none = {};
	sigset_t signals;

	start("silent");
	tap_result(!guest_interrupted(), "signal.%s.not yet", name);
	raise(number);
	tap_result(guest_interrupted() && fails("init 1", 10 * SECOND, "interrupted", QUICK_MS),
		   "signal.%s.ends a wait", name);
	tap_result(guest_pass(&guest, 10 * SECOND) == -1 && !strcmp(guest.error, "interrupted"),
		   "signal.%s.ends a pause", name);
	vm_stop(&vm);
	sigemptyset(&signals);
	sigaddset(&signals, number);
	sigtimedwait(&signals, NULL, &none);
}

/* The end of whoever started QEMU is the end of QEMU, whichever way it comes. */
static void test_killed(const char *behavior)
{
	unsigned int begin = tap_now_ms();
	pid_t child, qemu, waited = 0;
	pid_t *started;
	int status;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	started = mmap(NULL, sizeof(*started), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (started == MAP_FAILED)
		tap_die("there is no memory");
	child = fork();
	if (!child) {
		start(behavior);
		if (comes("init 1"))
			WRITE_ONCE(*started, vm.pid);
		for (;;)
			pause();
	}
	while (!READ_ONCE(*started) && tap_now_ms() - begin < 5000)
		usleep(1000);
	qemu = READ_ONCE(*started);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	while (qemu && !waited && tap_now_ms() - begin < 5000)
		waited = waitpid(qemu, &status, WNOHANG);
	tap_result(qemu && waited == qemu && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL,
		   "killed.%s", behavior);
	if (qemu && waited != qemu) {
		kill(qemu, SIGKILL);
		waitpid(qemu, NULL, 0);
	}
	munmap(started, sizeof(*started));
	prctl(PR_SET_CHILD_SUBREAPER, 0);
}

struct collected {
	char text[8][VM_MAX_LINE + 1];
	unsigned int count;
};

static bool collect(void *data, const struct guest_line *line)
{
	struct collected *collected = data;

	if (!line->console && collected->count < ARRAY_SIZE(collected->text))
		snprintf(collected->text[collected->count++], sizeof(*collected->text), "%s",
			 line->text);
	return collected->count && !strcmp(collected->text[collected->count - 1], "last");
}

static bool is_number(const char *text, size_t length, char last)
{
	return strlen(text) == length && strspn(text, "0") >= length - 1 &&
	       text[length - 1] == last;
}

static void test_lines(void)
{
	static struct collected lines;
	int error;

	start("lines");
	error = guest_wait(&guest, collect, &lines, 10 * SECOND, "line");
	tap_result(!error && lines.count == 7, "lines.all have come");
	tap_result(is_number(lines.text[0], 1023, '1'), "lines.one that just fits");
	tap_result(is_number(lines.text[1], 1023, '0') && is_number(lines.text[2], 1023, '0'),
		   "lines.one that is too long is cut");
	tap_result(!strcmp(lines.text[3], "next"), "lines.the next one is whole");
	tap_result(!*lines.text[4] && !*lines.text[5], "lines.empty ones");
	tap_result(!strcmp(lines.text[6], "last"), "lines.without carriage returns");
	vm_stop(&vm);
	start("pieces");
	tap_result(comes("init 1"), "lines.one in pieces");
	vm_stop(&vm);
}

/* Lines that were read must not wait for more to be sent. */
static void test_burst(void)
{
	unsigned int tries = 5;
	bool good;

	do {
		start("burst");
		good = comes("init 1") && vm_now_us(&vm) < SECOND / 2;
		vm_stop(&vm);
	} while (!good && --tries);
	tap_result(good, "lines.many at once");
}

static void test_commands(void)
{
	static struct collected lines;
	char text[VM_MAX_LINE + 10];
	unsigned int i;
	bool good;

	start("run");
	tap_result(guest_run(&guest, 10 * SECOND, collect, &lines, "a %d %s", 7, "42") == 42 &&
		   lines.count == 1 && !strcmp(lines.text[0], "got run a 7 42"), "run.status");
	tap_result(guest_run(&guest, 10 * SECOND, NULL, NULL, "a 0") == 0, "run.success");
	tap_result(guest_run(&guest, 200000, NULL, NULL, "a b") == -1 &&
		   strstr(guest.error, "no end of a program within"), "run.timeout");
	vm_stop(&vm);
	start("echo");
	memset(text, 'x', sizeof(text));
	for (i = VM_MAX_LINE - 2, good = true; good && i < sizeof(text) - 1; i++) {
		tap_capture();
		good = guest_send(&guest, "%.*s", i, text) == (i < VM_MAX_LINE - 1 ? 0 : -1);
		good &= !!strstr(tap_captured(), "too long") == (i >= VM_MAX_LINE - 1);
	}
	tap_result(good, "send.too long");
	text[VM_MAX_LINE - 2] = '\0';
	tap_result(comes(text), "send.as long as can be");
	for (i = VM_MAX_LINE - 12, good = true; good && i < VM_MAX_LINE - 2; i++) {
		text[i] = '\0';
		tap_capture();
		good = guest_run(&guest, 1, NULL, NULL, "%s", text) == -1;
		good &= !!strstr(tap_captured(), "too long") == (i >= VM_MAX_LINE - 5);
		text[i] = 'x';
	}
	tap_result(good, "run.too long");
	vm_stop(&vm);
}

static unsigned int nr_calls, calls_left;

static u64 count_calls(void *data)
{
	if (data != &nr_calls)
		return 0;
	nr_calls++;
	if (!calls_left--) {
		snprintf(guest.error, sizeof(guest.error), "as told");
		return 0;
	}
	return vm_now_us(&vm) + 10000;
}

static void test_between(void)
{
	start("silent");
	guest.between = count_calls;
	guest.data = &nr_calls;
	calls_left = 1000000;
	tap_result(!guest_pass(&guest, 500000) && nr_calls >= 10 && nr_calls <= 60,
		   "between.as often as told");
	calls_left = 3;
	tap_result(guest_pass(&guest, 10 * SECOND) == -1 && !strcmp(guest.error, "as told"),
		   "between.error");
	vm_stop(&vm);
}

int main(void)
{
	unsigned int i;
	char path[128];

	/* A test that hangs fails. */
	alarm(60);
	tap_close_inherited_files();
	guest_block_signals();
	snprintf(directory, sizeof(directory), "/tmp/vm_test.XXXXXX");
	if (!mkdtemp(directory))
		tap_die("there is no directory for logs");
	snprintf(logs, sizeof(logs), "%s/", directory);
	test_start_and_stop("init");
	test_start_and_stop("ignore-signals");
	test_arguments();
	test_without_kernel();
	test_inherited_files();
	test_no_qemu();
	test_no_directory();
	test_exit();
	for (i = 0; i < ARRAY_SIZE(bads); i++)
		test_bad(&bads[i]);
	test_last_words();
	test_letters();
	test_splat();
	test_timeout();
	test_signal(SIGINT, "INT");
	test_signal(SIGTERM, "TERM");
	test_signal(SIGHUP, "HUP");
	test_killed("init");
	test_killed("ignore-signals");
	test_lines();
	test_burst();
	test_commands();
	test_between();
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s%s", logs, i ? "console.log" : "qemu.log");
		unlink(path);
	}
	rmdir(directory);
	return tap_end();
}
