// SPDX-License-Identifier: GPL-2.0-only

/**
 * DOC: Catalogue of the handover ABI
 *
 * Whether a kernel can take over from another one is better known before the kexec than
 * after it. So a kernel tells what it writes and reads, in
 * /sys/kernel/debug/iommu_liveupdate/catalogue, as JSON:
 *
 * ============== ====================================================================
 * version        major and minor version of what is written
 * fingerprint    IOMMU_ABI_FINGERPRINT, by which drafts are told apart
 * names          those of the headers by which LUO finds what is handed over
 * read-only      names of what is read, but not written any more
 * constants      all others of the headers
 * records        each struct, with its size
 * ============== ====================================================================
 *
 * The lists are made of the headers when the kernel is built, as those of the lock are.
 * tools/testing/kho_abi/catalogue.py makes the same of a source tree, and compares two of
 * them: what one kernel writes is read by the other one, or it says what is not.
 *
 * There is no unhappy path.
 */

#include <linux/kernel.h>
#include <linux/seq_file.h>
#include <linux/types.h>

#include "abi_headers.h"
#include "abi_fingerprint.h"
#include "catalogue.h"

/**
 * struct number - A constant or the size of a struct, by its name in the headers
 * @name: The name.
 * @value: The number.
 */
struct number {
	const char *name;
	u64 value;
};

/**
 * struct text - A constant that is a name
 * @name: Its name in the headers.
 * @value: What it is.
 */
struct text {
	const char *name;
	const char *value;
};

#define ABI_CONSTANT(name)	{ #name, name }
#define ABI_STRUCT(name)	{ #name, sizeof(struct name) }
#define ABI_STRING(name)	{ #name, name }

static const struct number constants[] = {
#include "abi_constants.h"
};

static const struct number records[] = {
#include "abi_structs.h"
};

static const struct text names[] = {
#include "abi_strings.h"
};

static const char * const read_only[] = {
#include "abi_read_only.h"
};

static void show_numbers(struct seq_file *m, const char *title, const struct number *numbers,
			 size_t count)
{
	seq_printf(m, " \"%s\": {\n", title);
	for (size_t i = 0; i < count; i++)
		seq_printf(m, "  \"%s\": %llu%s\n", numbers[i].name,
			   (unsigned long long)numbers[i].value, i + 1 < count ? "," : "");
}

static void show_names(struct seq_file *m)
{
	seq_puts(m, " \"names\": {\n");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		seq_printf(m, "  \"%s\": \"%s\"%s\n", names[i].name, names[i].value,
			   i + 1 < ARRAY_SIZE(names) ? "," : "");
	seq_puts(m, " },\n \"read-only\": [\n");
	for (size_t i = 0; i < ARRAY_SIZE(read_only); i++)
		seq_printf(m, "  \"%s\"%s\n", read_only[i],
			   i + 1 < ARRAY_SIZE(read_only) ? "," : "");
	seq_puts(m, " ],\n");
}

/**
 * iommu_abi_catalogue_show - Tell what this kernel writes and reads
 * @m: Where to
 *
 * Context: Any in which @m can be written.
 */
void iommu_abi_catalogue_show(struct seq_file *m)
{
	seq_printf(m, "{\n \"version\": [%u, %u],\n \"fingerprint\": \"%016llx\",\n",
		   IOMMU_ABI_VERSION_MAJOR, IOMMU_ABI_VERSION_MINOR,
		   (unsigned long long)IOMMU_ABI_FINGERPRINT);
	show_names(m);
	show_numbers(m, "constants", constants, ARRAY_SIZE(constants));
	seq_puts(m, " },\n");
	show_numbers(m, "records", records, ARRAY_SIZE(records));
	seq_puts(m, " }\n}\n");
}
