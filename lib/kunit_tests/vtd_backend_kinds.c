// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Kinds of units for suites of the VT-d backend
 *
 * What differs between units so that the backend has to do other things: mode and
 * stage, coherence, caching mode, write buffers, whether a new root table
 * invalidates, queue or registers, levels, and how long a command takes. Each is one
 * parameter of a case.
 *
 * Happy path: vtd_backend_gen_kinds() gives them one by one, and
 * vtd_backend_handover_of() begins with a machine of that kind.
 *
 * Unhappy path: none.
 */

#include <linux/bitfield.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "vtd_backend_kinds.h"

#define COHERENT	(VTD_ECAP_C | VTD_ECAP_SMPWC)
#define QUEUE		(VTD_ECAP_QI | VTD_ECAP_DT | VTD_ECAP_IR | VTD_ECAP_EIM)
#define SLOW		200

static const struct vtd_backend_kind kinds[] = {
	{ "legacy", &vtd_legacy_machine_ops, .basic = true },
	{ "legacy, 3 levels", &vtd_legacy_machine_ops,
	  .without_cap = FIELD_PREP_CONST(VTD_CAP_SAGAW, VTD_SAGAW_4_LEVELS |
					  VTD_SAGAW_5_LEVELS) },
	{ "legacy, not coherent", &vtd_legacy_machine_ops, .without_ecap = COHERENT },
	{ "legacy, caching mode", &vtd_legacy_machine_ops, .with_cap = VTD_CAP_CM },
	{ "legacy, write buffers", &vtd_legacy_machine_ops, .with_cap = VTD_CAP_RWBF },
	{ "legacy, SRTP invalidates", &vtd_legacy_machine_ops,
	  .with_cap = VTD_CAP_ESRTPS | VTD_CAP_ESIRTPS },
	{ "legacy, no queue", &vtd_legacy_machine_ops, .without_cap = VTD_CAP_PI,
	  .without_ecap = QUEUE },
	{ "legacy, no queue, not coherent", &vtd_legacy_machine_ops,
	  .without_cap = VTD_CAP_PI, .without_ecap = QUEUE | COHERENT },
	{ "legacy, slow", &vtd_legacy_machine_ops, .latency = SLOW },
	{ "second stage", &vtd_second_stage_machine_ops, .basic = true },
	{ "second stage, not coherent", &vtd_second_stage_machine_ops,
	  .without_ecap = COHERENT },
	{ "second stage, caching mode", &vtd_second_stage_machine_ops,
	  .with_cap = VTD_CAP_CM },
	{ "second stage, write buffers", &vtd_second_stage_machine_ops,
	  .with_cap = VTD_CAP_RWBF },
	{ "second stage, SRTP invalidates", &vtd_second_stage_machine_ops,
	  .with_cap = VTD_CAP_ESRTPS | VTD_CAP_ESIRTPS },
	{ "first stage", &vtd_first_stage_machine_ops, .basic = true },
	{ "first stage, 4 levels", &vtd_first_stage_machine_ops,
	  .without_cap = VTD_CAP_FS5LP },
	{ "first stage, not coherent", &vtd_first_stage_machine_ops,
	  .without_ecap = COHERENT },
	{ "first stage, slow", &vtd_first_stage_machine_ops, .latency = SLOW },
};

/**
 * vtd_backend_gen_kinds - Give a parameterized case the next kind of unit.
 * @test: The case.
 * @prev: Previous kind, or %NULL.
 * @desc: Filled with its name.
 *
 * Context: The thread of @test.
 *
 * Return: the kind, or %NULL.
 */
const void *vtd_backend_gen_kinds(struct kunit *test, const void *prev, char *desc)
{
	const struct vtd_backend_kind *kind = prev;

	kind = kind ? kind + 1 : kinds;
	if (kind == kinds + ARRAY_SIZE(kinds))
		return NULL;
	strscpy(desc, kind->name, KUNIT_PARAM_DESC_SIZE);
	return kind;
}

/**
 * vtd_backend_gen_scalable - The same, for those in scalable mode.
 * @test: The case.
 * @prev: Previous kind, or %NULL.
 * @desc: Filled with its name.
 *
 * Context: The thread of @test.
 *
 * Return: the kind, or %NULL.
 */
const void *vtd_backend_gen_scalable(struct kunit *test, const void *prev, char *desc)
{
	const struct vtd_backend_kind *kind = prev;

	do {
		kind = vtd_backend_gen_kinds(test, kind, desc);
	} while (kind && kind->ops == &vtd_legacy_machine_ops);
	return kind;
}

/**
 * vtd_backend_gen_basic - The same, for one of each way to translate.
 * @test: The case.
 * @prev: Previous kind, or %NULL.
 * @desc: Filled with its name.
 *
 * Context: The thread of @test.
 *
 * Return: the kind, or %NULL.
 */
const void *vtd_backend_gen_basic(struct kunit *test, const void *prev, char *desc)
{
	const struct vtd_backend_kind *kind = prev;

	do {
		kind = vtd_backend_gen_kinds(test, kind, desc);
	} while (kind && !kind->basic);
	return kind;
}

/**
 * vtd_backend_config_of_kind - What a machine of a kind is made of.
 * @kind: The kind.
 *
 * Context: Any.
 *
 * Return: settings of its units, and options of its driver.
 */
struct vtd_backend_config
vtd_backend_config_of_kind(const struct vtd_backend_kind *kind)
{
	struct vtd_backend_config config = vtd_backend_config_of(kind->ops);

	config.settings.cap &= ~kind->without_cap;
	config.settings.cap |= kind->with_cap;
	config.settings.ecap &= ~kind->without_ecap;
	if (kind->latency)
		config.settings.latency = kind->latency;
	config.options.interrupts = config.settings.ecap & VTD_ECAP_IR;
	return config;
}

/**
 * vtd_backend_handover_of - Begin with a machine of the kind of a parameter.
 * @test: The case, whose parameter is a kind.
 * @units: Number of units.
 *
 * Context: Process context, the thread of @test.
 *
 * Return: what is handed over, never NULL.
 */
struct vtd_handover *vtd_backend_handover_of(struct kunit *test, unsigned int units)
{
	const struct vtd_backend_kind *kind = test->param_value;
	struct vtd_backend_config config = vtd_backend_config_of_kind(kind);

	return vtd_handover_create(test, kind->ops, units, &config);
}
