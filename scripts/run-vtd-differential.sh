#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Compare the VT-d unit in software with that of QEMU: make vtd-differential. The
# exit status is that of the program: 0 if their answers are the same, 1 if they
# differ, 2 if there were none.
set -euo pipefail
. "$(dirname "$0")/common.sh"

need gcc gcc
need qemu-system-x86_64 qemu-system-x86

readonly results=$OUT/results/vtd build=$OUT/vtd

seed=${SEED:-1}
[ "$seed" != random ] || seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
options=(--seed "$seed")
# OPTION=VALUE for each variable of make that is an option of the program
for option in ROUNDS ROUND MACHINE; do
	[ -z "${!option:-}" ] || options+=("--${option,,}" "${!option}")
done
# One round is to be read.
[ -z "${ROUND:-}" ] || options+=(--verbose)

mkdir -p "$build" "$results"
rm -f "$results"/*
make -s -C "$TREE/tools/testing/vtd" CC="$(compiler)" OUTPUT="$build" >"$build/build.log" 2>&1 || {
	tail -n 30 "$build/build.log" >&2
	die "the program could not be built: the whole output is in $build/build.log"
}

say "the random choice uses seed $seed: SEED=$seed repeats it"
status=0
"$build/vtd_differential" "${options[@]}" --logs "$results/" | tee "$results/report.txt" ||
	status=$?
say "the report and the logs are in $results"
exit "$status"
