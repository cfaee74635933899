// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The switch to the shadow root
 *
 * The last thing that a kernel does to a unit with preserved devices. Instead of
 * disabling translation it hands the shadow root to the hardware, with translation
 * enabled all the time: section 11.4.5 allows a new root table while requests that
 * are let through translate by it as before, in the same mode. One command cuts
 * off everything that is not preserved, requesters that nobody knows included.
 *
 * All other CPUs have stopped, at any instruction. So no lock is taken, not even
 * those of the queue and of the registers; nothing is allocated; and what this
 * kernel remembers of the hardware's state is not relied on. The driver's queue is
 * abandoned after the hardware has finished what it was told, and one of our own
 * is used. At the end the unit reads nothing any more but what is preserved.
 *
 * Happy path, intel_switch_over():
 *
 * 1. Events are masked: their handlers are about to go.
 * 2. A device whose entries are not what was preserved any more is left out. It
 *    loses its DMA.
 * 3. The interrupt remapping table is cleared: no device interrupts the next
 *    kernel.
 * 4. The driver's invalidation queue is stopped.
 * 5. The shadow root is set, and all caches are invalidated.
 *
 * Unhappy path: the hardware does not answer within SWITCH_TIMEOUT_US. Nobody
 * knows then by which tables it translates, and the caller has to stop the DMA.
 */

#define pr_fmt(fmt)	"DMAR: " fmt

#include <linux/iopoll.h>

#include "liveupdate.h"

/* For each command; the driver gives up, with a panic, after 10 seconds */
#define SWITCH_TIMEOUT_US	1000000

/* Invalidation Event Control, which the driver has no use for */
#define DMAR_IECTL_REG		0xa0

/* Bits of Global Status that a command has to repeat, section 11.4.4.2 */
#define LASTING_STATUS		(DMA_GSTS_TES | DMA_GSTS_AFLS | DMA_GSTS_QIES | \
				 DMA_GSTS_IRES | DMA_GSTS_CFIS)

/* Where the hardware tells in the queue's page that it has finished */
#define STATUS_WORD		(SZ_4K / sizeof(u64) - 1)

static int wait_for_status(struct intel_iommu *iommu, u32 mask, u32 expected)
{
	u32 status;

	return readl_poll_timeout_atomic(iommu->reg + DMAR_GSTS_REG, status,
					 (status & mask) == expected, 1,
					 SWITCH_TIMEOUT_US);
}

/* Give a command, which @set and @clear bits of Global Command are about */
static void command(struct intel_iommu *iommu, u32 set, u32 clear)
{
	u32 status = readl(iommu->reg + DMAR_GSTS_REG) & LASTING_STATUS;

	writel((status | set) & ~clear, iommu->reg + DMAR_GCMD_REG);
}

static void mask_event(struct intel_iommu *iommu, u32 control)
{
	writel(DMA_FECTL_IM, iommu->reg + control);
	/* The write has arrived when it can be read back. */
	readl(iommu->reg + control);
}

static void mask_events(struct intel_iommu *iommu)
{
	mask_event(iommu, DMAR_FECTL_REG);
	if (ecap_qis(iommu->ecap))
		mask_event(iommu, DMAR_IECTL_REG);
	if (ecap_prs(iommu->ecap))
		mask_event(iommu, DMAR_PECTL_REG);
	if (ecap_pms(iommu->ecap))
		mask_event(iommu, DMAR_PERFINTRCTL_REG);
}

static const char *find_difference(struct intel_preserved_unit *preserved,
				   const struct intel_preserved_device *device)
{
	struct intel_translation translation;

	intel_translation_of(device->attachment, &translation);
	return intel_compare_live(intel_live_context(preserved->iommu, device->rid,
						     preserved->scalable),
				  preserved->scalable, &translation);
}

/* Translating otherwise than before must not happen, so translate nothing. */
static void leave_out_changed(struct intel_preserved_unit *preserved)
{
	struct intel_preserved_device *device;
	const char *difference;

	list_for_each_entry(device, &preserved->devices, node) {
		difference = find_difference(preserved, device);
		if (!difference)
			continue;
		pr_err("%s: requester %04x loses its DMA: the hardware has another %s\n",
		       preserved->iommu->name, device->rid, difference);
		intel_clear_shadow(preserved, device->rid);
	}
}

/* The present bit is in the first word of an entry. */
static void clear_interrupts(struct intel_preserved_unit *preserved)
{
	u64 table_pa = intel_unit_area(&preserved->unit)->interrupt_table_pa;
	u64 *words;

	if (!table_pa || iommu_liveupdate_omits(IOMMU_OMIT_INTERRUPT_TABLE))
		return;
	words = phys_to_virt(table_pa);
	for (unsigned int i = 0; i < SZ_1M / sizeof(*words); i++)
		WRITE_ONCE(words[i], 0);
	__iommu_flush_cache(preserved->iommu, words, SZ_1M);
}

/* What another CPU had queued when it was stopped may still be carried out. */
static int stop_queue(struct intel_iommu *iommu)
{
	u32 head;

	if (!(readl(iommu->reg + DMAR_GSTS_REG) & DMA_GSTS_QIES))
		return 0;
	/* A queue with an error stays where it is, and is stopped nevertheless. */
	readl_poll_timeout_atomic(iommu->reg + DMAR_IQH_REG, head,
				  head == readl(iommu->reg + DMAR_IQT_REG), 1,
				  SWITCH_TIMEOUT_US);
	command(iommu, 0, DMA_GCMD_QIE);
	return wait_for_status(iommu, DMA_GSTS_QIES, 0);
}

static int flush_write_buffers(struct intel_iommu *iommu)
{
	if (!intel_iommu_rwbf_required(iommu))
		return 0;
	command(iommu, DMA_GCMD_WBF, 0);
	return wait_for_status(iommu, DMA_GSTS_WBFS, 0);
}

static int set_root_table(struct intel_preserved_unit *preserved)
{
	struct intel_iommu *iommu = preserved->iommu;

	if (iommu_liveupdate_omits(IOMMU_OMIT_SHADOW_ROOT))
		return 0;
	writeq(intel_unit_area(&preserved->unit)->rtaddr,
	       iommu->reg + DMAR_RTADDR_REG);
	command(iommu, DMA_GCMD_SRTP, 0);
	return wait_for_status(iommu, DMA_GSTS_RTPS, DMA_GSTS_RTPS);
}

static int start_queue(struct intel_preserved_unit *preserved)
{
	struct intel_iommu *iommu = preserved->iommu;
	u64 address = virt_to_phys(preserved->queue);

	/* Descriptors of 256 bits where there is scalable mode */
	if (ecap_smts(iommu->ecap))
		address |= BIT_ULL(11);
	/* An error that was left behind would keep the queue from starting. */
	writel(DMA_FSTS_IQE | DMA_FSTS_ICE | DMA_FSTS_ITE,
	       iommu->reg + DMAR_FSTS_REG);
	writel(0, iommu->reg + DMAR_IQT_REG);
	writeq(address, iommu->reg + DMAR_IQA_REG);
	command(iommu, DMA_GCMD_QIE, 0);
	return wait_for_status(iommu, DMA_GSTS_QIES, DMA_GSTS_QIES);
}

static u32 add_descriptor(struct intel_preserved_unit *preserved, u32 tail,
			  u64 word0, u64 word1)
{
	u64 *descriptor = (void *)preserved->queue + tail;

	descriptor[0] = word0;
	descriptor[1] = word1;
	return tail + BIT(qi_shift(preserved->iommu));
}

static u32 fill_queue(struct intel_preserved_unit *preserved)
{
	struct intel_iommu *iommu = preserved->iommu;
	u64 *words = (u64 *)preserved->queue;
	u64 drain = 0;
	u32 tail;

	if (cap_write_drain(iommu->cap))
		drain |= QI_IOTLB_DW(1);
	if (cap_read_drain(iommu->cap))
		drain |= QI_IOTLB_DR(1);

	tail = add_descriptor(preserved, 0, QI_CC_TYPE |
			      QI_CC_GRAN(DMA_CCMD_GLOBAL_INVL), 0);
	if (preserved->scalable)
		tail = add_descriptor(preserved, tail, QI_PC_TYPE |
				      QI_PC_GRAN(QI_PC_GLOBAL), 0);
	tail = add_descriptor(preserved, tail, QI_IOTLB_TYPE | drain |
			      QI_IOTLB_GRAN(DMA_TLB_GLOBAL_FLUSH), 0);
	if (ecap_ir_support(iommu->ecap))
		tail = add_descriptor(preserved, tail, QI_IEC_TYPE, 0);
	words[STATUS_WORD] = 0;
	return add_descriptor(preserved, tail,
			      QI_IWD_TYPE | QI_IWD_STATUS_WRITE |
			      QI_IWD_STATUS_DATA(QI_DONE),
			      virt_to_phys(&words[STATUS_WORD]));
}

static int invalidate_by_queue(struct intel_preserved_unit *preserved)
{
	struct intel_iommu *iommu = preserved->iommu;
	u64 *words = (u64 *)preserved->queue;
	u32 status;
	int ret;

	ret = start_queue(preserved);
	if (ret)
		return ret;
	writel(fill_queue(preserved), iommu->reg + DMAR_IQT_REG);
	ret = read_poll_timeout_atomic(READ_ONCE, status, status == QI_DONE, 1,
				       SWITCH_TIMEOUT_US, false,
				       *(u32 *)&words[STATUS_WORD]);
	return ret ?: stop_queue(iommu);
}

/* Section 6.5.1; a unit without a queue is in legacy mode. */
static int invalidate_by_registers(struct intel_iommu *iommu)
{
	void __iomem *iotlb = iommu->reg + ecap_iotlb_offset(iommu->ecap) + 8;
	u64 value;
	int ret;

	writeq(DMA_CCMD_ICC | DMA_CCMD_GLOBAL_INVL, iommu->reg + DMAR_CCMD_REG);
	ret = readq_poll_timeout_atomic(iommu->reg + DMAR_CCMD_REG, value,
					!(value & DMA_CCMD_ICC), 1,
					SWITCH_TIMEOUT_US);
	if (ret)
		return ret;

	value = DMA_TLB_IVT | DMA_TLB_GLOBAL_FLUSH;
	if (cap_write_drain(iommu->cap))
		value |= DMA_TLB_WRITE_DRAIN;
	if (cap_read_drain(iommu->cap))
		value |= DMA_TLB_READ_DRAIN;
	writeq(value, iotlb);
	return readq_poll_timeout_atomic(iotlb, value, !(value & DMA_TLB_IVT), 1,
					 SWITCH_TIMEOUT_US);
}

static int invalidate(struct intel_preserved_unit *preserved)
{
	struct intel_iommu *iommu = preserved->iommu;

	if (iommu_liveupdate_omits(IOMMU_OMIT_INVALIDATION))
		return 0;
	return ecap_qis(iommu->ecap) ? invalidate_by_queue(preserved) :
				       invalidate_by_registers(iommu);
}

/**
 * intel_switch_over - iommu_liveupdate_ops::switch_over of VT-d
 * @unit: The description
 *
 * Context: The only CPU that still runs, interrupts off.
 * Return: 0, or -ETIMEDOUT if the hardware does not answer.
 */
int intel_switch_over(struct iommu_liveupdate_unit *unit)
{
	struct intel_preserved_unit *preserved = to_preserved_unit(unit);
	struct intel_iommu *iommu = preserved->iommu;

	mask_events(iommu);
	leave_out_changed(preserved);
	clear_interrupts(preserved);
	return stop_queue(iommu) ?:
	       flush_write_buffers(iommu) ?:
	       set_root_table(preserved) ?:
	       invalidate(preserved);
}
