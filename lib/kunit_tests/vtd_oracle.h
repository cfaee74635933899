/* SPDX-License-Identifier: GPL-2.0-only */
/* The DMA oracle: what becomes of a device's DMA whatever hardware has seen. */

#ifndef _LIB_KUNIT_TESTS_VTD_ORACLE_H
#define _LIB_KUNIT_TESTS_VTD_ORACLE_H

#include <linux/types.h>

#include "vtd_test_unit.h"

/* Changed words of one walk of which each combination is tried */
#define VTD_ORACLE_WORDS	12

/**
 * enum vtd_oracle_expectation - What must become of a request
 * @VTD_ORACLE_REACHES: It goes to one address.
 * @VTD_ORACLE_BLOCKED: It goes nowhere.
 * @VTD_ORACLE_EITHER: It goes to that address or nowhere.
 */
enum vtd_oracle_expectation {
	VTD_ORACLE_REACHES,
	VTD_ORACLE_BLOCKED,
	VTD_ORACLE_EITHER,
};

/**
 * struct vtd_oracle_figures - How much was tried
 * @points: Points at which the hardware might have looked.
 * @walks: Requests that were translated.
 * @most_words: The most changed words that one walk has met.
 * @sampled: Walks that met more than %VTD_ORACLE_WORDS, so that not all
 *	combinations were tried.
 * @violations: Answers that must not be, one for each request, point and use of
 *	caches, and each thing done under a device that does DMA.
 */
struct vtd_oracle_figures {
	unsigned int points;
	unsigned int walks;
	unsigned int most_words;
	unsigned int sampled;
	unsigned int violations;
};

void vtd_oracle_watch(struct vtd_test_unit *unit,
		      const struct vtd_request *request,
		      enum vtd_oracle_expectation expectation, u64 address);
void vtd_oracle_forget(struct vtd_test_unit *unit,
		       const struct vtd_request *request);
void vtd_oracle_mastering(struct vtd_test_unit *unit, u16 source_id);
void vtd_oracle_quiet(struct vtd_test_unit *unit, u16 source_id);
void vtd_oracle_expect_violation(struct vtd_test_unit *unit);
void vtd_oracle_get_figures(struct vtd_test_unit *unit,
			    struct vtd_oracle_figures *figures);

#endif /* _LIB_KUNIT_TESTS_VTD_ORACLE_H */
