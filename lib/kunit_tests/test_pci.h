/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI functions in memory, behind translation units that a test makes. */

#ifndef _LIB_KUNIT_TESTS_TEST_PCI_H
#define _LIB_KUNIT_TESTS_TEST_PCI_H

#include <linux/types.h>

#define TEST_PCI_MAX_FUNCTIONS	4096

/* What the kernel reads of the configuration space of a function */
#define TEST_PCI_CONFIG_SIZE	256

struct device;
struct kunit;
struct pci_bus;
struct pci_dev;
struct resource;
struct test_pci;

/**
 * struct test_pci_function - A PCI function, whatever kernel runs
 * @unit: Number of the unit that it is behind.
 * @rid: Its requester ID there.
 * @config: Its configuration space.
 * @pdev: What the kernel has for it, or NULL.
 * @is_unplugged: It is not there any more.
 * @is_probed: The IOMMU driver of the running kernel has it.
 */
struct test_pci_function {
	unsigned int unit;
	u16 rid;
	u8 config[TEST_PCI_CONFIG_SIZE];
	struct pci_dev *pdev;
	bool is_unplugged;
	bool is_probed;
};

/**
 * struct test_pci_bus - A root bus behind a unit
 * @pci: All of PCI.
 * @unit: Number of the unit.
 * @number: Its number at the unit.
 * @range: Its number for the kernel, for which no two buses have the same, and those
 *	of the buses below it.
 * @bus: The bus.
 */
struct test_pci_bus {
	struct test_pci *pci;
	unsigned int unit;
	u8 number;
	struct resource *range;
	struct pci_bus *bus;
};

/**
 * struct test_pci - The functions of a machine
 * @functions: The functions.
 * @nr_functions: Number of them.
 * @last: The one that was looked up last.
 * @buses: The buses that they are on.
 * @nr_buses: Number of them.
 * @is_cut_off: The kernel has ended: what it still writes reaches no function.
 * @mastering: Called when the bus master bit of a function has changed. Must not
 *	sleep or allocate: PCI may hold a raw lock.
 */
struct test_pci {
	struct test_pci_function *functions;
	unsigned int nr_functions;
	unsigned int last;
	struct test_pci_bus *buses;
	unsigned int nr_buses;
	bool is_cut_off;
	void (*mastering)(struct test_pci *pci,
			  const struct test_pci_function *function);
};

int test_pci_init(struct test_pci *pci, struct kunit *test,
		  void (*mastering)(struct test_pci *pci,
				    const struct test_pci_function *function));
struct test_pci_function *test_pci_function(struct test_pci *pci, unsigned int unit,
					    u16 rid);
struct test_pci_function *test_pci_function_of(struct device *dev, struct test_pci **pci);
struct test_pci_function *test_pci_add(struct test_pci *pci, unsigned int unit, u16 rid);
void test_pci_make_bridge(struct test_pci_function *function, u8 secondary, u8 subordinate);
int test_pci_scan(struct test_pci *pci, struct test_pci_function *function);
void test_pci_shutdown(struct pci_dev *pdev);
void test_pci_remove(struct test_pci_function *function);
void test_pci_unplug(struct test_pci *pci, struct test_pci_function *function);
bool test_pci_is_master(const struct test_pci_function *function);

#endif /* _LIB_KUNIT_TESTS_TEST_PCI_H */
