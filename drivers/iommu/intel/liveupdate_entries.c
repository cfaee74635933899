// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Entries of VT-d tables, found and compared
 *
 * What the backend knows of the layout of root, context and PASID tables, in the
 * terms of the driver. Both kernels use it: the old one to find the entries of a
 * device and to judge whether they still are what it has preserved, the new one to
 * judge whether they are what it was told.
 *
 * Happy path: an entry is found by requester ID, and compared word by word with
 * what a domain needs. All that a word may hold is known: a bit that means nothing
 * here makes a difference too.
 *
 * Unhappy path: what differs is returned by its name, for the log of the caller.
 * Nothing is changed here, and nothing logged. Only tables of this kernel are
 * walked: an address that another kernel has written is compared before it is
 * followed.
 */

#include <linux/bitfield.h>
#include <linux/io.h>

#include "liveupdate.h"

/* Words of a root entry are half as many as context tables in scalable mode. */
#define ROOT_PRESENT		BIT_ULL(0)

/* Context entry, sections 9.3 and 9.4 */
#define CONTEXT_0_P		BIT_ULL(0)
#define CONTEXT_0_SSPTPTR	GENMASK_ULL(63, 12)
#define CONTEXT_1_AW		GENMASK_ULL(2, 0)
#define CONTEXT_1_DID		GENMASK_ULL(23, 8)
#define CONTEXT_1_RID_PASID	GENMASK_ULL(19, 0)
#define SCALABLE_0_DIRECTORY	GENMASK_ULL(63, 12)

/* A directory of one page, with 2^(7 + PDTS) entries */
#define SCALABLE_PDTS		2

/* PASID table entry, section 9.6; other bits are 0 in what the driver writes */
#define PASID_0_P		BIT_ULL(0)
#define PASID_0_AW		GENMASK_ULL(4, 2)
#define PASID_0_PGTT		GENMASK_ULL(8, 6)
#define PASID_0_SSADE		BIT_ULL(9)
#define PASID_0_SSPTPTR		GENMASK_ULL(63, 12)
#define PASID_1_DID		GENMASK_ULL(15, 0)
#define PASID_1_PWSNP		BIT_ULL(23)
#define PASID_1_PGSNP		BIT_ULL(24)
#define PASID_2_FSPM		GENMASK_ULL(3, 2)
#define PASID_2_FSPTPTR		GENMASK_ULL(63, 12)

/**
 * intel_context_table_index - Which context table the entry of a requester is in
 * @rid: Requester ID
 * @scalable: In scalable mode
 *
 * Context: Any.
 * Return: the number, as in &struct iommu_vtd_context_table_ser.
 */
unsigned int intel_context_table_index(u16 rid, bool scalable)
{
	return scalable ? rid >> 7 : rid >> 8;
}

/**
 * intel_root_word - The word of a root table that leads to a context table
 * @root: The root table
 * @index: Number of the context table
 * @scalable: In scalable mode
 *
 * Context: Any.
 * Return: the word.
 */
u64 *intel_root_word(struct root_entry *root, unsigned int index, bool scalable)
{
	if (!scalable)
		return &root[index].lo;
	return index & 1 ? &root[index >> 1].hi : &root[index >> 1].lo;
}

/**
 * intel_context_slot - The entry of a requester in its context table
 * @table: The context table
 * @rid: Requester ID
 * @scalable: In scalable mode, where an entry takes twice the room
 *
 * Context: Any.
 * Return: the entry.
 */
struct context_entry *intel_context_slot(struct context_entry *table, u16 rid,
					 bool scalable)
{
	return scalable ? &table[2 * (rid & 0x7f)] : &table[rid & 0xff];
}

/**
 * intel_live_context - The context entry by which a requester translates now
 * @iommu: The unit
 * @rid: Requester ID
 * @scalable: In scalable mode
 *
 * Context: Any.
 * Return: the entry, which may be not present, or NULL if there is no table.
 */
struct context_entry *intel_live_context(struct intel_iommu *iommu, u16 rid,
					 bool scalable)
{
	u64 word = READ_ONCE(*intel_root_word(iommu->root_entry,
					      intel_context_table_index(rid, scalable),
					      scalable));

	if (!(word & ROOT_PRESENT))
		return NULL;
	return intel_context_slot(phys_to_virt(word & VTD_PAGE_MASK), rid,
				  scalable);
}

static struct pasid_dir_entry *live_directory(const struct context_entry *context)
{
	return phys_to_virt(READ_ONCE(context->lo) & SCALABLE_0_DIRECTORY);
}

/**
 * intel_live_pasid_entry - The PASID table entry of requests without PASID
 * @context: Context entry of this kernel in scalable mode, present
 *
 * Context: Any.
 * Return: the entry, which may be not present, or NULL if there is no table.
 */
struct pasid_entry *intel_live_pasid_entry(const struct context_entry *context)
{
	u32 pasid = FIELD_GET(CONTEXT_1_RID_PASID, READ_ONCE(context->hi));
	struct pasid_entry *table;

	table = get_pasid_table_from_pde(&live_directory(context)[pasid >> PASID_PDE_SHIFT]);
	return table ? &table[pasid & PASID_PTE_MASK] : NULL;
}

static bool table_in_use(struct pasid_entry *table, const struct pasid_entry *except)
{
	for (unsigned int i = 0; i < PASID_TBL_ENTRIES; i++) {
		if (&table[i] != except && pasid_pte_is_present(&table[i]))
			return true;
	}
	return false;
}

/**
 * intel_live_pasid_in_use - Whether a device has a PASID
 * @context: Context entry of this kernel in scalable mode, present
 *
 * Looks into each table of the directory, whose size the entry tells.
 *
 * Context: Any.
 * Return: true if any entry is present but that of requests without PASID.
 */
bool intel_live_pasid_in_use(const struct context_entry *context)
{
	struct pasid_dir_entry *directory = live_directory(context);
	struct pasid_entry *own = intel_live_pasid_entry(context);
	struct pasid_entry *table;

	for (unsigned int i = 0; i < get_pasid_dir_size(context); i++) {
		table = get_pasid_table_from_pde(&directory[i]);
		if (table && table_in_use(table, own))
			return true;
	}
	return false;
}

/**
 * intel_translation_of - What an attachment says of the entries of its device
 * @attachment: The attachment; its domain and hardware id are good
 * @translation: To be filled in
 *
 * Context: Any.
 */
void intel_translation_of(const struct iommu_liveupdate_attachment *attachment,
			  struct intel_translation *translation)
{
	const struct pt_iommu_description *table = &attachment->domain->table;

	*translation = (struct intel_translation){
		.top_phys = table->top_phys,
		.levels = table->top_level + 1,
		.first_stage = table->format == IOMMU_PT_FORMAT_X86_64,
		.snoop = !(table->features & IOMMU_PT_FEATURE_INCOHERENT),
		.domain_id = attachment->hardware_id,
	};
}

/**
 * intel_compare_context - Compare a context entry of legacy mode
 * @context: The entry
 * @translation: What it should be
 *
 * Context: Any.
 * Return: NULL if it is, or what differs.
 */
const char *intel_compare_context(const struct context_entry *context,
				  const struct intel_translation *translation)
{
	u64 lo = READ_ONCE(context->lo), hi = READ_ONCE(context->hi);

	if (!(lo & CONTEXT_0_P))
		return "presence";
	if ((lo & CONTEXT_0_SSPTPTR) != translation->top_phys)
		return "page table";
	if (lo != (translation->top_phys | CONTEXT_0_P) || translation->first_stage)
		return "translation type";
	if (FIELD_GET(CONTEXT_1_AW, hi) != translation->levels - 2)
		return "address width";
	if (FIELD_GET(CONTEXT_1_DID, hi) != translation->domain_id)
		return "domain ID";
	if (hi & ~(CONTEXT_1_AW | CONTEXT_1_DID))
		return "context entry";
	return NULL;
}

static const char *compare_first_stage(const struct pasid_entry *entry,
				       const struct intel_translation *translation)
{
	u64 word = READ_ONCE(entry->val[2]);

	if ((word & PASID_2_FSPTPTR) != translation->top_phys)
		return "page table";
	if (FIELD_GET(PASID_2_FSPM, word) != translation->levels - 4)
		return "paging mode";
	if (word & ~(PASID_2_FSPTPTR | PASID_2_FSPM))
		return "PASID table entry";
	return NULL;
}

static const char *compare_second_stage(const struct pasid_entry *entry,
					const struct intel_translation *translation)
{
	u64 word = READ_ONCE(entry->val[0]);

	if ((word & PASID_0_SSPTPTR) != translation->top_phys)
		return "page table";
	if (FIELD_GET(PASID_0_AW, word) != translation->levels - 2)
		return "address width";
	if (READ_ONCE(entry->val[2]))
		return "PASID table entry";
	return NULL;
}

static bool has_other_bits(const struct pasid_entry *entry, bool first_stage)
{
	u64 known = PASID_0_P | PASID_0_AW | PASID_0_PGTT;

	if (!first_stage)
		known |= PASID_0_SSADE | PASID_0_SSPTPTR;
	if (READ_ONCE(entry->val[0]) & ~known ||
	    READ_ONCE(entry->val[1]) & ~(PASID_1_DID | PASID_1_PWSNP | PASID_1_PGSNP))
		return true;
	return memchr_inv(&entry->val[3], 0,
			  sizeof(*entry) - offsetof(struct pasid_entry, val[3]));
}

/**
 * intel_compare_pasid_entry - Compare a PASID table entry
 * @entry: The entry
 * @translation: What it should be
 *
 * Context: Any.
 * Return: NULL if it is, or what differs.
 */
const char *intel_compare_pasid_entry(const struct pasid_entry *entry,
				      const struct intel_translation *translation)
{
	u64 word = READ_ONCE(entry->val[0]);
	u64 type = translation->first_stage ? PASID_ENTRY_PGTT_FL_ONLY :
					      PASID_ENTRY_PGTT_SL_ONLY;

	if (!(word & PASID_0_P))
		return "presence";
	if (FIELD_GET(PASID_0_PGTT, word) != type)
		return "translation type";
	if (FIELD_GET(PASID_1_DID, READ_ONCE(entry->val[1])) != translation->domain_id)
		return "domain ID";
	if (FIELD_GET(PASID_1_PWSNP, READ_ONCE(entry->val[1])) != translation->snoop)
		return "snooping";
	if (has_other_bits(entry, translation->first_stage))
		return "PASID table entry";
	return translation->first_stage ? compare_first_stage(entry, translation) :
					  compare_second_stage(entry, translation);
}

/**
 * intel_compare_live - Compare the entries by which a requester translates now
 * @context: Context entry of this kernel, or NULL if there is no table
 * @scalable: In scalable mode
 * @translation: What they should be
 *
 * Context: Any.
 * Return: NULL if they are, or what differs.
 */
const char *intel_compare_live(const struct context_entry *context, bool scalable,
			       const struct intel_translation *translation)
{
	struct pasid_entry *entry;

	if (!context || !(READ_ONCE(context->lo) & CONTEXT_0_P))
		return "presence";
	if (!scalable)
		return intel_compare_context(context, translation);
	entry = intel_live_pasid_entry(context);
	return entry ? intel_compare_pasid_entry(entry, translation) : "presence";
}

/**
 * intel_scalable_context - The context entry that leads to a PASID directory
 * @directory_pa: Physical address of the directory, a page
 *
 * Requests with PASID, translation requests and page requests are blocked by it.
 * Requests without PASID use PASID 0.
 *
 * Context: Any.
 * Return: the entry, present.
 */
struct context_entry intel_scalable_context(u64 directory_pa)
{
	return (struct context_entry){
		.lo = directory_pa | context_pdts(SCALABLE_PDTS) | CONTEXT_0_P,
	};
}
