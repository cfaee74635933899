#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Live updates that go another way than the usual one: make liveupdate-scenarios. Each
# line of tools/testing/liveupdate/scenarios says what must come of it. SCENARIOS are
# patterns of names, all if not given. UPDATE=1 writes the table of the documentation,
# if all were run and came out as they must.
set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

need gcc gcc
need qemu-system-x86_64 qemu-system-x86
need python3 python3

readonly list=$TOP/tools/testing/liveupdate/scenarios
readonly results=$OUT/results/liveupdate-scenarios
readonly table=$TOP/Documentation/driver-api/iommu-liveupdate/vm-scenarios.txt
read -ra wanted <<<"${SCENARIOS:-*}"

# The scenarios of a kernel: NAME|VARIABLES|VERDICT|TEXT|WHAT
scenarios_of() {
	sed -e '/^#/d' -e '/^$/d' -e 's/ *| */|/g' "$list" |
		awk -F '|' -v kernel="$1" 'BEGIN { OFS = "|" } $2 == kernel { print $1, $3, $4, $5, $6 }'
}

is_wanted() {
	local pattern
	for pattern in "${wanted[@]}"; do
		# shellcheck disable=SC2053 # it is a pattern
		[[ $1 != $pattern ]] || return 0
	done
	return 1
}

# What became of all DMAs, of devices together
figures() {
	python3 - "$1/report.json" <<'EOP'
import json, sys
report = json.load(open(sys.argv[1]))
outcomes = "issued landed lost faulted elsewhere damaged".split()
print("%-28s" % report["verdict"]["code"] + " ".join(
    "%s %d" % (name, sum(device[name] for device in report["devices"]))
    for name in outcomes))
EOP
}

# run NAME VARIABLES VERDICT TEXT WHAT: status 0 if all is as it must be
run() {
	local name=$1 variables=$2 verdict=$3 text=$4 what=$5 dir=$results/$1 status=0 variable
	(
		for variable in $variables; do
			export "${variable?}"
		done
		EXPECT=$verdict vm_update "$dir"
	) >"$results/$name.log" 2>&1 || status=1
	printf '%s: %s\n    %s\n' "$name" "$what" \
		"$(figures "$dir" 2>/dev/null || echo 'no report')" | tee -a "$results/table"
	if [ -n "$text" ] && ! grep -qF "$text" "$dir/console.log"; then
		echo "    the console does not say: $text"
		status=1
	fi
	[ "$status" = 0 ] || echo "    NOT AS EXPECTED: $verdict, see $dir"
	return "$status"
}

rm -rf "$results"
mkdir -p "$results"
good=0
bad=0
left=0
for KERNEL_A in patched faults; do
	prepared=
	while IFS='|' read -r name variables verdict text what; do
		is_wanted "$name" || { left=$((left + 1)); continue; }
		[ -n "$prepared" ] || vm_prepare_update </dev/null
		prepared=1
		if run "$name" "$variables" "$verdict" "$text" "$what" </dev/null; then
			good=$((good + 1))
		else
			bad=$((bad + 1))
		fi
	done < <(scenarios_of "$KERNEL_A")
done
say "$good scenarios as expected, $bad not, $left left out; the reports are in $results"
[ "$bad" = 0 ] && [ "$good" -gt 0 ] || exit 1
if [ "${UPDATE:-}" = 1 ]; then
	[ "$left" = 0 ] || die "the table is of all scenarios: do not set SCENARIOS"
	cp "$results/table" "$table"
fi
