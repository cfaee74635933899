/* SPDX-License-Identifier: GPL-2.0-only */
/* Two threads in an order that is fixed, for suites of the IOMMU core. */

#ifndef _LIB_KUNIT_TESTS_IOMMU_CORE_RACE_H
#define _LIB_KUNIT_TESTS_IOMMU_CORE_RACE_H

#include <linux/completion.h>

#include "iommu_core.h"

struct device;
struct kunit;
struct rw_semaphore;
struct task_struct;

/* What one of the threads does to a device */
typedef int (*race_act)(struct iommu_core_device *device);

/**
 * enum race_point - Where the first thread can stop, after enum iommu_core_call
 * @RACE_PRESERVE_UNIT: preserve_unit() of the backend.
 * @RACE_PRESERVE_DEVICE: preserve_device().
 * @RACE_UNPRESERVE_DEVICE: unpreserve_device().
 * @RACE_ADOPT_UNIT: adopt_unit().
 * @RACE_FREEZE: freeze() of the file of race_add_file().
 * @RACE_FINISH: finish() of it.
 * @RACE_SUITE: The first number that a suite has for points of its own, which its
 *	doubles pass by race_pass().
 */
enum race_point {
	RACE_PRESERVE_UNIT = IOMMU_CORE_NR_CALLS,
	RACE_PRESERVE_DEVICE,
	RACE_UNPRESERVE_DEVICE,
	RACE_ADOPT_UNIT,
	RACE_FREEZE,
	RACE_FINISH,
	RACE_SUITE,
};

/**
 * struct racer - One of the threads
 * @race: The race.
 * @act: What it does.
 * @device: To which device.
 * @task: The thread, or NULL.
 * @done: It has done that.
 * @ret: What @act has returned.
 */
struct racer {
	struct race *race;
	race_act act;
	struct iommu_core_device *device;
	struct task_struct *task;
	struct completion done;
	int ret;
};

/**
 * struct race - Two threads
 * @test: The case.
 * @core: The core.
 * @point: Where the first one stops, once.
 * @dev: For which device, or NULL.
 * @has_stopped: It has.
 * @reached: Completed then.
 * @go: Completed when it may go on.
 * @first: The one that stops.
 * @second: The other.
 * @awaited: What the second one waits for, in race_second_waits_for().
 */
struct race {
	struct kunit *test;
	struct iommu_core *core;
	unsigned int point;
	struct device *dev;
	bool has_stopped;
	struct completion reached;
	struct completion go;
	struct racer first;
	struct racer second;
	struct rw_semaphore *awaited;
};

struct race *race_begin(struct kunit *test, struct iommu_core *core);
void race_add_file(struct race *race);
void race_first(struct race *race, unsigned int point, struct device *dev,
		race_act act, struct iommu_core_device *device);
void race_second_waits(struct race *race, race_act act,
		       struct iommu_core_device *device);
void race_second_waits_for(struct race *race, race_act act,
			   struct iommu_core_device *device,
			   struct rw_semaphore *lock);
void race_kill_second(struct race *race);
void race_pass(unsigned int point);
void race_end(struct race *race);

#endif /* _LIB_KUNIT_TESTS_IOMMU_CORE_RACE_H */
