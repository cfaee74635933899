#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Print the layout of the handover ABI and what is wrong with the headers of such
# ABIs, and compare it with what is checked in. UPDATE=1 checks in what is computed,
# the lock as well, unless that version was released with another layout.
set -euo pipefail
. "$(dirname "$0")/common.sh"

readonly build=$OUT/abi lock=drivers/iommu/liveupdate
readonly pages=Documentation/driver-api/iommu-liveupdate
readonly generated=("$lock"/abi_{layout,fingerprint}.h
	"$pages"/abi-{layout.txt,layout.md,findings.txt})
readonly bench=tools/testing/kho_abi

need pahole dwarves
need python3 python3
[ -d "$build" ] || need_space 1 "make abi"
mkdir -p "$build"
cd "$TREE"

configure() {
	[ "$build/.config" -nt "$lock/.kunitconfig" ] ||
		tools/testing/kunit/kunit.py config --build_dir="$build" \
			--kunitconfig="$lock" >"$build/log" 2>&1 ||
		{ cat "$build/log" >&2; die "the kernel cannot be configured"; }
}

make_lock() {
	make -s ARCH=um O="$build" CC="$(compiler)" -j "$(jobs)" "$@" "$lock/abi_lock.o"
}

kho_abi() {
	tools/testing/kho_abi/kho_abi.py "$1" --build "$build" --git "$TOP"
}

# The images that this version writes
make_corpus() {
	make -s -C "$bench" CC="$(compiler)" OUTPUT="$build/bench" update >"$build/log" 2>&1 ||
		{ cat "$build/log" >&2; die "the images of the corpus cannot be made"; }
}

# What is generated in the tree goes to the repository.
keep() {
	local file
	for file in "${generated[@]}" "$bench"/corpus/draft/*.txt; do
		cmp -s "$TREE/$file" "$TOP/$file" || {
			cp "$TREE/$file" "$TOP/$file"
			say "$file is written"
		}
	done
}

configure
if [ "${UPDATE:-}" != 1 ]; then
	make_lock
	kho_abi check
	exit
fi
# The lock that is checked in may be another: this is to compute the new one.
rm -f "$build/$lock"/{abi_lock.checked,*.computed}
make_lock >"$build/log" 2>&1 || [ -s "$build/$lock/abi_fingerprint.computed" ] ||
	{ cat "$build/log" >&2; die "the layout cannot be computed"; }
kho_abi released
make_lock IOMMU_ABI_UPDATE=1
kho_abi update
make_corpus
keep
