#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Remove everything that the other scripts made in the build directory, but
# not the downloaded package.
set -euo pipefail
. "$(dirname "$0")/common.sh"

rm -rf "$TREE" "$PRISTINE" "$PRISTINE.new" "$OUT"/{base/id,base/apt,stage,stage.new,results} \
	"$OUT"/{kunit-*,abi,check,quilt,series,prefixes,mutants,bench,kcsan,matrix-*,vm,vm-*,base/vm-kernel,htmldocs,*.log,patch.log,.lock}
rmdir --ignore-fail-on-non-empty "$OUT/base" "$OUT" 2>/dev/null || true
