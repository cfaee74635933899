// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The hardware of the test backend
 *
 * A translation unit that is as simple as one can be, and as treacherous as they
 * are: it reads its tables when it likes, and it goes on with what it has read
 * until it is told to forget.
 *
 * Life cycle: test_hardware_init() makes a unit that does not translate. It
 * outlives all kernels of a test, until test_hardware_end().
 *
 * Happy path: a driver writes tables with test_hardware_write(), sets the root table
 * and enables translation. The root table has a word for each bus, which leads to a
 * part of the stream table with an entry for each device and function. An entry
 * leads to a page table.
 *
 * Unhappy paths:
 *
 * * DMA that is watched would go astray after a write to a register or a table, by
 *   the tables or by what is cached: the test fails.
 * * Translation is disabled while a requester may do DMA: the test fails.
 * * A table is not in memory: the DMA is blocked.
 */

#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "iommu_machine.h"
#include "iommu_test_hardware.h"

#define TABLE_ADDRESS	GENMASK_ULL(51, 12)

/* Of an entry of a page table of RISC-V */
#define PTE_VALID	BIT_ULL(0)
#define PTE_LEAF	GENMASK_ULL(3, 1)
#define PTE_NUMBER	GENMASK_ULL(53, 10)
#define PTE_LEVELS	3

/**
 * struct test_requester - What is behind a unit
 * @node: In test_hardware::requesters.
 * @rid: Requester ID.
 * @may_do_dma: It is a bus master.
 * @is_cached: The unit has read its entry.
 * @cache: What it has read.
 */
struct test_requester {
	struct list_head node;
	u16 rid;
	bool may_do_dma;
	bool is_cached;
	struct test_entry cache;
};

/**
 * struct test_watch - DMA that must go where it goes
 * @node: In test_hardware::watches.
 * @rid: Requester ID.
 * @iova: I/O virtual address.
 * @pa: Where it goes.
 */
struct test_watch {
	struct list_head node;
	u16 rid;
	u64 iova;
	u64 pa;
};

/**
 * test_hardware_init - Switch a unit on
 * @hardware: To be initialized
 * @test: The test
 * @id: Physical address of the registers
 *
 * Context: Any.
 */
void test_hardware_init(struct test_hardware *hardware, struct kunit *test,
			u64 id)
{
	*hardware = (struct test_hardware){
		.test = test,
		.id = id,
		.registers.capabilities = 6,
	};
	INIT_LIST_HEAD(&hardware->requesters);
	INIT_LIST_HEAD(&hardware->watches);
}

/**
 * test_hardware_end - Switch a unit off
 * @hardware: The unit
 *
 * Context: Any.
 */
void test_hardware_end(struct test_hardware *hardware)
{
	struct test_requester *requester, *next_requester;
	struct test_watch *watch, *next_watch;

	list_for_each_entry_safe(requester, next_requester, &hardware->requesters,
				 node)
		kfree(requester);
	list_for_each_entry_safe(watch, next_watch, &hardware->watches, node)
		kfree(watch);
}

static void *table_at(u64 word)
{
	u64 pa = word & TABLE_ADDRESS;

	return pfn_valid(PHYS_PFN(pa)) ? phys_to_virt(pa) : NULL;
}

/**
 * test_hardware_entry - Where the entry of a requester is
 * @hardware: The unit
 * @rid: Requester ID
 *
 * Context: Any.
 * Return: the entry, present or not, or NULL if no table has one.
 */
struct test_entry *test_hardware_entry(const struct test_hardware *hardware,
				       u16 rid)
{
	u64 *root = table_at(hardware->registers.root);
	struct test_entry *part;
	u64 word;

	if (!root)
		return NULL;
	word = READ_ONCE(root[rid / TEST_STREAMS]);
	if (!(word & TEST_PRESENT))
		return NULL;
	part = table_at(word);
	return part ? &part[rid % TEST_STREAMS] : NULL;
}

static u64 walk_page_table(u64 top, u64 iova)
{
	u64 table = top;

	for (int level = PTE_LEVELS - 1; level >= 0; level--) {
		unsigned int shift = 12 + 9 * level;
		u64 *words = table_at(table);
		u64 word;

		word = words ? READ_ONCE(words[(iova >> shift) % 512]) : 0;
		if (!(word & PTE_VALID))
			break;
		table = FIELD_GET(PTE_NUMBER, word) << 12;
		if (word & PTE_LEAF)
			return table | (iova & (BIT_ULL(shift) - 1));
	}
	return IOMMU_MACHINE_BLOCKED;
}

static u64 translate_by(const struct test_entry *entry, u64 iova)
{
	if (!(entry->table & TEST_PRESENT) || iova >> 38)
		return IOMMU_MACHINE_BLOCKED;
	return walk_page_table(entry->table, iova);
}

static struct test_entry read_entry(const struct test_hardware *hardware, u16 rid)
{
	const struct test_entry *entry = test_hardware_entry(hardware, rid);

	return entry ? *entry : (struct test_entry){};
}

static struct test_requester *
find_requester(const struct test_hardware *hardware, u16 rid)
{
	struct test_requester *requester;

	list_for_each_entry(requester, &hardware->requesters, node) {
		if (requester->rid == rid)
			return requester;
	}
	return NULL;
}

static void expect_watched(struct test_hardware *hardware,
			   const struct test_watch *watch)
{
	const struct test_requester *requester = find_requester(hardware, watch->rid);
	const struct test_entry entry = read_entry(hardware, watch->rid);
	struct kunit *test = hardware->test;

	if (!hardware->registers.enabled) {
		KUNIT_FAIL(test, "requester %04x reaches all memory", watch->rid);
		return;
	}
	KUNIT_EXPECT_EQ_MSG(test, watch->pa, translate_by(&entry, watch->iova),
			    "requester %04x goes astray", watch->rid);
	if (requester && requester->is_cached)
		KUNIT_EXPECT_EQ_MSG(test, watch->pa,
				    translate_by(&requester->cache, watch->iova),
				    "requester %04x goes astray by the cache",
				    watch->rid);
}

/* Something has changed: the unit may look at it right now. */
static void look(struct test_hardware *hardware)
{
	struct test_watch *watch;

	list_for_each_entry(watch, &hardware->watches, node)
		expect_watched(hardware, watch);
}

/**
 * test_hardware_enable - Write the register that enables translation
 * @hardware: The unit
 * @enabled: Enable or disable it
 *
 * Context: Any.
 */
void test_hardware_enable(struct test_hardware *hardware, bool enabled)
{
	struct test_requester *requester;

	if (hardware->registers.enabled && !enabled) {
		list_for_each_entry(requester, &hardware->requesters, node)
			KUNIT_EXPECT_FALSE(hardware->test, requester->may_do_dma);
	}
	hardware->registers.enabled = enabled;
	look(hardware);
}

/**
 * test_hardware_set_root - Write the register with the root table
 * @hardware: The unit
 * @root: Physical address
 *
 * Context: Any.
 */
void test_hardware_set_root(struct test_hardware *hardware, u64 root)
{
	hardware->registers.root = root;
	look(hardware);
}

/**
 * test_hardware_write - Write a word of a table that the unit reads
 * @hardware: The unit
 * @word: Where
 * @value: What
 *
 * Context: Any.
 */
void test_hardware_write(struct test_hardware *hardware, u64 *word, u64 value)
{
	WRITE_ONCE(*word, value);
	hardware->writes++;
	look(hardware);
}

/**
 * test_hardware_invalidate - Make a unit forget what it has read
 * @hardware: The unit
 *
 * Context: Any.
 */
void test_hardware_invalidate(struct test_hardware *hardware)
{
	struct test_requester *requester;

	list_for_each_entry(requester, &hardware->requesters, node)
		requester->is_cached = false;
	look(hardware);
}

/**
 * test_hardware_plug - There is a requester, which does no DMA
 * @hardware: Its unit
 * @rid: Requester ID, which may have been there before
 *
 * Context: May sleep.
 * Return: 0 or -ENOMEM.
 */
int test_hardware_plug(struct test_hardware *hardware, u16 rid)
{
	struct test_requester *requester;

	if (find_requester(hardware, rid))
		return 0;
	requester = kzalloc_obj(*requester);
	if (!requester)
		return -ENOMEM;
	requester->rid = rid;
	list_add_tail(&requester->node, &hardware->requesters);
	return 0;
}

/**
 * test_hardware_set_mastering - Whether a requester may do DMA
 * @hardware: Its unit
 * @rid: Requester ID, of test_hardware_plug()
 * @is_master: It may
 *
 * Context: Any. PCI has a raw lock, under which nothing can be allocated.
 */
void test_hardware_set_mastering(struct test_hardware *hardware, u16 rid,
				 bool is_master)
{
	find_requester(hardware, rid)->may_do_dma = is_master;
}

/**
 * test_hardware_translate - Do DMA
 * @hardware: The unit, which caches the entry
 * @rid: Requester ID
 * @iova: I/O virtual address
 *
 * Context: Any.
 * Return: where the DMA goes, or %IOMMU_MACHINE_BLOCKED.
 */
u64 test_hardware_translate(struct test_hardware *hardware, u16 rid, u64 iova)
{
	struct test_requester *requester = find_requester(hardware, rid);

	if (!requester || !requester->may_do_dma)
		return IOMMU_MACHINE_BLOCKED;
	if (!hardware->registers.enabled)
		return iova;
	if (!requester->is_cached) {
		requester->cache = read_entry(hardware, rid);
		requester->is_cached = requester->cache.table & TEST_PRESENT;
	}
	return translate_by(&requester->cache, iova);
}

/**
 * test_hardware_watch - Begin to watch DMA
 * @hardware: The unit
 * @rid: Requester ID
 * @iova: I/O virtual address
 * @pa: Where the DMA has to go, or %IOMMU_MACHINE_BLOCKED
 *
 * Context: May sleep, thread of the test.
 */
void test_hardware_watch(struct test_hardware *hardware, u16 rid, u64 iova,
			 u64 pa)
{
	struct test_watch *watch;

	watch = kzalloc_obj(*watch);
	KUNIT_ASSERT_NOT_NULL(hardware->test, watch);
	watch->rid = rid;
	watch->iova = iova;
	watch->pa = pa;
	list_add_tail(&watch->node, &hardware->watches);
	look(hardware);
}

/**
 * test_hardware_unwatch - Undo test_hardware_watch()
 * @hardware: The unit
 * @rid: Requester ID
 * @iova: I/O virtual address
 *
 * Context: Any.
 */
void test_hardware_unwatch(struct test_hardware *hardware, u16 rid, u64 iova)
{
	struct test_watch *watch, *next;

	list_for_each_entry_safe(watch, next, &hardware->watches, node) {
		if (watch->rid != rid || watch->iova != iova)
			continue;
		list_del(&watch->node);
		kfree(watch);
	}
}
