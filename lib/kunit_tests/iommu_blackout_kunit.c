// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: what a live update takes
 *
 * The clock is the suite's: it stands still, and what is accounted is exact, or it goes
 * on by a millisecond whenever somebody looks, and what is accounted shows that somebody
 * has. What the kernels say of it is read from the log.
 */

#include <linux/kmsg_dump.h>
#include <linux/pci-liveupdate.h>

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/adopt.h"
#include "../../drivers/iommu/liveupdate/blackout.h"
#include "../../drivers/iommu/liveupdate/deserialize.h"
#include "../../drivers/iommu/liveupdate/flb.h"
#include "../../drivers/iommu/liveupdate/hooks.h"
#include "../../drivers/iommu/liveupdate/kept.h"
#include "iommu_conformance.h"
#include "iommu_core.h"
#include "iommu_core_expect.h"
#include "vtd_backend_kinds.h"

static u64 now_ns;

static u64 standing_clock(void)
{
	return now_ns;
}

static u64 ticking_clock(void)
{
	now_ns += NSEC_PER_MSEC;
	return now_ns;
}

static bool kexec_is_under_way(void)
{
	return true;
}

static bool no_kexec_is_under_way(void)
{
	return false;
}

static void forget_all(void *unused)
{
	iommu_blackout_forget(&iommu_blackout_freeze);
	iommu_blackout_forget(&iommu_blackout_shutdown);
	iommu_blackout_forget(&iommu_blackout_take_over);
}

static void pass(u64 us)
{
	now_ns += us * NSEC_PER_USEC;
}

/* Somebody is at work for a while. */
static void work(struct iommu_blackout *part, u64 us)
{
	guard(iommu_blackout)(part);
	pass(us);
}

static void expect_us(struct kunit *test, const struct iommu_blackout *part, u64 us)
{
	KUNIT_EXPECT_EQ(test, us * NSEC_PER_USEC, part->ns);
	KUNIT_EXPECT_EQ(test, 0, part->users);
}

/* Accounting */

static void scopes_in_succession_add_up(struct kunit *test)
{
	work(&iommu_blackout_freeze, 3);
	pass(100);
	work(&iommu_blackout_freeze, 4);
	expect_us(test, &iommu_blackout_freeze, 7);
}

static void nested_scopes_count_once(struct kunit *test)
{
	scoped_guard(iommu_blackout, &iommu_blackout_take_over) {
		pass(10);
		work(&iommu_blackout_take_over, 5);
		work(&iommu_blackout_take_over, 5);
		pass(1);
	}
	expect_us(test, &iommu_blackout_take_over, 21);
}

/* On two CPUs, of which the first is through first */
static void overlapping_scopes_count_once(struct kunit *test)
{
	iommu_blackout_enter(&iommu_blackout_take_over);
	pass(2);
	iommu_blackout_enter(&iommu_blackout_take_over);
	pass(3);
	iommu_blackout_leave(&iommu_blackout_take_over);
	pass(4);
	iommu_blackout_leave(&iommu_blackout_take_over);
	expect_us(test, &iommu_blackout_take_over, 9);
}

static void parts_are_apart(struct kunit *test)
{
	scoped_guard(iommu_blackout, &iommu_blackout_freeze) {
		pass(1);
		work(&iommu_blackout_shutdown, 20);
	}
	expect_us(test, &iommu_blackout_freeze, 21);
	expect_us(test, &iommu_blackout_shutdown, 20);
	expect_us(test, &iommu_blackout_take_over, 0);
}

/* A task that has moved to a CPU whose clock is behind */
static void clock_that_goes_back_counts_nothing(struct kunit *test)
{
	now_ns = NSEC_PER_SEC;
	work(&iommu_blackout_freeze, 5);
	scoped_guard(iommu_blackout, &iommu_blackout_freeze)
		now_ns -= 1000;
	expect_us(test, &iommu_blackout_freeze, 5);
}

static void cancelled_freeze_is_forgotten(struct kunit *test)
{
	work(&iommu_blackout_freeze, 5);
	iommu_liveupdate_unfreeze();
	work(&iommu_blackout_freeze, 2);
	expect_us(test, &iommu_blackout_freeze, 2);
}

/* What is said */

static void go_to_end(struct kmsg_dump_iter *log)
{
	char line[16];

	kmsg_dump_rewind(log);
	while (kmsg_dump_get_line(log, false, line, sizeof(line), NULL))
		;
}

/* How many lines of live update the log has, of which the last is @wanted */
static unsigned int count_lines(struct kunit *test, struct kmsg_dump_iter *log,
				const char *wanted)
{
	unsigned int count = 0;
	char line[160];
	size_t length;

	while (kmsg_dump_get_line(log, false, line, sizeof(line) - 1, &length)) {
		line[length] = '\0';
		if (!strstr(line, "iommu: liveupdate: "))
			continue;
		KUNIT_EXPECT_NOT_NULL_MSG(test, strstr(line, wanted), "%s", line);
		count++;
	}
	return count;
}

static void take_back(void *unused)
{
	iommu_liveupdate_set_written(false);
}

static void write_records(struct kunit *test)
{
	iommu_liveupdate_set_written(true);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, take_back, NULL));
}

static void old_kernel_tells_once(struct kunit *test)
{
	struct kmsg_dump_iter log;

	write_records(test);
	kunit_activate_static_stub(test, iommu_is_kexec, kexec_is_under_way);
	work(&iommu_blackout_freeze, 12);
	for (int n = 0; n < 3; n++)
		work(&iommu_blackout_shutdown, 100);
	work(&iommu_blackout_take_over, 1000);
	go_to_end(&log);
	iommu_blackout_log_shutdown();
	KUNIT_EXPECT_EQ(test, 1,
			count_lines(test, &log, "freeze took 12 us, shutdown 300 us"));
}

static void other_ends_tell_nothing(struct kunit *test)
{
	struct kmsg_dump_iter log;

	work(&iommu_blackout_shutdown, 100);
	go_to_end(&log);
	/* A kexec without anything preserved */
	kunit_activate_static_stub(test, iommu_is_kexec, kexec_is_under_way);
	iommu_blackout_log_shutdown();
	/* A reboot */
	kunit_activate_static_stub(test, iommu_is_kexec, no_kexec_is_under_way);
	write_records(test);
	iommu_blackout_log_shutdown();
	KUNIT_EXPECT_EQ(test, 0, count_lines(test, &log, "nothing"));
}

static void forget_incoming(void *unused)
{
	iommu_liveupdate_set_incoming(NULL);
}

static void new_kernel_tells_once(struct kunit *test)
{
	static struct iommu_liveupdate_unit units[] = {
		{ .adopted = true }, {}, { .adopted = true },
	};
	static struct iommu_liveupdate_device devices[] = {
		{ .state = IOMMU_DEVICE_RESTORED }, { .state = IOMMU_DEVICE_EXPECTED },
		{ .state = IOMMU_DEVICE_HELD }, { .state = IOMMU_DEVICE_RESTORED },
		{ .state = IOMMU_DEVICE_RESTORED },
	};
	static struct iommu_incoming in = {
		.units = units, .devices = devices,
		.count = {
			[IOMMU_UNITS] = ARRAY_SIZE(units),
			[IOMMU_DEVICES] = ARRAY_SIZE(devices),
		},
	};
	struct kmsg_dump_iter log;

	iommu_liveupdate_set_incoming(&in);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, forget_incoming, NULL));
	work(&iommu_blackout_take_over, 1234);
	go_to_end(&log);
	iommu_blackout_log_take_over();
	KUNIT_EXPECT_EQ(test, 1,
			count_lines(test, &log,
				    "took over 2 units and 3 devices in 1234 us"));
}

static void boot_with_nothing_handed_over_tells_nothing(struct kunit *test)
{
	struct kmsg_dump_iter log;

	work(&iommu_blackout_take_over, 1234);
	go_to_end(&log);
	iommu_blackout_log_take_over();
	KUNIT_EXPECT_EQ(test, 0, count_lines(test, &log, "nothing"));
}

/* What is accounted */

static void freeze_is_accounted(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);

	iommu_core_add_device(core, 0, FIRST);
	iommu_core_preserve_all(core);
	kunit_activate_static_stub(test, iommu_blackout_clock, ticking_clock);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_freeze(core));
	expect_us(test, &iommu_blackout_freeze, USEC_PER_MSEC);
	expect_us(test, &iommu_blackout_shutdown, 0);
}

static void shutdown_of_pci_is_accounted(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);

	kunit_activate_static_stub(test, iommu_blackout_clock, ticking_clock);
	pci_liveupdate_keeps_master(to_pci_dev(device->dev));
	expect_us(test, &iommu_blackout_shutdown, USEC_PER_MSEC);
}

static void shutdown_of_a_unit_is_accounted(struct kunit *test)
{
	struct vtd_handover *handover = vtd_backend_handover_of(test, 1);

	kunit_activate_static_stub(test, iommu_blackout_clock, ticking_clock);
	vtd_backend_shutdown(handover->machine->units[0], true);
	expect_us(test, &iommu_blackout_shutdown, USEC_PER_MSEC);
	expect_us(test, &iommu_blackout_take_over, 0);
}

static u64 reading_ns;

static void note_reading(struct iommu_core *core)
{
	reading_ns = iommu_blackout_take_over.ns;
}

/* The records, the unit, and a device, which is looked up and attached */
static void taking_over_is_accounted(struct kunit *test)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device = iommu_core_add_device(core, 0, FIRST);
	u64 ns;

	core->hold_probes = true;
	core->before_init = note_reading;
	kunit_activate_static_stub(test, iommu_blackout_clock, ticking_clock);
	iommu_core_live_update(core);
	KUNIT_EXPECT_GE(test, reading_ns, NSEC_PER_MSEC);
	ns = iommu_blackout_take_over.ns;
	KUNIT_EXPECT_GE(test, ns, reading_ns + NSEC_PER_MSEC);
	KUNIT_EXPECT_EQ(test, 0, iommu_core_probe(device));
	KUNIT_EXPECT_GE(test, iommu_blackout_take_over.ns, ns + 2 * NSEC_PER_MSEC);
	/* What the previous kernel has taken is not this one's. */
	expect_us(test, &iommu_blackout_freeze, 0);
	expect_us(test, &iommu_blackout_shutdown, 0);
	iommu_core_finish(core);
}

static struct kunit_case iommu_blackout_cases[] = {
	KUNIT_CASE(scopes_in_succession_add_up),
	KUNIT_CASE(nested_scopes_count_once),
	KUNIT_CASE(overlapping_scopes_count_once),
	KUNIT_CASE(parts_are_apart),
	KUNIT_CASE(clock_that_goes_back_counts_nothing),
	KUNIT_CASE(cancelled_freeze_is_forgotten),
	KUNIT_CASE(old_kernel_tells_once),
	KUNIT_CASE(other_ends_tell_nothing),
	KUNIT_CASE(new_kernel_tells_once),
	KUNIT_CASE(boot_with_nothing_handed_over_tells_nothing),
	KUNIT_CASE_PARAM(freeze_is_accounted, conformance_gen_machines),
	KUNIT_CASE_PARAM(shutdown_of_pci_is_accounted, conformance_gen_machines),
	KUNIT_CASE_PARAM(shutdown_of_a_unit_is_accounted, vtd_backend_gen_basic),
	KUNIT_CASE_PARAM(taking_over_is_accounted, conformance_gen_machines),
	{}
};

static int iommu_blackout_init(struct kunit *test)
{
	forget_all(NULL);
	now_ns = 0;
	kunit_activate_static_stub(test, iommu_blackout_clock, standing_clock);
	return kunit_add_action_or_reset(test, forget_all, NULL);
}

static struct kunit_suite iommu_blackout_suite = {
	.name = "iommu_blackout",
	.init = iommu_blackout_init,
	.test_cases = iommu_blackout_cases,
};

kunit_test_suite(iommu_blackout_suite);

MODULE_DESCRIPTION("KUnit suite: what a live update takes");
MODULE_LICENSE("GPL");
