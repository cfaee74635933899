// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options of a live update.
 */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "options.h"
#include "stream_layout.h"
#include "verdict.h"

#define MIB			((u64)1024 * 1024)

/* Below is the kernel, above are its initramfs and what it needs to run. */
#define LOWEST_IOVA		(128 * MIB)
#define MEMORY_ABOVE		(384 * MIB)

static const struct options defaults = {
	.qemu = "qemu-system-x86_64",
	.name = "unnamed",
	.append = "",
	.append_b = "",
	.results = ".",
	.nr_devices = 2,
	.devices = { { "e1000e", true, FATE_KEPT }, { "e1000", false, FATE_KEPT } },
	.iova = 256 * MIB,
	.rate = 1000,
	.slots = 32768,
	.before_ms = 2000,
	.after_ms = 2000,
	.timeout_s = 90,
	.memory = 1024,
	.cpus = 2,
	.canary = 64,
};

/* What getopt_long() returns for each option */
enum {
	QEMU = 1, KERNEL, INITRAMFS, NAME, APPEND, RESULTS, EXPECT, MODE, INTREMAP, INTERRUPTS,
	PAGES, DMA, DEVICES, IOVA, RATE, SLOTS, BEFORE, AFTER, TIMEOUT, MEMORY, CPUS, CANARY,
	APPEND_B, ABORTS,
};

static const struct option names[] = {
	{ "qemu", required_argument, NULL, QEMU },
	{ "kernel", required_argument, NULL, KERNEL },
	{ "initramfs", required_argument, NULL, INITRAMFS },
	{ "name", required_argument, NULL, NAME },
	{ "append", required_argument, NULL, APPEND },
	{ "results", required_argument, NULL, RESULTS },
	{ "expect", required_argument, NULL, EXPECT },
	{ "mode", required_argument, NULL, MODE },
	{ "intremap", required_argument, NULL, INTREMAP },
	{ "interrupts", required_argument, NULL, INTERRUPTS },
	{ "pages", required_argument, NULL, PAGES },
	{ "dma", required_argument, NULL, DMA },
	{ "devices", required_argument, NULL, DEVICES },
	{ "iova", required_argument, NULL, IOVA },
	{ "rate", required_argument, NULL, RATE },
	{ "slots", required_argument, NULL, SLOTS },
	{ "before", required_argument, NULL, BEFORE },
	{ "after", required_argument, NULL, AFTER },
	{ "timeout", required_argument, NULL, TIMEOUT },
	{ "memory", required_argument, NULL, MEMORY },
	{ "cpus", required_argument, NULL, CPUS },
	{ "canary", required_argument, NULL, CANARY },
	{ "append-b", required_argument, NULL, APPEND_B },
	{ "aborts", required_argument, NULL, ABORTS },
	{ }
};

/* Print the options and their defaults. */
void options_usage(FILE *file)
{
	fputs("liveupdate_vm --kernel FILE --initramfs FILE [OPTION]...\n"
	      "  --qemu FILE           QEMU's program (qemu-system-x86_64)\n"
	      "  --name TEXT           of the kernels, for the report\n"
	      "  --append TEXT         more of the kernels' command line\n"
	      "  --append-b TEXT       more of the second kernel's alone\n"
	      "  --results DIR         where log, trace and reports go (.)\n"
	      "  --expect VERDICT      succeed with this verdict only (unbroken)\n"
	      "  --mode MODE           legacy or scalable (legacy)\n"
	      "  --intremap ON         on or off: interrupt remapping (on)\n"
	      "  --interrupts ON       on or off: requests for interrupts in the gap (on)\n"
	      "  --pages SIZE          small, or mixed for 2 MiB pages too (mixed)\n"
	      "  --dma WHAT            both, or send: no packet is written to memory (both)\n"
	      "  --devices LIST        MODEL@port or MODEL@root (e1000e@port,e1000@root), with\n"
	      "                        :left for one that is not preserved, :lost for one that\n"
	      "                        the second kernel has to refuse\n"
	      "  --iova ADDRESS        of the first device's memory (0x10000000)\n"
	      "  --rate N              DMAs per second and device (1000)\n"
	      "  --slots N             most DMAs of a device (32768)\n"
	      "  --before MS           stream that long before the kexec (2000)\n"
	      "  --after MS            and after the second user space is up (2000)\n"
	      "  --timeout S           for each of boot, set-up and kexec (90)\n"
	      "  --memory MIB          of the virtual machine (1024)\n"
	      "  --cpus N              of the virtual machine (2)\n"
	      "  --canary MIB          canary pages in the second kernel (64)\n"
	      "  --aborts ON           on or off: first give up at every stage (off)\n", file);
}

static int parse_number(const char *name, const char *text, u64 low, u64 high, u64 *value)
{
	char *end;

	*value = strtoull(text, &end, 0);
	if (isdigit((unsigned char)*text) && !*end && *value >= low && *value <= high)
		return 0;
	fprintf(stderr, "--%s %s: expected is a number from %llu to %llu\n", name, text,
		(unsigned long long)low, (unsigned long long)high);
	return -1;
}

static int parse_unsigned(const char *name, const char *text, unsigned int low,
			  unsigned int high, unsigned int *value)
{
	u64 number;

	if (parse_number(name, text, low, high, &number))
		return -1;
	*value = number;
	return 0;
}

static int parse_choice(const char *name, const char *text, const char *no, const char *yes,
			bool *value)
{
	*value = !strcmp(text, yes);
	if (*value || !strcmp(text, no))
		return 0;
	fprintf(stderr, "--%s %s: expected is %s or %s\n", name, text, no, yes);
	return -1;
}

/* ":left", ":lost" or nothing */
static int parse_fate(struct device_option *device, const char *text)
{
	int fate = *text == ':' ? fate_from_name(text + 1) : FATE_KEPT;

	if (fate < 0 || (*text && *text != ':'))
		return -1;
	device->fate = fate;
	return 0;
}

static int parse_place(struct device_option *device, const char *text)
{
	size_t length = strlen("@port");

	device->port = !strncmp(text, "@port", length);
	if (!device->port && strncmp(text, "@root", length))
		return -1;
	return parse_fate(device, text + length);
}

static int parse_device(struct device_option *device, const char *text)
{
	const char *place = strchr(text, '@');
	size_t length = place ? (size_t)(place - text) : strlen(text);

	if (length >= sizeof(device->model))
		length = 0;
	memcpy(device->model, text, length);
	device->model[length] = '\0';
	if ((strcmp(device->model, "e1000") && strcmp(device->model, "e1000e")) ||
	    !place || parse_place(device, place)) {
		fprintf(stderr,
			"--devices %s: expected is e1000 or e1000e, @port or @root, and :left or :lost if it is to be cut off\n",
			text);
		return -1;
	}
	return 0;
}

static int parse_devices(struct options *options, char *list)
{
	char *text;

	options->nr_devices = 0;
	for (text = strtok(list, ","); text; text = strtok(NULL, ",")) {
		if (options->nr_devices == TRACE_MAX_DEVICES) {
			fprintf(stderr, "--devices: at most %d\n", TRACE_MAX_DEVICES);
			return -1;
		}
		if (parse_device(&options->devices[options->nr_devices++], text))
			return -1;
	}
	return 0;
}

static int parse_expect(struct options *options, const char *text)
{
	options->expect = text;
	if (verdict_code_from_name(text) >= 0)
		return 0;
	fprintf(stderr, "--expect %s: there is no such verdict\n", text);
	return -1;
}

static int set(const char **value, const char *text)
{
	*value = text;
	return 0;
}

static int parse_option(struct options *options, int option, char *text)
{
	switch (option) {
	case QEMU: return set(&options->qemu, text);
	case KERNEL: return set(&options->kernel, text);
	case INITRAMFS: return set(&options->initramfs, text);
	case NAME: return set(&options->name, text);
	case APPEND: return set(&options->append, text);
	case APPEND_B: return set(&options->append_b, text);
	case RESULTS: return set(&options->results, text);
	case EXPECT: return parse_expect(options, text);
	case MODE: return parse_choice("mode", text, "legacy", "scalable", &options->scalable);
	case INTREMAP: return parse_choice("intremap", text, "on", "off", &options->no_intremap);
	case INTERRUPTS:
		return parse_choice("interrupts", text, "on", "off", &options->no_interrupts);
	case PAGES: return parse_choice("pages", text, "mixed", "small", &options->small_pages);
	case DMA: return parse_choice("dma", text, "both", "send", &options->send_only);
	case DEVICES: return parse_devices(options, text);
	case IOVA: return parse_number("iova", text, LOWEST_IOVA, ~0ull >> 1, &options->iova);
	case RATE: return parse_unsigned("rate", text, 1, 100000, &options->rate);
	case SLOTS: return parse_unsigned("slots", text, 8, STREAM_MAX_SLOTS, &options->slots);
	case BEFORE: return parse_unsigned("before", text, 100, 600000, &options->before_ms);
	case AFTER: return parse_unsigned("after", text, 100, 600000, &options->after_ms);
	case TIMEOUT: return parse_unsigned("timeout", text, 1, 3600, &options->timeout_s);
	case MEMORY: return parse_unsigned("memory", text, 512, 2048, &options->memory);
	case CPUS: return parse_unsigned("cpus", text, 1, 8, &options->cpus);
	case ABORTS: return parse_choice("aborts", text, "off", "on", &options->aborts);
	case CANARY: return parse_unsigned("canary", text, 1, 1024, &options->canary);
	}
	return -1;
}

/* What no single option can tell */
static int check(const struct options *options)
{
	u64 size = options->nr_devices * STREAM_STRIDE, end = options->memory * MIB - MEMORY_ABOVE;

	if (!options->kernel || !options->initramfs) {
		fprintf(stderr, "--kernel and --initramfs must be given\n");
		return -1;
	}
	if (!options->nr_devices) {
		fprintf(stderr, "--devices: at least one\n");
		return -1;
	}
	/* The guard stands at the same physical addresses. */
	if (options->iova % STREAM_LARGE_PAGE || options->iova > end ||
	    size > end - options->iova) {
		fprintf(stderr, "--iova 0x%llx: not a multiple of 2 MiB, %llu MiB below 0x%llx\n",
			(unsigned long long)options->iova, (unsigned long long)(size / MIB),
			(unsigned long long)end);
		return -1;
	}
	if (options->slots % 8) {
		fprintf(stderr, "--slots %u: expected is a multiple of 8\n", options->slots);
		return -1;
	}
	return 0;
}

/* Read the command line: 0, or -1 with a message. */
int options_parse(struct options *options, int argc, char **argv)
{
	int option;

	*options = defaults;
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (parse_option(options, option, optarg))
			return -1;
	}
	if (optind < argc) {
		fprintf(stderr, "%s: not understood\n", argv[optind]);
		return -1;
	}
	return check(options);
}
