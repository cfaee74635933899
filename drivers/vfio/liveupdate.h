/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __VFIO_LIVEUPDATE_H
#define __VFIO_LIVEUPDATE_H

struct file;
struct vfio_device;

struct vfio_device *vfio_liveupdate_device(struct file *file);
int vfio_liveupdate_check_file(struct file *file);

#endif
