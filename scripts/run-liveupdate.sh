#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Replace the kernel of a virtual machine while its devices do DMA, and report
# what became of every DMA: make liveupdate. The exit status is that of the
# runner: 0 for the expected verdict, 1 for another, 2 for none.
set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

need gcc gcc
need qemu-system-x86_64 qemu-system-x86

readonly results=$OUT/results/liveupdate

vm_prepare_update
status=0
vm_update "$results" || status=$?
[ "$status" != 0 ] || vm_judge_handover "$results" || status=1
say "the reports and the log are in $results"
exit "$status"
