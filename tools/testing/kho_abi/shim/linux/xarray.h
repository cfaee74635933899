/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A struct with one is declared, and not used.
 */
#ifndef SHIM_LINUX_XARRAY_H
#define SHIM_LINUX_XARRAY_H

struct xarray {
	void *unused;
};

#endif /* SHIM_LINUX_XARRAY_H */
