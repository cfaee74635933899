/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STATISTICS_H
#define STATISTICS_H

#include "leniency.h"
#include "question.h"

#define MAX_LENIENCES		16u

/**
 * struct statistics - What a run has met
 * @rounds: rounds
 * @questions: questions asked
 * @landed: of which something reached a page
 * @reasons: faults that the model recorded, by reason
 * @kept: questions that got the answer of before an edit
 * @dropped: questions that got a new answer after an invalidation, where the old one
 *	was another
 * @overflows: faults that did not fit into the records
 * @leniences: answers that differed for a known reason
 * @differences: answers and registers that differed
 */
struct statistics {
	unsigned int rounds;
	unsigned int questions;
	unsigned int landed;
	unsigned int reasons[256];
	unsigned int kept;
	unsigned int dropped;
	unsigned int overflows;
	unsigned int leniences[MAX_LENIENCES];
	unsigned int differences;
};

void statistics_print(const struct statistics *statistics, const char *name);

#endif /* STATISTICS_H */
