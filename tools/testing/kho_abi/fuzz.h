/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What libFuzzer calls, and what it has for others, under names that are not its own.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>

#include <linux/types.h>

int fuzz_image(const u8 *data, size_t size) asm("LLVMFuzzerTestOneInput");
size_t fuzz_mutate(u8 *data, size_t size, size_t max_size, unsigned int seed)
	asm("LLVMFuzzerCustomMutator");
size_t fuzz_mutate_bytes(u8 *data, size_t size, size_t max_size) asm("LLVMFuzzerMutate");

#endif /* FUZZ_H */
