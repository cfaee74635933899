// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: what the VT-d backend must not forget
 *
 * A live update is repeated once for each flush, barrier, invalidation and flush of
 * write buffers that is in it, with that one left out. Somebody has to notice each of
 * them: the oracle, the memory in which what was never flushed is poison, the unit,
 * or a look at whether DMA that was cut off gets through. What nobody notices is
 * written down here with the reason why hardware does not need it.
 *
 * Each omission is one line of the log, "omission: " and then kind of the unit,
 * phase, what, its number in the phase, and who noticed it.
 */

#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "fake_kho.h"
#include "vtd_backend_kinds.h"
#include "vtd_inner_test.h"
#include "vtd_oracle.h"

/* Requesters: handed over, handed over but not attached, and left out */
#define KEPT		0x0108
#define RELEASED	0x4000
#define LEFT_OUT	0x0110

/* Requesters that are nobody's: each with another way through the tables */
static const u16 strangers[] = { 0x0118, 0x4008, 0x7700 };

/* Where a device does DMA that has come back */
#define FRESH_PAGE	(VTD_HANDOVER_PAGE - SZ_1M)

#define INTERRUPT_ADDRESS	(0xfee00000ULL | BIT(4))
#define PRESENT			BIT_ULL(0)

enum phase {
	PRESERVE,
	SWITCH,
	KEXEC,
	BOOT,
	ATTACH,
	RELEASE,
	DETACH,
	REMOVE,
	NR_PHASES,
};

static const char *const phase_names[NR_PHASES] = {
	"preserve", "switch over", "kexec", "boot", "attach", "release", "detach",
	"remove",
};

/**
 * struct run - A live update with something left out
 * @kind: The kind of unit.
 * @omission: What is left out.
 * @end: How many of them there were by the end of each phase.
 * @noticed: Who noticed, or NULL.
 * @handover: What is handed over.
 */
struct run {
	const struct vtd_backend_kind *kind;
	struct vtd_omission omission;
	unsigned int end[NR_PHASES];
	const char *noticed;
	struct vtd_handover *handover;
};

static struct run run;

/*
 * A new domain with the ID reaches something else, or tables are read that were freed:
 * which of both depends on who got their memory.
 */
static const char stale_translation[] = "a translation that is gone";

/**
 * struct harmless - What may be left out
 * @kind: In the name of the kind, NULL for all.
 * @phase: When.
 * @type: What.
 * @size: Bytes of a flush, 0 for any.
 * @reason: Why.
 */
struct harmless {
	const char *kind;
	enum phase phase;
	enum vtd_event_type type;
	size_t size;
	const char *reason;
};

static const struct harmless harmless[] = {
	{ NULL, PRESERVE, VTD_EVENT_FLUSH, SZ_4K,
	  "nobody reads the rest of a PASID directory or table" },
	{ "SRTP invalidates", SWITCH, VTD_EVENT_CONTEXT_INVALIDATION, 0,
	  "the new root table has invalidated" },
	{ "SRTP invalidates", SWITCH, VTD_EVENT_PASID_INVALIDATION, 0,
	  "the new root table has invalidated" },
	{ "SRTP invalidates", SWITCH, VTD_EVENT_IOTLB_INVALIDATION, 0,
	  "the new root table has invalidated" },
	{ NULL, BOOT, VTD_EVENT_INTERRUPT_INVALIDATION, 0,
	  "no entry was present since the switch" },
	{ NULL, ATTACH, VTD_EVENT_FLUSH, SZ_4K,
	  "the restored top table replaces this one" },
	{ NULL, RELEASE, VTD_EVENT_BARRIER, 0, "a flush or a register follows" },
	{ NULL, DETACH, VTD_EVENT_BARRIER, 0, "a flush or a register follows" },
	{ NULL, RELEASE, VTD_EVENT_FLUSH, 16, "the entry is not present any more" },
	{ NULL, DETACH, VTD_EVENT_FLUSH, 16, "the entry is not present any more" },
	{ NULL, DETACH, VTD_EVENT_FLUSH, 64, "the entry is not present any more" },
	{ "stage", DETACH, VTD_EVENT_CONTEXT_INVALIDATION, 0,
	  "the context entry has not changed" },
	{ NULL, REMOVE, VTD_EVENT_WRITE_BUFFER_FLUSH, 0,
	  "the entry is not present any more" },
	{ NULL, REMOVE, VTD_EVENT_BARRIER, 0, "a flush or a register follows" },
	{ NULL, REMOVE, VTD_EVENT_FLUSH, 16, "the entry is not present any more" },
	{ NULL, REMOVE, VTD_EVENT_PASID_INVALIDATION, 0, "no PASID was present" },
	{ NULL, REMOVE, VTD_EVENT_IOTLB_INVALIDATION, 0, "no PASID was present" },
	{ "caching mode", SWITCH, VTD_EVENT_PASID_INVALIDATION, 0,
	  "the attach of a device invalidates" },
	{ "caching mode", SWITCH, VTD_EVENT_IOTLB_INVALIDATION, 0,
	  "the attach of a device invalidates" },
	{ "caching mode", RELEASE, VTD_EVENT_PASID_INVALIDATION, 0,
	  "the attach of a device invalidates" },
	{ "caching mode", RELEASE, VTD_EVENT_IOTLB_INVALIDATION, 0,
	  "the attach of a device invalidates" },
	{ "caching mode", REMOVE, VTD_EVENT_CONTEXT_INVALIDATION, 0,
	  "the attach of a device invalidates" },
	{ "caching mode", DETACH, VTD_EVENT_IOTLB_INVALIDATION, 0,
	  "the attach of a device invalidates" },
};

static void notice(const char *who)
{
	if (!run.noticed)
		run.noticed = who;
}

static struct vtd_test_unit *unit_of(struct vtd_handover *handover)
{
	return handover->machine->hardware[0];
}

static void end_phase(enum phase phase)
{
	run.end[phase] = run.omission.count;
}

/* Nothing that a case does by itself is left out. */
static void pause_omission(bool paused)
{
	vtd_test_units_omit(paused ? NULL : &run.omission);
}

static void expect_cut_off(struct vtd_handover *handover,
			   const struct vtd_handover_device *device)
{
	if (vtd_handover_reaches(handover, device) != IOMMU_MACHINE_BLOCKED)
		notice("DMA that was cut off gets through");
}

static void expect_page(struct vtd_handover *handover,
			const struct vtd_handover_device *device)
{
	if (vtd_handover_reaches(handover, device) != device->page)
		notice("DMA does not reach its page");
}

static void expect_strangers_cut_off(struct vtd_handover *handover)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(strangers); i++) {
		const struct vtd_handover_device stranger = { .rid = strangers[i] };

		expect_cut_off(handover, &stranger);
	}
}

/* Devices go on with their DMA while the driver does its work. */
static void make_requests(void)
{
	for (unsigned int i = 0; i < run.handover->nr_devices; i++)
		vtd_handover_reaches(run.handover, &run.handover->devices[i]);
}

static void expect_no_interrupt(struct vtd_handover *handover)
{
	struct vtd_interrupt result;

	if (!handover->machine->config.options.interrupts)
		return;
	vtd_test_unit_interrupt(unit_of(handover), KEPT, INTERRUPT_ADDRESS, 0, &result);
	if (!result.blocked)
		notice("an interrupt that was cut off gets through");
}

/* The unit has the entry in its cache. */
static void use_interrupt(struct vtd_handover *handover)
{
	struct vtd_interrupt result;
	u64 *entry;

	if (!handover->machine->config.options.interrupts)
		return;
	entry = vtd_backend_interrupt(handover->machine->units[0], 0);
	vtd_backend_store(&entry[0], PRESENT);
	vtd_test_units_barrier();
	vtd_memory_flush_write_buffers(&unit_of(handover)->memory);
	vtd_test_unit_interrupt(unit_of(handover), KEPT, INTERRUPT_ADDRESS, 0, &result);
	KUNIT_ASSERT_FALSE(handover->test, result.blocked);
}

/* With the ID of another domain, a domain has nothing of that one. */
static void expect_fresh_domain(struct vtd_handover *handover,
				struct vtd_handover_device *device, u16 id)
{
	struct iommu_machine *machine = &handover->machine->machine;

	vtd_backend_set_next_id(handover->machine->units[0], id);
	device->domain = handover->ops->alloc_domain(machine, device->dev);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(handover->test, device->domain);
	KUNIT_ASSERT_EQ(handover->test, 0, iommu_map(device->domain, VTD_HANDOVER_IOVA,
						     device->page, SZ_4K,
						     IOMMU_READ | IOMMU_WRITE, GFP_KERNEL));
	KUNIT_ASSERT_EQ(handover->test, 0,
			handover->ops->attach(machine, device->dev, device->domain));
	vtd_test_units_barrier();
	if (vtd_backend_domain_id(device->dev) != id)
		notice("the domain ID is in use");
	else if (vtd_handover_reaches(handover, device) != device->page)
		notice(stale_translation);
	handover->ops->detach(machine, device->dev);
	handover->ops->free_domain(machine, device->domain);
	device->domain = NULL;
}

/* The device is still there, with another domain. */
static void expect_fresh_id(struct vtd_handover *handover,
			    const struct vtd_handover_device *old, u16 id)
{
	struct vtd_handover_device device = *old;

	pause_omission(true);
	device.page = FRESH_PAGE;
	expect_fresh_domain(handover, &device, id);
	pause_omission(false);
}

/* The device comes back. */
static void expect_fresh_device(struct vtd_handover *handover, u16 rid, u16 id)
{
	struct iommu_machine *machine = &handover->machine->machine;
	struct vtd_handover_device device = { .rid = rid, .page = FRESH_PAGE };

	pause_omission(true);
	device.dev = iommu_machine_probe(machine, 0, rid);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(handover->test, device.dev);
	expect_fresh_domain(handover, &device, id);
	iommu_machine_release(machine, device.dev);
	pause_omission(false);
}

static void leave_first_kernel(struct vtd_handover *handover)
{
	struct vtd_handover_device *left = &handover->devices[2];

	pause_omission(false);
	vtd_handover_preserve(handover);
	end_phase(PRESERVE);
	handover->header_pa = iommu_outgoing_write(&handover->out);
	vtd_handover_watch(handover, left, false);
	if (handover->backend->switch_over(handover->units[0]))
		notice("the unit does not answer");
	end_phase(SWITCH);
	expect_cut_off(handover, left);
	expect_strangers_cut_off(handover);
	expect_no_interrupt(handover);
	vtd_handover_kexec(handover);
	end_phase(KEXEC);
}

static void enter_next_kernel(struct vtd_handover *handover, const u16 *ids)
{
	struct iommu_machine *machine = &handover->machine->machine;
	struct vtd_handover_device *kept = &handover->devices[0];
	struct vtd_handover_device *released = &handover->devices[1];

	if (!handover->ops->init_unit(machine, 0))
		notice("the unit is not taken over");
	end_phase(BOOT);
	expect_no_interrupt(handover);
	expect_fresh_device(handover, LEFT_OUT, ids[2]);
	if (vtd_handover_try_attach(handover, kept))
		notice("the device is not attached");
	expect_page(handover, kept);
	end_phase(ATTACH);
	released->dev = iommu_machine_probe(machine, 0, RELEASED);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(handover->test, released->dev);
	expect_page(handover, released);
	vtd_handover_detach(handover, released);
	end_phase(RELEASE);
	expect_cut_off(handover, released);
	expect_fresh_device(handover, RELEASED, ids[1]);
	expect_page(handover, kept);
	vtd_handover_watch(handover, kept, false);
	handover->ops->detach(machine, kept->dev);
	end_phase(DETACH);
	expect_cut_off(handover, kept);
	handover->ops->free_domain(machine, kept->domain);
	kept->domain = NULL;
	expect_fresh_id(handover, kept, ids[0]);
	vtd_handover_detach(handover, kept);
	end_phase(REMOVE);
	expect_cut_off(handover, kept);
	expect_fresh_device(handover, KEPT, ids[0]);
	pause_omission(true);
}

/* What the doubles have noticed is no failure here. */
static void ask_doubles(struct vtd_handover *handover)
{
	struct vtd_test_unit *unit = unit_of(handover);
	struct vtd_oracle_figures figures;

	if (run.noticed && !run.omission.nth)
		vtd_log_print(&unit->log);
	vtd_oracle_get_figures(unit, &figures);
	if (figures.violations) {
		vtd_oracle_expect_violation(unit);
		notice("the oracle");
	}
	if (unit->memory.unflushed.count)
		notice("memory that was never flushed");
	if (unit->memory.strays.count)
		notice(stale_translation);
	if (unit->misuses.count)
		notice("the unit");
	vtd_memory_expect_unflushed(&unit->memory, VTD_ANY_NUMBER);
	vtd_memory_expect_stray(&unit->memory, VTD_ANY_NUMBER);
	vtd_test_unit_expect_misuses(unit, VTD_ANY_NUMBER);
}

static void end_run(void *data)
{
	vtd_backend_invalidated = NULL;
	vtd_test_units_omit(NULL);
	ask_doubles(data);
}

static void live_update(struct kunit *test)
{
	static const u16 requesters[] = { KEPT, RELEASED, LEFT_OUT };
	struct vtd_backend_config config = vtd_backend_config_of_kind(run.kind);
	struct vtd_handover *handover;
	u16 ids[ARRAY_SIZE(requesters)];

	handover = vtd_handover_create(test, run.kind->ops, 1, &config);
	run.handover = handover;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end_run, handover));
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
	for (unsigned int i = 0; i < ARRAY_SIZE(requesters); i++)
		ids[i] = vtd_backend_domain_id(vtd_handover_add(handover, 0,
								requesters[i])->dev);
	handover->devices[2].left = true;
	use_interrupt(handover);
	leave_first_kernel(handover);
	vtd_backend_invalidated = make_requests;
	enter_next_kernel(handover, ids);
}

static void run_without(struct kunit *test, unsigned int nth)
{
	run.omission = (struct vtd_omission){ .nth = nth };
	run.noticed = NULL;
	if (!vtd_inner_test_passes(test, live_update))
		notice("a step that fails");
	vtd_test_units_omit(NULL);
}

static enum phase phase_of(const unsigned int *end, unsigned int nth)
{
	enum phase phase = 0;

	while (phase < NR_PHASES - 1 && nth > end[phase])
		phase++;
	return phase;
}

static const char *type_name(enum vtd_event_type type)
{
	switch (type) {
	case VTD_EVENT_FLUSH:
		return "flush";
	case VTD_EVENT_BARRIER:
		return "barrier";
	case VTD_EVENT_WRITE_BUFFER_FLUSH:
		return "write buffers";
	case VTD_EVENT_CONTEXT_INVALIDATION:
		return "context cache";
	case VTD_EVENT_PASID_INVALIDATION:
		return "PASID cache";
	case VTD_EVENT_IOTLB_INVALIDATION:
		return "IOTLB";
	case VTD_EVENT_INTERRUPT_INVALIDATION:
		return "interrupt cache";
	default:
		return "other";
	}
}

static const char *reason_of(enum phase phase)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(harmless); i++) {
		if ((!harmless[i].kind || strstr(run.kind->name, harmless[i].kind)) &&
		    harmless[i].phase == phase &&
		    harmless[i].type == run.omission.type &&
		    (!harmless[i].size || harmless[i].size == run.omission.size))
			return harmless[i].reason;
	}
	return NULL;
}

static void print(struct kunit *test, enum phase phase, unsigned int n, const char *what,
		  const char *who)
{
	char size[24] = "";

	if (run.omission.type == VTD_EVENT_FLUSH)
		snprintf(size, sizeof(size), " of %zu", run.omission.size);
	kunit_info(test, "omission: %s | %s | %s%s | %u | %s%s\n", run.kind->name,
		   phase_names[phase], type_name(run.omission.type), size, n, what, who);
}

static void judge(struct kunit *test, const unsigned int *end, unsigned int nth)
{
	enum phase phase = phase_of(end, nth);
	unsigned int n = nth - (phase ? end[phase - 1] : 0);
	const char *reason = reason_of(phase);

	if (run.noticed)
		print(test, phase, n, "", run.noticed);
	else
		print(test, phase, n, "harmless: ", reason ?: "nobody knows why");
	KUNIT_EXPECT_TRUE(test, run.noticed || reason);
}

static void each_omission_is_noticed(struct kunit *test)
{
	unsigned int end[NR_PHASES];

	if (!IS_ENABLED(CONFIG_UML))
		kunit_skip(test, "it takes minutes in an emulated machine");
	run.kind = test->param_value;
	run_without(test, 0);
	KUNIT_ASSERT_STREQ(test, "", run.noticed ?: "");
	memcpy(end, run.end, sizeof(end));
	KUNIT_ASSERT_GT(test, end[REMOVE], 5);
	for (unsigned int nth = 1; nth <= end[REMOVE]; nth++) {
		run_without(test, nth);
		judge(test, end, nth);
	}
}

/* Those in which something else has to be flushed or invalidated */
static const void *gen_kinds(struct kunit *test, const void *prev, char *desc)
{
	const struct vtd_backend_kind *kind = prev;

	do {
		kind = vtd_backend_gen_kinds(test, kind, desc);
	} while (kind && (kind->latency || strstr(kind->name, "levels")));
	return kind;
}

static struct kunit_case vtd_omissions_cases[] = {
	KUNIT_CASE_PARAM_ATTR(each_omission_is_noticed, gen_kinds,
			      {.speed = KUNIT_SPEED_SLOW}),
	{}
};

static struct kunit_suite vtd_omissions_suite = {
	.name = "vtd_backend_omissions",
	.test_cases = vtd_omissions_cases,
};

kunit_test_suite(vtd_omissions_suite);

MODULE_DESCRIPTION("KUnit tests of what the VT-d backend must not forget");
MODULE_LICENSE("GPL");
