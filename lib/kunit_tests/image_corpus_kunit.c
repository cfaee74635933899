// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: the corpus of handovers
 *
 * tools/testing/kho_abi/ keeps images that versions of the ABI have written, and derives
 * from the ranges in its headers what must not be in them. There, this is tried in user
 * space. Here a kernel boots with an image of the corpus, in the memory that it names, and
 * the same list of damages: each must be refused with the same errno, in the name of the
 * same member.
 *
 * The image is named by fake_kho_image.read, the list by image_corpus_kunit.damages. Each
 * takes a boot of its own, which scripts/run-kunit.sh does for each image.
 */

#include <linux/io.h>
#include <linux/kho/abi/iommu.h>
#include <linux/kho/abi/iommufd.h>
#include <linux/kho/abi/memfd.h>
#include <linux/kho/abi/memfd_v3.h>
#include <linux/kho/abi/vfio_pci.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/deserialize.h"
#include "../../drivers/iommu/liveupdate/iommufd_record.h"
#include "../../drivers/iommu/liveupdate/vfio_pci_record.h"
#include "../../mm/memfd_record.h"
#include "fake_kho_image.h"
#include "fake_kho_internal.h"
#include "image_damage.h"
#include "iommu_test_backend.h"
#include "liveupdate_snapshot.h"
#include "log_reader.h"
#include "vtd_backend_driver.h"

/* The greatest folio of x86-64, whatever the kernel of this test has */
#define MAX_FILE_ORDER	9

static char *damages_path;
module_param_named(damages, damages_path, charp, 0444);
MODULE_PARM_DESC(damages, "file of the host with the damages to the image");

/**
 * struct verdict - What the readers say of an image
 * @err: The errno that is looked for.
 * @member: The member that is looked for.
 * @refused: Number of errors.
 * @found: The one that was looked for is among them.
 */
struct verdict {
	int err;
	const char *member;
	unsigned int refused;
	bool found;
};

static void note(struct verdict *verdict, int err, const char *member)
{
	if (!err)
		return;
	verdict->refused++;
	if (err == verdict->err && !strcmp(member, verdict->member))
		verdict->found = true;
}

/* An error that is of no record must not be overlooked. */
static void note_result(struct verdict *verdict, int ret, int err, const char *member)
{
	note(verdict, err, member);
	if (ret && !err)
		note(verdict, ret, "nothing");
}

/* Readers */

static void note_records(struct verdict *verdict, const struct iommu_incoming *in)
{
	for (int family = 0; family < IOMMU_NR_FAMILIES; family++) {
		for (u32 i = 0; i < in->count[family]; i++) {
			const struct iommu_record_error *error =
				&iommu_incoming_record(in, family, i)->error;

			note(verdict, error->err, error->member);
		}
	}
}

static void read_iommu(struct verdict *verdict, u64 phys)
{
	const struct iommu_vendor_records *const vendors[] = {
		&test_vendor_records, vtd_backend_liveupdate_ops.records, NULL,
	};
	struct iommu_incoming in;
	int ret;

	ret = iommu_incoming_read(&in, phys, vendors);
	note_result(verdict, ret, in.error.err, in.error.member);
	if (ret)
		return;
	note_records(verdict, &in);
	iommu_incoming_release(&in);
}

static void read_iommufd(struct verdict *verdict, u64 phys)
{
	struct iommufd_incoming in;
	int ret;

	ret = iommufd_incoming_read(&in, phys);
	note_result(verdict, ret, in.error.err, in.error.member);
	if (!ret)
		iommufd_incoming_release(&in);
}

static void read_vfio_pci(struct verdict *verdict, u64 phys)
{
	struct iommu_record_error error = {};
	struct vfio_pci_record record;
	int ret;

	ret = vfio_pci_record_read(&record, phys, &error);
	note_result(verdict, ret, error.err, error.member);
}

static void read_memfd(struct verdict *verdict, u64 phys,
		       const struct memfd_record_format *format)
{
	struct memfd_record record;
	int ret;

	ret = memfd_record_read(&record, format, phys, MAX_FILE_ORDER);
	note_result(verdict, ret, record.error.err, record.error.member);
}

static void read_memfd_v2(struct verdict *verdict, u64 phys)
{
	read_memfd(verdict, phys, &memfd_v2_format);
}

static void read_memfd_v3(struct verdict *verdict, u64 phys)
{
	read_memfd(verdict, phys, &memfd_v3_format);
}

static const struct reader {
	const char *name;
	void (*read)(struct verdict *verdict, u64 phys);
} readers[] = {
	{ IOMMU_LIVEUPDATE_COMPATIBLE, read_iommu },
	{ IOMMUFD_LIVEUPDATE_COMPATIBLE, read_iommufd },
	{ VFIO_PCI_LIVEUPDATE_COMPATIBLE, read_vfio_pci },
	{ MEMFD_LUO_FH_COMPATIBLE, read_memfd_v2 },
	{ MEMFD_V3_COMPATIBLE, read_memfd_v3 },
};

static const struct reader *find_reader(const char *name)
{
	for (int i = 0; i < ARRAY_SIZE(readers); i++)
		if (!strcmp(readers[i].name, name))
			return &readers[i];
	return NULL;
}

/* Have all of the image read, and nothing of it taken. */
static void read_all(struct kunit *test, struct verdict *verdict)
{
	const struct reader *reader;
	const char *name;
	u64 phys;

	for (unsigned int n = 0; (name = fake_kho_image_root(n, &phys)); n++) {
		reader = find_reader(name);
		KUNIT_ASSERT_NOT_NULL_MSG(test, reader, "%s", name);
		reader->read(verdict, phys);
	}
}

static void expect_good(struct kunit *test)
{
	struct verdict verdict = { .member = "" };

	read_all(test, &verdict);
	KUNIT_EXPECT_EQ(test, verdict.refused, 0);
}

/* Damage */

static void expect_refused(struct kunit *test, const struct image_damage *damage)
{
	struct verdict verdict = { .err = damage->err, .member = damage->member };
	void *at = phys_to_virt(damage->phys);
	u64 good;

	memcpy(&good, at, damage->size);
	memcpy(at, &damage->value, damage->size);
	read_all(test, &verdict);
	memcpy(at, &good, damage->size);
	KUNIT_EXPECT_TRUE_MSG(test, verdict.found,
			      "%s: %u bytes at %#llx are %#llx, which is not %pe, but %u others are",
			      damage->member, damage->size, damage->phys, damage->value,
			      ERR_PTR(damage->err), verdict.refused);
}

static struct image_damage *read_damages(struct kunit *test, u64 *count)
{
	struct fake_kho_image_file file;
	struct image_damage *damages;

	KUNIT_ASSERT_EQ(test, 0, fake_kho_host_open(&file, damages_path, false));
	damages = kunit_kmalloc(test, file.size, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, damages);
	KUNIT_ASSERT_EQ(test, 0, file.read(&file, damages, file.size, 0));
	fake_kho_host_close(&file);
	*count = file.size / sizeof(*damages);
	return damages;
}

/* Reading takes nothing, so an image can be read as often as there are damages. */
static void each_damage_to_the_corpus_is_refused(struct kunit *test)
{
	struct liveupdate_snapshot before, after;
	struct image_damage *damages;
	u64 start, count;

	if (!fake_kho_image_may_read() || !damages_path)
		kunit_skip(test, "no image of the corpus, or no damages to it");

	fake_kho_start(test);
	fake_kho_expect(test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
	damages = read_damages(test, &count);
	KUNIT_EXPECT_GT(test, count, 0);
	KUNIT_ASSERT_EQ(test, 0, fake_kho_read_image(test, &start));

	liveupdate_snapshot_take(&before);
	expect_good(test);
	for (u64 i = 0; i < count; i++) {
		log_wait_for_reader(i);
		expect_refused(test, &damages[i]);
	}
	expect_good(test);
	liveupdate_snapshot_take(&after);
	liveupdate_snapshot_expect_equal(test, &before, &after);
	kunit_info(test, "%llu damages\n", count);
}

static struct kunit_case image_corpus_cases[] = {
	KUNIT_CASE(each_damage_to_the_corpus_is_refused),
	{}
};

static struct kunit_suite image_corpus_suite = {
	.name = "image_corpus",
	.test_cases = image_corpus_cases,
};

kunit_test_suite(image_corpus_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the corpus of handovers");
