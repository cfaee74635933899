/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hardware that the test backend is for: registers, two levels of tables in
 * memory, and a cache that goes stale.
 */

#ifndef _LIB_KUNIT_TESTS_IOMMU_TEST_HARDWARE_H
#define _LIB_KUNIT_TESTS_IOMMU_TEST_HARDWARE_H

#include <linux/list.h>
#include <linux/types.h>

struct kunit;

/* Of a word of the root table, and of the first word of an entry */
#define TEST_PRESENT		1ULL

/* Words in the root table, which is a page: a part of the stream table each */
#define TEST_BUSES		256

/* Entries in a part of the stream table, which is a page */
#define TEST_STREAMS		256

/* Of the register of capabilities: how many hardware ids there are, as a power */
#define TEST_CAPABILITY_IDS	0xfULL

/**
 * struct test_entry - How a requester is translated, in memory
 * @table: Physical address of the top table, or'ed with %TEST_PRESENT. The page
 *	table is RISC-V's Sv39.
 * @id: Hardware id, which cached translations are tagged with.
 */
struct test_entry {
	u64 table;
	u64 id;
};

/**
 * struct test_registers - Registers of a unit
 * @enabled: It translates; else each requester reaches all memory.
 * @root: Physical address of the root table.
 * @capabilities: %TEST_CAPABILITY_IDS.
 */
struct test_registers {
	bool enabled;
	u64 root;
	u64 capabilities;
};

/**
 * struct test_hardware - A unit, which outlives kernels
 * @test: The test.
 * @id: Physical address of the registers.
 * @registers: The registers. Drivers read them here.
 * @requesters: List of what is behind the unit.
 * @watches: List of what must not change.
 * @writes: Words of its tables that drivers have written.
 */
struct test_hardware {
	struct kunit *test;
	u64 id;
	struct test_registers registers;
	struct list_head requesters;
	struct list_head watches;
	unsigned int writes;
};

void test_hardware_init(struct test_hardware *hardware, struct kunit *test,
			u64 id);
void test_hardware_end(struct test_hardware *hardware);

/* What PCI tells it */
int test_hardware_plug(struct test_hardware *hardware, u16 rid);
void test_hardware_set_mastering(struct test_hardware *hardware, u16 rid,
				 bool is_master);

/* What a driver does */
void test_hardware_enable(struct test_hardware *hardware, bool enabled);
void test_hardware_set_root(struct test_hardware *hardware, u64 root);
void test_hardware_write(struct test_hardware *hardware, u64 *word, u64 value);
void test_hardware_invalidate(struct test_hardware *hardware);

/* What a test sees */
struct test_entry *test_hardware_entry(const struct test_hardware *hardware,
				       u16 rid);
u64 test_hardware_translate(struct test_hardware *hardware, u16 rid, u64 iova);
void test_hardware_watch(struct test_hardware *hardware, u16 rid, u64 iova,
			 u64 pa);
void test_hardware_unwatch(struct test_hardware *hardware, u16 rid, u64 iova);

#endif /* _LIB_KUNIT_TESTS_IOMMU_TEST_HARDWARE_H */
