// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of QEMU's only VT-d unit, read from outside the guest.
 */
#include <linux/bits.h>
#include <linux/bitfield.h>

#include "vtd.h"
#include "vtd_spec.h"

/* The Capability register of QEMU's unit says where its only fault record is. */
#define VTD_FRCD		0x220

/* Queue the reading of all of them in the current batch. */
void vtd_read(struct qtest *qtest, struct vtd_registers *registers)
{
	qtest_read32(qtest, VTD_BASE + VTD_GSTS, &registers->status);
	qtest_read64(qtest, VTD_BASE + VTD_RTADDR, &registers->root);
	qtest_read32(qtest, VTD_BASE + VTD_FSTS, &registers->faults);
	qtest_read64(qtest, VTD_BASE + VTD_FRCD, &registers->fault[0]);
	qtest_read64(qtest, VTD_BASE + VTD_FRCD + 8, &registers->fault[1]);
}

/* Queue the reading of where the interrupt remapping table is. */
void vtd_read_interrupt_table(struct qtest *qtest, u64 *table)
{
	qtest_read64(qtest, VTD_BASE + VTD_IRTA, table);
}

/* Guest-physical address of an entry of that table */
u64 vtd_interrupt_entry(u64 table, unsigned int index)
{
	return (table & VTD_IRTA_IRTA) + index * VTD_IRTE_WORDS * sizeof(u64);
}

/* Whether the entry answers, but to another device. */
bool vtd_entry_of_others(const u64 *entry, u16 source_id)
{
	return entry[0] & VTD_IRTE_0_P && FIELD_GET(VTD_IRTE_1_SVT, entry[1]) &&
	       FIELD_GET(VTD_IRTE_1_SID, entry[1]) != source_id;
}

/* Why the unit refused a request of that device, 0 if it holds no such record. */
u8 vtd_fault_reason(const struct vtd_registers *registers, u16 source_id)
{
	u64 record = registers->fault[1];

	if (!(registers->faults & VTD_FSTS_PPF) || !(record & VTD_FRCD_1_F) ||
	    FIELD_GET(VTD_FRCD_1_SID, record) != source_id)
		return 0;
	return FIELD_GET(VTD_FRCD_1_FR, record);
}
