/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers of an e1000 or e1000e, by the names and numbers of the 8254x and
 * 82574 manuals.
 */
#ifndef E1000_REGISTERS_H
#define E1000_REGISTERS_H

#define E1000_STATUS		0x0008
#define  E1000_STATUS_LINK_UP	0x00000002u
#define E1000_MDIC		0x0020
#define  E1000_MDIC_WRITE	0x04200000u	/* to PHY 1 */
#define  E1000_MDIC_REGISTER(n)	((n) << 16)
#define E1000_IMC		0x00d8
#define E1000_RCTL		0x0100
#define  E1000_RCTL_ENABLE	0x00000002u
#define  E1000_RCTL_BROADCAST	0x00008000u
#define  E1000_RCTL_STRIP_FCS	0x04000000u
#define E1000_TCTL		0x0400
#define  E1000_TCTL_ENABLE	0x00000002u
#define E1000_RX_RING		0x2800
#define E1000_TX_RING		0x3800
#define E1000_OCTETS_SENT	0x40c8

/* From the start of a ring's registers */
#define E1000_RING_LOW		0x00
#define E1000_RING_HIGH		0x04
#define E1000_RING_LENGTH		0x08
#define E1000_RING_HEAD		0x10
#define E1000_RING_TAIL		0x18
/* The length register counts by so many descriptors. */
#define E1000_SHORTEST_RING	8u

/* Clause 22 of IEEE 802.3: the control register of the PHY */
#define E1000_PHY_CONTROL	0u
#define  E1000_PHY_CONTROL_LOOPBACK 0x4000u

#endif /* E1000_REGISTERS_H */
