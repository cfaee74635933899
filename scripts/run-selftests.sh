#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Run the selftests of iommufd and LUO, and the KUnit suites that need no mock
# kexec, in the virtual machine, and compare each case with the list that was
# recorded on the base kernel: make liveupdate-selftests. TESTS names some of
# them, UPDATE_EXPECTED=1 writes the lists.
set -euo pipefail
. "$(dirname "$0")/vm-common.sh"

need gcc gcc
need qemu-system-x86_64 qemu-system-x86

kernel=$(vm_first_kernel)
tests=(iommufd iommufd_fail_nth liveupdate luo_kexec_simple@kexec luo_multi_session@kexec
	luo_stress_files@kexec luo_stress_sessions@kexec luo_memfd_seals@kexec)
# The base kernel has none of these suites, and hands no iommufd over.
[ "$kernel" = stock ] || tests+=(iommufd_liveupdate@kexec-device kunit@boot)
[ -z "${TESTS:-}" ] || read -r -a tests <<<"$TESTS"

image=$(vm_kernel "$kernel")
vm_programs
mapfile -t entries < <(vm_selftests)
initramfs=$(vm_initramfs "$image" "${entries[@]}")
vm_run_tests "$image" "$initramfs" "$OUT/results/selftests" "${tests[@]}"
