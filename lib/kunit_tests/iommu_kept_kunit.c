// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: KUnit suite: kept or cut off
 *
 * Whoever shuts hardware down has one question: does the next kernel go on with it?
 * Each way in which a kernel can end is a case here, with a session of user space
 * open. Only a kexec after the records were written answers yes.
 */

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/kept.h"
#include "fake_kho.h"
#include "iommu_graph.h"

/* What the suite needs of a kernel that ends */
struct ending {
	struct iommu_graph *graph;
	struct iommu_liveupdate_unit *unit;
};

static bool kexec_is_under_way(void)
{
	return true;
}

static bool kexec_is_not_under_way(void)
{
	return false;
}

static void begin_kexec(struct kunit *test)
{
	kunit_activate_static_stub(test, iommu_is_kexec, kexec_is_under_way);
}

/* A reboot, a halt, or a kernel that goes on */
static void end_kexec(struct kunit *test)
{
	kunit_activate_static_stub(test, iommu_is_kexec, kexec_is_not_under_way);
}

static void take_back(void *data)
{
	struct iommu_graph *graph = data;

	iommu_liveupdate_set_written(false);
	iommu_graph_remove(graph);
	iommu_graph_discard(graph);
}

static const struct iommu_graph_spec one_of_each = {
	.units = 1, .domains = 1, .devices = 1, .segments = 1,
};

/* A session is open: all of it is preserved, and nothing is written. */
static struct ending open_session(struct kunit *test)
{
	struct ending ending;

	ending.graph = iommu_graph_describe(test, &one_of_each);
	KUNIT_ASSERT_EQ(test, 0, iommu_graph_add(ending.graph));
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, take_back,
							   ending.graph));
	ending.unit = &ending.graph->units[0].unit;
	end_kexec(test);
	return ending;
}

static void write_records(struct ending *ending)
{
	iommu_outgoing_write(&ending->graph->out);
	iommu_liveupdate_set_written(true);
}

static void live_update_keeps_what_has_a_record(struct kunit *test)
{
	struct ending ending = open_session(test);

	KUNIT_EXPECT_FALSE(test, iommu_liveupdate_kept(ending.unit));
	write_records(&ending);
	begin_kexec(test);
	KUNIT_EXPECT_TRUE(test, iommu_liveupdate_kept(ending.unit));
	KUNIT_EXPECT_TRUE(test, iommu_record_kept(&ending.graph->devices[0].record));
	KUNIT_EXPECT_TRUE(test, iommu_record_kept(&ending.graph->domains[0].record));
}

static void reboot_with_an_open_session_keeps_nothing(struct kunit *test)
{
	struct ending ending = open_session(test);

	KUNIT_EXPECT_FALSE(test, iommu_liveupdate_kept(ending.unit));
	KUNIT_EXPECT_FALSE(test, iommu_record_kept(&ending.graph->devices[0].record));
}

static void kexec_without_live_update_keeps_nothing(struct kunit *test)
{
	struct ending ending = open_session(test);

	begin_kexec(test);
	KUNIT_EXPECT_FALSE(test, iommu_liveupdate_kept(ending.unit));
}

/* kexec has failed after it has asked for the records: the system goes on. */
static void cancelled_kexec_keeps_nothing(struct kunit *test)
{
	struct ending ending = open_session(test);

	write_records(&ending);
	begin_kexec(test);
	KUNIT_EXPECT_TRUE(test, iommu_liveupdate_kept(ending.unit));
	end_kexec(test);
	KUNIT_EXPECT_FALSE(test, iommu_liveupdate_kept(ending.unit));
	iommu_liveupdate_set_written(false);
	begin_kexec(test);
	KUNIT_EXPECT_FALSE(test, iommu_liveupdate_kept(ending.unit));
	write_records(&ending);
	KUNIT_EXPECT_TRUE(test, iommu_liveupdate_kept(ending.unit));
}

static void reboot_after_a_failed_kexec_keeps_nothing(struct kunit *test)
{
	struct ending ending = open_session(test);

	write_records(&ending);
	KUNIT_EXPECT_FALSE(test, iommu_liveupdate_kept(ending.unit));
}

/* What came from the previous kernel is not handed over to the next one by itself. */
static void second_kexec_keeps_nothing_of_an_unfinished_session(struct kunit *test)
{
	struct iommu_graph *graph = iommu_graph_handed_over(test, &one_of_each);
	struct iommu_incoming in;

	KUNIT_ASSERT_EQ(test, 0, iommu_incoming_read(&in, graph->header_pa,
						     test_vendors));
	iommu_liveupdate_set_written(true);
	begin_kexec(test);
	KUNIT_EXPECT_FALSE(test, iommu_liveupdate_kept(&in.units[0]));
	KUNIT_EXPECT_FALSE(test, iommu_record_kept(&in.devices[0].record));
	iommu_liveupdate_set_written(false);
	iommu_graph_take_back(graph);
	iommu_incoming_finish(&in);
}

static void what_has_no_record_is_not_kept(struct kunit *test)
{
	struct iommu_liveupdate_unit other = {};
	struct ending ending = open_session(test);

	write_records(&ending);
	begin_kexec(test);
	KUNIT_EXPECT_FALSE(test, iommu_record_kept(NULL));
	KUNIT_EXPECT_FALSE(test, iommu_liveupdate_kept(&other));

	/* It was preserved, but user space has changed its mind. */
	iommu_graph_remove(ending.graph);
	KUNIT_EXPECT_FALSE(test, iommu_liveupdate_kept(ending.unit));
}

static struct kunit_case iommu_kept_cases[] = {
	KUNIT_CASE(live_update_keeps_what_has_a_record),
	KUNIT_CASE(reboot_with_an_open_session_keeps_nothing),
	KUNIT_CASE(kexec_without_live_update_keeps_nothing),
	KUNIT_CASE(cancelled_kexec_keeps_nothing),
	KUNIT_CASE(reboot_after_a_failed_kexec_keeps_nothing),
	KUNIT_CASE(second_kexec_keeps_nothing_of_an_unfinished_session),
	KUNIT_CASE(what_has_no_record_is_not_kept),
	{}
};

static int iommu_kept_init(struct kunit *test)
{
	fake_kho_start(test);
	return 0;
}

static struct kunit_suite iommu_kept_suite = {
	.name = "iommu_kept",
	.init = iommu_kept_init,
	.test_cases = iommu_kept_cases,
};

kunit_test_suite(iommu_kept_suite);

MODULE_DESCRIPTION("KUnit suite: what of the IOMMUs is kept when a kernel ends");
MODULE_LICENSE("GPL");
