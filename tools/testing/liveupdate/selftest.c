// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftest_vm: run test programs in a VM, over a live update if they want one,
 * and compare the result of each case with a list.
 *
 * Each test has a VM of its own. Its arguments are NAME for a program that runs
 * in one kernel, NAME@device for one that wants an Ethernet device to give away,
 * NAME@kexec for one that runs as "NAME -s 1" before a kexec and as "NAME -s 2"
 * after it, as the selftests of LUO do, NAME@kexec-device for one that has the
 * address of such a device as its last argument, too, and NAME@boot for the KUnit
 * suites that the kernel runs when it boots.
 *
 * Exit status: 0 if all is as listed, 1 if not, 2 if a test could not be run.
 */
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "expected.h"
#include "guest.h"
#include "ktap.h"
#include "vm.h"

#define NOT_RUN		2

/* Of the Ethernet device, on the root bus */
#define DEVICE_NUMBER	"0x3"
#define DEVICE_ADDRESS	"0000:00:03.0"

struct settings {
	const char *qemu;
	const char *kernel;
	const char *initramfs;
	const char *append;
	const char *expected;
	const char *results;
	unsigned int timeout_s;
	bool update;
};

struct selftest {
	const struct settings *settings;
	char name[48];
	const char *kind;
	struct vm vm;
	struct guest guest;
	struct ktap ktap;
	FILE *log;
};

/* A line of the program, or of the kernel while it boots */
static bool each_result(void *data, const struct guest_line *line)
{
	struct selftest *test = data;
	bool boot = !strcmp(test->kind, "boot");

	if (line->console != boot)
		return false;
	fprintf(test->log, "%s\n", line->text);
	ktap_line(&test->ktap, line->text);
	return false;
}

static bool boot_line(void *data, const struct guest_line *line)
{
	struct selftest *test = data;

	if (!strcmp(test->kind, "boot"))
		each_result(test, line);
	return !line->console && !strcmp(line->text, "init 1");
}

static u64 timeout_us(const struct selftest *test)
{
	return test->settings->timeout_s * 1000000ull;
}

static int boot(struct selftest *test)
{
	static const char *const device[] = {
		"-device", "e1000,addr=" DEVICE_NUMBER ",romfile=", NULL
	};
	const struct settings *settings = test->settings;
	bool kunit = !strcmp(test->kind, "boot"), one_kernel = !test->kind[0];
	static char logs[512], command_line[512];
	struct vm_settings vm = {
		.qemu = settings->qemu,
		.kernel = settings->kernel,
		.initramfs = settings->initramfs,
		.command_line = command_line,
		.memory = 1024,
		.cpus = 2,
		.logs = logs,
		.arguments = strstr(test->kind, "device") ? device : NULL,
	};

	snprintf(logs, sizeof(logs), "%s/%s.", settings->results, test->name);
	/* The selftests of iommufd want huge pages. */
	snprintf(command_line, sizeof(command_line), VM_COMMAND_LINE " intel_iommu=on%s%s %s",
		 kunit ? "" : " kunit.enable=0", one_kernel ? " hugepages=128" : "",
		 settings->append);
	if (kunit)
		ktap_start(&test->ktap, test->name);
	if (vm_start(&test->vm, &vm))
		return -1;
	if (guest_wait(&test->guest, boot_line, test, timeout_us(test), "init 1"))
		return -1;
	if (kunit)
		ktap_finish(&test->ktap, 0);
	return 0;
}

static int run_program(struct selftest *test, const char *arguments, const char *name)
{
	int status;

	ktap_start(&test->ktap, name);
	status = guest_run(&test->guest, timeout_us(test), each_result, test, "%s%s",
			   test->name, arguments);
	ktap_finish(&test->ktap, status < 0 ? KTAP_NO_STATUS : status);
	return status < 0 ? -1 : 0;
}

static int run_stages(struct selftest *test)
{
	bool device = strstr(test->kind, "device");

	if (run_program(test, device ? " -s 1 " DEVICE_ADDRESS : " -s 1", "stage_1"))
		return -1;
	if (guest_send(&test->guest, "kexec") ||
	    guest_wait_for(&test->guest, "init 2", timeout_us(test)))
		return -1;
	return run_program(test, device ? " -s 2 " DEVICE_ADDRESS : " -s 2", "stage_2");
}

static int run_kind(struct selftest *test)
{
	if (!strcmp(test->kind, "boot"))
		return 0;
	if (!strncmp(test->kind, "kexec", 5))
		return run_stages(test);
	return run_program(test, "", test->name);
}

static int compare(struct selftest *test)
{
	const struct settings *settings = test->settings;
	char path[512];
	int different;

	snprintf(path, sizeof(path), "%s/%s", settings->expected, test->name);
	if (settings->update)
		return expected_update(&test->ktap, path, stdout) ? NOT_RUN : 0;
	different = expected_compare(&test->ktap, path, stdout);
	if (different < 0)
		return NOT_RUN;
	return different ? 1 : 0;
}

static void print_counts(const struct selftest *test, int status)
{
	printf("%-20s %4zu passed %3zu failed %3zu skipped  %5.1f s  %s\n", test->name,
	       ktap_count(&test->ktap, KTAP_PASS),
	       ktap_count(&test->ktap, KTAP_FAIL) + ktap_count(&test->ktap, KTAP_XFAIL) +
	       ktap_count(&test->ktap, KTAP_ERROR),
	       ktap_count(&test->ktap, KTAP_SKIP), vm_now_us(&test->vm) / 1e6,
	       status ? "NOT AS LISTED" : "as listed");
	fflush(stdout);
}

static bool is_kind(const char *kind)
{
	static const char *const kinds[] = { "device", "kexec", "kexec-device", "boot" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kind, kinds[i]))
			return true;
	}
	return false;
}

/* The name and, after an @, the kind */
static int parse_test(struct selftest *test, const char *argument)
{
	const char *at = strchr(argument, '@');
	size_t length = at ? (size_t)(at - argument) : strlen(argument);

	test->kind = at ? at + 1 : "";
	if (!length || length >= sizeof(test->name) || (at && !is_kind(test->kind))) {
		fprintf(stderr, "%s: not NAME, NAME@device, @kexec, @kexec-device or @boot\n",
			argument);
		return -1;
	}
	memcpy(test->name, argument, length);
	test->name[length] = '\0';
	return 0;
}

static int run_test(const struct settings *settings, const char *argument)
{
	static struct selftest test;
	char path[512];
	int status = NOT_RUN;

	test = (struct selftest) { .settings = settings };
	test.guest = (struct guest) { .vm = &test.vm };
	if (parse_test(&test, argument))
		return NOT_RUN;
	snprintf(path, sizeof(path), "%s/%s.ktap", settings->results, test.name);
	test.log = fopen(path, "w");
	if (!test.log) {
		perror(path);
		return NOT_RUN;
	}
	if (boot(&test) || run_kind(&test))
		fprintf(stderr, "%s: %s\n", test.name, test.guest.error);
	else
		status = compare(&test);
	if (test.guest.splat[0]) {
		printf("%s: a kernel complains: %s\n", test.name, test.guest.splat);
		status = NOT_RUN;
	}
	print_counts(&test, status);
	vm_stop(&test.vm);
	ktap_free(&test.ktap);
	fclose(test.log);
	return status;
}

enum { QEMU = 1, KERNEL, INITRAMFS, APPEND, EXPECTED, RESULTS, TIMEOUT, UPDATE };

static const struct option names[] = {
	{ "qemu", required_argument, NULL, QEMU },
	{ "kernel", required_argument, NULL, KERNEL },
	{ "initramfs", required_argument, NULL, INITRAMFS },
	{ "append", required_argument, NULL, APPEND },
	{ "expected", required_argument, NULL, EXPECTED },
	{ "results", required_argument, NULL, RESULTS },
	{ "timeout", required_argument, NULL, TIMEOUT },
	{ "update", no_argument, NULL, UPDATE },
	{ }
};

static int parse(struct settings *settings, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == QEMU)
			settings->qemu = optarg;
		else if (option == KERNEL)
			settings->kernel = optarg;
		else if (option == INITRAMFS)
			settings->initramfs = optarg;
		else if (option == APPEND)
			settings->append = optarg;
		else if (option == EXPECTED)
			settings->expected = optarg;
		else if (option == RESULTS)
			settings->results = optarg;
		else if (option == TIMEOUT)
			settings->timeout_s = atoi(optarg);
		else if (option == UPDATE)
			settings->update = true;
		else
			return -1;
	}
	return settings->kernel && settings->initramfs && settings->timeout_s && optind < argc ?
	       0 : -1;
}

int main(int argc, char **argv)
{
	struct settings settings = {
		.qemu = "qemu-system-x86_64", .append = "", .expected = "expected", .results = ".",
		.timeout_s = 300,
	};
	int status, worst = 0, i;

	if (parse(&settings, argc, argv)) {
		fputs("selftest_vm --kernel FILE --initramfs FILE [--qemu FILE] [--append TEXT]\n"
		      "  [--expected DIR] [--results DIR] [--timeout S] [--update]\n"
		      "  NAME[@device|@kexec|@boot]...\n", stderr);
		return NOT_RUN;
	}
	guest_block_signals();
	for (i = optind; i < argc && !guest_interrupted(); i++) {
		status = run_test(&settings, argv[i]);
		if (status > worst)
			worst = status;
	}
	return guest_interrupted() ? NOT_RUN : worst;
}
