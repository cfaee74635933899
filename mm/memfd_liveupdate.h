/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef __MM_MEMFD_LIVEUPDATE_H
#define __MM_MEMFD_LIVEUPDATE_H

struct file;
struct folio;
struct liveupdate_file_op_args;
struct memfd_record_format;

int memfd_liveupdate_retrieve(struct liveupdate_file_op_args *args,
			      const struct memfd_record_format *format);
void memfd_liveupdate_finish(struct liveupdate_file_op_args *args,
			     const struct memfd_record_format *format);

/* mm/memfd_luo.c */
long memfd_luo_pin_folios(struct file *file, struct folio ***foliosp);
int memfd_luo_preserve_folio(struct folio *folio);

#endif
