#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run the test of iommufd as a module in the virtual machine, on a kernel that
# looks for wrong locking and for memory that is used after it was freed, and
# compare each case with its list: make iommufd-module. UPDATE_EXPECTED=1 writes
# the list.
set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

need gcc gcc
need qemu-system-x86_64 qemu-system-x86

image=$(vm_kernel module)
vm_programs
mapfile -t entries < <(vm_modules "$image")
initramfs=$(vm_initramfs "$image" "${entries[@]}")
# On a CPU with five levels of page tables KASAN takes an interrupt for wild memory
# accesses if it comes while the kernel identifies the CPU.
APPEND="no5lvl ${APPEND:-}" vm_run_tests "$image" "$initramfs" \
	"$OUT/results/iommufd-module" iommufd_module@device
