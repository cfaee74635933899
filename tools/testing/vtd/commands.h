/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands to both units at once, after each of which their registers are
 * compared.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "machine.h"
#include "model.h"

/**
 * struct units - QEMU's unit and the one in software
 * @machine: the one
 * @model: the other
 * @scalable: both are in scalable mode
 * @queued: invalidations go through the queue
 * @all_registers: compare all registers after each command, not those alone that
 *	tell whether it was carried out
 * @tail: byte offset of the queue's tail
 * @serial: status that the last wait descriptor wrote
 * @differences: of registers, so far
 */
struct units {
	struct machine *machine;
	struct model *model;
	bool scalable;
	bool queued;
	bool all_registers;
	u32 tail;
	u32 serial;
	unsigned int differences;
};

/* No invalidation of that kind: a granularity that nothing has */
#define NOT_INVALIDATED		0xff

/**
 * struct invalidation - What is invalidated, in that order
 * @context: VTD_GRANULARITY_*, or %NOT_INVALIDATED
 * @source_id: of @context by device
 * @function_mask: of @context by device
 * @pasid_cache: VTD_PASID_CACHE_*, or %NOT_INVALIDATED
 * @iotlb: VTD_GRANULARITY_*, or %NOT_INVALIDATED
 * @domain: of all that are not global
 * @address: of @iotlb by page
 * @mask: of @iotlb by page
 * @hint: of @iotlb by page
 */
struct invalidation {
	u8 context;
	u16 source_id;
	u8 function_mask;
	u8 pasid_cache;
	u8 iotlb;
	u16 domain;
	u64 address;
	u8 mask;
	bool hint;
};

int units_set_root(struct units *units, u64 root);
int units_enable(struct units *units, u32 what, bool enable);
int units_start_queue(struct units *units);
int units_stop_queue(struct units *units);
int units_invalidate(struct units *units, const struct invalidation *invalidation);
int units_invalidate_all(struct units *units);
int units_run_bad_descriptor(struct units *units, u64 word0, u64 word1);
int units_run_bad_tail(struct units *units, u32 tail);

const char *invalidation_text(const struct invalidation *invalidation, char *text, size_t size);

#endif /* COMMANDS_H */
