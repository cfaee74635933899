/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page frames: those of tools/include need its <linux/mm.h>.
 */
#ifndef SHIM_LINUX_PFN_H
#define SHIM_LINUX_PFN_H

#include <linux/types.h>

#include <asm/page.h>

#define PFN_PHYS(pfn)		((u64)(pfn) << PAGE_SHIFT)
#define PHYS_PFN(phys)		((unsigned long)((phys) >> PAGE_SHIFT))

#endif /* SHIM_LINUX_PFN_H */
