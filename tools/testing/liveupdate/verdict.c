// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a trace proves: a function of nothing but the trace.
 */
#include <stdarg.h>
#include <string.h>

#include <linux/kernel.h>

#include "verdict.h"

#define NO_ANSWER		0xffffu

static const struct {
	const char *name;
	const char *meaning;
} verdicts[NR_VERDICTS] = {
	[VERDICT_UNBROKEN] = {
		"unbroken",
		"every DMA landed, and the second kernel found them all",
	},
	[VERDICT_CUT_OFF] = {
		"cut-off",
		"every device was to be cut off, and was",
	},
	[VERDICT_BUS_MASTER_CLEARED] = {
		"bus-master-cleared",
		"found Bus Master Enable off",
	},
	[VERDICT_BRIDGE_BUS_MASTER_CLEARED] = {
		"bridge-bus-master-cleared",
		"found Bus Master Enable of a bridge above the device off",
	},
	[VERDICT_TRANSLATION_OFF_BEFORE_JUMP] = {
		"translation-off-before-jump",
		"found translation switched off by the old kernel",
	},
	[VERDICT_TRANSLATION_OFF_AFTER_JUMP] = {
		"translation-off-after-jump",
		"found translation switched off by the new kernel",
	},
	[VERDICT_TABLES_LOST] = {
		"tables-lost",
		"found translation on, but not leading to the device's memory",
	},
	[VERDICT_DEVICE_RESET] = {
		"device-reset",
		"found that the device had been reset and left its orders alone",
	},
	[VERDICT_DEVICE_GONE] = {
		"device-gone",
		"found that the device did not answer any more",
	},
	[VERDICT_NOT_CUT_OFF] = {
		"not-cut-off",
		"landed, though the device was to be cut off by then",
	},
	[VERDICT_MEMORY_LOST] = {
		"memory-lost",
		"every DMA landed, but not in the memory that the second kernel got back",
	},
	[VERDICT_STRAY_WRITE] = {
		"stray-write",
		"every DMA landed, but other memory was changed",
	},
	[VERDICT_INTERRUPT_ARRIVED] = {
		"interrupt-arrived",
		"every DMA landed, but an interrupt of a device was delivered after the freeze",
	},
	[VERDICT_REMAPPING_DISABLED] = {
		"remapping-disabled",
		"every DMA landed, but interrupts were not remapped for a time after the freeze",
	},
	[VERDICT_INCOMPLETE] = {
		"incomplete",
		"the live update could not be finished or observed",
	},
};

/* The name of a verdict, as on the command line */
const char *verdict_name(enum verdict_code code)
{
	return verdicts[code].name;
}

/* Whether all came as it had to */
bool verdict_is_good(enum verdict_code code)
{
	return code <= VERDICT_CUT_OFF;
}

/*
 * What a verdict means: a sentence, or, for those that name how a DMA failed,
 * what such a DMA did.
 */
const char *verdict_meaning(enum verdict_code code)
{
	return verdicts[code].meaning;
}

/* The verdict of that name, or -1 */
int verdict_code_from_name(const char *name)
{
	int i;

	for (i = 0; i < NR_VERDICTS; i++) {
		if (!strcmp(verdicts[i].name, name))
			return i;
	}
	return -1;
}

static void __printf(2, 3)
say(struct verdict *verdict, const char *format, ...)
{
	size_t length = strlen(verdict->text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(verdict->text + length, sizeof(verdict->text) - length, format, arguments);
	va_end(arguments);
}

static void say_device(const struct trace *trace, struct verdict *verdict, unsigned int index)
{
	const struct trace_device *device = &trace->device[index];

	say(verdict, "device %u (%s", index, device->model);
	if (*device->address)
		say(verdict, " %s", device->address);
	say(verdict, ", %s)", device->place);
}

/* When nothing of a device lands any more */
static u64 cut_off_us(const struct trace *trace, enum fate fate)
{
	if (fate == FATE_LEFT && trace->mark_us[MARK_KERNEL])
		return trace->mark_us[MARK_KERNEL];
	return trace->mark_us[MARK_USER_SPACE];
}

/* QEMU's bridges let DMA through when Bus Master Enable is off; no others do. */
static bool would_be_dropped(const struct trace_run *run)
{
	return run->hardware.command != NO_ANSWER &&
	       !(run->hardware.bridges & HARDWARE_BUS_MASTER);
}

/* Whether DMAs are as they have to be; what is lost leaves no other trace */
static bool is_right(const struct trace *trace, const struct trace_run *run)
{
	enum fate fate = trace->device[run->device].fate;

	if (fate == FATE_KEPT)
		return run->outcome == OUTCOME_LANDED && !would_be_dropped(run);
	if (run->outcome == OUTCOME_LANDED)
		return run->start_us < cut_off_us(trace, fate);
	return run->outcome == OUTCOME_LOST || run->outcome == OUTCOME_FAULTED;
}

/* How the hardware was when a DMA did not land, the most basic reason first */
static enum verdict_code judge_failure(const struct trace *trace, const struct trace_run *run)
{
	const struct hardware *hardware = &run->hardware;
	u64 kernel_us = trace->mark_us[MARK_KERNEL];

	if (run->outcome == OUTCOME_LANDED && trace->device[run->device].fate != FATE_KEPT)
		return VERDICT_NOT_CUT_OFF;
	if (hardware->command == NO_ANSWER)
		return VERDICT_DEVICE_GONE;
	if (hardware->stopped)
		return VERDICT_DEVICE_RESET;
	if (!(hardware->command & HARDWARE_BUS_MASTER))
		return VERDICT_BUS_MASTER_CLEARED;
	if (!(hardware->bridges & HARDWARE_BUS_MASTER))
		return VERDICT_BRIDGE_BUS_MASTER_CLEARED;
	if (hardware->status & HARDWARE_TRANSLATION)
		return VERDICT_TABLES_LOST;
	return kernel_us && run->start_us >= kernel_us ? VERDICT_TRANSLATION_OFF_AFTER_JUMP :
							 VERDICT_TRANSLATION_OFF_BEFORE_JUMP;
}

static void widen_gap(struct verdict_device *device, u64 from_us, u64 to_us, bool open)
{
	if (to_us - from_us <= device->gap_us)
		return;
	device->gap_us = to_us - from_us;
	device->gap_start_us = from_us;
	device->gap_open = open;
}

/*
 * Gap and resolution. A device whose last DMA landed has no gap at the end of
 * the stream, only the time in which the next one was not due yet.
 */
static void find_times(const struct trace *trace, unsigned int index, struct verdict_device *device)
{
	const struct trace_run *landed = NULL, *last = NULL;
	u64 end_us = trace->mark_us[MARK_END], first_us = 0;
	size_t i;

	for (i = 0; i < trace->nr_runs; i++) {
		const struct trace_run *run = &trace->runs[i];

		if (run->device != index)
			continue;
		if (!last)
			first_us = run->start_us;
		else
			device->resolution_us = max(device->resolution_us,
						    run->start_us - last->end_us);
		device->resolution_us = max(device->resolution_us, run->gap_us);
		last = run;
		if (run->outcome != OUTCOME_LANDED)
			continue;
		if (landed)
			widen_gap(device, landed->end_us, run->start_us, false);
		widen_gap(device, run->gap_start_us, run->gap_start_us + run->gap_us, false);
		landed = run;
	}
	if (!last)
		return;
	end_us = max(end_us, last->end_us);
	device->resolution_us = max(device->resolution_us, end_us - last->end_us);
	if (landed != last)
		widen_gap(device, landed ? landed->end_us : first_us, end_us, true);
}

static void find_figures(const struct trace *trace, unsigned int index,
			 struct verdict_device *device)
{
	size_t i;

	trace_count(trace, index, 0, UINT64_MAX, &device->totals);
	find_times(trace, index, device);
	for (i = 0; i < trace->nr_runs && !device->first_failed; i++) {
		const struct trace_run *run = &trace->runs[i];

		if (run->device == index && !is_right(trace, run))
			device->first_failed = run;
	}
	if (device->first_failed)
		device->code = judge_failure(trace, device->first_failed);
}

static u32 strayed(const struct verdict_device *device)
{
	return device->totals.outcome[OUTCOME_ELSEWHERE] + device->totals.outcome[OUTCOME_DAMAGED];
}

/* A device that wrote where it must not is worse than one that lost something. */
static bool worse(const struct verdict_device *a, const struct verdict_device *b)
{
	if (!a->first_failed || !b->first_failed)
		return a->first_failed;
	if (!strayed(a) != !strayed(b))
		return strayed(a);
	return a->first_failed->start_us < b->first_failed->start_us;
}

static int find_worst(const struct trace *trace, const struct verdict *verdict)
{
	int worst = -1;
	unsigned int i;

	for (i = 0; i < trace->nr_devices; i++) {
		const struct verdict_device *device = &verdict->devices[i];

		if (device->first_failed &&
		    (worst < 0 || worse(device, &verdict->devices[worst])))
			worst = i;
	}
	return worst;
}

static const char *missing_mark(const struct trace *trace)
{
	if (!trace->mark_us[MARK_STREAM])
		return "the stream never began";
	if (!trace->mark_us[MARK_FREEZE])
		return "the first kernel was never asked for the kexec";
	if (!trace->mark_us[MARK_USER_SPACE])
		return "the second kernel's user space never came up";
	if (!trace->mark_us[MARK_END])
		return "the end of the stream was not seen";
	if (!trace->nr_devices)
		return "there was no device";
	return NULL;
}

static u32 issued_after(const struct trace *trace, unsigned int device, u64 us)
{
	struct trace_totals totals;

	trace_count(trace, device, us, UINT64_MAX, &totals);
	return totals.issued;
}

/*
 * What a device did not do that a verdict needs. One that took no more orders
 * from some moment on proves nothing about the time after it; one of which all
 * DMAs landed must have gone on beside the second user space.
 */
static const char *missing_dma(const struct trace *trace, const struct verdict *verdict,
			       unsigned int device)
{
	u64 kernel_us = trace->mark_us[MARK_KERNEL], user_us = trace->mark_us[MARK_USER_SPACE];
	struct trace_totals before;

	trace_count(trace, device, 0, trace->mark_us[MARK_FREEZE], &before);
	if (!before.outcome[OUTCOME_LANDED])
		return "landed nothing before the kexec was asked for";
	if (!issued_after(trace, device, kernel_us ? kernel_us : user_us))
		return "took no order after the second kernel had started";
	if (!verdict->devices[device].first_failed && !issued_after(trace, device, user_us))
		return "took no order after the second kernel's user space had come up";
	return NULL;
}

/* The last mark that was passed at a time */
static enum mark mark_before(const struct trace *trace, u64 us)
{
	enum mark mark, last = MARK_STREAM;

	for (mark = MARK_STREAM; mark < NR_MARKS; mark++) {
		if (trace->mark_us[mark] && trace->mark_us[mark] <= us &&
		    trace->mark_us[mark] >= trace->mark_us[last])
			last = mark;
	}
	return last;
}

/* Where all went that did not land */
static void say_totals(struct verdict *verdict, const struct verdict_device *device)
{
	static const struct {
		enum outcome outcome;
		const char *text;
	} kinds[] = {
		{ OUTCOME_ELSEWHERE, "reached the raw physical address" },
		{ OUTCOME_DAMAGED, "arrived damaged" },
		{ OUTCOME_FAULTED, "faulted" },
	};
	const char *joint = "; in all, ";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		u32 count = device->totals.outcome[kinds[i].outcome];

		if (!count)
			continue;
		say(verdict, "%s%u %s", joint, count, kinds[i].text);
		joint = ", ";
	}
}

static void say_failed(const struct trace *trace, struct verdict *verdict, unsigned int index)
{
	const struct verdict_device *device = &verdict->devices[index];
	const struct trace_run *failed = device->first_failed;
	enum mark mark = mark_before(trace, failed->start_us);

	say_device(trace, verdict, index);
	say(verdict, ": %u of %u DMAs landed; the first that %s, %.1f ms after %s, %s",
	    device->totals.outcome[OUTCOME_LANDED], device->totals.issued,
	    failed->outcome == OUTCOME_LANDED ? "must not" : "did not",
	    (failed->start_us - trace->mark_us[mark]) / 1000.0, mark_name(mark),
	    verdict_meaning(device->code));
	if (failed->outcome == OUTCOME_FAULTED)
		say(verdict, " (fault reason 0x%02x)", failed->hardware.fault_reason);
	say_totals(verdict, device);
}

static void say_stray(const struct trace *trace, struct verdict *verdict)
{
	const char *joint = "";

	if (trace->canary_damaged) {
		say(verdict, "%ld of %ld canary pages", trace->canary_damaged,
		    trace->canary_pages);
		joint = " and ";
	}
	if (trace->guard_damaged)
		say(verdict, "%s%ld bytes of the guard", joint, trace->guard_damaged);
	say(verdict, " were changed");
}

static bool stray(const struct trace *trace)
{
	return trace->canary_damaged || trace->guard_damaged;
}

static void say_since(const struct trace *trace, struct verdict *verdict, u64 us)
{
	enum mark mark = mark_before(trace, us);

	say(verdict, "%.1f ms after %s", (us - trace->mark_us[mark]) / 1000.0, mark_name(mark));
}

/* Whether an interrupt was delivered, or would have been */
static bool interrupted(const struct trace *trace)
{
	return trace->interrupts.arrived || trace->interrupts.open_us;
}

static void say_interrupted(const struct trace *trace, struct verdict *verdict)
{
	const struct trace_interrupts *interrupts = &trace->interrupts;

	if (interrupts->arrived) {
		say(verdict, "%ld of %ld interrupt requests arrived, the first ",
		    interrupts->arrived, interrupts->before + interrupts->after);
		say_since(trace, verdict, interrupts->first_us);
	}
	if (interrupts->open_us) {
		say(verdict, "%sinterrupt remapping had been disabled ",
		    interrupts->arrived ? ", and " : "");
		say_since(trace, verdict, interrupts->open_us);
	}
}

/* What else there is to say of a run that has a worse verdict */
static void say_others(const struct trace *trace, struct verdict *verdict)
{
	if (stray(trace) && verdict->code != VERDICT_STRAY_WRITE) {
		say(verdict, "; ");
		say_stray(trace, verdict);
	}
	if (interrupted(trace)) {
		say(verdict, "; ");
		say_interrupted(trace, verdict);
	}
}

/* A failure of the run comes with what was seen until then. */
static bool conclude_incomplete(const struct trace *trace, struct verdict *verdict)
{
	const char *why = *trace->failure ? trace->failure : missing_mark(trace);
	int worst = find_worst(trace, verdict);
	unsigned int i;

	if (why)
		say(verdict, "no verdict: %s", why);
	for (i = 0; i < trace->nr_devices && !why; i++) {
		why = missing_dma(trace, verdict, i);
		if (!why)
			continue;
		verdict->device = i;
		say(verdict, "no verdict: ");
		say_device(trace, verdict, i);
		say(verdict, " %s", why);
	}
	if (!why)
		return false;
	verdict->code = VERDICT_INCOMPLETE;
	if (worst >= 0) {
		say(verdict, "; until then, ");
		say_failed(trace, verdict, worst);
	}
	say_others(trace, verdict);
	return true;
}

static void conclude_failed(const struct trace *trace, struct verdict *verdict)
{
	verdict->code = verdict->devices[verdict->device].code;
	say_failed(trace, verdict, verdict->device);
	say_others(trace, verdict);
}

static int find_uncounted(const struct trace *trace, const struct verdict *verdict)
{
	unsigned int i;

	for (i = 0; i < trace->nr_devices; i++) {
		if (trace->device[i].fate == FATE_KEPT &&
		    trace->device[i].counted != verdict->devices[i].totals.issued)
			return i;
	}
	return -1;
}

static unsigned int count_kept(const struct trace *trace)
{
	unsigned int kept = 0, i;

	for (i = 0; i < trace->nr_devices; i++)
		kept += trace->device[i].fate == FATE_KEPT;
	return kept;
}

static void say_cut_off(const struct trace *trace, struct verdict *verdict)
{
	unsigned int cut_off = trace->nr_devices - count_kept(trace);

	if (cut_off)
		say(verdict, "%s%u device%s %s cut off, and nothing of %s landed after that",
		    *verdict->text ? "; " : "", cut_off, cut_off == 1 ? "" : "s",
		    cut_off == 1 ? "was" : "were", cut_off == 1 ? "it" : "them");
}

static void say_landed(const struct trace *trace, struct verdict *verdict)
{
	unsigned int kept = count_kept(trace), i;
	u64 issued = 0;

	for (i = 0; i < trace->nr_devices; i++) {
		if (trace->device[i].fate == FATE_KEPT)
			issued += verdict->devices[i].totals.issued;
	}
	say(verdict, "all %llu DMAs of %u device%s landed", (unsigned long long)issued,
	    kept, kept == 1 ? "" : "s");
}

static void conclude_uncounted(const struct trace *trace, struct verdict *verdict)
{
	long counted = trace->device[verdict->device].counted;

	verdict->code = VERDICT_MEMORY_LOST;
	say_device(trace, verdict, verdict->device);
	say(verdict, ": all %u DMAs landed, but the second kernel ",
	    verdict->devices[verdict->device].totals.issued);
	if (counted < 0)
		say(verdict, "could not look for them in the memory that it got back");
	else
		say(verdict, "found %ld in the memory that it got back", counted);
}

static void say_unwatched(const struct trace *trace, struct verdict *verdict)
{
	if (!trace->canary_pages)
		say(verdict, "; no canary page was watched");
}

static void conclude_unbroken(const struct trace *trace, struct verdict *verdict)
{
	u64 gap_us = 0, resolution_us = 0;
	unsigned int i;

	for (i = 0; i < trace->nr_devices; i++) {
		if (trace->device[i].fate != FATE_KEPT)
			continue;
		gap_us = max(gap_us, verdict->devices[i].gap_us);
		resolution_us = max(resolution_us, verdict->devices[i].resolution_us);
	}
	verdict->code = VERDICT_UNBROKEN;
	say_landed(trace, verdict);
	say(verdict, ", and the second kernel found them; longest gap %.1f ms, resolution %.1f ms",
	    gap_us / 1000.0, resolution_us / 1000.0);
	say_cut_off(trace, verdict);
	say_unwatched(trace, verdict);
	if (trace->interrupts.watched)
		say(verdict, "; none of %ld interrupt requests arrived",
		    trace->interrupts.before + trace->interrupts.after);
}

/* Interrupts that were watched, but of which the new kernel was spared. */
static void conclude_unasked(struct verdict *verdict)
{
	verdict->code = VERDICT_INCOMPLETE;
	say(verdict, "no verdict: no device asked the second kernel for an interrupt");
}

static void conclude_interrupted(const struct trace *trace, struct verdict *verdict)
{
	verdict->code = trace->interrupts.arrived ? VERDICT_INTERRUPT_ARRIVED :
						    VERDICT_REMAPPING_DISABLED;
	if (count_kept(trace)) {
		say_landed(trace, verdict);
		say(verdict, ", but ");
	}
	say_interrupted(trace, verdict);
}

static void conclude_stray(const struct trace *trace, struct verdict *verdict)
{
	verdict->code = VERDICT_STRAY_WRITE;
	if (count_kept(trace)) {
		say_landed(trace, verdict);
		say(verdict, ", but ");
	}
	say_stray(trace, verdict);
	say_others(trace, verdict);
}

static void conclude_cut_off(const struct trace *trace, struct verdict *verdict)
{
	verdict->code = VERDICT_CUT_OFF;
	say_cut_off(trace, verdict);
	say_unwatched(trace, verdict);
}

static void conclude_right(const struct trace *trace, struct verdict *verdict)
{
	if (stray(trace)) {
		conclude_stray(trace, verdict);
		return;
	}
	if (interrupted(trace)) {
		conclude_interrupted(trace, verdict);
		return;
	}
	if (!count_kept(trace)) {
		conclude_cut_off(trace, verdict);
		return;
	}
	verdict->device = find_uncounted(trace, verdict);
	if (verdict->device >= 0)
		conclude_uncounted(trace, verdict);
	else if (trace->interrupts.watched && !trace->interrupts.after)
		conclude_unasked(verdict);
	else
		conclude_unbroken(trace, verdict);
}

/* What @trace proves. */
void verdict_find(const struct trace *trace, struct verdict *verdict)
{
	unsigned int i;

	*verdict = (struct verdict) { .device = -1 };
	for (i = 0; i < trace->nr_devices; i++)
		find_figures(trace, i, &verdict->devices[i]);
	if (conclude_incomplete(trace, verdict))
		return;
	verdict->device = find_worst(trace, verdict);
	if (verdict->device >= 0)
		conclude_failed(trace, verdict);
	else
		conclude_right(trace, verdict);
}
