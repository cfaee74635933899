// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registers of QEMU's only VT-d unit, read from outside the guest.
 */
#include <linux/bits.h>
#include <linux/bitfield.h>

#include "vtd.h"

/* QEMU's unit, and offsets of its registers: VT-d section 11.4 */
#define VTD_BASE		0xfed90000ull
#define VTD_GSTS		0x1c
#define VTD_RTADDR		0x20
#define VTD_FSTS		0x34
/* Capability.FRO of QEMU's unit says where its only record is. */
#define VTD_FRCD		0x220

/* Fault Status, section 11.4.8.1: a record is pending. */
#define VTD_FSTS_PPF		BIT(1)

/* Fault Recording, section 11.4.9.2, its high 64 bits */
#define VTD_FRCD_FAULT		BIT_ULL(63)
#define VTD_FRCD_REASON		GENMASK_ULL(39, 32)
#define VTD_FRCD_SOURCE		GENMASK_ULL(15, 0)

/* Queue the reading of all of them in the current batch. */
void vtd_read(struct qtest *qtest, struct vtd_registers *registers)
{
	qtest_read32(qtest, VTD_BASE + VTD_GSTS, &registers->status);
	qtest_read64(qtest, VTD_BASE + VTD_RTADDR, &registers->root);
	qtest_read32(qtest, VTD_BASE + VTD_FSTS, &registers->faults);
	qtest_read64(qtest, VTD_BASE + VTD_FRCD, &registers->fault[0]);
	qtest_read64(qtest, VTD_BASE + VTD_FRCD + 8, &registers->fault[1]);
}

/* Why the unit refused a request of that device, 0 if it holds no such record. */
u8 vtd_fault_reason(const struct vtd_registers *registers, u16 source_id)
{
	u64 record = registers->fault[1];

	if (!(registers->faults & VTD_FSTS_PPF) || !(record & VTD_FRCD_FAULT) ||
	    FIELD_GET(VTD_FRCD_SOURCE, record) != source_id)
		return 0;
	return FIELD_GET(VTD_FRCD_REASON, record);
}
