// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What the double of a VT-d unit finds wrong
 *
 * A driver writes registers and flushes caches with interrupts off, where KUnit
 * can note nothing: it allocates with GFP_KERNEL. So what is wrong is noted
 * first, in any context, and judged when the case ends.
 *
 * Happy path: nothing is noted, and nothing is said. Unhappy path: the number
 * noted is not the one that the case expects, and the case fails; a finding
 * that is expected and missing is a failure too.
 */

#include <linux/kernel.h>

#include <kunit/test.h>
#include <kunit/visibility.h>

#include "vtd_finding.h"

/**
 * vtd_finding_note - Something is wrong.
 * @finding: The kind.
 * @format: What, as of printf(). The first one that is not expected is kept.
 *
 * Context: Any. The caller serializes.
 */
void vtd_finding_note(struct vtd_finding *finding, const char *format, ...)
{
	va_list args;

	if (finding->count++ != finding->expected)
		return;

	va_start(args, format);
	vscnprintf(finding->first, sizeof(finding->first), format, args);
	va_end(args);
}
EXPORT_SYMBOL_IF_KUNIT(vtd_finding_note);

/**
 * vtd_finding_is_expected - Was it seen as often as the case said.
 * @finding: The kind.
 *
 * Context: Any.
 *
 * Return: true if it was.
 */
bool vtd_finding_is_expected(const struct vtd_finding *finding)
{
	return finding->expected == VTD_ANY_NUMBER ||
	       finding->count == finding->expected;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_finding_is_expected);

/**
 * vtd_finding_judge - Fail the case if it did not expect this.
 * @test: The case.
 * @finding: The kind.
 *
 * Context: Process context, also in an action of @test.
 *
 * Return: true if the case did not fail for it.
 */
bool vtd_finding_judge(struct kunit *test, const struct vtd_finding *finding)
{
	if (vtd_finding_is_expected(finding))
		return true;

	KUNIT_FAIL(test, "%s: %u times, %u expected%s%s", finding->what,
		   finding->count, finding->expected,
		   finding->first[0] ? ", first " : "", finding->first);
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(vtd_finding_judge);
