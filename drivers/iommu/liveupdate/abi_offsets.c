// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Numbers of the handover ABI
 *
 * This file is compiled to assembler only, as the kernel's asm-offsets are: the
 * strings below are what the compiler makes of each entry that abi_entries.awk
 * found in the headers. abi_lock.sh reads them.
 */

#include <linux/stddef.h>
#include "abi_headers.h"

#define EMIT(text, ...)	({						\
		asm volatile("\n.ascii \"->" text "\"" : : __VA_ARGS__); \
	})

#define ABI_STRUCT(name)						\
	EMIT("ABI_STRUCT(" #name ", %0);", "i" (sizeof(struct name)))

#define ABI_MEMBER(type, ...)						\
	EMIT("ABI_MEMBER(%0, %1, " #type ", " #__VA_ARGS__ ");",	\
	     "i" (offsetof(__VA_ARGS__)),				\
	     "i" (sizeof_field(__VA_ARGS__)))

#define ABI_ARRAY(type, ...)						\
	EMIT("ABI_ARRAY(%0, %1, " #type ", %2, " #__VA_ARGS__ ");",	\
	     "i" (offsetof(__VA_ARGS__)),				\
	     "i" (sizeof_field(__VA_ARGS__)),				\
	     "i" (sizeof_field(__VA_ARGS__) / sizeof(type)))

#define ABI_CONSTANT(name)						\
	EMIT("ABI_CONSTANT(" #name ", %0);", "i" ((u64)(name)))

#define ABI_STRING(name)						\
	EMIT("ABI_STRING(" #name ", \\\"" name "\\\");", "i" (0))

static void __used abi_offsets(void)
{
#include "abi_entries.h"
}
