/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef E1000_H
#define E1000_H

#include <stdbool.h>

#include <linux/types.h>

#include "qtest.h"

/**
 * struct e1000 - An e1000 or e1000e that sends packets to itself
 * @registers: guest-physical address of its registers
 * @iova: I/O virtual address of its memory, see stream_layout.h
 * @slots: entries in each ring
 * @loopback: what it sends it receives, else nothing is received
 */
struct e1000 {
	u64 registers;
	u64 iova;
	unsigned int slots;
	bool loopback;
};

/**
 * struct e1000_position - Where the device stands in its rings
 * @tx_tail: transmit descriptors given to the device
 * @tx_head: transmit descriptors it has taken
 * @rx_head: receive descriptors it has taken
 */
struct e1000_position {
	u32 tx_tail;
	u32 tx_head;
	u32 rx_head;
};

int e1000_setup(struct qtest *qtest, const struct e1000 *device);
void e1000_send(struct qtest *qtest, const struct e1000 *device, u32 tail);
void e1000_position(struct qtest *qtest, const struct e1000 *device,
		    struct e1000_position *position);
void e1000_write_zeros(struct qtest *qtest, const struct e1000 *device, u64 address,
		       const struct e1000_position *position);

#endif /* E1000_H */
