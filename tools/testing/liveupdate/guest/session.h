/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SESSION_H
#define SESSION_H

#include <linux/types.h>

int session_create(const char *name);
int session_retrieve(const char *name);
int session_preserve_file(int session, int fd, __u64 token);
int session_retrieve_file(int session, __u64 token);
int session_finish(int session);

#endif /* SESSION_H */
