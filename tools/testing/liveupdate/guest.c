// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands to the VM's user space, and what it and the kernel say.
 *
 * The guest's init takes one command a line on the second serial port; see
 * guest/init.c. Everything that waits does so for a bounded time, and ends when
 * the VM has died, the kernel has panicked, or a program has reported an error.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "guest.h"

/* How often what no line tells is looked at */
#define POLL_US			50000u

/* After so many lines, other things get their turn: a guest may never fall silent. */
#define MAX_LINES		256

static int __printf(2, 3) fail(struct guest *guest, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(guest->error, sizeof(guest->error), format, args);
	va_end(args);
	return -1;
}

static bool starts(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

/* What no kernel prints when all is well */
static void look_for_splat(struct guest *guest, const char *text)
{
	static const char * const splats[] = {
		"WARNING: ", "BUG: ", "kernel BUG at ", "Oops: ", "general protection fault",
		"KASAN: ", "UBSAN: ", "INFO: task ", "INFO: rcu", "unreferenced object ",
		"possible circular locking", "possible recursive locking",
		"INFO: trying to register",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(splats) && !guest->splat[0]; i++) {
		if (strstr(text, splats[i]))
			snprintf(guest->splat, sizeof(guest->splat), "%s", text);
	}
}

/* An error that any line can tell: 0 if it is none. */
static int check_line(struct guest *guest, const struct guest_line *line)
{
	const char *panic;

	if (line->console) {
		look_for_splat(guest, line->text);
		panic = strstr(line->text, "Kernel panic - not syncing");
		if (panic)
			return fail(guest, "%s", panic);
		if (starts(line->text, "init: "))
			return fail(guest, "the guest gives up: %s", line->text);
		return 0;
	}
	if (starts(line->text, "error ") || starts(line->text, "died "))
		return fail(guest, "the guest says: %s", line->text);
	return 0;
}

/* The next line of either port. */
static bool next_line(struct guest *guest, struct guest_line *line)
{
	line->console = false;
	line->text = serial_line(&guest->vm->control);
	if (!line->text) {
		line->console = true;
		line->text = serial_line(&guest->vm->console);
	}
	return line->text;
}

/* Look at the lines that have come: 1 if one matches, 0 if none, -1 on error. */
static int look(struct guest *guest, guest_line_fn match, void *data)
{
	struct guest_line line;
	unsigned int i;

	for (i = 0; i < MAX_LINES && next_line(guest, &line); i++) {
		if (guest->each_line)
			guest->each_line(guest->data, &line);
		if (check_line(guest, &line))
			return -1;
		if (match && match(data, &line))
			return 1;
	}
	return 0;
}

/*
 * Block the signals that end a program. What waits for the guest looks for
 * them, so that QEMU is stopped on the way out and nothing is left behind.
 */
void guest_block_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Whether one of them has come. */
bool guest_interrupted(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) ||
	       sigismember(&pending, SIGHUP);
}

/* Sleep until something can have changed: 0, or -1 on error. */
static int rest(struct guest *guest, u64 until_us)
{
	u64 wake = vm_now_us(guest->vm) + POLL_US, next;

	if (guest_interrupted())
		return fail(guest, "interrupted");
	/* Its last words, if any have come since, are the better reason. */
	if (vm_died(guest->vm))
		return look(guest, NULL, NULL) < 0 ? -1 :
		       fail(guest, "QEMU has ended: see qemu.log and console.log");
	if (guest->between) {
		next = guest->between(guest->data);
		if (!next)
			return -1;
		if (next < wake)
			wake = next;
	}
	vm_wait(guest->vm, wake < until_us ? wake : until_us);
	return 0;
}

/*
 * Wait until @match says that a line is the right one: 0, or -1 with the error
 * stored. @what names it for people.
 */
int guest_wait(struct guest *guest, guest_line_fn match, void *data, u64 timeout_us,
	       const char *what)
{
	u64 until = vm_now_us(guest->vm) + timeout_us;
	int found;

	for (;;) {
		found = look(guest, match, data);
		if (found)
			return found < 0 ? -1 : 0;
		if (vm_now_us(guest->vm) >= until)
			return fail(guest, "no %s within %u s", what,
				    (unsigned int)(timeout_us / 1000000));
		if (rest(guest, until))
			return -1;
	}
}

static bool is_text(void *data, const struct guest_line *line)
{
	return !line->console && !strcmp(line->text, data);
}

/* Wait for that line of user space. */
int guest_wait_for(struct guest *guest, const char *text, u64 timeout_us)
{
	return guest_wait(guest, is_text, (void *)text, timeout_us, text);
}

/* Let that time pass: 0, or -1 with the error stored. */
int guest_pass(struct guest *guest, u64 microseconds)
{
	u64 until = vm_now_us(guest->vm) + microseconds;

	while (vm_now_us(guest->vm) < until) {
		if (look(guest, NULL, NULL) < 0 || rest(guest, until))
			return -1;
	}
	return 0;
}

/* Send one command: 0, or -1 with the error stored. */
int guest_send(struct guest *guest, const char *format, ...)
{
	char command[VM_MAX_LINE];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (serial_send(&guest->vm->control, "%s", command))
		return fail(guest, "the command was not sent: %.100s", command);
	return 0;
}

struct program {
	guest_line_fn each;
	void *data;
	int status;
};

static bool program_line(void *data, const struct guest_line *line)
{
	struct program *program = data;

	if (!line->console && sscanf(line->text, "done %d", &program->status) == 1)
		return true;
	if (program->each)
		program->each(program->data, line);
	return false;
}

/*
 * Run a program to its end, each of its lines passed to @each: its exit status,
 * or -1 with the error stored.
 */
int guest_run(struct guest *guest, u64 timeout_us, guest_line_fn each, void *data,
	      const char *format, ...)
{
	struct program program = { .each = each, .data = data };
	char command[VM_MAX_LINE];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (guest_send(guest, "run %s", command) ||
	    guest_wait(guest, program_line, &program, timeout_us, "end of a program"))
		return -1;
	return program.status;
}
