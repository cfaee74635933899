#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the prepared tree and run KUnit suites with the kernel's own kunit.py,
# then judge the log with the gate. ARCH is um or x86_64, SUITES is
# liveupdate (ours) or generic_pt (the kernel's own page table suites).
#
# Under UML, a second boot then restores what the first one has left in a file. What
# the suites hand over is judged by the bench of the ABI, whose corpus of images the
# kernel boots with in turn: see Documentation/driver-api/iommu-liveupdate/abi-review.rst.
#
# The results are kept in $O/results/: the log, JUnit and JSON.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$TOP/scripts/kunit-common.sh"

readonly arch=${ARCH:-um} suites=${SUITES:-liveupdate}
readonly build=$OUT/kunit-$arch
name=$arch
[ "$suites" = liveupdate ] || name+=_$suites
readonly name results=$OUT/results/$name
# What the first boot leaves for the second one, and what else is handed over
readonly image=$results/image images=$OUT/images
readonly bench=$OUT/bench

use_kunit "$arch" "$build"
timeout=900
[ "$arch" = um ] || timeout=1800
readonly timeout
options=("${kunit_options[@]}" --timeout="$timeout")
gate=()

case $suites in
liveupdate)
	seed=${SEED:-1}
	[ "$seed" != random ] || seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
	[[ $seed =~ ^[0-9]+$ ]] || die "SEED=$seed is neither a number nor random"
	say "the random cases use seed $seed: SEED=$seed repeats them"
	options+=(--kernel_args="liveupdate_random.seed=$seed")
	if [ -n "${ROUNDS:-}" ]; then
		options+=(--kernel_args="iommu_record_mutation_kunit.rounds=$ROUNDS")
	fi
	[ "$arch" != um ] || options+=(--kernel_args="fake_kho_image.write=$image")
	;;
generic_pt)
	# The same build with these suites added; their names end in "_test",
	# ours do not.
	options+=(--kconfig_add=CONFIG_IOMMU_PT_KUNIT_TEST=y)
	;;
*)
	die "SUITES=$suites is unknown: use liveupdate or generic_pt"
	;;
esac
if [ "${FAST:-}" = 1 ]; then
	options+=(--filter "speed>slow")
	gate+=(--fast)
fi
if [ "$suites" = generic_pt ]; then
	options+=("*_test")
fi
if [ "${UPDATE_EXPECTED:-}" = 1 ]; then
	gate+=(--update)
fi

# run NAME COMMAND OPTION...: let kunit.py do something and keep the results as
# those of NAME.
run() {
	local dir=$OUT/results/$1 status=0
	shift
	mkdir -p "$dir"
	rm -f "$dir"/* "$build/test.log"
	"./$kunit/kunit.py" "$@" --json="$dir/kunit.json" --junit="$dir/kunit.xml" || status=$?
	[ ! -e "$build/test.log" ] || cp "$build/test.log" "$dir/"
	return "$status"
}

# judge NAME: what the gate says about the results of NAME
judge() {
	"./$kunit/liveupdate_gate.py" --expected "$TOP/$kunit/expected/$1" "${gate[@]}" \
		"$OUT/results/$1/test.log"
}

# boot NAME SUITES ARGUMENT...: boot the kernel that was built again, for these suites only.
boot() {
	local results_of=$1 glob=$2
	shift 2
	run "$results_of" exec --build_dir="$build" --timeout="$timeout" \
		"${@/#/--kernel_args=}" "$glob.*"
}

# The one suite that restores the image
second_boot() {
	boot um_second_boot second_boot "fake_kho_image.read=$image" || true
	judge um_second_boot | sed 's/^/second boot: /'
}

# take_images WHAT FILE...: the bench of the ABI takes these images.
take_images() {
	local what=$1 log=$images/log
	shift
	"$bench/kho_image" verify "$@" >"$log" || { grep -v ': good,' "$log"; return 1; }
	echo "images of $what: $# are good"
}

# It refuses each damage to them, which takes time: two minutes for the image of the
# second boot alone, which is large.
damage_images() {
	local log=$images/log
	printf '%s\0' "$@" | xargs -0 -P "$(jobs)" -I FILE \
		"$bench/kho_image" damages FILE /dev/null >"$log" || { cat "$log"; return 1; }
	awk '/ damages, / { images++; damages += $2 }
		END { print damages " damages to " images " of them are refused" }' "$log"
}

# Those of cases that damage a record, or have another version
refuse_images() {
	local file
	for file in "$@"; do
		! "$bench/kho_image" verify "$file" >"$images/log" ||
			{ echo "$file is good, but should not be"; return 1; }
		tail -n 1 "$images/log" | grep -q ': refused, [1-9]' || { cat "$images/log"; return 1; }
	done
	echo "images of cases with a bad record: $# are refused"
}

# What the stage suites hand over at each mock kexec
stage_images() {
	local bad=()
	rm -rf "$images/stages"
	mkdir -p "$images"/{stages,bad}
	boot um_stages '*_stages' "fake_kho_image.kexec=$images/stages" >"$images/log" ||
		{ tail -n 40 "$images/log"; return 1; }
	bad=("$images"/stages/*_of_a_bad_* "$images"/stages/*-image_of_another_version_*)
	mv "${bad[@]}" "$images/bad/"
	refuse_images "$images"/bad/* && take_images "the stage suites" "$images"/stages/* &&
		damage_images "$images"/stages/*
}

# A kernel that boots with an image of the corpus refuses each damage to it.
corpus() {
	local text arguments count=0
	for text in tools/testing/kho_abi/corpus/*/*.txt; do
		mapfile -t arguments < <(corpus_arguments "$text" \
			"$images/$(basename "$text" .txt)")
		boot um_corpus image_corpus "${arguments[@]}" >"$images/log" || true
		judge um_corpus >"$images/log.gate" ||
			{ echo "corpus: $text:"; cat "$images/log.gate"; return 1; }
		count=$((count + 1))
	done
	echo "corpus: a kernel has booted with each of $count images"
}

# What is handed over, held against the ABI
handovers() {
	local status=0
	mkdir -p "$images"
	build_bench "$images/log" || return
	take_images "the second boot" "$image" || status=1
	second_boot || status=1
	if [ "${FAST:-}" != 1 ]; then
		stage_images || status=1
		corpus || status=1
	fi
	rm -f "$image"
	[ "$status" != 0 ] || rm -rf "$images"
	return "$status"
}

# What leaving out each flush, barrier and invalidation of the VT-d backend leads
# to, as the documentation has it
omissions() {
	local table=$TOP/Documentation/driver-api/iommu-liveupdate/vtd-omissions.txt
	local found=$OUT/results/um/vtd-omissions.txt
	{
		echo "kind of unit | phase | what was left out | which of them | what noticed it"
		sed -n 's/^.*omission: //p' "$OUT/results/um/test.log"
	} >"$found"
	if [ "${UPDATE_EXPECTED:-}" = 1 ]; then
		cp "$found" "$table"
	else
		diff -u "$table" "$found"
	fi
}

[ -d "$build" ] || need_space 1 "the build for $arch"
cd "$TREE"
export PYTHONUNBUFFERED=1
status=0
run "$name" run "${options[@]}" || status=$?
[ ! -e "$image" ] || handovers || status=1
if [ "$name" = um ] && [ "${FAST:-}" != 1 ] && [ -e "$results/test.log" ]; then
	omissions || { say "make expected writes vtd-omissions.txt"; status=1; }
fi
judge "$name" || status=1
exit "$status"
