/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SHIM_LINUX_STAT_H
#define SHIM_LINUX_STAT_H

#define S_IALLUGO	07777

#endif /* SHIM_LINUX_STAT_H */
