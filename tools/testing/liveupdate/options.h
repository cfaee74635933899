/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

#include <linux/types.h>

#include "trace.h"

/**
 * struct device_option - A device to stream from
 * @model: QEMU's name for it
 * @port: below a PCIe root port of its own, else on the root bus
 * @fate: what has to become of its DMA
 */
struct device_option {
	char model[16];
	bool port;
	enum fate fate;
};

/**
 * struct options - What to run
 * @qemu: QEMU's program
 * @kernel: file name of the bzImage of the first kernel
 * @initramfs: file name of its archive, with the second kernel in it
 * @name: of the kernels, for people
 * @append: more of the kernels' command line
 * @append_b: more of the second kernel's alone
 * @results: directory for the log, the trace and the reports
 * @expect: name of the verdict that is success, %NULL for "unbroken"
 * @scalable: scalable mode instead of legacy mode
 * @no_intremap: the unit has no interrupt remapping
 * @no_interrupts: the devices ask for no interrupts after the freeze
 * @small_pages: map 4 KiB pages only, else 2 MiB pages as well
 * @send_only: the devices send and do not receive
 * @nr_devices: entries in @devices
 * @devices: the devices
 * @iova: I/O virtual address of the first device's memory
 * @rate: DMAs per second and device
 * @slots: most DMAs of a device
 * @before_ms: length of the stream before the kexec is asked for
 * @after_ms: length of the stream after the second user space has come up
 * @timeout_s: how long each of booting, setting up and kexec may take
 * @memory: of the VM in MiB
 * @cpus: of the VM
 * @canary: mebibytes of canary pages in the second kernel
 * @aborts: give the live update up at every stage, and only then do it
 */
struct options {
	const char *qemu;
	const char *kernel;
	const char *initramfs;
	const char *name;
	const char *append;
	const char *append_b;
	const char *results;
	const char *expect;
	bool scalable;
	bool no_intremap;
	bool no_interrupts;
	bool small_pages;
	bool send_only;
	unsigned int nr_devices;
	struct device_option devices[TRACE_MAX_DEVICES];
	u64 iova;
	unsigned int rate;
	unsigned int slots;
	unsigned int before_ms;
	unsigned int after_ms;
	unsigned int timeout_s;
	unsigned int memory;
	unsigned int cpus;
	unsigned int canary;
	bool aborts;
};

int options_parse(struct options *options, int argc, char **argv);
void options_usage(FILE *file);

#endif /* OPTIONS_H */
