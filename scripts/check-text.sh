#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The part of make check that reads text: SPDX lines, checkpatch, kernel-doc,
# the tests of the gate, of the ABI's tools and of the runner, and our scripts.
set -euo pipefail
. "$(dirname "$0")/check-common.sh"

need perl perl
need python3 python3

mapfile -t code < <(printf '%s\n' "${ours[@]}" | grep '\.[ch]$')
mapfile -t patched_code < <(printf '%s\n' "${patched[@]}" | grep '\.[ch]$')
mapfile -t scripts < <(cd "$TOP" && find Makefile scripts .ci -type f 2>/dev/null)

check_gate() {
	(cd "$kunit" && python3 liveupdate_gate_test.py --quiet 2>&1)
}

check_abi_tool() {
	local test
	for test in kho_abi abi_diff catalogue; do
		(cd tools/testing/kho_abi && python3 "${test}_test.py" --quiet 2>&1) || return 1
	done
}

# What needs no virtual machine of the programs that run one, and the bench of the ABI
check_runner() {
	local log=$work/runner.log program
	for program in liveupdate vtd kho_abi; do
		make -s -C "$TREE/tools/testing/$program" CC="$(compiler)" \
			OUTPUT="$work/runner/$program" \
			CFLAGS='-O1 -g -fsanitize=address,undefined' check >"$log" 2>&1 ||
			{ grep -v '^ok' "$log"; return 1; }
	done
}

# The documentation has what the program says, which check_runner has built.
check_known() {
	local known=Documentation/driver-api/iommu-liveupdate/vtd-qemu.txt
	"$work/runner/vtd/vtd_differential" --known | diff "$TOP/$known" - ||
		{ say "write it by: build/vtd/vtd_differential --known >$known"; return 1; }
}

# A running kernel tells what the sources do: the program has its code.
check_catalogue() {
	"$work/runner/kho_abi/kho_image" catalogue | python3 -m json.tool >"$work/kernel.json"
	(cd tools/testing/kho_abi && ./catalogue.py show) | python3 -m json.tool |
		diff - "$work/kernel.json"
}

# The example compiles with the headers that user space has.
check_example() {
	local example=Documentation/driver-api/iommu-liveupdate/iommufd-example.c
	make -s -C "$TREE" ARCH=x86_64 O="$work/headers" headers >"$work/headers.log" 2>&1 ||
		{ tail "$work/headers.log"; return 1; }
	$(compiler) -O2 -std=gnu11 -Wall -Wextra -Werror -o "$work/iommufd-example" \
		-isystem "$work/headers/usr/include" "$example" 2>&1
}

check_spdx() {
	local file bad=0
	for file in "${ours[@]}" "${scripts[@]}"; do
		case $file in
		*.c | *.h | *.S | *.rst | *.py | *.sh | */Makefile | */Kconfig | Makefile | .ci/*) ;;
		*) continue ;;
		esac
		if ! head -n 2 "$TOP/$file" | grep -q "SPDX-License-Identifier: GPL-2"; then
			echo "$file: no SPDX line"
			bad=1
		fi
	done
	return "$bad"
}

# In parallel, as it takes more than a second for a file.
checkpatch() {
	xargs -P "$(jobs)" -n 4 scripts/checkpatch.pl --strict --terse --show-types \
		--no-summary --no-tree "$@"
}

check_checkpatch() {
	local bad=0
	printf '%s\n' "${patches[@]}" | checkpatch || bad=1
	# A mutant, a list of cases, a trace and an image are no code.
	printf '%s\n' "${ours[@]}" |
		grep -vE '/(mutants|expected|traces|corpus)/' | checkpatch -f || bad=1
	return "$bad"
}

kernel_doc() {
	python3 scripts/kernel-doc -none -Wall "$@" 2>&1 || true
}

check_kernel_doc() {
	local bad=0
	python3 scripts/kernel-doc -none -Wall -Werror "${code[@]}" || bad=1
	kernel_doc "${patched_code[@]}" |
		messages "${patched_code[@]}" >"$work/doc"
	(cd "$PRISTINE" && kernel_doc "${patched_code[@]}") |
		messages "${patched_code[@]}" >"$work/doc.base"
	more_than "$work/doc" "$work/doc.base" || bad=1
	return "$bad"
}

check_shell() {
	local file bad=0
	for file in "${scripts[@]}"; do
		case $file in
		*.sh | .ci/* | scripts/qemu/*) bash -n "$TOP/$file" || bad=1 ;;
		esac
	done
	return "$bad"
}

# The table of refusals names cases that exist.
check_failures() {
	local case bad=0
	for case in $(grep -ohE '\b(iommu|iommufd|kho|luo|vfio|vtd)_[a-z_]*\.[a-z0-9_]{3,}' \
			"$TOP/Documentation/driver-api/iommu-liveupdate/failures.rst"); do
		grep -qE "^$case(:|  #|\$)" "$TOP/$kunit/expected/um" ||
			{ echo "failures.rst: there is no case $case"; bad=1; }
	done
	return "$bad"
}

# A finding of a review has a case, or the reason why not; cases name no others.
check_findings() {
	local table=$TOP/Documentation/driver-api/iommu-liveupdate/findings.rst
	diff --label "$table" --label "comments" -u \
		<(awk '/^   \* - [0-9]/ { number = $3; next }
			number && !/\*No case\.\*/ { print number }
			{ number = "" }' "$table" | sort -V) \
		<(git -c safe.directory="$TOP" -C "$TOP" grep -hoE 'Finding [0-9]+[a-z]?' \
			-- lib tools | sed 's/Finding //' | sort -Vu)
}

# Mutants are tried by hand, but they fit the code at any time.
check_mutants() {
	local patch bad=0
	for patch in "$TOP/$kunit"/mutants/*.patch \
		"$TOP"/tools/testing/liveupdate/mutants/*.patch; do
		patch -d "$TREE" -p1 -F0 --force --dry-run -i "$patch" >/dev/null ||
			{ echo "$(basename "$patch"): does not apply"; bad=1; }
	done
	return "$bad"
}

# Each file belongs to one commit, each commit has a text, and git am takes all.
check_series() {
	(cd "$TOP" && scripts/make-series.sh) >/dev/null
}

step "the gate's own test" check_gate
step "tests of the ABI's tools" check_abi_tool
step "tests of the programs in tools/testing" check_runner
step "catalogue of the ABI" check_catalogue
step "what is known of QEMU's VT-d unit" check_known
step "the example of iommufd" check_example
step "SPDX lines" check_spdx
step "syntax of the scripts" check_shell
step "checkpatch --strict" check_checkpatch
step "kernel-doc -Wall -Werror" check_kernel_doc
step "cases in the table of refusals" check_failures
step "findings of reviews have cases" check_findings
step "mutants apply" check_mutants
step "series for git am" check_series
exit "$failed"
