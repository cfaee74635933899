/* SPDX-License-Identifier: GPL-2.0-only */
#define IOMMU_ABI_FINGERPRINT 0x123456789abcdef0ULL
