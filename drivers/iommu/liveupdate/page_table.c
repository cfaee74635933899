// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Descriptions of I/O page tables
 *
 * The description of a page table comes from another kernel. Before it is
 * believed, it is held against the table that this kernel has set up to continue
 * the old one: whoever did so had the same record at hand, so that anything but
 * the place of the top table, and the level of one that grows, has to be equal.
 *
 * The check is the same for all formats. It reads nothing but the two
 * descriptions, changes nothing, and says in one line what it objects to.
 */

#define pr_fmt(fmt) "IOMMU page table: " fmt

#include <linux/generic_pt/iommu.h>
#include <linux/kho/abi/iommu.h>

#include "page_table.h"

static int check_equal(const char *member, u32 given, u32 own)
{
	if (given == own)
		return 0;

	pr_err("%s is %#x in the record, but %#x here\n", member, given, own);
	return -EINVAL;
}

static int check_features(u32 given, u32 own)
{
	if (given & ~IOMMU_PT_FEATURES_KNOWN) {
		pr_err("features %#x has unknown ones\n", given);
		return -EOPNOTSUPP;
	}
	return check_equal("features", given, own);
}

static int check_top_level(const struct pt_iommu_description *given,
			   const struct pt_iommu_description *own,
			   unsigned int max_top_level)
{
	if (given->top_level > max_top_level) {
		pr_err("top_level is %u, the format has none above %u\n",
		       given->top_level, max_top_level);
		return -ERANGE;
	}

	/* The top of the fresh table is as low as the old one can have begun */
	if (own->features & IOMMU_PT_FEATURE_DYNAMIC_TOP &&
	    given->top_level > own->top_level)
		return 0;
	return check_equal("top_level", given->top_level, own->top_level);
}

/**
 * pt_iommu_check_description - Check the description of a page table
 * @given: What the previous kernel has written, untrusted
 * @own: Description of the table that is to continue it
 * @max_top_level: Highest level that the format has
 *
 * pt_iommu_description::top_phys is not looked at.
 *
 * Context: Any.
 * Return: 0, -EOPNOTSUPP if a feature is unknown, -ERANGE if the level is none
 * of the format, -EINVAL if a member is not as in @own.
 */
int pt_iommu_check_description(const struct pt_iommu_description *given,
			       const struct pt_iommu_description *own,
			       unsigned int max_top_level)
{
	int ret;

	ret = check_equal("format", given->format, own->format);
	if (ret)
		return ret;

	ret = check_features(given->features, own->features);
	if (ret)
		return ret;

	ret = check_top_level(given, own, max_top_level);
	if (ret)
		return ret;

	ret = check_equal("max_vasz_lg2", given->max_vasz_lg2,
			  own->max_vasz_lg2);
	if (ret)
		return ret;

	ret = check_equal("max_oasz_lg2", given->max_oasz_lg2,
			  own->max_oasz_lg2);
	if (ret)
		return ret;

	return check_equal("sign_extend", given->sign_extend, own->sign_extend);
}
EXPORT_SYMBOL_GPL(pt_iommu_check_description);
