/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>

#include <linux/compiler.h>
#include <linux/types.h>

#include "vm.h"

/**
 * struct guest_line - A line of the guest
 * @console: of the kernel's console, else an answer to a command
 * @text: without its end
 */
struct guest_line {
	bool console;
	const char *text;
};

/**
 * typedef guest_line_fn - Look at a line of the guest
 * @data: what the caller of guest_wait() gave
 * @line: the line; valid in this call only
 *
 * Return: true if it is what was waited for.
 */
typedef bool (*guest_line_fn)(void *data, const struct guest_line *line);

/**
 * struct guest - The VM's user space, which carries out commands
 * @vm: the machine
 * @each_line: told of every line before others are; may be %NULL
 * @between: called while waiting; says when it wants to be called again, in
 *	microseconds since the VM's start, or 0 with @error set; may be %NULL
 * @data: for both
 * @error: why the last function failed
 * @splat: the first line of a kernel that complained of itself, empty if none did
 */
struct guest {
	struct vm *vm;
	void (*each_line)(void *data, const struct guest_line *line);
	u64 (*between)(void *data);
	void *data;
	char error[160];
	char splat[120];
};

void guest_block_signals(void);
bool guest_interrupted(void);
int guest_wait(struct guest *guest, guest_line_fn match, void *data, u64 timeout_us,
	       const char *what);
int guest_wait_for(struct guest *guest, const char *text, u64 timeout_us);
int guest_pass(struct guest *guest, u64 microseconds);
int __printf(2, 3) guest_send(struct guest *guest, const char *format, ...);
int __printf(5, 6) guest_run(struct guest *guest, u64 timeout_us, guest_line_fn each,
			     void *data, const char *format, ...);

#endif /* GUEST_H */
