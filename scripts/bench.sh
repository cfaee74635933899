#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Print the figures of the benchmark, from a UML kernel without any checker. ARCH=x86_64
# has those of memfds under QEMU, for their large folios, which UML does not have.
# TIMES=1 adds how long make test takes, which is long.
set -euo pipefail
. "$(dirname "$0")/common.sh"

readonly kunit=tools/testing/kunit
readonly arch=${ARCH:-um}
readonly build=$OUT/kunit-bench-$arch

options=()
case $arch in
um)
	readonly suites='*bench*'
	;;
x86_64)
	need qemu-system-x86_64 qemu-system-x86
	PATH=$TOP/scripts/qemu:$PATH
	options+=(--qemu_args="-smp 2 -m 3072" --kconfig_add=CONFIG_TRANSPARENT_HUGEPAGE=y)
	readonly suites='memfd_bench*'
	;;
*)
	die "ARCH=$arch is unknown: use um or x86_64"
	;;
esac

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
	"./$kunit/kunit.py" run --arch="$arch" --build_dir="$build" \
		--make_options="CC=$(compiler)" \
		--kunitconfig=drivers/iommu/liveupdate \
		--kunitconfig="$kunit/configs/liveupdate_$arch.config" \
		--kconfig_add=CONFIG_IOMMU_LIVEUPDATE_BENCH=y "${options[@]}" \
		--timeout=900 "$suites" >"$OUT/bench.log" 2>&1 || {
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
