// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device does for a question, request by request, and answers.
 */
#include <stdio.h>

#include <linux/bitfield.h>
#include <linux/kernel.h>

#include "memory.h"
#include "question.h"

/* A question while it is carried out */
struct progress {
	const struct question *question;
	u16 source_id;
	translate_fn translate;
	void *context;
	struct outcome *outcome;
};

/* Reasons that say no more than that the page does not allow the request */
bool answer_is_permission(enum vtd_fault reason)
{
	return reason == VTD_FAULT_NO_READ || reason == VTD_FAULT_NO_WRITE ||
	       reason == VTD_FAULT_SM_SS_PERMISSION;
}

/* Units with one record keep the first fault. */
static void note_fault(struct outcome *outcome, const struct vtd_request *request,
		       const struct vtd_result *result)
{
	if (result->quiet)
		outcome->quiet = result->fault;
	if (result->quiet || result->fault == VTD_FAULT_NONE)
		return;
	if (outcome->faults++)
		return;
	outcome->answer.reason = result->fault;
	outcome->answer.source_id = request->source_id;
	outcome->answer.address = request->address & ~(PAGE - 1);
	outcome->answer.write = request->write;
}

/* One request: whether it goes anywhere, and where. */
static bool request(const struct progress *progress, u64 address, bool write, u64 *physical)
{
	struct vtd_request request = {
		.address = address, .pasid = VTD_NO_PASID,
		.source_id = progress->source_id, .write = write,
	};
	struct vtd_result result = {};

	progress->translate(progress->context, &request, &result);
	progress->outcome->cached &= result.cached;
	*physical = result.address;
	if (result.blocked)
		note_fault(progress->outcome, &request, &result);
	else if (!((address ^ progress->question->page) & ~(PAGE - 1)))
		progress->outcome->size = result.size;
	return !result.blocked;
}

static void carry_out_read(const struct progress *progress)
{
	bool report = progress->question->type == QUESTION_READ_REPORT;
	u64 address = progress->question->page + (report ? DATA_REPORT : DATA_SILENT);
	struct answer *answer = &progress->outcome->answer;
	u64 physical;

	if (!request(progress, address, false, &physical))
		return;
	answer->read = data_index(physical);
	/* Other memory holds no descriptor. */
	if (answer->read == NOWHERE)
		return;
	request(progress, CONTROL_PACKET, false, &physical);
	if (report && request(progress, address + 12, true, &physical))
		answer->written = data_index(physical);
}

static void carry_out_write(const struct progress *progress)
{
	struct answer *answer = &progress->outcome->answer;
	u64 physical;

	if (!request(progress, CONTROL_TX_RING, false, &physical) ||
	    !request(progress, CONTROL_PACKET, false, &physical) ||
	    !request(progress, CONTROL_RX_RING, false, &physical))
		return;
	if (request(progress, progress->question->page + DATA_PACKET, true, &physical))
		answer->written = data_index(physical);
	request(progress, CONTROL_RX_RING, true, &physical);
}

/* Do what the device does, with a unit of which each request is asked. */
void question_carry_out(const struct question *question, u16 source_id, translate_fn translate,
			void *context, struct outcome *outcome)
{
	const struct progress progress = {
		.question = question, .source_id = source_id,
		.translate = translate, .context = context, .outcome = outcome,
	};

	*outcome = (struct outcome) {
		.answer = { .read = NOWHERE, .written = NOWHERE }, .cached = true,
	};
	if (question->type == QUESTION_WRITE)
		carry_out_write(&progress);
	else
		carry_out_read(&progress);
}

/* Take the fault from what Fault Status and the only fault record hold. */
void answer_from_record(struct answer *answer, u32 status, const u64 *record)
{
	answer->overflow = status & VTD_FSTS_PFO;
	if (!(status & VTD_FSTS_PPF))
		return;
	answer->reason = FIELD_GET(VTD_FRCD_1_FR, record[1]);
	answer->source_id = FIELD_GET(VTD_FRCD_1_SID, record[1]);
	answer->address = record[0] & VTD_FRCD_0_FI;
	answer->write = !(record[1] & VTD_FRCD_1_T1);
}

bool answers_equal(const struct answer *a, const struct answer *b)
{
	if (a->read != b->read || a->written != b->written || a->reason != b->reason ||
	    a->overflow != b->overflow)
		return false;
	return !a->reason || (a->source_id == b->source_id && a->address == b->address &&
			      a->write == b->write);
}

static const char *const type_texts[] = {
	[QUESTION_READ] = "read",
	[QUESTION_READ_REPORT] = "read, then write",
	[QUESTION_WRITE] = "write",
};

const char *question_text(const struct question *question, char *text, size_t size)
{
	snprintf(text, size, "device %u: %s page 0x%llx", question->requester,
		 type_texts[question->type], (unsigned long long)question->page);
	return text;
}

static int put_page(char *text, size_t size, const char *what, int index)
{
	if (index == NOWHERE)
		return snprintf(text, size, "%s nothing", what);
	return snprintf(text, size, "%s 0x%llx", what, (unsigned long long)data_page(index));
}

const char *answer_text(const struct answer *answer, char *text, size_t size)
{
	size_t length = put_page(text, size, "read", answer->read);

	length += put_page(text + length, size - length, ", wrote", answer->written);
	if (answer->reason)
		length += snprintf(text + length, size - length,
				   ", fault 0x%02x of a %s by 0x%04x at 0x%llx", answer->reason,
				   answer->write ? "write" : "read", answer->source_id,
				   (unsigned long long)answer->address);
	else
		length += snprintf(text + length, size - length, ", no fault");
	if (answer->overflow)
		snprintf(text + length, size - length, ", overflow");
	return text;
}
