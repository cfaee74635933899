// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/kernel.h>

#include "../../../drivers/iommu/liveupdate/check.h"
#include "../../../mm/memfd_record.h"
#include "findings.h"
#include "kernel.h"
#include "memory.h"

static struct finding *all;
static size_t nr, capacity;
static bool brief;

static struct finding *add(enum finding_kind kind)
{
	all = list_make_room(all, nr, &capacity, sizeof(*all));
	all[nr] = (struct finding){ .kind = kind };
	return &all[nr++];
}

/* Only count, and put nothing in words. */
void findings_set_brief(bool only_count)
{
	brief = only_count;
}

/* There is nothing to say about an image yet. */
void findings_begin(void)
{
	nr = 0;
}

void findings_add(enum finding_kind kind, const char *format, ...)
{
	struct finding *finding = add(kind);
	va_list args;

	va_start(args, format);
	vsnprintf(finding->text, sizeof(finding->text), format, args);
	va_end(args);
}

/* What the kernel says of a record that it refuses */
void findings_refuse(const char *where, const char *what,
		     const struct iommu_record_error *error)
{
	struct finding *finding = add(FINDING_REFUSED);
	char text[IOMMU_RECORD_TEXT];

	finding->err = error->err;
	if (brief)
		return;
	iommu_record_describe(text, sizeof(text), what, error);
	snprintf(finding->text, sizeof(finding->text), "%.48s %s", where, text);
	snprintf(finding->member, sizeof(finding->member), "%s", error->member);
}

/* The same of the record of a memfd, which has its own kind of message */
void findings_refuse_memfd(const char *where, const struct memfd_record_error *error)
{
	struct finding *finding = add(FINDING_REFUSED);

	finding->err = error->err;
	if (brief)
		return;
	snprintf(finding->text, sizeof(finding->text), "%.48s %s %#llx %s (-%s)", where,
		 error->member, (ullong)error->value, error->reason, errno_name(error->err));
	snprintf(finding->member, sizeof(finding->member), "%s", error->member);
}

/* NULL after the last */
const struct finding *findings_nth(size_t n)
{
	return n < nr ? &all[n] : NULL;
}

size_t findings_count(enum finding_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < nr; i++)
		count += all[i].kind == kind;
	return count;
}

void findings_print(void)
{
	static const char *const kinds[NR_FINDING_KINDS] = {
		[FINDING_NOTE] = "note",
		[FINDING_STRICT] = "strict",
		[FINDING_REFUSED] = "refused",
	};

	for (size_t i = 0; i < nr; i++)
		printf("%s: %s\n", kinds[all[i].kind], all[i].text);
}
