// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands by register and by queue to both units.
 *
 * The unit of QEMU goes first. Both write the status of a wait descriptor to the
 * same memory, which is looked at and cleared in between.
 */
#include <stdio.h>

#include <linux/bitfield.h>
#include <linux/kernel.h>

#include "commands.h"

#define QUEUE_SIZE		PAGE

/**
 * struct compared - A register that both units must have the same in
 * @name: of the register
 * @offset: where it is
 * @size: bytes
 * @mask: bits that are compared
 */
struct compared {
	const char *name;
	u32 offset;
	unsigned int size;
	u64 mask;
};

/* The first ones tell how far a command has got. */
#define NR_ALWAYS		3

static const struct compared compared[] = {
	{ "GSTS", VTD_GSTS, 4, ~0ull },
	{ "FSTS", VTD_FSTS, 4, ~0ull },
	{ "IQH", VTD_IQH, 8, ~0ull },
	{ "IQT", VTD_IQT, 8, ~0ull },
	/* QEMU takes descriptors of 256 bits, and does not show that. */
	{ "IQA", VTD_IQA, 8, ~VTD_IQA_DW },
	{ "RTADDR", VTD_RTADDR, 8, ~0ull },
	{ "FECTL", VTD_FECTL, 4, ~0ull },
	{ "PMEN", VTD_PMEN, 4, ~0ull },
	{ "ICS", VTD_ICS, 4, ~0ull },
	{ "IECTL", VTD_IECTL, 4, ~0ull },
};

static struct qtest *qtest_of(struct units *units)
{
	return &units->machine->vm.qtest;
}

static void compare(struct units *units, const char *when, const char *name, u64 theirs, u64 ours)
{
	if (theirs == ours)
		return;
	units->differences++;
	printf("register %s after %s: QEMU has 0x%llx, the unit in software has 0x%llx\n", name,
	       when, (unsigned long long)theirs, (unsigned long long)ours);
}

static u64 read_model(struct units *units, const struct compared *what)
{
	return what->size == 4 ? model_read32(units->model, what->offset) :
				 model_read64(units->model, what->offset);
}

/* Run what is queued for QEMU, which the model did already, and compare. */
static int finish(struct units *units, const char *when)
{
	unsigned int count = units->all_registers ? ARRAY_SIZE(compared) : NR_ALWAYS;
	u64 theirs[ARRAY_SIZE(compared)] = {};

	for (unsigned int i = 0; i < count; i++) {
		if (compared[i].size == 4)
			qtest_read32(qtest_of(units), VTD_BASE + compared[i].offset,
				     (u32 *)&theirs[i]);
		else
			qtest_read64(qtest_of(units), VTD_BASE + compared[i].offset,
				     &theirs[i]);
	}
	if (qtest_run(qtest_of(units)))
		return -1;
	for (unsigned int i = 0; i < count; i++)
		compare(units, when, compared[i].name, theirs[i] & compared[i].mask,
			read_model(units, &compared[i]) & compared[i].mask);
	return 0;
}

static void write32(struct units *units, u32 offset, u32 value)
{
	qtest_write32(qtest_of(units), VTD_BASE + offset, value);
	model_write32(units->model, offset, value);
}

static void write64(struct units *units, u32 offset, u64 value)
{
	qtest_write64(qtest_of(units), VTD_BASE + offset, value);
	model_write64(units->model, offset, value);
}

/* Global Command repeats the status of what is not a command of one moment. */
static u32 lasting(struct units *units)
{
	return model_read32(units->model, VTD_GSTS) & (VTD_GCMD_TE | VTD_GCMD_QIE);
}

int units_set_root(struct units *units, u64 root)
{
	write64(units, VTD_RTADDR, root);
	write32(units, VTD_GCMD, lasting(units) | VTD_GCMD_SRTP);
	return finish(units, "SRTP");
}

/* Enable or disable VTD_GCMD_TE or VTD_GCMD_QIE. */
int units_enable(struct units *units, u32 what, bool enable)
{
	u32 command = lasting(units) & ~what;

	write32(units, VTD_GCMD, enable ? command | what : command);
	return finish(units, enable ? "enabling" : "disabling");
}

/* Empty the queue and enable it. */
int units_start_queue(struct units *units)
{
	units->tail = 0;
	write64(units, VTD_IQT, 0);
	write64(units, VTD_IQA, QUEUE_BASE | (units->scalable ? VTD_IQA_DW : 0));
	units->queued = true;
	return units_enable(units, VTD_GCMD_QIE, true);
}

int units_stop_queue(struct units *units)
{
	units->queued = false;
	return units_enable(units, VTD_GCMD_QIE, false);
}

/* Invalidation by register */

static u32 iotlb_register(struct units *units, u32 which)
{
	return FIELD_GET(VTD_ECAP_IRO, units->machine->ecap) * 16 + which;
}

/* Both report what granularity they did; QEMU may do more than was asked for. */
static int by_register(struct units *units, u32 offset, u64 value, u64 done, const char *what)
{
	u64 theirs, ours;

	qtest_write64(qtest_of(units), VTD_BASE + offset, value);
	if (units->model->sabotage != SABOTAGE_INVALIDATION)
		model_write64(units->model, offset, value);
	qtest_read64(qtest_of(units), VTD_BASE + offset, &theirs);
	if (finish(units, what))
		return -1;
	ours = model_read64(units->model, offset);
	if (units->model->sabotage != SABOTAGE_INVALIDATION)
		compare(units, what, "of that command", theirs & done, ours & done);
	return 0;
}

static int context_by_register(struct units *units, const struct invalidation *invalidation)
{
	u64 value = VTD_CCMD_ICC | FIELD_PREP(VTD_CCMD_CIRG, invalidation->context);
	/* QEMU invalidates all for a domain, and says so. */
	u64 done = VTD_CCMD_ICC;

	if (invalidation->context != VTD_GRANULARITY_GLOBAL)
		value |= FIELD_PREP(VTD_CCMD_DID, invalidation->domain);
	if (invalidation->context == VTD_GRANULARITY_DEVICE)
		value |= FIELD_PREP(VTD_CCMD_SID, invalidation->source_id) |
			 FIELD_PREP(VTD_CCMD_FM, invalidation->function_mask);
	if (invalidation->context != VTD_GRANULARITY_DOMAIN)
		done |= VTD_CCMD_CAIG;
	return by_register(units, VTD_CCMD, value, done, "CCMD");
}

static u64 address_word(const struct invalidation *invalidation)
{
	return invalidation->address | FIELD_PREP(VTD_IVA_AM, invalidation->mask) |
	       FIELD_PREP(VTD_IVA_IH, invalidation->hint);
}

static int iotlb_by_register(struct units *units, const struct invalidation *invalidation)
{
	u64 value = VTD_IOTLB_IVT | FIELD_PREP(VTD_IOTLB_IIRG, invalidation->iotlb);

	if (invalidation->iotlb != VTD_GRANULARITY_GLOBAL)
		value |= FIELD_PREP(VTD_IOTLB_DID, invalidation->domain);
	if (invalidation->iotlb == VTD_GRANULARITY_PAGE)
		write64(units, iotlb_register(units, VTD_IVA), address_word(invalidation));
	return by_register(units, iotlb_register(units, VTD_IOTLB), value,
			   VTD_IOTLB_IVT | VTD_IOTLB_IAIG, "IOTLB");
}

/* Invalidation by queue */

static u32 descriptor_size(const struct units *units)
{
	return units->scalable ? 32 : 16;
}

static void put_descriptor(struct units *units, u32 offset, u64 word0, u64 word1)
{
	struct memory *memory = &units->machine->memory;

	memory_clear(memory, QUEUE_BASE + offset, descriptor_size(units));
	memory_store(memory, QUEUE_BASE + offset, word0);
	memory_store(memory, QUEUE_BASE + offset + 8, word1);
}

static void append(struct units *units, u64 word0, u64 word1)
{
	put_descriptor(units, units->tail, word0, word1);
	units->tail = (units->tail + descriptor_size(units)) % QUEUE_SIZE;
}

/*
 * Tell one unit of the tail after the other; each has to write the status. A queue
 * that has stopped goes on when its error is cleared, QEMU's when it is told of the
 * tail after that.
 */
static int run_queue(struct units *units, bool resume, const char *what)
{
	struct memory *memory = &units->machine->memory;
	u64 theirs;

	if (resume)
		qtest_write32(qtest_of(units), VTD_BASE + VTD_FSTS, VTD_FSTS_IQE);
	qtest_write64(qtest_of(units), VTD_BASE + VTD_IQT, units->tail);
	if (qtest_run(qtest_of(units)))
		return -1;
	theirs = memory_load(memory, QUEUE_STATUS);
	memory_store(memory, QUEUE_STATUS, 0);
	model_write64(units->model, VTD_IQT, units->tail);
	if (resume)
		model_write32(units->model, VTD_FSTS, VTD_FSTS_IQE);
	compare(units, what, "status in memory", theirs, memory_load(memory, QUEUE_STATUS));
	memory_store(memory, QUEUE_STATUS, 0);
	return finish(units, what);
}

static void append_wait(struct units *units)
{
	append(units, VTD_QI_WAIT | VTD_QI_WAIT_0_SW |
	       FIELD_PREP(VTD_QI_WAIT_0_DATA, ++units->serial), QUEUE_STATUS);
}

/* Invalidations that the model is not told of are waits of status 0 to it. */
static int run_sabotaged(struct units *units, u32 offset)
{
	qtest_write64(qtest_of(units), VTD_BASE + VTD_IQT, units->tail);
	if (qtest_run(qtest_of(units)))
		return -1;
	for (; offset != units->tail; offset = (offset + descriptor_size(units)) % QUEUE_SIZE)
		put_descriptor(units, offset, VTD_QI_WAIT | VTD_QI_WAIT_0_SW, QUEUE_STATUS);
	model_write64(units->model, VTD_IQT, units->tail);
	return finish(units, "descriptors");
}

/* Have both stop at a descriptor, replace it, and go on. */
int units_run_bad_descriptor(struct units *units, u64 word0, u64 word1)
{
	u32 offset = units->tail;

	append(units, word0, word1);
	append_wait(units);
	if (run_queue(units, false, "a bad descriptor"))
		return -1;
	/* QEMU takes a wait descriptor without any effect for a bad one. */
	put_descriptor(units, offset, VTD_QI_WAIT | VTD_QI_WAIT_0_SW, QUEUE_STATUS);
	return run_queue(units, true, "the tail of a stopped queue");
}

/* Have both stop at a tail that cannot be, and go on with one that can. */
int units_run_bad_tail(struct units *units, u32 tail)
{
	qtest_write64(qtest_of(units), VTD_BASE + VTD_IQT, tail);
	model_write64(units->model, VTD_IQT, tail);
	if (finish(units, "a bad tail"))
		return -1;
	append_wait(units);
	return run_queue(units, true, "a good tail");
}

static void append_context(struct units *units, const struct invalidation *invalidation)
{
	u64 word = VTD_QI_CONTEXT | FIELD_PREP(VTD_QI_CONTEXT_0_G, invalidation->context);

	if (invalidation->context != VTD_GRANULARITY_GLOBAL)
		word |= FIELD_PREP(VTD_QI_CONTEXT_0_DID, invalidation->domain);
	if (invalidation->context == VTD_GRANULARITY_DEVICE)
		word |= FIELD_PREP(VTD_QI_CONTEXT_0_SID, invalidation->source_id) |
			FIELD_PREP(VTD_QI_CONTEXT_0_FM, invalidation->function_mask);
	append(units, word, 0);
}

static void append_pasid(struct units *units, const struct invalidation *invalidation)
{
	u64 word = VTD_QI_PASID | FIELD_PREP(VTD_QI_PASID_0_G, invalidation->pasid_cache);

	if (invalidation->pasid_cache != VTD_PASID_CACHE_GLOBAL)
		word |= FIELD_PREP(VTD_QI_PASID_0_DID, invalidation->domain);
	append(units, word, 0);
}

static void append_iotlb(struct units *units, const struct invalidation *invalidation)
{
	u64 word = VTD_QI_IOTLB | FIELD_PREP(VTD_QI_IOTLB_0_G, invalidation->iotlb);

	if (invalidation->iotlb != VTD_GRANULARITY_GLOBAL)
		word |= FIELD_PREP(VTD_QI_IOTLB_0_DID, invalidation->domain);
	append(units, word,
	       invalidation->iotlb == VTD_GRANULARITY_PAGE ? address_word(invalidation) : 0);
}

static int invalidate_by_queue(struct units *units, const struct invalidation *invalidation)
{
	u32 offset = units->tail;

	if (invalidation->context != NOT_INVALIDATED)
		append_context(units, invalidation);
	if (invalidation->pasid_cache != NOT_INVALIDATED)
		append_pasid(units, invalidation);
	if (invalidation->iotlb != NOT_INVALIDATED)
		append_iotlb(units, invalidation);
	if (units->model->sabotage == SABOTAGE_INVALIDATION)
		return run_sabotaged(units, offset);
	append_wait(units);
	return run_queue(units, false, "descriptors");
}

int units_invalidate(struct units *units, const struct invalidation *invalidation)
{
	if (units->queued)
		return invalidate_by_queue(units, invalidation);
	if (invalidation->context != NOT_INVALIDATED && context_by_register(units, invalidation))
		return -1;
	if (invalidation->iotlb != NOT_INVALIDATED && iotlb_by_register(units, invalidation))
		return -1;
	return 0;
}

int units_invalidate_all(struct units *units)
{
	const struct invalidation all = {
		.context = VTD_GRANULARITY_GLOBAL,
		.pasid_cache = units->scalable ? VTD_PASID_CACHE_GLOBAL : NOT_INVALIDATED,
		.iotlb = VTD_GRANULARITY_GLOBAL,
	};

	return units_invalidate(units, &all);
}

static const char *granularity_text(u8 granularity, const char *finest)
{
	switch (granularity) {
	case VTD_GRANULARITY_GLOBAL: return "all";
	case VTD_GRANULARITY_DOMAIN: return "the domain";
	case NOT_INVALIDATED: return "nothing";
	}
	return finest;
}

static const char *pasid_text(u8 granularity)
{
	switch (granularity) {
	case VTD_PASID_CACHE_DOMAIN: return "the domain";
	case VTD_PASID_CACHE_PASID: return "the PASID";
	case VTD_PASID_CACHE_GLOBAL: return "all";
	}
	return "nothing";
}

const char *invalidation_text(const struct invalidation *invalidation, char *text, size_t size)
{
	snprintf(text, size,
		 "invalidate contexts of %s, PASIDs of %s, translations of %s (device 0x%04x mask %u, domain %u, address 0x%llx mask %u%s)",
		 granularity_text(invalidation->context, "the device"),
		 pasid_text(invalidation->pasid_cache),
		 granularity_text(invalidation->iotlb, "the pages"), invalidation->source_id,
		 invalidation->function_mask, invalidation->domain,
		 (unsigned long long)invalidation->address, invalidation->mask,
		 invalidation->hint ? ", leaf only" : "");
	return text;
}
