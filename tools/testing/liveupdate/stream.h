/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STREAM_H
#define STREAM_H

#include <linux/types.h>

#include "e1000.h"
#include "pci.h"
#include "qtest.h"
#include "trace.h"

#define STREAM_MAX_EXTENTS	8192

/**
 * struct extent - I/O virtual addresses and the physical memory behind them
 * @iova: the first I/O virtual address
 * @physical: where it is mapped to
 * @length: bytes that are contiguous in both
 */
struct extent {
	u64 iova;
	u64 physical;
	u64 length;
};

/**
 * struct stream - The DMAs of one device
 * @index: of the device in the trace
 * @function: its place in PCI
 * @e1000: the device
 * @extents: its memory, in the order of I/O virtual addresses
 * @nr_extents: how many
 * @next: slot of the next DMA
 * @rx_next: receive slot that the next packet goes to
 * @faulted: what the device met with when it faulted last, and has met with ever
 *	since; its reason is 0 if anything has landed or changed
 * @strayed: slots whose guard was changed, one bit each
 */
struct stream {
	unsigned int index;
	struct pci_function function;
	struct e1000 e1000;
	struct extent *extents;
	unsigned int nr_extents;
	u32 next;
	u32 rx_next;
	struct hardware faulted;
	u8 *strayed;
};

int stream_add_extent(struct stream *stream, u64 iova, u64 physical, u64 length);
int stream_check_extents(const struct stream *stream);
int stream_start(struct stream *stream, struct qtest *qtest);
int stream_issue(struct stream *stream, struct qtest *qtest, struct trace *trace, u64 now_us);
long stream_damaged_guard(struct stream *stream, struct qtest *qtest);
void stream_free(struct stream *stream);

#endif /* STREAM_H */
