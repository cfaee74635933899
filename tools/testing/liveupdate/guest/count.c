// SPDX-License-Identifier: GPL-2.0-only
/* Which slots of a stream landed, from the memory alone */
#include <stdbool.h>
#include <string.h>

#include "../stream_layout.h"
#include "count.h"

/* Slots whose transmit descriptor the device has given back */
unsigned int count_sent(const struct memory *small, unsigned int slots)
{
	const struct stream_descriptor *tx = small->start;
	unsigned int slot, count = 0;

	for (slot = 0; slot < slots; slot++)
		count += !!(tx[slot].status & STREAM_DESCRIPTOR_DONE);
	return count;
}

/* The slot that a frame names, if it is whole */
static bool frame_slot(const __u8 *frame, unsigned int device, unsigned int *slot)
{
	__u8 whole[STREAM_FRAME_SIZE];
	unsigned int i;

	*slot = 0;
	for (i = 16; i < 20; i++)
		*slot |= (unsigned int)(__u8)(frame[i] ^ (i * 37)) << (i % 4 * 8);
	stream_frame(whole, device, *slot);
	return !memcmp(frame, whole, sizeof(whole));
}

/*
 * Packets that arrived. After a loss a packet is in an earlier buffer than its
 * slot's, so the packet itself tells its slot; they only ever go up.
 */
unsigned int count_received(const struct memory *large, unsigned int device, unsigned int slots)
{
	const __u8 *buffer = (const __u8 *)large->start + stream_buffers(slots) -
			     STREAM_LARGE_OFFSET;
	unsigned int slot, i, next = 0, count = 0;

	for (i = 0; i < slots; i++, buffer += STREAM_BUFFER_STRIDE) {
		if (!frame_slot(buffer, device, &slot) || slot < next || slot >= slots)
			continue;
		next = slot + 1;
		count++;
	}
	return count;
}
