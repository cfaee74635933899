// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: A live update of a machine with VT-d units in software
 *
 * What user space does in a live update, for cases in which the real driver boots,
 * shuts down and boots again: it owns the DMA of functions, preserves them with a
 * file in a session, and finishes the session in the next kernel. All the rest is
 * done by the IOMMU core and the Live Update Orchestrator, which are those of the
 * kernel that runs the test.
 *
 * Life cycle: vtd_live_update_create(), which makes the machine as well. One of
 * them lasts for all kernels of the case.
 *
 * Happy path:
 *
 * 1. vtd_live_update_claim() for each function, before it is attached.
 * 2. vtd_live_update_preserve() for each of them.
 * 3. vtd_live_update_shut_down() freezes the session, and the driver shuts down.
 * 4. vtd_live_update_kexec() ends the kernel and reads the records in the next one.
 * 5. vtd_machine_boot(), by the case: functions are attached to their domains.
 * 6. vtd_live_update_finish(). The records go when the last function does.
 *
 * Unhappy paths: vtd_live_update_abort() instead of step 3;
 * vtd_live_update_give_up() instead of step 6, if something was lost.
 */

#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/irqflags.h>
#include <linux/string.h>

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/adopt.h"
#include "../../drivers/iommu/liveupdate/deserialize.h"
#include "../../drivers/iommu/liveupdate/flb.h"
#include "../../drivers/iommu/liveupdate/kept.h"
#include "fake_kho.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "mock_kexec.h"
#include "vtd_driver.h"
#include "vtd_machine_internal.h"
#include "vtd_machine_liveupdate.h"

#define SESSION		"machine"
#define TOKEN		1

/* Stands for the files of user space that have to do with IOMMUs. */
static struct luo_test_type file_type = LUO_TEST_TYPE("vtd-machine-v1");

static int do_as_a_file_of_iommus(enum luo_test_op op,
				  struct liveupdate_file_op_args *args)
{
	if (op == LUO_TEST_FREEZE)
		iommu_liveupdate_freeze();
	if (op == LUO_TEST_UNFREEZE)
		iommu_liveupdate_unfreeze();
	return 0;
}

static void register_files(struct kunit *test)
{
	luo_test_register(test, &file_type);
	file_type.hook = do_as_a_file_of_iommus;
	KUNIT_ASSERT_EQ(test, 0, iommu_liveupdate_register_flb(&file_type.handler));
}

/* The last kernel of the case has ended. */
static void forget(void *data)
{
	iommu_liveupdate_forget();
}

static void release(struct vtd_live_update *update, enum vtd_machine_device device)
{
	struct vtd_updated_function *function = &update->functions[device];

	if (function->claimed)
		iommu_device_release_dma_owner(vtd_machine_dev(update->machine, device));
	function->claimed = false;
}

static void release_all(void *data)
{
	struct vtd_live_update *update = data;

	for (int i = 0; i < VTD_MACHINE_NR_DEVICES; i++)
		release(update, i);
}

/**
 * vtd_live_update_create - Give a case a machine, and a live update of it.
 * @test: The case, for which neither LUO nor KHO was started.
 * @config: What the machine is made of. No kernel runs on it.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: the live update, never NULL.
 */
struct vtd_live_update *
vtd_live_update_create(struct kunit *test, const struct vtd_machine_config *config)
{
	struct vtd_live_update *update;

	update = kunit_kzalloc(test, sizeof(*update), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, update);
	luo_kernel_start(test);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, forget, update));
	register_files(test);
	update->ops = vtd_driver_liveupdate_ops();
	update->machine = vtd_machine_create(test, config);
	KUNIT_ASSERT_EQ(test, 0, kunit_add_action_or_reset(test, release_all, update));
	return update;
}

/* In the old kernel */

/**
 * vtd_live_update_claim - Own the DMA of a function.
 * @update: The live update.
 * @device: The function, which is attached to its default domain, if any.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_live_update_claim(struct vtd_live_update *update,
			   enum vtd_machine_device device)
{
	struct device *dev = vtd_machine_dev(update->machine, device);

	KUNIT_ASSERT_EQ(update->machine->test, 0,
			iommu_device_claim_dma_owner(dev, update));
	update->functions[device].claimed = true;
}

/* Preserve a file, so that there is something that carries the records. */
static int begin(struct vtd_live_update *update)
{
	struct kunit *test = update->machine->test;
	struct file *session;
	int err;

	if (update->session)
		return 0;
	session = luo_kernel_session(test, SESSION);
	if (IS_ERR(session))
		return PTR_ERR(session);
	err = luo_kernel_preserve(session, TOKEN, luo_test_file(test, &file_type, 0));
	if (err)
		luo_kernel_close(session);
	else
		update->session = session;
	return err;
}

static bool is_preserved(struct vtd_live_update *update, struct iommu_domain *domain)
{
	for (int i = 0; i < VTD_MACHINE_NR_DEVICES; i++) {
		if (update->functions[i].domain == domain)
			return true;
	}
	return false;
}

static void unpreserve(struct vtd_live_update *update, enum vtd_machine_device device)
{
	struct vtd_updated_function *function = &update->functions[device];
	struct iommu_domain *domain = function->domain;

	if (!domain)
		return;
	iommu_unpreserve_device(vtd_machine_dev(update->machine, device));
	function->domain = NULL;
	if (!is_preserved(update, domain))
		iommu_unpreserve_domain(domain);
}

/* Before any domain of the case ends */
static void abort_update(void *data)
{
	vtd_live_update_abort(data);
}

/**
 * vtd_live_update_preserve - Preserve a function and its domain.
 * @update: The live update.
 * @device: The function, which is owned.
 * @domain: The domain that it is attached to.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: 0 or an errno. On failure nothing of the function is preserved.
 */
int vtd_live_update_preserve(struct vtd_live_update *update,
			     enum vtd_machine_device device,
			     struct iommu_domain *domain)
{
	struct vtd_updated_function *function = &update->functions[device];
	struct device *dev = vtd_machine_dev(update->machine, device);
	bool is_first = !is_preserved(update, domain);
	u64 id;
	int err;

	err = begin(update);
	if (!err && is_first)
		err = iommu_preserve_domain(domain, &id);
	if (err)
		return err;
	err = iommu_preserve_device(domain, dev, &function->owner);
	if (err && is_first)
		iommu_unpreserve_domain(domain);
	if (err)
		return err;
	function->domain = domain;
	return kunit_add_action_or_reset(update->machine->test, abort_update, update);
}

/**
 * vtd_live_update_abort - Preserve nothing.
 * @update: The live update.
 *
 * Context: Process context.
 */
void vtd_live_update_abort(struct vtd_live_update *update)
{
	for (int i = VTD_MACHINE_NR_DEVICES; i--;)
		unpreserve(update, i);
	if (update->session)
		luo_kernel_close(update->session);
	update->session = NULL;
}

static bool kexec_is_under_way(void)
{
	return true;
}

static bool kexec_is_not_under_way(void)
{
	return false;
}

/**
 * vtd_live_update_shut_down_otherwise - The driver shuts down.
 * @update: The live update.
 * @written: The records are written.
 * @kexec: What is under way is a kexec. Otherwise the session is not handed over.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_live_update_shut_down_otherwise(struct vtd_live_update *update,
					 bool written, bool kexec)
{
	struct kunit *test = update->machine->test;
	unsigned long flags;

	if (written && kexec)
		KUNIT_ASSERT_EQ(test, 0, luo_kernel_freeze());
	else if (written)
		iommu_liveupdate_freeze();
	if (kexec)
		kunit_activate_static_stub(test, iommu_is_kexec, kexec_is_under_way);
	else
		kunit_activate_static_stub(test, iommu_is_kexec, kexec_is_not_under_way);
	/* The only CPU that still runs must not sleep. */
	local_irq_save(flags);
	vtd_machine_shut_down(update->machine);
	local_irq_restore(flags);
	kunit_deactivate_static_stub(test, iommu_is_kexec);
}

/**
 * vtd_live_update_shut_down - The driver shuts down for a kexec with a live update.
 * @update: The live update.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_live_update_shut_down(struct vtd_live_update *update)
{
	vtd_live_update_shut_down_otherwise(update, true, true);
}

/* They are the core's, and it frees them when it forgets the functions. */
static void abandon_restored_domains(void)
{
	struct iommu_incoming *in = iommu_liveupdate_incoming();

	for (u32 i = 0; in && i < in->count[IOMMU_DOMAINS]; i++) {
		if (in->domains[i].restored)
			vtd_driver_abandon_domain(in->domains[i].restored);
	}
}

/**
 * vtd_live_update_kexec - The kernel ends, and the next one reads the records.
 * @update: The live update. If nothing was written, there is nothing to read.
 *
 * Context: Process context, the thread of the case. No kernel runs afterwards.
 */
void vtd_live_update_kexec(struct vtd_live_update *update)
{
	struct kunit *test = update->machine->test;

	vtd_machine_abandon(update->machine);
	iommu_liveupdate_forget_outgoing();
	abandon_restored_domains();
	release_all(update);
	vtd_machine_kexec(update->machine);
	iommu_liveupdate_forget();
	luo_kernel_end(test);
	update->session = NULL;
	memset(update->functions, 0, sizeof(update->functions));
	mock_kexec(test);
	KUNIT_ASSERT_EQ(test, 0, luo_kernel_boot(test));
	KUNIT_ASSERT_EQ(test, 0, iommu_liveupdate_init());
}

/* In the new kernel */

static enum iommu_liveupdate_state state_of(struct vtd_live_update *update,
					    enum vtd_machine_device device)
{
	struct device *dev = vtd_machine_dev(update->machine, device);

	KUNIT_ASSERT_TRUE(update->machine->test, dev->iommu && dev->iommu->incoming);
	return dev->iommu->incoming->state;
}

/**
 * vtd_live_update_restored - The restored domain of a function.
 * @update: The live update.
 * @device: The function, which goes on with it.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: the domain, never NULL. It belongs to the IOMMU core.
 */
struct iommu_domain *vtd_live_update_restored(struct vtd_live_update *update,
					      enum vtd_machine_device device)
{
	struct device *dev = vtd_machine_dev(update->machine, device);
	struct kunit *test = update->machine->test;
	struct iommu_domain *domain;

	KUNIT_ASSERT_EQ(test, IOMMU_DEVICE_RESTORED, state_of(update, device));
	domain = iommu_get_domain_for_dev(dev);
	KUNIT_ASSERT_NOT_NULL(test, domain);
	KUNIT_EXPECT_EQ(test, IOMMU_DOMAIN_UNMANAGED, domain->type);
	KUNIT_EXPECT_TRUE(test, iommu_group_dma_owner_claimed(dev->iommu_group));
	return domain;
}

/**
 * vtd_live_update_is_held - Is a function attached to nothing?
 * @update: The live update.
 * @device: The function, which was handed over.
 *
 * Context: Process context, the thread of the case.
 *
 * Return: true if it could not be attached.
 */
bool vtd_live_update_is_held(struct vtd_live_update *update,
			     enum vtd_machine_device device)
{
	return state_of(update, device) == IOMMU_DEVICE_HELD;
}

/**
 * vtd_live_update_finish - User space has retrieved all that was handed over.
 * @update: The live update.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_live_update_finish(struct vtd_live_update *update)
{
	struct kunit *test = update->machine->test;
	struct file *session;

	KUNIT_ASSERT_EQ(test, 0, luo_kernel_open());
	session = luo_kernel_retrieve_session(test, SESSION);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, session);
	KUNIT_EXPECT_EQ(test, 0, luo_kernel_finish(session));
	luo_kernel_close(session);
}

/**
 * vtd_live_update_give_up - Leave what was handed over to KHO.
 * @update: The live update, in which something was lost.
 *
 * Context: Process context, the thread of the case.
 */
void vtd_live_update_give_up(struct vtd_live_update *update)
{
	fake_kho_expect(update->machine->test, FAKE_KHO_LEFT_WAITING, FAKE_KHO_ANY);
}
