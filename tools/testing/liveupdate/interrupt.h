/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include <stdbool.h>
#include <stdio.h>

#include <linux/types.h>

#include "qtest.h"
#include "stream.h"
#include "trace.h"

/* Words that QEMU needs on its command line */
#define INTERRUPT_ARGUMENTS	8

#define INTERRUPT_MAX_OTHERS	64

/**
 * struct interrupts - Requests for interrupts by devices of the stream
 * @name: of the file to which the unit's work is logged
 * @log: that file, as far as it was read, %NULL at first
 * @has_entry: devices that had an interrupt in the first kernel
 * @entry: the entry of each of these in the interrupt remapping table
 * @root: Root Table Address register of the first kernel
 * @table: Interrupt Remapping Table Address register of the first kernel
 * @last_table: what that register held last
 * @others: entries of the first kernel's table that were of other devices
 * @nr_others: how many
 * @turn: requests sent since the freeze
 * @of_others: how many of those that count were for @others
 * @disabled: remapping was disabled since the log was read before
 */
struct interrupts {
	char name[512];
	FILE *log;
	bool has_entry[TRACE_MAX_DEVICES];
	unsigned int entry[TRACE_MAX_DEVICES];
	u64 root;
	u64 table;
	u64 last_table;
	unsigned int others[INTERRUPT_MAX_OTHERS];
	unsigned int nr_others;
	unsigned int turn;
	unsigned int of_others;
	bool disabled;
};

unsigned int interrupt_arguments(const struct interrupts *interrupts, const char **words);
int interrupt_learn(struct interrupts *interrupts, const struct stream *stream,
		    struct qtest *qtest);
int interrupt_try(struct interrupts *interrupts, const struct stream *stream,
		  struct qtest *qtest);
int interrupt_send(struct interrupts *interrupts, const struct stream *stream,
		   struct qtest *qtest, struct trace *trace, u64 now_us);
void interrupt_console(struct trace *trace, const char *text, u64 now_us);
void interrupt_unexpected(struct trace *trace, long count, u64 now_us);
void interrupt_close(struct interrupts *interrupts);

#endif /* INTERRUPT_H */
