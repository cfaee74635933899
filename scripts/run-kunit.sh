#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the prepared tree and run KUnit suites with the kernel's own kunit.py,
# then judge the log with the gate. ARCH is um or x86_64, SUITES is
# liveupdate (ours) or generic_pt (the kernel's own page table suites).
#
# Under UML, a second boot then restores what the first one has left in a file.
#
# The results are kept in $O/results/: the log, JUnit and JSON.
set -euo pipefail
. "$(dirname "$0")/common.sh"

readonly arch=${ARCH:-um} suites=${SUITES:-liveupdate}
readonly build=$OUT/kunit-$arch
name=$arch
[ "$suites" = liveupdate ] || name+=_$suites
readonly name results=$OUT/results/$name
readonly kunit=tools/testing/kunit
# What the first boot leaves for the second one
readonly image=$results/image

need python3 python3
need gcc gcc

case $arch in
um)
	readonly timeout=900
	;;
x86_64)
	need qemu-system-x86_64 qemu-system-x86
	readonly timeout=1800
	PATH=$TOP/scripts/qemu:$PATH
	;;
*)
	die "ARCH=$arch is unknown: use um or x86_64"
	;;
esac

options=(
	--arch="$arch"
	--build_dir="$build"
	--make_options="CC=$(compiler)"
	--kunitconfig=drivers/iommu/liveupdate
	--kunitconfig="$kunit/configs/liveupdate_$arch.config"
	--timeout="$timeout"
)
if [ "$arch" = x86_64 ]; then
	options+=(--qemu_args="-smp 2")
fi
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

# Boot the kernel again, with the image, for the one suite that restores it.
second_boot() {
	run um_second_boot exec --build_dir="$build" --timeout="$timeout" \
		--kernel_args="fake_kho_image.read=$image" "second_boot.*" || true
	rm -f "$image"
	judge um_second_boot | sed 's/^/second boot: /'
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
[ ! -e "$image" ] || second_boot || status=1
if [ "$name" = um ] && [ "${FAST:-}" != 1 ]; then
	omissions || { say "make expected writes vtd-omissions.txt"; status=1; }
fi
judge "$name" || status=1
exit "$status"
