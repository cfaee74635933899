// SPDX-License-Identifier: GPL-2.0-only
/*
 * What QEMU's unit (7.2) answers where the specification says something else.
 *
 * The model is never bent to it. There are three tables: of fault reasons, of answers
 * that are the right ones of other caches, and of what is not asked. An answer is
 * taken for a known one only in the situation that its entry describes, after which
 * the caches of both units are cleared. --known prints the tables.
 */
#include <stdio.h>

#include <linux/kernel.h>

#include "leniency.h"

/**
 * struct reason - A fault reason of QEMU's
 * @ours: what the specification says
 * @theirs: what QEMU's unit records
 * @why: see there
 */
struct reason {
	enum vtd_fault ours;
	enum vtd_fault theirs;
	const char *why;
};

#define ROOT_AND_CONTEXT "root and context entries have the reasons of legacy mode"
#define ONE_FOR_PASID "there is one reason for all that is wrong with a PASID"
#define PAGING "paging entries have the reasons of legacy mode"

static const struct reason reasons[] = {
	{ VTD_FAULT_PAGING_ACCESS, VTD_FAULT_CONTEXT_INVALID,
	  "a pointer to no top table is an invalid context entry" },
	{ VTD_FAULT_SM_ROOT_ACCESS, VTD_FAULT_ROOT_ACCESS, ROOT_AND_CONTEXT },
	{ VTD_FAULT_SM_ROOT_NOT_PRESENT, VTD_FAULT_ROOT_NOT_PRESENT, ROOT_AND_CONTEXT },
	{ VTD_FAULT_SM_ROOT_RESERVED, VTD_FAULT_ROOT_RESERVED, ROOT_AND_CONTEXT },
	{ VTD_FAULT_SM_CONTEXT_ACCESS, VTD_FAULT_CONTEXT_ACCESS, ROOT_AND_CONTEXT },
	{ VTD_FAULT_SM_CONTEXT_NOT_PRESENT, VTD_FAULT_CONTEXT_NOT_PRESENT, ROOT_AND_CONTEXT },
	{ VTD_FAULT_SM_CONTEXT_RESERVED, VTD_FAULT_CONTEXT_RESERVED, ROOT_AND_CONTEXT },
	{ VTD_FAULT_SM_DIR_ACCESS, VTD_FAULT_SM_PASID_ACCESS, ONE_FOR_PASID },
	{ VTD_FAULT_SM_DIR_NOT_PRESENT, VTD_FAULT_SM_PASID_ACCESS, ONE_FOR_PASID },
	{ VTD_FAULT_SM_PASID_NOT_PRESENT, VTD_FAULT_SM_PASID_ACCESS, ONE_FOR_PASID },
	{ VTD_FAULT_SM_PASID_INVALID, VTD_FAULT_SM_PASID_ACCESS, ONE_FOR_PASID },
	{ VTD_FAULT_SM_SS_POINTER, VTD_FAULT_CONTEXT_INVALID, PAGING },
	{ VTD_FAULT_SM_SS_ACCESS, VTD_FAULT_PAGING_ACCESS, PAGING },
	{ VTD_FAULT_SM_SS_RESERVED, VTD_FAULT_PAGING_RESERVED, PAGING },
	{ VTD_FAULT_SM_SS_BEYOND_WIDTH, VTD_FAULT_BEYOND_WIDTH, PAGING },
	{ VTD_FAULT_SM_SS_PERMISSION, VTD_FAULT_NO_READ, PAGING },
	{ VTD_FAULT_SM_SS_PERMISSION, VTD_FAULT_NO_WRITE, PAGING },
};

static bool same_reason(enum vtd_fault theirs, enum vtd_fault ours)
{
	if (theirs == ours)
		return true;
	for (unsigned int i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (reasons[i].ours == ours && reasons[i].theirs == theirs)
			return true;
	}
	return false;
}

/*
 * Whether QEMU's answer is that one, by its own reasons. It records one fault of a
 * device until software has cleared that, and counts no overflow: "hardware may
 * collapse" them (section 7.2.1).
 */
bool lenience_same(const struct situation *situation, const struct answer *ours)
{
	struct answer theirs = *situation->theirs;

	if (!same_reason(theirs.reason, ours->reason))
		return false;
	theirs.reason = ours->reason;
	theirs.overflow = ours->overflow;
	return answers_equal(&theirs, ours);
}

static bool went_same_way(const struct answer *a, const struct answer *b)
{
	return a->read == b->read && a->written == b->written;
}

/* Differences that have nothing to do with what is in a cache */

/* A cached translation tells QEMU what is allowed, and it asks no further. */
static bool is_silent(const struct situation *situation, const struct outcome *outcome)
{
	const struct answer *ours = &outcome->answer, *theirs = situation->theirs;

	return answer_is_permission(ours->reason) && !theirs->reason &&
	       went_same_way(theirs, ours) &&
	       (situation->has_translation || theirs->read != NOWHERE);
}

static bool is_unchecked_width(const struct situation *situation, const struct outcome *outcome)
{
	enum vtd_fault reason = outcome->answer.reason;

	return situation->pass_through && !situation->theirs->reason &&
	       (reason == VTD_FAULT_BEYOND_WIDTH || reason == VTD_FAULT_SM_BEYOND_HAW) &&
	       went_same_way(situation->theirs, &outcome->answer);
}

static bool is_unqualified(const struct situation *situation, const struct outcome *outcome)
{
	const struct answer *theirs = situation->theirs;

	return !outcome->answer.reason &&
	       (theirs->reason == VTD_FAULT_CONTEXT_RESERVED ||
		theirs->reason == VTD_FAULT_SM_PASID_ACCESS) &&
	       same_reason(theirs->reason, outcome->quiet) &&
	       went_same_way(theirs, &outcome->answer);
}

static bool is_ignored_width(const struct situation *situation, const struct outcome *outcome)
{
	return situation->scalable && situation->pass_through && situation->unsupported_width &&
	       situation->theirs->reason == VTD_FAULT_SM_PASID_ACCESS &&
	       (!outcome->answer.reason || outcome->answer.reason == VTD_FAULT_SM_BEYOND_HAW);
}

static bool ours_is(const struct situation *situation,
		    bool (*is)(const struct situation *situation, const struct outcome *outcome))
{
	return is(situation, situation->ours);
}

static bool silent_permission(const struct situation *situation)
{
	return ours_is(situation, is_silent);
}

static bool unchecked_width(const struct situation *situation)
{
	return ours_is(situation, is_unchecked_width);
}

static bool unqualified(const struct situation *situation)
{
	return ours_is(situation, is_unqualified);
}

static bool ignored_width(const struct situation *situation)
{
	return ours_is(situation, is_ignored_width);
}

/* Differences of what is in caches */

/*
 * Blocked where it was not before, after the rings were reached by old translations:
 * without those the rings are blocked, for the same reason but for the direction.
 */
static bool is_late(const struct situation *situation)
{
	const struct answer *theirs = situation->theirs;
	enum vtd_fault reason = situation->fresh->answer.reason;

	return situation->question->type == QUESTION_WRITE &&
	       theirs->written == NOWHERE && theirs->write &&
	       theirs->address == situation->question->page &&
	       (same_reason(theirs->reason, reason) ||
		(answer_is_permission(theirs->reason) && answer_is_permission(reason)));
}

/* QEMU answers from memory, where the model answers from a cache. */
static bool is_fresh(const struct situation *situation)
{
	const struct outcome *fresh = situation->fresh;

	return lenience_same(situation, &fresh->answer) || is_silent(situation, fresh) ||
	       is_unchecked_width(situation, fresh) || is_unqualified(situation, fresh) ||
	       is_ignored_width(situation, fresh) || is_late(situation);
}

static bool is_above_paging(const struct edit *edit)
{
	return edit && edit->entry.role != ROLE_PAGING;
}

/* The page is reached by an old translation, its rings are not reached any more. */
static bool lost_rings(const struct situation *situation)
{
	return went_same_way(situation->theirs, situation->before) &&
	       situation->theirs->address == CONTROL &&
	       same_reason(situation->theirs->reason, situation->fresh->answer.reason);
}

static bool kept_by_requester(const struct situation *situation)
{
	if (!is_above_paging(situation->edit) || situation->iotlb_covered ||
	    !situation->before)
		return false;
	return answers_equal(situation->theirs, situation->before) ||
	       lost_rings(situation) || is_late(situation);
}

static bool not_shared(const struct situation *situation)
{
	return situation->edit && situation->edit->entry.role == ROLE_PAGING &&
	       !situation->has_translation && is_fresh(situation);
}

static bool is_pasid(const struct edit *edit)
{
	return edit && (edit->entry.role == ROLE_DIRECTORY || edit->entry.role == ROLE_PASID);
}

static bool kept_pasid(const struct situation *situation)
{
	return is_pasid(situation->edit) && situation->before &&
	       answers_equal(situation->theirs, situation->before);
}

/* Nothing is cached of a context entry whose PASID was found to be wrong. */
static bool no_pasid_cache(const struct situation *situation)
{
	const struct edit *edit = situation->edit;

	if (!is_above_paging(edit) || !situation->scalable || !is_fresh(situation))
		return false;
	return is_pasid(edit) || situation->context_invalidated ||
	       (situation->before && situation->before->reason == VTD_FAULT_SM_PASID_ACCESS);
}

static bool no_cached_faults(const struct situation *situation)
{
	return situation->caching_mode &&
	       (situation->ours->faults || situation->ours->quiet) && is_fresh(situation);
}

static bool more_contexts(const struct situation *situation)
{
	return situation->context_dropped && is_above_paging(situation->edit) &&
	       is_fresh(situation);
}

static bool more_pages(const struct situation *situation)
{
	const struct answer *theirs = situation->theirs;

	if (!is_fresh(situation))
		return false;
	return situation->pages_dropped ||
	       (situation->control_dropped && theirs->reason && theirs->address == CONTROL);
}

const struct lenience leniences[] = {
	{ "silent", "what a cached translation does not allow is blocked without a fault record",
	  silent_permission, false },
	{ "HAW", "an address beyond the width, of a device in pass-through, leads nowhere silently",
	  unchecked_width, false },
	/* Section 9.6: AW is for the second stage. */
	{ "AW", "pass-through of a PASID needs an address width that the unit supports",
	  ignored_width, false },
	{ "FPD", "reserved bits of context entries and faults of PASIDs are recorded despite FPD",
	  unqualified, false },
	/* Section 6.2.1: tagged by the domain ID in the context entry */
	{ "kept", "cached translations are found by the requester, whatever its context entry is",
	  kept_by_requester, true },
	{ "unshared", "cached translations are not shared by the devices of a domain",
	  not_shared, true },
	{ "PASID", "PASID table entries are not cached, nor context entries if a PASID has a fault",
	  no_pasid_cache, true },
	/* The descriptor of section 6.5.2.2 is taken, and has no effect. */
	{ "PASID late", "that a PASID is present or passed through is seen with its context only",
	  kept_pasid, true },
	/* Section 6.1 allows that. */
	{ "faults", "in caching mode faults are not cached", no_cached_faults, true },
	/* A wider invalidation is allowed, and CCMD tells of it: section 11.4.5.1 */
	{ "contexts", "contexts are invalidated by domain as all, by device whatever their domain",
	  more_contexts, true },
	/* Of the mask, too: one of 2^8 pages or more is one of the domain. */
	{ "pages", "an invalidation of pages compares the low 8 bits of page numbers only",
	  more_pages, true },
};

/* What is not asked or not compared, as the answer would say nothing of the model */
static const char *const unasked[] = {
	"translation by a first stage: of a PASID table entry that names one, or two, QEMU walks",
	"  the second stage alone",
	"five levels, requests with PASID, posted interrupts, walks that do not snoop, write",
	"  buffers, caches of entries that lead to tables: QEMU has none of them",
	"accesses to interrupt addresses: they are no requests to be translated in QEMU",
	"RID_PASID other than 0: QEMU uses it although ECAP.RPS is clear",
	"reserved bits of PASID directory and PASID table entries: QEMU does not look at them",
	"SNP of a page in scalable mode: QEMU takes it although ECAP.SC is clear",
	"IQERCD: QEMU leaves it 0",
	"IQA.DW: QEMU does as it says, and reads as 0",
	"an unaligned tail of a queue of 256-bit descriptors: QEMU ignores it, without IQE",
	"a wait descriptor that neither writes nor interrupts: QEMU takes it for an error",
	"a stopped queue after IQE was cleared: QEMU goes on when it is told of the tail again",
	"CCMD.CAIG of an invalidation by domain: QEMU does all, and says so",
	"PV of a record of a request without PASID: QEMU puts ones there",
	"overflow by more faults of one device: QEMU keeps one of them and tells of no more",
	"caches after SRTP: QEMU clears them although CAP.ESRTPS is clear, and so do the rounds",
};

const unsigned int nr_leniences = ARRAY_SIZE(leniences);

/* Whether QEMU's unit drops the page, be it in a large one, with those of others. */
bool lenience_drops_page(u64 page, u64 address, u8 mask)
{
	u8 compared = mask < 8 ? 0xff << mask : 0;
	u8 wanted = address / PAGE;

	return !((wanted ^ (u8)(page / PAGE)) & compared) || !(wanted & compared);
}

/* The reason why QEMU's answer differs, or %NULL if there is none that is known */
const struct lenience *lenience_find(const struct situation *situation)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(leniences); i++) {
		if (leniences[i].applies(situation))
			return &leniences[i];
	}
	return NULL;
}

/* Print all of that. */
void lenience_list(void)
{
	printf("Fault reasons:\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(reasons); i++)
		printf("  reason 0x%02x is recorded as 0x%02x: %s\n", reasons[i].ours,
		       reasons[i].theirs, reasons[i].why);
	printf("Answers, by their names in the summary:\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(leniences); i++)
		printf("  %s: %s\n", leniences[i].name, leniences[i].why);
	printf("Not asked, or not compared:\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(unasked); i++)
		printf("  %s\n", unasked[i]);
}
