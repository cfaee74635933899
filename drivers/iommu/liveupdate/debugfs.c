// SPDX-License-Identifier: GPL-2.0-only
/* What is to be seen of live updates in /sys/kernel/debug/iommu_liveupdate/ */

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/seq_file.h>

#include "catalogue.h"
#include "image.h"

static int catalogue_show(struct seq_file *m, void *unused)
{
	iommu_abi_catalogue_show(m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(catalogue);

static int __init iommu_liveupdate_debugfs_init(void)
{
	struct dentry *dir = debugfs_create_dir("iommu_liveupdate", NULL);

	debugfs_create_file("catalogue", 0444, dir, NULL, &catalogue_fops);
	iommu_liveupdate_image_init(dir);
	return 0;
}
late_initcall(iommu_liveupdate_debugfs_init);
