/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a trace proves, and the figures that say so.
 */
#ifndef VERDICT_H
#define VERDICT_H

#include "trace.h"

/**
 * enum verdict_code - What a live update came to
 * @VERDICT_UNBROKEN: every DMA landed, in memory that the second kernel has; of
 *	devices that were to be cut off, none did then
 * @VERDICT_CUT_OFF: all devices were to be cut off, and were
 * @VERDICT_BUS_MASTER_CLEARED: Bus Master Enable of the device was off
 * @VERDICT_BRIDGE_BUS_MASTER_CLEARED: that of a bridge above the device was off
 * @VERDICT_TRANSLATION_OFF_BEFORE_JUMP: the old kernel had switched translation off
 * @VERDICT_TRANSLATION_OFF_AFTER_JUMP: the new kernel had
 * @VERDICT_TABLES_LOST: translation was on, but did not lead to the memory
 * @VERDICT_DEVICE_RESET: the device had forgotten its orders
 * @VERDICT_DEVICE_GONE: the device did not answer
 * @VERDICT_NOT_CUT_OFF: a device that was to be cut off went on
 * @VERDICT_MEMORY_LOST: the second kernel did not find what had landed
 * @VERDICT_STRAY_WRITE: every DMA landed, but other memory was changed
 * @VERDICT_INTERRUPT_ARRIVED: every DMA landed, but a device's interrupt was delivered
 * @VERDICT_REMAPPING_DISABLED: none was, but for a moment any would have been
 * @VERDICT_INCOMPLETE: the trace proves nothing
 *
 * Those from VERDICT_BUS_MASTER_CLEARED to VERDICT_DEVICE_GONE say how the first
 * DMA that did not land had found the hardware.
 */
enum verdict_code {
	/* The good ones */
	VERDICT_UNBROKEN,
	VERDICT_CUT_OFF,
	/* The others */
	VERDICT_BUS_MASTER_CLEARED,
	VERDICT_BRIDGE_BUS_MASTER_CLEARED,
	VERDICT_TRANSLATION_OFF_BEFORE_JUMP,
	VERDICT_TRANSLATION_OFF_AFTER_JUMP,
	VERDICT_TABLES_LOST,
	VERDICT_DEVICE_RESET,
	VERDICT_DEVICE_GONE,
	VERDICT_NOT_CUT_OFF,
	VERDICT_MEMORY_LOST,
	VERDICT_STRAY_WRITE,
	VERDICT_INTERRUPT_ARRIVED,
	VERDICT_REMAPPING_DISABLED,
	VERDICT_INCOMPLETE,
	/* private: */
	NR_VERDICTS
};

/**
 * struct verdict_device - The figures of one device
 * @code: what its own DMAs came to, %VERDICT_UNBROKEN if all were as they had to be
 * @totals: how many DMAs had which outcome
 * @first_failed: its first run of DMAs that were not as they had to be, %NULL if
 *	all were: of a device that goes on, all land
 * @gap_us: longest time without a DMA that landed
 * @gap_start_us: when the last one before it had landed
 * @gap_open: none landed after it; it lasts until the end of the stream
 * @resolution_us: longest time between two DMAs that were issued, or between the
 *	last one and the end of the stream: no gap can be told finer
 */
struct verdict_device {
	enum verdict_code code;
	struct trace_totals totals;
	const struct trace_run *first_failed;
	u64 gap_us;
	u64 gap_start_us;
	bool gap_open;
	u64 resolution_us;
};

/**
 * struct verdict - What a trace proves; valid as long as the trace is
 * @code: the verdict
 * @device: the device that it is about, -1 if it is about all of them
 * @devices: the figures of each device
 * @text: one sentence for people
 */
struct verdict {
	enum verdict_code code;
	int device;
	struct verdict_device devices[TRACE_MAX_DEVICES];
	char text[480];
};

void verdict_find(const struct trace *trace, struct verdict *verdict);
const char *verdict_name(enum verdict_code code);
bool verdict_is_good(enum verdict_code code);
const char *verdict_meaning(enum verdict_code code);
int verdict_code_from_name(const char *name);

#endif /* VERDICT_H */
