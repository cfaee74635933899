// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Benchmark: the IOMMU core over a live update
 *
 * Prints what a device with a domain of its own costs: time to preserve both, to write
 * the records, to read them in the next kernel, and to probe the device with its first
 * attach; and how often the driver is called and writes there. As many others, not
 * handed over, are probed in the same kernel for a ratio.
 *
 * Each device has a group of its own without PCI being asked: the kernel goes over all
 * PCI devices to find the group of one, which takes longer than the rest if there are
 * many. There is room for 4096 devices, half of which are the others.
 *
 * Nothing is judged here, and no DMA is watched. Times are the least of all rounds. The
 * kernel log does not go to the console meanwhile: that takes longer than all the rest.
 */

#include <linux/iommu.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/pci.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/flb.h"
#include "iommu_core.h"
#include "iommu_test_driver.h"
#include "luo_kernel.h"
#include "mock_kexec.h"
#include "vtd_backend_machine.h"

#define ROUNDS		3

/* A number of a bus that the kernel does not have, nor the next 15 */
#define FIRST_BUS	0x40

struct bench_config {
	const struct iommu_machine_ops *ops;
	const char *name;
	unsigned int devices;
};

static const struct bench_config bench_configs[] = {
	{ &iommu_test_machine_ops, "test,    1 device ", 1 },
	{ &iommu_test_machine_ops, "test,   64 devices", 64 },
	{ &iommu_test_machine_ops, "test, 1024 devices", 1024 },
	{ &iommu_test_machine_ops, "test, 2048 devices", 2048 },
	{ &vtd_legacy_machine_ops, "VT-d,    1 device ", 1 },
	{ &vtd_legacy_machine_ops, "VT-d,   64 devices", 64 },
};

KUNIT_ARRAY_PARAM_DESC(bench, bench_configs, name);

/* What it costs to probe all devices of a kind, time in ns. See take_writes(). */
struct bench_probe {
	u64 time;
	unsigned int calls, writes;
};

/* What all devices cost, times in ns. The others were not handed over. */
struct bench_result {
	u64 preserve, write, read;
	struct bench_probe others, restored;
};

static int loglevel;
static struct iommu_group *(*pci_group)(struct device *dev);
static unsigned int nr_calls;

static void undo(void *data)
{
	console_loglevel = loglevel;
	iommu_core_ops.device_group = pci_group;
}

static void count_call(struct iommu_core *core, enum iommu_core_call call,
		       struct device *dev)
{
	nr_calls++;
}

static struct test_hardware *test_hardware(struct iommu_core *core)
{
	return to_test_iommu(core->machine->ops->unit(core->machine, 0))->hardware;
}

/* Words of tables; of VT-d, registers, and points where tables have to be right */
static unsigned int take_writes(struct iommu_core *core)
{
	struct vtd_test_unit *unit;
	unsigned int writes;

	if (core->machine->ops == &iommu_test_machine_ops)
		return xchg(&test_hardware(core)->writes, 0);
	unit = to_vtd_machine(core->machine)->hardware[0];
	writes = vtd_log_count(unit, VTD_EVENT_WRITE) + vtd_log_count(unit, VTD_EVENT_BARRIER);
	vtd_log_clear(unit);
	return writes;
}

/* Those that are handed over have a domain. They are plugged in anew each time. */
static void own_devices(struct iommu_core *core)
{
	struct iommu_core_device *device;

	list_for_each_entry(device, &core->devices, node) {
		if (!device->domain)
			continue;
		device->dev = iommu_machine_find(core->machine, 0, device->rid);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(core->test, device->dev);
		iommu_machine_start_dma(core->machine, device->dev);
		KUNIT_ASSERT_EQ(core->test, 0, iommu_core_claim(device, core) ?:
					       iommu_core_alloc_domain(device) ?:
					       iommu_core_attach(device));
	}
}

static void hand_over(struct iommu_core *core, struct bench_result *result)
{
	u64 begin;

	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_open_session(core));
	begin = ktime_get_ns();
	iommu_core_preserve_all(core);
	result->preserve = min(result->preserve, ktime_get_ns() - begin);
	begin = ktime_get_ns();
	iommu_liveupdate_freeze();
	result->write = min(result->write, ktime_get_ns() - begin);
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_freeze(core));
}

/* As iommu_core_kexec(), but no device is probed. */
static void kexec(struct iommu_core *core, struct bench_result *result)
{
	u64 begin;

	core->machine->ops->shutdown(core->machine, 0, true);
	iommu_core_end_kernel(core);
	mock_kexec(core->test);
	KUNIT_ASSERT_EQ(core->test, 0, luo_kernel_boot(core->test));
	begin = ktime_get_ns();
	KUNIT_EXPECT_EQ(core->test, 0, iommu_liveupdate_init());
	result->read = min(result->read, ktime_get_ns() - begin);
	core->hold_probes = true;
	iommu_core_begin_units(core);
}

static void probe(struct iommu_core *core, bool handed_over, struct bench_probe *result)
{
	struct iommu_core_device *device;
	u64 begin;

	take_writes(core);
	nr_calls = 0;
	begin = ktime_get_ns();
	list_for_each_entry(device, &core->devices, node) {
		if (!!device->domain == handed_over)
			KUNIT_EXPECT_EQ(core->test, 0, iommu_core_probe(device));
	}
	result->time = min(result->time, ktime_get_ns() - begin);
	result->calls = nr_calls;
	result->writes = take_writes(core);
}

static void take_back(struct iommu_core *core)
{
	struct iommu_core_device *device;

	iommu_core_finish(core);
	list_for_each_entry(device, &core->devices, node)
		if (device->domain)
			iommu_core_remove_device(device);
}

static struct iommu_core *start(struct kunit *test, unsigned int devices)
{
	struct iommu_core *core = iommu_core_start(test, 1);
	struct iommu_core_device *device;

	if (core->machine->ops == &iommu_test_machine_ops)
		test_hardware(core)->registers.capabilities = TEST_CAPABILITY_IDS;
	for (unsigned int i = 0; i < 2 * devices; i++) {
		device = iommu_core_find(core, 0, PCI_DEVID(FIRST_BUS, 0) + i);
		if (i < devices)
			device->domain = iommu_core_add_domain(core);
	}
	core->on_call = count_call;
	return core;
}

static void print(struct kunit *test, const struct bench_result *result)
{
	const struct bench_config *config = test->param_value;

	kunit_info(test, "bench: iommu core: %s: ns a device: preserve %6llu, write %5llu, read %6llu, probe %6llu, probe of others %6llu, ratio %llu %%\n",
		   config->name, div_u64(result->preserve, config->devices),
		   div_u64(result->write, config->devices),
		   div_u64(result->read, config->devices),
		   div_u64(result->restored.time, config->devices),
		   div_u64(result->others.time, config->devices),
		   div64_u64(100 * result->restored.time, result->others.time));
	kunit_info(test, "bench: iommu core: %s: to probe all: %4u calls, %u writes; others: %4u calls, %u writes\n",
		   config->name, result->restored.calls, result->restored.writes,
		   result->others.calls, result->others.writes);
}

static void bench_live_update(struct kunit *test)
{
	const struct bench_config *config = test->param_value;
	struct bench_result result = {
		.preserve = U64_MAX, .write = U64_MAX, .read = U64_MAX,
		.others.time = U64_MAX, .restored.time = U64_MAX,
	};
	struct iommu_core *core;

	loglevel = console_loglevel;
	pci_group = iommu_core_ops.device_group;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, undo, NULL));
	iommu_core_ops.device_group = generic_device_group;
	core = start(test, config->devices);
	console_loglevel = LOGLEVEL_WARNING;
	for (int i = 0; i < ROUNDS; i++) {
		own_devices(core);
		hand_over(core, &result);
		kexec(core, &result);
		probe(core, false, &result.others);
		probe(core, true, &result.restored);
		take_back(core);
	}
	kunit_release_action(test, undo, NULL);
	print(test, &result);
}

static struct kunit_case iommu_core_bench_cases[] = {
	KUNIT_CASE_PARAM_ATTR(bench_live_update, bench_gen_params,
			      { .speed = KUNIT_SPEED_VERY_SLOW }),
	{}
};

static struct kunit_suite iommu_core_bench_suite = {
	.name = "iommu_core_bench",
	.test_cases = iommu_core_bench_cases,
};

kunit_test_suite(iommu_core_bench_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Benchmark of the IOMMU core over a live update");
