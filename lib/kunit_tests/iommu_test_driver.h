/* SPDX-License-Identifier: GPL-2.0-only */
/* The least of a driver that a backend works with. */

#ifndef _LIB_KUNIT_TESTS_IOMMU_TEST_DRIVER_H
#define _LIB_KUNIT_TESTS_IOMMU_TEST_DRIVER_H

#include <linux/bitmap.h>
#include <linux/generic_pt/iommu.h>
#include <linux/iommu.h>
#include <linux/iommu-liveupdate.h>
#include <linux/xarray.h>

#include "iommu_test_backend.h"
#include "iommu_test_hardware.h"

struct pci_dev;

/**
 * struct test_preserved_unit - A unit that is handed over to the next kernel
 * @unit: The description.
 * @iommu: The unit.
 * @parts: Physical addresses of the preserved parts, by ascending bus.
 * @users: Preserved devices on each bus.
 * @rids: Requester IDs of preserved devices.
 */
struct test_preserved_unit {
	struct test_unit unit;
	struct test_iommu *iommu;
	u64 parts[TEST_BUSES];
	u16 users[TEST_BUSES];
	DECLARE_BITMAP(rids, TEST_BUSES * TEST_STREAMS);
};

/**
 * struct test_iommu - A unit, as the driver has it
 * @iommu: What the IOMMU core has.
 * @hardware: The unit itself.
 * @root: Its root table, NULL until it is set up or adopted.
 * @ids: The &struct test_id by hardware id.
 * @adopted: Hardware ids, by requester ID, of devices that were adopted and are
 *	not attached yet.
 * @domains: List of &struct test_domain that were allocated for a device of it.
 * @preserved: What is preserved of it, or NULL.
 * @is_adopted: Its tables are those of the previous kernel.
 * @found_enabled: It was translating when this kernel began, and the driver has not
 *	set it up.
 */
struct test_iommu {
	struct iommu_device iommu;
	struct test_hardware *hardware;
	u64 *root;
	struct xarray ids;
	struct xarray adopted;
	struct list_head domains;
	struct test_preserved_unit *preserved;
	bool is_adopted;
	bool found_enabled;
};

/**
 * struct test_domain - A domain
 * @domain: What the IOMMU core has.
 * @iommu: The page table.
 * @riscv_64: The page table, with its format.
 * @node: In test_iommu::domains.
 */
struct test_domain {
	union {
		struct iommu_domain domain;
		struct pt_iommu iommu;
		struct pt_iommu_riscv_64 riscv_64;
	};
	struct list_head node;
};

/**
 * struct test_id - A hardware id in use
 * @domain: The domain, NULL as long as no device is attached.
 * @attached: Devices attached to @domain at this unit.
 * @adopted: Devices in test_iommu::adopted with this id.
 */
struct test_id {
	struct test_domain *domain;
	unsigned int attached;
	unsigned int adopted;
};

/**
 * struct test_device - What the driver knows of a device
 * @iommu: Its unit.
 * @rid: Its requester ID.
 * @domain: The domain that it is attached to, or NULL.
 * @id: The hardware id of that.
 * @has_aliases: It has other requester IDs, too.
 * @has_pasids: It uses PASIDs.
 */
struct test_device {
	struct test_iommu *iommu;
	u16 rid;
	struct test_domain *domain;
	u32 id;
	bool has_aliases;
	bool has_pasids;
};

#define to_test_iommu(ptr)	container_of(ptr, struct test_iommu, iommu)
#define to_test_domain(ptr)	container_of(ptr, struct test_domain, domain)

/* What the driver asks of PCI, which the machine answers: the unit of a function */
struct test_hardware *test_hardware_of(struct pci_dev *pdev);

void test_iommu_begin(struct test_iommu *iommu, struct test_hardware *hardware);
void test_iommu_end(struct test_iommu *iommu);
int test_iommu_setup(struct test_iommu *iommu);
void test_iommu_free_tables(struct test_iommu *iommu);
void test_iommu_clear_entry(struct test_iommu *iommu, u16 rid);

bool test_iommu_has_id(const struct test_iommu *iommu, u64 id);
struct test_id *test_iommu_get_id(struct test_iommu *iommu, u32 id);
void test_iommu_put_id(struct test_iommu *iommu, u32 id);

struct test_domain *test_domain_alloc(struct test_iommu *iommu);
void test_domain_free(struct test_domain *domain);
int test_domain_attach(struct test_domain *domain, struct test_device *device);
void test_domain_detach(struct test_device *device);

extern const struct iommu_liveupdate_ops test_liveupdate_ops;

#endif /* _LIB_KUNIT_TESTS_IOMMU_TEST_DRIVER_H */
