// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start QEMU, and do what firmware would: give the devices addresses.
 */
#include <stdio.h>

#include <linux/kernel.h>

#include "machine.h"
#include "pci.h"
#include "requester.h"
#include "vtd_spec.h"

/* Ports of the host bridge; PCI Local Bus 3.0, section 3.2.2.3.2 */
#define CONFIG_ADDRESS		0xcf8
#define CONFIG_DATA		0xcfc
#define CONFIG_ENABLE		0x80000000u

/* PCI Local Bus 3.0, section 6.2.2 */
#define COMMAND_MEMORY		0x0002u
#define COMMAND_MASTER		0x0004u

#define FIRST_SLOT		3u
#define FIRST_BAR		0xe0000000u
#define BAR_STRIDE		0x00100000u

static void write_config(struct qtest *qtest, unsigned int slot, unsigned int offset, u32 value)
{
	qtest_out32(qtest, CONFIG_ADDRESS, CONFIG_ENABLE | slot << 11 | offset);
	qtest_out32(qtest, CONFIG_DATA, value);
}

static int setup_requester(struct machine *machine, unsigned int index)
{
	struct requester *requester = &machine->requesters[index];
	unsigned int slot = FIRST_SLOT + index;
	struct qtest *qtest = &machine->vm.qtest;

	*requester = (struct requester) {
		.registers = FIRST_BAR + index * BAR_STRIDE,
		.source_id = slot << 3,
	};
	write_config(qtest, slot, PCI_BASE_ADDRESS_0, requester->registers);
	write_config(qtest, slot, PCI_COMMAND, COMMAND_MEMORY | COMMAND_MASTER);
	return requester_setup(qtest, requester);
}

static void setup_data(struct machine *machine)
{
	for (unsigned int i = 0; i < DATA_PAGES; i++)
		requester_prepare_page(&machine->memory, i);
}

static int find_out(struct machine *machine)
{
	struct qtest *qtest = &machine->vm.qtest;

	qtest_read64(qtest, VTD_BASE + VTD_CAP, &machine->cap);
	qtest_read64(qtest, VTD_BASE + VTD_ECAP, &machine->ecap);
	if (qtest_run(qtest))
		return -1;
	for (unsigned int i = 0; i < NR_REQUESTERS; i++) {
		if (setup_requester(machine, i))
			return -1;
	}
	setup_data(machine);
	return 0;
}

/*
 * Start it with a unit of those properties: 0, or -1 with a message. Names of
 * logs start with @logs.
 */
int machine_start(struct machine *machine, const char *qemu, const char *unit,
		  const char *logs)
{
	char memory[96], devices[NR_REQUESTERS][32];
	const char *const arguments[] = {
		"-object", memory, "-machine", "memory-backend=memory",
		"-device", devices[0], "-device", devices[1], NULL,
	};
	const struct vm_settings settings = {
		.qemu = qemu, .unit = unit, .memory = MEMORY_SIZE / MIB, .cpus = 1,
		.logs = logs, .arguments = arguments,
	};

	if (memory_create(&machine->memory))
		return -1;
	snprintf(memory, sizeof(memory),
		 "memory-backend-file,id=memory,size=%lluM,share=on,mem-path=/dev/fd/%d",
		 MEMORY_SIZE / MIB, machine->memory.fd);
	for (unsigned int i = 0; i < NR_REQUESTERS; i++)
		snprintf(devices[i], sizeof(devices[i]), "e1000e,addr=%u", FIRST_SLOT + i);
	if (vm_start(&machine->vm, &settings))
		goto err_memory;
	if (find_out(machine)) {
		fprintf(stderr, "see %sqemu.log\n", logs);
		goto err_vm;
	}
	return 0;

err_vm:
	vm_stop(&machine->vm);
err_memory:
	memory_destroy(&machine->memory);
	return -1;
}

void machine_stop(struct machine *machine)
{
	vm_stop(&machine->vm);
	memory_destroy(&machine->memory);
}
