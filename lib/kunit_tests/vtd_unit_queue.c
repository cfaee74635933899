// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The VT-d unit in software: the invalidation queue
 *
 * Section 6.5.2: software writes descriptors into a ring in memory, tells the tail,
 * and waits for a status that a wait descriptor writes, or for an interrupt.
 *
 * Life cycle: vtd_queue_enabled() when QIE changes. Then vtd_queue_run() carries
 * out the descriptors from the head to the tail, each time that software tells a
 * new tail and vtd_settings::latency has passed.
 *
 * Happy path: a descriptor is fetched, found in a table by its type, its reserved
 * bits are checked, and its fields become arguments of a function. They are
 * carried out one after the other, so that a fence is nothing special.
 *
 * Unhappy paths: whatever is wrong with a descriptor stops the queue. The head
 * stays on the descriptor, IQERCD says why, and FSTS.IQE is set until software
 * clears it; then the same descriptor is fetched again. A status that goes to where
 * there is no memory is a misuse, as hardware has no way to report it.
 */

#include <linux/kernel.h>

#include "vtd_unit_internal.h"

#define DESCRIPTOR_WORDS	4

/**
 * struct descriptor_info - A type of descriptor
 * @known: Bits of the lower two words that are not reserved, or are optional. The
 *	upper two are all reserved.
 * @optional: Bits of word 0 that are reserved without @optional_ecap.
 * @optional_ecap: See @optional.
 * @ecap: The unit must have it; else it does not know the type.
 * @scalable: Known in scalable mode only.
 * @run: Carry it out.
 */
struct descriptor_info {
	u64 known[2];
	u64 optional;
	u64 optional_ecap;
	u64 ecap;
	bool scalable;
	enum vtd_queue_error (*run)(struct vtd_unit *unit, const u64 *words);
};

/* Section 6.5.2.1 */
static enum vtd_queue_error run_context(struct vtd_unit *unit, const u64 *words)
{
	u8 granularity = FIELD_GET(VTD_QI_CONTEXT_0_G, words[0]);

	if (!granularity)
		return VTD_IQEI_RESERVED;
	vtd_request_context(unit, granularity,
			    FIELD_GET(VTD_QI_CONTEXT_0_DID, words[0]),
			    FIELD_GET(VTD_QI_CONTEXT_0_SID, words[0]),
			    FIELD_GET(VTD_QI_CONTEXT_0_FM, words[0]));
	return VTD_IQEI_NONE;
}

/* Section 6.5.2.2 */
static enum vtd_queue_error run_pasid(struct vtd_unit *unit, const u64 *words)
{
	u8 granularity = FIELD_GET(VTD_QI_PASID_0_G, words[0]);

	if (granularity != VTD_PASID_CACHE_DOMAIN &&
	    granularity != VTD_PASID_CACHE_PASID &&
	    granularity != VTD_PASID_CACHE_GLOBAL)
		return VTD_IQEI_RESERVED;
	vtd_request_pasid(unit, granularity,
			  FIELD_GET(VTD_QI_PASID_0_DID, words[0]),
			  FIELD_GET(VTD_QI_PASID_0_PASID, words[0]));
	return VTD_IQEI_NONE;
}

/* Section 6.5.2.3 */
static enum vtd_queue_error run_iotlb(struct vtd_unit *unit, const u64 *words)
{
	u8 granularity = FIELD_GET(VTD_QI_IOTLB_0_G, words[0]);
	u16 domain = FIELD_GET(VTD_QI_IOTLB_0_DID, words[0]);

	if (!granularity ||
	    !vtd_request_iotlb(unit, granularity, domain, words[1]))
		return VTD_IQEI_RESERVED;
	return VTD_IQEI_NONE;
}

/* Section 6.5.2.4 */
static enum vtd_queue_error run_pasid_iotlb(struct vtd_unit *unit,
					    const u64 *words)
{
	u8 granularity = FIELD_GET(VTD_QI_PASID_IOTLB_0_G, words[0]);
	u16 domain = FIELD_GET(VTD_QI_PASID_IOTLB_0_DID, words[0]);
	u32 pasid = FIELD_GET(VTD_QI_PASID_IOTLB_0_PASID, words[0]);

	if (granularity != VTD_PASID_IOTLB_PASID &&
	    granularity != VTD_PASID_IOTLB_PAGE)
		return VTD_IQEI_RESERVED;
	if (!vtd_request_pasid_iotlb(unit, granularity, domain, pasid, words[1]))
		return VTD_IQEI_RESERVED;
	return VTD_IQEI_NONE;
}

/* Section 6.5.2.5. The model has no device TLBs: all it does is tell. */
static enum vtd_queue_error run_device_tlb(struct vtd_unit *unit,
					   const u64 *words)
{
	struct vtd_event event = {
		.type = VTD_EVENT_DEVICE_TLB_INVALIDATION,
		.source_id = FIELD_GET(VTD_QI_DEVICE_TLB_0_SID, words[0]),
		.pasid = VTD_NO_PASID,
		.address = words[1] & VTD_QI_DEVICE_TLB_1_ADDR,
	};

	vtd_event(unit, &event);
	return VTD_IQEI_NONE;
}

/* Section 6.5.2.6 */
static enum vtd_queue_error run_pasid_device_tlb(struct vtd_unit *unit,
						 const u64 *words)
{
	struct vtd_event event = {
		.type = VTD_EVENT_DEVICE_TLB_INVALIDATION,
		.source_id = FIELD_GET(VTD_QI_PASID_DEVICE_TLB_0_SID, words[0]),
		.pasid = FIELD_GET(VTD_QI_PASID_DEVICE_TLB_0_PASID, words[0]),
		.address = words[1] & VTD_QI_PASID_DEVICE_TLB_1_ADDR,
	};

	vtd_event(unit, &event);
	return VTD_IQEI_NONE;
}

/* Section 6.5.2.7 */
static enum vtd_queue_error run_interrupt(struct vtd_unit *unit,
					  const u64 *words)
{
	bool selective = words[0] & VTD_QI_INTERRUPT_0_G;
	u16 index = FIELD_GET(VTD_QI_INTERRUPT_0_IIDX, words[0]);
	u8 mask = FIELD_GET(VTD_QI_INTERRUPT_0_IM, words[0]);

	if (!vtd_request_interrupts(unit, selective, index, mask))
		return VTD_IQEI_RESERVED;
	return VTD_IQEI_NONE;
}

static void write_status(struct vtd_unit *unit, u64 address, u32 data)
{
	const unsigned int shift = address % sizeof(u64) * 8;
	const u64 word = address - address % sizeof(u64);

	if (unit->ops->update(unit->context, word, GENMASK_ULL(31, 0) << shift,
			      (u64)data << shift))
		vtd_misused(unit, "wait descriptor: no memory at 0x%llx",
			    (unsigned long long)address);
}

/* Sections 6.5.2.8 and 7.3 */
static enum vtd_queue_error run_wait(struct vtd_unit *unit, const u64 *words)
{
	const u32 status = vtd_register32(unit, VTD_ICS);
	struct vtd_event event = { .type = VTD_EVENT_WAIT };

	if (words[0] & VTD_QI_WAIT_0_SW) {
		event.address = words[1] & VTD_QI_WAIT_1_ADDR;
		event.value = FIELD_GET(VTD_QI_WAIT_0_DATA, words[0]);
		write_status(unit, event.address, event.value);
	}
	vtd_event(unit, &event);

	/* Software that has not seen the last one will see this one with it. */
	if (words[0] & VTD_QI_WAIT_0_IF && !(status & VTD_ICS_IWC)) {
		vtd_set_register32(unit, VTD_ICS, status | VTD_ICS_IWC);
		vtd_raise_event(unit, VTD_IECTL);
	}
	return VTD_IQEI_NONE;
}

/* By type, section 6.5.2 */
static const struct descriptor_info descriptor_infos[] = {
	[VTD_QI_CONTEXT] = {
		.known = { VTD_QI_CONTEXT_0_G | VTD_QI_CONTEXT_0_DID |
			   VTD_QI_CONTEXT_0_SID | VTD_QI_CONTEXT_0_FM },
		.run = run_context,
	},
	[VTD_QI_IOTLB] = {
		.known = { VTD_QI_IOTLB_0_G | VTD_QI_IOTLB_0_DW |
			   VTD_QI_IOTLB_0_DR | VTD_QI_IOTLB_0_DID,
			   VTD_QI_IOTLB_1_AM | VTD_QI_IOTLB_1_IH |
			   VTD_QI_IOTLB_1_ADDR },
		.run = run_iotlb,
	},
	[VTD_QI_DEVICE_TLB] = {
		.known = { VTD_QI_DEVICE_TLB_0_MIP | VTD_QI_DEVICE_TLB_0_SID |
			   VTD_QI_DEVICE_TLB_0_PFSID_LOW |
			   VTD_QI_DEVICE_TLB_0_PFSID_HIGH,
			   VTD_QI_DEVICE_TLB_1_S | VTD_QI_DEVICE_TLB_1_ADDR },
		.optional = VTD_QI_DEVICE_TLB_0_PFSID_LOW |
			    VTD_QI_DEVICE_TLB_0_PFSID_HIGH,
		.optional_ecap = VTD_ECAP_DIT,
		.ecap = VTD_ECAP_DT,
		.run = run_device_tlb,
	},
	[VTD_QI_INTERRUPT] = {
		.known = { VTD_QI_INTERRUPT_0_G | VTD_QI_INTERRUPT_0_IM |
			   VTD_QI_INTERRUPT_0_IIDX },
		.ecap = VTD_ECAP_IR,
		.run = run_interrupt,
	},
	[VTD_QI_WAIT] = {
		.known = { VTD_QI_WAIT_0_IF | VTD_QI_WAIT_0_SW |
			   VTD_QI_WAIT_0_FN | VTD_QI_WAIT_0_PD |
			   VTD_QI_WAIT_0_DATA, VTD_QI_WAIT_1_ADDR },
		.optional = VTD_QI_WAIT_0_PD,
		.optional_ecap = VTD_ECAP_PDS,
		.run = run_wait,
	},
	[VTD_QI_PASID_IOTLB] = {
		.known = { VTD_QI_PASID_IOTLB_0_G | VTD_QI_PASID_IOTLB_0_DID |
			   VTD_QI_PASID_IOTLB_0_PASID,
			   VTD_QI_PASID_IOTLB_1_AM | VTD_QI_PASID_IOTLB_1_IH |
			   VTD_QI_PASID_IOTLB_1_ADDR },
		.scalable = true,
		.run = run_pasid_iotlb,
	},
	[VTD_QI_PASID] = {
		.known = { VTD_QI_PASID_0_G | VTD_QI_PASID_0_DID |
			   VTD_QI_PASID_0_PASID },
		.scalable = true,
		.run = run_pasid,
	},
	[VTD_QI_PASID_DEVICE_TLB] = {
		.known = { VTD_QI_PASID_DEVICE_TLB_0_MIP |
			   VTD_QI_PASID_DEVICE_TLB_0_SID |
			   VTD_QI_PASID_DEVICE_TLB_0_PASID |
			   VTD_QI_PASID_DEVICE_TLB_0_PFSID_LOW |
			   VTD_QI_PASID_DEVICE_TLB_0_PFSID_HIGH,
			   VTD_QI_PASID_DEVICE_TLB_1_G |
			   VTD_QI_PASID_DEVICE_TLB_1_S |
			   VTD_QI_PASID_DEVICE_TLB_1_ADDR },
		.optional = VTD_QI_PASID_DEVICE_TLB_0_PFSID_LOW |
			    VTD_QI_PASID_DEVICE_TLB_0_PFSID_HIGH,
		.optional_ecap = VTD_ECAP_DIT,
		.ecap = VTD_ECAP_DT,
		.scalable = true,
		.run = run_pasid_device_tlb,
	},
};

static bool is_enabled(const struct vtd_unit *unit)
{
	return vtd_register32(unit, VTD_GSTS) & VTD_GCMD_QIE;
}

static bool is_stopped(const struct vtd_unit *unit)
{
	return vtd_register32(unit, VTD_FSTS) & VTD_FSTS_IQE;
}

static u32 descriptor_words(const struct vtd_unit *unit)
{
	return vtd_register(unit, VTD_IQA) & VTD_IQA_DW ? DESCRIPTOR_WORDS : 2;
}

static u64 queue_size(const struct vtd_unit *unit)
{
	return 4096ULL << FIELD_GET(VTD_IQA_QS, vtd_register(unit, VTD_IQA));
}

static const struct descriptor_info *
find_descriptor(const struct vtd_unit *unit, u64 word)
{
	unsigned int type = FIELD_GET(VTD_QI_TYPE_HIGH, word) << 4 |
			    FIELD_GET(VTD_QI_TYPE, word);
	const struct descriptor_info *info;

	if (type >= ARRAY_SIZE(descriptor_infos))
		return NULL;
	info = &descriptor_infos[type];
	if (!info->run)
		return NULL;
	if (info->scalable && !vtd_is_scalable(unit))
		return NULL;
	if (info->ecap & ~unit->settings.ecap)
		return NULL;
	return info;
}

static bool has_reserved_bits(const struct vtd_unit *unit,
			      const struct descriptor_info *info,
			      const u64 *words)
{
	u64 known = info->known[0] | VTD_QI_TYPE | VTD_QI_TYPE_HIGH;

	if (!(unit->settings.ecap & info->optional_ecap))
		known &= ~info->optional;
	return (words[0] & ~known) || (words[1] & ~info->known[1]) ||
	       words[2] || words[3];
}

static bool fetch(struct vtd_unit *unit, u64 head, u64 *words)
{
	const u64 queue = vtd_register(unit, VTD_IQA) & VTD_IQA_IQA;

	for (unsigned int i = 0; i < descriptor_words(unit); i++) {
		if (unit->view.read(unit->view.context,
				    queue + head + i * sizeof(u64), true,
				    &words[i]))
			return false;
	}
	return true;
}

static enum vtd_queue_error run_descriptor(struct vtd_unit *unit, u64 head)
{
	const struct descriptor_info *info;
	u64 words[DESCRIPTOR_WORDS] = {};

	if (!fetch(unit, head, words))
		return VTD_IQEI_FETCH;
	info = find_descriptor(unit, words[0]);
	if (!info)
		return VTD_IQEI_TYPE;
	if (has_reserved_bits(unit, info, words))
		return VTD_IQEI_RESERVED;
	return info->run(unit, words);
}

/* What is wrong without a look at a descriptor: section 6.5.2.10 */
static enum vtd_queue_error check_queue(const struct vtd_unit *unit)
{
	const u64 tail = vtd_register(unit, VTD_IQT);

	switch (FIELD_GET(VTD_RTADDR_TTM, unit->root_table)) {
	case VTD_TTM_SCALABLE:
		if (descriptor_words(unit) != DESCRIPTOR_WORDS)
			return VTD_IQEI_WIDTH;
		break;
	case VTD_TTM_LEGACY:
	case VTD_TTM_ABORT:
		break;
	default:
		return VTD_IQEI_TTM;
	}
	if (tail >= queue_size(unit))
		return VTD_IQEI_TAIL;
	if (tail & (descriptor_words(unit) * sizeof(u64) - 1))
		return VTD_IQEI_ALIGNMENT;
	return VTD_IQEI_NONE;
}

/**
 * vtd_queue_is_busy - Are there descriptors to be carried out.
 * @unit: The unit.
 *
 * Context: Any.
 *
 * Return: true if there are, unless the queue waits for software.
 */
bool vtd_queue_is_busy(const struct vtd_unit *unit)
{
	return is_enabled(unit) && !is_stopped(unit) &&
	       vtd_register(unit, VTD_IQH) != vtd_register(unit, VTD_IQT);
}

/**
 * vtd_queue_enabled - The queue was enabled, or disabled.
 * @unit: The unit.
 *
 * Context: Any.
 */
void vtd_queue_enabled(struct vtd_unit *unit)
{
	vtd_set_register(unit, VTD_IQH, 0);
}

/**
 * vtd_queue_run - Carry out the descriptors up to the tail.
 * @unit: The unit.
 *
 * Write buffers are flushed first, for the descriptors and for the tables that
 * they are about: section 6.8.
 *
 * Context: Any.
 */
void vtd_queue_run(struct vtd_unit *unit)
{
	enum vtd_queue_error error;

	if (!vtd_queue_is_busy(unit))
		return;
	vtd_flush_write_buffers(unit);
	error = check_queue(unit);

	while (!error && vtd_queue_is_busy(unit)) {
		u64 head = vtd_register(unit, VTD_IQH);

		error = run_descriptor(unit, head);
		if (error)
			break;
		head += descriptor_words(unit) * sizeof(u64);
		vtd_set_register(unit, VTD_IQH, head & (queue_size(unit) - 1));
	}
	if (error)
		vtd_set_queue_error(unit, error);
}

/**
 * vtd_write_queue_tail - Software writes IQT.
 * @unit: The unit.
 * @offset: VTD_IQT.
 * @value: What it writes.
 *
 * A queue that is stopped or disabled takes no notice.
 *
 * Context: Any.
 *
 * Return: NULL: software may do that.
 */
const char *vtd_write_queue_tail(struct vtd_unit *unit, u32 offset, u64 value)
{
	vtd_set_register(unit, VTD_IQT, value);
	if (vtd_queue_is_busy(unit))
		vtd_start_command(unit);
	return NULL;
}

/**
 * vtd_write_completion_status - Software clears Invalidation Completion Status.
 * @unit: The unit.
 * @offset: VTD_ICS.
 * @value: The bits to clear.
 *
 * Context: Any.
 *
 * Return: NULL: software may do that.
 */
const char *vtd_write_completion_status(struct vtd_unit *unit, u32 offset,
					u64 value)
{
	if (value & VTD_ICS_IWC) {
		vtd_set_register32(unit, VTD_ICS, 0);
		vtd_event_serviced(unit, VTD_IECTL);
	}
	return NULL;
}
