// SPDX-License-Identifier: GPL-2.0-only
/*
 * One live update of a VM whose devices do DMA all the time.
 *
 * The first kernel boots, user space takes the devices and maps memory for them
 * (guest/dma_stream.c), the stream begins, user space has all preserved, and asks for
 * the kexec. The second kernel boots, its user space plants canaries, tries to get at
 * the devices and uses more memory than there is, and after a while the stream ends
 * and the second kernel counts what it finds in the memory that it got back.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/kernel.h>

#include "blackout.h"
#include "guest.h"
#include "handover.h"
#include "interrupt.h"
#include "live_update.h"
#include "report.h"
#include "stream.h"
#include "stream_layout.h"

/* Device numbers on the root bus, by place */
#define FIRST_ROOT_DEVICE	0x03u
#define FIRST_PORT		0x10u

/* QEMU's e1000 receives nothing for that long after it was set up. */
#define SETTLE_US		1300000u

/*
 * After the freeze a device asks for an interrupt at one of so many of its DMAs, and
 * more seldom once the second user space is up, which needs the time of the host.
 */
#define DMAS_PER_INTERRUPT	4u
#define DMAS_PER_INTERRUPT_LATE	40u

/* What the second kernel has to swap */
#define PRESSURE_MIB		64u

struct live_update {
	const struct options *options;
	struct trace *trace;
	struct vm vm;
	struct guest guest;
	struct stream streams[TRACE_MAX_DEVICES];
	struct interrupts interrupts;
	u64 due_us[TRACE_MAX_DEVICES];
	bool streaming;
	unsigned int found;
	unsigned int preserved;
};

static bool ends(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcmp(text + length - end_length, end);
}

/* The marks that the kernels' own messages give */
static void mark_console(struct live_update *update, const char *text, u64 now)
{
	struct trace *trace = update->trace;
	unsigned int i;

	if (!trace->mark_us[MARK_FREEZE])
		return;
	if (trace->interrupts.watched)
		interrupt_console(trace, text, now);
	blackout_console(trace, text);
	if (ends(text, ": shutdown"))
		trace_mark(trace, MARK_SHUTDOWN, now);
	if (strstr(text, "Starting new kernel"))
		trace_mark(trace, MARK_JUMP, now);
	if (strstr(text, "Linux version "))
		trace_mark(trace, MARK_KERNEL, now);
	if (!trace->mark_us[MARK_KERNEL])
		return;
	if (strstr(text, "DMAR: Intel(R) Virtualization Technology for Directed I/O"))
		trace_mark(trace, MARK_UNITS_UP, now);
	for (i = 0; i < trace->nr_devices; i++) {
		const char *address = strstr(text, trace->device[i].address);

		if (address && strstr(address, ": [") && ++update->found == trace->nr_devices)
			trace_mark(trace, MARK_PROBED, now);
	}
}

static void each_line(void *data, const struct guest_line *line)
{
	struct live_update *update = data;
	u64 now = vm_now_us(&update->vm);

	if (line->console)
		mark_console(update, line->text, now);
	else if (!strcmp(line->text, "kexec"))
		trace_mark(update->trace, MARK_FREEZE, now);
	else if (!strcmp(line->text, "init 2"))
		trace_mark(update->trace, MARK_USER_SPACE, now);
}

static int out_of_slots(struct live_update *update)
{
	snprintf(update->guest.error, sizeof(update->guest.error),
		 "all %u slots are used: choose more slots or a lower rate",
		 update->options->slots);
	return -1;
}

/* The last quarter of the slots lasts ten times as long, for a slow machine. */
static u64 period_us(const struct live_update *update, const struct stream *stream)
{
	u64 period = 1000000 / update->options->rate;

	return stream->next < stream->e1000.slots / 4 * 3 ? period : 10 * period;
}

/* Without remapping nobody would refuse, and a device that receives nothing cannot ask. */
static bool wants_interrupts(const struct options *options)
{
	return !options->no_interrupts && !options->no_intremap && !options->send_only;
}

/* Whether a device asks for an interrupt beside the DMA that was its last */
static bool asks(const struct trace *trace, const struct stream *stream)
{
	if (!trace->mark_us[MARK_FREEZE])
		return false;
	return !(stream->next % (trace->mark_us[MARK_USER_SPACE] ? DMAS_PER_INTERRUPT_LATE :
								   DMAS_PER_INTERRUPT));
}

/* A DMA of a device, and at times a request for an interrupt */
static int issue_next(struct live_update *update, struct stream *stream, u64 now)
{
	int ret = stream_issue(stream, &update->vm.qtest, update->trace, now);

	if (ret <= 0 || !asks(update->trace, stream))
		return ret;
	return interrupt_send(&update->interrupts, stream, &update->vm.qtest, update->trace, now);
}

/* One DMA of a device when it is due; one that is late is not made up for. */
static int issue(struct live_update *update, unsigned int device, u64 now)
{
	struct stream *stream = &update->streams[device];
	u64 period = period_us(update, stream);

	if (stream->next + 1 >= stream->e1000.slots)
		return out_of_slots(update);
	if (issue_next(update, stream, now) < 0) {
		snprintf(update->guest.error, sizeof(update->guest.error),
			 "QEMU does not answer any more");
		return -1;
	}
	update->due_us[device] += period;
	if (update->due_us[device] < now)
		update->due_us[device] = now + period;
	return 0;
}

static u64 between(void *data)
{
	struct live_update *update = data;
	u64 now = vm_now_us(&update->vm), next = now + 1000000;
	unsigned int i;

	if (!update->streaming)
		return next;
	for (i = 0; i < update->trace->nr_devices; i++) {
		now = vm_now_us(&update->vm);
		if (update->due_us[i] <= now && issue(update, i, now))
			return 0;
		if (update->due_us[i] < next)
			next = update->due_us[i];
	}
	report_live(stderr, update->trace, now);
	return next;
}

static void place_device(struct live_update *update, unsigned int index,
			 unsigned int *ports, unsigned int *roots)
{
	const struct device_option *option = &update->options->devices[index];
	struct trace_device *device = &update->trace->device[index];
	struct stream *stream = &update->streams[index];

	snprintf(device->model, sizeof(device->model), "%s", option->model);
	snprintf(device->place, sizeof(device->place), "%s", option->port ? "port" : "root");
	device->fate = option->fate;
	device->counted = -1;
	stream->index = index;
	stream->e1000.iova = update->options->iova + index * STREAM_STRIDE;
	stream->e1000.slots = update->options->slots;
	stream->e1000.loopback = !update->options->send_only;
	stream->function.bridge = option->port ? (int)(FIRST_PORT + (*ports)++) : -1;
	stream->function.device = option->port ? 0 : FIRST_ROOT_DEVICE + (*roots)++;
}

static void place_devices(struct live_update *update)
{
	unsigned int ports = 0, roots = 0, i;

	update->trace->nr_devices = update->options->nr_devices;
	for (i = 0; i < update->options->nr_devices; i++)
		place_device(update, i, &ports, &roots);
}

/* QEMU's arguments for the devices; @words has room for four each. */
static void device_arguments(struct live_update *update, char (*text)[80], const char **words)
{
	unsigned int i, count = 0;

	for (i = 0; i < update->trace->nr_devices; i++) {
		const struct pci_function *function = &update->streams[i].function;
		const char *model = update->trace->device[i].model;

		if (function->bridge >= 0) {
			snprintf(text[2 * i], sizeof(*text),
				 "pcie-root-port,id=port%u,chassis=%u,addr=0x%x", i, i + 1,
				 function->bridge);
			words[count++] = "-device";
			words[count++] = text[2 * i];
			snprintf(text[2 * i + 1], sizeof(*text), "%s,bus=port%u,romfile=",
				 model, i);
		} else {
			snprintf(text[2 * i + 1], sizeof(*text), "%s,addr=0x%x,romfile=",
				 model, function->device);
		}
		words[count++] = "-device";
		words[count++] = text[2 * i + 1];
	}
	words[count] = NULL;
}

static int boot(struct live_update *update)
{
	static char text[2 * TRACE_MAX_DEVICES][80], command_line[1024], logs[512];
	const char *words[INTERRUPT_ARGUMENTS + 4 * TRACE_MAX_DEVICES + 1];
	const struct options *options = update->options;
	struct vm_settings settings = {
		.qemu = options->qemu,
		.kernel = options->kernel,
		.initramfs = options->initramfs,
		.command_line = command_line,
		.memory = options->memory,
		.cpus = options->cpus,
		.scalable = options->scalable,
		.no_intremap = options->no_intremap,
		.logs = logs,
		.arguments = words,
	};
	unsigned int nr_words = 0;

	snprintf(logs, sizeof(logs), "%s/", options->results);
	/*
	 * Neither kernel may use the RAM where the guards stand. Without interrupt
	 * remapping, iommufd wants to be told that the devices are trusted.
	 */
	snprintf(command_line, sizeof(command_line),
		 VM_COMMAND_LINE " kunit.enable=0 intel_iommu=on,%s%s memmap=0x%llx$0x%llx %s",
		 options->scalable ? "sm_on" : "sm_off",
		 options->no_intremap ? " iommufd.allow_unsafe_interrupts=1" : "",
		 options->nr_devices * STREAM_STRIDE, (unsigned long long)options->iova,
		 options->append);
	place_devices(update);
	snprintf(update->interrupts.name, sizeof(update->interrupts.name), "%s/interrupts.log",
		 options->results);
	if (wants_interrupts(options))
		nr_words = interrupt_arguments(&update->interrupts, words);
	device_arguments(update, text, words + nr_words);
	if (vm_start(&update->vm, &settings)) {
		snprintf(update->guest.error, sizeof(update->guest.error), "QEMU did not start");
		return -1;
	}
	return guest_wait_for(&update->guest, "init 1", options->timeout_s * 1000000ull);
}

/* What dma_stream says while it arranges a device's memory */
static bool arrangement(void *data, const struct guest_line *line)
{
	unsigned long long iova, physical, length;
	struct live_update *update = data;
	unsigned int index;

	if (line->console)
		return false;
	if (sscanf(line->text, "extent %u %llx %llx %llx", &index, &iova, &physical,
		   &length) == 4 && index < update->trace->nr_devices)
		stream_add_extent(&update->streams[index], iova, physical, length);
	else if (sscanf(line->text, "interrupts %u", &index) == 1 &&
		 index < update->trace->nr_devices)
		update->interrupts.has_entry[index] = true;
	return !strcmp(line->text, "ready");
}

/* What can be done to a device in the next kernel depends on these. */
static int note_capabilities(struct live_update *update, unsigned int index)
{
	char names[48], note[112];

	if (pci_capabilities(&update->vm.qtest, &update->streams[index].function, names,
			     sizeof(names)))
		return -1;
	snprintf(note, sizeof(note), "device %u has the capabilities %s", index,
		 names[0] ? names : "of conventional PCI");
	trace_note(update->trace, note);
	return 0;
}

/* Names as the guest's kernel gives them, which its firmware has numbered. */
static int locate(struct live_update *update)
{
	unsigned int i;

	for (i = 0; i < update->trace->nr_devices; i++) {
		struct pci_function *function = &update->streams[i].function;

		if (pci_locate(&update->vm.qtest, function) || note_capabilities(update, i)) {
			snprintf(update->guest.error, sizeof(update->guest.error),
				 "device %u is not where it was plugged in", i);
			return -1;
		}
		snprintf(update->trace->device[i].address,
			 sizeof(update->trace->device[i].address), "0000:%02x:%02x.0",
			 function->bus, function->device);
	}
	return 0;
}

static int take_devices(struct live_update *update)
{
	const struct options *options = update->options;
	char devices[TRACE_MAX_DEVICES * 40] = "";
	size_t length = 0;
	unsigned int i;

	if (locate(update))
		return -1;
	for (i = 0; i < update->trace->nr_devices; i++)
		length += snprintf(devices + length, sizeof(devices) - length, " %s@0x%llx%s",
				   update->trace->device[i].address,
				   (unsigned long long)update->streams[i].e1000.iova,
				   update->trace->device[i].fate == FATE_LEFT ? ":left" : "");
	if (guest_send(&update->guest, "spawn dma_stream arrange --slots %u --pages %s%s%s",
		       options->slots, options->small_pages ? "small" : "mixed",
		       wants_interrupts(options) ? " --interrupts" : "", devices))
		return -1;
	return guest_wait(&update->guest, arrangement, update, options->timeout_s * 1000000ull,
			  "memory for the devices");
}

static int start_streams(struct live_update *update)
{
	unsigned int i;

	for (i = 0; i < update->trace->nr_devices; i++) {
		if (stream_start(&update->streams[i], &update->vm.qtest)) {
			snprintf(update->guest.error, sizeof(update->guest.error),
				 "device %u cannot be made to stream", i);
			return -1;
		}
	}
	if (guest_pass(&update->guest, SETTLE_US))
		return -1;
	for (i = 0; i < update->trace->nr_devices; i++)
		update->due_us[i] = vm_now_us(&update->vm) + i * 1000000 / update->options->rate /
				    update->trace->nr_devices;
	trace_mark(update->trace, MARK_STREAM, vm_now_us(&update->vm));
	update->streaming = true;
	return guest_pass(&update->guest, update->options->before_ms * 1000ull);
}

/* Each device that can get one through to its owner does so, once. */
static int try_interrupts(struct live_update *update)
{
	char text[32];
	unsigned int i;

	for (i = 0; i < update->trace->nr_devices; i++) {
		const struct stream *stream = &update->streams[i];

		if (!update->interrupts.has_entry[i])
			continue;
		if (interrupt_learn(&update->interrupts, stream, &update->vm.qtest) ||
		    interrupt_try(&update->interrupts, stream, &update->vm.qtest)) {
			snprintf(update->guest.error, sizeof(update->guest.error),
				 "device %u cannot be made to send an interrupt", i);
			return -1;
		}
		snprintf(text, sizeof(text), "interrupted %u", i);
		if (guest_wait_for(&update->guest, text, update->options->timeout_s * 1000000ull))
			return -1;
		update->trace->interrupts.watched = true;
	}
	return 0;
}

/* What a program says that counts; the rest are notes. */
static bool program_line(void *data, const struct guest_line *line)
{
	struct live_update *update = data;
	unsigned long sent, received;
	unsigned int index;
	long pages, damaged;
	int kept;

	if (line->console)
		return false;
	if (!strncmp(line->text, "preserved cdev ", 15))
		update->preserved++;
	kept = handover_keep(&update->vm.qtest, update->options->results, line->text);
	if (!kept)
		return false;
	if (kept < 0)
		trace_note(update->trace, "what was told of the handover is not kept");
	if (sscanf(line->text, "counted %u %lu %lu", &index, &sent, &received) == 3 &&
	    index < update->trace->nr_devices) {
		update->trace->device[index].counted =
			!update->options->send_only && received < sent ? received : sent;
	} else if (sscanf(line->text, "canary %ld %ld", &pages, &damaged) == 2) {
		update->trace->canary_pages = pages;
		update->trace->canary_damaged = damaged;
	} else if (sscanf(line->text, "unexpected %ld", &pages) == 1) {
		interrupt_unexpected(update->trace, pages, vm_now_us(&update->vm));
	} else {
		trace_note(update->trace, line->text);
	}
	return false;
}

static int run_program(struct live_update *update, const char *program)
{
	int status = guest_run(&update->guest, update->options->timeout_s * 1000000ull,
			       program_line, update, "%s", program);

	if (status > 0)
		snprintf(update->guest.error, sizeof(update->guest.error),
			 "\"%s\" ended with status %d", program, status);
	return status ? -1 : 0;
}

static bool is_refusal(void *data, const struct guest_line *line)
{
	struct live_update *update = data;

	if (line->console || strncmp(line->text, "refused kexec ", 14))
		return false;
	trace_note(update->trace, line->text);
	return true;
}

/* An interrupt that is enabled lets the freeze of a device fail, after that of memory. */
static int fail_to_freeze(struct live_update *update)
{
	u64 timeout_us = update->options->timeout_s * 1000000ull;

	if (run_program(update, "dma_stream ask preserve") ||
	    run_program(update, "dma_stream ask interrupts-on") ||
	    guest_send(&update->guest, "kexec-refused") ||
	    guest_wait(&update->guest, is_refusal, update, timeout_us, "refusal of the kexec"))
		return -1;
	return run_program(update, "dma_stream ask interrupts-off");
}

/* Have the devices preserved; before, in any way that does not lead to a kexec. */
static int preserve_devices(struct live_update *update)
{
	if (update->options->aborts &&
	    (run_program(update, "dma_stream ask abort-each") || fail_to_freeze(update) ||
	     run_program(update, "dma_stream ask abandon")))
		return -1;
	update->preserved = 0;
	return run_program(update, "dma_stream ask preserve");
}

/* How many devices are to be preserved */
static unsigned int count_preserved(const struct live_update *update)
{
	unsigned int count = 0, i;

	for (i = 0; i < update->trace->nr_devices; i++)
		count += update->trace->device[i].fate != FATE_LEFT;
	return count;
}

static int try_others(struct live_update *update)
{
	char command[32 + TRACE_MAX_DEVICES * 16] = "others";
	size_t length = strlen(command), begin = length;
	unsigned int i;

	for (i = 0; i < update->trace->nr_devices; i++) {
		if (update->trace->device[i].fate == FATE_KEPT)
			length += snprintf(command + length, sizeof(command) - length, " %s",
					   update->trace->device[i].address);
	}
	return length > begin ? run_program(update, command) : 0;
}

/* Nobody gets a device that goes on, and nothing that happens to memory stops it. */
static int disturb(struct live_update *update)
{
	char command[32];

	if (!update->preserved || update->preserved < count_preserved(update))
		return 0;
	if (try_others(update))
		return -1;
	snprintf(command, sizeof(command), "pressure %u", PRESSURE_MIB);
	return run_program(update, command);
}

static int update_kernel(struct live_update *update)
{
	char plant[40];

	if (run_program(update, "leaks") ||
	    guest_send(&update->guest, "kexec %s", update->options->append_b) ||
	    guest_wait_for(&update->guest, "init 2", update->options->timeout_s * 1000000ull))
		return -1;
	snprintf(plant, sizeof(plant), "canary plant %u", update->options->canary);
	if (run_program(update, plant) || disturb(update))
		return -1;
	return guest_pass(&update->guest, update->options->after_ms * 1000ull);
}

static int check_guards(struct live_update *update)
{
	unsigned int i;
	long damaged;

	for (i = 0; i < update->trace->nr_devices; i++) {
		damaged = stream_damaged_guard(&update->streams[i], &update->vm.qtest);
		if (damaged < 0) {
			snprintf(update->guest.error, sizeof(update->guest.error),
				 "the guard of device %u cannot be read", i);
			return -1;
		}
		update->trace->guard_damaged += damaged;
	}
	return 0;
}

/* Without any of these nothing is shown of the old kernel's table. */
static void note_interrupts(struct live_update *update)
{
	char note[80];

	if (!update->trace->interrupts.watched)
		return;
	snprintf(note, sizeof(note), "%u interrupt requests were for entries of other devices",
		 update->interrupts.of_others);
	trace_note(update->trace, note);
}

static int finish(struct live_update *update)
{
	char command[64];

	update->streaming = false;
	trace_mark(update->trace, MARK_END, vm_now_us(&update->vm));
	note_interrupts(update);
	snprintf(command, sizeof(command), "dma_stream count --slots %u %u",
		 update->options->slots, update->trace->nr_devices);
	if (run_program(update, command) || run_program(update, "canary check") ||
	    run_program(update, "leaks") || run_program(update, "handover"))
		return -1;
	if (update->trace->interrupts.watched && run_program(update, "interrupts"))
		return -1;
	return check_guards(update);
}

/*
 * Run it and store everything in @trace, which the caller frees. What cannot be
 * done is a failure stored there, not an error. Return: 0, or -1 without memory.
 */
int live_update_run(const struct options *options, struct trace *trace)
{
	struct live_update *update = calloc(1, sizeof(*update));
	unsigned int i;

	*trace = (struct trace) {};
	if (!update)
		return -1;
	snprintf(trace->kernel, sizeof(trace->kernel), "%s", options->name);
	snprintf(trace->mode, sizeof(trace->mode), "%s", options->scalable ? "scalable" : "legacy");
	update->options = options;
	update->trace = trace;
	update->guest = (struct guest) {
		.vm = &update->vm, .each_line = each_line, .between = between,
		.data = update,
	};
	if (boot(update) || take_devices(update) || start_streams(update) ||
	    try_interrupts(update) || preserve_devices(update) || update_kernel(update) ||
	    finish(update))
		snprintf(trace->failure, sizeof(trace->failure), "%s", update->guest.error);
	else if (update->guest.splat[0])
		snprintf(trace->failure, sizeof(trace->failure), "a kernel complains: %s",
			 update->guest.splat);
	trace_mark(trace, MARK_END, vm_now_us(&update->vm));
	vm_stop(&update->vm);
	interrupt_close(&update->interrupts);
	for (i = 0; i < trace->nr_devices; i++)
		stream_free(&update->streams[i]);
	free(update);
	return 0;
}
