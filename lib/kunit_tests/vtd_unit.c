// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The VT-d unit in software
 *
 * A model of one remapping unit, as the VT-d specification describes it and not
 * as a driver uses it: registers with their side effects and handshakes, the
 * invalidation queue, walks through the tables in memory, caches that keep an old
 * answer until they are invalidated, and fault records. It knows nothing of KUnit
 * and takes no lock; whoever owns a unit calls it from one context at a time.
 *
 * Life cycle: vtd_unit_init() checks the capabilities and resets the registers.
 * Software then reads and writes registers with vtd_unit_read() and
 * vtd_unit_write(), devices ask vtd_unit_translate() and vtd_unit_interrupt().
 * vtd_unit_destroy() empties the caches. What the unit needs of the world is in
 * struct vtd_unit_ops and struct vtd_view.
 *
 * Happy path: software points RTADDR at its tables, sets the root table pointer,
 * invalidates, and enables translation. A command is carried out with the n-th
 * register read after it, n being vtd_settings::latency, as hardware takes its
 * time too; software that does not wait for the status meets the old state. There
 * is one such count, and each command starts it again. Everything that is pending
 * when it ends is carried out then, or at once by vtd_unit_settle().
 *
 * Unhappy paths: there are two, and they are never mixed up. A *fault* is what
 * hardware reports to software: a blocked request in a fault record, a bad
 * descriptor in Fault Status. Software may rely on it. A *misuse* is what the
 * specification forbids software, or leaves undefined: two commands at once, a
 * reserved bit of a register, a register that is not there. The unit tells
 * vtd_unit_ops::misused() which register, where, how wide, with which value and
 * why. A misused write then has no effect, and a read of no register gives ones.
 *
 * Here are the registers: which there are, which of their bits can be written, and
 * who carries out what a write means. Commands are in vtd_unit_command.c, the
 * queue in vtd_unit_queue.c, faults in vtd_unit_fault.c, walks in vtd_unit_walk.c,
 * caches in vtd_unit_cache.c, interrupts in vtd_unit_interrupt.c.
 */

#include <linux/kernel.h>
#include <linux/string.h>

#include "vtd_unit_internal.h"

#define ALL_BITS		(~0ULL)

/* Version 6.0 */
#define VERSION			0x60

/*
 * Registers with a fixed offset end below this one, those of page requests
 * included, which the unit does not have.
 */
#define END_OF_FIXED		0x0f0

/* Of two registers; the invalidation address comes first. */
#define IOTLB_REGISTERS_SIZE	16

/* Protected memory is 2 MiB or a multiple: hardware chooses its granularity. */
#define PROTECTED_LOW		GENMASK_ULL(31, 21)
#define PROTECTED_HIGH		GENMASK_ULL(63, 21)

/* PRO, which moved to another register. Drivers still write a 1 to clear it. */
#define FSTS_PRO		BIT(7)

/**
 * struct register_info - A register
 * @name: As in the specification.
 * @offset: Where it is, or where it is in its group.
 * @size: Bytes.
 * @address: It holds an address of memory, so @rw ends at the platform's width.
 * @rw: Bits that software writes.
 * @w1c: Bits that software clears by writing a 1.
 * @ro: Read-only bits between them, for which a write does not matter. What is
 *	in none of the three is reserved: it has to be written as 0.
 * @hidden: Write-only bits, which read as 0.
 * @cap: With @ecap: the capabilities of which one is needed; else it is reserved.
 * @ecap: See @cap.
 * @optional: Bits of @rw that are reserved without @optional_ecap.
 * @optional_ecap: See @optional.
 * @write: Take the value over, NULL if there is nothing to it. The bits that were
 *	not written are as they are, or 0 if they are of @w1c. Returns NULL, or why
 *	software must not do that.
 *
 * A register without bits that can be written is read-only.
 */
struct register_info {
	const char *name;
	u16 offset;
	u8 size;
	bool address;
	u64 rw;
	u64 w1c;
	u64 ro;
	u64 hidden;
	u64 cap;
	u64 ecap;
	u64 optional;
	u64 optional_ecap;
	const char *(*write)(struct vtd_unit *unit, u32 offset, u64 value);
};

/* Section 11.4, by offset */
static const struct register_info fixed_registers[] = {
	{ "VER", VTD_VER, 4 },
	{ "CAP", VTD_CAP, 8 },
	{ "ECAP", VTD_ECAP, 8 },
	{ "GCMD", VTD_GCMD, 4,
	  .rw = VTD_GCMD_TE | VTD_GCMD_SRTP | VTD_GCMD_WBF | VTD_GCMD_QIE |
		VTD_GCMD_IRE | VTD_GCMD_SIRTP | VTD_GCMD_CFI,
	  .hidden = ALL_BITS, .write = vtd_write_global_command },
	{ "GSTS", VTD_GSTS, 4 },
	{ "RTADDR", VTD_RTADDR, 8, .address = true,
	  .rw = VTD_RTADDR_RTA | VTD_RTADDR_TTM, .write = vtd_write_pointer },
	{ "CCMD", VTD_CCMD, 8,
	  .rw = VTD_CCMD_ICC | VTD_CCMD_CIRG | VTD_CCMD_FM | VTD_CCMD_SID |
		VTD_CCMD_DID,
	  .ro = VTD_CCMD_CAIG, .hidden = VTD_CCMD_FM | VTD_CCMD_SID,
	  .write = vtd_write_context_command },
	{ "FSTS", VTD_FSTS, 4,
	  .w1c = VTD_FSTS_PFO | VTD_FSTS_IQE | VTD_FSTS_ICE | VTD_FSTS_ITE,
	  .ro = VTD_FSTS_PPF | VTD_FSTS_FRI | FSTS_PRO,
	  .write = vtd_write_fault_status },
	{ "FECTL", VTD_FECTL, 4, .rw = VTD_EVENT_CONTROL_IM,
	  .ro = VTD_EVENT_CONTROL_IP, .write = vtd_write_event_control },
	{ "FEDATA", VTD_FEDATA, 4, .rw = GENMASK(31, 0) },
	{ "FEADDR", VTD_FEADDR, 4, .rw = GENMASK(31, 2) },
	{ "FEUADDR", VTD_FEUADDR, 4, .rw = GENMASK(31, 0) },
	{ "PMEN", VTD_PMEN, 4, .cap = VTD_CAP_PLMR | VTD_CAP_PHMR,
	  .rw = VTD_PMEN_EPM, .ro = VTD_PMEN_PRS,
	  .write = vtd_write_protected_enable },
	{ "PLMBASE", VTD_PLMBASE, 4, .cap = VTD_CAP_PLMR, .rw = PROTECTED_LOW,
	  .ro = ALL_BITS, .write = vtd_write_protected_range },
	{ "PLMLIMIT", VTD_PLMLIMIT, 4, .cap = VTD_CAP_PLMR, .rw = PROTECTED_LOW,
	  .ro = ALL_BITS, .write = vtd_write_protected_range },
	{ "PHMBASE", VTD_PHMBASE, 8, .cap = VTD_CAP_PHMR, .rw = PROTECTED_HIGH,
	  .ro = ALL_BITS, .address = true, .write = vtd_write_protected_range },
	{ "PHMLIMIT", VTD_PHMLIMIT, 8, .cap = VTD_CAP_PHMR, .rw = PROTECTED_HIGH,
	  .ro = ALL_BITS, .address = true, .write = vtd_write_protected_range },
	{ "IQH", VTD_IQH, 8, .ecap = VTD_ECAP_QI },
	{ "IQT", VTD_IQT, 8, .ecap = VTD_ECAP_QI, .rw = VTD_IQ_OFFSET,
	  .write = vtd_write_queue_tail },
	{ "IQA", VTD_IQA, 8, .ecap = VTD_ECAP_QI, .address = true,
	  .rw = VTD_IQA_IQA | VTD_IQA_DW | VTD_IQA_QS,
	  .optional = VTD_IQA_DW, .optional_ecap = VTD_ECAP_SMTS,
	  .write = vtd_write_pointer },
	{ "ICS", VTD_ICS, 4, .ecap = VTD_ECAP_QI, .w1c = VTD_ICS_IWC,
	  .write = vtd_write_completion_status },
	{ "IECTL", VTD_IECTL, 4, .ecap = VTD_ECAP_QI,
	  .rw = VTD_EVENT_CONTROL_IM, .ro = VTD_EVENT_CONTROL_IP,
	  .write = vtd_write_event_control },
	{ "IEDATA", VTD_IEDATA, 4, .ecap = VTD_ECAP_QI, .rw = GENMASK(31, 0) },
	{ "IEADDR", VTD_IEADDR, 4, .ecap = VTD_ECAP_QI, .rw = GENMASK(31, 2) },
	{ "IEUADDR", VTD_IEUADDR, 4, .ecap = VTD_ECAP_QI,
	  .rw = GENMASK(31, 0) },
	{ "IQERCD", VTD_IQERCD, 8, .ecap = VTD_ECAP_QI },
	{ "IRTA", VTD_IRTA, 8, .ecap = VTD_ECAP_IR, .address = true,
	  .rw = VTD_IRTA_IRTA | VTD_IRTA_EIME | VTD_IRTA_S,
	  .optional = VTD_IRTA_EIME, .optional_ecap = VTD_ECAP_EIM,
	  .write = vtd_write_pointer },
};

/* From the offset in ECAP.IRO */
static const struct register_info iotlb_registers[] = {
	{ "IVA", VTD_IVA, 8, .rw = VTD_IVA_ADDR | VTD_IVA_IH | VTD_IVA_AM,
	  .hidden = ALL_BITS, .write = vtd_write_iotlb_address },
	{ "IOTLB", VTD_IOTLB, 8,
	  .rw = VTD_IOTLB_IVT | VTD_IOTLB_IIRG | VTD_IOTLB_DR | VTD_IOTLB_DW |
		VTD_IOTLB_DID,
	  .ro = VTD_IOTLB_IAIG, .write = vtd_write_iotlb_invalidate },
};

/* Each of those from the offset in CAP.FRO; the record is 128 bits wide. */
static const struct register_info fault_registers[] = {
	{ "FRCD 63:0", 0, 8 },
	{ "FRCD 127:64", 8, 8, .w1c = VTD_FRCD_1_F, .ro = ALL_BITS,
	  .write = vtd_write_fault_record },
};

/**
 * struct access - An access to a register
 * @info: The register.
 * @base: Offset of the register.
 * @shift: Where the access begins in the register, in bits.
 * @mask: What it covers of the register.
 */
struct access {
	const struct register_info *info;
	u32 base;
	unsigned int shift;
	u64 mask;
};

static u32 fault_records_size(u64 cap)
{
	return vtd_nr_fault_records(cap) * VTD_FRCD_SIZE;
}

static bool overlaps(u32 start, u32 size, u32 other, u32 other_size)
{
	return start < other + other_size && other < start + size;
}

static bool find_in(const struct register_info *registers, size_t count,
		    u32 group, u32 offset, unsigned int size,
		    struct access *access)
{
	for (size_t i = 0; i < count; i++) {
		const struct register_info *info = &registers[i];
		u32 base = group + info->offset;

		if (offset < base || offset + size > base + info->size)
			continue;
		access->info = info;
		access->base = base;
		access->shift = (offset - base) * 8;
		access->mask = GENMASK_ULL(size * 8 - 1, 0) << access->shift;
		return true;
	}
	return false;
}

/* Registers are accessed in aligned pieces of 32 or 64 bits: section 11.2 */
static bool find_register(const struct vtd_unit *unit, u32 offset,
			  unsigned int size, struct access *access)
{
	const u64 cap = unit->settings.cap;
	const u32 iotlb = vtd_iotlb_offset(unit->settings.ecap);
	const u32 faults = vtd_fault_records_offset(cap);

	if ((size != 4 && size != 8) || offset % size)
		return false;
	if (overlaps(offset, size, iotlb, IOTLB_REGISTERS_SIZE))
		return find_in(iotlb_registers, ARRAY_SIZE(iotlb_registers),
			       iotlb, offset, size, access);
	if (overlaps(offset, size, faults, fault_records_size(cap)))
		return find_in(fault_registers, ARRAY_SIZE(fault_registers),
			       offset - offset % VTD_FRCD_SIZE, offset, size,
			       access);
	return find_in(fixed_registers, ARRAY_SIZE(fixed_registers), 0, offset,
		       size, access);
}

static bool is_implemented(const struct vtd_unit *unit,
			   const struct register_info *info)
{
	if (!info->cap && !info->ecap)
		return true;
	return (unit->settings.cap & info->cap) ||
	       (unit->settings.ecap & info->ecap);
}

static u64 contents(const struct vtd_unit *unit, const struct access *access)
{
	if (access->info->size == 8)
		return vtd_register(unit, access->base);
	return vtd_register32(unit, access->base);
}

static void store(struct vtd_unit *unit, const struct access *access, u64 value)
{
	if (access->info->size == 8)
		vtd_set_register(unit, access->base, value);
	else
		vtd_set_register32(unit, access->base, value);
}

/* The bits of a register that this unit lets software write */
static u64 writable(const struct vtd_unit *unit,
		    const struct register_info *info)
{
	u64 rw = info->rw;

	if (!is_implemented(unit, info))
		return 0;
	if (!(unit->settings.ecap & info->optional_ecap))
		rw &= ~info->optional;
	if (info->address)
		rw &= GENMASK_ULL(unit->settings.address_width - 1, 0);
	return rw;
}

/* Reserved bits have to be 0: section 11.2 */
static const char *write_register(struct vtd_unit *unit,
				  const struct access *access, u64 value)
{
	const struct register_info *info = access->info;
	const u64 rw = writable(unit, info);
	u64 known = rw;

	if (is_implemented(unit, info)) {
		if (!info->rw && !info->w1c)
			return "the register is read-only";
		known |= info->w1c | info->ro;
	}
	value <<= access->shift;
	if (value & ~known)
		return "reserved bits are set";
	if (!is_implemented(unit, info))
		return NULL;

	value &= rw | info->w1c;
	value |= contents(unit, access) & rw & ~access->mask;
	if (info->write)
		return info->write(unit, access->base, value);
	store(unit, access, value);
	return NULL;
}

/**
 * vtd_unit_write - Software writes a register.
 * @unit: The unit.
 * @offset: Offset of the register, or of the upper half of a 64-bit one.
 * @size: Bytes: 4 or 8.
 * @value: What is written.
 *
 * Context: Any; the owner of the unit keeps others out.
 */
void vtd_unit_write(struct vtd_unit *unit, u32 offset, unsigned int size,
		    u64 value)
{
	struct vtd_event event = {
		.type = VTD_EVENT_WRITE,
		.offset = offset,
		.size = size,
		.value = size == 4 ? (u32)value : value,
	};
	const char *name = "no register", *why = "there is nothing to write";
	struct access access;

	vtd_event(unit, &event);
	if (find_register(unit, offset, size, &access)) {
		name = access.info->name;
		why = write_register(unit, &access, event.value);
	}
	if (why)
		vtd_misused(unit, "%s (0x%03x): write of 0x%llx, %u bits: %s",
			    name, offset, (unsigned long long)event.value,
			    size * 8, why);
}

static void count_read(struct vtd_unit *unit)
{
	if (unit->wait && !--unit->wait)
		vtd_complete_commands(unit);
}

/**
 * vtd_unit_read - Software reads a register.
 * @unit: The unit.
 * @offset: Offset of the register, or of the upper half of a 64-bit one.
 * @size: Bytes: 4 or 8.
 *
 * What is pending may be carried out, and is then seen by this read.
 *
 * Context: Any; the owner of the unit keeps others out.
 *
 * Return: The value, or all ones if there is nothing to read.
 */
u64 vtd_unit_read(struct vtd_unit *unit, u32 offset, unsigned int size)
{
	const char *name = "no register", *why = "there is nothing to read";
	u64 value = size == 8 ? ALL_BITS : (u32)ALL_BITS;
	struct access access;

	count_read(unit);
	if (find_register(unit, offset, size, &access)) {
		name = access.info->name;
		why = NULL;
		value = 0;
		if (is_implemented(unit, access.info))
			value = contents(unit, &access) & ~access.info->hidden;
		value = (value & access.mask) >> access.shift;
		if (access.info->hidden == ALL_BITS)
			why = "the register is write-only";
	}
	if (why)
		vtd_misused(unit, "%s (0x%03x): read of %u bits: %s", name,
			    offset, size * 8, why);
	return value;
}

/**
 * vtd_unit_settle - Carry out at once what is pending.
 * @unit: The unit.
 *
 * Context: Any; the owner of the unit keeps others out.
 */
void vtd_unit_settle(struct vtd_unit *unit)
{
	vtd_complete_commands(unit);
}

/**
 * vtd_misused - Software did what no unit would understand.
 * @unit: The unit.
 * @format: What it did, as of printf().
 *
 * Context: Any.
 */
void vtd_misused(struct vtd_unit *unit, const char *format, ...)
{
	char text[160];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);

	unit->misuses++;
	unit->ops->misused(unit->context, text);
}

/**
 * vtd_event - Tell the world that something happened.
 * @unit: The unit.
 * @event: What.
 *
 * Context: Any.
 */
void vtd_event(struct vtd_unit *unit, const struct vtd_event *event)
{
	if (unit->ops->event)
		unit->ops->event(unit->context, event);
}

/* Every register that has no fixed place is where no other one is. */
static bool registers_are_apart(const struct vtd_settings *settings)
{
	const u32 faults = vtd_fault_records_offset(settings->cap);
	const u32 size = fault_records_size(settings->cap);
	const u32 iotlb = vtd_iotlb_offset(settings->ecap);

	if (faults < END_OF_FIXED || iotlb < END_OF_FIXED)
		return false;
	if (faults + size > VTD_REGISTERS_SIZE ||
	    iotlb + IOTLB_REGISTERS_SIZE > VTD_REGISTERS_SIZE)
		return false;
	return !overlaps(faults, size, iotlb, IOTLB_REGISTERS_SIZE);
}

/* Capabilities that are nothing without another one: sections 11.4.2, 11.4.3 */
static bool capabilities_agree(u64 cap, u64 ecap)
{
	if ((ecap & (VTD_ECAP_DT | VTD_ECAP_IR | VTD_ECAP_SMTS)) &&
	    !(ecap & VTD_ECAP_QI))
		return false;
	if ((ecap & VTD_ECAP_EIM || cap & VTD_CAP_PI) && !(ecap & VTD_ECAP_IR))
		return false;
	return true;
}

/* In legacy mode there is no other stage than the second. */
static bool widths_are_possible(u64 cap, u64 ecap)
{
	const u64 known = VTD_SAGAW_3_LEVELS | VTD_SAGAW_4_LEVELS |
			  VTD_SAGAW_5_LEVELS;
	const u64 sagaw = FIELD_GET(VTD_CAP_SAGAW, cap);

	if (FIELD_GET(VTD_CAP_ND, cap) == 7)
		return false;
	if (sagaw & ~known)
		return false;
	return sagaw || (ecap & VTD_ECAP_SMTS && !(ecap & VTD_ECAP_SSTS));
}

static bool settings_are_possible(const struct vtd_settings *settings)
{
	if (settings->address_width < 36 || settings->address_width > 52)
		return false;
	return registers_are_apart(settings) &&
	       capabilities_agree(settings->cap, settings->ecap) &&
	       widths_are_possible(settings->cap, settings->ecap);
}

static void reset(struct vtd_unit *unit)
{
	vtd_set_register32(unit, VTD_VER, VERSION);
	vtd_set_register(unit, VTD_CAP, unit->settings.cap);
	vtd_set_register(unit, VTD_ECAP, unit->settings.ecap);
	vtd_set_register32(unit, VTD_FECTL, VTD_EVENT_CONTROL_IM);
	vtd_set_register32(unit, VTD_IECTL, VTD_EVENT_CONTROL_IM);
}

/**
 * vtd_unit_init - Make a unit, as it is after a reset.
 * @unit: The unit.
 * @settings: What it can do, copied.
 * @ops: What it needs of the world; stays with the caller.
 * @view: How it reads memory, copied.
 * @context: Passed to the functions of @ops.
 *
 * Context: Any.
 *
 * Return: 0, or -EINVAL if there is no such unit.
 */
int vtd_unit_init(struct vtd_unit *unit, const struct vtd_settings *settings,
		  const struct vtd_unit_ops *ops, const struct vtd_view *view,
		  void *context)
{
	if (!ops->update || !ops->misused || !view->read)
		return -EINVAL;
	if (!settings_are_possible(settings))
		return -EINVAL;

	memset(unit, 0, sizeof(*unit));
	unit->settings = *settings;
	unit->ops = ops;
	unit->view = *view;
	unit->context = context;
	hash_init(unit->cache);
	reset(unit);
	return 0;
}

/**
 * vtd_unit_destroy - Free what a unit has allocated.
 * @unit: The unit, which vtd_unit_init() has made.
 *
 * Context: Any.
 */
void vtd_unit_destroy(struct vtd_unit *unit)
{
	vtd_cache_clear(unit);
}
