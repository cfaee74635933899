/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DAMAGE_H
#define DAMAGE_H

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

int damage_image(struct damage_count *count, bool verbose, const char *directory);

#endif /* DAMAGE_H */
