/* SPDX-License-Identifier: GPL-2.0-only */
/* For cases that have thousands of lines in the log */

#ifndef _LIB_KUNIT_TESTS_LOG_READER_H
#define _LIB_KUNIT_TESTS_LOG_READER_H

#include <linux/delay.h>
#include <linux/types.h>

/**
 * log_wait_for_reader - Give whoever reads the log some time after each 32 lines.
 * @lines: Lines so far, more or less.
 *
 * UML's console loses what cannot be written to a pipe at once, and the result of a case
 * is a line as any other.
 *
 * Context: Process context.
 */
static inline void log_wait_for_reader(u64 lines)
{
	if (!(lines % 32))
		msleep(20);
}

#endif /* _LIB_KUNIT_TESTS_LOG_READER_H */
