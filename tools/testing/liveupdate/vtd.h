/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTD_H
#define VTD_H

#include <stdbool.h>

#include <linux/types.h>

#include "qtest.h"

/* Registers of QEMU's unit */
#define VTD_BASE		0xfed90000ull

/**
 * struct vtd_registers - What a unit's registers hold at one moment
 * @status: Global Status
 * @root: Root Table Address
 * @faults: Fault Status
 * @fault: the first Fault Recording register, low half and high half
 */
struct vtd_registers {
	u32 status;
	u64 root;
	u32 faults;
	u64 fault[2];
};

void vtd_read(struct qtest *qtest, struct vtd_registers *registers);
void vtd_read_interrupt_table(struct qtest *qtest, u64 *table);
u64 vtd_interrupt_entry(u64 table, unsigned int index);
bool vtd_entry_of_others(const u64 *entry, u16 source_id);
u8 vtd_fault_reason(const struct vtd_registers *registers, u16 source_id);

#endif /* VTD_H */
