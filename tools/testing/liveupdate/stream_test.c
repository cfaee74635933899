// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of streams of DMAs, with a stand-in for QEMU and its devices.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/bits.h>
#include <linux/kernel.h>

#include "fake_qtest.h"
#include "stream_layout.h"
#include "tap.h"
#include "vtd.h"

#define MASTER			HARDWARE_BUS_MASTER
#define SOURCE_BELOW_PORT	(FAKE_BUS << 8)
#define LARGE_IOVA		(FAKE_IOVA + STREAM_LARGE_OFFSET)

/* Each area in pieces, none of them in the order of the physical addresses */
static const struct extent pieces[] = {
	{ FAKE_IOVA, FAKE_MEMORY + 0x5000, 0x1000 },
	{ FAKE_IOVA + 0x1000, FAKE_MEMORY + 0x2000, 0x1000 },
	{ LARGE_IOVA, FAKE_MEMORY + 0x400000, 0x1000 },
	{ LARGE_IOVA + 0x1000, FAKE_MEMORY + 0x8000, 0x1000 },
	{ LARGE_IOVA + 0x2000, FAKE_MEMORY + 0x200000, 0x1fe000 },
};

struct test {
	struct fake *fake;
	struct qtest qtest;
	struct stream stream;
	struct trace trace;
	u64 now_us;
};

static void open_machine(struct test *test, bool below_port, bool loopback)
{
	unsigned int i;

	*test = (struct test) {
		.stream.index = FAKE_DEVICE,
		.stream.function = { .bridge = below_port ? (int)FAKE_PORT : -1,
				     .device = below_port ? 0 : FAKE_ROOT_DEVICE },
		.stream.e1000 = { .iova = FAKE_IOVA, .slots = FAKE_SLOTS, .loopback = loopback },
	};
	test->fake = fake_start(below_port, pieces, ARRAY_SIZE(pieces));
	qtest_open(&test->qtest, test->fake->socket, 5000);
	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		if (stream_add_extent(&test->stream, pieces[i].iova, pieces[i].physical,
				      pieces[i].length))
			tap_die("an extent was refused");
	}
}

static void start_stream(struct test *test, bool below_port, bool loopback)
{
	open_machine(test, below_port, loopback);
	if (stream_start(&test->stream, &test->qtest))
		tap_die("the stream did not start");
}

static void stop(struct test *test)
{
	qtest_close(&test->qtest);
	fake_stop(test->fake);
	stream_free(&test->stream);
	trace_free(&test->trace);
}

static int issue(struct test *test)
{
	return stream_issue(&test->stream, &test->qtest, &test->trace, test->now_us += 1000);
}

static const struct hardware *last_hardware(const struct test *test)
{
	return &test->trace.runs[test->trace.nr_runs - 1].hardware;
}

/* Issue one DMA: whether it is noted, as the next one, with that outcome. */
static bool becomes(struct test *test, enum outcome outcome)
{
	u32 next = test->stream.next;
	const struct trace_run *run;

	if (issue(test) != 1 || !test->trace.nr_runs || test->stream.next != next + 1)
		return false;
	run = &test->trace.runs[test->trace.nr_runs - 1];
	if (run->outcome != outcome)
		printf("# DMA %u: %s\n", next, outcome_name(run->outcome));
	return run->outcome == outcome && run->device == FAKE_DEVICE &&
	       run->first + run->count == next + 1 && run->end_us == test->now_us;
}

/* Whether the last DMA found the hardware so, with all else as it is at first */
static bool found(const struct test *test, u16 command, u16 bridges, u32 status, u8 reason,
		  bool stopped)
{
	const struct hardware *hardware = last_hardware(test);

	if (hardware->command == command && hardware->bridges == bridges &&
	    hardware->status == status && hardware->root == FAKE_ROOT_TABLE &&
	    hardware->fault_reason == reason && hardware->stopped == stopped)
		return true;
	printf("# command 0x%x, bridges 0x%x, status 0x%x, root 0x%llx, reason %u, stopped %d\n",
	       hardware->command, hardware->bridges, hardware->status,
	       (unsigned long long)hardware->root, hardware->fault_reason, hardware->stopped);
	return false;
}

static bool found_intact(const struct test *test)
{
	return found(test, 0x0406, test->fake->below_port ? 0x0507 : 0xffff,
		     HARDWARE_TRANSLATION, 0, false);
}

static bool slots_are(const struct test *test, u32 next, u32 rx_next)
{
	if (test->stream.next == next && test->stream.rx_next == rx_next)
		return true;
	printf("# next %u, rx_next %u\n", test->stream.next, test->stream.rx_next);
	return false;
}

static bool guard_damage_is(struct test *test, long bytes)
{
	long changed = stream_damaged_guard(&test->stream, &test->qtest);

	if (changed != bytes)
		printf("# %ld bytes of the guard have changed\n", changed);
	return changed == bytes;
}

/* The bytes of the guard at an offset of the device's memory */
static u8 *guard_at(struct test *test, u64 offset)
{
	u8 *bytes = fake_at(test->fake, FAKE_IOVA + offset, 1);

	if (!bytes)
		tap_die("there is no such guard");
	return bytes;
}

static void test_landed(bool below_port)
{
	const char *place = below_port ? "below a port" : "on the root bus";
	struct test test;
	bool good = true;
	unsigned int i;

	start_stream(&test, below_port, true);
	tap_result(fake_get(test.fake, FAKE_NETWORK, 0xd8) == 0xffffffff,
		   "%s.no interrupt is enabled", place);
	for (i = 0; i < FAKE_SLOTS - 1; i++)
		good &= becomes(&test, OUTCOME_LANDED);
	tap_result(good && test.trace.nr_runs == 1 && slots_are(&test, i, i),
		   "%s.every DMA lands", place);
	tap_result(found_intact(&test), "%s.hardware", place);
	tap_result(guard_damage_is(&test, 0), "%s.the guard is left alone", place);
	stop(&test);
}

static void test_send_only(void)
{
	struct test test;

	start_stream(&test, true, false);
	tap_result(becomes(&test, OUTCOME_LANDED) && becomes(&test, OUTCOME_LANDED) &&
		   slots_are(&test, 2, 0) && found_intact(&test), "send only.lands");
	test.fake->no_transmit_status = true;
	tap_result(becomes(&test, OUTCOME_LOST), "send only.lost without a status");
	stop(&test);
}

static void test_bus_master(bool bridge)
{
	const char *name = bridge ? "bus master of the bridge" : "bus master";
	enum fake_part part = bridge ? FAKE_BRIDGE : FAKE_FUNCTION;
	u32 command = bridge ? 0x0507 : 0x0406;
	struct test test;

	start_stream(&test, true, true);
	becomes(&test, OUTCOME_LANDED);
	fake_set(test.fake, part, PCI_COMMAND, command & ~MASTER);
	tap_result(becomes(&test, OUTCOME_LOST) && becomes(&test, OUTCOME_LOST) &&
		   slots_are(&test, 3, 1), "%s.off is lost", name);
	tap_result(found(&test, bridge ? 0x0406 : 0x0402, bridge ? 0x0503 : 0x0507,
			 HARDWARE_TRANSLATION, 0, false), "%s.is noted", name);
	fake_set(test.fake, part, PCI_COMMAND, command);
	tap_result(becomes(&test, OUTCOME_LANDED) && slots_are(&test, 4, 2) &&
		   found_intact(&test), "%s.on lands again", name);
	stop(&test);
}

static void test_translation_off(void)
{
	struct test test;

	start_stream(&test, true, true);
	becomes(&test, OUTCOME_LANDED);
	fake_set(test.fake, FAKE_UNIT, 0x1c, 0);
	tap_result(becomes(&test, OUTCOME_ELSEWHERE) && becomes(&test, OUTCOME_ELSEWHERE) &&
		   slots_are(&test, 3, 3), "translation off.goes elsewhere");
	tap_result(found(&test, 0x0406, 0x0507, 0, 0, false), "translation off.is noted");
	tap_result(guard_damage_is(&test, 0),
		   "translation off.what strayed is no damage of others");
	*guard_at(&test, stream_buffers(FAKE_SLOTS) + 3 * STREAM_BUFFER_STRIDE) ^= 1;
	*guard_at(&test, stream_buffers(FAKE_SLOTS)) ^= 1;
	*guard_at(&test, 3 * sizeof(struct stream_descriptor) + 12) ^= 1;
	tap_result(guard_damage_is(&test, 3), "translation off.damage beside it is counted");
	stop(&test);
}

/* One part that changed in the guard tells that the DMA strayed. */
static void test_strays_in_part(void)
{
	struct test test;

	start_stream(&test, true, true);
	test.fake->no_receive = true;
	fake_set(test.fake, FAKE_UNIT, 0x1c, 0);
	tap_result(becomes(&test, OUTCOME_ELSEWHERE) && slots_are(&test, 1, 0) &&
		   guard_damage_is(&test, 0), "strays in part.transmit status");
	*guard_at(&test, stream_rx_ring() + 12) ^= 1;
	tap_result(guard_damage_is(&test, 1), "strays in part.of the transmit side only");
	stop(&test);

	start_stream(&test, true, true);
	test.fake->no_transmit_status = true;
	test.fake->no_receive_status = true;
	fake_set(test.fake, FAKE_UNIT, 0x1c, 0);
	tap_result(becomes(&test, OUTCOME_ELSEWHERE) && slots_are(&test, 1, 1) &&
		   guard_damage_is(&test, 0), "strays in part.packet");
	*guard_at(&test, 12) ^= 1;
	tap_result(guard_damage_is(&test, 1), "strays in part.of the receive side only");
	stop(&test);
}

static void test_guard(void)
{
	static const struct {
		const char *name;
		u64 offset;
	} places[] = {
		{ "transmit ring", 5 * 16 + 8 },
		{ "after the transmit ring", FAKE_SLOTS * 16 },
		{ "frame", 0x1000 + 17 },
		{ "end of the first area", 0x1fff },
		{ "receive ring", STREAM_LARGE_OFFSET },
		{ "after the receive ring", STREAM_LARGE_OFFSET + FAKE_SLOTS * 16 },
		{ "buffer", STREAM_LARGE_OFFSET + 0x1000 },
		{ "after the buffers", STREAM_LARGE_OFFSET + 0x1000 + FAKE_SLOTS * 128 },
		{ "end of the second area", STREAM_LARGE_OFFSET + STREAM_LARGE_PAGE - 1 },
	};
	struct test test;
	unsigned int i;

	start_stream(&test, true, true);
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		*guard_at(&test, places[i].offset) ^= 0x10;
		tap_result(guard_damage_is(&test, i + 1), "guard.%s", places[i].name);
	}
	tap_result(becomes(&test, OUTCOME_ELSEWHERE) &&
		   guard_damage_is(&test, ARRAY_SIZE(places) - 2),
		   "guard.what changed in the slot of a DMA is its own");
	qtest_close(&test.qtest);
	tap_result(guard_damage_is(&test, -1), "guard.no QEMU, no figure");
	stop(&test);
}

static void test_faults(void)
{
	struct test test;

	start_stream(&test, true, true);
	becomes(&test, OUTCOME_LANDED);
	test.fake->nr_mapped = 0;
	tap_result(becomes(&test, OUTCOME_FAULTED) && slots_are(&test, 2, 1), "fault.is seen");
	tap_result(found(&test, 0x0406, 0x0507, HARDWARE_TRANSLATION, FAKE_FAULT_REASON, false),
		   "fault.is noted");
	fake_set(test.fake, FAKE_UNIT, 0x34, 0);
	fake_set(test.fake, FAKE_UNIT, 0x22c, 0);
	fake_record_fault(test.fake, SOURCE_BELOW_PORT + 8, 5);
	tap_result(becomes(&test, OUTCOME_FAULTED) &&
		   found(&test, 0x0406, 0x0507, HARDWARE_TRANSLATION, FAKE_FAULT_REASON, false),
		   "fault.is remembered beside one of another device");
	fake_set(test.fake, FAKE_FUNCTION, PCI_COMMAND, 0x0402);
	tap_result(becomes(&test, OUTCOME_LOST) &&
		   found(&test, 0x0402, 0x0507, HARDWARE_TRANSLATION, 0, false),
		   "fault.is forgotten when something changes");
	fake_set(test.fake, FAKE_FUNCTION, PCI_COMMAND, 0x0406);
	tap_result(becomes(&test, OUTCOME_LOST), "fault.stays forgotten");
	stop(&test);
}

/* Each register that decides about access to memory */
static void test_fault_forgotten(const char *name, enum fake_part part, unsigned int offset,
				 u32 value)
{
	struct test test;

	start_stream(&test, true, true);
	test.fake->nr_mapped = 0;
	becomes(&test, OUTCOME_FAULTED);
	test.fake->records_faults = false;
	fake_set(test.fake, FAKE_UNIT, 0x22c, 0);
	tap_result(becomes(&test, OUTCOME_FAULTED), "fault.is remembered before %s", name);
	fake_set(test.fake, part, offset, value);
	tap_result(becomes(&test, OUTCOME_LOST), "fault.is forgotten after %s", name);
	stop(&test);
}

static void test_fault_landed(void)
{
	struct test test;

	start_stream(&test, true, true);
	test.fake->nr_mapped = 0;
	becomes(&test, OUTCOME_FAULTED);
	test.fake->records_faults = false;
	fake_set(test.fake, FAKE_UNIT, 0x22c, 0);
	test.fake->nr_mapped = ARRAY_SIZE(pieces);
	tap_result(becomes(&test, OUTCOME_LANDED) && found_intact(&test),
		   "fault.is forgotten when one lands");
	test.fake->nr_mapped = 0;
	tap_result(becomes(&test, OUTCOME_LOST) && found_intact(&test),
		   "fault.without a record is only lost");
	stop(&test);
}

static void test_no_fault(void)
{
	struct test test;

	start_stream(&test, false, true);
	test.fake->nr_mapped = 0;
	fake_record_fault(test.fake, SOURCE_BELOW_PORT, 5);
	tap_result(becomes(&test, OUTCOME_LOST) && found_intact(&test), "no fault.another device");
	fake_set(test.fake, FAKE_UNIT, 0x228, FAKE_ROOT_DEVICE << 3);
	fake_set(test.fake, FAKE_UNIT, 0x34, 0);
	tap_result(becomes(&test, OUTCOME_LOST) && found_intact(&test), "no fault.not pending");
	fake_set(test.fake, FAKE_UNIT, 0x34, 1);
	tap_result(becomes(&test, OUTCOME_LOST) && found_intact(&test), "no fault.overflow only");
	fake_set(test.fake, FAKE_UNIT, 0x34, 3);
	tap_result(becomes(&test, OUTCOME_FAULTED), "no fault.but one that is pending");
	stop(&test);

	start_stream(&test, false, true);
	test.fake->nr_mapped = 0;
	test.fake->records_faults = false;
	fake_set(test.fake, FAKE_UNIT, 0x228, FAKE_ROOT_DEVICE << 3);
	fake_set(test.fake, FAKE_UNIT, 0x22c, 5);
	fake_set(test.fake, FAKE_UNIT, 0x34, 2);
	tap_result(becomes(&test, OUTCOME_LOST) && found_intact(&test), "no fault.no record");
	stop(&test);
}

static void test_damaged(const char *name, size_t flag, u32 rx_next)
{
	struct test test;

	start_stream(&test, true, true);
	*((u8 *)test.fake + flag) = true;
	tap_result(becomes(&test, OUTCOME_DAMAGED) && slots_are(&test, 1, rx_next) &&
		   found_intact(&test), "damaged.%s", name);
	*((u8 *)test.fake + flag) = false;
	tap_result(becomes(&test, OUTCOME_LANDED) && slots_are(&test, 2, rx_next + 1),
		   "damaged.%s.the next one lands", name);
	stop(&test);
}

static void test_not_decoded(void)
{
	struct test test;

	start_stream(&test, true, true);
	becomes(&test, OUTCOME_LANDED);
	test.fake->regions[FAKE_NETWORK].gone = true;
	tap_result(!issue(&test) && !issue(&test) && slots_are(&test, 1, 1) &&
		   test.trace.nr_runs == 1 && test.trace.runs[0].count == 1,
		   "not decoded.nothing is counted");
	test.fake->regions[FAKE_NETWORK].gone = false;
	tap_result(becomes(&test, OUTCOME_LANDED) && slots_are(&test, 2, 2) &&
		   test.trace.runs[0].count == 2, "not decoded.the slot is issued later");
	stop(&test);
}

static void test_reset(void)
{
	struct test test;
	bool good = true;
	unsigned int i;

	start_stream(&test, true, true);
	for (i = 0; i < 4; i++)
		becomes(&test, OUTCOME_LANDED);
	fake_reset_device(test.fake);
	for (i = 0; i < 3; i++)
		good &= becomes(&test, OUTCOME_LOST);
	tap_result(good && slots_are(&test, 7, 4), "reset.is lost");
	tap_result(found(&test, 0x0406, 0x0507, HARDWARE_TRANSLATION, 0, true), "reset.is noted");
	tap_result(guard_damage_is(&test, 0), "reset.the guard is left alone");
	stop(&test);
}

static void test_gone(void)
{
	struct test test;

	start_stream(&test, true, true);
	test.fake->regions[FAKE_FUNCTION].gone = true;
	test.fake->nr_mapped = 0;
	test.fake->records_faults = false;
	tap_result(becomes(&test, OUTCOME_LOST) &&
		   found(&test, 0xffff, 0x0507, HARDWARE_TRANSLATION, 0, false), "gone.is noted");
	qtest_close(&test.qtest);
	tap_result(issue(&test) == -1 && slots_are(&test, 1, 0) && test.trace.nr_runs == 1,
		   "gone.with QEMU nothing is counted");
	stop(&test);
}

/* Whether the stream does not start, and says that. */
static bool refuses(struct test *test, const char *text)
{
	const char *message;
	int error;

	tap_capture();
	error = stream_start(&test->stream, &test->qtest);
	message = tap_captured();
	if (error != -1 || !strstr(message, text))
		printf("# returned %d, said: %.200s\n", error, message);
	return error == -1 && strstr(message, text);
}

static void test_start(void)
{
	struct test test;

	open_machine(&test, true, true);
	fake_set(test.fake, FAKE_HOST_BRIDGE, 0, 0x12378086);
	tap_result(refuses(&test, "configuration window"), "start.not a q35");
	fake_set(test.fake, FAKE_HOST_BRIDGE, 0, 0x29c08086);
	test.fake->regions[FAKE_FUNCTION].gone = true;
	tap_result(refuses(&test, "no PCI function 07:00.0"), "start.no function");
	test.fake->regions[FAKE_FUNCTION].gone = false;
	fake_set(test.fake, FAKE_FUNCTION, PCI_BASE_ADDRESS_0, 0);
	tap_result(refuses(&test, "no memory at its first BAR: 0x0"), "start.no address");
	fake_set(test.fake, FAKE_FUNCTION, PCI_BASE_ADDRESS_0, 0xc001);
	tap_result(refuses(&test, "no memory at its first BAR: 0xc001"), "start.ports");
	fake_set(test.fake, FAKE_FUNCTION, PCI_BASE_ADDRESS_0, FAKE_REGISTERS | 8);
	fake_set(test.fake, FAKE_NETWORK, 8, 0);
	tap_result(refuses(&test, "has no link: status 0x0"), "start.no link");
	test.fake->regions[FAKE_NETWORK].gone = true;
	tap_result(refuses(&test, "has no link: status 0xffffffff"), "start.no registers");
	test.fake->regions[FAKE_NETWORK].gone = false;
	fake_set(test.fake, FAKE_NETWORK, 8, 2);
	tap_result(!stream_start(&test.stream, &test.qtest) && becomes(&test, OUTCOME_LANDED),
		   "start.after all that");
	stop(&test);
}

static void test_extents(void)
{
	struct stream stream = {};
	unsigned int i;

	tap_result(stream_add_extent(&stream, 0x1000, 0x5000, 0) == -1 && !stream.nr_extents,
		   "extents.empty");
	tap_result(!stream_add_extent(&stream, 0x2000, 0x5000, 0x1000) &&
		   stream_add_extent(&stream, 0x1000, 0x9000, 0x1000) == -1, "extents.order");
	tap_result(stream_add_extent(&stream, 0x2fff, 0x9000, 0x1000) == -1 &&
		   stream_add_extent(&stream, 0x2000, 0x9000, 0x1000) == -1, "extents.overlap");
	tap_result(!stream_add_extent(&stream, 0x3000, 0x1000, 0x1000) && stream.nr_extents == 2 &&
		   stream.extents[1].iova == 0x3000 && stream.extents[1].physical == 0x1000 &&
		   stream.extents[1].length == 0x1000, "extents.next to each other");
	for (i = 2; i < STREAM_MAX_EXTENTS; i++) {
		if (stream_add_extent(&stream, (u64)(i + 2) << 12, 0x1000, 0x1000))
			break;
	}
	tap_result(i == STREAM_MAX_EXTENTS && stream.nr_extents == i &&
		   stream_add_extent(&stream, 1ull << 40, 0x1000, 0x1000) == -1 &&
		   stream.nr_extents == i, "extents.too many");
	stream_free(&stream);
	tap_result(!stream.extents && !stream.nr_extents, "extents.freed");
	stream_free(&stream);
}

/* Extents without the one of that index, if it is one, cut by so many bytes */
static void test_hole(const char *name, unsigned int left_out, unsigned int cut, int slot)
{
	struct stream stream = {
		.index = FAKE_DEVICE,
		.e1000 = { .iova = FAKE_IOVA, .slots = FAKE_SLOTS, .loopback = true },
	};
	const char *message;
	char text[80];
	unsigned int i;
	int error;

	for (i = 0; i < ARRAY_SIZE(pieces); i++) {
		if (i != left_out || cut)
			stream_add_extent(&stream, pieces[i].iova, pieces[i].physical,
					  pieces[i].length - (i == left_out ? cut : 0));
	}
	tap_capture();
	error = stream_check_extents(&stream);
	message = tap_captured();
	snprintf(text, sizeof(text), "device %u: the guest names no memory for slot %d\n",
		 FAKE_DEVICE, slot);
	tap_result(slot < 0 ? !error && !*message : error == -1 && !strcmp(message, text),
		   "hole.%s", name);
	stream_free(&stream);
}

static void capability(struct test *test, unsigned int at, unsigned int id, unsigned int next)
{
	fake_set(test->fake, FAKE_FUNCTION, at, next << 8 | id);
}

static bool capabilities_are(struct test *test, size_t size, const char *wanted)
{
	char text[64];

	memset(text, '#', sizeof(text));
	if (pci_capabilities(&test->qtest, &test->stream.function, text, size))
		return false;
	if (strcmp(text, wanted))
		printf("# capabilities: %s\n", text);
	return !strcmp(text, wanted);
}

static void test_capabilities(void)
{
	struct test test;

	start_stream(&test, true, true);
	tap_result(capabilities_are(&test, 64, ""), "capabilities.none");
	fake_set(test.fake, FAKE_FUNCTION, PCI_CAPABILITIES, 0xc8);
	capability(&test, 0xc8, 0x01, 0xd0);
	capability(&test, 0xd0, 0x05, 0xe0);
	capability(&test, 0xe0, 0x10, 0xa0);
	capability(&test, 0xa0, 0x09, 0x80);
	capability(&test, 0x80, 0x11, 0x00);
	tap_result(capabilities_are(&test, 64, "PM MSI PCIe MSI-X"), "capabilities.known ones");
	fake_set(test.fake, FAKE_FUNCTION, 0xe4, 1u << 28);
	tap_result(capabilities_are(&test, 64, "PM MSI PCIe FLR MSI-X"), "capabilities.FLR");
	tap_result(capabilities_are(&test, 20, "PM MSI"), "capabilities.as many as fit");
	capability(&test, 0xd0, 0x09, 0xd0);
	tap_result(capabilities_are(&test, 64, "PM"), "capabilities.a list without an end");
	test.fake->regions[FAKE_FUNCTION].gone = true;
	tap_result(capabilities_are(&test, 64, ""), "capabilities.gone");
	stop(&test);
}

int main(void)
{
	/* A test that hangs fails. */
	alarm(60);
	signal(SIGPIPE, SIG_IGN);
	test_landed(true);
	test_landed(false);
	test_send_only();
	test_bus_master(false);
	test_bus_master(true);
	test_translation_off();
	test_strays_in_part();
	test_guard();
	test_faults();
	test_fault_forgotten("the port", FAKE_BRIDGE, PCI_COMMAND, 0x0503);
	test_fault_forgotten("new tables", FAKE_UNIT, 0x20, 0x1000);
	test_fault_forgotten("another status", FAKE_UNIT, 0x1c, HARDWARE_TRANSLATION | BIT(24));
	test_fault_landed();
	test_no_fault();
	test_damaged("wrong payload", offsetof(struct fake, wrong_payload), 1);
	test_damaged("no transmit status", offsetof(struct fake, no_transmit_status), 1);
	test_damaged("nothing received", offsetof(struct fake, no_receive), 0);
	test_damaged("no receive status", offsetof(struct fake, no_receive_status), 1);
	test_not_decoded();
	test_reset();
	test_gone();
	test_start();
	test_extents();
	test_hole("none", ARRAY_SIZE(pieces), 0, -1);
	test_hole("transmit ring", 0, 0, 0);
	test_hole("receive ring", 2, 0, 0);
	test_hole("buffers", 3, 0, 0);
	test_hole("later buffers", 4, 0, 32);
	test_hole("end of the transmit ring", 0, 0x1000 - 63 * 16, 63);
	test_capabilities();
	return tap_end();
}
