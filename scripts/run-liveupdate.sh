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

kernel_a=$(vm_first_kernel)
kernel_b=${KERNEL_B:-$kernel_a}
name=$kernel_a
[ "$kernel_a" = "$kernel_b" ] || name+=" to $kernel_b"
readonly results=$OUT/results/liveupdate

# OPTION=VALUE for each variable of make that is an option of the runner
options=()
for option in MODE INTREMAP PAGES DMA DEVICES IOVA RATE SLOTS BEFORE AFTER TIMEOUT APPEND EXPECT; do
	[ -z "${!option:-}" ] || options+=("--${option,,}" "${!option}")
done

image_a=$(vm_kernel "$kernel_a")
image_b=$image_a
[ "$kernel_a" = "$kernel_b" ] || image_b=$(vm_kernel "$kernel_b")
vm_programs
initramfs=$(vm_initramfs "$image_b")
mkdir -p "$results"
rm -f "$results"/*

status=0
"$VM/runner/liveupdate_vm" --kernel "$image_a" --initramfs "$initramfs" --name "$name" \
	--results "$results" "${options[@]}" || status=$?
say "the reports and the log are in $results"
exit "$status"
