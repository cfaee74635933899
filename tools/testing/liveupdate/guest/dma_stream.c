// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of devices whose DMA the host drives over a live update.
 *
 * In the first kernel, "dma_stream arrange" takes the devices, maps memory for
 * them and tells the host where everything is; it then stays, as the devices are
 * its own, and "dma_stream ask" asks it to have them preserved. In the second
 * kernel "dma_stream count" gets the memory back and counts what has landed there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "../stream_layout.h"
#include "compiler.h"
#include "count.h"
#include "guard.h"
#include "memory.h"
#include "message.h"
#include "preserve.h"
#include "requests.h"
#include "session.h"
#include "stream_device.h"
#include "stream_tokens.h"

/**
 * struct options - The command line
 * @slots: slots per device
 * @large_pages: whether the second area is made of 2 MiB pages
 * @interrupts: whether the devices get an interrupt, once
 * @nr_devices: devices of the stream
 */
struct options {
	unsigned int slots;
	bool large_pages;
	bool interrupts;
	unsigned int nr_devices;
};

static int wrong_usage(void)
{
	static const char arrange[] =
		"arrange --slots N [--pages small|mixed] [--interrupts] DEVICE@IOVA[:left]...";

	return failure("usage: dma_stream %s, dma_stream %s, dma_stream %s", arrange,
		       "ask REQUEST", "count --slots N DEVICES");
}

static int parse_number(const char *text, unsigned int limit, unsigned int *number)
{
	unsigned long value;
	char *end;

	value = strtoul(text, &end, 10);
	if (*end || value < 1 || value > limit)
		return failure("%s is no number from 1 to %u", text, limit);
	*number = value;
	return 0;
}

static int parse_pages(const char *text, bool *large_pages)
{
	*large_pages = !strcmp(text, "mixed");
	return *large_pages || !strcmp(text, "small") ? 0 : wrong_usage();
}

/* Parse what comes before the devices: 0, or -1 with a message. */
static int parse_options(int argc, char **argv, struct options *options)
{
	enum { SLOTS, PAGES, INTERRUPTS };
	static const struct option names[] = {
		{ "slots", required_argument, NULL, SLOTS },
		{ "pages", required_argument, NULL, PAGES },
		{ "interrupts", no_argument, NULL, INTERRUPTS },
		{}
	};
	int option, ret = 0;

	*options = (struct options) { .large_pages = true };
	opterr = 0;
	while (!ret && (option = getopt_long(argc, argv, "+", names, NULL)) >= 0) {
		if (option == SLOTS)
			ret = parse_number(optarg, STREAM_MAX_SLOTS, &options->slots);
		else if (option == PAGES)
			ret = parse_pages(optarg, &options->large_pages);
		else if (option == INTERRUPTS)
			options->interrupts = true;
		else
			ret = wrong_usage();
	}
	if (!ret && (!options->slots || optind == argc))
		ret = wrong_usage();
	return ret;
}

/* Parse "0000:01:00.0@10000000", with ":left" for one that is not preserved. */
static int parse_device(const char *text, struct stream_device *device)
{
	const char *at = strchr(text, '@');
	size_t length = at ? (size_t)(at - text) : 0;
	char *end;

	if (!length || length >= sizeof(device->vfio.address) || !at[1] ||
	    memchr(text, '/', length))
		return failure("%s is not of the form 0000:01:00.0@IOVA", text);
	memcpy(device->vfio.address, text, length);
	device->iova = strtoull(at + 1, &end, 16);
	device->left = !strcmp(end, ":left");
	if ((*end && !device->left) || device->iova % STREAM_LARGE_PAGE)
		return failure("%s: the IOVA is no hexadecimal multiple of %#x", text,
			       STREAM_LARGE_PAGE);
	return 0;
}

/* The guards of the devices must not overlap. */
static int check_overlap(const struct stream_device *devices, unsigned int index)
{
	unsigned int i;

	for (i = 0; i < index; i++) {
		__u64 distance = devices[i].iova > devices[index].iova ?
				 devices[i].iova - devices[index].iova :
				 devices[index].iova - devices[i].iova;

		if (distance < STREAM_STRIDE)
			return failure("the IOVAs of %s and %s must be %#llx apart",
				       devices[i].vfio.address, devices[index].vfio.address,
				       STREAM_STRIDE);
	}
	return 0;
}

static int parse_devices(int count, char **names, struct stream_device *devices)
{
	int i;

	if (count > STREAM_MAX_DEVICES)
		return failure("%d devices are more than %u", count, STREAM_MAX_DEVICES);
	for (i = 0; i < count; i++) {
		if (parse_device(names[i], &devices[i]) || check_overlap(devices, i))
			return -1;
	}
	return 0;
}

/* Map both areas of the device; the kernel pins the pages. */
static int map_memory(struct stream_device *device, int iommufd)
{
	const struct memory *small = &device->memory.small;
	const struct memory *large = &device->memory.large;

	if (vfio_map(&device->vfio, iommufd, small->fd, small->size, device->iova))
		return -1;
	return vfio_map(&device->vfio, iommufd, large->fd, large->size,
			device->iova + STREAM_LARGE_OFFSET);
}

/* Some devices can send none. */
static int enable_interrupt(struct stream_device *device, unsigned int index)
{
	int has_one = vfio_has_interrupt(&device->vfio);

	if (has_one <= 0)
		return has_one;
	if (vfio_enable_interrupt(&device->vfio))
		return -1;
	device->interrupts = true;
	printf("interrupts %u\n", index);
	return 0;
}

static int print_device(const struct stream_device *device, unsigned int index)
{
	printf("device %u %s\n", index, device->vfio.address);
	if (memory_print_extents(&device->memory.small, index, device->iova))
		return -1;
	return memory_print_extents(&device->memory.large, index,
				    device->iova + STREAM_LARGE_OFFSET);
}

static int arrange_device(const struct options *options, struct stream_device *device,
			  unsigned int index, int iommufd)
{
	struct memory_pair *memory = &device->memory;

	if (vfio_open(&device->vfio) || vfio_attach(&device->vfio, iommufd) ||
	    memory_create(memory, options->slots, options->large_pages))
		return -1;
	if (!options->large_pages && vfio_forbid_large_pages(&device->vfio, iommufd))
		return -1;
	stream_fill(memory->small.start, memory->large.start, device->iova, index, options->slots);
	if (map_memory(device, iommufd))
		return -1;
	if (options->large_pages && memory_check_large(&memory->large))
		return -1;
	if (guard_write(device->iova, memory) || vfio_enable(&device->vfio))
		return -1;
	if (options->interrupts && enable_interrupt(device, index))
		return -1;
	return print_device(device, index);
}

static int preserve_request(void *data)
{
	preserve_mark(data);
	return preserve_all(data);
}

static int abandon_request(void *data)
{
	return preserve_abandon(data);
}

static int abort_request(void *data)
{
	preserve_mark(data);
	return preserve_abort_each(data);
}

static int interrupts_on_request(void *data)
{
	return preserve_interrupts(data, true);
}

static int interrupts_off_request(void *data)
{
	return preserve_interrupts(data, false);
}

static const struct request requests[] = {
	{ "preserve", preserve_request },
	{ "abandon", abandon_request },
	{ "abort-each", abort_request },
	{ "interrupts-on", interrupts_on_request },
	{ "interrupts-off", interrupts_off_request },
	{}
};

/* Wait until each device has sent an interrupt, the only one that it may send. */
static int take_interrupts(struct stream_devices *devices)
{
	unsigned int i;
	__u64 sent;

	for (i = 0; i < devices->count; i++) {
		struct vfio_device *vfio = &devices->device[i].vfio;

		if (!devices->device[i].interrupts)
			continue;
		if (read(vfio->interrupt, &sent, sizeof(sent)) != sizeof(sent))
			return failure("%s: wait for an interrupt: %m", vfio->address);
		if (vfio_disable_interrupt(vfio))
			return -1;
		printf("interrupted %u\n", i);
		fflush(stdout);
	}
	return 0;
}

static int arrange(int argc, char **argv)
{
	static struct stream_devices devices = { .session = -1 };
	struct options options;
	unsigned int i;

	if (parse_options(argc, argv, &options))
		return -1;
	devices.count = argc - optind;
	if (parse_devices(devices.count, argv + optind, devices.device))
		return -1;
	devices.iommufd = iommufd_open();
	devices.other_iommufd = iommufd_open();
	if (devices.iommufd < 0 || devices.other_iommufd < 0)
		return -1;
	for (i = 0; i < devices.count; i++) {
		if (arrange_device(&options, &devices.device[i], i,
				   devices.device[i].left ? devices.other_iommufd :
							    devices.iommufd))
			return -1;
	}
	if (requests_open())
		return -1;
	puts("ready");
	fflush(stdout);
	if (take_interrupts(&devices))
		return -1;
	requests_serve(requests, &devices);
}

static int ask(int argc, char **argv)
{
	return argc == 2 ? requests_ask(argv[1]) : wrong_usage();
}

static void print_uncounted(unsigned int index)
{
	printf("uncounted %u %s\n", index, errno_name(errno));
}

/* One memfd of the session: 0, -1 with a message, or 1 with errno if it is lost */
static int retrieve(int session, __u64 token, __u64 size, struct memory *memory)
{
	int fd = session_retrieve_file(session, token);

	return fd < 0 ? 1 : memory_map(memory, fd, size);
}

static int count_device(int session, unsigned int index, unsigned int slots)
{
	struct memory_pair memory;
	int ret;

	ret = retrieve(session, TOKEN_SMALL(index), stream_small_size(slots), &memory.small);
	if (!ret)
		ret = retrieve(session, TOKEN_LARGE(index), stream_large_size(slots),
			       &memory.large);
	if (ret > 0)
		print_uncounted(index);
	if (ret)
		return ret < 0 ? -1 : 0;
	printf("counted %u %u %u\n", index, count_sent(&memory.small, slots),
	       count_received(&memory.large, index, slots));
	return 0;
}

static int count(int argc, char **argv)
{
	struct options options;
	unsigned int i;
	int session;

	if (parse_options(argc, argv, &options) ||
	    parse_number(argv[optind], STREAM_MAX_DEVICES, &options.nr_devices))
		return -1;
	session = session_retrieve(SESSION_NAME);
	for (i = 0; i < options.nr_devices; i++) {
		if (session < 0)
			print_uncounted(i);
		else if (count_device(session, i, options.slots))
			return -1;
	}
	/* As long as devices cannot be given back, their session stays. */
	if (session >= 0 && session_finish(session))
		printf("unfinished %s\n", errno_name(errno));
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*call)(int argc, char **argv);
	} commands[] = {
		{ "arrange", arrange },
		{ "ask", ask },
		{ "count", count },
	};
	unsigned int i;

	message_command("dma_stream");
	for (i = 0; argc > 1 && i < ARRAY_SIZE(commands); i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		message_command(commands[i].name);
		return commands[i].call(argc - 1, argv + 1) ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	wrong_usage();
	return EXIT_FAILURE;
}
