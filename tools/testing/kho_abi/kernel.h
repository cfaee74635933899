/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KERNEL_H
#define KERNEL_H

typedef void (*message_fn)(const char *text);

void kernel_set_messages(message_fn fn);
void kernel_fail_alloc(unsigned long nth);
unsigned long kernel_allocations(void);
const char *errno_name(int err);

#endif /* KERNEL_H */
