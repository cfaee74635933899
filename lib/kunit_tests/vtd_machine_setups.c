// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Kinds of VT-d units
 *
 * What differs between units so that a driver has to do other things: modes and
 * levels, coherence, caching mode, write buffers, queued invalidation. Each kind
 * is one parameter of a case: vtd_machine_gen_setups() gives them one by one, and
 * vtd_machine_config_of() makes a machine with one unit of that kind of it, to
 * which the case adds what it needs.
 *
 * All of them answer after some reads, and cache what leads to tables. None has
 * page requests, whose registers the model has not.
 *
 * Unhappy path: none.
 */

#include <linux/bitfield.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "vtd_machine_setups.h"
#include "vtd_tables.h"

#define LATENCY		2

#define MGAW(width)	FIELD_PREP_CONST(VTD_CAP_MGAW, (width) - 1)
#define SAGAW(levels)	FIELD_PREP_CONST(VTD_CAP_SAGAW, VTD_SAGAW_##levels##_LEVELS)

#define WIDTHS		(VTD_CAP_SAGAW | VTD_CAP_MGAW)
#define COHERENT	(VTD_ECAP_C | VTD_ECAP_SMPWC)
#define FIRST_STAGE	(VTD_ECAP_FSTS | VTD_ECAP_NEST)
#define QUEUE		(VTD_ECAP_QI | VTD_ECAP_DT | VTD_ECAP_IR | VTD_ECAP_EIM)

static const struct vtd_machine_setup setups[] = {
	{
		.name = "legacy",
		.without_ecap = VTD_ECAP_SMTS,
	}, {
		.name = "legacy, 3 levels",
		.without_cap = WIDTHS,
		.with_cap = SAGAW(3) | MGAW(39),
		.without_ecap = VTD_ECAP_SMTS,
	}, {
		.name = "legacy, 4 levels",
		.without_cap = WIDTHS,
		.with_cap = SAGAW(4) | MGAW(48),
		.without_ecap = VTD_ECAP_SMTS,
	}, {
		.name = "legacy, not coherent",
		.without_ecap = VTD_ECAP_SMTS | COHERENT,
	}, {
		.name = "legacy, caching mode",
		.with_cap = VTD_CAP_CM,
		.without_ecap = VTD_ECAP_SMTS,
	}, {
		.name = "legacy, write buffers",
		.with_cap = VTD_CAP_RWBF,
		.without_ecap = VTD_ECAP_SMTS,
	}, {
		.name = "legacy, no queue",
		.without_cap = VTD_CAP_PI,
		.without_ecap = VTD_ECAP_SMTS | QUEUE,
	}, {
		.name = "legacy by option",
		.option = "sm_off",
	}, {
		.name = "first stage, 4 levels",
		.without_cap = VTD_CAP_FS5LP,
		.scalable = true,
		.first_stage = true,
	}, {
		.name = "first stage, 5 levels",
		.scalable = true,
		.first_stage = true,
	}, {
		.name = "first stage, not coherent",
		.without_ecap = COHERENT,
		.scalable = true,
		.first_stage = true,
	}, {
		.name = "first stage, SRTP invalidates",
		.with_cap = VTD_CAP_ESRTPS | VTD_CAP_ESIRTPS,
		.scalable = true,
		.first_stage = true,
	}, {
		.name = "second stage",
		.without_ecap = FIRST_STAGE,
		.scalable = true,
	}, {
		.name = "second stage, 3 levels",
		.without_cap = WIDTHS,
		.with_cap = SAGAW(3) | MGAW(39),
		.without_ecap = FIRST_STAGE,
		.scalable = true,
	}, {
		.name = "second stage, not coherent",
		.without_ecap = FIRST_STAGE | COHERENT,
		.scalable = true,
	}, {
		.name = "second stage, caching mode",
		.with_cap = VTD_CAP_CM,
		.without_ecap = FIRST_STAGE,
		.scalable = true,
	}, {
		.name = "second stage, write buffers",
		.with_cap = VTD_CAP_RWBF,
		.without_ecap = FIRST_STAGE,
		.scalable = true,
	},
};

/**
 * vtd_machine_settings - What a unit of a kind can do.
 * @setup: The kind.
 *
 * Context: Any.
 *
 * Return: its settings.
 */
struct vtd_settings vtd_machine_settings(const struct vtd_machine_setup *setup)
{
	struct vtd_settings settings = vtd_tables_settings;

	settings.cap = (settings.cap & ~setup->without_cap) | setup->with_cap;
	settings.ecap &= ~(setup->without_ecap | VTD_ECAP_PRS);
	settings.ecap |= setup->with_ecap;
	settings.latency = LATENCY;
	settings.paging_structure_caches = true;
	return settings;
}

/**
 * vtd_machine_setup_of - The kind that a parameterized case runs with.
 * @test: The case.
 *
 * Context: The thread of @test.
 *
 * Return: the kind.
 */
const struct vtd_machine_setup *vtd_machine_setup_of(struct kunit *test)
{
	return test->param_value;
}

/**
 * vtd_machine_config_of - A machine with one unit for all functions.
 * @test: The case, whose parameter is the kind of the unit.
 *
 * Context: The thread of @test.
 *
 * Return: what the machine is made of.
 */
struct vtd_machine_config vtd_machine_config_of(struct kunit *test)
{
	const struct vtd_machine_setup *setup = vtd_machine_setup_of(test);

	return (struct vtd_machine_config) {
		.nr_units = 1,
		.units = { { .settings = vtd_machine_settings(setup) } },
		.option = setup->option,
	};
}

/**
 * vtd_machine_gen_setups - Give a parameterized case the next kind of unit.
 * @test: The case.
 * @prev: Previous kind, or %NULL.
 * @desc: Filled with its name.
 *
 * Context: The thread of @test.
 *
 * Return: the kind, or %NULL.
 */
const void *vtd_machine_gen_setups(struct kunit *test, const void *prev, char *desc)
{
	const struct vtd_machine_setup *setup = prev;

	setup = setup ? setup + 1 : setups;
	if (setup == setups + ARRAY_SIZE(setups))
		return NULL;
	strscpy(desc, setup->name, KUNIT_PARAM_DESC_SIZE);
	return setup;
}
