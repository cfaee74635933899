/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * QEMU with a VT-d unit and two network devices, and no running CPU.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include "memory.h"
#include "vm.h"
#include "vtd.h"

#define NR_REQUESTERS		2u

/**
 * struct requester - A network device, as something that does DMA
 * @registers: guest-physical address of its registers
 * @source_id: bus, device and function
 * @octets: what its counter of sent octets says
 * @armed: its receive ring is not empty
 */
struct requester {
	u64 registers;
	u16 source_id;
	u32 octets;
	bool armed;
};

/**
 * struct machine - A machine
 * @vm: QEMU
 * @memory: shared with it
 * @requesters: the devices
 * @cap: Capability register of the unit
 * @ecap: Extended Capability register
 */
struct machine {
	struct vm vm;
	struct memory memory;
	struct requester requesters[NR_REQUESTERS];
	u64 cap;
	u64 ecap;
};

int machine_start(struct machine *machine, const char *qemu, const char *unit,
		  const char *logs);
void machine_stop(struct machine *machine);

#endif /* MACHINE_H */
