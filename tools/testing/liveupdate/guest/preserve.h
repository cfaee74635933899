/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PRESERVE_H
#define PRESERVE_H

#include "stream_device.h"

void preserve_mark(struct stream_devices *devices);
int preserve_all(struct stream_devices *devices);
int preserve_abandon(struct stream_devices *devices);
int preserve_abort_each(struct stream_devices *devices);
int preserve_interrupts(const struct stream_devices *devices, bool on);

#endif /* PRESERVE_H */
