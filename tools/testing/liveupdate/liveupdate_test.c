// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of liveupdate_vm as a whole where it does not get far: with a script in
 * QEMU's place. It is the one next to this program.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <linux/kernel.h>

#include "tap.h"

/* Far less than the 60 seconds for which it may wait */
#define QUICK_MS		3000

static char directory[40];
static char program[4096];

/* What a run left: the processes that it started are adopted by this one. */
struct run {
	int status;
	unsigned int took_ms;
	bool left;
};

static void path_of(char *path, size_t size, const char *name)
{
	snprintf(path, size, "%s/%s", directory, name);
}

/* Whole contents of a result, empty if there is none; valid until the next call */
static const char *contents(const char *name)
{
	static char text[128 * 1024];
	size_t length = 0;
	char path[100];
	FILE *file;

	path_of(path, sizeof(path), name);
	file = fopen(path, "r");
	if (file) {
		length = fread(text, 1, sizeof(text) - 1, file);
		fclose(file);
	}
	text[length] = '\0';
	return text;
}

static bool has(const char *name, const char *text)
{
	if (strstr(contents(name), text))
		return true;
	printf("# %s does not have: %s\n", name, text);
	return false;
}

static void remove_results(void)
{
	DIR *results = opendir(directory);
	struct dirent *entry;

	while (results && (entry = readdir(results))) {
		if (*entry->d_name != '.')
			unlinkat(dirfd(results), entry->d_name, 0);
	}
	if (results)
		closedir(results);
}

static void redirect(const char *name, int descriptor)
{
	char path[100];

	path_of(path, sizeof(path), name);
	dup2(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), descriptor);
}

/* Start it with these words at the end of its command line. */
static pid_t launch(const char *behavior, const char *first, const char *second)
{
	pid_t pid;

	remove_results();
	setenv("FAKE_QEMU", behavior, 1);
	pid = fork();
	if (pid)
		return pid;
	redirect("stdout", STDOUT_FILENO);
	redirect("stderr", STDERR_FILENO);
	execl(program, "liveupdate_vm", "--qemu=./fake_qemu.sh", "--kernel=X", "--initramfs=X",
	      "--timeout=60", "--results", directory, first, second, NULL);
	_exit(126);
}

static void wait_for_log(const char *name, const char *text)
{
	unsigned int begin = tap_now_ms();

	while (!strstr(contents(name), text) && tap_now_ms() - begin < 5000)
		usleep(5000);
}

/* Wait for its end, which must come within 8 seconds. */
static struct run finish(pid_t pid)
{
	unsigned int begin = tap_now_ms();
	struct run run = { .status = -1 };
	pid_t other;
	int status;

	do {
		other = waitpid(pid, &status, WNOHANG);
		usleep(2000);
	} while (!other && tap_now_ms() - begin < 8000);
	run.took_ms = tap_now_ms() - begin;
	if (other == pid && WIFEXITED(status))
		run.status = WEXITSTATUS(status);
	if (!other)
		kill(pid, SIGKILL);
	/* Whatever is still there has this process as its parent now. */
	run.left = waitpid(-1, NULL, WNOHANG) >= 0;
	while (waitpid(-1, NULL, 0) > 0)
		;
	return run;
}

static bool ended(const struct run *run, int status, unsigned int most_ms)
{
	if (run->status == status && run->took_ms <= most_ms && !run->left)
		return true;
	printf("# status %d after %u ms%s: %.300s\n", run->status, run->took_ms,
	       run->left ? ", a process is left" : "", contents("stderr"));
	return false;
}

/* Whether all reports are there and say that. */
static bool reports(const char *failure)
{
	return has("report.txt", failure) && has("report.json", failure) &&
	       has("report.json", "\"incomplete\"") && has("report.svg", "<svg") &&
	       has("trace", "# expect: incomplete\n") && has("stdout", failure);
}

static const struct failure {
	const char *behavior;
	const char *text;
	bool late;
} failures[] = {
	{ "silent", "no init 1 within 1 s", true },
	{ "exit", "QEMU has ended: see qemu.log", false },
	{ "panic", "Kernel panic - not syncing: a fake", false },
	{ "gives-up", "the guest gives up: init: /sys: No such device", false },
	{ "last-words", "Kernel panic - not syncing: last words", false },
	{ "error", "the guest says: error run something", false },
	{ "died", "the guest says: died x 1", false },
	{ "refuse", "device 0 is not where it was plugged in", false },
	{ "flood", "no init 1 within 1 s", true },
};

static void test_failure(const struct failure *failure)
{
	struct run run;

	run = finish(launch(failure->behavior, failure->late ? "--timeout=1" : NULL, NULL));
	tap_result(ended(&run, 2, QUICK_MS) && (!failure->late || run.took_ms >= 1000),
		   "failure.%s.status", failure->behavior);
	tap_result(reports(failure->text) &&
		   has("stdout", "the verdict is incomplete, but unbroken was expected\n"),
		   "failure.%s.reports", failure->behavior);
}

static void test_expected(void)
{
	struct run run = finish(launch("exit", "--expect=incomplete", NULL));

	tap_result(ended(&run, 0, QUICK_MS) && has("stdout", "as expected: incomplete\n"),
		   "expected.incomplete");
	run = finish(launch("exit", "--expect=tables-lost", NULL));
	tap_result(ended(&run, 2, QUICK_MS) &&
		   has("stdout", "the verdict is incomplete, but tables-lost was expected\n"),
		   "expected.other");
}

static void test_arguments(void)
{
	struct run run = finish(launch("exit", "--append=more words", "--mode=scalable"));

	tap_result(ended(&run, 2, QUICK_MS) && has("qemu.log", "\nargument pcie-root-port,") &&
		   has("qemu.log", "\nargument e1000e,bus=port0,") &&
		   has("qemu.log", "\nargument e1000,addr=0x3,") &&
		   has("qemu.log", " intel_iommu=on,sm_on ") && has("qemu.log", " more words\n") &&
		   has("qemu.log", "intremap=on,x-scalable-mode=on\n"), "arguments");
	tap_result(has("qemu.log", "\nargument vtd_ir_remap_msi\n") &&
		   has("qemu.log", "/interrupts.log\n"), "arguments.interrupts");
	run = finish(launch("exit", "--intremap=off", NULL));
	tap_result(ended(&run, 2, QUICK_MS) &&
		   has("qemu.log", "\nargument intel-iommu,intremap=off\n") &&
		   has("qemu.log", " iommufd.allow_unsafe_interrupts=1 ") &&
		   !strstr(contents("qemu.log"), "vtd_ir_"), "arguments.no interrupt remapping");
	run = finish(launch("exit", "--interrupts=off", NULL));
	tap_result(ended(&run, 2, QUICK_MS) && !strstr(contents("qemu.log"), "vtd_ir_"),
		   "arguments.no interrupts");
	run = finish(launch("exit", "--dma=send", NULL));
	tap_result(ended(&run, 2, QUICK_MS) && !strstr(contents("qemu.log"), "vtd_ir_"),
		   "arguments.nothing received");
}

static void test_no_qemu(void)
{
	struct run run = finish(launch("", "--qemu=./no_such_qemu", NULL));

	tap_result(ended(&run, 2, QUICK_MS) && reports("QEMU has ended: see qemu.log") &&
		   has("qemu.log", "./no_such_qemu: No such file or directory: install "),
		   "no QEMU");
}

static void test_bad_options(void)
{
	struct run run = finish(launch("silent", "--rate=0", NULL));

	tap_result(ended(&run, 2, QUICK_MS) && has("stderr", "--rate 0: expected is a number") &&
		   has("stderr", "liveupdate_vm --kernel FILE") && !*contents("qemu.log") &&
		   !*contents("report.txt"), "bad option");
	run = finish(launch("silent", "--results=/no/such/directory", NULL));
	tap_result(ended(&run, 2, QUICK_MS) &&
		   has("stderr", "/no/such/directory/console.log: No such") &&
		   has("stderr", "/no/such/directory/report.txt: No such"), "bad directory");
}

static void test_signal(int number, const char *name)
{
	pid_t pid = launch("ignore-signals-silently", NULL, NULL);
	struct run run;

	wait_for_log("qemu.log", "waiting\n");
	kill(pid, number);
	run = finish(pid);
	tap_result(ended(&run, 2, 2000), "signal.%s.status", name);
	tap_result(reports("interrupted"), "signal.%s.reports", name);
}

/* Killed, it can tell nothing, but nothing stays behind. */
static void test_killed(void)
{
	pid_t pid = launch("ignore-signals-silently", NULL, NULL);
	unsigned int begin = tap_now_ms();
	int status = 0;

	wait_for_log("qemu.log", "waiting\n");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	while (!waitpid(-1, &status, WNOHANG) && tap_now_ms() - begin < 5000)
		usleep(1000);
	tap_result(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
		   waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "killed");
}

static void find_program(void)
{
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 32);
	char *slash;

	program[length < 0 ? 0 : length] = '\0';
	slash = strrchr(program, '/');
	if (!slash)
		tap_die("this program does not know where it is");
	memcpy(slash, "/liveupdate_vm", sizeof("/liveupdate_vm"));
	if (access(program, X_OK))
		tap_die("liveupdate_vm is not built");
}

int main(void)
{
	unsigned int i;

	/* A test that hangs fails. */
	alarm(60);
	tap_close_inherited_files();
	find_program();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	snprintf(directory, sizeof(directory), "/tmp/liveupdate_test.XXXXXX");
	if (!mkdtemp(directory))
		tap_die("there is no directory for results");
	for (i = 0; i < ARRAY_SIZE(failures); i++)
		test_failure(&failures[i]);
	test_expected();
	test_arguments();
	test_no_qemu();
	test_bad_options();
	test_signal(SIGINT, "INT");
	test_signal(SIGTERM, "TERM");
	test_signal(SIGHUP, "HUP");
	test_killed();
	remove_results();
	rmdir(directory);
	return tap_end();
}
