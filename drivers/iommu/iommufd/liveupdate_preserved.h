/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __IOMMUFD_LIVEUPDATE_PRESERVED_H
#define __IOMMUFD_LIVEUPDATE_PRESERVED_H

#include "../liveupdate/iommufd_record.h"

struct iommufd_ctx;
struct iommufd_device;
struct iommufd_hwpt_paging;

/**
 * struct iommufd_preserved - An iommufd that is preserved
 * @ictx: The iommufd.
 * @out: What is handed over of it.
 */
struct iommufd_preserved {
	struct iommufd_ctx *ictx;
	struct iommufd_outgoing out;
};

/**
 * struct iommufd_preserved_hwpt - A HWPT that is preserved
 * @record: What is handed over of it.
 * @hwpt_paging: The HWPT, with a reference.
 */
struct iommufd_preserved_hwpt {
	struct iommufd_record_hwpt record;
	struct iommufd_hwpt_paging *hwpt_paging;
};

/**
 * struct iommufd_preserved_device - A device that is preserved
 * @record: What is handed over of it.
 * @idev: The device.
 */
struct iommufd_preserved_device {
	struct iommufd_record_device record;
	struct iommufd_device *idev;
};

#if IS_ENABLED(CONFIG_KUNIT)
void iommufd_liveupdate_forget(struct iommufd_ctx *ictx);
extern struct liveupdate_file_handler iommufd_liveupdate_handler;
#endif

#endif
