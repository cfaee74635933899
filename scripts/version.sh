#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Print what this is: the base kernel, its package, and our own revision.
set -euo pipefail
. "$(dirname "$0")/common.sh"

printf 'base kernel  %s\n' "$BASE_VERSION"
printf 'package      %s %s\n' "$BASE_PACKAGE" "$BASE_PACKAGE_VERSION"
printf 'revision     %s\n' "$(git -c safe.directory="$TOP" -C "$TOP" \
	describe --always --dirty --tags 2>/dev/null || echo unknown)"
