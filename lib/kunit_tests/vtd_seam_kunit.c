// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: the seam between a VT-d driver and a unit in software
 *
 * A file made of the driver's own inlines and macros meets a unit. Registers,
 * barriers and flushes arrive, in order, from any thread and under any lock, and
 * what is not a register of a unit stays what it is.
 */

#include <linux/completion.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <kunit/device.h>
#include <kunit/test.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "vtd_inner_test.h"
#include "vtd_seam_driver.h"
#include "vtd_tables.h"
#include "vtd_test_unit.h"

#define DOMAIN		0x21
#define TABLE		0x7654000ULL

/**
 * struct seam - What each case has
 * @unit: A unit that takes its time.
 * @iommu: What the driver knows of it.
 * @entry: Room for an entry of a table.
 */
struct seam {
	struct vtd_test_unit *unit;
	struct intel_iommu *iommu;
	u64 *entry;
};

/* Nobody looks, but what is ordered is followed: see expect_choice(). */
static const struct vtd_test_observer nobody;

static struct seam *start_seam(struct kunit *test, const struct vtd_settings *settings)
{
	struct seam *seam = kunit_kzalloc(test, sizeof(*seam), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, seam);
	seam->unit = vtd_test_unit_create(test, settings);
	seam->iommu = vtd_seam_driver_create(test, seam->unit->registers);
	seam->entry = vtd_test_unit_alloc(seam->unit, PAGE_SIZE);
	vtd_test_unit_observe(seam->unit, &nobody);
	return seam;
}

/* A unit whose commands are carried out with the third read after them */
static struct seam *coherent_seam(struct kunit *test)
{
	struct vtd_settings settings = vtd_tables_settings;

	settings.latency = 3;
	return start_seam(test, &settings);
}

static struct seam *incoherent_seam(struct kunit *test)
{
	struct vtd_settings settings = vtd_tables_settings;

	settings.ecap &= ~(VTD_ECAP_C | VTD_ECAP_SMPWC);
	return start_seam(test, &settings);
}

static void registers_are_those_of_the_unit(struct kunit *test)
{
	struct seam *seam = coherent_seam(test);

	KUNIT_EXPECT_EQ(test, vtd_tables_settings.cap,
			vtd_seam_driver_capability(seam->iommu));
	vtd_log_expect_not(seam->unit, VTD_EVENT_WRITE);
}

static void bring_up(struct seam *seam)
{
	vtd_seam_driver_set_root_table(seam->iommu, virt_to_phys(seam->entry));
	vtd_seam_driver_enable_translation(seam->iommu);
}

static void expect_brought_up(struct seam *seam)
{
	struct vtd_test_unit *unit = seam->unit;
	const u64 root_table = virt_to_phys(seam->entry);
	const u32 enabled = VTD_GCMD_SRTP | VTD_GCMD_TE;

	KUNIT_EXPECT_EQ(unit->test, enabled, vtd_test_unit_readl(unit, VTD_GSTS));
	vtd_log_expect_before(unit,
			      VTD_PATTERN(VTD_EVENT_WRITE, .offset = VTD_RTADDR,
					  .size = 8, .value = root_table),
			      VTD_PATTERN(VTD_EVENT_WRITE, .offset = VTD_GCMD,
					  .size = 4, .value = VTD_GCMD_SRTP));
	vtd_log_expect_before(unit,
			      VTD_PATTERN(VTD_EVENT_WRITE, .offset = VTD_GCMD),
			      VTD_PATTERN(VTD_EVENT_ROOT_TABLE, .value = root_table));
	vtd_log_expect_before(unit,
			      VTD_PATTERN(VTD_EVENT_ROOT_TABLE),
			      VTD_PATTERN(VTD_EVENT_STATUS, .value = enabled));
}

static void handshake_waits_for_the_unit(struct kunit *test)
{
	struct seam *seam = coherent_seam(test);

	bring_up(seam);
	expect_brought_up(seam);
	vtd_log_clear(seam->unit);
	vtd_seam_driver_invalidate_context(seam->iommu);
	vtd_log_expect_before(seam->unit,
			      VTD_PATTERN(VTD_EVENT_WRITE, .offset = VTD_CCMD),
			      VTD_PATTERN(VTD_EVENT_CONTEXT_INVALIDATION,
					  .granularity = VTD_GRANULARITY_GLOBAL));
}

static void halves_are_two_accesses(struct kunit *test)
{
	struct seam *seam = coherent_seam(test);

	vtd_seam_driver_write_halves(seam->iommu, VTD_RTADDR, 0x123456789000ULL);
	KUNIT_EXPECT_EQ(test, 0x123456789000ULL,
			vtd_seam_driver_read_halves(seam->iommu, VTD_RTADDR));
	vtd_log_expect_before(seam->unit,
			      VTD_PATTERN(VTD_EVENT_WRITE, .offset = VTD_RTADDR,
					  .size = 4, .value = 0x56789000),
			      VTD_PATTERN(VTD_EVENT_WRITE, .offset = VTD_RTADDR + 4,
					  .size = 4, .value = 0x1234));
	KUNIT_EXPECT_EQ(test, 2, vtd_log_count(seam->unit, VTD_EVENT_WRITE));
}

/* What a unit may find in a word: before and after what is not ordered yet */
static void expect_choice(struct seam *seam, unsigned int index, u64 was, u64 is)
{
	struct vtd_test_unit *unit = seam->unit;
	struct vtd_memory_word word = {};
	bool snoop = unit->unit.settings.ecap & VTD_ECAP_C;

	KUNIT_EXPECT_EQ(unit->test, 0,
			vtd_memory_peek(&unit->memory,
					virt_to_phys(&seam->entry[index]), snoop,
					&word));
	KUNIT_EXPECT_EQ(unit->test, was, word.was);
	KUNIT_EXPECT_EQ(unit->test, is, word.is);
}

static void barrier_orders_what_was_stored_before_it(struct kunit *test)
{
	struct seam *seam = coherent_seam(test);
	const u64 high = DOMAIN << 8 | 2;

	vtd_seam_driver_set_context(seam->iommu, seam->entry, TABLE, DOMAIN);
	KUNIT_EXPECT_EQ(test, 1, vtd_log_count(seam->unit, VTD_EVENT_BARRIER));
	vtd_log_expect_not(seam->unit, VTD_EVENT_FLUSH);
	/* The barrier came between all others and the present bit */
	expect_choice(seam, 0, TABLE, TABLE | VTD_CONTEXT_0_P);
	expect_choice(seam, 1, high, high);
}

static void barrier_after_a_store_orders_it(struct kunit *test)
{
	struct seam *seam = coherent_seam(test);

	vtd_seam_driver_set_context(seam->iommu, seam->entry, TABLE, DOMAIN);
	vtd_seam_driver_clear_context(seam->iommu, seam->entry);
	expect_choice(seam, 0, TABLE, TABLE);
}

static void register_write_orders_what_was_stored_before_it(struct kunit *test)
{
	struct seam *seam = coherent_seam(test);

	seam->entry[5] = 5;
	expect_choice(seam, 5, 0, 5);
	vtd_seam_driver_write_halves(seam->iommu, VTD_RTADDR, 0);
	expect_choice(seam, 5, 5, 5);
}

static void flush_arrives_if_the_unit_needs_it(struct kunit *test)
{
	struct seam *seam = incoherent_seam(test);

	vtd_seam_driver_set_context(seam->iommu, seam->entry, TABLE, DOMAIN);
	vtd_log_expect_before(seam->unit, VTD_PATTERN(VTD_EVENT_BARRIER),
			      VTD_PATTERN(VTD_EVENT_FLUSH, .size = 16,
					  .address = virt_to_phys(seam->entry)));
	expect_choice(seam, 0, TABLE | VTD_CONTEXT_0_P, TABLE | VTD_CONTEXT_0_P);
	expect_choice(seam, 8, VTD_MEMORY_POISON, 0);
}

static void pasid_entry_is_present_last(struct kunit *test)
{
	struct seam *seam = coherent_seam(test);
	const u64 low = TABLE | 2 << 2 | VTD_PGTT_SECOND << 6;

	vtd_seam_driver_set_pasid(seam->iommu, seam->entry, TABLE, DOMAIN);
	expect_choice(seam, 0, low, low | VTD_PASID_0_P);
	expect_choice(seam, 1, DOMAIN | VTD_PASID_1_PWSNP,
		      DOMAIN | VTD_PASID_1_PWSNP);
}

/* Other threads and other locks */

/**
 * struct bring_up_work - Bring a unit up elsewhere
 * @work: The work item.
 * @seam: The unit.
 */
struct bring_up_work {
	struct work_struct work;
	struct seam *seam;
};

static void bring_up_in_worker(struct work_struct *work)
{
	bring_up(container_of(work, struct bring_up_work, work)->seam);
}

static void worker_reaches_the_unit(struct kunit *test)
{
	struct bring_up_work work = { .seam = coherent_seam(test) };

	INIT_WORK_ONSTACK(&work.work, bring_up_in_worker);
	schedule_work(&work.work);
	flush_work(&work.work);
	destroy_work_on_stack(&work.work);
	expect_brought_up(work.seam);
}

/**
 * struct bring_up_thread - The same in a thread
 * @seam: The unit.
 * @done: It is up.
 */
struct bring_up_thread {
	struct seam *seam;
	struct completion done;
};

static int bring_up_in_thread(void *data)
{
	struct bring_up_thread *thread = data;

	bring_up(thread->seam);
	complete(&thread->done);
	return 0;
}

static void thread_of_its_own_reaches_the_unit(struct kunit *test)
{
	struct bring_up_thread thread = { .seam = coherent_seam(test) };
	struct task_struct *task;

	init_completion(&thread.done);
	task = kthread_run(bring_up_in_thread, &thread, "vtd_seam");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	wait_for_completion(&thread.done);
	expect_brought_up(thread.seam);
}

/*
 * The driver's functions hold its register lock, a raw one, all the time. Here
 * are the things that it does under another one, and those that allocate.
 */
static void raw_lock_may_be_held(struct kunit *test)
{
	struct seam *seam = incoherent_seam(test);
	struct vtd_test_unit *unit = seam->unit;
	struct vtd_request request;
	struct vtd_tables tables;
	struct vtd_result result;
	raw_spinlock_t lock;

	vtd_tables_build(&tables, unit, &(struct vtd_tables_config) {
			 .second_levels = 4, .leaf_level = 1 });
	vtd_tables_enable(&tables);
	request = vtd_tables_request(&tables);

	raw_spin_lock_init(&lock);
	scoped_guard(raw_spinlock_irqsave, &lock) {
		vtd_seam_driver_set_context(seam->iommu, seam->entry, TABLE, DOMAIN);
		vtd_seam_driver_invalidate_context(seam->iommu);
		vtd_test_unit_translate(unit, &request, &result);
		for (unsigned int i = 0; i < 2 * VTD_LOG_CHUNK_EVENTS; i++)
			vtd_test_unit_barrier(unit);
	}
	KUNIT_EXPECT_FALSE(test, result.blocked);
	KUNIT_EXPECT_EQ(test, tables.page, result.address);
	KUNIT_EXPECT_EQ(test, 2 * VTD_LOG_CHUNK_EVENTS + 1,
			vtd_log_count(unit, VTD_EVENT_BARRIER));
}

/* What is not a register of a unit */

static void address_beside_the_registers_is_memory(struct kunit *test)
{
	struct seam *seam = coherent_seam(test);
	u64 *memory = kunit_kzalloc(test, 16, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, memory);
	memory[0] = 0x1122334455667788ULL;
	KUNIT_EXPECT_EQ(test, 0x1122334455667788ULL,
			vtd_seam_driver_exchange((__force void __iomem *)memory,
						 0x8877665544332211ULL));
	KUNIT_EXPECT_EQ(test, 0x8877665544332211ULL, memory[0]);
	KUNIT_EXPECT_EQ(test, 0, memory[1]);
	vtd_log_expect_not(seam->unit, VTD_EVENT_WRITE);
}

static void registers_end_where_they_end(struct kunit *test)
{
	struct seam *seam = coherent_seam(test);
	void __iomem *registers = seam->unit->registers;
	u32 offset = 0;

	KUNIT_EXPECT_PTR_EQ(test, seam->unit, vtd_test_unit_at(registers, &offset));
	KUNIT_EXPECT_EQ(test, 0, offset);
	KUNIT_EXPECT_PTR_EQ(test, seam->unit,
			    vtd_test_unit_at(registers + 0xffc, &offset));
	KUNIT_EXPECT_EQ(test, 0xffc, offset);
	KUNIT_EXPECT_NULL(test, vtd_test_unit_at(registers + 0x1000, &offset));
	KUNIT_EXPECT_NULL(test, vtd_test_unit_at(registers - 4, &offset));
}

static void each_unit_has_its_registers(struct kunit *test)
{
	struct seam *first = coherent_seam(test), *second = coherent_seam(test);

	bring_up(second);
	expect_brought_up(second);
	vtd_log_expect_not(first->unit, VTD_EVENT_WRITE);
	KUNIT_EXPECT_EQ(test, 0, vtd_test_unit_readl(first->unit, VTD_GSTS));

	/* A barrier is for both, a flush for the one that knows the memory */
	vtd_log_clear(second->unit);
	vtd_test_units_barrier();
	vtd_test_units_flush(first->entry, 8);
	vtd_log_expect(first->unit, VTD_EVENT_BARRIER);
	vtd_log_expect(second->unit, VTD_EVENT_BARRIER);
	vtd_log_expect(first->unit, VTD_EVENT_FLUSH);
	vtd_log_expect_not(second->unit, VTD_EVENT_FLUSH);
}

static void write_past_the_seam(struct kunit *inner)
{
	struct seam *seam = coherent_seam(inner);

	((__force u8 *)seam->unit->registers)[VTD_GCMD] = 0;
}

static void misuse_the_unit(struct kunit *inner)
{
	struct seam *seam = coherent_seam(inner);

	vtd_test_unit_writel(seam->unit, VTD_GSTS, ~0);
	vtd_test_unit_readl(seam->unit, 0xffc);
}

static void expect_a_misuse(struct kunit *inner)
{
	struct seam *seam = coherent_seam(inner);

	vtd_test_unit_expect_misuses(seam->unit, 1);
	vtd_test_unit_readl(seam->unit, 0xffc);
}

static void expect_a_misuse_too_many(struct kunit *inner)
{
	struct seam *seam = coherent_seam(inner);

	vtd_test_unit_expect_misuses(seam->unit, 2);
	vtd_test_unit_readl(seam->unit, 0xffc);
}

static void write_past_the_seam_fails_the_case(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, write_past_the_seam));
}

static void misuse_fails_the_case(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, misuse_the_unit));
	KUNIT_EXPECT_TRUE(test, vtd_inner_test_passes(test, expect_a_misuse));
	KUNIT_EXPECT_FALSE(test, vtd_inner_test_passes(test, expect_a_misuse_too_many));
}

/* iommu-pages */

static void pages_of_iommu_pages_are_known(struct kunit *test)
{
	struct seam *seam = coherent_seam(test);
	struct vtd_memory *memory = &seam->unit->memory;
	u64 *table = iommu_alloc_pages_sz(GFP_KERNEL, 4 * PAGE_SIZE);
	u64 address, value = 1;

	KUNIT_ASSERT_NOT_NULL(test, table);
	address = virt_to_phys(table) + 4 * PAGE_SIZE - 8;
	KUNIT_EXPECT_EQ(test, 0, vtd_memory_read(memory, address, true, &value));
	KUNIT_EXPECT_EQ(test, 0, value);

	iommu_free_pages(table);
	vtd_memory_expect_stray(memory, 1);
	KUNIT_EXPECT_EQ(test, -EFAULT, vtd_memory_read(memory, address, true, &value));
}

static void flush_of_iommu_pages_arrives(struct kunit *test)
{
	struct seam *seam = incoherent_seam(test);
	struct vtd_test_unit *unit = seam->unit;
	struct device *dev = kunit_device_register(test, "vtd_seam");
	u64 *table, address, value = 0;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	table = iommu_alloc_pages_sz(GFP_KERNEL, PAGE_SIZE);
	KUNIT_ASSERT_NOT_NULL(test, table);
	address = virt_to_phys(table);

	KUNIT_EXPECT_EQ(test, 0, iommu_pages_start_incoherent(table, dev));
	vtd_log_expect(unit, VTD_EVENT_FLUSH, .address = address, .size = PAGE_SIZE);

	table[8] = 8;
	vtd_memory_read(&unit->memory, address + 64, false, &value);
	KUNIT_EXPECT_EQ(test, 0, value);
	iommu_pages_flush_incoherent(dev, table, 64, 8);
	vtd_log_expect(unit, VTD_EVENT_FLUSH, .address = address + 64, .size = 8);
	vtd_memory_read(&unit->memory, address + 64, false, &value);
	KUNIT_EXPECT_EQ(test, 8, value);

	iommu_pages_free_incoherent(table, dev);
}

static struct kunit_case vtd_seam_cases[] = {
	KUNIT_CASE(registers_are_those_of_the_unit),
	KUNIT_CASE(handshake_waits_for_the_unit),
	KUNIT_CASE(halves_are_two_accesses),
	KUNIT_CASE(barrier_orders_what_was_stored_before_it),
	KUNIT_CASE(barrier_after_a_store_orders_it),
	KUNIT_CASE(register_write_orders_what_was_stored_before_it),
	KUNIT_CASE(flush_arrives_if_the_unit_needs_it),
	KUNIT_CASE(pasid_entry_is_present_last),
	KUNIT_CASE(worker_reaches_the_unit),
	KUNIT_CASE(thread_of_its_own_reaches_the_unit),
	KUNIT_CASE(raw_lock_may_be_held),
	KUNIT_CASE(address_beside_the_registers_is_memory),
	KUNIT_CASE(registers_end_where_they_end),
	KUNIT_CASE(each_unit_has_its_registers),
	KUNIT_CASE(write_past_the_seam_fails_the_case),
	KUNIT_CASE(misuse_fails_the_case),
	KUNIT_CASE(pages_of_iommu_pages_are_known),
	KUNIT_CASE(flush_of_iommu_pages_arrives),
	{}
};

static struct kunit_suite vtd_seam_suite = {
	.name = "vtd_seam",
	.test_cases = vtd_seam_cases,
};

kunit_test_suite(vtd_seam_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the seam between a VT-d driver and a unit");
