// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: records of IOMMUs over a mock kexec
 *
 * Graphs of units, domains, devices and attachments are handed over and read by the
 * next kernel, from none to thousands, within a block and beyond it. What is written
 * follows the lists, as often as it is written; what would be refused is not
 * accepted; and nothing is left when it is over.
 */

#include <linux/kexec_handover.h>
#include <linux/kho/abi/block.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/check.h"
#include "../../drivers/iommu/liveupdate/pci_function.h"
#include "fake_kho.h"
#include "iommu_graph.h"
#include "iommu_test_path.h"
#include "liveupdate_snapshot.h"
#include "mock_kexec.h"
#include "nth_failure.h"

#define UNITS_PER_BLOCK		IOMMU_GRAPH_PER_BLOCK(struct iommu_unit_ser)
#define DOMAINS_PER_BLOCK	IOMMU_GRAPH_PER_BLOCK(struct iommu_domain_ser)
#define DEVICES_PER_BLOCK	IOMMU_GRAPH_PER_BLOCK(struct iommu_device_ser)

static const struct iommu_graph_spec specs[] = {
	{ "nothing", .segments = 1 },
	{ "a unit alone", .units = 1, .segments = 1 },
	{ "a domain alone", .domains = 1, .segments = 1 },
	{ "one of each", .units = 1, .domains = 1, .devices = 1, .segments = 1 },
	{ "a shared domain", .units = 2, .domains = 1, .devices = 5,
	  .segments = 1 },
	{ "shared domains on three units", .units = 3, .domains = 4,
	  .devices = 50, .segments = 1 },
	{ "several segments", .units = 4, .domains = 16, .devices = 16,
	  .segments = 5 },
	{ "full blocks", .units = UNITS_PER_BLOCK, .domains = DOMAINS_PER_BLOCK,
	  .devices = DEVICES_PER_BLOCK, .segments = 1 },
	{ "one more than a block", .units = UNITS_PER_BLOCK + 1,
	  .domains = DOMAINS_PER_BLOCK + 1, .devices = DEVICES_PER_BLOCK + 1,
	  .segments = 1 },
	{ "vendor chains", .units = 5, .domains = 4, .devices = 7,
	  .segments = 2, .unit_entries = 4, .device_entries = 6 },
	{ "vendor chains of several blocks", .units = 2, .domains = 2,
	  .devices = 2, .segments = 1, .unit_entries = 600,
	  .device_entries = 1200 },
	{ "paths", .units = 2, .domains = 2, .devices = 9, .segments = 2,
	  .bridges = 3 },
	{ "paths of several blocks", .units = 1, .domains = 1,
	  .devices = IOMMU_ABI_MAX_PATH, .segments = 1,
	  .bridges = IOMMU_ABI_MAX_PATH - 1 },
	{ "a thousand units", .units = 1000, .domains = 10, .devices = 1000,
	  .segments = 3 },
};

static void spec_desc(const struct iommu_graph_spec *spec, char *desc)
{
	strscpy(desc, spec->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(spec, specs, spec_desc);

static const struct iommu_graph_spec several = {
	.units = 3, .domains = 4, .devices = 9, .segments = 2,
	.unit_entries = 2, .device_entries = 3, .bridges = 2,
};

static int read_graph(struct iommu_graph *graph, struct iommu_incoming *in)
{
	return iommu_incoming_read(in, graph->header_pa, test_vendors);
}

/* Read a graph, all of it, and give everything back. */
static void expect_comes_back(struct kunit *test, struct iommu_graph *graph)
{
	struct fake_kho_ranges waiting;
	struct iommu_incoming in;

	KUNIT_EXPECT_EQ(test, 0, read_graph(graph, &in));
	iommu_graph_expect_read(graph, &in);
	iommu_graph_take_back(graph);
	iommu_incoming_finish(&in);

	fake_kho_get_waiting(&waiting);
	KUNIT_EXPECT_EQ(test, 0, waiting.count);
}

/* Round trips */

/* Finding 30: room grows with what is preserved. */
static void graph_comes_back(struct kunit *test)
{
	expect_comes_back(test,
			  iommu_graph_handed_over(test, test->param_value));
}

static void thousands_of_devices_come_back(struct kunit *test)
{
	const struct iommu_graph_spec thousands = {
		.units = 16, .domains = 2048, .devices = 4096, .segments = 4,
	};

	expect_comes_back(test, iommu_graph_handed_over(test, &thousands));
}

/* Finding 33 */
static void ids_of_64_bits_stay_apart(struct kunit *test)
{
	struct iommu_graph *graph = iommu_graph_handed_over(test, &several);
	const struct iommu_domain_ser *even, *odd;

	even = iommu_graph_record(graph, IOMMU_DOMAINS, 0);
	odd = iommu_graph_record(graph, IOMMU_DOMAINS, 1);
	KUNIT_EXPECT_EQ(test, lower_32_bits(even->id), lower_32_bits(odd->id));
	KUNIT_EXPECT_NE(test, even->id, odd->id);
	expect_comes_back(test, graph);
}

/* Finding 47 */
static void segments_tell_devices_apart(struct kunit *test)
{
	const struct iommu_graph_spec two_segments = {
		.units = 1, .domains = 2, .devices = 2, .segments = 2,
	};
	struct iommu_graph *graph = iommu_graph_handed_over(test, &two_segments);
	const struct iommu_device_ser *first, *second;

	first = iommu_graph_record(graph, IOMMU_DEVICES, 0);
	second = iommu_graph_record(graph, IOMMU_DEVICES, 1);
	KUNIT_EXPECT_EQ(test, first->rid, second->rid);
	KUNIT_EXPECT_NE(test, first->segment, second->segment);
	expect_comes_back(test, graph);
}

/* Reading */

static void reading_changes_nothing(struct kunit *test)
{
	struct iommu_graph *graph = iommu_graph_handed_over(test, &several);
	struct liveupdate_snapshot before, after;
	struct iommu_incoming in;

	liveupdate_snapshot_take(&before);
	for (int i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, 0, read_graph(graph, &in));
		iommu_graph_expect_read(graph, &in);
		liveupdate_snapshot_take(&after);
		liveupdate_snapshot_expect_equal(test, &before, &after);
		iommu_incoming_release(&in);
	}
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	expect_comes_back(test, graph);
}

/*
 * Finding 32: LUO asks for what was handed over with a lock of its own held.
 * Finding 25: what is wrong then is an errno, and nobody panics.
 */
static void reading_takes_no_lock(struct kunit *test)
{
	struct iommu_graph *graph = iommu_graph_handed_over(test, &several);
	struct iommu_header_ser *header = iommu_graph_header(graph);
	static DEFINE_MUTEX(lock_of_caller);
	struct iommu_incoming in;

	mutex_lock(&lock_of_caller);
	header->magic++;
	KUNIT_EXPECT_EQ(test, -EINVAL, read_graph(graph, &in));
	iommu_incoming_log(&in);
	header->magic--;
	KUNIT_EXPECT_EQ(test, 0, read_graph(graph, &in));
	iommu_graph_take_back(graph);
	iommu_incoming_finish(&in);
	mutex_unlock(&lock_of_caller);
}

/* Finding 27: the caller says which image it means, there is no global one. */
static void two_images_do_not_mix(struct kunit *test)
{
	struct iommu_graph *first = iommu_graph_describe(test, &several);
	struct iommu_graph *second = iommu_graph_describe(test, &specs[4]);
	struct iommu_incoming in[2];

	KUNIT_ASSERT_EQ(test, 0, iommu_graph_add(first));
	KUNIT_ASSERT_EQ(test, 0, iommu_graph_add(second));
	first->header_pa = iommu_outgoing_write(&first->out);
	iommu_graph_end(first);
	iommu_graph_hand_over(second);

	KUNIT_EXPECT_EQ(test, 0, read_graph(first, &in[0]));
	KUNIT_EXPECT_EQ(test, 0, read_graph(second, &in[1]));
	iommu_graph_expect_read(first, &in[0]);
	iommu_graph_expect_read(second, &in[1]);
	iommu_incoming_finish(&in[0]);
	iommu_graph_expect_read(second, &in[1]);
	iommu_incoming_finish(&in[1]);
	iommu_graph_take_back(first);
	iommu_graph_take_back(second);
}

/* Finding 31 */
static void nothing_is_an_image_too(struct kunit *test)
{
	struct iommu_graph *graph = iommu_graph_handed_over(test, &specs[0]);
	struct iommu_incoming in;

	KUNIT_EXPECT_NE(test, 0, graph->header_pa);
	KUNIT_EXPECT_EQ(test, 0, read_graph(graph, &in));
	KUNIT_EXPECT_NULL(test, in.units);
	KUNIT_EXPECT_NULL(test, in.devices);
	iommu_incoming_finish(&in);
}

/* Finding 24: a failure is told, and leaves nothing that could be used. */
static void failure_leaves_an_empty_description(struct kunit *test)
{
	struct iommu_incoming in;

	memset(&in, 0xaa, sizeof(in));
	mock_kexec(test);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommu_incoming_read(&in, SZ_1M, test_vendors));
	KUNIT_EXPECT_EQ(test, -EINVAL, in.error.err);
	KUNIT_EXPECT_STREQ(test, "header", in.error.member);
	KUNIT_EXPECT_NULL(test, in.units);
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		KUNIT_EXPECT_EQ(test, 0, in.count[i]);
	iommu_incoming_log(&in);
	iommu_incoming_release(&in);
	KUNIT_EXPECT_EQ(test, -EINVAL, in.error.err);
}

/* What is said */

static void expect_said(struct kunit *test, const char *expected,
			const char *what, const struct iommu_record *record)
{
	char text[IOMMU_RECORD_TEXT];

	iommu_record_describe(text, sizeof(text), what, &record->error);
	KUNIT_EXPECT_STREQ(test, expected, text);
}

static void one_line_names_record_member_and_value(struct kunit *test)
{
	struct iommu_graph *graph = iommu_graph_handed_over(test, &several);
	struct iommu_attachment_ser *attachment;
	struct iommu_device_ser *device;
	struct iommu_domain_ser *domain;
	struct iommu_unit_ser *unit;
	struct iommu_incoming in;

	unit = iommu_graph_record(graph, IOMMU_UNITS, 2);
	unit->flags = 0x80;
	domain = iommu_graph_record(graph, IOMMU_DOMAINS, 3);
	domain->top_phys = 0x1001;
	device = iommu_graph_record(graph, IOMMU_DEVICES, 4);
	device->rid = 0x12345;
	attachment = iommu_graph_record(graph, IOMMU_ATTACHMENTS, 6);
	attachment->domain = 4;

	KUNIT_EXPECT_EQ(test, 0, read_graph(graph, &in));
	expect_said(test, "unit 2: flags 0x80 has unknown bits (-EOPNOTSUPP)",
		    "unit 2", &in.units[2].record);
	expect_said(test, "domain 3: top_phys 0x1001 was not preserved (-EINVAL)",
		    "domain 3", &in.domains[3].record);
	expect_said(test,
		    "device 4: rid is 0x12345, not in 0x0..0xffff (-ERANGE)",
		    "device 4", &in.devices[4].record);
	expect_said(test, "device 5: unit 0x2 is lost (-EOPNOTSUPP)",
		    "device 5", &in.devices[5].record);
	expect_said(test,
		    "attachment 6: domain 0x4 is beyond the last record (-ERANGE)",
		    "attachment 6", &in.attachments[6].record);
	expect_said(test, "device 3: domain 0x3 is lost (-EINVAL)", "device 3",
		    &in.devices[3].record);
	expect_said(test, "device 6: attachment 0x6 is lost (-ERANGE)",
		    "device 6", &in.devices[6].record);
	iommu_incoming_log(&in);
	iommu_incoming_release(&in);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
}

static void first_of_two_errors_is_named(struct kunit *test)
{
	struct iommu_graph *graph = iommu_graph_handed_over(test, &several);
	struct iommu_attachment_ser *attachment;
	struct iommu_incoming in;

	attachment = iommu_graph_record(graph, IOMMU_ATTACHMENTS, 6);
	attachment->device = several.devices;
	attachment->domain = several.domains;

	KUNIT_EXPECT_EQ(test, 0, read_graph(graph, &in));
	KUNIT_EXPECT_STREQ(test, "device", in.attachments[6].record.error.member);
	KUNIT_EXPECT_EQ(test, 1, in.lost[IOMMU_DEVICES]);
	iommu_incoming_release(&in);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
}

/* Writing */

/* Copy all records of a family, so that they can be compared. */
static void *copy_records(struct iommu_graph *graph, enum iommu_family family)
{
	const struct iommu_chain_ser *chain = iommu_graph_chain(graph, family);
	struct kunit *test = graph->test;
	void *copy;

	copy = kunit_kcalloc(test, max(chain->count, 1), chain->entry_size,
			     GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, copy);
	for (u32 i = 0; i < chain->count; i++)
		memcpy(copy + i * chain->entry_size,
		       iommu_chain_entry(chain, i), chain->entry_size);
	return copy;
}

static void expect_same_records(struct iommu_graph *graph,
				enum iommu_family family, const void *copy)
{
	const struct iommu_chain_ser *chain = iommu_graph_chain(graph, family);

	for (u32 i = 0; i < chain->count; i++)
		KUNIT_EXPECT_MEMEQ(graph->test,
				   copy + i * chain->entry_size,
				   iommu_chain_entry(chain, i),
				   chain->entry_size);
}

/* Freeze, unfreeze, freeze */
static void writing_again_gives_the_same_records(struct kunit *test)
{
	struct iommu_graph *graph = iommu_graph_describe(test, &several);
	const void *copy[IOMMU_NR_FAMILIES];
	struct iommu_header_ser header;

	KUNIT_ASSERT_EQ(test, 0, iommu_graph_add(graph));
	graph->header_pa = iommu_outgoing_write(&graph->out);
	header = *iommu_graph_header(graph);
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		copy[i] = copy_records(graph, i);

	KUNIT_EXPECT_EQ(test, graph->header_pa,
			iommu_outgoing_write(&graph->out));
	KUNIT_EXPECT_MEMEQ(test, &header, iommu_graph_header(graph),
			   sizeof(header));
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		expect_same_records(graph, i, copy[i]);

	iommu_graph_hand_over(graph);
	expect_comes_back(test, graph);
}

/* Finding 46: a removed record leaves no slot behind, and none is used twice. */
static void removed_records_are_not_written(struct kunit *test)
{
	struct iommu_graph *graph = iommu_graph_describe(test, &several);
	struct liveupdate_snapshot before, after;

	for (int i = 0; i < 3; i++) {
		liveupdate_snapshot_take(&before);
		KUNIT_ASSERT_EQ(test, 0, iommu_graph_add(graph));
		graph->header_pa = iommu_outgoing_write(&graph->out);
		iommu_graph_remove(graph);

		iommu_outgoing_write(&graph->out);
		for (int f = 0; f < IOMMU_NR_FAMILIES; f++) {
			KUNIT_EXPECT_EQ(test, 0,
					iommu_graph_chain(graph, f)->count);
			KUNIT_EXPECT_EQ(test, 0,
					iommu_graph_chain(graph, f)->head_pa);
		}
		liveupdate_snapshot_take(&after);
		liveupdate_snapshot_expect_equal(test, &before, &after);
	}

	KUNIT_ASSERT_EQ(test, 0, iommu_graph_add(graph));
	iommu_graph_hand_over(graph);
	expect_comes_back(test, graph);
}

/* Finding 44: what is written is what is in the lists when it is written. */
static void removing_one_closes_the_gap(struct kunit *test)
{
	struct iommu_graph *graph = iommu_graph_describe(test, &several);
	struct iommu_incoming in;

	KUNIT_ASSERT_EQ(test, 0, iommu_graph_add(graph));
	iommu_outgoing_write(&graph->out);
	iommu_outgoing_remove_attachment(&graph->out, &graph->attachments[4]);
	iommu_outgoing_remove_device(&graph->out, &graph->devices[4]);
	iommu_vendor_chain_resize(&graph->devices[4].chain, 0);
	iommu_pci_path_destroy(&graph->devices[4].path);
	iommu_graph_hand_over(graph);

	KUNIT_EXPECT_EQ(test, 0, read_graph(graph, &in));
	KUNIT_EXPECT_EQ(test, several.devices - 1, in.count[IOMMU_DEVICES]);
	for (u32 i = 0; i < in.count[IOMMU_DEVICES]; i++) {
		const u32 was = i < 4 ? i : i + 1;

		KUNIT_EXPECT_EQ(test, 0, in.devices[i].record.error.err);
		in.devices[i].record.index = was;
		KUNIT_EXPECT_TRUE(test, iommu_graph_has_device(graph,
							       &in.devices[i]));
		KUNIT_EXPECT_PTR_EQ(test, &in.devices[i],
				    in.attachments[i].device);
	}
	iommu_graph_take_back(graph);
	iommu_incoming_finish(&in);
}

static void image_that_was_not_written_is_refused(struct kunit *test)
{
	struct iommu_outgoing out;
	struct iommu_incoming in;
	phys_addr_t header_pa;

	KUNIT_ASSERT_EQ(test, 0, iommu_outgoing_init(&out));
	header_pa = virt_to_phys(out.header);
	mock_kexec(test);
	KUNIT_EXPECT_EQ(test, -EINVAL,
			iommu_incoming_read(&in, header_pa, test_vendors));
	KUNIT_EXPECT_STREQ(test, "magic", in.error.member);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, 1);
}

/* Finding 36: nothing of one update gets into the records of the next. */
static void second_update_hands_over_the_same(struct kunit *test)
{
	struct iommu_graph *graph = iommu_graph_handed_over(test, &several);
	const void *attachments = copy_records(graph, IOMMU_ATTACHMENTS);
	struct iommu_graph *again;

	expect_comes_back(test, graph);

	again = iommu_graph_handed_over(test, &several);
	for (int f = 0; f < IOMMU_NR_FAMILIES; f++)
		KUNIT_EXPECT_EQ(test, iommu_graph_chain(again, f)->entry_size,
				iommu_families[f].record_size);
	/* Attachments name nothing but by index and number */
	expect_same_records(again, IOMMU_ATTACHMENTS, attachments);
	expect_comes_back(test, again);
}

/* What is not accepted */

/**
 * struct outgoing_test - One of each family, to be added with a fault.
 * @graph: The graph.
 * @unit: Its unit.
 * @domain: Its domain.
 * @device: Its device.
 * @attachment: Its attachment.
 */
struct outgoing_test {
	struct iommu_graph *graph;
	struct iommu_liveupdate_unit *unit;
	struct iommu_liveupdate_domain *domain;
	struct iommu_liveupdate_device *device;
	struct iommu_liveupdate_attachment *attachment;
};

static void describe_one(struct kunit *test, struct outgoing_test *one)
{
	const struct iommu_graph_spec spec = {
		.units = 1, .domains = 1, .devices = 1, .segments = 1,
	};

	one->graph = iommu_graph_describe(test, &spec);
	one->unit = &one->graph->units[0].unit;
	one->domain = &one->graph->domains[0];
	one->device = &one->graph->devices[0];
	one->attachment = &one->graph->attachments[0];
}

static void discard_one(struct outgoing_test *one)
{
	iommu_graph_remove(one->graph);
	iommu_graph_discard(one->graph);
}

/* A description with one bad member is refused. */
#define EXPECT_NOT_ACCEPTED(test, out, family, good, member, value, errno)\
do {									\
	__auto_type __good = (good);					\
	typeof(*__good) bad = *__good;					\
									\
	bad.member = (value);						\
	KUNIT_EXPECT_EQ_MSG(test, errno,				\
			    iommu_outgoing_add_##family(out, &bad),	\
			    #member " = " #value);			\
} while (0)

/* Finding 39: what a reader would refuse fails when it is preserved. */
static void what_would_be_refused_is_not_accepted(struct kunit *test)
{
	struct iommu_outgoing *out;
	struct outgoing_test one;

	describe_one(test, &one);
	out = &one.graph->out;
	KUNIT_ASSERT_EQ(test, 0, iommu_test_path_init(&one.device->path,
						      one.device->rid, 1));
	EXPECT_NOT_ACCEPTED(test, out, unit, one.unit,
			    area[TEST_UNIT_CAPABILITIES], BIT_ULL(8),
			    -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, 0, iommu_outgoing_add_unit(out, one.unit));
	EXPECT_NOT_ACCEPTED(test, out, domain, one.domain, id, 0, -ERANGE);
	EXPECT_NOT_ACCEPTED(test, out, domain, one.domain, pgsize_bitmap, 0,
			    -ERANGE);
	EXPECT_NOT_ACCEPTED(test, out, domain, one.domain, table.format, 99,
			    -EOPNOTSUPP);
	EXPECT_NOT_ACCEPTED(test, out, domain, one.domain, table.features,
			    BIT(31), -EOPNOTSUPP);
	EXPECT_NOT_ACCEPTED(test, out, domain, one.domain, table.top_level, 6,
			    -ERANGE);
	EXPECT_NOT_ACCEPTED(test, out, domain, one.domain, table.max_vasz_lg2,
			    65, -ERANGE);
	EXPECT_NOT_ACCEPTED(test, out, domain, one.domain, table.max_oasz_lg2,
			    57, -ERANGE);
	EXPECT_NOT_ACCEPTED(test, out, domain, one.domain, table.sign_extend, 2,
			    -ERANGE);
	EXPECT_NOT_ACCEPTED(test, out, domain, one.domain, aperture_last,
			    BIT_ULL(48), -ERANGE);
	EXPECT_NOT_ACCEPTED(test, out, domain, one.domain,
			    area[TEST_DOMAIN_STAGE], 3, -ERANGE);
	KUNIT_EXPECT_EQ(test, 0, iommu_outgoing_add_domain(out, one.domain));
	EXPECT_NOT_ACCEPTED(test, out, device, one.device, type, 2,
			    -EOPNOTSUPP);
	EXPECT_NOT_ACCEPTED(test, out, device, one.device, rid, 0x10000,
			    -ERANGE);
	EXPECT_NOT_ACCEPTED(test, out, device, one.device, id, 1, -ERANGE);
	EXPECT_NOT_ACCEPTED(test, out, device, one.device, owner, 0, -ERANGE);
	EXPECT_NOT_ACCEPTED(test, out, device, one.device, path.count, 0, -ERANGE);
	EXPECT_NOT_ACCEPTED(test, out, device, one.device, path.count,
			    IOMMU_ABI_MAX_PATH + 1, -ERANGE);
	EXPECT_NOT_ACCEPTED(test, out, device, one.device,
			    area[TEST_DEVICE_STREAM], TEST_STREAM_MAX + 1,
			    -ERANGE);
	KUNIT_EXPECT_EQ(test, 0, iommu_outgoing_add_device(out, one.device));
	EXPECT_NOT_ACCEPTED(test, out, attachment, one.attachment, pasid, 0,
			    -EOPNOTSUPP);
	EXPECT_NOT_ACCEPTED(test, out, attachment, one.attachment, pasid,
			    0x100000, -ERANGE);
	EXPECT_NOT_ACCEPTED(test, out, attachment, one.attachment, hardware_id,
			    1, -ERANGE);
	EXPECT_NOT_ACCEPTED(test, out, attachment, one.attachment, hardware_id,
			    0x10000, -ERANGE);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_outgoing_add_attachment(out, one.attachment));
	discard_one(&one);
}

static void each_is_added_after_what_it_points_to(struct kunit *test)
{
	struct iommu_outgoing *out;
	struct outgoing_test one;

	describe_one(test, &one);
	out = &one.graph->out;
	KUNIT_ASSERT_EQ(test, 0, iommu_test_path_init(&one.device->path,
						      one.device->rid, 1));
	KUNIT_EXPECT_EQ(test, -ENOENT, iommu_outgoing_add_device(out, one.device));
	KUNIT_EXPECT_EQ(test, 0, iommu_outgoing_add_unit(out, one.unit));
	KUNIT_EXPECT_EQ(test, 0, iommu_outgoing_add_device(out, one.device));
	KUNIT_EXPECT_EQ(test, -ENOENT,
			iommu_outgoing_add_attachment(out, one.attachment));
	KUNIT_EXPECT_EQ(test, 0, iommu_outgoing_add_domain(out, one.domain));
	KUNIT_EXPECT_EQ(test, 0,
			iommu_outgoing_add_attachment(out, one.attachment));
	discard_one(&one);
}

static void what_is_pointed_to_is_not_removed(struct kunit *test)
{
	struct iommu_outgoing *out;
	struct outgoing_test one;

	describe_one(test, &one);
	out = &one.graph->out;
	KUNIT_ASSERT_EQ(test, 0, iommu_graph_add(one.graph));
	kunit_warning_suppress(test) {
		iommu_outgoing_remove_unit(out, one.unit);
		iommu_outgoing_remove_domain(out, one.domain);
		iommu_outgoing_remove_device(out, one.device);
	}
	KUNIT_EXPECT_TRUE(test, one.unit->record.listed);
	KUNIT_EXPECT_TRUE(test, one.domain->record.listed);
	KUNIT_EXPECT_TRUE(test, one.device->record.listed);
	discard_one(&one);
}

/* Finding 48 */
static void second_record_of_the_same_is_busy(struct kunit *test)
{
	struct iommu_graph *graph = iommu_graph_describe(test, &several);
	struct iommu_outgoing *out = &graph->out;

	KUNIT_ASSERT_EQ(test, 0, iommu_graph_add(graph));
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_outgoing_add_device(out, &graph->devices[3]));

	iommu_outgoing_remove_attachment(out, &graph->attachments[8]);
	iommu_outgoing_remove_device(out, &graph->devices[8]);
	graph->devices[8].segment = graph->devices[3].segment;
	graph->devices[8].rid = graph->devices[3].rid;
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_outgoing_add_device(out, &graph->devices[8]));
	graph->devices[8].rid = 0x8000;
	KUNIT_EXPECT_EQ(test, 0,
			iommu_outgoing_add_device(out, &graph->devices[8]));

	graph->attachments[8].device = &graph->devices[3];
	KUNIT_EXPECT_EQ(test, -EBUSY,
			iommu_outgoing_add_attachment(out,
						      &graph->attachments[8]));
	iommu_graph_remove(graph);
	iommu_graph_discard(graph);
}

static void attachment_across_backends_is_refused(struct kunit *test)
{
	struct iommu_vendor_records other = test_vendor_records;
	struct outgoing_test one;

	other.unit_type = IOMMU_UNIT_TYPE_ARM_SMMUV3;
	describe_one(test, &one);
	one.domain->vendor = &other;
	KUNIT_EXPECT_EQ(test, -EINVAL, iommu_graph_add(one.graph));
	KUNIT_EXPECT_FALSE(test, one.unit->record.listed);
	iommu_graph_discard(one.graph);
}

/* The smallest backend: no operation, no chain */
static void backend_may_add_nothing(struct kunit *test)
{
	static const struct iommu_vendor_records bare = {
		.unit_type = IOMMU_UNIT_TYPE_RISCV,
	};
	const struct iommu_vendor_records *const vendors[] = {
		&test_vendor_records, &bare, NULL,
	};
	struct iommu_chain_ser *chain;
	struct iommu_incoming in;
	struct outgoing_test one;

	describe_one(test, &one);
	one.unit->vendor = &bare;
	one.domain->vendor = &bare;
	KUNIT_ASSERT_EQ(test, 0, iommu_graph_add(one.graph));
	iommu_graph_hand_over(one.graph);

	chain = iommu_graph_vendor_chain(one.graph, IOMMU_UNITS, 0);
	chain->count = 1;
	KUNIT_EXPECT_EQ(test, 0, iommu_incoming_read(&in, one.graph->header_pa,
						     vendors));
	KUNIT_EXPECT_EQ(test, -EINVAL, in.units[0].record.error.err);
	KUNIT_EXPECT_EQ(test, 1, in.lost[IOMMU_DEVICES]);
	iommu_incoming_release(&in);

	chain->count = 0;
	KUNIT_EXPECT_EQ(test, 0, iommu_incoming_read(&in, one.graph->header_pa,
						     vendors));
	KUNIT_EXPECT_PTR_EQ(test, &bare, in.units[0].vendor);
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		KUNIT_EXPECT_EQ(test, 0, in.lost[i]);
	iommu_graph_take_back(one.graph);
	iommu_incoming_finish(&in);
}

/* Finding 30: there is a limit, and it is said. */
static void image_has_a_limit(struct kunit *test)
{
	const struct iommu_graph_spec too_many = {
		.units = IOMMU_ABI_MAX_UNITS + 1, .segments = 1,
	};
	struct iommu_graph *graph = iommu_graph_describe(test, &too_many);

	KUNIT_EXPECT_EQ(test, -ENOSPC, iommu_graph_add(graph));
	graph->spec.units--;
	KUNIT_EXPECT_EQ(test, 0, iommu_graph_add(graph));
	iommu_graph_remove(graph);
	iommu_graph_discard(graph);
}

static void vendor_chain_has_a_limit(struct kunit *test)
{
	struct outgoing_test one;

	describe_one(test, &one);
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			iommu_vendor_chain_resize(&one.unit->chain,
						  IOMMU_ABI_MAX_VENDOR_ENTRIES + 1));
	KUNIT_EXPECT_EQ(test, 0, one.unit->chain.count);
	KUNIT_EXPECT_EQ(test, 0,
			iommu_vendor_chain_resize(&one.unit->chain,
						  IOMMU_ABI_MAX_VENDOR_ENTRIES));
	KUNIT_EXPECT_EQ(test, 0, iommu_vendor_chain_resize(&one.unit->chain, 0));
	iommu_graph_discard(one.graph);
}

/* Sweeps */

static int init_run(struct kunit *test, void *context)
{
	return iommu_outgoing_init(context);
}

static void init_undo(struct kunit *test, void *context)
{
	iommu_outgoing_destroy(context);
}

/* Finding 28: kho_alloc_preserve() fails with an errno, not with NULL. */
static void each_failure_of_init_leaves_nothing(struct kunit *test)
{
	struct iommu_outgoing out;

	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "iommu_outgoing_init",
		.run = init_run,
		.undo = init_undo,
		.context = &out,
		/* Page, and preservation */
		.minimum = 2,
	});
}

static int add_run(struct kunit *test, void *context)
{
	return iommu_graph_add(context);
}

static void add_undo(struct kunit *test, void *context)
{
	iommu_graph_remove(context);
}

static void each_failure_of_add_is_undone(struct kunit *test)
{
	const struct iommu_graph_spec spec = {
		.units = 2, .domains = 2, .devices = DEVICES_PER_BLOCK + 1,
		.segments = 1, .unit_entries = 1, .device_entries = 1,
	};
	struct iommu_graph *graph = iommu_graph_describe(test, &spec);

	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "iommu_outgoing_add_*",
		.run = add_run,
		.undo = add_undo,
		.context = graph,
		/* Page, preservation and list entry of the block of each family */
		.minimum = 3 * IOMMU_NR_FAMILIES,
	});
	iommu_graph_discard(graph);
}

/**
 * struct read_sweep - What the sweep of reading works on.
 * @graph: The graph.
 * @in: What is read.
 */
struct read_sweep {
	struct iommu_graph *graph;
	struct iommu_incoming in;
};

static int read_run(struct kunit *test, void *context)
{
	struct read_sweep *sweep = context;

	return read_graph(sweep->graph, &sweep->in);
}

static void read_undo(struct kunit *test, void *context)
{
	struct read_sweep *sweep = context;

	iommu_graph_expect_read(sweep->graph, &sweep->in);
	iommu_incoming_release(&sweep->in);
}

/* No memory is no reason to take a record for a bad one */
static void read_check(struct kunit *test, void *context)
{
	struct read_sweep *sweep = context;

	KUNIT_EXPECT_EQ(test, 0, sweep->in.error.err);
	KUNIT_EXPECT_NULL(test, sweep->in.units);
}

static void each_failure_of_read_can_be_repeated(struct kunit *test)
{
	struct read_sweep sweep = {
		.graph = iommu_graph_handed_over(test, &several),
	};

	nth_failure_sweep(test, &(struct nth_failure_sweep){
		.name = "iommu_incoming_read",
		.run = read_run,
		.undo = read_undo,
		.check = read_check,
		.context = &sweep,
		/* A list entry, the descriptions and the sorting of each family */
		.minimum = 3 * IOMMU_NR_FAMILIES,
	});
	expect_comes_back(test, sweep.graph);
}

static int start_fake_kho(struct kunit *test)
{
	fake_kho_start(test);
	return 0;
}

static struct kunit_case iommu_records_cases[] = {
	KUNIT_CASE_PARAM(graph_comes_back, spec_gen_params),
	KUNIT_CASE_SLOW(thousands_of_devices_come_back),
	KUNIT_CASE(ids_of_64_bits_stay_apart),
	KUNIT_CASE(segments_tell_devices_apart),
	KUNIT_CASE(reading_changes_nothing),
	KUNIT_CASE(reading_takes_no_lock),
	KUNIT_CASE(two_images_do_not_mix),
	KUNIT_CASE(nothing_is_an_image_too),
	KUNIT_CASE(failure_leaves_an_empty_description),
	KUNIT_CASE(one_line_names_record_member_and_value),
	KUNIT_CASE(first_of_two_errors_is_named),
	KUNIT_CASE(writing_again_gives_the_same_records),
	KUNIT_CASE(removed_records_are_not_written),
	KUNIT_CASE(removing_one_closes_the_gap),
	KUNIT_CASE(image_that_was_not_written_is_refused),
	KUNIT_CASE(second_update_hands_over_the_same),
	KUNIT_CASE(what_would_be_refused_is_not_accepted),
	KUNIT_CASE(each_is_added_after_what_it_points_to),
	KUNIT_CASE(what_is_pointed_to_is_not_removed),
	KUNIT_CASE(second_record_of_the_same_is_busy),
	KUNIT_CASE(attachment_across_backends_is_refused),
	KUNIT_CASE(backend_may_add_nothing),
	KUNIT_CASE_SLOW(image_has_a_limit),
	KUNIT_CASE(vendor_chain_has_a_limit),
	KUNIT_CASE(each_failure_of_init_leaves_nothing),
	KUNIT_CASE(each_failure_of_add_is_undone),
	KUNIT_CASE(each_failure_of_read_can_be_repeated),
	{}
};

static struct kunit_suite iommu_records_suite = {
	.name = "iommu_records",
	.init = start_fake_kho,
	.test_cases = iommu_records_cases,
};

kunit_test_suite(iommu_records_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the records of IOMMUs over a live update");
