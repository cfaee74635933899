#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run suites on x86-64, on two CPUs, with the detector of data races, and print how
# many races it has found: make kcsan. CASES names the suites, those of races of the
# IOMMU core and all of iommufd if it is not given, one boot for each glob.
set -euo pipefail
. "$(dirname "$0")/common.sh"

readonly build=$OUT/kcsan results=$OUT/results/kcsan
readonly kunit=tools/testing/kunit

need python3 python3
need gcc gcc
need qemu-system-x86_64 qemu-system-x86
PATH=$TOP/scripts/qemu:$PATH

options=(
	--arch=x86_64
	--build_dir="$build"
	--make_options="CC=$(compiler)"
	--kunitconfig=drivers/iommu/liveupdate
	--kunitconfig="$kunit/configs/liveupdate_x86_64.config"
	--kconfig_add=CONFIG_KCSAN=y
	--kconfig_add=CONFIG_KCSAN_STRICT=y
	--kconfig_add=CONFIG_KCSAN_REPORT_ONCE_IN_MS=0
	--timeout=1800
	--qemu_args="-smp 2"
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
