/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stand-in for QEMU: its qtest server, an e1000, PCI and a VT-d unit.
 */
#ifndef FAKE_QTEST_H
#define FAKE_QTEST_H

#include <stdbool.h>
#include <sys/types.h>

#include <linux/types.h>

#include "stream.h"

#define FAKE_IOVA		0x10000000ull
#define FAKE_SLOTS		64u
#define FAKE_DEVICE		3u
/* Where the device of the stream is, below the port or on the root bus */
#define FAKE_PORT		5u
#define FAKE_BUS		7u
#define FAKE_ROOT_DEVICE	6u
#define FAKE_MEMORY		0x20000000ull
#define FAKE_MEMORY_SIZE	0x800000ull
#define FAKE_REGISTERS		0xfeb80000ull
#define FAKE_ROOT_TABLE		0x7fff000ull
#define FAKE_FAULT_REASON	0x02
/* The interrupt remapping tables of two kernels */
#define FAKE_TABLES		0x30000000ull
#define FAKE_TABLE_ENTRIES	256u
#define FAKE_TABLE_SIZE		(FAKE_TABLE_ENTRIES * 16)

/**
 * enum fake_part - What answers at some addresses
 * @FAKE_RAM: the memory behind the I/O virtual addresses
 * @FAKE_GUARD_SMALL: the guard of the first area
 * @FAKE_GUARD_LARGE: that of the second
 * @FAKE_HOST_BRIDGE: configuration space of function 00:00.0
 * @FAKE_BRIDGE: that of the root port
 * @FAKE_FUNCTION: that of the network device
 * @FAKE_NETWORK: the device's registers
 * @FAKE_UNIT: registers of the VT-d unit
 * @FAKE_INTERRUPTS: both interrupt remapping tables
 */
enum fake_part {
	FAKE_RAM,
	FAKE_GUARD_SMALL,
	FAKE_GUARD_LARGE,
	FAKE_HOST_BRIDGE,
	FAKE_BRIDGE,
	FAKE_FUNCTION,
	FAKE_NETWORK,
	FAKE_UNIT,
	FAKE_INTERRUPTS,
	/* private: */
	NR_FAKE_PARTS
};

/**
 * struct fake_region - Addresses of a part
 * @address: guest-physical
 * @size: in bytes
 * @bytes: what is there
 * @gone: nothing answers any more
 */
struct fake_region {
	u64 address;
	u64 size;
	u8 *bytes;
	bool gone;
};

/**
 * struct fake - The machine, shared by the test and the process that answers
 * @pid: the process
 * @socket: the test's end of the connection
 * @regions: all that answers
 * @mapping: what the unit's tables map
 * @nr_mapped: entries in @mapping, 0 as if the tables were lost
 * @below_port: the device is below the root port
 * @records_faults: the unit does
 * @wrong_payload: one byte of a received packet is another
 * @no_transmit_status: no transmit descriptor is written back
 * @no_receive: no packet is received
 * @no_receive_status: no receive descriptor is written back
 * @phy_control: register of the PHY
 * @log: file to which the unit's work on interrupts is logged, as QEMU does, empty if
 *	it is not
 */
struct fake {
	pid_t pid;
	int socket;
	struct fake_region regions[NR_FAKE_PARTS];
	struct extent mapping[8];
	unsigned int nr_mapped;
	bool below_port;
	bool records_faults;
	bool wrong_payload;
	bool no_transmit_status;
	bool no_receive;
	bool no_receive_status;
	u16 phy_control;
	char log[64];
};

struct fake *fake_start(bool below_port, const struct extent *mapping, unsigned int count);
void fake_stop(struct fake *fake);
u8 *fake_at(struct fake *fake, u64 physical, u64 length);
u64 fake_physical(const struct fake *fake, u64 iova);
u32 fake_get(struct fake *fake, enum fake_part part, unsigned int offset);
void fake_set(struct fake *fake, enum fake_part part, unsigned int offset, u32 value);
void fake_record_fault(struct fake *fake, u16 source_id, u8 reason);
void fake_reset_device(struct fake *fake);

#endif /* FAKE_QTEST_H */
