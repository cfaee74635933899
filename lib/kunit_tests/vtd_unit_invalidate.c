// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The VT-d unit in software: requests to invalidate
 *
 * Registers and descriptors ask for the same things in other bits. Here a request
 * gets what both have in common.
 *
 * Life cycle of a request: its fields are checked, the caches are invalidated, and
 * then the event tells exactly what was. Before, each interface has flushed the
 * write buffers where there are any (section 6.8).
 *
 * Happy path: fields that do not matter for the granularity are 0 in the event.
 *
 * Unhappy paths: a mask that the unit does not have makes the request an incorrect
 * one. Nothing is done, and each interface has its way to say so. A domain ID that
 * is too large is cut, as hardware does not implement those bits, and a misuse.
 */

#include <linux/kernel.h>

#include "vtd_unit_internal.h"

static bool is_omitted(const struct vtd_unit *unit, enum vtd_event_type type)
{
	return unit->ops->omit && unit->ops->omit(unit->context, type);
}

/**
 * vtd_flush_write_buffers - Let buffered stores reach memory.
 * @unit: The unit.
 *
 * Context: Any.
 */
void vtd_flush_write_buffers(struct vtd_unit *unit)
{
	struct vtd_event event = { .type = VTD_EVENT_WRITE_BUFFER_FLUSH };

	if (!(unit->settings.cap & VTD_CAP_RWBF) || is_omitted(unit, event.type))
		return;
	if (unit->ops->flush_write_buffers)
		unit->ops->flush_write_buffers(unit->context);
	vtd_event(unit, &event);
}

/* Software has to keep to the width in CAP.ND: Context Command, DID */
static u16 known_domain(struct vtd_unit *unit, u16 domain)
{
	const u32 bits = vtd_domain_bits(unit);

	if (domain >> bits)
		vtd_misused(unit, "domain ID 0x%x: the unit has %u bits of it",
			    domain, bits);
	return domain & ((1U << bits) - 1);
}

static bool mask_is_known(const struct vtd_unit *unit, u8 mask)
{
	return mask <= FIELD_GET(VTD_CAP_MAMV, unit->settings.cap);
}

/* The naturally aligned pages that an address and its mask stand for */
static void set_range(struct vtd_event *event, u64 where)
{
	const u8 mask = FIELD_GET(VTD_IVA_AM, where);

	event->size = mask < 52 ? 4096ULL << mask : 0;
	event->address = where & VTD_IVA_ADDR & ~(event->size - 1);
}

/**
 * vtd_request_context - Software wants contexts to be invalidated.
 * @unit: The unit.
 * @granularity: VTD_GRANULARITY_*.
 * @domain: Domain ID, for all but the global one.
 * @source_id: Requester, for one device.
 * @function_mask: Bits of its function that do not count, for one device.
 *
 * Context: Any.
 */
void vtd_request_context(struct vtd_unit *unit, u8 granularity, u16 domain,
			 u16 source_id, u8 function_mask)
{
	struct vtd_event event = {
		.type = VTD_EVENT_CONTEXT_INVALIDATION,
		.granularity = granularity,
	};

	if (granularity != VTD_GRANULARITY_GLOBAL)
		event.domain = known_domain(unit, domain);
	if (granularity == VTD_GRANULARITY_DEVICE) {
		event.source_id = source_id;
		event.value = function_mask;
	}
	if (is_omitted(unit, event.type))
		return;
	vtd_invalidate_context(unit, granularity, event.domain, event.source_id,
			       event.value);
	vtd_event(unit, &event);
}

/**
 * vtd_request_pasid - Software wants PASID table entries to be invalidated.
 * @unit: The unit.
 * @granularity: VTD_PASID_CACHE_*.
 * @domain: Domain ID, for all but the global one.
 * @pasid: PASID, for one of them.
 *
 * Context: Any.
 */
void vtd_request_pasid(struct vtd_unit *unit, u8 granularity, u16 domain,
		       u32 pasid)
{
	struct vtd_event event = {
		.type = VTD_EVENT_PASID_INVALIDATION,
		.granularity = granularity,
	};

	if (granularity != VTD_PASID_CACHE_GLOBAL)
		event.domain = known_domain(unit, domain);
	if (granularity == VTD_PASID_CACHE_PASID)
		event.pasid = pasid;
	if (is_omitted(unit, event.type))
		return;
	vtd_invalidate_pasid(unit, granularity, event.domain, event.pasid);
	vtd_event(unit, &event);
}

/*
 * Without CAP.PSI all of the domain is invalidated instead of a page; a unit with
 * scalable mode always has pages (Capability, PSI). A mask that the unit does not
 * have makes the request incorrect (IOTLB Invalidate, IAIG).
 */
static u8 iotlb_granularity(const struct vtd_unit *unit, u8 requested, u8 mask)
{
	if (requested != VTD_GRANULARITY_PAGE)
		return requested;
	if (!(unit->settings.cap & VTD_CAP_PSI) &&
	    !(unit->settings.ecap & VTD_ECAP_SMTS))
		return VTD_GRANULARITY_DOMAIN;
	return mask_is_known(unit, mask) ? requested : 0;
}

/**
 * vtd_request_iotlb - Software wants translations to be invalidated.
 * @unit: The unit.
 * @granularity: VTD_GRANULARITY_*.
 * @domain: Domain ID, for all but the global one.
 * @where: For pages: address, mask and hint, which stand in a descriptor where
 *	they stand in the register.
 *
 * Context: Any.
 *
 * Return: The granularity of what was done, 0 for nothing.
 */
u8 vtd_request_iotlb(struct vtd_unit *unit, u8 granularity, u16 domain,
		     u64 where)
{
	const u8 mask = FIELD_GET(VTD_IVA_AM, where);
	struct vtd_event event = {
		.type = VTD_EVENT_IOTLB_INVALIDATION,
		.granularity = iotlb_granularity(unit, granularity, mask),
	};

	if (!event.granularity)
		return 0;
	if (event.granularity != VTD_GRANULARITY_GLOBAL)
		event.domain = known_domain(unit, domain);
	if (event.granularity == VTD_GRANULARITY_PAGE)
		set_range(&event, where);
	if (is_omitted(unit, event.type))
		return event.granularity;
	vtd_invalidate_iotlb(unit, event.granularity, event.domain,
			     event.address, mask, where & VTD_IVA_IH);
	vtd_event(unit, &event);
	return event.granularity;
}

/**
 * vtd_request_pasid_iotlb - Software wants a PASID's translations invalidated.
 * @unit: The unit.
 * @granularity: VTD_PASID_IOTLB_*.
 * @domain: Domain ID.
 * @pasid: PASID.
 * @where: For pages: as of vtd_request_iotlb().
 *
 * Context: Any.
 *
 * Return: The granularity of what was done, 0 for nothing.
 */
u8 vtd_request_pasid_iotlb(struct vtd_unit *unit, u8 granularity, u16 domain,
			   u32 pasid, u64 where)
{
	const u8 mask = FIELD_GET(VTD_IVA_AM, where);
	struct vtd_event event = {
		.type = VTD_EVENT_PASID_IOTLB_INVALIDATION,
		.granularity = granularity,
		.pasid = pasid,
	};

	if (granularity == VTD_PASID_IOTLB_PAGE) {
		if (!mask_is_known(unit, mask))
			return 0;
		set_range(&event, where);
	}
	event.domain = known_domain(unit, domain);
	if (is_omitted(unit, event.type))
		return granularity;
	vtd_invalidate_pasid_iotlb(unit, granularity, event.domain, pasid,
				   event.address, mask, where & VTD_IVA_IH);
	vtd_event(unit, &event);
	return granularity;
}

/**
 * vtd_request_interrupts - Software wants interrupt entries to be invalidated.
 * @unit: The unit.
 * @selective: Some of them.
 * @index: The first index, if @selective.
 * @mask: log2 of their number, if @selective; not more than ECAP.MHMV.
 *
 * Context: Any.
 *
 * Return: true if it was done.
 */
bool vtd_request_interrupts(struct vtd_unit *unit, bool selective, u16 index,
			    u8 mask)
{
	struct vtd_event event = {
		.type = VTD_EVENT_INTERRUPT_INVALIDATION,
		.granularity = selective,
	};

	if (!selective) {
		index = 0;
		mask = 0;
	}
	if (mask > FIELD_GET(VTD_ECAP_MHMV, unit->settings.ecap))
		return false;
	if (selective) {
		event.size = 1ULL << mask;
		event.address = index & ~(event.size - 1);
	}
	if (is_omitted(unit, event.type))
		return true;
	vtd_invalidate_interrupts(unit, selective, index, mask);
	vtd_event(unit, &event);
	return true;
}
