/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The layout of memfd-v2, which Linux 7.3 writes and later kernels read. Its header has no
 * ranges, and is not locked. These lines are as those that are generated of ours: see
 * members.c.
 */
ABI_STRUCT(memfd_luo_ser);
ABI_MEMBER(u64, struct memfd_luo_ser, pos);
ABI_DOC(memfd_luo_ser, pos, "0 to MAX_LFS_FILESIZE", "");
ABI_MEMBER(u64, struct memfd_luo_ser, size);
ABI_DOC(memfd_luo_ser, size, "0 to MAX_LFS_FILESIZE, and MEMFD_V3_PAGES_MAX pages", "");
ABI_MEMBER(u32, struct memfd_luo_ser, seals);
ABI_DOC(memfd_luo_ser, seals, "bits of MEMFD_V3_SEALS_KNOWN", "");
ABI_MEMBER(u32, struct memfd_luo_ser, flags);
ABI_DOC(memfd_luo_ser, flags, "bits of MEMFD_V3_FLAGS_KNOWN", "");
ABI_MEMBER(u64, struct memfd_luo_ser, nr_folios);
ABI_DOC(memfd_luo_ser, nr_folios, "0 if @size is 0, else 1 to the pages of @size", "");
ABI_MEMBER(u64, struct memfd_luo_ser, folios.first.phys);
ABI_DOC(memfd_luo_ser, folios.first.phys, "a preserved page; 0 without folios", "");
ABI_MEMBER(u32, struct memfd_luo_ser, folios.total_pages);
ABI_DOC(memfd_luo_ser, folios.total_pages, "as many as @nr_folios entries take", "");
ABI_MEMBER(u16, struct memfd_luo_ser, folios.flags);
ABI_DOC(memfd_luo_ser, folios.flags, "MEMFD_V3_ARRAY_FLAGS; 0 without folios", "");
ABI_MEMBER(u16, struct memfd_luo_ser, folios.order);
ABI_DOC(memfd_luo_ser, folios.order, "0", "");

ABI_STRUCT(memfd_luo_folio_ser);
/* Bit-fields: a page frame of 52 bits, and 12 flags above it */
add_member("u64", ", pfn", 0, sizeof(u64), 0);
ABI_DOC(memfd_luo_folio_ser, pfn, "preserved, with flags 3, and by no other entry or record", "");
ABI_MEMBER(u64, struct memfd_luo_folio_ser, index);
ABI_DOC(memfd_luo_folio_ser, index, "where the folio before it ends", "");
