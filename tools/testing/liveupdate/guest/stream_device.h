/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STREAM_DEVICE_H
#define STREAM_DEVICE_H

#include <stdbool.h>

#include "memory.h"
#include "vfio.h"

/**
 * struct stream_device - A device and its memory
 * @vfio: the device
 * @iova: where the device finds its memory
 * @memory: the memory
 * @left: only its memory is preserved
 * @interrupts: its interrupt is enabled
 */
struct stream_device {
	struct vfio_device vfio;
	__u64 iova;
	struct memory_pair memory;
	bool left;
	bool interrupts;
};

/**
 * struct stream_devices - All devices that the process has
 * @device: the devices
 * @count: how many
 * @iommufd: of those that are preserved
 * @other_iommufd: of those that are not
 * @session: the session of LUO, -1 if there is none
 * @marked: the page tables of those that are preserved are marked
 */
struct stream_devices {
	struct stream_device device[STREAM_MAX_DEVICES];
	unsigned int count;
	int iommufd;
	int other_iommufd;
	int session;
	bool marked;
};

#endif /* STREAM_DEVICE_H */
