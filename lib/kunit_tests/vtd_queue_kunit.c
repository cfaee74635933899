// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: invalidation queue of the VT-d unit
 *
 * Descriptors typed in by hand, bit by bit from the figures of section 6.5.2, and
 * what each of them must cause; each bit that is reserved; each error with what
 * software finds and how the queue goes on; wait descriptors with their status,
 * their interrupt, and what is not sent.
 */

#include <linux/io.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "vtd_register_cases.h"
#include "vtd_unit_internal.h"

/**
 * enum queue_mode - How the unit is used
 * @LEGACY: Legacy mode, descriptors of 128 bits.
 * @LEGACY_WIDE: Legacy mode, descriptors of 256 bits.
 * @SCALABLE: Scalable mode, which has descriptors of 256 bits only.
 */
enum queue_mode {
	LEGACY,
	LEGACY_WIDE,
	SCALABLE,
	/* private: */
	NR_QUEUE_MODES,
};

/**
 * struct queue - What software knows of its queue
 * @unit: The unit.
 * @words: The queue.
 * @size: Its bytes.
 * @step: Bytes of a descriptor.
 * @tail: Where the next one goes.
 */
struct queue {
	struct vtd_test_unit *unit;
	u64 *words;
	u32 size;
	u32 step;
	u32 tail;
};

static void enable_queue(struct vtd_test_unit *unit, u64 address,
			 enum queue_mode mode)
{
	if (mode == SCALABLE) {
		vtd_test_unit_writeq(unit, 0x020, 0x400);
		vtd_test_unit_writel(unit, 0x018, 0x40000000);
		vtd_unit_settle(&unit->unit);
	}
	if (mode != LEGACY)
		address |= 0x800;
	vtd_test_unit_writeq(unit, 0x088, 0);
	vtd_test_unit_writeq(unit, 0x090, address);
	vtd_test_unit_writel(unit, 0x018, 0x04000000);
	vtd_unit_settle(&unit->unit);
	vtd_log_clear(unit);
}

static void create_queue(struct queue *queue, struct vtd_test_unit *unit,
			 enum queue_mode mode)
{
	queue->unit = unit;
	queue->size = 4096;
	queue->words = vtd_test_unit_alloc(unit, queue->size);
	queue->step = mode == LEGACY ? 16 : 32;
	queue->tail = 0;
	enable_queue(unit, virt_to_phys(queue->words), mode);
}

static void put_at(struct queue *queue, u32 offset, const u64 *words)
{
	memcpy(queue->words + offset / 8, words, queue->step);
}

static void put(struct queue *queue, const u64 *words)
{
	put_at(queue, queue->tail, words);
	queue->tail = (queue->tail + queue->step) % queue->size;
}

static void tell_tail(struct queue *queue)
{
	vtd_test_unit_writeq(queue->unit, 0x088, queue->tail);
}

static void submit(struct queue *queue, const u64 *words)
{
	put(queue, words);
	tell_tail(queue);
}

static u32 fault_status(struct queue *queue)
{
	return vtd_test_unit_readl(queue->unit, 0x034);
}

static u64 head(struct queue *queue)
{
	return vtd_test_unit_readq(queue->unit, 0x080);
}

/* Everything was carried out, and nothing is wrong. */
static void expect_idle(struct queue *queue)
{
	struct kunit *test = queue->unit->test;

	KUNIT_EXPECT_EQ(test, head(queue), queue->tail);
	KUNIT_EXPECT_EQ(test, fault_status(queue), 0);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readq(queue->unit, 0x0b0), 0);
}

/* Does nothing: a wait descriptor without status and interrupt. */
static const u64 nothing[4] = { 0x0000000000000005 };

/* Descriptors */

/**
 * struct descriptor - A descriptor
 * @desc: What it asks for.
 * @scalable: Only scalable mode has it.
 * @words: Its bits.
 * @event: What it causes.
 */
struct descriptor {
	const char *desc;
	bool scalable;
	u64 words[4];
	struct vtd_event event;
};

static const struct descriptor descriptors[] = {
	{ "all contexts", false, { 0x0003abcd12340011 },
	  { VTD_EVENT_CONTEXT_INVALIDATION, .granularity = 1 } },
	{ "contexts of a domain", false, { 0x0003abcd12340021 },
	  { VTD_EVENT_CONTEXT_INVALIDATION, .granularity = 2,
	    .domain = 0x1234 } },
	{ "context of a device", false, { 0x0003abcd12340031 },
	  { VTD_EVENT_CONTEXT_INVALIDATION, .granularity = 3,
	    .domain = 0x1234, .source_id = 0xabcd, .value = 3 } },
	{ "all translations", false, { 0x00000000123400d2, 0x7654321000 },
	  { VTD_EVENT_IOTLB_INVALIDATION, .granularity = 1 } },
	{ "translations of a domain", false,
	  { 0x0000000012340022, 0x7654321000 },
	  { VTD_EVENT_IOTLB_INVALIDATION, .granularity = 2,
	    .domain = 0x1234 } },
	{ "a page", false, { 0x0000000012340032, 0x0000007654321000 },
	  { VTD_EVENT_IOTLB_INVALIDATION, .granularity = 3, .domain = 0x1234,
	    .address = 0x7654321000, .size = 0x1000 } },
	{ "pages, no pointers to tables", false,
	  { 0x00000000123400f2, 0x0000007654321052 },
	  { VTD_EVENT_IOTLB_INVALIDATION, .granularity = 3, .domain = 0x1234,
	    .address = 0x7640000000, .size = 0x40000000 } },
	{ "translations of a PASID", true, { 0x000fedcb12340026, 0x7654321000 },
	  { VTD_EVENT_PASID_IOTLB_INVALIDATION, .granularity = 2,
	    .domain = 0x1234, .pasid = 0xfedcb } },
	{ "a page of a PASID", true,
	  { 0x000fedcb12340036, 0x0000007654321041 },
	  { VTD_EVENT_PASID_IOTLB_INVALIDATION, .granularity = 3,
	    .domain = 0x1234, .pasid = 0xfedcb, .address = 0x7654320000,
	    .size = 0x2000 } },
	{ "PASIDs of a domain", true, { 0x000fedcb12340007 },
	  { VTD_EVENT_PASID_INVALIDATION, .granularity = 0,
	    .domain = 0x1234 } },
	{ "a PASID", true, { 0x000fedcb12340017 },
	  { VTD_EVENT_PASID_INVALIDATION, .granularity = 1, .domain = 0x1234,
	    .pasid = 0xfedcb } },
	{ "all PASIDs", true, { 0x000fedcb12340037 },
	  { VTD_EVENT_PASID_INVALIDATION, .granularity = 3 } },
	{ "device TLB", false, { 0x1230abcd001f4003, 0x0000007654321001 },
	  { VTD_EVENT_DEVICE_TLB_INVALIDATION, .source_id = 0xabcd,
	    .pasid = VTD_NO_PASID, .address = 0x7654321000 } },
	{ "device TLB of a PASID", true,
	  { 0x123fedcbabcd41f8, 0x0000007654321801 },
	  { VTD_EVENT_DEVICE_TLB_INVALIDATION, .source_id = 0xabcd,
	    .pasid = 0xfedcb, .address = 0x7654321000 } },
	{ "all interrupts", false, { 0x00001235f8000004 },
	  { VTD_EVENT_INTERRUPT_INVALIDATION, .granularity = 0 } },
	{ "some interrupts", false, { 0x0000123518000014 },
	  { VTD_EVENT_INTERRUPT_INVALIDATION, .granularity = 1,
	    .address = 0x1230, .size = 8 } },
	{ "wait without a trace", false, { 0x0000000000000005 },
	  { VTD_EVENT_WAIT } },
	{ "wait with fence and drain", false, { 0x00000000000000c5 },
	  { VTD_EVENT_WAIT } },
};

static void descriptor_desc(const struct descriptor *descriptor, char *desc)
{
	strscpy(desc, descriptor->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(descriptor, descriptors, descriptor_desc);

static void descriptor_does_what_it_says(struct kunit *test)
{
	const struct descriptor *descriptor = test->param_value;
	enum queue_mode mode = descriptor->scalable ? SCALABLE : LEGACY;

	for (; mode < NR_QUEUE_MODES; mode++) {
		struct vtd_test_unit *unit = case_unit(test, VTD_CAP_RWBF, 0, 0);
		struct vtd_event event;
		struct queue queue;

		create_queue(&queue, unit, mode);
		submit(&queue, descriptor->words);
		expect_idle(&queue);
		case_expect_event(unit, 1, &descriptor->event);
		KUNIT_EXPECT_FALSE(test, vtd_log_get(&unit->log, 2, &event));
	}
}

/* Else the descriptor itself could be an old one: section 6.8 */
static void write_buffers_are_flushed_before_a_descriptor(struct kunit *test)
{
	const struct descriptor *descriptor = test->param_value;
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	create_queue(&queue, unit, SCALABLE);
	submit(&queue, descriptor->words);
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_WRITE_BUFFER_FLUSH),
			      VTD_PATTERN(descriptor->event.type));
	case_expect_event(unit, 2, &descriptor->event);
}

/**
 * struct known_bits - Which bits of a descriptor mean something
 * @desc: The descriptor.
 * @words: One that is right.
 * @known: Bits that are not reserved, without those of the type.
 */
struct known_bits {
	const char *desc;
	u64 words[4];
	u64 known[4];
};

static const struct known_bits known_bits[] = {
	{ "context", { 0x11 }, { 0x0003ffffffff0030 } },
	{ "IOTLB", { 0x12 }, { 0x00000000ffff00f0, 0xfffffffffffff07f } },
	{ "device TLB", { 0x03 }, { 0xfff0ffff001ff000, 0xfffffffffffff001 } },
	{ "interrupt", { 0x04 }, { 0x0000fffff8000010 } },
	{ "wait", { 0x05 }, { 0xffffffff000000f0, 0xfffffffffffffffc } },
	{ "PASID IOTLB", { 0x26 }, { 0x000fffffffff0030, 0xfffffffffffff07f } },
	{ "PASID", { 0x37 }, { 0x000fffffffff0030 } },
	{ "PASID device TLB", { 0x08 },
	  { 0xfffffffffffff1f0, 0xfffffffffffff801 } },
};

static void known_bits_desc(const struct known_bits *known, char *desc)
{
	strscpy(desc, known->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(known_bits, known_bits, known_bits_desc);

/* The queue is at the bad descriptor: put a good one there, and go on. */
static void repair(struct queue *queue, const u64 *words)
{
	put_at(queue, head(queue), words);
	vtd_test_unit_writel(queue->unit, 0x034, 0x10);
	expect_idle(queue);
}

static void reserved_bit_of_a_descriptor_is_an_error(struct kunit *test)
{
	const struct known_bits *known = test->param_value;
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	create_queue(&queue, unit, SCALABLE);
	/* Bits 3:0 and 11:9 of the first word are the type. */
	for (int bit = 4; bit < 256; bit++) {
		u64 error = bit >= 9 && bit <= 11 ? VTD_IQEI_TYPE :
						    VTD_IQEI_RESERVED;
		u64 words[4];

		if (known->known[bit / 64] & BIT_ULL(bit % 64))
			continue;
		memcpy(words, known->words, sizeof(words));
		words[bit / 64] |= BIT_ULL(bit % 64);
		submit(&queue, words);
		KUNIT_EXPECT_EQ_MSG(test, vtd_test_unit_readq(unit, 0x0b0),
				    error, "bit %d", bit);
		KUNIT_EXPECT_EQ(test, fault_status(&queue), 0x10);
		repair(&queue, known->words);
	}
}

/* Errors */

/**
 * struct bad_descriptor - A descriptor that stops the queue
 * @desc: Why.
 * @mode: How the unit is used.
 * @without_ecap: Capabilities to take away.
 * @words: The descriptor.
 * @error: What IQERCD says.
 */
struct bad_descriptor {
	const char *desc;
	enum queue_mode mode;
	u64 without_ecap;
	u64 words[4];
	u64 error;
};

static const struct bad_descriptor bad_descriptors[] = {
	{ "no type", LEGACY, 0, { 0x0 }, 3 },
	{ "type 9", SCALABLE, 0, { 0x9 }, 3 },
	{ "type 15", SCALABLE, 0, { 0xf }, 3 },
	{ "type 16", SCALABLE, 0, { 0x200 }, 3 },
	{ "type 127", SCALABLE, 0, { 0xe0f }, 3 },
	{ "PASIDs in legacy mode", LEGACY, 0, { 0x37 }, 3 },
	{ "PASIDs in legacy mode, wide", LEGACY_WIDE, 0, { 0x37 }, 3 },
	{ "translations of a PASID in legacy mode", LEGACY, 0, { 0x26 }, 3 },
	{ "device TLB of a PASID in legacy mode", LEGACY, 0, { 0x08 }, 3 },
	{ "device TLB that the unit does not have", LEGACY, VTD_ECAP_DT,
	  { 0x03 }, 3 },
	{ "device TLB of a PASID that the unit does not have", SCALABLE,
	  VTD_ECAP_DT, { 0x08 }, 3 },
	{ "interrupts that the unit does not have", LEGACY,
	  VTD_ECAP_IR | VTD_ECAP_EIM, { 0x04 }, 3 },
	{ "contexts of no granularity", LEGACY, 0, { 0x01 }, 4 },
	{ "translations of no granularity", LEGACY, 0, { 0x02 }, 4 },
	{ "PASIDs of a reserved granularity", SCALABLE, 0, { 0x27 }, 4 },
	{ "translations of a PASID of no granularity", SCALABLE, 0, { 0x06 }, 4 },
	{ "translations of a PASID of granularity 1", SCALABLE, 0, { 0x16 }, 4 },
	{ "pages with a mask that is too large", LEGACY, 0, { 0x32, 0x13 }, 4 },
	{ "pages of a PASID with a mask that is too large", SCALABLE, 0,
	  { 0x36, 0x13 }, 4 },
	{ "interrupts with a mask that is too large", LEGACY, 0,
	  { 0x0000000048000014 }, 4 },
	{ "PFSID that the unit does not have, low", LEGACY, VTD_ECAP_DIT,
	  { 0x1003 }, 4 },
	{ "PFSID that the unit does not have, high", LEGACY, VTD_ECAP_DIT,
	  { 0x0010000000000003 }, 4 },
	{ "PFSID of a PASID that the unit does not have", SCALABLE,
	  VTD_ECAP_DIT, { 0x1008 }, 4 },
	{ "drain that the unit does not have", LEGACY, VTD_ECAP_PDS, { 0x85 },
	  4 },
	{ "something in word 2", LEGACY_WIDE, 0, { 0x05, 0, 1 }, 4 },
	{ "something in word 3", LEGACY_WIDE, 0,
	  { 0x05, 0, 0, 0x8000000000000000 }, 4 },
};

static void bad_descriptor_desc(const struct bad_descriptor *bad, char *desc)
{
	strscpy(desc, bad->desc, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bad_descriptor, bad_descriptors, bad_descriptor_desc);

static void bad_descriptor_stops_the_queue_until_it_is_cleared(struct kunit *test)
{
	const struct bad_descriptor *bad = test->param_value;
	struct vtd_test_unit *unit;
	struct queue queue;

	unit = case_unit(test, VTD_CAP_RWBF, bad->without_ecap, 0);
	create_queue(&queue, unit, bad->mode);
	put(&queue, nothing);
	put(&queue, bad->words);
	put(&queue, nothing);
	tell_tail(&queue);

	KUNIT_EXPECT_EQ(test, fault_status(&queue), 0x10);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readq(unit, 0x0b0), bad->error);
	KUNIT_EXPECT_EQ(test, head(&queue), queue.step);
	KUNIT_EXPECT_EQ(test, vtd_log_count(unit, VTD_EVENT_WAIT), 1);

	/* A new tail changes nothing, a cleared error fetches it again. */
	submit(&queue, nothing);
	KUNIT_EXPECT_EQ(test, head(&queue), queue.step);
	vtd_test_unit_writel(unit, 0x034, 0x10);
	KUNIT_EXPECT_EQ(test, fault_status(&queue), 0x10);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readq(unit, 0x0b0), bad->error);

	repair(&queue, nothing);
	KUNIT_EXPECT_EQ(test, vtd_log_count(unit, VTD_EVENT_WAIT), 4);
}

/* Nothing is fetched, and IQERCD says why. */
static void expect_stopped(struct queue *queue, u64 error)
{
	struct kunit *test = queue->unit->test;

	KUNIT_EXPECT_EQ(test, fault_status(queue), 0x10);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readq(queue->unit, 0x0b0), error);
	KUNIT_EXPECT_EQ(test, head(queue), 0);
	vtd_log_expect_not(queue->unit, VTD_EVENT_WAIT);
}

static void tail_beyond_the_queue_is_an_error(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	create_queue(&queue, unit, LEGACY);
	vtd_test_unit_writeq(unit, 0x088, 4096);
	expect_stopped(&queue, 1);
	vtd_test_unit_writeq(unit, 0x088, 0);
	vtd_test_unit_writel(unit, 0x034, 0x10);
	expect_idle(&queue);
}

static void tail_in_a_wide_descriptor_is_an_error(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	create_queue(&queue, unit, LEGACY_WIDE);
	put(&queue, nothing);
	put(&queue, nothing);
	vtd_test_unit_writeq(unit, 0x088, 0x30);
	expect_stopped(&queue, 6);
	tell_tail(&queue);
	vtd_test_unit_writel(unit, 0x034, 0x10);
	expect_idle(&queue);
}

static void larger_queue_has_a_larger_tail(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue = { .unit = unit, .size = 8192, .step = 16 };

	queue.words = vtd_test_unit_alloc(unit, queue.size);
	enable_queue(unit, virt_to_phys(queue.words) | 1, LEGACY);
	for (int i = 0; i < 511; i++)
		put(&queue, nothing);
	tell_tail(&queue);
	expect_idle(&queue);
	KUNIT_EXPECT_EQ(test, vtd_log_count(unit, VTD_EVENT_WAIT), 511);
	vtd_test_unit_writeq(unit, 0x088, 8192);
	KUNIT_EXPECT_EQ(test, fault_status(&queue), 0x10);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readq(unit, 0x0b0), 1);
}

static void queue_without_memory_is_an_error(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue = { .unit = unit, .size = 4096, .step = 16 };

	vtd_memory_expect_stray(&unit->memory, 1);
	enable_queue(unit, 0x3ffffffff000, LEGACY);
	vtd_test_unit_writeq(unit, 0x088, 0x20);
	expect_stopped(&queue, 2);
}

static void narrow_descriptors_in_scalable_mode_are_an_error(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	create_queue(&queue, unit, LEGACY);
	vtd_test_unit_writeq(unit, 0x020, 0x400);
	vtd_test_unit_writel(unit, 0x018, 0x44000000);
	submit(&queue, nothing);
	expect_stopped(&queue, 5);
}

/* Software cannot get there, as the command would be refused. */
static void impossible_translation_mode_is_an_error(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	create_queue(&queue, unit, LEGACY);
	unit->unit.root_table = 0x800;
	submit(&queue, nothing);
	expect_stopped(&queue, 7);
}

static void abort_mode_has_a_queue(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	vtd_test_unit_writeq(unit, 0x020, 0xc00);
	vtd_test_unit_writel(unit, 0x018, 0x40000000);
	create_queue(&queue, unit, LEGACY);
	submit(&queue, nothing);
	expect_idle(&queue);
}

static void error_interrupts_once(struct kunit *test)
{
	static const u64 bad[4];
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	create_queue(&queue, unit, LEGACY);
	vtd_test_unit_writel(unit, 0x03c, 0x4021);
	vtd_test_unit_writel(unit, 0x040, 0xfee01000);
	vtd_test_unit_writel(unit, 0x038, 0);
	submit(&queue, bad);
	vtd_log_expect(unit, VTD_EVENT_MESSAGE, .address = 0xfee01000,
		       .value = 0x4021);
	submit(&queue, nothing);
	KUNIT_EXPECT_EQ(test, vtd_log_count(unit, VTD_EVENT_MESSAGE), 1);
	repair(&queue, nothing);
	KUNIT_EXPECT_EQ(test, vtd_log_count(unit, VTD_EVENT_MESSAGE), 1);
	submit(&queue, bad);
	KUNIT_EXPECT_EQ(test, vtd_log_count(unit, VTD_EVENT_MESSAGE), 2);
}

/* Wait descriptors */

static void wait_writes_32_bits_of_status(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	u64 *status = vtd_test_unit_alloc(unit, 4096);
	u64 wait[4] = { 0xcafe000100000025 };
	struct queue queue;

	memset(status, 0x11, 32);
	create_queue(&queue, unit, LEGACY);
	wait[1] = virt_to_phys(status + 1);
	submit(&queue, wait);
	KUNIT_EXPECT_EQ(test, status[1], 0x11111111cafe0001);
	vtd_log_expect(unit, VTD_EVENT_WAIT, .address = wait[1],
		       .value = 0xcafe0001);

	wait[0] = 0xdada000200000025;
	wait[1] += 4;
	submit(&queue, wait);
	KUNIT_EXPECT_EQ(test, status[1], 0xdada0002cafe0001);
	KUNIT_EXPECT_EQ(test, status[0], 0x1111111111111111);
	KUNIT_EXPECT_EQ(test, status[2], 0x1111111111111111);
	vtd_log_expect(unit, VTD_EVENT_WAIT, .address = wait[1],
		       .value = 0xdada0002);
	expect_idle(&queue);
}

static void wait_without_sw_writes_nothing(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	u64 *status = vtd_test_unit_alloc(unit, 4096);
	u64 wait[4] = { 0xcafe000100000015 };
	struct queue queue;

	create_queue(&queue, unit, LEGACY);
	wait[1] = virt_to_phys(status);
	submit(&queue, wait);
	KUNIT_EXPECT_EQ(test, status[0], 0);
	expect_idle(&queue);
}

static void wait_comes_after_what_is_before_it(struct kunit *test)
{
	static const u64 all[4] = { 0x12 };
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	create_queue(&queue, unit, LEGACY);
	put(&queue, all);
	put(&queue, nothing);
	tell_tail(&queue);
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_IOTLB_INVALIDATION),
			      VTD_PATTERN(VTD_EVENT_WAIT));
}

static void status_without_memory_is_a_misuse(struct kunit *test)
{
	static const u64 wait[4] = { 0xcafe000100000025, 0x3ffffffff004 };
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	vtd_memory_expect_stray(&unit->memory, 1);
	create_queue(&queue, unit, LEGACY);
	submit(&queue, wait);
	case_expect_misuse(unit, "wait descriptor: no memory at 0x3ffffffff004");
	expect_idle(&queue);
}

/* IF alone; the status address does not matter. */
static const u64 interrupting[4] = { 0x15 };

static void wait_interrupts_until_software_has_seen_it(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	create_queue(&queue, unit, LEGACY);
	vtd_test_unit_writel(unit, 0x0a4, 0x4022);
	vtd_test_unit_writel(unit, 0x0a8, 0xfee02000);
	vtd_test_unit_writel(unit, 0x0ac, 0x5);
	vtd_test_unit_writel(unit, 0x0a0, 0);

	submit(&queue, nothing);
	vtd_log_expect_not(unit, VTD_EVENT_MESSAGE);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, 0x09c), 0);

	submit(&queue, interrupting);
	vtd_log_expect(unit, VTD_EVENT_MESSAGE, .address = 0x5fee02000,
		       .value = 0x4022);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, 0x09c), 1);
	submit(&queue, interrupting);
	KUNIT_EXPECT_EQ(test, vtd_log_count(unit, VTD_EVENT_MESSAGE), 1);

	vtd_test_unit_writel(unit, 0x09c, 1);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, 0x09c), 0);
	submit(&queue, interrupting);
	KUNIT_EXPECT_EQ(test, vtd_log_count(unit, VTD_EVENT_MESSAGE), 2);
}

static void masked_completion_is_sent_when_unmasked(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	create_queue(&queue, unit, LEGACY);
	submit(&queue, interrupting);
	vtd_log_expect_not(unit, VTD_EVENT_MESSAGE);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, 0x0a0), 0xc0000000);
	vtd_test_unit_writel(unit, 0x0a0, 0);
	KUNIT_EXPECT_EQ(test, vtd_log_count(unit, VTD_EVENT_MESSAGE), 1);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, 0x0a0), 0);
}

static void masked_completion_that_was_seen_is_not_sent(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	create_queue(&queue, unit, LEGACY);
	submit(&queue, interrupting);
	vtd_test_unit_writel(unit, 0x09c, 0);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, 0x0a0), 0xc0000000);
	vtd_test_unit_writel(unit, 0x09c, 1);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, 0x0a0), 0x80000000);
	vtd_test_unit_writel(unit, 0x0a0, 0);
	vtd_log_expect_not(unit, VTD_EVENT_MESSAGE);
}

/* The ring */

static void queue_wraps_around(struct kunit *test)
{
	static const enum queue_mode modes[] = { LEGACY, LEGACY_WIDE };

	for (int i = 0; i < ARRAY_SIZE(modes); i++) {
		struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
		struct queue queue;
		u32 count;

		create_queue(&queue, unit, modes[i]);
		count = 3 * (queue.size / queue.step) + 1;
		for (u32 n = 0; n < count; n++)
			submit(&queue, nothing);
		expect_idle(&queue);
		KUNIT_EXPECT_EQ(test, head(&queue), queue.step);
		KUNIT_EXPECT_EQ(test, vtd_log_count(unit, VTD_EVENT_WAIT),
				count);
	}
}

static void tail_can_be_told_by_its_lower_half(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	create_queue(&queue, unit, LEGACY);
	put(&queue, nothing);
	vtd_test_unit_writel(unit, 0x088, queue.tail);
	expect_idle(&queue);
	KUNIT_EXPECT_EQ(test, vtd_log_count(unit, VTD_EVENT_WAIT), 1);
}

static void descriptors_take_as_many_reads_as_they_are_told(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 3);
	struct queue queue;

	create_queue(&queue, unit, LEGACY);
	submit(&queue, nothing);
	KUNIT_EXPECT_EQ(test, head(&queue), 0);
	KUNIT_EXPECT_EQ(test, fault_status(&queue), 0);
	vtd_log_expect_not(unit, VTD_EVENT_WAIT);
	KUNIT_EXPECT_EQ(test, head(&queue), 16);
	KUNIT_EXPECT_EQ(test, vtd_log_count(unit, VTD_EVENT_WAIT), 1);
}

static void disabling_a_queue_that_is_busy_is_a_misuse(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 9);
	struct queue queue;

	create_queue(&queue, unit, LEGACY);
	submit(&queue, nothing);
	vtd_test_unit_writel(unit, 0x018, 0);
	case_expect_misuse(unit, "the invalidation queue is not empty");
	vtd_unit_settle(&unit->unit);
	expect_idle(&queue);
}

static void queue_that_is_stopped_can_be_disabled(struct kunit *test)
{
	static const u64 bad[4];
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	create_queue(&queue, unit, LEGACY);
	put(&queue, nothing);
	put(&queue, bad);
	tell_tail(&queue);
	KUNIT_EXPECT_EQ(test, head(&queue), 16);
	vtd_test_unit_writel(unit, 0x018, 0);
	KUNIT_EXPECT_EQ(test, vtd_test_unit_readl(unit, 0x01c), 0);

	/* Enabled again, it begins at its start. */
	vtd_test_unit_writel(unit, 0x034, 0x10);
	queue.tail = 0;
	enable_queue(unit, virt_to_phys(queue.words), LEGACY);
	KUNIT_EXPECT_EQ(test, head(&queue), 0);
	submit(&queue, nothing);
	expect_idle(&queue);
}

static void disabled_queue_takes_no_notice_of_its_tail(struct kunit *test)
{
	struct vtd_test_unit *unit = case_unit(test, 0, 0, 0);
	struct queue queue;

	create_queue(&queue, unit, LEGACY);
	put(&queue, nothing);
	vtd_test_unit_writel(unit, 0x018, 0);
	tell_tail(&queue);
	KUNIT_EXPECT_EQ(test, head(&queue), 0);
	vtd_log_expect_not(unit, VTD_EVENT_WAIT);
}

static struct kunit_case vtd_queue_cases[] = {
	KUNIT_CASE_PARAM(descriptor_does_what_it_says, descriptor_gen_params),
	KUNIT_CASE_PARAM(write_buffers_are_flushed_before_a_descriptor,
			 descriptor_gen_params),
	KUNIT_CASE_PARAM(reserved_bit_of_a_descriptor_is_an_error,
			 known_bits_gen_params),
	KUNIT_CASE_PARAM(bad_descriptor_stops_the_queue_until_it_is_cleared,
			 bad_descriptor_gen_params),
	KUNIT_CASE(tail_beyond_the_queue_is_an_error),
	KUNIT_CASE(tail_in_a_wide_descriptor_is_an_error),
	KUNIT_CASE(larger_queue_has_a_larger_tail),
	KUNIT_CASE(queue_without_memory_is_an_error),
	KUNIT_CASE(narrow_descriptors_in_scalable_mode_are_an_error),
	KUNIT_CASE(impossible_translation_mode_is_an_error),
	KUNIT_CASE(abort_mode_has_a_queue),
	KUNIT_CASE(error_interrupts_once),
	KUNIT_CASE(wait_writes_32_bits_of_status),
	KUNIT_CASE(wait_without_sw_writes_nothing),
	KUNIT_CASE(wait_comes_after_what_is_before_it),
	KUNIT_CASE(status_without_memory_is_a_misuse),
	KUNIT_CASE(wait_interrupts_until_software_has_seen_it),
	KUNIT_CASE(masked_completion_is_sent_when_unmasked),
	KUNIT_CASE(masked_completion_that_was_seen_is_not_sent),
	KUNIT_CASE(queue_wraps_around),
	KUNIT_CASE(tail_can_be_told_by_its_lower_half),
	KUNIT_CASE(descriptors_take_as_many_reads_as_they_are_told),
	KUNIT_CASE(disabling_a_queue_that_is_busy_is_a_misuse),
	KUNIT_CASE(queue_that_is_stopped_can_be_disabled),
	KUNIT_CASE(disabled_queue_takes_no_notice_of_its_tail),
	{}
};

static struct kunit_suite vtd_queue_suite = {
	.name = "vtd_queue",
	.test_cases = vtd_queue_cases,
};

kunit_test_suite(vtd_queue_suite);

MODULE_DESCRIPTION("KUnit tests of the invalidation queue of the VT-d unit in software");
MODULE_LICENSE("GPL");
