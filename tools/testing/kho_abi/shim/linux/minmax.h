/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's max() takes constants of other types, that of tools/include does not.
 */
#ifndef SHIM_LINUX_MINMAX_H
#define SHIM_LINUX_MINMAX_H

#undef max
#undef min
#define max(a, b)	({ typeof(a) _a = (a); typeof(b) _b = (b); _a > _b ? _a : _b; })
#define min(a, b)	({ typeof(a) _a = (a); typeof(b) _b = (b); _a < _b ? _a : _b; })

#endif /* SHIM_LINUX_MINMAX_H */
