/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the machine share. */

#ifndef _LIB_KUNIT_TESTS_VTD_MACHINE_INTERNAL_H
#define _LIB_KUNIT_TESTS_VTD_MACHINE_INTERNAL_H

#include <linux/types.h>

#include "vtd_machine.h"

/* vtd_machine.c: the machine of the case that runs, or NULL */
struct vtd_machine *vtd_machine_current(void);
void vtd_machine_abandon(struct vtd_machine *machine);

/* vtd_machine_firmware.c */
int vtd_machine_build_table(struct vtd_machine *machine);

/* vtd_machine_pci.c */
int vtd_machine_build_pci(struct vtd_machine *machine);
int vtd_machine_scan(struct vtd_machine *machine);
void vtd_machine_remove_bus(struct vtd_machine *machine);
unsigned int vtd_machine_unit_index(struct vtd_machine *machine,
				    enum vtd_machine_device device);
bool vtd_machine_is_bridge(enum vtd_machine_device device);
bool vtd_machine_is_on_root_bus(enum vtd_machine_device device);

/* vtd_machine_world.c */
void vtd_world_leave(void);

#endif /* _LIB_KUNIT_TESTS_VTD_MACHINE_INTERNAL_H */
