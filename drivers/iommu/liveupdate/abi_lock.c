// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Lock of the handover ABI
 *
 * What the headers of the handover ABI define is read by kernels that were built
 * from other sources. Nothing of it may change by accident, or unnoticed.
 *
 * **What is locked.** abi_headers lists the headers of the handover ABI. They are
 * locked together, with one version for the whole image: IOMMU_ABI_VERSION_MAJOR and
 * IOMMU_ABI_VERSION_MINOR. abi_layout.h lists each struct with its size, each member
 * with its offset, size and type, and each constant with its value.
 * IOMMU_ABI_FINGERPRINT in abi_fingerprint.h is the beginning of the SHA-256 of
 * these lines, sorted: it does not matter in which order the headers have them.
 *
 * **How it is checked.** Each build of this directory makes the same list anew:
 * abi_entries.awk finds what the headers define, abi_offsets.c lets the compiler
 * compute the numbers, and abi_lock.sh compares. A difference stops the build. A
 * header with something that the script does not understand stops it too. This
 * file makes the compiler prove the list that is checked in, with its types.
 *
 * **How a change is made.** Happy path:
 *
 * 1. Change the header, and its kernel-doc: each member has a range. Add a new
 *    header to abi_headers: one that is not there is not locked.
 * 2. Unless IOMMU_ABI_VERSION_MAJOR is 0, which is a draft: raise
 *    IOMMU_ABI_VERSION_MINOR or IOMMU_ABI_VERSION_MAJOR. Their header, iommu.h,
 *    says which.
 * 3. Build with ``make IOMMU_ABI_UPDATE=1 drivers/iommu/liveupdate/``. This writes
 *    abi_layout.h and abi_fingerprint.h. The tables of the documentation follow
 *    with ``tools/testing/kho_abi/kho_abi.py update``.
 * 4. Review their diff. It is what the other kernel will see.
 * 5. With a release, add its version and fingerprint to abi_versions.
 *
 * Unhappy paths:
 *
 * * The change was not meant: undo it.
 * * Step 2 was left out: nothing is written. A released version is in the list
 *   abi_versions with its fingerprint, and cannot get another one.
 */

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/stddef.h>
#include "abi_headers.h"

#define ABI_STRUCT(name, size)					\
	static_assert(sizeof(struct name) == (size))

#define ABI_MEMBER(offset, size, type, ...)			\
	static_assert(offsetof(__VA_ARGS__) == (offset) &&	\
		      sizeof_field(__VA_ARGS__) == (size) &&	\
		      __same_type(type, typeof_member(__VA_ARGS__)))

#define ABI_ARRAY(offset, size, type, count, ...)		\
	ABI_MEMBER(offset, size, type[count], __VA_ARGS__)

#define ABI_CONSTANT(name, value)				\
	static_assert((u64)(name) == (value))

#define ABI_STRING(name, value)					\
	static_assert(sizeof(name) == sizeof(value))

#include "abi_layout.h"
