/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMU_LIVEUPDATE_CATALOGUE_H
#define __IOMMU_LIVEUPDATE_CATALOGUE_H

struct seq_file;

void iommu_abi_catalogue_show(struct seq_file *m);

#endif
