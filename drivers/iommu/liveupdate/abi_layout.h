/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Layout of the handover ABI.
 * Generated from the headers of the handover ABI, do not edit: see abi_lock.c.
 */

ABI_STRING(IOMMU_LIVEUPDATE_COMPATIBLE, "iommu");
ABI_CONSTANT(IOMMU_ABI_MAGIC, 0x756c756d6d6f692eULL);
ABI_CONSTANT(IOMMU_ABI_VERSION_MAJOR, 0x0ULL);
ABI_CONSTANT(IOMMU_ABI_VERSION_MINOR, 0x1ULL);
ABI_CONSTANT(IOMMU_ABI_MAX_UNITS, 0x1000ULL);
ABI_CONSTANT(IOMMU_ABI_MAX_DOMAINS, 0x10000ULL);
ABI_CONSTANT(IOMMU_ABI_MAX_DEVICES, 0x10000ULL);
ABI_CONSTANT(IOMMU_ABI_MAX_ATTACHMENTS, 0x40000ULL);
ABI_CONSTANT(IOMMU_ABI_MAX_VENDOR_ENTRIES, 0x10000ULL);
ABI_CONSTANT(IOMMU_ABI_MAX_PATH, 0x100ULL);
ABI_CONSTANT(IOMMU_ABI_INCOMPATIBLE_KNOWN, 0x0ULL);
ABI_CONSTANT(IOMMU_UNIT_FLAGS_KNOWN, 0x0ULL);
ABI_CONSTANT(IOMMU_DOMAIN_FLAGS_KNOWN, 0x0ULL);
ABI_CONSTANT(IOMMU_DEVICE_FLAGS_KNOWN, 0x0ULL);
ABI_CONSTANT(IOMMU_ATTACHMENT_FLAGS_KNOWN, 0x0ULL);
ABI_CONSTANT(IOMMU_PCI_FUNCTION_FLAGS_KNOWN, 0x0ULL);
ABI_CONSTANT(IOMMU_UNIT_TYPE_INTEL_VTD, 0x1ULL);
ABI_CONSTANT(IOMMU_UNIT_TYPE_AMD, 0x2ULL);
ABI_CONSTANT(IOMMU_UNIT_TYPE_ARM_SMMUV3, 0x3ULL);
ABI_CONSTANT(IOMMU_UNIT_TYPE_RISCV, 0x4ULL);
ABI_CONSTANT(IOMMU_UNIT_TYPE_TEST, 0xff01ULL);
ABI_CONSTANT(IOMMU_DEVICE_TYPE_PCI, 0x1ULL);
ABI_CONSTANT(IOMMU_PCI_RID_MAX, 0xffffULL);
ABI_CONSTANT(IOMMU_PCI_HEADER_REGISTERS, 0x10ULL);
ABI_CONSTANT(IOMMU_ATTACHMENT_NO_PASID, 0xffffffffULL);
ABI_CONSTANT(IOMMU_PASID_MAX, 0xfffffULL);
ABI_CONSTANT(IOMMU_PT_FORMAT_AMDV1, 0x1ULL);
ABI_CONSTANT(IOMMU_PT_FORMAT_X86_64, 0x2ULL);
ABI_CONSTANT(IOMMU_PT_FORMAT_VTDSS, 0x3ULL);
ABI_CONSTANT(IOMMU_PT_FORMAT_RISCV_64, 0x4ULL);
ABI_CONSTANT(IOMMU_PT_FORMAT_AMDV1_MOCK, 0xff01ULL);
ABI_CONSTANT(IOMMU_PT_LEVEL_MAX, 0x5ULL);
ABI_CONSTANT(IOMMU_PT_WIDTH_MIN, 0xcULL);
ABI_CONSTANT(IOMMU_PT_INPUT_WIDTH_MAX, 0x40ULL);
ABI_CONSTANT(IOMMU_PT_OUTPUT_WIDTH_MAX, 0x38ULL);
ABI_CONSTANT(IOMMU_PT_FEATURE_DYNAMIC_TOP, 0x1ULL);
ABI_CONSTANT(IOMMU_PT_FEATURE_INCOHERENT, 0x2ULL);
ABI_CONSTANT(IOMMU_PT_FEATURE_ENCRYPTED, 0x4ULL);
ABI_CONSTANT(IOMMU_PT_FEATURE_FORCE_SNOOP, 0x8ULL);
ABI_CONSTANT(IOMMU_PT_FEATURE_FORCE_WRITEABLE, 0x10ULL);
ABI_CONSTANT(IOMMU_PT_FEATURE_CONTIGUOUS_64K, 0x20ULL);
ABI_CONSTANT(IOMMU_PT_FEATURE_MEMORY_TYPES, 0x40ULL);
ABI_CONSTANT(IOMMU_PT_FEATURES_KNOWN, 0x7fULL);
ABI_CONSTANT(IOMMU_UNIT_VENDOR_WORDS, 0x8ULL);
ABI_CONSTANT(IOMMU_DOMAIN_VENDOR_WORDS, 0x2ULL);
ABI_CONSTANT(IOMMU_DEVICE_VENDOR_WORDS, 0x4ULL);
ABI_CONSTANT(IOMMU_ATTACHMENT_VENDOR_WORDS, 0x2ULL);

ABI_STRUCT(iommu_chain_ser, 16);
ABI_MEMBER(0, 8, u64, struct iommu_chain_ser, head_pa);
ABI_MEMBER(8, 4, u32, struct iommu_chain_ser, count);
ABI_MEMBER(12, 2, u16, struct iommu_chain_ser, entry_size);
ABI_MEMBER(14, 2, u16, struct iommu_chain_ser, version);

ABI_STRUCT(iommu_header_ser, 128);
ABI_MEMBER(0, 8, u64, struct iommu_header_ser, magic);
ABI_MEMBER(8, 2, u16, struct iommu_header_ser, version_major);
ABI_MEMBER(10, 2, u16, struct iommu_header_ser, version_minor);
ABI_MEMBER(12, 4, u32, struct iommu_header_ser, reserved);
ABI_MEMBER(16, 8, u64, struct iommu_header_ser, fingerprint);
ABI_MEMBER(24, 8, u64, struct iommu_header_ser, incompatible);
ABI_MEMBER(32, 16, struct iommu_chain_ser, struct iommu_header_ser, units);
ABI_MEMBER(48, 16, struct iommu_chain_ser, struct iommu_header_ser, domains);
ABI_MEMBER(64, 16, struct iommu_chain_ser, struct iommu_header_ser, devices);
ABI_MEMBER(80, 16, struct iommu_chain_ser, struct iommu_header_ser, attachments);
ABI_ARRAY(96, 32, u64, 4, struct iommu_header_ser, reserved2);

ABI_STRUCT(iommu_unit_ser, 96);
ABI_MEMBER(0, 8, u64, struct iommu_unit_ser, id);
ABI_MEMBER(8, 4, u32, struct iommu_unit_ser, type);
ABI_MEMBER(12, 4, u32, struct iommu_unit_ser, flags);
ABI_MEMBER(16, 16, struct iommu_chain_ser, struct iommu_unit_ser, vendor_chain);
ABI_ARRAY(32, 64, u64, 8, struct iommu_unit_ser, vendor);

ABI_STRUCT(iommu_domain_ser, 80);
ABI_MEMBER(0, 8, u64, struct iommu_domain_ser, id);
ABI_MEMBER(8, 8, u64, struct iommu_domain_ser, top_phys);
ABI_MEMBER(16, 8, u64, struct iommu_domain_ser, pgsize_bitmap);
ABI_MEMBER(24, 8, u64, struct iommu_domain_ser, aperture_start);
ABI_MEMBER(32, 8, u64, struct iommu_domain_ser, aperture_last);
ABI_MEMBER(40, 4, u32, struct iommu_domain_ser, features);
ABI_MEMBER(44, 4, u32, struct iommu_domain_ser, flags);
ABI_MEMBER(48, 4, u32, struct iommu_domain_ser, unit_type);
ABI_MEMBER(52, 2, u16, struct iommu_domain_ser, format);
ABI_MEMBER(54, 1, u8, struct iommu_domain_ser, top_level);
ABI_MEMBER(55, 1, u8, struct iommu_domain_ser, max_vasz_lg2);
ABI_MEMBER(56, 1, u8, struct iommu_domain_ser, max_oasz_lg2);
ABI_MEMBER(57, 1, u8, struct iommu_domain_ser, sign_extend);
ABI_ARRAY(58, 6, u8, 6, struct iommu_domain_ser, reserved);
ABI_ARRAY(64, 16, u64, 2, struct iommu_domain_ser, vendor);

ABI_STRUCT(iommu_device_ser, 104);
ABI_MEMBER(0, 8, u64, struct iommu_device_ser, id);
ABI_MEMBER(8, 8, u64, struct iommu_device_ser, owner);
ABI_MEMBER(16, 4, u32, struct iommu_device_ser, type);
ABI_MEMBER(20, 4, u32, struct iommu_device_ser, segment);
ABI_MEMBER(24, 4, u32, struct iommu_device_ser, rid);
ABI_MEMBER(28, 4, u32, struct iommu_device_ser, unit);
ABI_MEMBER(32, 4, u32, struct iommu_device_ser, flags);
ABI_MEMBER(36, 4, u32, struct iommu_device_ser, reserved);
ABI_MEMBER(40, 16, struct iommu_chain_ser, struct iommu_device_ser, path);
ABI_MEMBER(56, 16, struct iommu_chain_ser, struct iommu_device_ser, vendor_chain);
ABI_ARRAY(72, 32, u64, 4, struct iommu_device_ser, vendor);

ABI_STRUCT(iommu_pci_function_ser, 72);
ABI_MEMBER(0, 4, u32, struct iommu_pci_function_ser, rid);
ABI_MEMBER(4, 4, u32, struct iommu_pci_function_ser, flags);
ABI_ARRAY(8, 64, u32, 16, struct iommu_pci_function_ser, header);

ABI_STRUCT(iommu_attachment_ser, 40);
ABI_MEMBER(0, 8, u64, struct iommu_attachment_ser, hardware_id);
ABI_MEMBER(8, 4, u32, struct iommu_attachment_ser, device);
ABI_MEMBER(12, 4, u32, struct iommu_attachment_ser, domain);
ABI_MEMBER(16, 4, u32, struct iommu_attachment_ser, pasid);
ABI_MEMBER(20, 4, u32, struct iommu_attachment_ser, flags);
ABI_ARRAY(24, 16, u64, 2, struct iommu_attachment_ser, vendor);
ABI_CONSTANT(IOMMU_VTD_VERSION, 0x1ULL);
ABI_CONSTANT(IOMMU_VTD_MAX_CONTEXT_TABLES, 0x200ULL);
ABI_CONSTANT(IOMMU_VTD_DOMAIN_ID_MIN, 0x2ULL);
ABI_CONSTANT(IOMMU_VTD_DOMAIN_ID_MAX, 0xffffULL);

ABI_STRUCT(iommu_vtd_unit_ser, 64);
ABI_MEMBER(0, 8, u64, struct iommu_vtd_unit_ser, version);
ABI_MEMBER(8, 8, u64, struct iommu_vtd_unit_ser, rtaddr);
ABI_MEMBER(16, 8, u64, struct iommu_vtd_unit_ser, cap);
ABI_MEMBER(24, 8, u64, struct iommu_vtd_unit_ser, ecap);
ABI_MEMBER(32, 8, u64, struct iommu_vtd_unit_ser, interrupt_table_pa);
ABI_ARRAY(40, 24, u64, 3, struct iommu_vtd_unit_ser, reserved);

ABI_STRUCT(iommu_vtd_context_table_ser, 16);
ABI_MEMBER(0, 8, u64, struct iommu_vtd_context_table_ser, table_pa);
ABI_MEMBER(8, 4, u32, struct iommu_vtd_context_table_ser, index);
ABI_MEMBER(12, 4, u32, struct iommu_vtd_context_table_ser, reserved);

ABI_STRUCT(iommu_vtd_device_ser, 32);
ABI_MEMBER(0, 8, u64, struct iommu_vtd_device_ser, directory_pa);
ABI_MEMBER(8, 8, u64, struct iommu_vtd_device_ser, table_pa);
ABI_ARRAY(16, 16, u64, 2, struct iommu_vtd_device_ser, reserved);
ABI_STRING(IOMMUFD_LIVEUPDATE_COMPATIBLE, "iommufd-v1");
ABI_CONSTANT(IOMMUFD_ABI_MAGIC, 0x756c64666d6d6f69ULL);
ABI_CONSTANT(IOMMUFD_ABI_MAX_HWPTS, 0x10000ULL);
ABI_CONSTANT(IOMMUFD_ABI_MAX_DEVICES, 0x10000ULL);
ABI_CONSTANT(IOMMUFD_ABI_FLAGS_KNOWN, 0x0ULL);
ABI_CONSTANT(IOMMUFD_DEVICE_FLAGS_KNOWN, 0x0ULL);
ABI_CONSTANT(IOMMUFD_HWPT_CACHE_COHERENCY, 0x1ULL);
ABI_CONSTANT(IOMMUFD_HWPT_PASID_COMPATIBLE, 0x2ULL);
ABI_CONSTANT(IOMMUFD_HWPT_FLAGS_KNOWN, 0x3ULL);

ABI_STRUCT(iommufd_header_ser, 88);
ABI_MEMBER(0, 8, u64, struct iommufd_header_ser, magic);
ABI_MEMBER(8, 8, u64, struct iommufd_header_ser, fingerprint);
ABI_MEMBER(16, 4, u32, struct iommufd_header_ser, flags);
ABI_MEMBER(20, 4, u32, struct iommufd_header_ser, reserved);
ABI_MEMBER(24, 16, struct iommu_chain_ser, struct iommufd_header_ser, hwpts);
ABI_MEMBER(40, 16, struct iommu_chain_ser, struct iommufd_header_ser, devices);
ABI_ARRAY(56, 32, u64, 4, struct iommufd_header_ser, reserved2);

ABI_STRUCT(iommufd_hwpt_ser, 32);
ABI_MEMBER(0, 8, u64, struct iommufd_hwpt_ser, token);
ABI_MEMBER(8, 8, u64, struct iommufd_hwpt_ser, domain);
ABI_MEMBER(16, 4, u32, struct iommufd_hwpt_ser, flags);
ABI_MEMBER(20, 4, u32, struct iommufd_hwpt_ser, reserved);
ABI_MEMBER(24, 8, u64, struct iommufd_hwpt_ser, reserved2);

ABI_STRUCT(iommufd_device_ser, 24);
ABI_MEMBER(0, 8, u64, struct iommufd_device_ser, owner);
ABI_MEMBER(8, 4, u32, struct iommufd_device_ser, hwpt);
ABI_MEMBER(12, 4, u32, struct iommufd_device_ser, pasid);
ABI_MEMBER(16, 4, u32, struct iommufd_device_ser, flags);
ABI_MEMBER(20, 4, u32, struct iommufd_device_ser, reserved);
ABI_STRING(MEMFD_V3_COMPATIBLE, "memfd-v3");
ABI_CONSTANT(MEMFD_V3_MAGIC, 0x33762d64666d656dULL);
ABI_CONSTANT(MEMFD_V3_SEALS_KNOWN, 0x3fULL);
ABI_CONSTANT(MEMFD_V3_MODE_KNOWN, 0xfffULL);
ABI_CONSTANT(MEMFD_V3_FLAGS_KNOWN, 0x0ULL);
ABI_CONSTANT(MEMFD_V3_FOLIO_FLAGS_KNOWN, 0x0ULL);
ABI_CONSTANT(MEMFD_V3_PAGES_MAX, 0xffffffffULL);
ABI_CONSTANT(MEMFD_V3_ARRAY_FLAGS, 0x1ULL);

ABI_STRUCT(memfd_v3_ser, 96);
ABI_MEMBER(0, 8, u64, struct memfd_v3_ser, magic);
ABI_MEMBER(8, 8, u64, struct memfd_v3_ser, pos);
ABI_MEMBER(16, 8, u64, struct memfd_v3_ser, size);
ABI_MEMBER(24, 4, u32, struct memfd_v3_ser, seals);
ABI_MEMBER(28, 4, u32, struct memfd_v3_ser, mode);
ABI_MEMBER(32, 4, u32, struct memfd_v3_ser, flags);
ABI_MEMBER(36, 4, u32, struct memfd_v3_ser, huge_page_shift);
ABI_MEMBER(40, 8, u64, struct memfd_v3_ser, nr_folios);
ABI_MEMBER(48, 8, u64, struct memfd_v3_ser, array_pa);
ABI_MEMBER(56, 4, u32, struct memfd_v3_ser, array_pages);
ABI_MEMBER(60, 2, u16, struct memfd_v3_ser, array_flags);
ABI_MEMBER(62, 2, u16, struct memfd_v3_ser, array_order);
ABI_ARRAY(64, 32, u64, 4, struct memfd_v3_ser, reserved);

ABI_STRUCT(memfd_v3_folio_ser, 16);
ABI_MEMBER(0, 8, u64, struct memfd_v3_folio_ser, pfn);
ABI_MEMBER(8, 4, u32, struct memfd_v3_folio_ser, index);
ABI_MEMBER(12, 2, u16, struct memfd_v3_folio_ser, order);
ABI_MEMBER(14, 2, u16, struct memfd_v3_folio_ser, flags);
ABI_STRING(VFIO_PCI_LIVEUPDATE_COMPATIBLE, "vfio-pci-v1");
ABI_CONSTANT(VFIO_PCI_ABI_MAGIC, 0x756c696370766676ULL);
ABI_CONSTANT(VFIO_PCI_DEVICE_FLAGS_KNOWN, 0x0ULL);

ABI_STRUCT(vfio_pci_device_ser, 88);
ABI_MEMBER(0, 8, u64, struct vfio_pci_device_ser, magic);
ABI_MEMBER(8, 8, u64, struct vfio_pci_device_ser, fingerprint);
ABI_MEMBER(16, 8, u64, struct vfio_pci_device_ser, iommufd);
ABI_MEMBER(24, 8, u64, struct vfio_pci_device_ser, owner);
ABI_MEMBER(32, 4, u32, struct vfio_pci_device_ser, flags);
ABI_MEMBER(36, 4, u32, struct vfio_pci_device_ser, segment);
ABI_MEMBER(40, 4, u32, struct vfio_pci_device_ser, rid);
ABI_MEMBER(44, 2, u16, struct vfio_pci_device_ser, vendor);
ABI_MEMBER(46, 2, u16, struct vfio_pci_device_ser, device);
ABI_MEMBER(48, 2, u16, struct vfio_pci_device_ser, subsystem_vendor);
ABI_MEMBER(50, 2, u16, struct vfio_pci_device_ser, subsystem_device);
ABI_MEMBER(52, 4, u32, struct vfio_pci_device_ser, reserved);
ABI_ARRAY(56, 32, u64, 4, struct vfio_pci_device_ser, reserved2);
