/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COUNT_H
#define COUNT_H

#include "memory.h"

unsigned int count_sent(const struct memory *small, unsigned int slots);
unsigned int count_received(const struct memory *large, unsigned int device, unsigned int slots);

#endif /* COUNT_H */
