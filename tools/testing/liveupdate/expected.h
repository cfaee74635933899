/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists of what each case of a test program must do.
 *
 * A list has a line per case, in the order in which the cases ran:
 *
 *	fixture.case: pass
 *	fixture.other: fail  # why it cannot pass here
 *	fixture.third: skip  # why it is left out
 *
 * Lines that start with "#" and empty lines do not count. What does not pass
 * needs its reason. Names may hold all but "  # " and the end of a line.
 */
#ifndef EXPECTED_H
#define EXPECTED_H

#include <stdio.h>

#include "ktap.h"

int expected_compare(const struct ktap *ktap, const char *path, FILE *out);
int expected_update(const struct ktap *ktap, const char *path, FILE *out);

#endif /* EXPECTED_H */
