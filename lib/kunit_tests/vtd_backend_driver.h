/* SPDX-License-Identifier: GPL-2.0-only */
/* The small driver around the VT-d backend, as the machine has it. */

#ifndef _LIB_KUNIT_TESTS_VTD_BACKEND_DRIVER_H
#define _LIB_KUNIT_TESTS_VTD_BACKEND_DRIVER_H

#include <linux/iommu-liveupdate.h>
#include <linux/types.h>

struct device;
struct iommu_domain;
struct pci_dev;
struct vtd_backend_unit;
struct vtd_test_unit;

/**
 * struct vtd_backend_options - How the driver uses units and devices
 * @scalable: In scalable mode, if the unit was not found in another one.
 * @first_stage: With first-stage page tables.
 * @interrupts: With interrupt remapping.
 * @max_domain_id: Limit of domain IDs, 0 for that of the unit.
 * @max_pasid: PASIDs that the directory of a device has entries for, 0 for those
 *	of one page.
 * @page_requests: The context entry of a device in scalable mode lets page
 *	requests, translation requests and requests with PASID through.
 */
struct vtd_backend_options {
	bool scalable;
	bool first_stage;
	bool interrupts;
	u32 max_domain_id;
	u32 max_pasid;
	bool page_requests;
};

extern const struct iommu_liveupdate_ops vtd_backend_liveupdate_ops;

/* Called whenever the driver has invalidated, if it is not NULL */
extern void (*vtd_backend_invalidated)(void);

/* What the backend asks of a function, which the machine answers: its unit... */
struct vtd_backend_unit *vtd_backend_unit_of(struct pci_dev *pdev);
/* ... in place of pci_real_dma_dev() and pci_num_vf() */
struct pci_dev *vtd_backend_real_dma_dev(struct pci_dev *pdev);
int vtd_backend_num_vf(struct pci_dev *pdev);

/* vtd_backend_driver.c */
bool vtd_backend_kept(const struct iommu_liveupdate_unit *unit);
struct vtd_backend_unit *vtd_backend_find(struct vtd_test_unit *hardware,
					  unsigned int index, u64 address,
					  const struct vtd_backend_options *options);
int vtd_backend_enable(struct vtd_backend_unit *unit);
int vtd_backend_boot(struct vtd_backend_unit *unit, bool *adopted);
bool vtd_backend_shutdown(struct vtd_backend_unit *unit, bool kexec);
void vtd_backend_remove(struct vtd_backend_unit *unit);
void vtd_backend_forget(struct vtd_backend_unit *unit);
struct iommu_device *vtd_backend_iommu(struct vtd_backend_unit *unit);
void vtd_backend_set_copied(struct vtd_backend_unit *unit, bool copied);
void vtd_backend_set_reserved(struct vtd_backend_unit *unit, bool reserved);
void vtd_backend_hide_root(struct vtd_backend_unit *unit, bool hidden);
u64 vtd_backend_root(struct vtd_backend_unit *unit);
void vtd_backend_set_next_id(struct vtd_backend_unit *unit, u32 domain_id);
bool vtd_backend_id_in_use(struct vtd_backend_unit *unit, u16 domain_id);
u64 *vtd_backend_interrupt(struct vtd_backend_unit *unit, unsigned int index);

/* vtd_backend_devices.c */

/**
 * enum vtd_backend_feature - What a device may have in use
 * @VTD_BACKEND_ATS: It has a TLB.
 * @VTD_BACKEND_PAGE_REQUESTS: It may request pages.
 * @VTD_BACKEND_PASIDS: It may make requests with PASID.
 * @VTD_BACKEND_NR_FEATURES: Number of them.
 */
enum vtd_backend_feature {
	VTD_BACKEND_ATS,
	VTD_BACKEND_PAGE_REQUESTS,
	VTD_BACKEND_PASIDS,
	VTD_BACKEND_NR_FEATURES,
};

int vtd_backend_probe(struct vtd_backend_unit *unit, struct device *dev, u16 rid);
void vtd_backend_release(struct device *dev);
void vtd_backend_end_device(struct device *dev);
bool vtd_backend_is_adopted(struct device *dev);
void vtd_backend_set_feature(struct device *dev, enum vtd_backend_feature feature,
			     bool in_use);
struct iommu_domain *vtd_backend_alloc_domain(struct device *dev);
void vtd_backend_end_domains(void);
int vtd_backend_attach(struct device *dev, struct iommu_domain *domain);
void vtd_backend_detach(struct device *dev);
int vtd_backend_set_pasid(struct device *dev, u32 pasid, bool present);
u16 vtd_backend_domain_id(struct device *dev);
u64 *vtd_backend_context_of(struct device *dev);
u64 *vtd_backend_pasid_of(struct device *dev);

#endif /* _LIB_KUNIT_TESTS_VTD_BACKEND_DRIVER_H */
