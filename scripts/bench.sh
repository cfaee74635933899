#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Print the figures of the benchmark, from a UML kernel without any checker. ARCH=x86_64
# has those of memfds under QEMU, for their large folios, which UML does not have.
# TIMES=1 adds how long make test takes, which is long.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$TOP/scripts/kunit-common.sh"

readonly arch=${ARCH:-um}
readonly build=$OUT/kunit-bench-$arch

use_kunit "$arch" "$build"
options=("${kunit_options[@]}" --kconfig_add=CONFIG_IOMMU_LIVEUPDATE_BENCH=y --timeout=900)
suites='*bench*'
if [ "$arch" = x86_64 ]; then
	options+=(--qemu_args="-m 3072" --kconfig_add=CONFIG_TRANSPARENT_HUGEPAGE=y)
	suites='memfd_bench*'
fi
readonly suites

# The configuration of make test with every checker off.
checkers_off() {
	sed -n -e 's/^\(CONFIG_\(KASAN\|PROVE\|DEBUG\|UBSAN\)[A-Z0-9_]*\)=y$/\1/p' \
		"$kunit/configs/liveupdate_$arch.config"
	echo CONFIG_DEBUG_GENERIC_PT
}

figures() {
	local symbol
	for symbol in $(checkers_off); do
		options+=(--kconfig_add="$symbol=n")
	done
	[ -d "$build" ] || need_space 1 "the build of the benchmark"
	"./$kunit/kunit.py" run "${options[@]}" "$suites" >"$OUT/bench.log" 2>&1 || {
		tail -n 20 "$OUT/bench.log"
		die "the benchmark failed: see $OUT/bench.log"
	}
	sed -n -e 's/^.*\(bench: \)/\1/p' "$build/test.log"
}

# Run make test with the arguments given and print how long it took.
timed() {
	local what=$1 start=$SECONDS
	shift
	make -C "$TOP" test ARCH=um O="$OUT/bench" KSRC="$PRISTINE" "$@" \
		>"$OUT/bench.log" 2>&1 || say "NOTE: $what: the tests failed, see $OUT/bench.log"
	printf 'time: %-32s %2d min %02d s, of which the run %s\n' "$what" \
		$(((SECONDS - start) / 60)) $(((SECONDS - start) % 60)) \
		"$(sed -n 's/^.*building, \([0-9.]*s\) running.*/\1/p' "$OUT/bench.log")"
}

times() {
	rm -rf "$OUT/bench"
	need_space 5 "the second build"
	CCACHE_DISABLE=1 timed "cold, without ccache"
	timed "nothing touched"
	timed "nothing touched, FAST=1" FAST=1
	touch "$OUT/bench/linux/drivers/iommu/liveupdate/pages.c"
	timed "one file touched, FAST=1" FAST=1
	rm -rf "$OUT/bench"
}

cd "$TREE"
figures
[ "${TIMES:-}" != 1 ] || times
