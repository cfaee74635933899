#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Break one line at a time and see that a case notices. Each patch in
# tools/testing/kunit/mutants/ breaks something and names what must turn red:
#
#   Red: suite.case
#
# All mutants are built in the directory of make test, one after the other.
# MUTANT=NAME tries only that one.
set -euo pipefail
. "$(dirname "$0")/common.sh"

readonly kunit=tools/testing/kunit
readonly work=$OUT/mutants build=$OUT/kunit-um
readonly expected=$TOP/$kunit/expected/um

need python3 python3
mkdir -p "$work"
cd "$TREE"

mutated=()

# Put back what was laid over the tree.
restore() {
	local file
	for file in "${mutated[@]}"; do
		cp --preserve=mode "$OUT/stage/$file" "$TREE/$file"
	done
	mutated=()
}
trap restore EXIT

apply() {
	mapfile -t mutated < <(patched_files "$1")
	patch -p1 -F0 --force --no-backup-if-mismatch -r - -i "$1" >"$work/patch.log" 2>&1
}

# Build and run one suite. What kunit.py thinks of it does not matter.
run_suite() {
	rm -f "$build/test.log" "$work/kunit.json"
	"./$kunit/kunit.py" run --build_dir="$build" \
		--make_options="CC=$(compiler)" \
		--kunitconfig=drivers/iommu/liveupdate \
		--kunitconfig="$kunit/configs/liveupdate_um.config" \
		--timeout=300 --kernel_args=liveupdate_random.seed=1 \
		"$1.*" >"$work/$2.log" 2>&1 || true
	[ -e "$build/test.log" ]
}

# Print what became of one mutant: "caught", or what is wrong with it.
try() {
	local name case
	name=$(basename "$1" .patch)
	mapfile -t cases < <(sed -n 's/^Red: //p' "$1")
	[ ${#cases[@]} -gt 0 ] || { echo "names no case"; return; }
	for case in "${cases[@]}"; do
		grep -qE "^${case//./\\.}(:|  #|\$)" "$expected" ||
			{ echo "no case $case"; return; }
	done
	apply "$1" || { echo "does not apply"; return; }
	run_suite "${cases[0]%%.*}" "$name" || { echo "does not build"; return; }
	for case in "${cases[@]}"; do
		"./$kunit/liveupdate_gate.py" --expected "$expected" --red "$case" \
			"$build/test.log" || { echo "survives $case"; return; }
	done
	echo caught
}

mapfile -t mutants < <(find "$TOP/$kunit/mutants" -name "${MUTANT:-*}.patch" 2>/dev/null | sort)
[ ${#mutants[@]} -gt 0 ] || die "there is no mutant ${MUTANT:-}"
bad=0
for mutant in "${mutants[@]}"; do
	start=$SECONDS
	try "$mutant" >"$work/result"
	restore
	result=$(cat "$work/result")
	[ "$result" = caught ] || bad=$((bad + 1))
	printf '%-48s %-24s %3d s\n' "$(basename "$mutant" .patch)" "$result" $((SECONDS - start))
done
echo "${#mutants[@]} mutants, $bad not caught"
[ "$bad" -eq 0 ]
