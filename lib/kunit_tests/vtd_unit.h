/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VT-d unit in software: registers, tables, caches and faults.
 *
 * It knows neither KUnit nor where memory is, and is compiled as a program of
 * the host too, which compares it with QEMU's unit: see vtd_test_unit.h for the
 * one of KUnit, and tools/testing/vtd/ for the program.
 */

#ifndef _LIB_KUNIT_TESTS_VTD_UNIT_H
#define _LIB_KUNIT_TESTS_VTD_UNIT_H

#include <linux/hashtable.h>
#include <linux/types.h>

#include "vtd_spec.h"

struct vtd_unit;

/* Bytes of the registers: fault records and IOTLB registers lie within */
#define VTD_REGISTERS_SIZE	0x1000

/**
 * enum vtd_event_type - What happened, in the order of struct vtd_event
 * @VTD_EVENT_WRITE: A register was written: @offset, @size, @value.
 * @VTD_EVENT_STATUS: Global Status changed: @value, before @previous.
 * @VTD_EVENT_ROOT_TABLE: Root table taken over: RTADDR is @value, @previous.
 * @VTD_EVENT_INTERRUPT_TABLE: The same for IRTA.
 * @VTD_EVENT_WRITE_BUFFER_FLUSH: The write buffers were flushed.
 * @VTD_EVENT_CONTEXT_INVALIDATION: @granularity, @domain, @source_id, and in
 *	@value the function mask.
 * @VTD_EVENT_PASID_INVALIDATION: @granularity, @domain, @pasid.
 * @VTD_EVENT_IOTLB_INVALIDATION: @granularity, @domain, @address, @size.
 * @VTD_EVENT_PASID_IOTLB_INVALIDATION: With @pasid.
 * @VTD_EVENT_DEVICE_TLB_INVALIDATION: @source_id.
 * @VTD_EVENT_INTERRUPT_INVALIDATION: @granularity 0 for all, else 1; @address
 *	is the first index, @size the number of them.
 * @VTD_EVENT_WAIT: An invalidation wait descriptor was carried out: @address
 *	and @value of its status.
 * @VTD_EVENT_FAULT: A request was blocked: @reason, @source_id, @pasid,
 *	@address. @value tells whether it was recorded.
 * @VTD_EVENT_MESSAGE: The unit sent an interrupt: @address, @value.
 * @VTD_EVENT_FLUSH: The CPU flushed its caches: @address, @size. Not from the
 *	unit, like the following ones.
 * @VTD_EVENT_BARRIER: The CPU ordered its stores.
 * @VTD_EVENT_MARK: A test says where it stands: @value.
 */
enum vtd_event_type {
	VTD_EVENT_WRITE,
	VTD_EVENT_STATUS,
	VTD_EVENT_ROOT_TABLE,
	VTD_EVENT_INTERRUPT_TABLE,
	VTD_EVENT_WRITE_BUFFER_FLUSH,
	VTD_EVENT_CONTEXT_INVALIDATION,
	VTD_EVENT_PASID_INVALIDATION,
	VTD_EVENT_IOTLB_INVALIDATION,
	VTD_EVENT_PASID_IOTLB_INVALIDATION,
	VTD_EVENT_DEVICE_TLB_INVALIDATION,
	VTD_EVENT_INTERRUPT_INVALIDATION,
	VTD_EVENT_WAIT,
	VTD_EVENT_FAULT,
	VTD_EVENT_MESSAGE,
	VTD_EVENT_FLUSH,
	VTD_EVENT_BARRIER,
	VTD_EVENT_MARK,
	/* private: */
	VTD_NR_EVENTS,
};

/**
 * struct vtd_event - One thing that happened
 * @type: What, which tells which of the others mean something.
 * @granularity: VTD_GRANULARITY_* and its like.
 * @reason: enum vtd_fault.
 * @source_id: Requester.
 * @domain: Domain ID.
 * @pasid: PASID.
 * @offset: Of a register.
 * @value: New value.
 * @previous: Old value.
 * @address: First address.
 * @size: Bytes, or number.
 */
struct vtd_event {
	enum vtd_event_type type;
	u8 granularity;
	u8 reason;
	u16 source_id;
	u16 domain;
	u32 pasid;
	u32 offset;
	u64 value;
	u64 previous;
	u64 address;
	u64 size;
};

/**
 * struct vtd_view - A way to read memory
 * @read: Read the aligned 64-bit word at @address. A unit whose walks do not
 *	@snoop sees what has reached memory, not what is in a CPU's cache.
 *	Return: 0, or -EFAULT if there is nothing that can be read.
 * @context: Passed to @read.
 */
struct vtd_view {
	int (*read)(void *context, u64 address, bool snoop, u64 *value);
	void *context;
};

/**
 * struct vtd_unit_ops - What a unit needs of the world
 * @update: Atomically replace the bits @clear of the word at @address by @set.
 *	Return: 0 or -EFAULT.
 * @flush_write_buffers: Stores that the chipset has buffered reach memory
 *	(section 6.8). May be %NULL.
 * @message: Send an interrupt. May be %NULL.
 * @event: Something happened. May be %NULL.
 * @omit: Return: whether an invalidation, or a flush of the write buffers, does not
 *	happen, as if software had forgotten it. May be %NULL.
 * @misused: Software did what no unit would understand.
 */
struct vtd_unit_ops {
	int (*update)(void *context, u64 address, u64 clear, u64 set);
	void (*flush_write_buffers)(void *context);
	void (*message)(void *context, u64 address, u32 data);
	void (*event)(void *context, const struct vtd_event *event);
	bool (*omit)(void *context, enum vtd_event_type type);
	void (*misused)(void *context, const char *what);
};

/**
 * struct vtd_settings - What a unit can do
 * @cap: Capability register.
 * @ecap: Extended Capability register.
 * @address_width: Of the platform (HAW), 36 to 52 bits.
 * @latency: How many register reads a command takes to be carried out, 0 for
 *	at once.
 * @paging_structure_caches: Cache entries that lead to tables too (section
 *	6.2.5).
 */
struct vtd_settings {
	u64 cap;
	u64 ecap;
	u8 address_width;
	u8 latency;
	bool paging_structure_caches;
};

/**
 * enum vtd_address_type - AT of a request (section 3.1)
 * @VTD_UNTRANSLATED: Any device's.
 * @VTD_TRANSLATION_REQUEST: Of a device with a TLB.
 * @VTD_TRANSLATED: Of a device with a TLB.
 */
enum vtd_address_type {
	VTD_UNTRANSLATED	= 0,
	VTD_TRANSLATION_REQUEST	= 1,
	VTD_TRANSLATED		= 2,
};

/* vtd_request::pasid of a request without one */
#define VTD_NO_PASID		(~0U)

/**
 * struct vtd_request - A request of a device
 * @address: What the device says.
 * @pasid: PASID or %VTD_NO_PASID.
 * @source_id: Requester: bus, device, function.
 * @type: Untranslated, if not said otherwise.
 * @write: Not a read.
 * @privileged: With the Privileged Mode Requested bit.
 * @execute: With the Execute Requested bit.
 */
struct vtd_request {
	u64 address;
	u32 pasid;
	u16 source_id;
	enum vtd_address_type type;
	bool write;
	bool privileged;
	bool execute;
};

/**
 * struct vtd_result - What becomes of a request
 * @blocked: It goes nowhere.
 * @fault: Why, %VTD_FAULT_NONE if that is not recorded for any device.
 * @quiet: Fault processing is disabled in an entry on the way.
 * @cached: Nothing of it was read from memory.
 * @address: Where it goes.
 * @size: The page that @address is in, bytes.
 * @write: More such requests may write that page.
 * @snoop: The access snoops the CPU's caches.
 */
struct vtd_result {
	bool blocked;
	enum vtd_fault fault;
	bool quiet;
	bool cached;
	u64 address;
	u64 size;
	bool write;
	bool snoop;
};

/**
 * struct vtd_interrupt - What becomes of an interrupt request
 * @blocked: It goes nowhere.
 * @fault: Why.
 * @quiet: Fault processing is disabled in the entry.
 * @posted: It was noted in the descriptor at @descriptor.
 * @notified: It was posted, and the CPU is told: @vector, @destination.
 * @index: Of the remapping table's entry, 0 for the compatibility format.
 * @vector: To deliver.
 * @destination: APIC ID, 8 bits without extended interrupt mode.
 * @delivery: Delivery mode.
 * @logical: Destination mode.
 * @level: Trigger mode.
 * @descriptor: Address of the posted-interrupt descriptor.
 */
struct vtd_interrupt {
	bool blocked;
	enum vtd_fault fault;
	bool quiet;
	bool posted;
	bool notified;
	u16 index;
	u8 vector;
	u32 destination;
	u8 delivery;
	bool logical;
	bool level;
	u64 descriptor;
};

/**
 * struct vtd_fault_info - Everything that a fault record tells
 * @reason: Why.
 * @request: The request; its address holds the index of an interrupt as
 *	recorded, in bits 63:48.
 */
struct vtd_fault_info {
	enum vtd_fault reason;
	struct vtd_request request;
};

/* Buckets of the caches: 2 to this power */
#define VTD_CACHE_BITS		8

/**
 * struct vtd_unit - A unit
 * @settings: What it can do.
 * @ops: The world.
 * @view: How it reads memory.
 * @context: Passed to the functions of @ops.
 * @registers: Contents, as the software reads them.
 * @root_table: RTADDR as of the last SRTP.
 * @interrupt_table: IRTA as of the last SIRTP.
 * @pending: Bits of Global Status that a command is about to change.
 * @pending_status: What they become.
 * @wait: Register reads until what is pending is carried out.
 * @next_record: Fault record to be written next.
 * @cache: All caches.
 * @misuses: How often software did what no unit would understand.
 */
struct vtd_unit {
	struct vtd_settings settings;
	const struct vtd_unit_ops *ops;
	struct vtd_view view;
	void *context;

	u64 registers[VTD_REGISTERS_SIZE / sizeof(u64)];
	u64 root_table;
	u64 interrupt_table;
	u32 pending;
	u32 pending_status;
	unsigned int wait;
	unsigned int next_record;

	DECLARE_HASHTABLE(cache, VTD_CACHE_BITS);
	unsigned int misuses;
};

int vtd_unit_init(struct vtd_unit *unit, const struct vtd_settings *settings,
		  const struct vtd_unit_ops *ops, const struct vtd_view *view,
		  void *context);
void vtd_unit_destroy(struct vtd_unit *unit);
void vtd_unit_settle(struct vtd_unit *unit);

u64 vtd_unit_read(struct vtd_unit *unit, u32 offset, unsigned int size);
void vtd_unit_write(struct vtd_unit *unit, u32 offset, unsigned int size,
		    u64 value);

void vtd_unit_translate(struct vtd_unit *unit, const struct vtd_request *request,
			struct vtd_result *result);
void vtd_unit_peek(const struct vtd_unit *unit, const struct vtd_view *view,
		   const struct vtd_request *request, bool use_caches,
		   struct vtd_result *result);
void vtd_unit_interrupt(struct vtd_unit *unit, u16 source_id, u64 address,
			u32 data, struct vtd_interrupt *result);

#endif /* _LIB_KUNIT_TESTS_VTD_UNIT_H */
