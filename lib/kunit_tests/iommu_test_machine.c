// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: A machine with the hardware of the test backend
 *
 * What the conformance suite of backends asks of a machine, for the backend that
 * needs no hardware. The next machine to be written begins with a copy of this.
 *
 * Life cycle: test_machine_create() makes units and the driver of the first kernel;
 * all goes when the test ends. Devices are PCI functions, see iommu_machine.c. Between
 * test_machine_end_kernel() and test_machine_begin_kernel() there is hardware, but no
 * driver.
 *
 * Happy path: devices are probed, attached, detached and released as the IOMMU core
 * would do it.
 *
 * Unhappy paths: what is altered by test_machine_damage_unit() and
 * test_machine_damage_device() has to be noticed by the backend; what is altered by
 * test_machine_refuse_unit() and test_machine_refuse_device() has to be refused.
 */

#include <linux/device.h>
#include <linux/io.h>
#include <linux/jhash.h>
#include <linux/pci.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/adopt.h"
#include "iommu_machine.h"
#include "iommu_test_driver.h"

#define MAX_UNITS	4

/**
 * struct test_machine - The machine
 * @machine: What the suite has of it.
 * @hardware: The units.
 * @iommu: The driver of the kernel that runs.
 * @page: A page that no table leads to.
 * @accept: What test_machine_accept() has to restore.
 * @accept.hardware: The unit, or NULL.
 * @accept.registers: Its registers.
 * @accept.device: The device, or NULL.
 */
struct test_machine {
	struct iommu_machine machine;
	struct test_hardware hardware[MAX_UNITS];
	struct test_iommu iommu[MAX_UNITS];
	void *page;
	struct {
		struct test_hardware *hardware;
		struct test_registers registers;
		struct test_device *device;
	} accept;
};

static struct test_machine *to_test(struct iommu_machine *machine)
{
	return container_of(machine, struct test_machine, machine);
}

/* Called for each change of a bus master bit */
static void test_machine_mastering(struct test_pci *pci,
				   const struct test_pci_function *function)
{
	struct iommu_machine *machine = container_of(pci, struct iommu_machine, pci);

	test_hardware_set_mastering(&to_test(machine)->hardware[function->unit],
				    function->rid, test_pci_is_master(function));
}

/* For the backend, which goes over all of PCI */
struct test_hardware *test_hardware_of(struct pci_dev *pdev)
{
	struct iommu_machine *machine = iommu_machine_of(&pdev->dev);

	if (!machine)
		return NULL;
	return &to_test(machine)->hardware[iommu_machine_unit_of(&pdev->dev)];
}

static void test_machine_free(void *data)
{
	struct test_machine *machine = data;

	for (unsigned int n = 0; n < machine->machine.units; n++)
		test_hardware_end(&machine->hardware[n]);
	kfree(machine->page);
	kfree(machine);
}

/* Of the kernel that runs, if any does */
static void test_machine_destroy(void *data)
{
	struct test_machine *machine = data;

	iommu_machine_release_all(&machine->machine);
	for (unsigned int n = 0; n < machine->machine.units; n++) {
		test_iommu_free_tables(&machine->iommu[n]);
		test_iommu_end(&machine->iommu[n]);
	}
}

static struct test_machine *alloc_machine(struct kunit *test, unsigned int units)
{
	struct test_machine *machine = kzalloc_obj(*machine);

	KUNIT_ASSERT_NOT_NULL(test, machine);
	machine->machine.ops = &iommu_test_machine_ops;
	machine->machine.test = test;
	machine->machine.units = units;
	for (unsigned int n = 0; n < units; n++)
		test_hardware_init(&machine->hardware[n], test,
				   SZ_4G - (n + 1) * SZ_64K);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, test_machine_free,
							   machine));
	machine->page = kzalloc(PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, machine->page);
	return machine;
}

static struct iommu_machine *test_machine_create(struct kunit *test,
						 unsigned int units)
{
	struct test_machine *machine;

	KUNIT_ASSERT_LE(test, units, MAX_UNITS);
	machine = alloc_machine(test, units);
	KUNIT_ASSERT_EQ(test, 0, test_pci_init(&machine->machine.pci, test,
					       test_machine_mastering));
	for (unsigned int n = 0; n < units; n++)
		test_iommu_begin(&machine->iommu[n], &machine->hardware[n]);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, test_machine_destroy,
							   machine));
	for (unsigned int n = 0; n < units; n++)
		KUNIT_ASSERT_EQ(test, 0, test_iommu_setup(&machine->iommu[n]));
	return &machine->machine;
}

static int test_machine_plug(struct iommu_machine *machine, unsigned int n, u16 rid)
{
	return test_hardware_plug(&to_test(machine)->hardware[n], rid);
}

static void test_machine_end_kernel(struct iommu_machine *machine)
{
	iommu_machine_end_all(machine);
	for (unsigned int n = 0; n < machine->units; n++)
		test_iommu_end(&to_test(machine)->iommu[n]);
}

static void test_machine_begin_kernel(struct iommu_machine *iommu_machine)
{
	struct test_machine *machine = to_test(iommu_machine);

	for (unsigned int n = 0; n < iommu_machine->units; n++)
		test_iommu_begin(&machine->iommu[n], &machine->hardware[n]);
	iommu_machine_scan(iommu_machine);
}

static bool test_machine_init_unit(struct iommu_machine *iommu_machine,
				   unsigned int n)
{
	struct test_iommu *iommu = &to_test(iommu_machine)->iommu[n];

	if (iommu->is_adopted)
		return true;
	if (!iommu_liveupdate_adopt(&iommu->iommu, &test_liveupdate_ops,
				    iommu->hardware->id))
		return true;
	test_liveupdate_ops.abandon_unit(&iommu->iommu);
	KUNIT_EXPECT_EQ(iommu_machine->test, 0, test_iommu_setup(iommu));
	return false;
}

static struct iommu_device *test_machine_unit(struct iommu_machine *machine,
					      unsigned int n)
{
	return &to_test(machine)->iommu[n].iommu;
}

static u64 test_machine_unit_id(struct iommu_machine *machine, unsigned int n)
{
	return to_test(machine)->hardware[n].id;
}

static int test_machine_probe_device(struct iommu_machine *machine,
				     struct device *dev)
{
	struct test_device *device = kzalloc_obj(*device);

	if (!device)
		return -ENOMEM;
	device->iommu = &to_test(machine)->iommu[iommu_machine_unit_of(dev)];
	device->rid = iommu_machine_rid_of(dev);
	dev_iommu_priv_set(dev, device);
	return 0;
}

static void test_machine_end_device(struct iommu_machine *machine,
				    struct device *dev)
{
	kfree(dev_iommu_priv_get(dev));
}

static void test_machine_release_device(struct iommu_machine *machine,
					struct device *dev)
{
	test_liveupdate_ops.release_device(dev);
	test_machine_end_device(machine, dev);
}

static bool test_machine_is_adopted(struct iommu_machine *machine,
				    struct device *dev)
{
	struct test_device *device = dev_iommu_priv_get(dev);

	return xa_load(&device->iommu->adopted, device->rid);
}

static struct iommu_domain *test_machine_alloc_domain(struct iommu_machine *machine,
						      struct device *dev)
{
	struct test_device *device = dev_iommu_priv_get(dev);
	struct test_domain *domain = test_domain_alloc(device->iommu);

	return domain ? &domain->domain : ERR_PTR(-ENOMEM);
}

static void test_machine_free_domain(struct iommu_machine *machine,
				     struct iommu_domain *domain)
{
	test_domain_free(to_test_domain(domain));
}

static void test_machine_detach(struct iommu_machine *machine, struct device *dev)
{
	/* It cannot keep what it came with. */
	test_liveupdate_ops.release_device(dev);
	test_domain_detach(dev_iommu_priv_get(dev));
}

static int test_machine_attach(struct iommu_machine *machine, struct device *dev,
			       struct iommu_domain *domain)
{
	test_machine_detach(machine, dev);
	return test_domain_attach(to_test_domain(domain), dev_iommu_priv_get(dev));
}

static void test_machine_shutdown(struct iommu_machine *machine, unsigned int n,
				  bool kexec)
{
	struct test_iommu *iommu = &to_test(machine)->iommu[n];

	if (kexec && iommu->preserved && iommu->preserved->unit.unit.record.listed)
		test_liveupdate_ops.switch_over(&iommu->preserved->unit.unit);
	else
		test_hardware_enable(iommu->hardware, false);
}

static u64 test_machine_translate(struct iommu_machine *machine, unsigned int n,
				  u16 rid, u64 iova)
{
	return test_hardware_translate(&to_test(machine)->hardware[n], rid, iova);
}

static void test_machine_watch(struct iommu_machine *machine, unsigned int n,
			       u16 rid, u64 iova, u64 pa)
{
	test_hardware_watch(&to_test(machine)->hardware[n], rid, iova, pa);
}

static void test_machine_unwatch(struct iommu_machine *machine, unsigned int n,
				 u16 rid, u64 iova)
{
	test_hardware_unwatch(&to_test(machine)->hardware[n], rid, iova);
}

static u32 test_machine_checksum(struct iommu_machine *machine, unsigned int n,
				 u16 rid)
{
	struct test_entry *entry = test_hardware_entry(&to_test(machine)->hardware[n],
						       rid);

	return jhash(entry, sizeof(*entry), 0);
}

static bool test_machine_is_enabled(struct iommu_machine *machine, unsigned int n)
{
	return to_test(machine)->hardware[n].registers.enabled;
}

/* The word of the first bus that has a part, or that has none */
static u64 *find_root_word(struct test_hardware *hardware, bool in_use)
{
	u64 *root = phys_to_virt(hardware->registers.root);

	while (!*root != !in_use)
		root++;
	return root;
}

static bool test_machine_damage_unit(struct iommu_machine *iommu_machine,
				     unsigned int n, unsigned int k)
{
	struct test_machine *machine = to_test(iommu_machine);
	struct test_hardware *hardware = &machine->hardware[n];
	const u64 other = virt_to_phys(machine->page);

	switch (k) {
	case 0:
		hardware->registers.root = other;
		return true;
	case 1:
		hardware->registers.capabilities++;
		return true;
	case 2:
		*find_root_word(hardware, true) = 0;
		return true;
	case 3:
		*find_root_word(hardware, true) = other | TEST_PRESENT;
		return true;
	case 4:
		*find_root_word(hardware, false) = other | TEST_PRESENT;
		return true;
	default:
		return false;
	}
}

static bool test_machine_damage_device(struct iommu_machine *iommu_machine,
				       unsigned int n, u16 rid, unsigned int k)
{
	struct test_machine *machine = to_test(iommu_machine);
	struct test_entry *entry = test_hardware_entry(&machine->hardware[n], rid);

	switch (k) {
	case 0:
		entry->table = virt_to_phys(machine->page) | TEST_PRESENT;
		return true;
	case 1:
		entry->table &= ~TEST_PRESENT;
		return true;
	case 2:
		entry->id++;
		return true;
	default:
		return false;
	}
}

static bool test_machine_refuse_device(struct iommu_machine *machine,
				       struct device *dev, unsigned int k)
{
	struct test_device *device = dev_iommu_priv_get(dev);

	to_test(machine)->accept.device = device;
	device->has_aliases = k == 0;
	device->has_pasids = k == 1;
	return k < 2;
}

static bool test_machine_refuse_unit(struct iommu_machine *iommu_machine,
				     unsigned int n, unsigned int k)
{
	struct test_machine *machine = to_test(iommu_machine);
	struct test_hardware *hardware = &machine->hardware[n];

	machine->accept.hardware = hardware;
	machine->accept.registers = hardware->registers;
	switch (k) {
	case 0:
		hardware->registers.enabled = false;
		return true;
	case 1:
		hardware->registers.capabilities |= TEST_UNIT_CAPABILITIES_KNOWN + 1;
		return true;
	default:
		return false;
	}
}

static void test_machine_accept(struct iommu_machine *iommu_machine)
{
	struct test_machine *machine = to_test(iommu_machine);
	struct test_device *device = machine->accept.device;

	if (machine->accept.hardware)
		machine->accept.hardware->registers = machine->accept.registers;
	if (device) {
		device->has_aliases = false;
		device->has_pasids = false;
	}
	machine->accept.hardware = NULL;
	machine->accept.device = NULL;
}

const struct iommu_machine_ops iommu_test_machine_ops = {
	.name = "test",
	.backend = &test_liveupdate_ops,
	.create = test_machine_create,
	.plug = test_machine_plug,
	.end_kernel = test_machine_end_kernel,
	.begin_kernel = test_machine_begin_kernel,
	.init_unit = test_machine_init_unit,
	.unit = test_machine_unit,
	.unit_id = test_machine_unit_id,
	.probe_device = test_machine_probe_device,
	.release_device = test_machine_release_device,
	.end_device = test_machine_end_device,
	.is_adopted = test_machine_is_adopted,
	.alloc_domain = test_machine_alloc_domain,
	.free_domain = test_machine_free_domain,
	.attach = test_machine_attach,
	.detach = test_machine_detach,
	.shutdown = test_machine_shutdown,
	.translate = test_machine_translate,
	.watch = test_machine_watch,
	.unwatch = test_machine_unwatch,
	.checksum = test_machine_checksum,
	.is_enabled = test_machine_is_enabled,
	.may_do_dma = iommu_machine_may_do_dma,
	.damage_unit = test_machine_damage_unit,
	.damage_device = test_machine_damage_device,
	.refuse_device = test_machine_refuse_device,
	.refuse_unit = test_machine_refuse_unit,
	.accept = test_machine_accept,
};
