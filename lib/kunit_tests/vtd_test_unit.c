// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The VT-d unit in software as a test case has it
 *
 * The unit itself knows neither KUnit nor memory. Here it gets both, and a log,
 * and addresses where a driver may think that its registers are.
 *
 * Life cycle: vtd_test_unit_create(), as often as the case needs units. From
 * then on each of them knows all memory that iommu-pages hands out, what
 * vtd_test_unit_alloc() returns, and what the case makes known to its memory by
 * itself. When the case ends, however it ends, the unit is judged and freed.
 *
 * Happy path: registers are read and written with functions here, or by code
 * compiled with vtd_seam.h. Stores are ordered by each write to a register, by
 * each barrier and by each flush, whose effect the log has in that order.
 *
 * Unhappy paths, all of which fail the case unless it expected them: what no
 * unit would understand; accesses of the unit to memory that is not known, or
 * was never flushed; a store to the addresses of the registers that did not go
 * through here, whose poison is gone at the end. What is noted under the lock is
 * said at the end, with the log.
 *
 * Locking: drivers write registers under raw locks, so that the locks here must
 * be raw as well. The unit allocates its cache entries under them, which is
 * right everywhere but with PREEMPT_RT, where KUnit suites do not run; lockdep
 * is told so.
 */

#include <linux/io.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <kunit/test.h>
#include <kunit/visibility.h>

#include "fake_kho_internal.h"
#include "vtd_pages.h"
#include "vtd_test_unit.h"

/* Each byte at the address of registers, which nothing reads or writes */
#define REGISTERS_POISON	0xbd

/* All units of the case that runs, and what protects the list */
static LIST_HEAD(units);
static DEFINE_RAW_SPINLOCK(units_lock);

static DEFINE_WAIT_OVERRIDE_MAP(vtd_test_unit_map, LD_WAIT_CONFIG);

/**
 * vtd_test_unit_lock - Take a lock of this file.
 * @lock: The lock.
 *
 * Context: Any.
 *
 * Return: what vtd_test_unit_unlock() wants.
 */
unsigned long vtd_test_unit_lock(raw_spinlock_t *lock)
{
	unsigned long flags;

	raw_spin_lock_irqsave(lock, flags);
	lock_map_acquire_try(&vtd_test_unit_map);
	return flags;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_lock);

/**
 * vtd_test_unit_unlock - Release a lock of this file.
 * @lock: The lock.
 * @flags: What vtd_test_unit_lock() returned.
 *
 * Context: Any.
 */
void vtd_test_unit_unlock(raw_spinlock_t *lock, unsigned long flags)
{
	lock_map_release(&vtd_test_unit_map);
	raw_spin_unlock_irqrestore(lock, flags);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_unlock);

DEFINE_LOCK_GUARD_0(vtd_test_units,
		    _T->flags = vtd_test_unit_lock(&units_lock),
		    vtd_test_unit_unlock(&units_lock, _T->flags),
		    unsigned long flags)

/* What software is made to have forgotten, or NULL; of one CPU */
static struct vtd_omission *omission;

static bool is_omitted(enum vtd_event_type type, size_t size)
{
	if (!omission || ++omission->count != omission->nth)
		return false;
	omission->type = type;
	omission->size = size;
	return true;
}

/* What the unit needs of the world; the lock is held */

static bool unit_omit(void *context, enum vtd_event_type type)
{
	return is_omitted(type, 0);
}

static int unit_update(void *context, u64 address, u64 clear, u64 set)
{
	struct vtd_test_unit *unit = context;

	return vtd_memory_update(&unit->memory, address, clear, set);
}

static void unit_flush_write_buffers(void *context)
{
	struct vtd_test_unit *unit = context;

	vtd_memory_flush_write_buffers(&unit->memory);
}

static void look(struct vtd_test_unit *unit)
{
	if (unit->observer && unit->observer->ordering_point)
		unit->observer->ordering_point(unit);
}

/*
 * Stores are ordered; who looks sees first what the hardware might have seen. To
 * copy all memory is dear, and of no use if nobody looks.
 */
static void ordering_point(struct vtd_test_unit *unit)
{
	look(unit);
	if (unit->observer)
		vtd_memory_order(&unit->memory);
}

/* What requests find may be another thing from then on. */
static bool makes_a_difference(const struct vtd_event *event)
{
	switch (event->type) {
	case VTD_EVENT_STATUS:
	case VTD_EVENT_ROOT_TABLE:
	case VTD_EVENT_CONTEXT_INVALIDATION:
	case VTD_EVENT_PASID_INVALIDATION:
	case VTD_EVENT_IOTLB_INVALIDATION:
	case VTD_EVENT_PASID_IOTLB_INVALIDATION:
		return true;
	default:
		return false;
	}
}

static void unit_event(void *context, const struct vtd_event *event)
{
	struct vtd_test_unit *unit = context;

	vtd_log_add(&unit->log, event);
	if (unit->observer && unit->observer->event)
		unit->observer->event(unit, event);
	/* What the CPU has stored meanwhile is ordered by nothing */
	if (makes_a_difference(event))
		look(unit);
}

static void unit_misused(void *context, const char *what)
{
	struct vtd_test_unit *unit = context;

	vtd_finding_note(&unit->misuses, "%s", what);
}

static const struct vtd_unit_ops unit_ops = {
	.update = unit_update,
	.flush_write_buffers = unit_flush_write_buffers,
	.event = unit_event,
	.omit = unit_omit,
	.misused = unit_misused,
};

/* Life cycle */

static bool judge_registers(struct vtd_test_unit *unit)
{
	const u8 *registers = (__force u8 *)unit->registers;
	const u8 *written = memchr_inv(registers, REGISTERS_POISON,
				       VTD_REGISTERS_SIZE);

	if (written)
		KUNIT_FAIL(unit->test, "register %#tx written past the seam",
			   written - registers);
	return !written;
}

/**
 * vtd_test_unit_judge - Fail the case for what it did not expect.
 * @unit: The unit. The end of the case does this by itself.
 *
 * Context: Process context, also in an action of the case.
 *
 * Return: true if all was as expected.
 */
bool vtd_test_unit_judge(struct vtd_test_unit *unit)
{
	bool misuses = vtd_finding_judge(unit->test, &unit->misuses);
	bool lost = vtd_finding_judge(unit->test, &unit->log.lost);
	bool memory = vtd_memory_judge(unit->test, &unit->memory);
	bool registers = judge_registers(unit);

	if (misuses && lost && memory && registers)
		return true;
	vtd_log_print(&unit->log);
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_judge);

static void free_unit(void *data)
{
	struct vtd_test_unit *unit = data;

	vtd_log_destroy(&unit->log);
	vtd_memory_destroy(&unit->memory);
	vfree((__force void *)unit->registers);
	vfree(unit);
}

static void end_unit(void *data)
{
	struct vtd_test_unit *unit = data;

	scoped_guard(vtd_test_units)
		list_del(&unit->node);
	vtd_test_unit_judge(unit);
	vtd_unit_destroy(&unit->unit);
	free_unit(unit);
}

static struct vtd_test_unit *alloc_unit(struct kunit *test,
					const struct vtd_settings *settings)
{
	struct vtd_test_unit *unit = vzalloc(sizeof(*unit));
	void *registers = vmalloc(VTD_REGISTERS_SIZE);

	if (!unit || !registers) {
		vfree(registers);
		vfree(unit);
		return NULL;
	}

	unit->test = test;
	unit->misuses.what = "the unit is misused";
	raw_spin_lock_init(&unit->lock);
	vtd_log_init(&unit->log, test);
	vtd_memory_init(&unit->memory, settings->cap & VTD_CAP_RWBF);
	memset(registers, REGISTERS_POISON, VTD_REGISTERS_SIZE);
	unit->registers = (__force void __iomem *)registers;
	return unit;
}

/**
 * vtd_test_unit_create - Give a case a unit.
 * @test: The case, which fails if the unit is not one that can be.
 * @settings: What the unit can do.
 *
 * Context: Process context, the thread of @test.
 *
 * Return: the unit, never NULL, as after a reset.
 */
struct vtd_test_unit *vtd_test_unit_create(struct kunit *test,
					   const struct vtd_settings *settings)
{
	struct vtd_test_unit *unit = alloc_unit(test, settings);
	struct vtd_view view = { .read = vtd_memory_read };
	int err;

	KUNIT_ASSERT_NOT_NULL(test, unit);
	view.context = &unit->memory;
	err = vtd_unit_init(&unit->unit, settings, &unit_ops, &view, unit);
	if (err)
		free_unit(unit);
	KUNIT_ASSERT_EQ(test, 0, err);

	scoped_guard(vtd_test_units)
		list_add_tail(&unit->node, &units);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end_unit, unit));
	return unit;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_create);

/**
 * vtd_test_unit_observe - Have somebody look at a unit.
 * @unit: The unit.
 * @observer: Who, or NULL for nobody any more. From now on it is followed which
 *	stores are ordered; what was stored before counts as ordered.
 *
 * Context: Any.
 */
void vtd_test_unit_observe(struct vtd_test_unit *unit,
			   const struct vtd_test_observer *observer)
{
	guard(vtd_test_unit)(unit);
	vtd_memory_order(&unit->memory);
	unit->observer = observer;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_observe);

/**
 * struct table_memory - Memory that a case has for tables
 * @unit: The unit that knows it.
 * @virt: The memory.
 * @size: Its size.
 */
struct table_memory {
	struct vtd_test_unit *unit;
	void *virt;
	size_t size;
};

static void free_table_memory(void *data)
{
	struct table_memory *memory = data;

	vtd_memory_remove(&memory->unit->memory, memory->virt, memory->size);
	free_pages_exact(memory->virt, memory->size);
}

/**
 * vtd_test_unit_alloc - Get zeroed pages that the unit knows.
 * @unit: The unit.
 * @size: Bytes.
 *
 * The pages are not flushed. They are freed when the case ends, which fails if
 * there are none.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: the memory, never NULL.
 */
void *vtd_test_unit_alloc(struct vtd_test_unit *unit, size_t size)
{
	struct kunit *test = unit->test;
	struct table_memory *memory;

	memory = kunit_kzalloc(test, sizeof(*memory), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, memory);
	memory->unit = unit;
	memory->size = PAGE_ALIGN(size);
	memory->virt = alloc_pages_exact(memory->size, GFP_KERNEL | __GFP_ZERO);
	KUNIT_ASSERT_NOT_NULL(test, memory->virt);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, free_table_memory,
							   memory));
	KUNIT_ASSERT_EQ(test, 0, vtd_memory_add(&unit->memory, memory->virt,
						memory->size));
	return memory->virt;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_alloc);

/**
 * vtd_test_unit_at - Whose register is at an address.
 * @address: The address.
 * @offset: Set to the offset of the register, if there is one.
 *
 * Context: Any. The unit is there until its case ends.
 *
 * Return: the unit, or NULL if no unit has registers there.
 */
struct vtd_test_unit *vtd_test_unit_at(const void __iomem *address,
				       u32 *offset)
{
	struct vtd_test_unit *unit;

	guard(vtd_test_units)();
	list_for_each_entry(unit, &units, node) {
		uintptr_t from_start = (uintptr_t)address -
				       (uintptr_t)unit->registers;

		if (from_start < VTD_REGISTERS_SIZE) {
			*offset = from_start;
			return unit;
		}
	}
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_at);

/* What software does */

static u64 read_register(struct vtd_test_unit *unit, u32 offset,
			 unsigned int size)
{
	guard(vtd_test_unit)(unit);
	/* The read that would find the command carried out never comes. */
	if (unit->stuck)
		unit->unit.wait = UINT_MAX;
	return vtd_unit_read(&unit->unit, offset, size);
}

static void write_register(struct vtd_test_unit *unit, u32 offset,
			   unsigned int size, u64 value)
{
	guard(vtd_test_unit)(unit);
	ordering_point(unit);
	vtd_unit_write(&unit->unit, offset, size, value);
	ordering_point(unit);
}

/**
 * vtd_test_unit_readl - Read a register.
 * @unit: The unit.
 * @offset: Of the register.
 *
 * Context: Any.
 *
 * Return: its value.
 */
u32 vtd_test_unit_readl(struct vtd_test_unit *unit, u32 offset)
{
	return read_register(unit, offset, sizeof(u32));
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_readl);

/**
 * vtd_test_unit_readq - Read a 64-bit register.
 * @unit: The unit.
 * @offset: Of the register.
 *
 * Context: Any.
 *
 * Return: its value.
 */
u64 vtd_test_unit_readq(struct vtd_test_unit *unit, u32 offset)
{
	return read_register(unit, offset, sizeof(u64));
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_readq);

/**
 * vtd_test_unit_writel - Write a register.
 * @unit: The unit.
 * @offset: Of the register.
 * @value: The value.
 *
 * Stores are ordered before it, as by writel().
 *
 * Context: Any.
 */
void vtd_test_unit_writel(struct vtd_test_unit *unit, u32 offset, u32 value)
{
	write_register(unit, offset, sizeof(u32), value);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_writel);

/**
 * vtd_test_unit_writeq - Write a 64-bit register.
 * @unit: The unit.
 * @offset: Of the register.
 * @value: The value.
 *
 * Stores are ordered before it, as by writeq().
 *
 * Context: Any.
 */
void vtd_test_unit_writeq(struct vtd_test_unit *unit, u32 offset, u64 value)
{
	write_register(unit, offset, sizeof(u64), value);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_writeq);

/**
 * vtd_test_unit_flush - Flush the CPU's caches.
 * @unit: The unit that may see it.
 * @start: First address.
 * @size: Bytes.
 *
 * Stores are ordered by it, as clflush_cache_range() does. It is in the log of
 * a unit that knows some of the memory.
 *
 * Context: Any.
 */
void vtd_test_unit_flush(struct vtd_test_unit *unit, const void *start,
			 size_t size)
{
	struct vtd_event event = { .type = VTD_EVENT_FLUSH, .size = size };

	guard(vtd_test_unit)(unit);
	ordering_point(unit);
	if (vtd_memory_flush(&unit->memory, start, size)) {
		event.address = virt_to_phys((void *)start);
		vtd_log_add(&unit->log, &event);
	}
	ordering_point(unit);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_flush);

/**
 * vtd_test_unit_barrier - Order what the CPU has stored.
 * @unit: The unit that may see it.
 *
 * Context: Any.
 */
void vtd_test_unit_barrier(struct vtd_test_unit *unit)
{
	static const struct vtd_event event = { .type = VTD_EVENT_BARRIER };

	guard(vtd_test_unit)(unit);
	vtd_log_add(&unit->log, &event);
	ordering_point(unit);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_barrier);

/**
 * vtd_test_units_flush - The CPU flushed its caches: tell all units.
 * @start: First address.
 * @size: Bytes.
 *
 * Context: Any.
 */
void vtd_test_units_flush(const void *start, size_t size)
{
	struct vtd_test_unit *unit;

	if (is_omitted(VTD_EVENT_FLUSH, size))
		return;
	guard(vtd_test_units)();
	list_for_each_entry(unit, &units, node)
		vtd_test_unit_flush(unit, start, size);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_units_flush);

/**
 * vtd_test_units_barrier - The CPU ordered its stores: tell all units.
 *
 * Context: Any.
 */
void vtd_test_units_barrier(void)
{
	struct vtd_test_unit *unit;

	if (is_omitted(VTD_EVENT_BARRIER, 0))
		return;
	guard(vtd_test_units)();
	list_for_each_entry(unit, &units, node)
		vtd_test_unit_barrier(unit);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_units_barrier);

/**
 * vtd_test_units_delay - Software lets some time pass: tell all units.
 *
 * Each of them gets as far as if a register was read.
 *
 * Context: Any.
 */
void vtd_test_units_delay(void)
{
	struct vtd_test_unit *unit;

	guard(vtd_test_units)();
	list_for_each_entry(unit, &units, node)
		read_register(unit, VTD_GSTS, sizeof(u32));
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_units_delay);

/**
 * vtd_test_units_omit - Have software forget something from now on.
 * @forgotten: What, or NULL for nothing any more. It is counted in any case.
 *
 * Context: Process context; nobody else uses the units.
 */
void vtd_test_units_omit(struct vtd_omission *forgotten)
{
	omission = forgotten;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_units_omit);

/**
 * vtd_test_unit_expect_misuses - The case does what no unit would understand.
 * @unit: The unit.
 * @count: So often, or %VTD_ANY_NUMBER. Fewer are a failure, too.
 *
 * Context: Any.
 */
void vtd_test_unit_expect_misuses(struct vtd_test_unit *unit,
				  unsigned int count)
{
	guard(vtd_test_unit)(unit);
	unit->misuses.expected = count;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_expect_misuses);

/* What devices do */

/**
 * vtd_test_unit_translate - A device makes a request.
 * @unit: The unit.
 * @request: The request.
 * @result: What becomes of it.
 *
 * Context: Any.
 */
void vtd_test_unit_translate(struct vtd_test_unit *unit,
			     const struct vtd_request *request,
			     struct vtd_result *result)
{
	CLASS(fail_nth_paused, nth)();
	guard(vtd_test_unit)(unit);
	vtd_unit_translate(&unit->unit, request, result);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_translate);

/**
 * vtd_test_unit_interrupt - A device requests an interrupt.
 * @unit: The unit.
 * @source_id: The device.
 * @address: Where it writes.
 * @data: What it writes.
 * @result: What becomes of it.
 *
 * Context: Any.
 */
void vtd_test_unit_interrupt(struct vtd_test_unit *unit, u16 source_id,
			     u64 address, u32 data, struct vtd_interrupt *result)
{
	CLASS(fail_nth_paused, nth)();
	guard(vtd_test_unit)(unit);
	vtd_unit_interrupt(&unit->unit, source_id, address, data, result);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_unit_interrupt);

/* What iommu-pages, drivers and the mock kexec do */

/**
 * vtd_test_units_add - Memory becomes known to all units.
 * @virt: As of vtd_memory_add().
 * @size: As of vtd_memory_add().
 *
 * Context: Any in which kmalloc(GFP_ATOMIC) may be called.
 */
void vtd_test_units_add(void *virt, size_t size)
{
	struct vtd_test_unit *unit;

	guard(vtd_test_units)();
	list_for_each_entry(unit, &units, node)
		vtd_memory_add(&unit->memory, virt, size);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_units_add);

/**
 * vtd_test_units_remove - Memory is about to become something else.
 * @virt: As of vtd_memory_remove().
 * @size: As of vtd_memory_remove().
 *
 * Context: Any in which kfree() may be called.
 */
void vtd_test_units_remove(const void *virt, size_t size)
{
	struct vtd_test_unit *unit;

	guard(vtd_test_units)();
	list_for_each_entry(unit, &units, node)
		vtd_memory_remove(&unit->memory, virt, size);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_test_units_remove);

/**
 * vtd_pages_observe - iommu-pages hands a folio out, or is about to free it.
 * @folio: The folio.
 * @in_use: It is handed out.
 *
 * Context: Any in which kmalloc(GFP_ATOMIC) may be called.
 */
void vtd_pages_observe(struct folio *folio, bool in_use)
{
	if (in_use)
		vtd_test_units_add(folio_address(folio), folio_size(folio));
	else
		vtd_test_units_remove(folio_address(folio), folio_size(folio));
}

/**
 * vtd_pages_flushed - iommu-pages flushed the CPU's caches.
 * @virt: First address.
 * @size: Bytes.
 *
 * Context: Any.
 */
void vtd_pages_flushed(const void *virt, size_t size)
{
	vtd_test_units_flush(virt, size);
}

/**
 * vtd_pages_lost - Memory was overwritten as its kernel ended.
 * @virt: First address.
 * @size: Bytes.
 *
 * A unit that still reads it finds what is there now.
 *
 * Context: Any.
 */
void vtd_pages_lost(const void *virt, size_t size)
{
	struct vtd_test_unit *unit;

	guard(vtd_test_units)();
	list_for_each_entry(unit, &units, node)
		vtd_memory_settle(&unit->memory, virt, size);
}
