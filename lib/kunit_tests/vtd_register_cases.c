// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Units for cases about registers
 *
 * A unit that can do everything that the model knows, of which a case takes away
 * what it wants to be missing; and a way to expect one misuse with its text.
 *
 * Life cycle, happy and unhappy paths are those of vtd_test_unit_create().
 */

#include <linux/bitfield.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "vtd_register_cases.h"

/*
 * Everything but write buffers and implied invalidations, which a case adds: they
 * cause events. 16 bits of domain IDs, 4 levels, masks of up to 18 bits.
 */
const struct vtd_settings case_settings = {
	.cap = FIELD_PREP_CONST(VTD_CAP_ND, 6) | VTD_CAP_PLMR | VTD_CAP_PHMR |
	       FIELD_PREP_CONST(VTD_CAP_SAGAW, VTD_SAGAW_4_LEVELS) |
	       FIELD_PREP_CONST(VTD_CAP_MGAW, 47) | VTD_CAP_PSI |
	       FIELD_PREP_CONST(VTD_CAP_FRO, CASE_FAULT_RECORDS / 16) |
	       FIELD_PREP_CONST(VTD_CAP_NFR, CASE_NR_FAULT_RECORDS - 1) |
	       FIELD_PREP_CONST(VTD_CAP_MAMV, 18) | VTD_CAP_RWBF |
	       VTD_CAP_ESRTPS | VTD_CAP_ESIRTPS,
	.ecap = VTD_ECAP_C | VTD_ECAP_QI | VTD_ECAP_DT | VTD_ECAP_IR |
		VTD_ECAP_EIM | VTD_ECAP_PT | VTD_ECAP_PDS | VTD_ECAP_DIT |
		FIELD_PREP_CONST(VTD_ECAP_IRO, CASE_IVA / 16) |
		FIELD_PREP_CONST(VTD_ECAP_MHMV, 8) |
		FIELD_PREP_CONST(VTD_ECAP_PSS, 19) | VTD_ECAP_PASID |
		VTD_ECAP_SMTS | VTD_ECAP_SSTS | VTD_ECAP_FSTS | VTD_ECAP_ADMS,
	.address_width = 46,
};

/**
 * case_unit - Give a case a unit.
 * @test: The case.
 * @without_cap: Bits of the Capability register to clear.
 * @without_ecap: Bits of the Extended Capability register to clear.
 * @latency: How many register reads a command takes.
 *
 * Context: Process context.
 *
 * Return: The unit, never NULL.
 */
struct vtd_test_unit *case_unit(struct kunit *test, u64 without_cap,
				u64 without_ecap, u8 latency)
{
	struct vtd_settings settings = case_settings;

	settings.cap &= ~without_cap;
	settings.ecap &= ~without_ecap;
	settings.latency = latency;
	return vtd_test_unit_create(test, &settings);
}

/**
 * case_write - Write a register, of any width.
 * @unit: The unit.
 * @write: Where and what.
 *
 * Context: Any.
 */
void case_write(struct vtd_test_unit *unit, const struct case_write *write)
{
	guard(vtd_test_unit)(unit);
	if (write->size)
		vtd_unit_write(&unit->unit, write->offset, write->size,
			       write->value);
}

/**
 * case_read - Read a register, of any width.
 * @unit: The unit.
 * @offset: Of the register.
 * @size: Bytes.
 *
 * Context: Any.
 *
 * Return: What it reads.
 */
u64 case_read(struct vtd_test_unit *unit, u32 offset, unsigned int size)
{
	guard(vtd_test_unit)(unit);
	return vtd_unit_read(&unit->unit, offset, size);
}

/**
 * case_expect_misuse - There was one misuse since the last call.
 * @unit: The unit.
 * @text: A part of what was said about it.
 *
 * Context: Process context.
 */
void case_expect_misuse(struct vtd_test_unit *unit, const char *text)
{
	struct vtd_finding *misuses = &unit->misuses;

	KUNIT_EXPECT_EQ_MSG(unit->test, misuses->count, 1, "%s", text);
	KUNIT_EXPECT_NOT_NULL_MSG(unit->test, strstr(misuses->first, text),
				  "\"%s\" is not in \"%s\"", text,
				  misuses->first);
	misuses->count = 0;
	misuses->first[0] = '\0';
}

/**
 * case_expect_event - An event is exactly as expected.
 * @unit: The unit.
 * @index: Which event of the log.
 * @expected: What it has to be.
 *
 * Context: Process context.
 */
void case_expect_event(struct vtd_test_unit *unit, unsigned int index,
		       const struct vtd_event *expected)
{
	struct kunit *test = unit->test;
	struct vtd_event event = {};

	KUNIT_EXPECT_TRUE_MSG(test, vtd_log_get(&unit->log, index, &event),
			      "there is no event %u", index);
	KUNIT_EXPECT_EQ(test, event.type, expected->type);
	KUNIT_EXPECT_EQ(test, event.granularity, expected->granularity);
	KUNIT_EXPECT_EQ(test, event.reason, expected->reason);
	KUNIT_EXPECT_EQ(test, event.source_id, expected->source_id);
	KUNIT_EXPECT_EQ(test, event.domain, expected->domain);
	KUNIT_EXPECT_EQ(test, event.pasid, expected->pasid);
	KUNIT_EXPECT_EQ(test, event.offset, expected->offset);
	KUNIT_EXPECT_EQ(test, event.value, expected->value);
	KUNIT_EXPECT_EQ(test, event.previous, expected->previous);
	KUNIT_EXPECT_EQ(test, event.address, expected->address);
	KUNIT_EXPECT_EQ(test, event.size, expected->size);
}
