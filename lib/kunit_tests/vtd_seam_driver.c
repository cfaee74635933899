// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: A few steps of a VT-d driver, compiled with the seam
 *
 * The inlines and macros of drivers/iommu/intel/ are here as they are, in the
 * order in which that driver uses them: handshakes in Global Status, entries of
 * which the present bit is set last, flushes if the unit needs them. With them
 * the suite vtd_seam shows what the seam makes of a file of the driver.
 *
 * Unhappy path: none. Whoever waits for a unit that never answers waits until the
 * driver's own time-out.
 */

#include <kunit/test.h>

#include "../../drivers/iommu/intel/iommu.h"
#include "../../drivers/iommu/intel/pasid.h"
#include "vtd_seam_driver.h"

/* Of 4 levels, in context and PASID table entries */
#define ADDRESS_WIDTH	2

/**
 * vtd_seam_driver_create - Probe a unit.
 * @test: The case that it is for.
 * @registers: Where its registers are.
 *
 * Context: Process context.
 *
 * Return: the driver's idea of the unit, never NULL.
 */
struct intel_iommu *vtd_seam_driver_create(struct kunit *test,
					   void __iomem *registers)
{
	struct intel_iommu *iommu;

	iommu = kunit_kzalloc(test, sizeof(*iommu), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, iommu);
	raw_spin_lock_init(&iommu->register_lock);
	iommu->reg = registers;
	iommu->cap = readq(iommu->reg + DMAR_CAP_REG);
	iommu->ecap = readq(iommu->reg + DMAR_ECAP_REG);
	return iommu;
}

/**
 * vtd_seam_driver_capability - What was read from the unit.
 * @iommu: The unit.
 *
 * Context: Any.
 *
 * Return: the Capability register.
 */
u64 vtd_seam_driver_capability(struct intel_iommu *iommu)
{
	return iommu->cap;
}

/**
 * vtd_seam_driver_set_root_table - Hand the root table over, and wait.
 * @iommu: The unit.
 * @root_table: For the Root Table Address register.
 *
 * Context: Any.
 */
void vtd_seam_driver_set_root_table(struct intel_iommu *iommu, u64 root_table)
{
	u32 status;

	guard(raw_spinlock_irqsave)(&iommu->register_lock);
	writeq(root_table, iommu->reg + DMAR_RTADDR_REG);
	writel(iommu->gcmd | DMA_GCMD_SRTP, iommu->reg + DMAR_GCMD_REG);
	IOMMU_WAIT_OP(iommu, DMAR_GSTS_REG, readl, status & DMA_GSTS_RTPS,
		      status);
}

/**
 * vtd_seam_driver_enable_translation - Enable translation, and wait.
 * @iommu: The unit.
 *
 * Context: Any.
 */
void vtd_seam_driver_enable_translation(struct intel_iommu *iommu)
{
	u32 status;

	guard(raw_spinlock_irqsave)(&iommu->register_lock);
	iommu->gcmd |= DMA_GCMD_TE;
	writel(iommu->gcmd, iommu->reg + DMAR_GCMD_REG);
	IOMMU_WAIT_OP(iommu, DMAR_GSTS_REG, readl, status & DMA_GSTS_TES,
		      status);
}

/**
 * vtd_seam_driver_invalidate_context - Invalidate all context entries, and wait.
 * @iommu: The unit.
 *
 * Context: Any.
 */
void vtd_seam_driver_invalidate_context(struct intel_iommu *iommu)
{
	u64 command;

	guard(raw_spinlock_irqsave)(&iommu->register_lock);
	writeq(DMA_CCMD_GLOBAL_INVL | DMA_CCMD_ICC, iommu->reg + DMAR_CCMD_REG);
	IOMMU_WAIT_OP(iommu, DMAR_CCMD_REG, readq, !(command & DMA_CCMD_ICC),
		      command);
}

/**
 * vtd_seam_driver_set_context - Write an entry that is clear, and make it present.
 * @iommu: The unit.
 * @words: The context entry.
 * @table: Address of the page table, of 4 levels.
 * @domain: Domain ID.
 *
 * Context: Any.
 */
void vtd_seam_driver_set_context(struct intel_iommu *iommu, u64 *words,
				 u64 table, u16 domain)
{
	struct context_entry *context = (struct context_entry *)words;

	context_set_domain_id(context, domain);
	context_set_address_width(context, ADDRESS_WIDTH);
	context_set_address_root(context, table);
	context_set_translation_type(context, CONTEXT_TT_MULTI_LEVEL);
	context_set_fault_enable(context);
	context_set_present(context);
	__iommu_flush_cache(iommu, context, sizeof(*context));
}

/**
 * vtd_seam_driver_clear_context - Make an entry not present.
 * @iommu: The unit.
 * @words: The context entry.
 *
 * Context: Any.
 */
void vtd_seam_driver_clear_context(struct intel_iommu *iommu, u64 *words)
{
	struct context_entry *context = (struct context_entry *)words;

	context_clear_present(context);
	__iommu_flush_cache(iommu, context, sizeof(*context));
}

/**
 * vtd_seam_driver_set_pasid - Write a PASID table entry, and make it present.
 * @iommu: The unit.
 * @words: The entry.
 * @table: Address of the page table of the second stage, of 4 levels.
 * @domain: Domain ID.
 *
 * Context: Any.
 */
void vtd_seam_driver_set_pasid(struct intel_iommu *iommu, u64 *words, u64 table,
			       u16 domain)
{
	struct pasid_entry *entry = (struct pasid_entry *)words;

	pasid_clear_entry(entry);
	pasid_set_domain_id(entry, domain);
	pasid_set_slptr(entry, table);
	pasid_set_address_width(entry, ADDRESS_WIDTH);
	pasid_set_translation_type(entry, PASID_ENTRY_PGTT_SL_ONLY);
	pasid_set_fault_enable(entry);
	pasid_set_page_snoop(entry, ecap_smpwc(iommu->ecap));
	pasid_set_present(entry);
	__iommu_flush_cache(iommu, entry, sizeof(*entry));
}

/**
 * vtd_seam_driver_write_halves - Write a 64-bit register as two of 32 bits.
 * @iommu: The unit.
 * @offset: Of the register.
 * @value: The value.
 *
 * Context: Any.
 */
void vtd_seam_driver_write_halves(struct intel_iommu *iommu, u32 offset, u64 value)
{
	lo_hi_writeq(value, iommu->reg + offset);
}

/**
 * vtd_seam_driver_read_halves - Read a 64-bit register as two of 32 bits.
 * @iommu: The unit.
 * @offset: Of the register.
 *
 * Context: Any.
 *
 * Return: its value.
 */
u64 vtd_seam_driver_read_halves(struct intel_iommu *iommu, u32 offset)
{
	return lo_hi_readq(iommu->reg + offset);
}

/**
 * vtd_seam_driver_exchange - Access what need not be a register of a unit.
 * @address: The address.
 * @value: Written there, all at once and then by halves.
 *
 * Context: Any.
 *
 * Return: what was there before.
 */
u64 vtd_seam_driver_exchange(void __iomem *address, u64 value)
{
	u64 old = readq(address);

	writeq(value, address);
	writel(readl(address), address);
	return old;
}
