/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef GUARD_H
#define GUARD_H

#include <linux/types.h>

#include "memory.h"

int guard_write(__u64 address, const struct memory_pair *pair);

#endif /* GUARD_H */
