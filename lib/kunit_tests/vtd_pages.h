/* SPDX-License-Identifier: GPL-2.0-only */
/* What the mock kexec tells VT-d units in software about iommu-pages. */

#ifndef _LIB_KUNIT_TESTS_VTD_PAGES_H
#define _LIB_KUNIT_TESTS_VTD_PAGES_H

#include <linux/types.h>

struct folio;

#ifdef CONFIG_VTD_UNIT_KUNIT_TEST
void vtd_pages_observe(struct folio *folio, bool in_use);
void vtd_pages_flushed(const void *virt, size_t size);
void vtd_pages_lost(const void *virt, size_t size);
#else
static inline void vtd_pages_observe(struct folio *folio, bool in_use) { }
static inline void vtd_pages_flushed(const void *virt, size_t size) { }
static inline void vtd_pages_lost(const void *virt, size_t size) { }
#endif

#endif /* _LIB_KUNIT_TESTS_VTD_PAGES_H */
