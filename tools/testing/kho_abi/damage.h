/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DAMAGE_H
#define DAMAGE_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct damage_count - What came of the damages to an image
 * @tried: Damages.
 * @missed: Those that were not refused, or with another errno or member.
 * @unknown: Members for whose range there is no rule.
 */
struct damage_count {
	unsigned int tried;
	unsigned int missed;
	unsigned int unknown;
};

/**
 * struct damage_output - What is to be had of them, apart from what is not refused
 * @verbose: Each is printed.
 * @directory: Each damaged image goes there, unless it is NULL.
 * @list: Those that are refused go there, as struct image_damage, unless it is NULL.
 */
struct damage_output {
	bool verbose;
	const char *directory;
	FILE *list;
};

int damage_image(struct damage_count *count, const struct damage_output *output);

#endif /* DAMAGE_H */
