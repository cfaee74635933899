/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Units, domains, devices and attachments of the test backend, generated from a
 * few numbers, so that the next kernel can tell what it has to find.
 */

#ifndef _LIB_KUNIT_TESTS_IOMMU_GRAPH_H
#define _LIB_KUNIT_TESTS_IOMMU_GRAPH_H

#include <linux/kho/abi/block.h>
#include <linux/types.h>

#include "../../drivers/iommu/liveupdate/deserialize.h"
#include "../../drivers/iommu/liveupdate/serialize.h"
#include "iommu_test_backend.h"

struct kunit;

/**
 * struct iommu_graph_spec - What is generated.
 * @name: Name, for parameterized cases.
 * @units: Number of units.
 * @domains: Number of domains. If there are fewer than devices, they are shared.
 * @devices: Number of devices, each with one attachment.
 * @segments: Number of PCI segments; in each, requester IDs begin with 0.
 * @unit_entries: The most entries in the vendor chain of a unit; the n-th has n
 *	modulo that.
 * @device_entries: The same for devices.
 * @bridges: The most bridges above a device; the n-th has n modulo one more.
 */
struct iommu_graph_spec {
	const char *name;
	u32 units;
	u32 domains;
	u32 devices;
	u32 segments;
	u32 unit_entries;
	u32 device_entries;
	u32 bridges;
};

/**
 * struct iommu_graph - A graph, and what is left of it in the next kernel.
 * @test: The test.
 * @spec: What it was generated from.
 * @pages: Physical addresses of all memory that the records name.
 * @nr_pages: Number of these, 0 among them.
 * @header_pa: What the next kernel gets.
 * @out: What is handed over. This and all below ends with its kernel.
 * @units: The units.
 * @domains: The domains.
 * @devices: The devices.
 * @attachments: The attachment of each device.
 */
struct iommu_graph {
	struct kunit *test;
	struct iommu_graph_spec spec;
	u64 *pages;
	u32 nr_pages;
	u64 header_pa;

	struct iommu_outgoing out;
	struct test_unit *units;
	struct iommu_liveupdate_domain *domains;
	struct iommu_liveupdate_device *devices;
	struct iommu_liveupdate_attachment *attachments;
};

/* Records or entries that a block has room for */
#define IOMMU_GRAPH_PER_BLOCK(type)					\
	((KHO_BLOCK_SIZE - sizeof(struct kho_block_header_ser)) / sizeof(type))

/**
 * typedef iommu_graph_page_fn - Called for each page of an image.
 * @page: The page.
 * @used: Bytes at its beginning that the writer has written.
 * @data: The caller's.
 */
typedef void (*iommu_graph_page_fn)(void *page, size_t used, void *data);

struct iommu_graph *iommu_graph_describe(struct kunit *test,
					 const struct iommu_graph_spec *spec);
int iommu_graph_add(struct iommu_graph *graph);
void iommu_graph_remove(struct iommu_graph *graph);
void iommu_graph_end(struct iommu_graph *graph);
void iommu_graph_hand_over(struct iommu_graph *graph);
struct iommu_graph *iommu_graph_recall(struct kunit *test,
				       const struct iommu_graph_spec *spec);
struct iommu_graph *iommu_graph_handed_over(struct kunit *test,
					    const struct iommu_graph_spec *spec);
void iommu_graph_discard(struct iommu_graph *graph);

bool iommu_graph_has_unit(const struct iommu_graph *graph,
			  const struct iommu_liveupdate_unit *unit);
bool iommu_graph_has_domain(const struct iommu_graph *graph,
			    const struct iommu_liveupdate_domain *domain);
bool iommu_graph_has_device(const struct iommu_graph *graph,
			    const struct iommu_liveupdate_device *device);
bool iommu_graph_has_attachment(const struct iommu_graph *graph,
				const struct iommu_liveupdate_attachment *attachment);
void iommu_graph_expect_read(struct iommu_graph *graph,
			     const struct iommu_incoming *in);
void iommu_graph_take_back(struct iommu_graph *graph);

struct iommu_header_ser *iommu_graph_header(const struct iommu_graph *graph);
struct iommu_chain_ser *iommu_graph_chain(const struct iommu_graph *graph,
					  enum iommu_family family);
void *iommu_graph_record(const struct iommu_graph *graph,
			 enum iommu_family family, u32 index);
void *iommu_chain_entry(const struct iommu_chain_ser *chain, u32 index);
struct iommu_chain_ser *iommu_graph_path(const struct iommu_graph *graph, u32 index);
struct iommu_chain_ser *iommu_graph_vendor_chain(const struct iommu_graph *graph,
						 enum iommu_family family,
						 u32 index);
void iommu_graph_walk_pages(const struct iommu_graph *graph,
			    iommu_graph_page_fn fn, void *data);

#endif /* _LIB_KUNIT_TESTS_IOMMU_GRAPH_H */
