// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Memory of IOMMUs over a live update
 *
 * All memory that an IOMMU reads comes from iommu_alloc_pages_node_sz(). These
 * functions carry it over to the next kernel, a whole allocation at a time.
 *
 * Happy path:
 *
 * 1. In the old kernel, iommu_pages_preserve() marks an allocation for KHO. It
 *    stays in use, and may still be written.
 * 2. The old kernel writes its physical address into some record.
 * 3. After kexec the memory belongs to KHO. The IOMMU may read it, but nothing
 *    counts it.
 * 4. In the new kernel, iommu_pages_restore() takes it back. From here on it is
 *    like any allocation, and iommu_free_pages() frees it.
 *
 * Unhappy paths:
 *
 * * The update is cancelled: iommu_pages_unpreserve(), before the memory is
 *   freed. KHO would preserve the memory of whoever gets it next.
 * * The record is damaged: iommu_pages_restore() takes nothing at an address
 *   where nothing of that size was preserved. The memory that was meant is
 *   leaked, as nobody knows what a device still does with it.
 * * The new kernel never asks: KHO keeps the memory until the next reboot.
 */

#include <linux/kexec_handover.h>
#include <linux/mm.h>

#include "faults.h"
#include "pages.h"

/**
 * iommu_pages_preserve - Preserve an allocation for the next kernel
 * @virt: Address returned from iommu_alloc_pages_node_sz()
 *
 * Context: May sleep.
 * Return: 0, or what kho_preserve_folio() failed with.
 */
int iommu_pages_preserve(void *virt)
{
	if (iommu_liveupdate_omits(IOMMU_OMIT_TABLE_PAGES))
		return 0;
	return kho_preserve_folio(virt_to_folio(virt));
}
EXPORT_SYMBOL_GPL(iommu_pages_preserve);

/**
 * iommu_pages_unpreserve - Undo iommu_pages_preserve()
 * @virt: Address given to iommu_pages_preserve()
 *
 * Context: May sleep.
 */
void iommu_pages_unpreserve(void *virt)
{
	kho_unpreserve_folio(virt_to_folio(virt));
}
EXPORT_SYMBOL_GPL(iommu_pages_unpreserve);

/**
 * iommu_pages_restore - Take back an allocation of the previous kernel
 * @phys: Physical address of the allocation, untrusted
 * @size: Size of the allocation in bytes, rounded up to a power of 2 of pages
 *
 * Context: Any.
 * Return: the virtual address, to be freed with iommu_free_pages(), or an
 * ERR_PTR() of -EINVAL if no memory of @size waits to be restored at @phys.
 */
void *iommu_pages_restore(phys_addr_t phys, size_t size)
{
	struct folio *folio;

	if (kho_preserved_order(phys) != get_order(size))
		return ERR_PTR(-EINVAL);

	folio = kho_restore_folio(phys);
	if (!folio)
		return ERR_PTR(-EINVAL);

	folio_ioptdesc(folio)->incoherent = false;
	iommu_pages_account(folio, folio_nr_pages(folio));
	iommu_pages_observe(folio, true);

	return folio_address(folio);
}
EXPORT_SYMBOL_GPL(iommu_pages_restore);
