/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FINDINGS_H
#define FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/compiler.h>
#include <linux/types.h>

struct iommu_record_error;
struct memfd_record_error;

/* What becomes of it */
enum finding_kind {
	FINDING_NOTE,		/* Nothing, but somebody may wonder */
	FINDING_STRICT,		/* A kernel takes it, and no kernel writes it */
	FINDING_REFUSED,	/* The next kernel refuses it */
	NR_FINDING_KINDS,
};

/**
 * struct finding - Something about an image
 * @kind: How bad it is.
 * @err: Negative errno of what is refused.
 * @member: The member that is refused.
 * @text: What there is to say.
 */
struct finding {
	enum finding_kind kind;
	int err;
	char member[32];
	char text[224];
};

void findings_set_brief(bool only_count);
void findings_begin(void);
void __printf(2, 3) findings_add(enum finding_kind kind, const char *format, ...);
void findings_refuse(const char *where, const char *what,
		     const struct iommu_record_error *error);
void findings_refuse_memfd(const char *where, const struct memfd_record_error *error);
const struct finding *findings_nth(size_t n);
size_t findings_count(enum finding_kind kind);
void findings_print(void);

#endif /* FINDINGS_H */
