// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: damaged I/O page tables
 *
 * What comes from another kernel is not trusted. Each member of the description
 * of a page table is damaged in turn: it is refused with the errno that is meant
 * for it, before anything is taken, and the domain can be used for something
 * else. Then tables themselves are damaged: what their entries lead to is
 * neither followed nor freed unless KHO preserved it, and all that is still
 * reachable comes back.
 */

#include <kunit/test.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/iommu.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sizes.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "fake_kho.h"
#include "liveupdate_snapshot.h"
#include "mock_kexec.h"
#include "pt_domain.h"

#define ENTRIES_PER_TABLE	(PAGE_SIZE / sizeof(u64))

struct damage_test {
	const struct pt_domain_config *config;
	struct pt_mappings mappings;
	struct pt_iommu_description good;
	struct pt_domain *fresh;
	struct liveupdate_snapshot before;
};

/* A preserved table waits, and a fresh domain could continue it */
static void start(struct kunit *test, struct damage_test *damage)
{
	struct pt_domain *old;

	fake_kho_start(test);
	damage->config = test->param_value;
	old = pt_domain_alloc(test, damage->config);
	/* Below two entries of the top, with two tables below one of these */
	pt_domain_map(test, old, SZ_64K, SZ_4G, SZ_64K, &damage->mappings);
	pt_domain_map(test, old, SZ_4M, SZ_8G, SZ_64K, &damage->mappings);
	pt_domain_map(test, old, SZ_2G, SZ_16G, SZ_2M, &damage->mappings);
	KUNIT_ASSERT_EQ(test, 0, pt_domain_preserve(old, &damage->good));
	pt_domain_end(test, old);
	mock_kexec(test);

	damage->fresh = pt_domain_alloc(test, damage->config);
	liveupdate_snapshot_take(&damage->before);
}

/* @bad is refused, nothing has changed, and the undamaged one is accepted */
static void expect_refused(struct kunit *test, struct damage_test *damage,
			   const struct pt_iommu_description *bad,
			   const char *what, int errno)
{
	struct liveupdate_snapshot after;

	KUNIT_EXPECT_EQ_MSG(test, errno,
			    pt_domain_try_restore(damage->fresh, bad),
			    "%s", what);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &damage->before, &after);
}

static void expect_accepted(struct kunit *test, struct damage_test *damage)
{
	KUNIT_EXPECT_EQ(test, 0,
			pt_domain_try_restore(damage->fresh, &damage->good));
	pt_domain_expect_mappings(test, damage->fresh, &damage->mappings);
}

#define EXPECT_MEMBER_REFUSED(test, damage, member, value, errno)	\
do {									\
	struct damage_test *__damage = (damage);			\
	struct pt_iommu_description bad = __damage->good;		\
									\
	bad.member = (value);						\
	expect_refused(test, __damage, &bad, #member " = " #value,	\
		       errno);						\
} while (0)

static void damaged_format_is_refused(struct kunit *test)
{
	struct damage_test damage = {};
	const u16 *format = &damage.good.format;

	start(test, &damage);
	EXPECT_MEMBER_REFUSED(test, &damage, format, 0, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, format, U16_MAX, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, format, *format + 1, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, format, *format - 1, -EINVAL);
	expect_accepted(test, &damage);
}

/* Finding 37: a feature that this kernel does not know is refused as such. */
static void unknown_features_are_refused(struct kunit *test)
{
	struct damage_test damage = {};
	const u32 *features = &damage.good.features;

	start(test, &damage);
	for (u32 bit = 1; bit; bit <<= 1)
		if (bit & ~IOMMU_PT_FEATURES_KNOWN)
			EXPECT_MEMBER_REFUSED(test, &damage, features,
					      *features | bit, -EOPNOTSUPP);
	EXPECT_MEMBER_REFUSED(test, &damage, features, U32_MAX, -EOPNOTSUPP);
	expect_accepted(test, &damage);
}

static void other_features_are_refused(struct kunit *test)
{
	struct damage_test damage = {};
	const u32 *features = &damage.good.features;

	start(test, &damage);
	for (u32 bit = 1; bit & IOMMU_PT_FEATURES_KNOWN; bit <<= 1)
		EXPECT_MEMBER_REFUSED(test, &damage, features,
				      *features ^ bit, -EINVAL);
	expect_accepted(test, &damage);
}

/* Finding 43: a level that no table can have, and one that this one has not. */
static void damaged_top_level_is_refused(struct kunit *test)
{
	struct damage_test damage = {};
	const u8 *level = &damage.good.top_level;

	start(test, &damage);
	EXPECT_MEMBER_REFUSED(test, &damage, top_level, 0, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, top_level, *level - 1, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, top_level, 6, -ERANGE);
	EXPECT_MEMBER_REFUSED(test, &damage, top_level, U8_MAX, -ERANGE);
	/* Of those that grow, only the table itself can tell */
	EXPECT_MEMBER_REFUSED(test, &damage, top_level, *level + 1,
			      *level + 1 > (damage.config->format ==
					    IOMMU_PT_FORMAT_AMDV1 ? 5 : 4) ?
			      -ERANGE : -EINVAL);
	expect_accepted(test, &damage);
}

static void damaged_widths_are_refused(struct kunit *test)
{
	struct damage_test damage = {};
	const u8 *width = &damage.good.max_vasz_lg2;

	start(test, &damage);
	EXPECT_MEMBER_REFUSED(test, &damage, max_vasz_lg2, 0, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, max_vasz_lg2, *width - 1, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, max_vasz_lg2, *width + 1, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, max_vasz_lg2, U8_MAX, -EINVAL);

	width = &damage.good.max_oasz_lg2;
	EXPECT_MEMBER_REFUSED(test, &damage, max_oasz_lg2, 0, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, max_oasz_lg2, *width - 1, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, max_oasz_lg2, *width + 1, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, max_oasz_lg2, U8_MAX, -EINVAL);
	expect_accepted(test, &damage);
}

static void damaged_sign_extension_is_refused(struct kunit *test)
{
	struct damage_test damage = {};
	const u8 *sign_extend = &damage.good.sign_extend;

	start(test, &damage);
	EXPECT_MEMBER_REFUSED(test, &damage, sign_extend, !*sign_extend,
			      -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, sign_extend, 2, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, sign_extend, U8_MAX, -EINVAL);
	expect_accepted(test, &damage);
}

/*
 * Finding 84: a top that KHO did not preserve is an errno, not a crash, wherever
 * it points to.
 */
static void damaged_top_address_is_refused(struct kunit *test)
{
	struct damage_test damage = {};
	const u64 *top = &damage.good.top_phys;
	struct folio *in_use, *larger;

	start(test, &damage);
	in_use = mock_kexec_alloc_folio(test, 0);
	liveupdate_snapshot_take(&damage.before);
	EXPECT_MEMBER_REFUSED(test, &damage, top_phys, 0, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, top_phys, U64_MAX, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, top_phys, *top + 1, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, top_phys, *top - 1, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, top_phys, *top + 64, -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, top_phys, *top | BIT_ULL(63),
			      -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, top_phys,
			      mock_kexec_beyond_memory(), -EINVAL);
	EXPECT_MEMBER_REFUSED(test, &damage, top_phys,
			      PFN_PHYS(folio_pfn(in_use)), -EINVAL);
	expect_accepted(test, &damage);

	/* Preserved, but not as a table of this size */
	larger = mock_kexec_alloc_folio(test, 1);
	KUNIT_ASSERT_EQ(test, 0, kho_preserve_folio(larger));
	damage.good.top_phys = PFN_PHYS(folio_pfn(larger));
	pt_domain_free(test, damage.fresh);
	mock_kexec(test);
	damage.fresh = pt_domain_alloc(test, damage.config);
	liveupdate_snapshot_take(&damage.before);
	expect_refused(test, &damage, &damage.good, "larger", -EINVAL);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, 1);
}

static u64 *top_of(const struct damage_test *damage)
{
	return phys_to_virt(damage->good.top_phys);
}

/* The address that an entry leads to */
static phys_addr_t entry_phys(const struct damage_test *damage, u64 entry)
{
	return (entry << damage->config->pa_shift) & GENMASK_ULL(51, 12);
}

/* An entry as @entry, but leading to @phys */
static u64 entry_to(const struct damage_test *damage, u64 entry,
		    phys_addr_t phys)
{
	u64 mask = GENMASK_ULL(51, 12) >> damage->config->pa_shift;

	return (entry & ~mask) | (phys >> damage->config->pa_shift);
}

/* The first entry of @table that is in use */
static u64 *first_entry(u64 *table)
{
	for (unsigned int i = 0; i < ENTRIES_PER_TABLE; i++)
		if (table[i])
			return table + i;
	return NULL;
}

/* The lowest table that still leads to tables, on the way to address 64 KiB */
static u64 *directory_of(struct kunit *test, const struct damage_test *damage)
{
	unsigned int level = damage->good.top_level;
	u64 *table = top_of(damage);

	for (; level > 1; level--) {
		u64 *entry = first_entry(table);

		KUNIT_ASSERT_NOT_NULL(test, entry);
		table = phys_to_virt(entry_phys(damage, *entry));
	}
	return table;
}

/*
 * The domain is restored with a damaged table, reports no translation through
 * the damage, cannot be preserved, and is freed. @left tables stay with KHO.
 */
static void expect_damage_is_left_alone(struct kunit *test,
					struct damage_test *damage,
					unsigned long left)
{
	struct pt_iommu_description description;
	struct fake_kho_ranges waiting;

	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, left);
	KUNIT_ASSERT_EQ(test, 0,
			pt_domain_try_restore(damage->fresh, &damage->good));
	KUNIT_EXPECT_EQ(test, 0, iommu_iova_to_phys(&damage->fresh->domain,
						    SZ_64K));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			pt_domain_preserve(damage->fresh, &description));
	KUNIT_EXPECT_EQ(test, 0, iommu_iova_to_phys(&damage->fresh->domain,
						    SZ_64K));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			pt_domain_preserve(damage->fresh, &description));
	pt_domain_free(test, damage->fresh);
	fake_kho_get_waiting(&waiting);
	KUNIT_EXPECT_EQ(test, left, waiting.count);
}

static void damage_first_entry(struct kunit *test, struct damage_test *damage,
			       phys_addr_t phys)
{
	u64 *entry = first_entry(directory_of(test, damage));

	KUNIT_ASSERT_NOT_NULL(test, entry);
	*entry = entry_to(damage, *entry, phys);
}

static void entry_beyond_memory_is_left_alone(struct kunit *test)
{
	struct damage_test damage = {};

	start(test, &damage);
	damage_first_entry(test, &damage, GENMASK_ULL(38, 12));
	expect_damage_is_left_alone(test, &damage, 1);
}

/* Memory of the new kernel that a damaged entry leads to is not freed. */
static void entry_to_memory_in_use_is_left_alone(struct kunit *test)
{
	struct damage_test damage = {};
	struct folio *in_use;

	start(test, &damage);
	in_use = mock_kexec_alloc_folio(test, 0);
	memset(folio_address(in_use), 0x5a, PAGE_SIZE);
	damage_first_entry(test, &damage, PFN_PHYS(folio_pfn(in_use)));
	expect_damage_is_left_alone(test, &damage, 1);
	KUNIT_EXPECT_EQ(test, 1, folio_ref_count(in_use));
	KUNIT_EXPECT_NULL(test, memchr_inv(folio_address(in_use), 0x5a,
					   PAGE_SIZE));
}

/* A table of another domain of the new kernel is not freed either. */
static void entry_to_a_live_table_is_left_alone(struct kunit *test)
{
	struct liveupdate_snapshot before, after;
	struct damage_test damage = {};
	void *table;

	start(test, &damage);
	table = iommu_alloc_pages_sz(GFP_KERNEL, SZ_4K);
	KUNIT_ASSERT_NOT_NULL(test, table);
	liveupdate_snapshot_take(&before);
	damage_first_entry(test, &damage, virt_to_phys(table));
	expect_damage_is_left_alone(test, &damage, 1);
	liveupdate_snapshot_take(&after);
	/* The fresh top is gone, the table is still there */
	KUNIT_EXPECT_EQ(test, before.iommu_pages - 1, after.iommu_pages);
	iommu_free_pages(table);
}

static void entry_to_memory_of_another_size_is_left_alone(struct kunit *test)
{
	struct damage_test damage = {};
	struct folio *larger;

	start(test, &damage);
	larger = mock_kexec_alloc_folio(test, 2);
	KUNIT_ASSERT_EQ(test, 0, kho_preserve_folio(larger));
	KUNIT_ASSERT_EQ(test, 0, pt_domain_try_restore(damage.fresh,
						       &damage.good));
	KUNIT_ASSERT_EQ(test, 0, pt_domain_preserve(damage.fresh,
						    &damage.good));
	pt_domain_end(test, damage.fresh);
	mock_kexec(test);
	damage.fresh = pt_domain_alloc(test, damage.config);
	damage_first_entry(test, &damage, PFN_PHYS(folio_pfn(larger)));
	expect_damage_is_left_alone(test, &damage, 2);
}

/* A table that leads to itself ends the walk, and is freed once. */
static void cycle_of_one_table_ends(struct kunit *test)
{
	struct damage_test damage = {};
	u64 *directory;

	start(test, &damage);
	directory = directory_of(test, &damage);
	damage_first_entry(test, &damage, virt_to_phys(directory));
	expect_damage_is_left_alone(test, &damage, 1);
}

static void cycle_to_the_top_ends(struct kunit *test)
{
	struct damage_test damage = {};

	start(test, &damage);
	damage_first_entry(test, &damage, damage.good.top_phys);
	expect_damage_is_left_alone(test, &damage, 1);
}

/* Two entries lead to one table: it is freed once, the other is leaked. */
static void table_of_two_entries_is_freed_once(struct kunit *test)
{
	struct damage_test damage = {};
	u64 *directory, *entry;

	start(test, &damage);
	directory = directory_of(test, &damage);
	entry = first_entry(directory);
	KUNIT_ASSERT_NOT_NULL(test, entry);
	/* 4 MiB has a table of its own next to that of 64 KiB */
	KUNIT_ASSERT_NE(test, 0, entry[2]);
	entry[2] = *entry;

	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, 1);
	KUNIT_ASSERT_EQ(test, 0, pt_domain_try_restore(damage.fresh,
						       &damage.good));
	KUNIT_EXPECT_EQ(test, -EINVAL, pt_domain_complete(damage.fresh));
	pt_domain_free(test, damage.fresh);
}

/*
 * The walk that takes tables back meets the damage half-way: what was taken
 * before and what comes after is freed all the same.
 */
static void half_walked_table_is_freed(struct kunit *test)
{
	struct liveupdate_snapshot before, after;
	struct damage_test damage = {};
	unsigned long tables;

	start(test, &damage);
	tables = damage.before.waiting.count;
	KUNIT_ASSERT_GE(test, tables, 5);
	damage_first_entry(test, &damage, GENMASK_ULL(38, 12));
	liveupdate_snapshot_take(&before);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, 1);

	KUNIT_ASSERT_EQ(test, 0, pt_domain_try_restore(damage.fresh,
						       &damage.good));
	KUNIT_EXPECT_EQ(test, -EINVAL, pt_domain_complete(damage.fresh));
	liveupdate_snapshot_take(&after);
	/* The fresh top was counted before, the restored one is now */
	KUNIT_EXPECT_EQ(test, tables - 2,
			after.iommu_pages - before.iommu_pages);
	pt_domain_free(test, damage.fresh);
	liveupdate_snapshot_take(&after);
	KUNIT_EXPECT_EQ(test, before.iommu_pages - 1, after.iommu_pages);
	KUNIT_EXPECT_EQ(test, 1, after.waiting.count);
}

/* A failed restore leaves the fresh domain as good as new, and the table too. */
static void refused_domain_can_be_used(struct kunit *test)
{
	struct pt_iommu_description bad;
	struct damage_test damage = {};
	struct pt_domain *second;

	start(test, &damage);
	bad = damage.good;
	bad.format++;
	expect_refused(test, &damage, &bad, "format", -EINVAL);
	pt_domain_map(test, damage.fresh, SZ_2M, SZ_4G, SZ_2M, NULL);
	KUNIT_EXPECT_EQ(test, SZ_2M, iommu_unmap(&damage.fresh->domain, SZ_2M,
						 SZ_2M));

	second = pt_domain_restore(test, damage.config, &damage.good);
	pt_domain_expect_mappings(test, second, &damage.mappings);
}

#define DAMAGE_CASE(name) KUNIT_CASE_PARAM(name, pt_domain_gen_configs)

static struct kunit_case iommu_pt_damage_cases[] = {
	DAMAGE_CASE(damaged_format_is_refused),
	DAMAGE_CASE(unknown_features_are_refused),
	DAMAGE_CASE(other_features_are_refused),
	DAMAGE_CASE(damaged_top_level_is_refused),
	DAMAGE_CASE(damaged_widths_are_refused),
	DAMAGE_CASE(damaged_sign_extension_is_refused),
	DAMAGE_CASE(damaged_top_address_is_refused),
	DAMAGE_CASE(entry_beyond_memory_is_left_alone),
	DAMAGE_CASE(entry_to_memory_in_use_is_left_alone),
	DAMAGE_CASE(entry_to_a_live_table_is_left_alone),
	DAMAGE_CASE(entry_to_memory_of_another_size_is_left_alone),
	DAMAGE_CASE(cycle_of_one_table_ends),
	DAMAGE_CASE(cycle_to_the_top_ends),
	DAMAGE_CASE(table_of_two_entries_is_freed_once),
	DAMAGE_CASE(half_walked_table_is_freed),
	DAMAGE_CASE(refused_domain_can_be_used),
	{}
};

static struct kunit_suite iommu_pt_damage_suite = {
	.name = "iommu_pt_damage",
	.test_cases = iommu_pt_damage_cases,
};

kunit_test_suite(iommu_pt_damage_suite);
