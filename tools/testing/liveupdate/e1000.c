// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drive an e1000 or e1000e from outside the guest.
 *
 * In PHY loopback each packet that the device sends is one that it receives.
 * QEMU's model does all of it, six DMAs, within the write of the transmit tail
 * register: read the transmit descriptor and the packet, read the receive
 * descriptor, write the packet and that descriptor, and write the status of the
 * first. No interrupt is enabled, and no network is attached.
 *
 * The registers are those of e1000_registers.h.
 */
#include <stdio.h>

#include "e1000.h"
#include "e1000_registers.h"
#include "stream_layout.h"

static void write_register(struct qtest *qtest, const struct e1000 *device,
			   unsigned int offset, u32 value)
{
	qtest_write32(qtest, device->registers + offset, value);
}

static void read_register(struct qtest *qtest, const struct e1000 *device,
			  unsigned int offset, u32 *value)
{
	qtest_read32(qtest, device->registers + offset, value);
}

static void setup_ring(struct qtest *qtest, const struct e1000 *device,
		       unsigned int ring, u64 address, u32 slots, u32 head, u32 tail)
{
	write_register(qtest, device, ring + E1000_RING_LOW, address);
	write_register(qtest, device, ring + E1000_RING_HIGH, address >> 32);
	write_register(qtest, device, ring + E1000_RING_LENGTH,
		       slots * sizeof(struct stream_descriptor));
	write_register(qtest, device, ring + E1000_RING_HEAD, head);
	write_register(qtest, device, ring + E1000_RING_TAIL, tail);
}

static void setup_receive(struct qtest *qtest, const struct e1000 *device, u32 head)
{
	setup_ring(qtest, device, E1000_RX_RING, device->iova + stream_rx_ring(),
		   device->slots, head, device->slots - 1);
}

/*
 * Point the device to its rings and enable both directions: 0, or -1 with a
 * message. QEMU's e1000 receives nothing for a second (of the guest's clock)
 * after that.
 */
int e1000_setup(struct qtest *qtest, const struct e1000 *device)
{
	u32 status = 0;

	write_register(qtest, device, E1000_IMC, 0xffffffff);
	write_register(qtest, device, E1000_MDIC, E1000_MDIC_WRITE |
		       E1000_MDIC_REGISTER(E1000_PHY_CONTROL) |
		       (device->loopback ? E1000_PHY_CONTROL_LOOPBACK : 0));
	setup_ring(qtest, device, E1000_TX_RING, device->iova + stream_tx_ring(), device->slots,
		   0, 0);
	setup_receive(qtest, device, 0);
	/* QEMU's e1000e spends a second descriptor on a frame check sequence. */
	write_register(qtest, device, E1000_RCTL, E1000_RCTL_BROADCAST | E1000_RCTL_STRIP_FCS |
		       (device->loopback ? E1000_RCTL_ENABLE : 0));
	write_register(qtest, device, E1000_TCTL, E1000_TCTL_ENABLE);
	read_register(qtest, device, E1000_STATUS, &status);
	if (qtest_run(qtest))
		return -1;
	if (status == 0xffffffff || !(status & E1000_STATUS_LINK_UP)) {
		fprintf(stderr, "the network device at 0x%lx has no link: status 0x%x\n",
			(unsigned long)device->registers, status);
		return -1;
	}
	return 0;
}

/* Queue the sending of all packets up to, without, slot @tail. */
void e1000_send(struct qtest *qtest, const struct e1000 *device, u32 tail)
{
	write_register(qtest, device, E1000_TX_RING + E1000_RING_TAIL, tail);
}

/* Queue the reading of the device's position. */
void e1000_position(struct qtest *qtest, const struct e1000 *device,
		    struct e1000_position *position)
{
	read_register(qtest, device, E1000_TX_RING + E1000_RING_TAIL, &position->tx_tail);
	read_register(qtest, device, E1000_TX_RING + E1000_RING_HEAD, &position->tx_head);
	read_register(qtest, device, E1000_RX_RING + E1000_RING_HEAD, &position->rx_head);
}

/*
 * Queue a DMA of 16 zeros to @address, for an e1000e at @position: it sends its last
 * packet once more, while it takes the address for that of its only receive
 * descriptor. One that is read as zeros leads to no memory, and is written back as it
 * is. Then the device is at @position again. An e1000 would not stop after one.
 */
void e1000_write_zeros(struct qtest *qtest, const struct e1000 *device, u64 address,
		       const struct e1000_position *position)
{
	setup_ring(qtest, device, E1000_RX_RING, address, E1000_SHORTEST_RING, 0, 1);
	write_register(qtest, device, E1000_TX_RING + E1000_RING_HEAD, position->tx_tail - 1);
	e1000_send(qtest, device, position->tx_tail);
	setup_receive(qtest, device, position->rx_head);
}
