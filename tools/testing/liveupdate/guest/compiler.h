/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPILER_H
#define COMPILER_H

/* A test has all of this from kselftest.h. */
#ifndef __KSELFTEST_H

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof(*(array)))

#define __noreturn __attribute__((	\
	noreturn))
#define __aligned(bytes) __attribute__((	\
	aligned(bytes)))
#define __printf(string, first) __attribute__((	\
	format(printf, string, first)))

#endif /* __KSELFTEST_H */

#endif /* COMPILER_H */
