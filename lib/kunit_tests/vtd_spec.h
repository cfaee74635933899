/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Registers, tables, descriptors and fault reasons of VT-d.
 *
 * As of the Intel Virtualization Technology for Directed I/O Architecture
 * Specification, revision 4.1, whose sections are cited as "section 9.3"; a
 * register has its section in chapter 11.4 under its full name. Nothing is taken
 * from the driver, so that a test that compares the two means something. Which
 * facts have a witness is said in vtd-unit.rst. Words are 64 bits; "word 2" of an
 * entry holds its bits 191:128.
 */

#ifndef _LIB_KUNIT_TESTS_VTD_SPEC_H
#define _LIB_KUNIT_TESTS_VTD_SPEC_H

#include <linux/bits.h>

/* Register offsets, section 11.4. What is 64 bits wide says so. */
#define VTD_VER			0x000 /* Version */
#define VTD_CAP			0x008 /* Capability, 64 */
#define VTD_ECAP		0x010 /* Extended Capability, 64 */
#define VTD_GCMD		0x018 /* Global Command */
#define VTD_GSTS		0x01c /* Global Status */
#define VTD_RTADDR		0x020 /* Root Table Address, 64 */
#define VTD_CCMD		0x028 /* Context Command, 64 */
#define VTD_FSTS		0x034 /* Fault Status */
#define VTD_FECTL		0x038 /* Fault Event Control */
#define VTD_FEDATA		0x03c /* Fault Event Data */
#define VTD_FEADDR		0x040 /* Fault Event Address */
#define VTD_FEUADDR		0x044 /* Fault Event Upper Address */
#define VTD_PMEN		0x064 /* Protected Memory Enable */
#define VTD_PLMBASE		0x068 /* Protected Low Memory Base */
#define VTD_PLMLIMIT		0x06c /* Protected Low Memory Limit */
#define VTD_PHMBASE		0x070 /* Protected High Memory Base, 64 */
#define VTD_PHMLIMIT		0x078 /* Protected High Memory Limit, 64 */
#define VTD_IQH			0x080 /* Invalidation Queue Head, 64 */
#define VTD_IQT			0x088 /* Invalidation Queue Tail, 64 */
#define VTD_IQA			0x090 /* Invalidation Queue Address, 64 */
#define VTD_ICS			0x09c /* Invalidation Completion Status */
#define VTD_IECTL		0x0a0 /* Invalidation Event Control */
#define VTD_IEDATA		0x0a4 /* Invalidation Event Data */
#define VTD_IEADDR		0x0a8 /* Invalidation Event Address */
#define VTD_IEUADDR		0x0ac /* Invalidation Event Upper Address */
#define VTD_IQERCD		0x0b0 /* Invalidation Queue Error Record, 64 */
#define VTD_IRTA		0x0b8 /* Interrupt Remapping Table Address, 64 */

/* Capability */
#define VTD_CAP_ND		GENMASK_ULL(2, 0)   /* domains: 2^(4 + 2 ND) */
#define VTD_CAP_RWBF		BIT_ULL(4)	    /* write buffers to flush */
#define VTD_CAP_PLMR		BIT_ULL(5)	    /* protected low memory */
#define VTD_CAP_PHMR		BIT_ULL(6)	    /* protected high memory */
#define VTD_CAP_CM		BIT_ULL(7)	    /* caching mode */
#define VTD_CAP_SAGAW		GENMASK_ULL(12, 8)  /* VTD_SAGAW_* */
#define VTD_CAP_MGAW		GENMASK_ULL(21, 16) /* address width - 1 */
#define VTD_CAP_ZLR		BIT_ULL(22)	    /* zero-length reads */
#define VTD_CAP_FRO		GENMASK_ULL(33, 24) /* fault records, by 16 */
#define VTD_CAP_SSLPS		GENMASK_ULL(37, 34) /* VTD_SSLPS_* */
#define VTD_CAP_PSI		BIT_ULL(39)	    /* page-selective */
#define VTD_CAP_NFR		GENMASK_ULL(47, 40) /* fault records - 1 */
#define VTD_CAP_MAMV		GENMASK_ULL(53, 48) /* largest address mask */
#define VTD_CAP_DWD		BIT_ULL(54)	    /* write draining */
#define VTD_CAP_DRD		BIT_ULL(55)	    /* read draining */
#define VTD_CAP_FS1GP		BIT_ULL(56)	    /* first stage of 1 GiB */
#define VTD_CAP_PI		BIT_ULL(59)	    /* posted interrupts */
#define VTD_CAP_FS5LP		BIT_ULL(60)	    /* first stage of 5 levels */
#define VTD_CAP_ESIRTPS		BIT_ULL(62)	    /* SIRTP invalidates */
#define VTD_CAP_ESRTPS		BIT_ULL(63)	    /* SRTP invalidates */

/* Values of VTD_CAP_SAGAW, and what AW of an entry selects: levels - 2 */
#define VTD_SAGAW_3_LEVELS	BIT(1)
#define VTD_SAGAW_4_LEVELS	BIT(2)
#define VTD_SAGAW_5_LEVELS	BIT(3)

/* Values of VTD_CAP_SSLPS */
#define VTD_SSLPS_2M		BIT(0)
#define VTD_SSLPS_1G		BIT(1)

/* Extended Capability */
#define VTD_ECAP_C		BIT_ULL(0)	    /* walks are coherent */
#define VTD_ECAP_QI		BIT_ULL(1)	    /* queued invalidation */
#define VTD_ECAP_DT		BIT_ULL(2)	    /* device TLBs */
#define VTD_ECAP_IR		BIT_ULL(3)	    /* interrupt remapping */
#define VTD_ECAP_EIM		BIT_ULL(4)	    /* 32-bit APIC IDs */
#define VTD_ECAP_PT		BIT_ULL(6)	    /* pass-through */
#define VTD_ECAP_SC		BIT_ULL(7)	    /* snoop control */
#define VTD_ECAP_IRO		GENMASK_ULL(17, 8)  /* IOTLB registers, by 16 */
#define VTD_ECAP_MHMV		GENMASK_ULL(23, 20) /* largest handle mask */
#define VTD_ECAP_NEST		BIT_ULL(26)	    /* nested translation */
#define VTD_ECAP_PRS		BIT_ULL(29)	    /* page requests */
#define VTD_ECAP_ERS		BIT_ULL(30)	    /* execute requests */
#define VTD_ECAP_SRS		BIT_ULL(31)	    /* supervisor requests */
#define VTD_ECAP_NWFS		BIT_ULL(33)	    /* no write flag */
#define VTD_ECAP_EAFS		BIT_ULL(34)	    /* extended accessed */
#define VTD_ECAP_PSS		GENMASK_ULL(39, 35) /* PASID width - 1 */
#define VTD_ECAP_PASID		BIT_ULL(40)	    /* requests with PASID */
#define VTD_ECAP_DIT		BIT_ULL(41)	    /* PFSID in descriptors */
#define VTD_ECAP_PDS		BIT_ULL(42)	    /* page-request drain */
#define VTD_ECAP_SMTS		BIT_ULL(43)	    /* scalable mode */
#define VTD_ECAP_SSADS		BIT_ULL(45)	    /* second stage: A and D */
#define VTD_ECAP_SSTS		BIT_ULL(46)	    /* second stage */
#define VTD_ECAP_FSTS		BIT_ULL(47)	    /* first stage */
#define VTD_ECAP_SMPWC		BIT_ULL(48)	    /* ... are coherent */
#define VTD_ECAP_RPS		BIT_ULL(49)	    /* RID_PASID */
#define VTD_ECAP_ADMS		BIT_ULL(52)	    /* VTD_TTM_ABORT */

/* Global Command and Global Status share the positions. */
#define VTD_GCMD_TE		BIT(31) /* translation; status TES */
#define VTD_GCMD_SRTP		BIT(30) /* set root table pointer; RTPS */
#define VTD_GCMD_WBF		BIT(27) /* write buffer flush; WBFS */
#define VTD_GCMD_QIE		BIT(26) /* queued invalidation; QIES */
#define VTD_GCMD_IRE		BIT(25) /* interrupt remapping; IRES */
#define VTD_GCMD_SIRTP		BIT(24) /* ... table pointer; IRTPS */
#define VTD_GCMD_CFI		BIT(23) /* compatibility format; CFIS */

/* Root Table Address */
#define VTD_RTADDR_RTA		GENMASK_ULL(63, 12)
#define VTD_RTADDR_TTM		GENMASK_ULL(11, 10)
#define VTD_TTM_LEGACY		0
#define VTD_TTM_SCALABLE	1
#define VTD_TTM_ABORT		3

/* Context Command. CIRG and CAIG hold VTD_GRANULARITY_* of section 6.5.1.1. */
#define VTD_CCMD_ICC		BIT_ULL(63)
#define VTD_CCMD_CIRG		GENMASK_ULL(62, 61)
#define VTD_CCMD_CAIG		GENMASK_ULL(60, 59)
#define VTD_CCMD_FM		GENMASK_ULL(33, 32)
#define VTD_CCMD_SID		GENMASK_ULL(31, 16)
#define VTD_CCMD_DID		GENMASK_ULL(15, 0)

/* Invalidate Address and IOTLB Invalidate, from the offset in VTD_ECAP_IRO */
#define VTD_IVA			0x0
#define VTD_IOTLB		0x8
#define VTD_IVA_ADDR		GENMASK_ULL(63, 12)
#define VTD_IVA_IH		BIT_ULL(6)
#define VTD_IVA_AM		GENMASK_ULL(5, 0)
#define VTD_IOTLB_IVT		BIT_ULL(63)
#define VTD_IOTLB_IIRG		GENMASK_ULL(61, 60)
#define VTD_IOTLB_IAIG		GENMASK_ULL(58, 57)
#define VTD_IOTLB_DR		BIT_ULL(49)
#define VTD_IOTLB_DW		BIT_ULL(48)
#define VTD_IOTLB_DID		GENMASK_ULL(47, 32)

/* Granularities; the finest one differs. Sections 6.5.1.1 and 6.5.1.2 */
#define VTD_GRANULARITY_GLOBAL	1
#define VTD_GRANULARITY_DOMAIN	2
#define VTD_GRANULARITY_DEVICE	3 /* of the context cache */
#define VTD_GRANULARITY_PAGE	3 /* of the IOTLB */

/* Fault Status */
#define VTD_FSTS_PFO		BIT(0) /* overflow */
#define VTD_FSTS_PPF		BIT(1) /* pending */
#define VTD_FSTS_IQE		BIT(4) /* invalidation queue error */
#define VTD_FSTS_ICE		BIT(5) /* invalidation completion error */
#define VTD_FSTS_ITE		BIT(6) /* invalidation time-out error */
#define VTD_FSTS_FRI		GENMASK(15, 8) /* first pending record */

/* Fault Event Control, Invalidation Event Control */
#define VTD_EVENT_CONTROL_IM	BIT(31) /* masked */
#define VTD_EVENT_CONTROL_IP	BIT(30) /* pending */

/* Fault Recording, two words */
#define VTD_FRCD_SIZE		16
#define VTD_FRCD_0_FI		GENMASK_ULL(63, 12) /* page of the address */
#define VTD_FRCD_0_INDEX	GENMASK_ULL(63, 48) /* of an interrupt */
#define VTD_FRCD_1_F		BIT_ULL(63)
#define VTD_FRCD_1_T1		BIT_ULL(62) /* with T2 = 0: a read */
#define VTD_FRCD_1_AT		GENMASK_ULL(61, 60)
#define VTD_FRCD_1_PV		GENMASK_ULL(59, 40) /* PASID */
#define VTD_FRCD_1_FR		GENMASK_ULL(39, 32) /* enum vtd_fault */
#define VTD_FRCD_1_PP		BIT_ULL(31) /* PASID present */
#define VTD_FRCD_1_EXE		BIT_ULL(30)
#define VTD_FRCD_1_PRIV		BIT_ULL(29)
#define VTD_FRCD_1_T2		BIT_ULL(28)
#define VTD_FRCD_1_SID		GENMASK_ULL(15, 0)

/* Protected Memory Enable */
#define VTD_PMEN_EPM		BIT(31)
#define VTD_PMEN_PRS		BIT(0)

/* Invalidation Queue Address; the size is 2^QS pages */
#define VTD_IQA_IQA		GENMASK_ULL(63, 12)
#define VTD_IQA_DW		BIT_ULL(11) /* descriptors of 256 bits */
#define VTD_IQA_QS		GENMASK_ULL(2, 0)

/* Invalidation Queue Head and Tail: byte offsets */
#define VTD_IQ_OFFSET		GENMASK_ULL(18, 4)

/* Invalidation Completion Status */
#define VTD_ICS_IWC		BIT(0)

/* Invalidation Queue Error Record */
#define VTD_IQERCD_IQEI		GENMASK_ULL(3, 0) /* enum vtd_queue_error */
#define VTD_IQERCD_ITESID	GENMASK_ULL(47, 32)
#define VTD_IQERCD_ICESID	GENMASK_ULL(63, 48)

/**
 * enum vtd_queue_error - Invalidation Queue Error Information
 * @VTD_IQEI_NONE: No information.
 * @VTD_IQEI_TAIL: The tail is beyond the queue.
 * @VTD_IQEI_FETCH: A descriptor could not be fetched.
 * @VTD_IQEI_TYPE: Unknown type of a descriptor.
 * @VTD_IQEI_RESERVED: Reserved bits are set in a descriptor.
 * @VTD_IQEI_WIDTH: IQA.DW does not fit the translation mode.
 * @VTD_IQEI_ALIGNMENT: The tail is within a descriptor of 256 bits.
 * @VTD_IQEI_TTM: The translation mode is not one that can be.
 */
enum vtd_queue_error {
	VTD_IQEI_NONE		= 0,
	VTD_IQEI_TAIL		= 1,
	VTD_IQEI_FETCH		= 2,
	VTD_IQEI_TYPE		= 3,
	VTD_IQEI_RESERVED	= 4,
	VTD_IQEI_WIDTH		= 5,
	VTD_IQEI_ALIGNMENT	= 6,
	VTD_IQEI_TTM		= 7,
};

/* Interrupt Remapping Table Address; the table has 2^(S + 1) entries */
#define VTD_IRTA_IRTA		GENMASK_ULL(63, 12)
#define VTD_IRTA_EIME		BIT_ULL(11)
#define VTD_IRTA_S		GENMASK_ULL(3, 0)

/*
 * Descriptors of the invalidation queue, section 6.5.2. The type is in bits 3:0
 * and 11:9 of word 0. Names end in the number of the word.
 */
#define VTD_QI_TYPE		GENMASK_ULL(3, 0)
#define VTD_QI_TYPE_HIGH	GENMASK_ULL(11, 9)
#define VTD_QI_CONTEXT		0x1 /* section 6.5.2.1 */
#define VTD_QI_IOTLB		0x2 /* section 6.5.2.3 */
#define VTD_QI_DEVICE_TLB	0x3 /* section 6.5.2.5 */
#define VTD_QI_INTERRUPT	0x4 /* section 6.5.2.7 */
#define VTD_QI_WAIT		0x5 /* section 6.5.2.8 */
#define VTD_QI_PASID_IOTLB	0x6 /* section 6.5.2.4 */
#define VTD_QI_PASID		0x7 /* section 6.5.2.2 */
#define VTD_QI_PASID_DEVICE_TLB	0x8 /* section 6.5.2.6 */

#define VTD_QI_CONTEXT_0_G	GENMASK_ULL(5, 4)
#define VTD_QI_CONTEXT_0_DID	GENMASK_ULL(31, 16)
#define VTD_QI_CONTEXT_0_SID	GENMASK_ULL(47, 32)
#define VTD_QI_CONTEXT_0_FM	GENMASK_ULL(49, 48)

#define VTD_QI_IOTLB_0_G	GENMASK_ULL(5, 4)
#define VTD_QI_IOTLB_0_DW	BIT_ULL(6)
#define VTD_QI_IOTLB_0_DR	BIT_ULL(7)
#define VTD_QI_IOTLB_0_DID	GENMASK_ULL(31, 16)
#define VTD_QI_IOTLB_1_AM	GENMASK_ULL(5, 0)
#define VTD_QI_IOTLB_1_IH	BIT_ULL(6)
#define VTD_QI_IOTLB_1_ADDR	GENMASK_ULL(63, 12)

#define VTD_QI_INTERRUPT_0_G	BIT_ULL(4) /* by index, else global */
#define VTD_QI_INTERRUPT_0_IM	GENMASK_ULL(31, 27)
#define VTD_QI_INTERRUPT_0_IIDX	GENMASK_ULL(47, 32)

#define VTD_QI_WAIT_0_IF	BIT_ULL(4) /* interrupt */
#define VTD_QI_WAIT_0_SW	BIT_ULL(5) /* status write */
#define VTD_QI_WAIT_0_FN	BIT_ULL(6) /* fence */
#define VTD_QI_WAIT_0_PD	BIT_ULL(7) /* page-request drain */
#define VTD_QI_WAIT_0_DATA	GENMASK_ULL(63, 32)
#define VTD_QI_WAIT_1_ADDR	GENMASK_ULL(63, 2)

#define VTD_QI_PASID_IOTLB_0_G		GENMASK_ULL(5, 4)
#define VTD_QI_PASID_IOTLB_0_DID	GENMASK_ULL(31, 16)
#define VTD_QI_PASID_IOTLB_0_PASID	GENMASK_ULL(51, 32)
#define VTD_QI_PASID_IOTLB_1_AM		GENMASK_ULL(5, 0)
#define VTD_QI_PASID_IOTLB_1_IH		BIT_ULL(6)
#define VTD_QI_PASID_IOTLB_1_ADDR	GENMASK_ULL(63, 12)
#define VTD_PASID_IOTLB_PASID		2 /* all of the PASID */
#define VTD_PASID_IOTLB_PAGE		3

#define VTD_QI_PASID_0_G	GENMASK_ULL(5, 4)
#define VTD_QI_PASID_0_DID	GENMASK_ULL(31, 16)
#define VTD_QI_PASID_0_PASID	GENMASK_ULL(51, 32)
#define VTD_PASID_CACHE_DOMAIN	0
#define VTD_PASID_CACHE_PASID	1
#define VTD_PASID_CACHE_GLOBAL	3

/* PFSID is in two pieces, where ECAP.DIT has it at all. */
#define VTD_QI_DEVICE_TLB_0_PFSID_LOW	GENMASK_ULL(15, 12)
#define VTD_QI_DEVICE_TLB_0_MIP		GENMASK_ULL(20, 16)
#define VTD_QI_DEVICE_TLB_0_SID		GENMASK_ULL(47, 32)
#define VTD_QI_DEVICE_TLB_0_PFSID_HIGH	GENMASK_ULL(63, 52)
#define VTD_QI_DEVICE_TLB_1_S		BIT_ULL(0)
#define VTD_QI_DEVICE_TLB_1_ADDR	GENMASK_ULL(63, 12)

#define VTD_QI_PASID_DEVICE_TLB_0_MIP		GENMASK_ULL(8, 4)
#define VTD_QI_PASID_DEVICE_TLB_0_PFSID_LOW	GENMASK_ULL(15, 12)
#define VTD_QI_PASID_DEVICE_TLB_0_SID		GENMASK_ULL(31, 16)
#define VTD_QI_PASID_DEVICE_TLB_0_PASID		GENMASK_ULL(51, 32)
#define VTD_QI_PASID_DEVICE_TLB_0_PFSID_HIGH	GENMASK_ULL(63, 52)
#define VTD_QI_PASID_DEVICE_TLB_1_G		BIT_ULL(0)
#define VTD_QI_PASID_DEVICE_TLB_1_S		BIT_ULL(11)
#define VTD_QI_PASID_DEVICE_TLB_1_ADDR		GENMASK_ULL(63, 12)

/* Root entry, section 9.1, and scalable-mode root entry, section 9.2 */
#define VTD_ROOT_ENTRY_WORDS	2
#define VTD_ROOT_P		BIT_ULL(0) /* word 0; scalable: of devfn 0-127 */
#define VTD_ROOT_CTP		GENMASK_ULL(63, 12)

/* Context entry, section 9.3 */
#define VTD_CONTEXT_WORDS	2
#define VTD_CONTEXT_0_P		BIT_ULL(0)
#define VTD_CONTEXT_0_FPD	BIT_ULL(1)
#define VTD_CONTEXT_0_TT	GENMASK_ULL(3, 2)
#define VTD_CONTEXT_0_SSPTPTR	GENMASK_ULL(63, 12)
#define VTD_CONTEXT_1_AW	GENMASK_ULL(2, 0)
#define VTD_CONTEXT_1_IGNORED	GENMASK_ULL(6, 3)
#define VTD_CONTEXT_1_DID	GENMASK_ULL(23, 8)
#define VTD_TT_UNTRANSLATED	0
#define VTD_TT_ALL		1
#define VTD_TT_PASS_THROUGH	2

/* Scalable-mode context entry, section 9.4 */
#define VTD_SM_CONTEXT_WORDS		4
#define VTD_SM_CONTEXT_0_P		BIT_ULL(0)
#define VTD_SM_CONTEXT_0_FPD		BIT_ULL(1)
#define VTD_SM_CONTEXT_0_DTE		BIT_ULL(2)
#define VTD_SM_CONTEXT_0_PASIDE		BIT_ULL(3)
#define VTD_SM_CONTEXT_0_PRE		BIT_ULL(4)
#define VTD_SM_CONTEXT_0_PDTS		GENMASK_ULL(11, 9) /* 2^(PDTS + 7) */
#define VTD_SM_CONTEXT_0_PASIDDIRPTR	GENMASK_ULL(63, 12)
#define VTD_SM_CONTEXT_1_RID_PASID	GENMASK_ULL(19, 0)
#define VTD_SM_CONTEXT_1_RID_PRIV	BIT_ULL(20)

/* PASID directory entry, section 9.5; one for 64 PASIDs */
#define VTD_PASID_DIR_P		BIT_ULL(0)
#define VTD_PASID_DIR_FPD	BIT_ULL(1)
#define VTD_PASID_DIR_SMPTBLPTR	GENMASK_ULL(63, 12)

/* PASID table entry, section 9.6 */
#define VTD_PASID_WORDS		8
#define VTD_PASID_0_P		BIT_ULL(0)
#define VTD_PASID_0_FPD		BIT_ULL(1)
#define VTD_PASID_0_AW		GENMASK_ULL(4, 2)
#define VTD_PASID_0_PGTT	GENMASK_ULL(8, 6)
#define VTD_PASID_0_SSADE	BIT_ULL(9)
#define VTD_PASID_0_SSPTPTR	GENMASK_ULL(63, 12)
#define VTD_PASID_1_DID		GENMASK_ULL(15, 0)
#define VTD_PASID_1_PWSNP	BIT_ULL(23) /* walks snoop */
#define VTD_PASID_1_PGSNP	BIT_ULL(24) /* accesses to pages snoop */
#define VTD_PASID_2_SRE		BIT_ULL(0)
#define VTD_PASID_2_ERE		BIT_ULL(1)
#define VTD_PASID_2_FSPM	GENMASK_ULL(3, 2) /* levels - 4 */
#define VTD_PASID_2_WPE		BIT_ULL(4)
#define VTD_PASID_2_NXE		BIT_ULL(5)
#define VTD_PASID_2_SMEP	BIT_ULL(6)
#define VTD_PASID_2_EAFE	BIT_ULL(7)
#define VTD_PASID_2_FSPTPTR	GENMASK_ULL(63, 12)
#define VTD_PGTT_FIRST		1
#define VTD_PGTT_SECOND		2
#define VTD_PGTT_NESTED		3
#define VTD_PGTT_PASS_THROUGH	4

/* First-stage paging entries, section 9.7 */
#define VTD_FS_P		BIT_ULL(0)
#define VTD_FS_RW		BIT_ULL(1)
#define VTD_FS_US		BIT_ULL(2)
#define VTD_FS_A		BIT_ULL(5)
#define VTD_FS_D		BIT_ULL(6)
#define VTD_FS_PS		BIT_ULL(7)
#define VTD_FS_EA		BIT_ULL(10)
#define VTD_FS_ADDR		GENMASK_ULL(51, 12)
#define VTD_FS_IGNORED_HIGH	GENMASK_ULL(62, 52)
#define VTD_FS_XD		BIT_ULL(63)

/* Second-stage paging entries, section 9.8 */
#define VTD_SS_R		BIT_ULL(0)
#define VTD_SS_W		BIT_ULL(1)
#define VTD_SS_PS		BIT_ULL(7)
#define VTD_SS_A		BIT_ULL(8)
#define VTD_SS_D		BIT_ULL(9)
#define VTD_SS_SNP		BIT_ULL(11)
#define VTD_SS_ADDR		GENMASK_ULL(51, 12)
#define VTD_SS_TM		BIT_ULL(62)

/* Interrupt request in remappable format, section 5.1.2.2 */
#define VTD_INTERRUPT_BASE	0xfee00000ULL /* of 1 MiB, section 3.14 */
#define VTD_INTERRUPT_LAST	0xfeefffffULL
#define VTD_MSI_HANDLE_LOW	GENMASK_ULL(19, 5)
#define VTD_MSI_REMAPPABLE	BIT_ULL(4)
#define VTD_MSI_SHV		BIT_ULL(3)
#define VTD_MSI_HANDLE_HIGH	BIT_ULL(2)
#define VTD_MSI_DATA_SUBHANDLE	GENMASK(15, 0)
#define VTD_MSI_DATA_RESERVED	GENMASK(31, 16)

/* Interrupt request in compatibility format, section 5.1.2.1 */
#define VTD_MSI_DESTINATION	GENMASK_ULL(19, 12)
#define VTD_MSI_DATA_VECTOR	GENMASK(7, 0)

/* Interrupt remapping table entry, sections 9.10 and 9.11 */
#define VTD_IRTE_WORDS		2
#define VTD_IRTE_0_P		BIT_ULL(0)
#define VTD_IRTE_0_FPD		BIT_ULL(1)
#define VTD_IRTE_0_DM		BIT_ULL(2)
#define VTD_IRTE_0_RH		BIT_ULL(3)
#define VTD_IRTE_0_TM		BIT_ULL(4)
#define VTD_IRTE_0_DLM		GENMASK_ULL(7, 5)
#define VTD_IRTE_0_AVAIL	GENMASK_ULL(11, 8)
#define VTD_IRTE_0_IM		BIT_ULL(15) /* posted */
#define VTD_IRTE_0_V		GENMASK_ULL(23, 16)
#define VTD_IRTE_0_DST		GENMASK_ULL(63, 32)
#define VTD_IRTE_0_DST_XAPIC	GENMASK_ULL(47, 40)
#define VTD_IRTE_0_URG		BIT_ULL(14)	    /* posted */
#define VTD_IRTE_0_PDA_LOW	GENMASK_ULL(63, 38) /* posted: bits 31:6 */
#define VTD_IRTE_1_SID		GENMASK_ULL(15, 0)
#define VTD_IRTE_1_SQ		GENMASK_ULL(17, 16)
#define VTD_IRTE_1_SVT		GENMASK_ULL(19, 18)
#define VTD_IRTE_1_PDA_HIGH	GENMASK_ULL(63, 32) /* posted */
#define VTD_SVT_NONE		0
#define VTD_SVT_SID		1
#define VTD_SVT_BUS		2 /* SID holds the first and the last bus */

/* Posted-interrupt descriptor, section 9.12; words 0 to 3 are PIR */
#define VTD_PID_WORDS		8
#define VTD_PID_4_ON		BIT_ULL(0)
#define VTD_PID_4_SN		BIT_ULL(1)
#define VTD_PID_4_NV		GENMASK_ULL(23, 16)
#define VTD_PID_4_NDST		GENMASK_ULL(63, 32)
#define VTD_PID_4_NDST_XAPIC	GENMASK_ULL(47, 40)

/*
 * Fault reasons, section 7.1.3: of legacy mode up to 0x0f, of interrupts from
 * 0x20, of scalable mode from 0x30. "Access": hardware got an error when it read
 * the entry. "Reserved": a reserved field is not 0.
 */
enum vtd_fault {
	VTD_FAULT_NONE			= 0x00,

	VTD_FAULT_ROOT_NOT_PRESENT	= 0x01,
	VTD_FAULT_CONTEXT_NOT_PRESENT	= 0x02,
	VTD_FAULT_CONTEXT_INVALID	= 0x03,	/* TT or AW cannot be */
	VTD_FAULT_BEYOND_WIDTH		= 0x04,	/* MGAW, AW; HAW if untranslated */
	VTD_FAULT_NO_WRITE		= 0x05,
	VTD_FAULT_NO_READ		= 0x06,
	VTD_FAULT_PAGING_ACCESS		= 0x07,
	VTD_FAULT_ROOT_ACCESS		= 0x08,
	VTD_FAULT_CONTEXT_ACCESS	= 0x09,
	VTD_FAULT_ROOT_RESERVED		= 0x0a,
	VTD_FAULT_CONTEXT_RESERVED	= 0x0b,
	VTD_FAULT_PAGING_RESERVED	= 0x0c,
	VTD_FAULT_TT_BLOCKS		= 0x0d,	/* requests of a device TLB */
	VTD_FAULT_INTERRUPT_ADDRESS	= 0x0e,	/* leads to 0xfeexxxxx */

	VTD_FAULT_IR_REQUEST_RESERVED	= 0x20,
	VTD_FAULT_IR_INDEX		= 0x21,	/* beyond the table */
	VTD_FAULT_IR_NOT_PRESENT	= 0x22,
	VTD_FAULT_IR_ACCESS		= 0x23,
	VTD_FAULT_IR_RESERVED		= 0x24,
	VTD_FAULT_IR_COMPATIBILITY	= 0x25,	/* format not allowed */
	VTD_FAULT_IR_SOURCE		= 0x26,	/* of another requester */
	VTD_FAULT_IR_PID_ACCESS		= 0x27,
	VTD_FAULT_IR_PID_RESERVED	= 0x28,

	VTD_FAULT_SM_TTM		= 0x30,	/* RTADDR.TTM cannot be */
	VTD_FAULT_SM_PASID_IN_LEGACY	= 0x31,
	VTD_FAULT_SM_ROOT_ACCESS	= 0x38,
	VTD_FAULT_SM_ROOT_NOT_PRESENT	= 0x39,
	VTD_FAULT_SM_ROOT_RESERVED	= 0x3a,
	VTD_FAULT_SM_CONTEXT_ACCESS	= 0x40,
	VTD_FAULT_SM_CONTEXT_NOT_PRESENT = 0x41,
	VTD_FAULT_SM_CONTEXT_RESERVED	= 0x42,
	VTD_FAULT_SM_CONTEXT_INVALID	= 0x43,	/* PRE without DTE */
	VTD_FAULT_SM_NO_DTE		= 0x44,
	VTD_FAULT_SM_NO_PASIDE		= 0x45,
	VTD_FAULT_SM_PASID_TOO_LARGE	= 0x46,	/* for PDTS */
	VTD_FAULT_SM_RID_PASID		= 0x48,	/* too large for PDTS */
	VTD_FAULT_SM_DIR_ACCESS		= 0x50,
	VTD_FAULT_SM_DIR_NOT_PRESENT	= 0x51,
	VTD_FAULT_SM_DIR_RESERVED	= 0x52,
	VTD_FAULT_SM_PASID_ACCESS	= 0x58,
	VTD_FAULT_SM_PASID_NOT_PRESENT	= 0x59,
	VTD_FAULT_SM_PASID_RESERVED	= 0x5a,
	VTD_FAULT_SM_PASID_INVALID	= 0x5b,	/* PGTT, AW, FSPM cannot be */
	VTD_FAULT_SM_NO_ERE		= 0x5c,
	VTD_FAULT_SM_NO_SRE		= 0x5d,
	VTD_FAULT_SM_FS_ACCESS		= 0x70,
	VTD_FAULT_SM_FS_NOT_PRESENT	= 0x71,
	VTD_FAULT_SM_FS_RESERVED	= 0x72,
	VTD_FAULT_SM_FS_TOP_ACCESS	= 0x73,	/* by FSPTPTR */
	VTD_FAULT_SM_FS_BEYOND_WIDTH	= 0x74,	/* nested: of the second stage */
	VTD_FAULT_SM_FS_TOP_NO_READ	= 0x75,	/* nested: of the top table */
	VTD_FAULT_SM_FS_NO_READ		= 0x76,	/* nested: of another table */
	VTD_FAULT_SM_FS_NO_WRITE	= 0x77,	/* nested: of flags */
	VTD_FAULT_SM_SS_ACCESS		= 0x78,
	VTD_FAULT_SM_SS_PERMISSION	= 0x79,
	VTD_FAULT_SM_SS_RESERVED	= 0x7a,
	VTD_FAULT_SM_SS_POINTER		= 0x7b,	/* access by SSPTPTR */
	VTD_FAULT_SM_SS_AD_NO_SNOOP	= 0x7c,	/* flags need snooping */
	VTD_FAULT_SM_NOT_CANONICAL	= 0x80,
	VTD_FAULT_SM_NO_USER		= 0x81,
	VTD_FAULT_SM_NO_EXECUTE		= 0x82,
	VTD_FAULT_SM_BEYOND_HAW		= 0x83,	/* of an untranslated address */
	VTD_FAULT_SM_SS_BEYOND_WIDTH	= 0x84,	/* MGAW, AW */
	VTD_FAULT_SM_NO_WRITE		= 0x85,
	VTD_FAULT_SM_NO_READ		= 0x86,
	VTD_FAULT_SM_INTERRUPT_ADDRESS	= 0x87,	/* leads to 0xfeexxxxx */
	VTD_FAULT_SM_FS_AD_NO_SNOOP	= 0x90,	/* flags need snooping */
	VTD_FAULT_SM_FS_AD_ACCESS	= 0x91,	/* flags cannot be set */
};

#endif /* _LIB_KUNIT_TESTS_VTD_SPEC_H */
