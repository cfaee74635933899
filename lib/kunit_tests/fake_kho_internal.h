/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the fake KHO and the mock kexec share. */

#ifndef _LIB_KUNIT_TESTS_FAKE_KHO_INTERNAL_H
#define _LIB_KUNIT_TESTS_FAKE_KHO_INTERNAL_H

#include <linux/cleanup.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include "fake_kho.h"

struct fake_kho_image_file;
struct folio;
struct kunit;
struct page;

/* The mark of preserved memory in page->private, as the real KHO has it */
#define FAKE_KHO_PAGE_MAGIC	0x4b484f50U

/**
 * union fake_kho_page_info - page->private of the first page of a preservation.
 * @page_private: All of it.
 * @order: Order of the preservation.
 * @magic: FAKE_KHO_PAGE_MAGIC.
 */
union fake_kho_page_info {
	unsigned long page_private;
	struct {
		unsigned int order;
		unsigned int magic;
	};
};

/**
 * struct fake_kho - One KHO: that of the boot, or that of a test.
 * @lock: Protects @preserved, @outgoing, @incoming and @vmalloc_areas.
 * @preserved: For the next kernel: PFN to the set of orders, bit n for order n.
 * @waiting: From the previous kernel and not restored, in the same form.
 * @max_order: The greatest order that was ever preserved.
 * @outgoing: Subtrees for the next kernel.
 * @incoming: Subtrees from the previous kernel.
 * @vmalloc_areas: Areas that kho_preserve_vmalloc() preserved.
 * @generation: Number of mock kexecs so far.
 * @test: The test that this KHO belongs to, NULL for that of the boot.
 * @report_lock: Protects @report and @calls; nests in any context.
 * @report: What there is to say so far.
 * @calls: Calls so far.
 * @expected: The counts of the report that the test declared.
 */
struct fake_kho {
	struct mutex lock; /* protects the sets and the lists */
	struct xarray preserved;
	struct xarray waiting;
	unsigned int max_order;
	struct list_head outgoing;
	struct list_head incoming;
	struct list_head vmalloc_areas;
	unsigned int generation;
	struct kunit *test;

	spinlock_t report_lock; /* protects report and calls */
	struct fake_kho_report report;
	struct fake_kho_calls calls;
	unsigned long expected[FAKE_KHO_NR_KINDS];
};

/**
 * typedef fake_kho_range_fn - Called for each preservation of a set.
 * @pfn: Its first page frame.
 * @order: Its order.
 * @data: The caller's.
 */
typedef void (*fake_kho_range_fn)(unsigned long pfn, unsigned int order,
				  void *data);

/* fake_kho_report.c */
struct fake_kho *fake_kho_current(void);
void fake_kho_note(struct fake_kho *kho, enum fake_kho_kind kind,
		   unsigned long pfn);
void fake_kho_count(struct fake_kho *kho, unsigned long *counter,
		    unsigned long by);

/* fake_kho.c */
bool fake_kho_should_fail(void);
void fake_kho_for_each(struct xarray *ranges, fake_kho_range_fn fn, void *data);
bool fake_kho_forget(struct xarray *ranges, unsigned long pfn,
		     unsigned int order);
int fake_kho_await(struct fake_kho *kho, unsigned long pfn, unsigned int order);
void fake_kho_next_generation(struct fake_kho *kho);

/* fake_kho_host.c */
#ifdef CONFIG_UML
int fake_kho_host_open(struct fake_kho_image_file *file, const char *path,
		       bool create);
void fake_kho_host_close(struct fake_kho_image_file *file);
#else
static inline int fake_kho_host_open(struct fake_kho_image_file *file,
				     const char *path, bool create)
{
	return -EOPNOTSUPP;
}

static inline void fake_kho_host_close(struct fake_kho_image_file *file) { }
#endif

/* fake_kho_image.c */
void fake_kho_image_of_kexec(struct kunit *test);

/* fake_kho_subtree.c */
void fake_kho_next_subtrees(struct fake_kho *kho);
void fake_kho_free_subtrees(struct fake_kho *kho);

/* fake_kho_vmalloc.c */
void fake_kho_forget_vmalloc(struct fake_kho *kho, bool unmap);

/* mock_kexec.c */
int mock_kexec_begin(struct fake_kho *kho);
void mock_kexec_audit(struct fake_kho *kho);
void mock_kexec_end(struct fake_kho *kho);
void mock_kexec_await(unsigned long pfn, unsigned int order);
void mock_kexec_hand_out(struct folio *folio);
void mock_kexec_restored(struct page *page, unsigned long nr_pages);
void mock_kexec_represerved(unsigned long pfn);

static inline unsigned int fail_nth_exchange(unsigned int nth)
{
#ifdef CONFIG_FAULT_INJECTION
	return xchg(&current->fail_nth, nth);
#else
	return 0;
#endif
}

/*
 * The doubles allocate where the real thing does not. Such an allocation is no
 * point of failure of the code under test.
 */
DEFINE_CLASS(fail_nth_paused, unsigned int, (void)fail_nth_exchange(_T),
	     fail_nth_exchange(0), void)

#endif /* _LIB_KUNIT_TESTS_FAKE_KHO_INTERNAL_H */
