// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Benchmark: the VT-d backend
 *
 * Prints what a live update of a unit costs for 1, 64 and 4096 devices: register
 * writes and invalidations, pages that are preserved beside the page tables, and
 * time, for preserving, switching over and taking over. All devices share a domain,
 * so that its page table does not count.
 *
 * Nothing is judged here. Time includes that of the model, which does at once what
 * hardware does in parallel; figures of one run are compared with each other, in a
 * kernel without KASAN and lock debugging.
 */

#include <linux/ktime.h>
#include <linux/math64.h>

#include <kunit/test.h>

#include "iommu_conformance.h"
#include "liveupdate_snapshot.h"
#include "vtd_backend_machine.h"

/**
 * struct bench_config - What is measured
 * @ops: How the unit translates. It comes first, as in the parameters of the
 *	conformance suite.
 * @devices: Number of devices.
 */
struct bench_config {
	const struct iommu_machine_ops *ops;
	unsigned int devices;
};

static const struct bench_config bench_configs[] = {
	{ &vtd_legacy_machine_ops, 1 },
	{ &vtd_legacy_machine_ops, 64 },
	{ &vtd_legacy_machine_ops, 4096 },
	{ &vtd_second_stage_machine_ops, 1 },
	{ &vtd_second_stage_machine_ops, 64 },
	{ &vtd_second_stage_machine_ops, 4096 },
};

static void describe(const struct bench_config *config, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s, %u devices", config->ops->name,
		 config->devices);
}

KUNIT_ARRAY_PARAM(bench, bench_configs, describe);

/**
 * struct bench_step - What one step has cost
 * @begin: When it began, ns.
 * @time: How long it took, ns.
 * @writes: Register writes.
 * @invalidations: Invalidations of any kind.
 */
struct bench_step {
	u64 begin;
	u64 time;
	unsigned int writes;
	unsigned int invalidations;
};

static void begin(struct vtd_test_unit *unit, struct bench_step *step)
{
	vtd_log_clear(unit);
	step->begin = ktime_get_ns();
}

static void end(struct vtd_test_unit *unit, struct bench_step *step)
{
	step->time = ktime_get_ns() - step->begin;
	step->writes = vtd_log_count(unit, VTD_EVENT_WRITE);
	step->invalidations = vtd_log_count(unit, VTD_EVENT_CONTEXT_INVALIDATION) +
			      vtd_log_count(unit, VTD_EVENT_PASID_INVALIDATION) +
			      vtd_log_count(unit, VTD_EVENT_IOTLB_INVALIDATION) +
			      vtd_log_count(unit, VTD_EVENT_INTERRUPT_INVALIDATION);
}

static void print(struct kunit *test, const char *name, const struct bench_step *step)
{
	const struct bench_config *config = test->param_value;

	kunit_info(test,
		   "bench: vtd backend: %s, %4u devices: %-9s %3u register writes, %u invalidations, %9llu ns, %6llu ns a device\n",
		   config->ops->name, config->devices, name, step->writes,
		   step->invalidations, step->time,
		   div_u64(step->time, config->devices));
}

static void add_devices(struct conformance *c, unsigned int count)
{
	struct conformance_domain *domain = conformance_add_domain(c);

	for (unsigned int i = 0; i < count; i++)
		conformance_add_device(c, 0, i, domain);
}

static void bench_live_update(struct kunit *test)
{
	const struct bench_config *config = test->param_value;
	struct conformance *c = conformance_start(test, 1);
	struct vtd_test_unit *unit = to_vtd_machine(c->machine)->hardware[0];
	struct bench_step preserve, switch_over, adopt;
	struct liveupdate_snapshot before, after;

	add_devices(c, config->devices);
	liveupdate_snapshot_take(&before);
	begin(unit, &preserve);
	conformance_preserve_all(c);
	end(unit, &preserve);
	liveupdate_snapshot_take(&after);

	begin(unit, &switch_over);
	conformance_switch_over(c);
	end(unit, &switch_over);

	conformance_kexec(c);
	conformance_read(c);
	begin(unit, &adopt);
	conformance_init_units(c);
	end(unit, &adopt);

	print(test, "preserve", &preserve);
	print(test, "switch", &switch_over);
	print(test, "adopt", &adopt);
	kunit_info(test, "bench: vtd backend: %s, %4u devices: %ld pages of tables\n",
		   config->ops->name, config->devices,
		   after.iommu_pages - before.iommu_pages);
	conformance_give_up(c);
}

static struct kunit_case vtd_backend_bench_cases[] = {
	KUNIT_CASE_PARAM_ATTR(bench_live_update, bench_gen_params,
			      { .speed = KUNIT_SPEED_VERY_SLOW }),
	{}
};

static struct kunit_suite vtd_backend_bench_suite = {
	.name = "vtd_backend_bench",
	.test_cases = vtd_backend_bench_cases,
};

kunit_test_suite(vtd_backend_bench_suite);

MODULE_DESCRIPTION("Benchmark of the VT-d backend of IOMMU live update");
MODULE_LICENSE("GPL");
