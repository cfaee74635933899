// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: An IOAS that holds still
 *
 * The page table of a preserved domain is handed over as it is, and so is the memory
 * that it leads to. So what is mapped in the IOAS must be memory that is preserved
 * too, and the IOAS must not change any more.
 *
 * Holding still, happy path: whoever changes an IOAS is between iopt_begin_change()
 * and iopt_end_change(). iopt_make_immutable() waits until nobody is, unless it is
 * killed, and lets nobody in until iopt_make_mutable(). It counts, so that each HWPT
 * lifts just its own.
 *
 * Unhappy path: a change of an IOAS that is immutable, or that somebody waits to make
 * so, is refused by -EBUSY. Nothing waits for it, since a change may wait for a driver
 * which in turn wants to change the IOAS.
 *
 * Memory, happy path: all of it is of memfds that are preserved in the same session,
 * and the domain maps the page frames that are preserved.
 *
 * Unhappy path: a line in the log says which area it is and why, and the errno tells
 * what kind of reason it was.
 *
 * Seals are those that the file had when it was mapped. That it is sealed later does
 * not help: between the two it can have been shrunk and grown again, and the IOAS has
 * pages mapped then that are pinned, but belong to the file no more. Its size does not
 * tell. Pages that were replaced by punching a hole, which no required seal forbids,
 * are found by comparing page frames.
 */

#define pr_fmt(fmt) "iommufd: liveupdate: " fmt

#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/liveupdate.h>
#include <linux/mm_types.h>
#include <linux/sched.h>

#include <linux/memfd.h> /* after <linux/mm_types.h>, which it needs */

#include "io_pagetable.h"
#include "iommufd_private.h"

/* Without these the file could be cut, and its pages be replaced by others. */
#define REQUIRED_SEALS	(F_SEAL_SEAL | F_SEAL_GROW | F_SEAL_SHRINK)

/* Holding still */

/**
 * iopt_liveupdate_init - Begin with an IOAS that may change
 * @iopt: To be initialized
 *
 * Context: Any.
 */
void iopt_liveupdate_init(struct io_pagetable *iopt)
{
	init_rwsem(&iopt->liveupdate.change_rwsem);
}

/**
 * iopt_begin_change - Begin to change an IOAS
 * @iopt: The IOAS
 *
 * Context: Does not sleep. None of the locks of @iopt is held, iommufd_ioas::mutex may
 * be.
 * Return: @iopt, for iopt_end_change(), or an ERR_PTR() of -EBUSY: the IOAS is
 * immutable, or is about to be.
 */
struct io_pagetable *iopt_begin_change(struct io_pagetable *iopt)
{
	if (!down_read_trylock(&iopt->liveupdate.change_rwsem))
		return ERR_PTR(-EBUSY);
	if (!iopt->liveupdate.immutable)
		return iopt;
	up_read(&iopt->liveupdate.change_rwsem);
	return ERR_PTR(-EBUSY);
}

/**
 * iopt_end_change - Undo iopt_begin_change()
 * @iopt: What that returned
 *
 * Context: Any.
 */
void iopt_end_change(struct io_pagetable *iopt)
{
	if (!IS_ERR(iopt))
		up_read(&iopt->liveupdate.change_rwsem);
}

/**
 * iopt_end_copy - End a change by iopt_map_pages(), whether it failed or not
 * @iopt: What iopt_begin_change() returned, no error
 * @pages_list: What was to be mapped; areas that were not are removed
 *
 * Context: May sleep.
 */
void iopt_end_copy(struct io_pagetable *iopt, struct list_head *pages_list)
{
	iopt_free_pages_list(pages_list);
	iopt_end_change(iopt);
}

/**
 * iopt_is_immutable - Whether an IOAS must not change
 * @iopt: The IOAS
 *
 * Context: iova_rwsem is held.
 * Return: true if so.
 */
bool iopt_is_immutable(struct io_pagetable *iopt)
{
	lockdep_assert_held(&iopt->iova_rwsem);
	return iopt->liveupdate.immutable;
}

/**
 * iopt_make_immutable - Have an IOAS hold still
 * @iopt: The IOAS
 *
 * A change that has begun may wait for user space, which need not be that of the
 * caller: the fault of a page that is to be pinned may never be served. So waiting for
 * it ends when the caller is killed.
 *
 * Context: May sleep, until all changes have ended.
 * Return: 0, or -EINTR if the caller was killed meanwhile; nothing has changed then.
 */
int iopt_make_immutable(struct io_pagetable *iopt)
{
	int ret;

	ACQUIRE(rwsem_write_kill, change)(&iopt->liveupdate.change_rwsem);
	ret = ACQUIRE_ERR(rwsem_write_kill, &change);
	if (ret)
		return ret;
	ACQUIRE(rwsem_write_kill, iova)(&iopt->iova_rwsem);
	ret = ACQUIRE_ERR(rwsem_write_kill, &iova);
	if (ret)
		return ret;
	iopt->liveupdate.immutable++;
	return 0;
}

/**
 * iopt_make_mutable - Undo one iopt_make_immutable()
 * @iopt: The IOAS
 *
 * Context: May sleep, but not for long: nothing changes the IOAS.
 */
void iopt_make_mutable(struct io_pagetable *iopt)
{
	guard(rwsem_write)(&iopt->liveupdate.change_rwsem);
	guard(rwsem_write)(&iopt->iova_rwsem);
	iopt->liveupdate.immutable--;
}

/**
 * iommufd_dirty_tracking_begin - Dirty tracking of a HWPT is enabled or disabled
 * @hwpt_paging: The HWPT
 *
 * Calls for one IOAS come one after the other, so that what is taken down last is what
 * the hardware was told last.
 *
 * Context: May sleep.
 */
void iommufd_dirty_tracking_begin(struct iommufd_hwpt_paging *hwpt_paging)
{
	mutex_lock(&hwpt_paging->ioas->mutex);
}

/**
 * iommufd_dirty_tracking_end - Take down what became of it
 * @hwpt_paging: The HWPT
 * @enable: What was asked for
 * @rc: 0 if it was done
 *
 * Context: After iommufd_dirty_tracking_begin().
 */
void iommufd_dirty_tracking_end(struct iommufd_hwpt_paging *hwpt_paging, bool enable,
				int rc)
{
	if (!rc)
		hwpt_paging->liveupdate.is_dirty_tracking = enable;
	mutex_unlock(&hwpt_paging->ioas->mutex);
}

/* Memory */

/**
 * iopt_pages_liveupdate_init - Take down which seals a file has
 * @pages: Pages of the file, none of which is pinned yet
 * @file: The file, of any kind
 *
 * Seals are never taken away, so that the file has at least these from now on. See
 * above for why those that it gets later do not count.
 *
 * Context: Any.
 */
void iopt_pages_liveupdate_init(struct iopt_pages *pages, struct file *file)
{
	pages->liveupdate.seals = max(memfd_get_seals(file), 0);
}

static int refuse(struct iommufd_hwpt_paging *hwpt_paging, struct iopt_area *area,
		  int err, const char *reason)
{
	pr_warn("HWPT %u cannot be preserved: IOVA %#lx to %#lx %s (%pe)\n",
		hwpt_paging->common.obj.id, iopt_area_iova(area),
		iopt_area_last_iova(area), reason, ERR_PTR(err));
	return err;
}

static unsigned long iova_of_index(struct iopt_area *area, unsigned long index)
{
	unsigned long pages = index - iopt_area_index(area);

	/* The area may begin inside its first page. */
	return iopt_area_iova(area) + pages * PAGE_SIZE - (pages ? area->page_offset : 0);
}

/* Does the domain map what is preserved of the file? */
static int check_page_frames(struct iommufd_hwpt_paging *hwpt_paging,
			     struct iopt_area *area, struct luo_file_set *file_set)
{
	struct iommu_domain *domain = hwpt_paging->common.domain;
	unsigned long first = area->pages->start >> PAGE_SHIFT;
	unsigned long index = iopt_area_index(area);
	unsigned long pfn, nr_pages;
	phys_addr_t phys;
	int ret;

	while (index <= iopt_area_last_index(area)) {
		ret = liveupdate_get_pfn_outgoing(file_set, area->pages->file,
						  first + index, &pfn, &nr_pages);
		if (ret)
			return refuse(hwpt_paging, area, ret,
				      "has a page that its file does not preserve");
		nr_pages = min(nr_pages, iopt_area_last_index(area) - index + 1);
		for (; nr_pages; nr_pages--, index++, pfn++) {
			phys = iommu_iova_to_phys(domain, iova_of_index(area, index));
			if (PHYS_PFN(phys) != pfn)
				return refuse(hwpt_paging, area, -EINVAL,
					      "has a page that its file has replaced");
		}
		cond_resched();
	}
	return 0;
}

static int check_file(struct iommufd_hwpt_paging *hwpt_paging, struct iopt_area *area,
		      struct luo_file_set *file_set)
{
	u64 token;
	int ret;

	if (REQUIRED_SEALS & ~area->pages->liveupdate.seals)
		return refuse(hwpt_paging, area, -EINVAL,
			      "was mapped without the seals seal, grow and shrink");
	ret = liveupdate_get_token_outgoing(file_set, area->pages->file, &token);
	if (ret)
		return refuse(hwpt_paging, area, ret,
			      "is of a file that this session does not preserve");
	return check_page_frames(hwpt_paging, area, file_set);
}

static int check_area(struct iommufd_hwpt_paging *hwpt_paging, struct iopt_area *area,
		      struct luo_file_set *file_set)
{
	/* Whoever maps or unmaps it would be between begin and end of a change. */
	if (WARN_ON_ONCE(!area->pages))
		return -EBUSY;
	if (area->num_accesses || area->num_locks)
		return refuse(hwpt_paging, area, -EBUSY, "is pinned by a driver");

	switch (area->pages->type) {
	case IOPT_ADDRESS_FILE:
		return check_file(hwpt_paging, area, file_set);
	case IOPT_ADDRESS_DMABUF:
		return refuse(hwpt_paging, area, -EOPNOTSUPP, "is a dma-buf");
	default:
		return refuse(hwpt_paging, area, -EINVAL, "is not of a memfd");
	}
}

static int check_dirty_tracking(struct iommufd_hwpt_paging *hwpt_paging)
{
	guard(mutex)(&hwpt_paging->ioas->mutex);
	if (!hwpt_paging->liveupdate.is_dirty_tracking)
		return 0;
	pr_warn("HWPT %u cannot be preserved: dirty tracking is enabled\n",
		hwpt_paging->common.obj.id);
	return -EOPNOTSUPP;
}

/**
 * iommufd_hwpt_liveupdate_check - Check that what a HWPT maps is preserved
 * @hwpt_paging: The HWPT, whose IOAS is immutable
 * @file_set: The files of the session
 *
 * Context: May sleep. By an operation of a file handler.
 * Return: 0, or an errno and a line in the log:
 *
 * * -EINVAL: an area is not of a file, was mapped unsealed, or its file has other
 *   pages now.
 * * -EOPNOTSUPP: an area is a dma-buf, or of a file whose handler does not tell which
 *   page frames it preserves; or dirty tracking is enabled.
 * * -ENOENT: the session does not preserve a file.
 * * -ERANGE: a file has fewer pages than are mapped.
 * * -EBUSY: a driver has pinned pages of an area.
 */
int iommufd_hwpt_liveupdate_check(struct iommufd_hwpt_paging *hwpt_paging,
				  struct luo_file_set *file_set)
{
	struct io_pagetable *iopt = &hwpt_paging->ioas->iopt;
	struct iopt_area *area;
	int ret;

	ret = check_dirty_tracking(hwpt_paging);
	if (ret)
		return ret;

	guard(rwsem_read)(&iopt->iova_rwsem);
	for (area = iopt_area_iter_first(iopt, 0, ULONG_MAX); area && !ret;
	     area = iopt_area_iter_next(area, 0, ULONG_MAX))
		ret = check_area(hwpt_paging, area, file_set);
	return ret;
}
