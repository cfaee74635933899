# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts share that run our suites with the kernel's kunit.py. Read after
# common.sh.

readonly kunit=tools/testing/kunit

# use_kunit ARCH BUILD: what kunit.py is told by all of them, in kunit_options.
use_kunit() {
	need python3 python3
	need gcc gcc
	kunit_options=(
		--arch="$1"
		--build_dir="$2"
		--make_options="CC=$(compiler)"
		--kunitconfig=drivers/iommu/liveupdate
		--kunitconfig="$kunit/configs/liveupdate_$1.config"
	)
	case $1 in
	um) ;;
	x86_64)
		need qemu-system-x86_64 qemu-system-x86
		PATH=$TOP/scripts/qemu:$PATH
		kunit_options+=(--qemu_args="-smp 2")
		;;
	*)
		die "ARCH=$1 is unknown: use um or x86_64"
		;;
	esac
}
