/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fingerprint of the layout of the handover ABI.
 * Generated from the headers of the handover ABI, do not edit: see abi_lock.c.
 */

#define IOMMU_ABI_FINGERPRINT	0x2cfc69e6d337b0a5ULL
