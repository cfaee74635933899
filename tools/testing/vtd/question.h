/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Questions to a unit: what becomes of the DMAs of a device, and the answers.
 */
#ifndef QUESTION_H
#define QUESTION_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#include "vtd_unit.h"

/**
 * enum question_type - What the device does
 * @QUESTION_READ: it reads a descriptor from the page
 * @QUESTION_READ_REPORT: the same, and writes its status into that page
 * @QUESTION_WRITE: it writes a packet into the page
 * @NR_QUESTION_TYPES: number of them
 */
enum question_type {
	QUESTION_READ,
	QUESTION_READ_REPORT,
	QUESTION_WRITE,
	NR_QUESTION_TYPES
};

/**
 * struct question - DMAs of a device to one page
 * @requester: which device
 * @type: what it does
 * @page: first address of the page, as the device says it
 */
struct question {
	unsigned int requester;
	enum question_type type;
	u64 page;
};

/* Nowhere: not in one of the pages that translations should lead to */
#define NOWHERE		(-1)

/**
 * struct answer - What became of them
 * @read: index of the page that was read, or %NOWHERE
 * @written: index of the page that was written, or %NOWHERE
 * @reason: of the recorded fault, %VTD_FAULT_NONE if there is none
 * @source_id: of the recorded fault
 * @address: of the recorded fault
 * @write: the recorded fault is of a write
 * @overflow: of the fault records
 */
struct answer {
	int read;
	int written;
	enum vtd_fault reason;
	u16 source_id;
	u64 address;
	bool write;
	bool overflow;
};

/* Ask a unit for one request of the device. */
typedef void (*translate_fn)(void *context, const struct vtd_request *request,
			     struct vtd_result *result);

/**
 * struct outcome - What requests answered one by one amount to
 * @answer: without the overflow
 * @cached: all answers came from caches
 * @faults: how many requests were blocked, and not silently
 * @size: of the page that was reached, in bytes, 0 if it was not
 * @quiet: why a request was blocked silently, as its entries disable fault records
 */
struct outcome {
	struct answer answer;
	bool cached;
	unsigned int faults;
	u64 size;
	enum vtd_fault quiet;
};

void question_carry_out(const struct question *question, u16 source_id, translate_fn translate,
			void *context, struct outcome *outcome);

void answer_from_record(struct answer *answer, u32 status, const u64 *record);
bool answers_equal(const struct answer *a, const struct answer *b);
bool answer_is_permission(enum vtd_fault reason);
const char *question_text(const struct question *question, char *text, size_t size);
const char *answer_text(const struct answer *answer, char *text, size_t size);

#endif /* QUESTION_H */
