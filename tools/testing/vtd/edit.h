/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of table entries, right or wrong.
 */
#ifndef EDIT_H
#define EDIT_H

#include "tables.h"

/**
 * struct edit - A change of one word
 * @entry: the entry
 * @address: of the word
 * @before: what it was
 * @after: what it is
 * @what: the change, for people
 */
struct edit {
	struct entry entry;
	u64 address;
	u64 before;
	u64 after;
	const char *what;
};

bool edit_random(struct tables *tables, const struct entry *entry, struct edit *edit);
void edit_undo(struct tables *tables, const struct edit *edit);

#endif /* EDIT_H */
