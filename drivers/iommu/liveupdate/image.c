// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: The image of a handover
 *
 * For whoever wants to see what one kernel has handed over to the next one, or to hold it
 * against the ABI. A kernel with CONFIG_IOMMU_LIVEUPDATE_IMAGE and iommu_liveupdate_image on
 * its command line copies what KHO has preserved, before anything of it is restored. Root
 * can read it as /sys/kernel/debug/iommu_liveupdate/image, and nobody else can, as memory
 * of virtual machines is in it.
 *
 * Its format is that of lib/kunit_tests/fake_kho_image_format.c, which
 * tools/testing/kho_abi/ reads. All preservations are in it. Records, tables, and lists of
 * memory take one page each, and so only preservations of one page have their bytes; of
 * larger ones, which are content of files, the image has zeroes. Nothing has a name: headers
 * are known by their magic.
 *
 * Unhappy path: there is too little memory, or there are more preservations than the
 * format has room for. Then a line in the log says so, and there is no image.
 */

#define pr_fmt(fmt)	"iommu: liveupdate: image: " fmt

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kexec_handover.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/vmalloc.h>

#include "../../../lib/kunit_tests/fake_kho_image.h"
#include "image.h"

static bool wanted __initdata;
static struct debugfs_blob_wrapper image;

static int __init want_image(char *unused)
{
	wanted = true;
	return 0;
}
early_param("iommu_liveupdate_image", want_image);

/* How much of a page is not zero from its end, in whole words */
static u64 __init used_size(u64 pfn)
{
	const u64 *mem = phys_to_virt(PFN_PHYS(pfn));
	u64 words = PAGE_SIZE / sizeof(*mem);

	while (words && !mem[words - 1])
		words--;
	return words * sizeof(*mem);
}

static int __init find_preservations(struct fake_kho_image_table *table)
{
	u64 *nr = &table->header.nr_preservations;
	int order;

	for (u64 pfn = 0; pfn < max_pfn; pfn++) {
		order = kho_preserved_order(PFN_PHYS(pfn));
		if (order < 0)
			continue;
		if (*nr == FAKE_KHO_IMAGE_MAX)
			return -E2BIG;
		table->entries[(*nr)++] = (struct fake_kho_image_entry){
			.pfn = pfn,
			.order = order,
			.used = order ? 0 : used_size(pfn),
		};
	}
	return 0;
}

static u64 __init table_size(const struct fake_kho_image_table *table)
{
	return sizeof(table->header) +
	       table->header.nr_preservations * sizeof(table->entries[0]);
}

static u64 __init image_size(const struct fake_kho_image_table *table)
{
	u64 size = table_size(table);

	for (u64 i = 0; i < table->header.nr_preservations; i++)
		size += table->entries[i].used;
	return size;
}

static int __init copy(const struct fake_kho_image_table *table)
{
	u8 *to;

	image.size = image_size(table);
	image.data = vmalloc(image.size);
	if (!image.data)
		return -ENOMEM;

	to = image.data;
	memcpy(to, table, table_size(table));
	to += table_size(table);
	for (u64 i = 0; i < table->header.nr_preservations; i++) {
		const struct fake_kho_image_entry *entry = &table->entries[i];

		memcpy(to, phys_to_virt(PFN_PHYS(entry->pfn)), entry->used);
		to += entry->used;
	}
	return 0;
}

/* All that restores something comes later. */
static int __init take_image(void)
{
	struct fake_kho_image_table *table;
	int ret;

	if (!wanted)
		return 0;

	table = vzalloc(sizeof(*table));
	if (!table)
		return -ENOMEM;
	table->header.magic = FAKE_KHO_IMAGE_MAGIC;
	table->header.version = FAKE_KHO_IMAGE_VERSION;
	ret = find_preservations(table) ?: copy(table);
	if (ret)
		pr_err("there is none: %pe\n", ERR_PTR(ret));
	else
		pr_info("%llu preservations\n", table->header.nr_preservations);
	vfree(table);
	return ret;
}
early_initcall(take_image);

/**
 * iommu_liveupdate_image_init - Let root see the image, if there is one
 * @dir: Where
 *
 * Context: May sleep.
 */
void __init iommu_liveupdate_image_init(struct dentry *dir)
{
	if (image.data)
		debugfs_create_blob("image", 0400, dir, &image);
}
