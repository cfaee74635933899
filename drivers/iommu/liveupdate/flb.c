// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: What is handed over, and how long
 *
 * The records of all IOMMUs are one object that is bound to files: as long as a file
 * of user space is preserved whose handler depends on it, it exists. The Live Update
 * Orchestrator (LUO) calls that an FLB. It has one name, whatever the version of the
 * records: that it is not found means that nothing was handed over, and never that
 * another version was.
 *
 * Happy path:
 *
 * 1. Who preserves files that stand for domains and devices registers the FLB with
 *    its file handler.
 * 2. The first such file is preserved: there is a header. Domains and devices are
 *    added, see preserve.c.
 * 3. The files are frozen: iommu_liveupdate_freeze() writes the records.
 * 4. The next kernel reads them once, as early as it can, whether any file is ever
 *    retrieved or not. Units, domains and devices are taken over, see adopt.c and
 *    restore.c.
 * 5. The last file is finished. When no device depends on the records any more, they
 *    are given back.
 *
 * Unhappy paths:
 *
 * * The last file is unpreserved: nothing is left.
 * * The records cannot be read: that is no failure of the FLB, as nobody could do
 *   anything about it then. The object is there, with what is wrong in it, and each
 *   unit that translates is an orphan. The same holds if there is no memory.
 * * LUO has no FLB of that name, or is off: nothing was handed over. A unit that
 *   translates nevertheless is an orphan, too.
 * * The files of the previous kernel are not finished: nothing can be preserved, as
 *   what is still with them would be lost.
 *
 * Each reference to the FLB is given back before the function returns that took it.
 * One that is not would be counted as a file, and never be finished.
 */

#define pr_fmt(fmt)	"iommu: liveupdate: " fmt

#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/liveupdate.h>
#include <linux/module.h>
#include <linux/mutex.h>

#include <kunit/visibility.h>

#include "adopt.h"
#include "blackout.h"
#include "deserialize.h"
#include "flb.h"
#include "kept.h"
#include "preserve.h"
#include "restore.h"
#include "serialize.h"

/* More than there are drivers of IOMMUs that could have one */
#define MAX_BACKENDS	8

static const struct iommu_vendor_records *backends[MAX_BACKENDS + 1];

/**
 * enum incoming_stage - How far the records of the previous kernel are
 * @INCOMING_NONE: There are none.
 * @INCOMING_READ: They were read.
 * @INCOMING_FINISHED: No file depends on them any more.
 */
enum incoming_stage {
	INCOMING_NONE,
	INCOMING_READ,
	INCOMING_FINISHED,
};

/* LUO's mutex of the FLB protects what is outgoing. */
static struct iommu_outgoing outgoing;

static DEFINE_MUTEX(incoming_lock);
static struct iommu_incoming incoming;
static enum incoming_stage stage;

/**
 * iommu_liveupdate_register_backend - Make the records of a backend known
 * @records: What the backend adds to the records
 *
 * Records of a unit are only read if its backend is known by then.
 *
 * Context: Not later than core_initcall().
 * Return: 0, -EEXIST if there is one for that type of unit, -ENOSPC.
 */
int iommu_liveupdate_register_backend(const struct iommu_vendor_records *records)
{
	for (int i = 0; i < MAX_BACKENDS; i++) {
		if (!backends[i]) {
			backends[i] = records;
			return 0;
		}
		if (backends[i]->unit_type == records->unit_type)
			return -EEXIST;
	}
	return -ENOSPC;
}

/* What is outgoing */

static int preserve(struct liveupdate_flb_op_args *args)
{
	int ret;

	scoped_guard(mutex, &incoming_lock) {
		if (stage == INCOMING_READ) {
			pr_warn("the previous live update is not finished\n");
			return -EBUSY;
		}
	}
	ret = iommu_outgoing_init(&outgoing);
	if (ret)
		return ret;
	args->data = virt_to_phys(outgoing.header);
	args->obj = &outgoing;
	return 0;
}

static void unpreserve(struct liveupdate_flb_op_args *args)
{
	iommu_liveupdate_set_written(false);
	iommu_outgoing_destroy(&outgoing);
}

/* What is incoming */

static int retrieve(struct liveupdate_flb_op_args *args)
{
	int ret;

	guard(mutex)(&incoming_lock);
	ret = iommu_incoming_read(&incoming, args->data, backends);
	if (ret)
		pr_err("the records cannot be read: %pe\n", ERR_PTR(ret));
	iommu_incoming_log(&incoming);
	iommu_restore_begin(&incoming);
	stage = INCOMING_READ;
	args->obj = &incoming;
	return 0;
}

static void settle(void)
{
	lockdep_assert_held(&incoming_lock);
	if (stage != INCOMING_FINISHED || !iommu_restore_end(&incoming))
		return;
	if (incoming.header_pa)
		iommu_incoming_finish(&incoming);
	stage = INCOMING_NONE;
}

static void finish(struct liveupdate_flb_op_args *args)
{
	guard(mutex)(&incoming_lock);
	stage = INCOMING_FINISHED;
	settle();
}

/**
 * iommu_flb_settle - Give the records back, if nothing depends on them
 *
 * Context: May sleep. Whatever made a device independent of its record comes before.
 */
void iommu_flb_settle(void)
{
	guard(mutex)(&incoming_lock);
	settle();
}

static const struct liveupdate_flb_ops flb_ops = {
	.preserve = preserve,
	.unpreserve = unpreserve,
	.retrieve = retrieve,
	.finish = finish,
	.owner = THIS_MODULE,
};

static struct liveupdate_flb iommu_flb = {
	.ops = &flb_ops,
	.compatible = IOMMU_LIVEUPDATE_COMPATIBLE,
};

/**
 * iommu_liveupdate_register_flb - Bind what is handed over to files
 * @handler: A registered handler of files that stand for domains or devices
 *
 * Context: May sleep.
 * Return: 0 or what liveupdate_register_flb() returns.
 */
int iommu_liveupdate_register_flb(struct liveupdate_file_handler *handler)
{
	return liveupdate_register_flb(handler, &iommu_flb);
}
EXPORT_SYMBOL_GPL(iommu_liveupdate_register_flb);

/**
 * iommu_liveupdate_unregister_flb - Undo iommu_liveupdate_register_flb()
 * @handler: The handler; none of its files is preserved
 *
 * Context: May sleep.
 */
void iommu_liveupdate_unregister_flb(struct liveupdate_file_handler *handler)
{
	liveupdate_unregister_flb(handler, &iommu_flb);
}
EXPORT_SYMBOL_GPL(iommu_liveupdate_unregister_flb);

/**
 * iommu_flb_get_outgoing - Take a reference to what is handed over
 *
 * Context: May sleep.
 * Return: what is handed over, or an ERR_PTR(): -ENOENT if no file is preserved that
 * would carry it, -EOPNOTSUPP if live update is off.
 */
struct iommu_outgoing *iommu_flb_get_outgoing(void)
{
	void *obj;
	int ret;

	ret = liveupdate_flb_get_outgoing(&iommu_flb, &obj);
	return ret ? ERR_PTR(ret) : obj;
}

/**
 * iommu_flb_put_outgoing - Undo iommu_flb_get_outgoing()
 *
 * Context: May sleep.
 */
void iommu_flb_put_outgoing(void)
{
	liveupdate_flb_put_outgoing(&iommu_flb);
}

/*
 * After the backends are known and LUO has begun, before any driver asks. The
 * reference is given back at once: the files of the previous kernel have theirs.
 * Without it the first file to be finished would find none.
 */
VISIBLE_IF_KUNIT int iommu_liveupdate_init(void)
{
	void *obj;
	int ret;

	guard(iommu_blackout)(&iommu_blackout_take_over);
	ret = liveupdate_flb_get_incoming(&iommu_flb, &obj);
	switch (ret) {
	case 0:
		iommu_liveupdate_set_incoming(obj);
		liveupdate_flb_put_incoming(&iommu_flb);
		return 0;
	case -ENODATA:
	case -ENOENT:
	case -EOPNOTSUPP:
		return 0;
	default:
		pr_err("what was handed over is not found: %pe\n", ERR_PTR(ret));
		return ret;
	}
}
postcore_initcall(iommu_liveupdate_init);

#if IS_ENABLED(CONFIG_KUNIT)
/*
 * The kernel of a test ends: what it had goes, what it has preserved stays. Before its
 * devices go, as these would be unpreserved.
 */
void iommu_liveupdate_forget_outgoing(void)
{
	iommu_preserve_forget(&outgoing);
	iommu_liveupdate_set_written(false);
	iommu_blackout_forget(&iommu_blackout_freeze);
	iommu_blackout_forget(&iommu_blackout_shutdown);
}
EXPORT_SYMBOL_IF_KUNIT(iommu_liveupdate_forget_outgoing);

/* The rest of it, when its devices are gone, which know what was handed over. */
void iommu_liveupdate_forget(void)
{
	iommu_liveupdate_forget_outgoing();
	iommu_liveupdate_set_incoming(NULL);
	if (stage != INCOMING_NONE)
		iommu_incoming_release(&incoming);
	stage = INCOMING_NONE;
	iommu_blackout_forget(&iommu_blackout_take_over);
}
EXPORT_SYMBOL_IF_KUNIT(iommu_liveupdate_forget);

void iommu_liveupdate_unregister_backend(const struct iommu_vendor_records *records)
{
	int last = 0;
	int i;

	while (backends[last])
		last++;
	for (i = 0; i < last && backends[i] != records; i++)
		;
	if (i == last)
		return;
	backends[i] = backends[last - 1];
	backends[last - 1] = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(iommu_liveupdate_unregister_backend);
#endif
