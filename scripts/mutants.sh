#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Break one line at a time and see that a case notices. Each patch in
# tools/testing/kunit/mutants/ breaks something and names what must turn red:
#
#   Red: suite.case
#
# A line "Corpus: DIRECTORY/NAME" has the kernel boot with that image of the ABI's corpus.
#
# All mutants are built in the directory of make test, one after the other. Those
# in tools/testing/liveupdate/mutants/ break the programs that drive the virtual
# machine; they are built and run on the host. They name a test program and one of
# its cases, or just the program if it ends there:
#
#   Red: program case
#
# MUTANT=NAME tries only that one.
set -euo pipefail
. "$(dirname "$0")/common.sh"
. "$TOP/scripts/kunit-common.sh"

readonly host=tools/testing/liveupdate
readonly work=$OUT/mutants build=$OUT/kunit-um

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

# apply PATCH DIR
apply() {
	patch -d "$2" -p1 -F0 --force --no-backup-if-mismatch -r - -i "$1" >"$work/patch.log" 2>&1
}

# run_suite SUITE NAME ARGUMENT...: build and run one suite. What kunit.py thinks of it
# does not matter.
run_suite() {
	local suite=$1 name=$2
	shift 2
	rm -f "$build/test.log" "$work/kunit.json"
	"./$kunit/kunit.py" run "${kunit_options[@]}" --timeout=300 \
		"${@/#/--kernel_args=}" "$suite.*" >"$work/$name.log" 2>&1 || true
	[ -e "$build/test.log" ]
}

# Print what became of one mutant: "caught", or what is wrong with it.
try_suite() {
	local name case cases image expected=$TOP/$kunit/expected/um
	local arguments=(liveupdate_random.seed=1)
	name=$(basename "$1" .patch)
	image=$(sed -n 's/^Corpus: //p' "$1")
	if [ -n "$image" ]; then
		build_bench "$work/$name.log" >&2 || { echo "the bench does not build"; return; }
		mapfile -t arguments < <(corpus_arguments \
			"tools/testing/kho_abi/corpus/$image.txt" "$work/image")
		expected+=_corpus
	fi
	mapfile -t cases < <(sed -n 's/^Red: //p' "$1")
	[ ${#cases[@]} -gt 0 ] || { echo "names no case"; return; }
	for case in "${cases[@]}"; do
		grep -qE "^${case//./\\.}(:|  #|\$)" "$expected" ||
			{ echo "no case $case"; return; }
	done
	mapfile -t mutated < <(patched_files "$1")
	apply "$1" "$TREE" || { echo "does not apply"; return; }
	run_suite "${cases[0]%%.*}" "$name" "${arguments[@]}" || { echo "does not build"; return; }
	for case in "${cases[@]}"; do
		"./$kunit/liveupdate_gate.py" --expected "$expected" --red "$case" \
			"$build/test.log" || { echo "survives $case"; return; }
	done
	echo caught
}

# Copy the programs of the host, so that the tree stays as it is.
copy_programs() {
	rm -rf "$work/host"
	mkdir -p "$work/host/$host"
	cp -a "$TREE/$host/." "$work/host/$host"
}

# run_program PROGRAM LOG: build and run one test of the copy. The last line of
# the log is how it ended.
run_program() {
	local status=0
	make -s -C "$work/host/$host" TOOLS="$TREE/tools" CC="$(compiler)" \
		OUTPUT="$work/host/out" "$work/host/out/$1" >"$2" 2>&1 || return
	(
		cd "$work/host/$host"
		timeout -s KILL 120 "$work/host/out/$1"
	) >"$2" 2>&1 || status=$?
	echo "exit $status" >>"$2"
}

# has LOG RESULT CASE
has() {
	sed -n "s/^$2 [0-9]* //p" "$1" | grep -xF -e "$3" >/dev/null
}

# good LOG RED, bad LOG RED: how what a Red line names ended. A program alone
# is bad if it fails.
good() {
	case $2 in
	*\ *) has "$1" ok "${2#* }" ;;
	*) grep -qx "exit 0" "$1" ;;
	esac
}

bad() {
	case $2 in
	*\ *) has "$1" "not ok" "${2#* }" ;;
	*) ! grep -qx "exit 0" "$1" ;;
	esac
}

# The same for a mutant of the programs of the host. Each of their tests is run
# once as it is, to see that it has the case.
try_program() {
	local name program red reds
	name=$(basename "$1" .patch)
	mapfile -t reds < <(sed -n 's/^Red: //p' "$1")
	[ ${#reds[@]} -gt 0 ] || { echo "names no case"; return; }
	program=${reds[0]%% *}
	if [ ! -e "$work/$program.log" ]; then
		copy_programs
		run_program "$program" "$work/$program.log" || { echo "no $program"; return; }
	fi
	for red in "${reds[@]}"; do
		good "$work/$program.log" "$red" || { echo "no case $red"; return; }
	done
	copy_programs
	apply "$1" "$work/host" || { echo "does not apply"; return; }
	run_program "$program" "$work/$name.log" || { echo "does not build"; return; }
	for red in "${reds[@]}"; do
		bad "$work/$name.log" "$red" || { echo "survives $red"; return; }
	done
	echo caught
}

survivors=0

# try_all HOW MUTANT...
try_all() {
	local how=$1 mutant start result
	shift
	for mutant; do
		start=$SECONDS
		"$how" "$mutant" >"$work/result"
		restore
		result=$(cat "$work/result")
		[ "$result" = caught ] || survivors=$((survivors + 1))
		printf '%-48s %-24s %3d s\n' "$(basename "$mutant" .patch)" "$result" \
			$((SECONDS - start))
	done
}

# The mutants of a folder
mutants() {
	find "$TOP/$1/mutants" -name "${MUTANT:-*}.patch" 2>/dev/null | sort
}

mapfile -t suites < <(mutants "$kunit")
mapfile -t programs < <(mutants "$host")
count=$((${#suites[@]} + ${#programs[@]}))
[ "$count" -gt 0 ] || die "there is no mutant ${MUTANT:-}"
[ ${#suites[@]} -eq 0 ] || use_kunit um "$build"
try_all try_suite "${suites[@]}"
rm -f "$work"/*_test.log
try_all try_program "${programs[@]}"
echo "$count mutants, $survivors not caught"
[ "$survivors" -eq 0 ]
