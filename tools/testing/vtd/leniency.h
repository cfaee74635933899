/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where QEMU's unit answers differently, which is known and is not the model's
 * fault.
 */
#ifndef LENIENCY_H
#define LENIENCY_H

#include "edit.h"
#include "question.h"

/**
 * struct situation - All that is known when a question was asked
 * @scalable: in scalable mode
 * @caching_mode: faults may be cached
 * @question: the question
 * @theirs: what QEMU answered
 * @ours: what the model answered
 * @fresh: what it would answer with empty caches
 * @before: what QEMU answered to the same question before the edit, or %NULL
 * @edit: the last edit, if caches may hold what was before it, else %NULL
 * @iotlb_covered: translations of before the edit were invalidated
 * @context_invalidated: some context entries were invalidated since the edit
 * @context_dropped: QEMU's unit may have dropped that of the device by an
 *	invalidation of others
 * @pages_dropped: QEMU's unit may have dropped a translation of the page by an
 *	invalidation of other pages of its domain, since the edit
 * @control_dropped: the same for the control page
 * @has_translation: QEMU's unit may have cached a translation of the page
 * @pass_through: the entries of the device say so, or said so before the edit
 * @unsupported_width: they have an address width that the unit has not
 */
struct situation {
	bool scalable;
	bool caching_mode;
	const struct question *question;
	const struct answer *theirs;
	const struct outcome *ours;
	const struct outcome *fresh;
	const struct answer *before;
	const struct edit *edit;
	bool iotlb_covered;
	bool context_invalidated;
	bool context_dropped;
	bool pages_dropped;
	bool control_dropped;
	bool has_translation;
	bool pass_through;
	bool unsupported_width;
};

/**
 * struct lenience - A difference that is known
 * @name: for the summary
 * @why: what QEMU does and what the specification says
 * @applies: whether QEMU's answer differs for this reason and is right otherwise
 * @diverged: the caches of both may differ after it
 */
struct lenience {
	const char *name;
	const char *why;
	bool (*applies)(const struct situation *situation);
	bool diverged;
};

extern const struct lenience leniences[];
extern const unsigned int nr_leniences;

bool lenience_drops_page(u64 page, u64 address, u8 mask);
bool lenience_same(const struct situation *situation, const struct answer *ours);
const struct lenience *lenience_find(const struct situation *situation);
void lenience_list(void);

#endif /* LENIENCY_H */
