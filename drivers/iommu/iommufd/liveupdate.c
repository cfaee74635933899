// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Preserving an iommufd
 *
 * An iommufd is preserved as a file of a session of the Live Update Orchestrator, after
 * the memfds that it maps and before the devices that are bound to it. It stands for
 * the domains of the HWPTs that user space has marked.
 *
 * Happy path:
 *
 * 1. The IOAS of each marked HWPT is made to hold still, what it maps is checked, and
 *    its domain is preserved.
 * 2. Devices that are attached to one of the HWPTs are preserved by whoever has bound
 *    them: see liveupdate_device.c.
 * 3. When user space is frozen, the records are written, and those of the IOMMUs.
 *
 * Unhappy paths:
 *
 * * One of the HWPTs cannot be preserved: none is, and all is as before.
 * * The session is closed: devices are unpreserved first, then the iommufd, and all is
 *   as before.
 * * The update is cancelled when all is frozen already: the records are written again
 *   the next time.
 *
 * In the next kernel the devices go on, but nothing is given back to user space yet: an
 * iommufd can neither be retrieved nor finished. Its record says what that will take.
 *
 * A preserved HWPT has one user more, so that it cannot be destroyed, and with it its
 * IOAS cannot. Nothing is looked up among the objects, so that no lock of these is held
 * while anything sleeps. The file itself is held by the session.
 *
 * Registering the handler pins nothing: the Live Update Orchestrator holds the module as
 * long as a file is preserved.
 */

#define pr_fmt(fmt) "iommufd: liveupdate: " fmt

#include <linux/err.h>
#include <linux/iommu-liveupdate.h>
#include <linux/iommufd.h>
#include <linux/liveupdate.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <kunit/visibility.h>

#include "../liveupdate/blackout.h"
#include "iommufd_private.h"
#include "liveupdate_preserved.h"

/* HWPTs */

static int refuse(struct iommufd_hwpt_paging *hwpt_paging, int err, const char *reason)
{
	pr_warn("HWPT %u cannot be preserved: %s (%pe)\n",
		hwpt_paging->common.obj.id, reason, ERR_PTR(err));
	return err;
}

static u32 flags_of(struct iommufd_hwpt_paging *hwpt_paging)
{
	u32 flags = 0;

	if (hwpt_paging->enforce_cache_coherency)
		flags |= IOMMUFD_HWPT_CACHE_COHERENCY;
	if (hwpt_paging->common.pasid_compat)
		flags |= IOMMUFD_HWPT_PASID_COMPATIBLE;
	return flags;
}

/* From now on no page for interrupts is mapped in it, behind the back of the IOAS. */
static int set_preserved(struct iommufd_ctx *ictx, struct iommufd_preserved_hwpt *preserved)
{
	struct iommufd_hwpt_paging *hwpt_paging = preserved->hwpt_paging;
	struct iommufd_sw_msi_maps *pages = &hwpt_paging->present_sw_msi;

	guard(mutex)(&ictx->sw_msi_lock);
	if (!bitmap_empty(pages->bitmap, BITS_PER_TYPE(pages->bitmap)))
		return refuse(hwpt_paging, -EOPNOTSUPP, "a page for interrupts is mapped");
	hwpt_paging->liveupdate.preserved = preserved;
	return 0;
}

static void clear_preserved(struct iommufd_ctx *ictx,
			    struct iommufd_hwpt_paging *hwpt_paging)
{
	guard(mutex)(&ictx->sw_msi_lock);
	hwpt_paging->liveupdate.preserved = NULL;
}

/* The part that comes after the IOAS holds still */
static int hand_over_hwpt(struct iommufd_preserved *preserved,
			  struct iommufd_preserved_hwpt *hwpt,
			  struct luo_file_set *file_set)
{
	struct iommu_domain *domain = hwpt->hwpt_paging->common.domain;
	int ret;

	ret = iommufd_hwpt_liveupdate_check(hwpt->hwpt_paging, file_set);
	if (ret)
		return ret;
	ret = set_preserved(preserved->ictx, hwpt);
	if (ret)
		return ret;
	ret = iommu_preserve_domain(domain, &hwpt->record.domain);
	if (ret) {
		refuse(hwpt->hwpt_paging, ret, "its domain cannot be preserved");
		goto err_clear;
	}
	ret = iommufd_outgoing_add_hwpt(&preserved->out, &hwpt->record);
	if (ret)
		goto err_unpreserve;
	return 0;

err_unpreserve:
	iommu_unpreserve_domain(domain);
err_clear:
	clear_preserved(preserved->ictx, hwpt->hwpt_paging);
	return ret;
}

static int preserve_hwpt(struct iommufd_preserved *preserved,
			 struct iommufd_hwpt_paging *hwpt_paging,
			 struct luo_file_set *file_set)
{
	struct iommufd_preserved_hwpt *hwpt;
	int ret;

	hwpt = kzalloc_obj(*hwpt);
	if (!hwpt)
		return -ENOMEM;
	hwpt->hwpt_paging = hwpt_paging;
	hwpt->record.token = hwpt_paging->liveupdate.token;
	hwpt->record.flags = flags_of(hwpt_paging);
	ret = iopt_make_immutable(&hwpt_paging->ioas->iopt);
	if (ret)
		goto err_free;
	ret = hand_over_hwpt(preserved, hwpt, file_set);
	if (ret)
		goto err_mutable;
	return 0;

err_mutable:
	iopt_make_mutable(&hwpt_paging->ioas->iopt);
err_free:
	kfree(hwpt);
	return ret;
}

static void unpreserve_hwpt(struct iommufd_preserved *preserved,
			    struct iommufd_preserved_hwpt *hwpt)
{
	struct iommufd_hwpt_paging *hwpt_paging = hwpt->hwpt_paging;

	iommufd_outgoing_remove_hwpt(&preserved->out, &hwpt->record);
	iommu_unpreserve_domain(hwpt_paging->common.domain);
	clear_preserved(preserved->ictx, hwpt_paging);
	iopt_make_mutable(&hwpt_paging->ioas->iopt);
	refcount_dec(&hwpt_paging->common.obj.users);
	kfree(hwpt);
}

static void unpreserve_hwpts(struct iommufd_preserved *preserved)
{
	struct iommufd_preserved_hwpt *hwpt, *previous;

	list_for_each_entry_safe_reverse(hwpt, previous, &preserved->out.hwpts,
					 record.node)
		unpreserve_hwpt(preserved, hwpt);
}

/* On failure some are preserved, in the list. */
static int preserve_hwpts(struct iommufd_preserved *preserved,
			  struct luo_file_set *file_set)
{
	struct iommufd_hwpt_paging *hwpt_paging;
	int ret;

	list_for_each_entry(hwpt_paging, &preserved->ictx->liveupdate.marked,
			    liveupdate.node) {
		/* One that is being destroyed waits to leave the list. */
		if (!refcount_inc_not_zero(&hwpt_paging->common.obj.users))
			continue;
		ret = preserve_hwpt(preserved, hwpt_paging, file_set);
		if (ret) {
			refcount_dec(&hwpt_paging->common.obj.users);
			return ret;
		}
	}
	if (preserved->out.nr_hwpts)
		return 0;
	pr_warn("an iommufd cannot be preserved: no HWPT of it is marked\n");
	return -ENOENT;
}

/* The file handler */

static struct iommufd_preserved *begin_preserve(struct iommufd_ctx *ictx)
{
	struct iommufd_preserved *preserved;
	int ret;

	preserved = kzalloc_obj(*preserved);
	if (!preserved)
		return ERR_PTR(-ENOMEM);
	preserved->ictx = ictx;
	ret = iommufd_outgoing_init(&preserved->out);
	if (!ret)
		return preserved;
	kfree(preserved);
	return ERR_PTR(ret);
}

static void end_preserve(struct iommufd_preserved *preserved)
{
	unpreserve_hwpts(preserved);
	iommufd_outgoing_destroy(&preserved->out);
	kfree(preserved);
}

static int preserve(struct liveupdate_file_op_args *args)
{
	struct iommufd_ctx *ictx = args->file->private_data;
	struct iommufd_preserved *preserved;
	int ret;

	guard(mutex)(&ictx->liveupdate.lock);
	preserved = begin_preserve(ictx);
	if (IS_ERR(preserved))
		return PTR_ERR(preserved);
	ret = preserve_hwpts(preserved, args->file_set);
	if (ret) {
		end_preserve(preserved);
		return ret;
	}
	ictx->liveupdate.preserved = preserved;
	args->private_data = preserved;
	args->serialized_data = virt_to_phys(preserved->out.header);
	return 0;
}

static void unpreserve(struct liveupdate_file_op_args *args)
{
	struct iommufd_preserved *preserved = args->private_data;
	struct iommufd_ctx *ictx = preserved->ictx;

	guard(mutex)(&ictx->liveupdate.lock);
	/*
	 * Files are unpreserved in reverse order, so that this is a bug of who has
	 * preserved a device. The device goes on needing its domain: nothing is undone,
	 * and the iommufd stays for good.
	 */
	if (WARN_ON_ONCE(preserved->out.nr_devices)) {
		iommufd_ctx_get(ictx);
		return;
	}
	ictx->liveupdate.preserved = NULL;
	end_preserve(preserved);
}

static int freeze(struct liveupdate_file_op_args *args)
{
	struct iommufd_preserved *preserved = args->private_data;

	guard(iommu_blackout)(&iommu_blackout_freeze);
	guard(mutex)(&preserved->ictx->liveupdate.lock);
	args->serialized_data = iommufd_outgoing_write(&preserved->out);
	iommu_liveupdate_freeze();
	return 0;
}

static void unfreeze(struct liveupdate_file_op_args *args)
{
	iommu_liveupdate_unfreeze();
}

static int retrieve(struct liveupdate_file_op_args *args)
{
	struct iommufd_incoming in;
	int ret;

	ret = iommufd_incoming_read(&in, args->serialized_data);
	if (ret)
		return ret;
	pr_warn("an iommufd of the previous kernel cannot be retrieved yet: %u HWPTs, %u devices stay as they are\n",
		in.nr_hwpts, in.nr_devices);
	iommufd_incoming_release(&in);
	return -EOPNOTSUPP;
}

static bool can_finish(struct liveupdate_file_op_args *args)
{
	pr_warn("an iommufd of the previous kernel cannot be finished yet: its domains are in use\n");
	return false;
}

/* can_finish() does not let it come to this. */
static void finish(struct liveupdate_file_op_args *args)
{
}

static bool can_preserve(struct liveupdate_file_handler *handler, struct file *file)
{
	struct iommufd_ctx *ictx = iommufd_ctx_from_file(file);

	if (IS_ERR(ictx))
		return false;
	iommufd_ctx_put(ictx);
	return true;
}

static const struct liveupdate_file_ops file_ops = {
	.can_preserve = can_preserve,
	.preserve = preserve,
	.unpreserve = unpreserve,
	.freeze = freeze,
	.unfreeze = unfreeze,
	.retrieve = retrieve,
	.can_finish = can_finish,
	.finish = finish,
	.owner = THIS_MODULE,
};

VISIBLE_IF_KUNIT struct liveupdate_file_handler iommufd_liveupdate_handler = {
	.ops = &file_ops,
	.compatible = IOMMUFD_LIVEUPDATE_COMPATIBLE,
};
EXPORT_SYMBOL_IF_KUNIT(iommufd_liveupdate_handler);

/**
 * iommufd_liveupdate_init - Have the Live Update Orchestrator know iommufds
 *
 * Between the two registrations a file would be preserved without the records of the
 * IOMMUs, and these be unpreserved with it all the same.
 *
 * Context: May sleep. Nobody can open an iommufd yet.
 * Return: 0, also if live update is off, or what registering failed with; nothing is
 * registered then.
 */
int iommufd_liveupdate_init(void)
{
	int ret;

	ret = liveupdate_register_file_handler(&iommufd_liveupdate_handler);
	if (ret)
		return ret == -EOPNOTSUPP ? 0 : ret;
	ret = iommu_liveupdate_register_flb(&iommufd_liveupdate_handler);
	if (ret)
		liveupdate_unregister_file_handler(&iommufd_liveupdate_handler);
	return ret;
}

/**
 * iommufd_liveupdate_exit - Undo iommufd_liveupdate_init()
 *
 * Context: May sleep. No iommufd is preserved, and nobody can open one any more.
 */
void iommufd_liveupdate_exit(void)
{
	/* What is bound to the handler goes with it. */
	liveupdate_unregister_file_handler(&iommufd_liveupdate_handler);
}

/* Contexts */

/**
 * iommufd_ctx_liveupdate_init - Begin with an iommufd that has no marks
 * @ictx: To be initialized
 *
 * Context: Any.
 */
void iommufd_ctx_liveupdate_init(struct iommufd_ctx *ictx)
{
	mutex_init(&ictx->liveupdate.lock);
	INIT_LIST_HEAD(&ictx->liveupdate.marked);
}

/**
 * iommufd_ctx_liveupdate_destroy - An iommufd ends
 * @ictx: The iommufd, which has no objects any more
 *
 * Context: Any.
 */
void iommufd_ctx_liveupdate_destroy(struct iommufd_ctx *ictx)
{
	WARN_ON(!list_empty(&ictx->liveupdate.marked));
	mutex_destroy(&ictx->liveupdate.lock);
}

#if IS_ENABLED(CONFIG_KUNIT)
static void forget_device(struct iommufd_preserved_device *device)
{
	device->idev->igroup->liveupdate.preserved = NULL;
	kfree(device);
}

static void forget_hwpt(struct iommufd_ctx *ictx, struct iommufd_preserved_hwpt *hwpt)
{
	clear_preserved(ictx, hwpt->hwpt_paging);
	iopt_make_mutable(&hwpt->hwpt_paging->ioas->iopt);
	refcount_dec(&hwpt->hwpt_paging->common.obj.users);
	kfree(hwpt);
}

/* The kernel of a test ends: what it had goes, what it has preserved stays. */
void iommufd_liveupdate_forget(struct iommufd_ctx *ictx)
{
	struct iommufd_preserved *preserved = ictx->liveupdate.preserved;
	struct iommufd_preserved_device *device, *next_device;
	struct iommufd_preserved_hwpt *hwpt, *next_hwpt;

	if (!preserved)
		return;
	list_for_each_entry_safe(device, next_device, &preserved->out.devices, record.node)
		forget_device(device);
	list_for_each_entry_safe(hwpt, next_hwpt, &preserved->out.hwpts, record.node)
		forget_hwpt(ictx, hwpt);
	iommufd_outgoing_forget(&preserved->out);
	ictx->liveupdate.preserved = NULL;
	kfree(preserved);
}
EXPORT_SYMBOL_IF_KUNIT(iommufd_liveupdate_forget);
#endif
