/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine whose IOMMUs are VT-d units in software under the backend alone, and
 * what only a suite of VT-d needs of it. The rest is iommu_machine.h.
 */

#ifndef _LIB_KUNIT_TESTS_VTD_BACKEND_MACHINE_H
#define _LIB_KUNIT_TESTS_VTD_BACKEND_MACHINE_H

#include "iommu_machine.h"
#include "vtd_backend_driver.h"
#include "vtd_test_unit.h"

#define VTD_BACKEND_MAX_UNITS		4

/**
 * struct vtd_backend_config - What a machine is made of
 * @settings: What its units can do.
 * @options: How its driver uses them.
 */
struct vtd_backend_config {
	struct vtd_settings settings;
	struct vtd_backend_options options;
};

/**
 * struct vtd_backend_machine - A machine
 * @machine: What every suite knows of it.
 * @config: What it is made of.
 * @hardware: The units.
 * @units: The same as the kernel has them, NULL while none runs.
 * @accept: Undoes what a device or unit is refused for, or NULL.
 * @refused_dev: That device.
 * @refused_unit: That unit.
 */
struct vtd_backend_machine {
	struct iommu_machine machine;
	struct vtd_backend_config config;
	struct vtd_test_unit *hardware[VTD_BACKEND_MAX_UNITS];
	struct vtd_backend_unit *units[VTD_BACKEND_MAX_UNITS];
	void (*accept)(struct vtd_backend_machine *machine);
	struct device *refused_dev;
	unsigned int refused_unit;
};

/**
 * struct vtd_backend_refusal - A reason to refuse a device or a unit
 * @name: The reason.
 * @refuse: Have it apply to the device or unit.
 * @accept: Undo that.
 * @scalable: In scalable mode only.
 */
struct vtd_backend_refusal {
	const char *name;
	void (*refuse)(struct vtd_backend_machine *machine);
	void (*accept)(struct vtd_backend_machine *machine);
	bool scalable;
};

/* vtd_backend_refusals.c; each ends with one without a name */
extern const struct vtd_backend_refusal vtd_backend_device_refusals[];
extern const struct vtd_backend_refusal vtd_backend_unit_refusals[];

#define to_vtd_machine(ptr)	\
	container_of(ptr, struct vtd_backend_machine, machine)

struct vtd_backend_machine *
vtd_backend_machine_create(struct kunit *test, const struct iommu_machine_ops *ops,
			   unsigned int units, const struct vtd_backend_config *config);
struct vtd_backend_config vtd_backend_config_of(const struct iommu_machine_ops *ops);
u64 *vtd_backend_hardware_context(struct vtd_test_unit *unit, u16 rid);
u64 *vtd_backend_hardware_pasid(struct vtd_test_unit *unit, u16 rid);
u64 *vtd_backend_hardware_root(struct vtd_test_unit *unit);
bool vtd_backend_is_scalable(const struct vtd_test_unit *unit);
void vtd_backend_store(u64 *word, u64 value);

#endif /* _LIB_KUNIT_TESTS_VTD_BACKEND_MACHINE_H */
