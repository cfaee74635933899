// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: A virtual machine as user space has it
 *
 * The fixture of suites that have the real iommufd over the real IOMMU core, with real
 * memfds in sessions of the real LUO. What is mocked is below: the units, see
 * iommu_machine.h, and the kexec.
 *
 * Life cycle: iommufd_guest_start() makes a machine of the parameter of the case, and a
 * guest with memory and a device that does DMA. Cases preserve its files in a session,
 * in the order of user space or in a wrong one. iommufd_guest_kexec() ends the kernel
 * and begins the next one, where the guest's files are gone and its devices go on.
 *
 * Happy path: iommufd_guest_preserve_all(), luo_kernel_freeze(), iommufd_guest_kexec().
 *
 * Unhappy paths: what a case leaves is detached, unbound and closed when it ends. When a
 * kernel ends, its objects go without what they would do to page tables that are
 * preserved: domains become inert before their HWPTs are destroyed.
 */

#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/iommufd.h>
#include <linux/irqdomain.h>
#include <linux/msi.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <kunit/test.h>

#include "../../drivers/iommu/iommufd/iommufd_private.h"
#include "../../drivers/iommu/iommufd/liveupdate_preserved.h"
#include "iommu_core_expect.h"
#include "iommufd_guest.h"
#include "luo_kernel.h"
#include "luo_test_file.h"
#include "test_memfd.h"

/* Tokens of a guest begin at its number, in another byte. */
#define TOKENS_PER_GUEST	0x100

/* Tokens of HWPTs need all bits. */
#define HWPT_TOKEN		0xfedcba9800000000ULL

static LIST_HEAD(guests);

/* Domains whose kernel has ended */

static const struct iommu_domain_ops *live_ops;

static size_t unmap_nothing(struct iommu_domain *domain, unsigned long iova,
			    size_t pgsize, size_t pgcount,
			    struct iommu_iotlb_gather *gather)
{
	return pgsize * pgcount;
}

/* iommufd unpins what it finds mapped. */
static phys_addr_t find_mapped(struct iommu_domain *domain, dma_addr_t iova)
{
	return live_ops->iova_to_phys(domain, iova);
}

/* It goes with all the domains of its machine. */
static void free_nothing(struct iommu_domain *domain)
{
}

static const struct iommu_domain_ops inert_ops = {
	.unmap_pages = unmap_nothing,
	.iova_to_phys = find_mapped,
	.free = free_nothing,
};

static void make_inert(struct iommu_domain *domain)
{
	live_ops = domain->ops;
	domain->is_iommupt = false;
	domain->ops = &inert_ops;
}

static void make_domains_inert(struct iommufd_ctx *ictx)
{
	struct iommufd_object *obj;
	unsigned long i;

	xa_for_each(&ictx->objects, i, obj) {
		if (obj->type == IOMMUFD_OBJ_HWPT_PAGING)
			make_inert(container_of(obj, struct iommufd_hw_pagetable,
						obj)->domain);
	}
}

/* What there is */

static void release_devices(struct iommufd_guest *guest)
{
	struct iommufd_guest_device *device;

	list_for_each_entry_reverse(device, &guest->devices, node) {
		if (device->is_attached)
			iommufd_guest_detach(device);
		iommufd_device_unbind(device->test.idev);
	}
	list_splice_init(&guest->devices, &guest->released);
}

/* Whose devices are used by actions of the case that come before this one */
static void release_guest(void *data)
{
	struct iommufd_guest_device *device, *next;
	struct iommufd_guest *guest = data;

	list_del(&guest->node);
	release_devices(guest);
	/* Devices have held the iommufd. */
	flush_delayed_fput();
	list_for_each_entry_safe(device, next, &guest->released, node)
		kfree(device);
}

/* The kernel ends: what it had goes, the hardware and what is preserved stay. */
static void end_guests(struct iommu_core *core)
{
	struct iommufd_guest *guest;

	list_for_each_entry(guest, &guests, node) {
		if (!guest->user->file)
			continue;
		iommufd_liveupdate_forget(iommufd_user_ctx(guest->user));
		make_domains_inert(iommufd_user_ctx(guest->user));
		if (guest->end_devices)
			guest->end_devices(guest);
		release_devices(guest);
		iommufd_user_close(guest->user);
		test_memfd_close(guest->test, guest->memory);
	}
}

/* Interrupts of devices are isolated: iommufd binds no others. */
static struct irq_domain isolated_domain = {
	.flags = IRQ_DOMAIN_FLAG_ISOLATED_MSI,
};

/**
 * iommufd_guest_isolate_interrupts - Let iommufd bind a device
 * @device: The device
 *
 * Context: Any.
 */
void iommufd_guest_isolate_interrupts(struct iommu_core_device *device)
{
	dev_set_msi_domain(device->dev, &isolated_domain);
}

/**
 * iommufd_guest_core - Make a machine of the parameter of the case, without a guest
 * @test: The case
 * @units: Number of units
 *
 * Context: May sleep.
 * Return: the core, in its first kernel.
 */
struct iommu_core *iommufd_guest_core(struct kunit *test, unsigned int units)
{
	struct iommu_core *core = iommu_core_start(test, units);

	core->end_owners = end_guests;
	iommufd_test_device_register(test);
	return core;
}

static void create_memory(struct iommufd_guest *guest)
{
	struct kunit *test = guest->test;

	guest->memory = test_memfd_create(test, "memory", IOMMUFD_GUEST_SIZE,
					  IOMMUFD_GUEST_SEALS);
	guest->ioas = iommufd_user_alloc_ioas(guest->user);
	KUNIT_ASSERT_EQ(test, 0,
			iommufd_user_map_file(guest->user, guest->ioas, guest->memory, 0,
					      IOMMUFD_GUEST_SIZE, IOMMUFD_GUEST_IOVA));
}

static struct iommufd_guest *create_guest(struct iommu_core *core)
{
	struct iommufd_guest *guest;
	u64 first;

	guest = kunit_kzalloc(core->test, sizeof(*guest), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(core->test, guest);
	first = list_count_nodes(&guests) * TOKENS_PER_GUEST;
	guest->test = core->test;
	guest->core = core;
	guest->memory_token = first + 1;
	guest->token = first + 2;
	guest->hwpt_token = HWPT_TOKEN + first;
	guest->device_token = first + 3;
	INIT_LIST_HEAD(&guest->devices);
	INIT_LIST_HEAD(&guest->released);
	guest->user = iommufd_user_open(core->test);
	list_add_tail(&guest->node, &guests);
	KUNIT_ASSERT_EQ(core->test, 0,
			kunit_add_action_or_reset(core->test, release_guest, guest));
	return guest;
}

/**
 * iommufd_guest_add_without_device - Add a guest that has only memory
 * @core: The core, of iommufd_guest_core()
 *
 * Context: May sleep.
 * Return: the guest. All its memory is in its IOAS.
 */
struct iommufd_guest *iommufd_guest_add_without_device(struct iommu_core *core)
{
	struct iommufd_guest *guest = create_guest(core);

	create_memory(guest);
	return guest;
}

/**
 * iommufd_guest_note_memory - Note the page frames that DMA has to reach
 * @guest: The guest, with a device that is attached
 *
 * Context: May sleep.
 */
void iommufd_guest_note_memory(struct iommufd_guest *guest)
{
	for (unsigned int i = 0; i < IOMMUFD_GUEST_PAGES; i++)
		guest->pfns[i] = test_memfd_pfn(guest->memory, i);
}

/**
 * iommufd_guest_add - Add a guest with a device that does DMA
 * @core: The core, of iommufd_guest_core()
 * @unit: Number of the unit of the device
 * @rid: Requester ID of the device, on a bus that no other unit has
 *
 * Context: May sleep.
 * Return: the guest. All its memory is mapped.
 */
struct iommufd_guest *iommufd_guest_add(struct iommu_core *core, unsigned int unit,
					u16 rid)
{
	struct iommufd_guest *guest = iommufd_guest_add_without_device(core);
	struct iommufd_guest_device *device;

	device = iommufd_guest_add_device(guest, unit, rid);
	KUNIT_ASSERT_EQ(core->test, 0,
			iommufd_user_alloc_hwpt(guest->user, device->id, guest->ioas,
						&guest->hwpt));
	KUNIT_ASSERT_EQ(core->test, 0, iommufd_guest_attach(device, guest->hwpt));
	iommufd_guest_note_memory(guest);
	return guest;
}

/**
 * iommufd_guest_start - Make a machine of the parameter of the case, and a guest
 * @test: The case
 * @units: Number of units
 *
 * Context: May sleep.
 * Return: the guest, whose device is behind the first unit.
 */
struct iommufd_guest *iommufd_guest_start(struct kunit *test, unsigned int units)
{
	return iommufd_guest_add(iommufd_guest_core(test, units), 0, FIRST);
}

/**
 * iommufd_guest_add_device - Give a guest a device, which is not attached
 * @guest: The guest
 * @unit: Number of the unit of the device
 * @rid: Requester ID of the device, on a bus that no other unit has
 *
 * Context: May sleep.
 * Return: the device, bound to the iommufd.
 */
struct iommufd_guest_device *iommufd_guest_add_device(struct iommufd_guest *guest,
						      unsigned int unit, u16 rid)
{
	struct iommufd_guest_device *device;
	struct kunit *test = guest->test;

	device = kzalloc_obj(*device);
	KUNIT_ASSERT_NOT_NULL(test, device);
	list_add_tail(&device->node, &guest->released);
	device->guest = guest;
	device->device = iommu_core_find(guest->core, unit, rid);
	iommu_machine_start_dma(guest->core->machine, device->device->dev);
	iommufd_guest_isolate_interrupts(device->device);
	device->test.idev = iommufd_device_bind(iommufd_user_ctx(guest->user),
						device->device->dev, &device->id);
	KUNIT_ASSERT_FALSE(test, IS_ERR(device->test.idev));
	list_move_tail(&device->node, &guest->devices);
	device->file = iommufd_test_device_file(test, &device->test);
	return device;
}

/**
 * iommufd_guest_first - The first device of a guest
 * @guest: The guest
 *
 * Context: Any.
 * Return: the device.
 */
struct iommufd_guest_device *iommufd_guest_first(struct iommufd_guest *guest)
{
	return list_first_entry(&guest->devices, struct iommufd_guest_device, node);
}

/* Attachments */

/**
 * iommufd_guest_attach - Attach a device
 * @device: The device, which is not attached
 * @hwpt: Object ID of a HWPT, or of an IOAS
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int iommufd_guest_attach(struct iommufd_guest_device *device, u32 hwpt)
{
	int ret = iommufd_device_attach(device->test.idev, IOMMU_NO_PASID, &hwpt);

	device->is_attached |= !ret;
	return ret;
}

/**
 * iommufd_guest_detach - Undo iommufd_guest_attach()
 * @device: The device
 *
 * Context: May sleep.
 */
void iommufd_guest_detach(struct iommufd_guest_device *device)
{
	iommufd_device_detach(device->test.idev, IOMMU_NO_PASID);
	device->is_attached = false;
}

/* DMA */

static u64 physical_address(struct iommufd_guest *guest, unsigned int page)
{
	return PFN_PHYS(guest->pfns[page]);
}

static void unwatch(void *data)
{
	iommufd_guest_unwatch(data);
}

/**
 * iommufd_guest_watch - From now on, a device reaches the memory of its guest
 * @device: The device, which is attached
 *
 * Until iommufd_guest_unwatch(), or the end of the case.
 *
 * Context: May sleep.
 */
void iommufd_guest_watch(struct iommufd_guest_device *device)
{
	struct iommu_machine *machine = device->guest->core->machine;

	machine->ops->watch(machine, device->device->unit, device->device->rid,
			    IOMMUFD_GUEST_IOVA, physical_address(device->guest, 0));
	KUNIT_ASSERT_EQ(device->guest->test, 0,
			kunit_add_action_or_reset(device->guest->test, unwatch, device));
}

/**
 * iommufd_guest_unwatch - What a device reaches may change
 * @device: The device, watched or not
 *
 * Context: May sleep.
 */
void iommufd_guest_unwatch(struct iommufd_guest_device *device)
{
	struct iommu_machine *machine = device->guest->core->machine;

	machine->ops->unwatch(machine, device->device->unit, device->device->rid,
			      IOMMUFD_GUEST_IOVA);
}

/**
 * iommufd_guest_expect_reached_by - A device reaches all memory of a guest, and no more
 * @guest: The guest
 * @device: The device
 *
 * Context: May sleep.
 */
void iommufd_guest_expect_reached_by(struct iommufd_guest *guest,
				     struct iommu_core_device *device)
{
	struct iommu_machine *machine = guest->core->machine;
	unsigned int i;

	for (i = 0; i < IOMMUFD_GUEST_PAGES; i++)
		KUNIT_EXPECT_EQ(guest->test, physical_address(guest, i),
				machine->ops->translate(machine, device->unit, device->rid,
							IOMMUFD_GUEST_IOVA +
							i * PAGE_SIZE));
	KUNIT_EXPECT_EQ(guest->test, IOMMU_MACHINE_BLOCKED,
			machine->ops->translate(machine, device->unit, device->rid,
						IOMMUFD_GUEST_IOVA + i * PAGE_SIZE));
}

/**
 * iommufd_guest_expect_reached - A device reaches all memory of its guest, and no more
 * @device: The device
 *
 * Context: May sleep.
 */
void iommufd_guest_expect_reached(struct iommufd_guest_device *device)
{
	iommufd_guest_expect_reached_by(device->guest, device->device);
}

/* A live update */

/**
 * iommufd_guest_session - Create the session that a guest is preserved in
 * @guest: The guest
 *
 * Context: May sleep, the thread of the case.
 * Return: the file of the session.
 */
struct file *iommufd_guest_session(struct iommufd_guest *guest)
{
	return luo_test_session(guest->test, IOMMUFD_GUEST_SESSION);
}

/**
 * iommufd_guest_preserve_memory - Preserve the memory of a guest
 * @guest: The guest
 * @session: The file of a session
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int iommufd_guest_preserve_memory(struct iommufd_guest *guest, struct file *session)
{
	return luo_kernel_preserve(session, guest->memory_token, guest->memory);
}

/**
 * iommufd_guest_preserve_iommufd - Preserve the iommufd of a guest
 * @guest: The guest
 * @session: The file of a session
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int iommufd_guest_preserve_iommufd(struct iommufd_guest *guest, struct file *session)
{
	return luo_kernel_preserve(session, guest->token, guest->user->file);
}

/**
 * iommufd_guest_preserve_device - Preserve a device of a guest
 * @device: The device
 * @session: The file of a session
 * @token: The token
 *
 * Context: May sleep.
 * Return: 0 or an errno.
 */
int iommufd_guest_preserve_device(struct iommufd_guest_device *device,
				  struct file *session, u64 token)
{
	return luo_kernel_preserve(session, token, device->file);
}

/**
 * iommufd_guest_preserve_all - Preserve a guest: memory, iommufd, devices
 * @guest: The guest
 * @session: The file of a session
 *
 * Its HWPT is marked, if it is not.
 *
 * Context: May sleep, the thread of the case.
 */
void iommufd_guest_preserve_all(struct iommufd_guest *guest, struct file *session)
{
	struct iommufd_guest_device *device;
	struct kunit *test = guest->test;
	u64 token = guest->device_token;
	int ret;

	ret = iommufd_user_mark(guest->user, guest->hwpt, guest->hwpt_token);
	KUNIT_ASSERT_TRUE(test, !ret || ret == -EEXIST);
	KUNIT_ASSERT_EQ(test, 0, iommufd_guest_preserve_memory(guest, session));
	KUNIT_ASSERT_EQ(test, 0, iommufd_guest_preserve_iommufd(guest, session));
	list_for_each_entry(device, &guest->devices, node) {
		if (device->is_attached)
			KUNIT_ASSERT_EQ(test, 0,
					iommufd_guest_preserve_device(device, session,
								      token++));
	}
}

/* PCI asks which devices go on. */
static void tell_core(void)
{
	struct iommufd_guest_device *device;
	struct iommufd_guest *guest;

	list_for_each_entry(guest, &guests, node) {
		list_for_each_entry(device, &guest->devices, node)
			device->device->is_preserved = device->test.is_preserved;
	}
}

/**
 * iommufd_guest_kexec - The kernel ends, and the next one boots
 * @core: The core, all of whose sessions are frozen
 *
 * The files of all guests are gone then, and iommufd_guest::devices is empty.
 *
 * Context: May sleep.
 */
void iommufd_guest_kexec(struct iommu_core *core)
{
	tell_core();
	iommu_core_kexec(core);
}
