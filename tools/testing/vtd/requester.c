// SPDX-License-Identifier: GPL-2.0-only
/*
 * Have an e1000e do a DMA at an address of choice, and see what became of it.
 *
 * Its transmit ring starts at that address: the device reads a descriptor there.
 * Each page that it could have come from has one with another length, so that
 * the counter of sent octets tells the page. A descriptor that asks for a report
 * is written to. In PHY loopback the packet that is sent is received too, into
 * a buffer of choice: a write without a read before it. All of that is done
 * before QEMU answers that the tail register was written; no interrupt is
 * enabled, and no clock of the guest runs.
 */
#include <stdio.h>

#include <linux/bitfield.h>
#include <linux/bits.h>
#include <linux/kernel.h>

#include "e1000_registers.h"
#include "requester.h"

/* Of a descriptor: length, command, section 3.3.3 of the 8254x manual */
#define DESCRIPTOR_COMMAND(command)	((u64)(command) << 24)
#define  COMMAND_END_OF_PACKET		0x01u
#define  COMMAND_REPORT_STATUS		0x08u

/* Eight descriptors, the least that a ring has */
#define RING_BYTES			128u

#define RCTL_UNICAST_ALL		0x00000008u
#define RCTL_MULTICAST_ALL		0x00000010u

/* The shortest packet that is not padded; a page's descriptor adds its index. */
#define PACKET_BYTES			64u

static void set(struct qtest *qtest, const struct requester *requester, unsigned int offset,
		u32 value)
{
	qtest_write32(qtest, requester->registers + offset, value);
}

static void set_ring(struct qtest *qtest, const struct requester *requester, unsigned int ring,
		     u64 address)
{
	set(qtest, requester, ring + E1000_RING_LOW, address);
	set(qtest, requester, ring + E1000_RING_HIGH, address >> 32);
	set(qtest, requester, ring + E1000_RING_HEAD, 0);
}

/* Prepare a device that has got its addresses: 0, or -1 with a message. */
int requester_setup(struct qtest *qtest, struct requester *requester)
{
	u32 status = 0;

	set(qtest, requester, E1000_IMC, ~0u);
	set(qtest, requester, E1000_MDIC, E1000_MDIC_WRITE |
	    E1000_MDIC_REGISTER(E1000_PHY_CONTROL) | E1000_PHY_CONTROL_LOOPBACK);
	set_ring(qtest, requester, E1000_RX_RING, CONTROL_RX_RING);
	set(qtest, requester, E1000_RX_RING + E1000_RING_LENGTH, RING_BYTES);
	set(qtest, requester, E1000_RX_RING + E1000_RING_TAIL, 0);
	set(qtest, requester, E1000_TX_RING + E1000_RING_LENGTH, RING_BYTES);
	set(qtest, requester, E1000_RCTL, E1000_RCTL_ENABLE | E1000_RCTL_BROADCAST |
	    RCTL_UNICAST_ALL | RCTL_MULTICAST_ALL);
	set(qtest, requester, E1000_TCTL, E1000_TCTL_ENABLE);
	qtest_read32(qtest, requester->registers + E1000_STATUS, &status);
	qtest_read32(qtest, requester->registers + E1000_OCTETS_SENT, &requester->octets);
	if (qtest_run(qtest))
		return -1;
	if (status == ~0u || !(status & E1000_STATUS_LINK_UP)) {
		fprintf(stderr, "a network device does not answer: status 0x%x\n", status);
		return -1;
	}
	return 0;
}

/* Put descriptors into a page by which it is recognised. */
void requester_prepare_page(struct memory *memory, unsigned int index)
{
	u64 length = (PACKET_BYTES + index) | DESCRIPTOR_COMMAND(COMMAND_END_OF_PACKET);
	u64 page = data_page(index);

	memory_store(memory, page + DATA_SILENT, CONTROL_PACKET);
	memory_store(memory, page + DATA_SILENT + 8, length);
	memory_store(memory, page + DATA_REPORT, CONTROL_PACKET);
	memory_store(memory, page + DATA_REPORT + 8,
		     length | DESCRIPTOR_COMMAND(COMMAND_REPORT_STATUS));
}

/* Prepare a packet to be received into the page: what it begins with. */
static u64 prepare_packet(struct memory *memory, u64 page)
{
	static u64 packet;

	memory_store(memory, CONTROL_TX_RING, CONTROL_PACKET);
	memory_store(memory, CONTROL_TX_RING + 8,
		     PACKET_BYTES | DESCRIPTOR_COMMAND(COMMAND_END_OF_PACKET));
	memory_store(memory, CONTROL_RX_RING, page + DATA_PACKET);
	memory_store(memory, CONTROL_RX_RING + 8, 0);
	/* It begins with a destination: no group address */
	memory_store(memory, CONTROL_PACKET, ++packet << 8);
	return packet << 8;
}

/* The page whose word at that offset differs from zero; all are zero again. */
static int find_written(struct memory *memory, unsigned int offset, u64 mask, u64 value)
{
	int found = NOWHERE;

	for (unsigned int i = 0; i < DATA_PAGES; i++) {
		u64 address = data_page(i) + offset;
		u64 word = memory_load(memory, address);

		if ((word & mask) != value)
			continue;
		memory_store(memory, address, word & ~mask);
		found = i;
	}
	return found;
}

/* The status of a descriptor is in the upper half of its second word. */
static int find_report(struct memory *memory)
{
	const u64 done = BIT_ULL(32);

	return find_written(memory, DATA_REPORT + 8, done, done);
}

static int find_read(struct requester *requester, u32 octets)
{
	u32 length = octets - requester->octets;

	requester->octets = octets;
	if (length < PACKET_BYTES || length - PACKET_BYTES >= DATA_PAGES)
		return NOWHERE;
	return length - PACKET_BYTES;
}

/* Where the fault record is, which QEMU has one of */
static u64 fault_record(const struct machine *machine)
{
	return VTD_BASE + 16 * FIELD_GET(VTD_CAP_FRO, machine->cap);
}

/* Clear the fault record, and the overflow if there may be one: 0, or -1. */
int requester_clear_fault(struct machine *machine, bool overflow)
{
	struct qtest *qtest = &machine->vm.qtest;

	qtest_write32(qtest, fault_record(machine) + 12, VTD_FRCD_1_F >> 32);
	if (overflow)
		qtest_write32(qtest, VTD_BASE + VTD_FSTS, VTD_FSTS_PFO);
	return qtest_run(qtest);
}

/* What happens while the tail is written, and the fault that was recorded */
static int send(struct machine *machine, struct requester *requester, u64 ring, u32 *octets,
		struct answer *answer)
{
	struct qtest *qtest = &machine->vm.qtest;
	u64 record[2];
	u32 status;

	set_ring(qtest, requester, E1000_TX_RING, ring);
	set(qtest, requester, E1000_TX_RING + E1000_RING_TAIL, 1);
	qtest_read32(qtest, requester->registers + E1000_OCTETS_SENT, octets);
	qtest_read32(qtest, VTD_BASE + VTD_FSTS, &status);
	qtest_read64(qtest, fault_record(machine), &record[0]);
	qtest_read64(qtest, fault_record(machine) + 8, &record[1]);
	if (qtest_run(qtest))
		return -1;
	answer_from_record(answer, status, record);
	return 0;
}

/* Let it receive one packet or none: a descriptor of a question before may be left. */
static void arm(struct qtest *qtest, struct requester *requester, bool armed)
{
	if (!armed && !requester->armed)
		return;
	set(qtest, requester, E1000_RX_RING + E1000_RING_HEAD, 0);
	set(qtest, requester, E1000_RX_RING + E1000_RING_TAIL, armed);
	requester->armed = armed;
}

/* Ask QEMU's unit, whose fault record is left as it is: 0, or -1. */
int requester_ask(struct machine *machine, const struct question *question,
		  struct answer *answer)
{
	struct requester *requester = &machine->requesters[question->requester];
	struct qtest *qtest = &machine->vm.qtest;
	u64 ring = CONTROL_TX_RING, packet = 0;
	u32 octets;
	int read;

	arm(qtest, requester, question->type == QUESTION_WRITE);
	if (question->type == QUESTION_WRITE)
		packet = prepare_packet(&machine->memory, question->page);
	else
		ring = question->page + (question->type == QUESTION_READ ? DATA_SILENT :
									   DATA_REPORT);
	*answer = (struct answer) { .read = NOWHERE, .written = NOWHERE };
	if (send(machine, requester, ring, &octets, answer))
		return -1;
	read = find_read(requester, octets);
	if (question->type == QUESTION_WRITE)
		answer->written = find_written(&machine->memory, DATA_PACKET, ~0ull, packet);
	else
		answer->read = read;
	if (question->type == QUESTION_READ_REPORT)
		answer->written = find_report(&machine->memory);
	return 0;
}
