/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages of the kernel's files. printf() does not know %pe, so these do not use it.
 */
#ifndef SHIM_LINUX_PRINTK_H
#define SHIM_LINUX_PRINTK_H

#ifndef pr_fmt
#define pr_fmt(fmt)	fmt
#endif

void kernel_message(const char *format, ...);

#define pr_err(fmt, ...)	kernel_message(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	kernel_message(pr_fmt(fmt), ##__VA_ARGS__)

/* What must not happen, and what the kernel survives: here it ends the program. */
#define WARN_ON_ONCE(condition)						\
	({ bool bad_ = (condition); if (bad_) kernel_warning(#condition); bad_; })
#define WARN_ON(condition)	WARN_ON_ONCE(condition)

void kernel_warning(const char *condition);

#endif /* SHIM_LINUX_PRINTK_H */
