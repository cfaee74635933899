// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: HWPTs that user space wants to keep
 *
 * Nothing of an iommufd is preserved unless user space says so, HWPT by HWPT, and gives
 * each of them a token, by which it finds it again: object IDs mean nothing in the next
 * kernel.
 *
 * Happy path: a HWPT is marked, and preserved with its file. A mark alone changes
 * nothing else: the HWPT can be used, and destroyed, as before.
 *
 * Unhappy paths: what can never be preserved is refused here already. While the file is
 * preserved, marks do not change.
 */

#define pr_fmt(fmt) "iommufd: liveupdate: " fmt

#include <linux/err.h>

#include "iommufd_private.h"

static int refuse(struct iommufd_hwpt_paging *hwpt_paging, int err, const char *reason)
{
	pr_warn_ratelimited("HWPT %u cannot be marked: it %s (%pe)\n",
			    hwpt_paging->common.obj.id, reason, ERR_PTR(err));
	return err;
}

/* What does not change as long as the HWPT lives */
static int check_kind(struct iommufd_hwpt_paging *hwpt_paging)
{
	if (!hwpt_paging->common.domain || !hwpt_paging->ioas)
		return refuse(hwpt_paging, -EOPNOTSUPP, "has no page table of its own");
	if (hwpt_paging->auto_domain)
		return refuse(hwpt_paging, -EOPNOTSUPP, "was allocated automatically");
	if (hwpt_paging->nest_parent)
		return refuse(hwpt_paging, -EOPNOTSUPP, "can have nested HWPTs");
	if (hwpt_paging->common.fault)
		return refuse(hwpt_paging, -EOPNOTSUPP, "reports page faults");
	return 0;
}

static bool is_used(struct iommufd_ctx *ictx, u64 token)
{
	struct iommufd_hwpt_liveupdate *other;

	list_for_each_entry(other, &ictx->liveupdate.marked, node) {
		if (other->token == token)
			return true;
	}
	return false;
}

static int mark(struct iommufd_ctx *ictx, struct iommufd_hwpt_paging *hwpt_paging,
		u64 token)
{
	struct iommufd_hwpt_liveupdate *state = &hwpt_paging->liveupdate;
	int ret;

	ret = check_kind(hwpt_paging);
	if (ret)
		return ret;
	if (state->is_marked)
		return refuse(hwpt_paging, -EEXIST, "is marked already");
	if (is_used(ictx, token))
		return refuse(hwpt_paging, -EADDRINUSE, "would share its token");
	state->ictx = ictx;
	state->token = token;
	state->is_marked = true;
	list_add_tail(&state->node, &ictx->liveupdate.marked);
	return 0;
}

static int unmark(struct iommufd_hwpt_paging *hwpt_paging, u64 token)
{
	struct iommufd_hwpt_liveupdate *state = &hwpt_paging->liveupdate;

	if (!state->is_marked)
		return -ENOENT;
	if (state->token != token)
		return -EINVAL;
	state->is_marked = false;
	list_del(&state->node);
	return 0;
}

static int change_mark(struct iommufd_ctx *ictx, struct iommufd_hwpt_paging *hwpt_paging,
		       const struct iommu_hwpt_liveupdate_mark *cmd)
{
	guard(mutex)(&ictx->liveupdate.lock);
	if (ictx->liveupdate.preserved)
		return -EBUSY;
	if (cmd->flags & IOMMU_HWPT_LIVEUPDATE_UNMARK)
		return unmark(hwpt_paging, cmd->token);
	return mark(ictx, hwpt_paging, cmd->token);
}

/**
 * iommufd_hwpt_liveupdate_mark - IOMMU_HWPT_LIVEUPDATE_MARK
 * @ucmd: The call, see &struct iommu_hwpt_liveupdate_mark
 *
 * Context: May sleep.
 * Return: 0 or an errno, as the interface says.
 */
int iommufd_hwpt_liveupdate_mark(struct iommufd_ucmd *ucmd)
{
	struct iommu_hwpt_liveupdate_mark *cmd = ucmd->cmd;
	struct iommufd_object *obj;
	int ret;

	if ((cmd->flags & ~IOMMU_HWPT_LIVEUPDATE_UNMARK) || cmd->__reserved ||
	    cmd->__reserved2)
		return -EOPNOTSUPP;

	obj = iommufd_get_object(ucmd->ictx, cmd->hwpt_id, IOMMUFD_OBJ_ANY);
	if (IS_ERR(obj))
		return PTR_ERR(obj);
	switch (obj->type) {
	case IOMMUFD_OBJ_HWPT_PAGING:
		ret = change_mark(ucmd->ictx,
				  container_of(obj, struct iommufd_hwpt_paging, common.obj),
				  cmd);
		break;
	case IOMMUFD_OBJ_HWPT_NESTED:
		ret = -EOPNOTSUPP;
		break;
	default:
		ret = -EINVAL;
		break;
	}
	iommufd_put_object(ucmd->ictx, obj);
	return ret;
}

/**
 * iommufd_hwpt_liveupdate_destroy - A HWPT is destroyed, and its mark with it
 * @hwpt_paging: The HWPT, which nobody can find any more, and which is not preserved
 *
 * Context: May sleep.
 */
void iommufd_hwpt_liveupdate_destroy(struct iommufd_hwpt_paging *hwpt_paging)
{
	struct iommufd_ctx *ictx;

	/* Nobody marks it any more; one that was never finished is not marked. */
	if (!hwpt_paging->liveupdate.is_marked)
		return;
	ictx = hwpt_paging->liveupdate.ictx;
	guard(mutex)(&ictx->liveupdate.lock);
	list_del(&hwpt_paging->liveupdate.node);
}
