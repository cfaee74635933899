/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Domains on the page tables of generic_pt, one configuration for each way in
 * which a driver sets them up, and mappings that can be checked later.
 */

#ifndef _LIB_KUNIT_TESTS_PT_DOMAIN_H
#define _LIB_KUNIT_TESTS_PT_DOMAIN_H

#include <linux/generic_pt/iommu.h>
#include <linux/spinlock.h>

struct kunit;
struct liveupdate_random;
struct pt_domain;

/**
 * struct pt_domain_config - One way to set up a page table.
 * @name: Name of the configuration.
 * @init: Initializes the table.
 * @ops: Operations of the domain.
 * @starting_level: Level of the top table at first.
 * @pa_shift: How far an address in an entry is shifted, to the right.
 * @format: One of IOMMU_PT_FORMAT_*.
 * @recorded: Any of IOMMU_PT_FEATURE_*, what a description has to say.
 * @cfg: Passed to the format.
 */
struct pt_domain_config {
	const char *name;
	int (*init)(struct pt_domain *domain,
		    const struct pt_domain_config *config);
	const struct iommu_domain_ops *ops;
	unsigned int starting_level;
	unsigned int pa_shift;
	u16 format;
	u32 recorded;
	struct pt_iommu_cfg cfg;
};

/**
 * struct pt_domain - A domain as a driver has it.
 * @domain: The domain of the IOMMU core.
 * @iommu: The page table, whatever its format.
 * @amdv1: AMD v1.
 * @riscv_64: RISC-V.
 * @vtdss: VT-d second stage.
 * @x86_64: x86-64.
 * @config: The configuration that it was made of.
 * @top_lock: Lock for a top that grows.
 * @tops_changed: How often the top has grown.
 */
struct pt_domain {
	union {
		struct iommu_domain domain;
		struct pt_iommu iommu;
		struct pt_iommu_amdv1 amdv1;
		struct pt_iommu_riscv_64 riscv_64;
		struct pt_iommu_vtdss vtdss;
		struct pt_iommu_x86_64 x86_64;
	};
	const struct pt_domain_config *config;
	spinlock_t top_lock; /* what get_top_lock() returns */
	unsigned int tops_changed;
};

/* Whether the upper half of the address space can be mapped as well */
static inline bool pt_domain_sign_extends(const struct pt_domain_config *config)
{
	return config->cfg.features & BIT(PT_FEAT_SIGN_EXTEND);
}

#define PT_DOMAIN_MAX_MAPPINGS	48

/**
 * struct pt_mappings - What was mapped.
 * @count: Number of mappings, at most PT_DOMAIN_MAX_MAPPINGS.
 * @map: The mappings, which do not overlap.
 * @map.iova: First I/O virtual address.
 * @map.pa: First physical address.
 * @map.len: Length in bytes.
 */
struct pt_mappings {
	unsigned int count;
	struct {
		unsigned long iova;
		phys_addr_t pa;
		size_t len;
	} map[PT_DOMAIN_MAX_MAPPINGS];
};

const void *pt_domain_gen_configs(struct kunit *test, const void *prev,
				  char *desc);
const struct pt_domain_config *pt_domain_config_by_name(const char *name);

struct pt_domain *pt_domain_alloc(struct kunit *test,
				  const struct pt_domain_config *config);
struct pt_domain *pt_domain_restore(struct kunit *test,
				    const struct pt_domain_config *config,
				    const struct pt_iommu_description *description);
void pt_domain_free(struct kunit *test, struct pt_domain *domain);
void pt_domain_end(struct kunit *test, struct pt_domain *domain);

int pt_domain_preserve(struct pt_domain *domain,
		       struct pt_iommu_description *description);
void pt_domain_unpreserve(struct pt_domain *domain);
int pt_domain_try_restore(struct pt_domain *domain,
			  const struct pt_iommu_description *description);
int pt_domain_complete(struct pt_domain *domain);

void pt_domain_map(struct kunit *test, struct pt_domain *domain,
		   unsigned long iova, phys_addr_t pa, size_t len,
		   struct pt_mappings *mappings);
void pt_domain_map_random(struct kunit *test, struct pt_domain *domain,
			  struct liveupdate_random *random,
			  struct pt_mappings *mappings);
void pt_domain_unmap(struct kunit *test, struct pt_domain *domain,
		     struct pt_mappings *mappings);
void pt_domain_expect_mappings(struct kunit *test, struct pt_domain *domain,
			       const struct pt_mappings *mappings);
void pt_domain_expect_every_entry(struct kunit *test, struct pt_domain *domain,
				  const struct pt_mappings *mappings);
void pt_domain_expect_immutable(struct kunit *test, struct pt_domain *domain,
				const struct pt_mappings *mappings);

#endif /* _LIB_KUNIT_TESTS_PT_DOMAIN_H */
