/* SPDX-License-Identifier: GPL-2.0-only */
/* The kinds of units that a VT-d driver has to cope with, for parameterized cases. */

#ifndef _LIB_KUNIT_TESTS_VTD_MACHINE_SETUPS_H
#define _LIB_KUNIT_TESTS_VTD_MACHINE_SETUPS_H

#include "vtd_machine.h"

/**
 * struct vtd_machine_setup - A kind of unit, and how the driver is to use it
 * @name: Of the kind.
 * @without_cap: Bits of the Capability register that it lacks.
 * @with_cap: Bits that it has instead, or in addition.
 * @without_ecap: The same of the Extended Capability register.
 * @with_ecap: The same.
 * @option: As of struct vtd_machine_config.
 * @scalable: The driver uses scalable mode.
 * @first_stage: The driver uses the first stage for its domains.
 */
struct vtd_machine_setup {
	const char *name;
	u64 without_cap;
	u64 with_cap;
	u64 without_ecap;
	u64 with_ecap;
	const char *option;
	bool scalable;
	bool first_stage;
};

struct vtd_settings vtd_machine_settings(const struct vtd_machine_setup *setup);
const struct vtd_machine_setup *vtd_machine_setup_of(struct kunit *test);
struct vtd_machine_config vtd_machine_config_of(struct kunit *test);
const void *vtd_machine_gen_setups(struct kunit *test, const void *prev, char *desc);

#endif /* _LIB_KUNIT_TESTS_VTD_MACHINE_SETUPS_H */
