// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel's files call, apart from KHO: memory, messages, and the list of
 * backends.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/err.h>
#include <linux/init.h>
#include <linux/iommu-liveupdate.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "../../../lib/kunit_tests/iommu_test_backend.h"
#include "backends.h"
#include "kernel.h"

static message_fn messages;
static unsigned long allocations, failing;

/* The rest of a failed WARN_ON() in the kernel is what is to be found here. */
void kernel_warning(const char *condition)
{
	fprintf(stderr, "kho_image: the kernel would warn: %s\n", condition);
	abort();
}

/* Memory */

/* Let the nth allocation from now on fail, 0 for none. */
void kernel_fail_alloc(unsigned long nth)
{
	allocations = 0;
	failing = nth;
}

unsigned long kernel_allocations(void)
{
	return allocations;
}

static bool fails(void)
{
	return ++allocations == failing;
}

/* As the kernel's, an allocation of nothing is no failure, and one of 2 GiB is. */
void *kernel_alloc(size_t count, size_t size)
{
	if (fails() || (size && count > INT_MAX / size))
		return NULL;
	return calloc(count ?: 1, size);
}

void *kernel_realloc(const void *mem, size_t size)
{
	return fails() || size == SIZE_MAX ? NULL : realloc((void *)mem, size);
}

void kernel_free(const void *mem)
{
	free((void *)mem);
}

/* Messages */

const char *errno_name(int err)
{
	return strerrorname_np(err < 0 ? -err : err) ?: "?";
}

/* One conversion, which begins with %: what it prints, and where it ends. */
static const char *convert(char *buf, size_t size, const char *format, va_list *args)
{
	const size_t length = strspn(format + 1, "#0123456789l") + 2;
	char conversion[16];

	snprintf(conversion, sizeof(conversion), "%.*s", (int)length, format);
	if (conversion[length - 1] == 's')
		snprintf(buf, size, conversion, va_arg(*args, char *));
	else if (conversion[length - 1] == 'p')
		snprintf(buf, size, "-%s", errno_name(PTR_ERR(va_arg(*args, void *))));
	else if (strstr(conversion, "ll"))
		snprintf(buf, size, conversion, va_arg(*args, unsigned long long));
	else
		snprintf(buf, size, conversion, va_arg(*args, unsigned int));
	/* %pe has a letter more. */
	return format + length + (conversion[length - 1] == 'p');
}

/* As the kernel's, with %s, %d, %u, %x, %llu, %llx and %pe only */
int vscnprintf(char *buf, size_t size, const char *format, va_list args)
{
	va_list rest;
	size_t used = 0;

	va_copy(rest, args);
	while (*format && used + 1 < size) {
		if (*format != '%') {
			buf[used++] = *format++;
			continue;
		}
		format = convert(buf + used, size - used, format, &rest);
		used += strnlen(buf + used, size - used);
	}
	va_end(rest);
	buf[used] = 0;
	return used;
}

int scnprintf(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	int used;

	va_start(args, format);
	used = vscnprintf(buf, size, format, args);
	va_end(args);
	return used;
}

/* Where messages go, NULL for nowhere */
void kernel_set_messages(message_fn fn)
{
	messages = fn;
}

void kernel_message(const char *format, ...)
{
	char text[256];
	va_list args;

	if (!messages)
		return;
	va_start(args, format);
	vscnprintf(text, sizeof(text), format, args);
	va_end(args);
	text[strcspn(text, "\n")] = 0;
	messages(text);
}

/* Backends */

#define MAX_BACKENDS	8

static const struct iommu_vendor_records *registered[MAX_BACKENDS + 1];

const struct iommu_vendor_records *const *backends(void)
{
	return registered;
}

int iommu_liveupdate_register_backend(const struct iommu_vendor_records *records)
{
	for (unsigned int i = 0; i < MAX_BACKENDS; i++) {
		if (registered[i])
			continue;
		registered[i] = records;
		return 0;
	}
	kernel_warning("there are more backends than MAX_BACKENDS");
	return -ENOSPC;
}

/* No kernel has it, but images of KUnit suites do. */
static int register_test_backend(void)
{
	return iommu_liveupdate_register_backend(&test_vendor_records);
}
core_initcall(register_test_backend);
