// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Memory as a VT-d unit sees it
 *
 * A CPU reads what it has stored; a unit may not, or not yet. For each piece of
 * memory that a unit may read there are copies of what has reached it:
 *
 * - as flushed: what a unit sees that does not snoop the CPU's caches (ECAP.C,
 *   PWSNP). Each line of 64 bytes is as it was when it was last flushed. A line
 *   that was never flushed since its memory became known reads as poison, which
 *   is a finding: its contents are anyone's.
 * - as ordered: what a unit that snoops sees for certain. It is taken at each
 *   ordering point: a barrier, a flush, a write to a register. What was stored
 *   since then may be seen or not, word by word, in any combination.
 * - with CAP.RWBF (section 6.8) one more of either kind, as of the last flush of
 *   the write buffers. For such a unit all stores wait there, those that it
 *   snoops as those that were flushed, and vtd_memory_read() shows none of them
 *   before. What the buffers of a real chipset would pass on by themselves is
 *   for vtd_memory_peek(), which shows both values.
 *
 * Memory that becomes known counts as settled, contents and all, but not as
 * flushed: the old contents of a fresh page are no choice that a unit has.
 *
 * Life cycle: vtd_memory_init(); memory becomes known by vtd_memory_add() and
 * unknown by vtd_memory_remove(), page by page or a part of a page, so that the
 * rest of a slab page is not read; vtd_memory_judge() and vtd_memory_destroy()
 * at the end.
 *
 * Unhappy paths: an access of a unit to memory that is not known is -EFAULT and
 * a finding. Both kinds of findings fail the case, unless it expected them. If
 * there is no memory for the copies, the case fails, too. The copies are no
 * point of failure of the code under test.
 *
 * Locking: a raw lock, as drivers flush and write registers under raw locks.
 * Nothing is allocated or freed under it.
 */

#include <linux/bitmap.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/visibility.h>

#include "fake_kho_internal.h"
#include "vtd_memory.h"

#define LINE_BYTES		64
#define LINE_WORDS		(LINE_BYTES / sizeof(u64))
#define PAGE_LINES		(PAGE_SIZE / LINE_BYTES)

/**
 * enum vtd_copy - The copies of an extent
 * @VTD_COPY_FLUSHED: As flushed.
 * @VTD_COPY_ORDERED: As ordered.
 * @VTD_COPY_BUFFERED: With write buffers: as flushed, when they were flushed.
 * @VTD_COPY_SNOOPED: With write buffers: as stored, when they were flushed.
 * @VTD_NR_COPIES: Number of copies.
 */
enum vtd_copy {
	VTD_COPY_FLUSHED,
	VTD_COPY_ORDERED,
	VTD_COPY_BUFFERED,
	VTD_COPY_SNOOPED,
	VTD_NR_COPIES,
};

/**
 * struct vtd_extent - A page, or a part of one
 * @node: In vtd_memory::extents.
 * @address: Its physical address.
 * @words: The memory itself.
 * @count: Words of it.
 * @flushed: Lines of the page that were ever flushed.
 * @buffered: With write buffers: the same, when they were flushed.
 * @copy: The copies; the last two without write buffers are missing.
 */
struct vtd_extent {
	struct hlist_node node;
	u64 address;
	u64 *words;
	unsigned int count;
	DECLARE_BITMAP(flushed, PAGE_LINES);
	DECLARE_BITMAP(buffered, PAGE_LINES);
	u64 *copy[VTD_NR_COPIES];
};

static unsigned int nr_copies(const struct vtd_memory *memory)
{
	return memory->write_buffers ? VTD_NR_COPIES : VTD_COPY_BUFFERED;
}

static unsigned int line_of(const struct vtd_extent *extent, unsigned int word)
{
	return offset_in_page(extent->address + word * sizeof(u64)) / LINE_BYTES;
}

static u64 end_of(const struct vtd_extent *extent)
{
	return extent->address + extent->count * sizeof(u64);
}

/* The extent that has some of [address, address + size), within one page */
static struct vtd_extent *find_extent(struct vtd_memory *memory, u64 address,
				      u64 size)
{
	struct vtd_extent *extent;

	hash_for_each_possible(memory->extents, extent, node, PHYS_PFN(address)) {
		if (extent->address < address + size && address < end_of(extent))
			return extent;
	}
	return NULL;
}

static void store_word(u64 *copy, const struct vtd_extent *extent,
		       unsigned int word)
{
	copy[word] = READ_ONCE(extent->words[word]);
}

static void copy_all(struct vtd_extent *extent, enum vtd_copy to)
{
	for (unsigned int word = 0; word < extent->count; word++)
		store_word(extent->copy[to], extent, word);
}

/* What is known */

/**
 * vtd_memory_init - Begin, with no memory known.
 * @memory: The memory.
 * @write_buffers: Stores wait for vtd_memory_flush_write_buffers().
 *
 * Context: Any.
 */
void vtd_memory_init(struct vtd_memory *memory, bool write_buffers)
{
	memset(memory, 0, sizeof(*memory));
	memory->write_buffers = write_buffers;
	memory->strays.what = "the unit accesses memory that is not known";
	memory->unflushed.what = "the unit reads a line that was never flushed";
	memory->unknown.what = "no memory for copies of memory";
	raw_spin_lock_init(&memory->lock);
	hash_init(memory->extents);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_memory_init);

static void free_extent(struct vtd_extent *extent)
{
	for (int i = 0; i < VTD_NR_COPIES; i++)
		kfree(extent->copy[i]);
	kfree(extent);
}

/**
 * vtd_memory_destroy - Forget all memory.
 * @memory: The memory, which nobody uses any more.
 *
 * Context: Any context in which kfree() may be called.
 */
void vtd_memory_destroy(struct vtd_memory *memory)
{
	struct vtd_extent *extent;
	struct hlist_node *next;
	int bucket;

	hash_for_each_safe(memory->extents, bucket, next, extent, node) {
		hash_del(&extent->node);
		free_extent(extent);
	}
}
EXPORT_SYMBOL_IF_KUNIT(vtd_memory_destroy);

static struct vtd_extent *alloc_extent(struct vtd_memory *memory, void *virt,
				       size_t size)
{
	struct vtd_extent *extent;

	CLASS(fail_nth_paused, nth)();
	extent = kzalloc_obj(*extent, GFP_ATOMIC);
	if (!extent)
		return NULL;

	extent->address = virt_to_phys(virt);
	extent->words = virt;
	extent->count = size / sizeof(u64);
	for (int i = 0; i < nr_copies(memory); i++) {
		extent->copy[i] = kmalloc(size, GFP_ATOMIC);
		if (!extent->copy[i]) {
			free_extent(extent);
			return NULL;
		}
		memset64(extent->copy[i], VTD_MEMORY_POISON, extent->count);
	}
	copy_all(extent, VTD_COPY_ORDERED);
	if (memory->write_buffers)
		copy_all(extent, VTD_COPY_SNOOPED);
	return extent;
}

/* Add at most a page; what is known already stays as it is. */
static int add_extent(struct vtd_memory *memory, void *virt, size_t size)
{
	struct vtd_extent *extent = alloc_extent(memory, virt, size);
	bool known;

	scoped_guard(raw_spinlock_irqsave, &memory->lock) {
		known = find_extent(memory, virt_to_phys(virt), size);
		if (extent && !known)
			hash_add(memory->extents, &extent->node,
				 PHYS_PFN(extent->address));
		else if (!known)
			vtd_finding_note(&memory->unknown, "%zu bytes", size);
	}
	if (known && extent)
		free_extent(extent);
	return known || extent ? 0 : -ENOMEM;
}

static size_t within_page(const void *virt, size_t size)
{
	return min(size, PAGE_SIZE - offset_in_page(virt));
}

/**
 * vtd_memory_add - Memory becomes known to the unit.
 * @memory: The memory.
 * @virt: Its address in the kernel's linear map, aligned to 8 bytes. All of it
 *	can be read until vtd_memory_remove().
 * @size: Its size in bytes, a multiple of 8.
 *
 * Memory that is known already, all or a part, stays as it is: it is the same
 * memory for the unit, whoever has it now.
 *
 * Context: Any in which kmalloc(GFP_ATOMIC) may be called.
 *
 * Return: 0, -EINVAL if it is no such memory, or -ENOMEM, which is a finding.
 */
int vtd_memory_add(struct vtd_memory *memory, void *virt, size_t size)
{
	if (!virt_addr_valid(virt) || !IS_ALIGNED((unsigned long)virt | size, 8))
		return -EINVAL;

	while (size) {
		size_t part = within_page(virt, size);
		int err = add_extent(memory, virt, part);

		if (err)
			return err;
		virt += part;
		size -= part;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_memory_add);

static void remove_extents(struct vtd_memory *memory, u64 address, size_t size)
{
	struct vtd_extent *extent;

	do {
		scoped_guard(raw_spinlock_irqsave, &memory->lock) {
			extent = find_extent(memory, address, size);
			if (extent)
				hash_del(&extent->node);
		}
		if (extent)
			free_extent(extent);
	} while (extent);
}

/**
 * vtd_memory_remove - Memory is about to become something else.
 * @memory: The memory.
 * @virt: As of vtd_memory_add().
 * @size: Its size in bytes.
 *
 * Context: Any in which kfree() may be called.
 */
void vtd_memory_remove(struct vtd_memory *memory, const void *virt, size_t size)
{
	while (size) {
		size_t part = within_page(virt, size);

		remove_extents(memory, virt_to_phys((void *)virt), part);
		virt += part;
		size -= part;
	}
}
EXPORT_SYMBOL_IF_KUNIT(vtd_memory_remove);

/* What reaches memory */

/* The first and the last word of @extent in a line with some of the range */
static void words_of_lines(const struct vtd_extent *extent, u64 address,
			   size_t size, unsigned int *first, unsigned int *end)
{
	u64 from = max(round_down(address, LINE_BYTES), extent->address);
	u64 to = min(round_up(address + size, LINE_BYTES), end_of(extent));

	*first = (from - extent->address) / sizeof(u64);
	*end = (to - extent->address) / sizeof(u64);
}

static void flush_extent(struct vtd_extent *extent, u64 address, size_t size)
{
	unsigned int word, end;

	for (words_of_lines(extent, address, size, &word, &end); word < end; word++) {
		store_word(extent->copy[VTD_COPY_FLUSHED], extent, word);
		__set_bit(line_of(extent, word), extent->flushed);
	}
}

static bool flush_page(struct vtd_memory *memory, u64 address, size_t size)
{
	u64 from = round_down(address, LINE_BYTES);
	u64 to = round_up(address + size, LINE_BYTES);
	struct vtd_extent *extent;
	bool any = false;

	hash_for_each_possible(memory->extents, extent, node, PHYS_PFN(address)) {
		if (extent->address >= to || from >= end_of(extent))
			continue;
		flush_extent(extent, address, size);
		any = true;
	}
	return any;
}

/**
 * vtd_memory_flush - The CPU flushes its caches.
 * @memory: The memory.
 * @virt: First address. Each line with some of the range is flushed.
 * @size: Bytes, none or more.
 *
 * Context: Any.
 *
 * Return: true if some of that is known.
 */
bool vtd_memory_flush(struct vtd_memory *memory, const void *virt, size_t size)
{
	bool any = false;

	if (!virt_addr_valid(virt))
		return false;

	guard(raw_spinlock_irqsave)(&memory->lock);
	while (size) {
		size_t part = within_page(virt, size);

		any |= flush_page(memory, virt_to_phys((void *)virt), part);
		virt += part;
		size -= part;
	}
	return any;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_memory_flush);

/**
 * vtd_memory_order - What the CPU has stored so far is ordered.
 * @memory: The memory.
 *
 * Context: Any.
 */
void vtd_memory_order(struct vtd_memory *memory)
{
	struct vtd_extent *extent;
	int bucket;

	guard(raw_spinlock_irqsave)(&memory->lock);
	hash_for_each(memory->extents, bucket, extent, node)
		copy_all(extent, VTD_COPY_ORDERED);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_memory_order);

static void drain_extent(struct vtd_extent *extent)
{
	copy_all(extent, VTD_COPY_SNOOPED);
	memcpy(extent->copy[VTD_COPY_BUFFERED], extent->copy[VTD_COPY_FLUSHED],
	       extent->count * sizeof(u64));
	bitmap_copy(extent->buffered, extent->flushed, PAGE_LINES);
}

/**
 * vtd_memory_flush_write_buffers - The chipset's write buffers are flushed.
 * @memory: The memory.
 *
 * Context: Any.
 */
void vtd_memory_flush_write_buffers(struct vtd_memory *memory)
{
	struct vtd_extent *extent;
	int bucket;

	if (!memory->write_buffers)
		return;

	guard(raw_spinlock_irqsave)(&memory->lock);
	hash_for_each(memory->extents, bucket, extent, node)
		drain_extent(extent);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_memory_flush_write_buffers);

static void settle_extent(struct vtd_memory *memory, struct vtd_extent *extent)
{
	flush_extent(extent, extent->address, extent->count * sizeof(u64));
	copy_all(extent, VTD_COPY_ORDERED);
	if (memory->write_buffers)
		drain_extent(extent);
}

/**
 * vtd_memory_settle - Memory is as the CPU sees it, for every unit.
 * @memory: The memory.
 * @virt: First address.
 * @size: Bytes. What of it is known to @memory reaches it.
 *
 * For what becomes of memory when its kernel ends.
 *
 * Context: Any.
 */
void vtd_memory_settle(struct vtd_memory *memory, const void *virt, size_t size)
{
	struct vtd_extent *extent;

	guard(raw_spinlock_irqsave)(&memory->lock);
	while (size) {
		size_t part = within_page(virt, size);
		u64 address = virt_to_phys((void *)virt);

		hash_for_each_possible(memory->extents, extent, node,
				       PHYS_PFN(address)) {
			if (extent->address < address + part &&
			    address < end_of(extent))
				settle_extent(memory, extent);
		}
		virt += part;
		size -= part;
	}
}
EXPORT_SYMBOL_IF_KUNIT(vtd_memory_settle);

/* What the unit does */

static u64 read_flushed(struct vtd_memory *memory,
			const struct vtd_extent *extent, unsigned int word)
{
	bool buffers = memory->write_buffers;

	if (!test_bit(line_of(extent, word),
		      buffers ? extent->buffered : extent->flushed))
		vtd_finding_note(&memory->unflushed, "at %#llx",
				 extent->address + word * sizeof(u64));
	return extent->copy[buffers ? VTD_COPY_BUFFERED : VTD_COPY_FLUSHED][word];
}

static u64 read_snooped(const struct vtd_memory *memory,
			const struct vtd_extent *extent, unsigned int word)
{
	if (memory->write_buffers)
		return extent->copy[VTD_COPY_SNOOPED][word];
	return READ_ONCE(extent->words[word]);
}

/* The extent of an aligned word, or NULL and a finding */
static struct vtd_extent *find_word(struct vtd_memory *memory, u64 address,
				    unsigned int *word)
{
	struct vtd_extent *extent = NULL;

	if (IS_ALIGNED(address, sizeof(u64)))
		extent = find_extent(memory, address, sizeof(u64));
	if (extent)
		*word = (address - extent->address) / sizeof(u64);
	else
		vtd_finding_note(&memory->strays, "at %#llx", address);
	return extent;
}

/**
 * vtd_memory_read - The unit reads a 64-bit word, see struct vtd_view.
 * @context: The struct vtd_memory.
 * @address: Its address.
 * @snoop: It snoops the CPU's caches.
 * @value: What it finds there.
 *
 * Context: Any.
 *
 * Return: 0, or -EFAULT and a finding if the memory is not known.
 */
int vtd_memory_read(void *context, u64 address, bool snoop, u64 *value)
{
	struct vtd_memory *memory = context;
	struct vtd_extent *extent;
	unsigned int word;

	guard(raw_spinlock_irqsave)(&memory->lock);
	extent = find_word(memory, address, &word);
	if (!extent)
		return -EFAULT;

	*value = snoop ? read_snooped(memory, extent, word) :
			 read_flushed(memory, extent, word);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_memory_read);

/**
 * vtd_memory_update - The unit changes a 64-bit word, atomically.
 * @memory: The memory.
 * @address: Its address.
 * @clear: Bits that it clears.
 * @set: Bits that it sets then.
 *
 * The CPU sees that at once, and no copy is behind it.
 *
 * Context: Any.
 *
 * Return: 0, or -EFAULT and a finding if the memory is not known.
 */
int vtd_memory_update(struct vtd_memory *memory, u64 address, u64 clear, u64 set)
{
	struct vtd_extent *extent;
	unsigned int word;
	u64 old;

	guard(raw_spinlock_irqsave)(&memory->lock);
	extent = find_word(memory, address, &word);
	if (!extent)
		return -EFAULT;

	old = READ_ONCE(extent->words[word]);
	while (!try_cmpxchg64(&extent->words[word], &old, (old & ~clear) | set))
		;
	for (int i = 0; i < nr_copies(memory); i++) {
		u64 *copy = &extent->copy[i][word];

		*copy = (*copy & ~clear) | set;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_memory_update);

/* The copy with what has reached a unit for certain */
static enum vtd_copy certain_copy(const struct vtd_memory *memory, bool snoop)
{
	if (memory->write_buffers)
		return snoop ? VTD_COPY_SNOOPED : VTD_COPY_BUFFERED;
	return snoop ? VTD_COPY_ORDERED : VTD_COPY_FLUSHED;
}

/**
 * vtd_memory_peek - What might the unit find in a 64-bit word just now.
 * @memory: The memory.
 * @address: Its address, aligned.
 * @snoop: The unit snoops the CPU's caches.
 * @word: The values.
 *
 * Nothing of this is a finding.
 *
 * Context: Any.
 *
 * Return: 0, or -EFAULT if the memory is not known.
 */
int vtd_memory_peek(struct vtd_memory *memory, u64 address, bool snoop,
		    struct vtd_memory_word *word)
{
	struct vtd_extent *extent;
	unsigned int index;

	guard(raw_spinlock_irqsave)(&memory->lock);
	extent = find_extent(memory, address, sizeof(u64));
	if (!extent)
		return -EFAULT;

	index = (address - extent->address) / sizeof(u64);
	word->was = extent->copy[certain_copy(memory, snoop)][index];
	word->is = READ_ONCE(extent->words[index]);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_memory_peek);

/* What the case says */

/**
 * vtd_memory_expect_stray - The unit may access memory that is not known.
 * @memory: The memory.
 * @count: So often, or %VTD_ANY_NUMBER.
 *
 * Context: Any.
 */
void vtd_memory_expect_stray(struct vtd_memory *memory, unsigned int count)
{
	guard(raw_spinlock_irqsave)(&memory->lock);
	memory->strays.expected = count;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_memory_expect_stray);

/**
 * vtd_memory_expect_unflushed - The unit may read lines that were not flushed.
 * @memory: The memory.
 * @count: So often, or %VTD_ANY_NUMBER.
 *
 * Context: Any.
 */
void vtd_memory_expect_unflushed(struct vtd_memory *memory, unsigned int count)
{
	guard(raw_spinlock_irqsave)(&memory->lock);
	memory->unflushed.expected = count;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_memory_expect_unflushed);

/**
 * vtd_memory_judge - Fail the case for what it did not expect.
 * @test: The case.
 * @memory: The memory, which nobody uses any more.
 *
 * Context: Process context, also in an action of @test.
 *
 * Return: true if all was as expected.
 */
bool vtd_memory_judge(struct kunit *test, const struct vtd_memory *memory)
{
	bool strays = vtd_finding_judge(test, &memory->strays);
	bool unflushed = vtd_finding_judge(test, &memory->unflushed);
	bool unknown = vtd_finding_judge(test, &memory->unknown);

	return strays && unflushed && unknown;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_memory_judge);
