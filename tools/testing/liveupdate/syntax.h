/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SYNTAX_H
#define SYNTAX_H

#include <stdbool.h>

bool is_json(const char *text);
bool is_xml(const char *text);

#endif /* SYNTAX_H */
