#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Build the kernel after each patch of the series that make series wrote: for
# UML with the test doubles, for x86-64 with KEXEC_HANDOVER. Options that a
# prefix does not have yet are left out.
set -euo pipefail
. "$(dirname "$0")/common.sh"

readonly mails=$OUT/series work=$OUT/prefixes
readonly source=$work/linux kunit=tools/testing/kunit

[ -d "$work" ] || need_space 4 "a tree that grows patch by patch"
rm -rf "$source"
mkdir -p "$work"
cp -a --reflink=auto "$PRISTINE" "$source"

kernel_make() {
	make -s -C "$source" ARCH="$1" O="$work/$1" CC="$(compiler)" -j "$(jobs)" "${@:2}"
}

configure() {
	mkdir -p "$work"/{um,x86_64}
	cat "$TREE/drivers/iommu/liveupdate/.kunitconfig" \
		"$TREE/$kunit/configs/"{arch_uml,liveupdate_um}.config >"$work/um/.config"
	kernel_make um olddefconfig
	cp "$TREE/$kunit/configs/liveupdate_handover.config" "$work/x86_64/fragment"
	kernel_make x86_64 KCONFIG_ALLCONFIG=fragment allnoconfig
}

build() {
	configure &&
		kernel_make um vmlinux &&
		kernel_make x86_64 drivers/iommu/ kernel/liveupdate/ lib/ mm/
}

find "$mails" -maxdepth 1 -name '*.patch' ! -name '0000-*' | sort |
while read -r mail; do
	start=$SECONDS
	patch -d "$source" -p1 -F0 -s --no-backup-if-mismatch -i "$mail"
	build </dev/null >"$work/log" 2>&1 || {
		tail -n 20 "$work/log"
		die "the kernel does not build after $(basename "$mail")"
	}
	printf '%-60s ok %4d s\n' "$(basename "$mail")" $((SECONDS - start))
done
