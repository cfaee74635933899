// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: A machine with VT-d units in software, for suites of backends
 *
 * The VT-d backend, compiled a second time, with units in software under it, PCI
 * functions in memory beside it, and the small driver of vtd_backend_driver.c around
 * it. It is what iommu_machine.h wants, once for each way in which VT-d translates;
 * suites of VT-d make machines with other units by vtd_backend_machine_create().
 *
 * Life cycle: as of &struct iommu_machine_ops. Functions and units are hardware, and
 * outlive kernels; what the kernel has for them does not.
 *
 * Happy path: units answer after some reads, and cache what leads to tables.
 *
 * Unhappy paths: a misuse of a unit, DMA that goes where it must not, and memory
 * that is not given back fail the case, by the doubles that are below.
 */

#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/jhash.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "vtd_backend_machine.h"
#include "vtd_oracle.h"
#include "vtd_seam_calls.h"
#include "vtd_tables.h"

#define FIRST_ADDRESS	0xfed90000ULL

/* Reads that a command takes */
#define LATENCY		2

/* A bit of the capabilities that makes no difference to the driver */
#define HARMLESS_CAP	VTD_CAP_ZLR
#define HARMLESS_ECAP	VTD_ECAP_SRS

/* For a PASID, and a requester, that nothing else here has */
#define OTHER_PASID	5
#define OTHER_BUS	0xd3

#define PRESENT		BIT_ULL(0)
#define FAULTS_OFF	BIT_ULL(1)
#define TABLE		GENMASK_ULL(63, 12)

/* Words of a context entry, and of a page of them */
#define CONTEXT_WORDS(scalable)	((scalable) ? 4 : 2)

/**
 * vtd_backend_config_of - What a machine is made of, unless something else is wanted.
 * @ops: The machine.
 *
 * Context: Any.
 *
 * Return: settings of its units, and options of its driver.
 */
struct vtd_backend_config vtd_backend_config_of(const struct iommu_machine_ops *ops)
{
	struct vtd_backend_config config = {
		.settings = vtd_tables_settings,
		.options.scalable = ops != &vtd_legacy_machine_ops,
		.options.first_stage = ops == &vtd_first_stage_machine_ops,
	};

	/* The model has no registers of page requests. */
	config.settings.ecap &= ~VTD_ECAP_PRS;
	config.settings.latency = LATENCY;
	config.settings.paging_structure_caches = true;
	if (!config.options.scalable)
		config.settings.ecap &= ~VTD_ECAP_SMTS;
	return config;
}

/* Kernels */

static int find_units(struct vtd_backend_machine *machine)
{
	for (unsigned int i = 0; i < machine->machine.units; i++) {
		machine->units[i] = vtd_backend_find(machine->hardware[i], i,
						     FIRST_ADDRESS + i * VTD_REGISTERS_SIZE,
						     &machine->config.options);
		if (!machine->units[i])
			return -ENOMEM;
	}
	return 0;
}

static void machine_begin_kernel(struct iommu_machine *base)
{
	KUNIT_ASSERT_EQ(base->test, 0, find_units(to_vtd_machine(base)));
	iommu_machine_scan(base);
}

static void machine_end_kernel(struct iommu_machine *base)
{
	struct vtd_backend_machine *machine = to_vtd_machine(base);

	vtd_backend_end_domains();
	iommu_machine_end_all(base);
	for (unsigned int i = 0; i < base->units; i++) {
		if (machine->units[i])
			vtd_backend_forget(machine->units[i]);
		machine->units[i] = NULL;
	}
}

static bool machine_init_unit(struct iommu_machine *base, unsigned int n)
{
	bool adopted = false;

	KUNIT_EXPECT_EQ(base->test, 0,
			vtd_backend_boot(to_vtd_machine(base)->units[n], &adopted));
	return adopted;
}

/* In the reverse order of how a machine comes to be */
static void end_machine(void *data)
{
	struct vtd_backend_machine *machine = data;

	for (unsigned int i = 0; i < machine->machine.units; i++)
		vtd_test_unit_observe(machine->hardware[i], NULL);
	iommu_machine_release_all(&machine->machine);
	for (unsigned int i = 0; i < machine->machine.units; i++) {
		if (machine->units[i])
			vtd_backend_remove(machine->units[i]);
		machine->units[i] = NULL;
	}
}

/* Called for each change of a bus master bit */
static void tell_oracle(struct test_pci *pci, const struct test_pci_function *function)
{
	struct iommu_machine *base = container_of(pci, struct iommu_machine, pci);
	struct vtd_test_unit *unit = to_vtd_machine(base)->hardware[function->unit];

	if (test_pci_is_master(function))
		vtd_oracle_mastering(unit, function->rid);
	else
		vtd_oracle_quiet(unit, function->rid);
}

/* For the backend, which asks for each function of the machine that runs the test */
struct vtd_backend_unit *vtd_backend_unit_of(struct pci_dev *pdev)
{
	struct iommu_machine *base = iommu_machine_of(&pdev->dev);

	if (!base)
		return NULL;
	return to_vtd_machine(base)->units[iommu_machine_unit_of(&pdev->dev)];
}

/**
 * vtd_backend_machine_create - Give a case a machine.
 * @test: The case.
 * @ops: How the machine works.
 * @units: Number of units.
 * @config: What it is made of.
 *
 * Context: Process context, the thread of @test.
 *
 * Return: the machine, never NULL, with its first kernel.
 */
struct vtd_backend_machine *
vtd_backend_machine_create(struct kunit *test, const struct iommu_machine_ops *ops,
			   unsigned int units, const struct vtd_backend_config *config)
{
	struct vtd_backend_machine *machine;
	struct vtd_oracle_figures figures;

	KUNIT_ASSERT_LE(test, units, VTD_BACKEND_MAX_UNITS);
	machine = kunit_kzalloc(test, sizeof(*machine), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, machine);
	machine->machine = (struct iommu_machine){ .ops = ops, .test = test,
						   .units = units };
	machine->config = *config;
	for (unsigned int i = 0; i < units; i++) {
		machine->hardware[i] = vtd_test_unit_create(test, &config->settings);
		/* Memory for the oracle is there before a configuration write needs it. */
		vtd_oracle_get_figures(machine->hardware[i], &figures);
	}
	KUNIT_ASSERT_EQ(test, 0, test_pci_init(&machine->machine.pci, test, tell_oracle));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end_machine, machine));
	KUNIT_ASSERT_EQ(test, 0, find_units(machine));
	for (unsigned int i = 0; i < units; i++)
		KUNIT_ASSERT_EQ(test, 0, vtd_backend_enable(machine->units[i]));
	return machine;
}

static struct iommu_machine *create(struct kunit *test, unsigned int units,
				    const struct iommu_machine_ops *ops)
{
	struct vtd_backend_config config = vtd_backend_config_of(ops);

	return &vtd_backend_machine_create(test, ops, units, &config)->machine;
}

static struct iommu_machine *create_legacy(struct kunit *test, unsigned int units)
{
	return create(test, units, &vtd_legacy_machine_ops);
}

static struct iommu_machine *create_second_stage(struct kunit *test, unsigned int units)
{
	return create(test, units, &vtd_second_stage_machine_ops);
}

static struct iommu_machine *create_first_stage(struct kunit *test, unsigned int units)
{
	return create(test, units, &vtd_first_stage_machine_ops);
}

static struct iommu_device *machine_unit(struct iommu_machine *base, unsigned int n)
{
	return vtd_backend_iommu(to_vtd_machine(base)->units[n]);
}

static u64 machine_unit_id(struct iommu_machine *base, unsigned int n)
{
	return FIRST_ADDRESS + n * VTD_REGISTERS_SIZE;
}

/* Devices and domains */

static int machine_probe_device(struct iommu_machine *base, struct device *dev)
{
	struct vtd_backend_machine *machine = to_vtd_machine(base);

	return vtd_backend_probe(machine->units[iommu_machine_unit_of(dev)], dev,
				 iommu_machine_rid_of(dev));
}

static void machine_release_device(struct iommu_machine *base, struct device *dev)
{
	vtd_backend_release(dev);
}

static void machine_end_device(struct iommu_machine *base, struct device *dev)
{
	vtd_backend_end_device(dev);
}

static bool machine_is_adopted(struct iommu_machine *base, struct device *dev)
{
	return vtd_backend_is_adopted(dev);
}

static struct iommu_domain *machine_alloc_domain(struct iommu_machine *base,
						 struct device *dev)
{
	return vtd_backend_alloc_domain(dev);
}

static void machine_free_domain(struct iommu_machine *base, struct iommu_domain *domain)
{
	domain->ops->free(domain);
}

static int machine_attach(struct iommu_machine *base, struct device *dev,
			  struct iommu_domain *domain)
{
	vtd_backend_detach(dev);
	return vtd_backend_attach(dev, domain);
}

static void machine_detach(struct iommu_machine *base, struct device *dev)
{
	vtd_backend_detach(dev);
}

static void machine_shutdown(struct iommu_machine *base, unsigned int n, bool kexec)
{
	vtd_backend_shutdown(to_vtd_machine(base)->units[n], kexec);
}

/* DMA */

static struct vtd_request request_of(u16 rid, u64 iova)
{
	return (struct vtd_request){
		.address = iova,
		.pasid = VTD_NO_PASID,
		.source_id = rid,
	};
}

static u64 machine_translate(struct iommu_machine *base, unsigned int n, u16 rid,
			     u64 iova)
{
	struct vtd_request request = request_of(rid, iova);
	struct vtd_result result;

	vtd_test_unit_translate(to_vtd_machine(base)->hardware[n], &request, &result);
	return result.blocked ? IOMMU_MACHINE_BLOCKED : result.address;
}

static void machine_watch(struct iommu_machine *base, unsigned int n, u16 rid, u64 iova,
			  u64 pa)
{
	struct vtd_request request = request_of(rid, iova);

	/* Whoever tells the device to begin writes to a register of it. */
	vtd_test_units_barrier();
	vtd_oracle_watch(to_vtd_machine(base)->hardware[n], &request,
			 pa == IOMMU_MACHINE_BLOCKED ? VTD_ORACLE_BLOCKED :
						       VTD_ORACLE_REACHES, pa);
}

static void machine_unwatch(struct iommu_machine *base, unsigned int n, u16 rid,
			    u64 iova)
{
	struct vtd_request request = request_of(rid, iova);

	vtd_oracle_forget(to_vtd_machine(base)->hardware[n], &request);
}

static bool machine_is_enabled(struct iommu_machine *base, unsigned int n)
{
	return vtd_test_unit_readl(to_vtd_machine(base)->hardware[n], VTD_GSTS) &
	       VTD_GCMD_TE;
}

/* What the hardware has */

/**
 * vtd_backend_is_scalable - The mode that a unit is in.
 * @unit: The unit.
 *
 * Context: Any.
 *
 * Return: true for scalable mode.
 */
bool vtd_backend_is_scalable(const struct vtd_test_unit *unit)
{
	return (unit->unit.root_table & VTD_RTADDR_TTM) ==
	       FIELD_PREP(VTD_RTADDR_TTM, VTD_TTM_SCALABLE);
}

/**
 * vtd_backend_hardware_root - The root table that a unit uses.
 * @unit: The unit.
 *
 * Context: Any.
 *
 * Return: its words.
 */
u64 *vtd_backend_hardware_root(struct vtd_test_unit *unit)
{
	return phys_to_virt(unit->unit.root_table & TABLE);
}

/**
 * vtd_backend_hardware_context - The context entry that a unit uses.
 * @unit: The unit.
 * @rid: Requester.
 *
 * Context: Any.
 *
 * Return: its words, or NULL if there is no table.
 */
u64 *vtd_backend_hardware_context(struct vtd_test_unit *unit, u16 rid)
{
	bool scalable = vtd_backend_is_scalable(unit);
	unsigned int word = scalable ? rid >> 7 : 2 * (rid >> 8);
	u64 entry = vtd_backend_hardware_root(unit)[word];

	if (!(entry & PRESENT))
		return NULL;
	return (u64 *)phys_to_virt(entry & TABLE) +
	       CONTEXT_WORDS(scalable) * (rid & (scalable ? 0x7f : 0xff));
}

static u64 *hardware_directory(struct vtd_test_unit *unit, u16 rid)
{
	u64 *context = vtd_backend_hardware_context(unit, rid);

	if (!context || !(context[0] & PRESENT))
		return NULL;
	return phys_to_virt(context[0] & TABLE);
}

/**
 * vtd_backend_hardware_pasid - The PASID table that a unit uses for a requester.
 * @unit: The unit, in scalable mode.
 * @rid: Requester.
 *
 * Context: Any.
 *
 * Return: the words of the entry for requests without PASID, the first in its table,
 * or NULL if there is no table.
 */
u64 *vtd_backend_hardware_pasid(struct vtd_test_unit *unit, u16 rid)
{
	u64 *directory = hardware_directory(unit, rid);

	return directory && directory[0] & PRESENT ?
	       phys_to_virt(directory[0] & TABLE) : NULL;
}

/**
 * vtd_backend_store - Store a word so that each unit sees it.
 * @word: The word.
 * @value: Its value.
 *
 * Context: Any.
 */
void vtd_backend_store(u64 *word, u64 value)
{
	WRITE_ONCE(*word, value);
	vtd_seam_flush(word, sizeof(*word));
}

static u32 machine_checksum(struct iommu_machine *base, unsigned int n, u16 rid)
{
	struct vtd_test_unit *unit = to_vtd_machine(base)->hardware[n];
	u64 *context = vtd_backend_hardware_context(unit, rid);

	if (!vtd_backend_is_scalable(unit))
		return jhash(context, 2 * sizeof(*context), 0);
	return jhash(context, 4 * sizeof(*context), 0) ^
	       jhash(hardware_directory(unit, rid), SZ_4K, 1) ^
	       jhash(vtd_backend_hardware_pasid(unit, rid), SZ_4K, 2);
}

/* Damage that DMA survives, until somebody makes something of it */

static bool machine_damage_unit(struct iommu_machine *base, unsigned int n,
				unsigned int k)
{
	struct vtd_test_unit *unit = to_vtd_machine(base)->hardware[n];
	u64 *registers = unit->unit.registers;
	u64 *root = vtd_backend_hardware_root(unit);

	switch (k) {
	case 0:
		registers[VTD_RTADDR / sizeof(u64)] ^= BIT_ULL(20);
		return true;
	case 1:
		registers[VTD_CAP / sizeof(u64)] ^= HARMLESS_CAP;
		break;
	case 2:
		registers[VTD_ECAP / sizeof(u64)] ^= HARMLESS_ECAP;
		break;
	case 3:
		vtd_backend_store(&root[2 * OTHER_BUS], root[0] | root[2] | PRESENT);
		return true;
	default:
		return false;
	}
	/* The kernel has read it already. */
	machine_end_kernel(base);
	machine_begin_kernel(base);
	return true;
}

static bool damage_legacy(struct vtd_test_unit *unit, u16 rid, unsigned int k)
{
	u64 *context = vtd_backend_hardware_context(unit, rid);

	switch (k) {
	case 0:
		vtd_backend_store(&context[0], context[0] ^ FAULTS_OFF);
		return true;
	case 1:
		vtd_backend_store(&context[1],
				  context[1] ^ FIELD_PREP(VTD_CONTEXT_1_DID, BIT(5)));
		return true;
	default:
		return false;
	}
}

static bool damage_scalable(struct vtd_test_unit *unit, u16 rid, unsigned int k)
{
	u64 *context = vtd_backend_hardware_context(unit, rid);
	u64 *directory = hardware_directory(unit, rid);
	u64 *entry = vtd_backend_hardware_pasid(unit, rid);

	switch (k) {
	case 0:
		vtd_backend_store(&context[0], context[0] ^ FAULTS_OFF);
		return true;
	case 1:
		vtd_backend_store(&directory[OTHER_PASID], directory[0]);
		return true;
	case 2:
		vtd_backend_store(&entry[8 * OTHER_PASID], entry[0]);
		return true;
	case 3:
		vtd_backend_store(&entry[0], entry[0] ^ FAULTS_OFF);
		return true;
	case 4:
		vtd_backend_store(&entry[1], entry[1] ^ BIT_ULL(5));
		return true;
	default:
		return false;
	}
}

static bool machine_damage_device(struct iommu_machine *base, unsigned int n, u16 rid,
				  unsigned int k)
{
	struct vtd_test_unit *unit = to_vtd_machine(base)->hardware[n];

	return vtd_backend_is_scalable(unit) ? damage_scalable(unit, rid, k) :
					       damage_legacy(unit, rid, k);
}

/* Refusals */

/* The @k-th line that applies to the machine */
static bool refuse(struct vtd_backend_machine *machine,
		   const struct vtd_backend_refusal *refusal, unsigned int k)
{
	for (; refusal->name; refusal++) {
		if (refusal->scalable && !machine->config.options.scalable)
			continue;
		if (k--)
			continue;
		refusal->refuse(machine);
		machine->accept = refusal->accept;
		return true;
	}
	return false;
}

static bool machine_refuse_device(struct iommu_machine *base, struct device *dev,
				  unsigned int k)
{
	to_vtd_machine(base)->refused_dev = dev;
	return refuse(to_vtd_machine(base), vtd_backend_device_refusals, k);
}

static bool machine_refuse_unit(struct iommu_machine *base, unsigned int n,
				unsigned int k)
{
	to_vtd_machine(base)->refused_unit = n;
	return refuse(to_vtd_machine(base), vtd_backend_unit_refusals, k);
}

static void machine_accept(struct iommu_machine *base)
{
	struct vtd_backend_machine *machine = to_vtd_machine(base);

	if (machine->accept)
		machine->accept(machine);
	machine->accept = NULL;
}

#define MACHINE_OPS(_name, _create)			\
	.name = _name,					\
	.backend = &vtd_backend_liveupdate_ops,		\
	.create = _create,				\
	.end_kernel = machine_end_kernel,		\
	.begin_kernel = machine_begin_kernel,		\
	.init_unit = machine_init_unit,			\
	.unit = machine_unit,				\
	.unit_id = machine_unit_id,			\
	.probe_device = machine_probe_device,		\
	.release_device = machine_release_device,	\
	.end_device = machine_end_device,		\
	.is_adopted = machine_is_adopted,		\
	.alloc_domain = machine_alloc_domain,		\
	.free_domain = machine_free_domain,		\
	.attach = machine_attach,			\
	.detach = machine_detach,			\
	.shutdown = machine_shutdown,			\
	.translate = machine_translate,			\
	.watch = machine_watch,				\
	.unwatch = machine_unwatch,			\
	.checksum = machine_checksum,			\
	.is_enabled = machine_is_enabled,		\
	.may_do_dma = iommu_machine_may_do_dma,		\
	.damage_unit = machine_damage_unit,		\
	.damage_device = machine_damage_device,		\
	.refuse_device = machine_refuse_device,		\
	.refuse_unit = machine_refuse_unit,		\
	.accept = machine_accept

const struct iommu_machine_ops vtd_legacy_machine_ops = {
	MACHINE_OPS("VT-d, legacy mode", create_legacy),
};

const struct iommu_machine_ops vtd_second_stage_machine_ops = {
	MACHINE_OPS("VT-d, second stage", create_second_stage),
};

const struct iommu_machine_ops vtd_first_stage_machine_ops = {
	MACHINE_OPS("VT-d, first stage", create_first_stage),
};
