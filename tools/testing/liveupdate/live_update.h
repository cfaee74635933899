/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVE_UPDATE_H
#define LIVE_UPDATE_H

#include "options.h"
#include "trace.h"

int live_update_run(const struct options *options, struct trace *trace);

#endif /* LIVE_UPDATE_H */
