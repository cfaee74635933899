// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: the kernel's page tables at the VT-d unit
 *
 * Page tables that the kernel's own code builds, of the second stage and of the
 * first, are put into a context or PASID table entry. The unit has to translate
 * each address as the kernel says that it does, and nothing else. What the kernel
 * flushes of them is what a unit sees that does not snoop: by clflush on x86, by
 * the DMA API elsewhere.
 *
 * A unit goes on while one kernel ends and the next one begins. It then finds what
 * was preserved, and poison where nothing was.
 */

#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/kho/abi/iommu.h>

#include <kunit/test.h>

#include "fake_kho.h"
#include "liveupdate_random.h"
#include "mock_kexec.h"
#include "pt_domain.h"
#include "vtd_tables.h"

/* Random addresses that are compared */
#define PROBES		512

/**
 * struct page_tables_config - Page tables and who uses them
 * @name: Configuration of the page tables.
 * @scalable: The unit is in scalable mode.
 */
struct page_tables_config {
	const char *name;
	bool scalable;
};

static const struct page_tables_config page_tables_configs[] = {
	{ "vtdss_3_levels", false },
	{ "vtdss_4_levels", false },
	{ "vtdss_4_levels_incoherent", false },
	{ "vtdss_5_levels", false },
	{ "vtdss_3_levels", true },
	{ "vtdss_4_levels", true },
	{ "vtdss_4_levels_incoherent", true },
	{ "vtdss_5_levels", true },
	{ "x86_64_4_levels", true },
	{ "x86_64_4_levels_incoherent", true },
	{ "x86_64_5_levels", true },
};

static void describe(const struct page_tables_config *config, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%s, %s mode", config->name,
		 config->scalable ? "scalable" : "legacy");
}

KUNIT_ARRAY_PARAM(page_tables, page_tables_configs, describe);

/**
 * struct page_tables - A unit that uses page tables of the kernel
 * @unit: The unit.
 * @domain: The page tables.
 * @tables: What leads the unit to them.
 * @random: Random addresses.
 * @mappings: What is mapped.
 */
struct page_tables {
	struct vtd_test_unit *unit;
	struct pt_domain *domain;
	struct vtd_tables tables;
	struct liveupdate_random *random;
	struct pt_mappings mappings;
};

static struct vtd_settings settings_for(const struct pt_domain_config *config)
{
	struct vtd_settings settings = vtd_tables_settings;

	settings.address_width = 52; /* what the page tables may lead to */
	if (config->cfg.features & BIT(PT_FEAT_DMA_INCOHERENT))
		settings.ecap &= ~(VTD_ECAP_C | VTD_ECAP_SMPWC);
	return settings;
}

static void use_second_stage(struct page_tables *setup)
{
	struct pt_iommu_vtdss_hw_info info;

	pt_iommu_vtdss_hw_info(&setup->domain->vtdss, &info);
	if (!setup->tables.config.scalable) {
		setup->tables.context[0] = info.ssptptr | VTD_CONTEXT_0_P;
		setup->tables.context[1] = FIELD_PREP(VTD_CONTEXT_1_AW, info.aw) |
					   FIELD_PREP(VTD_CONTEXT_1_DID, VTD_TABLES_DOMAIN);
		return;
	}
	setup->tables.pasid[0] = info.ssptptr | VTD_PASID_0_P |
				 FIELD_PREP(VTD_PASID_0_AW, info.aw) |
				 FIELD_PREP(VTD_PASID_0_PGTT, VTD_PGTT_SECOND);
}

static void use_first_stage(struct page_tables *setup)
{
	struct pt_iommu_x86_64_hw_info info;

	pt_iommu_x86_64_hw_info(&setup->domain->x86_64, &info);
	setup->tables.pasid[0] = VTD_PASID_0_P | FIELD_PREP(VTD_PASID_0_PGTT, VTD_PGTT_FIRST);
	setup->tables.pasid[2] = info.gcr3_pt | FIELD_PREP(VTD_PASID_2_FSPM, info.levels - 4);
}

static struct page_tables *prepare(struct kunit *test)
{
	static const struct vtd_tables_config pass_through[] = {
		{ "", false, VTD_TT_PASS_THROUGH, 0, 4, 1 },
		{ "", true, VTD_PGTT_PASS_THROUGH, 0, 0, 1 },
	};
	const struct page_tables_config *param = test->param_value;
	const struct pt_domain_config *config = pt_domain_config_by_name(param->name);
	struct vtd_settings settings = settings_for(config);
	struct page_tables *setup = kunit_kzalloc(test, sizeof(*setup), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, setup);
	/* The unit is first, so that it knows each table and each flush. */
	setup->unit = vtd_test_unit_create(test, &settings);
	setup->domain = pt_domain_alloc(test, config);
	setup->random = liveupdate_random_start(test);
	vtd_tables_build(&setup->tables, setup->unit, &pass_through[param->scalable]);
	if (config->format == IOMMU_PT_FORMAT_VTDSS)
		use_second_stage(setup);
	else
		use_first_stage(setup);
	vtd_tables_enable(&setup->tables);
	return setup;
}

static void expect_as_mapped(struct page_tables *setup, u64 iova)
{
	struct vtd_request request = vtd_tables_request(&setup->tables);
	struct iommu_domain *domain = &setup->domain->domain;
	struct kunit *test = setup->unit->test;
	struct vtd_unit *unit = &setup->unit->unit;
	phys_addr_t pa = domain->ops->iova_to_phys(domain, iova);
	struct vtd_result result;

	request.address = iova;
	for (int write = 0; write < 2; write++) {
		request.write = write;
		vtd_unit_peek(unit, &unit->view, &request, true, &result);
		KUNIT_EXPECT_EQ_MSG(test, !pa, result.blocked, "0x%llx: fault 0x%02x", iova,
				    result.fault);
		KUNIT_EXPECT_EQ_MSG(test, pa, result.address, "0x%llx", iova);
	}
}

static void expect_all_as_mapped(struct page_tables *setup)
{
	u64 width = setup->domain->config->cfg.hw_max_vasz_lg2;

	for (unsigned int i = 0; i < setup->mappings.count; i++) {
		u64 first = setup->mappings.map[i].iova;
		u64 len = setup->mappings.map[i].len;

		expect_as_mapped(setup, first);
		expect_as_mapped(setup, first - 1);
		expect_as_mapped(setup, first + len - 1);
		expect_as_mapped(setup, first + len);
		expect_as_mapped(setup, first + liveupdate_random_u64(setup->random) % len);
	}
	for (unsigned int i = 0; i < PROBES; i++)
		expect_as_mapped(setup, liveupdate_random_u64(setup->random) >> (64 - width));
}

static void tables_translate_as_the_kernel_says(struct kunit *test)
{
	struct page_tables *setup = prepare(test);

	expect_all_as_mapped(setup);
	pt_domain_map_random(test, setup->domain, setup->random, &setup->mappings);
	expect_all_as_mapped(setup);
}

static void unmapped_pages_are_reached_until_invalidated(struct kunit *test)
{
	struct page_tables *setup = prepare(test);
	struct vtd_request request = vtd_tables_request(&setup->tables);
	struct vtd_result before, stale, after;

	pt_domain_map_random(test, setup->domain, setup->random, &setup->mappings);
	request.address = setup->mappings.map[0].iova;
	vtd_test_unit_translate(setup->unit, &request, &before);
	KUNIT_EXPECT_FALSE(test, before.blocked);

	pt_domain_unmap(test, setup->domain, &setup->mappings);
	vtd_unit_peek(&setup->unit->unit, &setup->unit->unit.view, &request, true, &stale);
	KUNIT_EXPECT_EQ(test, before.address, stale.address);
	vtd_unit_peek(&setup->unit->unit, &setup->unit->unit.view, &request, false, &after);
	KUNIT_EXPECT_TRUE(test, after.blocked);
}

static struct page_tables *prepare_with_kho(struct kunit *test)
{
	struct page_tables *setup;

	fake_kho_start(test);
	setup = prepare(test);
	pt_domain_map_random(test, setup->domain, setup->random, &setup->mappings);
	return setup;
}

/* Where the unit finds the first byte of a mapping, in memory alone */
static struct vtd_result find_mapping(struct page_tables *setup, unsigned int i)
{
	struct vtd_request request = vtd_tables_request(&setup->tables);
	struct vtd_unit *unit = &setup->unit->unit;
	struct vtd_result result;

	request.address = setup->mappings.map[i].iova;
	vtd_unit_peek(unit, &unit->view, &request, false, &result);
	return result;
}

static void preserved_tables_are_found_by_the_unit(struct kunit *test)
{
	struct page_tables *setup = prepare_with_kho(test);
	const struct pt_domain_config *config = setup->domain->config;
	struct pt_iommu_description description;

	KUNIT_ASSERT_EQ(test, 0, pt_domain_preserve(setup->domain, &description));
	pt_domain_end(test, setup->domain);
	mock_kexec(test);
	/* The next kernel has not looked at them yet. */
	for (unsigned int i = 0; i < setup->mappings.count; i++)
		KUNIT_EXPECT_EQ(test, setup->mappings.map[i].pa, find_mapping(setup, i).address);

	setup->domain = pt_domain_restore(test, config, &description);
	expect_all_as_mapped(setup);
}

static void tables_that_were_not_preserved_lead_nowhere(struct kunit *test)
{
	struct page_tables *setup = prepare_with_kho(test);

	pt_domain_end(test, setup->domain);
	mock_kexec(test);
	for (unsigned int i = 0; i < setup->mappings.count; i++)
		KUNIT_EXPECT_TRUE(test, find_mapping(setup, i).blocked);
}

static struct kunit_case vtd_page_tables_cases[] = {
	KUNIT_CASE_PARAM(tables_translate_as_the_kernel_says, page_tables_gen_params),
	KUNIT_CASE_PARAM(unmapped_pages_are_reached_until_invalidated, page_tables_gen_params),
	KUNIT_CASE_PARAM(preserved_tables_are_found_by_the_unit, page_tables_gen_params),
	KUNIT_CASE_PARAM(tables_that_were_not_preserved_lead_nowhere, page_tables_gen_params),
	{}
};

static struct kunit_suite vtd_page_tables_suite = {
	.name = "vtd_page_tables",
	.test_cases = vtd_page_tables_cases,
};

kunit_test_suite(vtd_page_tables_suite);

MODULE_DESCRIPTION("KUnit tests of the kernel's page tables at a VT-d unit");
MODULE_LICENSE("GPL");
