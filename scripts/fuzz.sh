#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Let libFuzzer look for images of the handover that the readers do not survive, for
# FUZZ_SECONDS or for RUNS executions, and print how much of the readers the images reach.
#
# It begins with the corpus, and all damaged images that are derived from it. What it
# finds out is kept in $O/fuzz/corpus, for the next time; an image that is wrong in
# $O/fuzz/finds.
set -euo pipefail
. "$(dirname "$0")/common.sh"

version=$(clang_version)
readonly version clang=clang-$version build=$OUT/fuzz bench=$TREE/tools/testing/kho_abi
readonly seconds=${FUZZ_SECONDS:-60} runs=${RUNS:--1}
readonly sanitizers=address,undefined

need "$clang" "$clang"
need "llvm-cov-$version" "llvm-$version"
[ -d "$TREE" ] || die "there is no prepared tree: make tree"
[ -d "$build" ] || need_space 1 "make fuzz"
mkdir -p "$build"/{seeds,corpus,finds}

# bench_make NAME TARGET CFLAGS KERNEL_CFLAGS LDFLAGS
bench_make() {
	make -s -C "$bench" CC="$clang" WERROR= OUTPUT="$build/$1" CFLAGS="-O1 -g -w $3" \
		KERNEL_CFLAGS="$4" LDFLAGS="$5" "$2" >"$build/$1.log" 2>&1 ||
		{ tail "$build/$1.log" >&2; die "$1 cannot be built"; }
}

# All that the rules of the ABI make of the good images
make_seeds() {
	local name
	rm -rf "$build/seeds"
	for name in $("$build/bench/kho_image" golden); do
		# Too large to be quick
		case $name in test-blocks | memfd-300) continue ;; esac
		mkdir -p "$build/seeds/$name"
		"$build/bench/kho_image" golden "$name" "$build/seeds/$name/good"
		"$build/bench/kho_image" damage "$build/seeds/$name/good" \
			"$build/seeds/$name" >/dev/null
	done
}

# The readers, without the shims
readers() {
	make -s -C "$bench" OUTPUT="$build/coverage" readers
}

coverage() {
	local what=$1 sources
	shift
	mapfile -t sources < <(readers)
	rm -f "$build"/*.profraw
	LLVM_PROFILE_FILE="$build/%p.profraw" "$build/coverage/fuzz" -runs=0 "$@" \
		>"$build/coverage.log" 2>&1 || { tail "$build/coverage.log" >&2; die "no coverage"; }
	"llvm-profdata-$version" merge -o "$build/profile" "$build"/*.profraw
	echo "readers, covered by $what:"
	"llvm-cov-$version" report "$build/coverage/fuzz" -instr-profile="$build/profile" \
		"${sources[@]}" 2>/dev/null |
		awk 'NR == 1 || /^-/ || !NF || $1 == "Files" { next }
			{ n = split($1, path, "/")
			  printf "  %-28s lines %8s  branches %8s\n", path[n], $10, $13 }'
}

bench_make bench all "" "" ""
bench_make fuzzer fuzz "-fsanitize=$sanitizers -fno-sanitize-recover=undefined" \
	-fsanitize=fuzzer-no-link -fsanitize=fuzzer
bench_make coverage fuzz "" "-fprofile-instr-generate -fcoverage-mapping" \
	"-fsanitize=fuzzer -fprofile-instr-generate"
make_seeds
mapfile -t seeds < <(find "$build/seeds" -mindepth 1 -type d)
say "$(find "$build/seeds" -type f | wc -l) images to begin with, $seconds seconds"

# Where memory was allocated is not recorded: that makes it nine times as fast.
export ASAN_OPTIONS=malloc_context_size=0:quarantine_size_mb=4
status=0
"$build/fuzzer/fuzz" -artifact_prefix="$build/finds/" -cross_over=0 -max_len=16384 \
	-timeout=20 -max_total_time="$seconds" -runs="$runs" -print_final_stats=1 \
	-seed="${SEED:-0}" "$build/corpus" "${seeds[@]}" >"$build/fuzz.log" 2>&1 || status=$?
if [ "$status" != 0 ]; then
	grep -vE '^#[0-9]' "$build/fuzz.log" | tail -n 40
	die "an image is wrong, see $build/finds and $build/fuzz.log"
fi
coverage "the good images alone" "$build"/seeds/*/good
coverage "all images" "$build/corpus" "${seeds[@]}"
sed -n 's/^stat::number_of_executed_units: *\([0-9]*\)/\1 executions, nothing found/p' \
	"$build/fuzz.log"
