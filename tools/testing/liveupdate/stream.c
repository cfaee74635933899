// SPDX-License-Identifier: GPL-2.0-only
/*
 * A device's stream of DMAs, and what became of each of them.
 *
 * One slot is one DMA of the report: a packet that the device sends to itself.
 * In the same batch of qtest, thus before any CPU of the guest can act on it,
 * the memory that the slot's parts are mapped to is read, the guard at the
 * physical addresses equal to the I/O virtual ones, and the registers that
 * decide about the device's access to memory.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "stream.h"
#include "stream_layout.h"
#include "vtd.h"

#define STRAYED_TX		0x01
#define STRAYED_RX		0x02

#define GUARD_CHUNK		16384u

/* What a slot's memory holds; the same for the guard. */
struct slot_memory {
	struct stream_descriptor tx;
	struct stream_descriptor rx;
	u8 buffer[STREAM_FRAME_SIZE];
};

/* All that is read in the moment of a DMA */
struct observation {
	struct e1000_position position;
	struct slot_memory mapped;
	struct slot_memory guard;
	struct vtd_registers unit;
	u16 command;
	u16 bridges;
};

/* Add what the guest says of its memory; extents come in order: 0, or -1. */
int stream_add_extent(struct stream *stream, u64 iova, u64 physical, u64 length)
{
	struct extent *extents = stream->extents, *last;

	if (!extents) {
		extents = calloc(STREAM_MAX_EXTENTS, sizeof(*extents));
		if (!extents)
			return -1;
		stream->extents = extents;
	}
	last = stream->nr_extents ? &extents[stream->nr_extents - 1] : NULL;
	if (stream->nr_extents == STREAM_MAX_EXTENTS || !length ||
	    (last && iova < last->iova + last->length))
		return -1;
	extents[stream->nr_extents++] = (struct extent) {
		.iova = iova, .physical = physical, .length = length,
	};
	return 0;
}

/* Physical address that @offset of the device's memory is mapped to, or 0. */
static u64 physical(const struct stream *stream, u64 offset)
{
	unsigned int low = 0, high = stream->nr_extents;
	u64 iova = stream->e1000.iova + offset;
	const struct extent *extent;

	while (high - low > 1) {
		unsigned int middle = (low + high) / 2;

		if (stream->extents[middle].iova <= iova)
			low = middle;
		else
			high = middle;
	}
	if (!stream->nr_extents)
		return 0;
	extent = &stream->extents[low];
	if (iova < extent->iova || iova - extent->iova >= extent->length)
		return 0;
	return extent->physical + (iova - extent->iova);
}

static u64 tx_offset(u32 slot)
{
	return stream_tx_ring() + slot * sizeof(struct stream_descriptor);
}

static u64 rx_offset(u32 slot)
{
	return stream_rx_ring() + slot * sizeof(struct stream_descriptor);
}

static u64 buffer_offset(const struct stream *stream, u32 slot)
{
	return stream_buffers(stream->e1000.slots) + (u64)slot * STREAM_BUFFER_STRIDE;
}

/* Whether the guest has named memory for every slot: 0, or -1 with a message. */
int stream_check_extents(const struct stream *stream)
{
	u32 slot;

	for (slot = 0; slot < stream->e1000.slots; slot++) {
		if (!physical(stream, tx_offset(slot)) || !physical(stream, rx_offset(slot)) ||
		    !physical(stream, buffer_offset(stream, slot))) {
			fprintf(stderr, "device %u: the guest names no memory for slot %u\n",
				stream->index, slot);
			return -1;
		}
	}
	return 0;
}

/* Find the device and make it ready to stream: 0, or -1 with a message. */
int stream_start(struct stream *stream, struct qtest *qtest)
{
	free(stream->strayed);
	stream->strayed = calloc(stream->e1000.slots, 1);
	if (!stream->strayed || stream_check_extents(stream) ||
	    pci_locate(qtest, &stream->function) ||
	    pci_memory_bar(qtest, &stream->function, &stream->e1000.registers))
		return -1;
	return e1000_setup(qtest, &stream->e1000);
}

static void read_mapped(const struct stream *stream, struct qtest *qtest, struct slot_memory *slot)
{
	qtest_read_bytes(qtest, physical(stream, tx_offset(stream->next)), &slot->tx,
			 sizeof(slot->tx));
	qtest_read_bytes(qtest, physical(stream, rx_offset(stream->rx_next)), &slot->rx,
			 sizeof(slot->rx));
	qtest_read_bytes(qtest, physical(stream, buffer_offset(stream, stream->rx_next)),
			 slot->buffer, sizeof(slot->buffer));
}

static void read_guard(const struct stream *stream, struct qtest *qtest, struct slot_memory *slot)
{
	u64 guard = stream->e1000.iova;

	qtest_read_bytes(qtest, guard + tx_offset(stream->next), &slot->tx, sizeof(slot->tx));
	qtest_read_bytes(qtest, guard + rx_offset(stream->rx_next), &slot->rx, sizeof(slot->rx));
	qtest_read_bytes(qtest, guard + buffer_offset(stream, stream->rx_next), slot->buffer,
			 sizeof(slot->buffer));
}

static int observe(const struct stream *stream, struct qtest *qtest, struct observation *seen)
{
	*seen = (struct observation) { .bridges = 0xffff };
	e1000_send(qtest, &stream->e1000, stream->next + 1);
	e1000_position(qtest, &stream->e1000, &seen->position);
	read_mapped(stream, qtest, &seen->mapped);
	read_guard(stream, qtest, &seen->guard);
	qtest_read16(qtest, pci_config(&stream->function, PCI_COMMAND), &seen->command);
	if (stream->function.bridge >= 0)
		qtest_read16(qtest, pci_bridge_config(&stream->function, PCI_COMMAND),
			     &seen->bridges);
	vtd_read(qtest, &seen->unit);
	return qtest_run(qtest);
}

static bool done(const struct stream_descriptor *descriptor)
{
	return descriptor->status & STREAM_DESCRIPTOR_DONE;
}

static bool empty(const u8 *buffer)
{
	unsigned int i;

	for (i = 0; i < STREAM_FRAME_SIZE; i++) {
		if (buffer[i])
			return false;
	}
	return true;
}

static bool received(const struct stream *stream, const struct slot_memory *slot)
{
	u8 frame[STREAM_FRAME_SIZE];

	if (!stream->e1000.loopback)
		return true;
	stream_frame(frame, stream->index, stream->next);
	return done(&slot->rx) && !memcmp(slot->buffer, frame, sizeof(frame));
}

/* Which parts of the guard a DMA has changed */
static u8 strayed(const struct slot_memory *guard)
{
	u8 parts = 0;

	if (done(&guard->tx))
		parts |= STRAYED_TX;
	if (done(&guard->rx) || !empty(guard->buffer))
		parts |= STRAYED_RX;
	return parts;
}

static bool same_access(const struct hardware *a, const struct hardware *b)
{
	return a->command == b->command && a->bridges == b->bridges &&
	       a->status == b->status && a->root == b->root;
}

/*
 * The unit has one record: one of another device keeps it from being written,
 * and the kernel clears it. A device that has faulted does so until something
 * changes.
 */
static void remember_fault(struct stream *stream, struct hardware *hardware, bool landed)
{
	if (hardware->fault_reason)
		stream->faulted = *hardware;
	else if (landed || !same_access(&stream->faulted, hardware))
		stream->faulted = (struct hardware) {};
	hardware->fault_reason = stream->faulted.fault_reason;
}

static enum outcome judge(struct stream *stream, const struct observation *seen)
{
	u8 parts = strayed(&seen->guard);

	if (parts & STRAYED_TX)
		stream->strayed[stream->next] |= STRAYED_TX;
	if (parts & STRAYED_RX)
		stream->strayed[stream->rx_next] |= STRAYED_RX;
	if (parts)
		return OUTCOME_ELSEWHERE;
	if (done(&seen->mapped.tx) && received(stream, &seen->mapped))
		return OUTCOME_LANDED;
	if (done(&seen->mapped.tx) || done(&seen->mapped.rx) || !empty(seen->mapped.buffer))
		return OUTCOME_DAMAGED;
	return OUTCOME_LOST;
}

/*
 * Let the device do its next DMA, see what became of it, and add it to the
 * trace: 1, 0 if the device took no order as its registers are not decoded at
 * the moment, or -1 with a message.
 */
int stream_issue(struct stream *stream, struct qtest *qtest, struct trace *trace, u64 now_us)
{
	struct hardware hardware;
	struct observation seen;
	enum outcome outcome;

	if (observe(stream, qtest, &seen))
		return -1;
	if (seen.position.tx_tail != stream->next + 1)
		return 0;
	hardware = (struct hardware) {
		.command = seen.command,
		.bridges = seen.bridges,
		.status = seen.unit.status,
		.root = seen.unit.root,
		.stopped = seen.position.tx_head != stream->next + 1,
		.fault_reason = vtd_fault_reason(&seen.unit, pci_source_id(&stream->function)),
	};
	outcome = judge(stream, &seen);
	remember_fault(stream, &hardware, outcome == OUTCOME_LANDED);
	if (outcome == OUTCOME_LOST && hardware.fault_reason)
		outcome = OUTCOME_FAULTED;
	if (trace_add(trace, stream->index, now_us, outcome, &hardware)) {
		fprintf(stderr, "no memory for the trace\n");
		return -1;
	}
	stream->next++;
	/* Of a device that was reset it is 0 again; what was received is not. */
	if (seen.position.rx_head > stream->rx_next && seen.position.rx_head < stream->e1000.slots)
		stream->rx_next = seen.position.rx_head;
	return 1;
}

/* The guard's bytes as DMAs that are known to have strayed leave them alone. */
static long compare_guard(const struct stream *stream, u64 offset, const u8 *expected,
			  const u8 *found, size_t size)
{
	u64 buffers = stream_buffers(stream->e1000.slots);
	long damaged = 0;
	size_t i;

	for (i = 0; i < size; i++) {
		u64 at = offset + i;
		u32 slot;

		if (expected[i] == found[i])
			continue;
		if (at < stream_frames(stream->e1000.slots))
			slot = at / sizeof(struct stream_descriptor);
		else if (at >= buffers)
			slot = (at - buffers) / STREAM_BUFFER_STRIDE;
		else if (at >= stream_rx_ring())
			slot = (at - stream_rx_ring()) / sizeof(struct stream_descriptor);
		else
			slot = stream->e1000.slots;
		if (slot >= stream->e1000.slots ||
		    !(stream->strayed[slot] & (at < STREAM_LARGE_OFFSET ? STRAYED_TX : STRAYED_RX)))
			damaged++;
	}
	return damaged;
}

static long compare_area(const struct stream *stream, struct qtest *qtest, u64 offset,
			 const u8 *expected, u64 size)
{
	static u8 found[GUARD_CHUNK];
	long damaged = 0;
	u64 at, length;

	for (at = 0; at < size; at += length) {
		length = size - at < GUARD_CHUNK ? size - at : GUARD_CHUNK;
		qtest_read_bytes(qtest, stream->e1000.iova + offset + at, found, length);
		if (qtest_run(qtest))
			return -1;
		damaged += compare_guard(stream, offset + at, expected + at, found, length);
	}
	return damaged;
}

/* Bytes of the device's guard that changed by no DMA of the trace, or -1. */
long stream_damaged_guard(struct stream *stream, struct qtest *qtest)
{
	unsigned int slots = stream->e1000.slots;
	u64 small_size = stream_small_size(slots), large_size = stream_large_size(slots);
	u8 *small = calloc(1, small_size), *large = calloc(1, large_size);
	long in_small = -1, in_large = -1;

	if (small && large) {
		stream_fill(small, large, stream->e1000.iova, stream->index, slots);
		in_small = compare_area(stream, qtest, 0, small, small_size);
		in_large = compare_area(stream, qtest, STREAM_LARGE_OFFSET, large, large_size);
	}
	free(small);
	free(large);
	return in_small < 0 || in_large < 0 ? -1 : in_small + in_large;
}

/* Free what the other functions took. */
void stream_free(struct stream *stream)
{
	free(stream->extents);
	free(stream->strayed);
	stream->extents = NULL;
	stream->strayed = NULL;
	stream->nr_extents = 0;
}
