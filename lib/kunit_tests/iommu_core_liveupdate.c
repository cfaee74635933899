// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: A live update with the IOMMU core
 *
 * What user space and the file handlers of other subsystems do in a live update, for
 * the fixture of iommu_core.c: there is one session with one file, which stands for
 * all domains and devices that a case preserves. LUO is the real one.
 *
 * Life cycle: iommu_core_open_session(), iommu_core_preserve() for each device,
 * iommu_core_freeze(), iommu_core_kexec(), and iommu_core_finish() in the next
 * kernel; or iommu_core_close_session() instead of the freeze.
 *
 * Happy path: the next kernel finds its devices attached to restored domains.
 *
 * Unhappy path: a session that is closed unpreserves what is still preserved, in
 * reverse order, as the handlers of iommufd and VFIO do.
 */

#include <linux/err.h>
#include <linux/iommu.h>
#include <linux/pci.h>

#include <kunit/static_stub.h>
#include <kunit/test.h>

#include "../../drivers/iommu/liveupdate/flb.h"
#include "../../drivers/iommu/liveupdate/kept.h"
#include "iommu_core.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "mock_kexec.h"

#define TOKEN	1

static struct luo_test_type file_type = LUO_TEST_TYPE("iommu-core-kunit");
static struct iommu_core *the_core;

/* The file of the session */

static void unpreserve_all(struct iommu_core *core)
{
	struct iommu_core_device *device;
	struct iommu_core_domain *domain;

	list_for_each_entry_reverse(device, &core->devices, node) {
		if (device->is_preserved)
			iommu_core_unpreserve(device);
	}
	list_for_each_entry_reverse(domain, &core->domains, node) {
		if (domain->is_preserved)
			iommu_core_unpreserve_domain(domain);
	}
}

static int file_op(enum luo_test_op op, struct liveupdate_file_op_args *args)
{
	switch (op) {
	case LUO_TEST_UNPRESERVE:
		unpreserve_all(the_core);
		break;
	case LUO_TEST_FREEZE:
		iommu_liveupdate_freeze();
		break;
	case LUO_TEST_UNFREEZE:
		iommu_liveupdate_unfreeze();
		break;
	default:
		break;
	}
	return 0;
}

/* For the fixture */

static void unregister_backend(void *data)
{
	iommu_liveupdate_unregister_backend(data);
}

/**
 * iommu_core_start_liveupdate - Have files that stand for devices
 * @core: The core, before its units are registered
 *
 * Context: May sleep, the thread of the case.
 */
void iommu_core_start_liveupdate(struct iommu_core *core)
{
	const struct iommu_vendor_records *records = core->machine->ops->backend->records;
	struct kunit *test = core->test;
	int ret;

	the_core = core;
	/* That of VT-d registers itself. */
	ret = iommu_liveupdate_register_backend(records);
	if (ret != -EEXIST) {
		KUNIT_ASSERT_EQ(test, 0, ret);
		KUNIT_ASSERT_EQ(test, 0,
				kunit_add_action_or_reset(test, unregister_backend,
							  (void *)records));
	}
	luo_test_register(test, &file_type);
	file_type.hook = file_op;
	KUNIT_ASSERT_EQ(test, 0, iommu_liveupdate_register_flb(&file_type.handler));
}

/**
 * iommu_core_end_liveupdate - Nothing is handed over any more
 * @core: The core, after its units were unregistered
 *
 * Context: May sleep.
 */
void iommu_core_end_liveupdate(struct iommu_core *core)
{
	iommu_liveupdate_forget();
	the_core = NULL;
}

/* Whoever owned it in the previous kernel; else it cannot leave its group. */
static void disown(struct iommu_core_device *device)
{
	struct dev_iommu *param = device->dev ? device->dev->iommu : NULL;

	if (!param || !param->incoming)
		return;
	param->incoming = NULL;
	iommu_device_release_dma_owner(device->dev);
}

/**
 * iommu_core_forget_preserved - What is handed over ends with its kernel
 * @core: The core, whose kernel ends
 *
 * What is preserved for the next kernel stays.
 *
 * Context: May sleep.
 */
void iommu_core_forget_preserved(struct iommu_core *core)
{
	struct iommu_core_device *device;
	struct iommu_core_domain *domain;

	list_for_each_entry(device, &core->devices, node)
		device->is_preserved = false;
	list_for_each_entry(domain, &core->domains, node)
		domain->is_preserved = false;
	luo_kernel_end(core->test);
	core->session = NULL;
	iommu_liveupdate_forget();
	list_for_each_entry(device, &core->devices, node)
		disown(device);
}

/**
 * iommu_core_read_records - The next kernel reads what was handed over
 * @core: The core
 *
 * Context: May sleep.
 */
void iommu_core_read_records(struct iommu_core *core)
{
	KUNIT_EXPECT_EQ(core->test, 0, luo_kernel_boot(core->test));
	KUNIT_EXPECT_EQ(core->test, 0, iommu_liveupdate_init());
}

/* The old kernel */

/**
 * iommu_core_open_session - Preserve a file that stands for domains and devices
 * @core: The core
 *
 * Context: May sleep.
 * Return: 0 or what LUO fails with. There is no session then.
 */
int iommu_core_open_session(struct iommu_core *core)
{
	struct file *session = luo_kernel_session(core->test, IOMMU_CORE_SESSION);
	struct file *file;
	int ret;

	if (IS_ERR(session))
		return PTR_ERR(session);
	file = luo_test_file(core->test, &file_type, 0);
	ret = luo_kernel_preserve(session, TOKEN, file);
	if (ret)
		luo_kernel_close(session);
	else
		core->session = session;
	return ret;
}

/**
 * iommu_core_close_session - User space changes its mind
 * @core: The core, with a session
 *
 * Context: May sleep.
 */
void iommu_core_close_session(struct iommu_core *core)
{
	luo_kernel_close(core->session);
	core->session = NULL;
}

/**
 * iommu_core_preserve_domain - Preserve a domain
 * @domain: The domain
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int iommu_core_preserve_domain(struct iommu_core_domain *domain)
{
	int ret = iommu_preserve_domain(domain->domain, &domain->id);

	domain->is_preserved |= !ret;
	return ret;
}

/**
 * iommu_core_unpreserve_domain - Undo iommu_core_preserve_domain()
 * @domain: The domain
 *
 * Context: May sleep.
 */
void iommu_core_unpreserve_domain(struct iommu_core_domain *domain)
{
	iommu_unpreserve_domain(domain->domain);
	domain->is_preserved = false;
}

/**
 * iommu_core_preserve - Preserve a device
 * @device: The device, whose domain is preserved, or should be
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int iommu_core_preserve(struct iommu_core_device *device)
{
	int ret;

	ret = iommu_preserve_device(device->domain->domain, device->dev,
				    &device->record_owner);
	device->is_preserved |= !ret;
	return ret;
}

/**
 * iommu_core_unpreserve - Undo iommu_core_preserve()
 * @device: The device
 *
 * Context: May sleep.
 */
void iommu_core_unpreserve(struct iommu_core_device *device)
{
	iommu_unpreserve_device(device->dev);
	device->is_preserved = false;
}

/**
 * iommu_core_preserve_all - Preserve all that is attached
 * @core: The core. There is a session after it.
 *
 * Context: May sleep.
 */
void iommu_core_preserve_all(struct iommu_core *core)
{
	struct iommu_core_device *device;

	if (!core->session)
		KUNIT_ASSERT_EQ(core->test, 0, iommu_core_open_session(core));
	list_for_each_entry(device, &core->devices, node) {
		if (!device->dev || !device->is_attached)
			continue;
		if (!device->domain->is_preserved)
			KUNIT_ASSERT_EQ(core->test, 0,
					iommu_core_preserve_domain(device->domain));
		KUNIT_ASSERT_EQ(core->test, 0, iommu_core_preserve(device));
	}
}

/**
 * iommu_core_freeze - User space asks for the kexec
 * @core: The core, with a session
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int iommu_core_freeze(struct iommu_core *core)
{
	return luo_kernel_freeze();
}

static bool kexec_is_under_way(void)
{
	return true;
}

/* What PCI does, and the drivers of the units after it */
static void shutdown(struct iommu_core *core)
{
	struct iommu_machine *machine = core->machine;
	struct iommu_core_device *device;

	kunit_activate_static_stub(core->test, iommu_is_kexec, kexec_is_under_way);
	list_for_each_entry(device, &core->devices, node) {
		if (device->dev)
			test_pci_shutdown(to_pci_dev(device->dev));
	}
	kunit_deactivate_static_stub(core->test, iommu_is_kexec);
	for (unsigned int n = 0; n < machine->units; n++)
		machine->ops->shutdown(machine, n, true);
}

/**
 * iommu_core_kexec - A kernel ends, and the next one boots
 * @core: The core, which is frozen
 *
 * Context: May sleep.
 */
void iommu_core_kexec(struct iommu_core *core)
{
	shutdown(core);
	iommu_core_end_kernel(core);
	mock_kexec(core->test);
	iommu_core_begin_kernel(core);
}

/**
 * iommu_core_live_update - From attached devices to attached devices
 * @core: The core
 *
 * Context: May sleep.
 */
void iommu_core_live_update(struct iommu_core *core)
{
	iommu_core_preserve_all(core);
	KUNIT_ASSERT_EQ(core->test, 0, iommu_core_freeze(core));
	iommu_core_kexec(core);
}

/* The new kernel */

/**
 * iommu_core_retrieve_session - User space of the next kernel retrieves a session
 * @core: The core
 * @name: Name of the session; %IOMMU_CORE_SESSION is that of iommu_core_open_session()
 *
 * Context: May sleep, the thread of the case.
 * Return: the file of the session.
 */
struct file *iommu_core_retrieve_session(struct iommu_core *core, const char *name)
{
	KUNIT_ASSERT_EQ(core->test, 0, luo_kernel_open());
	return luo_test_retrieved(core->test, name);
}

/**
 * iommu_core_finish - User space has all that it wants of the previous kernel
 * @core: The core, after iommu_core_kexec()
 *
 * Context: May sleep.
 */
void iommu_core_finish(struct iommu_core *core)
{
	struct file *session = iommu_core_retrieve_session(core, IOMMU_CORE_SESSION);

	KUNIT_EXPECT_EQ(core->test, 0, luo_kernel_finish(session));
	luo_kernel_close(session);
}
