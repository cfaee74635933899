/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The unit in software, with the memory that QEMU has.
 */
#ifndef MODEL_H
#define MODEL_H

#include "memory.h"
#include "question.h"
#include "vtd_unit.h"

/**
 * enum sabotage - What is wrong with the model, on purpose
 * @SABOTAGE_NONE: nothing
 * @SABOTAGE_STORE: it does not see the last store of an edit
 * @SABOTAGE_INVALIDATION: it hears of no invalidation
 * @SABOTAGE_PERMISSION: each page that may be read may be written
 * @SABOTAGE_REASON: it knows one fault reason only
 * @SABOTAGE_TARGET: it takes each large page for the first of its small ones
 * @NR_SABOTAGES: number of them
 */
enum sabotage {
	SABOTAGE_NONE,
	SABOTAGE_STORE,
	SABOTAGE_INVALIDATION,
	SABOTAGE_PERMISSION,
	SABOTAGE_REASON,
	SABOTAGE_TARGET,
	NR_SABOTAGES
};

/**
 * struct model - The unit in software
 * @unit: the unit
 * @memory: what it reads
 * @sabotage: what is wrong
 * @hidden: address of a word that it sees as @hidden_value, 0 for none
 * @hidden_value: see @hidden
 */
struct model {
	struct vtd_unit unit;
	struct memory *memory;
	enum sabotage sabotage;
	u64 hidden;
	u64 hidden_value;
};

int model_create(struct model *model, struct memory *memory, u64 cap, u64 ecap);
void model_destroy(struct model *model);

void model_ask(struct model *model, const struct question *question, u16 source_id,
	       struct outcome *outcome);
void model_clear_fault(struct model *model, bool overflow);
void model_peek(struct model *model, const struct question *question, u16 source_id,
		bool use_caches, struct outcome *outcome);
bool model_reaches_control(struct model *model, u16 source_id);

void model_write32(struct model *model, u32 offset, u32 value);
void model_write64(struct model *model, u32 offset, u64 value);
u32 model_read32(struct model *model, u32 offset);
u64 model_read64(struct model *model, u32 offset);

#endif /* MODEL_H */
