// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the options of a live update.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "options.h"
#include "tap.h"

#define FILES			"--kernel=bzImage --initramfs=archive "
#define FOUR			"e1000@root,e1000e@port,e1000@root,e1000e@port"
#define MAX_WORDS		24

/* Parse a command line, whose words are parted by spaces: what was said about it */
static const char *parse(struct options *options, const char *text, int *error)
{
	char *words[MAX_WORDS + 1] = { "liveupdate_vm" };
	static char copy[1024];
	char *rest = copy;
	int count = 1;

	snprintf(copy, sizeof(copy), "%s", text);
	while (count < MAX_WORDS && (words[count] = strsep(&rest, " ")))
		count++;
	/* The last space of a text ends a word and does not start another. */
	if (count > 1 && !*words[count - 1])
		words[--count] = NULL;
	optind = 0;
	tap_capture();
	*error = options_parse(options, count, words);
	return tap_captured();
}

static bool accepted(struct options *options, const char *text)
{
	const char *message;
	int error;

	message = parse(options, text, &error);
	if (error || *message)
		printf("# returned %d, said: %s\n", error, message);
	return !error && !*message;
}

static bool refused(const char *text, const char *wanted)
{
	struct options options;
	const char *message;
	int error;

	message = parse(&options, text, &error);
	if (error == -1 && strstr(message, wanted) && !strstr(message, "runtime error"))
		return true;
	printf("# returned %d, said: %s\n", error, message);
	return false;
}

/* A number, where it is stored, and its limits */
#define NUMBER(name, member, low, high) \
	{ name, offsetof(struct options, member), low, high }

static const struct number {
	const char *name;
	size_t offset;
	u64 low;
	u64 high;
} numbers[] = {
	NUMBER("rate", rate, 1, 100000),
	NUMBER("slots", slots, 8, 65528),
	NUMBER("before", before_ms, 100, 600000),
	NUMBER("after", after_ms, 100, 600000),
	NUMBER("timeout", timeout_s, 1, 3600),
	NUMBER("cpus", cpus, 1, 8),
	NUMBER("canary", canary, 1, 1024),
	NUMBER("memory", memory, 576, 2048),
};

static unsigned int value_of(const struct number *number, const struct options *options)
{
	return *(const unsigned int *)((const char *)options + number->offset);
}

static bool takes(const struct number *number, const char *format, u64 value)
{
	char text[200], digits[40];
	struct options options;

	snprintf(digits, sizeof(digits), format, (unsigned long long)value);
	/* Two devices' memory ends as low as it can. */
	snprintf(text, sizeof(text), FILES "--iova 0x8000000 --%s %s", number->name, digits);
	return accepted(&options, text) && value_of(number, &options) == value;
}

static bool refuses(const struct number *number, const char *value)
{
	char text[200], message[100];

	snprintf(text, sizeof(text), FILES "--iova=0x8000000 --%s=%s", number->name, value);
	snprintf(message, sizeof(message), "--%s %s: expected is a number from ", number->name,
		 value);
	return refused(text, message);
}

static void test_number(const struct number *number)
{
	static const char *const others[] = {
		"", "x", "-1", "0x", "8x", "8.0", "8,", "0", "4294967304", "18446744073709551624",
		"99999999999999999999999", "-18446744073709551000", "\t-18446744073709551000",
		"\t16", "+16",
	};
	const char *name = number->name;
	char above[40];
	unsigned int i;

	tap_result(takes(number, "%llu", number->low), "%s.low", name);
	tap_result(takes(number, "%llu", number->high), "%s.high", name);
	tap_result(takes(number, "0x%llx", number->high), "%s.hexadecimal", name);
	snprintf(above, sizeof(above), "%llu", (unsigned long long)number->high + 1);
	tap_result(refuses(number, above), "%s.above", name);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		tap_result(refuses(number, others[i]), "%s.refused %u", name, i);
}

static const struct bad {
	const char *text;
	const char *message;
} bads[] = {
	{ "", "--kernel and --initramfs must be given" },
	{ "--kernel=bzImage", "--kernel and --initramfs must be given" },
	{ "--initramfs=archive", "--kernel and --initramfs must be given" },
	{ FILES "word", "word: not understood" },
	{ FILES "--rate=5 -- word", "word: not understood" },
	{ FILES "--what", "unrecognized option" },
	{ FILES "-x", "invalid option" },
	{ FILES "--rate", "requires an argument" },
	{ FILES "--mode=", "--mode : expected is legacy or scalable" },
	{ FILES "--mode=Legacy", "--mode Legacy: expected is legacy or scalable" },
	{ FILES "--intremap=no", "--intremap no: expected is on or off" },
	{ FILES "--interrupts=yes", "--interrupts yes: expected is on or off" },
	{ FILES "--pages=large", "--pages large: expected is mixed or small" },
	{ FILES "--dma=receive", "--dma receive: expected is both or send" },
	{ FILES "--expect=", "--expect : there is no such verdict" },
	{ FILES "--expect=broken", "--expect broken: there is no such verdict" },
	{ FILES "--before=99", "--before 99: expected is a number from 100 to 600000" },
	{ FILES "--after=99", "--after 99: expected is a number from 100 to 600000" },
	{ FILES "--slots=7", "--slots 7: expected is a number from 8 to 65528" },
	{ FILES "--slots=12", "--slots 12: expected is a multiple of 8" },
	{ FILES "--memory=511", "--memory 511: expected is a number from 512 to 2048" },
	{ FILES "--memory=575 --iova=0x8000000", "64 MiB below 0xbf00000" },
	{ FILES "--memory=512", "--iova 0x10000000: not a multiple of 2 MiB" },
	{ FILES "--iova=0x7ffffff", "--iova 0x7ffffff: expected is a number from" },
	{ FILES "--iova=0x8000000000000000", "expected is a number from" },
	{ FILES "--iova=-1", "expected is a number from" },
	{ FILES "--iova=0x8001000", "--iova 0x8001000: not a multiple of 2 MiB" },
	{ FILES "--iova=0x24200000", "64 MiB below 0x28000000" },
	{ FILES "--iova=0x28000000", "64 MiB below 0x28000000" },
	{ FILES "--iova=0x7fffffffffe00000", "64 MiB below 0x28000000" },
	{ FILES "--devices=", "--devices: at least one" },
	{ FILES "--devices=,,", "--devices: at least one" },
	{ FILES "--devices=e1000", "--devices e1000: expected is e1000 or e1000e" },
	{ FILES "--devices=e1000@", "--devices e1000@: expected is" },
	{ FILES "--devices=@port", "--devices @port: expected is" },
	{ FILES "--devices=e1000@ports", "--devices e1000@ports: expected is" },
	{ FILES "--devices=e1000@root@root", "--devices e1000@root@root: expected is" },
	{ FILES "--devices=e1000@root:", "--devices e1000@root:: expected is" },
	{ FILES "--devices=e1000@root:gone", "--devices e1000@root:gone: expected is" },
	{ FILES "--devices=e1000@root:left:lost", "e1000@root:left:lost: expected is" },
	{ FILES "--aborts=yes", "--aborts yes: expected is off or on" },
	{ FILES "--devices=e100@root", "--devices e100@root: expected is" },
	{ FILES "--devices=e1000e@port,nvme@root", "--devices nvme@root: expected is" },
	{ FILES "--devices=e1000,drive=x@root", "--devices e1000: expected is" },
	{ FILES "--devices=e1000eeeeeeeeeee@root", "--devices e1000eeeeeeeeeee@root: " },
	{ FILES "--devices=e1000eeeeeeeeee@root", "--devices e1000eeeeeeeeee@root: " },
	{ FILES "--devices=e1000eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee@root", "expected is" },
	{ FILES "--devices=" FOUR "," FOUR ",e1000@root", "--devices: at most 8" },
};

static void test_defaults(void)
{
	struct options options;

	tap_result(accepted(&options, FILES) && !strcmp(options.kernel, "bzImage") &&
		   !strcmp(options.initramfs, "archive"), "defaults.accepted");
	tap_result(options.nr_devices == 2 && !strcmp(options.devices[0].model, "e1000e") &&
		   options.devices[0].port && !strcmp(options.devices[1].model, "e1000") &&
		   !options.devices[1].port, "defaults.devices");
	tap_result(!options.scalable && !options.no_intremap && !options.no_interrupts &&
		   !options.small_pages && !options.send_only && !options.aborts &&
		   !options.expect,
		   "defaults.choices");
	tap_result(options.iova == 0x10000000 && options.rate == 1000 && options.slots == 32768 &&
		   options.before_ms == 2000 && options.after_ms == 2000 &&
		   options.timeout_s == 90 && options.memory == 1024 && options.cpus == 2 &&
		   options.canary == 64, "defaults.numbers");
	tap_result(!strcmp(options.qemu, "qemu-system-x86_64") && !*options.append &&
		   !*options.append_b &&
		   !strcmp(options.results, "."), "defaults.texts");
}

#define FIRST_CHOICES	\
	"--mode=legacy --intremap=on --interrupts=on --pages=mixed --dma=both --aborts=off "
#define SECOND_CHOICES	\
	"--mode=scalable --intremap=off --interrupts=off --pages=small --dma=send --aborts=on "
#define TEXTS \
	"--qemu=q --kernel k --initramfs=i --name n --append=a=b --append-b=c --results r " \
	"--expect incomplete"

static void test_texts(void)
{
	struct options options;

	tap_result(accepted(&options, TEXTS) && !strcmp(options.qemu, "q") &&
		   !strcmp(options.kernel, "k") && !strcmp(options.initramfs, "i") &&
		   !strcmp(options.name, "n") && !strcmp(options.append, "a=b") &&
		   !strcmp(options.append_b, "c") &&
		   !strcmp(options.results, "r") && !strcmp(options.expect, "incomplete"),
		   "texts");
	tap_result(accepted(&options, FILES SECOND_CHOICES) &&
		   options.scalable && options.no_intremap && options.no_interrupts &&
		   options.small_pages && options.send_only && options.aborts,
		   "choices.second");
	tap_result(accepted(&options, FILES SECOND_CHOICES FIRST_CHOICES) &&
		   !options.scalable && !options.no_intremap && !options.no_interrupts &&
		   !options.small_pages && !options.send_only && !options.aborts,
		   "choices.the last one counts");
}

static void test_devices(void)
{
	struct options options;
	unsigned int i;
	bool good;

	tap_result(accepted(&options, FILES "--devices=e1000@port") && options.nr_devices == 1 &&
		   !strcmp(options.devices[0].model, "e1000") && options.devices[0].port,
		   "devices.one");
	good = accepted(&options, FILES "--devices=" FOUR "," FOUR) &&
	       options.nr_devices == TRACE_MAX_DEVICES;
	for (i = 0; good && i < TRACE_MAX_DEVICES; i++)
		good = !strcmp(options.devices[i].model, i % 2 ? "e1000e" : "e1000") &&
		       options.devices[i].port == i % 2;
	tap_result(good, "devices.as many as there may be");
	tap_result(accepted(&options,
			    FILES "--devices=e1000@port:left,e1000@root:lost,e1000@root") &&
		   options.nr_devices == 3 && options.devices[0].port &&
		   options.devices[0].fate == FATE_LEFT && !options.devices[1].port &&
		   options.devices[1].fate == FATE_LOST &&
		   options.devices[2].fate == FATE_KEPT, "devices.fates");
	tap_result(accepted(&options, FILES "--devices=" FOUR " --devices=e1000e@root") &&
		   options.nr_devices == 1 &&
		   !strcmp(options.devices[0].model, "e1000e") && !options.devices[0].port,
		   "devices.the last list counts");
}

static void test_memory(void)
{
	struct options options;

	tap_result(accepted(&options, FILES "--iova=0x8000000") && options.iova == 0x8000000,
		   "iova.low");
	tap_result(accepted(&options, FILES "--iova=0x24000000") && options.iova == 0x24000000,
		   "iova.high");
	tap_result(accepted(&options, FILES "--iova=0x26000000 --devices=e1000@root"),
		   "iova.one device");
	tap_result(refused(FILES "--iova=0x26200000 --devices=e1000@root",
			   "32 MiB below 0x28000000"), "iova.one device too high");
	tap_result(accepted(&options, FILES "--iova=0x64000000 --memory=2048"),
		   "iova.more memory");
	tap_result(accepted(&options, FILES "--memory=2048 --iova=0x64000000"),
		   "iova.the order does not count");
	tap_result(accepted(&options, FILES "--memory=544 --iova=0x8000000 --devices=e1000@root"),
		   "memory.one device");
}

static void test_usage(void)
{
	static const char *const names[] = {
		"--kernel", "--initramfs", "--qemu", "--name", "--append", "--results", "--expect",
		"--mode", "--intremap", "--interrupts", "--pages", "--dma", "--devices",
		"--iova", "--rate", "--slots",
		"--before", "--after", "--timeout", "--memory", "--cpus", "--canary",
	};
	const char *text;
	bool good = true;
	unsigned int i;

	tap_capture();
	options_usage(stderr);
	text = tap_captured();
	for (i = 0; i < ARRAY_SIZE(names); i++)
		good &= !!strstr(text, names[i]);
	tap_result(good, "usage.names all options");
}

int main(void)
{
	unsigned int i;

	test_defaults();
	test_texts();
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		test_number(&numbers[i]);
	for (i = 0; i < ARRAY_SIZE(bads); i++)
		tap_result(refused(bads[i].text, bads[i].message), "refused.%s",
			   bads[i].text + (strncmp(bads[i].text, FILES, strlen(FILES)) ? 0 :
					   strlen(FILES)));
	test_devices();
	test_memory();
	test_usage();
	return tap_end();
}
