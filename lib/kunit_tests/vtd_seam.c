// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The seam between a VT-d driver and a unit in software
 *
 * What a file compiled with vtd_seam.h calls instead of readl(), writel(),
 * barriers and flushes. This file is not compiled so, and has the real ones.
 *
 * Happy path: the address belongs to the registers of a unit of the running case,
 * which does what a unit does; a barrier and a flush are told to each unit. The
 * thread does not matter, nor which locks it holds.
 *
 * Unhappy path: an address beside all registers is what it was without the seam,
 * another device's register or memory, and is read and written there.
 */

#include <linux/io.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/mm.h>
#include <linux/types.h>

#ifdef CONFIG_X86
#include <asm/cacheflush.h>
#endif

#include "vtd_seam_calls.h"
#include "vtd_test_unit.h"

/* UML's accessors know what ioremap() returned, and no memory. */
static bool is_memory(const void __iomem *address)
{
	return virt_addr_valid((__force const void *)address);
}

static u32 real_readl(const void __iomem *address)
{
	if (is_memory(address))
		return READ_ONCE(*(__force const u32 *)address);
	return readl(address);
}

static u64 real_readq(const void __iomem *address)
{
	if (is_memory(address))
		return READ_ONCE(*(__force const u64 *)address);
	return readq(address);
}

static void real_writel(u32 value, void __iomem *address)
{
	if (is_memory(address))
		WRITE_ONCE(*(__force u32 *)address, value);
	else
		writel(value, address);
}

static void real_writeq(u64 value, void __iomem *address)
{
	if (is_memory(address))
		WRITE_ONCE(*(__force u64 *)address, value);
	else
		writeq(value, address);
}

/**
 * vtd_seam_readl - Read a register of a unit, or something else.
 * @address: Its address.
 *
 * Context: Any.
 *
 * Return: what is there.
 */
u32 vtd_seam_readl(const void __iomem *address)
{
	struct vtd_test_unit *unit;
	u32 offset;

	unit = vtd_test_unit_at(address, &offset);
	return unit ? vtd_test_unit_readl(unit, offset) : real_readl(address);
}

/**
 * vtd_seam_readq - Read a 64-bit register of a unit, or something else.
 * @address: Its address.
 *
 * Context: Any.
 *
 * Return: what is there.
 */
u64 vtd_seam_readq(const void __iomem *address)
{
	struct vtd_test_unit *unit;
	u32 offset;

	unit = vtd_test_unit_at(address, &offset);
	return unit ? vtd_test_unit_readq(unit, offset) : real_readq(address);
}

/**
 * vtd_seam_lo_hi_readq - The same in two halves.
 * @address: Its address.
 *
 * Context: Any.
 *
 * Return: what is there.
 */
u64 vtd_seam_lo_hi_readq(const void __iomem *address)
{
	u32 low = vtd_seam_readl(address);

	return low | (u64)vtd_seam_readl(address + sizeof(u32)) << 32;
}

/**
 * vtd_seam_writel - Write a register of a unit, or something else.
 * @value: The value.
 * @address: Its address.
 *
 * Context: Any.
 */
void vtd_seam_writel(u32 value, void __iomem *address)
{
	struct vtd_test_unit *unit;
	u32 offset;

	unit = vtd_test_unit_at(address, &offset);
	if (unit)
		vtd_test_unit_writel(unit, offset, value);
	else
		real_writel(value, address);
}

/**
 * vtd_seam_writeq - Write a 64-bit register of a unit, or something else.
 * @value: The value.
 * @address: Its address.
 *
 * Context: Any.
 */
void vtd_seam_writeq(u64 value, void __iomem *address)
{
	struct vtd_test_unit *unit;
	u32 offset;

	unit = vtd_test_unit_at(address, &offset);
	if (unit)
		vtd_test_unit_writeq(unit, offset, value);
	else
		real_writeq(value, address);
}

/**
 * vtd_seam_lo_hi_writeq - The same in two halves.
 * @value: The value.
 * @address: Its address.
 *
 * Context: Any.
 */
void vtd_seam_lo_hi_writeq(u64 value, void __iomem *address)
{
	vtd_seam_writel(value, address);
	vtd_seam_writel(value >> 32, address + sizeof(u32));
}

/**
 * vtd_seam_barrier - Order all stores, for the CPU and for the units.
 *
 * Context: Any.
 */
void vtd_seam_barrier(void)
{
	vtd_test_units_barrier();
	/* The strongest of those that the caller may have meant */
	mb();
}

/**
 * vtd_seam_flush - Flush the CPU's caches, and tell the units.
 * @address: First address.
 * @size: Bytes.
 *
 * Context: Any.
 */
void vtd_seam_flush(void *address, unsigned int size)
{
#ifdef CONFIG_X86
	clflush_cache_range(address, size);
#endif
	vtd_test_units_flush(address, size);
}

/**
 * vtd_seam_delay - Let time pass for the units, without waiting.
 * @usecs: Microseconds, of which a unit knows nothing.
 *
 * Context: Any.
 */
void vtd_seam_delay(unsigned long usecs)
{
	vtd_test_units_delay();
}
