/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Of the VT-d driver, declared and not used.
 */
#ifndef SHIM_INTEL_PASID_H
#define SHIM_INTEL_PASID_H

struct pasid_dir_entry;
struct pasid_entry;

#endif /* SHIM_INTEL_PASID_H */
