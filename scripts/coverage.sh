#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run the suites on a UML kernel that counts, and print which part of the
# lines and branches of our files they reach.
set -euo pipefail
. "$(dirname "$0")/common.sh"

readonly kunit=tools/testing/kunit
readonly build=$OUT/kunit-coverage

need gcov gcc
need python3 python3
[ -d "$build" ] || need_space 1 "the build that counts"
cd "$TREE"

# gcc puts what writes the counts into .fini_array.00100, which UML's linker
# script does not know: call it as the one function that runs at the end.
readonly at_exit=LD_FLAGS_CMDLINE=-Wl,-fini=__gcov_exit

mkdir -p "$build"
find "$build" -name '*.gcda' -delete
"./$kunit/kunit.py" run --build_dir="$build" \
	--make_options="CC=$(compiler)" --make_options="$at_exit" \
	--kunitconfig=drivers/iommu/liveupdate \
	--kunitconfig="$kunit/configs/coverage_uml.config" \
	--timeout=1800 --kernel_args=liveupdate_random.seed=1 \
	>"$OUT/coverage.log" 2>&1 ||
	say "NOTE: kunit.py is not content, see $OUT/coverage.log"

mapfile -t counts < <(find "$build"/{drivers/iommu,lib/kunit_tests} -name '*.gcda' 2>/dev/null)
[ ${#counts[@]} -gt 0 ] || die "the kernel left no counts: see $OUT/coverage.log"
our_files | "$TOP/scripts/coverage-report.py" "$TREE" "${counts[@]}"
