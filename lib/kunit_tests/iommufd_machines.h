/* SPDX-License-Identifier: GPL-2.0-only */
/* On which machines suites of iommufd run. */

#ifndef _LIB_KUNIT_TESTS_IOMMUFD_MACHINES_H
#define _LIB_KUNIT_TESTS_IOMMUFD_MACHINES_H

#include <kunit/test.h>

#include "iommu_machine.h"

/* What does not depend on the backend runs on the one that needs no hardware. */
static inline const void *iommufd_gen_machine(struct kunit *test, const void *prev,
					      char *desc)
{
	static const struct iommu_machine_ops *const machine = &iommu_test_machine_ops;

	strscpy(desc, machine->name, KUNIT_PARAM_DESC_SIZE);
	return prev ? NULL : &machine;
}

#define IOMMUFD_CASE(name)	KUNIT_CASE_PARAM(name, iommufd_gen_machine)

/* What does, on all of them: <conformance_gen_machines> of iommu_conformance.h. */
#define IOMMUFD_CASE_ALL(name)	KUNIT_CASE_PARAM(name, conformance_gen_machines)

#endif /* _LIB_KUNIT_TESTS_IOMMUFD_MACHINES_H */
