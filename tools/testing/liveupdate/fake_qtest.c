// SPDX-License-Identifier: GPL-2.0-only
/*
 * A stand-in for QEMU: its qtest server, an e1000, PCI and a VT-d unit.
 *
 * It does what QEMU's models do as far as a stream can tell. A process of its
 * own answers, so that a test waits for it as for QEMU; what the test changes
 * between two batches is in memory that both share.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <linux/kernel.h>

#include "fake_qtest.h"
#include "stream_layout.h"
#include "tap.h"
#include "trace.h"

#define ECAM			0xb0000000ull
#define UNIT			0xfed90000ull

/* Registers of the device */
#define STATUS			0x0008
#define MDIC			0x0020
#define RCTL			0x0100
#define TCTL			0x0400
#define RX_RING			0x2800
#define TX_RING			0x3800
#define RING_HIGH		0x04
#define RING_LENGTH		0x08
#define RING_HEAD		0x10
#define RING_TAIL		0x18
#define REGISTERS_SIZE		0x4000
#define ENABLE			0x2u

/* Registers of the unit */
#define GSTS			0x1c
#define RTADDR			0x20
#define FSTS			0x34
#define IRTA			0xb8
#define FRCD_SOURCE		0x228
#define FRCD_REASON		0x22c
#define UNIT_SIZE		0x300
#define TRANSLATION		0x80000000u
#define REMAPPING		0x02000000u
#define PENDING			0x2u
#define FAULT			0x80000000u

#define MAX_READ		16384u

static void *shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		tap_die("there is no memory");
	return memory;
}

/* What is at those guest-physical addresses, NULL if nothing is. */
u8 *fake_at(struct fake *fake, u64 physical, u64 length)
{
	unsigned int i;

	for (i = 0; i < NR_FAKE_PARTS; i++) {
		struct fake_region *region = &fake->regions[i];

		if (!region->gone && physical >= region->address && length <= region->size &&
		    physical - region->address <= region->size - length)
			return region->bytes + (physical - region->address);
	}
	return NULL;
}

/* Where the tables map an I/O virtual address to, 0 if nowhere. */
u64 fake_physical(const struct fake *fake, u64 iova)
{
	unsigned int i;

	for (i = 0; i < fake->nr_mapped; i++) {
		const struct extent *extent = &fake->mapping[i];

		if (iova >= extent->iova && iova < extent->iova + extent->length)
			return extent->physical + (iova - extent->iova);
	}
	return 0;
}

/* A register of 32 bits, whether or not the part answers */
u32 fake_get(struct fake *fake, enum fake_part part, unsigned int offset)
{
	u32 value;

	memcpy(&value, fake->regions[part].bytes + offset, sizeof(value));
	return value;
}

/* Change it. */
void fake_set(struct fake *fake, enum fake_part part, unsigned int offset, u32 value)
{
	memcpy(fake->regions[part].bytes + offset, &value, sizeof(value));
}

/* Record a fault, if the only record is free. */
void fake_record_fault(struct fake *fake, u16 source_id, u8 reason)
{
	if (fake_get(fake, FAKE_UNIT, FRCD_REASON) & FAULT)
		return;
	fake_set(fake, FAKE_UNIT, FRCD_SOURCE, source_id);
	fake_set(fake, FAKE_UNIT, FRCD_REASON, FAULT | reason);
	fake_set(fake, FAKE_UNIT, FSTS, PENDING);
}

/* The device forgets all that it was told. */
void fake_reset_device(struct fake *fake)
{
	memset(fake->regions[FAKE_NETWORK].bytes, 0, REGISTERS_SIZE);
	fake_set(fake, FAKE_NETWORK, STATUS, 0x2);
	fake->phy_control = 0;
}

static u16 source_id(const struct fake *fake)
{
	return fake->below_port ? FAKE_BUS << 8 : FAKE_ROOT_DEVICE << 3;
}

/* Whether the unit delivers a message. As in QEMU, anybody may have sent it. */
static bool delivers(struct fake *fake, u64 address, u32 data)
{
	u64 table = fake_get(fake, FAKE_UNIT, IRTA) & ~0xfffu;
	u32 index = (address >> 5 & 0x7fff) | (address >> 2 & 1) << 15;
	const u8 *entry;

	if (!(fake_get(fake, FAKE_UNIT, GSTS) & REMAPPING) || !(address & 0x10))
		return true;
	if (address & 0x8)
		index += data & 0xffff;
	if (index >= FAKE_TABLE_ENTRIES)
		return false;
	entry = fake_at(fake, table + 16 * index, 1);
	return entry && *entry & 1;
}

/* Where messages are sent to, nothing can be read, and each four bytes are one. */
static void message(struct fake *fake, u64 address, void *data, size_t size, bool write)
{
	FILE *log = write ? fopen(fake->log, "a") : NULL;
	u32 value;
	size_t i;

	if (!write)
		memset(data, 0, size);
	for (i = 0; log && i < size; i += sizeof(value)) {
		unsigned long long at = address + i;

		memcpy(&value, (u8 *)data + i, sizeof(value));
		fprintf(log, "vtd_ir_remap_msi_req addr 0x%llx data 0x%x\n", at, value);
		if (delivers(fake, at, value))
			fprintf(log, "vtd_ir_remap_msi (addr 0x%llx, data 0x%x) -> %s\n", at,
				value, "(addr 0xfee00000, data 0x21)");
	}
	if (log)
		fclose(log);
}

/* One access of the device to memory: whether it gets there. */
static bool dma(struct fake *fake, u64 iova, void *data, size_t size, bool write)
{
	u64 physical = iova;
	u8 *memory;

	if (!(fake_get(fake, FAKE_FUNCTION, PCI_COMMAND) & HARDWARE_BUS_MASTER))
		return false;
	if (fake->below_port && !(fake_get(fake, FAKE_BRIDGE, PCI_COMMAND) & HARDWARE_BUS_MASTER))
		return false;
	if (iova >> 20 == 0xfee) {
		message(fake, iova, data, size, write);
		return true;
	}
	if (fake_get(fake, FAKE_UNIT, GSTS) & TRANSLATION) {
		physical = fake_physical(fake, iova);
		if (!physical) {
			if (fake->records_faults)
				fake_record_fault(fake, source_id(fake), FAKE_FAULT_REASON);
			return false;
		}
	}
	memory = fake_at(fake, physical, size);
	if (memory && write)
		memcpy(memory, data, size);
	else if (memory)
		memcpy(data, memory, size);
	return memory;
}

/* Where the descriptor is that the head of a ring points to, 0 if outside. */
static u64 descriptor_at(struct fake *fake, unsigned int ring)
{
	u64 offset = fake_get(fake, FAKE_NETWORK, ring + RING_HEAD) *
		     sizeof(struct stream_descriptor);

	if (offset >= fake_get(fake, FAKE_NETWORK, ring + RING_LENGTH))
		return 0;
	return (u64)fake_get(fake, FAKE_NETWORK, ring + RING_HIGH) << 32 |
	       (fake_get(fake, FAKE_NETWORK, ring) + offset);
}

static void advance(struct fake *fake, unsigned int ring)
{
	fake_set(fake, FAKE_NETWORK, ring + RING_HEAD,
		 fake_get(fake, FAKE_NETWORK, ring + RING_HEAD) + 1);
}

static void receive(struct fake *fake, u8 *frame, size_t size)
{
	u64 at = descriptor_at(fake, RX_RING);
	struct stream_descriptor rx;

	if (fake->no_receive || !(fake_get(fake, FAKE_NETWORK, RCTL) & ENABLE) ||
	    !(fake->phy_control & 0x4000) ||
	    fake_get(fake, FAKE_NETWORK, RX_RING + RING_HEAD) ==
	    fake_get(fake, FAKE_NETWORK, RX_RING + RING_TAIL))
		return;
	if (fake->wrong_payload)
		frame[size - 1] ^= 1;
	if (at && dma(fake, at, &rx, sizeof(rx), false)) {
		/* One that leads nowhere is written back as it is. */
		if (!rx.address) {
			dma(fake, at, &rx, sizeof(rx), true);
		} else if (dma(fake, rx.address, frame, size, true) && !fake->no_receive_status) {
			rx.length = size;
			rx.status = 0x7;
			dma(fake, at, &rx, sizeof(rx), true);
		}
	}
	advance(fake, RX_RING);
}

static void send_packet(struct fake *fake)
{
	u64 at = descriptor_at(fake, TX_RING);
	struct stream_descriptor tx;
	u8 frame[STREAM_FRAME_SIZE];

	if (!at || !dma(fake, at, &tx, sizeof(tx), false) || tx.length != sizeof(frame) ||
	    tx.middle[1] != STREAM_TX_COMMAND ||
	    !dma(fake, tx.address, frame, sizeof(frame), false))
		return;
	receive(fake, frame, sizeof(frame));
	tx.status = STREAM_DESCRIPTOR_DONE;
	if (!fake->no_transmit_status)
		dma(fake, at, &tx, sizeof(tx), true);
}

static void transmit(struct fake *fake)
{
	if (!(fake_get(fake, FAKE_NETWORK, TCTL) & ENABLE))
		return;
	while (fake_get(fake, FAKE_NETWORK, TX_RING + RING_HEAD) <
	       fake_get(fake, FAKE_NETWORK, TX_RING + RING_TAIL)) {
		send_packet(fake);
		advance(fake, TX_RING);
	}
}

static void write_register(struct fake *fake, u64 address, u32 value)
{
	u8 *bytes = fake_at(fake, address, sizeof(value));

	if (!bytes)
		return;
	memcpy(bytes, &value, sizeof(value));
	if (address == FAKE_REGISTERS + MDIC && value >> 16 == 0x0420)
		fake->phy_control = value;
	if (address == FAKE_REGISTERS + TX_RING + RING_TAIL)
		transmit(fake);
}

static void answer_bytes(struct fake *fake, FILE *connection, u64 address, u64 size)
{
	const u8 *bytes = fake_at(fake, address, size);
	u64 i;

	fputs("OK 0x", connection);
	for (i = 0; i < size; i++)
		fprintf(connection, "%02x", bytes ? bytes[i] : 0xff);
	fputc('\n', connection);
}

/* Where nothing answers all bits are read as ones. */
static void answer_number(struct fake *fake, FILE *connection, u64 address, size_t width)
{
	const u8 *bytes = fake_at(fake, address, width);
	u64 value = ~0ull >> (64 - 8 * width);

	if (bytes) {
		value = 0;
		memcpy(&value, bytes, width);
	}
	fprintf(connection, "OK 0x%016llx\n", (unsigned long long)value);
}

static void answer(struct fake *fake, FILE *connection, const char *command)
{
	unsigned long long address, number;
	char width;

	if (sscanf(command, "read 0x%llx 0x%llx", &address, &number) == 2 && number <= MAX_READ) {
		answer_bytes(fake, connection, address, number);
	} else if (sscanf(command, "read%c 0x%llx", &width, &address) == 2 && width != ' ') {
		answer_number(fake, connection, address,
			      width == 'w' ? 2 : width == 'l' ? 4 : 8);
	} else if (sscanf(command, "writel 0x%llx 0x%llx", &address, &number) == 2) {
		write_register(fake, address, number);
		fputs("OK\n", connection);
	} else {
		fputs("FAIL\n", connection);
	}
	fflush(connection);
}

static void serve(struct fake *fake, int socket)
{
	FILE *commands = fdopen(socket, "r"), *answers = fdopen(dup(socket), "w");
	char command[128];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (commands && answers && fgets(command, sizeof(command), commands))
		answer(fake, answers, command);
	_exit(0);
}

static void add_part(struct fake *fake, enum fake_part part, u64 address, u64 size)
{
	fake->regions[part] = (struct fake_region) {
		.address = address, .size = size, .bytes = shared(size),
	};
}

/* Configuration space of the functions; the port decides about the device's bus. */
static void add_functions(struct fake *fake)
{
	u64 function = fake->below_port ? FAKE_BUS << 20 : FAKE_ROOT_DEVICE << 15;

	add_part(fake, FAKE_HOST_BRIDGE, ECAM, 256);
	fake_set(fake, FAKE_HOST_BRIDGE, 0, 0x29c08086);
	add_part(fake, FAKE_BRIDGE, ECAM + (FAKE_PORT << 15), 256);
	fake_set(fake, FAKE_BRIDGE, PCI_COMMAND, 0x0507);
	fake_set(fake, FAKE_BRIDGE, PCI_BUS_NUMBERS, FAKE_BUS << 16 | FAKE_BUS << 8);
	add_part(fake, FAKE_FUNCTION, ECAM + function, 256);
	fake_set(fake, FAKE_FUNCTION, 0, 0x10d38086);
	fake_set(fake, FAKE_FUNCTION, PCI_COMMAND, 0x0406);
	fake_set(fake, FAKE_FUNCTION, PCI_BASE_ADDRESS_0, FAKE_REGISTERS);
}

/* What the guest puts into its memory, and the guard at the I/O virtual addresses. */
static void fill(struct fake *fake)
{
	u8 *small = fake->regions[FAKE_GUARD_SMALL].bytes;
	u8 *large = fake->regions[FAKE_GUARD_LARGE].bytes;
	unsigned int i;

	stream_fill(small, large, FAKE_IOVA, FAKE_DEVICE, FAKE_SLOTS);
	for (i = 0; i < fake->nr_mapped; i++) {
		const struct extent *extent = &fake->mapping[i];

		memcpy(fake_at(fake, extent->physical, extent->length),
		       fake_at(fake, extent->iova, extent->length), extent->length);
	}
}

/* Start a machine whose device has that memory. */
struct fake *fake_start(bool below_port, const struct extent *mapping, unsigned int count)
{
	struct fake *fake = shared(sizeof(*fake));
	int pair[2];

	fake->below_port = below_port;
	fake->records_faults = true;
	memcpy(fake->mapping, mapping, count * sizeof(*mapping));
	fake->nr_mapped = count;
	add_part(fake, FAKE_RAM, FAKE_MEMORY, FAKE_MEMORY_SIZE);
	add_part(fake, FAKE_GUARD_SMALL, FAKE_IOVA, stream_small_size(FAKE_SLOTS));
	add_part(fake, FAKE_GUARD_LARGE, FAKE_IOVA + STREAM_LARGE_OFFSET,
		 stream_large_size(FAKE_SLOTS));
	add_functions(fake);
	add_part(fake, FAKE_NETWORK, FAKE_REGISTERS, REGISTERS_SIZE);
	fake_reset_device(fake);
	add_part(fake, FAKE_UNIT, UNIT, UNIT_SIZE);
	fake_set(fake, FAKE_UNIT, GSTS, TRANSLATION);
	fake_set(fake, FAKE_UNIT, RTADDR, FAKE_ROOT_TABLE);
	add_part(fake, FAKE_INTERRUPTS, FAKE_TABLES, 2 * FAKE_TABLE_SIZE);
	fake_set(fake, FAKE_UNIT, IRTA, FAKE_TABLES | 0xf);
	fill(fake);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		tap_die("there are no sockets");
	fflush(NULL);
	fake->pid = fork();
	if (!fake->pid) {
		close(pair[0]);
		serve(fake, pair[1]);
	}
	if (fake->pid < 0)
		tap_die("there is no process");
	close(pair[1]);
	fake->socket = pair[0];
	return fake;
}

/* End it; the test has closed the socket. */
void fake_stop(struct fake *fake)
{
	unsigned int i;

	waitpid(fake->pid, NULL, 0);
	for (i = 0; i < NR_FAKE_PARTS; i++)
		munmap(fake->regions[i].bytes, fake->regions[i].size);
	munmap(fake, sizeof(*fake));
}
