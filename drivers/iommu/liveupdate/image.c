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
 * It is written by lib/kunit_tests/fake_kho_image_format.c, and
 * tools/testing/kho_abi/ reads it. All preservations are in it. Records, tables, and lists of
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

static int __init find_preservations(struct fake_kho_image_table *table)
{
	struct fake_kho_image_entry *entry;
	int order;

	fake_kho_image_begin(table, 0);
	for (u64 pfn = 0; pfn < max_pfn; pfn++) {
		order = kho_preserved_order(PFN_PHYS(pfn));
		if (order < 0)
			continue;
		entry = fake_kho_image_add(table, pfn, order);
		if (!entry)
			return -E2BIG;
		if (!order)
			entry->used = fake_kho_image_used_size(entry);
	}
	return 0;
}

/* The size of the image was computed before. */
static int __init write_image(struct fake_kho_image_file *file, const void *buf,
			      size_t size, u64 offset)
{
	memcpy(image.data + offset, buf, size);
	return 0;
}

static int __init copy(const struct fake_kho_image_table *table)
{
	struct fake_kho_image_file file = { .write = write_image };

	image.size = fake_kho_image_size(table);
	image.data = vmalloc(image.size);
	if (!image.data)
		return -ENOMEM;
	return fake_kho_image_write(&file, table);
}

/* All that restores something comes later. */
static int __init take_image(void)
{
	struct fake_kho_image_table *table;
	int ret;

	if (!wanted)
		return 0;

	table = vmalloc(sizeof(*table));
	ret = table ? find_preservations(table) ?: copy(table) : -ENOMEM;
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
