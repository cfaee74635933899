// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: seals, mode and pins of memfds over a live update
 *
 * Real memfds, with each set of seals and with modes of all kinds, are preserved in a
 * session of LUO, cross a mock kexec, and are retrieved: seals and mode are those that they
 * had, and what they could be used for before they can be used for again. Until their
 * session finishes, what was retrieved is pinned and frozen.
 *
 * What cannot be retrieved, because its record is damaged or because memory runs out on the
 * way, is lost and not freed, as a device may go on to write to it.
 */

#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/memfd.h>
#include <linux/kho/abi/memfd_v3.h>
#include <linux/liveupdate.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/percpu_counter.h>
#include <linux/secretmem.h>
#include <linux/shmem_fs.h>
#include <linux/smp.h>
#include <linux/stat.h>
#include <linux/string.h>
#include <uapi/linux/memfd.h>

#include <kunit/test.h>

#include "../../kernel/liveupdate/luo_internal.h"
#include "fake_kho_internal.h"
#include "liveupdate_snapshot.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "mock_kexec.h"
#include "test_memfd.h"

/* Only there for test_memfd_ops() */
static struct luo_test_type other = LUO_TEST_TYPE("luo-test-other-v1");

#define TOKEN		100
#define FIXED_SIZE	(F_SEAL_SEAL | F_SEAL_GROW | F_SEAL_SHRINK)
#define NR_SEALS	(MEMFD_V3_SEALS_KNOWN + 1)
#define PAGES		4

static struct file *new_memfd(struct kunit *test, umode_t mode)
{
	struct file *file = test_memfd_create(test, "seals", PAGES * PAGE_SIZE, 0);

	for (u8 i = 0; i < PAGES; i++)
		KUNIT_ASSERT_EQ(test, 0, test_memfd_write(file, i * PAGE_SIZE, &i, 1));
	KUNIT_ASSERT_EQ(test, 0, vfs_fchmod(file, mode));
	return file;
}

static struct file *sealed_memfd(struct kunit *test, umode_t mode, unsigned int seals)
{
	struct file *file = new_memfd(test, mode);

	KUNIT_ASSERT_EQ(test, 0, memfd_add_seals(file, seals));
	return file;
}

static umode_t mode_of(struct file *file)
{
	return file_inode(file)->i_mode;
}

static void expect_content(struct kunit *test, struct file *file)
{
	u8 byte;

	KUNIT_EXPECT_EQ(test, i_size_read(file_inode(file)), PAGES * PAGE_SIZE);
	for (u8 i = 0; i < PAGES; i++) {
		KUNIT_EXPECT_EQ(test, 0, test_memfd_read(file, i * PAGE_SIZE, &byte, 1));
		KUNIT_EXPECT_EQ(test, byte, i);
	}
}

static void preserve(struct kunit *test, struct file *session, u64 token, struct file *file)
{
	KUNIT_ASSERT_EQ(test, 0, luo_kernel_preserve(session, token, file));
}

static struct file *retrieve(struct kunit *test, struct file *session, u64 token)
{
	struct file *file;

	KUNIT_ASSERT_EQ(test, 0, luo_kernel_retrieve(session, token, &file));
	return file;
}

/* Over one kexec, in a session that goes on */
static struct file *cross(struct kunit *test, struct file *file, struct file **session)
{
	*session = luo_test_session(test, "a");
	preserve(test, *session, TOKEN, file);
	luo_kernel_next(test);
	*session = luo_test_retrieved(test, "a");
	return retrieve(test, *session, TOKEN);
}

/* Seals and mode */

static const umode_t modes[] = { 0777, 0666, 0600, 0000, 0444, 0711, 06750, 01777 };

static void mode_desc(const umode_t *mode, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "mode %04o", *mode);
}

KUNIT_ARRAY_PARAM(mode, modes, mode_desc);

/**
 * struct trait - What a memfd is like, and what it can be used for
 * @seals: Its seals.
 * @mode: The mode of its inode.
 * @map: What mapping it shared and writable returns.
 * @writable: Shared mappings that may be written, or -1 if there may be none.
 */
struct trait {
	int seals;
	umode_t mode;
	int map;
	int writable;
};

static struct trait trait_of(struct kunit *test, struct file *file)
{
	return (struct trait){
		.seals = memfd_get_seals(file),
		.mode = mode_of(file),
		.map = test_memfd_map(test, file),
		.writable = atomic_read(&file->f_mapping->i_mmap_writable),
	};
}

static void expect_trait(struct kunit *test, struct file *file, const struct trait *before)
{
	struct trait after = trait_of(test, file);

	KUNIT_EXPECT_EQ(test, before->seals, after.seals);
	KUNIT_EXPECT_EQ_MSG(test, before->mode, after.mode, "seals %#x", before->seals);
	KUNIT_EXPECT_EQ_MSG(test, before->map, after.map, "seals %#x", before->seals);
	KUNIT_EXPECT_EQ_MSG(test, before->writable, after.writable, "seals %#x", before->seals);
	KUNIT_EXPECT_EQ(test, before->map,
			before->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE) ? -EPERM : 0);
}

static void expect_sizes_sealed(struct kunit *test, struct file *file, unsigned int seals)
{
	const u64 size = PAGES * PAGE_SIZE;

	KUNIT_EXPECT_EQ(test, vfs_truncate(&file->f_path, size + 1),
			seals & F_SEAL_GROW ? -EPERM : 0);
	KUNIT_EXPECT_EQ(test, vfs_truncate(&file->f_path, size - 1),
			seals & F_SEAL_SHRINK ? -EPERM : 0);
}

static void expect_use(struct kunit *test, struct file *file, unsigned int seals)
{
	u8 zero = 0;

	expect_content(test, file);
	KUNIT_EXPECT_EQ(test, test_memfd_write(file, 0, &zero, 1),
			seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE) ? -EPERM : 0);
	KUNIT_EXPECT_EQ(test, vfs_fchmod(file, mode_of(file) ^ 0100),
			seals & F_SEAL_EXEC ? -EPERM : 0);
	expect_sizes_sealed(test, file, seals);
	KUNIT_EXPECT_EQ(test, memfd_add_seals(file, F_SEAL_GROW),
			seals & F_SEAL_SEAL ? -EPERM : 0);
}

/*
 * Those that are added in one call, as F_SEAL_SEAL does not admit another one. The session
 * has finished before the sizes are tried: until then they cannot change in any case.
 * Finding 38, Finding 40, Finding 41, Finding 41a
 */
static void seals_and_mode_are_those_of_before(struct kunit *test)
{
	const umode_t mode = *(const umode_t *)test->param_value;
	struct file *a = luo_test_session(test, "a"), **files;
	struct trait *before;

	before = kunit_kcalloc(test, NR_SEALS, sizeof(*before), GFP_KERNEL);
	files = kunit_kcalloc(test, NR_SEALS, sizeof(*files), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, before);
	KUNIT_ASSERT_NOT_NULL(test, files);
	for (unsigned int seals = 0; seals < NR_SEALS; seals++) {
		struct file *file = sealed_memfd(test, mode, seals);

		before[seals] = trait_of(test, file);
		KUNIT_EXPECT_EQ(test, before[seals].mode, S_IFREG | mode);
		preserve(test, a, seals, file);
	}
	luo_kernel_next(test);

	a = luo_test_retrieved(test, "a");
	for (unsigned int seals = 0; seals < NR_SEALS; seals++) {
		files[seals] = retrieve(test, a, seals);
		expect_trait(test, files[seals], &before[seals]);
	}
	KUNIT_EXPECT_EQ(test, 0, luo_kernel_finish(a));
	for (unsigned int seals = 0; seals < NR_SEALS; seals++) {
		expect_trait(test, files[seals], &before[seals]);
		expect_use(test, files[seals], before[seals].seals);
		luo_test_close(files[seals]);
	}
}

/* As user space makes the memory of a VM. Finding 41a */
static void noexec_memfd_can_be_mapped_again(struct kunit *test)
{
	struct file *file = memfd_alloc_file("noexec", MFD_NOEXEC_SEAL), *a, *again;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_ASSERT_EQ(test, 0, vfs_truncate(&file->f_path, PAGE_SIZE));
	KUNIT_ASSERT_EQ(test, 0, memfd_add_seals(file, FIXED_SIZE));
	KUNIT_EXPECT_EQ(test, memfd_get_seals(file), 0x27);
	again = cross(test, file, &a);
	fput(file);
	KUNIT_EXPECT_EQ(test, memfd_get_seals(again), 0x27);
	KUNIT_EXPECT_EQ(test, mode_of(again), S_IFREG | 0666);
	KUNIT_EXPECT_EQ(test, 0, test_memfd_map(test, again));
	luo_test_close(again);
}

/* Nobody can add a seal to it, and it has none but that. */
static void memfd_that_cannot_be_sealed_is_none_that_can(struct kunit *test)
{
	struct file *file = memfd_alloc_file("sealed", 0), *a, *again;

	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	again = cross(test, file, &a);
	fput(file);
	KUNIT_EXPECT_EQ(test, memfd_get_seals(again), F_SEAL_SEAL);
	luo_test_close(again);
}

/* What changes after it was preserved must not get lost. */
static void seals_and_mode_of_the_last_moment_are_kept(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file = new_memfd(test, 0777);

	preserve(test, a, TOKEN, file);
	KUNIT_ASSERT_EQ(test, 0, vfs_fchmod(file, 0640));
	KUNIT_ASSERT_EQ(test, 0, memfd_add_seals(file, F_SEAL_GROW | F_SEAL_EXEC));
	file->f_pos = 3;
	luo_kernel_next(test);

	file = retrieve(test, luo_test_retrieved(test, "a"), TOKEN);
	KUNIT_EXPECT_EQ(test, memfd_get_seals(file), F_SEAL_GROW | F_SEAL_EXEC);
	KUNIT_EXPECT_EQ(test, mode_of(file), S_IFREG | 0640);
	KUNIT_EXPECT_EQ(test, file->f_pos, 3);
	luo_test_close(file);
}

/* What is not preserved */

static void what_is_not_preserved_is_as_in_a_new_memfd(struct kunit *test)
{
	struct file *file = new_memfd(test, 0600), *fresh, *a;
	struct inode *inode = file_inode(file);

	inode->i_uid = KUIDT_INIT(17);
	inode->i_gid = KGIDT_INIT(18);
	file->f_flags |= O_APPEND;
	file = cross(test, file, &a);
	inode = file_inode(file);
	fresh = test_memfd_create(test, "", 0, 0);
	KUNIT_EXPECT_TRUE(test, uid_eq(inode->i_uid, file_inode(fresh)->i_uid));
	KUNIT_EXPECT_TRUE(test, gid_eq(inode->i_gid, file_inode(fresh)->i_gid));
	KUNIT_EXPECT_EQ(test, file->f_flags, fresh->f_flags);
	KUNIT_EXPECT_EQ(test, file->f_mode, fresh->f_mode);
	KUNIT_EXPECT_STREQ(test, file->f_path.dentry->d_name.name,
			   fresh->f_path.dentry->d_name.name);
	KUNIT_EXPECT_EQ(test, inode->i_nlink, 0);
	luo_test_close(file);
}

/* What is refused */

/* A seal of a later kernel. Finding 39 */
#define UNKNOWN_SEAL	NR_SEALS

static void unknown_seal_is_refused_when_preserved(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file = new_memfd(test, 0600);
	struct liveupdate_snapshot before, after;

	SHMEM_I(file_inode(file))->seals |= UNKNOWN_SEAL;
	liveupdate_snapshot_take(&before);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, luo_kernel_preserve(a, TOKEN, file));
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	KUNIT_EXPECT_EQ(test, 0, test_memfd_punch(file, 0, PAGE_SIZE));
	SHMEM_I(file_inode(file))->seals &= ~UNKNOWN_SEAL;
	preserve(test, a, TOKEN, file);
}

/* The update is cancelled, and can go on without it. */
static void unknown_seal_is_refused_when_frozen(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file = new_memfd(test, 0600);

	preserve(test, a, TOKEN, file);
	SHMEM_I(file_inode(file))->seals |= UNKNOWN_SEAL;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, luo_kernel_freeze());
	SHMEM_I(file_inode(file))->seals &= ~UNKNOWN_SEAL;
	KUNIT_EXPECT_EQ(test, 0, luo_kernel_freeze());
}

static void too_large_memfd_is_refused(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a");
	struct file *file = test_memfd_create(test, "large", 0, 0);

	KUNIT_ASSERT_EQ(test, 0, vfs_truncate(&file->f_path,
					      (U32_MAX + 1ULL) * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EFBIG, luo_kernel_preserve(a, TOKEN, file));
	KUNIT_EXPECT_EQ(test, 0, vfs_truncate(&file->f_path, 0));
	preserve(test, a, TOKEN, file);
}

static void file_that_has_a_name_is_refused(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file = new_memfd(test, 0600);

	set_nlink(file_inode(file), 1);
	KUNIT_EXPECT_EQ(test, -ENOENT, luo_kernel_preserve(a, TOKEN, file));
	clear_nlink(file_inode(file));
	preserve(test, a, TOKEN, file);
}

#ifdef CONFIG_HUGETLBFS
static void memory_of_hugetlbfs_is_refused(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file;

	file = memfd_alloc_file("huge", MFD_HUGETLB);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, luo_kernel_preserve(a, TOKEN, file));
	fput(file);
}
#endif

#ifdef CONFIG_SECRETMEM
/* Secret memory is what has these operations. */
static void secret_memory_is_refused(struct kunit *test)
{
	struct file *a = luo_test_session(test, "a"), *file = new_memfd(test, 0600);
	const struct address_space_operations *own = file->f_mapping->a_ops;

	file->f_mapping->a_ops = &secretmem_aops;
	KUNIT_EXPECT_EQ(test, -EPERM, luo_kernel_preserve(a, TOKEN, file));
	file->f_mapping->a_ops = own;
	preserve(test, a, TOKEN, file);
}
#endif

/* Pins */

static long pins(void)
{
	struct liveupdate_snapshot snapshot;

	liveupdate_snapshot_take(&snapshot);
	return snapshot.pins;
}

static void expect_frozen(struct kunit *test, struct file *file)
{
	u8 byte = 0;

	KUNIT_EXPECT_EQ(test, -EPERM, test_memfd_punch(file, 0, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EPERM, vfs_truncate(&file->f_path, 0));
	KUNIT_EXPECT_EQ(test, -EPERM, vfs_truncate(&file->f_path,
						   (PAGES + 1) * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EPERM, vfs_fallocate(file, 0, 0, (PAGES + 1) * PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, -EPERM, test_memfd_write(file, PAGES * PAGE_SIZE, &byte, 1));
	KUNIT_EXPECT_EQ(test, 0, test_memfd_write(file, 0, &byte, 1));
	KUNIT_EXPECT_EQ(test, -EBUSY, memfd_add_seals(file, F_SEAL_WRITE));
}

/* Somebody may not yet have retrieved the iommufd that maps it. */
static void retrieved_memfd_is_pinned_and_frozen_until_the_session_finishes(struct kunit *test)
{
	long before = pins();
	unsigned long pfn;
	struct file *file, *a;

	file = cross(test, new_memfd(test, 0666), &a);
	KUNIT_EXPECT_EQ(test, pins() - before, PAGES);
	pfn = test_memfd_pfn(file, 2);
	for (int i = 0; i < PAGES; i++)
		KUNIT_EXPECT_TRUE(test, folio_maybe_dma_pinned(pfn_folio(test_memfd_pfn(file, i))));
	expect_frozen(test, file);
	expect_content(test, file);
	KUNIT_EXPECT_EQ(test, test_memfd_pfn(file, 2), pfn);

	KUNIT_EXPECT_EQ(test, 0, luo_kernel_finish(a));
	KUNIT_EXPECT_EQ(test, pins(), before);
	KUNIT_EXPECT_EQ(test, 0, test_memfd_punch(file, 0, PAGE_SIZE));
	KUNIT_EXPECT_EQ(test, 0, memfd_add_seals(file, F_SEAL_WRITE));
	luo_test_close(file);
}

static void session_that_is_closed_gives_the_pins_back(struct kunit *test)
{
	long before = pins();
	struct file *file, *a;

	file = cross(test, new_memfd(test, 0666), &a);
	luo_test_close(file);
	KUNIT_EXPECT_EQ(test, pins() - before, PAGES);
	luo_kernel_close(a);
	KUNIT_EXPECT_EQ(test, pins(), before);
}

/* The file of a kernel that ends in between is pinned by it, and by nobody after it. */
static void kexec_before_the_session_finishes_loses_the_pins(struct kunit *test)
{
	long before = pins();
	struct file *file, *a;

	file = cross(test, new_memfd(test, 0666), &a);
	KUNIT_EXPECT_EQ(test, pins() - before, PAGES);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
	luo_kernel_next(test);
	KUNIT_EXPECT_EQ(test, pins(), before);
	luo_test_close(file);
}

/* Nothing that cannot be trusted is handed out, or freed */

/* The record of the only file of the only session */
static struct memfd_v3_ser *incoming_record(struct file *session)
{
	struct luo_session *luo = session->private_data;
	struct kho_block_set_it it;
	struct luo_file_ser *ser;

	kho_block_set_it_init(&it, &luo->file_set.block_set);
	ser = kho_block_set_it_read_entry(&it);
	return phys_to_virt(ser->data);
}

static struct file *hand_over_good(struct kunit *test, unsigned long pfns[PAGES])
{
	struct file *a = luo_test_session(test, "a"), *file = new_memfd(test, 0666);

	preserve(test, a, TOKEN, file);
	for (int i = 0; i < PAGES; i++)
		pfns[i] = test_memfd_pfn(file, i);
	luo_kernel_next(test);
	test_memfd_close(test, file);
	return luo_test_retrieved(test, "a");
}

static struct file *hand_over_damaged(struct kunit *test, unsigned long pfns[PAGES])
{
	struct file *a = hand_over_good(test, pfns);

	incoming_record(a)->seals |= UNKNOWN_SEAL;
	return a;
}

static void expect_waiting(struct kunit *test, const unsigned long pfns[PAGES])
{
	for (u8 i = 0; i < PAGES; i++) {
		KUNIT_EXPECT_EQ(test, 0, kho_preserved_order(PFN_PHYS(pfns[i])));
		KUNIT_EXPECT_EQ(test, i, *(u8 *)phys_to_virt(PFN_PHYS(pfns[i])));
	}
}

/* Four pages, and of the record: itself, its array, and the list of pages of that */
#define LOST	(PAGES + 3)

/* Finding 39 */
static void damaged_record_is_refused_and_its_memory_stays(struct kunit *test)
{
	unsigned long pfns[PAGES];
	struct file *a = hand_over_damaged(test, pfns), *file;

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, luo_kernel_retrieve(a, TOKEN, &file));
	expect_waiting(test, pfns);

	/* What LUO was told once it says again, whatever it finds. */
	incoming_record(a)->seals &= ~UNKNOWN_SEAL;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, luo_kernel_retrieve(a, TOKEN, &file));
	KUNIT_EXPECT_EQ(test, 0, luo_kernel_finish(a));
	expect_waiting(test, pfns);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, LOST);
}

static void damaged_record_that_nobody_retrieves_is_not_freed(struct kunit *test)
{
	unsigned long pfns[PAGES];
	struct file *a = hand_over_damaged(test, pfns);

	KUNIT_EXPECT_EQ(test, 0, luo_kernel_finish(a));
	expect_waiting(test, pfns);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, LOST);
}

static void good_record_that_nobody_retrieves_is_freed(struct kunit *test)
{
	struct fake_kho_ranges before, after;
	unsigned long pfns[PAGES];
	struct file *a = hand_over_good(test, pfns);

	fake_kho_get_waiting(&before);
	KUNIT_EXPECT_EQ(test, 0, luo_kernel_finish(a));
	fake_kho_get_waiting(&after);
	/* LUO gives back one page of its own. */
	KUNIT_EXPECT_EQ(test, before.count - after.count, LOST + 1);
	for (int i = 0; i < PAGES; i++)
		KUNIT_EXPECT_EQ(test, -ENOENT, kho_preserved_order(PFN_PHYS(pfns[i])));
}

/* Whoever has it, it is not free. */
static void expect_in_use(struct kunit *test, const unsigned long pfns[PAGES],
			  unsigned int nth)
{
	for (u8 i = 0; i < PAGES; i++) {
		struct page *page = pfn_to_page(pfns[i]);

		KUNIT_EXPECT_EQ_MSG(test, i, *(u8 *)page_address(page), "failure %u", nth);
		if (kho_preserved_order(PFN_PHYS(pfns[i])) == 0)
			continue;
		KUNIT_EXPECT_TRUE_MSG(test, folio_maybe_dma_pinned(page_folio(page)),
				      "failure %u", nth);
	}
}

/* Retrieve with the n-th allocation failing; returns false if there are not that many. */
static bool retrieve_with_failure(struct kunit *test, unsigned int nth, unsigned int *failed)
{
	unsigned long pfns[PAGES];
	struct file *a = hand_over_good(test, pfns), *file;
	bool injected;
	int err;

	fail_nth_exchange(nth);
	err = luo_kernel_retrieve(a, TOKEN, &file);
	injected = !fail_nth_exchange(0);
	flush_delayed_fput();
	if (err) {
		/* shmem has no other errno for an inode that it gets no memory for. */
		KUNIT_EXPECT_TRUE_MSG(test, err == -ENOMEM || err == -ENOSPC, "failure %u: %d",
				      nth, err);
		(*failed)++;
	} else {
		expect_content(test, file);
		luo_test_close(file);
	}
	expect_in_use(test, pfns, nth);
	KUNIT_EXPECT_EQ(test, 0, luo_kernel_finish(a));
	if (err)
		expect_in_use(test, pfns, nth);
	luo_kernel_close(a);
	return injected;
}

/* What is allocated for a page cache is tried a second time. Finding 28 */
static void each_failure_to_retrieve_frees_nothing(struct kunit *test)
{
	unsigned int nth = 0, failed = 0;

	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
	fake_kho_expect(test, FAKE_KHO_LEFT_ALLOCATED, FAKE_KHO_ANY);
	while (retrieve_with_failure(test, ++nth, &failed))
		KUNIT_ASSERT_LT(test, nth, 200);
	kunit_info(test, "retrieve: %u points, %u failed", nth - 1, failed);
	KUNIT_EXPECT_GE(test, failed, 2);
}

/* With 0 each page counts at once; returns what it was. */
static s32 set_commit_batch(s32 batch)
{
	const s32 old = vm_committed_as_batch;

#ifdef CONFIG_SMP
	vm_committed_as_batch = batch;
#endif
	return old;
}

static void sync_committed(void *unused)
{
	percpu_counter_sync(&vm_committed_as);
}

/* Retrieve when no more than that many pages may be committed. */
static int retrieve_with_room(struct file *session, long pages, struct file **file)
{
	const int policy = sysctl_overcommit_memory;
	const s32 batch = set_commit_batch(0);
	long used;
	int err;

	/* What a CPU has not added so far would make room, or take it. */
	on_each_cpu(sync_committed, NULL, true);
	sysctl_overcommit_memory = OVERCOMMIT_NEVER;
	used = vm_commit_limit() - percpu_counter_read_positive(&vm_committed_as) - pages - 1;
	vm_acct_memory(used);
	err = luo_kernel_retrieve(session, TOKEN, file);
	vm_unacct_memory(used);
	set_commit_batch(batch);
	sysctl_overcommit_memory = policy;
	flush_delayed_fput();
	return err;
}

/* The first of the pages that have not been restored */
static u8 first_waiting(const unsigned long pfns[PAGES])
{
	u8 i = 0;

	while (i < PAGES && kho_preserved_order(PFN_PHYS(pfns[i])) < 0)
		i++;
	return i;
}

/* What was in the file already, or on the way there, is pinned; the rest waits. */
static void expect_lost_before(struct kunit *test, const unsigned long pfns[PAGES], u8 end)
{
	for (u8 i = 0; i < PAGES; i++) {
		struct folio *folio = pfn_folio(pfns[i]);

		KUNIT_EXPECT_EQ(test, i, *(u8 *)folio_address(folio));
		KUNIT_EXPECT_EQ(test, kho_preserved_order(PFN_PHYS(pfns[i])),
				i < end ? -ENOENT : 0);
		if (i >= end)
			continue;
		KUNIT_EXPECT_TRUE(test, folio_maybe_dma_pinned(folio));
		KUNIT_EXPECT_NULL(test, folio->mapping);
	}
}

/*
 * There is no room for a page, and for the next one if there is one page more. What is
 * restored is memory as well, so that the first one can be another than was asked for.
 */
static void failure_half_way_leaves_what_is_restored_pinned(struct kunit *test)
{
	unsigned int seen = 0;

	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
	fake_kho_expect(test, FAKE_KHO_LEFT_ALLOCATED, FAKE_KHO_ANY);
	for (long room = -PAGES; room < PAGES; room++) {
		unsigned long pfns[PAGES];
		struct file *a = hand_over_good(test, pfns), *file;
		int err = retrieve_with_room(a, room, &file);
		u8 end = first_waiting(pfns);

		if (err) {
			KUNIT_EXPECT_EQ(test, err, -ENOSPC);
			expect_lost_before(test, pfns, end);
			seen |= BIT(end);
		} else {
			luo_test_close(file);
		}
		KUNIT_EXPECT_EQ(test, 0, luo_kernel_finish(a));
		if (err)
			expect_lost_before(test, pfns, end);
		luo_kernel_close(a);
	}
	KUNIT_EXPECT_GE(test, hweight32(seen), 2);
}

/* What a kernel before this one hands over */

static const struct liveupdate_file_ops *v2_ops(void)
{
	return test_memfd_ops(&other.handler, MEMFD_LUO_FH_COMPATIBLE);
}

static void memfd_v2_is_not_what_is_preserved(struct kunit *test)
{
	struct file *file = new_memfd(test, 0666);

	KUNIT_EXPECT_FALSE(test, v2_ops()->can_preserve(NULL, file));
	KUNIT_EXPECT_TRUE(test, test_memfd_ops(&other.handler, MEMFD_V3_COMPATIBLE)->
			  can_preserve(NULL, file));
}

/* Its writer is there, but LUO does not ask it. */
static u64 preserve_as_v2(struct kunit *test, struct file *file)
{
	struct liveupdate_file_op_args args = { .file = file };

	KUNIT_ASSERT_EQ(test, 0, v2_ops()->preserve(&args));
	KUNIT_ASSERT_EQ(test, 0, v2_ops()->freeze(&args));
	luo_kernel_next(test);
	return args.serialized_data;
}

/* Finding 42 */
static void memfd_v2_is_retrieved(struct kunit *test)
{
	struct liveupdate_file_op_args args = {};
	struct file *file = sealed_memfd(test, 0666, FIXED_SIZE | F_SEAL_EXEC);
	long before = pins();

	file->f_pos = 5;
	args.serialized_data = preserve_as_v2(test, file);
	KUNIT_ASSERT_EQ(test, 0, v2_ops()->retrieve(&args));
	file = args.file;
	expect_content(test, file);
	KUNIT_EXPECT_EQ(test, file->f_pos, 5);
	KUNIT_EXPECT_EQ(test, memfd_get_seals(file), FIXED_SIZE | F_SEAL_EXEC);
	KUNIT_EXPECT_EQ(test, mode_of(file), S_IFREG | 0666);
	KUNIT_EXPECT_EQ(test, 0, test_memfd_map(test, file));
	KUNIT_EXPECT_EQ(test, pins() - before, PAGES);

	args.retrieve_status = 1;
	v2_ops()->finish(&args);
	KUNIT_EXPECT_EQ(test, pins(), before);
	luo_test_close(file);
}

static void memfd_v2_that_nobody_retrieves_is_given_back(struct kunit *test)
{
	struct liveupdate_file_op_args args = {};
	struct fake_kho_ranges waiting, before;

	args.serialized_data = preserve_as_v2(test, new_memfd(test, 0666));
	fake_kho_get_waiting(&before);
	v2_ops()->finish(&args);
	fake_kho_get_waiting(&waiting);
	KUNIT_EXPECT_EQ(test, before.count - waiting.count, LOST);
}

static void memfd_v2_with_an_unknown_seal_is_refused(struct kunit *test)
{
	struct liveupdate_file_op_args args = {};
	struct memfd_luo_ser *ser;

	args.serialized_data = preserve_as_v2(test, new_memfd(test, 0666));
	ser = phys_to_virt(args.serialized_data);
	ser->seals |= UNKNOWN_SEAL;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, v2_ops()->retrieve(&args));
	args.retrieve_status = -EOPNOTSUPP;
	v2_ops()->finish(&args);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, LOST);
}

static int start(struct kunit *test)
{
	luo_kernel_start(test);
	luo_test_register(test, &other);
	return 0;
}

static struct kunit_case cases[] = {
	KUNIT_CASE_PARAM(seals_and_mode_are_those_of_before, mode_gen_params),
	KUNIT_CASE(noexec_memfd_can_be_mapped_again),
	KUNIT_CASE(memfd_that_cannot_be_sealed_is_none_that_can),
	KUNIT_CASE(seals_and_mode_of_the_last_moment_are_kept),
	KUNIT_CASE(what_is_not_preserved_is_as_in_a_new_memfd),
	KUNIT_CASE(unknown_seal_is_refused_when_preserved),
	KUNIT_CASE(unknown_seal_is_refused_when_frozen),
	KUNIT_CASE(too_large_memfd_is_refused),
	KUNIT_CASE(file_that_has_a_name_is_refused),
#ifdef CONFIG_HUGETLBFS
	KUNIT_CASE(memory_of_hugetlbfs_is_refused),
#endif
#ifdef CONFIG_SECRETMEM
	KUNIT_CASE(secret_memory_is_refused),
#endif
	KUNIT_CASE(retrieved_memfd_is_pinned_and_frozen_until_the_session_finishes),
	KUNIT_CASE(session_that_is_closed_gives_the_pins_back),
	KUNIT_CASE(kexec_before_the_session_finishes_loses_the_pins),
	KUNIT_CASE(damaged_record_is_refused_and_its_memory_stays),
	KUNIT_CASE(damaged_record_that_nobody_retrieves_is_not_freed),
	KUNIT_CASE(good_record_that_nobody_retrieves_is_freed),
	KUNIT_CASE(each_failure_to_retrieve_frees_nothing),
	KUNIT_CASE(failure_half_way_leaves_what_is_restored_pinned),
	KUNIT_CASE(memfd_v2_is_not_what_is_preserved),
	KUNIT_CASE(memfd_v2_is_retrieved),
	KUNIT_CASE(memfd_v2_that_nobody_retrieves_is_given_back),
	KUNIT_CASE(memfd_v2_with_an_unknown_seal_is_refused),
	{}
};

static struct kunit_suite luo_memfd_seals_suite = {
	.name = "luo_memfd_seals",
	.init = start,
	.test_cases = cases,
};

kunit_test_suite(luo_memfd_seals_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of seals, mode and pins of memfds over a live update");
