/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of every DMA of one live update, and when what else happened.
 *
 * The stream appends DMAs; a verdict, a report and the file are made of runs:
 * DMAs in succession of one device with the same outcome and the same state of
 * the hardware, and with no mark between them. So each run lies between two
 * marks, and what is counted between marks is exact.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <stdio.h>

#include <linux/types.h>

#include "stream_layout.h"

#define TRACE_MAX_DEVICES	STREAM_MAX_DEVICES
#define TRACE_MAX_NOTES		64

/* Bus Master Enable in a PCI command register */
#define HARDWARE_BUS_MASTER	0x0004u
/* Translation Enable Status in the Global Status register */
#define HARDWARE_TRANSLATION	0x80000000u

/**
 * enum outcome - What became of one DMA
 * @OUTCOME_LANDED: everything was read and written where the IOMMU had mapped it
 * @OUTCOME_LOST: it left no trace at all
 * @OUTCOME_FAULTED: lost, and the unit holds a fault record of the device
 * @OUTCOME_ELSEWHERE: the guard at the raw physical address was read or written
 * @OUTCOME_DAMAGED: something arrived, but not all of it or not the right bytes
 */
enum outcome {
	OUTCOME_LANDED,
	OUTCOME_LOST,
	OUTCOME_FAULTED,
	OUTCOME_ELSEWHERE,
	OUTCOME_DAMAGED,
	/* private: */
	NR_OUTCOMES
};

/**
 * enum mark - A moment of the live update
 * @MARK_STREAM: the stream of DMAs began
 * @MARK_FREEZE: user space asked for the kexec; LUO freezes first
 * @MARK_SHUTDOWN: the first device was shut down
 * @MARK_JUMP: the old kernel's last word
 * @MARK_KERNEL: the first word of the new kernel
 * @MARK_UNITS_UP: the new kernel has set up its translation units
 * @MARK_PROBED: the new kernel has found the last of the devices
 * @MARK_USER_SPACE: the new kernel's init runs
 * @MARK_END: the stream ended
 */
enum mark {
	MARK_STREAM,
	MARK_FREEZE,
	MARK_SHUTDOWN,
	MARK_JUMP,
	MARK_KERNEL,
	MARK_UNITS_UP,
	MARK_PROBED,
	MARK_USER_SPACE,
	MARK_END,
	/* private: */
	NR_MARKS
};

/**
 * enum fate - What has to become of a device's DMA
 * @FATE_KEPT: it goes on
 * @FATE_LEFT: the device is not preserved: nothing lands when the next kernel runs
 * @FATE_LOST: the next kernel cannot go on with the device: nothing lands any more
 *	when its user space runs
 */
enum fate {
	FATE_KEPT,
	FATE_LEFT,
	FATE_LOST,
	/* private: */
	NR_FATES
};

/**
 * enum part - What is accounted of the time in which no guest runs, by the kernels
 * @PART_FREEZE: to freeze and write what is handed over
 * @PART_SHUTDOWN: to leave devices and units to the new kernel
 * @PART_TAKE_OVER: to take them over there
 */
enum part {
	PART_FREEZE,
	PART_SHUTDOWN,
	PART_TAKE_OVER,
	/* private: */
	NR_PARTS
};

/**
 * struct hardware - State of the hardware right after a DMA
 * @command: the device's PCI command register, all ones if it did not answer
 * @bridges: the command registers of the bridges above it, and-ed; all ones on
 *	the root bus
 * @status: Global Status register of the translation unit
 * @root: Root Table Address register of the translation unit
 * @fault_reason: of the unit's fault record of the device, 0 if there is none
 * @stopped: the device left its orders alone, as one that was reset does
 */
struct hardware {
	u16 command;
	u16 bridges;
	u32 status;
	u64 root;
	u8 fault_reason;
	bool stopped;
};

/**
 * struct trace_run - DMAs in succession, alike in outcome and hardware
 * @device: index of the device
 * @outcome: what became of all of them
 * @first: number of the first DMA of the device, from 0
 * @count: how many
 * @start_us: when the first was issued, in microseconds since the VM's start
 * @end_us: when the last was issued
 * @gap_us: longest time between two of them
 * @gap_start_us: when that began
 * @hardware: state right after each of them
 */
struct trace_run {
	unsigned int device;
	enum outcome outcome;
	u32 first;
	u32 count;
	u64 start_us;
	u64 end_us;
	u64 gap_us;
	u64 gap_start_us;
	struct hardware hardware;
};

/**
 * struct trace_device - One device of the stream
 * @address: PCI address, as in sysfs
 * @model: QEMU's name for it
 * @place: "port" below a PCIe root port, "root" on the root bus
 * @fate: what has to become of its DMA
 * @counted: DMAs that the second kernel counted in the memory it got back, -1 if
 *	it could not tell
 */
struct trace_device {
	char address[16];
	char model[16];
	char place[8];
	enum fate fate;
	long counted;
};

/**
 * struct trace_interrupts - What the devices asked for, after the freeze, that nobody
 *	may deliver
 * @watched: they had an interrupt before, and it was delivered
 * @before: requests until the new kernel's first word
 * @after: requests since
 * @arrived: how many of all were delivered
 * @first_us: when the first was, 0 if none
 * @open_us: when interrupt remapping was found to have been disabled, 0 if it was not
 */
struct trace_interrupts {
	bool watched;
	long before;
	long after;
	long arrived;
	u64 first_us;
	u64 open_us;
};

/**
 * struct trace - One live update
 * @kernel: what was run, as a name for people
 * @mode: translation mode of the first kernel, "legacy" or "scalable"
 * @nr_devices: entries in @device
 * @device: the devices of the stream
 * @nr_runs: entries in @runs
 * @max_runs: how many fit in @runs
 * @runs: in the order of their start
 * @last_run: index in @runs of the last run of each device, plus one
 * @mark_us: when each mark was passed, in microseconds since the VM's start; 0
 *	if never
 * @part_us: how long each part took, in microseconds; 0 if no kernel has told
 * @canary_pages: pages of the second kernel that were watched, 0 if none were
 * @canary_damaged: how many of them were changed
 * @guard_damaged: bytes of guard that were changed by no DMA in @runs
 * @interrupts: requests for interrupts
 * @nr_notes: entries in @note
 * @note: what the guest said and no other member holds, for people
 * @failure: why the run could not be completed, empty if it was
 */
struct trace {
	char kernel[64];
	char mode[16];
	unsigned int nr_devices;
	struct trace_device device[TRACE_MAX_DEVICES];
	size_t nr_runs;
	size_t max_runs;
	struct trace_run *runs;
	size_t last_run[TRACE_MAX_DEVICES];
	u64 mark_us[NR_MARKS];
	u64 part_us[NR_PARTS];
	long canary_pages;
	long canary_damaged;
	long guard_damaged;
	struct trace_interrupts interrupts;
	unsigned int nr_notes;
	char note[TRACE_MAX_NOTES][80];
	char failure[160];
};

/**
 * struct trace_totals - DMAs of a device, counted
 * @issued: all of them
 * @outcome: how many had each outcome
 */
struct trace_totals {
	u32 issued;
	u32 outcome[NR_OUTCOMES];
};

/* Texts of a trace are ASCII, whatever the guest says. */
static inline char trace_printable(char c)
{
	return c >= 0x20 && c < 0x7f ? c : '?';
}

const char *outcome_name(enum outcome outcome);
const char *mark_name(enum mark mark);
const char *fate_name(enum fate fate);
int outcome_from_name(const char *name);
int mark_from_name(const char *name);
int fate_from_name(const char *name);
int part_from_name(const char *name);
const char *part_name(enum part part);

int trace_add(struct trace *trace, unsigned int device, u64 now_us, enum outcome outcome,
	      const struct hardware *hardware);
void trace_count(const struct trace *trace, unsigned int device, u64 from_us, u64 to_us,
		 struct trace_totals *totals);
void trace_mark(struct trace *trace, enum mark mark, u64 now_us);
void trace_interrupt(struct trace *trace, u64 now_us, bool arrived);
unsigned int trace_sort_marks(const struct trace *trace, enum mark *marks);
void trace_note(struct trace *trace, const char *text);
int trace_save(const struct trace *trace, FILE *file);
int trace_load(struct trace *trace, FILE *file, const char *name, FILE *messages);
void trace_free(struct trace *trace);

#endif /* TRACE_H */
