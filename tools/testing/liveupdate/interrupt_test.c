// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of requests for interrupts, with a stand-in for QEMU and its devices.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/bits.h>
#include <linux/kernel.h>

#include "fake_qtest.h"
#include "interrupt.h"
#include "tap.h"

#define MSI			0xd0u
#define ENTRY			25u
#define ADDRESS			(0xfee00018u | ENTRY << 5)
#define OTHER_ENTRY		3u
#define SOURCE			(FAKE_BUS << 8)
#define OTHER_SOURCE		0x00f8u
#define VERIFY_SOURCE		BIT(18)
#define OTHER_ROOT		0x5555000u
#define REMAPPING		(HARDWARE_TRANSLATION | BIT(25))

/* Registers of the unit */
#define GSTS			0x1c
#define RTADDR			0x20
#define IRTA			0xb8

static const struct extent whole[] = {
	{ FAKE_IOVA, FAKE_MEMORY, 0x2000 },
	{ FAKE_IOVA + STREAM_LARGE_OFFSET, FAKE_MEMORY + 0x200000, 0x200000 },
};

struct test {
	struct fake *fake;
	struct qtest qtest;
	struct stream stream;
	struct interrupts interrupts;
	struct trace trace;
	u64 now_us;
};

/* An entry of the first table, or of the second: 0 if it is not present */
static void set_entry(struct test *test, unsigned int table, unsigned int index, u32 present,
		      u32 source)
{
	unsigned int offset = table * FAKE_TABLE_SIZE + index * 16;

	fake_set(test->fake, FAKE_INTERRUPTS, offset, present);
	fake_set(test->fake, FAKE_INTERRUPTS, offset + 8, present ? source | VERIFY_SOURCE : 0);
}

/* What the kernel writes into the capability */
static void set_message(struct test *test, u32 control, u32 address, u32 data)
{
	fake_set(test->fake, FAKE_FUNCTION, PCI_CAPABILITIES, MSI);
	fake_set(test->fake, FAKE_FUNCTION, MSI, control << 16 | PCI_CAPABILITY_MSI);
	fake_set(test->fake, FAKE_FUNCTION, MSI + 4, address);
	fake_set(test->fake, FAKE_FUNCTION, MSI + 8, 0);
	fake_set(test->fake, FAKE_FUNCTION, MSI + 12, data);
}

static void start_log(struct test *test)
{
	int file;

	snprintf(test->fake->log, sizeof(test->fake->log), "/tmp/interrupt_test.XXXXXX");
	file = mkstemp(test->fake->log);
	if (file < 0)
		tap_die("there is no log");
	close(file);
	snprintf(test->interrupts.name, sizeof(test->interrupts.name), "%s", test->fake->log);
}

/* A device with a stream and an interrupt, beside one of another device */
static void open_machine(struct test *test)
{
	unsigned int i;

	*test = (struct test) {
		.stream.index = FAKE_DEVICE,
		.stream.function = { .bridge = FAKE_PORT },
		.stream.e1000 = { .iova = FAKE_IOVA, .slots = FAKE_SLOTS, .loopback = true },
	};
	test->fake = fake_start(true, whole, ARRAY_SIZE(whole));
	start_log(test);
	fake_set(test->fake, FAKE_UNIT, GSTS, REMAPPING);
	set_entry(test, 0, ENTRY, 1, SOURCE);
	set_entry(test, 0, OTHER_ENTRY, 1, OTHER_SOURCE);
	set_message(test, 0x81, ADDRESS, 0);
	qtest_open(&test->qtest, test->fake->socket, 5000);
	for (i = 0; i < ARRAY_SIZE(whole); i++)
		stream_add_extent(&test->stream, whole[i].iova, whole[i].physical,
				  whole[i].length);
	if (stream_start(&test->stream, &test->qtest))
		tap_die("the stream did not start");
}

static void stop(struct test *test)
{
	unlink(test->fake->log);
	interrupt_close(&test->interrupts);
	qtest_close(&test->qtest);
	fake_stop(test->fake);
	stream_free(&test->stream);
	trace_free(&test->trace);
}

/* One DMA of the stream: whether it landed. */
static bool lands(struct test *test)
{
	stream_issue(&test->stream, &test->qtest, &test->trace, test->now_us += 1000);
	return test->trace.runs[test->trace.nr_runs - 1].outcome == OUTCOME_LANDED;
}

/* A DMA and a request: whether it was sent without an error. */
static bool sends(struct test *test)
{
	lands(test);
	return !interrupt_send(&test->interrupts, &test->stream, &test->qtest, &test->trace,
			       test->now_us);
}

static bool learns(struct test *test)
{
	bool good;

	tap_capture();
	good = !interrupt_learn(&test->interrupts, &test->stream, &test->qtest);
	return !*tap_captured() == good && good;
}

/* As in a run: up to the freeze, at which the owner has disabled the interrupt */
static void start_frozen(struct test *test)
{
	open_machine(test);
	if (!lands(test) || !learns(test))
		tap_die("the interrupt was not found");
	set_entry(test, 0, ENTRY, 0, 0);
	set_message(test, 0x80, 0, 0);
}

/* And up to the moment when the old kernel has left its tables */
static void start_left(struct test *test)
{
	start_frozen(test);
	fake_set(test->fake, FAKE_INTERRUPTS, OTHER_ENTRY * 16, 0);
	fake_set(test->fake, FAKE_UNIT, RTADDR, OTHER_ROOT);
}

/* And until the new kernel has its own table for interrupts */
static void start_new(struct test *test)
{
	start_left(test);
	trace_mark(&test->trace, MARK_KERNEL, ++test->now_us);
	fake_set(test->fake, FAKE_UNIT, IRTA, FAKE_TABLES + FAKE_TABLE_SIZE);
	sends(test);
	test->trace.interrupts = (struct trace_interrupts) {};
}

static bool counted(const struct test *test, long before, long after, long arrived)
{
	const struct trace_interrupts *found = &test->trace.interrupts;

	if (found->before == before && found->after == after && found->arrived == arrived)
		return true;
	printf("# %ld before, %ld after, %ld arrived\n", found->before, found->after,
	       found->arrived);
	return false;
}

static void test_learn(void)
{
	struct test test;

	open_machine(&test);
	tap_result(learns(&test) && test.interrupts.has_entry[FAKE_DEVICE] &&
		   test.interrupts.entry[FAKE_DEVICE] == ENTRY, "learn.the entry");
	tap_result(test.interrupts.nr_others == 1 && test.interrupts.others[0] == OTHER_ENTRY &&
		   test.interrupts.root == FAKE_ROOT_TABLE &&
		   test.interrupts.table == (FAKE_TABLES | 0xf), "learn.of others");
	set_message(&test, 0x81, 0xfee00018 | 7 << 5, 2);
	tap_result(learns(&test) && test.interrupts.entry[FAKE_DEVICE] == 9, "learn.subhandle");
	set_message(&test, 0x81, 0xfee00010 | 7 << 5, 2);
	tap_result(learns(&test) && test.interrupts.entry[FAKE_DEVICE] == 7,
		   "learn.no subhandle");
	stop(&test);
}

static void test_no_entry(void)
{
	struct test test;

	open_machine(&test);
	set_message(&test, 0x80, ADDRESS, 0);
	tap_result(!learns(&test) && !test.interrupts.has_entry[FAKE_DEVICE],
		   "no entry.disabled");
	set_message(&test, 0x01, ADDRESS, 0);
	tap_result(!learns(&test), "no entry.another layout");
	set_message(&test, 0x81, ADDRESS & ~0x10u, 0);
	tap_result(!learns(&test), "no entry.not remapped");
	set_message(&test, 0x81, ADDRESS | 0x4, 0);
	tap_result(!learns(&test), "no entry.too high");
	set_message(&test, 0x81, 0xfed00018, 0);
	tap_result(!learns(&test), "no entry.not there");
	fake_set(test.fake, FAKE_FUNCTION, MSI, 0x01);
	tap_result(!learns(&test), "no entry.no such capability");
	fake_set(test.fake, FAKE_FUNCTION, MSI, MSI << 8 | 0x01);
	tap_result(!learns(&test), "no entry.a list without an end");
	fake_set(test.fake, FAKE_FUNCTION, PCI_CAPABILITIES, 0);
	tap_result(!learns(&test), "no entry.no capability");
	tap_result(sends(&test) && counted(&test, 0, 0, 0), "no entry.sends nothing");
	stop(&test);
}

static bool tries(struct test *test, const char *wanted)
{
	const char *message;
	int error;

	tap_capture();
	error = interrupt_try(&test->interrupts, &test->stream, &test->qtest);
	message = tap_captured();
	if (*wanted ? error != -1 || !strstr(message, wanted) : error || *message)
		printf("# returned %d, said: %s\n", error, message);
	return *wanted ? error == -1 && strstr(message, wanted) : !error && !*message;
}

static void test_try(void)
{
	struct test test;

	open_machine(&test);
	lands(&test);
	learns(&test);
	tap_result(tries(&test, ""), "try.is delivered");
	set_entry(&test, 0, ENTRY, 0, 0);
	tap_result(tries(&test, "the unit refuses the interrupt request of device 3"),
		   "try.is refused");
	set_entry(&test, 0, ENTRY, 1, SOURCE);
	fake_set(test.fake, FAKE_FUNCTION, PCI_COMMAND, 0x0402);
	tap_result(tries(&test, "the unit does not get the interrupt request of device 3"),
		   "try.is not sent");
	fake_set(test.fake, FAKE_FUNCTION, PCI_COMMAND, 0x0406);
	snprintf(test.interrupts.name, sizeof(test.interrupts.name), "/no/such/log");
	interrupt_close(&test.interrupts);
	tap_result(tries(&test, "/no/such/log: No such file"), "try.no log");
	stop(&test);
}

static void test_quiet(void)
{
	struct test test;
	bool good = true;
	unsigned int i;

	start_frozen(&test);
	for (i = 0; i < 8; i++)
		good &= sends(&test);
	tap_result(good && counted(&test, 8, 0, 0), "quiet.in the old kernel");
	fake_set(test.fake, FAKE_UNIT, RTADDR, OTHER_ROOT);
	fake_set(test.fake, FAKE_INTERRUPTS, OTHER_ENTRY * 16, 0);
	trace_mark(&test.trace, MARK_KERNEL, ++test.now_us);
	for (i = 0; i < 8; i++)
		good &= sends(&test);
	tap_result(good && counted(&test, 8, 8, 0) && test.interrupts.of_others == 4,
		   "quiet.after it");
	fake_set(test.fake, FAKE_UNIT, IRTA, FAKE_TABLES + FAKE_TABLE_SIZE);
	for (i = 0; i < 8; i++)
		good &= sends(&test);
	tap_result(good && counted(&test, 8, 15, 0) && test.interrupts.of_others == 4,
		   "quiet.in the new kernel");
	tap_result(test.trace.runs[test.trace.nr_runs - 1].count == 16 && test.stream.next == 25 &&
		   test.stream.rx_next == 25 &&
		   !stream_damaged_guard(&test.stream, &test.qtest), "quiet.the stream goes on");
	stop(&test);
}

static void test_arrived(void)
{
	struct test test;

	start_frozen(&test);
	set_entry(&test, 0, ENTRY, 1, SOURCE);
	tap_result(sends(&test) && counted(&test, 1, 0, 1) &&
		   test.trace.interrupts.first_us == 2000, "arrived.the interrupt was left on");
	tap_result(sends(&test) && counted(&test, 1, 0, 1), "arrived.it is the last one");
	stop(&test);

	start_left(&test);
	set_entry(&test, 0, OTHER_ENTRY, 1, OTHER_SOURCE);
	tap_result(sends(&test) && sends(&test) && counted(&test, 1, 0, 1),
		   "arrived.the table was not cleared");
	stop(&test);

	start_left(&test);
	fake_set(test.fake, FAKE_UNIT, GSTS, HARDWARE_TRANSLATION);
	trace_mark(&test.trace, MARK_KERNEL, ++test.now_us);
	tap_result(sends(&test) && counted(&test, 0, 1, 1), "arrived.remapping is off");
	stop(&test);

	start_new(&test);
	set_entry(&test, 1, ENTRY, 1, SOURCE);
	tap_result(sends(&test) && counted(&test, 0, 1, 1),
		   "arrived.the new kernel has enabled it");
	stop(&test);
}

/* What is right, or proves nothing */
static void test_not_counted(void)
{
	struct test test;

	start_frozen(&test);
	tap_result(sends(&test) && sends(&test) && counted(&test, 2, 0, 0),
		   "not counted.no entry of others while they are in use");
	test.fake->nr_mapped = 0;
	tap_result(sends(&test) && counted(&test, 2, 0, 0), "not counted.no DMA lands");
	test.fake->nr_mapped = ARRAY_SIZE(whole);
	lands(&test);
	fake_set(test.fake, FAKE_FUNCTION, PCI_COMMAND, 0x0402);
	interrupt_send(&test.interrupts, &test.stream, &test.qtest, &test.trace, test.now_us);
	tap_result(counted(&test, 2, 0, 0), "not counted.the unit gets none");
	stop(&test);

	start_new(&test);
	set_entry(&test, 1, ENTRY, 1, OTHER_SOURCE);
	set_entry(&test, 1, OTHER_ENTRY, 1, OTHER_SOURCE);
	tap_result(sends(&test) && sends(&test) && counted(&test, 0, 0, 0),
		   "not counted.an entry of the new kernel for another");
	stop(&test);

	start_left(&test);
	set_entry(&test, 1, OTHER_ENTRY, 1, OTHER_SOURCE);
	set_entry(&test, 1, ENTRY, 1, OTHER_SOURCE);
	fake_set(test.fake, FAKE_UNIT, IRTA, FAKE_TABLES + FAKE_TABLE_SIZE);
	tap_result(sends(&test) && counted(&test, 0, 0, 0), "not counted.a new table meanwhile");
	stop(&test);
}

/* Too short a time for a request to meet it, but nobody knows that before. */
static void test_disabled(void)
{
	struct test test;
	FILE *log;

	start_frozen(&test);
	tap_result(sends(&test) && !test.trace.interrupts.open_us, "disabled.not at first");
	log = fopen(test.fake->log, "a");
	fputs("vtd_ir_enable enable 1\n", log);
	fflush(log);
	tap_result(sends(&test) && !test.trace.interrupts.open_us, "disabled.enabled again");
	fputs("vtd_ir_enable enable 0\nvtd_ir_enable enable 1\n", log);
	fclose(log);
	tap_result(sends(&test) && sends(&test) && counted(&test, 4, 0, 0) &&
		   test.trace.interrupts.open_us == 4000, "disabled.for a time");
	stop(&test);
}

static bool complains(const char *text, long arrived)
{
	struct trace trace = {};
	bool good;

	interrupt_console(&trace, text, 5000);
	interrupt_console(&trace, text, 6000);
	good = trace.interrupts.arrived == arrived && trace.nr_notes == 2 * arrived &&
	       trace.interrupts.first_us == 5000 * (u64)arrived;
	trace_free(&trace);
	return good;
}

static void test_console(void)
{
	tap_result(complains("__common_interrupt: 0.33 No irq handler for vector", 1),
		   "console.no handler");
	tap_result(complains("APIC error on CPU0: 00(40)", 1), "console.error");
	tap_result(complains("Spurious LAPIC timer interrupt on cpu 0", 0), "console.a timer");
	tap_result(complains("", 0), "console.nothing");
}

static void test_unexpected(void)
{
	struct trace trace = {};

	interrupt_unexpected(&trace, 0, 5000);
	tap_result(!trace.interrupts.arrived && !trace.nr_notes, "unexpected.none");
	interrupt_unexpected(&trace, 3, 5000);
	tap_result(trace.interrupts.arrived == 1 && trace.interrupts.first_us == 5000 &&
		   strstr(trace.note[0], "counted unexpected interrupts: 3"), "unexpected.some");
	trace_free(&trace);
}

int main(void)
{
	/* A test that hangs fails. */
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	test_learn();
	test_no_entry();
	test_try();
	test_quiet();
	test_arrived();
	test_not_counted();
	test_disabled();
	test_console();
	test_unexpected();
	return tap_end();
}
