// SPDX-License-Identifier: GPL-2.0-only
/*
 * Judge an image: the kernel's readers say what they refuse. What is added is what no
 * reader can see, as each has one handover only: memory of two of them, and what they
 * say of each other. No writer leaves anything but zeroes behind what it has written.
 */
#include <stdio.h>
#include <string.h>

#include <linux/kernel.h>
#include <linux/mm.h>

#include "bench.h"
#include "findings.h"
#include "roots.h"
#include "walk.h"

/* Memory */

static void check_rest_of_page(const char *path, const void *page, size_t used, void *data)
{
	const u8 *byte = used < PAGE_SIZE ? memchr_inv(page + used, 0, PAGE_SIZE - used) : NULL;

	if (byte)
		findings_add(FINDING_STRICT, "%s: byte %zu is %#x, beyond what is written", path,
			     (size_t)(byte - (const u8 *)page), *byte);
}

static void check_pages(void)
{
	const struct walk walk = { .on_page = check_rest_of_page };

	memory_set_reader(0);
	walk_image(&walk);
}

static void check_sharing(void)
{
	size_t unread = 0;

	for (size_t i = 0; i < memory_count(); i++) {
		const struct preservation *preservation = memory_nth(i);

		if (preservation->readers & (preservation->readers - 1))
			findings_add(FINDING_STRICT, "%#llx: memory of more than one handover",
				     (ullong)preservation->phys);
		unread += !preservation->readers;
	}
	if (unread)
		findings_add(FINDING_NOTE, "no record names %zu preservations", unread);
}

/* Handovers against each other */

static bool has_domain(const struct iommu_incoming *in, u64 id)
{
	for (u32 i = 0; i < in->count[IOMMU_DOMAINS]; i++)
		if (in->domains[i].id == id)
			return true;
	return false;
}

static const struct iommu_liveupdate_device *
find_device(const struct iommu_incoming *in, const struct vfio_pci_record *record)
{
	for (u32 i = 0; i < in->count[IOMMU_DEVICES]; i++)
		if (in->devices[i].owner == record->owner &&
		    in->devices[i].segment == record->segment &&
		    in->devices[i].rid == record->rid)
			return &in->devices[i];
	return NULL;
}

static bool has_owner(const struct iommu_incoming *in, u64 owner)
{
	for (u32 i = 0; i < in->count[IOMMU_DEVICES]; i++)
		if (in->devices[i].owner == owner)
			return true;
	return false;
}

static void check_iommufd(const struct handover *handover, u32 n)
{
	const struct iommufd_incoming *in = &handover->iommufd[n];

	for (u32 i = 0; i < in->nr_hwpts; i++)
		if (!has_domain(&handover->iommu, in->hwpts[i].domain))
			findings_add(FINDING_STRICT, "iommufd %u: HWPT %u: no domain has id %#llx",
				     n, i, (ullong)in->hwpts[i].domain);
	for (u32 i = 0; i < in->nr_devices; i++)
		if (!has_owner(&handover->iommu, in->devices[i].owner))
			findings_add(FINDING_NOTE, "iommufd %u: device %u: nothing has owner %#llx",
				     n, i, (ullong)in->devices[i].owner);
}

static void check_files(const struct handover *handover)
{
	for (u32 i = 0; i < handover->nr_iommufd; i++)
		check_iommufd(handover, i);
	for (u32 i = 0; i < handover->nr_vfio_pci; i++)
		if (!find_device(&handover->iommu, &handover->vfio_pci[i]))
			findings_add(FINDING_STRICT,
				     "vfio-pci device %u: its device is not handed over", i);
}

/* What nothing depends on */
static void note_unused(const struct iommu_incoming *in)
{
	for (u32 i = 0; i < in->count[IOMMU_DOMAINS]; i++) {
		bool used = false;

		for (u32 n = 0; n < in->count[IOMMU_ATTACHMENTS]; n++)
			used |= in->attachments[n].domain == &in->domains[i];
		if (!used)
			findings_add(FINDING_NOTE, "domain %u: no device is attached to it", i);
	}
}

static bool has_root(void)
{
	for (size_t i = 0; i < memory_count(); i++)
		if (root_find(memory_nth(i)))
			return true;
	return false;
}

/*
 * Read the image that is loaded, and judge it: true if it is good. The caller calls
 * handover_finish().
 */
bool verify(struct handover *handover)
{
	int ret;

	findings_begin();
	roots_guess();
	ret = handover_read(handover);
	check_sharing();
	check_pages();
	check_files(handover);
	note_unused(&handover->iommu);
	if (!has_root())
		findings_add(FINDING_NOTE, "nothing is handed over that is known here");
	if (ret && !findings_count(FINDING_REFUSED))
		findings_add(FINDING_REFUSED, "reading failed: -%d", -ret);
	return !findings_count(FINDING_REFUSED) && !findings_count(FINDING_STRICT);
}
