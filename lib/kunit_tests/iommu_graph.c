// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Graphs of records
 *
 * A graph is generated from a few numbers: each value of each record is a function
 * of its index. The next kernel keeps these numbers and the addresses of the memory
 * that the records name; all objects of the old one are freed, so that nothing can
 * be compared with what is left of them.
 *
 * A test describes a graph, adds it to what is handed over, hands it over by a
 * mock kexec, reads it with the code under test, and takes the memory back.
 */

#include <linux/io.h>
#include <linux/kho/abi/block.h>
#include <linux/kho_block.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommu-pages.h"
#include "../../drivers/iommu/liveupdate/pages.h"
#include "../../drivers/iommu/liveupdate/pci_function.h"
#include "iommu_graph.h"
#include "iommu_test_path.h"
#include "mock_kexec.h"

/* The values */

static u64 unit_id(u32 i)
{
	return 0xfed90000ULL + (u64)i * SZ_4K;
}

static u64 unit_capabilities(u32 i)
{
	return i & TEST_UNIT_CAPABILITIES_KNOWN;
}

static u32 unit_entries(const struct iommu_graph_spec *spec, u32 i)
{
	return i % (spec->unit_entries + 1);
}

/* Each second one differs from its neighbour above bit 31 only */
static u64 domain_id(u32 i)
{
	return ((u64)(i & 1) << 32) | (i / 2 + 1);
}

static u32 device_segment(const struct iommu_graph_spec *spec, u32 i)
{
	return i % spec->segments;
}

static u32 device_rid(const struct iommu_graph_spec *spec, u32 i)
{
	return i / spec->segments;
}

static u64 device_owner(u32 i)
{
	return BIT_ULL(32) + i % 3;
}

static u32 device_entries(const struct iommu_graph_spec *spec, u32 i)
{
	return i % (spec->device_entries + 1);
}

static u32 device_functions(const struct iommu_graph_spec *spec, u32 i)
{
	return 1 + i % (spec->bridges + 1);
}

static u64 hardware_id(u32 domain)
{
	return TEST_HARDWARE_ID_MIN + domain;
}

static struct pt_iommu_description domain_table(u32 i, u64 top_phys)
{
	const struct pt_iommu_description tables[] = {
		{
			.format = IOMMU_PT_FORMAT_VTDSS,
			.features = IOMMU_PT_FEATURE_INCOHERENT,
			.top_level = 3,
			.max_vasz_lg2 = 48,
			.max_oasz_lg2 = 52,
		}, {
			.format = IOMMU_PT_FORMAT_X86_64,
			.top_level = 4,
			.max_vasz_lg2 = 57,
			.max_oasz_lg2 = 52,
			.sign_extend = 1,
		}, {
			.format = IOMMU_PT_FORMAT_AMDV1,
			.features = IOMMU_PT_FEATURE_DYNAMIC_TOP,
			.top_level = 2,
			.max_vasz_lg2 = IOMMU_PT_INPUT_WIDTH_MAX,
			.max_oasz_lg2 = 52,
		}, {
			.format = IOMMU_PT_FORMAT_RISCV_64,
			.features = IOMMU_PT_FEATURE_CONTIGUOUS_64K,
			.top_level = 2,
			.max_vasz_lg2 = 39,
			.max_oasz_lg2 = IOMMU_PT_OUTPUT_WIDTH_MAX,
		},
	};
	struct pt_iommu_description table = tables[i % ARRAY_SIZE(tables)];

	table.top_phys = top_phys;
	return table;
}

static u64 domain_aperture_last(u32 i)
{
	return BIT_ULL(38) - 1 - (u64)i * SZ_4K;
}

/* Where in iommu_graph::pages what is */

static u64 *root_of(const struct iommu_graph *graph, u32 unit)
{
	return &graph->pages[unit];
}

static u64 *top_of(const struct iommu_graph *graph, u32 domain)
{
	return root_of(graph, graph->spec.units) + domain;
}

static u64 *context_of(const struct iommu_graph *graph, u32 device)
{
	return top_of(graph, graph->spec.domains) + device;
}

static u64 *parts_of(const struct iommu_graph *graph, u32 unit)
{
	return context_of(graph, graph->spec.devices) +
	       unit * graph->spec.unit_entries;
}

static bool has_context(u32 device)
{
	return device & 1;
}

/* In the old kernel */

static u64 alloc_preserved(struct kunit *test)
{
	void *page = iommu_alloc_pages_sz(GFP_KERNEL, SZ_4K);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_ASSERT_EQ(test, 0, iommu_pages_preserve(page));
	return virt_to_phys(page);
}

static void alloc_pages_of_records(struct iommu_graph *graph)
{
	const struct iommu_graph_spec *spec = &graph->spec;

	for (u32 i = 0; i < spec->units; i++) {
		*root_of(graph, i) = alloc_preserved(graph->test);
		for (u32 n = 0; n < unit_entries(spec, i); n++)
			parts_of(graph, i)[n] = alloc_preserved(graph->test);
	}
	for (u32 i = 0; i < spec->domains; i++)
		*top_of(graph, i) = alloc_preserved(graph->test);
	for (u32 i = 0; i < spec->devices; i++)
		if (has_context(i))
			*context_of(graph, i) = alloc_preserved(graph->test);
}

static void describe_unit(struct iommu_graph *graph, u32 i)
{
	struct test_unit *unit = &graph->units[i];

	unit->unit.vendor = &test_vendor_records;
	unit->unit.id = unit_id(i);
	unit->unit.area[TEST_UNIT_ROOT] = *root_of(graph, i);
	unit->unit.area[TEST_UNIT_CAPABILITIES] = unit_capabilities(i);
	unit->parts = parts_of(graph, i);
	iommu_vendor_chain_init(&unit->unit.chain,
				&test_vendor_records.unit_chain);
}

static void describe_domain(struct iommu_graph *graph, u32 i)
{
	struct iommu_liveupdate_domain *domain = &graph->domains[i];

	domain->vendor = &test_vendor_records;
	domain->id = domain_id(i);
	domain->table = domain_table(i, *top_of(graph, i));
	domain->pgsize_bitmap = SZ_4K | SZ_2M | SZ_1G;
	domain->aperture_start = (u64)i * SZ_4K;
	domain->aperture_last = domain_aperture_last(i);
	domain->area[TEST_DOMAIN_STAGE] = 1 + i % 2;
}

static void describe_device(struct iommu_graph *graph, u32 i)
{
	const struct iommu_graph_spec *spec = &graph->spec;
	struct iommu_liveupdate_attachment *attachment = &graph->attachments[i];
	struct iommu_liveupdate_device *device = &graph->devices[i];

	device->unit = &graph->units[i % spec->units].unit;
	device->owner = device_owner(i);
	device->type = IOMMU_DEVICE_TYPE_PCI;
	device->segment = device_segment(spec, i);
	device->rid = device_rid(spec, i);
	device->area[TEST_DEVICE_CONTEXT] = *context_of(graph, i);
	device->area[TEST_DEVICE_STREAM] = i;
	kho_block_set_init(&device->path.functions,
			   sizeof(struct iommu_pci_function_ser));
	iommu_vendor_chain_init(&device->chain,
				&test_vendor_records.device_chain);

	attachment->device = device;
	attachment->domain = &graph->domains[i % spec->domains];
	attachment->hardware_id = hardware_id(i % spec->domains);
	attachment->pasid = IOMMU_ATTACHMENT_NO_PASID;
}

static void *alloc_array(struct kunit *test, size_t count, size_t size)
{
	void *array = kunit_kcalloc(test, max(count, 1), size, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, array);
	return array;
}

/**
 * iommu_graph_recall - What the next kernel has of a graph.
 * @test: The test.
 * @spec: What was generated.
 *
 * A test that really boots the next kernel fills in iommu_graph::pages and
 * iommu_graph::header_pa.
 *
 * Context: Process context.
 *
 * Return: the graph, without any address.
 */
struct iommu_graph *iommu_graph_recall(struct kunit *test,
				       const struct iommu_graph_spec *spec)
{
	struct iommu_graph *graph = alloc_array(test, 1, sizeof(*graph));

	graph->test = test;
	graph->spec = *spec;
	graph->nr_pages = spec->units * (1 + spec->unit_entries) +
			  spec->domains + spec->devices;
	graph->pages = alloc_array(test, graph->nr_pages, sizeof(u64));
	return graph;
}

/**
 * iommu_graph_describe - Generate a graph.
 * @test: The test.
 * @spec: What to generate.
 *
 * All memory that the records will name is allocated and preserved.
 *
 * Context: Process context, after fake_kho_start().
 *
 * Return: the graph, of which nothing is handed over yet.
 */
struct iommu_graph *iommu_graph_describe(struct kunit *test,
					 const struct iommu_graph_spec *spec)
{
	struct iommu_graph *graph = iommu_graph_recall(test, spec);

	graph->units = alloc_array(test, spec->units, sizeof(*graph->units));
	graph->domains = alloc_array(test, spec->domains,
				     sizeof(*graph->domains));
	graph->devices = alloc_array(test, spec->devices,
				     sizeof(*graph->devices));
	graph->attachments = alloc_array(test, spec->devices,
					 sizeof(*graph->attachments));
	KUNIT_ASSERT_EQ(test, 0, iommu_outgoing_init(&graph->out));

	alloc_pages_of_records(graph);
	for (u32 i = 0; i < spec->units; i++)
		describe_unit(graph, i);
	for (u32 i = 0; i < spec->domains; i++)
		describe_domain(graph, i);
	for (u32 i = 0; i < spec->devices; i++)
		describe_device(graph, i);
	return graph;
}

static int add_unit(struct iommu_graph *graph, u32 i)
{
	struct iommu_liveupdate_unit *unit = &graph->units[i].unit;
	int ret;

	ret = iommu_vendor_chain_resize(&unit->chain,
					unit_entries(&graph->spec, i));
	if (ret)
		return ret;

	ret = iommu_outgoing_add_unit(&graph->out, unit);
	if (ret)
		iommu_vendor_chain_resize(&unit->chain, 0);
	return ret;
}

static int add_device(struct iommu_graph *graph, u32 i)
{
	struct iommu_liveupdate_device *device = &graph->devices[i];
	int ret;

	ret = iommu_test_path_init(&device->path, device->rid,
				   device_functions(&graph->spec, i));
	if (ret)
		return ret;
	ret = iommu_vendor_chain_resize(&device->chain,
					device_entries(&graph->spec, i));
	if (ret)
		goto err_path;
	ret = iommu_outgoing_add_device(&graph->out, device);
	if (ret)
		goto err_chain;
	return 0;

err_chain:
	iommu_vendor_chain_resize(&device->chain, 0);
err_path:
	iommu_pci_path_destroy(&device->path);
	return ret;
}

/**
 * iommu_graph_add - Add all of a graph to what is handed over.
 * @graph: The graph.
 *
 * Context: Process context.
 *
 * Return: 0, or what went wrong: then nothing of the graph is handed over.
 */
int iommu_graph_add(struct iommu_graph *graph)
{
	const struct iommu_graph_spec *spec = &graph->spec;
	int ret = 0;

	for (u32 i = 0; !ret && i < spec->units; i++)
		ret = add_unit(graph, i);
	for (u32 i = 0; !ret && i < spec->domains; i++)
		ret = iommu_outgoing_add_domain(&graph->out, &graph->domains[i]);
	for (u32 i = 0; !ret && i < spec->devices; i++)
		ret = add_device(graph, i) ?:
		      iommu_outgoing_add_attachment(&graph->out,
						    &graph->attachments[i]);
	if (ret)
		iommu_graph_remove(graph);
	return ret;
}

static void remove_device(struct iommu_graph *graph, u32 i)
{
	if (graph->attachments[i].record.listed)
		iommu_outgoing_remove_attachment(&graph->out,
						 &graph->attachments[i]);
	if (graph->devices[i].record.listed)
		iommu_outgoing_remove_device(&graph->out, &graph->devices[i]);
	iommu_vendor_chain_resize(&graph->devices[i].chain, 0);
	iommu_pci_path_destroy(&graph->devices[i].path);
}

/**
 * iommu_graph_remove - Hand nothing of a graph over.
 * @graph: The graph.
 *
 * Context: Process context.
 */
void iommu_graph_remove(struct iommu_graph *graph)
{
	const struct iommu_graph_spec *spec = &graph->spec;

	for (u32 i = spec->devices; i--;)
		remove_device(graph, i);
	for (u32 i = spec->domains; i--;)
		if (graph->domains[i].record.listed)
			iommu_outgoing_remove_domain(&graph->out,
						     &graph->domains[i]);
	for (u32 i = spec->units; i--;) {
		if (graph->units[i].unit.record.listed)
			iommu_outgoing_remove_unit(&graph->out,
						   &graph->units[i].unit);
		iommu_vendor_chain_resize(&graph->units[i].unit.chain, 0);
	}
}

/**
 * iommu_graph_discard - Give back what the graph of an update holds that is not.
 * @graph: The graph, of which nothing is handed over.
 *
 * Context: Process context.
 */
void iommu_graph_discard(struct iommu_graph *graph)
{
	for (u32 i = 0; i < graph->nr_pages; i++) {
		if (!graph->pages[i])
			continue;
		iommu_pages_unpreserve(phys_to_virt(graph->pages[i]));
		iommu_free_pages(phys_to_virt(graph->pages[i]));
	}
	iommu_outgoing_destroy(&graph->out);
}

/**
 * iommu_graph_end - Free all objects of a kernel that is about to end.
 * @graph: The graph. What is left of it is what the next kernel has to find.
 *
 * Context: Process context.
 */
void iommu_graph_end(struct iommu_graph *graph)
{
	const struct iommu_graph_spec *spec = &graph->spec;
	struct kunit *test = graph->test;

	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		kho_block_set_forget(&graph->out.families[i].blocks);
	for (u32 i = 0; i < spec->units; i++)
		kho_block_set_forget(&graph->units[i].unit.chain.blocks);
	for (u32 i = 0; i < spec->devices; i++) {
		kho_block_set_forget(&graph->devices[i].path.functions);
		kho_block_set_forget(&graph->devices[i].chain.blocks);
	}
	kunit_kfree(test, graph->units);
	kunit_kfree(test, graph->domains);
	kunit_kfree(test, graph->devices);
	kunit_kfree(test, graph->attachments);
	graph->units = NULL;
	graph->domains = NULL;
	graph->devices = NULL;
	graph->attachments = NULL;
	memset(&graph->out, 0, sizeof(graph->out));
}

/**
 * iommu_graph_hand_over - Write the records and end the kernel.
 * @graph: The graph, of which iommu_graph_end() leaves something.
 *
 * Context: Process context.
 */
void iommu_graph_hand_over(struct iommu_graph *graph)
{
	graph->header_pa = iommu_outgoing_write(&graph->out);
	iommu_graph_end(graph);
	mock_kexec(graph->test);
}

/**
 * iommu_graph_handed_over - All of the above.
 * @test: The test.
 * @spec: What to generate.
 *
 * Context: Process context, after fake_kho_start().
 *
 * Return: the graph, in the next kernel.
 */
struct iommu_graph *iommu_graph_handed_over(struct kunit *test,
					    const struct iommu_graph_spec *spec)
{
	struct iommu_graph *graph = iommu_graph_describe(test, spec);

	KUNIT_ASSERT_EQ(test, 0, iommu_graph_add(graph));
	iommu_graph_hand_over(graph);
	return graph;
}

/* In the next kernel */

/**
 * iommu_graph_has_unit - Is this the unit that was handed over?
 * @graph: The graph.
 * @unit: What was read; its index is that of the record.
 *
 * Context: Any.
 *
 * Return: true if each value is right, vendor chain included.
 */
bool iommu_graph_has_unit(const struct iommu_graph *graph,
			  const struct iommu_liveupdate_unit *unit)
{
	const u32 i = unit->record.index;
	struct kho_block_set_it it;

	if (unit->vendor != &test_vendor_records || unit->id != unit_id(i) ||
	    unit->area[TEST_UNIT_ROOT] != *root_of(graph, i) ||
	    unit->area[TEST_UNIT_CAPABILITIES] != unit_capabilities(i) ||
	    unit->chain.count != unit_entries(&graph->spec, i))
		return false;
	if (!unit->chain.count)
		return true;

	kho_block_set_it_init(&it, (struct kho_block_set *)&unit->chain.blocks);
	for (u32 n = 0; n < unit->chain.count; n++) {
		const struct test_unit_entry *entry =
			kho_block_set_it_read_entry(&it);

		if (!entry || entry->part != n ||
		    entry->table_pa != parts_of(graph, i)[n])
			return false;
	}
	return true;
}

/**
 * iommu_graph_has_domain - Is this the domain that was handed over?
 * @graph: The graph.
 * @domain: What was read; its index is that of the record.
 *
 * Context: Any.
 *
 * Return: true if each value is right.
 */
bool iommu_graph_has_domain(const struct iommu_graph *graph,
			    const struct iommu_liveupdate_domain *domain)
{
	const u32 i = domain->record.index;
	const struct pt_iommu_description table =
		domain_table(i, *top_of(graph, i));

	return domain->vendor == &test_vendor_records &&
	       domain->id == domain_id(i) &&
	       domain->table.top_phys == table.top_phys &&
	       domain->table.features == table.features &&
	       domain->table.format == table.format &&
	       domain->table.top_level == table.top_level &&
	       domain->table.max_vasz_lg2 == table.max_vasz_lg2 &&
	       domain->table.max_oasz_lg2 == table.max_oasz_lg2 &&
	       domain->table.sign_extend == table.sign_extend &&
	       domain->pgsize_bitmap == (SZ_4K | SZ_2M | SZ_1G) &&
	       domain->aperture_start == (u64)i * SZ_4K &&
	       domain->aperture_last == domain_aperture_last(i) &&
	       domain->area[TEST_DOMAIN_STAGE] == 1 + i % 2;
}

static bool has_device_entries(const struct iommu_liveupdate_device *device)
{
	struct kho_block_set_it it;

	if (!device->chain.count)
		return true;
	kho_block_set_it_init(&it,
			      (struct kho_block_set *)&device->chain.blocks);
	for (u32 n = 0; n < device->chain.count; n++) {
		const struct test_device_entry *entry =
			kho_block_set_it_read_entry(&it);

		if (!entry || entry->number != n)
			return false;
	}
	return true;
}

/**
 * iommu_graph_has_device - Is this the device that was handed over?
 * @graph: The graph.
 * @device: What was read; its index is that of the record.
 *
 * Context: Any.
 *
 * Return: true if each value is right, those of both chains included.
 */
bool iommu_graph_has_device(const struct iommu_graph *graph,
			    const struct iommu_liveupdate_device *device)
{
	const struct iommu_graph_spec *spec = &graph->spec;
	const u32 i = device->record.index;

	return device->unit &&
	       device->unit->record.index == i % spec->units &&
	       device->id == 0 &&
	       device->owner == device_owner(i) &&
	       device->type == IOMMU_DEVICE_TYPE_PCI &&
	       device->segment == device_segment(spec, i) &&
	       device->rid == device_rid(spec, i) &&
	       device->area[TEST_DEVICE_CONTEXT] == *context_of(graph, i) &&
	       device->area[TEST_DEVICE_STREAM] == i &&
	       iommu_test_path_matches((struct iommu_pci_path *)&device->path,
				       device->rid, device_functions(spec, i)) &&
	       device->chain.count == device_entries(spec, i) &&
	       has_device_entries(device);
}

/**
 * iommu_graph_has_attachment - Is this the attachment that was handed over?
 * @graph: The graph.
 * @attachment: What was read; its index is that of the record.
 *
 * Context: Any.
 *
 * Return: true if each value is right.
 */
bool iommu_graph_has_attachment(const struct iommu_graph *graph,
				const struct iommu_liveupdate_attachment *attachment)
{
	const u32 i = attachment->record.index;

	return attachment->device && attachment->domain &&
	       attachment->device->record.index == i &&
	       attachment->domain->record.index == i % graph->spec.domains &&
	       attachment->hardware_id ==
	       hardware_id(i % graph->spec.domains) &&
	       attachment->pasid == IOMMU_ATTACHMENT_NO_PASID;
}

/**
 * iommu_graph_expect_read - Fail the test unless all of a graph was read.
 * @graph: The graph.
 * @in: What was read.
 *
 * Context: Process context.
 */
void iommu_graph_expect_read(struct iommu_graph *graph,
			     const struct iommu_incoming *in)
{
	const struct iommu_graph_spec *spec = &graph->spec;
	struct kunit *test = graph->test;

	KUNIT_EXPECT_EQ(test, spec->units, in->count[IOMMU_UNITS]);
	KUNIT_EXPECT_EQ(test, spec->domains, in->count[IOMMU_DOMAINS]);
	KUNIT_EXPECT_EQ(test, spec->devices, in->count[IOMMU_DEVICES]);
	KUNIT_EXPECT_EQ(test, spec->devices, in->count[IOMMU_ATTACHMENTS]);
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		KUNIT_EXPECT_EQ(test, 0, in->lost[i]);

	for (u32 i = 0; i < in->count[IOMMU_UNITS]; i++)
		KUNIT_EXPECT_TRUE_MSG(test,
				      iommu_graph_has_unit(graph, &in->units[i]),
				      "unit %u", i);
	for (u32 i = 0; i < in->count[IOMMU_DOMAINS]; i++)
		KUNIT_EXPECT_TRUE_MSG(test,
				      iommu_graph_has_domain(graph,
							     &in->domains[i]),
				      "domain %u", i);
	for (u32 i = 0; i < in->count[IOMMU_DEVICES]; i++)
		KUNIT_EXPECT_TRUE_MSG(test,
				      iommu_graph_has_device(graph,
							     &in->devices[i]),
				      "device %u", i);
	for (u32 i = 0; i < in->count[IOMMU_ATTACHMENTS]; i++)
		KUNIT_EXPECT_TRUE_MSG(test,
				      iommu_graph_has_attachment(graph,
								 &in->attachments[i]),
				      "attachment %u", i);
}

/**
 * iommu_graph_take_back - Restore and free all memory that the records name.
 * @graph: The graph.
 *
 * Context: Process context.
 */
void iommu_graph_take_back(struct iommu_graph *graph)
{
	for (u32 i = 0; i < graph->nr_pages; i++) {
		void *page;

		if (!graph->pages[i])
			continue;
		page = iommu_pages_restore(graph->pages[i], SZ_4K);
		KUNIT_EXPECT_NOT_ERR_OR_NULL(graph->test, page);
		if (!IS_ERR(page))
			iommu_free_pages(page);
	}
}

/* The image itself, to damage it */

/**
 * iommu_graph_header - The header of the image.
 * @graph: The graph.
 *
 * Context: Any.
 *
 * Return: the header.
 */
struct iommu_header_ser *iommu_graph_header(const struct iommu_graph *graph)
{
	return phys_to_virt(graph->header_pa);
}

/**
 * iommu_graph_chain - Where the records of a family are.
 * @graph: The graph.
 * @family: The family.
 *
 * Context: Any.
 *
 * Return: the chain, in the header.
 */
struct iommu_chain_ser *iommu_graph_chain(const struct iommu_graph *graph,
					  enum iommu_family family)
{
	return (void *)iommu_graph_header(graph) + iommu_families[family].chain;
}

/**
 * iommu_chain_entry - An entry of an undamaged chain.
 * @chain: The chain.
 * @index: Index of the entry.
 *
 * Context: Any.
 *
 * Return: the entry.
 */
void *iommu_chain_entry(const struct iommu_chain_ser *chain, u32 index)
{
	const u32 per_block = (KHO_BLOCK_SIZE -
			       sizeof(struct kho_block_header_ser)) /
			      chain->entry_size;
	struct kho_block_header_ser *block = phys_to_virt(chain->head_pa);

	for (; index >= per_block; index -= per_block)
		block = phys_to_virt(block->next);
	return (void *)(block + 1) + index * chain->entry_size;
}

/**
 * iommu_graph_record - A record of the image.
 * @graph: The graph.
 * @family: The family.
 * @index: Index of the record.
 *
 * Context: Any.
 *
 * Return: the record.
 */
void *iommu_graph_record(const struct iommu_graph *graph,
			 enum iommu_family family, u32 index)
{
	return iommu_chain_entry(iommu_graph_chain(graph, family), index);
}

/**
 * iommu_graph_vendor_chain - The vendor chain of a record.
 * @graph: The graph.
 * @family: IOMMU_UNITS or IOMMU_DEVICES.
 * @index: Index of the record.
 *
 * Context: Any.
 *
 * Return: the chain, in the record.
 */
struct iommu_chain_ser *iommu_graph_vendor_chain(const struct iommu_graph *graph,
						 enum iommu_family family,
						 u32 index)
{
	void *record = iommu_graph_record(graph, family, index);

	if (family == IOMMU_UNITS)
		return &((struct iommu_unit_ser *)record)->vendor_chain;
	return &((struct iommu_device_ser *)record)->vendor_chain;
}

/**
 * iommu_graph_path - The path of a device.
 * @graph: The graph.
 * @index: Index of the device.
 *
 * Context: Any.
 *
 * Return: the chain, in the record.
 */
struct iommu_chain_ser *iommu_graph_path(const struct iommu_graph *graph, u32 index)
{
	struct iommu_device_ser *record;

	record = iommu_graph_record(graph, IOMMU_DEVICES, index);
	return &record->path;
}

static void walk_blocks(const struct iommu_chain_ser *chain,
			iommu_graph_page_fn fn, void *data)
{
	struct kho_block_header_ser *block;

	for (u64 pa = chain->head_pa; pa; pa = block->next) {
		block = phys_to_virt(pa);
		fn(block, sizeof(*block) + block->count * chain->entry_size,
		   data);
	}
}

/**
 * iommu_graph_walk_pages - Call a function for each page of an undamaged image.
 * @graph: The graph.
 * @fn: The function.
 * @data: Passed to @fn.
 *
 * Context: That of @fn.
 */
void iommu_graph_walk_pages(const struct iommu_graph *graph,
			    iommu_graph_page_fn fn, void *data)
{
	fn(iommu_graph_header(graph), sizeof(struct iommu_header_ser), data);
	for (int i = 0; i < IOMMU_NR_FAMILIES; i++)
		walk_blocks(iommu_graph_chain(graph, i), fn, data);
	for (u32 i = 0; i < graph->spec.units; i++)
		walk_blocks(iommu_graph_vendor_chain(graph, IOMMU_UNITS, i), fn,
			    data);
	for (u32 i = 0; i < graph->spec.devices; i++) {
		walk_blocks(iommu_graph_path(graph, i), fn, data);
		walk_blocks(iommu_graph_vendor_chain(graph, IOMMU_DEVICES, i),
			    fn, data);
	}
}
