// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Preserving a PCI device of VFIO
 *
 * The open file of a device is preserved in a session of the Live Update Orchestrator,
 * after the iommufd that the device is bound to. It stands for the attachment of the
 * device, the ownership of its DMA, and the DMA itself, which never stops.
 *
 * Happy path:
 *
 * 1. User space preserves the file. iommufd preserves the attachment, and the device is
 *    not reset any more, as its DMA would stop. Nor does it get virtual functions.
 * 2. User space disables the interrupts of the device: the next kernel could not deliver
 *    them.
 * 3. The file is frozen, and its record is written. User space still runs: from now on
 *    it cannot change what the next kernel relies on. These are interrupts, power, bus
 *    mastering, and resets by any register. All else goes on, registers in BARs
 *    included.
 *
 * Unhappy paths:
 *
 * * The device cannot be preserved: an errno and a line in the log say why, and nothing
 *   has changed.
 * * The session is closed: the device is unpreserved, and all is as before.
 * * Interrupts are enabled when the file is frozen, or the device is in a low power
 *   state: the update fails with -EBUSY, and can be tried again.
 * * The update is cancelled when all is frozen: user space can change everything again,
 *   but for resets.
 *
 * In the next kernel the device goes on, but is not given back to user space yet: its
 * file can neither be retrieved nor finished, and nobody else can own its DMA.
 *
 * What user space does is checked here, in the operations of vfio-pci, before the shared
 * part of VFIO's PCI drivers sees it. vfio_pci_core_device::liveupdate_lock is outside of
 * all other locks: who changes something takes it for reading, who preserves or freezes
 * for writing, so that a change in flight is waited for. As such a change can wait for
 * user space to provide its arguments, waiting ends when the waiter is killed.
 */

#define dev_fmt(fmt) "vfio-pci: liveupdate: " fmt
#define pr_fmt(fmt) dev_fmt(fmt)

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/iommufd.h>
#include <linux/liveupdate.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <kunit/visibility.h>

#include "../../iommu/liveupdate/blackout.h"
#include "../../iommu/liveupdate/vfio_pci_record.h"
#include "../liveupdate.h"
#include "vfio_pci_liveupdate.h"
#include "vfio_pci_priv.h"

/**
 * struct vfio_pci_preserved - A preserved device
 * @vdev: The device.
 * @record: What is handed over.
 * @ser: Where that is written to.
 * @is_frozen: User space cannot change what the next kernel relies on.
 *
 * Changes with vfio_pci_core_device::liveupdate_lock held for writing.
 */
struct vfio_pci_preserved {
	struct vfio_pci_core_device *vdev;
	struct vfio_pci_record record;
	struct vfio_pci_device_ser *ser;
	bool is_frozen;
};

/* The operations of the devices that this handler knows */
static const struct vfio_device_ops *vfio_pci_device_ops;

static struct vfio_pci_core_device *to_vfio_pci(struct vfio_device *core_vdev)
{
	return container_of(core_vdev, struct vfio_pci_core_device, vdev);
}

static int refuse(struct vfio_device *core_vdev, int err, const char *reason)
{
	dev_warn(core_vdev->dev, "cannot be preserved: %s (%pe)\n", reason, ERR_PTR(err));
	return err;
}

/* What is preserved */

/* Each of them can be lifted, once somebody has found out what it takes. */
static int check_function(struct vfio_device *core_vdev)
{
	struct pci_dev *pdev = to_pci_dev(core_vdev->dev);

	if (pdev->is_virtfn)
		return refuse(core_vdev, -EOPNOTSUPP, "it is a virtual function");
	if (pci_num_vf(pdev))
		return refuse(core_vdev, -EOPNOTSUPP, "it has virtual functions");
	if (pdev->vendor == PCI_VENDOR_ID_INTEL && pci_is_display(pdev))
		return refuse(core_vdev, -EOPNOTSUPP,
			      "it is Intel graphics, with memory that firmware has set aside");
	return 0;
}

static int check_file(struct vfio_device *core_vdev, struct file *file)
{
	int ret = vfio_liveupdate_check_file(file);

	if (ret == -EOPNOTSUPP)
		return refuse(core_vdev, ret, "it was opened through its group");
	if (ret)
		return refuse(core_vdev, ret, "it is not bound to an iommufd by this file");
	return 0;
}

static void describe(struct pci_dev *pdev, struct vfio_pci_record *record)
{
	record->segment = pci_domain_nr(pdev->bus);
	record->rid = pci_dev_id(pdev);
	record->vendor = pdev->vendor;
	record->device = pdev->device;
	record->subsystem_vendor = pdev->subsystem_vendor;
	record->subsystem_device = pdev->subsystem_device;
}

static struct vfio_pci_preserved *hand_over(struct vfio_pci_core_device *vdev,
					    struct luo_file_set *file_set)
{
	struct vfio_pci_preserved *preserved;
	int ret;

	preserved = kzalloc_obj(*preserved);
	if (!preserved)
		return ERR_PTR(-ENOMEM);
	preserved->vdev = vdev;
	describe(vdev->pdev, &preserved->record);
	preserved->ser = vfio_pci_record_alloc();
	if (IS_ERR(preserved->ser)) {
		ret = PTR_ERR(preserved->ser);
		goto err_free;
	}
	ret = iommufd_device_preserve(vdev->vdev.iommufd_device, file_set,
				      &preserved->record.iommufd,
				      &preserved->record.owner);
	if (ret)
		goto err_record;
	return preserved;

err_record:
	vfio_pci_record_free(preserved->ser);
err_free:
	kfree(preserved);
	return ERR_PTR(ret);
}

static int preserve(struct liveupdate_file_op_args *args)
{
	struct vfio_device *core_vdev = vfio_liveupdate_device(args->file);
	struct vfio_pci_core_device *vdev = to_vfio_pci(core_vdev);
	struct vfio_pci_preserved *preserved;
	int ret;

	/* Other drivers of the family have no lock. */
	if (core_vdev->ops != vfio_pci_device_ops)
		return refuse(core_vdev, -EOPNOTSUPP,
			      "its driver has more than vfio-pci knows");
	ACQUIRE(rwsem_write_kill, lock)(&vdev->liveupdate_lock);
	ret = ACQUIRE_ERR(rwsem_write_kill, &lock);
	if (ret)
		return ret;
	guard(mutex)(&core_vdev->dev_set->lock);
	ret = check_function(core_vdev) ?: check_file(core_vdev, args->file);
	if (ret)
		return ret;
	preserved = hand_over(vdev, args->file_set);
	if (IS_ERR(preserved))
		return PTR_ERR(preserved);
	vdev->preserved = preserved;
	args->private_data = preserved;
	args->serialized_data = virt_to_phys(preserved->ser);
	return 0;
}

static void unpreserve(struct liveupdate_file_op_args *args)
{
	struct vfio_pci_preserved *preserved = args->private_data;
	struct vfio_pci_core_device *vdev = preserved->vdev;

	guard(rwsem_write)(&vdev->liveupdate_lock);
	guard(mutex)(&vdev->vdev.dev_set->lock);
	vdev->preserved = NULL;
	iommufd_device_unpreserve(vdev->vdev.iommufd_device);
	vfio_pci_record_free(preserved->ser);
	kfree(preserved);
}

/* Freezing */

static int check_freeze(struct vfio_pci_core_device *vdev)
{
	const char *reason;

	if (vdev->irq_type != VFIO_PCI_NUM_IRQS)
		reason = "its interrupts are enabled";
	else if (vdev->pm_runtime_engaged || vdev->pdev->current_state != PCI_D0)
		reason = "it is in a low power state";
	else
		return 0;
	pci_warn(vdev->pdev, "cannot be frozen: %s (%pe)\n", reason, ERR_PTR(-EBUSY));
	return -EBUSY;
}

static int freeze(struct liveupdate_file_op_args *args)
{
	struct vfio_pci_preserved *preserved = args->private_data;
	int ret;

	guard(iommu_blackout)(&iommu_blackout_freeze);
	ACQUIRE(rwsem_write_kill, lock)(&preserved->vdev->liveupdate_lock);
	ret = ACQUIRE_ERR(rwsem_write_kill, &lock) ?: check_freeze(preserved->vdev);
	if (ret)
		return ret;
	args->serialized_data = vfio_pci_record_write(preserved->ser, &preserved->record);
	preserved->is_frozen = true;
	return 0;
}

static void unfreeze(struct liveupdate_file_op_args *args)
{
	struct vfio_pci_preserved *preserved = args->private_data;

	guard(rwsem_write)(&preserved->vdev->liveupdate_lock);
	preserved->is_frozen = false;
}

/* What user space does meanwhile */

static bool is_frozen(struct vfio_pci_core_device *vdev)
{
	return vdev->preserved && vdev->preserved->is_frozen;
}

/* For VFIO_DEVICE_PCI_HOT_RESET see vfio_pci_liveupdate_check_reset(). */
static bool may_call(struct vfio_pci_core_device *vdev, unsigned int cmd)
{
	switch (cmd) {
	case VFIO_DEVICE_RESET:
		return !vdev->preserved;
	case VFIO_DEVICE_SET_IRQS:
		return !is_frozen(vdev);
	default:
		return true;
	}
}

/**
 * vfio_pci_liveupdate_ioctl - vfio_pci_core_ioctl(), if that may be done
 * @core_vdev: The device
 * @cmd: Number of the ioctl
 * @arg: Its argument
 *
 * Context: May sleep.
 * Return: what that returns, or -EBUSY.
 */
long vfio_pci_liveupdate_ioctl(struct vfio_device *core_vdev, unsigned int cmd,
			       unsigned long arg)
{
	struct vfio_pci_core_device *vdev = to_vfio_pci(core_vdev);

	guard(rwsem_read)(&vdev->liveupdate_lock);
	if (!may_call(vdev, cmd))
		return -EBUSY;
	return vfio_pci_core_ioctl(core_vdev, cmd, arg);
}

static bool is_power_feature(u32 flags)
{
	switch (flags & VFIO_DEVICE_FEATURE_MASK) {
	case VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY:
	case VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP:
	case VFIO_DEVICE_FEATURE_LOW_POWER_EXIT:
		return !(flags & VFIO_DEVICE_FEATURE_PROBE);
	default:
		return false;
	}
}

/**
 * vfio_pci_liveupdate_feature - vfio_pci_core_ioctl_feature(), if that may be done
 * @core_vdev: The device
 * @flags: The feature, and what to do with it
 * @arg: Its argument
 * @argsz: Size of that in bytes
 *
 * Context: May sleep.
 * Return: what that returns, or -EBUSY.
 */
int vfio_pci_liveupdate_feature(struct vfio_device *core_vdev, u32 flags,
				void __user *arg, size_t argsz)
{
	struct vfio_pci_core_device *vdev = to_vfio_pci(core_vdev);

	guard(rwsem_read)(&vdev->liveupdate_lock);
	if (is_frozen(vdev) && is_power_feature(flags))
		return -EBUSY;
	return vfio_pci_core_ioctl_feature(core_vdev, flags, arg, argsz);
}

static bool is_in(unsigned int offset, unsigned int first, unsigned int size)
{
	return offset >= first && offset < first + size;
}

/* Is it a byte of configuration space that the next kernel has to find as it is? */
static bool is_kept_byte(struct vfio_pci_core_device *vdev, unsigned int offset)
{
	const unsigned int device_control = vdev->pdev->pcie_cap + PCI_EXP_DEVCTL;

	/* Nothing in extended space does what is looked for here. */
	if (offset >= PCI_CFG_SPACE_SIZE)
		return false;
	if (offset < PCI_STD_HEADER_SIZEOF)
		return is_in(offset, PCI_COMMAND, sizeof(u16));
	switch (vdev->pci_config_map[offset]) {
	case PCI_CAP_ID_PM:
	case PCI_CAP_ID_MSI:
	case PCI_CAP_ID_MSIX:
	case PCI_CAP_ID_AF:
		return true;
	case PCI_CAP_ID_EXP:
		/* It can reset the function. */
		return is_in(offset, device_control, sizeof(u16));
	default:
		return false;
	}
}

static bool may_write(struct vfio_pci_core_device *vdev, loff_t pos, size_t count)
{
	unsigned int offset = pos & VFIO_PCI_OFFSET_MASK;

	if (!is_frozen(vdev))
		return true;
	for (; count && offset < PCI_CFG_SPACE_SIZE; offset++, count--) {
		if (is_kept_byte(vdev, offset))
			return false;
	}
	return true;
}

/**
 * vfio_pci_liveupdate_write - vfio_pci_core_write(), if that may be done
 * @core_vdev: The device
 * @buf: What to write
 * @count: Size of that in bytes
 * @ppos: Where to write it
 *
 * Either all is written, or nothing.
 *
 * Context: May sleep.
 * Return: what that returns, or -EBUSY.
 */
ssize_t vfio_pci_liveupdate_write(struct vfio_device *core_vdev, const char __user *buf,
				  size_t count, loff_t *ppos)
{
	struct vfio_pci_core_device *vdev = to_vfio_pci(core_vdev);

	if (VFIO_PCI_OFFSET_TO_INDEX(*ppos) != VFIO_PCI_CONFIG_REGION_INDEX)
		return vfio_pci_core_write(core_vdev, buf, count, ppos);
	guard(rwsem_read)(&vdev->liveupdate_lock);
	if (!may_write(vdev, *ppos, count))
		return -EBUSY;
	return vfio_pci_core_write(core_vdev, buf, count, ppos);
}

/**
 * vfio_pci_liveupdate_sriov_configure - vfio_pci_core_sriov_configure(), if it may be done
 * @vdev: The device
 * @nr_virtfn: How many virtual functions it gets, 0 to remove those that it has
 *
 * Context: May sleep. The lock of the device is held.
 * Return: what that returns, or -EBUSY.
 */
int vfio_pci_liveupdate_sriov_configure(struct vfio_pci_core_device *vdev, int nr_virtfn)
{
	guard(rwsem_read)(&vdev->liveupdate_lock);
	if (vdev->preserved)
		return -EBUSY;
	return vfio_pci_core_sriov_configure(vdev, nr_virtfn);
}

/* The next kernel */

static int retrieve(struct liveupdate_file_op_args *args)
{
	struct iommu_record_error error;
	struct vfio_pci_record record;
	int ret;

	ret = vfio_pci_record_read(&record, args->serialized_data, &error);
	if (ret)
		return ret;
	pr_warn("%04x:%02x:%02x.%d of the previous kernel cannot be retrieved yet: its DMA goes on\n",
		record.segment, PCI_BUS_NUM(record.rid), PCI_SLOT(record.rid),
		PCI_FUNC(record.rid));
	return -EOPNOTSUPP;
}

static bool can_finish(struct liveupdate_file_op_args *args)
{
	pr_warn("a device of the previous kernel cannot be finished yet: its DMA goes on\n");
	return false;
}

/* can_finish() does not let it come to this. */
static void finish(struct liveupdate_file_op_args *args)
{
}

/* The file handler */

/* Those that only look alike are refused later, by an errno that says why. */
static bool can_preserve(struct liveupdate_file_handler *handler, struct file *file)
{
	struct vfio_device *core_vdev = vfio_liveupdate_device(file);

	return core_vdev && dev_is_pci(core_vdev->dev);
}

static const struct liveupdate_file_ops file_ops = {
	.can_preserve = can_preserve,
	.preserve = preserve,
	.unpreserve = unpreserve,
	.freeze = freeze,
	.unfreeze = unfreeze,
	.retrieve = retrieve,
	.can_finish = can_finish,
	.finish = finish,
	.owner = THIS_MODULE,
};

VISIBLE_IF_KUNIT struct liveupdate_file_handler vfio_pci_liveupdate_handler = {
	.ops = &file_ops,
	.compatible = VFIO_PCI_LIVEUPDATE_COMPATIBLE,
};

/**
 * vfio_pci_liveupdate_init_dev - Begin with a device that is not preserved
 * @vdev: To be initialized
 *
 * Context: Any.
 */
void vfio_pci_liveupdate_init_dev(struct vfio_pci_core_device *vdev)
{
	init_rwsem(&vdev->liveupdate_lock);
}

/**
 * vfio_pci_liveupdate_init - Have the Live Update Orchestrator know files of devices
 * @ops: The operations of devices that can be preserved
 *
 * Context: May sleep. Nobody can open a device yet.
 * Return: 0, also if live update is off, or what registering failed with.
 */
int vfio_pci_liveupdate_init(const struct vfio_device_ops *ops)
{
	int ret;

	vfio_pci_device_ops = ops;
	ret = liveupdate_register_file_handler(&vfio_pci_liveupdate_handler);
	return ret == -EOPNOTSUPP ? 0 : ret;
}

/**
 * vfio_pci_liveupdate_exit - Undo vfio_pci_liveupdate_init()
 *
 * Context: May sleep. No device is preserved, and nobody can open one any more.
 */
void vfio_pci_liveupdate_exit(void)
{
	liveupdate_unregister_file_handler(&vfio_pci_liveupdate_handler);
}

#if IS_ENABLED(CONFIG_KUNIT)
/* The kernel of a test ends: what it had goes, what it has preserved stays. */
void vfio_pci_liveupdate_forget(struct vfio_pci_core_device *vdev)
{
	kfree(vdev->preserved);
	vdev->preserved = NULL;
}

u64 vfio_pci_liveupdate_address(struct vfio_pci_core_device *vdev)
{
	return virt_to_phys(vdev->preserved->ser);
}
#endif

MODULE_IMPORT_NS("IOMMUFD");
