// SPDX-License-Identifier: GPL-2.0-only
/*
 * The unit in software, asked what QEMU's unit is asked. It is told which
 * capabilities that one has, and reads the same memory.
 */
#include <errno.h>
#include <stdio.h>

#include <linux/bitfield.h>
#include <linux/kernel.h>

#include "model.h"

static int read_word(void *context, u64 address, bool snoop, u64 *value)
{
	struct model *model = context;

	(void)snoop;
	if (!memory_has(address, sizeof(*value)))
		return -EFAULT;
	*value = memory_load(model->memory, address);
	if (model->sabotage == SABOTAGE_STORE && address == model->hidden)
		*value = model->hidden_value;
	return 0;
}

static int update_word(void *context, u64 address, u64 clear, u64 set)
{
	struct model *model = context;

	if (!memory_has(address, sizeof(u64)))
		return -EFAULT;
	memory_store(model->memory, address,
		     (memory_load(model->memory, address) & ~clear) | set);
	return 0;
}

static void tell_misuse(void *context, const char *what)
{
	(void)context;
	fprintf(stderr, "the unit in software was misused: %s\n", what);
}

static const struct vtd_unit_ops unit_ops = {
	.update = update_word,
	.misused = tell_misuse,
};

/* Create a unit that can do what QEMU's can: 0, or -1 with a message. */
int model_create(struct model *model, struct memory *memory, u64 cap, u64 ecap)
{
	const struct vtd_view view = { .read = read_word, .context = model };
	const struct vtd_settings settings = {
		.cap = cap,
		.ecap = ecap,
		/* QEMU has one property for both widths. */
		.address_width = FIELD_GET(VTD_CAP_MGAW, cap) + 1,
	};

	*model = (struct model) { .memory = memory };
	if (!vtd_unit_init(&model->unit, &settings, &unit_ops, &view, model))
		return 0;
	fprintf(stderr, "no unit in software has capabilities 0x%llx 0x%llx\n",
		(unsigned long long)cap, (unsigned long long)ecap);
	return -1;
}

void model_destroy(struct model *model)
{
	vtd_unit_destroy(&model->unit);
}

static void apply_sabotage(const struct model *model, const struct vtd_request *request,
			   struct vtd_result *result)
{
	if (model->sabotage == SABOTAGE_PERMISSION && result->blocked && request->write &&
	    answer_is_permission(result->fault))
		*result = (struct vtd_result) { .address = data_page(0) };
	if (model->sabotage == SABOTAGE_REASON && result->fault)
		result->fault = VTD_FAULT_NO_READ;
	if (model->sabotage == SABOTAGE_TARGET && !result->blocked && result->size > PAGE)
		result->address &= ~(result->size - PAGE);
}

static void translate(void *context, const struct vtd_request *request,
		      struct vtd_result *result)
{
	struct model *model = context;

	vtd_unit_translate(&model->unit, request, result);
	apply_sabotage(model, request, result);
}

static void peek_caches(void *context, const struct vtd_request *request,
			struct vtd_result *result)
{
	struct model *model = context;

	vtd_unit_peek(&model->unit, &model->unit.view, request, true, result);
	apply_sabotage(model, request, result);
}

static void peek_memory(void *context, const struct vtd_request *request,
			struct vtd_result *result)
{
	struct model *model = context;

	vtd_unit_peek(&model->unit, &model->unit.view, request, false, result);
	apply_sabotage(model, request, result);
}

static u32 fault_record(const struct model *model)
{
	return 16 * FIELD_GET(VTD_CAP_FRO, model->unit.settings.cap);
}

/* Clear the fault record, and the overflow if there may be one. */
void model_clear_fault(struct model *model, bool overflow)
{
	model_write32(model, fault_record(model) + 12, VTD_FRCD_1_F >> 32);
	if (overflow)
		model_write32(model, VTD_FSTS, VTD_FSTS_PFO);
}

/*
 * Ask it. What its registers say of a fault, which are left as they are, takes the
 * place of what was concluded from the requests.
 */
void model_ask(struct model *model, const struct question *question, u16 source_id,
	       struct outcome *outcome)
{
	u32 offset = fault_record(model);
	u64 record[2];
	u32 status;

	question_carry_out(question, source_id, translate, model, outcome);
	status = model_read32(model, VTD_FSTS);
	record[0] = model_read64(model, offset);
	record[1] = model_read64(model, offset + 8);
	if (model->sabotage == SABOTAGE_REASON)
		return;
	outcome->answer = (struct answer) {
		.read = outcome->answer.read, .written = outcome->answer.written,
	};
	answer_from_record(&outcome->answer, status, record);
}

/* What it would answer, from memory alone or with what it has cached */
void model_peek(struct model *model, const struct question *question, u16 source_id,
		bool use_caches, struct outcome *outcome)
{
	question_carry_out(question, source_id, use_caches ? peek_caches : peek_memory, model,
			   outcome);
}

/* Whether a device can use the rings of a question that needs them. */
bool model_reaches_control(struct model *model, u16 source_id)
{
	struct vtd_request request = {
		.address = CONTROL, .pasid = VTD_NO_PASID, .source_id = source_id,
	};
	struct vtd_result result;

	vtd_unit_peek(&model->unit, &model->unit.view, &request, true, &result);
	if (result.blocked || result.address != CONTROL)
		return false;
	request.write = true;
	vtd_unit_peek(&model->unit, &model->unit.view, &request, true, &result);
	return !result.blocked && result.address == CONTROL;
}

void model_write32(struct model *model, u32 offset, u32 value)
{
	vtd_unit_write(&model->unit, offset, 4, value);
}

void model_write64(struct model *model, u32 offset, u64 value)
{
	vtd_unit_write(&model->unit, offset, 8, value);
}

u32 model_read32(struct model *model, u32 offset)
{
	return vtd_unit_read(&model->unit, offset, 4);
}

u64 model_read64(struct model *model, u32 offset)
{
	return vtd_unit_read(&model->unit, offset, 8);
}
