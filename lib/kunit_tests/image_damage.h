/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A list of damages to an image, as tools/testing/kho_abi/ derives it from the ranges in
 * the headers' kernel-doc: for image_corpus_kunit.c.
 */

#ifndef _LIB_KUNIT_TESTS_IMAGE_DAMAGE_H
#define _LIB_KUNIT_TESTS_IMAGE_DAMAGE_H

#include <linux/types.h>

/* Room for the name of a member, with its end */
#define IMAGE_DAMAGE_MEMBER	32

/**
 * struct image_damage - One value that must not be there.
 * @phys: Physical address of what is damaged.
 * @value: The value.
 * @size: Its size in bytes, up to that of @value.
 * @err: Negative errno that it is refused with.
 * @member: The member that is named as the reason.
 */
struct image_damage {
	u64 phys;
	u64 value;
	u32 size;
	s32 err;
	char member[IMAGE_DAMAGE_MEMBER];
};

#endif /* _LIB_KUNIT_TESTS_IMAGE_DAMAGE_H */
