/* SPDX-License-Identifier: GPL-2.0-only */
/* The kinds of units that the VT-d backend has to cope with, for parameterized cases. */

#ifndef _LIB_KUNIT_TESTS_VTD_BACKEND_KINDS_H
#define _LIB_KUNIT_TESTS_VTD_BACKEND_KINDS_H

#include "vtd_handover.h"

/**
 * struct vtd_backend_kind - A kind of unit, and how it is used
 * @name: Of the kind.
 * @ops: How it translates.
 * @without_cap: Bits of the Capability register that it lacks.
 * @with_cap: Bits that it has in addition.
 * @without_ecap: Bits of the Extended Capability register that it lacks.
 * @basic: The one of its way to translate that has nothing special.
 * @latency: Reads that a command takes, 0 for the usual number.
 */
struct vtd_backend_kind {
	const char *name;
	const struct iommu_machine_ops *ops;
	u64 without_cap;
	u64 with_cap;
	u64 without_ecap;
	bool basic;
	u8 latency;
};

const void *vtd_backend_gen_kinds(struct kunit *test, const void *prev, char *desc);
const void *vtd_backend_gen_scalable(struct kunit *test, const void *prev, char *desc);
const void *vtd_backend_gen_basic(struct kunit *test, const void *prev, char *desc);
struct vtd_backend_config
vtd_backend_config_of_kind(const struct vtd_backend_kind *kind);
struct vtd_handover *vtd_backend_handover_of(struct kunit *test, unsigned int units);

#endif /* _LIB_KUNIT_TESTS_VTD_BACKEND_KINDS_H */
