// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: the VT-d backend
 *
 * Devices do DMA through units in software while one kernel hands them over to the
 * next one; the oracle watches each of them at every moment at which hardware could
 * look. What a unit can do, and how it is used, is the parameter of most cases.
 */

#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/iommu.h>
#include <linux/pci.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/adopt.h"
#include "fake_kho.h"
#include "liveupdate_snapshot.h"
#include "nth_failure.h"
#include "vtd_backend_kinds.h"
#include "vtd_oracle.h"

/* Requesters: on two buses, and in both halves of a bus */
#define FIRST		0x0108
#define UPPER_HALF	0x01f8
#define OTHER_BUS	0x0200

/* More than a page of records has room for */
#define MANY		64

#define PRESENT		BIT_ULL(0)

/* Of a context entry in scalable mode */
#define DEVICE_TLBS	BIT_ULL(2)
#define PASIDS		BIT_ULL(3)
#define PAGE_REQUESTS	BIT_ULL(4)

#define EVENT_MASKED	BIT(31)

/* Where a device writes to interrupt, with the index of the entry */
#define INTERRUPT_ADDRESS(index)	(0xfee00000ULL | (index) << 5 | BIT(4))
#define INTERRUPT			0x21
#define VECTOR				0x55

static struct vtd_handover *start(struct kunit *test)
{
	struct vtd_handover *handover = vtd_backend_handover_of(test, 1);

	vtd_handover_add(handover, 0, FIRST);
	return handover;
}

static struct vtd_test_unit *unit_of(struct vtd_handover *handover)
{
	return handover->machine->hardware[0];
}

static struct vtd_backend_unit *driver_of(struct vtd_handover *handover)
{
	return handover->machine->units[0];
}

static u32 status_of(struct vtd_handover *handover)
{
	return vtd_test_unit_readl(unit_of(handover), VTD_GSTS);
}

/* The whole course */

static void devices_reach_their_pages_all_the_time(struct kunit *test)
{
	struct vtd_handover *handover = vtd_backend_handover_of(test, 2);
	struct vtd_oracle_figures figures;

	for (unsigned int n = 0; n < 2; n++) {
		vtd_handover_add(handover, n, FIRST);
		vtd_handover_add(handover, n, UPPER_HALF);
		vtd_handover_add(handover, n, OTHER_BUS);
	}
	vtd_handover_all(handover);
	vtd_handover_detach(handover, &handover->devices[0]);
	vtd_handover_detach(handover, &handover->devices[4]);
	for (unsigned int n = 0; n < 2; n++) {
		vtd_oracle_get_figures(handover->machine->hardware[n], &figures);
		KUNIT_EXPECT_GT(test, figures.points, 20);
		KUNIT_EXPECT_EQ(test, 0, figures.sampled);
		KUNIT_EXPECT_EQ(test, 0, figures.violations);
	}
}

/* A walk meets so few changed words that all of their combinations are tried. */
static void one_or_two_devices_see_each_order_of_stores(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	struct vtd_oracle_figures figures;

	vtd_handover_add(handover, 0, FIRST + 1);
	vtd_handover_all(handover);
	vtd_handover_detach(handover, &handover->devices[1]);
	vtd_oracle_get_figures(unit_of(handover), &figures);
	KUNIT_EXPECT_EQ(test, 0, figures.sampled);
	KUNIT_EXPECT_LE(test, figures.most_words, VTD_ORACLE_WORDS);
	KUNIT_EXPECT_EQ(test, 0, figures.violations);
}

static void many_devices_reach_their_pages_all_the_time(struct kunit *test)
{
	struct vtd_handover *handover = vtd_backend_handover_of(test, 1);
	struct vtd_oracle_figures figures;

	for (unsigned int i = 0; i < MANY; i++)
		vtd_handover_add(handover, 0, PCI_DEVID(i % 4, i * 4));
	vtd_handover_all(handover);
	vtd_oracle_get_figures(unit_of(handover), &figures);
	KUNIT_EXPECT_EQ(test, 0, figures.violations);
}

static void devices_survive_two_updates(struct kunit *test)
{
	struct vtd_handover *handover = start(test);

	vtd_handover_add(handover, 0, OTHER_BUS);
	vtd_handover_all(handover);
	KUNIT_ASSERT_EQ(test, 0, iommu_outgoing_init(&handover->out));
	vtd_handover_all(handover);
}

static void cancelled_update_leaves_nothing(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	struct liveupdate_snapshot before, after;

	vtd_handover_add(handover, 0, UPPER_HALF);
	vtd_handover_add(handover, 0, OTHER_BUS);
	liveupdate_snapshot_take(&before);
	vtd_handover_preserve(handover);
	vtd_handover_cancel(handover);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	/* And it can be done. */
	vtd_handover_all(handover);
}

static int preserve_all(struct kunit *test, void *context)
{
	struct vtd_handover *handover = context;
	int ret = vtd_handover_try_preserve_unit(handover, 0);

	for (unsigned int i = 0; !ret && i < handover->nr_devices; i++)
		ret = vtd_handover_try_preserve(handover, &handover->devices[i]);
	if (ret)
		vtd_handover_cancel(handover);
	return ret;
}

static void cancel_all(struct kunit *test, void *context)
{
	vtd_handover_cancel(context);
}

static void each_failure_to_preserve_changes_nothing(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	const struct nth_failure_sweep sweep = {
		.name = "preserve a unit and its devices",
		.run = preserve_all,
		.undo = cancel_all,
		.context = handover,
		.minimum = 10,
	};

	vtd_handover_add(handover, 0, UPPER_HALF);
	vtd_handover_add(handover, 0, OTHER_BUS);
	nth_failure_sweep(test, &sweep);
	vtd_handover_all(handover);
}

/* The shadow root */

static unsigned int count_present(struct vtd_test_unit *unit)
{
	unsigned int present = 0;
	u64 *context;

	for (u32 rid = 0; rid <= U16_MAX; rid++) {
		context = vtd_backend_hardware_context(unit, rid);
		present += context && context[0] & PRESENT;
	}
	return present;
}

static void shadow_root_has_only_what_is_preserved(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	struct vtd_handover_device *sibling;

	vtd_handover_add(handover, 0, OTHER_BUS);
	sibling = vtd_handover_add(handover, 0, FIRST + 8);
	sibling->left = true;
	KUNIT_EXPECT_EQ(test, 3, count_present(unit_of(handover)));
	vtd_handover_preserve(handover);
	vtd_handover_switch(handover);
	KUNIT_EXPECT_EQ(test, 2, count_present(unit_of(handover)));
	KUNIT_EXPECT_EQ(test, IOMMU_MACHINE_BLOCKED,
			vtd_handover_reaches(handover, sibling));
}

/* Finding 102. */
static void shadow_entries_let_no_page_requests_through(struct kunit *test)
{
	const struct vtd_backend_kind *kind = test->param_value;
	struct vtd_backend_config config = vtd_backend_config_of_kind(kind);
	struct vtd_handover *handover;
	u64 *context;

	config.options.page_requests = true;
	config.settings.ecap |= VTD_ECAP_PRS;
	handover = vtd_handover_create(test, kind->ops, 1, &config);
	/* The model has no register for the event of page requests to be masked in. */
	vtd_test_unit_expect_misuses(unit_of(handover), 2);
	vtd_handover_add(handover, 0, FIRST);
	context = vtd_backend_hardware_context(unit_of(handover), FIRST);
	KUNIT_EXPECT_EQ(test, PAGE_REQUESTS, context[0] & PAGE_REQUESTS);
	vtd_handover_preserve(handover);
	vtd_handover_switch(handover);
	context = vtd_backend_hardware_context(unit_of(handover), FIRST);
	KUNIT_EXPECT_EQ(test, 0, context[0] & PAGE_REQUESTS);
	/* Finding 103. */
	KUNIT_EXPECT_EQ(test, 0, context[0] & DEVICE_TLBS);
	/* Finding 105. */
	KUNIT_EXPECT_EQ(test, 0, context[0] & PASIDS);
}

/* Finding 101. */
static void both_halves_of_a_bus_are_handed_over(struct kunit *test)
{
	struct vtd_handover *handover = vtd_backend_handover_of(test, 1);

	vtd_handover_add(handover, 0, 0x057f);
	vtd_handover_add(handover, 0, 0x0580);
	vtd_handover_all(handover);
}

/* Finding 100, Finding 164 */
static void buses_are_handed_over_in_any_order(struct kunit *test)
{
	struct vtd_handover *handover = vtd_backend_handover_of(test, 1);

	vtd_handover_add(handover, 0, 0x0200);
	vtd_handover_add(handover, 0, 0x0100);
	vtd_handover_add(handover, 0, 0xff08);
	vtd_handover_add(handover, 0, 0x0008);
	vtd_handover_all(handover);
}

static void changed_entry_is_left_out(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	struct vtd_handover_device *changed = vtd_handover_add(handover, 0, OTHER_BUS);

	vtd_handover_preserve(handover);
	vtd_handover_watch(handover, changed, false);
	handover->ops->detach(&handover->machine->machine, changed->dev);
	vtd_handover_switch(handover);
	KUNIT_EXPECT_EQ(test, IOMMU_MACHINE_BLOCKED, vtd_handover_reaches(handover, changed));
	KUNIT_EXPECT_EQ(test, handover->devices[0].page,
			vtd_handover_reaches(handover, &handover->devices[0]));
	KUNIT_EXPECT_EQ(test, 1, count_present(unit_of(handover)));
}

/* The switch */

/* Finding 104. */
static void caches_are_invalidated_after_the_switch(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	struct vtd_test_unit *unit = unit_of(handover);

	vtd_handover_preserve(handover);
	vtd_log_clear(unit);
	vtd_handover_switch(handover);
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_ROOT_TABLE),
			      VTD_PATTERN(VTD_EVENT_CONTEXT_INVALIDATION,
					  .granularity = VTD_GRANULARITY_GLOBAL));
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_CONTEXT_INVALIDATION),
			      VTD_PATTERN(VTD_EVENT_IOTLB_INVALIDATION,
					  .granularity = VTD_GRANULARITY_GLOBAL));
	if (!vtd_backend_is_scalable(unit)) {
		vtd_log_expect_not(unit, VTD_EVENT_PASID_INVALIDATION);
		return;
	}
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_CONTEXT_INVALIDATION),
			      VTD_PATTERN(VTD_EVENT_PASID_INVALIDATION));
	vtd_log_expect_before(unit, VTD_PATTERN(VTD_EVENT_PASID_INVALIDATION),
			      VTD_PATTERN(VTD_EVENT_IOTLB_INVALIDATION));
}

static void switched_unit_asks_for_nothing(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	struct vtd_test_unit *unit = unit_of(handover);
	bool queue = unit->unit.settings.ecap & VTD_ECAP_QI;

	vtd_test_unit_writel(unit, VTD_FECTL, 0);
	if (queue)
		vtd_test_unit_writel(unit, VTD_IECTL, 0);
	vtd_handover_preserve(handover);
	vtd_handover_switch(handover);
	KUNIT_EXPECT_EQ(test, VTD_GCMD_TE, status_of(handover) & VTD_GCMD_TE);
	KUNIT_EXPECT_EQ(test, 0, status_of(handover) & VTD_GCMD_QIE);
	KUNIT_EXPECT_EQ(test, EVENT_MASKED,
			vtd_test_unit_readl(unit, VTD_FECTL) & EVENT_MASKED);
	if (queue)
		KUNIT_EXPECT_EQ(test, EVENT_MASKED,
				vtd_test_unit_readl(unit, VTD_IECTL) & EVENT_MASKED);
	KUNIT_EXPECT_NE(test, vtd_backend_root(driver_of(handover)),
			unit->unit.root_table & GENMASK_ULL(63, 12));
}

static void set_interrupt(struct vtd_handover *handover)
{
	u64 *entry = vtd_backend_interrupt(driver_of(handover), INTERRUPT);

	vtd_backend_store(&entry[1], 0);
	vtd_backend_store(&entry[0], PRESENT | (u64)VECTOR << 16);
	if (unit_of(handover)->unit.settings.cap & VTD_CAP_RWBF)
		vtd_test_unit_writel(unit_of(handover), VTD_GCMD,
				     (status_of(handover) & (VTD_GCMD_TE | VTD_GCMD_QIE |
							     VTD_GCMD_IRE)) |
				     VTD_GCMD_WBF);
	/* Commands of some units take their time. */
	for (int i = 0; i < U8_MAX; i++)
		status_of(handover);
}

static void expect_interrupt(struct vtd_handover *handover, bool blocked)
{
	struct vtd_interrupt result;

	vtd_test_unit_interrupt(unit_of(handover), FIRST, INTERRUPT_ADDRESS(INTERRUPT), 0,
				&result);
	KUNIT_EXPECT_EQ(handover->test, blocked, result.blocked);
	if (!blocked)
		KUNIT_EXPECT_EQ(handover->test, VECTOR, result.vector);
}

static void devices_interrupt_nobody_after_the_switch(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	struct vtd_test_unit *unit = unit_of(handover);

	if (!(unit->unit.settings.ecap & VTD_ECAP_IR))
		kunit_skip(test, "the unit has no interrupt remapping");
	set_interrupt(handover);
	expect_interrupt(handover, false);
	vtd_handover_preserve(handover);
	vtd_log_clear(unit);
	vtd_handover_switch(handover);
	expect_interrupt(handover, true);
	vtd_log_expect(unit, VTD_EVENT_INTERRUPT_INVALIDATION, .granularity = 0);
	vtd_handover_kexec(handover);
	expect_interrupt(handover, true);
	vtd_handover_boot(handover);
	expect_interrupt(handover, true);
	/* Remapping stays enabled: else an interrupt would pass as it is. */
	KUNIT_EXPECT_EQ(test, VTD_GCMD_IRE, status_of(handover) & VTD_GCMD_IRE);
	vtd_log_expect_not(unit, VTD_EVENT_STATUS, .value = 0);
	vtd_handover_attach(handover);
	vtd_handover_finish(handover);
}

static void expect_masters(struct vtd_handover *handover, bool masters)
{
	for (unsigned int i = 0; i < handover->nr_devices; i++)
		KUNIT_EXPECT_EQ(handover->test, masters,
				handover->ops->may_do_dma(&handover->machine->machine,
							  handover->devices[i].unit,
							  handover->devices[i].rid));
}

static void stuck_unit_costs_its_devices_their_dma(struct kunit *test)
{
	struct vtd_handover *handover = start(test);

	vtd_handover_add(handover, 0, OTHER_BUS);
	vtd_handover_preserve(handover);
	iommu_outgoing_write(&handover->out);
	vtd_handover_watch(handover, &handover->devices[0], false);
	vtd_handover_watch(handover, &handover->devices[1], false);
	expect_masters(handover, true);
	/* The driver goes on with a command that is still pending. */
	vtd_test_unit_expect_misuses(unit_of(handover), VTD_ANY_NUMBER);
	unit_of(handover)->stuck = true;
	KUNIT_EXPECT_EQ(test, -ETIMEDOUT,
			handover->backend->switch_over(handover->units[0]));
	KUNIT_EXPECT_FALSE(test, vtd_backend_shutdown(driver_of(handover), true));
	expect_masters(handover, false);
	unit_of(handover)->stuck = false;
	status_of(handover);
}

static void shutdown_switches_over_if_kept(struct kunit *test)
{
	struct vtd_handover *handover = start(test);

	vtd_handover_preserve(handover);
	iommu_outgoing_write(&handover->out);
	KUNIT_EXPECT_TRUE(test, vtd_backend_shutdown(driver_of(handover), true));
	expect_masters(handover, true);
	KUNIT_EXPECT_EQ(test, handover->devices[0].page,
			vtd_handover_reaches(handover, &handover->devices[0]));
}

static void shutdown_disables_what_is_not_kept(struct kunit *test)
{
	struct vtd_handover *handover = start(test);

	vtd_handover_preserve(handover);
	vtd_handover_watch(handover, &handover->devices[0], false);
	pci_clear_master(to_pci_dev(handover->devices[0].dev));
	KUNIT_EXPECT_FALSE(test, vtd_backend_shutdown(driver_of(handover), false));
	KUNIT_EXPECT_EQ(test, 0, status_of(handover) & VTD_GCMD_TE);
}

/* Refusals */

/* Finding 106. */
static void device_with_a_pasid_is_refused(struct kunit *test)
{
	static const u32 pasids[] = { 1, 63, 64, 4096, 0xfffff };
	const struct vtd_backend_kind *kind = test->param_value;
	struct vtd_backend_config config = vtd_backend_config_of_kind(kind);
	struct vtd_handover_device *device;
	struct vtd_handover *handover;

	config.options.max_pasid = 0x100000;
	handover = vtd_handover_create(test, kind->ops, 1, &config);
	device = vtd_handover_add(handover, 0, FIRST);
	KUNIT_ASSERT_EQ(test, 0, vtd_handover_try_preserve_unit(handover, 0));
	for (unsigned int i = 0; i < ARRAY_SIZE(pasids); i++) {
		KUNIT_ASSERT_EQ(test, 0, vtd_backend_set_pasid(device->dev, pasids[i], true));
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
				vtd_handover_try_preserve(handover, device));
		KUNIT_ASSERT_EQ(test, 0, vtd_backend_set_pasid(device->dev, pasids[i], false));
	}
	KUNIT_EXPECT_EQ(test, 0, vtd_handover_try_preserve(handover, device));
}

/* A reason with its name, for cases that have it as their parameter */
static const void *next_refusal(const struct vtd_backend_refusal *first,
				const struct vtd_backend_refusal *previous, char *desc)
{
	const struct vtd_backend_refusal *next = previous ? previous + 1 : first;

	if (!next->name)
		return NULL;
	strscpy(desc, next->name, KUNIT_PARAM_DESC_SIZE);
	return next;
}

static const void *gen_device_refusals(struct kunit *test, const void *previous, char *desc)
{
	return next_refusal(vtd_backend_device_refusals, previous, desc);
}

static const void *gen_unit_refusals(struct kunit *test, const void *previous, char *desc)
{
	return next_refusal(vtd_backend_unit_refusals, previous, desc);
}

static struct vtd_handover *start_scalable(struct kunit *test)
{
	const struct iommu_machine_ops *ops = &vtd_second_stage_machine_ops;
	struct vtd_backend_config config = vtd_backend_config_of(ops);
	struct vtd_handover *handover = vtd_handover_create(test, ops, 1, &config);

	vtd_handover_add(handover, 0, FIRST);
	return handover;
}

/* Finding 78, Finding 79, Finding 113, Finding 115 */
static void device_is_refused_by_each_reason(struct kunit *test)
{
	const struct vtd_backend_refusal *refusal = test->param_value;
	struct vtd_handover *handover = start_scalable(test);
	struct vtd_handover_device *device = &handover->devices[0];

	KUNIT_ASSERT_EQ(test, 0, vtd_handover_try_preserve_unit(handover, 0));
	handover->machine->refused_dev = device->dev;
	refusal->refuse(handover->machine);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, vtd_handover_try_preserve(handover, device));
	refusal->accept(handover->machine);
	KUNIT_EXPECT_EQ(test, 0, vtd_handover_try_preserve(handover, device));
}

static void unit_is_refused_by_each_reason(struct kunit *test)
{
	const struct vtd_backend_refusal *refusal = test->param_value;
	struct vtd_handover *handover = start_scalable(test);

	refusal->refuse(handover->machine);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, vtd_handover_try_preserve_unit(handover, 0));
	refusal->accept(handover->machine);
	KUNIT_EXPECT_EQ(test, 0, vtd_handover_try_preserve_unit(handover, 0));
}

static u64 *domain_id_word(struct vtd_handover *handover, u16 rid, unsigned int *shift)
{
	bool scalable = vtd_backend_is_scalable(unit_of(handover));

	*shift = scalable ? 0 : 8;
	return scalable ? &vtd_backend_hardware_pasid(unit_of(handover), rid)[1] :
			  &vtd_backend_hardware_context(unit_of(handover), rid)[1];
}

static void reserved_domain_ids_are_refused(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	unsigned int shift;
	u64 *word = domain_id_word(handover, FIRST, &shift);
	u64 good = *word;

	KUNIT_ASSERT_EQ(test, 0, vtd_handover_try_preserve_unit(handover, 0));
	for (u64 id = 0; id < 2; id++) {
		vtd_backend_store(word, (good & ~(0xffffULL << shift)) | id << shift);
		KUNIT_EXPECT_EQ(test, -EINVAL,
				vtd_handover_try_preserve(handover, &handover->devices[0]));
	}
	vtd_backend_store(word, good);
	KUNIT_EXPECT_EQ(test, 0, vtd_handover_try_preserve(handover, &handover->devices[0]));
}

static void greatest_domain_id_is_handed_over(struct kunit *test)
{
	struct vtd_handover *handover = vtd_backend_handover_of(test, 1);

	vtd_backend_set_next_id(driver_of(handover), U16_MAX);
	vtd_handover_add(handover, 0, FIRST);
	vtd_handover_all(handover);
	KUNIT_EXPECT_EQ(test, U16_MAX, vtd_backend_domain_id(handover->devices[0].dev));
}

/* The next kernel */

static void lose(struct vtd_handover *handover, struct vtd_handover_device *device)
{
	vtd_handover_watch(handover, device, false);
	device->preserved = false;
}

/* Finding 118. */
static void domain_id_that_this_kernel_lacks_is_lost(struct kunit *test)
{
	struct vtd_handover *handover = vtd_backend_handover_of(test, 1);
	struct vtd_handover_device *lost;

	vtd_handover_add(handover, 0, FIRST);
	vtd_backend_set_next_id(driver_of(handover), 100);
	lost = vtd_handover_add(handover, 0, OTHER_BUS);
	vtd_handover_preserve(handover);
	vtd_handover_switch(handover);
	handover->machine->config.options.max_domain_id = 64;
	vtd_handover_kexec(handover);
	lose(handover, lost);
	vtd_handover_boot(handover);
	KUNIT_EXPECT_EQ(test, IOMMU_MACHINE_BLOCKED, vtd_handover_reaches(handover, lost));
	KUNIT_EXPECT_EQ(test, -ENOENT, vtd_handover_try_attach(handover, lost));
	vtd_handover_attach(handover);
	vtd_handover_finish(handover);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
}

static void mode_is_that_of_the_hardware(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	bool scalable = vtd_backend_is_scalable(unit_of(handover));

	vtd_handover_preserve(handover);
	vtd_handover_switch(handover);
	handover->machine->config.options.scalable = !scalable;
	vtd_handover_kexec(handover);
	vtd_handover_boot(handover);
	KUNIT_EXPECT_EQ(test, scalable, vtd_backend_is_scalable(unit_of(handover)));
	vtd_handover_attach(handover);
	vtd_handover_finish(handover);
}

static void siblings_are_like_any_device(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	struct vtd_handover_device *sibling;

	vtd_handover_all(handover);
	sibling = vtd_handover_add(handover, 0, FIRST + 8);
	KUNIT_EXPECT_NE(test, vtd_backend_domain_id(handover->devices[0].dev),
			vtd_backend_domain_id(sibling->dev));
	vtd_handover_add(handover, 0, OTHER_BUS);
	vtd_handover_detach(handover, sibling);
	KUNIT_EXPECT_EQ(test, handover->devices[0].page,
			vtd_handover_reaches(handover, &handover->devices[0]));
}

static void domain_id_is_taken_before_the_device_is_found(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	u16 id = vtd_backend_domain_id(handover->devices[0].dev);

	vtd_handover_preserve(handover);
	vtd_handover_switch(handover);
	vtd_handover_kexec(handover);
	KUNIT_EXPECT_FALSE(test, vtd_backend_id_in_use(driver_of(handover), id));
	vtd_handover_boot(handover);
	KUNIT_EXPECT_TRUE(test, vtd_backend_id_in_use(driver_of(handover), id));
	vtd_handover_attach(handover);
	KUNIT_EXPECT_EQ(test, id, vtd_backend_domain_id(handover->devices[0].dev));
	vtd_handover_finish(handover);
	vtd_handover_detach(handover, &handover->devices[0]);
	KUNIT_EXPECT_FALSE(test, vtd_backend_id_in_use(driver_of(handover), id));
}

static void boot_adopted(struct vtd_handover *handover)
{
	vtd_handover_preserve(handover);
	vtd_handover_switch(handover);
	vtd_handover_kexec(handover);
	vtd_handover_boot(handover);
}

static void released_device_is_cut_off(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	struct vtd_handover_device *device = vtd_handover_add(handover, 0, OTHER_BUS);
	u16 id = vtd_backend_domain_id(device->dev);

	boot_adopted(handover);
	lose(handover, device);
	device->dev = iommu_machine_probe(&handover->machine->machine, 0, OTHER_BUS);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, device->dev);
	KUNIT_EXPECT_EQ(test, device->page, vtd_handover_reaches(handover, device));
	vtd_handover_detach(handover, device);
	KUNIT_EXPECT_EQ(test, IOMMU_MACHINE_BLOCKED, vtd_handover_reaches(handover, device));
	KUNIT_EXPECT_FALSE(test, vtd_backend_id_in_use(driver_of(handover), id));
	vtd_handover_attach(handover);
	vtd_handover_finish(handover);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
}

static void device_with_another_domain_is_cut_off_first(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	struct vtd_handover_device *device = &handover->devices[0];
	struct iommu_machine *machine = &handover->machine->machine;

	boot_adopted(handover);
	lose(handover, device);
	device->dev = iommu_machine_probe(machine, 0, FIRST);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, device->dev);
	device->domain = handover->ops->alloc_domain(machine, device->dev);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, device->domain);
	KUNIT_EXPECT_EQ(test, device->page, vtd_handover_reaches(handover, device));
	KUNIT_EXPECT_EQ(test, 0, handover->ops->attach(machine, device->dev, device->domain));
	KUNIT_EXPECT_EQ(test, IOMMU_MACHINE_BLOCKED, vtd_handover_reaches(handover, device));
	vtd_handover_finish(handover);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
}

static void device_is_attached_once(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	struct vtd_handover_device *device = &handover->devices[0];
	struct iommu_liveupdate_attachment *attachment;

	boot_adopted(handover);
	vtd_handover_attach(handover);
	attachment = &handover->in.attachments[0];
	KUNIT_EXPECT_EQ(test, -EBUSY,
			handover->backend->attach_device(device->dev, device->domain,
							 attachment));
	vtd_handover_finish(handover);
}

/* Orphans */

static void orphan_stops_dma_before_translation(struct kunit *test)
{
	struct vtd_handover *handover = start(test);
	struct iommu_machine *machine = &handover->machine->machine;

	vtd_handover_add(handover, 0, OTHER_BUS);
	vtd_handover_preserve(handover);
	vtd_handover_switch(handover);
	vtd_handover_kexec(handover);
	lose(handover, &handover->devices[0]);
	lose(handover, &handover->devices[1]);
	iommu_liveupdate_set_incoming(NULL);
	vtd_log_clear(unit_of(handover));
	/* The oracle says if translation goes off with a device that does DMA. */
	KUNIT_EXPECT_FALSE(test, handover->ops->init_unit(machine, 0));
	vtd_log_expect(unit_of(handover), VTD_EVENT_STATUS);
	expect_masters(handover, false);
	KUNIT_EXPECT_EQ(test, VTD_GCMD_TE, status_of(handover) & VTD_GCMD_TE);
	vtd_handover_finish(handover);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
}

static void unit_of_firmware_is_no_orphan(struct kunit *test)
{
	struct vtd_handover *handover = start(test);

	vtd_handover_detach(handover, &handover->devices[0]);
	/* Enabled by this kernel, it is nobody's business. */
	handover->backend->abandon_unit(handover->ops->unit(&handover->machine->machine, 0));
	expect_masters(handover, true);
}

static struct kunit_case vtd_backend_cases[] = {
	KUNIT_CASE_PARAM(devices_reach_their_pages_all_the_time, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(one_or_two_devices_see_each_order_of_stores, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM_ATTR(many_devices_reach_their_pages_all_the_time,
			      vtd_backend_gen_basic, {.speed = KUNIT_SPEED_SLOW}),
	KUNIT_CASE_PARAM(devices_survive_two_updates, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(cancelled_update_leaves_nothing, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(each_failure_to_preserve_changes_nothing, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(shadow_root_has_only_what_is_preserved, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(shadow_entries_let_no_page_requests_through,
			 vtd_backend_gen_scalable),
	KUNIT_CASE_PARAM(both_halves_of_a_bus_are_handed_over, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(buses_are_handed_over_in_any_order, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(changed_entry_is_left_out, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(caches_are_invalidated_after_the_switch, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(switched_unit_asks_for_nothing, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(devices_interrupt_nobody_after_the_switch, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM_ATTR(stuck_unit_costs_its_devices_their_dma, vtd_backend_gen_basic,
			      {.speed = KUNIT_SPEED_SLOW}),
	KUNIT_CASE_PARAM(shutdown_switches_over_if_kept, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(shutdown_disables_what_is_not_kept, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(device_with_a_pasid_is_refused, vtd_backend_gen_scalable),
	KUNIT_CASE_PARAM(device_is_refused_by_each_reason, gen_device_refusals),
	KUNIT_CASE_PARAM(unit_is_refused_by_each_reason, gen_unit_refusals),
	KUNIT_CASE_PARAM(reserved_domain_ids_are_refused, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(greatest_domain_id_is_handed_over, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(domain_id_that_this_kernel_lacks_is_lost, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(mode_is_that_of_the_hardware, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(siblings_are_like_any_device, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(domain_id_is_taken_before_the_device_is_found,
			 vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(released_device_is_cut_off, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(device_with_another_domain_is_cut_off_first,
			 vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(device_is_attached_once, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(orphan_stops_dma_before_translation, vtd_backend_gen_kinds),
	KUNIT_CASE_PARAM(unit_of_firmware_is_no_orphan, vtd_backend_gen_kinds),
	{}
};

static struct kunit_suite vtd_backend_suite = {
	.name = "vtd_backend",
	.test_cases = vtd_backend_cases,
};

kunit_test_suite(vtd_backend_suite);

MODULE_DESCRIPTION("KUnit tests of the VT-d backend");
MODULE_LICENSE("GPL");
