#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The same live update again and again, RUNS times (20 if not given) in each mode of
# the unit, or in MODE alone: make liveupdate-soak. Each must have the expected verdict.
# The results of the last one, and of each that has not, are kept.
set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

need gcc gcc
need qemu-system-x86_64 qemu-system-x86
need python3 python3

readonly results=$OUT/results/liveupdate-soak runs=${RUNS:-20}

# The line of a run: its verdict, and what the devices have issued and missed.
summary() {
	python3 - "$1/report.json" <<'EOF'
import json, sys
report = json.load(open(sys.argv[1]))
devices = report["devices"]
print("%-24s %6d issued %6d landed  longest gap %5.1f ms, resolution %5.1f ms" % (
    report["verdict"]["code"], sum(d["issued"] for d in devices),
    sum(d["landed"] for d in devices), max(d["gap"]["us"] for d in devices) / 1000,
    max(d["resolution_us"] for d in devices) / 1000))
EOF
}

vm_prepare_update
rm -rf "$results"
mkdir -p "$results"
good=0
bad=0
for MODE in ${MODE:-legacy scalable}; do
	for run in $(seq "$runs"); do
		status=0
		vm_update "$results/last" >"$results/last.log" 2>&1 || status=$?
		printf '%-8s %3d  %s\n' "$MODE" "$run" \
			"$(summary "$results/last" 2>/dev/null || echo 'no report')"
		if [ "$status" = 0 ]; then
			good=$((good + 1))
			continue
		fi
		bad=$((bad + 1))
		mv "$results/last" "$results/$MODE-$run"
		mv "$results/last.log" "$results/$MODE-$run.log"
	done
done
say "$good runs as expected, $bad not; the reports are in $results"
[ "$bad" = 0 ]
