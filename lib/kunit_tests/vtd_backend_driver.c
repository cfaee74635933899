// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: A small VT-d driver around the backend
 *
 * The backend is thin: most of what it does to a unit it asks the driver for. Here
 * is as much of a driver as it asks for, in the same terms: units with root table,
 * interrupt remapping table and invalidation queue. Devices and domains are in
 * vtd_backend_devices.c. It calls the backend where the driver does.
 *
 * Life cycle: vtd_backend_find() is what a kernel knows of a unit when it has read
 * the firmware's tables. vtd_backend_enable() sets up a unit that nobody has used;
 * vtd_backend_boot() one that another kernel may have left translating. Then
 * vtd_backend_remove() frees it, or vtd_backend_forget() leaves hardware and tables
 * as they are, as a kexec does.
 *
 * Happy path: a unit that was handed over is taken over, with its tables.
 *
 * Unhappy path: one that was not, but translates, goes through
 * intel_liveupdate_stop_dma() before translation is disabled. A unit that does not
 * answer is waited for a number of reads; then the driver goes on, and the case
 * finds out.
 */

#define pr_fmt(fmt)	"vtd_backend: " fmt

#include <linux/pci.h>
#include <linux/slab.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "vtd_backend_internal.h"
#include "vtd_test_unit.h"

/* Reads of a status register after which a unit will never answer */
#define MOST_READS		1000

#define QUEUE_SIZE		SZ_4K
#define WIDE_DESCRIPTORS	BIT_ULL(11)

/* Entries of the interrupt remapping table: 2 to the power of this plus 1 */
#define INTERRUPT_TABLE_SIZE	15

/* The driver's option "intel_iommu=sm_on" or "sm_off"; here each unit has its own */
int intel_iommu_sm;
u32 intel_pasid_max_id = PASID_MAX;

static bool is_kexec;

void (*vtd_backend_invalidated)(void);

static void tell_invalidated(void)
{
	if (vtd_backend_invalidated)
		vtd_backend_invalidated();
}

static void wait_for_status(struct intel_iommu *iommu, u32 mask, u32 expected)
{
	unsigned int reads = MOST_READS;

	while ((readl(iommu->reg + DMAR_GSTS_REG) & mask) != expected && reads--)
		cpu_relax();
}

static void set_enabled(struct intel_iommu *iommu, u32 bit, bool enabled)
{
	if (enabled)
		iommu->gcmd |= bit;
	else
		iommu->gcmd &= ~bit;
	writel(iommu->gcmd, iommu->reg + DMAR_GCMD_REG);
	wait_for_status(iommu, bit, enabled ? bit : 0);
}

/* A case may have done to the unit what the driver does not know. */
static void read_commands(struct intel_iommu *iommu)
{
	iommu->gcmd = readl(iommu->reg + DMAR_GSTS_REG) &
		      (DMA_GSTS_TES | DMA_GSTS_QIES | DMA_GSTS_IRES);
}

static void give_command(struct intel_iommu *iommu, u32 bit, u32 expected)
{
	writel(iommu->gcmd | bit, iommu->reg + DMAR_GCMD_REG);
	wait_for_status(iommu, bit, expected);
}

void vtd_backend_flush_write_buffers(struct intel_iommu *iommu)
{
	if (cap_rwbf(iommu->cap))
		give_command(iommu, DMA_GCMD_WBF, 0);
}

/* Invalidation by the queue */

static void add_descriptor(struct vtd_backend_unit *unit, u64 word0, u64 word1)
{
	u64 *descriptor = unit->queue + unit->tail;

	descriptor[0] = word0;
	descriptor[1] = word1;
	unit->tail = (unit->tail + BIT(qi_shift(&unit->iommu))) % QUEUE_SIZE;
}

static void enable_queue(struct vtd_backend_unit *unit)
{
	struct intel_iommu *iommu = &unit->iommu;
	u64 address = virt_to_phys(unit->queue);

	if (ecap_smts(iommu->ecap))
		address |= WIDE_DESCRIPTORS;
	read_commands(iommu);
	unit->tail = 0;
	writel(0, iommu->reg + DMAR_IQT_REG);
	writeq(address, iommu->reg + DMAR_IQA_REG);
	set_enabled(iommu, DMA_GCMD_QIE, true);
}

/*
 * The status of a wait descriptor is in a page behind the queue. A case may go
 * on after it has switched a unit over, which stops the queue.
 */
static void submit(struct intel_iommu *iommu, u64 word0, u64 word1)
{
	struct vtd_backend_unit *unit = to_backend_unit(iommu);
	u32 *status = unit->queue + QUEUE_SIZE;
	unsigned int reads = MOST_READS;

	if (!(readl(iommu->reg + DMAR_GSTS_REG) & DMA_GSTS_QIES))
		enable_queue(unit);
	WRITE_ONCE(*status, 0);
	add_descriptor(unit, word0, word1);
	add_descriptor(unit, QI_IWD_TYPE | QI_IWD_STATUS_WRITE |
		       QI_IWD_STATUS_DATA(QI_DONE), virt_to_phys(status));
	writel(unit->tail, iommu->reg + DMAR_IQT_REG);
	while (READ_ONCE(*status) != QI_DONE && reads--)
		readl(iommu->reg + DMAR_FSTS_REG);
}

static u64 queue_drain(struct intel_iommu *iommu)
{
	return (cap_read_drain(iommu->cap) ? QI_IOTLB_DR(1) : 0) |
	       (cap_write_drain(iommu->cap) ? QI_IOTLB_DW(1) : 0);
}

static void flush_context_by_queue(struct intel_iommu *iommu, u16 did, u16 sid,
				   u8 fm, u64 type)
{
	submit(iommu, QI_CC_FM(fm) | QI_CC_SID(sid) | QI_CC_DID(did) |
	       QI_CC_GRAN(type) | QI_CC_TYPE, 0);
}

static void flush_iotlb_by_queue(struct intel_iommu *iommu, u16 did, u64 addr,
				 unsigned int size_order, u64 type)
{
	submit(iommu, QI_IOTLB_DID(did) | queue_drain(iommu) |
	       QI_IOTLB_GRAN(type) | QI_IOTLB_TYPE, 0);
	tell_invalidated();
}

void qi_flush_pasid_cache(struct intel_iommu *iommu, u16 did, u64 granu, u32 pasid)
{
	submit(iommu, QI_PC_PASID(pasid) | QI_PC_DID(did) | QI_PC_GRAN(granu) |
	       QI_PC_TYPE, 0);
}

static void flush_interrupts(struct intel_iommu *iommu)
{
	submit(iommu, QI_IEC_TYPE, 0);
}

/* Invalidation by registers */

static void wait_for_register(struct intel_iommu *iommu, u32 offset, u64 busy)
{
	unsigned int reads = MOST_READS;

	while (readq(iommu->reg + offset) & busy && reads--)
		cpu_relax();
}

static void flush_context_by_registers(struct intel_iommu *iommu, u16 did, u16 sid,
				       u8 fm, u64 type)
{
	writeq(DMA_CCMD_ICC | DMA_CCMD_FM(fm) | DMA_CCMD_SID(sid) |
	       DMA_CCMD_DID(did) | type, iommu->reg + DMAR_CCMD_REG);
	wait_for_register(iommu, DMAR_CCMD_REG, DMA_CCMD_ICC);
}

static void flush_iotlb_by_registers(struct intel_iommu *iommu, u16 did, u64 addr,
				     unsigned int size_order, u64 type)
{
	u32 offset = ecap_iotlb_offset(iommu->ecap) + 8;
	u64 value = DMA_TLB_IVT | DMA_TLB_DID(did) | type;

	if (cap_write_drain(iommu->cap))
		value |= DMA_TLB_WRITE_DRAIN;
	if (cap_read_drain(iommu->cap))
		value |= DMA_TLB_READ_DRAIN;
	writeq(value, iommu->reg + offset);
	wait_for_register(iommu, offset, DMA_TLB_IVT);
	tell_invalidated();
}

static int start_invalidation(struct vtd_backend_unit *unit)
{
	struct intel_iommu *iommu = &unit->iommu;

	iommu->flush.flush_context = flush_context_by_registers;
	iommu->flush.flush_iotlb = flush_iotlb_by_registers;
	if (!ecap_qis(iommu->ecap))
		return 0;
	if (iommu->gcmd & DMA_GCMD_QIE)
		set_enabled(iommu, DMA_GCMD_QIE, false);
	/* Not of iommu-pages, whose contents a snapshot has. */
	unit->queue = kzalloc(2 * QUEUE_SIZE, GFP_KERNEL);
	if (!unit->queue)
		return -ENOMEM;
	vtd_test_units_add(unit->queue, 2 * QUEUE_SIZE);
	iommu->flush.flush_context = flush_context_by_queue;
	iommu->flush.flush_iotlb = flush_iotlb_by_queue;
	enable_queue(unit);
	return 0;
}

/* Interrupt remapping; with it enabled already, the table is replaced. */
static int start_interrupts(struct vtd_backend_unit *unit)
{
	struct intel_iommu *iommu = &unit->iommu;

	if (!unit->options.interrupts)
		return 0;
	unit->table.base = iommu_alloc_pages_node_sz(iommu->node, GFP_KERNEL, SZ_1M);
	if (!unit->table.base)
		return -ENOMEM;
	__iommu_flush_cache(iommu, unit->table.base, SZ_1M);
	iommu->ir_table = &unit->table;
	if (iommu->gcmd & DMA_GCMD_IRE && !intel_liveupdate_keep_remapping(iommu))
		set_enabled(iommu, DMA_GCMD_IRE, false);
	writeq(virt_to_phys(unit->table.base) | INTERRUPT_TABLE_SIZE,
	       iommu->reg + DMAR_IRTA_REG);
	give_command(iommu, DMA_GCMD_SIRTP, DMA_GSTS_IRTPS);
	flush_interrupts(iommu);
	set_enabled(iommu, DMA_GCMD_IRE, true);
	return 0;
}

/* Units */

static void init_unit(struct vtd_backend_unit *unit, unsigned int index, u64 address)
{
	struct intel_iommu *iommu = &unit->iommu;

	iommu->reg_phys = address;
	iommu->seq_id = index;
	iommu->node = NUMA_NO_NODE;
	iommu->drhd = &unit->drhd;
	unit->drhd.iommu = iommu;
	snprintf(iommu->name, sizeof(iommu->name), "dmar%u", index);
	raw_spin_lock_init(&iommu->register_lock);
	spin_lock_init(&iommu->lock);
	mutex_init(&iommu->did_lock);
	ida_init(&iommu->domain_ida);
	unit->next_id = IDA_START_DID;
}

/**
 * vtd_backend_find - A kernel finds a unit.
 * @hardware: The unit.
 * @index: Its number.
 * @address: Physical address of its registers.
 * @options: How to use it.
 *
 * Context: Process context.
 *
 * Return: the driver's idea of the unit, or NULL without memory.
 */
struct vtd_backend_unit *vtd_backend_find(struct vtd_test_unit *hardware,
					  unsigned int index, u64 address,
					  const struct vtd_backend_options *options)
{
	struct vtd_backend_unit *unit = kzalloc_obj(*unit);
	struct intel_iommu *iommu;

	if (!unit)
		return NULL;
	iommu = &unit->iommu;
	unit->hardware = hardware;
	unit->options = *options;
	init_unit(unit, index, address);
	iommu->reg = hardware->registers;
	iommu->cap = readq(iommu->reg + DMAR_CAP_REG);
	iommu->ecap = readq(iommu->reg + DMAR_ECAP_REG);
	iommu->max_domain_id = options->max_domain_id ?: cap_ndoms(iommu->cap);
	read_commands(iommu);
	intel_iommu_sm = options->scalable;
	intel_liveupdate_found(iommu);
	return unit;
}

static int start_translation(struct intel_iommu *iommu)
{
	struct root_entry *root;

	root = iommu_alloc_pages_node_sz(iommu->node, GFP_KERNEL, SZ_4K);
	if (!root)
		return -ENOMEM;
	iommu->root_entry = root;
	__iommu_flush_cache(iommu, root, SZ_4K);
	writeq(virt_to_phys(root) | (sm_supported(iommu) ? DMA_RTADDR_SMT : 0),
	       iommu->reg + DMAR_RTADDR_REG);
	give_command(iommu, DMA_GCMD_SRTP, DMA_GSTS_RTPS);
	intel_flush_all(iommu);
	set_enabled(iommu, DMA_GCMD_TE, true);
	intel_liveupdate_enabled(iommu);
	return 0;
}

/**
 * vtd_backend_enable - Set a unit up that does not translate.
 * @unit: The unit.
 *
 * Context: Process context.
 *
 * Return: 0 or -ENOMEM.
 */
int vtd_backend_enable(struct vtd_backend_unit *unit)
{
	return start_invalidation(unit) ?:
	       start_interrupts(unit) ?:
	       start_translation(&unit->iommu);
}

static void disable_translation(struct intel_iommu *iommu)
{
	intel_liveupdate_stop_dma(iommu);
	set_enabled(iommu, DMA_GCMD_TE, false);
}

/**
 * vtd_backend_boot - Set a unit up that another kernel may have used.
 * @unit: The unit.
 * @adopted: Set if it was taken over.
 *
 * Context: Process context.
 *
 * Return: 0 or -ENOMEM.
 */
int vtd_backend_boot(struct vtd_backend_unit *unit, bool *adopted)
{
	struct intel_iommu *iommu = &unit->iommu;
	int ret;

	/* A case boots it twice. */
	*adopted = intel_liveupdate_adopted(iommu);
	if (iommu->flush.flush_context)
		return 0;
	ret = start_invalidation(unit) ?: start_interrupts(unit);
	if (ret)
		return ret;
	*adopted = intel_liveupdate_adopt(iommu);
	if (*adopted)
		return 0;
	if (iommu->gcmd & DMA_GCMD_TE)
		disable_translation(iommu);
	return start_translation(iommu);
}

/* In place of iommu_liveupdate_kept(), as no kexec is ever under way here */
bool vtd_backend_kept(const struct iommu_liveupdate_unit *unit)
{
	return unit->record.listed && is_kexec;
}

/**
 * vtd_backend_shutdown - The kernel ends.
 * @unit: The unit.
 * @kexec: By a kexec, with all records written.
 *
 * Context: Any.
 *
 * Return: true if the unit is left to the next kernel, or false if translation was
 * disabled.
 */
bool vtd_backend_shutdown(struct vtd_backend_unit *unit, bool kexec)
{
	is_kexec = kexec;
	if (intel_liveupdate_shutdown(&unit->iommu))
		return true;
	read_commands(&unit->iommu);
	set_enabled(&unit->iommu, DMA_GCMD_TE, false);
	return false;
}

static void free_root(struct vtd_backend_unit *unit)
{
	u64 *words = (u64 *)unit->iommu.root_entry;

	if (!words)
		return;
	for (unsigned int i = 0; i < SZ_4K / sizeof(u64); i++) {
		if (words[i] & 1)
			iommu_free_pages(phys_to_virt(words[i] & VTD_PAGE_MASK));
	}
	iommu_free_pages(words);
}

/* What is no table */
static void free_unit(struct vtd_backend_unit *unit)
{
	ida_destroy(&unit->iommu.domain_ida);
	mutex_destroy(&unit->iommu.did_lock);
	kfree(unit);
}

static void free_queue(struct vtd_backend_unit *unit)
{
	if (!unit->queue)
		return;
	vtd_test_units_remove(unit->queue, 2 * QUEUE_SIZE);
	kfree(unit->queue);
}

/**
 * vtd_backend_remove - Stop using a unit.
 * @unit: The unit, whose devices and domains are gone.
 *
 * Context: Process context.
 */
void vtd_backend_remove(struct vtd_backend_unit *unit)
{
	struct intel_iommu *iommu = &unit->iommu;

	intel_liveupdate_forget(iommu);
	read_commands(iommu);
	set_enabled(iommu, DMA_GCMD_TE, false);
	if (iommu->ir_table)
		set_enabled(iommu, DMA_GCMD_IRE, false);
	if (iommu->gcmd & DMA_GCMD_QIE)
		set_enabled(iommu, DMA_GCMD_QIE, false);
	free_root(unit);
	if (iommu->ir_table)
		iommu_free_pages(iommu->ir_table->base);
	free_queue(unit);
	free_unit(unit);
}

static void forget_preserved(struct intel_preserved_unit *preserved)
{
	struct intel_preserved_device *device, *next;

	if (!preserved)
		return;
	list_for_each_entry_safe(device, next, &preserved->devices, node)
		kfree(device);
	kho_block_set_forget(&preserved->unit.chain.blocks);
	kfree(preserved);
}

static void forget_adopted(struct intel_adopted_unit *adopted)
{
	unsigned long index;
	void *entry;

	if (!adopted)
		return;
	xa_for_each(&adopted->devices, index, entry)
		kfree(entry);
	xa_for_each(&adopted->ids, index, entry)
		kfree(entry);
	xa_destroy(&adopted->devices);
	xa_destroy(&adopted->ids);
	kfree(adopted);
}

/**
 * vtd_backend_forget - The kernel ends, and hardware and tables stay as they are.
 * @unit: The unit.
 *
 * Context: Process context.
 */
void vtd_backend_forget(struct vtd_backend_unit *unit)
{
	forget_preserved(unit->iommu.preserved);
	forget_adopted(unit->iommu.adopted);
	free_queue(unit);
	free_unit(unit);
}

/**
 * vtd_backend_iommu - A unit, as the backend has it.
 * @unit: The unit.
 *
 * Context: Any.
 *
 * Return: the unit.
 */
struct iommu_device *vtd_backend_iommu(struct vtd_backend_unit *unit)
{
	return &unit->iommu.iommu;
}

/* What a case makes of a unit */

/**
 * vtd_backend_set_copied - Say that the tables are those of a crashed kernel.
 * @unit: The unit.
 * @copied: They are.
 *
 * Context: Any.
 */
void vtd_backend_set_copied(struct vtd_backend_unit *unit, bool copied)
{
	static unsigned long bitmap;

	unit->iommu.copied_tables = copied ? &bitmap : NULL;
}

/**
 * vtd_backend_set_reserved - Say that a device has reserved memory regions.
 * @unit: The unit.
 * @reserved: One behind it has.
 *
 * Context: Any.
 */
void vtd_backend_set_reserved(struct vtd_backend_unit *unit, bool reserved)
{
	unit->reserved = reserved;
}

/**
 * vtd_backend_hide_root - Have a unit without a root table.
 * @unit: The unit.
 * @hidden: The backend does not see it.
 *
 * Context: Any.
 */
void vtd_backend_hide_root(struct vtd_backend_unit *unit, bool hidden)
{
	if (hidden == !unit->iommu.root_entry)
		return;
	swap(unit->iommu.root_entry, unit->root);
}

/**
 * vtd_backend_root - The root table that the driver has.
 * @unit: The unit.
 *
 * Context: Any.
 *
 * Return: its physical address.
 */
u64 vtd_backend_root(struct vtd_backend_unit *unit)
{
	return virt_to_phys(unit->iommu.root_entry);
}

/**
 * vtd_backend_set_next_id - Choose the domain ID of the next domain.
 * @unit: The unit.
 * @domain_id: The ID, or the least free one above it.
 *
 * Context: Any.
 */
void vtd_backend_set_next_id(struct vtd_backend_unit *unit, u32 domain_id)
{
	unit->next_id = domain_id;
}

/**
 * vtd_backend_id_in_use - Whether a domain ID is in use.
 * @unit: The unit.
 * @domain_id: The ID.
 *
 * Context: Any.
 *
 * Return: true if no domain can get it.
 */
bool vtd_backend_id_in_use(struct vtd_backend_unit *unit, u16 domain_id)
{
	return ida_exists(&unit->iommu.domain_ida, domain_id);
}

/**
 * vtd_backend_interrupt - An entry of the interrupt remapping table.
 * @unit: The unit, with interrupt remapping.
 * @index: Of the entry.
 *
 * Context: Any.
 *
 * Return: its two words.
 */
u64 *vtd_backend_interrupt(struct vtd_backend_unit *unit, unsigned int index)
{
	return (u64 *)unit->table.base + 2 * index;
}

/* What the backend needs of the driver */

bool intel_iommu_rwbf_required(struct intel_iommu *iommu)
{
	return cap_rwbf(iommu->cap);
}

bool intel_iommu_has_reserved_regions(struct intel_iommu *iommu)
{
	return to_backend_unit(iommu)->reserved;
}

struct dmar_drhd_unit *dmar_find_matched_drhd_unit(struct pci_dev *pdev)
{
	struct vtd_backend_unit *unit = vtd_backend_unit_of(pdev);

	return unit ? &unit->drhd : NULL;
}

int iommu_calculate_agaw(struct intel_iommu *iommu)
{
	return iommu->agaw;
}

int iommu_calculate_max_sagaw(struct intel_iommu *iommu)
{
	return iommu->msagaw;
}
