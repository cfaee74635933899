/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the memory of a streaming device is laid out, for the host that drives
 * the device and for the guest that provides the memory.
 *
 * A device owns two areas of I/O virtual addresses, the first mapped by 4 KiB
 * pages and the second by 2 MiB pages. An e1000 in loopback mode sends one
 * packet to itself per slot: it reads a descriptor and the packet from the
 * first area, reads a descriptor from the second, writes the packet and that
 * descriptor there, and writes the status of the first descriptor.
 *
 * At the physical addresses equal to the I/O virtual addresses stands the
 * guard, a copy of the areas: a DMA that is not translated finds everything it
 * needs there, and is seen to have gone astray.
 */
#ifndef STREAM_LAYOUT_H
#define STREAM_LAYOUT_H

#include <stddef.h>
#include <string.h>

#include <linux/types.h>

/* The length registers of the rings end there; a ring is never full. */
#define STREAM_MAX_SLOTS	65528u

/* What one VM can have. */
#define STREAM_MAX_DEVICES	8

#define STREAM_SMALL_PAGE	4096u
#define STREAM_LARGE_PAGE	(2u << 20)

/* I/O virtual addresses per device, and where the second area starts. */
#define STREAM_STRIDE		(32ull << 20)
#define STREAM_LARGE_OFFSET	(16ull << 20)

#define STREAM_FRAME_SIZE	64u
#define STREAM_FRAME_STRIDE	64u
/* Receive buffers overlap but for the part that a packet takes. */
#define STREAM_BUFFER_STRIDE	128u

/* Legacy descriptors, section 3.2.3 and 3.3.3 of the 8254x manual */
struct stream_descriptor {
	__le64 address;
	__le16 length;
	__u8 middle[2];		/* command of a transmit descriptor: [1] */
	__u8 status;
	__u8 tail[3];
};

#define STREAM_DESCRIPTOR_DONE	0x01
#define STREAM_TX_COMMAND	0x0b	/* end of packet, insert FCS, report status */

static inline __u64 stream_round(__u64 size, __u64 page)
{
	return (size + page - 1) / page * page;
}

/* The first area: transmit ring, frames. */
static inline __u64 stream_tx_ring(void)
{
	return 0;
}

static inline __u64 stream_frames(unsigned int slots)
{
	return stream_round(slots * sizeof(struct stream_descriptor),
			    STREAM_SMALL_PAGE);
}

static inline __u64 stream_small_size(unsigned int slots)
{
	return stream_round(stream_frames(slots) +
			    (__u64)slots * STREAM_FRAME_STRIDE,
			    STREAM_SMALL_PAGE);
}

/* The second area: receive ring, buffers. */
static inline __u64 stream_rx_ring(void)
{
	return STREAM_LARGE_OFFSET;
}

static inline __u64 stream_buffers(unsigned int slots)
{
	return STREAM_LARGE_OFFSET +
	       stream_round(slots * sizeof(struct stream_descriptor),
			    STREAM_SMALL_PAGE);
}

static inline __u64 stream_large_size(unsigned int slots)
{
	return stream_round(stream_buffers(slots) - STREAM_LARGE_OFFSET +
			    (__u64)slots * STREAM_BUFFER_STRIDE + 4096,
			    STREAM_LARGE_PAGE);
}

/* The packet of a slot: broadcast, a local experimental type, and its number. */
static inline void stream_frame(__u8 *frame, unsigned int device,
				unsigned int slot)
{
	unsigned int i;

	memset(frame, 0xff, 6);
	memset(frame + 6, 0x02, 6);
	frame[12] = 0x88;
	frame[13] = 0xb5;
	frame[14] = device;
	frame[15] = 0;
	for (i = 16; i < STREAM_FRAME_SIZE; i++)
		frame[i] = (slot >> (i % 4 * 8)) ^ (i * 37);
}

/*
 * Fill the areas, of which small and large are the start, with descriptors
 * that point to I/O virtual addresses from iova on.
 */
static inline void stream_fill(void *small, void *large, __u64 iova,
			       unsigned int device, unsigned int slots)
{
	struct stream_descriptor *tx = small, *rx = large;
	__u8 *frames = (__u8 *)small + stream_frames(slots);
	unsigned int slot;

	for (slot = 0; slot < slots; slot++) {
		tx[slot] = (struct stream_descriptor) {
			.address = iova + stream_frames(slots) +
				   (__u64)slot * STREAM_FRAME_STRIDE,
			.length = STREAM_FRAME_SIZE,
			.middle = { 0, STREAM_TX_COMMAND },
		};
		rx[slot] = (struct stream_descriptor) {
			.address = iova + stream_buffers(slots) +
				   (__u64)slot * STREAM_BUFFER_STRIDE,
		};
		stream_frame(frames + (__u64)slot * STREAM_FRAME_STRIDE, device,
			     slot);
	}
}

#endif /* STREAM_LAYOUT_H */
