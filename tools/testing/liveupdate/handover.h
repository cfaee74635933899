/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HANDOVER_H
#define HANDOVER_H

struct qtest;

int handover_keep(struct qtest *qtest, const char *directory, const char *line);

#endif /* HANDOVER_H */
