// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: records that contradict each other
 *
 * Damage that takes more than one member, or costs more than one tier: chains that
 * share blocks or lead into each other, cycles, records of another backend, a header
 * that is none. What is lost says by whom, and stays with KHO.
 */

#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/mm.h>
#include <linux/pfn.h>

#include <kunit/test.h>

#include "fake_kho.h"
#include "iommu_record_damage.h"
#include "mock_kexec.h"

static const struct iommu_graph_spec several = {
	.units = 3, .domains = 4, .devices = 15, .segments = 2,
	.unit_entries = 2, .device_entries = 3, .bridges = 2,
};

/* More than one block in each family */
static const struct iommu_graph_spec blocks = {
	.units = 1 + 2 * IOMMU_GRAPH_PER_BLOCK(struct iommu_unit_ser),
	.domains = 1 + 2 * IOMMU_GRAPH_PER_BLOCK(struct iommu_domain_ser),
	.devices = 1 + 2 * IOMMU_GRAPH_PER_BLOCK(struct iommu_attachment_ser),
	.segments = 2, .unit_entries = 1, .device_entries = 1, .bridges = 2,
};

/* The first thing that any reader has to look at in each record */
static u32 *flags_of(const struct record_damage *image, enum iommu_family family,
		     u32 index)
{
	void *record = iommu_graph_record(image->graph, family, index);

	switch (family) {
	case IOMMU_UNITS:
		return &((struct iommu_unit_ser *)record)->flags;
	case IOMMU_DOMAINS:
		return &((struct iommu_domain_ser *)record)->flags;
	case IOMMU_DEVICES:
		return &((struct iommu_device_ser *)record)->flags;
	default:
		return &((struct iommu_attachment_ser *)record)->flags;
	}
}

static struct kho_block_header_ser *last_block(const struct iommu_chain_ser *chain)
{
	struct kho_block_header_ser *block = phys_to_virt(chain->head_pa);

	while (block->next)
		block = phys_to_virt(block->next);
	return block;
}

/* The header */

static void expect_no_header(struct record_damage *image, const char *what,
			     u64 header_pa, const char *member)
{
	const u64 good = image->graph->header_pa;
	const u64 zero = 0;
	int ret;

	ret = iommu_incoming_read(&image->in, header_pa, image->vendors);
	KUNIT_EXPECT_EQ_MSG(image->test, -EINVAL, ret, "%s", what);
	KUNIT_EXPECT_STREQ_MSG(image->test, member, image->in.error.member,
			       "%s", what);
	KUNIT_EXPECT_EQ_MSG(image->test, image->in.error.value,
			    strcmp(member, "header") ? zero : header_pa, "%s",
			    what);
	KUNIT_EXPECT_NULL(image->test, image->in.units);
	KUNIT_EXPECT_EQ(image->test, good, image->graph->header_pa);
}

/* Finding 43 */
static void address_of_no_header_is_refused(struct kunit *test)
{
	struct record_damage *image = record_damage_start(test, &several);
	const u64 good = image->graph->header_pa;

	expect_no_header(image, "none", 0, "header");
	expect_no_header(image, "one more", good + 1, "header");
	expect_no_header(image, "not aligned", good + 64, "header");
	expect_no_header(image, "top bit", good | BIT_ULL(63), "header");
	expect_no_header(image, "beyond memory", mock_kexec_beyond_memory(),
			 "header");
	expect_no_header(image, "the greatest", U64_MAX, "header");
	expect_no_header(image, "in use", PFN_PHYS(folio_pfn(image->in_use)),
			 "header");
	expect_no_header(image, "preserved for the next kernel",
			 PFN_PHYS(folio_pfn(image->preserved)), "header");
	expect_no_header(image, "of another order", image->larger, "header");
	expect_no_header(image, "no header", image->stray, "magic");
	record_damage_repair(image);
	record_damage_end(image);
}

/* Chains that are not apart */

static void expect_image_refused(struct record_damage *image, const char *what,
				 int err, const char *member, const u64 *value)
{
	record_damage_lose_image(image);
	record_damage_judge(image, what, &(struct record_damage_error){
		.err = err,
		.member = member,
		.value = value,
	});
}

typedef void (*pair_fn)(struct record_damage *image, enum iommu_family a,
			enum iommu_family b);

static void with_each_pair(struct record_damage *image, pair_fn fn)
{
	for (int a = 0; a < IOMMU_NR_FAMILIES; a++)
		for (int b = 0; b < IOMMU_NR_FAMILIES; b++)
			if (a != b)
				fn(image, a, b);
}

/* It is found when all is read, so that either family may be named. */
static void expect_no_shared_chain(struct record_damage *image,
				   enum iommu_family a, enum iommu_family b)
{
	const struct iommu_chain_ser *other = iommu_graph_chain(image->graph, b);
	struct iommu_chain_ser *chain = iommu_graph_chain(image->graph, a);
	const u64 head_pa = other->head_pa;

	chain->head_pa = head_pa;
	chain->count = other->count;
	expect_image_refused(image, "shared chain", -EINVAL, NULL, &head_pa);
}

static void families_do_not_share_a_chain(struct kunit *test)
{
	struct record_damage *image = record_damage_start(test, &several);

	with_each_pair(image, expect_no_shared_chain);
	record_damage_end(image);
}

static void expect_no_chain_into(struct record_damage *image,
				 enum iommu_family a, enum iommu_family b)
{
	const struct iommu_chain_ser *other = iommu_graph_chain(image->graph, b);
	struct iommu_chain_ser *chain = iommu_graph_chain(image->graph, a);
	const u64 head_pa = other->head_pa;

	last_block(chain)->next = head_pa;
	expect_image_refused(image, "longer than its count", -ERANGE,
			     iommu_families[a].chain_name, NULL);

	last_block(chain)->next = head_pa;
	chain->count += other->count;
	expect_image_refused(image, "longer", -EINVAL, NULL, &head_pa);
}

static void chain_does_not_run_into_that_of_another_family(struct kunit *test)
{
	struct record_damage *image = record_damage_start(test, &several);

	with_each_pair(image, expect_no_chain_into);
	record_damage_end(image);
}

/* The records of a family are no entries of a unit, whatever they say. */
static void vendor_chain_does_not_lead_to_records(struct kunit *test)
{
	struct record_damage *image = record_damage_start(test, &several);
	static const int errs[IOMMU_NR_FAMILIES] = {
		[IOMMU_UNITS] = -ERANGE,
		[IOMMU_DOMAINS] = -ERANGE,
		[IOMMU_DEVICES] = -ERANGE,
		/* Looks like the first entry, with a bad address */
		[IOMMU_ATTACHMENTS] = -EINVAL,
	};

	for (int i = 0; i < IOMMU_NR_FAMILIES; i++) {
		const struct iommu_chain_ser *other =
			iommu_graph_chain(image->graph, i);
		struct iommu_chain_ser *chain =
			iommu_graph_vendor_chain(image->graph, IOMMU_UNITS, 2);

		chain->head_pa = other->head_pa;
		chain->count = other->count;
		record_damage_lose(image, IOMMU_UNITS, 2);
		record_damage_judge(image, iommu_families[i].chain_name,
				    &(struct record_damage_error){
			.err = errs[i],
			.member = "vendor_chain",
		});
	}
	record_damage_end(image);
}

static void vendor_chain_does_not_lead_to_that_of_another_family(struct kunit *test)
{
	struct record_damage *image = record_damage_start(test, &several);

	iommu_graph_vendor_chain(image->graph, IOMMU_DEVICES, 2)->head_pa =
		iommu_graph_vendor_chain(image->graph, IOMMU_UNITS, 2)->head_pa;
	record_damage_lose(image, IOMMU_DEVICES, 2);
	record_damage_judge(image, "chain of a unit",
			    &(struct record_damage_error){
		.err = -ERANGE,
		.member = "vendor_chain",
	});
	record_damage_end(image);
}

/* Finding 29: a chain that never ends is refused. */
static void cycles_are_refused(struct kunit *test)
{
	static const enum iommu_family with_chain[] = {
		IOMMU_UNITS, IOMMU_DEVICES,
	};
	struct record_damage *image = record_damage_start(test, &several);
	struct iommu_chain_ser *chain;

	for (int i = 0; i < IOMMU_NR_FAMILIES; i++) {
		chain = iommu_graph_chain(image->graph, i);
		last_block(chain)->next = chain->head_pa;
		expect_image_refused(image, "cycle", -EINVAL,
				     iommu_families[i].chain_name, NULL);
	}
	for (int i = 0; i < ARRAY_SIZE(with_chain); i++) {
		chain = iommu_graph_vendor_chain(image->graph, with_chain[i], 2);
		last_block(chain)->next = chain->head_pa;
		record_damage_lose(image, with_chain[i], 2);
		record_damage_judge(image, "cycle of a vendor chain",
				    &(struct record_damage_error){
			.err = -EINVAL,
			.member = "vendor_chain",
			.value = &chain->head_pa,
		});
	}
	record_damage_end(image);
}

/* Of two that name the same memory, the one that is lost anyway has no say. */
static void lost_record_takes_nothing_with_it(struct kunit *test)
{
	struct record_damage *image = record_damage_start(test, &several);
	const struct iommu_unit_ser *other =
		iommu_graph_record(image->graph, IOMMU_UNITS, 2);
	struct iommu_unit_ser *unit =
		iommu_graph_record(image->graph, IOMMU_UNITS, 1);

	unit->vendor[TEST_UNIT_ROOT] = other->vendor[TEST_UNIT_ROOT];
	unit->vendor[TEST_UNIT_CAPABILITIES] = ~TEST_UNIT_CAPABILITIES_KNOWN;
	record_damage_lose(image, IOMMU_UNITS, 1);
	record_damage_judge(image, "bad unit with the root of a good one",
			    &(struct record_damage_error){
		.err = -EOPNOTSUPP,
		.member = "vendor",
	});
	record_damage_end(image);
}

static struct iommu_attachment_ser *attachment_at(const struct record_damage *image,
						  u32 index)
{
	return iommu_graph_record(image->graph, IOMMU_ATTACHMENTS, index);
}

/* One id may stand for one domain here, and for another one there. */
static void hardware_ids_belong_to_a_unit(struct kunit *test)
{
	struct record_damage *image = record_damage_start(test, &several);
	const struct iommu_graph_spec *spec = &image->graph->spec;

	/* Domain 0 on unit 0, and domain 3 on unit 1 */
	for (u32 i = 0; i < spec->devices; i++) {
		if ((i % spec->units != 0 || i % spec->domains != 0) &&
		    (i % spec->units != 1 || i % spec->domains != 3))
			continue;
		attachment_at(image, i)->hardware_id = TEST_HARDWARE_ID_MAX;
		record_damage_change(image, IOMMU_ATTACHMENTS, i);
	}
	record_damage_judge(image, "same id on two units",
			    &(struct record_damage_error){});
	record_damage_end(image);
}

/* Several blocks */

/* Finding 29, Finding 43 */
static void damage_in_the_last_block_is_seen(struct kunit *test)
{
	struct record_damage *image = record_damage_start(test, &blocks);

	for (int i = 0; i < IOMMU_NR_FAMILIES; i++) {
		struct iommu_chain_ser *chain = iommu_graph_chain(image->graph,
								  i);
		struct kho_block_header_ser *first =
			phys_to_virt(chain->head_pa);
		const char *name = iommu_families[i].chain_name;
		const u32 last = chain->count - 1;

		*flags_of(image, i, last) = BIT(31);
		record_damage_lose(image, i, last);
		record_damage_judge(image, "last record",
				    &(struct record_damage_error){
			.err = -EOPNOTSUPP,
			.member = "flags",
		});

		last_block(chain)->count++;
		expect_image_refused(image, "count of the last block", -ERANGE,
				     name, NULL);
		last_block(chain)->count = 0;
		expect_image_refused(image, "empty last block", -EINVAL, name,
				     NULL);
		last_block(chain)->next = first->next;
		expect_image_refused(image, "cycle without the first block",
				     -EINVAL, name, NULL);
		first->next = 0;
		expect_image_refused(image, "only one block", -ERANGE, name,
				     NULL);
	}
	record_damage_end(image);
}

/* Another backend */

static void expect_attachments_lost(struct record_damage *image,
				    const char *what, u32 modulus, u32 rest)
{
	for (u32 i = rest; i < image->graph->spec.devices; i += modulus)
		record_damage_lose(image, IOMMU_ATTACHMENTS, i);
	record_damage_judge(image, what, &(struct record_damage_error){
		.err = -EINVAL,
		.member = "domain",
	});
}

/* It may be known, and good, but domain and unit do not go together. */
static void another_backend_costs_the_attachments(struct kunit *test)
{
	struct iommu_vendor_records other = test_vendor_records;
	const struct iommu_vendor_records *const vendors[] = {
		&test_vendor_records, &other, NULL,
	};
	struct record_damage *image = record_damage_start(test, &several);
	struct iommu_domain_ser *domain;
	struct iommu_unit_ser *unit;

	other.unit_type = IOMMU_UNIT_TYPE_ARM_SMMUV3;
	image->vendors = vendors;

	domain = iommu_graph_record(image->graph, IOMMU_DOMAINS, 1);
	domain->unit_type = other.unit_type;
	record_damage_change(image, IOMMU_DOMAINS, 1);
	expect_attachments_lost(image, "domain of another backend",
				several.domains, 1);

	unit = iommu_graph_record(image->graph, IOMMU_UNITS, 1);
	unit->type = other.unit_type;
	record_damage_change(image, IOMMU_UNITS, 1);
	expect_attachments_lost(image, "unit of another backend", several.units,
				1);
	record_damage_end(image);
}

/* The same id is no conflict on units of different types. */
static void units_of_two_backends_may_have_one_id(struct kunit *test)
{
	struct iommu_vendor_records other = test_vendor_records;
	const struct iommu_vendor_records *const vendors[] = {
		&test_vendor_records, &other, NULL,
	};
	struct record_damage *image = record_damage_start(test, &several);
	struct iommu_unit_ser *unit, *same;

	other.unit_type = IOMMU_UNIT_TYPE_ARM_SMMUV3;
	image->vendors = vendors;
	unit = iommu_graph_record(image->graph, IOMMU_UNITS, 1);
	same = iommu_graph_record(image->graph, IOMMU_UNITS, 2);
	unit->type = other.unit_type;
	unit->id = same->id;
	record_damage_change(image, IOMMU_UNITS, 1);
	expect_attachments_lost(image, "unit with the id of another",
				several.units, 1);
	record_damage_end(image);
}

/* What is lost */

/**
 * struct lost_by - Why a record is lost with another one.
 * @damaged: Family of what is damaged.
 * @device: Member that its devices name.
 * @attachment: Member that their attachments name.
 */
struct lost_by {
	enum iommu_family damaged;
	const char *device;
	const char *attachment;
};

static void expect_lost_by(struct record_damage *image, u32 device,
			   const struct lost_by *by)
{
	const struct iommu_record_error *is =
		&image->in.devices[device].record.error;
	struct kunit *test = image->test;

	if (by->device) {
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, is->err);
		KUNIT_EXPECT_STREQ(test, by->device, is->member);
	}
	is = &image->in.attachments[device].record.error;
	if (by->attachment) {
		KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, is->err);
		KUNIT_EXPECT_STREQ(test, by->attachment, is->member);
	}
}

static void expect_losses_explained(struct record_damage *image,
				    const struct lost_by *by)
{
	record_damage_lose(image, by->damaged, 1);
	record_damage_propagate(image);
	KUNIT_EXPECT_EQ(image->test, 0,
			iommu_incoming_read(&image->in, image->graph->header_pa,
					    image->vendors));
	for (u32 i = 0; i < image->in.count[IOMMU_DEVICES]; i++)
		if (test_bit(i, image->losses.lost[IOMMU_DEVICES]))
			expect_lost_by(image, i, by);
	iommu_incoming_log(&image->in);
	iommu_incoming_release(&image->in);
	record_damage_repair(image);
}

/* What depends on something damaged has its errno, and names what it was. */
static void what_is_lost_says_by_whom(struct kunit *test)
{
	static const struct lost_by lost_by[] = {
		{ IOMMU_UNITS, "unit", "device" },
		{ IOMMU_DOMAINS, "domain", "domain" },
		{ IOMMU_DEVICES, NULL, "device" },
		{ IOMMU_ATTACHMENTS, "attachment", NULL },
	};
	struct record_damage *image = record_damage_start(test, &several);
	struct iommu_unit_ser *unit;

	for (int i = 0; i < ARRAY_SIZE(lost_by); i++) {
		*flags_of(image, lost_by[i].damaged, 1) = 1;
		expect_losses_explained(image, &lost_by[i]);
	}

	/* Of a unit without backend, too */
	unit = iommu_graph_record(image->graph, IOMMU_UNITS, 1);
	unit->type = 0;
	expect_losses_explained(image, &lost_by[0]);
	record_damage_end(image);
}

/* Finding 48: one attachment less leaves a device of which nothing can be kept. */
static void device_without_attachment_is_lost(struct kunit *test)
{
	struct record_damage *image = record_damage_start(test, &several);
	const u32 last = several.devices - 1;
	struct iommu_chain_ser *chain = iommu_graph_chain(image->graph,
							  IOMMU_ATTACHMENTS);
	const struct iommu_record_error *error;

	chain->count--;
	last_block(chain)->count--;
	KUNIT_EXPECT_EQ(test, 0,
			iommu_incoming_read(&image->in, image->graph->header_pa,
					    image->vendors));
	KUNIT_EXPECT_EQ(test, 1, image->in.lost[IOMMU_DEVICES]);
	KUNIT_EXPECT_EQ(test, 0, image->in.lost[IOMMU_ATTACHMENTS]);
	error = &image->in.devices[last].record.error;
	KUNIT_EXPECT_EQ(test, -EINVAL, error->err);
	KUNIT_EXPECT_STREQ(test, "device", error->member);
	KUNIT_EXPECT_EQ(test, last, error->value);
	iommu_incoming_release(&image->in);
	record_damage_repair(image);
	record_damage_end(image);
}

static void damage_in_each_family_adds_up(struct kunit *test)
{
	struct record_damage *image = record_damage_start(test, &several);

	for (int i = 0; i < IOMMU_NR_FAMILIES; i++) {
		*flags_of(image, i, i) = BIT(i);
		record_damage_lose(image, i, i);
	}
	record_damage_judge(image, "all families",
			    &(struct record_damage_error){
		.err = -EOPNOTSUPP,
		.member = "flags",
	});
	record_damage_end(image);
}

/* Number of vendor chains and paths, each of one block, of what is lost or kept */
static unsigned long count_chains(const struct record_damage *image, bool lost)
{
	static const enum iommu_family with_chain[] = {
		IOMMU_UNITS, IOMMU_DEVICES,
	};
	unsigned long count = 0;

	for (int f = 0; f < ARRAY_SIZE(with_chain); f++)
		for (u32 i = 0; i < image->in.count[with_chain[f]]; i++)
			if (iommu_graph_vendor_chain(image->graph, with_chain[f],
						     i)->count &&
			    lost == test_bit(i, image->losses.lost[with_chain[f]]))
				count++;
	for (u32 i = 0; i < image->in.count[IOMMU_DEVICES]; i++)
		if (lost == test_bit(i, image->losses.lost[IOMMU_DEVICES]))
			count++;
	return count;
}

/* Nobody knows whose memory it is: it is not freed, and all else is. */
static void chains_of_the_lost_stay_with_kho(struct kunit *test)
{
	struct record_damage *image = record_damage_start(test, &several);
	struct fake_kho_ranges waiting;
	unsigned long left;

	*flags_of(image, IOMMU_DOMAINS, 1) = 1;
	record_damage_lose(image, IOMMU_DOMAINS, 1);
	((struct iommu_device_ser *)iommu_graph_record(image->graph,
						       IOMMU_DEVICES,
						       2))->vendor_chain.version++;
	record_damage_lose(image, IOMMU_DEVICES, 2);
	record_damage_propagate(image);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_incoming_read(&image->in, image->graph->header_pa,
					    image->vendors));
	left = count_chains(image, true);
	KUNIT_EXPECT_NE(test, 0, left);
	KUNIT_EXPECT_NE(test, 0, count_chains(image, false));
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, left);

	iommu_incoming_finish(&image->in);
	iommu_graph_take_back(image->graph);
	record_damage_free_spares(image);
	fake_kho_get_waiting(&waiting);
	KUNIT_EXPECT_EQ(test, left, waiting.count);
}

static int start_fake_kho(struct kunit *test)
{
	fake_kho_start(test);
	return 0;
}

static struct kunit_case iommu_record_conflict_cases[] = {
	KUNIT_CASE(address_of_no_header_is_refused),
	KUNIT_CASE(families_do_not_share_a_chain),
	KUNIT_CASE(chain_does_not_run_into_that_of_another_family),
	KUNIT_CASE(vendor_chain_does_not_lead_to_records),
	KUNIT_CASE(vendor_chain_does_not_lead_to_that_of_another_family),
	KUNIT_CASE(cycles_are_refused),
	KUNIT_CASE(lost_record_takes_nothing_with_it),
	KUNIT_CASE(hardware_ids_belong_to_a_unit),
	KUNIT_CASE(damage_in_the_last_block_is_seen),
	KUNIT_CASE(another_backend_costs_the_attachments),
	KUNIT_CASE(units_of_two_backends_may_have_one_id),
	KUNIT_CASE(what_is_lost_says_by_whom),
	KUNIT_CASE(device_without_attachment_is_lost),
	KUNIT_CASE(damage_in_each_family_adds_up),
	KUNIT_CASE(chains_of_the_lost_stay_with_kho),
	{}
};

static struct kunit_suite iommu_record_conflict_suite = {
	.name = "iommu_record_conflict",
	.init = start_fake_kho,
	.test_cases = iommu_record_conflict_cases,
};

kunit_test_suite(iommu_record_conflict_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of contradictory records of IOMMUs");
