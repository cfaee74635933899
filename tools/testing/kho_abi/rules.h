/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RULES_H
#define RULES_H

#include "walk.h"

/* The most values that a rule has for a member */
#define MAX_VALUES	80

/**
 * struct bad_value - A value that a member must not have
 * @value: The value.
 * @err: What the next kernel refuses it with.
 */
struct bad_value {
	u64 value;
	int err;
};

/**
 * struct bad_values - What a rule makes of the range of a member
 * @values: The values.
 * @nr: Number of values.
 * @known: There is a rule for this range, even if each value is good.
 */
struct bad_values {
	struct bad_value values[MAX_VALUES];
	u32 nr;
	bool known;
};

/**
 * struct rule_context - What a range may refer to, apart from constants
 * @place: The struct.
 * @member: The member.
 * @root: The struct that the handover begins with.
 * @root_layout: Its layout.
 * @sibling: The entry before it in the same chain, or NULL.
 */
struct rule_context {
	const struct walk_place *place;
	const struct member *member;
	const void *root;
	const struct layout *root_layout;
	const void *sibling;
};

void rules_apply(const struct rule_context *context, struct bad_values *bad);

#endif /* RULES_H */
