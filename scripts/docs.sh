#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build our documentation with the kernel's htmldocs. Any warning is an error.
# The pages are in $O/htmldocs/.
set -euo pipefail
. "$(dirname "$0")/common.sh"

readonly log=$OUT/htmldocs.log

need sphinx-build python3-sphinx

mkdir -p "$OUT/htmldocs"
make -s -C "$TREE" O="$OUT/htmldocs" htmldocs \
	SPHINXDIRS=driver-api/iommu-liveupdate >"$log" 2>&1 ||
	{ tail -n 20 "$log" >&2; die "the documentation does not build: see $log"; }
if grep -E 'WARNING|ERROR|Error|warning:' "$log" >&2; then
	die "the documentation builds with warnings: see $log"
fi
say "the pages are in $OUT/htmldocs/Documentation/output/driver-api/iommu-liveupdate"
