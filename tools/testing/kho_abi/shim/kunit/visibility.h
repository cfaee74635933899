/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No symbol is exported to KUnit: see the Makefile.
 */
