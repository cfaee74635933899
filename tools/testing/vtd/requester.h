/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef REQUESTER_H
#define REQUESTER_H

#include "machine.h"
#include "question.h"

int requester_setup(struct qtest *qtest, struct requester *requester);
void requester_prepare_page(struct memory *memory, unsigned int index);
int requester_ask(struct machine *machine, const struct question *question,
		  struct answer *answer);
int requester_clear_fault(struct machine *machine, bool overflow);

#endif /* REQUESTER_H */
