// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Domains on generic page tables, for KUnit
 *
 * The suites of live update run the same text against each page table format
 * that the kernel has. What a driver adds to a page table to make a domain of
 * it is here, with one configuration for each way that drivers set up a format.
 *
 * A domain lives until pt_domain_free(), which frees its tables, or until
 * pt_domain_end(), which does what a kexec does: the run-time object is gone and
 * its tables are not freed. A test that dies leaves neither behind.
 *
 * Random mappings mix page sizes, leave holes, and reach for the far ends of
 * the address space. They are checked against what was asked for, not against
 * the table.
 */

#include <kunit/device.h>
#include <kunit/test.h>
#include <linux/iommu.h>
#include <linux/kho/abi/iommu.h>
#include <linux/minmax.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "liveupdate_random.h"
#include "pt_domain.h"

PT_IOMMU_CHECK_DOMAIN(struct pt_domain, iommu, domain);
PT_IOMMU_CHECK_DOMAIN(struct pt_domain, amdv1.iommu, domain);
PT_IOMMU_CHECK_DOMAIN(struct pt_domain, riscv_64.iommu, domain);
PT_IOMMU_CHECK_DOMAIN(struct pt_domain, vtdss.iommu, domain);
PT_IOMMU_CHECK_DOMAIN(struct pt_domain, x86_64.iommu, domain);

/* Look at no more addresses of a mapping, unless it is for each entry */
#define MAX_COMPARED	1024

static void pt_domain_iotlb_sync(struct iommu_domain *domain,
				 struct iommu_iotlb_gather *gather)
{
	iommu_put_pages_list(&gather->freelist);
}

static void pt_domain_change_top(struct pt_iommu *iommu_table,
				 phys_addr_t top_paddr, unsigned int top_level)
{
	container_of(iommu_table, struct pt_domain, iommu)->tops_changed++;
}

static spinlock_t *pt_domain_get_top_lock(struct pt_iommu *iommu_table)
{
	return &container_of(iommu_table, struct pt_domain, iommu)->top_lock;
}

static const struct pt_iommu_driver_ops pt_domain_driver_ops = {
	.change_top = pt_domain_change_top,
	.get_top_lock = pt_domain_get_top_lock,
};

#define PT_DOMAIN_OPS(fmt)						\
static const struct iommu_domain_ops pt_domain_##fmt##_ops = {		\
	IOMMU_PT_DOMAIN_OPS(fmt),					\
	.iotlb_sync = pt_domain_iotlb_sync,				\
}

PT_DOMAIN_OPS(amdv1);
PT_DOMAIN_OPS(riscv_64);
PT_DOMAIN_OPS(vtdss);
PT_DOMAIN_OPS(x86_64);

static int init_amdv1(struct pt_domain *domain,
		      const struct pt_domain_config *config)
{
	struct pt_iommu_amdv1_cfg cfg = {
		.common = config->cfg,
		.starting_level = config->starting_level,
	};

	return pt_iommu_amdv1_init(&domain->amdv1, &cfg, GFP_KERNEL);
}

static int init_riscv_64(struct pt_domain *domain,
			 const struct pt_domain_config *config)
{
	struct pt_iommu_riscv_64_cfg cfg = { .common = config->cfg };

	return pt_iommu_riscv_64_init(&domain->riscv_64, &cfg, GFP_KERNEL);
}

static int init_vtdss(struct pt_domain *domain,
		      const struct pt_domain_config *config)
{
	struct pt_iommu_vtdss_cfg cfg = {
		.common = config->cfg,
		.top_level = config->starting_level,
	};

	return pt_iommu_vtdss_init(&domain->vtdss, &cfg, GFP_KERNEL);
}

static int init_x86_64(struct pt_domain *domain,
		       const struct pt_domain_config *config)
{
	struct pt_iommu_x86_64_cfg cfg = {
		.common = config->cfg,
		.top_level = config->starting_level,
	};

	return pt_iommu_x86_64_init(&domain->x86_64, &cfg, GFP_KERNEL);
}

#define AMDV1_FEATURES (BIT(PT_FEAT_DYNAMIC_TOP) |		\
			BIT(PT_FEAT_AMDV1_ENCRYPT_TABLES) |	\
			BIT(PT_FEAT_AMDV1_FORCE_COHERENCE) |	\
			BIT(PT_FEAT_FLUSH_RANGE_NO_GAPS))
#define AMDV1_CONFIG(_name, _level, _width) {				\
	.name = _name, .init = init_amdv1, .ops = &pt_domain_amdv1_ops,	\
	.format = IOMMU_PT_FORMAT_AMDV1, .starting_level = _level,	\
	.recorded = IOMMU_PT_FEATURE_DYNAMIC_TOP |			\
		    IOMMU_PT_FEATURE_ENCRYPTED |			\
		    IOMMU_PT_FEATURE_FORCE_SNOOP,			\
	.cfg = { .features = AMDV1_FEATURES,				\
		 .hw_max_vasz_lg2 = _width, .hw_max_oasz_lg2 = 52 } }

#define RISCV_CONFIG(_name, _level, _width, _features, _recorded) {	\
	.name = _name, .init = init_riscv_64,				\
	.ops = &pt_domain_riscv_64_ops, .pa_shift = 2,			\
	.format = IOMMU_PT_FORMAT_RISCV_64, .starting_level = _level,	\
	.recorded = _recorded,						\
	.cfg = { .features = BIT(PT_FEAT_SIGN_EXTEND) |			\
			     BIT(PT_FEAT_FLUSH_RANGE) |			\
			     BIT(PT_FEAT_DETAILED_GATHER) | (_features),\
		 .hw_max_vasz_lg2 = _width, .hw_max_oasz_lg2 = 56 } }

#define VTDSS_CONFIG(_name, _level, _width, _features, _recorded) {	\
	.name = _name, .init = init_vtdss, .ops = &pt_domain_vtdss_ops,	\
	.format = IOMMU_PT_FORMAT_VTDSS, .starting_level = _level,	\
	.recorded = _recorded,						\
	.cfg = { .features = BIT(PT_FEAT_FLUSH_RANGE) | (_features),	\
		 .hw_max_vasz_lg2 = _width, .hw_max_oasz_lg2 = 52 } }

#define X86_64_CONFIG(_name, _level, _width, _features, _recorded) {	\
	.name = _name, .init = init_x86_64,				\
	.ops = &pt_domain_x86_64_ops,					\
	.format = IOMMU_PT_FORMAT_X86_64, .starting_level = _level,	\
	.recorded = _recorded,						\
	.cfg = { .features = BIT(PT_FEAT_FLUSH_RANGE) | (_features),	\
		 .hw_max_vasz_lg2 = _width, .hw_max_oasz_lg2 = 52 } }

static const struct pt_domain_config pt_domain_configs[] = {
	AMDV1_CONFIG("amdv1", 2, 64),
	AMDV1_CONFIG("amdv1_32bit", 2, 32),
	AMDV1_CONFIG("amdv1_6_levels", 5, 64),
	RISCV_CONFIG("riscv_sv39", 2, 39, BIT(PT_FEAT_RISCV_SVNAPOT_64K),
		     IOMMU_PT_FEATURE_CONTIGUOUS_64K),
	RISCV_CONFIG("riscv_sv48", 3, 48, 0, 0),
	RISCV_CONFIG("riscv_sv57", 4, 57, BIT(PT_FEAT_RISCV_SVNAPOT_64K),
		     IOMMU_PT_FEATURE_CONTIGUOUS_64K),
	VTDSS_CONFIG("vtdss_3_levels", 2, 39, 0, 0),
	VTDSS_CONFIG("vtdss_4_levels", 3, 48,
		     BIT(PT_FEAT_VTDSS_FORCE_COHERENCE),
		     IOMMU_PT_FEATURE_FORCE_SNOOP),
	VTDSS_CONFIG("vtdss_4_levels_incoherent", 3, 48,
		     BIT(PT_FEAT_DMA_INCOHERENT), IOMMU_PT_FEATURE_INCOHERENT),
	VTDSS_CONFIG("vtdss_5_levels", 4, 57,
		     BIT(PT_FEAT_VTDSS_FORCE_WRITEABLE),
		     IOMMU_PT_FEATURE_FORCE_WRITEABLE),
	X86_64_CONFIG("x86_64_4_levels", 3, 48, BIT(PT_FEAT_SIGN_EXTEND), 0),
	X86_64_CONFIG("x86_64_4_levels_incoherent", 3, 48,
		      BIT(PT_FEAT_SIGN_EXTEND) | BIT(PT_FEAT_DMA_INCOHERENT),
		      IOMMU_PT_FEATURE_INCOHERENT),
	X86_64_CONFIG("x86_64_5_levels", 4, 57, BIT(PT_FEAT_SIGN_EXTEND), 0),
	X86_64_CONFIG("x86_64_amd_4_levels", 3, 47,
		      BIT(PT_FEAT_X86_64_AMD_ENCRYPT_TABLES),
		      IOMMU_PT_FEATURE_ENCRYPTED),
};

/**
 * pt_domain_gen_configs - Go over all configurations, for KUNIT_CASE_PARAM()
 * @test: The test.
 * @prev: The configuration before, or NULL.
 * @desc: Where the name goes.
 *
 * Return: the next configuration, or NULL.
 */
const void *pt_domain_gen_configs(struct kunit *test, const void *prev,
				  char *desc)
{
	const struct pt_domain_config *next = prev;

	next = next ? next + 1 : pt_domain_configs;
	if (next == pt_domain_configs + ARRAY_SIZE(pt_domain_configs))
		return NULL;

	strscpy(desc, next->name, KUNIT_PARAM_DESC_SIZE);
	return next;
}

/**
 * pt_domain_config_by_name - Find a configuration
 * @name: Its name.
 *
 * Return: the configuration, or NULL.
 */
const struct pt_domain_config *pt_domain_config_by_name(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(pt_domain_configs); i++)
		if (!strcmp(pt_domain_configs[i].name, name))
			return &pt_domain_configs[i];
	return NULL;
}

static void pt_domain_release(void *data)
{
	struct pt_domain *domain = data;

	/* A test that died may not have got as far */
	if (domain->iommu.ops && domain->iommu.liveupdate.preserved)
		pt_domain_unpreserve(domain);
	pt_iommu_deinit(&domain->iommu);
	kfree(domain);
}

/* What flushes the tables of an incoherent IOMMU is the DMA API of its device */
static struct device *pt_domain_device(struct kunit *test)
{
	static atomic_t number = ATOMIC_INIT(0);
	struct device *dev;
	char name[32];

	snprintf(name, sizeof(name), "pt_domain.%d",
		 atomic_inc_return(&number));
	dev = kunit_device_register(test, name);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	set_dev_node(dev, NUMA_NO_NODE);
	return dev;
}

/**
 * pt_domain_alloc - Make a domain without any mapping
 * @test: The test.
 * @config: How to set it up.
 *
 * Return: the domain, until pt_domain_free(), pt_domain_end() or the end of the
 * test.
 */
struct pt_domain *pt_domain_alloc(struct kunit *test,
				  const struct pt_domain_config *config)
{
	struct device *dev = NULL;
	struct pt_domain *domain;
	int ret;

	/* First, so that it goes last when the test ends */
	if (config->cfg.features & BIT(PT_FEAT_DMA_INCOHERENT))
		dev = pt_domain_device(test);

	domain = kzalloc_obj(*domain);
	KUNIT_ASSERT_NOT_NULL(test, domain);
	ret = kunit_add_action_or_reset(test, pt_domain_release, domain);
	KUNIT_ASSERT_EQ(test, ret, 0);

	spin_lock_init(&domain->top_lock);
	domain->config = config;
	domain->domain.ops = config->ops;
	domain->iommu.nid = NUMA_NO_NODE;
	domain->iommu.driver_ops = &pt_domain_driver_ops;
	domain->iommu.iommu_device = dev;
	ret = config->init(domain, config);
	KUNIT_ASSERT_EQ_MSG(test, ret, 0, "%s: %pe", config->name,
			    ERR_PTR(ret));
	return domain;
}

/**
 * pt_domain_restore - Make a domain that continues a preserved one
 * @test: The test.
 * @config: How the old one was set up.
 * @description: The description of the old one.
 *
 * Return: the domain, as pt_domain_alloc().
 */
struct pt_domain *
pt_domain_restore(struct kunit *test, const struct pt_domain_config *config,
		  const struct pt_iommu_description *description)
{
	struct pt_domain *domain = pt_domain_alloc(test, config);
	int ret;

	ret = pt_domain_try_restore(domain, description);
	KUNIT_ASSERT_EQ_MSG(test, ret, 0, "%s: %pe", config->name,
			    ERR_PTR(ret));
	return domain;
}

/**
 * pt_domain_free - Free a domain and its tables
 * @test: The test.
 * @domain: The domain.
 */
void pt_domain_free(struct kunit *test, struct pt_domain *domain)
{
	kunit_release_action(test, pt_domain_release, domain);
}

/**
 * pt_domain_end - Let a domain end with its kernel
 * @test: The test.
 * @domain: The domain, whose tables stay as they are.
 */
void pt_domain_end(struct kunit *test, struct pt_domain *domain)
{
	kunit_remove_action(test, pt_domain_release, domain);
	kfree(domain);
}

/**
 * pt_domain_preserve - Preserve the table of a domain
 * @domain: The domain.
 * @description: Filled in on success.
 *
 * Return: 0 or a negative errno.
 */
int pt_domain_preserve(struct pt_domain *domain,
		       struct pt_iommu_description *description)
{
	return domain->iommu.ops->liveupdate->preserve(&domain->iommu,
						       description);
}

/**
 * pt_domain_unpreserve - Undo pt_domain_preserve()
 * @domain: The domain.
 */
void pt_domain_unpreserve(struct pt_domain *domain)
{
	domain->iommu.ops->liveupdate->unpreserve(&domain->iommu);
}

/**
 * pt_domain_try_restore - Let a domain continue a preserved one
 * @domain: The domain.
 * @description: The description of the old one.
 *
 * Return: 0 or a negative errno.
 */
int pt_domain_try_restore(struct pt_domain *domain,
			  const struct pt_iommu_description *description)
{
	return domain->iommu.ops->liveupdate->restore(&domain->iommu,
						      description);
}

/**
 * pt_domain_complete - Take back all tables of a restored domain
 * @domain: The domain.
 *
 * Return: 0 or a negative errno.
 */
int pt_domain_complete(struct pt_domain *domain)
{
	return domain->iommu.ops->liveupdate->complete(&domain->iommu);
}

/**
 * pt_domain_map - Map a range
 * @test: The test.
 * @domain: The domain.
 * @iova: First I/O virtual address.
 * @pa: First physical address.
 * @len: Length in bytes.
 * @mappings: Where the mapping is noted, if not NULL.
 */
void pt_domain_map(struct kunit *test, struct pt_domain *domain,
		   unsigned long iova, phys_addr_t pa, size_t len,
		   struct pt_mappings *mappings)
{
	int ret;

	ret = iommu_map(&domain->domain, iova, pa, len,
			IOMMU_READ | IOMMU_WRITE, GFP_KERNEL);
	KUNIT_ASSERT_EQ_MSG(test, ret, 0, "map %#lx to %pa, %#zx bytes: %pe",
			    iova, &pa, len, ERR_PTR(ret));
	if (!mappings)
		return;

	KUNIT_ASSERT_LT(test, mappings->count, PT_DOMAIN_MAX_MAPPINGS);
	mappings->map[mappings->count].iova = iova;
	mappings->map[mappings->count].pa = pa;
	mappings->map[mappings->count].len = len;
	mappings->count++;
}

/* A run of mappings and holes upwards from @iova, not beyond @last */
static void map_run(struct kunit *test, struct pt_domain *domain,
		    struct liveupdate_random *random, unsigned long iova,
		    unsigned long last, struct pt_mappings *mappings)
{
	static const size_t units[] = { SZ_4K, SZ_4K, SZ_64K, SZ_2M };

	for (unsigned int i = 0; i < 8; i++) {
		size_t unit = units[liveupdate_random_below(random,
							    ARRAY_SIZE(units))];
		size_t len = unit * (1 + liveupdate_random_below(random, 24));
		phys_addr_t pa = liveupdate_random_u64(random);

		iova += SZ_4K * liveupdate_random_below(random, 4);
		/* Now and then with no common alignment, so small pages only */
		if (liveupdate_random_below(random, 4))
			iova = ALIGN(iova, unit);
		if (iova > last || last - iova < len)
			return;

		pa &= GENMASK_ULL(38, 12);
		if (IS_ALIGNED(iova, unit))
			pa = ALIGN_DOWN(pa, unit);
		pt_domain_map(test, domain, iova, pa, len, mappings);
		iova += len;
	}
}

/**
 * pt_domain_map_random - Map ranges at random
 * @test: The test.
 * @domain: The domain, without any mapping.
 * @random: The stream to draw from.
 * @mappings: Where the mappings are noted.
 *
 * There are runs at the bottom of the address space, in its middle, near its
 * end, and above the sign extension if there is one. A top that grows does so.
 */
void pt_domain_map_random(struct kunit *test, struct pt_domain *domain,
			  struct liveupdate_random *random,
			  struct pt_mappings *mappings)
{
	const struct iommu_domain_geometry *geometry = &domain->domain.geometry;
	unsigned long last = geometry->aperture_end;
	unsigned int width = domain->config->cfg.hw_max_vasz_lg2;

	map_run(test, domain, random,
		SZ_4K * (1 + liveupdate_random_below(random, 1024)), last / 4,
		mappings);
	map_run(test, domain, random, last / 2 + 1, last / 2 + last / 4,
		mappings);
	map_run(test, domain, random, last - SZ_1G + 1, last - SZ_4K, mappings);
	if (pt_domain_sign_extends(domain->config)) {
		map_run(test, domain, random, ULONG_MAX << (width - 1),
			ULONG_MAX - SZ_4G, mappings);
		map_run(test, domain, random, ULONG_MAX - SZ_1G + 1,
			ULONG_MAX - SZ_4K, mappings);
	}
	KUNIT_ASSERT_GT(test, mappings->count, 8);
}

/**
 * pt_domain_unmap - Unmap what was mapped
 * @test: The test.
 * @domain: The domain.
 * @mappings: What was mapped, empty on return.
 */
void pt_domain_unmap(struct kunit *test, struct pt_domain *domain,
		     struct pt_mappings *mappings)
{
	for (unsigned int i = 0; i < mappings->count; i++)
		KUNIT_ASSERT_EQ(test, iommu_unmap(&domain->domain,
						  mappings->map[i].iova,
						  mappings->map[i].len),
				mappings->map[i].len);
	mappings->count = 0;
}

static bool is_mapped(const struct pt_mappings *mappings, unsigned long iova)
{
	for (unsigned int i = 0; i < mappings->count; i++)
		if (iova - mappings->map[i].iova < mappings->map[i].len)
			return true;
	return false;
}

static void expect_unmapped(struct kunit *test, struct pt_domain *domain,
			    const struct pt_mappings *mappings,
			    unsigned long iova)
{
	if (!is_mapped(mappings, iova))
		KUNIT_EXPECT_EQ_MSG(test, 0,
				    iommu_iova_to_phys(&domain->domain, iova),
				    "hole at %#lx", iova);
}

/* One expectation for all of a mapping: there may be many thousand pages */
static void expect_mapping(struct kunit *test, struct pt_domain *domain,
			   unsigned long iova, phys_addr_t pa, size_t len,
			   size_t step)
{
	size_t at = 0;

	while (at < len &&
	       iommu_iova_to_phys(&domain->domain, iova + at) == pa + at)
		at += step;
	KUNIT_EXPECT_GE_MSG(test, at, len, "%#lx of %#lx leads to %#llx",
			    iova + at, iova,
			    (u64)iommu_iova_to_phys(&domain->domain, iova + at));
	KUNIT_EXPECT_EQ(test, pa + len - 1,
			iommu_iova_to_phys(&domain->domain, iova + len - 1));
}

/**
 * pt_domain_expect_mappings - Expect a domain to map what it should
 * @test: The test.
 * @domain: The domain.
 * @mappings: What it should map. Next to each mapping nothing is.
 *
 * Looks at up to 1024 addresses of each mapping, both ends among them.
 */
void pt_domain_expect_mappings(struct kunit *test, struct pt_domain *domain,
			       const struct pt_mappings *mappings)
{
	for (unsigned int i = 0; i < mappings->count; i++) {
		unsigned long iova = mappings->map[i].iova;
		size_t len = mappings->map[i].len;
		size_t step = ALIGN(max(len / MAX_COMPARED, SZ_4K), SZ_4K);

		expect_mapping(test, domain, iova, mappings->map[i].pa, len,
			       step);
		expect_unmapped(test, domain, mappings, iova - 1);
		expect_unmapped(test, domain, mappings, iova + len);
	}
}

/**
 * pt_domain_expect_every_entry - Expect a domain to map what it should
 * @test: The test.
 * @domain: The domain.
 * @mappings: What it should map.
 *
 * As pt_domain_expect_mappings(), but looks at each page of 4 KiB.
 */
void pt_domain_expect_every_entry(struct kunit *test, struct pt_domain *domain,
				  const struct pt_mappings *mappings)
{
	pt_domain_expect_mappings(test, domain, mappings);
	for (unsigned int i = 0; i < mappings->count; i++)
		expect_mapping(test, domain, mappings->map[i].iova,
			       mappings->map[i].pa, mappings->map[i].len,
			       SZ_4K);
}

/**
 * pt_domain_expect_immutable - Expect a domain to refuse any change
 * @test: The test.
 * @domain: The domain.
 * @mappings: What it maps, still so afterwards.
 */
void pt_domain_expect_immutable(struct kunit *test, struct pt_domain *domain,
				const struct pt_mappings *mappings)
{
	unsigned long hole = domain->domain.geometry.aperture_end / 4 + 1;

	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_map(&domain->domain, hole, SZ_2M, SZ_2M,
				  IOMMU_READ | IOMMU_WRITE, GFP_KERNEL));
	for (unsigned int i = 0; i < mappings->count; i++)
		KUNIT_EXPECT_EQ(test, 0,
				iommu_unmap(&domain->domain,
					    mappings->map[i].iova,
					    mappings->map[i].len));
	KUNIT_EXPECT_EQ(test, 0, iommu_iova_to_phys(&domain->domain, hole));
	pt_domain_expect_mappings(test, domain, mappings);
}
