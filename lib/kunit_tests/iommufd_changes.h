/* SPDX-License-Identifier: GPL-2.0-only */
/* What changes an IOAS, one by one. */

#ifndef _LIB_KUNIT_TESTS_IOMMUFD_CHANGES_H
#define _LIB_KUNIT_TESTS_IOMMUFD_CHANGES_H

#include <linux/types.h>

struct iommufd_guest;

/**
 * struct iommufd_change - Something that changes the IOAS of a guest
 * @name: What it is.
 * @act: Do it. Returns 0 or an errno.
 * @undo: Take back what @act did if it returned 0, or NULL.
 * @err: What @act returns while the IOAS may change, 0 if it does something then.
 * @waits: It waits for whoever looks at the IOAS, before it is refused.
 */
struct iommufd_change {
	const char *name;
	int (*act)(struct iommufd_guest *guest);
	void (*undo)(struct iommufd_guest *guest);
	int err;
	bool waits;
};

extern const struct iommufd_change iommufd_changes[];
extern const unsigned int iommufd_nr_changes;
/* One of them, which makes a difference to preserving, too */
extern const struct iommufd_change iommufd_change_pin;
/* Of a domain that can do it */
extern const struct iommu_dirty_ops iommufd_changes_dirty_ops;

void iommufd_changes_begin(struct iommufd_guest *guest);

#endif /* _LIB_KUNIT_TESTS_IOMMUFD_CHANGES_H */
