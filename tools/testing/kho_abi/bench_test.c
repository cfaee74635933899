// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the bench: what it adds to the kernel's readers, what stands in for the rest of
 * the kernel, and that a reader that has no memory leaves none behind.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/err.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/kexec_handover.h>
#include <linux/kho/abi/iommufd.h>
#include <linux/kho/abi/memfd_v3.h>
#include <linux/kho/abi/vfio_pci.h>
#include <linux/slab.h>

#include "bench.h"
#include "findings.h"
#include "golden.h"
#include "image.h"
#include "kernel.h"
#include "memory.h"
#include "members.h"
#include "roots.h"
#include "tap.h"
#include "walk.h"

static struct handover handover;

static void load_golden(const char *name)
{
	memory_reset();
	if (golden_make(name))
		tap_die(name);
}

static bool verdict(void)
{
	const bool good = verify(&handover);

	handover_release(&handover);
	return good;
}

static bool found(enum finding_kind kind, const char *text)
{
	const struct finding *finding;

	for (size_t i = 0; (finding = findings_nth(i)); i++)
		if (finding->kind == kind && strstr(finding->text, text))
			return true;
	return false;
}

/* The struct of the first handover that has this name */
static void *root_mem(const char *name)
{
	for (size_t i = 0; i < memory_count(); i++)
		if (!strcmp(memory_nth(i)->root, name))
			return memory_nth(i)->mem;
	tap_die(name);
	return NULL;
}

/* Shims */

static char message[256];

static void keep_message(const char *text)
{
	snprintf(message, sizeof(message), "%s", text);
}

static void test_messages(void)
{
	kernel_set_messages(keep_message);
	kernel_message("a %s is %#llx of %d (%pe)\n", "member", 0x12ull, 7, ERR_PTR(-ERANGE));
	kernel_set_messages(NULL);
	tap_result(!strcmp(message, "a member is 0x12 of 7 (-ERANGE)"), "messages: %s", message);
	tap_result(!strcmp(errno_name(-EOPNOTSUPP), "EOPNOTSUPP"), "messages.errno");
}

static void test_memory(void)
{
	u64 phys;

	memory_reset();
	phys = virt_to_phys(kho_alloc_preserve(3 * PAGE_SIZE));
	tap_result(kho_preserved_order(phys) == 2, "memory.order");
	tap_result(kho_preserved_order(phys + PAGE_SIZE) == -ENOENT, "memory.inside");
	tap_result(kho_preserved_order(phys + 8) == -EINVAL, "memory.unaligned");
	kho_restore_free(phys_to_virt(phys));
	tap_result(kho_preserved_order(phys) == -ENOENT, "memory.restored");
	memory_reset();
}

static void test_members(void)
{
	const struct layout *layout = layout_find("iommu_device_ser");
	const struct member *path = member_find(layout, "path");
	u64 value;

	tap_result(layout && layout->size == sizeof(struct iommu_device_ser), "members.size");
	tap_result(path && !strcmp(path->entries, "iommu_pci_function_ser"), "members.entries");
	tap_result(constant_find("IOMMU_ABI_MAX_PATH", &value) && value == IOMMU_ABI_MAX_PATH,
		   "members.constant");
	for (u32 i = 0; (layout = layout_nth(i)); i++)
		for (u32 n = 0; n < layout->nr_members; n++)
			if (!*layout->members[n].range)
				tap_result(false, "members: %s.%s has no range", layout->name,
					   layout->members[n].name);
}

/* What the bench adds to the readers */

static void test_rest_of_pages(void)
{
	const struct iommu_header_ser *header;

	load_golden("test");
	header = root_mem(IOMMU_LIVEUPDATE_COMPATIBLE);
	((u8 *)header)[PAGE_SIZE - 1] = 1;
	tap_result(!verdict() && found(FINDING_STRICT, "byte 4095"), "strict.rest_of_header");
	((u8 *)header)[PAGE_SIZE - 1] = 0;
	((u8 *)phys_to_virt(header->units.head_pa))[PAGE_SIZE - 1] = 1;
	tap_result(!verdict() && found(FINDING_STRICT, "byte 4095"), "strict.rest_of_block");
}

static void test_two_handovers(void)
{
	struct iommufd_header_ser *iommufd;
	struct iommu_header_ser *iommu;

	load_golden("vtd-files");
	iommu = root_mem(IOMMU_LIVEUPDATE_COMPATIBLE);
	iommufd = root_mem(IOMMUFD_LIVEUPDATE_COMPATIBLE);
	((struct iommu_domain_ser *)(phys_to_virt(iommu->domains.head_pa) + 16))->top_phys =
		iommufd->hwpts.head_pa;
	tap_result(!verdict() && found(FINDING_STRICT, "more than one handover"),
		   "strict.memory_of_two_handovers");
}

/* Who has found which memory is of one reading only. */
static void test_judged_again(void)
{
	load_golden("memfd");
	tap_result(verdict() && verdict() && !findings_nth(0), "strict.judged_again");
}

static void test_two_memfds(void)
{
	struct memfd_v3_ser *first, *second;

	load_golden("memfd");
	if (golden_add_memfd("memfd", false))
		tap_die("another memfd");
	tap_result(verdict() && handover.nr_memfd == 2, "strict.two_memfds");
	first = root_mem(MEMFD_V3_COMPATIBLE);
	second = memory_nth(memory_count() - 3)->mem;
	second->array_pa = first->array_pa;
	tap_result(!verdict() && found(FINDING_STRICT, "more than one handover"),
		   "strict.array_of_two_memfds");
}

static void test_references(void)
{
	struct vfio_pci_device_ser *device;
	struct iommufd_header_ser *iommufd;
	struct iommufd_hwpt_ser *hwpt;

	load_golden("vtd-files");
	tap_result(verdict(), "strict.good");
	device = root_mem(VFIO_PCI_LIVEUPDATE_COMPATIBLE);
	device->owner += 1000;
	tap_result(!verdict() && found(FINDING_STRICT, "is not handed over"),
		   "strict.file_of_no_device");
	device->owner -= 1000;
	iommufd = root_mem(IOMMUFD_LIVEUPDATE_COMPATIBLE);
	hwpt = phys_to_virt(iommufd->hwpts.head_pa) + 16;
	hwpt->domain = 77;
	tap_result(!verdict() && found(FINDING_STRICT, "no domain has id 0x4d"),
		   "strict.hwpt_of_no_domain");
}

static void test_lost_memory(void)
{
	load_golden("vtd-legacy");
	kho_alloc_preserve(PAGE_SIZE);
	tap_result(verdict() && found(FINDING_NOTE, "no record names"), "notes.lost_memory");
}

static void test_roots_are_guessed(void)
{
	load_golden("vtd-files");
	for (size_t i = 0; i < memory_count(); i++)
		memory_nth(i)->root[0] = 0;
	tap_result(verdict() && handover.nr_iommu == 1 && handover.nr_iommufd == 1 &&
		   handover.nr_vfio_pci == 4 && handover.nr_memfd == 1, "roots.guessed");
}

/* Reading changes nothing, and gives back what it takes */

static void test_no_memory(const char *name)
{
	unsigned long total;
	bool good = true;
	int ret;

	load_golden(name);
	kernel_fail_alloc(0);
	findings_begin();
	ret = handover_read(&handover);
	total = kernel_allocations();
	handover_release(&handover);
	for (unsigned long n = 1; !ret && n <= total; n++) {
		kernel_fail_alloc(n);
		good &= handover_read(&handover) == -ENOMEM;
		handover_release(&handover);
	}
	kernel_fail_alloc(0);
	tap_result(!ret && good, "no_memory: %s, %lu allocations", name, total);
	tap_result(!handover_read(&handover), "no_memory: %s is read again", name);
	handover_finish(&handover);
}

/* Files that are no image */

static void test_other_files(void)
{
	const u64 words[4] = { 0x4547414d494f484bull, 2, 0, 1 };

	memory_reset();
	tap_result(image_load("/nonexistent") == -ENOENT, "files.missing");
	tap_result(image_load("/dev/null") == -ENODATA, "files.empty");
	tap_result(image_load_bytes(words, sizeof(words)) == -ENODATA, "files.cut");
	tap_result(image_load_bytes(words + 1, 24) == -ENODATA, "files.short");
}

int main(void)
{
	test_messages();
	test_memory();
	test_members();
	test_rest_of_pages();
	test_two_handovers();
	test_judged_again();
	test_two_memfds();
	test_references();
	test_lost_memory();
	test_roots_are_guessed();
	test_no_memory("test");
	test_no_memory("test-blocks");
	test_no_memory("vtd-files");
	test_no_memory("memfd");
	test_other_files();
	findings_begin();
	memory_reset();
	return tap_end();
}
