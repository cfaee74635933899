/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mock kexec: ends the current "kernel" of a test and begins the next one,
 * which finds nothing but what was preserved. fake_kho_start() comes first.
 */

#ifndef _LIB_KUNIT_TESTS_MOCK_KEXEC_H
#define _LIB_KUNIT_TESTS_MOCK_KEXEC_H

#include <linux/types.h>

#include "fake_kho.h"

struct folio;
struct kunit;

/* Each byte of the memory that a kernel did not preserve, after mock_kexec() */
#define MOCK_KEXEC_POISON	0xdb

/**
 * struct mock_kexec_memory - The memory that the mock kexec looks after.
 * @iommu_folios: Folios that iommu-pages handed out and that are in use.
 * @iommu_pages: Pages in these folios.
 * @iommu_checksum: Checksum over addresses and bytes of these folios.
 * @kho_folios: Folios that the fake KHO and mock_kexec_alloc_folio() handed
 *	out and that are in use.
 * @quarantined_pages: Poisoned pages of kernels that ended.
 */
struct mock_kexec_memory {
	unsigned long iommu_folios;
	unsigned long iommu_pages;
	u64 iommu_checksum;
	unsigned long kho_folios;
	unsigned long quarantined_pages;
};

void mock_kexec(struct kunit *test);
struct folio *mock_kexec_alloc_folio(struct kunit *test, unsigned int order);
bool mock_kexec_is_poisoned(const void *mem, size_t size);
unsigned int mock_kexec_generation(void);
phys_addr_t mock_kexec_beyond_memory(void);
void mock_kexec_get_memory(struct mock_kexec_memory *memory);

#endif /* _LIB_KUNIT_TESTS_MOCK_KEXEC_H */
