/* SPDX-License-Identifier: GPL-2.0-only */
/* The second copy of the VT-d driver, as the fixture has it: see vtd_machine.h. */

#ifndef _LIB_KUNIT_TESTS_VTD_DRIVER_H
#define _LIB_KUNIT_TESTS_VTD_DRIVER_H

#include <linux/acpi.h>
#include <linux/types.h>

struct device;
struct iommu_device;
struct iommu_domain;
struct iommu_liveupdate_ops;

void *vtd_driver_image(size_t *size);

void vtd_driver_set_option(char *option);
bool vtd_driver_detect(void);
int vtd_driver_enable_interrupts(void);
int vtd_driver_init(void);
bool vtd_driver_is_enabled(void);
void vtd_driver_shutdown(void);
int vtd_driver_insert_unit(acpi_handle handle);
int vtd_driver_remove_unit(acpi_handle handle);

const struct iommu_liveupdate_ops *vtd_driver_liveupdate_ops(void);
struct iommu_device *vtd_driver_unit(u64 address);
unsigned int vtd_driver_fail(unsigned int nth);
unsigned int vtd_driver_fail_restore(unsigned int nth);
int vtd_driver_domain_id(struct device *dev, struct iommu_domain *domain);

void vtd_driver_abandon(void);
void vtd_driver_abandon_domain(struct iommu_domain *domain);
void vtd_driver_abandon_device(struct device *dev);
void vtd_driver_unregister(void);

#endif /* _LIB_KUNIT_TESTS_VTD_DRIVER_H */
