#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run suites on x86-64, on two CPUs, with the detector of data races, and print how
# many races it has found: make kcsan. CASES names the suites, those of races of the
# IOMMU core and all of iommufd if it is not given, one boot for each glob.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$TOP/scripts/kunit-common.sh"

readonly build=$OUT/kcsan results=$OUT/results/kcsan

use_kunit x86_64 "$build"
options=(
	"${kunit_options[@]}"
	--kconfig_add=CONFIG_KCSAN=y
	--kconfig_add=CONFIG_KCSAN_STRICT=y
	--kconfig_add=CONFIG_KCSAN_REPORT_ONCE_IN_MS=0
	--timeout=1800
	--kernel_args="liveupdate_random.seed=${SEED:-1}"
)

[ -d "$build" ] || need_space 1 "the build with KCSAN"
mkdir -p "$results"
rm -f "$results"/*
cd "$TREE"
read -r -a globs <<<"${CASES:-iommu_races.* iommufd_*}"
status=0
for glob in "${globs[@]}"; do
	"./$kunit/kunit.py" run "${options[@]}" --json="$results/kunit.json" "$glob" ||
		status=1
	cat "$build/test.log" >>"$results/test.log"
done
grep 'BUG: KCSAN' "$results/test.log" | sort | uniq -c || true
say "$(grep -c 'BUG: KCSAN' "$results/test.log" || true) data races, the log is $results/test.log"
exit "$status"
