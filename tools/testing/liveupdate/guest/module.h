/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODULE_H
#define MODULE_H

int module_load(const char *name);
int module_unload(const char *name);
int module_users(const char *name);

#endif /* MODULE_H */
