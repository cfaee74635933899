#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# All the checks that need no test run.
set -euo pipefail

status=0
"$(dirname "$0")/check-text.sh" || status=1
"$(dirname "$0")/check-build.sh" || status=1
exit "$status"
