/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VM_H
#define VM_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include <linux/compiler.h>
#include <linux/types.h>

#include "qtest.h"

/*
 * Of every kernel. An early console tells when the second kernel starts, the
 * other one a second later. Left alone, KHO takes so much memory for its scratch
 * areas, depending on what the firmware has left, that at times nothing is left.
 * On a busy host, interrupts of an emulated timer come too late for the kernel, which
 * panics then unless it is told not to count them.
 */
#define VM_COMMAND_LINE		"console=ttyS0 earlyprintk=ttyS0 panic=-1 kho=on "	\
				"kho_scratch=16M,96M,64M liveupdate=on "	\
				"no_timer_check"

#define VM_MAX_ARGUMENTS	96
#define VM_MAX_LINE		1024

/**
 * struct serial - One serial port of the guest, read by lines
 * @fd: the socket
 * @log: everything that was received goes there too, if not %NULL
 * @buffer: bytes received
 * @next: the first of them that was not looked at
 * @end: end of them
 * @line: bytes of a line that is not complete
 * @length: how many
 */
struct serial {
	int fd;
	FILE *log;
	char buffer[4096];
	size_t next, end;
	char line[VM_MAX_LINE];
	size_t length;
};

/**
 * struct vm - A virtual machine
 * @pid: of QEMU, 0 if there is none
 * @start_us: when it was started, on the monotonic clock
 * @qtest: access to its memory and device registers
 * @console: where the kernel prints
 * @control: the commands to init and its answers
 */
struct vm {
	pid_t pid;
	u64 start_us;
	struct qtest qtest;
	struct serial console;
	struct serial control;
};

/**
 * struct vm_settings - What vm_start() boots
 * @qemu: the program
 * @kernel: file name of the bzImage, or %NULL for a machine without serial
 *	ports whose CPUs never run: the other end of qtest drives all of it
 * @initramfs: file name of the archive
 * @command_line: appended to the kernel's command line
 * @memory: in MiB
 * @cpus: number of virtual CPUs
 * @scalable: scalable mode instead of legacy mode
 * @no_intremap: the unit has no interrupt remapping
 * @unit: the VT-d unit and its properties, or %NULL for what @scalable and
 *	@no_intremap say
 * @logs: what the names of the logs start with: "console.log" of the kernels,
 *	"qemu.log" of what QEMU says
 * @arguments: more arguments of QEMU, with their options, ended by %NULL
 */
struct vm_settings {
	const char *qemu;
	const char *kernel;
	const char *initramfs;
	const char *command_line;
	unsigned int memory;
	unsigned int cpus;
	bool scalable;
	bool no_intremap;
	const char *unit;
	const char *logs;
	const char *const *arguments;
};

int vm_start(struct vm *vm, const struct vm_settings *settings);
void vm_stop(struct vm *vm);
bool vm_died(struct vm *vm);
u64 vm_now_us(const struct vm *vm);
int vm_wait(struct vm *vm, u64 until_us);

int __printf(2, 3) serial_send(struct serial *serial, const char *format, ...);
const char *serial_line(struct serial *serial);

#endif /* VM_H */
