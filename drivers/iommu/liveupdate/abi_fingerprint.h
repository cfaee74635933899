/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fingerprint of the layout of the handover ABI.
 * Generated from include/linux/kho/abi/iommu.h, do not edit: see abi_lock.c.
 */

#define IOMMU_ABI_FINGERPRINT	0xdb8807b2cf2a3ae0ULL
