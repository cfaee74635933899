// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Two threads of the IOMMU core, in an order that is fixed
 *
 * What a race comes to must not depend on who is faster. So the first thread stops
 * inside an operation of the driver or of a file handler, with all that is locked
 * there, and the second one begins while it stands still.
 *
 * Life cycle: race_begin(), and for each race: race_first(); then the second one, by
 * race_second_waits(), or by the thread of the case itself if it must get through;
 * race_end(). The case judges what both have returned.
 *
 * Happy path: the second thread is found to wait for a mutex that the first one holds.
 * The scheduler knows that; no time is measured.
 *
 * Unhappy paths: a thread that does not stop, does not wait or does not end fails the
 * case after a time that is far too long. A case that dies lets the first thread go on,
 * and waits until both have ended.
 */

#include <linux/iommu.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include <kunit/test.h>

#include "iommu_core_race.h"
#include "luo_kernel.h"
#include "luo_test_file.h"

/* Nobody waits so long, unless there is something wrong. */
#define LIMIT_SECONDS	30

#define OWN_TOKEN	2

static struct race *the_race;

static void pass_point(unsigned int point, struct device *dev)
{
	struct race *race = the_race;

	if (!race || current != race->first.task || race->has_stopped ||
	    race->point != point || (race->dev && race->dev != dev))
		return;
	race->has_stopped = true;
	complete(&race->reached);
	wait_for_completion_timeout(&race->go, LIMIT_SECONDS * HZ);
}

/* The driver, with more points at which a thread can stop */

static const struct iommu_liveupdate_ops *real_ops;

static struct iommu_liveupdate_unit *preserve_unit(struct iommu_device *iommu)
{
	pass_point(RACE_PRESERVE_UNIT, NULL);
	return real_ops->preserve_unit(iommu);
}

static int preserve_device(struct device *dev,
			   struct iommu_liveupdate_attachment *attachment)
{
	pass_point(RACE_PRESERVE_DEVICE, dev);
	return real_ops->preserve_device(dev, attachment);
}

static void unpreserve_device(struct iommu_liveupdate_attachment *attachment)
{
	pass_point(RACE_UNPRESERVE_DEVICE, NULL);
	real_ops->unpreserve_device(attachment);
}

static int adopt_unit(struct iommu_device *iommu,
		      struct iommu_liveupdate_unit *unit)
{
	pass_point(RACE_ADOPT_UNIT, NULL);
	return real_ops->adopt_unit(iommu, unit);
}

/* What was preserved by it is unpreserved by it, after the case has ended. */
static struct iommu_liveupdate_ops stopping_ops;

static void pass_call(struct iommu_core *core, enum iommu_core_call call,
		      struct device *dev)
{
	pass_point(call, dev);
}

/* A file in the session of the core, which is frozen last and finished first */

static int file_op(enum luo_test_op op, struct liveupdate_file_op_args *args)
{
	if (op == LUO_TEST_FREEZE)
		pass_point(RACE_FREEZE, NULL);
	if (op == LUO_TEST_FINISH)
		pass_point(RACE_FINISH, NULL);
	return 0;
}

static struct luo_test_type file_type = LUO_TEST_TYPE("iommu-races-kunit");

/* Threads */

static int run_racer(void *data)
{
	struct racer *racer = data;

	/* Unlike other kernel threads it can be killed, as user space can. */
	allow_kernel_signal(SIGKILL);
	current->kunit_test = racer->race->test;
	racer->ret = racer->act(racer->device);
	current->kunit_test = NULL;
	complete(&racer->done);
	return 0;
}

static bool start_racer(struct race *race, struct racer *racer, race_act act,
			struct iommu_core_device *device, const char *name)
{
	struct task_struct *task;

	racer->race = race;
	racer->act = act;
	racer->device = device;
	init_completion(&racer->done);
	task = kthread_create(run_racer, racer, "%s", name);
	KUNIT_EXPECT_NOT_ERR_OR_NULL(race->test, task);
	if (IS_ERR(task))
		return false;
	racer->task = get_task_struct(task);
	wake_up_process(task);
	return true;
}

static void end_racer(struct race *race, struct racer *racer)
{
	unsigned long left;

	if (!racer->task)
		return;
	left = wait_for_completion_timeout(&racer->done, LIMIT_SECONDS * HZ);
	KUNIT_EXPECT_NE_MSG(race->test, left, 0, "a thread does not end");
	kthread_stop_put(racer->task);
	racer->task = NULL;
}

static void end_threads(struct race *race)
{
	complete_all(&race->go);
	end_racer(race, &race->first);
	end_racer(race, &race->second);
}

/**
 * race_end - Let the first thread go on, and wait until both have ended
 * @race: The race. The next two threads can begin then.
 *
 * Context: May sleep.
 */
void race_end(struct race *race)
{
	end_threads(race);
	KUNIT_EXPECT_TRUE(race->test, race->has_stopped);
}

static void end_race(void *data)
{
	struct race *race = data;

	end_threads(race);
	race->core->on_call = NULL;
	iommu_core_ops.liveupdate = real_ops;
	the_race = NULL;
}

/**
 * race_begin - Prepare for races
 * @test: The case
 * @core: The core. Nothing was preserved.
 *
 * Context: May sleep.
 * Return: the race.
 */
struct race *race_begin(struct kunit *test, struct iommu_core *core)
{
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->test = test;
	race->core = core;
	init_completion(&race->reached);
	init_completion(&race->go);
	real_ops = iommu_core_ops.liveupdate;
	stopping_ops = *real_ops;
	stopping_ops.preserve_unit = preserve_unit;
	stopping_ops.preserve_device = preserve_device;
	stopping_ops.unpreserve_device = unpreserve_device;
	stopping_ops.adopt_unit = adopt_unit;
	iommu_core_ops.liveupdate = &stopping_ops;
	core->on_call = pass_call;
	the_race = race;
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, end_race, race));
	luo_test_register(test, &file_type);
	file_type.hook = file_op;
	return race;
}

/**
 * race_add_file - Preserve a file, besides that of the core
 * @race: The race, whose core has a session
 *
 * It is frozen after that of the core, and finished before it.
 *
 * Context: May sleep.
 */
void race_add_file(struct race *race)
{
	struct file *file = luo_test_file(race->test, &file_type, 0);

	KUNIT_ASSERT_EQ(race->test, 0,
			luo_kernel_preserve(race->core->session, OWN_TOKEN, file));
}

/**
 * race_first - Start the first thread, and wait until it stops
 * @race: The race
 * @point: Where it stops, an enum race_point or enum iommu_core_call
 * @dev: For which device, or NULL for whichever comes first
 * @act: What it does
 * @device: To which device
 *
 * Context: May sleep.
 */
void race_first(struct race *race, unsigned int point, struct device *dev,
		race_act act, struct iommu_core_device *device)
{
	unsigned long left = 0;

	race->point = point;
	race->dev = dev;
	race->has_stopped = false;
	reinit_completion(&race->reached);
	reinit_completion(&race->go);
	if (start_racer(race, &race->first, act, device, "iommu_race_first"))
		left = wait_for_completion_timeout(&race->reached, LIMIT_SECONDS * HZ);
	KUNIT_ASSERT_NE_MSG(race->test, left, 0, "the first thread does not stop");
}

/**
 * race_pass - A double of the suite is at a point where the first thread can stop
 * @point: The point, from %RACE_SUITE on
 *
 * Context: May sleep.
 */
void race_pass(unsigned int point)
{
	pass_point(point, NULL);
}

/* A mutex tells who holds it in all but the last bits. */
static bool waits_for_mutex(struct race *race)
{
	struct mutex *lock = READ_ONCE(race->second.task->blocked_on);

	return lock && (atomic_long_read(&lock->owner) & ~7L) == (long)race->first.task;
}

static bool waits_for_rwsem(struct race *race)
{
	return rwsem_is_contended(race->awaited);
}

static void start_second(struct race *race, race_act act,
			 struct iommu_core_device *device,
			 bool (*has_begun_to_wait)(struct race *race))
{
	struct racer *second = &race->second;
	bool waits = false;

	if (!start_racer(race, second, act, device, "iommu_race_second"))
		return;
	for (int i = 0; i < LIMIT_SECONDS * HZ && !waits; i++) {
		if (completion_done(&second->done))
			break;
		waits = has_begun_to_wait(race);
		if (!waits)
			schedule_timeout_uninterruptible(1);
	}
	KUNIT_EXPECT_TRUE_MSG(race->test, waits, "it does not wait");
	KUNIT_EXPECT_FALSE(race->test, completion_done(&race->first.done));
}

/**
 * race_second_waits - Start the second thread, and see that it waits for the first one
 * @race: The race, whose first thread has stopped
 * @act: What the second one does
 * @device: To which device
 *
 * Context: May sleep.
 */
void race_second_waits(struct race *race, race_act act,
		       struct iommu_core_device *device)
{
	start_second(race, act, device, waits_for_mutex);
}

/**
 * race_second_waits_for - Start the second thread, and see that it waits for a lock
 * @race: The race, whose first thread has stopped
 * @act: What the second one does
 * @device: To which device
 * @lock: The lock, which the first thread holds, and nobody else waits for
 *
 * Context: May sleep.
 */
void race_second_waits_for(struct race *race, race_act act,
			   struct iommu_core_device *device,
			   struct rw_semaphore *lock)
{
	race->awaited = lock;
	start_second(race, act, device, waits_for_rwsem);
}

/**
 * race_kill_second - Kill the second thread, and see that it ends before the first one
 * @race: The race, whose first thread has stopped, and whose second one waits
 *
 * Context: May sleep.
 */
void race_kill_second(struct race *race)
{
	send_sig(SIGKILL, race->second.task, 1);
	end_racer(race, &race->second);
	KUNIT_EXPECT_FALSE(race->test, completion_done(&race->first.done));
}
